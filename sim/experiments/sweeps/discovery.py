"""Scenario discovery: which settings flip an answer, as boxes or as a shallow tree.

The boxes are found by PRIM, the patient rule induction method (Friedman & Fisher 1999, Statistics
and Computing 9, 123-143), with the tests of Bryant & Lempert (2010, Technological Forecasting and
Social Change 77, 34-49).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.params import ConfigError, one_of, whole_number

METHODS = ("prim", "tree")

PEEL = 0.05
"""Share of the settings in a box that one step takes away or gives back."""

LEAST = 0.05
"""Smallest share of all settings in a box."""

DEPTH = 2
PERMUTATIONS = 99
LEVEL = 0.05
"""Largest p-value of a bound that is kept, and of a tree that predicts better than chance."""

FEWEST = 5
"""Minimum number of settings in which an answer flips, and in which it does not, for a search."""


@dataclass(frozen=True)
class Split:
    """One split of a tree, at a value of the parameter ``name``.

    ``below`` and ``above`` are the shares of settings on either side in which the claim holds.
    """

    name: str
    value: float
    below: float
    above: float


@dataclass(frozen=True)
class Discovery:
    """Boxes of settings in which an answer flips.

    Attributes:
        boxes: one row for each bounded parameter of a box: ``box`` (1, 2, ...), ``parameter``,
            ``low`` and ``high`` (NaN where there is no bound, in the unit of the parameter),
            ``p_low`` and ``p_high``: quasi-p-values, the chance of as many flips in the box if the
            bound did nothing (NaN for a tree). A word of a parameter is ``parameter=word``, with
            ``low`` 1 if the box has it and ``high`` 0 if not.
        found: one row a box: ``box``, ``coverage``, its share of all flips, ``density``, the share
            of its settings that flip, and ``settings``, their number.
        path: PRIM's boxes on the way, one row a step: ``box``, ``step``, ``coverage``,
            ``density``, ``settings`` and ``bounds``, the number of bounded parameters. Empty for
            a tree.
        share: share of all settings that flip.
        p: chance that a tree predicts as well without any relation; NaN for PRIM.
    """

    boxes: pd.DataFrame
    found: pd.DataFrame
    path: pd.DataFrame
    share: float
    p: float = float("nan")


def discover(
    sample: pd.DataFrame, flips: Sequence[bool] | np.ndarray | pd.Series, *,
    method: str = "prim", boxes: int = 1,
) -> Discovery:  # fmt: skip
    """Find which settings flip an answer.

    Example::

        gap = sim.experiments.sweeps.analysis.outcomes(table, "profit", firm="alder")
        found = sim.discover(gap.settings, gap.mean < 0)
        found.boxes

    Args:
        sample: one row a setting, one column a parameter.
        flips: whether the answer flips at each setting, bool [setting].
        method: ``prim`` (boxes that hold many of the flips and little else) or ``tree`` (a
            decision tree of depth two, checked by permutation; needs scikit-learn).
        boxes: largest number of boxes of PRIM; each is sought among the settings that are in
            none before it.

    Returns:
        The boxes. From PRIM's path the box with the largest difference between its share of all
        flips and its share of all other settings is taken; bounds that do not matter (quasi-p-value
        above 0.05) are then dropped. There is no box if nothing is better than all settings
        together.

    Raises:
        ConfigError: the lengths differ, or too few settings flip or do not flip.
    """
    holds = np.asarray(flips, dtype=bool)
    method = one_of(method, "method", METHODS)
    boxes = whole_number(boxes, "boxes", 1, 100)
    if len(holds) != len(sample):
        raise ConfigError(
            "flips: {count} values for {needed} settings.", count=len(holds), needed=len(sample)
        )
    if min(holds.sum(), (~holds).sum()) < FEWEST:
        raise ConfigError(
            "the answer flips in {count} of {all} settings; a search needs {fewest} that flip and "
            "{fewest} that do not.",
            count=int(holds.sum()), all=len(holds), fewest=FEWEST,
        )  # fmt: skip
    names, x = _columns(sample)
    return _prim(names, x, holds, boxes) if method == "prim" else _leaves(names, x, holds)


def _columns(sample: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Names and values of numbers, and a 0/1 column for each word; float64 [setting, column]."""
    wide: dict[str, np.ndarray] = {}
    for key in sample:
        column = sample[key]
        if pd.api.types.is_numeric_dtype(column):
            wide[str(key)] = column.to_numpy(dtype=float)
        else:
            words = list(column.unique())
            for word in words[:1] if len(words) == 2 else words:
                wide[f"{key}={word}"] = (column == word).to_numpy(dtype=float)
    return list(wide), np.column_stack(list(wide.values()))


# PRIM


@dataclass(frozen=True)
class _Box:
    """Bounds of a box, float64 [column]; infinite where there is none."""

    low: np.ndarray
    high: np.ndarray

    def has(self, x: np.ndarray) -> np.ndarray:
        """Whether settings lie in the box, bool [setting]."""
        return np.asarray(((x >= self.low) & (x <= self.high)).all(axis=1))

    def with_bound(self, side: str, column: int, value: float) -> _Box:
        """The box with another bound."""
        low, high = self.low.copy(), self.high.copy()
        (low if side == "low" else high)[column] = value
        return _Box(low, high)

    @property
    def bounds(self) -> list[tuple[str, int]]:
        """Side and column of each bound."""
        lows = [("low", int(n)) for n in np.flatnonzero(np.isfinite(self.low))]
        return lows + [("high", int(n)) for n in np.flatnonzero(np.isfinite(self.high))]


def _prim(names: list[str], x: np.ndarray, holds: np.ndarray, boxes: int) -> Discovery:
    left = np.ones(len(x), dtype=bool)
    bounds, found, steps = [], [], []
    for n in range(1, boxes + 1):
        if holds[left].sum() < FEWEST:
            break
        path = _peel(x[left], holds[left], max(FEWEST, int(np.ceil(LEAST * len(x)))))
        steps += [
            {"box": n, "step": step, **_quality(box, x, holds, left), "bounds": _width(box)}
            for step, box in enumerate(path)
        ]
        gain = [_gain(box, x[left], holds[left]) for box in path]
        box = _pruned(path[int(np.argmax(gain))], x[left], holds[left])
        if not box.bounds:
            break
        bounds += _rows(n, names, box, x[left], holds[left])
        found.append({"box": n, **_quality(box, x, holds, left)})
        left &= ~box.has(x)
    return _discovery(bounds, found, steps, holds)


def _discovery(
    bounds: list[dict[str, Any]], found: list[dict[str, Any]], steps: list[dict[str, Any]],
    holds: np.ndarray, p: float = float("nan"),
) -> Discovery:  # fmt: skip
    return Discovery(
        pd.DataFrame(bounds, columns=["box", "parameter", "low", "high", "p_low", "p_high"]),
        pd.DataFrame(found, columns=["box", "coverage", "density", "settings"]),
        pd.DataFrame(
            steps, columns=["box", "step", "coverage", "density", "settings", "bounds"]
        ),
        float(holds.mean()), p,
    )  # fmt: skip


def _width(box: _Box) -> int:
    return len({column for _, column in box.bounds})


def _quality(box: _Box, x: np.ndarray, holds: np.ndarray, left: np.ndarray) -> dict[str, Any]:
    inside = box.has(x) & left
    return {
        "coverage": float(holds[inside].sum() / holds.sum()),
        "density": float(holds[inside].mean()), "settings": int(inside.sum()),
    }  # fmt: skip


def _gain(box: _Box, x: np.ndarray, holds: np.ndarray) -> float:
    """Share of the flips in the box minus its share of the other settings."""
    inside = box.has(x)
    return float(inside[holds].mean() - inside[~holds].mean()) if not holds.all() else 0.0


def _peel(x: np.ndarray, holds: np.ndarray, least: int) -> list[_Box]:
    """Boxes from all settings down to the smallest, then pasted as long as density rises."""
    box = _Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))
    path = [box]
    while (smaller := _best_peel(box, x, holds, least)) is not None:
        box = smaller
        path.append(box)
    while (larger := _best_paste(box, x, holds)) is not None:
        box = larger
        path.append(box)
    return path


def _best_peel(box: _Box, x: np.ndarray, holds: np.ndarray, least: int) -> _Box | None:
    """The box after the peel that raises density most for each setting taken away. Of values that
    occur often, such as those of a switch, all outermost ones go together."""
    inside = box.has(x)
    now, size = holds[inside].mean(), inside.sum()
    best, most = None, 0.0
    for column in range(x.shape[1]):
        mine, answers = x[inside, column], holds[inside]
        values = np.unique(mine)
        if len(values) < 2:
            continue
        low = max(values[1], np.quantile(mine, PEEL, method="higher"))
        high = min(values[-2], np.quantile(mine, 1.0 - PEEL, method="lower"))
        for side, value, rest in (("low", low, mine >= low), ("high", high, mine <= high)):
            if least <= rest.sum() < size:
                rise = (answers[rest].mean() - now) / (size - rest.sum())
                if rise > most:
                    best, most = box.with_bound(side, column, float(value)), rise
    return best


def _best_paste(box: _Box, x: np.ndarray, holds: np.ndarray) -> _Box | None:
    """The box after the paste that raises density most; None if none does."""
    inside = box.has(x)
    count = max(1, int(PEEL * inside.sum()))
    best, most = None, holds[inside].mean()
    for side, column in box.bounds:
        free = box.with_bound(side, column, -np.inf if side == "low" else np.inf)
        beyond = np.sort(x[free.has(x) & ~inside, column])
        if not len(beyond):
            continue
        value = (
            beyond[-min(count, len(beyond))]
            if side == "low"
            else beyond[min(count, len(beyond)) - 1]
        )
        larger = box.with_bound(side, column, float(value))
        density = holds[larger.has(x)].mean()
        if density > most:
            best, most = larger, density
    return best


def _p_value(box: _Box, side: str, column: int, x: np.ndarray, holds: np.ndarray) -> float:
    """Chance of as many flips in the box if each had the density of the box without one bound."""
    free = box.with_bound(side, column, -np.inf if side == "low" else np.inf)
    inside = holds[box.has(x)]
    density = float(holds[free.has(x)].mean())
    found = stats.binomtest(int(inside.sum()), len(inside), density, alternative="greater")
    return float(found.pvalue)


def _pruned(box: _Box, x: np.ndarray, holds: np.ndarray) -> _Box:
    """The box without bounds that do not matter, the least important dropped first."""
    while box.bounds:
        p, side, column = max((_p_value(box, s, c, x, holds), s, c) for s, c in box.bounds)
        if p <= LEVEL:
            break
        box = box.with_bound(side, column, -np.inf if side == "low" else np.inf)
    return box


def _rows(
    n: int, names: list[str], box: _Box, x: np.ndarray, holds: np.ndarray | None
) -> list[dict[str, Any]]:
    """One row for each bounded parameter."""
    rows: dict[int, dict[str, Any]] = {}
    for side, column in box.bounds:
        row = rows.setdefault(
            column,
            {"box": n, "parameter": names[column], "low": np.nan, "high": np.nan,
             "p_low": np.nan, "p_high": np.nan},
        )  # fmt: skip
        row[side] = float(getattr(box, side)[column])
        if holds is not None:
            row[f"p_{side}"] = _p_value(box, side, column, x, holds)
    return [rows[column] for column in sorted(rows)]


# Trees


def tree(settings: np.ndarray, holds: np.ndarray) -> tuple[Any, float]:
    """Fit a shallow decision tree.

    Args:
        settings: float64 [setting, parameter].
        holds: bool [setting], at least :data:`FEWEST` of each kind.

    Returns:
        The tree of scikit-learn, and the chance that it would predict as well if there were no
        relation (permutation test).

    Raises:
        ConfigError: scikit-learn is not installed.
    """
    try:
        from sklearn.model_selection import StratifiedKFold, permutation_test_score
        from sklearn.tree import DecisionTreeClassifier
    except ImportError:
        raise ConfigError(
            "a decision tree needs scikit-learn; install the package with its extra `sweep`."
        ) from None
    fitted = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=max(FEWEST, len(holds) // 20), class_weight="balanced",
        random_state=1,
    )  # fmt: skip
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    _, _, p = permutation_test_score(
        fitted, settings, holds, cv=folds, n_permutations=PERMUTATIONS, random_state=1,
        scoring="balanced_accuracy",
    )  # fmt: skip
    return fitted.fit(settings, holds), float(p)


def deciding_splits(names: Sequence[str], settings: np.ndarray, holds: np.ndarray) -> list[Split]:
    """The splits of a shallow tree with the largest gain, at most two and the root first; none
    where the tree predicts no better than chance.

    Args:
        names: of the parameters.
        settings, holds: as for :func:`tree`.
    """
    fitted, p = tree(settings, holds)
    if p >= LEVEL:
        return []
    nodes = fitted.tree_
    order = [n for n in range(nodes.node_count) if nodes.children_left[n] >= 0]
    gain = [
        nodes.weighted_n_node_samples[n] * nodes.impurity[n]
        - sum(
            nodes.weighted_n_node_samples[k] * nodes.impurity[k]
            for k in (nodes.children_left[n], nodes.children_right[n])
        )
        for n in order
    ]
    out: list[Split] = []
    for _, n in sorted(zip(gain, order, strict=True), key=lambda g: (g[1] != 0, -g[0])):
        name = names[nodes.feature[n]]
        if name in [s.name for s in out]:
            continue
        value = float(nodes.threshold[n])
        side = settings[:, list(names).index(name)] <= value
        out.append(Split(name, value, float(holds[side].mean()), float(holds[~side].mean())))
    return out[:2]


def _leaves(names: list[str], x: np.ndarray, holds: np.ndarray) -> Discovery:
    """The leaves of a tree in which more settings flip than on average, as boxes."""
    fitted, p = tree(x, holds)
    bounds: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    everywhere = np.ones(len(x), dtype=bool)
    for box in _leaf_boxes(fitted.tree_, 0, _Box(*np.full((2, x.shape[1]), np.inf) * [[-1], [1]])):
        if p < LEVEL and holds[box.has(x)].mean() > holds.mean():
            n = len(found) + 1
            bounds += _rows(n, names, box, x, None)
            found.append({"box": n, **_quality(box, x, holds, everywhere)})
    return _discovery(bounds, found, [], holds, p)


def _leaf_boxes(nodes: Any, node: int, box: _Box) -> list[_Box]:
    """The boxes of the leaves below a node; a setting on a threshold lies below it."""
    if nodes.children_left[node] < 0:
        return [box]
    column, value = int(nodes.feature[node]), float(nodes.threshold[node])
    below = box.with_bound("high", column, min(value, box.high[column]))
    above = box.with_bound("low", column, max(np.nextafter(value, np.inf), box.low[column]))
    return [
        *_leaf_boxes(nodes, int(nodes.children_left[node]), below),
        *_leaf_boxes(nodes, int(nodes.children_right[node]), above),
    ]
