"""Conservation of customers, occasions, messages and cents in hundreds of random markets."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.config.schema import Config
from sim.experiments.sweeps import parameters
from sim.kpis import KPIS, over
from sim.ledger import accounts as acc
from sim.ledger.accounts import CUSTOMER_FLOWS, FATES, LEAD_FLOWS, PAID_OUT, PARTS
from sim.market.interventions import AMONG, Treatment
from sim.params import check, declared

BASE = sim.load_config()
GROUPS = (*parameters.GROUPS, "measurement", "finance")


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
        organisation = firm.organisation
        organisation.role_mixing = draw(st.floats(0.0, 1.0))
        organisation.power_hiring = draw(st.floats(0.0, 1.0))
        organisation.kpis = draw(st.sampled_from(sorted(BASE.kpis)))
        organisation.reviews = draw(st.integers(0, 3))
        organisation.review_hours = draw(st.floats(0.0, 40.0))
        organisation.closed_loop_feedback = draw(st.booleans())
        chosen = draw(st.sets(st.sampled_from(sorted(BASE.activities)), max_size=5))
        firm.budget = {k: draw(st.floats(0.0, 1e7)) for k in sorted(chosen)}
        config.firms[f"firm{number}"] = firm
    names = sorted(config.firms)
    for number in draw(st.lists(st.integers(1, 16), max_size=3, unique=True)):
        config.treatments[f"treatment{number}"] = Treatment(
            id=number,
            firm=draw(st.sampled_from(names)),
            among=draw(st.sampled_from(AMONG)),
            week=draw(st.integers(1, min(4, config.weeks))),
            weeks=draw(st.integers(1, 4)),
            coupon=draw(st.sampled_from([0.0, 0.3, 0.9])),
            first_only=draw(st.booleans()),
            activity=draw(st.sampled_from(sorted(BASE.activities))),
            contacts=draw(st.sampled_from([0.0, 0.25, 1.0, 2.5, 4.0])),
            withhold=draw(st.sampled_from([0.0, 0.3, 1.0])),
            messages=draw(st.integers(0, 3)),
            valence=draw(st.floats(0.0, 1.0)),
            leave=draw(st.booleans()),
        )
    check(config)
    return config


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(config=configs(), seed=st.integers(0, 2**63 - 1))
def test_customers_and_cents_are_conserved_every_week(config: Config, seed: int) -> None:
    world = sim.start(config, seed)
    # calls and hours of reps in the warm-up count as well
    talked = worked = np.zeros(len(config.firms))
    for past in world.ledger.records():
        talked = talked + past.accounts[:-1, acc.REP_TALKS] * config.selling.talk_hours
        worked = worked + past.accounts[:-1, [acc.HOURS, acc.REPS]].sum(axis=1) / PARTS
    for _ in range(config.weeks):
        before = world.engine.columns()
        world.step()
        after = world.engine.columns()
        record = world.ledger.accounts()[-1]
        firms, market = record[:-1], record[-1]
        weight = config.population.weight

        # occasions: each ends with one order or with none
        bought, put_off = firms[:, acc.ORDERS].sum(), market[acc.WAITED]
        put_off += market[acc.UNDECIDED]
        assert market[acc.OCCASIONS] == bought + market[acc.UNBOUGHT] + put_off
        # customers: only six flows change the number of active customers
        active = (before["relation"] & 1).sum(axis=1) * weight
        moved = firms[:, acc.ACQUIRED] + firms[:, acc.WON_BACK] + firms[:, acc.JOINED]
        moved = moved - firms[:, [acc.LAPSED, acc.EXITED, acc.REMOVED]].sum(axis=1)
        assert np.array_equal(active + moved, firms[:, acc.ACTIVE])
        assert np.array_equal((after["relation"] & 1).sum(axis=1) * weight, firms[:, acc.ACTIVE])
        # messages: what is sent is heard next week
        sent = after["inbox_count"].sum(axis=1, dtype=np.int64) * weight
        assert np.array_equal(sent, firms[:, acc.TALKS])
        heard = before["inbox_count"].sum(axis=1, dtype=np.int64) * weight
        assert np.array_equal(heard + firms[:, acc.INJECTED], firms[:, acc.HEARD])
        # leads: each has one fate, or is open
        earlier = world.ledger.records()[-2].accounts[:-1] if world.clock > 1 else 0 * firms
        closed = firms[:, FATES].sum(axis=1)
        opened = firms[:, acc.LEADS] - closed
        assert np.array_equal(firms[:, acc.PIPELINE], earlier[:, acc.PIPELINE] + opened)
        by_source = world.ledger.leads()[-1].sum(axis=1)
        assert np.array_equal(by_source, firms[:, LEAD_FLOWS])
        assert (firms[:, acc.LEADS_WON] + firms[:, acc.UNAIDED] <= firms[:, acc.ORDERS]).all()
        # hours: no rep exceeds the maximum, and sales calls fit into the hours worked
        hours = np.array([f.spec.sales.hours for f in world.firms])
        limit = firms[:, acc.REPS] * hours * config.selling.most_effort * PARTS
        assert (firms[:, acc.HOURS] <= limit + 1).all()
        assert (firms[:, acc.HUNT_HOURS] <= firms[:, acc.HOURS]).all()
        talked = talked + firms[:, acc.REP_TALKS] * config.selling.talk_hours
        worked = worked + firms[:, [acc.HOURS, acc.REPS]].sum(axis=1) / PARTS
        if config.shelf.stores == 0:
            assert (talked <= worked * (1.0 + 1e-9) + 1e-6).all()
        assert (firms[:, acc.LISTED] <= config.shelf.stores).all()
        # cents: cash changes by collections and payments, and every cent is accounted for
        paid_out = firms[:, PAID_OUT].sum(axis=1)
        last = world.ledger.accounts()[-2, :-1, acc.CASH] if world.week > 1 else 0
        received = firms[:, acc.COLLECTED] + firms[:, acc.FUNDED]
        assert np.array_equal(firms[:, acc.CASH], last + received - paid_out)
        owed = firms[:, acc.REVENUE] - firms[:, acc.COLLECTED] - firms[:, acc.WRITTEN_OFF]
        assert np.array_equal(firms[:, acc.RECEIVABLES], earlier[:, acc.RECEIVABLES] + owed)
        assert (firms[:, acc.OVERDUE] <= firms[:, acc.RECEIVABLES]).all()
        assert np.array_equal(firms[:, acc.SPEND], world.ledger.spend()[-1].sum(axis=1))
        for f, firm in enumerate(world.firms):
            price = max(1, round(round(firm.spec.list_price * 100) * (1 - firm.spec.discount)))
            coupons = [t for t in config.treatments.values() if t.firm == firm.name and t.coupon]
            if not coupons and not firm.spec.sales.authority:
                assert firms[f, acc.REVENUE] == firms[f, acc.UNITS] * price
            assert firms[f, acc.REVENUE] <= firms[f, acc.UNITS] * price
            assert firms[f, acc.UNITS] >= firms[f, acc.ORDERS]
        # sources: every customer acquired has one source, and at most one referrer
        assert np.array_equal(world.ledger.sources()[-1].sum(axis=1), firms[:, acc.ACQUIRED])
        # cells: customer flows split by traits add up to their accounts
        cells = world.ledger.records()[-1].cells
        for flow, account in enumerate(CUSTOMER_FLOWS):
            split = np.zeros(len(firms), np.int64)
            np.add.at(split, cells[cells[:, 4] == flow, 0], cells[cells[:, 4] == flow, 5])
            assert np.array_equal(split, firms[:, account])
        # organisation: misplaced hours are worked hours, and blamed leads are lost leads
        hours = firms[:, [acc.HOURS, acc.MARKET_DEPARTMENT_HOURS, acc.MARKETING_HOURS]].sum(axis=1)
        assert (firms[:, acc.MISPLACED] <= hours + 3).all()
        assert (firms[:, acc.CORRUPTED] <= 4 * firms[:, acc.HANDED]).all()
        lost = firms[:, [acc.BLAMED_MARKET, acc.BLAMED_SALES]].max(axis=1)
        assert (lost <= firms[:, acc.LOST]).all()
        ended = firms[:, [a for a in FATES if a not in (acc.SCREENED,)]].sum(axis=1)
        assert (firms[:, acc.LOST] <= ended).all()
        for department in (d for firm in world.firms for d in firm.organisation.departments):
            assert abs(department.people.sum() - 1.0) < 1e-9
            assert (department.skill >= 0.0).all()
            assert (department.skill <= 1.0).all()
        # every order has one last touch; a person prefers at most one firm
        touched = world.ledger.touched()[-1].sum(axis=(1, 2))
        assert np.array_equal(touched, firms[:, acc.ORDERS])
        assert firms[:, acc.PREFERRED].sum() <= market[acc.PEOPLE]
        assert (firms[:, acc.INBOUND] <= firms[:, acc.ACQUIRED]).all()
        # contacts and clicks: every click belongs to a contact
        contacts = world.ledger.contacts()[-1]
        assert np.array_equal(contacts.sum(axis=1), firms[:, acc.CONTACTS])
        given = firms[:, acc.CLICKS_GIVEN][:, None]
        assert (world.ledger.clicks()[-1] <= contacts + given).all()
        assert (firms[:, acc.GIVEN] <= firms[:, acc.CONTACTS]).all()
        assert (firms[:, acc.RATED_GOOD_GIVEN] <= firms[:, acc.RATED_GIVEN]).all()
        assert (firms[:, acc.CLICKED_ORDERS] <= firms[:, acc.ORDERS]).all()
        assert (firms[:, acc.REFERRED] <= firms[:, acc.ACQUIRED]).all()
        assert (firms[:, acc.RATED_GOOD] <= firms[:, acc.RATED]).all()
        assert (firms[:, acc.RATED] <= firms[:, acc.ORDERS]).all()
        news = after["inbox_left"].sum(axis=1, dtype=np.int64) * weight
        assert np.array_equal(news, firms[:, acc.NOTICES])
        # people enter and leave, and are counted
        records = world.ledger.records()
        people = records[-2].accounts[-1, acc.PEOPLE] if len(records) > 1 else 0
        assert market[acc.PEOPLE] == people + market[acc.ARRIVED] - market[acc.LEFT]
        needy = (after["here"] == 1) & (world.people.rate > 0)
        assert market[acc.PEOPLE] == needy.sum() * weight
        # people: rows are fixed, and shares stay between 0 and 1
        assert after["awareness"].shape[1] == world.people.size
        for name in ("awareness", "trust"):
            assert ((after[name] >= 0.0) & (after[name] <= 1.0)).all()
        assert (firms[:, acc.CONSIDERED] <= market[acc.OCCASIONS]).all()
        assert (firms[:, acc.WINDOW_REPEATERS] <= firms[:, acc.WINDOW_BUYERS]).all()
    window = over(world.ledger.accounts(), config.measurement.window)
    for kpi in KPIS.values():
        assert kpi.function(window).shape == (len(config.firms),)


def test_declared_groups_are_all_covered() -> None:
    groups = {
        f.name
        for f in dataclasses.fields(Config)
        if dataclasses.is_dataclass(getattr(BASE, f.name))
    }
    assert groups == {*GROUPS, "population", "log"}
