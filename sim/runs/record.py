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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.kpis import KPIS, over
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS
from sim.params import in_id_order
from sim.runs.address import mark
from sim.runs.jobs import Job, Simulated

MARKET = "market"
"""Name under which the accounts of the whole market stand, which no firm may have."""

_WORD = pa.dictionary(pa.int32(), pa.string())
_LIST = pa.list_(pa.int64())
_ABOUT = [("key", _WORD), ("seed", pa.int64()), ("changes", _WORD)]
_OF_RUN = [*_ABOUT, ("weeks", pa.int32()), ("plan", _WORD), ("arm", _WORD)]

SCHEMAS = {
    "weeks": pa.schema(
        [("key", _WORD), ("week", pa.int32()), ("firm", _WORD)]
        + [(account.name, pa.int64()) for account in ACCOUNTS]
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


def tables_of(job: Job, keys: Sequence[str], found: Sequence[Simulated], changes: str) -> Tables:
    """The records of a job.

    Args:
        keys: address of each arm's run.
        found: each arm's run.
        changes: what the shared configuration changes of the default, as JSON.
    """
    parts: dict[str, list[pa.Table]] = {name: [] for name in SCHEMAS}
    firms = list(in_id_order(job.config.firms))
    for key, arm, run in zip(keys, job.arms, found, strict=True):
        plan, words = arm.plan.name if arm.plan else "", " ".join(arm.overrides)
        if run.ledger is None:
            parts["failures"].append(
                _table(
                    "failures", 1, key=key, seed=job.seed, changes=changes, weeks=job.config.weeks,
                    plan=plan, arm=words, reason=run.reason,
                )
            )  # fmt: skip
            continue
        accounts = run.ledger.accounts()
        parts["weeks"].append(
            _weeks(key, firms, accounts, run.ledger.sources(), run.ledger.cohorts())
        )
        window = over(accounts, job.config.measurement.window)
        kpis = {name: kpi.function(window) for name, kpi in KPIS.items()}
        parts["runs"].append(
            _table(
                "runs", len(firms), key=key, seed=job.seed, changes=changes,
                weeks=job.config.weeks, plan=plan, arm=words, firm=firms, **kpis,
            )
        )  # fmt: skip
        for n, firm in enumerate(job.focus if job.runoff else ()):
            parts["runoffs"].append(
                _table(
                    "runoffs", len(run.runoff), key=key_of_runoff(key, job.runoff, firm), run=key,
                    weeks=job.runoff, firm=firm, horizon=list(job.horizons),
                    cash=run.runoff[:, n],
                )
            )  # fmt: skip
    return {name: pa.concat_tables(tables) for name, tables in parts.items() if tables}


def figures(
    key: str, seed: int, changes: str, measure: str, values: Mapping[str, float]
) -> pa.Table:
    """The record of what was measured in a market: a value for each figure."""
    return _table(
        "figures", len(values), key=key, seed=seed, changes=changes, measure=measure,
        figure=[*values], value=[*values.values()],
    )  # fmt: skip


def _weeks(
    key: str, firms: Sequence[str], accounts: np.ndarray, sources: np.ndarray, cohorts: np.ndarray
) -> pa.Table:
    """Rows by week, in each the firms and the market."""
    weeks, count, _ = accounts.shape
    columns = {a.name: accounts[:, :, n].reshape(-1) for n, a in enumerate(ACCOUNTS)}
    return _table(
        "weeks", weeks * count, key=key, week=np.repeat(np.arange(1, weeks + 1), count),
        firm=[*firms, MARKET] * weeks, **columns, acquired_by_touch=_lists(sources),
        flows_by_quarter=_lists(cohorts),
    )  # fmt: skip


def _lists(values: np.ndarray) -> pa.Array:
    """Lists of a table of weeks: one for each firm from [week, firm, ...], none for the market."""
    weeks, firms = values.shape[:2]
    size = values[0, 0].size if weeks else 0
    lengths = np.tile([size] * firms + [0], weeks)
    ends = np.concatenate([[0], lengths.cumsum()])
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pa.array(values.reshape(-1)))


def _table(name: str, rows: int, **columns: object) -> pa.Table:
    """A table of the store; a single value stands in every row, None is missing."""
    schema = SCHEMAS[name]
    return pa.table([_column(columns[f.name], f.type, rows) for f in schema], schema=schema)


def _column(value: object, kind: pa.DataType, rows: int) -> pa.Array:
    if isinstance(value, pa.Array):
        return value
    if isinstance(value, np.ndarray):
        return pa.array(value, kind)
    if value is None:
        return pa.nulls(rows, kind)
    if not isinstance(value, list | tuple):
        if not pa.types.is_dictionary(kind):
            return pa.repeat(pa.scalar(value, kind), rows)
        codes = pa.array(np.zeros(rows, np.int32))
        return pa.DictionaryArray.from_arrays(codes, pa.array([value], pa.string()))
    if pa.types.is_dictionary(kind):
        return pa.array(value, pa.string()).dictionary_encode()
    return pa.array(value, kind)


def result_of(weeks: pa.Table, runoff: np.ndarray) -> ArmResult:
    """The result of a run from its rows of the table ``weeks``, in their order."""
    firms = weeks["firm"].combine_chunks()
    count = firms.to_pylist().index(MARKET) + 1 if len(firms) else 1
    shape = (len(firms) // count, count)
    columns = [weeks[a.name].to_numpy().reshape(shape) for a in ACCOUNTS]
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
