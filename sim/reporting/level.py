"""When two values are about the same: the rule of all sentences and titles on who is ahead."""

from __future__ import annotations

import numpy as np

LEVEL = 0.02
"""Relative difference below which two values are about the same."""

POINT = 0.01
"""Difference of two shares below which they are about the same: one percentage point."""


def is_level(a: float, b: float, *, share: bool = False) -> bool:
    """Whether two values are about the same.

    Args:
        share: whether the values are shares, from 0 to 1.
    """
    gap = abs(a - b)
    return gap <= LEVEL * max(abs(a), abs(b)) or (share and gap < POINT)


def leaders(shares: np.ndarray) -> list[int]:
    """Places of the largest share and of all that are about the same, the largest first."""
    known = np.nan_to_num(shares)
    order = [int(n) for n in np.argsort(-known, kind="stable")]
    return [n for n in order if is_level(float(known[order[0]]), float(known[n]), share=True)]
