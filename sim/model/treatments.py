"""Treatments of experiments, given to customers drawn at random, who are tagged with them."""

from __future__ import annotations

import numpy as np

from sim import draws
from sim.engines.protocol import ACTIVE, GONE, NOBODY_TREATED, Treated
from sim.ledger import accounts as acc
from sim.ledger.ledger import WeekCounts
from sim.ledger.orders import Coupon
from sim.market.interventions import Treatment
from sim.market.population import person_keys
from sim.model.state import MarketState
from sim.rules.pricing import log_price
from sim.rules.talk import VALENCE_UNIT


def treat(state: MarketState) -> WeekCounts | None:
    """Draw customers into treatments that begin, end relationships, and send messages.

    Returns:
        Counts for the ledger, or None if nothing was done.
    """
    acting = [(n, t) for n, t in state.config.treatments.items() if _acts(state, t)]
    begin = [(n, t) for n, t in acting if _begins(state, t)]
    if not begin and not any(t.messages for _, t in acting):
        return None
    columns, setup = state.engine.columns(), state.engine.setup
    counts = WeekCounts.empty(
        len(state.firms), len(state.activities), setup.quarters, setup.segments, 0
    )
    for name, t in begin:
        columns["tags"][_drawn(state, name, t, columns)] |= _tag(t)
    for _, t in acting:
        f = state.names.index(t.firm)
        tagged = (columns["tags"] & _tag(t)) > 0
        if t.leave and _begins(state, t):
            gone = tagged & (columns["relation"][f] & ACTIVE > 0)
            columns["relation"][f, gone] &= ~np.uint8(ACTIVE)
            counts.accounts[f, acc.REMOVED] += gone.sum()
            for i in np.flatnonzero(gone).tolist():
                quarter = acc.cohort_of(int(columns["first_order"][f, i]), setup.opening)
                source, segment = columns["acquired_via"][f, i], state.people.segment[i]
                counts.cells[f, quarter, source, segment, acc.BY_REMOVED] += 1
        if t.messages:
            hears = tagged & _in_market(state, columns)
            columns["inbox_count"][f, hears] += np.uint16(t.messages)
            said = np.uint32(t.messages * int(t.valence * VALENCE_UNIT))
            columns["inbox_valence"][f, hears] += said
            counts.accounts[f, acc.INJECTED] += t.messages * hears.sum()
    state.engine.load(columns)
    return counts


def giving(state: MarketState) -> list[Treatment]:
    """Treatments that give coupons or contacts this week, in order of ids."""
    acting = [t for t in state.config.treatments.values() if _acts(state, t)]
    return sorted((t for t in acting if t.coupon or t.contacts), key=lambda t: t.id)


def treated(state: MarketState) -> Treated:
    """The treatments of :func:`giving` as inputs of the engine."""
    acting, activities = giving(state), list(state.activities)
    if not acting:
        return NOBODY_TREATED
    return Treated(
        tag=np.array([_tag(t) for t in acting], np.uint16),
        firm=np.array([state.names.index(t.firm) for t in acting], np.int64),
        cut=np.array([log_price(1.0, 1.0 - t.coupon) for t in acting], np.float64),
        first=np.array([t.first_only for t in acting], bool),
        activity=np.array(
            [activities.index(t.activity) if t.activity else -1 for t in acting], np.int64
        ),
        contacts=np.array([t.contacts for t in acting], np.int64),
    )


def coupons(state: MarketState) -> list[Coupon]:
    """The treatments of :func:`giving` as coupons; a treatment that only gives contacts has no
    discount."""
    return [
        Coupon(state.names.index(t.firm), int(_tag(t)), t.coupon, t.first_only)
        for t in giving(state)
    ]


def answer_delays(state: MarketState) -> list[tuple[int, int, float]]:
    """Treatments that time answers to enquiries: row of the firm, bit of the treatment, and hours
    after which enquiries of treated customers are answered."""
    acting = [t for t in state.config.treatments.values() if _acts(state, t) and t.delay >= 0.0]
    return [(state.names.index(t.firm), int(_tag(t)), t.delay) for t in acting]


def _tag(t: Treatment) -> np.uint16:
    return np.uint16(1 << (t.id - 1))


def _begins(state: MarketState, t: Treatment) -> bool:
    return t.week == state.week + 1


def _acts(state: MarketState, t: Treatment) -> bool:
    return t.week <= state.week + 1 < t.week + t.weeks


def _drawn(
    state: MarketState, name: str, t: Treatment, columns: dict[str, np.ndarray]
) -> np.ndarray:
    """Draw the rows of the customers who receive a treatment."""
    if name in state.tagged:
        return state.tagged[name]
    keys = person_keys(state.trait_seed, state.people.ident)
    bits = draws.word(keys, draws.stream_key(draws.TREATMENT, 0, 0, t.id))
    active = columns["relation"][state.names.index(t.firm)] & ACTIVE > 0
    among = {"all": np.ones_like(active), "customers": active, "prospects": ~active}[t.among]
    may = among & _in_market(state, columns) & (state.people.sees > 0)
    return np.flatnonzero(may & (draws.uniform_column(bits) < t.share))


def _in_market(state: MarketState, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Whether each customer is in the market, bool [customer]."""
    return np.asarray((state.people.arrival <= state.clock) & (columns["here"] != GONE))
