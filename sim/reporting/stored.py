"""The store in words and tables: programs, groups of runs, results folders, answers to queries."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from rich.table import Table

from sim.reporting.words import Words
from sim.runs.contents import Program
from sim.runs.jobs import DONE, FAILED
from sim.runs.record import SCHEMAS

MOST_ROWS = 20
"""Rows of a table on the terminal."""

KEY = 12
"""Digits of an address on the terminal; JSON has all."""


LARGE = 1e12
"""Number from which the answer to a query has powers of ten."""


@dataclass(frozen=True)
class Folder:
    """A results folder.

    Attributes:
        verb: that made it.
        size: in bytes.
        written: when, in seconds since 1970.
    """

    path: Path
    verb: str
    size: int
    written: float


def folders(root: Path) -> list[Folder]:
    """The results folders in a folder of results, the most recent first."""
    out = []
    for path in root.glob("*/provenance.json"):
        try:
            made = json.loads(path.read_text(encoding="utf-8"))
            files = [file.stat() for file in path.parent.rglob("*") if file.is_file()]
            written = path.stat().st_mtime
        except (OSError, ValueError):
            continue  # removed in between, or no folder of ours
        verb = str(made.get("verb", "")) if isinstance(made, dict) else ""
        out.append(Folder(path.parent, verb, sum(file.st_size for file in files), written))
    return sorted(out, key=lambda one: -one.written)


@dataclass(frozen=True)
class Group:
    """Runs that differ in their seeds and in the values of the same keys alone.

    Attributes:
        changes: for each key that differs from the default, its value, or the least and largest
            value, or the number of values.
        seeds: least and largest.
        settings: number of different configurations.
        written: when the last of them was written, in seconds since 1970.
    """

    plan: str
    arm: str
    weeks: int
    changes: dict[str, tuple[Any, ...]]
    seeds: tuple[int, int]
    settings: int
    runs: int
    failed: int
    written: float


def groups(runs: pd.DataFrame) -> list[Group]:
    """Groups of runs, the most recent first.

    Args:
        runs: see :attr:`sim.runs.contents.Program.runs`.
    """
    known = {text: json.loads(text) for text in runs["changes"].unique()}
    keys = runs["changes"].map({text: " ".join(sorted(one)) for text, one in known.items()})
    out = []
    for _, mine in runs.groupby(["plan", "arm", "weeks", keys]):
        first, texts = mine.iloc[0], mine["changes"].unique()
        of = [known[text] for text in texts]
        out.append(
            Group(
                first["plan"], first["arm"], int(first["weeks"]),
                {key: _values([one[key] for one in of]) for key in of[0]},
                (int(mine["seed"].min()), int(mine["seed"].max())), len(texts), len(mine),
                int((mine["status"] == FAILED).sum()), float(mine["written"].max()),
            )
        )  # fmt: skip
    return sorted(out, key=lambda one: -one.written)


def _values(values: Sequence[Any]) -> tuple[Any, ...]:
    """The value if there is one, the least and the largest number, or all of them."""
    different = list({json.dumps(value): value for value in values}.values())
    if len(different) > 1 and all(isinstance(v, int | float) for v in different):
        return min(different), max(different)
    return (different[0],) if len(different) == 1 else tuple(different)


def overview(found: Sequence[Program], made: Sequence[Folder], words: Words) -> list[Table | str]:
    """What a folder of results holds: programs and their tables, groups of runs, folders."""
    here = [one for one in found if one.is_current]
    out: list[Table | str] = [_programs(found, words)] if found else []
    for one in here:
        out += _groups(groups(one.runs), words)
    if any(not one.is_current for one in found):
        out.append(words.say("stored_older"))
    if made:
        out += _folders(made, words)
    return out


def _programs(found: Sequence[Program], words: Words) -> Table:
    headings = (
        "stored_program",
        "stored_written",
        "stored_table",
        "stored_records",
        "stored_parts",
        "stored_size",
    )
    table = _table("stored_programs", headings, words, right=3)
    for one in found:
        names = [name for name in SCHEMAS if one.of(name)]
        which = words.say("stored_current" if one.is_current else "stored_other", name=one.name)
        for n, name in enumerate(names):
            parts = one.of(name)
            table.add_row(
                "" if n else which, "" if n else _time(one.written), name, f"{one.count(name):,}",
                f"{len(parts):,}", _size(sum(part.size for part in parts), words),
                end_section=n + 1 == len(names),
            )  # fmt: skip
    return table


def _groups(found: Sequence[Group], words: Words) -> list[Table | str]:
    headings = (
        "stored_written",
        "stored_plan",
        "stored_arm",
        "stored_weeks",
        "stored_changes",
        "stored_seeds",
        "stored_settings",
        "stored_runs",
    )
    table = _table("stored_groups", headings, words, right=5)
    for one in found[:MOST_ROWS]:
        runs = f"{one.runs:,}"
        if one.failed:
            runs = words.say("stored_failed_of", runs=runs, failed=f"{one.failed:,}")
        table.add_row(
            _time(one.written), _plan(one.plan, words), one.arm, str(one.weeks),
            _changes(one.changes, words),
            _span(one.seeds, words), f"{one.settings:,}", runs,
        )  # fmt: skip
    return _with_rest(table, len(found), words)


def _folders(made: Sequence[Folder], words: Words) -> list[Table | str]:
    table = _table(
        "stored_folders",
        ("stored_written", "stored_folder", "stored_verb", "stored_size"),
        words,
        right=3,
    )
    for one in made[:MOST_ROWS]:
        table.add_row(_time(one.written), str(one.path), one.verb, _size(one.size, words))
    return _with_rest(table, len(made), words)


def listing(runs: pd.DataFrame, words: Words) -> list[Table | str]:
    """Runs, the most recent first.

    Args:
        runs: see :attr:`sim.runs.contents.Program.runs`.
    """
    if runs.empty:
        return [words.say("stored_none")]
    headings = (
        "stored_key",
        "stored_written",
        "stored_plan",
        "stored_arm",
        "stored_weeks",
        "stored_changes",
        "stored_seed",
        "stored_status",
    )
    table = _table("stored_list", headings, words, right=len(headings))
    recent = runs.sort_values("written", ascending=False, kind="stable")
    for row in _records(recent.head(MOST_ROWS)):
        changes = {key: (value,) for key, value in json.loads(row["changes"]).items()}
        status = "stored_done" if row["status"] == DONE else "stored_failed"
        table.add_row(
            row["key"][:KEY], _time(row["written"]), _plan(row["plan"], words), row["arm"],
            str(row["weeks"]), _changes(changes, words), str(row["seed"]),
            words.say(status, reason=row["reason"]),
        )  # fmt: skip
    return _with_rest(table, len(runs), words)


def rows_of(runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Runs as records for JSON: the time as a text, changes by key."""
    return [
        {**row, "changes": json.loads(row["changes"]), "written": iso(row["written"]),
         "reason": row["reason"] if row["status"] == FAILED else ""}
        for row in _records(runs)
    ]  # fmt: skip


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table by column."""
    names = list(frame.columns)
    rows = frame.itertuples(index=False, name=None)
    return [dict(zip(names, row, strict=True)) for row in rows]


def answer(found: pa.Table, words: Words) -> list[Table | str]:
    """The answer to a query."""
    table = Table(title_justify="left")
    for field in found.schema:
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        table.add_column(field.name, justify="right" if number else "left")
    for row in found.slice(0, MOST_ROWS).to_pylist():
        table.add_row(*(_cell(value, words) for value in row.values()))
    return _with_rest(table, found.num_rows, words)


def _cell(value: object, words: Words) -> str:
    if value is None:
        return words.say("unknown")
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.2f}" if 1.0 <= abs(value) < LARGE else f"{value:.4g}"


def _table(title: str, headings: Iterable[str], words: Words, right: int) -> Table:
    """A table.

    Args:
        title, headings: keys of words.
        right: number of columns that are not to the right; those after them are.
    """
    table = Table(title=words.say(title), title_justify="left")
    for n, name in enumerate(headings):
        table.add_column(words.say(name), justify="right" if n >= right else "left")
    return table


def _with_rest(table: Table, count: int, words: Words) -> list[Table | str]:
    """A table, and how many rows it leaves out."""
    more = count - MOST_ROWS
    return [table, words.say("stored_more", count=f"{more:,}")] if more > 0 else [table]


def _plan(name: str, words: Words) -> str:
    return words.name(name) if name else words.say("no_plan")


def _changes(changes: Mapping[str, Sequence[Any]], words: Words) -> str:
    """Values by key; the number of weeks has a column of its own."""
    return " ".join(f"{key}={_shown(v, words)}" for key, v in changes.items() if key != "weeks")


def _shown(values: Sequence[Any], words: Words) -> str:
    texts = [shlex.quote(v) if isinstance(v, str) else json.dumps(v) for v in values]
    if len(texts) == 1:
        return texts[0]
    if len(texts) == 2 and all(isinstance(v, int | float) for v in values):
        return words.say("to", low=texts[0], high=texts[1])
    return words.say("stored_values", count=len(texts))


def _span(ends: tuple[int, int], words: Words) -> str:
    low, high = ends
    return str(low) if low == high else words.say("to", low=low, high=high)


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def iso(seconds: float) -> str:
    """A time in seconds since 1970 as text, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def _size(count: float, words: Words) -> str:
    """A number of bytes in MB."""
    return words.say("stored_mb", size=f"{count / 1e6:,.{1 if count >= 1e6 else 2}f}")
