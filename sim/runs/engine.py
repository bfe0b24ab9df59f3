"""The engine of experiments: it simulates what the store does not hold, and stores it.

Every experiment says which runs it needs; this engine finds them in the store or has workers
simulate them. Tasks are groups of jobs that take a worker a second or two, and only a few of them
are handed out at a time, so memory does not grow with the number of runs.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

import numpy as np

from sim.config.schema import Config
from sim.runs.address import Addresses, Groups
from sim.runs.bar import Progress
from sim.runs.executors import Execution, workers
from sim.runs.jobs import Job, simulate_job
from sim.runs.pools import Pool, PoolError, WorkerLost
from sim.runs.record import ArmResult, Record, RunRecord, key_of_runoff, result_of, tables_of
from sim.runs.store import Encoded, InFolder, Store, encode

TASK_SECONDS = 2.0
"""Seconds that a task is meant to take: long against what handing it out costs."""

MOST_JOBS = 64
"""Largest number of jobs in a task."""

IN_FLIGHT = 2
"""Tasks handed out for each worker: one it works on, one that waits."""

LOOK_AGAIN = 5.0
"""Seconds after which the engine looks for runs that others have stored meanwhile."""


class RunFailed(RuntimeError):  # noqa: N818
    """A run that an experiment needs has failed.

    Args:
        reason: what made it fail.
        stored: whether it is stored as failed, and so is not simulated again; otherwise its worker
            was lost or had too little memory.
    """

    def __init__(self, reason: str, stored: bool) -> None:
        super().__init__(reason)
        self.stored = stored


class Work(Protocol):
    """A piece of work: it makes records, each identified by its key in a table.

    Attributes:
        alone: whether each piece is long enough to be a task of its own, which is stored as soon as
            it is done.
    """

    alone: ClassVar[bool]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of its records."""

    def missing(self, store: Store) -> Work | None:
        """The part of the work whose records are not in the store; None if there is none."""

    def __call__(self) -> Sequence[Record]:
        """Do the work; returns the records."""


@dataclass(frozen=True, eq=False)
class Runs:
    """The runs of a job.

    Attributes:
        keys: address of each arm's run.
        changes: what the shared configuration changes of the default, as JSON.
    """

    alone: ClassVar[bool] = False

    job: Job
    keys: tuple[str, ...]
    changes: str

    def missing(self, store: Store) -> Runs | None:
        """See :class:`Work`."""
        left = [
            n for n, key in enumerate(self.keys)
            if key not in self.keys[:n] and not self._is_done(key, store)
        ]  # fmt: skip
        if len(left) == len(self.keys):
            return self
        keys = tuple(self.keys[n] for n in left)
        return Runs(self.job.only(left), keys, self.changes) if left else None

    def _is_done(self, key: str, store: Store) -> bool:
        if store.has("failures", key):
            return True
        tails = self.tails(key)
        return (
            store.has("runs", key)
            and store.has("weeks", key)
            and all(store.has("runoffs", tail) for tail in tails)
        )

    def tails(self, key: str) -> list[str]:
        """Keys of the run-offs of a run."""
        job = self.job
        return [key_of_runoff(key, job.runoff, f) for f in job.focus] if job.horizons else []

    def __call__(self) -> list[RunRecord]:
        """See :class:`Work`."""
        return [
            RunRecord(key, self.job.only([n]), self.changes, run)
            for n, (key, run) in enumerate(zip(self.keys, simulate_job(self.job), strict=True))
        ]


def runs(jobs: Iterable[Job], groups: Groups | None = None) -> Iterator[Runs]:
    """The work of jobs. Addresses are found once for neighbours that differ in their seed alone.

    Args:
        groups: as for :class:`sim.runs.address.Addresses`, where configurations share groups that
            nobody changes in place meanwhile.
    """
    last: Job | None = None
    for job in jobs:
        if last is None or last.config is not job.config or last.arms is not job.arms:
            addresses, last = Addresses(job.config, job.arms, groups), job
        yield Runs(job, addresses.of(job.seed), addresses.changes)


class Done(NamedTuple):
    """What a worker returns.

    Attributes:
        parts: of each table, as bytes; empty if the worker has written them.
        names: of the parts that the worker has written, by table.
        seconds: that the work took.
    """

    parts: Encoded
    names: dict[str, str]
    seconds: float


def work(some: Sequence[Work], folder: Path | None = None) -> Done:
    """Do some work in a worker.

    Args:
        folder: of the parts, if the worker is to write them.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    begin = time.perf_counter()
    parts = encode(tables_of(record for one in some for record in one()))
    names = {}
    if folder is not None:
        names = {name: InFolder(folder).write(name, part) for name, part in parts.items()}
        parts = {}
    return Done(parts, names, time.perf_counter() - begin)


@dataclass(eq=False)
class Batch:
    """Work that was submitted together.

    Attributes:
        total: pieces of work, with those found in the store.
        left: number of pieces that are not finished.
    """

    total: int
    left: int
    progress: Progress | None = None
    goal: int = 0

    def tell(self, progress: Progress | None, goal: int) -> None:
        """Report progress from now on, beginning with what is finished.

        Args:
            goal: total number to be reported, of which this batch may be a part.
        """
        self.progress, self.goal = progress, goal
        if progress is not None:
            progress(self.total - self.left, goal)

    def finish(self, count: int) -> None:
        """Note that pieces of work are finished."""
        self.left -= count
        if self.progress is not None:
            self.progress(count, self.goal)


Piece = tuple[Work, Batch]


class Engine:
    """Finds runs in a store, or has workers simulate them.

    Args:
        store: of the runs.
        pool: of the workers.

    Attributes:
        lost: reasons why runs could not be finished on these workers, by key; they are not stored.
    """

    def __init__(self, store: Store, pool: Pool) -> None:
        self.store, self.pool = store, pool
        self.lost: dict[str, str] = {}
        self._queue: deque[tuple[Iterator[Work | None], Batch]] = deque()
        self._flying: dict[Future[Done], list[Piece]] = {}
        self._awaited: set[str] = set()
        self._waiting: list[Piece] = []
        self._suspects: deque[Piece] = deque()
        self._seconds, self._looked = 0.0, time.monotonic()
        self._folder = store.folder if store.folder and _shared(pool, store.folder) else None

    def submit(
        self, pieces: Iterable[Work | None], total: int, progress: Progress | None = None
    ) -> Batch:
        """Line up work, and hand out as much of it as there are workers for.

        Args:
            pieces: read as they are needed; None is a piece that cannot be done.
            total: their number.
            progress: see :data:`Progress`.
        """
        batch = Batch(total, total)
        self._queue.append((iter(pieces), batch))
        self._hand_out()
        batch.tell(progress, total)  # first of what was found at once, which took no time
        return batch

    def finish(self, batch: Batch) -> None:
        """Wait for a batch, and go on handing out work of all batches meanwhile.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        while batch.left:
            self._look_again()
            self._hand_out()
            if not self._flying:
                continue
            done, _ = wait(self._flying, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
            for future in done:
                self._collect(future)

    def complete(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Runs]:
        """Complete jobs; returns their work, for :meth:`results`."""
        pieces = list(runs(jobs))
        self.finish(self.submit(pieces, len(pieces), progress))
        return pieces

    # Handing out

    def _hand_out(self) -> None:
        while len(self._flying) < IN_FLIGHT * self.pool.workers:
            some = self._next(self._size())
            if not some:
                break
            self._send(some)
        if not self._flying and self._suspects:
            self._send([self._suspects.popleft()])  # alone, so that it is known what loses workers

    def _send(self, some: list[Piece]) -> None:
        self._awaited.update(key for one, _ in some for key in one.keys)
        self._flying[self.pool.submit(work, [one for one, _ in some], self._folder)] = some

    def _size(self) -> int:
        """Number of pieces in the next task."""
        if not self._seconds:
            return 1
        left = sum(batch.left for batch in {batch for _, batch in self._queue})
        share = -(-left // (IN_FLIGHT * self.pool.workers))  # all workers end at the same time
        return max(1, min(int(TASK_SECONDS / self._seconds), MOST_JOBS, share))

    def _next(self, count: int) -> list[Piece]:
        """The next pieces that have to be done; those that are in the store are finished, and those
        that share a record with a task under way wait for it."""
        out: list[Piece] = []
        awaited = set(self._awaited)
        while self._queue and len(out) < count and len(self._waiting) < MOST_JOBS:
            pieces, batch = self._queue[0]
            try:
                one = next(pieces)
            except StopIteration:
                self._queue.popleft()
                continue
            missing = one.missing(self.store) if one else None
            if missing is None:
                batch.finish(1)
            elif awaited.isdisjoint(missing.keys):
                awaited.update(missing.keys)
                out.append((missing, batch))
                if missing.alone:
                    break
            else:
                self._waiting.append((missing, batch))
        return out

    def _look_again(self) -> None:
        """Now and then, learn what other programs have stored meanwhile."""
        if self.store.folder is not None and time.monotonic() - self._looked > LOOK_AGAIN:
            self.store.refresh()
            self._looked = time.monotonic()

    # Collecting

    def _collect(self, future: Future[Done]) -> None:
        some = self._flying.pop(future)
        self._awaited.difference_update(key for one, _ in some for key in one.keys)
        self._queue.extendleft((iter([one]), batch) for one, batch in self._waiting)
        self._waiting.clear()
        try:
            done = future.result()
        except PoolError:
            raise
        except (WorkerLost, MemoryError) as error:
            self._without_worker(some, error)
            return
        self.store.add(done.parts)
        self.store.learn(done.names)
        self._seconds = done.seconds / len(some)
        for _, batch in some:
            batch.finish(1)

    def _without_worker(self, some: list[Piece], error: Exception) -> None:
        """Do alone what lost its worker together with others; give up what was alone."""
        if len(some) > 1 or self._flying:
            self._suspects.extend(some)
            return
        ((one, batch),) = some
        self.lost |= dict.fromkeys(one.keys, " ".join(f"{type(error).__name__}: {error}".split()))
        batch.finish(1)

    # Reading

    def results(self, one: Runs) -> list[ArmResult]:
        """Result of each arm of a finished job.

        Raises:
            RunFailed: an arm's run has failed.
        """
        try:
            return [self._result(one, key) for key in one.keys]
        except KeyError:  # removed by another process in between
            self.finish(self.submit([one], 1))
            return [self._result(one, key) for key in one.keys]

    def _result(self, one: Runs, key: str) -> ArmResult:
        if reason := self.reason(key):
            raise RunFailed(reason, stored=key not in self.lost)
        tails = [self.store.rows("runoffs", tail)["cash"].to_numpy() for tail in one.tails(key)]
        runoff = np.stack(tails, axis=1) if tails else np.zeros((0, 0), np.int64)
        return result_of(self.store.rows("weeks", key), runoff)

    def reason(self, key: str) -> str:
        """Why a run failed; empty if it did not."""
        if key in self.lost:
            return self.lost[key]
        if self.store.has("failures", key):
            return str(self.store.rows("failures", key)["reason"][0].as_py())
        return ""


def _shared(pool: Pool, folder: Path) -> bool:
    """Whether workers can write into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return pool.shares_disk(folder)


@contextmanager
def given_or_new(runs: Engine | None, config: Config) -> Iterator[Engine]:
    """An engine: the given one, or one in this process that keeps its runs in memory."""
    if runs is not None:
        yield runs
        return
    with engine(config, None, False) as new:
        yield new


@contextmanager
def engine(config: Config, folder: Path | None, execution: Execution | bool) -> Iterator[Engine]:
    """An engine with a store and workers.

    Args:
        config: of the markets; says how many workers there are, and how much memory each needs.
        folder: of the store; in memory if None.
        execution: where runs are simulated.

    Raises:
        ConfigError: there is too little memory, or the workers cannot be reached.
    """
    store = Store(folder)
    store.refresh()
    with workers(config, execution) as pool:
        yield Engine(store, pool)
    store.tidy()
