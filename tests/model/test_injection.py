"""Events that are injected, columns held at the path of another run, and treatments of reps."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.compose import override
from sim.draws import rep_number
from sim.engines.protocol import ACTIVE, BOUGHT_EVER, HELD
from sim.ledger import accounts as acc
from sim.model.injection import EVENTS
from sim.params import ConfigError
from tests.conftest import same_worlds

SMALL = ("population.customers=400", "weeks=30", "warmup=10", "threads=1", "choice.rate_mean=0.3")


def _world(*words, seed=1, weeks=2, engine="columnar"):
    world = sim.start(sim.load_config(*SMALL, *words), seed, engine=engine)
    while world.week < weeks:
        world.step()
    return world


@pytest.fixture(scope="module")
def before():
    """A market, which no test changes."""
    return _world("log.customers=true", "information.search_rate=0.8")


def _after(before, *calls, weeks=1):
    """A branch in which events are injected, and one without, after some weeks."""
    world, usual = before.branch(), before.branch()
    for event, firm, rows, more in calls:
        world.inject(event, firm, rows, **more)
    for _ in range(weeks):
        world.step()
        usual.step()
    return world, usual


def _booked(world, account, firm="birch"):
    weight = world.config.population.weight
    return int(world.ledger.accounts()[-1, world.names.index(firm), account]) // weight


def _who(world, active, count=25, f=1):
    is_active = world.engine.column("relation")[f] & ACTIVE > 0
    return np.flatnonzero(is_active == active)[:count].tolist()


def test_messages_and_news_arrive(before):
    rows = _who(before, True)
    world, usual = _after(
        before,
        ("message", "birch", rows, {"number": 3, "valence": 0.0}),
        ("news", "birch", rows, {"number": 90}),
    )
    assert _booked(world, acc.INJECTED) == 75
    assert _booked(world, acc.HEARD) == 75 + _booked(usual, acc.HEARD)
    assert _booked(world, acc.NEWS_GIVEN) == 25 * 90
    assert _booked(world, acc.LAPSED) > _booked(usual, acc.LAPSED)
    trust = [w.engine.column("trust")[1, rows].mean() for w in (world, usual)]
    assert trust[0] < trust[1] - 0.05


def test_contacts_and_clicks(before):
    rows = _who(before, False)
    more = {"activity": "content_social"}
    world, usual = _after(
        before,
        ("contact", "birch", rows, more | {"number": 4}),
        ("click", "birch", rows, more),
    )
    at = list(world.activities).index("content_social")
    for table, number in (("contacts", 100), ("clicks", 25)):
        booked = [getattr(w.ledger, table)()[-1, 1, at] for w in (world, usual)]
        more_of_it = (booked[0] - booked[1]) / world.config.population.weight
        assert more_of_it == pytest.approx(number, abs=6)
    assert _booked(world, acc.GIVEN) == 100
    assert _booked(world, acc.CLICKS_GIVEN) == 25
    known = [w.engine.column("awareness")[1, rows].mean() for w in (world, usual)]
    assert known[0] > known[1] + 0.05
    assert (world.engine.column("clicked")[1, rows] == world.clock - 1).all()


@pytest.mark.parametrize(("good", "sign"), [(1.0, 1), (0.0, -1)])
def test_an_experience_moves_trust(before, good, sign):
    rows = _who(before, True)
    world, usual = _after(before, ("experience", "birch", rows, {"valence": good}))
    change = world.engine.column("trust")[1, rows] - usual.engine.column("trust")[1, rows]
    assert sign * change.mean() > 0.02
    assert _booked(world, acc.EXPERIENCED) == 25
    assert _booked(world, acc.ORDERS) == pytest.approx(_booked(usual, acc.ORDERS), abs=6)


def test_ratings_are_public(before):
    more = {"number": 10**7, "valence": 0.25}
    world, usual = _after(before, ("rating", "birch", (), more), weeks=2)
    accounts = world.ledger.accounts()[-2, 1]
    assert accounts[[acc.RATED_GIVEN, acc.RATED_GOOD_GIVEN]].tolist() == [10**7, 25 * 10**5]
    trust = [w.engine.column("trust")[1].mean() for w in (world, usual)]
    assert trust[0] < trust[1]


@pytest.mark.parametrize("event", ["lead", "enquiry"])
def test_leads_are_worked(event):
    before = _world("firms.birch.sales.reps=40", "selling.self_serve=0.5", "log.leads=true")
    rows = _who(before, False)
    world, usual = _after(before, (event, "birch", rows, {"activity": "trade_shows"}))
    assert _booked(world, acc.LEADS_GIVEN) == 25
    assert _booked(world, acc.LEADS) - _booked(usual, acc.LEADS) > 15, "some are leads already"


def test_customers_join_leave_and_exit(before):
    prospects, customers = _who(before, False), _who(before, True)
    calls = [
        ("join", "birch", prospects, {"activity": "community"}),
        ("leave", "birch", customers[:10], {}),
        ("exit", "", customers[10:], {}),
    ]
    world, _ = _after(before, *calls)
    assert _booked(world, acc.JOINED) == 25
    assert _booked(world, acc.REMOVED) == 10
    assert _booked(world, acc.EXITED) == 15
    events = world.run().log("customers").query("week == 3 and firm == 'birch'").event
    assert events.value_counts()[["joined", "removed", "left the market"]].tolist() == [25, 10, 15]
    state = world.engine.columns()
    assert (state["relation"][1, prospects] & BOUGHT_EVER > 0).all()
    flows = world.ledger.accounts()[-2:, 1]
    change = flows[1, acc.ACTIVE] - flows[0, acc.ACTIVE]
    gone = flows[1, [acc.LAPSED, acc.EXITED, acc.REMOVED]].sum()
    assert change == flows[1, [acc.ACQUIRED, acc.WON_BACK, acc.JOINED]].sum() - gone
    market = world.ledger.accounts()[-2:, -1]
    left = market[0, acc.PEOPLE] - market[1, acc.PEOPLE]
    assert left == market[1, acc.LEFT] == 15 * world.config.population.weight
    cells = world.ledger.cells()
    assert cells[cells[:, 5] == acc.BY_JOINED, 6].sum() == flows[1, acc.JOINED]
    assert (state["acquired_via"][1, prospects] == 3 + [*world.activities].index("community")).any()


def test_injected_events_survive_a_snapshot_and_a_branch(before):
    world = before.branch()
    world.inject("message", "birch", [1, 2, 3], number=2)
    copies = [world.branch(), sim.restore(world.snapshot())]
    world.step()
    for copy in copies:
        copy.step()
        same_worlds(world, copy)
    assert not len(world.injected)


@pytest.mark.parametrize(
    ("call", "more", "message"),
    [
        (("mesage", "birch", [1]), {}, r"event=mesage.*Did you mean 'message'"),
        (("message", "brich", [1]), {}, r"firm=brich.*Did you mean 'birch'"),
        (("message", "birch", [9999]), {}, "row 9999 is no customer; allowed 0 to 399"),
        (("message", "birch", [0.5]), {}, "rows are whole numbers"),
        (("message", "birch", [1]), {"number": 101}, "number=101 is out of bounds"),
        (("message", "birch", [1]), {"valence": 2}, "valence=2 is out of bounds"),
        (("news", "birch", [1]), {"valence": 0.0}, "has no valence; leave it out"),
        (("message", "birch", [1]), {"activity": "broadcast"}, "no activity; leave activity out"),
        (("contact", "birch", [1]), {}, "activity=: no such activity"),
        (("click", "birch", [1]), {"activity": "service"}, "nobody can click on service"),
        (("experience", "birch", [1]), {"valence": 0.5}, r"meets expectations \(1\) or not"),
        (("rating", "birch", [1]), {}, "happens to no customer; leave rows out"),
        (("exit", "birch", [1]), {}, "concerns no firm; leave firm out"),
        (("lead", "alder", [1]), {}, "alder has no reps"),
    ],
)
def test_a_wrong_event_is_one_line(before, call, more, message):
    world = before.branch("firms.alder.sales.reps=0")
    world.step()
    with pytest.raises(ConfigError, match=message) as caught:
        world.inject(*call, **more)
    assert "\n" not in str(caught.value)


def test_who_cannot_have_an_event_is_refused(before):
    customer, prospect = _who(before, True, 1), _who(before, False, 1)
    with pytest.raises(ConfigError, match="active customer of the firm already"):
        before.branch().inject("join", "birch", customer)
    with pytest.raises(ConfigError, match="is no active customer of the firm"):
        before.branch().inject("leave", "birch", prospect)
    world, _ = _after(before, ("exit", "", customer, {}))
    with pytest.raises(ConfigError, match="is not in the market"):
        world.inject("message", "birch", customer)


# Columns held


def test_a_column_held_at_its_own_path_changes_nothing(before):
    world = before.branch()
    world.record(*HELD)
    twin = before.branch()
    for _ in range(4):
        world.step()
    for name in HELD:
        twin.hold(name, world.path(name))
    for _ in range(4):
        twin.step()
    same_worlds(world, twin)
    with pytest.raises(ConfigError, match="the weeks 3 to 6, and no week 7"):
        twin.step()
    twin.release()


def test_a_mediator_held_at_the_other_arm_blocks_its_effect(before):
    """Messages work through trust and awareness: with both held, sales do not move."""
    usual = before.branch()
    usual.record("trust", "awareness")
    rows = np.arange(400)

    def orders(world):
        for _ in range(4):
            world.inject("message", "birch", rows, number=20)
            world.step()
        return world.ledger.accounts()[-4:, 1, acc.ORDERS].sum()

    for _ in range(4):
        usual.step()
    held = before.branch()
    for name in ("trust", "awareness"):
        held.hold(name, usual.path(name))
    free, blocked = orders(before.branch()), orders(held)
    without = usual.ledger.accounts()[-4:, 1, acc.ORDERS].sum()
    assert free > 1.2 * without
    assert blocked == without


def test_a_branch_goes_on_holding_and_recording(before):
    world = before.branch()
    world.record("trust")
    world.step()
    branch = world.branch()
    branch.step()
    assert (world.path("trust").last, branch.path("trust").last) == (3, 4)
    path = branch.path("trust")
    assert path.values.shape == (2, 2, 4, 400)
    twin = before.branch()
    twin.hold("trust", path)
    other = twin.branch()
    twin.step()
    other.step()
    same_worlds(twin, other)


@pytest.mark.parametrize(
    ("column", "other", "message"),
    [
        ("relation", None, "column=relation: no such column; allowed awareness"),
        ("trust", "awareness", "the path is one of awareness"),
        ("trust", 1, r"needs a path from world.path\('trust'\), found int"),
    ],
)
def test_a_wrong_path_is_one_line(before, column, other, message):
    world = before.branch()
    world.record("awareness")
    world.step()
    with pytest.raises(ConfigError, match=message):
        before.branch().hold(column, world.path(other) if isinstance(other, str) else other)
    with pytest.raises(ConfigError, match="path trust: not recorded"):
        world.path("trust")
    with pytest.raises(ConfigError, match="no snapshot keeps"):
        world.snapshot()
    stranger = _world("log.customers=true", "information.search_rate=0.8", seed=2)
    with pytest.raises(ConfigError, match="other customers or firms"):
        stranger.hold("awareness", world.path("awareness"))


# Reps


def _reps(*more):
    words = ("firms.birch.sales.reps=30", "firms.birch.sales.pay=commission")
    return _world(*words, *more, weeks=3)


def test_reps_are_drawn_and_have_terms_of_their_own():
    words = "+treatments.part={id: 2, unit: rep, firm: birch, week: 2, weeks: 20, training: 0.5, "
    words += "set: ['hours=10', 'pay=salary', 'authority=0.3', 'hunt_share=1']}"
    usual, world = _reps(), _reps(words)
    chosen = {number for firm, number in world.treated("part") if firm == "birch"}
    force = world.firms[1].sales
    assert 5 < len(chosen) < 25
    assert len(world.treated("part")) == len(chosen)
    for rep, before in zip(force.reps, usual.firms[1].sales.reps, strict=True):
        drawn = rep_number(rep.ident) in chosen
        assert (rep.hunt == 1.0) == drawn
        assert (rep.cut > 0.0) <= drawn
        if drawn and rep.hired < 10:  # those hired later are not trained
            assert rep.skill.mean() > before.skill.mean() + 0.02
    hours = [_hours(w) for w in (usual, world)]
    assert hours[1] < hours[0]
    reps = len(force.reps)
    assert hours[1] / hours[0] == pytest.approx(1 - len(chosen) / reps * 0.75, abs=0.12)


def _hours(world):
    return world.ledger.accounts()[-1, 1, acc.HOURS]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("set: ['hour=10']", r"t\.set=hour: unknown; allowed hours, .*Did you mean 'hours'"),
        ("set: ['hours=999']", r"^treatments\.t: firms\..*hours=999.*out of bounds"),
        ("coupon: 0.2", r"t\.coupon: not for .*unit=rep; allowed training, set"),
    ],
)
def test_a_wrong_treatment_of_reps_is_one_line(more, message):
    with pytest.raises(ConfigError, match=message):
        sim.load_config(f"+treatments.t={{id: 1, unit: rep, {more}}}")


# Both engines


def test_both_engines_give_the_same_bits_with_all_of_it():
    config = sim.load_config(
        "population.customers=100", "weeks=12", "warmup=4", "threads=1", "choice.rate_mean=0.5",
        "talk.rate=0.3", "log.customers=true", "firms.birch.sales.reps=3",
        "+treatments.part={id: 2, unit: rep, share: 0.7, weeks: 5, training: 0.5, "
        "set: ['hours=9']}",
    )  # fmt: skip
    fast, readable = sim.start(config, 5), sim.start(override(config, "engine=reference"), 5)
    recorded = fast.branch()
    recorded.record("trust", "remembered")
    for world in (fast, readable):
        world.record("awareness")
    for _ in range(8):
        recorded.step()
    for week in range(8):
        if week == 4:
            for name in ("trust", "remembered"):
                for world in (fast, readable):
                    world.hold(name, recorded.path(name))
        for name, kind in EVENTS.items():
            ready = fast.engine.column("here") == 1
            active = fast.engine.column("relation")[1] & ACTIVE > 0
            ready &= ~active if name == "join" else active if name == "leave" else True
            rows = np.flatnonzero(ready)[week : week + 3] if kind.of_people else ()
            activity = "content_social" if kind.activity is not False else ""
            for world in (fast, readable):
                world.inject(name, "birch" if kind.of_firm else "", rows, activity=activity)
        fast.step()
        readable.step()
        same_worlds(fast, readable)
    assert np.array_equal(fast.path("awareness").values, readable.path("awareness").values)
    booked = fast.ledger.accounts()[:, 1].sum(axis=0)
    given = (*acc.EXPERIMENTAL, acc.INJECTED, acc.REMOVED, acc.EXITED)
    assert (booked[[a for a in given if a != acc.WITHHELD]] > 0).all()
