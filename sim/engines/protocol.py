"""What an engine is: people in, a week's orders in, a tally out.

Both engines take the same tables and give the same whole numbers. Between weeks their state is
the same columns, so a run can be saved by one engine and continued by the other.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from sim.ledger.book import Tally
from sim.market.activities import Content
from sim.market.network import Network

ACTIVE = 1
"""Relationship: is an active customer of the firm."""
BOUGHT_EVER = 2
"""Relationship: has bought from the firm at least once."""
BOUGHT_NOW = 4
"""Relationship: has bought in the present window."""
BOUGHT_BEFORE = 8
"""Relationship: has bought in the window before."""
OFFERED = 16
"""Relationship: has made an offer on which the decision is open."""

STATE = {
    "awareness": (np.float32, "chance that the firm comes to mind, 0 to 1"),
    "trust": (np.float32, "trust in the firm, 0 to 1"),
    "remembered": (np.float32, "remembered log price relative to the usual price"),
    "relation": (
        np.uint8,
        "flags: active, ever bought, bought this window, bought last window, has made an offer",
    ),
    "last_order": (np.int16, "week of the last purchase, -1 for none"),
    "first_order": (np.int16, "week of the first purchase, -1 for none"),
    "came_by": (np.uint8, "how the firm was last met before the first purchase"),
    "clicked": (np.int16, "week of the last click on the firm's activities, -1 for none"),
    "last_deal": (np.int16, "week in which a deal of the firm was last seen, -1 for none"),
    "spacing": (np.float32, "remembered weeks between the firm's deals, 0 for none"),
    "touch": (np.uint8, "how the firm was last met: nothing, talk, looking around, an activity"),
    "teller": (np.int32, "row of who told last, kept from the first purchase on; -1 for nobody"),
    "inbox_teller": (np.int32, "row of the last of those whose messages are on their way, or -1"),
    "inbox_left": (np.uint8, "news of leavers on their way to the person"),
    "inbox_count": (np.uint16, "messages on their way to the person"),
    "inbox_valence": (np.uint32, "sum of their valences, in 1/65536"),
}
"""State per firm and customer: name -> (type, meaning). Arrays have shape [firm, customer]."""

OWN_STATE = {
    "here": (np.uint8, "whether the person is in the market: not yet, here, gone"),
    "met": (np.uint16, "contacts met last week, of all firms"),
    "bound_until": (np.int16, "week in which the contract ends, -1 for none"),
    "stock": (np.float32, "units at home"),
    "waited": (np.uint16, "weeks a purchase has been put off for a deal"),
    "deciding": (np.uint16, "weeks a decision has been open"),
    "basket": (np.uint8, "units of the last order"),
    "tags": (np.uint16, "treatments the person was drawn into, one bit each"),
}
"""State per customer: name -> (type, meaning). Arrays have shape [customer]."""

NOT_YET, HERE, GONE = 0, 1, 2

State = namedtuple("State", [*STATE, *OWN_STATE])  # type: ignore[misc]
"""All columns of the state by name, as kernels take them."""

UNSET = (
    "last_order",
    "first_order",
    "clicked",
    "last_deal",
    "teller",
    "inbox_teller",
    "bound_until",
)
"""State that is -1 at first; all else is 0."""


class Behaviour(NamedTuple):
    """The numbers of the rules, the same for everybody in a week."""

    retention: float
    trust_retention: float
    intent: float
    crowding: float
    relevance: float
    exit: float
    reach: float
    found: float
    rating_rate: float
    rating_gain: float
    talk_rate: float
    talk_awareness: float
    talk_trust: float
    candour: float
    ties: int
    homophily: float
    consideration: bool
    intercept: float
    awareness_weight: float
    trust_weight: float
    self_serve: float
    deliberation: float
    buyers: int
    persuasion: float
    advance: float
    inertia: float
    switching_cost: float
    misfit_weight: float
    taste_spread: float
    memory_share: float
    loss_aversion: float
    price_learning: float
    patience: float
    experience_awareness: float
    experience_gain: float
    experience_loss: float
    contract: int
    stockup: float
    lapse_hazard: float
    tell_leaving: float
    contagion: float


@dataclass(frozen=True)
class Setting:
    """What stays the same from week to week, firms and activities in array order.

    ``seed`` of luck; ``origin``, the seed of who people are; ``opening``, the week in which the
    books open; ``quarters`` of acquisition in the run and ``segments``, numbers of them;
    ``window`` and ``credit``, weeks of a measurement window and of credit for a click;
    ``firm_ids`` int64 [firm]; ``activity_ids`` int64 [activity]; ``survey`` bool, ``click`` and
    ``capture`` float64 [activity]; ``position`` float64 [firm]; ``habits`` uint64 [customer], sets
    of outlets.
    """

    seed: int
    origin: int
    opening: int
    quarters: int
    segments: int
    window: int
    credit: int
    firm_ids: np.ndarray
    activity_ids: np.ndarray
    survey: np.ndarray
    click: np.ndarray
    capture: np.ndarray
    position: np.ndarray
    habits: np.ndarray
    content: Content
    behaviour: Behaviour


class Treated(NamedTuple):
    """Columns over treatments that act in a week, in order of ids.

    ``tag`` uint16 bit; ``firm`` int64 row; ``cut`` float64, log of price over price with the
    coupon, 0 for none; ``first`` bool, for first orders only; ``activity`` int64 row, -1 for none;
    ``contacts`` int64 per tagged person.
    """

    tag: np.ndarray
    firm: np.ndarray
    cut: np.ndarray
    first: np.ndarray
    activity: np.ndarray
    contacts: np.ndarray


NOT_MET, NO_NEED, NOT_CONSIDERED, UNDECIDED, WON, RIVAL, NOTHING = range(7)
"""What came of a talk with a rep: the customer has left; needs nothing; does not take the firm into
consideration; has not decided yet; orders; orders from a rival; decides to buy nothing."""


class Calls(NamedTuple):
    """Columns over the talks reps have in a week, by customer and then firm, one a pair at most.

    ``row`` int64, the customer; ``firm`` int64; ``activity`` int64, whose content the talk has, -1
    for none; ``starts`` float64, the moment of the week (0 to 1); ``cut`` float64, log of price
    over price with the rep's discount; ``skill`` float64 of the rep. An engine writes ``result``
    uint8 and ``units`` int64, ordered.
    """

    row: np.ndarray
    firm: np.ndarray
    activity: np.ndarray
    starts: np.ndarray
    cut: np.ndarray
    skill: np.ndarray
    result: np.ndarray
    units: np.ndarray


def no_calls() -> Calls:
    """A week in which no rep talks to anybody."""
    return make_calls(*(np.zeros(0) for _ in range(6)))


def make_calls(
    row: np.ndarray, firm: np.ndarray, activity: np.ndarray, starts: np.ndarray, cut: np.ndarray,
    skill: np.ndarray,
) -> Calls:  # fmt: skip
    """Calls without results, sorted already."""
    kinds = (np.int64, np.int64, np.int64, np.float64, np.float64, np.float64)
    columns = (row, firm, activity, starts, cut, skill)
    typed = [c.astype(k) for c, k in zip(columns, kinds, strict=True)]
    return Calls(*typed, np.zeros(len(row), np.uint8), np.zeros(len(row), np.int64))  # type: ignore[call-arg]


NEEDS, ASKS = 1, 2
"""What a sign of interest says: there is a need; somebody asks to be answered."""


@dataclass(frozen=True)
class Offers:
    """What firms put before customers in a week.

    ``present`` bool [firm], whether the firm is in the market; ``log_price`` float64 [firm],
    relative to the usual price; ``deal`` float64 [firm], log of list price over price;
    ``quality`` uint64 thresholds [firm]; ``booked`` uint64 [firm, activity], the outlets used, 0
    for direct contact; ``reach`` uint32 thresholds [firm, activity, outlets followed, audience
    class, contacts - 1]; ``rating`` float64 [firm], share of good ratings, -1 where there are
    none; ``listed`` uint64 [firm], the outlets that carry the firm, as bits; ``message`` float64
    [firm], the taste that messages speak to; ``stretch`` float64 [firm], how hard names are
    collected; ``treated``, what is done to tagged people; ``calls``, the talks of reps.
    """

    present: np.ndarray
    log_price: np.ndarray
    deal: np.ndarray
    quality: np.ndarray
    booked: np.ndarray
    reach: np.ndarray
    rating: np.ndarray
    listed: np.ndarray
    message: np.ndarray
    stretch: np.ndarray
    treated: Treated
    calls: Calls


class Engine(Protocol):
    """Customers who live through weeks. ``network``: who is at the other end of ties;
    ``setting``: what stays the same."""

    network: Network
    setting: Setting

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Come and go, hear, forget, need (at a level of demand).

        Gives the audiences, int64 [firm, class], of people who are there and see.
        """

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, buy, experience, lapse. Gives the week's tally."""

    def messages(self) -> np.ndarray:
        """Last week's messages, int64 [message, 4]: from row, to row, firm, valence in 1/65536 or
        -1 for news of leaving; in no order."""

    def signs(self) -> np.ndarray:
        """Last week's signs of interest, int64 [sign, 4]: row, firm, source (touch code), and
        flags (:data:`NEEDS`, :data:`ASKS`); by row, then firm; one a pair at most."""

    def column(self, name: str) -> np.ndarray:
        """One column of the state, to be read only."""

    def configure(self, setting: Setting) -> None:
        """Replace what stays the same, between two weeks (a branch)."""

    def columns(self) -> dict[str, np.ndarray]:
        """A copy of the state, named and typed as in :data:`STATE`."""

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state."""
