"""Figure of a run: six KPIs over time, one line for each firm."""

from __future__ import annotations

from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outcomes.run import Run
from sim.reporting.figures.findings import LEVEL, about_lines
from sim.reporting.figures.style import (
    GREY,
    Panel,
    Room,
    drawable,
    firm_colour,
    formatter,
    headed,
    heading,
    in_money,
    lay_out,
    lines,
    named,
    new_figure,
    percent,
    rolling,
    style_of,
)
from sim.reporting.words import Words
from sim.rules.units import YEAR


MEASURED = {
    "revenue": "fig_what_revenue", "market_share": "fig_what_market_share",
    "profit": "fig_what_profit", "awareness": "fig_what_awareness",
    "active_customers": "fig_what_active_customers", "trust": "fig_what_trust",
}  # fmt: skip
"""What the panels show: KPIs and the keys of their descriptions."""


def run_figure(run: Run, words: Words) -> Figure:
    """Figure of a run: six KPIs over time, one line for each firm; the title says who leads."""
    words = drawable(words)
    paths = {kpi: _path(run, kpi) for kpi in MEASURED}
    paths |= {kpi: rolling(paths[kpi]) for kpi in ("revenue", "market_share")}
    paths["profit"] = paths["profit"].cumsum(axis=0)
    with mpl.rc_context(style_of(words)):
        figure = new_figure()
        headed(figure, _finding(run, words), about_run(run, words), "", words)
        lay_out(
            figure,
            [Panel(partial(_panel, run=run, kpi=kpi, values=values, words=words),
                   _is_seen(run, kpi, values)) for kpi, values in paths.items()],
        )  # fmt: skip
    return figure


def about_run(run: Run, words: Words) -> str:
    """What the figures of a run show: its plan, size and seed."""
    return words.say(
        "fig_about_run", plan=named(words, run.plan) if run.plan else words.say("no_plan"),
        firms=len(run.firms), weeks=run.ledger.weeks, seed=run.seed,
        weight=run.config.population.weight,
    )  # fmt: skip


def period(run: Run, words: Words) -> str:
    """The last year in words, or the whole of a shorter run."""
    weeks = run.ledger.weeks
    return words.say("fig_last_year") if weeks >= YEAR else words.say("fig_in_weeks", weeks)


def _path(run: Run, kpi: str) -> np.ndarray:
    """A KPI week by week, [week, firm]."""
    found: np.ndarray = run.weekly[kpi].to_numpy().reshape(run.ledger.weeks, len(run.firms))
    return found


def _is_seen(run: Run, kpi: str, values: np.ndarray) -> bool:
    """Whether there is anything but zeros; a single firm's share of the market is no news."""
    return bool(np.nan_to_num(values).any()) and (kpi != "market_share" or len(run.firms) > 1)


def _finding(run: Run, words: Words) -> str:
    """Who leads in revenue over the last year, and the share of the firm in focus."""
    last = max(0, run.ledger.weeks - YEAR)
    names = [named(words, name) for name in run.firms]
    money = np.array(list(run.kpi("revenue", last).values()))
    if not money.any():
        return words.say("fig_no_revenue", period=period(run, words))
    if len(names) == 1:
        profit = run.kpi("profit", last)[run.firms[0]]
        return words.say("fig_single", firm=names[0], revenue=words.money(float(money[0])),
                         profit=words.money(profit), period=period(run, words))  # fmt: skip
    share = money / money.sum()
    first, second = np.argsort(-share, kind="stable")[:2]
    if share[first] - share[second] <= LEVEL * share[first]:
        said = words.say("fig_two_lead", a=names[first], b=names[second], x=percent(share[first],
                         words), y=percent(share[second], words), period=period(run, words))  # fmt: skip
        shown = (first, second)
    else:
        said = words.say("fig_one_leads", a=names[first], x=percent(share[first], words),
                         period=period(run, words))  # fmt: skip
        shown = (first,)
    focus = run.firms.index(run.focus)
    if focus in shown:
        return said
    return words.say("fig_both", said, words.say("fig_has", a=names[focus],
                     x=percent(share[focus], words)))  # fmt: skip


def _panel(
    axes: Axes, room: Room, run: Run, kpi: str, values: np.ndarray, words: Words
) -> None:
    """One KPI, a line for each firm."""
    focus = run.firms.index(run.focus)
    names = [named(words, name) for name in run.firms]
    lines(axes, values, names, [firm_colour(f) for f in range(len(names))], room, words)
    axes.get_lines()[focus].set(linewidth=2.8, zorder=3)
    title = about_lines(kpi, values, names, focus, words)
    if kpi == "profit":
        axes.axhline(0.0, color=GREY, linewidth=0.9, zorder=1)
        title = _break_even(values[:, focus], names[focus], words) or title
    else:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(formatter(kpi, words))
    heading(axes, title, _measured(kpi, words), room, words)


def _measured(kpi: str, words: Words) -> str:
    """What a panel shows, in a few words."""
    what = words.say(MEASURED[kpi])
    return in_money(words, what) if kpi in ("revenue", "profit") else what


def _break_even(path: np.ndarray, name: str, words: Words) -> str:
    """A title on the firm in focus: when its profit to date became positive for good, or what it
    has lost; empty if it never was in the red."""
    red = np.flatnonzero(path < 0.0)
    if not len(red):
        return ""
    if red[-1] == len(path) - 1:
        return words.say("fig_in_the_red", a=name, money=words.money(float(-path[-1])))
    return words.say("fig_breaks_even", a=name, week=int(red[-1]) + 2)
