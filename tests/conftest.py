"""Small simulated markets for tests. Seeds are fixed; nothing depends on time or machine."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import sim
from sim.config.schema import Config
from sim.model.world import World

if TYPE_CHECKING:
    from sim.experiments.validation.scorecard import Scorecard

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


def scorecard_of(fact: str, value: float | None = None) -> Scorecard:
    """A scorecard of one fact, whose figures all have a value: by default their lower bound."""
    import numpy as np

    from sim.experiments.validation.facts import targets
    from sim.experiments.validation.score import Finding
    from sim.experiments.validation.scorecard import EFFORTS, Scorecard

    known = targets().facts[fact]
    findings = [
        Finding(known, one, market, values, values, np.zeros(0))
        for one in known.figures.values() for market in one.markets
        for values in [np.full(3, one.low if value is None else value)]
    ]  # fmt: skip
    return Scorecard(tuple(findings), EFFORTS["quick"], "quick", "0" * 32)


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in threads of this process: a process needs two seconds to begin."""
    from sim.runs.executors import workers

    monkeypatch.setattr("sim.runs.engine.workers", lambda config, _: workers(config, False))


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


os.environ.setdefault("COLUMNS", "200")
