"""Do stated intervals hold what they say? Comparisons whose truth is known, by the hundred.

A pool of replicates of two plans is lived once. Experiments take disjoint parts of it and stop by
the rule that comparisons stop by (:func:`sim.experiments.compare.is_settled`). In an A/A experiment
the same plan is compared with itself on different luck, so the truth is zero; otherwise the truth
is the difference over the whole pool, which is many times what an experiment sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim.config.schema import Config
from sim.experiments.arms import arms
from sim.experiments.compare import is_settled, look_error, look_sizes
from sim.experiments.replicates import Job, Store, fill, key, worker_count, workers
from sim.kpis import KPIS, over
from sim.market.plan import share_start
from sim.outcomes.paired import paired
from sim.params import in_id_order

FIRST, CAP = 5, 20
"""Pairs at the first look and at most: smaller than in a comparison, so that many fit."""


@dataclass(frozen=True)
class Coverage:
    """How often intervals held the truth.

    ``name`` of the kind of experiment; ``held`` and ``stopped_early``, bool [experiment].
    """

    name: str
    held: np.ndarray
    stopped_early: np.ndarray

    @property
    def share(self) -> float:
        """Share of experiments whose interval held the truth."""
        return float(self.held.mean())


def experiment(a: np.ndarray, b: np.ndarray, matters: float) -> tuple[float, float, int]:
    """One comparison with looks: low and high end of its interval, and the pairs it took.

    Args:
        a, b: profit of either arm, [pair], of CAP pairs.
        matters: the difference that matters.
    """
    sizes = look_sizes(CAP, FIRST)
    level = 1.0 - look_error(len(sizes))
    for count in sizes:
        both = np.array([a[:count], b[:count]])
        if count == CAP or is_settled(both, matters, level):
            found = paired(both[0], both[1], 1, level)
            return found.low, found.high, count
    raise AssertionError("the last look is the cap")


def _many(name: str, a: np.ndarray, b: np.ndarray, truth: float) -> Coverage:
    """Experiments over rows of ``a`` and ``b``, [experiment, CAP].

    What matters is a difference such that some stop at the first look and some at the last.
    """
    matters = abs(truth) + float((b - a).std())
    found = [experiment(x, y, matters) for x, y in zip(a, b, strict=True)]
    held = np.array([low <= truth <= high for low, high, _ in found])
    return Coverage(name, held, np.array([count < CAP for _, _, count in found]))


def coverage(
    config: Config,
    experiments: int = 200,
    *,
    plans: tuple[str, str] = ("ad_blitz", "community_building"),
    store: Path | None = None,
    processes: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Coverage]:
    """Measure the coverage of intervals, stopping included.

    Args:
        config: a small market; see :data:`SMALL`.
        experiments: of each kind, an even number.
        plans: the two plans.
        store, processes, progress: as for :func:`sim.experiments.compare.compare`.

    Returns:
        A/A on different luck; the two plans on shared luck; the two plans on different luck.
    """
    found = arms(list(plans), config)
    config = share_start(config, [a.plan for a in found])
    count = experiments * CAP
    sample = Job(config, found, config.seed, 0)
    jobs = [replace(sample, seed=config.seed + n) for n in range(count)]
    kept = Store(store, f"coverage-{key(sample)}")
    with workers(worker_count(config), processes) as pool:
        fill(jobs, kept, pool, progress)
    firms = list(in_id_order(config.firms))
    firm, span = firms.index(found[0].firms[0]), config.measurement.window
    profit = np.array(
        [
            [KPIS["profit"].function(over(one.accounts, span))[firm] for one in kept.get(j.seed)]
            for j in jobs
        ]
    ).T.reshape(2, experiments, CAP)
    a, b = profit
    half = experiments // 2
    same = np.concatenate([a[:half], b[:half]]), np.concatenate([a[half:], b[half:]])
    truth = float((b - a).mean())
    return [
        _many("A/A, different luck", *same, 0.0),
        _many("A/B, shared luck", a, b, truth),
        _many("A/B, different luck", a, np.roll(b, 1, axis=0), truth),
    ]


SMALL = ("population.customers=500", "weeks=26", "warmup=8", "matters=0")
"""A market small enough to be lived thousands of times."""
