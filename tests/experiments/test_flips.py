"""Where the sign of an effect flips along an axis, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest

from sim.experiments.flips import find_flip

VALUES = (0.25, 0.5, 1.0, 2.0, 4.0)


def _effects(middle, slope=-1.0, noise=0.05, replicates=8):
    """Effects that fall with the logarithm of the axis and are 0 at ``middle``."""
    drawn = noise * np.random.default_rng(1).standard_normal(replicates)  # common to all values
    return np.array([[slope * np.log(v / middle) + d for d in drawn] for v in VALUES])


def test_the_value_at_which_the_sign_flips_is_found_with_its_interval():
    flip = find_flip(VALUES, _effects(1.5))
    assert flip.verdict == "flips"
    assert flip.low < flip.at < flip.high
    assert flip.at == pytest.approx(1.5, rel=0.05)
    assert flip.number == 1
    wider = find_flip(VALUES, _effects(1.5, noise=0.3))
    assert wider.high - wider.low > flip.high - flip.low


@pytest.mark.parametrize(("middle", "slope", "at"), [
    (20.0, -1.0, np.inf), (0.01, -1.0, 0.0), (20.0, 1.0, np.inf), (0.01, 1.0, 0.0),
])  # fmt: skip
def test_a_sign_that_does_not_flip_is_a_result(middle, slope, at):
    flip = find_flip(VALUES, _effects(middle, slope))
    assert flip.verdict == "does not flip"
    assert (flip.at, flip.low, flip.high) == (at, at, at)
    assert flip.number == 0


def test_a_flip_near_the_end_of_the_axis_is_undecided():
    flip = find_flip(VALUES, _effects(3.9, noise=0.3))
    assert flip.verdict == "undecided"


def test_of_several_flips_the_one_nearest_to_the_declared_market_is_taken():
    means = np.array([1.0, -1.0, -1.0, 1.0, -1.0])
    flip = find_flip(VALUES, np.repeat(means[:, None], 4, axis=1))
    assert flip.number == 3
    assert 0.25 < flip.at < 4.0
    assert abs(np.log(flip.at)) == pytest.approx(min(np.log(2 * np.sqrt(2)), np.log(np.sqrt(2))))


def test_the_sign_is_taken_at_the_expected_level():
    flip = find_flip(VALUES, _effects(1.0) + 100.0, level=100.0)
    assert flip.at == pytest.approx(1.0, rel=0.05)


def test_one_replicate_tells_nothing_and_two_tell_little():
    assert find_flip(VALUES, _effects(1.5, replicates=1)).verdict == "undecided"
    few, many = (find_flip(VALUES, _effects(1.5, replicates=n)) for n in (2, 8))
    assert few.high - few.low > many.high - many.low


def test_the_interval_covers_the_true_value_as_often_as_it_says():
    rng, hits, tries = np.random.default_rng(3), 0, 400
    for _ in range(tries):
        noise = 0.5 * rng.standard_normal((len(VALUES), 8))
        effects = -np.log(np.array(VALUES))[:, None] + np.log(1.5) + noise
        flip = find_flip(VALUES, effects)
        hits += flip.low <= 1.5 <= flip.high
    assert 0.92 < hits / tries < 0.99
