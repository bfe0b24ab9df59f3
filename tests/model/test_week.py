"""The week's table is executed: every row once and in its order, in both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sim
from sim.engines.reference import Customer
from sim.model import world as module
from sim.model.week import WEEK
from sim.reporting import explain

FUSED = [phase.name for phase in WEEK if phase.run is None]


def _method(phase: str) -> str:
    return phase.replace(" ", "_")


def test_every_row_runs_or_names_the_row_that_runs_it():
    rows = {phase.name: phase for phase in WEEK}
    assert len(rows) == len(WEEK)
    for phase in WEEK:
        assert (phase.run is None) == (phase.within in rows), phase.name
        assert phase.run is not None or rows[phase.within].run is not None


def test_customers_phases_are_methods_of_the_readable_customer():
    for name in FUSED:
        assert callable(getattr(Customer, _method(name))), name


def test_the_table_is_what_ran(small, monkeypatch):
    ran: list[str] = []

    def record(name: str) -> None:
        if not ran or ran[-1] != name:
            ran.append(name)

    def recording(phase):
        def run(state, week):
            record(phase.name)
            phase.run(state, week)

        return replace(phase, run=run if phase.run else None)

    def watched(name: str):
        method = getattr(Customer, name)

        def call(self, *args):
            record(name.replace("_", " "))
            return method(self, *args)

        return call

    watching = type("Watching", (Customer,), {_method(n): watched(_method(n)) for n in FUSED})
    world = sim.start(small, 1, engine="reference", customer=watching)
    monkeypatch.setattr(module, "WEEK", tuple(map(recording, WEEK)))
    world.step()
    assert ran == [phase.name for phase in WEEK]


def test_the_odd_and_explain_show_the_same_rows():
    assert [row[1] for row in explain.week().rows] == [phase.name for phase in WEEK]


@pytest.mark.parametrize("engine", ["columnar", "reference"])
def test_time_can_be_measured_by_row(small, engine):
    small.population.customers, small.weeks = 50, 3
    run = sim.simulate(small, 1, engine=engine, time_phases=True)
    assert list(run.seconds) == [phase.name for phase in WEEK if phase.run]
    assert all(seconds > 0.0 for seconds in run.seconds.values())
    assert sim.simulate(small, 1, engine=engine).seconds == {}
