"""The store of runs: Parquet parts in a folder, which any program reads as tables.

The parts of a table (:mod:`sim.runs.record`) lie in ``PROGRAM/TABLE/HASH.parquet``, where PROGRAM
begins the fingerprint of the program and HASH is the SHA-256 of the part's bytes. A part appears
complete or not at all and never changes, so any number of programs, users and machines may read and
write at the same time. A part whose bytes do not match its name is damaged: it is removed, and what
it held is simulated again when it is needed.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from sim.outcomes.store import whole_file
from sim.runs.address import program
from sim.runs.record import SCHEMAS, Tables

log = logging.getLogger(__name__)

PROGRAM_LENGTH = 12
"""Digits of the fingerprint of the program in the name of its folder."""

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
            OSError: it is gone or cannot be read.
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
        return self._parts[table, name]

    def write(self, table: str, part: bytes) -> str:
        """See :class:`Parts`."""
        name = name_of(part)
        self._parts[table, name] = part
        return name

    def remove(self, table: str, name: str) -> None:
        """See :class:`Parts`."""
        del self._parts[table, name]


class InFolder:
    """Parts in a folder; see the head of this file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self, table: str) -> set[str]:
        """See :class:`Parts`."""
        return {path.name for path in (self.folder / table).glob("*.parquet")}

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
        with suppress(OSError):
            (self.folder / table / name).unlink()


class Store:
    """Runs and figures of this program, in a folder, or in memory without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder / program()[:PROGRAM_LENGTH] if folder else None
        self._parts: Parts = InFolder(self.folder) if self.folder else InMemory()
        self._keys: dict[str, dict[str, set[str]]] = {name: {} for name in SCHEMAS}
        self._places: dict[str, dict[str, str]] = {name: {} for name in SCHEMAS}
        self._verified: set[str] = set()
        self._read: dict[str, dict[str, pa.Table]] = {}

    # Finding

    def refresh(self) -> None:
        """Learn of parts that other processes have written or removed."""
        for table in SCHEMAS:
            now, known = self._parts.names(table), self._keys[table]
            for name in known.keys() - now:
                self._forget(table, name)
            new = now - known.keys()
            listed = self._listed(table) if len(new) > MANY_PARTS else {}
            for name in sorted(new):
                self._learn(table, name, listed.get(name))

    def _learn(self, table: str, name: str, keys: Collection[str] | None = None) -> None:
        if keys is None:
            try:
                part = pa.BufferReader(self._parts.read(table, name))
                keys = pq.read_table(part, columns=["key"])["key"].unique().to_pylist()
            except OSError:  # removed by another process in between
                return
            except Exception:  # there is no end to what a damaged file can raise
                self._damaged(table, name)
                return
        self._keys[table][name] = set(keys)
        for key in keys:
            self._places[table].setdefault(key, name)

    def _forget(self, table: str, name: str) -> None:
        for key in self._keys[table].pop(name, ()):
            if self._places[table].get(key) == name:
                del self._places[table][key]
                others = (part for part, keys in self._keys[table].items() if key in keys)
                if (other := next(others, None)) is not None:
                    self._places[table][key] = other
        self._read.pop(name, None)

    def _damaged(self, table: str, name: str) -> None:
        log.warning("%s: damaged; what it held is simulated again.", f"{table}/{name}")
        self._parts.remove(table, name)
        self._forget(table, name)

    def find(self, table: str, keys: Iterable[str]) -> set[str]:
        """Those of some keys whose records are here and undamaged."""
        places = self._places[table]
        wanted = {key for key in keys if key in places}
        for name in {places[key] for key in wanted} - self._verified:
            try:
                if name_of(self._parts.read(table, name)) == name:
                    self._verified.add(name)
                else:
                    self._damaged(table, name)
            except OSError:
                self._forget(table, name)
        return {key for key in wanted if key in places}

    def has(self, table: str, key: str) -> bool:
        """Whether a record is here and undamaged."""
        name = self._places[table].get(key)
        return name is not None and (name in self._verified or bool(self.find(table, [key])))

    # Reading

    def rows(self, table: str, key: str) -> pa.Table:
        """The rows of a record.

        Raises:
            KeyError: it is not here.
        """
        return self._split(table, self._places[table][key])[key]

    def _split(self, table: str, name: str) -> dict[str, pa.Table]:
        """The records of a part by key; the parts read last are kept."""
        if name not in self._read:
            rows = pq.read_table(pa.BufferReader(self._parts.read(table, name)))
            while len(self._read) >= KEPT_IN_MEMORY:
                del self._read[next(iter(self._read))]
            self._read[name] = dict(_by_key(rows))
        return self._read[name]

    def table(self, table: str, keys: Collection[str]) -> pa.Table:
        """The rows of many records, in no particular order."""
        parts, wanted = {self._places[table][key] for key in keys}, pa.array(keys)
        found = []
        for name in sorted(parts):
            rows = pq.read_table(pa.BufferReader(self._parts.read(table, name)))
            mine = pc.is_in(rows["key"].cast(pa.string()), wanted)
            found.append(rows if pc.all(mine).as_py() else rows.filter(mine))
        return pa.concat_tables(found) if found else SCHEMAS[table].empty_table()

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
            self._learn(table, name)

    def tidy(self) -> None:
        """Keep one of several records of a run, which two processes may have simulated at the same
        time, and write the list of keys anew if many parts are not in it."""
        if self.folder is None or not self.folder.is_dir():
            return
        with self._alone() as alone:
            if not alone:
                return
            self.refresh()
            for table in SCHEMAS:
                self._remove_duplicates(table)
                if len(self._keys[table].keys() - self._listed(table).keys()) > MANY_PARTS:
                    self._write_list(table)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other process tidies up; it is waited for."""
        assert self.folder is not None
        try:
            with FileLock(self.folder / ".lock", timeout=PATIENCE):
                yield True
        except Timeout:
            yield False

    def _remove_duplicates(self, table: str) -> None:
        seen: set[str] = set()
        for name in sorted(self._keys[table]):
            keys = self._keys[table][name]
            new = keys - seen
            seen |= keys
            if len(new) == len(keys):
                continue
            if new:
                rows = self.rows_of(table, name)
                mine = pc.is_in(rows["key"].cast(pa.string()), pa.array(sorted(new)))
                self.add({table: _packed(rows.filter(mine))})
            self._parts.remove(table, name)
            self._forget(table, name)

    def rows_of(self, table: str, name: str) -> pa.Table:
        """All rows of a part."""
        return pq.read_table(pa.BufferReader(self._parts.read(table, name)))

    # The list of keys

    def _listed(self, table: str) -> dict[str, list[str]]:
        """Keys by part, as far as they are in the list; none if it cannot be read."""
        if self.folder is None:
            return {}
        try:
            found = pq.read_table(self.folder / INDEX / f"{table}.parquet")
            return dict(zip(*found.to_pydict().values(), strict=True))
        except Exception:  # missing or damaged: it is made anew
            return {}

    def _write_list(self, table: str) -> None:
        assert self.folder is not None
        parts = self._keys[table]
        rows = pa.table({"part": [*parts], "keys": [sorted(keys) for keys in parts.values()]})
        with suppress(OSError), whole_file(self.folder / INDEX / f"{table}.parquet") as draft:
            pq.write_table(rows, draft, compression="zstd")


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
