"""Samples that users bring: files, their check against a configuration, and their changes of it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from sim.config.compose import override
from sim.config.schema import Config
from sim.experiments.sweeps.parameters import (
    PLAN,
    SEED,
    Level,
    change,
    check_value,
    refuse_idle,
)
from sim.params import (
    ConfigError,
    Message,
    as_message,
    key_of,
    numbers,
    path_of,
    shown,
)
from sim.plans.cells import decode

FILE = "file"
"""Entry of ``DataFrame.attrs`` with the name of a file and the row of its first setting."""

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
WHOLE = re.compile(r"[-+]?\d{1,18}")
SWITCH = {"true": True, "false": False}


def changes(sample: pd.DataFrame) -> list[list[str]]:
    """The settings of a sample as ``key=value`` changes, without plan and seed; [setting]."""
    keys = [key for key in sample if key not in (PLAN, SEED)]
    columns = [[change(str(key), value) for value in sample[key].tolist()] for key in keys]
    return [[column[n] for column in columns] for n in range(len(sample))]


def check_sample(config: Config, sample: pd.DataFrame, language: str = "en") -> pd.DataFrame:
    """Check that a configuration can have all values of a sample.

    Args:
        config: the configuration that is varied.
        sample: one row a setting; columns are keys, ``plan`` and ``seed``.
        language: of faults in files with plans.

    Returns:
        The sample with its keys in the form in which they are declared.

    Raises:
        ConfigError: one line with row, column, value, what is allowed and the nearest key.
    """
    if not isinstance(sample, pd.DataFrame) or sample.empty:
        raise ConfigError("a sample needs rows, one a setting, and columns, one a parameter.")
    keys = [key_of(path_of(str(name))) for name in sample.columns]
    for n, key in enumerate(keys):
        if key in keys[:n]:
            raise ConfigError("{key}: the column stands twice.", key=shown(key))
        refuse_idle(key)
    out = sample.set_axis(keys, axis=1)
    whole = {key for key, known, _ in numbers(config) if isinstance(known.default, int)}
    for key in whole & set(keys):
        if pd.api.types.is_float_dtype(out[key]) and not (out[key] % 1).any():
            out[key] = out[key].astype(np.int64)
    doubtful = {key: _doubtful(out[key], key in whole) for key in keys}
    for key in keys if not _are_possible(config, out, doubtful) else [PLAN] * (PLAN in keys):
        for n in doubtful[key]:
            try:
                check_value(config, key, _plain(out[key].iloc[n]), language)
            except ConfigError as error:
                where = _place(sample, n, key)
                raise ConfigError("{where}: {error}", where=where, error=error) from None
    return out


def _are_possible(config: Config, sample: pd.DataFrame, doubtful: Mapping[str, list[int]]) -> bool:
    """Whether the configuration takes the doubtful values of all columns together, which is faster
    than one by one; if not, one of them may still be wrong only beside the others."""
    for n in range(max(map(len, doubtful.values()))):
        rows = {key: found[min(n, len(found) - 1)] for key, found in doubtful.items()}
        words = [change(k, _plain(sample[k].iloc[row])) for k, row in rows.items() if k != PLAN]
        try:
            override(config, *words)
        except ConfigError:
            return False
    return True


def _doubtful(values: pd.Series, is_whole: bool) -> list[int]:
    """Rows of a column that stand for all others: the first one of each word; of numbers, the
    least and the largest, one that is missing, and one that is not whole."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return [int(n) for n in np.flatnonzero(~values.duplicated())]
    column = values.to_numpy(dtype=float)
    if np.isnan(column).any():
        return [int(np.isnan(column).argmax())]
    if is_whole and (column % 1).any():
        return [int((column % 1 != 0.0).argmax())]
    return sorted({0, int(column.argmin()), int(column.argmax())})


def _plain(value: Any) -> Level:
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, bool | int | float | str) else str(plain)


def _place(sample: pd.DataFrame, n: int, key: str) -> Message:
    """Where a value stands: in a row of a file or a setting, and in which column."""
    if FILE in sample.attrs:
        name, first = sample.attrs[FILE]
        return Message("{file}, row {row}, column {key}", file=name, row=first + n, key=key)
    return Message("setting {n}, column {key}", n=n, key=key)


def read_sample(path: str | Path) -> pd.DataFrame:
    """Read a sample from a CSV or Parquet file: one row a setting, columns are keys.

    Cells are numbers, truth values or words; a column ``plan`` names plans, a column ``seed`` has
    seeds. Where semicolons or tabs stand between cells, a comma is the decimal mark.

    Example::

        settings = sim.read_sample("settings.csv")

    Returns:
        One row a setting: float64, int64 for whole numbers and truth values, text for words.

    Raises:
        ConfigError: one line about the first fault, with its row and column.
    """
    where = Path(path)
    try:
        data = where.read_bytes()
    except OSError as error:
        raise ConfigError(
            "{file}: cannot be read: {reason}.",
            file=str(path), reason=as_message(str(error.strerror)),
        ) from None  # fmt: skip
    is_parquet = data.startswith(b"PAR1") or where.suffix.lower() == ".parquet"
    out = _of_parquet(where.name, data) if is_parquet else _of_csv(where.name, data)
    if out.empty:
        raise ConfigError("{file}: has no settings.", file=where.name)
    out.attrs[FILE] = [where.name, 1 if is_parquet else 2]
    return out


def _of_parquet(name: str, data: bytes) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        _check_header(name, pq.read_schema(pa.BufferReader(data)).names)
        frame = pd.read_parquet(io.BytesIO(data), page_checksum_verification=True)
        frame = frame.reset_index(drop=True)
    except ConfigError:
        raise
    except (pa.ArrowException, OSError, ValueError):
        raise ConfigError("{file}: no Parquet file, or a damaged one.", file=name) from None
    typed = {str(k): _column(name, str(k), frame[k].tolist(), 1) for k in frame}
    out = pd.DataFrame(typed)
    out.attrs = dict(frame.attrs)
    return out


def _of_csv(name: str, data: bytes) -> pd.DataFrame:
    text, encoding = decode(data)
    if data and (not encoding or "\0" in text):
        raise ConfigError("{file}: neither a text file nor a Parquet file.", file=name)
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        rows = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)
        ]
    except csv.Error:
        raise ConfigError("{file}: neither a text file nor a Parquet file.", file=name) from None
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) < 2:
        raise ConfigError("{file}: has no settings.", file=name)
    header = rows[0]
    _check_header(name, header)
    for n, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise ConfigError(
                "{file}, row {row}: {count} cells, {needed} in the first row.",
                file=name, row=n, count=len(row), needed=len(header),
            )  # fmt: skip
    is_point = mark == "," or any(
        "." in cell for row in rows[1:] for cell in row if NUMBER.fullmatch(cell)
    )
    typed = {}
    for n, key in enumerate(header):
        cells = [row[n] for row in rows[1:]]
        read = cells if key == PLAN else [_cell(cell, is_point) for cell in cells]
        typed[key] = _column(name, key, read, 2)
    return pd.DataFrame(typed)


def _check_header(name: str, header: list[str]) -> None:
    for n, key in enumerate(header):
        if not key:
            raise ConfigError("{file}, row 1: cell {n} is empty.", file=name, n=n + 1)
        if key in header[:n]:
            raise ConfigError(
                "{file}, row 1: column {key} stands twice.", file=name, key=shown(key)
            )


def _cell(cell: str, is_point: bool) -> Level:
    """The number, truth value or word in a cell of text."""
    number = cell if is_point else cell.replace(",", ".", 1)
    if WHOLE.fullmatch(number):
        return int(number)
    if NUMBER.fullmatch(number):
        return float(number)
    return SWITCH.get(cell.lower(), cell)


def _column(name: str, key: str, values: list[Any], first: int) -> np.ndarray:
    """A column of one type: int64, float64, or object for words."""

    def refuse(n: int, fault: Message) -> NoReturn:
        where = Message("{file}, row {row}, column {key}", file=name, row=first + n, key=key)
        raise ConfigError("{where}: {error}", where=where, error=fault)

    for n, value in enumerate(values):
        if value is None or value == "" or value != value:
            refuse(n, Message("the cell is empty."))
        if not isinstance(value, bool | int | float | str) or value in (math.inf, -math.inf):
            fault = Message("{value} is no number, truth value or word.", value=shown(value))
            refuse(n, fault)
    words = [n for n, value in enumerate(values) if isinstance(value, str)]
    if words and len(words) < len(values):
        refuse(words[0], Message("{value} is no number.", value=shown(values[words[0]])))
    if words:
        return np.array(values, dtype=object)
    if all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([float(value) for value in values])
