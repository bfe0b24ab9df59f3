"""Planning of sales calls: follow-up of leads, cold calls, and the moments of calls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import draws
from sim.agents.sales.leads import Leads, SalesCalls
from sim.agents.sales.week import SalesWeek
from sim.compile import compiled
from sim.draws import high32, threshold, uniform, word
from sim.engines.protocol import ACTIVE, HERE
from sim.params import constant
from sim.rules import selling
from sim.rules.attention import repeated
from sim.rules.leads import WON
from sim.rules.organising import FIELDS
from sim.rules.pricing import log_price
from sim.rules.selling import SIGNS, TASKS, Selling
from sim.rules.units import WEEK_HOURS

PIECES = constant(
    "calls.PIECES",
    8,
    unit="pieces per sales call",
    meaning="Pieces of a sales call in which time is allotted.",
    source="convention: a field of a record costs about one piece to ask for again",
)
SPARE = constant(
    "calls.SPARE",
    64,
    unit="calls",
    meaning="Calls unasked for which room is kept beyond twice the expected number.",
    source="convention: beyond what chance exceeds in a small sales force",
)


class Beliefs:
    """Results of sales calls as remembered by the firm and by each rep, by kind of lead.

    A kind is a pair (source, sign). The last kinds are cold calls on prospects and on customers.

    Attributes:
        wins, tried: orders and calls in the firm's records, float64 [kind].
        rep_wins, rep_tried: orders and calls as each rep remembers them, float64 [rep, kind].
    """

    SAVED = ("wins", "tried", "rep_wins", "rep_tried")

    def __init__(self, sources: int) -> None:
        self.kinds = sources * SIGNS + TASKS
        self.wins, self.tried = np.zeros(self.kinds), np.zeros(self.kinds)
        self.rep_wins, self.rep_tried = (np.zeros((0, self.kinds)) for _ in range(2))

    def join(self) -> None:
        """Add a rep without remembered results."""
        nothing = np.zeros((1, self.kinds))
        self.rep_wins = np.concatenate([self.rep_wins, nothing])
        self.rep_tried = np.concatenate([self.rep_tried, nothing])

    def leave(self, place: int) -> None:
        """Remove the rep at a place, whose remembered results are lost."""
        self.rep_wins = np.delete(self.rep_wins, place, axis=0)
        self.rep_tried = np.delete(self.rep_tried, place, axis=0)

    def remember(self, calls: SalesCalls, result: np.ndarray, keep: float) -> None:
        """Add results of calls (codes of :mod:`sim.rules.leads`); keep a share of older ones."""
        _remember(calls, result, keep, self.rep_wins, self.rep_tried, self.wins, self.tried)


class Judgement(NamedTuple):
    """Judgement of every open lead by its rep, as columns [lead].

    Attributes:
        score: score of following the lead up.
        unasked: score of a cold call instead.
        rep: place of the rep.
        task: hunting or farming.
        kind: kind of belief.
        hold: hours after which an experiment has the lead answered, -1 for none.
    """

    score: np.ndarray
    unasked: np.ndarray
    rep: np.ndarray
    task: np.ndarray
    kind: np.ndarray
    hold: np.ndarray

    def keep(self, which: np.ndarray) -> Judgement:
        """Select the judgement of some leads; ``which`` is bool [lead]."""
        return Judgement(*(column[which] for column in self))


def judge(
    week: SalesWeek, leads: Leads, owner: np.ndarray, tenure: np.ndarray, beliefs: Beliefs,
    params: Selling, tracking: float,
) -> Judgement:  # fmt: skip
    """Judge all open leads.

    Args:
        owner: rep of each patch, int64 [patch].
        tenure: weeks since each rep was hired, float64 [rep].
        tracking: tracking of leads by management, as declared.
    """
    score, unasked, rep, task, kind = _judge(
        leads, week.clock, owner, week.patch, week.relation, week.draw_key,
        week.stream(draws.JUDGEMENT), tenure, beliefs.rep_wins, beliefs.rep_tried, beliefs.wins,
        beliefs.tried, params.belief_weight, params.prior_chance, params.prior_talks,
        float(params.lead_life), params.judgement, tracking, float(params.tenure_scale),
    )  # fmt: skip
    hold = np.where(leads.asked >= 0, week.answer_delay[leads.row], -1.0)
    hold[leads.waited >= 0] = -1.0
    score[hold >= 0.0] = np.inf  # so that they are answered when the experiment says
    return Judgement(score, unasked, rep, task, kind, hold)


def plan_calls(
    week: SalesWeek, leads: Leads, judged: Judgement, owner: np.ndarray, banks: np.ndarray,
    kinds: int, params: Selling, answer_hours: float,
) -> tuple[SalesCalls, np.ndarray]:  # fmt: skip
    """Plan the calls of a week: first leads that score higher than a cold call, best first; then
    cold calls on customers and prospects in the time left.

    Args:
        banks: available hours of reps, float64 [task, rep].
        kinds: number of kinds of belief.
        answer_hours: mean time until a lead is answered, in addition to waiting its turn.

    Returns:
        The calls, and the hours used, float64 [task, rep].
    """
    cost = params.talk_hours * week.weight
    room = (banks / cost * PIECES).astype(np.int64, order="C")
    taken = np.zeros_like(room)
    handoff = week.handoff.params
    time = _call_time(
        leads, week.clock, week.draw_key, week.streams(draws.STALE, len(FIELDS)),
        handoff.staleness, handoff.recheck_time,
    )  # fmt: skip
    turn = _follow(judged.score, judged.unasked, judged.rep, judged.task, time, room, taken)
    worth = np.flatnonzero(turn >= 0)
    busy = np.zeros(len(week.patch), np.uint8)
    busy[leads.row] = 1
    row, rep, task, own_turn = _cold_calls(
        week.draw_key, week.relation, week.here, week.sees, week.patch, owner, busy,
        week.stream(draws.COLD_CALL), week.stream(draws.VISIT), room, taken,
    )  # fmt: skip
    both = np.concatenate
    calls = SalesCalls(
        row=both([leads.row[worth], row]),
        rep=both([judged.rep[worth], rep]),
        task=both([judged.task[worth], task]),
        lead=both([worth, np.full(len(row), -1)]),
        kind=both([judged.kind[worth], kinds - TASKS + task]),
        starts=np.zeros(len(worth) + len(row)),
    )
    _times(calls, both([turn[worth], own_turn]), room, week.draw_key, week.stream(draws.ANSWER),
           answer_hours / WEEK_HOURS)  # fmt: skip
    answers = np.append(judged.hold, -1.0)[calls.lead]  # cold calls have the lead -1
    timed = answers >= 0.0
    calls.starts[timed] = np.minimum(selling.LAST_MOMENT, answers[timed] % WEEK_HOURS / WEEK_HOURS)
    return calls, taken / PIECES * cost


@compiled
def log_cuts(cut):  # type: ignore[no-untyped-def]
    """Convert discounts, as shares of the price, into logarithms of price over reduced price."""
    out = np.empty(len(cut))
    for n in range(len(cut)):
        out[n] = log_price(1.0, 1.0 - cut[n])
    return out


@compiled
def _judge(  # type: ignore[no-untyped-def]
    leads, week, owner, patch, relation, draw_key, at_judgement, tenure, wins, tried, firm_wins,
    firm_tried, weight, prior_chance, prior_talks, life, judgement, tracking, tenure_scale,
):  # fmt: skip
    """Judgement of each open lead by its rep (:class:`Judgement`)."""
    size, kinds = len(leads.row), wins.shape[1]
    score, unasked = np.empty(size), np.empty(size)
    rep, task, kind = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    for n in range(size):
        i = leads.row[n]
        r, t = owner[patch[i]], np.int64(relation[i] & ACTIVE)
        k, stranger = leads.source[n] * SIGNS + leads.sign[n], kinds - TASKS + t
        chance = selling.believed_chance(
            wins[r, k], tried[r, k], firm_wins[k], firm_tried[k], weight, prior_chance,
            prior_talks,
        )  # fmt: skip
        base = selling.believed_chance(
            wins[r, stranger], tried[r, stranger], firm_wins[stranger], firm_tried[stranger],
            weight, prior_chance, prior_talks,
        )  # fmt: skip
        factor = selling.misjudged(uniform(word(draw_key[i], at_judgement)), judgement)
        tracked = selling.tracked_worth(tracking, tenure[r], base, tenure_scale)
        score[n] = selling.lead_score(
            chance, np.float64(week - leads.created[n]), life, factor, tracked
        )
        unasked[n], rep[n], task[n], kind[n] = base, r, t, k
    return score, unasked, rep, task, kind


@compiled
def _call_time(leads, week, draw_key, at_stale, staleness, recheck_time):  # type: ignore[no-untyped-def]
    """Time of a call to each lead, in pieces of a call; the first call takes longer for every field
    of the record that is lost, wrong or stale."""
    out = np.full(len(leads.row), PIECES, np.int64)
    for n in range(len(leads.row)):
        if leads.talked[n] > 0 or leads.corrupted[n] < 0:
            continue
        stale, bad = repeated(staleness, week - leads.created[n]), 0
        for field in range(len(at_stale)):
            corrupted = (leads.corrupted[n] >> field) & 1 == 1
            bad += corrupted or uniform(word(draw_key[leads.row[n]], at_stale[field])) < stale
        out[n] += np.int64(recheck_time * PIECES * bad + 0.5)
    return out


@compiled
def _follow(score, unasked, rep, task, time, room, taken):  # type: ignore[no-untyped-def]
    """Turn of each lead among those its rep follows up this week, best first, or -1. ``room`` and
    ``taken`` [task, rep] are the available and the allotted time, in pieces of a call."""
    turn = np.full(len(score), -1, np.int64)
    for n in np.argsort(-score, kind="mergesort"):
        t, r = task[n], rep[n]
        if score[n] >= unasked[n] and taken[t, r] + time[n] <= room[t, r]:
            turn[n] = taken[t, r]
            taken[t, r] += time[n]
    return turn


@compiled
def _cold_calls(  # type: ignore[no-untyped-def]
    draw_key, relation, here, sees, patch, owner, busy, cold, visit, room, taken
):
    """Cold calls in the time left: row, rep, task, and turn, int64 [call] each."""
    reps = room.shape[1]
    people = np.zeros((TASKS, reps), np.int64)
    for i in range(len(patch)):
        if here[i] == HERE and sees[i] and not busy[i]:
            people[relation[i] & ACTIVE, owner[patch[i]]] += 1
    limit, most = np.zeros((TASKS, reps), np.uint64), SPARE
    for t in range(TASKS):
        for r in range(reps):
            left = (room[t, r] - taken[t, r]) // PIECES
            most += 2 * left
            limit[t, r] = threshold(min(1.0, left / max(1, people[t, r])))
    row, draw, n = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for i in range(len(patch)):
        if here[i] != HERE or not sees[i] or busy[i]:
            continue
        t = relation[i] & ACTIVE
        drawn = high32(word(draw_key[i], visit if t else cold))
        if drawn < limit[t, owner[patch[i]]] and n < most:
            row[n], draw[n] = i, np.int64(drawn)
            n += 1
    rows, callers = np.empty(n, np.int64), np.empty(n, np.int64)
    tasks, turns = np.empty(n, np.int64), np.empty(n, np.int64)
    seen = 0
    for j in np.argsort(draw[:n], kind="mergesort"):
        i = row[j]
        t, r = relation[i] & ACTIVE, owner[patch[i]]
        if taken[t, r] + PIECES <= room[t, r]:
            rows[seen], callers[seen], tasks[seen], turns[seen] = i, r, t, taken[t, r]
            taken[t, r] += PIECES
            seen += 1
    return rows[:seen], callers[:seen], tasks[:seen], turns[:seen]


@compiled
def _times(calls, turn, room, draw_key, stream, delay):  # type: ignore[no-untyped-def]
    """Set the moments of the calls in place."""
    for n in range(len(turn)):
        share = turn[n] / max(1, room[calls.task[n], calls.rep[n]])
        drawn = uniform(word(draw_key[calls.row[n]], stream))
        calls.starts[n] = selling.answer_time(share, drawn, delay)


@compiled
def _remember(calls, result, keep, wins, tried, firm_wins, firm_tried):  # type: ignore
    """Add results of calls to the memories of reps and firm; keep a share of earlier ones."""
    for k in range(len(firm_wins)):
        firm_wins[k] *= keep
        firm_tried[k] *= keep
        for r in range(len(wins)):
            wins[r, k] *= keep
            tried[r, k] *= keep
    for n in range(len(calls.row)):
        r, k = calls.rep[n], calls.kind[n]
        tried[r, k] += 1.0
        firm_tried[k] += 1.0
        if result[n] == WON:
            wins[r, k] += 1.0
            firm_wins[k] += 1.0
