"""Price: reference prices, and how customers remember them.

Prices enter as logarithms relative to the category's usual price, so money has no unit. A customer
remembers a reference price for each firm; a price above it is felt more strongly than a price below
it (Tversky & Kahneman 1991, QJE 106:1039; Kalyanaram & Winer 1995, Marketing Science
14:G161, for evidence from purchases).
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number, of_customers, state
from sim.rules.arithmetic import log, rule


@of_customers
@dataclass
class Price:
    """Effects of prices on customers."""

    usual: float = number(
        40.0,
        unit="money per unit",
        low=0.01,
        high=10_000_000.0,
        meaning="Usual price in the category, relative to which prices are felt.",
        source="assumption: list price of the default firms",
        level="run",
    )
    weight: float = number(
        3.0,
        unit="utility per log price",
        low=0.0,
        high=10.0,
        meaning="Price sensitivity of a typical customer: utility lost by a price 1 % higher, "
        "times 100.",
        source="assumption: gives own-price elasticities of the order of the published mean -2.6 "
        "(Bijmolt, van Heerde & Pieters 2005, JMR 42:141)",
        level="run",
    )
    spread: float = number(
        0.4,
        unit="standard deviation of the log",
        low=0.0,
        high=2.0,
        meaning="Variation of price sensitivity within a segment (log-normal).",
        source="assumption: one customer in six is at least 1.5 times as sensitive as the median",
        level="run",
    )
    memory_share: float = number(
        0.3,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Weight of the remembered price of the firm as a reference, against the usual "
        "price; 0 switches the remembered price off.",
        source="assumption: less than half, so that the usual price counts for more than memory",
    )
    loss_aversion: float = number(
        1.7,
        unit="ratio",
        low=1.0,
        high=5.0,
        meaning="Effect of a price above the remembered one, relative to a price below it.",
        source="assumption: between 1 (symmetric) and the 2.0 to 2.5 of choice experiments "
        "(Tversky & Kahneman 1992, J. Risk and Uncertainty 5:297)",
        likely=(1.0, 2.5),
    )
    learning: float = number(
        0.3,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Movement of the remembered price towards the price seen on an occasion.",
        source="assumption: purchase histories give 0.2 to 0.4 per occasion in reference-price "
        "models with a carry-over of 0.6 to 0.8",
    )
    patience: float = number(
        1.0,
        unit="weeks",
        low=0.0,
        high=26.0,
        meaning="Mean time for which customers are willing to postpone a purchase for an expected "
        "deal; 0: no waiting.",
        source="assumption: sales dip in the two weeks before deals (direction: van Heerde, "
        "Leeflang & Wittink 2000, JMR 37:383)",
    )
    deal_salience: float = number(
        0.0,
        unit="share per log price",
        low=0.0,
        high=10.0,
        meaning="Salience of a deal to shoppers in a store that carries the firm, on the scale of "
        "activities, per log of remembered price over price, at most 1; 0, and where there are no "
        "stores: a deal is seen only by those who consider the firm.",
        source="assumption: 0, as before; deals draw in people who would not have thought of the "
        "firm",
    )
    framing: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=0.9,
        meaning="Rise of a customer's price sensitivity if all messages met are deals, and its "
        "fall if all are contacts of other kinds; 0: messages leave it as it is.",
        source="assumption: 0, as before; price advertising raises price sensitivity, other "
        "advertising lowers it (direction: Kaul & Wittink 1995, Marketing Science 14:G151)",
    )


mechanism("price_memory", {"price.memory_share": 0.0}, "prices are compared with remembered prices")
mechanism("loss_aversion", {"price.loss_aversion": 1.0}, "price rises weigh more than falls")
mechanism("deals_seen", {"price.deal_salience": 0.0}, "deals are contacts with all who shop")
mechanism(
    "framing",
    {"price.framing": 0.0},
    "deals raise price sensitivity, and other contacts lower it",
)
mechanism("deal_expectation", {"price.patience": 0.0}, "customers wait for deals")

state("remembered", "float32", "remembered log price relative to the usual price")
state(
    "last_deal",
    "int16",
    "week in which a deal of the firm was last seen, -1 for none",
    initial=-1,
)
state("deal_interval", "float32", "remembered weeks between the firm's deals, 0 for none")
state(
    "price_focus",
    "float32",
    "what messages are about, as remembered: 1 all deals, -1 none, 0 no messages",
    per_firm=False,
)
state("waited", "uint16", "weeks for which a purchase has been put off for a deal", per_firm=False)


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
        memory_share: weight of the comparison with the remembered price.
        loss_aversion: weight of a rise relative to a fall.
    """
    rise = price - remembered
    felt = rise * loss_aversion if rise > 0.0 else rise
    return -weight * ((1.0 - memory_share) * price + memory_share * felt)


@rule
def salience_of_deal(deal_salience: float, saved: float) -> float:
    """Salience of a deal that saves ``saved`` (:func:`saving`): none once it has become usual."""
    return min(1.0, deal_salience * saved)


@rule
def largest_change(gap: float, weight: float, memory_share: float, loss_aversion: float) -> float:
    """Change in utility of a price that lies ``gap`` from the remembered one, without sign."""
    return weight * gap * ((1.0 - memory_share) + memory_share * loss_aversion)


@rule
def sensitivity(weight: float, focus: float, framing: float) -> float:
    """Price sensitivity of a customer under the messages met.

    Args:
        weight: sensitivity without messages.
        focus: what the messages were about, -1 to 1.
        framing: largest relative change.
    """
    return weight * (1.0 + framing * focus)


@rule
def focused(focus: float, about: float, gain: float) -> float:
    """Focus after messages about deals (``about`` 1) or not (-1) that close ``gain`` of the gap."""
    return focus + gain * (about - focus)


@rule
def saving(price: float, remembered: float) -> float:
    """How far a price lies below the remembered one, as a difference of logs; 0 if it does not."""
    return max(0.0, remembered - price)


@rule
def remembered_price(remembered: float, price: float, learning: float) -> float:
    """Remembered log price after the customer saw a price."""
    return remembered + learning * (price - remembered)


@rule
def remembered_interval(deal_interval: float, gap: float, learning: float) -> float:
    """Remembered weeks between deals, after a deal ``gap`` weeks after the last (0: none yet)."""
    return gap if deal_interval <= 0.0 else deal_interval + learning * (gap - deal_interval)


@rule
def waits(week: int, last_deal: int, deal_interval: float, patience: float, waited: int) -> bool:
    """Whether a customer postpones a purchase: the next deal is due before patience ends.

    Args:
        last_deal: week in which the last deal was seen, -1 for none.
        deal_interval: remembered weeks between deals, 0 for none.
        patience: weeks the customer is willing to wait in total.
        waited: weeks already waited.
    """
    if last_deal < 0 or deal_interval <= 0.0:
        return False
    due = float(last_deal) + deal_interval - float(week)
    return 0.0 < due <= patience - float(waited)
