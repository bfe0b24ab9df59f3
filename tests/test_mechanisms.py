"""Switching a mechanism off takes out what it is said to cause, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.schema import MECHANISMS
from sim.ledger import accounts as book
from sim.params import ConfigError, numbers

BUSY = (
    "population.customers=1500", "weeks=40", "threads=1", "flow.inflow=0.01", "flow.exit=0.01",
    "flow.season=0.5", "stock.stockup=10", "loyalty.lapse_hazard=0.05", "loyalty.tell_leaving=1",
    "loyalty.contagion=5", "firms.cedar.budget.service=20000", "choice.rate_mean=0.2",
)  # fmt: skip
"""A market in which everything happens."""

STAGES = {
    "contracts": ("loyalty.contract=6",),
    "self_serve": ("selling.self_serve=0.5",),
    "deliberation": ("selling.deliberation=4",),
    "committee": ("selling.buyers=5",),
    "pulling_forward": (
        "firms.birch.sales.pay=quarterly_quota",
        "firms.birch.sales.authority=0.3",
        "pay.quarterly_quota.quota=520",
        "population.people=1500",
    ),
    "distribution": ("shelf.stores=20",),
    "skill_gap": ("firms.cedar.organisation.confusion=0.5",),
    "handoff_loss": ("firms.birch.budget.performance_ads=90000", "selling.talk_hours=1"),
    "self_serving": ("firms.birch.budget.performance_ads=90000",),
    "stretch": ("firms.birch.organisation.kpis=lead_count",),
    "late_payment": ("firms.birch.terms=4",),
    "loss_aversion": ("price.memory_share=1", "price.learning=1", "price.loss_aversion=5"),
}
"""What must be turned up for a mechanism to show in a small world."""

SILENT = {
    "talk": book.TALKS, "looking_around": book.LOOKED, "ratings": book.RATED,
    "lapse": book.LAPSED, "self_serve": book.ENQUIRIES, "deliberation": book.UNDECIDED,
    "pulling_forward": book.ADVANCED, "exit": book.LEFT, "contracts": book.RENEWALS,
}  # fmt: skip
"""Mechanisms with an account of their own, which must be empty without them."""


@pytest.fixture
def sale(tmp_path):
    """A plan in which prices go down and up again."""
    path = tmp_path / "sale.csv"
    rows = [f"W{w},birch,discount,0.2" for w in (10, 20, 30)] + ["Q1,birch,hunting_calls,900000"]
    path.write_text("\n".join(["week,firm,activity,amount", *rows]))
    return path


@pytest.mark.parametrize("name", MECHANISMS)
def test_off_changes_what_it_says_and_no_other_number(name, sale):
    stage = STAGES.get(name, ())
    on = sim.load_config(*BUSY, *stage)
    off = sim.load_config(*BUSY, *stage, f"off=[{name}]")
    was = {key: value for key, _, value in numbers(on)}
    now = {key: value for key, _, value in numbers(off)}
    changed = {key for key in was if was[key] != now[key]}
    assert changed == set(MECHANISMS[name].neutral)
    before, after = (sim.simulate(c, seed=2, plan=sale).ledger.accounts() for c in (on, off))
    shared = min(before.shape[1], after.shape[1])
    assert not np.array_equal(before[:, :shared], after[:, :shared])
    if name in SILENT:
        assert before[..., SILENT[name]].sum() > 0
        assert after[..., SILENT[name]].sum() == 0


def test_without_consideration_everybody_is_considered(sale):
    run = sim.simulate(sim.load_config(*BUSY, "off=[consideration]"), seed=2, plan=sale)
    a = run.ledger.accounts().sum(axis=0)
    assert (a[:-1, book.CONSIDERED] == a[-1, book.OCCASIONS]).all()


def test_without_stocks_an_order_is_a_unit(sale):
    run = sim.simulate(sim.load_config(*BUSY, "off=[stocks]"), seed=2, plan=sale)
    a = run.ledger.accounts().sum(axis=0)
    assert (a[:, book.UNITS] == a[:, book.ORDERS]).all()


def test_a_mechanism_can_be_switched_off_in_a_branch(small):
    world = sim.start(small, 3)
    world.step()
    assert world.branch("off=[talk]").config.talk.rate == 0.0
    with pytest.raises(ConfigError, match=r"Did you mean 'talk'"):
        world.branch("off=[tlak]")
