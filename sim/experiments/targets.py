"""Published facts, measured on the model: does the market reproduce them by itself?

Every target is measured at the declared parameter values and at many settings of the uncertain
parameters (:mod:`sim.experiments.uncertainty`), each setting with its own seed. A market is
simulated for a year after its warm-up. Then it branches: the branches share people, past and random
draws, differ by one cause, and are compared a year later. To add a target, write a function from a
:class:`~sim.model.world.World` to figures and mark it with :func:`target`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from scipy import stats

from sim.config.compose import override
from sim.config.schema import Config
from sim.draws import rep_number
from sim.experiments.sweeps.parameters import settings_at, uncertain_parameters
from sim.experiments.sweeps.samples import places
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.model.world import World, start
from sim.outcomes.logs import LOGS
from sim.params import ConfigError, key_of
from sim.rules.units import YEAR
from sim.runs.address import Addresses
from sim.runs.engine import engine
from sim.runs.executors import Execution
from sim.runs.record import FigureRecord
from sim.runs.store import Store

Figures = dict[str, float]
INFINITE = float("inf")


@dataclass(frozen=True)
class Part:
    """One figure of a target: its labels in English and Chinese, and its published interval.

    An infinite upper end means that only the direction is published.
    """

    en: str
    zh: str
    low: float
    high: float = INFINITE

    @property
    def sign(self) -> bool:
        """Whether only the direction is published."""
        return self.high == INFINITE


@dataclass(frozen=True)
class Target:
    """A published fact.

    ``measure`` returns a figure for every key of ``parts``, NaN where nothing can be measured.
    """

    name: str
    title: dict[str, str]
    source: str
    market: str
    parts: dict[str, Part]
    measure: Callable[[World], Figures]


TARGETS: dict[str, Target] = {}


def target(
    name: str, en: str, zh: str, source: str, market: str = "industrial", **parts: Part
) -> Callable[[Callable[[World], Figures]], Callable[[World], Figures]]:
    """Register a target.

    Args:
        name: by which users select the target.
        en, zh: title in English and Chinese.
        source: of the published fact.
        market: in which it is measured.
        parts: its figures, by key.
    """

    def register(measure: Callable[[World], Figures]) -> Callable[[World], Figures]:
        TARGETS[name] = Target(name, {"en": en, "zh": zh}, source, market, parts, measure)
        return measure

    return register


# Helpers of the measures


def _branched(world: World, *changes: str, weeks: int = YEAR) -> World:
    """Branch with changes, advanced by some weeks."""
    twin = world.branch(*changes)
    while twin.week < world.week + weeks:
        twin.step()
    return twin


def _sums(world: World, weeks: int = YEAR) -> np.ndarray:
    """Accounts summed over the last weeks, [firm, account]."""
    return np.asarray(world.ledger.accounts()[-weeks:, :-1].sum(axis=0), np.float64)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _for_firms_with_reps(world: World, change: str) -> list[str]:
    """A change for every firm that has reps; ``{name}`` stands for the firm."""
    firms = world.config.firms
    return [change.format(name=n) for n in world.names if firms[n].sales.reps > 0]


def _elasticity(world: World, of: str, factor: float) -> list[float]:
    """Elasticity of a firm's annual revenue to an attribute of its sales force, firm by firm."""
    base = _sums(_branched(world))[:, acc.REVENUE]
    out = []
    for f, name in enumerate(world.names):
        now = getattr(world.config.firms[name].sales, of)
        more = _sums(_branched(world, f"firms.{key_of([name])}.sales.{of}={now * factor}"))[
            f, acc.REVENUE
        ]
        if base[f] > 0 and more > 0:
            out.append(float(np.log(more / base[f]) / np.log(factor)))
    return out


@target(
    "selling_elasticity", "Personal selling elasticity", "人员推销弹性",
    "Albers, Mantrala & Sridhar 2010, JMR 47:840-853",
    elasticity=Part("of sales to selling hours, a year of +10 %", "销售额对销售工时（一年，+10%）",
                    0.15, 0.45),
)  # fmt: skip
def selling_elasticity(world: World) -> Figures:
    """Raise the hours of one firm's reps by ten per cent, firm by firm."""
    return {"elasticity": float(np.mean(_elasticity(world, "hours", 1.1)))}


@target(
    "sales_kept", "Sales kept without a sales force", "没有销售队伍时保住的销售额",
    "Sinha & Zoltners 2001, Interfaces 31(3):S8-S44 (from general knowledge)",
    kept=Part("share of a year's sales", "一年销售额占比", 0.45, 0.85),
)  # fmt: skip
def sales_kept(world: World) -> Figures:
    """Remove all reps of one firm for a year, firm by firm."""
    base = _sums(_branched(world))[:, acc.REVENUE]
    kept = [
        _share(
            _sums(_branched(world, f"firms.{key_of([name])}.sales.reps=0"))[f, acc.REVENUE], base[f]
        )
        for f, name in enumerate(world.names)
    ]
    return {"kept": float(np.nanmean(kept))}


@target(
    "funnel", "Funnel of business customers", "企业客户漏斗",
    "vendors' benchmark pages, low quality; intervals are half to double the quoted ranges",
    qualified=Part("qualified in sales calls, of accepted", "经沟通确认 / 有效线索", 0.065, 0.44),
    opportunity=Part("opportunities, of qualified", "商机 / 已确认", 0.15, 1.0),
    won=Part("won, of opportunities", "赢单 / 商机", 0.10, 0.70),
)  # fmt: skip
def funnel(world: World) -> Figures:
    """Conversion between stages, for leads that reps did not generate themselves."""
    leads = _branched(world).ledger.leads()[-YEAR:, :, :-1].sum(axis=(0, 1, 2))
    at = {account: float(leads[n]) for n, account in enumerate(LEAD_FLOWS)}
    return {
        "qualified": _share(at[acc.QUALIFIED], at[acc.ACCEPTED]),
        "opportunity": _share(at[acc.OPPORTUNITIES], at[acc.QUALIFIED]),
        "won": _share(at[acc.LEADS_WON], at[acc.OPPORTUNITIES]),
    }


def _late_payment(world: World) -> tuple[float, float]:
    """Shares of invoice value that became past due, and that were written off."""
    total = _sums(world).sum(axis=0)
    due = total[acc.DUE] - (total[acc.REVENUE] - total[acc.CREDIT_SALES])
    return _share(total[acc.PAST_DUE], due), _share(total[acc.WRITTEN_OFF], due)


@target(
    "receivables", "Receivables", "应收账款",
    "Atradius Payment Practices Barometer, Western Europe 2016 to 2018 and latest",
    overdue=Part("value past due", "逾期金额占比", 0.30, 0.55),
    written_off=Part("value written off", "坏账核销占比", 0.005, 0.03),
    pushed=Part("past due, with four times the reps' discount authority minus without",
                "逾期占比：折扣权限为四倍时减去现状", 0.0),
)  # fmt: skip
def receivables(world: World) -> Figures:
    """Late payment and write-offs, and the change in late payment if reps may discount more."""
    overdue, written_off = _late_payment(_branched(world))
    changes = [
        f"firms.{key_of([n])}.sales.authority={min(0.9, 4 * world.config.firms[n].sales.authority)}"
        for n in world.names
    ]
    return {
        "overdue": overdue, "written_off": written_off,
        "pushed": _late_payment(_branched(world, *changes))[0] - overdue,
    }  # fmt: skip


# Follow-up of leads

REFUSED = (acc.REJECTED, acc.NEVER_FOLLOWED)
OUTSIDE = (*REFUSED, acc.SCREENED, acc.UNAIDED)


def _leads(world: World) -> dict[str, np.ndarray]:
    """The log of leads created since the branch, as columns."""
    rows = np.concatenate([np.zeros((0, len(LOGS["leads"])), np.int64), *world.logs["leads"]])
    table = dict(zip(LOGS["leads"], rows.T, strict=True))
    keep = table["created"] >= world.clock - YEAR
    return {name: column[keep] for name, column in table.items()}


def _leads_not_from_reps(world: World) -> dict[str, np.ndarray]:
    """The rows of :func:`_leads` not generated by reps, and either worked or refused."""
    table = _leads(world)
    own = table["source"] == len(world.ledger.activities) + acc.TOUCH_ACTIVITY
    keep = ~own & ~np.isin(table["fate"], (acc.SCREENED, acc.UNAIDED))
    return {name: column[keep] for name, column in table.items()}


def _followed_share(world: World) -> float:
    """Share of leads that were followed up."""
    return 1.0 - float(np.isin(_leads_not_from_reps(world)["fate"], REFUSED).mean())


def _by_rep(world: World) -> dict[tuple[int, int], tuple[float, float]]:
    """Number of leads worked and share of leads followed up, by (firm, rep)."""
    table = _leads_not_from_reps(world)
    out = {}
    for f, r in {*zip(table["firm"].tolist(), table["rep"].tolist(), strict=True)}:
        mine = (table["firm"] == f) & (table["rep"] == r)
        worked = ~np.isin(table["fate"][mine], REFUSED)
        out[f, r] = float(worked.sum()), float(worked.mean())
    return out


def _traits(world: World) -> dict[tuple[int, int], tuple[float, float]]:
    """Experience in weeks, and last year's sales relative to colleagues, by (firm, rep)."""
    out = {}
    for f, firm in enumerate(world.firms):
        mean = float(np.mean([r.sold_year for r in firm.sales.reps] or [1.0]))
        for rep in firm.sales.reps:
            sold = rep.sold_year / max(1e-9, mean)
            out[f, rep_number(rep.ident)] = float(world.clock - rep.hired), sold
    return out


def _moderation(
    traits: dict[tuple[int, int], tuple[float, float]],
    before: dict[tuple[int, int], tuple[float, float]],
    after: dict[tuple[int, int], tuple[float, float]],
    outcome: int,
) -> tuple[float, float]:
    """Rank correlation over reps of a response (0: leads worked, 1: share followed up) with
    experience and with past sales."""
    known = [rep for rep in traits if rep in before and rep in after]
    response = [after[rep][outcome] - before[rep][outcome] for rep in known]
    out = []
    for trait in range(2):
        x = [traits[rep][trait] for rep in known]
        varies = len(known) > 2 and np.std(x) > 0 and np.std(response) > 0
        out.append(float(stats.spearmanr(x, response).statistic) if varies else float("nan"))
    return out[0], out[1]


@target(
    "follow_up", "Which marketing leads are followed up", "哪些市场线索得到跟进",
    "Sabnis, Chatterjee, Grewal & Lilien 2013, J. Marketing 77(1):52-67; the level is quoted there",
    untouched=Part("leads never followed up", "从未跟进的线索占比", 0.50, 0.80),
    screening=Part("follow-up with leads screened, minus without", "跟进率：预审后减现状", 0.0),
    tracking=Part("follow-up with managers tracking, minus without", "跟进率：有追踪减现状", 0.0),
    old_tracking=Part("experienced reps respond less to tracking", "资深者对追踪反应更小", 0.0),
    old_volume=Part("experienced reps respond less to volume", "资深者对线索增量反应更小", 0.0),
    old_screening=Part("experienced reps respond more to screening", "资深者对预审反应更大", 0.0),
    good_volume=Part("better reps respond more to volume", "绩优者对线索增量反应更大", 0.0),
    good_tracking=Part("better reps respond less to tracking", "绩优者对追踪反应更小", 0.0),
)  # fmt: skip
def follow_up(world: World) -> Figures:
    """Increase lead volume by half, screen leads, or track follow-up; also measured by rep."""
    log = "log.leads=true"
    base = _branched(world, log)
    volume = _branched(world, log, *_more_leads(world, 1.5))
    screening = _branched(
        world, log, *_for_firms_with_reps(world, "firms.{name}.sales.screening=1")
    )
    tracking = _branched(world, log, *_for_firms_with_reps(world, "firms.{name}.sales.tracking=1"))
    traits, before = _traits(world), _by_rep(base)
    by_volume = _moderation(traits, before, _by_rep(volume), 0)
    by_screening = _moderation(traits, before, _by_rep(screening), 1)
    by_tracking = _moderation(traits, before, _by_rep(tracking), 1)
    level = _followed_share(base)
    return {
        "untouched": 1.0 - level,
        "screening": _followed_share(screening) - level,
        "tracking": _followed_share(tracking) - level,
        "old_tracking": -by_tracking[0],
        "old_volume": -by_volume[0],
        "old_screening": by_screening[0],
        "good_volume": by_volume[1],
        "good_tracking": -by_tracking[1],
    }


def _more_leads(world: World, factor: float) -> list[str]:
    """Changes that multiply firms' spend on activities that capture contact details."""
    activities = world.config.activities
    return [
        f"firms.{key_of([name])}.budget.{key_of([activity])}={money * factor}"
        for name in world.names
        for activity, money in world.config.firms[name].budget.items()
        if activities[activity].capture > 0.0
    ]


DELAYS = ((1.0, 1.0), (25.0, 1 / 2), (97.0, 1 / 3), (265.0, 1 / 4))
"""Response times in hours, and the probability of being drawn into each group; customers drawn into
several are in the last of them, so each group has a quarter."""


@target(
    "response_time", "Response time", "响应时间",
    "Oldroyd, McElheran & Elkington 2011, HBR 89(3):28; observational",
    causal=Part("qualification rate after 1 hour over that after 25 hours, randomised",
                "随机分组：1 小时与 25 小时内响应的确认率之比", 1.0),
    falling=Part("qualification falls, 1 to 265 hours, randomised", "随机分组：越晚越低", 0.0),
    observed=Part("qualification rate within an hour over that of all others, observed",
                  "观察：一小时内响应与其余的确认率之比", 2.0, 12.0),
)  # fmt: skip
def response_time(world: World) -> Figures:
    """Randomise the response time to enquiries; also observe a branch without the treatment."""
    ids = dict(enumerate(DELAYS, 1))
    treatments = [
        f"+treatments.f{f}d{n}={{id: {n + 4 * f}, firm: {name}, week: {world.week + 1}, "
        f"weeks: {YEAR}, share: {share}, delay: {hours}}}"
        for f, name in enumerate(world.names[:4])
        for n, (hours, share) in ids.items()
    ]
    table = _enquiries(_branched(world, "log.leads=true", *treatments))
    group = np.zeros(len(table["firm"]), np.int64)
    for n in ids:
        drawn = table["tags"] >> (n - 1 + 4 * np.minimum(table["firm"], 3)) & 1 > 0
        group[drawn & (table["firm"] < 4)] = n
    rate = [float(table["good"][group == n].mean()) if (group == n).any() else np.nan for n in ids]
    seen = _enquiries(_branched(world, "log.leads=true"))
    soon = (seen["hours"] >= 0) & (seen["hours"] <= acc.PARTS)
    fast, slow = seen["good"][soon], seen["good"][~soon]
    enough = len(fast) > 0 and slow.sum() > 0
    return {
        "causal": _share(rate[0], rate[1]),
        "falling": -float(stats.spearmanr([*ids], rate).statistic),
        "observed": float(fast.mean() / slow.mean()) if enough else float("nan"),
    }


def _enquiries(world: World) -> dict[str, np.ndarray]:
    """The rows of :func:`_leads` that are enquiries, and whether a sales call found a need."""
    table = _leads(world)
    table = {name: column[table["asked"] >= 0] for name, column in table.items()}
    table["good"] = ~np.isin(table["fate"], (*OUTSIDE, acc.LOST_NO_NEED, acc.LOST_LEFT))
    return table


# Pay

SIMPLE = tuple((salary, rate) for salary in (400, 800, 1200) for rate in (0.02, 0.05, 0.08))
"""Simple plans: salary in money per week, and commission as a share of order value."""


def _paid_by(firm: str, plan: str) -> str:
    return f"firms.{key_of([firm])}.sales.pay={plan}"


def _profit(world: World, f: int) -> float:
    total = _sums(world)[f]
    return float(total[acc.REVENUE] - total[[*acc.PAID_OUT, acc.WRITTEN_OFF]].sum())


def _sales_by_rep(world: World, f: int) -> dict[int, float]:
    """Last year's sales of a firm, by rep."""
    return {rep.ident: rep.sold_year for rep in world.firms[f].sales.reps}


def _sales_change(before: dict[int, float], after: dict[int, float], reps: Sequence[int]) -> float:
    """Relative change of the sales of some reps, over those who stayed in both branches."""
    both = [rep for rep in reps if rep in before and rep in after]
    was, now = sum(before[r] for r in both), sum(after[r] for r in both)
    return now / was - 1.0 if was > 0 else float("nan")


@target(
    "pay_plans", "Redesigned sales pay", "销售薪酬改革",
    "Misra & Nair 2011, QME 9:211-257; Chung, Steenburgh & Sudhir 2014, Marketing Science 33",
    redesign=Part("sales with the best simple plan instead of ratchet and ceiling",
                  "以最佳简单方案取代棘轮定额与封顶后的销售额变化", 0.03, 0.15),
    weak=Part("quarterly instead of annual bonus helps weak reps more than strong ones",
              "按季而非按年发奖金，对弱者帮助更大", 0.0),
    best=Part("pay beyond the quota helps the best reps more than the others",
              "超额激励对最优秀者帮助更大", 0.0),
)  # fmt: skip
def pay_plans(world: World) -> Figures:
    """Change the pay plan of the firm with most reps.

    It moves from ratchet and ceiling to the simple plan that was most profitable on another seed.
    Separately, a quarterly quota is compared with an annual one, and with one without extra pay
    beyond the quota.
    """
    firms = world.config.firms
    name = max(world.names, key=lambda n: firms[n].sales.reps)
    f = world.names.index(name)
    tied = _branched(world, _paid_by(name, "ratchet_ceiling"))
    other = tied.branch(seed=world.seed + 1_000_000)
    plans = [f"+pay.simple={{salary: {s}, commission: {c}}}" for s, c in SIMPLE]
    plan = max(plans, key=lambda p: _profit(_branched(other, p, _paid_by(name, "simple")), f))
    now = _sums(_branched(tied, plan, _paid_by(name, "simple")))[f, acc.REVENUE]
    was = _sums(_branched(tied))[f, acc.REVENUE]
    past = sorted(world.firms[f].sales.reps, key=lambda rep: rep.sold_year)
    ids, third = [rep.ident for rep in past], max(1, len(past) // 3)
    quarterly, annual, plain = (
        _sales_by_rep(_branched(world, *words), f)
        for words in (
            [_paid_by(name, "quarterly_quota")],
            [_paid_by(name, "annual_quota")],
            [_paid_by(name, "quarterly_quota"), "pay.quarterly_quota.accelerator=0"],
        )
    )
    return {
        "redesign": _share(now, was) - 1.0,
        "weak": _sales_change(annual, quarterly, ids[:third])
        - _sales_change(annual, quarterly, ids[-third:]),
        "best": _sales_change(plain, quarterly, ids[-third:])
        - _sales_change(plain, quarterly, ids[:-third]),
    }


# Validation


@dataclass(frozen=True)
class Finding:
    """Measured values of one part of a target.

    Attributes:
        target, part: the figure that was measured.
        declared: mean over seeds at the declared parameter values.
        values: at the settings, float64 [setting], NaN where nothing could be measured.
    """

    target: Target
    part: Part
    declared: float
    values: np.ndarray

    @cached_property
    def known(self) -> np.ndarray:
        """Values that could be measured."""
        return np.asarray(self.values[np.isfinite(self.values)])

    @property
    def mean(self) -> float:
        """Mean over settings."""
        return float(self.known.mean()) if len(self.known) else float("nan")

    @property
    def spread(self) -> float:
        """Standard deviation over settings."""
        return float(self.known.std(ddof=1)) if len(self.known) > 1 else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean."""
        half = stats.t.ppf(0.975, max(1, len(self.known) - 1)) * self.spread
        half /= np.sqrt(max(1, len(self.known)))
        return self.mean - float(half), self.mean + float(half)

    @property
    def verdict(self) -> str:
        """Verdict on the figure.

        ``hit``, ``near`` (within one and a half times the interval's half-width), ``miss``,
        ``wrong sign``, ``undecided`` (the interval of the mean contains both signs), or ``unknown``
        (nothing could be measured).
        """
        low, high = self.interval
        if not len(self.known) or not np.isfinite(low):
            return "unknown"
        if self.part.sign:
            if low <= self.part.low <= high:
                return "undecided"
            return "hit" if low > self.part.low else "wrong sign"
        if self.part.low <= self.mean <= self.part.high:
            return "hit"
        a, b = np.log([self.part.low, self.part.high])
        beyond = abs(np.log(self.mean) - (a + b) / 2) if self.mean > 0 else INFINITE
        return "near" if beyond <= 0.75 * (b - a) else "miss"


VERDICTS = ("hit", "near", "miss", "wrong sign", "undecided", "unknown")


@cache
def _measures() -> str:
    """Fingerprint of how targets are measured."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Measurement:
    """Work that measures targets in one market at one setting.

    Attributes:
        names: of the targets.
        keys: of their figures.
        changes: what the configuration changes of the default, as JSON.
    """

    config: Config
    seed: int
    names: tuple[str, ...]
    keys: tuple[str, ...]
    changes: str

    @classmethod
    def of(cls, config: Config, seed: int, names: Sequence[str]) -> Measurement:
        """The measurement of some targets."""
        config = replace(config, weeks=3 * YEAR)
        addresses = Addresses(config)
        keys = tuple(addresses.of_measure(seed, "target", name, _measures()) for name in names)
        return cls(config, seed, tuple(names), keys, addresses.changes)

    def missing(self, store: Store) -> Measurement | None:
        """See :class:`sim.runs.engine.Work`."""
        left = [
            (name, key)
            for name, key in zip(self.names, self.keys, strict=True)
            if not store.has("figures", key)
        ]
        if not left:
            return None
        names, keys = zip(*left, strict=True)
        return replace(self, names=names, keys=keys)

    def __call__(self) -> list[FigureRecord]:
        """See :class:`sim.runs.engine.Work`."""
        world = start(self.config, self.seed)
        while world.week < YEAR:
            world.step()
        return [
            FigureRecord(key, self.seed, self.changes, name, TARGETS[name].measure(world))
            for name, key in zip(self.names, self.keys, strict=True)
        ]

    def figures(self, store: Store) -> dict[str, Figures]:
        """The figures of each target."""
        return {
            name: dict(zip(*store.rows("figures", key).select(["figure", "value"]).to_pydict()
                           .values(), strict=True))
            for name, key in zip(self.names, self.keys, strict=True)
        }  # fmt: skip


def validate(
    names: Sequence[str],
    *overrides: str,
    settings: int = 30,
    declared: int = 4,
    store: Path | None = None,
    processes: Execution | bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Measure targets at the declared values and at settings of the uncertain parameters.

    Args:
        names: keys of :data:`TARGETS`.
        overrides: ``key=value`` changes of all markets.
        settings: number of settings, drawn between plausible bounds by a Latin hypercube.
        declared: number of seeds at the declared parameter values.
        store, processes: as for :func:`sim.experiments.compare.compare`.
        progress: called with the number of settings just finished and their total number.

    Raises:
        ConfigError: the warm-up is not a whole number of years.
    """
    from sim.config.compose import load_config

    out = []
    for market in dict.fromkeys(TARGETS[name].market for name in names):
        config = load_config(f"market={market}", "threads=1", *overrides)
        if config.warmup % YEAR:
            raise ConfigError(
                "warmup={warmup}: targets need whole years of {weeks} weeks.",
                warmup=config.warmup, weeks=YEAR,
            )  # fmt: skip
        bounds = uncertain_parameters(config)
        drawn = places("latin", len(bounds), settings, config.seed)
        _, changes = settings_at(config, bounds, drawn)
        found = [config] * declared + [override(config, *words) for words in changes]
        mine = [name for name in names if TARGETS[name].market == market]
        with engine(load_config(*overrides), store, processes) as runs:
            pieces = [Measurement.of(c, config.seed + n, mine) for n, c in enumerate(found)]
            runs.finish(runs.submit(pieces, len(pieces), progress))
            measured = [one.figures(runs.store) for one in pieces]
        for name in mine:
            for key, part in TARGETS[name].parts.items():
                values = np.array([one[name][key] for one in measured])
                out.append(
                    Finding(TARGETS[name], part, float(np.nanmean(values[:declared])),
                            values[declared:])
                )  # fmt: skip
    return out
