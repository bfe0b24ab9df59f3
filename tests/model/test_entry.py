"""A firm that is declared, and enters in the middle of a run by an intervention or in a branch."""

from __future__ import annotations

import pytest

import sim
from sim.ledger import accounts as acc
from sim.params import ConfigError
from tests.conftest import same_worlds

SMALL = ("population.customers=300", "weeks=12", "warmup=2", "threads=1")
LATER = ("firms.cedar.enters=5200",)
"""Cedar enters when somebody says so."""


def _world(*words, weeks=12):
    world = sim.start(sim.load_config(*SMALL, *words), 1)
    while world.week < weeks:
        world.step()
    return world


def _enter(week):
    return f"+interventions.entry={{week: {week}, set: ['firms.cedar.enters={week}']}}"


def test_an_intervention_lets_a_firm_enter_as_its_declaration_would():
    declared, told = _world("firms.cedar.enters=5"), _world(*LATER, _enter(5))
    same_worlds(declared, told)
    flows = told.ledger.accounts()[:, told.names.index("cedar")]
    assert not flows[:4][:, [acc.SPEND, acc.ORDERS]].any()
    assert flows[4, [acc.SPEND, acc.AWARENESS, acc.HIRED]].all()
    assert flows[:, acc.ORDERS].sum() > 0


def test_a_branch_lets_a_firm_enter_in_the_coming_week_or_later():
    world = _world(*LATER, weeks=6)
    for week in (7, 9):
        twin = world.branch(f"firms.cedar.enters={week}")
        while twin.week < 12:
            twin.step()
        spent = twin.ledger.accounts()[:, twin.names.index("cedar"), acc.SPEND]
        assert (spent > 0).tolist() == [n + 1 >= week for n in range(12)]


def test_a_firm_enters_once_and_not_in_the_past():
    world = _world(*LATER, weeks=6)
    with pytest.raises(ConfigError, match=r"cedar.enters=6: has no effect, 6 weeks have passed"):
        world.branch("firms.cedar.enters=6")
    with pytest.raises(ConfigError, match=r"birch.enters=9: the firm is in the market already"):
        world.branch("firms.birch.enters=9")
