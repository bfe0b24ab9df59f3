"""Claims: test each claim, and by ablation whether the proposed mechanism mediates the effect.

Both arms run on common random numbers, with the mechanism and without it. A claim holds if the
95 % interval of its effect lies beyond the smallest effect of interest, fails if the interval lies
short of it, and is undecided otherwise. Without the mechanism the arms must still differ in the
firms' actions; the share of the effect that remains says how much the mechanism mediates.
Where a claim has an axis, both arms also run at each of its values, and the result is where the
sign flips. Claims that await a mechanism or a search are left out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from sim.config.compose import override
from sim.config.schema import Config
from sim.experiments.flips import Flip, find_flip
from sim.experiments.scenarios import Claim, Cohort, Expected, Scenario
from sim.kpis import KPIS, over, revenue, weekly
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS
from sim.market.plan import share_start
from sim.outcomes.paired import Paired, paired
from sim.params import ConfigError, in_id_order, nearest
from sim.rules.units import QUARTER
from sim.runs.arms import Arm
from sim.runs.bar import Progress
from sim.runs.engine import Batch, Engine, Runs, given_or_new
from sim.runs.engine import runs as work_of
from sim.runs.jobs import Job
from sim.runs.record import ArmResult

REPLICATES = 8
"""Replicates of each arm."""

QUICK = 2
"""Replicates of each arm in quick mode, which omits the ablations."""

DONE = (
    acc.SPEND, acc.HOURS, acc.HUNT_HOURS, acc.MARKET_DEPARTMENT_HOURS, acc.MARKETING_HOURS,
    acc.MISPLACED, acc.REVIEW_HOURS, acc.SCREENING, acc.COUNTED,
)  # fmt: skip
"""Accounts of a firm's actions, as opposed to their outcomes."""

DIFFERENT = 0.05
"""Arms whose actions differ by less than this count as equal."""

CARRIED = 0.25
"""The mechanism mediates the effect if less than this share remains, in either direction."""


@dataclass(frozen=True)
class ClaimResult:
    """Result of a claim in one market.

    Attributes:
        effect: first arm minus second, or the figure that the claim's path defines.
        smallest_effect: smallest effect of interest, in the unit of the effect.
        without: effect without the mechanism; None where nothing was ablated.
        left: share of the effect that remains without the mechanism, with its 95 % interval.
        done: remaining difference in the firms' actions (:meth:`ClaimMeasure.done`).
        flip: where along the claim's axis the sign flips; None without an axis.
    """

    scenario: str
    claim: Claim
    market: str
    effect: Paired
    smallest_effect: float
    without: Paired | None
    left: tuple[float, float, float]
    done: float
    flip: Flip | None = None

    def __repr__(self) -> str:
        effect = self.effect
        return (
            f"ClaimResult: {self.claim.id} in {self.market} {self.verdict}, effect "
            f"{effect.difference:.4g} ({effect.low:.4g} to {effect.high:.4g})"
        )

    @property
    def verdict(self) -> str:
        """Verdict on the claim: ``holds``, ``fails`` or ``undecided``."""
        return judge(self.effect, self.claim.expect, self.smallest_effect)

    @property
    def rival(self) -> str:
        """Verdict on the rival theory's expectation: ``holds``, ``fails`` or ``undecided``."""
        return judge(self.effect, self.claim.rival_expect, abs(self.smallest_effect))

    @property
    def beyond(self) -> float:
        """Distance of the mean effect beyond the smallest effect, in the expected direction; below
        0 if it falls short."""
        return self.claim.expect.beyond(self.effect.difference, self.smallest_effect)

    @property
    def error(self) -> float:
        """Standard error of the mean effect."""
        t = float(stats.t.ppf(0.975, max(1, self.effect.pairs - 1)))
        return (self.effect.high - self.effect.low) / (2.0 * t)

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the mean effect, tested against the smallest effect."""
        if not self.error > 0.0:
            return 0.0 if self.beyond else 1.0
        return 2.0 * float(stats.t.sf(abs(self.beyond) / self.error, self.effect.pairs - 1))

    @property
    def single(self) -> float:
        """Probability that a single pair of runs lies beyond the smallest effect, at the declared
        parameter values."""
        spread = self.error * np.sqrt(self.effect.pairs)
        return float(stats.norm.cdf(self.beyond / spread)) if spread > 0.0 else float(
            self.beyond > 0.0
        )  # fmt: skip

    @property
    def carried(self) -> str:
        """Whether the mechanism mediates the effect.

        ``yes``, ``no``, ``reversed`` (without the mechanism the effect has the opposite sign),
        ``undecided``, or ``-`` where there is no effect to mediate, or where the arms no longer
        differ in the firms' actions.
        """
        if self.verdict != "holds" or not self.done >= DIFFERENT or not self.claim.expect.sign:
            return "-"
        _, low, high = self.left
        if low > -CARRIED and high < CARRIED:
            return "yes"
        return "no" if low >= CARRIED else "reversed" if high <= -CARRIED else "undecided"


def judge(effect: Paired, expect: Expected, smallest_effect: float) -> str:
    """Verdict on an effect: ``holds``, ``fails`` or ``undecided``.

    An effect holds if its interval lies beyond the expected level by the smallest effect or, where
    no difference is expected, within the smallest effect of that level.
    """
    low, high = sorted((expect.margin(effect.low), expect.margin(effect.high)))
    if expect.sign == 0:
        inside = effect.low <= expect.level <= effect.high
        return (
            "holds"
            if low > -smallest_effect
            else "fails"
            if high < -smallest_effect and not inside
            else ("undecided")
        )
    return "holds" if low > smallest_effect else "fails" if high < smallest_effect else "undecided"


def discoveries(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Flag the verdicts that remain significant when the false discovery rate is controlled.

    The procedure is that of Benjamini & Yekutieli (2001, Annals of Statistics 29:1165-1188) for
    dependent tests.

    Args:
        p_values: :attr:`ClaimResult.p_value` of each; NaN is never significant.
        level: false discovery rate.
    """
    chances = np.asarray(p_values, float)
    known = np.isfinite(chances)
    out = np.zeros(len(chances), bool)
    if known.any():
        out[known] = stats.false_discovery_control(chances[known], method="by") <= level
    return out.tolist()


def examine(
    scenario: Scenario,
    *overrides: str,
    runs: Engine | None = None,
    replicates: int = REPLICATES,
    ablate: bool = True,
    progress: Progress | None = None,
) -> list[ClaimResult]:
    """Test the claims of a scenario, each in every market it covers.

    Args:
        overrides: ``key=value`` changes of the configuration all arms share.
        replicates: replicates of each arm, with each mechanism and without.
        ablate: whether to run the ablations as well.
        runs: engine that completes the runs (:func:`sim.runs.engine.engine`); one in this process,
            without a store, if None.
        progress: called with the number of replicates just finished and their total number.

    Raises:
        ConfigError: an override or an arm is wrong.
    """
    with given_or_new(runs, scenario.config(*overrides)) as runs:
        started = begin(scenario, *overrides, runs=runs, replicates=replicates, ablate=ablate)
        return started.results(progress)


def begin(
    scenario: Scenario, *overrides: str, runs: Engine, replicates: int, ablate: bool
) -> Examination:  # fmt: skip
    """Submit all runs that :func:`examine` needs, without waiting for them.

    Raises:
        ConfigError: an override or an arm is wrong.
    """
    parts = []
    for market in scenario.markets:
        here = [c for c in scenario.claims if market in c.examined_in]
        config = scenario.config(*overrides, market=market)
        if not here:
            continue
        _check_firms(scenario, here, config)
        arms = used(scenario.arms_in(config, market), here)
        with_all = submit_runs(config, arms, replicates, runs)
        without = {}
        links = dict.fromkeys(claim.ablate for claim in here if claim.ablate)
        for link in links if ablate else ():
            less = scenario.config(*overrides, *link, market=market)
            about = [claim for claim in here if claim.ablate == link]
            arms = used(scenario.arms_in(less, market), about)
            without[link] = submit_runs(less, arms, replicates, runs)
        along = {
            c.id: _along(scenario, c, market, config, replicates, runs) for c in here if c.axis
        }
        parts.append(Part(market, config, here, with_all, without, along))
    return Examination(scenario, parts)


def _along(
    scenario: Scenario, claim: Claim, market: str, config: Config, replicates: int, runs: Engine
) -> list[PendingRuns]:
    """Submit the runs of a claim at each value of its axis."""
    assert claim.axis is not None
    out = []
    for value in claim.axis.values:
        there = override(config, *claim.axis.words(config, value)) if value != 1.0 else config
        arms = used(scenario.arms_in(there, market), [claim])
        out.append(submit_runs(there, arms, replicates, runs))
    return out


def _check_firms(scenario: Scenario, claims: Sequence[Claim], config: Config) -> None:
    """Refuse claims about a firm that is not in the market, before anything runs."""
    for claim in claims:
        if claim.firm not in config.firms:
            raise ConfigError(
                "scenario {name}, claim {claim}: firm={firm}: not in this market; allowed "
                "{allowed}.{hint}",
                name=scenario.name, claim=claim.id, firm=claim.firm, allowed=[*config.firms],
                hint=nearest(str(claim.firm), config.firms),
            )  # fmt: skip


@dataclass(frozen=True)
class PendingRuns:
    """Replicates of some arms, finished or still running."""

    arms: Sequence[Arm]
    work: Sequence[Runs]
    batch: Batch
    engine: Engine

    def wait(self) -> list[list[ArmResult]]:
        """Wait for the results, [replicate][arm]."""
        self.engine.finish(self.batch)
        return [self.engine.results(one) for one in self.work]


@dataclass(frozen=True)
class Part:
    """Runs of a scenario in one of its markets: with all mechanisms, without each, and along the
    axis of each claim that has one."""

    market: str
    config: Config
    claims: list[Claim]
    with_all: PendingRuns
    without: dict[tuple[str, ...], PendingRuns]
    along: dict[str, list[PendingRuns]]

    @property
    def pending(self) -> list[PendingRuns]:
        """All runs of the part."""
        axes = [one for runs in self.along.values() for one in runs]
        return [self.with_all, *self.without.values(), *axes]


@dataclass(frozen=True)
class Examination:
    """A scenario whose runs have all been submitted."""

    scenario: Scenario
    parts: list[Part]

    def results(self, progress: Progress | None = None) -> list[ClaimResult]:
        """Wait for the runs and evaluate the claims; ``progress`` as for :func:`examine`."""
        every = [one for part in self.parts for one in part.pending]
        goal = sum(one.batch.total for one in every)
        for one in every if progress else ():
            one.batch.tell(progress, goal)
        out = []
        for part in self.parts:
            runs = part.with_all.wait()
            less = {link: one.wait() for link, one in part.without.items()}
            for claim in part.claims:
                measure = ClaimMeasure(claim, part.config, part.with_all.arms)
                without = None
                if claim.ablate in less:
                    arms = part.without[claim.ablate].arms
                    without = ClaimMeasure(claim, part.config, arms), less[claim.ablate]
                found = _claim_result(self.scenario, claim, part.market, (measure, runs), without)
                if claim.axis:
                    found = replace(found, flip=_flip(claim, part))
                out.append(found)
        return out


def _flip(claim: Claim, part: Part) -> Flip:
    """Where the sign of a claim's effect flips along its axis."""
    assert claim.axis is not None
    effects = []
    for pending in part.along[claim.id]:
        measure = ClaimMeasure(claim, part.config, pending.arms)
        effects.append([measure.effect(run) for run in pending.wait()])
    return find_flip(claim.axis.values, np.array(effects), claim.expect.level)


def submit_runs(config: Config, arms: Sequence[Arm], replicates: int, runs: Engine) -> PendingRuns:
    """Submit the replicates of some arms that are not stored."""
    config = share_start(config, [a.plan for a in arms])
    sample = Job(config, tuple(arms), config.seed)
    seeds = range(config.seed, config.seed + replicates)
    work = list(work_of(replace(sample, seed=seed) for seed in seeds))
    return PendingRuns(arms, work, runs.submit(work, len(work)), runs)


def used(arms: Sequence[Arm], claims: Sequence[Claim]) -> list[Arm]:
    """The arms that these claims compare."""
    names = {name for claim in claims for name in (*claim.arms, *claim.against)}
    return [a for a in arms if a.name in names]


def _claim_result(
    scenario: Scenario, claim: Claim, market: str, of: tuple[ClaimMeasure, list[list[ArmResult]]],
    without: tuple[ClaimMeasure, list[list[ArmResult]]] | None,
) -> ClaimResult:  # fmt: skip
    """Evaluate a claim from the runs with its mechanism and without."""
    measure, runs = of
    effects = np.array([measure.effect(run) for run in runs])
    smallest_effect = measure.smallest_effect(runs)
    better = KPIS[claim.kpi].better
    effect = paired(np.zeros(len(effects)), effects, better)
    nan = float("nan")
    if without is None:
        return ClaimResult(
            scenario.id,
            claim,
            market,
            effect,
            smallest_effect,
            None,
            (nan, nan, nan),
            measure.done(runs),
        )
    measure, runs = without
    less = np.array([measure.effect(run) for run in runs])
    return ClaimResult(
        scenario.id, claim, market, effect, smallest_effect, paired(np.zeros(len(less)), less,
        better), _share_left(effects - claim.expect.level, less - claim.expect.level),
        measure.done(runs),
    )  # fmt: skip


class ClaimMeasure:
    """Computes a claim's effect from the results of its arms."""

    def __init__(self, claim: Claim, config: Config, arms: Sequence[Arm]) -> None:
        firms = list(in_id_order(config.firms))
        names = [a.name for a in arms]
        self.claim, self.span, self.f = claim, config.measurement.window, firms.index(claim.firm)
        self.at = [names.index(name) for name in claim.arms]
        self.against = [names.index(name) for name in claim.against]
        self.declared = any(
            not word.lstrip("+~").startswith(("firms.", "interventions."))
            for a in arms if a.name in claim.arms for word in a.overrides
        )  # fmt: skip

    def effect(self, run: list[ArmResult]) -> float:
        """Effect in one replicate, in the KPI's unit; for a payback, in weeks."""
        if self.claim.path:
            return self._path_effect(run)
        of = self.claim.cohort.of if self.claim.cohort else ""
        if of in ("within", "mix"):
            return self._decomposed(run, of)
        one, *two = (self._value(run, n, side) for side, n in enumerate(self.at))
        return one - sum(two)

    def smallest_effect(self, runs: list[list[ArmResult]]) -> float:
        """Smallest effect of interest, in the KPI's unit."""
        claim = self.claim
        if not claim.of:
            return claim.smallest_effect
        function = revenue if claim.of == "revenue" else KPIS[claim.kpi].function
        found = [self._kpi(run, self.at[-1], len(self.at) - 1, function) for run in runs]
        return claim.smallest_effect * abs(float(np.nanmean(found)))

    def done(self, runs: list[list[ArmResult]]) -> float:
        """Largest difference in any firm's actions up to the end of the claim's weeks.

        It is taken week by week, over accounts relative to their totals and over the share of the
        list price given away as discount. Arms in different markets differ wholly (1); NaN for a
        single arm.
        """
        if len(self.at) < 2:
            return float("nan")
        if self.declared:
            return 1.0
        last = max(last for _, last in self.claim.weeks)
        one, two = (np.array([run[n].accounts[:last, :-1] for run in runs], float) for n in self.at)
        apart = np.abs(one - two)[..., DONE].sum(axis=(0, 1))
        whole = np.maximum(one[..., DONE].sum(axis=(0, 1)), two[..., DONE].sum(axis=(0, 1)))
        given = [1.0 - w[..., acc.REVENUE] / np.maximum(1.0, w[..., acc.LIST_VALUE])
                 for w in (one, two)]  # fmt: skip
        sold = (one[..., acc.LIST_VALUE] > 0.0) & (two[..., acc.LIST_VALUE] > 0.0)
        gaps = np.abs(given[0] - given[1]) * sold
        prices = gaps.sum(axis=(0, 1)) / np.maximum(1, sold.sum(axis=(0, 1)))
        return max(float(prices.max()), float((apart / np.maximum(1.0, whole)).max()))

    def _weeks(self, values: np.ndarray, side: int) -> np.ndarray:
        first, last = self.claim.weeks[side]
        return values[first - 1 : last]

    def _kpi(self, run: list[ArmResult], n: int, side: int,
             function: Callable[..., np.ndarray]) -> float:  # fmt: skip
        window = over(self._weeks(run[n].accounts, side), self.span)
        return float(function(window)[self.f])

    def _value(self, run: list[ArmResult], n: int, side: int) -> float:
        function, claim = KPIS[self.claim.kpi].function, self.claim

        def of_arm(n: int) -> float:
            if claim.cohort is None:
                return self._kpi(run, n, side, function)
            window = over(self._cohort(run, n, side, claim.cohort), self.span)
            return float(function(window)[self.f])

        value = of_arm(n)
        if not self.against:
            return value
        base = of_arm(self.against[side])
        return value / base - 1.0 if claim.relative and base else value - base

    def _cohort(self, run: list[ArmResult], n: int, side: int, cohort: Cohort) -> np.ndarray:
        """Accounts restricted to these customers. Revenue and goods are their share in the units of
        the week, as prices of a week are the same for all but reps' discounts; accounts that are
        not split by cohort are 0."""
        split = 1 + -(-(cohort.week - 1) // QUARTER)  # quarters begun before that week
        quarters = np.s_[:split] if cohort.of == "before" else np.s_[split:]
        flows = run[n].cohorts[:, :, quarters].sum(axis=2)
        out = np.zeros((len(flows), flows.shape[1] + 1, len(ACCOUNTS)), np.int64)
        out[:, :-1, CUSTOMER_FLOWS] = flows
        share = out[..., acc.UNITS] / np.maximum(1, run[n].accounts[..., acc.UNITS])
        for account in (acc.REVENUE, acc.GOODS):
            out[..., account] = np.rint(share * run[n].accounts[..., account])
        if cohort.of == "since":  # earlier cohorts include customers older than the ledger
            come = out[..., (acc.ACQUIRED, acc.WON_BACK)].sum(axis=-1)
            gone = out[..., (acc.LAPSED, acc.EXITED, acc.REMOVED)].sum(axis=-1)
            out[..., acc.ACTIVE] = np.cumsum(come - gone, axis=0)
        return self._weeks(out, side)

    def _decomposed(self, run: list[ArmResult], of: str) -> float:
        """One part of the difference in a repeat rate: behaviour within earlier and later customers
        (``within``), or their shares (``mix``). The two add up to the whole difference."""
        assert self.claim.cohort is not None
        weight, rate = np.zeros((2, 2)), np.zeros((2, 2))
        for side, n in enumerate(self.at):
            for part, name in enumerate(("before", "since")):
                accounts = self._cohort(run, n, side, replace(self.claim.cohort, of=name))
                flow = accounts[:, self.f].sum(axis=0)
                weight[side, part] = flow[acc.WINDOW_BUYERS]
                rate[side, part] = flow[acc.WINDOW_REPEATERS] / max(1, flow[acc.WINDOW_BUYERS])
        share = weight / np.maximum(1.0, weight.sum(axis=1, keepdims=True))
        if of == "within":
            return float((share.mean(axis=0) * (rate[0] - rate[1])).sum())
        return float((rate.mean(axis=0) * (share[0] - share[1])).sum())

    def _path_effect(self, run: list[ArmResult]) -> float:
        one, two = (self._weekly_kpi(run, n, side) for side, n in enumerate(self.at))
        if not self.against:
            return self._path_figure(one - two)
        first, second = (self._weekly_kpi(run, n, side) for side, n in enumerate(self.against))
        return self._path_figure(one - first) - self._path_figure(two - second)

    def _weekly_kpi(self, run: list[ArmResult], n: int, side: int) -> np.ndarray:
        windows = weekly(self._weeks(run[n].accounts, side), self.span)
        return np.asarray(np.nan_to_num(KPIS[self.claim.kpi].function(windows)[:, self.f]))

    def _path_figure(self, gap: np.ndarray) -> float:
        ahead = np.cumsum(gap)
        valley = float(min(0.0, ahead.min()))
        if self.claim.path == "valley":
            return valley
        if self.claim.path == "dip":
            return min(-valley, float(ahead[-1]) - valley)
        behind = np.flatnonzero(ahead <= 0.0)
        return float(behind[-1] + 1 if len(behind) else 0)


def _share_left(effect: np.ndarray, without: np.ndarray) -> tuple[float, float, float]:
    """Ratio of the mean remaining effect to the mean effect, with its interval over replicates."""
    known = np.isfinite(effect) & np.isfinite(without)
    effect, without = effect[known], without[known]
    if len(effect) < 2 or effect.mean() == 0.0:
        return float("nan"), float("nan"), float("nan")
    share = float(without.mean() / effect.mean())
    if np.ptp(effect) == 0.0 and np.ptp(without) == 0.0:
        return share, share, share
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the ratio is undefined for an effect near zero
        found = stats.bootstrap(
            (without, effect), lambda a, b, axis: a.mean(axis=axis) / b.mean(axis=axis),
            paired=True, vectorized=True, n_resamples=2000, method="percentile",
            rng=np.random.default_rng(1),
        ).confidence_interval  # fmt: skip
    return share, float(found.low), float(found.high)
