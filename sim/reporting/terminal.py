"""Answers on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from sim.experiments.compare import HEADLINE, Comparison
from sim.kpis import KPIS
from sim.market.calendar import YEAR
from sim.outcomes.paired import paired
from sim.outcomes.run import Run, years
from sim.reporting.words import Words


def answer(comparison: Comparison, words: Words) -> list[str]:
    """The answer in sentences: who wins, when, and how sure that is."""
    a, b = comparison.arms
    out = []
    for firm in comparison.focus:
        result = comparison.result("profit", firm)
        money = words.money
        wins = round(result.chance * result.pairs)
        if result.difference == 0.0 and result.low == result.high:
            out.append(words.say("same", firm=firm, a=money(result.a)))
            continue
        if result.settled:
            up = result.difference > 0
            best, other = (result.b, result.a) if up else (result.a, result.b)
            low, high = (result.low, result.high) if up else (-result.high, -result.low)
            out.append(
                words.say(
                    "wins", firm=firm, winner=b if up else a, weeks=comparison.config.weeks,
                    best=money(best), other=money(other), gap=money(abs(result.difference)),
                    low=money(low), high=money(high),
                )
            )  # fmt: skip
        else:
            out.append(
                words.say(
                    "undecided", firm=firm, pairs=result.pairs, a=money(result.a),
                    b=money(result.b), plan_a=a, plan_b=b, gap=money(result.difference),
                    low=money(result.low), high=money(result.high),
                )
            )  # fmt: skip
        out.append(
            words.say(
                "odds", a=a, b=b, wins=wins, pairs=result.pairs, chance=words.share(result.chance),
                low=words.share(result.chance_low), high=words.share(result.chance_high),
            )
        )  # fmt: skip
        leads = comparison.leads(firm)
        spells = words.say("and").join(
            words.say("lead_spell", plan=plan, week=week) for week, plan in leads
        )
        out.append(words.say("lead", spells=spells) if spells else words.say("lead_none"))
        out += _trend(comparison, firm, words)
        spent = comparison.result("spend", firm)
        if abs(spent.difference) > 0.005 * max(spent.a, spent.b):
            out.append(
                words.say(
                    "unequal", firm=firm, a=money(spent.a), b=money(spent.b), plan_a=a, plan_b=b
                )
            )
    return out


def _trend(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """A warning where the last year speaks against the whole run."""
    weeks = comparison.config.weeks
    if weeks <= YEAR:
        return []
    whole = comparison.result("profit", firm)
    f = comparison.firms.index(firm)
    a, b = comparison.values("profit", weeks - YEAR, weeks)[:, :, f]
    last = paired(a, b)
    if not last.settled or last.difference * whole.difference >= 0.0:
        return []
    winner = comparison.arms[1] if last.difference > 0 else comparison.arms[0]
    gap = words.money(abs(last.difference))
    return [words.say("trend", weeks=YEAR, winner=winner, gap=gap, longer=weeks + 2 * YEAR)]


def compare_table(comparison: Comparison, words: Words) -> Table:
    """Headline KPIs by year with intervals and the chance that B is better."""
    a, b = comparison.arms
    table = Table(title=words.say("compare_title", a=a, b=b, pairs=comparison.pairs,
                                  weeks=comparison.config.weeks), title_justify="left")  # fmt: skip
    several = len(comparison.focus) > 1
    if several:
        table.add_column(words.say("firm"))
    table.add_column(words.say("kpi"))
    table.add_column(words.say("period"))
    for name in ("mean_a", "mean_b"):
        table.add_column(words.say(name, a if name == "mean_a" else b), justify="right")
    table.add_column(words.say("difference"), justify="right")
    table.add_column(words.say("interval"), justify="right")
    table.add_column(words.say("chance"), justify="right")
    for firm in comparison.focus:
        for kpi in HEADLINE:
            for year, _, _ in years(comparison.config.weeks):
                r = comparison.result(kpi, firm, year)
                period = words.say("year", year) if year else words.say("whole")
                table.add_row(
                    *([firm] if several else []),
                    words.label(kpi) if year == 1 else "",
                    period,
                    words.value(kpi, r.a),
                    words.value(kpi, r.b),
                    words.gap(kpi, r.difference),
                    words.say(
                        "to", low=words.gap(kpi, r.low), high=words.gap(kpi, r.high)
                    ) if r.pairs else words.say("unknown"),
                    words.share(r.chance) if r.pairs else words.say("unknown"),
                    end_section=year == 0,
                )  # fmt: skip
    return table


def run_table(run: Run, words: Words) -> Table:
    """Headline KPIs of a run by firm and year."""
    plan = run.plan or words.say("no_plan")
    table = Table(
        title=words.say("run_title", plan=plan, weeks=run.ledger.weeks, seed=run.seed),
        title_justify="left",
    )
    table.add_column(words.say("firm"))
    table.add_column(words.say("period"))
    shown = [*HEADLINE, "trust", "market_share"]
    for kpi in shown:
        table.add_column(words.label(kpi), justify="right")
    for firm in run.firms:
        for year, first, last in years(run.ledger.weeks):
            window = run.window(first, last)
            f = run.firms.index(firm)
            values = [words.value(k, float(KPIS[k].function(window)[f])) for k in shown]
            table.add_row(
                firm if year == 1 else "",
                words.say("year", year) if year else words.say("whole"),
                *values,
                end_section=year == 0,
            )
    return table


def show(console: Console, *parts: object) -> None:
    """Print tables and sentences."""
    for part in parts:
        console.print(part, highlight=False)
