"""Flips: the value of an axis at which the sign of a claim's effect changes.

The effect is measured at some values of the axis, all replicates on common random numbers. Between
two values it is interpolated on a straight line over the logarithm of the axis. The interval holds
all values at which the 95 % t-interval of the mean effect over replicates contains the expected
level. That the sign does not flip is a result as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

POINTS = 1001
"""Points of the axis at which the interval of the effect is looked at."""

CONFIDENCE = 0.95


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
    low, high = _interval(places, gaps, at)
    first, lower, upper = (float(np.exp(end)) for end in (at, low, high))
    return Flip(np.exp(places), means, first, lower, upper, number)


def _interval(places: np.ndarray, gaps: np.ndarray, at: float) -> tuple[float, float]:
    """Ends of the interval, as logarithms: infinite where it reaches the end of the axis.

    Args:
        places: logarithms of the values, [value].
        gaps: effects less the level, [value, replicate].
        at: logarithm of the value at which the mean changes sign.
    """
    grid, number = np.linspace(places[0], places[-1], POINTS), gaps.shape[1]
    if number < 2:
        return -np.inf, np.inf
    between = np.array([np.interp(grid, places, one) for one in gaps.T])
    error = between.std(axis=0, ddof=1) / np.sqrt(number)
    reach = stats.t.ppf(0.5 + 0.5 * CONFIDENCE, number - 1) * error
    unclear = np.flatnonzero(np.abs(between.mean(axis=0)) <= reach)
    if not len(unclear):
        return at, at
    low = -np.inf if unclear[0] == 0 else min(at, grid[unclear[0]])
    high = np.inf if unclear[-1] == POINTS - 1 else max(at, grid[unclear[-1]])
    return float(low), float(high)


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
