"""The treasuries of all firms: fixed costs, cash and credit, and what they leave to spend.

Cash is that of the ledger: money collected and put in by owners, less all that was paid out. A firm
that has paid out more than it had draws on its credit line, and pays interest on what it owes at
the beginning of a week. Costs to which it is committed come first; what is left limits its spend on
activities. A firm that owes more than its line for too long leaves the market.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.agents.executives import Decisions
from sim.agents.firm import Firm
from sim.agents.view import MarketView
from sim.ledger import accounts as acc
from sim.market.plan import Levers
from sim.rules.finance import (
    affordable,
    beyond_capacity,
    interest_due,
    kept_share,
    owed,
    planned_revenue,
    serving_cost,
)
from sim.rules.units import CENTS, QUARTER, YEAR


def has_treasury(view: MarketView) -> bool:
    """Whether firms have costs or limits beyond those of selling."""
    finance, firms = view.config.finance, view.config.firms.values()
    switches = (finance.overhead, finance.serving, finance.capacity, any(f.overhead for f in firms))
    return any(switches) or finance.funds >= 0.0


def plan_week(
    firms: Sequence[Firm], view: MarketView, levers: Levers, decided: Decisions, booked: np.ndarray
) -> Decisions:
    """Book what firms owe and put in at the beginning of a week, and limit their spend to what they
    can pay.

    Args:
        firms: in order of ids; those that can pay no longer leave the market.
        levers: planned values of the run, or of the warm-up.
        decided: what firms have decided to do.
        booked: accounts of this week, added to, int64 [firm, account].

    Returns:
        The decisions with the spend that firms can pay.
    """
    spend = decided.spend.copy()
    before = _year_before(view)
    for firm in firms:
        if not firm.is_present(view.week):
            continue
        f = firm.row
        planned = planned_revenue(float(before[f, acc.REVENUE]), _spending(firm, levers))
        own = booked[f]
        fixed = view.config.finance.overhead * planned + firm.spec.overhead * CENTS
        own[acc.OVERHEAD] = round(fixed)
        if view.config.finance.funds >= 0.0 and view.week >= 0:
            _limit(firm, view, planned, own, spend[f])
    return decided._replace(spend=spend)


def _year_before(view: MarketView) -> np.ndarray:
    """Weekly mean of all accounts over the year before the present one, whose first week is a whole
    number of years after the first; 0 in the first year; float64 [firm, account]."""
    last = view.clock // YEAR * YEAR
    return view.ledger.added("accounts", max(0, last - YEAR), last)[:-1] / float(YEAR)


def _spending(firm: Firm, levers: Levers) -> float:
    """Money that a firm plans to spend in a week on activities and reps, cents."""
    activities = levers.spend[:, firm.row].sum() / max(1, len(levers.spend))
    return float(activities + firm.spec.sales.reps * firm.sales.terms.pay.salary * CENTS)


def _limit(
    firm: Firm, view: MarketView, planned: float, own: np.ndarray, spend: np.ndarray
) -> None:
    """Let a firm work with the cash and credit it has: interest and cash put in are booked in
    ``own``, and the spend, cents [activity], is limited, both in place."""
    finance, ledger, f = view.config.finance, view.ledger, firm.row
    cash = float(ledger.so_far(acc.CASH)[f])
    if view.week == firm.first_week:
        weeks = finance.runway if firm.spec.enters > 0 else finance.funds
        own[acc.FUNDED] = round(weeks * planned)
        cash += float(own[acc.FUNDED])
    line = finance.credit_line * planned
    own[acc.OWED] = round(owed(cash))
    own[acc.INTEREST] = round(interest_due(owed(cash), line, finance.interest))
    payroll = float(ledger.recent(1)[f, acc.PAYROLL]) if ledger.length else 0.0
    committed = float(own[acc.OVERHEAD] + own[acc.INTEREST]) + payroll
    share = kept_share(float(spend.sum()), affordable(cash, line, committed))
    if share < 1.0:
        spend[:] = np.floor(spend * share).astype(np.int64)
    if finance.grace and ledger.weeks >= finance.grace:
        recent = ledger.series(acc.CASH, ledger.length - finance.grace, ledger.length)[:, f]
        if (recent < -line).all():
            firm.executive.leave_market()
            spend[:] = 0


def charge(
    view: MarketView, list_price: np.ndarray, unit_cost: np.ndarray, counts: np.ndarray,
    booked: np.ndarray,
) -> None:  # fmt: skip
    """Book the costs of the orders of a week that grow with their number. Stocks even out single
    weeks: a firm makes the mean of the last quarter.

    Args:
        list_price, unit_cost: cents per unit, int64 [firm].
        counts: accounts as the engine returns them, in simulated customers, int64
            [firm + market, account].
        booked: accounts of this week, added to, int64 [firm, account].
    """
    finance = view.config.finance
    if not (finance.serving or finance.capacity):
        return
    people, before = float(counts[-1, acc.PEOPLE]), _year_before(view)
    recent = view.ledger.recent(QUARTER - 1)[:, acc.UNITS]
    for f in range(len(booked)):
        units = float(counts[f, acc.UNITS]) * view.weight
        value = units * float(list_price[f])
        made = (float(recent[f]) + units) / float(QUARTER)
        served = serving_cost(finance.serving, float(counts[f, acc.ACTIVE]), people, value)
        extra = beyond_capacity(made, finance.capacity * float(before[f, acc.UNITS]))
        booked[f, acc.SERVING] = round(served)
        booked[f, acc.OVERTIME] = round(extra * finance.premium * float(unit_cost[f]))
