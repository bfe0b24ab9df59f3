"""Pay: how a rep is paid for sales."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, number
from sim.rules.arithmetic import exp, log, root, rule

LOGISTIC = constant(
    "pay.LOGISTIC",
    0.5513288954217921,
    unit="scale per standard deviation",
    meaning="Scale of a logistic distribution relative to its standard deviation.",
    source="convention: the root of 3 over pi",
)
FAR = constant(
    "pay.FAR",
    30.0,
    unit="logistic scales",
    meaning="Distance beyond which an event under a logistic distribution counts as certain.",
    source="convention: a probability of 1e-13, lost in rounding",
)
LEAST_SCALE = constant(
    "pay.LEAST_SCALE",
    1e-9,
    unit="money",
    meaning="Lower bound of the uncertainty about sales, which prevents division by zero.",
    source="convention: far below a cent",
)


@dataclass
class PayPlan:
    """Pay plan of a sales rep, one file each in ``configs/pay``."""

    salary: float = number(
        800.0,
        unit="money per week",
        low=0.0,
        high=1_000_000.0,
        meaning="Pay that does not depend on sales.",
        source="assumption: two thirds of pay elsewhere (selling.outside_pay); the rest is "
        "variable",
    )
    commission: float = number(
        0.0,
        unit="share of order value",
        low=0.0,
        high=1.0,
        meaning="Pay as a share of the value of every order.",
        source="assumption: none unless a plan says so",
    )
    quota: float = number(
        0.0,
        unit="money per week",
        low=0.0,
        high=100_000_000.0,
        meaning="Sales target of a rep, per week of the period; 0: no quota.",
        source="assumption: none unless a plan says so",
    )
    period: int = number(
        13,
        unit="weeks",
        low=1,
        high=104,
        meaning="Length of a pay period, after which sales are counted from zero: 4, 13 or 52.",
        source="assumption: quarters are usual",
    )
    accelerator: float = number(
        0.0,
        unit="share of order value",
        low=0.0,
        high=1.0,
        meaning="Additional commission on sales beyond the quota.",
        source="assumption: none unless a plan says so",
    )
    bonus: float = number(
        0.0,
        unit="money",
        low=0.0,
        high=10_000_000.0,
        meaning="Pay for reaching the quota of a period.",
        source="assumption: none unless a plan says so",
    )
    ceiling: float = number(
        0.0,
        unit="money",
        low=0.0,
        high=100_000_000.0,
        meaning="Largest variable pay in a period; 0: no ceiling.",
        source="assumption: none unless a plan says so",
    )
    ratchet: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Movement of the next quota towards the sales of the period; it never falls below "
        "the first quota.",
        source="assumption: quotas stay constant unless a plan says otherwise",
    )


@rule
def variable_pay(
    sold: float, quota: float, commission: float, accelerator: float, bonus: float, ceiling: float
) -> float:
    """Variable pay for the sales of a period, in money."""
    pay = commission * sold
    if quota > 0.0 and sold >= quota:
        pay = pay + accelerator * (sold - quota) + bonus
    return min(pay, ceiling) if ceiling > 0.0 else pay


@rule
def excess(mean: float, scale: float, over: float) -> float:
    """Expected excess of a logistic variable over ``over``."""
    z = (mean - over) / scale
    if z > FAR or z < -FAR:
        return max(0.0, mean - over)
    return scale * log(1.0 + exp(z))


@rule
def reaching(mean: float, scale: float, over: float) -> float:
    """Chance that a logistic variable reaches ``over``."""
    z = (mean - over) / scale
    return 1.0 / (1.0 + exp(-max(-FAR, min(FAR, z))))


@rule
def expected_pay(
    sold: float, more: float, order: float, quota: float, commission: float, accelerator: float,
    bonus: float, ceiling: float,
) -> float:  # fmt: skip
    """Expected variable pay at the period's end.

    Sales of the period are taken as logistic around ``sold`` + ``more``, with the variance of
    orders of value ``order`` that arrive at random. The expectation then has a closed form.
    """
    mean = sold + more
    scale = max(LEAST_SCALE, root(max(0.0, more * order)) * LOGISTIC)
    pay = commission * mean
    before = commission * quota
    if ceiling > 0.0 and commission > 0.0 and (quota <= 0.0 or ceiling <= before):
        return pay - commission * excess(mean, scale, ceiling / commission)
    if quota <= 0.0:
        return pay
    if ceiling > 0.0 and ceiling <= before + bonus:  # reaching the quota earns the ceiling
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
    """Expected pay per unit of value of a further order within the period."""
    without = expected_pay(sold, more, order, quota, commission, accelerator, bonus, ceiling)
    with_it = expected_pay(
        sold + order, more, order, quota, commission, accelerator, bonus, ceiling
    )
    return max(0.0, with_it - without) / order if order > 0.0 else commission


@rule
def next_quota(first: float, quota: float, sold: float, ratchet: float) -> float:
    """Quota of the next period: it moves by ``ratchet`` towards the sales of this period."""
    return max(first, quota + ratchet * (sold - quota))
