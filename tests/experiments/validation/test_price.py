"""Facts on prices: the arithmetic, on sales that follow formulas, and markets without causes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import sim
from sim.experiments.validation.measures import price
from sim.experiments.validation.trial import Trial
from tests.experiments.validation.scripted import PRICE, scripted


def test_the_elasticity_of_a_power_law_is_its_power():
    found = price.own_price(
        scripted(
            lambda w: (
                1000.0
                * (w[-1].get("list_price", PRICE) / PRICE) ** -2.5
                * (1.0 - w[-1].get("discount", 0.0)) ** -3.5
            )
        )
    )
    assert found == {"list": pytest.approx(-2.5), "cut": pytest.approx(-3.5)}


def test_a_dip_is_what_is_missing_in_the_eight_weeks_after():
    """Of 100 additional units 5 are missing in each of weeks 2 to 10, the last of which is too
    late, and 1 in each week from the 27th on."""

    def sales(weeks) -> float:
        deals = [n for n, week in enumerate(weeks[::-1]) if week.get("discount", 0.0) > 0.0]
        if not deals:
            return 100.0
        return {0: 200.0, **dict.fromkeys(range(1, 10), 95.0)}.get(deals[0], 100.0) - (
            deals[0] >= 26
        )

    found = price.after_a_promotion(scripted(sales))
    assert found["dip"] == pytest.approx(0.4)
    assert found["level"] == pytest.approx(-0.01)


def test_units_are_counted_by_customer_and_week():
    rows = np.array([
        [10, 0, 1, 3, 900, 1, 0, 0],
        [11, 0, 1, 2, 600, 0, 0, 0],
        [12, 2, 0, 1, 300, 1, 0, 0],
    ])  # fmt: skip
    width = len(price.events(SimpleNamespace(logs={"purchases": []}), "purchases"))
    rows = np.pad(rows, ((0, 0), (0, width - rows.shape[1])))
    world = SimpleNamespace(
        logs={"purchases": [rows]}, week=12, names=("a", "b"), people=SimpleNamespace(size=3)
    )
    assert price.bought_lately(world, 2).tolist() == [[0, 2], [0, 0], [1, 0]]


def test_customers_who_do_not_mind_prices_do_not_respond():
    small = ("market=brand", "population.customers=300", "price.weight=0")
    assert price.own_price(Trial(sim.load_config(*small), 1)) == {"list": 0.0, "cut": 0.0}


@pytest.mark.slow
def test_a_cut_sells_less_where_nothing_can_be_stored():
    small = ("market=packaged", "population.customers=300")
    stored, not_stored = (
        price.own_price(Trial(sim.load_config(*small, f"stock.stockup={by}"), 1))["cut"]
        for by in (6, 0)
    )
    assert stored < not_stored - 2.0


@pytest.mark.slow
def test_deals_leave_less_behind_where_past_prices_are_forgotten(monkeypatch):
    monkeypatch.setattr(price, "BRANDS", 1)
    # Without stocks at home: a remembered deal makes a later one look small, so less is stocked up.
    small = ("market=packaged", "population.customers=1500", "stock.stockup=0")
    declared, forgotten = (
        price.deals_and_price_sensitivity(Trial(sim.load_config(*small, *words), 1))["sustained"]
        for words in ((), ("price.memory_share=0",))
    )
    assert declared > 0.05
    assert forgotten < declared / 2.0
