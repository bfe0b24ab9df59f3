"""Interventions, randomised treatments, and logs."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.engines.protocol import ACTIVE
from sim.ledger import accounts as acc
from sim.market.interventions import Intervention, Treatment
from sim.params import ConfigError
from tests.conftest import same_worlds


def _run(config, **treatments):
    """A world with treatments, simulated to the end, and the same world without."""
    worlds = []
    for given in (treatments, {}):
        config.treatments = given
        world = sim.start(config, 4)
        while world.week < config.weeks:
            world.step()
        worlds.append(world)
    return worlds


@pytest.fixture
def lively(small):
    small.population.customers = 2000
    small.choice.rate_mean = 0.3
    small.weeks = 20
    return small


def test_an_intervention_is_a_branch_at_its_week(lively):
    changes = ("talk.rate=0", "firms.birch.list_price=30", "firms.cedar.budget.service=50000",
               "media.outlets=40", "activities.broadcast.unit_cost=0.1")  # fmt: skip
    lively.interventions["cut"] = Intervention(week=8, set=[*changes])
    planned = sim.start(lively, 4)
    lively.interventions = {}
    branched = sim.start(lively, 4)
    for _ in range(7):
        planned.step()
        branched.step()
    same_worlds(planned, branched)
    branched = branched.branch(*changes)
    for _ in range(10):
        planned.step()
        branched.step()
    same_worlds(planned, branched)


def test_an_intervention_cannot_change_the_past(lively):
    lively.interventions["late"] = Intervention(week=3, set=["choice.rate_mean=0.1"])
    with pytest.raises(
        ConfigError, match=r"^interventions\.late: choice\.rate_mean: .*settled at the start"
    ):
        sim.start(lively, 4)


def test_an_intervention_can_be_given_in_words():
    words = "+interventions.cut={week: 5, set: ['talk.rate=0']}"
    config = sim.load_config(words, "population.customers=300", "weeks=8", "warmup=0")
    talks = sim.simulate(config, 1).ledger.accounts()[:, :, acc.TALKS].sum(axis=1)
    assert talks[:4].sum() > 0
    assert talks[4:].sum() == 0


@pytest.mark.parametrize("among", ["all", "customers", "prospects"])
def test_treatments_draw_from_the_declared_group(lively, among):
    lively.treatments["t"] = Treatment(id=3, firm="birch", share=0.3, week=10, among=among)
    world = sim.start(lively, 4)
    for _ in range(9):
        world.step()
    active = world.engine.columns()["relation"][1] & ACTIVE > 0
    world.step()
    tagged = world.engine.columns()["tags"] == 1 << 2
    assert {"all": 3, "customers": 2, "prospects": 1}[among] == 2 * tagged[active].any() + (
        tagged[~active].any()
    )
    among_whom = {"all": np.ones_like(active), "customers": active, "prospects": ~active}[among]
    share, size = tagged[among_whom].mean(), among_whom.sum()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / size)


def test_a_coupon_cuts_the_price_of_those_who_hold_it(lively):
    lively.log.purchases = True
    coupon = Treatment(id=1, firm="birch", week=3, weeks=10, coupon=0.25)
    world, without = _run(lively, coupon=coupon)
    log = world.run().log("purchases").query("firm == 'birch'")
    holds, full = log["tags"] == 1, round(100 * lively.firms["birch"].list_price)
    price = log["cents"] / log["units"]
    valid = log["week"].between(3, 12) & holds
    assert (price[valid] == round(0.75 * full)).all()
    assert (price[~valid] == full).all()
    revenue = world.ledger.accounts()[:, 1, acc.REVENUE].sum()
    assert revenue == log["cents"].sum() * lively.population.weight
    before = without.run().log("purchases").query("firm == 'birch' and 3 <= week <= 12")
    tagged = np.flatnonzero(world.engine.columns()["tags"])
    treated = set(world.people.ident[tagged].tolist())
    bought = before["customer"].isin(treated).sum()
    assert log[valid]["customer"].isin(treated).sum() > 1.2 * bought  # and sells more


def test_a_coupon_for_first_orders_is_good_once(lively):
    lively.log.purchases = True
    coupon = Treatment(id=1, firm="birch", share=1.0, weeks=20, coupon=0.5, first_only=True)
    log = _run(lively, c=coupon)[0].run().log("purchases").query("firm == 'birch'")
    full = round(100 * lively.firms["birch"].list_price)
    assert (log["cents"] / log["units"] == np.where(log["first"], full / 2, full)).all()
    assert log["first"].sum() > 10
    assert (~log["first"]).sum() > 10


def test_contacts_and_messages_reach_tagged_people_only(lively):
    club = Treatment(id=1, firm="birch", week=2, weeks=5, activity="community", contacts=2)
    rumour = Treatment(id=2, firm="cedar", week=2, weeks=5, messages=2, valence=0.0)
    world, without = _run(lively, club=club, rumour=rumour)
    a, b = world.engine.columns(), without.engine.columns()
    clubbed, warned = a["tags"] & 1 > 0, a["tags"] & 2 > 0
    change = a["trust"] - b["trust"]
    assert change[1, clubbed].mean() > 0.1
    assert abs(change[1, ~clubbed].mean()) < 0.02  # spillover by word of mouth
    assert change[2, warned].mean() < -0.05
    assert abs(change[2, ~warned].mean()) < 0.02
    injected = world.ledger.accounts()[:, 2, acc.INJECTED].sum()
    assert injected == 2 * 5 * warned.sum() * lively.population.weight


def test_given_customers_can_be_made_to_leave(lively):
    lively.treatments["out"] = Treatment(id=1, firm="birch", week=10, leave=True)
    world = sim.start(lively, 4)
    for _ in range(9):
        world.step()
    active = world.engine.columns()["relation"][1] & ACTIVE > 0
    chosen = np.flatnonzero(active)[:17]
    world.assign("out", chosen)
    again = sim.restore(world.snapshot())
    world.step()
    again.step()
    same_worlds(world, again)
    removed = world.ledger.accounts()[-1, 1, acc.REMOVED]
    assert removed == 17 * lively.population.weight
    state = world.engine.columns()
    assert (state["tags"][chosen] == 1).all()
    assert state["tags"].sum() == 17
    with pytest.raises(ConfigError, match="it began in week 10"):
        world.assign("out", chosen)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("ot", [0]), r"no such treatment; allowed out.* Did you mean 'out'"),
        (("out", [99999]), "row 99999 is no customer"),
        (("out", [-1]), "row -1 is no customer"),
    ],
)
def test_wrong_names_and_rows_are_refused(lively, call, message):
    lively.treatments["out"] = Treatment(id=1, firm="birch", week=10, leave=True)
    with pytest.raises(ConfigError, match=message):
        sim.start(lively, 4).assign(*call)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("+treatments.t={id: 1, firm: brich}", r"treatments.t.firm=brich.*'birch'"),
        ("+treatments.t={id: 1}", "treatments.t.firm=''"),
        ("+treatments.t={id: 1, firm: birch, among: client}", "treatments.t.among=client"),
        ("+treatments.t={id: 1, firm: birch, contacts: 1}", "treatments.t.activity=''"),
        ("+treatments.t={id: 17, firm: birch}", "treatments.t.id=17 is out of bounds"),
        ("+treatments.t={firm: birch}", "treatments.t.id=0 is out of bounds"),
        ("+interventions.t={weak: 1}", "weak"),
    ],
)
def test_a_wrong_treatment_is_one_line(words, message):
    with pytest.raises(ConfigError, match=message) as caught:
        sim.load_config(words)
    assert "\n" not in str(caught.value)


def test_logs_agree_with_the_ledger(lively):
    lively.flow.exit = 0.01
    config = override(lively, "log.purchases=true", "log.customers=true", "log.messages=true")
    run = sim.simulate(config, 4)
    weight, a = config.population.weight, run.ledger.accounts().sum(axis=0)
    purchases, customers, messages = (run.log(n) for n in ("purchases", "customers", "messages"))
    for f, firm in enumerate(run.firms):
        mine = purchases[purchases.firm == firm]
        assert len(mine) * weight == a[f, acc.ORDERS]
        assert mine["units"].sum() * weight == a[f, acc.UNITS]
        assert mine["cents"].sum() * weight == a[f, acc.REVENUE]
        assert mine["first"].sum() * weight == a[f, acc.ACQUIRED]
        events = customers[customers.firm == firm]["event"].value_counts()
        assert events["acquired"] * weight == a[f, acc.ACQUIRED]
        told = messages[messages.firm == firm]["valence"]
        assert (told >= 0).sum() * weight == a[f, acc.TALKS]
        assert (told < 0).sum() * weight == a[f, acc.NOTICES]
        assert events["lapsed"] * weight == a[f, acc.LAPSED]
        assert events["left the market"] * weight == a[f, acc.EXITED]
        assert events.get("won back", 0) * weight == a[f, acc.WON_BACK]
    named = customers.query("event == 'acquired' and referrer >= 0")
    assert len(named) * weight == a[:, acc.REFERRED].sum()
    assert set(named["referrer"]) <= set(run.people.tolist())


def test_a_log_that_was_not_kept_says_so(lively):
    run = sim.simulate(lively, 4)
    with pytest.raises(ConfigError, match=r"run with log.purchases=true"):
        run.log("purchases")
    with pytest.raises(ConfigError, match=r"Did you mean 'purchases'"):
        run.log("purchase")
