"""Numbers that figures of sweeps show: settings, differences, curves, ends and leaders."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from sim.experiments.sweeps.analysis import outcomes
from sim.experiments.uncertainty import LEAST_SETTINGS
from sim.outcomes.paired import CONFIDENCE
from sim.params import ConfigError, one_of
from sim.runs.jobs import FAILED

LEVELS = 10
"""Different values of a parameter up to which each is a point of its own; more are put into groups
of equal size."""

FEWEST, ROOTS = 3, 0.75
"""Fewest groups, and how many there are for the square root of the number of settings."""

FEW_SEEDS = 4
"""Seeds of a single setting up to which the noise of all settings gives its interval: two or three
alone say next to nothing."""

DECADES, LOPSIDED = 1.5, 0.3
"""Powers of ten between the ends of a parameter, and place of its middle value as a share of the
way between them, from and up to which its axis is logarithmic."""


class Estimate(NamedTuple):
    """A mean with its 95 % interval, NaN where there is no second value."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Scale:
    """The axis of a varied parameter.

    Attributes:
        places: of each setting on the axis, float64 [setting]: the value, its decimal logarithm,
            or the number of its name.
        is_log: whether places are logarithms.
        names: values that are no numbers, in the order of their places; empty for numbers.
    """

    places: np.ndarray
    is_log: bool = False
    names: tuple[str, ...] = ()

    def value(self, place: float) -> float:
        """The value of a number at a place."""
        return float(10.0**place) if self.is_log else float(place)

    def place(self, value: float) -> float:
        """The place of a number; a value that has no logarithm lies at the lower end."""
        if not self.is_log:
            return float(value)
        return float(np.log10(value)) if value > 0.0 else float(self.places.min())

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest place."""
        return float(self.places.min()), float(self.places.max())

    @property
    def levels(self) -> np.ndarray:
        """Different places, in order."""
        return np.unique(self.places)


@dataclass(frozen=True)
class Curve:
    """Mean of an outcome along a parameter.

    Attributes:
        at: places on the axis, float64 [point]; so are the others.
        mean, low, high: the mean and its 95 % interval.
        least, most: ends of the middle 90 % of single runs.
        is_grouped: whether a point stands for a group of settings with similar values.
    """

    at: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    least: np.ndarray
    most: np.ndarray
    is_grouped: bool


@dataclass(frozen=True)
class Bar:
    """A bar of a tornado: the outcome at both ends of a parameter.

    Attributes:
        key: of the parameter.
        ends: its lower and upper end as places on its axis.
        outcomes: at these ends.
    """

    key: str
    ends: tuple[float, float]
    outcomes: tuple[Estimate, Estimate]

    @property
    def width(self) -> float:
        """Distance of the outcomes; -1 where one of them is not known."""
        width = abs(self.outcomes[1].mean - self.outcomes[0].mean)
        return width if np.isfinite(width) else -1.0


@dataclass(frozen=True)
class Swept:
    """An outcome of a sweep, for one firm.

    Attributes:
        settings: one row a setting, one column a parameter.
        arms: names; one that is empty for a model without arms.
        values: float64 [arm, setting, seed]; NaN where a run failed or was not made.
        failed: number of failed runs.
    """

    settings: pd.DataFrame
    arms: tuple[str, ...]
    values: np.ndarray
    failed: int

    def pools(self, points: int, settings: int) -> bool:
        """Whether each of so many points is a single setting with few seeds, so that the noise of
        all settings gives their intervals."""
        return settings <= points and 1 < self.seeds <= FEW_SEEDS

    @property
    def parameters(self) -> list[str]:
        """Keys of the parameters."""
        return [str(key) for key in self.settings]

    @cached_property
    def base(self) -> int | None:
        """Row of the setting that all others differ from in one parameter; see
        :func:`base_setting`."""
        return base_setting(self)

    def rows(self, key: str) -> np.ndarray:
        """Settings that say something about a parameter, int64: all of them or, where parameters
        were varied one at a time, those with all others as they are."""
        if self.base is None:
            return np.arange(len(self.settings))
        rest = self.settings.drop(columns=key)
        return np.flatnonzero((rest == rest.iloc[self.base]).all(axis=1))

    def along(self, key: str, values: np.ndarray) -> Curve:
        """The outcome along a parameter; ``values`` are float64 [setting, seed]."""
        rows = self.rows(key)
        return curve(self.scale(key).places[rows], values[rows])

    @property
    def tells(self) -> bool:
        """Whether there are enough settings to tell which parameter matters."""
        few = len(self.settings) < LEAST_SETTINGS
        return self.settings.shape[1] == 1 or self.base is not None or not few

    @property
    def seeds(self) -> int:
        """Runs of an arm at a setting, at most."""
        return int(self.values.shape[2])

    def means(self) -> np.ndarray:
        """Mean over seeds, float64 [arm, setting]."""
        return known(np.nanmean, self.values, axis=2)

    def pair(self) -> tuple[int, int]:
        """The two arms that are asked about: of more than two the two with the highest means."""
        if len(self.arms) == 2:
            return 0, 1
        order = np.argsort(-np.nan_to_num(known(np.nanmean, self.means(), axis=1), nan=-np.inf))
        a, b = sorted(int(n) for n in order[:2])
        return a, b

    def asked(self, threshold: float | None = None) -> np.ndarray:
        """What is asked about, float64 [setting, seed]: the paired difference of two arms, second
        less first; of a single arm the outcome, less a threshold if there is one."""
        if len(self.arms) == 1:
            return np.asarray(self.values[0] - (threshold or 0.0))
        a, b = self.pair()
        return np.asarray(self.values[b] - self.values[a])

    def leaders(self, threshold: float | None = None) -> np.ndarray:
        """Who leads at each setting, int64 [setting]: the arm with the highest mean; of a single
        arm 1 above the threshold and 0 up to it; -1 where it is not known or two are equal."""
        means = self.means()
        if len(self.arms) == 1:
            above = (means[0] > (threshold or 0.0)).astype(np.int64)
            return np.where(np.isfinite(means[0]), above, -1)
        complete = np.isfinite(means).all(axis=0)
        ordered = np.sort(np.nan_to_num(means), axis=0)
        clear = complete & (ordered[-1] > ordered[-2])
        return np.where(clear, np.nan_to_num(means).argmax(axis=0), -1)

    def scale(self, key: str) -> Scale:
        """The axis of a parameter."""
        column = self.settings[key]
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
            codes, names = pd.factorize(column.astype(str), sort=True)
            return Scale(codes.astype(np.float64), names=tuple(map(str, names)))
        places = column.to_numpy(np.float64)
        low, high = places.min(), places.max()
        middle = float(np.median(np.unique(places)))
        if low > 0.0 and np.log10(high / low) >= DECADES and middle - low < LOPSIDED * (high - low):
            return Scale(np.log10(places), is_log=True)
        return Scale(places)

    def by_influence(self, values: np.ndarray) -> list[str]:
        """Parameters, the most influential first.

        Args:
            values: float64 [setting, seed].
        """
        means = known(np.nanmean, values, axis=1)
        known_rows = np.isfinite(means)
        sizes = {key: _explained(self.scale(key).places[known_rows], means[known_rows])
                 for key in self.parameters}  # fmt: skip
        return sorted(sizes, key=lambda key: -sizes[key])


def swept(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], firm: str = "",
    arms: Sequence[str] = (),
) -> Swept:  # fmt: skip
    """An outcome of a sweep, from its tidy table.

    Args:
        table: one row a setting, arm, seed and firm; the columns ``arm``, ``seed``, ``firm`` and
            ``status`` may be missing.
        outcome: the column of the outcome.
        parameters: the columns of the parameters.
        firm: whose outcome; the first if not given.
        arms: those to show, in this order; all by default.

    Raises:
        ConfigError: there is no such column, firm or arm, or no value of the outcome.
    """
    for name in (outcome, *parameters):
        one_of(name, "column", list(table.columns))
    names = list(map(str, pd.unique(table["arm"]))) if "arm" in table else [""]
    shown = list(arms) or names
    of_arms = [
        outcomes(table, outcome, space=parameters, firm=firm, arms=name if "arm" in table else None)
        for name in shown
    ]
    values = np.stack([one.values for one in of_arms])
    if not np.isfinite(values).any():
        raise ConfigError("no run of the sweep has a value of {outcome}.", outcome=outcome)
    lost = 0
    if "status" in table:
        runs = [key for key in ("setting", "arm", "seed") if key in table]
        mine = table[table["arm"].isin(shown)] if "arm" in table else table
        lost = int((mine.drop_duplicates(runs)["status"] == FAILED).sum())
    return Swept(of_arms[0].settings, tuple(shown), values, lost)


def known(function: object, values: np.ndarray, **more: object) -> np.ndarray:
    """A NaN-skipping function of NumPy without its warning about values that are all missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(function(values, **more))  # type: ignore[operator]


class Noise(NamedTuple):
    """Standard deviation between seeds at a setting, and its degrees of freedom."""

    deviation: float
    freedom: int


def seed_noise(values: np.ndarray) -> Noise:
    """Seed noise over all settings together; ``values`` are float64 [setting, seed]."""
    free = np.isfinite(values).sum(axis=1) - 1
    squares = known(np.nanvar, values, axis=1) * (free + 1)
    total = int(free[free > 0].sum())
    return Noise(float(np.sqrt(squares[free > 0].sum() / total)) if total else np.nan, total)


def estimate(values: np.ndarray, noise: Noise | None = None) -> Estimate:
    """Mean of some settings with its interval: settings are the units, or seeds at a single one.

    Args:
        values: float64 [setting, seed].
        noise: seed noise of all settings, which stands in at a single one with few seeds.
    """
    units = values.ravel() if len(values) == 1 else known(np.nanmean, values, axis=1)
    units = units[np.isfinite(units)]
    if not len(units):
        return Estimate(np.nan, np.nan, np.nan)
    mean, error, free = float(units.mean()), np.nan, len(units) - 1
    if noise and len(values) == 1 and len(units) <= FEW_SEEDS and noise.freedom:
        error, free = noise.deviation / len(units) ** 0.5, noise.freedom
    elif free:
        error = float(stats.sem(units))
    reach = stats.t.ppf(0.5 + 0.5 * CONFIDENCE, free) * error if free else np.nan
    return Estimate(mean, float(mean - reach), float(mean + reach))


def groups(places: np.ndarray) -> tuple[list[np.ndarray], bool]:
    """Settings with the same or similar values, in order, and whether they are only similar."""
    levels = np.unique(places)
    if len(levels) <= LEVELS:
        return [np.flatnonzero(places == level) for level in levels], False
    count = int(np.clip(ROOTS * len(places) ** 0.5, FEWEST, LEVELS))
    return list(np.array_split(np.argsort(places, kind="stable"), count)), True


def curve(places: np.ndarray, values: np.ndarray) -> Curve:
    """The outcome along a parameter: at each value if these are few, else by groups of settings
    with similar values.

    Args:
        places: of the settings on the parameter's axis, float64 [setting].
        values: float64 [setting, seed].
    """
    mine, is_grouped = groups(places)
    noise = seed_noise(values)
    found = np.array([estimate(values[rows], noise) for rows in mine])
    runs = np.array([known(np.nanquantile, values[rows], q=[0.05, 0.95]) for rows in mine])
    at = np.array([places[rows].mean() for rows in mine])
    mean, low, high = found.T
    return Curve(at, mean, low, high, runs[:, 0], runs[:, 1], is_grouped)


def _explained(places: np.ndarray, means: np.ndarray) -> float:
    """Share of the variance of settings' means that a parameter alone explains."""
    if len(means) < 3 or np.ptp(means) == 0.0 or np.ptp(places) == 0.0:
        return 0.0
    mine, _ = groups(places)
    if len(means) < 3 * len(mine):
        return float(stats.spearmanr(places, means)[0] ** 2)
    within = sum(float(((means[rows] - means[rows].mean()) ** 2).sum()) for rows in mine)
    free = (len(means) - 1) / (len(means) - len(mine))
    return 1.0 - free * within / float(((means - means.mean()) ** 2).sum())


def base_setting(found: Swept) -> int | None:
    """Row of the setting from which all others differ in one parameter at most; None where the
    parameters were not varied one at a time."""
    if found.settings.shape[1] < 2:
        return None
    usual = found.settings.mode().iloc[0]
    apart = (found.settings != usual).sum(axis=1).to_numpy()
    rows = np.flatnonzero(apart == 0)
    return int(rows[0]) if len(rows) and apart.max() <= 1 else None


def tornado(found: Swept, values: np.ndarray) -> list[Bar]:
    """The outcome at the low and the high end of every parameter, the widest bar first.

    Where parameters were varied one at a time, the ends are the lowest and the highest value with
    all others as they are; else the lowest and the highest fifth of settings, or the lowest and
    the highest value if there are few different ones.

    Args:
        values: float64 [setting, seed].
    """
    noise, bars = seed_noise(values), []
    for key in found.parameters:
        places = found.scale(key).places
        low, high = _outer(places, found.rows(key))
        ends = (float(places[low].mean()), float(places[high].mean()))
        bars.append(Bar(key, ends, (estimate(values[low], noise), estimate(values[high], noise))))
    return sorted(bars, key=lambda bar: -bar.width)


def _outer(places: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Settings with the lowest and the highest values of a parameter."""
    own = places[rows]
    if len(np.unique(own)) <= LEVELS:
        return rows[own == own.min()], rows[own == own.max()]
    order = rows[np.argsort(own, kind="stable")]
    fifth = max(1, len(order) // 5)
    return order[:fifth], order[-fifth:]


# Two parameters


@dataclass(frozen=True)
class Chart:
    """What is asked about, over two parameters.

    Attributes:
        x, y: places on the axes, float64 [column], [row]; of cells their numbers from 0.
        mean, low, high: the mean and its 95 % interval, NaN where there is none, float64
            [row, column].
        is_grid: whether they are cells of a grid, not a fitted surface.
    """

    x: np.ndarray
    y: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_grid: bool

    @property
    def is_empty(self) -> bool:
        """Whether there are too few settings for a surface."""
        return not bool(np.isfinite(self.mean).any())

    @property
    def unclear(self) -> np.ndarray:
        """Where the interval includes 0, bool [row, column]."""
        return np.asarray((self.low <= 0.0) & (self.high >= 0.0))


FINE = 61
"""Columns and rows of a fitted surface."""

MOST_CELLS = 30
"""Different values of a parameter up to which a grid is drawn as cells."""

LEAST_FITTED = 10
"""Settings from which a surface is fitted."""

MOST_FITTED = 225
"""Points up to which a surface is fitted to single settings; more are averaged by their place."""


def chart(x: np.ndarray, y: np.ndarray, values: np.ndarray) -> Chart:
    """The mean over two parameters: cells of a grid, or a smooth surface through spread settings,
    fitted as a Gaussian process with noise; an empty chart where they are too few for that.

    Args:
        x, y: places of the settings on the axes, float64 [setting].
        values: float64 [setting, seed].

    Raises:
        ConfigError: a surface is needed and scikit-learn is not installed.
    """
    columns, rows = np.unique(x), np.unique(y)
    cells = len(np.unique(np.column_stack([x, y]), axis=0))
    if max(len(columns), len(rows)) <= MOST_CELLS and 2 * cells > len(columns) * len(rows):
        return _cells(x, y, values, columns, rows)
    means = known(np.nanmean, values, axis=1)
    if np.isfinite(means).sum() < LEAST_FITTED:
        nothing = np.full((2, 2), np.nan)
        edges = (np.array([x.min(), x.max()]), np.array([y.min(), y.max()]))
        return Chart(*edges, nothing, nothing, nothing, is_grid=False)
    return _surface(x, y, means)


def _cells(
    x: np.ndarray, y: np.ndarray, values: np.ndarray, columns: np.ndarray, rows: np.ndarray
) -> Chart:
    found, noise = np.full((3, len(rows), len(columns)), np.nan), seed_noise(values)
    for c, right in enumerate(columns):
        for r, up in enumerate(rows):
            mine = values[(x == right) & (y == up)]
            if len(mine):
                found[:, r, c] = estimate(mine, noise)
    at = (np.arange(len(columns)), np.arange(len(rows)))
    return Chart(*at, found[0], found[1], found[2], is_grid=True)


def _surface(x: np.ndarray, y: np.ndarray, means: np.ndarray) -> Chart:
    """A Gaussian process with its own length scale along each axis."""
    try:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
    except ImportError:
        raise ConfigError(
            "a surface over two parameters needs scikit-learn; install the package with its "
            "extra `all`."
        ) from None
    places = np.column_stack([x, y])[np.isfinite(means)]
    means = means[np.isfinite(means)]
    low, size = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-12)
    unit, means = _thinned((places - low) / size, means)
    process = GaussianProcessRegressor(
        ConstantKernel(1.0, (1e-3, 1e3)) * RBF([0.5, 0.5], (0.1, 10.0))
        + WhiteKernel(0.3, (1e-5, 10.0)), normalize_y=True, random_state=1,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length scale at its bound is valid
        process.fit(unit, means)
    side = np.linspace(0.0, 1.0, FINE)
    at = np.array(np.meshgrid(side, side)).reshape(2, -1).T
    mean, spread = process.predict(at, return_std=True)
    noise = process.kernel_.k2.noise_level * float(np.var(means))
    error = stats.norm.ppf(0.5 + 0.5 * CONFIDENCE) * np.sqrt(np.maximum(0.0, spread**2 - noise))
    middle, reach = mean.reshape(FINE, FINE), error.reshape(FINE, FINE)
    sides = (low[0] + size[0] * side, low[1] + size[1] * side)
    return Chart(*sides, middle, middle - reach, middle + reach, is_grid=False)


def _thinned(unit: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Settings as they are if few, else means of those in each cell of a square lattice."""
    if len(means) <= MOST_FITTED:
        return unit, means
    side = int(MOST_FITTED**0.5)
    cell = np.minimum((unit * side).astype(int), side - 1) @ np.array([1, side])
    frame = pd.DataFrame({"cell": cell, "x": unit[:, 0], "y": unit[:, 1], "z": means})
    mean = frame.groupby("cell").mean().to_numpy()
    return mean[:, :2], mean[:, 2]


def changes(found: Curve) -> tuple[list[float], list[int]]:
    """Where the mean of a difference changes its sign, as places on the axis, and the signs before,
    between and after these. Points whose interval includes 0 do not count where others are clear.
    """
    clear = np.sign(found.mean) * ~((found.low <= 0.0) & (found.high >= 0.0))
    clear = np.where(np.isfinite(found.mean), clear, 0.0)
    points = np.flatnonzero(clear)
    places, signs = [], [int(clear[n]) for n in points[:1]]
    for n, m in pairwise(points):
        if clear[n] != clear[m]:
            places.append(_crossing(found.at[n : m + 1], found.mean[n : m + 1]))
            signs.append(int(clear[m]))
    return places, signs


def _crossing(at: np.ndarray, mean: np.ndarray) -> float:
    """Where a line that changes its sign first does so."""
    known_points = np.isfinite(mean)
    at, mean = at[known_points], mean[known_points]
    n = int(np.flatnonzero(np.sign(mean[1:]) != np.sign(mean[0]))[0])
    part = mean[n] / (mean[n] - mean[n + 1])
    return float(at[n] + part * (at[n + 1] - at[n]))
