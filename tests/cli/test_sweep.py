"""``gtm sweep``: designs, files, arms and what is refused in one line."""

from __future__ import annotations

import json

import jsonschema
import pandas as pd
import pytest

import sim
from sim.cli.app import main
from sim.experiments.sweeps import sweep as sweeps
from sim.reporting.json_schema import schema
from sim.reporting.words import Words
from tests.chinese import english_words

SMALL = ["population.customers=100", "weeks=2", "warmup=0", "threads=1", "executor=in_process"]
GRID = ["talk.rate=0.1,0.2", "replicates=1"]


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch):
    monkeypatch.setattr("sim.reporting.folders.sweep_figures", lambda *_: iter(()))


def _sweep(*words):
    """The table of a sweep in a new results folder."""
    before = set((sim.files.Path.cwd() / "results").glob("sweep*"))
    assert main(["sweep", *SMALL, *words]) == 0
    (folder,) = set((sim.files.Path.cwd() / "results").glob("sweep*")) - before
    return pd.read_parquet(folder / "sweep.parquet")


def test_values_make_a_grid_and_the_number_of_runs_is_said_first(in_folder, capsys):
    table = _sweep("ad_blitz", "community_building", "talk.rate=0.1,0.2",
                   "firms.alder.list_price=range(40,44,2)")  # fmt: skip
    settings = table.drop_duplicates("setting")[["talk.rate", "firms.alder.list_price"]]
    assert settings.to_numpy().tolist() == [[0.1, 40], [0.1, 42], [0.2, 40], [0.2, 42]]
    assert table["seed"].unique().tolist() == [1, 2]
    said = capsys.readouterr()
    assert said.err.startswith("Runs: 16 (settings: 4, arms: 2, seeds: 2). Those in results/store")
    assert "Settings: 4; parameters varied: 2; runs: 16." in said.out


@pytest.fixture
def settings_of(monkeypatch, in_folder):
    """The settings that a command would run."""
    found = []

    def stop(model, sample, arms, **more):
        found.append((sample, arms, more))
        raise sim.ConfigError("stopped.")

    monkeypatch.setattr(sweeps, "sweep", stop)

    def of(*words):
        assert main(["sweep", *SMALL, *words]) == 2
        return found[-1]

    return of


def test_designs(settings_of):
    talk = ["--vary", "talk"]
    assert len(settings_of(*talk)[0]) == 64
    for design, count in (
        ("random", 9), ("latin", 9), ("sobol", 9), ("saltelli", 9 * 7), ("morris", 9 * 6),
    ):  # fmt: skip
        sample, _, _ = settings_of(*talk, "--design", design, "--points", "9")
        assert len(sample) == count, design
        assert list(sample) == list(sim.space(sim.load_config(), "talk").keys)
    both = ["talk.rate=interval(0.1,0.4)", "weeks=2,3"]
    assert len(settings_of(*both)[0]) == 64
    grid, _, _ = settings_of(*both, "--design", "grid", "--points", "4")
    assert grid["talk.rate"].unique().tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert len(grid) == 8


def test_a_method_brings_its_design(settings_of):
    talk = ["--vary", "talk", "--points", "2"]
    for method, design in (("sobol", "saltelli"), ("morris", "morris"), ("pawn", "latin")):
        assert settings_of(*talk, "--method", method)[0].attrs["sweep"]["method"] == design


def test_what_is_varied(settings_of):
    assert len(settings_of()[0].columns) > 50, "all uncertain parameters"
    assert list(settings_of("--vary", "talk.rate", "--vary", "seed")[0]) == ["talk.rate", "seed"]
    sample, arms, more = settings_of(
        "talk.rate=0.1,0.2", "--arm", "dear: talk.rate=0.3", "ad_blitz"
    )
    assert list(sample) == ["talk.rate"]
    assert [arm.name for arm in arms] == ["ad_blitz", "dear"]
    assert (more["replicates"], more["settle"]) == (2, False)
    more = settings_of("ad_blitz", "community_building", *GRID[:1], "--settle")[2]
    assert (more["replicates"], more["settle"]) == (80, True)
    assert settings_of(*GRID)[2]["replicates"] == 1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_has_the_settings(in_folder, kind):
    frame = pd.DataFrame({
        "plan": ["ad_blitz", "community_building"], "seed": [5, 7], "talk.rate": [0.1, 0.2],
    })  # fmt: skip
    file = in_folder / f"mine.{kind}"
    frame.to_csv(file, index=False) if kind == "csv" else frame.to_parquet(file)
    table = _sweep("--sample", str(file), "replicates=1")
    rows = table.drop_duplicates("setting")[["plan", "talk.rate", "arm", "seed"]]
    assert rows.to_numpy().tolist() == [
        ["ad_blitz", 0.1, "", 5], ["community_building", 0.2, "", 7],
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["plan\nad_blitz\ncommunity_building\n", "seed\n5\n7\n"])
def test_plans_or_seeds_alone(in_folder, monkeypatch, text):
    monkeypatch.undo()
    monkeypatch.chdir(in_folder)
    (in_folder / "mine.csv").write_text(text)
    assert len(_sweep("--sample", "mine.csv", "replicates=1")) == 8


def test_the_same_command_again_simulates_nothing(in_folder, monkeypatch):
    first = _sweep("ad_blitz", *GRID)
    monkeypatch.setattr("sim.runs.jobs.start_checked", lambda *_: pytest.fail("simulated again"))
    pd.testing.assert_frame_equal(first, _sweep("ad_blitz", *GRID))


def test_in_chinese_nothing_is_english(in_folder, capsys):
    assert main(["sweep", *SMALL, "ad_blitz", "community_building", *GRID, "--lang", "zh"]) == 0
    said = capsys.readouterr()
    allowed = {"gtm", "sweep", "explain", "Ctrl", "results"}
    assert not english_words(said.out + said.err, allowed), said


def test_json_follows_its_schema(in_folder, capsys):
    words = ["ad_blitz", "community_building", "--vary", "talk", "--points", "2"]
    for more in (["--method", "morris"], ["replicates=1"]):
        assert main(["sweep", *SMALL, *words, *more, "--json"]) == 0
        out = json.loads(capsys.readouterr().out)
        form = schema("sweep", Words("en"))
        jsonschema.validate(out, form, jsonschema.Draft202012Validator)
    assert out["arms"] == ["ad_blitz", "community_building"]
    assert (out["settings"], out["runs"], out["sensitivity"]) == (2, 4, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tlak.rate=0.1,0.2"], "unknown key tlak.rate"),
        (["talk.rate=0.1,2"], "talk.rate=2.0 is out of bounds: allowed 0 to 1"),
        (["talk.rate=0.1,0.1"], "talk.rate=0.1,0.1: 0.1 stands twice"),
        (["talk.rate=range(1,0,0.1)"], "needs values such as"),
        (["--vary", "tlak"], "tlak: neither a parameter nor a group of parameters."),
        (["ad_blits", *GRID], "Did you mean 'ad_blitz'?"),
        ([*GRID, "--kpi", "profitt"], "Did you mean 'profit'?"),
        ([*GRID, "--firm", "aldr"], "firm=aldr: no such firm; allowed alder,"),
        ([*GRID, "--method", "sobool"], "pawn delta. Did you mean 'sobol'?"),
        ([*GRID, "--design", "latn"], "Did you mean 'latin'?"),
        ([*GRID, "--method", "sobol", "--design", "grid"], "needs --design saltelli, found"),
        ([*GRID, "--threshold", "much"], "--threshold much: needs a number."),
        ([*GRID, "--points", "0"], "--points 0: needs a whole number, allowed 1 to"),
        ([*GRID, "--points", "7"], "makes a grid of 2 settings"),
        (["--design", "grid", "--points", "9"], "settings; allowed 10000000."),
        ([*GRID, "--sample", "empty.csv"], "--sample empty.csv: the file has the settings"),
        (["--sample", "empty.csv"], "empty.csv: has no settings."),
        (["--sample", "none.csv"], "none.csv: cannot be read: No such file"),
        (["--sample", "wrong.csv"], "wrong.csv, row 3, column talk.rate: talk.rate=7"),
        (["--sample", "plans.csv", "ad_blitz"], "the sample has a column plan"),
        ([*GRID[:1], "replicates=0"], "replicates=0 is out of bounds: allowed 1 to"),
        ([*GRID, "market=brand,packaged"], "a file is chosen for all runs of a command"),
        ([*GRID, "ad_blitz", "--settle", "replicates=5"], "settle: needs two arms or more"),
        ([*GRID, "--arm", "talk.rate=0"], 'not of the form "name: plan'),
        ([*GRID, "--desing", "grid"], "Did you mean '--design'?"),
        (["ad_blitz", "replicates=2,3"], "replicates: no run depends on it"),
        (["--sample", "idle.csv"], "threads: no run depends on it"),
        ([*GRID, "executor=dsak"], "Did you mean 'dask'?"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(in_folder, capsys, words, said):
    (in_folder / "empty.csv").write_text("talk.rate\n")
    (in_folder / "wrong.csv").write_text("talk.rate\n0.1\n7\n")
    (in_folder / "idle.csv").write_text("threads\n1\n2\n")
    (in_folder / "plans.csv").write_text("plan\nad_blitz\n")
    before = sorted(path.name for path in in_folder.rglob("*"))
    assert main(["sweep", *SMALL, *words]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert said in out.err
    assert out.err.startswith("gtm: ")
    assert out.err.count("\n") == 1
    left = [path.name for path in in_folder.rglob("*") if path.suffix != ".lock"]
    assert sorted(left) in (before, sorted([*before, "results"]))
