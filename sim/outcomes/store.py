"""Results folders: one per run or comparison, complete or absent."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.params import ConfigError

if TYPE_CHECKING:
    import pandas as pd

LIBRARIES = ("mesa", "numpy", "scipy", "numba", "pandas", "pyarrow", "matplotlib", "pyyaml")


@contextmanager
def folder(name: str, root: Path | None = None) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """Create a results folder: it is filled in a temporary place and published at the end.

    Args:
        name: of the folder; a number is added if the name is taken.
        root: parent folder; ``results`` in the current folder if None.

    Yields:
        The folder to write to, and a function that publishes it and returns its final path.

    Raises:
        ConfigError: the folder cannot be written.
    """
    root = root or Path("results")
    try:
        root.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".writing-", dir=root))
    except OSError as error:
        raise ConfigError(f"results: cannot write to {root}: {error.strerror}.") from None

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
                    raise ConfigError(f"results: cannot write {final}: {error}.") from None
            number += 1

    try:
        yield draft, publish
    finally:
        if draft.exists():
            shutil.rmtree(draft, ignore_errors=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a tidy table as Parquet and as CSV beside it."""
    table.to_parquet(path.with_suffix(".parquet"), index=False)
    table.to_csv(path.with_suffix(".csv"), index=False, lineterminator="\n")


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
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def keep_verdicts(root: Path, scenario: str, rows: list[dict[str, Any]], mark: str) -> None:
    """Store the verdicts on a scenario's claims, atomically."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    found = read_verdicts(root) | {scenario: {"rows": rows, "mark": mark, "written": now}}
    with tempfile.NamedTemporaryFile("w", dir=root, suffix=".part", delete=False,
                                     encoding="utf-8") as draft:  # fmt: skip
        json.dump(found, draft, ensure_ascii=False)
    os.replace(draft.name, root / VERDICTS)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
