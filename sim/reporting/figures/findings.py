"""Findings about lines over time, which titles of figures state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.reporting.figures.style import label, number
from sim.reporting.words import Words

LEVEL = 0.02
"""Relative difference below which two values are called level."""

NEW = 13
"""Values at either end of a line, at most a quarter of them, within which a change of the lead is
taken for noise."""


@dataclass(frozen=True)
class Lead:
    """Who is ahead at the end, among lines over the weeks.

    Attributes:
        first, second: places of the two highest at the end.
        is_level: whether no one can be called ahead.
        row: row from which the first has been ahead of all others without a break.
        before: place of the one that was ahead until then; None if the first was, throughout, or
            if that is too new.
    """

    first: int
    second: int
    is_level: bool
    row: int = 0
    before: int | None = None


def lead(values: np.ndarray) -> Lead | None:
    """Who is ahead at the end and since when; None with fewer than two lines.

    Args:
        values: float64 [week, line], NaN where there is no value.
    """
    last = values[-1]
    order = [int(n) for n in np.argsort(-last) if np.isfinite(last[n])]
    if len(order) < 2:
        return None
    first, second = order[:2]
    if last[first] - last[second] <= LEVEL * abs(last[first]):
        return Lead(first, second, True)
    others = np.delete(values, first, axis=1)
    top = np.where(np.isfinite(others), others, -np.inf).max(axis=1)
    own = values[:, first]
    behind = np.flatnonzero(np.isfinite(own) & (own <= top) | ~np.isfinite(own) & np.isfinite(top))
    if not len(behind):
        return Lead(first, second, False)
    change = int(behind[-1])
    new = min(NEW, len(values) // 4)
    if not new <= change < len(values) - new:
        return Lead(first, second, False)
    row = values[change].copy()
    row[first] = np.nan
    return Lead(first, second, False, change + 1, int(np.nanargmax(row)))


def about_lines(
    kpi: str, values: np.ndarray, names: Sequence[str], focus: int, words: Words
) -> str:
    """A title: who leads in a KPI at the end, or who overtook whom and when; of a single line, how
    it moved.

    Args:
        values: float64 [week, line].
        focus: place of the line that is of most interest.
    """
    said, weeks = label(kpi, words), np.flatnonzero(np.isfinite(values).any(axis=1)) + 1
    values = values[weeks - 1]
    found = lead(values) if len(values) else None
    if found is None:
        return _alone(kpi, values, names, words)
    first, last = names[found.first], values[-1]
    if found.is_level:
        return words.say("fig_level", label=said, a=first, b=names[found.second])
    if found.before is not None:
        return words.say("fig_overtakes", label=said, a=first, b=names[found.before],
                         week=int(weeks[found.row]))  # fmt: skip
    leads = words.say("fig_leads", label=said, a=first, value=number(kpi, last[found.first], words))
    if found.first == focus or not np.isfinite(last[focus]):
        return leads
    return words.say("fig_both", leads, words.say("fig_other", a=names[focus],
                     value=number(kpi, last[focus], words)))  # fmt: skip


def _alone(kpi: str, values: np.ndarray, names: Sequence[str], words: Words) -> str:
    known = [n for n in range(len(names)) if len(values) and np.isfinite(values[-1, n])]
    if not known:
        return label(kpi, words)
    path = values[:, known[0]]
    first, last = path[np.isfinite(path)][[0, -1]]
    return words.say("fig_moves", label=label(kpi, words), a=number(kpi, first, words),
                     b=number(kpi, last, words))  # fmt: skip
