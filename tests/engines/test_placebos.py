"""Placebos: what must make no difference makes none, to the last bit."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import sim
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS
from sim.plans.find import find_plan
from tests.conftest import keep_firms, same_worlds


def _after(config, seed=1, weeks=30, **options):
    world = sim.start(config, seed, **options)
    for _ in range(weeks):
        world.step()
    return world


@pytest.fixture
def lively(small):
    small.population.customers = 2000
    small.talk.rate = 0.2
    return small


def test_the_same_arm_twice_differs_by_nothing(lively):
    same_worlds(_after(lively, plan="ad_blitz"), _after(lively, plan="ad_blitz"))


def test_another_seed_gives_another_run(lively):
    a, b = _after(lively, seed=1), _after(lively, seed=2)
    assert not np.array_equal(a.ledger.accounts(), b.ledger.accounts())


def test_a_bystander_changes_no_other_row(lively):
    more = copy.deepcopy(lively)
    more.population.bystanders = 17
    a, b = _after(lively), _after(more)
    other = b.engine.columns()
    for name, column in a.engine.columns().items():
        assert np.array_equal(column, other[name][..., : column.shape[-1]]), name
    assert np.array_equal(a.ledger.accounts(), b.ledger.accounts())


def test_a_firm_nobody_meets_changes_nobody(lively):
    """A firm without budget and awareness is considered by nobody who does not look around; the
    others' books stay the same."""
    lively.information.search_rate = 0.0
    more = copy.deepcopy(lively)
    more.firms["elm"] = copy.deepcopy(more.firms["alder"])
    more.firms["elm"].id = 9
    more.firms["elm"].awareness = 0.0
    more.firms["elm"].budget = {}
    more.firms["elm"].sales.reps = 0
    a, b = _after(lively), _after(more)
    assert np.array_equal(a.ledger.accounts()[:, :-1], b.ledger.accounts()[:, :-2])
    assert b.ledger.accounts()[:, -2, acc.ORDERS].sum() == 0


def test_renaming_a_firm_changes_nothing(lively):
    renamed = copy.deepcopy(lively)
    renamed.firms = {("zelkova" if k == "alder" else k): v for k, v in lively.firms.items()}
    same_worlds(_after(lively), _after(renamed))


def test_the_order_in_which_firms_are_written_changes_nothing(lively):
    turned = copy.deepcopy(lively)
    turned.firms = dict(reversed(list(lively.firms.items())))
    same_worlds(_after(lively), _after(turned))


def test_relabelling_identical_firms_permutes_results(lively, tmp_path):
    """Two firms alike but for their ids and plans: who holds which plan permutes the results."""
    twins = keep_firms(lively, 2)
    a, b = twins.firms.values()
    for name, value in vars(a).items():
        if name != "id":
            setattr(b, name, copy.deepcopy(value))
    swapped = copy.deepcopy(twins)
    swapped.firms = {"birch": copy.deepcopy(a), "alder": copy.deepcopy(b)}
    path = tmp_path / "p.csv"
    path.write_text("quarter,firm,activity,amount\nQ1,alder,broadcast,500000\n")

    def run(config, seller):
        words = path.read_text().replace("alder", seller)
        file = tmp_path / f"{seller}.csv"
        file.write_text(words)
        return _after(config, plan=find_plan(file, config))

    one, two = run(twins, "alder"), run(swapped, "birch")
    same_worlds(one, two)
    assert one.names == ("alder", "birch")
    assert two.names == ("birch", "alder")


def test_money_has_no_unit(lively):
    """All prices, costs and budgets times ten: nothing real changes, all cents times ten."""
    dear = copy.deepcopy(lively)
    dear.price.usual *= 10
    dear.selling.effort_cost *= 10
    dear.selling.outside_pay *= 10
    dear.organising.wage *= 10
    for plan in dear.pay.values():
        for name in ("salary", "quota", "bonus", "ceiling"):
            setattr(plan, name, 10 * getattr(plan, name))
    for firm in dear.firms.values():
        for name in ("hiring_cost", "severance", "screening_cost"):
            setattr(firm.sales, name, 10 * getattr(firm.sales, name))
        firm.list_price *= 10
        firm.unit_cost *= 10
        firm.overhead *= 10
        firm.budget = {k: 10 * v for k, v in firm.budget.items()}
    for activity in dear.activities.values():
        activity.unit_cost *= 10
        activity.fixed_cost *= 10
        activity.outlet_cost *= 10
    a, b = _after(lively).ledger.accounts(), _after(dear).ledger.accounts()
    for n, account in enumerate(ACCOUNTS):
        factor = 10 if account.unit == "cents" else 1
        rounded = 5 * len(a) if account.name == "value_to_date" else 0  # discounted, week by week
        rounded += account.name in (
            "market_department_hours",
            "marketing_hours",
        )  # cut to whole parts
        assert (np.abs(a[..., n] * factor - b[..., n]) <= rounded).all(), account.name


def test_an_activity_without_effect_has_none(lively):
    """Contacts that neither make known nor speak move money only."""
    idle = copy.deepcopy(lively)
    idle.activities["broadcast"].salience = 0.0
    idle.activities["broadcast"].credibility = 0.0
    idle.activities["broadcast"].intrusiveness = 0.0
    more = copy.deepcopy(idle)
    for firm in more.firms.values():
        firm.budget["broadcast"] = 2 * firm.budget.get("broadcast", 0.0) + 1000.0
    a, b = _after(idle), _after(more)
    one, two = a.engine.columns(), b.engine.columns()
    assert all(np.array_equal(one[k], two[k]) for k in one)
    assert not np.array_equal(a.ledger.spend(), b.ledger.spend())
