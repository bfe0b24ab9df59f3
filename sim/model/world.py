"""The simulated market, which can be stepped, saved, restored and branched."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from sim.agents.firm import Firm, part
from sim.config import compose
from sim.config.schema import ENGINES, Config
from sim.draws import rep_number
from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.market.plan import BOUNDS, MOST_MONEY, Levers, Plan, start_date
from sim.market.population import People
from sim.model import archive
from sim.model.injection import asked
from sim.model.memory import check_memory
from sim.model.paths import Recording, StatePath, column_of
from sim.model.state import MarketState, Memory, begin
from sim.model.treatments import firms_drawn, reps_drawn, tagged
from sim.model.week import WEEK, Week
from sim.outcomes.logs import log_table
from sim.outcomes.run import MOST_SHOWN, SUMMARY, Run
from sim.params import (
    MOST_SEED,
    ConfigError,
    Message,
    key_of,
    nearest,
    one_of,
    real_number,
    shown,
    whole_number,
)
from sim.plans.cells import Frame
from sim.plans.find import find_plan
from sim.rules.units import CENTS, QUARTER, YEAR


class World(MarketState):
    """A simulated market that can be stepped, saved and branched. Made by :func:`start`.

    Attributes:
        seconds: time spent in each row of the week's table; None unless it is asked for.
        looked_ahead: whether a firm's policy has simulated coming weeks.
    """

    seconds: dict[str, float] | None = None
    looked_ahead = False

    def __repr__(self) -> str:
        plan = self.plan.name if self.plan else "declared budgets"
        return (
            f"World: week {self.week} of {self.config.weeks}, {plan}, seed {self.seed}, "
            f"{len(self.names)} firms, {self.people.size:,} simulated customers"
        )

    def _repr_html_(self) -> str:
        import pandas as pd

        recent = self.run().window(max(0, self.week - QUARTER), max(0, self.week))
        shown = {name: KPIS[name].function(recent) for name in SUMMARY}
        table = pd.DataFrame(shown, index=pd.Index(self.names, name="firm")).head(MOST_SHOWN)
        caption = escape(f"{self!r}; KPIs of the last {QUARTER} weeks")
        return f"<p>{caption}</p>{table.round(3).to_html()}"

    def step(self) -> None:
        """Simulate one week: run the rows of :data:`sim.model.week.WEEK`.

        Raises:
            ConfigError: the run is over, or waits for a decision.
        """
        if self.week >= self.config.weeks:
            raise ConfigError("the run is over after weeks={weeks}.", weeks=self.config.weeks)
        if self.waiting:
            firm, number = self.waiting
            raise ConfigError(
                "{firm} has to decide for the quarter from week {week}.", firm=firm, week=number
            )
        week = Week(self._what_if)
        self.booked[:] = 0
        for phase in WEEK:
            if phase.run is None:
                continue
            if self.seconds is None:
                phase.run(self, week)
                continue
            begin = time.perf_counter()
            phase.run(self, week)
            taken = time.perf_counter() - begin
            self.seconds[phase.name] = self.seconds.get(phase.name, 0.0) + taken
        self.week += 1

    def stop_firm(self, firm: str) -> None:
        """Stop a firm from the coming week on: it spends nothing, dismisses its sales reps, and
        sells at its declared prices to customers who come by themselves. Other firms go on.

        Raises:
            ConfigError: unknown firm.
        """
        one_of(firm, "firm", self.names)
        self.firms[self.names.index(firm)].executive.stop()

    # Human players

    @property
    def waiting(self) -> tuple[str, int] | None:
        """Firm and week (from 1) of the first missing decision of a human player; None if no
        decision is missing, or if there is no table of decisions."""
        over = self.week >= self.config.weeks
        if self.decisions is None or over or self.week < 0 or self.week % QUARTER:
            return None
        for firm in self.firms:
            led = firm.spec.organisation.policy == "human" and firm.is_present(self.week)
            if led and (self.week + 1, firm.name) not in self.decisions:
                return firm.name, self.week + 1
        return None

    def decide(self, firm: str, decisions: Mapping[str, float]) -> None:
        """Set the decisions of a human player for the quarter that begins.

        Args:
            firm: name of the firm.
            decisions: values by lever: money per week for each activity, ``list_price``,
                ``discount`` and ``reps``. Levers that are not named keep their values.

        Raises:
            ConfigError: unknown firm or lever, or a value out of bounds.
        """
        self.check_decisions(firm, decisions)
        if self.decisions is None:
            self.decisions = {}
        self.decisions[self.week + 1, firm] = dict(decisions)

    def check_decisions(self, firm: str, decisions: Mapping[str, float]) -> None:
        """Refuse decisions that cannot be carried out.

        Raises:
            ConfigError: as for :meth:`decide`.
        """
        one_of(firm, "firm", self.names)
        if not isinstance(decisions, Mapping):
            raise ConfigError(
                "decisions={decisions}: needs values by lever.", decisions=shown(decisions)
            )
        for lever, value in decisions.items():
            one_of(lever, "lever", (*self.activities, *BOUNDS, "reps"))
            low, high, _ = BOUNDS.get(lever, (0.0, MOST_MONEY, "money per week"))
            what = Message("decision for {firm}: {lever}", firm=firm, lever=lever)
            real_number(value, what, low, high)

    # Experiments

    def assign(self, treatment: str, rows: Sequence[int]) -> None:
        """Assign customers or firms to a treatment instead of drawing them, before its first week.

        Args:
            treatment: name of the treatment in the configuration.
            rows: rows of the customers in ``people``, or of the firms in ``names``.

        Raises:
            ConfigError: unknown treatment or customer, or the treatment has begun.
        """
        known = self.config.treatments
        if treatment not in known:
            raise ConfigError(
                "assign {treatment}: no such treatment; allowed {allowed}.{hint}",
                treatment=treatment, allowed=[*known], hint=nearest(treatment, known),
            )  # fmt: skip
        if known[treatment].unit == "rep":
            raise ConfigError(
                "assign {treatment}: reps are drawn, by {key}.",
                treatment=treatment, key=f"{key_of(('treatments', treatment))}.share",
            )  # fmt: skip
        if self.week + 1 > known[treatment].week:
            raise ConfigError(
                "assign {treatment}: it began in week {week}.",
                treatment=treatment, week=known[treatment].week,
            )  # fmt: skip
        given = np.asarray(rows)
        if given.size and given.dtype.kind not in "iu":
            raise ConfigError("assign {treatment}: rows are whole numbers.", treatment=treatment)
        chosen = given.astype(np.int64)
        size = self.people.size if known[treatment].unit == "customer" else len(self.names)
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < size:
            raise ConfigError(
                "assign {treatment}: row {row} is no customer; allowed 0 to {last}."
                if known[treatment].unit == "customer"
                else "assign {treatment}: row {row} is no firm; allowed 0 to {last}.",
                treatment=treatment, row=chosen.min() if chosen.min() < 0 else chosen.max(),
                last=size - 1,
            )  # fmt: skip
        self.tagged[treatment] = chosen

    def treated(self, treatment: str) -> list[Any]:
        """Who is in a treatment: rows of the customers who are tagged so far; (firm, number) of the
        reps at work who are drawn, numbered as in the log of leads; or names of the firms.

        Args:
            treatment: name of the treatment in the configuration.

        Raises:
            ConfigError: unknown treatment.
        """
        known = self.config.treatments
        one = known[one_of(treatment, "treatment", known)]
        if one.unit == "customer":
            return [*tagged(self, one).tolist()]
        if one.unit == "firm":
            return [self.names[f] for f in firms_drawn(self, treatment, one)]
        return [
            (self.names[f], rep_number(self.firms[f].sales.reps[place].ident))
            for f, place in reps_drawn(self, one)
        ]

    def inject(
        self, event: str, firm: str = "", rows: Sequence[int] = (), *, activity: str = "",
        number: int = 1, valence: float | None = None,
    ) -> None:  # fmt: skip
        """Let an event happen at the beginning of the coming week, when its treatments have begun
        and before anybody acts.

        Args:
            event: one of :data:`sim.model.injection.EVENTS`: ``message``, ``news`` of a leaver,
                ``contact``, ``click``, ``experience``, ``rating``, ``lead``, ``enquiry``,
                ``join``, ``leave``, ``exit``.
            firm: firm that it concerns; none for ``exit``.
            rows: rows of the customers in ``people`` to whom it happens, who may be named more
                than once; none for ``rating``.
            activity: of a contact or click; source of a lead, an enquiry or a customer who joins,
                which is the last touch if it is left out.
            number: contacts, messages or news for each customer; ratings in the whole market.
            valence: of messages, 0 to 1; whether a purchase meets expectations, 1 or 0; share of
                ratings that is positive. Other events have none; 1 if left out.

        Raises:
            ConfigError: there is no such event, or a customer or firm cannot have it.
        """
        new = asked(self, event, firm, rows, activity, number, valence)
        self.injected = np.concatenate([self.injected, new])

    def record(self, *columns: str) -> None:
        """Record the path of columns of the customers' state from the coming week on.

        Args:
            columns: of :data:`sim.engines.protocol.HELD`.

        Raises:
            ConfigError: unknown column.
        """
        for name in columns:
            self.recorded[column_of(name)] = Recording(self.week + 1)

    def path(self, column: str) -> StatePath:
        """The path of a column, as recorded so far (:meth:`record`).

        Raises:
            ConfigError: unknown column, or it was not recorded.
        """
        name = column_of(column)
        if name not in self.recorded or not self.recorded[name].weeks:
            raise ConfigError(
                "{where}: not recorded; {call} does so from the coming week on.",
                where=f"path {name}", call=f"world.record({name!r})",
            )  # fmt: skip
        known = self.recorded[name]
        return StatePath(name, known.first, np.stack(known.weeks), self.trait_seed)

    def hold(self, column: str, path: StatePath) -> None:
        """Hold a column of the customers' state at a path from the coming week on, until
        :meth:`release`: at the beginning of each week, and after its contacts and sales calls,
        before customers talk and shop, it gets the values of the path.

        Args:
            column: of :data:`sim.engines.protocol.HELD`.
            path: of the same column and the same customers (:meth:`path`).

        Raises:
            ConfigError: unknown column, or the path is of another one, of other customers, or has
                not the coming week.
        """
        name = column_of(column)
        where = f"hold {name}"
        if not isinstance(path, StatePath):
            raise ConfigError(
                "{where}: needs a path from {call}, found {kind}.",
                where=where, call=f"world.path({name!r})", kind=type(path).__name__,
            )  # fmt: skip
        if path.column != name:
            raise ConfigError(
                "{where}: the path is one of {other}.", where=where, other=path.column
            )
        shape = (len(self.names), self.people.size)
        if path.values.shape[2:] != shape or path.trait_seed != self.trait_seed:
            raise ConfigError(
                "{where}: the path is one of other customers or firms; both runs need the same "
                "market and seed.",
                where=where,
            )  # fmt: skip
        path.at(self.week + 1)
        self.held[name] = path

    def release(self, *columns: str) -> None:
        """Hold columns no longer; all of them if none is named.

        Raises:
            ConfigError: unknown column.
        """
        for name in columns or tuple(self.held):
            self.held.pop(column_of(name), None)

    def _what_if(self, firm: Firm, line: int, more: float) -> float:
        """Change of a year's profit if a line of a firm gets more money for a quarter, money; the
        policies of all firms are fixed meanwhile."""
        profits, self.looked_ahead = [], True
        for extra in (0.0, more):
            twin = self.branch(
                *(f"{key_of(('firms', n))}.organisation.policy=fixed" for n in self.names)
            )
            leader = twin.firms[firm.row].executive
            weeks = min(YEAR, twin.config.weeks - twin.week)
            if line < len(self.activities):
                spend = twin.levers.spend.copy()
                cents = round(extra * CENTS)
                spend[twin.week : twin.week + QUARTER, firm.row, line] += cents
                twin.levers = replace(twin.levers, spend=spend)
                leader.shares = np.zeros(0)
            elif extra:
                places = leader.spec.sales.reps if leader.places < 0 else leader.places
                leader.places = places + max(1, round(extra / max(1.0, leader.rep_pay)))
            until = twin.week + weeks
            while twin.week < until:
                twin.step()
            flows = twin.ledger.accounts()[-weeks:, firm.row].sum(axis=0)
            costs = flows[list(acc.PAID_OUT)].sum() + flows[acc.WRITTEN_OFF]
            profits.append(float(flows[acc.REVENUE] - costs) / CENTS)
        return profits[1] - profits[0]

    def expect(self, config: Config) -> None:
        """Go on with the coming interventions and treatments of another configuration, which is
        the same otherwise."""
        before, self.config = (
            self.config,
            replace(self.config, interventions=config.interventions, treatments=config.treatments),
        )
        self.propagate(before)

    # Results, copies and bytes

    def run(self) -> Run:
        """The record of the weeks simulated so far."""
        return Run(
            self.config,
            self.seed,
            self.plan.name if self.plan else "",
            self.start_date,
            self.names,
            self.ledger.copy(),
            {name: log_table(name, rows) for name, rows in self.logs.items()},
            self.people.ident,
            {name: np.concatenate(rows) for name, rows in self.history.items()},
            self.waiting,
            dict(self.seconds or {}),
        )

    def snapshot(self) -> bytes:
        """Return the complete state as bytes, which :func:`restore` reads.

        Raises:
            ConfigError: columns are held or recorded, which no snapshot keeps.
        """
        if self.held or self.recorded:
            raise ConfigError(
                "snapshot: a column is held or recorded, which no snapshot keeps; a branch does."
            )
        decisions = self.decisions
        meta = {
            "config": compose.to_yaml(self.config),
            "seed": self.seed,
            "trait_seed": self.trait_seed,
            "plan": archive.pack_plan(self.plan),
            "week": self.week,
            "engine": self.engine_name,
            "decisions": None
            if decisions is None
            else [[*key, known] for key, known in decisions.items()],
        }
        return archive.pack(meta, self.arrays(), self.ledger.records())

    def branch(
        self,
        *overrides: str,
        seed: int | None = None,
        plan: str | Path | Plan | Frame | None = None,
    ) -> World:
        """Return a copy that shares the past and differs from now on.

        Args:
            overrides: ``key=value`` changes that hold from this week on.
            seed: seed of the random draws from now on; unchanged if None.
            plan: plan from now on, as for :func:`start`; unchanged if None.

        Raises:
            ConfigError: an override is wrong, or would change the customers of the market.
        """
        twin = self._copy()
        twin.diverge(*overrides, seed=seed, plan=plan)
        return twin

    def _copy(self) -> World:
        """A market in the same state."""
        twin = World(
            self.config, self.seed, self.plan, self.engine_name, self.customer_class,
            self.trait_seed, self.given(), self.memory(),
        )  # fmt: skip
        twin.week, twin.ledger = self.week, self.ledger.copy()
        twin.decisions = copy.deepcopy(self.decisions)
        twin.held = dict(self.held)
        twin.recorded = {
            name: Recording(known.first, list(known.weeks)) for name, known in self.recorded.items()
        }
        twin.looked_ahead = self.looked_ahead
        return twin

    def diverge(
        self,
        *overrides: str,
        seed: int | None = None,
        plan: str | Path | Plan | Frame | None = None,
    ) -> None:
        """Become a branch of this market, which is cheaper than to make one. After an error the
        market is of no use.

        Args:
            overrides, seed, plan: as for :meth:`branch`.

        Raises:
            ConfigError: as for :meth:`branch`.
        """
        new_seed = self.seed if seed is None else whole_number(seed, "seed", 0, MOST_SEED)
        if not overrides and plan is None and new_seed == self.seed:
            return
        self.seed = new_seed
        if plan is not None:
            self.plan = find_plan(plan, self.config)
        self.change(*overrides, branch=True)


def start(
    config: Config,
    seed: int | None = None,
    *,
    plan: str | Path | Plan | Frame | None = None,
    engine: str | None = None,
    customer: Callable[..., Any] | None = None,
) -> World:
    """Create a simulated market and run its warm-up, up to the first week of the run.

    Args:
        config: configuration from :func:`sim.load_config`.
        seed: seed of all random draws; that of the configuration if None.
        plan: name or path of a plan, a data frame of pandas or Polars, a
            :class:`sim.market.plan.Plan`, or None for declared budgets.
        engine: ``columnar`` or ``reference``; that of the configuration if None.
        customer: subclass of :class:`sim.engines.reference.Customer` (reference engine only).

    Raises:
        ConfigError: the plan or a name is wrong.
    """
    checked = compose.checked(config)  # a copy, since the caller may change its own later
    return start_checked(checked, seed, plan, engine, customer)


def start_checked(
    config: Config,
    seed: int | None,
    plan: str | Path | Plan | Frame | None = None,
    engine: str | None = None,
    customer: Callable[..., Any] | None = None,
) -> World:
    """As :func:`start`, for a configuration that is checked and that nobody changes any more."""
    engine = one_of(config.engine if engine is None else engine, "engine", ENGINES)
    seed = config.seed if seed is None else whole_number(seed, "seed", 0, MOST_SEED)
    world = World(config, seed, find_plan(plan, config), engine, customer)
    while world.week < 0:
        world.step()
    return world


def step(world: World) -> World:
    """Simulate one week; returns the same object.

    Raises:
        ConfigError: the run is over or waits for a decision, or this is no :class:`World`.
    """
    if not isinstance(world, World):
        raise ConfigError(
            "step needs a world from sim.start(config), found {kind}.", kind=type(world).__name__
        )
    world.step()
    return world


def restore(saved: bytes, *, customer: Callable[..., Any] | None = None) -> World:
    """Restore a simulated market from a snapshot, ready to be stepped.

    Args:
        saved: bytes from :meth:`World.snapshot`.
        customer: as for :func:`start`.

    Raises:
        ConfigError: the bytes are no snapshot, are damaged, or were made by another version.
    """
    meta, arrays, records = archive.unpack(saved)
    config, plan = compose.from_yaml(meta["config"]), archive.unpack_plan(meta["plan"])
    seed, people = meta["trait_seed"], People(**part(arrays, "people/"))
    given = begin(config, seed, plan, start_date(config.start, [plan]), people)
    given = given._replace(levers=Levers(**part(arrays, "levers/")))
    memory = Memory.of(arrays, len(config.firms))
    world = World(config, meta["seed"], plan, meta["engine"], customer, seed, given, memory)
    world.week = meta["week"]
    if meta["decisions"] is not None:
        world.decisions = {(week, firm): known for week, firm, known in meta["decisions"]}
    for record in records:
        world.ledger.append(record)
    return world


def simulate(
    config: Config,
    seed: int | None = None,
    *,
    plan: str | Path | Plan | Frame | None = None,
    engine: str | None = None,
    decisions: Iterable[tuple[int, str, str, float]] | None = None,
    progress: Callable[[int], None] | None = None,
    time_phases: bool = False,
) -> Run:
    """Simulate a market to the end of the run, or to the first missing decision of a human player
    (``run.waiting``).

    Args:
        config, seed, plan, engine: as for :func:`start`.
        decisions: rows (week from 1, firm, lever, value) for firms with the policy ``human``; the
            lever ``keep`` leaves all decisions unchanged. See :meth:`World.decide`.
        progress: called after each week with the number of weeks simulated so far.
        time_phases: measure the time spent in each row of the week's table (``run.seconds``).

    Raises:
        ConfigError: the plan or a name is wrong, or there is too little memory.
    """
    config = compose.checked(config)
    check_memory(config)
    world = start_checked(config, seed, plan, engine)
    if time_phases:
        world.seconds = {}
    table: dict[tuple[int, str], dict[str, float]] = {}
    for week, firm, lever, value in decisions or ():
        row = table.setdefault((int(week), firm), {})
        if lever != "keep":
            row[lever] = float(value)
    if decisions is not None:
        world.decisions = {}
    for (_, firm), row in table.items():
        world.check_decisions(firm, row)
    for _ in range(config.weeks):
        for name in world.names:
            if (world.week + 1, name) in table:
                world.decide(name, table[world.week + 1, name])
        if world.waiting:
            break
        world.step()
        if progress is not None:
            progress(world.week)
    return world.run()
