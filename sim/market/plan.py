"""Plans: spending and prices of firms by period, and their weeks in a run.

The amount of an activity is money for the whole period, spread evenly over its weeks to the cent.
Two words stand among the activities and are prices: ``list_price`` (money per order) and
``discount`` (share of list price). Files and tables are read by :mod:`sim.plans`.

A firm named in the plan spends only the amounts of the plan; a firm that is not named follows its
declared budget.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from sim.market.calendar import DEFAULT_START, Period, monday, parse_start
from sim.params import ConfigError, Message

PRICES = ("list_price", "discount")
MOST_MONEY = 1e12
MOST_CENTS = 2**62
"""Largest sum of money over a run, in cents: half of what a whole number of 64 bits holds."""

BOUNDS = {
    "list_price": (0.01, 1e7, "money per order"),
    "discount": (0.0, 0.9, "share of list price"),
}
"""Lowest and highest amount, and unit, of the prices; activities allow 0 to MOST_MONEY."""

AFTER = ("stop", "keep")
"""What a firm does after the last week of its plan: spend nothing at declared prices, or repeat
that week."""


class Note(NamedTuple):
    """A fact about how a plan was read: the key of a sentence and the values in it."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of a plan. ``line`` is its line in the file, for error messages."""

    line: int = field(compare=False, repr=False)
    period: Period
    firm: str
    activity: str
    amount: float


@dataclass(frozen=True)
class Plan:
    """A named plan: its rows, the path of its file, and what its reader has to say."""

    name: str
    rows: tuple[Row, ...]
    path: str = ""
    notes: tuple[Note, ...] = field(default=(), compare=False, repr=False)

    @property
    def firms(self) -> tuple[str, ...]:
        """Firms the plan names, in order of first mention."""
        return tuple(dict.fromkeys(r.firm for r in self.rows))

    @property
    def mixes_dates(self) -> bool:
        """Whether some periods are dated and others are counted from the start of the run."""
        return len({bool(r.period.mondays) for r in self.rows}) > 1

    def first_monday(self) -> dt.date | None:
        """Monday of the earliest dated week in the plan, or None if it has no dates."""
        return min((m for r in self.rows for m in r.period.mondays), default=None)

    def span(self, start: dt.date, firm: str = "") -> tuple[int, int]:
        """First and last week (from 0) that the plan covers for a firm, or for all firms."""
        weeks = [w for r in self.rows if firm in ("", r.firm) for w in r.period.indices(start)]
        return min(weeks), max(weeks)

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


def start_date(start: str, plans: Iterable[Plan | None]) -> dt.date:
    """Monday of the first week: that of ``start``, or with ``auto`` that of the earliest plan date.

    Raises:
        ConfigError: ``start`` is neither a date nor ``auto``; or it is ``auto``, and a plan has
            both dated periods and periods counted from the start.
    """
    plans = list(plans)
    if start != "auto":
        return parse_start(start)
    for plan in plans:
        if plan and plan.mixes_dates:
            raise ConfigError(
                "plan {plan}: periods counted from the start and dated periods in one plan; say "
                "when week 1 begins, for example start={start}.",
                plan=plan.name, start=DEFAULT_START,
            )  # fmt: skip
    dated = [m for plan in plans if plan and (m := plan.first_monday())]
    return monday(min(dated, default=DEFAULT_START))


def share_start(config: C, plans: Iterable[Plan | None]) -> C:
    """A copy of the configuration with one start date for all plans to be compared."""
    return replace(config, start=start_date(config.start, plans).isoformat())


def spent_within(plan: Plan, config: MarketConfig) -> tuple[int, int]:
    """Money that a plan spends within the run, and in total, in cents."""
    levers = schedule(
        plan,
        start=start_date(config.start, [plan]),
        weeks=config.weeks,
        firms=list(config.firms),
        activities=list(config.activities),
        budgets={},
    )
    money = (r.amount for r in plan.rows if r.activity not in PRICES)
    return int(levers.spend.sum()), sum(round(amount * 100) for amount in money)


def schedule(
    plan: Plan | None,
    *,
    start: dt.date,
    weeks: int,
    firms: Sequence[str],
    activities: Sequence[str],
    budgets: Mapping[str, Mapping[str, float]],
    after: str = "stop",
) -> Levers:
    """Spread a plan and the declared budgets over the weeks of a run.

    Args:
        plan: the plan, or None for the declared budgets only.
        start: Monday of week 0.
        weeks: length of the run.
        firms, activities: names in the order of the arrays.
        budgets: money per week by firm and activity.
        after: one of AFTER.

    Raises:
        ConfigError: a period begins before the start, a week has two prices, or the amounts add up
            to more than can be booked.
    """
    spend = np.zeros((weeks, len(firms), len(activities)), np.int64)
    list_price = np.zeros((weeks, len(firms)), np.int64)
    discount = np.full((weeks, len(firms)), np.nan)
    planned = np.zeros(len(firms), bool)
    if plan:
        amounts = [r.amount for r in plan.rows if r.activity not in PRICES]
        _refuse_sum(plan, sum(round(amount * 100) for amount in amounts))
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
        where = Message("plan {plan}, row {row}", plan=plan.name, row=row.line)
        if indices[0] < 0:
            raise ConfigError(
                "{where}, column period: {period} begins before the run, which starts on {start}; "
                "start=... moves it.",
                where=where, period=row.period.name, start=start,
            )  # fmt: skip
        inside = [w for w in indices if w < weeks]
        if row.activity in PRICES:
            prices = list_price if row.activity == "list_price" else discount
            unset = prices[inside, f] == 0 if prices is list_price else np.isnan(prices[inside, f])
            if not unset.all():
                raise ConfigError(
                    "{where}, column amount: a second {price} for {firm} in week {week}; give one "
                    "per period.",
                    where=where, price=row.activity, firm=row.firm,
                    week=inside[int(np.argmin(unset))] + 1,
                )  # fmt: skip
            prices[inside, f] = round(row.amount * 100) if prices is list_price else row.amount
            continue
        share, rest = divmod(round(row.amount * 100), len(indices))
        for n, w in enumerate(inside):
            spend[w, f, column[row.activity]] += share + (n < rest)
    if plan and after == "keep":
        for name in plan.firms:
            f, last = firm_row[name], plan.span(start, name)[1]
            for lever in (spend, list_price, discount):
                lever[last + 1 :, f] = lever[min(last, weeks - 1), f]
        _refuse_sum(plan, float(spend[:, planned].sum(dtype=np.float64)))
    return Levers(spend, list_price, discount, planned)


def refuse_sum(what: str | Message, cents: float, when: Message) -> None:
    """Refuse an amount of money that a whole number of cents does not hold.

    Args:
        what: what costs that much.
        cents: the amount.
        when: how it comes to that.

    Raises:
        ConfigError: the amount is more than can be booked.
    """
    if cents > MOST_CENTS:
        raise ConfigError(
            "{what}: a sum of {money:.3g} {when} is more than can be booked; allowed {most:.3g} "
            "(fewer people, weeks or smaller amounts).",
            what=what, money=cents / 100, when=when, most=MOST_CENTS / 100,
        )  # fmt: skip


def _refuse_sum(plan: Plan, cents: float) -> None:
    refuse_sum(Message("plan {plan}", plan=plan.name), cents, Message("over the run"))
