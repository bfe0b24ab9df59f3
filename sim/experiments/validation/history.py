"""The closed-loop history of thirty firms: what an econometrician would have to estimate from.

The firms of a market are replaced by thirty that resemble them, in a market as much larger. Each
executive sets the budget of a quarter by one of the rules that firms use, from figures that are a
month old: a share of sales, parity with rivals, or an objective for awareness. Each departs from
its rule for reasons of its own (:class:`Reasons`), and changes prices and quality now and then;
without such reasons nothing could be estimated.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.market.activities import Activity
from sim.market.firms import FirmSpec
from sim.market.plan import Levers
from sim.model.world import World, start
from sim.params import in_id_order, key_of
from sim.rules.budgets import (
    RESPONDENTS,
    allowed,
    competitive_parity,
    objective_and_task,
    share_of_sales,
)
from sim.rules.information import RATING_WEEKS
from sim.rules.units import CENTS, QUARTER, YEAR

FIRMS = 30
YEARS = 4
SETTLING = 2 * YEAR
"""Weeks of warm-up on constant budgets, within which shares and awareness settle."""

LEAST, MOST = 5_000, 8_000
"""Least number of simulated customers, so that most firms sell in every week; and the most where
each stands for one person, so that a history takes a few seconds."""

RULES = ("share of sales", "competitive parity", "objective and task")
"""Rules of thumb for budgets (:mod:`sim.rules.budgets`)."""


@dataclass(frozen=True)
class Reasons:
    """Reasons of firms' own to vary what they do, all drawn independently of the market.

    All numbers are assumptions: budgets that vary by a third from quarter to quarter, list prices
    by a few per cent a year, and promotions in an eighth of all weeks.

    Attributes:
        budget: standard deviation of the log of a quarter's budget around the rule.
        line: the same for each activity around its share of the budget.
        reps: the same for the number of positions for sales reps.
        keep: correlation of these departures from one quarter to the next.
        shock: chance in a quarter that the owner cuts or raises the budget by half, for half a
            year.
        campaign: money for advertising in weeks of a campaign, relative to the other weeks.
        event: the same for events, in the week of an event.
        repricing: chance in a quarter of a new list price.
        list_price: standard deviation of its log around the declared one.
        most_deals: largest share of weeks with a price promotion; each firm draws its share anew
            every year.
        shallow, deep: smallest and largest discount in a price promotion.
        quality: standard deviation of the share of purchases that meet expectations.
    """

    budget: float = 0.3
    line: float = 0.2
    reps: float = 0.15
    keep: float = 0.5
    shock: float = 0.05
    campaign: float = 3.0
    event: float = 6.0
    repricing: float = 0.25
    list_price: float = 0.05
    most_deals: float = 0.25
    shallow: float = 0.05
    deep: float = 0.3
    quality: float = 0.03


NO_REASONS = Reasons(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Firms that follow their rules to the letter at constant prices."""


@dataclass(frozen=True)
class History:
    """A simulated history.

    Attributes:
        table: a row a week and firm. Columns: ``week`` (from 0), ``firm``, ``rule``; flows of the
            week: ``units``, ``orders``, ``revenue``, ``profit`` (no overheads), ``advertising``,
            ``events`` and ``other`` (money: on activities that reach people through media and are
            not answered; on those in which prospects meet the firm in person, such as shows; on
            the rest), ``payroll``, ``hours`` of reps, ``leads``, ``heard`` and ``sent`` (messages
            between customers), ``rated``, ``new``, ``new_referred`` and ``new_<source>`` (customers
            acquired, by last touch: ``advertising``, ``events``, ``other``, ``talk``, ``search``,
            ``nothing``); states: ``list_price``, ``discount``, ``net_price`` (money per unit),
            ``awareness`` (share of people), ``customers``, ``rating`` (share of good ratings within
            a year, as customers see it).
            People and money are those of the whole market.
        weight: people that each simulated customer stands for.
    """

    table: pd.DataFrame
    weight: int

    def periods(self, weeks: int) -> pd.DataFrame:
        """The table by periods of some weeks: flows are summed, states averaged; a last period
        that is not complete is left out. ``deals`` is the share of weeks with a promotion."""
        table = self.table.assign(
            period=self.table["week"] // weeks, deals=(self.table["discount"] > 0).astype(float)
        )
        last = (int(table["week"].max()) + 1) // weeks
        groups = table[table["period"] < last].drop(columns="week").groupby(["firm", "period"])
        how = {name: "mean" if name in (*STATES, "deals") else "sum" for name in table.columns}
        how |= {"rule": "first"}
        rows = groups.agg({n: h for n, h in how.items() if n not in ("week", "firm", "period")})
        rows = rows.reset_index()
        rows["net_price"] = rows["revenue"] / rows["units"].where(rows["units"] > 0)
        return rows


STATES = ("list_price", "discount", "net_price", "awareness", "customers", "rating")
"""Columns of a history that are no flows."""


# Thirty firms


def firms_of(config: Config, count: int, seed: int) -> Config:
    """A market of drawn firms that resemble those of a configuration.

    Each firm takes after one of the declared firms, drawn at random; its money, price, cost,
    position, quality and awareness differ a little. The number of people grows as the number of
    firms does, so that firms are as large as declared. Where each customer stands for one person,
    there are no more than ``MOST`` of them, and firms are smaller instead. All firms have been
    there before the first week, and budgets are moved by no policy.

    Args:
        config: market whose firms are resembled.
        count: number of firms.
        seed: of the draws; each firm has its own, whatever the number of firms.
    """
    declared, population = list(in_id_order(config.firms).values()), config.population
    people = population.weight * population.customers * count / len(declared)
    customers, size = max(LEAST, population.customers), 1.0
    if population.weight == 1:
        customers = round(min(people, MOST))
        size = customers / people
        people = customers
    firms = {f"firm_{n:02d}": _resembling(declared, n, seed, size) for n in range(1, count + 1)}
    people = max(customers, round(people))
    return replace(
        config, firms=firms, population=replace(population, people=people, customers=customers)
    )


def _resembling(declared: list[FirmSpec], number: int, seed: int, size: float) -> FirmSpec:
    """A firm like one of the declared ones; spreads are about those between declared firms.

    Args:
        declared: firms to take after.
        number: of the firm.
        seed: of the draws.
        size: of its money and sales force, relative to those of declared firms.
    """
    rng = np.random.default_rng([seed, number])
    firm = copy.deepcopy(declared[int(rng.integers(len(declared)))])
    money, price, cost, position, quality, known = rng.normal(size=6).tolist()
    firm.id, firm.enters, firm.organisation.policy = number, 0, "fixed"
    size *= float(np.exp(0.5 * money - 0.125))  # 1 on average, as the factor of each activity
    firm.budget = {
        name: round(amount * size * float(np.exp(rng.normal(-0.045, 0.3))), 2)
        for name, amount in firm.budget.items()
    }
    firm.sales.reps = max(min(1, firm.sales.reps), round(firm.sales.reps * size))
    firm.unit_cost *= float(np.exp(0.05 * price + 0.03 * cost))
    firm.list_price *= float(np.exp(0.05 * price))
    firm.position = float(np.clip(firm.position + 0.1 * position, 0.0, 1.0))
    firm.quality = float(np.clip(firm.quality + 0.03 * quality, 0.0, 1.0))
    firm.awareness = float(np.clip(firm.awareness * np.exp(0.3 * known), 0.0, 0.95))
    return firm


# Rules of budgets


class Known(NamedTuple):
    """What firms know of the market at the beginning of a quarter, a month old, [firm].

    Attributes:
        revenue: money per week over a quarter.
        spend: money per week on activities over the same quarter.
        awareness: share of people who know the firm.
    """

    revenue: np.ndarray
    spend: np.ndarray
    awareness: np.ndarray


def _known(world: World, weeks: int) -> Known:
    last = world.ledger.length - world.config.organising.seen_delay
    sums = world.ledger.added("accounts", last - weeks, last)
    money = sums[:-1, [acc.REVENUE, acc.SPEND]] / (float(CENTS) * weeks)
    known = sums[:-1, acc.AWARENESS] / float(PARTS) / np.maximum(1, sums[-1, acc.PEOPLE])
    return Known(money[:, 0], money[:, 1], known)


# What is drawn beforehand


class Draws(NamedTuple):
    """Draws of all firms, which do not depend on the market.

    Attributes:
        budget: factor on the rule's budget, [quarter, firm].
        line: factor on the money of an activity, [quarter, firm, activity].
        reps: factor on the number of positions, [quarter, firm].
        campaign, event: weight of a week for advertising and for events, [week, firm].
        list_price: relative to the declared one, [quarter, firm].
        discount: share of the list price, [week, firm].
        quality: difference to the declared quality, [quarter, firm].
        target: target for awareness relative to that at the start, [quarter, firm].
        survey: standardised error of the survey of awareness, [quarter, firm].
    """

    budget: np.ndarray
    line: np.ndarray
    reps: np.ndarray
    campaign: np.ndarray
    event: np.ndarray
    list_price: np.ndarray
    discount: np.ndarray
    quality: np.ndarray
    target: np.ndarray
    survey: np.ndarray


def _draws(seed: int, firms: int, activities: int, years: int, reasons: Reasons) -> Draws:
    each = [
        _draws_of(np.random.default_rng([seed, n, 1]), activities, years, reasons)
        for n in range(1, firms + 1)
    ]
    return Draws(*(np.stack(of_firms, axis=1) for of_firms in zip(*each, strict=True)))


def _draws_of(rng: np.random.Generator, activities: int, years: int, reasons: Reasons) -> Draws:
    """Draws of one firm; as :class:`Draws`, without the axis of firms."""
    quarters, weeks = years * YEAR // QUARTER, years * YEAR
    shock = np.zeros(quarters)
    for quarter in np.flatnonzero(rng.random(quarters) < reasons.shock):
        shock[quarter : quarter + 2] = np.log(rng.choice([0.5, 1.5]))
    prices = np.zeros(quarters)
    for quarter in np.flatnonzero(rng.random(quarters) < reasons.repricing):
        prices[quarter:] = rng.normal(0.0, reasons.list_price)
    lines = [_lasting(rng, reasons.line, reasons.keep, quarters) for _ in range(activities)]
    return Draws(
        np.exp(_lasting(rng, reasons.budget, reasons.keep, quarters) + shock),
        np.exp(np.column_stack(lines)),
        np.exp(_lasting(rng, reasons.reps, reasons.keep, quarters)),
        _peaks(rng, weeks, 4, reasons.campaign),
        _peaks(rng, weeks, 1, reasons.event),
        np.exp(prices),
        _deals(rng, years, reasons),
        _lasting(rng, reasons.quality, reasons.keep, quarters),
        np.repeat(np.exp(rng.normal(0.05, 0.1, years)), YEAR // QUARTER),
        rng.normal(size=quarters),
    )


def _lasting(rng: np.random.Generator, deviation: float, keep: float, length: int) -> np.ndarray:
    """A stationary series of this standard deviation, of which a share is kept from one quarter to
    the next."""
    out = rng.normal(size=length)
    for n in range(1, length):
        out[n] = keep * out[n - 1] + np.sqrt(1.0 - keep * keep) * out[n]
    return deviation * out


def _peaks(rng: np.random.Generator, weeks: int, length: int, weight: float) -> np.ndarray:
    """Weights of weeks, with mean 1 in every quarter: peaks of some weeks, which come back after
    two to four times their length and four weeks more."""
    cycle = int(rng.integers(2 * length, 4 * length + 1)) + 4
    phase = int(rng.integers(cycle))
    out = np.where((np.arange(weeks) + phase) % cycle < length, weight, 1.0).reshape(-1, QUARTER)
    return np.asarray((out / out.mean(axis=1, keepdims=True)).ravel())


def _deals(rng: np.random.Generator, years: int, reasons: Reasons) -> np.ndarray:
    """Discounts by week: promotions of one or two weeks, at least two weeks apart."""
    out, week = np.zeros(years * YEAR), 0
    shares = rng.uniform(0.0, reasons.most_deals, years)
    while week < len(out):
        share = shares[week // YEAR]
        if rng.random() < share / max(0.1, 1.5 * (1.0 - share)):
            length = int(rng.integers(1, 3))
            out[week : week + length] = rng.uniform(reasons.shallow, reasons.deep)
            week += length + 1
        week += 1
    return out


# The history


@dataclass
class Budgets:
    """The executives of all firms as they set budgets.

    Attributes:
        rule: index of each firm's rule, [firm].
        begun: budgets at the start, money per week [firm].
        task: last budgets by objective and task, before own reasons, [firm].
        base: figures of the year before the start.
    """

    rule: np.ndarray
    begun: np.ndarray
    task: np.ndarray
    base: Known

    def set(self, known: Known, target: np.ndarray, survey: np.ndarray) -> np.ndarray:
        """Budgets of a quarter by the firms' rules, money per week [firm].

        Args:
            known: figures that firms know.
            target: target for awareness, relative to that at the start.
            survey: standardised error of the survey.
        """
        ratio = self.begun / np.maximum(1.0, self.base.revenue)
        share = self.base.revenue / max(1.0, self.base.revenue.sum())
        bias = self.begun / np.maximum(1.0, share * self.base.spend.sum())
        error = np.sqrt(known.awareness * (1.0 - known.awareness) / RESPONDENTS)
        seen = known.awareness + error * survey
        target = target * self.base.awareness
        self.task = _of_firms(allowed, _of_firms(objective_and_task, self.task, target, seen),
                              self.begun)  # fmt: skip
        everybody = known.revenue.sum(), known.spend.sum()
        all_revenue, all_spend = (np.full(len(ratio), total) for total in everybody)
        by_rule = [
            _of_firms(share_of_sales, ratio, known.revenue),
            _of_firms(competitive_parity, bias, known.revenue, all_revenue, all_spend),
            self.task,
        ]
        return _of_firms(allowed, np.choose(self.rule, by_rule), self.begun)


def _of_firms(rule: Callable[..., float], *values: np.ndarray) -> np.ndarray:
    """A rule applied to the values of each firm, float64 [firm]."""
    return np.array([rule(*of_firm) for of_firm in zip(*(v.tolist() for v in values), strict=True)])


def simulate(
    config: Config, seed: int, *, years: int = YEARS, count: int = FIRMS,
    settling: int = SETTLING, reasons: Reasons | None = None,
) -> History:  # fmt: skip
    """Simulate the history of drawn firms in a market like that of a configuration.

    Args:
        config: market whose firms are resembled (:func:`firms_of`).
        seed: of the market, the firms and their reasons.
        years: length of the history.
        count: number of firms.
        settling: weeks of warm-up before.
        reasons: of firms to depart from their rules.
    """
    market = replace(firms_of(config, count, seed), weeks=years * YEAR, warmup=settling)
    draws = _draws(seed, count, len(market.activities), years, reasons or Reasons())
    world = start(market, seed)
    budgets = _begin(world, seed)
    declared = in_id_order(world.config.firms)
    reps = np.array([firm.sales.reps for firm in declared.values()])
    levers = _prices(world, draws, list(declared.values()))
    for quarter in range(years * YEAR // QUARTER):
        known = _known(world, QUARTER)
        total = budgets.set(known, draws.target[quarter], draws.survey[quarter])
        _spend(world, levers, draws, quarter, total * draws.budget[quarter])
        _place(world, reps, draws.reps[quarter], known, budgets.base)
        world.change(*_qualities(declared, draws.quality[quarter]))
        world.levers = levers
        for _ in range(QUARTER):
            world.step()
    rules = [RULES[rule] for rule in budgets.rule]
    return History(_table(world, levers, rules), world.config.population.weight)


def _begin(world: World, seed: int) -> Budgets:
    """Executives before the first quarter; a third of the firms each follow a rule."""
    firms = in_id_order(world.config.firms).values()
    begun = np.array([sum(firm.budget.values()) for firm in firms])
    rules = np.random.default_rng([seed, 0]).permutation(np.arange(len(begun)) % len(RULES))
    weeks = min(YEAR, world.ledger.length - world.config.organising.seen_delay)
    return Budgets(rules, begun, begun.copy(), _known(world, weeks))


def _prices(world: World, draws: Draws, firms: list[FirmSpec]) -> Levers:
    """Levers of the run with all prices, in which spending is filled in quarter by quarter."""
    declared = np.array([firm.list_price for firm in firms])
    cents = np.rint(np.repeat(draws.list_price, QUARTER, axis=0) * declared * CENTS)
    always = np.array([firm.discount for firm in firms])
    deals = np.where(draws.discount > 0.0, np.maximum(draws.discount, always), always)
    return replace(
        world.levers, spend=np.zeros_like(world.levers.spend), list_price=cents.astype(np.int64),
        discount=deals,
    )  # fmt: skip


def _spend(world: World, levers: Levers, draws: Draws, quarter: int, total: np.ndarray) -> None:
    """Write the spending of a quarter, in which each firm spends its total on its activities."""
    activities = world.activities
    firms = in_id_order(world.config.firms).values()
    mix = np.array([[firm.budget.get(name, 0.0) for name in activities] for firm in firms])
    mix = mix * draws.line[quarter]
    mix /= np.maximum(1e-9, mix.sum(axis=1, keepdims=True))
    weeks = slice(quarter * QUARTER, (quarter + 1) * QUARTER)
    kinds = _kinds(activities)
    rhythm = np.where(kinds["advertising"], draws.campaign[weeks, :, None], 1.0)
    rhythm = np.where(kinds["events"], draws.event[weeks, :, None], rhythm)
    levers.spend[weeks] = np.rint(total[:, None] * mix * rhythm * CENTS).astype(np.int64)


def _place(
    world: World, declared: np.ndarray, factor: np.ndarray, known: Known, base: Known
) -> None:
    """Set the number of positions for reps: with the square root of revenue, since half of a sales
    force is thought of as fixed, and for reasons of the firms' own."""
    growth = np.sqrt(known.revenue / np.maximum(1.0, base.revenue))
    places = np.maximum(np.minimum(1, declared), np.rint(declared * growth * factor))
    for firm, number in zip(world.firms, places.astype(int).tolist(), strict=True):
        firm.executive.places = number


def _qualities(declared: Mapping[str, FirmSpec], change: np.ndarray) -> list[str]:
    """Changes of the configuration that set the quality of all firms."""
    return [
        f"firms.{key_of([name])}.quality={min(1.0, max(0.0, firm.quality + more))}"
        for (name, firm), more in zip(declared.items(), change.tolist(), strict=True)
    ]


def _kinds(activities: Mapping[str, Activity]) -> dict[str, np.ndarray]:
    """Whether each activity is advertising, an event, or another, bool [activity]; see
    :class:`History`."""
    known = activities.values()
    advertising = np.array([a.mediated and not a.two_way for a in known])
    elsewhere = np.array([a.mediated or a.inbound or a.survey or a.owner == "sales" for a in known])
    events = np.array([a.two_way and a.prospects > 0.0 for a in known]) & ~elsewhere
    return {"advertising": advertising, "events": events, "other": ~(advertising | events)}


def _table(world: World, levers: Levers, rules: list[str]) -> pd.DataFrame:
    """The table of a :class:`History`."""
    accounts = world.ledger.accounts()
    flow = accounts[:, :-1].astype(np.float64)
    weeks, firms = flow.shape[:2]
    costs = flow[..., [*acc.PAID_OUT, acc.WRITTEN_OFF]].sum(axis=2)
    columns = {
        "week": np.repeat(np.arange(weeks)[:, None], firms, axis=1),
        "firm": np.broadcast_to(np.array(world.names), (weeks, firms)),
        "rule": np.broadcast_to(np.array(rules), (weeks, firms)),
        "units": flow[..., acc.UNITS],
        "orders": flow[..., acc.ORDERS],
        "revenue": flow[..., acc.REVENUE] / CENTS,
        "profit": (flow[..., acc.REVENUE] - costs) / CENTS,
        "payroll": flow[..., acc.PAYROLL] / CENTS,
        "hours": flow[..., acc.HOURS] / PARTS,
        "leads": flow[..., acc.LEADS],
        "heard": flow[..., acc.HEARD],
        "sent": flow[..., acc.TALKS],
        "rated": flow[..., acc.RATED],
        "new": flow[..., acc.ACQUIRED],
        "new_referred": flow[..., acc.REFERRED],
        "list_price": levers.list_price / CENTS,
        "discount": levers.discount,
        "net_price": levers.list_price * (1.0 - levers.discount) / CENTS,
        "awareness": flow[..., acc.AWARENESS] / PARTS / accounts[:, -1:, acc.PEOPLE],
        "customers": flow[..., acc.ACTIVE],
        "rating": _ratings(world),
    } | _by_activity(world)
    return pd.DataFrame({name: np.ravel(column) for name, column in columns.items()})


def _by_activity(world: World) -> dict[str, np.ndarray]:
    """Money of each kind of activity, and new customers by last touch, [week, firm]."""
    money, won = world.ledger.spend() / CENTS, world.ledger.sources()
    kinds = _kinds(world.activities)
    spent = {name: money[..., kind].sum(axis=2) for name, kind in kinds.items()}
    first = acc.TOUCH_ACTIVITY
    new = {f"new_{name}": won[..., first:][..., kind].sum(axis=2) for name, kind in kinds.items()}
    return (
        spent
        | new
        | {
            "new_talk": won[..., acc.TOUCH_TALK],
            "new_search": won[..., acc.TOUCH_SEARCH],
            "new_nothing": won[..., acc.TOUCH_NOTHING],
        }
    )


def _ratings(world: World) -> np.ndarray:
    """Share of good ratings among those of the year before each week, NaN for none, [week, firm]"""
    length, opening = world.ledger.length, world.ledger.opening
    sums = [
        np.concatenate([np.zeros((1, len(world.names))), series.cumsum(axis=0)])
        for series in (
            world.ledger.series(account, 0, length) for account in (acc.RATED, acc.RATED_GOOD)
        )
    ]
    last = np.arange(opening, length)
    posts, good = (s[last] - s[np.maximum(0, last - RATING_WEEKS)] for s in sums)
    return np.where(posts > 0, good / np.maximum(posts, 1.0), np.nan)
