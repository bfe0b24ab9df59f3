"""Sweeps: a model is run at every setting of a sample, and the outcomes form one tidy table.

The model is a configuration, whose arms are paired on common random numbers at every setting, or
any Python function. The sample is a data frame of :func:`~sim.experiments.sweeps.samples.sample`,
or one made elsewhere, such as an array of SALib.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd

from sim.config.checks import refuse_last_seeds
from sim.config.compose import checked, load_config, override, with_numbers
from sim.config.schema import Config
from sim.experiments.compare import as_folder, is_settled, look_error, look_sizes, of_all
from sim.experiments.sweeps.parameters import PLAN, SEED, change
from sim.experiments.sweeps.read import check_sample
from sim.kpis import KPIS
from sim.market.plan import share_start
from sim.params import (
    ConfigError,
    as_message,
    in_id_order,
    is_real,
    path_of,
    shown,
    whole_number,
)
from sim.runs.address import Groups
from sim.runs.arms import Arm, Spec, arm, named_apart
from sim.runs.bar import Progress
from sim.runs.bar import shown as progress_of
from sim.runs.engine import Engine, Runs, engine, runs
from sim.runs.executors import Execution, workers
from sim.runs.jobs import DONE, FAILED, Job, focus

Outcome = float | Mapping[str, float]
Function = Callable[..., Outcome]
Sample = pd.DataFrame | np.ndarray

VALUE = "value"
"""Column of the outcome of a function that returns a single number."""

MOST_REPLICATES = 10_000

FIRST_LOOK = 5
"""Replicates at a setting before its first look; every later look doubles them."""

FUNCTION_ROWS = 256
"""Settings that a worker evaluates in one task of a function."""


def sweep(
    model: Config | Function,
    sample: Sample,
    arms: Sequence[Spec] | Mapping[str, Spec] = (),
    *,
    names: Sequence[str] | None = None,
    replicates: int = 1,
    settle: bool = False,
    store: str | Path | None = None,
    executor: Execution | bool | str = False,
    progress: bool | Progress | None = None,
) -> pd.DataFrame:
    """Run a model at every setting of a sample.

    Args:
        model: a configuration; or a function that takes the parameters by name (and ``seed``, if it
            has an argument of that name) and returns a number or numbers by name.
        sample: one row a setting, one column a parameter (``talk.rate``). Columns ``plan`` and
            ``seed`` give each setting its plan and its first seed. Or an array [setting, parameter]
            with ``names``.
        arms: as for :func:`sim.compare`; one arm or none is enough here.
        names: of the columns of an array.
        replicates: runs of each arm at each setting, with the seeds of the configuration and after
            it: the same at every setting (common random numbers).
        settle: stop at a setting when it is clear which arm earns more there, by the rule of
            comparisons; ``replicates`` is the largest number then.
        store: folder of stored runs; in memory if None. Runs of functions are not stored.
        executor: where runs are simulated: an :class:`~sim.runs.executors.Execution`, or its name.
        progress: True for a progress bar, or a function called with the number of runs (of a
            function: of settings) just finished and their total number.

    Returns:
        One row per setting, arm, seed and firm: ``setting`` (row of the sample, from 0), the
        parameters, ``arm`` (empty where each setting has a plan of its own), ``seed``, ``firm``,
        ``run`` (address in the store), ``status`` (``done`` or ``failed``), ``reason``, and a
        column for each KPI over the whole run. For a function: ``setting``, the parameters,
        ``seed`` where it takes one, ``status``, ``reason``, and a column for each number that it
        returns.

    Raises:
        ConfigError: the configuration, the sample or an arm is wrong.
    """
    replicates = whole_number(replicates, "replicates", 1, MOST_REPLICATES)
    frame = as_frame(sample, names)
    with progress_of(progress) as tell:
        if isinstance(model, Config):
            where = _Where(as_folder(store), _execution(executor), tell)
            out = _markets(model, frame, arms, replicates, settle, where)
        else:
            if arms or settle or store is not None:
                raise ConfigError(
                    "arms, settle and store are about a market, and the model is a function."
                )
            out = _functions(model, frame, replicates, _execution(executor), tell)
    out.attrs = dict(frame.attrs)
    return out


def as_frame(sample: Sample, names: Sequence[str] | None = None) -> pd.DataFrame:
    """A sample as a data frame with rows from 0.

    Raises:
        ConfigError: the sample is empty, or names do not fit its columns.
    """
    if not isinstance(sample, pd.DataFrame):
        values = np.asarray(sample)
        if values.ndim != 2 or names is None or len(names) != values.shape[1]:
            raise ConfigError(
                "sample: an array of shape {shape} needs as many names as it has columns: "
                "sweep(..., names=[...]).",
                shape=str(values.shape),
            )  # fmt: skip
        sample = pd.DataFrame(values, columns=list(names))
    if sample.empty:
        raise ConfigError("a sample needs rows, one a setting, and columns, one a parameter.")
    out = sample.reset_index(drop=True)
    out.attrs = dict(sample.attrs)
    return out


def _execution(executor: Execution | bool | str) -> Execution:
    if isinstance(executor, bool):
        return Execution("processes" if executor else "in_process")
    return Execution(executor) if isinstance(executor, str) else executor


@dataclass(frozen=True)
class _Where:
    """Where runs are stored and simulated, and how progress is told."""

    folder: Path | None
    execution: Execution
    progress: Progress | None


# Markets


@dataclass(frozen=True)
class Setting:
    """One setting of a sweep.

    Attributes:
        config: the configuration all arms share; None if there is no such configuration.
        seed: first seed.
        reason: why there is no such configuration.
    """

    config: Config | None
    arms: tuple[Arm, ...]
    seed: int
    reason: str = ""


class Settings(Sequence[Setting]):
    """The settings of a sample, each made when it is asked for."""

    def __init__(
        self, config: Config, sample: pd.DataFrame, arms: Sequence[Spec] | Mapping[str, Spec]
    ) -> None:
        self.sample = check_sample(config, sample)
        plans = list(dict.fromkeys(self.sample[PLAN])) if PLAN in self.sample else []
        if plans and arms:
            raise ConfigError("the sample has a column plan, so arms cannot be given as well.")
        items = list(arms.items()) if isinstance(arms, Mapping) else [("", one) for one in arms]
        found = named_apart([arm(name, one, config) for name, one in items or [("", None)]])
        by_plan = {plan: (replace(arm("", str(plan), config), name=""),) for plan in plans}
        every = [*found, *(one for some in by_plan.values() for one in some)]
        self.arms, self._by_plan = found, by_plan
        self.config = share_start(config, [one.plan for one in every])
        self.focus = focus(self.config, every)
        numbers = [key for key in self.sample if key not in (PLAN, SEED)]
        self._fast = [str(key) for key in numbers if self._is_number(str(key))]
        self._slow = [str(key) for key in numbers if key not in self._fast]
        self._columns = {key: self.sample[key].tolist() for key in self.sample}

    def _is_number(self, key: str) -> bool:
        """Whether a key holds a number now and in every setting."""
        item: Any = self.config
        for part in path_of(key):
            item = item.get(part) if isinstance(item, Mapping) else getattr(item, part, None)
        return isinstance(item, bool | int | float) and all(map(is_number, self.sample[key]))

    def __len__(self) -> int:
        return len(self.sample)

    def __getitem__(self, n: int) -> Setting:  # type: ignore[override]
        arms = self._by_plan[self._columns[PLAN][n]] if self._by_plan else self.arms
        seed = int(self._columns[SEED][n]) if SEED in self._columns else self.config.seed
        words = [change(key, self._columns[key][n]) for key in self._slow]
        try:
            config = override(self.config, *words) if words else self.config
            config = with_numbers(config, {key: self._columns[key][n] for key in self._fast})
        except ConfigError as error:
            return Setting(None, arms, seed, str(error))
        return Setting(config, arms, seed)


def is_number(value: object) -> bool:
    """Whether a value is a number or a truth value, of NumPy's kinds as well."""
    return is_real(value) or isinstance(value, bool | np.bool_)


@dataclass
class _Found:
    """The runs of a sweep: where each stands in the table, in the order in which they were made."""

    setting: list[int] = field(default_factory=list)
    arm: list[str] = field(default_factory=list)
    seed: list[int] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    reason: list[str] = field(default_factory=list)

    def add(self, setting: int, arm: str, seed: int, run: str, reason: str = "") -> None:
        """Note a run; one without an address could not be asked for."""
        row = (setting, arm, seed, run, reason)
        for column, value in zip(vars(self).values(), row, strict=True):
            column.append(value)


def _markets(
    config: Config, sample: pd.DataFrame, arms: Sequence[Spec] | Mapping[str, Spec],
    replicates: int, settle: bool, where: _Where,
) -> pd.DataFrame:  # fmt: skip
    settings = Settings(checked(config), sample, arms)
    if settle and len(settings.arms) < 2:
        raise ConfigError("settle: needs two arms or more, whose difference can be settled.")
    last = int(settings.sample[SEED].max()) if SEED in settings.sample else config.seed
    refuse_last_seeds(last, replicates)
    found = _Found()
    tell = where.progress and partial(_in_runs, where.progress, max(1, len(settings.arms)))
    with engine(settings.config, where.folder, where.execution) as started:
        if settle:
            _until_settled(settings, replicates, found, started, tell)
        else:
            _complete(settings, range(len(settings)), range(replicates), found, started, tell)
        return _table(settings, found, started)


def _in_runs(progress: Progress, arms: int, done: int, total: int) -> None:
    """Report progress in runs, of which a job has one for each arm."""
    progress(done * arms, total * arms)


def _complete(
    settings: Settings, places: Sequence[int], replicates: range, found: _Found, started: Engine,
    progress: Progress | None,
) -> None:  # fmt: skip
    """Complete some replicates at some settings, given by their places."""
    total = len(places) * len(replicates)
    started.finish(started.submit(_work(settings, places, replicates, found), total, progress))


def _work(
    settings: Settings, places: Sequence[int], replicates: range, found: _Found
) -> Iterator[Runs | None]:
    groups: Groups = {}
    for n in places:
        setting = settings[n]
        if setting.config is None:
            for r in replicates:
                for a in setting.arms:
                    found.add(n, a.name, setting.seed + r, "", setting.reason)
                yield None
            continue
        jobs = (Job(setting.config, setting.arms, setting.seed + r) for r in replicates)
        for one in runs(jobs, groups):
            for a, key in zip(setting.arms, one.keys, strict=True):
                found.add(n, a.name, one.job.seed, key)
            yield one


def _until_settled(
    settings: Settings, most: int, found: _Found, started: Engine, progress: Progress | None
) -> None:
    """Add replicates at each setting until its question is settled, or there are ``most``."""
    sizes, places, before, jobs = look_sizes(most, FIRST_LOOK), list(range(len(settings))), 0, 0
    for count in sizes:
        jobs += len(places) * (count - before)
        tell = progress and partial(of_all, progress, jobs)
        _complete(settings, places, range(before, count), found, started, tell)
        before = count
        if count < most:
            table = _table(settings, found, started)
            places = _unsettled(table, places, settings, 1.0 - look_error(len(sizes)))
        if not places:
            break


def _unsettled(
    table: pd.DataFrame, places: Sequence[int], settings: Settings, confidence: float
) -> list[int]:
    """The settings whose question is open; those with failed runs stay as they are."""
    names, share = [one.name for one in settings.arms], settings.config.smallest_effect
    out = []
    mine = table[table["firm"].isin(settings.focus)]
    by_setting = dict(list(mine.groupby("setting")))
    for n in places:
        rows = by_setting[n]
        if (rows["status"] == FAILED).any():
            continue
        for _, of_firm in rows.groupby("firm"):
            wide = of_firm.pivot(index="arm", columns="seed", values="profit").loc[names]
            revenue = of_firm.loc[of_firm["arm"] == names[0], "revenue"].mean()
            if not is_settled(wide.to_numpy(), share * float(revenue), confidence):
                out.append(n)
                break
    return out


def _table(settings: Settings, found: _Found, started: Engine) -> pd.DataFrame:
    """The tidy table of a sweep; see :func:`sweep`."""
    known = pd.DataFrame(vars(found))
    known["reason"] = [
        reason or started.reason(run) for reason, run in zip(found.reason, found.run, strict=True)
    ]
    known["status"] = np.where(known["reason"] == "", DONE, FAILED)
    done = known.loc[known["status"] == DONE, "run"].unique().tolist()
    try:
        stored = started.store.table("runs", done)
    except KeyError:
        raise ConfigError(
            "runs of the sweep were removed from the store meanwhile; run it again."
        ) from None
    values = stored.select(["key", "firm", *KPIS]).to_pandas()
    values = values.astype({"key": str, "firm": str})
    firms = pd.DataFrame({"firm": list(in_id_order(settings.config.firms))})
    rows = known.merge(firms, how="cross")
    rows = rows.merge(values.rename(columns={"key": "run"}), on=["run", "firm"], how="left")
    parameters = settings.sample.drop(columns=SEED, errors="ignore")
    parameters = parameters.reindex(rows["setting"]).reset_index(drop=True)
    front = ["arm", "seed", "firm", "run", "status", "reason"]
    out = pd.concat([rows[["setting"]], parameters, rows[[*front, *KPIS]]], axis=1)
    return out.sort_values("setting", kind="stable", ignore_index=True)


# Functions


def _functions(
    function: Function, sample: pd.DataFrame, replicates: int, execution: Execution,
    progress: Progress | None,
) -> pd.DataFrame:  # fmt: skip
    if not callable(function):
        raise ConfigError(
            "sweep: needs a configuration from sim.load_config or a function, found {kind}.",
            kind=type(function).__name__,
        )  # fmt: skip
    takes_seed = "seed" in inspect.signature(function).parameters
    if replicates > 1 and not takes_seed:
        raise ConfigError(
            "replicates={count}: the function has no argument seed.", count=replicates
        )
    rows = sample.loc[np.repeat(np.arange(len(sample)), replicates)].reset_index(drop=True)
    setting = np.repeat(np.arange(len(sample)), replicates)
    if takes_seed and SEED not in rows:
        rows[SEED] = np.tile(np.arange(1, replicates + 1), len(sample))
    records = rows.to_dict("records")
    parts = [records[n : n + FUNCTION_ROWS] for n in range(0, len(records), FUNCTION_ROWS)]
    found: list[dict[str, Any]] = []
    # In this process one after another, as the function may not be made for threads.
    size = "threads=1" if execution.executor == "in_process" else "population.customers=1000"
    with workers(load_config(size), execution) as pool:
        for done in pool.map(partial(_evaluate, cloudpickle.dumps(function)), parts):
            if isinstance(done, str):
                raise ConfigError(
                    "the function {name} cannot be loaded by workers ({reason}); put it into a "
                    "module that they can import, or use executor=in_process.",
                    name=shown(getattr(function, "__name__", function)), reason=as_message(done),
                )  # fmt: skip
            found += done
            if progress is not None:
                progress(len(done), len(records))
    outcomes = pd.DataFrame(found)
    front = pd.DataFrame({"setting": setting})
    return pd.concat([front, rows, outcomes], axis=1)


def _evaluate(pickled: bytes, rows: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]] | str:
    """Evaluate a function; an error in it is an outcome with its reason. If the function cannot be
    loaded, returns why."""
    try:
        function = pickle.loads(pickled)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    out: list[dict[str, Any]] = []
    for row in rows:
        try:
            value = function(**row)
            values = dict(value) if isinstance(value, Mapping) else {VALUE: float(value)}
            out.append({"status": DONE, "reason": ""} | values)
        except Exception as error:
            out.append({"status": FAILED, "reason": f"{type(error).__name__}: {error}"})
    return out
