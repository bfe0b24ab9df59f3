"""Sales reps: individuals with skill, limited hours, beliefs and a pay plan.

A rep is the same agent in both engines. Decisions, and the effects of practice and results, are
rules (:mod:`sim.rules.selling`, :mod:`sim.rules.pay`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mesa
import numpy as np

from sim import draws
from sim.agents.columns import Field
from sim.compile import compiled, inner
from sim.draws import person_key, stream_key, uniform, word
from sim.rules import selling
from sim.rules.arithmetic import exp, root
from sim.rules.pay import next_quota, variable_pay
from sim.rules.selling import FARM, HUNT, TASKS


class Rep(mesa.Agent):
    """One sales rep, a view of the record in :class:`sim.agents.sales.columns.Columns`.

    Args:
        records: returns the records of the reps of the firm, which are changed in place.
        place: place among them.

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

    ident = Field[int]()
    hired = Field[int]()
    hunt = Field[float]()
    effort = Field[float]()
    cut = Field[float]()
    sold = Field[float]()
    quota = Field[float]()
    sold_year = Field[float]()
    order_value = Field[float]()
    orders = Field[float]()
    earned = Field[float]()
    earned_on = Field[float]()
    usual_pay = Field[float]()
    talent = Field[np.ndarray]()
    skill = Field[np.ndarray]()
    bank = Field[np.ndarray]()
    results = Field[np.ndarray]()
    inputs = Field[np.ndarray]()
    listings = Field[np.ndarray]()

    def __init__(self, model: mesa.Model, records: Callable[[], np.ndarray], place: int) -> None:
        super().__init__(model)
        self.records, self.place = records, place

    @property
    def record(self) -> Any:
        """The rep's record."""
        return self.records()[self.place]

    def remove(self) -> None:
        """Leave the firm and the model; what the rep was like can still be read."""
        last = self.records()[self.place : self.place + 1].copy()
        self.records, self.place = lambda: last, 0
        super().remove()


@compiled
def talent_draws(trait_seed, ident):  # type: ignore[no-untyped-def]
    """Draws of the talents of a rep, float64 [task]."""
    out, key = np.empty(TASKS), person_key(trait_seed, ident)
    for task in range(TASKS):
        out[task] = uniform(word(key, stream_key(draws.TALENT, 0, 0, task)))
    return out


@compiled
def start(reps, terms, f, place, ident, hired, talent):  # type: ignore[no-untyped-def]
    """Fill in the record of a new rep.

    Args:
        reps, terms: columns of all firms (:class:`sim.agents.sales.columns.Columns`).
        f, place: row of the firm and place of the rep.
        ident, hired: identity, and week of hiring.
        talent: talents in standard deviations, float64 [task].
    """
    rep, plan, params = reps[f, place], terms[f].pay, terms[f].selling
    prior, price = terms[f].prior_sales, terms[f].list_price
    rep.ident, rep.hired, rep.hunt, rep.effort, rep.cut = ident, hired, 0.5, 1.0, 0.0
    rep.sold, rep.sold_year, rep.usual_pay = 0.0, 0.0, plan.salary
    rep.quota = plan.quota * plan.period
    rep.order_value, rep.orders = price, 1.0
    rate = plan.commission + (plan.bonus / rep.quota if rep.quota > 0.0 else 0.0)
    rep.earned_on = max(price, prior) * params.prior_weeks
    rep.earned = rate * rep.earned_on
    for task in range(TASKS):
        rep.talent[task] = exp(params.talent_spread * talent[task])
        rep.skill[task] = params.first_skill
        if hired == 0:  # initial skills: the steady state at half the hours on each task
            rep.skill[task] = selling.initial_skill(
                params.first_skill, params.learning, rep.talent[task], params.fading
            )
        rep.results[task], rep.inputs[task] = prior * params.prior_weeks, params.prior_weeks
        rep.bank[task], rep.listings[task] = 0.0, 0.0


@inner
def _mean(total, count, otherwise):  # type: ignore[no-untyped-def]
    """Mean of remembered values, or another value where nothing is remembered."""
    return total / count if count > 0.0 else otherwise


@inner
def terms_of(c, f, rep):  # type: ignore[no-untyped-def]
    """What is declared for a rep of a firm: a record
    :data:`sim.agents.sales.columns.TERMS`."""
    return c.variants[rep.variant] if rep.variant >= 0 else c.terms[f]


@inner
def plan_week(rep, terms, week, work_quality):  # type: ignore[no-untyped-def]
    """Choose hunt share, effort and discount: maximise expected pay to the end of the period less
    the cost of effort, given the rep's own past results.

    Args:
        rep, terms: records of the rep, changed in place, and of the firm.
        week: weeks since the ledger opened.
        work_quality: effectiveness of a paid hour this week, 0 to 1.
    """
    plan, params, force = terms.pay, terms.selling, terms.force
    hunting = _mean(rep.results[HUNT], rep.inputs[HUNT], terms.prior_sales)
    farming = _mean(rep.results[FARM], rep.inputs[FARM], terms.prior_sales)
    order = _mean(rep.order_value, rep.orders, terms.list_price)
    later = _mean(rep.earned, rep.earned_on, plan.commission)
    hunt, effort, cut = selling.plan_week(
        force.hunt_share, hunting, farming, params.deliberation, rep.sold,
        np.float64(plan.period - week % plan.period), order, later, params.base_effort,
        params.most_effort, params.effort_cost, force.authority, terms.price_response,
        params.later_orders, rep.quota, plan.commission, plan.accelerator, plan.bonus,
        plan.ceiling, rep.effort,
    )  # fmt: skip
    rep.hunt, rep.effort, rep.cut = hunt, effort, cut
    for task in range(TASKS):
        share = hunt if task == HUNT else 1.0 - hunt
        rep.bank[task] += force.hours * work_quality * effort * share


@inner
def book_sales(rep, terms, week, own_share):  # type: ignore[no-untyped-def]
    """Book the credited sales of a week (``rep.value``, ``rep.number`` and ``rep.credit``), learn
    from results by task, and return the week's pay, money.

    Args:
        rep, terms: records of the rep, changed in place, and of the firm.
        week: weeks since the ledger opened.
        own_share: share of hours spent on the rep's own work.
    """
    plan, params, value = terms.pay, terms.selling, rep.value
    keep = params.belief_keep
    rep.order_value = keep * rep.order_value + value
    rep.orders = keep * rep.orders + rep.number
    for task in range(TASKS):
        share = rep.hunt if task == HUNT else 1.0 - rep.hunt
        rep.results[task] = keep * rep.results[task] + rep.credit[task]
        rep.inputs[task] = keep * rep.inputs[task] + root(rep.effort * share)
        rep.skill[task] = selling.practised(
            rep.skill[task], rep.effort * share * own_share, params.learning * rep.talent[task],
            params.fading,
        )  # fmt: skip
    before = variable_pay(
        rep.sold, rep.quota, plan.commission, plan.accelerator, plan.bonus, plan.ceiling
    )
    after = variable_pay(
        rep.sold + value, rep.quota, plan.commission, plan.accelerator, plan.bonus, plan.ceiling
    )
    extra = after - before
    rep.sold += value
    rep.sold_year += value
    rep.earned, rep.earned_on = keep * rep.earned + extra, keep * rep.earned_on + value
    pay = plan.salary + extra
    rep.usual_pay += (pay - rep.usual_pay) / params.pay_memory
    if (week + 1) % plan.period == 0:
        rep.quota = next_quota(plan.quota * plan.period, rep.quota, rep.sold, plan.ratchet)
        rep.sold = 0.0
    return pay
