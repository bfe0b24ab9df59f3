"""How long customers stay and what staying is worth: value of the customer base, renewals,
communities, and spending on retention or on acquisition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

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
"""Years in which the customers are won who are followed."""


@measures("E32")
def retention_by_renewal(trial: Trial) -> Figures:
    """Customers whom firms win within eight years are followed through seven renewals of a yearly
    contract, at unchanged policies. Retention at a renewal is the share of those still customers
    who renew, within a firm; the mean over firms is weighted by the customers they won."""
    world = trial.branch(*LOGS, weeks=(COHORTS + RENEWALS) * YEAR)
    since = new_customers(world, events(world, "purchases")).week
    since = np.where(since <= trial.world.week + COHORTS * YEAR, since, 0)
    tenure = np.where(since > 0, ends(world, since) - since, 0)
    held = np.array([(tenure > n * YEAR).sum(axis=1) for n in range(RENEWALS + 1)])
    retention = np.average(held[1:] / np.maximum(held[:-1], 1), axis=1, weights=held[0])
    return {
        "rise": float(retention[-1] - retention[0]),
        "monotone": float(np.diff(retention[1:]).min()),
    }


# Community

MONTHS_15 = 65
"""Weeks."""


@measures("E37")
def community(trial: Trial) -> Figures:
    """After 15 months half of a firm's customers, drawn at random, join a community: 15 months long
    they receive a contact of the activity ``community`` a month (and in another run a week) on
    average. What is incremental is the difference in differences of spend at the firm, joined less
    others and after less before; its share is that of the joined customers' spend after joining.
    Firm by firm, for firms that were there from the beginning; the mean is reported."""
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
    joined = customer & (world.engine.column("tags") > 0)
    before, now = spend[:, joined].mean(axis=1) - spend[:, customer & ~joined].mean(axis=1)
    return ratio(float(now - before), float(spend[1, joined].mean()))


# Value of the customer base

LONG = 15
"""Years over which the value of the customer base is counted."""

STEP = 0.01
"""Change of the share of customers who renew."""


@measures("E31")
def value_of_base(trial: Trial) -> Figures:
    """For good, the odds that a firm's customers do not renew are lowered so that 1 % more of them
    renew. Value is the discounted margin of 15 years on all its customers, present and coming, less
    its spend on activities aimed at prospects. The elasticity is the change of the log of value
    over that of the share that renewed, as both come out; to margin and to the cost of acquisition
    it is margin, and that spend, over value. Firm by firm; means are weighted by value. Also by the
    formula for customers who are lost for good, (1 + i) / (1 + i - r)."""
    usual = _base(trial.branch(weeks=LONG * YEAR))
    value = usual.margin - usual.acquisition
    changed = np.zeros(len(value))
    for f, (name, kept) in enumerate(zip(trial.world.names, usual.kept.tolist(), strict=True)):
        more = min(kept * (1.0 + STEP), (1.0 + kept) / 2.0)
        odds = (1.0 - more) / more * kept / (1.0 - kept)
        change = f"{key_of(('firms', name))}.lapse_ratio={odds}"
        twin = trial.world.branch(change, f"weeks={(LONG + 1) * YEAR}")
        base = _base(advance(twin, LONG * YEAR))
        gained = base.margin[f] - base.acquisition[f]
        changed[f] = elasticity(gained, value[f], base.kept[f] / kept - 1.0)
    rate, some = 1.0 + acc.YEARLY_DISCOUNT, value > 0.0
    figures = {
        "retention": changed, "formula": rate / (rate - usual.kept),
        "margin": usual.margin / value, "acquisition": usual.acquisition / value,
    }  # fmt: skip
    return {n: float(np.average(of[some], weights=value[some])) for n, of in figures.items()}


class Base(NamedTuple):
    """Customer base over :data:`LONG` years: discounted margin and spend on acquisition, cents, and
    the share of contracts renewed, float64 [firm]."""

    margin: np.ndarray
    acquisition: np.ndarray
    kept: np.ndarray


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


# Spending on retention or on acquisition

GRID = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Multiples of a group of lines' declared budget among which the optimum is looked for."""

OTHER_SEED, COARSE = 1_000, 2_000
"""What is added to the seed, and simulated customers, where the optimum is looked for."""

PLANNED = 3 * YEAR
"""Weeks over which profit counts."""


@measures("E50")
def retention_underspent(trial: Trial) -> Figures:
    """Two groups of lines of the firm that spends most on retention: activities aimed at customers
    rather than prospects (retention), and all others (acquisition). The budgets that earn most in
    three years are found on another seed, for acquisition, for retention, and for acquisition
    again: an eighth to sixteen times the declared budget are tried in steps of two, and a parabola
    is laid through the best and its neighbours. On the trial's own seed either group is then cut by
    10 and by 25 %. Reported is the profit lost by the cut of retention less that lost by the cut of
    acquisition, as a share of profit at the optimum; it is above 0 where their ratio is above 1."""
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
        tries = [np.where(np.arange(2) == group, multiple, best) for multiple in GRID]
        best[group] = best_multiple(GRID, [_profit(elsewhere, firm, groups, one) for one in tries])
    most = _profit(trial, firm, groups, best)
    out = {"retention": float(best[0]), "acquisition": float(best[1])}
    for cut in (0.10, 0.25):
        left = [best * (1.0 - cut * (np.arange(2) == group)) for group in range(2)]
        retention, acquisition = (most - _profit(trial, firm, groups, one) for one in left)
        out[f"loss_{cut * 100:.0f}"] = ratio(retention - acquisition, most)
    return out


def _groups(trial: Trial) -> tuple[str, tuple[list[str], list[str]]]:
    """The firm that spends most on retention, and its lines for retention and for acquisition."""
    aimed = dict(zip(trial.world.activities, _aimed_at_customers(trial.world), strict=True))

    def spent(name: str) -> float:
        return sum(money for line, money in trial.config.firms[name].budget.items() if aimed[line])

    firm = max(trial.world.names, key=spent)
    lines = trial.config.firms[firm].budget
    return firm, ([n for n in lines if aimed[n]], [n for n in lines if not aimed[n]])


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


def best_multiple(multiples: Sequence[float], profits: Sequence[float]) -> float:
    """Multiple at the top of a parabola in its log through the best of some multiples, in equal
    steps of the log, and its neighbours; the best itself if it is the first or the last."""
    at = int(np.argmax(profits))
    if at in (0, len(multiples) - 1):
        return multiples[at]
    before, top, after = profits[at - 1 : at + 2]
    move = (after - before) / (2.0 * (2.0 * top - before - after))
    return float(multiples[at] * (multiples[at] / multiples[at - 1]) ** move)
