"""Choice: when an occasion to buy arises, who comes to mind, who is chosen.

The choice is a race of exponential clocks, one per alternative (Luce 1959; the race form of the
multinomial logit): each firm's clock is drawn by its own id, so one firm more changes nobody
else's luck.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import exp, log, rule


@dataclass
class Choice:
    """Need, consideration and choice."""

    rate_mean: float = number(
        0.07,
        unit="buying occasions per week",
        low=0.0,
        high=3.0,
        meaning="Mean rate at which occasions to buy in the category arise.",
        source="assumption: between three and four occasions a year",
    )
    rate_shape: float = number(
        0.8,
        unit="gamma shape",
        low=0.1,
        high=50.0,
        meaning="Evenness of buying rates over customers; low means few heavy buyers.",
        source="assumption: between the category values of toothpaste (0.8 to 1.5) in "
        "Goodhardt, Ehrenberg & Chatfield 1984, JRSS A 147:621",
    )
    consideration: bool = number(
        True,
        unit="switch",
        low=0,
        high=1,
        meaning="On: a firm is considered with a chance equal to its awareness. Off: all are.",
        source="assumption: awareness is read as the chance to come to mind when buying "
        "(Hauser & Wernerfelt 1990, J. Consumer Research 16:393)",
    )
    intercept: float = number(
        -1.0,
        unit="utility (log odds against buying nothing)",
        low=-10.0,
        high=10.0,
        meaning="Appeal of an unknown firm without trust at the usual price.",
        source="assumption: alone, against buying nothing, it wins about one occasion in four (27 "
        "%)",
        likely=(-2.0, 0.0),
    )
    awareness_weight: float = number(
        0.0,
        unit="utility per unit of awareness",
        low=0.0,
        high=10.0,
        meaning="Appeal of familiarity itself, beyond coming to mind.",
        source="assumption: none; the toy market has 3",
    )
    trust_weight: float = number(
        2.0,
        unit="utility per unit of trust",
        low=0.0,
        high=10.0,
        meaning="What full trust adds to a firm's appeal.",
        source="assumption: the size used by the toy market",
    )
    inertia: float = number(
        0.6,
        unit="utility",
        low=0.0,
        high=10.0,
        meaning="Extra appeal of a firm one is an active customer of.",
        source="assumption: state dependence exists and is of this order (Dube, Hitsch & Rossi "
        "2010, RAND J. Economics 41:417)",
    )
    misfit_weight: float = number(
        4.0,
        unit="utility per squared distance",
        low=0.0,
        high=100.0,
        meaning="What a distance of 1 between a customer's taste and a firm's position costs.",
        source="assumption: with the default segments, about half a unit of utility on average",
    )
    taste_within: float = number(
        0.15,
        unit="standard deviation",
        low=0.0,
        high=1.0,
        meaning="How much tastes differ within a segment.",
        source="assumption: somewhat less than neighbouring default segments lie apart (0.2), so "
        "that they overlap",
    )
    taste_spread: float = number(
        0.8,
        unit="utility (logistic scale)",
        low=0.0,
        high=5.0,
        meaning="How much firms suit customers differently for reasons beyond position; fixed.",
        source="assumption: a standard deviation of 1.5 utilities, of the order of the randomness "
        "of a single choice (1.3)",
    )


@rule
def occasion_chance(rate: float) -> float:
    """Chance of a buying occasion in a week at ``rate`` occasions per week."""
    return 1.0 - exp(-rate)


@rule
def taste(draw: float, spread: float) -> float:
    """Logistic deviate with the given scale, from a uniform draw."""
    return spread * log(draw / (1.0 - draw))


@rule
def misfit(taste: float, position: float, weight: float) -> float:
    """Utility lost by the distance between a customer's taste and a firm's position."""
    distance = taste - position
    return weight * (distance * distance)


@rule
def appeal(
    intercept: float,
    awareness_weight: float,
    awareness: float,
    trust_weight: float,
    trust: float,
    inertia: float,
    price: float,
    suits: float,
    misses: float,
) -> float:
    """Utility of a firm; buying nothing has utility 0.

    Args:
        inertia: the weight of being an active customer, 0 for others.
        price: utility of the price (:func:`sim.rules.pricing.price_appeal`).
        suits: the customer's own liking of the firm (:func:`taste`).
        misses: utility lost by distance (:func:`misfit`).
    """
    known, trusted = awareness_weight * awareness, trust_weight * trust
    return intercept + known + trusted + inertia + price + suits - misses


@rule
def clock(draw: float, utility: float) -> float:
    """Time at which an alternative's clock rings; the first to ring is chosen."""
    return -log(draw) * exp(-utility)
