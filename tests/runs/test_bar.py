"""The bar for use from Python."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

import sim
from sim.runs import bar

CELL = f"""
import sys
sys.path.insert(0, {str(sim.__path__[0])!r} + "/..")
from sim.runs import bar
with bar.shown(True) as tell:
    tell(2, 4)
    tell(2, 4)
"""


def test_a_bar_counts_and_what_was_kept_before_is_no_pace(capsys):
    with bar.shown(True) as tell:
        assert tell is not None
        tell(30, 40)
        tell(4, 40)
        tell(6, 40)
    said = capsys.readouterr().err
    assert "40/40" in said
    assert "100%" in said


def test_a_function_is_called_and_nothing_is_shown(capsys):
    told: list[tuple[int, int]] = []
    with bar.shown(lambda done, total: told.append((done, total))) as tell:
        assert tell is not None
        tell(1, 2)
    assert told == [(1, 2)]
    for nothing in (None, False):
        with bar.shown(nothing) as tell:
            assert tell is None
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_notebook_shows_the_bar_and_no_warning():
    cell = nbformat.v4.new_code_cell(CELL)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=120).execute()
    said = "".join(out["text"] for out in cell["outputs"])
    assert "4/4" in said
    assert "Warning" not in said
