"""Compilation of loops: the options of Numba, in one place.

``error_model="numpy"`` divides without a check for zero. Fast mathematics is off, so that compiled
code gives the same bits as the plain rules.
"""

from __future__ import annotations

import os

from numba import njit

compiled = njit(cache=True, error_model="numpy")
"""Compiles a function whose arguments are numbers, arrays and NamedTuples of them."""

compiled_nogil = njit(cache=True, nogil=True, error_model="numpy")
"""The same, releasing the interpreter lock during a call, so that threads run in parallel."""

inlined = njit(cache=True, error_model="numpy", forceinline=True)
"""The same, copied into the loops that call it: for what is called customer by customer with many
columns, whose passing on would take longer than the work."""

part = njit(cache=True, error_model="numpy", inline="always")
"""A part of one loop, written apart to be read: compiled with the function that calls it."""


def processors() -> int:
    """Number of processors available to this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
