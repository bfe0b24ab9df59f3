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
    optimum,
    retention_by_renewal,
    rises,
    still_customers,
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
    found = still_customers(world, 60 + 8 * YEAR)[:, 0]
    assert found.tolist() == held.tolist()
    figures, kept = rises(held[:, None]), held[1:] / held[:-1]
    assert figures["rise"] == pytest.approx(kept[-1] - kept[0])
    assert figures["monotone"] == pytest.approx(np.diff(kept[1:]).min())
    assert not still_customers(world, 59).any(), "won too late"


def test_the_least_rise_is_that_of_the_customers_of_all_firms():
    """Noise of two firms that cancels, which the mean of their retention does not show."""
    kept = np.array([0.6, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9])
    total = 10_000 * np.cumprod([1.0, *kept])
    small = 0.5 * total * (1.0 + 0.2 * (-1.0) ** np.arange(RENEWALS + 1))
    found = rises(np.stack([small, total - small], axis=1))
    assert found["monotone"] == pytest.approx(0.02)


def test_enough_customers_are_followed(monkeypatch):
    sizes = []

    def branch(trial, *_, weeks):
        sizes.append(trial.config.population.customers)

    monkeypatch.setattr(Trial, "_branch", branch)
    monkeypatch.setattr(Trial, "world", SimpleNamespace(week=YEAR))
    monkeypatch.setattr(retention, "still_customers", lambda *_: np.ones((RENEWALS + 1, 1)))
    for customers in (300, retention.LARGE + 1):
        retention_by_renewal(
            Trial(load_config("market=subscription", f"population.customers={customers}"), 1)
        )
    assert sizes == [retention.LARGE, retention.LARGE + 1]


def test_the_peak_of_a_parabola_in_the_log_is_found_between_the_steps():
    steps = (0.5, 1.0, 2.0, 4.0)
    assert best_multiple(
        steps, [-((np.log(x) - np.log(1.7)) ** 2) for x in steps]
    ) == pytest.approx(1.7)


def test_at_an_end_the_peak_is_the_end():
    assert best_multiple((0.5, 1.0, 2.0), (1.0, 2.0, 3.0)) == 2.0
    assert best_multiple((0.5, 1.0, 2.0), (3.0, 2.0, 1.0)) == 0.5


@pytest.mark.parametrize(("best", "found", "tries"), [
    (1.7, 1.7, 8), (30.0, 30.0, 14), (1 / 30, 1 / 30, 14), (500.0, 128.0, 14), (1e-4, 1 / 64, 14),
])  # fmt: skip
def test_the_grid_is_widened_once_where_the_best_is_at_its_end(best, found, tries):
    tried = []

    def profit_of(multiple):
        tried.append(multiple)
        return -((np.log(multiple) - np.log(best)) ** 2)

    assert optimum(profit_of) == pytest.approx(found)
    assert len(tried) == len({*tried}) == tries


@pytest.mark.parametrize(("best", "elsewhere", "measured"), [
    ((2.0, 4.0), (2.0, 4.0), True),
    ((1e-4, 4.0), (1e-4, 4.0), False),
    ((2.0, 1e4), (2.0, 1e4), False),
    ((2.0, 4.0), (3.0, 4.0), False),
    ((2.0, 4.0), (2.0, 4.5), False),
])  # fmt: skip
def test_without_an_optimum_there_is_no_loss_from_it(monkeypatch, best, elsewhere, measured):
    """Profit falls with the distance from the best budgets, which may be others elsewhere."""
    trial = Trial(load_config("market=brand", "population.customers=300"), 1)

    def profit_of(one, firm, groups, multiples):
        away = np.log(multiples) - np.log(best if one is trial else elsewhere)
        return 100.0 - 2.0 * away[0] ** 2 - away[1] ** 2

    monkeypatch.setattr(retention, "_profit", profit_of)
    found = retention.retention_underspent(trial)
    losses = [found["loss_10"], found["loss_25"]]
    if not measured:
        assert np.isnan(losses).all()
        return
    assert losses == pytest.approx([np.log(0.9) ** 2 / 100, np.log(0.75) ** 2 / 100])
    assert found["retention"] == pytest.approx(2.0)
    assert found["acquisition"] == pytest.approx(4.0)


def test_a_lower_cost_of_acquisition_buys_more_contacts_at_the_same_spend(monkeypatch):
    """In a market where contacts bring margin in proportion to them, of the firm alone."""
    trial = Trial(load_config("market=subscription", "population.customers=300"), 1)
    usual = retention.Base(np.array([10.0, 300.0]), np.array([5.0, 100.0]), np.array([0.8, 0.8]))
    asked = {}

    def changed(_, *changes):
        asked.update(change.split("=") for change in changes)
        more = np.array([1.0, 1.0 / 0.9])
        return usual._replace(margin=usual.margin * more, acquisition=usual.acquisition * more)

    monkeypatch.setattr(retention, "_changed", changed)
    found = retention._to_acquisition(trial, usual, 1, "birch")
    budget = trial.config.firms["birch"].budget
    assert {key: float(value) for key, value in asked.items()} == pytest.approx(
        {f"firms.birch.budget.{n}": budget[n] / 0.9 for n in ("broadcast", "performance_ads")}
    )
    assert found == pytest.approx(np.log((300.0 / 0.9 - 100.0) / 200.0) / -np.log(0.9))


def test_activities_are_for_customers_or_for_prospects():
    trial = Trial(load_config("market=brand", "population.customers=300"), 1)
    firm, (customers, prospects) = retention._groups(trial)
    assert firm == "cedar"
    assert customers == ["community", "service"]
    assert prospects == ["broadcast", "content_social"]


@pytest.mark.slow
def test_who_joins_a_community_spends_more_the_more_contacts_there_are():
    trial = Trial(load_config("market=brand", "population.customers=2000"), 1)
    seldom, often = (retention._incremental(trial, "cedar", dose) for dose in (0.05, 2.0))
    assert abs(seldom) < 0.2 < often


def test_who_attends_once_has_joined():
    alike = retention.chance_to_join(np.zeros(0, np.float32), 0.25, 4)
    assert alike == pytest.approx([1.0 - 0.75**4])
    found = retention.chance_to_join(np.array([0.0, 0.5, 1.0], np.float32), 3.0, 2)
    assert found == pytest.approx([0.0, 0.75, 1.0])


@pytest.mark.slow
def test_who_never_attends_has_not_joined():
    """Fewer come, but of those who have joined the share is of the same order."""
    words = ("market=brand", "population.customers=2000", "mechanisms=gatherings")
    few, everybody = (
        retention._incremental(
            Trial(load_config(*words, f"attention.attendance={mean}"), 1), "cedar", 1.0
        )
        for mean in (0.1, 1)
    )
    assert 0.0 < few < everybody
