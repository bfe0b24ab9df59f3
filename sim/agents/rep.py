"""Sales reps: individuals with skill, limited hours, beliefs and a pay plan.

A rep is the same plain agent in both engines. What a rep decides, and what practice and results
teach, are rules (:mod:`sim.rules.selling`, :mod:`sim.rules.pay`).
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa
from numba import njit

from sim.rules import selling
from sim.rules.arithmetic import root
from sim.rules.pay import PayPlan, marginal_pay, next_quota, variable_pay
from sim.rules.selling import FARM, FIRST_CHANCE, HUNT, TASKS, Selling

FIRST_WEEKS = 10.0
"""Weeks of work that what a rep expects at first counts for."""

MEMORY = 13.0
"""Weeks over which a rep averages own pay."""


@njit(cache=True, error_model="numpy")
def _plan_week(  # type: ignore[no-untyped-def]
    hunt_share, hunting, farming, deliberation, sold, weeks, order, later, slack, cost, authority,
    response, quota, commission, accelerator, bonus, ceiling, effort,
):  # fmt: skip
    """Hunt share, effort and discount for the week (:meth:`Rep.decide`)."""
    soon = selling.soon_share(weeks, deliberation)
    hunt = hunt_share if hunt_share >= 0.0 else 0.5
    more = weeks * selling.sales_of(effort, hunt, hunting * soon, farming)
    now = marginal_pay(sold, more, order, quota, commission, accelerator, bonus, ceiling)
    if hunt_share < 0.0:
        hunt = selling.best_hunt_share(hunting, farming, now, later, soon)
    effort = selling.best_effort(
        hunt, hunting, farming, soon, sold, weeks, order, later, slack, cost, quota, commission,
        accelerator, bonus, ceiling,
    )  # fmt: skip
    more = weeks * selling.sales_of(effort, hunt, hunting * soon, farming)
    now = marginal_pay(sold, more, order, quota, commission, accelerator, bonus, ceiling)
    return hunt, effort, selling.best_discount(authority, response, now, later)


def _mean(total: float, count: float, otherwise: float) -> float:
    """What is remembered on average, if anything is."""
    return total / count if count > 0.0 else otherwise


@dataclass(frozen=True)
class Lead:
    """How a firm leads its reps, and what they face: everything a rep decides on beside what the
    rep has learnt. ``able`` is what a paid hour is worth this week, ``own`` the share of hours
    spent on a rep's own work."""

    pay: PayPlan
    rules: Selling
    hours: float
    able: float
    own: float
    hunt_share: float
    authority: float
    response: float
    list_price: float

    @property
    def first_sales(self) -> float:
        """Sales of a full week's talks if, as is believed before anything is known, one in ten
        brings an order."""
        return FIRST_CHANCE * self.hours / self.rules.talk_hours * self.list_price


class Rep(mesa.Agent):
    """One sales rep.

    Attributes:
        ident: identity (:func:`sim.draws.rep_ident`). hired: week, the warm-up included.
        talent, skill: by task, how fast the rep learns it, and skill from 0 to 1.
        bank: hours left by task, of those worked.
        hunt, effort, cut: this week's share of hours on hunting, share of paid hours worked, and
            discount offered.
        sold, quota: money in this period. sold_year: since the year began.
        results, inputs: remembered sales, and weeks of full work they took, by task.
        order_value, orders: remembered sum and number of orders.
        earned, earned_on: remembered variable pay, and the sales it was for.
        usual_pay: money per week of late.
        listings: outlets won this week, and outlets that would have been lost.
    """

    STATE = (
        "ident", "hired", "hunt", "effort", "cut", "sold", "quota", "sold_year", "order_value",
        "orders", "earned", "earned_on", "usual_pay", "talent", "skill", "bank", "results",
        "inputs", "listings",
    )  # fmt: skip
    """What is saved of a rep."""

    def __init__(
        self, model: mesa.Model, ident: int, hired: int, talent: list[float], skill: float,
        lead: Lead,
    ) -> None:  # fmt: skip
        super().__init__(model)
        plan = lead.pay
        self.ident, self.hired, self.talent = ident, hired, talent
        self.skill = [skill] * TASKS
        self.bank = [0.0] * TASKS
        self.hunt, self.effort, self.cut = 0.5, 1.0, 0.0
        self.sold = self.sold_year = 0.0
        self.quota = plan.quota * plan.period
        self.results = [lead.first_sales * FIRST_WEEKS] * TASKS
        self.inputs = [FIRST_WEEKS] * TASKS
        self.order_value, self.orders = lead.list_price, 1.0
        rate = plan.commission + (plan.bonus / self.quota if self.quota > 0.0 else 0.0)
        self.earned_on = max(lead.list_price, lead.first_sales) * FIRST_WEEKS
        self.earned = rate * self.earned_on
        self.usual_pay = plan.salary
        self.listings = [0.0] * TASKS

    def decide(self, week: int, lead: Lead, deliberation: float) -> None:
        """Choose hunt share, effort and discount for expected pay to the period's end less the
        cost of effort, from what own results have taught."""
        plan, rules = lead.pay, lead.rules
        hunting, farming = (
            _mean(*memory, lead.first_sales)
            for memory in zip(self.results, self.inputs, strict=True)
        )
        order = _mean(self.order_value, self.orders, lead.list_price)
        later = _mean(self.earned, self.earned_on, plan.commission)
        self.hunt, self.effort, self.cut = _plan_week(
            lead.hunt_share, hunting, farming, deliberation, self.sold,
            float(plan.period - week % plan.period), order, later, rules.slack, rules.effort_cost,
            lead.authority, lead.response, self.quota, plan.commission, plan.accelerator,
            plan.bonus, plan.ceiling, self.effort,
        )  # fmt: skip
        for task, share in ((HUNT, self.hunt), (FARM, 1.0 - self.hunt)):
            self.bank[task] += lead.hours * lead.able * self.effort * share

    def sell(
        self, week: int, lead: Lead, value: float, orders: int, results: tuple[float, ...]
    ) -> float:
        """Book credited sales and their number, learn from results by task; gives the pay."""
        plan, rules = lead.pay, lead.rules
        keep = rules.belief_keep
        self.order_value = keep * self.order_value + value
        self.orders = keep * self.orders + orders
        for task, share in ((HUNT, self.hunt), (FARM, 1.0 - self.hunt)):
            spent = root(self.effort * share)
            self.results[task] = keep * self.results[task] + results[task]
            self.inputs[task] = keep * self.inputs[task] + spent
            self.skill[task] = selling.practised(
                self.skill[task], self.effort * share * lead.own,
                rules.learning * self.talent[task],
                rules.fading,
            )  # fmt: skip
        terms = (self.quota, plan.commission, plan.accelerator, plan.bonus, plan.ceiling)
        extra = variable_pay(self.sold + value, *terms) - variable_pay(self.sold, *terms)
        self.sold += value
        self.sold_year += value
        self.earned, self.earned_on = keep * self.earned + extra, keep * self.earned_on + value
        pay: float = plan.salary + extra
        self.usual_pay += (pay - self.usual_pay) / MEMORY
        if (week + 1) % plan.period == 0:
            self.quota = next_quota(plan.quota * plan.period, self.quota, self.sold, plan.ratchet)
            self.sold = 0.0
        return pay
