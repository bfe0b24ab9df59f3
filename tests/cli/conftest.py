"""Tests of the command line take it as used before: no first run, which says that it compiles."""

from __future__ import annotations

import pytest

from sim.cli import progress


@pytest.fixture(autouse=True)
def _used_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "is_first_run", lambda: False)
