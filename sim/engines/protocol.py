"""Interface of the engines that simulate customers.

Both engines take the same inputs and return the same integer counts. Between weeks both keep their
state in the same columns, so a run can be saved by one engine and continued by the other.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from sim import rules
from sim.ledger.ledger import WeekCounts
from sim.market.activities import Content
from sim.market.network import Network
from sim.params import GROUPS, STATES, declared, state

ACTIVE = 1
"""Relationship: is an active customer of the firm."""
BOUGHT_EVER = 2
"""Relationship: has bought from the firm at least once."""
BOUGHT_NOW = 4
"""Relationship: has bought in the present measurement window."""
BOUGHT_BEFORE = 8
"""Relationship: has bought in the previous measurement window."""
OFFERED = 16
"""Relationship: has received an offer from the firm, and the decision on it is open."""
ENDED = 32
"""Relationship: the customer has ended it, and has not bought since."""
DISAPPOINTED = 64
"""Relationship: a disappointment made the customer end it, or resolve to at the contract's end."""
PAID = 128
"""Relationship: the firm has paid the person to talk about it this week."""

NOT_YET, HERE, GONE = 0, 1, 2
"""Presence of a customer in the market."""

for _module in pkgutil.iter_modules(rules.__path__):  # each declares its states and groups
    importlib.import_module(f"{rules.__name__}.{_module.name}")

state("tags", "uint16", "treatments the customer was drawn into, one bit each", per_firm=False)

STATE = {name: column for name, column in sorted(STATES.items()) if column.per_firm}
"""State per firm and customer. Arrays have shape [firm, customer]."""

OWN_STATE = {name: column for name, column in sorted(STATES.items()) if not column.per_firm}
"""State per customer. Arrays have shape [customer]."""

State = namedtuple("State", [*STATE, *OWN_STATE])  # type: ignore[misc]
"""All columns of the state by name, as passed to the kernels."""

_GROUPS: dict[str, Any] = {
    name: namedtuple(f"{group.__name__}Params", declared(group), module=__name__)
    for name, group in sorted(GROUPS.items())
}
_TYPES = {
    name: [(word, type(known.default)) for word, known in declared(group).items()]
    for name, group in GROUPS.items()
}
globals().update({kind.__name__: kind for kind in _GROUPS.values()})  # Numba's cache pickles them

if TYPE_CHECKING:

    class Params:
        """Parameters by group (the real type is built from the declarations)."""

        def __getattr__(self, group: str) -> Any: ...

else:
    Params = namedtuple("Params", _GROUPS)
    """Parameters of the customers' rules by group, the same for all customers in a week, for
    example ``p.talk.rate``. A group is a NamedTuple with the fields of its declaration, so that
    compiled code accepts it."""


def make_params(config: Any) -> Params:
    """Collect the parameters of the rules, in the types of their declarations.

    Args:
        config: a configuration with one group for every name in :data:`sim.params.GROUPS`.
    """
    return Params(
        *(
            kind(*[to(getattr(group, word)) for word, to in _TYPES[name]])
            for name, kind in _GROUPS.items()
            for group in (getattr(config, name),)
        )
    )


class Setup(NamedTuple):
    """Inputs that stay the same from week to week; firms and activities are in array order.

    Attributes:
        opening: week in which the ledger opens, counted from the start of the warm-up.
        quarters: number of acquisition quarters in the run.
        segments: number of segments.
        window: length of the measurement window, weeks.
        credit: weeks after a click in which an order is credited to it.
        firm_ids: int64 [firm].
        activity_ids: int64 [activity].
        survey: whether the activity is market research, bool [activity].
        click: chance of a click per contact, 0 for none, float64 [activity].
        capture: chance that a contact or click becomes a lead, float64 [activity].
        for_leaders: whether the activity reaches opinion leaders alone and makes those whom it
            reaches talk, bool [activity].
        least_leader: least sociability of an opinion leader.
        gathering: whether contacts are invitations, bool [activity].
        position: position of the firm on the taste scale, float64 [firm].
        lapse_hazard: chance to lapse of the firm's customers without any trust, float64 [firm].
        renewal_utility: utility of the firm to a customer whose contract with it ends, beyond
            that of any customer, float64 [firm].
        reward: rise of the chance to talk about the firm by its reward for referrals, relative,
            float64 [firm].
        draw_key: keys of the customers' random draws, uint64 [customer].
        trait_key: keys of the draws that set the customers' traits, uint64 [customer].
        media_diet: media outlets each customer follows, as bits, uint64 [customer].
        attendance: chance to follow an invitation to a gathering in a week, float32 [customer];
            empty if everybody does.
        content: content of the contacts.
        params: parameters of the rules.
    """

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
    for_leaders: np.ndarray
    least_leader: float
    gathering: np.ndarray
    position: np.ndarray
    lapse_hazard: np.ndarray
    renewal_utility: np.ndarray
    reward: np.ndarray
    draw_key: np.ndarray
    trait_key: np.ndarray
    media_diet: np.ndarray
    attendance: np.ndarray
    content: Content
    params: Params


class Treated(NamedTuple):
    """Treatments that act in a week, as columns in order of ids.

    Attributes:
        id: id of the treatment, int64.
        tag: bit of the treatment, uint16.
        firm: row of the firm, int64.
        cut: log of the price over the price with the coupon, 0 for no coupon, float64.
        first: whether the coupon is for first orders only, bool.
        activity: row of the activity whose contacts are given, -1 for none, int64.
        contacts: mean contacts per tagged customer, float64.
        withheld: chance that a contact bought by the firm is withheld from a tagged customer,
            float64 [treatment, activity].
    """

    id: np.ndarray
    tag: np.ndarray
    firm: np.ndarray
    cut: np.ndarray
    first: np.ndarray
    activity: np.ndarray
    contacts: np.ndarray
    withheld: np.ndarray


_NO_IDS = np.zeros(0, np.int64)

NOBODY_TREATED = Treated(
    _NO_IDS, np.zeros(0, np.uint16), _NO_IDS, np.zeros(0), np.zeros(0, bool), _NO_IDS,
    np.zeros(0), np.zeros((0, 0)),
)  # fmt: skip
"""The treatments of a week without any."""

HELD = ("awareness", "deal_interval", "remembered", "trust")
"""Columns of the state that experiments can hold at given values: what customers think, which no
account adds up the changes of."""

Held = namedtuple("Held", HELD)  # type: ignore[misc]
"""Values of these columns after a week's contacts, before customers talk and shop, float32
[firm, customer] each, or [0, 0] for columns that are left alone."""


def make_held(values: Mapping[str, np.ndarray]) -> Held:
    """:class:`Held` of some columns."""
    return Held(*(values.get(name, _NOTHING) for name in HELD))


_NOTHING = np.zeros((0, 0), np.float32)

NOTHING_HELD = make_held({})


class Calls(NamedTuple):
    """Sales calls of a week, as columns sorted by customer, then firm; at most one per pair.

    Attributes:
        row: row of the customer, int64.
        firm: row of the firm, int64.
        activity: row of the activity whose content the call has, -1 for none, int64.
        starts: moment of the week at which the call starts, 0 to 1, float64.
        cut: log of the price over the price with the rep's discount, float64.
        skill: skill of the rep, float64.
        result: written by the engine: result code of :mod:`sim.rules.leads`, uint8.
        units: written by the engine: units ordered, int64.
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
    """Return the columns of a week without sales calls."""
    return make_calls(*(np.zeros(0) for _ in range(6)))


def make_calls(
    row: np.ndarray, firm: np.ndarray, activity: np.ndarray, starts: np.ndarray, cut: np.ndarray,
    skill: np.ndarray,
) -> Calls:  # fmt: skip
    """Return sales calls that have no results yet, from columns sorted by customer, then firm."""
    kinds = (np.int64, np.int64, np.int64, np.float64, np.float64, np.float64)
    columns = (row, firm, activity, starts, cut, skill)
    typed = [c.astype(k) for c, k in zip(columns, kinds, strict=True)]
    return Calls(*typed, np.zeros(len(row), np.uint8), np.zeros(len(row), np.int64))  # type: ignore[call-arg]


NEEDS, ASKS = 1, 2
"""Flags of an interest signal: the customer has a need; the customer asks for an answer."""


class Offers(NamedTuple):
    """Offers and contacts of all firms in a week.

    Attributes:
        present: whether the firm is in the market, bool [firm].
        log_price: log price relative to the usual price, float64 [firm].
        deal: log of the list price over the price, float64 [firm].
        quality: chance that a purchase meets expectations, as a threshold, uint64 [firm].
        recovery: chance that a purchase that disappoints is made good, as a threshold, uint64
            [firm].
        claim: quality that messages claim, 0 to 1, float64 [firm].
        booked: media outlets used, as bits, 0 for direct contact, uint64 [firm, activity].
        exposure: chances of 1, 2, ... contacts, as thresholds, uint32 [firm, activity, outlets
            followed, audience class, contacts - 1].
        rating: share of good ratings, -1 where there are none, float64 [firm].
        listed: stores that carry the firm, as bits, uint64 [firm].
        message: taste that messages address, float64 [firm].
        volume_pressure: pressure to capture leads, float64 [firm].
        treated: treatments of the week.
        calls: sales calls of the week.
        held: values that columns of the state are held at.
        noted: written by the engine: values of columns at that moment of the week.
    """

    present: np.ndarray
    log_price: np.ndarray
    deal: np.ndarray
    quality: np.ndarray
    recovery: np.ndarray
    claim: np.ndarray
    booked: np.ndarray
    exposure: np.ndarray
    rating: np.ndarray
    listed: np.ndarray
    message: np.ndarray
    volume_pressure: np.ndarray
    treated: Treated
    calls: Calls
    held: Held
    noted: Held


def no_offers() -> Offers:
    """Return the offers of a market without firms."""
    none, flags, bits = np.zeros(0), np.zeros(0, bool), np.zeros(0, np.uint64)
    return Offers(
        present=flags, log_price=none, deal=none, quality=bits, recovery=bits, claim=none,
        booked=np.zeros((0, 0), np.uint64), exposure=np.zeros((0, 0, 0, 0, 0), np.uint32),
        rating=none, listed=bits, message=none, volume_pressure=none,
        calls=no_calls(), treated=NOBODY_TREATED, held=NOTHING_HELD, noted=NOTHING_HELD,
    )  # fmt: skip


class Engine(Protocol):
    """All customers of a market, simulated week by week.

    Attributes:
        network: acquaintance network of the customers.
        setup: inputs that stay the same from week to week.
    """

    network: Network
    setup: Setup

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Run the customers' phases before firms act: enter and exit, hear, forget, need.

        Args:
            week: weeks since the warm-up began.
            demand: level of demand this week, 1 for the usual level.

        Returns:
            Audiences: customers in the market whom activities can reach, by class, then the
            opinion leaders among them if an activity is for leaders, int64 [firm, 2 AUDIENCES];
            valid until next week.
        """

    def close_week(self, week: int, offers: Offers) -> WeekCounts:
        """Run the customers' phases after firms have acted: meet, talk, shop, experience, lapse,
        report.

        Args:
            week: weeks since the warm-up began.
            offers: offers and contacts of all firms; results of ``offers.calls`` are written.

        Returns:
            Counts of the week, in simulated customers; valid until next week.
        """

    def messages(self) -> np.ndarray:
        """Return last week's messages, int64 [message, 4], in no particular order.

        Columns: row of the sender, row of the receiver, firm, and valence in 1/65536, or -1 for
        the news that the sender has lapsed.
        """

    def interest(self) -> np.ndarray:
        """Return last week's interest signals, int64 [signal, 4], sorted by customer, then firm.

        Columns: row of the customer, firm, source (touch code), and flags (:data:`NEEDS`,
        :data:`ASKS`). There is at most one signal per pair.
        """

    def column(self, name: str) -> np.ndarray:
        """Return one column of the state; callers must not change it."""

    def configure(self, setup: Setup) -> None:
        """Replace the setup between two weeks, as a branch does."""

    def columns(self) -> dict[str, np.ndarray]:
        """Return a copy of the state, named and typed as in :data:`STATE` and :data:`OWN_STATE`."""

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state."""
