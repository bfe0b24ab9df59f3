"""What is kept of a run, as tables.

- ``weeks``: one row per run, week and firm (the market is the last), one column per account, and
  two lists: customers acquired, by last touch, and customers' flows, by quarter of acquisition.
- ``runs``: one row per run and firm: what the run was, and every KPI over the whole run.
- ``runoffs``: cash at the end of a run-off, one row per run, firm and horizon.
- ``figures``: what else was measured in a market, one row per figure.
- ``failures``: one row per run that failed: what it was, and the reason.

A record is identified by its column ``key``: the address of the run, or a hash of it and of what
was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sim.kpis import KPIS, side_by_side
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS
from sim.ledger.ledger import Ledger
from sim.params import in_id_order
from sim.runs.address import mark
from sim.runs.jobs import Job, Simulated

MARKET = "market"
"""Name under which the accounts of the whole market stand, which no firm may have."""

_WORD = pa.dictionary(pa.int32(), pa.string())
_LIST = pa.list_(pa.int64())
_ACCOUNTS = tuple(account.name for account in ACCOUNTS)
_ABOUT = [("key", _WORD), ("seed", pa.int64()), ("changes", _WORD)]
_OF_RUN = [*_ABOUT, ("weeks", pa.int32()), ("plan", _WORD), ("arm", _WORD)]

SCHEMAS = {
    "weeks": pa.schema(
        [("key", _WORD), ("week", pa.int32()), ("firm", _WORD)]
        + [(name, pa.int64()) for name in _ACCOUNTS]
        + [("acquired_by_touch", _LIST), ("flows_by_quarter", _LIST)]
    ),
    "runs": pa.schema([*_OF_RUN, ("firm", _WORD), *((name, pa.float64()) for name in KPIS)]),
    "runoffs": pa.schema(
        [("key", _WORD), ("run", _WORD), ("weeks", pa.int32()), ("firm", _WORD),
         ("horizon", pa.int32()), ("cash", pa.int64())]
    ),
    "figures": pa.schema(
        [*_ABOUT, ("measure", _WORD), ("figure", _WORD), ("value", pa.float64())]
    ),
    "failures": pa.schema([*_OF_RUN, ("reason", _WORD)]),
}  # fmt: skip
"""Tables of the store and their columns."""

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class RunRecord:
    """A run as it ended, and what it was.

    Attributes:
        key: address of the run.
        job: with one arm, that of the run.
        changes: what the shared configuration changes of the default, as JSON.
    """

    key: str
    job: Job
    changes: str
    run: Simulated

    @property
    def about(self) -> dict[str, object]:
        """What the run was, by column."""
        (arm,), job = self.job.arms, self.job
        return {
            "key": self.key, "seed": job.seed, "changes": self.changes, "weeks": job.config.weeks,
            "plan": arm.plan.name if arm.plan else "", "arm": " ".join(arm.overrides),
        }  # fmt: skip


@dataclass(frozen=True)
class FigureRecord:
    """What was measured in a market: a value for each figure."""

    key: str
    seed: int
    changes: str
    measure: str
    values: Mapping[str, float]


Record = RunRecord | FigureRecord


@dataclass(frozen=True)
class ArmResult:
    """Result of one arm in one replicate.

    Attributes:
        accounts: int64 [week, firm + market, account].
        sources: customers acquired by last touch, int64 [firm, touch].
        cohorts: int64 [week, firm, quarter of acquisition, flow of ``CUSTOMER_FLOWS``].
        runoff: cash in cents of each firm in focus at the end of its run-off, in which it alone has
            stopped, int64 [horizon, firm in focus].
    """

    accounts: np.ndarray
    sources: np.ndarray
    cohorts: np.ndarray
    runoff: np.ndarray


def key_of_runoff(run: str, weeks: int, firm: str) -> str:
    """Key of the run-off of a firm."""
    return mark(run, weeks, firm)


def tables_of(records: Iterable[Record]) -> Tables:
    """The tables of some records, those of all runs made together."""
    rows: dict[str, list[_Rows]] = {name: [] for name in SCHEMAS}
    done: list[tuple[RunRecord, Ledger]] = []
    for one in records:
        if isinstance(one, FigureRecord):
            rows["figures"].append(_figure_rows(one))
        elif one.run.ledger is None:
            rows["failures"].append(_Rows(1, one.about | {"reason": one.run.reason}))
        else:
            done.append((one, one.run.ledger))
            rows["runoffs"] += _runoff_rows(one)
    accounts = [ledger.accounts() for _, ledger in done]
    rows["runs"] = _run_rows([one for one, _ in done], accounts)
    rows["weeks"] = [
        _week_rows(one, ledger, of_run)
        for (one, ledger), of_run in zip(done, accounts, strict=True)
    ]
    filled = {name: [some for some in found if some.count] for name, found in rows.items()}
    return {name: _table(name, found) for name, found in filled.items() if found}


@dataclass(frozen=True)
class _Rows:
    """Rows of a table: for each column a value that stands in all rows, or values row by row. The
    values of several columns may be an array [row, column], by the names of the columns."""

    count: int
    columns: dict[str, object]
    blocks: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict)


def _figure_rows(one: FigureRecord) -> _Rows:
    about = {name: getattr(one, name) for name in ("key", "seed", "changes", "measure")}
    columns = about | {"figure": [*one.values], "value": [*one.values.values()]}
    return _Rows(len(one.values), columns)


def _runoff_rows(one: RunRecord) -> list[_Rows]:
    job, cash = one.job, one.run.runoff
    return [
        _Rows(
            len(cash),
            {
                "key": key_of_runoff(one.key, job.runoff, firm), "run": one.key,
                "weeks": job.runoff, "firm": firm, "horizon": list(job.horizons),
                "cash": cash[:, n],
            },
        )
        for n, firm in enumerate(job.focus if job.runoff else ())
    ]  # fmt: skip


def _run_rows(done: Sequence[RunRecord], accounts: Sequence[np.ndarray]) -> list[_Rows]:
    """Rows by run, in each the firms."""
    kpis: dict[int, np.ndarray] = {}
    alike: dict[tuple[int, ...], list[int]] = {}
    for n, (one, of_run) in enumerate(zip(done, accounts, strict=True)):
        alike.setdefault((*of_run.shape, one.job.config.measurement.window), []).append(n)
    for (*_, span), some in alike.items():
        windows = side_by_side([accounts[n] for n in some], span)
        values = np.stack([kpi.function(windows) for kpi in KPIS.values()], axis=-1)
        kpis |= zip(some, values, strict=True)
    return [
        _Rows(len(kpis[n]), one.about | {"firm": _firms(one.job)}, {tuple(KPIS): kpis[n]})
        for n, one in enumerate(done)
    ]


def _firms(job: Job) -> list[str]:
    return list(in_id_order(job.config.firms))


def _week_rows(one: RunRecord, ledger: Ledger, accounts: np.ndarray) -> _Rows:
    """Rows by week, in each the firms and the market."""
    weeks, count, number = accounts.shape
    columns: dict[str, object] = {
        "key": one.key, "week": np.repeat(np.arange(1, weeks + 1), count),
        "firm": [*_firms(one.job), MARKET] * weeks, "acquired_by_touch": ledger.sources(),
        "flows_by_quarter": ledger.cohorts(),
    }  # fmt: skip
    return _Rows(weeks * count, columns, {_ACCOUNTS: accounts.reshape(-1, number)})


def _table(name: str, some: Sequence[_Rows]) -> pa.Table:
    """A table of the store."""
    schema = SCHEMAS[name]
    blocks = {
        column: values
        for names in some[0].blocks
        for column, values in zip(
            names, np.concatenate([rows.blocks[names].T for rows in some], axis=1),
            strict=True,
        )
    }  # fmt: skip
    return pa.table(
        [
            pa.array(blocks[f.name], f.type)
            if f.name in blocks
            else _column([(rows.columns[f.name], rows.count) for rows in some], f.type)
            for f in schema
        ],
        schema=schema,
    )


def _column(parts: Sequence[tuple[Any, int]], kind: pa.DataType) -> pa.Array:
    """A column from the values of some rows and their number."""
    if kind == _LIST:
        return _lists([values for values, _ in parts])
    if pa.types.is_dictionary(kind):
        return _words(parts)
    rows = [
        values if isinstance(values, list | np.ndarray) else np.full(count, values)
        for values, count in parts
    ]
    return pa.array(np.concatenate(rows), kind)


def _words(parts: Sequence[tuple[Any, int]]) -> pa.Array:
    """A column of words; each stands once in its dictionary."""
    known: dict[str, int] = {}
    codes = [
        np.array([known.setdefault(word, len(known)) for word in values], np.int32)
        if isinstance(values, list)
        else np.full(count, known.setdefault(values, len(known)), np.int32)
        for values, count in parts
    ]
    return pa.DictionaryArray.from_arrays(np.concatenate(codes), pa.array([*known], pa.string()))


def _lists(parts: Sequence[np.ndarray]) -> pa.Array:
    """Lists of a table of weeks: one for each firm from [week, firm, ...], none for the market."""
    lengths = []
    for values in parts:
        weeks, firms = values.shape[:2]
        size = values[0, 0].size if weeks else 0
        lengths.append(np.tile([size] * firms + [0], weeks))
    ends = np.concatenate([[0], *lengths]).cumsum()
    whole = np.concatenate([values.reshape(-1) for values in parts])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(whole, pa.int64()))


def result_of(weeks: pa.Table, runoff: np.ndarray) -> ArmResult:
    """The result of a run from its rows of the table ``weeks``, in their order."""
    firms = weeks["firm"].combine_chunks()
    count = firms.to_pylist().index(MARKET) + 1 if len(firms) else 1
    shape = (len(firms) // count, count)
    columns = [weeks[name].to_numpy().reshape(shape) for name in _ACCOUNTS]
    sources = _flat(weeks, "acquired_by_touch", shape)
    cohorts = _flat(weeks, "flows_by_quarter", shape)
    return ArmResult(
        np.stack(columns, axis=-1), sources.sum(axis=0),
        cohorts.reshape(*cohorts.shape[:2], -1, len(CUSTOMER_FLOWS)), runoff,
    )  # fmt: skip


def _flat(weeks: pa.Table, name: str, shape: tuple[int, int]) -> np.ndarray:
    """Lists of a table of weeks as [week, firm, item]."""
    values = weeks[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(values).reshape(shape[0], shape[1] - 1, -1)
