"""Sentences and tables about a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.table import Table

from sim.config.schema import Config
from sim.experiments.sweeps.parameters import PLAN, SEED
from sim.experiments.sweeps.summary import MANY, Summary
from sim.params import numbers
from sim.reporting.words import Words
from sim.runs.arms import NO_PLAN
from sim.runs.jobs import FAILED

MOST_NAMED = 3
"""Parameters that a sentence names."""

MOST_ROWS = 12
"""Parameters in the table of influence."""

METHODS = {
    "sobol": "sweep_by_sobol", "morris": "sweep_by_morris", "pawn": "sweep_by_pawn",
    "delta": "sweep_by_delta",
}  # fmt: skip
"""Word of each method of sensitivity indices."""

COLUMNS = {
    "first": "sweep_col_first", "first_error": "sweep_col_first_error",
    "total": "sweep_col_total", "total_error": "sweep_col_total_error", "mu": "sweep_col_mu",
    "mu_star": "sweep_col_mu_star", "mu_star_error": "sweep_col_mu_star_error",
    "sigma": "sweep_col_sigma", "median": "sweep_col_median", "largest": "sweep_col_largest",
    "by_chance": "sweep_col_by_chance", "delta": "sweep_col_delta",
    "delta_error": "sweep_col_delta_error",
}  # fmt: skip
"""Word of each column of sensitivity indices."""

BY = {"sobol": "total", "morris": "mu_star", "pawn": "median", "delta": "delta"}
"""Column of each method by which influence is ordered."""

BY_CHANCE = 0.05
"""Share of parameters without influence whose index is larger than chance would have it."""

LEAST_DENSITY = 0.6
"""Share of the settings of a box that must flip for the box to be told in a sentence."""


def answer(found: Summary, words: Words) -> list[str]:
    """Sentences on a sweep: the outcome over all settings, what moves it, where it flips."""
    out = [_headline(found, words), _size(found, words)]
    if found.failed:
        out.append(words.say("sweep_failed", failed=found.failed, runs=found.runs))
    influence = _influence(found, words)
    return [*out, *influence, *_flips(found, words), words.say("sweep_meaning")]


def _headline(found: Summary, words: Words) -> str:
    said = {"kpi": words.label(found.kpi), "firm": words.name(found.firm)}
    if len(found.arms) == 1:
        arm = arm_name(found.arms[0], words)
        return words.say("sweep_one", arm=arm, spread=_spread(found, words), **said)
    first, second = (arm_name(name, words) for name in found.arms)
    if found.usual == 0:
        return words.say("sweep_equal", first=first, second=second, **said)
    smaller, larger = (first, second) if found.is_above else (second, first)
    return words.say(
        "sweep_two", larger=larger, smaller=smaller, first=first, second=second,
        where=_where(found, words), spread=_spread(found, words), **said,
    )  # fmt: skip


def _where(found: Summary, words: Words) -> str:
    """At how many of the settings the leading arm leads."""
    wins, count = found.usual, len(found.known)
    if wins == count:
        return words.say("sweep_at_all", settings=count)
    if not found.is_drawn:
        return words.say("sweep_at_some", wins=wins, settings=count)
    least, most = map(words.whole_share, found.interval(wins))
    return words.say("sweep_at_share", share=words.whole_share(wins / count), least=least,
                     most=most)  # fmt: skip


def _spread(found: Summary, words: Words) -> str:
    low, middle, high = (_value(found, value, words) for value in found.spread)
    if low == high:
        return words.say("sweep_constant", value=middle)
    key = "sweep_middle" if len(found.known) >= MANY else "sweep_ends"
    return words.say(key, middle=middle, low=low, high=high)


def _value(found: Summary, value: float, words: Words) -> str:
    """A value of the outcome, or a difference, in its unit."""
    return (words.gap if len(found.arms) == 2 else words.value)(found.kpi, value)


def _size(found: Summary, words: Words) -> str:
    settings = found.table["setting"].nunique()
    return words.say("sweep_size", settings=settings, count=len(found.space), runs=found.runs)


def _influence(found: Summary, words: Words) -> list[str]:
    if np.ptp(found.known) == 0.0:
        return []
    if found.indices is None:
        assert found.no_indices is not None
        return [words.say("sweep_no_indices", reason=words.message(found.no_indices))]
    noise = found.indices.attrs["noise_share"]
    rows = _influential(found.indices)
    said = [name_of(key, found.config, words) for key in rows["parameter"]][:MOST_NAMED]
    method = words.say(METHODS[found.indices.attrs["method"]])
    key = "sweep_influence" if said else "sweep_no_influence"
    out = [words.say(key, names=words.listed(said) if said else "", method=method)]
    luck = round(BY_CHANCE * len(found.space))
    if said and luck and found.indices.attrs["method"] != "pawn":  # which allows for their number
        out.append(words.say("sweep_luck", count=len(rows), all=len(found.space), luck=luck))
    if noise is not None and math.isfinite(noise):
        out.append(words.say("sweep_noise", noise=words.whole_share(noise)))
    return out


def _influential(indices: pd.DataFrame) -> pd.DataFrame:
    """The parameters whose influence is larger than chance would have it, strongest first."""
    method, rows = indices.attrs["method"], indices[indices["parameter"] != SEED]
    limit = "by_chance" if method == "pawn" else f"{BY[method]}_error"
    return rows[rows[BY[method]] > rows[limit]]


def _flips(found: Summary, words: Words) -> list[str]:
    """Where the answer is the other way round."""
    if found.box is None:
        few = int(found.flips.sum())
        is_told = len(found.arms) == 2 and few
        return [words.say("sweep_few_flips", few=few, settings=len(found.known))] if is_told else []
    boxes = found.box.found
    if boxes.empty or float(boxes["density"].iloc[0]) < LEAST_DENSITY:
        return [words.say("sweep_no_box")]
    bounds = [_bound(row, found.config, words) for _, row in found.box.boxes.iterrows()
              if row["box"] == 1]  # fmt: skip
    said = {
        "bounds": words.listed(bounds), "coverage": words.whole_share(boxes["coverage"].iloc[0]),
        "density": words.whole_share(boxes["density"].iloc[0]),
        "base": words.whole_share(found.flips.mean()),
    }  # fmt: skip
    if len(found.arms) == 2:
        rarer = found.arms[0 if found.is_above else 1]
        return [words.say("sweep_box", arm=arm_name(rarer, words), **said)]
    side = "sweep_box_below" if found.is_above else "sweep_box_above"
    return [words.say(side, kpi=words.label(found.kpi),
                      threshold=words.value(found.kpi, found.threshold), **said)]  # fmt: skip


def _bound(row: pd.Series, config: Config, words: Words) -> str:
    """A bound of a box in words."""
    key, _, word = str(row["parameter"]).partition("=")
    name = name_of(key, config, words)
    if word:
        has = row["low"] == 1.0
        return words.say("sweep_is" if has else "sweep_is_not", name=name, value=word)
    low, high = row["low"], row["high"]
    if math.isfinite(low) and math.isfinite(high):
        return words.say("sweep_between", name=name, low=f"{low:.3g}", high=f"{high:.3g}")
    if math.isfinite(low):
        return words.say("sweep_above", name=name, value=f"{low:.3g}")
    return words.say("sweep_below", name=name, value=f"{high:.3g}")


def arm_name(name: str, words: Words) -> str:
    """The name of an arm as printed."""
    if name == NO_PLAN:
        return words.say("no_plan")
    return words.name(name) or words.say("sweep_own_plans")


def name_of(key: str, config: Config, words: Words) -> str:
    """A parameter in words, with its key; the key alone where nothing is declared."""
    if key == PLAN:
        return words.say("sweep_plan")
    for name, known, _ in numbers(config):
        if name == key:
            return words.say("sweep_name", said=words.parameter(key, known.meaning, config),
                             name=key)  # fmt: skip
    return key


def tables(found: Summary, words: Words) -> Iterator[Table]:
    """The table of arms, and that of influence."""
    arms = found.table.loc[found.table["firm"] == found.firm, "arm"].nunique()
    if arms > 1:
        yield _arms_table(found, words)
    if found.indices is not None:
        yield _influence_table(found, found.indices, words)


def _arms_table(found: Summary, words: Words) -> Table:
    """The KPI of each arm over the settings at which all its runs are done."""
    rows = found.table[found.table["firm"] == found.firm]
    wide = rows.groupby(["setting", "arm"], sort=False)[found.kpi].mean().unstack()
    failed = rows.loc[rows["status"] == FAILED, "setting"]
    wide = wide[~wide.index.isin(failed)].dropna()
    best = wide.eq(wide.max(axis=1), axis=0).sum().to_dict()
    title = words.say("sweep_arms_title", firm=words.name(found.firm), kpi=words.label(found.kpi))
    table = Table(title=title, title_justify="left")
    table.add_column(words.say("sweep_arm"))
    for key in ("sweep_mean", "sweep_least", "sweep_most", "sweep_highest"):
        table.add_column(words.say(key), justify="right")
    for arm, values in wide.items():
        figures = (words.value(found.kpi, float(v)) for v in
                   (values.mean(), values.min(), values.max()))  # fmt: skip
        share = words.say("sweep_of", wins=best[arm], settings=len(wide))
        table.add_row(arm_name(str(arm), words), *figures, share)
    return table


def _influence_table(found: Summary, indices: pd.DataFrame, words: Words) -> Table:
    method = indices.attrs["method"]
    table = Table(title=words.say("sweep_influence_title", method=words.say(METHODS[method])),
                  title_justify="left")  # fmt: skip
    table.add_column(words.say("sweep_parameter"))
    table.add_column(words.say("sweep_values"))
    columns = [str(c) for c in indices if c not in ("parameter", "noise_share")]
    for column in columns:
        table.add_column(words.say(COLUMNS[column]), justify="right")
    table.add_column(words.say("sweep_means"))
    known = {name: number for name, number, _ in numbers(found.config)}
    for _, row in indices[indices["parameter"] != SEED].head(MOST_ROWS).iterrows():
        key = str(row["parameter"])
        said = words.parameter(key, known[key].meaning, found.config) if key in known else ""
        unit = words.unit(known[key].unit) if key in known else ""
        values = _values(found.outcome.settings[key], unit, words)
        table.add_row(key, values, *(_number(row[c]) for c in columns), said)
    return table


def _values(column: pd.Series, unit: str, words: Words) -> str:
    """The values that a parameter took, in its unit."""
    if not pd.api.types.is_numeric_dtype(column):
        return words.listed([*map(str, column.unique())])
    low, high = (f"{float(end):.4g}" for end in (column.min(), column.max()))
    return words.say("sweep_values_of", low=low, high=high, unit=unit).strip()


def _number(value: float) -> str:
    return f"{value:,.3g}" if math.isfinite(value) else ""
