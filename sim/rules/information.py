"""Information: search for offers and ratings on a buying occasion."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers
from sim.rules.arithmetic import rule
from sim.rules.units import YEAR


@of_customers
@dataclass
class Information:
    """Search by customers for offers and for the experiences of others."""

    search_rate: float = number(
        0.2,
        unit="chance per occasion",
        low=0.0,
        high=1.0,
        meaning="Chance that a customer searches before choosing; 0 represents the old era, "
        "without search.",
        source="assumption: one purchase in five is worth a search",
    )
    found: float = number(
        0.3,
        unit="chance per firm",
        low=0.0,
        high=1.0,
        meaning="Chance that a search finds a firm that did not come to mind.",
        source="assumption: a search shows about a third of the firms that did not come to mind",
    )
    look: float = number(
        1.0,
        unit="chance per click",
        low=0.0,
        high=1.0,
        meaning="Chance that somebody who clicked on a firm this week looks closely, so that its "
        "offer is considered like one that comes to mind; 1: every click does.",
        source="assumption: 1, as before this mechanism; published: 3.75 % of clicks on ads beside "
        "search results lead to an order or an enquiry (WordStream 2018, mean of industries)",
        drawn=False,
    )
    rating_rate: float = number(
        0.1,
        unit="chance per order",
        low=0.0,
        high=1.0,
        meaning="Chance that a buyer rates the purchase in public.",
        source="assumption: a few to some ten per cent of buyers rate",
    )
    rating_gain: float = number(
        0.1,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Movement of trust towards the share of positive ratings when a customer reads "
        "them.",
        source="assumption: equal to one acquaintance's message (talk.trust_gain)",
    )


RATING_WEEKS = constant(
    "information.RATING_WEEKS",
    YEAR,
    unit="weeks",
    meaning="Age up to which ratings are shown.",
    source="assumption: a year, after which an offer may have changed",
)


mechanism("search", {"information.search_rate": 0.0}, "customers search for offers and ratings")
mechanism("looks", {"information.look": 1.0}, "a click need not lead to a close look")
mechanism("ratings", {"information.rating_rate": 0.0}, "buyers publish ratings")


@rule
def consideration_chance(awareness: float, searches: bool, found: float) -> float:
    """Chance that a firm is considered: it comes to mind, or a search finds it."""
    if searches:
        return awareness + (1.0 - awareness) * found
    return awareness
