"""Activities: the target, price and content of each way of spending money on customers.

An activity delivers contacts and nothing else. One rule determines the effect of a contact for all
activities (:mod:`sim.rules.attention`); activities differ only in the attributes declared here.
Their names occur in the configuration only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.params import number, text
from sim.rules import attention
from sim.rules.attention import MOST_CONTACTS, Attention
from sim.rules.media import Media, contact_price, outlets_booked

AUDIENCES = 4
"""Number of classes of people for a firm: 2 * (active customer) + (buying occasion this week)."""

MOST_KEPT = 256
"""Tables of effects that a process keeps."""

_ATTRIBUTE = "assumption: see the activity's own source"


@dataclass
class Activity:
    """One marketing or sales activity that delivers contacts."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=10_000,
        meaning="Key of the activity's random draws; must differ between activities.",
        source="assumption: arbitrary, since it only identifies",
        level="run",
    )
    owner: str = text(
        "market_department",
        meaning="Function whose native task it is: sales, market_department, marketing.",
    )
    zh: str = text(
        "", meaning="Chinese name in figures; the key itself if empty.", level="comparison"
    )
    source: str = text(
        "assumption: not stated", meaning="Source of the activity's numbers.", level="comparison"
    )
    labour: float = number(
        0.5,
        unit="share of spend",
        low=0.0,
        high=1.0,
        meaning="Share of the spend that pays for people's work.",
        source=_ATTRIBUTE,
    )
    inbound: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether customers initiate the contact, as in a search.",
        source=_ATTRIBUTE,
    )
    unit_cost: float = number(
        1.0,
        unit="money per contact",
        low=0.0001,
        high=1_000_000.0,
        meaning="Price of a contact at low demand.",
        source=_ATTRIBUTE,
    )
    fixed_cost: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=1_000_000_000.0,
        meaning="Fixed cost in every week with any spend (production, staff); it is paid first and "
        "buys no contacts.",
        source=_ATTRIBUTE,
    )
    prospects: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="Targeting weight of people who are not active customers.",
        source=_ATTRIBUTE,
    )
    customers: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="Targeting weight of active customers.",
        source=_ATTRIBUTE,
    )
    idle: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="Targeting weight of people without a buying occasion this week.",
        source=_ATTRIBUTE,
    )
    in_need: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1.0,
        meaning="Targeting weight of people with a buying occasion this week.",
        source=_ATTRIBUTE,
    )
    salience: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Memorability of a contact; multiplies attention.contact_gain.",
        source=_ATTRIBUTE,
    )
    credibility: float = number(
        0.2,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Credibility of the sender; multiplies attention.trust_gain.",
        source=_ATTRIBUTE,
    )
    two_way: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether the customer can answer; if so, attention.dialogue applies.",
        source=_ATTRIBUTE,
    )
    intrusiveness: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Degree to which a contact interrupts; multiplies attention.irritation.",
        source=_ATTRIBUTE,
    )
    mediated: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether it reaches people through media outlets or directly.",
        source=_ATTRIBUTE,
    )
    outlet_cost: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=1_000_000_000.0,
        meaning="Fixed cost of every media outlet used: creative and booking.",
        source=_ATTRIBUTE,
    )
    scarcity: float = number(
        0.0,
        unit="share per contact",
        low=0.0,
        high=100.0,
        meaning="Rise of the price of a contact per contact and person that all firms together "
        "demand in the week.",
        source=_ATTRIBUTE,
    )
    click: float = number(
        0.0,
        unit="chance per contact",
        low=0.0,
        high=1.0,
        meaning="Chance that a typical person without a buying occasion clicks on a contact.",
        source=_ATTRIBUTE,
    )
    capture: float = number(
        0.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a person leaves contact details after a contact, or after a click "
        "where the activity has clicks.",
        source=_ATTRIBUTE,
    )
    survey: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether people contacted are asked if they recall the firm (market research).",
        source=_ATTRIBUTE,
    )


OWNERS = ("sales", "market_department", "marketing")


class Content(NamedTuple):
    """Effects of 0 to MOST_CONTACTS contacts: shares, float64 [activity, count], read-only.

    ``noticed`` is whether a contact has any effect, bool [activity]; a contact without effect does
    not crowd out others.
    """

    noticed: np.ndarray
    awareness_gain: np.ndarray
    trust_gain: np.ndarray
    trust_loss: np.ndarray


def content(activities: Sequence[Activity], params: Attention) -> Content:
    """Tabulate the effects of contacts for every activity and number of contacts."""
    voices = (params.dialogue if a.two_way else 1.0 for a in activities)
    return _content(
        tuple(
            (
                params.contact_gain * a.salience,
                min(1.0, params.trust_gain * a.credibility * voice),
                params.irritation * a.intrusiveness,
            )
            for a, voice in zip(activities, voices, strict=True)
        )
    )


@lru_cache(maxsize=MOST_KEPT)
def _content(of_one: tuple[tuple[float, float, float], ...]) -> Content:
    """Effects of contacts, given the gains and the loss by one contact of each activity."""
    effects = np.array(
        [
            [[attention.repeated(share, n) for n in range(MOST_CONTACTS + 1)] for share in shares]
            for shares in of_one
        ]
    ).reshape(len(of_one), 3, MOST_CONTACTS + 1)
    gain, trust, loss = (np.ascontiguousarray(effects[:, n]) for n in range(3))
    made = Content((gain + trust + loss)[:, 1] > 0.0, gain, trust, loss)
    for column in made:
        column.flags.writeable = False
    return made


@dataclass(frozen=True)
class Bought:
    """Purchases of a week: ``contacts`` float64 and media ``outlets`` int64, [firm, activity]."""

    contacts: np.ndarray
    outlets: np.ndarray


def buy_contacts(
    activities: Sequence[Activity], spend: np.ndarray, work_quality: np.ndarray, media: Media,
    people: float,
) -> Bought:  # fmt: skip
    """Buy a week's contacts for all firms, at prices that depend on total demand.

    Args:
        activities: in order of ids.
        spend: cents, int64 [firm, activity].
        work_quality: quality of the work as a share of the best, float64 [firm, activity].
        media: number of outlets and the overhead for their fixed costs.
        people: number of people in the market.
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
            contacts[f, k] = max(0.0, left - a.fixed_cost) / a.unit_cost * float(work_quality[f, k])
        wanted = 0.0  # summed in order of firms
        for number_of in contacts[:, k].tolist():
            wanted += number_of
        price = contact_price(a.unit_cost, wanted / max(people, 1.0), a.scarcity)
        contacts[:, k] *= a.unit_cost / price
    return Bought(contacts, outlets)


def aim(activities: Sequence[Activity]) -> np.ndarray:
    """Targeting weights of each activity by class of people, float64 [activity, class]."""
    return np.array(
        [
            [
                (a.prospects, a.customers)[c // 2] * (a.idle, a.in_need)[c % 2]
                for c in range(AUDIENCES)
            ]
            for a in activities
        ]
    )
