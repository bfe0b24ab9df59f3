"""A results folder is complete or absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from sim.outcomes import store
from sim.params import ConfigError


def test_a_folder_appears_complete_and_never_overwrites(in_folder):
    for expected in ("a", "a-2", "a-3"):
        with store.folder("a") as (draft, publish):
            (draft / "x").write_text("1")
            assert not (in_folder / "results" / expected).exists()
            assert publish().name == expected
    assert sorted(p.name for p in (in_folder / "results").iterdir()) == ["a", "a-2", "a-3"]


def test_a_failed_write_leaves_nothing_behind(in_folder):
    def fail_half_way():
        with store.folder("a") as (draft, _):
            (draft / "x").write_text("1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert list((in_folder / "results").iterdir()) == []


def test_an_unwritable_folder_is_named(in_folder):
    (in_folder / "results").write_text("a file")
    with pytest.raises(ConfigError, match="results: cannot write"), store.folder("a"):
        pass


def test_tables_and_provenance(in_folder):
    table = pd.DataFrame({"week": [1, 2], "profit": [0.1, 0.2]})
    store.write_table(table, in_folder / "weekly")
    pd.testing.assert_frame_equal(pd.read_parquet(in_folder / "weekly.parquet"), table)
    pd.testing.assert_frame_equal(pd.read_csv(in_folder / "weekly.csv"), table)
    store.write_provenance(in_folder / "p.json", verb="run", seed=3)
    made = json.loads((in_folder / "p.json").read_text())
    assert made["seed"] == 3
    assert made["libraries"]["numpy"][0].isdigit()


def test_drafts_of_ended_processes_are_swept_and_no_others(in_folder):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here, other = store._machine(), "0" * 8
    results = in_folder / "results"
    cache = results / store.STORE / "program" / "runs"
    cache.mkdir(parents=True)
    stays = [
        results / f".writing-{here}-{os.getppid()}-x",  # of a process that lives
        results / f".writing-{other}-{ended.pid}-x",  # of another machine that shares the folder
        results / ".writing-mine", cache / ".part", cache / "1.parquet",
    ]  # fmt: skip
    goes = [
        results / f".writing-{here}-{ended.pid}-x", results / f".{here}-{ended.pid}-x.part",
        cache / f".{here}-{ended.pid}-x.part",
    ]  # fmt: skip
    for path in (*stays, *goes):
        path.mkdir() if path.name.startswith(".writing") else path.touch()
    with store.folder("a"):
        pass
    assert [path.name for path in stays if not path.exists()] == []
    assert [path.name for path in goes if path.exists()] == []


def test_a_file_appears_whole_or_not_at_all(in_folder):
    path = in_folder / "new" / "file"
    with store.whole_file(path) as draft:
        draft.write_text("1")
        assert not path.exists()
    assert path.read_text() == "1"

    def fail_half_way():
        with store.whole_file(path) as draft:
            draft.write_text("2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_text() == "1"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_new_file_is_not_left_unfinished_and_takes_nothing_away(in_folder):
    def fail(path):
        with store.new_file(path):
            path.open("x").close()
            raise RuntimeError

    (in_folder / "taken").write_text("mine")
    (in_folder / "link").symlink_to("nowhere")
    for name, error in (("new", RuntimeError), ("taken", OSError), ("link", OSError)):
        with pytest.raises(error):
            fail(in_folder / name)
    with pytest.raises(OSError, match="too long"):
        fail(in_folder / ("x" * 300))
    assert sorted(p.name for p in in_folder.iterdir()) == ["link", "taken"]
    assert (in_folder / "taken").read_text() == "mine"


def test_a_disk_without_room_is_refused_before_the_work(in_folder, monkeypatch):
    monkeypatch.setattr(store, "ROOM", 10**18)
    with pytest.raises(store.NoRoom, match="MB free in results"), store.folder("a"):
        pass


def test_no_name_becomes_a_formula_in_a_spreadsheet(in_folder):
    names = ["=1+1", "+x", "-x", "@x", "-", "a=b", ""]
    table = pd.DataFrame({"firm": names, "profit": [-1.5] * len(names)})
    store.write_table(table, in_folder / "t")
    shown = pd.read_csv(in_folder / "t.csv", keep_default_na=False)
    assert list(shown.firm) == ["'=1+1", "'+x", "'-x", "'@x", "-", "a=b", ""]
    assert (shown.profit == -1.5).all()
    pd.testing.assert_frame_equal(pd.read_parquet(in_folder / "t.parquet"), table)


@pytest.mark.parametrize(("name", "begins"), [("alder", b"firm"), ("山木", b"\xef\xbb\xbffirm")])
def test_a_table_with_chinese_names_has_a_mark_by_which_excel_knows_its_encoding(
    in_folder, name, begins
):
    store.write_table(pd.DataFrame({"firm": [name]}), in_folder / "t")
    assert (in_folder / "t.csv").read_bytes().startswith(begins)
    assert list(pd.read_csv(in_folder / "t.csv").firm) == [name]


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"S1": 1}', '{"S1": {"rows": [3]}}', "\udcff"])
def test_damaged_verdicts_are_made_anew(in_folder, damage):
    path = in_folder / store.VERDICTS
    path.write_bytes(damage.encode(errors="surrogateescape"))
    assert store.read_verdicts(in_folder) == {}
    store.keep_verdicts(in_folder, "S1", [{"verdict": "holds"}], "mark")
    assert store.read_verdicts(in_folder)["S1"]["rows"] == [{"verdict": "holds"}]
