"""Sentences, tables and figures about a comparison of arms."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

from sim.experiments.arms import Arm
from sim.experiments.compare import HEADLINE, Comparison
from sim.experiments.replicates import HORIZONS
from sim.experiments.scenarios import Scenario
from sim.experiments.uncertainty import SEEDS, Uncertainty
from sim.kpis import KPIS
from sim.outcomes.paired import Paired, paired
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
from sim.reporting.plans import about_plans
from sim.reporting.words import Words
from sim.rules.units import YEAR

SHADES = (COLOURS[1], COLOURS[0], *COLOURS[2:])
"""Colours of arms, in the order of the comparison."""

LINES = ("-", "--", ":", "-.")
"""Line styles of arms in figures whose colours are firms."""

LONGEST_TITLE = 100
"""Characters of a title that have room above a figure."""

UNEQUAL = 0.005
"""Share by which amounts spent may differ before the answer says so."""

TOP = 8
"""Number of influential parameters in the figure."""


# Sentences


def answer(comparison: Comparison, words: Words) -> list[str]:
    """Sentences on the winner, the lead over time, the uncertainty and the stopping rule."""
    out = []
    for firm in comparison.focus:
        best, second, *_ = comparison.order(firm)
        a, b = sorted((best, second))
        result = comparison.result("profit", firm, b=b, a=a)
        out += _verdict(comparison, firm, a, b, result, words)
        unequal = _unequal(comparison, firm, words)
        if result.low == result.high == 0.0:
            out += unequal
            continue
        leads = comparison.lead_spells(firm, b, a)
        spells = words.say("and").join(
            words.say("lead_spell", plan=name, week=week) for week, name in leads
        )
        out.append(words.say("lead", spells=spells) if spells else words.say("lead_none"))
        out += _trend(comparison, firm, a, b, words)
        out += _turns(comparison, firm, best, words)
        out += unequal
    return [*out, _stopped(comparison, words)]


def _unequal(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """A sentence if the arms spend different amounts for a firm, whatever their number."""
    spent = comparison.values("spend")[:, :, comparison.firms.index(firm)].mean(axis=1)
    if spent.max() - spent.min() <= UNEQUAL * spent.max():
        return []
    amounts = words.say("and").join(
        words.say("unequal_arm", plan=arm, money=words.money(money))
        for arm, money in zip(comparison.arms, spent.tolist(), strict=True)
    )
    return [words.say("unequal", firm=firm, amounts=amounts)]


def full_answer(
    comparison: Comparison, arms: Sequence[Arm], doubtful: Uncertainty | None,
    scenario: Scenario | None, words: Words,
) -> list[str]:  # fmt: skip
    """Sentences on the scenario's question, the answer, its limits and the claims."""
    return [
        *([words.pick(scenario.question), words.pick(scenario.story)] if scenario else []),
        *answer(comparison, words),
        *about_plans(
            [(arm.name, arm.plan, arm.config(comparison.config)) for arm in arms], words
        ),
        *(uncertainty_answer(doubtful, words) if doubtful else [words.say("seed_noise_only")]),
        *([words.say("scenario_found", found=words.pick(scenario.found))]
          if scenario and words.pick(scenario.found) else []),
    ]  # fmt: skip


def _verdict(
    comparison: Comparison, firm: str, a: int, b: int, result: Paired, words: Words
) -> list[str]:
    names, money = comparison.arms, words.money
    if result.difference == 0.0 and result.low == result.high:
        return [words.say("same", firm=firm, a=money(result.a))]
    if result.settled:
        up = result.difference > 0
        best, other = (result.b, result.a) if up else (result.a, result.b)
        low, high = (result.low, result.high) if up else (-result.high, -result.low)
        first = words.say(
            "wins", firm=firm, winner=names[b if up else a], loser=names[a if up else b],
            weeks=comparison.config.weeks, best=money(best), other=money(other),
            gap=money(abs(result.difference)), low=money(low), high=money(high),
        )  # fmt: skip
    else:
        first = words.say(
            "undecided", firm=firm, replicates=result.pairs, a=money(result.a), b=money(result.b),
            plan_a=names[a], plan_b=names[b], gap=money(result.difference),
            low=money(result.low), high=money(result.high),
        )  # fmt: skip
    odds = words.say(
        "odds", a=names[a], b=names[b], wins=round(result.chance * result.pairs),
        replicates=result.pairs, chance=words.share(result.chance),
        low=words.share(result.chance_low), high=words.share(result.chance_high),
    )  # fmt: skip
    return [first, odds]


def _trend(comparison: Comparison, firm: str, a: int, b: int, words: Words) -> list[str]:
    """A warning where the last year has another winner than the whole run."""
    weeks = comparison.config.weeks
    if weeks <= YEAR:
        return []
    whole = comparison.result("profit", firm, b=b, a=a)
    values = comparison.values("profit", weeks - YEAR, weeks)[:, :, comparison.firms.index(firm)]
    last = paired(values[a], values[b], 1, comparison.confidence)
    if not last.settled or last.difference * whole.difference >= 0.0:
        return []
    winner = comparison.arms[b if last.difference > 0 else a]
    gap = words.money(abs(last.difference))
    return [words.say("trend", weeks=YEAR, winner=winner, gap=gap, longer=weeks + 2 * YEAR)]


def _turns(comparison: Comparison, firm: str, best: int, words: Words) -> list[str]:
    """Warnings where the first year, or run-off after the end, has another winner."""
    out, f = [], comparison.firms.index(firm)
    level = comparison.confidence

    def ahead(values: np.ndarray) -> tuple[int, Paired]:
        other = int(np.argmax(values.mean(axis=1)))
        return other, paired(values[best], values[other], 1, level)

    if comparison.config.weeks > YEAR:
        other, gap = ahead(comparison.values("profit", 0, YEAR)[:, :, f])
        if other != best and gap.settled:
            names = {"short": comparison.arms[other], "long": comparison.arms[best]}
            out.append(words.say("turns", **names))
    reached = [y for y in HORIZONS if y * YEAR == comparison.config.weeks]
    if reached:
        other, gap = ahead(comparison.horizon(reached[-1], True)[:, :, f])
        if other != best and gap.settled:
            money = words.money(gap.difference)
            out.append(words.say("turns_runoff", winner=comparison.arms[other], gap=money))
    return out


def _stopped(comparison: Comparison, words: Words) -> str:
    share = comparison.config.smallest_effect
    if share == 0.0:
        return words.say("no_question", replicates=comparison.replicates)
    if not any(comparison.smallest_effect.values()):
        firms = words.say("and").join(comparison.focus)
        return words.say("no_revenue", replicates=comparison.replicates, firms=firms,
                         arm=comparison.arms[0], share=f"{share:g}")  # fmt: skip
    smallest_effect = words.say("and").join(
        words.money(m) for m in comparison.smallest_effect.values()
    )
    key = "settled" if comparison.verdict == "settled" else "not_settled"
    return words.say(
        key, replicates=comparison.replicates, interim_looks=len(comparison.interim_looks),
        smallest_effect=smallest_effect, share=f"{share:g}", more=2 * comparison.replicates,
    )  # fmt: skip


def uncertainty_answer(found: Uncertainty, words: Words) -> list[str]:
    """Sentences on the answer under parameter uncertainty and the influential parameters."""
    chance, low, high = found.chance()
    middle, span_low, span_high = found.span()
    noise, money = found.seed_noise_share(), words.money
    drivers = words.say("and").join(
        words.say("uncertainty_driver", name=name, sign="+" if rho > 0 else "-", size=abs(rho))
        for name, rho in found.drivers[:3]
    )
    return [
        words.say(
            "uncertainty_answer", settings=len(found.settings), count=len(found.names),
            a=found.arms[0], b=found.arms[1], firm=found.firm, chance=words.share(chance),
            low=words.share(low), high=words.share(high), middle=money(middle),
            span_low=money(span_low), span_high=money(span_high),
        ),
        words.say("uncertainty_share", noise=words.share(noise),
        ignorance=words.share(1.0 - noise)), words.say("uncertainty_drivers",
        drivers=drivers) if drivers else words.say("uncertainty_no_driver"),
    ]  # fmt: skip


# Tables


def standing_table(comparison: Comparison, firm: str, words: Words) -> Table:
    """Table of arms: profit, chance of being best, regret, worst tenth, and profit by horizon."""
    standings, money = comparison.standings(firm), words.money
    table = Table(
        title=words.say("standing_title", firm=firm, weeks=comparison.config.weeks,
                        replicates=comparison.replicates),
        title_justify="left",
    )  # fmt: skip
    reached = list(standings[0].horizons)
    table.add_column(words.say("arm"))
    for key in ("profit_whole", "chance_best", "regret", "worst_tenth"):
        table.add_column(words.say(key), justify="right")
    for year in reached:
        table.add_column(words.say("after_years", year), justify="right")
        table.add_column(words.say("with_runoff", year), justify="right")
    for s in standings:
        later = [money(v) for y in reached for v in (s.horizons[y], s.runoff[y])]
        table.add_row(s.arm, money(s.mean), words.share(s.best), money(s.regret), money(s.worst),
                      *later)  # fmt: skip
    return table


def compare_table(
    comparison: Comparison, firm: str, b: int, words: Words, kpis: Sequence[str] = HEADLINE
) -> Table:
    """Table of KPIs by year, arm ``b`` against the first, with intervals and variance ratios."""
    a, name = comparison.arms[0], comparison.arms[b]
    table = Table(
        title=words.say("compare_title", firm=firm, a=a, b=name, replicates=comparison.replicates),
        title_justify="left",
    )
    table.add_column(words.say("kpi"))
    table.add_column(words.say("period"))
    for heading in (words.say("mean_a", a), words.say("mean_b", name), *map(words.say, (
        "difference", "interval", "chance", "variance"
    ))):  # fmt: skip
        table.add_column(heading, justify="right")
    unknown = words.say("unknown")
    for kpi in kpis:
        for year, _, _ in periods(comparison.config.weeks):
            r = comparison.result(kpi, firm, year, b)
            low, high = words.gap(kpi, r.low), words.gap(kpi, r.high)
            known = math.isfinite(r.variance_reduction)
            table.add_row(
                words.label(kpi) if year == 1 else "",
                words.say("year", year) if year else words.say("whole"),
                words.value(kpi, r.a),
                words.value(kpi, r.b),
                words.gap(kpi, r.difference),
                words.say("to", low=low, high=high) if r.pairs else unknown,
                words.share(r.chance) if r.pairs and KPIS[kpi].better else unknown,
                f"{r.variance_reduction:.1f}" if known else unknown,
                end_section=year is None,
            )
    return table


def tables(comparison: Comparison, words: Words, kpis: Sequence[str]) -> list[Table]:
    """For every firm in focus, a table of all arms and one of each arm against the first."""
    out = []
    for firm in comparison.focus:
        out.append(standing_table(comparison, firm, words))
        out += [
            compare_table(comparison, firm, b, words, kpis) for b in range(1, len(comparison.arms))
        ]
    return out


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
