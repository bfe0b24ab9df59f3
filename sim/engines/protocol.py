"""What an engine is: people in, a week's orders in, a tally out.

Both engines take the same tables and give the same whole numbers. Between weeks their state is
the same columns, so a run can be saved by one engine and continued by the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from sim.ledger.accounts import ACCOUNTS
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

STATE = {
    "awareness": (np.float32, "chance that the firm comes to mind, 0 to 1"),
    "trust": (np.float32, "trust in the firm, 0 to 1"),
    "remembered": (np.float32, "remembered log price relative to the usual price"),
    "relation": (np.uint8, "flags: active, ever bought, bought this window, bought last window"),
    "last_order": (np.int16, "week of the last purchase, -1 for none"),
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
}
"""State per customer: name -> (type, meaning). Arrays have shape [customer]."""

NOT_YET, HERE, GONE = 0, 1, 2

TOUCH_NOTHING, TOUCH_TALK, TOUCH_LOOK, TOUCH_ACTIVITY = 0, 1, 2, 3
"""Codes of ``touch``; activity number k has the code TOUCH_ACTIVITY + k."""


class Behaviour(NamedTuple):
    """The numbers of the rules, the same for everybody in a week."""

    retention: float
    crowding: float
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
    inertia: float
    switching_cost: float
    misfit_weight: float
    taste_spread: float
    memory_share: float
    loss_aversion: float
    price_learning: float
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

    ``firm_ids`` int64 [firm]; ``activity_ids`` int64 [activity]; ``survey`` bool [activity];
    ``position`` float64 [firm]; ``window`` weeks of a measurement window; ``seed`` of luck;
    ``origin``, the seed of who people are.
    """

    seed: int
    origin: int
    firm_ids: np.ndarray
    activity_ids: np.ndarray
    survey: np.ndarray
    position: np.ndarray
    content: Content
    behaviour: Behaviour
    window: int


@dataclass(frozen=True)
class Offers:
    """What firms put before customers in a week.

    ``log_price`` float64 [firm], relative to the usual price; ``deal`` float64 [firm], log of list
    price over price; ``quality`` uint64 thresholds [firm]; ``reach`` uint32 thresholds [firm,
    activity, audience class, contacts - 1]; ``rating`` float64 [firm], share of good ratings, -1
    where there are none.
    """

    log_price: np.ndarray
    deal: np.ndarray
    quality: np.ndarray
    reach: np.ndarray
    rating: np.ndarray


@dataclass(frozen=True)
class Tally:
    """What happened among customers in a week, in simulated customers.

    ``accounts`` int64 [firm + 1, account], the last row is the market; ``contacts`` int64
    [firm, activity]; ``sources`` int64 [firm, touch code], customers acquired by last touch.
    """

    accounts: np.ndarray
    contacts: np.ndarray
    sources: np.ndarray

    @classmethod
    def empty(cls, firms: int, activities: int) -> Tally:
        """A tally of zeros."""
        return cls(
            np.zeros((firms + 1, len(ACCOUNTS)), np.int64),
            np.zeros((firms, activities), np.int64),
            np.zeros((firms, TOUCH_ACTIVITY + activities), np.int64),
        )


class Engine(Protocol):
    """Customers who live through weeks. ``network``: who is at the other end of ties."""

    network: Network

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Come and go, hear, forget, need (at a level of demand).

        Gives the audiences, int64 [firm, class], of people who are there and see.
        """

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, buy, experience, lapse. Gives the week's tally."""

    def configure(self, setting: Setting) -> None:
        """Replace what stays the same, between two weeks (a branch)."""

    def columns(self) -> dict[str, np.ndarray]:
        """A copy of the state, named and typed as in :data:`STATE`."""

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state."""
