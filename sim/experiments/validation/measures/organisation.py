"""Organisation: differences between marketing and sales (E43)."""

from __future__ import annotations

import numpy as np

from sim.agents.organisations import MARKET_DEPARTMENT, MARKETING
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import Trial, advance, flows, mean, ratio, repeated
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.params import key_of
from sim.rules.units import YEAR

LONG = 2 * YEAR
"""Weeks until departments have followed other aims, and until it pays."""

ALIKE = "+kpis.alike={market_department: {order_value: 1.0}, marketing: {order_value: 1.0}}"
"""Departments that are measured by what reps are paid for, the value of orders."""

FULL_SKILL, HALF_SKILL = 1.0, 0.5
"""Factors of skill of reps, and of the other departments."""


@measures("E43")
@repeated(2)
def marketing_and_sales(trial: Trial) -> Figures:
    """Firm by firm. Orientation: for two years the market department and marketing are measured by
    results of their own (awareness and preference; trust and lifetime value), or else by what reps
    are paid for, the value of orders. The figure is the firm's profit with different aims less that
    with the same aims, over its revenue. Competence: the skills of reps, of the other departments,
    of both, or of neither are halved. They recover with practice. The figure is the interaction:
    profit in the year after with both or neither halved, less profit with one or the other halved
    (each a sum of two), over revenue with neither halved. It is positive if a gap hurts; what skill
    does in one department alone drops out, also where more of it helps less and less. Cooperation
    is the care with which leads are handed over: what the gaps take of it. Means over firms.

    The model knows aims only as KPIs that move a department's money, and competence only as skill
    in a department's own tasks. It has no time horizon of a department and no side that it takes,
    for customers or for products: what these do cannot be measured."""
    firms = range(len(trial.world.names))
    aims, skills = ([part(trial, f) for f in firms] for part in (orientation, competence))
    return {
        "orientation": mean(profit for profit, _ in aims),
        "competence": mean(profit for profit, _ in skills),
        "cooperation": mean(lost for _, lost in (*aims, *skills)),
        "advocacy": float("nan"),
    }


def orientation(trial: Trial, f: int) -> tuple[float, float]:
    """Profit over revenue that a firm gains by different aims, and care of handoffs it loses."""
    names = trial.world.names
    apart = trial.branch(*(measured_by(name, "own") for name in names), weeks=LONG)
    alike = trial.branch(ALIKE, measured_by(names[f], "alike"), weeks=LONG)
    gain = return_on_sales(apart, alike, f, LONG)
    return gain, care(alike, f) - care(apart, f)


def measured_by(firm: str, kpis: str) -> str:
    """A firm's departments are measured by some KPIs."""
    return f"{key_of(('firms', firm, 'organisation', 'kpis'))}={kpis}"


def competence(trial: Trial, f: int) -> tuple[float, float]:
    """Profit over revenue, and care of handoffs, that a firm loses by a gap in skills: profit
    of two branches without a gap less that of two with one; of care, the difference of means."""
    even, uneven = (
        [with_skills(trial, f, *by) for by in pairs]
        for pairs in (
            ((FULL_SKILL, FULL_SKILL), (HALF_SKILL, HALF_SKILL)),
            ((FULL_SKILL, HALF_SKILL), (HALF_SKILL, FULL_SKILL)),
        )
    )
    lost = sum(profit(w, f, YEAR) for w in even) - sum(profit(w, f, YEAR) for w in uneven)
    cared = float(np.mean([care(w, f) for w in even]) - np.mean([care(w, f) for w in uneven]))
    return ratio(lost, float(flows(even[0])[f, acc.REVENUE])), cared


def with_skills(trial: Trial, f: int, reps: float, others: float) -> World:
    """A branch, a year later, in which the skills of a firm's reps and of its other departments are
    multiplied once."""
    twin = trial.world.branch()
    twin.sales.columns.reps["skill"][f] *= reps
    twin.organisations.columns.skill[f, [MARKET_DEPARTMENT, MARKETING]] *= others
    return advance(twin, YEAR)


def return_on_sales(world: World, other: World, f: int, weeks: int) -> float:
    """Profit of a firm in a world less that in another, over its revenue in the other."""
    return ratio(profit(world, f, weeks) - profit(other, f, weeks),
                 float(flows(other, weeks)[f, acc.REVENUE]))  # fmt: skip


def profit(world: World, f: int, weeks: int) -> float:
    """Profit of a firm in the last weeks, cents."""
    total = flows(world, weeks)[f]
    return float(total[acc.REVENUE] - total[[*acc.PAID_OUT, acc.WRITTEN_OFF]].sum())


def care(world: World, f: int) -> float:
    """Care with which a firm's leads are handed over, 0 to 1."""
    return float(world.organisations.handoff_care[f])
