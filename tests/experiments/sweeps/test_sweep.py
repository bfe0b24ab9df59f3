"""Sweeps of markets and of functions: tidy, paired, stored once, and failures are rows."""

from __future__ import annotations

import sys
import types

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments.sweeps.analysis import outcomes
from sim.kpis import KPIS
from sim.params import ConfigError
from tests.experiments.sweeps.models import ISHIGAMI, ishigami

SMALL = ("population.customers=200", "weeks=4", "warmup=0", "threads=1", "smallest_effect=0")
PLANS = ["ad_blitz", "community_building"]


@pytest.fixture
def config():
    return sim.load_config(*SMALL)


@pytest.fixture
def starts(monkeypatch):
    """The seeds of the markets that are simulated, in their order."""
    seeds = []
    original = sim.runs.jobs.start_checked

    def counted(config, seed):
        seeds.append(seed)
        return original(config, seed)

    monkeypatch.setattr("sim.runs.jobs.start_checked", counted)
    return seeds


def _grid(config, *words):
    return sim.sample(sim.space(config, *words), method="grid")


def test_one_row_a_setting_arm_seed_and_firm(config):
    sample = _grid(config, "talk.rate=0.1,0.2", "loyalty.contract=0,4")
    table = sim.sweep(config, sample, PLANS, replicates=2)
    front = ["setting", *sample.columns, "arm", "seed", "firm", "run", "status", "reason"]
    assert list(table.columns) == [*front, *KPIS]
    place = ["setting", "arm", "seed", "firm"]
    assert len(table) == 4 * 2 * 2 * 4
    assert not table.duplicated(place).any()
    assert table[place[:3]].drop_duplicates().values.tolist() == [
        [n, arm, seed] for n in range(4) for seed in (1, 2) for arm in PLANS
    ]
    assert table.attrs == sample.attrs
    assert (table.groupby("setting")["talk.rate"].first() == sample["talk.rate"]).all()
    assert table["run"].nunique() == 16


def test_arms_are_paired_and_seeds_the_same_at_every_setting(config):
    sample = pd.DataFrame({"talk.rate": [0.1, 0.3]})
    table = sim.sweep(config, sample, {"a": "ad_blitz", "b": "ad_blitz"}, replicates=3)
    assert table.groupby(["setting", "arm"])["seed"].unique().map(list).tolist() == [[1, 2, 3]] * 4
    assert not outcomes(table, "profit", space=["talk.rate"]).values.any()
    assert table.groupby(["setting", "seed"])["run"].nunique().eq(1).all()
    assert table["run"].nunique() == 6


def test_a_sweep_and_a_comparison_give_the_same_bits_and_share_their_runs(
    config, tmp_path, starts
):  # fmt: skip
    sample = pd.DataFrame({"talk.rate": [0.1]})
    table = sim.sweep(config, sample, PLANS, replicates=2, store=tmp_path)
    assert starts == [1, 2]
    other = sim.load_config(*SMALL, "talk.rate=0.1")
    result = sim.compare(other, *PLANS, replicates=3, store=tmp_path)
    assert starts[2:] == [3], "the others are stored"
    known = result.replicate_table
    mine = table.merge(known, on=["arm", "seed", "firm"], suffixes=("", "_known"))
    assert len(mine) == len(table)
    for kpi in KPIS:
        np.testing.assert_array_equal(mine[kpi], mine[f"{kpi}_known"], err_msg=kpi)
    again = sim.sweep(config, sample, PLANS, replicates=3, store=tmp_path)
    assert len(starts) == 3, "and those of a comparison are found by a sweep"
    assert again["profit"].notna().all()


def test_settings_that_are_alike_are_simulated_once(config, tmp_path, starts):
    sample = pd.DataFrame({"talk.rate": [0.1, 0.1, 0.1]})
    for _ in range(2):
        table = sim.sweep(config, sample, [PLANS[0]] * 2, store=tmp_path)
        assert len(table) == 3 * 2 * 4
        assert table["profit"].notna().all()
    assert len(starts) == 1


def test_no_arm_is_declared_budgets_and_a_column_gives_each_setting_its_plan(config):
    (name,) = sim.sweep(config, pd.DataFrame({"talk.rate": [0.1]}))["arm"].unique()
    assert name == "declared"
    sample = pd.DataFrame({"plan": PLANS, "seed": np.array([5, 7], np.int32)})
    table = sim.sweep(config, sample, replicates=2)
    runs = table.drop_duplicates(["setting", "seed"])
    assert runs[["setting", "plan", "arm", "seed"]].to_numpy().tolist() == [
        [0, PLANS[0], "", 5], [0, PLANS[0], "", 6], [1, PLANS[1], "", 7], [1, PLANS[1], "", 8],
    ]  # fmt: skip
    alone = sim.simulate(config, seed=7, plan=PLANS[1]).total.set_index("firm")["profit"]
    mine = table[(table["setting"] == 1) & (table["seed"] == 7)].set_index("firm")["profit"]
    assert (mine == alone.loc[mine.index]).all()


@pytest.mark.slow
def test_settling_adds_seeds_only_where_the_question_is_open(config, starts):
    sample = pd.DataFrame({"talk.rate": [0.1]})
    for smallest, plans, count in ((1.0, PLANS[:1] * 2, 5), (0.0, PLANS, 8)):
        starts.clear()
        config.smallest_effect = smallest
        table = sim.sweep(config, sample, plans, replicates=8, settle=True)
        assert table["seed"].nunique() == len(starts) == count


def test_settling_needs_two_arms(config):
    with pytest.raises(ConfigError, match="needs two arms or more"):
        sim.sweep(config, pd.DataFrame({"talk.rate": [0.1]}), ["ad_blitz"], settle=True)


def test_failed_runs_are_rows_with_their_reason(config, monkeypatch, tmp_path):
    sample = pd.DataFrame({"talk.rate": [0.1, 0.2, 0.3]})
    original = sim.runs.jobs._run_arm

    def fragile(world, weeks, job):
        if job.config.talk.rate == 0.2 and job.seed == 2:
            raise ZeroDivisionError("no customers")
        return original(world, weeks, job)

    monkeypatch.setattr("sim.runs.jobs._run_arm", fragile)
    for _ in range(2):
        table = sim.sweep(config, sample, PLANS, replicates=2, store=tmp_path)
        failed = table[table["status"] == "failed"]
        assert set(failed["reason"]) == {"ZeroDivisionError: no customers"}
        assert set(failed["setting"]) == {1}
        assert set(failed["seed"]) == {2}
        assert failed[list(KPIS)].isna().all(axis=None)
        assert (table.loc[table["status"] == "done", "profit"].notna()).all()
        assert len(table) == 3 * 2 * 2 * 4


def test_a_setting_whose_values_exclude_each_other_is_a_failed_row(config):
    shares = {"thrifty": [0.5, 0.0, 0.0], "choosy": [0.5, 0.0, 0.5], "keen": [0.0, 0.0, 0.5]}
    sample = pd.DataFrame({f"segments.{name}.share": share for name, share in shares.items()})
    table = sim.sweep(config, sample)
    by_setting = table.groupby("setting")[["status", "reason", "run"]].first().to_numpy().tolist()
    assert [row[0] for row in by_setting] == ["done", "failed", "done"]
    assert by_setting[1][1:] == [
        "segments: all shares are 0; at least one must be positive.", ""
    ]  # fmt: skip


def test_frames_of_others_are_taken_as_they_are(config):
    frame = pd.DataFrame(
        {"talk.rate": np.array([0.1, 0.2], np.float32), "weeks": [4.0, 5.0]}, index=["x", "y"]
    )
    table = sim.sweep(config, frame)
    assert table["setting"].unique().tolist() == [0, 1]
    assert table["weeks"].unique().tolist() == [4, 5]
    values = sim.sample(sim.space(config, "talk"), 3).to_numpy()
    keys = sim.space(config, "talk").keys
    array = sim.sweep(config, values, names=keys)
    assert array[list(keys)].drop_duplicates().to_numpy() == pytest.approx(values)
    with pytest.raises(ConfigError, match=r"shape \(3, 5\) needs as many names"):
        sim.sweep(config, values)
    with pytest.raises(ConfigError, match=r"tlak.rate.*Did you mean"):
        sim.sweep(config, frame.rename(columns={"talk.rate": "tlak.rate"}))
    with pytest.raises(ConfigError, match="a sample needs rows"):
        sim.sweep(config, frame[:0])
    with pytest.raises(ConfigError, match="column plan, so arms cannot be given"):
        sim.sweep(config, frame.assign(plan="ad_blitz"), ["ad_blitz"])
    with pytest.raises(ConfigError, match="replicates=0"):
        sim.sweep(config, frame, replicates=0)


@pytest.mark.slow
def test_sobol_indices_of_a_market_are_reproducible_from_the_seed(config):
    space = sim.space(config, {"talk.rate": (0.05, 0.5), "firms.alder.list_price": (30.0, 50.0)})

    def indices(seed):
        settings = sim.sample(space, 4, method="saltelli", seed=seed)
        return sim.analyse(sim.sweep(config, settings), "revenue", firm="alder")

    one, two = indices(1), indices(1)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


# Functions


def test_functions_of_a_number_or_of_a_mapping():
    sample = sim.sample(ISHIGAMI, 3)
    one = sim.sweep(lambda x1, x2, x3: ishigami(x1, x2, x3)["y"], sample)
    many = sim.sweep(ishigami, sample)
    assert list(one.columns) == ["setting", "x1", "x2", "x3", "status", "reason", "value"]
    assert one["value"].tolist() == many["y"].tolist()
    array = sim.sweep(ishigami, sample.to_numpy(), names=list(sample))
    assert array["y"].tolist() == many["y"].tolist()


def _noise(x, seed):
    return x + np.random.default_rng(seed).normal()


def test_seeds_of_functions_are_the_same_at_every_setting():
    sample = pd.DataFrame({"x": [0.0, 1.0]})
    table = sim.sweep(_noise, sample, replicates=3)
    assert table["seed"].tolist() == [1, 2, 3] * 2
    noise = (table["value"] - table["x"]).to_numpy().reshape(2, 3)
    assert noise[0] == pytest.approx(noise[1])
    with pytest.raises(ConfigError, match="replicates=2: the function has no argument seed"):
        sim.sweep(ishigami, sim.sample(ISHIGAMI, 3), replicates=2)
    with pytest.raises(ConfigError, match="the model is a function"):
        sim.sweep(_noise, sample, ["ad_blitz"])
    with pytest.raises(ConfigError, match=r"needs a configuration .* found int"):
        sim.sweep(7, sample)


def test_an_error_in_a_function_is_a_row():
    table = sim.sweep(lambda x: 1.0 / x, pd.DataFrame({"x": [1.0, 0.0, 2.0]}))
    assert table["status"].tolist() == ["done", "failed", "done"]
    assert table["reason"].tolist() == ["", "ZeroDivisionError: float division by zero", ""]
    assert table["value"].tolist()[::2] == [1.0, 0.5]
    assert np.isnan(table["value"][1])


@pytest.mark.slow
def test_functions_run_in_processes(monkeypatch):
    sample = sim.sample(ISHIGAMI, 300)
    of_a_notebook: dict = {"__name__": "__main__"}
    exec("def model(x1, x2, x3):\n    return x1 + x2 * x3", of_a_notebook)
    there = sim.sweep(of_a_notebook["model"], sample, executor=True)
    here = sim.sweep(of_a_notebook["model"], sample)
    pd.testing.assert_frame_equal(there, here, check_exact=True)
    monkeypatch.setattr(ishigami, "__module__", "nowhere.models")
    monkeypatch.setitem(sys.modules, "nowhere", types.ModuleType("nowhere"))
    found = types.ModuleType("nowhere.models")
    found.ishigami = ishigami
    monkeypatch.setitem(sys.modules, "nowhere.models", found)
    monkeypatch.setattr("sim.runs.executors.processors", lambda: 1)
    with pytest.raises(sim.ConfigError, match=r"cannot be loaded by workers \(ModuleNotFoundError"):
        sim.sweep(ishigami, sample, executor=True)
