"""Compilation of loops: the options of Numba, in one place.

``error_model="numpy"`` divides without a check for zero. Fast mathematics is off, so that compiled
code gives the same bits as the plain rules.
"""

from __future__ import annotations

import os
from typing import Any

from numba import njit

compiled = njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)
"""Compiles a function whose arguments are numbers, arrays and NamedTuples of them."""

compiled_nogil = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
"""The same, releasing the interpreter lock during a call, so that threads run in parallel."""

_INNER: dict[str, Any] = {
    "cache": True, "error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}  # fmt: skip

inner = njit(**_INNER)
"""Compiles a function that only compiled code calls, and that neither makes nor returns arrays.

Nothing is made for calls from Python, and no references to arrays are counted: with many columns
in the arguments, that takes most of the time of compilation and a tenth of that of a week."""

inlined = njit(**_INNER, forceinline=True)
"""The same, copied into the loops that call it: for what is called customer by customer with many
columns, whose passing on would take longer than the work."""

part = njit(cache=True, error_model="numpy", inline="always")
"""A part of one loop, written apart to be read: compiled with the function that calls it."""


def processors() -> int:
    """Number of processors available to this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
