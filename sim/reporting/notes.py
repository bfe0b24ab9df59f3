"""Notes below an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.reporting.words import Words


def next_steps(steps: Sequence[str], place: Path, words: Words) -> str:
    """What can be done next, one line each, and the folder with the results."""
    lines = [*steps, words.say("next_folder", path=place)]
    return "\n".join([words.say("next_title"), *(f"  {line}" for line in lines)])


def saved(place: Path, words: Words) -> str:
    """The sentence that says where results were written."""
    return words.say("saved", path=place)
