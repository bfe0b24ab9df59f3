"""The store: parts appear whole or not at all, damaged ones are noticed, records are there once."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.outcomes.store import _machine, sweep
from sim.runs import store as module
from sim.runs.arms import arms
from sim.runs.engine import runs
from sim.runs.jobs import Job
from sim.runs.record import SCHEMAS, FigureRecord, tables_of
from sim.runs.store import Store, encode
from tests.conftest import ROOT

TABLE = "figures"


def _records(*keys: str) -> pa.Table:
    values = [{"all": float(len(key)), "first": 1.0} for key in keys]
    records = [FigureRecord(key, 1, "{}", "orders", v) for key, v in zip(keys, values, strict=True)]
    return tables_of(records)[TABLE]


def _write(folder: Path | None, *keys: str) -> Store:
    """A store to which a part with some records was added."""
    store = Store(folder)
    store.refresh()
    store.add(encode({TABLE: _records(*keys)}))
    return store


def _new(folder: Path) -> Store:
    """The store as the next command sees it."""
    store = Store(folder)
    store.refresh()
    return store


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*/{TABLE}/*.parquet"))


def _values(store: Store, key: str) -> list[float]:
    return store.rows(TABLE, key)["value"].to_pylist()


@pytest.mark.parametrize("in_memory", [True, False])
def test_records_are_found_again(tmp_path, in_memory):
    store = _write(None if in_memory else tmp_path, "a", "bb")
    store.add(encode({TABLE: _records("ccc")}))
    assert store.find(TABLE, ["a", "ccc", "d"]) == {"a", "ccc"}
    assert _values(store, "bb") == [2.0, 1.0]
    assert sorted(set(store.table(TABLE, ["a", "ccc"])["key"].to_pylist())) == ["a", "ccc"]
    assert store.table(TABLE, []).schema.names == SCHEMAS[TABLE].names
    with pytest.raises(KeyError):
        store.rows(TABLE, "d")
    with pytest.raises(KeyError):
        store.table(TABLE, ["a", "d"])
    store.remove(TABLE, ["a"])
    assert store.find(TABLE, ["a", "bb", "ccc"]) == {"bb", "ccc"}


def _a_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def _another_table(path: Path) -> None:
    pd.DataFrame({"my": [1]}).to_parquet(path)


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"x" * 999),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "one bit": lambda path: path.write_bytes(
        (whole := path.read_bytes())[:400] + bytes([whole[400] ^ 1]) + whole[401:]
    ),
    "a folder": _a_folder,
    "another table": _another_table,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("listed", [False, True])
def test_a_damaged_part_is_noticed_and_written_anew(tmp_path, caplog, monkeypatch, damage, listed):
    monkeypatch.setattr(module, "MANY_PARTS", 0)
    _write(tmp_path, "b")
    store = _write(tmp_path, "a")
    if listed:
        store.tidy()
    (path,) = [p for p in _parts(tmp_path) if pq.read_table(p)["key"][0].as_py() == "a"]
    whole = path.read_bytes()
    damage(path)
    again = _new(tmp_path)
    assert again.find(TABLE, ["a", "b"]) == {"b"}
    assert not path.exists()
    assert caplog.messages == [f"{TABLE}/{path.name}: damaged; what it held is simulated again."]
    again.add({TABLE: whole})
    assert path.read_bytes() == whole
    assert _values(_new(tmp_path), "a") == [1.0, 1.0]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root reads everything")
def test_a_part_that_may_not_be_read_is_left_alone(tmp_path, caplog):
    _write(tmp_path, "a")
    _parts(tmp_path)[0].chmod(0)
    _is_left_alone(tmp_path, caplog)


def test_a_part_that_cannot_be_read_is_left_alone(tmp_path, caplog, monkeypatch):
    _write(tmp_path, "a")

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    _is_left_alone(tmp_path, caplog)


def _is_left_alone(folder, caplog):
    store = Store(folder)
    store.refresh()
    store.refresh()
    assert not store.has(TABLE, "a")
    assert len(_parts(folder)) == 1
    assert [m.partition(": ")[2] for m in caplog.messages] == [
        "cannot be read; what it holds is simulated again."
    ]


def test_files_of_others_are_left_alone(tmp_path, caplog):
    _write(tmp_path, "a")
    mine = _parts(tmp_path)[0].with_name("mine.parquet")
    _another_table(mine)
    store = _new(tmp_path)
    store.tidy()
    assert store.has(TABLE, "a")
    assert mine.exists()
    assert not caplog.messages


def test_records_of_two_writers_are_there_once(tmp_path):
    first, second = Store(tmp_path), Store(tmp_path)
    first.add(encode({TABLE: _records("a", "b")}))
    second.add(encode({TABLE: _records("b", "c")}))
    second.add(encode({TABLE: _records("a")}))
    first.refresh()
    assert first.table(TABLE, ["a", "b", "c"]).num_rows == 6  # before anyone tidied up
    first.tidy()
    second.tidy()
    kept = pd.concat([pd.read_parquet(p) for p in _parts(tmp_path)])
    assert kept.groupby("key", observed=True).size().to_dict() == {"a": 2, "b": 2, "c": 2}
    for store in (first, second, _new(tmp_path)):
        assert store.find(TABLE, "abc") == {"a", "b", "c"}
        assert store.table(TABLE, "abc").num_rows == 6


def test_a_record_is_read_from_another_part_if_its_own_is_removed(tmp_path):
    reader = _write(tmp_path, "a", "b")
    for key in ("a", "b"):
        assert reader.has(TABLE, key)
    own = _parts(tmp_path)
    other = _new(tmp_path)
    other.add(encode({TABLE: _records("b")}))
    for path in own:
        path.unlink()
    assert _values(reader, "b") == [1.0, 1.0]
    assert reader.table(TABLE, ["b"]).num_rows == 2
    with pytest.raises(KeyError):
        reader.table(TABLE, ["a"])
    assert not reader.has(TABLE, "a")


def test_a_draft_of_a_killed_process_is_removed_by_the_next_command(tmp_path):
    place = tmp_path / "store" / "program" / TABLE / "whole.parquet"
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom sim.outcomes.store import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as draft:\n"
        "    draft.write_bytes(b'half')\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(place)], cwd=ROOT, check=False)
    (draft,) = place.parent.iterdir()
    assert draft.name.endswith(".part")
    sweep(tmp_path)
    assert not list(place.parent.iterdir())


def test_tidying_up_removes_drafts_but_not_those_of_other_machines(tmp_path):
    store = _write(tmp_path, "a")
    folder = _parts(tmp_path)[0].parent
    gone = folder / f".{_machine()}-{2**22 - 1}-0.part"
    others = folder / ".12345678-1-0.part"
    mine = folder / f".{_machine()}-{os.getpid()}-0.part"
    for draft in (gone, others, mine):
        draft.write_bytes(b"half")
    store.tidy()
    assert not gone.exists()
    assert others.exists()
    assert mine.exists()


def test_a_full_disk_leaves_no_part_and_no_draft(tmp_path, monkeypatch):
    store = _write(tmp_path, "a")
    true_write = Path.write_bytes

    def half(path, data):
        true_write(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", half)
        with pytest.raises(OSError, match="No space left"):
            store.add(encode({TABLE: _records("b")}))
    assert len(list(_parts(tmp_path)[0].parent.iterdir())) == 1
    assert _new(tmp_path).find(TABLE, "ab") == {"a"}


def test_tidying_up_that_is_not_possible_is_left_undone(tmp_path, monkeypatch):
    first, second = _write(tmp_path, "a"), Store(tmp_path)
    second.add(encode({TABLE: _records("a", "b")}))

    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(module.FileLock, "acquire", refuse)
        second.tidy()
    with monkeypatch.context() as patch:
        patch.setattr(module, "whole_file", refuse)
        second.tidy()
    assert first.find(TABLE, "ab") == {"a"}
    assert _new(tmp_path).find(TABLE, "ab") == {"a", "b"}


def test_the_list_of_keys_saves_opening_parts_and_is_made_anew_when_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MANY_PARTS", 2)
    store = Store(tmp_path)
    for n in range(5):
        store.add(encode({TABLE: _records(f"key {n}")}))
    store.tidy()
    (index,) = tmp_path.glob(f"*/{module.INDEX}/*.parquet")
    whole = index.read_bytes()
    opened = []
    monkeypatch.setattr(module, "_keys_of", lambda part: opened.append(part) or [])
    assert len(_new(tmp_path)._places[TABLE]) == 5
    assert not opened
    monkeypatch.undo()
    monkeypatch.setattr(module, "MANY_PARTS", 2)
    for bytes_ in (b"", b"garbage", _flipped(whole), None):
        index.unlink() if bytes_ is None else index.write_bytes(bytes_)
        again = _new(tmp_path)
        assert again.find(TABLE, [f"key {n}" for n in range(5)]) == {f"key {n}" for n in range(5)}
        again.tidy()
        assert pq.read_table(index).num_rows == 5


def _flipped(whole: bytes) -> bytes:
    """The bytes of a list of keys with one bit of a key the other way round."""
    at = whole.index(b"\x28\xb5\x2f\xfd") + 40  # within the first compressed page
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


@pytest.fixture(scope="module")
def opened(default_small, tmp_path_factory):
    """A folder with the runs of four replicates of two arms, in two parts."""
    folder = tmp_path_factory.mktemp("store")
    both = arms(["ad_blitz", "community_building"], default_small)
    store = Store(folder)
    for seeds in ((1, 2), (3, 4)):
        jobs = [Job(default_small, both, seed, 4, ("alder",)) for seed in seeds]
        store.add(encode(tables_of(record for work in runs(jobs) for record in work())))
    return folder


@pytest.fixture(scope="module")
def default_small():
    from sim import load_config

    return load_config("population.customers=60", "weeks=6", "warmup=0", "threads=1")


def test_pandas_polars_and_duckdb_open_a_table_as_one(opened):
    duckdb = pytest.importorskip("duckdb")
    place = str(opened / "*" / "runs" / "*.parquet")
    (program,) = opened.iterdir()
    pandas = pd.read_parquet(program / "runs")
    assert len(pandas) == 4 * 2 * 4
    assert pandas.groupby("plan", observed=True).size().to_dict() == {
        "ad_blitz": 16, "community_building": 16,
    }  # fmt: skip
    polars = pl.read_parquet(place)
    asked = f"select plan, avg(profit) as mean from read_parquet('{place}') group by plan"
    mean = dict(duckdb.sql(asked).fetchall())
    for plan, value in pandas.groupby("plan", observed=True)["profit"].mean().items():
        assert mean[plan] == pytest.approx(value)
        of_plan = polars.filter(pl.col("plan") == plan)["profit"]
        assert of_plan.mean() == pytest.approx(value)
    weeks = pd.read_parquet(program / "weeks", columns=["key", "week", "firm"])
    assert len(weeks) == 4 * 2 * 6 * 5
    assert len(pl.read_parquet(str(program / "weeks" / "*.parquet"))) == len(weeks)
