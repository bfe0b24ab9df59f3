"""The toy market in C, compiled on the spot where there is a C compiler."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from sim.experiments.benchmark.blocks_toy import Columns, Loops

SOURCE = Path(__file__).with_name("toy.c")
COMPILERS = ("cc", "gcc", "clang")
OPTIONS = (
    "-std=c11", "-O3", "-march=native", "-shared", "-fPIC",
    "-ffp-contract=off", "-fno-trapping-math",
)  # fmt: skip
"""Strict: no fast mathematics, no multiplication joined with an addition. That nobody watches
arithmetic exceptions changes no bit, but lets loops with comparisons vectorise."""


def compiler() -> str | None:
    """Path of the C compiler; None if there is none."""
    return next(filter(None, map(shutil.which, COMPILERS)), None)


@functools.cache
def loops() -> Loops | None:
    """Compile the loops; None where there is no compiler, or where it fails."""
    program = compiler()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        made = Path(place) / "toy.so"
        call = [program, *OPTIONS, str(SOURCE), "-o", str(made)]
        if subprocess.run(call, capture_output=True, check=False).returncode:
            return None
        library = ctypes.CDLL(str(made))
    whole = ctypes.c_int64

    def address(column: np.ndarray) -> Any:
        return ctypes.c_void_p(column.ctypes.data)

    def week(
        first: int, last: int, streams: np.ndarray, contacts: np.ndarray, columns: Columns
    ) -> None:
        library.week(
            whole(first), whole(last), whole(len(columns.a)), address(streams), address(contacts),
            *map(address, columns),
        )  # fmt: skip

    def deliver(first: int, last: int, columns: Columns) -> None:
        library.deliver(
            whole(first), whole(last), whole(len(columns.sent)), address(columns.to),
            address(columns.sent), address(columns.heard),
        )  # fmt: skip

    return Loops(week, deliver)
