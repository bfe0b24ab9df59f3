"""``gtm results``: what is stored is shown, verified, removed and queried."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import jsonschema
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim import load_config
from sim.cli.app import main
from sim.reporting.json_schema import schema
from sim.reporting.words import Words, languages
from sim.runs import contents, jobs, query
from sim.runs.arms import arms
from sim.runs.engine import engine
from sim.runs.jobs import Job
from sim.runs.pools import Threads
from sim.runs.store import Store
from tests.conftest import ROOT

BASE = ("population.customers=60", "weeks=5", "warmup=0", "threads=1")
OLD = "0123456789ab"


def _fail(world, weeks, job):
    raise ZeroDivisionError("by zero")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A results folder: runs of two plans, at two rates of talk; a failed one; an older program."""
    root = tmp_path_factory.mktemp("results")
    config, louder = load_config(*BASE), load_config(*BASE, "talk.rate=0.1")
    both = arms(["ad_blitz", "community_building"], config)
    with engine(config, root / "store", False) as runs:
        runs.complete([Job(c, both, seed) for c in (config, louder) for seed in (1, 2)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(jobs, "_run_arm", _fail)
            runs.complete([Job(config, both[:1], 9)])
    (program,) = (root / "store").iterdir()
    shutil.copytree(program, root / "store" / OLD)
    for path in (root / "store" / OLD).rglob("*.parquet"):
        os.utime(path, (1e9, 1e9))
    folder = root / "compare-a-b"
    folder.mkdir()
    (folder / "provenance.json").write_text('{"verb": "compare"}')
    return root


@pytest.fixture
def results(made, in_folder):
    """A copy of that results folder, in the current folder."""
    shutil.copytree(made, in_folder / "results")
    return in_folder / "results"


def _said(capsys, *call: str, code: int = 0) -> str:
    assert main(["results", *call]) == code
    shown = capsys.readouterr()
    assert shown.err == ""
    return " ".join(shown.out.split())


def _json(capsys, *call: str) -> dict:
    assert main(["results", *call, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema(found["document"], Words("en")))
    return found


def _count(capsys, *call: str) -> int:
    return len(_json(capsys, "list", *call)["runs"])


def test_the_overview_has_programs_groups_and_folders(results, capsys):
    said = _said(capsys)
    assert "(this one)" in said
    assert f"{OLD} (another version)" in said
    assert "talk.rate=0.1" in said
    assert "1 to 2" in said
    assert "(1 failed)" in said
    assert "results/compare-a-b" in said
    found = _json(capsys)
    assert [one["current"] for one in found["programs"]] == [True, False]
    assert found["programs"][0]["tables"]["runs"]["records"] == 8
    assert found["programs"][0]["tables"]["failures"]["records"] == 1
    assert [one["verb"] for one in found["folders"]] == ["compare"]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([], 9), (["plan=ad_blitz"], 5), (["talk.rate=0.1"], 4), (["talk.rate=0.10", "seed=2"], 2),
        (["talk.rate=0.05", "plan=community_building"], 2), (["failed"], 1), (["seed=9"], 1),
        (["--failed", "seed=1"], 0), (["weeks=5"], 9), (["population.customers=61"], 0),
        (["arm="], 9), (["seed=x"], 0),
    ],
)  # fmt: skip
def test_runs_are_listed_by_what_they_are(results, capsys, filters, count):
    assert _count(capsys, *filters) == count


def test_a_list_names_the_reason_of_a_failed_run(results, capsys):
    assert "failed: ZeroDivisionError:" in _said(capsys, "list", "failed")
    (row,) = _json(capsys, "list", "failed")["runs"]
    assert row["reason"] == "ZeroDivisionError: by zero"
    assert row["changes"]["population.customers"] == 60


def test_damaged_parts_are_named(results, capsys):
    whole = len(list(results.glob("store/*/*/*.parquet")))
    assert _said(capsys, "verify").startswith(f"{whole} files match their names")
    path = next(results.glob("store/*/weeks/*.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["results", "verify"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith(f"{whole - 1} files")
    assert path.name in shown.err
    assert shown.err.count("\n") == 1
    assert path.exists()


def test_chosen_runs_are_removed_with_all_that_is_stored_of_them(results, capsys):
    assert "would be removed: 4" in _said(capsys, "remove", "talk.rate=0.1", "--dry-run")
    assert _count(capsys) == 9
    assert "Runs removed: 4" in _said(capsys, "remove", "talk.rate=0.1")
    assert _count(capsys) == _count(capsys, "talk.rate=0.05") == 5
    store = Store(results / "store")
    store.refresh()
    assert len(store._places["weeks"]) == len(store._places["runs"]) == 4
    assert _json(capsys)["programs"][1]["tables"]["runs"]["records"] == 8


def test_failed_runs_are_removed(results, capsys):
    assert "Runs removed: 1" in _said(capsys, "remove", "--failed")
    assert _count(capsys) == 8
    assert "failures" not in _json(capsys)["programs"][0]["tables"]


def test_run_offs_are_removed_with_their_runs(tmp_path):
    config = load_config("population.customers=30", "weeks=52", "warmup=0", "threads=1")
    with engine(config, tmp_path, False) as runs:
        (work,) = runs.complete([Job(config, arms(["ad_blitz", None], config), 1, 2, ("alder",))])
    contents.remove(tmp_path, work.keys[:1])
    store = Store(tmp_path)
    store.refresh()
    first, second = (work.tails(key)[0] for key in work.keys)
    assert store.find("runoffs", [first, second]) == {second}


def test_other_versions_are_removed_unless_they_may_be_in_use(results, capsys):
    foreign = results / "store" / OLD / "runs" / "mine.txt"
    foreign.write_text("mine")
    fresh = next((results / "store" / OLD / "runs").glob("*.parquet"))
    os.utime(fresh)
    assert "may be in use" in _said(capsys, "remove", "--older")
    os.utime(fresh, (1e9, 1e9))
    assert "would be removed" in _said(capsys, "remove", "--older", "--dry-run")
    assert f"Program {OLD} removed" in _said(capsys, "remove", "--older")
    assert [p.name for p in (results / "store" / OLD).rglob("*") if p.is_file()] == ["mine.txt"]
    assert _count(capsys) == 9
    assert "no runs of other versions" in _said(capsys, "remove", "--older")


def test_nothing_is_removed_while_another_command_is_at_work(results, capsys, monkeypatch):
    (program,) = [one for one in contents.programs(results / "store") if one.is_current]
    code = (
        "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n    print(flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(program.folder / ".lock")], cwd=ROOT,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:  # fmt: skip
        other.stdout.readline()
        monkeypatch.setattr("sim.runs.store.PATIENCE", 0.1)
        assert main(["results", "remove", "--failed"]) == 2
        assert "another command is at work" in capsys.readouterr().err
        other.communicate()
    assert _count(capsys) == 9


ASKED = "select plan, count(distinct key) as runs from runs where seed < 9 group by plan order by 1"


def test_a_query_is_answered_by_the_current_program(results, capsys):
    pytest.importorskip("duckdb")
    assert "│ ad_blitz │ 4 │" in _said(capsys, "query", ASKED)
    assert main(["results", "query", ASKED, "--csv"]) == 0
    assert capsys.readouterr().out == "plan,runs\nad_blitz,4\ncommunity_building,4\n"
    assert _json(capsys, "query", ASKED)["rows"][0] == {"plan": "ad_blitz", "runs": 4}
    _said(capsys, "query", "select week, firm, orders from weeks limit 3", "--to", "a.parquet")
    assert pq.read_table("a.parquet").num_rows == 3
    assert main(["results", "query", "select null as a, 1 as b", "--to", "b.csv"]) == 0
    assert pd.read_csv("b.csv")["b"].tolist() == [1]


def test_a_query_of_all_programs_tells_them_apart(results, capsys):
    pytest.importorskip("duckdb")
    asked = "select program, count(distinct key) as runs from runs group by program order by 1"
    rows = _json(capsys, "query", asked, "--all")["rows"]
    assert rows[0] == {"program": OLD, "runs": 8}
    assert len(rows) == 2


def test_a_query_of_an_empty_table_or_store_has_no_rows(in_folder, capsys):
    pytest.importorskip("duckdb")
    assert _json(capsys, "query", "select key, cash from runoffs")["rows"] == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["lst"], "gtm results lst: allowed list, verify, remove, query. Did you mean 'list'?"),
        (["list", "tlak.rate=0.1"], "nor a key of the configuration. Did you mean 'talk.rate'?"),
        (["list", "--older"], "gtm results list: does not take --older."),
        (["verify", "seed=1"], "gtm results verify: does not take seed=1."),
        (["list", "all"], "gtm results list: does not take all."),
        (["remove"], "needs a filter such as plan=ad_blitz, --failed or --older"),
        (["query"], "needs one query in quotation marks"),
        (["query", "select 1", "--to", "x.txt"], "needs a name that ends in .parquet, .csv"),
        (["query", "select 1", "--to", "no/x.csv"], "cannot write no/x.csv: No such file"),
        (["query", "select * from runz"], 'Did you mean "runs"?'),
        (["query", "selec 1"], "syntax error"),
        (["query", "select 1; select 2"], "needs one SELECT statement"),
        (["query", "drop view runs"], "needs one SELECT statement"),
        (["query", "copy runs to 'results/store/x.csv'"], "needs one SELECT statement"),
        (["query", "attach 'x.db'"], "needs one SELECT statement"),
        (["query", ""], "needs one SELECT statement"),
        (["query", "select * from read_csv('mine.csv')"], "Cannot access file"),
        (["query", "select * from frame"], "does not exist"),
    ],
)
def test_bad_calls_are_one_line_and_leave_nothing(results, capsys, call, said):
    frame = pd.DataFrame({"a": [1]})
    assert len(frame) == 1
    (results.parent / "mine.csv").write_text("a\n1\n")
    before = sorted(results.parent.rglob("*"))
    assert main(["results", *call]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err
    assert sorted(results.parent.rglob("*")) == before


def test_a_query_of_a_damaged_part_is_one_line(results, capsys):
    pytest.importorskip("duckdb")
    for path in results.glob("store/*/runs/*.parquet"):
        path.write_bytes(b"garbage")
    assert main(["results", "query", ASKED]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["results", "list"]) == 0


def test_duckdb_may_be_missing(results, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert main(["results", "query", ASKED]) == 2
    assert "needs DuckDB; install the package with its extra `sweep`" in capsys.readouterr().err
    assert query.LEAST_MEMORY > 0


@pytest.mark.parametrize("language", languages())
def test_an_empty_folder_is_one_friendly_line(in_folder, capsys, language):
    for call in ([], ["list"], ["verify"], ["remove", "--failed"], ["remove", "--older"]):
        assert main(["results", *call, "--lang", language]) == 0
        shown = capsys.readouterr()
        assert shown.out.count("\n") == 1
        assert shown.err == ""
    assert not list(in_folder.iterdir())


def test_chinese(results, capsys):
    said = _said(capsys, "--lang", "zh")
    assert "当前版本" in said
    assert "其他版本" in said
    assert "结果文件夹" in said
    assert "失败：ZeroDivisionError" in _said(capsys, "list", "failed", "--lang", "zh")
    assert main(["results", "remove", "--lang", "zh"]) == 2
    assert "需要筛选条件" in capsys.readouterr().err


def test_a_failed_run_ends_a_comparison_and_is_simulated_again_once_removed(
    in_folder, capsys, monkeypatch
):
    call = ["compare", "ad_blitz", "community_building", *BASE, "replicates=2", "smallest_effect=0"]
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)
    monkeypatch.setattr("sim.runs.executors.Processes", Threads)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_run_arm", _fail)
        for language, said in (("en", "has failed: ZeroDivisionError: by zero; "), ("zh", "失败")):
            assert main([*call, "--lang", language]) == 70
            shown = capsys.readouterr()
            assert shown.out == ""
            assert shown.err.count("\n") == 1
            assert said in shown.err
            assert "gtm results remove --failed" in shown.err
    assert main(call) == 70
    capsys.readouterr()
    assert "Runs removed: 4" in _said(capsys, "remove", "--failed")
    assert main(call) == 0
