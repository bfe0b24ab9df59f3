"""Departments: sales, the market department and marketing, as agents.

A department has tasks (the activities it owns), people with a home in one of the three functions,
and skills. It splits the money it is given over its tasks, as the executive meant it or as its KPIs
reward; what it can trade volume for is the care with which names are collected and checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mesa
import numpy as np
from numba import njit

from sim.agents.seen import Seen
from sim.kpis import KPIS
from sim.market.activities import OWNERS
from sim.rules import organising, selling
from sim.rules.organising import Organising

COUNTS = ("leads", "clicks", "impressions")
"""KPIs that count what is done, whatever comes of it."""

HOMES = np.eye(len(OWNERS))
"""People all of whom are at home in one function, float64 [function, function]."""

compiled = njit(cache=True, error_model="numpy")


@compiled
def _doing(people, confusion):  # type: ignore[no-untyped-def]
    """Who does a department's work (:meth:`Department.doing`)."""
    others = (people.sum() - people) / (len(people) - 1)
    return (1.0 - confusion) * people + confusion * others


@compiled
def _practise(people, skill, confusion, learning, fading):  # type: ignore[no-untyped-def]
    """Put skills after a week of work in place (:meth:`Department.practise`)."""
    doing = _doing(people, confusion)
    for home in range(len(doing)):
        for n in range(skill.shape[1]):
            skill[home, n] = selling.practised(skill[home, n], doing[home], learning, fading)


@compiled
def _craft(  # type: ignore[no-untyped-def]
    people, skill, at_home, confusion, gap, learning, fading, others_only
):
    """How well each task is done (:meth:`Department.craft`)."""
    full = organising.sustained(learning, fading, 1.0)
    doing, out = _doing(people, confusion), np.empty(skill.shape[1])
    for n in range(len(out)):
        missing = 0.0
        for home in range(len(doing)):
            own = home == at_home
            known = full if own and others_only else skill[home, n]
            missing += organising.shortfall(doing[home], known, 0.0 if own else gap, full)
        out[n] = min(1.0, max(0.0, 1.0 - missing))
    return out


class Department(mesa.Agent):
    """One function of one firm.

    Args:
        model: the Mesa model it joins.
        name: of :data:`sim.market.activities.OWNERS`.
        tasks: lines it owns; the last line of all are sales reps.
        lines: how many lines there are.
        weights: of KPIs.

    Attributes:
        people: share of its people at home in each function, float64 [function].
        skill: of people at home in each function at each of its tasks, float64 [function, task].
        split: how the department weighs its tasks, relative to the executive, float64 [task].
        weights: of KPIs, as the executive has last set them.
    """

    def __init__(
        self, model: mesa.Model, name: str, tasks: Sequence[int], weights: Mapping[str, float]
    ) -> None:
        super().__init__(model)
        self.name, self.tasks, self.weights = name, list(tasks), dict(weights)
        self.home = OWNERS.index(name)
        self.people = HOMES[self.home]
        self.skill = np.zeros((len(OWNERS), len(self.tasks)))
        self.split = np.ones(len(self.tasks))

    def doing(self, confusion: float) -> list[float]:
        """Who does the department's work: share by function people are at home in, [function]."""
        out: list[float] = _doing(self.people, confusion).tolist()
        return out

    def settle(self, confusion: float, learning: float, fading: float) -> None:
        """Skills that have always been practised like this."""
        for home, share in enumerate(self.doing(confusion)):
            self.skill[home] = organising.sustained(learning, fading, share)

    def practise(self, confusion: float, learning: float, fading: float) -> None:
        """A week of work: skill grows with the share of the task one does, and fades."""
        _practise(self.people, self.skill, confusion, learning, fading)

    def craft(self, confusion: float, rules: Organising, learning: float, fading: float,
              others_only: bool = False) -> np.ndarray:  # fmt: skip
        """How well each task is done, as a share of how those would who do nothing else and are at
        home in it, float64 [task].

        Args:
            others_only: whether people at home in it count as fully skilled (reps, whose own skill
                is known one by one).
        """
        out: np.ndarray = _craft(
            self.people, self.skill, self.home, confusion, rules.gap, learning, fading, others_only
        )
        return out

    def hire(self, rules: Organising, patronage: float, power: np.ndarray) -> None:
        """A week's turnover: places are filled from the powerful functions, or with people at home
        in the work."""
        new = (1.0 - patronage) * HOMES[self.home] + patronage * power
        self.people = self.people + min(1.0, rules.turnover / 52.0) * (new - self.people)

    # What KPIs do

    def follow_kpis(self, seen: Seen, pace: float) -> None:
        """Move money towards tasks that bring more of what is rewarded, per unit of money. KPIs
        that nobody can book to a task reward all tasks alike."""
        money = seen.money[self.tasks]
        active = money > 0.0
        if not active.any():
            return
        weights = {kpi: self.weights[kpi] for kpi in KPIS if kpi in self.weights}  # in one order
        reward, total = np.zeros(len(self.tasks)), sum(weights.values())
        for kpi, weight in weights.items():
            brought = seen.line(kpi)[self.tasks]
            adds_up = KPIS[kpi].unit != "share" and KPIS[kpi].better > 0 and brought.sum() > 0.0
            share = brought / brought.sum() if adds_up else money / money.sum()
            reward += weight / max(1e-12, total) * share
        relative = reward[active] / (money[active] / money.sum())
        moved = [
            organising.reshared(split, r, pace)
            for split, r in zip(self.split[active].tolist(), relative.tolist(), strict=True)
        ]
        self.split[active] = moved
        spent = money[active] / money.sum()
        self.split[active] /= max(1e-12, float((self.split[active] * spent).sum()))

    def allot(self, spend: np.ndarray) -> np.ndarray:
        """The department's own split of what its tasks have been given, cents [task], adding up to
        the same."""
        total = int(spend.sum())
        wanted = spend * self.split
        if total == 0 or wanted.sum() <= 0.0 or (self.split == 1.0).all():
            return spend
        out: np.ndarray = np.floor(wanted * (total / wanted.sum())).astype(np.int64)
        out[int(np.argmax(wanted))] += total - int(out.sum())
        return out

    def quality(self) -> float | None:
        """Between number (0) and quality (1) of leads, what the KPIs reward; None if neither."""
        number = sum(self.weights.get(kpi, 0.0) for kpi in COUNTS)
        quality = self.weights.get("accepted_leads", 0.0) + self.weights.get("conversion", 0.0)
        return quality / (number + quality) if number + quality > 0.0 else None

    def counted(self) -> float:
        """Weight of mere counts among its KPIs, of all weights."""
        total = sum(self.weights[kpi] for kpi in KPIS if kpi in self.weights)
        counts = sum(self.weights.get(kpi, 0.0) for kpi in COUNTS)
        return counts / total if total > 0.0 else 0.0

    def reweigh(self, kpi: str, pace: float) -> None:
        """The executive moves the weights towards a KPI."""
        for name in dict.fromkeys([*self.weights, kpi]):
            wanted = 1.0 if name == kpi else 0.0
            self.weights[name] = organising.moved(self.weights.get(name, 0.0), wanted, pace)
