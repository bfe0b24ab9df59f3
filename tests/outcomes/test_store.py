"""A results folder is complete or absent."""

from __future__ import annotations

import json

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
