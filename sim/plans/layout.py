"""Layout of a table: where its headings stand, and which cells are amounts of what.

Three layouts are known: long (an amount a row), wide with a column for each period, and wide with a
column for each activity or firm. Titles above, totals below and beside, and other columns are set
apart.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sim import files
from sim.plans import numbers, periods
from sim.plans.cells import Table, Value
from sim.plans.faults import Faults
from sim.plans.names import Names, halves, key, words_of

KEYS = ("period", "firm", "activity")
_FIRST_ROWS = 60
"""Rows among which the headings are looked for."""


@dataclass
class Column:
    """A column of a table.

    Attributes:
        heading: text of its heading, as a user sees it.
        role: a heading's role of :class:`sim.plans.names.Vocabulary` (with ``period`` for all
            kinds); ``item`` for a column of amounts under the name of a period, an activity or a
            firm; ``total``, ``blank`` or ``unknown``.
        kind: kind of period that the heading of a period column names, or an empty string.
        dimension: what the heading of an item names: one of KEYS.
        item: the period, or the word for the activity or the firm, of an item.
        unit, currency: factor and currency that the heading states.
        is_unclear: whether it speaks of a unit that is not understood.
        is_rate: whether it speaks of shares, or of money in another time than its period.
        is_ending: whether it says that dates are the last days of weeks.
    """

    at: int
    heading: str
    role: str
    kind: str = ""
    dimension: str = ""
    item: Value = ""
    unit: Decimal | None = None
    currency: str = ""
    is_unclear: bool = False
    is_rate: bool = False
    is_ending: bool = False


@dataclass
class Entry:
    """An amount with what it belongs to, not yet interpreted.

    Attributes:
        line, column: place, as a user sees it; ``at`` is the index of row and column.
        period: its cell and the kind of period that its heading names.
        year: cell of a further column for the year.
        firm, activity: words; no firm if the table has none.
        unit, currency: factor and currency that the headings or a column of units state.
        group: line and word that stand alone in a row above, or an empty word.
        headings: of the columns of period, firm and activity.
    """

    line: int
    column: str
    at: tuple[int, int]
    period: Value
    kind: str
    year: Value
    firm: str
    activity: str
    amount: Value
    unit: Decimal | None
    currency: str
    group: tuple[int, str]
    headings: Mapping[str, str]


@dataclass
class TotalRow:
    """A row of sums: its cells by column, and how many entries stand above it."""

    line: int
    labels: list[str]
    is_labelled: bool
    cells: dict[int, Value]
    before: int
    missing: str


@dataclass
class Layout:
    """The cells of a table by what they mean.

    Attributes:
        entries: amounts in the order of the table.
        totals: rows of sums.
        row_totals: sums beside amounts: line, heading, cell, and the entries they can belong to.
        units: factors stated beside the amounts: text and factor.
        titles: rows above the headings and notes below, as (line, text).
        unit_rows: rows that state the units of columns, as (line, text).
        left_out: lines of rows without an amount.
        passed_over: headings of columns that are not used.
        others: numbers in such columns.
        filled: headings of columns whose empty cells take the value above.
        sections: firms that stand alone in rows above their amounts.
        joined: lines with thousands without quotes.
        has_firm: whether the table names firms.
        has_firm_columns, has_period_columns: whether firms or periods are columns of amounts.
        title_firm: firm that a title names, if it is exactly one.
        is_ending: whether dates are the last days of weeks.
    """

    entries: list[Entry] = field(default_factory=list)
    totals: list[TotalRow] = field(default_factory=list)
    row_totals: list[tuple[int, str, Value, list[list[int]]]] = field(default_factory=list)
    units: list[tuple[str, Decimal]] = field(default_factory=list)
    titles: list[tuple[int, str]] = field(default_factory=list)
    unit_rows: list[tuple[int, str]] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    others: list[Value] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    has_firm: bool = False
    has_firm_columns: bool = False
    has_period_columns: bool = False
    title_firm: str = ""
    is_ending: bool = False


def show(value: Value) -> str:
    """A cell as a user sees it."""
    return numbers.shown(value) if isinstance(value, Decimal) else str(value)


def is_number(value: Value) -> bool:
    """Whether a cell holds an amount other than a dash."""
    if isinstance(value, Decimal):
        return True
    amount = numbers.parse_amount(value) if isinstance(value, str) and value else None
    return amount is not None and bool(amount.body)


def column_of(at: int, cell: Value, names: Names) -> Column:
    """What a heading says about its column."""
    text = show(cell)
    if isinstance(cell, dt.date):
        return Column(at, text, "item", dimension="period", item=cell)
    if isinstance(cell, Decimal):
        is_year = isinstance(periods.parse(cell), periods.Named)
        return Column(
            at, f"{cell:f}", "item" if is_year else "unknown", dimension="period", item=cell
        )
    if not text:
        return Column(at, "", "blank")
    bare, unit = _unit(text)
    found = _named(at, text, bare, names)
    if found.role == "unknown" and (both := _in_both(bare, names)):
        found = replace(both, at=at, heading=text)
    if unit is None and found.role in ("amount", "item", "total"):
        found.is_unclear = True
    found.is_rate = bool(numbers.RATE.search(numbers.plain(text)))
    found.unit, found.currency = unit or (None, "")
    return found


def _named(at: int, text: str, bare: str, names: Names) -> Column:
    """What the words of a heading say about its column, with or without a unit."""
    for word in dict.fromkeys((text, bare)):
        role = names.role(word)
        if role in ("", "other", "note") and (found := _activity(word, names)):
            return Column(at, text, "item", dimension="activity", item=found)
        if role.startswith("period"):
            kind = role.removeprefix("period").strip()
            is_ending = key(word) in names.vocabulary.ending
            return Column(at, text, "period", kind, is_ending=is_ending)
        if role:
            return Column(at, text, role)
        parsed = periods.parse(word)
        if parsed == periods.Unclear("fiscal"):
            return Column(at, text, "unknown")
        if not isinstance(parsed, periods.Unclear):
            return Column(at, text, "item", dimension="period", item=word)
        if names.is_total(word):
            return Column(at, text, "other" if "%" in text else "total")
        if names.firm(word):
            return Column(at, text, "item", dimension="firm", item=word)
    return Column(at, text, "unknown")


def _in_both(text: str, names: Names) -> Column | None:
    """What a heading in two languages says, such as "季度 Quarter", if both say the same."""
    found = [_named(0, half, half, names) for half in halves(text)]
    meant = [
        (c.role, c.kind, c.dimension, periods.parse(c.item), names.activity(show(c.item)))
        for c in found
    ]
    same = len(set(meant)) == 1
    return found[0] if same and found[0].role != "unknown" else None


def _unit(heading: str) -> tuple[str, tuple[Decimal | None, str] | None]:
    """A heading without the unit in it, and the unit; None if it is not understood."""
    text = numbers.plain(heading)
    for form in (r"(.+?)\s*[(\[](.+)[)\]]", r"(.+?)\s*,\s*(.+)", r"(.+?)\s+in\s+(.+)"):
        found = re.fullmatch(form, text, re.I)
        unit = numbers.parse_unit(found[2]) if found else None
        if found and unit is not None:
            return found[1], unit
    found = re.fullmatch(r"(.+?)[\s/]+(\S+)", text)
    unit = numbers.parse_unit(found[2]) if found else None
    if found and unit is not None and unit[1]:  # "spend M" may be a name, "spend M€" is a unit
        return found[1], unit
    bare = re.sub(r"\s*[(\[].*[)\]]", "", text) or text
    return bare, numbers.unit_in(text, numbers.HEADING_SIZE)


def _activity(word: str, names: Names) -> str:
    """The word for an activity in a heading such as ``tv_S`` or 电视费用, or an empty string."""
    if names.activity(word):
        return word
    suffixes = {key(w) for language in files.languages() for w in words_of(language)["spending"]}
    head, _, tail = re.sub(r"[\s_\-]+", "_", word).rpartition("_")
    if head and key(tail) in suffixes and names.activity(head):
        return head
    for suffix in suffixes:
        if not suffix.isascii() and word.endswith(suffix) and names.activity(word[: -len(suffix)]):
            return word[: -len(suffix)]
    return ""


def find_headings(table: Table, names: Names) -> tuple[int, int]:
    """Index of the row of headings, and how much speaks for it (0 for none)."""
    best = (-1, 0)
    for n, row in enumerate(table.rows[:_FIRST_ROWS]):
        columns = [column_of(at, cell, names) for at, cell in enumerate(row)]
        roles = {c.role for c in columns} & {*KEYS, "amount"}
        items = [c.dimension for c in columns if c.role == "item"]
        most = max((items.count(d) for d in KEYS), default=0)
        score = 10 * len(roles) + most if roles or most > 1 else 0
        if score > best[1] and (most or sum(cell != "" for cell in row) > 1):
            best = n, score
    return (best[0] + 1, best[1]) if best[1] and _goes_on(table, best[0], names) else best


def _goes_on(table: Table, at: int, names: Names) -> bool:
    """Whether headings that are periods go on in the next row, such as months below their year;
    fills the empty cells of that row from the first."""
    first, second = table.rows[at], table.rows[at + 1] if at + 1 < len(table.rows) else []
    above = [column_of(n, cell, names).dimension for n, cell in enumerate(first)]
    below = [column_of(n, cell, names).dimension for n, cell in enumerate(second)]
    if "period" not in above or below.count("period") < 2 or any(map(is_number, second)):
        return False
    width = max(len(first), len(second))
    first, second = ([*row, *[""] * (width - len(row))] for row in (first, second))
    is_period = [*(d == "period" for d in above), *[False] * (width - len(above))]
    table.rows[at + 1] = [
        low if low != "" or skip else high
        for high, low, skip in zip(first, second, is_period, strict=True)
    ]
    return True


def lay_out(table: Table, at: int, names: Names, faults: Faults) -> Layout:
    """The cells of a table by what they mean, given the row of its headings.

    Raises:
        PlanError: a column is missing or has two meanings.
    """
    return _Reader(table, at, names, faults).read()


class _Reader:
    """Reader of one table.

    Attributes:
        columns: all columns; ``heading`` are their cells, ``width`` their number.
        body: rows below the headings that are not empty.
        keys: columns of period, year, firm and activity, as far as there are.
        there: keys whose columns have values.
        amounts: columns of amounts: one in a long table.
        last: keys of the row above.
        section: firm that stands alone in a row above, in a table without a column for it.
        group: another word that stands so, with its line.
    """

    def __init__(self, table: Table, at: int, names: Names, faults: Faults) -> None:
        self.table, self.at, self.names, self.faults = table, at, names, faults
        self.out = Layout()
        width = max((n + 1 for n, cell in enumerate(table.rows[at]) if cell != ""), default=0)
        body = [row for row in table.rows[at + 1 :] if any(cell != "" for cell in row)]
        self.heading = [*table.rows[at]]
        self.width = width
        for n in range(width, max(map(len, table.rows[at:]), default=0)):
            values = [row[n] for row in body if n < len(row) and row[n] != ""]
            if values and not self._may_be_joined(n):
                self.width = n + 1
        self.heading += [""] * (self.width - len(self.heading))
        self.columns = [column_of(n, c, names) for n, c in enumerate(self.heading[: self.width])]
        self.body = body
        self.titles_end = at
        self.silent = {key(words_of(language)["note"][0]) for language in files.languages()}
        self.last: Mapping[str, Value] = {}
        self.keys: dict[str, Column | None] = {}
        self.there: set[str] = set()
        self.amounts: list[Column] = []
        self.is_wide = False
        self.section = ""
        self.group = (0, "")
        self.unit_column: Column | None = None
        self._years_above()

    def _may_be_joined(self, n: int) -> bool:
        """Whether cells beyond the headings can be thousands of numbers without quotes."""
        cells = [row[n] for row in self.table.rows[self.at + 1 :] if n < len(row) and row[n] != ""]
        return self.table.delimiter != "" and all(
            isinstance(c, str) and re.fullmatch(r"\d{3}(\.\d*)?", c) for c in cells
        )

    def read(self) -> Layout:
        self._titles()
        self._arrange()
        for index in range(self.at + 1, len(self.table.rows)):
            self._row(index)
        return self.out

    # Columns

    def _years_above(self) -> None:
        """Add the years that stand in the row above periods without a year."""
        if not self.at:
            return
        above, year = self.table.rows[self.at - 1], ""
        found = {}
        for column in self.columns:
            cell = above[column.at] if column.at < len(above) else ""
            is_year = cell != "" and periods.parse(cell) == periods.Named("year", 1, _whole(cell))
            year = show(cell).replace(",", "") if is_year else ("" if cell != "" else year)
            parsed = periods.parse(column.item) if column.dimension == "period" else None
            if isinstance(parsed, periods.Named) and parsed.year is None and year:
                found[column.at] = f"{year} {column.item}"
        without = [c for c in self.columns if c.dimension == "period" and c.at not in found]
        if found and not without:
            for at, word in found.items():
                self.columns[at].item = self.columns[at].heading = word
            self.titles_end = self.at - 1

    def _titles(self) -> None:
        firms = set()
        for index, row in enumerate(self.table.rows[: self.titles_end]):
            cells = [show(cell) for cell in row if cell != ""]
            if cells:
                self.out.titles.append((self.table.lines[index], " ".join(dict.fromkeys(cells))))
            firms.add(self._firm_in(cells))
        firms.add(self._firm_in([self.table.name]))
        firms.discard("")
        self.out.title_firm = firms.pop() if len(firms) == 1 else ""

    def _firm_in(self, cells: Sequence[str]) -> str:
        """The firm that a row names alone, such as "Brand: birch", or an empty string."""
        words = [word.strip() for cell in cells for word in re.split("[:：]", cell) if word.strip()]
        is_named = len(words) == 1 or (len(words) == 2 and self.names.role(words[0]) == "firm")
        return self.names.firm(words[-1]) if is_named else ""

    def _values(self, column: Column) -> list[Value]:
        return [
            row[column.at] for row in self.body if len(row) > column.at and row[column.at] != ""
        ]

    def _holds(self, column: Column, role: str) -> bool:
        """Whether all cells of a column are of a role."""
        values = self._values(column)
        words = [v for v in values if not (isinstance(v, str) and self.names.is_total(v))]
        if role == "period":
            return bool(words) and not any(
                isinstance(periods.parse(v), periods.Unclear) for v in words
            )
        find = self.names.firm if role == "firm" else self.names.activity
        return bool(words) and all(isinstance(v, str) and find(v) for v in words)

    def _one(self, role: str) -> Column | None:
        """The column of a role; by its content where no heading says so."""
        found = [c for c in self.columns if c.role == role]
        if len(found) > 1 and role != "period":
            self._two(role, found)
        if found:
            return found[0]
        free = [c for c in self.columns if c.role in ("blank", "unknown") and self._holds(c, role)]
        if len(free) == 1:
            free[0].role = role
            return free[0]
        return None

    def _two(self, role: str, found: Sequence[Column]) -> None:
        if len({key(c.heading) for c in found}) < len(found):
            self.faults.fatal("repeated_heading", word=found[-1].heading)
        self.faults.fatal(
            "two_columns", role=words_of(self.faults.language)[role][0],
            columns=[c.heading for c in found], first=found[-1].heading,
        )  # fmt: skip

    def _arrange(self) -> None:
        """Settle the columns of keys and of amounts.

        Raises:
            PlanError: a column is missing, or has two meanings.
        """
        for column in self.columns:
            if column.role == "item" and not any(map(is_number, self._values(column))):
                column.role, column.dimension = "unknown", ""  # a name, but no column of amounts
        items = [c for c in self.columns if c.role == "item"]
        dimensions = {c.dimension for c in items}
        clashing = [c for c in self.columns if c.role in dimensions]
        if len(dimensions) > 1 or clashing:
            columns = [c.heading for c in (*clashing, *items)]
            self.faults.fatal("two_layouts", columns=columns)
        self.is_wide = bool(items)
        for column in self.columns if items else ():
            column.role = "total" if column.role == "amount" else column.role
        self.amounts = items or self._amount_columns()
        year = self._year_column()
        self.keys = {role: None if role in dimensions else self._one(role) for role in KEYS}
        if year:
            apart = [c for c in self.columns if c.role == "period" and c is not year]
            self.keys["period"] = apart[0]
        self.keys["year"] = year
        self._ends()
        self._missing(dimensions)
        self._units()
        self._set_apart()
        self._twice(items)
        self.there = {role for role, c in self.keys.items() if c and self._values(c)}
        self.out.is_ending = any(c.is_ending for c in self.columns)
        self.out.has_period_columns = "period" in dimensions
        self.out.has_firm_columns = "firm" in dimensions
        self.out.has_firm = "firm" in dimensions or "firm" in self.there

    def _ends(self) -> None:
        """Refuse dates with a second date or a length; beside a quarter they are passed over."""
        ends = [c for c in self.columns if c.role == "end" and self._values(c)]
        period = self.keys["period"]
        days = self._values(period) if period else []
        if ends and (period or "item" not in {c.role for c in self.columns}) and all(
            not isinstance(periods.parse(day), periods.Named) for day in days
        ):  # fmt: skip
            self.faults.fatal("last_days", column=ends[0].heading)

    def _year_column(self) -> Column | None:
        found = [c for c in self.columns if c.role == "period"]
        years = [c for c in found if c.kind == "year"]
        if len(found) == 2 and len(years) == 1:
            return years[0]
        if len(found) > 1:
            self._two("period", found)
        return None

    def _amount_columns(self) -> list[Column]:
        """The one column of amounts of a long table, if there is one."""
        found = [c for c in self.columns if c.role == "amount"]
        found = found or [c for c in self.columns if c.role == "total"]
        if len(found) > 1:
            self._two("amount", found)
        return found

    def _missing(self, dimensions: set[str]) -> None:
        """Refuse a table that lacks a dimension; a missing firm is settled later."""
        there = {role for role in KEYS if self.keys[role]} | dimensions
        there |= {"amount"} if self.amounts else set()
        headings = [c.heading for c in self.columns if c.heading]
        for role in ("period", "activity", "amount"):
            if role in there:
                continue
            for column in self.columns if role == "period" else ():
                self._why_no_period(column)
            known = [
                word for language in files.languages()
                for name, words in words_of(language).items() if name.split("_")[0] == role
                for word in words
            ]  # fmt: skip
            unknown = [c.heading for c in self.columns if c.role == "unknown"]
            hints = [h for h in (self.names.hint(word, known) for word in unknown) if h]
            hint = self.faults.say("did_you_mean", word=hints[0]) if hints else ""
            self.faults.fatal(f"no_{role}_column", found=headings, hint=hint)

    def _why_no_period(self, column: Column) -> None:
        """Refuse a heading that is nearly a period, such as FY27, with the reason."""
        found = periods.parse(column.heading)
        if column.role == "unknown" and isinstance(found, periods.Unclear) and (
            found != periods.NO_PERIOD
        ):  # fmt: skip
            self.faults.fatal(found.key, word=column.heading)

    def _units(self) -> None:
        """Find the column of units or currencies; refuse headings with an unclear unit."""
        for column in self.amounts:
            if column.is_unclear:
                line = self.table.lines[self.at]
                self.faults.cell(line, column.heading, "unit_unclear", word=column.heading)
            elif column.is_rate:
                line = self.table.lines[self.at]
                self.faults.cell(line, column.heading, "unit_rate", word=column.heading)
        sums = [c for c in self.columns if c.role == "total" and self.is_wide]
        for column in {id(c): c for c in (*self.keys.values(), *sums) if c}.values():
            if column.unit is not None and not re.search(
                r"[(\[]\s*[mb]\s*[)\]]", column.heading, re.I
            ):
                self.out.units.append((column.heading, column.unit))
        found = [c for c in self.columns if c.role == "unit" and self._values(c)]
        if len(found) > 1:
            self._two("unit", found)
        self.unit_column = found[0] if found else None

    def _set_apart(self) -> None:
        """Set columns apart that are not used; refuse those of a wide table that may be amounts."""
        used = [*self.keys.values(), *self.amounts, self.unit_column]
        for column in self.columns:
            values = self._values(column)
            is_sum = column.role == "total" and self.is_wide
            if column in used or is_sum or not values:
                continue
            heading = column.heading or str(column.at + 1)
            if column.role in ("blank", "unknown", "note"):
                self._years_aside(column, values)
            is_unknown = self.is_wide and column.role in ("blank", "unknown")
            if is_unknown and any(map(is_number, values)) and not _counts_rows(column, values):
                self._why_no_period(column)
                hint = self.names.hint(heading, self.names.activities.values())
                said = self.faults.say("did_you_mean", word=hint) if hint else ""
                line = self.table.lines[self.at]
                what = "unknown_column" if column.heading else "column_without_heading"
                self.faults.cell(line, heading, what, word=heading, hint=said)
            self.out.others += values
            if key(column.heading) not in self.silent:
                self.out.passed_over.append(heading)

    def _years_aside(self, column: Column, values: Sequence[Value]) -> None:
        """Refuse a further column that says which periods or which plan a row is of; take units."""
        parsed = [periods.parse(value) for value in values]
        if periods.Unclear("fiscal") in parsed:
            word = show(values[parsed.index(periods.Unclear("fiscal"))])
            self.faults.fatal("fiscal", word=word)
        period = self.keys["period"]
        words = {key(show(value)) for value in values}
        if period and len(words) > 1 and all(isinstance(p, periods.Named) for p in parsed):
            self._two("period", [period, column])
        if found := words & self.names.vocabulary.dropped:
            word = next(show(value) for value in values if key(show(value)) in found)
            self.faults.fatal("dropped", column=column.heading or column.at + 1, word=word)
        is_version = key(column.heading) in self.names.vocabulary.version
        is_version |= words <= self.names.vocabulary.versions
        roles = {self.names.role(show(value)) for value in values}
        if len(words) > 1 and (is_version or "amount" in roles <= {"amount", "other"}):
            versions = list(dict.fromkeys(show(value) for value in values))
            self.faults.fatal("versions", column=column.heading, versions=versions)
        for value in values if column.role == "blank" else ():
            unit = numbers.unit_in(show(value))
            if unit and unit[0] is not None and not is_number(value):
                self.out.units.append((show(value), unit[0]))

    def _twice(self, items: Sequence[Column]) -> None:
        """Refuse two columns with one name."""
        seen: dict[str, Column] = {}
        for column in items:
            name = key(show(column.item))
            if name in seen:
                self._two(column.dimension, [seen[name], column])
            seen[name] = column

    # Rows

    def _row(self, index: int) -> None:
        row, line = [*self.table.rows[index]], self.table.lines[index]
        if not any(cell != "" for cell in row):
            return
        if row[: self.width] == self.heading[: len(row[: self.width])] or self._is_heading(row):
            self.out.titles.append((line, show(row[0])))
            return
        if any(cell != "" for cell in row[self.width :]):
            row = self._joined(row, line)
        elif self.table.delimiter == "," and (cut := self._cut(row)):
            self.faults.cell(line, cut[0], "cut_number", word=cut[1])
            return
        row += [""] * (self.width - len(row))
        open_ = self.table.formulas
        amounts = [c for c in self.amounts if row[c.at] != "" or (index, c.at) in open_]
        if not amounts:
            self._without_amount(row, line)
            return
        for column in self.keys.values():
            if column and (formula := open_.get((index, column.at))):
                self.faults.cell(line, column.heading, "no_cached_value", word=formula)
        cells = {role: row[c.at] if c else "" for role, c in self.keys.items()}
        cells["firm"] = cells["firm"] or self.section
        if self._are_units(row, amounts):
            self.out.unit_rows.append((line, " ".join(show(cell) for cell in row if cell != "")))
            return
        if self._is_sum(cells):
            self._total(row, line, cells, amounts)
            return
        self._fill(cells, line)
        if self._is_apart(self.group[1]):
            self.faults.add("lone_word", row=self.group[0], word=self.group[1])
        first = len(self.out.entries)
        self.out.entries += [self._entry((index, c.at), line, c, cells, row) for c in amounts]
        mine = list(range(first, len(self.out.entries)))
        for column in self.columns if self.is_wide else ():
            if column.role == "total" and row[column.at] != "" and not _is_share(row[column.at]):
                scopes = self._scopes(column, mine)
                self.out.row_totals.append((line, column.heading, row[column.at], scopes))

    def _scopes(self, total: Column, mine: Sequence[int]) -> list[list[int]]:
        """Entries of a row that a column of sums can belong to: all of them; or, where there are
        several such columns, those between it and another or the edge."""
        out = [list(mine)]
        sums = [c.at for c in self.columns if c.role == "total"]
        places = {n: self.out.entries[n].at[1] for n in mine}
        for other in (at for at in [-1, *sums, self.width] if len(sums) > 1 and at != total.at):
            low, high = sorted((other, total.at))
            out.append([n for n, at in places.items() if low < at < high])
        return out

    def _cut(self, row: Sequence[Value]) -> tuple[str, str] | None:
        """The heading and the cell of a number that may be cut at its comma, such as 900,000 in two
        cells; none if all is well."""
        is_long = len(row) > len(self.table.rows[self.at])
        for column in self.amounts:
            one, two = (show(c) for c in (*row[column.at : column.at + 2], "", "")[:2])
            if not re.fullmatch(r"\D?[1-9]\d{0,2}", one) or not re.fullmatch(r"\d{3}", two):
                continue
            after = self.columns[column.at + 1] if column.at + 1 < self.width else None
            is_text = after is None or after.role in ("note", "blank")
            if two.startswith("0") or is_text or is_long:
                return column.heading, f"{one},{two}"
        return None

    def _are_units(self, row: Sequence[Value], amounts: Sequence[Column]) -> bool:
        """Whether a row below the headings states the units of its columns; takes them if so."""
        cells = {c.at: show(row[c.at]).strip("()[] ") for c in amounts}
        units = {at: numbers.parse_unit(cell) for at, cell in cells.items()}
        words = [show(cell) for at, cell in enumerate(row) if cell != "" and at not in cells]
        if (
            self.out.entries or None in units.values()
            or any(re.match(r"[1-9]", cell) for cell in cells.values())
            or any(self.names.role(word) != "unit" for word in words)
        ):  # fmt: skip
            return False
        plain = Decimal(1) if any(unit and unit[0] for unit in units.values()) else None
        for column in amounts:
            factor, currency = units[column.at] or (None, "")
            column.unit = factor or column.unit or plain
            column.currency = currency or column.currency
        return True

    def _is_heading(self, row: Sequence[Value]) -> bool:
        """Whether a row of a long table has the headings again, maybe in another language."""
        columns = [c for c in (*self.keys.values(), *self.amounts) if c and c.at < len(row)]
        roles = [self.names.role(show(row[c.at])).split(" ")[0] for c in columns]
        return not self.is_wide and roles == [c.role for c in columns]

    def _joined(self, row: list[Value], line: int) -> list[Value]:
        """A row whose last number was cut at its commas, put together again."""
        count = max(n + 1 for n, cell in enumerate(row) if cell != "")
        last = self.amounts[-1].at
        words = ",".join(str(cell) for cell in row[last:count])
        words_end = re.search(r"(,\d{3}){2}|,000$", words)
        is_last = not self.is_wide and last == self.width - 1 and self.table.delimiter == ","
        if is_last and words_end and re.fullmatch(r"-?\D?\d{1,3}(,\d{3})+(\.\d*)?", words):
            self.out.joined.append(line)
            return [*row[:last], words]
        self.faults.cell(
            line, self.columns[-1].heading, "row_too_long", count=count, headings=self.width
        )
        return row[: self.width]

    def _without_amount(self, row: Sequence[Value], line: int) -> None:
        words = [show(cell) for cell in row if cell != ""]
        firm = self._firm_in(words) if not self.keys["firm"] else ""
        if firm and not self.out.has_firm_columns:
            self.section, self.group = firm, (0, "")
            self.out.sections.append(firm)
            self.out.has_firm = True
        elif len(words) == 1 and not self._is_key(row):
            self.out.titles.append((line, words[0]))
            if not self.names.is_ignored(words[0]):
                self.group = line, words[0]
        elif numbers.unit_in(" ".join(words)) != (None, ""):
            self.out.titles.append((line, " ".join(words)))
        else:
            self.out.left_out.append(line)

    def _is_key(self, row: Sequence[Value]) -> bool:
        """Whether the only cell of a row is an activity or a period in its column."""
        at = next(n for n, cell in enumerate(row) if cell != "")
        period, activity = self.keys["period"], self.keys["activity"]
        is_period = period is not None and at == period.at and _is_period(row[at])
        is_activity = activity is not None and at == activity.at
        return is_period or (is_activity and self.names.activity(show(row[at])) != "")

    def _is_apart(self, word: str) -> bool:
        """Whether amounts below a word that stands alone are not simply those of the table."""
        is_other = self.names.role(word) == "other" or _is_period(word)
        return word != "" and (self.section != "" or is_other)

    def _is_sum(self, cells: Mapping[str, Value]) -> bool:
        """Whether a row is one of sums: it says so, or names no activity or nothing at all."""
        there = [role for role in KEYS if self.keys[role]]
        return bool(there) and (
            any(isinstance(c, str) and self.names.is_total(c) for c in cells.values())
            or all(cells[role] == "" for role in there)
            or ("activity" in there and cells["activity"] == "")
        )

    def _total(
        self, row: Sequence[Value], line: int, cells: Mapping[str, Value],
        amounts: Sequence[Column],
    ) -> None:  # fmt: skip
        labels = [show(cell) for cell in cells.values() if cell != ""]
        if self.names.firm(show(cells["firm"])):
            self.last = {**self.last, "firm": cells["firm"]}  # a sum above its parts
        sums = {c.at: row[c.at] for c in amounts if row[c.at] != "" and not _is_share(row[c.at])}
        if not sums:  # formulas without stored values, or shares of a total
            self.out.titles.append((line, " ".join(labels)))
            return
        is_labelled = any(map(self.names.is_total, labels))
        missing = "activity" if self.keys["activity"] and not cells["activity"] else "period"
        self.out.totals.append(
            TotalRow(line, labels, is_labelled, sums, len(self.out.entries), missing)
        )

    def _fill(self, cells: dict[str, Value], line: int) -> None:
        """Fill empty cells of firm and period from the row above, as spreadsheets show blocks."""
        for role in ("period", "year", "firm"):
            column = self.keys[role]
            if column is None or cells[role] != "" or role not in self.there:
                continue
            cells[role] = self.last.get(role, "")
            if cells[role] == "":
                what = "no_firm_named" if role == "firm" else "no_period_named"
                self.faults.cell(line, column.heading, what)
            elif column.heading not in self.out.filled:
                self.out.filled.append(column.heading)
        self.last = dict(cells)

    def _entry(
        self, at: tuple[int, int], line: int, column: Column, cells: Mapping[str, Value],
        row: Sequence[Value],
    ) -> Entry:  # fmt: skip
        period = self.keys["period"]
        headings = {r: c.heading if c else column.heading for r, c in self.keys.items()}
        unit, currency = column.unit, column.currency
        if self.unit_column is not None:
            word = show(row[self.unit_column.at])
            stated = numbers.parse_unit(word)
            if stated is None:
                self.faults.cell(line, self.unit_column.heading, "unit_unclear", word=word)
            else:
                unit, currency = stated[0] or unit, stated[1] or currency
        own = dict(cells)
        if column.role == "item":
            own[column.dimension] = column.item
        return Entry(
            line, column.heading or str(column.at + 1), at, own["period"],
            period.kind if period else "", own["year"], show(own["firm"]), show(own["activity"]),
            row[column.at], unit, currency, self.group, headings,
        )  # fmt: skip


def _is_period(cell: Value) -> bool:
    return not isinstance(periods.parse(cell), periods.Unclear)


def _is_share(cell: Value) -> bool:
    """Whether a cell is a percentage."""
    amount = numbers.parse_amount(cell) if isinstance(cell, str) else None
    return amount is not None and amount.is_percent


def _counts_rows(column: Column, values: Sequence[Value]) -> bool:
    """Whether a column without a heading only counts the rows, as frames are written."""
    shown = [show(value) for value in values]
    return column.role == "blank" and any(
        shown == [str(n) for n in range(first, first + len(shown))] for first in (0, 1)
    )


def _whole(cell: Value) -> int:
    digits = re.sub(r"\D", "", show(cell))
    return int(digits) if digits else 0


def unit_of(laid: Layout, sheet: str, faults: Faults) -> Decimal | None:
    """The factor that a title, a heading or the sheet states for all amounts, or None."""
    found = [factor for _, factor in laid.units]
    of_sheet = numbers.unit_in(sheet)
    found += [of_sheet[0]] if of_sheet and of_sheet[0] is not None else []
    for _, text in laid.titles:
        unit = numbers.unit_in(text)
        if unit is None:
            faults.add("unit_unclear", word=text)
        elif unit[0] is not None:
            found.append(unit[0])
    if len(set(found)) > 1:
        words = [text for text, _ in laid.units] + [text for _, text in laid.titles]
        faults.add("unit_unclear", word="; ".join(words))
    return found[0] if found else None
