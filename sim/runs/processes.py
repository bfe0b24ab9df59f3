"""Worker processes on this machine.

A worker ends with its parent, however that ends. A worker that is lost, because the system ended it
for lack of memory, say, is replaced, and its task runs again.
"""

from __future__ import annotations

import multiprocessing as mp
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from sim.runs.pools import MOST_LOSSES, Losses, Pool, WorkerLost, most_in_a_row
from sim.runs.worker import begin

P = ParamSpec("P")
T = TypeVar("T")


class Processes(Pool):
    """A pool of processes, each held by a thread of its own: so it is known whose worker was lost.

    A task whose worker was lost more than :data:`~sim.runs.pools.MOST_LOSSES` times raises
    :class:`~sim.runs.pools.WorkerLost`, and the others go on.

    Args:
        count: number of processes.
    """

    def __init__(self, count: int) -> None:
        self._count, self._context = count, mp.get_context("spawn")
        self._watched, self._held = self._context.Pipe(duplex=False)
        self._losses, self._closing = Losses(most_in_a_row(count)), False
        self._threads = ThreadPoolExecutor(count)
        self._processes: dict[int, ProcessPoolExecutor] = {}

    @property
    def workers(self) -> int:
        return self._count

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a worker; the future raises :class:`WorkerLost` in the end."""
        return self._threads.submit(self._run, partial(fn, *args, **kwargs))

    def _run(self, task: Callable[[], T]) -> T:
        """Run a task in the process of this thread, and again if that is lost."""
        for _ in range(MOST_LOSSES + 1):
            self._losses.refuse()
            waiting = self._send(task)
            error = waiting.exception() if waiting else None
            if waiting and not isinstance(error, BrokenProcessPool):
                self._losses.finished()
                return waiting.result()
            if self._closing:
                break
            self._losses.lost()
            lost = self._processes.pop(threading.get_ident())
            lost.shutdown(wait=False, cancel_futures=True)
        raise WorkerLost

    def _send(self, task: Callable[[], T]) -> Future[T] | None:
        """Pass a task to the process of this thread; None if that is lost already."""
        own = threading.get_ident()
        pool = self._processes[own] = self._processes.get(own) or self._new_process()
        try:
            with interrupts_held_back():
                return pool.submit(task)
        except (BrokenProcessPool, BrokenPipeError):  # perhaps before it had its instructions
            return None

    def _new_process(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1, mp_context=self._context, initializer=begin, initargs=(self._watched,)
        )

    def end_workers(self) -> None:
        """End all workers at once; what they had not finished is lost."""
        self._closing = True
        self._held.close()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the pool; see :class:`concurrent.futures.Executor`."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if not wait:
            threading.Thread(target=self.shutdown).start()
            return
        for last in (False, True):  # all are told to end before the first is waited for
            for pool in self._processes.values():
                pool.shutdown(wait=last)
        self._watched.close()
        self._held.close()


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Start processes with the interrupt key blocked: it reaches all of them before they are ready.

    Only the calling thread is blocked; new processes and threads inherit that. Not on Windows.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker  # not on Windows

    resource_tracker.ensure_running()  # as it starts, Python lets the key through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
