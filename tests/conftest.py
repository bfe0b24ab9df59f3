"""Small simulated markets for tests. Seeds are fixed; nothing depends on time or machine."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest

import sim
from sim.config.schema import Config
from sim.model.world import World

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def default() -> Config:
    """The shipped default; copy before changing."""
    return sim.load_config()


@pytest.fixture
def small(default: Config) -> Config:
    """The default market with a few hundred customers and one year, without a warm-up."""
    config = copy.deepcopy(default)
    config.population.customers = 300
    config.weeks = 52
    config.warmup = 0
    config.threads = 1
    return config


def keep_firms(config: Config, count: int) -> Config:
    """The same market with the first ``count`` firms."""
    out = copy.deepcopy(config)
    for name in list(out.firms)[count:]:
        del out.firms[name]
    return out


def same_worlds(a: World, b: World) -> None:
    """Fail unless two worlds have the same state and the same ledger, to the bit."""
    import numpy as np

    one, two = a.engine.columns(), b.engine.columns()
    for name, column in one.items():
        assert column.dtype == two[name].dtype, name
        assert np.array_equal(column, two[name]), (name, a.week)
    for name in ("accounts", "contacts", "clicks", "spend", "cells", "leads"):
        assert np.array_equal(getattr(a.ledger, name)(), getattr(b.ledger, name)()), (name, a.week)
    for record, twin in zip(a.ledger.records(), b.ledger.records(), strict=True):
        assert np.array_equal(record.touched, twin.touched), a.week
        assert np.array_equal(record.surveyed, twin.surveyed), a.week
    for one_firm, other in zip(a.firms, b.firms, strict=True):
        here, there = one_firm.state(), other.state()
        assert all(np.array_equal(here[k], there[k]) for k in here), a.week
    for name, rows in a.logs.items():
        assert all(map(np.array_equal, rows, b.logs[name])), (name, a.week)


def measured(config: Config, target: str) -> dict[str, float]:
    """The figures of a published fact, measured in one market."""
    from sim.experiments.targets import Measurement
    from sim.runs.record import tables_of
    from sim.runs.store import Store, encode

    one, store = Measurement.of(config, 1, [target]), Store(None)
    store.add(encode(tables_of(one())))
    return one.figures(store)[target]


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


os.environ.setdefault("COLUMNS", "200")
