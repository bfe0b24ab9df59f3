"""What runs share: customers, ties and configurations are drawn and checked once, and never mixed
up."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import sim
from sim.config.compose import checked, override
from sim.config.schema import with_number
from sim.market import population
from sim.market.calendar import DEFAULT_START
from sim.model.state import begin
from sim.model.world import start_checked
from sim.params import ConfigError, numbers

DRAWN_FROM = (
    "population", "segments", "choice", "price", "attention", "credit", "shelf", "media", "flow",
    "weeks", "warmup",
)  # fmt: skip


@pytest.fixture(scope="module")
def small():
    return sim.load_config("population.customers=40", "weeks=6", "warmup=2", "threads=1")


def _forget() -> None:
    population._drawn_people.cache.clear()
    population.draw_media_diet.cache.clear()


def _columns(config, seed):
    given = begin(config, seed, None, DEFAULT_START)
    drawn = [*vars(given.people).values(), given.network.cohorts, given.trait_key]
    return [*drawn, given.media_use.diet, given.media_use.following], given.network.places


def _other(known, value):
    """Another value of a number, within its bounds."""
    if isinstance(value, bool):
        return not value
    more = value + 1 if isinstance(value, int) else 1.3 * value + 0.01
    return more if more <= known.high else known.low


def test_customers_are_shared_only_if_all_they_depend_on_is_the_same(small):
    """Each number is changed in turn: what is found among the kept is what is drawn anew."""
    _columns(small, 1)
    changes = [
        (key, _other(known, value))
        for key, known, value in numbers(small)
        if key.partition(".")[0] in DRAWN_FROM
    ]
    found = {}
    for key, value in changes:
        found[key] = _columns(with_number(small, key, value), 1)
    found["another seed"] = _columns(small, 2)
    plain = _columns(small, 1)
    different = set()
    for key, value in [*changes, ("another seed", 0)]:
        _forget()
        again = (
            _columns(small, 2)
            if key == "another seed"
            else _columns(with_number(small, key, value), 1)
        )
        assert all(map(np.array_equal, found[key][0], again[0])), key
        assert found[key][1] == again[1], key
        if not all(map(np.array_equal, found[key][0], plain[0])):
            different.add(key)
    assert {"another seed", "choice.rate_mean", "media.habit", "flow.inflow"} <= different
    assert "price.elasticity" not in different


def test_runs_share_customers_but_cannot_change_them(small):
    first, second = (start_checked(small, 5) for _ in range(2))
    assert first.people is second.people
    assert start_checked(override(small, "talk.rate=0.2"), 5).people is first.people
    assert start_checked(small, 6).people is not first.people
    for column in [*vars(first.people).values(), first.media_use.diet, first.draw_key]:
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_kept_customers_are_bounded_in_bytes(small):
    _forget()
    kept = population._drawn_people.cache
    sizes = [start_checked(small, seed).people.nbytes for seed in range(20, 25)]
    assert kept.currsize == sum(sizes)
    assert kept.maxsize == population.MOST_KEPT


def test_branches_share_what_they_do_not_change(small):
    world = sim.start(small, 3)
    world.step()
    twin = world.branch()
    assert twin.config is world.config
    assert twin.people is world.people
    assert twin.levers is world.levers
    other = world.branch("talk.rate=0.3", seed=4)
    assert world.config.talk.rate == small.talk.rate != other.config.talk.rate
    assert other.people is world.people
    assert not np.array_equal(other.draw_key, world.draw_key)
    assert np.array_equal(other.trait_key, world.trait_key)


def test_a_market_that_becomes_its_branch_goes_on_as_a_branch_does(small):
    world = sim.start(small, 3)
    twin = world.branch("talk.rate=0.3", seed=8, plan="ad_blitz")
    world.diverge("talk.rate=0.3", seed=8, plan="ad_blitz")
    for _ in range(3):
        twin.step()
        world.step()
    assert twin.snapshot() == world.snapshot()


def test_eras_change_the_configuration_of_one_market_only(small):
    config = override(small, "+eras.dear={key: talk.rate, first: 1, last: 6, start: 0.1, end: 0.3}")
    before = copy.deepcopy(config)
    world, twin = start_checked(config, 1), start_checked(config, 1)
    for _ in range(6):
        world.step()
    assert config == before
    assert world.config.talk.rate > twin.config.talk.rate


def test_a_checked_configuration_is_known_again_and_never_shared(small):
    first, second = checked(small), checked(small)
    assert first == second == small
    assert first is not second
    assert first.talk is not second.talk
    first.talk.rate = 0.4
    assert checked(small).talk.rate == small.talk.rate
    assert checked(first).talk.rate == 0.4
    first.talk.rate = 40.0
    with pytest.raises(ConfigError, match=r"talk\.rate=40\.0 is out of bounds"):
        checked(first)
    second.talk.raet = lambda: 0
    with pytest.raises(ConfigError, match=r"unknown key talk\.raet"):
        checked(second)
