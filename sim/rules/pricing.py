"""Price: what it is compared with, and how it is remembered.

Prices act as logarithms relative to the category's usual price, so money has no unit. A customer
remembers for each firm what it used to charge; being dearer than remembered hurts more than being
cheaper pleases (Tversky & Kahneman 1991, QJE 106:1039; Kalyanaram & Winer 1995, Marketing Science
14:G161, for the evidence from purchases).
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import log, rule


@dataclass
class Price:
    """What prices mean to customers."""

    usual: float = number(
        40.0,
        unit="money per unit",
        low=0.01,
        high=10_000_000.0,
        meaning="Price that is usual in the category; prices are felt relative to it.",
        source="assumption: list price of the default firms",
    )
    weight: float = number(
        3.0,
        unit="utility per log price",
        low=0.0,
        high=10.0,
        meaning="What a price 1 % higher costs in utility, times 100, for a typical customer.",
        source="assumption: gives own-price elasticities of the order of the published mean -2.6 "
        "(Bijmolt, van Heerde & Pieters 2005, JMR 42:141)",
    )
    spread: float = number(
        0.4,
        unit="standard deviation of the log",
        low=0.0,
        high=2.0,
        meaning="How much customers of a segment differ in price sensitivity (log-normal).",
        source="assumption: one customer in six is at least 1.5 times as sensitive as the median",
    )
    memory_share: float = number(
        0.3,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="How much of a price is felt relative to the remembered price of the firm, "
        "not to the usual one; 0 switches the remembered price off.",
        source="assumption: less than half, so that the usual price counts for more than memory",
    )
    loss_aversion: float = number(
        1.7,
        unit="ratio",
        low=1.0,
        high=5.0,
        meaning="How much more a price above the remembered one hurts than one below pleases.",
        source="assumption: between 1 (symmetric) and the 2.0 to 2.5 of choice experiments "
        "(Tversky & Kahneman 1992, J. Risk and Uncertainty 5:297)",
        likely=(1.0, 2.5),
    )
    learning: float = number(
        0.3,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="How far the remembered price moves to the price seen on an occasion.",
        source="assumption: purchase histories give 0.2 to 0.4 per occasion in reference-price "
        "models with a carry-over of 0.6 to 0.8",
    )
    patience: float = number(
        1.0,
        unit="weeks",
        low=0.0,
        high=26.0,
        meaning="How long a purchase is put off, on average over customers, for a deal that is "
        "expected within that time; 0: nobody waits.",
        source="assumption: sales dip in the two weeks before deals (direction: van Heerde, "
        "Leeflang & Wittink 2000, JMR 37:383)",
    )


@rule
def log_price(price: float, usual: float) -> float:
    """A price as its logarithm relative to the usual price."""
    return log(price / usual)


@rule
def price_appeal(
    price: float, remembered: float, weight: float, memory_share: float, loss_aversion: float
) -> float:
    """Utility of a price.

    Args:
        price, remembered: log prices relative to the usual price.
        weight: the customer's own price sensitivity.
        memory_share: of what is felt relative to the remembered price.
        loss_aversion: how much more a rise hurts than a fall pleases.
    """
    rise = price - remembered
    felt = rise * loss_aversion if rise > 0.0 else rise
    return -weight * ((1.0 - memory_share) * price + memory_share * felt)


@rule
def remembered_price(remembered: float, price: float, learning: float) -> float:
    """The remembered log price after a price was seen."""
    return remembered + learning * (price - remembered)


@rule
def remembered_spacing(spacing: float, gap: float, learning: float) -> float:
    """Remembered weeks between deals (0: none yet) after a deal ``gap`` weeks after the last."""
    return gap if spacing <= 0.0 else spacing + learning * (gap - spacing)


@rule
def waits(week: int, last_deal: int, spacing: float, patience: float, waited: int) -> bool:
    """Whether a customer puts off a purchase: the next deal is due before patience ends.

    Args:
        last_deal: week in which the last deal was seen, -1 for none.
        spacing: remembered weeks between deals, 0 for none.
        patience: weeks the customer is willing to wait in all.
        waited: weeks already waited.
    """
    if last_deal < 0 or spacing <= 0.0:
        return False
    due = float(last_deal) + spacing - float(week)
    return 0.0 < due <= patience - float(waited)
