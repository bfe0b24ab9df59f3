"""Experiments that measuring needs: withheld contacts, small doses, ratings, retention, units."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.ledger import accounts as acc
from sim.ledger.accounts import EXPERIMENTAL
from sim.params import ConfigError
from tests.conftest import same_worlds

SMALL = ("population.customers=1500", "weeks=12", "warmup=4", "threads=1", "choice.rate_mean=0.3")


def _run(*words, seed=1, weeks=12):
    world = sim.start(sim.load_config(*SMALL, *words), seed)
    while world.week < weeks:
        world.step()
    return world


def _booked(world, account, firm="birch"):
    return int(world.ledger.accounts()[:, world.names.index(firm), account].sum())


def _contacts(world, activity, firm="birch"):
    at = list(world.activities).index(activity)
    return int(world.ledger.contacts()[:, world.names.index(firm), at].sum())


@pytest.fixture(scope="module")
def plain():
    """The market without an experiment."""
    return _run()


def test_without_an_experiment_nothing_of_it_is_booked(plain):
    assert not plain.ledger.accounts()[:, :, EXPERIMENTAL].any()


# Contacts withheld


def _off(more):
    return f"+treatments.off={{id: 1, firm: birch, weeks: 12, {more}}}"


def test_withheld_contacts_reach_nobody_and_are_counted(plain):
    world = _run(_off("share: 1, withhold: 1, withheld: [broadcast, performance_ads]"))
    for name in ("broadcast", "performance_ads"):
        assert _contacts(world, name) == 0 < _contacts(plain, name)
    others = [_contacts(w, "content_social") for w in (world, plain)]
    assert others[0] == pytest.approx(others[1], rel=0.05)
    lost = _booked(world, acc.WITHHELD)
    bought = _contacts(plain, "broadcast") + _contacts(plain, "performance_ads")
    assert lost == pytest.approx(bought, rel=0.02), "audiences shift a little with awareness"
    assert np.array_equal(world.ledger.spend(), plain.ledger.spend()), "the firm pays all the same"
    assert _booked(world, acc.ORDERS) < _booked(plain, acc.ORDERS)


def test_a_share_of_contacts_is_withheld_from_tagged_people_only(plain):
    world = _run(_off("share: 0.5, withhold: 0.25, withheld: [broadcast]"))
    bought = _contacts(world, "broadcast") + _booked(world, acc.WITHHELD)
    assert bought == pytest.approx(_contacts(plain, "broadcast"), rel=0.02)
    assert _booked(world, acc.WITHHELD) / bought == pytest.approx(0.125, rel=0.1)
    everything = _run(_off("share: 0.5, withhold: 1"))
    state, usual = everything.engine.columns(), plain.engine.columns()
    f, tagged = everything.names.index("birch"), state["tags"] > 0
    change = state["awareness"][f] - usual["awareness"][f]
    assert change[tagged].mean() < -0.05
    assert abs(change[~tagged].mean()) < 0.02, "nobody else receives them"


# Doses


@pytest.mark.parametrize("dose", [0.25, 1.0, 2.5])
def test_a_dose_is_the_mean_number_of_contacts(dose):
    words = (
        f"+treatments.club={{id: 1, firm: birch, weeks: 12, activity: community, contacts: {dose}}}"
    )
    world = _run(words)
    tagged = (world.engine.columns()["tags"] > 0).sum() * world.config.population.weight
    assert _booked(world, acc.GIVEN) / (12 * tagged) == pytest.approx(dose, rel=0.06)


# Ratings


def test_posted_ratings_move_the_public_rating_and_sales():
    quality = "firms.birch.quality=0.5"
    more = "id: 1, unit: firm, firm: birch, share: 1, weeks: 12, ratings: 90000, valence: 0.9"
    usual = _run(quality, "information.search_rate=0.8")
    praised = _run(quality, "information.search_rate=0.8", f"+treatments.praise={{{more}}}")
    assert _booked(praised, acc.RATED_GIVEN) == 12 * 90_000
    assert _booked(praised, acc.RATED_GOOD_GIVEN) == 12 * 81_000
    assert _booked(praised, acc.RATED) < _booked(usual, acc.RATED) * 1.5, "customers' own, apart"
    ratings = [w.run().kpi("good_ratings", 1)["birch"] for w in (usual, praised)]
    assert ratings[0] < 0.6 < 0.85 < ratings[1]
    trust = [w.engine.columns()["trust"][1].mean() for w in (usual, praised)]
    assert trust[1] > trust[0] + 0.02


# Retention


def test_the_lapse_ratio_multiplies_the_hazard_of_one_firm():
    start = _run("loyalty.lapse_hazard=0.4", "loyalty.contagion=0", weeks=1)
    worlds = [start.branch(f"firms.birch.lapse_ratio={r}") for r in (1, 0.5, 2)]
    for world in worlds:
        world.step()
    lapsed = [_booked(w, acc.LAPSED) for w in worlds]
    assert lapsed[1] / lapsed[0] == pytest.approx(0.5, abs=0.2)
    assert lapsed[2] / lapsed[0] == pytest.approx(2.0, abs=0.4)
    others = [_booked(w, acc.LAPSED, "cedar") for w in worlds]
    assert others[0] == others[1] == others[2]


def test_where_there_are_contracts_it_multiplies_the_odds_of_not_renewing():
    words = ("loyalty.contract=4", "choice.rate_mean=1", "warmup=8", "weeks=20", "choice.inertia=1")
    odds = []
    for ratio in (1.0, 0.5):
        world = _run(*words, f"firms.birch.lapse_ratio={ratio}", weeks=4)
        lapsed, renewed = (_booked(world, a) for a in (acc.LAPSED, acc.RENEWALS))
        odds.append(lapsed / renewed)
    assert odds[1] / odds[0] == pytest.approx(0.5, abs=0.12)


# Units


def test_firms_are_drawn_and_changed_by_name():
    words = "+treatments.good={id: 3, unit: firm, share: 1, week: 3, set: ["
    words += "'firms.{firm}.quality=0.99']}"
    world = _run(words, weeks=2)
    assert {f.quality for f in world.config.firms.values()} == {0.9}
    world.step()
    assert {f.quality for f in world.config.firms.values()} == {0.99}
    some = _run(words.replace("share: 1", "share: 0.5"), weeks=2)
    some.assign("good", [2])
    some.step()
    assert [f.quality for f in some.config.firms.values()] == [0.9, 0.9, 0.99, 0.9]
    same_worlds(some, sim.restore(some.snapshot()))


# What the purchase log says


def test_every_purchase_names_the_touch_it_is_credited_to():
    world = _run("log.purchases=true", weeks=8)
    run, log = world.run(), world.run().log("purchases")
    touched = run.ledger.touched().sum(axis=(0, 3))
    for f, firm in enumerate(run.firms):
        mine = log[log.firm == firm]["touch"].value_counts() * world.config.population.weight
        assert [mine.get(name, 0) for name in run.touches] == touched[f].tolist()
    again = log[~log["first"]]
    assert (again["touch"] != again["source"]).any()
    assert (log[log["first"]]["touch"] == log[log["first"]]["source"]).all()


# Wrong input


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("firm: birch, withheld: [broadcast]", r"withheld=broadcast: nothing is withheld"),
        ("firm: birch, withhold: 1, withheld: [broadcst]", r"unknown activity.*'broadcast'"),
        (
            "unit: firm, coupon: 0.2",
            r"t\.coupon: not for treatments\.t\.unit=firm; allowed ratings",
        ),
        ("unit: firm, among: customers", r"t\.among: not for treatments\.t\.unit=firm"),
        ("firm: birch, ratings: 3", r"t\.ratings: not for treatments\.t\.unit=customer"),
        ("unit: frm", r"t\.unit=frm: unknown; allowed customer, .*firm"),
        ("unit: firm, set: ['talk.rate=0']", r"talk\.rate=0: needs \{firm\} in place"),
        ("unit: firm, set: ['firms.{firm}.qualty=1']", r"^treatments\.t: .*Did you mean"),
        ("firm: birch, contacts: 4.5, activity: broadcast", "contacts=4.5 is out of bounds"),
    ],
)
def test_a_wrong_treatment_is_one_line(more, message):
    with pytest.raises(ConfigError, match=message) as caught:
        sim.load_config(f"+treatments.t={{id: 1, {more}}}")
    assert "\n" not in str(caught.value)


def test_both_engines_give_the_same_bits_with_all_of_it():
    config = sim.load_config(
        "population.customers=120", "weeks=10", "warmup=2", "threads=1", "choice.rate_mean=0.5",
        "talk.rate=0.3", "log.purchases=true", "loyalty.contract=3",
        "+treatments.off={id: 1, firm: birch, weeks: 9, withhold: 0.6}",
        "+treatments.less={id: 5, firm: birch, weeks: 9, withhold: 0.3, withheld: [broadcast]}",
        "+treatments.club={id: 2, firm: cedar, weeks: 9, activity: community, contacts: 1.25}",
        "+treatments.rate={id: 3, unit: firm, firm: birch, share: 1, weeks: 5, ratings: 500}",
        "+treatments.keep={id: 4, unit: firm, share: 1, set: ['firms.{firm}.lapse_ratio=3']}",
        *(f"firms.{name}.budget.broadcast=400000" for name in ("alder", "birch", "cedar")),
    )  # fmt: skip
    fast, readable = sim.start(config, 5), sim.start(override(config, "engine=reference"), 5)
    for _ in range(10):
        fast.step()
        readable.step()
        same_worlds(fast, readable)
    assert all(fast.ledger.accounts()[..., a].any() for a in (acc.WITHHELD, acc.GIVEN))
