"""Loyalty: what a purchase teaches, and when a relationship ends."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import rule


@dataclass
class Loyalty:
    """Experience with purchases and lapse."""

    experience_awareness: float = number(
        0.5,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="What a purchase adds to the buyer's awareness of the firm.",
        source="assumption: having bought makes known",
        likely=(0.2, 0.8),
    )
    experience_gain: float = number(
        0.1,
        unit="share of the missing trust",
        low=0.0,
        high=1.0,
        meaning="What a purchase that lives up to expectation adds to trust.",
        source="assumption: as much as hearing one recommendation",
    )
    experience_loss: float = number(
        0.2,
        unit="share of trust",
        low=0.0,
        high=1.0,
        meaning="What a purchase that disappoints takes from trust.",
        source="assumption: disappointment weighs about twice (direction: Anderson & Sullivan "
        "1993, Marketing Science 12:125)",
    )
    lapse_hazard: float = number(
        0.01,
        unit="chance per week",
        low=0.0,
        high=1.0,
        meaning="Chance that an active customer without any trust ends the relationship.",
        source="assumption: the size used by the toy market",
    )
    contract: int = number(
        0,
        unit="weeks",
        low=0,
        high=520,
        meaning="Length of a contract: no occasion while it runs, a certain one when it ends; who "
        "does not renew has lapsed. 0: no contracts.",
        source="assumption: none outside subscriptions",
    )
    switching_cost: float = number(
        0.2,
        unit="utility",
        low=0.0,
        high=10.0,
        meaning="Appeal lost by firms an active customer of another firm does not yet buy from.",
        source="assumption: low in a market without contracts",
    )
    tell_leaving: float = number(
        0.2,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that one who lapses tells an acquaintance.",
        source="assumption: leaving is news, so four times the weekly chance to talk (talk.rate)",
    )
    contagion: float = number(
        1.0,
        unit="ratio per leaver",
        low=0.0,
        high=20.0,
        meaning="How much an acquaintance's leaving raises one's own chance to lapse next week.",
        source="assumption: neighbours' churn raises one's own (direction: Nitzan & Libai 2011, "
        "J. Marketing 75(6):24)",
    )


@rule
def under_contract(week: int, until: int) -> bool:
    """Whether a contract runs in a week; ``until`` is the week in which it ends, -1 for none."""
    return week < until


@rule
def renewal_due(week: int, until: int) -> bool:
    """Whether a contract ends in a week."""
    return until >= 0 and week == until


@rule
def standing(active: bool, elsewhere: bool, inertia: float, switching_cost: float) -> float:
    """Utility of being the customer's present firm, or of not being it while another one is."""
    if active:
        return inertia
    return -switching_cost if elsewhere else 0.0


@rule
def experienced(trust: float, good: bool, gain: float, loss: float) -> float:
    """Trust after a purchase that lived up to expectation, or did not."""
    if good:
        return trust + gain * (1.0 - trust)
    return trust - loss * trust


@rule
def lapse_chance(hazard: float, trust: float, leavers: int, contagion: float) -> float:
    """Chance that an active customer lapses this week, having heard of so many leavers."""
    return min(1.0, hazard * (1.0 - trust) * (1.0 + contagion * float(leavers)))
