"""Memory of own suppliers, and how relationships end: what each rule says, in small markets."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.engines.protocol import ACTIVE, BOUGHT_EVER, DISAPPOINTED, ENDED
from sim.ledger import accounts as acc
from tests.conftest import same_worlds

ALIKE = (
    "population.customers=3000", "weeks=30", "warmup=0", "threads=1", "information.search_rate=0",
    "talk.rate=0", "loyalty.experience_awareness=0", "loyalty.experience_gain=0",
    "loyalty.experience_loss=0", "loyalty.contagion=0", "attention.trust_retention=1",
    *(f"firms.{name}.{what}" for name in ("alder", "birch", "cedar", "dogwood")
      for what in ("trust=0", "awareness=0.3", "enters=0", "budget={}", "sales.reps=0")),
)  # fmt: skip
"""A market without contacts and talk, in which everybody knows every firm equally well."""


def _start(*words, weeks=0):
    world = sim.start(sim.load_config(*ALIKE, *words), 1)
    return _on(world, weeks)


def _on(world, weeks=1):
    for _ in range(weeks):
        world.step()
    return world


def _with_customers(*words):
    """A market in which everybody is about to become an active customer of alder."""
    world = _start(*words)
    world.inject("join", "alder", np.arange(world.people.size))
    return world


def _booked(world, account, firm="alder"):
    weight = world.config.population.weight
    return world.ledger.accounts()[:, world.names.index(firm), account] // weight


def _within(count, chances):
    """Whether a count of independent events is within four standard errors of what is expected."""
    return abs(count - chances.sum()) < 4.0 * np.sqrt((chances * (1.0 - chances)).sum()) + 1e-9


# Memory


@pytest.mark.parametrize("silence", [1, 12])
def test_the_own_firm_comes_to_mind_as_often_as_the_rule_says(silence):
    level, fading = 0.8, 0.3
    world = _with_customers(
        "choice.rate_mean=0.3", "choice.intercept=-10", "loyalty.lapse_hazard=0",
        f"memory.level={level}", f"memory.fading={fading}",
    )  # fmt: skip
    _on(world, silence)
    rate = world.people.rate.astype(float)
    need = 1.0 - np.exp(-rate)
    awareness = world.engine.column("awareness").astype(float)
    memory = level * np.exp(-fading * silence * rate)
    own = need * (1.0 - (1.0 - awareness[0]) * (1.0 - memory))
    assert _within(_booked(world, acc.CONSIDERED)[-1], own)
    assert _within(_booked(world, acc.CONSIDERED, "birch")[-1], need * awareness[1])
    assert own.sum() > 1.3 * (need * awareness[1]).sum()


def test_who_has_never_bought_has_no_memory():
    plain, remembering = (
        _start("choice.intercept=-10", *more, weeks=5) for more in ((), ("memory.level=1",))
    )
    same_worlds(plain, remembering)


def test_what_comes_to_mind_by_memory_is_not_credited_to_search():
    touched = []
    for level in (0, 1):
        words = ("information.search_rate=1", "choice.rate_mean=0.3", f"memory.level={level}")
        world = _on(_with_customers(*words, "choice.intercept=-10"), 1)
        considered = world.engine.column("last_touch")[0] == acc.TOUCH_SEARCH
        touched.append(int(considered.sum()))
    assert touched[0] > 0 == touched[1]


# Own rates of leaving


def _survivors(shape):
    hazard = 0.05
    words = ("choice.intercept=-10", f"loyalty.lapse_hazard={hazard}")
    world = _with_customers(*words, f"loyalty.leaving_shape={shape}")
    leaving = world.people.leaving.astype(float)
    _on(world, 30)
    expected = np.maximum(0.0, 1.0 - hazard * leaving)
    active = _booked(world, acc.ACTIVE)
    for weeks in (1, 10, 30):
        assert _within(active[weeks - 1], expected**weeks), (shape, weeks)
    return active


def test_with_equal_mean_rates_of_leaving_retention_rises_with_tenure_if_they_differ():
    alike, differing = _survivors(0), _survivors(1)
    early, late = ([a[w + 9] / a[w] for a in (alike, differing)] for w in (0, 20))
    assert late[0] == pytest.approx(early[0], abs=0.05)
    assert late[1] > early[1] + 0.08
    assert differing[-1] > 1.5 * alike[-1]


def test_rates_of_leaving_have_mean_1_and_a_logarithm():
    for shape in (0.2, 1, 5):
        leaving = _start("population.customers=20000", f"loyalty.leaving_shape={shape}").people
        mean, spread = leaving.leaving.mean(), leaving.leaving.std()
        assert mean == pytest.approx(1.0, abs=0.1)
        assert spread == pytest.approx(shape**-0.5, rel=0.15)
        assert leaving.leaving.min() > 0.0
    assert (_start().people.leaving == 1.0).all()


def test_under_contracts_the_own_rate_multiplies_the_odds_of_not_renewing():
    words = ("loyalty.contract=3", "choice.intercept=0", "loyalty.switching_cost=0",
             "choice.consideration=false", "loyalty.leaving_shape=0.5")  # fmt: skip
    world = _with_customers("population.customers=6000", *words)
    _on(world, 3)
    stayed = world.engine.column("last_order")[0] == 2
    half = world.people.leaving < np.median(world.people.leaving)
    assert stayed.sum() == _booked(world, acc.RENEWALS)[-1] > 0
    assert stayed[half].mean() > 1.5 * stayed[~half].mean()


# Disappointment


def _bad(*words, weeks=4):
    quality = ("firms.alder.quality=0", "firms.birch.quality=1")
    lively = ("choice.rate_mean=0.5", "choice.intercept=1", "loyalty.lapse_hazard=0")
    return _start(*lively, *quality, *words, weeks=weeks)


def test_the_disappointed_leave_at_the_declared_chance_and_nobody_else():
    world = _bad("loyalty.quit_disappointed=0.3")
    disappointed, lapsed = (_booked(world, a).sum() for a in (acc.DISAPPOINTED, acc.LAPSED))
    assert _within(lapsed, np.full(disappointed, 0.3))
    assert (
        _booked(world, acc.LAPSED, "birch").sum() == 0 < _booked(world, acc.ORDERS, "birch").sum()
    )
    flags = world.engine.column("relation")
    assert ((flags[0] & (ENDED | DISAPPOINTED) > 0) == (flags[0] & ENDED > 0)).all()
    trusting = _bad("loyalty.quit_disappointed=1", "firms.alder.trust=0.9")
    told = _booked(trusting, acc.DISAPPOINTED).sum(), _booked(trusting, acc.LAPSED).sum()
    assert _within(told[1], np.full(told[0], 0.1))


def test_under_a_contract_a_disappointment_is_remembered_until_it_ends():
    words = ("loyalty.contract=3", "loyalty.quit_disappointed=1")
    stays, leaves = (
        _bad(*words, f"loyalty.returning_disappointed={ratio}", weeks=8) for ratio in (1, 0)
    )
    assert _booked(stays, acc.RENEWALS).sum() > 0 == _booked(leaves, acc.RENEWALS).sum()
    assert _booked(leaves, acc.RENEWALS, "birch").sum() > 0
    flags = leaves.engine.column("relation")[0]
    bound = flags & ACTIVE > 0
    assert bound.any()
    assert (flags[bound] & DISAPPOINTED > 0).all()
    assert not (flags[bound] & ENDED).any()


# Returning


def test_at_odds_of_0_nobody_who_has_left_buys_again():
    words = ("choice.rate_mean=0.5", "choice.intercept=1", "loyalty.lapse_hazard=0.2")
    usual, never = _start(*words, weeks=20), _start(*words, "loyalty.returning=0", weeks=20)
    back = [w.ledger.accounts()[:, :-1, acc.WON_BACK].sum() for w in (usual, never)]
    assert back[0] > 0 == back[1]
    flags = never.engine.column("relation")
    assert ((flags & BOUGHT_EVER > 0) == ((flags & ACTIVE > 0) ^ (flags & ENDED > 0))).all()


@pytest.mark.parametrize("why", ["", "_disappointed"])
def test_the_odds_of_returning_are_multiplied(why):
    """With one firm and every occasion considered, odds are shares bought over not bought."""
    words = ("choice.rate_mean=3", "choice.intercept=0", "choice.taste_spread=0",
             "choice.misfit_weight=0", "choice.consideration=false",
             "price.weight=0", "loyalty.switching_cost=0",
             *(f"~firms.{n}" for n in ("birch", "cedar", "dogwood")))  # fmt: skip
    world = _start(*words, "loyalty.lapse_hazard=0", "firms.alder.quality=0",
                   f"loyalty.quit_disappointed={int(bool(why))}", weeks=1)  # fmt: skip
    rows = np.flatnonzero(world.engine.column("relation")[0] & BOUGHT_EVER)
    if not why:
        world.inject("leave", "alder", rows)
    odds = []
    for ratio in (1.0, 0.25, 2.0):
        branch = _on(world.branch(f"loyalty.returning{why}={ratio}"), 1)
        again = int((branch.engine.column("last_order")[0, rows] == 1).sum())
        need = (1.0 - np.exp(-branch.people.rate[rows].astype(float))).sum()
        odds.append(again / (need - again))
    assert odds[1] / odds[0] == pytest.approx(0.25, rel=0.2)
    assert odds[2] / odds[0] == pytest.approx(2.0, rel=0.2)


def test_removed_customers_have_ended_and_a_further_order_makes_a_customer():
    world = _with_customers("choice.rate_mean=3", "choice.intercept=1", "loyalty.lapse_hazard=0")
    _on(world, 1)
    rows = np.flatnonzero(world.engine.column("relation")[0] & ACTIVE)
    world.inject("leave", "alder", rows)
    _on(world, 1)
    flags, latest = world.engine.column("relation")[0], world.engine.column("last_order")[0]
    back = (latest == 1)[rows]
    assert 0 < back.sum() < len(rows)
    assert (flags[rows][back] & (ENDED | ACTIVE) == ACTIVE).all()
    assert (flags[rows][~back] & (ENDED | ACTIVE) == ENDED).all()


# Whom a firm sees


@pytest.mark.parametrize(("words", "weeks"), [((), 13), (("loyalty.contract=5",), 5)])
def test_recency_of_minus_1_is_the_window_or_the_length_of_a_contract(words, weeks):
    lively = ("choice.rate_mean=0.3", "choice.intercept=1", "firms.birch.budget.broadcast=90000")
    one, other = (_start(*lively, *words, f"attention.recency={r}", weeks=20) for r in (-1, weeks))
    same_worlds(one, other)


# Both engines


@pytest.mark.parametrize("name", ["memory", "endings"])
@pytest.mark.parametrize("market", ["brand", "subscription"])
def test_both_engines_agree_and_off_is_as_before(market, name):
    small = (
        f"market={market}", "population.customers=60", "weeks=12", "warmup=0", "threads=1",
        "choice.rate_mean=0.5", "loyalty.lapse_hazard=0.1", "loyalty.tell_leaving=1",
    )  # fmt: skip
    on = sim.load_config(*small, f"mechanisms={name}")
    fast, readable = (_on(sim.start(on, 1, engine=e), 12) for e in ("columnar", "reference"))
    same_worlds(fast, readable)
    off = sim.load_config(*small, f"mechanisms={name}", f"off=[{name}]", "attention.recency=0")
    same_worlds(_on(sim.start(off, 1), 12), _on(sim.start(sim.load_config(*small), 1), 12))
