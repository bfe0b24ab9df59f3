"""Compilation of loops: the options of Numba, in one place.

``error_model="numpy"`` divides without a check for zero. Fast mathematics is off, so that compiled
code gives the same bits as the plain rules.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import logging
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from numba import config, njit, types
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache
from numba.core.compiler_lock import global_compiler_lock
from numba.experimental import structref


class _Files(IndexDataCacheFile):
    """Numba's cache files of a function, each with a checksum.

    A file that is damaged counts as missing, so that the function is compiled anew; one that cannot
    be written is done without.
    """

    def _load_index(self) -> Any:
        found = self._read(self._index_path)
        mine = (self._version, self._source_stamp)
        return found[1] if found and found[0] == mine else {}

    def _save_index(self, overloads: Any) -> None:
        self._write(self._index_path, ((self._version, self._source_stamp), overloads))

    def _load_data(self, name: str) -> Any:
        return self._read(self._data_path(name))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _read(self, path: str) -> Any:
        try:
            saved = Path(path).read_bytes()
        except OSError:
            return None
        mark, data = saved[:_MARK], saved[_MARK:]
        return pickle.loads(data) if hashlib.sha256(data).digest() == mark else None

    def _write(self, path: str, value: Any) -> None:
        data = self._dump(value)
        try:
            with self._open_for_write(path) as out:
                out.write(hashlib.sha256(data).digest() + data)
        except OSError as error:
            _say_uncached(os.path.dirname(path), error.strerror)


class _Cache(FunctionCache):
    """Numba's cache of a function, in the folder that :mod:`sim` names and nowhere else."""

    class _impl_class(FunctionCache._impl_class):  # noqa: N801 - Numba's name
        _locator_classes = FunctionCache._impl_class._locator_classes[:1]  # NUMBA_CACHE_DIR

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file: Any = _Files(self._cache_path, self._impl.filename_base, stamp)

    @property
    def never_filled(self) -> bool:
        """Whether no process has kept compiled code of the function yet."""
        return not os.path.exists(self._cache_file._index_path)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait while another process compiles the function for the first time, and keep others
        waiting. A lock ends with its process; where there are no locks, nobody waits."""
        from filelock import FileLock

        lock = FileLock(f"{self._cache_file._index_path}.lock", timeout=MOST_WAIT)
        with suppress(OSError, NotImplementedError):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _say_uncached(self._cache_path, error.strerror)


_MARK = hashlib.sha256().digest_size

MOST_WAIT = 300.0
"""Seconds to wait for another process to compile a function, before compiling it here as well."""


@functools.cache
def _say_uncached(folder: str, reason: str) -> None:
    """Say once, in the first process, that compiled code is not kept."""
    if multiprocessing.parent_process() is None:
        logging.getLogger(__name__).warning(
            "compiled code cannot be kept in %s (%s): every start takes a minute longer",
            folder, reason,
        )  # fmt: skip


def _kept(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator that compiles a function, and keeps the compiled code for the next process."""

    def decorate(function: Callable[..., Any]) -> Any:
        made = njit(error_model="numpy", **options)(function)
        if hasattr(made, "_cache"):  # not with NUMBA_DISABLE_JIT
            try:
                made._cache = _Cache(function)
                made.compile = _in_turn(made)
            except RuntimeError:  # there is no folder to write to
                made._cache = NullCache()
                _say_uncached(os.environ["NUMBA_CACHE_DIR"], "not writable")
        return made

    return decorate


def _in_turn(function: Any) -> Callable[[Any], Any]:
    """How a function is compiled: by one process, while others wait and then load the result."""
    compile_or_load, cache = function.compile, function._cache

    def compile_in_turn(signature: Any) -> Any:
        with global_compiler_lock:  # before the lock of files, or two threads might wait in a ring
            if not cache.never_filled:
                return compile_or_load(signature)
            with cache.turn(), _no_collection():
                return compile_or_load(signature)

    return compile_in_turn


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep garbage for later: looking for it takes a sixth of the time of compilation."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def is_missing(function: Any) -> bool:
    """Whether a compiled function is going to be compiled by the next process that calls it, and
    then be kept for other processes."""
    cache = getattr(function, "_cache", None)
    return isinstance(cache, _Cache) and cache.never_filled


compiled = _kept(no_cfunc_wrapper=True)
"""Compiles a function whose arguments are numbers, arrays and NamedTuples of them."""

compiled_nogil = _kept(nogil=True, no_cfunc_wrapper=True)
"""The same, releasing the interpreter lock during a call, so that threads run in parallel."""

_INNER = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

inner = _kept(**_INNER)
"""Compiles a function that only compiled code calls, and that neither makes nor returns arrays.

Nothing is made for calls from Python, and no references to arrays are counted: with many columns
in the arguments, that takes most of the time of compilation and a tenth of that of a week."""

inlined = _kept(**_INNER, forceinline=True)
"""The same, copied into the loops that call it: for what is called customer by customer with many
columns, whose passing on would take longer than the work."""

part = _kept(inline="always")
"""A part of one loop, written apart to be read: compiled with the function that calls it."""


if config.DISABLE_JIT:

    class Kept:
        """See below; without compilation, an object."""

        def __init__(self, columns: Any) -> None:
            self.columns = columns

else:

    @structref.register
    class _KeptType(types.StructRef):
        def preprocess_fields(self, fields: Any) -> Any:
            return tuple((name, types.unliteral(kind)) for name, kind in fields)

    class Kept(structref.StructRefProxy):  # type: ignore[no-redef]
        """Columns that stay the same arrays from call to call, as compiled code sees them.

        A call with a hundred arrays takes 15 microseconds to convert them; with this, one. Compiled
        code finds them under ``columns``.
        """

    structref.define_boxing(_KeptType, Kept)
    structref.define_constructor(Kept, _KeptType, ["columns"])


@compiled
def keep(columns):  # type: ignore[no-untyped-def]
    """Keep a NamedTuple of numbers, arrays and tuples of them for calls of compiled code."""
    return Kept(columns)


def processors() -> int:
    """Number of processors available to this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
