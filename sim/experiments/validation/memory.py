"""The memory of customers, inferred from published facts on repeat buying.

No publication gives the level and the fading of memory (:mod:`sim.rules.memory`). Settings of both,
and of inertia, which also makes people buy again from the firm they know, are measured on three
facts (E01, E02, E32). A setting is *plausible* if every scored figure is inside its published range
or near it, as in history matching (Vernon, Goldstein & Bower 2010, Bayesian Analysis 5:619-670).
What the plausible settings have in common is what the facts say about memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from sim.config.compose import load_config, override
from sim.config.schema import Config
from sim.experiments.sweeps.samples import places
from sim.experiments.validation.facts import functions, targets
from sim.experiments.validation.score import SCORES, place
from sim.experiments.validation.scorecard import Measurement
from sim.experiments.validation.trial import mean
from sim.runs.engine import engine
from sim.runs.executors import Execution

FACTS = ("E01", "E02", "E32")
"""Facts on repeat buying that memory bears on."""

BOUNDS = {"level": (0.3, 1.0), "fading": (0.05, 1.0), "inertia": (0.0, 2.0)}
"""Bounds of the settings: of level and fading those of ``configs/mechanisms/memory.yaml``; inertia
is a multiple of that of each market."""

BASE = "mechanisms=first_half"
"""The mechanisms of customers are on, since a cohort's late repeats also depend on endings."""

POINTS, SEEDS, CUSTOMERS = 96, 2, 2_000
INTERVAL = (0.05, 0.95)
"""Quantiles of the plausible settings."""


@dataclass(frozen=True)
class Inference:
    """Settings of memory with what was measured at them.

    Attributes:
        table: a row for each setting: ``level``, ``fading``, ``inertia``, and every scored figure
            as ``fact.figure``, means over seeds.
    """

    table: pd.DataFrame

    @cached_property
    def kept(self) -> pd.DataFrame:
        """Whether each figure is inside its range or near it, bool [setting, figure]; what could
        not be measured rules nothing out."""
        columns = {
            f"{fact}.{key}": [
                SCORES.get(told, 0.0) > 0.0 or told == "not measured"
                for told in (place(value, figure) for value in self.table[f"{fact}.{key}"])
            ]
            for fact in FACTS for key, figure in targets().facts[fact].figures.items()
            if figure.scored
        }  # fmt: skip
        return pd.DataFrame(columns)

    @cached_property
    def plausible(self) -> np.ndarray:
        """Whether no figure rules the setting out, bool [setting]."""
        return np.asarray(self.kept.all(axis=1))

    def interval(self, name: str) -> tuple[float, float, float]:
        """Lower bound, median and upper bound of a parameter over the plausible settings; NaN if
        there are none."""
        kept = self.table.loc[self.plausible, name]
        low, middle, high = kept.quantile([INTERVAL[0], 0.5, INTERVAL[1]])
        return float(low), float(middle), float(high)

    def ridge(self, one: str, other: str) -> float:
        """Rank correlation of two parameters over the plausible settings; NaN with fewer than
        three."""
        kept = self.table.loc[self.plausible, [one, other]]
        return float(spearmanr(kept).statistic) if len(kept) > 2 else float("nan")


def declared() -> dict[str, float]:
    """Declared values of the parameters."""
    memory = load_config(BASE).memory
    return {"level": memory.level, "fading": memory.fading, "inertia": 1.0}


def _base(market: str) -> Config:
    """A market with its declared numbers, of no more than :data:`CUSTOMERS`."""
    config = load_config(f"market={market}", "threads=1", BASE)
    fewer = min(config.population.customers, CUSTOMERS)
    return override(config, f"population.customers={fewer}")


def infer(
    points: int = POINTS,
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Inference:
    """Measure the facts at settings of memory and inertia in a Latin hypercube.

    Args:
        points: number of settings.
        store, processes, progress: as for :func:`~sim.experiments.validation.scorecard.validate`.
    """
    known = targets().facts
    lows, highs = np.array([*BOUNDS.values()]).T
    settings = lows + (highs - lows) * places("latin", len(BOUNDS), points, load_config().seed)
    bases = {fact: _base(known[fact].markets[0]) for fact in FACTS}
    pieces: list[list[Measurement]] = []
    for level, fading, inertia in settings:
        row = []
        for fact, base in bases.items():
            words = {"memory.level": level, "memory.fading": fading,
                     "choice.inertia": inertia * base.choice.inertia}  # fmt: skip
            config = override(base, *(f"{key}={value:.4g}" for key, value in words.items()))
            row += [Measurement.of(config, config.seed + n, functions(fact)) for n in range(SEEDS)]
        pieces.append(row)
    flat = [piece for row in pieces for piece in row]
    with engine(load_config("population.customers=10000"), store, processes) as runs:
        runs.finish(runs.submit(flat, len(flat), progress))
        found = [[piece.figures(runs.store) for piece in row] for row in pieces]
    table = pd.DataFrame(settings, columns=[*BOUNDS])
    for fact in FACTS:
        for key, figure in known[fact].figures.items():
            if figure.scored:
                seen = [[some[fact, key] for some in row if (fact, key) in some] for row in found]
                table[f"{fact}.{key}"] = [mean(values) for values in seen]
    return Inference(table)
