"""Jobs: arms share what they have in common, and each gives what it gives alone."""

from __future__ import annotations

import pytest

from sim import load_config
from sim.config.compose import override
from sim.model.world import World
from sim.runs.arms import Arm, arms
from sim.runs.jobs import Job, shared_weeks, simulate_job

WAR = "+interventions.war={week: 5, set: [firms.cedar.discount=0.2]}"
LATER = "+interventions.war={week: 7, set: [firms.cedar.discount=0.2]}"
GIFT = "+treatments.gift={id: 1, week: 6, firm: alder, share: 1.0, coupon: 0.5}"


@pytest.fixture(scope="module")
def config():
    return load_config("population.customers=200", "weeks=8", "warmup=3", "threads=1")


def _bits(run):
    return run.reason or [week.accounts.tobytes() for week in run.ledger.records()]


@pytest.fixture
def weeks(monkeypatch):
    """The weeks that are simulated, one after the other."""
    found, step = [], World.step
    monkeypatch.setattr(World, "step", lambda world: found.append(world.week) or step(world))
    return found


def test_arms_that_differ_late_share_their_past_and_give_the_same_bits(config, weeks):
    found = arms([None, WAR, GIFT, LATER, "talk.rate=0", ("talk.rate=0", WAR)], config)
    job = Job(config, found, 3)
    together = [_bits(run) for run in simulate_job(job)]
    assert len(weeks) == 3 + 8 + (8 - 4) + (8 - 5) + (8 - 6) + 8 + (8 - 4)
    weeks.clear()
    alone = [_bits(run) for n in range(len(found)) for run in simulate_job(job.only([n]))]
    assert len(weeks) == len(found) * (3 + 8)
    assert together == alone
    assert len(set(map(str, together))) == len(found)


def test_a_past_in_which_a_firm_has_looked_ahead_is_not_shared(weeks):
    config = load_config(
        "population.customers=60", "weeks=30", "warmup=0", "threads=1", "market=toy",
        "firms.only.organisation.policy=oracle",
    )  # fmt: skip
    found = arms([None, "+interventions.war={week: 29, set: [firms.only.discount=0.2]}"], config)
    job = Job(config, found, 3)
    together = [_bits(run) for run in simulate_job(job)]
    assert weeks.count(5) == 2
    assert together == [_bits(run) for n in (0, 1) for run in simulate_job(job.only([n]))]


def test_arms_that_are_refused_are_refused_where_others_share_their_past(config):
    wrong = Arm("wrong", None, ("+interventions.war={week: 99}",))
    found = (*arms([None, WAR], config), wrong)
    *_, last = simulate_job(Job(config, found, 3))
    assert last.reason.startswith("ConfigError: interventions.war.week=99 lies beyond")


def test_changes_in_the_order_of_events_of_a_week_are_no_shared_past(config):
    first = override(config, WAR, "+interventions.peace={week: 5, set: [firms.cedar.discount=0]}")
    other = override(config, "+interventions.peace={week: 5, set: [firms.cedar.discount=0]}", WAR)
    late = override(first, LATER.replace("war", "more"))
    assert first == other
    assert shared_weeks(first, other) == 0
    assert shared_weeks(first, late) == 6
    assert shared_weeks(first, override(late, "talk.rate=0")) == 0
