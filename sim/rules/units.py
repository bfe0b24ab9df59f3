"""Units of time and money in rules and results."""

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
WEEK_HOURS = constant(
    "units.WEEK_HOURS",
    168.0,
    unit="hours",
    meaning="Hours in a week.",
    source="convention: seven days of 24 hours",
)
CENTS = constant(
    "units.CENTS",
    100,
    unit="cents per unit of money",
    meaning="Cents in a unit of money; money is booked in whole cents.",
    source="convention: most currencies have hundredths",
)
