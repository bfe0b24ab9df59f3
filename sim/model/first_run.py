"""The first run: a second process compiles the largest loop while the first compiles all others.

The loop of :meth:`~sim.engines.columnar.ColumnarPopulation.close_week` takes more than half of the
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

from sim.compile import is_missing, processors
from sim.engines.columnar import ColumnarPopulation
from sim.engines.kernels.weeks import close_blocks

SECOND = "import sys; sys.path[:] = {path!r}; from sim.model.first_run import second; second()"
"""Program of the second process, which imports from where the first does."""


def compile_beside() -> None:
    """Start the second process, unless the loop is compiled, another process has started one, or
    there is one processor only. It ends with this process, however that ends."""
    if is_missing(close_blocks) and processors() > 1:
        threading.Thread(target=_watch, daemon=True).start()


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
    from sim.config.compose import load_config
    from sim.model.world import World

    config = load_config("population.customers=100", "weeks=1", "warmup=0", "threads=1")
    engine = World(config, 1, None, "columnar", None).engine
    assert isinstance(engine, ColumnarPopulation)
    engine.compile_close()


def _end_with_first() -> None:
    """Standard input is a pipe whose other end the first process holds open."""
    os.read(0, 1)
    os._exit(1)
