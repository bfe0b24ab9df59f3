"""Workers of a Dask cluster: one that runs somewhere already, or one on this machine.

Workers need the same Python and the same gtm-dynamics, since functions travel as names. That is
checked when a pool begins, and in every task, as workers may join at any time.
"""

from __future__ import annotations

import itertools
import json
import logging
import tempfile
import threading
import time
import uuid
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import psutil

from sim.outcomes.store import draft_file
from sim.params import ConfigError, Message, as_message, shown
from sim.runs.pools import (
    MOST_LOSSES,
    Losses,
    Pool,
    PoolError,
    SchedulerLost,
    WorkerLost,
    most_in_a_row,
)
from sim.runs.processes import interrupts_held_back
from sim.runs.remote import Refused, identity, sees
from sim.runs.worker import ONE_THREAD

if TYPE_CHECKING:
    from distributed import Client, LocalCluster
    from distributed import Future as DaskFuture

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds to wait for the answer of a scheduler, and for a cluster on this machine to end."""

FRESH = 1.0
"""Seconds for which the number of workers is not asked for again."""

SAME = (as_message("Python"), as_message("gtm-dynamics"), Message("sources"))
"""What must be the same on all workers, in the order of :func:`~sim.runs.remote.identity`."""

HERE = "__import__('sim.runs.remote').runs.remote"
"""Expressions are sent to workers in place of functions: a function that a worker does not have
would end its connection, and it could not say why."""


class OtherProgram(PoolError, ConfigError):  # noqa: N818
    """A worker has another Python or another gtm-dynamics.

    Args:
        difference: what differs.
    """

    def __init__(self, difference: Message) -> None:
        super().__init__(
            "executor=dask: {difference}; all need the same Python and the same gtm-dynamics.",
            difference=difference,
        )


class NoSharedDisk(PoolError, ConfigError):  # noqa: N818
    """A worker that joined later cannot write where the others do."""

    def __init__(self, worker: str, folder: str) -> None:
        super().__init__(
            "executor=dask: the worker {worker}, which joined later, cannot write into {folder}, "
            "unlike the workers at the beginning.",
            worker=worker, folder=folder,
        )  # fmt: skip


class Cluster(Pool):
    """A pool of Dask workers.

    Args:
        client: connected to the scheduler; it keeps nothing of what is finished.
        closing: ends the client, and the workers if they are of this pool; taken over unless an
            error is raised.

    Raises:
        OtherProgram: a worker runs another program.
        SchedulerLost: the connection to the scheduler was lost.
    """

    def __init__(self, client: Client, closing: ExitStack) -> None:
        self._client = client
        self._sent: weakref.WeakSet[DaskFuture] = weakref.WeakSet()
        self._name, self._numbers = f"gtm-{uuid.uuid4().hex}", itertools.count()
        self._expected, self._shared, self._ends = identity(), "", False
        self._count, self._counted = 1, -FRESH
        self._refuse_others()
        self._losses = Losses(most_in_a_row(self.workers))
        self._suspects: deque[tuple[Future[Any], bytes]] = deque()
        self._retrying, self._lock = False, threading.RLock()
        self._closing = closing.pop_all()

    @property
    def workers(self) -> int:
        """Number of threads of all workers, at least 1."""
        if time.monotonic() - self._counted > FRESH and self._client.status == "running":
            with suppress(OSError):  # the next task tells that the scheduler is lost
                found = self._client.scheduler_info(n_workers=0)
                self._count = max(1, int(found["total_threads"]))
                self._counted = time.monotonic()
        return self._count

    def shares_disk(self, folder: Path) -> bool:
        """Whether workers can write into a folder of this process, which must exist.

        Waits for the first worker. Those that join later are asked as well, when they get a task.

        Raises:
            SchedulerLost: the connection to the scheduler was lost.
        """
        probe = draft_file(folder.absolute())
        self._closing.callback(probe.unlink, missing_ok=True)
        with _scheduler_may_be_lost():
            self._client.wait_for_workers(1)
            found = self._client.run(sees, str(probe))
        if not all(found.values()):
            return False
        self._shared = str(probe)
        return True

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a worker. The future raises :class:`~sim.runs.pools.WorkerLost` or
        :class:`~sim.runs.pools.SchedulerLost` if these are lost, and :class:`OtherProgram` if the
        worker runs another program."""
        import cloudpickle

        outer: Future[T] = Future()
        self._send(outer, cloudpickle.dumps(partial(fn, *args, **kwargs)))
        return outer

    def _send(self, outer: Future[Any], task: bytes, again: bool = False) -> bool:
        """Send a task to the scheduler.

        Args:
            again: whether all workers were lost that ran it.

        Returns:
            False if that is not possible, which ``outer`` tells.
        """
        try:
            self._losses.refuse()
            if self._ends or self._client.status != "running":
                raise SchedulerLost
            inner = self._client.submit(
                eval, f"{HERE}.run_task(*given)", {"given": (self._expected, self._shared, task)},
                key=(self._name, next(self._numbers)), pure=False,
            )  # fmt: skip
            self._sent.add(inner)
        except RuntimeError as error:  # of Dask, if the client was closed at this moment
            lost = isinstance(error, WorkerLost | SchedulerLost)
            if outer.set_running_or_notify_cancel():
                outer.set_exception(error if lost else SchedulerLost())
            return False
        outer.add_done_callback(partial(_cancel_too, weakref.ref(inner)))
        self._client.loop.add_callback(self._collect, outer, task, again, inner)
        return True

    async def _collect(
        self, outer: Future[Any], task: bytes, again: bool, inner: DaskFuture
    ) -> None:
        """Wait for the outcome of a task, and pass it on. Dask's own executor would lose it if the
        worker is lost while its result is collected, and all are lost that run the task again."""
        answer: Any = None
        error: BaseException | None = None
        try:
            (answer,) = await self._client.gather([inner], asynchronous=True)
        except Exception as problem:
            error = problem if inner.status == "error" else SchedulerLost()
        self._pass_on(outer, task, again, answer, error)

    def _pass_on(
        self, outer: Future[Any], task: bytes, again: bool, answer: Any, error: BaseException | None
    ) -> None:
        """Pass on the outcome of a task."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker) and not again:
            with self._lock:
                self._suspects.append((outer, task))
        elif outer.cancelled() or not outer.set_running_or_notify_cancel():
            pass
        elif isinstance(error, SchedulerLost):
            outer.set_exception(error)
        elif error is not None:
            outer.set_exception(self._in_our_words(error))
        elif isinstance(answer, Refused):
            outer.set_exception(_refusal(answer, self._expected))
        else:
            self._losses.finished()
            outer.set_result(answer)
        self._retry(ended=again)

    def _retry(self, ended: bool) -> None:
        """Send a task again whose workers were all lost, unless another one is on its way. Dask
        blames all tasks that were waiting at a worker for its loss; sent one at a time, only the
        guilty one fails again.

        Args:
            ended: whether the one that was on its way has ended.
        """
        with self._lock:
            self._retrying = self._retrying and not ended
            while self._suspects and not self._retrying:
                self._retrying = True
                if not self._send(*self._suspects.popleft(), again=True):
                    self._retrying = False

    def _in_our_words(self, error: BaseException) -> BaseException:
        """The error of a task, those of Dask as ours."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            self._losses.lost(MOST_LOSSES + 1)
            return WorkerLost()
        if isinstance(error, ImportError) and (error.name or "").split(".")[0] == "sim":
            return _cannot_import(Message("a worker"), error)
        self._losses.finished()
        return error

    def _refuse_others(self) -> None:
        """Ask the workers that are there whether they run the same program.

        Raises:
            OtherProgram: one of them does not.
            SchedulerLost: the connection to the scheduler was lost.
        """
        with _scheduler_may_be_lost():
            found = self._client.run(eval, f"{HERE}.identity()", on_error="return")
        for worker, theirs in found.items():
            if isinstance(theirs, BaseException):
                raise _cannot_import(worker, theirs)
            if theirs != self._expected:
                raise _refusal(Refused(worker, theirs), self._expected)

    def end_workers(self) -> None:
        """Take back all tasks that have not begun, and end the workers if they are of this pool.
        Workers of a cluster that runs elsewhere finish what they have begun."""
        self._ends = True
        if self._client.status == "running":
            with suppress(OSError, RuntimeError):
                self._client.cancel(list(self._sent))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the connection, and the cluster if it is of this pool."""
        if wait and not cancel_futures and not self._ends and self._client.status == "running":
            with suppress(OSError, RuntimeError):
                self._client.gather(list(self._sent), errors="skip")
        self._closing.close()


def _cancel_too(inner: weakref.ref[DaskFuture], outer: Future[Any]) -> None:
    """Cancel a task of Dask whose outcome is not wanted. The reference is weak, or Dask would keep
    the result as long as ``outer`` is kept."""
    waiting = inner()
    if outer.cancelled() and waiting is not None and waiting.status != "cancelled":
        waiting.cancel()


def connect(address: str, scheduler_file: str) -> Cluster:
    """Workers of a scheduler that runs already.

    Args:
        address: such as ``tcp://host:8786``; if empty, it is read from the file.
        scheduler_file: written by the scheduler.

    Raises:
        ConfigError: no scheduler answers, the file cannot be used, or Dask is not installed.
    """
    given = as_message(f"executor.address={address}")
    if scheduler_file:
        given = as_message(f"executor.scheduler_file={scheduler_file}")
        address = _address_in(scheduler_file)
    _need_dask()
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        client = _client(address, given, stack)
        return Cluster(client, stack)


def local(count: int) -> Cluster:
    """Workers of a Dask cluster on this machine, which ends with the pool.

    Args:
        count: number of worker processes.

    Raises:
        ConfigError: Dask is not installed.
    """
    _need_dask()
    from distributed import LocalCluster

    with ExitStack() as stack:
        stack.enter_context(_quiet())
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        stack.enter_context(_own_settings(folder))
        with interrupts_held_back():
            cluster = LocalCluster(
                n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1",
                protocol="tcp://", silence_logs=logging.CRITICAL + 1, local_directory=folder,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                memory_limit=None, env=ONE_THREAD,
            )  # fmt: skip
        stack.callback(_end, cluster)
        _revive_workers(cluster, count)
        client = _client(cluster.scheduler_address, as_message("executor=dask"), stack)
        return Cluster(client, stack)


def _revive_workers(cluster: LocalCluster, count: int) -> None:
    """Have workers replaced that are lost while they begin: Dask gives those up."""
    from distributed import Status
    from tornado.ioloop import PeriodicCallback

    def revive() -> None:
        keepers = cluster.workers.items()
        lost = [n for n, one in keepers if one.status in (Status.closed, Status.failed)]
        for name in lost:
            del cluster.workers[name]
        if len(cluster.workers) < count and cluster.status == Status.running:
            cluster.scale(count)

    async def begin() -> None:
        PeriodicCallback(revive, 1000 * FRESH).start()  # ends with the loop of the cluster

    cluster.sync(begin)


def _end(cluster: LocalCluster) -> None:
    """End a cluster on this machine, by force if need be."""
    processes = []
    for one in cluster.workers.values():
        with suppress(psutil.Error):
            processes += [psutil.Process(one.pid)] if one.pid else []
    with suppress(OSError, RuntimeError, AssertionError):
        cluster.close(timeout=PATIENCE)
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _client(address: str, given: Message, stack: ExitStack) -> Client:
    """A client of a scheduler, closed with the stack."""
    from distributed import Client

    try:
        with warnings.catch_warnings():  # of versions that differ; ours are checked
            warnings.simplefilter("ignore")
            client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            "{given}: no Dask scheduler answers at {address}; is it running, and can it be reached "
            "from here?",
            given=given, address=shown(address),
        ) from error  # fmt: skip
    stack.callback(_close, client)
    return client


def _close(client: Client) -> None:
    with suppress(OSError, RuntimeError):
        client.close(timeout=PATIENCE)


def _address_in(scheduler_file: str) -> str:
    """The address that a scheduler wrote into its file."""
    try:
        return str(json.loads(Path(scheduler_file).read_text(encoding="utf-8"))["address"])
    except OSError as error:
        raise ConfigError(
            "executor.scheduler_file={path}: {reason}.",
            path=scheduler_file, reason=as_message(error.strerror or str(error)),
        ) from error  # fmt: skip
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigError(
            "executor.scheduler_file={path}: not the file of a Dask scheduler, which is JSON with "
            "an address.",
            path=scheduler_file,
        ) from error  # fmt: skip


def _need_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ConfigError(
            "executor=dask needs Dask; install the package with its extra `cluster`."
        ) from None


def _refusal(answer: Refused, ours: tuple[str, ...]) -> ConfigError:
    """Why a worker cannot run tasks."""
    if answer.folder:
        return NoSharedDisk(answer.worker, answer.folder)
    what, theirs, here = next(
        pair for pair in zip(SAME, answer.identity, ours, strict=True) if pair[1] != pair[2]
    )
    return OtherProgram(
        Message(
            "the worker {worker} has {what} {theirs}, here it is {here}",
            worker=answer.worker, what=what, theirs=theirs, here=here,
        )
    )  # fmt: skip


def _cannot_import(worker: str | Message, error: BaseException) -> OtherProgram:
    return OtherProgram(
        Message(
            "{worker} cannot import gtm-dynamics ({reason})", worker=worker, reason=shown(error)
        )
    )


@contextmanager
def _scheduler_may_be_lost() -> Iterator[None]:
    """Turn Dask's errors about a connection into ours."""
    try:
        yield
    except (OSError, RuntimeError, AttributeError) as error:  # the last of a client that is closed
        raise SchedulerLost from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Print no logs of Dask: what matters is told by our own errors."""
    names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] in NOISY]
    before = {name: logging.getLogger(name).level for name in (*NOISY, *names)}
    for name in before:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


NOISY = ("distributed", "tornado", "asyncio")


@contextmanager
def _own_settings(folder: str) -> Iterator[None]:
    """Use Dask's own settings, and not those of files and variables meant for other clusters.

    Args:
        folder: for temporary files.
    """
    import dask

    clean: dict[str, Any] = {}
    dask.config.refresh(clean, paths=[], env={})
    clean["temporary-directory"] = folder
    clean["distributed"]["scheduler"]["allowed-failures"] = MOST_LOSSES
    clean["distributed"]["comm"]["timeouts"]["connect"] = "5s"  # to fetch results of lost workers
    with dask.config.set(clean):
        yield
