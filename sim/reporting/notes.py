"""Notes below an answer."""

from __future__ import annotations

from pathlib import Path

from sim.reporting.words import Words


def saved(place: Path, words: Words) -> str:
    """The sentence that says where results were written."""
    return words.say("saved", path=place)
