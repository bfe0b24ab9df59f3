"""A Dask cluster runs what processes run, tells what is wrong in one line, and leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sim.config.compose import load_config
from sim.params import ConfigError
from sim.runs import cluster, pools
from sim.runs.executors import Execution, workers
from sim.runs.pools import PoolError, SchedulerLost, WorkerLost
from tests.conftest import ROOT
from tests.runs.test_executors import DIE, sleepy

pytest.importorskip("distributed", reason="Dask is not installed (extra `cluster`)")

CONFIG = "population.customers=200"


class Machines:
    """Scheduler and workers on this machine, each a process as it would run elsewhere.

    Args:
        folder: for the scheduler file.
    """

    def __init__(self, folder: Path) -> None:
        self.file, self._started = folder / "scheduler.json", []
        self.scheduler = self.start(
            "dask_scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)
        )
        while not self.file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.05)

    def start(self, program: str, *words: str, path: Path = ROOT) -> subprocess.Popen[bytes]:
        """Start a program of Dask that finds gtm-dynamics in a folder."""
        one = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", "--host", "127.0.0.1", *words],
            env={**os.environ, "PYTHONPATH": str(path)}, cwd=self.file.parent,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._started.append(one)
        return one

    def worker(self, path: Path = ROOT) -> subprocess.Popen[bytes]:
        """Start a worker."""
        return self.start("dask_worker", "--scheduler-file", str(self.file), "--nthreads", "1",
                          "--no-dashboard", path=path)  # fmt: skip

    @property
    def execution(self) -> Execution:
        """How these are used."""
        return Execution("dask", scheduler_file=str(self.file))

    def end(self) -> None:
        """End all of them."""
        for one in reversed(self._started):
            below = psutil.Process(one.pid).children(recursive=True) if one.poll() is None else []
            for process in (*below, one):
                process.kill()
            one.wait()


@pytest.fixture
def machines(tmp_path):
    found = Machines(tmp_path)
    yield found
    found.end()


def _children() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [one for one in found if "resource_tracker" not in " ".join(one.cmdline())]


def test_a_local_cluster_runs_tasks_and_leaves_nothing(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = len(_children())
    with workers(load_config(CONFIG), Execution("dask", workers=1)) as pool:
        assert pool.workers == 1
        assert pool.shares_disk(tmp_path)
        tasks = [pool.submit(abs, -n) for n in range(20)]
        assert [task.result() for task in tasks] == list(range(20))
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
        assert pool.submit(eval, "__import__('os').environ['OMP_NUM_THREADS']").result() == "1"
        kept = [state.status for state in pool._client.futures.values()]
        assert kept.count("finished") <= 1, "workers keep results, and not only the latest"
        listening = [
            connection.laddr.ip
            for process in (psutil.Process(), *_children())
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        ]
        assert set(listening) == {"127.0.0.1"}
    assert len(_children()) == before
    assert list(tmp_path.iterdir()) == [], "a folder of Dask or a draft is left"
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_task_that_ends_every_worker_of_a_cluster_is_given_up_alone(monkeypatch):
    for module in (cluster, pools):  # four losses of a worker process: test_executors.py
        monkeypatch.setattr(module, "MOST_LOSSES", 1)
    with workers(load_config(CONFIG), Execution("dask", workers=1)) as pool:
        tasks = [pool.submit(abs, -n) for n in range(10)]
        lost = pool.submit(eval, DIE)
        assert [task.result(timeout=120) for task in tasks] == list(range(10))
        with pytest.raises(WorkerLost, match="2 times") as found:
            lost.result(timeout=120)
        assert not isinstance(found.value, PoolError)
        assert pool.submit(abs, -3).result(timeout=120) == 3


def test_a_scheduler_that_is_lost_is_told_at_once(machines, capfd):
    def lose() -> None:
        with workers(load_config(CONFIG), machines.execution) as pool:
            tasks = [pool.submit(abs, -n) for n in range(3)]
            machines.scheduler.kill()
            machines.scheduler.wait()
            errors = [task.exception(timeout=20) for task in tasks]
            assert [type(error) for error in errors] == [SchedulerLost] * 3
            assert pool.workers == 1
            pool.submit(abs, -3).result(timeout=20)

    began = time.monotonic()
    with pytest.raises(SchedulerLost):
        lose()
    assert time.monotonic() - began < 20
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_workers_of_another_program_are_refused_also_when_they_join_later(machines, tmp_path):
    other, none = tmp_path / "other", tmp_path / "none"
    shutil.copytree(ROOT / "sim", other / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "sim" / "kpis.py").open("a") as out:
        out.write("# edited\n")
    (none / "sim").mkdir(parents=True)
    (none / "sim" / "__init__.py").write_text("raise ModuleNotFoundError('no sim', name='sim')\n")
    for path, said in ((other, "has sources"), (none, "cannot import gtm-dynamics (no sim)")):
        started = []

        def join_later(path=path, started=started) -> None:
            with workers(load_config(CONFIG), machines.execution) as pool:
                started.append(machines.worker(path))
                pool.submit(abs, -3).result()

        def be_there_already() -> None:
            with workers(load_config(CONFIG), machines.execution):
                pass

        for use in (join_later, be_there_already):
            with pytest.raises(cluster.OtherProgram, match="same gtm-dynamics") as found:
                use()
            assert said in str(found.value)
        started[0].terminate()
        started[0].wait()


@pytest.mark.slow
def test_a_lost_worker_of_a_cluster_is_replaced_and_one_without_the_disk_is_told(
    machines, tmp_path
):
    first = machines.worker()
    with workers(load_config(CONFIG), machines.execution) as pool:
        assert pool.shares_disk(tmp_path)
        tasks = [pool.submit(time.sleep, 0.02) for _ in range(100)]
        for process in psutil.Process(first.pid).children(recursive=True):
            process.kill()
        assert [task.result() for task in tasks] == [None] * 100
        (probe,) = tmp_path.glob(".*.part")
        probe.unlink()  # as if the next worker ran on a machine without this folder
        with pytest.raises(cluster.NoSharedDisk, match="cannot write into"):
            pool.submit(abs, -3).result()
        waiting = [pool.submit(time.sleep, 1.0) for _ in range(3)]
        assert waiting[-1].cancel()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", ["SIGKILL", "SIGINT"])
def test_a_local_cluster_ends_with_its_client(tmp_path, number):
    parent, children = sleepy(tmp_path, "dask")
    os.killpg(parent.pid, getattr(signal, number)) if number == "SIGINT" else parent.kill()
    parent.communicate(timeout=20)
    assert not psutil.wait_procs(children, timeout=20)[1]


def test_no_scheduler_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    config, file = load_config(CONFIG), tmp_path / "scheduler.json"

    def said(**place: str) -> str:
        with pytest.raises(ConfigError) as found, workers(config, Execution("dask", **place)):
            pass
        return str(found.value)

    assert said(address="tcp://127.0.0.1:1").startswith(
        "executor.address=tcp://127.0.0.1:1: no Dask scheduler answers at tcp://127.0.0.1:1;"
    )
    assert "No such file" in said(scheduler_file=str(file))
    file.write_text('{"id": 1}')
    assert "not the file of a Dask scheduler" in said(scheduler_file=str(file))
    file.write_text('{"address": "tcp://127.0.0.1:1"}')
    assert "answers at tcp://127.0.0.1:1" in said(scheduler_file=str(file))


def test_without_dask_the_line_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="extra `cluster`"):
        cluster.local(1)
