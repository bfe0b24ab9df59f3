"""Events that an experimenter injects, by name: each happens to the customers given, or to a firm.

An event happens at the turn of the week: after the treatments of the coming week have begun, and
before anybody acts in it. It has the effect that the rules give to an event of its kind, and is
booked in accounts of its own (``sim.ledger.accounts.EXPERIMENTAL``) or in those that experiments
share with firms and customers; no money changes hands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim import draws
from sim.engines.protocol import (
    ACTIVE,
    ASKS,
    BOUGHT_EVER,
    DISAPPOINTED,
    ENDED,
    GONE,
    NEEDS,
    PAID,
)
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS, TOUCH_ACTIVITY
from sim.ledger.ledger import WeekCounts
from sim.model import treatments
from sim.model.state import MarketState
from sim.params import ConfigError, Message, one_of, real_number, whole_number
from sim.rules import attention, loyalty, talk
from sim.rules.attention import MOST_CONTACTS

NOBODY = -1
"""Row of the customer, the firm or the activity of an event that concerns none."""

MOST_AT_ONCE = 100
"""Most messages to one customer in one event, as of a treatment."""

MOST_RATINGS = 1_000_000_000


class Injection(NamedTuple):
    """An event that is to happen: place in :data:`EVENTS`, rows of firm, customer and activity,
    number, and valence in 1/65536; a row of :attr:`sim.model.state.MarketState.injected`."""

    event: int
    firm: int
    row: int
    activity: int
    number: int
    valence: int


class _Turn(NamedTuple):
    """The market at the turn of the week: what events change."""

    state: MarketState
    columns: dict[str, np.ndarray]
    counts: WeekCounts
    interest: dict[tuple[int, int], list[int]]


@dataclass(frozen=True)
class Event:
    """A kind of event.

    Attributes:
        says: what happens.
        apply: makes it happen.
        of_firm: whether it concerns a firm.
        of_people: whether it happens to customers.
        activity: whether an activity is needed, may be given (None), or is not.
        valence: whether it may be good or bad.
        most: largest number at once.
    """

    says: str
    apply: Callable[[_Turn, Injection], None]
    of_firm: bool = True
    of_people: bool = True
    activity: bool | None = False
    valence: bool = False
    most: int = 1


def _message(turn: _Turn, e: Injection) -> None:
    rows = np.array([e.row])
    treatments.send_messages(e.firm, rows, e.number, e.valence, turn.columns, turn.counts)


def _news(turn: _Turn, e: Injection) -> None:
    waiting = turn.columns["inbox_left"]
    waiting[e.firm, e.row] = min(loyalty.MOST_NEWS, int(waiting[e.firm, e.row]) + e.number)
    turn.counts.accounts[e.firm, acc.NEWS_GIVEN] += e.number


def _contact(turn: _Turn, e: Injection) -> None:
    """Meet an activity; one that is a gathering is met by somebody who attends it this week."""
    state, c, f, i, k = turn.state, turn.columns, e.firm, e.row, e.activity
    rules, does = state.config.attention, state.engine.setup.content
    left, helped = _attention(turn, e)
    if not _attends(state, e):
        turn.counts.accounts[f, acc.DECLINED] += e.number
        if does.noticed[k]:
            loss = attention.repeated(rules.irritation * rules.pressure, e.number) * left
            _move_trust(turn, e, 0.0, loss)
        return
    turn.counts.contacts[f, k] += e.number
    turn.counts.accounts[f, acc.GIVEN] += e.number
    if state.engine.setup.for_leaders[k]:
        c["relation"][f, i] |= np.uint8(PAID)
    if not does.noticed[k]:
        return
    gain = float(does.awareness_gain[k, e.number]) * helped
    c["awareness"][f, i] = attention.reached(float(c["awareness"][f, i]), gain)
    loss = float(does.trust_loss[k, e.number]) * left
    _move_trust(turn, e, float(does.trust_gain[k, e.number]) * helped, loss)
    gain = float(does.belief_gain[k, e.number]) * helped
    c["belief"][i] = attention.reached(float(c["belief"][i]), gain)
    c["met"][i] += e.number
    c["last_touch"][f, i] = TOUCH_ACTIVITY + k


def _attention(turn: _Turn, e: Injection) -> tuple[float, float]:
    """Share of a contact's effect that attention leaves, and that times the message's relevance."""
    state, rules = turn.state, turn.state.config.attention
    left = attention.attention_left(float(turn.columns["met"][e.row]), rules.crowding)
    taste, message = float(state.people.taste[e.row]), float(state.organisations.message[e.firm])
    return left, left * attention.relevant(taste, message, rules.relevance)


def _attends(state: MarketState, e: Injection) -> bool:
    """Whether a contact of the coming week takes place, as in the engines."""
    setup = state.engine.setup
    if not setup.gathering[e.activity] or state.config.attention.attendance >= 1.0:
        return True
    firm, activity = int(setup.firm_ids[e.firm]), int(setup.activity_ids[e.activity])
    stream = draws.stream_key(draws.ATTEND, state.clock, firm, activity)
    draw = draws.uniform(draws.word(int(state.draw_key[e.row]), stream))
    return bool(draw < setup.attendance[e.row])


def _move_trust(turn: _Turn, e: Injection, gain: float, loss: float) -> None:
    """Move trust by the share ``gain`` of the gap to the firm's claim, which weighs less for people
    who have bought, and by a loss."""
    c, at = turn.columns, (e.firm, e.row)
    known_from_use = turn.state.config.attention.known_from_use
    weight = attention.weight_of_claims(bool(c["relation"][at] & BOUGHT_EVER), known_from_use)
    claim = float(turn.state.claim[e.firm])
    c["trust"][at] = attention.addressed(float(c["trust"][at]), gain * weight, claim, loss)


def _click(turn: _Turn, e: Injection) -> None:
    """Click; where contacts are two-way this answers one, with its effect on trust."""
    turn.columns["clicked"][e.firm, e.row] = turn.state.clock
    turn.counts.clicks[e.firm, e.activity] += 1
    turn.counts.accounts[e.firm, acc.CLICKS_GIVEN] += 1
    gain = float(turn.state.engine.setup.content.answer_gain[e.activity])
    if gain > 0.0:
        _move_trust(turn, e, gain * _attention(turn, e)[1], 0.0)


def _experience(turn: _Turn, e: Injection) -> None:
    rules, c, at = turn.state.config.loyalty, turn.columns, (e.firm, e.row)
    good = e.valence == PARTS
    c["trust"][at] = loyalty.experienced(
        float(c["trust"][at]), good, rules.experience_gain, rules.experience_loss
    )
    c["awareness"][at] = attention.reached(float(c["awareness"][at]), rules.experience_awareness)
    share = turn.state.config.talk.satisfaction
    if share > 0.0:
        c["satisfaction"][at] = talk.satisfied(float(c["satisfaction"][at]), good, share)
    turn.counts.accounts[e.firm, acc.EXPERIENCED] += 1


def _rating(turn: _Turn, e: Injection) -> None:
    treatments.post_ratings(turn.state, e.firm, e.number, e.valence / PARTS)


def _lead(turn: _Turn, e: Injection) -> None:
    _signal(turn, e, 0)


def _enquiry(turn: _Turn, e: Injection) -> None:
    _signal(turn, e, NEEDS | ASKS)


def _signal(turn: _Turn, e: Injection, flags: int) -> None:
    """Tell the firm's reps; what the customer has told them already adds to it."""
    touch = int(turn.columns["last_touch"][e.firm, e.row])
    source = touch if e.activity == NOBODY else TOUCH_ACTIVITY + e.activity
    before = turn.interest.get((e.row, e.firm), [source, 0])
    turn.interest[e.row, e.firm] = [before[0], before[1] | flags]
    turn.counts.accounts[e.firm, acc.LEADS_GIVEN] += 1


def _join(turn: _Turn, e: Injection) -> None:
    """Become an active customer as if the first order had come last week."""
    c, at, last_week = turn.columns, (e.firm, e.row), turn.state.clock - 1
    if c["relation"][at] & ACTIVE:
        return
    if not c["relation"][at] & BOUGHT_EVER:
        touch = c["last_touch"][at]
        source = touch if e.activity == NOBODY else TOUCH_ACTIVITY + e.activity
        c["acquired_via"][at], c["first_order"][at] = source, last_week
        told, within = int(c["told"][at]), turn.state.config.talk.referral_weeks
        if not talk.is_referral(int(c["referrer"][at]), told, last_week, within):
            c["referrer"][at] = -1
        c["last_order"][at] = last_week
    c["relation"][at] &= ~np.uint8(ENDED | DISAPPOINTED)
    c["relation"][at] |= ACTIVE | BOUGHT_EVER
    c["belief"][e.row] = 1.0
    contract = turn.state.config.loyalty.contract
    if contract > 0:
        c["bound_until"][e.row] = last_week + contract
    turn.counts.accounts[e.firm, acc.JOINED] += 1
    rows = np.array([e.row])
    treatments.count_events(turn.state, e.firm, rows, acc.BY_JOINED, c, turn.counts)


def _leave(turn: _Turn, e: Injection) -> None:
    rows = np.array([e.row])
    treatments.end_relationships(turn.state, e.firm, rows, turn.columns, turn.counts)


def _exit(turn: _Turn, e: Injection) -> None:
    c, rows = turn.columns, np.array([e.row])
    c["here"][e.row] = GONE
    turn.counts.accounts[-1, acc.LEFT] += int(turn.state.people.rate[e.row] > 0.0)
    for f in np.flatnonzero(c["relation"][:, e.row] & ACTIVE).tolist():
        turn.counts.accounts[f, acc.EXITED] += 1
        treatments.count_events(turn.state, f, rows, acc.BY_EXITED, c, turn.counts)
        c["relation"][f, e.row] &= ~np.uint8(ACTIVE)


EVENTS: dict[str, Event] = {
    "message": Event("hears messages about the firm", _message, valence=True,
                     most=MOST_AT_ONCE),
    "news": Event("hears that acquaintances have left the firm", _news, most=MOST_AT_ONCE),
    "contact": Event("has contacts with an activity of the firm", _contact, activity=True,
                     most=MOST_CONTACTS),
    "click": Event("clicks on an activity of the firm", _click, activity=True),
    "experience": Event("learns that a purchase meets expectations (valence 1) or not (0)",
                        _experience, valence=True),
    "rating": Event("public ratings of the firm are posted", _rating, of_people=False,
                    valence=True, most=MOST_RATINGS),
    "lead": Event("becomes a lead without a need", _lead, activity=None),
    "enquiry": Event("has a need and asks the firm", _enquiry, activity=None),
    "join": Event("becomes an active customer of the firm", _join, activity=None),
    "leave": Event("ends the relationship with the firm", _leave),
    "exit": Event("leaves the market", _exit, of_firm=False),
}  # fmt: skip
"""The events by name."""


def asked(
    state: MarketState, event: str, firm: str, rows: Sequence[int], activity: str, number: int,
    valence: float | None,
) -> np.ndarray:  # fmt: skip
    """The events that a call of :meth:`sim.model.world.World.inject` asks for, int64
    [event, field of :class:`Injection`].

    Raises:
        ConfigError: one line about the first error.
    """
    kind = EVENTS[one_of(event, "event", EVENTS)]
    where = f"inject {event}"
    f = state.names.index(one_of(firm, "firm", state.names)) if kind.of_firm else NOBODY
    if firm and not kind.of_firm:
        raise ConfigError("{where}: concerns no firm; leave {what} out.", where=where, what="firm")
    k = _activity(state, where, kind, activity)
    number = whole_number(number, f"{where}: number", 1, kind.most)
    if valence is not None and not kind.valence:
        raise ConfigError("{where}: has no {what}; leave it out.", where=where, what="valence")
    value = 1.0 if valence is None else real_number(valence, f"{where}: valence", 0.0, 1.0)
    if event == "experience" and value not in (0.0, 1.0):
        raise ConfigError(
            "{where}: valence={valence}: a purchase meets expectations (1) or not (0).",
            where=where, valence=value,
        )  # fmt: skip
    if event == "click" and not state.engine.setup.click[k] > 0.0:
        raise ConfigError(
            "{where}: nobody can click on {activity}; allowed {allowed}.",
            where=where, activity=activity,
            allowed=[name for name, a in state.activities.items() if a.click > 0.0],
        )  # fmt: skip
    if event in ("lead", "enquiry") and (
        state.config.shelf.stores or not state.firms[f].sales.reps
    ):
        raise ConfigError("{where}: {firm} has no reps who work on leads.", where=where, firm=firm)
    chosen = _rows(state, where, kind, event, f, rows)
    code, parts = [*EVENTS].index(event), int(value * PARTS)
    return np.array([Injection(code, f, i, k, number, parts) for i in chosen], np.int64).reshape(
        -1, len(Injection._fields)
    )


def _activity(state: MarketState, where: str, kind: Event, activity: str) -> int:
    """Row of the activity of an event."""
    if activity and kind.activity is False:
        raise ConfigError(
            "{where}: concerns no activity; leave {what} out.", where=where, what="activity"
        )
    if activity or kind.activity:
        return [*state.activities].index(one_of(activity, "activity", state.activities))
    return NOBODY


def _rows(
    state: MarketState, where: str, kind: Event, event: str, f: int, rows: Sequence[int]
) -> list[int]:
    """Rows of the customers of an event, who can have it."""
    if not kind.of_people:
        if len(rows):
            raise ConfigError(
                "{where}: happens to no customer; leave {what} out.", where=where, what="rows"
            )
        return [NOBODY]
    given = np.asarray(rows)
    if given.size and given.dtype.kind not in "iu":
        raise ConfigError("{where}: rows are whole numbers.", where=where)
    chosen, last = given.astype(np.int64), state.people.size - 1
    for i in chosen[(chosen < 0) | (chosen > last)].tolist():
        raise ConfigError(
            "{where}: row {row} is no customer; allowed 0 to {last}.",
            where=where, row=i, last=last,
        )  # fmt: skip
    for can, why in _conditions(state, event, f):
        for i in chosen[~can[chosen]].tolist():
            raise ConfigError("{where}: row {row} {why}.", where=where, row=i, why=why)
    out: list[int] = chosen.tolist()
    return out


def _conditions(state: MarketState, event: str, f: int) -> list[tuple[np.ndarray, Message]]:
    """What customers must be like for an event, bool [customer], and what is wrong otherwise."""
    column = state.engine.column
    out = [(treatments.in_market(state, {"here": column("here")}), Message("is not in the market"))]
    if event in ("contact", "click"):
        reachable = np.asarray(state.people.sees > 0)
        out.append((reachable, Message("cannot be reached by activities")))
    if event in ("join", "leave"):
        active = column("relation")[f] & ACTIVE > 0
        if event == "leave":
            out.append((active, Message("is no active customer of the firm")))
        else:
            out.append((~active, Message("is an active customer of the firm already")))
    if event == "join" and state.config.loyalty.contract > 0:
        free = column("bound_until") <= state.clock
        out.append((free, Message("is under a contract that has not ended")))
    return out


def inject(state: MarketState, counts: WeekCounts | None) -> WeekCounts | None:
    """Let the events happen that are due this week.

    Args:
        counts: counts for the ledger of other experiments this week, added to in place.

    Returns:
        Counts for the ledger.
    """
    if not len(state.injected):
        return counts
    due, state.injected = state.injected, state.injected[:0]
    counts = treatments.no_counts(state) if counts is None else counts
    told = {(row, f): [source, flags] for row, f, source, flags in state.interest.tolist()}
    turn, kinds = _Turn(state, state.engine.columns(), counts, told), [*EVENTS.values()]
    for line in due.tolist():
        one = Injection(*line)
        kinds[one.event].apply(turn, one)
    state.engine.load(turn.columns)
    rows = [(*pair, *said) for pair, said in sorted(told.items())]
    state.interest = np.array(rows, np.int64).reshape(-1, 4)
    return counts
