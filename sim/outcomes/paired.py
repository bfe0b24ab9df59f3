"""Paired statistics of two arms on common random numbers, replicate by replicate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

CONFIDENCE = 0.95

MOST_KEPT = 4096
"""Quantiles and intervals of shares that a process keeps: tables ask for the same many times."""

ROUNDING = 1e-12
"""A spread smaller than this, relative to the values, comes from rounding."""


@dataclass(frozen=True)
class Paired:
    """Paired comparison of one number between two arms.

    Attributes:
        a, b: means of the arms.
        difference: mean of b - a, with its interval ``low`` to ``high`` (Student's t).
        share_better: share of pairs in which b is better, ties counting half, with its interval
            ``share_better_low`` to ``share_better_high`` (Wilson).
        pairs: number of pairs with a value in both arms.
        variance_reduction: sum of the arms' variances over the variance of the difference; NaN
            where the difference is the same in all pairs.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    share_better: float
    share_better_low: float
    share_better_high: float
    pairs: int
    variance_reduction: float

    @property
    def settled(self) -> bool:
        """Whether the interval of the difference excludes zero."""
        return self.low > 0.0 or self.high < 0.0


def wilson(wins: float, count: int) -> tuple[float, float]:
    """95 % interval (Wilson) of the share of ``wins`` in ``count``; halves are rounded to even."""
    return _wilson(round(wins), count)


@lru_cache(maxsize=MOST_KEPT)
def _wilson(wins: int, count: int) -> tuple[float, float]:
    from scipy import stats

    found = stats.binomtest(wins, count).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


@lru_cache(maxsize=MOST_KEPT)
def _reach(confidence: float, freedom: int) -> float:
    """Half the width of an interval of a mean, in standard errors."""
    from scipy import stats

    return float(stats.t.ppf(0.5 + confidence / 2, freedom))


def paired(a: np.ndarray, b: np.ndarray, better: int = 1, confidence: float = CONFIDENCE) -> Paired:
    """Compare two arms replicate by replicate.

    Args:
        a, b: one value per replicate, [replicate]; NaN where a replicate has none.
        better: 1 if more is better, -1 if less is better; 0 is treated as 1.
        confidence: level of the interval of the difference.
    """
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    n, nan = len(a), float("nan")
    if n == 0:
        return Paired(nan, nan, nan, nan, nan, nan, nan, nan, 0, nan)
    d = b - a
    mean, spread = float(d.mean()), float(d.std(ddof=1)) if n > 1 else nan
    # Differences are averaged, so that arms equal to the last bit differ by exactly zero.
    half = _reach(confidence, n - 1) * spread / np.sqrt(n) if n > 1 else 0.0
    sign = -1.0 if better < 0 else 1.0
    wins = float((sign * d > 0).sum() + 0.5 * (d == 0).sum())
    share_low, share_high = wilson(wins, n)
    rounding = ROUNDING * float(max(np.abs(a).max(), np.abs(b).max()))
    apart = float(a.var(ddof=1) + b.var(ddof=1)) if n > 1 else nan
    return Paired(
        a=float(a.mean()),
        b=float(b.mean()),
        difference=mean,
        low=mean - half,
        high=mean + half,
        share_better=wins / n,
        share_better_low=share_low,
        share_better_high=share_high,
        pairs=n,
        variance_reduction=apart / spread**2 if n > 1 and spread > rounding else nan,
    )


def lead_changes(a: np.ndarray, b: np.ndarray) -> list[tuple[int, str]]:
    """Find when the lead in a running total changes, by the mean over replicates.

    Args:
        a, b: running totals, [replicate, week].

    Returns:
        For each spell of the lead, its first week (from 1) and the leader, "a" or "b".
    """
    gap = (b - a).mean(axis=0)
    out: list[tuple[int, str]] = []
    for week, value in enumerate(gap, start=1):
        leader = "b" if value > 0 else "a" if value < 0 else ""
        if leader and (not out or out[-1][1] != leader):
            out.append((week, leader))
    return out
