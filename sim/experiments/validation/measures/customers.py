"""New customers of a market's logs, and what they are worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.ledger import accounts as acc
from sim.model.world import World
from sim.outcomes.logs import EVENTS, log_table
from sim.outcomes.logs import LOGS as COLUMNS
from sim.rules.units import CENTS, YEAR

Columns = dict[str, np.ndarray]
"""A log by column, see :data:`sim.outcomes.logs.LOGS`."""

LOGS = ("log.purchases=true", "log.customers=true")
"""Changes that log orders, and beginnings and ends of relationships."""


def events(world: World, log: str) -> Columns:
    """The rows of a log since it was switched on, by column; weeks are booked weeks from 1, and
    customers are rows of ``world.people``."""
    return dict(zip(COLUMNS[log], log_table(log, world.logs[log]).T, strict=True))


class NewCustomers(NamedTuple):
    """First orders of a log, int64 [firm, customer].

    Attributes:
        week: of the first order from the firm; 0 where it is not in the log.
        source: code of the last touch before it.
        tags: treatments of the customer in that week, as bits.
    """

    week: np.ndarray
    source: np.ndarray
    tags: np.ndarray


def new_customers(world: World, orders: Columns) -> NewCustomers:
    """First orders among the rows of a log of purchases."""
    shape = len(world.names), world.people.size
    out = NewCustomers(*(np.zeros(shape, np.int64) for _ in NewCustomers._fields))
    first = orders["first"] > 0
    at = orders["firm"][first], orders["customer"][first]
    for name, column in out._asdict().items():
        column[at] = orders[name][first]
    return out


def margins(world: World, orders: Columns) -> np.ndarray:
    """Margin of each order, money: price paid less the cost of the goods."""
    cost = np.array([world.config.firms[name].unit_cost for name in world.names])
    return np.asarray(orders["cents"] / CENTS - orders["units"] * cost[orders["firm"]])


def discount(weeks: np.ndarray) -> np.ndarray:
    """Value today of a unit of money in so many weeks, at the rate of the ledger."""
    return np.asarray((1.0 + acc.YEARLY_DISCOUNT) ** (-weeks / YEAR))


def values(
    world: World,
    orders: Columns,
    since: np.ndarray,
    first: int,
    last: int,
    *,
    brought: bool = False,
) -> np.ndarray:
    """Discounted margin of customers, money [firm, customer].

    Args:
        world: after the orders.
        orders: rows of a log of purchases.
        since: week of the first order, [firm, customer]; 0 for no new customer.
        first, last: weeks since the first order that count, ``last`` left out.
        brought: whether an order also counts for the customer who told the buyer about the firm
            before the buyer's first order, for the one who told that customer, and so on.
    """
    firm, person, week = orders["firm"], orders["customer"], orders["week"]
    margin, referrer = margins(world, orders), world.engine.column("referrer")
    out = np.zeros(since.shape)
    while len(person):
        age = week - since[firm, person]
        counts = (since[firm, person] > 0) & (first <= age) & (age < last)
        np.add.at(out, (firm, person), np.where(counts, margin * discount(age), 0.0))
        person = referrer[firm, person] if brought else np.full_like(person, -1)
        told = person >= 0
        firm, person, week, margin = firm[told], person[told], week[told], margin[told]
    return out


def ends(world: World, since: np.ndarray) -> np.ndarray:
    """Week in which each new customer first ended the relationship, int64 [firm, customer]; after
    the last week for those who have not. Needs the log of customers."""
    log = events(world, "customers")
    out = np.full(since.shape, world.week + 1)
    ended = (log["event"] >= EVENTS.index("lapsed")) & (since[log["firm"], log["customer"]] > 0)
    np.minimum.at(out, (log["firm"][ended], log["customer"][ended]), log["week"][ended])
    return out
