"""Flow: people enter and leave the market; demand has seasons and shocks."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import rule
from sim.rules.units import QUARTER, YEAR


@dataclass
class Flow:
    """Who comes and goes, and how demand moves."""

    inflow: float = number(
        0.0,
        unit="share of the first customers per week",
        low=0.0,
        high=0.2,
        meaning="New customers who enter the market; whole people a week, the rest by luck.",
        source="assumption: a market that does not grow",
    )
    knows: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="What newcomers know of and trust in firms, relative to people at the start.",
        source="assumption: newcomers know nothing",
    )
    exit: float = number(
        0.0,
        unit="chance per week",
        low=0.0,
        high=0.5,
        meaning="Chance that a customer leaves the market for good.",
        source="assumption: a market that does not shrink",
    )
    season: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="How far buying rates rise at the peak of the year and fall half a year later.",
        source="assumption: no season",
    )
    peak: int = number(
        50,
        unit="week of the year",
        low=1,
        high=52,
        meaning="Week in which the season peaks.",
        source="assumption: before the turn of the year",
    )
    shock: float = number(
        1.0,
        unit="ratio",
        low=0.0,
        high=5.0,
        meaning="Buying rates during the shock, relative to what they were.",
        source="assumption: no shock",
    )
    shock_from: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="First week of the shock.",
        source="assumption: any week, it has no effect without a shock",
    )
    shock_weeks: int = number(
        0,
        unit="weeks",
        low=0,
        high=5200,
        meaning="Length of the shock.",
        source="assumption: no shock",
    )


@rule
def demand(
    week: int, season: float, peak: int, shock: float, shock_from: int, shock_weeks: int
) -> float:
    """Buying rates in a week (from 0) relative to usual: a triangular season and a shock."""
    away = (week + 1 - peak) % YEAR
    away = min(away, YEAR - away)  # weeks from the nearest peak, 0 to 26
    level = 1.0 + season * (1.0 - float(away) / float(QUARTER))
    if shock_from <= week + 1 < shock_from + shock_weeks:
        level = level * shock
    return level


@rule
def occasion_rate(rate: float, level: float) -> float:
    """A customer's buying rate at a level of demand."""
    return rate * level
