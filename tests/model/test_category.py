"""A new category: the belief that a first purchase needs, who moves it, and whom it holds back."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

import sim
from sim import draws
from sim.engines.protocol import BOUGHT_EVER
from sim.ledger import accounts as acc
from sim.rules.category import hurdle
from tests.conftest import same_worlds

NEW = ("market=new_category", "threads=1", "choice.rate_mean=0.2", "weeks=40")
ON = (*NEW, "mechanisms=category")
REPS = (
    "firms.alder.sales.reps=4", "firms.alder.sales.pay=monthly_quota",
    "firms.alder.sales.authority=0.3", "pay.monthly_quota.quota=2000", "population.people=400",
    "selling.purchase_acceleration=50",
)  # fmt: skip


def _world(*words, seed=1, engine="columnar", weeks=0):
    world = sim.start(sim.load_config(*words), seed, engine=engine)
    while world.week < weeks:
        world.step()
    return world


def _of_market(world, account):
    return world.ledger.accounts()[:, -1, account]


def _hurdles(world):
    stream = draws.stream_key(draws.HURDLE, 0, 0, 0)
    drawn = draws.uniform_column(draws.word(world.trait_key, stream))
    return np.array([hurdle(one, world.config.category.hurdle_spread) for one in drawn.tolist()])


def _has_bought(world):
    return (world.engine.column("relation") & BOUGHT_EVER).any(axis=0)


def test_without_hurdles_the_market_is_as_before():
    plain = _world(*NEW, "population.customers=400", weeks=20)
    gains = ("category.message_gain=0.5", "category.contact_gain=0.5")
    same_worlds(plain, _world(*NEW, "population.customers=400", *gains, weeks=20))
    off = _world(*ON, "population.customers=400", "off=[category_belief]", weeks=20)
    same_worlds(plain, off)
    assert not plain.ledger.accounts()[..., [acc.ADOPTED, acc.UNCONVINCED]].any()


def test_where_a_firm_has_always_been_everybody_believes():
    brand = ("population.customers=300", "warmup=4", "threads=1")
    plain, on = (_world(*brand, *words, weeks=8) for words in ((), ("mechanisms=category",)))
    assert (on.engine.column("belief") == 1.0).all()
    one, two = plain.ledger.accounts(), on.ledger.accounts()
    assert two[..., acc.ADOPTED].any()
    two[..., acc.ADOPTED] = 0
    assert np.array_equal(one, two)


def test_every_occasion_is_held_back_or_arises():
    plain, on = (_world(*w, "population.customers=2000", weeks=1) for w in (NEW, ON))
    kept, held = (int(_of_market(on, a)[0]) for a in (acc.OCCASIONS, acc.UNCONVINCED))
    assert kept + held == _of_market(plain, acc.OCCASIONS)[0]
    assert held > kept == 0, "in the first week nobody has heard of the category"


def test_nobody_buys_for_the_first_time_below_the_own_hurdle_and_adopters_stay():
    lively = ("category.contact_gain=0.2", "talk.rate=0.5", "selling.deliberation=2")
    world = _world(*ON, "population.customers=400", *lively)
    needed, adopters = _hurdles(world), _has_bought(world)
    for _ in range(30):
        believed = world.engine.column("belief").copy()
        uninformed = ~world.engine.column("inbox_count").any(axis=0)
        world.step()
        before, adopters = adopters, _has_bought(world)
        belief, first = world.engine.column("belief"), adopters & ~before
        assert ((belief >= 0.0) & (belief <= 1.0)).all()
        assert (believed >= needed)[first & uninformed].all()
        assert adopters[before].all(), "adopters stay"
        assert (belief == 1.0)[adopters].all(), "they know"
    assert _of_market(world, acc.ADOPTED)[-1] == world.config.population.weight * adopters.sum()
    assert world.ledger.accounts()[..., acc.HEARD].any()


def test_below_the_hurdle_neither_an_occasion_nor_a_discount_gives_an_order():
    held = (*REPS, "population.customers=400", "category.contact_gain=0", "talk.rate=0")
    world = _world(*ON, *held)
    state = world.engine.columns()
    state["belief"][:] = np.float32(0.3)
    world.engine.load(state)
    for _ in range(20):
        world.step()
    bought = _has_bought(world)
    assert (_hurdles(world)[bought] <= 0.3).all()
    booked = world.ledger.accounts().sum(axis=(0, 1))
    assert booked[acc.ORDERS] > booked[acc.ACCELERATED] > 0


@lru_cache(maxsize=64)
def _adopted(seed, *words):
    world = _world(*ON, "population.customers=400", "weeks=78", *words, seed=seed, weeks=78)
    return _of_market(world, acc.ADOPTED).mean() / _of_market(world, acc.PEOPLE)[0]


def _effect(words, change):
    """Change of the mean share of adopters, and half its interval of 95 %, over paired runs."""
    pairs = [(_adopted(s, *words), _adopted(s, *words, change)) for s in range(1, 7)]
    added = np.array([after - before for before, after in pairs])
    half = stats.t.ppf(0.975, len(added) - 1) * added.std(ddof=1) / len(added) ** 0.5
    return added.mean(), half


@pytest.mark.parametrize(
    ("change", "sign"), [("talk.rate=0", -1), ("category.message_gain=0.5", 1),
                         ("category.contact_gain=0.1", 1), ("category.hurdle_spread=0.5", 1)],
)  # fmt: skip
def test_adoption_is_slower_without_talk_and_faster_with_weightier_information(change, sign):
    mean, half = _effect(("talk.rate=0.3",), change)
    assert sign * mean > half


def test_a_message_moves_the_belief_more_than_a_contact_and_towards_what_it_says():
    world = _world(*ON, "population.customers=300", "talk.rate=0", "off=[crowding, relevance]")
    for name in world.names:
        world.change(f"firms.{name}.budget={{}}")
    world.inject("message", "alder", [0])
    world.inject("message", "birch", [1, 1], valence=0.0)
    for activity, row in (("broadcast", 2), ("service", 3)):
        world.inject("contact", "alder", [row], activity=activity)
    world.inject("message", "alder", [4])
    world.inject("message", "birch", [4], valence=0.0)
    world.step()
    belief = world.engine.column("belief")[:6].tolist()
    assert belief == pytest.approx([0.1, 0.0, 0.002, 0.02, 0.5 * (1 - 0.9**2), 0.0])
    world.inject("message", "birch", [0], valence=0.0)
    world.step()
    assert world.engine.column("belief")[0] == pytest.approx(0.09), "a warning lowers it"


def test_who_joins_by_an_experiment_has_adopted():
    world = _world(*ON, "population.customers=300")
    world.inject("join", "alder", [7])
    world.step()
    assert world.engine.column("belief")[7] == 1.0


def test_the_belief_goes_with_snapshots_and_branches():
    world = _world(*ON, "population.customers=300", weeks=10)
    assert world.engine.column("belief").any()
    twins = sim.restore(world.snapshot()), world.branch()
    world.step()
    for twin in twins:
        twin.step()
        same_worlds(world, twin)


def test_twins_in_a_new_category():
    words = (
        *ON, *REPS, "population.customers=60", "population.bystanders=3", "talk.rate=0.5",
        "flow.exit=0.01", "flow.inflow=0.02", "category.contact_gain=0.2", "loyalty.contract=4",
        "selling.self_serve=0.5", "selling.deliberation=2",
        "+treatments.gift={id: 1, firm: birch, weeks: 9, activity: community, contacts: 1.5}",
    )  # fmt: skip
    fast, readable = (_world(*words, engine=engine) for engine in ("columnar", "reference"))
    for week in range(24):
        for world in (fast, readable):
            if week == 1:
                world.inject("message", "birch", [3], valence=0.1)
                world.inject("contact", "alder", [4], activity="broadcast")
                world.inject("join", "alder", [5])
            world.step()
        same_worlds(fast, readable)
    booked = fast.ledger.accounts().sum(axis=(0, 1))
    assert booked[acc.UNCONVINCED] > 0 < booked[acc.ADOPTED]
    assert booked[acc.ACCELERATED] > 0 < booked[acc.HEARD]
