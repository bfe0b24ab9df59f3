"""The answer of a comparison in sentences. Each is printed only where what it says is so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.config.schema import Config
from sim.experiments.compare import Comparison, is_equal, is_larger
from sim.experiments.scenarios import Scenario
from sim.experiments.uncertainty import LEAST_SETTINGS, Moved, Uncertainty
from sim.market.plan import Plan
from sim.outcomes.paired import Paired, paired
from sim.reporting.claims import stored_verdicts
from sim.reporting.plans import about_plans, plan_limits
from sim.reporting.words import Words, first_sentence
from sim.rules.units import YEAR
from sim.runs.arms import Arm
from sim.runs.jobs import HORIZONS

UNEQUAL = 0.005
"""Share by which amounts spent may differ before the answer says so."""

MOST_SPELLS = 4
"""Spells of the lead that are listed; of more, only the last is named."""


def full_answer(
    comparison: Comparison, arms: Sequence[Arm], uncertain: Uncertainty | None,
    scenario: Scenario | None, words: Words,
) -> list[str]:  # fmt: skip
    """The question of a scenario, where plans end, and the answer; where uncertainty about the
    parameters was asked for, it comes first."""
    return [
        *([words.pick(scenario.question), first_sentence(words.pick(scenario.story))]
          if scenario else []),
        *(uncertainty_answer(uncertain, words) if uncertain else []),
        *plan_limits(_plans(comparison, arms), words),
        *([words.say("uncertain_then")] if uncertain else []),
        *answer(comparison, words),
    ]  # fmt: skip


def _plans(comparison: Comparison, arms: Sequence[Arm]) -> list[tuple[str, Plan | None, Config]]:
    """The name of every arm, its plan and its configuration."""
    return [(arm.name, arm.plan, arm.config(comparison.config)) for arm in arms]


def notes(
    comparison: Comparison, arms: Sequence[Arm], scenario: Scenario | None, words: Words, *,
    changed: bool,
) -> list[str]:  # fmt: skip
    """How plans were read, the case of a scenario, and what its claims came to.

    Args:
        changed: whether the configuration of the scenario was changed, so that stored results say
            nothing about it.
    """
    found = words.pick(scenario.found) if scenario and not changed else ""
    return [
        *about_plans(_plans(comparison, arms), words),
        *([words.say("answer_case", text=words.pick(scenario.story))] if scenario else []),
        *([words.say("scenario_found", found=found)] if found else []),
        *([stored_verdicts(scenario, words)] if scenario and scenario.is_shipped and not found
          else []),
    ]  # fmt: skip


def answer(comparison: Comparison, words: Words) -> list[str]:
    """Sentences on which arm earns more, how clear that is, and when."""
    out = []
    for firm in comparison.focus:
        values = comparison.values("profit")[:, :, comparison.firms.index(firm)]
        out += _unequal(comparison, firm, words)
        if len(values) > 2 and (values == values[0]).all():
            mean = words.money(float(values[0].mean()))
            out.append(words.say("answer_all_same", firm=words.name(firm), count=len(values),
                                 time=words.time(comparison.config.weeks), money=mean))  # fmt: skip
        else:
            for a, b in comparison.pairs(firm):
                out += _contrast(comparison, firm, a, b, words)
            out += [*_best_of_all(comparison, firm, words), *_others(comparison, firm, words)]
        out += _equal(comparison, firm, words)
    return [*out, *_rule(comparison, words)]


# One contrast


def _contrast(comparison: Comparison, firm: str, a: int, b: int, words: Words) -> list[str]:
    """Sentences on two arms: which earns more, how clearly, and when it leads."""
    gap = comparison.result("profit", firm, b=b, a=a)
    first = _verdict(comparison, firm, a, b, gap, words)
    if gap.low == gap.high == 0.0:
        return [first]
    clear = words.sentences(
        _runs(comparison, firm, a, b, gap, words), *_relevance(comparison, firm, gap, words)
    )
    lead = words.sentences(*_lead(comparison, firm, a, b, gap, words))
    return [first, clear, lead, *_turns(comparison, firm, a, b, gap, words)]


def _verdict(
    comparison: Comparison, firm: str, a: int, b: int, gap: Paired, words: Words
) -> str:  # fmt: skip
    """Which of two arms earns more."""
    up, money = gap.difference > 0, words.money
    winner, loser = (b, a) if up else (a, b)
    best, other = (gap.b, gap.a) if up else (gap.a, gap.b)
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
        gap=money(abs(gap.difference)), replicates=gap.pairs,
        time=words.time(comparison.config.weeks),
    )  # fmt: skip


def _runs(comparison: Comparison, firm: str, a: int, b: int, gap: Paired, words: Words) -> str:
    """In how many runs the better arm earned more, and the interval of the difference."""
    profit = comparison.values("profit")[:, :, comparison.firms.index(firm)]
    winner, loser = (b, a) if gap.difference > 0 else (a, b)
    low, high = (gap.low, gap.high) if gap.difference > 0 else (-gap.high, -gap.low)
    return words.say(
        "answer_runs", winner=words.name(comparison.arms[winner]),
        loser=words.name(comparison.arms[loser]),
        wins=int((profit[winner] > profit[loser]).sum()), replicates=comparison.replicates,
        span=words.span(low, high),
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
            arm=words.name(comparison.arms[0]), more=2 * comparison.replicates,
        )
    ]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:g}"


def _lead(
    comparison: Comparison, firm: str, a: int, b: int, gap: Paired, words: Words
) -> list[str]:
    """When either arm leads in profit to date, by the mean of the runs, and how far the better one
    is behind at worst."""
    leads = comparison.lead_spells(firm, b, a)
    if not leads:
        return [words.say("answer_never_apart")]
    week, name = leads[-1]
    if len(leads) == 1:
        return [words.say("answer_leads_throughout", plan=words.name(name), week=week)]
    if len(leads) > MOST_SPELLS:
        return [words.say("answer_leads_often", count=len(leads) - 1, plan=words.name(name),
                          week=week)]  # fmt: skip
    ends = [begin - 1 for begin, _ in leads[1:]]
    spells = [
        words.say("answer_spell", plan=words.name(name), first=begin, last=end)
        for (begin, name), end in zip(leads, ends, strict=False)
    ]
    spells.append(words.say("answer_last_spell", plan=words.name(name), first=week))
    out = [words.say("answer_leads", spells=words.say("and").join(spells))]
    if not gap.settled:
        return out
    paths = comparison.paths("profit")[..., comparison.firms.index(firm)].cumsum(axis=2)
    better, other = (b, a) if gap.difference > 0 else (a, b)
    behind = (paths[other] - paths[better]).mean(axis=0)
    if behind.max() > comparison.smallest_effect.get(firm, 0.0):
        out.append(
            words.say("answer_worst", plan=words.name(comparison.arms[better]),
                      gap=words.money(float(behind.max())), week=int(behind.argmax()) + 1)
        )  # fmt: skip
    return out


def _turns(
    comparison: Comparison, firm: str, a: int, b: int, gap: Paired, words: Words
) -> list[str]:
    """Warnings where the first year, the last one, or two years after the firm has stopped point to
    the other arm than the whole run does."""
    f, weeks = comparison.firms.index(firm), comparison.config.weeks
    smallest = comparison.smallest_effect.get(firm, 0.0)
    if not gap.settled or is_equal(gap, smallest):
        return []

    def other(values: np.ndarray, turned: str, level: str = "", unclear: str = "") -> list[str]:
        """A sentence if by these values the other arm earns more, the two are about level, or it is
        not clear which earns more; none for a case without a key."""
        found = paired(values[a], values[b], 1, comparison.confidence)
        key = turned if found.difference * gap.difference < 0.0 else ""
        if is_equal(found, smallest) or (key and not is_larger(found, smallest)):
            key = level if abs(found.difference) < smallest else unclear
        if not key:
            return []
        ahead = comparison.arms[b if found.difference > 0 else a]
        return [
            words.say(
                key, winner=words.name(ahead), firm=words.name(firm), weeks=weeks + 2 * YEAR,
                gap=words.money(abs(found.difference)), smallest=words.money(smallest),
            )
        ]  # fmt: skip

    out = []
    if weeks > YEAR:
        out += other(comparison.values("profit", 0, YEAR)[:, :, f], "answer_first_year")
        last = comparison.values("profit", weeks - YEAR, weeks)[:, :, f]
        out += other(last, "answer_last_year")
    reached = [year for year in HORIZONS if year * YEAR == weeks]
    if reached:
        stopped = comparison.horizon(reached[-1], True)[:, :, f]
        unclear = "answer_runoff_unclear" if smallest else ""
        out += other(stopped, "answer_runoff", "answer_runoff_level", unclear)
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


def _spent(comparison: Comparison, firm: str) -> np.ndarray:
    """Money that a firm spends on activities, mean over the runs, by arm."""
    spent = comparison.values("spend")[:, :, comparison.firms.index(firm)]
    return np.asarray(spent.mean(axis=1))


def _unequal(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """A warning if the arms spend different amounts for a firm, whatever their number."""
    spent = _spent(comparison, firm)
    if spent.max() - spent.min() <= UNEQUAL * spent.max():
        return []
    amounts = words.say("and").join(
        words.say("unequal_arm", plan=words.name(arm), money=words.money(money))
        for arm, money in zip(comparison.arms, spent.tolist(), strict=True)
    )
    return [words.say("unequal", firm=words.name(firm), amounts=amounts)]


def _equal(comparison: Comparison, firm: str, words: Words) -> list[str]:
    """What all arms spend for a firm, if it is the same."""
    spent = _spent(comparison, firm)
    if spent.max() - spent.min() > UNEQUAL * spent.max() or spent.max() == 0.0:
        return []
    return [words.say("equal", money=words.money(float(spent.mean())))]


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
    noise = found.seed_noise_share()
    winner, loser = (1, 0) if chance >= 0.5 else (0, 1)
    if winner == 0:
        chance, low, high = 1.0 - chance, 1.0 - high, 1.0 - low
        middle, span_low, span_high = -middle, -span_high, -span_low
    name = [words.name(arm) for arm in found.arms]
    key = "uncertain_chance" if low > 0.5 else "uncertain_open"
    out = [
        words.say(
            key, firm=words.name(found.firm), winner=name[winner], loser=name[loser],
            chance=words.whole_share(chance), low=words.whole_share(low),
            high=words.whole_share(high), count=len(found.names), settings=len(found.settings),
            middle=words.more(middle), span=words.span(span_low, span_high),
        )
    ]  # fmt: skip
    if np.isfinite(noise):
        out.append(words.say("uncertain_share", noise=words.share(noise),
                             rest=words.share(1.0 - noise)))  # fmt: skip
    out += [_moved(one, name, found.config, words) for one in found.moved]
    if len(found.settings) < LEAST_SETTINGS:
        out.append(words.say("uncertain_too_few", least=LEAST_SETTINGS))
    elif not found.drivers:
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
    return words.say("uncertain_turn", turn=f"{moved.turn:.2g}", above=above, below=below, **said)
