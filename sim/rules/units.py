"""Units of time that results and rules count in."""

from __future__ import annotations

from sim.params import constant

YEAR = constant(
    "units.YEAR",
    52,
    unit="weeks",
    meaning="Weeks in a year of results; the run's year n is weeks 52(n-1) to 52n-1.",
    source="convention: a calendar year is 52 weeks and a day or two",
)
QUARTER = constant(
    "units.QUARTER",
    13,
    unit="weeks",
    meaning="Weeks in a quarter of results.",
    source="convention: a fourth of a year, as in retail calendars",
)
