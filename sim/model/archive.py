"""Snapshots of a market as bytes: plain arrays and a line of text, never pickled objects."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sim import __version__
from sim.agents.firm import part
from sim.ledger.ledger import WeekRecord
from sim.market.calendar import Period
from sim.market.plan import Plan, Row
from sim.params import ConfigError

FORM = 3
"""Number of the form of a snapshot; raised whenever what a snapshot holds changes."""

MARK = b"gtm-snapshot"
"""First word of a snapshot. Form, version of the program and a hash of the rest follow in its first
line."""

RAGGED = ("cells", "leads")
"""Parts of a week's record whose number of rows varies."""


def pack(
    meta: dict[str, Any], arrays: dict[str, np.ndarray], records: Sequence[WeekRecord]
) -> bytes:
    """Pack a snapshot into bytes.

    Args:
        meta: values that JSON can hold.
        arrays: arrays by name.
        records: records of the ledger.
    """
    arrays = dict(arrays)
    for name in WeekRecord._fields if records else ():
        columns = [getattr(r, name) for r in records]
        ragged = name in RAGGED
        arrays[f"ledger/{name}"] = np.concatenate(columns) if ragged else np.stack(columns)
        if ragged:
            arrays[f"rows/{name}"] = np.array([len(c) for c in columns], np.int64)
    arrays["meta"] = np.array(json.dumps(meta, default=str))
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    body = out.getvalue()
    head = f" {FORM} {__version__} {hashlib.sha256(body).hexdigest()}\n".encode()
    return MARK + head + body


def unpack(saved: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray], list[WeekRecord]]:
    """Return the arguments given to :func:`pack`.

    Raises:
        ConfigError: these are no bytes of a snapshot, they are damaged, or another version of the
            program made them.
    """
    with np.load(io.BytesIO(_body(saved)), allow_pickle=False) as data:
        arrays = {k: data[k] for k in data.files}
    meta = json.loads(str(arrays.pop("meta")))
    columns: dict[str, Any] = dict(part(arrays, "ledger/"))
    for name, rows in part(arrays, "rows/").items():
        columns[name] = np.split(columns[name], np.cumsum(rows)[:-1])
    records = [
        WeekRecord(*(column.copy() for column in week))
        for week in zip(*columns.values(), strict=True)
    ]
    return meta, arrays, records


def _body(saved: bytes) -> bytes:
    """A snapshot without its first line, which is checked."""
    if not isinstance(saved, bytes | bytearray | memoryview):
        raise ConfigError(
            "snapshot: needs bytes from World.snapshot, found {kind}.", kind=type(saved).__name__
        )
    head, _, body = bytes(saved).partition(b"\n")
    words = head.split()
    if words[:1] != [MARK] or len(words) != 4:
        raise ConfigError("snapshot: these bytes are no snapshot, or one of an earlier version.")
    form, version, known = (word.decode("ascii", "replace") for word in words[1:])
    if form != str(FORM):
        raise ConfigError(
            "snapshot: made by version {version} in form {form}; version {mine} reads form "
            "{known}.",
            version=version, form=form, mine=__version__, known=FORM,
        )  # fmt: skip
    if hashlib.sha256(body).hexdigest() != known:
        raise ConfigError("snapshot: damaged; its content is not what was saved.")
    return body


def pack_plan(plan: Plan | None) -> dict[str, Any] | None:
    """Convert a plan into values that JSON can hold."""
    return asdict(plan) if plan else None


def unpack_plan(saved: dict[str, Any] | None) -> Plan | None:
    """Restore a plan from :func:`pack_plan`."""
    if saved is None:
        return None
    rows = []
    for row in saved["rows"]:
        period = row["period"]
        mondays = tuple(dt.date.fromisoformat(m) for m in period["mondays"])
        rows.append(
            Row(**row | {"period": Period(period["name"], tuple(period["weeks"]), mondays)})
        )
    return Plan(saved["name"], tuple(rows), saved["path"])
