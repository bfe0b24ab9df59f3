"""Leads of a firm: creation, handoff, progress and outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim import draws
from sim.agents.sales.week import SalesWeek
from sim.compile import compiled
from sim.draws import uniform, word
from sim.engines.protocol import ASKS, HERE, NEEDS
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS, PARTS
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


class Leads(NamedTuple):
    """Open leads, as int64 columns [lead].

    Attributes:
        row: row of the customer.
        source: touch code; one more for the reps' own leads.
        created: week in which the lead was created.
        sign: COLD, HOT, ASKED or OPEN.
        talked: number of sales calls.
        offered: whether an offer was made, 0 or 1.
        asked: week of the enquiry, -1 for none.
        waited: time until the enquiry was answered, 1/65536 hours, -1 if not yet.
        corrupted: lost or wrong fields of the record, one bit each; -1 for no record, as the lead
            was not handed over.
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


class SalesCalls(NamedTuple):
    """Sales calls of a week, as columns [call].

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


NO_LEADS = Leads(*(np.zeros(0, np.int64) for _ in Leads._fields))
_NONE = np.zeros(0, np.int64)
NO_CALLS = SalesCalls(_NONE, _NONE, _NONE, _NONE, _NONE, np.zeros(0))


class LeadPool:
    """The open leads of a firm.

    Args:
        own: source code of the reps' own leads, the last one.
        booked: the firm's accounts of this week, added to, int64 [account].

    Attributes:
        open: open leads.
        flows: flows of leads this week, int64 [source, flow].
        closed: this week's rows of the log of leads.
    """

    def __init__(self, own: int, booked: np.ndarray) -> None:
        self.own, self.booked = own, booked
        self.open = NO_LEADS
        self.flows = np.zeros((own + 1, len(LEAD_FLOWS)), np.int64)
        self.closed: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self.open.row)

    def open_week(self) -> None:
        """Set this week's counts to zero."""
        self.flows[:] = 0
        self.closed = []

    def expire(
        self, week: SalesWeek, life: int, rep_of: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        """Close leads that are too old, or whose customers have left the market."""
        fates = _expire(self.open, week.here, week.clock, life, self.flows)
        self.close(week, fates, rep_of)

    def create(
        self, week: SalesWeek, interest: np.ndarray, accuracy: float, screening_cost: int
    ) -> None:
        """Turn last week's interest into leads.

        Args:
            interest: int64 [signal, 3]: row, source, flags; at most one per customer.
            accuracy: share of unchecked leads with the right sign of a need.
            screening_cost: cents per lead checked.
        """
        row, source, flags = np.ascontiguousarray(interest.T)
        sign, checked = _create_leads(
            self.open, row, source, flags, week.here, week.draw_key, week.clock,
            week.stream(draws.SIGN), week.stream(draws.SCREENING), accuracy,
            week.handoff.screening, self.flows,
        )  # fmt: skip
        self.booked[acc.SCREENING] += checked * screening_cost * week.weight
        new = sign >= 0
        none = np.zeros(int(new.sum()), np.int64)
        asked = np.where(sign[new] == ASKED, week.clock, -1)
        sign, corrupted = self._hand_over(week, row[new], sign[new])
        self._add(
            Leads(row[new], source[new], none + week.clock, sign, none, none, asked, none - 1,
                  corrupted)
        )  # fmt: skip

    def _hand_over(
        self, week: SalesWeek, row: np.ndarray, sign: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Records as they reach sales: signs, and lost or wrong fields as bits. Enquiries reach
        sales directly."""
        handoff = week.handoff
        careless = 1.0 - handoff.handoff_care
        sign, corrupted = sign.copy(), np.zeros(len(row), np.int64)
        handed, bad = _corrupt_records(
            row, sign, corrupted, week.draw_key, week.streams(draws.HANDOFF, len(FIELDS)),
            handoff.params.handoff_loss * careless, handoff.params.handoff_error * careless,
        )  # fmt: skip
        self.booked[acc.HANDED] += handed
        self.booked[acc.CORRUPTED] += bad
        return sign, corrupted

    def accept(self, before: int, refused: np.ndarray) -> None:
        """Count new leads, from place ``before`` on, that sales accepts or refuses (bool)."""
        source = self.open.source
        np.add.at(self.flows[:, ACCEPTED], source[before:][~refused[before:]], 1)
        np.add.at(self.flows[:, REJECTED], source[refused], 1)

    def progress(
        self, week: SalesWeek, calls: SalesCalls, result: np.ndarray, ordered: np.ndarray,
        rep_of: Callable[[np.ndarray], np.ndarray],
    ) -> None:  # fmt: skip
        """Update leads by the results of the week's calls, create reps' own leads, and close those
        with an outcome.

        Args:
            result: results of the calls, codes of :mod:`sim.rules.leads`.
            ordered: whether the customer has ordered from the firm, bool [customer].
        """
        before = self.open.waited >= 0
        fates, opens = _progress(
            self.open, calls, result, ordered, week.clock, self.own, self.flows
        )
        now = (self.open.waited >= 0) & ~before
        self.booked[acc.ANSWERED] += int(now.sum())
        self.booked[acc.ANSWER_HOURS] += int(self.open.waited[now].sum())
        new = opens >= -1
        none = np.zeros(int(new.sum()), np.int64)
        offered = (result[new] != NOT_CONSIDERED).astype(np.int64)
        self._add(Leads(calls.row[new], none + self.own, none + week.clock, none + OPEN, none + 1,
                        offered, none - 1, none - 1, none - 1))  # fmt: skip
        self.close(week, np.concatenate([fates, opens[new]]), rep_of)

    def _add(self, more: Leads) -> None:
        if len(more.row):
            columns = zip(self.open, more, strict=True)
            self.open = Leads(*(np.concatenate(pair) for pair in columns))

    def close(
        self, week: SalesWeek, fates: np.ndarray, rep_of: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        """Remove leads with an outcome, log them, and count the blame for lost ones.

        Args:
            fates: outcome of each open lead, -1 for none yet, int64 [lead].
            rep_of: returns the number of the rep who serves each row, for the log.
        """
        ends = fates >= 0
        if not ends.any():
            return
        ended = Leads(*(column[ends] for column in self.open))
        if week.logged:
            columns = (
                ended.row, rep_of(ended.row), ended.source, ended.created, ended.asked,
                ended.waited, ended.talked, np.array(LEAD_FLOWS)[fates[ends]],
            )  # fmt: skip
            self.closed.append(np.stack(columns, axis=1))
        lost, market, sales = _blame(
            ended, fates[ends], self.own, week.draw_key, week.streams(draws.BLAME, 2),
            week.handoff.informed, week.handoff.params.self_serving,
        )  # fmt: skip
        self.booked[acc.LOST] += lost
        self.booked[acc.BLAMED_MARKET] += market
        self.booked[acc.BLAMED_SALES] += sales
        self.open = Leads(*(column[~ends] for column in self.open))


@compiled
def _expire(leads, here, week, life, flows):  # type: ignore[no-untyped-def]
    """Count and return the outcomes of leads that end at the start of the week, -1 if open."""
    fates = np.full(len(leads.row), -1, np.int64)
    for n in range(len(leads.row)):
        present = here[leads.row[n]] == HERE
        fate = params.ageing_fate(present, week - leads.created[n], life, leads.talked[n])
        if fate >= 0:
            fates[n] = fate
            flows[leads.source[n], fate] += 1
    return fates


@compiled
def _create_leads(  # type: ignore[no-untyped-def]
    leads, row, source, flags, here, draw_key, week, at_sign, at_screening, accuracy, screening,
    flows,
):  # fmt: skip
    """Signs of new leads, -1 where no lead is created, and the number checked. An enquiry upgrades
    an existing lead."""
    place = np.full(len(here), -1, np.int32)
    for n in range(len(leads.row)):
        place[leads.row[n]] = n
    sign, number_checked = np.full(len(row), -1, np.int64), 0
    for n in range(len(row)):
        i, known = row[n], place[row[n]]
        asks, needs = flags[n] & ASKS != 0, flags[n] & NEEDS != 0
        if here[i] != HERE:
            continue
        if known >= 0:
            if asks and leads.asked[known] < 0:
                leads.sign[known] = max(leads.sign[known], ASKED)
                leads.asked[known] = week
            continue
        flows[source[n], CAME] += 1
        checked = not asks and uniform(word(draw_key[i], at_screening)) < screening
        read_right = uniform(word(draw_key[i], at_sign)) < accuracy
        sign[n] = params.first_impression(asks, needs, checked, read_right)
        number_checked += checked
        flows[source[n], SCREENED] += checked and not needs
    return sign, number_checked


@compiled
def _corrupt_records(  # type: ignore[no-untyped-def]
    row, sign, corrupted, draw_key, at_field, loss, error
):
    """Corrupt records in place as they are handed over. Returns the numbers of records handed over
    and of lost or wrong fields."""
    handed, bad = 0, 0
    for n in range(len(row)):
        if sign[n] == ASKED:
            corrupted[n] = -1
            continue
        handed += 1
        for field in range(len(at_field)):
            draw = uniform(word(draw_key[row[n]], at_field[field]))
            fate = organising.field_state(draw, loss, error)
            if fate == 0:
                continue
            bad += 1
            corrupted[n] |= 1 << field
            if field == NEED_FIELD:
                sign[n] = params.corrupted_sign(sign[n], fate == 2)
    return handed, bad


@compiled
def _blame(  # type: ignore[no-untyped-def]
    leads, fates, own, draw_key, at_side, informed, self_serving
):
    """Number of leads handed over and lost; of these, the numbers that sales blames on the market
    department and that the market department blames on sales."""
    lost, market, sales = 0, 0, 0
    for n in range(len(fates)):
        if not params.is_lost(fates[n]) or leads.source[n] == own:
            continue
        key = draw_key[leads.row[n]]
        by_sales, by_market = uniform(word(key, at_side[0])), uniform(word(key, at_side[1]))
        by_fault = params.fault_of_sales(fates[n])
        lost += 1
        market += organising.blames_other(fates[n] == NO_USE, informed, by_sales, self_serving)
        sales += organising.blames_other(by_fault, informed, by_market, self_serving)
    return lost, market, sales


@compiled
def _progress(  # type: ignore[no-untyped-def]
    leads, calls, result, ordered, week, own, flows
):
    """Update leads by the results of calls and count the outcomes of decided ones.

    Returns:
        Outcomes of leads, -1 where they stay open; and outcomes of the reps' own leads created by
        calls, -1 where they stay open and -2 where there is none.
    """
    fates, opens = np.full(len(leads.row), -1, np.int64), np.full(len(calls.row), -2, np.int64)
    for n in range(len(calls.row)):
        lead, came = calls.lead[n], result[n]
        found = came != NOT_MET and came != NO_NEED
        considered = found and came != NOT_CONSIDERED
        fate = params.call_fate(came)
        if lead < 0:
            if calls.task[n] == HUNT and found:  # a customer in need becomes the rep's own lead
                for flow in (CAME, ACCEPTED, WORKED, QUALIFIED):
                    flows[own, flow] += 1
                flows[own, OPPORTUNITY] += considered
                opens[n] = fate
                if fate >= 0:
                    flows[own, fate] += 1
            continue
        source = leads.source[lead]
        flows[source, WORKED] += leads.talked[lead] == 0
        leads.talked[lead] += 1
        if leads.asked[lead] >= 0 and leads.waited[lead] < 0:
            weeks = np.float64(week - leads.asked[lead]) + calls.starts[n]
            leads.waited[lead] = np.int64(weeks * (WEEK_HOURS * PARTS))
        if found:
            flows[source, QUALIFIED] += leads.sign[lead] != OPEN
            leads.sign[lead] = OPEN
        if considered:
            flows[source, OPPORTUNITY] += leads.offered[lead] == 0
            leads.offered[lead] = 1
        if fate >= 0:
            fates[lead] = fate
            flows[source, fate] += 1
    for n in range(len(leads.row)):
        if fates[n] < 0 and ordered[leads.row[n]]:
            fates[n] = params.order_fate(leads.talked[n])
            flows[leads.source[n], fates[n]] += 1
    return fates, opens
