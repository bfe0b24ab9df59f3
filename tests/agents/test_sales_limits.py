"""Off by default: time for accounts, distrust, wrong offers, and offers that surveys move."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.ledger import accounts as acc
from sim.rules.leads import UNDECIDED
from sim.rules.selling import HUNT
from tests.conftest import same_worlds
from tests.scripted import ScriptedMarket

SMALL = (
    "market=industrial", "population.customers=300", "population.people=300", "weeks=26",
    "warmup=0", "threads=1", "firms.birch.sales.reps=4", "firms.birch.budget.trade_shows=9000",
)  # fmt: skip
NO_INTEREST = np.zeros((0, 3), np.int64)
UNINFORMED = ("firms.birch.organisation.closed_loop_feedback=false", "organising.self_serving=1")


def _world(*words):
    world = sim.start(sim.load_config(*SMALL, *words), 1)
    for _ in range(world.config.weeks):
        world.step()
    return world


def _sum(world, *accounts):
    row = list(world.config.firms).index("birch")
    return sum(int(world.ledger.accounts()[:, row, n].sum()) for n in accounts)


@pytest.fixture(scope="module")
def usual():
    return _world()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("account_hours", ("selling.account_hours=5",)),
        ("distrust", ("organising.distrust=1",)),
        ("wrong_offer", ("organising.wrong_offer=1",)),
    ],
)
def test_off_changes_nothing(name, words, usual):
    same_worlds(usual, _world(*words, f"off=[{name}]"))


def test_present_accounts_take_time_from_calls_until_none_is_left(usual):
    calls = [_sum(usual, acc.REP_TALKS)]
    calls += [_sum(_world(f"selling.account_hours={h}"), acc.REP_TALKS) for h in (0.5, 50)]
    assert calls[0] > calls[1] > calls[2]


def test_hours_of_accounts_are_those_of_the_customers_in_the_territory():
    room = []
    for hours in (0, 3):
        market = ScriptedMarket("firms.birch.sales.reps=1", f"selling.account_hours={hours}")
        firm = market.firms["birch"]
        market.make_customers(firm, [3, 9])
        market.sell(firm, NO_INTEREST)
        room.append(firm.sales.reps[0].record.room.sum())
    worked = firm.spec.sales.hours * firm.sales.reps[0].effort
    assert room[1] / room[0] == pytest.approx(1.0 - 2 * 3 / worked, abs=0.02)


def test_distrust_rejects_more_leads_where_sales_blames_the_market_department():
    shares = []
    for share in (0, 0.5, 1):
        world = _world(*UNINFORMED, f"organising.distrust={share}")
        refused, taken = _sum(world, acc.REJECTED), _sum(world, acc.ACCEPTED)
        shares.append(refused / (refused + taken))
    assert shares[0] < shares[1] < shares[2]


def test_blame_is_remembered_in_a_branch():
    world = sim.start(sim.load_config(*SMALL, *UNINFORMED, "organising.distrust=0.5"), 1)
    for _ in range(13):
        world.step()
    twin = world.branch()
    assert world.firms[1].sales.state()["blame"] > 0.0
    for _ in range(8):
        world.step()
        twin.step()
    same_worlds(world, twin)


@pytest.mark.parametrize(("error", "kept"), [(0, 1.0), (1, 0.25)])
def test_a_first_call_from_a_record_with_the_wrong_need_has_less_effect(error, kept):
    market = ScriptedMarket(
        "firms.birch.sales.reps=1", "organising.wrong_offer=0.75", "organising.handoff_loss=0",
        f"organising.handoff_error={error}", "organising.recheck_time=0",
    )  # fmt: skip
    firm = market.firms["birch"]
    line, leads = market.source("service"), [2, 4, 6, 8]
    first = market.sell(firm, np.array([[row, line, 0] for row in leads]))
    skill = firm.sales.reps[0].record.skill[HUNT]
    calls = firm.sales.calls
    called = np.isin(first.row, calls.row[calls.lead >= 0])
    assert called.any()
    assert first.skill[called] == pytest.approx(kept * skill)
    assert (first.skill[~called] == skill).all(), "cold calls have no record"
    market.learn(firm, [], [], np.full(len(first.row), UNDECIDED, np.uint8))
    skill = firm.sales.reps[0].record.skill[HUNT]
    second = market.sell(firm, NO_INTEREST)
    again = np.isin(second.row, first.row[called])
    assert again.any()
    assert (second.skill[again] == skill).all(), "the first call has rechecked the record"


def test_the_offer_moves_as_far_as_surveys_reach_and_stays_without_any():
    market = ScriptedMarket("firms.birch.position=0.4", "firms.birch.organisation.target=choosy")
    organisation = market.firms["birch"].organisation
    assert organisation.surveyed_taste(0.4) == 0.4
    prior = market.config.organising.insight_prior
    choosy = int(market.organisations.declared["target"][market.firms["birch"].row])
    believed = []
    for count in (prior, 9 * prior):
        organisation.surveyed[choosy] = count, 0.8 * count
        believed.append(organisation.surveyed_taste(0.4))
    assert believed == pytest.approx([0.6, 0.76])
