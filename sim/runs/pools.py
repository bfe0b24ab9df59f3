"""What every pool of workers offers, and the errors that end it."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

MOST_LOSSES = 3
"""Number of times that a task is given to another worker after its worker was lost."""


class PoolError(Exception):
    """What ends a pool, whatever its tasks are: later tasks cannot run either."""


class WorkerLost(RuntimeError):  # noqa: N818
    """The worker of a task was lost again and again."""

    def __str__(self) -> str:
        return (
            f"a worker process was lost {MOST_LOSSES + 1} times, perhaps for lack of memory; "
            "threads=1 needs least."
        )


class WorkersLost(PoolError, WorkerLost):  # noqa: N818
    """So many workers were lost one after another that the pool is given up."""


class SchedulerLost(PoolError, RuntimeError):  # noqa: N818
    """The connection to the Dask scheduler was lost."""

    def __str__(self) -> str:
        return "the connection to the Dask scheduler was lost."


class Pool(Executor):
    """Workers that run tasks: a :class:`concurrent.futures.Executor` that can also be ended at
    once."""

    @property
    def workers(self) -> int:
        """Number of tasks that can run at the same time now, at least 1."""
        raise NotImplementedError

    def shares_disk(self, folder: Path) -> bool:
        """Whether workers can write into a folder of this process, which must exist."""
        return True

    def end_workers(self) -> None:
        """End all workers at once, as far as that is possible; what they had not finished is
        lost."""


class Threads(ThreadPoolExecutor, Pool):
    """Workers in this process. Their tasks cannot be ended before they are finished.

    Args:
        count: number of threads.
    """

    @property
    def workers(self) -> int:
        return self._max_workers


class Losses:
    """Counts workers lost in a row, without a task that finished in between.

    Args:
        most: number of losses in a row after which a pool is given up.
    """

    def __init__(self, most: int) -> None:
        self._most, self._in_a_row, self._lock = most, 0, threading.Lock()

    def finished(self) -> None:
        """A task is finished."""
        with self._lock:
            if self._in_a_row < self._most:
                self._in_a_row = 0

    def lost(self, workers: int = 1) -> None:
        """Workers were lost."""
        with self._lock:
            self._in_a_row += workers

    def refuse(self) -> None:
        """Refuse a task if the pool is given up.

        Raises:
            WorkersLost: too many workers were lost in a row.
        """
        if self._in_a_row >= self._most:
            raise WorkersLost


def most_in_a_row(workers: int) -> int:
    """Number of losses in a row after which a pool is given up: three tasks that end every worker,
    or each of many workers lost three times."""
    return MOST_LOSSES * max(3, workers)
