"""How long customers stay and what staying is worth: value of the customer base, renewals,
communities, and spending on retention or on acquisition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from sim.config.compose import override
from sim.engines.protocol import ACTIVE
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.measures.common import established, profit
from sim.experiments.validation.measures.customers import (
    LOGS,
    discount,
    ends,
    events,
    new_customers,
)
from sim.experiments.validation.trial import Trial, advance, elasticity, mean, ratio
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.params import key_of
from sim.rules.units import YEAR

# Renewals

RENEWALS = 7
"""Renewals of a yearly contract."""

COHORTS = 8
"""Years in which the customers are won who are followed. In later years there are few to win, and
they are those who were won last."""

LARGE = 20_000
"""Simulated customers of the market, at least."""


@measures("E32")
def retention_by_renewal(trial: Trial) -> Figures:
    """Customers whom firms win within eight years are followed through seven renewals of a yearly
    contract, at unchanged policies, in a market of 20,000 simulated customers or more. Retention at
    a renewal is the share of those still customers who renew. Its rise from the first to the
    seventh renewal is measured within a firm; the mean over firms is weighted by the customers they
    won. The least rise from one renewal to the next after the second is that of the customers of
    all firms together. The least of five noisy rises lies below the least true rise on average; so
    many customers are simulated to keep this bias below 0.01."""
    number = max(LARGE, trial.config.population.customers)
    large = Trial(override(trial.config, f"population.customers={number}"), trial.seed)
    world = large.branch(*LOGS, weeks=(COHORTS + RENEWALS) * YEAR)
    return rises(still_customers(world, large.world.week + COHORTS * YEAR))


def still_customers(world: World, last: int) -> np.ndarray:
    """How many customers won until a week were still customers after each year, int64 [year, firm],
    from year 0."""
    since = new_customers(world, events(world, "purchases")).week
    since = np.where(since <= last, since, 0)
    tenure = np.where(since > 0, ends(world, since) - since, 0)
    return np.array([(tenure > n * YEAR).sum(axis=1) for n in range(RENEWALS + 1)])


def rises(held: np.ndarray) -> Figures:
    """Figures of E32 from :func:`still_customers`."""
    retention = np.average(held[1:] / np.maximum(held[:-1], 1), axis=1, weights=held[0])
    total = held.sum(axis=1)
    together = total[1:] / np.maximum(total[:-1], 1)
    return {
        "rise": float(retention[-1] - retention[0]),
        "monotone": float(np.diff(together[1:]).min()),
    }


# Community

MONTHS_15 = 65
"""Weeks."""


@measures("E37")
def community(trial: Trial) -> Figures:
    """After 15 months half of a firm's customers, drawn at random, are invited to a community: 15
    months long they receive a contact of the activity ``community`` a month (and in another run a
    week) on average. Who attends at least once has joined, and all have where everybody invited
    attends. What is incremental is the difference in differences of spend at the firm, invited less
    others and after less before, as invitations alone do nothing; its share is that of the spend
    after joining of those who joined (Bloom 1984, Evaluation Review 8:225). Firm by firm, for firms
    that were there from the beginning; the mean is reported."""
    firms = established(trial)
    return {
        name: mean(_incremental(trial, firm, dose) for _, firm in firms)
        for name, dose in (("incremental", 0.25), ("weekly", 1.0))
    }


def _incremental(trial: Trial, firm: str, dose: float) -> float:
    """Incremental share of spend after joining a firm's community."""
    world = trial.begin(
        "log.purchases=true",
        f"+treatments.join={{id: 1, firm: {firm}, among: customers, week: {MONTHS_15 + 1}, "
        f"weeks: {MONTHS_15}, activity: community, contacts: {dose}}}",
    )
    f = world.names.index(firm)
    customer = advance(world, MONTHS_15).engine.column("relation")[f] & ACTIVE > 0
    orders = events(advance(world, MONTHS_15), "purchases")
    after, at = orders["week"] > MONTHS_15, orders["firm"] == f
    spend = np.zeros((2, world.people.size))
    np.add.at(spend, (after[at].astype(int), orders["customer"][at]), orders["cents"][at])
    invited = customer & (world.engine.column("tags") > 0)
    before, now = spend[:, invited].mean(axis=1) - spend[:, customer & ~invited].mean(axis=1)
    joining = chance_to_join(world.engine.setup.attendance, dose, MONTHS_15)
    return ratio(float(now - before), float((spend[1] * joining)[invited].mean()))


def chance_to_join(attendance: np.ndarray, dose: float, weeks: int) -> np.ndarray:
    """Chance to attend at least once, float64 [customer], or [1] where everybody attends.

    Args:
        attendance: chance to follow an invitation in a week, empty where everybody does.
        dose: mean number of invitations a week; of several, all are followed or none.
        weeks: in which there are invitations.
    """
    chance = attendance.astype(float) if attendance.size else np.ones(1)
    return 1.0 - (1.0 - chance * min(1.0, dose)) ** weeks


# Value of the customer base

LONG = 15
"""Years over which the value of the customer base is counted."""

STEP = 0.01
"""Change of the share of customers who renew."""

CHEAPER = 0.1
"""Fall of the cost of acquisition: ten times that step, since value moves little with it."""


@measures("E31")
def value_of_base(trial: Trial) -> Figures:
    """For good, the odds that a firm's customers do not renew are lowered so that 1 % more of them
    renew. Value is the discounted margin of 15 years on all its customers, present and coming, less
    its spend on activities aimed at prospects. The elasticity is the change of the log of value
    over that of the share that renewed, as both come out. In another branch these activities cost
    the firm 10 % less for good: at the same spend it reaches so many more; the change of the log of
    value is related to the fall of the log of this cost. To margin the elasticity is margin over
    value, an identity. Firm by firm; means are weighted by value. Also by the formula for customers
    who are lost for good, (1 + i) / (1 + i - r)."""
    usual = _base(trial.branch(weeks=LONG * YEAR))
    value = usual.margin - usual.acquisition
    firms = [*enumerate(trial.world.names)]
    rate, some = 1.0 + acc.YEARLY_DISCOUNT, value > 0.0
    figures = {
        "retention": np.array([_to_retention(trial, usual, f, name) for f, name in firms]),
        "margin": usual.margin / value,
        "acquisition": np.array([_to_acquisition(trial, usual, f, name) for f, name in firms]),
        "formula": rate / (rate - usual.kept),
    }
    return {n: float(np.average(of[some], weights=value[some])) for n, of in figures.items()}


def _to_retention(trial: Trial, usual: Base, f: int, name: str) -> float:
    """Elasticity of the value of a firm's customers to the share who renew."""
    kept = float(usual.kept[f])
    more = min(kept * (1.0 + STEP), (1.0 + kept) / 2.0)
    odds = (1.0 - more) / more * kept / (1.0 - kept)
    base = _changed(trial, f"{key_of(('firms', name))}.lapse_ratio={odds}")
    gained, value = (one.margin[f] - one.acquisition[f] for one in (base, usual))
    return elasticity(gained, value, base.kept[f] / kept - 1.0)


def _to_acquisition(trial: Trial, usual: Base, f: int, name: str) -> float:
    """Elasticity of the value of a firm's customers to the cost of acquisition, of a fall."""
    _, lines = _lines(trial, name)
    base = _changed(trial, *trial.spending(name, lines, 1.0 / (1.0 - CHEAPER)))
    gained = base.margin[f] - (1.0 - CHEAPER) * base.acquisition[f]
    return -elasticity(gained, usual.margin[f] - usual.acquisition[f], -CHEAPER)


class Base(NamedTuple):
    """Customer base over :data:`LONG` years: discounted margin and spend on acquisition, cents, and
    the share of contracts renewed, float64 [firm]."""

    margin: np.ndarray
    acquisition: np.ndarray
    kept: np.ndarray


def _changed(trial: Trial, *changes: str) -> Base:
    """Customer base of a branch with changes."""
    twin = trial.world.branch(*changes, f"weeks={(LONG + 1) * YEAR}")
    return _base(advance(twin, LONG * YEAR))


def _base(world: World) -> Base:
    """Customer base over the last years."""
    weeks = LONG * YEAR
    booked = world.ledger.accounts()[-weeks:, :-1].astype(float)
    worth = discount(np.arange(weeks))
    spend = world.ledger.spend()[-weeks:][:, :, ~_aimed_at_customers(world)].sum(axis=2)
    renewed, lapsed = booked[:, :, [acc.RENEWALS, acc.LAPSED]].sum(axis=0).T
    margin = booked[:, :, acc.REVENUE] - booked[:, :, acc.GOODS]
    return Base(worth @ margin, worth @ spend, renewed / np.maximum(1.0, renewed + lapsed))


def _aimed_at_customers(world: World) -> np.ndarray:
    """Whether an activity reaches customers rather than prospects, bool [activity]."""
    return np.array([a.customers > a.prospects for a in world.activities.values()])


def _lines(trial: Trial, firm: str) -> tuple[list[str], list[str]]:
    """Lines of a firm's budget that are aimed at customers, and the others, at prospects."""
    aimed = dict(zip(trial.world.activities, _aimed_at_customers(trial.world), strict=True))
    lines = trial.config.firms[firm].budget
    return [n for n in lines if aimed[n]], [n for n in lines if not aimed[n]]


# Spending on retention or on acquisition

GRID = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Multiples of a group of lines' declared budget among which the optimum is looked for."""

WIDER = (1 / 64, 1 / 32, 1 / 16, *GRID, 32.0, 64.0, 128.0)
"""The same, where the best of these is the least or the largest."""

CUTS = (0.10, 0.25)
"""Cuts from the optimum, shares."""

OTHER_SEED, COARSE = 1_000, 2_000
"""What is added to the seed, and simulated customers, where the optimum is looked for."""

PLANNED = 3 * YEAR
"""Weeks over which profit counts."""


@measures("E50")
def retention_underspent(trial: Trial) -> Figures:
    """Two groups of lines of the firm that spends most on retention: activities aimed at customers
    rather than prospects (retention), and all others (acquisition). The budgets that earn most in
    three years are found on another seed, for acquisition, for retention, and for acquisition
    again: an eighth to sixteen times the declared budget are tried in steps of two (a 64th to 128
    times, if the best of these is the least or the largest), and a parabola is laid through the
    best and its neighbours. On the trial's own seed either group is then cut by 10 and by 25 %.
    Reported is the profit lost by the cut of retention less that lost by the cut of acquisition, as
    a share of profit at the optimum; it is above 0 where their ratio is above 1. It is not measured
    where no optimum was found: the best multiple is still the least or the largest, or one of the
    four cuts earns money."""
    firm, groups = _groups(trial)
    coarse = replace(
        trial.config,
        population=replace(
            trial.config.population,
            customers=min(COARSE, trial.config.population.customers),
        ),
    )
    elsewhere = Trial(coarse, trial.seed + OTHER_SEED)
    best = np.ones(2)
    for group in (1, 0, 1):

        def earned(multiple: float, group: int = group) -> float:
            tried = np.where(np.arange(2) == group, multiple, best)
            return _profit(elsewhere, firm, groups, tried)

        best[group] = optimum(earned)
    most = _profit(trial, firm, groups, best)
    lost = np.zeros((len(CUTS), 2))
    for (n, cut), group in product(enumerate(CUTS), range(2)):
        left = best * (1.0 - cut * (np.arange(2) == group))
        lost[n, group] = most - _profit(trial, firm, groups, left)
    found = (best > WIDER[0]).all() and (best < WIDER[-1]).all() and (lost >= 0.0).all()
    more = {
        f"loss_{cut * 100:.0f}": ratio(retention - acquisition, most) if found else float("nan")
        for cut, (retention, acquisition) in zip(CUTS, lost.tolist(), strict=True)
    }
    return {"retention": float(best[0]), "acquisition": float(best[1]), **more}


def _groups(trial: Trial) -> tuple[str, tuple[list[str], list[str]]]:
    """The firm that spends most on retention, and its lines for retention and for acquisition."""

    def spent(name: str) -> float:
        return sum(trial.config.firms[name].budget[line] for line in _lines(trial, name)[0])

    firm = max(trial.world.names, key=spent)
    return firm, _lines(trial, firm)


def _profit(
    trial: Trial, firm: str, groups: tuple[list[str], list[str]], multiples: np.ndarray
) -> float:
    """Profit of a firm in three years whose groups of lines have multiples of their budgets."""
    changes = [
        change for lines, multiple in zip(groups, multiples.tolist(), strict=True)
        for change in trial.spending(firm, lines, multiple)
    ]  # fmt: skip
    world = advance(trial.world.branch(f"weeks={YEAR + PLANNED}", *changes), PLANNED)
    return float(profit(world)[world.names.index(firm)])


def optimum(profit_of: Callable[[float], float]) -> float:
    """Multiple that earns most, of :data:`GRID`, or of :data:`WIDER` where that is at its end; the
    end of the wider grid if it is there again."""
    known, found = cache(profit_of), float("nan")
    for grid in (GRID, WIDER):
        found = best_multiple(grid, [known(one) for one in grid])
        if grid[0] < found < grid[-1]:
            break
    return found


def best_multiple(multiples: Sequence[float], profits: Sequence[float]) -> float:
    """Multiple at the top of a parabola in its log through the best of some multiples, in equal
    steps of the log, and its neighbours; the best itself if it is the first or the last."""
    at = int(np.argmax(profits))
    if at in (0, len(multiples) - 1):
        return multiples[at]
    before, top, after = profits[at - 1 : at + 2]
    move = (after - before) / (2.0 * (2.0 * top - before - after))
    return float(multiples[at] * (multiples[at] / multiples[at - 1]) ** move)
