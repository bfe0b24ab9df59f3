"""What CONTRIBUTING.md calls one place is one place: a toy of each is added and used."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import sim
from sim import files as shipped
from sim.agents import policies
from sim.config.checks import policies as known_policies
from sim.config.compose import load_config
from sim.kpis import KPIS, Window, kpi
from sim.ledger import accounts as book

SMALL = ("population.customers=400", "weeks=40", "warmup=13", "threads=1")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The shipped configuration, to be added to."""
    place = tmp_path / "configs"
    shutil.copytree(shipped.CONFIGS, place)
    monkeypatch.setattr(shipped, "CONFIGS", place)
    return place


def test_a_policy_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "everything_on_service.py").write_text(
        '"""All credit goes to service."""\n'
        "def credit(view):\n"
        "    out = view.money * 0.0\n"
        "    out[5] = 1.0\n"
        "    return out\n"
    )
    monkeypatch.setattr(policies, "__path__", policies.__path__)
    policies.__path__.append(str(tmp_path))
    try:
        assert "everything_on_service" in known_policies()
        words = "firms.birch.organisation.policy=everything_on_service"
        run = sim.simulate(load_config(*SMALL, words), 1)
        service = run.ledger.spend()[:, 1, list(run.ledger.activities).index("service")]
        assert service[39] > service[13] > service[12]
        from sim.reporting import explain

        assert "All credit goes to service." in explain.policies().markdown()
    finally:
        policies.__path__.remove(str(tmp_path))


def test_a_kpi_is_one_function_and_can_be_what_a_department_is_measured_by(files, monkeypatch):
    monkeypatch.setattr("sim.kpis.KPIS", KPIS)

    @kpi("count", "new firm friends", "新朋友", "market")
    def friends(w: Window) -> np.ndarray:
        """Contacts that were clicked on, twice."""
        return 2.0 * w.sum(book.CLICKS)

    try:
        (files / "kpis" / "friends.yaml").write_text("market: {friends: 1.0}\n")
        config = load_config(*SMALL, "firms.birch.organisation.kpis=friends")
        run = sim.simulate(config, 1)
        assert "friends" in run.weekly
        spend = run.ledger.spend()[:, 1]
        clicked = list(run.ledger.activities).index("performance_ads")
        assert spend[39, clicked] > spend[0, clicked], "it brings most of what is counted"
        assert spend[39].sum() == spend[0].sum()
    finally:
        del KPIS["friends"]


def test_an_activity_is_one_block():
    toy = (
        "+activities.skywriting={id: 77, owner: marketing, unit_cost: 0.1, click: 0.2, labour: 0.9}"
    )
    config = load_config(*SMALL, toy, "+firms.birch.budget.skywriting=5000")
    run = sim.simulate(config, 1)
    at = list(run.ledger.activities).index("skywriting")
    assert run.ledger.contacts()[:, 1, at].sum() > 0
    hours = run.ledger.accounts()[:, 1, book.MARKETING_HOURS].mean()
    assert hours > sim.simulate(load_config(*SMALL), 1).ledger.accounts()[
        :, 1, book.MARKETING_HOURS
    ].mean()  # fmt: skip
    assert "skywriting" in set(run.book["source"])


def test_a_pay_plan_is_one_file(files):
    (files / "pay" / "generous.yaml").write_text("salary: 5000\n")
    run = sim.simulate(load_config(*SMALL, "firms.birch.sales.pay=generous"), 1)
    assert run.kpi("payroll", 30, 31)["birch"] == pytest.approx(4 * 5000)


def test_a_market_is_one_file(files):
    text = (files / "market" / "brand.yaml").read_text()
    (files / "market" / "village.yaml").write_text(text + "population: {people: 400}\n")
    run = sim.simulate(load_config("market=village", *SMALL), 1)
    assert run.weekly.active_customers.max() <= 400
