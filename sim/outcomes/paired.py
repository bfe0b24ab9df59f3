"""Paired statistics: two plans on the same luck, replicate by replicate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Paired:
    """What paired replicates say about one number of two arms.

    ``a``, ``b``: means. ``difference``: mean of b - a with its interval ``low`` to ``high``
    (Student's t). ``chance``: share of pairs in which b is the better, half for ties, with its
    interval (Wilson). ``pairs``: number of pairs with a value in both arms.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    chance: float
    chance_low: float
    chance_high: float
    pairs: int
    variance_reduction: float

    @property
    def settled(self) -> bool:
        """Whether the interval of the difference excludes zero."""
        return self.low > 0.0 or self.high < 0.0


def paired(a: np.ndarray, b: np.ndarray, better: int = 1, confidence: float = CONFIDENCE) -> Paired:
    """Compare two arms.

    Args:
        a, b: one value per replicate, [pair]; NaN where a replicate has none.
        better: 1 if more is better, -1 if less is, 0 counts more as b's win all the same.
        confidence: level of the interval of the difference.
    """
    from scipy import stats

    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    n = len(a)
    if n == 0:
        nan = float("nan")
        return Paired(nan, nan, nan, nan, nan, nan, nan, nan, 0, nan)
    d = b - a
    mean, spread = float(d.mean()), float(d.std(ddof=1)) if n > 1 else float("nan")
    # Equal to the last bit means equal: rounding in the mean must not make a difference of it.
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) * spread / np.sqrt(n) if n > 1 else 0.0
    sign = -1.0 if better < 0 else 1.0
    wins = float((sign * d > 0).sum() + 0.5 * (d == 0).sum())
    interval = stats.binomtest(round(wins), n).proportion_ci(CONFIDENCE, method="wilson")
    apart = float(a.var(ddof=1) + b.var(ddof=1)) if n > 1 else float("nan")
    return Paired(
        a=float(a.mean()),
        b=float(b.mean()),
        difference=mean,
        low=mean - half,
        high=mean + half,
        chance=wins / n,
        chance_low=float(interval.low),
        chance_high=float(interval.high),
        pairs=n,
        variance_reduction=apart / spread**2 if n > 1 and spread > 0 else float("nan"),
    )


def lead_changes(a: np.ndarray, b: np.ndarray) -> list[tuple[int, str]]:
    """When the lead in a running total changes hands, on average over pairs.

    Args:
        a, b: running totals, [pair, week].

    Returns:
        (week from 1, "a" or "b") for each spell of the lead.
    """
    gap = (b - a).mean(axis=0)
    out: list[tuple[int, str]] = []
    for week, value in enumerate(gap, start=1):
        leader = "b" if value > 0 else "a" if value < 0 else ""
        if leader and (not out or out[-1][1] != leader):
            out.append((week, leader))
    return out
