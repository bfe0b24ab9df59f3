"""Every verb: answers, results folders, and one line with exit code 2 for any bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.cli.app import main
from sim.cli.verbs.claims import MOST_POINTS
from sim.experiments import cdnow, coverage, scenarios
from sim.experiments.coverage import Coverage
from sim.experiments.map import AXES, HORIZONS, POINTS, Chart
from sim.experiments.regions import MOST
from sim.experiments.validation.facts import targets
from tests.conftest import scorecard_of

QUICK = ["population.customers=500", "weeks=26", "replicates=3", "threads=1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["rnu"],
            "rnu: no such verb; allowed run, compare, sweep, scenarios, register, claims, map, "
            "calibrate, validate, benchmark, explain, plan, market, results, completion. "
            "Did you mean 'run'?",
        ),
        (["compare", "ad_blitz", "--arm", "talk.rate=0", *QUICK], 'not of the form "name: plan'),
        (["compare", "ad_blitz", "--arm", "ad_blitz: talk.rate=0", *QUICK], "two arms have one"),
        (
            ["compare", "ad_blitz", "ad_blitz", "--uncertainty", "x"],
            "--uncertainty x: needs a whole number",
        ),
        (["calibrate", "cdnwo"], "Did you mean 'cdnow'?"),
        (["validate", "E99"], "allowed coverage, economy, audit, E01"),
        (["run", "cdnow", "~firms.shop", *QUICK], "needs a firm called shop"),
        (["run", "ad_blits", *QUICK], "Did you mean 'ad_blitz'?"),
        (["run", "nowhere.csv", *QUICK], "neither a file nor a plan"),
        (["run", "ad_blitz", "community_building", *QUICK], "at most one plan; found 2"),
        (["compare", "ad_blitz", *QUICK], "needs two arms or more; found 1"),
        (["compare", "ad_blitz", "bad.csv", *QUICK], "plan bad, row 2, column activity"),
        (["run", "tlak.rate=0.1"], "unknown key tlak"),
        (["run", "+extra=1"], "unknown key extra"),
        (["run", "talk.rate=x"], "needs a number, allowed 0 to 1"),
        (["run", "population.customers=0"], "out of bounds"),
        (["run", "--lang", "fr"], "--lang fr: no such language; allowed en, zh"),
        (["run", "--out"], "--out needs a value"),
        (["run", "--out="], "--out needs a value"),
        (["run", "--seed", "3"], "--seed: no such option"),
        (["run", "--lnag", "en"], "Did you mean '--lang'?"),
        (["run", "-x"], "-x: no such option"),
        (
            ["run", "--points", "8"],
            "--points: not an option of gtm run but of sweep, claims, map; allowed --timings,",
        ),
        (["compare", "--json=1"], "--json takes no value"),
        (["rnu", "--out", "there"], "rnu: no such verb"),
        (["--out", "there", "rnu"], "rnu: no such verb"),
        (["claims", "--points", "1025"], "allowed 0 to 1024"),
        (["claims", "lead_to_csh"], "Did you mean 'lead_to_cash'?"),
        (["map", "brand"], "gtm map takes no name; found 1: brand."),
        (["scenarios", "S1"], "gtm scenarios takes no name"),
        (["completion"], "takes the name of one shell; found 0."),
        (["completion", "bsh"], "allowed bash, zsh, fish. Did you mean 'bash'?"),
        (["explain", "tlak"], "no such table, parameter or term. Did you mean 'talk'?"),
        (["plan"], "allowed template, check, list"),
        (["plan", "tempalte"], "Did you mean 'template'?"),
        (["plan", "template", "taken.csv"], "taken.csv exists; name another file"),
        (["plan", "template", "no/such/folder.csv"], "cannot write"),
        (["run", "ad_blitz", "--out", "taken.csv", *QUICK], "cannot write to taken.csv"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(in_folder, capsys, words, said):
    (in_folder / "bad.csv").write_text("quarter,firm,activity,amount\nQ1,alder,brodcast,5\n")
    (in_folder / "taken.csv").write_text("mine")
    before = sorted(p.name for p in in_folder.rglob("*"))
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("gtm: ")
    assert shown.err.count("\n") == 1
    assert said in shown.err
    left = sorted(p.name for p in in_folder.rglob("*") if p.name != "results")
    assert left == before
    assert (in_folder / "taken.csv").read_text() == "mine"


def test_as_many_points_as_regions_can_have():
    assert MOST_POINTS == 2**MOST


@pytest.mark.slow
def test_run_writes_a_complete_folder(in_folder, capsys):
    assert main(["run", "ad_blitz", *QUICK]) == 0
    folder = in_folder / "results" / "run-ad_blitz"
    assert {p.name for p in folder.iterdir()} == {
        "answer.txt", "config.yaml", "provenance.json", "columns.csv",
        *(
            f"{p}.{e}"
            for p in ("figure", "customers", "sales", "organisation")
            for e in ("png", "svg")
        ),
        *(f"{t}.{e}" for t in ("weekly", "yearly", "total", "ledger") for e in ("csv", "parquet")),
    }  # fmt: skip
    made = json.loads((folder / "provenance.json").read_text())
    assert made["seed"] == 1
    assert made["overrides"] == QUICK
    weekly = pd.read_parquet(folder / "weekly.parquet")
    assert len(weekly) == 26 * 4
    shown = capsys.readouterr().out
    assert "results/run-ad_blitz" in shown
    assert "reaches beyond week 26" in shown


@pytest.mark.slow
def test_compare_answers_and_writes(in_folder, capsys, in_threads):
    assert main(["compare", "ad_blitz", "community_building", *QUICK]) == 0
    folder = in_folder / "results" / "compare-ad_blitz-community_building"
    assert {p.name for p in folder.iterdir()} == {
        "answer.txt", "config.yaml", "provenance.json", "columns.csv",
        *(f"{f}.{e}" for f in ("figure", "arms") for e in ("png", "svg")),
        *(
            f"{t}{each}.{e}"
            for t in ("comparison", "replicates")
            for each in ("", "_yearly")
            for e in ("csv", "parquet")
        ),
    }  # fmt: skip
    shown = capsys.readouterr().out
    answer = (folder / "answer.txt").read_text()
    assert "95 % interval" in answer
    assert "Alder earns" in answer
    assert "--uncertainty 60: how sure this is if the assumed numbers are off" in shown


@pytest.mark.slow
def test_arms_uncertainty_and_json(in_folder, capsys, in_threads):
    arm = "dear: ad_blitz firms.alder.list_price=44"
    call = ["compare", "ad_blitz", "--arm", arm, "--uncertainty", "3", "--json", *QUICK]
    assert main(call) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["arms"] == ["ad_blitz", "dear"]
    assert out["uncertainty"]["settings"] == 3
    folder = in_folder / "results" / "compare-ad_blitz-dear"
    assert out["folder"].endswith("compare-ad_blitz-dear")
    assert (folder / "uncertainty.png").stat().st_size > 10_000
    kept = sorted(p.name for p in (in_folder / "results" / "store").rglob("*.parquet"))
    assert main([*call[: -len(QUICK) - 1], "--all", *QUICK]) == 0
    shown = capsys.readouterr().out
    assert "earns less by" in shown
    assert "If the assumed numbers may be off" in shown.splitlines()[0]
    assert "click rate" in shown
    assert kept == sorted(p.name for p in (in_folder / "results" / "store").rglob("*.parquet"))


@pytest.mark.slow
def test_ones_own_plan_from_template_to_answer(in_folder, capsys, in_threads):
    assert main(["plan", "template", "mine.csv"]) == 0
    path = in_folder / "mine.csv"
    path.write_text(path.read_text().replace("Q1,alder,community,0", "Q1,alder,community,500000"))
    assert main(["compare", "ad_blitz", "mine.csv", *QUICK, "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "利润" in shown
    assert "mine" in shown
    assert main(["plan", "list"]) == 0
    assert "ad_blitz (Ad blitz): Alder $6.00 M" in capsys.readouterr().out


def test_explain_shows_everything(in_folder, capsys):
    assert main(["explain"]) == 0
    everything = capsys.readouterr().out
    for word in ("talk.rate", "hear", "repeat_rate", "复购率", "window_buyers", "broadcast"):
        assert word in everything
    assert main(["explain", "talk"]) == 0
    some = capsys.readouterr().out
    assert "talk.negative_wom" in some
    assert "choice.inertia" not in some


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scenarios_are_listed(in_folder, capsys, language):
    assert main(["scenarios", "--lang", language]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in scenarios.names())


@pytest.mark.slow
def test_the_map_passes_on_what_was_asked(in_folder, monkeypatch, capsys):
    asked = {}

    def chart(*overrides, points, **_):
        asked.update(overrides=overrides, points=points)
        at = np.random.default_rng(4).random((80, len(AXES)))
        return Chart(at, np.repeat(at[:, :1] - 0.5, len(HORIZONS), axis=1))

    monkeypatch.setattr("sim.experiments.map.chart", chart)
    assert main(["map", "weeks=53", "--points", "80", "--lang", "zh"]) == 0
    assert asked == {"overrides": ("weeks=53",), "points": 80}
    assert "80 个市场" in capsys.readouterr().out
    assert main(["map"]) == 0
    assert asked == {"overrides": (), "points": POINTS}


def test_the_scorecard_passes_on_what_was_asked(in_folder, monkeypatch, capsys):
    asked, title = {}, targets().facts["E04"].title

    def validate(names, *overrides, mode, settings, **_):
        asked.update(names=names, overrides=overrides, mode=mode, settings=settings)
        return scorecard_of("E04")

    monkeypatch.setattr("sim.experiments.validation.scorecard.validate", validate)
    assert main(["validate", "e04", "weeks=52", "--settings", "4", "--quick"]) == 0
    assert asked == {"names": ["E04"], "overrides": ("weeks=52",), "mode": "quick", "settings": 4}
    shown = capsys.readouterr().out
    assert all(word in shown for word in title["en"].split())  # cells break lines
    written = {p.name for p in (in_folder / "results" / "validate-E04").iterdir()}
    assert written >= {"provenance.json", "columns.csv", "scorecard.csv", "scorecard.parquet",
                       "scorecard.json", "scorecard.png"}  # fmt: skip
    assert main(["validate", "--lang", "zh"]) == 0
    assert asked == {"names": [], "overrides": (), "mode": "full", "settings": None}
    out = capsys.readouterr()
    assert title["zh"] in out.out
    assert "半小时" in out.err
    assert main(["validate", "--stored", "weeks=52"]) == 2
    assert main(["validate", "E4", "--stored"]) == 0
    assert main(["validate", "E03"]) == 2
    assert "E04" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "both"), [("en", ("scenario", "plan")), ("zh", ("情景", "计划"))]
)
@pytest.mark.parametrize(
    ("word", "near"), [("狩猎者", "hunter_vs_farmer"), ("ad_blits", "ad_blitz"), ("q", "")]
)
def test_a_single_name_may_be_a_scenario_or_a_plan(language, both, word, near, capsys):
    assert main(["compare", word, "--lang", language]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(kind in line for kind in both)
    assert (f"{near}'" in line or f"{near}”" in line) if near else line.endswith((").", "）。"))


def test_the_path_of_a_file_is_a_plan(in_folder, capsys):
    assert main(["compare", "mine.csv"]) == 2
    assert "neither a scenario" not in capsys.readouterr().err
    Path("mine").write_text("quarter,activity,amount\nQ1,service,100\n", encoding="utf-8")
    assert main(["compare", "mine"]) == 2
    assert "neither a scenario" not in capsys.readouterr().err


def test_coverage_is_a_table(monkeypatch, capsys):
    monkeypatch.setattr(coverage, "coverage", lambda *_, **__: [
        Coverage(coverage.COMMON, np.arange(4) < 3, np.arange(4) < 1)
    ])  # fmt: skip
    for language, kind in (("en", "common random numbers"), ("zh", "共同随机数")):
        assert main(["validate", "coverage", "--lang", language]) == 0
        row = next(line for line in capsys.readouterr().out.splitlines() if kind in line)
        assert all(number in row.replace(" %", "%") for number in (" 4 ", "75.0%", "25.0%"))


def test_calibration_writes_its_values(in_folder, monkeypatch, capsys):
    monkeypatch.setattr(cdnow, "infer", lambda *_, **__: ({"flow.inflow": 0.25}, 12.5))
    monkeypatch.setattr(cdnow, "misfit", lambda *_: 10.0)
    assert main(["calibrate", "cdnow"]) == 0
    written = (in_folder / "results" / "calibrate-cdnow" / "values.yaml").read_text()
    value, fit = written.splitlines()
    assert value == "flow.inflow: 0.25"
    assert fit.startswith("# deviance 12.5; the values now in use have 10.0")
    assert written in capsys.readouterr().out
