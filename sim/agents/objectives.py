"""Objectives of executives: what a policy that learns tries to raise, in money of a quarter.

An objective is a function of the quarter as the firm sees it. Executives with the same policy
differ in their objective alone (``organisation.objective=...``).
"""

from __future__ import annotations

from collections.abc import Callable

from sim.agents.seen import Seen
from sim.ledger import accounts as acc
from sim.rules.units import CENTS


def profit(seen: Seen) -> float:
    """Profit of the quarter."""
    return seen.firm("profit")


def relationships(seen: Seen) -> float:
    """Margin of the quarter's further orders by customers, and of the first orders of new customers
    who name a referrer.

    Both are seen by the firm in its own orders. Trust is not among them, because no survey measures
    it yet; where one does, its worth is the margin of the orders that surveyed trust foretells.
    """
    orders, first, named, revenue, goods = (
        float(seen.own.sum(account)[0])
        for account in (acc.ORDERS, acc.ACQUIRED, acc.REFERRED, acc.REVENUE, acc.GOODS)
    )
    margin = (revenue - goods) / float(CENTS) / max(1.0, orders)
    return margin * (max(0.0, orders - first) + named)


OBJECTIVES: dict[str, Callable[[Seen], float]] = {
    "profit": profit, "relationships": relationships,
}  # fmt: skip
"""All objectives, by name."""
