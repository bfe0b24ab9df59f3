"""Figure of a run: six KPIs over time, one line for each firm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.outcomes.run import Run
from sim.reporting.figures.findings import about_lines
from sim.reporting.figures.style import (
    GREY,
    Panel,
    Room,
    draw_panels,
    drawable,
    firm_colour,
    formatter,
    headed,
    heading,
    in_money,
    is_sparse,
    lines,
    named,
    percent,
    period,
    rolling,
    style_of,
)
from sim.reporting.level import is_level, leaders
from sim.reporting.words import Words
from sim.rules.units import YEAR

MEASURED = {
    "revenue": "fig_what_revenue", "profit": "fig_what_profit",
    "active_customers": "fig_what_active_customers", "awareness": "fig_what_awareness",
    "trust": "fig_what_trust", "repeat_rate": "fig_what_repeat_rate",
}  # fmt: skip
"""What the panels show: KPIs and the keys of their descriptions."""


SMALLEST = 30
"""Simulated customers below which a share of them is not shown: its standard error may exceed nine
percentage points."""

MOST_POINTS = 60
"""Points that have room in a panel."""

FEWEST = 3
"""Values over time below which they show no course."""


def run_figure(run: Run, words: Words) -> Figure:
    """Figure of a run: six KPIs over time, one line for each firm; the title says who leads."""
    words = drawable(words)
    paths = {kpi: _path(run, kpi) for kpi in MEASURED}
    paths["repeat_rate"], together = repeat_rate(run)
    paths["revenue"] = rolling(paths["revenue"])
    paths["profit"] = paths["profit"].cumsum(axis=0)
    with mpl.rc_context(style_of(words)):
        panels = []
        for kpi, values in paths.items():
            what = _measured(kpi, run, together, words)
            draw = partial(_panel, run=run, kpi=kpi, values=values, what=what, words=words)
            panels.append(Panel(draw, is_seen(values)))
        figure = draw_panels(panels)
        headed(figure, _finding(run, words), about_run(run, words), "", words)
    return figure


def about_run(run: Run, words: Words) -> str:
    """What the figures of a run show: its plan, size and seed."""
    weight, firms = run.config.population.weight, len(run.firms)
    return words.say(
        "fig_about_run", plan=named(words, run.plan) if run.plan else words.say("no_plan"),
        firms=words.say("fig_firms", firms) if firms > 1 else words.say("fig_one_firm"),
        time=words.time(run.ledger.weeks), seed=run.seed,
        weight=words.say("fig_weight", weight) if weight > 1 else words.say("fig_no_weight"),
    )  # fmt: skip


def _path(run: Run, kpi: str) -> np.ndarray:
    """A KPI week by week, [week, firm]."""
    found: np.ndarray = run.weekly[kpi].to_numpy().reshape(run.ledger.weeks, len(run.firms))
    return found


def is_seen(values: np.ndarray) -> bool:
    """Whether there is a course to see: anything but zeros, and of few values at least three."""
    known = np.isfinite(values).any(axis=1).sum()
    return bool(np.nan_to_num(values).any()) and (known >= FEWEST or known == len(values))


def _finding(run: Run, words: Words) -> str:
    """Who leads in revenue over the last year, and the share of the firm in focus."""
    last = max(0, run.ledger.weeks - YEAR)
    names = [named(words, name) for name in run.firms]
    money = np.array(list(run.kpi("revenue", last).values()))
    if not money.any():
        return words.say("fig_no_revenue", period=period(run.ledger.weeks, words))
    if len(names) == 1:
        profit = run.kpi("profit", last)[run.firms[0]]
        return words.say("fig_single", firm=names[0], revenue=words.money(float(money[0])),
                         profit=words.money(profit),
                         period=period(run.ledger.weeks, words))  # fmt: skip
    share = money / money.sum()
    shown = leaders(share)
    first, last_of = shown[0], shown[-1]
    x, y = (percent(share[n], words) for n in (first, last_of))
    key = "fig_one_leads" if len(shown) == 1 else "fig_level_lead" if x == y else "fig_lead"
    said = words.say(key, a=words.listed([names[n] for n in shown]), x=x, y=y,
                     period=period(run.ledger.weeks, words))  # fmt: skip
    focus = run.firms.index(run.focus)
    if focus in shown:
        return said
    return words.say("fig_both", said, words.say("fig_has", a=names[focus],
                     x=percent(share[focus], words)))  # fmt: skip


def _panel(
    axes: Axes, room: Room, run: Run, kpi: str, values: np.ndarray, what: str, words: Words
) -> None:
    """One KPI, a line for each firm."""
    focus = run.firms.index(run.focus)
    names = [named(words, name) for name in run.firms]
    shades = [firm_colour(f) for f in range(len(names))]
    lines(axes, values, names, shades, room, words, from_zero=kpi != "profit")
    emphasise(axes, values, focus)
    title = about_lines(kpi, values, names, focus, words)
    if kpi == "revenue":
        title = _growth(run, words) or title
    if kpi == "profit":
        axes.axhline(0.0, color=GREY, linewidth=0.9, zorder=1)
        title = (_break_even(values[:, focus], names[focus], words)
                 or _loss(values[-1], names, focus, words) or title)  # fmt: skip
    axes.yaxis.set_major_formatter(formatter(kpi, words))
    heading(axes, title, what, room, words)


def emphasise(axes: Axes, values: np.ndarray, focus: int) -> None:
    """A thicker line for the firm in focus."""
    path = axes.get_lines()[2 * focus + 1 if is_sparse(values) else focus]
    path.set(linewidth=2.8, markersize=6, zorder=3)


def _measured(kpi: str, run: Run, together: int, words: Words) -> str:
    """What a panel shows, in a few words."""
    if kpi == "repeat_rate":
        what = words.say(MEASURED[kpi], weeks=run.config.measurement.window)
        more = words.say("fig_point_of", together)
        return words.say("fig_and", what, more) if together > 1 else what
    what = words.say(MEASURED[kpi])
    return in_money(words, what) if kpi in ("revenue", "profit") else what


def repeat_rate(run: Run) -> tuple[np.ndarray, int]:
    """Repeat rate at the end of each window, or of several together where there are many.

    Returns:
        float64 [week, firm], NaN within windows and where fewer than :data:`SMALLEST` simulated
        customers bought, and the number of windows taken together.
    """
    span, weeks, out = run.config.measurement.window, run.ledger.weeks, _path(run, "trust") * np.nan
    together = max(1, math.ceil(weeks / span * len(run.firms) / MOST_POINTS))
    for end in range(together * span, weeks + 1, together * span):
        window = run.window(end - together * span, end)
        buyers = window.sum(acc.WINDOW_BUYERS) / run.config.population.weight
        rate = KPIS["repeat_rate"].function(window)
        out[end - 1] = np.where(buyers >= SMALLEST, rate, np.nan)
    return out, together


def _growth(run: Run, words: Words) -> str:
    """A title on the firm in focus: its revenue of the last year against the year before; empty
    without two whole years, or without revenue in the first of them."""
    weeks = run.ledger.weeks
    if weeks < 2 * YEAR:
        return ""
    before, last = (run.kpi("revenue", weeks - n * YEAR, weeks - (n - 1) * YEAR)[run.focus]
                    for n in (2, 1))  # fmt: skip
    if before <= 0.0:
        return ""
    change, name = last / before - 1.0, named(words, run.focus)
    if is_level(before, last):
        return words.say("fig_steady", a=name)
    return words.say("fig_grows" if change > 0.0 else "fig_shrinks", a=name,
                     x=percent(abs(change), words))  # fmt: skip


def _break_even(path: np.ndarray, name: str, words: Words) -> str:
    """A title on the firm in focus: when its profit to date became positive for good, or what it
    has lost; empty if it never was in the red."""
    red = np.flatnonzero(path < 0.0)
    if not len(red):
        return ""
    if red[-1] == len(path) - 1:
        return words.say("fig_in_the_red", a=name, money=words.money(float(-path[-1])))
    return words.say("fig_breaks_even", a=name, week=int(red[-1]) + 2)


def _loss(last: np.ndarray, names: Sequence[str], focus: int, words: Words) -> str:
    """A title where the firm in focus was never in the red but another has a loss to date, the
    largest; empty otherwise.

    Args:
        last: profit to date at the end, [firm].
    """
    worst = int(last.argmin())
    if last[worst] >= 0.0 or worst == focus:
        return ""
    said = words.say("fig_in_the_red", a=names[worst], money=words.money(float(-last[worst])))
    earned = words.say("fig_earned", a=names[focus], money=words.money(float(last[focus])))
    return words.say("fig_both", said, earned)
