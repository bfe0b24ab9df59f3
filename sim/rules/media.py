"""Media: the outlets people follow, and the cost of reaching people through them.

Some activities reach people through media outlets (broadcast channels, sites, feeds). Outlets
differ in size, and people follow several, so audiences overlap. Every outlet used has a fixed cost
of creative and booking. The price of a contact rises with the demand of all firms.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number
from sim.rules.arithmetic import bit_count, rule
from sim.rules.units import CENTS

MOST_OUTLETS = constant(
    "media.MOST_OUTLETS",
    8,
    unit="outlets",
    meaning="Largest number of a campaign's outlets that count for one customer.",
    source="assumption: well above the three that a person follows on average (media.habit)",
)


@dataclass
class Media:
    """Media landscape: from few mass outlets to many small ones."""

    outlets: int = number(
        8,
        unit="outlets",
        low=1,
        high=64,
        meaning="Number of media outlets; few are mass media, many are fragmented media.",
        source="assumption: between two or three mass media and dozens of fragmented ones",
    )
    habit: float = number(
        3.0,
        unit="outlets",
        low=0.0,
        high=64.0,
        meaning="Outlets a person follows on average, less where the market has few outlets.",
        source="assumption: people use a handful of media a week",
    )
    skew: float = number(
        0.7,
        unit="exponent",
        low=0.0,
        high=3.0,
        meaning="Inequality of outlets: the size of the n-th is proportional to n to minus this "
        "power.",
        source="assumption: audiences are skewed, less than by Zipf's law (exponent 1)",
    )
    spread: float = number(
        0.5,
        unit="standard deviation of the log",
        low=0.0,
        high=2.0,
        meaning="Variation of media use between people (log-normal).",
        source="assumption: one person in six uses at least 1.6 times as many as the median",
    )
    overhead: float = number(
        0.25,
        unit="share of spend",
        low=0.0,
        high=1.0,
        meaning="Share of a week's spend that a firm allows for the fixed costs of outlets: it "
        "books the largest outlets first, as many as this share pays for, at least one.",
        source="assumption: a planner's rule of thumb",
    )
    places: int = number(
        0,
        unit="firms per search",
        low=0,
        high=100,
        meaning="Firms that pay to be found and that one search shows. Everybody with a buying "
        "occasion searches once a week; if firms want more contacts than there are places, their "
        "price rises until the places are just sold. 0: no limit.",
        source="assumption: 0, as before this mechanism; a page of results has at most four places "
        "above the unpaid ones (Google since February 2016)",
        drawn=False,
    )


mechanism(
    "outlets",
    {"media.outlets": 1, "media.habit": 64.0, "media.spread": 0.0},
    "outlets have separate audiences: one outlet reaches all",
)


mechanism("places", {"media.places": 0}, "firms compete for the places that a search shows")


@rule
def followed(media_diet: int, booked: int) -> int:
    """Number of booked outlets that a person follows; both arguments are bit sets of up to 64."""
    return bit_count(media_diet & booked)


@rule
def contact_price(unit_cost: float, wanted: float, scarcity: float) -> float:
    """Price of a contact, given the demand of all firms.

    Args:
        unit_cost: price at low demand, money per contact.
        wanted: contacts that all firms together demand, per person and week.
        scarcity: rise of the price per unit of ``wanted``, as a share.
    """
    return unit_cost * (1.0 + scarcity * wanted)


@rule
def price_of_places(unit_cost: float, wanted: float, supply: float) -> float:
    """Price at which the places of searches are just sold, never below the declared one: an
    auction in which firms bid what they have budgeted, so that each has its share of the budgets.

    Args:
        unit_cost: price if there are places enough, money per contact.
        wanted: contacts that all firms together would buy at that price.
        supply: places in all searches of the week.
    """
    return unit_cost * max(1.0, wanted / max(supply, 1.0))


@rule
def outlets_booked(spend: float, outlet_cost: float, overhead: float, outlets: int) -> int:
    """Number of outlets a campaign books: as many as its overhead pays for, at least one. Money is
    rounded to cents before, so a cent may be missing.

    Args:
        spend: money in the week.
        outlet_cost: fixed cost of an outlet, money per week.
        overhead: share of the spend for fixed costs.
        outlets: number of outlets that exist.
    """
    if outlet_cost <= 0.0:
        return outlets
    paid_for = overhead * (spend + 1.0 / CENTS) / outlet_cost
    return max(1, min(outlets, int(min(paid_for, float(outlets)))))
