"""Configuration: declared once, composed of files and overrides, and strict."""

from __future__ import annotations

import dataclasses
import shutil

import pytest
import yaml

import sim
from sim import files
from sim.config.compose import from_yaml, options, override, to_yaml
from sim.config.renamed import RENAMED, RENAMED_MECHANISMS, new_name
from sim.config.schema import NAMED
from sim.market.firms import Scorecard
from sim.params import MECHANISMS, ConfigError, declared, numbers
from sim.runs.arms import arm, parse_arm


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("tlak.rate=0.1", "unknown key tlak"),
        ("talk.rte=0.1", "Did you mean 'talk.rate'?"),
        ("+talk.rte=0.1", "unknown key talk.rte"),
        ("++extra=1", "unknown key extra"),
        ("+firms.elm={id: 5, list_prise: 3}", "Did you mean 'firms.elm.list_price'?"),
        ("+firms.elm.id=1", "firms.elm.id=1 is also the id of alder"),
        ("talk.rate=often", "talk.rate"),
        ("talk.ties=2.5", "talk.ties"),
        ("talk.rate=2", "talk.rate=2.0 is out of bounds: allowed 0 to 1"),
        ("talk.rate=nan", "out of bounds"),
        ("talk.rate=-0.1", "out of bounds"),
        ("population.customers=0", "population.customers=0 is out of bounds: allowed 1"),
        ("weeks=0", "weeks=0 is out of bounds"),
        ("market=bramd", "no such market; allowed brand"),
        ("market=bramd", "Did you mean 'brand'?"),
        ("engine=colummar", "Did you mean 'columnar'?"),
        ("start=soon", "start=soon is not a date"),
        ("activities.broadcast.owner=sails", "Did you mean 'sales'?"),
        ("+firms.alder.budget.radio=5", "unknown activity"),
        ("firms.alder.budget.broadcast=-5", "out of bounds"),
        ("talk=", "talk"),
        ("a b=", ""),
        ("talk.rate", ""),
    ],
)
def test_a_wrong_word_is_one_clear_line(word, said):
    with pytest.raises(ConfigError) as caught:
        sim.load_config(word)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value).strip()


def test_every_number_says_what_it_is(default):
    for name, known, value in numbers(default):
        assert known.unit, name
        assert known.meaning.endswith("."), name
        assert known.source, name
        assert known.low <= known.default <= known.high or known.unit == "key", name
        assert known.low <= value <= known.high, name


def test_an_assumption_has_a_reason(default):
    """All declared groups are checked, including those without an item in the default market."""
    groups = {*NAMED.values(), *(type(v) for v in vars(default).values()), type(default)}
    groups |= {
        f.default_factory
        for group in tuple(groups)
        if dataclasses.is_dataclass(group)
        for f in dataclasses.fields(group)
    }
    checked = 0
    for group in filter(dataclasses.is_dataclass, groups):
        for name, known in declared(group).items():
            kind, _, reason = known.source.partition(":")
            assert kind != "assumption" or reason.strip(), f"{group.__name__}.{name}"
            checked += 1
    assert checked > 150


def test_the_resolved_configuration_reads_back(default):
    assert from_yaml(to_yaml(default)) == default


def test_a_firm_can_be_added_and_taken_away():
    config = sim.load_config("+firms.elm={id: 9, awareness: 0.1}", "~firms.dogwood")
    assert list(config.firms) == ["alder", "birch", "cedar", "elm"]


def test_a_firm_needs_an_id():
    with pytest.raises(ConfigError, match=r"firms.elm.id=0 is out of bounds"):
        sim.load_config("+firms.elm={}")


def test_an_override_returns_a_checked_copy(default):
    changed = override(default, "talk.rate=0.2")
    assert changed.talk.rate == 0.2
    assert default.talk.rate != 0.2
    with pytest.raises(ConfigError, match=r"talk.rte"):
        override(default, "talk.rte=1")


@pytest.mark.parametrize("market", options("market"))
def test_shipped_files_state_differences_only(market):
    """A market file repeats no default (activities and firms apart)."""
    said = yaml.safe_load((files.CONFIGS / "market" / f"{market}.yaml").read_text(encoding="utf-8"))
    default = sim.Config()
    for group, values in said.items():
        if group in NAMED:
            continue
        if not isinstance(values, dict):
            assert getattr(default, group) != values, group
            continue
        for key in values:
            assert key in {f.name for f in dataclasses.fields(getattr(default, group))}


@pytest.fixture
def renamed(monkeypatch):
    """Parameters and a mechanism with former names."""
    monkeypatch.setitem(RENAMED, "talk.chattiness", "talk.rate")
    monkeypatch.setitem(RENAMED, "firms.*.sales.people", "firms.*.sales.reps")
    monkeypatch.setitem(RENAMED, "replicas", "seed")
    monkeypatch.setitem(RENAMED_MECHANISMS, "chatting", "talk")


@pytest.mark.usefixtures("renamed")
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("talk.chattiness=0.1", "talk.chattiness: now called talk.rate."),
        ("+talk.chattiness=0.1", "talk.chattiness: now called talk.rate."),
        ("talk={chattiness: 0.1}", "talk.chattiness: now called talk.rate."),
        ("replicas=3", "replicas: now called seed."),
        (
            "firms.alder.sales.people=3",
            "firms.alder.sales.people: now called firms.alder.sales.reps.",
        ),
        (
            "+firms.elm={id: 9, sales: {people: 3}}",
            "firms.elm.sales.people: now called firms.elm.sales.reps.",
        ),
        (
            "+eras.boom={key: talk.chattiness}",
            "eras.boom.key=talk.chattiness: now called talk.rate.",
        ),
        ("off=[chatting]", "off=chatting: now called talk."),
    ],
)
def test_a_former_name_is_refused_with_the_present_one(default, word, said):
    for use in (sim.load_config, lambda word: override(default, word), _arm(default)):
        with pytest.raises(ConfigError) as caught:
            use(word)
        assert str(caught.value) == said


def _arm(default):
    """Use a word as ``--arm`` does."""
    return lambda word: arm("", parse_arm(f"mine: '{word}'")[1], default)


@pytest.mark.usefixtures("renamed")
def test_a_former_name_in_a_file_is_refused_with_the_present_one(tmp_path, monkeypatch, default):
    place = tmp_path / "configs"
    shutil.copytree(files.CONFIGS, place)
    monkeypatch.setattr(files, "CONFIGS", place)
    (place / "market" / "old.yaml").write_text("# @package _global_\ntalk: {chattiness: 0.1}\n")
    said = r"^talk\.chattiness: now called talk\.rate\.$"
    with pytest.raises(ConfigError, match=said):
        sim.load_config("market=old")
    with pytest.raises(ConfigError, match=said):
        from_yaml(to_yaml(default).replace("talk:\n  rate:", "talk:\n  chattiness:"))


def test_exactly_one_of_a_former_and_a_present_name_exists(default):
    known = {name for name, _, _ in numbers(default)}
    known |= {f"kpis.alder.{f.name}" for f in dataclasses.fields(Scorecard)}
    for old in RENAMED:
        key = old.replace("*", "alder")
        assert (key in known) != (new_name(key) in known), old
    for old, new in RENAMED_MECHANISMS.items():
        assert (old in MECHANISMS) != (new in MECHANISMS), old
    assert new_name("talk.rate") is None


def test_no_activity_name_stands_in_the_code(default):
    from pathlib import Path

    code = {p: p.read_text(encoding="utf-8") for p in Path(sim.__file__).parent.rglob("*.py")}
    for name in default.activities:
        for path, words in code.items():
            assert f'"{name}"' not in words, (name, path.name)
