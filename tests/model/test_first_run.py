"""On the first run a second process compiles the largest loop; without it only time is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import psutil
import pytest
from numba.core import config

import sim
from sim.engines.kernels.weeks import close_blocks
from sim.model import first_run
from sim.model.first_run import compile_beside
from sim.model.world import World

LEAVES_A_LINE = "import time; open({line!r}, 'a').write('begun\\n'); time.sleep({seconds})"


@pytest.fixture
def lines(tmp_path, monkeypatch):
    """Lets second processes leave a line in a file instead; returns how many have."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "lines"
    program = LEAVES_A_LINE.format(line=str(path), seconds=0.3)
    monkeypatch.setattr(first_run, "SECOND", program)
    return lambda: len(path.read_text().splitlines()) if path.exists() else 0


def _watch_twice():
    watching = [threading.Thread(target=first_run._watch) for _ in range(2)]
    for thread in watching:
        thread.start()
    for thread in watching:
        thread.join(20)


def test_one_second_process_is_started_by_all(lines):
    _watch_twice()
    assert lines() == 1
    first_run._watch()
    assert lines() == 2, "it can be started again after its end"


def test_a_second_process_that_fails_does_no_harm(lines, monkeypatch):
    monkeypatch.setattr(first_run, "SECOND", "1 / 0")
    _watch_twice()
    monkeypatch.setattr(first_run, "get_executable", lambda: "no such program")
    _watch_twice()


@pytest.mark.parametrize(
    ("missing", "count", "started"), [(True, 2, 1), (True, 1, 0), (False, 2, 0)]
)
def test_it_is_started_only_for_a_missing_loop_and_a_free_processor(
    monkeypatch, missing, count, started
):
    calls = threading.Semaphore(0)
    monkeypatch.setattr(first_run, "is_missing", lambda _: missing)
    monkeypatch.setattr(first_run, "processors", lambda: count)
    monkeypatch.setattr(first_run, "_watch", calls.release)
    compile_beside()
    assert calls.acquire(timeout=0.2 if not started else 20) == bool(started)


def test_nothing_is_missing_where_nothing_is_compiled():
    from sim.compile import is_missing

    assert not is_missing(len)


@pytest.mark.parametrize("market", ["brand", "packaged", "subscription", "industrial"])
def test_the_second_process_compiles_what_a_market_calls(market):
    if config.DISABLE_JIT:
        pytest.skip("nothing is compiled")
    world = World(
        sim.load_config(f"market={market}", "population.customers=100", "weeks=2", "warmup=0"),
        1, None, "columnar", None,
    )  # fmt: skip
    world.engine.compile_close()
    before = list(close_blocks.signatures)
    world.step()
    world.step()
    assert close_blocks.signatures == before
    assert len(before) == 1


LOOPS_OF_FIRMS = """
import sim
from sim.agents.organisations import _work
from sim.agents.sales.forces import _learn, _sell
from sim.ledger.booking import _book
from sim.ledger.orders import _find_orders
from sim.market.activities import buy_contacts
from sim.model import first_run

loops = (_work, _learn, _sell, _book, _find_orders, buy_contacts)
first_run.is_missing, first_run.processors = (lambda _: True), (lambda: 2)
first_run.compile_others()
print([len(loop.signatures) for loop in loops])
first_run.is_missing = lambda _: False
sim.simulate(sim.load_config("population.customers=100", "weeks=3"), 1)
print([len(loop.signatures) for loop in loops])
"""


def test_a_small_market_compiles_the_loops_of_firms_as_markets_call_them():
    if config.DISABLE_JIT:
        pytest.skip("nothing is compiled")
    done = subprocess.run(
        [sys.executable, "-c", LOOPS_OF_FIRMS], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == [str([1] * 6)] * 2


def test_the_loops_of_firms_are_not_compiled_ahead_where_nobody_compiles_beside(monkeypatch):
    monkeypatch.setattr(first_run, "_small_market", lambda: 1 / 0)
    monkeypatch.setattr(first_run, "is_missing", lambda _: False)
    first_run.compile_others()
    monkeypatch.setattr(first_run, "is_missing", lambda _: True)
    monkeypatch.setattr(first_run, "processors", lambda: 1)
    first_run.compile_others()


FIRST = """
import time
from sim.model import first_run
first_run.SECOND = '''
from sim.model.first_run import _end_with_first
import os, threading, time
threading.Thread(target=_end_with_first, daemon=True).start()
print(os.getpid(), file=open({line!r}, "w"))
time.sleep(60)
'''
first_run.is_missing, first_run.processors = (lambda _: True), (lambda: 2)
first_run.compile_beside()
time.sleep(60)
"""


@pytest.mark.slow
def test_the_second_process_ends_with_the_first(tmp_path, monkeypatch):
    line = tmp_path / "line"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    first = subprocess.Popen([sys.executable, "-c", FIRST.format(line=str(line))])
    try:
        deadline = time.monotonic() + 60
        while not (line.exists() and line.read_text().strip()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        second = psutil.Process(int(line.read_text()))
    finally:
        first.kill()
        first.wait()
    second.wait(20)
