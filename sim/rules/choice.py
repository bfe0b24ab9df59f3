"""Choice: when a buying occasion arises, which firms are considered, and which is chosen.

The choice is a race of exponential times, one per alternative (Luce 1959; the race form of the
multinomial logit). Each firm's time is drawn by its own id, so a further firm leaves the random
draws of the others unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number, of_customers
from sim.rules.arithmetic import exp, log, rule


@of_customers
@dataclass
class Choice:
    """Need, consideration and choice."""

    rate_mean: float = number(
        0.07,
        unit="buying occasions per week",
        low=0.0,
        high=3.0,
        meaning="Mean rate of buying occasions in the category.",
        source="assumption: between three and four occasions a year",
        level="run",
    )
    rate_shape: float = number(
        0.8,
        unit="gamma shape",
        low=0.1,
        high=50.0,
        meaning="Evenness of buying rates across customers; a low value means few heavy buyers.",
        source="assumption: between the category values of toothpaste (0.8 to 1.5) in "
        "Goodhardt, Ehrenberg & Chatfield 1984, JRSS A 147:621",
        level="run",
    )
    consideration: bool = number(
        True,
        unit="switch",
        low=0,
        high=1,
        meaning="On: a firm is considered with a chance equal to its awareness. Off: all firms are "
        "considered.",
        source="assumption: awareness is interpreted as the chance to come to mind when buying "
        "(Hauser & Wernerfelt 1990, J. Consumer Research 16:393)",
    )
    intercept: float = number(
        -1.0,
        unit="utility (log odds against buying nothing)",
        low=-10.0,
        high=10.0,
        meaning="Utility of an unknown firm without trust at the usual price.",
        source="assumption: alone, against buying nothing, it wins about one occasion in four (27 "
        "%)",
        likely=(-2.0, 0.0),
    )
    awareness_weight: float = number(
        0.0,
        unit="utility per unit of awareness",
        low=0.0,
        high=10.0,
        meaning="Utility of familiarity itself, beyond the effect of awareness on consideration.",
        source="assumption: none; the toy market has 3",
    )
    trust_weight: float = number(
        2.0,
        unit="utility per unit of trust",
        low=0.0,
        high=10.0,
        meaning="Utility of full trust in a firm.",
        source="assumption: the value of the toy market",
    )
    inertia: float = number(
        0.6,
        unit="utility",
        low=0.0,
        high=10.0,
        meaning="Additional utility of a firm for its active customers.",
        source="assumption: state dependence exists and is of this order (Dube, Hitsch & Rossi "
        "2010, RAND J. Economics 41:417)",
    )
    misfit_weight: float = number(
        4.0,
        unit="utility per squared distance",
        low=0.0,
        high=100.0,
        meaning="Utility lost at a distance of 1 between a customer's taste and a firm's position.",
        source="assumption: with the default segments, about half a unit of utility on average",
    )
    taste_within: float = number(
        0.15,
        unit="standard deviation",
        low=0.0,
        high=1.0,
        meaning="Variation of tastes within a segment.",
        source="assumption: somewhat less than the distance between neighbouring default segments "
        "(0.2), so that they overlap",
        level="run",
    )
    taste_spread: float = number(
        0.8,
        unit="utility (logistic scale)",
        low=0.0,
        high=5.0,
        meaning="Variation between customers in their liking of a firm, for reasons beyond its "
        "position; fixed over time.",
        source="assumption: a standard deviation of 1.5 utilities, of the order of the randomness "
        "of a single choice (1.3)",
    )
    incidence: float = number(
        0.0,
        unit="ratio",
        low=0.0,
        high=1.0,
        meaning="Weight of the inclusive value of the offers that come to mind, relative to its "
        "value at remembered prices, in the log rate of buying occasions; 0: occasions arise "
        "whatever is offered.",
        source="assumption: 0, as before; between 0 and 1 in a nested logit of purchase incidence "
        "and choice (Bucklin & Lattin 1991, Marketing Science 10:24)",
    )


mechanism("consideration", {"choice.consideration": False}, "firms must come to mind")
mechanism("trust_in_choice", {"choice.trust_weight": 0.0}, "trust affects choice")
mechanism(
    "taste",
    {"choice.taste_spread": 0.0, "choice.misfit_weight": 0.0},
    "customers differ in their liking of firms",
)
mechanism(
    "incidence", {"choice.incidence": 0.0}, "buying occasions answer the offers that there are"
)
mechanism("inertia", {"choice.inertia": 0.0}, "customers favour their present firm")


@rule
def occasion_chance(rate: float) -> float:
    """Chance of a buying occasion in a week at ``rate`` occasions per week."""
    return 1.0 - exp(-rate)


@rule
def may_answer(draw: float, limit: float, rise: float, fall: float) -> bool:
    """Whether this week's offers could change whether an occasion arises.

    By e**x <= 1 / (1 - x), a rate of e**x times the usual one multiplies a small chance by no more
    than that, and one of e**-x by no less than 1 - x; so few need the exponentials.

    Args:
        draw, limit: the week's draw and the threshold below which an occasion arises at usual
            offers, of 32 bits.
        rise, fall: largest rise and fall of the log rate that the prices allow, not negative.
    """
    return limit * (1.0 - fall) <= draw and draw * (1.0 - rise) < limit


@rule
def attraction(comes: float, utility: float) -> float:
    """A firm's term in the inclusive value, weighted by the chance ``comes`` that it comes to
    mind."""
    return comes * exp(utility)


@rule
def answered_rate(now: float, usual: float, incidence: float) -> float:
    """Rate of buying occasions at this week's offers, relative to usual ones (Bucklin & Lattin
    1991, Marketing Science 10:24, with a rate for their logit: the two agree for small chances).

    Args:
        now, usual: sums of :func:`attraction` at this week's prices and at remembered ones.
        incidence: weight of the difference of their logs, the inclusive values.
    """
    return exp(incidence * log(now / usual)) if now > 0.0 and usual > 0.0 else 1.0


@rule
def answered_chance(chance: float, ratio: float) -> float:
    """Chance of an occasion at ``ratio`` times the rate that has ``chance``, below 1."""
    return 1.0 - exp(ratio * log(1.0 - chance))


@rule
def taste(draw: float, spread: float) -> float:
    """A customer's own liking of a firm: a logistic deviate of scale ``spread``."""
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
    """Utility of buying from a firm; buying nothing has utility 0.

    Args:
        inertia: utility of the present relationship (:func:`sim.rules.loyalty.standing`).
        price: utility of the price (:func:`sim.rules.pricing.price_appeal`).
        suits: the customer's own liking of the firm (:func:`taste`).
        misses: utility lost by the distance of tastes (:func:`misfit`).
    """
    known, trusted = awareness_weight * awareness, trust_weight * trust
    return intercept + known + trusted + inertia + price + suits - misses


@rule
def race_time(draw: float, utility: float) -> float:
    """Exponential time of an alternative in the race; the shortest time wins the choice."""
    return -log(draw) * exp(-utility)
