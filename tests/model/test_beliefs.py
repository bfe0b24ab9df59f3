"""What customers believe: claims and use, dialogue with those who answer, attendance."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.engines.protocol import BOUGHT_EVER
from sim.ledger import accounts as acc
from sim.market.activities import content
from tests.conftest import keep_firms, same_worlds

ON = ("mechanisms=beliefs", "attention.attendance=0.1", "attention.pressure=0.1")
NUMBERS = ("honesty", "known_from_use", "answered", "attendance", "pressure")
SMALL = ("population.customers=300", "weeks=40", "warmup=0", "threads=1")
ALONE = (
    "off=[talk,search,trust_fading]", "attention.crowding=0", "attention.irritation=0",
    "loyalty.lapse_hazard=0",
)  # fmt: skip
"""Nothing but contacts and purchases moves trust."""
QUIET = ("choice.rate_mean=0.000001", *ALONE)
"""Nor does anybody buy."""


def _world(*words, budget=None, trust=0.4, weeks=0):
    """A market of one firm, which spends on the given activities and has no reps."""
    config = keep_firms(sim.load_config(*SMALL, *words), 1)
    (firm,) = config.firms.values()
    firm.enters, firm.budget, firm.sales.reps, firm.trust = 0, budget or {}, 0, trust
    world = sim.start(config, 1)
    for _ in range(weeks):
        world.step()
    return world


def _trust(world):
    return world.engine.column("trust")[0].astype(float)


def _club(world, contacts=1):
    """A branch in which everybody gets so many contacts a week with the community."""
    words = f"+treatments.club={{id: 1, firm: {world.names[0]}, weeks: 40, share: 1, "
    words += "activity: community, "
    return world.branch(words + f"contacts: {contacts}}}")


def test_off_is_as_before():
    before = sim.start(sim.load_config(*SMALL), 1)
    off = sim.start(sim.load_config(*SMALL, *ON, "off=[claims,answers,attendance]"), 1)
    on = sim.start(sim.load_config(*SMALL, *ON), 1)
    for _ in range(6):
        for world in (before, off, on):
            world.step()
    same_worlds(before, off)
    assert not off.engine.setup.attendance.size, "attendance costs nothing where all attend"
    assert (_trust(on) != _trust(before)).any()


@pytest.mark.parametrize("change", [f"attention.{name}=0.7" for name in NUMBERS])
def test_each_number_can_change_in_a_branch(change):
    world = sim.start(sim.load_config(*SMALL, *ON), 1)
    world.step()
    branch, usual = world.branch(change), world.branch()
    for _ in range(3):
        branch.step()
        usual.step()
    assert (branch.engine.column("trust") != usual.engine.column("trust")).any()


# Claims and experience


@pytest.mark.parametrize("trust", [0.0, 0.95])
def test_contacts_alone_bring_trust_to_the_claim_and_not_beyond(trust):
    budget = {"content_social": 1e6, "service": 1e7, "hunting_calls": 1e7}
    words = (*QUIET, "firms.alder.quality=0.7")
    for honesty, claim in ((0, 1.0), (0.5, 0.85), (1, 0.7)):
        world = _world(*words, f"attention.honesty={honesty}", budget=budget, trust=trust)
        for _ in range(40):
            before = _trust(world)
            world.step()
            assert ((_trust(world) - before) * (claim - before) >= -1e-9).all(), "towards the claim"
        assert np.abs(_trust(world) - claim).max() < 0.05
        assert ((_trust(world) - claim) * (trust - claim) >= -1e-9).all(), "not beyond"


def test_with_honest_claims_and_use_trust_is_near_quality_whatever_the_contacts():
    words = (
        *ALONE, "choice.rate_mean=2", "choice.intercept=5", "choice.consideration=false",
        "loyalty.experience_gain=0.15", "loyalty.experience_loss=0.15", "firms.alder.quality=0.7",
    )  # fmt: skip

    def believed(honesty, money):
        world = _world(*words, f"attention.honesty={honesty}", budget={"service": money}, weeks=40)
        bought = world.engine.column("relation")[0] & BOUGHT_EVER > 0
        assert bought.sum() > 200
        return _trust(world)[bought].mean()

    for money in (0.0, 1e5, 1e7):
        assert believed(1.0, money) == pytest.approx(0.7, abs=0.05)
    assert believed(0.0, 1e7) > 0.85, "claims of perfection buy trust beyond quality"


def test_buyers_believe_use_more_than_claims():
    gained = {}
    for share in (0.0, 0.5, 1.0):
        world = _world(*QUIET, f"attention.known_from_use={share}")
        world.inject("join", world.names[0], range(150), activity="service")
        world.step()
        before = _trust(world)
        world.inject("contact", world.names[0], range(300), activity="service", number=2)
        world.step()
        gained[share] = (_trust(world) - before)[:150], (_trust(world) - before)[150:]
    for share, (buyers, others) in gained.items():
        assert buyers == pytest.approx(gained[0.0][0] * (1.0 - share), abs=1e-6)
        assert others == pytest.approx(gained[0.0][1], abs=1e-6)


# Dialogue


def test_who_only_reads_gains_half_and_who_answers_all():
    def gained(*events, answered):
        world = _world(*QUIET, f"attention.answered={answered}")
        for event in events:
            world.inject(event, world.names[0], range(300), activity="content_social")
        world.step()
        return _trust(world) - 0.4

    before = gained("contact", answered=0)
    assert gained("contact", "click", answered=0) == pytest.approx(before)
    assert gained("contact", answered=1) == pytest.approx(before / 2, rel=1e-4)
    both = gained("contact", "click", answered=1)
    assert both == pytest.approx(before, rel=0.02)


def test_contacts_without_clicks_stay_two_way(default):
    items = [default.activities[name] for name in ("content_social", "community", "findability")]
    rules = override(default, "attention.answered=1").attention
    before, now = (content(items, of, default.category) for of in (default.attention, rules))
    assert now.trust_gain[0, 1] == pytest.approx(before.trust_gain[0, 1] / 2)
    assert np.array_equal(now.trust_gain[1:], before.trust_gain[1:])
    assert now.answer_gain[0] > 0.0 == now.answer_gain[1:].max() == before.answer_gain.max()


def test_a_click_of_a_reader_moves_trust():
    words = (
        *QUIET,
        "attention.answered=1",
        "attention.click_spread=0",
        "activities.content_social.capture=0",
    )
    budget = {"content_social": 50_000.0}
    never, always = (
        _world(*words, f"activities.content_social.click={chance}", budget=budget, weeks=3)
        for chance in (0.000001, 1)
    )
    met = _trust(never) > 0.4001
    assert met.sum() > 100
    assert (_trust(always)[met] > _trust(never)[met] + 0.001).all()
    assert np.array_equal(_trust(always)[~met], _trust(never)[~met])


# Attendance


def test_few_attend_most():
    world = _club(_world(*QUIET, "attention.attendance=0.1", "population.customers=2000"))
    chances = world.engine.setup.attendance
    assert chances.mean() == pytest.approx(0.1, abs=0.015)
    came = np.zeros(2000)
    for _ in range(20):
        world.step()
        came += world.engine.column("met")
    top = np.argsort(-chances)[:200]
    shape = 1.0 - 0.9 ** (1.0 / 0.1)  # the share of the most active tenth, from the distribution
    assert came[top].sum() / came.sum() == pytest.approx(shape, abs=0.04)
    booked = world.ledger.accounts()[:, 0].sum(axis=0)
    contacts, declined = booked[acc.CONTACTS], booked[acc.DECLINED]
    assert contacts == booked[acc.GIVEN]
    assert contacts + declined == 20 * 2000 * world.config.population.weight
    assert contacts / (contacts + declined) == pytest.approx(0.1, abs=0.015)


def test_pressure_costs_the_trust_of_those_who_do_not_attend():
    now, words = {}, (*QUIET, "attention.attendance=0.1", "attention.irritation=0.05")
    for pressure in (0, 0.5):
        world = _club(_world(*words, f"attention.pressure={pressure}"))
        for _ in range(10):
            world.step()
        now[pressure] = _trust(world)
    away = world.engine.setup.attendance < 0.001
    assert away.sum() > 100
    assert (now[0][away] == np.float32(0.4)).all(), "an invitation alone builds no trust"
    assert now[0.5][away] == pytest.approx(0.4 * (1 - 0.05 * 0.5) ** 10, rel=1e-4)
    assert (now[0.5] <= now[0]).all()
    assert now[0][world.engine.setup.attendance > 0.8].min() > 0.5


def test_a_gathering_costs_what_those_who_attend_cost():
    """The same money buys as many attendances, among fewer people, and more invitations."""
    booked = [
        _world(*QUIET, f"attention.attendance={mean}", budget={"community": 4000.0}, weeks=20)
        .ledger.accounts()[:, 0].sum(axis=0)
        for mean in (1, 0.25)
    ]  # fmt: skip
    all_come, some = booked
    assert some[acc.CONTACTS] == pytest.approx(all_come[acc.CONTACTS], rel=0.15)
    invited = some[acc.CONTACTS] + some[acc.DECLINED]
    assert invited == pytest.approx(4 * all_come[acc.CONTACTS], rel=0.1)
    assert all_come[acc.DECLINED] == 0


def test_both_engines_give_the_same_bits():
    config = sim.load_config(
        "population.customers=60", "weeks=12", "warmup=2", "threads=1", "choice.rate_mean=0.5",
        "population.people=600", *ON, "attention.attendance=0.4", "attention.pressure=0.8",
        "attention.irritation=0.4", "activities.content_social.click=0.3",
        "firms.birch.sales.reps=3",
        "firms.birch.budget={community: 30000, content_social: 30000, account_visits: 5000}",
        "+treatments.club={id: 3, firm: cedar, week: 3, activity: community, contacts: 2.5}",
    )  # fmt: skip
    fast, readable = (sim.start(config, 2, engine=name) for name in ("columnar", "reference"))
    for week in range(12):
        for world in (fast, readable):
            rows = range(4 * week, 4 * week + 4)
            world.inject("contact", "birch", rows, activity="community", number=2)
            world.inject("click", "birch", rows, activity="content_social")
        fast.step()
        readable.step()
        same_worlds(fast, readable)
    booked = fast.ledger.accounts().sum(axis=(0, 1))
    assert (booked[[acc.DECLINED, acc.GIVEN, acc.CLICKS, acc.REP_TALKS]] > 0).all()
