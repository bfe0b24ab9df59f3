"""Sales reps: individuals with skill, limited hours, beliefs and a pay plan.

A rep is the same plain agent in both engines. Decisions, and the effects of practice and results,
are rules (:mod:`sim.rules.selling`, :mod:`sim.rules.pay`).
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa

from sim.compile import compiled
from sim.market.firms import SalesForceSpec
from sim.rules import selling
from sim.rules.arithmetic import root
from sim.rules.pay import PayPlan, next_quota, variable_pay
from sim.rules.selling import FARM, HUNT, TASKS, Selling

_plan_week = compiled(selling.plan_week)


@dataclass(frozen=True)
class SalesPolicy:
    """A firm's management of its reps in a week, and their working conditions.

    Attributes:
        pay: the pay plan.
        params: parameters common to all reps.
        spec: the firm's sales force as declared.
        work_quality: effectiveness of a paid hour this week, 0 to 1.
        own_share: share of hours spent on a rep's own work.
        price_response: relative rise of the order probability per unit of discount.
        list_price: money per unit.
    """

    pay: PayPlan
    params: Selling
    spec: SalesForceSpec
    work_quality: float
    own_share: float
    price_response: float
    list_price: float

    @property
    def prior_sales(self) -> float:
        """Expected sales of a full week's calls before any result is known."""
        return self.params.prior_chance * self.spec.hours / self.params.talk_hours * self.list_price


def _mean(total: float, count: float, otherwise: float) -> float:
    """Mean of remembered values, or another value where nothing is remembered."""
    return total / count if count > 0.0 else otherwise


class Rep(mesa.Agent):
    """One sales rep.

    Attributes:
        ident: identity (:func:`sim.draws.rep_ident`).
        hired: week of hiring, counted from the start of the warm-up.
        talent: speed of learning by task.
        skill: skill by task, 0 to 1.
        bank: hours worked and not yet used, by task.
        hunt: share of hours spent on hunting this week.
        effort: share of paid hours worked this week.
        cut: discount offered this week.
        sold: credited sales in this pay period, money.
        quota: sales quota of this pay period, money.
        sold_year: credited sales since the year began, money.
        results: remembered sales by task, money.
        inputs: weeks of full work that the remembered sales took, by task.
        order_value: remembered sum of order values, money.
        orders: remembered number of orders.
        earned: remembered variable pay, money.
        earned_on: sales for which the variable pay was earned, money.
        usual_pay: recent average of pay, money per week.
        listings: stores won this week, and stores that would have been lost.
    """

    STATE = (
        "ident", "hired", "hunt", "effort", "cut", "sold", "quota", "sold_year", "order_value",
        "orders", "earned", "earned_on", "usual_pay", "talent", "skill", "bank", "results",
        "inputs", "listings",
    )  # fmt: skip
    """State that is saved."""

    def __init__(
        self, model: mesa.Model, ident: int, hired: int, talent: list[float], skill: float,
        policy: SalesPolicy,
    ) -> None:  # fmt: skip
        super().__init__(model)
        plan, params = policy.pay, policy.params
        self.ident, self.hired, self.talent = ident, hired, talent
        self.skill = [skill] * TASKS
        self.bank = [0.0] * TASKS
        self.hunt, self.effort, self.cut = 0.5, 1.0, 0.0
        self.sold = self.sold_year = 0.0
        self.quota = plan.quota * plan.period
        self.results = [policy.prior_sales * params.prior_weeks] * TASKS
        self.inputs = [params.prior_weeks] * TASKS
        self.order_value, self.orders = policy.list_price, 1.0
        rate = plan.commission + (plan.bonus / self.quota if self.quota > 0.0 else 0.0)
        self.earned_on = max(policy.list_price, policy.prior_sales) * params.prior_weeks
        self.earned = rate * self.earned_on
        self.usual_pay = plan.salary
        self.listings = [0.0] * TASKS

    def decide(self, week: int, policy: SalesPolicy, deliberation: float) -> None:
        """Choose hunt share, effort and discount: maximise expected pay to the end of the period
        less the cost of effort, given the rep's own past results.

        Args:
            week: weeks since the ledger opened.
            deliberation: mean time customers take to decide, weeks.
        """
        plan, params, spec = policy.pay, policy.params, policy.spec
        hunting, farming = (
            _mean(*memory, policy.prior_sales)
            for memory in zip(self.results, self.inputs, strict=True)
        )
        order = _mean(self.order_value, self.orders, policy.list_price)
        later = _mean(self.earned, self.earned_on, plan.commission)
        self.hunt, self.effort, self.cut = _plan_week(
            spec.hunt_share, hunting, farming, deliberation, self.sold,
            float(plan.period - week % plan.period), order, later, params.base_effort,
            params.most_effort, params.effort_cost, spec.authority, policy.price_response,
            params.later_orders, self.quota, plan.commission, plan.accelerator, plan.bonus,
            plan.ceiling, self.effort,
        )  # fmt: skip
        for task, share in ((HUNT, self.hunt), (FARM, 1.0 - self.hunt)):
            self.bank[task] += spec.hours * policy.work_quality * self.effort * share

    def book_sales(
        self, week: int, policy: SalesPolicy, value: float, orders: int, results: tuple[float, ...]
    ) -> float:
        """Book credited sales, learn from results by task, and return the week's pay, money.

        Args:
            week: weeks since the ledger opened.
            value: value of credited orders, money.
            orders: number of credited orders.
            results: sales attributed to the week's hours, by task.
        """
        plan, params = policy.pay, policy.params
        keep = params.belief_keep
        self.order_value = keep * self.order_value + value
        self.orders = keep * self.orders + orders
        for task, share in ((HUNT, self.hunt), (FARM, 1.0 - self.hunt)):
            spent = root(self.effort * share)
            self.results[task] = keep * self.results[task] + results[task]
            self.inputs[task] = keep * self.inputs[task] + spent
            self.skill[task] = selling.practised(
                self.skill[task], self.effort * share * policy.own_share,
                params.learning * self.talent[task],
                params.fading,
            )  # fmt: skip
        terms = (self.quota, plan.commission, plan.accelerator, plan.bonus, plan.ceiling)
        extra = variable_pay(self.sold + value, *terms) - variable_pay(self.sold, *terms)
        self.sold += value
        self.sold_year += value
        self.earned, self.earned_on = keep * self.earned + extra, keep * self.earned_on + value
        pay: float = plan.salary + extra
        self.usual_pay += (pay - self.usual_pay) / params.pay_memory
        if (week + 1) % plan.period == 0:
            self.quota = next_quota(plan.quota * plan.period, self.quota, self.sold, plan.ratchet)
            self.sold = 0.0
        return pay
