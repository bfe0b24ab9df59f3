"""The store of runs: Parquet parts in a folder, which any program reads as tables.

The parts of a table (:mod:`sim.runs.record`) lie in ``PROGRAM/TABLE/HASH.parquet``, where PROGRAM
begins the fingerprint of the program and HASH is the SHA-256 of the part's bytes. A part appears
complete or not at all and never changes, so any number of programs, users and machines may read and
write at the same time. A part whose bytes do not match its name is damaged: it is removed, and what
it held is simulated again when it is needed. Other files in these folders are left alone.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from sim.outcomes.store import remove_drafts, whole_file
from sim.runs.address import program
from sim.runs.record import SCHEMAS, Tables

log = logging.getLogger(__name__)

PROGRAM_LENGTH = 12
"""Digits of the fingerprint of the program in the name of its folder."""

NAME = re.compile(r"[0-9a-f]{64}\.parquet")
"""Names of parts."""

INDEX = "index"
"""Folder of lists that say which keys a part holds, so that not every part has to be opened."""

MANY_PARTS = 64
"""Parts that are not in the list yet, from which the list is written anew."""

KEPT_IN_MEMORY = 8
"""Parts whose rows are kept in memory after they were read."""

PATIENCE = 10.0
"""Seconds to wait for another process that removes duplicates."""

Encoded = dict[str, bytes]
"""Parts as bytes, by table."""


def encode(tables: Tables) -> Encoded:
    """The parts of some records."""
    return {name: _packed(rows) for name, rows in tables.items() if rows.num_rows}


def _packed(rows: pa.Table) -> bytes:
    words = [f.name for f in rows.schema if pa.types.is_dictionary(f.type)]
    out = io.BytesIO()
    pq.write_table(rows.unify_dictionaries(), out, compression="zstd", use_dictionary=words)
    return out.getvalue()


def name_of(part: bytes) -> str:
    """Name of a part, by which its bytes are verified."""
    return f"{hashlib.sha256(part).hexdigest()}.parquet"


class Parts(Protocol):
    """Where the parts of all tables lie."""

    def names(self, table: str) -> set[str]:
        """Names of the parts of a table."""

    def read(self, table: str, name: str) -> bytes:
        """The bytes of a part.

        Raises:
            FileNotFoundError: it is gone.
            OSError: it cannot be read.
        """

    def write(self, table: str, part: bytes) -> str:
        """Write a part; returns its name."""

    def remove(self, table: str, name: str) -> None:
        """Remove a part if that is possible."""


class InMemory:
    """Parts in memory."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], bytes] = {}

    def names(self, table: str) -> set[str]:
        """See :class:`Parts`."""
        return {name for of, name in self._parts if of == table}

    def read(self, table: str, name: str) -> bytes:
        """See :class:`Parts`."""
        if (table, name) not in self._parts:
            raise FileNotFoundError(name)
        return self._parts[table, name]

    def write(self, table: str, part: bytes) -> str:
        """See :class:`Parts`."""
        name = name_of(part)
        self._parts[table, name] = part
        return name

    def remove(self, table: str, name: str) -> None:
        """See :class:`Parts`."""
        self._parts.pop((table, name), None)


class InFolder:
    """Parts in a folder; see the head of this file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, table: str) -> set[str]:
        """See :class:`Parts`."""
        try:
            return {name for name in os.listdir(self.folder / table) if NAME.fullmatch(name)}
        except FileNotFoundError:
            return set()

    def read(self, table: str, name: str) -> bytes:
        """See :class:`Parts`."""
        return (self.folder / table / name).read_bytes()

    def write(self, table: str, part: bytes) -> str:
        """See :class:`Parts`."""
        name = name_of(part)
        with whole_file(self.folder / table / name) as draft:
            draft.write_bytes(part)
        return name

    def remove(self, table: str, name: str) -> None:
        """See :class:`Parts`."""
        path = self.folder / table / name
        with suppress(OSError):
            path.rename(path.with_suffix(".damaged")) if path.is_dir() else path.unlink()


def drafts(folder: Path) -> list[Path]:
    """Drafts of parts, and of what shows whether workers share the disk, of one program."""
    return [*folder.glob(".*.part"), *folder.glob("*/.*.part")]


class Store:
    """Runs and figures of this program, in a folder, or in memory without a folder.

    Attributes:
        folder: of this program's parts; None in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder.absolute() / program()[:PROGRAM_LENGTH] if folder else None
        self._parts: Parts = InFolder(self.folder) if self.folder else InMemory()
        self._keys: dict[str, dict[str, list[str]]] = {name: {} for name in SCHEMAS}
        self._places: dict[str, dict[str, str]] = {name: {} for name in SCHEMAS}
        self._verified: set[str] = set()
        self._unreadable: set[str] = set()
        self._read: dict[str, dict[str, pa.Table]] = {}

    # Finding

    def refresh(self) -> None:
        """Learn of parts that other processes have written or removed."""
        for table in SCHEMAS:
            now, known = self._parts.names(table), self._keys[table]
            if gone := known.keys() - now:
                self._forget(table, gone)
            new = now - known.keys() - self._unreadable
            listed = self._listed(table) if len(new) > MANY_PARTS else {}
            for name in sorted(new):
                self._learn(table, name, listed.get(name))

    def _learn(self, table: str, name: str, keys: list[str] | None = None) -> None:
        """Learn which records a part holds, from the part itself if they are not given."""
        if keys is None:
            part = self._part(table, name)
            if part is None:
                return
            keys = _keys_of(part)
        self._keys[table][name] = keys
        for key in keys:
            self._places[table].setdefault(key, name)

    def _forget(self, table: str, names: Collection[str]) -> None:
        """Forget parts; their records may be in others as well."""
        keys, places = self._keys[table], self._places[table]
        lost = {k for name in names for k in keys.pop(name, ()) if places.get(k) == name}
        for key in lost:
            del places[key]
        if lost:
            for name, there in keys.items():
                for key in lost.intersection(there):
                    places.setdefault(key, name)
        self._verified.difference_update(names)
        for name in names:
            self._read.pop(name, None)

    def _part(self, table: str, name: str) -> bytes | None:
        """The bytes of a part, verified; None if it is gone, cannot be read or is damaged: then it
        is forgotten."""
        try:
            part = self._parts.read(table, name)
            if name in self._verified or name_of(part) == name:
                self._verified.add(name)
                return part
        except FileNotFoundError:  # removed by another process in between
            self._forget(table, [name])
            return None
        except IsADirectoryError:
            pass
        except OSError:
            log.warning("%s: cannot be read; what it holds is simulated again.", f"{table}/{name}")
            self._unreadable.add(name)
            self._forget(table, [name])
            return None
        log.warning("%s: damaged; what it held is simulated again.", f"{table}/{name}")
        self._parts.remove(table, name)
        self._forget(table, [name])
        return None

    def find(self, table: str, keys: Iterable[str]) -> set[str]:
        """Those of some keys whose records are here and undamaged."""
        return {key for key in keys if self.has(table, key)}

    def has(self, table: str, key: str) -> bool:
        """Whether a record is here and undamaged."""
        places = self._places[table]
        while (name := places.get(key)) is not None:
            if name in self._verified or self._part(table, name) is not None:
                return True
        return False

    def lacking(self, table: str, keys: Sequence[str]) -> list[int]:
        """Places of the keys whose records are not here."""
        return [n for n, key in enumerate(keys) if not self.has(table, key)]

    # Reading

    def figures(self, key: str) -> dict[str, float]:
        """The figures of a measurement, by name.

        Raises:
            KeyError: as for :meth:`rows`.
        """
        found = self.rows("figures", key).select(["figure", "value"]).to_pydict()
        return dict(zip(found["figure"], found["value"], strict=True))

    def rows(self, table: str, key: str) -> pa.Table:
        """The rows of a record.

        Raises:
            KeyError: it is not here, or not any more.
        """
        while True:
            found = self._split(table, self._places[table][key])
            if found is not None:
                return found[key]
            self.refresh()  # another process may have put it into another part

    def _split(self, table: str, name: str) -> dict[str, pa.Table] | None:
        """The records of a part by key, None if it is gone; the parts read last are kept."""
        if name not in self._read:
            rows = self._rows_of(table, name)
            if rows is None:
                return None
            while len(self._read) >= KEPT_IN_MEMORY:
                del self._read[next(iter(self._read))]
            self._read[name] = dict(_by_key(rows))
        return self._read[name]

    def _rows_of(self, table: str, name: str) -> pa.Table | None:
        """All rows of a part; None if it is gone."""
        part = self._part(table, name)
        return None if part is None else read_part(part)

    def table(self, table: str, keys: Iterable[str]) -> pa.Table:
        """The rows of many records, each once, in no particular order.

        Raises:
            KeyError: one is not here, or not any more.
        """
        keys = set(keys)
        while True:
            by_part: dict[str, list[str]] = {}
            for key in keys:
                by_part.setdefault(self._places[table][key], []).append(key)
            found = [self._some(table, name, by_part[name]) for name in sorted(by_part)]
            if not any(rows is None for rows in found):
                return pa.concat_tables(found) if found else SCHEMAS[table].empty_table()
            self.refresh()  # another process may have put them into other parts

    def _some(self, table: str, name: str, keys: Sequence[str]) -> pa.Table | None:
        """The rows of some records of a part; None if it is gone."""
        rows = self._rows_of(table, name)
        if rows is None or len(keys) == len(self._keys[table][name]):
            return rows
        return only(rows, keys)

    # Writing

    def learn(self, names: Mapping[str, str]) -> None:
        """Learn of parts that a worker has written, by table."""
        for table, name in names.items():
            self._learn(table, name)

    def add(self, parts: Mapping[str, bytes]) -> None:
        """Write parts.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        for table, part in parts.items():
            name = self._parts.write(table, part)
            self._verified.add(name)
            self._learn(table, name, _keys_of(part))

    def remove(self, table: str, keys: Collection[str]) -> None:
        """Remove records; those of other keys in the same parts are written anew before.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        places, unwanted = self._places[table], set(keys)
        for name in sorted({places[key] for key in unwanted if key in places}):
            self._keep(table, name, set(self._keys[table][name]) - unwanted)

    def tidy(self) -> None:
        """Keep one of several records of a run, which two processes may have simulated at the same
        time, and write the list of keys anew if many parts are not in it. Nothing depends on this,
        so it is left undone where it cannot be done."""
        with suppress(OSError, NotImplementedError), self.alone() as alone:
            if self.folder is None or not alone:
                return
            remove_drafts(drafts(self.folder))
            self.refresh()
            for table in SCHEMAS:
                self._remove_duplicates(table)
                if len(self._keys[table].keys() - self._listed(table).keys()) > MANY_PARTS:
                    self._write_list(table)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process removes or rewrites parts of this store; it is waited for.

        Raises:
            OSError, NotImplementedError: the folder cannot be written, or its system has no locks.
        """
        if self.folder is None or not self.folder.is_dir():
            yield True
            return
        lock = FileLock(self.folder / ".lock", timeout=PATIENCE)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _remove_duplicates(self, table: str) -> None:
        seen: set[str] = set()
        for name in sorted(self._keys[table]):
            keys = set(self._keys[table][name])
            if not keys.isdisjoint(seen):
                self._keep(table, name, keys - seen)
            seen |= keys

    def _keep(self, table: str, name: str, keys: Collection[str]) -> None:
        """Keep some of the records of a part: they are written anew, then the part is removed."""
        if keys:
            rows = self._rows_of(table, name)
            if rows is None:
                return
            self.add({table: _packed(only(rows, keys))})
        self._parts.remove(table, name)
        self._forget(table, [name])

    # The list of keys

    def _listed(self, table: str) -> dict[str, list[str]]:
        """Keys by part, as far as they are in the list."""
        return listed(self.folder, table) if self.folder else {}

    def _write_list(self, table: str) -> None:
        assert self.folder is not None
        parts = self._keys[table]
        rows = pa.table({"part": [*parts], "keys": [*parts.values()]})
        with whole_file(self.folder / INDEX / f"{table}.parquet") as draft:
            pq.write_table(rows, draft, compression="zstd", write_page_checksum=True)


def listed(folder: Path, table: str) -> dict[str, list[str]]:
    """Keys by part of a table of a program, as far as they are in its list."""
    try:
        path = folder / INDEX / f"{table}.parquet"
        found = pq.read_table(path, page_checksum_verification=True).to_pydict()
        return dict(zip(found["part"], found["keys"], strict=True))
    except Exception:  # missing or damaged, in whatever way: it is made anew
        return {}


def only(rows: pa.Table, keys: Collection[str]) -> pa.Table:
    """The rows of some records."""
    return rows.filter(pc.is_in(rows["key"].cast(pa.string()), pa.array(list(keys), pa.string())))


def _keys_of(part: bytes) -> list[str]:
    """Keys of the records of a part."""
    keys: list[str] = read_part(part, ["key"])["key"].unique().to_pylist()
    return keys


def read_part(part: bytes, columns: list[str] | None = None) -> pa.Table:
    """The rows of a part, with all columns or some of them."""
    return pq.ParquetFile(pa.BufferReader(part)).read(columns)


def _by_key(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Rows cut where the key changes; the rows of a record stand together."""
    keys = rows["key"].combine_chunks()
    if isinstance(keys, pa.ChunkedArray):  # no chunk at all
        return
    codes = keys.indices.to_numpy()
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ends: Sequence[int] = [*starts[1:].tolist(), len(codes)]
    for start, end in zip(starts.tolist(), ends, strict=True):
        yield keys.dictionary[codes[start]].as_py(), rows.slice(start, end - start)
