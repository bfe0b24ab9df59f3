"""Columns shared by the compiled loops, as NamedTuples, and small helper functions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.compile import inlined, inner, part
from sim.draws import HURDLE, high32, stream_key, uniform, word
from sim.engines.protocol import ACTIVE, HERE, Params, State
from sim.ledger import accounts as acc
from sim.ledger.accounts import cohort_of
from sim.ledger.ledger import WeekCounts
from sim.market.network import Addresses
from sim.rules.attention import is_addressed_as_customer, weeks_seen
from sim.rules.category import hurdle, is_convinced

BLOCK = 1024
"""Customers per block."""

PARTS = float(acc.PARTS)


class Inputs(NamedTuple):
    """Inputs of a week that no phase changes.

    Attributes:
        number: weeks since the warm-up began.
        people: number of customers that have arrived by now; they have the first rows.
        params: parameters of the rules.
        draw_key: keys of the customers' random draws, uint64 [customer].
        trait_key: keys of the draws that set the customers' traits, uint64 [customer].
        talk_limit: chance to talk at full trust about the firm with the highest reward, as a 32-bit
            threshold, uint32 [customer].

    The other fields are those of :class:`sim.engines.protocol.Setup` and its content of contacts,
    :class:`sim.market.population.People` and :class:`sim.market.network.Network`. The tuple is
    flat, because Numba counts references to all fields of a nested NamedTuple to read one of them.
    """

    number: int
    people: int
    params: Params
    opening: int
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
    noticed: np.ndarray
    awareness_gain: np.ndarray
    trust_gain: np.ndarray
    trust_loss: np.ndarray
    belief_gain: np.ndarray
    answer_gain: np.ndarray
    draw_key: np.ndarray
    trait_key: np.ndarray
    media_diet: np.ndarray
    attendance: np.ndarray
    arrival: np.ndarray
    segment: np.ndarray
    rate: np.ndarray
    taste: np.ndarray
    price_weight: np.ndarray
    patience_scale: np.ndarray
    click_propensity: np.ndarray
    leaving: np.ndarray
    store: np.ndarray
    sociability: np.ndarray
    sees: np.ndarray
    social: np.ndarray
    talk_limit: np.ndarray
    places: Addresses
    cohorts: np.ndarray


class Population(NamedTuple):
    """What the engine keeps between weeks (:func:`sim.compile.keep`); arrays are changed in place.

    Attributes:
        fixed: the fields of :class:`Inputs` after the first two.
        state: the state of all customers.
        in_need: whether the customer has a buying occasion this week, uint8 [customer].
        limit: chance of a buying occasion this week, as a 32-bit threshold, uint32 [customer].
        outbox, interest: messages and interest signals of the week.
        audience: customers who can be reached, int64 [firm, 2 AUDIENCES].
        count: counts of the week.
    """

    fixed: tuple[Any, ...]
    state: State
    in_need: np.ndarray
    limit: np.ndarray
    outbox: Outbox
    interest: Interest
    audience: np.ndarray
    count: WeekCounts


class Block(NamedTuple):
    """A block of customers, and columns over them.

    Attributes:
        place: place of the block among all blocks.
        lo, hi: the block holds rows ``lo`` to ``hi - 1``.
        draw_key: keys of the customers' random draws, uint64.
        needing: whether the customer has a buying occasion, uint8.
        seeing: whether the customer is in the market and activities can reach them, uint8.
        customer: whether the firm at hand addresses the person as its customer, uint8
            (:func:`find_customers`).
        draw: buffer for draws, uint32.
    """

    place: int
    lo: int
    hi: int
    draw_key: np.ndarray
    needing: np.ndarray
    seeing: np.ndarray
    customer: np.ndarray
    draw: np.ndarray


class Outbox(NamedTuple):
    """Messages of a week.

    Attributes:
        sent: number of messages sent by each block, [block].
        to, source: rows of the receiver and the sender, [block, place].
        firm: row of the firm the message is about, [block, place].
        valence: in 1/65536, or -1 for the news that the sender has lapsed, [block, place].
    """

    sent: np.ndarray
    to: np.ndarray
    source: np.ndarray
    firm: np.ndarray
    valence: np.ndarray


class Interest(NamedTuple):
    """Interest signals of a week.

    Attributes:
        left: number of signals in each block, [block].
        row: row of the customer, [block, place].
        firm: row of the firm, [block, place].
        source: touch code, [block, place].
        flags: need and request for an answer, [block, place].
    """

    left: np.ndarray
    row: np.ndarray
    firm: np.ndarray
    source: np.ndarray
    flags: np.ndarray


class Talks(NamedTuple):
    """Sales calls and interest signals of a block; without either the columns have no places.

    Attributes:
        mine: the block's part of the week's calls is from ``mine[0]`` to ``mine[1] - 1``.
        call: row in the week's calls, -1 for none, [firm, place].
        source: touch code + 1 of an interest signal, 0 for none, [firm, place].
        flags: flags of an interest signal, [firm, place].
        early: whether a discount makes the customer buy before the need arises, [place].
    """

    mine: np.ndarray
    call: np.ndarray
    source: np.ndarray
    flags: np.ndarray
    early: np.ndarray


@part
def block_at(place, w, in_need, seeing, customer, draw):
    """Return the block at a place; it has no rows (``hi <= lo``) before anybody has arrived."""
    lo, hi = place * BLOCK, min(w.people, (place + 1) * BLOCK)
    size = max(0, hi - lo)
    return Block(
        place, lo, hi, w.draw_key[lo:hi], in_need[lo:hi], seeing[:size], customer[:size],
        draw[:size],
    )  # fmt: skip


@inner
def look_who_sees(w, s, b):
    """Mark the customers who are in the market and can be reached by activities."""
    sees, present = w.sees[b.lo : b.hi], s.here[b.lo : b.hi]
    for i in range(b.hi - b.lo):
        b.seeing[i] = sees[i] & (present[i] == HERE)


@inner
def find_customers(w, s, f, b):
    """Mark the people whom a firm addresses as its customers."""
    p, relation = w.params, s.relation[f, b.lo : b.hi]
    recency = weeks_seen(p.attention.recency, p.loyalty.contract, w.window)
    if recency == 0:
        for i in range(len(relation)):
            b.customer[i] = relation[i] & ACTIVE
        return
    last_order = s.last_order[f, b.lo : b.hi]
    for i in range(len(relation)):
        b.customer[i] = is_addressed_as_customer(
            relation[i] & ACTIVE != 0, np.int64(last_order[i]), w.number, recency
        )


@inlined
def believes(i, w, s):
    """Whether customer ``i`` believes enough in the category to buy in it; buyers do."""
    draw = uniform(word(w.trait_key[i], stream_key(HURDLE, 0, 0, 0)))
    needed = hurdle(draw, w.params.category.hurdle_spread)
    return is_convinced(np.float64(s.belief[i]), needed)


@inlined
def draw_column(draw_key, stream, draw):
    """Write the upper 32 bits of each customer's draw from a stream into ``draw``."""
    for i in range(len(draw_key)):
        draw[i] = high32(word(draw_key[i], stream))


@inner
def copy_block(source, target, b):
    """Copy the block's customers from one column to another, [firm, customer]; nothing if either
    has no firms."""
    for f in range(min(len(source), len(target))):
        for i in range(b.lo, b.hi):
            target[f, i] = source[f, i]


@part
def hold(held, noted, s, b):
    """Set the columns that are held to their values, and note the values of others."""
    copy_block(held.awareness, s.awareness, b)
    copy_block(held.deal_interval, s.deal_interval, b)
    copy_block(held.remembered, s.remembered, b)
    copy_block(held.trust, s.trust, b)
    copy_block(s.awareness, noted.awareness, b)
    copy_block(s.deal_interval, noted.deal_interval, b)
    copy_block(s.remembered, noted.remembered, b)
    copy_block(s.trust, noted.trust, b)


@inlined
def count_event(f, i, flow, number, w, s, cells):
    """Count an event by the customer's acquisition quarter, source and segment."""
    quarter = cohort_of(np.int64(s.first_order[f, i]), w.opening)
    cells[f, quarter, s.acquired_via[f, i], w.segment[i], flow] += number
