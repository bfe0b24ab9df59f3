"""Uncertainty analysis: how sure is the answer, given that the parameters are uncertain?

The same arms are compared at many settings of the uncertain parameters, drawn between their
plausible bounds by a Latin hypercube, with a few seeds at each. The variance of the answer then
splits into seed noise (between seeds) and parameter uncertainty (between settings).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from scipy import stats

from sim.config.checks import refuse_last_seeds
from sim.config.compose import checked, override
from sim.config.schema import Config
from sim.experiments.sweeps.analysis import seed_noise_share
from sim.experiments.sweeps.parameters import settings_at, uncertain_parameters
from sim.experiments.sweeps.samples import places
from sim.kpis import KPIS, over
from sim.market.plan import share_start
from sim.outcomes.paired import wilson
from sim.params import in_id_order, numbers, whole_number
from sim.runs.arms import Arm, Spec, arms
from sim.runs.engine import Engine, engine
from sim.runs.executors import Execution
from sim.runs.jobs import Job
from sim.runs.record import ArmResult

MOST_SETTINGS = 100_000
"""Largest number of settings."""

SEEDS = 2
"""Seeds at each setting: two separate seed noise from parameter uncertainty."""

LEAST_SETTINGS = 8
"""Fewest settings from which influence is judged: a perfect rank correlation of fewer is not rare
enough among a hundred parameters."""

MOVED, POINTS, POINT_SEEDS = 3, 7, 4
"""Most influential parameters that are moved one at a time, values of each, seeds at each value."""


@dataclass(frozen=True)
class Moved:
    """The difference of two arms as one parameter is moved, all others at their declared values.

    Attributes:
        name: the parameter.
        meaning: what it means, in English.
        declared: its declared value.
        values: its values between the plausible bounds, rising, float64 [point].
        gap: KPI of the second arm minus that of the first, float64 [point, seed].
    """

    name: str
    meaning: str
    declared: float
    values: np.ndarray
    gap: np.ndarray

    @property
    def turn(self) -> float | None:
        """Value at which the mean difference changes sign, by linear interpolation: the nearest to
        the declared value if there are several; None if there is none between the bounds."""
        mean = self.gap.mean(axis=1)
        at = np.flatnonzero(mean[:-1] * mean[1:] < 0.0)
        share = mean[at] / (mean[at] - mean[at + 1])
        turns = self.values[at] + share * (self.values[at + 1] - self.values[at])
        return min(turns.tolist(), key=lambda v: abs(v - self.declared), default=None)

    @property
    def leads_above(self) -> bool:
        """Whether the second arm has more at values just above the turn.

        Raises:
            ValueError: there is no turn.
        """
        if self.turn is None:
            raise ValueError(f"{self.name} does not turn the difference")
        return bool(self.gap.mean(axis=1)[np.searchsorted(self.values, self.turn)] > 0.0)


@dataclass(frozen=True)
class Uncertainty:
    """Arms compared over settings of the uncertain parameters.

    Attributes:
        arms: names; differences are against the first.
        firm: name of the firm whose KPI is compared.
        kpi: name of the KPI.
        names: uncertain parameters.
        settings: their values, float64 [setting, parameter].
        values: KPI over the whole run, float64 [arm, setting, seed].
        config: the configuration with the declared values.
        moved: the most influential parameters, each moved alone, for the first two arms.
    """

    arms: tuple[str, ...]
    firm: str
    kpi: str
    names: tuple[str, ...]
    settings: np.ndarray
    values: np.ndarray
    config: Config
    moved: tuple[Moved, ...] = ()

    def __repr__(self) -> str:
        chance, low, high = self.chance()
        return (
            f"Uncertainty: {self.kpi} of {self.firm}, {len(self.settings)} settings of "
            f"{len(self.names)} parameters; {self.arms[1]} ahead of {self.arms[0]} in "
            f"{chance:.0%} ({low:.0%} to {high:.0%})"
        )

    def gap(self, arm: int = 1) -> np.ndarray:
        """KPI of an arm minus that of the first, float64 [setting, seed]."""
        return np.asarray(self.values[arm] - self.values[0])

    def chance(self, arm: int = 1) -> tuple[float, float, float]:
        """Probability that an arm beats the first: the share of settings in which it does, by the
        mean over seeds, with its 95 % interval."""
        gap = self.gap(arm).mean(axis=1)
        wins = (gap > 0) + 0.5 * (gap == 0)
        low, high = wilson(float(wins.sum()), len(wins))
        return float(wins.mean()), low, high

    def span(self, arm: int = 1) -> tuple[float, float, float]:
        """Median difference, and the ends of the middle 90 % over settings."""
        low, middle, high = np.quantile(self.gap(arm).mean(axis=1), [0.05, 0.5, 0.95])
        return float(middle), float(low), float(high)

    def seed_noise_share(self, arm: int = 1) -> float:
        """Share of the variance of the difference due to seed noise; the rest is parameter
        uncertainty."""
        return seed_noise_share(self.gap(arm), common=False)

    @cached_property
    def drivers(self) -> list[tuple[str, float]]:
        """Parameters that drive the difference of the second arm, with their rank correlations,
        strongest first. Those not significant (5 %, divided among all) are left out."""
        gap = self.gap().mean(axis=1)
        out: list[tuple[str, float]] = []
        if len(gap) < LEAST_SETTINGS:
            return out
        for n, name in enumerate(self.names):
            found = stats.spearmanr(self.settings[:, n], gap)
            if found.pvalue < 0.05 / len(self.names):
                out.append((name, float(found.statistic)))
        return sorted(out, key=lambda item: -abs(item[1]))


def uncertainty(
    config: Config,
    *specs: Spec | Mapping[str, Spec],
    settings: int = 60,
    kpi: str = "profit",
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Uncertainty:
    """Compare arms at many settings of the uncertain parameters.

    Args:
        config, specs, store, processes: as for :func:`sim.experiments.compare.compare`.
        settings: number of settings.
        kpi: KPI that is compared over the whole run, for the first focus firm.
        progress: called with the number of replicates just finished and their total number.

    Raises:
        ConfigError: the configuration, an arm or the number of settings is wrong.
    """
    config, settings = checked(config), whole_number(settings, "settings", 1, MOST_SETTINGS)
    refuse_last_seeds(config.seed, SEEDS * settings)
    given = specs[0] if len(specs) == 1 and isinstance(specs[0], Mapping) else specs
    found = arms(given, config)  # type: ignore[arg-type]
    config = share_start(config, [a.plan for a in found])
    bounds = uncertain_parameters(config, found)
    names = tuple(bounds)
    at = places("latin", len(names), settings, config.seed)
    drawn, changes = settings_at(config, bounds, at)
    jobs = []
    for n, words in enumerate(changes):
        setting = override(config, *words)
        jobs += [Job(setting, found, config.seed + SEEDS * n + s) for s in range(SEEDS)]
    firms = list(in_id_order(config.firms))
    firm = next((f for a in found for f in a.firms if f in firms), firms[0])
    read = partial(_values, kpi, firms.index(firm), config.measurement.window)
    with engine(config, store, processes) as runs:
        values = np.array([read(runs.results(one)) for one in runs.complete(jobs, progress)]).T
        out = Uncertainty(
            tuple(a.name for a in found), firm, kpi, names, drawn,
            values.reshape(len(found), settings, SEEDS), config,
        )  # fmt: skip
        top = {name: bounds[name] for name, _ in out.drivers[:MOVED]}
        return replace(out, moved=_move(config, found[:2], top, runs, read))


def _values(kpi: str, firm: int, span: int, replicate: Sequence[ArmResult]) -> list[float]:
    """A KPI of a firm over the whole run, by arm."""
    function = KPIS[kpi].function
    return [float(function(over(one.accounts, span))[firm]) for one in replicate]


def _move(
    config: Config, pair: tuple[Arm, ...], bounds: Mapping[str, tuple[float, float]],
    runs: Engine, read: Callable[[Sequence[ArmResult]], list[float]],
) -> tuple[Moved, ...]:  # fmt: skip
    """Compare two arms while each parameter is moved alone, on the same seeds at all values."""
    if not bounds:
        return ()
    one_by_one = np.full((POINTS * len(bounds), len(bounds)), 0.5)
    for n in range(len(bounds)):
        one_by_one[POINTS * n : POINTS * (n + 1), n] = np.linspace(0.0, 1.0, POINTS)
    settings, changes = settings_at(config, bounds, one_by_one)
    seeds = range(config.seed, config.seed + POINT_SEEDS)
    once = list(dict.fromkeys(map(tuple, changes)))  # the declared values are in every row
    moved = [override(config, *words) for words in once]
    done = runs.complete([Job(one, pair, seed) for one in moved for seed in seeds])
    values = np.array([read(runs.results(one)) for one in done]).reshape(len(once), -1, len(pair))
    gap = (values[..., 1] - values[..., 0])[[once.index(tuple(words)) for words in changes]]
    gap = gap.reshape(len(bounds), POINTS, POINT_SEEDS)
    known = {name: (number.meaning, float(value)) for name, number, value in numbers(config)}
    return tuple(
        Moved(name, *known[name], settings[POINTS * n : POINTS * (n + 1), n], gap[n])
        for n, name in enumerate(bounds)
    )
