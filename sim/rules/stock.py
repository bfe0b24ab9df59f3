"""Stock: stockpiling on deals, and the delay of the next need."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state
from sim.rules.arithmetic import exp, rule

MOST_EXTRA = constant(
    "stock.MOST_EXTRA",
    5,
    unit="units",
    meaning="Largest number of units bought on one occasion beyond the one that is needed.",
    source="assumption: the amount carried home at once",
)


@of_customers
@dataclass
class Stock:
    """Stockpiling of storable goods."""

    stockup: float = number(
        0.0,
        unit="units per log price",
        low=0.0,
        high=30.0,
        meaning="Additional units bought on a deal, per log of remembered price over price paid; 0 "
        "for goods and services that cannot be stored.",
        source="assumption: none outside packaged goods",
    )
    saturation: float = number(
        0.0,
        unit="units",
        low=0.0,
        high=5.0,
        meaning="Additional units that deeper and deeper deals approach, stock.stockup being the "
        "slope at the smallest deals; 0: they rise in proportion, up to stock.MOST_EXTRA.",
        source="assumption: 0, as before",
    )
    home_first: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="On: a unit at home replaces a later purchase, because a need is met at home as "
        "long as there is one. Off: units at home are used at the buying rate, and make occasions "
        "less likely.",
        source="assumption: off, as before; off, the last unit at home replaces half a purchase",
    )


mechanism("stocks", {"stock.stockup": 0.0}, "customers stockpile on deals")

mechanism("saturation", {"stock.saturation": 0.0}, "additional units approach a maximum")
mechanism("home_first", {"stock.home_first": False}, "needs are met at home first")

state("stock", "float32", "units at home", per_firm=False)
state("basket", "uint8", "units of the last order", per_firm=False)


@rule
def units(draw: float, deal: float, stockup: float, saturation: float) -> int:
    """Units bought at once: one, and more on a deal.

    Args:
        draw: uniform random draw.
        deal: how far the price paid lies below the remembered one
            (:func:`sim.rules.pricing.saving`).
        stockup: further units per unit of ``deal``.
        saturation: number of further units that deep deals approach; 0: any.

    A lasting discount is no deal for those who remember it.
    """
    extra = stockup * deal
    if saturation > 0.0:
        extra = saturation * (1.0 - exp(-extra / saturation))
    return 1 + min(MOST_EXTRA, int(extra + draw))


@rule
def is_met_at_home(stock: float) -> bool:
    """Whether there is a unit at home that can meet a need."""
    return stock >= 1.0


@rule
def answers_offers(stock: float, home_first: bool) -> bool:
    """Whether the offers of a week can bring a purchase forward: nothing at home stands in for
    one."""
    return not is_met_at_home(stock) if home_first else stock <= 0.0


@rule
def unmet_rate(rate: float, stock: float) -> float:
    """Rate of buying occasions of a customer with ``stock`` units at home; 0 with one or more."""
    return rate * (1.0 - min(1.0, stock))


@rule
def used(stock: float, rate: float) -> float:
    """Units at home after a week in which ``rate`` units are used."""
    return max(0.0, stock - rate)
