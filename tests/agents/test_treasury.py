"""Fixed costs, capacity, cash and credit of firms: booked to the cent, and limits that bind."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.ledger import accounts as acc
from sim.params import declared
from sim.rules import finance as rules
from tests.conftest import same_worlds

SMALL = ("population.customers=300", "weeks=8", "warmup=0", "threads=1")
ALL_OFF = "off=[overhead,reach_costs,capacity,cash_limit]"


def _world(*words, engine="columnar"):
    world = sim.start(sim.load_config(*SMALL, *words), 1, engine=engine)
    while world.week < world.config.weeks:
        world.step()
    return world


def _flows(world, firm):
    return world.ledger.accounts()[:, world.names.index(firm)]


@pytest.fixture(scope="module")
def plain():
    return _world()


def test_without_any_of_it_nothing_changes_and_nothing_is_booked(plain):
    same_worlds(plain, _world("mechanisms=accounts", ALL_OFF, "finance.staffed=false"))
    assert not plain.ledger.accounts()[..., acc.FINANCE].any()


def test_overhead_is_a_share_of_planned_revenue_and_moves_nothing_but_money(plain):
    world = _world("finance.overhead=0.2", "firms.birch.overhead=7")
    spec = world.config.firms["birch"]
    salary = world.config.pay[spec.sales.pay].salary
    planned = sum(spec.budget.values()) + spec.sales.reps * salary  # nothing sold the year before
    assert set(_flows(world, "birch")[:, acc.OVERHEAD]) == {round(100 * (0.2 * planned + 7))}
    before, after = plain.ledger.accounts(), world.ledger.accounts()
    assert (before[..., acc.REVENUE] == after[..., acc.REVENUE]).all()
    lost = before[:, :-1, acc.CASH] - after[:, :-1, acc.CASH]
    assert (lost == after[:, :-1, acc.OVERHEAD].cumsum(axis=0)).all()


def test_overhead_of_a_year_follows_the_revenue_of_the_year_before():
    world = _world("finance.overhead=0.2", "warmup=52")
    row = world.names.index("birch")
    sold = sum(int(r.accounts[row, acc.REVENUE]) for r in world.ledger.records()[:52])
    assert sold > 0
    assert set(_flows(world, "birch")[:, acc.OVERHEAD]) == {round(0.2 * sold / 52)}


def test_serving_an_order_costs_more_the_more_customers_there_are():
    world = _world("finance.serving=0.3")
    flows, people = _flows(world, "birch"), world.ledger.accounts()[:, -1, acc.PEOPLE]
    share = flows[:, acc.ACTIVE] / people
    assert np.allclose(flows[:, acc.SERVING], 0.3 * share * flows[:, acc.LIST_VALUE], atol=1)
    assert flows[:, acc.SERVING].sum() > 0
    twice = rules.serving_cost(0.3, 20.0, 100.0, 10.0)
    assert twice == 2.0 * rules.serving_cost(0.3, 10.0, 100.0, 10.0)


def test_units_beyond_capacity_cost_a_premium():
    words = ("warmup=52", "finance.premium=0.5")
    world = _world("finance.capacity=0.5", *words)
    row = world.names.index("birch")
    units = np.array([r.accounts[row, acc.UNITS] for r in world.ledger.records()])
    capacity = 0.5 * units[:52].mean()
    for week, booked in enumerate(_flows(world, "birch")[:, acc.OVERTIME], start=52):
        beyond = max(0.0, units[week - 12 : week + 1].mean() - capacity)
        assert booked == pytest.approx(beyond * 0.5 * 1800, abs=1)
    assert not _flows(_world("finance.capacity=50", *words), "birch")[:, acc.OVERTIME].any()
    assert rules.beyond_capacity(9.0, 0.0) == 0.0


def test_rewards_for_referrals_are_paid_and_move_only_money_unless_they_make_people_talk(plain):
    flows, price = _flows(_world("firms.birch.referral_reward=0.1", "weeks=20"), "birch"), 4000
    assert flows[:, acc.REFERRED].sum() > 0
    assert (flows[:, acc.REWARDS] == (0.1 * price * flows[:, acc.REFERRED]).round()).all()
    paid = flows[:, list(acc.PAID_OUT)].sum(axis=1)
    assert (flows[:, acc.CASH] == (flows[:, acc.COLLECTED] - paid).cumsum()).all()
    usual = _flows(plain, "birch")
    assert (flows[:8, acc.TALKS] == usual[:, acc.TALKS]).all()
    more = _flows(_world("firms.birch.referral_reward=0.1", "talk.reward_gain=20"), "birch")
    assert more[:, acc.TALKS].sum() > 1.5 * usual[:, acc.TALKS].sum()


BROKE = (
    "finance.funds=10", "finance.credit_line=10", "finance.interest=0.5", "finance.overhead=0.5",
    "firms.birch.overhead=300000", "weeks=30",
)  # fmt: skip


@pytest.fixture(scope="module")
def broke():
    """A market in which birch runs out of cash, since its fixed costs exceed its margin."""
    return _world(*BROKE, "finance.grace=4")


def test_cash_is_conserved_to_the_cent_with_credit_and_interest(broke):
    for name in broke.names:
        flows = _flows(broke, name)
        received = flows[:, acc.COLLECTED] + flows[:, acc.FUNDED]
        paid = flows[:, list(acc.PAID_OUT)].sum(axis=1)
        assert (flows[:, acc.CASH] == (received - paid).cumsum()).all(), name
        owed = np.maximum(0, -flows[:-1, acc.CASH])
        there = flows[1:, acc.OVERHEAD] > 0  # creditors of a firm that has left get nothing
        assert (flows[1:, acc.OWED][there] == owed[there]).all(), name
    assert _flows(broke, "birch")[:, acc.INTEREST].sum() > 0


def test_interest_is_paid_on_the_credit_drawn(broke):
    flows = _flows(broke, "birch")
    line = flows[0, acc.FUNDED]
    within = (flows[:, acc.OWED] > 0) & (flows[:, acc.OWED] <= line)
    assert within.any()
    due = flows[within, acc.OWED] * 0.5 / 52
    assert np.allclose(flows[within, acc.INTEREST], due, atol=1)
    assert flows[:, acc.INTEREST].max() <= round(line * 0.5 / 52)


def test_a_firm_without_cash_cuts_its_spend_and_leaves_the_market(broke, plain):
    flows = _flows(broke, "birch")
    short = flows[:, acc.OWED] > flows[0, acc.FUNDED]
    assert flows[0, acc.SPEND] == _flows(plain, "birch")[0, acc.SPEND]
    assert short.any()
    assert not flows[short, acc.SPEND].any()
    cash = flows[:, acc.CASH]
    beyond = cash < -flows[0, acc.FUNDED]
    left = next(
        week for week in range(4, 30)
        if beyond[week - 4 : week].all() and cash[week - 1] <= cash[week - 4]
    )  # fmt: skip
    assert flows[left - 8 : left, acc.ORDERS].sum() > 0
    assert not flows[left:, [acc.ORDERS, acc.SPEND]].any()
    assert not flows[left + 1 :][:, [acc.OVERHEAD, acc.REPS, acc.INTEREST]].any()
    assert broke.firms[broke.names.index("birch")].executive.closed
    stays = _flows(_world(*BROKE), "birch")
    assert stays[-5:, acc.ORDERS].sum() > 0, "without grace=... it never leaves"


def test_a_firm_short_of_cash_spends_what_comes_in_and_stays_if_it_repays():
    words = ("finance.funds=0", "finance.credit_line=1", "finance.grace=4", "weeks=60")
    flows = _flows(_world(*words, "firms.birch.overhead=235000"), "birch")
    other = [cost for cost in acc.PAID_OUT if cost != acc.SPEND]
    income = flows[:, acc.COLLECTED] - flows[:, other].sum(axis=1)
    cut = [week for week in range(13, 52) if flows[week, acc.SPEND] < flows[1, acc.SPEND]]
    assert cut
    plan = sim.load_config(*SMALL).firms["birch"]
    salary = sim.load_config().pay[plan.sales.pay].salary
    line = 100 * (sum(plan.budget.values()) + plan.sales.reps * salary)
    for week in cut:
        money = income[week - 13 : week].mean() + (flows[week - 1, acc.CASH] + line) / 13
        assert flows[week, acc.SPEND] == pytest.approx(max(0.0, money), abs=10)
    assert flows[-4:, acc.ORDERS].sum() > 0
    assert rules.affordable(-9.0, 5.0, 8.0) == 0.0


def test_a_firm_that_draws_on_its_credit_hires_nobody():
    words = ("market=industrial", "weeks=60", "finance.credit_line=1000", "selling.vacancy=1",
             "selling.quitting=0.02", "firms.birch.overhead=900000")  # fmt: skip
    rich, poor = (_flows(_world(*words, f"finance.funds={n}"), "birch") for n in (1000, 0))
    short = poor[:-1, acc.CASH] < 0
    assert short.any()
    assert poor[1:, acc.QUIT][short].any()
    assert not poor[1:, acc.HIRED][short].any()
    assert rich[:, acc.HIRED].sum() > poor[:, acc.HIRED].sum()
    assert rich[-1, acc.REPS] > poor[-1, acc.REPS]


def test_overhead_is_that_of_the_kind_of_market_unless_it_is_given():
    for market, usual in (("brand", 0.22), ("industrial", 0.07), ("subscription", 0.125)):
        config = sim.load_config(f"market={market}", "mechanisms=accounts")
        assert config.finance.overhead == config.finance.usual_overhead == usual
        assert sim.load_config(f"market={market}").finance.overhead == 0.0
    own = sim.load_config("mechanisms=accounts", "finance.overhead=0.3")
    assert own.finance.overhead == 0.3


def test_a_firm_that_enters_brings_cash_for_its_runway():
    words = ("finance.funds=4", "finance.runway=52", "firms.birch.enters=3")
    funded = _world(*words).ledger.accounts()[:, :-1, acc.FUNDED]
    alder, birch, cedar, _ = funded.T
    assert np.flatnonzero(birch).tolist() == [2]
    assert np.flatnonzero(cedar).tolist() == [0]
    assert np.flatnonzero(alder).tolist() == [0]
    plan = sim.load_config(*SMALL).firms["birch"]
    salary = sim.load_config().pay[plan.sales.pay].salary
    planned = sum(plan.budget.values()) + plan.sales.reps * salary
    assert birch[2] == round(52 * planned * 100)


def test_both_engines_book_the_same(broke):
    same_worlds(broke, _world(*BROKE, "finance.grace=4", engine="reference"))


def test_a_market_goes_on_from_a_snapshot_with_the_firms_that_are_left(broke):
    world = sim.start(broke.config, 1)
    for _ in range(20):
        world.step()
    twin = sim.restore(world.snapshot())
    for _ in range(10):
        world.step()
        twin.step()
    same_worlds(world, twin)
    same_worlds(world, broke)


def test_who_had_the_people_before_the_first_week_has_paid_for_them():
    words = ("market=industrial", "warmup=4", "weeks=6")
    more = "+interventions.more={week: 1, set: ['firms.birch.sales.reps=28']}"
    fewer = "+interventions.more={week: 1, set: ['firms.birch.sales.reps=20']}"
    for change, account in ((more, acc.HIRED), (fewer, acc.FIRED)):
        now, before = (
            _flows(_world(*words, change, f"finance.staffed={on}"), "birch")
            for on in ("false", "true")
        )
        assert now[0, account] > 0 == before[0, account]
        assert now[0, acc.PAYROLL] - before[0, acc.PAYROLL] == now[0, account] * 5_000 * 100
        assert (now[:, acc.REPS] == before[:, acc.REPS]).all()
        assert (now[1:, acc.PAYROLL] == before[1:, acc.PAYROLL]).all()


def test_a_newcomer_has_hired_before_it_enters():
    for on, hired in (("false", 10), ("true", 0)):
        words = ("market=industrial", "warmup=2", "weeks=2", f"finance.staffed={on}")
        flows = _flows(_world(*words), "alder")
        assert flows[0, acc.REPS] == 10
        assert flows[0, acc.HIRED] == hired


POOR = ("finance.funds=0", "firms.birch.overhead=300000", "weeks=20")
IN_DEBT = (*POOR, "finance.credit_line=10", "finance.interest=0.1")
GROWN = ("warmup=52", "finance.premium=0.5", "finance.capacity=0.5")
DIRECTIONS = [
    ((), "finance.overhead=0.3", acc.OVERHEAD, 1),
    ((), "firms.birch.overhead=9", acc.OVERHEAD, 1),
    (("mechanisms=accounts",), "finance.usual_overhead=0.5", acc.OVERHEAD, 1),
    ((), "finance.serving=0.3", acc.SERVING, 1),
    (GROWN, "finance.capacity=0.8", acc.OVERTIME, -1),
    (GROWN, "finance.premium=1", acc.OVERTIME, 1),
    (POOR, "finance.funds=5", acc.SPEND, 1),
    ((*POOR, "firms.birch.enters=2"), "finance.runway=20", acc.SPEND, 1),
    (POOR, "finance.credit_line=20", acc.SPEND, 1),
    (IN_DEBT, "finance.interest=0.5", acc.INTEREST, 1),
    ((*IN_DEBT, "finance.grace=15"), "finance.grace=4", acc.ORDERS, -1),
    (("warmup=2", "firms.birch.enters=1"), "finance.staffed=true", acc.PAYROLL, -1),
]


@pytest.mark.parametrize(("stage", "change", "account", "sign"), DIRECTIONS)
def test_every_number_acts_in_its_direction(stage, change, account, sign):
    before, after = (
        int(_flows(_world(*words), "birch")[:, account].sum())
        for words in (stage, (*stage, change))
    )
    assert np.sign(after - before) == sign


def test_every_number_is_in_the_list_above():
    listed = {change.partition("=")[0] for _, change, *_ in DIRECTIONS}
    assert listed == {f"finance.{name}" for name in declared(rules.Finance)} | {
        "firms.birch.overhead"
    }


def test_the_file_of_the_mechanism_can_be_switched_off_in_a_branch():
    config = sim.load_config(*SMALL, "mechanisms=accounts")
    assert config.finance.overhead > 0.0
    assert override(config, ALL_OFF).finance.funds == -1.0
