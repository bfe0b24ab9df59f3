"""A new category: the first purchase in it needs a belief that the category is worth buying.

People hold a belief in the category, whoever sells it, and each has a hurdle: nobody buys in the
category for the first time before the own belief exceeds the own hurdle (Chatterjee & Eliashberg
1990, Management Science 36:1057). Messages of customers, who have adopted, move the belief towards
what they say, as news of good or bad performance does; contacts with firms' activities, which
claim, move it a little towards 1. Buyers know: their belief is 1 and stays so. Where a firm has
always been there the category is not new, and everybody's belief is 1 from the start.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number, of_customers, state
from sim.rules.arithmetic import rule


@of_customers
@dataclass
class Category:
    """Belief in a new category."""

    hurdle_spread: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Upper end of the hurdles, between which and 0 they are spread evenly over people: "
        "who has never bought in the category has no buying occasion in it while the own belief "
        "is below the own hurdle. 0: nobody has a hurdle.",
        source="assumption: 0, so that a category is bought like any other unless a market says "
        "that it is new",
    )
    message_gain: float = number(
        0.0,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Movement of the belief in the category towards the valence of one message of a "
        "customer of any firm.",
        source="assumption: 0, as there is no belief to move unless a market says so",
    )
    contact_gain: float = number(
        0.0,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Gain in the belief in the category from one contact of credibility 1 with an "
        "activity of any firm.",
        source="assumption: 0, as there is no belief to move unless a market says so",
    )


mechanism(
    "category_belief",
    {"category.hurdle_spread": 0.0},
    "a first purchase in a new category needs a belief in it",
)

state(
    "belief",
    "float32",
    "belief in the category, 0 to 1; 1 of buyers, and of all where the category is not new",
    per_firm=False,
)


@rule
def hurdle(draw: float, spread: float) -> float:
    """Belief in the category that a customer needs for a first purchase in it.

    Args:
        draw: uniform between 0 and 1, drawn once for life.
        spread: largest hurdle; hurdles are uniform between 0 and this.
    """
    return spread * draw


@rule
def is_convinced(belief: float, needed: float) -> bool:
    """Whether a belief in the category is enough to buy in it."""
    return belief >= needed


@rule
def informed(belief: float, gain: float, heard: float) -> float:
    """Belief in the category after messages of mean valence ``heard`` that close ``gain`` of the
    gap to it; those who are certain, as buyers are, stay so."""
    return belief if belief >= 1.0 else belief + gain * (heard - belief)
