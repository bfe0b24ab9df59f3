"""The week as a table of phases, and the world that lives through it."""

from __future__ import annotations

import copy
import datetime as dt
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim import config as configuration
from sim import draws
from sim.agents.executive import Executive, Orders
from sim.config import Config
from sim.engines.kernels import reach_table
from sim.engines.protocol import Behaviour, Engine, Offers, Setting, Tally
from sim.ledger import accounts as book
from sim.ledger.book import Ledger, Page, page
from sim.market import activities as media
from sim.market.calendar import DEFAULT_START, monday, parse_start
from sim.market.network import Network, lay_out
from sim.market.plan import Levers, Plan, read_plan, schedule
from sim.market.population import People, draw_arrivals, draw_people
from sim.outcomes.run import Run
from sim.params import ConfigError, nearest, numbers
from sim.rules.flow import demand
from sim.rules.information import RATING_WEEKS
from sim.rules.pricing import log_price


@dataclass(frozen=True)
class Phase:
    """A row of the week's table: who does what, reading and writing what."""

    name: str
    who: str
    does: str
    reads: str
    writes: str


WEEK = (
    Phase("decide", "executives", "read the plan: spend by activity, list price, discount",
          "plan, declared budget", "this week's orders"),
    Phase("come and go", "customers", "people enter the market in their week, or leave for good",
          "week of arrival", "own presence; relationships of those who leave"),
    Phase("hear", "customers", "last week's messages arrive", "own inbox",
          "own awareness, trust, last touch; inbox emptied"),
    Phase("forget", "customers", "awareness fades", "own awareness", "own awareness"),
    Phase("need", "customers", "a buying occasion arises or not",
          "own buying rate, season, shock, contract, stock",
          "own need of this week, own stock"),
    Phase("place", "market", "spend buys contacts, spread over each activity's audience",
          "orders; number of people by (active customer, in need)", "chances of contacts"),
    Phase("meet", "customers", "contacts reach people",
          "chances of contacts, own class, contacts of last week",
          "own awareness, trust, last touch, contacts met"),
    Phase("talk", "customers", "active customers may tell an acquaintance", "own trust, ties",
          "messages, heard next week"),
    Phase("shop", "customers", "on an occasion: look around or not, consider, choose, buy or not",
          "own awareness, trust, taste, remembered prices; prices, ratings",
          "order; own remembered prices, trust by ratings"),
    Phase("experience", "customers", "a purchase lives up to expectation or not",
          "the firm's quality",
          "own awareness, trust, relationship, contract, stock; a public rating"),
    Phase("lapse", "customers", "active customers may end the relationship, and tell",
          "own trust, news of leavers", "own relationship; news, known next week"),
    Phase("book", "ledger", "the week is booked in people and cents", "tally, orders, prices",
          "ledger (append only)"),
)  # fmt: skip
"""The order of a week. Inside a phase everybody reads and writes only what is their own, so the
order of people cannot matter; what is meant for somebody else is a message."""


class World(mesa.Model):
    """A market that can be stepped, saved and branched. Made by :func:`start`.

    Attributes:
        config, seed, plan: as given to :func:`start`, or by a branch.
        origin: the seed of who people are (tastes, ties); a branch does not change it.
        week: weeks lived so far.
        firms: executives in order of firm ids.
        engine: the customers.
        ledger: what happened.
    """

    def __init__(
        self,
        config: Config,
        seed: int,
        plan: Plan | None,
        engine: str,
        customer: Callable[..., Any] | None,
    ) -> None:
        super().__init__(rng=seed)
        self.config = config
        self.seed = self.origin = seed
        self.plan = plan
        self.week = 0
        by_id = sorted(config.firms.items(), key=lambda item: item[1].id)
        self.firms = [Executive(self, name, spec, row) for row, (name, spec) in enumerate(by_id)]
        self.names = tuple(name for name, _ in by_id)
        self._media = dict(sorted(config.activities.items(), key=lambda item: item[1].id))
        self.start_date = _start_date(config, [plan])
        self.levers = self._schedule()
        self.ledger = Ledger(self.names, tuple(self._media))
        segments = sorted(config.segments.values(), key=lambda s: s.id)
        weekly = config.flow.inflow * config.population.customers
        arrivals = draw_arrivals(seed, weekly, config.weeks)
        self.people = draw_people(
            seed, config.population, segments, config.choice, config.price, arrivals
        )
        self.network = self._network()
        self._engine_name = engine
        self._customer = customer
        self.engine = _make_engine(self, self._setting())
        state = self.engine.columns()
        for row, (_, spec) in enumerate(by_id):
            knows = np.where(self.people.arrival == 0, 1.0, config.flow.knows)
            state["awareness"][row] = spec.awareness * knows
            state["trust"][row] = spec.trust * knows
            net = spec.list_price * (1.0 - spec.discount)
            state["remembered"][row] = log_price(net, config.price.usual)
        self.engine.load(state)

    def _schedule(self) -> Levers:
        return schedule(
            self.plan,
            start=self.start_date,
            weeks=self.config.weeks,
            firms=self.names,
            activities=list(self._media),
            budgets={name: self.config.firms[name].budget for name in self.names},
        )

    def _network(self) -> Network:
        spec, weeks = self.config.population, self.config.weeks
        arrivals = np.bincount(self.people.arrival, minlength=weeks)[1:].tolist()
        weekly = self.config.flow.inflow * spec.customers
        return lay_out(spec.customers, arrivals, weekly, spec.customers + spec.bystanders)

    def _setting(self) -> Setting:
        c = self.config
        items = list(self._media.values())
        return Setting(
            seed=self.seed,
            origin=self.origin,
            firm_ids=np.array([f.spec.id for f in self.firms], np.int64),
            activity_ids=np.array([a.id for a in items], np.int64),
            survey=np.array([a.survey for a in items], bool),
            position=np.array([f.spec.position for f in self.firms]),
            content=media.content(items, c.attention),
            behaviour=Behaviour(
                retention=c.attention.retention,
                crowding=c.attention.crowding,
                exit=c.flow.exit,
                reach=c.information.reach,
                found=c.information.found,
                rating_rate=c.information.rating_rate,
                rating_gain=c.information.rating_gain,
                talk_rate=c.talk.rate,
                talk_awareness=c.talk.awareness_gain,
                talk_trust=c.talk.trust_gain,
                candour=c.talk.candour,
                ties=c.talk.ties,
                homophily=c.talk.homophily,
                consideration=c.choice.consideration,
                intercept=c.choice.intercept,
                awareness_weight=c.choice.awareness_weight,
                trust_weight=c.choice.trust_weight,
                inertia=c.choice.inertia,
                switching_cost=c.loyalty.switching_cost,
                misfit_weight=c.choice.misfit_weight,
                taste_spread=c.choice.taste_spread,
                memory_share=c.price.memory_share,
                loss_aversion=c.price.loss_aversion,
                price_learning=c.price.learning,
                experience_awareness=c.loyalty.experience_awareness,
                experience_gain=c.loyalty.experience_gain,
                experience_loss=c.loyalty.experience_loss,
                contract=c.loyalty.contract,
                stockup=c.stock.stockup,
                lapse_hazard=c.loyalty.lapse_hazard,
                tell_leaving=c.loyalty.tell_leaving,
                contagion=c.loyalty.contagion,
            ),
            window=c.measurement.window,
        )

    def step(self) -> None:
        """Live through one week (the phases of :data:`WEEK`).

        Raises:
            ConfigError: the run is over.
        """
        if self.week >= self.config.weeks:
            raise ConfigError(f"the run is over after weeks={self.config.weeks}.")
        orders = [firm.decide(self.week, self.levers) for firm in self.firms]
        f = self.config.flow
        level = demand(self.week, f.season, f.peak, f.shock, f.shock_from, f.shock_weeks)
        audience = self.engine.open_week(self.week, level)
        offers = self._offers(orders, audience)
        tally = self.engine.close_week(self.week, offers)
        self.ledger.append(self._page(orders, tally))
        self.week += 1

    def _offers(self, orders: Sequence[Orders], audience: np.ndarray) -> Offers:
        weight, usual = self.config.population.weight, self.config.price.usual
        contacts = [
            [media.contacts_bought(a, int(cents)) / weight for a, cents in zip(
                self._media.values(), o.spend, strict=True)]
            for o in orders
        ]  # fmt: skip
        return Offers(
            log_price=np.array([log_price(o.net_price / 100.0, usual) for o in orders]),
            deal=np.array([log_price(o.list_price, o.net_price) for o in orders]),
            quality=np.array([draws.threshold(f.spec.quality) for f in self.firms], np.uint64),
            reach=reach_table(np.array(contacts), media.aim(list(self._media.values())), audience),
            rating=self._ratings(),
        )

    def _ratings(self) -> np.ndarray:
        """Share of good ratings of the last year by firm, -1 without any."""
        posts, good = (self.ledger.recent(a, RATING_WEEKS) for a in (book.RATED, book.RATED_GOOD))
        return np.where(posts > 0, good / np.maximum(posts, 1), -1.0)

    def _page(self, orders: Sequence[Orders], tally: Tally) -> Page:
        return page(
            tally.accounts,
            tally.contacts,
            tally.sources,
            weight=self.config.population.weight,
            spend=np.array([o.spend for o in orders]),
            list_price=np.array([o.list_price for o in orders]),
            net_price=np.array([o.net_price for o in orders]),
            unit_cost=np.array([round(f.spec.unit_cost * 100) for f in self.firms]),
            cash=self.ledger.cash,
        )

    def run(self) -> Run:
        """The record of the weeks lived so far."""
        return Run(
            self.config,
            self.seed,
            self.plan.name if self.plan else "",
            self.start_date,
            self.names,
            self.ledger.copy(),
        )

    def snapshot(self) -> bytes:
        """The whole world as bytes: plain data, read again by :func:`restore`."""
        meta = {
            "config": configuration.to_yaml(self.config),
            "seed": self.seed,
            "origin": self.origin,
            "plan": asdict(self.plan) if self.plan else None,
            "week": self.week,
            "engine": self._engine_name,
        }
        arrays = {f"state/{k}": v for k, v in self.engine.columns().items()}
        arrays |= {f"people/{k}": v for k, v in vars(self.people).items()}
        arrays |= {f"levers/{k}": v for k, v in vars(self.levers).items()}
        if self.ledger.weeks:
            arrays |= {f"ledger/{k}": getattr(self.ledger, k)() for k in Page.__annotations__}
        out = io.BytesIO()
        arrays["meta"] = np.array(json.dumps(meta, default=str))
        np.savez(out, allow_pickle=False, **arrays)
        return out.getvalue()

    def branch(
        self, *overrides: str, seed: int | None = None, plan: str | Plan | None = None
    ) -> World:
        """A second world that shares the past and differs from now on.

        Args:
            overrides: ``key=value`` changes that hold from this week on.
            seed: luck from now on; the same if None.
            plan: plan from now on; the same if None.

        Raises:
            ConfigError: an override is wrong, or changes who is in the market.
        """
        twin = restore(self.snapshot(), customer=self._customer)
        changed = configuration.override(twin.config, *overrides)
        _refuse_the_past(twin.config, changed)
        twin.config = changed
        twin.seed = twin.seed if seed is None else seed
        twin.network = twin.engine.network = twin._network()
        twin._media = dict(sorted(changed.activities.items(), key=lambda item: item[1].id))
        for firm in twin.firms:
            firm.spec = changed.firms[firm.name]
        if plan is not None:
            twin.plan = find_plan(plan, changed)
        if plan is not None or changed != self.config:
            twin.levers = twin._schedule()
        twin.engine.configure(twin._setting())
        return twin


FROM_THE_START = (
    "population", "segments", "flow.inflow", "flow.knows", "choice.rate_mean", "choice.rate_shape",
    "choice.taste_within", "price.weight", "price.spread", "firms.*.id", "firms.*.awareness",
    "firms.*.trust", "activities.*.id",
)  # fmt: skip
"""What people and firms bring with them: drawn or set before the first week."""


def _refuse_the_past(before: Config, after: Config) -> None:
    """Raise ConfigError where a branch would change what only the start can change."""
    was = {name: value for name, _, value in numbers(before)}
    will = {name: value for name, _, value in numbers(after)}
    for name in dict.fromkeys([*was, *will]):
        if was.get(name) == will.get(name):
            continue
        group, _, rest = name.partition(".")
        known = {group, name, f"{group}.*.{rest.rpartition('.')[2]}"}
        if known & set(FROM_THE_START):
            raise ConfigError(f"{name}: a branch cannot change it, it was settled at the start.")
    if after.weeks > before.weeks and after.flow.inflow > 0.0:
        raise ConfigError(
            f"weeks={after.weeks}: a market with inflow cannot be made longer by a branch; "
            f"allowed up to {before.weeks}."
        )


def _make_engine(world: World, setting: Setting) -> Engine:
    if world._engine_name == "reference":
        from sim.engines.reference import Crowd, Customer

        return Crowd(world, world.people, setting, world.network, world._customer or Customer)
    if world._customer is not None:
        raise ConfigError("customer: only engine=reference takes a class of customers.")
    from sim.engines.columnar import Columns

    return Columns(world.people, setting, world.network, world.config.threads or processors())


def processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start_date(config: Config, plans: Sequence[Plan | None]) -> dt.date:
    if config.start != "auto":
        return parse_start(config.start)
    dated = [m for plan in plans if plan and (m := plan.first_monday())]
    return monday(min(dated, default=DEFAULT_START))


def shipped_plans() -> list[str]:
    """Names of the plans that come with the package."""
    return sorted(p.stem for p in (configuration.FILES / "plan").glob("*.csv"))


def find_plan(plan: str | Path | Plan | None, config: Config) -> Plan | None:
    """A plan by name (of the package) or by path of a CSV file.

    Raises:
        ConfigError: there is no such plan, or it cannot be read.
    """
    if plan is None or isinstance(plan, Plan):
        return plan
    word = str(plan)
    shipped = configuration.FILES / "plan" / f"{word}.csv"
    path = shipped if word in shipped_plans() else Path(word)
    if not path.is_file():
        raise ConfigError(
            f"plan {word}: neither a file nor a plan of the package; allowed "
            f"{', '.join(shipped_plans())} or a path to a CSV.{nearest(word, shipped_plans())}"
        )
    name = word if path == shipped else path.stem
    return read_plan(path, name, config.firms, config.activities)


def spent_within(plan: Plan, config: Config) -> tuple[float, float]:
    """Money a plan spends within the run, and in all."""
    firms, activities = list(config.firms), list(config.activities)
    levers = schedule(plan, start=_start_date(config, [plan]), weeks=config.weeks, firms=firms,
                      activities=activities, budgets={})  # fmt: skip
    return int(levers.spend.sum()) / 100.0, sum(plan.total(firm) for firm in plan.firms)


def share_start(config: Config, plans: Sequence[Plan | None]) -> Config:
    """The configuration with one start date for all plans that will be compared."""
    return replace(config, start=_start_date(config, plans).isoformat())


def start(
    config: Config,
    seed: int | None = None,
    *,
    plan: str | Path | Plan | None = None,
    engine: str | None = None,
    customer: Callable[..., Any] | None = None,
) -> World:
    """A world before its first week.

    Args:
        config: from :func:`sim.load_config`.
        seed: of all luck; the configuration's if None.
        plan: name or path of a plan, or None for declared budgets.
        engine: ``columnar`` or ``reference``; the configuration's if None.
        customer: subclass of :class:`sim.engines.reference.Customer` (reference engine only).

    Raises:
        ConfigError: the plan or a name is wrong.
    """
    engine = engine or config.engine
    if engine not in configuration.ENGINES:
        raise ConfigError(
            f"engine={engine}: no such engine; allowed {', '.join(configuration.ENGINES)}."
        )
    config = copy.deepcopy(config)  # whoever changes theirs later changes nobody's world
    configuration.validate(config)
    seed = config.seed if seed is None else seed
    return World(config, seed, find_plan(plan, config), engine, customer)


def step(world: World) -> World:
    """Live through one week; gives the same world."""
    world.step()
    return world


def restore(saved: bytes, *, customer: Callable[..., Any] | None = None) -> World:
    """The world of a snapshot, ready to go on."""
    with np.load(io.BytesIO(saved), allow_pickle=False) as data:
        arrays = {k: data[k] for k in data.files}
    meta = json.loads(str(arrays.pop("meta")))
    config = configuration.from_yaml(meta["config"])
    plan = _plan_from(meta["plan"])
    world = World(config, meta["seed"], plan, meta["engine"], customer)

    def part(prefix: str) -> dict[str, np.ndarray]:
        return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}

    world.people = People(**part("people/"))
    world.network = world._network()
    world.origin = meta["origin"]
    world.engine = _make_engine(world, world._setting())
    world.engine.load(part("state/"))
    world.levers = Levers(**part("levers/"))
    for columns in zip(*part("ledger/").values(), strict=True):
        world.ledger.append(Page(*(c.copy() for c in columns)))
    world.week = meta["week"]
    return world


def _plan_from(saved: dict[str, Any] | None) -> Plan | None:
    from sim.market.calendar import Period
    from sim.market.plan import Row

    if saved is None:
        return None
    rows = []
    for row in saved["rows"]:
        period = row["period"]
        mondays = tuple(dt.date.fromisoformat(m) for m in period["mondays"])
        rows.append(
            Row(**row | {"period": Period(period["name"], tuple(period["weeks"]), mondays)})
        )
    return Plan(saved["name"], tuple(rows), saved["path"])


def simulate(
    config: Config,
    seed: int | None = None,
    *,
    plan: str | Path | Plan | None = None,
    engine: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Start, and step to the end.

    Args:
        config, seed, plan, engine: as for :func:`start`.
        progress: called with the number of weeks lived after each week.
    """
    world = start(config, seed, plan=plan, engine=engine)
    for _ in range(config.weeks):
        world.step()
        if progress is not None:
            progress(world.week)
    return world.run()
