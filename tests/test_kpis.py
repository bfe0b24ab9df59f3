"""KPIs: pure functions with the field's definitions; a new KPI appears everywhere."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim import kpis
from sim.kpis import KPIS, over, weekly
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, PARTS


def _books(weeks=4, firms=2):
    return np.zeros((weeks, firms + 1, len(ACCOUNTS)), np.int64)


def test_money():
    a = _books()
    a[:, 0, acc.REVENUE], a[:, 0, acc.GOODS], a[:, 0, acc.SPEND] = 1000, 300, 200
    a[:, 1, acc.REVENUE] = 3000
    w = over(a, 2)
    assert kpis.profit(w).tolist() == [20.0, 120.0]
    assert kpis.market_share(w).tolist() == [0.25, 0.75]
    a[:, 0, acc.UNITS], a[:, 0, acc.LIST_VALUE] = 2, 1250
    assert kpis.price_paid(over(a, 2))[0] == 5.0
    assert kpis.discount_depth(over(a, 2))[0] == pytest.approx(0.2)


def test_awareness_is_a_mean_over_people_with_a_need():
    a = _books()
    a[:, -1, acc.PEOPLE] = 10
    a[:, 0, acc.AWARENESS] = 4 * PARTS
    assert kpis.awareness(over(a, 2))[0] == pytest.approx(0.4)
    assert kpis.awareness(weekly(a, 2)).shape == (4, 2)


def test_repeat_and_churn():
    a = _books(weeks=8)
    a[3, 0, acc.WINDOW_BUYERS], a[3, 0, acc.WINDOW_REPEATERS] = 20, 5
    a[7, 0, acc.WINDOW_BUYERS], a[7, 0, acc.WINDOW_REPEATERS] = 20, 15
    a[:, 0, acc.ACTIVE], a[:, 0, acc.LAPSED] = 100, 10
    w = over(a, 4)
    assert kpis.repeat_rate(w)[0] == 0.5
    assert kpis.churn(w)[0] == pytest.approx(1 - 0.9**4)
    assert np.isnan(kpis.repeat_rate(weekly(a, 4))[0, 0])


def test_division_by_zero_gives_nan():
    for kpi in KPIS.values():
        values = kpi.function(over(_books(), 4))
        assert values.shape == (2,)
        assert np.isnan(values).all() or (values == 0).all(), kpi.name


def test_every_kpi_has_a_definition_and_two_names():
    for kpi in KPIS.values():
        assert kpi.meaning.endswith(".")
        assert kpi.label["en"]
        assert kpi.label["zh"]
        assert kpi.unit in ("money", "share", "count")


def test_a_new_kpi_is_found_everywhere(small, monkeypatch):
    from sim.reporting import explain
    from sim.reporting.words import Words

    small.weeks = 6
    small.replicates = 2
    before = dict(KPIS)
    try:

        @kpis.kpi("count", "toy", "玩具")
        def toy_kpi(w):
            """Twice the orders."""
            return 2.0 * w.sum(acc.ORDERS)

        run = sim.simulate(small)
        assert (run.weekly["toy_kpi"] == 2 * run.weekly["orders"]).all()
        result = sim.compare(small, "ad_blitz", "community_building")
        assert "toy_kpi" in set(result.table["kpi"])
        assert "toy_kpi" in [row[0] for row in explain.kpis().rows]
        assert Words("zh").label("toy_kpi") == "玩具"
    finally:
        KPIS.clear()
        KPIS.update(before)
