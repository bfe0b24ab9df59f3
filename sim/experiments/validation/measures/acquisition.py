"""How customers came, and what they are worth: first-order coupons, word of mouth, referrals, and
the diffusion of a new category."""

from __future__ import annotations

import numpy as np
from scipy.optimize import curve_fit

from sim.experiments.validation.audit import WITHOUT_TALK
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
    relative = {depth: ratio(one, mean[0]) for depth, one in zip(DEPTHS, mean, strict=True)}
    return {
        "at_35": relative[0.35], "trial": relative[0.9],
        "monotone": float(np.min(-np.diff([*relative.values()]))),
    }  # fmt: skip


def _won_by_coupon(trial: Trial, firm: str, group: np.ndarray) -> np.ndarray:
    """Value of the customers a firm wins within a year, and their number, [2, depth]. Its cash sets
    no limit: deals as deep as these, for most people and a whole year, would ruin it."""
    begin, f = trial.world.week + 1, trial.world.names.index(firm)
    coupons = [
        f"+treatments.depth{n}={{id: {n}, firm: {firm}, week: {begin}, weeks: {YEAR}, share: 0, "
        f"coupon: {depth}, first_only: true}}"
        for n, depth in enumerate(DEPTHS) if depth
    ]  # fmt: skip
    world = trial.world.branch(
        "log.purchases=true", f"weeks={begin + YEAR + HORIZON}", "finance.funds=-1", *coupons
    )
    for n in range(1, len(DEPTHS)):
        world.assign(f"depth{n}", np.flatnonzero(group == n).tolist())
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
    mean of the firm's new customers; means over all firms. The order is reversed in the first
    months if value in the first 13 weeks is larger for those won by marketing: reported is 1 less
    the value of those won by word of mouth over theirs."""
    world, orders, new = _won_lately(trial)
    long_run, first = (
        relative_value(new, values(world, orders, new.week, 0, weeks, brought=True))
        for weeks in (HORIZON, QUARTER)
    )
    return {"long_run": long_run, "reversed": 1.0 - first}


def relative_value(new: NewCustomers, value: np.ndarray) -> float:
    """Value of customers won by word of mouth, over that of customers won by marketing, both in
    means of their firm.

    Args:
        new: first orders.
        value: of customers, [firm, customer]; 0 for no new customer.
    """
    talk, activity = new.source == acc.TOUCH_TALK, new.source >= acc.TOUCH_ACTIVITY
    won = new.week > 0
    firm = value.sum(axis=1, keepdims=True) / np.maximum(1, won.sum(axis=1, keepdims=True))
    value = value / np.where(firm > 0.0, firm, np.inf)
    by_talk, by_activity = (
        ratio(float(value[won & by].sum()), float((won & by).sum())) for by in (talk, activity)
    )
    return ratio(by_talk, by_activity)


MONTH, MONTHS_33 = 4, 143
"""Weeks."""


@measures("E22")
def referred(trial: Trial) -> Figures:
    """Customers whom firms win within three years: those who had heard about the firm from another
    customer before their first order (they can name a referrer) against the others of the same
    firm and month. Value is the discounted margin of 33 months; the hazard of leaving is the number
    who leave in that time over the weeks until then."""
    world, orders, new = _won_lately(trial)
    value = values(world, orders, new.week, 0, MONTHS_33)
    stay = np.minimum(ends(world, new.week) - new.week, MONTHS_33)
    told, others = _matched(world, new, np.array([value, stay < MONTHS_33, stay])).tolist()
    return {
        "value": ratio(told[0], others[0]) - 1.0,
        "churn": ratio(ratio(told[1], told[2]), ratio(others[1], others[2])) - 1.0,
    }


def _matched(world: World, new: NewCustomers, outcomes: np.ndarray) -> np.ndarray:
    """Mean outcomes of referred customers, and of the other new customers of the same firm and
    month, who are weighted as the referred ones are spread, [2, outcome]."""
    won, told = new.week > 0, world.engine.column("referrer") >= 0
    month = new.week // MONTH + (new.week.max() + 1) * np.arange(len(new.week))[:, None]
    all_sums = []
    for who in (won & told, won & ~told):
        of_who = [np.ones(won.shape), *outcomes]
        all_sums.append([np.bincount(month[who], of[who], month.max() + 1) for of in of_who])
    sums = np.array(all_sums)  # [group, number and outcomes, month of a firm]
    both = (sums[:, 0] > 0).all(axis=0)
    if not both.any():
        return np.full((2, len(outcomes)), np.nan)
    return np.average(
        sums[:, 1:, both] / sums[:, :1, both], axis=2, weights=sums[0, 0, both]
    )  # fmt: skip


# Diffusion of a new category

DIFFUSION = 12
"""Years from the beginning of the category."""

LEAST_Q = 0.01
"""Below this q there is no imitation of which a share could be named."""

TAKE_OFF = 0.005, 0.2
"""Least rise of yearly adopters that is a take-off: share of the population, and relative to the
year before. Where few adopt the first asks for a large relative growth, as the rule of Golder &
Tellis 1997, Marketing Science 16:256-270, does (levels from general knowledge)."""


@measures("E25")
def diffusion(trial: Trial) -> Figures:
    """A market whose firms nobody knows, from its first week, for twelve years of constant
    marketing. Adopters of a year are those who buy in the category for the first time. p and q of
    Bass come from nonlinear least squares, and again from the same market without word of mouth.
    Take-off is the first year in which adopters rise by half a per cent of the population and by a
    fifth; growth ends before the first two years in a row that stay below the highest year so far.
    """
    adopters = _adopters(trial)
    p, q = bass(adopters)
    _, silent = bass(_adopters(trial, *WITHOUT_TALK))
    growth, years = growth_stage(adopters)
    return {
        "p": p, "q": q, "growth": growth, "years": float(years),
        "without_talk": silent / q if q >= LEAST_Q else float("nan"),
    }  # fmt: skip


def _adopters(trial: Trial, *changes: str) -> np.ndarray:
    """Share of the population that buys in the category for the first time, [year]."""
    world = trial.begin("log.purchases=true", f"weeks={DIFFUSION * YEAR}", *changes)
    orders = events(advance(world, DIFFUSION * YEAR), "purchases")
    _, first = np.unique(orders["customer"], return_index=True)  # orders are in order of weeks
    year = (orders["week"][first] - 1) // YEAR
    return np.bincount(year, minlength=DIFFUSION) / world.people.size


def bass(adopters: np.ndarray) -> tuple[float, float]:
    """Coefficients p and q of the Bass model, by nonlinear least squares (Srinivasan & Mason 1986,
    Marketing Science 5:169-178).

    Args:
        adopters: first purchases by period, in any unit [period].

    Returns:
        NaN where there are no adopters or the fit fails.
    """
    if adopters.sum() <= 0.0:
        return float("nan"), float("nan")
    time = np.arange(1.0, len(adopters) + 1.0)

    def expected(time: np.ndarray, market: float, p: float, q: float) -> np.ndarray:
        def adopted(time: np.ndarray) -> np.ndarray:
            decay = np.exp(-(p + q) * time)
            return (1.0 - decay) / (1.0 + q / p * decay)

        return np.asarray(market * (adopted(time) - adopted(time - 1.0)))

    share = adopters / adopters.sum()
    bounds = ((0.5, 1e-6, 0.0), (100.0, 2.0, 3.0))
    fits = []
    for start in ((1.0, 0.01, 0.4), (1.0, 0.3, 0.01)):
        try:
            found, _ = curve_fit(expected, time, share, start, bounds=bounds, maxfev=5000)
        except RuntimeError:
            continue
        fits.append((float(((expected(time, *found) - share) ** 2).sum()), *found.tolist()))
    _, _, p, q = min(fits, default=(0.0, 0.0, float("nan"), float("nan")))
    return p, q


def growth_stage(adopters: np.ndarray) -> tuple[float, int]:
    """Mean yearly growth after the take-off, and the years it lasts.

    Args:
        adopters: by year, shares of the population.

    Returns:
        Growth of the second year and 0 if there is no take-off.
    """
    least = np.maximum(TAKE_OFF[0], TAKE_OFF[1] * adopters[:-1])
    rises = np.flatnonzero((np.diff(adopters) >= least)[:-1])  # in the last year: not known yet
    off = int(rises[0]) + 1 if len(rises) else 0
    below = adopters < np.maximum.accumulate(adopters)
    slow = [n for n in range(off + 1, len(adopters) - 1) if below[n] and below[n + 1]]
    end = min(slow, default=len(adopters)) if len(rises) else 0
    last = max(end - 1, off + 1)
    growth = ratio(float(adopters[last]), float(adopters[off])) ** (1.0 / (last - off)) - 1.0
    return growth, max(0, end - off)
