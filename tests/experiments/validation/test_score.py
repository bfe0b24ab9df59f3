"""Verdicts and scores follow from figures alone, by the rules fixed with the targets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.experiments.validation.facts import INFINITE, Fact, Figure
from sim.experiments.validation.score import Finding, of_fact, of_facts, place


def _finding(values, low, high=INFINITE, *, id="T", **figure):
    known = {"group": "A", "status": "V", "markets": ("brand",), **figure}
    one = Figure("x", "of a thing", "某物", low, high=high, **known)
    fact = Fact(id, {"en": "t", "zh": "t"}, "A", "V", "half", "nobody", {"x": one})
    array = np.array(values, float)
    return Finding(fact, one, "brand", array, array, np.zeros(0))


@pytest.mark.parametrize(
    ("value", "low", "high", "where"),
    [
        (0.2, 0.1, 0.3, "inside"),
        (0.35, 0.1, 0.3, "near"),  # 1.28 half-widths on the logarithmic scale
        (0.41, 0.1, 0.3, "outside"),
        (-0.2, 0.1, 0.3, "wrong sign"),
        (0.0, 0.1, 0.3, "outside"),
        (-2.0, -4.0, -1.0, "inside"),
        (-5.0, -4.0, -1.0, "near"),
        (1.0, -4.0, -1.0, "wrong sign"),
        (0.012, -0.01, 0.01, "near"),
        (-0.02, -0.01, 0.01, "outside"),
        (0.09, 0.0, 0.08, "near"),
        (-0.05, 0.0, 0.08, "wrong sign"),
        (0.1, 0.0, INFINITE, "inside"),
        (-0.1, 0.0, INFINITE, "wrong sign"),
        (0.0, 0.0, INFINITE, "outside"),
        (5.0, 20.0, INFINITE, "outside"),  # the right direction, and too little
        (-5.0, 20.0, INFINITE, "wrong sign"),
        (float("nan"), 0.1, 0.3, "not measured"),
    ],
)
def test_a_value_lies_inside_near_outside_or_has_the_wrong_sign(value, low, high, where):
    assert place(value, _finding([0.0], low, high).figure) == where


@pytest.mark.parametrize(
    ("values", "low", "high", "verdict", "score"),
    [
        ([0.20, 0.21], 0.1, 0.3, "inside", 1.0),
        ([0.34, 0.35], 0.1, 0.3, "near", 0.5),
        ([0.20, 0.35], 0.1, 0.3, "inside", 0.5 + 0.5 * 0.75),
        ([0.80, 0.81], 0.1, 0.3, "outside", 0.0),
        ([-0.2, -0.21], 0.1, 0.3, "wrong sign", -0.5),
        ([0.2, 0.21, 0.2], 0.0, INFINITE, "inside", 1.0),
        ([-0.2, -0.21, -0.2], 0.0, INFINITE, "wrong sign", -0.5),
        ([-0.2, 0.21, 0.0], 0.0, INFINITE, "undecided", 0.0),
        ([0.2, 0.3, 0.25, -0.01], 0.0, INFINITE, "undecided", 0.0),
        ([0.2, 0.3, 0.25, 0.21, -0.01], 0.0, INFINITE, "inside", 0.5 + 0.5 * 0.8),
        ([0.3, 0.3, -0.1], 0.1, 0.4, "inside", 0.5 + 0.5 * 2 / 3),
        ([0.2, np.nan, np.nan], 0.1, 0.3, "not measured", 0.0),
        ([np.nan, np.nan], 0.1, 0.3, "not measured", 0.0),
    ],
)
def test_half_of_a_score_is_that_of_the_mean_half_that_of_single_settings(
    values, low, high, verdict, score
):
    found = _finding(values, low, high)
    assert found.verdict == verdict
    assert found.score == pytest.approx(score)


def test_unmeasured_settings_are_left_out_of_the_mean_and_score_nothing():
    found = _finding([0.2, np.nan, 0.2], 0.1, 0.3)
    assert found.mean == pytest.approx(0.2)
    assert len(found.known) == 2
    assert found.score == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_facts_weigh_by_group_and_status():
    hit = _finding([0.2, 0.2], 0.1, 0.3, id="A1")
    miss = _finding([0.9, 0.9], 0.1, 0.3, id="C1", group="C", status="G")
    assert of_fact([hit]) == (1.0, 3.0)
    assert of_fact([miss]) == (0.0, 0.5)
    assert of_facts([hit, miss]) == pytest.approx(3.0 / 3.5)
    assert of_facts([hit, miss], only=["C1"]) == 0.0


def test_figures_beside_checks_and_inputs_do_not_count():
    hit = _finding([0.2, 0.2], 0.1, 0.3, id="A1")
    beside = _finding([0.9, 0.9], 0.1, 0.3, id="A2", scored=False)
    check = replace(hit, fixed_by="talk.rate")
    known = replace(hit.figure, identity={"en": "a = a", "zh": "a = a"})
    assert replace(hit, figure=known).is_check
    miss = _finding([0.9, 0.9], 0.1, 0.3, id="A3")
    assert check.is_check
    assert np.isnan(of_facts([beside, check]))
    assert np.isnan(of_facts([hit], inputs=["A1"]))
    assert of_facts([hit, miss], inputs=["A1", "A3"]) == 0.0, "a missed input scores 0"


def test_what_is_left_without_the_mechanism_is_relative_to_no_effect():
    one = _finding([2.0, 2.0], 1.0, 3.0, null=1.0)
    off = replace(one, ablated=np.array([1.25, 1.25]))
    assert off.left == pytest.approx(0.25)
    assert off.vanishes
    assert one.vanishes is None
    assert np.isnan(one.left)
