"""Workers end with their parent, and lost ones are replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import wait

import psutil
import pytest

from sim.config.compose import load_config
from sim.params import ConfigError
from sim.runs import executors
from sim.runs.executors import Execution, split_execution, workers
from sim.runs.pools import MOST_LOSSES, Losses, PoolError, WorkerLost, WorkersLost, most_in_a_row
from sim.runs.worker import ONE_THREAD
from tests.conftest import ROOT

SLEEPY = """
import time
from pathlib import Path
from sim.config.compose import load_config
from sim.runs.executors import Execution, workers

if __name__ == "__main__":
    with workers(load_config("threads=1"), Execution({executor!r})) as pool:
        pool.submit(Path({started!r}).touch)
        pool.submit(time.sleep, 600).result()
"""
"""A program whose worker is busy for ten minutes."""

DIE = "__import__('os').kill(__import__('os').getpid(), 9)"
"""Ends the process that evaluates it, as the system does when memory runs out. Workers of a test
run cannot import the test, so they are given words instead of functions."""


def sleepy(tmp_path, executor):
    """A process that runs :data:`SLEEPY`, and its children, once the worker is busy."""
    started, script = tmp_path / "started", tmp_path / "sleepy.py"
    script.write_text(SLEEPY.format(started=str(started), executor=executor))
    parent = subprocess.Popen(
        [sys.executable, str(script)], stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    while not started.exists():
        assert parent.poll() is None
        time.sleep(0.05)
    children = psutil.Process(parent.pid).children(recursive=True)
    assert children
    return parent, children


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


def test_a_task_that_ends_every_worker_is_given_up_alone():
    with workers(load_config("threads=2"), True) as pool:
        assert pool.workers == 2
        lost = pool.submit(eval, DIE)
        others = [pool.submit(abs, -n) for n in range(20)]
        with pytest.raises(WorkerLost, match=f"{MOST_LOSSES + 1} times") as found:
            lost.result()
        assert not isinstance(found.value, PoolError)
        assert [task.result() for task in others] == list(range(20))
        assert pool.submit(abs, -3).result() == 3


@pytest.mark.slow
def test_a_pool_that_only_loses_workers_is_given_up():
    with workers(load_config("threads=1"), True) as pool:
        lost = [pool.submit(eval, DIE) for _ in range(4)]
        errors = [type(task.exception()) for task in lost]
        assert errors == [WorkerLost, WorkerLost, WorkersLost, WorkersLost]
        assert type(pool.submit(abs, -3).exception()) is WorkersLost


def test_losses_in_a_row_end_a_pool_for_good():
    losses = Losses(most_in_a_row(1))
    for _ in range(2):
        losses.lost(most_in_a_row(1) - 1)
        losses.refuse()
        losses.finished()
    losses.lost(most_in_a_row(1))
    losses.finished()
    with pytest.raises(WorkersLost):
        losses.refuse()
    assert most_in_a_row(64) > most_in_a_row(1) == most_in_a_row(3)


def test_a_worker_process_has_one_thread_for_every_library():
    with workers(load_config("threads=1"), True) as pool:
        code = f"[__import__('os').environ[name] for name in {list(ONE_THREAD)}]"
        assert pool.submit(eval, code).result() == ["1"] * len(ONE_THREAD)
        loaded = pool.submit(eval, "'numpy' in __import__('sys').modules").result()
        assert loaded is False, "libraries are loaded before they are told to use one thread"


def test_on_the_first_run_compilation_begins_before_workers_are_ready(monkeypatch):
    begun = []
    monkeypatch.setattr(executors, "compile_beside", lambda: begun.append(True))
    with workers(load_config("threads=1"), False) as pool:
        assert begun == [True]
        assert pool.workers == 1


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
    parent, children = sleepy(tmp_path, "processes")
    parent.kill()
    parent.wait()
    assert not psutil.wait_procs(children, timeout=20)[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], Execution()),
        (["executor=in_process"], Execution("in_process")),
        (["executor.workers=4"], Execution(workers=4)),
        (["executor=in_process", " executor = dask"], Execution("dask")),
        (
            ["executor.address=tcp://host:8786", "executor=dask"],
            Execution("dask", address="tcp://host:8786"),
        ),
        (
            ["executor=dask", "executor.address=tls://[::1]:8786"],
            Execution("dask", address="tls://[::1]:8786"),
        ),
        (
            ["executor=dask", "executor.scheduler_file=a b=c.json"],
            Execution("dask", scheduler_file="a b=c.json"),
        ),
    ],
)
def test_words_about_the_executor_are_taken_out_of_the_changes(words, expected):
    others = ["talk.rate=0.1", "~firms.dogwood", "executors=1"]
    assert split_execution([*others[:1], *words, *others[1:]]) == (expected, others)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["executor=dusk"], "executor=dusk: no such executor; allowed processes, in_process, dask."
                            " Did you mean 'dask'?"),
        (["executor="], "executor=: no such executor"),
        (["executor.worker=2"], "executor.worker: no such key; allowed executor, executor.address, "
                                "executor.scheduler_file, executor.workers. Did you mean "
                                "'executor.workers'?"),
        (["executor.workers=-1"], "executor.workers='-1': needs a whole number, allowed 0 to 4096"),
        (["executor.workers=9999"], "executor.workers=9999 is out of bounds: allowed 0 to 4096"),
        (["executor.workers=two"], "executor.workers='two': needs a whole number"),
        (["executor.address=tcp://a:1"], "executor.address=tcp://a:1 needs executor=dask."),
        (["executor=dask", "executor.address=a:1"], "executor.address=a:1: needs the form tcp://"),
        (["executor=dask", "executor.address=tcp://a"], "tcp://a: needs the form tcp://host:8786"),
        (["executor=dask", "executor.address=tcp://a:1", "executor.scheduler_file=f"],
         "executor.address and executor.scheduler_file: one of them only"),
        (["executor=dask", "executor.address=tcp://a:1", "executor.workers=3"],
         "executor.workers=3 is about workers on this machine"),
    ],
)  # fmt: skip
def test_a_wrong_word_about_the_executor_is_one_line(words, said):
    with pytest.raises(ConfigError) as found:
        split_execution(words)
    assert said in str(found.value)
    assert "\n" not in str(found.value)
