"""Sentences and tables of one run."""

from __future__ import annotations

import numpy as np
from rich.table import Table

from sim.experiments.compare import HEADLINE
from sim.kpis import KPIS
from sim.outcomes.run import Run, periods
from sim.reporting.level import leaders
from sim.reporting.words import Words
from sim.rules.units import YEAR

SHOWN = (*HEADLINE, "trust", "market_share")
"""KPIs of the short table."""


def answer(run: Run, words: Words) -> list[str]:
    """Sentences on who leads the market, and on what the firm in focus has earned."""
    return [*_leader(run, words), _profit(run, words), words.say("run_once", seed=run.seed)]


def _leader(run: Run, words: Words) -> list[str]:
    """Which firm sells most in the last year; nothing with one firm, or without sales."""
    weeks = run.ledger.weeks
    share = KPIS["market_share"].function(run.window(max(0, weeks - YEAR), weeks))
    if len(run.firms) < 2 or not np.nansum(share) > 0.0:
        return []
    order = np.argsort(-np.nan_to_num(share), kind="stable").tolist()
    own, (first, second), top = run.firms.index(run.focus), order[:2], leaders(share)
    other = second if own == first else own
    key = "run_own_leads" if own == first else "run_rival_leads"
    if len(top) > 1:
        key = "run_level_lead" if own in top else "run_rivals_lead"
    last = words.say("last_year") if weeks >= YEAR else words.say("last_weeks", weeks)
    return [
        words.say(
            key, leader=words.name(run.firms[first]), share=words.share(float(share[first])),
            leaders=words.listed([words.name(run.firms[n]) for n in top]),
            shares=words.say("list").join(words.share(float(share[n])) for n in top),
            other=words.name(run.firms[other]), other_share=words.share(float(share[other])),
            place=order.index(own) + 1, count=len(order), time=last,
        )
    ]  # fmt: skip


def _profit(run: Run, words: Words) -> str:
    """What the firm in focus has earned, and whether it has made its money back."""
    paths = run.weekly["profit"].to_numpy().reshape(-1, len(run.firms))
    to_date = paths[:, run.firms.index(run.focus)].cumsum()
    below = np.flatnonzero(to_date < 0.0)
    earned = "run_earned_back" if len(below) else "run_earned"
    key = "run_lost" if to_date[-1] < 0.0 else earned
    return words.say(
        key, firm=words.name(run.focus), profit=words.money(abs(float(to_date[-1]))),
        time=words.time(run.ledger.weeks), week=int(below[-1]) + 2 if len(below) else 1,
    )  # fmt: skip


def tables(run: Run, words: Words, *, every: bool) -> list[Table]:
    """A table of firms over the whole run.

    Args:
        every: whether to show the years as well, and a table of every KPI.
    """
    return [_firms_table(run, words, every), *([_kpis_table(run, words)] if every else [])]


def _title(run: Run, words: Words) -> str:
    plan = words.name(run.plan) if run.plan else words.say("no_plan")
    return words.say("run_title", plan=plan, time=words.time(run.ledger.weeks), seed=run.seed)


def _firms_table(run: Run, words: Words, by_year: bool) -> Table:
    """Table of the headline KPIs by firm, over the whole run or by year."""
    table = Table(title=_title(run, words), title_justify="left")
    table.add_column(words.say("firm"))
    if by_year:
        table.add_column(words.say("period"))
    for kpi in SHOWN:
        table.add_column(words.label(kpi), justify="right")
    spans = periods(run.ledger.weeks) if by_year else periods(run.ledger.weeks)[-1:]
    for f, firm in enumerate(run.firms):
        for n, (year, first, last) in enumerate(spans):
            window = run.window(first, last)
            cells = [words.value(k, float(KPIS[k].function(window)[f])) for k in SHOWN]
            period = words.say("year", year) if year else words.say("whole")
            table.add_row(
                words.name(firm) if n == 0 else "", *([period] if by_year else []), *cells,
                end_section=by_year and year is None,
            )  # fmt: skip
    return table


def _kpis_table(run: Run, words: Words) -> Table:
    """Table of every KPI by firm, over the whole run."""
    table = Table(title=_title(run, words), title_justify="left")
    table.add_column(words.say("kpi"))
    for firm in run.firms:
        table.add_column(words.name(firm), justify="right")
    window = run.window(0, run.ledger.weeks)
    for name, kpi in KPIS.items():
        values = kpi.function(window)
        table.add_row(words.label(name), *(words.value(name, float(v)) for v in values))
    return table


def terms(run: Run, words: Words) -> str:
    """One line below the tables on their terms."""
    period = words.say("note_run", time=words.time(run.ledger.weeks))
    return words.say("plan_and").join([period, words.say("note_more")])


def timing_table(run: Run, words: Words) -> Table:
    """Table of the time spent in each phase of the week; ``open`` and ``close`` run the customers'
    phases."""
    table = Table(title=words.say("timings_title", weeks=run.ledger.weeks), title_justify="left")
    table.add_column(words.say("phase"))
    table.add_column(words.say("ms_a_week"), justify="right")
    table.add_column(words.say("time_share"), justify="right")
    total = sum(run.seconds.values())
    for phase, seconds in run.seconds.items():
        each = 1000.0 * seconds / max(1, run.ledger.weeks)
        table.add_row(phase, f"{each:.3f}", f"{seconds / total:.0%}")
    return table
