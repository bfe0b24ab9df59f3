"""Figure of sales: leads, hours, stores and receivables."""

from __future__ import annotations

from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS, PARTS
from sim.outcomes.run import Run
from sim.reporting.figures.customers import source_names
from sim.reporting.figures.findings import about_lines
from sim.reporting.figures.run import SMALLEST, about_run, emphasise
from sim.reporting.figures.style import (
    GREY,
    INK,
    SMALL,
    Panel,
    Room,
    colour,
    draw_panels,
    drawable,
    firm_colour,
    formatter,
    headed,
    heading,
    in_money,
    label_ends,
    lines,
    named,
    percent,
    percents,
    period,
    rolling,
    style_of,
    tint,
    value_grid,
    week_axis,
)
from sim.reporting.words import Words
from sim.rules.units import QUARTER, YEAR

STAGES = {
    "stage_leads": acc.LEADS, "stage_accepted": acc.ACCEPTED, "stage_worked": acc.WORKED,
    "stage_qualified": acc.QUALIFIED, "stage_offered": acc.OPPORTUNITIES,
    "stage_won": acc.LEADS_WON,
}  # fmt: skip

SHOWN = 4
"""Number of lead sources in the figure, the largest first."""

NOTABLE = 0.02
"""Change of the hunt share over a quarter that is called one."""


def sales_figure(run: Run, words: Words) -> Figure | None:
    """Figure of sales: leads and their follow-up, stores and visits, hunt share by week of the
    quarter, and receivables, as far as the run has them; None if it has none."""
    words = drawable(words)
    accounts, f = run.ledger.accounts(), run.firms.index(run.focus)
    quarters, stores = len(accounts) // QUARTER, bool(accounts[:, -1, acc.STORES].any())
    handed, _ = _follow_ups(run)
    panels = [
        (_pipeline, bool(accounts[-YEAR:, f, acc.LEADS].any())),
        (_follow_up, bool(handed.any()) and quarters > 1),
        (_distribution, stores),
        (_listings, stores and quarters > 1 and bool(_listed(run).any())),
        (_visits, stores and bool(accounts[..., acc.STORE_VISITS].any())),
        (_calendar, quarters > 1 and _has_season(run)),
        (_ageing, bool(accounts[:, f, acc.RECEIVABLES].any())),
    ]
    if not any(shown for _, shown in panels):
        return None
    with mpl.rc_context(style_of(words)):
        figure = draw_panels(Panel(partial(draw, run=run, words=words), shown)
                             for draw, shown in panels)  # fmt: skip
        headed(figure, _finding(run, stores, words), about_run(run, words), "", words)
    return figure


def _finding(run: Run, stores: bool, words: Words) -> str:
    """What the firm in focus has to show in sales: leads won, else the stores that carry it."""
    name = named(words, run.focus)
    last = run.ledger.accounts()[-YEAR:, run.firms.index(run.focus)].sum(axis=0)
    if last[acc.LEADS] > 0:
        few = last[acc.LEADS_WON] < SMALLEST * run.config.population.weight
        return words.say(
            "fig_wins_few" if few else "fig_wins_leads", firm=name,
            won=words.short(float(last[acc.LEADS_WON])),
            leads=words.short(float(last[acc.LEADS])), x=percent(
            last[acc.LEADS_WON] / last[acc.LEADS], words), period=period(run.ledger.weeks, words),
        )  # fmt: skip
    if stores:
        share = run.kpi("distribution", run.ledger.weeks - 1)[run.focus]
        return words.say("fig_in_stores", firm=name, x=percent(share, words))
    return words.say("fig_sales", firm=name)


def _pipeline(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Leads of the last year by stage reached, including leads that reps found themselves."""
    f = run.firms.index(run.focus)
    values = run.ledger.accounts()[-YEAR:, f, list(STAGES.values())].sum(axis=0).astype(float)
    names = [words.say(key) for key in STAGES]
    at, least = np.arange(len(STAGES)), SMALLEST * run.config.population.weight
    axes.barh(at, values, 0.7, color=firm_colour(f))
    for n, value in enumerate(values):
        before, share = values[n - 1] if n else 0.0, ""
        if before > 0:
            share = words.say("fig_of_before", percent(value / before, words))
        if 0 < value < least:
            share = words.say("fig_of_before", words.say("fig_few"))
        axes.annotate(f"{words.short(value)}{share}", (value, n), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=SMALL)  # fmt: skip
    axes.set_yticks(at, names)
    axes.invert_yaxis()
    axes.set_xlim(0, values.max() * 1.35)
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    worst = int(np.argmin(np.diff(values)))
    title = words.say("fig_pipeline", a=names[worst], b=names[worst + 1])
    heading(axes, title, words.say("fig_what_pipeline", firm=named(words, run.focus),
            period=period(run.ledger.weeks, words)), room, words)  # fmt: skip


def _follow_ups(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Leads of the firm in focus handed over, and of these followed up, [quarter, source]."""
    f, quarters = run.firms.index(run.focus), run.ledger.weeks // QUARTER
    leads = run.ledger.leads()[: quarters * QUARTER, f, :-1]
    by_quarter = leads.reshape(quarters, QUARTER, *leads.shape[1:]).sum(axis=1)
    at = {account: n for n, account in enumerate(LEAD_FLOWS)}
    worked = by_quarter[..., at[acc.WORKED]].astype(float)
    missed = by_quarter[..., [at[acc.REJECTED], at[acc.NEVER_FOLLOWED]]].sum(axis=-1)
    return worked + missed, worked


def _follow_up(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Share of leads followed up, by the quarter in which they ended, for the largest sources."""
    handed, worked = _follow_ups(run)
    names = source_names(run.touches, run.config, words)
    biggest = [s for s in np.argsort(-handed.sum(axis=0))[:SHOWN] if handed[:, s].any()]
    x, ends = QUARTER * np.arange(1, len(handed) + 1), []
    for n, s in enumerate(biggest):
        known = handed[:, s] > 0
        share = worked[known, s] / handed[known, s]
        axes.plot(x[known], share, "o", color=colour(n), markersize=5)
        axes.plot(x[known], share, color=tint(colour(n), 0.4), linewidth=0.9, zorder=1)
        ends.append((names[s], float(share[-1]), colour(n)))
    axes.set_ylim(0, 1.05)
    week_axis(axes, run.ledger.weeks, words)
    axes.yaxis.set_major_formatter(percents(words))
    label_ends(axes, ends, room)
    last = min(4, len(handed))
    share = float(worked[-last:].sum() / max(1.0, handed[-last:].sum()))
    few = handed[-last:].sum() < SMALLEST * run.config.population.weight
    title = words.say("fig_follow_up_few" if few else "fig_follow_up", weeks=last * QUARTER,
                      firm=named(words, run.focus), x=percent(share, words))  # fmt: skip
    heading(axes, title, words.say("fig_what_follow_up"), room, words)


def _listed(run: Run) -> np.ndarray:
    """Stores that listed and that delisted the firm in focus, [quarter, 2]."""
    f, quarters = run.firms.index(run.focus), run.ledger.weeks // QUARTER
    flows = run.ledger.accounts()[: quarters * QUARTER, f, [acc.LISTINGS_WON, acc.LISTINGS_LOST]]
    found: np.ndarray = flows.reshape(quarters, QUARTER, 2).sum(axis=1)
    return found


def _listings(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Stores won and lost by quarter."""
    shade = firm_colour(run.firms.index(run.focus))
    won, lost = _listed(run).T
    x = QUARTER * (np.arange(len(won)) + 0.5)
    axes.bar(x, won, QUARTER * 0.7, color=shade)
    axes.bar(x, -lost, QUARTER * 0.7, color=tint(shade, 0.4))
    axes.axhline(0, color=GREY, linewidth=0.8)
    most = max(1, int(won.max()), int(lost.max()))
    axes.set_ylim(-1.25 * most if lost.any() else 0, 1.25 * most)
    week_axis(axes, run.ledger.weeks, words)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    for key, y, side in (("listings_won", 0.98, "top"), ("listings_lost", 0.02, "bottom")):
        if key == "listings_won" or lost.any():
            axes.text(0.99, y, words.say(key), transform=axes.transAxes, ha="right", va=side,
                      fontsize=SMALL, color=INK)  # fmt: skip
    title = words.say("fig_listings", firm=named(words, run.focus), won=int(won.sum()),
                      lost=int(lost.sum()))  # fmt: skip
    heading(axes, title, words.say("fig_what_listings"), room, words)


def _lines(axes: Axes, room: Room, run: Run, words: Words, values: np.ndarray) -> str:
    """A line for each firm, of ``values`` [week, firm]; returns a title for a share of stores."""
    names = [named(words, name) for name in run.firms]
    shades = [firm_colour(f) for f in range(len(names))]
    lines(axes, values, names, shades, room, words)
    emphasise(axes, values, run.firms.index(run.focus))
    return about_lines("distribution", values, names, run.firms.index(run.focus), words)


def _visits(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Visits of reps per week and store of the market."""
    accounts = run.ledger.accounts()
    stores = np.maximum(1, accounts[:, -1:, acc.STORES])
    values = rolling(accounts[:, :-1, acc.STORE_VISITS] / PARTS / stores)
    axes.set_ylim(0, 1.1 * float(values.max()))
    _lines(axes, room, run, words, values)
    heading(axes, words.say("fig_visits"), words.say("fig_what_visits"), room, words)


def _distribution(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Share of stores that list a firm."""
    accounts = run.ledger.accounts()
    axes.set_ylim(0, 1.05)
    listed = accounts[:, :-1, acc.LISTED] / np.maximum(1, accounts[:, -1:, acc.STORES])
    title = _lines(axes, room, run, words, listed)
    axes.yaxis.set_major_formatter(percents(words))
    heading(axes, title, words.say("fig_what_distribution"), room, words)


def _hunting(run: Run) -> np.ndarray:
    """Hunt share of working hours, [week of the quarter, firm]; NaN without reps."""
    quarters = run.ledger.weeks // QUARTER
    skipped = 1 if quarters > 4 else 0  # the first quarter is not typical
    weeks = run.ledger.accounts()[skipped * QUARTER : quarters * QUARTER, :-1]
    flows = weeks[..., [acc.HOURS, acc.HUNT_HOURS]].astype(float)
    hours, hunt = np.moveaxis(flows.reshape(-1, QUARTER, len(run.firms), 2).sum(axis=0), -1, 0)
    out: np.ndarray = np.full_like(hours, np.nan)
    np.divide(hunt, hours, where=hours > 0, out=out)
    return out


def _has_season(run: Run) -> bool:
    """Whether a firm's hunt share depends on the week of the quarter."""
    swing = np.ptp(_hunting(run), axis=0)
    return float(np.nan_to_num(swing).max()) >= NOTABLE


def _calendar(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Hunt share of working hours by week of the quarter."""
    share = _hunting(run)
    x, ends = np.arange(1, len(share) + 1), []
    for f, name in enumerate(run.firms):
        if np.isfinite(share[:, f]).all():
            axes.plot(x, share[:, f], color=firm_colour(f))
            ends.append((named(words, name), float(share[-1, f]), firm_colour(f)))
    axes.set_ylim(0, min(1.05, max(0.1, 1.2 * float(np.nanmax(share)))))
    axes.set_xlim(1, QUARTER)
    axes.set_xticks(range(1, QUARTER + 1, 2))
    axes.set_xlabel(words.say("fig_week_of_quarter"))
    value_grid(axes)
    axes.yaxis.set_major_formatter(percents(words))
    label_ends(axes, ends, room)
    focus = share[:, run.firms.index(run.focus)]
    heading(axes, _rush(focus, named(words, run.focus), words), words.say("fig_what_calendar"),
            room, words)  # fmt: skip


def _rush(share: np.ndarray, name: str, words: Words) -> str:
    """A title: whether the firm hunts more, or less, at the end of a quarter than before."""
    early, late = float(share[:-3].mean()), float(share[-3:].mean())
    if not abs(late - early) >= NOTABLE:
        return words.say("fig_no_rush", firm=name)
    key = "fig_rush" if late > early else "fig_less_rush"
    return words.say(key, firm=name, a=percent(late, words), b=percent(early, words))


def _ageing(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Receivables, not due and overdue, and the cumulative sum written off."""
    f, weeks = run.firms.index(run.focus), run.ledger.weeks
    accounts = run.ledger.accounts()[:, f] / 100.0
    owed, late = accounts[:, acc.RECEIVABLES], accounts[:, acc.OVERDUE]
    lost = accounts[:, acc.WRITTEN_OFF].cumsum()
    shade, x = firm_colour(f), np.arange(1, weeks + 1)
    axes.stackplot(x, late, owed - late, colors=(shade, tint(shade, 0.35)))
    axes.plot(x, lost, color=INK)
    axes.set_ylim(bottom=0)
    week_axis(axes, weeks, words)
    axes.yaxis.set_major_formatter(formatter("cash", words))
    ends = [
        (words.say("overdue"), float(late[-1]) / 2, shade),
        (words.say("not_due"), float(late[-1] + owed[-1]) / 2, tint(shade, 0.7)),
    ]
    if lost[-1] > 0.0:
        ends.append((words.say("written_off"), float(lost[-1]), INK))
    label_ends(axes, ends, room)
    part = float(late[-4:].sum() / max(1.0, owed[-4:].sum()))
    title = words.say("fig_ageing", firm=named(words, run.focus), x=percent(part, words))
    heading(axes, title, in_money(words, words.say("fig_what_ageing")), room, words)
