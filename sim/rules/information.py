"""Information: what a customer can find out on an occasion, beyond what comes to mind."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, number
from sim.rules.arithmetic import rule
from sim.rules.units import YEAR


@dataclass
class Information:
    """How far customers can check offers and others' experiences."""

    reach: float = number(
        0.2,
        unit="chance per occasion",
        low=0.0,
        high=1.0,
        meaning="Chance that a customer looks around before choosing; 0 is the old era.",
        source="assumption: one purchase in five is worth a search",
    )
    found: float = number(
        0.3,
        unit="chance per firm",
        low=0.0,
        high=1.0,
        meaning="Chance that one who looks around finds a firm that did not come to mind.",
        source="assumption: a search shows about a third of the firms that did not come to mind",
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
        meaning="How far reading ratings moves trust towards the share of good ones.",
        source="assumption: as much as one acquaintance's word (talk.trust_gain)",
    )


RATING_WEEKS = constant(
    "information.RATING_WEEKS",
    YEAR,
    unit="weeks",
    meaning="Age up to which ratings are shown.",
    source="assumption: a year, after which an offer may have changed",
)


@rule
def consideration_chance(awareness: float, looks: bool, found: float) -> float:
    """Chance that a firm is considered: it comes to mind, or is found by one who looks around."""
    if looks:
        return awareness + (1.0 - awareness) * found
    return awareness
