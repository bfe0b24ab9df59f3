"""Jobs: the runs of some arms with one seed. They share their warm-up and all random draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.config.checks import check_amounts
from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.ledger.ledger import Ledger
from sim.model.world import World, start_checked
from sim.params import ConfigError, in_id_order
from sim.rules.units import YEAR
from sim.runs.arms import Arm

HORIZONS = (1, 3, 5)
"""Years after which profit is reported, without terminal value and with run-off."""

DONE, FAILED = "done", "failed"
"""Status of a run."""

OUTSIDE = (MemoryError, OSError)
"""Errors that come from the machine; another attempt may succeed."""


EVENTS = ("interventions", "treatments")
"""Groups of the configuration whose items act from a week of their own on."""

MOST_SHARED = 100_000
"""Customers up to which the market of an arm is kept for others that share its weeks."""


@dataclass(frozen=True)
class Job:
    """Runs of some arms with one seed.

    Attributes:
        config: the shared configuration, in force during the warm-up; checked.
        arms: in force from the first week.
        seed: of all random draws.
        runoff: number of weeks simulated after each horizon in which a firm has stopped; 0 for
            none.
        focus: firms that stop, one at a time.
    """

    config: Config
    arms: tuple[Arm, ...]
    seed: int
    runoff: int = 0
    focus: tuple[str, ...] = ()

    @property
    def horizons(self) -> tuple[int, ...]:
        """Years of HORIZONS within the run; empty without a run-off."""
        return tuple(y for y in HORIZONS if y * YEAR <= self.config.weeks and self.runoff)

    def only(self, arms: Sequence[int]) -> Job:
        """The same job with some of its arms, given by their places."""
        return replace(self, arms=tuple(self.arms[n] for n in arms))


@dataclass(frozen=True)
class Simulated:
    """A run as it ended.

    Attributes:
        ledger: of all weeks; None if the run failed.
        runoff: cash in cents of each firm in focus at the end of its run-off, in which it alone has
            stopped, int64 [horizon, firm in focus].
        reason: what made the run fail; empty if it did not.
    """

    ledger: Ledger | None
    runoff: np.ndarray
    reason: str = ""


def simulate_job(job: Job) -> Iterator[Simulated]:
    """Simulate the warm-up once, and every arm as a branch from there.

    A run that fails by an error of the program is a result with its reason.

    Arms that are alike up to a later week share the weeks until then as well, in small markets and
    without a run-off.

    Raises:
        MemoryError, OSError: the machine has too little memory or storage.
    """
    weeks = job.config.weeks
    config = replace(job.config, weeks=weeks + job.runoff, threads=1)
    try:
        check_amounts(config)  # of the longer run
        before = start_checked(config, job.seed)
    except OUTSIDE:
        raise
    except Exception as error:
        yield from [_failed(error)] * len(job.arms)
        return
    pasts = _Pasts(job, before)
    for n, arm in enumerate(job.arms):
        try:
            world = pasts.world_of(n)
            if world is None:
                is_last = n == len(job.arms) - 1
                world = before if is_last else before.branch()
                world.diverge(*arm.overrides, plan=arm.plan)
            pasts.keep(n, world)
            yield _run_arm(world, weeks, job)
        except OUTSIDE:
            raise
        except Exception as error:
            yield _failed(error)


def _failed(error: Exception) -> Simulated:
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return Simulated(None, np.zeros((0, 0), np.int64), said)


def focus(config: Config, arms: Sequence[Arm]) -> tuple[str, ...]:
    """Firms whose profit is compared: those in plans and changes of the arms, else the first."""
    firms = tuple(in_id_order(config.firms))
    named = dict.fromkeys(firm for a in arms for firm in a.firms if firm in firms)
    return tuple(named) or firms[:1]


class _Pasts:
    """Markets at the end of the weeks that arms share with an earlier arm.

    Args:
        before: the market before the first week.
    """

    def __init__(self, job: Job, before: World) -> None:
        self._forks: dict[int, list[tuple[int, int]]] = {}
        self._kept: dict[int, World] = {}
        self._configs: list[Config | None] = []
        small = job.config.population.customers <= MOST_SHARED
        if small and not job.horizons and any(map(_has_events, job.arms)):
            self._configs = [_config_of(arm, before) for arm in job.arms]
            for n in range(1, len(job.arms)):
                weeks, of = max((self._shared(job, m, n), -m) for m in range(n))
                if weeks > 0:
                    self._forks.setdefault(-of, []).append((weeks, n))

    def _shared(self, job: Job, m: int, n: int) -> int:
        """Number of weeks that two arms share."""
        first, second = self._configs[m], self._configs[n]
        rows = [one.plan.rows if one.plan else () for one in (job.arms[m], job.arms[n])]
        if first is None or second is None or rows[0] != rows[1]:
            return 0
        return min(shared_weeks(first, second), job.config.weeks - 1)

    def keep(self, n: int, world: World) -> None:
        """Simulate the weeks that an arm shares with later ones, and keep the market for each of
        them at their end; not one in which a firm has looked ahead, and so at what they change."""
        for weeks, other in sorted(self._forks.get(n, ())):
            while world.week < weeks:
                world.step()
            if not world.looked_ahead:
                self._kept[other] = world.branch()

    def world_of(self, n: int) -> World | None:
        """The market in which an arm begins after the weeks that it shares, if there is one."""
        world, config = self._kept.pop(n, None), self._configs[n] if self._configs else None
        if world is not None and config is not None:
            world.expect(config)
        return world


def _has_events(arm: Arm) -> bool:
    """Whether an arm changes interventions or treatments."""
    return any(word.lstrip(" +~").startswith(EVENTS) for word in arm.overrides)


def _config_of(arm: Arm, before: World) -> Config | None:
    """The configuration of an arm; None if its changes are refused."""
    try:
        return before.changed(*arm.overrides, branch=True)
    except ConfigError:
        return None


def shared_weeks(a: Config, b: Config) -> int:
    """Number of weeks that are the same under two configurations: those before the first
    intervention or treatment in which they differ; none if they differ in anything else."""
    none: dict[str, Any] = {kind: {} for kind in EVENTS}
    if replace(a, **none) != replace(b, **none):
        return 0
    pairs = [(getattr(a, kind), getattr(b, kind)) for kind in EVENTS]
    weeks = min(
        (
            event.week
            for these, those in pairs
            for name in these | those
            if these.get(name) != those.get(name)
            for event in (these.get(name), those.get(name))
            if event is not None
        ),
        default=a.weeks + 1,
    ) - 1  # fmt: skip
    for pair in pairs:
        first, second = ([n for n, event in some.items() if event.week <= weeks] for some in pair)
        if first != second:  # those of one week act in this order
            return 0
    return weeks


def _run_arm(world: World, weeks: int, job: Job) -> Simulated:
    ends = {year * YEAR: year for year in job.horizons}
    runoff = np.zeros((len(ends), len(job.focus)), np.int64)
    while world.week < weeks:
        world.step()
        if world.week in ends:
            for n, firm in enumerate(job.focus):
                tail = world.branch()
                tail.stop_firm(firm)
                while tail.week < world.week + job.runoff:
                    tail.step()
                cash = tail.ledger.so_far(acc.CASH)[world.names.index(firm)]
                runoff[job.horizons.index(ends[world.week]), n] = cash
    return Simulated(world.ledger, runoff)
