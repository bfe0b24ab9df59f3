"""Plans on the command line: check, run and compare say what was understood."""

from __future__ import annotations

import hashlib
import json

import pytest

from sim.cli.app import main

OWN = "quarter,firm,activity,amount\nQ1,OurBrand,TV,130000\nQ1,OurBrand,TV,130000\n"
ALIASES = ["--alias", "I am OurBrand", "--alias", "TV is broadcast"]
TINY = ["population.customers=200", "weeks=20", "warmup=0", "threads=1"]


@pytest.fixture
def own(in_folder):
    (in_folder / "own.csv").write_text(OWN, encoding="utf-8")
    return in_folder


def _check(capsys, *words):
    code = main(["plan", "check", *words])
    shown = capsys.readouterr()
    return code, " ".join(shown.out.split()), shown.err


def test_a_check_says_what_was_understood(own, capsys):
    code, out, err = _check(capsys, "own.csv", *ALIASES)
    assert (code, err) == (0, "")
    assert "Plan own: Alder $260 k (broadcast $260 k); weeks 1 to 13 (Q1), week 1 begins on" in out
    assert "2027-01-04" in out
    assert "OurBrand is Alder; TV is broadcast" in out
    assert "2 rows for the same period, firm and activity added up to 1: 2, 3" in out
    assert "ends in week 13 of 156: from then on Alder spends nothing" in out
    assert "after_plan=keep repeats" in out
    assert out.count("260,000.00") == 3, "by activity, in total, and by period"


def test_a_check_speaks_chinese(own, capsys):
    (own / "names.csv").write_text("TV,大众广告\nOurBrand,birch\n", encoding="utf-8")
    code, out, _ = _check(
        capsys, "own.csv", "--aliases", "names.csv", "after_plan=keep", "--lang", "zh"
    )
    assert code == 0
    assert "计划“own”：白桦 26.0 万美元（大众广告 26.0 万美元）；第 1 至 13 周（Q1）" in out
    assert "其后白桦重复该周（after_plan=keep）" in out


def test_a_check_lists_faults_and_fails(own, capsys):
    code, out, err = _check(capsys, "own.csv")
    assert code == 2
    assert out == ""
    first, second = err.splitlines()
    assert first.startswith("gtm: plan own, row 2, column firm: unknown firm 'OurBrand'; allowed")
    assert 'An own name is told by --alias "TV is broadcast".' in second
    assert list(own.iterdir()) == [own / "own.csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "check"], "gtm plan check needs the name of a file."),
        (["plan", "check", "none.csv"], "neither a file nor a plan of the package"),
        (["run", "own.csv"], "(and 1 more; `gtm plan check` lists them)"),
        (["compare", "ad_blitz", "own.csv"], "unknown firm 'OurBrand'"),
        (["run", "own.csv", "--decimal", "x"], "--decimal x: allowed . ,"),
        (["run", "own.csv", "--dates", "year"], "--dates year: allowed day month."),
        (["run", "own.csv", "--aliases", "none.txt"], "cannot read none.txt"),
        (["run", "ad_blitz", "--decimal", ","], "are about a file with a plan, and none is given"),
        (["run", "--alias", "TV is broadcast"], "and none is given"),
        (["compare", "ad_blitz", "community_building", "--sheet", "x"], "and none is given"),
        (["plan", "list", "--dates", "day"], "and none is given"),
        (["plan", "check", "none.csv", "--lang", "zh"], "既不是文件，也不是随软件提供的计划"),
        (["run", "own.csv", *ALIASES, "after_plan=kepe"], "Did you mean 'keep'?"),
        (["run", "own.csv", *ALIASES, "--sheet", "x"], "--sheet x: is about an Excel workbook"),
        (["plan", "check", "own.csv", *ALIASES, "--sheet", "x"], "a text file has no sheets."),
        (["plan", "check", "ad_blitz", "--dates", "day"], "and none is given"),
        (["run", "my.yaml"], "A market is chosen by market=./my.yaml, a scenario run by"),
        (["compare", "ad_blitz", "a b/my.YML"], "chosen by 'market=a b/my.YML'"),
    ],
)
def test_bad_plans_are_one_line(own, capsys, words, said):
    (own / "my.yaml").write_text("like: brand\n", encoding="utf-8")
    (own / "a b").mkdir()
    (own / "a b" / "my.YML").write_text("like: brand\n", encoding="utf-8")
    assert main(words) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert said in err


def test_a_run_says_the_same_and_keeps_the_plan(own, capsys, monkeypatch):
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)
    assert main(["run", "own.csv", *ALIASES, *TINY]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Plan own: Alder $260 k (broadcast $260 k); weeks 1 to 13 (Q1)" in out
    assert "Plan own as read: OurBrand is Alder; TV is broadcast; 2 rows" not in out
    assert "added up" in out
    kept = own / "results" / "run-own" / "plan.csv"
    assert kept.read_text() == "period,firm,activity,amount\nQ1,alder,broadcast,260000\n"
    made = json.loads((kept.parent / "provenance.json").read_text())["plans_as_understood"]
    assert made["plan.csv"]["sha256"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert made["plan.csv"]["read_from"] == "own.csv"
    code, out, _ = _check(capsys, str(kept))
    assert code == 0
    assert "nothing was added up, left out or passed over" in out


def test_a_comparison_keeps_the_plan_of_every_arm(own, capsys, monkeypatch, in_threads):
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)
    arm = "on: own.csv after_plan=keep"
    quick = [*TINY, "replicates=2", "smallest_effect=0"]
    assert main(["compare", "ad_blitz", "own.csv", "--arm", arm, *ALIASES, *quick]) == 0
    folder = own / "results" / "compare-ad_blitz-own-on"
    answer = (folder / "answer.txt").read_text()
    assert "Not like with like, the arms spend different amounts for Alder: Ad blitz " in answer
    assert "own $260 k, on $400 k" in answer
    assert "Plan own ends in week 13 of 20: from then on Alder spends nothing" in answer
    assert "Plan own (on) ends in week 13 of 20: from then on Alder repeats that week" in answer
    assert {p.name for p in folder.glob("plan*.csv")} == {"plan-own.csv", "plan-on.csv"}


def test_a_chinese_template_is_for_excel_and_checks(in_folder, capsys):
    assert main(["plan", "template", "mine.csv", "--lang", "zh", "--wide"]) == 0
    data = (in_folder / "mine.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").startswith(
        "企业,活动,Q1,Q2,Q3,Q4,备注\nalder,大众广告,0,0,0,0,"
    )
    assert _check(capsys, "mine.csv")[0] == 0
