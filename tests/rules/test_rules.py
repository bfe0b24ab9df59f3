"""Rules: in bounds, monotone where they say so, and the same bits plain and compiled."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from numba import njit

from sim.rules import attention, choice, loyalty, talk

RULES = {
    "attention.tail_chance": lambda r: (r.exponential(1.0), int(r.integers(1, 5))),
    "attention.repeated": lambda r: (r.random(), int(r.integers(0, 5))),
    "attention.reached": lambda r: (r.random(), r.random()),
    "attention.addressed": lambda r: (r.random(), r.random(), r.random()),
    "attention.forgotten": lambda r: (r.random(), r.random()),
    "talk.valence": lambda r: (r.random(), r.random()),
    "talk.persuaded": lambda r: (r.random(), r.random(), r.random()),
    "choice.occasion_chance": lambda r: (r.exponential(1.0),),
    "choice.taste": lambda r: (r.random(), r.random()),
    "choice.price_appeal": lambda r: (r.exponential(40) + 0.01, 40.0, 3.0),
    "choice.appeal": lambda r: tuple(r.normal(size=8)),
    "choice.clock": lambda r: (r.random(), r.normal()),
    "loyalty.experienced": lambda r: (r.random(), bool(r.random() < 0.5), r.random(), r.random()),
    "loyalty.lapse_chance": lambda r: (r.random(), r.random()),
}
MODULES = {"attention": attention, "choice": choice, "loyalty": loyalty, "talk": talk}


def _rule(name: str):
    module, _, function = name.partition(".")
    return getattr(MODULES[module], function)


def test_every_rule_is_listed_here():
    for short, module in MODULES.items():
        for name, _ in inspect.getmembers(module, inspect.isfunction):
            if getattr(module, name).__module__ == module.__name__:
                assert f"{short}.{name}" in RULES


@pytest.mark.parametrize("name", RULES)
def test_plain_and_compiled_give_the_same_bits(name):
    rule = _rule(name)
    compiled = njit(lambda *a: rule(*a))
    rng = np.random.default_rng(3)
    for _ in range(300):
        arguments = tuple(float(x) if isinstance(x, np.floating) else x for x in RULES[name](rng))
        assert rule(*arguments) == compiled(*arguments)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_documented(name):
    assert inspect.getdoc(_rule(name))


def test_shares_stay_shares():
    rng = np.random.default_rng(4)
    for a, g, loss, v in rng.random((2000, 4)).tolist():
        for value in (
            attention.reached(a, g),
            attention.addressed(a, g, loss),
            attention.forgotten(a, g),
            attention.repeated(g, 3),
            talk.persuaded(a, g, v),
            talk.valence(a, v),
            loyalty.experienced(a, v < 0.5, g, loss),
            loyalty.lapse_chance(a, v),
            choice.occasion_chance(10 * a),
        ):
            assert 0.0 <= value <= 1.0


def test_tail_chances_are_those_of_a_poisson_count():
    from scipy import stats

    for rate in (0.01, 0.3, 1.0, 4.0):
        for n in (1, 2, 3, 4):
            assert attention.tail_chance(rate, n) == pytest.approx(
                float(stats.poisson.sf(n - 1, rate)), rel=1e-9
            )


def test_no_contact_changes_nothing_to_the_bit():
    for a in np.random.default_rng(5).random(500).tolist():
        assert attention.reached(a, attention.repeated(0.3, 0)) == a
        assert attention.addressed(a, 0.0, 0.0) == a


def test_the_race_of_clocks_is_the_multinomial_logit():
    utilities = [0.0, 0.5, -1.0]
    rng = np.random.default_rng(6)
    wins = np.zeros(3)
    for draws in rng.random((20_000, 3)).tolist():
        times = [choice.clock(u, v) for u, v in zip(draws, utilities, strict=True)]
        wins[int(np.argmin(times))] += 1
    expected = np.exp(utilities) / np.exp(utilities).sum()
    assert np.abs(wins / wins.sum() - expected).max() < 4 * np.sqrt(0.25 / 20_000)


def test_a_low_valence_lowers_trust():
    assert talk.persuaded(0.8, 0.1, talk.valence(0.2, 1.0)) < 0.8
    assert talk.persuaded(0.8, 0.1, talk.valence(0.2, 0.0)) > 0.8
