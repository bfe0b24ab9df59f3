"""A week is booked in people and cents: one week of one firm, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS, TOUCH_ACTIVITY
from sim.ledger.booking import FirmBooks, book_week
from sim.ledger.ledger import WeekCounts
from sim.ledger.orders import Coupon, WeekPrices
from sim.ledger.receivables import Settled
from sim.rules.pricing import log_price

PEOPLE = 10
"""People each simulated customer stands for."""


def _week(week=0):
    """Five units in four orders, two units with a coupon and one in a sales call; some of the
    revenue is invoiced, and earlier invoices are paid. Accounts that add up begin at 1,000."""
    counts = WeekCounts.empty(1, 1, 3, 1, 1)
    counts.accounts[0, acc.ORDERS], counts.accounts[0, acc.UNITS] = 4, 5
    counts.couponed[0] = 2
    counts.contacts[0, 0], counts.clicks[0, 0] = 40, 3
    counts.cells[0, 1, TOUCH_ACTIVITY, 0, [acc.BY_ACQUIRED, acc.BY_UNITS]] = 2, 3
    counts.cells[0, 0, 1, 0, acc.BY_ACQUIRED] = 1  # before the books opened
    prices = WeekPrices.of(
        np.array([4000]), np.array([3600]), [Coupon(0, 1, 0.25, first=False)], np.array([7]),
        np.array([0]), np.array([log_price(1.0, 0.9)]),
    )  # fmt: skip
    leads = np.zeros((TOUCH_ACTIVITY + 2, len(LEAD_FLOWS)), np.int64)
    leads[TOUCH_ACTIVITY, 0], leads[-1, 0] = 2, 1
    booked = np.zeros((1, len(acc.ACCOUNTS)), np.int64)
    booked[0, [acc.PAYROLL, acc.PIPELINE, acc.REPS]] = 5_000, 3, 2
    firms = FirmBooks(
        booked=booked, leads=leads[None],
        settled=np.array([Settled(7_000, 6_000, 1_000, 400, 20_000, 1_000)]),
        invoiced=np.array([50_000]), spend=np.array([[12_000]]), unit_cost=np.array([1_800]),
    )  # fmt: skip
    return book_week(
        counts, firms, prices, called=np.array([1]), weight=PEOPLE, stores=8, week=week,
        inbound=np.array([True] * TOUCH_ACTIVITY + [False]), answerable=np.array([True]),
        before=lambda account: np.array([1_000]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def booked():
    return {account.name: _week().accounts[0, n] for n, account in enumerate(acc.ACCOUNTS)}


def test_customers_are_booked_as_people(booked):
    assert (booked["orders"], booked["units"]) == (40, 50)
    assert (booked["contacts"], booked["clicks"], booked["engaged"]) == (400, 30, 30)


def test_revenue_is_units_at_the_price_paid(booked):
    assert booked["list_value"] == 50 * 4_000
    assert booked["revenue"] == 20 * 2_700 + 10 * 3_240 + 20 * 3_600
    assert booked["goods"] == 50 * 1_800


def test_what_is_not_invoiced_is_due_and_paid_at_once(booked):
    at_once = booked["revenue"] - 50_000
    assert booked["credit_sales"] == 50_000
    assert booked["due"] == 7_000 + at_once
    assert booked["collected"] == 6_000 + at_once
    assert booked["receivables"] == 20_000 + 50_000
    assert (booked["past_due"], booked["overdue"], booked["written_off"]) == (1_000, 1_000, 400)


def test_cash_is_what_was_collected_less_what_was_paid_out(booked):
    out = booked["goods"] + booked["spend"] + booked["payroll"] + booked["screening"]
    assert booked["cash"] == 1_000 + booked["collected"] - out
    assert (booked["spend"], booked["payroll"]) == (12_000, 5_000)


def test_of_a_sales_force_only_counts_of_customers_are_scaled(booked):
    assert (booked["pipeline"], booked["reps"]) == (30, 2)
    assert (booked["leads"], booked["own_leads"]) == (30, 10)


def test_customers_won_since_the_books_opened_and_their_value(booked):
    assert booked["acquired_to_date"] == 1_000 + 20
    assert booked["inbound"] == 10, "the one who came by word of mouth"
    assert booked["value_to_date"] == 1_000 + 30 * (3_600 - 1_800)


def test_value_is_discounted_to_the_quarter_of_acquisition():
    """The middle of the first quarter is 52 weeks before week 58.5."""
    value = [_week(week).accounts[0, acc.VALUE_TO_DATE] - 1_000 for week in (6, 58, 59)]
    assert value[0] == 54_000
    assert value[1] > 0.9 * 54_000 > value[2]


def test_rows_of_the_record_add_up_to_its_accounts():
    record = _week()
    assert record.leads.tolist() == [[0, TOUCH_ACTIVITY, 0, 20], [0, TOUCH_ACTIVITY + 1, 0, 10]]
    acquired = record.cells[record.cells[:, 4] == acc.BY_ACQUIRED]
    assert acquired[:, 5].sum() == 30
    assert record.accounts[-1, acc.STORES] == 8
