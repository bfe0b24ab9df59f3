"""How customers came, and what they are worth: first-order coupons, word of mouth, referrals, and
the diffusion of a new category."""

from __future__ import annotations

import numpy as np

from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.measures.customers import (
    LOGS,
    Columns,
    NewCustomers,
    ends,
    events,
    new_customers,
    values,
)
from sim.experiments.validation.trial import Trial, advance, ratio
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.rules.units import QUARTER, YEAR

MONTH = 4
"""Weeks."""


HORIZON = acc.VALUE_YEARS * YEAR
"""Weeks over which the value of a customer is counted."""

DEPTHS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.9)
"""Discounts on the first order; 0.9, the deepest a coupon can be, stands for a free trial."""


@measures("E10")
def discount_acquired(trial: Trial) -> Figures:
    """For a year everybody holds a coupon of 0, 10, 20, 35, 50 or 90 % off the first order from the
    firm that entered last; six groups are drawn at random. In six branches the groups change
    places, so that everybody meets every depth once. The value of a customer won is the discounted
    margin of the five years after the first order, when all pay the same prices."""
    group = np.random.default_rng(trial.seed).integers(len(DEPTHS), size=trial.world.people.size)
    firms = trial.config.firms
    youngest = max(trial.world.names, key=lambda name: firms[name].enters)
    parts = [
        _won_by_coupon(trial, youngest, (group + n) % len(DEPTHS)) for n, _ in enumerate(DEPTHS)
    ]
    value, number = np.sum(parts, axis=0)
    mean = value / np.where(number > 0.0, number, np.nan)
    relative = dict(zip(DEPTHS, (mean / mean[0]).tolist(), strict=True))
    return {
        "at_35": relative[0.35], "trial": relative[0.9],
        "monotone": float(np.min(-np.diff([*relative.values()]))),
    }  # fmt: skip


def _won_by_coupon(trial: Trial, firm: str, group: np.ndarray) -> np.ndarray:
    """Value of the customers a firm wins within a year, and their number, [2, depth]."""
    begin, f = trial.world.week + 1, trial.world.names.index(firm)
    coupons = [
        f"+treatments.depth{n}={{id: {n}, firm: {firm}, week: {begin}, weeks: {YEAR}, share: 0, "
        f"coupon: {depth}, first_only: true}}"
        for n, depth in enumerate(DEPTHS) if depth
    ]  # fmt: skip
    world = trial.world.branch("log.purchases=true", f"weeks={begin + YEAR + HORIZON}", *coupons)
    for n in range(1, len(DEPTHS)):
        world.assign(f"depth{n}", np.flatnonzero(group == n))
    orders = events(advance(world, YEAR + HORIZON), "purchases")
    since = new_customers(world, orders).week
    since = np.where(since < begin + YEAR, since, 0)
    value, won = values(world, orders, since, 1, HORIZON)[f], since[f] > 0
    return np.array([np.bincount(group[won], of[won], len(DEPTHS)) for of in (value, won)])


# Word of mouth and referrals

FOLLOWED = 3 * YEAR
"""Weeks in which the customers are won who are followed."""


def _won_lately(trial: Trial) -> tuple[World, Columns, NewCustomers]:
    """A branch in which all are followed whom firms win within three years, with its orders."""
    world = trial.branch(*LOGS, weeks=FOLLOWED + HORIZON)
    orders = events(world, "purchases")
    new = new_customers(world, orders)
    until = trial.world.week + FOLLOWED
    return world, orders, new._replace(week=np.where(new.week <= until, new.week, 0))


@measures("E11")
def word_of_mouth_acquired(trial: Trial) -> Figures:
    """Customers whom firms win within three years by word of mouth (their last touch was a message)
    against those won by marketing (an activity of the firm). Value is the discounted margin of
    five years from the first order, own and of customers brought: those whom the customer told
    about the firm last before their first order, and whom they brought in turn. Relative to the
    mean of the firm's new customers; means over all firms."""
    world, orders, new = _won_lately(trial)
    talk, activity = new.source == acc.TOUCH_TALK, new.source >= acc.TOUCH_ACTIVITY
    out = {}
    for name, weeks in (("long_run", HORIZON), ("first_quarter", QUARTER)):
        value = values(world, orders, new.week, 0, weeks, brought=True)
        won = new.week > 0
        value = value / np.array([[v[w].mean()] for v, w in zip(value, won, strict=True)])
        out[name] = ratio(_mean(value[won & talk]), _mean(value[won & activity]))
    return out


def _mean(values: np.ndarray) -> float:
    """Mean, NaN for nothing."""
    return float(values.mean()) if values.size else float("nan")


REFERRED_WEEKS = 143
"""33 months."""


@measures("E22")
def referred(trial: Trial) -> Figures:
    """Customers whom firms win within three years: those who had heard about the firm from another
    customer before their first order (they can name a referrer) against the others of the same
    firm and month. Value is the discounted margin of 33 months; the hazard of leaving is the number
    who leave in that time over the weeks until then."""
    world, orders, new = _won_lately(trial)
    value = values(world, orders, new.week, 0, REFERRED_WEEKS)
    stay = np.minimum(ends(world, new.week) - new.week, REFERRED_WEEKS)
    told, others = _matched(world, new, np.array([value, stay < REFERRED_WEEKS, stay]))
    return {
        "value": told[0] / others[0] - 1.0,
        "churn": (told[1] / told[2]) / (others[1] / others[2]) - 1.0,
    }


def _matched(world: World, new: NewCustomers, outcomes: np.ndarray) -> np.ndarray:
    """Mean outcomes of referred customers, and of the other new customers of the same firm and
    month, who are weighted as the referred ones are spread, [2, outcome]."""
    won, told = new.week > 0, world.engine.column("referrer") >= 0
    month = new.week // MONTH + (new.week.max() + 1) * np.arange(len(new.week))[:, None]
    sums = np.array(
        [
            [
                np.bincount(month[who], of[who], month.max() + 1)
                for of in (np.ones(won.shape), *outcomes)
            ]
            for who in (won & told, won & ~told)
        ]
    )  # [group, number and outcomes, month of a firm]
    both = (sums[:, 0] > 0).all(axis=0)
    weights = sums[0, 0, both]
    return np.average(sums[:, 1:, both] / sums[:, :1, both], axis=2, weights=weights)
