"""The data dictionary knows every column of every table that is written."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments import cdnow
from sim.experiments.claims import ClaimResult
from sim.experiments.map import AXES, HORIZONS, Chart
from sim.experiments.scenarios import need
from sim.kpis import KPIS
from sim.outcomes.paired import paired
from sim.reporting import columns, folders
from sim.reporting.words import Words, languages
from tests.conftest import scorecard_of

SMALL = ("population.customers=200", "weeks=8", "warmup=0", "threads=1", "replicates=2",
         "smallest_effect=0")  # fmt: skip
KINDS = {"text": "OSU", "integer": "iu", "number": "iuf", "date": "M", "boolean": "b"}
"""NumPy kinds of the types of columns."""


def _check(folder, words):
    """Every column of the folder's tables is in its dictionary, with type and meaning."""
    with (folder / "columns.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    tables = {path.stem for path in folder.glob("*.csv")} - {"columns"}
    assert tables == {row["table"] for row in rows}
    known = columns.tables()
    for name in tables:
        table = pd.read_parquet(folder / f"{name}.parquet")
        assert [row["column"] for row in rows if row["table"] == name] == list(table.columns)
        for column in known[name]:
            kind = table[column.name].dtype.kind
            assert kind in KINDS[column.kind], (name, column.name, kind)
    assert all(len(row["meaning"]) > 1 for row in rows)


@pytest.fixture
def quiet(monkeypatch):
    """No pictures."""
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)
    for figure in ("run", "customers", "sales", "organisation", "compare", "arms"):
        monkeypatch.setattr(f"sim.reporting.folders.{figure}_figure", lambda *_, **__: None)
    monkeypatch.setattr("sim.reporting.map.map_figure", lambda *_, **__: None)


def test_tables_of_a_run(tmp_path, quiet):
    logs = [f"log.{name}=true" for name in ("purchases", "customers", "messages", "leads")]
    config = sim.load_config(*SMALL, *logs)
    folders.save_run(
        tmp_path, config, sim.simulate(config, plan="ad_blitz"), None, [], (), Words("en")
    )
    _check(tmp_path, Words("en"))
    assert (tmp_path / "leads.csv").exists()


@pytest.mark.slow
def test_tables_of_a_comparison(tmp_path, quiet):
    result = sim.compare(sim.load_config(*SMALL, "weeks=53"), "ad_blitz", "community_building")
    folders.save_comparison(tmp_path, result, (), None, ["words"], (), Words("zh"))
    _check(tmp_path, Words("zh"))
    assert (tmp_path / "comparison_horizons.csv").exists()


def test_tables_of_the_other_verbs(tmp_path, quiet):
    words = Words("en")
    found = scorecard_of("E04")
    cohort = replace(cdnow.reference(), repeats=np.ones(cdnow.FORECAST))
    study = cdnow.Study(sim.load_config("market=cdnow"), (cohort,))
    points = np.random.default_rng(4).random((80, len(AXES)))
    chart = Chart(points, np.repeat(points[:, :1] - 0.5, len(HORIZONS), axis=1))
    for name in ("facts", "cdnow", "map"):
        (tmp_path / name).mkdir()
    folders.save_scorecard(tmp_path / "facts", found, ["E04"], (), words)
    folders.save_cdnow(tmp_path / "cdnow", study.config, study, (), words)
    folders.save_map(tmp_path / "map", chart, 80, (), words)
    for name in ("facts", "cdnow", "map"):
        _check(tmp_path / name, words)


@pytest.mark.parametrize("language", languages())
def test_every_column_has_a_meaning_and_a_unit_in_every_language(language):
    words = Words(language)
    for table, known in columns.tables().items():
        for column in known:
            assert columns.meaning(table, column, words)
            if language == "zh":
                assert column.unit == "" or words.unit(column.unit) != column.unit, column
    rows = columns.short_rows(words)
    with_kpis = words.say("columns_kpis")
    assert [row[1] for row in rows if row[0] == with_kpis] == list(KPIS), "each KPI once"


def test_totals_are_in_tables_of_their_own():
    """Adding up a column of years gives the whole run, not twice of it."""
    run = sim.simulate(sim.load_config(*SMALL, "weeks=60"))
    assert run.yearly["year"].tolist() == [1] * 4 + [2] * 4
    assert run.yearly["weeks"].unique().tolist() == [52, 8]
    assert run.yearly["revenue"].sum() == pytest.approx(run.total["revenue"].sum())
    assert run.weekly["revenue"].sum() == pytest.approx(run.total["revenue"].sum())
    ledger = run.ledger_table
    assert set(ledger["kind"]) == {"flow", "stock"}
    money = ledger[(ledger.account == "revenue") & (ledger.unit == "cents")]["cents"].sum()
    assert money / 100 == pytest.approx(run.total["revenue"].sum())


def test_the_row_of_a_claim_has_these_columns(tmp_path, quiet):
    scenario = need("S1")
    effect = paired(np.zeros(3), np.array([1.0, 2.0, 3.0]))
    claim, left = scenario.claims[0], (0.0, 0.0, 0.0)
    result = ClaimResult(scenario.id, claim, "brand", effect, 0.1, None, left, 0.0)
    folders.save_claims(tmp_path, [scenario], [result], [], {}, (), Words("zh"))
    _check(tmp_path, Words("zh"))
