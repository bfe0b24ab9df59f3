"""Prices paid, and what coupons and reps take off, by hand-made examples."""

from __future__ import annotations

import numpy as np

from sim.ledger.orders import Coupon, OrderLines, WeekPrices, find_orders
from sim.rules.pricing import log_price

CUSTOMERS = np.arange(6)


def _prices(coupons=(), calls=()):
    """Two firms that ask 36.00 (list 40.00) and 30.00; calls are (customer, firm, discount)."""
    rows, firms, cuts = np.array(calls, float).reshape(-1, 3).T
    return WeekPrices.of(
        np.array([4000, 3000]), np.array([3600, 3000]), coupons, rows.astype(np.int64),
        firms.astype(np.int64), np.array([log_price(1.0, 1.0 - cut) for cut in cuts]),
    )  # fmt: skip


def _paid(prices, firm, row, *, tags=0, first=False, called=()):
    return prices.paid(
        np.array([firm]), np.array([row]), np.array([tags]), np.array([first]),
        np.array(called, np.int64),
    )[0]  # fmt: skip


def test_without_coupon_and_call_the_net_price_is_paid():
    prices = _prices()
    assert _paid(prices, 0, 3) == 3600
    assert _paid(prices, 1, 3) == 3000
    assert prices.reductions(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == [0, 0]


def test_a_coupon_is_for_its_firm_its_holders_and_perhaps_first_orders():
    prices = _prices([Coupon(0, 1, 0.25, first=False), Coupon(0, 2, 0.5, first=True)])
    assert prices.coupon.tolist() == [2700, 1800]
    assert _paid(prices, 0, 3, tags=1) == 2700
    assert _paid(prices, 1, 3, tags=1) == 3000
    assert _paid(prices, 0, 3, tags=2, first=False) == 3600
    assert _paid(prices, 0, 3, tags=2, first=True) == 1800
    assert _paid(prices, 0, 3, tags=3, first=True) == 1800, "the better of two coupons"


def test_a_treatment_without_a_discount_takes_nothing_off():
    assert _paid(_prices([Coupon(0, 1, 0.0, first=False)]), 0, 3, tags=1) == 3600


def test_a_reps_discount_is_for_the_customer_called_who_orders_in_the_call():
    prices = _prices(calls=[(2, 0, 0.1), (2, 1, 0.2), (4, 0, 0.3)])
    assert prices.call.tolist() == [3240, 2400, 2520]
    ordered = [1, 0, 2]
    assert _paid(prices, 0, 2, called=ordered) == 3240
    assert _paid(prices, 0, 4, called=ordered) == 2520
    assert _paid(prices, 0, 3, called=ordered) == 3600, "was not called"
    assert _paid(prices, 1, 2, called=ordered) == 3000, "did not order in the call"


def test_no_price_falls_below_a_cent():
    prices = WeekPrices.of(
        np.array([1]), np.array([1]), [Coupon(0, 1, 0.9, first=False)], np.array([0]),
        np.array([0]), np.array([log_price(1.0, 1.0 - 0.9)]),
    )  # fmt: skip
    assert prices.coupon.tolist() == [1]
    assert prices.call.tolist() == [1]


def test_reductions_are_the_sum_over_orders_of_net_less_paid():
    rng = np.random.default_rng(3)
    for _ in range(50):
        size = 40
        coupons = [Coupon(0, 1, 0.25, first=False), Coupon(1, 2, 0.4, first=True)]
        called = np.sort(rng.choice(2 * size, 20, replace=False))
        prices = _prices(coupons, [(n // 2, n % 2, rng.uniform(0.0, 0.3)) for n in called])
        pairs = np.sort(rng.choice(2 * size, 50, replace=False))
        row, firm = np.divmod(pairs, 2)
        tags, first = rng.integers(0, 4, size)[row], rng.random(len(pairs)) < 0.5
        units = rng.integers(1, 5, len(pairs))
        by_coupon, by_call = np.zeros(2, np.int64), np.zeros(len(called), np.int64)
        for n, pair in enumerate(pairs):
            tag = 1 << firm[n]
            if tags[n] & tag and (firm[n] == 0 or first[n]):
                by_coupon[firm[n]] += units[n]
            elif pair in called:
                by_call[np.searchsorted(called, pair)] += units[n]
        paid = prices.paid(firm, row, tags, first, by_call)
        given = np.bincount(firm, (prices.net[firm] - paid) * units, minlength=2)
        assert prices.reductions(by_coupon, by_call).tolist() == given.tolist()
        assert (given > 0).any(), "a test without reductions shows nothing"


def test_orders_of_a_firm():
    lines = OrderLines(
        np.array([0, 0, 1]), np.array([2, 5, 2]), np.array([1, 2, 3]), np.array([3600, 3240, 3000]),
        np.zeros(3, bool), np.zeros(3, np.int64), np.array([0, 2, 3]),
    )  # fmt: skip
    row, cents = lines.of_firm(0)
    assert row.tolist() == [2, 5]
    assert cents.tolist() == [3600, 6480]


def test_orders_are_found_by_firm_then_customer_at_the_prices_paid():
    last = np.zeros((2, 6), np.int32)
    last[0, [2, 4]] = last[1, [1, 2]] = 9
    last[1, 5] = 8
    first = np.where(np.arange(6) == 2, 9, 3) * np.ones((2, 1), np.int32)
    tags = np.array([0, 1, 0, 0, 0, 0], np.uint16)
    prices = _prices([Coupon(1, 1, 0.5, first=False)], [(4, 0, 0.1)])
    lines = find_orders(9, last, first, np.arange(6), tags, prices, np.array([4]))
    assert lines.at.tolist() == [0, 2, 4]
    assert lines.firm.tolist() == [0, 0, 1, 1]
    assert lines.row.tolist() == lines.units.tolist() == [2, 4, 1, 2]
    assert lines.first.tolist() == [True, False, False, True]
    assert lines.tags.tolist() == [0, 0, 1, 0]
    assert lines.price.tolist() == [3600, 3240, 1500, 3000]
