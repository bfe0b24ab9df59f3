"""Sentences, tables and files of a sweep follow from its results, and flip with them."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

import sim
from sim.experiments.sweeps.summary import summarise
from sim.reporting import columns, folders
from sim.reporting.sweep import answer, tables
from sim.reporting.words import Words
from sim.runs.arms import Arm
from tests.chinese import english_words
from tests.experiments.sweeps.test_summary import PRICE, RATE, summary_of, table_of

KNOWN = {"PAWN", "Sobol", "Morris", "delta", "sweep", "reason", "old", "new", "only", "declared"}


def _said(found, language="en"):
    return " ".join(answer(found, Words(language).in_currency("$")))


def test_who_leads_and_where_it_flips(default):
    ahead = _said(summary_of(lambda rate, _: 1e5 * (rate - 0.25), default))
    behind = _said(summary_of(lambda rate, _: 1e5 * (0.25 - rate), default))
    assert "Alder has a higher profit with new than with old at 75 % of the settings (95 %" in ahead
    assert (
        "Alder has a higher profit with old than with new at 75 % of the settings (95 %" in behind
    )
    assert "The answer flips to old mostly where" in ahead
    assert "The answer flips to new mostly where" in behind
    assert "(talk.rate) is below 0.2" in ahead
    assert "What moves it most: Chance that" in ahead
    assert "Settings: 64; parameters varied: 2; runs: 256." in ahead
    assert "0 % is seed noise" in ahead


@pytest.mark.parametrize(
    ("effect", "said", "unsaid"),
    [
        (lambda *_: 1.0, "with new than with old at all 64 settings", "flips"),
        (lambda *_: -1.0, "with old than with new at all 64 settings", "flips"),
        (
            lambda *_: 0.0,
            "exactly the same profit with old and with new at every setting",
            "higher",
        ),
        (lambda rate, _: rate - 0.02, "the other way round at 1 of 64 settings", "flips to"),
        (lambda rate, _: 1.0 if rate < 0.9 else float("nan"), "of 256 runs failed", "flips to"),
        (
            lambda rate, price: 1.0 if int(1e4 * rate) % 2 else -1.0,
            "No simple region holds most",
            "flips to",
        ),
    ],
)
def test_what_is_said_and_what_is_not(default, effect, said, unsaid):
    text = _said(summary_of(effect, default))
    assert said in text
    assert unsaid not in text


def test_shares_have_an_interval_only_where_settings_are_drawn(default):
    grid = _said(summary_of(lambda rate, _: rate - 0.1, default, "grid", 4))
    assert "with new than with old at 12 of 16 settings." in grid
    assert "over all settings" in grid
    assert "95 %" not in grid


def test_a_single_arm_is_held_against_a_threshold(default):
    space = sim.space(default, {RATE: (0.0, 1.0), PRICE: (30.0, 50.0)})
    table = table_of(lambda *_: 0.0, sim.sample(space, 64), ("declared",))
    table["profit"] = 1e6 * (1.0 + table[RATE])

    def said(threshold):
        found = summarise(table, default, [Arm("declared")], space, threshold=threshold)
        return _said(found)

    assert "With declared budgets, the profit of Alder has a median of $1.50 M" in said(None)
    assert "mostly where" not in said(None)
    assert "The profit is below $1.20 M mostly where" in said(1.2e6)
    assert "above $1.80 M mostly where" in said(1.8e6)


def test_many_parameters_seem_influential_by_luck(default):
    space = sim.space(default, "attention", "talk", "choice", "loyalty", "price")
    settings = sim.sample(space, 4, method="morris")
    table = table_of(
        lambda rate, _: rate, settings.assign(**{PRICE: 40.0}), ("only",), firms=("alder",)
    )
    table = table.merge(settings.drop(columns=RATE), left_on="setting", right_index=True)
    table["profit"] += 1e6 * table[RATE]
    table.attrs = settings.attrs
    found = summarise(table, default, [Arm("only")], space)
    assert len(space) > 20
    assert "would seem so by luck alone" in _said(found)
    drawn = summary_of(lambda rate, _: 1e5 * rate, default)
    assert "by luck alone" not in _said(drawn), "PAWN allows for the number of parameters"


@pytest.mark.parametrize("method", ["latin", "morris", "grid"])
def test_chinese_has_no_english_words(default, method):
    found = summary_of(lambda rate, _: 1e5 * (rate - 0.25), default, method, 30)
    words = Words("zh")
    console = Console(file=io.StringIO(), width=200)
    for table in tables(found, words):
        console.print(table)
    text = _said(found, "zh") + console.file.getvalue()
    assert not english_words(text, KNOWN), text


def test_tables_of_arms_and_of_influence(default):
    found = summary_of(lambda rate, _: 1e5 * (rate - 0.25), default)
    console = Console(file=io.StringIO(), width=200)
    for table in tables(found, Words("en")):
        console.print(table)
    text = console.file.getvalue()
    assert "16 of 64" in text
    assert "48 of 64" in text
    assert "chance per week" in text
    assert "30" in text


@pytest.mark.parametrize("method", ["latin", "morris"])
def test_the_data_dictionary_holds_for_the_files(default, tmp_path, monkeypatch, method):
    monkeypatch.setattr(folders, "sweep_figures", lambda *_: iter(()))
    found = summary_of(lambda rate, _: 1e5 * (rate - 0.25), default, method, 30)
    sample = found.outcome.settings.reset_index(drop=True)
    folders.save_sweep(tmp_path, found, sample, [], ["Said."], (), Words("en"))
    written = pd.read_csv(tmp_path / "columns.csv", encoding="utf-8-sig")
    known = columns.tables()
    for name in ("sweep", "sample", "sensitivity", "boxes", "boxes_path"):
        table = pd.read_parquet(tmp_path / f"{name}.parquet")
        assert written.loc[written["table"] == name, "column"].tolist() == list(table), name
        assert set(table.columns) - {RATE, PRICE} <= {column.name for column in known[name]}
    assert written["meaning"].str.len().min() > 1
    assert (tmp_path / "answer.txt").read_text() == "Said.\n"
