"""Where tasks run: in this process, in processes on this machine, or on a Dask cluster."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace

from sim.compile import processors
from sim.config.schema import Config
from sim.model.first_run import compile_beside
from sim.model.memory import check_memory
from sim.params import ConfigError, nearest, one_of, shown, whole_number, whole_number_in
from sim.runs.pools import Pool, Threads
from sim.runs.processes import Processes

EXECUTORS = ("processes", "in_process", "dask")

MOST_WORKERS = 4096

ADDRESS = re.compile(r"(tcp|tls|ws|wss)://(\[[0-9a-fA-F:.%\w]+\]|[^\s:/\[\]]+):[0-9]{1,5}")
"""Address of a Dask scheduler."""


@dataclass(frozen=True)
class Execution:
    """Where tasks run.

    Attributes:
        executor: ``"processes"`` on this machine, ``"in_process"`` (threads; one is serial), or
            ``"dask"``.
        address: of a Dask scheduler, such as ``tcp://host:8786``.
        scheduler_file: file in which a Dask scheduler wrote its address. Without either, ``dask``
            starts a cluster on this machine.
        workers: number of workers on this machine; 0 for as many as the configuration has threads,
            or as there are processors.

    Raises:
        ConfigError: a value is wrong, or does not fit the others.
    """

    executor: str = "processes"
    address: str = ""
    scheduler_file: str = ""
    workers: int = 0

    def __post_init__(self) -> None:
        one_of(self.executor, "executor", EXECUTORS)
        whole_number(self.workers, "executor.workers", 0, MOST_WORKERS)
        for name in ("address", "scheduler_file"):
            if getattr(self, name) and self.executor != "dask":
                raise ConfigError(
                    "executor.{name}={value} needs executor=dask.",
                    name=name, value=shown(getattr(self, name)),
                )  # fmt: skip
        if self.address and self.scheduler_file:
            raise ConfigError("executor.address and executor.scheduler_file: one of them only.")
        if self.workers and (self.address or self.scheduler_file):
            raise ConfigError(
                "executor.workers={count} is about workers on this machine; a scheduler that runs "
                "already has its own.",
                count=self.workers,
            )  # fmt: skip
        if self.address and not ADDRESS.fullmatch(self.address):
            raise ConfigError(
                "executor.address={address}: needs the form tcp://host:8786.",
                address=shown(self.address),
            )  # fmt: skip


def split_execution(changes: Iterable[str]) -> tuple[Execution, list[str]]:
    """Take the words about the executor out of the changes of a command.

    Args:
        changes: ``key=value`` words, such as ``executor=dask`` and ``executor.workers=4``; the
            last word about a key counts.

    Returns:
        Where tasks run, and the other changes.

    Raises:
        ConfigError: a word about the executor is wrong.
    """
    found: dict[str, str] = {}
    others = []
    for word in changes:
        key, equals, value = (part.strip() for part in word.partition("="))
        if equals and key.partition(".")[0] == "executor":
            found[_field(key)] = value
        else:
            others.append(word)
    count = found.pop("workers", "0")
    known = Execution(workers=whole_number_in(count, "executor.workers", 0, MOST_WORKERS))
    return replace(known, **found), others  # type: ignore[arg-type]


def _field(key: str) -> str:
    """The field of :class:`Execution` that a key is about."""
    if key == "executor":
        return key
    name = key.partition(".")[2]
    known = [field.name for field in fields(Execution) if field.name != "executor"]
    if name not in known:
        raise ConfigError(
            "{key}: no such key; allowed {allowed}.{hint}",
            key=shown(key), allowed=["executor", *(f"executor.{one}" for one in known)],
            hint=nearest(key, [f"executor.{one}" for one in known]),
        )  # fmt: skip
    return name


@contextmanager
def workers(config: Config, execution: Execution | bool = True) -> Iterator[Pool]:
    """A pool of workers. If an error is raised, they end at once; those in this process when their
    task is finished.

    Args:
        config: tells how many workers there are, and how much memory each of them needs.
        execution: where tasks run; True for processes on this machine, False for this process.

    Raises:
        TooLittleMemory: workers on this machine would need more memory than there is.
        ConfigError: there is no scheduler, or the program of its workers is another one.
        SchedulerLost: the connection to the scheduler was lost.
    """
    if isinstance(execution, bool):
        execution = Execution("processes" if execution else "in_process")
    pool = _pool(config, execution)
    try:
        yield pool
    except BaseException:
        pool.end_workers()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(config: Config, execution: Execution) -> Pool:
    """Begin the workers; see :func:`workers`."""
    if execution.address or execution.scheduler_file:
        from sim.runs.cluster import connect

        return connect(execution.address, execution.scheduler_file)
    count = execution.workers or config.threads or processors()
    check_memory(config, count, processes=execution.executor != "in_process")
    compile_beside()  # while workers start
    if execution.executor == "dask":
        from sim.runs.cluster import local

        return local(count)
    return Processes(count) if execution.executor == "processes" else Threads(count)
