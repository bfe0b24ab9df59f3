"""Figures of a comparison of arms: the answer, how the arms differ, and the answer under parameter
uncertainty."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiments.compare import Comparison
from sim.experiments.uncertainty import SEEDS, Uncertainty
from sim.kpis import KPIS
from sim.outcomes.paired import Paired, paired
from sim.params import numbers
from sim.reporting.figures.customers import largest, occasions, source_names, stage_names
from sim.reporting.figures.findings import lead
from sim.reporting.figures.style import (
    GREY,
    INK,
    SMALL,
    Panel,
    Room,
    alike,
    bar_table,
    colour,
    draw_panels,
    drawable,
    formatter,
    headed,
    heading,
    in_money,
    inner,
    label,
    label_ends,
    named,
    new_figure,
    number,
    percent,
    period,
    rolling,
    style_of,
    tint,
    value_grid,
    week_axis,
)
from sim.reporting.level import is_level
from sim.reporting.words import Words
from sim.rules.units import YEAR
from sim.runs.jobs import HORIZONS

KPIS_SHOWN = {
    "awareness": "fig_what_awareness", "active_customers": "fig_what_active_customers",
    "trust": "fig_what_trust", "profit": "fig_what_profit_week",
}  # fmt: skip
"""KPIs over time beside the answer, and the keys of their descriptions."""

FEW = 4
"""Arms up to which bands are drawn around their lines."""

POINT_SIZE = 0.03
"""Height of a point in the figure of uncertainty, as a share of the range of all points."""

TOP = 8
"""Number of influential parameters in the figure."""


def _names(comparison: Comparison, words: Words) -> list[str]:
    return [named(words, name) for name in comparison.arms]


def _about(comparison: Comparison, words: Words) -> str:
    return words.say(
        "fig_about_compare", arms=len(comparison.arms), time=words.time(comparison.config.weeks),
        replicates=comparison.replicates,
    )  # fmt: skip


def _key(comparison: Comparison, words: Words) -> list[tuple[str, str]]:
    return [(name, colour(n)) for n, name in enumerate(_names(comparison, words))]


# The answer


def compare_figure(comparison: Comparison, firm: str, words: Words) -> Figure:
    """Figure of the answer: the difference in profit to date, and four KPIs over time. The title
    names the best arm where it is known."""
    words = drawable(words)
    f = comparison.firms.index(firm)
    paths = {kpi: comparison.paths(kpi)[..., f] for kpi in KPIS_SHOWN}
    shown = [kpi for kpi in KPIS_SHOWN if np.nan_to_num(paths[kpi]).any()]
    with mpl.rc_context(style_of(words)):
        figure = new_figure()
        title = _answer(comparison, firm, words)
        headed(figure, title, _about(comparison, words), _note(comparison, firm, words), words,
               _key(comparison, words))  # fmt: skip
        grid = figure.add_gridspec(2, 4)
        _gap(figure.add_subplot(grid[:, :2]), Room(5.6, 5.0), comparison, firm, words)
        for n, kpi in enumerate(shown):
            axes = figure.add_subplot(grid[n // 2, 2 + n % 2])
            _paths(axes, Room(2.5, 2.1), comparison, kpi, paths[kpi], firm, words)
    return figure


def _note(comparison: Comparison, firm: str, words: Words) -> str:
    said = []
    if len(comparison.arms) <= FEW:
        said.append(words.say("fig_bands", replicates=comparison.replicates))
    if len(comparison.arms) > 2:
        said.append(_titles(comparison, firm, words))
    return words.sentences(*said)


def _titles(comparison: Comparison, firm: str, words: Words) -> str:
    """Which of several arms the titles of small panels are about."""
    names, (a, b) = _names(comparison, words), _asked(comparison, firm)
    return words.say("fig_titles", a=names[a], b=names[b])


def _asked(comparison: Comparison, firm: str) -> tuple[int, int]:
    """The pair of arms that titles of small panels compare: the last one of the answer, the arm
    with the higher mean profit first."""
    a, b = comparison.pairs(firm)[-1]
    order = comparison.order(firm)
    return (a, b) if order.index(a) < order.index(b) else (b, a)


def _answer(comparison: Comparison, firm: str, words: Words) -> str:
    """Which arm of each pair earns the firm more, and by how much; or that it is not known, or that
    they earn the same."""
    found = [_pair(comparison, firm, a, b, words) for a, b in comparison.pairs(firm)]
    said = words.say("plan_and").join(found)
    return words.say("fig_answer_of", said, firm=named(words, firm),
                     time=words.time(comparison.config.weeks))  # fmt: skip


def _pair(comparison: Comparison, firm: str, a: int, b: int, words: Words) -> str:
    """Which of two arms earns the firm more."""
    names, result = _names(comparison, words), comparison.result("profit", firm, b=b, a=a)
    best, other = (b, a) if result.difference > 0 else (a, b)
    values = {"a": names[best], "b": names[other]}
    if result.low == result.high == 0.0:
        return words.say("fig_answer_same", money=words.money(result.a), **values)
    if not result.settled:
        return words.say("fig_answer_open", **values)
    return words.say("fig_answer", gap=words.money(abs(result.difference)), **values)


def _gap(axes: Axes, room: Room, comparison: Comparison, firm: str, words: Words) -> None:
    """Profit to date of every arm less that of the first."""
    names, weeks = _names(comparison, words), comparison.config.weeks
    f, several = comparison.firms.index(firm), len(names) > 2
    cash = comparison.paths("profit")[..., f].cumsum(axis=2)
    x, lowest, highest, ends = np.arange(1, weeks + 1), 0.0, 0.0, []
    for n in range(1, len(cash)):
        gap = cash[n] - cash[0]
        mean, shade = gap.mean(axis=0), colour(n) if several else INK
        low, high = mean, mean
        if len(names) <= FEW:
            low, high = np.quantile(gap, [0.05, 0.95], axis=0)
            axes.fill_between(x, low, high, color=tint(shade, 0.22), linewidth=0)
        if not several:
            results = [paired(cash[0, :, w], cash[n, :, w], 1, comparison.confidence)
                       for w in range(weeks)]  # fmt: skip
            ends_low, ends_high = (np.array([getattr(r, side) for r in results])
                                   for side in ("low", "high"))  # fmt: skip
            axes.fill_between(x, ends_low, ends_high, color=tint(shade, 0.45), linewidth=0)
            low, high = np.minimum(low, ends_low), np.maximum(high, ends_high)
        axes.plot(x, mean, color=shade)
        lowest, highest = min(lowest, float(low.min())), max(highest, float(high.max()))
        ends.append((names[n], float(mean[-1]), shade))
    axes.axhline(0.0, color=colour(0) if several else INK, linewidth=1.6 if several else 1.0)
    space = 0.1 * (highest - lowest or 1.0)
    axes.set_ylim(lowest - space, highest + space)
    week_axis(axes, weeks, words)
    axes.yaxis.set_major_formatter(formatter("profit", words))
    label_ends(axes, [(names[0], 0.0, colour(0)), *ends] if several else
               [(words.money(ends[0][1]), ends[0][1], INK)], room)  # fmt: skip
    if several:
        what = words.say("fig_gap_several", a=names[0])
    else:
        _sides(axes, names, words)
        what = words.say("fig_gap", a=names[0], b=names[1])
    title = _when(comparison, firm, words)
    heading(axes, title, in_money(words, what), room, words)


def _sides(axes: Axes, names: Sequence[str], words: Words) -> None:
    """Say which of two arms is ahead above the line of zero, and which below."""
    for place, name, shade in ((0.985, names[1], colour(1)), (0.015, names[0], colour(0))):
        axes.text(0.02, place, words.say("fig_ahead", plan=name), color=shade,
                  transform=axes.transAxes, fontweight="bold",
                  va="top" if place > 0.5 else "bottom")  # fmt: skip


def _when(comparison: Comparison, firm: str, words: Words) -> str:
    """A title: since when the arm with the higher mean has been ahead of the next in profit to
    date."""
    names, (best, second) = _names(comparison, words), _asked(comparison, firm)
    spells = comparison.lead_spells(firm, best, second)
    if not spells:
        return words.say("fig_never_apart")
    if not comparison.result("profit", firm, b=best, a=second).settled:
        return words.say("fig_lead_open", a=names[best], b=names[second])
    week, leader = spells[-1]
    at = comparison.arms.index(leader)
    if len(spells) == 1:
        return words.say("fig_always_ahead", a=names[at], b=names[second if at == best else best])
    return words.say("fig_ahead_from", a=names[at], b=names[second if at == best else best],
                     week=week)  # fmt: skip


def _known(function: Callable[..., np.ndarray], values: np.ndarray, *args: object) -> np.ndarray:
    """Apply a NaN-aware function along the first axis, without warnings for all-NaN columns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return function(values, *args, axis=0)


def _paths(
    axes: Axes, room: Room, comparison: Comparison, kpi: str, path: np.ndarray, firm: str,
    words: Words,
) -> None:  # fmt: skip
    """A KPI over time, one line and band per arm; ``path`` is [arm, replicate, week]."""
    names, weeks = _names(comparison, words), comparison.config.weeks
    x, money = np.arange(1, weeks + 1), KPIS[kpi].unit == "money"
    if money:
        path = np.array([[rolling(pair) for pair in arm] for arm in path])
    for n, arm in enumerate(path):
        low, middle, high = _known(np.nanquantile, arm, [0.05, 0.5, 0.95])
        if len(names) <= FEW:
            axes.fill_between(x, low, high, color=colour(n), alpha=0.2, linewidth=0)
        axes.plot(x, middle, color=colour(n), linewidth=1.7)
    if money:
        axes.axhline(0.0, color=GREY, linewidth=0.8)
    else:
        axes.set_ylim(bottom=0)
    week_axis(axes, weeks, words)
    axes.yaxis.set_major_formatter(formatter(kpi, words))
    what = words.say(KPIS_SHOWN[kpi])
    middle = _known(np.nanmedian, np.moveaxis(path, 1, 0)).T
    title = _difference(comparison, kpi, firm, middle, words)
    heading(axes, title, in_money(words, what) if money else what, room, words)


def _difference(
    comparison: Comparison, kpi: str, firm: str, middle: np.ndarray, words: Words
) -> str:
    """A title: which of the two arms asked about has more of a KPI over the last year, if that is
    certain and the difference is worth a word; since when, if the other had more before.

    Args:
        middle: median lines, [week, arm].
    """
    said, arms = label(kpi, words), _asked(comparison, firm)
    names = [_names(comparison, words)[n] for n in arms]
    last = max(0, comparison.config.weeks - YEAR)
    values = comparison.values(kpi, last)[:, :, comparison.firms.index(firm)]
    found = _gap_between(comparison, values, arms)
    year = comparison.config.weeks >= YEAR
    when = words.say("fig_of_year") if year else period(comparison.config.weeks, words)
    if not found.pairs:
        return said
    first = 0 if found.difference < 0.0 else 1
    course = lead(middle[:, list(arms)], share=KPIS[kpi].unit == "share")
    if found.settled and course and course.before is not None and course.first == first:
        return words.say("fig_kpi_cross", label=said, a=names[first], b=names[1 - first],
                         week=course.row)  # fmt: skip
    x, y = (number(kpi, value, words) for value in (found.a, found.b))
    if x == y or is_level(found.a, found.b, share=KPIS[kpi].unit == "share"):
        return words.say("fig_kpi_level", label=said, period=when, x=x, y=y, a=names[0],
                         b=names[1])  # fmt: skip
    if not found.settled:
        return words.say("fig_kpi_open", label=said, period=when)
    shown = sorted(zip(names, (x, y), strict=True), key=lambda pair: pair[0] != names[first])
    (a, more), (b, less) = shown
    return words.say("fig_kpi_best", label=said, period=when, a=a, b=b, x=more, y=less)


def _gap_between(comparison: Comparison, values: np.ndarray, arms: tuple[int, int]) -> Paired:
    """The second of two arms against the first; ``values`` are [arm, replicate]."""
    return paired(values[arms[0]], values[arms[1]], 1, comparison.confidence)


# How the arms differ


def arms_figure(comparison: Comparison, firm: str, words: Words) -> Figure:
    """Figure of all arms: profit by horizon, funnel, sources of new customers, and rivals. The
    title is the answer."""
    words = drawable(words)
    f = comparison.firms.index(firm)
    last = max(0, comparison.config.weeks - YEAR)
    windows = comparison.windows(last)
    stages = np.array([[occasions(w)[f] for w in arm] for arm in windows])
    totals = np.array([np.sum([one.sources[f] for one in arm], axis=0) for arm in
                       comparison.runs]).astype(float)  # fmt: skip
    customers = comparison.values("active_customers", last)
    common: dict[str, Any] = {"comparison": comparison, "firm": firm, "words": words}
    panels = [
        Panel(partial(_horizons, **common),
              any(y * YEAR <= comparison.config.weeks for y in HORIZONS)),
        Panel(partial(_funnel, stages=stages, **common), bool(np.nan_to_num(stages).any()), 1.1),
        Panel(partial(_sources, totals=totals, **common),
              int(np.count_nonzero(totals.sum(axis=0))) > 1, 1.1),
        Panel(partial(_rivals, customers=customers, **common),
              len(comparison.firms) > 1 and bool(customers.any())),
    ]  # fmt: skip
    with mpl.rc_context(style_of(words)):
        figure = draw_panels(panels, across=2)
        note = words.say("fig_means", replicates=comparison.replicates)
        if len(comparison.arms) > 2:
            note = words.sentences(note, _titles(comparison, firm, words))
        headed(figure, _answer(comparison, firm, words), _about(comparison, words), note, words)
    return figure


def _table(
    axes: Axes, room: Room, comparison: Comparison, heads: Sequence[str], values: np.ndarray,
    texts: Callable[[float], str], words: Words,
) -> None:  # fmt: skip
    """A table of bars with a row for each arm."""
    names = _names(comparison, words)
    bar_table(axes, names, heads, values, texts, [colour(n) for n in range(len(names))], room,
              words)  # fmt: skip


def _horizons(axes: Axes, room: Room, comparison: Comparison, firm: str, words: Words) -> None:
    """Profit after 1, 3 and 5 years, without and with run-off."""
    standings, names = comparison.standings(firm), _names(comparison, words)
    reached = list(standings[0].horizons)
    values = np.array([[v for y in reached for v in (s.horizons[y], s.runoff[y])]
                       for s in standings])  # fmt: skip
    heads = [text for y in reached for text in (words.time(y * YEAR), words.say(
             "fig_after_runoff", words.time(y * YEAR)))]  # fmt: skip
    _table(axes, room, comparison, heads, values, alike(values, words), words)
    title = _last_horizon(comparison, firm, reached[-1], words)
    heading(axes, title, in_money(words, words.say("fig_what_horizons", firm=named(words, firm))),
            inner(names, room, words), words)  # fmt: skip


def _last_horizon(comparison: Comparison, firm: str, years: int, words: Words) -> str:
    """A title: which of the two arms asked about has earned more at the last horizon, and whether
    that changes after stopping. Less than the smallest effect of interest is no difference."""
    f, arms = comparison.firms.index(firm), _asked(comparison, firm)
    names, least = _names(comparison, words), comparison.smallest_effect.get(firm, 0.0)
    end, later = (_gap_between(comparison, comparison.horizon(years, runoff)[:, :, f], arms)
                  for runoff in (False, True))  # fmt: skip
    first, other = arms if end.difference < 0.0 else arms[::-1]
    values = {"a": names[first], "b": names[other], "years": words.time(years * YEAR)}
    if not abs(end.difference) > least:
        return words.say("fig_horizons_level", **values)
    if not end.settled:
        return words.say("fig_horizons_open", **values)
    if not (later.settled and abs(later.difference) > least):
        return words.say("fig_horizons_close", **values)
    same = (later.difference < 0.0) == (end.difference < 0.0)
    return words.say("fig_horizons_same" if same else "fig_horizons_turn", **values)


def _funnel(
    axes: Axes, room: Room, comparison: Comparison, firm: str, stages: np.ndarray, words: Words
) -> None:
    """Buying occasions on which the firm comes to mind, is bought, and is bought again."""
    means, names = _known(np.nanmean, np.moveaxis(stages, 1, 0)), _names(comparison, words)
    _table(axes, room, comparison, stage_names(words), means, partial(percent, words=words), words)
    title = _stage_apart(comparison, firm, stages, words)
    heading(axes, title, words.say("fig_base", period=period(comparison.config.weeks, words)),
            inner(names, room, words), words)  # fmt: skip


def _stage_apart(comparison: Comparison, firm: str, stages: np.ndarray, words: Words) -> str:
    """A title: how often the firm gets the order under the two arms asked about, or, if that is
    about the same, how often it comes to mind; ``stages`` are [arm, replicate, stage]."""
    names, arms = _names(comparison, words), _asked(comparison, firm)
    for stage, key in ((1, "fig_bought"), (0, "fig_minded")):
        found = _gap_between(comparison, stages[:, :, stage], arms)
        if found.settled and not is_level(found.a, found.b, share=True):
            return words.say(key, firm=named(words, firm), a=names[arms[0]], b=names[arms[1]],
                             x=percent(found.a, words), y=percent(found.b, words))  # fmt: skip
    return words.say("fig_bought_same", firm=named(words, firm), a=names[arms[0]],
                     b=names[arms[1]])  # fmt: skip


def _sources(
    axes: Axes, room: Room, comparison: Comparison, firm: str, totals: np.ndarray, words: Words
) -> None:
    """Last touch of new customers, by arm."""
    sources = source_names(comparison.touches, comparison.config, words)
    shares, heads = largest(totals, sources, words)
    _table(axes, room, comparison, heads, shares, partial(percent, words=words), words)
    names, arms = _names(comparison, words), _asked(comparison, firm)
    x, y = np.nan_to_num(shares[list(arms)])
    at = int(np.abs(x - y).argmax())
    title = words.say("fig_sources_same", a=names[arms[0]], b=names[arms[1]])
    if not is_level(x[at], y[at], share=True):
        title = words.say("fig_sources_differ", source=heads[at], a=names[arms[0]],
                          b=names[arms[1]], x=percent(x[at], words),
                          y=percent(y[at], words))  # fmt: skip
    heading(axes, title, words.say("fig_what_sources"), inner(names, room, words), words)


def _rivals(
    axes: Axes, room: Room, comparison: Comparison, firm: str, customers: np.ndarray, words: Words
) -> None:
    """Active customers of every firm, by arm; ``customers`` is [arm, replicate, firm]."""
    firms, means = [named(words, name) for name in comparison.firms], customers.mean(axis=1)
    _table(axes, room, comparison, firms, means, alike(means, words), words)
    what = words.say("fig_what_rivals", period=period(comparison.config.weeks, words))
    room = inner(_names(comparison, words), room, words)
    heading(axes, _loser(comparison, firm, customers, firms, words), what, room, words)


def _loser(
    comparison: Comparison, firm: str, customers: np.ndarray, firms: Sequence[str], words: Words
) -> str:
    """A title: the rival that loses most customers under the better of the two arms asked about,
    if that is certain and more than a trifle."""
    names, (best, other) = _names(comparison, words), _asked(comparison, firm)
    results = {g: _gap_between(comparison, customers[:, :, g], (other, best))
               for g in range(len(firms)) if g != comparison.firms.index(firm)}  # fmt: skip
    worst = min(results, key=lambda g: results[g].difference)
    found = results[worst]
    if not (found.settled and found.difference < 0.0) or is_level(found.a, found.b):
        return words.say("fig_no_loser", a=names[best], b=names[other])
    return words.say("fig_loser", rival=firms[worst], a=names[best], b=names[other],
                     count=words.short(-found.difference))  # fmt: skip


# Under uncertainty


def uncertainty_figure(found: Uncertainty, words: Words) -> Figure:
    """Figure of the difference at every parameter setting, and of the influential parameters."""
    words = drawable(words)
    with mpl.rc_context(style_of(words)):
        names = [named(words, arm) for arm in found.arms]
        figure = draw_panels(
            [Panel(partial(_points, found=found, names=names, words=words)),
             Panel(partial(_drivers, found=found, words=words), bool(found.drivers))],
        )  # fmt: skip
        ahead = int((found.gap().mean(axis=1) > 0.0).sum())
        total = len(found.settings)
        winner, loser, count = (1, 0, ahead) if 2 * ahead >= total else (0, 1, total - ahead)
        key = "fig_uncertainty" if 2 * ahead != total else "fig_uncertainty_even"
        headed(
            figure, words.say(key, firm=named(words, found.firm), a=names[winner],
                              b=names[loser], count=count, settings=total),
            words.say("fig_uncertainty_note", count=len(found.names), seeds=SEEDS, line=words.say(
                "fig_uncertainty_line" if _spread(found) else "fig_uncertainty_small")),
            "", words,
        )  # fmt: skip
    return figure


def _spread(found: Uncertainty) -> bool:
    """Whether the range over the seeds is larger than a point, at any setting."""
    gap = found.gap()
    return float(np.ptp(gap, axis=1).max()) > POINT_SIZE * float(np.ptp(gap.mean(axis=1)))


def _points(axes: Axes, room: Room, found: Uncertainty, names: Sequence[str], words: Words) -> None:
    """The difference at every setting, sorted."""
    gap = found.gap()
    gap = gap[np.argsort(gap.mean(axis=1))]
    x, mean = np.arange(1, len(gap) + 1), gap.mean(axis=1)
    axes.vlines(x, gap.min(axis=1), gap.max(axis=1), color="#999999")
    axes.scatter(x, mean, c=np.where(mean > 0, colour(1), colour(0)), s=26, zorder=3)
    axes.axhline(0.0, color=INK, linewidth=1.0)
    _sides(axes, names, words)
    axes.set_xticks([])
    axes.set_xlabel(words.say("fig_settings", len(gap)))
    axes.margins(y=0.15)
    value_grid(axes)
    axes.yaxis.set_major_formatter(formatter("profit", words))
    title = words.say("fig_uncertainty_span", low=words.more(float(mean[0])),
                      high=words.more(float(mean[-1])))  # fmt: skip
    what = words.say("fig_uncertainty_points", a=names[0], b=names[1])
    heading(axes, title, in_money(words, what), room, words)


def _drivers(axes: Axes, room: Room, found: Uncertainty, words: Words) -> None:
    """The parameters that influence the difference most."""
    top = found.drivers[:TOP][::-1]
    at, sizes = np.arange(len(top)), [rho for _, rho in top]
    axes.barh(at, sizes, 0.7, color=[colour(1) if r > 0 else colour(0) for r in sizes])
    for place, size in zip(at, sizes, strict=True):
        axes.annotate(f"{size:+.2f}", (size, place), xytext=(math.copysign(4, size), 0),
                      va="center", textcoords="offset points", ha="left" if size > 0 else "right",
                      fontsize=SMALL)  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=1.0)
    axes.set_yticks(at, [name for name, _ in top])
    axes.set_xlim(-1.25, 1.25)
    axes.set_ylim(min(0.0, len(top) - 4) - 0.5, len(top) - 0.5)
    first = found.drivers[0][0]
    meaning = next(known.meaning for name, known, _ in numbers(found.config) if name == first)
    title = words.say("fig_uncertainty_driver",
                      name=words.parameter(first, meaning, found.config))  # fmt: skip
    room = inner([name for name, _ in top], room, words)
    heading(axes, title, words.say("fig_uncertainty_drivers"), room, words)
