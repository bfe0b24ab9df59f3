"""Invoices are open until they are paid or written off; no cent is lost between."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ledger.receivables import Receivables

KEYS = np.arange(200, dtype=np.uint64)
ONES, NOTHING = np.ones(200, np.float32), np.zeros(200, np.float32)
AT_ONCE, NEVER = 1000.0, 0.0


def _settle(owed, week, prompt, write_off=3, stock=NOTHING):
    return owed.settle(week, KEYS, ONES, stock, prompt, 0.5, write_off)


@pytest.fixture
def owed():
    """60.00 of two customers, due in week 4."""
    out = Receivables(firm=1)
    out.bill(np.array([3, 7]), np.array([2000, 4000]), due=4)
    return out


def test_an_invoice_is_not_paid_before_it_is_due(owed):
    now = _settle(owed, 3, AT_ONCE)
    assert (now.due, now.collected, now.owed, now.overdue) == (0, 0, 6000, 0)


def test_prompt_customers_pay_in_the_week_in_which_it_is_due(owed):
    now = _settle(owed, 4, AT_ONCE)
    assert (now.due, now.collected, now.past_due, now.owed) == (6000, 6000, 0, 0)
    assert not len(owed.row)


def test_an_unpaid_invoice_is_overdue_until_it_is_written_off(owed):
    weeks = [_settle(owed, week, NEVER) for week in range(4, 9)]
    assert [w.due for w in weeks] == [6000, 0, 0, 0, 0]
    assert [w.past_due for w in weeks] == [6000, 0, 0, 0, 0]
    assert [w.overdue for w in weeks] == [6000, 6000, 6000, 0, 0]
    assert [w.written_off for w in weeks] == [0, 0, 0, 6000, 0]
    assert [w.owed for w in weeks] == [6000, 6000, 6000, 0, 0]


def test_the_balance_holds_every_week():
    rng, owed, before = np.random.default_rng(5), Receivables(firm=2), 0
    totals = np.zeros(3, np.int64)
    for week in range(60):
        now = _settle(owed, week, 0.2, write_off=6)
        assert before == now.owed + now.collected + now.written_off
        assert now.owed == owed.cents.sum() >= now.overdue
        totals += [now.collected, now.written_off, now.due - now.past_due]
        billed = rng.integers(100, 9999, 5)
        owed.bill(rng.integers(0, 200, 5), billed, week + int(rng.integers(1, 5)))
        before = now.owed + int(billed.sum())
    assert (totals > 0).all()


def test_goods_in_stock_delay_payment():
    paid = []
    for stock in (NOTHING, 20.0 * ONES):
        owed = Receivables(firm=1)
        owed.bill(np.arange(200), np.full(200, 100), due=0)
        paid.append(_settle(owed, 0, 1.0, stock=stock).collected / 100)
    typical = 200 * (1.0 - np.exp(-1.0))
    strained = 200 * (1.0 - np.exp(-1.0 / 11.0))
    assert paid == pytest.approx([typical, strained], abs=4 * np.sqrt(200) / 2)
    assert paid[1] < paid[0]


def test_in_a_week_a_customer_pays_all_due_invoices_or_none():
    owed = Receivables(firm=1)
    owed.bill(np.repeat(np.arange(100), 2), np.full(200, 100), due=0)
    _settle(owed, 0, 1.0)
    assert 0 < len(owed.row) < 200
    assert (np.bincount(owed.row)[np.unique(owed.row)] == 2).all()


def test_open_invoices_are_saved_and_restored(owed):
    twin = Receivables(firm=1)
    twin.load(owed.state())
    assert _settle(twin, 4, NEVER) == _settle(owed, 4, NEVER)
