"""Clicks: credited orders, and orders lost without them."""

from __future__ import annotations

import sim
from sim.experiments.validation.measures import clicks
from sim.experiments.validation.trial import Trial

SMALL = ("population.customers=400", "warmup=4")
IDLE = tuple(
    f"activities.{name}.{what}=0"
    for name in ("findability", "performance_ads")
    for what in ("salience", "credibility", "intrusiveness", "capture")
)


def test_clicks_that_move_nobody_are_credited_with_orders_and_cost_none():
    idle = Trial(
        sim.load_config(*SMALL, *IDLE, "choice.consideration=false", "attention.crowding=0"), 1
    )
    lines = clicks.clicked_lines(idle, "dogwood", search_only=False)
    assert lines == ["performance_ads", "findability"]
    assert clicks.clicked_lines(idle, "dogwood", search_only=True) == ["findability"]
    found = clicks.incremental_clicks(idle)
    assert found["clicks"] == 0.0, "orders are credited, or it would be NaN"
    assert clicks.incremental_clicks(Trial(sim.load_config(*SMALL), 1))["clicks"] > 0.0
