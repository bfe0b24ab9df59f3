"""The shipped markets that serve measuring only: what they are for, and that one is as drawn."""

from __future__ import annotations

import sim
from sim import files
from sim.ledger import accounts as acc
from tests import thirty


def test_the_thirty_firms_are_those_drawn():
    path = files.CONFIGS / "market" / "thirty.yaml"
    assert path.read_text(encoding="utf-8") == thirty.text()


def test_thirty_firms_differ_in_size_as_brands_do():
    sizes = sorted(thirty.sizes(), reverse=True)
    assert 0.1 < sizes[0] < 0.25
    assert 0.4 < sum(sizes[:5]) < 0.7
    config = sim.load_config("market=thirty", "population.customers=600", "weeks=13", "threads=1")
    assert len(config.firms) == 30
    booked = sim.simulate(config, 1).ledger.accounts()[:, :-1].sum(axis=0)
    assert (booked[:, acc.ORDERS] > 0).sum() >= 25
    spent, earned = (booked[:, a].sum() for a in (acc.SPEND, acc.REVENUE))
    assert 0.05 < spent / earned < 0.2


def test_nobody_knows_a_new_category():
    config = sim.load_config("market=new_category", "population.customers=2000", "threads=1")
    world = sim.start(config, 1)
    assert not world.engine.column("awareness").any()
    assert config.weeks == 12 * 52
    for _ in range(52):
        world.step()
    booked = world.ledger.accounts()[:, :-1].sum(axis=(0, 1))
    assert booked[acc.ACQUIRED] > 0.9 * booked[acc.ORDERS], "nearly all are first purchases"
    assert booked[acc.ACQUIRED] < 0.3 * config.population.people
