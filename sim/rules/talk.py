"""Word of mouth: who talks, what is passed on, what hearing it does.

A message lands at the start of the next week. Messages about one firm that reach one person in
the same week are heard together: their number and their mean valence, so their order is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, number
from sim.rules.arithmetic import rule

VALENCE_UNIT = constant(
    "talk.VALENCE_UNIT",
    65536.0,
    unit="parts of 1",
    meaning="Valence travels as a whole number of these parts, so sums do not depend on order.",
    source="convention: 16 bits, finer than any effect of a message",
)
MOST_ATTEMPTS = constant(
    "talk.MOST_ATTEMPTS",
    64,
    unit="draws",
    meaning="Draws tried to find the customer at the other end of a tie; without one the talk is "
    "lost.",
    source="assumption: where one draw in three succeeds, one talk in 10^11 is lost",
)


@dataclass
class Talk:
    """Word of mouth between customers."""

    rate: float = number(
        0.05,
        unit="chance per week and firm bought from",
        low=0.0,
        high=1.0,
        meaning="Chance that an active customer of a firm tells one acquaintance about it.",
        source="assumption: the size used by the toy market",
    )
    ties: int = number(
        10,
        unit="people",
        low=1,
        high=200,
        meaning="Acquaintances a customer talks to, drawn at random and kept.",
        source="assumption: the size used by the toy market",
    )
    homophily: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of would-be ties to another segment that do not come about.",
        source="assumption: friends are alike (direction: McPherson, Smith-Lovin & Cook 2001, "
        "Annual Review of Sociology 27:415)",
    )
    awareness_gain: float = number(
        0.2,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="What one message adds to the listener's awareness.",
        source="assumption: the size used by the toy market, twice an advert",
    )
    trust_gain: float = number(
        0.1,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="How far one message moves the listener's trust towards its valence.",
        source="assumption: the size used by the toy market",
    )
    candour: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="1: a talker passes on the trust he has, good or bad. 0: he only praises.",
        source="assumption: 0 is the toy market",
        likely=(0.5, 1.0),
    )


@rule
def valence(trust: float, candour: float) -> float:
    """What a talker with this trust says, from 0 (warns) to 1 (praises)."""
    return 1.0 - candour * (1.0 - trust)


@rule
def persuaded(trust: float, gain: float, heard: float) -> float:
    """Trust after messages of mean valence ``heard`` that close ``gain`` of the gap to it."""
    return trust + gain * (heard - trust)
