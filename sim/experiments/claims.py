"""Claims: does what the theory says come out, and is it the link said to carry it that does?

Both arms are lived on shared luck, with the link and without. The effect holds if its 95 % interval
lies beyond the smallest difference that would matter, fails if it lies short of it, and is
undecided otherwise. Without the link the arms must still differ in what was done; the share of the
effect that is left says how much the link carries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import stats

from sim.config import Config
from sim.experiments.arms import Arm
from sim.experiments.replicates import Job, Lived, Store, fill, key, worker_count, workers
from sim.experiments.scenarios import Claim, Scenario
from sim.kpis import KPIS, over
from sim.ledger import accounts as book
from sim.model import share_start
from sim.outcomes.paired import Paired, paired

PAIRS = 12
"""Replicates of each arm."""

DONE = (
    book.SPEND, book.PAYROLL, book.HOURS, book.HUNT_HOURS, book.MARKET_HOURS, book.MARKETING_HOURS,
    book.MISPLACED, book.REVIEW_HOURS, book.SCREENING,
)  # fmt: skip
"""Accounts that say what a firm did, whatever came of it."""

CARRIED = 0.25
"""Under this remaining share of the effect, the link carried it."""


@dataclass(frozen=True)
class Tested:
    """A claim as it came out.

    Attributes:
        effect: first arm less second. matters: the difference that matters, in the KPI's unit.
        without: the effect with the link removed.
        left: share of the effect that is left then, and its 95 % interval.
        done: by how much the arms still differ in what was done, the largest relative difference.
    """

    scenario: str
    claim: Claim
    effect: Paired
    matters: float
    without: Paired
    left: tuple[float, float, float]
    done: float

    @property
    def verdict(self) -> str:
        """``holds``, ``fails`` or ``undecided``."""
        return judge(self.effect, self.claim.sign, self.matters)

    @property
    def rival(self) -> str:
        """The same for what the rival theory expects."""
        return judge(self.effect, 1 if self.claim.rival_expect == ">0" else -1, self.matters)

    @property
    def carried(self) -> str:
        """Whether the link carries the effect: ``yes``, ``no``, ``undecided``, or ``-`` where there
        is no effect to carry, or where the arms no longer differ in what was done."""
        if self.verdict != "holds" or self.done <= 0.0:
            return "-"
        _, low, high = self.left
        return "yes" if high < CARRIED else "no" if low >= CARRIED else "undecided"


def judge(effect: Paired, sign: int, matters: float) -> str:
    """Whether an effect of a sign is known to be beyond what matters."""
    low, high = sorted((sign * effect.low, sign * effect.high))
    return "holds" if low > matters else "fails" if high < matters else "undecided"


def examine(
    scenario: Scenario,
    *overrides: str,
    pairs: int = PAIRS,
    store: Path | None = None,
    processes: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Tested]:
    """Examine the claims of a scenario.

    Args:
        overrides: ``key=value`` changes of what all arms share.
        pairs: replicates of each arm, with each link and without.
        store: folder in which replicates are kept and looked for.
        processes: whether to use processes.
        progress: called with replicates just finished and their number in all of this step.

    Raises:
        ConfigError: an override or an arm is wrong.
    """
    config = scenario.config(*overrides)
    arms = scenario.made(config)
    lived = _live(config, arms, pairs, store, processes, progress)
    out = []
    ablated: dict[tuple[str, ...], list[list[Lived]]] = {}
    for claim in scenario.claims:
        if claim.ablate not in ablated:
            without = scenario.config(*overrides, *claim.ablate)
            ablated[claim.ablate] = _live(
                without, scenario.made(without), pairs, store, processes, progress
            )
        out.append(_tested(scenario, claim, config, arms, lived, ablated[claim.ablate]))
    return out


def _live(
    config: Config, arms: Sequence[Arm], pairs: int, store: Path | None, processes: bool,
    progress: Callable[[int, int], None] | None,
) -> list[list[Lived]]:  # fmt: skip
    """Every arm of every replicate, [pair][arm]."""
    config = share_start(config, [a.plan for a in arms])
    sample = Job(config, tuple(arms), config.seed, 0)
    kept = Store(store, f"claims-{key(sample)}")
    seeds = range(config.seed, config.seed + pairs)
    with workers(worker_count(config), processes) as pool:
        fill([replace(sample, seed=seed) for seed in seeds], kept, pool, progress)
    return [kept.get(seed) or [] for seed in seeds]


def _tested(
    scenario: Scenario, claim: Claim, config: Config, arms: Sequence[Arm],
    lived: list[list[Lived]], without: list[list[Lived]],
) -> Tested:  # fmt: skip
    firms = [name for name, _ in sorted(config.firms.items(), key=lambda item: item[1].id)]
    at = [[a.name for a in arms].index(name) for name in claim.arms]
    f, span = firms.index(claim.firm), config.measurement.window
    first, last = claim.weeks[0] - 1, claim.weeks[1]

    def values(runs: list[list[Lived]], n: int) -> np.ndarray:
        windows = (over(run[n].accounts[first:last], span) for run in runs)
        return np.array([KPIS[claim.kpi].function(w)[f] for w in windows])

    one, two = (values(lived, n) for n in at)
    one_less, two_less = (values(without, n) for n in at)
    effect = paired(two, one, KPIS[claim.kpi].better)
    matters = claim.matters * (abs(effect.a) if claim.relative else 1.0)
    done = [
        np.sum([run[n].accounts[first:last, f, DONE] for run in without], axis=(0, 1)).astype(float)
        for n in at
    ]
    apart = np.abs(done[0] - done[1]) / np.maximum(1.0, np.maximum(*done))
    return Tested(
        scenario.id, claim, effect, matters, paired(two_less, one_less, KPIS[claim.kpi].better),
        _share_left(one - two, one_less - two_less), float(apart.max()),
    )  # fmt: skip


def _share_left(effect: np.ndarray, without: np.ndarray) -> tuple[float, float, float]:
    """Mean of what is left over mean of the effect, with its interval over pairs."""
    known = np.isfinite(effect) & np.isfinite(without)
    effect, without = effect[known], without[known]
    if len(effect) < 2 or effect.mean() == 0.0:
        return float("nan"), float("nan"), float("nan")
    share = float(without.mean() / effect.mean())
    if np.ptp(effect) == 0.0 and np.ptp(without) == 0.0:
        return share, share, share
    with np.errstate(divide="ignore", invalid="ignore"):  # an effect near zero has no share
        found = stats.bootstrap(
            (without, effect), lambda a, b, axis: a.mean(axis=axis) / b.mean(axis=axis),
            paired=True, vectorized=True, n_resamples=2000, method="percentile",
            rng=np.random.default_rng(1),
        ).confidence_interval  # fmt: skip
    return share, float(found.low), float(found.high)
