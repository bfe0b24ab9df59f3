"""Did the relationship with customers get closer? Not only: what cash came in.

A customer won is worth the lifetime value a customer has now, credited to the last touch. What
customers do by themselves, further orders and bringing others, is credited to whoever meets
customers, by contacts.
"""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View
from sim.ledger import accounts as book


def credit(view: View) -> np.ndarray:
    """Lifetime value won and kept in the quarter, money by line."""
    seen = view.seen
    value = float(np.nan_to_num(seen.firm("lifetime_value")))
    won = seen.line("new_customers")
    margin = seen.firm("revenue") - float(seen.own.sum(book.GOODS)[0]) / 100.0
    share_further = 1.0 - won.sum() / max(1.0, seen.line("orders").sum())
    kept = margin * max(0.0, share_further) + value * seen.talked
    care = seen.met_customers * np.where(seen.line("impressions") > 0.0, seen.money, 0.0)
    care[-1] = seen.met_customers[-1] * seen.money[-1]
    return np.asarray(won * value + kept * care / max(1e-12, care.sum()))
