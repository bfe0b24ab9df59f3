"""Compiled code is kept between processes; a damaged or unwritable cache costs time only."""

from __future__ import annotations

import importlib.util
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock
from numba.core import config

from sim import compile as compiling

SOURCE = """
from sim.compile import compiled

@compiled
def twice(x):
    return 2 * x
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a compiled function as a new process would, from a cache in ``tmp_path / "cache"``."""
    if config.DISABLE_JIT:
        pytest.skip("nothing is compiled")
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    compiling._say_uncached.cache_clear()
    (tmp_path / "doubled.py").write_text(SOURCE)

    def again():
        spec = importlib.util.spec_from_file_location("doubled", tmp_path / "doubled.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.twice(21) == 42
        return sum(module.twice.stats.cache_hits.values())

    return again


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_a_damaged_cache_is_made_anew(load, tmp_path, kind):
    assert load() == 0
    assert load() == 1
    for damage in (
        lambda b: b"",
        lambda b: b[: len(b) // 2],
        lambda b: b[:-1] + bytes([b[-1] ^ 1]),
    ):
        (path,) = (tmp_path / "cache").rglob(f"*.{kind}")
        path.write_bytes(damage(path.read_bytes()))
        assert load() == 0
        assert load() == 1


def test_a_cache_that_cannot_be_kept_is_said_once(load, tmp_path, caplog):
    (tmp_path / "cache").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        assert load() == load() == 0
    assert [r.message.split(" (")[0] for r in caplog.records] == [
        f"compiled code cannot be kept in {tmp_path / 'cache'}"
    ]
    assert not list(Path(tmp_path).rglob("*.nbi")), "nor is it kept beside the sources"


def test_a_cache_on_a_full_disk_is_said_once(load, caplog, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiling._Files, "_open_for_write", full)
    with caplog.at_level(logging.WARNING):
        assert load() == load() == 0
    assert len(caplog.records) == 1
    assert "No space left on device" in caplog.records[0].message


@pytest.fixture
def lock(load, tmp_path):
    """The lock of the toy function, whose compiled code was kept and has been moved aside."""
    load()
    (index,) = (tmp_path / "cache").rglob("*.nbi")
    index.rename(tmp_path / "aside")
    return FileLock(f"{index}.lock", thread_local=False)


def test_others_wait_for_the_process_that_compiles(load, lock, tmp_path):
    with ThreadPoolExecutor() as pool, lock:
        waiting = pool.submit(load)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        (tmp_path / "aside").rename(lock.lock_file.removesuffix(".lock"))
        lock.release()
        assert waiting.result(timeout=20) == 1, "what the other has compiled is loaded"


def test_nobody_waits_for_ever(load, lock, monkeypatch):
    monkeypatch.setattr(compiling, "MOST_WAIT", 0.1)
    with lock:
        assert load() == 0
        assert load() == 1


def test_without_locks_nobody_waits(load, monkeypatch):
    def none(*_):
        raise NotImplementedError

    monkeypatch.setattr(FileLock, "acquire", none)
    assert load() == 0
    assert load() == 1
