"""The data file of published facts, its halves, and the functions that measure them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.config.compose import load_config
from sim.experiments.validation.facts import (
    ESTIMATORS,
    STATUSES,
    WEIGHTS,
    functions,
    halves,
    markets_of,
    targets,
)
from sim.files import CONFIGS, names
from sim.params import numbers

FACTS = targets().facts


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_has_source_bounds_and_both_languages(name):
    fact = FACTS[name]
    assert fact.source
    assert fact.published
    assert fact.title["en"]
    assert fact.title["zh"]
    assert fact.group in WEIGHTS
    assert fact.status in STATUSES
    for one in fact.figures.values():
        assert one.en
        assert one.zh
        assert one.low < one.high
        assert one.estimator in ESTIMATORS
        assert one.group in WEIGHTS
        assert one.status in STATUSES
        assert set(one.markets) <= set(names(CONFIGS / "market", "yaml"))


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_measured_and_says_how(name):
    fact = FACTS[name]
    assert functions(name)
    for one in functions(name):
        assert len((one.function.__doc__ or "").split()) > 10
        assert markets_of(one, fact)


def test_families_stay_together_and_the_halves_are_those_that_were_drawn():
    """The halves were drawn once, before anything was fitted: they must never change."""
    known = targets()
    first, second = known.halves
    assert sorted([*first, *second]) == sorted(FACTS)
    for family in known.families:
        assert {*family} <= {*first} or {*family} <= {*second}
    assert known.seed == 20261126
    assert first == (
        "E01", "E02", "E08", "E13", "E17", "E20", "E21", "E30", "E36", "E37", "E41", "E47", "E48",
        "E49",
    )  # fmt: skip
    assert {*known.inputs} <= {*first}


def test_families_of_used_facts_are_never_called_unused():
    known = targets()
    assert set(known.never_used) == set(FACTS) - {
        name for family in known.families
        if {*family} & {*known.inputs, *known.considered} for name in family
    }  # fmt: skip
    assert "E04" not in known.never_used, "E07 is of its family"


def test_a_fact_whose_publication_a_number_cites_counts_as_considered():
    sources = {
        known.source
        for market in names(CONFIGS / "market", "yaml")
        for _, known, _ in numbers(load_config(f"market={market}"))
    }
    for name, fact in FACTS.items():
        cited = re.findall(r"([A-Z][\w ]+?)[, &][^;]*?((?:19|20)\d\d)", fact.source)
        known = [s for s in sources for author, year in cited if author in s and year in s]
        assert not known or name in targets().considered, (name, known)


def test_halves_take_whole_families_and_depend_on_the_seed():
    families = [("A", "B"), ("C",), ("D",), ("E", "F", "G"), ("H",)]
    drawn = {halves(families, seed) for seed in range(20)}
    assert len(drawn) > 1
    for first, second in drawn:
        assert ("A" in first) == ("B" in first)
        assert sorted([*first, *second]) == list("ABCDEFGH")


def test_only_validation_reads_the_targets():
    """No number of the model can depend on what it will be compared with."""
    root = Path(sim.__file__).parent
    for path in root.rglob("*.py"):
        inside = path.is_relative_to(root / "experiments" / "validation")
        if not inside and re.search(r"targets\.yaml", path.read_text(encoding="utf-8")):
            raise AssertionError(path)
        if path.is_relative_to(root / "reporting") or path.is_relative_to(root / "cli") or inside:
            continue
        assert "experiments.validation" not in path.read_text(encoding="utf-8"), path
