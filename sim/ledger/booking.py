"""Booking of a week: counts of simulated customers become a record of people and cents."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.compile import compiled, inner
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.ledger.ledger import WeekCounts, WeekRecord
from sim.ledger.orders import WeekPrices
from sim.rules.arithmetic import numpy_sum
from sim.rules.units import QUARTER, YEAR

_LEAD_FLOWS = np.array(LEAD_FLOWS)
_SAMPLED = np.array(acc.SAMPLED)
_PAID_OUT = np.array(acc.PAID_OUT)
_SO_FAR = (acc.ACQUIRED_TO_DATE, acc.VALUE_TO_DATE, acc.CASH)


class FirmBooks(NamedTuple):
    """Firms' own figures of a week, to be booked; all int64.

    Attributes:
        booked: amounts by account as firms' agents book them, [firm, account]; those in
            ``SAMPLED`` are in simulated customers.
        leads: in simulated customers, [firm, source, flow of ``LEAD_FLOWS``].
        settled: settlement of invoices, cents, [firm, field of ``Settled``].
        invoiced: new invoices, cents, [firm].
        spend: cents, [firm, activity].
        unit_cost: cents per unit, [firm].
    """

    booked: np.ndarray
    leads: np.ndarray
    settled: np.ndarray
    invoiced: np.ndarray
    spend: np.ndarray
    unit_cost: np.ndarray


class _Market(NamedTuple):
    """What is the same for all firms: see :func:`book_week`."""

    weight: int
    stores: int
    quarters: int
    list_price: np.ndarray
    net: np.ndarray
    reductions: np.ndarray
    inbound: np.ndarray
    answerable: np.ndarray
    so_far: np.ndarray
    discounts: np.ndarray


def book_week(
    counts: WeekCounts,
    firms: FirmBooks,
    prices: WeekPrices,
    *,
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
        called: units bought in each sales call of ``prices``.
        weight: people each simulated customer stands for.
        stores: number of stores in the market.
        week: weeks since the ledger opened, from 0.
        inbound: whether customers start such contacts, bool [touch].
        answerable: whether people can respond to the activity, bool [activity].
        before: returns the sum of an account before the week, int64 [firm].
    """
    market = _Market(
        weight, stores, 2 + week // QUARTER, prices.list_price, prices.net,
        prices.reductions(counts.couponed, called), inbound, answerable,
        np.array([before(account) for account in _SO_FAR]),
        _discounts(week, counts.cells.shape[1] - 1),
    )  # fmt: skip
    accounts, contacts, clicks, touched, cells, leads = _book(counts, firms, market)
    return WeekRecord(
        accounts, contacts, clicks, firms.spend, touched, counts.surveyed, cells, leads
    )


@compiled
def _book(counts, firms, market):  # type: ignore[no-untyped-def]
    """Book a week; returns the columns of a :class:`WeekRecord` without spend and surveys."""
    weight, out = market.weight, np.empty_like(counts.accounts)
    contacts, clicks = np.empty_like(counts.contacts), np.empty_like(counts.clicks)
    touched = np.empty_like(counts.touched)
    _scale(counts.accounts, weight, out)
    _scale(counts.contacts, weight, contacts)
    _scale(counts.clicks, weight, clicks)
    _scale(counts.touched, weight, touched)
    out[-1, acc.STORES] = market.stores
    for f in range(len(firms.booked)):
        own, settled = out[f], firms.settled[f]
        for account in range(len(own)):
            own[account] += firms.booked[f, account]
        for account in _SAMPLED:  # booked in simulated customers
            own[account] += firms.booked[f, account] * (weight - 1)
        for flow in range(len(_LEAD_FLOWS)):
            own[_LEAD_FLOWS[flow]] = 0
            for source in range(firms.leads.shape[1]):
                own[_LEAD_FLOWS[flow]] += firms.leads[f, source, flow] * weight
        own[acc.OWN_LEADS] = firms.leads[f, -1, 0] * weight
        own[acc.LIST_VALUE] = own[acc.UNITS] * market.list_price[f]
        own[acc.REVENUE] = own[acc.UNITS] * market.net[f] - market.reductions[f] * weight
        own[acc.GOODS] = own[acc.UNITS] * firms.unit_cost[f]
        for k in range(contacts.shape[1]):
            own[acc.SPEND] += firms.spend[f, k]
            own[acc.CONTACTS] += contacts[f, k]
            own[acc.CLICKS] += clicks[f, k]
            own[acc.ENGAGED] += clicks[f, k] * market.answerable[k]
            own[acc.ANSWERABLE] += contacts[f, k] * market.answerable[k]
        own[acc.CREDIT_SALES] = firms.invoiced[f]
        at_once = own[acc.REVENUE] - firms.invoiced[f]
        own[acc.DUE], own[acc.COLLECTED] = settled[0] + at_once, settled[1] + at_once
        own[acc.PAST_DUE], own[acc.WRITTEN_OFF] = settled[2], settled[3]
        own[acc.RECEIVABLES], own[acc.OVERDUE] = settled[4] + firms.invoiced[f], settled[5]
        own[acc.ACQUIRED_TO_DATE], own[acc.VALUE_TO_DATE] = market.so_far[0, f], market.so_far[1, f]
        own[acc.CASH] = market.so_far[2, f] + own[acc.COLLECTED] + own[acc.FUNDED]
        for account in _PAID_OUT:
            own[acc.CASH] -= own[account]
    cells, bought = _customers(counts.cells, market.quarters, weight, market.inbound, out)
    for f in range(len(bought)):
        margin = market.net[f] - firms.unit_cost[f]
        out[f, acc.VALUE_TO_DATE] += _value(bought[f], market.discounts, margin)
    return out, contacts, clicks, touched, cells, _leads(firms.leads, weight)


@inner
def _scale(counts, weight, out):  # type: ignore[no-untyped-def]
    """Write counts times the people each simulated customer stands for; both C-ordered."""
    given, scaled = counts.reshape(-1), out.reshape(-1)
    for n in range(len(given)):
        scaled[n] = given[n] * weight


@inner
def _entries(flat):  # type: ignore[no-untyped-def]
    """Number of entries that are not 0."""
    found = 0
    for n in range(len(flat)):
        found += flat[n] != 0
    return found


@compiled
def _customers(table, quarters, weight, inbound, out):  # type: ignore[no-untyped-def]
    """Entries of the table of customers that are not 0, as rows (:class:`WeekRecord`), and the
    units that people won since the ledger opened bought. New customers are added to ``out``.

    Args:
        quarters: number of quarters of acquisition so far; later ones have no entries.
    """
    firms, _, sources, segments, flows = table.shape
    each, size, n = sources * segments * flows, 0, 0
    for f in range(firms):
        size += _entries(table[f].reshape(-1)[: quarters * each])
    rows, bought = np.empty((size, 6), np.int64), np.zeros((firms, table.shape[1] - 1), np.int64)
    for f in range(firms):
        flat = table[f].reshape(-1)[: quarters * each]
        for place in range(len(flat)):
            if flat[place] == 0:
                continue
            row, number, quarter = rows[n], flat[place] * weight, place // each
            source, flow = place // (segments * flows) % sources, place % flows
            row[0], row[1], row[2] = f, quarter, source
            row[3], row[4], row[5] = place // flows % segments, flow, number
            n += 1
            if flow == acc.BY_ACQUIRED:
                out[f, acc.INBOUND] += number * inbound[source]
                out[f, acc.ACQUIRED_TO_DATE] += number * (quarter > 0)
            elif flow == acc.BY_UNITS and quarter > 0:
                bought[f, quarter - 1] += number
    return rows, bought


@compiled
def _leads(table, weight):  # type: ignore[no-untyped-def]
    """Entries of the table of leads that are not 0, as rows (:class:`WeekRecord`)."""
    flat, (_, sources, flows), n = table.reshape(-1), table.shape, 0
    rows = np.empty((_entries(flat), 4), np.int64)
    for place in range(len(flat)):
        if flat[place] != 0:
            row = rows[n]
            row[0], row[1] = place // (sources * flows), place // flows % sources
            row[2], row[3] = place % flows, flat[place] * weight
            n += 1
    return rows


@compiled
def _value(bought, discounts, margin):  # type: ignore[no-untyped-def]
    """Margin of a firm's units this week from customers won since the ledger opened, discounted to
    the middle of their acquisition quarter, cents.

    Args:
        bought: units, int64 [quarter of acquisition from 1].
        discounts: factors, float64 [quarter].
        margin: cents per unit.
    """
    worth = np.empty(len(bought))
    for quarter in range(len(bought)):
        worth[quarter] = bought[quarter] * discounts[quarter]
    return np.int64(np.rint(numpy_sum(worth, len(worth)) * margin))


@lru_cache(maxsize=1 << 12)
def _discounts(week: int, quarters: int) -> np.ndarray:
    """Factors that discount a week's margin to the middle of each quarter, float64 [quarter]."""
    age = np.maximum(0.0, week - QUARTER * (np.arange(quarters) + 0.5))
    return np.asarray((1.0 - acc.YEARLY_DISCOUNT) ** (age / YEAR))
