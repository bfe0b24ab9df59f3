"""Workers that simulate replicates: processes, or threads.

A worker process ends with its parent, however that ends. A worker that is lost, because the system
ended it for lack of memory, say, is replaced, and what it had not finished runs again.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import ParamSpec, TypeVar

from sim.compile import processors
from sim.config.schema import Config
from sim.model.first_run import compile_beside
from sim.model.memory import check_memory

P = ParamSpec("P")
T = TypeVar("T")

MOST_LOSSES = 3
"""Number of times that lost workers are replaced."""


class WorkerLost(RuntimeError):  # noqa: N818
    """Worker processes were lost again and again."""

    def __init__(self) -> None:
        super().__init__(
            f"a worker process was lost {MOST_LOSSES + 1} times, perhaps for lack of memory; "
            "threads=1 needs least."
        )


class Processes(Executor):
    """A pool of processes that replaces lost workers up to :data:`MOST_LOSSES` times.

    Args:
        count: number of processes.
    """

    def __init__(self, count: int) -> None:
        self._count, self._context = count, mp.get_context("spawn")
        self._watched, self._held = self._context.Pipe(duplex=False)
        self._lock, self._losses, self._closing = threading.Lock(), 0, False
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._count, mp_context=self._context, initializer=_begin, initargs=(self._watched,)
        )

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a worker; the future raises :class:`WorkerLost` in the end."""
        outer: Future[T] = Future()
        outer.set_running_or_notify_cancel()
        self._send(outer, partial(fn, *args, **kwargs))
        return outer

    def _send(self, outer: Future[T], task: Callable[[], T]) -> None:
        """Pass a task to the present pool, and its outcome on to ``outer``."""
        while True:
            pool = self._pool
            try:
                with _interrupts_held_back():
                    inner = pool.submit(task)
                break
            except BrokenProcessPool:
                self._replace(pool)
            except BrokenPipeError:  # the new worker was lost before it had its instructions
                self._replace(pool)
                pool.shutdown(wait=False, cancel_futures=True)
        inner.add_done_callback(partial(self._pass_on, outer, task, pool))

    def _pass_on(
        self, outer: Future[T], task: Callable[[], T], pool: ProcessPoolExecutor, inner: Future[T]
    ) -> None:
        """Pass on the outcome of a task, or send it again if its pool broke."""
        try:
            outer.set_result(inner.result())
        except (BrokenProcessPool, CancelledError):
            try:
                self._replace(pool)
                self._send(outer, task)
            except Exception as error:  # an error lost here would leave the caller waiting
                outer.set_exception(error)
        except BaseException as error:
            outer.set_exception(error)

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        """Replace a broken pool, unless that has been done.

        Raises:
            WorkerLost: too many workers were lost, or the pool is being closed.
        """
        with self._lock:
            if self._pool is not broken:
                return
            if self._closing or self._losses == MOST_LOSSES:
                raise WorkerLost
            self._losses += 1
            self._pool = self._new_pool()

    def end_workers(self) -> None:
        """End all workers at once; what they had not finished is lost."""
        self._closing = True
        self._held.close()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the pool; see :class:`concurrent.futures.Executor`."""
        self._closing = True
        self._pool.shutdown(wait, cancel_futures=cancel_futures)
        self._watched.close()
        self._held.close()


@contextmanager
def workers(config: Config, processes: bool) -> Iterator[Executor]:
    """A pool of processes, or of threads (for use inside other programs, and for small jobs).

    There are as many as the configuration has threads, or as there are processors. If an error is
    raised, processes end at once, and threads when their replicate is finished.

    Raises:
        TooLittleMemory: they would need more memory than there is.
    """
    count = config.threads or processors()
    check_memory(config, count, processes=processes)
    compile_beside()  # while workers start
    pool = Processes(count) if processes else ThreadPoolExecutor(count)
    try:
        yield pool
    except BaseException:
        if isinstance(pool, Processes):
            pool.end_workers()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(watched: Connection) -> None:
    """Prepare a worker process: one thread, the interrupt key left to the parent, an end with it.

    Args:
        watched: end of a pipe whose other end the parent holds open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["NUMBA_NUM_THREADS"] = "1"
    threading.Thread(target=_end_with_parent, args=(watched,), daemon=True).start()


def _end_with_parent(watched: Connection) -> None:
    parent = mp.parent_process()
    assert parent is not None
    wait([watched, parent.sentinel])
    os._exit(1)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Start processes with the interrupt key blocked: it reaches all of them before they are ready.

    Only the calling thread is blocked, and new processes inherit that; not on Windows.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
