"""Regions: where in the plausible parameter space does a claim hold, and which parameters decide?

The arms of a scenario run on common random numbers at many settings of the uncertain parameters,
spread evenly between their plausible bounds. The settings are scrambled Sobol points; a longer list
begins with the shorter one, so a region can be refined without a new start. Every setting has its
own seed, so a region includes seed noise. A shallow decision tree then identifies the deciding
parameters; a permutation test says whether it predicts better than chance.
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
from sim.experiments.claims import ClaimMeasure, Progress, used
from sim.experiments.replicates import ArmResult, Job, Store, fill, key
from sim.experiments.scenarios import Claim, Scenario
from sim.experiments.uncertainty import settings_at, uncertain_parameters
from sim.market.plan import share_start
from sim.params import ConfigError
from sim.runs.executors import workers

MOST = 10
"""Binary logarithm of the length of the list of points."""

CUSTOMERS = 3_000
"""Maximum number of customers at a point: many points are more informative than few points with
less seed noise."""

DEPTH = 2
PERMUTATIONS = 99
LEVEL = 0.05
FEWEST = 5
"""Minimum number of settings in which a claim holds, and in which it does not, for a tree to be
fitted."""


@dataclass(frozen=True)
class Split:
    """One split of a tree, at a value of the parameter ``name``.

    ``below`` and ``above`` are the shares of settings on either side in which the claim holds.
    """

    name: str
    value: float
    below: float
    above: float


@dataclass(frozen=True)
class Region:
    """Settings of the uncertain parameters, and where among them a claim holds.

    Attributes:
        names: uncertain parameters.
        settings: their values, float64 [setting, parameter].
        margins: distance of the effect beyond the smallest effect, in the effect's unit, float64
            [setting]; the claim holds where it is above 0.
    """

    claim: Claim
    market: str
    names: tuple[str, ...]
    settings: np.ndarray
    margins: np.ndarray

    def __repr__(self) -> str:
        return (
            f"Region: {self.claim.id} in {self.market} holds at {self.holds.mean():.0%} of "
            f"{len(self.margins)} settings"
        )

    @property
    def holds(self) -> np.ndarray:
        """Whether the claim holds at each setting, bool [setting]."""
        return np.asarray(self.margins > 0.0)

    @cached_property
    def share(self) -> tuple[float, float, float]:
        """Share of settings in which the claim holds, with its 95 % interval (Wilson)."""
        n, found = len(self.margins), int(self.holds.sum())
        interval = stats.binomtest(found, n).proportion_ci(0.95, method="wilson")
        return found / n, float(interval.low), float(interval.high)

    @property
    def is_one_sided(self) -> bool:
        """Whether too few settings fall on one side to see what decides."""
        return bool(min(self.holds.sum(), (~self.holds).sum()) < FEWEST)

    @cached_property
    def deciding(self) -> list[Split]:
        """The splits with the largest gain, at most two and the root first; none where the tree
        predicts no better than chance."""
        holds = self.holds
        if self.is_one_sided:
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
    """Fit a shallow tree; returns it, and whether it predicts better than chance."""
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
    market: str = "",
    store: Path | None = None,
    pool: Executor | None = None,
    progress: Progress | None = None,
) -> list[Region]:
    """Find the regions of a scenario's claims.

    Args:
        overrides: ``key=value`` changes of the configuration all arms share.
        points: number of settings.
        market: name of a market, to explore the claims that cover it; without it every claim is
            explored in the first of the scenario's markets that it covers.
        store, pool, progress: as for :func:`sim.experiments.claims.examine`.

    Raises:
        ConfigError: an override is wrong.
    """
    markets = [scenario.market(market)] if market else list(scenario.markets)
    about: dict[str, list[Claim]] = {}
    for claim in scenario.claims:
        mine = [name for name in markets if name in claim.markets]
        if mine:
            about.setdefault(mine[0], []).append(claim)
    tell = progress and (lambda done, _: progress(done, points * len(about)))
    out = []
    for name, here in about.items():
        config = scenario.config(*overrides, market=name)
        if config.population.customers > CUSTOMERS:
            config = override(config, f"population.customers={CUSTOMERS}")
        arms = used(scenario.arms_in(config, name), here)
        bounds = uncertain_parameters(config, arms)
        settings, words = settings_at(config, bounds, spread(len(bounds), points))
        runs = sweep(config, arms, words, store, pool, tell)
        for claim in here:
            measure = ClaimMeasure(claim, config, arms)
            margins = np.array(
                [
                    claim.expect.beyond(measure.effect(run), measure.smallest_effect([run]))
                    for run in runs
                ]
            )
            out.append(Region(claim, name, tuple(bounds), settings, margins))
    return out


def spread(dimensions: int, points: int) -> np.ndarray:
    """Points spread evenly over the unit cube (Sobol), float64 [point, dimension]; a longer list
    begins with the shorter one."""
    drawn = qmc.Sobol(dimensions, rng=np.random.default_rng(1)).random_base2(MOST)
    return np.asarray(drawn[:points])


def sweep(
    config: Config, arms: Sequence[Arm], settings: Sequence[Sequence[str]], store: Path | None,
    pool: Executor | None, progress: Progress | None,
) -> list[list[ArmResult]]:  # fmt: skip
    """Run all arms once at every setting, each setting with its own seed.

    Args:
        settings: ``key=value`` changes of each setting.
        store, pool, progress: as for :func:`sim.experiments.claims.examine`.

    Returns:
        Results, [setting][arm].
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
        with workers(config, False) as pool:
            fill(jobs, kept, pool, progress)
    else:
        fill(jobs, kept, pool, progress)
    return [kept.get(job.seed) for job in jobs]
