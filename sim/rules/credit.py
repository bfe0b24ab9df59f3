"""Credit: when customers pay their invoices."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number
from sim.rules.arithmetic import exp, rule


@dataclass
class Credit:
    """Invoices that are due, overdue, paid or written off."""

    prompt: float = number(
        1.0,
        unit="per week",
        low=0.0,
        high=100.0,
        meaning="Rate at which a typical customer pays an invoice once it is due.",
        source="assumption: a typical customer pays a due invoice within the week in 63 of 100 "
        "cases",
    )
    spread: float = number(
        1.6,
        unit="standard deviation of the log",
        low=0.0,
        high=5.0,
        meaning="Variation between customers in promptness of payment (log-normal).",
        source="assumption: one customer in six is at least five times as slow as the median",
        level="run",
    )
    thrift: float = number(
        0.5,
        unit="exponent",
        low=0.0,
        high=5.0,
        meaning="Exponent by which price-sensitive customers pay more slowly.",
        source="assumption: customers with little money watch prices and pay late",
        level="run",
    )
    strain: float = number(
        0.5,
        unit="share per unit",
        low=0.0,
        high=10.0,
        meaning="Slowdown of payment for every unit that the customer still has in stock.",
        source="assumption: goods pushed on a customer have not been resold yet",
    )
    write_off: int = number(
        52,
        unit="weeks",
        low=1,
        high=520,
        meaning="Weeks overdue after which an invoice is written off.",
        source="assumption: a year",
    )


mechanism(
    "late_payment", {"credit.prompt": 100.0, "credit.spread": 0.0}, "customers pay invoices late"
)


@rule
def pays_chance(prompt: float, pace: float, at_home: float, strain: float) -> float:
    """Chance that a due invoice is paid this week.

    Args:
        prompt: payments per week of a typical customer.
        pace: promptness of the customer, relative to typical.
        at_home: units still in stock.
        strain: slowdown per unit in stock.
    """
    return 1.0 - exp(-(prompt * pace / (1.0 + strain * at_home)))


@rule
def is_written_off(overdue: int, write_off: int) -> bool:
    """Whether an unpaid invoice is given up.

    Args:
        overdue: weeks since it was due. write_off: weeks after which it is given up.
    """
    return overdue >= write_off
