"""Samples: their methods, their reproducibility, and the files they come from."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pandas as pd
import pytest

import sim
from sim.config.compose import override
from sim.experiments.sweeps.read import changes, check_sample
from sim.experiments.sweeps.samples import METHODS, space_of
from sim.params import ConfigError

CONFIG = sim.load_config()
SPACE = {"a": (0.0, 1.0), "b": [1, 2, 5], "c": ["x", "y"]}


@pytest.mark.parametrize(
    ("method", "rows"),
    [("grid", 24), ("random", 4), ("latin", 4), ("sobol", 4), ("saltelli", 20), ("morris", 16)],
)
def test_every_method_is_reproducible_and_says_how_it_was_made(method, rows):
    first, again = (sim.sample(SPACE, 4, method=method, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert len(first) == rows
    assert list(first) == ["a", "b", "c"]
    assert first["a"].between(0, 1).all()
    assert set(first["b"]) <= {1, 2, 5}
    assert set(first["c"]) <= {"x", "y"}
    assert first.attrs["sweep"]["method"] == method
    assert space_of(first) == sim.space(None, SPACE)
    if method != "grid":
        assert not first.equals(sim.sample(SPACE, 4, method=method, seed=4))


def test_a_grid_has_all_combinations():
    found = sim.sample({"a": [0.1, 0.2], "b": (1.0, 3.0)}, 3, method="grid")
    assert found.to_numpy().tolist() == [
        list(pair) for pair in itertools.product([0.1, 0.2], [1.0, 2.0, 3.0])
    ]
    assert len(sim.sample({"a": [1, 2], "b": [3, 4, 5]}, method="grid")) == 6


@pytest.mark.parametrize("method", ["sobol", "random", "saltelli"])
def test_a_longer_sample_begins_with_the_shorter_one(method):
    short, long = (sim.sample(SPACE, points, method=method) for points in (5, 12))
    pd.testing.assert_frame_equal(short, long.head(len(short)), check_like=False)


def test_a_latin_hypercube_has_one_point_in_each_slice():
    column = sim.sample({"a": (0.0, 1.0)}, 50)["a"]
    assert sorted((column * 50).astype(int)) == list(range(50))


def test_the_configured_value_is_the_median():
    found = sim.sample(sim.space(CONFIG, "talk.rate"), 512, method="sobol")
    assert found["talk.rate"].median() == pytest.approx(CONFIG.talk.rate, rel=0.01)


def test_settings_are_changes_of_the_configuration():
    space = sim.space(
        CONFIG, "talk.rate", "choice.consideration", {"plan": ["ad_blitz"], "weeks": (50, 60)}
    ).with_seed()
    found = sim.sample(space, 3)
    words = changes(found)
    assert [word.partition("=")[0] for word in words[0]] == [
        "talk.rate", "choice.consideration", "weeks",
    ]  # fmt: skip
    changed = override(CONFIG, *words[1])
    assert changed.talk.rate == found["talk.rate"][1]
    assert changed.weeks == found["weeks"][1]
    checked = check_sample(CONFIG, found)
    assert checked.equals(found)
    assert checked.attrs == found.attrs


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"method": "lattin"}, "method=lattin: no such method; allowed grid,"),
        ({"points": 0}, "points=0 is out of bounds"),
        ({"points": None}, "points=null: needs a whole number"),
        ({"points": 4_000_000, "method": "saltelli"}, "would have 20000000 settings"),
        ({"method": "grid"}, "these are intervals: a."),
        ({"points": 2_000_000, "method": "grid"}, "would have 12000000 settings"),
        ({"points": 4, "seed": -1}, "seed=-1 is out of bounds"),
    ],
)
def test_a_sample_that_cannot_be_made_is_one_line(arguments, said):
    with pytest.raises(ConfigError) as caught:
        sim.sample(SPACE, **arguments)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("SALib.sample.sobol", lambda: sim.sample(SPACE, 4, method="saltelli")),
        ("SALib.analyze.pawn", lambda: sim.analyse(
            sim.sample(SPACE, 40).assign(y=np.arange(40)), "y")),
        ("sklearn.tree", lambda: sim.discover(
            pd.DataFrame({"a": range(20)}), np.arange(20) < 9, method="tree")),
    ],
)  # fmt: skip
def test_a_library_that_is_missing_is_one_line(monkeypatch, module, call):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match="install the package with its extra `sweep`"):
        call()


def test_every_method_is_described():
    for method in METHODS:
        assert f"``{method}``" in str(sim.sample.__doc__)


# Files


def test_a_sample_and_how_it_was_made_travel_through_parquet(tmp_path):
    first = sim.sample(SPACE, 8, method="saltelli")
    first.to_parquet(tmp_path / "s.parquet")
    again = sim.read_sample(tmp_path / "s.parquet")
    assert again.attrs.pop("file") == ["s.parquet", 1]
    assert again.attrs == first.attrs
    pd.testing.assert_frame_equal(again, first, check_dtype=False)


@pytest.mark.parametrize(
    "data",
    [
        "talk.rate,weeks,plan,choice.consideration\n0.1,8,ad_blitz,true\n2e-1,9,7,FALSE\n",
        "talk.rate;weeks;plan;choice.consideration\r\n0,1;8;ad_blitz;TRUE\r\n0,2;9;7;false\r\n\r\n",
        "talk.rate\tweeks\tplan\tchoice.consideration\n 0.1 \t8\tad_blitz\ttrue\n.2\t9\t7\tfalse\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_as_spreadsheets_write_it(tmp_path, data, encoding):
    (tmp_path / "s.csv").write_bytes(data.encode(encoding))
    found = sim.read_sample(tmp_path / "s.csv")
    assert found["talk.rate"].tolist() == [0.1, 0.2]
    assert found["weeks"].tolist() == [8, 9]
    assert found["plan"].tolist() == ["ad_blitz", "7"]
    assert found["choice.consideration"].tolist() == [1, 0]


GOOD = b"talk.rate,weeks\n0.1,8\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "s.csv: has no settings."),
        (b"\n\n", "s.csv: has no settings."),
        (b"talk.rate,weeks\n", "s.csv: has no settings."),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01",
            "s.csv: neither a text file nor a Parquet file.",
        ),
        (b"talk.rate,plan\n0.1,\x81\x8d\x90\n", "s.csv: neither a text file nor a Parquet file."),
        (b"PAR1" + GOOD, "s.csv: no Parquet file, or a damaged one."),
        (b"a,b,a\n1,2,3\n", "s.csv, row 1: column a stands twice."),
        (b"a,,c\n1,2,3\n", "s.csv, row 1: cell 2 is empty."),
        (GOOD + b"0.1,8,9\n", "s.csv, row 3: 3 cells, 2 in the first row."),
        (GOOD + b"0.1\n", "s.csv, row 3: 1 cells, 2 in the first row."),
        (GOOD + b"\n0.1,8\n", "s.csv, row 3: 0 cells, 2 in the first row."),
        (GOOD + b",8\n", "s.csv, row 3, column talk.rate: the cell is empty."),
        (GOOD + b"0.1x,8\n", "s.csv, row 3, column talk.rate: 0.1x is no number."),
        (GOOD + b"1e999,8\n", "s.csv, row 3, column talk.rate: inf is no number, truth"),
        (b"a;b\n1,5;2\n1.5;2\n", "s.csv, row 2, column a: 1,5 is no number."),
        (b"a\n" + b"9" * 30 + b"\nx\n", "s.csv, row 3, column a: x is no number."),
    ],
)
def test_a_bad_file_is_one_line_with_row_and_column(tmp_path, data, said):
    (tmp_path / "s.csv").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        sim.read_sample(tmp_path / "s.csv")
    assert str(caught.value).startswith(said)


def test_a_bad_parquet_file_is_one_line(tmp_path):
    path = tmp_path / "s.parquet"
    with pytest.raises(ConfigError, match=r"s.parquet: cannot be read: No such file"):
        sim.read_sample(path)
    pd.DataFrame({"a": [1.0, None]}).to_parquet(path)
    with pytest.raises(ConfigError, match=r"s.parquet, row 2, column a: the cell is empty."):
        sim.read_sample(path)
    pd.DataFrame({"a": [pd.Timestamp("2027-01-01")]}).to_parquet(path)
    with pytest.raises(ConfigError, match=r"row 1, column a: 2027-01-01 00:00:00 is no number,"):
        sim.read_sample(path)
    pd.DataFrame({"a": []}).to_parquet(path)
    with pytest.raises(ConfigError, match=r"s.parquet: has no settings."):
        sim.read_sample(path)
    sim.sample(SPACE, 50).to_parquet(path)
    data = path.read_bytes()
    for cut in (20, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(ConfigError, match="no Parquet file, or a damaged one"):
            sim.read_sample(path)
    sim.sample(SPACE, 50).to_parquet(path, write_page_checksum=True)
    data = path.read_bytes()
    path.write_bytes(data[:100] + b"\xff" * 40 + data[140:])
    with pytest.raises(ConfigError, match="no Parquet file, or a damaged one"):
        sim.read_sample(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "talk.rate,weeks\n0.1,8\n7,8\n",
            "row 3, column talk.rate: talk.rate=7.0 is out of",
        ),
        (
            "talk.rate,weeks\n0.1,8\n0.1,8.5\n",
            "s.csv, row 3, column weeks: weeks=8.5: needs a",
        ),
        ("talk.rat\n0.1\n", "column talk.rat: unknown key talk.rat. Did you mean 'talk.rate'?"),
        ("talk.rate\nmuch\n", "row 2, column talk.rate: talk.rate=much: needs a number, allowed 0"),
        ("plan,weeks\nad_blitz,8\nad_blits,8\n", "row 3, column plan: plan ad_blits"),
        ("seed\n1\n-1\n", "row 3, column seed: seed=-1 is out of bounds"),
        ("firms.alder.budget.comunity\n5\n", "column firms.alder.budget.comunity: "),
        ('talk.rate,"""talk"".rate"\n0.1,0.1\n', "talk.rate: the column stands twice."),
    ],
)
def test_a_sample_that_the_configuration_cannot_have_is_one_line(tmp_path, text, said):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(ConfigError) as caught:
        check_sample(CONFIG, sim.read_sample(tmp_path / "s.csv"))
    assert said in str(caught.value)


def test_whole_numbers_of_any_type_are_whole():
    found = check_sample(CONFIG, pd.DataFrame({"weeks": [8.0, 9.0]}))
    assert changes(found) == [["weeks=8"], ["weeks=9"]]


def test_a_frame_is_checked_by_the_number_of_the_setting():
    frame = pd.DataFrame({"talk.rate": [0.1, 0.2, np.nan]})
    with pytest.raises(ConfigError, match=r"setting 2, column talk.rate: talk.rate=nan is out of"):
        check_sample(CONFIG, frame)
    plans = pd.DataFrame({"plan": ["ad_blits"]})
    with pytest.raises(ConfigError, match="是否指“ad_blitz”"):
        check_sample(CONFIG, plans, language="zh")
    with pytest.raises(ConfigError, match="a sample needs rows"):
        check_sample(CONFIG, frame[:0])
