"""Planning of sales calls: follow-up of leads, cold calls, and the moments of calls.

A rep's hours go to a ``bank`` of each task. They are the ``room`` of the week, in pieces of a call;
what calls have ``taken`` of it leaves less for the next, and a call's ``turn`` is what had been
taken before it. A call on nobody's lead is a cold call: on a prospect, or a visit to a customer.

In the loops ``c`` are the :class:`~sim.agents.sales.columns.Columns`, ``w`` the
:class:`~sim.agents.sales.columns.SalesWeek` and ``f`` is the row of a firm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import draws
from sim.compile import inner, part
from sim.draws import high32, stream_key, threshold, uniform, word
from sim.engines.kernels.columns import BLOCK
from sim.engines.protocol import ACTIVE, HERE
from sim.params import constant
from sim.rules import selling
from sim.rules.attention import repeated
from sim.rules.leads import WON
from sim.rules.organising import FIELDS
from sim.rules.selling import FARM, HUNT, SIGNS, TASKS
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
    meaning="Cold calls for which room is kept beyond twice the expected number.",
    source="convention: beyond what chance exceeds in a small sales force",
)


class SalesCalls(NamedTuple):
    """Sales calls of a firm in a week, as columns [call].

    Attributes:
        row: row of the customer.
        rep: place of the rep.
        task: hunting or farming.
        lead: place among the open leads, -1 for a cold call.
        kind: kind of belief.
        starts: moment of the week at which the call starts, 0 to 1.
    """

    row: np.ndarray
    rep: np.ndarray
    task: np.ndarray
    lead: np.ndarray
    kind: np.ndarray
    starts: np.ndarray


class Beliefs(NamedTuple):
    """Results of sales calls as remembered by a firm and by each of its reps, by kind of lead.

    A kind is a pair (source, sign). The last kinds are cold calls on prospects and on customers.

    Attributes:
        wins, tried: orders and calls in the firm's records, float64 [kind].
        rep_wins, rep_tried: orders and calls as each rep remembers them, float64 [rep, kind].
    """

    wins: np.ndarray
    tried: np.ndarray
    rep_wins: np.ndarray
    rep_tried: np.ndarray


def kinds(sources: int) -> int:
    """Number of kinds of belief, given the number of sources of leads."""
    return sources * SIGNS + TASKS


@part
def judge(c, w, f):  # type: ignore[no-untyped-def]
    """Have every open lead of a firm judged by its rep."""
    force, terms = c.forces[f], c.terms[f]
    params, stream = terms.selling, stream_key(draws.JUDGEMENT, w.clock, terms.firm, 0)
    for n in range(force.open):
        lead = c.leads[f, n]
        i = lead.row
        r, task = c.owner[f, w.patch[i]], np.int64(w.relation[f, i] & ACTIVE)
        cold_kind = c.beliefs.shape[2] - TASKS + task
        lead.rep, lead.task, lead.kind = r, task, lead.source * SIGNS + lead.sign
        chance = _believed(c, f, r, lead.kind, params)
        lead.cold = _believed(c, f, r, cold_kind, params)
        factor = selling.misjudged(uniform(word(w.draw_key[i], stream)), params.judgement)
        tracked = selling.tracked_worth(
            terms.force.tracking, np.float64(w.clock - c.reps[f, r].hired), lead.cold,
            params.tenure_scale,
        )  # fmt: skip
        lead.score = selling.lead_score(
            chance, np.float64(w.clock - lead.created), np.float64(params.lead_life), factor,
            tracked,
        )  # fmt: skip
        lead.hold = _hold(w, f, lead)
        if lead.hold >= 0.0:
            lead.score = np.inf  # so that it is answered when the experiment says


@inner
def _believed(c, f, r, kind, params):  # type: ignore[no-untyped-def]
    """Order probability of a call on a kind of lead, as a rep believes it."""
    own, firm = c.beliefs[f, 1 + r, kind], c.beliefs[f, 0, kind]
    return selling.believed_chance(
        own.wins, own.tried, firm.wins, firm.tried, params.belief_weight, params.prior_chance,
        params.prior_talks,
    )  # fmt: skip


@inner
def _hold(w, f, lead):  # type: ignore[no-untyped-def]
    """Hours after which an experiment has an enquiry answered that still waits, -1 for none. Of
    several experiments, the last one holds."""
    hours = -1.0
    if lead.asked >= 0 and lead.waited < 0:
        for n in range(len(w.delays)):
            delay = w.delays[n]
            if delay.firm == f and np.int64(w.tags[lead.row]) & delay.tag > 0:
                hours = delay.hours
    return hours


@part
def put_off(c, w, f):  # type: ignore[no-untyped-def]
    """Leave leads for a later week that an experiment has answered then."""
    for n in range(c.forces[f].open):
        lead = c.leads[f, n]
        if lead.hold >= 0.0 and w.clock - lead.asked < np.floor(lead.hold / WEEK_HOURS):
            lead.score = -1.0


@part
def serve_accounts(c, w, f):  # type: ignore[no-untyped-def]
    """Take the time that present accounts need from the reps of a firm, from both tasks alike."""
    need = c.terms[f].selling.account_hours * w.weight
    for r in range(c.forces[f].reps):
        c.reps[f, r].people[FARM] = 0
    for i in range(len(w.patch)):
        if w.relation[f, i] & ACTIVE and w.here[i] == HERE and w.sees[i]:
            c.reps[f, c.owner[f, w.patch[i]]].people[FARM] += 1
    for r in range(c.forces[f].reps):
        rep = c.reps[f, r]
        hours = rep.bank[HUNT] + rep.bank[FARM]
        left = selling.hours_left(hours, np.float64(rep.people[FARM]), need)
        for task in range(TASKS):
            rep.bank[task] *= left


@part
def open_banks(c, w, f):  # type: ignore[no-untyped-def]
    """Set the time of the reps of a firm, in pieces of a call, and return the number of calls for
    which it suffices."""
    cost, most = c.terms[f].selling.talk_hours * w.weight, 0
    for r in range(c.forces[f].reps):
        rep = c.reps[f, r]
        for task in range(TASKS):
            rep.room[task] = np.int64(rep.bank[task] / cost * PIECES)
            rep.taken[task] = 0
            most += rep.room[task] // PIECES
    return most


@part
def close_banks(c, w, f):  # type: ignore[no-untyped-def]
    """Take the time of the calls from the hours worked. Time too short for a call is carried over,
    up to one call."""
    cost = c.terms[f].selling.talk_hours * w.weight
    for r in range(c.forces[f].reps):
        rep = c.reps[f, r]
        for task in range(TASKS):
            used = rep.taken[task] / PIECES * cost
            rep.bank[task] = min(rep.bank[task] - used, cost)


@inner
def _take(rep, task, pieces):  # type: ignore[no-untyped-def]
    """Allot time of a rep to a call; return its turn, or -1 if there is no time left."""
    turn = rep.taken[task]
    if turn + pieces > rep.room[task]:
        return -1
    rep.taken[task] += pieces
    return turn


@part
def follow_up(c, w, f, order):  # type: ignore[no-untyped-def]
    """Allot time to leads that score higher than a cold call, best first.

    Args:
        order: places of the leads, best first, int64 [lead].
    """
    for n in order:
        lead = c.leads[f, n]
        lead.turn = -1
        if lead.score >= lead.cold:
            rep = c.reps[f, lead.rep]
            lead.turn = _take(rep, lead.task, _call_time(c, w, f, lead))


@inner
def _call_time(c, w, f, lead):  # type: ignore[no-untyped-def]
    """Time of a call to a lead, in pieces of a call; the first call takes longer for every field of
    the record that is lost, wrong or stale."""
    if lead.talked > 0 or lead.corrupted < 0:
        return PIECES
    terms, bad = c.terms[f], 0
    stale = repeated(terms.organising.staleness, w.clock - lead.created)
    for field in range(len(FIELDS)):
        stream = stream_key(draws.STALE, w.clock, terms.firm, field)
        corrupted = (lead.corrupted >> field) & 1 == 1
        bad += corrupted or uniform(word(w.draw_key[lead.row], stream)) < stale
    return PIECES + np.int64(terms.organising.recheck_time * PIECES * bad + 0.5)


@part
def add_follow_ups(c, f, calls, made):  # type: ignore[no-untyped-def]
    """Add the calls to leads that have a turn, in the order of leads; return the number of calls
    made so far."""
    for n in range(c.forces[f].open):
        lead = c.leads[f, n]
        if lead.turn >= 0:
            call = calls[made]
            call.row, call.rep, call.task, call.lead = lead.row, lead.rep, lead.task, n
            call.kind, call.turn = lead.kind, lead.turn
            made += 1
    return made


@inner
def count_reachable(w, relation, owner, people):  # type: ignore[no-untyped-def]
    """Add up the customers whom each rep can reach by cold calls. Customers with an open lead are
    marked.

    Args:
        relation: relationships with the firm, [customer].
        owner: rep of each patch, [patch].
        people: added to, int64 [part, rep, task]; parts, so that no addition waits for the one
            before.
    """
    patch, here, sees, mark = w.patch, w.here, w.sees, w.mark
    for i in range(len(patch)):
        reach = (here[i] == HERE) & (sees[i] != 0) & (mark[i] == 0)
        people[i % len(people), owner[patch[i]], relation[i] & ACTIVE] += reach


@part
def limit_cold_calls(c, w, f):  # type: ignore[no-untyped-def]
    """Set the chance of a cold call by rep and task, so that calls fill the time left, and
    return a number they hardly exceed."""
    force, most = c.forces[f], SPARE
    people = np.zeros((2, force.reps, TASKS), np.int64)
    count_reachable(w, w.relation[f], c.owner[f], people)
    for r in range(force.reps):
        rep = c.reps[f, r]
        for task in range(TASKS):
            found = 0
            for part_of in range(len(people)):
                found += people[part_of, r, task]
            left = (rep.room[task] - rep.taken[task]) // PIECES
            most += 2 * left
            rep.limit[task] = threshold(min(1.0, left / max(1, found)))
    return most


@inner
def draw_calls(draw_key, relation, cold, visit, draw):  # type: ignore[no-untyped-def]
    """Write the draws of some customers for cold calls into ``draw``, without branches."""
    for i in range(len(draw)):
        stream = visit if relation[i] & ACTIVE else cold
        draw[i] = high32(word(draw_key[i], stream))


@part
def draw_cold_calls(c, w, f, row, draw):  # type: ignore[no-untyped-def]
    """Draw customers for cold calls into ``row``, with their draws, up to the length of the two;
    return their number. Customers with an open lead are marked."""
    firm, n, highest = c.terms[f].firm, 0, np.uint64(0)
    for r in range(c.forces[f].reps):
        for task in range(TASKS):
            highest = max(highest, c.reps[f, r].limit[task])
    cold = stream_key(draws.COLD_CALL, w.clock, firm, 0)
    visit = stream_key(draws.VISIT, w.clock, firm, 0)
    drawn, relation = np.empty(BLOCK, np.uint32), w.relation[f]
    for lo in range(0, len(w.patch), BLOCK):
        hi = min(len(w.patch), lo + BLOCK)
        draw_calls(w.draw_key[lo:hi], relation[lo:hi], cold, visit, drawn[: hi - lo])
        for i in range(lo, hi):
            if drawn[i - lo] >= highest or w.here[i] != HERE or not w.sees[i] or w.mark[i]:
                continue
            limit = c.reps[f, c.owner[f, w.patch[i]]].limit[relation[i] & ACTIVE]
            if drawn[i - lo] < limit and n < len(row):
                row[n], draw[n] = i, np.float64(drawn[i - lo])
                n += 1
    return n


@part
def add_cold_calls(c, w, f, row, order, calls, made):  # type: ignore[no-untyped-def]
    """Add cold calls in the time left; return the number of calls made so far.

    Args:
        row: rows of the customers drawn. order: their places in the order of draws.
    """
    for n in order:
        i = row[n]
        task, r = np.int64(w.relation[f, i] & ACTIVE), c.owner[f, w.patch[i]]
        turn = _take(c.reps[f, r], task, PIECES)
        if turn >= 0:
            call = calls[made]
            call.row, call.rep, call.task, call.lead = i, r, task, -1
            call.kind, call.turn = c.beliefs.shape[2] - TASKS + task, turn
            made += 1
    return made


@part
def set_times(c, w, f, calls):  # type: ignore[no-untyped-def]
    """Set the moments of the calls of a firm."""
    force, terms = c.forces[f], c.terms[f]
    delay = terms.force.answer_hours / WEEK_HOURS
    stream = stream_key(draws.ANSWER, w.clock, terms.firm, 0)
    for n in range(force.calls, force.calls_end):
        call = calls[n]
        share = call.turn / max(1, c.reps[f, call.rep].room[call.task])
        drawn = uniform(word(w.draw_key[call.row], stream))
        call.starts = selling.answer_time(share, drawn, delay)
        if call.lead >= 0:
            hold = c.leads[f, call.lead].hold
            if hold >= 0.0:
                call.starts = min(selling.LAST_MOMENT, hold % WEEK_HOURS / WEEK_HOURS)


@part
def remember(c, f, calls):  # type: ignore[no-untyped-def]
    """Add results of the calls of a firm to the memories of reps and firm; keep a share of earlier
    ones."""
    force, keep = c.forces[f], c.terms[f].selling.belief_keep
    for r in range(1 + force.reps):
        for kind in range(c.beliefs.shape[2]):
            belief = c.beliefs[f, r, kind]
            belief.wins *= keep
            belief.tried *= keep
    for n in range(force.calls, force.calls_end):
        call = calls[n]
        own, firm = c.beliefs[f, 1 + call.rep, call.kind], c.beliefs[f, 0, call.kind]
        own.tried += 1.0
        firm.tried += 1.0
        if call.result == WON:
            own.wins += 1.0
            firm.wins += 1.0
