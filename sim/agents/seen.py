"""A firm's information about itself: delayed, with errors, and attributed to the last touch.

Executives and departments receive no other information. A *line* is a use of money: each activity
and, last, the sales reps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from sim.compile import compiled, inner
from sim.draws import SEEN, firm_ident, kept_person_key, stream_key, u64, uniform, word
from sim.kpis import KPIS, Window
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, LEAD_FLOWS, TOUCH_ACTIVITY, TOUCH_TALK
from sim.ledger.ledger import Ledger
from sim.market.activities import Activity
from sim.rules.organising import Organising
from sim.rules.units import CENTS, QUARTER

SHARED = (acc.ORDERS, acc.ACQUIRED, *LEAD_FLOWS)
"""Accounts of sales' activities that are divided between their spend and the reps, by money."""


KEYED = acc.CASH + 1
"""Accounts whose errors have the first keys; those declared after the cash account follow."""


@dataclass(frozen=True)
class SeenQuarter:
    """A quarter as each firm sees it, all firms side by side.

    Attributes:
        by_line: accounts of the quarter by firm, with lines in place of firms; accounts that cannot
            be attributed to lines are 0.
        own: accounts of the quarter by firm, for the firm as a whole.
        money: money spent on each line, float64 [firm, line].
        met_customers: share of each line's contacts that is with active customers, float64
            [firm, line].
        talked: number of customers won whose last contact was another customer, float64 [firm].
    """

    by_line: Window
    own: Window
    money: np.ndarray
    met_customers: np.ndarray
    talked: np.ndarray
    _lines: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def lines(self, kpi: str) -> np.ndarray:
        """A KPI of every line, [firm, line]; 0 where it is unknown."""
        if kpi not in self._lines:
            values = KPIS[kpi].function(self.by_line)
            self._lines[kpi] = np.where(np.isnan(values), 0.0, values)
        return self._lines[kpi]

    def of_firm(self, row: int) -> Seen:
        """The quarter as one firm sees it."""
        return Seen(self, row)


@dataclass(frozen=True)
class Seen:
    """A quarter as one firm sees it: its row of the quarter of all firms.

    Attributes:
        quarter: the quarter of all firms.
        row: row of the firm.
    """

    quarter: SeenQuarter
    row: int

    @property
    def by_line(self) -> Window:
        """Accounts with lines in place of firms; those that cannot be attributed to lines are 0."""
        return _of_row(self.quarter.by_line, self.row)

    @property
    def own(self) -> Window:
        """Accounts for the firm as a whole."""
        return _of_row(self.quarter.own, self.row)

    @property
    def money(self) -> np.ndarray:
        """Money spent on each line, float64 [line]."""
        money: np.ndarray = self.quarter.money[self.row]
        return money

    @property
    def met_customers(self) -> np.ndarray:
        """Share of each line's contacts that is with active customers, float64 [line]."""
        met: np.ndarray = self.quarter.met_customers[self.row]
        return met

    @property
    def talked(self) -> float:
        """Number of customers won whose last contact was another customer."""
        return float(self.quarter.talked[self.row])

    def line(self, kpi: str) -> np.ndarray:
        """A KPI of every line, [line]; 0 where it is unknown."""
        line: np.ndarray = self.quarter.lines(kpi)[self.row]
        return line

    def all_firms(self, account: int) -> float:
        """An account of the quarter summed over all firms, as each of them sees its own."""
        return float(self.quarter.own.sum(account).sum())

    def firm(self, kpi: str) -> float:
        """A KPI of the firm as a whole."""
        return float(KPIS[kpi].function(self.own)[0])


def _of_row(window: Window, row: int) -> Window:
    return Window(window.flow[row], window.mean[row], window.weeks, window.span)


def see(
    ledger: Ledger, idents: Sequence[int], activities: Sequence[Activity], *, seed: int,
    clock: int, params: Organising, span: int, hunting: np.ndarray,
) -> SeenQuarter | None:  # fmt: skip
    """Compute the latest quarter that firms know of, or None while there is none.

    Args:
        ledger: records of the weeks so far, warm-up included.
        idents: ids of the firms.
        activities: activities in the order of the ledger.
        seed, clock: keys of the random errors.
        params: delay, error, and attribution of orders.
        span: measurement window of KPIs, in weeks.
        hunting: share of reps' hours spent on prospects, float64 [firm].
    """
    last = ledger.length - params.seen_delay
    first = last - QUARTER
    if first < 0:
        return None
    tables = ("accounts", "touched", "contacts", "clicks", "spend")
    summed = [ledger.added(table, first, last) for table in tables]
    sums = QuarterSums._make([*summed, ledger.lead_flows(first, last)])
    traits = np.array([(a.two_way, a.owner == "sales") for a in activities], np.float64)
    aim = np.array([(a.prospects, a.customers) for a in activities], np.float64)
    firms, lines, size = len(idents), len(activities) + 1, len(ACCOUNTS)
    out, own = np.zeros((firms, lines + 1, size)), np.empty((firms, 2, size))
    _attribute(sums, traits, params.last_touch, out, own)
    if params.seen_error > 0.0:
        keys = np.array([kept_person_key(seed, firm_ident(n)) for n in idents], np.uint64)
        drawn = np.empty(firms * (lines + 1) * size)
        number = _draw_errors(out, own, keys, clock, drawn)
        factors = np.maximum(0.0, 1.0 + params.seen_error * ndtri(drawn[:number]))
        _misread(out, own, factors)
    met = np.empty((firms, lines))
    _meet(aim, hunting, own, sums.accounts[-1, acc.PEOPLE], met)
    return SeenQuarter(
        Window(out, out / QUARTER, QUARTER, span), Window(own, own / QUARTER, QUARTER, span),
        (out[:, :-1, acc.SPEND] + out[:, :-1, acc.PAYROLL]) / float(CENTS), met,
        sums.touched[:, TOUCH_TALK, 0].astype(np.float64),
    )  # fmt: skip


class QuarterSums(NamedTuple):
    """Tables of the ledger, added up over a quarter; int64, shapes as in
    :class:`sim.ledger.ledger.WeekRecord` and :meth:`sim.ledger.ledger.Ledger.lead_flows`."""

    accounts: np.ndarray
    touched: np.ndarray
    contacts: np.ndarray
    clicks: np.ndarray
    spend: np.ndarray
    leads: np.ndarray


# Compiled. ``traits`` are switches of the activities, two-way or not and owned by sales or not,
# float64 [activity, 2].


@compiled
def _attribute(sums, traits, last_touch, out, own):  # type: ignore[no-untyped-def]
    """Fill in the accounts by line and those of the firm, in place."""
    market, reps = len(sums.accounts) - 1, len(traits)
    for f in range(market):
        line, paid = out[f], float(sums.accounts[f, acc.PAYROLL])
        for account in range(own.shape[2]):
            own[f, 0, account] = sums.accounts[f, account]
            own[f, 1, account] = sums.accounts[market, account]
            line[reps + 1, account] = own[f, 1, account]
        line[reps, acc.PAYROLL] = paid
        _book_activities(sums, f, traits, last_touch, line)
        for k in range(reps + 1):
            for flow, account in enumerate(LEAD_FLOWS):
                line[k, account] = sums.leads[f, TOUCH_ACTIVITY + k, flow]
        for k in range(reps):
            money = line[k, acc.SPEND] + paid
            if traits[k, 1] > 0.0 and money > 0.0:
                for account in SHARED:
                    line[reps, account] += paid / money * line[k, account]
                    line[k, account] *= 1.0 - paid / money
        orders = max(1.0, own[f, 0, acc.ORDERS])
        for k in range(reps + 1):
            share = line[k, acc.ORDERS] / orders
            for account in (acc.REVENUE, acc.GOODS, acc.UNITS):
                line[k, account] = share * own[f, 0, account]


@inner
def _book_activities(sums, f, traits, share, line):  # type: ignore[no-untyped-def]
    """Contacts, clicks and spend of activities, and the orders attributed to them: a share to the
    last touch, the rest in proportion to contacts."""
    all_contacts, all_first, all_further = 0, 0, 0
    for k in range(len(traits)):
        all_contacts += sums.contacts[f, k]
        all_first += sums.touched[f, TOUCH_ACTIVITY + k, 0]
        all_further += sums.touched[f, TOUCH_ACTIVITY + k, 1]
    for k in range(len(traits)):
        contacts, clicks = float(sums.contacts[f, k]), float(sums.clicks[f, k])
        line[k, acc.CONTACTS], line[k, acc.CLICKS] = contacts, clicks
        line[k, acc.ENGAGED], line[k, acc.ANSWERABLE] = (
            clicks * traits[k, 0],
            contacts * traits[k, 0],
        )
        line[k, acc.SPEND] = sums.spend[f, k]
        everywhere = contacts / max(1.0, float(all_contacts))
        first, further = sums.touched[f, TOUCH_ACTIVITY + k]
        line[k, acc.ACQUIRED] = share * first + (1.0 - share) * all_first * everywhere
        line[k, acc.ORDERS] = line[k, acc.ACQUIRED] + (
            share * further + (1.0 - share) * all_further * everywhere
        )


@compiled
def _draw_errors(out, own, keys, clock, drawn):  # type: ignore[no-untyped-def]
    """Draw a uniform number for the error of each figure, keyed by firm, week and figure; a figure
    of 0 has none. Returns how many there are."""
    stream, number, size = stream_key(SEEN, clock, 0, 0), 0, out.shape[2]
    for f in range(len(out)):
        for row in range(out.shape[1]):
            figures = out[f, row] if row < out.shape[1] - 1 else own[f, 0]
            for account in range(size):
                if figures[account] != 0.0:
                    key = u64(keys[f] + u64(_figure(row, account, out.shape[1])))
                    drawn[number] = uniform(word(key, stream))
                    number += 1
    return number


@inner
def _figure(row, account, rows):  # type: ignore[no-untyped-def]
    """Number of a figure in the key of its error; accounts declared later do not change it."""
    if account < KEYED:
        return row * KEYED + account
    return rows * KEYED + (account - KEYED) * rows + row


@compiled
def _misread(out, own, factors):  # type: ignore[no-untyped-def]
    """Multiply the figures by their errors, in place, in the order of :func:`_draw_errors`."""
    number = 0
    for f in range(len(out)):
        for row in range(out.shape[1]):
            figures = out[f, row] if row < out.shape[1] - 1 else own[f, 0]
            for account in range(out.shape[2]):
                if figures[account] != 0.0:
                    figures[account] *= factors[number]
                    number += 1


@compiled
def _meet(aim, hunting, own, people, met):  # type: ignore[no-untyped-def]
    """Share of each line's contacts that is with active customers, in place, [firm, line]; ``aim``
    are the targeting weights of prospects and of active customers, float64 [activity, 2]."""
    reps = len(aim)
    for f in range(len(met)):
        active = own[f, 0, acc.SEEN_ACTIVE]
        others = max(0.0, people - active)
        if others + active <= 0.0:
            others, active = 1.0, 1.0
        for k in range(reps):
            prospects, customers = aim[k, 0] * others, aim[k, 1] * active
            everybody = prospects + customers
            met[f, k] = customers / (everybody if everybody > 0.0 else 1.0)
        met[f, reps] = (1.0 - hunting[f]) / (hunting[f] + (1.0 - hunting[f]))
