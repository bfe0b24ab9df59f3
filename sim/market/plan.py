"""Plans: spending and prices of firms, from a CSV file.

Columns: a period (``quarter``, ``month``, ``week`` or ``period``), ``firm``, ``activity``,
``amount``, and optionally ``note`` (ignored). The amount of an activity is money for the whole
period, spread evenly over its weeks to the cent. Two words in the activity column are prices:
``list_price`` (money per order) and ``discount`` (share of list price, 0.15 or 15%).

A firm named in the plan spends only the amounts of the plan; a firm that is not named follows its
declared budget.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from sim import files
from sim.market import calendar
from sim.market.calendar import DEFAULT_START, Period, monday, parse_start
from sim.params import ConfigError, nearest

PRICES = ("list_price", "discount")
PERIOD_COLUMNS = ("quarter", "month", "week", "period")
COLUMNS = ("firm", "activity", "amount")
MOST_MONEY = 1e12
BOUNDS = {
    "list_price": (0.01, 1e7, "money per order"),
    "discount": (0.0, 0.9, "share of list price"),
}
"""Lowest and highest amount, and unit, of the prices; activities allow 0 to MOST_MONEY."""


@dataclass(frozen=True)
class Row:
    """One row of a plan. ``line`` is its line in the file, for error messages."""

    line: int
    period: Period
    firm: str
    activity: str
    amount: float


@dataclass(frozen=True)
class Plan:
    """A named plan: its rows, and the path of its file."""

    name: str
    rows: tuple[Row, ...]
    path: str = ""

    @property
    def firms(self) -> tuple[str, ...]:
        """Firms the plan names, in order of first mention."""
        return tuple(dict.fromkeys(r.firm for r in self.rows))

    def first_monday(self) -> dt.date | None:
        """Monday of the earliest dated week in the plan, or None if it has no dates."""
        return min((m for r in self.rows for m in r.period.mondays), default=None)

    def total(self, firm: str) -> float:
        """Total money of a firm over all activities and periods."""
        return sum(r.amount for r in self.rows if r.firm == firm and r.activity not in PRICES)


@dataclass(frozen=True)
class Levers:
    """Decisions of firms by week, in cents.

    ``spend``: int64 [week, firm, activity]. ``list_price``: int64 [week, firm] (0: unchanged).
    ``discount``: float64 [week, firm] (NaN: unchanged). ``planned``: bool [firm].
    """

    spend: np.ndarray
    list_price: np.ndarray
    discount: np.ndarray
    planned: np.ndarray


class _Reader:
    """Reader of one file; its error messages name the cell."""

    def __init__(self, name: str, path: Path, firms: list[str], activities: list[str]) -> None:
        self.name, self.path, self.firms = name, path, firms
        self.activities = [*activities, *PRICES]

    def wrong(self, line: int, column: str, what: str) -> ConfigError:
        return ConfigError(f"plan {self.name}, row {line}, column {column}: {what}")

    def lines(self) -> list[str]:
        try:
            lines = self.path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise ConfigError(
                f"plan {self.name}: {self.path} is not UTF-8 text; save it as CSV UTF-8."
            ) from None
        except OSError as error:
            raise ConfigError(
                f"plan {self.name}: cannot read {self.path}: {error.strerror}."
            ) from None
        if not any(line.strip() for line in lines):
            raise ConfigError(
                f"plan {self.name}: {self.path} is empty; `gtm plan template` writes a template."
            )
        return lines

    def header(self, cells: Sequence[str]) -> tuple[list[str], str]:
        """The column names and which of them is the period."""
        names = [cell.strip().lower() for cell in cells]
        periods = [c for c in names if c in PERIOD_COLUMNS]
        if len(periods) != 1:
            allowed, found = ", ".join(PERIOD_COLUMNS), ", ".join(names)
            raise self.wrong(1, "1", f"needs exactly one column out of {allowed}; found {found}.")
        known = (periods[0], *COLUMNS, "note")
        for name in names:
            if name not in known:
                what = f"unknown column; allowed {', '.join(known)}.{nearest(name, known)}"
                raise self.wrong(1, name or "(unnamed)", what)
        for name in COLUMNS:
            if names.count(name) != 1:
                what = f"must stand exactly once in the header; found {names.count(name)} times."
                raise self.wrong(1, name, what)
        return names, periods[0]

    def row(self, line: int, cell: dict[str, str], period_column: str) -> Row:
        period = calendar.parse_period(cell[period_column])
        if period is None:
            what = f"{cell[period_column]!r} is no period; allowed {calendar.FORMS}."
            raise self.wrong(line, period_column, what)
        for column, allowed in (("firm", self.firms), ("activity", self.activities)):
            if cell[column] not in allowed:
                what = f"unknown {column} {cell[column]!r}; allowed {', '.join(allowed)}."
                raise self.wrong(line, column, what + nearest(cell[column], allowed))
        amount = self.amount(line, cell["activity"], cell["amount"])
        return Row(line, period, cell["firm"], cell["activity"], amount)

    def amount(self, line: int, activity: str, shown: str) -> float:
        low, high, unit = BOUNDS.get(activity, (0.0, MOST_MONEY, "money in the period"))
        percent = shown.endswith("%") and activity == "discount"
        plain = shown.removesuffix("%").strip() if percent else shown
        if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d*)?", plain):
            plain = plain.replace(",", "")
        if not re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", plain):
            what = f"{shown!r} is not a number; allowed {low:g} to {high:g} ({unit})."
            raise self.wrong(line, "amount", what)
        value = float(plain) / (100.0 if percent else 1.0)
        if not low <= value <= high:
            what = f"{shown} is out of bounds; allowed {low:g} to {high:g} ({unit})."
            raise self.wrong(line, "amount", what)
        return value

    def plan(self) -> Plan:
        lines = self.lines()
        table = csv.reader(lines, delimiter=max(",;\t", key=lines[0].count))
        names, period_column = self.header(next(table))
        rows = []
        for cells in table:
            if not any(c.strip() for c in cells):
                continue
            if len(cells) != len(names):
                column = names[min(len(cells), len(names) - 1)]
                what = f"the row has {len(cells)} cells, the header {len(names)}."
                raise self.wrong(table.line_num, column, what)
            cell = {k: v.strip() for k, v in zip(names, cells, strict=True)}
            rows.append(self.row(table.line_num, cell, period_column))
        if not rows:
            raise ConfigError(f"plan {self.name}: {self.path} has a header and no rows.")
        return Plan(self.name, tuple(rows), str(self.path))


def read_plan(path: Path, name: str, firms: Iterable[str], activities: Iterable[str]) -> Plan:
    """Read a plan and check every cell.

    Args:
        path: a CSV file (comma, semicolon or tab; UTF-8).
        name: name of the plan.
        firms, activities: names allowed in the plan.

    Raises:
        ConfigError: one line that names the row and the column.
    """
    return _Reader(name, path, list(firms), list(activities)).plan()


class MarketConfig(Protocol):
    """The part of a configuration that plans depend on."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def start(self) -> str:
        """Day of the first week, or ``auto``."""

    @property
    def weeks(self) -> int:
        """Length of the run."""

    @property
    def firms(self) -> Mapping[str, Any]:
        """Firms by name."""

    @property
    def activities(self) -> Mapping[str, Any]:
        """Activities by name."""


C = TypeVar("C", bound=MarketConfig)


def shipped_plans() -> list[str]:
    """Names of the plans shipped with the package."""
    return sorted(p.stem for p in (files.CONFIGS / "plan").glob("*.csv"))


def find_plan(plan: str | Path | Plan | None, config: MarketConfig) -> Plan | None:
    """Find a plan by name (of the package) or by path of a CSV file.

    Args:
        plan: a name, a path, the plan itself, or None for the declared budgets.
        config: configuration with the firms and activities that a plan may name.

    Raises:
        ConfigError: the plan does not exist or cannot be read.
    """
    if plan is None or isinstance(plan, Plan):
        return plan
    word, shipped = str(plan), shipped_plans()
    path = files.CONFIGS / "plan" / f"{word}.csv" if word in shipped else Path(word)
    if not path.is_file():
        raise ConfigError(
            f"plan {word}: neither a file nor a plan of the package; allowed "
            f"{', '.join(shipped)} or a path to a CSV.{nearest(word, shipped)}"
        )
    name = word if word in shipped else path.stem
    return read_plan(path, name, config.firms, config.activities)


def start_date(start: str, plans: Iterable[Plan | None]) -> dt.date:
    """Monday of the first week: that of ``start``, or with ``auto`` that of the earliest plan date.

    Raises:
        ConfigError: ``start`` is neither a date nor ``auto``.
    """
    if start != "auto":
        return parse_start(start)
    dated = [m for plan in plans if plan and (m := plan.first_monday())]
    return monday(min(dated, default=DEFAULT_START))


def share_start(config: C, plans: Iterable[Plan | None]) -> C:
    """A copy of the configuration with one start date for all plans to be compared."""
    return replace(config, start=start_date(config.start, plans).isoformat())


def spent_within(plan: Plan, config: MarketConfig) -> tuple[float, float]:
    """Money that a plan spends within the run, and in total."""
    levers = schedule(
        plan,
        start=start_date(config.start, [plan]),
        weeks=config.weeks,
        firms=list(config.firms),
        activities=list(config.activities),
        budgets={},
    )
    return int(levers.spend.sum()) / 100.0, sum(plan.total(firm) for firm in plan.firms)


def template(firm: str, firms: Iterable[str], activities: Iterable[str]) -> str:
    """A template of a plan as CSV: one year, every activity of one firm per quarter, amounts 0.

    The notes explain the columns.
    """
    notes = {
        0: "money in the period; spread evenly over its weeks",
        1: f"periods: {calendar.FORMS.replace(',', ';')}",
        2: f"firms: {' '.join(firms)}",
        3: "a firm named here spends only these amounts",
    }
    lines = [",".join(("quarter", *COLUMNS, "note"))]
    for quarter in range(1, 5):
        for activity in activities:
            lines.append(f"Q{quarter},{firm},{activity},0,{notes.get(len(lines) - 1, '')}")
        lines.append(f"Q{quarter},{firm},discount,0,share of list price such as 0.15 or 15%")
    return "\n".join(lines) + "\n"


def schedule(
    plan: Plan | None,
    *,
    start: dt.date,
    weeks: int,
    firms: Sequence[str],
    activities: Sequence[str],
    budgets: Mapping[str, Mapping[str, float]],
) -> Levers:
    """Spread a plan and the declared budgets over the weeks of a run.

    Args:
        plan: the plan, or None for the declared budgets only.
        start: Monday of week 0.
        weeks: length of the run.
        firms, activities: names in the order of the arrays.
        budgets: money per week by firm and activity.

    Raises:
        ConfigError: a period begins before the start, or a week has two prices.
    """
    spend = np.zeros((weeks, len(firms), len(activities)), np.int64)
    list_price = np.zeros((weeks, len(firms)), np.int64)
    discount = np.full((weeks, len(firms)), np.nan)
    planned = np.zeros(len(firms), bool)
    firm_row = {name: f for f, name in enumerate(firms)}
    column = {name: k for k, name in enumerate(activities)}
    for name in plan.firms if plan else ():
        planned[firm_row[name]] = True
    for firm, budget in budgets.items():
        if not planned[firm_row[firm]]:
            for activity, money in budget.items():
                spend[:, firm_row[firm], column[activity]] = round(money * 100)
    for row in plan.rows if plan else ():
        assert plan is not None
        f, indices = firm_row[row.firm], row.period.indices(start)
        where = f"plan {plan.name}, row {row.line}"
        if indices[0] < 0:
            raise ConfigError(
                f"{where}, column period: {row.period.name} begins before the run, which starts on "
                f"{start}; start=... moves it."
            )
        inside = [w for w in indices if w < weeks]
        if row.activity in PRICES:
            prices = list_price if row.activity == "list_price" else discount
            unset = prices[inside, f] == 0 if prices is list_price else np.isnan(prices[inside, f])
            if not unset.all():
                raise ConfigError(
                    f"{where}, column amount: a second {row.activity} for {row.firm} in week "
                    f"{inside[int(np.argmin(unset))] + 1}; give one per period."
                )
            prices[inside, f] = round(row.amount * 100) if prices is list_price else row.amount
            continue
        share, rest = divmod(round(row.amount * 100), len(indices))
        for n, w in enumerate(inside):
            spend[w, f, column[row.activity]] += share + (n < rest)
    return Levers(spend, list_price, discount, planned)
