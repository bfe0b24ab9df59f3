"""Jobs: the runs of some arms with one seed. They share their warm-up and all random draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.config.checks import check_amounts
from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.ledger.ledger import Ledger
from sim.model.world import World, start_checked
from sim.params import in_id_order
from sim.rules.units import YEAR
from sim.runs.arms import Arm

HORIZONS = (1, 3, 5)
"""Years after which profit is reported, without terminal value and with run-off."""

DONE, FAILED = "done", "failed"
"""Status of a run."""

OUTSIDE = (MemoryError, OSError)
"""Errors that come from the machine; another attempt may succeed."""


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
    for n, arm in enumerate(job.arms):
        try:
            is_last = n == len(job.arms) - 1
            world = before if is_last else before.branch()
            world.diverge(*arm.overrides, plan=arm.plan)
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
