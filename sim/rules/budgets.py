"""Rules of thumb for advertising budgets that textbooks name, except to spend what is left.

Sources of their use: San Augustine & Foley 1975, J. Advertising Research 15(5):11; Lancaster &
Stern 1983, J. Advertising 12(4):25 (general knowledge, unverified).
"""

from __future__ import annotations

from sim.params import constant
from sim.rules.arithmetic import rule

NARROWEST = constant(
    "budgets.NARROWEST",
    0.25,
    unit="ratio",
    meaning="Smallest budget that owners allow, relative to the one the firm began with.",
    source="assumption: a quarter",
)
WIDEST = constant(
    "budgets.WIDEST",
    4.0,
    unit="ratio",
    meaning="Largest budget that owners allow, relative to the one the firm began with.",
    source="assumption: four times, the reciprocal of the smallest",
)
STEPS = constant(
    "budgets.STEPS",
    0.25,
    unit="share per quarter",
    meaning="Largest change of the budget of a firm with an objective, as a share of it.",
    source="assumption: a quarter of it",
)
RESPONDENTS = constant(
    "budgets.RESPONDENTS",
    400,
    unit="people",
    meaning="People whom a firm with an objective asks each quarter whether they know it; the "
    "least awareness it can see is that of one of them.",
    source="assumption: a usual sample",
)
AIM = constant(
    "budgets.AIM",
    1.05,
    unit="ratio",
    meaning="Awareness that a firm with the policy objective_and_task aims at, relative to that of "
    "its first review.",
    source="assumption: a little more than it has, the mean of firms in the simulated histories",
)


@rule
def share_of_sales(ratio: float, revenue: float) -> float:
    """Budget as a fixed ratio to revenue, money per week."""
    return ratio * revenue


@rule
def competitive_parity(bias: float, revenue: float, all_revenue: float, all_spend: float) -> float:
    """Budget at which the share of voice is the share of the market, times a lasting bias, money
    per week.

    Args:
        bias: share of voice relative to market share that the firm keeps.
        revenue: of the firm; ``all_revenue`` and ``all_spend`` are those of all firms.
    """
    return bias * revenue / max(1.0, all_revenue) * all_spend


@rule
def objective_and_task(budget: float, target: float, seen: float) -> float:
    """The last budget, raised where awareness as surveyed is below its target and cut where it is
    above, in proportion, by at most ``STEPS``."""
    need = target / max(seen, 1.0 / RESPONDENTS)
    return budget * min(1.0 + STEPS, max(1.0 - STEPS, need))


@rule
def allowed(budget: float, begun: float) -> float:
    """The budget within what owners allow; ``begun`` is the one the firm began with."""
    return min(WIDEST * begun, max(NARROWEST * begun, budget))
