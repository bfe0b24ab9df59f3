"""What the results of a sweep say about its parameters: sensitivity indices, by SALib.

With replicates, indices are those of the mean over seeds; the seed noise of a single run is stated
beside them as a share of its variance.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sim.experiments.sweeps.parameters import SEED, Space, as_space
from sim.experiments.sweeps.samples import ABOUT, STEPS, salib, space_of, unit_problem
from sim.params import (
    MOST_SEED,
    ConfigError,
    Message,
    nearest,
    one_of,
    shown,
    whole_number,
)
from sim.runs.jobs import FAILED

METHODS = ("sobol", "morris", "pawn", "delta")

OF_SAMPLE = {"saltelli": "sobol", "morris": "morris"}
"""Method of analysis by the method of a sample; ``pawn`` for all others."""

FEWEST = 20
"""Fewest settings from which indices are estimated without a design of their own."""

SHUFFLES = 40
"""Shuffles of a parameter that show which index it would reach by chance, without influence."""

MANY = 50
"""Different values of a parameter from which it counts as continuous."""

NAMED = 10
"""Settings that an error names before it says how many more there are."""


@dataclass(frozen=True)
class Outcomes:
    """One figure of a sweep by setting and seed.

    Attributes:
        settings: the parameters, one row a setting, one column a parameter.
        values: float64 [setting, seed]; NaN where there is no run, or it failed.
        failed: whether a run of a setting failed, bool [setting].
        numbers: the numbers of the settings, int64 [setting].
        firm: firm they belong to, or empty.
        arms: the arm they belong to, two whose difference they are, or none.
    """

    settings: pd.DataFrame
    values: np.ndarray
    failed: np.ndarray
    numbers: np.ndarray
    firm: str
    arms: tuple[str, ...]

    @property
    def is_whole(self) -> np.ndarray:
        """Whether a setting has runs and none failed, bool [setting]."""
        return np.asarray(np.isfinite(self.values).any(axis=1) & ~self.failed)

    @property
    def mean(self) -> np.ndarray:
        """Mean over seeds, float64 [setting]."""
        out = np.full(len(self.values), np.nan)
        known = np.isfinite(self.values)
        some = known.any(axis=1)
        out[some] = np.where(known, self.values, 0.0)[some].sum(axis=1) / known[some].sum(axis=1)
        return out


def analyse(
    table: pd.DataFrame,
    outcome: str,
    *,
    method: str = "",
    space: Space | Mapping[str, Any] | Sequence[str] | None = None,
    firm: str = "",
    arms: str | tuple[str, str] | None = None,
    seed: int = 1,
    resamples: int = 100,
) -> pd.DataFrame:
    """Sensitivity indices: how much of an outcome is due to which parameter.

    Example::

        settings = sim.sample(sim.space(config, "talk"), 128, method="saltelli")
        table = sim.sweep(config, settings, arms=["ad_blitz", "community_building"], replicates=2)
        sim.analyse(table, "profit", firm="alder")

    Args:
        table: of :func:`sim.sweep`, or any frame with a row for each setting, its parameters and an
            outcome. Rows of one ``setting`` with several seeds are replicates.
        outcome: column that is explained.
        method: ``sobol`` (needs a Saltelli sample), ``morris`` (needs a Morris sample), ``pawn``
            or ``delta`` (any sample; ``delta`` takes seconds for each parameter); by default the
            one that belongs to the sample, ``pawn`` for those that have none.
        space: the parameters: the space of the sample, or the names of its columns. By default
            the one that the sample carries with it.
        firm: firm whose outcome is explained; by default the first in the table.
        arms: one arm, or two whose difference is explained, the second minus the first, on the same
            setting and seed; by default the only one, or both of two.
        seed: of the resampling for the intervals; the same seed gives the same figures.
        resamples: number of resamples for the intervals.

    Returns:
        One row a parameter, in column ``parameter``, the most influential first. An ``_error`` is
        half of a 95 % interval. Columns by method:

        - ``sobol``: ``first``, the share of the variance that the parameter explains alone, and
          ``total``, with all its interactions, each with its error;
        - ``morris``: ``mu_star``, the mean absolute change of the outcome over the whole range of
          the parameter, in the unit of the outcome, with its error; ``mu`` with its sign;
          ``sigma``, its standard deviation, large where it interacts or bends;
        - ``pawn``: ``median`` and ``largest`` distance (Kolmogorov-Smirnov, 0 to 1) that fixing the
          parameter makes to the distribution; ``by_chance``, the median that none of
          as many parameters without influence would exceed in 95 % of cases (normal approximation);
        - ``delta``: ``delta``, the distance between densities, and ``first``, each with its error.

        With replicates a last row ``seed`` has in ``noise_share`` the share of the variance of a
        single run that is seed noise. ``attrs`` say ``method``, ``outcome``, ``firm``, ``arms``,
        ``settings``, ``seeds``, ``runs``, ``left_out`` (settings with failed runs) and
        ``noise_share``.

    Raises:
        ConfigError: a name is unknown, the sample does not fit the method, runs that the method
            needs have failed, or the outcome is the same everywhere.
    """
    seed = whole_number(seed, "seed", 0, MOST_SEED)
    resamples = whole_number(resamples, "resamples", 2, 100_000)
    designed = table.attrs.get(ABOUT, {}).get("method", "")
    method = one_of(method or OF_SAMPLE.get(designed, "pawn"), "method", METHODS)
    found = outcomes(table, outcome, space=space, firm=firm, arms=arms)
    whole = _usable(found, outcome, method)
    kept, means = found.values[whole], found.mean[whole]
    codes = _codes(found.settings[whole])
    estimate = {"sobol": _sobol, "morris": _morris, "pawn": _pawn, "delta": _delta}[method]
    rng = np.random.default_rng(seed)
    with _undisturbed():
        out, order = estimate(codes, means, rng, resamples)
    out.insert(0, "parameter", list(found.settings.columns))
    out = out.sort_values(order, ascending=False, kind="stable", ignore_index=True)
    share = seed_noise_share(kept) if kept.shape[1] > 1 else None
    if share is not None:
        last = pd.DataFrame({"parameter": [SEED], "noise_share": [share]})
        out = pd.concat([out, last], ignore_index=True)
    out.attrs = {
        "method": method, "outcome": outcome, "firm": found.firm, "arms": list(found.arms),
        "settings": len(kept),
        "seeds": kept.shape[1], "runs": int(np.isfinite(kept).sum()) * max(1, len(found.arms)),
        "left_out": int((~whole).sum()), "noise_share": share,
    }  # fmt: skip
    return out


def _usable(found: Outcomes, outcome: str, method: str) -> np.ndarray:
    """Which settings can be analysed, bool [setting]."""
    whole = found.is_whole
    if method in OF_SAMPLE.values():
        _refuse_failed(found.numbers[~whole], method)
    if not whole.any():
        raise ConfigError("{outcome}: no setting has numbers of all its runs.", outcome=outcome)
    if np.ptp(found.mean[whole]) == 0.0:
        raise ConfigError("{outcome}: the same in all settings.", outcome=outcome)
    return whole


def seed_noise_share(values: np.ndarray, *, common: bool = True) -> float:
    """Share of the variance of a single run that is seed noise: the variance between seeds within
    settings, beside that of the settings' true means (analysis of variance).

    Args:
        values: float64 [setting, seed], at least two of each; NaN where there is no run.
        common: whether seeds are the same at all settings. Then one that is good or bad for all
            alike does not blur their differences (analysis in two ways).

    Returns:
        0 to 1; NaN if nothing varies.
    """
    known = np.isfinite(values)
    if known.all():
        noise = float(values.var(axis=1, ddof=1).mean())
        means = values.mean(axis=1)
        blur = noise / values.shape[1]
        if common:
            rest = values - means[:, None] - values.mean(axis=0) + values.mean()
            degrees = (len(values) - 1) * (values.shape[1] - 1)
            blur = float((rest**2).sum()) / degrees / values.shape[1]
    else:
        count = known.sum(axis=1)
        means = np.nansum(values, axis=1) / count
        noise = float(np.nansum((values - means[:, None]) ** 2) / (count - 1).sum())
        blur = noise * float((1.0 / count).mean())
    between = max(0.0, float(means.var(ddof=1)) - blur)
    return noise / (noise + between) if noise + between > 0 else float("nan")


# From a table to one figure by setting and seed


def outcomes(
    table: pd.DataFrame,
    outcome: str,
    *,
    space: Space | Mapping[str, Any] | Sequence[str] | None = None,
    firm: str = "",
    arms: str | tuple[str, str] | None = None,
) -> Outcomes:
    """One figure of a sweep by setting and seed, or the difference of two arms.

    Args:
        table, outcome, space, firm, arms: as for :func:`analyse`.

    Raises:
        ConfigError: a name is unknown, or a run is in the table twice.
    """
    if outcome not in table:
        raise ConfigError(
            "{outcome}: no column of the table.{hint}",
            outcome=shown(outcome), hint=nearest(str(outcome), map(str, table.columns)),
        )  # fmt: skip
    keys = _parameters(table, space)
    rows = table.reset_index(drop=True)
    rows = rows.assign(_value=pd.to_numeric(rows[outcome], errors="coerce").astype(float))
    if "setting" not in rows:
        rows["setting"] = np.arange(len(rows))
    if "status" in rows:
        rows.loc[rows["status"] == FAILED, "_value"] = np.nan
    firm, rows = _of_firm(rows, firm)
    chosen = _arms(rows, arms)
    rows["_replicate"] = 0
    if SEED in rows and SEED not in keys:
        rows["_replicate"] = rows.groupby("setting")[SEED].rank(method="dense").astype(int)
    values = [_cells(rows[rows["arm"] == arm], rows) for arm in chosen] or [_cells(rows, rows)]
    wide = values[-1] - values[0] if len(values) == 2 else values[0]
    settings = rows.drop_duplicates("setting").set_index("setting").loc[wide.index, keys]
    bad = set(rows.loc[rows["_value"].isna(), "setting"])
    failed = np.array([number in bad for number in wide.index])
    return Outcomes(
        settings, wide.to_numpy(dtype=float), failed, wide.index.to_numpy(), firm, tuple(chosen),
    )  # fmt: skip


def _parameters(table: pd.DataFrame, space: Any) -> list[str]:
    """The columns that are parameters."""
    if isinstance(space, Space | Mapping):
        keys = list(as_space(space).keys)
    elif space is not None:
        keys = [space] if isinstance(space, str) else [str(key) for key in space]
    elif (carried := space_of(table)) is not None:
        keys = list(carried.keys)
    else:
        raise ConfigError("the table does not say what was varied; give space= and method=.")
    for key in keys:
        if key not in table:
            raise ConfigError(
                "{outcome}: no column of the table.{hint}",
                outcome=shown(key), hint=nearest(key, map(str, table.columns)),
            )  # fmt: skip
    if SEED in keys and "setting" in table and table.groupby("setting")[SEED].nunique().max() > 1:
        keys.remove(SEED)  # several seeds at a setting are replicates, and no parameter
    return keys


def _of_firm(rows: pd.DataFrame, firm: str) -> tuple[str, pd.DataFrame]:
    """The rows of one firm, and those of failed runs, which may name none."""
    if "firm" not in rows:
        return "", rows
    names = rows["firm"].fillna("")
    firms = [str(name) for name in names.unique() if name != ""]
    if firms:
        firm = one_of(firm or firms[0], "firm", firms)
    return firm, rows[names.isin([firm, ""])].copy()


def _arms(rows: pd.DataFrame, arms: str | tuple[str, str] | None) -> list[str]:
    """The arms that are explained: none where the table has no arms, one, or two."""
    if "arm" not in rows:
        return []
    known = [str(name) for name in rows["arm"].unique()]
    chosen = known if arms is None else [arms] if isinstance(arms, str) else list(arms)
    for name in chosen:
        one_of(name, "arm", known)
    if len(chosen) > 2:
        raise ConfigError(
            "arms: one is explained, or the difference of two; give arms= with one or two of "
            "{known}.",
            known=known,
        )  # fmt: skip
    return chosen


def _cells(mine: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Values of an arm by setting and replicate, with all settings of the table."""
    place = ["setting", "_replicate"]
    twice = mine[mine.duplicated(place)]
    if not twice.empty:
        raise ConfigError(
            "setting {setting}: a run is in the table twice.", setting=twice["setting"].iloc[0]
        )
    wide = mine.pivot(index="setting", columns="_replicate", values="_value")
    return wide.reindex(
        index=np.sort(rows["setting"].unique()), columns=np.sort(rows["_replicate"].unique())
    )


def _refuse_failed(failed: np.ndarray, method: str) -> None:
    if len(failed):
        named = [str(n) for n in failed[:NAMED]]
        more = Message(" and {count} more", count=len(failed) - NAMED)
        raise ConfigError(
            "{method} needs all runs of its sample; these settings failed: {failed}{more}.",
            method=method, failed=named, more=more if len(failed) > NAMED else "",
        )  # fmt: skip


# Methods


def _codes(settings: pd.DataFrame) -> np.ndarray:
    """Settings as numbers, float64 [setting, parameter]; words in the order they first appear."""
    columns = [
        settings[key] if pd.api.types.is_numeric_dtype(settings[key])
        else pd.factorize(settings[key])[0]
        for key in settings
    ]  # fmt: skip
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep NumPy's random state and the filters of warnings, which SALib changes; its warnings are
    about the cutting of bins and go nowhere."""
    state, form = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    with warnings.catch_warnings(record=True):
        try:
            yield
        finally:
            np.random.set_state(state)  # noqa: NPY002
            warnings.formatwarning = form


def _small(rng: np.random.Generator) -> int:
    """A seed that SALib takes: it ignores 0."""
    return int(rng.integers(1, 2**31))


def _sobol(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, resamples: int
) -> tuple[pd.DataFrame, str]:
    count = x.shape[1]
    blocks = x.reshape(-1, count + 2, count) if len(x) % (count + 2) == 0 else None
    if blocks is None or not _is_saltelli(blocks):
        raise _other_sample("sobol", "saltelli")
    found = salib("analyze", "sobol").analyze(
        unit_problem(count), y, calc_second_order=False, num_resamples=resamples, seed=_small(rng)
    )
    return pd.DataFrame({
        "first": found["S1"], "first_error": found["S1_conf"],
        "total": found["ST"], "total_error": found["ST_conf"],
    }), "total"  # fmt: skip


def _is_saltelli(blocks: np.ndarray) -> bool:
    """Whether each block is a base point A, then A with one parameter of B each, then B."""
    a, b = blocks[:, :1], blocks[:, -1:]
    taken = np.eye(blocks.shape[2], dtype=bool)
    return bool((blocks[:, 1:-1] == np.where(taken, b, a)).all())


def _morris(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, resamples: int
) -> tuple[pd.DataFrame, str]:
    count = x.shape[1]
    paths = x.reshape(-1, count + 1, count) if len(x) % (count + 1) == 0 else None
    if paths is None or (np.count_nonzero(np.diff(paths, axis=1), axis=2) > 1).any():
        raise _other_sample("morris", "morris")
    found = salib("analyze", "morris").analyze(
        unit_problem(count), x, y, num_resamples=resamples, num_levels=STEPS, seed=_small(rng)
    )
    return pd.DataFrame({
        "mu_star": np.asarray(found["mu_star"]), "mu_star_error": np.asarray(found["mu_star_conf"]),
        "mu": np.asarray(found["mu"]), "sigma": np.asarray(found["sigma"]),
    }), "mu_star"  # fmt: skip


def _other_sample(method: str, needed: str) -> ConfigError:
    return ConfigError(
        "{method} needs the settings of a {needed} sample, all of them and in their order.",
        method=method, needed=needed,
    )  # fmt: skip


def _pawn(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, _: int
) -> tuple[pd.DataFrame, str]:
    _refuse_few(len(y), "pawn")
    pawn = salib("analyze", "pawn")
    found = pawn.analyze(unit_problem(x.shape[1]), x, y)
    chance: dict[bytes, float] = {}  # few values: by how often each occurs; many: all alike
    by_chance = []
    for column in x.T:
        counts = np.unique(column, return_counts=True)[1]
        form = counts.tobytes() if len(counts) <= MANY else b""
        if form not in chance:
            shuffled = rng.permuted(np.tile(column, (SHUFFLES, 1)), axis=1).T
            medians = np.asarray(pawn.analyze(unit_problem(SHUFFLES), shuffled, y)["median"])
            largest = stats.norm.ppf(0.95 ** (1.0 / x.shape[1]))  # of as many as there are
            chance[form] = float(medians.mean() + largest * medians.std(ddof=1))
        by_chance.append(chance[form])
    return pd.DataFrame({
        "median": found["median"], "largest": found["maximum"], "by_chance": by_chance,
    }), "median"  # fmt: skip


def _delta(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, resamples: int
) -> tuple[pd.DataFrame, str]:
    _refuse_few(len(y), "delta")
    found = salib("analyze", "delta").analyze(
        unit_problem(x.shape[1]), x, y, num_resamples=resamples, seed=_small(rng)
    )
    return pd.DataFrame({
        "delta": found["delta_raw"], "delta_error": found["delta_raw_conf"],
        "first": found["S1"], "first_error": found["S1_conf"],
    }), "delta"  # fmt: skip


def _refuse_few(count: int, method: str) -> None:
    if count < FEWEST:
        raise ConfigError(
            "{method} needs {fewest} settings or more; found {count}.",
            method=method, fewest=FEWEST, count=count,
        )  # fmt: skip
