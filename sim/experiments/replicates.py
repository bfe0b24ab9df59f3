"""Replicates of a comparison: every arm lived on the same luck, stored as soon as it is known.

A replicate is a pure function of (configuration, arms, seed). It is stored under a name made of all
it depends on, the program's own sources included, so it is never computed twice, also not after an
interruption, and a changed program never reads an old result.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing as mp
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

import sim
from sim.config.schema import Config
from sim.experiments.arms import Arm
from sim.ledger import accounts as book
from sim.model import World, processors, start
from sim.rules.units import YEAR

HORIZONS = (1, 3, 5)
"""Years after which profit is told, without terminal value and with run-off."""


@dataclass(frozen=True)
class Job:
    """One replicate to be lived.

    ``runoff`` weeks are lived after each horizon with all spend stopped; 0 for none.
    """

    config: Config
    arms: tuple[Arm, ...]
    seed: int
    runoff: int

    @property
    def horizons(self) -> tuple[int, ...]:
        """Years of HORIZONS that the run reaches, if there is a run-off."""
        return tuple(y for y in HORIZONS if y * YEAR <= self.config.weeks and self.runoff)


@dataclass(frozen=True)
class Lived:
    """What is kept of one arm of one replicate.

    ``accounts`` int64 [week, firm + market, account]; ``sources`` int64 [firm, touch], customers
    acquired by last touch; ``cohorts`` int64 [week, firm, quarter of acquisition, flow of
    ``CUSTOMER_FLOWS``]; ``runoff`` int64 [horizon, firm], cash in cents at the run-off's end.
    """

    accounts: np.ndarray
    sources: np.ndarray
    cohorts: np.ndarray
    runoff: np.ndarray


def live(job: Job) -> list[Lived]:
    """Live the warm-up once, and every arm from there."""
    weeks = job.config.weeks
    config = replace(job.config, weeks=weeks + job.runoff, threads=1)
    before = start(config, job.seed)
    return [_live_arm(before.branch(*a.overrides, plan=a.plan), weeks, job) for a in job.arms]


def _live_arm(world: World, weeks: int, job: Job) -> Lived:
    ends = {year * YEAR: year for year in job.horizons}
    runoff = np.zeros((len(ends), len(world.names)), np.int64)
    while world.week < weeks:
        world.step()
        if world.week in ends:
            tail = world.branch()
            tail.stop_spending()
            while tail.week < world.week + job.runoff:
                tail.step()
            runoff[job.horizons.index(ends[world.week])] = tail.ledger.so_far(book.CASH)
    books = world.ledger
    return Lived(books.accounts(), books.sources().sum(axis=0), books.cohorts(), runoff)


Running = dict[Future[list[Lived] | None], int]
"""Replicates being lived, and their seeds."""

ASIDE = ("experiments", "outcomes", "reporting", "words")
"""Folders of the program that a replicate does not depend on, but for this file."""


@cache
def sources_mark() -> str:
    """A hash of the program's own sources, as far as a replicate depends on them."""
    here, mark = Path(sim.__file__).parent, hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        aside = path.parent.name in ASIDE or path.name == "__main__.py"
        if not aside or path.samefile(__file__):
            mark.update(path.read_bytes())
    return mark.hexdigest()


def key(job: Job) -> str:
    """The name of everything a job depends on but its seed."""
    same = replace(job.config, seed=0, threads=0, pairs=2)
    mark = hashlib.sha256(sources_mark().encode())
    mark.update(repr(same).encode())
    for a in job.arms:
        rows = a.plan.rows if a.plan else ()
        mark.update(repr((a.overrides, rows)).encode())
    mark.update(str(job.runoff).encode())
    return mark.hexdigest()[:20]


class Store:
    """Lived replicates in a folder, one file each; without a folder, in memory."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._folder = folder / name if folder else None
        self._kept: dict[int, list[Lived]] = {}

    def path(self, seed: int) -> Path | None:
        """Where a replicate is or will be."""
        return self._folder / f"{seed}.npz" if self._folder else None

    def __contains__(self, seed: int) -> bool:
        path = self.path(seed)
        return seed in self._kept or (path is not None and path.is_file())

    def get(self, seed: int) -> list[Lived]:
        """A replicate that is known."""
        path = self.path(seed)
        return self._kept[seed] if path is None or seed in self._kept else read(path)

    def put(self, seed: int, lived: list[Lived]) -> None:
        """Keep a replicate that is not on file."""
        self._kept[seed] = lived


def read(path: Path) -> list[Lived]:
    """A replicate from its file."""
    with np.load(path, allow_pickle=False) as data:
        count = int(data["arms"])
        return [
            Lived(*(data[f"{n}/{name}"] for name in Lived.__annotations__)) for n in range(count)
        ]


def write(path: Path, lived: list[Lived]) -> None:
    """Write a replicate in one stroke: whoever is killed leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"{n}/{name}": v for n, one in enumerate(lived) for name, v in vars(one).items()}
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as draft:
        np.savez_compressed(draft, allow_pickle=False, arms=np.array(len(lived)), **arrays)
    os.replace(draft.name, path)


def _work(job: Job, path: Path | None) -> list[Lived] | None:
    """Live a replicate; with a path it is written there, else given back."""
    lived = live(job)
    if path is None:
        return lived
    write(path, lived)
    return None


@contextlib.contextmanager
def workers(count: int, processes: bool) -> Iterator[Executor]:
    """A pool of processes, or of threads (for use inside other programs, and small jobs)."""
    pool: Executor
    if processes:
        context = mp.get_context("spawn")
        pool = ProcessPoolExecutor(count, mp_context=context, initializer=_one_thread)
    else:
        pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _one_thread() -> None:
    """A worker process keeps to one thread and leaves the interrupt key to its parent."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["NUMBA_NUM_THREADS"] = "1"


def submit(jobs: Iterable[Job], store: Store, pool: Executor) -> Running:
    """Have the replicates lived that are not known yet; gives the seed of each."""
    missing = [job for job in jobs if job.seed not in store]
    return {pool.submit(_work, job, store.path(job.seed)): job.seed for job in missing}


def gather(running: Running, store: Store, finished: Callable[[], None] | None = None) -> None:
    """Wait for replicates, in whatever order they finish; ``finished`` is called for each."""
    for future in as_completed(running):
        lived = future.result()
        if lived is not None:
            store.put(running[future], lived)
        if finished is not None:
            finished()


def fill(
    jobs: Iterable[Job],
    store: Store,
    pool: Executor,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Live the replicates that are not known yet.

    Args:
        progress: called with the number just known and the number of all.
    """
    jobs = list(jobs)
    running = submit(jobs, store, pool)
    if progress is None:
        gather(running, store)
        return
    tell = progress
    tell(len(jobs) - len(running), len(jobs))
    gather(running, store, lambda: tell(1, len(jobs)))


def worker_count(config: Config) -> int:
    """Workers a configuration asks for."""
    return config.threads or processors()
