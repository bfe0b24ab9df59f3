"""Compare plans and other arms on common random numbers: replicate r of every arm shares a seed.

Replicates are added until the stopping rule is met or a cap is reached. Interim looks at growing
data raise the error rate above that of a single look; the intervals are corrected for it
(:data:`LOOK_ERROR`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.config.checks import refuse_last_seeds
from sim.config.compose import checked
from sim.config.schema import Config
from sim.kpis import KPIS, Window, over, weekly
from sim.ledger.accounts import CASH
from sim.market.plan import share_start
from sim.outcomes.paired import Paired, lead_changes, paired
from sim.outcomes.run import MOST_SHOWN, TOUCHES, periods, years
from sim.params import (
    ConfigError,
    declared,
    in_id_order,
    one_of,
    real_number,
    shown,
    whole_number,
)
from sim.rules.units import YEAR
from sim.runs import bar
from sim.runs.arms import Arm, Spec, arms
from sim.runs.bar import Progress
from sim.runs.engine import engine
from sim.runs.executors import Execution
from sim.runs.jobs import HORIZONS, Job, focus
from sim.runs.record import ArmResult

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = ("profit", "revenue", "awareness", "repeat_rate", "churn")
"""KPIs of the short table; the stored table contains all KPIs."""

RUNOFF = 2 * YEAR
"""Weeks simulated after a horizon in which the firm has stopped."""

FIRST_LOOK = 10
"""Replicates at the first look; every later look doubles them, up to the cap."""

WORST = 0.1
"""Share of replicates that form the worst tenth."""


LOOK_ERROR = (0.05, 0.0373, 0.0298, 0.0248, 0.0213, 0.0186, 0.0164, 0.0147)
"""Error rate of the interval at every look, by number of planned looks, each at twice the data.

If stopping is independent of the error, an interval misses with this probability; if one could
always stop at the most misleading look, it misses with the larger probability that any look does.
The values make the mean of the two probabilities five per cent (for normal means; a test recomputes
them).
"""


def look_error(planned: int) -> float:
    """Error rate of the interval at every look, given the number of planned looks."""
    return LOOK_ERROR[min(planned, len(LOOK_ERROR)) - 1]


@dataclass(frozen=True)
class Standing:
    """Standing of an arm among all arms, in profit of one firm over the whole run.

    Attributes:
        mean: mean over replicates.
        best: probability of being the best arm.
        regret: mean shortfall against the best arm of each replicate.
        worst: mean of the worst tenth of replicates.
        horizons: profit after 1, 3 and 5 years, as far as the run extends.
        runoff: the same after two further years in which the firm has stopped and its rivals go on.
    """

    arm: str
    mean: float
    best: float
    regret: float
    worst: float
    horizons: dict[int, float]
    runoff: dict[int, float]


@dataclass(frozen=True)
class Comparison:
    """Result of a comparison of two or more arms on common random numbers.

    Attributes:
        config: as resolved, with one start date for all arms.
        arms: names, in the order given; differences are against the first.
        focus: firms named in plans and overrides, whose profit is compared.
        firms: all firms, in order of ids.
        seeds: of the replicates.
        runs: results, [arm][replicate].
        interim_looks: replicates at each look that was taken; the last look is reported.
        planned: number of planned looks.
        verdict: reason for stopping, ``settled`` or ``cap``.
        smallest_effect: smallest effect of interest by focus firm, in money.
        contrasts: pairs of arms whose difference is the question; none: the best and the others.
    """

    config: Config
    arms: tuple[str, ...]
    focus: tuple[str, ...]
    firms: tuple[str, ...]
    seeds: tuple[int, ...]
    runs: tuple[tuple[ArmResult, ...], ...]
    interim_looks: tuple[int, ...]
    planned: int
    verdict: str
    smallest_effect: dict[str, float] = field(default_factory=dict)
    contrasts: tuple[tuple[str, str], ...] = ()

    @property
    def replicates(self) -> int:
        """Number of replicates of every arm."""
        return len(self.seeds)

    @property
    def confidence(self) -> float:
        """Level of an interval at one look, such that the reported interval holds with 95 %."""
        return 1.0 - look_error(self.planned)

    @property
    def touches(self) -> tuple[str, ...]:
        """Names of the last touches, in the order of ``ArmResult.sources``."""
        return (*TOUCHES, *in_id_order(self.config.activities))

    def windows(self, first: int = 0, last: int | None = None) -> list[list[Window]]:
        """Weeks ``first`` to ``last`` - 1 (from 0) of every arm and replicate, [arm][replicate]."""
        span = self.config.measurement.window
        return [[over(one.accounts[first:last], span) for one in arm] for arm in self.runs]

    def values(self, kpi: str, first: int = 0, last: int | None = None) -> np.ndarray:
        """A KPI over a window, float64 [arm, replicate, firm].

        Raises:
            ConfigError: there is no such KPI.
        """
        function = KPIS[one_of(kpi, "kpi", KPIS)].function
        return np.array([[function(w) for w in arm] for arm in self.windows(first, last)])

    def paths(self, kpi: str) -> np.ndarray:
        """A KPI week by week, float64 [arm, replicate, week, firm]."""
        span, function = self.config.measurement.window, KPIS[one_of(kpi, "kpi", KPIS)].function
        return np.array([[function(weekly(o.accounts, span)) for o in arm] for arm in self.runs])

    def result(
        self, kpi: str, firm: str, year: int | None = None, b: int = 1, a: int = 0
    ) -> Paired:
        """The paired result for a KPI of a firm in a year (None: the whole run), arm b against a.

        Raises:
            ConfigError: there is no such KPI, firm or year.
        """
        spans = {str(y): (f, n) for y, f, n in periods(self.config.weeks)}
        first, last = spans[one_of(str(year), "year", spans)]
        values = self.values(kpi, first, last)[:, :, self._row(firm)]
        return paired(values[a], values[b], KPIS[kpi].better, self.confidence)

    def _row(self, firm: str) -> int:
        return self.firms.index(one_of(firm, "firm", self.firms))

    def order(self, firm: str) -> list[int]:
        """Arms by mean profit over the whole run, the best first."""
        means = self.values("profit")[:, :, self._row(firm)].mean(axis=1)
        return [int(n) for n in np.argsort(-means, kind="stable")]

    def pairs(self, firm: str) -> list[tuple[int, int]]:
        """Pairs of arms that the answer compares: the contrasts, else the two best by mean profit
        in the order of the arms."""
        if self.contrasts:
            return [(self.arms.index(a), self.arms.index(b)) for a, b in self.contrasts]
        first, second = sorted(self.order(firm)[:2])
        return [(first, second)]

    def lead_spells(self, firm: str, b: int = 1, a: int = 0) -> list[tuple[int, str]]:
        """Spells of the lead in cumulative profit: (first week, from 1; leading arm)."""
        cash = self.paths("profit")[..., self._row(firm)].cumsum(axis=2)
        names = {"a": self.arms[a], "b": self.arms[b]}
        return [(w, names[who]) for w, who in lead_changes(cash[a], cash[b])]

    def horizon(self, year: int, runoff: bool) -> np.ndarray:
        """Cumulative profit at a horizon, float64 [arm, replicate, firm]; NaN beyond the run.

        Args:
            year: one of HORIZONS.
            runoff: whether to include two further years in which the firm has stopped and its
                rivals go on; NaN for firms that are not in focus.
        """
        profit = np.full((len(self.arms), self.replicates, len(self.firms)), np.nan)
        if year * YEAR > self.config.weeks:
            return profit
        at = [y for y in HORIZONS if y * YEAR <= self.config.weeks].index(year)
        firms = [self.firms.index(f) for f in self.focus] if runoff else slice(None)
        profit[:, :, firms] = [
            [o.runoff[at] if runoff else o.accounts[year * YEAR - 1, :-1, CASH] for o in arm]
            for arm in self.runs
        ]
        return profit / 100.0

    def standings(self, firm: str) -> list[Standing]:
        """Standing of every arm, in the order of arms."""
        f = self._row(firm)
        profit = self.values("profit")[:, :, f]
        top = profit.max(axis=0)
        ties = profit == top
        few = max(1, round(WORST * self.replicates))
        reached = [y for y in HORIZONS if y * YEAR <= self.config.weeks]
        return [
            Standing(
                arm=name,
                mean=float(profit[n].mean()),
                best=float((ties[n] / ties.sum(axis=0)).mean()),
                regret=float((top - profit[n]).mean()),
                worst=float(np.sort(profit[n])[:few].mean()),
                horizons={y: float(self.horizon(y, False)[n, :, f].mean()) for y in reached},
                runoff={y: float(self.horizon(y, True)[n, :, f].mean()) for y in reached},
            )
            for n, name in enumerate(self.arms)
        ]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The whole run: one row per (arm, firm, KPI), with differences against the first arm."""
        import pandas as pd

        rows = [row for name, kpi in KPIS.items() for row in self._rows(name, self.values(name),
                kpi.better)]  # fmt: skip
        return pd.DataFrame(rows)

    @cached_property
    def yearly(self) -> pd.DataFrame:
        """The years: one row per (arm, firm, KPI, year), with differences against the first
        arm."""
        import pandas as pd

        rows = [
            row
            for name, kpi in KPIS.items()
            for year, first, last in years(self.config.weeks)
            for row in self._rows(name, self.values(name, first, last), kpi.better, year=year)
        ]
        return pd.DataFrame(rows)

    @cached_property
    def horizons(self) -> pd.DataFrame:
        """Profit from the first week to 1, 3 and 5 years, as far as the run extends: one row per
        (arm, firm, ``profit_to_date`` or ``profit_runoff``, years). The latter includes two further
        years in which the firm has stopped and its rivals go on, for the firms in focus."""
        import pandas as pd

        rows = [
            row
            for years_run in HORIZONS
            if years_run * YEAR <= self.config.weeks
            for name, runoff in (("profit_to_date", False), ("profit_runoff", True))
            for row in self._rows(name, self.horizon(years_run, runoff), 1, years=years_run)
        ]
        columns = ["arm", "firm", "kpi", "years", *Paired.__annotations__]
        return pd.DataFrame(rows, columns=columns)

    def _rows(
        self, kpi: str, values: np.ndarray, better: int, **period: int
    ) -> list[dict[str, object]]:
        return [
            {"arm": self.arms[n], "firm": firm, "kpi": kpi}
            | period
            | vars(paired(values[0, :, f], values[n, :, f], better, self.confidence))
            for n in range(1, len(self.arms))
            for f, firm in enumerate(self.firms)
        ]

    @cached_property
    def replicate_table(self) -> pd.DataFrame:
        """The whole run: one row per (arm, seed, firm), one column per KPI."""
        return self._replicates(0, self.config.weeks)

    @cached_property
    def replicate_yearly(self) -> pd.DataFrame:
        """The years: one row per (arm, seed, firm, year), one column per KPI."""
        import pandas as pd

        frames = [
            self._replicates(first, last, year=year)
            for year, first, last in years(self.config.weeks)
        ]
        return pd.concat(frames, ignore_index=True)

    def _replicates(self, first: int, last: int, **period: int) -> pd.DataFrame:
        import pandas as pd

        frames = []
        for n, arm in enumerate(self.windows(first, last)):
            for seed, window in zip(self.seeds, arm, strict=True):
                columns = {name: k.function(window) for name, k in KPIS.items()}
                place = {"arm": self.arms[n], "seed": seed, "firm": list(self.firms)} | period
                frames.append(pd.DataFrame(place | columns))
        return pd.concat(frames, ignore_index=True)

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self._summary()}"

    def _repr_html_(self) -> str:
        return f"<p>{self._heading()}</p>\n{self._summary().to_html(index=False)}"

    def _heading(self) -> str:
        settled = "settled" if self.verdict == "settled" else "not settled"
        return (
            f"Comparison: {self.replicates} paired runs of {self.config.weeks} weeks, {settled}; "
            "low to high: 95 % interval of the difference"
        )

    def _summary(self) -> pd.DataFrame:
        """Profit of each arm over the whole run, for the firms compared."""
        import pandas as pd

        rows = []
        for firm in self.focus:
            for n, name in enumerate(self.arms):
                r = self.result("profit", firm, b=n)
                rows.append({"firm": firm, "arm": name, "profit": r.b, "difference": r.difference,
                             "low": r.low, "high": r.high})  # fmt: skip
        return pd.DataFrame(rows).head(MOST_SHOWN).round()


def compare(
    config: Config,
    *specs: Spec | Mapping[str, Spec],
    replicates: int | None = None,
    smallest_effect: float | None = None,
    store: str | Path | None = None,
    processes: Execution | bool = False,
    progress: bool | Progress | None = None,
    contrasts: Sequence[tuple[str, str]] = (),
) -> Comparison:
    """Run all arms on common random numbers until the stopping rule is met.

    The question is which arm earns the focus firms most over the whole run. The rule is met when,
    for each of them, every other arm is worse than the best one by more than the smallest effect
    of interest, or differs from it by less. With ``contrasts`` the question is which arm of each
    pair earns more, and the rule is met when each pair differs by more or by less than that.

    Args:
        config: from :func:`sim.load_config`.
        specs: arms: plans by name or path, words such as ``("ad_blitz", "talk.rate=0")``, None for
            the declared budgets, or one mapping of names to these.
        replicates: maximum number of replicates; the configuration's if None.
        smallest_effect: smallest effect of interest, as a share of the firm's revenue; 0 runs the
            maximum number of replicates. The configuration's if None.
        store: folder of stored runs; in memory if None.
        processes: True for processes on this machine instead of threads, or an
            :class:`~sim.runs.executors.Execution` for other workers.
        progress: True for a bar on standard error, or a function called with the number of
            replicates just finished and the number needed for the next look.
        contrasts: pairs of names of arms.

    Raises:
        ConfigError: the configuration, an arm or a number is wrong.
    """
    config, known, folder = checked(config), declared(Config), as_folder(store)
    cap, share = config.replicates, config.smallest_effect
    if replicates is not None:
        low, high = known["replicates"].low, known["replicates"].high
        cap = whole_number(replicates, "replicates", int(low), int(high))
    if smallest_effect is not None:
        low, high = known["smallest_effect"].low, known["smallest_effect"].high
        share = real_number(smallest_effect, "smallest_effect", low, high)
    refuse_last_seeds(config.seed, cap)
    given = specs[0] if len(specs) == 1 and isinstance(specs[0], Mapping) else specs
    found = arms(given, config)  # type: ignore[arg-type]
    for name in (name for pair in contrasts for name in pair):
        one_of(name, "arm", [a.name for a in found])
    config = replace(config, replicates=cap, smallest_effect=share)
    config = share_start(config, [a.plan for a in found])
    sample = Job(config, found, config.seed, RUNOFF, focus(config, found))
    interim_looks: list[int] = []
    finished: list[list[ArmResult]] = []
    with engine(config, folder, processes) as runs, bar.shown(progress) as told:
        sizes = look_sizes(cap) if share > 0 else [cap]
        for count in sizes:
            seeds = tuple(range(config.seed, config.seed + count))
            tell = told and partial(of_all, told, count)
            new = [replace(sample, seed=seed) for seed in seeds[len(finished) :]]
            finished += [runs.results(one) for one in runs.complete(new, tell)]
            interim_looks.append(count)
            comparison = _comparison(
                config, found, seeds, finished, interim_looks, len(sizes), share, tuple(contrasts)
            )
            if comparison.verdict == "settled":
                break
    return comparison


def of_all(progress: Progress, total: int, done: int, _: int) -> None:
    """Report progress towards all replicates of the next look, instead of those it adds."""
    progress(done, total)


def as_folder(store: str | Path | None) -> Path | None:
    """The folder of stored runs as a path.

    Raises:
        ConfigError: it is neither text nor a path.
    """
    if store is not None and not isinstance(store, str | Path):
        raise ConfigError("store={store}: needs the path of a folder.", store=shown(store))
    return Path(store) if store else None


def _comparison(
    config: Config,
    found: Sequence[Arm],
    seeds: tuple[int, ...],
    replicates: Sequence[list[ArmResult]],
    interim_looks: Sequence[int],
    planned: int,
    share: float,
    contrasts: tuple[tuple[str, str], ...],
) -> Comparison:
    firms = tuple(in_id_order(config.firms))
    out = Comparison(
        config, tuple(a.name for a in found), focus(config, found), firms, seeds,
        tuple(tuple(r[n] for r in replicates) for n in range(len(found))), tuple(interim_looks),
        planned, "cap", contrasts=contrasts,
    )  # fmt: skip
    revenue = out.values("revenue")
    smallest_effect = {f: share * float(revenue[0, :, firms.index(f)].mean()) for f in out.focus}
    out = replace(out, smallest_effect=smallest_effect)
    profit = out.values("profit")
    done = share > 0 and all(
        is_settled(
            profit[:, :, firms.index(f)],
            smallest_effect[f],
            out.confidence,
            out.pairs(f) if contrasts else (),
        )
        for f in out.focus
    )
    return replace(out, verdict="settled" if done else "cap")


def look_sizes(cap: int, first: int = FIRST_LOOK) -> list[int]:
    """Replicates at each look: ``first``, then doubled at every look, up to the cap."""
    out = [min(first, cap)]
    while out[-1] < cap:
        out.append(min(cap, 2 * out[-1]))
    return out


def is_settled(
    profit: np.ndarray, smallest_effect: float, confidence: float,
    pairs: Sequence[tuple[int, int]] = (),
) -> bool:  # fmt: skip
    """Stopping rule: every other arm is clearly worse than the best, or equal to it in practice.

    Clearly worse means by more than the smallest effect; equal means different by less. With
    ``pairs``, the arms of each pair are clearly different or equal.

    Args:
        profit: float64 [arm, replicate].
        smallest_effect: smallest effect of interest, in money.
        confidence: level of the look; its error is divided among the differences that are judged.
        pairs: arms to be compared with each other; none: the best with all others.
    """
    best, *others = np.argsort(-profit.mean(axis=1), kind="stable").tolist()
    judged = list(pairs) or [(other, best) for other in others]
    level = 1.0 - (1.0 - confidence) / len(judged)
    return all(
        is_larger(gap, smallest_effect) or is_equal(gap, smallest_effect)
        for gap in (paired(profit[a], profit[b], 1, level) for a, b in judged)
    )


def is_larger(gap: Paired, smallest_effect: float) -> bool:
    """Whether a difference, in either direction, is clearly larger than the smallest effect."""
    return gap.low > smallest_effect or gap.high < -smallest_effect


def is_equal(gap: Paired, smallest_effect: float) -> bool:
    """Whether a difference is clearly smaller than the smallest effect."""
    return gap.high < smallest_effect and gap.low > -smallest_effect
