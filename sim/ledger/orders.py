"""Prices of a week in cents, rounded once, and the orders placed at them.

The price of a unit is the firm's net price, reduced by a coupon of an experiment or else by the
discount of a rep who called. Invoices, logs and the ledger all read the price paid from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.compile import compiled
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
        price = self.net[firm]
        for coupon, cents in zip(self.coupons, self.coupon.tolist(), strict=True):
            holds = (firm == coupon.firm) & (tags & coupon.tag > 0) & (coupon.share > 0.0)
            holds &= first | (not coupon.first)
            price = np.where(holds, np.minimum(price, cents), price)
        used = called > 0
        if used.any():
            firms = len(self.net)
            key = self.call_row[used] * firms + self.call_firm[used]
            mine = row * firms + firm
            at = np.minimum(np.searchsorted(key, mine), len(key) - 1)
            price = np.where(key[at] == mine, self.call[used][at], price)
        return np.asarray(price)


@dataclass(frozen=True)
class OrderLines:
    """Orders of simulated customers in a week, as columns [order].

    Attributes:
        firm: row of the firm.
        row: row of the customer.
        units: units ordered.
        price: cents per unit.
        first: whether it is the customer's first order from the firm.
        tags: treatments the customer was drawn into, one bit each.
    """

    firm: np.ndarray
    row: np.ndarray
    units: np.ndarray
    price: np.ndarray
    first: np.ndarray
    tags: np.ndarray

    def of_firm(self, firm: int) -> tuple[np.ndarray, np.ndarray]:
        """Customers who ordered from a firm, and the value of each order in cents."""
        mine = self.firm == firm
        return self.row[mine], self.price[mine] * self.units[mine]
