"""Weeks and dates. Week 0 of a run is an ISO week; a week belongs to the month, quarter and year
of its Thursday (the rule of ISO 8601 for years)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sim.params import ConfigError
from sim.rules.units import QUARTER

DEFAULT_START = dt.date(2027, 1, 4)
RETAIL_MONTHS = (4, 4, 5)
"""Weeks of the months of a quarter, counted from the start (the 4-4-5 retail calendar)."""

KINDS = {"year": "Y", "half": "H", "quarter": "Q", "month": "M", "week": "W"}
"""Kinds of periods, the longest first, and the letter of each."""

MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}

MOST_WEEKS = 5200
"""Weeks from the start within which a period counted from it must end."""


@dataclass(frozen=True)
class Period:
    """A year, half year, quarter, month or week: week numbers from the start, or Mondays."""

    name: str
    weeks: tuple[int, ...] = ()
    mondays: tuple[dt.date, ...] = ()

    def indices(self, start: dt.date) -> tuple[int, ...]:
        """Week numbers in a run that starts on the Monday ``start``; they may lie outside it."""
        return self.weeks or tuple((m - start).days // 7 for m in self.mondays)


def monday(day: dt.date) -> dt.date:
    """The Monday of a date's ISO week."""
    return day - dt.timedelta(days=day.weekday())


def parse_start(word: str) -> dt.date:
    """The Monday of the first week of a run, from an ISO date.

    Raises:
        ConfigError: the word is not a date.
    """
    try:
        return monday(dt.date.fromisoformat(word))
    except ValueError:
        raise ConfigError(
            "start={word} is not a date: allowed a day such as 2027-01-04, or auto.", word=word
        ) from None


def make_period(kind: str, number: int, year: int | None = None) -> Period | None:
    """A period of a calendar year, or counted from the start of a run; None if there is none.

    Args:
        kind: one of KINDS.
        number: of the period, from 1; for a calendar year itself 1.
        year: calendar year; None for a period counted from the start.
    """
    if year is None:
        weeks = _relative(kind, number) if number > 0 else ()
        name = f"{KINDS[kind]}{number}"
        return Period(name, weeks=weeks) if weeks and weeks[-1] < MOST_WEEKS else None
    if not 1900 <= year <= 2200:
        return None
    if kind == "week":
        try:
            first = dt.date.fromisocalendar(year, number, 1)
        except ValueError:
            return None
        return Period(f"{year}-W{number:02d}", mondays=(first,))
    months = MONTHS[kind]
    if not 1 <= number <= 12 // months:
        return None
    names = {"year": f"{year}", "month": f"{year}-{number:02d}"}
    name = names.get(kind, f"{year}-{KINDS[kind]}{number}")
    last = months * number
    thursday = dt.date(year, last - months + 1, 1)
    thursday += dt.timedelta(days=(3 - thursday.weekday()) % 7)
    end = dt.date(year + last // 12, last % 12 + 1, 1)
    mondays = []
    while thursday < end:
        mondays.append(monday(thursday))
        thursday += dt.timedelta(days=7)
    return Period(name, mondays=tuple(mondays))


def _relative(kind: str, number: int) -> tuple[int, ...]:
    """Weeks of a period counted from the start."""
    if kind == "week":
        return (number - 1,)
    if kind == "month":
        whole, part = divmod(number - 1, 3)
        first = QUARTER * whole + sum(RETAIL_MONTHS[:part])
        return tuple(range(first, first + RETAIL_MONTHS[part]))
    length = QUARTER * MONTHS[kind] // 3
    return tuple(range(length * (number - 1), length * number))
