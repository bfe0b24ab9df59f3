"""The answer of a comparison in sentences. Each is printed only where what it says is so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.config.schema import Config
from sim.experiments.arms import Arm
from sim.experiments.compare import Comparison, is_equal, is_larger
from sim.experiments.replicates import HORIZONS
from sim.experiments.scenarios import Scenario
from sim.experiments.uncertainty import Moved, Uncertainty
from sim.outcomes.paired import Paired, paired
from sim.reporting.plans import about_plans
from sim.reporting.words import Words
from sim.rules.units import YEAR

UNEQUAL = 0.005
"""Share by which amounts spent may differ before the answer says so."""

MOST_SPELLS = 4
"""Spells of the lead that are listed; of more, only the last is named."""


def full_answer(
    comparison: Comparison, uncertain: Uncertainty | None, scenario: Scenario | None, words: Words
) -> list[str]:
    """The question of a scenario and the answer; where uncertainty about the parameters was asked
    for, it comes first."""
    return [
        *([words.pick(scenario.question)] if scenario else []),
        *([*uncertainty_answer(uncertain, words), words.say("uncertain_then")]
          if uncertain else []),
        *answer(comparison, words),
    ]  # fmt: skip


def notes(
    comparison: Comparison, arms: Sequence[Arm], scenario: Scenario | None, words: Words, *,
    changed: bool,
) -> list[str]:  # fmt: skip
    """How plans were read, the case of a scenario, and what its claims came to.

    Args:
        changed: whether the configuration of the scenario was changed, so that stored results say
            nothing about it.
    """
    plans = [(arm.name, arm.plan, arm.config(comparison.config)) for arm in arms]
    found = words.pick(scenario.found) if scenario and not changed else ""
    return [
        *about_plans(plans, words),
        *([words.say("answer_case", text=words.pick(scenario.story))] if scenario else []),
        *([words.say("scenario_found", found=found)] if found else []),
    ]  # fmt: skip


def answer(comparison: Comparison, words: Words) -> list[str]:
    """Sentences on which arm earns more, how clear that is, and when."""
    out = []
    for firm in comparison.focus:
        values = comparison.values("profit")[:, :, comparison.firms.index(firm)]
        if len(values) > 2 and (values == values[0]).all():
            mean = words.money(float(values[0].mean()))
            out.append(words.say("answer_all_same", firm=words.name(firm), count=len(values),
                                 time=words.time(comparison.config.weeks), money=mean))  # fmt: skip
        else:
            for a, b in comparison.pairs(firm):
                out += _contrast(comparison, firm, a, b, words)
            out += [*_best_of_all(comparison, firm, words), *_others(comparison, firm, words)]
        out += _unequal(comparison, firm, words)
    return [*out, *_rule(comparison, words)]


# One contrast


def _contrast(comparison: Comparison, firm: str, a: int, b: int, words: Words) -> list[str]:
    """Sentences on two arms: which earns more, in how many runs, and when it leads."""
    gap = comparison.result("profit", firm, b=b, a=a)
    first = _verdict(comparison, firm, a, b, gap, words)
    if gap.low == gap.high == 0.0:
        return [first]
    return [
        first,
        _runs(comparison, firm, a, b, words),
        *_relevance(comparison, firm, gap, words),
        _lead(comparison, firm, a, b, words),
        *_turns(comparison, firm, a, b, gap, words),
    ]


def _verdict(
    comparison: Comparison, firm: str, a: int, b: int, gap: Paired, words: Words
) -> str:  # fmt: skip
    """Which of two arms earns more."""
    up, money = gap.difference > 0, words.money
    winner, loser = (b, a) if up else (a, b)
    best, other = (gap.b, gap.a) if up else (gap.a, gap.b)
    low, high = (gap.low, gap.high) if up else (-gap.high, -gap.low)
    smallest = comparison.smallest_effect.get(firm, 0.0)
    if gap.low == gap.high == 0.0:
        key = "answer_same"
    elif is_equal(gap, smallest):
        key = "answer_equal"
    elif not gap.settled:
        key = "answer_open"
    else:
        key = "answer_wins" if other >= 0.0 else "answer_loses" if best < 0.0 else "answer_only"
    return words.say(
        key, firm=words.name(firm), winner=words.name(comparison.arms[winner]),
        loser=words.name(comparison.arms[loser]), best=money(best), other=money(other),
        gap=money(abs(gap.difference)), low=money(low), high=money(high), replicates=gap.pairs,
        time=words.time(comparison.config.weeks),
    )  # fmt: skip


def _runs(comparison: Comparison, firm: str, a: int, b: int, words: Words) -> str:
    """In how many runs the better arm earned more."""
    profit = comparison.values("profit")[:, :, comparison.firms.index(firm)]
    winner, loser = (b, a) if profit[b].mean() > profit[a].mean() else (a, b)
    return words.say(
        "answer_runs", winner=words.name(comparison.arms[winner]),
        loser=words.name(comparison.arms[loser]), wins=int((profit[winner] > profit[loser]).sum()),
        replicates=comparison.replicates,
    )  # fmt: skip


def _relevance(comparison: Comparison, firm: str, gap: Paired, words: Words) -> list[str]:
    """Whether the difference exceeds the smallest effect of interest."""
    smallest = comparison.smallest_effect.get(firm, 0.0)
    if smallest == 0.0:
        return []
    if is_larger(gap, smallest):
        key = "answer_exceeds"
    elif is_equal(gap, smallest):
        key = "answer_below"
    else:
        key = "answer_relevance_open"
    return [
        words.say(
            key, gap=words.money(abs(gap.difference)), smallest=words.money(smallest),
            share=_percent(comparison.config.smallest_effect), replicates=comparison.replicates,
            more=2 * comparison.replicates,
        )
    ]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:g}"


def _lead(comparison: Comparison, firm: str, a: int, b: int, words: Words) -> str:
    """When either arm leads in profit to date, by the mean of the runs."""
    leads = comparison.lead_spells(firm, b, a)
    if not leads:
        return words.say("answer_never_apart")
    week, name = leads[-1]
    if len(leads) == 1:
        return words.say("answer_leads_throughout", plan=words.name(name), week=week)
    if len(leads) > MOST_SPELLS:
        return words.say("answer_leads_often", count=len(leads) - 1, plan=words.name(name),
                         week=week)  # fmt: skip
    spells = words.say("and").join(
        words.say("answer_spell", plan=words.name(name), week=week) for week, name in leads
    )
    return words.say("answer_leads", spells=spells)


def _turns(
    comparison: Comparison, firm: str, a: int, b: int, gap: Paired, words: Words
) -> list[str]:
    """Warnings where the first year, the last one, or two years after the firm has stopped point to
    the other arm than the whole run does."""
    out, f, weeks = [], comparison.firms.index(firm), comparison.config.weeks
    if not gap.settled:
        return []

    def other(values: np.ndarray) -> dict[str, object] | None:
        """The arm that earns more by these values, if it is not that of the whole run."""
        found = paired(values[a], values[b], 1, comparison.confidence)
        if not found.settled or found.difference * gap.difference >= 0.0:
            return None
        winner = comparison.arms[b if found.difference > 0 else a]
        return {"winner": words.name(winner), "gap": words.money(abs(found.difference))}

    if weeks > YEAR:
        first = other(comparison.values("profit", 0, YEAR)[:, :, f])
        if first:
            out.append(words.say("answer_first_year", **first))
        last = other(comparison.values("profit", weeks - YEAR, weeks)[:, :, f])
        if last:
            out.append(words.say("answer_last_year", weeks=weeks + 2 * YEAR, **last))
    reached = [year for year in HORIZONS if year * YEAR == weeks]
    if reached:
        stopped = other(comparison.horizon(reached[-1], True)[:, :, f])
        if stopped:
            out.append(words.say("answer_runoff", firm=words.name(firm), **stopped))
    return out


# All arms


def _best_of_all(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """The best of more than two arms, where the answer has compared given pairs."""
    if len(comparison.arms) < 3 or not comparison.contrasts:
        return []
    best, second, *_ = comparison.order(firm)
    gap = comparison.result("profit", firm, b=best, a=second)
    key = "answer_best" if gap.low > 0.0 else "answer_best_open"
    return [
        words.say(key, count=len(comparison.arms), best=words.name(comparison.arms[best]),
                  second=words.name(comparison.arms[second]), money=words.money(gap.b))
    ]  # fmt: skip


def _others(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """Arms beside the two best of which it is not clear whether they differ from the best."""
    smallest = comparison.smallest_effect.get(firm, 0.0)
    if comparison.contrasts or smallest == 0.0:
        return []
    best, _, *others = comparison.order(firm)
    gaps = {n: comparison.result("profit", firm, b=best, a=n) for n in others}
    unclear = [
        words.name(comparison.arms[n])
        for n, gap in gaps.items()
        if not (is_larger(gap, smallest) or is_equal(gap, smallest))
    ]
    if not unclear:
        return []
    return [
        words.say("answer_others", arms=words.say("and").join(unclear),
                  best=words.name(comparison.arms[best]), smallest=words.money(smallest))
    ]  # fmt: skip


def _unequal(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """A sentence if the arms spend different amounts for a firm, whatever their number."""
    spent = comparison.values("spend")[:, :, comparison.firms.index(firm)].mean(axis=1)
    if spent.max() - spent.min() <= UNEQUAL * spent.max():
        return []
    amounts = words.say("and").join(
        words.say("unequal_arm", plan=words.name(arm), money=words.money(money))
        for arm, money in zip(comparison.arms, spent.tolist(), strict=True)
    )
    return [words.say("unequal", firm=words.name(firm), amounts=amounts)]


def _rule(comparison: Comparison, words: Words) -> list[str]:
    """Why the runs ended where no smallest effect of interest ended them."""
    if comparison.config.smallest_effect == 0.0:
        return [words.say("answer_no_rule", replicates=comparison.replicates)]
    without = [f for f in comparison.focus if not comparison.smallest_effect.get(f)]
    if not without:
        return []
    return [
        words.say("answer_no_revenue", firms=words.say("and").join(map(words.name, without)),
                  arm=words.name(comparison.arms[0]),
                  share=_percent(comparison.config.smallest_effect))
    ]  # fmt: skip


# Uncertainty about the parameters


def uncertainty_answer(found: Uncertainty, words: Words) -> list[str]:
    """Sentences on the answer if the assumed numbers may be off, and on what moves it."""
    chance, low, high = found.chance()
    middle, span_low, span_high = found.span()
    noise, money = found.seed_noise_share(), words.money
    winner, loser = (1, 0) if chance >= 0.5 else (0, 1)
    if winner == 0:
        chance, low, high = 1.0 - chance, 1.0 - high, 1.0 - low
        middle, span_low, span_high = -middle, -span_high, -span_low
    name = [words.name(arm) for arm in found.arms]
    key = "uncertain_chance" if low > 0.5 else "uncertain_open"
    out = [
        words.say(
            key, firm=words.name(found.firm), winner=name[winner], loser=name[loser],
            chance=words.share(chance), low=words.share(low), high=words.share(high),
            count=len(found.names), settings=len(found.settings), middle=money(middle),
            span_low=money(span_low), span_high=money(span_high),
        )
    ]  # fmt: skip
    if np.isfinite(noise):
        out.append(words.say("uncertain_share", noise=words.share(noise),
                             rest=words.share(1.0 - noise)))  # fmt: skip
    out += [_moved(one, name, found.config, words) for one in found.moved]
    if not found.drivers:
        out.append(words.say("uncertain_no_driver"))
    return out


def _moved(moved: Moved, arms: Sequence[str], config: Config, words: Words) -> str:
    """What moves the answer, in words, with the value at which it turns."""
    said = {
        "meaning": words.parameter(moved.name, moved.meaning, config), "name": moved.name,
        "declared": f"{moved.declared:.3g}", "low": f"{moved.values[0]:.3g}",
        "high": f"{moved.values[-1]:.3g}",
    }  # fmt: skip
    if moved.turn is None:
        ahead = arms[1] if moved.gap.mean() > 0 else arms[0]
        return words.say("uncertain_no_turn", plan=ahead, **said)
    above, below = (arms[1], arms[0]) if moved.leads_above else (arms[0], arms[1])
    return words.say("uncertain_turn", turn=f"{moved.turn:.3g}", above=above, below=below, **said)
