"""Mechanisms: what each is expected to do to the published facts, and what it does.

A mechanism is switched on by its file in ``configs/mechanisms``. Its effect on a figure is the mean
difference between markets with and without it at the declared numbers, with the same seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sim.config.compose import options
from sim.config.reading import read_yaml
from sim.experiments.validation.score import Finding, half_width
from sim.experiments.validation.scorecard import EACH, Scorecard, validate
from sim.experiments.validation.trial import mean
from sim.params import one_of
from sim.runs.executors import Execution

EXPECTATIONS = Path(__file__).with_name("mechanisms.yaml")

GROUP = "mechanisms"
"""Configuration group of the mechanisms."""

NONE = "as_before"
"""File of the group without any of them."""

TOGETHER = ("first_half", "second_half", "revised")
"""Files of the group that switch on several: those of customers, those of offers and firms, all."""

SIGNS = {"+": 1, "-": -1}


@dataclass(frozen=True)
class Expected:
    """Direction in which a mechanism is expected to move a figure (1 or -1); why, by language."""

    fact: str
    figure: str
    sign: int
    why: dict[str, str]


@dataclass(frozen=True)
class Mechanism:
    """A mechanism with what was expected of it before it was measured.

    Attributes:
        name: file in ``configs/mechanisms``.
        title: by language.
        written: day on which the expectations were written.
        expected: of the figures that it should move.
    """

    name: str
    title: dict[str, str]
    written: str
    expected: tuple[Expected, ...]


@cache
def mechanisms() -> dict[str, Mechanism]:
    """The mechanisms by name."""
    out = {}
    rows = read_yaml(EXPECTATIONS.read_text(encoding="utf-8"), EXPECTATIONS.name)
    for name, row in rows.items():
        expected = []
        for at, (sign, en, zh) in row["expected"].items():
            fact, figure = at.split(".")
            expected.append(Expected(fact, figure, SIGNS[sign], {"en": en, "zh": zh}))
        out[name] = Mechanism(name, row["title"], str(row["written"]), tuple(expected))
    return out


def examine(
    name: str,
    mode: str = EACH,
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Scorecard:
    """The published facts with one mechanism, or :data:`NONE` of them.

    Args:
        name: file in ``configs/mechanisms``.
        mode, store, processes, progress: as for
            :func:`~sim.experiments.validation.scorecard.validate`.

    Raises:
        ConfigError: there is no such file.
    """
    word = f"{GROUP}={one_of(name, GROUP, options(GROUP))}"
    return validate((), word, mode=mode, store=store, processes=processes, progress=progress)


@dataclass(frozen=True)
class Effect:
    """What a mechanism does to a figure in one market, at the declared numbers.

    Attributes:
        before, after: findings without and with it.
        difference: mean difference over seeds.
        half: half width of its 95 % interval; NaN with fewer than two seeds.
    """

    before: Finding
    after: Finding
    difference: float
    half: float

    @property
    def sign(self) -> int:
        """Direction of the difference, 0 if its interval includes zero or is not known."""
        certain = np.isfinite(self.half) and abs(self.difference) > self.half
        return int(np.sign(self.difference)) if certain else 0


def effects(before: Scorecard, after: Scorecard) -> dict[tuple[str, str, str], Effect]:
    """Effects by fact, figure and market. Seeds are paired."""
    known = {(one.fact.id, one.figure.key, one.market): one for one in before.findings}
    out = {}
    for one in after.findings:
        at = one.fact.id, one.figure.key, one.market
        if at in known:
            gaps = one.declared - known[at].declared
            out[at] = Effect(known[at], one, mean(gaps), half_width(gaps))
    return out
