"""Competitive parity: the share of voice follows the share of the market, times the relation of the
first quarter reviewed. Revenue and total spend of rivals are known as they see them themselves."""

from __future__ import annotations

import numpy as np

from sim.agents.policies.fixed import credit as credit
from sim.agents.policy import View
from sim.ledger import accounts as acc
from sim.rules.budgets import competitive_parity
from sim.rules.units import CENTS, QUARTER


def budget(view: View) -> float:
    """Money per week for activities."""
    revenue = float(view.seen.own.level(acc.REVENUE)[0]) / CENTS
    all_revenue, all_spend = (
        view.seen.all_firms(account) / (CENTS * QUARTER) for account in (acc.REVENUE, acc.SPEND)
    )
    parity = competitive_parity(1.0, revenue, all_revenue, all_spend)
    bias = np.array([float(view.money[:-1].sum()) / max(1.0, parity)])
    kept = float(view.memory.setdefault("bias", bias)[0])
    return float(competitive_parity(kept, revenue, all_revenue, all_spend))
