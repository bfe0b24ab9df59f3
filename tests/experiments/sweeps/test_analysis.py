"""Sensitivity indices: known answers, published ones, replicates, arms, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments.sweeps.analysis import METHODS, outcomes, seed_noise_share
from sim.params import ConfigError
from tests.experiments.sweeps.models import (
    BOREHOLE,
    BOREHOLE_PUBLISHED,
    FLOOD,
    FLOOD_PUBLISHED,
    ISHIGAMI,
    G,
    borehole,
    flood,
    g_function,
    g_indices,
    ishigami,
    ishigami_indices,
)

UNIT = {"a": (0.0, 1.0), "b": (0.0, 1.0)}


def _in_order(found: pd.DataFrame, space) -> pd.DataFrame:
    return found.set_index("parameter").loc[list(space)]


@pytest.mark.parametrize(
    ("model", "space", "truth", "digits"),
    [
        (ishigami, ISHIGAMI, ishigami_indices(), 0.0),
        (g_function, {f"x{n}": (0.0, 1.0) for n in range(len(G))}, g_indices(), 0.0),
        (flood, FLOOD, FLOOD_PUBLISHED, 0.005),
        (borehole, BOREHOLE, BOREHOLE_PUBLISHED, 0.005),
    ],
)
def test_sobol_indices_are_the_known_and_the_published_ones(model, space, truth, digits):
    settings = sim.sample(space, 1024, method="saltelli", seed=3)
    table = sim.sweep(model, settings)
    found = _in_order(sim.analyse(table, "y"), space)
    for column, known in zip(("first", "total"), truth, strict=True):
        errors = found[f"{column}_error"]
        assert errors.max() < 0.1
        assert (abs(found[column] - known) <= errors + digits).all(), found


def test_the_indices_are_reproducible_from_the_seed():
    tables = [
        sim.sweep(ishigami, sim.sample(ISHIGAMI, 16, method="saltelli", seed=5)) for _ in range(2)
    ]
    for method in ("sobol", "pawn"):
        first, again = (sim.analyse(t, "y", method=method, seed=2) for t in tables)
        pd.testing.assert_frame_equal(first, again)
        other = sim.analyse(tables[0], "y", method=method, seed=0)
        assert not first.equals(other)


def test_morris_is_exact_for_a_linear_function():
    settings = sim.sample({"x": (0.0, 2.0), "y": (1.0, 3.0), "z": [1, 2]}, 6, method="morris")
    table = settings.assign(out=3.0 * settings["x"] - 5.0 * settings["y"])
    found = sim.analyse(table, "out")
    assert list(found["parameter"]) == ["y", "x", "z"]
    assert found["mu_star"].tolist() == pytest.approx([10.0, 6.0, 0.0], abs=1e-4)
    assert found["mu"].tolist() == pytest.approx([-10.0, 6.0, 0.0], abs=1e-4)
    assert found["sigma"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-4)
    assert found.attrs["method"] == "morris"


def test_any_sample_has_indices_and_the_level_of_chance():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.random((80, 3)), columns=["a", "b", "c_raw"])
    table["word"] = rng.choice(["x", "y"], 80)
    table["out"] = table["a"] + 0.5 * (table["word"] == "y")
    names = ["a", "b", "c_raw", "word"]
    pawn = sim.analyse(table, "out", space=names).set_index("parameter")
    assert (pawn.loc[["a", "word"], "median"] > pawn.loc[["a", "word"], "by_chance"]).all()
    assert pawn.index[0] == "a"
    assert pawn.loc["b", "median"] < pawn.loc["a", "median"]
    delta = sim.analyse(table, "out", space=["a", "b"], method="delta", resamples=3)
    assert list(delta["parameter"]) == ["a", "b"]
    assert delta.loc[0, "first"] > 0.3 > delta.loc[1, "first"]


@pytest.mark.filterwarnings("error")
def test_the_analysis_leaves_a_host_program_as_it_was():
    table = sim.sweep(ishigami, sim.sample(ISHIGAMI, 40))
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    before = (list(warnings.filters), warnings.formatwarning)
    sim.analyse(table, "y", method="delta", space=["x1"], resamples=2)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    assert (list(warnings.filters), warnings.formatwarning) == before


# Replicates, arms and firms


def _noisy(a: float, b: float, seed: int) -> dict[str, float]:
    return {"y": a + np.random.default_rng([seed, int(1e6 * a)]).normal(0.0, 0.5)}


def test_replicates_give_the_share_of_seed_noise():
    settings = sim.sample(UNIT, 64, method="saltelli")
    found = sim.analyse(sim.sweep(_noisy, settings, replicates=3), "y")
    assert list(found["parameter"])[-1] == "seed"
    truth = 0.25 / (0.25 + 1.0 / 12.0)
    assert found["noise_share"].iloc[-1] == pytest.approx(truth, abs=0.1)
    assert found.attrs["noise_share"] == found["noise_share"].iloc[-1]
    assert (found.attrs["seeds"], found.attrs["runs"]) == (3, 3 * 4 * 64)
    once = sim.analyse(sim.sweep(_noisy, settings), "y")
    assert "noise_share" not in once


def test_the_seed_can_be_a_factor_with_an_index_of_its_own():
    space = sim.space(None, UNIT).with_seed()
    assert space.with_seed() == space
    table = sim.sweep(_noisy, sim.sample(space, 256, method="saltelli"))
    found = _in_order(sim.analyse(table, "y"), space.keys)
    assert found.loc["seed", "total"] == pytest.approx(0.75, abs=0.15)
    assert found.loc["b", "total"] < 0.1 + found.loc["b", "total_error"]
    assert seed_noise_share(np.ones((4, 2))) != seed_noise_share(np.ones((4, 2))), "NaN"


def test_seeds_at_a_setting_are_replicates_even_where_first_seeds_were_drawn():
    table = sim.sweep(_noisy, sim.sample(sim.space(None, UNIT).with_seed(), 30))
    assert "seed" in outcomes(table, "y").settings
    again = pd.concat([table, table.assign(seed=table["seed"] + 1)], ignore_index=True)
    again.attrs = table.attrs
    found = outcomes(again, "y")
    assert found.values.shape == (30, 2)
    assert "seed" not in found.settings


def _tidy() -> pd.DataFrame:
    """Two arms, two firms, two seeds; the second arm earns ``a`` more for alder."""
    settings = sim.sample(UNIT, 30)
    rows = [
        {"setting": n, **s, "arm": arm, "seed": seed, "firm": firm, "status": "done",
         "profit": 10.0 * seed + (firm == "alder") * (arm == "new") * s["a"]}
        for n, s in enumerate(settings.to_dict("records"))
        for arm in ("old", "new") for seed in (1, 2) for firm in ("alder", "birch")
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    table.attrs = settings.attrs
    return table


def test_two_arms_are_compared_on_the_same_seeds():
    table = _tidy()
    shuffled = table.sample(frac=1.0, random_state=1)
    gap = outcomes(shuffled, "profit", arms=("old", "new"), firm="alder")
    assert gap.values == pytest.approx(np.repeat(gap.settings[["a"]].to_numpy(), 2, axis=1))
    back = outcomes(table, "profit", arms=("new", "old"))
    assert back.values == pytest.approx(-gap.values)
    found = sim.analyse(table, "profit")
    assert found["parameter"].iloc[0] == "a"
    assert found.attrs["noise_share"] == pytest.approx(0.0, abs=1e-12)
    assert found.attrs["arms"] == ["old", "new"]
    one = outcomes(table, "profit", arms="old", firm="birch")
    assert one.values.tolist() == [[10.0, 20.0]] * 30


def test_failed_runs_are_left_out_and_counted():
    table = _tidy()
    table.loc[(table["setting"] == 3) & (table["seed"] == 2), "status"] = "failed"
    lost = (table["setting"] == 5) & (table["arm"] == "new")
    table = table[~(lost & (table["firm"] == "birch"))]
    table.loc[lost, ["status", "firm", "profit"]] = ["failed", "", np.nan]
    found = sim.analyse(table, "profit")
    assert (found.attrs["left_out"], found.attrs["settings"]) == (2, 28)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("saltelli", "sobol needs all runs of its sample; these settings failed: 2, 7."),
        ("morris", "morris needs all runs of its sample; these settings failed: 2, 7."),
    ],
)
def test_a_design_needs_all_its_runs(method, said):
    table = sim.sweep(ishigami, sim.sample(ISHIGAMI, 4, method=method))
    table.loc[[2, 7], "status"] = "failed"
    with pytest.raises(ConfigError) as caught:
        sim.analyse(table, "y")
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        (lambda t: t, {"outcome": "profti"}, "profti: no column of the table. Did you mean 'prof"),
        (lambda t: t, {"firm": "alter"}, "firm=alter: no such firm; allowed alder, birch."),
        (lambda t: t, {"arms": ("old", "niew")}, "arm=niew: no such arm; allowed old, new."),
        (lambda t: t, {"method": "sobbol"}, "Did you mean 'sobol'?"),
        (lambda t: t, {"method": "sobol"}, "sobol needs the settings of a saltelli sample, all"),
        (lambda t: t, {"method": "morris"}, "morris needs the settings of a morris sample, all"),
        (lambda t: t, {"space": ["a", "c"]}, "c: no column of the table."),
        (lambda t: t, {"seed": -1}, "seed=-1 is out of bounds"),
        (lambda t: t.assign(profit=1.0), {}, "profit: the same in all settings."),
        (lambda t: t, {"outcome": "status"}, "status: no setting has numbers of all its runs."),
        (lambda t: t[t["setting"] < 9], {}, "pawn needs 20 settings or more; found 9."),
        (lambda t: pd.concat([t, t[:1]]), {}, "setting 0: a run is in the table twice."),
        (lambda t: pd.concat([t, t.assign(arm="third")]), {}, "give arms= with one or two of old,"),
        (lambda t: pd.DataFrame(t.to_dict("records")), {}, "give space= and method="),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_line(change, arguments, said):
    table = _tidy()
    changed = change(table)
    if "give space=" not in said:
        changed.attrs = table.attrs
    with pytest.raises(ConfigError) as caught:
        sim.analyse(changed, **{"outcome": "profit", **arguments})
    assert said in str(caught.value)


def test_every_method_is_described():
    for method in METHODS:
        assert f"``{method}``" in str(sim.analyse.__doc__)
