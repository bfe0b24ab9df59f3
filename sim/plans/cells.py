"""Cells of a plan: bytes of a text file, sheets of a workbook, or a data frame as rows of values.

A value is text (empty for an empty cell), a number, or a date. Nothing is interpreted here except
what the container itself says: encoding, quotes, and the types of a workbook or a frame.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import numbers
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from sim.market.plan import Note
from sim.plans.faults import Faults
from sim.plans.numbers import parse_amount, parse_unit
from sim.plans.periods import MONTH_NAMES

Value = str | Decimal | dt.date

WORKBOOK = b"PK\x03\x04"
"""First bytes of a workbook, which is a zip archive."""

MOST_BYTES = 20_000_000
MOST_CELLS = 2_000_000
DELIMITERS = ",;\t|"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_MAGIC = {
    b"\xd0\xcf\x11\xe0": "what_old_excel", b"%PDF": "what_pdf", b"<html": "what_html",
    b"<!doc": "what_html", b"<tabl": "what_html", b"<?xml": "what_xml",
}  # fmt: skip


@dataclass
class Table:
    """Rows of cells.

    Attributes:
        rows: values; rows may differ in length.
        lines: line or row of each in its file.
        delimiter: character between cells, ``,`` for a full-width comma too; empty for sheets and
            frames.
        name: of the sheet, or empty.
        merged: places (row, column) in a merged range of more than one cell, with a number.
        currencies: currency that the format of a cell shows, by place.
        formulas: places of formulas whose value is not stored, with the formula.
        notes: what has to be said about the container.
    """

    rows: list[list[Value]]
    lines: list[int]
    delimiter: str = ""
    name: str = ""
    merged: set[tuple[int, int]] = field(default_factory=set)
    currencies: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


class Scaled(Decimal):
    """A number whose format states its size, so that no unit of a heading applies to it.

    Attributes:
        size: factor that the format shows or leaves out.
    """

    size: Decimal


def clean(text: str) -> str:
    """Text without invisible characters and outer spaces; ``="Q1"`` is Q1."""
    text = _INVISIBLE.sub("", text).replace("\xa0", " ").strip()
    found = re.fullmatch(r'="(.*)"', text)
    return found[1].strip() if found else text


def read_bytes(path: Path, faults: Faults) -> bytes:
    """The bytes of a file of a size that a plan can have.

    Raises:
        PlanError: the file cannot be read, is empty or too large.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            faults.fatal("too_large", path=path, most=MOST_BYTES // 10**6)
        data = path.read_bytes()
    except OSError as error:
        faults.fatal("unreadable", path=path, reason=faults.translated(error.strerror))
    if not data.strip():
        faults.fatal("empty", path=path)
    return data


def tables(data: bytes, path: Path, faults: Faults) -> list[Table]:
    """All ways to see a file as a table: one for each delimiter, or each visible sheet.

    Raises:
        PlanError: the file is neither text nor a workbook.
    """
    if data.startswith(WORKBOOK):
        return list(_sheets(data, path, faults))
    for magic, what in _MAGIC.items():
        if data[:200].lstrip().lower().startswith(magic.lower()):
            faults.fatal("not_a_table", path=path, what=faults.say(what))
    text, encoding = decode(data)
    if not encoding:
        faults.fatal("unknown_encoding", path=path)
    if "\0" in text:
        faults.fatal("not_a_table", path=path, what=faults.say("what_binary"))
    if not text.strip():
        faults.fatal("empty", path=path)
    notes = [] if encoding.startswith("UTF") else [Note("encoding", {"encoding": encoding})]
    return [
        Table(rows, lines, delimiter, notes=list(notes))
        for delimiter, rows, lines in _delimited(text)
    ]


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding; empty strings if there is none.

    A mark at the beginning decides; then strict UTF-8, GB18030 where most bytes belong to common
    Chinese characters, and Windows-1252.
    """
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"),
                        (b"\xfe\xff", "utf-16")):  # fmt: skip
        if data.startswith(mark):
            text = _decoded(data, codec)
            return (text, codec.upper()) if text is not None else ("", "")
    zeros = [data[n::2].count(0) for n in (0, 1)]
    if max(zeros) > len(data) / 5:
        codec = "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        text = _decoded(data, codec)
        return (text, codec.upper()) if text is not None else ("", "")
    text = _decoded(data, "utf-8")
    if text is not None:
        return text, "UTF-8"
    text = _decoded(data, "gb18030")
    if text is not None:
        high = sum(byte >= 0x80 for byte in data)
        common = sum(len(c.encode("gb18030")) for c in text if _is_common_chinese(c))
        if common >= 0.7 * high:
            return text, "GB18030"
    text = _decoded(data, "cp1252")
    return (text, "Windows-1252") if text is not None else ("", "")


def _decoded(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _is_common_chinese(character: str) -> bool:
    """Whether both bytes of a character lie where common ones do: bytes of Western text are mixed
    with letters, which do not."""
    code = character.encode("gb18030")
    return len(code) == 2 and min(code) >= 0xA1


def _delimited(text: str) -> Iterator[tuple[str, list[list[Value]], list[int]]]:
    """The text cut at each delimiter that occurs in it."""
    hint = re.match(r"\s*\"?sep=(.)\"?[,;\t]*\r?\n", text)
    skipped = text[: hint.end()].count("\n") if hint else 0
    text = text[hint.end() :] if hint else text
    wide = text.replace("，", ",").replace("；", ";")
    if hint and hint[1] not in text:
        hint = None
    forms = [(hint[1], text)] if hint else [(d, text) for d in DELIMITERS if d in text]
    if not hint and wide != text:
        forms += [(d, wide) for d in ",;" if d in wide]
    for delimiter, form in forms or [(",", text)]:
        reader = csv.reader(
            io.StringIO(form, newline=""), delimiter=delimiter, skipinitialspace=delimiter != "\t"
        )
        rows: list[list[Value]] = []
        lines, line = [], 1 + skipped
        try:
            for cells in reader:
                rows.append([clean(cell) for cell in cells])
                lines.append(line)
                line = reader.line_num + 1 + skipped
            if all(len(cells) < 2 for cells in rows):  # whole lines in quotes
                rows = [
                    [clean(c) for c in one]
                    for cells in rows
                    for one in csv.reader([str(*cells)], delimiter=delimiter) or [[]]
                ]
        except csv.Error:
            continue
        yield delimiter, rows, lines


def _sheets(data: bytes, path: Path, faults: Faults) -> Iterator[Table]:
    """The visible sheets of a workbook."""
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        faults.fatal("damaged_workbook", path=path, reason=faults.translated(error))
    if "xl/workbook.xml" not in names:
        what = "what_ods" if "content.xml" in names else "what_zip"
        faults.fatal("not_a_table", path=path, what=faults.say(what))
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts of a workbook that hold no cells
            values = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
            formulas = openpyxl.load_workbook(io.BytesIO(data))
    except Exception as error:  # openpyxl lets errors of XML, zip and types through
        faults.fatal("damaged_workbook", path=path, reason=type(error).__name__)
    visible = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in values.worksheets if sheet not in visible]
    for sheet in visible or values.worksheets:
        if sheet.max_row * sheet.max_column > MOST_CELLS:
            faults.fatal("too_many_cells", sheet=sheet.title, most=MOST_CELLS // 10**6)
        table = _sheet(sheet, formulas[sheet.title])
        if visible and hidden:
            table.notes.append(Note("hidden_sheets", {"sheets": ", ".join(hidden)}))
        yield table


def _sheet(sheet: Any, formulas: Any) -> Table:
    """One sheet, with the value of a merged range in all its cells if it is no amount."""
    table = Table([], [], name=sheet.title)
    marked: dict[str, list[str]] = {"comments": [], "struck": []}
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        table.rows.append([_cell(cell) for cell in cells])
        table.lines.append(line)
        for n, cell in enumerate(cells):
            if currency := _shown_unit(cell)[1]:
                table.currencies[line - 1, n] = currency
            if cell.comment:
                marked["comments"].append(cell.coordinate)
            if cell.value is not None and cell.has_style and cell.font.strike:
                marked["struck"].append(cell.coordinate)
    for line, cells in enumerate(formulas.iter_rows(), start=1):
        for n, cell in enumerate(cells):
            is_text = sheet.cell(line, n + 1).data_type == "str"  # an empty text was stored
            if cell.data_type == "f" and table.rows[line - 1][n] == "" and not is_text:
                table.formulas[line - 1, n] = str(getattr(cell.value, "text", cell.value))
    table.notes += [Note(key, {"places": ", ".join(some)}) for key, some in marked.items() if some]
    filled = []
    for area in sheet.merged_cells.ranges:
        top, left = area.min_row - 1, area.min_col - 1
        value = table.rows[top][left]
        places = [
            (row, column)
            for row in range(top, area.max_row)
            for column in range(left, area.max_col)
        ]
        number = _number(value)
        if number is not None:
            table.merged.update(places)  # an amount of them all, or a year above its periods
        if value != "" and (number is None or 1900 <= number <= 2200):
            for row, column in places:
                table.rows[row][column] = value
            filled += [area.coord] if area.min_row != area.max_row else []
    if filled:
        table.notes.append(Note("merged", {"places": ", ".join(filled)}))
    hidden = [
        f"{n}" for n, row in sheet.row_dimensions.items() if row.hidden and n <= sheet.max_row
    ]
    hidden += [name for name, column in sheet.column_dimensions.items() if column.hidden]
    if hidden:
        table.notes.append(Note("hidden", {"places": ", ".join(hidden)}))
    return table


def _number(value: Value) -> Decimal | None:
    """The number in a cell, whichever its decimal mark; None for other cells."""
    if isinstance(value, Decimal):
        return value
    amount = parse_amount(value) if isinstance(value, str) and value else None
    return (amount.read(".") or amount.read(",")) if amount else None


def _cell(cell: Any) -> Value:
    value, form = cell.value, str(cell.number_format)
    if isinstance(value, dt.datetime | dt.date):
        plain_form = re.sub(r"\[[^\]]*\]|\"[^\"]*\"", "", form).lower()
        if "d" not in plain_form and "y" in plain_form:
            month = MONTH_NAMES[value.month - 1].title()
            return f"{month} {value.year}" if "m" in plain_form else f"{value.year}"
        return value.date() if isinstance(value, dt.datetime) else value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in form:
        return f"{(Decimal(repr(value)) * 100).normalize():f}%"
    factor, _, divisor = _shown_unit(cell)
    if isinstance(value, int | float) and not isinstance(value, bool) and (factor or divisor):
        scaled = Scaled(Decimal(repr(value)) * (factor or 1))
        scaled.size = factor or divisor
        return scaled
    return native(value)


def _shown_unit(cell: Any) -> tuple[Decimal | None, str, Decimal]:
    """Factor and currency that the format of a number adds to it, such as ``0" k€"``; the factor
    that it divides by, or 0.

    A format that also divides what it shows, such as ``0," k€"``, adds no factor.
    """
    form = str(cell.number_format).split(";")[0]
    if form == "General" or not isinstance(cell.value, int | float):
        return None, "", Decimal(0)
    added = re.findall(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|([€$£¥])', form)
    unit = parse_unit(" ".join("".join(parts) for parts in added)) or (None, "")
    divides = re.search(r"[0#?](,+)(?![0#?])", re.sub(r'"[^"]*"', "", form))
    if divides:
        return None, unit[1], Decimal(1000) ** len(divides[1])
    return *unit, Decimal(0)


def native(value: Any) -> Value:
    """A value of a workbook or a frame as a cell."""
    if isinstance(value, str):
        return clean(value)
    if value is None or str(value) in ("nan", "NaT", "<NA>"):
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, Decimal):
        return value if value.is_finite() else str(value)
    if isinstance(value, numbers.Integral):
        return Decimal(int(value))
    if isinstance(value, numbers.Real):
        return Decimal(repr(float(value))) if math.isfinite(value) else str(value)
    if hasattr(value, "start_time"):  # a period of pandas
        kind, _, end = str(getattr(value, "freqstr", "")).partition("-")
        if kind == "W":
            return native(value.start_time)
        is_fiscal = kind in ("Q", "QE", "Y", "YE", "A") and end not in ("", "DEC")
        return f"FY {value}" if is_fiscal else str(value)
    return clean(str(value))


class Frame(Protocol):
    """A data frame of pandas or Polars."""

    @property
    def columns(self) -> Any:
        """Names of its columns."""


def is_frame(source: Any) -> bool:
    """Whether an object is a data frame of pandas or Polars."""
    has_rows = hasattr(source, "itertuples") or hasattr(source, "iter_rows")
    return has_rows and hasattr(source, "columns")


def frame_table(frame: Any) -> Table:
    """A data frame as a table; the names of the columns are its first row."""
    headings = list(frame.columns)
    if hasattr(frame, "itertuples"):
        body = list(frame.itertuples(index=False, name=None))
        index = frame.index
        if any(name is not None for name in index.names) or index.inferred_type not in (
            "integer", "empty",
        ):  # fmt: skip
            headings = ["" if name is None else name for name in index.names] + headings
            keys = index if index.nlevels > 1 else [(key,) for key in index]
            body = [(*key, *row) for key, row in zip(keys, body, strict=True)]
    else:
        body = list(frame.iter_rows())
    rows = [[_heading(name) for name in headings]]
    rows += [[native(value) for value in row] for row in body]
    return Table(rows, list(range(len(rows))))


def _heading(name: Any) -> Value:
    """The heading of a column; levels of a heading are joined."""
    if isinstance(name, tuple):
        return clean(" ".join(str(part) for part in name))
    return native(name)
