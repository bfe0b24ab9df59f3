"""Data frames are plans, wherever a plan is taken."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import sim
from sim.market.plan import Plan
from sim.plans.faults import PlanError
from sim.plans.find import find_plan
from sim.plans.read import Options
from tests.plans.reading import market, rows_of

LONG = {"quarter": ["Q1", "Q2"], "firm": ["alder"] * 2, "activity": ["broadcast"] * 2,
        "amount": [1000.0, 2000]}  # fmt: skip
ROWS = [("Q1", "alder", "broadcast", 1000.0), ("Q2", "alder", "broadcast", 2000.0)]


class Polars:
    """As much of a Polars frame as a reader uses."""

    def __init__(self, data):
        self.data = data

    @property
    def columns(self):
        return list(self.data)

    def iter_rows(self):
        return zip(*self.data.values(), strict=True)


@pytest.mark.parametrize("frame", [pd.DataFrame(LONG), Polars(LONG)], ids=["pandas", "polars"])
def test_a_frame_is_a_plan(frame):
    plan = find_plan(frame, market())
    assert rows_of(plan) == ROWS
    assert plan.path == ""


def test_polars_itself_is_read():
    polars = pytest.importorskip("polars")
    assert rows_of(find_plan(polars.DataFrame(LONG), market())) == ROWS


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(LONG).pivot(index=["firm", "activity"], columns="quarter", values="amount"),
        pd.DataFrame({"channel": ["broadcast"], "Q1": [np.int64(1000)], "Q2": [np.float32(2000)]}),
        pd.DataFrame({"Q1": [1000], "Q2": [2000]}, index=["broadcast"]),
        pd.DataFrame(LONG)[lambda f: f.amount > 0].assign(note=[None, float("nan")]),
        pd.DataFrame(LONG).convert_dtypes().assign(reach=pd.array([None, 1], dtype="Int64")),
    ],
)
def test_a_frame_has_any_layout(frame):
    assert rows_of(find_plan(frame, market())) == ROWS


def test_dates_of_a_frame_are_periods():
    weeks = pd.DataFrame(
        {"broadcast": [1.0, 2.0]},
        index=pd.DatetimeIndex(["2027-01-04", "2027-01-11"], name="week"),
    )
    assert [r.period.name for r in find_plan(weeks, market()).rows] == ["2027-W01", "2027-W02"]
    months = pd.DataFrame({"month": pd.period_range("2027-01", periods=2, freq="M"),
                           "activity": "broadcast", "amount": [1, 2]})  # fmt: skip
    assert [r.period.name for r in find_plan(months, market()).rows] == ["2027-01", "2027-02"]
    days = Polars({"date": [dt.date(2027, 1, 4), dt.date(2027, 1, 11)], "broadcast": [1, 2]})
    assert [r.period.name for r in find_plan(days, market()).rows] == ["2027-W01", "2027-W02"]


def test_a_frame_with_faults_is_refused_in_words():
    frame = pd.DataFrame(LONG | {"activity": ["TV", "TV"], "amount": [np.inf, -1.0]})
    with pytest.raises(PlanError) as caught:
        find_plan(frame, market(), Options())
    assert "plan plan, row 1, column activity: unknown activity 'TV'" in caught.value.faults[0]
    assert "row 1, column amount: 'inf' is not a number" in " ".join(caught.value.faults)


def test_a_frame_runs_and_is_compared():
    config = sim.load_config(
        "population.customers=200", "weeks=8", "warmup=0", "replicates=2", "smallest_effect=0",
        "threads=1",
    )  # fmt: skip
    frame = pd.DataFrame(LONG)
    spent = sim.simulate(config, 1, plan=frame).ledger.spend()[:, 0].sum()
    assert spent == pytest.approx(100_000 * 8 / 13, abs=8)
    result = sim.compare(config, {"mine": frame, "less": (frame, "talk.rate=0"), "b": "ad_blitz"})
    assert result.arms == ("mine", "less", "b")
    assert isinstance(find_plan(frame, config), Plan)
    world = sim.start(config, 1).branch(plan=frame)
    assert world.levers.spend[:, 0].sum() == spent
    noted = find_plan(frame.assign(cpm=1.0), config)
    assert noted.notes
    restored = sim.restore(sim.start(config, 1, plan=noted).snapshot())
    assert restored.plan == noted
