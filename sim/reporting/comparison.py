"""Tables about a comparison of arms."""

from __future__ import annotations

import math

import pandas as pd
from rich.table import Table

from sim.experiments.compare import Comparison
from sim.kpis import KPIS
from sim.outcomes.run import periods
from sim.reporting.words import Words
from sim.rules.units import YEAR

SHOWN = ("revenue", "awareness", "trust", "repeat_rate", "churn")
"""KPIs of the short table, beside profit."""


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
    headings += [words.say("by_year" if year > 1 else "by_year_one", year) for year in earlier]
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
    """Table of arms and a few KPIs beside profit, means over the whole run."""
    f = comparison.firms.index(firm)
    table = Table(
        title=words.say("kpis_title", firm=words.name(firm),
                        time=words.time(comparison.config.weeks)),
        title_justify="left",
    )  # fmt: skip
    table.add_column(words.say("arm"))
    columns = []
    for kpi in SHOWN:
        table.add_column(words.label(kpi), justify="right")
        columns.append(pd.DataFrame(comparison.values(kpi)[:, :, f]).mean(axis=1))
    for n, arm in enumerate(comparison.arms):
        cells = [
            words.value(kpi, float(column[n])) for kpi, column in zip(SHOWN, columns, strict=True)
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
            better = words.say("runs_of", r.share_better * r.pairs, r.pairs)
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
        out.append(
            words.say(
                "note_stopped", year=reached[-1], time=words.time(YEAR * reached[-1]), firm=firms
            )
        )
    if every:
        out += map(words.say, ("note_missed", "note_worst", "note_variance"))
        if comparison.planned > 1:
            out.append(words.say("note_looks", planned=comparison.planned))
    return words.say("plan_and").join([*out, words.say("note_more")])
