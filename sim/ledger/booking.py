"""Booking of a week: counts of simulated customers become a record of people and cents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.ledger.ledger import WeekCounts, WeekRecord
from sim.ledger.orders import WeekPrices
from sim.ledger.receivables import Settled
from sim.rules.units import QUARTER, YEAR


@dataclass(frozen=True)
class FirmBooks:
    """A firm's own figures of a week, to be booked.

    Attributes:
        leads: int64 [source, flow of ``LEAD_FLOWS``], in simulated customers.
        settled: settlement of invoices, cents.
        invoiced: new invoices, cents.
        spend: cents [activity].
        unit_cost: cents per unit.
    """

    leads: np.ndarray
    settled: Settled
    invoiced: int
    spend: np.ndarray
    unit_cost: int


def book_week(
    counts: WeekCounts,
    firms: Sequence[FirmBooks],
    prices: WeekPrices,
    *,
    booked: np.ndarray,
    called: np.ndarray,
    weight: int,
    stores: int,
    week: int,
    inbound: np.ndarray,
    answerable: np.ndarray,
    before: Callable[[int], np.ndarray],
) -> WeekRecord:
    """Convert the counts of a week into the record of the ledger.

    Args:
        counts: counts of the engine.
        firms: figures of the firms, in order of ids.
        prices: prices of the week.
        booked: amounts by account as firms' agents book them, int64 [firm, account]; those in
            ``SAMPLED`` are in simulated customers.
        called: units bought in each sales call of ``prices``.
        weight: people each simulated customer stands for.
        stores: number of stores in the market.
        week: weeks since the ledger opened, from 0.
        inbound: whether customers start such contacts, bool [touch].
        answerable: whether people can respond to the activity, bool [activity].
        before: returns the sum of an account before the week, int64 [firm].
    """
    out = counts.accounts * weight
    own = out[:-1]
    units, spend = own[:, acc.UNITS], np.array([f.spend for f in firms])
    leads = np.array([f.leads for f in firms])
    own[:, acc.LIST_VALUE] = units * prices.list_price
    own[:, acc.REVENUE] = units * prices.net
    own[:, acc.REVENUE] -= prices.reductions(counts.couponed, called) * weight
    for flow, account in enumerate(LEAD_FLOWS):
        own[:, account] = leads[:, :, flow].sum(axis=1) * weight
    own[:, acc.OWN_LEADS] = leads[:, -1, 0] * weight
    own += booked
    own[:, acc.SAMPLED] += booked[:, acc.SAMPLED] * (weight - 1)
    for f, firm in enumerate(firms):
        settled = firm.settled
        own[f, acc.CREDIT_SALES] = firm.invoiced
        own[f, acc.DUE], own[f, acc.COLLECTED] = settled.due, settled.collected
        own[f, acc.PAST_DUE], own[f, acc.WRITTEN_OFF] = settled.past_due, settled.written_off
        own[f, acc.OVERDUE] = settled.overdue
        own[f, acc.RECEIVABLES] = settled.owed + firm.invoiced
    out[-1, acc.STORES] = stores
    at_once = own[:, acc.REVENUE] - own[:, acc.CREDIT_SALES]
    own[:, acc.DUE] += at_once
    own[:, acc.COLLECTED] += at_once
    unit_cost = np.array([f.unit_cost for f in firms])
    own[:, acc.GOODS] = units * unit_cost
    own[:, acc.SPEND] = spend.sum(axis=1)
    own[:, acc.CONTACTS] = counts.contacts.sum(axis=1) * weight
    own[:, acc.CLICKS] = counts.clicks.sum(axis=1) * weight
    own[:, acc.ENGAGED] = counts.clicks[:, answerable].sum(axis=1) * weight
    own[:, acc.ANSWERABLE] = counts.contacts[:, answerable].sum(axis=1) * weight
    acquired = counts.cells[..., acc.BY_ACQUIRED]
    own[:, acc.INBOUND] = acquired[:, :, inbound].sum(axis=(1, 2, 3)) * weight
    own[:, acc.ACQUIRED_TO_DATE] = before(acc.ACQUIRED_TO_DATE) + (
        acquired[:, 1:].sum(axis=(1, 2, 3)) * weight
    )
    own[:, acc.VALUE_TO_DATE] = before(acc.VALUE_TO_DATE) + _value(
        counts.cells, week, prices.net - unit_cost, weight
    )
    own[:, acc.CASH] = before(acc.CASH) + own[:, acc.COLLECTED] - own[:, acc.PAID_OUT].sum(axis=1)
    return WeekRecord(
        out, counts.contacts * weight, counts.clicks * weight, spend, counts.touched * weight,
        counts.surveyed.copy(), _rows(counts.cells, weight), _rows(leads, weight),
    )  # fmt: skip


def _value(cells: np.ndarray, week: int, margin: np.ndarray, weight: int) -> np.ndarray:
    """Margin of this week's units from customers won since the ledger opened, discounted to the
    middle of their acquisition quarter; ``margin`` per unit; cents, int64 [firm]."""
    bought = cells[:, 1:, :, :, acc.BY_UNITS].sum(axis=(2, 3)) * weight
    age = np.maximum(0.0, week - QUARTER * (np.arange(bought.shape[1]) + 0.5))
    discount = (1.0 - acc.YEARLY_DISCOUNT) ** (age / YEAR)
    return np.asarray(np.rint((bought * discount).sum(axis=1) * margin).astype(np.int64))


def _rows(table: np.ndarray, weight: int) -> np.ndarray:
    """Indices of the entries of a table that are not 0, and the entries times ``weight``; int64."""
    flat = table.reshape(-1)
    where = np.flatnonzero(flat)
    places = np.unravel_index(where, table.shape)
    return np.stack([*places, flat[where] * weight], axis=1).astype(np.int64)
