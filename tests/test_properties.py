"""Conservation: customers, occasions, messages and cents, in a thousand random worlds."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.config import Config
from sim.ledger import accounts as book
from sim.ledger.accounts import CUSTOMER_FLOWS
from sim.market.experiments import AMONG, Treatment
from sim.params import check, declared

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
    for _ in range(config.weeks):
        before = world.engine.columns()
        world.step()
        after = world.engine.columns()
        page = world.ledger.accounts()[-1]
        firms, market = page[:-1], page[-1]
        weight = config.population.weight

        # occasions: each ends with one order or with none
        bought, put_off = firms[:, book.ORDERS].sum(), market[book.WAITED]
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
        # cents: cash moves by revenue less goods less spend, and every cent has a place
        cash = firms[:, book.REVENUE] - firms[:, book.GOODS] - firms[:, book.SPEND]
        last = world.ledger.accounts()[-2, :-1, book.CASH] if world.week > 1 else 0
        assert np.array_equal(firms[:, book.CASH], last + cash)
        assert np.array_equal(firms[:, book.SPEND], world.ledger.spend()[-1].sum(axis=1))
        for f, firm in enumerate(world.firms):
            price = max(1, round(round(firm.spec.list_price * 100) * (1 - firm.spec.discount)))
            coupons = [t for t in config.treatments.values() if t.firm == firm.name and t.coupon]
            if not coupons:
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
