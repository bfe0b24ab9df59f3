"""The CDNOW cohort: customers of an online record shop, followed from their first order.

The cohort is the one-tenth sample of CDNOW customers whose first order fell in weeks 1 to 12 of
1997 (Fader & Hardie 2001; Fader, Hardie & Lee 2005, Marketing Science 24:275-284). Its first 39
weeks are in ``configs/cohort``. Later weeks are left out, so that others can judge the forecast.

In ``market=cdnow`` people buy records from the shop and from stores by the model's ordinary rules.
The parameters of heterogeneity and learning were estimated from the 39 weeks (:func:`infer`). No
rule counts repeat orders and none removes customers.
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

from sim import files
from sim.compile import processors
from sim.config.compose import override
from sim.config.schema import Config
from sim.experiments.repeat_buying import expected_repeats
from sim.model.world import simulate
from sim.outcomes.run import Run
from sim.params import ConfigError, numbers

SHOP = "shop"
"""The firm of ``market=cdnow`` that stands for CDNOW."""

ACQUISITION, KNOWN, FORECAST = 12, 39, 78
"""Last weeks of the acquisition period, of the calibration period, and of the forecast."""

CLASSES = 8
"""Number of classes of customers by repeat orders: 0, 1, ..., and 7 or more."""

REPLICATES = 20
"""Number of simulated cohorts in a study."""


@dataclass(frozen=True)
class Cohort:
    """Customers acquired in the first weeks and their repeat orders.

    Attributes:
        first: customers acquired, by week, float64 [ACQUISITION].
        repeats: their repeat orders by week, float64 [week].
        classes: customers by number of repeat orders in the calibration period, float64
            [CLASSES].
    """

    first: np.ndarray
    repeats: np.ndarray
    classes: np.ndarray

    @property
    def size(self) -> float:
        """Number of customers."""
        return float(self.first.sum())

    def scaled(self, size: float) -> Cohort:
        """The cohort rescaled to ``size`` customers."""
        factor = size / max(self.size, 1.0)
        return Cohort(self.first * factor, self.repeats * factor, self.classes * factor)


@cache
def reference() -> Cohort:
    """The observed cohort, 39 weeks."""

    def table(name: str) -> np.ndarray:
        path = files.CONFIGS / "cohort" / f"cdnow_{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return np.array([[float(x) for x in row] for row in list(csv.reader(file))[1:]])

    weeks, counts = table("weeks"), table("repeats")
    classes = np.zeros(CLASSES)
    np.add.at(classes, np.minimum(counts[:, 0].astype(int), CLASSES - 1), counts[:, 1])
    return Cohort(weeks[:ACQUISITION, 1], weeks[:, 2], classes)


def cohort(run: Run, firm: str = SHOP) -> Cohort:
    """Extract the cohort from a run that kept the log of purchases.

    Args:
        run: of at least KNOWN weeks.
        firm: the firm whose customers are followed.
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
    """Check that the market contains the shop.

    Raises:
        ConfigError: there is no firm called SHOP.
    """
    if SHOP not in config.firms:
        raise ConfigError("cdnow: needs a firm called {firm}, as in market=cdnow.", firm=SHOP)


def simulate_cohort(config: Config, weeks: int, seed: int) -> Cohort:
    """Simulate one market and return its cohort."""
    logged = replace(config, weeks=weeks, threads=1, log=replace(config.log, purchases=True))
    return cohort(simulate(logged, seed))


@dataclass(frozen=True)
class Study:
    """Simulated cohorts for comparison with the observed one.

    Attributes:
        config: ``market=cdnow`` as resolved.
        cohorts: one for each seed, scaled to the observed cohort's size.
    """

    config: Config
    cohorts: tuple[Cohort, ...]

    def cumulative(self) -> np.ndarray:
        """Cumulative repeat orders, float64 [replicate, week]."""
        return np.array([c.repeats for c in self.cohorts]).cumsum(axis=1)

    def weeks(self) -> dict[str, np.ndarray]:
        """Cumulative repeat orders by week, as columns: observed (NaN where unknown), simulated
        mean with the middle 95 % of replicates, and BG/NBD forecast."""
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
    """Simulate the market with several seeds and follow each cohort to week 78.

    Args:
        config: of ``market=cdnow``.
        replicates: number of seeds, counted from the configuration's seed.
        progress: called with the number of cohorts just finished.
    """
    simulate_cohort(replace(config, warmup=0), 1, 1)  # compile once, before threads start

    def one(replicate: int) -> Cohort:
        out = simulate_cohort(config, FORECAST, config.seed + replicate).scaled(reference().size)
        if progress is not None:
            progress(1)
        return out

    with ThreadPoolExecutor(config.threads or processors()) as pool:
        return Study(config, tuple(pool.map(one, range(replicates))))


def bg_nbd(weeks: int) -> np.ndarray:
    """Cumulative repeat orders that the BG/NBD model expects of the observed cohort, float64
    [week].

    The parameters are those that Fader, Hardie & Lee (2005) fitted to the calibration period.
    """
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    out = np.zeros(weeks)
    for week, joined in enumerate(reference().first):
        t = np.maximum(0.0, np.arange(1, weeks + 1) - (week + 0.5))
        out += joined * expected_repeats(r, alpha, a, b, t)
    return out


# Estimation of the market's parameters

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
"""The estimated parameters, with the bounds of the search."""

ROUNDS, SEEDS = 40, (1, 2, 3)
"""Generations of the search, and the seeds that every candidate is simulated with."""

FEWEST = 400
"""Size above which a simulated cohort is evaluated, in customers."""

BLOCK = 3
"""Length of the blocks in which repeat orders are compared, in weeks."""

DISPERSION = 4.6
"""Ratio of variance to mean of customers' repeat orders in the observed cohort (tested). Repeat
orders are clustered in customers, so they carry less information than a Poisson count."""


def deviance(model: Cohort, real: Cohort) -> float:
    """Misfit of a simulated cohort, as the sum of three deviances.

    They are of customers by class (multinomial), of repeat orders by block of weeks (Poisson,
    over DISPERSION), and of first orders by week (Poisson).

    Args:
        model: simulated cohort of any size; it is scaled to the observed one's.
        real: observed cohort.
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


def _pooled_cohort(config: Config, seeds: Sequence[int]) -> Cohort:
    """The cohorts of several seeds added up, over the calibration period."""
    pooled = [simulate_cohort(config, KNOWN, seed) for seed in seeds]
    return Cohort(
        np.sum([c.first for c in pooled], axis=0),
        np.sum([c.repeats for c in pooled], axis=0),
        np.sum([c.classes for c in pooled], axis=0),
    )


def misfit(config: Config, seeds: Sequence[int] = SEEDS) -> float:
    """Deviance of a configuration of ``market=cdnow`` from the observed cohort."""
    return deviance(_pooled_cohort(config, seeds), reference())


def infer(
    config: Config,
    *,
    rounds: int = ROUNDS,
    seeds: Sequence[int] = SEEDS,
    progress: Callable[[int], None] | None = None,
) -> tuple[dict[str, float], float]:
    """Estimate the parameters in :data:`UNKNOWN` from the calibration period.

    Differential evolution minimises the deviance; every candidate uses the same seeds.

    Args:
        config: ``market=cdnow``; the search starts from its values.
        rounds: number of generations.
        seeds: seeds that every candidate is simulated with.
        progress: called with the number of generations just finished.

    Returns:
        The best values and their deviance.
    """

    def distance(values: np.ndarray) -> float:
        words = [f"{name}={value:.6g}" for name, value in zip(UNKNOWN, values, strict=True)]
        pooled = _pooled_cohort(override(config, *words), seeds)
        return deviance(pooled, reference()) if pooled.size > FEWEST else math.inf

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
