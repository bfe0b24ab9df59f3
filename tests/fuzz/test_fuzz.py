"""Nothing a user gives leads to a traceback, a hang, or something half written.

The plain tests make 300 tries, always the same. ``FUZZ_TRIES=2000 pytest tests/fuzz`` makes as many
as asked for, other ones each time.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import sim
from sim.cli.app import main
from tests.fuzz.calls import CALLS, python_calls
from tests.fuzz.commands import command_lines
from tests.fuzz.files import plan_files

ASKED = os.environ.get("FUZZ_TRIES")
TRIES = int(ASKED or 300) // 3
"""Tries of each kind."""

LONGEST = 60
"""Seconds after which a try counts as hanging."""

few = settings(
    max_examples=TRIES, deadline=None, derandomize=not ASKED, database=None, print_blob=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
GOOD = "quarter,firm,activity,amount\nQ1,alder,broadcast,900000\n"
DRAFTS = (".writing-*", "*.part", "*.tmp")


class HangError(Exception):
    """A try did not end."""


@contextlib.contextmanager
def _limit() -> Iterator[None]:
    """An error after :data:`LONGEST` seconds; where there are no alarms, none."""

    def ring(*_: object) -> None:
        raise HangError

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _empty_folder() -> Iterator[Path]:
    """An empty current folder, removed afterwards."""
    place, before = Path(tempfile.mkdtemp()), Path.cwd()
    os.chdir(place)
    try:
        yield place
    finally:
        os.chdir(before)
        shutil.rmtree(place, ignore_errors=True)


def _gtm(words: list[str]) -> tuple[int, str, str]:
    """Exit code, output and error output of a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _limit():
        code = main(words)
    return code, out.getvalue(), err.getvalue()


def _left_behind(place: Path) -> list[str]:
    return [str(p.relative_to(place)) for pattern in DRAFTS for p in place.rglob(pattern)]


def _refused(name: str, arguments: tuple[Any, ...]) -> str | None:
    """The message of the refusal of a call, or None if the call is taken."""
    try:
        CALLS[name][0](*arguments)
    except sim.ConfigError as error:
        return str(error)
    return None


@pytest.mark.slow
@few
@given(words=command_lines())
def test_commands(words: list[str]) -> None:
    with _empty_folder() as place:
        (place / "good.csv").write_text(GOOD, encoding="utf-8")
        (place / "broken.csv").write_bytes(b"\xff\xfe\x00")
        (place / "folder").mkdir()
        code, out, err = _gtm(words)
        assert code in (0, 2), (code, err)
        assert "Traceback" not in out + err
        if code == 2:
            lines = err.rstrip("\n").split("\n")
            assert 1 <= len(lines) <= 21, err
            assert lines[0].startswith("gtm"), err
            made = [p for p in place.glob("results/*") if not p.name.startswith(".")]
            assert not made, made
        assert not _left_behind(place)


@pytest.mark.slow
@few
@given(content=plan_files)
def test_plan_files(content: bytes) -> None:
    with _empty_folder() as place:
        (place / "mine.csv").write_bytes(content)
        code, out, err = _gtm(["plan", "check", "mine.csv"])
        assert code in (0, 2), (code, err)
        assert "Traceback" not in out + err
        assert (code == 2) == bool(err.strip()), (code, out, err)
        assert len(err.rstrip("\n").split("\n")) <= 21, err
        assert (place / "mine.csv").read_bytes() == content


@pytest.mark.slow
@few
@given(call=python_calls())
def test_python_calls(call: tuple[str, tuple[Any, ...]]) -> None:
    name, arguments = call
    with _empty_folder() as place, warnings.catch_warnings(), _limit():
        warnings.simplefilter("error")
        message = _refused(name, arguments)
        assert message is None or len(message.strip().splitlines()) == 1, message
        assert not _left_behind(place)
