"""Architecture: which parts may import which, and where code belongs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import sim

PACKAGE = Path(sim.__file__).parent

LEVELS = {
    "params": 0, "draws": 0, "files": 0, "compile": 0,
    "rules": 1,
    "market": 2, "ledger": 2,
    "kpis": 3, "engines": 3, "config": 3, "plans": 3,
    "agents": 4, "outcomes": 4,
    "model": 5,
    "runs": 6,
    "experiments": 7,
    "reporting": 8,
    "cli": 9,
    "__main__": 10,
}  # fmt: skip
"""A part may import lower levels and its own folder. CONTRIBUTING.md shows the same order."""

FILES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def _part(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return inside.parts[0].removesuffix(".py")


def _imports(path: Path) -> list[str]:
    out = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim"):
            assert node.level == 0, f"{path}: imports are absolute"
            if node.module == "sim":
                out += [a.name for a in node.names if a.name in LEVELS]
            else:
                out.append(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            out += [a.name.split(".")[1] for a in node.names if a.name.startswith("sim.")]
    return out


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_downwards(path):
    own = _part(path)
    for other in _imports(path):
        if other != own:
            assert LEVELS[other] < LEVELS[own], f"{path.name} imports {other}"


def test_every_part_has_a_level():
    parts = {_part(p) for p in FILES}
    assert parts == set(LEVELS)


@pytest.mark.parametrize("path", sorted((PACKAGE / "rules").glob("*.py")), ids=lambda p: p.name)
def test_rules_are_pure(path):
    """Rules import no library except in the arithmetic, print nothing and keep no state."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            allowed = ("__future__", "dataclasses", "sim.params", "sim.rules")
            own = ("numba", "numba.core", "numba.extending")
            u64_only = node.module == "sim.draws" and [a.name for a in node.names] == ["u64"]
            assert (
                str(node.module).startswith(allowed)
                or u64_only
                or (path.name == "arithmetic.py" and node.module in own)
            ), f"{path.name} imports {node.module}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "open", "sum"), node.func.id
        assert not isinstance(node, ast.Global | ast.Nonlocal | ast.Pow), path.name


def test_packages_hold_no_code_in_init():
    for path in PACKAGE.rglob("__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.parent in (PACKAGE, PACKAGE / "reporting" / "words"):
            continue
        assert all(isinstance(n, ast.Expr) for n in tree.body), path


def test_yaml_that_people_write_is_read_in_one_place():
    readers = [p for p in FILES if re.search(r"yaml\.(\w+_)?load", p.read_text(encoding="utf-8"))]
    assert [str(p.relative_to(PACKAGE)) for p in readers] == [
        "config/reading.py", "files.py",
    ]  # fmt: skip


def test_only_one_file_knows_hydra():
    users = [p.name for p in FILES if re.search(r"^from (hydra|omegaconf)", p.read_text(), re.M)]
    assert users == ["compose.py"]


def test_no_rule_asks_which_market_it_is_in():
    markets = [p.stem for p in (PACKAGE.parent / "configs" / "market").glob("*.yaml")]
    behaviour = [p for p in FILES if _part(p) not in ("experiments", "reporting", "cli")]
    for path in behaviour:
        words = path.read_text(encoding="utf-8")
        for market in markets:
            assert f'"{market}"' not in words, (path.name, market)
