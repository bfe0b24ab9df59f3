"""What the Python functions take and refuse: as the command line does, in one line."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import sim
from sim.experiments.uncertainty import uncertainty
from sim.params import MOST_SEED, ConfigError

SMALL = ("population.customers=60", "weeks=4", "warmup=0", "threads=1")
NOT_WHOLE = [
    True,
    np.True_,
    1.5,
    2.0,
    np.float64(3.0),
    "1",
    None,
    -1,
    float("nan"),
    [1],
    2**63,
    b"1",
]


@pytest.fixture
def config():
    return sim.load_config(*SMALL)


def _refused(call, *said):
    with pytest.raises(ConfigError) as caught:
        call()
    assert str(caught.value).isprintable()
    for word in said:
        assert word in str(caught.value)


@pytest.mark.parametrize("seed", [np.int64(5), np.uint8(5), np.uint64(5), 5])
def test_whole_numbers_of_any_kind_are_seeds(config, seed):
    run = sim.simulate(config, seed)
    assert run.seed == 5
    assert type(run.seed) is int


@pytest.mark.parametrize("seed", [0, MOST_SEED, np.uint64(MOST_SEED)])
def test_the_largest_seed_lives(config, seed):
    world = sim.start(sim.load_config(*SMALL, f"seed={seed}"))
    world.step()
    assert sim.restore(world.snapshot()).seed == seed
    assert world.branch(seed=MOST_SEED).seed == MOST_SEED


@pytest.mark.parametrize("wrong", NOT_WHOLE)
def test_anything_else_is_no_seed(config, wrong):
    if wrong is not None:
        _refused(lambda: sim.start(config, wrong), "seed=", "allowed 0 to")
        _refused(lambda: sim.start(config, 1).branch(seed=wrong), "seed=", "allowed")
        _refused(lambda: sim.compare(config, "ad_blitz", None, replicates=wrong), "replicates=")
    config.seed = wrong
    _refused(lambda: sim.simulate(config), "seed=")


def test_there_are_seeds_for_all_replicates():
    config = sim.load_config(*SMALL, f"seed={MOST_SEED - 1}")
    _refused(lambda: sim.compare(config, "ad_blitz", None, replicates=2), f"up to {MOST_SEED - 2}")
    _refused(lambda: uncertainty(config, "ad_blitz", None, settings=3), "6 replicates")
    last = sim.load_config(*SMALL, f"seed={MOST_SEED - 2}")
    assert sim.compare(last, "ad_blitz", None, replicates=2).seeds == (MOST_SEED - 2, MOST_SEED - 1)


@pytest.mark.parametrize("wrong", [True, -0.1, 1.1, "0.1", float("nan"), [0.1], 10**400])
def test_the_smallest_effect_is_a_share(config, wrong):
    _refused(
        lambda: sim.compare(config, "ad_blitz", None, smallest_effect=wrong), "smallest_effect="
    )


@pytest.mark.parametrize("wrong", [None, {}, "market=toy", 3, sim.Config])
def test_a_configuration_comes_from_load_config(wrong):
    for call in (sim.start, sim.simulate, lambda c: sim.compare(c, "ad_blitz", None)):
        _refused(lambda call=call: call(wrong), "sim.load_config")


def test_other_arguments_of_the_wrong_kind_are_one_line(config):
    world = sim.start(config, 1)
    for call in (
        lambda: sim.load_config(3), lambda: sim.load_config(["talk.rate=1"]),
        lambda: sim.compare(config, "ad_blitz", None, store=3), lambda: sim.step(config),
        lambda: world.branch(7), lambda: world.branch(None), lambda: sim.start(config, engine=3),
        lambda: sim.start(config, engine=""), lambda: sim.start(config, engine="colummar"),
        lambda: sim.compare(config, {1: None, "b": "ad_blitz"}),
        lambda: sim.compare(config, {"": None, "b": "ad_blitz"}),
        lambda: sim.compare(config, {"a": None}), lambda: sim.compare(config),
        lambda: sim.compare(config, ("ad_blitz", "talk.rate"), None),
        lambda: sim.compare(config, ("ad_blitz", "=3"), None),
    ):  # fmt: skip
        _refused(call)


def test_none_is_an_arm_of_declared_budgets(config):
    found = sim.compare(config, {"now": None, "blitz": "ad_blitz"}, replicates=np.int64(2))
    assert found.arms == ("now", "blitz")
    assert sim.compare(config, None, "ad_blitz", replicates=2).arms == ("declared", "ad_blitz")


# A configuration changed in Python


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: setattr(c.talk, "rat", 1), "unknown key talk.rat. Did you mean 'talk.rate'?"),
        (lambda c: setattr(c, "weks", 1), "unknown key weks. Did you mean 'weeks'?"),
        (lambda c: setattr(c.talk, "rate", 9.0), "talk.rate=9.0 is out of bounds"),
        (lambda c: setattr(c.talk, "rate", "0.1"), "talk.rate='0.1': needs a number"),
        (lambda c: setattr(c.talk, "ties", True), "talk.ties=true: needs a whole number"),
        (lambda c: setattr(c.talk, "ties", 4.0), "talk.ties=4.0: needs a whole number"),
        (lambda c: setattr(c, "talk", None), "talk=null: needs a group"),
        (lambda c: setattr(c, "engine", 3), "engine=3: needs text"),
        (lambda c: setattr(c, "off", "talk"), "off=talk: needs a list"),
        (lambda c: c.firms.update(x=3), "firms.x=3: needs a group"),
        (lambda c: c.firms["birch"].budget.update(radio=3.0), "unknown activity"),
        (lambda c: c.firms["birch"].budget.update({3.5: 3.0}), "is not text"),
        (lambda c: c.firms.clear(), "firms: none declared"),
    ],
)
def test_a_changed_configuration_is_checked_when_it_is_used(config, change, said):
    change(config)
    _refused(lambda: sim.simulate(config), said)
    _refused(lambda: sim.compare(config, "ad_blitz", None, replicates=2), said)


def test_numbers_of_numpy_become_plain_numbers(config):
    plain = copy.deepcopy(config)
    config.weeks, config.talk.rate = np.int32(4), np.float32(0.5)
    config.choice.consideration = np.int8(1) == 1
    plain.talk.rate = 0.5
    world = sim.start(config, 1)
    assert world.config == sim.start(plain, 1).config
    assert type(world.config.talk.rate) is float
    assert sim.restore(world.snapshot()).config == world.config


def test_what_is_loaded_is_independent_of_what_was_loaded_before(config):
    config.talk.rate = 1.0
    config.firms["birch"].budget.clear()
    again = sim.load_config(*SMALL)
    assert again.talk.rate != 1.0
    assert again.firms["birch"].budget


# Snapshots


def test_a_snapshot_knows_its_version_and_its_damage(config, monkeypatch):
    from sim.model import archive

    world = sim.start(config, 1)
    world.step()
    saved = world.snapshot()
    assert sim.restore(bytearray(saved)).week == 1
    half = len(saved) // 2
    damaged = saved[:half] + bytes([saved[half] ^ 1]) + saved[half + 1 :]
    for wrong in (saved[:-1], saved[:300], damaged):
        _refused(lambda wrong=wrong: sim.restore(wrong), "damaged")
    for wrong in (b"", b"PK\x03\x04", saved[20:], saved.partition(b"\n")[2]):
        _refused(lambda wrong=wrong: sim.restore(wrong), "no snapshot")
    for wrong in (None, "text", 3, world):
        _refused(lambda wrong=wrong: sim.restore(wrong), "needs bytes")
    monkeypatch.setattr(archive, "FORM", archive.FORM + 1)
    _refused(lambda: sim.restore(saved), f"version {sim.__version__} in form {archive.FORM - 1}")


# The package


def test_the_package_shows_its_public_names():
    assert dir(sim) == sorted(sim.__all__)
    assert all(getattr(sim, name).__doc__ for name in sim.__all__ if name != "__version__")
    assert all(name in sim.__doc__ for name in ("load_config", "simulate", "compare", "restore"))
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = sim.simulat
