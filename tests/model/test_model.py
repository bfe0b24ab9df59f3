"""The world: steps, snapshots, branches; the toy market; the direction of every parameter."""

from __future__ import annotations

import gc
import weakref
from functools import lru_cache

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.engines.protocol import ACTIVE
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, PAID_OUT
from sim.market.network import lay_out, row_at
from sim.params import ConfigError
from tests.conftest import same_worlds


def _steps(world, weeks):
    for _ in range(weeks):
        sim.step(world)
    return world


@pytest.mark.parametrize("engine", ["columnar", "reference"])
def test_a_restored_world_goes_on_as_if_nothing_had_happened(small, engine):
    small.population.customers = 100
    small.talk.rate = 0.5
    world = _steps(sim.start(small, 5, plan="community_building", engine=engine), 12)
    again = sim.restore(world.snapshot())
    same_worlds(world, again)
    _steps(world, 8)
    _steps(again, 8)
    same_worlds(world, again)
    assert world.plan == again.plan


def test_a_branch_without_change_is_the_same_world(small):
    world = _steps(sim.start(small, 5, plan="ad_blitz"), 10)
    twin = world.branch()
    _steps(world, 10)
    _steps(twin, 10)
    same_worlds(world, twin)


def test_a_branch_shares_the_past_and_differs_by_its_cause(small):
    world = _steps(sim.start(small, 5), 10)
    silent = world.branch("talk.rate=0")
    _steps(world, 10)
    _steps(silent, 10)
    a, b = world.ledger.accounts(), silent.ledger.accounts()
    assert np.array_equal(a[:10], b[:10])
    assert a[10:, :, acc.TALKS].sum() > 0
    assert b[10:, :, acc.TALKS].sum() == 0


def test_a_branch_may_change_seed_and_plan(small):
    world = _steps(sim.start(small, 5), 10)
    lucky, planned = world.branch(seed=6), world.branch(plan="ad_blitz")
    for twin in (lucky, planned):
        _steps(twin, 10)
    _steps(world, 10)
    assert not np.array_equal(world.ledger.accounts()[10:], lucky.ledger.accounts()[10:])
    assert not np.array_equal(world.ledger.spend()[10:], planned.ledger.spend()[10:])
    assert np.array_equal(world.ledger.accounts()[:10], planned.ledger.accounts()[:10])
    # traits do not change with a new seed: rates were drawn at the start
    assert np.array_equal(world.people.rate, lucky.people.rate)


def test_a_branch_keeps_positions_that_changed_after_a_player_set_them(small):
    world = sim.start(small, 1)
    firm = world.firms[0]
    world.decide(firm.name, {"reps": 5})
    world.step()
    assert (firm.executive.places, len(firm.sales.reps)) == (5, 5)
    world.stop_firm(firm.name)
    twin = world.branch()
    for one in (world, twin):
        one.decide(firm.name, {"reps": 7})
        one.step()
        assert not one.firms[0].sales.reps, "a firm that has stopped hires nobody"
    same_worlds(world, twin)


def test_a_branch_cannot_change_who_is_in_the_market(small):
    world = _steps(sim.start(small, 5), 2)
    for change in (
        "population.customers=20", "firms.alder.id=77", "~firms.birch", "choice.rate_mean=0",
        "flow.inflow=0.1", "firms.birch.trust=0.9", "segments.keen.share=3", "price.weight=1",
    ):  # fmt: skip
        with pytest.raises(ConfigError, match="settled at the start"):
            world.branch(change)


def test_a_branch_may_go_on_for_longer(small):
    small.weeks = 10
    world = _steps(sim.start(small, 5), 10)
    longer = world.branch("weeks=20")
    _steps(longer, 10)
    small.weeks = 20
    same_worlds(longer, _steps(sim.start(small, 5), 20))
    small.flow.inflow = 0.01
    with pytest.raises(ConfigError, match="cannot be made longer"):
        sim.start(small, 5).branch("weeks=30")


@pytest.mark.parametrize("engine", ["columnar", "reference"])
def test_a_new_seed_leaves_the_traits_of_people_unchanged(small, engine):
    """A new seed leaves tastes and ties unchanged; a snapshot of the branch is restored alike."""
    small.population.customers = 100
    small.flow.inflow = 0.02
    world = _steps(sim.start(small, 5, engine=engine), 6)
    other = world.branch(seed=99)
    again = sim.restore(other.snapshot())
    assert (other.seed, other.trait_seed, again.seed, again.trait_seed) == (99, 5, 99, 5)
    _steps(other, 6)
    _steps(again, 6)
    same_worlds(other, again)
    assert not np.array_equal(other.ledger.accounts()[6:], _steps(world, 6).ledger.accounts()[6:])


def test_engines_agree_after_a_new_seed(small):
    small.population.customers = 100
    small.talk.rate = 0.5
    fast = _steps(sim.start(small, 5), 5).branch(seed=8)
    slow = _steps(sim.start(small, 5, engine="reference"), 5).branch(seed=8)
    same_worlds(_steps(fast, 8), _steps(slow, 8))


def test_a_world_is_not_changed_by_changing_the_callers_configuration(small):
    world = sim.start(small, 5)
    small.talk.rate = 1.0
    assert world.config.talk.rate == 0.05


def test_a_wrong_configuration_is_refused_at_the_start(small):
    small.talk.rate = 7.0
    with pytest.raises(ConfigError, match=r"talk.rate=7.0 is out of bounds"):
        sim.start(small, 5)


@pytest.mark.parametrize("engine", ["columnar", "reference"])
def test_a_deleted_world_frees_its_memory(small, engine):
    """Thousands of worlds are simulated in one process; none may stay in memory."""
    small.population.customers = 50
    world = sim.start(small, 1, engine=engine)
    world.step()
    gone = weakref.ref(world)
    del world
    gc.collect()
    assert gone() is None


def test_a_run_ends(small):
    small.weeks = 2
    world = _steps(sim.start(small, 5), 2)
    with pytest.raises(ConfigError, match="over"):
        world.step()


def test_the_run_is_a_record(small):
    run = sim.simulate(small, seed=3)
    table = run.weekly
    assert len(table) == small.weeks * len(small.firms)
    assert table["week"].min() == 1
    assert str(table["date"].iloc[0].date()) == "2027-01-04"
    with pytest.raises(AttributeError):
        run.seed = 4
    with pytest.raises(ValueError, match="read-only"):
        run.ledger.records()[0].accounts[0, 0] = 1
    whole = run.total.set_index("firm")
    orders = table[table.firm == "birch"]["orders"].sum()
    assert whole.loc["birch", "orders"] == pytest.approx(orders)
    assert run.yearly.groupby("firm")["orders"].sum()["birch"] == pytest.approx(orders)
    assert run.yearly["year"].min() == 1
    book_table = run.ledger_table
    assert [*book_table.columns] == [
        "week", "firm", "account", "kind", "unit", "segment", "source", "cohort", "count", "cents",
    ]  # fmt: skip
    everything = book_table.groupby(["firm", "account"])[["count", "cents"]].sum().sum(axis=1)
    for n, account in enumerate(ACCOUNTS):
        if account.kind == "flow":
            total = int(run.ledger.accounts()[:, 1, n].sum())
            assert everything.get(("birch", account.name), 0) == total, account.name
    orders = book_table[(book_table.account == "orders") & (book_table.firm == "birch")]["count"]
    assert orders.sum() == whole.loc["birch", "orders"]


def test_the_toy_market_ends_where_it_should():
    """End values of a market that has been implemented several times independently."""
    run = sim.simulate(sim.load_config("market=toy"), seed=1)
    people = run.config.population.people
    last = run.weekly.iloc[-1]
    assert last["awareness"] == pytest.approx(0.307, abs=0.002)
    assert last["active_customers"] / people == pytest.approx(0.335, abs=0.006)
    assert run.weekly["orders"].sum() / people == pytest.approx(0.690, abs=0.012)


@pytest.mark.slow
@pytest.mark.parametrize("market", ["brand", "industrial", "packaged", "subscription"])
def test_the_window_is_two_median_interpurchase_times(market):
    """The times are between purchases in the category, observed over three years."""
    config = sim.load_config(
        f"market={market}", "population.customers=2000", "weeks=160", "warmup=0"
    )
    world = sim.start(config, 1)
    last = np.full(2000, -1)
    gaps = []
    for week in range(config.weeks):
        world.step()
        bought = (world.engine.columns()["last_order"] == week).any(axis=0)
        gaps.append((week - last)[bought & (last >= 0)])
        last[bought] = week
    median = float(np.median(np.concatenate(gaps)))
    assert config.measurement.window == pytest.approx(2 * median, abs=2.0)


def test_contacts_cost_what_they_cost(small):
    """Contacts delivered are those bought, up to random draws and the weekly limit per person."""
    small.population.customers = 5000
    small.firms["birch"].budget = {"broadcast": 6000.0, "service": 4000.0}
    broadcast = small.activities["broadcast"]
    broadcast.scarcity = 0.0
    run = sim.simulate(small, seed=2)
    f = run.firms.index("birch")
    activities = list(run.ledger.activities)
    contacts = run.ledger.contacts()[:, f].sum(axis=0)
    booked = 3 * broadcast.outlet_cost  # a quarter of 6,000 pays for three outlets at 400
    met = contacts[activities.index("broadcast")]
    assert met == pytest.approx(52 * (6000 - booked) / broadcast.unit_cost, rel=0.02)
    assert contacts[activities.index("service")] <= 52 * 4000 / 2.0 * 1.05
    assert contacts[activities.index("community")] == 0


def test_contacts_cost_more_as_demand_for_them_rises(small):
    """Twice the money buys less than twice the contacts, and raises the price for rivals."""
    small.population.customers = 3000
    small.media.outlets = 1
    runs = []
    for money in (25_000.0, 50_000.0):
        small.firms["birch"].budget["broadcast"] = money
        runs.append(sim.simulate(small, seed=2).ledger.contacts()[:, :, 0].sum(axis=0))
    birch, cedar = 1, 2
    assert 1.2 < runs[1][birch] / runs[0][birch] < 1.9
    assert runs[1][cedar] < 0.97 * runs[0][cedar]


def test_fragmented_media_raise_the_cost_of_awareness(small):
    """The same spend through many small outlets reaches fewer people."""
    small.population.customers = 3000
    known = []
    for outlets in (2, 8, 60):
        small.media.outlets = outlets
        known.append(sim.simulate(small, seed=2).kpi("awareness")["birch"])
    assert known[0] > known[1] > known[2]


def test_people_follow_as_many_outlets_as_they_should(small):
    from sim.market.population import draw_media_diet, mean_followed

    small.population.customers = 20_000
    ident = sim.start(small, 3).people.ident
    spec = small.media
    habits = draw_media_diet(3, ident, spec)
    following = mean_followed(habits, spec.outlets)
    assert 0.8 * spec.habit < following[-1] < 1.01 * spec.habit  # no outlet is followed twice
    sizes = np.diff(following)
    assert (np.diff(sizes) < 0).all()
    counts = np.array([int(h).bit_count() for h in habits.tolist()])
    assert counts.mean() == pytest.approx(following[-1])
    spec.spread = 0.0
    even = np.array([int(h).bit_count() for h in draw_media_diet(3, ident, spec).tolist()])
    assert counts.std() > even.std()  # heavy and light users


def test_clicks_follow_intent(small):
    """Most clicks are by people about to buy; without intent fewer orders are credited to clicks,
    other things being equal."""
    small.population.customers = 3000
    for activity in ("performance_ads", "content_social"):
        small.activities[activity].click = 0.02
    shares = []
    for intent in (1.0, 20.0):
        small.attention.intent = intent
        run = sim.simulate(small, seed=2)
        shares.append(run.kpi("last_click")["birch"])
    assert shares[1] > 2 * shares[0] > 0


def test_a_firm_enters_in_its_week(small):
    small.firms["birch"].enters = 11
    run = sim.simulate(small, seed=2)
    a = run.ledger.accounts()[:, 1]
    for account in (acc.ORDERS, acc.SPEND, acc.CONSIDERED, acc.CONTACTS, acc.AWARENESS):
        assert a[:10, account].sum() == 0
        assert a[10:, account].sum() > 0
    assert run.weekly.query("firm == 'birch' and week == 11")["awareness"].item() > 0.3


def test_the_warm_up_is_simulated_but_not_booked(small):
    """A market with a warm-up is the same market some weeks later."""
    for firm in small.firms.values():
        firm.enters = 0
    cold = sim.simulate(override(small, "weeks=40"), seed=3)
    warm = sim.simulate(override(small, "weeks=30", "warmup=10"), seed=3)
    a, b = cold.ledger.accounts()[10:], warm.ledger.accounts()
    for n, account in enumerate(ACCOUNTS):
        if not account.name.startswith("window_") and account.name not in (
            "cash", "acquired_to_date", "value_to_date",
        ):  # fmt: skip
            assert np.array_equal(a[..., n], b[..., n]), account.name
    assert b[0, :-1, acc.ACTIVE].sum() > 0
    profit = b[0, :-1, acc.REVENUE] - b[0, :-1][:, PAID_OUT].sum(axis=1)
    assert np.array_equal(b[0, :-1, acc.CASH], profit)
    cohorts = warm.ledger.cells()[:, 2]
    assert set(cohorts.tolist()) == {0, 1, 2, 3}


def test_a_planned_firm_spends_its_declared_budget_in_the_warm_up(small):
    small.warmup = 5
    a, b = (sim.start(small, 3, plan=p) for p in (None, "ad_blitz"))
    same_worlds(a, b)
    assert not np.array_equal(_steps(a, 3).ledger.spend(), _steps(b, 3).ledger.spend())


def test_the_fixed_cost_is_paid_first(small):
    small.firms["birch"].budget = {"broadcast": 6000.0}
    small.firms["birch"].sales.reps = 0
    small.activities["broadcast"].fixed_cost = 6000.0
    run = sim.simulate(small, seed=2)
    assert run.ledger.contacts()[:, run.firms.index("birch")].sum() == 0


def test_a_survey_finds_awareness_up_to_sampling_error(small):
    small.population.customers = 5000
    small.firms["birch"].budget = {"research": 200_000.0}
    run = sim.simulate(small, seed=2)
    surveyed, true = run.kpi("surveyed_awareness")["birch"], run.kpi("awareness")["birch"]
    asked = run.window().sum(acc.SURVEYED)[run.firms.index("birch")]
    asked /= run.config.population.weight
    assert asked > 1000
    assert abs(surveyed - true) < 4 * np.sqrt(0.25 / asked) + 0.03


def test_a_message_arrives_in_the_next_week(small):
    """A message has no effect in the week in which it is sent."""
    small.talk.rate = 1.0
    small.choice.rate_mean = 2.0
    small.loyalty.lapse_hazard = 0.0
    small.attention.retention = 1.0
    for firm in small.firms.values():
        firm.budget = {}
        firm.awareness = 0.5
    world = _steps(sim.start(small, 5), 3)
    before = world.engine.columns()
    assert before["inbox_count"].sum() > 0
    quiet = world.branch()
    quiet.engine.open_week(quiet.week, 0.0)  # hear, and forget nothing
    moved = quiet.engine.columns()["awareness"] != before["awareness"]
    heard = (before["inbox_count"] > 0) & (before["awareness"] < 1.0)
    assert np.array_equal(moved, heard)


def test_addresses_are_wide_enough():
    bits = [lay_out(n, [], 0.0, n).places.bits for n in (1, 1000, 1024, 20_000, 10**6)]
    assert bits == [1, 11, 11, 15, 21]


def test_everybody_has_one_address():
    network = lay_out(100, [3, 0, 5], 3.0, 104)
    found = [row_at(a, 3, network.places, network.cohorts) for a in range(1 << network.places.bits)]
    rows = sorted(r for r in found if r >= 0)
    assert rows == [*range(100), *range(104, 112)]  # bystanders have none
    early = [row_at(a, 1, network.places, network.cohorts) for a in range(len(found))]
    assert max(early) == 106


def test_arms_with_another_inflow_share_the_first_arrivals(small):
    small.flow.inflow = 0.02
    few = sim.start(small, 4).people
    small.flow.inflow = 0.03
    many = sim.start(small, 4).people
    assert many.size > few.size
    assert set(few.ident.tolist()) < set(many.ident.tolist())
    place = np.searchsorted(many.ident, few.ident)
    for name in ("rate", "taste", "segment"):
        assert np.array_equal(getattr(few, name), getattr(many, name)[place]), name


@pytest.mark.slow
def test_a_deal_fills_stocks_and_accelerates_purchases(small, tmp_path):
    """With storable goods a week's sale sells more units, and fewer orders follow for a while."""
    small.population.customers, small.population.people, small.weeks = 8000, 8000, 40
    small.choice.rate_mean = 0.3
    small.price.memory_share = 0.0  # to exclude the effect of a remembered bargain
    path = tmp_path / "sale.csv"
    path.write_text("week,firm,activity,amount\nW20,birch,discount,0.25\n")
    quiet = tmp_path / "quiet.csv"
    quiet.write_text("week,firm,activity,amount\nW20,birch,discount,0\n")
    dips = []
    for stockup in (0.0, 15.0):
        small.stock.stockup = stockup
        sale, none = (sim.simulate(small, seed=1, plan=p).ledger.accounts() for p in (path, quiet))
        change = (sale - none)[:, :-1].sum(axis=1)  # all firms: stocks replace purchases
        assert change[19, acc.UNITS] > 0
        dips.append(change[20:28, acc.ORDERS].sum() / change[19, acc.UNITS])
    assert dips[1] < dips[0] - 0.2
    assert dips[1] < -0.2


def test_contracts_bind_and_end(small):
    small.loyalty.contract = 12
    small.choice.rate_mean = 0.5
    run = sim.simulate(small, seed=1)
    a = run.ledger.accounts()[:, :-1].sum(axis=1)
    assert a[:12, acc.LAPSED].sum() == 0
    ended = a[:, acc.RENEWALS].sum() + a[:, acc.LAPSED].sum()
    assert 0 < a[:, acc.RENEWALS].sum() < ended
    assert ended <= a[:-12, acc.ORDERS].sum()


def test_news_of_leavers_waits_for_the_end_of_a_contract(small):
    """Told while contracts run, it makes fewer customers renew, and is then forgotten."""
    small.loyalty.contract, small.choice.rate_mean, small.talk.rate = 12, 0.5, 0.0
    small.loyalty.tell_leaving, small.choice.inertia, small.weeks = 0.0, 1.0, 40
    kept = []
    for number in (0, 9):
        world = sim.start(small, seed=1)
        while world.week < 6:
            world.step()
        bound = np.flatnonzero(world.engine.column("relation")[1] & ACTIVE)
        if number:
            world.inject("news", "birch", bound.tolist(), number=number)
        while world.week < 8:
            world.step()
        assert set(world.engine.column("inbox_left")[1, bound].tolist()) == {number}
        while world.week < 19:
            world.step()
        assert not world.engine.column("inbox_left").any()
        kept.append(world.ledger.accounts()[6:, 1, acc.RENEWALS].sum())
    assert 0 < kept[1] < 0.7 * kept[0]


def test_a_lasting_discount_is_no_deal_for_those_who_remember_it(small):
    """A discount for a week makes customers stock up, an everlasting one sells a unit an order."""
    small.stock.stockup, small.choice.rate_mean, small.price.patience = 15.0, 0.3, 0.0
    small.firms["birch"].discount = 0.2
    lasting = sim.simulate(small, seed=1).ledger.accounts()[:, 1]
    assert lasting[:, acc.UNITS].sum() == lasting[:, acc.ORDERS].sum() > 0
    small.firms["birch"].discount = 0.0
    world = sim.start(small, seed=1)
    while world.week < 10:
        world.step()
    world.change("firms.birch.discount=0.2")
    world.step()
    deal = world.ledger.accounts()[-1, 1]
    assert deal[acc.UNITS] > 2 * deal[acc.ORDERS] > 0


def test_friends_are_alike(small):
    from sim.engines.reference import Customer

    assert Customer.acquaintance.__doc__
    shares = []
    for homophily in (0.0, 0.9):
        small.talk.homophily = homophily
        customers = sim.start(small, 4, engine="reference").engine.customers
        for c in customers:
            c.here = 1
        pairs = [(c, c.acquaintance(t)) for c in customers for t in range(3)]
        shares.append(np.mean([a.segment == b.segment for a, b in pairs if b]))
    assert shares[1] > shares[0] + 0.3


def test_a_higher_price_lowers_own_sales(small):
    small.population.customers = 4000
    cheap = sim.simulate(small, seed=1)
    small.firms["birch"].list_price *= 1.1
    dear = sim.simulate(small, seed=1)
    a, b = cheap.kpi("orders")["birch"], dear.kpi("orders")["birch"]
    elasticity = np.log(b / a) / np.log(1.1)
    assert -4.0 < elasticity < -1.0  # bounds of the published spread, not a fit


SALES = (
    "pay.", "selling.", "credit.", "shelf.", "firms.birch.sales.", "firms.birch.terms",
    "firms.birch.distribution", "organising.", "firms.birch.organisation.", "attention.relevance",
    "activities.broadcast.labour", "activities.broadcast.inbound", "finance.",
    "firms.birch.overhead",
)  # fmt: skip
"""Parameters of sales, cash, the organisation and finance have lists of their own:
``tests/agents/test_sales_parameters.py``, ``tests/agents/test_organisation_parameters.py``,
``tests/agents/test_treasury.py``."""

NEW = (
    *(f"firms.{name}.enters=1" for name in ("alder", "birch", "cedar", "dogwood")),
    "category.hurdle_spread=0.5", "category.contact_gain=0.1",
)  # fmt: skip
"""A category that is new, as no firm has always been there, and in which people have hurdles."""

FOUND = ("firms.birch.budget.findability=60000", "firms.cedar.budget.findability=60000")
STAGES = {
    "information.look": FOUND,
    "media.places": FOUND,
    "price.deal_salience": ("shelf.stores=20",),
    "loyalty.recovery": ("firms.birch.quality=0.6", "firms.birch.budget.service=50000"),
    "activities.broadcast.recovers": ("firms.birch.quality=0.6", "loyalty.recovery=1"),
    "loyalty.expectation": ("firms.birch.quality=0.6", "firms.birch.trust=0.9"),
    "category.hurdle_spread": NEW,
    "category.contact_gain": NEW,
    "category.message_gain": (*NEW, "talk.rate=0.5", "talk.negative_wom=0"),
    "flow.late_awareness": ("flow.inflow=0.02",),
    "flow.peak": ("flow.season=0.5",),
    "flow.shock": ("flow.shock_weeks=20",),
    "flow.shock_from": ("flow.shock=0.5", "flow.shock_weeks=20"),
    "flow.shock_weeks": ("flow.shock=0.5",),
    "talk.reward_gain": ("firms.birch.referral_reward=0.5",),
    "firms.birch.referral_reward": ("talk.reward_gain=10",),
    "talk.leaders": ("activities.broadcast.leaders=true",),
    "activities.broadcast.leaders": ("talk.leaders=0.1",),
    "loyalty.tell_leaving": ("loyalty.lapse_hazard=0.1", "loyalty.contagion=5"),
    "loyalty.contagion": ("loyalty.lapse_hazard=0.1", "loyalty.tell_leaving=1"),
    "loyalty.returning": ("loyalty.lapse_hazard=0.1",),
    "loyalty.returning_disappointed": ("loyalty.quit_disappointed=1",),
    "memory.fading": ("memory.level=0.8",),
    "stock.saturation": ("stock.stockup=20",),
    "stock.home_first": ("stock.stockup=20",),
    "attention.attendance": ("activities.broadcast.gathering=true",),
    "attention.pressure": ("activities.broadcast.gathering=true", "attention.attendance=0.3"),
    "activities.broadcast.gathering": ("attention.attendance=0.3",),
}
"""Conditions under which a parameter has an effect: without a season its peak has none."""


@pytest.fixture(scope="module")
def sale(tmp_path_factory, default):
    """A plan of the declared budget of birch, with a sale in the second quarter."""
    budget = default.firms["birch"].budget
    lines = [f"Q{q},birch,{a},{13 * money}" for q in range(1, 5) for a, money in budget.items()]
    path = tmp_path_factory.mktemp("plan") / "sale.csv"
    path.write_text("\n".join(["quarter,firm,activity,amount", *lines, "Q2,birch,discount,0.2"]))
    return path


@lru_cache(maxsize=8)  # most changes are compared with the same run
def _run_of(plan, *words):
    base = ("population.customers=1500", "weeks=52", "warmup=0", "threads=1")
    return sim.simulate(sim.load_config(*base, *words), seed=1, plan=plan)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "kpi", "sign"),
    [
        ("attention.retention=0.99", "awareness", 1),
        ("warmup=20", "awareness", None),
        ("attention.trust_retention=0.9", "trust", -1),
        ("attention.recency=8", "trust", None),
        ("activities.broadcast.price_ratio=2", "awareness", -1),
        ("attention.intent=50", "clicks", 1),
        ("attention.click_spread=3", "clicks", None),
        ("media.outlets=40", "awareness", -1),
        ("media.habit=1", "awareness", -1),
        ("media.skew=3", "awareness", None),
        ("media.spread=2", "awareness", -1),
        ("media.overhead=0", "awareness", None),
        ("price.patience=10", "orders", None),
        ("measurement.credit=52", "last_click", 1),
        ("firms.birch.enters=20", "orders", -1),
        ("activities.broadcast.mediated=false", "awareness", None),
        ("activities.broadcast.outlet_cost=4000", "awareness", -1),
        ("activities.broadcast.scarcity=3", "awareness", -1),
        ("activities.broadcast.click=0.1", "clicks", 1),
        ("activities.broadcast.capture=0.5", "leads", 1),
        ("attention.contact_gain=0.3", "awareness", 1),
        ("attention.trust_gain=0.3", "trust", 1),
        ("attention.dialogue=5", "trust", 1),
        ("attention.irritation=0.5", "trust", -1),
        ("attention.honesty=1", "trust", -1),
        ("attention.known_from_use=1", "trust", -1),
        ("attention.answered=1", "trust", -1),
        ("attention.attendance=0.3", "awareness", None),
        ("attention.pressure=1", "trust", -1),
        ("attention.crowding=2", "awareness", -1),
        ("information.search_rate=0.9", "orders", None),
        ("information.found=0.9", "consideration", 1),
        ("information.rating_rate=0.01", "trust", None),
        ("information.rating_gain=0.9", "trust", 1),
        ("flow.inflow=0.02", "orders", 1),
        ("flow.late_awareness=1", "awareness", 1),
        ("flow.exit=0.02", "orders", -1),
        ("flow.season=0.5", "orders", None),
        ("flow.peak=10", "orders", None),
        ("flow.shock=2", "orders", 1),
        ("flow.shock_from=20", "orders", None),
        ("flow.shock_weeks=30", "orders", -1),
        ("loyalty.switching_cost=3", "orders", None),
        ("loyalty.contract=20", "orders", -1),
        ("stock.stockup=20", "revenue", 1),
        ("stock.saturation=1", "revenue", -1),
        ("stock.home_first=true", "orders", None),
        ("choice.incidence=1", "orders", 1),
        ("price.deal_salience=1", "awareness", 1),
        ("price.framing=0.9", "orders", None),
        ("loyalty.tell_leaving=1", "churn", 1),
        ("loyalty.contagion=15", "churn", 1),
        ("talk.homophily=1", "word_of_mouth", None),
        ("talk.rate=0.5", "word_of_mouth", 1),
        ("talk.awareness_gain=0.9", "awareness", 1),
        ("talk.trust_gain=0.9", "trust", None),
        ("talk.negative_wom=0", "trust", 1),
        ("talk.ties=1", "awareness", None),
        ("talk.talkativeness_spread=1", "word_of_mouth", None),
        ("talk.ties_spread=1", "awareness", None),
        ("talk.likeness=1", "awareness", None),
        ("talk.fervour=3", "word_of_mouth", 1),
        ("talk.satisfaction=0.5", "trust", None),
        ("talk.referral_weeks=2", "referral_rate", -1),
        ("talk.leaders=0.1", "word_of_mouth", 1),
        ("talk.reward_gain=20", "word_of_mouth", 1),
        ("firms.birch.referral_reward=0.5", "word_of_mouth", 1),
        ("category.hurdle_spread=1", "orders", -1),
        ("category.message_gain=0.5", "orders", 1),
        ("category.contact_gain=1", "orders", 1),
        ("choice.rate_mean=0.3", "orders", 1),
        ("choice.rate_shape=0.2", "new_customers", -1),
        ("choice.consideration=false", "orders", 1),
        ("choice.intercept=0", "orders", 1),
        ("choice.awareness_weight=2", "orders", 1),
        ("choice.trust_weight=4", "orders", 1),
        ("choice.misfit_weight=20", "orders", -1),
        ("choice.taste_within=0.5", "orders", -1),
        ("price.weight=8", "orders", None),
        ("price.usual=60", "orders", 1),
        ("price.spread=1.5", "orders", None),
        ("price.memory_share=1", "orders", None),
        ("price.loss_aversion=5", "orders", None),
        ("price.learning=1", "orders", None),
        ("segments.keen.share=3", "orders", 1),
        ("segments.keen.taste=0", "orders", -1),
        ("segments.keen.need=5", "orders", 1),
        ("segments.keen.thrift=5", "orders", None),
        ("flow.arousal=0.05", "orders", 1),
        ("loyalty.expectation=1", "trust", -1),
        ("loyalty.recovery=1", "trust", 1),
        ("activities.broadcast.recovers=true", "trust", 1),
        ("information.look=0", "consideration", -1),
        ("media.places=1", "awareness", None),
        ("firms.birch.position=1", "orders", -1),
        ("choice.inertia=2", "orders", 1),
        ("choice.taste_spread=3", "orders", None),
        ("loyalty.experience_awareness=1", "awareness", 1),
        ("loyalty.experience_gain=0.5", "trust", 1),
        ("loyalty.experience_loss=0.8", "trust", -1),
        ("loyalty.lapse_hazard=0.2", "churn", 1),
        ("loyalty.leaving_shape=0.3", "churn", None),
        ("loyalty.quit_disappointed=1", "churn", 1),
        ("loyalty.returning=0", "orders", -1),
        ("loyalty.returning_disappointed=0", "orders", -1),
        ("memory.level=1", "consideration", 1),
        ("memory.fading=5", "consideration", -1),
        ("firms.birch.quality=0.5", "trust", -1),
        ("firms.birch.lapse_ratio=20", "churn", 1),
        ("firms.birch.discount=0.3", "orders", 1),
        ("firms.birch.list_price=60", "orders", -1),
        ("firms.birch.unit_cost=30", "profit", -1),
        ("firms.birch.awareness=0.9", "awareness", 1),
        ("firms.birch.trust=0.9", "trust", 1),
        ("activities.broadcast.unit_cost=0.3", "awareness", -1),
        ("activities.broadcast.fixed_cost=20000", "awareness", -1),
        ("activities.broadcast.salience=1", "awareness", 1),
        ("activities.broadcast.credibility=1", "trust", 1),
        ("activities.broadcast.two_way=true", "trust", 1),
        ("activities.broadcast.intrusiveness=1", "trust", -1),
        ("activities.broadcast.gathering=true", "awareness", None),
        ("activities.broadcast.prospects=0", "awareness", None),
        ("activities.broadcast.customers=0", "trust", -1),
        ("activities.broadcast.idle=0.3", "consideration", 1),
        ("activities.broadcast.in_need=0", "consideration", -1),
        ("activities.broadcast.survey=true", "surveyed_awareness", None),
        ("activities.broadcast.leaders=true", "word_of_mouth", 1),
        ("population.people=200000", "orders", -1),
    ],
)
def test_every_parameter_matters_in_its_direction(sale, change, kpi, sign):
    """KPIs are those of birch, which spends on broadcast and has a sale in its second quarter; a
    sign of None means that the parameter has an effect in either direction."""
    stage = STAGES.get(change.partition("=")[0], ())
    before, after = (_run_of(sale, *words).kpi(kpi)["birch"] for words in (stage, (*stage, change)))
    assert after != before
    if sign is not None:
        assert (after > before) == (sign > 0)


def test_every_parameter_is_in_the_list_above(default):
    from sim.params import numbers

    marks = test_every_parameter_matters_in_its_direction.pytestmark[0].args[1]
    listed = {change.partition("=")[0] for change, _, _ in marks}
    elsewhere = {
        "seed", "weeks", "threads", "replicates", "smallest_effect", "measurement.window",
        "population.customers",
        "population.bystanders", "log.purchases",
        "log.customers", "log.messages", "log.leads", "firms.birch.id", "activities.broadcast.id",
        "segments.keen.id",
    }  # fmt: skip
    declared = {
        name
        for name, _, _ in numbers(default)
        if not name.startswith(("firms.", "activities.", "segments.", *SALES))
        or name.startswith(("firms.birch.", "activities.broadcast.", "segments.keen."))
    }
    assert {n for n in declared if not n.startswith(SALES)} == listed | elsewhere
