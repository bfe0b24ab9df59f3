"""The state of a market: customers, firms and ledger, and how changes of configuration apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np
from scipy.special import ndtri

from sim.agents.executives import Executives
from sim.agents.firm import Firm, part, scorecard
from sim.agents.organisation import check_kpis
from sim.agents.organisations import Organisations
from sim.agents.sales.forces import SalesForces
from sim.agents.treasury import Treasuries
from sim.agents.view import MarketView
from sim.compile import processors
from sim.config import compose
from sim.config.checks import refuse_entries, refuse_eras, refuse_fixed, refuse_past
from sim.config.schema import Config
from sim.draws import threshold
from sim.engines.protocol import Engine, Setup, make_params
from sim.ledger.accounts import ACCOUNTS, TOUCH_ACTIVITY
from sim.ledger.ledger import Ledger
from sim.market import activities as media
from sim.market.network import Network, lay_out
from sim.market.plan import Levers, Plan, schedule, start_date
from sim.market.population import (
    People,
    draw_arrivals,
    draw_attendance,
    draw_media_diet,
    draw_people,
    mean_followed,
    person_keys,
)
from sim.outcomes.logs import LOGS, log_table
from sim.params import ConfigError, in_id_order, key_of
from sim.rules.attention import claimed
from sim.rules.loyalty import renewal_utility
from sim.rules.media import Media
from sim.rules.pricing import log_price
from sim.rules.talk import rewarded
from sim.rules.units import CENTS, QUARTER

if TYPE_CHECKING:
    from sim.model.paths import Recording, StatePath


class MediaUse(NamedTuple):
    """Media outlets that customers follow.

    Attributes:
        media: parameters with which they were drawn.
        diet: outlets each customer follows, as bits, uint64 [customer].
        following: mean number of the n largest outlets a customer follows, float64 [n].
    """

    media: Media
    diet: np.ndarray
    following: np.ndarray


class Given(NamedTuple):
    """What weeks do not change: branches share it, unless they change the configuration or the
    plan. The attributes are those of :class:`MarketState`."""

    people: People
    network: Network
    levers: Levers
    warmup_levers: Levers
    trait_key: np.ndarray
    media_use: MediaUse


@dataclass(frozen=True)
class Memory:
    """All that changes from week to week, except the ledger, as arrays by name.

    Attributes:
        customers: state of the engine.
        firms: of each firm in order of ids.
        logs, tagged, history: as in :class:`MarketState`, each log and history as one array.
        interest: last week's interest signals in firms.
        injected: events that are to happen in the coming week.
    """

    customers: Mapping[str, np.ndarray]
    firms: Sequence[Mapping[str, np.ndarray]]
    logs: Mapping[str, np.ndarray]
    tagged: Mapping[str, np.ndarray]
    history: Mapping[str, np.ndarray]
    interest: np.ndarray
    injected: np.ndarray

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], firms: int) -> Memory:
        """The memory in the arrays of a snapshot (:meth:`MarketState.arrays`)."""
        return cls(
            part(arrays, "state/"), [part(arrays, f"firm{row}/") for row in range(firms)],
            part(arrays, "log/"), part(arrays, "tagged/"), part(arrays, "history/"),
            arrays["interest"], arrays["injected"],
        )  # fmt: skip


class MarketState(mesa.Model):
    """The complete state of a market. :class:`sim.model.world.World` steps it.

    Attributes:
        config, seed, plan: as given to :func:`sim.model.world.start`, or by a branch.
        trait_seed: seed of the customers' traits (tastes, ties); a branch does not change it.
        week: weeks since the ledger opened, from 0; negative in the warm-up.
        executives, organisations: columns of what all firms' executives and departments keep.
        firms: firms in order of ids.
        treasuries: fixed costs, cash and credit of all firms.
        names: names of the firms.
        booked: this week's accounts as firms' agents book them, int64 [firm, account]; those in
            ``sim.ledger.accounts.SAMPLED`` are in simulated customers.
        sales: the sales forces of all firms.
        contacts, exposure: this week's contacts with people, float64 [firm, activity], and the
            chances of customers to meet them.
        activities: activities by name, in order of ids.
        segments: names of the segments in order of ids.
        people: all customers who may enter the market.
        draw_key: keys of the customers' random draws, uint64 [customer].
        trait_key: keys of the draws that set the customers' traits, uint64 [customer].
        media_use: media outlets that customers follow.
        engine: engine that simulates the customers.
        network: acquaintance network of the customers.
        interest: last week's interest signals in firms.
        ledger: records of the weeks.
        logs: rows of events, by log.
        history: leadership of firms, by name.
        levers: planned values.
        warmup_levers: planned values of the warm-up.
        tagged: customers or firms assigned to treatments by hand.
        injected: events that an experimenter makes happen in the coming week, int64
            [event, field of :class:`sim.model.injection.Injection`].
        held: paths that columns of the customers' state are held at, by column.
        recorded: paths that are being recorded, by column.
        decisions: decisions of human players.
        lines: costs and audiences of the activities.
        inbound: whether customers start such contacts, bool [touch].
        unit_cost: cents per unit, int64 [firm].
        quality: chance that a purchase meets expectations, as a 32-bit threshold, uint64 [firm].
        claim: quality that messages claim, 0 to 1, float64 [firm].

    Nobody changes ``config`` in place, since branches share it.
    """

    def __init__(
        self,
        config: Config,
        seed: int,
        plan: Plan | None,
        engine: str,
        customer: Callable[..., Any] | None,
        trait_seed: int | None = None,
        given: Given | None = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.config = config
        self.seed = seed
        self.trait_seed = seed if trait_seed is None else trait_seed
        self.plan = plan
        self.week = -config.warmup
        self.activities = media.resolved(config.activities)
        self.segments = tuple(in_id_order(config.segments))
        for name, card in config.kpis.items():
            check_kpis(key_of(("kpis", name)), card)
        self.booked = np.zeros((len(config.firms), len(ACCOUNTS)), np.int64)
        self.executives = Executives(config)
        self.organisations = Organisations(config, self.booked)
        self.sales = SalesForces(
            len(config.firms), TOUCH_ACTIVITY + len(self.activities), self.booked
        )
        shape = len(config.firms), len(self.activities)
        self.contacts, self.exposure = np.zeros(shape), media.no_exposure(*shape)
        self.firms = [
            Firm(self, name, row, spec, self.executives, self.organisations, self.sales,
                 scorecard(config, name), self.booked[row])
            for row, (name, spec) in enumerate(in_id_order(config.firms).items())
        ]  # fmt: skip
        self.treasuries = Treasuries(self.firms, self.executives, self.booked)
        self.sales.configure(config)
        self.names = tuple(firm.name for firm in self.firms)
        self.start_date = start_date(config.start, [plan])
        self.ledger = Ledger(self.names, tuple(self.activities), config.warmup)
        self.engine_name = engine
        self.customer_class = customer
        given = given or begin(config, seed, plan, self.start_date)
        self.people, self.network = given.people, given.network
        self.levers, self.warmup_levers = given.levers, given.warmup_levers
        self.trait_key, self.media_use = given.trait_key, given.media_use
        self.draw_key, self._keyed = self.trait_key, self.trait_seed
        self.decisions: dict[tuple[int, str], dict[str, float]] | None = None
        self.logs: dict[str, list[np.ndarray]] = {name: [] for name in LOGS}
        self.tagged: dict[str, np.ndarray] = {}
        self.injected = np.zeros((0, 6), np.int64)
        self.held: dict[str, StatePath] = {}
        self.recorded: dict[str, Recording] = {}
        self.history: dict[str, list[np.ndarray]] = {}
        self.interest = np.zeros((0, 4), np.int64)
        self.engine = self._make_engine()
        if memory:
            self._remember(memory)
        else:
            state = self.engine.columns()
            self.organisations.settle()
            for firm in self.firms:
                if firm.spec.enters <= 0:
                    self.introduce(firm, state)
                    state["belief"][:] = 1.0  # a category with a firm in it is not new
            self.engine.load(state)
        self.release_counter()

    def _remember(self, memory: Memory) -> None:
        """Take over what another market of the same customers and firms remembers."""
        self.logs = {name: [rows] for name, rows in memory.logs.items()}
        self.history = {name: [rows] for name, rows in memory.history.items()}
        self.tagged, self.interest = dict(memory.tagged), memory.interest
        self.injected = memory.injected
        self.engine.load(dict(memory.customers))
        view, declared = self.view(), [firm.position for firm in self.firms]
        for firm, remembered in zip(self.firms, memory.firms, strict=True):
            firm.load(remembered, view)
        if declared != [firm.position for firm in self.firms]:
            self.engine.configure(self.setup())

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
            config=self.config, activities=list(self.activities.values()), people=self.people,
            draw_key=self.draw_key, engine=self.engine, ledger=self.ledger,
        )  # fmt: skip

    # The beginning of a market

    def _make_engine(self) -> Engine:
        if self.engine_name == "reference":
            from sim.engines.reference import Customer, CustomerPopulation

            return CustomerPopulation(
                self, self.people, self.setup(), self.network, self.customer_class or Customer
            )
        if self.customer_class is not None:
            raise ConfigError("customer: only engine=reference takes a class of customers.")
        from sim.engines.columnar import ColumnarPopulation
        from sim.model.first_run import compile_beside, compile_others

        compile_beside()
        compile_others()
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
        if self._keyed != self.seed:
            self.draw_key, self._keyed = person_keys(self.seed, self.people.ident), self.seed
        if self.media_use.media != c.media:
            self.media_use = draw_media_use(self.trait_seed, self.people, c.media)
        self.lines = media.make_lines(
            self.activities, c.attention.attendance, leaders=c.talk.leaders > 0.0
        )
        self.inbound = np.append(np.ones(TOUCH_ACTIVITY, bool), self.lines.inbound)
        self.unit_cost = np.array([round(f.spec.unit_cost * CENTS) for f in self.firms], np.int64)
        self.quality = np.array([threshold(f.spec.quality) for f in self.firms], np.uint64)
        self.claim = np.array([claimed(f.spec.quality, c.attention.honesty) for f in self.firms])
        return Setup(
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
            for_leaders=self.lines.for_leaders,
            least_leader=float(ndtri(1.0 - c.talk.leaders)),
            gathering=np.array([a.gathering for a in items], bool),
            position=np.array([f.position for f in self.firms]),
            lapse_hazard=np.array(
                [c.loyalty.lapse_hazard * f.spec.lapse_ratio for f in self.firms]
            ),
            renewal_utility=np.array([renewal_utility(f.spec.lapse_ratio) for f in self.firms]),
            reward=np.array(
                [rewarded(c.talk.reward_gain, f.spec.referral_reward) for f in self.firms]
            ),
            draw_key=self.draw_key,
            trait_key=self.trait_key,
            media_diet=self.media_use.diet,
            attendance=draw_attendance(self.trait_seed, self.people.ident, c.attention.attendance),
            content=media.content(items, c.attention, c.category),
            params=make_params(c),
        )

    # Changes of the configuration

    def changed(self, *overrides: str, branch: bool = False) -> Config:
        """The configuration after changes that hold from the coming week on; see :meth:`change`.

        Raises:
            ConfigError: an override is wrong, or changes what cannot change any more.
        """
        before, over = self.config, self.week if branch else self.week + 1
        changed = compose.override(before, *overrides, over=over)
        refuse_fixed(before, changed, branch=branch)
        refuse_past(before, changed, over)
        refuse_entries(before, changed, self.week + 1)
        refuse_eras(overrides, changed)
        inflow = any(era.key == "flow.inflow" for era in changed.eras.values())
        if changed.weeks > before.weeks and (changed.flow.inflow > 0.0 or inflow):
            raise ConfigError(
                "weeks={weeks}: a market with inflow cannot be made longer by a branch; "
                "allowed up to {most}.",
                weeks=changed.weeks, most=before.weeks,
            )  # fmt: skip
        return changed

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
            self.config = self.changed(*overrides, branch=branch)
        self.network = self.engine.network = network_of(self.config, self.people)
        self.levers, self.warmup_levers = levers_of(self.config, self.plan, self.start_date)
        self.propagate(before)

    def propagate(self, before: Config) -> None:
        """Propagate a changed configuration to firms and engine.

        Args:
            before: the configuration until now.
        """
        self.activities = media.resolved(self.config.activities)
        for firm in self.firms:
            firm.configure(before, self.config, bool(self.levers.planned[firm.row]))
        self.executives.configure(self.config)
        self.organisations.configure(self.config)
        self.sales.configure(self.config)
        self.engine.configure(self.setup())

    # Saving

    def given(self) -> Given:
        """What weeks do not change."""
        return Given(*(getattr(self, name) for name in Given._fields))

    def memory(self) -> Memory:
        """What weeks have changed, as copies."""
        return Memory(
            self.engine.columns(), [firm.state() for firm in self.firms],
            {name: log_table(name, rows) for name, rows in self.logs.items()}, self.tagged,
            {name: np.concatenate(rows) for name, rows in self.history.items()}, self.interest,
            self.injected,
        )  # fmt: skip

    def arrays(self) -> dict[str, np.ndarray]:
        """Customers, plan and memory as named arrays, for a snapshot."""
        memory = self.memory()
        parts = {
            "state": memory.customers, "people": vars(self.people), "levers": vars(self.levers),
            "log": memory.logs, "tagged": memory.tagged, "history": memory.history,
            **{f"firm{row}": firm for row, firm in enumerate(memory.firms)},
        }  # fmt: skip
        out = {f"{name}/{k}": v for name, arrays in parts.items() for k, v in arrays.items()}
        return out | {"interest": memory.interest, "injected": memory.injected}


def begin(
    config: Config, seed: int, plan: Plan | None, start: dt.date, people: People | None = None
) -> Given:
    """Draw what weeks do not change.

    Args:
        config: checked configuration.
        seed: seed of the customers' traits.
        plan: plan of the run, or None for declared budgets.
        start: Monday of the first week.
        people: the customers, if they are known already.
    """
    if people is None:
        people = draw_people(
            seed, config.population, list(in_id_order(config.segments).values()), config.choice,
            config.price, config.attention, config.credit, config.loyalty, config.shelf,
            draw_arrivals(seed, inflow(config)),
        )  # fmt: skip
    return Given(
        people, network_of(config, people), *levers_of(config, plan, start),
        person_keys(seed, people.ident), draw_media_use(seed, people, config.media),
    )  # fmt: skip


def inflow(config: Config) -> list[float]:
    """Expected number of arrivals in week 1 of the warm-up and in each later week."""
    eras = [era for era in config.eras.values() if era.key == "flow.inflow"]
    clocks, customers = range(1, config.warmup + config.weeks), config.population.customers
    if not eras:
        return [config.flow.inflow * customers] * len(clocks)
    return [eras[-1].value(clock - config.warmup + 1) * customers for clock in clocks]


def network_of(config: Config, people: People) -> Network:
    """Acquaintance network of the customers of a market."""
    spec, weeks = config.population, config.warmup + config.weeks
    arrivals = np.bincount(people.arrival, minlength=weeks)[1:].tolist()
    weekly = max(inflow(config), default=0.0)
    return lay_out(spec.customers, arrivals, weekly, spec.customers + spec.bystanders)


def levers_of(config: Config, plan: Plan | None, start: dt.date) -> tuple[Levers, Levers]:
    """Planned values of a run and of its warm-up."""
    run, warmup = (
        schedule(
            spread,
            start=start,
            weeks=weeks,
            firms=list(in_id_order(config.firms)),
            activities=list(in_id_order(config.activities)),
            budgets={name: firm.budget for name, firm in config.firms.items()},
            after=config.after_plan,
        )
        for spread, weeks in ((plan, config.weeks), (None, config.warmup))
    )
    return run, warmup


def draw_media_use(seed: int, people: People, media: Media) -> MediaUse:
    """Draw the media outlets that customers follow."""
    diet = draw_media_diet(seed, people.ident, media)
    return MediaUse(media, diet, mean_followed(diet[people.sees > 0], media.outlets))
