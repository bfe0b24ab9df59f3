"""Sentences and tables about a sweep."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd
from rich.table import Table

from sim.config.schema import Config
from sim.experiments.sweeps.parameters import SEED
from sim.experiments.sweeps.summary import Summary
from sim.params import numbers
from sim.reporting.words import Words

MOST_NAMED = 3
"""Parameters that a sentence names."""

MOST_ROWS = 12
"""Parameters in the table of influence."""

BY = {"sobol": "total", "morris": "mu_star", "pawn": "median", "delta": "delta"}
"""Column of each method by which influence is ordered."""

MOSTLY_NOISE = 0.9
"""Share of seed noise from which influence is not told in a sentence."""

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
    low, middle, high = found.spread
    gap = len(found.arms) == 2
    said = {
        "kpi": words.label(found.kpi), "firm": words.name(found.firm),
        "middle": _value(found, middle, words), "low": _value(found, low, words),
        "high": _value(found, high, words),
    }  # fmt: skip
    if not gap:
        arm = words.name(found.arms[0]) or words.say("sweep_own_plans")
        return words.say("sweep_one", arm=arm, **said)
    share, least, most = found.above
    first, second = map(words.name, found.arms)
    smaller, larger = first, second
    if share < 0.5:
        smaller, larger = second, first
        share, least, most = 1.0 - share, 1.0 - most, 1.0 - least
    return words.say(
        "sweep_two", larger=larger, smaller=smaller, share=words.whole_share(share),
        least=words.whole_share(least), most=words.whole_share(most), first=first, second=second,
        **said,
    )  # fmt: skip


def _value(found: Summary, value: float, words: Words) -> str:
    """A value of the outcome, or a difference, in its unit."""
    return (words.gap if len(found.arms) == 2 else words.value)(found.kpi, value)


def _size(found: Summary, words: Words) -> str:
    settings = found.table["setting"].nunique()
    return words.say("sweep_size", settings=settings, count=len(found.space), runs=found.runs)


def _influence(found: Summary, words: Words) -> list[str]:
    if found.indices is None:
        assert found.no_indices is not None
        return [words.say("sweep_no_indices", reason=words.message(found.no_indices))]
    noise = found.indices.attrs["noise_share"]
    if noise is not None and noise > MOSTLY_NOISE:
        return [words.say("sweep_mostly_noise", noise=words.whole_share(noise))]
    rows = _influential(found.indices)
    said = [name_of(key, found.config, words) for key in rows["parameter"]][:MOST_NAMED]
    method = words.say(f"sweep_by_{found.indices.attrs['method']}")
    key = "sweep_influence" if said else "sweep_no_influence"
    out = [words.say(key, names=words.listed(said) if said else "", method=method)]
    if noise is not None and math.isfinite(noise):
        out.append(words.say("sweep_noise", noise=words.whole_share(noise)))
    return out


def _influential(indices: pd.DataFrame) -> pd.DataFrame:
    """The parameters whose influence is larger than chance would have it, strongest first."""
    method, rows = indices.attrs["method"], indices[indices["parameter"] != SEED]
    by = rows[BY[method]]
    if method == "pawn":
        return rows[by > rows["by_chance"]]
    return rows[by > rows[f"{BY[method]}_error"]]


def _flips(found: Summary, words: Words) -> list[str]:
    """Where the answer is the other way round."""
    if found.box is None:
        return [words.say("sweep_one_sided")] if len(found.arms) == 2 else []
    boxes = found.box.found
    if boxes.empty or float(boxes["density"].iloc[0]) < LEAST_DENSITY:
        return [words.say("sweep_no_box")]
    bounds = [_bound(row, found.config, words) for _, row in found.box.boxes.iterrows()
              if row["box"] == 1]  # fmt: skip
    rarer = found.arms[0 if found.above[0] >= 0.5 else 1]
    said = {
        "bounds": words.listed(bounds), "coverage": words.whole_share(boxes["coverage"].iloc[0]),
        "density": words.whole_share(boxes["density"].iloc[0]),
    }  # fmt: skip
    if len(found.arms) == 2:
        return [words.say("sweep_box", arm=words.name(rarer), **said)]
    side = "sweep_box_below" if found.above[0] >= 0.5 else "sweep_box_above"
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


def name_of(key: str, config: Config, words: Words) -> str:
    """A parameter in words, with its key; the key alone where nothing is declared."""
    for name, known, _ in numbers(config):
        if name == key:
            return words.say("sweep_name", said=words.parameter(key, known.meaning, config),
                             name=key)  # fmt: skip
    return key


def tables(found: Summary, words: Words) -> Iterator[Table]:
    """The table of influence, and of more than two arms the means of all."""
    if found.indices is not None:
        yield _influence_table(found.indices, found.config, words)


def _influence_table(indices: pd.DataFrame, config: Config, words: Words) -> Table:
    method = indices.attrs["method"]
    table = Table(title=words.say("sweep_influence_title", method=words.say(f"sweep_by_{method}")),
                  title_justify="left")  # fmt: skip
    table.add_column(words.say("sweep_parameter"))
    columns = [str(c) for c in indices if c not in ("parameter", "noise_share")]
    for column in columns:
        table.add_column(words.say(f"sweep_col_{column}"), justify="right")
    table.add_column(words.say("sweep_means"))
    known = {name: number.meaning for name, number, _ in numbers(config)}
    for _, row in indices[indices["parameter"] != SEED].head(MOST_ROWS).iterrows():
        key = str(row["parameter"])
        said = words.parameter(key, known[key], config) if key in known else ""
        table.add_row(key, *(_number(row[c]) for c in columns), said)
    return table


def _number(value: float) -> str:
    return f"{value:,.3g}" if math.isfinite(value) else ""
