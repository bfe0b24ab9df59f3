"""Comparisons: shared luck, exact zero for the same plan, and an answer in words."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

import sim
from sim.config.compose import override
from sim.experiments import replicates
from sim.experiments.arms import arms
from sim.experiments.compare import LOOK_ERROR, look_error, look_sizes
from sim.experiments.coverage import SMALL, coverage
from sim.experiments.doubt import Doubt, doubt, in_doubt, settings_at
from sim.kpis import KPIS
from sim.ledger import accounts as book
from sim.params import ConfigError, numbers
from sim.reporting import comparison as report
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
    assert "no difference at all" in report.answer(result, Words("en"))[0]
    assert result.verdict == "settled"


def test_replicate_r_is_the_run_with_seed_plus_r(quick):
    quick.seed = 40
    result = sim.compare(quick, "ad_blitz", "community_building", pairs=3)
    alone = sim.simulate(quick, seed=42, plan="community_building")
    assert result.seeds == (40, 41, 42)
    assert np.array_equal(result.lived[1][2].accounts, alone.ledger.accounts())
    assert np.array_equal(result.lived[1][2].sources, alone.ledger.sources().sum(axis=0))


def test_the_number_and_kind_of_workers_do_not_matter(quick):
    quick.threads = 1
    one = sim.compare(quick, "ad_blitz", "community_building")
    quick.threads = 3
    many = sim.compare(quick, "ad_blitz", "community_building")
    others = sim.compare(quick, "ad_blitz", "community_building", processes=True)
    assert one.table.equals(many.table)
    assert one.table.equals(others.table)


def test_shared_luck_reduces_variance(quick):
    quick.pairs = 20
    quick.matters = 0.0
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert result.pairs == 20
    assert result.result("profit", "alder").variance_reduction > 1.0


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
    assert best.arm in words


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


def test_profit_to_a_horizon_with_and_without_run_off(quick):
    """With run-off is cash two years after all spend stopped; alone it is cash at the date."""
    result = sim.compare(quick, "ad_blitz", "community_building", pairs=2)
    quick.weeks = 52 + 104
    for n, plan in enumerate(result.arms):
        world = sim.start(quick, quick.seed, plan=plan)
        for _ in range(52):
            world.step()
        now = world.ledger.so_far(book.CASH) / 100
        assert np.array_equal(result.horizon(1, False)[n, 0], now)
        tail = world.branch()
        tail.stop_spending()
        for _ in range(104):
            tail.step()
        assert tail.ledger.spend()[52:].sum() == 0
        assert np.array_equal(result.horizon(1, True)[n, 0], tail.ledger.so_far(book.CASH) / 100)
    assert np.isnan(result.horizon(3, True)).all()
    assert {"profit_to_date", "profit_runoff"} <= set(result.table["kpi"])


def test_replicates_are_added_until_the_question_is_settled(quick):
    quick.pairs = 40
    easy = sim.compare(quick, "ad_blitz", ("ad_blitz", "firms.alder.unit_cost=39"), matters=0.05)
    assert easy.verdict == "settled"
    assert easy.looks == (10,)
    close = ("ad_blitz", "firms.alder.quality=0.89")
    hard = sim.compare(quick, "ad_blitz", close, matters=0.0005)
    assert hard.looks == (10, 20, 40)
    assert hard.verdict == "cap"
    assert "Not settled after 40 pairs" in " ".join(report.answer(hard, Words("en")))
    alike = sim.compare(quick, "ad_blitz", close, matters=0.3)
    assert alike.verdict == "settled"
    assert alike.pairs == 10
    assert sim.compare(quick, "ad_blitz", close, matters=0, pairs=12).looks == (12,)


def test_looking_several_times_is_paid_for():
    """The middle between a look at random and the look that misleads most is five per cent."""
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


def test_nothing_is_lived_twice(quick, tmp_path, monkeypatch):
    lived = []
    true_live = replicates.live
    monkeypatch.setattr(replicates, "live", lambda job: lived.append(job.seed) or true_live(job))
    arms = ("ad_blitz", "community_building")
    first = sim.compare(quick, *arms, pairs=3, store=tmp_path)
    again = sim.compare(quick, *arms, pairs=5, store=tmp_path)
    assert sorted(lived) == [1, 2, 3, 4, 5]
    assert first.seeds == (1, 2, 3)
    assert not list(tmp_path.rglob("*.part"))
    fresh = sim.compare(quick, *arms, pairs=5)
    assert again.table.equals(fresh.table)
    quick.talk.rate = 0.06
    sim.compare(quick, *arms, pairs=2, store=tmp_path)
    assert sorted(lived)[-2:] != [9, 9]
    assert len(lived) == 5 + 5 + 2


def test_a_killed_comparison_goes_on_where_it_was(quick, tmp_path):
    """A process killed in the middle leaves whole replicates only; the answer is the same."""
    script = tmp_path / "go.py"
    script.write_text(
        "import sim, sys\n"
        "config = sim.load_config('population.customers=1000', 'weeks=60', 'warmup=0', 'pairs=6',"
        " 'threads=1', 'matters=0')\n"
        "sim.compare(config, 'ad_blitz', 'community_building', store=__import__('pathlib').Path("
        "sys.argv[1]))\n"
    )
    store = tmp_path / "store"
    process = subprocess.Popen([sys.executable, str(script), str(store)])
    deadline = time.monotonic() + 120
    while len(list(store.rglob("*.npz"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = {p: p.stat().st_mtime_ns for p in store.rglob("*.npz")}
    assert 2 <= len(before) < 6
    config = sim.load_config(
        "population.customers=1000", "weeks=60", "warmup=0", "pairs=6", "threads=1", "matters=0"
    )
    resumed = sim.compare(config, "ad_blitz", "community_building", store=store)
    after = {p: p.stat().st_mtime_ns for p in store.rglob("*.npz")}
    assert len(after) == 6
    assert before.items() <= after.items()
    assert resumed.table.equals(sim.compare(config, "ad_blitz", "community_building").table)


def test_the_answer_says_who_when_and_how_sure(quick):
    quick.population.customers = 3000
    quick.weeks = 78
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert result.focus == ("alder",)
    words = " ".join(report.answer(result, Words("en")))
    assert "earns more over 78 weeks" in words
    assert "95 % interval" in words
    assert "of 5 pairs" in words
    assert "ahead from week" in words
    assert "spend different amounts" in words  # the plans spend unevenly in time; the run is cut
    assert "ettled after 5 pairs" in words
    chinese = " ".join(report.answer(result, Words("zh")))
    assert "利润更高" in chinese
    assert "领先" in chinese


def test_the_table_has_every_kpi_firm_and_year(quick):
    result = sim.compare(quick, "ad_blitz", "community_building")
    assert len(result.table) == (len(KPIS) * 3 + 2) * len(quick.firms)
    assert len(result.replicates) == 2 * 5 * len(quick.firms) * 3


def test_a_program_can_read_it(quick):
    result = sim.compare(quick, "ad_blitz", "community_building", pairs=3)
    out = json.loads(report.as_json(result, None, ["words"], "here"))
    assert out["arms"] == ["ad_blitz", "community_building"]
    assert out["answer"] == ["words"]
    rows = {(r["firm"], r["kpi"], r["year"]): r for r in out["differences"]}
    assert rows["alder", "profit", 0]["difference"] == pytest.approx(
        result.result("profit", "alder").difference
    )


def test_too_few_pairs_are_refused(quick):
    with pytest.raises(ConfigError, match="pairs=1 is out of bounds"):
        sim.compare(quick, "ad_blitz", "community_building", pairs=1)


def test_doubt_splits_into_luck_and_ignorance(quick):
    quick.population.customers, quick.weeks = 400, 30
    found = doubt(quick, "ad_blitz", "community_building", settings=12)
    assert found.settings.shape == (12, len(found.names))
    assert found.values.shape == (2, 12, 2)
    bounds = in_doubt(quick)
    assert {"talk.rate", "attention.retention", "activities.broadcast.unit_cost"} <= set(bounds)
    assert "activities.sampling.unit_cost" not in bounds  # nobody spends on it
    assert "flow.inflow" not in bounds  # off
    for name, column in zip(found.names, found.settings.T, strict=True):
        if name in bounds:
            assert bounds[name][0] <= column.min() <= column.max() <= bounds[name][1]
    assert 0.0 <= found.luck_share() <= 1.0
    low, high = found.chance()[1:]
    assert low <= found.chance()[0] <= high
    words = " ".join(report.doubt_answer(found, Words("en")))
    assert "12 settings" in words
    same = doubt(quick, "ad_blitz", "ad_blitz", settings=3)
    assert (same.gap() == 0.0).all()
    assert same.chance()[0] == 0.5


def test_doubt_leans_neither_way(quick):
    bounds = in_doubt(quick, arms(["ad_blitz", "community_building"], quick))
    assert {"organising.gap", "activities.broadcast.outlet_cost"} <= set(bounds)
    assert "activities.account_visits.salience" in bounds, "the talks of reps have its content"
    places = qmc.Sobol(len(bounds), rng=np.random.default_rng(1)).random_base2(9)
    values, words = settings_at(quick, bounds, places)
    present = {name: value for name, _, value in numbers(quick)}
    for n, (name, (low, high)) in enumerate(bounds.items()):
        assert low <= values[:, n].min() <= values[:, n].max() <= high
        if isinstance(present[name], float):
            assert np.median(values[:, n]) == pytest.approx(present[name], rel=0.02)
    override(quick, *words[0])


def test_luck_alone_is_all_luck():
    """Differences that do not depend on the setting are luck; those that only do are ignorance."""
    rng = np.random.default_rng(2)
    luck = rng.normal(size=(1, 400, 2))
    setting = np.repeat(rng.normal(size=(1, 400, 1)), 2, axis=2)
    settings = setting[0, :, :1]
    for values, share in ((luck, 1.0), (setting, 0.0), (luck + setting, 0.5)):
        both = np.concatenate([np.zeros_like(values), values])
        found = Doubt(("a", "b"), "f", "profit", ("x",), settings, both)
        assert found.luck_share() == pytest.approx(share, abs=0.1)
    assert found.drivers[0][0] == "x"


def test_intervals_cover_what_they_say():
    """Fewer and smaller than `gtm validate coverage`: 60 experiments leave six points of error."""
    config = sim.load_config(*SMALL, "population.customers=200", "weeks=8", "warmup=2")
    for one in coverage(config, 60):
        assert 0.88 <= one.share <= 1.0, one.name
        assert 0.0 < one.stopped_early.mean() < 1.0
