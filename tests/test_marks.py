"""Hashes of compiled code and of cached runs change with their sources, and with nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sim
from sim import _compiled_sources
from sim.runs.address import program

PACKAGE = Path(sim.__file__).parent

KERNELS = sorted(
    path.relative_to(PACKAGE).as_posix()
    for part in ("rules", "engines/kernels", "agents/sales")
    for path in (PACKAGE / part).rglob("*.py")
)
ASIDE = (
    "cli/app.py", "cli/verbs/run.py", "reporting/terminal.py", "reporting/words/en.yaml",
    "reporting/words/zh.yaml", "outcomes/run.py", "experiments/claims.py", "ODD.md",
)  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    """A copy of the package to edit."""
    place = tmp_path / "sim"
    shutil.copytree(PACKAGE, place, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def _edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")


@pytest.mark.parametrize("name", KERNELS)
def test_editing_a_rule_or_kernel_changes_both_marks(copy, name):
    compiled, stored = _compiled_sources(copy), program(copy)
    _edit(copy / name)
    program.cache_clear()
    assert _compiled_sources(copy) != compiled
    assert program(copy) != stored


@pytest.mark.parametrize("name", ASIDE)
def test_editing_a_verb_a_table_or_a_text_changes_neither(copy, name):
    compiled, stored = _compiled_sources(copy), program(copy)
    _edit(copy / name)
    program.cache_clear()
    assert _compiled_sources(copy) == compiled
    assert program(copy) == stored


def test_a_new_rule_in_a_sub_folder_counts(copy):
    compiled, stored = _compiled_sources(copy), program(copy)
    (copy / "rules" / "more").mkdir()
    (copy / "rules" / "more" / "points.py").write_text("POINTS = 1\n")
    program.cache_clear()
    assert _compiled_sources(copy) != compiled
    assert program(copy) != stored
