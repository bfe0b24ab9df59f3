"""Departments: sales, the market department and marketing, as agents.

A department has tasks (the activities it owns), staff whose home is one of the three functions, and
skills. It splits its money over its tasks as the executive intended or as its KPIs reward. It can
trade the volume of captured leads against the care with which they are captured and checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import mesa
import numpy as np

from sim.agents.organisations import Organisations
from sim.agents.seen import Seen
from sim.compile import compiled
from sim.kpis import KPIS
from sim.market.activities import OWNERS
from sim.rules import organising
from sim.rules.arithmetic import numpy_sum

VOLUME_KPIS = ("leads", "clicks", "impressions")
"""KPIs that reward volume, whatever the results."""


class Department(mesa.Agent):
    """One function of one firm.

    Args:
        model: the Mesa model that the agent joins.
        name: one of :data:`sim.market.activities.OWNERS`.
        row: row of the firm.
        organisations: columns that hold the department's numbers.
        weights: KPI weights.

    Attributes:
        tasks: lines the department owns, int64 [task]; the last of all lines is the sales reps.
        by_kpi: KPI weights in the order of KPIs, float64 [KPI].
    """

    def __init__(
        self, model: mesa.Model, name: str, row: int, organisations: Organisations,
        weights: Mapping[str, float],
    ) -> None:  # fmt: skip
        super().__init__(model)
        self.name, self.row, self._organisations = name, row, organisations
        self.home = OWNERS.index(name)
        self.tasks = organisations.tasks(self.home)
        self.weights = weights

    @property
    def people(self) -> np.ndarray:
        """Share of the staff whose home is each function, float64 [function]."""
        people: np.ndarray = self._organisations.columns.numbers[self.row]["people"][self.home]
        return people

    @people.setter
    def people(self, people: np.ndarray) -> None:
        self.people[:] = people

    @property
    def skill(self) -> np.ndarray:
        """Skill of staff from each function at each task, float64 [function, task]; a copy, which
        is set as a whole."""
        return _frozen(self._organisations.columns.skill[self.row].take(self.tasks, axis=1))

    @skill.setter
    def skill(self, skill: np.ndarray) -> None:
        self._organisations.columns.skill[self.row][:, self.tasks] = skill

    @property
    def split(self) -> np.ndarray:
        """Weight of each task relative to the executive's split, float64 [task]; a copy, which is
        set as a whole."""
        return _frozen(self._organisations.columns.split[self.row, self.tasks])

    @split.setter
    def split(self, split: np.ndarray) -> None:
        self._organisations.columns.split[self.row, self.tasks] = split

    @property
    def weights(self) -> Mapping[str, float]:
        """KPI weights as last set; a view, which is set as a whole."""
        return MappingProxyType(self._weights)

    @weights.setter
    def weights(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)
        places = [(n, kpi) for n, kpi in enumerate(KPIS) if kpi in weights]
        by_kpi = np.zeros(len(KPIS))
        for n, kpi in places:
            by_kpi[n] = weights[kpi]
        self.by_kpi, total = _frozen(by_kpi), sum(weights[kpi] for _, kpi in places)
        self._rewarded = {kpi: weights[kpi] / total if total > 0.0 else 0.0 for _, kpi in places}
        number = sum(weights.get(kpi, 0.0) for kpi in VOLUME_KPIS)
        quality = weights.get("accepted_leads", 0.0) + weights.get("conversion", 0.0)
        numbers = self._organisations.columns.numbers[self.row]
        numbers["volume"][self.home] = number / total if total > 0.0 else 0.0
        numbers["lead_quality"][self.home] = (
            quality / (number + quality) if number + quality > 0.0 else np.nan
        )
        self._organisations.derive()

    # Effects of KPIs

    def follow_kpis(self, seen: Seen, pace: float) -> None:
        """Move money towards tasks with more of the rewarded results per unit of money. A KPI that
        cannot be booked to tasks rewards all of them alike.

        Args:
            seen: the quarter as the firm sees it.
            pace: share of the money moved in a quarter.
        """
        brought = np.zeros((len(self._rewarded), len(self.tasks)))
        for n, name in enumerate(self._rewarded):
            kpi = KPIS[name]
            if kpi.unit != "share" and kpi.better > 0:
                brought[n] = seen.line(name)[self.tasks]
        weights = np.array([*self._rewarded.values()], np.float64)
        split = self._organisations.columns.split[self.row]
        _follow(split, self.tasks, seen.money[self.tasks], weights, brought, pace)

    def reweight(self, kpi: str, pace: float) -> None:
        """Move the KPI weights towards one KPI, by a share ``pace``."""
        self.weights = {
            name: organising.moved(self.weights.get(name, 0.0), float(name == kpi), pace)
            for name in dict.fromkeys([*self.weights, kpi])
        }


@compiled
def _follow(split, tasks, money, weights, brought, pace):  # type: ignore[no-untyped-def]
    """Update the weights of a department's tasks in place (:meth:`Department.follow_kpis`).

    Args:
        split: weight of each line, float64 [line].
        tasks: lines the department owns, int64 [task].
        money: money spent on each task, float64 [task].
        weights: share of each KPI in all weights, float64 [kpi].
        brought: each KPI by task, 0 for one that cannot be booked to tasks, float64 [kpi, task].
        pace: share of the money moved in a quarter.
    """
    number, all_money = len(tasks), numpy_sum(money, len(tasks))
    if all_money <= 0.0:
        return
    reward, moved, funded = np.zeros(number), np.empty(number), 0
    for n in range(len(weights)):
        total = numpy_sum(brought[n], number)
        for k in range(number):
            share = brought[n, k] / total if total > 0.0 else money[k] / all_money
            reward[k] += weights[n] * share
    for k in range(number):
        if money[k] > 0.0:
            share, task = money[k] / all_money, tasks[k]
            earned = organising.relative_reward(reward[k], share)
            split[task] = organising.reshared(split[task], earned, pace)
            moved[funded] = split[task] * share
            funded += 1
    mean = numpy_sum(moved, funded)
    for k in range(number):
        if money[k] > 0.0 and mean > 0.0:
            split[tasks[k]] /= mean


def _frozen(copy: np.ndarray) -> np.ndarray:
    """A copy that cannot be taken for the original: it is read-only."""
    copy.flags.writeable = False
    return copy
