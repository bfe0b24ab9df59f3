"""Executives who learn by one rule differ in what they try to raise."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.agents.objectives import OBJECTIVES
from sim.agents.policies import trial
from sim.agents.policy import View
from sim.agents.seen import Seen, SeenQuarter
from sim.config.compose import override
from sim.kpis import Window
from sim.ledger import accounts as acc
from sim.market import firms
from sim.params import ConfigError


def _seen(**booked):
    """A quarter of one firm with two lines; amounts are in cents."""
    own = np.zeros((1, 2, len(acc.ACCOUNTS)))
    for name, value in booked.items():
        own[0, 0, getattr(acc, name.upper())] = value
    empty, lines = np.zeros((1, 3, len(acc.ACCOUNTS))), np.zeros((1, 2))
    return Seen(
        SeenQuarter(
            Window(empty, empty, 13, 13), Window(own, own / 13, 13, 13), lines, lines, np.zeros(1)
        ), 0,
    )  # fmt: skip


def _view(seen, memory, objective="profit"):
    draws = (0.0, 0.0)
    return View(
        seen, np.array([100.0, 50.0]), np.ones(2, bool), memory, lambda n: draws[n],
        lambda *_: 0.0, 0.5, objective,
    )  # fmt: skip


def test_every_declared_objective_exists():
    assert (*OBJECTIVES,) == firms.OBJECTIVES
    with pytest.raises(ConfigError, match=r"objective=profits: unknown; .*'profit'"):
        override(sim.load_config(), "firms.birch.organisation.objective=profits")


def test_relationships_are_the_margin_of_further_orders_and_of_referred_customers():
    value = OBJECTIVES["relationships"]
    booked = {"orders": 100, "acquired": 60, "referred": 10, "revenue": 400_000, "goods": 150_000}
    assert value(_seen(**booked)) == pytest.approx(25.0 * (40 + 10))
    assert value(_seen(**booked | {"spend": 10**9})) == value(_seen(**booked)), "not a cost"
    assert value(_seen(**booked | {"acquired": 100, "referred": 0})) == 0.0
    assert value(_seen()) == 0.0
    assert OBJECTIVES["profit"](_seen(**booked)) == pytest.approx(2500.0)


def test_a_move_is_undone_when_the_objective_has_fallen_and_not_when_another_has():
    loss = {"orders": 10, "acquired": 1, "revenue": 1_000, "goods": 0}
    gain = loss | {"acquired": 10, "revenue": 9_000}  # more profit from new customers alone
    for objective, undone in (("profit", False), ("relationships", True)):
        memory = {}
        first = trial.credit(_view(_seen(**loss), memory, objective))
        second = trial.credit(_view(_seen(**gain), memory, objective))
        assert set(memory) == {objective, "move"}
        assert (second == first).all() != undone, "the same move, without the first undone"


def test_a_new_objective_has_no_past():
    memory = {}
    trial.credit(_view(_seen(orders=9, revenue=10**9), memory, "profit"))
    kept = trial.credit(_view(_seen(orders=9, revenue=1), memory, "relationships"))
    fresh = trial.credit(_view(_seen(orders=9, revenue=1), {}, "relationships"))
    assert (kept == fresh).all(), "what was earned before is no loss of relationships"


def test_customer_scores_are_surveyed_trust_repeat_and_referral():
    value = OBJECTIVES["customer_scores"]
    booked = {"active": 100, "trust": 40 * acc.PARTS, "acquired": 50, "referred": 10,
              "window_buyers": 80, "window_repeaters": 20}  # fmt: skip
    seen = _seen(**booked)
    shares = [seen.firm(kpi) for kpi in ("trust", "repeat_rate", "referral_rate")]
    assert value(seen) == pytest.approx(sum(shares))
    for more in ({"trust": 50 * acc.PARTS}, {"window_repeaters": 30}, {"referred": 20}):
        assert value(_seen(**booked | more)) > value(seen)
    assert value(_seen(**booked | {"revenue": 10**9})) == value(seen), "money is not among them"
    assert value(_seen()) == 0.0
