"""Figure of sales: leads, hours, stores and receivables."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS, PARTS
from sim.outcomes.run import Run
from sim.reporting.figures import (
    COLOURS,
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
from sim.rules.units import QUARTER, YEAR

STAGES = (
    acc.LEADS, acc.ACCEPTED, acc.WORKED, acc.QUALIFIED, acc.OPPORTUNITIES, acc.LEADS_WON,
)  # fmt: skip
SHOWN = 5
"""Number of lead sources in the figure, the largest first."""


def sales_figure(run: Run, words: Words) -> Figure:
    """Figure of sales in four panels: leads and their follow-up (or stores and visits), hunt
    share by week of the quarter, and receivables (or distribution, or cash)."""
    words = drawable(words)
    accounts = run.ledger.accounts()
    outlets = accounts[:, -1, acc.STORES].any()
    owed = accounts[:, :-1, acc.RECEIVABLES].any()
    with mpl.rc_context(style_of()):
        figure = new_figure()
        figure.suptitle(
            words.say("fig_sales", firm=short_name(run.focus)), x=0.012, ha="left", fontsize=15,
            fontweight="bold",
        )  # fmt: skip
        first, second, third, fourth = figure.subplots(2, 2).flat
        if outlets:
            _listings(first, run, words)
            _visits(second, run, words)
        else:
            _pipeline(first, run, words)
            _follow_up(second, run, words)
        _calendar(third, run, words)
        if owed:
            _ageing(fourth, run, words)
        elif outlets:
            _distribution(fourth, run, words)
        else:
            _cash(fourth, run, words)
        figure.supxlabel(
            words.say("fig_firm_seed", seed=run.seed, weight=run.config.population.weight),
            x=0.988, ha="right", fontsize=8.5, color="#666666",
        )  # fmt: skip
    return figure


def _pipeline(axes: Axes, run: Run, words: Words) -> None:
    """Leads of the last year by stage reached, including leads that reps found themselves."""
    names = [
        words.say("stage_leads"), words.say("stage_accepted"), words.say("stage_worked"),
        words.say("stage_qualified"), words.say("stage_offered"), words.say("stage_won"),
    ]  # fmt: skip
    f = run.firms.index(run.focus)
    values = run.ledger.accounts()[-YEAR:, f, STAGES].sum(axis=0).astype(float)
    at = np.arange(len(STAGES))
    axes.barh(at, values, 0.7, color=COLOURS[f % len(COLOURS)])
    for n, value in enumerate(values):
        share = f"  ({words.share(value / values[n - 1])})" if n and values[n - 1] > 0 else ""
        axes.annotate(f"{value:,.0f}{share}", (value, n), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=9)  # fmt: skip
    axes.set_yticks(at, names)
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, values.max()) * 1.25)
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.set_title(words.say("fig_pipeline", firm=short_name(run.focus)))


def _follow_up(axes: Axes, run: Run, words: Words) -> None:
    """Share of leads followed up, by the quarter in which they ended, for the largest sources."""
    f, quarters = run.firms.index(run.focus), run.ledger.weeks // QUARTER
    leads = run.ledger.leads()[: quarters * QUARTER, f, :-1]
    by_quarter = leads.reshape(quarters, QUARTER, *leads.shape[1:]).sum(axis=1)
    at = {account: n for n, account in enumerate(LEAD_FLOWS)}
    worked = by_quarter[..., at[acc.WORKED]].astype(float)
    handed = worked + by_quarter[..., [at[acc.REJECTED], at[acc.NEVER_FOLLOWED]]].sum(axis=-1)
    biggest = [s for s in np.argsort(-handed.sum(axis=0))[:SHOWN] if handed[:, s].sum() > 0]
    ends = []
    for n, s in enumerate(biggest):
        share = np.divide(worked[:, s], handed[:, s], where=handed[:, s] > 0,
                          out=np.full(quarters, np.nan))  # fmt: skip
        x = QUARTER * np.arange(1, quarters + 1)
        known = np.isfinite(share)
        axes.plot(x[known], share[known], color=COLOURS[n], linewidth=1.8, marker="o", markersize=3)
        ends.append((_source(run, s, words), float(share[known][-1]), COLOURS[n]))
    axes.set_ylim(0, 1.05)
    axes.yaxis.set_major_formatter(formatter("follow_up", words))
    week_axis(axes, run.ledger.weeks, words)
    label_ends(axes, run.ledger.weeks, ends)
    axes.set_title(words.say("fig_follow_up", firm=short_name(run.focus)))


def _source(run: Run, code: int, words: Words) -> str:
    touches = (words.say("touch_nothing"), words.say("touch_talk"), words.say("touch_search"))
    return touches[code] if code < len(touches) else words.activity(run.touches[code], run.config)


def _listings(axes: Axes, run: Run, words: Words) -> None:
    """Stores won and lost by quarter."""
    f, quarters = run.firms.index(run.focus), run.ledger.weeks // QUARTER
    flows = run.ledger.accounts()[: quarters * QUARTER, f, [acc.LISTINGS_WON, acc.LISTINGS_LOST]]
    won, lost = flows.reshape(quarters, QUARTER, 2).sum(axis=1).T
    x = QUARTER * (np.arange(quarters) + 0.5)
    axes.bar(x, won, QUARTER * 0.7, color=COLOURS[2], label=words.say("listings_won"))
    axes.bar(x, -lost, QUARTER * 0.7, color=COLOURS[1], label=words.say("listings_lost"))
    axes.axhline(0, color="#888888", linewidth=0.8)
    week_axis(axes, run.ledger.weeks, words)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.legend(frameon=False, loc="upper right", ncols=2)
    axes.set_title(words.say("fig_listings", firm=short_name(run.focus)))


def _lines(axes: Axes, run: Run, words: Words, values: np.ndarray) -> None:
    """A line for each firm, labelled at its end; ``values`` are [week, firm]."""
    weeks = run.ledger.weeks
    for f in range(len(run.firms)):
        axes.plot(np.arange(1, weeks + 1), values[:, f], color=COLOURS[f % len(COLOURS)],
                  linewidth=1.8)  # fmt: skip
    week_axis(axes, weeks, words)
    ends = [
        (name, float(values[-1, f]), COLOURS[f % len(COLOURS)]) for f, name in enumerate(run.firms)
    ]
    label_ends(axes, weeks, [end for end in ends if np.isfinite(end[1])])


def _visits(axes: Axes, run: Run, words: Words) -> None:
    """Visits of reps per week and store of the market."""
    accounts = run.ledger.accounts()
    stores = np.maximum(1, accounts[:, -1:, acc.STORES])
    values = rolling(accounts[:, :-1, acc.STORE_VISITS] / PARTS / stores)
    axes.set_ylim(0, max(0.1, 1.1 * float(values.max())))
    _lines(axes, run, words, values)
    axes.set_title(words.say("fig_visits"))


def _calendar(axes: Axes, run: Run, words: Words) -> None:
    """Hunt share of working hours by week of the quarter."""
    quarters = run.ledger.weeks // QUARTER
    skipped = 1 if quarters > 4 else 0  # the first quarter is not typical
    weeks = run.ledger.accounts()[skipped * QUARTER : quarters * QUARTER, :-1]
    flows = weeks[..., [acc.HOURS, acc.HUNT_HOURS]].astype(float)
    hours, hunt = np.moveaxis(
        flows.reshape(-1, QUARTER, len(run.firms), 2).sum(axis=0), -1, 0
    )  # [week of the quarter, firm]
    share = np.divide(hunt, hours, where=hours > 0, out=np.full_like(hours, np.nan))
    x = np.arange(1, len(share) + 1)
    for f, name in enumerate(run.firms):
        axes.plot(x, share[:, f], color=COLOURS[f % len(COLOURS)], linewidth=1.8,
                  label=short_name(name))  # fmt: skip
    top = np.nanmax(share) if np.isfinite(share).any() else 1.0
    axes.set_ylim(0, min(1.05, max(0.1, 1.25 * float(top))))
    axes.set_xlim(1, QUARTER)
    axes.set_xticks(range(1, QUARTER + 1, 2))
    axes.set_xlabel(words.say("fig_week_of_quarter"))
    axes.yaxis.set_major_formatter(formatter("hunt_share", words))
    axes.grid(axis="y", color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9, ncols=4, loc="upper left")
    axes.set_title(words.say("fig_calendar"))


def _ageing(axes: Axes, run: Run, words: Words) -> None:
    """Receivables, not due and overdue, and the cumulative sum written off."""
    f, weeks = run.firms.index(run.focus), run.ledger.weeks
    accounts = run.ledger.accounts()[:, f] / 100.0
    late = accounts[:, acc.OVERDUE]
    x = np.arange(1, weeks + 1)
    axes.stackplot(
        x, accounts[:, acc.RECEIVABLES] - late, late, colors=(COLOURS[5], COLOURS[1]),
        labels=(words.say("not_due"), words.say("overdue")), alpha=0.85,
    )  # fmt: skip
    axes.plot(x, accounts[:, acc.WRITTEN_OFF].cumsum(), color="#000000", linewidth=1.8,
              label=words.say("written_off"))  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(formatter("cash", words))
    week_axis(axes, weeks, words)
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    axes.set_title(words.say("fig_ageing", firm=short_name(run.focus)))


def _distribution(axes: Axes, run: Run, words: Words) -> None:
    """Share of stores that list a firm."""
    accounts = run.ledger.accounts()
    axes.set_ylim(0, 1.05)
    _lines(axes, run, words, accounts[:, :-1, acc.LISTED] / accounts[:, -1:, acc.STORES])
    axes.yaxis.set_major_formatter(formatter("distribution", words))
    axes.set_title(words.label("distribution"))


def _cash(axes: Axes, run: Run, words: Words) -> None:
    """Cash of each firm since the start of the run."""
    _lines(axes, run, words, run.ledger.accounts()[:, :-1, acc.CASH] / 100.0)
    axes.yaxis.set_major_formatter(formatter("cash", words))
    axes.set_title(words.say("fig_cash"))
