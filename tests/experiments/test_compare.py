"""Comparisons: common random numbers, exact zero for the same plan, and an answer in words."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats
from scipy.stats import qmc

import sim
from sim.config.compose import override
from sim.experiments.compare import LOOK_ERROR, look_error, look_sizes
from sim.experiments.coverage import SMALL, coverage
from sim.experiments.sweeps.parameters import settings_at, uncertain_parameters
from sim.experiments.uncertainty import Uncertainty, uncertainty
from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.params import ConfigError, numbers
from sim.reporting import answer as report
from sim.reporting.words import Words
from sim.runs import engine
from sim.runs.address import Addresses
from sim.runs.arms import arms
from sim.runs.jobs import simulate_job


@pytest.fixture
def quick(small):
    """Half a year: nothing is asked of a horizon, whose run-off costs two more years."""
    small.population.customers = 1000
    small.weeks = 26
    small.replicates = 5
    return small


def _year(config):
    """The same market until after its first horizon."""
    return replace(config, weeks=60)


@pytest.fixture(scope="module")
def plain(default):
    """Two plans over a year, five pairs from seed 40 on; to be read only."""
    population = replace(default.population, customers=1000)
    config = replace(default, population=population, weeks=60, warmup=0, threads=1, replicates=5)
    return sim.compare(replace(config, seed=40), "ad_blitz", "community_building")


@pytest.mark.slow
def test_the_same_plan_twice_differs_by_exactly_zero(quick):
    result = sim.compare(_year(quick), "ad_blitz", "ad_blitz", replicates=2)
    assert (result.table["difference"].dropna() == 0.0).all()
    assert result.arms == ("ad_blitz (A)", "ad_blitz (B)")
    assert "exactly the same" in report.answer(result, Words("en"))[0]
    assert result.verdict == "settled"


@pytest.mark.slow
def test_replicate_r_is_the_run_with_seed_plus_r(plain):
    alone = sim.simulate(plain.config, seed=42, plan="community_building")
    assert plain.seeds == (40, 41, 42, 43, 44)
    assert np.array_equal(plain.runs[1][2].accounts, alone.ledger.accounts())
    assert np.array_equal(plain.runs[1][2].sources, alone.ledger.sources().sum(axis=0))


@pytest.mark.slow
def test_the_number_and_kind_of_workers_do_not_matter(quick):
    quick.replicates = 4
    quick.threads = 1
    one = sim.compare(quick, "ad_blitz", "community_building")
    quick.threads = 3
    many = sim.compare(quick, "ad_blitz", "community_building")
    quick.threads = 2
    others = sim.compare(quick, "ad_blitz", "community_building", processes=True)
    assert one.table.equals(many.table)
    assert one.table.equals(others.table)


@pytest.mark.slow
def test_common_random_numbers_reduce_variance(quick):
    quick.replicates = 20
    quick.smallest_effect = 0.0
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert result.replicates == 20
    assert result.result("profit", "alder").variance_reduction > 1.0


@pytest.mark.slow
def test_any_number_of_arms_with_changes_of_their_own(quick):
    result = sim.compare(
        quick,
        {
            "blitz": "ad_blitz",
            "dear": ("ad_blitz", "firms.alder.list_price=44"),
            "quiet": ["talk.rate=0"],
            "declared": (),
        },
    )
    assert result.arms == ("blitz", "dear", "quiet", "declared")
    assert result.focus == ("alder",)
    assert set(result.table["arm"]) == {"dear", "quiet", "declared"}
    dear = result.result("price_paid", "alder", b=1)
    assert (dear.a, dear.b) == (40.0, 44.0)
    assert result.result("word_of_mouth", "birch", b=2).b == 0.0
    standings = result.standings("alder")
    assert sum(s.best for s in standings) == pytest.approx(1.0)
    assert min(s.regret for s in standings) >= 0.0
    best = max(standings, key=lambda s: s.mean)
    assert best.regret == min(s.regret for s in standings)
    assert all(s.worst <= s.mean for s in standings)
    words = " ".join(report.answer(result, Words("en")))
    assert Words("en").name(best.arm) in words


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        (("ad_blitz",), "needs two arms or more; found 1"),
        (("ad_blitz", ("ad_blitz", "community_building")), "two plans"),
        (("ad_blitz", ("choice.rate_mean=0.2",)), "settled at the start"),
        (("ad_blitz", ("talk.rate=9",)), "talk.rate=9.0 is out of bounds"),
        (("ad_blitz", "ad_blits"), r"Did you mean 'ad_blitz'"),
    ],
)
def test_wrong_arms_are_refused(quick, specs, message):
    with pytest.raises(ConfigError, match=message):
        sim.compare(quick, *specs)


@pytest.mark.slow
def test_profit_to_a_horizon_with_and_without_run_off(plain):
    """Profit with run-off is cash two years after the firm alone stopped; without, at the date."""
    longer = replace(plain.config, weeks=52 + 104)
    for n, plan in enumerate(plain.arms):
        world = sim.start(longer, longer.seed, plan=plan)
        for _ in range(52):
            world.step()
        now = world.ledger.so_far(acc.CASH) / 100
        assert np.array_equal(plain.horizon(1, False)[n, 0], now)
        tail = world.branch()
        tail.stop_firm("alder")
        for _ in range(104):
            tail.step()
        spend = tail.ledger.spend()[52:].sum(axis=(0, 2))
        assert spend[0] == 0
        assert (spend[1:4] > 0).all()
        with_runoff = plain.horizon(1, True)[n, 0]
        assert with_runoff[0] == tail.ledger.so_far(acc.CASH)[0] / 100
        assert np.isnan(with_runoff[1:]).all()
    assert np.isnan(plain.horizon(3, True)).all()
    assert {"profit_to_date", "profit_runoff"} == set(plain.horizons["kpi"])


@pytest.mark.slow
def test_replicates_are_added_until_the_stopping_rule_is_met(quick, tmp_path):
    quick.replicates = 40
    easy = sim.compare(
        quick, "ad_blitz", ("ad_blitz", "firms.alder.unit_cost=39"), smallest_effect=0.05
    )
    assert easy.verdict == "settled"
    assert easy.interim_looks == (10,)
    close = ("ad_blitz", "talk.rate=0.06")
    hard = sim.compare(quick, "ad_blitz", close, smallest_effect=0.0002, store=tmp_path)
    assert hard.interim_looks == (10, 20, 40)
    assert hard.verdict == "cap"
    assert "40 runs do not settle it" in " ".join(report.answer(hard, Words("en")))
    alike = sim.compare(quick, "ad_blitz", close, smallest_effect=0.3, store=tmp_path)
    assert alike.verdict == "settled"
    assert alike.replicates == 10
    capped = sim.compare(quick, "ad_blitz", close, smallest_effect=0, replicates=12, store=tmp_path)
    assert capped.interim_looks == (12,)


def test_intervals_are_corrected_for_interim_looks():
    """The mean of the errors at a random look and at the most misleading look is five per cent."""
    draws = np.random.default_rng(7).normal(size=(200_000, len(LOOK_ERROR)))
    for planned, error in enumerate(LOOK_ERROR, start=1):
        size = 2.0 ** np.arange(planned)
        steps = np.sqrt(np.diff(np.concatenate([[0.0], size])))
        means = (draws[:, :planned] * steps).cumsum(axis=1) / np.sqrt(size)
        worst = (np.abs(means).max(axis=1) > stats.norm.isf(error / 2)).mean()
        assert (error + worst) / 2 == pytest.approx(0.05, abs=0.001)
    assert look_sizes(80) == [10, 20, 40, 80]
    assert look_sizes(7) == [7]
    assert look_error(99) == LOOK_ERROR[-1]


@pytest.mark.slow
def test_no_replicate_is_simulated_twice(quick, tmp_path, monkeypatch):
    simulated = []
    monkeypatch.setattr(
        engine, "simulate_job", lambda job: simulated.append(job.seed) or simulate_job(job)
    )
    arms = ("ad_blitz", "community_building")
    first = sim.compare(quick, *arms, replicates=3, store=tmp_path)
    again = sim.compare(quick, *arms, replicates=5, store=tmp_path)
    assert sorted(simulated) == [1, 2, 3, 4, 5]
    assert first.seeds == (1, 2, 3)
    assert not list(tmp_path.rglob("*.part"))
    fresh = sim.compare(quick, *arms, replicates=5)
    assert again.table.equals(fresh.table)
    quick.talk.rate = 0.06
    sim.compare(quick, *arms, replicates=2, store=tmp_path)
    assert sorted(simulated)[-2:] != [9, 9]
    assert len(simulated) == 5 + 5 + 2


@pytest.mark.slow
def test_a_killed_comparison_is_resumed(quick, tmp_path):
    """A process killed in the middle leaves complete replicates only; the answer is the same."""
    script = tmp_path / "go.py"
    script.write_text(
        "import sim, sys\n"
        "config = sim.load_config('population.customers=1000', 'weeks=26', 'warmup=0',"
        " 'replicates=6', 'threads=1', 'smallest_effect=0')\n"
        "sim.compare(config, 'ad_blitz', 'community_building', store=__import__('pathlib').Path("
        "sys.argv[1]))\n"
    )
    store = tmp_path / "store"
    process = subprocess.Popen([sys.executable, str(script), str(store)])
    deadline = time.monotonic() + 120
    while len(list(store.glob("*/weeks/*.parquet"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = {p: p.stat().st_mtime_ns for p in store.glob("*/weeks/*.parquet")}
    complete = sorted(before.items(), key=lambda item: item[1])[:-1]  # the last lacks other tables
    assert len(pq.read_table([*before], columns=["key"])["key"].unique()) < 12
    config = sim.load_config(
        "population.customers=1000",
        "weeks=26",
        "warmup=0",
        "replicates=6",
        "threads=1",
        "smallest_effect=0",
    )
    resumed = sim.compare(config, "ad_blitz", "community_building", store=store)
    after = {p: p.stat().st_mtime_ns for p in store.glob("*/weeks/*.parquet")}
    assert not list(store.rglob("*.part"))
    assert complete
    assert dict(complete).items() <= after.items()
    assert resumed.table.equals(sim.compare(config, "ad_blitz", "community_building").table)


@pytest.mark.slow
def test_the_answer_states_the_best_arm_the_timing_and_the_uncertainty(quick):
    quick.population.customers = 3000
    quick.weeks = 78
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert result.focus == ("alder",)
    words = " ".join(report.answer(result, Words("en")))
    assert "profit over 78 weeks" in words
    assert "95 % interval" in words
    assert "of 5 paired runs" in words
    assert "head in profit to date" in words
    assert "spend different amounts" in words  # the plans spend unevenly in time; the run is cut
    assert "1 % of the revenue with Ad blitz" in words
    chinese = " ".join(report.answer(result, Words("zh")))
    assert "利润高于" in chinese
    assert "领先" in chinese


def test_what_happens_after_a_plan_is_part_of_the_key_of_a_replicate(default):
    configs = [replace(default, after_plan=after) for after in ("stop", "keep")]
    stop, keep = (Addresses(config, arms([None, None], config)).of(1) for config in configs)
    assert stop != keep


@pytest.mark.slow
def test_the_table_has_every_kpi_firm_and_year(plain):
    assert len(plain.table) == len(KPIS) * len(plain.firms)
    assert len(plain.yearly) == 2 * len(plain.table)
    assert len(plain.horizons) == 2 * len(plain.firms)
    assert len(plain.replicate_table) == 2 * 5 * len(plain.firms)
    by_year, whole = plain.replicate_yearly, plain.replicate_table
    assert set(by_year["year"]) == {1, 2}
    assert by_year["profit"].sum() == pytest.approx(whole["profit"].sum()), "nothing counts twice"


def test_too_few_replicates_are_refused(quick):
    with pytest.raises(ConfigError, match="replicates=1 is out of bounds"):
        sim.compare(quick, "ad_blitz", "community_building", replicates=1)


@pytest.mark.slow
def test_uncertainty_splits_into_seed_noise_and_parameter_uncertainty(quick):
    quick.population.customers, quick.weeks = 400, 30
    found = uncertainty(quick, "ad_blitz", "community_building", settings=12)
    assert found.settings.shape == (12, len(found.names))
    assert found.values.shape == (2, 12, 2)
    bounds = uncertain_parameters(quick)
    assert {"talk.rate", "attention.retention", "activities.broadcast.unit_cost"} <= set(bounds)
    assert "activities.sampling.unit_cost" not in bounds  # no firm spends on it
    assert "flow.inflow" not in bounds  # off
    for name, column in zip(found.names, found.settings.T, strict=True):
        if name in bounds:
            assert bounds[name][0] <= column.min() <= column.max() <= bounds[name][1]
    assert 0.0 <= found.seed_noise_share() <= 1.0
    low, high = found.chance()[1:]
    assert low <= found.chance()[0] <= high
    words = " ".join(report.uncertainty_answer(found, Words("en")))
    assert "12 times, " in words
    same = uncertainty(quick, "ad_blitz", "ad_blitz", settings=3)
    assert (same.gap() == 0.0).all()
    assert same.chance()[0] == 0.5


def test_drawn_settings_have_the_configured_values_as_medians(quick):
    bounds = uncertain_parameters(quick, arms(["ad_blitz", "community_building"], quick))
    assert {"organising.skill_gap", "activities.broadcast.outlet_cost"} <= set(bounds)
    assert "activities.account_visits.salience" in bounds, "sales calls have its content"
    places = qmc.Sobol(len(bounds), rng=np.random.default_rng(1)).random_base2(9)
    values, words = settings_at(quick, bounds, places)
    present = {name: value for name, _, value in numbers(quick)}
    for n, (name, (low, high)) in enumerate(bounds.items()):
        assert low <= values[:, n].min() <= values[:, n].max() <= high
        if isinstance(present[name], float):
            assert np.median(values[:, n]) == pytest.approx(present[name], rel=0.02)
    override(quick, *words[0])


def test_the_share_of_seed_noise_is_estimated():
    """Differences between seeds are seed noise; those between settings, parameter uncertainty."""
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(1, 400, 2))
    setting = np.repeat(rng.normal(size=(1, 400, 1)), 2, axis=2)
    settings = setting[0, :, :1]
    for values, share in ((noise, 1.0), (setting, 0.0), (noise + setting, 0.5)):
        both = np.concatenate([np.zeros_like(values), values])
        found = Uncertainty(("a", "b"), "f", "profit", ("x",), settings, both, sim.load_config())
        assert found.seed_noise_share() == pytest.approx(share, abs=0.1)
    assert found.drivers[0][0] == "x"


@pytest.mark.slow
def test_intervals_have_their_stated_coverage():
    """Fewer and smaller experiments than in `gtm validate coverage`: 40 of them leave an error of
    eight percentage points.

    The error depends only on the number of experiments, so each is as short as possible: two weeks
    of two firms without reps.
    """
    config = sim.load_config(
        *SMALL, "population.customers=200", "weeks=2", "warmup=1", "threads=1",
        "~firms.cedar", "~firms.dogwood", "firms.alder.sales.reps=0", "firms.birch.sales.reps=0",
    )  # fmt: skip
    for one in coverage(config, 40):
        assert 0.86 <= one.share <= 1.0, one.name
        assert 0.0 < one.stopped_early.mean() < 1.0


def test_without_revenue_the_note_says_so_and_names_no_wrong_number(small):
    small.weeks, small.population.customers = 8, 200
    small.choice.rate_mean = 0.000001
    words = Words("en")
    found = sim.compare(small, "ad_blitz", "community_building", replicates=2)
    assert "Without revenue of Alder under Ad blitz" in report.answer(found, words)[-1]
    found = sim.compare(small, "ad_blitz", "community_building", replicates=2, smallest_effect=0)
    assert "without a rule to stop earlier (smallest_effect=0)" in report.answer(found, words)[-1]


def test_progress_counts_each_replicate_once(small, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.experiments.compare.is_settled", lambda *_: False)
    small.weeks = 4
    for said in ([], []):  # simulated, and then cached
        sim.compare(
            small, "ad_blitz", ("ad_blitz", "talk.rate=0.06"), replicates=14,
            store=tmp_path,
            progress=lambda done, total, said=said: said.append((done, total)),
        )  # fmt: skip
        assert sum(done for done, _ in said) == 14
        assert [total for _, total in said] == sorted(total for _, total in said)
        assert said[-1][1] == 14
