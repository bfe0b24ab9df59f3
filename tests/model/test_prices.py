"""Prices, deals and buying occasions: mechanisms do what their rules say, and nothing when off."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.ledger import accounts as acc
from sim.rules import choice, organising, stock
from tests.conftest import same_worlds

SMALL = ("population.customers=400", "warmup=0", "threads=1", "weeks=40", "choice.rate_mean=0.3")
USUAL = tuple(f"firms.{name}.list_price=40" for name in ("alder", "birch", "cedar", "dogwood"))
PARTS = ("incidence", "deals_seen", "framing", "saturation", "home_first")


def _world(*words, weeks=0, engine="columnar"):
    world = sim.start(sim.load_config(*SMALL, *words), 3, engine=engine)
    while world.week < weeks:
        world.step()
    return world


def _in_last_week(world, account, firm=-1):
    return int(world.ledger.accounts()[-1, firm, account])


def _with_deal(*words, weeks=4, change="firms.birch.discount=0.3"):
    """A market in the week in which one firm's price changes."""
    world = _world(*USUAL, *words, weeks=weeks)
    world.change(change)
    world.step()
    return world


def test_without_its_parts_the_market_is_as_before():
    off = (f"off=[{', '.join(PARTS)}]", "price.weight=3")
    deal = "firms.birch.discount=0.3"
    same_worlds(_with_deal(), _with_deal("mechanisms=prices", *off))
    assert sim.load_config(deal, "mechanisms=prices", *off).price == sim.load_config().price


def test_usual_offers_move_no_occasion():
    quiet = (*USUAL, "stock.home_first=true")
    same_worlds(_world(*quiet, weeks=12), _world(*quiet, "choice.incidence=1", weeks=12))


@pytest.mark.parametrize(
    ("change", "sign"), [("firms.birch.discount=0.3", 1), ("firms.birch.list_price=60", -1)]
)
def test_occasions_answer_a_better_and_a_worse_offer(change, sign):
    before, after = (
        _in_last_week(_with_deal(*words, change=change), acc.OCCASIONS)
        for words in ((), ("choice.incidence=1",))
    )
    assert sign * (after - before) > 0.02 * before


def test_what_is_bought_early_is_at_home_and_replaces_later_purchases():
    words = ("choice.incidence=1", "stock.home_first=true", "price.patience=0")
    plain, early = _with_deal("price.patience=0"), _with_deal(*words)
    units = early.engine.column("stock").sum()
    assert units > 0 == plain.engine.column("stock").sum()
    more = [w.ledger.accounts()[-1, :, acc.UNITS].sum() for w in (early, plain)]
    assert more[0] - more[1] == units * early.config.population.weight


def test_a_need_is_met_at_home_while_there_is_a_unit():
    world = _world("stock.home_first=true", "choice.incidence=0.5", "choice.rate_mean=1")
    state = world.engine.columns()
    state["stock"][:] = 2.0
    world.engine.load(state)
    for _ in range(6):
        world.step()
    left = world.engine.column("stock")
    assert set(np.unique(left)) >= {0.0, 1.0, 2.0}
    bought = (world.engine.column("last_order") >= 0).any(axis=0)
    assert bought.any()
    assert (left[bought] < 1.0).all(), "nobody buys with a unit at home"


def test_a_deal_is_a_contact_with_all_who_shop():
    stores = "shelf.stores=20"
    plain, seen = _with_deal(stores), _with_deal(stores, "price.deal_salience=5")
    before, after = (world.engine.column("awareness")[1] for world in (plain, seen))
    assert (after >= before).all()
    shopped = _in_last_week(plain, acc.OCCASIONS) / plain.config.population.weight
    assert 0.1 * shopped < (after > before).sum() <= shopped
    assert (seen.engine.column("met") >= plain.engine.column("met")).all()
    rival = [world.engine.column("awareness")[0] for world in (plain, seen)]
    assert rival[0].sum() == pytest.approx(rival[1].sum(), rel=0.01), "no deal, no contact"
    same_worlds(_with_deal(), _with_deal("price.deal_salience=5"))  # where there are no stores


def test_equal_firms_with_deals_are_seen_alike_whatever_their_ids():
    names = ("alder", "birch", "cedar", "dogwood")
    equal = [
        f"firms.{name}.{key}={value}" for name in names
        for key, value in (("discount", 0), ("list_price", 40), ("unit_cost", 20),
                           ("position", 0.5), ("awareness", 0.1), ("trust", 0.3), ("quality", 0.9),
                           ("enters", 0), ("budget", "{}"), ("sales.reps", 0))
    ]  # fmt: skip
    world = _world(
        *equal, "shelf.stores=1", "shelf.win=0", "shelf.loss=0", "price.deal_salience=5",
        "price.framing=0.9", "attention.crowding=1", "population.customers=2000", weeks=4,
    )  # fmt: skip
    for name in names:
        world.change(f"firms.{name}.discount=0.3")
    before = world.engine.column("awareness").mean(axis=1)
    world.step()
    gain = world.engine.column("awareness").mean(axis=1) - before
    assert gain.std() < 0.1 * np.abs(gain).mean()


def test_deals_raise_price_sensitivity_and_other_contacts_lower_it():
    words = ("price.framing=0.5", "firms.birch.discount=0.3")
    quiet = tuple(f"firms.{name}.budget={{}}" for name in sim.load_config().firms)
    deals = _world(*words, *quiet, weeks=12)
    focus = deals.engine.column("price_focus")
    assert -1.0 < focus.min() < 0.0 < focus.mean() < focus.max() < 1.0, "calls go on"
    adverts = _world("price.framing=0.5", weeks=12).engine.column("price_focus")
    assert -1.0 <= adverts.min() < adverts.max() <= 0.0
    assert not _world("firms.birch.discount=0.3", weeks=12).engine.column("price_focus").any()
    kept = [_in_last_week(_with_deal(f"price.framing={by}", weeks=20), acc.ORDERS, 1)
            for by in (0, 0.9)]  # fmt: skip
    assert kept[0] > kept[1], "who has met adverts answers a cut less"


def test_extra_units_rise_less_and_less_with_the_depth_of_a_deal():
    draws = (np.arange(2000) + 0.5) / 2000

    def extra(depth, saturation):
        return np.mean([stock.units(u, depth, 6.0, saturation) - 1 for u in draws.tolist()])

    small, middle, deep = (extra(depth, 1.0) for depth in (0.1, 0.2, 2.0))
    assert small < middle < 2 * small
    assert small < extra(0.1, 0.0) == pytest.approx(0.6, abs=0.001)
    assert deep == pytest.approx(1.0, abs=0.001)
    assert extra(0.0, 1.0) == 0.0


def test_few_customers_need_exponentials_and_none_of_the_others_would_have_changed():
    rng = np.random.default_rng(1)
    for chance, incidence, gap in rng.random((500, 3)).tolist():
        rise = incidence * 3.0 * gap
        for ratio in (choice.answered_rate(np.exp(3.0 * gap), 1.0, incidence),
                      choice.answered_rate(np.exp(-3.0 * gap), 1.0, incidence)):  # fmt: skip
            limit = 2**32 * 0.99 * chance
            now = 2**32 * choice.answered_chance(0.99 * chance, float(ratio))
            between = 0.5 * (limit + now)
            if abs(now - limit) > 1.0:
                assert choice.may_answer(between, limit, rise, rise)


def test_the_weight_of_prices_is_the_published_elasticity_in_the_choice_rule():
    config = sim.load_config("mechanisms=prices")
    firms_and_nothing = len(config.firms) + 1
    flattened = (1.0 + config.choice.taste_spread**2) ** 0.5
    lasting = config.price.weight * (1.0 - 1.0 / firms_and_nothing) / flattened
    assert lasting * (1.0 - config.price.memory_share) == pytest.approx(2.62, abs=0.02)
    assert lasting == pytest.approx(3.63, abs=0.15)


def test_a_price_step_is_kept_or_undone():
    assert organising.probed(0.0, 0.0, False, 0.02) == pytest.approx(0.02)
    assert organising.probed(0.02, 0.02, False, 0.02) == pytest.approx(0.04)
    assert organising.probed(0.02, 0.02, True, -0.02) == pytest.approx(-0.02)


def test_firms_try_other_list_prices_unless_a_plan_sets_them(tmp_path):
    def listed(*words, plan=None):
        a = sim.simulate(sim.load_config(*SMALL, *words), seed=3, plan=plan).ledger.accounts()
        units = np.maximum(1, a[:, :-1, acc.UNITS])
        return np.round(a[:, :-1, acc.LIST_VALUE] / units / 100.0, 2)

    declared = [firm.list_price for firm in sim.load_config().firms.values()]
    tried = listed("organising.price_step=0.1")
    steps = np.round(tried[[5, 30, 39]] / declared - 1.0, 3)
    assert (steps[0] == 0.0).all(), "nothing is tried before a quarter has been seen"
    assert set(np.abs(steps[1]).tolist()) == {0.1}
    assert set(np.abs(steps[2]).tolist()) <= {0.0, 0.1, 0.2}
    path = tmp_path / "plan.csv"
    path.write_text("week,firm,activity,amount\n" + "".join(
        f"W{week},birch,list_price,40\n" for week in range(1, 41)
    ))  # fmt: skip
    assert (listed("organising.price_step=0.1", plan=path)[:, 1] == 40.0).all()


def test_a_price_on_trial_goes_with_snapshots():
    world = _world("organising.price_step=0.1", weeks=30)
    assert any(firm.executive.price_moved for firm in world.firms)
    twin = sim.restore(world.snapshot())
    for _ in range(8):
        world.step()
        twin.step()
    same_worlds(world, twin)


@pytest.mark.parametrize(
    "words", [("loyalty.contract=4",), ("stock.home_first=false", "memory.level=0.5")]
)
def test_twins_with_prices_and_deals(words):
    busy = (
        "market=packaged", "population.customers=60", "warmup=2", "mechanisms=prices",
        "choice.rate_mean=0.6", "price.framing=0.6", "price.deal_salience=3",
        "choice.incidence=1", "stock.saturation=2", "organising.price_step=0.1", *words,
        "+treatments.coupon={id: 1, firm: birch, week: 3, weeks: 9, coupon: 0.4}",
    )  # fmt: skip
    fast, readable = (_world(*busy, engine=engine) for engine in ("columnar", "reference"))
    for week in range(20):
        for world in (fast, readable):
            if week % 4 == 2:
                world.change(f"firms.birch.discount={0.3 * (week % 8 == 2)}")
            world.step()
        same_worlds(fast, readable)
    assert fast.engine.column("stock").any()
    assert fast.engine.column("price_focus").any()
