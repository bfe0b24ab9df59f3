"""Objectives of executives: what a policy that learns tries to raise in a quarter, in money or as a
sum of scores.

An objective is a function of the quarter as the firm sees it. Executives with the same policy
differ in their objective alone (``organisation.objective=...``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.agents.seen import Seen
from sim.ledger import accounts as acc
from sim.rules.units import CENTS


def profit(seen: Seen) -> float:
    """Profit of the quarter."""
    return seen.firm("profit")


def relationships(seen: Seen) -> float:
    """Margin of the quarter's further orders by customers, and of the first orders of new customers
    who name a referrer.

    Both are seen by the firm in its own orders. Trust is not among them: it has no price; see
    :func:`customer_scores`.
    """
    orders, first, named, revenue, goods = (
        float(seen.own.sum(account)[0])
        for account in (acc.ORDERS, acc.ACQUIRED, acc.REFERRED, acc.REVENUE, acc.GOODS)
    )
    margin = (revenue - goods) / float(CENTS) / max(1.0, orders)
    return margin * (max(0.0, orders - first) + named)


def customer_scores(seen: Seen) -> float:
    """Sum of three scores of the quarter, each a share: trust of customers as a survey finds it,
    repeat rate, and share of new customers who name a referrer.

    They count alike, as on a scorecard of customer measures (direction: Kaplan & Norton 1992,
    Harvard Business Review 70(1):71). The survey errs as all figures that the firm sees.
    """
    scores = [seen.firm(kpi) for kpi in ("trust", "repeat_rate", "referral_rate")]
    return float(np.nan_to_num(scores).sum())


OBJECTIVES: dict[str, Callable[[Seen], float]] = {
    "profit": profit, "relationships": relationships, "customer_scores": customer_scores,
}  # fmt: skip
"""All objectives, by name."""
