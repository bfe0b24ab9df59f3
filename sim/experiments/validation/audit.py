"""Audit of the simulated market: placebos, ablations, and figures that a parameter fixes.

A placebo is a change that must change nothing: the same arm twice, money in another unit, firms
under other names, an instrument without effect. An ablation removes a cause, so that what it
explains must vanish. A figure that one parameter fixes is an input, and no evidence if it agrees
with a published one.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from sim.config.compose import checked, load_config, options
from sim.config.schema import Config, with_number
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, PARTS
from sim.market.activities import Activity, resolved
from sim.market.firms import FirmSpec
from sim.model.world import World, start
from sim.outcomes.logs import LOGS
from sim.params import declared, in_id_order, key_of, numbers, one_of
from sim.rules.choice import Choice
from sim.rules.units import CENTS

ENGINES = ("columnar", "reference")

SIZE = {
    "columnar": ("population.customers=500", "weeks=52", "warmup=26"),
    "reference": ("population.customers=80", "weeks=10", "warmup=3"),
}
"""Size of the audited markets. Placebos are exact, so a small market shows as much as a large
one; the readable engine is slow."""

FACTOR = 10
"""By which amounts of money are multiplied."""

SEEDS = 12
"""Seeds over which firms with exchanged ids are compared."""

SURE = 0.999
"""Confidence at which they must not differ: one false alarm in a thousand such comparisons."""

Differences = dict[str, float]
"""Largest absolute difference by account, table, column or log, for those that differ."""


@dataclass(frozen=True)
class Check:
    """A placebo in one market.

    Attributes:
        placebo: key of :data:`PLACEBOS`.
        market, engine: where it was tried.
        held: whether nothing differed beyond what the placebo allows.
        exact: whether nothing differed at all.
        where: what differed most: an account, table, column or log; empty if nothing did.
        largest: by how much, in its own unit.
    """

    placebo: str
    market: str
    engine: str
    held: bool
    exact: bool
    where: str
    largest: float


@dataclass(frozen=True)
class Bench:
    """What a placebo is tried on.

    Attributes:
        config: of the market.
        seed: of the random draws.
        engine: name of the engine.
        begin: makes a market from a configuration and a seed, as :func:`sim.start`.
    """

    config: Config
    seed: int
    engine: str
    begin: Callable[..., World]

    def run(self, config: Config | None = None, seed: int | None = None) -> World:
        """A market simulated to its end; the bench's own configuration and seed if None."""
        given = self.config if config is None else config
        world = self.begin(given, self.seed if seed is None else seed, engine=self.engine)
        return _ended(world)


Outcome = tuple[bool, Differences]
"""Whether a placebo held, and what differed."""


@dataclass(frozen=True)
class Placebo:
    """A placebo: whether it held on a bench, and the engines it is tried on."""

    name: str
    function: Callable[[Bench], Outcome]
    engines: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """What is done, and what must not change."""
        return " ".join((self.function.__doc__ or "").split())


PLACEBOS: dict[str, Placebo] = {}


def placebo(*engines: str) -> Callable[[Callable[[Bench], Outcome]], Callable[[Bench], Outcome]]:
    """Register a placebo under the name of its function.

    Args:
        engines: on which it is tried.
    """

    def register(function: Callable[[Bench], Outcome]) -> Callable[[Bench], Outcome]:
        PLACEBOS[function.__name__] = Placebo(function.__name__, function, engines)
        return function

    return register


# Comparing two markets


def differences(a: World, b: World, factor: int = 1) -> Differences:
    """All that differs between two markets: accounts, tables of the ledger, columns of customers'
    state, and logs.

    Args:
        factor: by which amounts of money of ``b`` are larger than those of ``a``.
    """
    out = {}
    for name, (one, two) in _matched(a, b, factor):
        if one.shape != two.shape:
            out[name] = float("inf")
        elif one.dtype.kind == "f":
            gap = np.abs(one.astype(np.float64) - two.astype(np.float64))
            out[name] = float(np.where(np.isnan(one) & np.isnan(two), 0.0, gap).max(initial=0.0))
        else:
            apart = one != two  # unsigned numbers cannot be subtracted
            gaps = one[apart].astype(np.float64) - two[apart].astype(np.float64)
            out[name] = float(np.abs(gaps).max(initial=0.0))
    return {name: gap for name, gap in out.items() if gap != 0.0}


def _matched(
    a: World, b: World, factor: int
) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    one, two = a.ledger.accounts(), b.ledger.accounts()
    for n, account in enumerate(ACCOUNTS):
        times = factor if account.unit == "cents" else 1
        yield f"account {account.name}", (one[..., n] * times, two[..., n])
    for name in ("contacts", "clicks", "spend", "cells", "leads", "touched"):
        one, two = getattr(a.ledger, name)(), getattr(b.ledger, name)()
        yield f"table {name}", (one * (factor if name == "spend" else 1), two)
    columns = b.engine.columns()
    for name, column in a.engine.columns().items():
        yield f"column {name}", (column, columns[name])
    for name, fields in LOGS.items():
        of_money = np.where(np.array(fields) == "cents", factor, 1)
        one, two = (
            np.concatenate([np.zeros((0, len(fields)), np.int64), *world.logs[name]])
            for world in (a, b)
        )
        yield f"log {name}", (one * of_money, two)


def _ended(world: World) -> World:
    while world.week < world.config.weeks:
        world.step()
    return world


def _exactly(found: Differences) -> Outcome:
    return not found, found


# Placebos


@placebo(*ENGINES)
def same_twice(bench: Bench) -> Outcome:
    """The same market is simulated twice, once without and once with a branch in the middle that
    changes nothing. No account, log or column may differ."""
    config = copy.deepcopy(bench.config)
    for name in LOGS:
        setattr(config.log, name, True)
    first = bench.begin(config, bench.seed, engine=bench.engine)
    while first.week < config.weeks // 2:
        first.step()
    twin = _ended(first.branch())
    found = differences(_ended(first), twin) | differences(first, bench.run(config))
    return _exactly(found)


MONEY = "money"
"""Word with which the unit of an amount of money begins."""


def in_other_money(config: Config, factor: int) -> Config:
    """A configuration with every amount of money multiplied: all numbers whose declared unit is
    money, and all budgets. A whole number of cents stays the smallest amount."""
    out = copy.deepcopy(config)
    for key, known, value in list(numbers(config)):
        if known.unit.startswith(MONEY):
            out = with_number(out, key, value * factor)
    for firm in out.firms.values():
        firm.budget = {activity: money * factor for activity, money in firm.budget.items()}
    return out


SUMMED = "account value_to_date"
"""What adds up the rounding of all weeks."""


def _rounding(config: Config) -> dict[str, float]:
    """The largest differences that rounding explains, in cents or parts.

    Customers' discounted value is booked in whole cents. A department divides its money among its
    n lines in whole cents; a line loses less than one, and the largest gets up to n - 1 of them.
    The hours that money pays for change with it, and are booked in whole parts of 1/65536."""
    lines = resolved(config.activities).values()
    cents = max(Counter(line.owner for line in lines).values()) - 1
    hours = cents / CENTS * max(line.labour for line in lines) / config.organising.wage
    return {
        SUMMED: (FACTOR + 1) / 2.0 * config.weeks,
        "table spend": float(FACTOR * max(cents, 1)),
        "account market_department_hours": hours * PARTS + 1.0,
        "account marketing_hours": hours * PARTS + 1.0,
        "account misplaced": hours * PARTS + 1.0,
    }


@placebo(*ENGINES)
def money_times_ten(bench: Bench) -> Outcome:
    """All prices, costs, wages and budgets are multiplied by ten. Customers, units and counts must
    not change, and every amount of money must be ten times as large: exactly, but for discounted
    value, the division of a department's money among its lines, and the hours that money pays for,
    which are rounded to whole cents and parts of an hour."""
    found = differences(bench.run(), bench.run(in_other_money(bench.config, FACTOR)), FACTOR)
    allowed = _rounding(bench.config)
    return all(gap <= allowed.get(where, 0.0) for where, gap in found.items()), found


def renamed(config: Config, names: Mapping[str, str]) -> Config:
    """A configuration in which firms have other names, by their present names; ids stay."""
    out = copy.deepcopy(config)
    out.firms = {names[name]: firm for name, firm in out.firms.items()}
    for treatment in out.treatments.values():
        treatment.firm = names.get(treatment.firm, treatment.firm)
    return out


@placebo(*ENGINES)
def names_exchanged(bench: Bench) -> Outcome:
    """Every firm gets the name of the next one, and a single firm a new name. The results of each
    must be those it had under its old name."""
    old = list(bench.config.firms)
    new = dict(zip(old, [*old[1:], old[0]] if len(old) > 1 else [f"{old[0]}_2"], strict=True))
    a, b = bench.run(), bench.run(renamed(bench.config, new))
    found = differences(a, b)
    if b.names != tuple(new[name] for name in a.names):
        found["names"] = float("inf")
    return _exactly(found)


@placebo(*ENGINES)
def order_reversed(bench: Bench) -> Outcome:
    """Firms, activities, segments and budget lines are written in reverse order. Nothing may
    differ."""
    turned = copy.deepcopy(bench.config)
    for group in ("firms", "activities", "segments"):
        setattr(turned, group, dict(reversed(getattr(turned, group).items())))
    for firm in turned.firms.values():
        firm.budget = dict(reversed(firm.budget.items()))
    return _exactly(differences(bench.run(), bench.run(turned)))


@placebo("columnar")
def ids_exchanged(bench: Bench) -> Outcome:
    """Two firms alike compete, one with twice the other's budget, over twelve seeds; then their
    ids, which key their random draws, are exchanged. The larger firm's revenue may differ by
    chance only: the 99.9 % interval of the difference must contain zero."""
    revenue = np.array(
        [
            [_revenue_of_larger(bench, larger, bench.seed + n) for larger in (0, 1)]
            for n in range(SEEDS)
        ]
    )
    gaps = revenue[:, 1] - revenue[:, 0]
    half = stats.t.ppf((1 + SURE) / 2, SEEDS - 1) * gaps.std(ddof=1) / np.sqrt(SEEDS)
    gap = float(abs(gaps.mean()))
    return gap <= half, {"account revenue": gap} if gap else {}


def _revenue_of_larger(bench: Bench, larger: int, seed: int) -> float:
    """Mean revenue a week of the firm with more money, in cents, where it has the lower (0) or the
    higher id (1) of two."""
    model = max(bench.config.firms.values(), key=lambda firm: sum(firm.budget.values()))
    firms: dict[str, FirmSpec] = {}
    for n, name in enumerate(("first", "second")):
        firms[name] = replace(copy.deepcopy(model), id=n + 1, enters=0)
        if n == larger:
            firms[name].budget = {k: 2.0 * money for k, money in model.budget.items()}
    world = bench.run(replace(bench.config, firms=firms, treatments={}), seed)
    return float(world.ledger.accounts()[:, larger, acc.REVENUE].mean())


EFFECTS = ("salience", "credibility", "intrusiveness", "click", "capture", "survey")
"""Attributes of an activity through which it acts."""

BOOKED = {
    *(f"account {name}" for name in (
        "spend", "cash", "contacts", "answerable", "market_department_hours", "marketing_hours",
        "misplaced", "power_sales", "declined",
    )),
    "table spend", "table contacts",
}  # fmt: skip
"""What is booked of an activity itself: its money, contacts and working hours."""


@placebo(*ENGINES)
def idle_instrument(bench: Bench) -> Outcome:
    """Instruments without salience, credibility, intrusiveness, clicks and captured contacts get
    more money from every firm: a new activity beside those of the market, then all of these at
    once. Nothing may differ but the money, contacts and hours booked for them."""
    found: Differences = {}
    for names in (["placebo"], list(bench.config.activities)):
        idle = _with_idle(bench.config, names)
        more = copy.deepcopy(idle)
        for firm in more.firms.values():
            extra = 1.0 + sum(firm.budget.values())
            firm.budget |= {name: firm.budget.get(name, 0.0) + extra for name in names}
        gaps = differences(bench.run(idle), bench.run(more))
        found |= {where: gap for where, gap in gaps.items() if where not in BOOKED}
    return _exactly(found)


def _with_idle(config: Config, names: Sequence[str]) -> Config:
    """A configuration in which some activities, new ones or those of the market, have no effect."""
    out = copy.deepcopy(config)
    highest = max(activity.id for activity in out.activities.values())
    for name in names:
        activity = out.activities.setdefault(name, Activity(id=highest + 1, labour=0.0))
        for attribute in EFFECTS:
            setattr(activity, attribute, type(getattr(activity, attribute))(0))
    return out


def audit(
    markets: Sequence[str] = (),
    *overrides: str,
    engines: Sequence[str] = ENGINES,
    begin: Callable[..., World] = start,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Try every placebo in every market.

    Args:
        markets: names of shipped markets; all of them if none.
        overrides: ``key=value`` changes of all markets, which are small unless these say otherwise.
        engines: on which placebos are tried.
        begin: makes a market, as :func:`sim.start`; tests break a placebo with another one.
        progress: called with the number of checks just finished and their total number.

    Raises:
        ConfigError: unknown market or engine, or a wrong override.
    """
    known = options("market")
    names = [one_of(name, "market", known) for name in markets or known]
    todo = [
        (market, one, engine)
        for market in names
        for engine in engines
        for one in PLACEBOS.values()
        if engine in one.engines
    ]
    out = []
    for market, one, engine in todo:
        size = SIZE[one_of(engine, "engine", ENGINES)]
        config = load_config(f"market={market}", "threads=1", *size, *overrides)
        held, found = one.function(Bench(config, config.seed, engine, begin))
        where = max(found, key=found.__getitem__, default="")
        largest = found.get(where, 0.0)
        out.append(Check(one.name, market, engine, held, not found, where, largest))
        if progress is not None:
            progress(1, len(todo))
    return out


# Ablations


@dataclass(frozen=True)
class Ablation:
    """A cause that can be removed from a market.

    Attributes:
        name: key of :data:`ABLATIONS`.
        meaning: what is removed.
        of: the ``key=value`` changes that remove it, by configuration and by the firm that stays
            where firms are removed.
        branches: whether a branch can remove it. Otherwise only a new market can, since the change
            concerns the customers' traits or the number of firms.
    """

    name: str
    meaning: str
    of: Callable[[Config, str], tuple[str, ...]]
    branches: bool

    def changes(self, config: Config, firm: str = "") -> tuple[str, ...]:
        """The ``key=value`` changes for a market.

        Args:
            config: of the market.
            firm: that stays if firms are removed; the first by id if empty.

        Raises:
            ConfigError: there is no such firm.
        """
        first = next(iter(in_id_order(config.firms)))
        return self.of(config, one_of(firm, "firm", config.firms) if firm else first)


MOST_EVEN = declared(Choice)["rate_shape"].high
"""Largest evenness of buying rates; their coefficient of variation is then 0.14."""

WITHOUT_TALK = (
    "talk.rate=0", "loyalty.tell_leaving=0", "information.rating_rate=0",
    "information.rating_gain=0",
)  # fmt: skip
WITHOUT_TRUST = (
    "choice.trust_weight=0", "attention.trust_gain=0", "attention.irritation=0",
    "attention.trust_retention=1", "talk.trust_gain=0", "information.rating_gain=0",
    "loyalty.experience_gain=0", "loyalty.experience_loss=0",
)  # fmt: skip
WITHOUT_AWARENESS = ("choice.consideration=false", "choice.awareness_weight=0")
SPREADS = (
    "choice.taste_within=0", "choice.taste_spread=0", "price.spread=0", "attention.click_spread=0",
    "credit.spread=0", "credit.thrift=0", "media.spread=0",
)  # fmt: skip


def _alike(config: Config, _: str) -> tuple[str, ...]:
    shares = [segment.share for segment in config.segments.values()]
    out = [*SPREADS, f"choice.rate_shape={MOST_EVEN:g}"]
    for trait in ("taste", "need", "thrift"):
        values = [getattr(segment, trait) for segment in config.segments.values()]
        mean = float(np.average(values, weights=shares))
        out += [f"{key_of(('segments', name))}.{trait}={mean!r}" for name in config.segments]
    return tuple(out)


def _alone(config: Config, firm: str) -> tuple[str, ...]:
    return tuple(f"~{key_of(('firms', name))}" for name in config.firms if name != firm)


_ABLATIONS = (
    Ablation(
        "no_word_of_mouth",
        "Customers tell nobody about firms, and neither publish nor read ratings.",
        lambda *_: WITHOUT_TALK,
        branches=True,
    ),
    Ablation(
        "no_trust",
        "Trust stays as it is, and has no part in choice.",
        lambda *_: WITHOUT_TRUST,
        branches=True,
    ),
    Ablation(
        "no_awareness",
        "Every firm is considered on every occasion, and familiarity counts for nothing.",
        lambda *_: WITHOUT_AWARENESS,
        branches=True,
    ),
    Ablation(
        "no_heterogeneity",
        "Customers have the same taste, price sensitivity, use of media and liking of firms, and "
        "nearly the same buying rate.",
        _alike,
        branches=False,
    ),
    Ablation(
        "no_heterogeneity_no_trust",
        "Both of these.",
        lambda config, firm: (*_alike(config, firm), *WITHOUT_TRUST),
        branches=False,
    ),
    Ablation("no_competition", "One firm is alone in the market.", _alone, branches=False),
)

ABLATIONS: dict[str, Ablation] = {one.name: one for one in _ABLATIONS}
"""Causes that published facts are ascribed to. A fact names those without which it must vanish."""


# Inputs in disguise

NEAR_ONE = 1.25
"""A figure follows a parameter if the elasticity lies between one and this, or its inverse."""

NEARLY_ALL = 0.9
"""Rank correlation from which a parameter explains nearly all of a figure's variation."""


@dataclass(frozen=True)
class Suspect:
    """A parameter that may fix a figure.

    Attributes:
        key: of the parameter.
        elasticity: of the figure, in the market as configured; NaN if it could not be measured.
        correlation: rank correlation with the figure over drawn settings; NaN if it was not drawn.
    """

    key: str
    elasticity: float
    correlation: float

    @property
    def fixes(self) -> bool:
        """Whether the figure follows the parameter one for one, and little else."""
        return follows(self.elasticity) and abs(self.correlation) >= NEARLY_ALL


@dataclass(frozen=True)
class Origin:
    """Where a figure comes from: the suspects, the most correlated first, and the parameter that
    fixes it, empty if none does."""

    suspects: tuple[Suspect, ...]

    @property
    def fixed_by(self) -> str:
        """The parameter that fixes the figure; empty if none does."""
        return next((one.key for one in self.suspects if one.fixes), "")


def fixed_by(
    figure_of: Callable[[Config], float],
    candidates: Sequence[str],
    config: Config,
    *,
    keys: Sequence[str] = (),
    settings: np.ndarray | None = None,
    values: np.ndarray | None = None,
    step: float = 0.1,
) -> Origin:
    """Whether one parameter fixes a figure, which is then an input and no evidence.

    Args:
        figure_of: measures the figure in a market, always with the same random draws.
        candidates: keys of suspected parameters; each is moved by ``step`` up and down. Of a share
            above one half, such as a retention, the distance from one is moved instead.
        config: of the market.
        keys: of the parameters that were drawn.
        settings: their values, float64 [setting, parameter].
        values: the figure at the settings, float64 [setting]; NaN where it could not be measured.

    Raises:
        ConfigError: a candidate is no number of the configuration.
    """
    correlations = dict.fromkeys(candidates, float("nan"))
    if settings is not None and values is not None:
        correlations |= dict(zip(keys, rank_correlations(settings, values), strict=True))
    elasticities = {}
    for key in candidates:
        moved = moves(config, key, step)
        elasticities[key] = moved.elasticity(figure_of(moved.down), figure_of(moved.up))
    found = [
        Suspect(key, elasticities.get(key, float("nan")), correlation)
        for key, correlation in correlations.items()
    ]
    return Origin(tuple(sorted(found, key=lambda one: -np.nan_to_num(abs(one.correlation)))))


def rank_correlations(settings: np.ndarray, values: np.ndarray) -> list[float]:
    """Rank correlation of a figure with each parameter over drawn settings; NaN where one of them
    does not vary.

    Args:
        settings: float64 [setting, parameter].
        values: float64 [setting]; NaN where the figure could not be measured.
    """
    known = np.isfinite(values)
    columns = settings[known].T
    varies = known.sum() > 2 and np.ptp(values[known]) > 0
    return [
        float(stats.spearmanr(column, values[known]).statistic)
        if varies and np.ptp(column) > 0
        else float("nan")
        for column in columns
    ]


@dataclass(frozen=True)
class Moves:
    """A market with one parameter moved down, and one with it moved up.

    Attributes:
        down, up: the two configurations.
        log_ratio: log of the parameter's upper value over its lower one; 0 if bounds keep it where
            it is.
    """

    down: Config
    up: Config
    log_ratio: float

    def elasticity(self, down: float, up: float) -> float:
        """Elasticity of a figure measured in both; NaN if it has not the same sign in both."""
        if not self.log_ratio or not np.isfinite(down * up) or down * up <= 0.0:
            return float("nan")
        return float(np.log(up / down) / self.log_ratio)


def moves(config: Config, key: str, step: float = 0.1) -> Moves:
    """Move a parameter by a step down and up, within its bounds. Of a share above one half, such as
    a retention, the distance from one is moved instead.

    Raises:
        ConfigError: the key is no number of the configuration.
    """
    known = {name: (declaration, value) for name, declaration, value in numbers(config)}
    declaration, value = known[one_of(key, "parameter", known)]
    from_one = declaration.high == 1.0 and value > 0.5
    basis = 1.0 - value if from_one else float(value)
    made, ends = [], []
    for factor in (1.0 - step, 1.0 + step):
        end = 1.0 - basis * factor if from_one else basis * factor
        moved = with_number(config, key, min(max(end, declaration.low), declaration.high))
        now = next(v for name, _, v in numbers(moved) if name == key)
        ends.append(1.0 - now if from_one else float(now))
        made.append(checked(moved))
    ratio = float(np.log(ends[1] / ends[0])) if min(ends) > 0.0 else 0.0
    return Moves(made[0], made[1], ratio)


def follows(elasticity: float) -> bool:
    """Whether a figure follows a parameter one for one."""
    return 1 / NEAR_ONE <= abs(elasticity) <= NEAR_ONE
