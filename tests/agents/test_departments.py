"""Departments follow their KPIs, learn by practice and from reviews, and hear of surveys late."""

from __future__ import annotations

import numpy as np
import pytest

from sim.agents.seen import SeenQuarter
from sim.kpis import Window
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, PARTS
from sim.rules.arithmetic import numpy_sum
from sim.rules.units import QUARTER
from tests.scripted import ScriptedMarket

TASKS = ("broadcast", "performance_ads")
"""Two tasks of the market department."""


@pytest.fixture
def market():
    return ScriptedMarket()


def _department(market, weights, firm="birch"):
    """The market department of a firm, measured by these weights."""
    department = market.firms[firm].organisation.departments[1]
    department.weights = weights
    return department


def _seen(market, money, **accounts):
    """A quarter in which birch spends this money on its two tasks, which bring these accounts."""
    shape = len(market.names), len(market.activities) + 2, len(ACCOUNTS)
    flow, spent, row = np.zeros(shape), np.zeros(np.subtract(shape[:2], (0, 1))), 1
    places = [market.line(task) for task in TASKS]
    spent[row, places] = money
    for name, values in accounts.items():
        flow[row, places, getattr(acc, name)] = values
    window = Window(flow, flow / QUARTER, QUARTER, 26)
    quarter = SeenQuarter(window, window, spent, 0.0 * spent, np.zeros(shape[0]))
    return quarter.of_firm(row)


def _split(market, department):
    """Weights of the two tasks."""
    split = dict(zip(department.tasks.tolist(), department.split.tolist(), strict=True))
    return [split[market.line(task)] for task in TASKS]


def _allotted(market, *cents):
    """Money on the two tasks of birch, as its departments split it."""
    places = [market.line(task) for task in TASKS]
    spend = np.zeros((len(market.names), len(market.activities)), np.int64)
    spend[1, places] = cents
    return market.organisations.set_about(0, spend)[1, places].tolist()


def test_money_moves_to_the_task_that_brings_more_of_the_kpi(market):
    """Half of the money brings three quarters of the clicks: 1.5 and 0.5 times the mean."""
    department = _department(market, {"clicks": 1.0})
    department.follow_kpis(_seen(market, [100, 100], CLICKS=[30, 10]), pace=0.25)
    assert _split(market, department) == [1.125, 0.875]
    assert _allotted(market, 10_000, 10_000) == [11_250, 8_750]


def test_weights_decide_between_kpis(market):
    seen = _seen(market, [100, 100], CLICKS=[10, 0], CONTACTS=[0, 10])
    splits = {}
    for clicks in (1.0, 0.5, 0.0):
        department = _department(market, {"clicks": clicks, "impressions": 1.0 - clicks})
        department.split = np.ones(len(department.tasks))
        department.follow_kpis(seen, pace=0.5)
        splits[clicks] = _split(market, department)
    assert splits == {1.0: [1.5, 0.5], 0.5: [1.0, 1.0], 0.0: [0.5, 1.5]}


def test_a_kpi_that_cannot_be_booked_to_tasks_moves_no_money(market):
    department = _department(market, {"trust": 1.0})
    department.follow_kpis(_seen(market, [100, 300], CLICKS=[30, 10]), pace=1.0)
    assert _split(market, department) == [1.0, 1.0]


def test_a_task_without_money_gets_none(market):
    department = _department(market, {"clicks": 1.0})
    department.follow_kpis(_seen(market, [100, 0], CLICKS=[30, 10]), pace=1.0)
    assert _allotted(market, 10_000, 0) == [10_000, 0]


def test_the_split_adds_up_to_the_cent(market):
    rng, firms = np.random.default_rng(4), len(market.names)
    department = _department(market, {})
    for _ in range(500):
        weights = rng.gamma(0.5, size=(firms, len(department.tasks)))
        for firm, weight in zip(market.firms.values(), weights, strict=True):
            firm.organisation.departments[1].split = weight
        spend = rng.integers(0, 10 ** rng.integers(1, 10), (firms, len(market.activities)))
        split = market.organisations.set_about(0, spend)[:, department.tasks]
        spend = spend[:, department.tasks]
        assert (split.sum(axis=1) == spend.sum(axis=1)).all()
        assert (split >= 0).all()
        exact = spend * weights
        exact *= (spend.sum(axis=1) / np.maximum(exact.sum(axis=1), 1e-300))[:, None]
        assert np.abs(split - exact).max() < 6.0


def test_the_departments_of_a_firm_keep_their_own_money(market):
    firm = market.firms["birch"]
    spend = np.arange(1, len(market.activities) + 1) * 1_000
    for department in firm.organisation.departments:
        department.split = np.linspace(0.1, 2.0, len(department.tasks))
    out = market.organisations.set_about(0, np.tile(spend, (len(market.names), 1)))[firm.row]
    sales, *others = firm.organisation.departments
    own = [k for k in sales.tasks if k < len(spend)]
    assert (out[own] == spend[own]).all(), "sales follows no KPIs"
    for department in others:
        assert out[department.tasks].sum() == spend[department.tasks].sum()
        assert (out[department.tasks] != spend[department.tasks]).any()


def test_weights_move_towards_one_kpi(market):
    department = _department(market, {"clicks": 0.5, "leads": 0.5})
    department.reweight("leads", 0.5)
    assert department.weights == {"clicks": 0.25, "leads": 0.75}
    department.reweight("trust", 0.5)
    assert department.weights == {"clicks": 0.125, "leads": 0.375, "trust": 0.5}


def test_the_weight_of_quality_against_number_of_leads():
    market = ScriptedMarket("firms.birch.sales.screening=0.4", "organising.volume_pressure=2")
    organisation, columns = market.firms["birch"].organisation, market.organisations
    _department(market, {"trust": 1.0})
    assert (organisation.screening, columns.volume_pressure[1]) == (0.4, 0.0), "as declared"
    _department(market, {"leads": 0.3, "accepted_leads": 0.1})
    assert organisation.screening == pytest.approx(0.25)
    assert columns.volume_pressure[1] == pytest.approx(1.5)
    _department(market, {"leads": 0.3, "trust": 0.1})
    market.work()
    assert market.booked[1, acc.COUNTED] == pytest.approx(0.75 / 2 * PARTS, abs=1)


def test_specialists_work_at_full_quality_and_a_mixed_department_does_not():
    qualities = []
    for role_mixing in (0.0, 0.3, 0.9):
        market = ScriptedMarket(
            "organising.skill_gap=0.5", "selling.learning=0.02", "selling.fading=0.004",
            f"firms.birch.organisation.role_mixing={role_mixing}",
        )  # fmt: skip
        market.decide("birch")
        qualities.append(market.firms["birch"].work_quality[:-1].tolist())
    assert set(qualities[0]) == {1.0}
    assert qualities[0][0] > qualities[1][0] > qualities[2][0] > 0.0


def test_skills_stay_at_their_steady_state_and_fade_without_practice():
    words = "selling.learning=0.02", "selling.fading=0.004"
    market = ScriptedMarket(*words)
    department = market.firms["birch"].organisation.departments[1]
    settled = department.skill
    assert settled[department.home] == pytest.approx(0.02 / 0.024)
    market.work()
    assert department.skill == pytest.approx(settled)
    market.config.firms["birch"].organisation.role_mixing = 0.9
    market.organisations.configure(market.config)
    market.work()
    assert (department.skill[department.home] < settled[department.home]).all()
    other = market.firms["cedar"].organisation.departments[1]
    assert other.skill == pytest.approx(settled), "other firms are unchanged"


def test_places_are_filled_from_the_functions_that_command_the_money():
    market = ScriptedMarket("organising.turnover=1")
    organisation = market.firms["birch"].organisation
    department = organisation.departments[1]
    organisation.power[:] = 1.0, 0.0, 0.0
    before = department.people.copy()
    market.work()
    assert department.people == pytest.approx(before)
    market.config.firms["birch"].organisation.power_hiring = 1.0
    market.organisations.configure(market.config)
    market.work()
    assert department.people[0] > 0.0
    assert department.people.sum() == pytest.approx(1.0)


def test_a_department_shows_its_own_numbers_and_none_can_be_changed_in_vain(market):
    here, there = (market.firms[name].organisation.departments[2] for name in ("birch", "cedar"))
    here.split, here.people = np.full(len(here.tasks), 2.0), np.array([0.5, 0.25, 0.25])
    assert here.split.tolist() == [2.0] * len(here.tasks)
    assert there.split.tolist() == [1.0] * len(there.tasks)
    assert here.people.tolist() == [0.5, 0.25, 0.25]
    assert there.people.tolist() == [0.0, 0.0, 1.0]
    for copied in (here.split, here.skill):
        with pytest.raises(ValueError, match="read-only"):
            copied[:] = 0.0
    with pytest.raises(TypeError):
        here.weights["clicks"] = 1.0


def test_the_care_of_handoffs_grows_in_reviews_and_fades_between_them():
    market = ScriptedMarket(
        "firms.birch.organisation.reviews=4", "organising.handoff_care_learning=0.5",
        "organising.handoff_care_fading=0.1", "firms.birch.sales.reps=0",
    )  # fmt: skip
    firm, care = market.firms["birch"], []
    for _ in range(5):
        market.work()
        care.append(firm.organisation.handoff_care)
        market.book({})
    assert care == pytest.approx([0.0, 0.0, 0.0, 0.5, 0.45])


def test_surveys_are_known_after_their_lag():
    """Forty people of mean taste 0.9 against a prior of ten people at 0.5."""
    market = ScriptedMarket(
        "organising.survey_lag=2", "organising.insight_keep=1", "organising.insight_prior=10"
    )
    organisation, tastes, messages = market.firms["birch"].organisation, [], []
    for week in range(4):
        market.work(surveyed={(1, 1): (40, round(36.0 * PARTS))} if week == 0 else {})
        for segment in market.segments:
            market.config.firms["birch"].organisation.target = segment
            market.organisations.configure(market.config)
            tastes.append(organisation.message)
        market.config.firms["birch"].organisation.target = ""
        market.organisations.configure(market.config)
        messages.append(organisation.message)
        market.week += 1
    assert tastes[:6] == [0.5] * 6
    assert tastes[6:9] == tastes[9:] == pytest.approx([0.5, (36.0 + 5.0) / 50.0, 0.5], abs=1e-5)
    assert messages == pytest.approx([0.5, 0.5, 41.0 / 50.0, 41.0 / 50.0], abs=1e-5), "of all"
    assert organisation.pending[:, :, 0].tolist() == [[0, 0, 0]] * 2, "two surveys are waiting"
    assert market.organisations.message[0] == 0.5, "other firms know nothing"


def test_functions_command_the_money_of_their_lines(market):
    organisation, everybody = market.firms["birch"].organisation, np.ones(4, bool)
    money = np.zeros((4, len(market.activities) + 1))
    money[1, -1], money[1, market.line("broadcast")] = 300.0, 100.0
    market.organisations.set_power(money, everybody)
    assert organisation.power.tolist() == [0.75, 0.25, 0.0]
    market.organisations.set_power(0.0 * money, everybody)
    assert organisation.power.tolist() == [0.75, 0.25, 0.0], "no money, no change"
    market.organisations.set_power(money[:, ::-1].copy(), ~everybody)
    assert organisation.power.tolist() == [0.75, 0.25, 0.0], "an absent firm"


@pytest.mark.parametrize("number", [0, 1, 3, 7, 8, 9, 15, 16, 31, 128])
def test_sums_are_those_of_numpy_to_the_bit(number):
    plain = getattr(numpy_sum, "py_func", numpy_sum)
    values = np.random.default_rng(number).lognormal(sigma=9.0, size=number + 1)
    assert plain(values, number) == values[:number].sum()
