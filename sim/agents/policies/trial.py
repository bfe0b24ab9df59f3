"""Trial and error: move some money from one line to another, and undo it if what the executive
tries to raise has fallen: profit, or another objective (``organisation.objective``)."""

from __future__ import annotations

import numpy as np

from sim.agents.objectives import OBJECTIVES
from sim.agents.policy import View


def credit(view: View) -> np.ndarray | None:
    """The present budget with one new move, and with the last move undone if the objective has
    fallen. A new objective has no past: nothing is undone in its first quarter.

    None while there are not two lines to choose from, or no money on them.
    """
    lines = np.flatnonzero(view.open)
    funded = np.flatnonzero(view.open & (view.money > 0.0))
    if len(lines) < 2 or not len(funded):
        return None
    name, memory = view.objective, view.memory
    worth = np.array([OBJECTIVES[name](view.seen)])
    change = np.zeros(len(view.money))
    if "move" in memory and name in memory and worth[0] < memory[name][0]:
        change -= memory["move"]
    here = int(funded[int(view.draw(0) * len(funded))])
    others = lines[lines != here]
    there = int(others[int(view.draw(1) * len(others))])
    amount = min(float(view.money[here]), view.pace * float(view.money.sum()) / len(lines))
    move = np.zeros(len(view.money))
    move[here], move[there] = -amount, amount
    memory.clear()
    memory |= {name: worth, "move": move}
    return view.money + (change + move) / view.pace if view.pace > 0.0 else view.money
