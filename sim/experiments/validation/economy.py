"""The accounts of the simulated firms, beside those of real firms of the same kind.

A check on realism, not evidence: most ranges are broad, and none was measured on the firms that the
markets describe. What a figure means, the range that real firms show and its source stand in
``economy.yaml``; a range without a source has no verdict. How figures are measured stands in
:mod:`sim.experiments.validation.books`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.config.compose import load_config
from sim.config.reading import read_yaml
from sim.experiments.validation.books import HORIZONS, STEP, YEARS, Books, Task
from sim.experiments.validation.score import half_width
from sim.experiments.validation.trial import mean
from sim.params import in_id_order, one_of
from sim.rules.units import YEAR
from sim.runs.address import Addresses
from sim.runs.engine import Engine, engine
from sim.runs.executors import Execution

RANGES = Path(__file__).with_name("economy.yaml")
"""What figures mean, and the ranges that real firms show."""

PRECISE = 0.3
"""Half-width of the 95 % interval up to which a marginal return counts as measured."""


@dataclass(frozen=True)
class Effort:
    """How hard marginal returns are tried to measure.

    Attributes:
        customers: simulated customers of a market, as far as it has so many people.
        seeds: numbers of seeds after which lines that are measured are left alone.
        steps: pulses as a share of all the firm's money for activities; a larger one is tried for
            what the smaller one did not measure.
    """

    customers: int
    seeds: tuple[int, ...]
    steps: tuple[float, ...]


FULL = Effort(10_000, (6, 12, 24), (0.1, 0.3, 1.0))
QUICK = Effort(2_000, (4,), (0.1,))


# What real firms show


class Range(NamedTuple):
    """What real firms show: bounds, an open one being infinite, and the source."""

    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Figure:
    """A figure of the accounts.

    Attributes:
        labels, meanings: by language.
        unit: of the figure.
        ranges: of real firms, by market; a market without one has no source.
        reasons: by market and language, why firms with all mechanisms lie outside the range.
    """

    name: str
    labels: Mapping[str, str]
    meanings: Mapping[str, str]
    unit: str
    ranges: Mapping[str, Range]
    reasons: Mapping[str, Mapping[str, str]]


@cache
def figures() -> dict[str, Figure]:
    """The figures of ``economy.yaml``, by name."""
    return {name: _figure(name, about) for name, about in _file()["figures"].items()}


@cache
def _file() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml(RANGES.read_text(encoding="utf-8"), RANGES.name)
    return found


def _figure(name: str, about: Mapping[str, Any]) -> Figure:
    ranges = {
        market: Range(float(one.get("low", -np.inf)), float(one.get("high", np.inf)), one["source"])
        for market, one in (about.get("ranges") or {}).items()
    }
    labels, meanings = (
        {lang: about[key][lang] for lang in ("en", "zh")} for key in ("label", "meaning")
    )
    return Figure(name, labels, meanings, about["unit"], ranges, about.get("outside") or {})


def markets() -> list[str]:
    """The kinds of market whose firms are compared with real ones."""
    return list(_file()["markets"])


RETURN = "marginal_return"
"""Figure of a line; all others are of a firm."""

OVERHEAD = "overhead"
"""Figure that the model has only with finance."""


@dataclass(frozen=True)
class Measured:
    """A figure of a firm.

    Attributes:
        market, firm: whose it is.
        figure: key of :func:`figures`.
        line, horizon: of a marginal return: activity, and key of :data:`HORIZONS`; else empty.
        values: by seed, float64 [seed], NaN where there is none; empty if not in the model.
        step: of the change it was measured with, as a share; 0 if nothing was changed.
    """

    market: str
    firm: str
    figure: str
    line: str
    horizon: str
    values: np.ndarray
    step: float = 0.0

    @property
    def known(self) -> np.ndarray:
        """Values that exist."""
        return np.asarray(self.values[np.isfinite(self.values)])

    @property
    def mean(self) -> float:
        """Mean over seeds; NaN if the figure does not exist."""
        return mean(self.values)

    @property
    def half(self) -> float:
        """Half-width of the 95 % interval of the mean (Student's t); NaN below two seeds."""
        return half_width(self.values)

    @property
    def is_measured(self) -> bool:
        """Whether the figure is known; a marginal return must be so within :data:`PRECISE`. If no
        seed shows any effect, its precision is unknown."""
        return np.isfinite(self.mean) and (self.figure != RETURN or 0.0 < self.half <= PRECISE)

    @property
    def real(self) -> Range | None:
        """What real firms show; None without a source."""
        return figures()[self.figure].ranges.get(self.market)

    @property
    def verdict(self) -> str:
        """``inside``, ``below`` or ``above`` what real firms show; ``no source``; ``not
        measurable`` precisely; ``unknown``; or ``not in the model``."""
        if not len(self.values):
            return "not in the model"
        if not np.isfinite(self.mean):
            return "unknown"
        if not self.is_measured:
            return "not measurable"
        if self.real is None:
            return "no source"
        return (
            "below" if self.mean < self.real.low
            else "above" if self.mean > self.real.high
            else "inside"
        )  # fmt: skip


VERDICTS = (
    "inside", "below", "above", "no source", "not measurable", "unknown", "not in the model",
)  # fmt: skip


# All firms of some markets


def economy(
    names: Sequence[str] = (),
    *overrides: str,
    effort: Effort = FULL,
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Measured]:
    """Measure the accounts of all firms of some markets.

    Args:
        names: of the markets; all of :func:`markets` if none.
        overrides: ``key=value`` changes of all markets.
        effort: number of customers and seeds, and pulses.
        store, processes: as for :func:`sim.experiments.compare.compare`.
        progress: called with the number of pieces of work just finished and their total number,
            which grows while marginal returns are not precise enough.

    Raises:
        ConfigError: unknown market, or a wrong override.
    """
    known = markets()
    out, count = [], _Count(progress)
    with engine(load_config(*overrides), store, processes) as runs:
        for market in [one_of(name, "market", known) for name in names or known]:
            out += _Market(market, overrides, effort, runs, count).measured()
    return out


class _Count:
    """Pieces of work of all markets, whose total grows."""

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self.progress, self.total = progress, 0

    def of(self, pieces: int) -> Callable[[int, int], None] | None:
        """Progress of some more pieces."""
        self.total += pieces
        return self._tell if self.progress else None

    def _tell(self, done: int, _: int) -> None:
        if self.progress is not None:
            self.progress(done, self.total)


class _Market:
    """The firms of one market, which are measured with more seeds and larger pulses as long as
    that is needed."""

    def __init__(
        self, name: str, overrides: Sequence[str], effort: Effort, runs: Engine, count: _Count
    ) -> None:
        market = f"market={name}"
        size = min(effort.customers, load_config(market).population.people)
        config = load_config(market, "threads=1", f"population.customers={size}", *overrides)
        weeks = max(YEARS * YEAR, 2 * config.measurement.window)
        self.name, self.effort, self.runs, self.count = name, effort, runs, count
        self.config = replace(config, weeks=weeks)
        self.addresses = Addresses(self.config)
        self.firms = list(in_id_order(config.firms))
        self.lines = list(in_id_order(config.activities))
        self.found: dict[tuple[str, Task], list[dict[str, float]]] = {}

    def measured(self) -> list[Measured]:
        """All figures of all firms."""
        firm_wide = [Task("accounts"), Task("elasticities")]
        first = [Task("line", line, self.effort.steps[0]) for line in self.lines]
        firms = {firm for firm in self.firms if sum(self.config.firms[firm].budget.values()) > 0.0}
        wanted = {(firm, task) for firm in self.firms for task in firm_wide}
        wanted |= {(firm, task) for firm in firms for task in first}
        self._measure(wanted, self.effort.seeds[0])  # at once, on the same past
        returns = self._returns({(firm, line) for firm in firms for line in self.lines})
        out = []
        for firm in self.firms:
            for task, step in zip(firm_wide, (0.0, STEP), strict=True):
                rows = self.found[firm, task]
                out += [
                    Measured(self.name, firm, figure, "", "", _column(rows, figure), step)
                    for figure in rows[0]
                ]
            if OVERHEAD not in self.found[firm, firm_wide[0]][0]:
                out.append(Measured(self.name, firm, OVERHEAD, "", "", np.zeros(0)))
            out += [one for one in returns if one.firm == firm]
        order = list(figures())
        return sorted(out, key=lambda one: (self.firms.index(one.firm), order.index(one.figure)))

    def _returns(self, left: set[tuple[str, str]]) -> list[Measured]:
        """The marginal returns of lines; what is never precise is that of the first pulse."""
        best: dict[Key, Measured] = {}
        for step in self.effort.steps:
            for seeds in self.effort.seeds:
                tasks = {(firm, line): Task("line", line, step) for firm, line in left}
                self._measure({(firm, task) for (firm, _), task in tasks.items()}, seeds)
                for (firm, line), task in tasks.items():
                    for horizon in HORIZONS:
                        values = _column(self.found[firm, task], horizon)
                        one = Measured(self.name, firm, RETURN, line, horizon, values, step)
                        _keep_better(best, (firm, line, horizon), one)
                left = {
                    (firm, line) for firm, line in left
                    if not all(best[firm, line, h].is_measured for h in HORIZONS)
                }  # fmt: skip
        order = [(firm, line, h) for firm in self.firms for line in self.lines for h in HORIZONS]
        return [best[key] for key in order if key in best]

    def _measure(self, wanted: set[tuple[str, Task]], seeds: int) -> None:
        """Measure tasks of firms with so many seeds; those of earlier rounds are kept."""
        by_firm: dict[str, list[Task]] = {}
        for firm, task in sorted(wanted):
            by_firm.setdefault(firm, []).append(task)
        pieces = [
            Books.of(self.config, self.addresses, self.config.seed + n, firm, tasks)
            for n in range(seeds)
            for firm, tasks in by_firm.items()
        ]
        self.runs.finish(self.runs.submit(pieces, len(pieces), self.count.of(len(pieces))))
        for key in wanted:
            self.found[key] = []
        for piece in pieces:
            for task, values in piece.values(self.runs.store).items():
                self.found[piece.firm, task].append(values)


Key = tuple[str, str, str]
"""Firm, line and horizon of a marginal return."""


def _keep_better(best: dict[Key, Measured], key: Key, one: Measured) -> None:
    """Keep a marginal return that is measured, otherwise that of the first pulse."""
    before = best.get(key)
    if before is None or (not before.is_measured and (one.is_measured or one.step == before.step)):
        best[key] = one


def _column(rows: Sequence[Mapping[str, float]], figure: str) -> np.ndarray:
    return np.array([row[figure] for row in rows], np.float64)
