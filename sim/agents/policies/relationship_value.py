"""Relationship value: customer lifetime value won and kept is credited, not only revenue.

A customer won is worth the present lifetime value of a customer, credited to the last touch.
Further orders and referrals by customers are credited to the lines that meet customers, in
proportion to the money spent on contacts with them.
"""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View
from sim.ledger import accounts as acc
from sim.rules.units import CENTS


def credit(view: View) -> np.ndarray:
    """Lifetime value won and kept in the quarter, money by line."""
    seen = view.seen
    value = float(np.nan_to_num(seen.firm("lifetime_value")))
    won = seen.line("new_customers")
    margin = seen.firm("revenue") - float(seen.own.sum(acc.GOODS)[0]) / float(CENTS)
    share_further = 1.0 - won.sum() / max(1.0, seen.line("orders").sum())
    kept = margin * max(0.0, share_further) + value * seen.talked
    effort = seen.met_customers * np.where(seen.line("impressions") > 0.0, seen.money, 0.0)
    effort[-1] = seen.met_customers[-1] * seen.money[-1]
    total = effort.sum()
    return np.asarray(won * value + kept * effort / (total if total > 0.0 else 1.0))
