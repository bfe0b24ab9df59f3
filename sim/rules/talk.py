"""Word of mouth: senders, content and effects of messages.

A message arrives at the start of the next week. Messages about one firm that reach a customer in
the same week take effect together, by number and mean valence, so their order does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state
from sim.rules.arithmetic import rule

VALENCE_UNIT = constant(
    "talk.VALENCE_UNIT",
    65536.0,
    unit="parts of 1",
    meaning="Valence is stored as a whole number of these parts, so that sums do not depend on "
    "order.",
    source="convention: 16 bits, finer than any effect of a message",
)
MOST_ATTEMPTS = constant(
    "talk.MOST_ATTEMPTS",
    64,
    unit="draws",
    meaning="Largest number of draws to find the customer at the other end of a tie; after that "
    "the message is lost.",
    source="assumption: where one draw in three succeeds, one message in 10^11 is lost",
)


@of_customers
@dataclass
class Talk:
    """Word of mouth between customers."""

    rate: float = number(
        0.05,
        unit="chance per week, for each firm bought from",
        low=0.0,
        high=1.0,
        meaning="Chance that an active customer of a firm tells one acquaintance about it.",
        source="assumption: the value of the toy market",
    )
    ties: int = number(
        10,
        unit="people",
        low=1,
        high=200,
        meaning="Acquaintances of a customer, drawn at random and then fixed.",
        source="assumption: the value of the toy market",
    )
    homophily: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of potential ties to another segment that are not formed.",
        source="assumption: friends are alike (direction: McPherson, Smith-Lovin & Cook 2001, "
        "Annual Review of Sociology 27:415)",
    )
    awareness_gain: float = number(
        0.2,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="Gain in the receiver's awareness from one message.",
        source="assumption: the value of the toy market, twice that of an advert",
    )
    trust_gain: float = number(
        0.1,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Movement of the receiver's trust towards the valence of one message.",
        source="assumption: the value of the toy market",
    )
    negative_wom: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="1: customers pass on the trust they have, good or bad. 0: they only praise.",
        source="assumption: the upper bound; 0 is the value of the toy market",
        likely=(0.5, 1.0),
    )


mechanism("talk", {"talk.rate": 0.0}, "customers tell acquaintances")
mechanism("homophily", {"talk.homophily": 0.0}, "ties form within segments")
mechanism("valence", {"talk.negative_wom": 0.0}, "word of mouth can be negative")

state(
    "referrer",
    "int32",
    "row of the last sender of a message about the firm before the first purchase, or -1",
    initial=-1,
)
state(
    "inbox_referrer",
    "int32",
    "row of the last sender of a message under way, -1 for none",
    initial=-1,
)
state("inbox_left", "uint8", "news of acquaintances who lapsed, under way")
state("inbox_count", "uint16", "messages under way")
state("inbox_valence", "uint32", "sum of their valences, in 1/65536")


@rule
def valence(trust: float, negative_wom: float) -> float:
    """Valence of a message from a customer with this trust, from 0 (warning) to 1 (praise)."""
    return 1.0 - negative_wom * (1.0 - trust)


@rule
def persuaded(trust: float, gain: float, heard: float) -> float:
    """Trust after messages of mean valence ``heard`` that close ``gain`` of the gap to it."""
    return trust + gain * (heard - trust)
