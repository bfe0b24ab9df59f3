"""Map of the parameter space: where does the hunter win and where the farmer?

Hunter and farmer of the scenario hunter_vs_farmer run on common random numbers at points spread
evenly over the parameters that, by the theory, decide between them. A Gaussian process fitted to
these points estimates the border and its uncertainty; it uses no knowledge of the model.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from sim.config.schema import Config
from sim.experiments.best_split import aim
from sim.experiments.regions import SEED, at_settings
from sim.experiments.scenarios import need
from sim.experiments.sweeps.samples import places
from sim.kpis import over, profit, revenue
from sim.outcomes.paired import wilson
from sim.params import ConfigError, in_id_order, key_of
from sim.rules.units import YEAR
from sim.runs.bar import Progress
from sim.runs.engine import Engine

SCENARIO, MARKET, FIRM = "hunter_vs_farmer", "brand", "alder"
HORIZONS = (1, 3, 5)
POINTS = 200
SIZE = ("population.customers=5000", f"weeks={HORIZONS[-1] * YEAR}")
"""Overrides of every point: size of the market and length of the run."""


@dataclass(frozen=True)
class Axis:
    """An axis of the map: a parameter between two bounds.

    With ``times`` it is a factor, on a logarithmic scale, on the price of the activities' versions
    for customers.
    """

    key: str
    low: float
    high: float
    times: bool = False

    def value(self, place: float) -> float:
        """Value at a position between 0 and 1."""
        if self.times:
            return float(self.low * (self.high / self.low) ** place)
        return float(self.low + (self.high - self.low) * place)

    def words(self, config: Config, place: float) -> list[str]:
        """Overrides that set a configuration to a position between 0 and 1."""
        value = self.value(place)
        if not self.times:
            whole = self.key == "media.outlets"
            return [f"{self.key}={round(value) if whole else f'{value:.6g}'}"]
        return [
            f"{key_of(('activities', name))}.{self.key}={getattr(a, self.key) * value:.6g}"
            for name, a in config.activities.items()
            if aim(config, name) < 0
        ]


AXES = {
    "growth": Axis("flow.inflow", 0.0, 0.01),
    "fragmentation": Axis("media.outlets", 2.0, 40.0),
    "switching": Axis("loyalty.switching_cost", 0.0, 2.0),
    "customer_price": Axis("price_ratio", 0.2, 2.0, times=True),
    "word_of_mouth": Axis("talk.rate", 0.0, 0.15),
}
"""Axes of the map; the sixth dimension is the horizon.

The bounds are assumptions: from none to a very high level. The price of reaching a customer is that
relative to reaching a prospect.
"""


@dataclass(frozen=True)
class Chart:
    """Simulated points of the map, and the surfaces fitted to them.

    Attributes:
        points: positions from 0 to 1, float64 [point, axis in order of AXES].
        lead: cumulative profit of the farmer minus that of the hunter, over the mean revenue of
            both, float64 [point, horizon].
    """

    points: np.ndarray
    lead: np.ndarray
    _fits: dict[int, Any] = field(default_factory=dict)
    _weights: dict[int, dict[str, float]] = field(default_factory=dict)

    def share(self, horizon: int) -> tuple[float, float, float]:
        """Share of points at which the farmer leads, with its 95 % interval (Wilson).

        Args:
            horizon: index into HORIZONS.
        """
        wins, n = int((self.lead[:, horizon] > 0.0).sum()), len(self.lead)
        return wins / n, *wilson(wins, n)

    def read(self, at: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Estimated lead of the farmer and its standard error, float64 [position] each.

        Args:
            at: positions from 0 to 1, float64 [position, axis].
            horizon: index into HORIZONS.
        """
        process = self._fit(horizon)
        mean, spread = process.predict(at, return_std=True)
        noise = process.kernel_.k2.noise_level * float(np.var(self.lead[:, horizon]))
        return np.asarray(mean), np.sqrt(np.maximum(0.0, spread**2 - noise))

    def weights(self, horizon: int) -> dict[str, float]:
        """Share of the fitted surface's variance due to each axis, interactions included (total
        Sobol indices of the Gaussian process).

        Args:
            horizon: index into HORIZONS.
        """
        if horizon in self._weights:
            return self._weights[horizon]
        found = stats.sobol_indices(
            func=lambda x: self.read(x.T, horizon)[0][None], n=512,
            dists=[stats.uniform()] * len(AXES),  # type: ignore[list-item]
            rng=np.random.default_rng(3),
        )  # fmt: skip
        total = np.atleast_2d(found.total_order)[0]
        self._weights[horizon] = dict(zip(AXES, total.tolist(), strict=True))
        return self._weights[horizon]

    def _fit(self, horizon: int) -> Any:
        if horizon not in self._fits:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a length scale at its bound is valid
                self._fits[horizon] = _process().fit(self.points, self.lead[:, horizon])
        return self._fits[horizon]


def _process() -> Any:
    """A Gaussian process with its own length scale along every axis, and noise."""
    try:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    except ImportError:
        raise ConfigError(
            "the map needs scikit-learn; install the package with its extra `all`."
        ) from None
    smooth = ConstantKernel(1.0, (1e-3, 1e3)) * RBF([1.0] * len(AXES), (0.1, 100.0))
    return GaussianProcessRegressor(
        smooth + WhiteKernel(0.1, (1e-5, 10.0)), normalize_y=True, n_restarts_optimizer=2,
        random_state=1,
    )  # fmt: skip


def chart(
    *overrides: str,
    points: int = POINTS,
    runs: Engine | None = None,
    progress: Progress | None = None,
) -> Chart:
    """Simulate hunter and farmer at points all over the map.

    Args:
        overrides: ``key=value`` changes that hold at every point.
        points: number of points.
        runs, progress: as for :func:`sim.experiments.claims.examine`.

    Raises:
        ConfigError: an override is wrong.
    """
    scenario = need(SCENARIO)
    config = scenario.config(*SIZE, *overrides, market=MARKET)
    arms = [a for a in scenario.arms_in(config, MARKET) if a.name in ("hunter", "farmer")]
    arms.sort(key=lambda a: a.name)  # the farmer first
    drawn = places("sobol", len(AXES), points, SEED)
    words = [
        [word for axis, at in zip(AXES.values(), place, strict=True)
         for word in axis.words(config, at)]
        for place in drawn.tolist()
    ]  # fmt: skip
    found = at_settings(config, arms, words, runs, progress)
    firms = list(in_id_order(config.firms))
    f, span = firms.index(FIRM), config.measurement.window
    lead = np.empty((points, len(HORIZONS)))
    for n, run in enumerate(found):
        for h, years in enumerate(HORIZONS):
            farmer, hunter = (over(one.accounts[: years * YEAR], span) for one in run)
            both = 0.5 * (revenue(farmer)[f] + revenue(hunter)[f])
            lead[n, h] = (profit(farmer)[f] - profit(hunter)[f]) / max(1.0, float(both))
    return Chart(drawn, lead)
