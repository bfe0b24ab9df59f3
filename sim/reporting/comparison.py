"""Tables and figures about a comparison of arms."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import replace

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from sim.experiments.compare import HEADLINE, Comparison
from sim.experiments.uncertainty import SEEDS, Uncertainty
from sim.kpis import KPIS
from sim.outcomes.paired import paired
from sim.outcomes.run import periods
from sim.reporting.figures import (
    COLOURS,
    INK,
    MORE_COLOURS,
    PALE,
    drawable,
    formatter,
    label_ends,
    new_figure,
    rolling,
    short_name,
    style_of,
    week_axis,
)
from sim.reporting.words import Words
from sim.rules.units import YEAR

SHADES = (COLOURS[1], COLOURS[0], *COLOURS[2:])
"""Colours of arms, in the order of the comparison."""

LINES = ("-", "--", ":", "-.")
"""Line styles of arms in figures whose colours are firms."""

LONGEST_TITLE = 100
"""Characters of a title that have room above a figure."""

TOP = 8
"""Number of influential parameters in the figure."""


# Tables


def arms_table(comparison: Comparison, firm: str, words: Words, *, every: bool) -> Table:
    """Table of arms: profit, in how many runs it is the highest, and profit by horizon.

    Args:
        every: whether to show regret, the worst tenth and run-off at every horizon as well.
    """
    standings, money, weeks = comparison.standings(firm), words.money, comparison.config.weeks
    table = Table(
        title=words.say("arms_title", firm=words.name(firm), time=words.time(weeks),
                        replicates=comparison.replicates),
        title_justify="left",
    )  # fmt: skip
    table.add_column(words.say("arm"))
    headings = [words.label("profit"), words.say("earns_most")]
    headings += [words.say(key) for key in ("regret", "worst_tenth") if every]
    reached = list(standings[0].horizons)
    stopped = reached if every else reached[-1:]
    earlier = [year for year in reached if year * YEAR < weeks]
    headings += [words.say("by_year", year) for year in earlier]
    headings += [words.say("by_year_stopped", year) for year in stopped]
    for heading in headings:
        table.add_column(heading, justify="right")
    for s in standings:
        cells = [money(s.mean), words.say("runs_of", s.best * comparison.replicates,
                                          comparison.replicates)]  # fmt: skip
        cells += [money(value) for value in (s.regret, s.worst) if every]
        cells += [money(s.horizons[year]) for year in earlier]
        cells += [money(s.runoff[year]) for year in stopped]
        table.add_row(words.name(s.arm), *cells)
    return table


def kpis_table(comparison: Comparison, firm: str, words: Words) -> Table:
    """Table of arms and the headline KPIs beside profit, means over the whole run."""
    f = comparison.firms.index(firm)
    table = Table(
        title=words.say("kpis_title", firm=words.name(firm),
                        time=words.time(comparison.config.weeks)),
        title_justify="left",
    )  # fmt: skip
    table.add_column(words.say("arm"))
    columns = []
    for kpi in HEADLINE[1:]:
        table.add_column(words.label(kpi), justify="right")
        columns.append(_known(np.nanmean, comparison.values(kpi)[:, :, f].T))
    for n, arm in enumerate(comparison.arms):
        cells = [
            words.value(kpi, float(column[n]))
            for kpi, column in zip(HEADLINE[1:], columns, strict=True)
        ]
        table.add_row(words.name(arm), *cells)
    return table


def compare_table(comparison: Comparison, firm: str, b: int, words: Words) -> Table:
    """Table of every KPI by year, arm ``b`` against the first, with intervals."""
    a, name = words.name(comparison.arms[0]), words.name(comparison.arms[b])
    table = Table(
        title=words.say("compare_title", firm=words.name(firm), a=a, b=name,
                        replicates=comparison.replicates),
        title_justify="left",
    )  # fmt: skip
    table.add_column(words.say("kpi"))
    table.add_column(words.say("period"))
    for heading in (words.say("mean_a", a), words.say("mean_b", name), *map(words.say, (
        "difference", "interval", "chance", "variance"
    ))):  # fmt: skip
        table.add_column(heading, justify="right")
    unknown = words.say("unknown")
    for kpi in KPIS:
        for year, _, _ in periods(comparison.config.weeks):
            r = comparison.result(kpi, firm, year, b)
            low, high = words.gap(kpi, r.low), words.gap(kpi, r.high)
            known = math.isfinite(r.variance_reduction)
            better = words.say("runs_of", r.chance * r.pairs, r.pairs)
            table.add_row(
                words.label(kpi) if year == 1 else "",
                words.say("year", year) if year else words.say("whole"),
                words.value(kpi, r.a),
                words.value(kpi, r.b),
                words.gap(kpi, r.difference),
                words.say("to", low=low, high=high) if r.pairs else unknown,
                better if r.pairs and KPIS[kpi].better else unknown,
                f"{r.variance_reduction:.1f}" if known else unknown,
                end_section=year is None,
            )
    return table


def tables(comparison: Comparison, words: Words, *, every: bool) -> list[Table]:
    """For every firm in focus, a table of profit and one of other KPIs, by arm.

    Args:
        every: whether to add tables of every KPI by year, each arm against the first.
    """
    out = []
    for firm in comparison.focus:
        out.append(arms_table(comparison, firm, words, every=every))
        out.append(kpis_table(comparison, firm, words))
        if every:
            out += [
                compare_table(comparison, firm, b, words) for b in range(1, len(comparison.arms))
            ]
    return out


def terms(comparison: Comparison, words: Words, *, every: bool) -> str:
    """One line below the tables on their terms; those that stand in them."""
    reached = list(comparison.standings(comparison.focus[0]).pop().horizons)
    out = [words.say("note_earns_most")]
    if reached:
        firms = words.say("and").join(map(words.name, comparison.focus))
        out.append(words.say("note_stopped", year=reached[-1], firm=firms))
    if every:
        out += map(words.say, ("note_missed", "note_worst", "note_variance"))
    if comparison.planned > 1:
        out.append(words.say("note_looks", planned=comparison.planned))
    return words.say("plan_and").join([*out, words.say("note_more")])


# Figures


def _with_short_names(comparison: Comparison) -> Comparison:
    """The comparison with names of arms that have room in a figure."""
    return replace(comparison, arms=tuple(short_name(name) for name in comparison.arms))


def compare_figure(comparison: Comparison, firm: str, words: Words) -> Figure:
    """Figure of the answer: the difference in profit to date, and four KPIs over time."""
    words, comparison = drawable(words), _with_short_names(comparison)
    f, weeks = comparison.firms.index(firm), comparison.config.weeks
    x = np.arange(1, weeks + 1)
    several = len(comparison.arms) > 2
    first = comparison.arms[0]
    with mpl.rc_context(style_of()):
        figure = new_figure()
        title = words.say(
            "fig_compare", firm=short_name(firm), arms=words.say("or").join(comparison.arms)
        )
        if len(title) > LONGEST_TITLE:
            title = words.say("fig_arms", firm=short_name(firm))
        figure.suptitle(title, x=0.012, ha="left",
                        fontsize=15, fontweight="bold")  # fmt: skip
        grid = figure.add_gridspec(2, 4)

        axes = figure.add_subplot(grid[:, :2])
        cash = comparison.paths("profit")[..., f].cumsum(axis=2)
        lowest, highest, ends = 0.0, 0.0, []
        for n in range(1, len(cash)):
            gap = cash[n] - cash[0]
            results = [
                paired(cash[0, :, w], cash[n, :, w], 1, comparison.confidence) for w in range(weeks)
            ]
            mean = np.array([r.difference for r in results])
            low, high = np.quantile(gap, [0.05, 0.95], axis=0)
            colour = SHADES[n % len(SHADES)] if several else "#777777"
            axes.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
            axes.fill_between(x, [r.low for r in results], [r.high for r in results], color=colour,
                              alpha=0.8, linewidth=0)  # fmt: skip
            axes.plot(x, mean, color=colour if several else INK, linewidth=1.6)
            lowest, highest = min(lowest, float(low.min())), max(highest, float(high.max()))
            ends.append((comparison.arms[n], float(mean[-1]), colour))
        axes.axhline(0.0, color=INK, linewidth=1.0)
        room = 0.12 * (highest - lowest or 1.0)
        axes.set_ylim(lowest - room, highest + room)
        above = words.say("others") if several else comparison.arms[1]
        for name, colour, up in ((above, INK if several else SHADES[1], 1.0),
                                 (first, SHADES[0], 0.0)):  # fmt: skip
            axes.text(
                0.02, 0.99 if up else 0.01, words.say("fig_ahead", plan=name), color=colour,
                transform=axes.transAxes, fontweight="bold", va="top" if up else "bottom",
            )  # fmt: skip
        axes.set_title(words.say("fig_gap", a=first, b=above))
        axes.yaxis.set_major_formatter(formatter("profit", words))
        week_axis(axes, weeks, words)
        if several:
            label_ends(axes, weeks, ends)
        axes.set_xlabel(
            words.say("week") + "\n" + words.say("fig_gap_note", replicates=comparison.replicates),
            linespacing=1.6,
        )  # fmt: skip

        for n, kpi in enumerate(("awareness", "active_customers", "trust", "profit")):
            axes = figure.add_subplot(grid[n // 2, 2 + n % 2])
            _paths(axes, comparison, kpi, f, words)
            if n == 0:
                axes.legend(frameon=False, fontsize=9, loc="lower right")
        figure.supxlabel(
            words.say("fig_bands", replicates=comparison.replicates), x=0.988, ha="right",
            fontsize=8.5, color="#666666",
        )  # fmt: skip
    return figure


def _known(function: Callable[..., np.ndarray], values: np.ndarray, *args: object) -> np.ndarray:
    """Apply a NaN-aware function along the first axis, without warnings for all-NaN columns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return function(values, *args, axis=0)


def _paths(axes: Axes, comparison: Comparison, kpi: str, f: int, words: Words) -> None:
    """A KPI over time, one line and band per arm."""
    weeks, path = comparison.config.weeks, comparison.paths(kpi)[..., f]
    x, title = np.arange(1, weeks + 1), words.label(kpi)
    money = KPIS[kpi].unit == "money"
    if money:
        path = np.array([[rolling(pair) for pair in arm] for arm in path])
        title = words.say("fig_per_week", title)
    for n, (arm, name) in enumerate(zip(path, comparison.arms, strict=True)):
        colour = SHADES[n % len(SHADES)]
        low, middle, high = _known(np.nanquantile, arm, [0.05, 0.5, 0.95])
        axes.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(x, middle, color=colour, linewidth=1.8, label=name)
    axes.set_title(title)
    axes.yaxis.set_major_formatter(formatter(kpi, words))
    if money:
        axes.axhline(0.0, color="#888888", linewidth=0.8)
    else:
        axes.set_ylim(bottom=0)
    week_axis(axes, weeks, words)


def arms_figure(comparison: Comparison, firm: str, words: Words) -> Figure:
    """Figure of all arms: funnel, sources of new customers, profit by horizon, and rivals."""
    words, comparison = drawable(words), _with_short_names(comparison)
    f, weeks, arms = comparison.firms.index(firm), comparison.config.weeks, comparison.arms
    rows = range(len(arms))
    colours = [SHADES[n % len(SHADES)] for n in rows]
    with mpl.rc_context(style_of()):
        figure = new_figure()
        figure.suptitle(words.say("fig_arms", firm=short_name(firm)), x=0.012, ha="left",
                        fontsize=15, fontweight="bold")  # fmt: skip
        (funnel, sources), (later, rivals) = figure.subplots(2, 2)

        stages = {
            "stage_aware": "awareness", "stage_considered": "consideration",
            "stage_bought": "penetration", "stage_repeat": "repeat_rate",
        }  # fmt: skip
        last = max(0, weeks - YEAR)
        values = np.array(
            [_known(np.nanmean, comparison.values(k, last)[:, :, f].T) for k in stages.values()]
        )
        values[3] = values[3] * values[2]  # share of all people, not of buyers
        height = 0.8 / len(arms)
        for n in rows:
            at = np.arange(4) + height * n
            funnel.barh(at, np.nan_to_num(values[:, n]), height * 0.9, color=colours[n],
                        label=arms[n])  # fmt: skip
        funnel.legend(frameon=False, fontsize=9, loc="lower right")
        funnel.set_yticks(np.arange(4) + 0.4 - height / 2, [words.say(s) for s in stages])
        funnel.invert_yaxis()
        funnel.xaxis.set_major_formatter(formatter("awareness", words))
        funnel.set_title(words.say("fig_funnel_arms"))

        totals = np.array([np.sum([one.sources[f] for one in arm], axis=0) for arm in
                           comparison.runs]).astype(float)  # fmt: skip
        shares = totals / np.maximum(1.0, totals.sum(axis=1, keepdims=True))
        names = [words.say(k) for k in ("touch_nothing", "touch_talk", "touch_search")]
        names += [words.activity(t, comparison.config) for t in comparison.touches[len(names) :]]
        left = np.zeros(len(arms))
        shown = [t for t in np.argsort(-totals.sum(axis=0)) if shares[:, t].max() > 0.001]
        for n, t in enumerate(shown):
            shade = MORE_COLOURS[n % len(MORE_COLOURS)]
            sources.barh(rows, shares[:, t], left=left, color=shade, label=names[t])
            left += shares[:, t]
        sources.set_yticks(rows, arms)
        sources.invert_yaxis()
        sources.xaxis.set_major_formatter(formatter("awareness", words))
        sources.set_title(words.say("fig_sources_arms"))
        if shown:
            sources.legend(frameon=False, fontsize=8.5, loc="center left",
                           bbox_to_anchor=(1.0, 0.5))  # fmt: skip

        standings = comparison.standings(firm)
        reached = list(standings[0].horizons)
        width = 0.8 / len(arms)
        for n, s in enumerate(standings):
            at = np.arange(len(reached)) + width * n
            later.bar(
                at, [s.runoff[y] for y in reached], width * 0.92, color=colours[n], alpha=0.35
            )
            later.bar(at, [s.horizons[y] for y in reached], width * 0.92, color=colours[n],
                      label=s.arm)  # fmt: skip
        later.axhline(0.0, color="#888888", linewidth=0.8)
        later.set_xticks(np.arange(len(reached)) + 0.4 - width / 2,
                         [words.say("fig_years", y) for y in reached])  # fmt: skip
        later.yaxis.set_major_formatter(formatter("profit", words))
        later.set_title(words.say("fig_horizons"))
        later.grid(axis="y", color=PALE, linewidth=0.7)
        later.set_axisbelow(True)

        paths = comparison.paths("active_customers").mean(axis=1)
        x, ends = np.arange(1, weeks + 1), []
        for g, rival in enumerate(comparison.firms):
            colour = COLOURS[g % len(COLOURS)]
            for n in rows:
                rivals.plot(x, paths[n, :, g], color=colour, linewidth=1.5,
                            linestyle=LINES[n % len(LINES)])  # fmt: skip
            ends.append((rival, float(paths[0, -1, g]), colour))
        rivals.set_ylim(bottom=0)
        rivals.yaxis.set_major_formatter(formatter("active_customers", words))
        rivals.set_title(words.say("fig_rivals"))
        week_axis(rivals, weeks, words)
        label_ends(rivals, weeks, ends)
        for n in rows[:4]:
            rivals.plot([], [], color=INK, linestyle=LINES[n % len(LINES)], label=arms[n])
        rivals.legend(frameon=False, fontsize=8.5, loc="upper left")
    return figure


def uncertainty_figure(found: Uncertainty, words: Words) -> Figure:
    """Figure of the difference at every parameter setting, and of the influential parameters."""
    words = drawable(words)
    gap = found.gap()
    order = np.argsort(gap.mean(axis=1))
    with mpl.rc_context(style_of()):
        figure = new_figure()
        names = {"a": short_name(found.arms[0]), "b": short_name(found.arms[1])}
        names["firm"] = short_name(found.firm)
        figure.suptitle(words.say("fig_uncertainty", **names), x=0.012, ha="left",
                        fontsize=15, fontweight="bold")  # fmt: skip
        points, drivers = figure.subplots(1, 2)
        x, sorted_gap = np.arange(1, len(order) + 1), gap[order]
        ahead = sorted_gap.mean(axis=1) > 0
        colours = np.where(ahead, SHADES[1], SHADES[0])
        points.vlines(x, sorted_gap.min(axis=1), sorted_gap.max(axis=1), color="#999999")
        points.scatter(x, sorted_gap.mean(axis=1), c=colours, s=26, zorder=3)
        points.axhline(0.0, color=INK, linewidth=1.0)
        for name, colour, up in ((names["b"], SHADES[1], 1.0), (names["a"], SHADES[0], 0.0)):
            points.text(
                0.02, 0.98 if up else 0.02, words.say("fig_ahead", plan=name), color=colour,
                transform=points.transAxes, fontweight="bold", va="top" if up else "bottom",
            )  # fmt: skip
        points.set_xticks([])
        points.yaxis.set_major_formatter(formatter("profit", words))
        points.set_title(words.say("fig_uncertainty_points", settings=len(order)))
        points.grid(axis="y", color=PALE, linewidth=0.7)
        points.set_axisbelow(True)

        top = found.drivers[:TOP][::-1]
        at = np.arange(len(top))
        sizes = [rho for _, rho in top]
        drivers.barh(at, sizes, color=[SHADES[1] if r > 0 else SHADES[0] for r in sizes])
        drivers.axvline(0.0, color=INK, linewidth=1.0)
        drivers.set_yticks(at, [name for name, _ in top])
        drivers.set_xlim(-1, 1)
        drivers.set_title(words.say("fig_uncertainty_drivers"))
        if not top:
            drivers.text(0.5, 0.5, words.say("uncertainty_no_driver"), ha="center",
                         transform=drivers.transAxes)  # fmt: skip
        figure.supxlabel(
            words.say("fig_uncertainty_note", count=len(found.names), seeds=SEEDS), x=0.988,
            ha="right", fontsize=8.5, color="#666666",
        )  # fmt: skip
    return figure
