"""Attention: how contacts reach people, what a contact does, how awareness fades."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, number
from sim.rules.arithmetic import exp, rule

MOST_CONTACTS = constant(
    "attention.MOST_CONTACTS",
    4,
    unit="contacts",
    meaning="Contacts of one activity that one customer can notice in a week; more count as this "
    "many.",
    source="assumption: at a contact a week on average, 4 in 1,000 people meet more",
)


@dataclass
class Attention:
    """What a contact does to awareness and trust, whatever activity it comes from."""

    retention: float = number(
        0.95,
        unit="share kept per week",
        low=0.5,
        high=1.0,
        meaning="Awareness left after a week without any contact.",
        source="assumption: a half-life of 13 weeks; carry-over found for advertising pulses "
        "(Leone 1995, Marketing Science 14:G141) suggests 0.92 to 0.96",
        likely=(0.92, 0.97),
    )
    trust_retention: float = number(
        0.99,
        unit="share kept per week",
        low=0.5,
        high=1.0,
        meaning="Trust left after a week in which nothing is heard or experienced.",
        source="assumption: a half-life of 69 weeks; relationships fade more slowly than names",
        likely=(0.98, 1.0),
    )
    contact_gain: float = number(
        0.1,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="What one contact of salience 1 adds to awareness.",
        source="assumption: the size used by the toy market",
    )
    trust_gain: float = number(
        0.05,
        unit="share of the missing trust",
        low=0.0,
        high=0.5,
        meaning="What one one-way contact of credibility 1 adds to trust.",
        source="assumption: smaller than hearing it from a friend (talk.trust_gain)",
    )
    dialogue: float = number(
        2.0,
        unit="ratio",
        low=1.0,
        high=5.0,
        meaning="How much more a two-way contact moves trust than a one-way contact.",
        source="assumption: interaction builds relationships more than exposure "
        "(direction: Palmatier et al. 2006, J. Marketing 70:136)",
    )
    irritation: float = number(
        0.05,
        unit="share of trust",
        low=0.0,
        high=0.5,
        meaning="Trust lost by one contact of intrusiveness 1.",
        source="assumption: symmetric to what a contact can gain (attention.trust_gain)",
    )
    crowding: float = number(
        0.1,
        unit="share per contact",
        low=0.0,
        high=5.0,
        meaning="How much last week's contacts, of all firms, dull this week's; 0 switches it off.",
        source="assumption: clutter lowers what a message does (direction: Webb & Ray 1979, "
        "J. Advertising Research 19(4):7)",
    )
    intent: float = number(
        10.0,
        unit="ratio",
        low=1.0,
        high=100.0,
        meaning="How much likelier people with a buying occasion are to click on what they meet.",
        source="assumption: clicks follow intent, so many who click would have come anyway "
        "(direction: Blake, Nosko & Tadelis 2015, Econometrica 83:155)",
    )
    click_spread: float = number(
        1.0,
        unit="standard deviation of the log",
        low=0.0,
        high=3.0,
        meaning="How much people differ in liking to click, whatever they need (log-normal).",
        source="assumption: few people make most clicks on adverts",
    )
    relevance: float = number(
        0.5,
        unit="share per unit of taste",
        low=0.0,
        high=4.0,
        meaning="How much of a message's effect is lost on people whose taste is not the one it "
        "speaks to.",
        source="assumption: half across the whole scale; 0 switches it off",
    )


@rule
def attention_left(met: float, crowding: float) -> float:
    """Share of a contact's effect that is left to people who met so many contacts last week."""
    return 1.0 / (1.0 + crowding * met)


@rule
def tail_chance(rate: float, count: int) -> float:
    """Chance of ``count`` or more contacts in a week, Poisson with mean ``rate``.

    Args:
        rate: mean contacts of this customer in this week, not negative.
        count: 1 to MOST_CONTACTS.
    """
    term = exp(-rate)
    below = term
    for n in range(1, count):
        term = term * rate / float(n)
        below = below + term
    return max(0.0, 1.0 - below)


@rule
def repeated(gain: float, count: int) -> float:
    """Share of a gap closed by ``count`` contacts of which each closes ``gain`` of what is left."""
    left = 1.0
    for _ in range(count):
        left = left * (1.0 - gain)
    return 1.0 - left


@rule
def reached(awareness: float, gain: float) -> float:
    """Awareness after contacts that close ``gain`` of the gap to 1."""
    return awareness + gain * (1.0 - awareness)


@rule
def addressed(trust: float, gain: float, loss: float) -> float:
    """Trust after contacts that close ``gain`` of the gap to 1 and cost ``loss`` of it."""
    return min(1.0, max(0.0, trust + gain * (1.0 - trust) - loss * trust))


@rule
def forgotten(level: float, retention: float) -> float:
    """Awareness or trust a week later."""
    return level * retention


@rule
def relevant(taste: float, message: float, relevance: float) -> float:
    """Share of a contact's effect on somebody of a taste when the message speaks to another."""
    return max(0.0, 1.0 - relevance * abs(taste - message))


@rule
def capture_chance(capture: float, stretch: float, in_need: bool) -> float:
    """Chance that somebody met leaves a name; ``stretch`` is by how much names of people without a
    need are collected beyond what comes by itself."""
    return capture if in_need else min(1.0, capture * (1.0 + stretch))


@rule
def click_chance(click: float, liking: float, in_need: bool, intent: float, count: int) -> float:
    """Chance that somebody with ``count`` contacts clicks at least once.

    Args:
        click: chance per contact of a typical person without an occasion.
        liking: how much the person likes to click, relative to typical.
        intent: how much likelier a person with an occasion is to click.
    """
    each = click * liking * intent if in_need else click * liking
    return repeated(min(1.0, each), count)
