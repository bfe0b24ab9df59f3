"""Regions: in how much of what may be true does a claim hold, and what decides it?

The arms of a scenario are lived, on shared luck, at many settings of the numbers that are in doubt,
spread evenly between their plausible bounds (scrambled Sobol points: a longer list begins with the
shorter one, so a region is resumed and refined, never begun again). Every setting has a seed of its
own, so luck is part of what a region shows. A shallow tree then looks for the parameters that
decide; a permutation test says whether it has found any.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.stats import qmc

from sim.config.compose import override
from sim.config.schema import Config
from sim.experiments.arms import Arm
from sim.experiments.claims import Look, Progress, used
from sim.experiments.doubt import in_doubt, settings_at
from sim.experiments.replicates import Job, Lived, Store, fill, key, worker_count, workers
from sim.experiments.scenarios import Claim, Scenario
from sim.market.plan import share_start
from sim.params import ConfigError

MOST = 10
"""The list of points has two to the power of this many."""

CUSTOMERS = 3_000
"""Customers a point is lived with, at most: many points tell more than few with less luck."""

DEPTH = 2
PERMUTATIONS = 99
LEVEL = 0.05
FEWEST = 5
"""Settings in which a claim must hold, and must not, before anybody looks for reasons."""


@dataclass(frozen=True)
class Split:
    """One question of a tree and what becomes of the claim on either side.

    ``below`` and ``above`` are shares of settings in which it holds.
    """

    name: str
    value: float
    below: float
    above: float


@dataclass(frozen=True)
class Region:
    """Where a claim holds.

    Attributes:
        names: parameters in doubt. settings: their values, float64 [setting, parameter].
        margins: how far the effect lies beyond what matters, over what matters or in the KPI's
            unit, [setting]; the claim holds where it is more than 0.
    """

    claim: Claim
    world: str
    names: tuple[str, ...]
    settings: np.ndarray
    margins: np.ndarray

    @property
    def holds(self) -> np.ndarray:
        """Whether the claim holds, bool [setting]."""
        return np.asarray(self.margins > 0.0)

    @cached_property
    def share(self) -> tuple[float, float, float]:
        """Share of settings in which the claim holds, with its 95 % interval (Wilson)."""
        n, found = len(self.margins), int(self.holds.sum())
        interval = stats.binomtest(found, n).proportion_ci(0.95, method="wilson")
        return found / n, float(interval.low), float(interval.high)

    @cached_property
    def deciding(self) -> list[Split]:
        """The questions that decide most, at most two, the first first; none where a tree does no
        better than chance."""
        holds = self.holds
        if min(holds.sum(), (~holds).sum()) < FEWEST:
            return []
        tree, known = _tree(self.settings, holds)
        if not known:
            return []
        nodes = tree.tree_
        order = [n for n in range(nodes.node_count) if nodes.children_left[n] >= 0]
        gain = [
            nodes.weighted_n_node_samples[n] * nodes.impurity[n]
            - sum(
                nodes.weighted_n_node_samples[k] * nodes.impurity[k]
                for k in (nodes.children_left[n], nodes.children_right[n])
            )
            for n in order
        ]
        out: list[Split] = []
        for _, n in sorted(zip(gain, order, strict=True), key=lambda g: (g[1] != 0, -g[0])):
            name = self.names[nodes.feature[n]]
            if name in [s.name for s in out]:
                continue
            value = float(nodes.threshold[n])
            side = self.settings[:, self.names.index(name)] <= value
            out.append(Split(name, value, float(holds[side].mean()), float(holds[~side].mean())))
        return out[:2]


def _tree(settings: np.ndarray, holds: np.ndarray):  # type: ignore[no-untyped-def]
    """A shallow tree, and whether it tells more than chance does."""
    try:
        from sklearn.model_selection import StratifiedKFold, permutation_test_score
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise ConfigError(
            "regions need scikit-learn; install the package with its extra `all`."
        ) from None
    tree = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=max(FEWEST, len(holds) // 20), class_weight="balanced",
        random_state=1,
    )  # fmt: skip
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    _, _, p = permutation_test_score(
        tree, settings, holds, cv=folds, n_permutations=PERMUTATIONS, random_state=1,
        scoring="balanced_accuracy",
    )  # fmt: skip
    return tree.fit(settings, holds), p < LEVEL


def explore(
    scenario: Scenario,
    *overrides: str,
    points: int,
    world: str = "",
    store: Path | None = None,
    pool: Executor | None = None,
    progress: Progress | None = None,
) -> list[Region]:
    """Find the regions of a scenario's claims.

    Args:
        overrides: ``key=value`` changes of what all arms share.
        points: settings.
        world: the name of one, for the claims about it; without it every claim is explored in the
            first of the scenario's worlds that it is about.
        store, pool, progress: as for :func:`sim.experiments.claims.examine`.

    Raises:
        ConfigError: an override is wrong.
    """
    worlds = [scenario.world(world)] if world else list(scenario.worlds)
    about: dict[str, list[Claim]] = {}
    for claim in scenario.claims:
        mine = [name for name in worlds if name in claim.worlds]
        if mine:
            about.setdefault(mine[0], []).append(claim)
    tell = progress and (lambda done, _: progress(done, points * len(about)))
    out = []
    for name, here in about.items():
        config = scenario.config(*overrides, world=name)
        if config.population.customers > CUSTOMERS:
            config = override(config, f"population.customers={CUSTOMERS}")
        arms = used(scenario.made(config, name), here)
        bounds = in_doubt(config, arms)
        settings, words = settings_at(config, bounds, spread(len(bounds), points))
        lived = sweep(config, arms, words, store, pool, tell)
        for claim in here:
            look = Look(claim, config, arms)
            margins = np.array(
                [claim.expect.beyond(look.effect(run), look.matters([run])) for run in lived]
            )
            out.append(Region(claim, name, tuple(bounds), settings, margins))
    return out


def spread(dimensions: int, points: int) -> np.ndarray:
    """Points spread evenly over the unit cube, float64 [point, dimension]; a longer list begins
    with the shorter one."""
    drawn = qmc.Sobol(dimensions, rng=np.random.default_rng(1)).random_base2(MOST)
    return np.asarray(drawn[:points])


def sweep(
    config: Config, arms: Sequence[Arm], settings: Sequence[Sequence[str]], store: Path | None,
    pool: Executor | None, progress: Progress | None,
) -> list[list[Lived]]:  # fmt: skip
    """Live all arms, once, at every setting, each with a seed of its own; [setting][arm].

    Args:
        settings: ``key=value`` changes of each.
    """
    config = share_start(config, [a.plan for a in arms])
    sample = Job(config, tuple(arms), 0, 0)
    jobs = [
        replace(sample, config=override(config, *words), seed=config.seed + n)
        for n, words in enumerate(settings)
    ]
    mark = hashlib.sha256(repr(settings[:1]).encode()).hexdigest()[:8]
    kept = Store(store, f"region-{key(sample)}-{mark}")
    if pool is None:
        with workers(worker_count(config), processes=False) as pool:
            fill(jobs, kept, pool, progress)
    else:
        fill(jobs, kept, pool, progress)
    return [kept.get(job.seed) for job in jobs]
