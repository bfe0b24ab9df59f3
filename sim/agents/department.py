"""Departments: sales, the market department and marketing, as agents.

A department has tasks (the activities it owns), staff whose home is one of the three functions, and
skills. It splits its money over its tasks as the executive intended or as its KPIs reward. It can
trade the volume of captured leads against the care with which they are captured and checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import mesa
import numpy as np

from sim.agents.seen import Seen
from sim.compile import compiled
from sim.kpis import KPIS
from sim.market.activities import OWNERS
from sim.rules import organising, selling
from sim.rules.organising import Organising
from sim.rules.units import YEAR

VOLUME_KPIS = ("leads", "clicks", "impressions")
"""KPIs that reward volume, whatever the results."""

HOMES = np.eye(len(OWNERS))
"""Staff shares of departments with staff of their own function only, [function, function]."""


@compiled
def _role_shares(people, role_mixing):  # type: ignore[no-untyped-def]
    """Shares of a department's work (:meth:`Department.role_shares`)."""
    out, total = np.empty(len(people)), people.sum()
    for home in range(len(people)):
        others = (total - people[home]) / (len(people) - 1)
        out[home] = organising.role_share(people[home], others, role_mixing)
    return out


@compiled
def _practise(people, skill, role_mixing, learning, fading):  # type: ignore[no-untyped-def]
    """Update skills in place after a week of work (:meth:`Department.practise`)."""
    shares = _role_shares(people, role_mixing)
    for home in range(len(shares)):
        for n in range(skill.shape[1]):
            skill[home, n] = selling.practised(skill[home, n], shares[home], learning, fading)


@compiled
def _work_quality(  # type: ignore[no-untyped-def]
    people, skill, at_home, role_mixing, skill_gap, learning, fading, others_only
):
    """Quality of the work on each task (:meth:`Department.work_quality`)."""
    full = organising.sustained(learning, fading, 1.0)
    shares, out = _role_shares(people, role_mixing), np.empty(skill.shape[1])
    for n in range(len(out)):
        missing = 0.0
        for home in range(len(shares)):
            own = home == at_home
            known = full if own and others_only else skill[home, n]
            missing += organising.shortfall(shares[home], known, 0.0 if own else skill_gap, full)
        out[n] = min(1.0, max(0.0, 1.0 - missing))
    return out


class Department(mesa.Agent):
    """One function of one firm.

    Args:
        model: the Mesa model that the agent joins.
        name: one of :data:`sim.market.activities.OWNERS`.
        tasks: lines the department owns; the last of all lines is the sales reps.
        weights: KPI weights.

    Attributes:
        people: share of the staff whose home is each function, float64 [function].
        skill: skill of staff from each function at each task, float64 [function, task].
        split: weight of each task relative to the executive's split, float64 [task].
        weights: KPI weights as last set.
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

    def role_shares(self, role_mixing: float) -> list[float]:
        """Share of the department's work done by staff from each function, [function]."""
        out: list[float] = _role_shares(self.people, role_mixing).tolist()
        return out

    def settle(self, role_mixing: float, learning: float, fading: float) -> None:
        """Initialise skills at their steady state."""
        for home, share in enumerate(self.role_shares(role_mixing)):
            self.skill[home] = organising.sustained(learning, fading, share)

    def practise(self, role_mixing: float, learning: float, fading: float) -> None:
        """Update skills after a week: they grow with the share of work done, and fade."""
        _practise(self.people, self.skill, role_mixing, learning, fading)

    def work_quality(
        self, role_mixing: float, params: Organising, learning: float, fading: float,
        others_only: bool = False,
    ) -> np.ndarray:  # fmt: skip
        """Quality of the work on each task relative to full-time specialists, float64 [task].

        Args:
            others_only: treat staff whose home is the task's function as fully skilled. Used for
                reps, whose own skills are modelled one by one.
        """
        out: np.ndarray = _work_quality(
            self.people, self.skill, self.home, role_mixing, params.skill_gap, learning, fading,
            others_only,
        )  # fmt: skip
        return out

    def hire(self, params: Organising, power_hiring: float, power: np.ndarray) -> None:
        """Replace a week's turnover with staff from the department's own function, or from the
        functions that command the budget.

        Args:
            power_hiring: share of vacancies filled in proportion to power.
            power: share of the firm's budget each function commands, float64 [function].
        """
        self.people = np.array(
            [
                organising.replaced(
                    now, organising.hired_share(home, by_power, power_hiring), params.turnover,
                    float(YEAR),
                )
                for now, home, by_power in zip(
                    self.people.tolist(), HOMES[self.home].tolist(), power.tolist(), strict=True
                )
            ]
        )  # fmt: skip

    # Effects of KPIs

    def follow_kpis(self, seen: Seen, pace: float) -> None:
        """Move money towards tasks with more of the rewarded results per unit of money. A KPI that
        cannot be booked to tasks rewards all of them alike.

        Args:
            seen: the quarter as the firm sees it.
            pace: share of the money moved in a quarter.
        """
        money = seen.money[self.tasks]
        active = money > 0.0
        if not active.any():
            return
        weights = {
            kpi: self.weights[kpi] for kpi in KPIS if kpi in self.weights
        }  # in a fixed order
        reward, total = np.zeros(len(self.tasks)), sum(weights.values())
        for kpi, weight in weights.items():
            brought = seen.line(kpi)[self.tasks]
            adds_up = KPIS[kpi].unit != "share" and KPIS[kpi].better > 0 and brought.sum() > 0.0
            share = brought / brought.sum() if adds_up else money / money.sum()
            reward += (weight / total if total > 0.0 else 0.0) * share
        spent = money[active] / money.sum()
        moved = [
            organising.reshared(split, organising.relative_reward(earned, share), pace)
            for split, earned, share in zip(
                self.split[active].tolist(), reward[active].tolist(), spent.tolist(), strict=True
            )
        ]
        self.split[active] = moved
        mean = float((self.split[active] * spent).sum())
        if mean > 0.0:
            self.split[active] /= mean

    def allot(self, spend: np.ndarray) -> np.ndarray:
        """Split of the department's money over its tasks, cents [task]; the total stays.

        Args:
            spend: the executive's split, cents [task].
        """
        total = int(spend.sum())
        wanted = spend * self.split
        if total == 0 or wanted.sum() <= 0.0 or (self.split == 1.0).all():
            return spend
        out: np.ndarray = np.floor(wanted * (total / wanted.sum())).astype(np.int64)
        out[int(np.argmax(wanted))] += total - int(out.sum())
        return out

    def lead_quality_weight(self) -> float | None:
        """Weight of quality against number of leads among the KPIs, 0 to 1; None if neither is
        rewarded."""
        number = sum(self.weights.get(kpi, 0.0) for kpi in VOLUME_KPIS)
        quality = self.weights.get("accepted_leads", 0.0) + self.weights.get("conversion", 0.0)
        return quality / (number + quality) if number + quality > 0.0 else None

    def volume_weight(self) -> float:
        """Weight of volume KPIs among all KPIs."""
        total = sum(self.weights[kpi] for kpi in KPIS if kpi in self.weights)
        volume = sum(self.weights.get(kpi, 0.0) for kpi in VOLUME_KPIS)
        return volume / total if total > 0.0 else 0.0

    def reweight(self, kpi: str, pace: float) -> None:
        """Move the KPI weights towards one KPI, by a share ``pace``."""
        for name in dict.fromkeys([*self.weights, kpi]):
            wanted = 1.0 if name == kpi else 0.0
            self.weights[name] = organising.moved(self.weights.get(name, 0.0), wanted, pace)
