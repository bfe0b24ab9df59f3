"""The sales forces of all firms as columns: what is declared for them, reps, leads and calls.

A row of a column is a record, which compiled loops and agents read and write in place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.market.firms import SalesForceSpec
from sim.params import declared
from sim.rules.organising import Organising
from sim.rules.pay import PayPlan
from sim.rules.selling import TASKS, Selling
from sim.rules.shelf import Shelf

NEVER = np.iinfo(np.int64).max
"""A week that never comes."""


def _record(*fields: Any) -> np.dtype[Any]:
    """Type of a record, whose fields are also attributes."""
    return np.dtype((np.record, list(fields)))


def _group(group: type) -> np.dtype[Any]:
    """Type of a record with the declared numbers of a group."""
    kinds = {name: type(number.default) for name, number in declared(group).items()}
    return _record(*((name, np.dtype(kind)) for name, kind in kinds.items()))


TERMS = _record(
    ("firm", np.int64), ("list_price", np.float64), ("prior_sales", np.float64),
    ("price_response", np.float64), ("screening_cents", np.int64), ("informed", np.bool_),
    ("content", np.int64, TASKS), ("force", _group(SalesForceSpec)), ("pay", _group(PayPlan)),
    ("selling", _group(Selling)), ("organising", _group(Organising)), ("shelf", _group(Shelf)),
)  # fmt: skip
"""What is declared for the sales force of a firm.

``firm`` is the id of the firm, ``list_price`` money per unit, ``prior_sales`` the expected sales of
a full week's calls before any result is known, money; ``price_response`` the relative rise of the
order probability per unit of discount; ``screening_cents`` the cost of checking a lead;
``informed`` whether joint reviews tell both sides the outcomes of leads; ``content`` the row of the
activity whose content a call has by task, -1 for none. The other fields are groups of declared
numbers: of the firm, of its pay plan, and common to all firms."""

FORCE = _record(
    ("places", np.int64), ("wanted", np.int64), ("reps", np.int64), ("vacant", np.int64),
    ("filled", np.int64), ("open", np.int64), ("calls", np.int64), ("calls_end", np.int64),
    ("works", np.bool_), ("due", np.bool_),
    ("hours", np.float64), ("blame", np.float64),
)  # fmt: skip
"""Size and state of the sales force of a firm.

``places`` is the number of positions as decided, -1 for the declared number; ``wanted`` the
positions that hold; ``reps`` the reps at work; ``vacant`` the vacancies, of which the first is
filled in week ``filled``; ``open`` the open leads; ``calls`` and ``calls_end`` bound this week's
calls; ``works`` tells whether it works this week, ``due`` whether somebody leaves or comes;
``hours`` are the hours that reps work this week; ``blame`` the recent share of lost leads that
sales blames on the market department, kept where it has an effect."""

SAVED_REP = (
    ("ident", np.uint64), ("hired", np.int64), ("hunt", np.float64), ("effort", np.float64),
    ("cut", np.float64), ("sold", np.float64), ("quota", np.float64), ("sold_year", np.float64),
    ("order_value", np.float64), ("orders", np.float64), ("earned", np.float64),
    ("earned_on", np.float64), ("usual_pay", np.float64), ("talent", np.float64, TASKS),
    ("skill", np.float64, TASKS), ("bank", np.float64, TASKS), ("results", np.float64, TASKS),
    ("inputs", np.float64, TASKS), ("listings", np.float64, TASKS),
)  # fmt: skip

REP = _record(
    *SAVED_REP, ("variant", np.int64), ("quits", np.bool_), ("log_cut", np.float64),
    ("room", np.int64, TASKS), ("taken", np.int64, TASKS), ("people", np.int64, TASKS),
    ("limit", np.uint64, TASKS),
    ("value", np.float64), ("number", np.int64), ("credit", np.float64, TASKS),
)  # fmt: skip
"""A rep: the saved fields are attributes of :class:`sim.agents.sales.rep.Rep`; the others hold
within a week.

``variant`` is the row of what is declared for the rep in place of the firm's sales force, -1 for
none; ``quits`` tells whether the rep quits, ``log_cut`` is the discount as a logarithm, ``room``
and ``taken`` the available and the allotted time by task, in pieces of a call; ``people`` the
stores, or the accounts, by task and ``limit`` the threshold of a cold call; ``value`` and
``number`` are the value and the number of credited orders, ``credit`` the sales attributed to the
hours by task."""

SAVED_LEAD = ("row", "source", "created", "sign", "talked", "offered", "asked", "waited",
              "corrupted")  # fmt: skip

LEAD = _record(
    *((name, np.int64) for name in SAVED_LEAD), ("score", np.float64), ("cold", np.float64),
    ("hold", np.float64), ("rep", np.int64), ("task", np.int64), ("kind", np.int64),
    ("turn", np.int64), ("fate", np.int64),
)  # fmt: skip
"""An open lead: the saved fields are those of :class:`sim.agents.sales.leads.Leads`; the others
hold within a week.

``score`` is the score of following the lead up, ``cold`` that of a cold call instead; ``hold``
the hours after which an experiment has it answered, -1 for none; ``rep`` the place of the rep,
``task`` hunting or farming, ``kind`` the kind of belief; ``turn`` its turn among the calls of the
rep, -1 if it is not called; ``fate`` its outcome, -1 while it stays open."""

CALL = _record(
    ("row", np.int64), ("rep", np.int64), ("task", np.int64), ("lead", np.int64),
    ("kind", np.int64), ("turn", np.int64), ("starts", np.float64), ("result", np.int64),
)  # fmt: skip
"""A sales call: the fields of :class:`sim.agents.sales.calls.SalesCalls`, its turn among the calls
of the rep, and its result."""

BELIEF = _record(("wins", np.float64), ("tried", np.float64))
"""Remembered orders and calls of a kind of lead."""

DELAY = _record(("firm", np.int64), ("tag", np.int64), ("hours", np.float64))
"""A treatment that times answers to enquiries: row of the firm, bit of the treatment, and hours
after which enquiries of treated customers are answered."""

LOGGED = len(("firm", "row", "rep", "source", "created", "asked", "waited", "talked", "account"))
"""Number of columns of the log of leads that end, int64: row of the firm, and the columns of
:func:`sim.outcomes.logs.lead_rows`."""


class Columns(NamedTuple):
    """The sales forces of all firms.

    Attributes:
        terms: what is declared, record :data:`TERMS` [firm].
        variants: what treatments put in its place for single reps, record :data:`TERMS` [variant].
        forces: size and state, record :data:`FORCE` [firm].
        reps: reps at work in order of hiring, record :data:`REP` [firm, place or more].
        leads: open leads, record :data:`LEAD` [firm, lead or more].
        beliefs: results of calls as remembered by the firm (first) and by each rep, by kind of
            lead, record :data:`BELIEF` [firm, 1 + place or more, kind].
        owner: place of the rep who serves a patch, int64 [firm, patch].
        flows: flows of leads this week, int64 [firm, source, flow].
        listed: stores that carry the firm, as bits, uint64 [firm].
        booked: this week's accounts, added to, int64 [firm, account].
    """

    terms: np.ndarray
    variants: np.ndarray
    forces: np.ndarray
    reps: np.ndarray
    leads: np.ndarray
    beliefs: np.ndarray
    owner: np.ndarray
    flows: np.ndarray
    listed: np.ndarray
    booked: np.ndarray


class Customers(NamedTuple):
    """Customers as sales forces observe them.

    Attributes:
        draw_key: keys of the customers' random draws, uint64 [customer].
        patch: patch of the sales territories in which the customer lives, [customer].
        sees: whether a rep can reach the customer, [customer].
        store: store where the customer shops, [customer].
        here: presence in the market, [customer].
        tags: treatments the customer was drawn into, one bit each, [customer].
        relation: relationships at the start of the week, flags, [firm, customer].
        mark: scratch by customer, all 0 between two uses, int32 [customer].
    """

    draw_key: np.ndarray
    patch: np.ndarray
    sees: np.ndarray
    store: np.ndarray
    here: np.ndarray
    tags: np.ndarray
    relation: np.ndarray
    mark: np.ndarray


class SalesMarket(NamedTuple):
    """All that sales forces read and write, kept for compiled code from week to week."""

    columns: Columns
    customers: Customers


class WeekInputs(NamedTuple):
    """Inputs of a week of selling.

    Attributes:
        clock: weeks since the warm-up began.
        week: weeks since the ledger opened.
        seed: seed of the random draws, uint64.
        weight: people each simulated customer stands for.
        stores: number of stores.
        delays: treatments that time answers, record :data:`DELAY` [treatment].
        ended: log of leads that end, int64 [lead or more, :data:`LOGGED`]; empty if none is kept.
        ended_number: number of rows of the log, int64 [1].
    """

    clock: int
    week: int
    seed: np.uint64
    weight: int
    stores: int
    delays: np.ndarray
    ended: np.ndarray
    ended_number: np.ndarray


class SalesWeek(NamedTuple):
    """The fields of :class:`WeekInputs` and :class:`Customers`, as loops read them.

    The tuple is flat, because Numba counts references to all fields of a nested NamedTuple to read
    one of them.
    """

    clock: int
    week: int
    seed: np.uint64
    weight: int
    stores: int
    delays: np.ndarray
    ended: np.ndarray
    ended_number: np.ndarray
    draw_key: np.ndarray
    patch: np.ndarray
    sees: np.ndarray
    store: np.ndarray
    here: np.ndarray
    tags: np.ndarray
    relation: np.ndarray
    mark: np.ndarray


class Conditions(NamedTuple):
    """How firms make their reps work this week, as columns [firm].

    Attributes:
        present: whether the firm is in the market, bool.
        work_quality: effectiveness of a paid hour of a rep, 0 to 1, float64.
        handoff_care: care taken with records that are handed to sales, 0 to 1, float64.
        screening: share of captured leads that are first checked for a need, float64.
    """

    present: np.ndarray
    work_quality: np.ndarray
    handoff_care: np.ndarray
    screening: np.ndarray
