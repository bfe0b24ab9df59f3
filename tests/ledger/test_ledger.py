"""The ledger is append-only, and its sums are those of its records."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ledger import accounts as acc
from sim.ledger.ledger import Ledger, WeekCounts
from tests.scripted import blank_record

FIRMS, ACTIVITIES = ("a", "b"), ("x", "y", "z")


def _ledger(revenue, opening=0):
    """A ledger with these cents of revenue of the two firms in each week, and as much cash."""
    ledger, cash = Ledger(FIRMS, ACTIVITIES, opening), np.zeros(2, np.int64)
    for week in revenue:
        record = blank_record(2, 3, 1)
        record.accounts[:-1, acc.REVENUE] = week
        cash = cash + week
        record.accounts[:-1, acc.CASH] = cash
        ledger.append(record)
    return ledger


def test_a_booked_week_cannot_be_changed():
    ledger = _ledger([(10, 20)])
    for column in ledger.records()[0]:
        with pytest.raises(ValueError, match="read-only"):
            column += 1
    ledger.records().clear()
    assert ledger.weeks == 1, "the list of records is a copy"


def test_sums_start_when_the_books_open():
    ledger = _ledger([(5, 5), (10, 20), (1, 2)], opening=1)
    assert ledger.weeks == 2
    assert len(ledger.records()) == 3
    assert ledger.accounts()[:, :-1, acc.REVENUE].tolist() == [[10, 20], [1, 2]]
    assert ledger.recent(acc.REVENUE, 2).tolist() == [11, 22]
    assert ledger.recent(acc.REVENUE, 9).tolist() == [16, 27], "with the weeks before the opening"
    assert ledger.so_far(acc.CASH).tolist() == [16, 27]


def test_nothing_is_booked_before_the_opening():
    ledger = _ledger([(5, 5)], opening=2)
    assert ledger.weeks == 0
    assert ledger.so_far(acc.CASH).tolist() == [0, 0]
    assert ledger.accounts().shape == (0, 3, len(acc.ACCOUNTS))
    assert ledger.cells().shape == (0, 7)


def test_a_copy_grows_by_itself():
    ledger = _ledger([(5, 5)])
    twin = ledger.copy()
    twin.append(blank_record(2, 3, 1))
    assert (ledger.weeks, twin.weeks) == (1, 2)
    assert twin.records()[0] is ledger.records()[0], "records are shared"


def test_customers_are_split_by_quarter_and_source():
    ledger = Ledger(FIRMS, ACTIVITIES)
    for rows in ([(0, 1, 3, 0, acc.BY_ACQUIRED, 4), (0, 1, 3, 1, acc.BY_ACQUIRED, 2)],
                 [(1, 0, 1, 0, acc.BY_ORDERS, 7)]):  # fmt: skip
        ledger.append(blank_record(2, 3, 2)._replace(cells=np.array(rows)))
    assert ledger.cohorts()[0, 0, 1, acc.BY_ACQUIRED] == 6
    assert ledger.cohorts()[1, 1, 0, acc.BY_ORDERS] == 7
    assert ledger.cohorts().sum() == 13
    assert ledger.sources()[0, 0, 3] == 6
    assert ledger.sources().sum() == 6, "only the acquired"
    assert ledger.cells()[:, 0].tolist() == [0, 0, 1]


def test_counts_are_added_in_place():
    one, other = (WeekCounts.empty(1, 2, 3, 1, 1) for _ in range(2))
    other.accounts[0, acc.ORDERS] = 3
    other.couponed[0] = 2
    one.add(other)
    one.add(other)
    assert (one.accounts[0, acc.ORDERS], one.couponed[0]) == (6, 4)
    assert (other.accounts[0, acc.ORDERS], other.couponed[0]) == (3, 2)
