"""How reactions of rivals are classed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim import load_config
from sim.config.compose import override
from sim.experiments.validation.measures import rivals
from sim.experiments.validation.measures.rivals import (
    ACCOMMODATING,
    NONE,
    OTHER,
    SAME,
    SHOCK,
    reaction,
)
from sim.experiments.validation.trial import Trial, advance
from sim.rules.units import YEAR


@pytest.mark.parametrize(
    ("deeper", "more", "by_price", "found"),
    [
        (0.0, 0.0, True, NONE),
        (0.005, -0.005, True, NONE),
        (0.05, 0.0, True, SAME),
        (0.05, 0.0, False, OTHER),
        (0.0, 0.2, False, SAME),
        (0.0, 0.2, True, OTHER),
        (-0.05, 0.0, True, ACCOMMODATING),
        (0.0, -0.2, True, ACCOMMODATING),
        (0.05, -0.2, True, SAME),
    ],
)  # fmt: skip
def test_a_reaction_is_none_the_same_another_or_a_retreat(deeper, more, by_price, found):
    assert reaction(deeper, more, by_price=by_price) == found


def test_rivals_are_those_of_the_price_war_without_its_price_cut(monkeypatch):
    words = ("market=packaged", "population.customers=7", "weeks=9", "choice.misfit_weight=0.25",
             "firms.cedar.organisation={reaction: imitate}")  # fmt: skip
    monkeypatch.setattr(
        rivals.scenarios, "need", {"price_war": SimpleNamespace(markets={"packaged": words})}.get
    )
    assert rivals.behaviour() == [*words[3:]]
    war = override(load_config("market=packaged", "population.customers=300"), *rivals.behaviour())
    market = SimpleNamespace(config=war, names=("alder", "birch", "cedar"))
    assert rivals.imitates(market).tolist() == [False, False, True]


def test_the_shipped_price_war_says_who_imitates():
    base = load_config("market=packaged", "population.customers=300")
    war = override(base, *rivals.behaviour())
    assert war.choice.misfit_weight < base.choice.misfit_weight
    assert rivals.imitates(SimpleNamespace(config=war, names=[*war.firms])).sum() == 3
    assert not rivals.imitates(SimpleNamespace(config=base, names=[*base.firms])).any()
    assert [firm.discount for firm in war.firms.values()] == [
        firm.discount for firm in base.firms.values()
    ]
    assert war.population.customers == 300


def test_passive_rivals_count_as_rivals_who_do_not_react(monkeypatch):
    """In the war of four firms here only cedar imitates; whoever cuts prices, it copies the deal,
    and nobody answers advertising."""
    monkeypatch.setattr(rivals, "behaviour", lambda: [
        "firms.cedar.organisation={reaction: imitate, instrument: price}"])  # fmt: skip

    def classed(treated, control, *, by_price):
        copied = SAME if by_price else NONE
        return [copied if one else NONE for one in rivals.imitates(treated)]

    monkeypatch.setattr(rivals, "reactions", classed)
    monkeypatch.setattr(rivals, "_shocked", lambda market, *_: market.branch())
    monkeypatch.setattr(rivals, "advance", lambda market, _: market)
    monkeypatch.setattr(rivals, "sales", lambda *_: np.ones(4))
    found = rivals.rivals_reactions(
        Trial(load_config("market=brand", "population.customers=300"), 1)
    )
    assert found["none"] == pytest.approx(9 / 12)
    assert found["imitators"] == 0.0
    assert found["none_advertising"] == found["same"] == 1.0


def test_a_shock_lasts_four_weeks_and_passive_rivals_do_not_react():
    market = Trial(load_config("market=brand", "population.customers=300"), 1).world
    control = advance(market.branch(), YEAR)
    treated = rivals._shocked(market, ["firms.birch.discount=0.2"], ["firms.birch.discount=0"])
    change = rivals.deals(treated) - rivals.deals(control)
    assert change[:SHOCK, 1] == pytest.approx(0.2, abs=0.01)
    assert change[SHOCK:, 1] == pytest.approx(0.0, abs=0.01)
    found = rivals.reactions(treated, control, by_price=True)
    assert found == [NONE, SAME, NONE, NONE]
