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
    "relation": (np.uint8, "flags: active, ever bought, bought this window, bought last window"),
    "last_order": (np.int16, "week of the last purchase, -1 for none"),
    "inbox_count": (np.uint16, "messages on their way to the person"),
    "inbox_valence": (np.uint32, "sum of their valences, in 1/65536"),
}
"""State per firm and customer: name -> (type, meaning). Arrays have shape [firm, customer]."""


class Behaviour(NamedTuple):
    """The numbers of the rules, the same for everybody in a week."""

    retention: float
    talk_rate: float
    talk_awareness: float
    talk_trust: float
    candour: float
    ties: int
    consideration: bool
    intercept: float
    awareness_weight: float
    trust_weight: float
    inertia: float
    taste_spread: float
    experience_awareness: float
    experience_gain: float
    experience_loss: float
    lapse_hazard: float


@dataclass(frozen=True)
class Setting:
    """What stays the same from week to week, firms and activities in array order.

    ``firm_ids`` int64 [firm]; ``activity_ids`` int64 [activity]; ``survey`` bool [activity];
    ``window`` weeks of a measurement window; ``seed`` of the run.
    """

    seed: int
    firm_ids: np.ndarray
    activity_ids: np.ndarray
    survey: np.ndarray
    content: Content
    behaviour: Behaviour
    window: int


@dataclass(frozen=True)
class Offers:
    """What firms put before customers in a week.

    ``price_appeal`` float64 [firm]; ``quality`` uint64 thresholds [firm]; ``reach`` uint32
    thresholds [firm, activity, audience class, contacts - 1].
    """

    price_appeal: np.ndarray
    quality: np.ndarray
    reach: np.ndarray


@dataclass(frozen=True)
class Tally:
    """What happened among customers in a week, in simulated customers.

    ``accounts`` int64 [firm + 1, account], the last row is the market; ``contacts`` int64
    [firm, activity].
    """

    accounts: np.ndarray
    contacts: np.ndarray

    @classmethod
    def empty(cls, firms: int, activities: int) -> Tally:
        """A tally of zeros."""
        return cls(
            np.zeros((firms + 1, len(ACCOUNTS)), np.int64),
            np.zeros((firms, activities), np.int64),
        )


class Engine(Protocol):
    """Customers who live through weeks."""

    def open_week(self, week: int) -> np.ndarray:
        """Hear, forget, need. Gives the audiences, int64 [firm, class], of people who see."""

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, buy, experience, lapse. Gives the week's tally."""

    def configure(self, setting: Setting) -> None:
        """Replace what stays the same, between two weeks (a branch)."""

    def columns(self) -> dict[str, np.ndarray]:
        """A copy of the state, named and typed as in :data:`STATE`."""

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state."""
