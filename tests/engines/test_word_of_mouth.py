"""Word of mouth: who talks, to whom, what about and why, and who counts as referred."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

import sim
from sim.config.compose import override
from sim.engines.protocol import ACTIVE, PAID
from sim.ledger import accounts as acc
from sim.params import MECHANISMS
from sim.rules import talk
from tests.conftest import same_worlds

SMALL = ("population.customers=300", "weeks=8", "warmup=0", "threads=1", "talk.rate=0.3",
         "choice.rate_mean=0.5")  # fmt: skip
PARTS = ("talkativeness", "tie_numbers", "likeness", "fervour", "satisfaction",
         "referral_weeks", "leaders")  # fmt: skip
AMBASSADORS = (
    "activities=ambassadors", "activities.ambassadors.unit_cost=1",
    "firms.birch.budget.ambassadors=4000",
)  # fmt: skip


def _run(*words, engine="columnar", seed=3):
    config = sim.load_config(*SMALL, *words)
    world = sim.start(config, seed, engine=engine)
    while world.week < config.weeks:
        world.step()
    return world


def _booked(world, account, firm="birch"):
    return int(world.ledger.accounts()[:, world.names.index(firm), account].sum())


def _all_active(*words, trust=0.5):
    """A market of whose firms all are active customers, as good as before the first week."""
    world = sim.start(sim.load_config("population.customers=2000", "weeks=8", "warmup=0",
                                      "threads=1", "loyalty.lapse_hazard=0", "log.messages=true",
                                      "choice.rate_mean=0.001", *words), 5)  # fmt: skip
    columns = world.engine.columns()
    columns["relation"] |= ACTIVE
    columns["trust"][:] = trust
    world.engine.load(columns)
    return world


def _sent(world, weeks=1):
    """Messages sent by each customer."""
    for _ in range(weeks):
        world.step()
    rows = np.concatenate(world.logs["messages"])
    return np.bincount(rows[rows[:, 4] >= 0, 1], minlength=world.people.size)


# Off


def test_switched_off_all_of_it_is_exactly_the_market_without():
    off = f"off=[{','.join(PARTS)}]"
    same_worlds(_run(), _run("mechanisms=word_of_mouth", off))
    plain = _run(*AMBASSADORS, "activities.ambassadors.leaders=false")
    same_worlds(_run("mechanisms=word_of_mouth", off, *AMBASSADORS), plain)


def test_the_file_switches_on_every_part_and_nothing_else():
    before = sim.load_config().talk
    after = sim.load_config("mechanisms=word_of_mouth").talk
    moved = {f"talk.{name}" for name in vars(before) if vars(before)[name] != vars(after)[name]}
    assert moved == {name for part in PARTS for name in MECHANISMS[part].neutral}


# Both engines


@pytest.mark.parametrize("more", [(), ("talk.likeness=9", "talk.talkativeness_spread=3")])
def test_both_engines_give_the_same_bits(more):
    words = (*SMALL, "mechanisms=word_of_mouth", *AMBASSADORS, *more, "population.customers=120",
             "population.bystanders=3", "loyalty.lapse_hazard=0.1", "loyalty.tell_leaving=1",
             "talk.referral_weeks=2", "flow.inflow=0.02", "flow.exit=0.02", "log.customers=true",
             "+treatments.club={id: 3, firm: cedar, weeks: 4, activity: ambassadors, "
             "contacts: 0.5}")  # fmt: skip
    config = sim.load_config(*words)
    fast, readable = (sim.start(config, 4, engine=name) for name in ("columnar", "reference"))
    for week in range(config.weeks):
        for world in (fast, readable):
            if week == 3:
                world.inject("contact", "alder", rows=[1, 2], activity="ambassadors")
                world.inject("join", "dogwood", rows=[5])
            world.step()
        same_worlds(fast, readable)
    for account in (acc.TALKS, acc.NOTICES, acc.REFERRED, acc.GIVEN):
        assert fast.ledger.accounts()[:, :-1, account].sum() > 0
    assert not (fast.engine.column("relation") & PAID).any(), "all who were paid have talked"


# Who talks


def test_the_most_talkative_tenth_sends_the_share_that_the_log_normal_gives():
    quiet, lively = (_all_active("talk.rate=0.05", f"talk.talkativeness_spread={spread}")
                     for spread in (0, 1))  # fmt: skip
    sociability = lively.people.sociability.astype(float)
    assert abs(sociability.mean()) < 0.1
    assert sociability.std() == pytest.approx(1.0, abs=0.05)
    top = sociability >= ndtri(0.9)
    shares = []
    for world in (quiet, lively):
        sent = _sent(world, 8)
        shares.append(sent[top].sum() / sent.sum())
    chance = np.minimum(1.0, 0.05 * np.exp(sociability - 0.5))
    error = 3.0 * np.sqrt(0.24 / 3000)
    assert shares[0] == pytest.approx(top.mean(), abs=error)
    assert shares[1] == pytest.approx(chance[top].sum() / chance.sum(), abs=error)
    assert shares[1] == pytest.approx(ndtr(1.0 - ndtri(0.9)), abs=0.05), "0.39 of a large market"


def test_people_say_what_they_have_experienced():
    """Valence follows satisfaction, whatever the trust, and is half-way before a purchase."""
    world = _all_active("talk.rate=0.3", "talk.satisfaction=0.5", trust=np.tile([0.1, 0.9], 1000))
    columns = world.engine.columns()
    columns["satisfaction"][:] = np.tile(np.float32([-1.0, 0.0, 1.0, 0.5]), 500)
    world.engine.load(columns)
    world.step()
    rows = np.concatenate(world.logs["messages"])
    expected = np.array([0.0, 0.5, 1.0, 0.75])[rows[:, 1] % 4]
    assert len(rows) > 1000
    assert rows[:, 4] / 65536 == pytest.approx(expected, abs=1e-4)


def test_satisfaction_follows_what_purchases_are_like():
    config = sim.load_config(*SMALL, "talk.satisfaction=0.3", "choice.rate_mean=2", "weeks=30",
                             "firms.birch.quality=1", "firms.cedar.quality=0.2")  # fmt: skip
    world = sim.start(config, 1)
    while world.week < 30:
        world.step()
    bought = world.engine.column("relation") & 2 > 0
    satisfaction = world.engine.column("satisfaction")
    assert (satisfaction[1, bought[1]] > 0.0).all()
    assert satisfaction[2, bought[2]].mean() < -0.2
    assert not satisfaction[~bought].any()


def test_people_with_full_trust_or_none_talk_more():
    trust = np.tile([0.0, 0.5, 1.0, 0.75], 500)
    world = _all_active("talk.rate=0.3", "talk.fervour=1", trust=trust)
    world.step()
    rows = np.concatenate(world.logs["messages"])
    about = rows[rows[:, 3] == world.names.index("birch"), 1]
    sent = np.bincount(about, minlength=2000).reshape(-1, 4).sum(axis=0)
    assert np.abs(sent / 500 - 0.3 * np.array([2.0, 1.0, 2.0, 1.25])).max() < 0.07


# To whom


def test_numbers_of_acquaintances_have_heavy_tails():
    deviates = ndtri((np.arange(10_000) + 0.5) / 10_000)
    ties = np.array([talk.number_of_ties(50, x, 0.72) for x in deviates.tolist()])
    assert ties.mean() == pytest.approx(50.0, rel=0.02), "a few would have more than 200"
    assert np.median(ties) == pytest.approx(50.0 * 472 / 611, rel=0.03), "mean 611, median 472"
    assert np.log(ties[1000:-1000]).std() == pytest.approx(0.72 * deviates[1000:-1000].std(), 0.02)
    assert ties.max() == talk.MOST_TIES
    assert {talk.number_of_ties(10, x, 0.0) for x in deviates.tolist()} == {10}


def test_the_talkative_tell_more_people():
    world = _all_active("talk.rate=1", "talk.ties=4", "talk.ties_spread=0.72")
    _sent(world, 6)
    rows = np.unique(np.concatenate(world.logs["messages"])[:, 1:3], axis=0)
    told = np.bincount(rows[:, 0], minlength=world.people.size)
    sociability = world.people.sociability.astype(float)
    limit = [talk.number_of_ties(4, x, 0.72) for x in sociability.tolist()]
    assert (told <= limit).all()
    assert np.corrcoef(told, sociability)[0, 1] > 0.6


def _ends_of_ties(likeness):
    config = sim.load_config("population.customers=500", "weeks=1", "warmup=0",
                             "mechanisms=word_of_mouth", f"talk.likeness={likeness}")  # fmt: skip
    customers = sim.start(config, 4, engine="reference").engine.customers
    for c in customers:
        c.here = 1
    return [(c, other) for c in customers for n in range(3) if (other := c.acquaintance(n))]


def test_ties_join_people_alike_in_taste_rate_and_talkativeness():
    traits = {
        "taste": lambda c: c.taste, "log rate": lambda c: np.log(max(c.rate, 0.001)),
        "talkativeness": lambda c: c.sociability,
    }  # fmt: skip
    found = {}
    for likeness in (0.0, 0.5, 2.0):
        ends = _ends_of_ties(likeness)
        assert len(ends) == 1500, "no tie leads nowhere"
        for name, value in traits.items():
            r = np.corrcoef([[value(c) for c in pair] for pair in ends], rowvar=False)[0, 1]
            found[name, likeness] = r
    error = 1.96 / np.sqrt(1500)
    for name in traits:
        none, some, much = (found[name, likeness] for likeness in (0.0, 0.5, 2.0))
        assert np.arctanh(some) - np.arctanh(none) > np.sqrt(2.0) * error, name
        assert np.arctanh(much) - np.arctanh(some) > np.sqrt(2.0) * error, name
        assert name == "taste" or abs(none) < error, "tastes are alike within segments anyway"


def test_no_message_is_lost_however_different_people_are():
    sent = [_booked(_run("weeks=1", f"talk.likeness={n}"), acc.TALKS) for n in (0, 10)]
    assert sent[0] == sent[1]


# Referrals


def test_a_referral_is_a_message_within_so_many_weeks():
    worlds = [_run(f"talk.referral_weeks={n}", "log.customers=true", "population.customers=800",
                   "weeks=40", "choice.rate_mean=0.07") for n in (0, 8, 3, 1)]  # fmt: skip
    shares = [_booked(w, acc.REFERRED) / _booked(w, acc.ACQUIRED) for w in worlds]
    assert shares[0] > shares[1] > shares[2] > shares[3] > 0.0
    for world in worlds:
        weight = world.config.population.weight
        assert _booked(world, acc.ORDERS) == _booked(worlds[0], acc.ORDERS)
        state = world.engine.columns()
        named = (state["referrer"] >= 0) & (state["first_order"] >= 0)
        assert (named.sum(axis=1) * weight).tolist() == [
            _booked(world, acc.REFERRED, name) for name in world.names
        ]
        rows = np.concatenate(world.logs["customers"])
        assert ((rows[:, 3] == 0) & (rows[:, 5] >= 0)).sum() == named.sum()


def test_an_old_message_is_no_referral():
    assert talk.is_referral(3, 10, 10, 1)
    assert not talk.is_referral(3, 9, 10, 1)
    assert talk.is_referral(3, 0, 500, 0)
    assert not talk.is_referral(-1, 10, 10, 4)


# Opinion leaders


def test_a_firm_reaches_and_pays_leaders_alone():
    words = ("talk.leaders=0.1", *AMBASSADORS, "population.people=300", "talk.rate=0")
    usual, paying = (_run(*words, "weeks=1", f"firms.birch.budget.ambassadors={n}")
                     for n in (0, 20))  # fmt: skip
    f = paying.names.index("birch")
    met = paying.engine.column("awareness")[f] > usual.engine.column("awareness")[f]
    leads = paying.people.sociability >= ndtri(0.9)
    assert met.any()
    assert (met <= leads).all()
    assert _booked(usual, acc.TALKS) == 0
    assert _booked(paying, acc.TALKS) == met.sum()
    year = _run(*words, "weeks=30", "firms.birch.budget.ambassadors=10")
    contacts = year.ledger.contacts()[:, f, list(year.activities).index("ambassadors")].sum()
    assert contacts == pytest.approx(10 * 30, rel=0.2), "the money buys contacts with few people"


def test_whoever_gets_a_contact_of_such_an_activity_talks():
    words = ("talk.leaders=0.1", "talk.rate=0", "log.messages=true", AMBASSADORS[0])
    world = sim.start(sim.load_config(*SMALL, *words), 3)
    world.inject("contact", "birch", rows=[4, 7], activity="ambassadors")
    world.step()
    assert sorted(np.concatenate(world.logs["messages"])[:, 1]) == [4, 7]
    world.step()
    assert len(np.concatenate(world.logs["messages"])) == 2, "once"
    silent = sim.start(override(world.config, "talk.leaders=0"), 3)
    silent.inject("contact", "birch", rows=[4, 7], activity="ambassadors")
    silent.step()
    assert _booked(silent, acc.TALKS) == 0
