"""Periods: relative and dated, each week in exactly one of them."""

from __future__ import annotations

import datetime as dt

import pytest

from sim.market.calendar import parse_start
from sim.params import ConfigError
from sim.plans.periods import parse_period

START = dt.date(2027, 1, 4)


@pytest.mark.parametrize(
    ("word", "weeks"),
    [
        ("Q1", range(13)),
        ("q5", range(52, 65)),
        ("M1", range(4)),
        ("M3", range(8, 13)),
        ("M13", range(52, 56)),
        ("W1", range(1)),
        ("W53", range(52, 53)),
        ("2027-W05", range(4, 5)),
        ("2027-Q1", range(12)),
        ("2027Q1", range(12)),
        ("2027-01", range(4)),
        ("2027-12", range(47, 52)),
    ],
)
def test_a_period_covers_its_weeks(word, weeks):
    assert parse_period(word).indices(START) == tuple(weeks)


@pytest.mark.parametrize(
    "word",
    ["", "Q0", "Q", "2027-Q5", "2027-13", "2027-W54", "27-Q5", "first", "01", "2027-H3", "Q1x"],
)
def test_invalid_periods_are_not_parsed(word):
    assert parse_period(word) is None


@pytest.mark.parametrize("year", range(2020, 2031))
def test_every_week_lies_in_one_month_and_one_quarter(year):
    def mondays(words):
        return [m for w in words for m in parse_period(w).mondays]

    months = mondays(f"{year}-{m:02d}" for m in range(1, 13))
    quarters = mondays(f"{year}-Q{q}" for q in range(1, 5))
    weeks = mondays(
        f"{year}-W{w:02d}" for w in range(1, 54) if parse_period(f"{year}-W{w:02d}") is not None
    )
    assert months == quarters == weeks
    assert len(set(months)) == len(months)


def test_a_start_is_moved_to_its_monday():
    assert parse_start("2027-01-07") == START
    with pytest.raises(ConfigError, match="not a date"):
        parse_start("soon")
