"""What a budget policy is. They stand in :mod:`sim.agents.policies`, one file each, and are chosen
by name (``organisation.policy=...``).

A policy is a module with a function ``credit(view: View) -> ndarray | None``: what each line has
earned in the quarter, in any unit, or None to leave money where it is. The executive moves money
towards credit at its pace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from sim.agents import policies
from sim.agents.seen import Seen


@dataclass
class View:
    """What a policy may look at.

    Attributes:
        seen: the newest quarter the firm knows of.
        money: per week on each line by now, float64 [line].
        open: bool [line], whether money can be put on a line.
        memory: arrays the policy keeps, by name; saved with the world.
        luck: gives a draw strictly between 0 and 1 for a number, the same one in the same quarter.
        what_if: profit over a year if a line got more money for a quarter, less what it would be
            without, money; only an oracle has it in earnest.
        pace: share of the money the executive would move in a quarter.
    """

    seen: Seen
    money: np.ndarray
    open: np.ndarray
    memory: dict[str, np.ndarray]
    luck: Callable[[int], float]
    what_if: Callable[[int, float], float]
    pace: float


def find(name: str) -> Callable[[View], np.ndarray | None]:
    """The credit function of a policy."""
    credit: Callable[[View], np.ndarray | None] = import_module(
        f"{policies.__name__}.{name}"
    ).credit
    return credit
