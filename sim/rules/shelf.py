"""Shelf: which outlets carry a firm's goods.

Some goods are bought in outlets that carry them or do not. An outlet takes a firm on when its reps
have called often and well enough, and drops it again when nobody cares for the shelf.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.draws import u64
from sim.params import number
from sim.rules.arithmetic import exp, rule


@dataclass
class Shelf:
    """Distribution through outlets."""

    stores: int = number(
        0,
        unit="outlets",
        low=0,
        high=64,
        meaning="Outlets in which people shop, everybody in one; 0: firms sell directly.",
        source="assumption: direct sales",
    )
    skew: float = number(
        0.7,
        unit="exponent",
        low=0.0,
        high=3.0,
        meaning="How unequal outlets are: the n-th has a size in proportion to n to minus this.",
        source="assumption: as for media outlets (media.skew), less unequal than by Zipf's law",
    )
    win: float = number(
        0.05,
        unit="rate per visit",
        low=0.0,
        high=10.0,
        meaning="How readily an outlet takes a firm on for every visit of a rep of perfect skill.",
        source="assumption: twenty good visits for a listing",
    )
    loss: float = number(
        0.005,
        unit="rate per week",
        low=0.0,
        high=10.0,
        meaning="How fast an outlet drops a firm nobody of which calls.",
        source="assumption: a fifth of its outlets in a year",
    )
    care: float = number(
        2.0,
        unit="log ratio per visit",
        low=0.0,
        high=100.0,
        meaning="How much slower with every weekly visit of a rep of perfect skill.",
        source="assumption: an outlet seen weekly stays for years",
    )


@rule
def carried(store: int, listed: int) -> bool:
    """Whether an outlet is among those that carry a firm (a set of bits)."""
    return (listed >> u64(store)) & u64(1) != u64(0)


@rule
def win_chance(win: float, visits: float, skill: float) -> float:
    """Chance that an outlet takes the firm on in a week of so many visits."""
    return 1.0 - exp(-(win * visits * skill))


@rule
def loss_chance(loss: float, care: float, visits: float, skill: float) -> float:
    """Chance that an outlet drops the firm in a week of so many visits."""
    return 1.0 - exp(-(loss * exp(-(care * visits * skill))))
