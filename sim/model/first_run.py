"""The first run: a second process compiles the largest loop while the first compiles all others.

The loop of :meth:`~sim.engines.columnar.ColumnarPopulation.close_week` takes almost half of the
time of compilation. Processes share what they compile in the cache of :mod:`sim.compile`, where
only one compiles a function and others wait. A second process that fails or is lost costs time
only: its lock ends with it, and whoever waits compiles the loop.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from multiprocessing.spawn import get_executable
from pathlib import Path
from typing import TYPE_CHECKING

from sim.compile import is_missing, processors
from sim.engines.columnar import ColumnarPopulation
from sim.engines.kernels.weeks import close_blocks

if TYPE_CHECKING:
    from sim.model.world import World

WEEKS = 3
"""Weeks of the small market, after which every loop of firms has been called."""

SECOND = "import sys; sys.path[:] = {path!r}; from sim.model.first_run import second; second()"
"""Program of the second process, which imports from where the first does."""


def compile_beside() -> None:
    """Start the second process, unless the loop is compiled, another process has started one, or
    there is one processor only. It ends with this process, however that ends."""
    if is_missing(close_blocks) and processors() > 1:
        threading.Thread(target=_watch, daemon=True).start()


def compile_others() -> None:
    """Compile the loops of firms while the largest is compiled beside, rather than wait for it: a
    small market on the reference engine calls them all and needs no loop of the columnar one."""
    if is_missing(close_blocks) and processors() > 1:
        small = _small_market()
        for _ in range(WEEKS):
            small.step()


def _small_market() -> World:
    """The smallest market whose firms have something to do, on the reference engine."""
    from sim.config.compose import load_config
    from sim.model.world import World

    config = load_config("population.customers=100", f"weeks={WEEKS}", "warmup=0", "threads=1")
    return World(config, 1, None, "reference", None)


def _watch() -> None:
    """Hold a lock while the second process runs: it is the only one of all processes."""
    from filelock import FileLock

    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    program = SECOND.format(path=sys.path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "second.lock", timeout=0):
            subprocess.Popen(
                [os.fsdecode(get_executable()), "-c", program], stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ).wait()  # fmt: skip
    except (OSError, NotImplementedError):
        return


def second() -> None:
    """Compile the largest loop, in the second process."""
    threading.Thread(target=_end_with_first, daemon=True).start()
    market = _small_market()
    ColumnarPopulation(market.people, market.setup(), market.network, 1).compile_close()


def _end_with_first() -> None:
    """Standard input is a pipe whose other end the first process holds open."""
    os.read(0, 1)
    os._exit(1)
