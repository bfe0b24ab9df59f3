"""Prices of a week in cents, rounded once, and the orders placed at them.

The price of a unit is the firm's net price, reduced by a coupon of an experiment or else by the
discount of a rep who called. Invoices, logs and the ledger all read the price paid from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.compile import compiled, inner
from sim.rules.arithmetic import exp
from sim.rules.pricing import log_price
from sim.rules.units import CENTS


@compiled
def _reduced(net, cut):  # type: ignore[no-untyped-def]
    """Cents per unit after discounts given as logarithms, int64."""
    out = np.empty(len(cut), np.int64)
    for n in range(len(cut)):
        out[n] = max(1, int(np.rint(net[n] * exp(-cut[n]))))
    return out


@compiled
def log_prices(list_price, net, usual):  # type: ignore[no-untyped-def]
    """Logs of net prices over the usual price, and of list prices over net prices.

    Args:
        list_price, net: cents, int64 [firm].
        usual: the usual price, money.
    """
    over_usual, deal = np.empty(len(net)), np.empty(len(net))
    for f in range(len(net)):
        over_usual[f] = log_price(net[f] / float(CENTS), usual)
        deal[f] = log_price(float(list_price[f]), float(net[f]))
    return over_usual, deal


@compiled
def _reductions(net, coupon_firm, coupon, couponed, call_firm, call, called):  # type: ignore
    """Revenue given away, cents [firm] (:meth:`WeekPrices.reductions`)."""
    out = np.zeros(len(net), np.int64)
    for n in range(len(coupon_firm)):
        out[coupon_firm[n]] += couponed[n] * (net[coupon_firm[n]] - coupon[n])
    for n in range(len(call_firm)):
        out[call_firm[n]] += called[n] * (net[call_firm[n]] - call[n])
    return out


@dataclass(frozen=True)
class Coupon:
    """A coupon of an experiment.

    Attributes:
        firm: row of the firm.
        tag: bit of the treatment whose customers hold the coupon.
        share: discount as a share of the net price.
        first: whether it is for first orders only.
    """

    firm: int
    tag: int
    share: float
    first: bool


@dataclass(frozen=True)
class WeekPrices:
    """Prices per unit of a week, cents.

    Attributes:
        list_price, net: list price and net price, int64 [firm].
        coupons: coupons in the order of ``WeekCounts.couponed``.
        coupon: price with each coupon, int64 [coupon].
        call_row: customer called, int64 [call].
        call_firm: firm that calls, int64 [call].
        call: price with the rep's discount, int64 [call].
    """

    list_price: np.ndarray
    net: np.ndarray
    coupons: tuple[Coupon, ...]
    coupon: np.ndarray
    call_row: np.ndarray
    call_firm: np.ndarray
    call: np.ndarray

    @classmethod
    def of(
        cls, list_price: np.ndarray, net: np.ndarray, coupons: Sequence[Coupon],
        call_row: np.ndarray, call_firm: np.ndarray, call_cut: np.ndarray,
    ) -> WeekPrices:  # fmt: skip
        """Work out the prices of a week.

        Args:
            list_price, net: cents, int64 [firm].
            coupons: coupons of the week.
            call_row, call_firm: customer called and firm that calls, int64 [call].
            call_cut: discounts of reps as logarithms of price over reduced price, float64 [call].
        """
        reduced = [max(1, round(int(net[c.firm]) * (1.0 - c.share))) for c in coupons]
        return cls(
            list_price, net, tuple(coupons), np.array(reduced, np.int64),
            call_row, call_firm, np.asarray(_reduced(net[call_firm], call_cut)),
        )  # fmt: skip

    def reductions(self, couponed: np.ndarray, called: np.ndarray) -> np.ndarray:
        """Revenue given away by coupons and reps, cents [firm].

        Args:
            couponed: units bought with each coupon.
            called: units bought in each sales call.
        """
        firms = np.array([c.firm for c in self.coupons], np.int64)
        return np.asarray(
            _reductions(self.net, firms, self.coupon, couponed, self.call_firm, self.call, called)
        )

    def paid(
        self, firm: np.ndarray, row: np.ndarray, tags: np.ndarray, first: np.ndarray,
        called: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Price per unit of orders, cents [order].

        Args:
            firm, row, tags, first: columns of the orders, as in :class:`OrderLines`.
            called: units bought in each sales call; a call reduces the price only of an order
                that uses no coupon.
        """
        price = np.empty(len(firm), np.int64)
        _set_paid(self.terms, firm, row, tags, first, called, price)
        return price

    @cached_property
    def terms(self) -> Terms:
        """The prices as inputs of compiled loops."""
        coupons = NO_COUPONS
        if self.coupons:
            pairs = zip(self.coupons, self.coupon.tolist(), strict=True)
            acting = [(c.firm, c.tag, int(c.first), cents) for c, cents in pairs if c.share > 0.0]
            coupons = np.array(acting, np.int64).reshape(-1, 4)
        return Terms(self.net, coupons, self.call_row, self.call_firm, self.call)


NO_COUPONS = np.zeros((0, 4), np.int64)


class Terms(NamedTuple):
    """Prices per unit of a week as columns.

    Attributes:
        net, call_row, call_firm, call: as of :class:`WeekPrices`.
        coupons: int64 [coupon, 4]: row of the firm, bit of the treatment, whether it is for first
            orders only, and the price with the coupon.
    """

    net: np.ndarray
    coupons: np.ndarray
    call_row: np.ndarray
    call_firm: np.ndarray
    call: np.ndarray


class OrderLines(NamedTuple):
    """Orders of simulated customers in a week, as columns [order], by firm, then customer.

    Attributes:
        firm: row of the firm.
        row: row of the customer.
        units: units ordered.
        price: cents per unit.
        first: whether it is the customer's first order from the firm.
        tags: treatments the customer was drawn into, one bit each.
        at: place of the first order of each firm, and the number of orders, int64 [firm + 1].
    """

    firm: np.ndarray
    row: np.ndarray
    units: np.ndarray
    price: np.ndarray
    first: np.ndarray
    tags: np.ndarray
    at: np.ndarray

    def of_firm(self, firm: int) -> tuple[np.ndarray, np.ndarray]:
        """Customers who ordered from a firm, and the value of each order in cents."""
        mine = slice(self.at[firm], self.at[firm + 1])
        return self.row[mine], self.price[mine] * self.units[mine]


def find_orders(
    clock: int, last_order: np.ndarray, first_order: np.ndarray, basket: np.ndarray,
    tags: np.ndarray, prices: WeekPrices, called: np.ndarray,
) -> OrderLines:  # fmt: skip
    """Find the orders of a week.

    Args:
        clock: weeks since the warm-up began.
        last_order, first_order: weeks of orders, [firm, customer].
        basket, tags: units ordered and treatments, [customer].
        prices: prices of the week.
        called: units bought in each sales call of ``prices``.
    """
    return _find_orders(  # type: ignore[no-any-return]
        clock, last_order, first_order, basket, tags, prices.terms, called
    )


@compiled
def _find_orders(  # type: ignore[no-untyped-def]
    clock, last_order, first_order, basket, tags, terms, called
):
    """The orders of a week, :class:`OrderLines`."""
    firms, size = last_order.shape
    at = np.zeros(firms + 1, np.int64)
    for f in range(firms):
        number = 0
        for i in range(size):
            number += last_order[f, i] == clock
        at[f + 1] = at[f] + number
    total = at[firms]
    lines = OrderLines(
        np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.int64),
        np.empty(total, np.int64), np.empty(total, np.bool_), np.empty(total, tags.dtype), at,
    )  # fmt: skip
    for f in range(firms):
        n = at[f]
        for i in range(size if at[f + 1] > n else 0):
            if last_order[f, i] == clock:
                lines.firm[n], lines.row[n], lines.units[n] = f, i, basket[i]
                lines.first[n], lines.tags[n] = first_order[f, i] == clock, tags[i]
                n += 1
    _set_paid(terms, lines.firm, lines.row, lines.tags, lines.first, called, lines.price)
    return lines


@compiled
def _set_paid(terms, firm, row, tags, first, called, price):  # type: ignore[no-untyped-def]
    """Fill in the price per unit of orders, cents."""
    for n in range(len(firm)):
        f, cents = firm[n], terms.net[firm[n]]
        for k in range(len(terms.coupons)):
            coupon = terms.coupons[k]
            holds = coupon[0] == f and np.int64(tags[n]) & coupon[1] > 0
            if holds and (first[n] or coupon[2] == 0):
                cents = min(cents, coupon[3])
        call = _call_on(terms, row[n], f)
        if call >= 0 and called[call] > 0:
            cents = terms.call[call]
        price[n] = cents


@inner
def _call_on(terms, row, firm):  # type: ignore[no-untyped-def]
    """Place of the call of a firm on a customer, -1 if there is none, by bisection."""
    low, high = 0, len(terms.call_row)
    while low < high:
        middle = (low + high) // 2
        earlier = terms.call_row[middle] < row
        same = terms.call_row[middle] == row
        if earlier or (same and terms.call_firm[middle] < firm):
            low = middle + 1
        else:
            high = middle
    found = low < len(terms.call_row) and terms.call_row[low] == row
    return low if found and terms.call_firm[low] == firm else -1
