"""Facts about sales forces: arithmetic of the figures, and markets that must move them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import sim
from sim.experiments.validation.measures import selling
from sim.experiments.validation.trial import Trial, mean, repeated, repeats
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.rules.units import YEAR

SMALL = ("market=industrial", "population.customers=200", "population.people=200", "warmup=4")


@pytest.mark.slow
def test_if_customers_need_no_sales_force_its_removal_costs_fewer_sales():
    kept = [
        selling.sales_kept(Trial(sim.load_config(*SMALL, *more), 1))["kept"]
        for more in ((), ("selling.self_serve=1",))
    ]
    assert 0.0 < kept[0] < kept[1]


def test_a_response_that_falls_with_experience_has_a_negative_moderation():
    traits = {(0, n): (float(n), float(n % 2)) for n in range(4)}
    before = {(0, n): (10.0, 0.5) for n in range(4)}
    after = {(0, n): (20.0 - n, 0.5) for n in range(4)}
    by_tenure, by_sales = selling.moderation(traits, before, after, 0)
    assert by_tenure == pytest.approx(-1.0)
    assert -1.0 < by_sales < 0.0
    assert np.isnan(selling.moderation(traits, before, after, 1)).all(), "nobody responds"
    assert np.isnan(selling.moderation(traits, before, {(0, 0): (1.0, 1.0)}, 0)).all()


def test_crowding_out_is_taken_over_leads_that_are_in_both_branches(monkeypatch):
    followed, refused = acc.LEADS_WON, acc.NEVER_FOLLOWED

    def leads(world):
        rows = {"firm": 0, "customer": 1, "created": 2, "fate": 3}
        return {name: np.array(world)[:, n] for name, n in rows.items()}

    monkeypatch.setattr(selling, "marketing_leads", leads)
    before = [(0, 1, 5, followed), (0, 2, 5, followed), (1, 1, 5, refused), (0, 3, 6, followed)]
    after = [(0, 1, 5, followed), (0, 2, 5, refused), (1, 1, 5, refused), (0, 4, 6, refused)]
    assert selling.crowded_out(before, after) == pytest.approx(1 / 3)


def test_changes_of_sales_are_those_of_reps_who_stayed(monkeypatch):
    monkeypatch.setattr(selling, "sold_by_rep", lambda world, firm: world)
    before, after = {1: 10.0, 2: 10.0, 3: 50.0}, {1: 12.0, 2: 11.0, 4: 99.0}
    assert selling.sales_change(before, after, "birch", [1, 2, 3]) == pytest.approx(0.15)
    assert np.isnan(selling.sales_change(before, after, "birch", [3]))


def test_enquiries_count_in_the_last_group_their_customer_was_drawn_into(monkeypatch):
    hour, day = (selling.treatment(1, n) - 1 for n in (0, 1))
    table = {
        "firm": np.array([1, 1, 1, 0]),
        "tags": np.array([1 << hour, 1 << hour | 1 << day, 0, 1 << hour]),
        "fate": np.array([acc.LEADS_WON, acc.LOST_NO_NEED, acc.LEADS_WON, acc.LEADS_WON]),
    }
    monkeypatch.setattr(selling, "enquiries", lambda world: table)
    assert selling.qualified(SimpleNamespace(), 0).tolist() == [True]
    assert selling.qualified(SimpleNamespace(), 1).tolist() == [False]


@pytest.mark.parametrize("life", [6, 60])
def test_leads_of_a_year_are_all_in_the_log_those_never_followed_up_too(life):
    trial = Trial(sim.load_config(*SMALL, f"selling.lead_life={life}"), 1)
    world = selling.logged(trial)
    created = selling.leads_of(world)["created"] - trial.world.clock
    flow = world.ledger.leads()[trial.world.week :, :, :, LEAD_FLOWS.index(acc.LEADS)]
    came = flow.sum(axis=(1, 2))[:YEAR]
    assert world.week == trial.world.week + YEAR + life
    assert np.bincount(created, minlength=YEAR).tolist() == came.tolist()
    assert came[-6:].sum() > 0
    assert acc.NEVER_FOLLOWED in selling.leads_of(world)["fate"][created >= YEAR - 6]
    assert selling.with_own_leads(trial).week == world.week, "arms are followed equally long"


def test_enquiries_never_answered_are_not_among_those_answered_late():
    hours = np.array([0.5, 1.0, 1.5, 24.0, 30.0, -1.0, -1.0, -1.0])
    won, no_need = acc.LEADS_WON, acc.LOST_NO_NEED
    fates = [won, won, won, no_need, no_need, acc.REJECTED, acc.NEVER_FOLLOWED, acc.UNAIDED]
    table = {
        "hours": np.where(hours < 0, -1, hours * acc.PARTS).astype(np.int64),
        "fate": np.array(fates),
    }
    assert selling.as_observed(table) == pytest.approx({
        "observed": 3.0, "within_hour": 2 / 8, "within_day": 2 / 8, "later": 1 / 8, "never": 3 / 8,
    })  # fmt: skip


def test_leads_that_sales_rejects_were_handed_to_sales():
    leads = np.zeros((YEAR, 1, 2, len(LEAD_FLOWS)), np.int64)
    booked = {acc.ACCEPTED: 30, acc.REJECTED: 70, acc.QUALIFIED: 20, acc.OPPORTUNITIES: 10,
              acc.LEADS_WON: 4}  # fmt: skip
    for account, number in booked.items():
        leads[-1, 0, :, LEAD_FLOWS.index(account)] = number  # source 1: reps' own leads
    world = SimpleNamespace(ledger=SimpleNamespace(leads=lambda: leads))
    found = selling.funnel(SimpleNamespace(branch=lambda: world))
    assert found == pytest.approx({"qualified": 0.2, "opportunity": 0.5, "won": 0.4})


def test_repeats_share_market_and_past_and_differ_in_draws():
    trial = Trial(sim.load_config("population.customers=50", "warmup=0"), 3)
    first, second = (one.world for one in repeats(trial, 2))
    assert first is trial.world
    assert second.week == first.week
    for name, column in first.engine.columns().items():
        assert np.array_equal(column, second.engine.columns()[name]), name
    first, second = first.branch(), second.branch()
    first.step()
    second.step()
    assert not np.array_equal(first.engine.column("awareness"), second.engine.column("awareness"))

    @repeated(2)
    def seed(one):
        return {"seed": float(one.seed), "unknown": float("nan")}

    assert seed(trial)["seed"] == mean(one.seed for one in repeats(trial, 2)) != 3
    assert np.isnan(seed(trial)["unknown"])
