"""Weeks and dates. Week 0 of a run is an ISO week; a week belongs to the month, quarter and year
of its Thursday (the rule of ISO 8601 for years)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from sim.params import ConfigError
from sim.rules.units import QUARTER

DEFAULT_START = dt.date(2027, 1, 4)
RETAIL_MONTHS = (4, 4, 5)
"""Weeks of the months of a quarter, counted from the start (the 4-4-5 retail calendar)."""

FORMS = "Q1, M1, W1 (counted from the start), 2027-Q1, 2027-01 or 2027-W05"

_FORM = re.compile(
    r"(?:(?P<year>\d{4})-?)?"
    r"(?:Q(?P<quarter>\d{1,2})|M(?P<month>\d{1,3})|W(?P<week>\d{1,4})|(?P<plain>\d{2}))$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Period:
    """A quarter, month or week in a plan: week numbers from the start, or Mondays."""

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
            f"start={word} is not a date: allowed a day such as 2027-01-04, or auto."
        ) from None


def parse_period(word: str) -> Period | None:
    """Parse a quarter, month or week in one of :data:`FORMS`; None for any other word."""
    found = _FORM.match(word.strip())
    if not found:
        return None
    year = int(found["year"]) if found["year"] else None
    quarter, month, week = (
        int(found[k]) if found[k] else None for k in ("quarter", "month", "week")
    )
    if found["plain"]:
        if year is None:
            return None
        month = int(found["plain"])
    if 0 in (quarter, month, week):
        return None
    if year is None:
        return Period(word, weeks=_relative(quarter, month, week))
    if (quarter or 1) > 4 or (month or 1) > 12 or not 1900 <= year <= 2200:
        return None
    if week is not None:
        try:
            return Period(word, mondays=(dt.date.fromisocalendar(year, week, 1),))
        except ValueError:
            return None
    first = month if month else 3 * ((quarter or 1) - 1) + 1
    last = month if month else first + 2
    end = dt.date(year + last // 12, last % 12 + 1, 1)
    thursday = dt.date(year, first, 1)
    thursday += dt.timedelta(days=(3 - thursday.weekday()) % 7)
    mondays = []
    while thursday < end:
        mondays.append(monday(thursday))
        thursday += dt.timedelta(days=7)
    return Period(word, mondays=tuple(mondays))


def _relative(quarter: int | None, month: int | None, week: int | None) -> tuple[int, ...]:
    if week is not None:
        return (week - 1,)
    if quarter is not None:
        return tuple(range(QUARTER * (quarter - 1), QUARTER * quarter))
    assert month is not None
    whole, part = divmod(month - 1, 3)
    first = QUARTER * whole + sum(RETAIL_MONTHS[:part])
    return tuple(range(first, first + RETAIL_MONTHS[part]))
