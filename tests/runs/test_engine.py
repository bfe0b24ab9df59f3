"""The engine: what is stored is not simulated again, and what fails does not stop the rest."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sim import load_config
from sim.runs import engine as module
from sim.runs import jobs
from sim.runs.arms import arms
from sim.runs.engine import Engine, RunFailed, engine, runs
from sim.runs.executors import Execution
from sim.runs.jobs import Job
from sim.runs.pools import Threads
from sim.runs.record import FigureRecord, tables_of
from sim.runs.store import Store


@pytest.fixture(scope="module")
def config():
    return load_config("population.customers=60", "weeks=5", "warmup=0", "threads=1")


@pytest.fixture
def simulated(monkeypatch):
    """Seeds of the jobs that are simulated, and the number of runs in each."""
    found = []

    def simulate(job):
        found.append((job.seed, len(job.arms)))
        return jobs.simulate_job(job)

    monkeypatch.setattr(module, "simulate_job", simulate)
    return found


def _jobs(config, *seeds, specs=("ad_blitz", "community_building")):
    both = arms(specs, config)
    return [Job(config, both, seed) for seed in seeds]


def _bits(results):
    return [[arm.accounts.tobytes() + arm.cohorts.tobytes() for arm in job] for job in results]


def _answers(config, folder, where, wanted):
    with engine(config, folder, where) as started:
        return _bits([started.results(one) for one in started.complete(wanted)])


def test_only_what_is_missing_is_simulated(config, tmp_path, simulated):
    first = _answers(config, tmp_path, False, _jobs(config, 1, 2))
    assert simulated == [(1, 2), (2, 2)]
    more = ("community_building", None, "ad_blitz")
    again = _answers(config, tmp_path, False, _jobs(config, 1, 2, 3, specs=more))
    assert simulated[2:] == [(1, 1), (2, 1), (3, 3)]
    assert [job[2:] + job[:1] for job in again[:2]] == first
    assert _answers(config, None, False, _jobs(config, 1, 2)) == first


@pytest.mark.slow
def test_processes_give_the_same_bits(config, tmp_path):
    wanted = _jobs(config, 1, 2, 3)
    here = _answers(config, None, False, wanted)
    assert _answers(config, tmp_path, Execution(workers=2), wanted) == here


def test_a_failed_run_is_stored_with_its_reason_and_stops_nothing(
    config, tmp_path, monkeypatch, simulated
):
    true_run, failed = jobs._run_arm, []

    def run(world, weeks, job):
        if job.seed == 2 and not failed:
            failed.append(job.seed)
            raise ZeroDivisionError("by\nzero")
        return true_run(world, weeks, job)

    monkeypatch.setattr(jobs, "_run_arm", run)
    wanted = _jobs(config, 1, 2, 3)
    with engine(config, tmp_path, False) as started:
        first, bad, last = started.complete(wanted)
        assert len(started.results(first)) == len(started.results(last)) == 2
        with pytest.raises(RunFailed, match=r"^ZeroDivisionError: by zero$") as found:
            started.results(bad)
        assert found.value.stored
        assert [started.reason(key) for key in bad.keys] == ["ZeroDivisionError: by zero", ""]
        row = started.store.rows("failures", bad.keys[0]).to_pylist()[0]
        assert (row["seed"], row["plan"]) == (2, "ad_blitz")
        assert started.store.has("runs", bad.keys[1])
    assert len(simulated) == 3
    with engine(config, tmp_path, False) as started:
        started.complete(wanted)
        assert started.reason(bad.keys[0])
        started.store.remove("failures", [bad.keys[0]])
        assert not started.reason(bad.keys[0])
        assert len(started.results(started.complete(wanted)[1])) == 2
    assert simulated[3:] == [(2, 1)]


def test_too_little_memory_is_no_result_of_a_run(config, tmp_path, monkeypatch):
    def run(world, weeks, job):
        if job.seed == 2:
            raise MemoryError
        return true_run(world, weeks, job)

    true_run = jobs._run_arm
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_run_arm", run)
        with engine(config, tmp_path, False) as started:
            first, bad, last = started.complete(_jobs(config, 1, 2, 3))
            assert len(started.results(first)) == len(started.results(last)) == 2
            with pytest.raises(RunFailed, match="MemoryError") as found:
                started.results(bad)
            assert not found.value.stored
            assert not started.store.has("failures", bad.keys[0])
    assert len(_answers(config, tmp_path, False, _jobs(config, 2))[0]) == 2


def test_a_run_removed_by_another_process_is_simulated_again(config, tmp_path, simulated):
    wanted = _jobs(config, 1, 2)
    with engine(config, tmp_path, False) as started:
        one, two = started.complete(wanted)
        before = _bits([started.results(one)])
        for path in tmp_path.glob("*/weeks/*.parquet"):
            path.unlink()
        started.store._read.clear()
        assert _bits([started.results(one)]) == before
        assert len(started.results(two)) == 2
    assert Counter(seed for seed, _ in simulated) == {1: 2, 2: 2}


def test_a_full_disk_ends_the_work_and_what_is_stored_stays(config, tmp_path, monkeypatch):
    with engine(config, tmp_path, False) as started:
        started.complete(_jobs(config, 1))
    with monkeypatch.context() as patch, engine(config, tmp_path, False) as started:
        patch.setattr("sim.runs.store.whole_file", _full)
        with pytest.raises(OSError, match="No space"):
            started.complete(_jobs(config, 1, 2))
    store = Store(tmp_path)
    store.refresh()
    assert all(store.has("runs", key) for key in next(runs(_jobs(config, 1))).keys)


def _full(_):
    raise OSError(28, "No space left on device")


class Numbers:
    """Work that stores a number under its key."""

    alone = False

    def __init__(self, key: str, done: list[str]) -> None:
        self.keys, self.done = (key,), done

    def missing(self, store):
        return None if store.has("figures", self.keys[0]) else self

    def __call__(self):
        self.done.append(self.keys[0])
        return [FigureRecord(self.keys[0], 1, "{}", "number", {"all": 1.0})]


def test_work_is_read_as_it_is_needed_and_progress_counts_every_piece(config):
    done, told, read = [], [], []

    def pieces():
        for n in range(200):
            read.append(n)
            yield Numbers(f"key {n % 150}", done) if n % 10 else None

    with Threads(1) as pool:
        started = Engine(Store(None), pool)
        batch = started.submit(pieces(), 200, lambda count, total: told.append((count, total)))
        assert len(read) < 20
        started.finish(batch)
    assert sum(count for count, _ in told) == 200
    assert {total for _, total in told} == {200}
    assert len(set(done)) == 135
    assert np.all([started.store.has("figures", key) for key in done])


def test_arms_that_are_alike_are_one_run(config, tmp_path, simulated):
    alike = ("ad_blitz", "community_building", "ad_blitz")
    (found,) = _answers(config, tmp_path, False, _jobs(config, 1, specs=alike))
    assert simulated == [(1, 2)]
    assert found[0] == found[2] != found[1]
    assert found[:2] == _answers(config, None, False, _jobs(config, 1))[0]


def test_a_record_under_way_is_waited_for(tmp_path):
    done = []
    with Threads(2) as pool:
        started = Engine(Store(tmp_path), pool)
        started.finish(started.submit((Numbers("same", done) for _ in range(300)), 300))
        started.finish(started.submit([Numbers("same", done), Numbers("other", done)], 2))
    assert done == ["same", "other"]
    assert len(list(tmp_path.glob("*/figures/*.parquet"))) == 2


def test_what_another_process_has_stored_meanwhile_is_not_done_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.0)
    done, other = [], Store(tmp_path)

    def pieces():
        yield Numbers("mine", done)
        other.add({"figures": module.encode(tables_of(Numbers("theirs", [])()))["figures"]})
        started._look_again()
        yield Numbers("theirs", done)

    with Threads(1) as pool:
        started = Engine(Store(tmp_path), pool)
        started.finish(started.submit(pieces(), 2))
    assert done == ["mine"]


def test_long_pieces_are_tasks_of_their_own(default, tmp_path, monkeypatch):
    """Pieces that take long are stored one by one, however short those before them were."""
    sent = []
    with engine(default, tmp_path, False) as started:
        send = started._send
        monkeypatch.setattr(started, "_send", lambda some: sent.append(len(some)) or send(some))
        monkeypatch.setattr(Numbers, "alone", True)
        pieces = [Numbers(f"{n:032}", []) for n in range(9)]
        started._seconds = 1e-3
        started.finish(started.submit(pieces, len(pieces)))
    assert sent == [1] * 9
