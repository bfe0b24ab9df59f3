"""Samples: the settings of a sweep, as a data frame with one row a setting, one column a factor.

A sample carries how it was made in ``DataFrame.attrs["sweep"]``, which travels through Parquet
files; :func:`sim.analyse` reads it.
"""

from __future__ import annotations

import importlib
import json
import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from sim.experiments.sweeps.parameters import Space, as_space
from sim.params import MOST_SEED, ConfigError, one_of, whole_number

METHODS = ("grid", "random", "latin", "sobol", "saltelli", "morris")

MOST_ROWS = 10_000_000
"""Largest number of settings."""

STEPS = 4
"""Values of each factor in a Morris design."""

ABOUT = "sweep"
"""Entry of ``DataFrame.attrs`` that says how a sample was made."""


def sample(
    space: Space | Mapping[str, Any], points: int | None = None, method: str = "latin",
    seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Settings of a sweep.

    Example::

        settings = sim.sample(sim.space(config, "talk"), 256, method="sobol")

    Args:
        space: of :func:`sim.space`; for a Python function also a mapping from names to ranges,
            or a problem of SALib.
        points: by method

            - ``random``, ``latin`` (Latin hypercube), ``sobol`` (scrambled Sobol sequence; a
              longer sample begins with the shorter one): the number of settings;
            - ``saltelli``: base points, for ``points * (factors + 2)`` settings, from which Sobol
              indices can be estimated; powers of two are best;
            - ``morris``: trajectories, for ``points * (factors + 1)`` settings;
            - ``grid``: values of each interval, both ends included; levels are all taken.
        seed: of the sample; the same seed gives the same settings.

    Returns:
        One row a setting, one column a factor: float64, int64 for whole numbers and switches, text
        for words.

    Raises:
        ConfigError: the method is unknown, or there would be too many settings.
    """
    found = as_space(space)
    method = one_of(method, "method", METHODS)
    seed = whole_number(seed, "seed", 0, MOST_SEED)
    if method == "grid":
        out = _grid(found, points)
    else:
        count = whole_number(points, "points", 1, MOST_ROWS)
        per_point = {"saltelli": len(found) + 2, "morris": len(found) + 1}.get(method, 1)
        _refuse_many(count * per_point)
        out = found.at(places(method, len(found), count, seed))
    out.attrs[ABOUT] = {
        "method": method, "points": points, "seed": seed,
        "space": json.dumps(found.to_plain()),  # as text: pandas copies attributes very often
    }  # fmt: skip
    return out


def space_of(frame: pd.DataFrame) -> Space | None:
    """The space that a sample, or a table made from it, says it was drawn from."""
    about = frame.attrs.get(ABOUT)
    return Space.from_plain(json.loads(about["space"])) if about else None


def _refuse_many(count: int) -> None:
    if count > MOST_ROWS:
        raise ConfigError(
            "the sample would have {count} settings; allowed {most}.",
            count=count if count < 10**12 else f"{count:.0e}", most=MOST_ROWS,
        )  # fmt: skip


def _grid(space: Space, points: int | None) -> pd.DataFrame:
    """All combinations, the last factor changing fastest."""
    intervals = [factor.key for factor in space if not factor.levels]
    if points is None and intervals:
        raise ConfigError(
            "a grid needs levels, or points=... values of each interval; these are intervals: "
            "{keys}.",
            keys=intervals,
        )  # fmt: skip
    per_interval = 2 if points is None else whole_number(points, "points", 2, MOST_ROWS)
    _refuse_many(math.prod(factor.count(per_interval) for factor in space))
    values = [factor.grid(per_interval) for factor in space]
    each = np.meshgrid(*(np.arange(len(v)) for v in values), indexing="ij")
    return pd.DataFrame({f.key: v[n.ravel()] for f, v, n in zip(space, values, each, strict=True)})


def places(method: str, factors: int, points: int, seed: int) -> np.ndarray:
    """Places in the unit cube, float64 [setting, factor].

    Args:
        method, points, seed: as for :func:`sample`, without grids.
        factors: dimensions of the cube.
    """
    rng = np.random.default_rng(seed)
    if method == "random":
        return rng.random((points, factors))
    if method == "latin":
        return np.asarray(qmc.LatinHypercube(factors, rng=rng).random(points))
    if method == "sobol":
        drawn = qmc.Sobol(factors, rng=rng).random_base2(math.ceil(math.log2(points)))
        return np.asarray(drawn[:points])
    unit = unit_problem(factors)
    design = salib("sample", "sobol" if method == "saltelli" else "morris")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about numbers of points that are no powers of two
        if method == "saltelli":
            return np.asarray(design.sample(unit, points, calc_second_order=False, seed=rng))
        return np.asarray(design.sample(unit, points, num_levels=STEPS, seed=rng))


def unit_problem(factors: int) -> dict[str, Any]:
    """The unit cube as a problem of SALib."""
    return {"num_vars": factors, "names": [f"x{n}" for n in range(factors)],
            "bounds": [[0.0, 1.0]] * factors}  # fmt: skip


def salib(part: str, name: str) -> Any:
    """A module of SALib, which takes two seconds to import.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module(f"SALib.{part}.{name}")
    except ImportError:
        raise ConfigError(
            "this method needs SALib; install the package with its extra `sweep`."
        ) from None
