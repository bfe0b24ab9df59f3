"""Conservation: customers, occasions, messages and cents, in a thousand random worlds."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.config.schema import Config
from sim.ledger import accounts as book
from sim.ledger.accounts import CUSTOMER_FLOWS, FATES, LEAD_FLOWS, PAID_OUT, PARTS
from sim.market.experiments import AMONG, Treatment
from sim.params import check, declared
from sim.rules.selling import MOST_EFFORT

BASE = sim.load_config()
GROUPS = (
    "attention",
    "media",
    "talk",
    "choice",
    "price",
    "stock",
    "information",
    "loyalty",
    "selling",
    "shelf",
    "credit",
    "organising",
    "flow",
    "measurement",
)


def _value(known: Any) -> st.SearchStrategy[Any]:
    if isinstance(known.default, bool):
        return st.booleans()
    if isinstance(known.default, int):
        return st.integers(int(known.low), int(min(known.high, 60)))
    return st.floats(known.low, known.high, allow_nan=False)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    config = copy.deepcopy(BASE)
    config.threads = 1
    config.weeks = draw(st.integers(1, 8))
    config.warmup = draw(st.integers(0, 2))
    config.population.customers = draw(st.integers(1, 120))
    config.population.people = draw(st.integers(1, 10**7))
    config.population.bystanders = draw(st.integers(0, 3))
    for name in GROUPS:
        group = getattr(config, name)
        fields = declared(type(group))
        for field in draw(st.sets(st.sampled_from(sorted(fields)), max_size=4)):
            setattr(group, field, draw(_value(fields[field])))
    ids = draw(st.lists(st.integers(1, 60_000), min_size=1, max_size=5, unique=True))
    config.firms = {}
    for number in ids:
        firm = copy.deepcopy(BASE.firms["birch"])
        firm.id = number
        firm.list_price = draw(st.floats(0.01, 1e5))
        firm.unit_cost = draw(st.floats(0.0, 1e5))
        firm.discount = draw(st.floats(0.0, 0.9))
        firm.quality = draw(st.floats(0.0, 1.0))
        firm.awareness = draw(st.floats(0.0, 1.0))
        firm.trust = draw(st.floats(0.0, 1.0))
        firm.enters = draw(st.integers(0, 4))
        firm.terms = draw(st.integers(0, 3))
        firm.distribution = draw(st.floats(0.0, 1.0))
        force = firm.sales
        force.reps = draw(st.integers(0, 3))
        force.pay = draw(st.sampled_from(sorted(BASE.pay)))
        force.authority = draw(st.sampled_from([0.0, 0.3, 0.9]))
        force.hunt_share = draw(st.sampled_from([-1.0, 0.0, 0.6, 1.0]))
        force.hours = draw(st.sampled_from([0.0, 40.0, 100.0]))
        force.screening = draw(st.floats(0.0, 1.0))
        force.tracking = draw(st.floats(0.0, 10.0))
        force.answer_hours = draw(st.floats(0.0, 1000.0))
        inside = firm.organisation
        inside.confusion = draw(st.floats(0.0, 1.0))
        inside.patronage = draw(st.floats(0.0, 1.0))
        inside.kpis = draw(st.sampled_from(sorted(BASE.kpis)))
        inside.reviews = draw(st.integers(0, 3))
        inside.review_hours = draw(st.floats(0.0, 40.0))
        inside.fates = draw(st.booleans())
        chosen = draw(st.sets(st.sampled_from(sorted(BASE.activities)), max_size=5))
        firm.budget = {k: draw(st.floats(0.0, 1e7)) for k in sorted(chosen)}
        config.firms[f"firm{number}"] = firm
    names = sorted(config.firms)
    for number in draw(st.lists(st.integers(1, 16), max_size=3, unique=True)):
        config.treatments[f"treatment{number}"] = Treatment(
            id=number,
            firm=draw(st.sampled_from(names)),
            among=draw(st.sampled_from(AMONG)),
            week=draw(st.integers(1, 4)),
            weeks=draw(st.integers(1, 4)),
            coupon=draw(st.sampled_from([0.0, 0.3, 0.9])),
            first_only=draw(st.booleans()),
            activity=draw(st.sampled_from(sorted(BASE.activities))),
            contacts=draw(st.integers(0, 4)),
            messages=draw(st.integers(0, 3)),
            valence=draw(st.floats(0.0, 1.0)),
            leave=draw(st.booleans()),
        )
    check(config)
    return config


@settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(config=configs(), seed=st.integers(0, 2**63 - 1))
def test_customers_and_cents_are_conserved_every_week(config: Config, seed: int) -> None:
    world = sim.start(config, seed)
    # what the first reps did in the warm-up counts towards the hours they have
    talked = worked = np.zeros(len(config.firms))
    for past in world.ledger.pages():
        talked = talked + past.accounts[:-1, book.REP_TALKS] * config.selling.talk_hours
        worked = worked + past.accounts[:-1, [book.HOURS, book.REPS]].sum(axis=1) / PARTS
    for _ in range(config.weeks):
        before = world.engine.columns()
        world.step()
        after = world.engine.columns()
        page = world.ledger.accounts()[-1]
        firms, market = page[:-1], page[-1]
        weight = config.population.weight

        # occasions: each ends with one order or with none
        bought, put_off = firms[:, book.ORDERS].sum(), market[book.WAITED]
        put_off += market[book.UNDECIDED]
        assert market[book.OCCASIONS] == bought + market[book.UNBOUGHT] + put_off
        # customers: active ones come and go through five doors only
        active = (before["relation"] & 1).sum(axis=1) * weight
        moved = firms[:, book.ACQUIRED] + firms[:, book.WON_BACK]
        moved = moved - firms[:, [book.LAPSED, book.EXITED, book.REMOVED]].sum(axis=1)
        assert np.array_equal(active + moved, firms[:, book.ACTIVE])
        assert np.array_equal((after["relation"] & 1).sum(axis=1) * weight, firms[:, book.ACTIVE])
        # messages: what is sent is heard next week
        sent = after["inbox_count"].sum(axis=1, dtype=np.int64) * weight
        assert np.array_equal(sent, firms[:, book.TALKS])
        heard = before["inbox_count"].sum(axis=1, dtype=np.int64) * weight
        assert np.array_equal(heard + firms[:, book.INJECTED], firms[:, book.HEARD])
        # leads: each has one fate, or is open
        earlier = world.ledger.pages()[-2].accounts[:-1] if world.clock > 1 else 0 * firms
        closed = firms[:, FATES].sum(axis=1)
        opened = firms[:, book.LEADS] - closed
        assert np.array_equal(firms[:, book.PIPELINE], earlier[:, book.PIPELINE] + opened)
        by_source = world.ledger.leads()[-1].sum(axis=1)
        assert np.array_equal(by_source, firms[:, LEAD_FLOWS])
        assert (firms[:, book.LEADS_WON] + firms[:, book.UNAIDED] <= firms[:, book.ORDERS]).all()
        # hours: nobody works longer than can be worked, talks take the time they take
        hours = np.array([f.spec.sales.hours for f in world.firms])
        limit = firms[:, book.REPS] * hours * MOST_EFFORT * PARTS
        assert (firms[:, book.HOURS] <= limit + 1).all()
        assert (firms[:, book.HUNT_HOURS] <= firms[:, book.HOURS]).all()
        talked = talked + firms[:, book.REP_TALKS] * config.selling.talk_hours
        worked = worked + firms[:, [book.HOURS, book.REPS]].sum(axis=1) / PARTS
        if config.shelf.stores == 0:
            assert (talked <= worked * (1.0 + 1e-9) + 1e-6).all()
        assert (firms[:, book.LISTED] <= config.shelf.stores).all()
        # cents: cash moves by what is collected and paid out, and every cent has a place
        paid_out = firms[:, PAID_OUT].sum(axis=1)
        last = world.ledger.accounts()[-2, :-1, book.CASH] if world.week > 1 else 0
        assert np.array_equal(firms[:, book.CASH], last + firms[:, book.COLLECTED] - paid_out)
        owed = firms[:, book.REVENUE] - firms[:, book.COLLECTED] - firms[:, book.WRITTEN_OFF]
        assert np.array_equal(firms[:, book.RECEIVABLES], earlier[:, book.RECEIVABLES] + owed)
        assert (firms[:, book.OVERDUE] <= firms[:, book.RECEIVABLES]).all()
        assert np.array_equal(firms[:, book.SPEND], world.ledger.spend()[-1].sum(axis=1))
        for f, firm in enumerate(world.firms):
            price = max(1, round(round(firm.spec.list_price * 100) * (1 - firm.spec.discount)))
            coupons = [t for t in config.treatments.values() if t.firm == firm.name and t.coupon]
            if not coupons and not firm.spec.sales.authority:
                assert firms[f, book.REVENUE] == firms[f, book.UNITS] * price
            assert firms[f, book.REVENUE] <= firms[f, book.UNITS] * price
            assert firms[f, book.UNITS] >= firms[f, book.ORDERS]
        # sources: everybody acquired came from somewhere, and named at most one customer
        assert np.array_equal(world.ledger.sources()[-1].sum(axis=1), firms[:, book.ACQUIRED])
        # whoever did something is somebody: split by who they are, accounts stay what they are
        cells = world.ledger.pages()[-1].cells
        for flow, account in enumerate(CUSTOMER_FLOWS):
            split = np.zeros(len(firms), np.int64)
            np.add.at(split, cells[cells[:, 4] == flow, 0], cells[cells[:, 4] == flow, 5])
            assert np.array_equal(split, firms[:, account])
        # the inside of firms: nothing is misplaced that is not worked, blamed that is not lost
        hours = firms[:, [book.HOURS, book.MARKET_HOURS, book.MARKETING_HOURS]].sum(axis=1)
        assert (firms[:, book.MISPLACED] <= hours + 3).all()
        assert (firms[:, book.SPOILT] <= 4 * firms[:, book.HANDED]).all()
        lost = firms[:, [book.BLAMED_MARKET, book.BLAMED_SALES]].max(axis=1)
        assert (lost <= firms[:, book.LOST]).all()
        ended = firms[:, [a for a in FATES if a not in (book.SCREENED,)]].sum(axis=1)
        assert (firms[:, book.LOST] <= ended).all()
        for department in (d for inside in world.insides for d in inside.departments):
            assert abs(department.people.sum() - 1.0) < 1e-9
            assert (department.skill >= 0.0).all()
            assert (department.skill <= 1.0).all()
        # every order has one last touch; nobody prefers two firms
        touched = world.ledger.touched()[-1].sum(axis=(1, 2))
        assert np.array_equal(touched, firms[:, book.ORDERS])
        assert firms[:, book.PREFERRED].sum() <= market[book.PEOPLE]
        assert (firms[:, book.INBOUND] <= firms[:, book.ACQUIRED]).all()
        # contacts and clicks: nobody clicks on what was not met
        contacts = world.ledger.contacts()[-1]
        assert np.array_equal(contacts.sum(axis=1), firms[:, book.CONTACTS])
        assert (world.ledger.clicks()[-1] <= contacts).all()
        assert (firms[:, book.CLICKED_ORDERS] <= firms[:, book.ORDERS]).all()
        assert (firms[:, book.REFERRED] <= firms[:, book.ACQUIRED]).all()
        assert (firms[:, book.RATED_GOOD] <= firms[:, book.RATED]).all()
        assert (firms[:, book.RATED] <= firms[:, book.ORDERS]).all()
        news = after["inbox_left"].sum(axis=1, dtype=np.int64) * weight
        assert np.array_equal(news, firms[:, book.NOTICES])
        # people enter and leave, and are counted
        pages = world.ledger.pages()
        people = pages[-2].accounts[-1, book.PEOPLE] if len(pages) > 1 else 0
        assert market[book.PEOPLE] == people + market[book.ARRIVED] - market[book.LEFT]
        needy = (after["here"] == 1) & (world.people.rate > 0)
        assert market[book.PEOPLE] == needy.sum() * weight
        # people: nobody appears or vanishes, and shares stay shares
        assert after["awareness"].shape[1] == world.people.size
        for name in ("awareness", "trust"):
            assert ((after[name] >= 0.0) & (after[name] <= 1.0)).all()
        assert (firms[:, book.CONSIDERED] <= market[book.OCCASIONS]).all()
        assert (firms[:, book.WINDOW_REPEATERS] <= firms[:, book.WINDOW_BUYERS]).all()


def test_declared_groups_are_all_covered() -> None:
    groups = {
        f.name
        for f in dataclasses.fields(Config)
        if dataclasses.is_dataclass(getattr(BASE, f.name))
    }
    assert groups == {*GROUPS, "population", "log"}
