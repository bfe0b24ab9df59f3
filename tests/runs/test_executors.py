"""Workers end with their parent, and lost ones are replaced."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import wait

import psutil
import pytest

from sim.config.compose import load_config
from sim.runs.executors import MOST_LOSSES, WorkerLost, workers

SLEEPY = """
import time
from pathlib import Path
from sim.config.compose import load_config
from sim.runs.executors import workers

if __name__ == "__main__":
    with workers(load_config("threads=1"), True) as pool:
        pool.submit(Path({started!r}).touch)
        pool.submit(time.sleep, 600).result()
"""


DIE = "__import__('os').kill(__import__('os').getpid(), 9)"
"""Ends the process that evaluates it, as the system does when memory runs out. Workers of a test
run cannot import the test, so they are given words instead of functions."""


def test_a_lost_worker_is_replaced_and_its_work_runs_again(tmp_path):
    with workers(load_config("threads=1"), True) as pool:
        mark = str(tmp_path / "mark")
        die_at_first = (
            f"7 if __import__('os').path.exists({mark!r}) else open({mark!r}, 'w') and {DIE}"
        )
        tasks = [pool.submit(eval, die_at_first), pool.submit(abs, -3)]
        assert [task.result() for task in tasks] == [7, 3]
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()


def test_on_the_first_run_compilation_begins_before_workers_are_ready(monkeypatch):
    begun = []
    monkeypatch.setattr("sim.runs.executors.compile_beside", lambda: begun.append(True))
    with workers(load_config("threads=1"), False):
        assert begun == [True]


@pytest.mark.slow
def test_workers_that_are_lost_again_and_again_are_given_up():
    with workers(load_config("threads=1"), True) as pool:
        lost = pool.submit(eval, DIE)
        with pytest.raises(WorkerLost, match=f"{MOST_LOSSES + 1} times"):
            lost.result()
        with pytest.raises(WorkerLost):
            pool.submit(abs, -3).result()


@pytest.mark.slow
def test_an_error_ends_workers_at_once():
    def fail() -> None:
        with workers(load_config("threads=1"), True) as pool:
            pool.submit(abs, -3).result()
            running = [pool.submit(time.sleep, 600) for _ in range(3)]
            wait(running, timeout=0.1)
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert time.monotonic() - began < 60


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    started, script = tmp_path / "started", tmp_path / "sleepy.py"
    script.write_text(SLEEPY.format(started=str(started)))
    parent = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL)
    while not started.exists():
        assert parent.poll() is None
        time.sleep(0.05)
    children = psutil.Process(parent.pid).children(recursive=True)
    assert children
    parent.kill()
    parent.wait()
    assert not psutil.wait_procs(children, timeout=20)[1]
