"""What happens in a worker of a Dask cluster."""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, NamedTuple

import sim
from sim.runs.address import program


class Refused(NamedTuple):
    """Answer of a worker that cannot run tasks: its identity, or the folder it does not see."""

    worker: str
    identity: tuple[str, ...]
    folder: str = ""


def identity() -> tuple[str, ...]:
    """What this process runs: versions of Python and gtm-dynamics, fingerprint of the sources."""
    return "{}.{}".format(*sys.version_info[:2]), sim.__version__, program()[:12]


def run_task(expected: tuple[str, ...], shared: str, task: bytes) -> Any:
    """Run a task in a worker that has the same program and the same disk; returns its result, or
    why it is refused.

    Args:
        expected: identity of the program that sent the task.
        shared: file that workers see if they share a disk; empty if that does not matter.
        task: pickled function without arguments.
    """
    from distributed import get_worker

    if identity() != expected:
        return Refused(get_worker().address, identity())
    if shared and not sees(shared):
        return Refused(get_worker().address, expected, os.path.dirname(shared))
    return pickle.loads(task)()


def sees(path: str) -> bool:
    """Whether this process sees a file and can write beside it."""
    return os.path.exists(path) and os.access(os.path.dirname(path), os.W_OK)
