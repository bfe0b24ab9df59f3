"""Leads of a firm: creation, handoff, acceptance, progress and outcome.

In the loops ``c`` are the :class:`~sim.agents.sales.columns.Columns`, ``w`` the
:class:`~sim.agents.sales.columns.SalesWeek` and ``f`` is the row of a firm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import draws
from sim.compile import inner, part
from sim.draws import stream_key, uniform, word
from sim.engines.protocol import ASKS, HERE, NEEDS
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.rules import leads as params
from sim.rules import organising
from sim.rules.leads import (
    ACCEPTED,
    CAME,
    NO_NEED,
    NO_USE,
    NOT_CONSIDERED,
    NOT_MET,
    OPPORTUNITY,
    QUALIFIED,
    REJECTED,
    SCREENED,
    WORKED,
)
from sim.rules.organising import FIELDS
from sim.rules.selling import ASKED, HUNT, OPEN
from sim.rules.units import WEEK_HOURS

NEED_FIELD = FIELDS.index("need")

WRONG_NEED = 1 << len(FIELDS)
"""Bit of a record that states the wrong need, beside those of its fields."""

ACCOUNT = np.array(LEAD_FLOWS, np.int64)
"""Ledger account of each flow of leads."""

ORDERED, CALLED = 1, 2
FOLLOWED = 2 * CALLED
"""Marks of customers while a week is learnt from: has ordered from the firm; was called; was called
on an open lead, this week or before, or ordered in a call."""


class Leads(NamedTuple):
    """Open leads of a firm, as int64 columns [lead].

    Attributes:
        row: row of the customer.
        source: touch code; one more for the reps' own leads.
        created: week in which the lead was created.
        sign: COLD, HOT, ASKED or OPEN.
        talked: number of sales calls.
        offered: whether an offer was made, 0 or 1.
        asked: week of the enquiry, -1 for none.
        waited: time until the enquiry was answered, 1/65536 hours, -1 if not yet.
        corrupted: lost or wrong fields of the record, one bit each, and one more for a wrong need;
            -1 for no record, as the lead was not handed over.
    """

    row: np.ndarray
    source: np.ndarray
    created: np.ndarray
    sign: np.ndarray
    talked: np.ndarray
    offered: np.ndarray
    asked: np.ndarray
    waited: np.ndarray
    corrupted: np.ndarray


@part
def expire(c, w, f):  # type: ignore[no-untyped-def]
    """Close leads that are too old, or whose customers have left the market."""
    life = c.terms[f].selling.lead_life
    for n in range(c.forces[f].open):
        lead = c.leads[f, n]
        present = w.here[lead.row] == HERE
        lead.fate = params.ageing_fate(present, w.clock - lead.created, life, lead.talked)
        if lead.fate >= 0:
            c.flows[f, lead.source, lead.fate] += 1
    close(c, w, f)


@part
def create(c, w, f, interest, handoff_care, screening):  # type: ignore[no-untyped-def]
    """Turn last week's interest into leads. An enquiry upgrades an existing lead.

    Args:
        interest: signals of all firms, at most one per customer and firm, int64 [signal, 4].
        handoff_care, screening: :class:`sim.agents.sales.columns.Conditions`.
    """
    force, terms, before = c.forces[f], c.terms[f], c.forces[f].open
    for n in range(before):
        w.mark[c.leads[f, n].row] = n + 1
    at_sign = stream_key(draws.SIGN, w.clock, terms.firm, 0)
    at_screening = stream_key(draws.SCREENING, w.clock, terms.firm, 0)
    for n in range(len(interest)):
        i, firm, source, flags = interest[n]
        if firm != f or w.here[i] != HERE:
            continue
        asks, needs = flags & ASKS != 0, flags & NEEDS != 0
        if w.mark[i] > 0:
            known = c.leads[f, w.mark[i] - 1]
            if asks and known.asked < 0:
                known.sign = max(known.sign, ASKED)
                known.asked = w.clock
                if known.corrupted > 0:  # who asks says what is needed
                    known.corrupted &= ~WRONG_NEED
            continue
        c.flows[f, source, CAME] += 1
        checked = not asks and uniform(word(w.draw_key[i], at_screening)) < screening
        right = uniform(word(w.draw_key[i], at_sign)) < terms.selling.lead_signal_accuracy
        sign = params.first_impression(asks, needs, checked, right)
        if checked:
            c.booked[f, acc.SCREENING] += terms.screening_cents * w.weight
            c.flows[f, source, SCREENED] += not needs
        if sign < 0:
            continue
        lead = c.leads[f, force.open]
        force.open += 1
        lead.row, lead.source, lead.created, lead.sign = i, source, w.clock, sign
        lead.talked, lead.offered, lead.waited, lead.corrupted = 0, 0, -1, 0
        lead.asked = w.clock if sign == ASKED else -1
        _hand_over(c, w, f, lead, handoff_care)
    for n in range(before):
        w.mark[c.leads[f, n].row] = 0


@part
def _hand_over(c, w, f, lead, handoff_care):  # type: ignore[no-untyped-def]
    """Hand a new lead over to sales: fields of its record are lost or wrong. Enquiries reach sales
    directly."""
    if lead.sign == ASKED:
        lead.corrupted = -1
        return
    terms, careless = c.terms[f], 1.0 - handoff_care
    loss = terms.organising.handoff_loss * careless
    error = terms.organising.handoff_error * careless
    c.booked[f, acc.HANDED] += 1
    for field in range(len(FIELDS)):
        stream = stream_key(draws.HANDOFF, w.clock, terms.firm, field)
        fate = organising.field_state(uniform(word(w.draw_key[lead.row], stream)), loss, error)
        if fate == 0:
            continue
        c.booked[f, acc.CORRUPTED] += 1
        lead.corrupted |= 1 << field
        if field == NEED_FIELD:
            lead.sign = params.corrupted_sign(lead.sign, fate == 2)
            if fate == 2:
                lead.corrupted |= WRONG_NEED


@inner
def states_wrong_need(lead):  # type: ignore[no-untyped-def]
    """Whether the record of a lead states the wrong need."""
    return lead.corrupted > 0 and lead.corrupted & WRONG_NEED != 0


@part
def accept(c, w, f, before):  # type: ignore[no-untyped-def]
    """Sales refuses new leads, from place ``before`` on, that score lower than a cold call; leads
    that were handed over count less, the more it blames losses on the market department."""
    distrust = c.terms[f].organising.distrust
    for n in range(c.forces[f].open):
        lead = c.leads[f, n]
        lead.fate = -1
        if n >= before:
            score = lead.score
            if lead.corrupted >= 0:
                score = organising.distrusted(score, c.forces[f].blame, distrust)
            if score < lead.cold:
                lead.fate = REJECTED
                c.flows[f, lead.source, REJECTED] += 1
            else:
                c.flows[f, lead.source, ACCEPTED] += 1
    close(c, w, f)


@part
def progress(c, w, f, calls):  # type: ignore[no-untyped-def]
    """Update leads by the results of the week's calls, and create reps' own leads. Customers who
    have ordered from the firm are marked so.

    Args:
        calls: calls of all firms, record :data:`sim.agents.sales.columns.CALL` [call].
    """
    force, own = c.forces[f], c.flows.shape[1] - 1
    for n in range(force.open):
        c.leads[f, n].fate = -1
    before = force.open
    for n in range(force.calls, force.calls_end):
        if calls[n].lead >= 0:
            _work(c, w, f, c.leads[f, calls[n].lead], calls[n])
    for n in range(before):
        lead = c.leads[f, n]
        if lead.fate < 0 and w.mark[lead.row] & ORDERED:
            lead.fate = params.order_fate(lead.talked)
            c.flows[f, lead.source, lead.fate] += 1
    for n in range(force.calls, force.calls_end):
        call = calls[n]
        if call.lead < 0 and call.task == HUNT and _finds_need(call.result):
            _open_own(c, w, f, own, call)


@inner
def _finds_need(result):  # type: ignore[no-untyped-def]
    """Whether a sales call has found a need."""
    return result != NOT_MET and result != NO_NEED


@part
def _work(c, w, f, lead, call):  # type: ignore[no-untyped-def]
    """Update a lead by the result of a call."""
    source = lead.source
    c.flows[f, source, WORKED] += lead.talked == 0
    lead.talked += 1
    if lead.asked >= 0 and lead.waited < 0:
        weeks = np.float64(w.clock - lead.asked) + call.starts
        lead.waited = np.int64(weeks * (WEEK_HOURS * acc.PARTS))
        c.booked[f, acc.ANSWERED] += 1
        c.booked[f, acc.ANSWER_HOURS] += lead.waited
    if _finds_need(call.result):
        c.flows[f, source, QUALIFIED] += lead.sign != OPEN
        lead.sign = OPEN
        if call.result != NOT_CONSIDERED:
            c.flows[f, source, OPPORTUNITY] += lead.offered == 0
            lead.offered = 1
    lead.fate = params.call_fate(call.result)
    if lead.fate >= 0:
        c.flows[f, source, lead.fate] += 1


@part
def _open_own(c, w, f, own, call):  # type: ignore[no-untyped-def]
    """A prospect in need, met by a cold call, becomes a lead of the rep's own."""
    force = c.forces[f]
    lead = c.leads[f, force.open]
    force.open += 1
    lead.row, lead.source, lead.created, lead.sign, lead.talked = call.row, own, w.clock, OPEN, 1
    lead.asked, lead.waited, lead.corrupted = -1, -1, -1
    lead.offered = call.result != NOT_CONSIDERED
    lead.fate = params.call_fate(call.result)
    for flow in (CAME, ACCEPTED, WORKED, QUALIFIED):
        c.flows[f, own, flow] += 1
    c.flows[f, own, OPPORTUNITY] += lead.offered
    if lead.fate >= 0:
        c.flows[f, own, lead.fate] += 1


@inner
def close(c, w, f):  # type: ignore[no-untyped-def]
    """Remove leads with an outcome, log them, and count the blame for lost ones."""
    force, kept = c.forces[f], 0
    for n in range(force.open):
        lead = c.leads[f, n]
        if lead.fate >= 0:
            _log(c, w, f, lead)
            _blame(c, w, f, lead)
            continue
        if kept < n:
            c.leads[f, kept] = lead
        kept += 1
    force.open = kept


@inner
def _log(c, w, f, lead):  # type: ignore[no-untyped-def]
    """Log a lead that ends, if a log is kept."""
    if len(w.ended) == 0:
        return
    number = np.int64(-1)
    if c.forces[f].reps > 0:
        number = np.int64(draws.rep_number(c.reps[f, c.owner[f, w.patch[lead.row]]].ident))
    row = w.ended[w.ended_number[0]]
    values = (
        np.int64(f), lead.row, number, lead.source, lead.created, lead.asked, lead.waited,
        lead.talked, ACCOUNT[lead.fate],
    )  # fmt: skip
    for n in range(len(values)):
        row[n] = values[n]
    w.ended_number[0] += 1


@inner
def _blame(c, w, f, lead):  # type: ignore[no-untyped-def]
    """Count a lead that was handed over and is lost, and whether sales blames it on the market
    department and the market department on sales."""
    own = c.flows.shape[1] - 1
    if not params.is_lost(lead.fate) or lead.source == own:
        return
    terms, key = c.terms[f], w.draw_key[lead.row]
    spread = terms.organising.self_serving
    by_sales = uniform(word(key, stream_key(draws.BLAME, w.clock, terms.firm, 0)))
    by_market = uniform(word(key, stream_key(draws.BLAME, w.clock, terms.firm, 1)))
    fault = params.fault_of_sales(lead.fate)
    c.booked[f, acc.LOST] += 1
    c.booked[f, acc.BLAMED_MARKET] += organising.blames_other(
        lead.fate == NO_USE, terms.informed, by_sales, spread
    )
    c.booked[f, acc.BLAMED_SALES] += organising.blames_other(
        fault, terms.informed, by_market, spread
    )


@part
def remember_blame(c, f):  # type: ignore[no-untyped-def]
    """Add the week's blame of the market department to the recent blame of a firm's sales."""
    force, booked = c.forces[f], c.booked[f]
    force.blame = organising.recent_blame(
        force.blame, np.float64(booked[acc.BLAMED_MARKET]), np.float64(booked[acc.LOST]),
        c.terms[f].selling.belief_keep,
    )  # fmt: skip
