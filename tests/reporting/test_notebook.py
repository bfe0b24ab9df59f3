"""Notebooks in both languages: the same code, folded, with words in the language of each."""

from __future__ import annotations

import ast
import json
import re

import pytest
from matplotlib.figure import Figure
from rich.table import Table

from sim.reporting.notebook import Html, Picture, paragraphs, picture, table
from tests.conftest import ROOT

NAMES = ("researcher", "strategist", "trainer")
FOLDERS = {"en": ROOT / "notebooks", "zh": ROOT / "notebooks" / "zh"}
SMALL = ["population.customers=100", "weeks=20", "warmup=0", "replicates=2", "smallest_effect=0"]


def cells(language, name):
    text = (FOLDERS[language] / f"{name}.ipynb").read_text(encoding="utf-8")
    return [(c, "".join(c["source"])) for c in json.loads(text)["cells"]]


def code(language, name):
    return [source for cell, source in cells(language, name) if cell["cell_type"] == "code"]


def test_there_are_the_same_notebooks_in_both_languages():
    for folder in FOLDERS.values():
        assert sorted(path.stem for path in folder.glob("*.ipynb")) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_differ_by_their_words_alone(name):
    english, chinese = (
        [
            ast.dump(ast.parse(source.replace('Words("zh")', 'Words("en")')))
            for source in code(x, name)
        ]
        for x in FOLDERS
    )
    assert english == chinese
    assert all('Words("zh")' not in source for source in code("en", name))
    for cell, source in cells("zh", name):
        if cell["cell_type"] == "markdown":
            assert re.search("[\u4e00-\u9fff]{2}", source)


@pytest.mark.parametrize("language", FOLDERS)
@pytest.mark.parametrize("name", NAMES)
def test_all_code_is_folded_but_the_cell_that_a_reader_changes(language, name):
    found = [cell["metadata"] for cell, _ in cells(language, name) if cell["cell_type"] == "code"]
    assert found[0] == {}
    for metadata in found[1:]:
        assert metadata == {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_chinese_notebook_runs(name):
    """The English ones run as they are, in a process of their own; these in a small market."""
    first, *rest = code("zh", name)
    names: dict[str, object] = {}
    exec(first, names)
    names |= {
        "settings": SMALL,
        "assumptions": 2,
        "replicates": 2,
        "points": 2,
        "boom": "talk.rate=0.1",
    }
    shown = [_run(source, names) for source in rest]
    assert [type(one) for one in shown if one] == [type(one) for one in shown]
    text = "".join(one.text for one in shown if isinstance(one, Html))
    assert re.search("[\u4e00-\u9fff]{4}", text)
    assert isinstance(shown[-1], Picture)


def _run(source, names):
    """Run a cell; what its last line shows."""
    *lines, last = ast.parse(source).body
    exec(compile(ast.Module(lines, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_sentences_and_tables_are_shown_as_they_are():
    assert paragraphs(["$1 < $2", "a"])._repr_html_() == "<p>$1 &lt; $2</p><p>a</p>"
    found = Table(title="t", caption="<c>")
    found.add_column("h")
    found.add_row("one\ntwo")
    shown = table(found)._repr_html_()
    assert "one<br>two" in shown
    assert shown.endswith("<p>&lt;c&gt;</p>")
    assert picture(Figure())._repr_png_().startswith(b"\x89PNG")
