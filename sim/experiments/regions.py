"""Regions: where in the plausible parameter space does a claim hold, and which parameters decide?

The arms of a scenario run on common random numbers at many settings of the uncertain parameters,
spread evenly between their plausible bounds. The settings are scrambled Sobol points; a longer list
begins with the shorter one, so a region can be refined without a new start. Every setting has its
own seed, so a region includes seed noise. A shallow decision tree then identifies the deciding
parameters; a permutation test says whether it predicts better than chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.config.compose import override
from sim.config.schema import Config
from sim.experiments.claims import ClaimMeasure, used
from sim.experiments.scenarios import Claim, Scenario
from sim.experiments.sweeps.discovery import FEWEST, Split, deciding_splits
from sim.experiments.sweeps.parameters import settings_at, uncertain_parameters
from sim.experiments.sweeps.samples import places
from sim.market.plan import share_start
from sim.outcomes.paired import wilson
from sim.runs.arms import Arm
from sim.runs.bar import Progress
from sim.runs.engine import Engine, given_or_new
from sim.runs.jobs import Job
from sim.runs.record import ArmResult

MOST = 10
"""Binary logarithm of the largest number of points."""

SEED = 1
"""Seed of the points (a Sobol sequence: a longer list begins with the shorter one)."""

CUSTOMERS = 3_000
"""Maximum number of customers at a point: many points are more informative than few points with
less seed noise."""


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
        return found / n, *wilson(found, n)

    @property
    def is_one_sided(self) -> bool:
        """Whether too few settings fall on one side to see what decides."""
        return bool(min(self.holds.sum(), (~self.holds).sum()) < FEWEST)

    @cached_property
    def deciding(self) -> list[Split]:
        """The splits with the largest gain, at most two and the root first; none where the tree
        predicts no better than chance."""
        if self.is_one_sided:
            return []
        return deciding_splits(self.names, self.settings, self.holds)


def explore(
    scenario: Scenario,
    *overrides: str,
    points: int,
    runs: Engine | None = None,
    market: str = "",
    progress: Progress | None = None,
) -> list[Region]:
    """Find the regions of a scenario's claims.

    Args:
        overrides: ``key=value`` changes of the configuration all arms share.
        points: number of settings.
        market: name of a market, to explore the claims that cover it; without it every claim is
            explored in the first of the scenario's markets that it covers.
        runs, progress: as for :func:`sim.experiments.claims.examine`.

    Raises:
        ConfigError: an override is wrong.
    """
    markets = [scenario.market(market)] if market else list(scenario.markets)
    about: dict[str, list[Claim]] = {}
    for claim in scenario.claims:
        mine = [name for name in markets if name in claim.examined_in]
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
        settings, words = settings_at(
            config, bounds, places("sobol", len(bounds), min(points, 2**MOST), SEED)
        )
        found = at_settings(config, arms, words, runs, tell)
        for claim in here:
            measure = ClaimMeasure(claim, config, arms)
            margins = np.array(
                [
                    claim.expect.beyond(measure.effect(run), measure.smallest_effect([run]))
                    for run in found
                ]
            )
            out.append(Region(claim, name, tuple(bounds), settings, margins))
    return out


def at_settings(
    config: Config, arms: Sequence[Arm], settings: Sequence[Sequence[str]],
    runs: Engine | None, progress: Progress | None,
) -> list[list[ArmResult]]:  # fmt: skip
    """Run all arms once at every setting, each setting with its own seed.

    Args:
        settings: ``key=value`` changes of each setting.
        runs, progress: as for :func:`sim.experiments.claims.examine`.

    Returns:
        Results, [setting][arm].
    """
    config = share_start(config, [a.plan for a in arms])
    jobs = [
        Job(override(config, *words), tuple(arms), config.seed + n)
        for n, words in enumerate(settings)
    ]
    with given_or_new(runs, config) as runs:
        return [runs.results(one) for one in runs.complete(jobs, progress)]
