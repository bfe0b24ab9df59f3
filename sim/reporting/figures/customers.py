"""Figure of customers: funnel, last touch, double jeopardy and retention."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rich.cells import cell_len

from sim.config.schema import Config
from sim.kpis import KPIS, Window
from sim.ledger import accounts as acc
from sim.outcomes.run import Run
from sim.reporting.figures.run import SMALLEST, about_run
from sim.reporting.figures.style import (
    INK,
    ROUND,
    SMALL,
    Panel,
    Room,
    bar_table,
    draw_panels,
    drawable,
    firm_colour,
    headed,
    heading,
    inner,
    named,
    percent,
    percents,
    period,
    style_of,
    tint,
)
from sim.reporting.words import Words
from sim.rules.units import YEAR

SOURCES = 5
"""Last touches in the figure, the largest first; the others are added up."""

ENOUGH_FIRMS, ENOUGH_WINDOWS = 4, 4
"""Firms with buyers, and measurement windows, below which size and frequency show no pattern."""

CLEAR = 0.7
"""Rank correlation from which size and frequency are said to go together."""


def customers_figure(run: Run, words: Words) -> Figure | None:
    """Figure of customers: funnel of buying occasions, last touch of new customers, double
    jeopardy, and retention of the firm in focus; None if nobody buys."""
    words = drawable(words)
    last = run.window(max(0, run.ledger.weeks - YEAR))
    stages = occasions(last)
    sources = run.ledger.sources().sum(axis=0).astype(float)
    windows = _windows(run)
    kept, sizes = run.retention(run.focus), _cohort_sizes(run)
    panels = [
        Panel(partial(_funnel, run=run, stages=stages, words=words),
              bool(last.sum(acc.ORDERS).any()), 1.1),
        Panel(partial(_sources, run=run, totals=sources, words=words),
              int(np.count_nonzero(sources.sum(axis=0))) > 1, 1.4),
        Panel(partial(_jeopardy, run=run, windows=windows, words=words), _has_pattern(windows)),
        Panel(partial(_retention, run=run, kept=kept, sizes=sizes, words=words),
              kept.shape[0] > 1 and bool((sizes[: len(kept) - 1] >= SMALLEST).any())),
    ]  # fmt: skip
    if not any(panel.shown for panel in panels):
        return None
    with mpl.rc_context(style_of(words)):
        figure = draw_panels(panels, across=2)
        headed(figure, _finding(run, stages, words), about_run(run, words),
               _hidden(run, sizes, words), words)  # fmt: skip
    return figure


# The funnel


def occasions(window: Window) -> np.ndarray:
    """Stages of the funnel, as shares of the buying occasions of the market.

    Each stage is a part of the one before: on an occasion a firm comes to mind or not, whoever
    orders has it in mind, and some of those who order have ordered from it before.

    Returns:
        float64 [..., firm, came to mind, ordered, ordered again]; NaN without occasions.
    """
    base = window.flow[..., -1:, acc.OCCASIONS]
    parts = (
        window.sum(acc.CONSIDERED), window.sum(acc.ORDERS),
        window.sum(acc.ORDERS) - window.sum(acc.ACQUIRED),
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [np.where(base > 0.0, part / base, np.nan) for part in parts]
    return np.stack(shares, axis=-1)


def stage_names(words: Words) -> list[str]:
    """Names of the stages of the funnel, in order."""
    return [words.say(key) for key in ("fig_stage_mind", "fig_stage_order", "fig_stage_again")]


def _finding(run: Run, stages: np.ndarray, words: Words) -> str:
    f = run.firms.index(run.focus)
    if not np.isfinite(stages[f]).all():
        return words.say("fig_customers")
    won = float(_orders(run)[f])
    if won < SMALLEST * run.config.population.weight:
        return words.say("fig_orders_few", firm=named(words, run.focus), count=words.short(won),
                         period=period(run.ledger.weeks, words))  # fmt: skip
    return words.say("fig_occasions", firm=named(words, run.focus), x=percent(stages[f, 0], words),
                     y=percent(stages[f, 1], words))  # fmt: skip


def _orders(run: Run) -> np.ndarray:
    """Orders of the last year, [firm]."""
    return run.window(max(0, run.ledger.weeks - YEAR)).sum(acc.ORDERS)


def _funnel(axes: Axes, room: Room, run: Run, stages: np.ndarray, words: Words) -> None:
    """Buying occasions on which each firm comes to mind, is bought, and is bought again."""
    names = [named(words, name) for name in run.firms]
    bar_table(axes, names, stage_names(words), stages, partial(percent, words=words),
              [firm_colour(f) for f in range(len(names))], room, words)  # fmt: skip
    known = _orders(run) >= SMALLEST * run.config.population.weight
    title = _closing(np.where(known[:, None], stages, np.nan), names,
                     run.firms.index(run.focus), words)  # fmt: skip
    heading(axes, title, words.say("fig_base", period=period(run.ledger.weeks, words)),
            inner(names, room, words), words)  # fmt: skip


def _closing(stages: np.ndarray, names: Sequence[str], focus: int, words: Words) -> str:
    """A title: how often the firm in focus is bought when it comes to mind, and the best other."""
    with np.errstate(divide="ignore", invalid="ignore"):
        closed = stages[:, 1] / stages[:, 0]
    if not np.isfinite(closed[focus]):
        return words.say("fig_funnel")
    said = words.say("fig_closes", a=names[focus], x=percent(closed[focus], words))
    others = np.delete(closed, focus)
    if not np.isfinite(others).any():
        return said
    best = int(np.nanargmax(np.where(np.arange(len(closed)) == focus, np.nan, closed)))
    return words.say("fig_both", said, words.say("fig_has", a=names[best],
                     x=percent(closed[best], words)))  # fmt: skip


# The last touch


def source_names(touches: Sequence[str], config: Config, words: Words) -> list[str]:
    """Names of the last touches, in the order of the ledger."""
    names = [words.say(key) for key in ("touch_nothing", "touch_talk", "touch_search")]
    return [*names, *(words.activity(name, config) for name in touches[len(names) :])]


def largest(totals: np.ndarray, names: Sequence[str], words: Words) -> tuple[np.ndarray, list[str]]:
    """Shares of the largest sources of new customers, and of all the others together.

    Args:
        totals: new customers, float64 [row, source].

    Returns:
        Shares float64 [row, shown source], NaN in a row without new customers, and their names.
    """
    whole = totals.sum(axis=1, keepdims=True)
    shares = np.where(whole > 0.0, totals / np.maximum(whole, 1.0), np.nan)
    weight = np.nan_to_num(shares).mean(axis=0)
    order = [int(s) for s in np.argsort(-weight, kind="stable") if weight[s] > 0.0]
    if len(order) <= SOURCES + 1:
        return shares[:, order], [names[s] for s in order]
    shown, rest = order[:SOURCES], order[SOURCES:]
    parts = np.column_stack([shares[:, shown], shares[:, rest].sum(axis=1)])
    return parts, [*(names[s] for s in shown), words.say("fig_others")]


def _sources(axes: Axes, room: Room, run: Run, totals: np.ndarray, words: Words) -> None:
    """Last touch of new customers, by firm."""
    names = source_names(run.touches, run.config, words)
    won = [f for f in range(len(run.firms)) if totals[f].sum() > 0.0]
    shares, heads = largest(totals[won], names, words)
    firms = [named(words, run.firms[f]) for f in won]
    bar_table(axes, firms, heads, shares, partial(percent, words=words),
              [firm_colour(f) for f in won], room, words)  # fmt: skip
    own = totals[run.firms.index(run.focus)]
    few = own.sum() < SMALLEST * run.config.population.weight
    title = words.say("fig_sources") if few else words.say(
        "fig_most_by", firm=named(words, run.focus), source=names[int(own.argmax())],
        x=percent(own.max() / own.sum(), words),
    )  # fmt: skip
    heading(axes, title, words.say("fig_what_sources"), inner(firms, room, words), words)


# Double jeopardy


def _windows(run: Run) -> np.ndarray:
    """Share of people who bought and orders per buyer, [window, firm, 2]; NaN without buyers."""
    span, out = run.config.measurement.window, []
    for first in range(0, run.ledger.weeks - span + 1, span):
        window = run.window(first, first + span)
        bought = window.sum(acc.WINDOW_CUSTOMERS)
        each = np.divide(window.sum(acc.ORDERS), bought, where=bought > 0,
                         out=np.full(len(run.firms), np.nan))  # fmt: skip
        out.append(np.column_stack([KPIS["penetration"].function(window), each]))
    return np.array(out).reshape(-1, len(run.firms), 2)


def _has_pattern(windows: np.ndarray) -> bool:
    buyers = np.isfinite(windows).all(axis=(0, 2)).sum() if len(windows) else 0
    return len(windows) >= ENOUGH_WINDOWS and buyers >= ENOUGH_FIRMS


def _jeopardy(axes: Axes, room: Room, run: Run, windows: np.ndarray, words: Words) -> None:
    """Penetration and purchase frequency: a point for each firm, the mean of its windows."""
    from scipy import stats

    span = run.config.measurement.window
    last = windows[-max(ENOUGH_WINDOWS, YEAR // span) :]
    known = [f for f in range(len(run.firms)) if np.isfinite(last[:, f]).all()]
    x, y = last[:, known].mean(axis=0).T
    for f, share, each in zip(known, x, y, strict=True):
        axes.plot(share, each, "o", color=firm_colour(f), markersize=10)
    axes.set_xlim(0, 1.18 * x.max())
    space = 0.25 * max(0.1, float(np.ptp(y)))
    axes.set_ylim(max(1.0, float(y.min()) - space), float(y.max()) + space)
    axes.xaxis.set_major_formatter(percents(words))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=ROUND))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=ROUND))
    axes.set_xlabel(words.say("fig_buyers", weeks=span))
    axes.set_ylabel(words.say("fig_frequency"))
    axes.grid()
    _names_beside(axes, room, [named(words, run.firms[f]) for f in known], x, y, known)
    together = float(stats.spearmanr(x, y).statistic)
    title = words.say("fig_jeopardy" if together >= CLEAR else "fig_buyers_orders")
    heading(axes, title, words.say("fig_what_jeopardy", count=len(last), weeks=span), room, words)


def _names_beside(
    axes: Axes, room: Room, names: Sequence[str], x: np.ndarray, y: np.ndarray, firms: Sequence[int]
) -> None:
    """Write names beside points, right or left of them at the nearest height that is free."""
    wide, high = (room.width / axes.get_xlim()[1], room.height / np.ptp(axes.get_ylim()))
    taken = [(a * wide - 0.09, a * wide + 0.09, b * high) for a, b in zip(x, y, strict=True)]
    for n in np.argsort(-y, kind="stable"):
        long, middle = cell_len(names[n]) * SMALL * 0.65 / 72, y[n] * high
        places = [(x[n] * wide + (0.1 if side > 0 else -0.1 - long), step, side)
                  for step in (0.0, -0.15, 0.15, -0.3, 0.3, -0.45, 0.45, 0.6)
                  for side in (1, -1)]  # fmt: skip
        left, step, side = next((place for place in places if place[0] > 0.0 and all(
            abs(middle + place[1] - other) > 0.145 or place[0] + long < start or place[0] > end
            for start, end, other in taken)), places[-2])  # fmt: skip
        taken.append((left, left + long, middle + step))
        axes.annotate(
            names[n], (x[n], y[n]), xytext=(8 * side, 72 * step), textcoords="offset points",
            ha="left" if side > 0 else "right", va="center", fontsize=SMALL,
            color=firm_colour(firms[n]), annotation_clip=False,
        )  # fmt: skip


# Retention


def _cohort_sizes(run: Run) -> np.ndarray:
    """Simulated customers of the firm in focus by quarter of acquisition, [quarter]."""
    mine = run.ledger.cohorts()[:, run.firms.index(run.focus), 1:, acc.BY_ACQUIRED]
    sizes: np.ndarray = mine.sum(axis=0) / run.config.population.weight
    return sizes


def _retention(
    axes: Axes, room: Room, run: Run, kept: np.ndarray, sizes: np.ndarray, words: Words
) -> None:
    """Share of new customers still active, by quarters since they were acquired: each cohort, and
    the earlier half of them together, as far as all of these can be followed."""
    shade = firm_colour(run.firms.index(run.focus))
    sizes = sizes[: len(kept)]
    enough = np.flatnonzero(sizes >= SMALLEST)
    for q in enough:
        axes.plot(np.arange(kept.shape[1]), kept[q], color=tint(shade, 0.35), linewidth=1.0)
    followed = enough[: (len(enough) + 1) // 2]
    mean = mean_retention(kept[followed], sizes[followed])
    quarters = np.flatnonzero(np.isfinite(mean))
    axes.plot(quarters, mean[quarters], color=shade, linewidth=2.8, marker="o", markersize=4)
    for q in quarters[::4][1:]:
        axes.annotate(percent(mean[q], words), (q, mean[q]), xytext=(2, 8), ha="left",
                      textcoords="offset points", fontsize=SMALL, color=INK)  # fmt: skip
    axes.set_ylim(0, 1.05)
    axes.set_xlim(0, max(1, len(kept) - 1 - enough[0]) + 0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(percents(words))
    axes.set_xlabel(words.say("fig_quarters"))
    axes.grid(axis="y")
    at = int(min(4, quarters[-1]))
    title = words.say("fig_keeps_year" if at == 4 else "fig_keeps", firm=named(words, run.focus),
                      x=percent(mean[at], words), quarters=at)  # fmt: skip
    hidden = int(((sizes > 0) & (sizes < SMALLEST)).sum())
    what = words.say("fig_what_retention", count=len(followed))
    if hidden:
        what = words.say("fig_and", what, words.say("fig_hidden", hidden=hidden,
                         smallest=SMALLEST))  # fmt: skip
    heading(axes, title, what, room, words)


def _hidden(run: Run, sizes: np.ndarray, words: Words) -> str:
    """A note where every quarter has too few new customers to show their retention."""
    if not sizes.any() or (sizes >= SMALLEST).any():
        return ""
    return words.say("fig_no_cohort", firm=named(words, run.focus), smallest=SMALLEST)


def mean_retention(kept: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Retention of cohorts together at each lag; NaN where not all of them are old enough, for a
    curve of ever fewer cohorts could rise.

    Args:
        kept: shares, float64 [cohort, quarters later], NaN beyond the run.
        sizes: customers of each cohort.
    """
    together: np.ndarray = (kept * sizes[:, None]).sum(axis=0) / sizes.sum()
    return together
