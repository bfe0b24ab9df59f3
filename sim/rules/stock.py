"""Stock: what a deal makes people lay in, and how it delays the next need."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, number
from sim.rules.arithmetic import rule

MOST_EXTRA = constant(
    "stock.MOST_EXTRA",
    5,
    unit="units",
    meaning="Units laid in on one occasion, at most, beyond the one that is needed.",
    source="assumption: what is carried home in one go",
)


@dataclass
class Stock:
    """Goods that keep."""

    stockup: float = number(
        0.0,
        unit="units per log price",
        low=0.0,
        high=30.0,
        meaning="Further units bought on a deal, per log of list price over price paid; 0 for "
        "goods and services that do not keep.",
        source="assumption: none outside packaged goods",
    )


@rule
def units(draw: float, deal: float, stockup: float) -> int:
    """Units bought at once: one, and more on a deal (its depth as a log price, not negative)."""
    return 1 + min(MOST_EXTRA, int(stockup * deal + draw))


@rule
def unmet_rate(rate: float, stock: float) -> float:
    """Rate of occasions of somebody with so many units at home; none with one or more."""
    return rate * (1.0 - min(1.0, stock))


@rule
def used(stock: float, rate: float) -> float:
    """Units left after a week in which ``rate`` units are used."""
    return max(0.0, stock - rate)
