"""Replicates of a comparison: all arms run with the same seed, and cached as soon as they finish.

A replicate is a pure function of (configuration, arms, seed). Its name in the cache is a hash of
everything it depends on, including the program's own sources. So it is never computed twice, not
even after an interruption, and a changed program never reads an old result.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from sim.config.schema import Config
from sim.experiments.arms import Arm
from sim.ledger import accounts as acc
from sim.model.world import World, start
from sim.outcomes.store import whole_file
from sim.params import in_id_order
from sim.rules.units import YEAR
from sim.runs.address import program

HORIZONS = (1, 3, 5)
"""Years after which profit is reported, without terminal value and with run-off."""


@dataclass(frozen=True)
class Job:
    """One replicate to be simulated.

    ``runoff`` is the number of weeks simulated after each horizon in which a firm has stopped; 0
    for none.
    """

    config: Config
    arms: tuple[Arm, ...]
    seed: int
    runoff: int

    @property
    def horizons(self) -> tuple[int, ...]:
        """Years of HORIZONS within the run; empty without a run-off."""
        return tuple(y for y in HORIZONS if y * YEAR <= self.config.weeks and self.runoff)


@dataclass(frozen=True)
class ArmResult:
    """Result of one arm in one replicate.

    Attributes:
        accounts: int64 [week, firm + market, account].
        sources: customers acquired by last touch, int64 [firm, touch].
        cohorts: int64 [week, firm, quarter of acquisition, flow of ``CUSTOMER_FLOWS``].
        runoff: cash in cents of each firm in focus at the end of its run-off, in which it alone has
            stopped, int64 [horizon, firm in focus].
    """

    accounts: np.ndarray
    sources: np.ndarray
    cohorts: np.ndarray
    runoff: np.ndarray


def run_replicate(job: Job) -> list[ArmResult]:
    """Simulate the warm-up once, and every arm as a branch from there."""
    weeks = job.config.weeks
    config = replace(job.config, weeks=weeks + job.runoff, threads=1)
    before = start(config, job.seed)
    return [_run_arm(before.branch(*a.overrides, plan=a.plan), weeks, job) for a in job.arms]


def focus(config: Config, arms: Sequence[Arm]) -> tuple[str, ...]:
    """Firms whose profit is compared: those in plans and changes of the arms, else the first."""
    firms = tuple(in_id_order(config.firms))
    named = dict.fromkeys(firm for a in arms for firm in a.firms if firm in firms)
    return tuple(named) or firms[:1]


def _run_arm(world: World, weeks: int, job: Job) -> ArmResult:
    ends, firms = {year * YEAR: year for year in job.horizons}, focus(job.config, job.arms)
    runoff = np.zeros((len(ends), len(firms)), np.int64)
    while world.week < weeks:
        world.step()
        if world.week in ends:
            for n, firm in enumerate(firms):
                tail = world.branch()
                tail.stop_firm(firm)
                while tail.week < world.week + job.runoff:
                    tail.step()
                cash = tail.ledger.so_far(acc.CASH)[world.names.index(firm)]
                runoff[job.horizons.index(ends[world.week]), n] = cash
    ledger = world.ledger
    return ArmResult(ledger.accounts(), ledger.sources().sum(axis=0), ledger.cohorts(), runoff)


Running = dict[Future[list[ArmResult] | None], int]
"""Replicates being simulated, with their seeds."""


def key(job: Job) -> str:
    """Hash of everything a job depends on except its seed."""
    same = replace(job.config, seed=0, threads=0, replicates=2, smallest_effect=0.0, currency="")
    mark = hashlib.sha256(program().encode())
    mark.update(repr(asdict(same)).encode())
    for a in job.arms:
        rows = a.plan.rows if a.plan else ()
        mark.update(repr((a.overrides, rows)).encode())
    mark.update(str(job.runoff).encode())
    return mark.hexdigest()[:20]


class Store:
    """Cache of replicates: one file each in a folder, or in memory without a folder."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._folder = folder / name if folder else None
        self._kept: dict[int, list[ArmResult]] = {}

    def path(self, seed: int) -> Path | None:
        """File of a replicate, whether it exists or not; None in memory."""
        return self._folder / f"{seed}.npz" if self._folder else None

    def __contains__(self, seed: int) -> bool:
        """Whether a replicate is cached; one whose file is damaged is not."""
        path = self.path(seed)
        if seed not in self._kept and path is not None and path.is_file():
            try:
                self._kept[seed] = read(path)
            except Exception:  # there is no end to what a damaged file can raise
                return False
        return seed in self._kept

    def get(self, seed: int) -> list[ArmResult]:
        """Return a cached replicate."""
        path = self.path(seed)
        return self._kept[seed] if path is None or seed in self._kept else read(path)

    def put(self, seed: int, runs: list[ArmResult]) -> None:
        """Keep a replicate in memory."""
        self._kept[seed] = runs


def read(path: Path) -> list[ArmResult]:
    """Read a replicate from its file."""
    with np.load(path, allow_pickle=False) as data:
        count = int(data["arms"])
        return [
            ArmResult(*(data[f"{n}/{name}"] for name in ArmResult.__annotations__))
            for n in range(count)
        ]


def write(path: Path, runs: list[ArmResult]) -> None:
    """Write a replicate atomically, so that an interruption leaves no partial file."""
    arrays = {f"{n}/{name}": v for n, one in enumerate(runs) for name, v in vars(one).items()}
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, arms=np.array(len(runs)), **arrays)
    with whole_file(path) as draft:
        draft.write_bytes(packed.getbuffer())


def _work(job: Job, path: Path | None) -> list[ArmResult] | None:
    """Simulate a replicate; write it to ``path``, or return it if there is no path."""
    runs = run_replicate(job)
    if path is None:
        return runs
    write(path, runs)
    return None


def submit(jobs: Iterable[Job], store: Store, pool: Executor) -> Running:
    """Submit the replicates that are not cached; returns the seed of each."""
    missing = [job for job in jobs if job.seed not in store]
    return {pool.submit(_work, job, store.path(job.seed)): job.seed for job in missing}


def gather(running: Running, store: Store, finished: Callable[[], None] | None = None) -> None:
    """Wait for replicates in order of completion; ``finished`` is called for each."""
    for future in as_completed(running):
        runs = future.result()
        if runs is not None:
            store.put(running[future], runs)
        if finished is not None:
            finished()


def fill(
    jobs: Iterable[Job],
    store: Store,
    pool: Executor,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Simulate the replicates that are not cached.

    Args:
        progress: called first with the number of cached replicates, then with 1 for each that
            finishes; the second argument is the total number.
    """
    jobs = list(jobs)
    running = submit(jobs, store, pool)
    if progress is None:
        gather(running, store)
        return
    tell = progress
    tell(len(jobs) - len(running), len(jobs))
    gather(running, store, lambda: tell(1, len(jobs)))
