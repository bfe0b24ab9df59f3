"""Paired statistics are correct on data with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from sim.outcomes.paired import lead_changes, paired


def test_equal_arms_differ_by_exactly_zero():
    a = np.random.default_rng(1).normal(size=20) * 1e7
    r = paired(a, a.copy())
    assert (r.difference, r.low, r.high) == (0.0, 0.0, 0.0)
    assert r.share_better == 0.5
    assert not r.settled


def test_common_random_numbers_narrow_the_interval():
    rng = np.random.default_rng(2)
    noise = rng.normal(size=200)
    r = paired(noise, noise + 0.5 + 0.1 * rng.normal(size=200))
    assert r.low < 0.5 < r.high
    assert r.high - r.low < 0.04
    assert r.variance_reduction > 50
    assert r.share_better == 1.0
    assert r.share_better_low < 1.0


def test_a_difference_that_is_the_same_in_all_pairs_has_no_variance_ratio():
    a = np.array([149_000.1, 171_000.7])
    assert (a - 21_600.3 - a).std() > 0, "rounding"
    assert np.isnan(paired(a, a - 21_600.3).variance_reduction)


def test_the_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = sum(
        (r := paired(a, a + 0.3 + rng.normal(size=12))).low < 0.3 < r.high
        for a in rng.normal(size=(2000, 12))
    )
    assert hits / 2000 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 2000))


def test_less_is_better_where_less_is_better():
    a, b = np.full(4, 2.0), np.array([1.0, 1.0, 1.0, 3.0])
    assert paired(a, b, better=-1).share_better == 0.75
    assert paired(a, b, better=1).share_better == 0.25


def test_missing_values_are_left_out_in_pairs():
    r = paired(np.array([1.0, np.nan, 3.0]), np.array([2.0, 5.0, np.nan]))
    assert r.pairs == 1
    assert r.difference == 1.0
    assert paired(np.array([np.nan]), np.array([1.0])).pairs == 0


def test_changes_of_the_lead_are_found():
    a = np.array([[0, 1, 2, 3, 4.0]])
    b = np.array([[1, 1, 1, 5, 9.0]])
    assert lead_changes(a, b) == [(1, "b"), (3, "a"), (4, "b")]
    assert lead_changes(a, a) == []
