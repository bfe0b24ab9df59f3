"""Mechanisms are switched on by files; what is expected of them stands beside what is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from sim.config.compose import load_config, options
from sim.experiments.validation import inside
from sim.experiments.validation.facts import targets
from sim.experiments.validation.mechanisms import GROUP, NONE, effects, mechanisms
from sim.params import ConfigError, numbers
from sim.reporting.mechanisms import inside_page, page
from sim.reporting.words import Words
from tests.conftest import scorecard_of


def test_effects_inside_a_market_are_paired_and_zero_where_nothing_acts(monkeypatch):
    monkeypatch.setattr(inside, "CUSTOMERS", 200)
    monkeypatch.setattr(inside, "SEEDS", 2)
    names = (NONE, "memory", "category", "talk.reward_gain")
    few = [case for case in inside.cases(["brand"]) if case.name in names]
    assert len(few) == len(names)
    monkeypatch.setattr(inside, "cases", lambda _: few)
    monkeypatch.setattr(inside, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    found = inside.effects(["brand"]).set_index(["mechanism", "kpi"])
    assert (found.loc["category", ["difference", "half"]] == 0.0).all(axis=None)
    assert found.loc[("memory", "orders"), "difference"] > 0.0
    assert found.loc[("talk.reward_gain", "profit"), "difference"] != 0.0
    for language in ("en", "zh"):
        text = inside_page(found.reset_index(), Words(language))
        assert Words(language).label("orders") in text
        assert "`talk.reward_gain`" in text
        assert "| – | – | – |" in text


def test_every_swept_mechanism_is_off_by_default_and_has_a_row():
    known = {key: value for key, _, value in numbers(load_config())}
    for name in inside.SWEPT:
        mine = [v for key, v in known.items() if key == name or key.endswith(f".{name}")]
        assert mine, name
        assert not any(mine), name


def test_every_expectation_names_a_figure_and_every_mechanism_has_a_file():
    for name, one in mechanisms().items():
        assert name in options(GROUP)
        for expected in one.expected:
            assert expected.figure in targets().facts[expected.fact].figures
            assert expected.why.keys() == {"en", "zh"}


def test_without_mechanisms_the_configuration_is_that_of_before():
    assert load_config() == load_config(f"{GROUP}={NONE}")
    for name in mechanisms():
        assert load_config(f"{GROUP}={name}") != load_config()


def test_an_unknown_mechanism_is_one_line():
    with pytest.raises(ConfigError, match=r"memori: no such mechanisms.*memory"):
        load_config(f"{GROUP}=memori")


@pytest.fixture
def before():
    """A scorecard of the long run of advertising, with three seeds at the declared values."""
    card = scorecard_of("E05")
    seeds = np.array([1.0, 2.0, 4.0])
    return replace(card, findings=tuple(replace(f, declared=seeds) for f in card.findings))


def _moved(card, gaps):
    """The scorecard with declared values moved by gaps, one for each seed."""
    return replace(card, findings=tuple(
        replace(one, declared=one.declared + np.array(gaps)) for one in card.findings
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("gaps", "sign"), [([1.0, 1.1, 0.9], 1), ([-1.0, -1.1, -0.9], -1), ([1.0, -1.0, 0.1], 0)]
)
def test_a_difference_has_a_direction_if_its_interval_leaves_out_zero(before, gaps, sign):
    found = effects(before, _moved(before, gaps))
    assert {one.sign for one in found.values()} == {sign}
    assert {round(one.difference, 9) for one in found.values()} == {round(np.mean(gaps), 9)}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_what_was_expected_and_what_was_found(before, language):
    words, memory = Words(language), mechanisms()["memory"]
    expected = next(one for one in memory.expected if one.fact == "E05")
    assert expected.sign > 0
    full = {NONE: before}
    bare = page({}, full, words)
    assert words.pick(expected.why) in bare
    assert f"| {words.say('mechanism_after')} |" not in bare
    assert bare.count(words.say("mechanism_not_measured")) == len(mechanisms())
    for gaps, found in (([1.0, 1.1, 0.9], "mechanism_as_expected"),
                        ([-1.0, -1.1, -0.9], "mechanism_opposite"),
                        ([1.0, -1.0, 0.1], "mechanism_undecided")):  # fmt: skip
        told = page({NONE: before, "memory": _moved(before, gaps)}, full, words)
        assert words.say("mechanism_found", sign="+", found=words.say(found)) in told
    together = {NONE: before, "revised": _moved(before, [99.0, 99.1, 99.2])}
    assert words.say("mechanism_moved") not in page({}, full, words)
    for both in ((together, full), ({}, together)):
        assert words.say("mechanism_moved") in page(*both, words)
