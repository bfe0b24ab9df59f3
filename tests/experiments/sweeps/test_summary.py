"""What a sweep says, of made-up tables with known answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments.sweeps.summary import summarise
from sim.params import ConfigError
from sim.runs.arms import Arm

RATE, PRICE = "talk.rate", "firms.alder.list_price"


def table_of(effect, settings, arms=("old", "new"), seeds=2, firms=("alder", "birch")):
    """A table in which an arm after the first earns ``effect(rate, price)`` more, whatever the
    seed; with ``nan`` the run has failed."""
    rows = []
    for n, (rate, price) in enumerate(settings[[RATE, PRICE]].to_numpy()):
        for place, arm in enumerate(arms):
            for seed in range(1, seeds + 1):
                gain = place * effect(rate, price)
                failed = np.isnan(gain)
                rows += [
                    {"setting": n, RATE: rate, PRICE: price, "arm": arm, "seed": seed,
                     "firm": firm, "run": f"{n}{arm}{seed}",
                     "status": "failed" if failed else "done", "reason": "lost" if failed else "",
                     "profit": 1e6 * seed + (firm == "alder") * gain, "revenue": 5e6}
                    for firm in firms
                ]  # fmt: skip
    out = pd.DataFrame(rows)
    out.loc[out["status"] == "failed", ["profit", "revenue"]] = np.nan
    out.attrs = settings.attrs
    return out


def summary_of(effect, config, method="latin", points=64, arms=("old", "new"), **more):
    """The summary of a made-up sweep of two parameters."""
    space = sim.space(config, {RATE: (0.0, 1.0), PRICE: (30.0, 50.0)})
    settings = sim.sample(space, points, method=method)
    return summarise(
        table_of(effect, settings, arms), config, [Arm(name) for name in arms], space, **more
    )


def test_the_leading_arm_and_where_it_loses_its_lead(default):
    found = summary_of(lambda rate, _: 1e5 * (rate - 0.25), default)
    assert (found.firm, found.arms, found.runs, found.failed) == ("alder", ("old", "new"), 256, 0)
    assert found.is_above
    assert found.usual == 48
    assert found.flips.sum() == 16
    assert found.spread == pytest.approx((-2e4, 2.5e4, 7e4), abs=2e3)
    low, high = found.interval(found.usual)
    assert low < 0.75 < high
    bounds = found.box.boxes[found.box.boxes["box"] == 1]
    assert bounds["parameter"].tolist() == [RATE]
    assert bounds["high"].iloc[0] == pytest.approx(0.25, abs=0.02)
    assert found.indices["parameter"].iloc[0] == RATE
    back = summary_of(lambda rate, _: 1e5 * (0.25 - rate), default)
    assert not back.is_above
    assert (back.usual, back.flips.sum()) == (48, 16)


def test_equal_settings_are_on_neither_side(default):
    found = summary_of(lambda rate, _: max(0.0, rate - 0.5), default)
    assert found.usual == 32
    assert not found.flips.any()
    assert found.box is None
    same = summary_of(lambda *_: 0.0, default)
    assert same.usual == 0
    assert "the same in all settings" in str(same.no_indices)


def test_few_settings_have_their_ends_and_no_box(default):
    found = summary_of(lambda rate, _: rate - 0.2, default, "grid", 3)
    assert not found.is_drawn
    assert found.spread == pytest.approx((-0.2, 0.3, 0.8))
    assert found.box is None
    assert found.indices is None
    assert "needs 20 settings or more" in str(found.no_indices)


def test_a_threshold_for_a_single_arm(default):
    arms = ("only",)
    found = summary_of(lambda *_: 0.0, default, arms=arms, threshold=1.6e6)
    assert (found.threshold, found.is_above, found.usual) == (1.6e6, False, 64)
    assert summary_of(lambda *_: 0.0, default, threshold=5.0).threshold == 0.0, "of a difference"


def test_of_three_arms_the_two_best_are_compared(default):
    space = sim.space(default, {RATE: (0.0, 1.0), PRICE: (30.0, 50.0)})
    arms = ("low", "middle", "high")
    table = table_of(lambda rate, _: 1e5 + rate, sim.sample(space, 20), arms)
    assert summarise(table, default, [Arm(a) for a in arms], space).arms == ("middle", "high")


def test_settings_with_failed_runs_are_left_out(default):
    found = summary_of(lambda rate, _: rate if rate < 0.9 else float("nan"), default)
    lost = int((found.outcome.settings[RATE] >= 0.9).sum())
    assert lost > 0
    assert found.failed == 4 * lost, "runs of two arms with two seeds"
    assert len(found.known) == len(found.flips) == 64 - lost


def test_a_sweep_whose_runs_all_failed_is_one_line(default):
    space = sim.space(default, {RATE: (0.0, 1.0), PRICE: (30.0, 50.0)})
    table = table_of(lambda *_: 1.0, sim.sample(space, 20))
    table[["status", "reason"]] = ["failed", "lost"]
    with pytest.raises(ConfigError, match="all runs failed: lost"):
        summarise(table, default, [Arm("old"), Arm("new")], space)


def test_seed_noise_that_all_settings_share_does_not_hide_what_moves_the_mean(default):
    found = summary_of(lambda rate, _: 1e5 * rate, default, arms=("only",))
    assert found.indices is None, "the only arm earns the same everywhere"
    space = sim.space(default, {RATE: (0.0, 1.0), PRICE: (30.0, 50.0)})
    table = table_of(lambda rate, _: 1e5 * rate, sim.sample(space, 64))
    table["profit"] += 1e5 * table[RATE]
    found = sim.analyse(table, "profit", arms="old")
    variance = 1e10 / 12
    assert found.attrs["noise_share"] == pytest.approx(5e11 / (5e11 + variance), abs=1e-3)
