"""The scorecard: what it measures, keeps and says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.experiments.validation.facts import functions, markets_of, targets
from sim.experiments.validation.scorecard import (
    EFFORTS,
    Effort,
    Scorecard,
    _fixing,
    _Market,
    _market,
    name_of,
    source_of,
    stored,
)
from sim.reporting import scorecard as report
from sim.reporting.figures.scorecard import position, scorecard_figure
from sim.reporting.words import Words
from tests.conftest import scorecard_of


def test_names_of_measuring_functions_are_unique():
    """Otherwise one function would be measured twice and the other never."""
    names = [name_of(one) for fact in targets().facts for one in functions(fact)]
    assert len(names) == len({*names})


def test_every_measuring_function_runs_where_its_figures_are():
    for name, fact in targets().facts.items():
        for one in functions(name):
            mine = {m for f in fact.figures.values() for m in f.markets
                    if f.estimator == one.estimator}  # fmt: skip
            assert {*markets_of(one, fact)} <= mine, name


def test_the_stored_scorecard_has_every_figure_and_survives_its_file():
    found = stored()
    figures = {(f.id, key, market) for f in targets().facts.values()
               for key, one in f.figures.items() for market in one.markets}  # fmt: skip
    assert {(f.fact.id, f.figure.key, f.market) for f in found.findings} == figures
    again = Scorecard.from_json(found.to_json())
    assert again.scores() == pytest.approx(found.scores(), nan_ok=True)
    assert set(again.scores()) >= {"score", "group_a", "never_used"}


def test_facts_of_an_inferred_market_are_measured_at_its_numbers():
    """E02 is about one cohort: settings differ in their seed alone."""
    effort = Effort(200, 3, 1, 1)
    market = _market(
        "cdnow", ["E02"], effort, ["population.people=200", "population.customers=200"]
    )
    declared = market.declared[0]
    assert len(market.at) == 3
    assert all(piece.changes == declared.changes for some in market.at for piece in some)
    assert len({piece.seed for some in market.at for piece in some} | {declared.seed}) == 4
    drawn = _market("industrial", ["E48"], effort, ["population.people=200"])
    assert all(piece.changes != drawn.declared[0].changes for some in drawn.at for piece in some)


def test_a_parameter_that_explains_a_figure_fixes_it():
    values = np.linspace(1.0, 2.0, 24)
    settings = np.column_stack([values, np.sin(9.0 * values)])
    market = _Market("brand", ("talk.rate", "price.weight"), settings, [], {}, {}, [])
    assert _fixing(3.0 * values, market, {}) == "talk.rate"
    assert _fixing(3.0 * values, market, {"talk.rate": 3.0}) == "", "not one for one"
    assert _fixing(np.cos(5.0 * values), market, {}) == ""
    assert _fixing(3.0 * values[:5], market, {}) == "", "too few settings"
    assert _fixing(values[:5], market, {"selling.self_serve": 1.0}) == "selling.self_serve"


def test_positions_are_half_widths_from_the_middle():
    figures = targets().facts
    price = figures["E08"].figures["list"]
    at = position(np.array([-1.0, -2.0, -4.0]), price, np.zeros(1))
    assert at == pytest.approx([1.0, 0.0, -1.0])
    sign = figures["E13"].figures["elasticity"]
    known = np.array([0.2, 0.3])
    assert position(np.array([0.15, 0.45]), sign, known) == pytest.approx([-1.0, 1.0])
    direction = replace(sign, low=0.0, high=float("inf"))
    assert position(np.array([0.0, 0.25]), direction, known) == pytest.approx([-1.0, 0.0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_tells_misses_first_and_what_fixes_a_hit(language):
    words = Words(language)
    page = report.page(stored(), words)
    costs = [fact.id for fact in report.misses(stored())]
    places = [page.index(f"**{name} ") for name in costs]
    assert places == sorted(places)
    found = scorecard_of("E31", 1.0)
    text = " ".join(report.answer(found, words))
    assert ("价值等于毛利" if language == "zh" else "value is margin") in text
    assert "{" not in page
    scorecard_figure(found, words)


def test_recipes_show_the_code_of_every_fact_once():
    recipes = report.recipes()
    for name in targets().facts:
        assert f"({name.lower()})=" in recipes
        for one in functions(name):
            source = source_of(one)
            assert source.startswith("def ")
            assert '"""' not in source.split("\n")[1]
            assert source in recipes


def test_quick_is_less_than_full():
    assert EFFORTS["quick"].settings < EFFORTS["full"].settings
    assert EFFORTS["full"].settings >= 30
    assert EFFORTS["full"].declared > 1
