"""How a worker process begins.

Only light modules are imported here: libraries read how many threads they may use when they are
loaded, which is after :func:`begin`.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import threading
from multiprocessing.connection import Connection, wait

ONE_THREAD = {
    f"{library}_NUM_THREADS": "1" for library in ("NUMBA", "OMP", "MKL", "OPENBLAS")
}  # fmt: skip
"""Environment of a worker, which simulates one market at a time."""


def begin(watched: Connection) -> None:
    """Prepare a worker process: one thread, the interrupt key left to the parent, an end with it.

    Args:
        watched: end of a pipe whose other end the parent holds open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(ONE_THREAD)
    threading.Thread(target=_end_with_parent, args=(watched,), daemon=True).start()


def _end_with_parent(watched: Connection) -> None:
    parent = mp.parent_process()
    assert parent is not None
    wait([watched, parent.sentinel])
    os._exit(1)
