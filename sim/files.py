"""Paths of shipped files: inside the package when installed, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    places = (_PACKAGE / name, _PACKAGE.parent / name)
    return next((place for place in places if place.is_dir()), _PACKAGE)


CONFIGS = _shipped("configs")
"""Markets, activities, plans, pay plans, scorecards and the published cohort of buyers."""

SCENARIOS = _shipped("scenarios")
"""Scenarios with their questions and claims, and the stored verdicts."""

WORDS = _PACKAGE / "reporting" / "words"
"""Printed sentences and labels, one file per language."""
