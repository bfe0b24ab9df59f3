"""Arithmetic of the facts on how long customers stay, and of looking for an optimum."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim import load_config
from sim.experiments.validation.measures import retention
from sim.experiments.validation.measures.retention import (
    RENEWALS,
    best_multiple,
    retention_by_renewal,
)
from sim.experiments.validation.trial import Trial
from sim.outcomes.logs import EVENTS, LOGS
from sim.rules.units import YEAR


def rows(log: str, **columns: np.ndarray) -> np.ndarray:
    """Rows of a log; columns that are not given are 0."""
    length = len(next(iter(columns.values())))
    return np.stack([columns.get(name, np.zeros(length, int)) for name in LOGS[log]], axis=1)


def test_retention_is_the_share_of_those_still_customers_who_renew():
    """Of 1,000 who begin in one week 600 renew, of them 480, then 400, 360, 342, 335 and 330."""
    held = np.array([1000, 600, 480, 400, 360, 342, 335, 330])
    renewals = np.repeat(np.arange(RENEWALS), -np.diff(held))
    begin = np.full(1000, 60)
    bought = rows("purchases", week=begin, customer=np.arange(1000), first=np.ones(1000, int))
    lapsed = rows(
        "customers", week=60 + (renewals + 1) * YEAR, customer=np.arange(len(renewals)),
        event=np.full(len(renewals), EVENTS.index("lapsed")),
    )  # fmt: skip
    world = SimpleNamespace(
        names=("only",), people=SimpleNamespace(size=1000), week=60 + 20 * YEAR,
        logs={"purchases": [bought], "customers": [lapsed]},
    )  # fmt: skip
    trial = SimpleNamespace(world=SimpleNamespace(week=YEAR), branch=lambda *_, weeks: world)
    found = retention_by_renewal(trial)
    kept = held[1:] / held[:-1]
    assert found["rise"] == pytest.approx(kept[-1] - kept[0])
    assert found["monotone"] == pytest.approx(np.diff(kept[1:]).min())


def test_the_peak_of_a_parabola_in_the_log_is_found_between_the_steps():
    steps = (0.5, 1.0, 2.0, 4.0)
    assert best_multiple(
        steps, [-((np.log(x) - np.log(1.7)) ** 2) for x in steps]
    ) == pytest.approx(1.7)


def test_at_an_end_the_peak_is_the_end():
    assert best_multiple((0.5, 1.0, 2.0), (1.0, 2.0, 3.0)) == 2.0
    assert best_multiple((0.5, 1.0, 2.0), (3.0, 2.0, 1.0)) == 0.5


def test_activities_are_for_customers_or_for_prospects():
    trial = Trial(load_config("market=brand", "population.customers=300"), 1)
    firm, (customers, prospects) = retention._groups(trial)
    assert firm == "cedar"
    assert customers == ["community", "service"]
    assert prospects == ["broadcast", "content_social"]


@pytest.mark.slow
def test_who_joins_a_community_spends_more_the_more_contacts_there_are():
    trial = Trial(load_config("market=brand", "population.customers=2000"), 1)
    nothing, often = (retention._incremental(trial, "cedar", dose) for dose in (0.0, 2.0))
    assert abs(nothing) < 0.2 < often
