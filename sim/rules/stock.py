"""Stock: stockpiling on deals, and the delay of the next need."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state
from sim.rules.arithmetic import rule

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


mechanism("stocks", {"stock.stockup": 0.0}, "customers stockpile on deals")

state("stock", "float32", "units at home", per_firm=False)
state("basket", "uint8", "units of the last order", per_firm=False)


@rule
def units(draw: float, deal: float, stockup: float) -> int:
    """Units bought at once: one, and more on a deal.

    Args:
        draw: uniform random draw.
        deal: how far the price paid lies below the remembered one
            (:func:`sim.rules.pricing.saving`).
        stockup: further units per unit of ``deal``.

    A lasting discount is no deal for those who remember it.
    """
    return 1 + min(MOST_EXTRA, int(stockup * deal + draw))


@rule
def unmet_rate(rate: float, stock: float) -> float:
    """Rate of buying occasions of a customer with ``stock`` units at home; 0 with one or more."""
    return rate * (1.0 - min(1.0, stock))


@rule
def used(stock: float, rate: float) -> float:
    """Units at home after a week in which ``rate`` units are used."""
    return max(0.0, stock - rate)
