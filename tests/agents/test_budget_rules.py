"""Executives who set budgets by a rule of thumb, and changes of declared budgets under them."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.agents.policies import competitive_parity, objective_and_task, share_of_sales
from sim.config.checks import policies
from sim.ledger import accounts as acc
from sim.rules.budgets import AIM, NARROWEST, STEPS, WIDEST
from tests.conftest import same_worlds

SMALL = ("population.customers=300", "weeks=60", "warmup=13", "threads=1")
RULES = ("share_of_sales", "competitive_parity", "objective_and_task")


def _world(*words, weeks=60):
    world = sim.start(sim.load_config(*SMALL, *words), 1)
    while world.week < weeks:
        world.step()
    return world


def _spend(world, firm="birch"):
    return world.ledger.spend()[:, world.names.index(firm)]


def _policy(name, firm="birch"):
    return f"firms.{firm}.organisation.policy={name}"


def test_they_are_policies_that_leave_the_division_of_money_alone():
    assert set(RULES) <= set(policies())
    for module in (share_of_sales, competitive_parity, objective_and_task):
        assert module.credit(None) is None


@pytest.fixture(scope="module", params=RULES)
def ruled(request):
    return request.param, _world(_policy(request.param), "organising.seen_error=0")


def test_budgets_change_by_quarter_in_proportion_and_within_bounds(ruled):
    _, world = ruled
    spend, declared = _spend(world), world.config.firms["birch"].budget
    total = spend.sum(axis=1)
    assert len(set(total.tolist())) > 2
    for quarter in range(4):
        assert len(set(total[13 * quarter : 13 * quarter + 13].tolist())) == 1, "set by quarter"
    begun = 100 * sum(declared.values())
    assert (total >= NARROWEST * begun - 10).all()
    assert (total <= WIDEST * begun + 10).all()


def test_a_rule_sees_what_it_follows(ruled):
    name, world = ruled
    total, f = _spend(world).sum(axis=1) / 100, world.names.index("birch")
    accounts = np.array([r.accounts for r in world.ledger.records()])

    def seen(quarter, account):
        last = 13 + 13 * quarter - world.config.organising.seen_delay
        return accounts[last - 13 : last, :-1, account].sum(axis=0)

    for q in (2, 3, 4):
        before, now = total[13 * q - 1], total[13 * q]
        if name == "share_of_sales":
            first, sold = seen(1, acc.REVENUE)[f], seen(q, acc.REVENUE)[f]
            wanted = total[0] * sold / first
        elif name == "competitive_parity":
            share = [seen(n, acc.REVENUE)[f] / seen(n, acc.REVENUE).sum() for n in (1, q)]
            spent = [seen(n, acc.SPEND).sum() for n in (1, q)]
            wanted = total[0] * share[1] / share[0] * spent[1] / spent[0]
        else:
            known = [seen(n, acc.AWARENESS)[f] for n in (1, q)]
            need = AIM * known[0] / known[1]
            wanted = before * min(1 + STEPS, max(1 - STEPS, need))
        bounds = NARROWEST * total[0], WIDEST * total[0]
        assert now == pytest.approx(np.clip(wanted, *bounds), rel=2e-3), q


def test_a_change_of_the_plan_acts_in_proportion_under_a_rule():
    name = _policy("share_of_sales")
    one = _world(name)
    more = one.config.firms["birch"].budget["broadcast"] * 2
    two = _world(
        name, f"+interventions.more={{week: 30, set: ['firms.birch.budget.broadcast={more}']}}"
    )
    k = list(one.activities).index("broadcast")
    assert np.allclose(_spend(two)[29:38, k], 2 * _spend(one)[29:38, k], atol=2)
    assert (_spend(two)[29:38, k + 1 :] == _spend(one)[29:38, k + 1 :]).all()


INTERVENED = (_policy("trial"), "firms.birch.organisation.kpi_response=0")


def test_a_declared_budget_acts_as_declared_while_an_executive_moves_money():
    one = _world(*INTERVENED)
    k = list(one.activities).index("broadcast")
    more = one.config.firms["birch"].budget["broadcast"] + 1_000
    two = _world(
        *INTERVENED,
        f"+interventions.more={{week: 30, set: ['firms.birch.budget.broadcast={more}', "
        "firms.birch.sales.reps=6]}",
    )
    assert one.firms[1].executive.moves_money
    extra = _spend(two) - _spend(one)
    assert not extra[:29].any()
    assert (extra[29:39, k] == 100_000).all(), "to the cent, not spread over all lines"
    assert not np.delete(extra[29:39], k, axis=1).any()
    assert (extra[39:52].sum(axis=1) > 90_000).all(), "and still after the next review"
    reps = [w.ledger.accounts()[:, 1, acc.REPS] for w in (one, two)]
    assert (reps[1] - reps[0])[29] > 0
    twin = sim.restore(two.snapshot())
    assert (twin.firms[1].executive.changed == two.firms[1].executive.changed).all()
    same_worlds(two, twin)


def test_a_firm_that_a_plan_names_does_not_follow_its_declared_budget():
    one = sim.start(sim.load_config(*SMALL, _policy("trial", "alder")), 1, plan="ad_blitz")
    for _ in range(30):
        one.step()
    two = one.branch("firms.alder.budget.broadcast=99999")
    one.step()
    two.step()
    assert (_spend(one, "alder") == _spend(two, "alder")).all()
