"""Shelf: the stores that carry a firm's goods.

Some goods are bought in stores, each of which carries a firm or does not. Skilled visits of reps
raise the chance that a store lists the firm and lower the chance that it delists the firm.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.draws import u64
from sim.params import mechanism, number, of_customers
from sim.rules.arithmetic import exp, rule


@of_customers
@dataclass
class Shelf:
    """Distribution through stores."""

    stores: int = number(
        0,
        unit="stores",
        low=0,
        high=64,
        meaning="Number of stores; every customer shops in one of them. 0: firms sell directly.",
        source="assumption: direct sales",
        level="run",
    )
    skew: float = number(
        0.7,
        unit="exponent",
        low=0.0,
        high=3.0,
        meaning="Inequality of stores: the size of the n-th is proportional to n to minus this "
        "power.",
        source="assumption: as for media outlets (media.skew), less unequal than by Zipf's law",
        level="run",
    )
    win: float = number(
        0.05,
        unit="rate per visit",
        low=0.0,
        high=10.0,
        meaning="Rate at which a store lists a firm, per visit of a rep of perfect skill.",
        source="assumption: twenty good visits for a listing",
    )
    loss: float = number(
        0.005,
        unit="rate per week",
        low=0.0,
        high=10.0,
        meaning="Rate at which a store delists a firm whose reps do not visit it.",
        source="assumption: a fifth of its stores in a year",
    )
    visit_effect: float = number(
        2.0,
        unit="log ratio per visit",
        low=0.0,
        high=100.0,
        meaning="Fall of the log rate of delisting per weekly visit of a rep of perfect skill.",
        source="assumption: a store visited weekly stays for years",
    )


mechanism("distribution", {"shelf.stores": 0}, "stores carry a firm or do not")


@rule
def carried(store: int, listed: int) -> bool:
    """Whether a store is among those that carry a firm (``listed``, a bit set)."""
    return (listed >> u64(store)) & u64(1) != u64(0)


@rule
def win_chance(win: float, visits: float, skill: float) -> float:
    """Chance that a store lists the firm in a week of ``visits`` visits by reps of ``skill``."""
    return 1.0 - exp(-(win * visits * skill))


@rule
def loss_chance(loss: float, visit_effect: float, visits: float, skill: float) -> float:
    """Chance that a store delists the firm in a week of ``visits`` visits by reps of ``skill``."""
    return 1.0 - exp(-(loss * exp(-(visit_effect * visits * skill))))
