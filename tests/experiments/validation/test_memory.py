"""Memory inferred from published facts: plausible settings and what they have in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.experiments.validation import memory
from sim.experiments.validation.facts import targets
from sim.experiments.validation.memory import BOUNDS, FACTS, Inference, infer
from sim.reporting.memory import page
from sim.reporting.words import Words


def _inside():
    """A value inside the range of every scored figure."""
    return {
        f"{fact}.{key}": figure.low + 0.001
        for fact in FACTS for key, figure in targets().facts[fact].figures.items() if figure.scored
    }  # fmt: skip


def _found(settings, **moved):
    rows = [dict(zip(BOUNDS, setting, strict=True)) | _inside() for setting in settings]
    table = pd.DataFrame(rows)
    for figure, values in moved.items():
        table[figure.replace("_", ".", 1)] = values
    return Inference(table)


SETTINGS = [(0.4, 0.2, 0.5), (0.6, 0.4, 1.0), (0.8, 0.6, 0.2), (1.0, 0.9, 2.0)]


def test_settings_with_a_figure_outside_its_range_are_not_plausible():
    found = _found(SETTINGS, E02_later=[1.0, 1.1, 1.0, 3.0])
    assert found.plausible.tolist() == [True, True, True, False]
    assert found.interval("level")[1] == pytest.approx(0.6)
    assert found.ridge("level", "fading") == pytest.approx(1.0)
    assert found.ridge("level", "inertia") == pytest.approx(-0.5)


def test_what_cannot_be_measured_rules_nothing_out():
    found = _found(SETTINGS, E01_frequency=[float("nan")] * 4)
    assert found.plausible.all()
    assert "not measured" in page(found, Words("en"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_if_no_setting_is_plausible(language):
    found = _found(SETTINGS, E32_rise=[5.0] * 4)
    assert not found.plausible.any()
    assert np.isnan(found.interval("level")).all()
    assert "0%" in page(found, Words(language))


def test_settings_are_measured_in_the_markets_of_the_facts(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "FACTS", ("E02",))
    monkeypatch.setattr(memory, "CUSTOMERS", 300)
    monkeypatch.setattr(memory, "SEEDS", 1)
    found = infer(2, store=tmp_path).table
    assert [*found] == [*BOUNDS, "E02.later", "E02.nbd"]
    assert np.isfinite(found["E02.later"]).all()
    assert found["E02.later"].nunique() == 2, "settings make a difference"
