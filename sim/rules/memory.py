"""Memory: firms that a customer has bought from come to mind beyond their awareness."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number, of_customers
from sim.rules.arithmetic import exp, rule


@of_customers
@dataclass
class Memory:
    """Memory of one's own suppliers."""

    level: float = number(
        0.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a firm without any awareness comes to mind of a customer right after "
        "an order; 0: firms come to mind by awareness alone.",
        source="assumption: 0, as before this mechanism; direction: Nedungadi 1990, J. Consumer "
        "Research 17:263 (recent and frequent use makes a brand come to mind)",
    )
    fading: float = number(
        0.0,
        unit="per mean interval between occasions",
        low=0.0,
        high=10.0,
        meaning="Rate at which this memory fades while no order is placed, in the customer's own "
        "mean intervals between buying occasions; 0: it never fades.",
        source="assumption: 0, without effect while there is no memory",
    )


mechanism("memory", {"memory.level": 0.0}, "customers remember the firms they have bought from")


@rule
def remembered(level: float, fading: float, silence: int, rate: float) -> float:
    """Chance that a firm comes to mind because the customer has bought from it.

    Args:
        level: chance right after an order.
        fading: exponential rate of fading per mean interval between buying occasions.
        silence: weeks since the last order.
        rate: the customer's buying occasions per week.
    """
    return level * exp(-fading * (float(silence) * rate))


@rule
def comes_to_mind(awareness: float, memory: float) -> float:
    """Chance that a firm comes to mind: 1 - (1 - ``awareness``) x (1 - ``memory``), written so
    that it is exactly ``awareness`` without memory."""
    return awareness + memory * (1.0 - awareness)
