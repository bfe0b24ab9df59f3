"""How reactions of rivals are classed."""

from __future__ import annotations

import pytest

from sim import load_config
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


def test_a_shock_lasts_four_weeks_and_passive_rivals_do_not_react():
    market = Trial(load_config("market=brand", "population.customers=300"), 1).world
    control = advance(market.branch(), YEAR)
    treated = rivals._shocked(market, ["firms.birch.discount=0.2"], ["firms.birch.discount=0"])
    change = rivals.deals(treated) - rivals.deals(control)
    assert change[:SHOCK, 1] == pytest.approx(0.2, abs=0.01)
    assert change[SHOCK:, 1] == pytest.approx(0.0, abs=0.01)
    found = rivals.reactions(treated, control, by_price=True)
    assert found == [NONE, SAME, NONE, NONE]
