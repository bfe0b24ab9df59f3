"""Activities in two versions: whom they address, what they cost, and where idle money goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.engines.protocol import ACTIVE
from sim.experiments.sweeps.parameters import uncertain_parameters
from sim.ledger import accounts as acc
from sim.market import activities as media
from sim.params import ConfigError
from tests.conftest import same_worlds

SMALL = (
    "activities=twins", "population.customers=300", "weeks=8", "warmup=0", "threads=1",
    "attention.recency=6", "choice.rate_mean=0.5",
)  # fmt: skip
SPLIT = "firms.birch.budget={ads_prospects: 4000, ads_customers: 9000, advice_customers: 4000}"


def _contacts(run, line):
    names = list(run.ledger.activities)
    return run.ledger.contacts()[:, run.firms.index("birch"), names.index(line)].sum()


def test_engines_agree_on_customers_by_their_last_order():
    config = sim.load_config(*SMALL, SPLIT)
    fast, readable = (sim.start(config, 3, engine=name) for name in ("columnar", "reference"))
    for _ in range(config.weeks):
        fast.step()
        readable.step()
        same_worlds(fast, readable)
    booked = fast.ledger.accounts()[:, fast.names.index("birch"), acc.REDIRECTED]
    assert booked[0] > 0, "nobody has bought yet"
    assert booked[-1] < booked[0]


def test_only_who_has_bought_lately_is_addressed_as_a_customer():
    config = sim.load_config(*SMALL, SPLIT)
    world = sim.start(config, 3)
    for _ in range(config.weeks - 1):
        world.step()
    row, engine = world.names.index("birch"), world.engine
    known = (engine.column("here") == 1) & (world.people.sees > 0)
    last = engine.column("last_order")[row]
    recent = known & (last >= 0) & (world.clock - last <= config.attention.recency)
    audience = engine.open_week(world.clock, 1.0)[row].copy()
    assert audience[2] + audience[3] == recent.sum()
    active = known & (engine.column("relation")[row] & ACTIVE > 0)
    assert recent.sum() != active.sum(), "a relationship is not what a firm sees"


def test_money_is_the_same_wherever_it_is_spent():
    world = sim.start(sim.load_config(*SMALL, SPLIT), 3)
    world.step()
    row, names = world.names.index("birch"), list(world.activities)
    spend = dict(zip(names, world.ledger.spend()[0, row].tolist(), strict=True))
    moved = world.ledger.accounts()[0, row, acc.REDIRECTED]
    assert spend["ads_customers"] == spend["advice_customers"] == 0
    assert spend["ads_prospects"] == (4000 + 9000) * 100
    assert spend["advice_prospects"] == 4000 * 100
    assert moved == (9000 + 4000) * 100
    assert world.ledger.accounts()[0, row, acc.SPEND] == 17000 * 100


def _lines(**changes):
    config = override(sim.load_config(*SMALL), *(f"{k}={v}" for k, v in changes.items()))
    return media.make_lines(media.resolved(config.activities)), list(config.activities)


def test_money_beyond_what_an_audience_can_notice_goes_as_far_as_the_twin_has_room():
    lines, names = _lines()
    here, there = names.index("advice_customers"), names.index("advice_prospects")
    spend = np.zeros((1, len(names)), np.int64)
    spend[0, here] = 100_000
    quality = np.ones((1, len(names) + 1))
    audience = np.array([[10, 0, 5, 0, 0, 0, 0, 0]])
    most = 4 * 2.0 * 100  # four contacts a week at 2 each, cents a person
    out, moved = media.redirected(spend, quality, lines, 1, audience, 1)
    assert out[0, there] == 10 * most == moved[0]
    assert out[0, here] == 100_000 - 10 * most, "what finds no audience at all stays"
    spend[0, here] = 5 * int(most)
    out, moved = media.redirected(spend, quality, lines, 1, audience, 1)
    assert (out == spend).all()
    assert moved[0] == 0
    out, _ = media.redirected(spend, quality, lines, 1, np.zeros((1, 8), np.int64), 1)
    assert (out == spend).all(), "neither has an audience"


def test_an_activity_that_is_like_another_has_its_price_and_content():
    config = override(
        sim.load_config(*SMALL), "activities.service.unit_cost=7",
        "activities.service.salience=0.1", "activities.advice_customers.price_ratio=0.5",
    )  # fmt: skip
    made = media.resolved(config.activities)
    one, other, model = (made[n] for n in ("advice_customers", "advice_prospects", "service"))
    assert (one.unit_cost, other.unit_cost) == (3.5, 7.0)
    assert one.salience == other.salience == model.salience == 0.1
    assert (one.prospects, one.customers) == (0.0, 1.0)
    assert (other.prospects, other.customers) == (1.0, 0.0)
    assert replace(one, id=0, zh="", source="", unit_cost=0.0, prospects=0.0, customers=0.0,
                   twin="", price_ratio=1.0) == replace(
        other, id=0, zh="", source="", unit_cost=0.0, prospects=0.0, customers=0.0, twin="",
    )  # fmt: skip


def test_a_version_that_is_dearer_reaches_fewer():
    runs = [
        sim.simulate(override(sim.load_config(*SMALL, SPLIT), *words), seed=1)
        for words in ((), ("activities.ads_customers.price_ratio=2",))
    ]
    cheap, dear = (_contacts(run, "ads_customers") for run in runs)
    assert 0 < dear < cheap


def test_demand_for_one_version_makes_the_other_dearer():
    lines, names = _lines()
    group = {n for n, of in zip(names, lines.market, strict=True) if names[of] == "performance_ads"}
    assert group == {"performance_ads", "ads_prospects", "ads_customers"}


@pytest.mark.parametrize(("change", "said"), [
    ("activities.advice_customers.unit_cost=3", "unit_cost: it has that of service; allowed"),
    ("activities.advice_customers.like=servise", "Did you mean 'service'?"),
    ("activities.advice_customers.like=ads_customers", "is itself like performance_ads"),
    ("activities.advice_prospects.twin=service", "set activities.service.twin=advice_prospects"),
    ("activities.advice_prospects.twin=advice", "unknown activity"),
])  # fmt: skip
def test_wrong_relatives_of_an_activity_are_refused(change, said):
    with pytest.raises(ConfigError) as refused:
        override(sim.load_config(*SMALL), change)
    assert said in str(refused.value)


def test_uncertainty_draws_the_attributes_of_the_activity_that_others_are_like():
    config = sim.load_config(*SMALL, SPLIT)
    drawn = {key.split(".")[1] for key in uncertain_parameters(config) if "activities." in key}
    assert {"performance_ads", "service"} <= drawn
    assert not any(config.activities[name].like for name in drawn)
