"""A market too large for the memory is refused before it starts, with what would fit."""

from __future__ import annotations

import psutil
import pytest

import sim
from sim.config.compose import load_config
from sim.model import memory
from sim.runs.executors import workers


def test_a_market_too_large_for_the_memory_is_refused_with_what_would_fit(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 2 * 10**9)
    config = load_config("population.customers=3000000")
    memory.check_memory(config)
    with pytest.raises(sim.ConfigError, match=r"memory: population\.customers=3000000 "):
        sim.compare(config, "ad_blitz", "community_building")
    with pytest.raises(memory.TooLittleMemory) as refused, workers(config, False):
        pass
    fits = dict(word.split("=") for word in refused.value.fits.split(", "))
    assert set(fits) == {"population.customers"}
    smaller = load_config(f"population.customers={fits['population.customers']}", "threads=2")
    memory.check_memory(smaller, 2)
    config = load_config("population.customers=900000", "threads=4")
    with pytest.raises(memory.TooLittleMemory, match="threads=1"):
        memory.check_memory(config, 4)
    memory.check_memory(config, 1)


def test_limits_of_control_groups_count(tmp_path):
    for name, text in (
        ("memory.max", "1000\n"), ("memory.current", "900\n"),
        ("memory.stat", "anon 1\ninactive_file 300\n"),
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
    assert list(memory._left_in(tmp_path, "memory.max", "memory.current")) == [400]
    (tmp_path / "memory.max").write_text("max\n")
    assert list(memory._left_in(tmp_path, "memory.max", "memory.current")) == []
    assert 0 < memory.available() <= psutil.virtual_memory().total
