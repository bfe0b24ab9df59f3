"""Objective and task: the budget is raised while fewer people know the firm than it aims at, and
cut while more do. It aims at a little more than knew it in the first quarter reviewed."""

from __future__ import annotations

import numpy as np

from sim.agents.policies.fixed import credit as credit
from sim.agents.policy import View
from sim.rules.budgets import AIM, allowed, objective_and_task


def budget(view: View) -> float:
    """Money per week for activities."""
    seen, money = view.seen.firm("awareness"), float(view.money[:-1].sum())
    target = float(view.memory.setdefault("target", np.array([AIM * seen]))[0])
    last = float(view.memory.get("budget", np.array([money]))[0])
    begun = float(view.memory["begun"][0])
    wanted = float(allowed(objective_and_task(last, target, seen), begun))
    view.memory["budget"] = np.array([wanted])
    return wanted
