"""Switching a mechanism off removes its declared effects and changes no other parameter."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

import sim
from sim.ledger import accounts as acc
from sim.params import MECHANISMS, ConfigError, numbers

BUSY = (
    "population.customers=1500", "weeks=40", "threads=1", "flow.inflow=0.01", "flow.exit=0.01",
    "flow.season=0.5", "stock.stockup=10", "loyalty.lapse_hazard=0.05", "loyalty.tell_leaving=1",
    "loyalty.contagion=5", "firms.cedar.budget.service=20000", "choice.rate_mean=0.2",
)  # fmt: skip
"""A market in which all mechanisms are active."""

STAGES = {
    "contracts": ("loyalty.contract=6",),
    "memory": ("mechanisms=memory",),
    "endings": ("mechanisms=endings",),
    "self_serve": ("selling.self_serve=0.5",),
    "deliberation": ("selling.deliberation=4",),
    "committee": ("selling.buying_group=5",),
    "purchase_acceleration": (
        "firms.birch.sales.pay=quarterly_quota",
        "firms.birch.sales.authority=0.3",
        "pay.quarterly_quota.quota=520",
        "population.people=1500",
    ),
    "distribution": ("shelf.stores=20",),
    "skill_gap": ("firms.cedar.organisation.role_mixing=0.5",),
    "handoff_loss": ("firms.birch.budget.performance_ads=90000", "selling.talk_hours=1"),
    "account_hours": ("selling.account_hours=0.1",),
    "distrust": (
        "organising.distrust=1",
        "firms.birch.organisation.closed_loop_feedback=false",
        "firms.birch.budget.performance_ads=90000",
    ),
    "wrong_offer": (
        "organising.wrong_offer=1",
        "organising.handoff_error=0.9",
        "firms.birch.budget.performance_ads=90000",
    ),
    "self_serving": ("firms.birch.budget.performance_ads=90000",),
    "volume_pressure": ("firms.birch.organisation.kpis=lead_count",),
    "category_belief": (
        *(f"firms.{name}.enters=1" for name in ("alder", "birch", "cedar", "dogwood")),
        "category.hurdle_spread=1",
        "category.message_gain=0.1",
        "category.contact_gain=0.02",
    ),
    "late_payment": ("firms.birch.terms=4",),
    "talkativeness": ("talk.talkativeness_spread=1",),
    "tie_numbers": ("talk.ties_spread=0.7",),
    "likeness": ("talk.likeness=0.5",),
    "fervour": ("talk.fervour=1",),
    "satisfaction": ("talk.satisfaction=0.5",),
    "referral_weeks": ("talk.referral_weeks=4",),
    "rewards": ("talk.reward_gain=20", "firms.birch.referral_reward=0.2"),
    "leaders": ("talk.leaders=0.1", "activities.broadcast.leaders=true"),
    "claims": ("attention.honesty=1", "attention.known_from_use=0.5"),
    "answers": ("attention.answered=1",),
    "attendance": (
        "attention.attendance=0.2",
        "attention.pressure=0.5",
        "firms.cedar.budget.community=20000",
    ),
    "arousal": ("flow.arousal=0.05",),
    "expectation": ("loyalty.expectation=1", "firms.birch.quality=0.5", "firms.birch.trust=0.9"),
    "recovery": ("loyalty.recovery=1", "firms.cedar.quality=0.5"),
    "places": ("media.places=1", "firms.cedar.budget.findability=20000"),
    "looks": ("information.look=0.1", "firms.cedar.budget.findability=20000"),
    "incidence": ("choice.incidence=0.5",),
    "deals_seen": ("price.deal_salience=5", "shelf.stores=20"),
    "framing": ("price.framing=0.5",),
    "saturation": ("stock.saturation=1",),
    "home_first": ("stock.home_first=true",),
    "price_probing": ("organising.price_step=0.1",),
    "overhead": ("finance.overhead=0.2",),
    "reach_costs": ("finance.serving=0.2",),
    "capacity": ("finance.capacity=0.5", "finance.premium=0.5", "warmup=52"),
    "cash_limit": ("finance.funds=1",),
    "loss_aversion": ("price.memory_share=1", "price.learning=1", "price.loss_aversion=5"),
}
"""Changes that make a mechanism visible in a small market."""

SILENT = {
    "talk": acc.TALKS, "search": acc.SEARCHED, "ratings": acc.RATED,
    "lapse": acc.LAPSED, "self_serve": acc.ENQUIRIES, "deliberation": acc.UNDECIDED,
    "purchase_acceleration": acc.ACCELERATED, "exit": acc.LEFT, "contracts": acc.RENEWALS,
    "category_belief": acc.UNCONVINCED,
    "attendance": acc.DECLINED,
    "overhead": acc.OVERHEAD, "reach_costs": acc.SERVING, "capacity": acc.OVERTIME,
    "cash_limit": acc.FUNDED,
}  # fmt: skip
"""Mechanisms with an account of their own, which must be zero without the mechanism."""


@pytest.fixture(scope="module")
def sale(tmp_path_factory):
    """A plan with temporary price cuts."""
    path = tmp_path_factory.mktemp("plan") / "sale.csv"
    rows = [f"W{w},birch,discount,0.2" for w in (10, 20, 30)] + ["Q1,birch,hunting_calls,900000"]
    path.write_text("\n".join(["week,firm,activity,amount", *rows]))
    return path


@lru_cache(maxsize=8)  # most mechanisms are switched off in the same run
def _accounts(plan, *words):
    return sim.simulate(sim.load_config(*BUSY, *words), seed=2, plan=plan).ledger.accounts()


@pytest.mark.slow
@pytest.mark.parametrize("name", MECHANISMS)
def test_switching_off_changes_the_declared_parameters_and_no_others(name, sale):
    stage = STAGES.get(name, ())
    on = sim.load_config(*BUSY, *stage)
    off = sim.load_config(*BUSY, *stage, f"off=[{name}]")
    was = {key: value for key, _, value in numbers(on)}
    now = {key: value for key, _, value in numbers(off)}
    changed = {key for key in was if was[key] != now[key]}
    assert changed == set(MECHANISMS[name].neutral)
    before, after = _accounts(sale, *stage), _accounts(sale, *stage, f"off=[{name}]")
    shared = min(before.shape[1], after.shape[1])
    assert not np.array_equal(before[:, :shared], after[:, :shared])
    if name in SILENT:
        assert before[..., SILENT[name]].sum() > 0
        assert after[..., SILENT[name]].sum() == 0


def test_without_consideration_every_firm_is_considered(sale):
    a = _accounts(sale, "off=[consideration]").sum(axis=0)
    assert (a[:-1, acc.CONSIDERED] == a[-1, acc.OCCASIONS]).all()


def test_without_stocks_an_order_is_a_unit(sale):
    a = _accounts(sale, "off=[stocks]").sum(axis=0)
    assert (a[:, acc.UNITS] == a[:, acc.ORDERS]).all()


def test_a_mechanism_can_be_switched_off_in_a_branch(small):
    world = sim.start(small, 3)
    world.step()
    assert world.branch("off=[talk]").config.talk.rate == 0.0
    with pytest.raises(ConfigError, match=r"Did you mean 'talk'"):
        world.branch("off=[tlak]")
