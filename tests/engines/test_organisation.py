"""The inside of firms in both engines, and what must not matter there."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.ledger import accounts as acc
from tests.conftest import same_worlds

POLICIES = (
    "last_touch", "relationship_value", "trial", "click_credit", "lead_count", "fixed",
    "last_touch", "trial",
)  # fmt: skip
CARDS = ("lead_count", "vanity", "accepted_leads", "own")
MARKETS = ("brand", "packaged", "subscription", "industrial")


def busy(market, firms, *words):
    """A small market in which everything inside its firms goes on, all at once."""
    config = sim.load_config(f"market={market}", "population.customers=60", "warmup=13", *words)
    config.population.people = 60
    config.weeks, config.threads, config.choice.rate_mean = 45, 1, 0.4
    config.organising = replace(
        config.organising, reaction_threshold=0.1, reaction_weeks=5, seen_delay=1, handoff_loss=0.3,
        handoff_error=0.2, staleness=0.1, turnover=2.0, distrust=0.5, wrong_offer=0.5,
    )  # fmt: skip
    known = list(config.firms.items())
    config.selling.account_hours = 0.02
    config.firms = {}
    for n in range(firms):
        name, spec = known[n % len(known)]
        spec = copy.deepcopy(spec)
        spec.id = n + 1
        spec.sales.reps = max(2, spec.sales.reps // 6)
        spec.budget = {k: max(1.0, v / 100) for k, v in spec.budget.items()}
        spec.budget |= {
            "research": 20.0,
            "trade_shows": 60.0,
            "performance_ads": 5.0,
            "service": 9.0,
        }
        spec.organisation = replace(
            spec.organisation, policy=POLICIES[n % 8], kpis=CARDS[n % 4], role_mixing=0.2 * (n % 3),
            power_hiring=0.5, kpi_reweighting=0.5, reviews=4 * (n % 3), kpi_response=0.5,
            closed_loop_feedback=n % 2 == 0, reaction=("retaliate", "imitate", "passive")[n % 3],
            instrument=("price", "spend")[n % 2],
            adapt=0.3 * (n % 2), target="" if n % 2 else next(iter(config.segments)),
        )  # fmt: skip
        config.firms[f"{name}{n}"] = spec
    return config


@pytest.mark.slow
@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("firms", [1, 2, 8])
def test_twins_with_busy_organisations(market, firms):
    config = busy(market, firms)
    fast, readable = sim.start(config, 3), sim.start(config, 3, engine="reference")
    for _ in range(config.weeks):
        fast.step()
        readable.step()
    same_worlds(fast, readable)
    pages = fast.ledger.records()
    assert sum(int(p.surveyed[..., 0].sum()) for p in pages) > 0
    assert sum(int(p.touched.sum()) for p in pages) == sum(
        int(p.accounts[:-1, acc.ORDERS].sum()) for p in pages
    ), "every order has one last touch"
    if firms == 8:
        assert any(len(firm.executive.shares) for firm in fast.firms), "some policy has moved money"
        assert any(firm.executive.until for firm in fast.firms), "somebody has reacted"
        assert sum(int(p.accounts[:-1, acc.MISPLACED].sum()) for p in pages) > 0


def test_a_busy_organisation_is_saved_and_branched_whole():
    config = busy("industrial", 4)
    world = sim.start(config, 5)
    while world.week < 30:
        world.step()
    again, twin = sim.restore(world.snapshot()), world.branch()
    for one in (world, again, twin):
        while one.week < 45:
            one.step()
    same_worlds(world, again)
    same_worlds(world, twin)
    shares, again = (
        [firm.executive.shares.tolist() for firm in one.firms] for one in (world, twin)
    )
    assert shares == again


@pytest.mark.parametrize("market", MARKETS)
def test_confusion_costs_nothing_where_no_skill_is_missing(market):
    """Nothing but missing skill punishes work on each other's tasks."""
    words = (
        f"market={market}", "population.customers=400", "weeks=30", "warmup=8",
        "off=[skill_gap,practice,handoff_loss,volume_pressure,self_serving]",
    )  # fmt: skip
    clean = sim.load_config(*words)
    confused = override(
        clean, *(f"firms.{name}.organisation.role_mixing=0.9" for name in clean.firms)
    )
    one, two = (sim.simulate(config, seed=2).ledger.accounts() for config in (clean, confused))
    differ = (one != two).any(axis=(0, 1))
    assert set(np.flatnonzero(differ)) == {acc.MISPLACED}
    gap = copy.deepcopy(confused)
    gap.off, gap.organising.skill_gap = [], 0.5
    assert (sim.simulate(gap, seed=2).ledger.accounts() != two).any(), "a gap does cost something"
