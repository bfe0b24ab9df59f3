"""Plans in a run: every cent is spent once, in its weeks."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.plan import MOST_CENTS, Plan, Row, schedule, spent_within, start_date
from sim.params import ConfigError
from sim.plans.periods import parse_period

FIRMS = ("alder", "birch")
ACTIVITIES = ("broadcast", "community")
START = dt.date(2027, 1, 4)


def _plan(*cells):
    """A plan with these rows of period, firm, activity and amount."""
    rows = []
    for line, (word, firm, activity, amount) in enumerate(cells, start=2):
        period = parse_period(word)
        assert period is not None
        rows.append(Row(line, period, firm, activity, amount))
    return Plan("mine", tuple(rows))


def _lay_out(plan, weeks=52, budgets=None, after="stop"):
    return schedule(plan, start=START, weeks=weeks, firms=FIRMS, activities=ACTIVITIES,
                    budgets=budgets or {}, after=after)  # fmt: skip


GOOD = ("Q1", "alder", "broadcast", 1_000_000.0)


def test_prices_hold_in_their_period():
    discount, price = ("Q2", "alder", "discount", 0.2), ("Q2", "alder", "list_price", 39.99)
    levers = _lay_out(_plan(GOOD, discount, price))
    assert np.isnan(levers.discount[:13]).all()
    assert (levers.discount[13:26, 0] == 0.2).all()
    assert (levers.list_price[13:26, 0] == 3999).all()
    assert (levers.list_price[26:] == 0).all()
    with pytest.raises(ConfigError, match=r"row 4.*a second discount for alder in week 14"):
        _lay_out(_plan(GOOD, discount, ("M4", "alder", "discount", 0.1)))


def test_amounts_beyond_what_can_be_booked_are_refused():
    half = ("Q1", "alder", "broadcast", MOST_CENTS / 200)
    assert _lay_out(_plan(half, half)).spend.sum() == MOST_CENTS
    too_much = r"plan mine: a sum of .* over the run is more than can be booked; allowed 4\.61e\+16"
    with pytest.raises(ConfigError, match=too_much):
        _lay_out(_plan(half, half, GOOD))
    with pytest.raises(ConfigError, match=too_much):
        _lay_out(_plan(("Q1", "alder", "broadcast", 1e300)))
    with pytest.raises(ConfigError, match=too_much):
        _lay_out(_plan(half), after="keep")


def test_a_plan_replaces_the_budget_of_the_firms_it_names():
    budgets = {"alder": {"community": 7.0}, "birch": {"community": 9.0}}
    levers = _lay_out(_plan(GOOD), budgets=budgets)
    assert levers.spend[:, 0, 1].sum() == 0
    assert (levers.spend[:, 1, 1] == 900).all()
    assert levers.planned.tolist() == [True, False]


def test_a_period_before_the_start_is_refused():
    with pytest.raises(ConfigError, match="begins before the run, which starts on 2027-01-04"):
        _lay_out(_plan(("2026-Q4", *GOOD[1:])))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Q1", "Q4", "M2", "W7", "2027-Q2", "2027-05", "2027-W20"]),
            st.sampled_from(FIRMS),
            st.sampled_from(ACTIVITIES),
            st.integers(0, 10**12),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_cent_is_spent_once(cells):
    rows = [Row(n, parse_period(p), f, a, c / 100) for n, (p, f, a, c) in enumerate(cells)]
    levers = _lay_out(Plan("p", tuple(rows)))
    assert int(levers.spend.sum()) == sum(round(r.amount * 100) for r in rows)
    assert (levers.spend >= 0).all()


def test_after_its_last_week_a_plan_stops_or_goes_on():
    plan = _plan(
        GOOD, ("Q2", "alder", "community", 13_000.0), ("Q2", "alder", "discount", 0.1),
        ("Q4", "birch", "community", 26_000.0),
    )  # fmt: skip
    stopped, kept = _lay_out(plan), _lay_out(plan, after="keep")
    assert stopped.spend[26:, 0].sum() == 0
    assert np.isnan(stopped.discount[26:, 0]).all()
    assert (kept.spend[:26] == stopped.spend[:26]).all()
    assert (kept.spend[26:, 0] == [0, 100_000]).all(), "the first quarter's broadcast is over"
    assert (kept.discount[26:, 0] == 0.1).all()
    assert (kept.spend[:, 1] == stopped.spend[:, 1]).all(), "its plan lasts to the end"
    beyond = _lay_out(_plan(("Y2", "alder", "community", 52.0)), after="keep")
    assert beyond.spend.sum() == 0


def test_money_within_a_run_is_compared_in_cents():
    plan = _plan(("Q1", "alder", "broadcast", 33_333.334), ("Q2", "alder", "broadcast", 0.004))
    market = SimpleNamespace(
        start="auto", weeks=52, firms=dict.fromkeys(FIRMS), activities=dict.fromkeys(ACTIVITIES)
    )
    assert spent_within(plan, market) == (3_333_333, 3_333_333)
    market.weeks = 13
    assert spent_within(plan, market) == (3_333_333, 3_333_333)
    market.weeks = 12
    inside, total = spent_within(plan, market)
    assert inside < total


def test_dated_and_counted_periods_need_a_start():
    plan = _plan(GOOD, ("2027-Q2", "alder", "community", 5.0))
    with pytest.raises(ConfigError, match=r"say when week 1 begins, for example start=2027-01-04"):
        start_date("auto", [plan])
    assert start_date("2027-01-06", [plan]) == START
    assert start_date("auto", [_plan(("2027-Q2", "alder", "community", 5.0))]) == dt.date(
        2027, 3, 29
    )
