"""Flow: people enter and leave the market; demand has seasons and shocks."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number, of_customers, state
from sim.rules.arithmetic import rule
from sim.rules.units import QUARTER, YEAR


@of_customers
@dataclass
class Flow:
    """Entry and exit of customers, and movements of demand."""

    inflow: float = number(
        0.0,
        unit="share of initial customers per week",
        low=0.0,
        high=0.2,
        meaning="New customers who enter the market each week; fractions are rounded up or down at "
        "random.",
        source="assumption: a market that does not grow",
        level="run",
    )
    late_awareness: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Awareness of and trust in firms among newcomers, relative to customers at the "
        "start.",
        source="assumption: newcomers know no firm",
        level="run",
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
        meaning="Rise of buying rates at the seasonal peak, matched by a fall half a year later.",
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
        meaning="Buying rates during the demand shock, relative to the usual rates.",
        source="assumption: no shock",
    )
    shock_from: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="First week of the demand shock.",
        source="assumption: any week, since it has no effect without a shock",
    )
    shock_weeks: int = number(
        0,
        unit="weeks",
        low=0,
        high=5200,
        meaning="Length of the demand shock.",
        source="assumption: no shock",
    )
    arousal: float = number(
        0.0,
        unit="chance per contact",
        low=0.0,
        high=1.0,
        meaning="Chance that one contact of the week before, with any firm and activity alike, "
        "makes a buying occasion arise that would not have arisen by itself.",
        source="assumption: 0, contacts choose among firms and create no demand; to be swept",
    )


mechanism("inflow", {"flow.inflow": 0.0}, "customers enter the market")
mechanism("exit", {"flow.exit": 0.0}, "customers leave the market")
mechanism("season", {"flow.season": 0.0}, "demand is seasonal")
mechanism("arousal", {"flow.arousal": 0.0}, "contacts make needs arise")

state("here", "uint8", "presence in the market: not yet, here, gone", per_firm=False)


@rule
def demand(
    week: int, season: float, peak: int, shock: float, shock_from: int, shock_weeks: int
) -> float:
    """Level of demand in a week, relative to usual: a triangular season times a shock.

    Args:
        week: week of the run, counted from 0.
        season: rise at the peak, as a share.
        peak: week of the year of the peak, 1 to 52.
        shock: level of demand during the shock, relative to usual.
        shock_from: first week of the shock, counted from 1.
        shock_weeks: length of the shock.
    """
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
