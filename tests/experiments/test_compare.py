"""Comparisons: shared luck, exact zero for the same plan, and an answer in words."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.params import ConfigError
from sim.reporting import terminal
from sim.reporting.words import Words


@pytest.fixture
def quick(small):
    small.population.customers = 1000
    small.weeks = 60
    small.pairs = 5
    return small


def test_the_same_plan_twice_differs_by_exactly_zero(quick):
    result = sim.compare(quick, "ad_blitz", "ad_blitz")
    assert (result.table["difference"].dropna() == 0.0).all()
    assert result.arms == ("ad_blitz (A)", "ad_blitz (B)")
    assert "no difference at all" in terminal.answer(result, Words("en"))[0]


def test_replicate_r_is_the_run_with_seed_plus_r(quick):
    quick.seed = 40
    result = sim.compare(quick, "ad_blitz", "community_building", pairs=3)
    alone = sim.simulate(quick, seed=42, plan="community_building")
    assert np.array_equal(result.runs[1][2].ledger.accounts(), alone.ledger.accounts())


def test_the_number_of_workers_does_not_matter(quick):
    quick.threads = 1
    one = sim.compare(quick, "ad_blitz", "community_building")
    quick.threads = 3
    many = sim.compare(quick, "ad_blitz", "community_building")
    assert one.table.equals(many.table)


def test_shared_luck_reduces_variance(quick):
    quick.pairs = 20
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert result.result("profit", "alder").variance_reduction > 1.0


def test_the_answer_says_who_when_and_how_sure(quick):
    quick.population.customers = 3000
    quick.weeks = 90
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert result.focus == ("alder",)
    words = " ".join(terminal.answer(result, Words("en")))
    assert "earns more over 90 weeks" in words
    assert "95 % interval" in words
    assert "of 5 pairs" in words
    assert "ahead from week" in words
    assert "spend different amounts" in words  # the plans spend unevenly in time; the run is cut
    chinese = " ".join(terminal.answer(result, Words("zh")))
    assert "利润更高" in chinese
    assert "领先" in chinese


def test_the_table_has_every_kpi_firm_and_year(quick):
    from sim.kpis import KPIS

    result = sim.compare(quick, "ad_blitz", "community_building")
    assert len(result.table) == len(KPIS) * len(quick.firms) * 3
    assert len(result.replicates) == 2 * 5 * len(quick.firms) * 3


def test_too_few_pairs_are_refused(quick):
    with pytest.raises(ConfigError, match="pairs=1 is out of bounds"):
        sim.compare(quick, "ad_blitz", "community_building", pairs=1)


def test_dated_plans_share_one_start(quick, tmp_path):
    for name, year in (("early", "2026-Q2"), ("late", "2026-Q3")):
        (tmp_path / f"{name}.csv").write_text(
            f"quarter,firm,activity,amount\n{year},alder,broadcast,500000\n"
        )
    result = sim.compare(quick, tmp_path / "early.csv", tmp_path / "late.csv")
    assert [r.start.isoformat() for r in (result.runs[0][0], result.runs[1][0])] == [
        "2026-03-30",
        "2026-03-30",
    ]


@pytest.mark.parametrize("weeks", [60, 130])
def test_a_lead_that_is_melting_is_said_so(quick, weeks):
    quick.weeks = weeks
    result = sim.compare(quick, "ad_blitz", "community_building")
    last = np.subtract(*result.values("profit", weeks - 52, weeks)[::-1, :, 0]).mean()
    whole = result.result("profit", "alder").difference
    warned = "Mind the trend" in " ".join(terminal.answer(result, Words("en")))
    assert warned == (last * whole < 0)
