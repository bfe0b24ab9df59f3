"""Sentences and tables about a comparison of arms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.table import Table

from sim.experiments.arms import Arm
from sim.experiments.compare import HEADLINE, Comparison
from sim.experiments.replicates import HORIZONS
from sim.experiments.scenarios import Scenario
from sim.experiments.uncertainty import Uncertainty
from sim.kpis import KPIS
from sim.outcomes.paired import Paired, paired
from sim.outcomes.run import periods
from sim.reporting.plans import about_plans
from sim.reporting.words import Words
from sim.rules.units import YEAR

UNEQUAL = 0.005
"""Share by which amounts spent may differ before the answer says so."""


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
