"""Claims: does what the theory says come out, and is it the link said to carry it that does?

Both arms are lived on shared luck, with the link and without. The effect holds if its 95 % interval
lies beyond the smallest difference that would matter, fails if it lies short of it, and is
undecided otherwise. Without the link the arms must still differ in what was done; the share of the
effect that is left says how much the link carries.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import stats

from sim.config.schema import Config
from sim.experiments.arms import Arm
from sim.experiments.replicates import (
    Job,
    Lived,
    Running,
    Store,
    gather,
    key,
    submit,
    worker_count,
    workers,
)
from sim.experiments.scenarios import Claim, Cohort, Expected, Scenario
from sim.kpis import KPIS, over, revenue, weekly
from sim.ledger import accounts as book
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS
from sim.market.plan import share_start
from sim.outcomes.paired import Paired, paired
from sim.params import in_id_order
from sim.rules.units import QUARTER

PAIRS = 8
"""Replicates of each arm."""

QUICK = 2
"""The same when in a hurry, with nothing ablated."""

DONE = (
    book.SPEND, book.HOURS, book.HUNT_HOURS, book.MARKET_HOURS, book.MARKETING_HOURS,
    book.MISPLACED, book.REVIEW_HOURS, book.SCREENING, book.COUNTED,
)  # fmt: skip
"""Accounts that say what a firm did, whatever came of it."""

DIFFERENT = 0.05
"""Arms that differ by less in what was done no longer differ."""

CARRIED = 0.25
"""Under this remaining share of the effect, in either direction, the link carried it."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Tested:
    """A claim as it came out in one world.

    Attributes:
        effect: first arm less second, or what the claim's path says. matters: in its unit.
        without: the effect with the link removed; None where nothing was ablated.
        left: share of the effect that is left then, and its 95 % interval.
        done: by how much the arms still differ in what was done (:meth:`Look.done`).
    """

    scenario: str
    claim: Claim
    world: str
    effect: Paired
    matters: float
    without: Paired | None
    left: tuple[float, float, float]
    done: float

    @property
    def verdict(self) -> str:
        """``holds``, ``fails`` or ``undecided``."""
        return judge(self.effect, self.claim.expect, self.matters)

    @property
    def rival(self) -> str:
        """The same for what the rival theory expects."""
        return judge(self.effect, self.claim.rival_expect, abs(self.matters))

    @property
    def beyond(self) -> float:
        """How far the mean lies beyond what matters where the claim expects it; below 0 if not."""
        return self.claim.expect.beyond(self.effect.difference, self.matters)

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        t = float(stats.t.ppf(0.975, max(1, self.effect.pairs - 1)))
        return (self.effect.high - self.effect.low) / (2.0 * t)

    @property
    def luck(self) -> float:
        """Chance of a mean so far on its side of what matters by luck alone, on either side."""
        if not self.error > 0.0:
            return 0.0 if self.beyond else 1.0
        return 2.0 * float(stats.t.sf(abs(self.beyond) / self.error, self.effect.pairs - 1))

    @property
    def single(self) -> float:
        """Chance that a single pair of runs lies beyond what matters, at the declared numbers."""
        spread = self.error * np.sqrt(self.effect.pairs)
        return float(stats.norm.cdf(self.beyond / spread)) if spread > 0.0 else float(
            self.beyond > 0.0
        )  # fmt: skip

    @property
    def carried(self) -> str:
        """Whether the link carries the effect: ``yes``, ``no``, ``reversed`` (without it the effect
        goes the other way), ``undecided``, or ``-`` where there is no effect to carry, or where the
        arms no longer differ in what was done."""
        if self.verdict != "holds" or not self.done >= DIFFERENT or not self.claim.expect.sign:
            return "-"
        _, low, high = self.left
        if low > -CARRIED and high < CARRIED:
            return "yes"
        return "no" if low >= CARRIED else "reversed" if high <= -CARRIED else "undecided"


def judge(effect: Paired, expect: Expected, matters: float) -> str:
    """Whether an effect is known to lie where it is expected: beyond the level by what matters, or,
    where no difference is expected, within what matters of it."""
    low, high = sorted((expect.margin(effect.low), expect.margin(effect.high)))
    if expect.sign == 0:
        inside = effect.low <= expect.level <= effect.high
        return "holds" if low > -matters else "fails" if high < -matters and not inside else (
            "undecided"
        )  # fmt: skip
    return "holds" if low > matters else "fails" if high < matters else "undecided"


def discoveries(luck: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which verdicts stay settled when at most this share of all that are settled may be luck
    (Benjamini & Yekutieli 2001, Annals of Statistics 29:1165-1188, for tests that depend on each
    other).

    Args:
        luck: :attr:`Tested.luck` of each.
    """
    chances = np.asarray(luck, float)
    known = np.isfinite(chances)
    out = np.zeros(len(chances), bool)
    if known.any():
        out[known] = stats.false_discovery_control(chances[known], method="by") <= level
    return out.tolist()


def examine(
    scenario: Scenario,
    *overrides: str,
    pairs: int = PAIRS,
    ablate: bool = True,
    store: Path | None = None,
    pool: Executor | None = None,
    progress: Progress | None = None,
) -> list[Tested]:
    """Examine the claims of a scenario, each in every world it is about.

    Args:
        overrides: ``key=value`` changes of what all arms share.
        pairs: replicates of each arm, with each link and without.
        ablate: whether to live everything without the links as well.
        store: folder in which replicates are kept and looked for.
        pool: who does the work (see :func:`sim.experiments.replicates.workers`); threads if None.
        progress: called with replicates just finished and their number in all.

    Raises:
        ConfigError: an override or an arm is wrong.
    """
    if pool is None:
        with workers(worker_count(scenario.config(*overrides)), processes=False) as pool:
            return examine(scenario, *overrides, pairs=pairs, ablate=ablate, store=store,
                           pool=pool, progress=progress)  # fmt: skip
    return begin(scenario, *overrides, pairs=pairs, ablate=ablate, store=store, pool=pool).tested(
        progress
    )


def begin(
    scenario: Scenario, *overrides: str, pairs: int, ablate: bool, store: Path | None,
    pool: Executor,
) -> Examination:  # fmt: skip
    """Have everything lived that :func:`examine` needs, without waiting for it.

    Raises:
        ConfigError: an override or an arm is wrong.
    """
    parts = []
    for world in scenario.worlds:
        here = [claim for claim in scenario.claims if world in claim.worlds]
        config = scenario.config(*overrides, world=world)
        if not here:
            continue
        arms = used(scenario.made(config, world), here)
        with_all = live(config, arms, pairs, store, pool)
        without = {}
        for link in dict.fromkeys(claim.ablate for claim in here) if ablate else ():
            less = scenario.config(*overrides, *link, world=world)
            about = [claim for claim in here if claim.ablate == link]
            arms = used(scenario.made(less, world), about)
            without[link] = live(less, arms, pairs, store, pool)
        parts.append(Part(world, config, here, with_all, without))
    return Examination(scenario, parts)


@dataclass(frozen=True)
class Lives:
    """Replicates of some arms that are known, or being lived."""

    arms: Sequence[Arm]
    seeds: range
    store: Store
    running: Running

    def wait(self, finished: Callable[[], None] | None = None) -> list[list[Lived]]:
        """Every arm of every replicate, [pair][arm]; ``finished`` is called for each replicate."""
        gather(self.running, self.store, finished)
        return [self.store.get(seed) for seed in self.seeds]


@dataclass(frozen=True)
class Part:
    """What is lived of a scenario in one of its worlds: with all links, and without each."""

    world: str
    config: Config
    claims: list[Claim]
    with_all: Lives
    without: dict[tuple[str, ...], Lives]


@dataclass(frozen=True)
class Examination:
    """A scenario of which everything is being lived."""

    scenario: Scenario
    parts: list[Part]

    def tested(self, progress: Progress | None = None) -> list[Tested]:
        """Wait, and tell how claims came out; ``progress`` as for :func:`examine`."""
        every = [one for part in self.parts for one in (part.with_all, *part.without.values())]
        goal = sum(len(one.seeds) for one in every)
        tell = progress or (lambda done, goal: None)
        tell(goal - sum(len(one.running) for one in every), goal)
        out = []
        for part in self.parts:
            lived = part.with_all.wait(lambda: tell(1, goal))
            less = {link: one.wait(lambda: tell(1, goal)) for link, one in part.without.items()}
            for claim in part.claims:
                look = Look(claim, part.config, part.with_all.arms)
                without = None
                if claim.ablate in less:
                    arms = part.without[claim.ablate].arms
                    without = Look(claim, part.config, arms), less[claim.ablate]
                out.append(_tested(self.scenario, claim, part.world, (look, lived), without))
        return out


def live(
    config: Config, arms: Sequence[Arm], pairs: int, store: Path | None, pool: Executor
) -> Lives:
    """Have arms lived."""
    config = share_start(config, [a.plan for a in arms])
    sample = Job(config, tuple(arms), config.seed, 0)
    kept, seeds = Store(store, f"claims-{key(sample)}"), range(config.seed, config.seed + pairs)
    jobs = [replace(sample, seed=seed) for seed in seeds]
    return Lives(arms, seeds, kept, submit(jobs, kept, pool))


def used(arms: Sequence[Arm], claims: Sequence[Claim]) -> list[Arm]:
    """The arms that claims are about."""
    names = {name for claim in claims for name in (*claim.arms, *claim.against)}
    return [a for a in arms if a.name in names]


def _tested(
    scenario: Scenario, claim: Claim, world: str, of: tuple[Look, list[list[Lived]]],
    without: tuple[Look, list[list[Lived]]] | None,
) -> Tested:  # fmt: skip
    """A claim, from what was lived with its link and without."""
    look, lived = of
    effects = np.array([look.effect(run) for run in lived])
    matters = look.matters(lived)
    better = KPIS[claim.kpi].better
    effect = paired(np.zeros(len(effects)), effects, better)
    nan = float("nan")
    if without is None:
        return Tested(
            scenario.id, claim, world, effect, matters, None, (nan, nan, nan), look.done(lived)
        )
    look, lived = without
    less = np.array([look.effect(run) for run in lived])
    return Tested(
        scenario.id, claim, world, effect, matters, paired(np.zeros(len(less)), less, better),
        _share_left(effects - claim.expect.level, less - claim.expect.level), look.done(lived),
    )  # fmt: skip


class Look:
    """How a claim looks at what was lived: the number it is about, arm by arm."""

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

    def effect(self, run: list[Lived]) -> float:
        """The effect in one replicate."""
        if self.claim.path:
            return self._path(run)
        of = self.claim.cohort.of if self.claim.cohort else ""
        if of in ("within", "mix"):
            return self._part(run, of)
        one, *two = (self._value(run, n, side) for side, n in enumerate(self.at))
        return one - sum(two)

    def matters(self, lived: list[list[Lived]]) -> float:
        """What matters, in the KPI's unit."""
        claim = self.claim
        if not claim.of:
            return claim.matters
        function = revenue if claim.of == "revenue" else KPIS[claim.kpi].function
        found = [self._kpi(run, self.at[-1], len(self.at) - 1, function) for run in lived]
        return claim.matters * abs(float(np.nanmean(found)))

    def done(self, lived: list[list[Lived]]) -> float:
        """By how much the arms differ in what any firm did until the end of the claim's weeks: week
        by week, the largest difference of an account relative to all of it, or of the share of list
        prices given away. Arms that live in different markets differ wholly."""
        if len(self.at) < 2:
            return float("nan")
        if self.declared:
            return 1.0
        last = max(last for _, last in self.claim.weeks)
        one, two = (
            np.array([run[n].accounts[:last, :-1] for run in lived], float) for n in self.at
        )
        apart = np.abs(one - two)[..., DONE].sum(axis=(0, 1))
        whole = np.maximum(one[..., DONE].sum(axis=(0, 1)), two[..., DONE].sum(axis=(0, 1)))
        given = [1.0 - w[..., book.REVENUE] / np.maximum(1.0, w[..., book.LIST_VALUE])
                 for w in (one, two)]  # fmt: skip
        sold = (one[..., book.LIST_VALUE] > 0.0) & (two[..., book.LIST_VALUE] > 0.0)
        gaps = np.abs(given[0] - given[1]) * sold
        prices = gaps.sum(axis=(0, 1)) / np.maximum(1, sold.sum(axis=(0, 1)))
        return max(float(prices.max()), float((apart / np.maximum(1.0, whole)).max()))

    def _weeks(self, values: np.ndarray, side: int) -> np.ndarray:
        first, last = self.claim.weeks[side]
        return values[first - 1 : last]

    def _kpi(self, run: list[Lived], n: int, side: int,
             function: Callable[..., np.ndarray]) -> float:  # fmt: skip
        window = over(self._weeks(run[n].accounts, side), self.span)
        return float(function(window)[self.f])

    def _value(self, run: list[Lived], n: int, side: int) -> float:
        function, claim = KPIS[self.claim.kpi].function, self.claim
        if claim.cohort is not None:
            value = float(
                function(over(self._cohort(run, n, side, claim.cohort), self.span))[self.f]
            )
        else:
            value = self._kpi(run, n, side, function)
        if self.against:
            value -= self._kpi(run, self.against[side], side, function)
        return value

    def _cohort(self, run: list[Lived], n: int, side: int, cohort: Cohort) -> np.ndarray:
        """Accounts that know of these customers only; of others there is nothing."""
        split = 1 + -(-(cohort.week - 1) // QUARTER)  # quarters begun before that week
        quarters = np.s_[:split] if cohort.of == "before" else np.s_[split:]
        flows = run[n].cohorts[:, :, quarters].sum(axis=2)
        out = np.zeros((len(flows), flows.shape[1] + 1, len(ACCOUNTS)), np.int64)
        out[:, :-1, CUSTOMER_FLOWS] = flows
        if cohort.of == "since":  # of those before, some came before the books were opened
            come = out[..., (book.ACQUIRED, book.WON_BACK)].sum(axis=-1)
            gone = out[..., (book.LAPSED, book.EXITED, book.REMOVED)].sum(axis=-1)
            out[..., book.ACTIVE] = np.cumsum(come - gone, axis=0)
        return self._weeks(out, side)

    def _part(self, run: list[Lived], of: str) -> float:
        """The part of the difference in a repeat rate within earlier and later customers, or due to
        how many there are of each; the two add up to the whole."""
        assert self.claim.cohort is not None
        weight, rate = np.zeros((2, 2)), np.zeros((2, 2))
        for side, n in enumerate(self.at):
            for part, name in enumerate(("before", "since")):
                accounts = self._cohort(run, n, side, replace(self.claim.cohort, of=name))
                flow = accounts[:, self.f].sum(axis=0)
                weight[side, part] = flow[book.WINDOW_BUYERS]
                rate[side, part] = flow[book.WINDOW_REPEATERS] / max(1, flow[book.WINDOW_BUYERS])
        share = weight / np.maximum(1.0, weight.sum(axis=1, keepdims=True))
        if of == "within":
            return float((share.mean(axis=0) * (rate[0] - rate[1])).sum())
        return float((rate.mean(axis=0) * (share[0] - share[1])).sum())

    def _path(self, run: list[Lived]) -> float:
        one, two = (self._weekly(run, n, side) for side, n in enumerate(self.at))
        if not self.against:
            return self._of_path(one - two)
        first, second = (self._weekly(run, n, side) for side, n in enumerate(self.against))
        return self._of_path(one - first) - self._of_path(two - second)

    def _weekly(self, run: list[Lived], n: int, side: int) -> np.ndarray:
        windows = weekly(self._weeks(run[n].accounts, side), self.span)
        return np.asarray(np.nan_to_num(KPIS[self.claim.kpi].function(windows)[:, self.f]))

    def _of_path(self, gap: np.ndarray) -> float:
        ahead = np.cumsum(gap)
        valley = float(min(0.0, ahead.min()))
        if self.claim.path == "valley":
            return valley
        if self.claim.path == "dip":
            return min(-valley, float(ahead[-1]) - valley)
        behind = np.flatnonzero(ahead <= 0.0)
        return float(behind[-1] + 1 if len(behind) else 0)


def _share_left(effect: np.ndarray, without: np.ndarray) -> tuple[float, float, float]:
    """Mean of what is left over mean of the effect, with its interval over pairs."""
    known = np.isfinite(effect) & np.isfinite(without)
    effect, without = effect[known], without[known]
    if len(effect) < 2 or effect.mean() == 0.0:
        return float("nan"), float("nan"), float("nan")
    share = float(without.mean() / effect.mean())
    if np.ptp(effect) == 0.0 and np.ptp(without) == 0.0:
        return share, share, share
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an effect near zero has no share, nor an interval
        found = stats.bootstrap(
            (without, effect), lambda a, b, axis: a.mean(axis=axis) / b.mean(axis=axis),
            paired=True, vectorized=True, n_resamples=2000, method="percentile",
            rng=np.random.default_rng(1),
        ).confidence_interval  # fmt: skip
    return share, float(found.low), float(found.high)
