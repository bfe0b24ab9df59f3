"""Departments follow their KPIs, learn by practice and from reviews, and hear of surveys late."""

from __future__ import annotations

import mesa
import numpy as np
import pytest

from sim.agents.department import Department
from sim.agents.seen import Seen
from sim.kpis import Window
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, PARTS
from sim.rules.organising import Organising
from sim.rules.units import QUARTER
from tests.scripted import ScriptedMarket


def _department(weights, tasks=(0, 1)):
    return Department(mesa.Model(rng=1), "market_department", tasks, weights)


def _seen(money, **accounts):
    """A quarter with this money on each line, and these accounts by line."""
    lines = np.zeros((len(money) + 1, len(ACCOUNTS)))
    for name, values in accounts.items():
        lines[: len(values), getattr(acc, name)] = values
    window = Window(lines, lines / QUARTER, QUARTER, 26)
    return Seen(window, window, np.array(money, float), np.zeros(len(money)), 0.0)


def test_money_moves_to_the_task_that_brings_more_of_the_kpi():
    """Half of the money brings three quarters of the clicks: 1.5 and 0.5 times the mean."""
    department = _department({"clicks": 1.0})
    department.follow_kpis(_seen([100, 100, 0], CLICKS=[30, 10]), pace=0.25)
    assert department.split.tolist() == [1.125, 0.875]
    assert department.allot(np.array([10_000, 10_000])).tolist() == [11_250, 8_750]


def test_weights_decide_between_kpis():
    seen = _seen([100, 100, 0], CLICKS=[10, 0], CONTACTS=[0, 10])
    splits = {}
    for clicks in (1.0, 0.5, 0.0):
        department = _department({"clicks": clicks, "impressions": 1.0 - clicks})
        department.follow_kpis(seen, pace=0.5)
        splits[clicks] = department.split.tolist()
    assert splits == {1.0: [1.5, 0.5], 0.5: [1.0, 1.0], 0.0: [0.5, 1.5]}


def test_a_kpi_that_cannot_be_booked_to_tasks_moves_no_money():
    department = _department({"trust": 1.0})
    department.follow_kpis(_seen([100, 300, 0], CLICKS=[30, 10]), pace=1.0)
    assert department.split.tolist() == [1.0, 1.0]


def test_a_task_without_money_gets_none():
    department = _department({"clicks": 1.0})
    department.follow_kpis(_seen([100, 0, 0], CLICKS=[30, 10]), pace=1.0)
    assert department.allot(np.array([10_000, 0])).tolist() == [10_000, 0]


def test_the_split_adds_up_to_the_cent():
    rng = np.random.default_rng(4)
    department = _department({}, tasks=range(5))
    for _ in range(500):
        department.split = rng.gamma(0.5, size=5)
        spend = rng.integers(0, 10 ** rng.integers(1, 10), 5)
        split = department.allot(spend)
        assert split.sum() == spend.sum()
        assert (split >= 0).all()
        exact = spend * department.split
        assert np.abs(split - exact * spend.sum() / max(exact.sum(), 1e-300)).max() < 5.0


def test_the_departments_of_a_firm_keep_their_own_money():
    market = ScriptedMarket()
    firm = market.firms["birch"]
    spend = np.arange(1, len(market.activities) + 1) * 1_000
    for department in firm.organisation.departments:
        department.split = np.linspace(0.1, 2.0, len(department.tasks))
    out = firm.organisation.allot(spend)
    sales, *others = firm.organisation.departments
    own = [k for k in sales.tasks if k < len(spend)]
    assert (out[own] == spend[own]).all(), "sales follows no KPIs"
    for department in others:
        assert out[department.tasks].sum() == spend[department.tasks].sum()
        assert (out[department.tasks] != spend[department.tasks]).any()


def test_weights_move_towards_one_kpi():
    department = _department({"clicks": 0.5, "leads": 0.5})
    department.reweight("leads", 0.5)
    assert department.weights == {"clicks": 0.25, "leads": 0.75}
    department.reweight("trust", 0.5)
    assert department.weights == {"clicks": 0.125, "leads": 0.375, "trust": 0.5}


def test_the_weight_of_quality_against_number_of_leads():
    assert _department({"trust": 1.0}).lead_quality_weight() is None
    assert _department({"leads": 0.3, "accepted_leads": 0.1}).lead_quality_weight() == (
        pytest.approx(0.25)
    )
    assert _department({"leads": 0.3, "trust": 0.1}).volume_weight() == pytest.approx(0.75)


def test_specialists_work_at_full_quality_and_a_mixed_department_does_not():
    params, learning, fading = Organising(skill_gap=0.5), 0.02, 0.004
    qualities = []
    for role_mixing in (0.0, 0.3, 0.9):
        department = _department({})
        department.settle(role_mixing, learning, fading)
        qualities.append(department.work_quality(role_mixing, params, learning, fading).tolist())
    assert qualities[0] == [1.0, 1.0]
    assert qualities[0][0] > qualities[1][0] > qualities[2][0] > 0.0


def test_skills_stay_at_their_steady_state_and_fade_without_practice():
    department = _department({})
    department.settle(0.0, 0.02, 0.004)
    settled = department.skill.copy()
    department.practise(0.0, 0.02, 0.004)
    assert department.skill == pytest.approx(settled)
    department.practise(0.9, 0.02, 0.004)
    assert (department.skill[department.home] < settled[department.home]).all()


def test_places_are_filled_from_the_functions_that_command_the_money():
    department, params = _department({}), Organising(turnover=1.0)
    before = department.people.copy()
    department.hire(params, 0.0, np.array([1.0, 0.0, 0.0]))
    assert department.people == pytest.approx(before)
    department.hire(params, 1.0, np.array([1.0, 0.0, 0.0]))
    assert department.people[0] > 0.0
    assert department.people.sum() == pytest.approx(1.0)


def test_the_care_of_handoffs_grows_in_reviews_and_fades_between_them():
    market = ScriptedMarket(
        "firms.birch.organisation.reviews=4", "organising.handoff_care_learning=0.5",
        "organising.handoff_care_fading=0.1", "firms.birch.sales.reps=0",
    )  # fmt: skip
    firm, care = market.firms["birch"], []
    nothing = np.zeros(len(market.activities), np.int64)
    for _ in range(5):
        firm.work(market.view(), nothing, np.zeros((len(market.segments), 2), np.int64))
        care.append(firm.organisation.handoff_care)
        market.book({})
    assert care == pytest.approx([0.0, 0.0, 0.0, 0.5, 0.45])


def test_surveys_are_known_after_their_lag():
    """Forty people of mean taste 0.9 against a prior of ten people at 0.5."""
    market = ScriptedMarket(
        "organising.survey_lag=2", "organising.insight_keep=1", "organising.insight_prior=10"
    )
    organisation, params = market.firms["birch"].organisation, market.config.organising
    survey = np.zeros((len(market.segments), 2), np.int64)
    survey[1] = 40, round(36.0 * PARTS)
    tastes = []
    for week in range(4):
        organisation.hear_survey(survey if week == 0 else 0 * survey, params)
        tastes.append(organisation.tastes(params).tolist())
    assert tastes[:2] == [[0.5, 0.5, 0.5]] * 2
    assert tastes[2] == tastes[3] == pytest.approx([0.5, (36.0 + 5.0) / 50.0, 0.5], abs=1e-5)


def test_functions_command_the_money_of_their_lines():
    market = ScriptedMarket()
    organisation = market.firms["birch"].organisation
    money = np.zeros(len(market.activities) + 1)
    money[-1], money[market.line("broadcast")] = 300.0, 100.0
    organisation.set_power(money)
    assert organisation.power.tolist() == [0.75, 0.25, 0.0]
    organisation.set_power(0.0 * money)
    assert organisation.power.tolist() == [0.75, 0.25, 0.0], "no money, no change"
