"""The command line: answers, and one clear line with exit code 2 for whatever is wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from sim.__main__ import main, parse
from sim.params import ConfigError

QUICK = ["population.customers=500", "weeks=26", "pairs=3", "threads=1"]


def test_words_are_sorted():
    call = parse(["compare", "a", "talk.rate=1", "--lang=zh", "b", "~firms.x", "--out", "there"])
    assert (call.verb, call.names) == ("compare", ["a", "b"])
    assert call.overrides == ["talk.rate=1", "~firms.x"]
    assert (call.options["lang"], call.options["out"]) == ("zh", "there")
    with pytest.raises(ConfigError, match=r"Did you mean '--lang'"):
        parse(["run", "--lnag", "en"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["rnu"],
            "rnu: no such verb; allowed run, compare, scenarios, claims, map, calibrate, validate, "
            "explain, plan. Did you mean 'run'?",
        ),
        (["compare", "ad_blitz", "--arm", "talk.rate=0", *QUICK], 'not of the form "name: plan'),
        (["compare", "ad_blitz", "--arm", "ad_blitz: talk.rate=0", *QUICK], "two arms have one"),
        (["compare", "ad_blitz", "ad_blitz", "--doubt", "x"], "--doubt x: needs a whole number"),
        (["calibrate", "cdnwo"], "Did you mean 'cdnow'?"),
        (["validate", "E14"], "allowed coverage, E13"),
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
        (["run", "--seed", "3"], "--seed: no such option"),
        (["explain", "tlak"], "no such table, parameter or KPI. Did you mean 'talk'?"),
        (["plan"], "allowed template, list"),
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


def test_run_writes_a_complete_folder(in_folder, capsys):
    assert main(["run", "ad_blitz", *QUICK]) == 0
    folder = in_folder / "results" / "run-ad_blitz"
    assert {p.name for p in folder.iterdir()} == {
        "config.yaml", "provenance.json",
        *(
            f"{p}.{e}"
            for p in ("figure", "customers", "sales", "organisation")
            for e in ("png", "svg")
        ),
        *(f"{t}.{e}" for t in ("weekly", "yearly", "ledger") for e in ("csv", "parquet")),
    }  # fmt: skip
    made = json.loads((folder / "provenance.json").read_text())
    assert made["seed"] == 1
    assert made["overrides"] == QUICK
    weekly = pd.read_parquet(folder / "weekly.parquet")
    assert len(weekly) == 26 * 4
    shown = capsys.readouterr().out
    assert "results/run-ad_blitz" in shown
    assert "reaches beyond week 26" in shown


def test_compare_answers_and_writes(in_folder, capsys):
    assert main(["compare", "ad_blitz", "community_building", *QUICK]) == 0
    folder = in_folder / "results" / "compare-ad_blitz-community_building"
    assert {p.name for p in folder.iterdir()} == {
        "answer.txt", "config.yaml", "provenance.json",
        *(f"{f}.{e}" for f in ("figure", "arms") for e in ("png", "svg")),
        *(f"{t}.{e}" for t in ("comparison", "replicates") for e in ("csv", "parquet")),
    }  # fmt: skip
    shown = capsys.readouterr().out
    answer = (folder / "answer.txt").read_text()
    assert "95 % interval" in answer
    assert "alder: " in answer
    assert "luck, with every parameter at its declared value" in shown.replace("\n", " ")


def test_arms_doubt_and_json(in_folder, capsys):
    arm = "dear: ad_blitz firms.alder.list_price=44"
    call = ["compare", "ad_blitz", "--arm", arm, "--doubt", "3", "--json", *QUICK]
    assert main(call) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["arms"] == ["ad_blitz", "dear"]
    assert out["doubt"]["settings"] == 3
    folder = in_folder / "results" / "compare-ad_blitz-dear"
    assert out["folder"].endswith("compare-ad_blitz-dear")
    assert (folder / "doubt.png").stat().st_size > 10_000
    kept = sorted(p.name for p in (in_folder / "results" / ".replicates").rglob("*.npz"))
    assert main([*call[: -len(QUICK) - 1], "--all", *QUICK]) == 0
    shown = capsys.readouterr().out
    assert "chance best" in shown
    assert "click rate" in shown
    assert kept == sorted(p.name for p in (in_folder / "results" / ".replicates").rglob("*.npz"))


def test_ones_own_plan_from_template_to_answer(in_folder, capsys):
    assert main(["plan", "template", "mine.csv"]) == 0
    path = in_folder / "mine.csv"
    path.write_text(path.read_text().replace("Q1,alder,community,0", "Q1,alder,community,500000"))
    assert main(["compare", "ad_blitz", "mine.csv", *QUICK, "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "利润" in shown
    assert "mine" in shown
    assert main(["plan", "list"]) == 0
    assert "ad_blitz: alder 6,000,000" in capsys.readouterr().out


def test_explain_shows_everything(in_folder, capsys):
    assert main(["explain"]) == 0
    everything = capsys.readouterr().out
    for word in ("talk.rate", "hear", "repeat_rate", "复购率", "window_buyers", "broadcast"):
        assert word in everything
    assert main(["explain", "talk"]) == 0
    some = capsys.readouterr().out
    assert "talk.candour" in some
    assert "choice.inertia" not in some


def test_help_and_version(capsys):
    assert main([]) == main(["--help"]) == main(["run", "--help"]) == 0
    assert main(["--version"]) == 0
    assert "gtm-dynamics" in capsys.readouterr().out


def test_help_loads_nothing_heavy():
    code = (
        "import sys, sim.__main__ as m; m.main(['--help']); m.main(['rnu']);"
        "print([n for n in ('numba', 'hydra', 'matplotlib', 'pandas', 'mesa') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
