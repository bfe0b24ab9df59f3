"""Periods as people write them, in English and Chinese, and as dates.

A date such as ``01/04/2027`` and a column of dates can mean several things; both are settled once
for all periods of a file (:class:`Periods`), or refused with the readings that are possible.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, Protocol

from sim.market.calendar import DEFAULT_START, MONTHS, Period, make_period, monday
from sim.plans.numbers import plain

ORDERS = ("ymd", "dmy", "mdy")
"""Orders of year, month and day in a date."""

MONTH_NAMES = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER",
    "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip

LAST_SERIAL = 80_000
"""Highest number of a day in a spreadsheet, which a date shows as if it lost its format."""

_NAMES = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTH_NAMES) + "|SEPT"
_YEAR = r"(?P<y>(?:19|20|21)\d\d)"
_ANY_YEAR = r"'?(?P<y>(?:19|20|21)\d\d|\d\d)"
_APART = r"(?:\s*[-/.,_]\s*|\s+(?:OF\s+)?|\s*')"
_NEAR = r"[\s.\-/_]*"
_ZH_YEAR = r"(?:'?(?P<y>(?:19|20|21)\d\d|\d\d(?=\s*年))\s*(?:年度?|[-/\s])\s*)?"
_LETTERS = {
    "quarter": "QUARTER|QTR|Q", "half": "HALF|HY|H", "month": "MONTH|M", "week": "WEEK|WK|W",
    "year": "YEAR|Y",
}  # fmt: skip
_FORMS: list[tuple[str, re.Pattern[str]]] = []
"""Kind of period, and a form of it. Groups: number ``n``, year ``y``, and name ``mon``."""


def _form(kind: str, pattern: str) -> None:
    _FORMS.append((kind, re.compile(pattern)))


_form("date year", rf"(?:CY)?\s*{_YEAR}\s*(?:年度?)?")
for _kind, _word in _LETTERS.items():
    _n = r"(?P<n>\d{1,4})"
    _form(_kind, rf"(?:{_word})[\s.\-_]*{_n}")
    if _kind != "year":
        _form(_kind, rf"{_YEAR}\s*年?{_NEAR}(?:{_word})[\s.\-_]*{_n}")
        _form(_kind, rf"(?:{_word})\s*(?P<n>\d{{1,2}}){_APART}{_ANY_YEAR}")
for _kind, _word, _n in (("quarter", "Q", "[1-4]"), ("half", "H", "[12]")):
    _form(_kind, rf"(?P<n>{_n})\s*{_word}(?:{_APART}?{_ANY_YEAR})?")
    _form(_kind, rf"(?P<y>\d\d)\s*年?\s*{_word}(?P<n>{_n})")
    _form(_kind, rf"(?P<n>{_n})(?:ST|ND|RD|TH)\s+(?:{_LETTERS[_kind]})(?:{_APART}{_ANY_YEAR})?")
_form("quarter", rf"{_ZH_YEAR}第?\s*(?P<n>\d{{1,2}})\s*个?季度?")
_form("half", rf"{_ZH_YEAR}第?\s*(?P<n>[12])\s*个?半年度?")
_form("week", rf"{_ZH_YEAR}第?\s*(?P<n>\d{{1,4}})\s*个?(?:周|星期)")
_form("month", r"第\s*(?P<n>\d{1,3})\s*个?月")
_form("year", r"第\s*(?P<n>\d{1,2})\s*年")
_form("named month", rf"{_ZH_YEAR}(?P<n>\d{{1,2}})\s*月份?")
_form("named month", rf"(?P<mon>{_NAMES})(?:(?:{_APART}|\.?){_ANY_YEAR})?\.?")
_form("named month", rf"{_YEAR}{_NEAR}(?P<mon>{_NAMES})\.?")
_form("bare month", rf"{_YEAR}(?:[-/](?P<n>\d{{1,2}})|\.(?P<m>\d\d))")
_form("bare month", rf"(?P<n>\d{{1,2}})[-/.]{_YEAR}")

_CLOCK = r"(?:[T\s]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?Z?)?"
_YMD = re.compile(
    rf"{_YEAR}\s*(?:年|[-/.])\s*(?P<m>\d{{1,2}})\s*(?:月|[-/.])\s*(?P<d>\d{{1,2}})日?{_CLOCK}"
)
_COMPACT = re.compile(rf"{_YEAR}(?P<m>\d\d)(?P<d>\d\d)")
_NUMERIC = re.compile(rf"(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s){_ANY_YEAR}{_CLOCK}")
_YY_FIRST = re.compile(r"(?P<y>\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})")
_NAMED = (
    re.compile(rf"(?P<d>\d{{1,2}})(?:ST|ND|RD|TH)?{_APART}(?P<mon>{_NAMES})\.?{_APART}{_ANY_YEAR}"),
    re.compile(rf"(?P<mon>{_NAMES})\.?\s+(?P<d>\d{{1,2}})(?:ST|ND|RD|TH)?,?\s+{_YEAR}"),
)  # fmt: skip
_MONTHS_ASIDE = re.compile(
    rf"(?P<whole>[^(]*(?:Q|H|季|半年)[^(]*)\((?:(?P<mon>{_NAMES})|(?P<m>\d{{1,2}})(?=[^()]*月))[^()]*\)"
)
"""A quarter or half year with its months, such as ``Q1 (Apr-Jun)``."""

_ORDINALS = {"FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH"}
_HAN = {han: n for n, han in enumerate("一二三四五六七八九十", start=1)}


@dataclass(frozen=True)
class Named:
    """A period that is no date. ``by_name`` tells April from the fourth month of the run."""

    kind: str
    number: int
    year: int | None = None
    by_name: bool = False


@dataclass(frozen=True)
class Day:
    """A date, by the order of its parts; the same in all orders if only one is possible."""

    by_order: Mapping[str, dt.date]


@dataclass(frozen=True)
class Unclear:
    """A cell that is no period: the key of the sentence that says why."""

    key: str


Parsed = Named | Day | Unclear
Cell = str | Decimal | dt.date


class Dated(Protocol):
    """Something with a period as written.

    Attributes:
        period: its cell.
        kind: kind of period that the heading names, or an empty string.
        year: cell with its year, where that stands apart, or an empty string.
    """

    period: Cell
    kind: str
    year: Cell


NO_PERIOD = Unclear("no_period")


class Refused(NamedTuple):
    """Dates that cannot be read as periods: the index of one, and the key of the fault."""

    at: int
    key: str


class Read(NamedTuple):
    """Dates read as periods, by index; the key of what has to be said, or an empty string."""

    periods: dict[int, Period]
    said: str


def parse_period(word: str) -> Period | None:
    """A quarter, month, week, half year or year as a period; None for dates and other words."""
    found = parse(word)
    if not isinstance(found, Named) or (found.by_name and found.year is None):
        return None
    return make_period(found.kind, found.number, found.year)


@lru_cache(maxsize=10_000)
def parse(cell: Cell, heading: str = "") -> Parsed:
    """What a cell says about a period.

    Args:
        heading: kind of period that the heading names: one of KINDS, or an empty string.
    """
    if isinstance(cell, dt.date):
        is_near = 1900 <= cell.year <= 2200
        return Day(dict.fromkeys(ORDERS, cell)) if is_near else NO_PERIOD
    if isinstance(cell, Decimal):
        if cell != cell.to_integral_value():
            return NO_PERIOD
        cell = str(int(cell))
    word = _HAN_NUMBER.sub(_han_number, plain(cell).removeprefix("'"))
    word = re.sub(r"\s+", " ", word.upper()).strip()
    for ordinal, short in _ORDINALS.items():
        word = word.replace(ordinal, short)
    if is_fiscal(word):
        return Unclear("fiscal")
    if found := _MONTHS_ASIDE.fullmatch(word):
        month = _month(found["mon"]) if found["mon"] else int(found["m"])
        whole = parse(found["whole"], heading)
        is_calendar = isinstance(whole, Named) and month == (whole.number - 1) * MONTHS[
            whole.kind
        ] + 1  # fmt: skip
        return whole if is_calendar else Unclear("fiscal")
    if word.isascii() and word.isdigit():
        return _digits(word, heading)
    return _date(word) or _named(word, heading)


def is_fiscal(text: str) -> bool:
    """Whether a text speaks of a fiscal year."""
    return bool(re.search(r"\bFY|FISCAL|财年|财政", text.upper()))


def in_year(cell: Cell, heading: str, year: Cell) -> Parsed:
    """What a cell says about a period whose year stands in a cell of its own."""
    parsed = parse(cell, heading)
    whole = parse(year, "year")
    if parsed == Unclear("bare_month"):
        parsed = Named("month", int(re.sub(r"\D", "", plain(str(cell)))))
    if not isinstance(whole, Named) or whole.year is None:
        return NO_PERIOD
    if isinstance(parsed, Named) and parsed.year in (None, whole.year):
        return replace(parsed, year=whole.year)
    is_in_year = isinstance(parsed, Day) and {d.year for d in parsed.by_order.values()} == {
        whole.year
    }
    return parsed if is_in_year else NO_PERIOD


_HAN_NUMBER = re.compile(
    r"[一二三四五六七八九十]{1,3}(?=\s*个?(?:季|月|周|星期|年))|上(?=半年)|下(?=半年)"
)


def _han_number(found: re.Match[str]) -> str:
    """A Chinese number up to 99 in digits; the two halves of a year are 1 and 2."""
    word = found[0]
    if word in "上下":
        return "1" if word == "上" else "2"
    tens, has_tens, ones = word.rpartition("十")
    if not has_tens:
        return str(_HAN[word]) if len(word) == 1 else word
    return str(10 * _HAN.get(tens, 1) + _HAN.get(ones, 0))


def _digits(word: str, heading: str) -> Parsed:
    """A cell of digits only, which mostly needs the heading to say what they count."""
    number = int(word)
    if len(word) == 8 and (found := _COMPACT.fullmatch(word)):
        return _day(dict.fromkeys(ORDERS, (found["y"], found["m"], found["d"])))
    if len(word) == 6 and heading in ("month", "week") and re.match(_YEAR, word):
        return Named(heading, int(word[4:]), int(word[:4]))
    if len(word) == 4 and 1900 <= number <= 2200:
        return NO_PERIOD if heading in ("quarter", "month", "week") else Named("year", 1, number)
    if heading == "month" and 1 <= number <= 12:
        return Unclear("bare_month")
    if heading in ("quarter", "half", "week") and 1 <= number <= 53:
        return Named(heading, number)
    return Unclear("serial") if 20_000 < number < LAST_SERIAL else NO_PERIOD


def _date(word: str) -> Parsed | None:
    """A date, or None."""
    if found := _YMD.fullmatch(word):
        return _day(dict.fromkeys(ORDERS, (found["y"], found["m"], found["d"])))
    for form in _NAMED:
        if found := form.fullmatch(word):
            parts = (found["y"], str(_month(found["mon"])), found["d"])
            return _day(dict.fromkeys(ORDERS, parts))
    by_order = {}
    if found := _NUMERIC.fullmatch(word):
        a, b, year = found["a"], found["b"], found["y"]
        by_order = {"dmy": (year, b, a)} | ({} if found["s"] == "." else {"mdy": (year, a, b)})
    if found := _YY_FIRST.fullmatch(word):
        by_order["ymd"] = (found["y"], found["m"], found["d"])
    if by_order:
        return _day(by_order)
    if re.fullmatch(rf"\d{{1,2}}{_APART}(?:{_NAMES})|\d{{1,2}}[-/.]\d{{1,2}}", word):
        return Unclear("no_year")
    return None


def _day(parts: Mapping[str, tuple[str, str, str]]) -> Parsed:
    """The dates that exist, by order of parts."""
    found = {}
    for order, (year, month, day) in parts.items():
        if 1900 <= _full(year) <= 2200:
            with contextlib.suppress(ValueError):
                found[order] = dt.date(_full(year), int(month), int(day))
    return Day(found) if found else NO_PERIOD


MOST = {"week": 53, "quarter": 4, "half": 2}
"""Numbers up to which ``2027-4`` can be a period of the kind that the heading names."""


def _named(word: str, heading: str) -> Parsed:
    for kind, form in _FORMS:
        found = form.fullmatch(word)
        if not found:
            continue
        groups = found.groupdict()
        year = _full(groups["y"]) if groups.get("y") else None
        if kind == "date year":
            return Named("year", 1, year)
        if kind == "bare month":
            number = int(groups["n"] or groups.get("m") or "0")
            is_open = number <= MOST.get(heading, 0)
            return (
                Unclear("week_or_month") if is_open else Named("month", number, year, by_name=True)
            )
        if kind == "named month":
            has_day = groups.get("mon") and len(groups["y"] or "") == 2
            if has_day and (heading == "week" or int(groups["y"]) < 20):
                return Unclear("no_year")
            number = _month(groups["mon"]) if groups.get("mon") else int(groups["n"])
            return Named("month", number, year, by_name=True)
        if _may_be_range(word, kind, groups):
            return Unclear("range_or_year")
        if kind == "year" and len(groups["n"]) == 4:
            return Named("year", 1, int(groups["n"]))
        return Named(kind, int(groups["n"]), year)
    return NO_PERIOD


def _may_be_range(word: str, kind: str, groups: Mapping[str, str | None]) -> bool:
    """Whether a year of two digits can be the last number of a range, as in W1-13."""
    year, first = groups.get("y") or "", int(groups["n"] or 0)
    if len(year) != 2 or not word.endswith(year) or "'" in word:
        return False
    is_next = int(year) == first + 1 or "/" not in word
    return int(year) < 20 or (kind in ("week", "month") and first < int(year) and is_next)


def _month(name: str) -> int:
    return next(n for n, month in enumerate(MONTH_NAMES, start=1) if month[:3] == name[:3])


def _full(year: str) -> int:
    return int(year) + (2000 if len(year) == 2 else 0)


@dataclass
class Periods:
    """The periods of a file, settled together.

    Attributes:
        start: day of the first week as configured, or ``auto``.
        order: order of day and month that the user has named: ``dmy``, ``mdy``, or empty.
        fault: takes (index of the cell, key of a sentence, values) for every fault.
        note: takes (key, values) for what has to be said.
    """

    start: str
    order: str
    fault: Callable[..., None]
    note: Callable[..., None]
    _periods: dict[int, Period] = field(default_factory=dict)

    def settle(
        self, entries: Sequence[Dated], is_ending: bool, columns: Sequence[int] = ()
    ) -> dict[int, Period]:
        """The period of each entry, by its index; faults are passed on.

        Args:
            entries: all amounts of a file, in its order.
            is_ending: whether the heading says that dates are the last day of a week.
            columns: the column of each entry, if periods are headings of columns.
        """
        cells = [entry.period for entry in entries]
        headings = [entry.kind for entry in entries]
        parsed = [
            parse(c, h) if e.year == "" else in_year(c, h, e.year)
            for c, h, e in zip(cells, headings, entries, strict=True)
        ]
        for n, found in enumerate(parsed):
            if isinstance(found, Unclear):
                key = found.key if cells[n] != "" else "no_period_named"
                self.fault(n, key, word=str(cells[n]))
        named = {n: p for n, p in enumerate(parsed) if isinstance(p, Named)}
        if columns:
            self._check_order(sorted(named, key=lambda n: columns[n]), named, cells)
        self._settle_names(named, cells)
        days = {n: p for n, p in enumerate(parsed) if isinstance(p, Day)}
        if days:
            heading = headings[next(iter(days))]
            self._settle_days(days, heading, is_ending, cells)
        return self._periods

    def _check_order(
        self, by_column: Sequence[int], named: Mapping[int, Named], cells: Sequence[object]
    ) -> None:
        """Refuse columns such as Q3, Q4, Q1, Q2, whose years differ without being written."""
        kinds: dict[str, dict[tuple[int, int], int]] = {}
        for n in by_column:
            p = named[n]
            is_short = p.by_name and p.year and not re.search(r"\d{4}", str(cells[n]))
            if is_short or (p.year is None and not p.by_name):
                kinds.setdefault(p.kind, {}).setdefault((p.year or 0, p.number), n)
        for found in kinds.values():
            order = [*found]
            if order not in (sorted(order), sorted(order, reverse=True)):
                n = found[order[0]]
                key = "no_year" if named[n].by_name else "out_of_order"
                self.fault(n, key, word=str(cells[n]))

    def _settle_names(self, named: Mapping[int, Named], cells: Sequence[object]) -> None:
        bare = {n: p for n, p in named.items() if p.by_name and p.year is None}
        months = list(dict.fromkeys(p.number for p in bare.values()))
        first = DEFAULT_START if self.start == "auto" else dt.date.fromisoformat(self.start)
        is_open = self.start == "auto" and months != sorted(months)  # a year ends among them
        for n, p in named.items():
            year = p.year
            if n in bare:
                if is_open:
                    self.fault(n, "month_without_year", word=str(cells[n]))
                    continue
                this_year = make_period("month", p.number, first.year)
                is_over = this_year is not None and this_year.mondays[-1] < monday(first)
                year = first.year + is_over
            period = make_period(p.kind, p.number, year)
            if period is None:
                self.fault(n, "no_period", word=str(cells[n]))
            else:
                self._periods[n] = period
        if bare and not is_open:
            years = sorted({self._periods[n].name[:4] for n in bare if n in self._periods})
            self.note("months_of", years=", ".join(years))

    def _settle_days(
        self, days: Mapping[int, Day], heading: str, is_ending: bool, cells: Sequence[object]
    ) -> None:
        """Settle the order of day and month, and what the dates stand for."""
        text = [n for n, d in days.items() if isinstance(cells[n], str)]
        swapped = [n for n in text if set(days[n].by_order) != set(ORDERS)]
        if swapped and len(text) < len(days):
            self.fault(swapped[0], "dates_half_text", word=str(cells[swapped[0]]))
            return
        orders = [self.order] if self.order else list(ORDERS)
        orders = [o for o in orders if all(o in day.by_order for day in days.values())]
        if not orders:
            other = [n for n, day in days.items() if (self.order or "dmy") not in day.by_order]
            self.fault(other[0], "date_order_mixed", word=str(cells[other[0]]))
            return
        readings: dict[str, dict[int, Period]] = {}
        refused = Refused(next(iter(days)), "no_period")
        meaning = {}
        for order in orders:
            dates = {n: day.by_order[order] for n, day in days.items()}
            found = dated(dates, heading, is_ending)
            if isinstance(found, Refused):
                refused = found
            elif found.periods not in readings.values():
                readings[order], meaning[order] = found
        if not readings:
            self.fault(refused.at, refused.key, word=str(cells[refused.at]))
        elif len(readings) > 1:
            (_, one), (_, two) = list(readings.items())[:2]
            n = next(k for k in one if one[k] != two[k])
            self.fault(n, "date_open", word=str(cells[n]), one=one[n].name, two=two[n].name)
        else:
            ((order, periods),) = readings.items()
            self._periods |= periods
            if meaning[order]:
                self.note(meaning[order])
            if order != "ymd" and any(set(d.by_order) != set(ORDERS) for d in days.values()):
                self.note(f"order_{order}")


def dated(dates: Mapping[int, dt.date], heading: str, is_ending: bool) -> Read | Refused:
    """Periods that a column of dates stands for.

    Args:
        dates: by index of the cell.
        heading: kind of period that the heading names, or an empty string.
        is_ending: whether dates are the last day of a week.
    """
    kinds = [heading] if heading else ["week", "month", "quarter"]
    found: dict[str, Read] = {}
    first = next(iter(dates))
    fault = Refused(first, "no_kind_of_date")
    for kind in kinds:
        outcome = (
            _weeks(dates, is_ending, is_named=bool(heading))
            if kind == "week"
            else _calendar(dates, kind, is_named=bool(heading))
        )
        if isinstance(outcome, Read):
            found[kind] = outcome
        elif heading:
            fault = outcome
    if not found:
        return fault
    if len(found) > 1:
        return Refused(first, f"dates_{'_or_'.join(found)}")
    ((kind, only),) = found.items()
    return only if only.said or heading else Read(only.periods, f"dates_are_{kind}s")


def _weeks(dates: Mapping[int, dt.date], is_ending: bool, is_named: bool) -> Read | Refused:
    """Weeks by one of their days: the ISO week with most days in common."""
    weekdays = {day.weekday() for day in dates.values()}
    first = next(iter(dates))
    sunday = 6
    regular = len(weekdays) == 1
    if not regular and (sunday in weekdays or not is_named):
        return Refused(first, "week_days_mixed")
    if regular and not is_named and not weekdays & {0, sunday} and len(set(dates.values())) < 3:
        return Refused(first, "no_kind_of_date")
    if is_ending and 0 in weekdays:
        return Refused(first, "week_ends_on_monday")
    begins_on_sunday = weekdays == {sunday} and not is_ending
    shift = dt.timedelta(days=1 if begins_on_sunday else 0)
    periods = {}
    for n, day in dates.items():
        year, week, _ = (day + shift).isocalendar()
        period = make_period("week", week, year)
        if period is None:
            return Refused(n, "no_period")
        periods[n] = period
    said = "weeks_from_sunday" if begins_on_sunday else ""
    said = said or ("weeks_by_day" if weekdays - {0} else "")
    return Read(periods, said)


def _calendar(dates: Mapping[int, dt.date], kind: str, is_named: bool) -> Read | Refused:
    """Months, quarters, half years or years by their first or their last day."""
    months = MONTHS[kind]
    one_day = dt.timedelta(days=1)
    firsts = all(d.day == 1 and (d.month - 1) % months == 0 for d in dates.values())
    lasts = all(
        (d + one_day).day == 1 and d.month % months == 0 for d in dates.values()
    ) and (is_named or len(set(dates.values())) > 1)  # fmt: skip
    if not firsts and not lasts:
        n = next(
            (n for n, d in dates.items() if d.day != 1 or (d.month - 1) % months), next(iter(dates))
        )
        return Refused(n, "no_first_day")
    periods = {}
    for n, day in dates.items():
        period = make_period(kind, (day.month - 1) // months + 1, day.year)
        if period is None:
            return Refused(n, "no_period")
        periods[n] = period
    return Read(periods, "")
