"""``--json``: every document follows its published schema, and none has NaN in it."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from sim.cli.app import main
from sim.experiments import cdnow, coverage
from sim.experiments.coverage import Coverage
from sim.experiments.scenarios import names
from sim.reporting.json_schema import documents, schema
from sim.reporting.words import Words
from tests.conftest import scorecard_of

SMALL = ["population.customers=200", "weeks=8", "warmup=0", "threads=1", "replicates=2"]

SCENARIO = """
id: X1
name: mine
question: {en: "Does talk pay?", zh: 口碑有用吗？}
story: {en: Two arms., zh: 两个方案。}
base: {weeks: 8, warmup: 0, population.customers: 200}
arms: {with: {}, without: {talk.rate: 0}}
claims:
  - id: X1.1
    statement: {en: Talk pays., zh: 口碑有用。}
    kpi: profit
    firm: alder
    arms: [with, without]
    weeks: [1, 8]
    expect: ">0"
    smallest_effect: 5%
    ablate: [talk]
    rival: {en: It does not., zh: 无用。, expect: "~0"}
"""


def _refuse(word):
    raise AssertionError(f"{word} is no JSON")


def _document(capsys, *words):
    """The document that a command prints, checked against its schema."""
    assert main([*words, "--json"]) == 0
    text = capsys.readouterr().out
    out = json.loads(text, parse_constant=_refuse)
    assert text.isascii(), "prints on every code page"
    form = schema(out["document"], Words("en"))
    jsonschema.validate(out, form, jsonschema.Draft202012Validator)
    return out


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch):
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)


def test_a_run(in_folder, capsys):
    out = _document(capsys, "run", "ad_blitz", "currency=EUR", *SMALL)
    assert out["document"] == "run"
    assert (out["plan"], out["currency"], out["start"]) == ("ad_blitz", "EUR", "2027-01-04")
    assert len(out["total"]) == len(out["firms"]) == 4
    assert out["total"][0]["distribution"] is None, "undefined where firms sell directly"
    assert "Alder" in out["answer"][0]
    assert "beyond week 8" in out["answer"][-1]
    assert "EUR" in out["answer"][-1]


def test_a_cohort(in_folder, capsys, monkeypatch):
    found = replace(cdnow.reference(), repeats=np.ones(cdnow.FORECAST))
    monkeypatch.setattr(cdnow, "study", lambda config, **_: cdnow.Study(config, (found, found)))
    out = _document(capsys, "run", "cdnow", "--lang", "zh")
    assert len(out["weeks"]) == cdnow.FORECAST
    assert out["weeks"][-1]["real"] is None


def test_a_comparison(in_folder, capsys, in_threads):
    out = _document(capsys, "compare", "ad_blitz", "community_building", *SMALL)
    (row,) = [r for r in out["differences"] if (r["firm"], r["kpi"]) == ("alder", "profit")]
    by_year = [r for r in out["differences_by_year"] if r["kpi"] == "profit"]
    assert {r["year"] for r in by_year} == {1}
    assert row["difference"] == pytest.approx(row["b"] - row["a"])
    assert out["uncertainty"] is None


@pytest.mark.slow
def test_a_scenario_of_ones_own_by_its_path(in_folder, capsys, in_threads):
    (in_folder / "mine.yaml").write_text(SCENARIO, encoding="utf-8")
    out = _document(capsys, "compare", "mine.yaml", "replicates=2", "threads=1")
    assert out["arms"] == ["with", "without"]
    assert out["answer"][0] == "Does talk pay?"
    out = _document(capsys, "claims", "./mine.yaml", "--quick", "threads=1")
    (claim,) = out["claims"]
    assert claim["claim"] == "X1.1"
    assert claim["left"] is None
    assert not (in_folder / "results" / ".verdicts.json").exists(), "shipped scenarios only"


def test_facts_and_coverage(in_folder, capsys, monkeypatch):
    found = scorecard_of("E04", np.nan)
    monkeypatch.setattr("sim.experiments.validation.scorecard.validate", lambda *_, **__: found)
    out = _document(capsys, "validate", "E04")
    assert out["score"] == out["group_a"] == 0.0
    assert out["never_used"] is None, "of a family that was considered"
    assert out["facts"][0]["figures"][0]["mean"] is None
    out = _document(capsys, "validate", "--stored", "E04")
    assert [one["fact"] for one in out["facts"]] == ["E04"]
    held = [Coverage("toy", np.array([True, False]), np.array([False, False]))]
    monkeypatch.setattr(coverage, "coverage", lambda *_, **__: held)
    out = _document(capsys, "validate", "coverage")
    assert out["experiments"] == [
        {"name": "toy", "experiments": 2, "held": 0.5, "stopped_early": 0.0}
    ]


def test_scenarios(in_folder, capsys):
    out = _document(capsys, "scenarios", "--lang", "zh")
    assert [one["name"] for one in out["scenarios"]] == names()
    for one in out["scenarios"]:
        assert sum(one["verdicts"].values()) == 0, "not examined yet"
        assert one["first_examination"]["name"] == f"first/{one['name']}"
        assert sum(one["first_examination"]["verdicts"].values())


def test_register(in_folder, capsys):
    out = _document(capsys, "register", "HF", "--lang", "zh")
    first = out["claims"][0]
    assert (first["id"], first["status"], first["replaces"]) == (
        "HF.5", "awaits in some markets", ["HF.1"],
    )  # fmt: skip
    assert first["rival_mechanisms"][0]["in_model"] is True
    assert [one["id"] for one in out["first_examination"]] == ["HF.1", "HF.2", "HF.3", "HF.4"]
    assert out["date"] == first["registered"]
    assert {"hold", "size"} <= set(out["reasons"])
    assert len(out["rules"]) > 3
    assert len(out["notes"]) > 3
    assert set(out["rule"]) == {"en", "zh"}
    (one,) = _document(capsys, "register", "hf.6")["claims"]
    assert one["id"] == "HF.6"
    assert main(["register", "first/HF"]) == 2
    assert "not registered" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["explain", "market", "map", "calibrate", "completion"])
def test_other_verbs_refuse_the_option(in_folder, capsys, verb):
    assert main([verb, "--json"]) == 2
    those = "run, compare, sweep, scenarios, register, claims, validate, benchmark, results"
    said = f"--json: not an option of gtm {verb} but of {those};"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("document", documents())
def test_schemas_are_schemas(document):
    for language in ("en", "zh"):
        form = schema(document, Words(language))
        jsonschema.Draft202012Validator.check_schema(form)
        assert form["properties"]["document"] == {"const": document}
