"""Treatments of experiments, given to customers, reps or firms drawn at random; customers are
tagged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sim import draws
from sim.config.compose import override
from sim.draws import firm_ident, person_key, stream_key, uniform, word
from sim.engines.protocol import ACTIVE, ENDED, GONE, NOBODY_TREATED, Treated
from sim.ledger import accounts as acc
from sim.ledger.ledger import WeekCounts
from sim.ledger.orders import Coupon
from sim.market.firms import SalesForceSpec
from sim.market.interventions import Treatment, changes_of
from sim.market.population import person_keys
from sim.model.state import MarketState
from sim.params import key_of
from sim.rules import selling
from sim.rules.pricing import log_price
from sim.rules.talk import VALENCE_UNIT


def treat(state: MarketState) -> WeekCounts | None:
    """Draw customers into treatments that begin, end relationships, and send messages; post
    ratings of firms.

    Returns:
        Counts for the ledger, or None if no customer was treated.
    """
    acting = [(n, t) for n, t in state.config.treatments.items() if _acts(state, t)]
    for name, t in acting:
        if t.ratings:
            _post_ratings(state, name, t)
    acting = [(n, t) for n, t in acting if t.unit == "customer"]
    begin = [(n, t) for n, t in acting if _begins(state, t)]
    if not begin and not any(t.messages for _, t in acting):
        return None
    columns = state.engine.columns()
    counts = no_counts(state)
    for name, t in begin:
        columns["tags"][_drawn(state, name, t, columns)] |= _tag(t)
    for _, t in acting:
        f = state.names.index(t.firm)
        tagged = (columns["tags"] & _tag(t)) > 0
        if t.leave and _begins(state, t):
            end_relationships(state, f, np.flatnonzero(tagged), columns, counts)
        if t.messages:
            hears = tagged & in_market(state, columns)
            said = int(t.valence * VALENCE_UNIT)
            send_messages(f, np.flatnonzero(hears), t.messages, said, columns, counts)
    state.engine.load(columns)
    return counts


def no_counts(state: MarketState) -> WeekCounts:
    """Counts of zero, for what experimenters do."""
    setup = state.engine.setup
    return WeekCounts.empty(
        len(state.firms), len(state.activities), setup.quarters, setup.segments, 0
    )


def end_relationships(
    state: MarketState, f: int, rows: np.ndarray, columns: dict[str, np.ndarray],
    counts: WeekCounts,
) -> None:  # fmt: skip
    """End the relationships of active customers of a firm among some customers."""
    gone = rows[columns["relation"][f, rows] & ACTIVE > 0]
    columns["relation"][f, gone] &= ~np.uint8(ACTIVE)
    columns["relation"][f, gone] |= np.uint8(ENDED)
    counts.accounts[f, acc.REMOVED] += len(gone)
    count_events(state, f, gone, acc.BY_REMOVED, columns, counts)


def count_events(
    state: MarketState, f: int, rows: np.ndarray, flow: int, columns: dict[str, np.ndarray],
    counts: WeekCounts,
) -> None:  # fmt: skip
    """Count an event of each of some customers by acquisition quarter, source and segment."""
    opening = state.engine.setup.opening
    for i in rows.tolist():
        quarter = acc.cohort_of(int(columns["first_order"][f, i]), opening)
        source, segment = columns["acquired_via"][f, i], state.people.segment[i]
        counts.cells[f, quarter, source, segment, flow] += 1


def send_messages(
    f: int, rows: np.ndarray, number: int, said: int, columns: dict[str, np.ndarray],
    counts: WeekCounts,
) -> None:  # fmt: skip
    """Send messages about a firm, of valence ``said`` in 1/65536, to each of some customers."""
    columns["inbox_count"][f, rows] += np.uint16(number)
    columns["inbox_valence"][f, rows] += np.uint32(number * said)
    counts.accounts[f, acc.INJECTED] += number * len(rows)


def _post_ratings(state: MarketState, name: str, t: Treatment) -> None:
    """Post public ratings of the firms drawn; they are read from the coming week on."""
    for f in firms_drawn(state, name, t):
        if state.firms[f].is_present(state.week):
            post_ratings(state, f, t.ratings, t.valence)


def post_ratings(state: MarketState, f: int, number: int, good: float) -> None:
    """Post public ratings of a firm.

    Args:
        number: of ratings in the whole market.
        good: share of them that is positive.
    """
    state.booked[f, acc.RATED_GIVEN] += number
    state.booked[f, acc.RATED_GOOD_GIVEN] += round(number * good)


def firm_changes(state: MarketState) -> list[tuple[str, list[str]]]:
    """Key of each treatment of firms that begins, and the changes of all firms drawn."""
    out = []
    for name, t in state.config.treatments.items():
        if t.unit == "firm" and t.set and _begins(state, t):
            firms = [state.names[f] for f in firms_drawn(state, name, t)]
            words = [word for firm in firms for word in changes_of(t, firm)]
            out.append((key_of(("treatments", name)), words))
    return out


def firms_drawn(state: MarketState, name: str, t: Treatment) -> list[int]:
    """Rows of the firms that are drawn into a treatment of firms."""
    if name in state.tagged:
        return [int(f) for f in state.tagged[name]]
    return [
        firm.row
        for firm in state.firms
        if t.firm in ("", firm.name) and _is_drawn(state, t, firm_ident(firm.spec.id))
    ]


def _is_drawn(state: MarketState, t: Treatment, ident: int) -> bool:
    """Whether the rep or firm of an identity is drawn into a treatment."""
    bits = word(person_key(state.trait_seed, ident), stream_key(draws.TREATMENT, 0, 0, t.id))
    return bool(uniform(bits) < t.share)


def reps_drawn(state: MarketState, t: Treatment) -> list[tuple[int, int]]:
    """Rows of the firms and places of the reps at work who are drawn into a treatment of reps."""
    return [
        (firm.row, rep.place)
        for firm in state.firms
        if t.firm in ("", firm.name)
        for rep in firm.sales.reps
        if _is_drawn(state, t, rep.ident)
    ]


def train_reps(state: MarketState) -> None:
    """Train the reps of treatments that begin, who are at work already."""
    for t in state.config.treatments.values():
        if t.training and _begins(state, t):
            for f, place in reps_drawn(state, t):
                skill = state.firms[f].sales.reps[place].skill
                skill[:] = [selling.trained(float(one), t.training) for one in skill]


def rep_terms(state: MarketState) -> Callable[[int, int], SalesForceSpec | None] | None:
    """What holds for the rep of an identity, of the firm in a row, in place of what is declared
    for the firm's sales force; None if no treatment changes it for any rep."""
    treatments = state.config.treatments.values()
    acting = [t for t in treatments if t.unit == "rep" and t.set and _acts(state, t)]
    if not acting:
        return None
    acting.sort(key=lambda t: t.id)
    bare = replace(state.config, treatments={}, interventions={})
    known: dict[tuple[str, ...], SalesForceSpec] = {}

    def terms(f: int, ident: int) -> SalesForceSpec | None:
        name = state.names[f]
        mine = [t for t in acting if t.firm in ("", name) and _is_drawn(state, t, ident)]
        words = tuple(word for t in mine for word in changes_of(t, name))
        if words and words not in known:
            known[words] = override(bare, *words).firms[name].sales
        return known.get(words)

    return terms


def tagged(state: MarketState, t: Treatment) -> np.ndarray:
    """Rows of the customers who have been drawn into a treatment."""
    return np.flatnonzero(state.engine.column("tags") & _tag(t))


def giving(state: MarketState) -> list[Treatment]:
    """Treatments that give coupons or contacts, or withhold contacts, this week, in order of
    ids."""
    acting = [t for t in state.config.treatments.values() if _acts(state, t)]
    some = (t for t in acting if t.coupon or t.contacts or t.withhold)
    return sorted(some, key=lambda t: t.id)


def treated(state: MarketState) -> Treated:
    """The treatments of :func:`giving` as inputs of the engine."""
    acting, activities = giving(state), list(state.activities)
    if not acting:
        return NOBODY_TREATED
    return Treated(
        id=np.array([t.id for t in acting], np.int64),
        tag=np.array([_tag(t) for t in acting], np.uint16),
        firm=np.array([state.names.index(t.firm) for t in acting], np.int64),
        cut=np.array([log_price(1.0, 1.0 - t.coupon) for t in acting], np.float64),
        first=np.array([t.first_only for t in acting], bool),
        activity=np.array(
            [activities.index(t.activity) if t.activity else -1 for t in acting], np.int64
        ),
        contacts=np.array([t.contacts for t in acting], np.float64),
        withheld=np.array(
            [
                [t.withhold if k in t.withheld or not t.withheld else 0.0 for k in activities]
                for t in acting
            ],
            np.float64,
        ),
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
    may = among & in_market(state, columns) & (state.people.sees > 0)
    return np.flatnonzero(may & (draws.uniform_column(bits) < t.share))


def in_market(state: MarketState, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Whether each customer is in the market, bool [customer]."""
    return np.asarray((state.people.arrival <= state.clock) & (columns["here"] != GONE))
