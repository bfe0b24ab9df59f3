"""The state of a market: customers, firms and ledger, and how changes of configuration apply."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np

from sim.agents.executives import Executives
from sim.agents.firm import Firm, part, scorecard
from sim.agents.organisation import check_kpis
from sim.agents.organisations import Organisations
from sim.agents.view import MarketView
from sim.compile import processors
from sim.config import compose
from sim.config.checks import refuse_eras, refuse_fixed, refuse_past
from sim.config.schema import Config
from sim.engines.protocol import Engine, Setup, make_params
from sim.ledger.accounts import ACCOUNTS
from sim.ledger.ledger import Ledger
from sim.market import activities as media
from sim.market.network import Network, lay_out
from sim.market.plan import Levers, Plan, schedule, start_date
from sim.market.population import (
    People,
    draw_arrivals,
    draw_media_diet,
    draw_people,
    mean_followed,
    person_keys,
)
from sim.outcomes.logs import LOGS, log_table
from sim.params import ConfigError, in_id_order, key_of
from sim.rules.pricing import log_price
from sim.rules.units import QUARTER


class MarketState(mesa.Model):
    """The complete state of a market. :class:`sim.model.world.World` steps it.

    Attributes:
        config, seed, plan: as given to :func:`sim.model.world.start`, or by a branch.
        trait_seed: seed of the customers' traits (tastes, ties); a branch does not change it.
        week: weeks since the ledger opened, from 0; negative in the warm-up.
        executives, organisations: columns of what all firms' executives and departments keep.
        firms: firms in order of ids.
        names: names of the firms.
        booked: this week's accounts as firms' agents book them, int64 [firm, account]; those in
            ``sim.ledger.accounts.SAMPLED`` are in simulated customers.
        activities: activities by name, in order of ids.
        segments: names of the segments in order of ids.
        people: all customers who may enter the market.
        draw_key: keys of the customers' random draws, uint64 [customer].
        engine: engine that simulates the customers.
        network: acquaintance network of the customers.
        interest: last week's interest signals in firms.
        ledger: records of the weeks.
        logs: rows of events, by log.
        history: leadership of firms, by name.
        levers: planned values.
        warmup_levers: planned values of the warm-up.
        tagged: customers assigned to treatments by hand.
        decisions: decisions of human players.
        following: mean number of the n largest media outlets a customer follows, float64 [n].
    """

    def __init__(
        self,
        config: Config,
        seed: int,
        plan: Plan | None,
        engine: str,
        customer: Callable[..., Any] | None,
        saved: dict[str, np.ndarray] | None = None,
        trait_seed: int | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.config = config
        self.seed = seed
        self.trait_seed = seed if trait_seed is None else trait_seed
        self.plan = plan
        self.week = -config.warmup
        self.activities = in_id_order(config.activities)
        self.segments = tuple(in_id_order(config.segments))
        for name, card in config.kpis.items():
            check_kpis(key_of(("kpis", name)), card)
        self.booked = np.zeros((len(config.firms), len(ACCOUNTS)), np.int64)
        self.executives = Executives(config)
        self.organisations = Organisations(config, self.booked)
        self.firms = [
            Firm(self, name, row, spec, len(self.activities), self.executives, self.organisations,
                 scorecard(config, name), self.booked[row])
            for row, (name, spec) in enumerate(in_id_order(config.firms).items())
        ]  # fmt: skip
        self.names = tuple(firm.name for firm in self.firms)
        self.start_date = start_date(config.start, [plan])
        self.ledger = Ledger(self.names, tuple(self.activities), config.warmup)
        self.engine_name = engine
        self.customer_class = customer
        saved = saved or {}
        self.logs = {name: [part(saved, "log/")[name]] if saved else [] for name in LOGS}
        self.tagged = part(saved, "tagged/")
        self.people = People(**part(saved, "people/")) if saved else self._draw_people()
        self.levers = (
            Levers(**part(saved, "levers/")) if saved else self._schedule(plan, config.weeks)
        )
        self.warmup_levers = self._schedule(None, config.warmup)
        self.network = self._network()
        self.decisions: dict[tuple[int, str], dict[str, float]] | None = None
        self.history = {name: [rows] for name, rows in part(saved, "history/").items()}
        self.interest = saved.get("interest", np.zeros((0, 4), np.int64))
        self._media_diet_of: tuple[Any, ...] = ()
        self._media_diet = np.zeros(0, np.uint64)
        self.engine = self._make_engine()
        if saved:
            self.engine.load(part(saved, "state/"))
            view = self.view()
            for firm in self.firms:
                firm.load(part(saved, f"firm{firm.row}/"), view)
            self.engine.configure(self.setup())
        else:
            state = self.engine.columns()
            self.organisations.settle()
            for firm in self.firms:
                if firm.spec.enters <= 0:
                    self.introduce(firm, state)
            self.engine.load(state)
        self.release_counter()

    def release_counter(self) -> None:
        """Release the counter that Mesa keeps per model, which would keep every model in memory."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    @property
    def clock(self) -> int:
        """Weeks since the warm-up began; keys all draws."""
        return self.week + self.config.warmup

    def view(self) -> MarketView:
        """The market as firms observe it now."""
        return MarketView(
            week=self.week, clock=self.clock, seed=self.seed, trait_seed=self.trait_seed,
            config=self.config, activities=list(self.activities.values()),
            activity_names=list(self.activities), segments=self.segments, people=self.people,
            draw_key=self.draw_key, engine=self.engine, ledger=self.ledger,
        )  # fmt: skip

    # The beginning of a market

    def _draw_people(self) -> People:
        c = self.config
        return draw_people(
            self.seed, c.population, list(in_id_order(c.segments).values()), c.choice, c.price,
            c.attention, c.credit, c.shelf, draw_arrivals(self.seed, self._inflow()),
        )  # fmt: skip

    def _inflow(self) -> list[float]:
        """Expected number of arrivals in week 1 of the warm-up and in each later week."""
        c = self.config
        eras = [era for era in c.eras.values() if era.key == "flow.inflow"]
        rates = [
            eras[-1].value(clock - c.warmup + 1) if eras else c.flow.inflow
            for clock in range(1, c.warmup + c.weeks)
        ]
        return [rate * c.population.customers for rate in rates]

    def _network(self) -> Network:
        spec, weeks = self.config.population, self.config.warmup + self.config.weeks
        arrivals = np.bincount(self.people.arrival, minlength=weeks)[1:].tolist()
        weekly = max(self._inflow(), default=0.0)
        return lay_out(spec.customers, arrivals, weekly, spec.customers + spec.bystanders)

    def _schedule(self, plan: Plan | None, weeks: int) -> Levers:
        return schedule(
            plan,
            start=self.start_date,
            weeks=weeks,
            firms=self.names,
            activities=list(self.activities),
            budgets={name: self.config.firms[name].budget for name in self.names},
            after=self.config.after_plan,
        )

    def _make_engine(self) -> Engine:
        if self.engine_name == "reference":
            from sim.engines.reference import Customer, CustomerPopulation

            return CustomerPopulation(
                self, self.people, self.setup(), self.network, self.customer_class or Customer
            )
        if self.customer_class is not None:
            raise ConfigError("customer: only engine=reference takes a class of customers.")
        from sim.engines.columnar import ColumnarPopulation
        from sim.model.first_run import compile_beside

        compile_beside()
        threads = self.config.threads or processors()
        return ColumnarPopulation(self.people, self.setup(), self.network, threads)

    def introduce(self, firm: Firm, state: dict[str, np.ndarray]) -> None:
        """Set awareness, trust and remembered price of a firm when it enters; customers who arrive
        later know it less.

        Args:
            state: columns of the engine, changed in place.
        """
        spec = firm.spec
        firm.sales.enter(self.config.shelf.stores)
        known_share = np.where(
            self.people.arrival <= self.clock, 1.0, self.config.flow.late_awareness
        )
        state["awareness"][firm.row] = spec.awareness * known_share
        state["trust"][firm.row] = spec.trust * known_share
        net = spec.list_price * (1.0 - spec.discount)
        state["remembered"][firm.row] = log_price(net, self.config.price.usual)

    # Inputs of the engine

    def setup(self) -> Setup:
        """Inputs of the engine that stay the same from week to week, as configured now."""
        c, items = self.config, list(self.activities.values())
        self.draw_key = person_keys(self.seed, self.people.ident)
        key = (c.media, c.population, len(self.people.ident))
        if key != self._media_diet_of:
            self._media_diet_of = copy.deepcopy(key)
            self._media_diet = draw_media_diet(self.trait_seed, self.people.ident, c.media)
        media_diet = self._media_diet
        self.following = mean_followed(media_diet[self.people.sees > 0], c.media.outlets)
        return Setup(
            seed=self.seed,
            trait_seed=self.trait_seed,
            opening=c.warmup,
            quarters=2 + c.weeks // QUARTER,
            segments=len(c.segments),
            window=c.measurement.window,
            credit=c.measurement.credit,
            firm_ids=np.array([f.spec.id for f in self.firms], np.int64),
            activity_ids=np.array([a.id for a in items], np.int64),
            survey=np.array([a.survey for a in items], bool),
            click=np.array([a.click for a in items]),
            capture=np.array([a.capture for a in items]),
            position=np.array([f.position for f in self.firms]),
            media_diet=media_diet,
            content=media.content(items, c.attention),
            params=make_params(c),
        )

    # Changes of the configuration

    def change(self, *overrides: str, branch: bool = False) -> None:
        """Change the configuration from the coming week on (as an intervention does).

        Args:
            overrides: ``key=value`` changes.
            branch: whether this makes a branch, which may also change the end of the run.

        Raises:
            ConfigError: an override is wrong, or changes what cannot change any more.
        """
        before = self.config
        if overrides:
            over = self.week if branch else self.week + 1
            changed = compose.override(before, *overrides, over=over)
            refuse_fixed(before, changed, branch=branch)
            refuse_past(before, changed, over)
            refuse_eras(overrides, changed)
            inflow = any(era.key == "flow.inflow" for era in changed.eras.values())
            if changed.weeks > before.weeks and (changed.flow.inflow > 0.0 or inflow):
                raise ConfigError(
                    "weeks={weeks}: a market with inflow cannot be made longer by a branch; "
                    "allowed up to {most}.",
                    weeks=changed.weeks, most=before.weeks,
                )  # fmt: skip
            self.config = changed
        self.network = self.engine.network = self._network()
        self.levers = self._schedule(self.plan, self.config.weeks)
        self.warmup_levers = self._schedule(None, self.config.warmup)
        self.propagate(before)

    def propagate(self, before: Config) -> None:
        """Propagate a changed configuration to firms and engine.

        Args:
            before: the configuration until now; the same object if it was changed in place.
        """
        self.activities = in_id_order(self.config.activities)
        for firm in self.firms:
            firm.configure(before, self.config)
        self.executives.configure(self.config)
        self.organisations.configure(self.config)
        self.engine.configure(self.setup())

    # Saving

    def arrays(self) -> dict[str, np.ndarray]:
        """All state that changes from week to week except the ledger, as named arrays."""
        out = {f"state/{k}": v for k, v in self.engine.columns().items()}
        out |= {f"people/{k}": v for k, v in vars(self.people).items()}
        out |= {f"levers/{k}": v for k, v in vars(self.levers).items()}
        out |= {f"log/{k}": log_table(k, v) for k, v in self.logs.items()}
        out |= {f"tagged/{k}": v for k, v in self.tagged.items()}
        out |= {f"history/{k}": np.concatenate(v) for k, v in self.history.items()}
        for firm in self.firms:
            out |= {f"firm{firm.row}/{k}": v for k, v in firm.state().items()}
        return out | {"interest": self.interest}
