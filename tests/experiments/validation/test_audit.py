"""The audit: placebos hold, and each fails when the market is broken on purpose; ablations remove
what they say; a figure that a parameter fixes is found out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import sim
from sim import params
from sim.config.compose import load_config, options, override
from sim.engines.reference import Customer
from sim.experiments.validation import audit
from sim.experiments.validation.audit import (
    ABLATIONS,
    FACTOR,
    PLACEBOS,
    Bench,
    fixed_by,
    in_other_money,
    rank_correlations,
)
from sim.ledger import accounts as acc
from sim.model.world import start
from sim.params import numbers

TINY = ("population.customers=60", "weeks=6", "warmup=2", "threads=1")
TINIER = ("population.customers=30", "weeks=4", "warmup=1", "threads=1")


def _bench(market="brand", engine="columnar", begin=start, changes=TINY):
    config = load_config(f"market={market}", *changes)
    return Bench(config, 1, engine, begin)


OF_DRAWS = "ids_exchanged"
"""Needs many seeds, so it is tried in one market here; `gtm validate audit` tries it in all."""


@pytest.mark.parametrize("market", options("market"))
@pytest.mark.parametrize("name", [name for name in PLACEBOS if name != OF_DRAWS])
def test_placebos_hold_in_every_market(market, name):
    held, found = PLACEBOS[name].function(_bench(market))
    assert held, found


def test_exchanged_ids_make_no_difference_but_by_chance():
    held, found = PLACEBOS[OF_DRAWS].function(_bench())
    assert held
    assert found["account revenue"] > 0.0, "draws are keyed by ids"


@pytest.mark.parametrize("name", [n for n, p in PLACEBOS.items() if "reference" in p.engines])
def test_placebos_hold_in_the_readable_engine(name):
    held, found = PLACEBOS[name].function(_bench(engine="reference", changes=TINIER))
    assert held, found


# Broken on purpose


class _OfMoods(Customer):
    """A customer who feels otherwise at every meeting, also in the same week of another run."""

    moods = itertools.count()

    def lapse(self):
        self.trust[0] = min(1.0, self.trust[0] + 1e-6 * next(self.moods))
        super().lapse()


def _with(customer, **more):
    def begin(config, seed, engine=None):
        for name, value in more.items():
            setattr(customer, name, value)
        return start(config, seed, engine="reference", customer=customer)

    return begin


def test_a_customer_of_moods_breaks_the_same_market_twice():
    held, found = PLACEBOS["same_twice"].function(_bench(begin=_with(_OfMoods), changes=TINIER))
    assert not held
    assert "column trust" in found


def _dear_is_better(config, seed, engine=None):
    """A market in which the quality of dear goods is higher."""
    for firm in config.firms.values():
        firm.quality = 0.9 if firm.list_price < 100.0 else 0.1
    return start(config, seed, engine=engine)


def test_a_rule_about_coins_breaks_money_times_ten():
    held, found = PLACEBOS["money_times_ten"].function(_bench(begin=_dear_is_better))
    assert not held
    assert "account disappointed" in found


def test_an_amount_that_is_not_declared_as_money_breaks_money_times_ten(monkeypatch):
    monkeypatch.setattr(audit, "MONEY", "money per unit")
    held, _ = PLACEBOS["money_times_ten"].function(_bench())
    assert not held


def _named(config, seed, engine=None):
    """A market in which everybody knows a firm of a certain name."""
    if "birch" in config.firms:
        config.firms["birch"].awareness = 1.0
    return start(config, seed, engine=engine)


def test_a_famous_name_breaks_the_exchange_of_names():
    held, _ = PLACEBOS["names_exchanged"].function(_bench(begin=_named))
    assert not held


def _first(config, seed, engine=None):
    """A market in which the firm that is written first is known to everybody."""
    next(iter(config.firms.values())).awareness = 1.0
    return start(config, seed, engine=engine)


def test_a_rule_about_the_first_firm_breaks_the_order():
    held, _ = PLACEBOS["order_reversed"].function(_bench(begin=_first))
    assert not held


def _of_ids(config, seed, engine=None):
    """A market in which the firm with the second id is known to everybody."""
    for firm in config.firms.values():
        firm.awareness = float(firm.id == 2)
    return start(config, seed, engine=engine)


def test_a_rule_about_ids_breaks_their_exchange():
    bench = _bench(begin=_of_ids, changes=(*TINY[1:], "population.customers=300"))
    held, found = PLACEBOS["ids_exchanged"].function(bench)
    assert not held
    assert found["account revenue"] > 0


def _moved_by_money(config, seed, engine=None):
    """A market in which much money for the new instrument makes its firm known."""
    for firm in config.firms.values():
        firm.awareness = min(1.0, firm.awareness + 0.1 * (firm.budget.get("placebo", 0.0) > 0.0))
    return start(config, seed, engine=engine)


def test_money_that_acts_by_itself_breaks_the_idle_instrument():
    held, found = PLACEBOS["idle_instrument"].function(_bench(begin=_moved_by_money))
    assert not held
    assert "column awareness" in found


def test_an_effect_that_is_left_breaks_the_idle_instrument(monkeypatch):
    monkeypatch.setattr(audit, "EFFECTS", ("salience", "intrusiveness", "click", "capture"))
    bench = _bench(changes=(*TINY[1:], "population.customers=300"))
    held, found = PLACEBOS["idle_instrument"].function(bench)
    assert not held
    assert "column trust" in found


def test_the_audit_says_which_placebo_failed():
    size = ("population.customers=40", "weeks=4", "warmup=1")
    told = []
    found = audit.audit(["toy"], *size, engines=["columnar"], begin=_dear_is_better,
                        progress=lambda done, total: told.append((done, total)))  # fmt: skip
    assert [one.placebo for one in found] == [*PLACEBOS]
    assert told == [(1, len(PLACEBOS))] * len(PLACEBOS)
    by_name = {one.placebo: one for one in found}
    assert not by_name["money_times_ten"].held
    assert by_name["order_reversed"].exact
    with pytest.raises(sim.ConfigError, match="Did you mean 'toy'"):
        audit.audit(["toi"])


# Money


def test_every_amount_is_declared_as_money_or_as_a_share_of_it():
    units = {known.unit for _, known, _ in numbers(load_config("market=industrial"))}
    units |= {one.unit for one in params.CONSTANTS.values()}
    for unit in units:
        is_money = unit.startswith(audit.MONEY) or "of all money" in unit or "unit of money" in unit
        assert ("money" in unit) == is_money, unit


def test_other_money_reaches_every_amount():
    config = load_config("market=industrial")
    dear = in_other_money(config, FACTOR)
    was = {key: value for key, _, value in numbers(config)}
    for key, known, value in numbers(dear):
        factor = FACTOR if known.unit.startswith("money") else 1
        assert value == pytest.approx(factor * was[key]), key
    assert dear.firms["birch"].budget["service"] == 10 * config.firms["birch"].budget["service"]


# Ablations


def _after(config, weeks=10):
    world = start(config, 1)
    for _ in range(weeks):
        world.step()
    return world


def _orders(world):
    return world.ledger.accounts()[..., acc.ORDERS]


@pytest.mark.parametrize("name", ABLATIONS)
@pytest.mark.parametrize("market", ["brand", "packaged", "subscription", "industrial", "toy"])
def test_ablations_are_changes_of_every_market(market, name):
    config = load_config(f"market={market}", *TINY)
    changed = override(config, *ABLATIONS[name].changes(config))
    assert changed.firms
    if ABLATIONS[name].branches:
        start(config, 1).branch(*ABLATIONS[name].changes(config))


def test_without_word_of_mouth_nobody_is_told_anything():
    config = load_config("population.customers=300", *TINY[1:], "talk.rate=0.5")
    world = _after(override(config, *ABLATIONS["no_word_of_mouth"].changes(config)), 6)
    flows = world.ledger.accounts().sum(axis=(0, 1))
    assert flows[[acc.TALKS, acc.NOTICES, acc.RATED]].sum() == 0
    assert _after(config, 6).ledger.accounts()[..., acc.TALKS].sum() > 0


def test_without_trust_it_stays_and_plays_no_part_in_choice():
    config = load_config("population.customers=300", *TINY[1:], "loyalty.lapse_hazard=0")
    without = override(config, *ABLATIONS["no_trust"].changes(config))
    trusted = override(without, "firms.birch.trust=0.9")
    a, b = _after(without, 6), _after(trusted, 6)
    assert np.all(a.engine.columns()["trust"][1] == np.float32(0.25))
    assert np.array_equal(_orders(a), _orders(b))


def test_without_awareness_advertising_of_it_sells_nothing():
    config = load_config("population.customers=300", *TINY[1:])
    without = override(config, *ABLATIONS["no_awareness"].changes(config))
    known = override(without, "firms.birch.awareness=1")
    a, b = _after(without, 6), _after(known, 6)
    assert np.array_equal(_orders(a), _orders(b))


def test_without_heterogeneity_customers_are_alike():
    config = load_config("population.customers=500", *TINY[1:])
    world = start(override(config, *ABLATIONS["no_heterogeneity"].changes(config)), 1)
    people = world.people
    for name in ("taste", "price_weight", "click_propensity", "pace"):
        assert np.ptp(getattr(people, name)) == pytest.approx(0.0, abs=1e-6), name
    assert people.rate.std() / people.rate.mean() < 0.17
    assert start(config, 1).people.rate.std() / people.rate.mean() > 0.5


def test_without_competition_one_firm_is_left():
    config = load_config(*TINY)
    assert start(override(config, *ABLATIONS["no_competition"].changes(config))).names == ("alder",)
    alone = ABLATIONS["no_competition"].changes(config, "cedar")
    assert start(override(config, *alone)).names == ("cedar",)
    with pytest.raises(sim.ConfigError, match="Did you mean 'cedar'"):
        ABLATIONS["no_competition"].changes(config, "ceder")


# Figures that a parameter fixes


def _drawn(figure, keys, settings=40):
    rng = np.random.default_rng(7)
    drawn = rng.uniform(0.5, 1.5, (settings, len(keys)))
    return drawn, figure(drawn)


def test_a_figure_that_is_a_parameter_is_found_out():
    config = load_config(*TINY)
    keys = ("talk.rate", "talk.ties", "price.weight")
    drawn, values = _drawn(lambda x: 3.0 * x[:, 0] + 0.01 * x[:, 2], keys)
    values[3] = np.nan
    found = fixed_by(lambda c: 3.0 * c.talk.rate, ["talk.rate", "talk.awareness_gain"], config,
                     keys=keys, settings=drawn, values=values)  # fmt: skip
    assert found.fixed_by == "talk.rate"
    assert found.suspects[0].elasticity == pytest.approx(1.0)
    assert {one.key for one in found.suspects} == {*keys, "talk.awareness_gain"}
    by_key = {one.key: one for one in found.suspects}
    assert np.isnan(by_key["talk.awareness_gain"].elasticity) or (
        by_key["talk.awareness_gain"].elasticity == 0.0
    )


def test_a_figure_of_many_parameters_is_fixed_by_none():
    config = load_config(*TINY)
    keys = ("talk.rate", "price.weight")
    drawn, values = _drawn(lambda x: x[:, 0] * x[:, 1], keys)
    found = fixed_by(lambda c: c.talk.rate * c.price.weight, keys, config,
                     keys=keys, settings=drawn, values=values)  # fmt: skip
    assert found.fixed_by == ""


def test_of_a_retention_the_distance_from_one_is_moved():
    config = load_config(*TINY)

    def half_life(c):
        return float(np.log(0.5) / np.log(c.attention.retention))

    found = fixed_by(half_life, ["attention.retention"], config)
    assert found.suspects[0].elasticity == pytest.approx(-1.0, abs=0.05)
    assert found.fixed_by == "", "not without drawn settings"


def test_whole_numbers_are_moved_by_whole_steps_and_signs_must_not_change():
    config = load_config(*TINY, "talk.ties=10")
    assert fixed_by(lambda c: c.talk.ties, ["talk.ties"], config).suspects[0].elasticity == 1.0
    rate = config.talk.rate
    found = fixed_by(lambda c: c.talk.rate - rate, ["talk.rate"], config)
    assert np.isnan(found.suspects[0].elasticity)
    with pytest.raises(sim.ConfigError, match=r"Did you mean 'talk\.ties'"):
        fixed_by(lambda c: 1.0, ["talk.tie"], config)


def test_rank_correlations_skip_what_does_not_vary():
    settings = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    one, two = rank_correlations(settings, np.array([4.0, 5.0, 9.0]))
    assert one == pytest.approx(1.0)
    assert np.isnan(two)
