"""Coverage of the intervals: how often do they contain a known true difference?

A pool of replicates of two plans is simulated once. Hundreds of experiments take disjoint parts of
it and use the stopping rule of comparisons (:func:`sim.experiments.compare.is_settled`). An A/A
experiment compares a plan with itself on independent seeds, so the true difference is zero.
Otherwise the true difference is that over the whole pool, many times the size of an experiment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.config.compose import checked
from sim.config.schema import Config
from sim.experiments.compare import is_settled, look_error, look_sizes
from sim.kpis import KPIS, over
from sim.market.plan import share_start
from sim.outcomes.paired import paired
from sim.params import in_id_order
from sim.runs.arms import arms
from sim.runs.engine import engine
from sim.runs.executors import Execution
from sim.runs.jobs import Job

SAME, COMMON, INDEPENDENT = (
    "A/A, independent seeds", "A/B, common random numbers", "A/B, independent seeds"
)  # fmt: skip
"""Names of the kinds of experiments."""

FIRST, CAP = 5, 20
"""Replicates at the first look and at most: fewer than in a comparison, so that the pool holds
many experiments."""


@dataclass(frozen=True)
class Coverage:
    """Coverage of the intervals in one kind of experiment.

    Attributes:
        name: of the kind of experiment.
        held: whether the interval contained the true difference, bool [experiment].
        stopped_early: whether the experiment stopped before the last look, bool [experiment].
    """

    name: str
    held: np.ndarray
    stopped_early: np.ndarray

    @property
    def share(self) -> float:
        """Share of experiments whose interval contained the true difference."""
        return float(self.held.mean())


def experiment(a: np.ndarray, b: np.ndarray, smallest_effect: float) -> tuple[float, float, int]:
    """Run one comparison with interim looks.

    Args:
        a, b: profit of either arm, [replicate], CAP values each.
        smallest_effect: smallest effect of interest, in money.

    Returns:
        Lower and upper end of the interval, and the number of replicates used.
    """
    sizes = look_sizes(CAP, FIRST)
    level = 1.0 - look_error(len(sizes))
    for count in sizes:
        both = np.array([a[:count], b[:count]])
        if count == CAP or is_settled(both, smallest_effect, level):
            found = paired(both[0], both[1], 1, level)
            return found.low, found.high, count
    raise AssertionError("the last look is the cap")


def _coverage(name: str, a: np.ndarray, b: np.ndarray, truth: float) -> Coverage:
    """Experiments over rows of ``a`` and ``b``, [experiment, CAP].

    The smallest effect is set such that some experiments stop at the first look, some at the last.
    """
    smallest_effect = abs(truth) + float((b - a).std())
    found = [experiment(x, y, smallest_effect) for x, y in zip(a, b, strict=True)]
    held = np.array([low <= truth <= high for low, high, _ in found])
    return Coverage(name, held, np.array([count < CAP for _, _, count in found]))


def coverage(
    config: Config,
    experiments: int = 200,
    *,
    plans: tuple[str, str] = ("ad_blitz", "community_building"),
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Coverage]:
    """Measure the coverage of the intervals, with the stopping rule applied.

    Args:
        config: a small market; see :data:`SMALL`.
        experiments: number of experiments of each kind, even.
        plans: the two plans.
        store, processes, progress: as for :func:`sim.experiments.compare.compare`.

    Returns:
        A/A on independent seeds; the two plans on common random numbers; the two plans on
        independent seeds.
    """
    config = checked(config)
    found = arms(list(plans), config)
    config = share_start(config, [a.plan for a in found])
    count = experiments * CAP
    jobs = [Job(config, found, config.seed + n) for n in range(count)]
    firms = list(in_id_order(config.firms))
    firm, span, kpi = firms.index(found[0].firms[0]), config.measurement.window, KPIS["profit"]
    with engine(config, store, processes) as runs:
        profit = np.array(
            [
                [kpi.function(over(arm.accounts, span))[firm] for arm in runs.results(one)]
                for one in runs.complete(jobs, progress)
            ]
        )
    a, b = profit.T.reshape(2, experiments, CAP)
    half = experiments // 2
    same = np.concatenate([a[:half], b[:half]]), np.concatenate([a[half:], b[half:]])
    truth = float((b - a).mean())
    return [
        _coverage(SAME, *same, 0.0),
        _coverage(COMMON, a, b, truth),
        _coverage(INDEPENDENT, a, np.roll(b, 1, axis=0), truth),
    ]


SMALL = ("population.customers=500", "weeks=26", "warmup=8", "smallest_effect=0")
"""Overrides of a market small enough to be simulated thousands of times."""
