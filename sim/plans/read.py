"""Reading a plan: from the cells of a file or a frame to a plan, or to all faults at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sim.market.calendar import DEFAULT_START, monday, parse_start
from sim.market.plan import BOUNDS, MOST_MONEY, PRICES, MarketConfig, Note, Plan, Row
from sim.plans import cells, layout, numbers, sums
from sim.plans.cells import Scaled, Table, Value
from sim.plans.faults import Faults
from sim.plans.layout import Entry, Layout, show
from sim.plans.names import make_names
from sim.plans.periods import Periods, is_fiscal
from sim.plans.sums import Item

UNITS = {"list_price": "per_order", "discount": "of_list_price"}
MOST_LINES = 12
"""Lines that a sentence lists before it says how many more there are."""


@dataclass(frozen=True)
class Options:
    """What a user says about a file that the file does not say itself.

    Attributes:
        aliases: sentences such as ``TV is broadcast`` or ``I am alder``.
        decimal: decimal mark, ``.`` or ``,``; settled from the cells if empty.
        dates: ``day`` or ``month``, whichever stands first in dates such as 01/04/2027.
        sheet: name of a sheet of a workbook.
        language: of faults.
    """

    aliases: tuple[str, ...] = ()
    decimal: str = ""
    dates: str = ""
    sheet: str = ""
    language: str = "en"


def read_file(path: Path, name: str, config: MarketConfig, options: Options | None = None) -> Plan:
    """Read a plan from a text file or a workbook.

    Raises:
        PlanError: the file cannot be read, or has faults.
    """
    options = options or Options()
    faults = Faults(name, options.language)
    found = cells.tables(cells.read_bytes(path, faults), path, faults)
    return _Reader(name, str(path), config, options, faults).plan(found)


def read_frame(frame: Any, name: str, config: MarketConfig, options: Options | None = None) -> Plan:
    """Read a plan from a data frame of pandas or Polars.

    Raises:
        PlanError: the frame has faults.
    """
    options = options or Options()
    faults = Faults(name, options.language)
    return _Reader(name, "", config, options, faults).plan([cells.frame_table(frame)])


class _Reader:
    """Reader of one plan.

    Attributes:
        mark: decimal mark of the file.
        unit: factor that its titles state, or None.
    """

    def __init__(
        self, name: str, path: str, config: MarketConfig, options: Options, faults: Faults
    ) -> None:
        self.name, self.path, self.config = name, path, config
        self.options, self.faults = options, faults
        self.names = make_names(config, options.aliases, faults)
        self.notes: list[Note] = []
        self.told: set[tuple[object, ...]] = set()
        self.mark = "."
        self.unit: Decimal | None = None

    def note(self, key: str, **values: Any) -> None:
        """Add what has to be said about the plan."""
        self.notes.append(Note(key, values))

    def plan(self, found: Sequence[Table]) -> Plan:
        """The plan in one of several tables."""
        self.faults.stop()  # about aliases
        table, at = self._choose(found)
        self.notes += table.notes
        laid = layout.lay_out(table, at, self.names, self.faults)
        if not laid.entries:
            self.faults.stop()
            self.faults.fatal("no_rows", path=self.path or self.name)
        items = self._interpret(laid, table)
        self.faults.stop()  # sums of amounts that could not be read say nothing
        assert len(items) == len(laid.entries), "an amount is missing without a fault"
        rows = self._rows(items, laid)
        self.faults.stop()
        self._say_layout(laid)
        return Plan(self.name, tuple(rows), self.path, tuple(self.notes))

    # The table

    def _choose(self, found: Sequence[Table]) -> tuple[Table, int]:
        """The table that looks like a plan, and the row of its headings."""
        sheets = {table.name: table for table in found if table.name}
        if sheets and self.options.sheet:
            found = [self._sheet(sheets)]
        scored = [(table, *layout.find_headings(table, self.names)) for table in found]
        good = [(score, table, at) for table, at, score in scored if score > 0]
        if not good:
            filled = (r for t in found for r in t.rows if any(c != "" for c in r))
            first = " | ".join(show(c) for c in next(filled, [""]))
            read_as = [
                note.values for table in found for note in table.notes if note.key == "encoding"
            ]
            hint = self.faults.say("maybe_encoding", **read_as[0]) if read_as else ""
            self.faults.fatal("no_header", first=first[:80], hint=hint)
        if sheets and len(good) > 1:
            self.faults.fatal("many_sheets", sheets=[t.name for _, t, _ in good])
        _, table, at = max(good, key=lambda one: one[0])
        if len(sheets) > 1:
            others = ", ".join(name for name in sheets if name != table.name)
            self.note("sheet", sheet=table.name)
            self.note("other_sheets", sheets=others)
        return table, at

    def _sheet(self, sheets: dict[str, Table]) -> Table:
        """The sheet that the user names."""
        for name, table in sheets.items():
            if name.casefold() == self.options.sheet.casefold():
                return table
        hint = self._did_you_mean(self.names.hint(self.options.sheet, sheets))
        return self.faults.fatal("no_sheet", sheet=self.options.sheet, sheets=[*sheets], hint=hint)

    # Cells

    def _interpret(self, laid: Layout, table: Table) -> list[Item]:
        """What the cells of a table say; entries with faults are missing."""
        entries = laid.entries
        self.unit = layout.unit_of(laid, table.name, self.faults)
        self.mark = self._decimal_mark(laid, table)
        self._settle_me(laid)
        columns = [entry.at[1] for entry in entries] if laid.has_period_columns else []
        periods = Periods(
            self.config.start,
            {"day": "dmy", "month": "mdy", "": ""}[self.options.dates],
            lambda n, key, **values: self._of_name(entries[n], "period", key, **values),
            self.note,
        ).settle(entries, laid.is_ending, columns)
        items = []
        for n, entry in enumerate(entries):
            firm = self._firm(entry) if laid.has_firm else self.names.me
            activity = self._activity(entry)
            amount = self._amount(entry, activity, table)
            if n in periods and firm and activity and amount is not None:
                items.append(Item(entry, periods[n], firm, activity, amount))
        self._check_years(laid, table)
        self._check_rates(laid, items)
        units = {e.unit or self.unit or Decimal(1) for e in entries} - {Decimal(1)}
        for unit in sorted(units):
            self.note("unit", factor=numbers.shown(unit))
        return items

    def _fault(self, entry: Entry, column: str, key: str, **values: Any) -> None:
        self.faults.cell(entry.line, column, key, **values)

    def _of_name(self, entry: Entry, role: str, key: str, **values: Any) -> None:
        """Add the fault of a period, a firm or an activity, once for all rows that have it."""
        told = (role, key, values.get("word"))
        if told not in self.told:
            self.told.add(told)
            self._fault(entry, entry.headings[role], key, **values)

    def _did_you_mean(self, word: str) -> str:
        return self.faults.say("did_you_mean", word=word) if word else ""

    def _settle_me(self, laid: Layout) -> None:
        """Say whose plan it is if the table names no firm."""
        if laid.has_firm or self.names.is_me_said or len(self.config.firms) == 1:
            return
        self.names.me = laid.title_firm or self.names.me
        self.note("title_firm" if laid.title_firm else "me", firm=self.names.me)

    def _firm(self, entry: Entry) -> str:
        """The firm of an entry; empty after a fault."""
        found = self.names.firm(entry.firm)
        if not entry.firm:
            self._fault(entry, entry.headings["firm"], "no_firm_named")
        elif not found:
            self._unknown(entry, "firm", entry.firm, self.names.firms, [*self.config.firms])
        return found

    def _activity(self, entry: Entry) -> str:
        """The activity of an entry; empty after a fault."""
        found = self.names.activity(entry.activity)
        if not found:
            allowed = [*self.config.activities, *PRICES]
            self._unknown(entry, "activity", entry.activity, self.names.activities, allowed)
        return found

    def _unknown(
        self, entry: Entry, role: str, word: str, known: dict[str, str], allowed: list[str]
    ) -> None:
        hint = self.names.hint(word, known)
        hint = known.get(hint, hint)
        self._of_name(
            entry, role, f"unknown_{role}", word=word, allowed=allowed,
            hint=self._did_you_mean(hint), example=hint or allowed[0],
        )  # fmt: skip

    def _decimal_mark(self, laid: Layout, table: Table) -> str:
        """The decimal mark of all amounts; empty after a fault."""
        texts = [entry.amount for entry in laid.entries]
        texts += [cell for total in laid.totals for cell in total.cells.values()]
        texts += [cell for _, _, cell, _ in laid.row_totals]
        parsed = _amounts(texts)
        currencies = {a.currency for a in parsed.values()}
        currencies |= {entry.currency for entry in laid.entries}
        currencies |= {table.currencies.get(entry.at, "") for entry in laid.entries}
        currencies -= {""}
        if len(currencies - {"¥"}) > 1 or ("¥" in currencies and currencies - {"¥", "cny", "jpy"}):
            self.faults.add("two_currencies", currencies=sorted(currencies))
        if self.options.decimal:
            return self.options.decimal
        amounts = [*parsed.values()]
        found = numbers.settle(amounts, _amounts(laid.others).values(), table.delimiter)
        if found.mark:
            if found.mark == ",":
                self.note("comma")
            return found.mark
        words = {amount: word for word, amount in parsed.items()}
        assert found.example is not None
        word = words[found.example]
        if found.other is not None:
            self.faults.add("decimal_mixed", one=word, two=words[found.other])
        else:
            both = {m: numbers.shown(found.example.read(m) or 0) for m in ".,"}
            self.faults.add("decimal_open", word=word, point=both["."], comma=both[","])
        return ""

    def _value(self, cell: Value, unit: Decimal | None) -> Decimal | None:
        """The number in a cell, in the unit of its heading or of a title; None for other cells."""
        parsed = numbers.parse_amount(cell) if isinstance(cell, str) and cell else None
        value = cell if isinstance(cell, Decimal) else parsed.read(self.mark) if parsed else None
        has_size = isinstance(cell, Scaled) or (parsed and (parsed.factor or parsed.is_percent))
        if value is None or has_size:
            return value
        return value * (unit or self.unit or 1)

    def _amount(self, entry: Entry, activity: str, table: Table) -> Decimal | None:
        """The amount of an entry; None after a fault."""
        low, high, _ = BOUNDS.get(activity, (0.0, MOST_MONEY, ""))
        unit = self.faults.say(UNITS.get(activity, "in_period"))
        bounds = {"low": f"{low:g}", "high": f"{high:g}", "unit": unit}
        cell, word, has_unit = entry.amount, show(entry.amount), bool(entry.unit or self.unit)
        parsed = numbers.parse_amount(cell) if isinstance(cell, str) else None
        if parsed and not self.mark:
            return None  # a fault of the file as a whole
        value = self._value(cell, Decimal(1) if activity in PRICES else entry.unit)
        key = ""
        if entry.at in table.formulas:
            key, word = "no_cached_value", table.formulas[entry.at]
        elif entry.at in table.merged:
            key = "merged_amount"
        elif isinstance(cell, str) and numbers.ERRORS.fullmatch(cell):
            key = "excel_error"
        elif value is None:
            key = "not_a_number"
        elif isinstance(cell, Scaled) and (entry.unit or self.unit or cell.size) != cell.size:
            key = "unit_of_format"
        elif parsed and parsed.is_percent and activity and activity != "discount":
            key = "percent"
        elif activity == "list_price" and has_unit and not (parsed and parsed.currency):
            key = "unit_of_price"
        elif activity and not low <= value <= high:
            key = "out_of_bounds"
        if key:
            self._fault(entry, entry.column, key, word=word, **bounds)
            return None
        return value

    def _check_years(self, laid: Layout, table: Table) -> None:
        """Refuse months without a year under a title that names another year than theirs."""
        mine = [str(n.values["years"]) for n in self.notes if n.key == "months_of"]
        titles = [table.name, *(text for _, text in laid.titles)]
        years = {y for text in titles for y in re.findall(r"(?<!\d)20\d\d(?!\d)", text)}
        if mine and len(years) == 1 and years.isdisjoint(mine[0].split(", ")):
            self.faults.add("other_year", years=mine[0], title=years.pop())

    def _check_rates(self, laid: Layout, items: Sequence[Item]) -> None:
        """Refuse a title such as "spend per week" or "fiscal year 2027" above longer periods."""
        sizes = {len(item.period.weeks or item.period.mondays) for item in items}
        fits: dict[str, set[int]] = {"day": set(), "week": {1}, "month": {4, 5}}
        for _, text in laid.titles:
            if is_fiscal(text) and max(sizes, default=0) > 5:
                self.faults.add("fiscal", word=text)
            for time, words in numbers.PER.items():
                if words.search(text) and sizes - fits[time]:
                    self.faults.add("unit_rate", word=text)

    # Rows

    def _rows(self, items: list[Item], laid: Layout) -> list[Row]:
        """The rows of the plan, each period, firm and activity once."""
        self._check_start(items)
        sums.check_groups(items, self.faults)
        self.faults.stop()
        start = self._start()
        is_wide = laid.has_period_columns
        columns = sums.sum_columns(items, start, self.faults) if is_wide else []
        if columns:
            self.note("sum_columns", columns=", ".join(p.name for p in columns))
        sums.check_totals(laid, items, columns, self._value, self.names, self.faults)
        items = [item for item in items if item.period not in columns]
        items, repeated = sums.add_up(items)
        if repeated:
            lines = sorted(line for some in repeated for line in some)
            self.note("added", count=len(lines), into=len(repeated), rows=_listed(lines))
        if not is_wide:
            overlapping = sums.overlapping_rows(items, start, self.faults)
            if overlapping:
                self.note("overlap", rows=_listed(overlapping))
        sums.check_prices(items, start, self.faults)
        return [Row(i.entry.line, i.period, i.firm, i.activity, float(i.amount)) for i in items]

    def _start(self) -> dt.date:
        """First day of the run, as far as it is known before the plan is."""
        return DEFAULT_START if self.config.start == "auto" else parse_start(self.config.start)

    def _check_start(self, items: Sequence[Item]) -> None:
        """Refuse periods before a given start, and two ways to count without one."""
        dated = [item for item in items if item.period.mondays]
        relative = [item for item in items if item.period.weeks]
        if self.config.start != "auto":
            start = self._start()
            for item in dated:
                if item.period.mondays[0] < start:
                    heading = item.entry.headings["period"]
                    self._fault(
                        item.entry, heading, "before_start", period=item.period.name, start=start
                    )
            if dated and relative:
                self.note("anchored", start=start)
        elif dated and relative:
            year = min(item.period.mondays[0] for item in dated) + dt.timedelta(days=3)
            self.faults.add(
                "mixed_dates", relative=relative[0].period.name, dated=dated[0].period.name,
                start=monday(dt.date(year.year, 1, 4)),
            )  # fmt: skip

    # What is said

    def _say_layout(self, laid: Layout) -> None:
        for word, name in self.names.used.items():
            self.note("alias", word=word, name=name)
        titles = sorted(laid.titles + laid.unit_rows)
        if titles:
            self.note("titles", rows=_listed(f"{n} ({text[:40]})" for n, text in titles))
        if laid.left_out:
            self.note("empty", count=len(laid.left_out), rows=_listed(laid.left_out))
        if laid.passed_over:
            self.note("columns", columns=_listed(laid.passed_over))
        if laid.sections:
            self.note("sections", firms=_listed(laid.sections))
        if laid.filled:
            self.note("filled", columns=_listed(laid.filled))
        if laid.joined:
            self.note("joined", rows=_listed(laid.joined))
        totals = [str(total.line) for total in laid.totals]
        totals += dict.fromkeys(heading for _, heading, _, _ in laid.row_totals)
        if totals:
            self.note("totals", rows=_listed(totals))


def _amounts(values: Iterable[Value]) -> dict[str, numbers.Amount]:
    """The amounts among cells of text."""
    parsed = {v: numbers.parse_amount(v) for v in values if isinstance(v, str) and v}
    return {word: amount for word, amount in parsed.items() if amount is not None}


def _listed(things: Iterable[object]) -> str:
    words = [str(thing) for thing in things]
    more = f", ... ({len(words)})" if len(words) > MOST_LINES else ""
    return ", ".join(words[:MOST_LINES]) + more
