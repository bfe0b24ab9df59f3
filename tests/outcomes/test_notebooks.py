"""What a notebook shows of results: a few lines of text, and a small table."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.experiments.claims import ClaimResult
from sim.experiments.regions import Region
from sim.experiments.scenarios import need
from sim.experiments.uncertainty import Uncertainty
from sim.outcomes.paired import paired
from sim.runs.address import Addresses
from sim.runs.arms import arms

MOST_LINES = 12
MOST_LETTERS = 1200


@pytest.fixture(scope="module")
def results():
    """Every kind of result that the package returns."""
    config = sim.load_config(
        "population.customers=200", "weeks=8", "warmup=0", "threads=1", "smallest_effect=0",
        "log.purchases=true",
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = sim.simulate(config, plan="ad_blitz")
        comparison = sim.compare(config, "ad_blitz", "community_building", replicates=2)
        world = sim.start(config)
        sim.step(world)
    return {"Config": config, "Run": run, "Comparison": comparison, "World": world}


@pytest.mark.parametrize("kind", ["Config", "Run", "Comparison", "World"])
def test_results_are_shown_in_short(results, kind):
    result = results[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text, html = repr(result), result._repr_html_()
    assert text.startswith(f"{kind}: ")
    assert str(result) == text
    assert len(text) < MOST_LETTERS
    assert text.count("\n") < MOST_LINES
    assert "alder" in html
    assert "<table" in html
    assert kind not in ("Run", "Comparison") or f"<p>{kind}: " in html
    assert len(html) < 6000


def test_the_text_names_arms_and_profit(results):
    text = repr(results["Comparison"])
    assert "2 paired runs of 8 weeks" in text
    for word in ("ad_blitz", "community_building", "profit", "alder"):
        assert word in text


def test_names_are_not_read_as_html():
    config = sim.load_config(
        "population.customers=200", "weeks=4", "warmup=0", "threads=1", "smallest_effect=0"
    )
    result = sim.compare(config, {"<b>x</b>": "ad_blitz", "y": "ad_blitz"}, replicates=2)
    assert "<b>" not in result._repr_html_()


def test_other_results_are_shown_in_one_line():
    claim = need("S1").claims[0]
    effect = paired(np.zeros(3), np.array([1.0, 2.0, 3.0]))
    settings, config = np.zeros((3, 1)), sim.load_config()
    for result in (
        need("S1"),
        ClaimResult("S1", claim, "brand", effect, 0.1, None, (0.0, 0.0, 0.0), 0.0),
        Region(claim, "brand", ("x",), settings, np.array([1.0, 2.0, -1.0])),
        Uncertainty(("a", "b"), "f", "profit", ("x",), settings, np.zeros((2, 3, 2)), config),
    ):
        text = repr(result)
        assert text.startswith(f"{type(result).__name__}: ")
        assert "\n" not in text
        assert len(text) < 300


def test_the_text_of_a_configuration_is_no_part_of_a_replicates_name(results, monkeypatch):
    """Stored replicates are found by values, so their names differ wherever a value does."""
    config = results["Config"]
    first = _address(config)
    assert _address(replace(config, currency="EUR")) == first
    other = replace(config, talk=replace(config.talk, rate=config.talk.rate + 1e-12))
    assert _address(other) != first


def _address(config):
    return Addresses(config, arms(["ad_blitz", "community_building"], config)).of(1)
