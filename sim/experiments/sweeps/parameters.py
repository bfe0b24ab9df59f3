"""What a sweep varies: its factors, each with a key and an interval or a list of levels.

An interval is mapped from the unit interval. Where a plausible range belongs to a configured value,
that value is the median: half of all values lie below it and half above, on a logarithmic scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.config.compose import Values, override, parse_values
from sim.config.reading import as_word
from sim.config.schema import Config
from sim.params import (
    ConfigError,
    Number,
    is_change,
    is_real,
    key_of,
    nearest,
    numbers,
    path_of,
    shown,
)
from sim.plans.find import find_plan
from sim.plans.read import Options
from sim.runs.address import WITHOUT_EFFECT

if TYPE_CHECKING:
    from sim.runs.arms import Arm

GROUPS = (
    "attention",
    "media",
    "talk",
    "choice",
    "price",
    "stock",
    "information",
    "memory",
    "loyalty",
    "selling",
    "shelf",
    "credit",
    "flow",
    "organising",
    "category",
)
"""Groups of parameters that may be uncertain: those of people, reps, media, the market and work
inside firms."""

OF_ACTIVITIES = (
    "unit_cost", "fixed_cost", "outlet_cost", "scarcity", "prospects", "customers", "idle",
    "salience", "credibility", "intrusiveness", "click", "capture", "labour",
)  # fmt: skip
"""Attributes of activities that may be uncertain."""

CERTAIN = ("price.usual", "selling.self_serve")
"""Numbers of these groups that describe the market and are not drawn."""

UNCERTAIN = "uncertain"
"""Word for all uncertain parameters."""

PLAN, SEED = "plan", "seed"
"""Factors that are no parameters of a market: the plan of a run, and its seed."""

LARGEST_SEED = 2**31 - 1
"""Largest seed that is drawn."""

Level = bool | int | float | str


@dataclass(frozen=True)
class Factor:
    """One thing that a sweep varies.

    Attributes:
        key: key of the configuration, ``plan``, ``seed``, or an argument of a Python function.
        low, high: ends of an interval, in the unit of the parameter.
        whole: whether only whole numbers are taken.
        log: whether values are spread on a logarithmic scale.
        middle: value in the middle of the unit interval, the median; None for an even spread.
        levels: values that are taken; without them the interval counts.
    """

    key: str
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    log: bool = False
    middle: float | None = None
    levels: tuple[Level, ...] = ()

    @property
    def is_words(self) -> bool:
        """Whether its levels are words."""
        return any(isinstance(level, str) for level in self.levels)

    def at(self, places: np.ndarray) -> np.ndarray:
        """The values at places in the unit interval: float64, int64 for whole numbers and
        switches, object for words; shape as ``places``. Numbers that are drawn have six
        significant digits, so that their text is the number."""
        if self.levels:
            which = np.minimum((places * len(self.levels)).astype(int), len(self.levels) - 1)
            return np.asarray(_column(self.levels)[which])
        if self.whole:
            return self._whole(places)
        if self.middle is not None:
            values = _around(self.middle, self.low, self.high, places)
        elif self.log:
            values = self.low * (self.high / self.low) ** places
        else:
            values = self.low + (self.high - self.low) * places
        rounded = np.array([float(f"{value:.6g}") for value in values.tolist()])
        return np.asarray(np.clip(rounded, self.low, self.high))

    def _whole(self, places: np.ndarray) -> np.ndarray:
        """Whole numbers, all equally likely unless there is a middle or a logarithmic scale."""
        if self.middle is not None:
            values = np.round(_around(self.middle, self.low, self.high, places))
        elif self.log:
            values = np.floor(self.low * ((self.high + 1.0) / self.low) ** places)
        else:
            values = np.floor(self.low + (self.high - self.low + 1.0) * places)
        return np.asarray(np.clip(values, self.low, self.high).astype(np.int64))

    def count(self, points: int) -> int:
        """Number of values in a grid with at most ``points`` values of an interval."""
        whole = int(self.high - self.low) + 1
        return len(self.levels) or (min(points, whole) if self.whole else points)

    def grid(self, points: int) -> np.ndarray:
        """All levels, or ``points`` values from end to end of the interval."""
        if self.levels:
            return _column(self.levels)
        found = self.at(np.linspace(0.0, 1.0, points))
        return np.unique(found) if self.whole else found


@dataclass(frozen=True)
class Space:
    """The factors of a sweep, in order.

    Attributes:
        factors: what is varied, each key once.
    """

    factors: tuple[Factor, ...]

    def __len__(self) -> int:
        return len(self.factors)

    def __iter__(self) -> Iterator[Factor]:
        return iter(self.factors)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its factors."""
        return tuple(factor.key for factor in self.factors)

    def at(self, places: np.ndarray) -> pd.DataFrame:
        """The settings at places in the unit cube.

        Args:
            places: float64 [setting, factor], from 0 to 1.

        Returns:
            One row a setting, one column a factor.
        """
        return pd.DataFrame({f.key: f.at(places[:, n]) for n, f in enumerate(self.factors)})

    def with_seed(self) -> Space:
        """The same space with the seed as a further factor, so that seed noise has an index."""
        others = tuple(f for f in self.factors if f.key != SEED)
        return Space((*others, Factor(SEED, 1, LARGEST_SEED, whole=True)))

    def to_plain(self) -> list[dict[str, Any]]:
        """The factors as plain values, which JSON can hold."""
        return [asdict(factor) | {"levels": list(factor.levels)} for factor in self.factors]

    @staticmethod
    def of_frame(sample: pd.DataFrame) -> Space:
        """The space of a sample made elsewhere: the range or the words of each column."""
        return Space(tuple(_of_column(str(key), sample[key]) for key in sample))

    @staticmethod
    def from_plain(plain: Sequence[Mapping[str, Any]]) -> Space:
        """The inverse of :meth:`to_plain`."""
        return Space(tuple(Factor(**{**f, "levels": tuple(f["levels"])}) for f in plain))


def space(
    config: Config | None, *what: str | Mapping[str, Any] | Factor, arms: Sequence[Arm] = (),
    language: str = "en",
) -> Space:  # fmt: skip
    """The space of a sweep: what is varied, between which values.

    Example::

        sim.space(config, "talk", "loyalty.churn", {"firms.alder.list_price": (30, 50)})
        sim.space(None, {"x": (0.0, 1.0), "y": [1, 2, 3]})  # of a Python function

    Args:
        config: the configuration that is varied; None for the arguments of a Python function.
        what: any number of

            - a key, for its plausible range (a switch: off and on);
            - a group of keys such as ``talk`` or ``firms.alder``: all its parameters with a
              plausible range;
            - ``uncertain``: all uncertain parameters, as in :func:`sim.compare` with uncertainty;
            - words of the command line, such as ``talk.rate=0.1,0.2`` or
              ``talk.rate=interval(0.1,0.5)``, see :func:`sim.config.compose.parse_values`;
            - a mapping from keys to ranges: ``(low, high)`` or ``(low, high, "log")`` for an
              interval, a list for levels, None for the plausible range; or a problem of SALib;
            - a :class:`Factor`.

            What comes later replaces the range of a key that has one already.
        arms: arms, for the activities they spend on; ``uncertain`` includes those.
        language: of faults in files with plans.

    Raises:
        ConfigError: a key is unknown, a range is empty or out of bounds, or a key has no plausible
            range.
    """
    found: dict[str, Factor] = {}
    for one in what:
        for factor in _factors(config, one, arms):
            found[factor.key] = _checked(config, factor, language)
    if not found:
        raise ConfigError("a sweep needs something to vary: a key, a group or a range.")
    return Space(tuple(found.values()))


def _of_column(key: str, values: pd.Series) -> Factor:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        whole = pd.api.types.is_integer_dtype(values)
        return Factor(key, float(values.min()), float(values.max()), whole=whole)
    return Factor(key, levels=tuple(values.drop_duplicates().tolist()))


def as_space(what: Space | Mapping[str, Any]) -> Space:
    """A space, also of a mapping from names to ranges and of a problem of SALib."""
    return what if isinstance(what, Space) else space(None, what)


def _factors(config: Config | None, what: Any, arms: Sequence[Arm]) -> list[Factor]:
    if isinstance(what, Factor):
        return [what]
    if isinstance(what, Mapping):
        ranges = _of_salib(what) if {"names", "bounds"} <= set(what) else what
        return [_factor(config, str(key), given) for key, given in ranges.items()]
    if not isinstance(what, str):
        raise ConfigError(
            "{what}: a sweep varies keys, groups and mappings from keys to ranges.",
            what=shown(what),
        )
    if is_change(what):
        values = parse_values(what)
        if values is None:
            raise ConfigError("{word}: one value; a sweep varies several.", word=shown(what))
        return [_factor(config, values.key, values)]
    if config is None:
        raise ConfigError("{key}: without a configuration a range is needed.", key=shown(what))
    return _named(config, what, arms)


def _named(config: Config, what: str, arms: Sequence[Arm]) -> list[Factor]:
    """The factors of a word without a range: all uncertain ones, one key, or a group."""
    if what == UNCERTAIN:
        bounds = uncertain_parameters(config, arms)
        present = {key: value for key, _, value in numbers(config)}
        return [_plausible(key, present[key], ends) for key, ends in bounds.items()]
    path = path_of(what)
    declared = {key: (known, value) for key, known, value in numbers(config)}
    if key_of(path) in declared:
        return [_factor(config, key_of(path), None)]
    inside = {key: d for key, d in declared.items() if path_of(key)[: len(path)] == path}
    if not inside:
        words = [UNCERTAIN, *dict.fromkeys(path_of(key)[0] for key in declared), *declared]
        raise ConfigError(
            "{key}: neither a parameter nor a group of parameters.{hint}",
            key=shown(what), hint=nearest(what, words),
        )  # fmt: skip
    drawn = [
        _plausible(key, value, ends)
        for key, (known, value) in inside.items()
        if key not in CERTAIN and (ends := _range(known, value)) is not None
    ]
    if not drawn:
        raise ConfigError(
            "{key}: no parameter of it has a plausible range; give ranges.", key=shown(what)
        )
    return drawn


def _range(known: Number, value: Any) -> tuple[float, float] | None:
    ends = known.range(value)
    return ends if ends is not None and ends[0] < ends[1] else None


def _plausible(key: str, value: Any, ends: tuple[float, float]) -> Factor:
    """The plausible range of a parameter, with its present value as the median."""
    low, high = ends
    middle = min(max(float(value), low), high)
    return Factor(key, low, high, whole=isinstance(value, int), log=low > 0.0, middle=middle)


def _factor(config: Config | None, key: str, given: Any) -> Factor:
    """The factor of a key and its range; its values are checked later."""
    known = value = None
    if config is not None:
        key = key_of(path_of(key))
        known, value = next(((k, v) for name, k, v in numbers(config) if name == key), (None, None))
    kind = type(known.default) if known else None
    if given is None:
        if kind is bool:
            return Factor(key, levels=(0, 1))
        if known is None or (ends := _range(known, value)) is None:
            raise ConfigError("{key}: has no plausible range; give one.", key=shown(key))
        return _plausible(key, value, ends)
    if isinstance(given, Values):
        if given.levels:
            return Factor(key, levels=_numbered(given.levels))
        ends, is_log, whole = (given.low, given.high), given.is_log, given.is_whole
    elif isinstance(given, tuple):
        ends, is_log = _ends(key, given)
        whole = False
    else:
        return Factor(key, levels=_listed(key, given))
    if kind is bool and ends == (0.0, 1.0):
        return Factor(key, levels=(0, 1))
    return Factor(key, *ends, whole=whole or kind is int or key == SEED, log=is_log)


def _ends(key: str, given: tuple[Any, ...]) -> tuple[tuple[float, float], bool]:
    """The ends of an interval, and whether its scale is logarithmic."""
    is_log = len(given) == 3 and given[2] == "log"
    if not (len(given) == 2 or is_log) or not all(is_real(end) for end in given[:2]):
        raise ConfigError(
            '{key}: {range} is no interval; give (low, high), (low, high, "log") or a list of '
            "values.",
            key=shown(key), range=shown(given),
        )  # fmt: skip
    return (float(given[0]), float(given[1])), is_log


def _listed(key: str, given: Any) -> tuple[Level, ...]:
    """The levels of a list or an array."""
    if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray | pd.Series):
        raise ConfigError(
            '{key}: {range} is no interval; give (low, high), (low, high, "log") or a list of '
            "values.",
            key=shown(key), range=shown(given),
        )  # fmt: skip
    return _numbered([v.item() if isinstance(v, np.generic) else v for v in given])


def _numbered(levels: Sequence[Level]) -> tuple[Level, ...]:
    """Levels with truth values as 0 and 1, which can be analysed as numbers."""
    return tuple(int(level) if isinstance(level, bool) else level for level in levels)


def _checked(config: Config | None, factor: Factor, language: str) -> Factor:
    """The factor, if its ends or levels are possible values of its key.

    Raises:
        ConfigError: they are not.
    """
    if config is not None:
        refuse_idle(factor.key)
    values: tuple[Level, ...] = factor.levels
    if values:
        _check_levels(factor)
    else:
        _check_interval(factor)
        values = (factor.low, factor.high)
    if config is not None and factor.middle is None:
        for value in values:
            is_whole = factor.whole and not factor.levels
            check_value(config, factor.key, int(value) if is_whole else value, language)
    return factor


def _check_levels(factor: Factor) -> None:
    for n, level in enumerate(factor.levels):
        is_value = isinstance(level, str) or (is_real(level) and math.isfinite(level))
        if not is_value or level in factor.levels[:n]:
            raise ConfigError(
                "{key}: {value} is no value, or stands twice.",
                key=shown(factor.key), value=shown(level),
            )  # fmt: skip
    if factor.is_words and not all(isinstance(level, str) for level in factor.levels):
        raise ConfigError("{key}: words and numbers are mixed.", key=shown(factor.key))


def _check_interval(factor: Factor) -> None:
    low, high = factor.low, factor.high
    is_empty = not -math.inf < low < high < math.inf
    has_parts = factor.whole and not (is_empty or (low == int(low) and high == int(high)))
    if is_empty or has_parts or (factor.log and low <= 0.0):
        raise ConfigError(
            "{key}: no interval from {low:g} to {high:g}; it needs two ends, the lower one first, "
            "whole for whole numbers and above 0 for a logarithmic scale.",
            key=shown(factor.key), low=low, high=high,
        )  # fmt: skip


def refuse_idle(key: str) -> None:
    """Refuse to vary a key on which no run depends.

    Raises:
        ConfigError: it is such a key.
    """
    if path_of(key)[0] in WITHOUT_EFFECT and key != SEED:
        raise ConfigError(
            "{key}: no run depends on it, so it cannot be varied; give one value.", key=shown(key)
        )


def check_value(config: Config, key: str, value: Level, language: str = "en") -> None:
    """Check that a key of the configuration, or the plan of a run, can have a value.

    Args:
        config, key, value: the configuration, and the value of one of its keys or of ``plan``.
        language: of faults in a file with a plan.

    Raises:
        ConfigError: it cannot; one line with what is allowed.
    """
    if key == PLAN:
        find_plan(str(value), config, Options(language=language))
    else:
        override(config, change(key, value))


def change(key: str, value: Level) -> str:
    """A value of a key as a word of the command line, ``key=value``."""
    return f"{key}={as_word(value)}"


def _column(levels: Sequence[Level]) -> np.ndarray:
    """Levels as an array: int64 or float64 for numbers, object for words."""
    if any(isinstance(level, str) for level in levels):
        return np.array(levels, dtype=object)
    return np.array(levels)


def _around(middle: float, low: float, high: float, places: np.ndarray) -> np.ndarray:
    """Values with ``middle`` as the median: spread evenly up to the bound on either side, on a
    logarithmic scale, or on a linear one if the lower bound is 0."""
    below, above = 1.0 - 2.0 * places, 2.0 * places - 1.0
    if low > 0.0:
        return np.asarray(
            middle * np.where(below > 0.0, (low / middle) ** below, (high / middle) ** above)
        )
    return np.asarray(
        middle + np.where(below > 0.0, (low - middle) * below, (high - middle) * above)
    )


def _of_salib(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The ranges of a problem of SALib: evenly spread bounds, on a linear or logarithmic scale."""
    names, bounds = list(problem["names"]), list(problem["bounds"])
    kinds = list(problem.get("dists") or ["unif"] * len(names))
    groups = problem.get("groups")
    if not len(names) == len(bounds) == len(kinds) or problem.get("num_vars", len(names)) != len(
        names
    ):
        raise ConfigError("problem of SALib: names, bounds and dists differ in length.")
    if set(kinds) - {"unif", "logunif"} or (groups and list(groups) != names):
        raise ConfigError(
            "problem of SALib: only the distributions unif and logunif, and no groups; transform "
            "others inside the function."
        )
    out = {}
    for name, ends, kind in zip(names, bounds, kinds, strict=True):
        pair = tuple(ends)
        out[str(name)] = (*pair, "log") if kind == "logunif" else pair
    return out


def uncertain_parameters(
    config: Config, found: Sequence[Arm] = ()
) -> dict[str, tuple[float, float]]:
    """The uncertain parameters, with the bounds they are drawn between.

    Activities are included if a firm or an arm spends on them, or if sales calls have their
    content. Instead of one that is like another, that other one is included, since both have its
    attributes.

    Args:
        config: the shared configuration.
        found: arms, for the activities they spend on.
    """
    used = {config.selling.hunting, config.selling.farming}
    for firm in (f for c in (config, *(a.config(config) for a in found)) for f in c.firms.values()):
        used |= {name for name, money in firm.budget.items() if money > 0.0}
    used |= {row.activity for a in found if a.plan for row in a.plan.rows}
    used = {config.activities[name].like or name for name in used if name in config.activities}
    out = {}
    for name, known, value in numbers(config):
        path = path_of(name)
        people = path[0] in GROUPS and name not in CERTAIN
        activity = path[0] == "activities" and path[1] in used and path[-1] in OF_ACTIVITIES
        bounds = _range(known, value) if people or activity else None
        if bounds is not None:
            out[name] = bounds
    return out


def settings_at(
    config: Config, bounds: Mapping[str, tuple[float, float]], places: np.ndarray
) -> tuple[np.ndarray, list[list[str]]]:
    """Map positions in the unit cube to settings of the uncertain parameters.

    Half of all values lie below the configured one and half above it, so the configured value is
    the median. On either side they are spread evenly up to the bound on a logarithmic scale, or on
    a linear one if the lower bound is 0.

    Args:
        config: the configuration with the present values.
        bounds: as returned by :func:`uncertain_parameters`.
        places: positions from 0 to 1, float64 [setting, parameter].

    Returns:
        The settings, float64 [setting, parameter], and the same as overrides.
    """
    present = {name: value for name, _, value in numbers(config)}
    values = np.empty_like(places)
    for n, (name, (low, high)) in enumerate(bounds.items()):
        middle = min(max(float(present[name]), low), high)
        values[:, n] = _around(middle, low, high, places[:, n])
        if isinstance(present[name], int):
            values[:, n] = np.round(values[:, n])
    words = [
        [f"{name}={value:.6g}" for name, value in zip(bounds, point, strict=True)]
        for point in values.tolist()
    ]
    return values, words
