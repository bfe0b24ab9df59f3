"""Scenario discovery: planted boxes are found, noise has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments.sweeps import discovery
from sim.params import ConfigError


def _planted(seed: int = 2) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers that flip where a > 0.6, b < 0.5 and the plan is x, but for five in a hundred."""
    rng = np.random.default_rng(seed)
    sample = pd.DataFrame(rng.random((800, 6)), columns=list("abcdef"))
    sample["plan"] = rng.choice(["x", "y"], 800)
    flips = (sample["a"] > 0.6) & (sample["b"] < 0.5) & (sample["plan"] == "x")
    return sample, (flips ^ (rng.random(800) < 0.05)).to_numpy()


def test_prim_finds_a_planted_box_and_nothing_else():
    sample, flips = _planted()
    found = sim.discover(sample, flips)
    bounds = found.boxes.set_index("parameter")
    plan = "plan=x" if "plan=x" in bounds.index else "plan=y"
    assert set(bounds.index) == {"a", "b", plan}
    assert bounds.loc["a", "low"] == pytest.approx(0.6, abs=0.05)
    assert bounds.loc["b", "high"] == pytest.approx(0.5, abs=0.05)
    assert (bounds.loc[plan, "low"] == 1.0) == (plan == "plan=x")
    assert bounds.loc["a", "p_low"] < 1e-6
    assert np.isnan(bounds.loc["a", "p_high"])
    assert found.found["density"][0] > 0.8
    assert found.found["coverage"][0] > 0.5
    assert found.share == flips.mean()
    first, last = found.path.iloc[0], found.path.iloc[-1]
    assert (first["coverage"], first["density"], first["bounds"]) == (1.0, flips.mean(), 0)
    assert last["density"] > 0.9


def test_a_second_box_is_sought_outside_the_first():
    rng = np.random.default_rng(4)
    sample = pd.DataFrame(rng.random((800, 3)), columns=list("abc"))
    flips = ((sample["a"] > 0.8) | (sample["b"] < 0.1)).to_numpy()
    found = sim.discover(sample, flips, boxes=3)
    assert found.boxes.groupby("box")["parameter"].agg(list).tolist()[:2] == [["a"], ["b"]]
    assert found.found["density"][:2].min() > 0.95
    assert found.found["coverage"].sum() > 0.9
    assert len(found.found) == 2, "nothing is left for a third"


def test_the_tree_gives_its_leaves_as_boxes(monkeypatch):
    monkeypatch.setattr(discovery, "PERMUTATIONS", 24)
    sample, flips = _planted()
    sample = sample.drop(columns="plan")
    found = sim.discover(sample, flips, method="tree")
    assert found.p == pytest.approx(1 / 25), "no shuffle of the answers is predicted as well"
    best = found.found.sort_values("density").iloc[-1]
    bounds = found.boxes[found.boxes["box"] == best["box"]].set_index("parameter")
    assert set(bounds.index) == {"a", "b"}
    inside = (sample["a"] >= bounds.loc["a", "low"]) & (sample["b"] <= bounds.loc["b", "high"])
    assert best["density"] == pytest.approx(flips[inside].mean())
    assert best["settings"] == inside.sum()


@pytest.mark.parametrize("method", ["prim", pytest.param("tree", marks=pytest.mark.slow)])
def test_noise_has_no_box(method):
    sample, flips = _planted()
    shuffled = np.random.default_rng(7).permutation(flips)
    found = sim.discover(sample, shuffled, method=method)
    assert found.boxes.empty
    assert found.found.empty


def test_what_cannot_be_searched_is_one_line():
    sample, flips = _planted()
    for arguments, said in (
        ((sample, flips[:9]), "flips: 9 values for 800 settings."),
        ((sample, np.arange(800) < 4), "the answer flips in 4 of 800 settings; a search needs 5"),
        ((sample, np.ones(800)), "the answer flips in 800 of 800 settings"),
    ):
        with pytest.raises(ConfigError, match=said):
            sim.discover(*arguments)
    with pytest.raises(ConfigError, match="method=forest: no such method; allowed prim, tree"):
        sim.discover(sample, flips, method="forest")
