"""Plans: every cell is checked, and every cent is spent once."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.calendar import parse_period
from sim.market.plan import Plan, Row, read_plan, schedule, template
from sim.params import ConfigError

FIRMS = ("alder", "birch")
ACTIVITIES = ("broadcast", "community")
START = dt.date(2027, 1, 4)


def _read(tmp_path, words, encoding="utf-8"):
    path = tmp_path / "mine.csv"
    path.write_bytes(words.encode(encoding))
    return read_plan(path, "mine", FIRMS, ACTIVITIES)


def _lay_out(plan, weeks=52, budgets=None):
    return schedule(plan, start=START, weeks=weeks, firms=FIRMS, activities=ACTIVITIES,
                    budgets=budgets or {})  # fmt: skip


GOOD = "quarter,firm,activity,amount\nQ1,alder,broadcast,1000000\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "is empty"),
        ("quarter,firm,activity,amount\n", "no rows"),
        ("firm,activity,amount\nalder,broadcast,1\n", "exactly one column out of quarter, month"),
        ("quarter,firm,activity\nQ1,alder,broadcast\n", "column amount: must stand exactly once"),
        ("quarter,firm,activty,amount\nQ1,alder,broadcast,1\n", "Did you mean 'activity'?"),
        (GOOD + "Q2,alder,brodcast,5\n", "row 3, column activity: unknown activity 'brodcast'"),
        (GOOD + "Q2,alder,brodcast,5\n", "Did you mean 'broadcast'?"),
        (GOOD + "Q2,aldr,broadcast,5\n", "row 3, column firm: unknown firm 'aldr'"),
        (GOOD + "Q2,alder,broadcast,-5\n", "row 3, column amount: -5 is out of bounds; allowed 0"),
        (GOOD + "Q2,alder,broadcast,lots\n", "row 3, column amount: 'lots' is not a number"),
        (GOOD + "Q2,alder,broadcast,nan\n", "'nan' is not a number"),
        (GOOD + "Q2,alder,broadcast,1e13\n", "out of bounds"),
        (GOOD + "Q2,alder,discount,1.5\n", "allowed 0 to 0.9 (share of list price)"),
        (GOOD + "Q2,alder,list_price,0\n", "allowed 0.01"),
        (GOOD + "spring,alder,broadcast,5\n", "row 3, column quarter: 'spring' is no period"),
        (GOOD + "Q2,alder,broadcast\n", "row 3, column amount: the row has 3 cells, the header 4"),
        (GOOD + "Q2,alder,broadcast,5,6\n", "the row has 5 cells"),
    ],
)
def test_a_wrong_cell_is_named_in_one_line(tmp_path, words, said):
    with pytest.raises(ConfigError) as caught:
        _read(tmp_path, words)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_written_by_excel_are_read(tmp_path):
    plan = _read(tmp_path, "\ufeffQuarter;Firm;Activity;Amount;Note\r\nQ1; alder ;broadcast;"
                           "\"1,000,000\";x\r\n;;;;\r\nQ1;alder;discount;15%;\r\n")  # fmt: skip
    assert [r.amount for r in plan.rows] == [1_000_000.0, 0.15]
    with pytest.raises(ConfigError, match="UTF-8"):
        _read(tmp_path, "quarter,firm,activity,amount\nQ1,älder,broadcast,1\n", "latin-1")


def test_prices_hold_in_their_period(tmp_path):
    levers = _lay_out(_read(tmp_path, GOOD + "Q2,alder,discount,0.2\nQ2,alder,list_price,39.99\n"))
    assert np.isnan(levers.discount[:13]).all()
    assert (levers.discount[13:26, 0] == 0.2).all()
    assert (levers.list_price[13:26, 0] == 3999).all()
    assert (levers.list_price[26:] == 0).all()
    with pytest.raises(ConfigError, match=r"row 4.*a second discount for alder in week 14"):
        _lay_out(_read(tmp_path, GOOD + "Q2,alder,discount,0.2\nM4,alder,discount,0.1\n"))


def test_a_plan_replaces_the_budget_of_the_firms_it_names(tmp_path):
    budgets = {"alder": {"community": 7.0}, "birch": {"community": 9.0}}
    levers = _lay_out(_read(tmp_path, GOOD), budgets=budgets)
    assert levers.spend[:, 0, 1].sum() == 0
    assert (levers.spend[:, 1, 1] == 900).all()
    assert levers.planned.tolist() == [True, False]


def test_a_period_before_the_start_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="begins before the run, which starts on 2027-01-04"):
        _lay_out(_read(tmp_path, GOOD.replace("Q1", "2026-Q4")))


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


def test_the_template_can_be_read(tmp_path):
    plan = _read(tmp_path, template("alder", FIRMS, ACTIVITIES))
    assert plan.firms == ("alder",)
    assert {r.activity for r in plan.rows} == {*ACTIVITIES, "discount"}
