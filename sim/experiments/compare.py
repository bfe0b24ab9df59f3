"""Compare two plans on shared luck: replicate r of both uses the same seed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.config import Config
from sim.kpis import KPIS
from sim.market.plan import Plan
from sim.model import World, find_plan, processors, share_start, simulate, start
from sim.outcomes.paired import Paired, lead_changes, paired
from sim.outcomes.run import Run, years
from sim.params import ConfigError

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = ("profit", "revenue", "awareness", "repeat_rate", "churn")
"""KPIs of the short table; the stored table has all."""


@dataclass(frozen=True)
class Comparison:
    """Two arms, the same luck.

    Attributes:
        config: as resolved, with one start date for both.
        arms: names of the plans, A then B.
        focus: firms the plans name: those whose fate is asked for.
        runs: the runs of each arm, [arm][pair].
    """

    config: Config
    arms: tuple[str, str]
    focus: tuple[str, ...]
    runs: tuple[tuple[Run, ...], tuple[Run, ...]]

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return len(self.runs[0])

    @property
    def firms(self) -> tuple[str, ...]:
        """All firms, in order of ids."""
        return self.runs[0][0].firms

    def values(self, kpi: str, first: int = 0, last: int | None = None) -> np.ndarray:
        """A KPI over a window, float64 [arm, pair, firm]."""
        function = KPIS[kpi].function
        return np.array([[function(r.window(first, last)) for r in runs] for runs in self.runs])

    def paths(self, kpi: str) -> np.ndarray:
        """A KPI week by week, float64 [arm, pair, week, firm]."""
        shape = (self.runs[0][0].ledger.weeks, len(self.firms))
        return np.array(
            [[r.weekly[kpi].to_numpy().reshape(shape) for r in runs] for runs in self.runs]
        )

    def result(self, kpi: str, firm: str, year: int = 0) -> Paired:
        """The paired result for a KPI of a firm in a year (0: the whole run)."""
        first, last = next((a, b) for y, a, b in years(self.config.weeks) if y == year)
        a, b = self.values(kpi, first, last)[:, :, self.firms.index(firm)]
        return paired(a, b, KPIS[kpi].better)

    def leads(self, firm: str) -> list[tuple[int, str]]:
        """Spells of the lead in profit to date: (week from 1, name of the leading plan)."""
        a, b = self.paths("profit")[..., self.firms.index(firm)].cumsum(axis=2)
        return [(w, self.arms[who == "b"]) for w, who in lead_changes(a, b)]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per (firm, KPI, year); year 0 is the whole run; differences are B - A."""
        import pandas as pd

        rows = []
        for name, kpi in KPIS.items():
            for year, first, last in years(self.config.weeks):
                a, b = self.values(name, first, last)
                for f, firm in enumerate(self.firms):
                    result = paired(a[:, f], b[:, f], kpi.better)
                    rows.append({"firm": firm, "kpi": name, "year": year} | vars(result))
        return pd.DataFrame(rows)

    @cached_property
    def replicates(self) -> pd.DataFrame:
        """One row per (plan, seed, firm, year), one column per KPI: what the table rests on."""
        import pandas as pd

        frames = [
            run.yearly.assign(plan=name, seed=run.seed)
            for name, runs in zip(self.arms, self.runs, strict=True)
            for run in runs
        ]
        table = pd.concat(frames, ignore_index=True)
        keys = ["plan", "seed"]
        return table[keys + [c for c in table.columns if c not in keys]]


def compare(
    config: Config,
    a: str | Path | Plan,
    b: str | Path | Plan,
    *,
    pairs: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Run two plans against each other on shared luck.

    Args:
        config: from :func:`sim.load_config`.
        a, b: plans by name or path.
        pairs: replicates of each; the configuration's if None.
        progress: called with the number of runs that have just finished.

    Raises:
        ConfigError: a plan is wrong, or both are the same file.
    """
    plans = [find_plan(word, config) for word in (a, b)]
    assert plans[0] is not None
    assert plans[1] is not None
    config = share_start(config, plans)
    pairs = config.pairs if pairs is None else pairs
    if pairs < 2:
        raise ConfigError(f"pairs={pairs} is out of bounds: allowed 2 to 10000 (pairs of runs).")
    single = replace(config, threads=1)

    def pair(replicate: int) -> list[Run]:
        before = start(single, config.seed + replicate)  # the warm-up, lived once for all plans
        return [finish(before.branch(plan=plan)) for plan in plans]

    def finish(world: World) -> Run:
        while world.week < config.weeks:
            world.step()
        if progress is not None:
            progress(1)
        return world.run()

    simulate(replace(single, weeks=1, warmup=0), plan=plans[0])  # compile before threads start
    with ThreadPoolExecutor(config.threads or processors()) as pool:
        runs = [run for both in pool.map(pair, range(pairs)) for run in both]
    names = _names(plans[0], plans[1])
    focus = tuple(dict.fromkeys([*plans[0].firms, *plans[1].firms]))
    return Comparison(config, names, focus, (tuple(runs[0::2]), tuple(runs[1::2])))


def _names(a: Plan, b: Plan) -> tuple[str, str]:
    """Names that tell the plans apart even if both files are called the same."""
    return (a.name, b.name) if a.name != b.name else (f"{a.name} (A)", f"{b.name} (B)")
