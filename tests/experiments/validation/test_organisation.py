"""Differences between marketing and sales."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.experiments.validation.measures import organisation
from sim.experiments.validation.trial import Trial
from sim.ledger import accounts as acc

SMALL = ("market=industrial", "population.customers=100", "population.people=100", "warmup=0")


@pytest.fixture(scope="module")
def trial():
    return Trial(sim.load_config(*SMALL), 1)


def test_departments_that_do_not_follow_their_kpis_gain_nothing_by_other_aims(trial):
    birch = 1
    still = [f"firms.{name}.organisation.kpi_response=0" for name in trial.config.firms]
    unmoved = Trial(sim.load_config(*SMALL, *still), 1)
    assert organisation.orientation(unmoved, birch) == (0.0, 0.0)
    assert organisation.orientation(trial, birch)[0] != 0.0


@pytest.mark.parametrize(
    ("profit", "lost"),
    [
        (lambda reps, others: np.sqrt(reps) + np.log(others), 0.0),
        (lambda reps, others: np.sqrt(reps * others), 1.5 - 2 * np.sqrt(0.5)),
        (max, -0.5),
    ],
    ids=["on their own", "together", "in place of each other"],
)
def test_a_gap_in_competence_hurts_only_where_departments_need_each_other(
    monkeypatch, profit, lost
):
    monkeypatch.setattr(organisation, "with_skills", lambda trial, f, reps, others: (reps, others))
    monkeypatch.setattr(organisation, "profit", lambda world, f, weeks: profit(*world))
    monkeypatch.setattr(organisation, "care", lambda world, f: 1.0 - abs(world[0] - world[1]))
    monkeypatch.setattr(organisation, "flows", lambda world, *_: np.ones((1, len(acc.ACCOUNTS))))
    assert organisation.competence(None, 0) == pytest.approx((lost, 0.5))


def test_skills_are_scaled_once_and_recover_by_practice(trial):
    cedar = 2
    usual, less = (organisation.with_skills(trial, cedar, *by) for by in ((1.0, 1.0), (0.5, 1.0)))
    skill = [np.array([r.skill for r in w.firms[cedar].sales.reps]) for w in (usual, less)]
    assert 0.5 < skill[1].mean() / skill[0].mean() < 1.0
    of_departments = [w.organisations.columns.skill[cedar] for w in (usual, less)]
    assert np.array_equal(*of_departments)
    rival = [np.array([r.skill for r in w.firms[1].sales.reps]) for w in (usual, less)]
    assert rival[0].mean() / rival[1].mean() == pytest.approx(1.0, abs=0.05)
