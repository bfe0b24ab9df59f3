"""Published facts, measured on the model: does the market show them by itself?

Every target is measured at the declared numbers and at many settings of the numbers that are in
doubt (:mod:`sim.experiments.doubt`), each with luck of its own. At a setting a market is lived for
a year after its warm-up; then worlds branch off that share people, past and luck and differ by one
cause, and a year later they are compared. To add a target, write a function from a world to figures
and mark it with :func:`target`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from scipy import stats
from scipy.stats import qmc

from sim.config.compose import override
from sim.config.schema import Config
from sim.experiments.doubt import in_doubt, settings_at
from sim.experiments.replicates import worker_count, workers
from sim.ledger import accounts as book
from sim.ledger.accounts import LEAD_FLOWS
from sim.model import World, start
from sim.outcomes.run import LOGS
from sim.params import ConfigError
from sim.rules.units import YEAR

Figures = dict[str, float]
INFINITE = float("inf")


@dataclass(frozen=True)
class Part:
    """A figure of a target: its name in English and Chinese, and between what it should lie. An
    open end makes it a matter of sign."""

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
    """A published fact: ``measure`` gives a figure for every key of ``parts``, NaN where there is
    nothing to measure."""

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
    """Register a target."""

    def register(measure: Callable[[World], Figures]) -> Callable[[World], Figures]:
        TARGETS[name] = Target(name, {"en": en, "zh": zh}, source, market, parts, measure)
        return measure

    return register


# What measures have in common


def _live(world: World, *changes: str, weeks: int = YEAR) -> World:
    """A branch with changes, some weeks on."""
    twin = world.branch(*changes)
    while twin.week < world.week + weeks:
        twin.step()
    return twin


def _sums(world: World, weeks: int = YEAR) -> np.ndarray:
    """Accounts of the last weeks added up, [firm, account]."""
    return np.asarray(world.ledger.accounts()[-weeks:, :-1].sum(axis=0), np.float64)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _all(world: World, change: str) -> list[str]:
    """A change for every firm that has reps; ``{name}`` stands for the firm."""
    firms = world.config.firms
    return [change.format(name=n) for n in world.names if firms[n].sales.reps > 0]


def _elasticity(world: World, of: str, factor: float) -> list[float]:
    """Of a firm's revenue over the year, by firm, to a number of its sales force."""
    base = _sums(_live(world))[:, book.REVENUE]
    out = []
    for f, name in enumerate(world.names):
        now = getattr(world.config.firms[name].sales, of)
        more = _sums(_live(world, f"firms.{name}.sales.{of}={now * factor}"))[f, book.REVENUE]
        if base[f] > 0 and more > 0:
            out.append(float(np.log(more / base[f]) / np.log(factor)))
    return out


@target(
    "E13", "Personal selling elasticity", "人员推销弹性",
    "Albers, Mantrala & Sridhar 2010, JMR 47:840-853",
    elasticity=Part("of sales to selling hours, a year of +10 %", "销售额对销售工时（一年，+10%）",
                    0.15, 0.45),
)  # fmt: skip
def selling_elasticity(world: World) -> Figures:
    """Ten per cent more hours for the reps of one firm, firm by firm."""
    return {"elasticity": float(np.mean(_elasticity(world, "hours", 1.1)))}


@target(
    "E47", "Sales kept without a sales force", "没有销售队伍时保住的销售额",
    "Sinha & Zoltners 2001, Interfaces 31(3):S8-S44 (from general knowledge)",
    kept=Part("share of a year's sales", "一年销售额占比", 0.45, 0.85),
)  # fmt: skip
def sales_kept(world: World) -> Figures:
    """One firm's reps all leave for a year, firm by firm."""
    base = _sums(_live(world))[:, book.REVENUE]
    kept = [
        _share(_sums(_live(world, f"firms.{name}.sales.reps=0"))[f, book.REVENUE], base[f])
        for f, name in enumerate(world.names)
    ]
    return {"kept": float(np.nanmean(kept))}


@target(
    "E48", "Funnel of business customers", "企业客户漏斗",
    "vendors' benchmark pages, low quality; intervals are half to double the quoted ranges",
    qualified=Part("qualified by talking, of leads accepted", "经沟通确认 / 有效线索", 0.065, 0.44),
    opportunity=Part("opportunities, of qualified", "商机 / 已确认", 0.15, 1.0),
    won=Part("won, of opportunities", "赢单 / 商机", 0.10, 0.70),
)  # fmt: skip
def funnel(world: World) -> Figures:
    """Stages of leads that reps did not generate themselves."""
    leads = _live(world).ledger.leads()[-YEAR:, :, :-1].sum(axis=(0, 1, 2))
    at = {account: float(leads[n]) for n, account in enumerate(LEAD_FLOWS)}
    return {
        "qualified": _share(at[book.QUALIFIED], at[book.ACCEPTED]),
        "opportunity": _share(at[book.OPPORTUNITIES], at[book.QUALIFIED]),
        "won": _share(at[book.LEADS_WON], at[book.OPPORTUNITIES]),
    }


def _late(world: World) -> tuple[float, float]:
    """Shares of the value of invoices that were past due, and written off."""
    total = _sums(world).sum(axis=0)
    due = total[book.DUE] - (total[book.REVENUE] - total[book.CREDIT_SALES])
    return _share(total[book.PAST_DUE], due), _share(total[book.WRITTEN_OFF], due)


@target(
    "E49", "Receivables", "应收账款",
    "Atradius Payment Practices Barometer, Western Europe 2016 to 2018 and latest",
    overdue=Part("value past due", "逾期金额占比", 0.30, 0.55),
    written_off=Part("value written off", "坏账核销占比", 0.005, 0.03),
    pushed=Part("past due, with four times the reps' authority to discount, less without",
                "逾期占比：折扣权限为四倍时减去现状", 0.0),
)  # fmt: skip
def receivables(world: World) -> Figures:
    """What is paid late, and what becomes of it when reps may push."""
    overdue, written_off = _late(_live(world))
    changes = [
        f"firms.{n}.sales.authority={min(0.9, 4 * world.config.firms[n].sales.authority)}"
        for n in world.names
    ]
    return {
        "overdue": overdue, "written_off": written_off,
        "pushed": _late(_live(world, *changes))[0] - overdue,
    }  # fmt: skip


# Leads and who follows them up

REFUSED = (book.REJECTED, book.NEVER_FOLLOWED)
OUTSIDE = (*REFUSED, book.SCREENED, book.UNAIDED)


def _leads(world: World) -> dict[str, np.ndarray]:
    """The log of leads that came in since the branch and were handed over, as columns."""
    rows = np.concatenate([np.zeros((0, len(LOGS["leads"])), np.int64), *world.logs["leads"]])
    table = dict(zip(LOGS["leads"], rows.T, strict=True))
    keep = table["came"] >= world.clock - YEAR
    return {name: column[keep] for name, column in table.items()}


def _of_others(world: World) -> dict[str, np.ndarray]:
    """Those of :func:`_leads` that reps did not generate, and that were worked or refused."""
    table = _leads(world)
    own = table["source"] == len(world.ledger.activities) + book.TOUCH_ACTIVITY
    keep = ~own & ~np.isin(table["fate"], (book.SCREENED, book.UNAIDED))
    return {name: column[keep] for name, column in table.items()}


def _followed(world: World) -> float:
    """Share of leads that were talked to."""
    return 1.0 - float(np.isin(_of_others(world)["fate"], REFUSED).mean())


def _by_rep(world: World) -> dict[tuple[int, int], tuple[float, float]]:
    """Leads worked and share of leads followed up, by (firm, rep)."""
    table = _of_others(world)
    out = {}
    for f, r in {*zip(table["firm"].tolist(), table["rep"].tolist(), strict=True)}:
        mine = (table["firm"] == f) & (table["rep"] == r)
        worked = ~np.isin(table["fate"][mine], REFUSED)
        out[f, r] = float(worked.sum()), float(worked.mean())
    return out


def _traits(world: World) -> dict[tuple[int, int], tuple[float, float]]:
    """Experience in weeks and last year's sales, relative to colleagues, by (firm, rep)."""
    out = {}
    for f, team in enumerate(world.teams):
        mean = float(np.mean([r.sold_year for r in team.reps] or [1.0]))
        for rep in team.reps:
            number = rep.ident & ((1 << 44) - 1)
            out[f, number] = float(world.clock - rep.hired), rep.sold_year / max(1e-9, mean)
    return out


def _moderation(
    traits: dict[tuple[int, int], tuple[float, float]],
    before: dict[tuple[int, int], tuple[float, float]],
    after: dict[tuple[int, int], tuple[float, float]],
    what: int,
) -> tuple[float, float]:
    """Correlation over reps of the response (0: leads worked, 1: share followed) with experience
    and with past sales."""
    known = [rep for rep in traits if rep in before and rep in after]
    response = [after[rep][what] - before[rep][what] for rep in known]
    out = []
    for trait in range(2):
        x = [traits[rep][trait] for rep in known]
        varies = len(known) > 2 and np.std(x) > 0 and np.std(response) > 0
        out.append(float(stats.spearmanr(x, response).statistic) if varies else float("nan"))
    return out[0], out[1]


@target(
    "E17", "Which marketing leads are followed up", "哪些市场线索得到跟进",
    "Sabnis, Chatterjee, Grewal & Lilien 2013, J. Marketing 77(1):52-67; the level is quoted there",
    untouched=Part("leads never followed up", "从未跟进的线索占比", 0.50, 0.80),
    screening=Part("follow-up with names checked first, less without", "跟进率：预审后减现状", 0.0),
    tracking=Part("follow-up with managers asking, less without", "跟进率：有追踪减现状", 0.0),
    old_tracking=Part("experienced reps respond less to being asked", "资深者对追踪反应更小", 0.0),
    old_volume=Part("experienced reps work fewer of more leads", "资深者对线索增量反应更小", 0.0),
    old_screening=Part("experienced reps respond more to checking", "资深者对预审反应更大", 0.0),
    good_volume=Part("better reps work more of more leads", "绩优者对线索增量反应更大", 0.0),
    good_tracking=Part("better reps respond less to being asked", "绩优者对追踪反应更小", 0.0),
)  # fmt: skip
def follow_up(world: World) -> Figures:
    """Half as many names again, names checked first, managers who ask; by rep as well."""
    log = "log.leads=true"
    base = _live(world, log)
    volume = _live(world, log, *_more_leads(world, 1.5))
    screening = _live(world, log, *_all(world, "firms.{name}.sales.screening=1"))
    tracking = _live(world, log, *_all(world, "firms.{name}.sales.tracking=1"))
    traits, before = _traits(world), _by_rep(base)
    by_volume = _moderation(traits, before, _by_rep(volume), 0)
    by_screening = _moderation(traits, before, _by_rep(screening), 1)
    by_tracking = _moderation(traits, before, _by_rep(tracking), 1)
    level = _followed(base)
    return {
        "untouched": 1.0 - level,
        "screening": _followed(screening) - level,
        "tracking": _followed(tracking) - level,
        "old_tracking": -by_tracking[0],
        "old_volume": -by_volume[0],
        "old_screening": by_screening[0],
        "good_volume": by_volume[1],
        "good_tracking": -by_tracking[1],
    }


def _more_leads(world: World, factor: float) -> list[str]:
    """Changes that multiply what firms spend where names are left."""
    activities = world.config.activities
    return [
        f"firms.{name}.budget.{activity}={money * factor}"
        for name in world.names
        for activity, money in world.config.firms[name].budget.items()
        if activities[activity].capture > 0.0
    ]


DELAYS = ((1.0, 1.0), (25.0, 1 / 2), (97.0, 1 / 3), (265.0, 1 / 4))
"""Hours after which enquiries are answered, and the chance of being drawn into this group; whoever
is drawn into several is in the last, so all have a quarter."""


@target(
    "E30", "Response time", "响应时间",
    "Oldroyd, McElheran & Elkington 2011, HBR 89(3):28; observational",
    causal=Part("enquiries qualified, answered after 1 hour over 25 hours, at random",
                "随机分组：1 小时与 25 小时内响应的确认率之比", 1.0),
    falling=Part("the later the less, 1 to 265 hours, at random", "随机分组：越晚越低", 0.0),
    observed=Part("enquiries qualified, answered within an hour over all others, as observed",
                  "观察：一小时内响应与其余的确认率之比", 2.0, 12.0),
)  # fmt: skip
def response_time(world: World) -> Figures:
    """Enquiries at every firm are answered after so many hours, drawn at random; and as it is."""
    ids = dict(enumerate(DELAYS, 1))
    treatments = [
        f"+treatments.f{f}d{n}={{id: {n + 4 * f}, firm: {name}, week: {world.week + 1}, "
        f"weeks: {YEAR}, share: {share}, delay: {hours}}}"
        for f, name in enumerate(world.names[:4])
        for n, (hours, share) in ids.items()
    ]
    table = _enquiries(_live(world, "log.leads=true", *treatments))
    group = np.zeros(len(table["firm"]), np.int64)
    for n in ids:
        drawn = table["tags"] >> (n - 1 + 4 * np.minimum(table["firm"], 3)) & 1 > 0
        group[drawn & (table["firm"] < 4)] = n
    rate = [float(table["good"][group == n].mean()) if (group == n).any() else np.nan for n in ids]
    seen = _enquiries(_live(world, "log.leads=true"))
    soon = (seen["hours"] >= 0) & (seen["hours"] <= book.PARTS)
    fast, slow = seen["good"][soon], seen["good"][~soon]
    enough = len(fast) > 0 and slow.sum() > 0
    return {
        "causal": _share(rate[0], rate[1]),
        "falling": -float(stats.spearmanr([*ids], rate).statistic),
        "observed": float(fast.mean() / slow.mean()) if enough else float("nan"),
    }


def _enquiries(world: World) -> dict[str, np.ndarray]:
    """Those of :func:`_leads` that asked, and whether a talk found them in need."""
    table = _leads(world)
    table = {name: column[table["asked"] >= 0] for name, column in table.items()}
    table["good"] = ~np.isin(table["fate"], (*OUTSIDE, book.LOST_NO_NEED, book.LOST_LEFT))
    return table


# Pay

SIMPLE = tuple((salary, rate) for salary in (400, 800, 1200) for rate in (0.02, 0.05, 0.08))
"""Simple plans: money per week and share of order value."""


def _paid_by(firm: str, plan: str) -> str:
    return f"firms.{firm}.sales.pay={plan}"


def _profit(world: World, f: int) -> float:
    total = _sums(world)[f]
    return float(total[book.REVENUE] - total[[*book.PAID_OUT, book.WRITTEN_OFF]].sum())


def _year_of(world: World, f: int) -> dict[int, float]:
    """A year's sales by rep of a firm."""
    return {rep.ident: rep.sold_year for rep in world.teams[f].reps}


def _gain(before: dict[int, float], after: dict[int, float], who: Sequence[int]) -> float:
    """Relative change of the sales of some reps, those who stayed in both worlds."""
    both = [rep for rep in who if rep in before and rep in after]
    was, now = sum(before[r] for r in both), sum(after[r] for r in both)
    return now / was - 1.0 if was > 0 else float("nan")


@target(
    "E41", "Redesigned sales pay", "销售薪酬改革",
    "Misra & Nair 2011, QME 9:211-257; Chung, Steenburgh & Sudhir 2014, Marketing Science 33",
    redesign=Part("sales with the best simple plan instead of ratchet and ceiling",
                  "以最佳简单方案取代棘轮定额与封顶后的销售额变化", 0.03, 0.15),
    weak=Part("bonus by quarter instead of year helps weak reps more than strong ones",
              "按季而非按年发奖金，对弱者帮助更大", 0.0),
    best=Part("pay beyond the quota helps the best reps more than the others",
              "超额激励对最优秀者帮助更大", 0.0),
)  # fmt: skip
def pay_plans(world: World) -> Figures:
    """The firm with most reps leaves ratchet and ceiling for the simple plan that earned most on
    other luck; and, from its own plan, is paid by year, and more beyond the quota."""
    firms = world.config.firms
    name = max(world.names, key=lambda n: firms[n].sales.reps)
    f = world.names.index(name)
    tied = _live(world, _paid_by(name, "ratchet_ceiling"))
    other = tied.branch(seed=world.seed + 1_000_000)
    plans = [f"+pay.simple={{salary: {s}, commission: {c}}}" for s, c in SIMPLE]
    plan = max(plans, key=lambda p: _profit(_live(other, p, _paid_by(name, "simple")), f))
    now = _sums(_live(tied, plan, _paid_by(name, "simple")))[f, book.REVENUE]
    was = _sums(_live(tied))[f, book.REVENUE]
    past = sorted(world.teams[f].reps, key=lambda rep: rep.sold_year)
    ids, third = [rep.ident for rep in past], max(1, len(past) // 3)
    quarterly, annual, plain = (
        _year_of(_live(world, *words), f)
        for words in (
            [_paid_by(name, "quarterly_quota")],
            [_paid_by(name, "annual_quota")],
            [_paid_by(name, "quarterly_quota"), "pay.quarterly_quota.accelerator=0"],
        )
    )
    return {
        "redesign": _share(now, was) - 1.0,
        "weak": _gain(annual, quarterly, ids[:third]) - _gain(annual, quarterly, ids[-third:]),
        "best": _gain(plain, quarterly, ids[-third:]) - _gain(plain, quarterly, ids[:-third]),
    }


# All together


@dataclass(frozen=True)
class Finding:
    """A part of a target as measured.

    Attributes:
        target, part: what.
        declared: at the declared numbers, mean over seeds.
        values: at the settings, float64 [setting], NaN where nothing could be measured.
    """

    target: Target
    part: Part
    declared: float
    values: np.ndarray

    @cached_property
    def known(self) -> np.ndarray:
        """The values that could be measured."""
        return np.asarray(self.values[np.isfinite(self.values)])

    @property
    def mean(self) -> float:
        """Over settings."""
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
        """``hit``, ``near`` (within one and a half times the interval's half-width), ``miss``,
        ``wrong sign``, or ``undecided``: the interval of the mean holds both signs."""
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


def figures(config: Config, seed: int, names: Sequence[str]) -> dict[str, Figures]:
    """Figures of targets of one market at one setting."""
    world = start(replace(config, weeks=3 * YEAR), seed)
    while world.week < YEAR:
        world.step()
    return {name: TARGETS[name].measure(world) for name in names}


def validate(
    names: Sequence[str],
    *overrides: str,
    settings: int = 30,
    declared: int = 4,
    processes: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finding]:
    """Measure targets.

    Args:
        names: of :data:`TARGETS`.
        overrides: ``key=value`` changes of all markets.
        settings: drawn between the plausible bounds of what is in doubt, by a Latin hypercube.
        declared: seeds at the declared numbers.
        processes: whether to use processes.
        progress: called with settings just finished and their number in all.
    """
    from sim.config.compose import load_config

    out = []
    for market in dict.fromkeys(TARGETS[name].market for name in names):
        config = load_config(f"market={market}", "threads=1", *overrides)
        if config.warmup % YEAR:
            raise ConfigError(f"warmup={config.warmup}: targets need whole years of {YEAR} weeks.")
        bounds = in_doubt(config)
        places = qmc.LatinHypercube(len(bounds), rng=config.seed).random(settings)
        _, changes = settings_at(config, bounds, places)
        found = [config] * declared + [override(config, *words) for words in changes]
        mine = [name for name in names if TARGETS[name].market == market]
        task = partial(figures, names=mine)
        with workers(worker_count(load_config(*overrides)), processes) as pool:
            running = [pool.submit(task, c, config.seed + n) for n, c in enumerate(found)]
            for _ in as_completed(running):
                if progress is not None:
                    progress(1, len(found))
            lived = [future.result() for future in running]
        for name in mine:
            for key, part in TARGETS[name].parts.items():
                values = np.array([one[name][key] for one in lived])
                out.append(
                    Finding(TARGETS[name], part, float(np.nanmean(values[:declared])),
                            values[declared:])
                )  # fmt: skip
    return out
