"""Published facts about markets, as rows of ``targets.yaml``, and the functions that measure them.

To add a fact, add a row to the file and write a function from a
:class:`~sim.experiments.validation.trial.Trial` to figures, marked with :func:`measures`, in a
module of :mod:`sim.experiments.validation.measures`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config.reading import read_yaml

if TYPE_CHECKING:
    from sim.experiments.validation.trial import Trial

TARGETS = Path(__file__).with_name("targets.yaml")
"""The data file: one row a fact."""

Figures = dict[str, float]
"""Figures of a fact by key; NaN where nothing could be measured."""

INFINITE = float("inf")
WEIGHTS = {"A": 3.0, "B": 2.0, "C": 1.0}
"""Weight of a fact in the score, by group."""

STATUSES = {"V": 1.0, "C": 1.0, "P": 1.0, "G": 0.5}
"""Factor of the weight by status: verified in the paper, estimated again, partly verified, general
knowledge."""

ESTIMATORS = ("causal", "econometric")


@dataclass(frozen=True)
class Figure:
    """A figure of a fact, and its published interval.

    Attributes:
        key: name within the fact.
        en, zh: labels.
        low, high: published interval; an infinite ``high`` means that only the direction is
            published.
        markets: in which it is measured.
        group, status: of the figure; see :data:`WEIGHTS` and :data:`STATUSES`.
        estimator: ``causal`` or ``econometric``.
        scored: whether it counts in the score.
        ablation: name of the ablation that must make the figure vanish, or empty.
        null: value of the figure if there were no effect.
        identity: the identity that fixes the figure, in words by language, or None.
    """

    key: str
    en: str
    zh: str
    low: float
    markets: tuple[str, ...]
    group: str
    status: str
    high: float = INFINITE
    estimator: str = "causal"
    scored: bool = True
    ablation: str = ""
    null: float = 0.0
    identity: Mapping[str, str] | None = None

    @property
    def sign(self) -> bool:
        """Whether only the direction is published."""
        return self.high == INFINITE


@dataclass(frozen=True)
class Fact:
    """A published fact.

    Attributes:
        id: its number in the list of targets, for example ``E04``.
        title: by language.
        group, status: of its figures, unless they have their own.
        published: the published value in words, by language.
        source: of the fact.
        figures: by key.
        suspects: parameters suspected of fixing a figure alone.
        drawn: whether it is measured at drawn settings; otherwise settings differ in their seed
            alone, since the fact is about one market as it was inferred from data.
    """

    id: str
    title: Mapping[str, str]
    group: str
    status: str
    published: dict[str, str]
    source: str
    figures: Mapping[str, Figure]
    suspects: tuple[str, ...] = ()
    drawn: bool = True

    @property
    def markets(self) -> tuple[str, ...]:
        """Markets in which any figure is measured."""
        return tuple(dict.fromkeys(m for one in self.figures.values() for m in one.markets))


@dataclass(frozen=True)
class Targets:
    """All published facts.

    Attributes:
        facts: by id.
        inputs: ids of facts that were used as inputs of a fit.
        considered: ids of facts that were known when numbers of the model were chosen.
        families: families of facts, each in one half.
        seed: with which the halves were drawn.
    """

    facts: Mapping[str, Fact]
    inputs: tuple[str, ...]
    considered: tuple[str, ...]
    families: tuple[tuple[str, ...], ...]
    seed: int
    halves: tuple[tuple[str, ...], tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "halves", halves(self.families, self.seed))

    @property
    def never_used(self) -> tuple[str, ...]:
        """Facts of families of which no fact was an input or was considered."""
        used = {*self.inputs, *self.considered}
        return tuple(name for one in self.families if not used & {*one} for name in one)


def halves(families: Sequence[Sequence[str]], seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Draw two halves of about equal size; facts of a family stay together.

    Families are shuffled, and each goes to the half that has fewer facts so far.
    """
    order = np.random.default_rng(seed).permutation(len(families))
    first: list[str] = []
    second: list[str] = []
    for n in order.tolist():
        (first if len(first) <= len(second) else second).extend(families[n])
    return tuple(sorted(first)), tuple(sorted(second))


def read(raw: Mapping[str, Any]) -> Targets:
    """The facts of a data file that has been loaded."""
    facts = {name: _fact(name, row) for name, row in raw["facts"].items()}
    families = [tuple(one) for one in raw["families"]]
    alone = [(name,) for name in sorted({*facts} - {n for one in families for n in one})]
    used = tuple(raw["inputs"]), tuple(raw["considered"])
    return Targets(facts, *used, (*families, *alone), raw["seed"])


def _fact(name: str, row: Mapping[str, Any]) -> Fact:
    shared = {"group": row["group"], "status": row["status"], "markets": row["markets"]}
    figures = {}
    for key, figure in row["figures"].items():
        known = {**shared, **figure}
        figures[key] = Figure(key, **{**known, "markets": tuple(known["markets"])})
    return Fact(
        name, row["title"], row["group"], row["status"], row["published"], row["source"], figures,
        tuple(row.get("suspects", ())), row.get("drawn", True),
    )  # fmt: skip


@cache
def targets() -> Targets:
    """The published facts that ship with the package."""
    return read(read_yaml(TARGETS.read_text(encoding="utf-8"), TARGETS.name))


# Measuring functions

Measure = Callable[["Trial"], Figures]


@dataclass(frozen=True)
class Measured:
    """A measuring function, and the markets in which it runs (empty: those of the fact's figures
    with its estimator)."""

    fact: str
    function: Measure
    estimator: str
    markets: tuple[str, ...]


_MEASURES: dict[str, list[Measured]] = {}


def measures(
    fact: str, *, estimator: str = "causal", markets: Sequence[str] = ()
) -> Callable[[Measure], Measure]:
    """Register a function that measures figures of a fact.

    Args:
        fact: id of the fact, a row of ``targets.yaml``.
        estimator: of the figures it returns: ``causal`` or ``econometric``.
        markets: in which it runs; empty for those of the figures with this estimator.
    """

    def register(function: Measure) -> Measure:
        _MEASURES.setdefault(fact, []).append(Measured(fact, function, estimator, tuple(markets)))
        return function

    return register


def functions(fact: str) -> list[Measured]:
    """The functions that measure a fact."""
    _load()
    return _MEASURES.get(fact, [])


@cache
def _load() -> None:
    """Import all modules of measuring functions, which register themselves."""
    package = import_module("sim.experiments.validation.measures")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def markets_of(measured: Measured, fact: Fact) -> tuple[str, ...]:
    """The markets in which a measuring function runs."""
    if measured.markets:
        return measured.markets
    mine = (one for one in fact.figures.values() if one.estimator == measured.estimator)
    return tuple(dict.fromkeys(market for one in mine for market in one.markets))
