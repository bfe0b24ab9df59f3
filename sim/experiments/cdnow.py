"""A real cohort: buyers of an online record shop, followed from their first order.

The cohort is the one-tenth sample of CDNOW customers whose first order fell in weeks 1 to 12 of
1997 (Fader & Hardie 2001; Fader, Hardie & Lee 2005, Marketing Science 24:275-284). Its first 39
weeks are in ``configs/cohort``; what came after is not, so the forecast can be judged by others.

``market=cdnow`` lets people buy records by the ordinary rules from the shop and from stores. How
people differ and what they learn was inferred from the 39 weeks (:func:`infer`); no rule counts
repeat orders and none drops customers.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.optimize import Bounds, OptimizeResult, differential_evolution
from scipy.special import hyp2f1

from sim import files
from sim.config.compose import override
from sim.config.schema import Config
from sim.model import processors, simulate
from sim.outcomes.run import Run
from sim.params import ConfigError, numbers

SHOP = "shop"
"""The firm of ``market=cdnow`` that stands for CDNOW."""

ACQUISITION, KNOWN, FORECAST = 12, 39, 78
"""Weeks in which the cohort is acquired, is known, and is forecast to."""

CLASSES = 8
"""Customers are counted by 0, 1, ... repeat orders; the last class is 7 and more."""

REPLICATES = 20
"""Simulated cohorts of a study."""


@dataclass(frozen=True)
class Cohort:
    """Customers acquired in the first weeks and their later orders.

    Attributes:
        first: customers acquired, by week, float64 [ACQUISITION].
        repeats: their repeat orders by week, float64 [week].
        classes: customers by number of repeat orders in the known weeks, float64 [CLASSES].
    """

    first: np.ndarray
    repeats: np.ndarray
    classes: np.ndarray

    @property
    def size(self) -> float:
        """Number of customers."""
        return float(self.first.sum())

    def scaled(self, size: float) -> Cohort:
        """The same cohort as if it had ``size`` customers."""
        factor = size / max(self.size, 1.0)
        return Cohort(self.first * factor, self.repeats * factor, self.classes * factor)


@cache
def reference() -> Cohort:
    """The real cohort, 39 weeks."""

    def table(name: str) -> np.ndarray:
        path = files.CONFIGS / "cohort" / f"cdnow_{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return np.array([[float(x) for x in row] for row in list(csv.reader(file))[1:]])

    weeks, counts = table("weeks"), table("repeats")
    classes = np.zeros(CLASSES)
    np.add.at(classes, np.minimum(counts[:, 0].astype(int), CLASSES - 1), counts[:, 1])
    return Cohort(weeks[:ACQUISITION, 1], weeks[:, 2], classes)


def cohort(run: Run, firm: str = SHOP) -> Cohort:
    """The cohort of a run that kept the log of purchases.

    Args:
        run: of at least KNOWN weeks.
        firm: whose customers.
    """
    week, customer, shop, _, _, is_first, *_ = run.logs["purchases"].T
    mine = shop == run.firms.index(firm)
    joined = np.zeros(len(run.people), np.int64)
    new = mine & (is_first > 0) & (week <= ACQUISITION)
    joined[customer[new]] = week[new]
    again = mine & (is_first == 0) & (joined[customer] > 0)
    repeats = np.bincount(week[again], minlength=run.ledger.weeks + 1)[1:]
    known = again & (week <= KNOWN)
    each = np.bincount(customer[known], minlength=len(joined))[joined > 0]
    return Cohort(
        np.bincount(joined, minlength=ACQUISITION + 1)[1:].astype(float),
        repeats.astype(float),
        np.bincount(np.minimum(each, CLASSES - 1), minlength=CLASSES).astype(float),
    )


def check(config: Config) -> None:
    """Refuse a market without the shop.

    Raises:
        ConfigError: there is no firm called SHOP.
    """
    if SHOP not in config.firms:
        raise ConfigError(f"cdnow: needs a firm called {SHOP}, as in market=cdnow.")


def live(config: Config, weeks: int, seed: int) -> Cohort:
    """The cohort of one simulated market."""
    logged = replace(config, weeks=weeks, threads=1, log=replace(config.log, purchases=True))
    return cohort(simulate(logged, seed))


@dataclass(frozen=True)
class Study:
    """Many simulated cohorts beside the real one.

    Attributes:
        config: ``market=cdnow`` as resolved.
        cohorts: one for each seed, scaled to the real cohort's size.
    """

    config: Config
    cohorts: tuple[Cohort, ...]

    def cumulative(self) -> np.ndarray:
        """Repeat orders up to each week, float64 [replicate, week]."""
        return np.array([c.repeats for c in self.cohorts]).cumsum(axis=1)

    def weeks(self) -> dict[str, np.ndarray]:
        """Columns over weeks: repeat orders to date, real (NaN where unknown) and simulated."""
        paths = self.cumulative()
        low, high = np.quantile(paths, [0.025, 0.975], axis=0)
        real = np.full(FORECAST, np.nan)
        real[:KNOWN] = reference().repeats.cumsum()
        return {
            "week": np.arange(1, FORECAST + 1), "real": real, "simulated": paths.mean(axis=0),
            "low": low, "high": high, "bg_nbd": bg_nbd(FORECAST),
        }  # fmt: skip

    def classes(self) -> np.ndarray:
        """Customers by number of repeat orders, float64 [replicate, class]."""
        return np.array([c.classes for c in self.cohorts])


def study(
    config: Config, replicates: int = REPLICATES, progress: Callable[[int], None] | None = None
) -> Study:
    """Simulate the market and follow its cohort to week 78, once for each of several seeds.

    Args:
        config: of ``market=cdnow``.
        replicates: number of seeds, from the configuration's on.
        progress: called with the number of cohorts that have just finished.
    """
    live(replace(config, warmup=0), 1, 1)  # compile once, before threads start

    def one(replicate: int) -> Cohort:
        out = live(config, FORECAST, config.seed + replicate).scaled(reference().size)
        if progress is not None:
            progress(1)
        return out

    with ThreadPoolExecutor(config.threads or processors()) as pool:
        return Study(config, tuple(pool.map(one, range(replicates))))


def bg_nbd(weeks: int) -> np.ndarray:
    """Repeat orders up to each week that the BG/NBD model expects of the real cohort, float64
    [week], with the parameters Fader, Hardie & Lee (2005) fitted to the known weeks."""
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    out = np.zeros(weeks)
    for week, joined in enumerate(reference().first):
        t = np.maximum(0.0, np.arange(1, weeks + 1) - (week + 0.5))
        shrunk = (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1.0, t / (alpha + t))
        out += joined * (a + b - 1.0) / (a - 1.0) * (1.0 - shrunk)
    return out


# How the numbers of the market were inferred

UNKNOWN = {
    "choice.rate_mean": (0.02, 0.6),
    "choice.rate_shape": (0.1, 2.0),
    "choice.intercept": (-5.0, 1.0),
    "choice.taste_spread": (0.2, 3.0),
    "choice.inertia": (0.0, 6.0),
    "loyalty.experience_awareness": (0.05, 1.0),
    "loyalty.experience_gain": (0.0, 0.4),
    "loyalty.lapse_hazard": (0.003, 0.6),
    "attention.retention": (0.5, 0.985),
    "attention.trust_retention": (0.9, 1.0),
}
"""What is inferred, and between which bounds it is looked for."""

ROUNDS, SEEDS = 40, (1, 2, 3)
"""Generations of the search; seeds every setting is lived with."""

FEWEST = 400
"""Customers below which a simulated cohort says too little."""

BLOCK = 3
"""Repeat orders are compared in blocks of so many weeks."""

DISPERSION = 4.6
"""Variance of customers' repeat orders over their mean, as the real cohort has it (tested): so
much less than a Poisson count does an order tell, since orders come in customers."""


def deviance(model: Cohort, real: Cohort) -> float:
    """How badly a simulated cohort fits: the deviance of customers by class (multinomial), of
    repeat orders by block of weeks (Poisson, over DISPERSION), of first orders by week (Poisson).

    Args:
        model: of any size; it is scaled to the real one's.
        real: the real cohort.
    """
    model = model.scaled(real.size)

    def blocks(weekly: np.ndarray) -> np.ndarray:
        return np.add.reduceat(weekly[:KNOWN], np.arange(0, KNOWN, BLOCK))

    total = 0.0
    for data, fit, spread in (
        (real.classes, model.classes, 1.0),
        (blocks(real.repeats), blocks(model.repeats), DISPERSION),
        (real.first, model.first, 1.0),
    ):
        fit = np.maximum(fit, 0.5)
        logs = np.where(data > 0, data * np.log(np.maximum(data, 0.5) / fit), 0.0)
        total += 2.0 * float((logs - (data - fit)).sum()) / spread
    return total


def _lives(config: Config, seeds: Sequence[int]) -> Cohort:
    """The cohorts of several seeds together, in the known weeks."""
    lives = [live(config, KNOWN, seed) for seed in seeds]
    return Cohort(
        np.sum([c.first for c in lives], axis=0),
        np.sum([c.repeats for c in lives], axis=0),
        np.sum([c.classes for c in lives], axis=0),
    )


def misfit(config: Config, seeds: Sequence[int] = SEEDS) -> float:
    """The deviance of a configuration of ``market=cdnow``."""
    return deviance(_lives(config, seeds), reference())


def infer(
    config: Config,
    *,
    rounds: int = ROUNDS,
    seeds: Sequence[int] = SEEDS,
    progress: Callable[[int], None] | None = None,
) -> tuple[dict[str, float], float]:
    """Look for the values of :data:`UNKNOWN` that fit the known weeks best.

    Differential evolution on the deviance, with the same luck for every setting tried.

    Args:
        config: ``market=cdnow``; its values of the unknown are where the search begins.
        rounds: generations.
        seeds: every setting is lived with each of these.
        progress: called with the number of generations that have just passed.

    Returns:
        The best values and their deviance.
    """

    def distance(values: np.ndarray) -> float:
        words = [f"{name}={value:.6g}" for name, value in zip(UNKNOWN, values, strict=True)]
        lives = _lives(override(config, *words), seeds)
        return deviance(lives, reference()) if lives.size > FEWEST else math.inf

    def passed(intermediate_result: OptimizeResult) -> None:
        if progress is not None:
            progress(1)

    was = {name: value for name, _, value in numbers(config)}
    known = [float(np.clip(was[name], *bounds)) for name, bounds in UNKNOWN.items()]
    distance(np.mean(list(UNKNOWN.values()), axis=1))  # compile before threads start
    with ThreadPoolExecutor(config.threads or processors()) as pool:
        found = differential_evolution(
            distance, Bounds(*np.transpose(list(UNKNOWN.values()))), popsize=6, maxiter=rounds,
            rng=1, polish=False, updating="deferred", workers=pool.map, tol=0.0, callback=passed,
            x0=known,
        )  # fmt: skip
    return dict(zip(UNKNOWN, (float(f"{x:.4g}") for x in found.x), strict=True)), float(found.fun)
