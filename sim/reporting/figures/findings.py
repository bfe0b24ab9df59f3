"""Findings about lines over time, which titles of figures state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.kpis import KPIS
from sim.reporting.figures.style import label, number
from sim.reporting.level import is_level
from sim.reporting.words import Words

NEW = 13
"""Values at either end of a line, at most a third of them, within which a change of the lead is
taken for noise."""

USUAL = 2.0
"""Standard deviations of a gap from point to point that a lead has to exceed."""


@dataclass(frozen=True)
class Lead:
    """Who is ahead at the end, among lines over the weeks.

    Attributes:
        first, second: places of the two highest at the end.
        is_level: whether no one can be called ahead.
        row: row from which the first has been ahead of all others without a break.
        before: place of the one that was ahead until then; None if the first was, throughout, or
            if that is too new or was no clear lead.
    """

    first: int
    second: int
    is_level: bool
    row: int = 0
    before: int | None = None


def lead(values: np.ndarray, *, share: bool = False) -> Lead | None:
    """Who is ahead at the end and since when; None with fewer than two lines. A lead counts if it
    is larger than what the lines usually differ from one point to the next.

    Args:
        values: float64 [week, line], NaN where there is no value.
        share: whether the values are shares.
    """
    last = values[-1]
    order = [int(n) for n in np.argsort(-last) if np.isfinite(last[n])]
    if len(order) < 2:
        return None
    first, second = order[:2]
    own = values[:, first]
    if is_level(last[first], last[second], share=share) or (
        last[first] - last[second] <= USUAL * noise(own - values[:, second])
    ):
        return Lead(first, second, True)
    others = np.delete(values, first, axis=1)
    top = np.where(np.isfinite(others), others, -np.inf).max(axis=1)
    behind = np.flatnonzero(np.isfinite(own) & (own <= top) | ~np.isfinite(own) & np.isfinite(top))
    if not len(behind):
        return Lead(first, second, False)
    change = int(behind[-1])
    new = min(NEW, math.ceil(len(values) / 3))
    if not new <= change + 1 <= len(values) - new:
        return Lead(first, second, False)
    row = values[change].copy()
    row[first] = np.nan
    before = int(np.nanargmax(row))
    if not _was_ahead(values[: change + 1, before], own[: change + 1], share):
        return Lead(first, second, False)
    return Lead(first, second, False, change + 1, before)


def noise(path: np.ndarray) -> float:
    """Standard deviation of a line from point to point, less its trend: of random noise, a second
    difference has six times the variance. 0 with fewer than three points."""
    path = path[np.isfinite(path)]
    if len(path) < 3:
        return 0.0
    return float(np.sqrt(np.mean(np.diff(path, 2) ** 2) / 6.0))


def _was_ahead(before: np.ndarray, after: np.ndarray, share: bool) -> bool:
    """Whether the one ahead until then has been so at some time by more than noise."""
    gap = before - after
    if not np.isfinite(gap).any():
        return True
    at = int(np.nanargmax(gap))
    clear = not is_level(float(before[at]), float(after[at]), share=share)
    return clear and float(gap[at]) > USUAL * noise(gap)


def about_lines(
    kpi: str, values: np.ndarray, names: Sequence[str], focus: int, words: Words
) -> str:
    """A title: who leads in a KPI at the end, and whom it overtook and when if that is the firm in
    focus or was overtaken by it; of a single line, how it moved.

    Args:
        values: float64 [week, line].
        focus: place of the line that is of most interest.
    """
    said, weeks = label(kpi, words), np.flatnonzero(np.isfinite(values).any(axis=1)) + 1
    values = values[weeks - 1]
    found = lead(values, share=KPIS[kpi].unit == "share") if len(values) else None
    if found is None:
        return _alone(kpi, values, names, words)
    first, last, shown = names[found.first], values[-1], [found.first]
    if found.before is not None and focus in (found.first, found.before):
        return words.say("fig_overtakes", label=said, a=first, b=names[found.before],
                         week=int(weeks[found.row]))  # fmt: skip
    if found.is_level:
        title = words.say("fig_level", label=said, a=first, b=names[found.second])
        shown.append(found.second)
    else:
        title = words.say("fig_leads", label=said, a=first,
                          value=number(kpi, last[found.first], words))  # fmt: skip
    if focus in shown or not np.isfinite(last[focus]):
        return title
    return words.say("fig_both", title, words.say("fig_other", a=names[focus],
                     value=number(kpi, last[focus], words)))  # fmt: skip


def _alone(kpi: str, values: np.ndarray, names: Sequence[str], words: Words) -> str:
    known = [n for n in range(len(names)) if len(values) and np.isfinite(values[-1, n])]
    if not known:
        return label(kpi, words)
    path = values[:, known[0]]
    first, last = path[np.isfinite(path)][[0, -1]]
    return words.say("fig_moves", label=label(kpi, words), a=number(kpi, first, words),
                     b=number(kpi, last, words))  # fmt: skip
