"""Activities: the target, price and content of each way of spending money on customers.

An activity delivers contacts and nothing else. One rule determines the effect of a contact for all
activities (:mod:`sim.rules.attention`); activities differ only in the attributes declared here.
Their names occur in the configuration only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim import draws
from sim.compile import compiled, inner
from sim.draws import threshold, u64
from sim.params import in_id_order, number, text
from sim.rules import attention
from sim.rules.attention import MOST_CONTACTS, Attention, tail_chance
from sim.rules.category import Category
from sim.rules.media import MOST_OUTLETS, contact_price, outlets_booked, price_of_places
from sim.rules.units import CENTS

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
    like: str = text(
        "",
        meaning="Activity whose price and content this one has; of its own it has only its owner, "
        "targeting of customers, twin and price ratio. Empty: all attributes are its own.",
    )
    twin: str = text(
        "",
        meaning="Activity for the other audience, which takes over money that finds none here; "
        "empty: none.",
    )
    price_ratio: float = number(
        1.0,
        unit="ratio",
        low=0.01,
        high=100.0,
        meaning="Factor on the price of a contact, its own or that of the activity it is like.",
        source="assumption: equal prices; scenarios vary it",
        drawn=False,
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
    gathering: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether its contacts are invitations, which people follow by their own attendance "
        "(attention.attendance). A rep's call of this content is no invitation.",
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
    recovers: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether its contacts can make good purchases that disappoint (loyalty.recovery).",
        source=_ATTRIBUTE,
    )
    leaders: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether it reaches opinion leaders alone (talk.leaders) and pays them: whoever "
        "has a contact tells an acquaintance about the firm in that week.",
        source=_ATTRIBUTE,
    )


OWNERS = ("sales", "market_department", "marketing")

OWN = (
    "id", "owner", "zh", "source", "prospects", "customers", "like", "twin", "price_ratio",
)  # fmt: skip
"""Attributes that an activity which is like another one has of its own."""


def resolved(activities: Mapping[str, Activity]) -> dict[str, Activity]:
    """Activities in order of ids; one that is like another has that one's price, times its price
    ratio, and content."""
    out = {}
    for name, activity in in_id_order(activities).items():
        if activity.like:
            own = {key: getattr(activity, key) for key in OWN}
            activity = replace(activities[activity.like], **own)
        out[name] = replace(activity, unit_cost=activity.unit_cost * activity.price_ratio)
    return out


class Content(NamedTuple):
    """Effects of 0 to MOST_CONTACTS contacts: shares, float64 [activity, count], read-only.

    ``noticed`` is whether a contact has any effect, bool [activity]; a contact without effect does
    not crowd out others. ``answer_gain`` is the further gain in trust of somebody who answers a
    contact, float64 [activity].
    """

    noticed: np.ndarray
    awareness_gain: np.ndarray
    trust_gain: np.ndarray
    trust_loss: np.ndarray
    belief_gain: np.ndarray
    answer_gain: np.ndarray


def content(activities: Sequence[Activity], params: Attention, category: Category) -> Content:
    """Tabulate the effects of contacts for every activity and number of contacts."""
    claim = category.contact_gain if category.hurdle_spread > 0.0 else 0.0
    full, read = params.dialogue, attention.dialogue_of_readers(params.dialogue, params.answered)
    voices = [
        (read if a.click > 0.0 else full, full) if a.two_way else (1.0, 1.0) for a in activities
    ]
    return _content(
        tuple(
            (
                params.contact_gain * a.salience,
                min(1.0, params.trust_gain * a.credibility * met),
                params.irritation * a.intrusiveness,
                claim * a.credibility,
                min(1.0, params.trust_gain * a.credibility * answered),
            )
            for a, (met, answered) in zip(activities, voices, strict=True)
        )
    )


@lru_cache(maxsize=MOST_KEPT)
def _content(of_one: tuple[tuple[float, float, float, float, float], ...]) -> Content:
    """Effects of contacts, given the gains in awareness and trust, the loss and the gain in belief
    by one contact of each activity, and the gain in trust by one that is answered."""
    effects = np.array(
        [
            [[attention.repeated(share, n) for n in range(MOST_CONTACTS + 1)] for share in shares]
            for *shares, _ in of_one
        ]
    ).reshape(len(of_one), 4, MOST_CONTACTS + 1)
    gain, trust, loss, belief = (np.ascontiguousarray(effects[:, n]) for n in range(4))
    more = np.array([attention.further_gain(of[-1], of[1]) for of in of_one], float)
    made = Content((gain + trust + loss)[:, 1] > 0.0, gain, trust, loss, belief, more)
    for column in made:
        column.flags.writeable = False
    return made


class Lines(NamedTuple):
    """What activities cost and whom they reach, as columns.

    Attributes:
        unit_cost, fixed_cost, outlet_cost, scarcity: as declared, float64 [activity].
        mediated: whether it reaches people through media outlets, bool [activity].
        for_leaders: whether it reaches opinion leaders alone, bool [activity].
        aim: targeting weights by class of people, float64 [activity, class].
        answerable: whether people can respond, bool [activity].
        inbound: whether customers start such contacts, bool [activity].
        market: activity whose price answers to demand for this one as well, int64 [activity]:
            itself, or the activity it is like if they are twins and share an audience.
        twins: pairs of activities that take over each other's money, int64 [pair, 2].
    """

    unit_cost: np.ndarray
    fixed_cost: np.ndarray
    outlet_cost: np.ndarray
    scarcity: np.ndarray
    mediated: np.ndarray
    for_leaders: np.ndarray
    aim: np.ndarray
    answerable: np.ndarray
    inbound: np.ndarray
    market: np.ndarray
    twins: np.ndarray


def make_lines(
    activities: Mapping[str, Activity], attendance: float = 1.0, *, leaders: bool = False
) -> Lines:
    """The columns of some activities, in their order.

    Args:
        activities: with their own prices (:func:`resolved`).
        attendance: mean chance that an invitation to a gathering is followed. A contact costs what
            one person who attends costs, so an invitation costs as much less.
        leaders: whether anybody is an opinion leader.
    """
    names, items = list(activities), list(activities.values())
    invited = np.array([attendance if a.gathering else 1.0 for a in items])

    def column(name: str, kind: type = float) -> np.ndarray:
        return np.array([getattr(a, name) for a in items], kind)

    weights = [
        [(a.prospects, a.customers)[c // 2] * (a.idle, a.in_need)[c % 2] for c in range(AUDIENCES)]
        for a in items
    ]
    twins = [
        (k, names.index(a.twin)) for k, a in enumerate(items) if a.twin and k < names.index(a.twin)
    ]
    return Lines(
        unit_cost=column("unit_cost") * invited, fixed_cost=column("fixed_cost"),
        outlet_cost=column("outlet_cost"), scarcity=column("scarcity"),
        mediated=column("mediated", bool), for_leaders=column("leaders", bool) & leaders,
        aim=np.array(weights),
        answerable=column("two_way", bool), inbound=column("inbound", bool),
        market=np.array(
            [names.index(a.like if a.twin and a.like else n) for n, a in activities.items()],
            np.int64,
        ),
        twins=np.array(twins, np.int64).reshape(-1, 2),
    )  # fmt: skip


@inner
def _buy(  # type: ignore[no-untyped-def]
    spend, quality, lines, overhead, outlets, people, places, searches, wanted, contacts, booked
):
    """Buy a week's contacts for all firms, at prices that depend on the demand of all.

    Args:
        spend: cents, int64 [firm, activity].
        quality: quality of the work as a share of the best, float64 [firm, activity or more].
        overhead, outlets: of :class:`sim.rules.media.Media`.
        people: number of people in the market.
        places: firms that one search shows; 0: no limit.
        searches: searches of the week, in people; a search shows a firm once.
        wanted: zeros, for the contacts that firms demand at low prices, float64 [activity].
        contacts: written, float64 [firm, activity].
        booked: media outlets used, written, int64 [firm, activity].
    """
    for k in range(len(lines.unit_cost)):
        unit_cost = lines.unit_cost[k]
        for f in range(len(spend)):
            left = spend[f, k] / 100.0
            if lines.mediated[k] and left > 0.0:
                booked[f, k] = outlets_booked(left, lines.outlet_cost[k], overhead, outlets)
                left -= lines.outlet_cost[k] * booked[f, k]
            contacts[f, k] = max(0.0, left - lines.fixed_cost[k]) / unit_cost * quality[f, k]
            if lines.inbound[k] and places > 0:
                contacts[f, k] = min(contacts[f, k], searches)
            wanted[lines.market[k]] += contacts[f, k]
    for k in range(len(lines.unit_cost)):
        unit_cost, demanded = lines.unit_cost[k], wanted[lines.market[k]]
        price = contact_price(unit_cost, demanded / max(people, 1.0), lines.scarcity[k])
        if lines.inbound[k] and places > 0:
            price = price_of_places(price, demanded * unit_cost / price, searches * places)
        for f in range(len(spend)):
            contacts[f, k] *= unit_cost / price


@inner
def _expose(contacts, weight, lines, audience, booked, following, out):  # type: ignore
    """Chances of 1, 2, ... contacts with each activity, by class of people.

    Contacts are spread evenly over the followers of the media outlets used, once per outlet
    followed.

    Args:
        contacts: bought this week, in people, float64 [firm, activity].
        weight: people each simulated customer stands for.
        lines: :class:`Lines`.
        audience: customers whom activities can reach, int64 [firm, 2 AUDIENCES].
        booked: number of outlets used, the largest first, 0 for direct contact, int64
            [firm, activity].
        following: mean number of the n largest outlets a customer follows, float64 [n].
        out: written, as ``exposure`` of :class:`sim.engines.protocol.Offers`.
    """
    for f in range(contacts.shape[0]):
        for k in range(contacts.shape[1]):
            size, bought, through = 0.0, contacts[f, k] / weight, booked[f, k]
            first, aim = AUDIENCES if lines.for_leaders[k] else 0, lines.aim
            for c in range(AUDIENCES):
                size = size + aim[k, c] * np.float64(audience[f, first + c])
            if through > 0:
                size = size * following[through]
            if bought <= 0.0 or size <= 0.0:
                continue
            most = MOST_OUTLETS if through > 0 else 1
            for m in range(1, most + 1):
                for c in range(AUDIENCES):
                    rate = bought * aim[k, c] * np.float64(m) / size
                    if rate > 0.0:
                        for n in range(MOST_CONTACTS):
                            out[f, k, m, c, n] = threshold(tail_chance(rate, n + 1))


@compiled
def buy_contacts(  # type: ignore[no-untyped-def]
    spend,
    quality,
    lines,
    overhead,
    outlets,
    places,
    audience,
    following,
    weight,
    contacts,
    exposure,
):
    """Buy a week's contacts for all firms.

    Args:
        spend: cents, int64 [firm, activity].
        quality: quality of the work as a share of the best, float64 [firm, line].
        lines: :class:`Lines`.
        overhead, outlets, places: of :class:`sim.rules.media.Media`.
        audience: customers whom activities can reach by class, then the opinion leaders among
            them, int64 [firm, 2 AUDIENCES].
        following: mean number of the n largest media outlets a customer follows, float64 [n].
        weight: people each simulated customer stands for.
        contacts: of last week, replaced by those of this week, in people, float64
            [firm, activity].
        exposure: of last week, replaced by this week's; see :class:`sim.engines.protocol.Offers`.

    Returns:
        ``booked`` of :class:`sim.engines.protocol.Offers`.
    """
    firms, activities = spend.shape
    outlets_used = np.zeros((firms, activities), np.int64)
    for f in range(firms):
        for k in range(activities):
            if contacts[f, k] > 0.0:
                exposure[f, k] = 0
    people = np.float64(audience[0, :AUDIENCES].sum()) * weight
    wanted = np.zeros(activities)
    searches = np.float64(audience[0, 1] + audience[0, 3]) * weight  # one for each occasion
    _buy(
        spend, quality, lines, overhead, outlets, people, places, searches, wanted, contacts,
        outlets_used,
    )  # fmt: skip
    _expose(contacts, weight, lines, audience, outlets_used, following, exposure)
    booked = np.zeros((firms, activities), np.uint64)
    for f in range(firms):
        for k in range(activities):
            if outlets_used[f, k] > 0:
                booked[f, k] = u64(draws.MASK) >> u64(64 - outlets_used[f, k])
    return booked


def redirected(
    spend: np.ndarray, quality: np.ndarray, lines: Lines, outlets: int, audience: np.ndarray,
    weight: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Spend after money that finds no audience has gone to the twin of its activity.

    Nobody notices more than MOST_CONTACTS contacts of an activity in a week, so money beyond the
    price of so many contacts with everybody in the audience, and beyond fixed costs, finds none.
    The twin takes it over as far as it has an audience left.

    Args:
        spend: cents, int64 [firm, activity].
        quality: quality of the work as a share of the best, float64 [firm, line].
        outlets: number of media outlets.
        audience: customers whom activities can reach, int64 [firm, 2 AUDIENCES].
        weight: people each simulated customer stands for.

    Returns:
        Spend, cents, int64 [firm, activity], and the part of it that went to a twin, int64 [firm].
    """
    out, pairs = spend.copy(), lines.twins
    everybody, leaders = np.hsplit(audience.astype(float), 2)
    size = np.where(lines.for_leaders, leaders @ lines.aim.T, everybody @ lines.aim.T) * weight
    fixed = lines.fixed_cost + np.where(lines.mediated, lines.outlet_cost * outlets, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = lines.unit_cost / quality[:, : spend.shape[1]]
        needed = np.where(size > 0.0, size * MOST_CONTACTS * price + fixed, 0.0) * CENTS
    most = np.minimum(needed, 2.0**62).astype(np.int64)
    for here, there in (*pairs.tolist(), *pairs[:, ::-1].tolist()):
        idle = np.maximum(0, spend[:, here] - most[:, here])
        moved = np.minimum(idle, np.maximum(0, most[:, there] - spend[:, there]))
        out[:, here] -= moved
        out[:, there] += moved
    return out, np.abs(out - spend).sum(axis=1) // 2


def no_exposure(firms: int, activities: int) -> np.ndarray:
    """Chances of contacts where nobody spends (:class:`sim.engines.protocol.Offers`)."""
    shape = firms, activities, MOST_OUTLETS + 1, AUDIENCES, MOST_CONTACTS
    return np.zeros(shape, np.uint32)
