"""Patterns of buying that should emerge by themselves, and the mechanisms behind them."""

from __future__ import annotations

import numpy as np
import pytest

import sim


def _brands(*overrides: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share, penetration and orders per buyer by brand in a year of the packaged market."""
    customers = 8000
    config = sim.load_config(
        "market=packaged", f"population.customers={customers}", "weeks=52", "log.purchases=true",
        *overrides,
    )  # fmt: skip
    run = sim.simulate(config, 1)
    orders = np.zeros((len(run.firms), customers))
    log = run.logs["purchases"]
    np.add.at(orders, (log[:, 2], log[:, 1]), 1)
    buyers = (orders > 0).sum(axis=1)
    return orders.sum(axis=1) / orders.sum(), buyers / customers, orders.sum(axis=1) / buyers


@pytest.mark.slow
def test_double_jeopardy_arises_from_consideration():
    """Small brands have fewer buyers, who buy them less often; not if all brands are considered."""
    share, penetration, frequency = _brands()
    assert np.corrcoef(penetration, share)[0, 1] > 0.9
    assert np.corrcoef(penetration, frequency)[0, 1] > 0.7
    assert 1.1 < frequency.max() / frequency.min() < 1.8
    assert penetration.max() / penetration.min() > 3.0
    _, even, _ = _brands("off=[consideration]")
    assert even.max() / even.min() < 0.6 * penetration.max() / penetration.min()


@pytest.mark.slow
def test_clicks_get_credit_for_orders_that_would_have_come_anyway(small):
    """For a well-known firm, clicks cause only few of the orders credited to them."""
    small.population.customers, small.population.people = 20_000, 20_000
    small.attention.contact_gain = small.attention.trust_gain = 0.0
    small.attention.retention, small.firms["birch"].awareness = 1.0, 0.8
    small.activities["performance_ads"].outlet_cost = 1.0
    runs = []
    for money in (0.0, 160.0):
        small.firms["birch"].budget = {"performance_ads": money}
        runs.append(sim.simulate(small, 1))
    gained = runs[1].kpi("orders")["birch"] - runs[0].kpi("orders")["birch"]
    credited = runs[1].kpi("orders")["birch"] * runs[1].kpi("last_click")["birch"]
    assert credited > 100
    assert 0 < gained < 0.5 * credited
