"""One firm among customers who do as they are told: it decides, sells, learns, works, collects."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engines.protocol import ASKS, NEEDS
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.ledger.receivables import NOTHING_SETTLED
from sim.plans.find import find_plan
from sim.rules.leads import BOUGHT, CAME, NO_NEED, NO_USE, UNDECIDED, WON
from sim.rules.selling import ASKED, OPEN, SIGNS
from tests.scripted import ScriptedMarket

NO_INTEREST = np.zeros((0, 3), np.int64)
TWO_REPS = (
    "firms.birch.sales.reps=2", "firms.birch.sales.hunt_share=1",
    "firms.birch.sales.pay=commission", "selling.talk_hours=4", "log.leads=true",
)  # fmt: skip
BUDGET = ("~firms.birch.budget.performance_ads", "~firms.birch.budget.service")
"""Leaves birch with broadcast and content_social."""


def _no_oracle(line, money):
    raise AssertionError("only the oracle asks what would be")


def _decide(market, name="birch", levers=None, decisions=None):
    firm, levers = market.firms[name], levers or market.levers()
    return firm.decide(market.view(), levers, market.week, decisions, _no_oracle)


# Decide


def test_without_a_plan_the_declared_budget_is_spent():
    market = ScriptedMarket("firms.birch.discount=0.25")
    decided = _decide(market)
    spend = dict(zip(market.activities, decided.spend.tolist(), strict=True))
    assert {name: cents for name, cents in spend.items() if cents} == {
        "broadcast": 2_500_000, "performance_ads": 800_000, "content_social": 400_000,
        "service": 400_000,
    }  # fmt: skip
    assert (decided.list_price, decided.discount, decided.net_price) == (4000, 0.25, 3000)


def test_a_firm_in_a_plan_spends_what_the_plan_says_and_no_more(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "quarter,firm,activity,amount\nQ1,birch,broadcast,130000\nQ1,birch,list_price,50\n"
        "Q1,birch,discount,10%\n"
    )
    market = ScriptedMarket()
    levers = market.levers(find_plan(path, market.config))
    decided = _decide(market, levers=levers)
    assert decided.spend[market.line("broadcast")] == 1_000_000
    assert decided.spend.sum() == 1_000_000
    assert (decided.list_price, decided.net_price) == (5000, 4500)
    other = _decide(market, "cedar", levers)
    assert other.spend.sum() == 2_800_000, "cedar is not in the plan"


def test_decisions_of_a_player_hold_until_they_change():
    market = ScriptedMarket()
    by_hand = {"broadcast": 1000.0, "discount": 0.2, "list_price": 30.0}
    for decisions in (by_hand, None):
        decided = _decide(market, decisions=decisions)
        assert decided.spend[market.line("broadcast")] == 100_000
        assert decided.spend[market.line("service")] == 400_000
        assert (decided.list_price, decided.net_price) == (3000, 2400)
    assert _decide(market, decisions={"discount": 0.0}).net_price == 3000


def test_before_it_enters_a_firm_neither_spends_nor_sells():
    market = ScriptedMarket("firms.birch.enters=2", *TWO_REPS)
    firm = market.firms["birch"]
    assert _decide(market).spend.sum() == 0
    market.sell(firm, NO_INTEREST)
    assert not firm.sales.reps
    market.book({})
    assert _decide(market).spend.sum() == 4_100_000
    market.sell(firm, NO_INTEREST)
    assert len(firm.sales.reps) == 2


def test_each_quarter_money_moves_towards_what_the_policy_credits():
    """Two lines with 100 a week each; one brings three clicks of four; half of the way is gone."""
    market = ScriptedMarket(
        "firms.birch.sales.reps=0", *BUDGET, "firms.birch.budget.broadcast=100",
        "firms.birch.budget.content_social=100", "firms.birch.organisation.policy=click_credit",
        "firms.birch.organisation.pace=0.5", "firms.birch.organisation.kpi_response=0",
        "organising.seen_error=0",
    )  # fmt: skip
    lines = [market.line("broadcast"), market.line("content_social")]
    spend = {(1, k): 10_000 for k in lines}
    for _ in range(26):
        assert _decide(market).spend[lines].tolist() == [10_000, 10_000]
        market.book({}, spend, dict(zip(spend, (30, 10), strict=True)))
        if market.week == 13:
            break
    assert _decide(market).spend[lines].tolist() == [10_000, 10_000], "results come weeks later"
    for _ in range(13):
        market.book({}, spend, dict(zip(spend, (30, 10), strict=True)))
    decided = _decide(market)
    assert decided.spend[lines].tolist() == [12_500, 7_500]
    assert decided.spend.sum() == 20_000


# Sell and learn


@pytest.fixture
def met():
    """A market in which customer 3 asks birch, is called and orders for 40.00; the others who are
    called have no need."""
    market = ScriptedMarket(*TWO_REPS)
    firm, source = market.firms["birch"], market.source("service")
    _decide(market)
    market.sell(firm, np.array([[3, source, NEEDS | ASKS]]))
    market.engine.results = {(row, 1): (NO_NEED, 0) for row in range(64)} | {(3, 1): (WON, 1)}
    return market, firm, source


def test_an_enquiry_becomes_a_lead_and_is_called_first(met):
    market, firm, source = met
    leads, calls = firm.sales.leads.open, firm.sales.calls
    assert (leads.row.tolist(), leads.sign.tolist()) == ([3], [ASKED])
    assert firm.sales.leads.flows[source, CAME] == 1
    assert calls.row[calls.lead == 0].tolist() == [3]
    assert len(set(calls.row.tolist())) == len(calls.row) > 1, "nobody is called twice"
    for n, rep in enumerate(firm.sales.reps):
        called = (calls.rep == n).sum()
        assert 0 < called * 4.0 <= 40.0 * rep.effort, "a call takes four hours"
    mine = market.calls.firm == 1
    assert market.calls.row[mine].tolist() == sorted(calls.row.tolist())
    at = np.argsort(calls.row)
    assert market.calls.starts[mine].tolist() == calls.starts[at].tolist()
    skills = [firm.sales.reps[r].skill[t] for r, t in zip(calls.rep, calls.task, strict=True)]
    assert market.calls.skill[mine].tolist() == np.array(skills)[at].tolist()


def test_a_lead_that_orders_is_closed_and_its_rep_is_paid(met):
    market, firm, source = met
    owed = market.learn(firm, [3], [4000])
    assert owed == 0, "this firm is paid at once"
    flows = firm.sales.leads.flows
    assert (flows[source, BOUGHT], flows[source, NO_USE], len(firm.sales.leads)) == (1, 0, 0)
    accounts = firm.booked
    assert accounts[acc.PAYROLL] == 2 * 60_000 + 200, "two salaries, and 5 % of 40.00"
    assert accounts[acc.REPS] == 2
    assert accounts[acc.REP_TALKS] == len(firm.sales.calls.row)
    assert accounts[acc.ANSWERED] == 1
    rep = firm.sales.reps[int(firm.sales.calls.rep[0])]
    assert [r.sold for r in firm.sales.reps] == [40.0 * (r is rep) for r in firm.sales.reps]


def test_results_of_calls_are_remembered_by_kind(met):
    market, firm, source = met
    market.learn(firm, [3], [4000])
    beliefs, asked = firm.sales.beliefs, source * SIGNS + ASKED
    assert (beliefs.wins[asked], beliefs.tried[asked]) == (1.0, 1.0)
    assert beliefs.wins.sum() == 1.0
    assert beliefs.tried.sum() == len(firm.sales.calls.row)
    rep = firm.sales.calls.rep[0]
    assert beliefs.rep_wins[:, asked].tolist() == [float(r == rep) for r in range(2)]


def test_a_prospect_in_need_becomes_a_lead_of_the_reps_own():
    market = ScriptedMarket(*TWO_REPS)
    firm = market.firms["birch"]
    _decide(market)
    market.sell(firm, NO_INTEREST)
    first, *others = np.sort(firm.sales.calls.row).tolist()
    market.engine.results = {(first, 1): (UNDECIDED, 0)} | {(i, 1): (NO_NEED, 0) for i in others}
    market.learn(firm, [], [])
    leads = firm.sales.leads.open
    assert leads.row.tolist() == [first]
    assert leads.source.tolist() == [firm.sales.leads.own]
    assert (leads.sign[0], leads.talked[0], leads.offered[0]) == (OPEN, 1, 1)
    assert firm.sales.leads.flows[:, CAME].sum() == 1


def test_an_order_of_a_stranger_pays_no_rep(met):
    market, firm, _ = met
    stranger = next(i for i in range(64) if i not in firm.sales.calls.row)
    market.engine.results[3, 1] = (NO_NEED, 0)
    market.learn(firm, [stranger], [4000])
    assert firm.booked[acc.PAYROLL] == 2 * 60_000
    assert [rep.sold for rep in firm.sales.reps] == [0.0, 0.0]


# Collect


def test_a_firm_with_terms_is_paid_when_invoices_fall_due():
    market = ScriptedMarket("firms.birch.sales.reps=0", "firms.birch.terms=4", "credit.prompt=100")
    firm = market.firms["birch"]
    assert firm.collect(market.view()) == NOTHING_SETTLED
    assert market.learn(firm, [3, 9], [4000, 1000]) == 5000
    paid = []
    for _ in range(6):
        market.book({})
        paid.append(firm.collect(market.view()).collected)
    assert paid == [0, 0, 0, 5000, 0, 0]


def test_invoices_are_those_of_the_whole_market():
    market = ScriptedMarket(
        "population.people=640", "firms.birch.sales.reps=0", "firms.birch.terms=4"
    )
    firm = market.firms["birch"]
    assert market.learn(firm, [3], [4000]) == 40_000


# Work


def test_departments_work_the_hours_their_money_pays_for():
    market = ScriptedMarket("firms.birch.sales.reps=0", "organising.wage=50")
    firm, activities = market.firms["birch"], market.activities
    spend = np.zeros(len(activities), np.int64)
    spend[market.line("broadcast")] = 1_000_000
    surveyed = np.zeros((len(market.segments), 2), np.int64)
    firm.work(market.view(), spend, surveyed)
    hours = 10_000 * activities["broadcast"].labour / 50
    assert firm.booked[acc.MARKET_DEPARTMENT_HOURS] == int(hours * PARTS)
    assert firm.booked[acc.MARKETING_HOURS] == 0
    assert firm.booked[acc.MISPLACED] == 0


def test_a_firm_goes_on_from_its_saved_state(met):
    market, firm, _ = met
    twin = ScriptedMarket(*TWO_REPS).firms["birch"]
    twin.load(firm.state(), market.view())
    again = twin.state()
    assert again.keys() == firm.state().keys()
    assert all(np.array_equal(again[name], column) for name, column in firm.state().items())
