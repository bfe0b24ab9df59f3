"""Pay: what a rep earns by selling."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import exp, log, root, rule

LOGISTIC = 0.5513288954217921
"""Scale of a logistic distribution per standard deviation: root of 3 over pi."""


@dataclass
class PayPlan:
    """How a sales rep is paid: one file each in ``configs/pay``."""

    salary: float = number(
        800.0,
        unit="money per week",
        low=0.0,
        high=1_000_000.0,
        meaning="Paid whatever is sold.",
        source="assumption: two thirds of what is paid elsewhere (selling.outside_pay), the rest "
        "is to be earned",
    )
    commission: float = number(
        0.0,
        unit="share of order value",
        low=0.0,
        high=1.0,
        meaning="Paid on every order.",
        source="assumption: none unless a plan says so",
    )
    quota: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=100_000_000.0,
        meaning="Sales that are asked of a rep, times the weeks of the period; 0: none.",
        source="assumption: none unless a plan says so",
    )
    period: int = number(
        13,
        unit="weeks",
        low=1,
        high=104,
        meaning="After so many weeks sales are counted from nothing again: 4, 13 or 52.",
        source="assumption: quarters are usual",
    )
    accelerator: float = number(
        0.0,
        unit="share of order value",
        low=0.0,
        high=1.0,
        meaning="Paid on top of the commission on sales beyond the quota.",
        source="assumption: none unless a plan says so",
    )
    bonus: float = number(
        0.0,
        unit="money",
        low=0.0,
        high=10_000_000.0,
        meaning="Paid once the quota of a period is reached.",
        source="assumption: none unless a plan says so",
    )
    ceiling: float = number(
        0.0,
        unit="money",
        low=0.0,
        high=100_000_000.0,
        meaning="Most that a period pays beyond the salary; 0: no ceiling.",
        source="assumption: none unless a plan says so",
    )
    ratchet: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="How far the next quota moves to what was sold; it never falls below the first.",
        source="assumption: quotas stay unless a plan says otherwise",
    )


@rule
def variable_pay(
    sold: float, quota: float, commission: float, accelerator: float, bonus: float, ceiling: float
) -> float:
    """Pay beyond the salary for what was sold in a period."""
    pay = commission * sold
    if quota > 0.0 and sold >= quota:
        pay = pay + accelerator * (sold - quota) + bonus
    return min(pay, ceiling) if ceiling > 0.0 else pay


@rule
def excess(mean: float, scale: float, over: float) -> float:
    """Mean of what a logistic variable has beyond ``over``."""
    z = (mean - over) / scale
    if z > 30.0 or z < -30.0:
        return max(0.0, mean - over)
    return scale * log(1.0 + exp(z))


@rule
def reaching(mean: float, scale: float, over: float) -> float:
    """Chance that a logistic variable reaches ``over``."""
    z = (mean - over) / scale
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, z))))


@rule
def expected_pay(
    sold: float, more: float, order: float, quota: float, commission: float, accelerator: float,
    bonus: float, ceiling: float,
) -> float:  # fmt: skip
    """Expected variable pay at the period's end.

    What will have been sold is taken as logistic around ``sold`` + ``more``, with the variance of
    orders of value ``order`` that come at random; so the mean over it can be written down.
    """
    mean = sold + more
    scale = max(1e-9, root(max(0.0, more * order)) * LOGISTIC)
    pay = commission * mean
    before = commission * quota
    if ceiling > 0.0 and commission > 0.0 and (quota <= 0.0 or ceiling <= before):
        return pay - commission * excess(mean, scale, ceiling / commission)
    if quota <= 0.0:
        return pay
    if ceiling > 0.0 and ceiling <= before + bonus:  # reaching the quota earns all there is
        jump = (ceiling - before) * reaching(mean, scale, quota)
        return pay - commission * excess(mean, scale, quota) + jump
    pay = pay + accelerator * excess(mean, scale, quota) + bonus * reaching(mean, scale, quota)
    slope = commission + accelerator
    if ceiling > 0.0 and slope > 0.0:
        top = quota + (ceiling - before - bonus) / slope
        pay = pay - slope * excess(mean, scale, top)
    return pay


@rule
def marginal_pay(
    sold: float, more: float, order: float, quota: float, commission: float, accelerator: float,
    bonus: float, ceiling: float,
) -> float:  # fmt: skip
    """Expected pay per further sale of one order within the period."""
    without = expected_pay(sold, more, order, quota, commission, accelerator, bonus, ceiling)
    with_it = expected_pay(
        sold + order, more, order, quota, commission, accelerator, bonus, ceiling
    )
    return max(0.0, with_it - without) / order if order > 0.0 else commission


@rule
def next_quota(first: float, quota: float, sold: float, ratchet: float) -> float:
    """Quota of the next period."""
    return max(first, quota + ratchet * (sold - quota))
