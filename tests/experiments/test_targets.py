"""Published facts: their measurement and the verdicts on the figures."""

from __future__ import annotations

import numpy as np
import pytest

from sim.experiments.targets import TARGETS, Finding, Part, Target, validate
from sim.params import ConfigError
from tests.conftest import measured


def _finding(values, low, high=float("inf")):
    part = Part("of a thing", "某物", low, high)
    made = Target("T", {"en": "t", "zh": "t"}, "nobody", "industrial", {"x": part}, dict)
    return Finding(made, part, 0.0, np.array(values))


@pytest.mark.parametrize(
    ("values", "low", "high", "verdict"),
    [
        ([0.20, 0.21], 0.1, 0.3, "hit"),
        ([0.34, 0.35], 0.1, 0.3, "near"),
        ([0.80, 0.81], 0.1, 0.3, "miss"),
        ([-0.2, -0.1], 0.1, 0.3, "miss"),
        ([0.2, 0.21, 0.2], 0.0, float("inf"), "hit"),
        ([-0.2, -0.21, -0.2], 0.0, float("inf"), "wrong sign"),
        ([-0.2, 0.2, 0.0], 0.0, float("inf"), "undecided"),
        ([np.nan, np.nan], 0.1, 0.3, "unknown"),
    ],
)
def test_verdicts_follow_from_figures_alone(values, low, high, verdict):
    assert _finding(values, low, high).verdict == verdict


def test_unmeasured_settings_are_left_out_of_the_mean():
    found = _finding([0.1, np.nan, 0.3], 0.0)
    assert found.mean == pytest.approx(0.2)
    assert len(found.known) == 2


@pytest.mark.slow
def test_the_same_settings_give_the_same_figures():
    words = ("population.customers=200", "population.people=200")
    once, again = (validate(["funnel"], *words, settings=2, declared=1) for _ in range(2))
    for a, b in zip(once, again, strict=True):
        assert a.declared == b.declared
        assert np.array_equal(a.values, b.values, equal_nan=True)
        assert len(a.values) == 2
    with pytest.raises(ConfigError, match="whole years"):
        validate(["funnel"], *words, "warmup=10")


@pytest.mark.slow
def test_a_figure_moves_with_the_market_it_is_measured_in():
    """If customers need no sales force, its removal costs fewer sales."""
    from sim import load_config

    words = ("market=industrial", "population.customers=400", "population.people=400")
    kept = measured(load_config(*words), "sales_kept")["kept"]
    alone = measured(load_config(*words, "selling.self_serve=1"), "sales_kept")["kept"]
    assert 0.0 < kept < alone


def test_every_target_has_a_source_and_both_languages():
    for one in TARGETS.values():
        assert one.source
        assert one.title["en"]
        assert one.title["zh"]
        assert all(p.en and p.zh and p.low < p.high for p in one.parts.values())
