"""Credit: when customers pay what they owe."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import exp, rule


@dataclass
class Credit:
    """Invoices that are due, overdue, paid or written off."""

    prompt: float = number(
        1.0,
        unit="per week",
        low=0.0,
        high=100.0,
        meaning="Rate at which a typical customer pays an invoice, from the week in which it is "
        "due.",
        source="assumption: a typical customer pays a due invoice within the week in 63 of 100 "
        "cases",
    )
    spread: float = number(
        1.6,
        unit="standard deviation of the log",
        low=0.0,
        high=5.0,
        meaning="How much customers differ in how promptly they pay (log-normal).",
        source="assumption: one customer in six is at least five times as slow as the median",
    )
    thrift: float = number(
        0.5,
        unit="exponent",
        low=0.0,
        high=5.0,
        meaning="How much slower those who are more sensitive to prices pay.",
        source="assumption: who has little money looks at prices and pays late",
    )
    strain: float = number(
        0.5,
        unit="share per unit",
        low=0.0,
        high=10.0,
        meaning="How much slower an invoice is paid by a customer for every unit still at home.",
        source="assumption: goods that were pushed are not sold on yet",
    )
    write_off: int = number(
        52,
        unit="weeks",
        low=1,
        high=520,
        meaning="An invoice overdue for so long is written off.",
        source="assumption: a year",
    )


@rule
def pays_chance(prompt: float, pace: float, at_home: float, strain: float) -> float:
    """Chance that an invoice that is due is paid this week."""
    return 1.0 - exp(-(prompt * pace / (1.0 + strain * at_home)))
