"""Figures of the accounts of one firm, measured in a simulated market.

A market is simulated for three years on declared budgets. Elasticities are measured over the second
year: a branch changes one firm's list price or money, all else being equal. The marginal return of
a line is that of a pulse: in the first year the line gets additional money, a share of all the
firm's money for activities. The return is the change of contribution (revenue less cost of goods,
sales payroll, screening, invoices written off, and costs that rise with orders), over one and three
years, per money spent. All branches share their past and random draws.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np

from sim.config.schema import Config
from sim.engines.protocol import ACTIVE
from sim.experiments.validation.trial import advance, elasticity, ratio
from sim.kpis import KPIS, over
from sim.ledger import accounts as acc
from sim.model.world import World, start
from sim.params import key_of
from sim.rules.units import CENTS, YEAR
from sim.runs.address import Addresses
from sim.runs.record import FigureRecord
from sim.runs.store import Store

YEARS = 3
HORIZONS = {"one": 1, "three": YEARS}
"""Horizons of a marginal return, in years."""

STEP = 0.1
"""Change of the list price and of the money for activities where elasticities are measured."""

SALES_AND_MARKETING = [acc.SPEND, acc.PAYROLL, acc.SCREENING, acc.REWARDS]
CONTRIBUTION_COSTS = [
    acc.GOODS, acc.PAYROLL, acc.SCREENING, acc.REWARDS, acc.WRITTEN_OFF, acc.SERVING, acc.OVERTIME,
]  # fmt: skip
FINANCE = {
    "overhead": acc.OVERHEAD, "serving": acc.SERVING, "overtime": acc.OVERTIME,
    "interest": acc.INTEREST,
}  # fmt: skip
"""Accounts of fixed and rising costs, by figure."""


class Task(NamedTuple):
    """What is measured of a firm: ``accounts``, ``elasticities``, or ``line``, the return of a
    pulse of a size on an activity."""

    what: str
    line: str = ""
    step: float = 0.0


@cache
def _measures() -> str:
    """Fingerprint of how figures are measured."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Books:
    """Work (:class:`sim.runs.engine.Work`) that measures figures of one firm with one seed.

    Attributes:
        tasks: what is measured.
        keys: of the records, by task.
        changes: what the configuration changes of the default, as JSON.
    """

    alone: ClassVar[bool] = True

    config: Config
    seed: int
    firm: str
    tasks: tuple[Task, ...]
    keys: tuple[str, ...]
    changes: str

    @classmethod
    def of(
        cls, config: Config, addresses: Addresses, seed: int, firm: str, tasks: Iterable[Task]
    ) -> Books:
        """The work of some tasks; ``addresses`` are those of the configuration."""
        tasks = tuple(tasks)
        keys = tuple(
            addresses.of_measure(seed, "economy", firm, *map(str, task), _measures())
            for task in tasks
        )
        return cls(config, seed, firm, tasks, keys, addresses.changes)

    def missing(self, store: Store) -> Books | None:
        """See :class:`sim.runs.engine.Work`."""
        left = store.lacking("figures", self.keys)
        if not left:
            return None
        return replace(
            self, tasks=tuple(self.tasks[n] for n in left), keys=tuple(self.keys[n] for n in left)
        )  # fmt: skip

    def __call__(self) -> list[FigureRecord]:
        """See :class:`sim.runs.engine.Work`."""
        begun = start(self.config, self.seed)
        second_year = advance(begun.branch(), YEAR)
        base = advance(second_year.branch(), (YEARS - 1) * YEAR)
        out = []
        for task, key in zip(self.tasks, self.keys, strict=True):
            if task.what == "accounts":
                values = accounts(base, self.firm)
            elif task.what == "elasticities":
                values = elasticities(second_year, self.firm)
            else:
                values = marginal_return(begun, base, self.firm, task.line, task.step)
            name = " ".join(["economy", self.firm, *map(str, task)])
            out.append(FigureRecord(key, self.seed, self.changes, name, values))
        return out

    def values(self, store: Store) -> dict[Task, dict[str, float]]:
        """The figures of each task, from the store."""
        return {
            task: store.figures(key) for task, key in zip(self.tasks, self.keys, strict=True)
        }  # fmt: skip


def _flows(world: World, firm: str, first: int, last: int) -> np.ndarray:
    """Accounts of a firm summed over weeks ``first`` to ``last`` - 1 of the run."""
    rows = world.ledger.accounts()[first:last, world.names.index(firm)]
    return np.asarray(rows.sum(axis=0), np.float64)


def accounts(world: World, firm: str) -> dict[str, float]:
    """The accounts of a firm over the years that a market has run. The repeat rate needs two whole
    measurement windows, for which a copy of the market goes on."""
    f, span = world.names.index(firm), world.config.measurement.window
    flow = _flows(world, firm, 0, world.week)
    long = advance(world.branch(), 2 * span - world.week)

    def kpi(name: str, of: World = world) -> float:
        return float(KPIS[name].function(over(of.ledger.accounts(), span))[f])

    revenue, cost = flow[acc.REVENUE], flow[SALES_AND_MARKETING].sum()
    of_customer = ratio(cost, flow[acc.ACQUIRED])
    out = {
        "gross_margin": kpi("margin"),
        "selling_marketing": ratio(cost, revenue),
        "profit": ratio(kpi("profit") * CENTS + flow[[*FINANCE.values()]].sum(), revenue),
        "customer_cost": of_customer / CENTS,
        "customer_cost_orders": ratio(of_customer, ratio(revenue, flow[acc.ORDERS])),
        "value_over_cost": ratio(kpi("lifetime_value") * CENTS, of_customer),
        "repeat": kpi("repeat_rate", long),
        "penetration": kpi("penetration"),
        "silent": silent_share(world, firm),
    }
    if has_finance(world.config, firm):
        out |= {name: ratio(flow[account], revenue) for name, account in FINANCE.items()}
        out["operating_profit"] = ratio(kpi("profit") * CENTS, revenue)
    if world.config.firms[firm].enters:
        for year in range(YEARS):
            weeks = world.ledger.accounts()[year * YEAR : (year + 1) * YEAR, :-1, acc.REVENUE]
            sold = weeks.sum(axis=0).astype(np.float64)
            out[f"share_{year + 1}"] = ratio(sold[f], sold.sum())
    return out


def has_finance(config: Config, firm: str) -> bool:
    """Whether a firm has costs or limits of :class:`sim.rules.finance.Finance`."""
    finance = config.finance
    costs = (config.firms[firm].overhead, finance.overhead, finance.serving, finance.capacity)
    return any(costs) or finance.funds >= 0.0


def silent_share(world: World, firm: str) -> float:
    """Share of a firm's active customers who have placed no order for a measurement window."""
    f, columns = world.names.index(firm), world.engine.columns()
    active = columns["relation"][f] & ACTIVE > 0
    silence = world.clock - 1 - columns["last_order"][f][active].astype(np.int64)
    return ratio(float((silence >= world.config.measurement.window).sum()), float(active.sum()))


def elasticities(world: World, firm: str) -> dict[str, float]:
    """Elasticities of a firm's units over the coming year: to its list price, which falls by
    :data:`STEP`, and to its money for activities, which rises by it."""
    spec, week = world.config.firms[firm], world.week
    price = f"{key_of(('firms', firm))}.list_price={spec.list_price * (1 - STEP)!r}"
    money = _budget(firm, {line: amount * (1 + STEP) for line, amount in spec.budget.items()})
    units = [
        _flows(advance(world.branch(*words), YEAR), firm, week, week + YEAR)[acc.UNITS]
        for words in ([], [price], [money])
    ]
    return {
        "price_elasticity": elasticity(units[1], units[0], -STEP),
        "advertising_elasticity": elasticity(units[2], units[0], STEP)
        if sum(spec.budget.values()) > 0.0
        else float("nan"),
    }


def marginal_return(
    begun: World, base: World, firm: str, line: str, step: float
) -> dict[str, float]:
    """Change of contribution per money of a pulse of a year, by horizon.

    Args:
        begun: the market when the pulse begins.
        base: the market without the pulse, after all horizons.
        line: activity that gets the money.
        step: size of the pulse, as a share of all the firm's money for activities.
    """
    budget = begun.config.firms[firm].budget
    pulse = budget | {line: budget.get(line, 0.0) + step * sum(budget.values())}
    twin = advance(begun.branch(_budget(firm, pulse)), YEAR)
    twin.diverge(_budget(firm, budget))
    advance(twin, base.week - twin.week)
    out = {}
    for name, years in HORIZONS.items():
        weeks = begun.week, begun.week + years * YEAR
        change = _flows(twin, firm, *weeks) - _flows(base, firm, *weeks)
        contribution = change[acc.REVENUE] - change[CONTRIBUTION_COSTS].sum()
        out[name] = ratio(float(contribution), change[acc.SPEND])
    return out


def _budget(firm: str, money: Mapping[str, float]) -> str:
    """The change that gives a firm exactly this budget."""
    lines = ", ".join(f"{key_of([line])}: {amount!r}" for line, amount in money.items())
    return f"{key_of(('firms', firm))}.budget={{{lines}}}"
