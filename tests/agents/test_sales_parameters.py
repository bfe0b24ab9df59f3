"""Every parameter of sales, stores and credit has an effect, and reps behave as documented."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

import sim
from sim.agents.sales.columns import REP, TERMS
from sim.agents.sales.rep import book_sales, plan_week, start
from sim.compile import compiled
from sim.ledger.accounts import ACCOUNTS
from sim.market.firms import SalesForceSpec
from sim.params import declared, numbers
from sim.rules.pay import PayPlan
from sim.rules.selling import Selling

INDUSTRIAL = (
    "market=industrial", "population.customers=800", "population.people=800", "weeks=56",
    "warmup=0", "threads=1", "firms.birch.sales.reps=8",
)  # fmt: skip
PACKAGED = (
    "market=packaged", "population.customers=1000", "weeks=40", "warmup=0", "threads=1",
    "firms.birch.distribution=0.5",
)  # fmt: skip

QUITS = ("selling.quitting=0.05",)
FEWER = ("+interventions.fewer={week: 20, set: ['firms.birch.sales.reps=4']}",)
NEAR = ("pay.quarterly_quota.quota=9000", "firms.birch.sales.authority=0.3")
"""A quota that some reps can just reach, and authority to discount."""

STAGES = {
    "selling.vacancy": QUITS,
    "selling.pay_memory": QUITS,
    "selling.later_orders": ("firms.birch.sales.authority=0.3",),
    "selling.tenure_scale": ("firms.birch.sales.tracking=5",),
    "firms.birch.sales.hiring_cost": QUITS,
    "firms.birch.sales.severance": FEWER,
    "firms.birch.sales.screening_cost": ("firms.birch.sales.screening=0.5",),
    "selling.purchase_acceleration": NEAR,
    "pay.quarterly_quota.ceiling": NEAR,
    "credit.strain": ("stock.stockup=20", "firms.birch.discount=0.3", *NEAR),
}
"""Conditions under which a parameter has an effect."""

OF_INDUSTRIAL = [
    ("selling.self_serve=0.6", "enquiries", -1),
    ("selling.deliberation=1", "undecided", None),
    ("selling.buying_group=1", "orders", None),
    ("selling.persuasion=6", "orders", None),
    ("selling.purchase_acceleration=50", "accelerated", 1),
    ("selling.talk_hours=1", "rep_talks", 1),
    ("selling.account_hours=2", "rep_talks", -1),
    ("selling.learning=0.1", "skill", 1),
    ("selling.fading=0.1", "skill", -1),
    ("selling.talent_spread=1.5", "skill", None),
    ("selling.first_skill=0.9", "skill", 1),
    ("selling.effort_cost=50", "hours", 1),
    ("selling.base_effort=1", "hours", 1),
    ("selling.belief_weight=500", "accepted", None),
    ("selling.belief_keep=0.7", "accepted", None),
    ("selling.judgement=2", "leads_won", None),
    ("selling.lead_signal_accuracy=1", "accepted", None),
    ("selling.lead_life=2", "never_followed", 1),
    ("selling.quitting=0.1", "quit", 1),
    ("selling.outside_pay=9000", "quit", 1),
    ("selling.vacancy=50", "hired", -1),
    ("selling.prior_chance=0.9", "hours", 1),
    ("selling.prior_talks=1000", "worked", None),
    ("selling.prior_weeks=200", "hours", None),
    ("selling.pay_memory=1", "quit", None),
    ("selling.most_effort=2", "hours", 1),
    ("selling.later_orders=0", "revenue", None),
    ("selling.tenure_scale=2", "accepted", -1),
    ("credit.prompt=0.2", "past_due", 1),
    ("credit.spread=3", "past_due", None),
    ("credit.thrift=4", "past_due", None),
    ("credit.strain=10", "collected", -1),
    ("credit.write_off=2", "written_off", 1),
    ("firms.birch.terms=20", "collected", -1),
    ("firms.birch.sales.reps=16", "hours", 1),
    ("firms.birch.sales.hours=60", "hours", 1),
    ("firms.birch.sales.hunt_share=0.9", "hunt_hours", 1),
    ("firms.birch.sales.authority=0.5", "revenue", None),
    ("firms.birch.sales.tracking=5", "never_followed", None),
    ("firms.birch.sales.screening=1", "screened", 1),
    ("firms.birch.sales.screening_cost=99", "screening", 1),
    ("firms.birch.sales.answer_hours=200", "answer_hours", 1),
    ("firms.birch.sales.hiring_cost=90000", "payroll", 1),
    ("firms.birch.sales.severance=90000", "payroll", 1),
    ("firms.birch.sales.fire_below=1", "fired", 1),
    ("activities.trade_shows.capture=0.1", "leads", -1),
    ("pay.quarterly_quota.salary=2000", "payroll", 1),
    ("pay.quarterly_quota.commission=0.1", "hours", 1),
    ("pay.quarterly_quota.quota=30000", "hours", None),
    ("pay.quarterly_quota.period=4", "hours", None),
    ("pay.quarterly_quota.accelerator=0.2", "hours", 1),
    ("pay.quarterly_quota.bonus=0", "payroll", -1),
    ("pay.quarterly_quota.ceiling=500", "payroll", -1),
    ("pay.quarterly_quota.ratchet=1", "payroll", None),
]
OF_PACKAGED = [
    ("shelf.stores=10", "listed", -1),
    ("shelf.skew=2", "orders", None),
    ("shelf.win=1", "listings_won", 1),
    ("shelf.loss=0.2", "listings_lost", 1),
    ("shelf.visit_effect=50", "listings_lost", -1),
    ("firms.birch.distribution=0.9", "listed", 1),
]
CHANGES = [(INDUSTRIAL, *row) for row in OF_INDUSTRIAL] + [(PACKAGED, *row) for row in OF_PACKAGED]


@lru_cache
def _sums(words: tuple[str, ...]) -> dict[str, float]:
    """Accounts of birch, or of the market for market accounts, summed over a run."""
    run = sim.simulate(sim.load_config(*words), seed=1)
    total = run.ledger.accounts().sum(axis=0)
    rows = [-1 if a.market else run.firms.index("birch") for a in ACCOUNTS]
    return {
        a.name: int(total[row, n]) for n, (a, row) in enumerate(zip(ACCOUNTS, rows, strict=True))
    }


@pytest.mark.slow
@pytest.mark.parametrize(("market", "change", "account", "sign"), CHANGES)
def test_every_number_of_sales_matters_in_its_direction(market, change, account, sign):
    stage = STAGES.get(change.partition("=")[0], ())
    before, after = _sums((*market, *stage)), _sums((*market, *stage, change))
    assert after[account] != before[account]
    if sign is not None:
        assert (after[account] > before[account]) == (sign > 0)


def test_every_number_of_sales_is_in_the_lists_above():
    listed = {change.partition("=")[0] for _, change, _, _ in CHANGES}
    groups = ("selling.", "credit.", "shelf.", "pay.quarterly_quota.", "firms.birch.sales.")
    single = {"firms.birch.terms", "firms.birch.distribution", "activities.trade_shows.capture"}
    declared = {
        name
        for name, _, _ in numbers(sim.load_config("market=industrial"))
        if name.startswith(groups) or name in single
    }
    assert declared == listed


@pytest.mark.parametrize("plan", ["salary", "commission", "annual_quota", "ratchet_ceiling"])
def test_every_pay_plan_leads_to_other_sales(plan):
    change = f"firms.birch.sales.pay={plan}"
    assert _sums((*INDUSTRIAL, change))["orders"] != _sums(INDUSTRIAL)["orders"]


# Documented behaviour


@compiled
def _plan(reps, terms, week):
    plan_week(reps[0], terms[0], week, 1.0)


@compiled
def _book(reps, terms, week):
    book_sales(reps[0], terms[0], week, 1.0)


def _rep(pay: PayPlan, hunting: float, farming: float) -> tuple[np.ndarray, np.ndarray]:
    """A rep who remembers results of both tasks, and the terms the rep works under."""
    terms, reps = np.zeros(1, TERMS), np.zeros((1, 1), REP)
    for name, group in (("force", SalesForceSpec()), ("pay", pay), ("selling", Selling())):
        terms[name] = tuple(getattr(group, word) for word in declared(type(group)))
    terms["list_price"], terms["price_response"], terms["prior_sales"] = 100.0, 3.0, 1000.0
    terms["selling"]["first_skill"] = 0.3
    start(reps, terms, 0, 0, np.uint64(1), 1, np.zeros(2))
    reps["results"], reps["inputs"] = [hunting * 10.0, farming * 10.0], 10.0
    return reps[0], terms


def test_hunting_and_farming_with_equal_results_are_done_and_learnt_alike():
    pay = PayPlan(commission=0.05, quota=3000.0, bonus=500.0)
    shares = []
    for hunting, farming in ((3000.0, 3000.0), (2000.0, 5000.0), (5000.0, 2000.0)):
        reps, terms = _rep(pay, hunting, farming)
        _plan(reps, terms, 3)
        shares.append(reps[0].hunt)
    assert shares[0] == 0.5
    assert shares[1] + shares[2] == pytest.approx(1.0)
    reps, terms = _rep(pay, 3000.0, 3000.0)
    for week in range(30):
        _plan(reps, terms, week)
        reps["value"], reps["number"], reps["credit"] = 4000.0, 40, 2000.0
        _book(reps, terms, week)
    (rep,) = reps
    assert rep.hunt == 0.5
    assert rep.skill[0] == rep.skill[1] > 0.3
    assert rep.results[0] == rep.results[1]


def test_without_differences_in_talent_reps_are_interchangeable():
    config = sim.load_config(*INDUSTRIAL, "selling.talent_spread=0", "selling.quitting=0",
                             *(f"firms.{f}.sales.pay=salary" for f in ("alder", "birch")),
                             "firms.birch.sales.hunt_share=0.5")  # fmt: skip
    world = sim.start(config, 1)
    for _ in range(config.weeks):
        world.step()
    skills = {tuple(rep.skill) for rep in world.firms[1].sales.reps}
    assert len(skills) == 1


def test_sales_calls_without_effect_sell_nothing():
    """Reps who can neither impress nor persuade nor discount change no order, if firms are
    considered without them."""
    mute = [
        f"activities.{name}.{attribute}=0"
        for name in ("hunting_calls", "account_visits")
        for attribute in ("salience", "credibility", "intrusiveness")
    ]
    words = (
        "population.customers=1000", "weeks=30", "warmup=0", "threads=1",
        "selling.persuasion=0", "choice.rate_mean=0.2", "off=[consideration]", *mute,
    )  # fmt: skip
    none, many = (_sums((*words, f"firms.birch.sales.reps={n}")) for n in (0, 200))
    assert many["rep_talks"] > 0 == none["rep_talks"]
    for account in ("orders", "revenue", "active", "awareness", "trust", "considered", "talks"):
        assert none[account] == many[account], account


def test_faster_answers_win_more_leads():
    soon, late = (_sums((*INDUSTRIAL, f"firms.birch.sales.answer_hours={h}")) for h in (0, 900))
    assert soon["leads_won"] > 1.02 * late["leads_won"]


def test_a_salary_alone_buys_the_base_effort():
    found = _sums((*INDUSTRIAL, "firms.birch.sales.pay=salary"))
    config = sim.load_config(*INDUSTRIAL)
    hours = found["reps"] * 40.0 * config.selling.base_effort
    assert found["hours"] / 65536 == pytest.approx(hours, rel=1e-3)
    # and reps divide the week equally, since neither task pays more
    assert found["hunt_hours"] / found["hours"] == pytest.approx(0.5, abs=1e-3)


def test_vacancies_are_filled():
    found = _sums((*INDUSTRIAL, *QUITS, "selling.vacancy=2"))
    assert found["quit"] > 3
    assert found["quit"] - 3 <= found["hired"] <= found["quit"]
    assert found["reps"] < 56 * 8


def test_a_treatment_delays_answers_as_declared():
    config = sim.load_config(
        *INDUSTRIAL, "log.leads=true",
        "+treatments.slow={id: 3, firm: birch, week: 1, weeks: 56, delay: 200}",
    )  # fmt: skip
    leads = sim.simulate(config, 1).log("leads").query("firm == 'birch' and hours == hours")
    slow = leads[leads.tags > 0]
    assert len(slow) > 20
    assert (np.abs(slow.hours - 200.0) < 1e-3).mean() > 0.9  # a few had to wait for a free hour
    assert (leads[leads.tags == 0].hours < 100.0).mean() > 0.3
