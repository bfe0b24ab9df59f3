"""Finance of firms: overhead, costs that grow with reach, limits of capacity and cash.

All numbers are relative to a firm's own size, so that they are the same for all firms of a market.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number
from sim.rules.arithmetic import rule
from sim.rules.units import QUARTER, YEAR


@dataclass
class Finance:
    """Costs and limits of firms that no single customer, activity or rep causes."""

    overhead: float = number(
        0.0,
        unit="share of planned revenue",
        low=0.0,
        high=1.0,
        meaning="Fixed costs of a firm (administration, research, rent) that are due every week.",
        source="assumption: none, as before this mechanism",
        drawn=False,
    )
    usual_overhead: float = number(
        0.125,
        unit="share of planned revenue",
        low=0.0,
        high=1.0,
        meaning="Fixed costs that are usual for firms of this kind of market, which "
        "mechanisms=accounts takes as finance.overhead; without effect by itself.",
        source="assumption: the mean of what markets with a source declare",
        drawn=False,
    )
    serving: float = number(
        0.0,
        unit="share of the list price",
        low=0.0,
        high=1.0,
        meaning="Cost of serving an order if everybody were a customer of the firm; it grows in "
        "proportion to the share of people who are.",
        source="assumption: none, as before this mechanism",
        drawn=False,
    )
    capacity: float = number(
        0.0,
        unit="ratio",
        low=0.0,
        high=100.0,
        meaning="Capacity of a firm relative to its mean weekly units of the year before; 0: no "
        "limit. The units of a quarter count, since stocks even out single weeks. A firm that sold "
        "nothing in that year has no limit.",
        source="assumption: no limit, as before this mechanism",
        drawn=False,
    )
    premium: float = number(
        0.0,
        unit="share of the unit cost",
        low=0.0,
        high=10.0,
        meaning="Additional cost of a unit beyond capacity: overtime or subcontracting.",
        source="assumption: none, as before this mechanism",
        drawn=False,
    )
    funds: float = number(
        -1.0,
        unit="weeks of planned revenue",
        low=-1.0,
        high=1000.0,
        meaning="Cash of a firm at the beginning of the first week; below 0: cash sets no limit.",
        source="assumption: no limit, as before this mechanism",
        drawn=False,
    )
    runway: float = number(
        0.0,
        unit="weeks of planned revenue",
        low=0.0,
        high=1000.0,
        meaning="Cash of a firm that enters the market later, at the beginning of the week in "
        "which it does.",
        source="assumption: none, without effect while cash sets no limit",
        drawn=False,
    )
    credit_line: float = number(
        0.0,
        unit="weeks of planned revenue",
        low=0.0,
        high=1000.0,
        meaning="Credit that a firm can draw when it has no cash.",
        source="assumption: none, without effect while cash sets no limit",
        drawn=False,
    )
    interest: float = number(
        0.0,
        unit="share per year",
        low=0.0,
        high=10.0,
        meaning="Interest on the credit drawn, paid every week.",
        source="assumption: none, without effect while cash sets no limit",
        drawn=False,
    )
    grace: int = number(
        0,
        unit="weeks",
        low=0,
        high=5200,
        meaning="Weeks in a row for which a firm owes more than its credit line, and no less at "
        "their end, until it leaves the market; 0: it never leaves.",
        source="assumption: never, as before this mechanism",
    )
    staffed: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether a firm has hired, dismissed and paid the people it needs in its first "
        "week before that week: the first of the run, or the one in which it enters.",
        source="assumption: no, as before this mechanism",
        drawn=False,
    )


mechanism("overhead", {"finance.overhead": 0.0}, "firms have fixed costs in proportion to size")
mechanism("reach_costs", {"finance.serving": 0.0}, "orders cost more to serve the more are served")
mechanism("capacity", {"finance.capacity": 0.0}, "units beyond capacity cost more")
mechanism("cash_limit", {"finance.funds": -1.0}, "firms can run out of cash")


@rule
def planned_revenue(revenue: float, spending: float) -> float:
    """Revenue a week that a firm plans its size for: that of the year before, or else as much as it
    plans to spend on selling, if that is more.

    Args:
        revenue: mean weekly revenue of the year before.
        spending: planned money per week for activities and sales reps.
    """
    return max(revenue, spending)


@rule
def serving_cost(serving: float, customers: float, people: float, value: float) -> float:
    """Cost of serving the orders of a week, which are worth ``value`` at list price.

    The nearest and easiest customers come first, so each order costs more the larger the share of
    ``people`` who are ``customers``. Direction: limits to the size of firms, Williamson 1967,
    J. Political Economy 75:123.
    """
    return serving * (customers / people) * value if people > 0.0 else 0.0


@rule
def beyond_capacity(units: float, capacity: float) -> float:
    """Units of a week that a firm cannot supply at its usual cost; ``capacity`` 0: no limit."""
    return max(0.0, units - capacity) if capacity > 0.0 else 0.0


@rule
def owed(cash: float) -> float:
    """Credit drawn by a firm that has paid out more than it had."""
    return max(0.0, -cash)


@rule
def interest_due(owed: float, line: float, yearly: float) -> float:
    """Interest of a week on the credit drawn; what is owed beyond the line is unpaid bills, which
    bear none."""
    return min(owed, line) * yearly / float(YEAR)


@rule
def affordable(income: float, cash: float, line: float) -> float:
    """Money that a firm short of cash can spend on activities in a week: what a week brings in
    after all other costs, and what is left of its cash and credit spread over a quarter.

    Args:
        income: mean of the quarter before, negative if other costs exceed what comes in.
        cash: negative if credit is drawn.
        line: credit that the firm can draw.
    """
    return max(0.0, income + (cash + line) / float(QUARTER))


@rule
def kept_share(spend: float, money: float) -> float:
    """Share of the intended spend that a firm with this much money carries out."""
    return min(1.0, money / spend) if spend > 0.0 else 1.0
