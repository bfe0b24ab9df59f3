"""Media: which outlets people follow, what reaching them costs.

Some activities reach people through outlets (broadcast channels, sites, feeds). An outlet has a
size; people follow several, so audiences overlap. Every outlet used costs a fixed sum for its
creative and booking, and contacts get dearer the more of them all firms want.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, number
from sim.rules.arithmetic import bit_count, rule

MOST_OUTLETS = constant(
    "media.MOST_OUTLETS",
    8,
    unit="outlets",
    meaning="Outlets of a campaign that one customer follows; more count as this many.",
    source="assumption: well above the three that a person follows on average (media.habit)",
)


@dataclass
class Media:
    """The media: from few mass outlets to many small ones."""

    outlets: int = number(
        8,
        unit="outlets",
        low=1,
        high=64,
        meaning="Outlets there are; few are mass media, many are fragmented media.",
        source="assumption: between two or three mass media and dozens of fragmented ones",
    )
    habit: float = number(
        3.0,
        unit="outlets",
        low=0.0,
        high=64.0,
        meaning="Outlets a person follows on average (nobody follows one twice, so fewer where "
        "outlets are few).",
        source="assumption: people use a handful of media a week",
    )
    skew: float = number(
        0.7,
        unit="exponent",
        low=0.0,
        high=3.0,
        meaning="How unequal outlets are: the n-th has a size in proportion to n to minus this.",
        source="assumption: audiences are skewed, less than by Zipf's law (exponent 1)",
    )
    spread: float = number(
        0.5,
        unit="standard deviation of the log",
        low=0.0,
        high=2.0,
        meaning="How much people differ in media use (log-normal).",
        source="assumption: one person in six uses at least 1.6 times as many as the median",
    )
    overhead: float = number(
        0.25,
        unit="share of spend",
        low=0.0,
        high=1.0,
        meaning="Share of a week's spend that firms let go into the fixed costs of outlets: they "
        "book the largest ones first, as many as this pays, at least one.",
        source="assumption: a planner's rule of thumb",
    )


@rule
def followed(habits: int, booked: int) -> int:
    """How many of the booked outlets a person follows; both are sets of bits, 64 at most."""
    return bit_count(habits & booked)


@rule
def contact_price(unit_cost: float, wanted: float, scarcity: float) -> float:
    """Price of a contact when all firms together want so many per person and week."""
    return unit_cost * (1.0 + scarcity * wanted)


@rule
def outlets_booked(spend: float, outlet_cost: float, overhead: float, outlets: int) -> int:
    """Outlets a campaign uses: as many of the largest as its overhead pays, at least one."""
    if outlet_cost <= 0.0:
        return outlets
    return max(1, min(outlets, int(min(overhead * spend / outlet_cost, float(outlets)))))
