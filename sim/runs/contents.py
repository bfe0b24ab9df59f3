"""What a store holds, seen from outside: programs, parts, runs; verifying and removing them."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sim.outcomes.store import remove_drafts
from sim.params import ConfigError, nearest
from sim.runs.address import defaults, program
from sim.runs.jobs import DONE, FAILED
from sim.runs.record import SCHEMAS
from sim.runs.store import INDEX, NAME, PROGRAM_LENGTH, Store, drafts, listed, name_of, read_part

PROGRAM = re.compile(rf"[0-9a-f]{{{PROGRAM_LENGTH}}}")
"""Names of the folders of programs."""

COLUMNS = ("key", "status", "seed", "plan", "arm", "weeks", "changes", "reason", "written")
"""Columns of :meth:`Program.runs`."""

FILTERS = ("key", "seed", "plan", "arm", "weeks")
"""Columns by which runs can be chosen."""

IN_USE = 60.0
"""Seconds for which a program that has written something may be writing still."""


class InUse(ConfigError):  # noqa: N818
    """Another process is removing or rewriting parts of the store."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            "{place}: another command is at work on this store; try again later.", place=place
        )


@dataclass(frozen=True)
class Part:
    """A part of a table.

    Attributes:
        size: in bytes.
        written: when it was written, in seconds since 1970.
    """

    path: Path
    table: str
    size: int
    written: float

    def is_whole(self) -> bool:
        """Whether its bytes match its name; False as well if it cannot be read."""
        try:
            return name_of(self.path.read_bytes()) == self.path.name
        except OSError:
            return False


@dataclass(frozen=True)
class Program:
    """What the runs of one program have left in a store."""

    folder: Path

    @property
    def name(self) -> str:
        """Beginning of the program's fingerprint."""
        return self.folder.name

    @property
    def is_current(self) -> bool:
        """Whether it is the program that runs now."""
        return self.name == program()[:PROGRAM_LENGTH]

    @cached_property
    def parts(self) -> list[Part]:
        """Its parts, by table and name."""
        return [part for table in SCHEMAS for part in _parts(self.folder, table)]

    @property
    def written(self) -> float:
        """When its last part was written, in seconds since 1970."""
        return max((part.written for part in self.parts), default=0.0)

    def of(self, table: str) -> list[Part]:
        """The parts of a table."""
        return [part for part in self.parts if part.table == table]

    def count(self, table: str) -> int:
        """Number of records of a table in undamaged parts."""
        parts, known = self.of(table), listed(self.folder, table)
        keys = {key for part in parts for key in known.get(part.path.name, ())}
        new = [part for part in parts if part.path.name not in known]
        return len(keys.union(*(rows["key"].to_pylist() for rows, _ in _read(new, ["key"]))))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run, with the columns :data:`COLUMNS`: what it was, its ``status``, the
        ``reason`` if it failed, and when it was ``written``, in seconds since 1970."""
        about = ["key", "seed", "plan", "arm", "weeks", "changes"]
        found = [
            rows.append_column("status", _same_in_all(status, rows)).append_column(
                "written", _same_in_all(part.written, rows)
            )
            for table, status, more in (("runs", DONE, []), ("failures", FAILED, ["reason"]))
            for rows, part in _read(self.of(table), [*about, *more])
        ]
        if not found:
            return pd.DataFrame(columns=list(COLUMNS))
        table: pd.DataFrame = pa.concat_tables(found, promote_options="default").to_pandas()
        return table.drop_duplicates("key", ignore_index=True).reindex(columns=list(COLUMNS))


def programs(store: Path) -> list[Program]:
    """The programs with runs in a store: the current one, then by the time they last wrote.

    Raises:
        OSError: the folder cannot be read.
    """
    if not store.is_dir():
        return []
    found = [Program(path) for path in store.iterdir() if PROGRAM.fullmatch(path.name)]
    found = [one for one in found if one.parts]
    return sorted(found, key=lambda one: (not one.is_current, -one.written))


def _parts(folder: Path, table: str) -> Iterator[Part]:
    if not (folder / table).is_dir():
        return
    with os.scandir(folder / table) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if NAME.fullmatch(entry.name):
                with suppress(FileNotFoundError):  # removed by another process in between
                    about = entry.stat()
                    yield Part(Path(entry.path), table, about.st_size, about.st_mtime)


def _read(parts: Iterable[Part], columns: list[str]) -> Iterator[tuple[pa.Table, Part]]:
    """Some columns of parts, which are not stored as numbers of words any more; a damaged part is
    left out."""
    for part in parts:
        try:
            rows = read_part(part.path.read_bytes(), columns)
        except Exception:  # there is no end to what a damaged file can raise; `verify` names it
            continue
        kinds = [pa.string() if pa.types.is_dictionary(f.type) else f.type for f in rows.schema]
        yield rows.cast(pa.schema(zip(rows.schema.names, kinds, strict=True))), part


def _same_in_all(value: object, rows: pa.Table) -> pa.Array:
    """A column with one value."""
    return pa.repeat(pa.scalar(value), len(rows))


def chosen(runs: pd.DataFrame, filters: Sequence[str]) -> pd.DataFrame:
    """Those of some runs that have given values.

    Args:
        runs: see :attr:`Program.runs`.
        filters: ``key=value`` words; a key is one of :data:`FILTERS`, or of the configuration that
            all arms share.

    Raises:
        ConfigError: there is no such key.
    """
    changes = {text: json.loads(text) for text in runs["changes"].unique()}
    for word in filters:
        key, _, value = (part.strip() for part in word.partition("="))
        if key in FILTERS:
            runs = runs[[_same(one, value) for one in runs[key]]]
            continue
        _known(key, changes.values())
        same = {
            text: _same(of.get(key, defaults().get(key)), value) for text, of in changes.items()
        }
        runs = runs[runs["changes"].map(same).astype(bool)]
    return runs


def _known(key: str, changes: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a key that no configuration has."""
    allowed = dict.fromkeys([*FILTERS, *defaults(), *(key for one in changes for key in one)])
    if key not in allowed:
        raise ConfigError(
            "gtm results: {key} is neither one of {columns} nor a key of the configuration.{hint}",
            key=key, columns=list(FILTERS), hint=nearest(key, allowed),
        )  # fmt: skip


def _same(value: object, word: str) -> bool:
    """Whether a stored value is the one that a word says."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() == word.lower() if isinstance(value, bool) else str(value) == word
    try:
        return float(word) == float(value)
    except ValueError:
        return False


def remove(store: Path, keys: Iterable[str]) -> None:
    """Remove runs of the current program, with all that is stored of them.

    Raises:
        InUse: another process removes or rewrites parts.
        OSError: the folder cannot be written.
    """
    unwanted, held = set(keys), Store(store)
    assert held.folder is not None
    with held.alone() as alone:
        if not alone:
            raise InUse(store)
        held.refresh()
        tails = [
            key
            for rows, _ in _read(Program(held.folder).of("runoffs"), ["key", "run"])
            for key, run in zip(*rows.to_pydict().values(), strict=True)
            if run in unwanted
        ]
        for table in ("runs", "weeks", "failures"):
            held.remove(table, unwanted)
        held.remove("runoffs", tails)


def is_in_use(one: Program) -> bool:
    """Whether a program has just written, and so may be writing still."""
    return time.time() - one.written < IN_USE


def remove_program(one: Program) -> None:
    """Remove all parts of a program, and its folders unless somebody has put other files there.

    Raises:
        OSError: a part cannot be removed.
    """
    for part in one.parts:
        part.path.unlink(missing_ok=True)
    remove_drafts(drafts(one.folder))
    for path in (one.folder / INDEX).glob("*.parquet"):
        path.unlink(missing_ok=True)
    (one.folder / ".lock").unlink(missing_ok=True)
    for folder in (*(one.folder / table for table in (*SCHEMAS, INDEX)), one.folder):
        with suppress(OSError):  # not empty, or not there
            folder.rmdir()
