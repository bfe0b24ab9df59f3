"""The treasuries of all firms: fixed costs, cash and credit, and what they leave to spend.

Cash is that of the ledger: money collected and put in by owners, less all that was paid out. A firm
that has paid out more than it had draws on its credit line, and pays interest on what it owes at
the beginning of a week. A firm whose cash does not cover a week spends on activities what a week
brings in after its other costs, and what is left of its cash and credit spread over a quarter. A
firm that owes more than its line for too long, and no less in the end, leaves the market.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.agents.executives import Decisions, Executives
from sim.agents.firm import Firm
from sim.agents.view import MarketView
from sim.config.schema import Config
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

_OTHER_COSTS = [cost for cost in acc.PAID_OUT if cost != acc.SPEND]


class Year(NamedTuple):
    """What firms plan for a year, from means of the weeks of the last in which they were present.

    Attributes:
        year, config, levers: the year since the warm-up began, and what it was planned with.
        planned: revenue per week, cents, float64 [firm].
        overhead: cents per week, int64 [firm].
        capacity: units per week, 0 for no limit, float64 [firm].
    """

    year: int
    config: Config
    levers: Levers
    planned: np.ndarray
    overhead: np.ndarray
    capacity: np.ndarray


class Treasuries:
    """The treasuries of all firms; they keep nothing that the ledger and the plan do not tell.

    Args:
        firms: in order of ids.
        executives: their columns.
        booked: accounts of this week, added to, int64 [firm, account].
    """

    def __init__(self, firms: Sequence[Firm], executives: Executives, booked: np.ndarray) -> None:
        self._firms, self._executives, self._booked = firms, executives, booked
        self._year: Year | None = None

    def plan_week(self, view: MarketView, levers: Levers, decided: Decisions) -> Decisions:
        """Book what firms owe and put in at the beginning of a week, and limit their spend to what
        they can pay; firms that could not pay for too long leave the market.

        Args:
            levers: planned values of the run, or of the warm-up.
            decided: what firms have decided to do.

        Returns:
            The decisions with the spend that firms can pay.
        """
        if not has_finance(view.config):
            return decided
        year, present = self._of_year(view, levers), self._executives.present(view.week)
        self._booked[:, acc.OVERHEAD] = np.where(present, year.overhead, 0)
        if not view.cash_limits:
            return decided
        spend, cash = decided.spend.copy(), view.ledger.so_far(acc.CASH)
        payroll = view.ledger.recent(1)[:, acc.PAYROLL]
        committed = year.overhead + payroll
        begins = np.array([firm.profile.first_week == view.week for firm in self._firms])
        tight = (cash < 0) | (cash < committed + spend.sum(axis=1)) | begins
        for f in np.flatnonzero(present & tight).tolist():
            self._limit(f, view, float(cash[f]), year, spend[f])
        return decided._replace(spend=spend)

    def _of_year(self, view: MarketView, levers: Levers) -> Year:
        """Plans of the present year, which begins a whole number of years after the first week;
        made anew only when the configuration or the plan has changed."""
        known, number, config = self._year, view.clock // YEAR, view.config
        if known and known.year == number and known.config is config and known.levers is levers:
            return known
        last = number * YEAR
        entered = np.array([firm.spec.enters - 1 for firm in self._firms]) + config.warmup
        there = np.where(entered >= config.warmup, np.clip(last - entered, 1, YEAR), YEAR)
        before = view.ledger.added("accounts", max(0, last - YEAR), last)[:-1] / there[:, None]
        activities = levers.spend.sum(axis=(0, 2)) / max(1, len(levers.spend))
        planned = np.zeros(len(self._firms))
        overhead = np.zeros(len(self._firms), np.int64)
        for firm in self._firms:
            f = firm.row
            reps = firm.spec.sales.reps * firm.sales.terms.pay.salary * CENTS
            planned[f] = planned_revenue(float(before[f, acc.REVENUE]), float(activities[f] + reps))
            overhead[f] = round(config.finance.overhead * planned[f] + firm.spec.overhead * CENTS)
        capacity = config.finance.capacity * before[:, acc.UNITS]
        self._year = Year(number, config, levers, planned, overhead, capacity)
        return self._year

    def _limit(self, f: int, view: MarketView, cash: float, year: Year, spend: np.ndarray) -> None:
        """Let a firm work with the cash and credit it has: book interest and cash put in, and limit
        the spend, cents [activity], in place.

        Args:
            f: row of the firm.
            cash: cents at the end of the week before.
        """
        finance, ledger = view.config.finance, view.ledger
        firm, own = self._firms[f], self._booked[f]
        planned = float(year.planned[f])
        if view.week == firm.profile.first_week:
            weeks = finance.runway if firm.spec.enters > 0 else finance.funds
            own[acc.FUNDED] = round(weeks * planned)
            cash += float(own[acc.FUNDED])
        line = finance.credit_line * planned
        own[acc.OWED] = round(owed(cash))
        own[acc.INTEREST] = round(interest_due(owed(cash), line, finance.interest))
        money = affordable(self._income(f, view), cash, line)
        share = kept_share(float(spend.sum()), money)
        if share < 1.0:
            spend[:] = np.floor(spend * share).astype(np.int64)
        if finance.grace and ledger.weeks >= finance.grace:
            recent = ledger.series(acc.CASH, ledger.length - finance.grace, ledger.length)[:, f]
            if (recent < -line).all() and recent[-1] <= recent[0]:
                firm.executive.leave_market()
                spend[:] = 0

    def _income(self, f: int, view: MarketView) -> float:
        """What a week brings a firm after all costs but those of activities, cents: the mean of the
        last quarter, as far as the firm was present."""
        firm, ledger = self._firms[f], view.ledger
        there = view.week - firm.profile.first_week if firm.spec.enters > 0 else ledger.length
        weeks = min(QUARTER, there)
        if weeks == 0:
            return 0.0
        booked = ledger.recent(weeks)[f]
        return float(booked[acc.COLLECTED] - booked[_OTHER_COSTS].sum()) / weeks

    def charge(
        self, view: MarketView, levers: Levers, list_price: np.ndarray, unit_cost: np.ndarray,
        counts: np.ndarray,
    ) -> None:  # fmt: skip
        """Book the rewards for the referrals of a week and the costs of its orders that grow with
        their number. Stocks even out single weeks: a firm makes the mean of the last quarter.

        Args:
            levers: as for :meth:`plan_week`.
            list_price, unit_cost: cents per unit, int64 [firm].
            counts: accounts as the engine returns them, in simulated customers, int64
                [firm + market, account].
        """
        finance = view.config.finance
        rewards = [firm.spec.referral_reward for firm in self._firms]
        if any(rewards):
            referred = counts[:-1, acc.REFERRED] * float(view.weight)
            self._booked[:, acc.REWARDS] = [
                round(cents) for cents in (referred * list_price * rewards).tolist()
            ]
        if not (finance.serving or finance.capacity):
            return
        units = counts[:-1, acc.UNITS] * float(view.weight)
        if finance.serving:
            people = float(counts[-1, acc.PEOPLE])
            served = zip(
                counts[:-1, acc.ACTIVE].tolist(), (units * list_price).tolist(), strict=True
            )
            self._booked[:, acc.SERVING] = [
                round(serving_cost(finance.serving, float(active), people, value))
                for active, value in served
            ]
        if finance.capacity:
            capacity = self._of_year(view, levers).capacity
            made = (view.ledger.recent(QUARTER - 1)[:, acc.UNITS] + units) / float(QUARTER)
            self._booked[:, acc.OVERTIME] = [
                round(beyond_capacity(*of_firm) * finance.premium * cost)
                for *of_firm, cost in zip(
                    made.tolist(), capacity.tolist(), unit_cost.tolist(), strict=True
                )
            ]


def has_finance(config: Config) -> bool:
    """Whether firms have fixed costs, or limited cash."""
    finance = config.finance
    fixed = finance.overhead > 0.0 or any(firm.overhead for firm in config.firms.values())
    return fixed or finance.funds >= 0.0
