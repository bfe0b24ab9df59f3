"""Learning by trial: move some money from one line to another; if profit has fallen since, move it
back."""

from __future__ import annotations

import numpy as np

from sim.agents.policy import View


def credit(view: View) -> np.ndarray | None:
    """Where the money should be: as it is, with the last move undone if it did not pay, and a new
    one made."""
    lines = np.flatnonzero(view.open)
    funded = np.flatnonzero(view.open & (view.money > 0.0))
    if len(lines) < 2 or not len(funded):
        return None
    profit, memory = np.array([view.seen.firm("profit")]), view.memory
    change = np.zeros(len(view.money))
    if "move" in memory and profit[0] < memory["profit"][0]:
        change -= memory["move"]
    here = int(funded[int(view.luck(0) * len(funded))])
    others = lines[lines != here]
    there = int(others[int(view.luck(1) * len(others))])
    amount = min(float(view.money[here]), view.pace * float(view.money.sum()) / len(lines))
    move = np.zeros(len(view.money))
    move[here], move[there] = -amount, amount
    view.memory |= {"profit": profit, "move": move}
    return view.money + (change + move) / max(1e-12, view.pace)
