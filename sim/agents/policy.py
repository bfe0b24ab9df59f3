"""Interface of budget policies. The policies are in :mod:`sim.agents.policies`, one file each, and
are chosen by name (``organisation.policy=...``).

A policy is a module with a function ``credit(view: View) -> ndarray | None``: the credit of each
line for the quarter, in any unit, or None to leave the budget unchanged. The executive moves money
towards credit at its own pace. A policy may also have a function ``budget(view: View) -> float``:
the money per week for all activities together in the coming quarter. Plan and declared budget then
set how it is divided, and a change of them acts in proportion.
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
    """Information available to a policy.

    Attributes:
        seen: the latest quarter the firm knows of.
        money: present money per week on each line, float64 [line].
        open: whether money can be spent on a line, bool [line].
        memory: arrays that the policy keeps, by name; saved in snapshots.
        draw: maps an integer to a uniform draw between 0 and 1, constant within a quarter.
        what_if: change of the year's profit if a line got more money for a quarter, money; intended
            for the oracle only.
        pace: share of the money that the executive moves per quarter.
        objective: name of what the executive tries to raise (:mod:`sim.agents.objectives`).
    """

    seen: Seen
    money: np.ndarray
    open: np.ndarray
    memory: dict[str, np.ndarray]
    draw: Callable[[int], float]
    what_if: Callable[[int, float], float]
    pace: float
    objective: str = "profit"


def find(name: str) -> Callable[[View], np.ndarray | None]:
    """Import a policy by name and return its credit function."""
    credit: Callable[[View], np.ndarray | None] = import_module(
        f"{policies.__name__}.{name}"
    ).credit
    return credit


def budget_rule(name: str) -> Callable[[View], float] | None:
    """Import a policy by name and return its rule of budgets, if it has one."""
    return getattr(import_module(f"{policies.__name__}.{name}"), "budget", None)
