"""Every number in behavioural code is declared with its unit, its meaning and its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from sim.params import CONSTANTS
from sim.reporting import explain

PACKAGE = Path(sim.__file__).parent
PLAIN = (0, 0.5, 1, 2)
"""Numbers that need no declaration, and their negatives."""

EXEMPT = ("rules/arithmetic.py",)
"""Arithmetic is made of numbers."""

FILES = {
    path.relative_to(PACKAGE).as_posix(): path
    for part in ("rules", "agents")
    for path in sorted((PACKAGE / part).rglob("*.py"))
}


def _bare(code: str) -> Iterator[tuple[int, float]]:
    """Line and value of every number outside a declaration that is not plain."""
    tree = ast.parse(code)
    declared: set[ast.AST] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("number", "constant", "mechanism")
        ):
            declared |= set(ast.walk(node))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and type(node.value) in (int, float)
            and node.value not in PLAIN
            and node not in declared
        ):
            yield node.lineno, node.value


@pytest.mark.parametrize("name", [n for n in FILES if n not in EXEMPT])
def test_every_number_is_declared(name):
    assert not list(_bare(FILES[name].read_text(encoding="utf-8")))


def test_undeclared_numbers_are_found():
    code = (
        "A = constant('a.A', 7, unit='', meaning='', source='')\nB = 3.0 * -A + 2 if 0.5 else True"
    )
    assert list(_bare(code)) == [(2, 3.0)]


def test_a_constant_is_called_as_its_global_is_and_listed():
    """``gtm explain`` and the ODD list every constant, with a reason for its value."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=target)],
                    value=ast.Call(
                        func=ast.Name(id="constant"), args=[ast.Constant(value=name), *_]
                    ),
                ):
                    assert name == f"{path.stem}.{target}"
                    assert name not in found, "two constants of one name"
                    found[name] = path
    listed = [row[0] for row in explain.constants().rows]
    assert listed == sorted(found)
    for name in listed:
        known = CONSTANTS[name]
        assert known.unit, name
        assert known.meaning.endswith("."), name
        assert known.source.startswith(("assumption: ", "convention: ")), name
