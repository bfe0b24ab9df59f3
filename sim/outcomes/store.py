"""Results folders: one per run or comparison, complete or absent.

What is being written is a draft, whose name tells the machine and the process that writes it. So
drafts of processes that ended unexpectedly can be removed, and those of others are left alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from sim import __version__
from sim.params import ConfigError, as_message

if TYPE_CHECKING:
    import pandas as pd

LIBRARIES = ("mesa", "numpy", "scipy", "numba", "pandas", "pyarrow", "matplotlib", "pyyaml")

STORE = "store"
"""Folder of stored runs, inside the folder of results."""

ROOM = 32 * 1024**2
"""Free bytes needed to begin: a run writes 1 to 2 MB, a comparison as much and up to a third of a
MB for each replicate it keeps."""

DRAFT = re.compile(r"\.(?:writing-)?(?P<machine>[0-9a-f]{8})-(?P<process>[0-9]+)-.+")
"""Names of drafts, folders and files."""


class CannotWrite(ConfigError):  # noqa: N818
    """A folder cannot be written to.

    Args:
        place: the folder.
        reason: the system's reason.
    """

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(
            "results: cannot write to {place}: {reason}.", place=place, reason=as_message(reason)
        )


class NoRoom(ConfigError):  # noqa: N818
    """There is too little free space in a folder to begin.

    Args:
        place: the folder.
        free, needed: in millions of bytes.
    """

    def __init__(self, place: Path, free: float, needed: float) -> None:
        super().__init__(
            "results: {free:.0f} MB free in {place}, {needed:.0f} MB are needed.",
            place=place, free=free, needed=needed,
        )  # fmt: skip


@contextmanager
def folder(name: str, root: Path | None = None) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Create a results folder: it is filled in a temporary place and published at the end.

    Drafts that earlier processes left in ``root`` are removed, before and after.

    Args:
        name: of the folder; a number is added if the name is taken.
        root: parent folder; ``results`` in the current folder if None.

    Yields:
        The folder to write to, and a function that publishes it and returns its final path.

    Raises:
        CannotWrite: the folder cannot be written.
        NoRoom: less than :data:`ROOM` is free.
    """
    root = root or Path("results")
    try:
        root.mkdir(parents=True, exist_ok=True)
        sweep(root)
        if (free := shutil.disk_usage(root).free) < ROOM:
            raise NoRoom(root, free / 1e6, ROOM / 1e6)
        draft = Path(tempfile.mkdtemp(prefix=f".writing-{_owner()}-", dir=root))
    except OSError as error:
        raise CannotWrite(root, error.strerror or str(error)) from None

    def publish() -> Path:
        draft.chmod(0o755)
        number = 1
        while True:
            final = root / (name if number == 1 else f"{name}-{number}")
            try:
                if not final.exists():
                    os.rename(draft, final)
                    return final
            except OSError as error:
                if not final.exists():
                    raise CannotWrite(final, error.strerror or str(error)) from None
            number += 1

    try:
        yield draft, publish
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        sweep(root)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file that appears complete or not at all.

    Yields:
        Path of the draft, which exists and is empty. It takes the place of ``path`` at the end,
        and is removed if an error is raised.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_file(path.parent)
    try:
        yield draft
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def draft_file(folder: Path) -> Path:
    """Make an empty file in a folder, whose name marks it as a draft of this process.

    It has the usual permissions, for others may read what is shared.
    """
    draft = folder / f".{_owner()}-{secrets.token_hex(8)}.part"
    draft.touch(exist_ok=False)
    return draft


@contextmanager
def new_file(path: Path) -> Iterator[None]:
    """Write a file that does not exist yet; what there is of it is removed if an error is raised.

    Unlike :func:`whole_file` it makes no folder, replaces no file, and gives the file the usual
    permissions. A file that exists before stays as it is.
    """
    exists = os.path.lexists(path)
    try:
        yield
    except BaseException:
        if not exists:
            with suppress(OSError):
                path.unlink()
        raise


def sweep(root: Path) -> None:
    """Remove the drafts in a folder of results whose processes no longer exist."""
    for pattern in (".writing-*", ".*.part", f"{STORE}/*/.*.part", f"{STORE}/*/*/.*.part"):
        remove_drafts(root.glob(pattern))


def remove_drafts(paths: Iterable[Path]) -> None:
    """Remove those of some drafts whose processes on this machine no longer exist."""
    for path in paths:
        found = DRAFT.fullmatch(path.name)
        mine = found is not None and found["machine"] == _machine()
        if not found or not mine or psutil.pid_exists(int(found["process"])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _owner() -> str:
    """Mark of this process in the names of its drafts."""
    return f"{_machine()}-{os.getpid()}"


@cache
def _machine() -> str:
    """Mark of this machine, or of this container: process numbers are unique within it."""
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a tidy table as Parquet and as CSV beside it.

    A spreadsheet would take a text such as ``=1+1`` for a formula; in the CSV file an apostrophe
    before it prevents that. The Parquet file holds the text itself.
    """
    table.to_parquet(path.with_suffix(".parquet"), index=False)
    texts = table.select_dtypes(["object", "string", "category"]).columns
    shown = table.assign(**{name: table[name].map(_no_formula) for name in texts})
    write_csv(shown.to_csv(index=False, lineterminator="\n"), path.with_suffix(".csv"))


def write_csv(text: str, path: Path) -> None:
    """Write the text of a CSV file as UTF-8: with a byte order mark where it has characters beyond
    ASCII, which Excel otherwise reads in the code page of the machine."""
    path.write_text(text, encoding="utf-8" if text.isascii() else "utf-8-sig", newline="")


def _no_formula(cell: object) -> object:
    """A cell of a CSV file that no spreadsheet takes for a formula."""
    is_text = isinstance(cell, str) and len(cell) > 1
    return (
        f"'{cell}" if is_text and str(cell).startswith(("=", "+", "-", "@", "\t", "\r")) else cell
    )


def write_provenance(path: Path, **facts: Any) -> None:
    """Write the provenance of a result: versions, type of machine, time, and the given facts."""
    made = {
        "gtm_dynamics": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    path.write_text(json.dumps(made | facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


VERDICTS = ".verdicts.json"


def read_verdicts(root: Path) -> dict[str, dict[str, Any]]:
    """The latest verdicts on the claims of every scenario, by id.

    Each entry has the ``rows`` of the table, the ``mark`` of the program that made them, and the
    time at which they were ``written``.
    """
    path = root / VERDICTS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: {"rows": [dict(row) for row in one["rows"]], "mark": one["mark"],
                   "written": one["written"]}
            for name, one in found.items()
        }  # fmt: skip
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}  # missing or damaged: it is made anew


def keep_verdicts(root: Path, scenario: str, rows: list[dict[str, Any]], mark: str) -> None:
    """Store the verdicts on a scenario's claims, atomically."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    found = read_verdicts(root) | {scenario: {"rows": rows, "mark": mark, "written": now}}
    with whole_file(root / VERDICTS) as draft:
        draft.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
