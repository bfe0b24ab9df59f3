"""The data dictionary: type, unit and meaning of every column of every table that is written.

KPIs and logs declare their columns where they are defined; the others are declared here, and their
meanings stand among the words of each language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.experiments.map import AXES, HORIZONS
from sim.kpis import KPIS
from sim.outcomes.logs import LOGS
from sim.reporting.words import Words

Kind = Literal["text", "integer", "number", "date", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column of a table. A ``number`` may be empty where it is undefined."""

    name: str
    kind: Kind
    unit: str = ""


def _columns(kind: Kind, names: str, unit: str = "") -> tuple[Column, ...]:
    return tuple(Column(name, kind, unit) for name in names.split())


_FIRM = _columns("text", "firm")
_YEAR = _columns("integer", "year") + _columns("integer", "weeks", "weeks")
_WEEKS = _columns("integer", "weeks", "weeks")
_ARM = _columns("text", "arm firm kpi")
_PAIRED = (
    *_columns("number", "a b difference low high", "of the KPI"),
    *_columns("number", "share_better share_better_low share_better_high", "share"),
    Column("pairs", "integer", "count"),
    Column("variance_reduction", "number", "ratio"),
)
_LOG = {
    column.name: column
    for column in (
        *_columns("integer", "week created asked", "week"),
        *_columns("integer", "customer from to referrer rep", "key"),
        *_columns("text", "firm source touch event fate"),
        Column("units", "integer", "units of goods"),
        Column("cents", "integer", "cents"),
        Column("first", "boolean"),
        Column("tags", "integer", "bits"),
        Column("valence", "number", "share"),
        Column("hours", "number", "hours"),
        Column("talks", "integer", "count"),
    )
}
"""Columns of logs; week numbers of leads may be empty."""
_MAYBE = {"created", "asked"}

_CLAIM = (
    *_columns("text", "scenario claim market statement"),
    Column("check", "boolean"),
    *_columns("text", "kpi unit path cohort firm arms"),
    *_columns("integer", "first last", "week"),
    Column("sign", "integer"),
    *_columns("number", "level smallest_effect effect low high", "of the KPI"),
    Column("verdict", "text"),
    Column("p_value", "number", "share"),
    Column("stays", "boolean"),
    Column("ablated", "text"),
    Column("without", "number", "of the KPI"),
    *_columns("number", "left left_low left_high", "share"),
    Column("carried", "text"),
    Column("done", "number", "share"),
    *_columns("text", "rival rival_verdict"),
    Column("replicates", "integer", "count"),
    Column("single", "number", "share"),
    Column("points", "integer", "count"),
    *_columns("number", "share share_low share_high", "share"),
    Column("decides", "text"),
    *_columns("number", "flip flip_low flip_high"),
)
_SCORE = (
    *_columns("text", "fact title figure measured market estimator"),
    Column("scored", "boolean"),
    *_columns("text", "group status"),
    *_columns("number", "low high declared mean from to spread", "of the figure"),
    Column("settings", "integer", "count"),
    *_columns("number", "inside near outside wrong_sign", "share"),
    Column("without", "number", "of the figure"),
    Column("left", "number", "share"),
    *_columns("text", "fixed_by verdict"),
    Column("score", "number"),
    Column("source", "text"),
)
_ECONOMY = (
    *_columns("text", "market firm figure unit line horizon"), Column("step", "number", "share"),
    *_columns("number", "mean from to", "of the figure"), Column("seeds", "integer", "count"),
    *_columns("number", "low high", "of the figure"), *_columns("text", "verdict source"),
)  # fmt: skip
_AUDIT = (
    *_columns("text", "placebo market engine"), *_columns("boolean", "held exact"),
    Column("where", "text"), Column("largest", "number"),
)  # fmt: skip
_LEDGER = (
    Column("week", "integer", "week"),
    *_columns("text", "firm account kind unit segment source"),
    Column("cohort", "integer", "quarter"),
    Column("count", "integer", "count or parts"),
    Column("cents", "integer", "cents"),
)


VARIED = Column("KEY", "number")
"""Stands for the columns of the parameters that a sweep varies, each named by its key."""

_SETTING = (Column("setting", "integer"), VARIED)
_INDICES = (
    Column("parameter", "text"),
    *_columns("number", "first first_error total total_error", "share"),
    *_columns("number", "mu mu_star mu_star_error sigma", "of the KPI"),
    *_columns("number", "median largest by_chance delta delta_error", "share"),
    Column("noise_share", "number", "share"),
)
"""Columns of sensitivity indices; each method has some of them."""
_BOXES = (
    Column("box", "integer"), Column("parameter", "text"),
    *_columns("number", "low high", "of the parameter"),
    *_columns("number", "p_low p_high", "share"),
)  # fmt: skip
_BOX_PATH = (
    *_columns("integer", "box step"), *_columns("number", "coverage density", "share"),
    *_columns("integer", "settings bounds", "count"),
)  # fmt: skip


def kpi_columns() -> tuple[Column, ...]:
    """One column for each KPI."""
    return tuple(Column(kpi.name, "number", kpi.unit) for kpi in KPIS.values())


def _log_columns(name: str) -> tuple[Column, ...]:
    is_lead = name == "leads"
    return tuple(
        Column(column, "number", "week") if is_lead and column in _MAYBE else _LOG[column]
        for column in LOGS[name]
    )


def tables() -> dict[str, tuple[Column, ...]]:
    """The columns of every table that a results folder may hold, by the name of its file."""
    kpis = kpi_columns()
    replicate = (Column("arm", "text"), Column("seed", "integer", "key"), *_FIRM)
    return {
        "weekly": (Column("week", "integer", "week"), Column("date", "date"), *_FIRM, *kpis),
        "yearly": (*_YEAR, *_FIRM, *kpis),
        "total": (*_WEEKS, *_FIRM, *kpis),
        "ledger": _LEDGER,
        **{name: _log_columns(name) for name in LOGS},
        "comparison": (*_ARM, *_PAIRED),
        "comparison_yearly": (*_ARM, Column("year", "integer"), *_PAIRED),
        "comparison_horizons": (*_ARM, Column("years", "integer", "years"), *_PAIRED),
        "replicates": (*replicate, *kpis),
        "replicates_yearly": (*replicate, Column("year", "integer"), *kpis),
        "sweep": (*_SETTING, *replicate, *_columns("text", "run status reason"), *kpis),
        "sample": (VARIED,),
        "sensitivity": _INDICES,
        "boxes": _BOXES,
        "boxes_path": _BOX_PATH,
        "claims": _CLAIM,
        "map": (
            *_columns("number", " ".join(AXES), "of the axis"),
            *_columns("number", " ".join(f"lead_{years}" for years in HORIZONS), "share"),
        ),
        "scorecard": _SCORE,
        "economy": _ECONOMY,
        "audit": _AUDIT,
        "weeks": (
            Column("week", "integer", "week"),
            *_columns("number", "real simulated low high bg_nbd", "orders"),
        ),
    }


def meaning(table: str, column: Column, words: Words) -> str:
    """What a column of a table holds, in one sentence."""
    if column in kpi_columns():
        kpi = KPIS[column.name]
        return words.say(
            "columns_kpi", label=words.label(kpi.name), meaning=words.text(kpi.meaning)
        )
    return words.column(table, column.name)


HEADINGS = ("table", "column", "type", "unit", "meaning")


def rows(written: Mapping[str, Sequence[str]], words: Words) -> list[tuple[str, ...]]:
    """The dictionary of some tables, one row per column, in the order of :data:`HEADINGS`.

    Args:
        written: names of the columns by table; one that is not declared is a varied parameter.
    """
    out = []
    for table, names in written.items():
        known = {column.name: column for column in tables()[table]}
        for name in names:
            row = _row(table, known.get(name, VARIED), words)
            out.append((row[0], name, *row[2:]))
    return out


def short_rows(words: Words) -> list[tuple[str, ...]]:
    """The dictionary of all tables, in which KPIs stand once for all tables that have them."""
    kpis = kpi_columns()
    out = [
        _row(table, column, words)
        for table, columns in tables().items()
        for column in columns
        if column not in kpis
    ]
    return out + [_row(words.say("columns_kpis"), column, words) for column in kpis]


def _row(table: str, column: Column, words: Words) -> tuple[str, ...]:
    return (
        table, column.name, words.unit(column.kind), words.unit(column.unit),
        meaning(table, column, words),
    )  # fmt: skip
