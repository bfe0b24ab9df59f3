"""Share of sales: the budget is a fixed ratio to revenue, that of the first quarter reviewed."""

from __future__ import annotations

import numpy as np

from sim.agents.policies.fixed import credit as credit
from sim.agents.policy import View
from sim.ledger import accounts as acc
from sim.rules.budgets import share_of_sales
from sim.rules.units import CENTS


def budget(view: View) -> float:
    """Money per week for activities."""
    revenue = float(view.seen.own.level(acc.REVENUE)[0]) / CENTS
    ratio = np.array([float(view.money[:-1].sum()) / max(1.0, revenue)])
    return float(share_of_sales(float(view.memory.setdefault("ratio", ratio)[0]), revenue))
