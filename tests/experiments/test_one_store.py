"""One engine and one store: what one experiment has simulated, every other finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

from sim import files
from sim.experiments import claims, regions
from sim.experiments.compare import compare
from sim.experiments.scenarios import need
from sim.experiments.uncertainty import uncertainty
from sim.experiments.validation.scorecard import Measurement, validate
from sim.runs import engine as module
from sim.runs.engine import engine
from sim.runs.executors import Execution
from sim.runs.jobs import simulate_job
from tests.experiments.test_scenarios import TOY

WORDS = ("population.customers=200", "weeks=40", "warmup=0", "threads=1")


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A scenario of three arms."""
    (tmp_path / "S99_toy.yaml").write_text(yaml.safe_dump(TOY, allow_unicode=True))
    monkeypatch.setattr(files, "SCENARIOS", tmp_path)
    return need("toy")


@pytest.fixture
def simulated(monkeypatch):
    """How many runs each job simulates."""
    found = []
    monkeypatch.setattr(
        module, "simulate_job", lambda job: found.append(len(job.arms)) or simulate_job(job)
    )
    return found


def _tested(toy, folder, where=False):
    """Claims and regions, with an engine of their own."""
    config = toy.config(*WORDS)
    with engine(config, folder, where) as runs:
        found = claims.examine(toy, *WORDS, runs=runs, replicates=2, ablate=False)
        region = regions.explore(toy, *WORDS, points=2, runs=runs)
    return (
        [(one.claim.id, repr(one.effect), one.verdict) for one in found],
        [one.margins.tolist() for one in region],
    )


@pytest.mark.slow
def test_claims_and_regions_find_the_runs_of_a_comparison(toy, tmp_path, simulated):
    config, arms = toy.config(*WORDS), toy.arms_in(toy.config(*WORDS))
    folder = tmp_path / "store"
    with engine(config, folder, False) as runs:
        regions.explore(toy, *WORDS, points=2, runs=runs)
    whole = replace(config, replicates=2, smallest_effect=0.0)
    compared = compare(whole, *arms, store=folder)
    simulated.clear()
    stored = _tested(toy, folder)
    again = compare(whole, *arms[::-1], store=folder)
    assert simulated == []
    assert _tested(toy, None) == stored
    assert sum(simulated) == 2 * 2 + 2 * 2  # two of the three arms are alike
    for arm, same in zip(compared.runs, again.runs[::-1], strict=True):
        for one, other in zip(arm, same, strict=True):
            assert np.array_equal(one.accounts, other.accounts)
            assert np.array_equal(one.cohorts, other.cohorts)


def test_a_comparison_finds_the_runs_of_claims(toy, tmp_path, simulated):
    folder, config = tmp_path / "store", toy.config(*WORDS)
    with engine(config, folder, False) as runs:
        claims.examine(toy, *WORDS, runs=runs, replicates=2, ablate=False)
    simulated.clear()
    whole = replace(config, replicates=3, smallest_effect=0.0)
    compare(whole, *toy.arms_in(config), store=folder)
    assert simulated == [2]  # the third replicate; two of the three arms are alike


@pytest.mark.slow
def test_uncertainty_is_not_simulated_twice(toy, tmp_path, simulated):
    config = toy.config(*WORDS)
    arms = toy.arms_in(config)[:2]
    first = uncertainty(config, *arms, settings=3, store=tmp_path)
    simulated.clear()
    again = uncertainty(config, *arms, settings=3, store=tmp_path)
    assert np.array_equal(first.values, again.values)
    assert simulated == []


@pytest.mark.slow
def test_published_facts_are_not_measured_twice(tmp_path, monkeypatch):
    words = ("population.customers=200", "population.people=200", "threads=1")
    measured, measure = [], Measurement.__call__
    monkeypatch.setattr(
        Measurement, "__call__", lambda one: measured.append(one.names) or measure(one)
    )
    first = validate(["E48"], *words, mode="quick", settings=2, store=tmp_path)
    more = validate(["E48"], *words, mode="quick", settings=2, store=tmp_path)
    assert measured == [("E48:selling.funnel",)] * 4
    assert first.to_json() == more.to_json()


@pytest.mark.slow
def test_processes_and_memory_give_the_same_answers(toy, tmp_path):
    """Folder or memory, this process or others: the answers are equal to the bit."""
    assert _tested(toy, tmp_path / "store", Execution(workers=2)) == _tested(toy, None)
