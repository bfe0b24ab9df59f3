"""Activities: rows of a table that say whom money reaches, at what price, with what content.

An activity delivers contacts and nothing else. What a contact does is one rule for all
activities (:mod:`sim.rules.attention`); activities differ only in the attributes declared here.
Their names stand in configuration alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.params import number, text
from sim.rules import attention
from sim.rules.attention import MOST_CONTACTS, Attention
from sim.rules.media import Media, contact_price, outlets_booked

AUDIENCES = 4
"""Classes of people towards a firm: 2 * (active customer) + (has a buying occasion this week)."""

_ATTRIBUTE = "assumption: see the activity's own source"


@dataclass
class Activity:
    """One way of spending money to meet people."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=10_000,
        meaning="Keys the activity's draws; must differ between activities.",
        source="assumption: any number, it has no size",
    )
    owner: str = text(
        "market", meaning="Function whose native task it is: sales, market, marketing."
    )
    zh: str = text("", meaning="Its name in Chinese pictures; its own name if empty.")
    source: str = text("assumption: not stated", meaning="Where the block's numbers come from.")
    labour: float = number(
        0.5,
        unit="share of spend",
        low=0.0,
        high=1.0,
        meaning="Share of the spend that pays people's work.",
        source=_ATTRIBUTE,
    )
    inbound: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether customers begin the contact, as in a search.",
        source=_ATTRIBUTE,
    )
    unit_cost: float = number(
        1.0,
        unit="money per contact",
        low=0.0001,
        high=1_000_000.0,
        meaning="Price of one contact when few are wanted.",
        source=_ATTRIBUTE,
    )
    fixed_cost: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=1_000_000_000.0,
        meaning="Spent first in every week with any spend (production, staff); buys no contact.",
        source=_ATTRIBUTE,
    )
    prospects: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="How much the activity is aimed at people who are not active customers.",
        source=_ATTRIBUTE,
    )
    customers: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="How much the activity is aimed at active customers.",
        source=_ATTRIBUTE,
    )
    idle: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="How much it meets people without a buying occasion this week.",
        source=_ATTRIBUTE,
    )
    in_need: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="How much it meets people with a buying occasion this week.",
        source=_ATTRIBUTE,
    )
    salience: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="How memorable a contact is; multiplies attention.contact_gain.",
        source=_ATTRIBUTE,
    )
    credibility: float = number(
        0.2,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="How far the sender is believed; multiplies attention.trust_gain.",
        source=_ATTRIBUTE,
    )
    two_way: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether the customer can answer; then attention.dialogue applies.",
        source=_ATTRIBUTE,
    )
    intrusiveness: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="How much it interrupts; multiplies attention.irritation.",
        source=_ATTRIBUTE,
    )
    mediated: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether it reaches people through media outlets; else it reaches them directly.",
        source=_ATTRIBUTE,
    )
    outlet_cost: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=1_000_000_000.0,
        meaning="Fixed cost of every outlet used: creative and booking.",
        source=_ATTRIBUTE,
    )
    scarcity: float = number(
        0.0,
        unit="share per contact",
        low=0.0,
        high=100.0,
        meaning="How much dearer a contact is for every contact per person and week that all "
        "firms together want.",
        source=_ATTRIBUTE,
    )
    click: float = number(
        0.0,
        unit="chance per contact",
        low=0.0,
        high=1.0,
        meaning="Chance that a typical person without a buying occasion clicks.",
        source=_ATTRIBUTE,
    )
    capture: float = number(
        0.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that somebody met leaves a name (where people click: somebody who clicks).",
        source=_ATTRIBUTE,
    )
    survey: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether contacts are asked if they recall the firm (market research).",
        source=_ATTRIBUTE,
    )


OWNERS = ("sales", "market", "marketing")


@dataclass(frozen=True)
class Content:
    """What 0 to MOST_CONTACTS contacts do, per activity: shares, shape [activity, count].

    ``noticed`` says whether a contact does anything at all, bool [activity]; one that does not
    crowds nothing out.
    """

    noticed: np.ndarray
    awareness_gain: np.ndarray
    trust_gain: np.ndarray
    trust_loss: np.ndarray


def content(activities: Sequence[Activity], rules: Attention) -> Content:
    """Tabulate the contact rule for every activity and number of contacts."""
    gain, trust, loss = (np.zeros((len(activities), MOST_CONTACTS + 1)) for _ in range(3))
    for k, a in enumerate(activities):
        voice = rules.dialogue if a.two_way else 1.0
        for n in range(MOST_CONTACTS + 1):
            gain[k, n] = attention.repeated(rules.contact_gain * a.salience, n)
            trust[k, n] = attention.repeated(min(1.0, rules.trust_gain * a.credibility * voice), n)
            loss[k, n] = attention.repeated(rules.irritation * a.intrusiveness, n)
    return Content((gain + trust + loss)[:, 1] > 0.0, gain, trust, loss)


@dataclass(frozen=True)
class Bought:
    """What a week's spend buys: ``contacts`` float64 and ``outlets`` int64, [firm, activity]."""

    contacts: np.ndarray
    outlets: np.ndarray


def buy_contacts(
    activities: Sequence[Activity], spend: np.ndarray, craft: np.ndarray, media: Media,
    people: float,
) -> Bought:  # fmt: skip
    """Contacts that all firms' spend buys in a week, at prices that answer demand.

    Args:
        spend: cents [firm, activity].
        craft: how well the work is done, as a share of the best, [firm, activity].
        people: people in the market.
    """
    money = spend / 100.0
    contacts = np.zeros(money.shape)
    outlets = np.zeros(money.shape, np.int64)
    for k, a in enumerate(activities):
        for f in range(len(money)):
            left = float(money[f, k])
            if a.mediated and left > 0.0:
                outlets[f, k] = outlets_booked(left, a.outlet_cost, media.overhead, media.outlets)
                left -= a.outlet_cost * int(outlets[f, k])
            contacts[f, k] = max(0.0, left - a.fixed_cost) / a.unit_cost * float(craft[f, k])
        wanted = 0.0  # added up in order of firms
        for number_of in contacts[:, k].tolist():
            wanted += number_of
        price = contact_price(a.unit_cost, wanted / max(people, 1.0), a.scarcity)
        contacts[:, k] *= a.unit_cost / price
    return Bought(contacts, outlets)


def aim(activities: Sequence[Activity]) -> np.ndarray:
    """How much each activity is aimed at each class of people, float64 [activity, class]."""
    return np.array(
        [
            [
                (a.prospects, a.customers)[c // 2] * (a.idle, a.in_need)[c % 2]
                for c in range(AUDIENCES)
            ]
            for a in activities
        ]
    )
