"""``gtm market``: the list of markets, and a file from which commands run."""

from __future__ import annotations

import pytest

from sim.cli.app import main
from sim.config.compose import models, options

SMALL = ["population.customers=200", "weeks=8", "warmup=4", "threads=1"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_new_to_run(in_folder, capsys, monkeypatch, language):
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)
    assert main(["market", "new", "mine.yaml", "--like", "packaged", "--lang", language]) == 0
    shown = capsys.readouterr().out
    for command in ("gtm explain market=./mine.yaml", "gtm run market=./mine.yaml"):
        assert command in shown
    text = (in_folder / "mine.yaml").read_text(encoding="utf-8")
    text = text.replace('currency: "$"', "currency: EUR").replace("  birch", "  Bär & Co")
    (in_folder / "mine.yaml").write_text(text, encoding="utf-8")
    assert main(["run", "market=./mine.yaml", *SMALL, "--lang", language]) == 0
    shown = capsys.readouterr().out
    assert "Bär & Co" in shown
    assert {"en": "EUR", "zh": "欧元"}[language] in shown


def test_the_markets_of_the_package_are_listed(capsys):
    for language in ("en", "zh"):
        assert main(["market", "list", "--lang", language]) == 0
        shown = capsys.readouterr().out
        assert all(name in shown for name in options("market"))


def test_a_file_in_another_folder_and_the_default_name(in_folder, capsys):
    (in_folder / "my markets").mkdir()
    assert main(["market", "new", "my markets/one.yaml"]) == 0
    assert "gtm run 'market=my markets/one.yaml'" in capsys.readouterr().out
    assert main(["explain", "people", "market=my markets/one.yaml"]) == 0
    assert main(["market", "new"]) == 0
    assert "market=./market.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "allowed new, list"),
        (["nwe"], "Did you mean 'new'?"),
        (["new", "taken.yaml"], "taken.yaml exists; name another file"),
        (["new", "no/such/folder.yaml"], "cannot write"),
        (["new", "a.yaml", "b.yaml"], "new and at most one file; found 3"),
        (["new", "a.yaml", "--like", "brnad"], f"allowed {', '.join(models())}. Did you mean"),
        (["new", "a.yaml", "talk.rate=0"], "market new talk.rate=0: allowed new, list"),
        (["list", "a.yaml"], "takes no file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(in_folder, capsys, words, said):
    (in_folder / "taken.yaml").write_text("mine")
    assert main(["market", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err
    assert [p.name for p in in_folder.iterdir()] == ["taken.yaml"]
    assert (in_folder / "taken.yaml").read_text() == "mine"


def test_the_list_of_markets_names_firms_and_says_who_is_near(capsys):
    assert main(["market", "list"]) == 0
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "Alder" in shown
    assert "alder" not in shown
    assert shown.count("Nearest to") == 8
    assert "fifty sales calls" not in shown
    assert "ODD" not in shown
    assert main(["market", "list", "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "桤木（alder）" in shown, "the id that is typed stays visible"
    assert shown.count("接近") == 8
