"""Flips: the value of an axis at which the sign of a claim's effect changes.

The effect is measured at some values of the axis, all replicates on common random numbers. Between
two values it is interpolated on a straight line over the logarithm of the axis. The interval is
that of a bootstrap over replicates. That the sign does not flip is a result as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

RESAMPLES = 2000
"""Bootstrap resamples of the replicates."""

INTERVAL = (2.5, 97.5)
"""Percentiles of the 95 % interval."""


@dataclass(frozen=True)
class Flip:
    """Where the sign of an effect flips along an axis.

    Attributes:
        values: of the axis, rising, float64 [value].
        means: mean effect less the expected level, in the unit of the effect, float64 [value].
        at: value at which the mean effect changes its sign, the one nearest to 1 if there are
            several; infinite where it would lie beyond the last value, 0 where below the first.
        low, high: its 95 % interval over replicates.
        number: how often the mean effect changes its sign between the first and the last value.
    """

    values: np.ndarray
    means: np.ndarray
    at: float
    low: float
    high: float
    number: int

    @property
    def verdict(self) -> Literal["flips", "does not flip", "undecided"]:
        """Whether the sign flips between the first and the last value: only if the whole interval
        lies between them."""
        first, last = self.values[0], self.values[-1]
        if first <= self.low and self.high <= last:
            return "flips"
        same_side = self.low > last or self.high < first
        return "does not flip" if same_side else "undecided"


def find_flip(values: Sequence[float], effects: np.ndarray, level: float = 0.0) -> Flip:
    """Find where the sign flips, with its uncertainty.

    Args:
        values: of the axis, rising and positive.
        effects: effect at each value in each replicate, float64 [value, replicate].
        level: level at which the sign is taken.
    """
    places, gaps = np.log(np.asarray(values, float)), np.asarray(effects, float) - level
    means = gaps.mean(axis=1)
    falls = means[-1] < means[0]
    at, number = _crossing(places, means, falls)
    rng, replicates = np.random.default_rng(1), gaps.shape[1]
    drawn = rng.integers(0, replicates, (RESAMPLES, replicates))
    found = [_crossing(places, gaps[:, rows].mean(axis=1), falls)[0] for rows in drawn]
    low, high = np.percentile(found, INTERVAL, method="nearest")
    return Flip(
        np.exp(places), means, float(np.exp(at)), float(np.exp(low)), float(np.exp(high)), number
    )


def _crossing(places: np.ndarray, means: np.ndarray, falls: bool) -> tuple[float, int]:
    """Logarithm of the value at which the means change sign, and the number of changes.

    Args:
        places: logarithms of the values, [value].
        means: [value].
        falls: whether the effect falls along the axis, which tells on which side a crossing lies
            that is not between the first and the last value.
    """
    above = means > 0.0
    steps = np.flatnonzero(above[1:] != above[:-1])
    if not len(steps):
        return (np.inf if above[0] == falls else -np.inf), 0
    share = means[steps] / (means[steps] - means[steps + 1])
    found = places[steps] + share * (places[steps + 1] - places[steps])
    return float(found[np.argmin(np.abs(found))]), len(steps)
