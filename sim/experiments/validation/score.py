"""Verdicts on figures and scores of facts.

The rules are those fixed with the targets: a figure inside its accepted range scores 1, near it
0.5, with the wrong sign -0.5, and otherwise 0. Half of a figure's score is that of its mean over
settings, half the mean of the scores at single settings. A fact scores the mean of its figures and
weighs by group and status.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from sim.experiments.validation.facts import INFINITE, STATUSES, WEIGHTS, Fact, Figure
from sim.experiments.validation.trial import mean

VERDICTS = ("inside", "near", "outside", "wrong sign", "undecided", "not measured")
SCORES = {"inside": 1.0, "near": 0.5, "wrong sign": -0.5}
"""Score of a verdict; 0 for the others."""

NEAR = 1.5
"""Half-widths from the middle of the interval within which a value is near."""


def place(value: float, figure: Figure) -> str:
    """Where one value lies: ``inside``, ``near``, ``outside``, ``wrong sign``, or ``not measured``.

    Distances are logarithmic where the whole interval lies on one side of zero.
    """
    if not np.isfinite(value):
        return "not measured"
    if figure.sign:
        wrong = value < min(figure.null, figure.low)
        return "inside" if value > figure.low else "wrong sign" if wrong else "outside"
    if figure.low <= value <= figure.high:
        return "inside"
    side = np.sign(figure.low + figure.high)
    if value * side < 0.0 and min(figure.low * side, figure.high * side) >= 0.0:
        return "wrong sign"
    ends = np.array([figure.low, figure.high, value])
    if figure.low * figure.high > 0.0:
        ends = np.log(np.abs(ends)) if value != 0.0 else np.array([0.0, 0.0, INFINITE])
    low, high, at = ends
    beyond = abs(at - (low + high) / 2.0)
    return "near" if beyond <= NEAR * abs(high - low) / 2.0 else "outside"


VANISHED = 0.5
"""Share of its distance from null that a figure may keep with its mechanism off."""


@dataclass(frozen=True)
class Finding:
    """Measured values of one figure of a fact in one market.

    Attributes:
        fact, figure, market: what was measured, and where.
        declared: at the declared parameter values, float64 [seed].
        values: at the settings, means over seeds, float64 [setting]; NaN where nothing could be
            measured.
        ablated: at the declared values with the mechanism off, float64 [seed]; empty if the figure
            names no ablation.
        fixed_by: the parameter that fixes the figure, or empty.
    """

    fact: Fact
    figure: Figure
    market: str
    declared: np.ndarray
    values: np.ndarray
    ablated: np.ndarray
    fixed_by: str = ""

    @cached_property
    def known(self) -> np.ndarray:
        """Values at settings where the figure could be measured."""
        return _known(self.values)

    @property
    def mean(self) -> float:
        """Mean over settings."""
        return mean(self.values)

    @property
    def spread(self) -> float:
        """Standard deviation over settings."""
        return float(self.known.std(ddof=1)) if len(self.known) > 1 else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean over settings (Student's t)."""
        half = half_width(self.values)
        return self.mean - half, self.mean + half

    @property
    def verdict(self) -> str:
        """Verdict on the mean, of :data:`VERDICTS`. A direction counts only if the interval of the
        mean lies on that side: ``undecided`` if it does not. A figure is not measured if it is
        known at fewer than half of the settings."""
        low, high = self.interval
        found = place(self.mean, self.figure)
        if found == "not measured" or 2 * len(self.known) < len(self.values):
            return "not measured"
        border = self.figure.low if self.figure.sign else 0.0
        open_sign = self.figure.sign or found == "wrong sign"
        certain = np.isfinite(low) and not low <= border <= high
        return "undecided" if open_sign and not certain else found

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of settings by verdict on the single value."""
        placed = [place(value, self.figure) for value in self.values.tolist()]
        return {name: placed.count(name) / max(1, len(placed)) for name in VERDICTS}

    @property
    def score(self) -> float:
        """Half the score of the mean, half the mean of the scores at single settings. A direction
        counts at single settings only if it counts for the mean, since a single value may have
        any sign by chance."""
        verdict = self.verdict
        if verdict == "not measured" or (self.figure.sign and verdict == "undecided"):
            return 0.0
        counted = {k: v for k, v in SCORES.items() if k != "wrong sign" or verdict == k}
        single = sum(share * counted.get(name, 0.0) for name, share in self.shares.items())
        return 0.5 * SCORES.get(verdict, 0.0) + 0.5 * single

    @property
    def without(self) -> float:
        """Mean with the mechanism off; NaN if it was not switched off."""
        return mean(self.ablated)

    @property
    def left(self) -> float:
        """Share of the figure's distance from null that is left with its mechanism off; at most
        half of it should be. NaN if that was not measured."""
        now, gone = mean(self.declared) - self.figure.null, self.without - self.figure.null
        return float(abs(gone / now)) if now else float("nan")

    @property
    def vanishes(self) -> bool | None:
        """Whether at most half of the distance from null is left with the mechanism off; None if
        that was not measured."""
        return self.left <= VANISHED if np.isfinite(self.left) else None

    @property
    def is_check(self) -> bool:
        """Whether this is a hit that one parameter or an identity fixes, which does not count."""
        fixed = bool(self.fixed_by) or self.figure.identity is not None
        return fixed and self.verdict == "inside"


def _known(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[np.isfinite(values)])


def half_width(values: np.ndarray) -> float:
    """Half-width of the 95 % interval of the mean of known values (Student's t); NaN below two."""
    known = _known(values)
    if len(known) < 2:
        return float("nan")
    half = stats.t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known))
    return float(half)


def counted(findings: Iterable[Finding], inputs: Sequence[str] = ()) -> list[Finding]:
    """The findings that count: scored figures that are no checks, and of inputs only misses."""
    return [
        one for one in findings
        if one.figure.scored and not one.is_check
        and not (one.fact.id in inputs and one.verdict == "inside")
    ]  # fmt: skip


def of_fact(findings: Sequence[Finding], inputs: Sequence[str] = ()) -> tuple[float, float]:
    """Score and weight of one fact, from its findings; the score is NaN if none counts.

    Figures with a group or status of their own weigh as a row of their own.
    """
    rows: dict[tuple[str, str], list[float]] = {}
    for one in counted(findings, inputs):
        value = 0.0 if one.fact.id in inputs else one.score
        rows.setdefault((one.figure.group, one.figure.status), []).append(value)
    weights = [WEIGHTS[group] * STATUSES[status] for group, status in rows]
    total = sum(weights)
    scored = sum(w * float(np.mean(v)) for w, v in zip(weights, rows.values(), strict=True))
    return (scored / total if total else float("nan")), total


def of_facts(
    findings: Iterable[Finding], inputs: Sequence[str] = (), only: Sequence[str] | None = None
) -> float:
    """Weighted score of facts, at most 1; NaN if none counts.

    Args:
        findings: of all facts.
        inputs: facts that were inputs of a fit; a missed one scores 0.
        only: ids of the facts to be scored; all if None.
    """
    by_fact: dict[str, list[Finding]] = {}
    for one in findings:
        if only is None or one.fact.id in only:
            by_fact.setdefault(one.fact.id, []).append(one)
    pairs = [of_fact(mine, inputs) for mine in by_fact.values()]
    weight = sum(w for _, w in pairs)
    return sum(s * w for s, w in pairs if w) / weight if weight else float("nan")
