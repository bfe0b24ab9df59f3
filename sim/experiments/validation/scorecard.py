"""The scorecard: published facts measured on the model at many settings of what nobody knows.

Every measuring function runs in its markets at the declared parameter values with several seeds,
and at settings of the uncertain parameters drawn by a Latin hypercube. Where a figure names an
ablation, it is measured again without the mechanism. All measurements are stored, so that a
scorecard can be interrupted and goes on where it stopped.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from sim.config.compose import load_config, override
from sim.config.schema import Config
from sim.experiments.sweeps.parameters import settings_at, uncertain_parameters
from sim.experiments.sweeps.samples import places
from sim.experiments.validation.audit import (
    ABLATIONS,
    NEARLY_ALL,
    Moves,
    follows,
    moves,
    rank_correlations,
)
from sim.experiments.validation.facts import (
    TARGETS,
    WEIGHTS,
    Figures,
    Measured,
    functions,
    markets_of,
    targets,
)
from sim.experiments.validation.score import Finding, of_fact, of_facts
from sim.experiments.validation.trial import Trial, mean
from sim.runs.address import LENGTH, Addresses
from sim.runs.engine import engine
from sim.runs.executors import Execution
from sim.runs.record import FigureRecord
from sim.runs.store import Store

STORED = Path(__file__).with_name("stored.json")
"""The scorecard that ships with the package (tests/renew.py facts)."""

ENOUGH = 20
"""Settings from which rank correlations are looked at."""

EXPERIMENTS = "sim.experiments."

SUSPECTED = 2
"""Seeds with which a suspected parameter is moved."""


@dataclass(frozen=True)
class Effort:
    """How much is simulated.

    Attributes:
        customers: simulated customers of a market, at most.
        settings: number of settings of the uncertain parameters.
        seeds: at each setting.
        declared: seeds at the declared parameter values, also for ablations.
    """

    customers: int
    settings: int
    seeds: int
    declared: int


SCORES = (
    "score", "never_used", "group_a", "group_b", "group_c", "first_half", "second_half",
)  # fmt: skip
"""Names of the scores: of all facts, of those that no fit has used, of groups and halves."""

EACH = "each"
"""Mode in which mechanisms are measured one by one: quick, with more seeds to pair."""

EFFORTS = {
    "quick": Effort(2_000, 4, 1, 2), EACH: Effort(2_000, 4, 1, 4), "full": Effort(5_000, 30, 1, 5),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Scorecard:
    """Findings on all figures that were asked for.

    Attributes:
        findings: one for each figure and market.
        effort: how much was simulated.
        mode: ``quick`` or ``full``; empty if something else was asked for.
        fingerprint: of the model, the targets and the measuring functions.
    """

    findings: tuple[Finding, ...]
    effort: Effort
    mode: str
    fingerprint: str

    def score(self, only: Sequence[str] | None = None, group: str = "") -> float:
        """Score of the facts, from -0.5 to 1.

        Args:
            only: ids of the facts; all if None.
            group: of the figures; all if empty.
        """
        mine = [one for one in self.findings if not group or one.figure.group == group]
        return of_facts(mine, targets().inputs, only)

    def scores(self) -> dict[str, float]:
        """All scores by name: all facts, those never used as inputs, groups, halves."""
        known = targets()
        first, second = known.halves
        return dict(zip(SCORES, (
            self.score(), self.score(known.never_used),
            *(self.score(group=name) for name in WEIGHTS), self.score(first), self.score(second),
        ), strict=True))  # fmt: skip

    def only(self, facts: Sequence[str]) -> Scorecard:
        """The findings on some facts."""
        return replace(self, findings=tuple(f for f in self.findings if f.fact.id in facts))

    def by_fact(self) -> dict[str, list[Finding]]:
        """Findings by id of the fact."""
        out: dict[str, list[Finding]] = {}
        for one in self.findings:
            out.setdefault(one.fact.id, []).append(one)
        return out

    def of(self, fact: str) -> tuple[float, float]:
        """Score and weight of a fact."""
        return of_fact(self.by_fact()[fact], targets().inputs)

    def to_json(self) -> str:
        """The measured values as JSON."""
        rows = [
            {
                "fact": one.fact.id, "figure": one.figure.key, "market": one.market,
                "fixed_by": one.fixed_by,
                **{name: [_short(v) for v in getattr(one, name)]
                   for name in ("declared", "values", "ablated")},
            }
            for one in self.findings
        ]  # fmt: skip
        head = {"mode": self.mode, "effort": vars(self.effort), "fingerprint": self.fingerprint}
        lines = ",\n".join(json.dumps(row) for row in rows)
        return f'{json.dumps(head)[:-1]}, "findings": [\n{lines}\n]}}\n'

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """A scorecard from the values that :meth:`to_json` wrote; figures that are no target any
        more are left out."""
        raw = json.loads(text)
        known = targets().facts
        findings = tuple(
            Finding(
                known[row["fact"]], known[row["fact"]].figures[row["figure"]], row["market"],
                np.array(row["declared"], float), np.array(row["values"], float),
                np.array(row["ablated"], float), row["fixed_by"],
            )
            for row in raw["findings"]
            if row["fact"] in known and row["figure"] in known[row["fact"]].figures
        )  # fmt: skip
        return cls(findings, Effort(**raw["effort"]), raw["mode"], raw["fingerprint"])


def _short(value: float) -> float | None:
    """A number with six digits; None if it is undefined."""
    return float(f"{value:.6g}") if np.isfinite(value) else None


def stored() -> Scorecard:
    """The scorecard that ships with the package."""
    return Scorecard.from_json(STORED.read_text(encoding="utf-8"))


# What is measured


@cache
def code_of(module: str) -> str:
    """Fingerprint of a module and of what it imports from experiments, read as text."""
    digest = hashlib.sha256()
    seen, left = set(), [module]
    while left:
        name = left.pop()
        spec = find_spec(name)
        if name in seen or spec is None or spec.origin is None:
            continue
        seen.add(name)
        text = Path(spec.origin).read_text(encoding="utf-8")
        digest.update(text.encode())
        left += [
            str(node.module) for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(EXPERIMENTS)
        ]  # fmt: skip
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Measurement:
    """Work that measures facts in one market at one setting and seed.

    Attributes:
        names: of the measuring functions (:func:`name_of`).
        keys: of their figures.
        changes: what the configuration changes of the default, as JSON.
    """

    alone: ClassVar[bool] = True

    config: Config
    seed: int
    names: tuple[str, ...]
    keys: tuple[str, ...]
    changes: str

    @classmethod
    def of(cls, config: Config, seed: int, measured: Sequence[Measured]) -> Measurement:
        """The measurement by some functions."""
        addresses = Addresses(config)
        names = tuple(name_of(one) for one in measured)
        keys = tuple(
            addresses.of_measure(seed, "fact", name, code_of(one.function.__module__))
            for name, one in zip(names, measured, strict=True)
        )
        return cls(config, seed, names, keys, addresses.changes)

    def missing(self, store: Store) -> Measurement | None:
        """See :class:`sim.runs.engine.Work`."""
        left = store.lacking("figures", self.keys)
        if not left:
            return None
        names, keys = (tuple(some[n] for n in left) for some in (self.names, self.keys))
        return replace(self, names=names, keys=keys)

    def __call__(self) -> list[FigureRecord]:
        """See :class:`sim.runs.engine.Work`."""
        trial = Trial(self.config, self.seed)
        return [
            FigureRecord(key, self.seed, self.changes, name, measured_by(name).function(trial))
            for name, key in zip(self.names, self.keys, strict=True)
        ]

    def figures(self, store: Store) -> dict[tuple[str, str], float]:
        """The figures found, by (fact, figure)."""
        return {
            (name.partition(":")[0], figure): value
            for name, key in zip(self.names, self.keys, strict=True)
            for figure, value in store.figures(key).items()
        }


def name_of(measured: Measured) -> str:
    """Name of a measuring function: ``fact:module.function``."""
    module = measured.function.__module__.rpartition(".")[2]
    return f"{measured.fact}:{module}.{measured.function.__name__}"


def measured_by(name: str) -> Measured:
    """The measuring function of a name."""
    fact = name.partition(":")[0]
    return next(one for one in functions(fact) if name_of(one) == name)


def measure(config: Config, fact: str, seed: int = 1) -> Figures:
    """Measure one fact in one market at one setting.

    Args:
        config: configuration of the market.
        fact: id of the fact, for example ``E04``.
        seed: of all draws.
    """
    trial = Trial(config, seed)
    return {key: value for one in functions(fact) for key, value in one.function(trial).items()}


@dataclass(frozen=True, eq=False)
class _Market:
    """All measurements of one market.

    Attributes:
        settings: values of the uncertain parameters, float64 [setting, parameter].
        parameters: their names.
        declared: by seed; ablated: by name of the ablation and seed; suspected: by key, with the
            parameter moved down and up, by seed; at: by setting and seed.
    """

    name: str
    parameters: tuple[str, ...]
    settings: np.ndarray
    declared: list[Measurement]
    ablated: dict[str, list[Measurement]]
    suspected: dict[str, tuple[Moves, list[Measurement], list[Measurement]]]
    at: list[list[Measurement]]

    def __iter__(self) -> Iterator[Measurement]:
        yield from self.declared
        for some in self.ablated.values():
            yield from some
        for _, down, up in self.suspected.values():
            yield from (*down, *up)
        for some in self.at:
            yield from some


def _market(name: str, facts: Sequence[str], effort: Effort, overrides: Sequence[str]) -> _Market:
    config = load_config(f"market={name}", "threads=1", *overrides)
    if config.population.customers > effort.customers:
        config = override(config, f"population.customers={effort.customers}")
    known = targets().facts
    mine = [
        one for fact in facts for one in functions(fact) if name in markets_of(one, known[fact])
    ]
    bounds = uncertain_parameters(config)
    spots = places("latin", len(bounds), effort.settings, config.seed)
    settings, changes = settings_at(config, bounds, spots)
    seeds = range(config.seed, config.seed + effort.declared)
    ablated = {}
    for ablation in ABLATIONS:
        about = [one for one in mine if ablation in _ablations(one, name)]
        if about:
            without = override(config, *ABLATIONS[ablation].changes(config))
            ablated[ablation] = [Measurement.of(without, seed, about) for seed in seeds]
    by_drawn = {
        drawn: some for drawn in (True, False)
        if (some := [one for one in mine if known[one.fact].drawn is drawn])
    }  # fmt: skip
    suspected = {}
    for key in dict.fromkeys(key for one in mine for key in known[one.fact].suspects):
        about = [one for one in mine if key in known[one.fact].suspects]
        moved = moves(config, key)
        down, up = (
            [Measurement.of(end, seed, about) for seed in seeds[:SUSPECTED]]
            for end in (moved.down, moved.up)
        )
        suspected[key] = moved, down, up
    at = []
    for n, words in enumerate(changes):
        first = config.seed + effort.declared + n * effort.seeds
        at.append([
            Measurement.of(override(config, *words) if drawn else config, first + r, some)
            for drawn, some in by_drawn.items() for r in range(effort.seeds)
        ])  # fmt: skip
    declared = [Measurement.of(config, seed, mine) for seed in seeds]
    return _Market(name, tuple(bounds), settings, declared, ablated, suspected, at)


def _ablations(measured: Measured, market: str) -> set[str]:
    """Ablations that figures of a measuring function name."""
    figures = targets().facts[measured.fact].figures.values()
    return {
        one.ablation
        for one in figures
        if one.estimator == measured.estimator and market in one.markets
    }


# The scorecard


def validate(
    facts: Sequence[str] = (),
    *overrides: str,
    mode: str = "full",
    settings: int | None = None,
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Scorecard:
    """Measure published facts at the declared values and at settings of the uncertain parameters.

    Args:
        facts: ids of facts, for example ``E04``; all if empty.
        overrides: ``key=value`` changes of all markets.
        mode: ``quick``, ``full`` or :data:`EACH`; see :data:`EFFORTS`.
        settings: number of settings, if not that of the mode.
        store, processes: as for :func:`sim.experiments.compare.compare`.
        progress: called with the number of measurements just finished and their total number.
    """
    effort = EFFORTS[mode]
    if settings is not None and settings != effort.settings:
        effort, mode = replace(effort, settings=settings), ""
    known = targets().facts
    asked = list(facts) or [*known]
    names = dict.fromkeys(market for fact in asked for market in known[fact].markets)
    markets = [_market(name, asked, effort, overrides) for name in names]
    pieces = [piece for market in markets for piece in market]
    with engine(load_config("population.customers=10000", *overrides), store, processes) as runs:
        runs.finish(runs.submit(pieces, len(pieces), progress))
        figures = {piece.keys: piece.figures(runs.store) for piece in pieces}
    findings = [
        _finding(fact, key, market, figures)
        for fact in asked for key, figure in known[fact].figures.items()
        for market in markets if market.name in figure.markets
    ]  # fmt: skip
    marks = [key for piece in pieces for key in piece.keys]
    return Scorecard(tuple(findings), effort, mode, _fingerprint(marks))


def _fingerprint(keys: Sequence[str]) -> str:
    """Hash of everything that was measured, and of what it is compared with."""
    what = "\n".join([*keys, TARGETS.read_text(encoding="utf-8")])
    return hashlib.sha256(what.encode()).hexdigest()[:LENGTH]


def _finding(
    fact: str, key: str, market: _Market, figures: Mapping[tuple[str, ...], Any]
) -> Finding:
    known = targets().facts[fact]
    figure = known.figures[key]

    def values(pieces: Sequence[Measurement]) -> np.ndarray:
        return np.array([figures[p.keys].get((fact, key), float("nan")) for p in pieces])

    at = np.array([mean(values(some)) for some in market.at])
    ablated = values(market.ablated.get(figure.ablation, []))
    elasticities = {
        suspect: moved.elasticity(mean(values(down)), mean(values(up)))
        for suspect, (moved, down, up) in market.suspected.items() if suspect in known.suspects
    }  # fmt: skip
    fixed = _fixing(at, market, elasticities)
    return Finding(known, figure, market.name, values(market.declared), at, ablated, fixed)


def _fixing(values: np.ndarray, market: _Market, elasticities: Mapping[str, float]) -> str:
    """The parameter that explains nearly all of the figure's variation over the settings, and which
    the figure follows one for one if that was measured; or a suspect that is not drawn, which the
    figure follows. Empty if there is none."""
    undrawn = {*elasticities} - {*market.parameters}
    found = next((key for key in sorted(undrawn) if follows(elasticities[key])), "")
    if found or np.isfinite(values).sum() < ENOUGH:
        return found
    correlations = rank_correlations(market.settings, values)
    for key, correlation in zip(market.parameters, correlations, strict=True):
        if abs(correlation) >= NEARLY_ALL and follows(elasticities.get(key, 1.0)):
            return key
    return ""


def source_of(measured: Measured) -> str:
    """The code of a measuring function, without its decorator and its docstring."""
    source = textwrap.dedent(inspect.getsource(measured.function))
    return re.sub(
        r'\n    """.*?"""', "", source[source.index("def ") :], count=1, flags=re.S
    ).rstrip()
