"""The week as a table of phases, and the world that lives through it."""

from __future__ import annotations

import copy
import datetime as dt
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim import draws
from sim.agents.executive import Executive, Orders
from sim.agents.organisation import Inside, check_kpis
from sim.agents.rep import Lead
from sim.agents.seen import Seen, see
from sim.agents.team import Handing, Scene, Team, log_cuts, reduced
from sim.config import compose
from sim.config.checks import validate
from sim.config.schema import ENGINES, Config, assign
from sim.engines.kernels import reach_table
from sim.engines.protocol import (
    ACTIVE,
    GONE,
    Behaviour,
    Calls,
    Engine,
    Offers,
    Setting,
    Treated,
    make_calls,
    no_calls,
)
from sim.ledger import accounts as book
from sim.ledger.book import Ledger, Page, Selling, Tally, page
from sim.ledger.receivables import Receivables, Settled
from sim.market import activities as media
from sim.market.experiments import Treatment
from sim.market.firms import Scorecard
from sim.market.network import Network, lay_out
from sim.market.plan import BOUNDS, Levers, Plan, find_plan, schedule, start_date
from sim.market.population import (
    People,
    draw_arrivals,
    draw_habits,
    draw_people,
    mean_followed,
    person_keys,
)
from sim.outcomes.run import LOGS, Run
from sim.params import ConfigError, nearest, numbers
from sim.rules.flow import demand
from sim.rules.information import RATING_WEEKS
from sim.rules.pay import PayPlan
from sim.rules.pricing import log_price
from sim.rules.talk import VALENCE_UNIT
from sim.rules.units import QUARTER


@dataclass(frozen=True)
class Phase:
    """A row of the week's table: who does what, reading and writing what."""

    name: str
    who: str
    does: str
    reads: str
    writes: str


WEEK = (
    Phase("experiment", "experimenter", "change what is to change from this week on; draw people "
          "and treat them", "interventions, treatments",
          "configuration; tags, relationships, inboxes"),
    Phase("decide", "executives and departments", "each quarter: credit lines of the budget, move "
          "money and KPI weights; departments move money towards what they are measured by; every "
          "week: spend by activity, list price, discount, reactions to rivals",
          "plan, declared budget; what the firm can see of itself, rivals' prices and spend",
          "this week's orders; policies' and departments' memories"),
    Phase("come and go", "customers", "people enter the market in their week, or leave for good",
          "week of arrival", "own presence; relationships of those who leave"),
    Phase("hear", "customers", "last week's messages arrive", "own inbox",
          "own awareness, trust, last touch; inbox emptied"),
    Phase("forget", "customers", "awareness and trust fade", "own awareness, trust",
          "own awareness, trust"),
    Phase("need", "customers", "a buying occasion arises or not",
          "own buying rate, season, shock, contract, stock, purchase put off",
          "own need of this week, own stock"),
    Phase("collect", "customers", "invoices that are due are paid, or are not; very old ones are "
          "written off", "invoices, own pace of paying, own stock", "invoices; cash"),
    Phase("sell", "sales reps", "quit, are let go, are hired; take leads on; choose effort, hunt "
          "share and discount; follow leads up, see customers, call prospects",
          "last week's signs of interest; own results, beliefs, skill, pay plan",
          "talks of this week; leads"),
    Phase("place", "market", "spend buys contacts in outlets or directly, at prices that answer "
          "demand", "orders; number of people by (active customer, in need)",
          "chances of contacts"),
    Phase("meet", "customers", "contacts reach people, who may click and leave a name; reps talk "
          "to people, and their discounts may make them buy early",
          "chances of contacts, own class, outlets followed, contacts of last week, talks",
          "own awareness, trust, last touch, last click, contacts met, need; signs of interest, "
          "read by reps next week"),
    Phase("talk", "customers", "active customers may tell an acquaintance", "own trust, ties",
          "messages, heard next week"),
    Phase("shop", "customers", "on an occasion: look around or not, consider, ask firms that must "
          "answer, choose, leave it open, wait for a deal, buy or not",
          "own awareness, trust, taste, remembered prices and deals; prices, ratings, talks",
          "order; own remembered prices and deals, trust by ratings, open decision; enquiries, "
          "read by reps next week"),
    Phase("experience", "customers", "a purchase lives up to expectation or not",
          "the firm's quality",
          "own awareness, trust, relationship, contract, stock; a public rating"),
    Phase("lapse", "customers", "active customers may end the relationship, and tell",
          "own trust, news of leavers", "own relationship; news, known next week"),
    Phase("learn", "sales reps", "close leads, are paid for credited orders, learn from results "
          "and by doing", "outcomes of own talks, orders of own customers",
          "own beliefs, skill, pay; leads; invoices"),
    Phase("book", "ledger", "the week is booked in people and cents", "tally, orders, prices",
          "ledger (append only)"),
)  # fmt: skip
"""The order of a week. Inside a phase everybody reads and writes only what is their own, so the
order of people cannot matter; what is meant for somebody else is a message."""


@dataclass(frozen=True)
class Sold:
    """A week's orders as columns: ``firm`` and ``row`` of the customer, ``units``, ``price`` in
    cents per unit, ``first`` from the firm, ``tags`` of the customer."""

    firm: np.ndarray
    row: np.ndarray
    units: np.ndarray
    price: np.ndarray
    first: np.ndarray
    tags: np.ndarray


ERA_WEEKS = 4
"""Weeks in which numbers that change by eras stay the same."""


class World(mesa.Model):
    """A market that can be stepped, saved and branched. Made by :func:`start`.

    Attributes:
        config, seed, plan: as given to :func:`start`, or by a branch.
        origin: the seed of who people are (tastes, ties); a branch does not change it.
        week: weeks lived since the books opened; negative in the warm-up.
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
        saved: dict[str, np.ndarray] | None = None,
        origin: int | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.config = config
        self.seed = seed
        self.origin = seed if origin is None else origin
        self.plan = plan
        self.week = -config.warmup
        by_id = sorted(config.firms.items(), key=lambda item: item[1].id)
        self.firms = [Executive(self, name, spec, row) for row, (name, spec) in enumerate(by_id)]
        self.names = tuple(name for name, _ in by_id)
        self._media = _by_id(config.activities)
        self._segments = list(_by_id(config.segments))
        for name, card in config.kpis.items():
            check_kpis(f"kpis.{name}", card)
        self.start_date = start_date(config.start, [plan])
        self._past = self._schedule(None, config.warmup)
        self.ledger = Ledger(self.names, tuple(self._media), config.warmup)
        self._engine_name = engine
        self._customer = customer
        saved = saved or {}
        self.logs = {name: [_part(saved, "log/")[name]] if saved else [] for name in LOGS}
        self._tagged = _part(saved, "tagged/")
        self.people = People(**_part(saved, "people/")) if saved else self._draw_people()
        self.levers = (
            Levers(**_part(saved, "levers/")) if saved else self._schedule(plan, config.weeks)
        )
        self.network = self._network()
        touches = book.TOUCH_ACTIVITY + len(self._media)
        self.teams = [Team(self, firm.spec, touches) for firm in self.firms]
        self.receivables = [Receivables(firm.spec.id) for firm in self.firms]
        self.insides = [
            Inside(self, firm.name, firm.spec, list(self._media.values()), len(self._segments),
                   _scorecard(config, firm.name))
            for firm in self.firms
        ]  # fmt: skip
        self.decisions: dict[tuple[int, str], dict[str, float]] | None = None
        self.history = {name: [part] for name, part in _part(saved, "history/").items()}
        self._crafts = [np.ones(len(self._media) + 1) for _ in self.firms]
        self._habits_of: tuple[Any, ...] = ()
        self._habits = np.zeros(0, np.uint64)
        self._signs = saved.get("signs", np.zeros((0, 4), np.int64))
        self.engine = _make_engine(self, self._setting())
        self._forget_counter()
        if saved:
            self.engine.load(_part(saved, "state/"))
            for row, team in enumerate(self.teams):
                team.load(_part(saved, f"team{row}/"), self.origin, self._lead(self.firms[row]))
                self.receivables[row].load(_part(saved, f"owed{row}/"))
                self.insides[row].load(_part(saved, f"inside{row}/"))
                self.firms[row].load(_part(saved, f"leads{row}/"))
            self.engine.configure(self._setting())
            self._forget_counter()
            return
        for inside in self.insides:
            inside.settle(config.selling)
        state = self.engine.columns()
        for firm in self.firms:
            if firm.spec.enters <= 0:
                self._introduce(firm, state)
        self.engine.load(state)

    def _forget_counter(self) -> None:
        """Mesa keeps a counter per model for good, and with it every world that ever was."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    def _draw_people(self) -> People:
        c = self.config
        segments = sorted(c.segments.values(), key=lambda s: s.id)
        arrivals = draw_arrivals(self.seed, self._inflow())
        return draw_people(
            self.seed,
            c.population,
            segments,
            c.choice,
            c.price,
            c.attention,
            c.credit,
            c.shelf,
            arrivals,
        )

    def _inflow(self) -> list[float]:
        """People expected to arrive in week 1 of the warm-up and in all later ones."""
        c = self.config
        eras = [era for era in c.eras.values() if era.key == "flow.inflow"]
        rates = [
            eras[-1].value(clock - c.warmup + 1) if eras else c.flow.inflow
            for clock in range(1, c.warmup + c.weeks)
        ]
        return [rate * c.population.customers for rate in rates]

    @property
    def clock(self) -> int:
        """Weeks lived, the warm-up too: what draws are keyed by."""
        return self.week + self.config.warmup

    def _introduce(self, firm: Executive, state: dict[str, np.ndarray]) -> None:
        """What people know of a firm when it enters; late arrivals know less."""
        spec = firm.spec
        self.teams[firm.row].enter(self.config.shelf.stores)
        knows = np.where(self.people.arrival <= self.clock, 1.0, self.config.flow.knows)
        state["awareness"][firm.row] = spec.awareness * knows
        state["trust"][firm.row] = spec.trust * knows
        net = spec.list_price * (1.0 - spec.discount)
        state["remembered"][firm.row] = log_price(net, self.config.price.usual)

    def _schedule(self, plan: Plan | None, weeks: int) -> Levers:
        return schedule(
            plan,
            start=self.start_date,
            weeks=weeks,
            firms=self.names,
            activities=list(self._media),
            budgets={name: self.config.firms[name].budget for name in self.names},
        )

    def _network(self) -> Network:
        spec, weeks = self.config.population, self.config.warmup + self.config.weeks
        arrivals = np.bincount(self.people.arrival, minlength=weeks)[1:].tolist()
        weekly = max(self._inflow(), default=0.0)
        return lay_out(spec.customers, arrivals, weekly, spec.customers + spec.bystanders)

    def _setting(self) -> Setting:
        c = self.config
        items = list(self._media.values())
        self._keys = person_keys(self.seed, self.people.ident)
        key = (c.media, c.population, len(self.people.ident))
        if key != self._habits_of:
            self._habits_of = copy.deepcopy(key)
            self._habits = draw_habits(self.origin, self.people.ident, c.media)
        habits = self._habits
        self._following = mean_followed(habits[self.people.sees > 0], c.media.outlets)
        return Setting(
            seed=self.seed,
            origin=self.origin,
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
            habits=habits,
            content=media.content(items, c.attention),
            behaviour=Behaviour(
                retention=c.attention.retention,
                trust_retention=c.attention.trust_retention,
                intent=c.attention.intent,
                crowding=c.attention.crowding,
                relevance=c.attention.relevance,
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
                self_serve=c.selling.self_serve,
                deliberation=c.selling.deliberation,
                buyers=c.selling.buyers,
                persuasion=c.selling.persuasion,
                advance=c.selling.advance,
                inertia=c.choice.inertia,
                switching_cost=c.loyalty.switching_cost,
                misfit_weight=c.choice.misfit_weight,
                taste_spread=c.choice.taste_spread,
                memory_share=c.price.memory_share,
                loss_aversion=c.price.loss_aversion,
                price_learning=c.price.learning,
                patience=c.price.patience,
                experience_awareness=c.loyalty.experience_awareness,
                experience_gain=c.loyalty.experience_gain,
                experience_loss=c.loyalty.experience_loss,
                contract=c.loyalty.contract,
                stockup=c.stock.stockup,
                lapse_hazard=c.loyalty.lapse_hazard,
                tell_leaving=c.loyalty.tell_leaving,
                contagion=c.loyalty.contagion,
            ),
        )

    def step(self) -> None:
        """Live through one week (the phases of :data:`WEEK`).

        Raises:
            ConfigError: the run is over.
        """
        if self.week >= self.config.weeks:
            raise ConfigError(f"the run is over after weeks={self.config.weeks}.")
        if self.waiting:
            firm, week = self.waiting
            raise ConfigError(f"{firm} has to decide for the quarter from week {week}.")
        self._intervene()
        logged = self.config.log.customers and self.week >= 0
        bonds = [self.engine.columns()["relation"]] if logged else []
        done = self._experiment()
        if logged:
            bonds.append(self.engine.columns()["relation"])
        levers = self.levers if self.week >= 0 else self._past
        row = self.week if self.week >= 0 else self.clock
        orders = self._decide(row, levers)
        f = self.config.flow
        level = demand(self.week, f.season, f.peak, f.shock, f.shock_from, f.shock_weeks)
        audience = self.engine.open_week(self.clock, level)
        paid = self._collect()
        calls, scenes = self._sell()
        offers = self._offers(orders, audience, calls)
        tally = self.engine.close_week(self.clock, offers)
        self._signs = self.engine.signs()
        self._work(orders, tally)
        if done is not None:
            tally.accounts[:] += done.accounts
            tally.cells[:] += done.cells
        coupons = self._coupons(orders)
        sold = self._sold(orders, coupons, calls) if self._needs_orders() else None
        selling = self._learn(orders, calls, scenes, sold, paid)
        self.ledger.append(self._page(orders, coupons, tally, selling))
        if self.week >= 0:
            self._write_logs(bonds, sold)
        self.week += 1

    def _present(self, firm: Executive) -> bool:
        return firm.spec.enters <= 0 or self.week + 1 >= firm.spec.enters

    def _intervene(self) -> None:
        """Changes that hold from this week on, and firms that enter."""
        eras = [e for e in self.config.eras.values() if e.key != "flow.inflow"]
        if eras and (self.clock % ERA_WEEKS == 0):
            for era in eras:
                assign(self.config, era.key, era.value(self.week + 1))
            self._refresh()
        due = [i for i in self.config.interventions.values() if i.week == self.week + 1]
        if due:
            self.change(*(word for intervention in due for word in intervention.set))
        new = [f for f in self.firms if f.spec.enters == self.week + 1 and f.spec.enters > 0]
        if new:
            state = self.engine.columns()
            for firm in new:
                self._introduce(firm, state)
            self.engine.load(state)

    def change(self, *overrides: str) -> None:
        """Change the configuration from the coming week on (as an intervention does).

        Raises:
            ConfigError: an override is wrong, or changes what only the start can change.
        """
        if overrides:
            changed = compose.override(self.config, *overrides)
            refuse_the_past(self.config, changed)
            self._refuse_eras(overrides, changed)
            before, self.config = self.config, changed
            for firm, inside in zip(self.firms, self.insides, strict=True):
                was, card = (_scorecard(c, firm.name) for c in (before, changed))
                if card != was:
                    inside.measure(card)
        self.network = self.engine.network = self._network()
        self.levers = self._schedule(self.plan, self.config.weeks)
        self._past = self._schedule(None, self.config.warmup)
        self._refresh()

    @staticmethod
    def _refuse_eras(overrides: Sequence[str], changed: Config) -> None:
        """Refuse to set a number that an era will set again."""
        eras = {era.key: name for name, era in changed.eras.items()}
        for word in overrides:
            key = word.partition("=")[0]
            if key in eras:
                raise ConfigError(
                    f"{word}: eras.{eras[key]} changes {key} week by week; change the era instead."
                )

    def _refresh(self) -> None:
        """Numbers of the configuration have changed; see to it that all know."""
        self._media = _by_id(self.config.activities)
        for firm, team in zip(self.firms, self.teams, strict=True):
            firm.spec = team.spec = self.config.firms[firm.name]
            self.insides[firm.row].spec = firm.spec
        self.engine.configure(self._setting())

    def stop_spending(self) -> None:
        """From the coming week on no firm spends anything on activities."""
        spend = self.levers.spend.copy()
        spend[max(0, self.week) :] = 0
        self.levers = replace(self.levers, spend=spend)

    # What firms decide

    @property
    def waiting(self) -> tuple[str, int] | None:
        """The firm a person leads, and the week, counted from 1, from which a decision is missing;
        None while there is a table of decisions for every such quarter, or none at all."""
        over = self.week >= self.config.weeks
        if self.decisions is None or over or self.week < 0 or self.week % QUARTER:
            return None
        for firm in self.firms:
            led = firm.spec.organisation.policy == "person" and self._present(firm)
            if led and (self.week + 1, firm.name) not in self.decisions:
                return firm.name, self.week + 1
        return None

    def decide(self, firm: str, decisions: Mapping[str, float]) -> None:
        """What a person decides for the quarter that begins: money per week by activity,
        ``list_price``, ``discount``, ``reps``; what is not named stays.

        Raises:
            ConfigError: an unknown firm or lever, or a value that is out of bounds.
        """
        self.check_decisions(firm, decisions)
        if self.decisions is None:
            self.decisions = {}
        self.decisions[self.week + 1, firm] = dict(decisions)

    def check_decisions(self, firm: str, decisions: Mapping[str, float]) -> None:
        """Refuse decisions that cannot be carried out, as :meth:`decide` does."""
        if firm not in self.names:
            raise ConfigError(
                f"decision for {firm}: no such firm; allowed {', '.join(self.names)}."
                f"{nearest(firm, self.names)}"
            )
        allowed = (*self._media, *BOUNDS, "reps")
        for lever, value in decisions.items():
            if lever not in allowed:
                raise ConfigError(
                    f"decision for {firm}: unknown lever {lever}; allowed {', '.join(allowed)}."
                    f"{nearest(lever, allowed)}"
                )
            low, high, unit = BOUNDS.get(lever, (0.0, 1e12, "money per week"))
            if not low <= value <= high:
                raise ConfigError(
                    f"decision for {firm}: {lever}={value} is out of bounds; allowed {low:g} to "
                    f"{high:g} ({unit})."
                )

    def _decide(self, row: int, levers: Levers) -> list[Orders]:
        """Executives and departments decide; ``row`` of the levers."""
        rules, skills, lines = self.config.organising, self.config.selling, len(self._media) + 1
        orders = []
        for firm, team, inside in zip(self.firms, self.teams, self.insides, strict=True):
            if self.week > 0 and self.week % QUARTER == 0 and self._present(firm):
                self._look_back(firm, inside)
            if self.decisions and (self.week + 1, firm.name) in self.decisions:
                firm.take(self.decisions[self.week + 1, firm.name])
            firm.react(self.week, self.ledger.pages(), rules)
            team.places = firm.places
            order = firm.decide(row, levers, self._present(firm), list(self._media))
            if self.clock % QUARTER == 0 and self._present(firm):
                inside.command(self._money(firm, order))
            orders.append(replace(order, spend=inside.allot(order.spend)))
            self._crafts[firm.row] = inside.craft(self.clock, lines, rules, skills)
        if self.week >= 0 and self.week % QUARTER == 0:
            self._remember()
        return orders

    def _remember(self) -> None:
        """Put on record how firms are led at the beginning of a quarter."""
        now = {
            "week": np.array(self.week + 1),
            "power": np.array([i.power for i in self.insides]),
            "people": np.array([[d.people for d in i.departments] for i in self.insides]),
            "weights": np.array([i.weights() for i in self.insides]),
            "credited": np.array([_whole(f.credited, len(self._media) + 1) for f in self.firms]),
        }
        for name, value in now.items():
            self.history.setdefault(name, []).append(value[None])

    def _look_back(self, firm: Executive, inside: Inside) -> None:
        """A quarter has passed: what the firm sees of it moves money and KPI weights."""
        money = self._money(firm)
        seen = self._see(firm)
        if seen is None:
            return
        key = draws.person_key(self.seed, draws.MASK - 2 - firm.spec.id)

        def luck(item: int) -> float:
            stream = draws.stream_key(draws.TRIAL, self.clock, firm.spec.id, item)
            return float(draws.uniform(draws.word(key, stream)))

        if firm.adapt(inside.message(self._segments, self.config.organising)):
            self.engine.configure(self._setting())
        credit = firm.look_back(seen, money, luck, partial(self._what_if, firm))
        if credit is not None:
            inside.reweigh(seen, credit)
        inside.follow_kpis(seen)

    def _see(self, firm: Executive) -> Seen | None:
        """The newest quarter a firm knows of."""
        reps = self.teams[firm.row].reps
        hunting = sum(rep.hunt for rep in reps) / len(reps) if reps else 0.5
        return see(
            self.ledger.pages(), firm.row, firm.spec.id, list(self._media.values()),
            seed=self.seed, clock=self.clock, rules=self.config.organising,
            span=self.config.measurement.window, hunting=hunting,
        )  # fmt: skip

    def _money(self, firm: Executive, order: Orders | None = None) -> np.ndarray:
        """Money per week a firm has put on every line over the last quarter, reps' pay last; while
        it has spent nothing, what it begins with (``order``)."""
        pages, f = self.ledger.pages()[-QUARTER:], firm.row
        spend = sum((p.spend[f] for p in pages), np.zeros(len(self._media)))
        paid = sum(int(p.accounts[f, book.PAYROLL]) for p in pages)
        if order is not None and not spend.any() and not paid:
            salary = self._lead(firm).pay.salary
            return np.append(order.spend / 100.0, firm.spec.sales.reps * salary)
        return np.append(spend, paid) / 100.0 / max(1, len(pages))

    def _what_if(self, firm: Executive, line: int, more: float) -> float:
        """Profit over a year if a line of a firm gets more money for a quarter, less what it would
        be without; nobody else's policy moves meanwhile."""
        profits = []
        for extra in (0.0, more):
            twin = self.branch(*(f"firms.{n}.organisation.policy=fixed" for n in self.names))
            weeks = min(52, twin.config.weeks - twin.week)
            if line < len(self._media):
                spend = twin.levers.spend.copy()
                spend[twin.week : twin.week + QUARTER, firm.row, line] += round(extra * 100)
                twin.levers = replace(twin.levers, spend=spend)
                twin.firms[firm.row].shares = np.zeros(0)
            elif extra:
                leader = twin.firms[firm.row]
                places = leader.spec.sales.reps if leader.places < 0 else leader.places
                leader.places = places + max(1, round(extra / max(1.0, leader.rep_pay)))
            until = twin.week + weeks
            while twin.week < until:
                twin.step()
            flows = twin.ledger.accounts()[-weeks:, firm.row].sum(axis=0)
            costs = flows[list(book.PAID_OUT)].sum() + flows[book.WRITTEN_OFF]
            profits.append(float(flows[book.REVENUE] - costs) / 100.0)
        return profits[1] - profits[0]

    def _work(self, orders: Sequence[Orders], tally: Tally) -> None:
        """Departments have worked a week, and hear what a survey has found."""
        rules, items = self.config.organising, list(self._media.values())
        for firm, team, inside in zip(self.firms, self.teams, self.insides, strict=True):
            hours = sum(firm.spec.sales.hours * rep.effort for rep in team.reps)
            inside.work(
                self.clock, orders[firm.row].spend, items, rules, self.config.selling, hours
            )
            inside.listen(tally.surveyed[firm.row], rules)
            truth = [self.config.segments[name].taste for name in self._segments]
            error = np.abs(inside.tastes(rules) - np.array(truth)).mean()
            inside.counts[book.INSIGHT_ERROR] = int(error * book.PARTS)
            inside.report()

    # Experiments

    def assign(self, treatment: str, rows: Sequence[int]) -> None:
        """Name people for a treatment instead of drawing them; before its first week.

        Args:
            treatment: its name in the configuration.
            rows: places of customers in the columns of ``people``.

        Raises:
            ConfigError: there is no such treatment or customer, or it has begun.
        """
        known = self.config.treatments
        if treatment not in known:
            raise ConfigError(
                f"assign {treatment}: no such treatment; allowed {', '.join(known) or 'none'}."
                f"{nearest(treatment, known)}"
            )
        if self.week + 1 > known[treatment].week:
            raise ConfigError(f"assign {treatment}: it began in week {known[treatment].week}.")
        chosen = np.asarray(rows, np.int64)
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < self.people.size:
            raise ConfigError(
                f"assign {treatment}: row {chosen.min() if chosen.min() < 0 else chosen.max()} is "
                f"nobody; allowed 0 to {self.people.size - 1}."
            )
        self._tagged[treatment] = chosen

    def _experiment(self) -> Tally | None:
        """Draw people into treatments that begin, make them leave, send messages."""
        acting = [(n, t) for n, t in self.config.treatments.items() if self._acts(t)]
        begin = [(n, t) for n, t in acting if t.week == self.week + 1]
        if not begin and not any(t.messages for _, t in acting):
            return None
        state = self.engine.columns()
        s = self.engine.setting
        tally = Tally.empty(len(self.firms), len(self._media), s.quarters, s.segments, 0)
        for name, t in begin:
            state["tags"][self._drawn(name, t, state)] |= np.uint16(1 << (t.id - 1))
        for _, t in acting:
            f = self.names.index(t.firm)
            tagged = (state["tags"] & np.uint16(1 << (t.id - 1))) > 0
            if t.leave and t.week == self.week + 1:
                gone = tagged & (state["relation"][f] & ACTIVE > 0)
                state["relation"][f, gone] &= ~np.uint8(ACTIVE)
                tally.accounts[f, book.REMOVED] += gone.sum()
                for i in np.flatnonzero(gone).tolist():
                    quarter = book.cohort_of(int(state["first_order"][f, i]), s.opening)
                    source, segment = state["came_by"][f, i], self.people.segment[i]
                    tally.cells[f, quarter, source, segment, book.BY_REMOVED] += 1
            if t.messages:
                hears = tagged & self._in_market(state)
                state["inbox_count"][f, hears] += np.uint16(t.messages)
                said = np.uint32(t.messages * int(t.valence * VALENCE_UNIT))
                state["inbox_valence"][f, hears] += said
                tally.accounts[f, book.INJECTED] += t.messages * hears.sum()
        self.engine.load(state)
        return tally

    def _acts(self, t: Treatment) -> bool:
        return t.week <= self.week + 1 < t.week + t.weeks

    def _drawn(self, name: str, t: Treatment, state: dict[str, np.ndarray]) -> np.ndarray:
        """Rows of the people a treatment is for."""
        if name in self._tagged:
            return self._tagged[name]
        keys = person_keys(self.origin, self.people.ident)
        luck = draws.word(keys, draws.stream_key(draws.TREATMENT, 0, 0, t.id))
        active = state["relation"][self.names.index(t.firm)] & ACTIVE > 0
        among = {"all": np.ones_like(active), "customers": active, "prospects": ~active}[t.among]
        may = among & self._in_market(state) & (self.people.sees > 0)
        return np.flatnonzero(may & (draws.uniform_column(luck) < t.share))

    def _in_market(self, state: dict[str, np.ndarray]) -> np.ndarray:
        """Who has arrived and not left."""
        return np.asarray((self.people.arrival <= self.clock) & (state["here"] != GONE))

    def _giving(self) -> list[Treatment]:
        """Treatments that give coupons or contacts this week, in order of ids."""
        acting = [t for t in self.config.treatments.values() if self._acts(t)]
        return sorted((t for t in acting if t.coupon or t.contacts), key=lambda t: t.id)

    def _treated(self) -> Treated:
        acting, activities = self._giving(), list(self._media)
        return Treated(
            tag=np.array([1 << (t.id - 1) for t in acting], np.uint16),
            firm=np.array([self.names.index(t.firm) for t in acting], np.int64),
            cut=np.array([log_price(1.0, 1.0 - t.coupon) for t in acting], np.float64),
            first=np.array([t.first_only for t in acting], bool),
            activity=np.array(
                [activities.index(t.activity) if t.activity else -1 for t in acting], np.int64
            ),
            contacts=np.array([t.contacts for t in acting], np.int64),
        )

    def _coupons(self, orders: Sequence[Orders]) -> list[tuple[int, int]]:
        """Firm and price in cents of every treatment of :meth:`_treated`."""
        rows = [(self.names.index(t.firm), t.coupon) for t in self._giving()]
        return [(f, max(1, round(orders[f].net_price * (1.0 - cut)))) for f, cut in rows]

    # Sales

    def _lead(self, firm: Executive) -> Lead:
        """How a firm leads its reps."""
        force, c, inside = firm.spec.sales, self.config, self.insides[firm.row]
        able = float(self._crafts[firm.row][-1])
        if inside.reviewed(self.clock) and force.hours > 0.0:
            able *= max(0.0, 1.0 - firm.spec.organisation.review_hours / force.hours)
        return Lead(
            pay=c.pay.get(force.pay, PayPlan()), rules=c.selling, hours=force.hours, able=able,
            own=inside.own_share(),
            hunt_share=force.hunt_share, authority=force.authority, response=c.price.weight,
            list_price=firm.spec.list_price,
        )  # fmt: skip

    def _collect(self) -> list[Settled]:
        """Customers pay what is due, firm by firm."""
        c = self.config.credit
        stock = self.engine.column("stock") if any(len(r.row) for r in self.receivables) else None
        return [
            owed.settle(
                self.clock, self._keys, self.people.pace, stock, c.prompt, c.strain, c.write_off
            )
            if stock is not None and len(owed.row)
            else Settled(0, 0, 0, 0, 0, 0)
            for owed in self.receivables
        ]

    def _sell(self) -> tuple[Calls, list[Scene | None]]:
        """Sales reps work; gives their talks, and what each firm's reps saw of the market."""
        signs, names = self._signs, list(self._media)
        scenes: list[Scene | None] = []
        found = []
        for f, (firm, team) in enumerate(zip(self.firms, self.teams, strict=True)):
            team.open_week()
            mine = signs[signs[:, 1] == f]
            if not self._present(firm) or team.idle(self.config.shelf.stores):
                scenes.append(None)
                continue
            rules = self.config.selling
            scene = Scene(
                clock=self.clock, week=self.week, weight=self.config.population.weight,
                seed=self.seed, origin=self.origin, person=self._keys, patch=self.people.patch,
                sees=self.people.sees, relation=self.engine.column("relation")[f].copy(),
                here=self.engine.column("here"), store=self.people.store,
                stores=self.config.shelf.stores, deliberation=rules.deliberation,
                delay=self._delays(firm.name), logged=self.config.log.leads and self.week >= 0,
            )  # fmt: skip
            lead = self._lead(firm)
            team.staff(scene, lead)
            self._forget_counter()
            if scene.stores:
                team.call_on_stores(scene, lead, self.config.shelf)
            else:
                inside = self.insides[f]
                handing = Handing(
                    self.config.organising, inside.care, inside.screening(), inside.informed
                )
                team.work(scene, mine[:, [0, 2, 3]], lead, handing)
            scenes.append(scene)
            talks = team.talks
            if not len(talks.row):
                continue
            activity = np.array(
                [names.index(word) if word else -1 for word in (rules.hunting, rules.farming)]
            )[talks.task]
            cut = log_cuts(np.array([rep.cut for rep in team.reps]))[talks.rep]
            skill = np.array([rep.skill for rep in team.reps])[talks.rep, talks.task]
            found.append((talks.row, np.full(len(cut), f), activity, talks.starts, cut, skill))
        if not found:
            return no_calls(), scenes
        columns = [np.concatenate(column) for column in zip(*found, strict=True)]
        order = np.lexsort((columns[1], columns[0]))
        return make_calls(*(c[order] for c in columns)), scenes

    def _delays(self, firm: str) -> np.ndarray:
        """Hours after which an experiment has enquiries answered, float64 [customer], or -1."""
        out = np.full(self.people.size, -1.0)
        for t in self.config.treatments.values():
            if self._acts(t) and t.firm == firm and t.delay >= 0.0:
                out[self.engine.column("tags") & np.uint16(1 << (t.id - 1)) > 0] = t.delay
        return out

    def _needs_orders(self) -> bool:
        log = self.config.log.purchases and self.week >= 0
        credit = any(firm.spec.terms for firm in self.firms)
        stores = self.config.shelf.stores
        return log or credit or not all(team.idle(stores) for team in self.teams)

    def _sold(self, orders: Sequence[Orders], coupons: list[tuple[int, int]], calls: Calls) -> Sold:
        """This week's orders one by one."""
        column = self.engine.column
        ordered = np.flatnonzero(column("last_order") == self.clock)
        f, i = np.divmod(ordered, self.people.size)
        first = column("first_order")[f, i] == self.clock
        tags = column("tags")[i]
        list_net = np.array([o.net_price for o in orders])
        price = list_net[f]
        treated = self._treated()
        for t, (firm, cents) in enumerate(coupons):
            holds = (f == firm) & (tags & treated.tag[t] > 0) & (treated.cut[t] > 0)
            holds &= first | ~treated.first[t]
            price = np.where(holds, np.minimum(price, cents), price)
        cheaper = calls.units > 0
        if cheaper.any():
            key = calls.row[cheaper] * len(self.firms) + calls.firm[cheaper]
            at = np.searchsorted(key, i * len(self.firms) + f)
            at = np.minimum(at, len(key) - 1)
            called = key[at] == i * len(self.firms) + f
            reduced = self._called_price(orders, calls)[cheaper][at]
            price = np.where(called, reduced, price)
        return Sold(f, i, column("basket")[i].astype(np.int64), price, first, tags)

    @staticmethod
    def _called_price(orders: Sequence[Orders], calls: Calls) -> np.ndarray:
        """Cents per unit with a rep's discount, for every talk."""
        net = np.array([o.net_price for o in orders])[calls.firm]
        return np.asarray(reduced(net, calls.cut))

    def _learn(
        self, orders: Sequence[Orders], calls: Calls, scenes: Sequence[Scene | None],
        sold: Sold | None, paid: Sequence[Settled],
    ) -> Selling:  # fmt: skip
        """Reps learn what came of their talks and are paid; invoices are written."""
        size, weight = len(self.firms), self.config.population.weight
        counted = {book.PIPELINE: np.zeros(size, np.int64), book.REP_TALKS: np.bincount(
            calls.firm, minlength=size), book.ANSWERED: np.zeros(size, np.int64),
            book.ANSWER_HOURS: np.zeros(size, np.int64)}  # fmt: skip
        for account in (book.SPOILT, book.HANDED, book.LOST, book.BLAMED_MARKET, book.BLAMED_SALES):
            counted[account] = np.zeros(size, np.int64)
        other: dict[int, np.ndarray] = {}
        for f, (firm, team, scene) in enumerate(zip(self.firms, self.teams, scenes, strict=True)):
            if sold is not None and scene is not None:
                mine = sold.firm == f
                result = calls.result[calls.firm == f]
                order = np.argsort(team.talks.row)  # calls stand by customer
                back = np.empty(len(order), np.uint8)
                back[order] = result
                cents = sold.price[mine] * sold.units[mine]
                team.learn(scene, self._lead(firm), back, sold.row[mine], cents)
            if sold is not None and firm.spec.terms > 0:
                mine = sold.firm == f
                cents = sold.price[mine] * sold.units[mine] * weight
                self.receivables[f].bill(sold.row[mine], cents, self.clock + firm.spec.terms)
                other.setdefault(book.CREDIT_SALES, np.zeros(size, np.int64))[f] = cents.sum()
            counted[book.PIPELINE][f] = len(team.leads.row)
            for account, number in (*team.counts.items(), *self.insides[f].counts.items()):
                column = counted if account in counted else other
                column.setdefault(account, np.zeros(size, np.int64))[f] = number
        for account, name in (
            (book.DUE, "due"), (book.COLLECTED, "collected"), (book.PAST_DUE, "past_due"),
            (book.WRITTEN_OFF, "written_off"), (book.OVERDUE, "overdue"),
            (book.RECEIVABLES, "owed"),
        ):  # fmt: skip
            other[account] = np.array([getattr(p, name) for p in paid], np.int64)
        other[book.RECEIVABLES] += other.get(book.CREDIT_SALES, 0)
        net = np.array([o.net_price for o in orders])[calls.firm]
        cuts = (net - self._called_price(orders, calls)) * calls.units
        return Selling(
            leads=np.array([team.flows for team in self.teams]),
            people=counted,
            other=other,
            cuts=np.bincount(calls.firm, cuts, minlength=size).astype(np.int64),
        )

    # What firms put before customers, and what is booked

    def _offers(self, orders: Sequence[Orders], audience: np.ndarray, calls: Calls) -> Offers:
        config, items = self.config, list(self._media.values())
        weight, usual = config.population.weight, config.price.usual
        spend = np.array([o.spend for o in orders])
        people = float(audience[0].sum()) * weight
        craft = np.array([done[:-1] for done in self._crafts])
        bought = media.buy_contacts(items, spend, craft, config.media, people)
        rules = config.organising
        used = bought.outlets.tolist()
        return Offers(
            present=np.array([self._present(f) for f in self.firms]),
            log_price=np.array([log_price(o.net_price / 100.0, usual) for o in orders]),
            deal=np.array([log_price(o.list_price, o.net_price) for o in orders]),
            quality=np.array([draws.threshold(f.spec.quality) for f in self.firms], np.uint64),
            booked=np.array([[(1 << n) - 1 for n in row] for row in used], np.uint64),
            reach=reach_table(
                bought.contacts / weight, media.aim(items), audience, bought.outlets,
                self._following,
            ),
            rating=self._ratings(),
            listed=np.array([team.listed for team in self.teams], np.uint64),
            message=np.array([i.message(self._segments, rules) for i in self.insides]),
            stretch=np.array([i.stretch(rules) for i in self.insides]),
            treated=self._treated(),
            calls=calls,
        )  # fmt: skip

    def _ratings(self) -> np.ndarray:
        """Share of good ratings of the last year by firm, -1 without any."""
        posts, good = (self.ledger.recent(a, RATING_WEEKS) for a in (book.RATED, book.RATED_GOOD))
        return np.where(posts > 0, good / np.maximum(posts, 1), -1.0)

    def _page(
        self, orders: Sequence[Orders], coupons: list[tuple[int, int]], tally: Tally, sold: Selling
    ) -> Page:
        return page(
            tally,
            weight=self.config.population.weight,
            spend=np.array([o.spend for o in orders]),
            list_price=np.array([o.list_price for o in orders]),
            net_price=np.array([o.net_price for o in orders]),
            unit_cost=np.array([round(f.spec.unit_cost * 100) for f in self.firms]),
            coupons=coupons,
            sold=sold,
            stores=self.config.shelf.stores,
            week=max(0, self.week),
            inbound=np.array(
                [True] * book.TOUCH_ACTIVITY + [a.inbound for a in self._media.values()]
            ),
            answerable=np.array([a.two_way for a in self._media.values()]),
            before=self.ledger.so_far,
        )

    def _write_logs(self, bonds: Sequence[np.ndarray], sold: Sold | None) -> None:
        """Log one by one what the configuration asks for; ``bonds`` are the relationships before
        and after the experiments of the week."""
        log = self.config.log
        if log.messages:
            sent = self.engine.messages()
            order = np.lexsort(sent.T[::-1])
            self.logs["messages"].append(np.insert(sent[order], 0, self.week + 1, axis=1))
        if log.purchases:
            assert sold is not None
            source = self.engine.column("came_by")[sold.firm, sold.row]
            columns = (
                np.full(len(sold.row), self.week + 1), sold.row, sold.firm, sold.units,
                sold.price * sold.units, sold.first, source, sold.tags,
            )  # fmt: skip
            self.logs["purchases"].append(np.stack([c.astype(np.int64) for c in columns], axis=1))
        if log.leads:
            for f, team in enumerate(self.teams):
                for rows in team.closed:
                    rows = np.insert(rows, 1, f, axis=1)
                    tags = self.engine.column("tags")[rows[:, 0]]
                    rows = np.insert(np.column_stack([rows, tags]), 0, self.week + 1, axis=1)
                    self.logs["leads"].append(rows.astype(np.int64))
        if bonds:
            state = self.engine.columns()
            self.logs["customers"].append(self._relationships(bonds[0], bonds[1], state))

    def _relationships(
        self, before: np.ndarray, treated: np.ndarray, state: dict[str, np.ndarray]
    ) -> np.ndarray:
        """Rows of the log of customers, events in the order of :data:`EVENTS`."""
        was, now = treated & ACTIVE > 0, state["relation"] & ACTIVE > 0
        bought = state["last_order"] == self.clock
        new = state["first_order"] == self.clock
        ended, gone = (was | bought) & ~now, state["here"] == GONE
        happened = (
            new, bought & ~was & ~new, ended & ~gone, ended & gone, (before & ACTIVE > 0) & ~was
        )  # fmt: skip
        rows = []
        for event, mask in enumerate(happened):
            f, i = np.nonzero(mask)
            columns = (
                np.full(len(f), self.week + 1), i, f, np.full(len(f), event),
                state["came_by"][f, i], state["teller"][f, i], state["tags"][i],
            )  # fmt: skip
            rows.append(np.stack([c.astype(np.int64) for c in columns], axis=1))
        return np.concatenate(rows)

    def run(self) -> Run:
        """The record of the weeks lived so far."""
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
        )

    def _plain(self) -> dict[str, np.ndarray]:
        """Everything that changes from week to week, as named arrays."""
        arrays = {f"state/{k}": v for k, v in self.engine.columns().items()}
        arrays |= {f"people/{k}": v for k, v in vars(self.people).items()}
        arrays |= {f"levers/{k}": v for k, v in vars(self.levers).items()}
        arrays |= {f"log/{k}": log_table(k, v) for k, v in self.logs.items()}
        arrays |= {f"tagged/{k}": v for k, v in self._tagged.items()}
        arrays |= {f"history/{k}": np.concatenate(v) for k, v in self.history.items()}
        for row, (team, owed) in enumerate(zip(self.teams, self.receivables, strict=True)):
            arrays |= {f"team{row}/{k}": v for k, v in team.plain().items()}
            arrays |= {f"owed{row}/{k}": v for k, v in owed.plain().items()}
            arrays |= {f"inside{row}/{k}": v for k, v in self.insides[row].plain().items()}
            arrays |= {f"leads{row}/{k}": v for k, v in self.firms[row].plain().items()}
        arrays["signs"] = self._signs
        return arrays

    def snapshot(self) -> bytes:
        """The whole world as bytes: plain data, read again by :func:`restore`."""
        meta = {
            "config": compose.to_yaml(self.config),
            "seed": self.seed,
            "origin": self.origin,
            "plan": asdict(self.plan) if self.plan else None,
            "week": self.week,
            "engine": self._engine_name,
            "decisions": None
            if self.decisions is None
            else [[*key, known] for key, known in self.decisions.items()],
        }
        arrays, pages = self._plain(), self.ledger.pages()
        for name in Page.__annotations__ if pages else ():
            columns = [getattr(p, name) for p in pages]
            ragged = name in RAGGED
            arrays[f"ledger/{name}"] = np.concatenate(columns) if ragged else np.stack(columns)
            if ragged:
                arrays[f"rows/{name}"] = np.array([len(c) for c in columns], np.int64)
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
        twin = World(
            copy.deepcopy(self.config), self.seed, self.plan, self._engine_name, self._customer,
            self._plain(), self.origin,
        )  # fmt: skip
        twin.week, twin.ledger = self.week, self.ledger.copy()
        twin.decisions = copy.deepcopy(self.decisions)
        twin.seed = self.seed if seed is None else seed
        if plan is not None:
            twin.plan = find_plan(plan, twin.config)
        twin.change(*overrides)
        return twin


def _scorecard(config: Config, firm: str) -> Scorecard:
    """What the departments of a firm are measured by at first."""
    return config.kpis[config.firms[firm].organisation.kpis]


def _whole(values: np.ndarray, size: int) -> np.ndarray:
    """The values, or zeros while there are none."""
    return values if len(values) else np.zeros(size)


RAGGED = ("cells", "leads")
"""Parts of a ledger page that have as many rows as they need."""


def log_table(name: str, rows: Sequence[np.ndarray]) -> np.ndarray:
    """All rows of a log, int64 [row, column of :data:`LOGS`]."""
    return np.concatenate(rows) if rows else np.zeros((0, len(LOGS[name])), np.int64)


FROM_THE_START = (
    "warmup", "population", "segments", "flow.inflow", "flow.knows", "choice.rate_mean",
    "choice.rate_shape", "choice.taste_within", "price.weight", "price.spread",
    "attention.click_spread", "firms.*.id", "firms.*.awareness", "firms.*.trust", "firms.*.enters",
    "activities.*.id",
)  # fmt: skip
"""What people and firms bring with them: drawn or set before the first week."""


def refuse_the_past(before: Config, after: Config) -> None:
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
    inflow = any(era.key == "flow.inflow" for era in after.eras.values())
    if after.weeks > before.weeks and (after.flow.inflow > 0.0 or inflow):
        raise ConfigError(
            f"weeks={after.weeks}: a market with inflow cannot be made longer by a branch; "
            f"allowed up to {before.weeks}."
        )


def _by_id(items: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(items.items(), key=lambda item: item[1].id))


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
    if engine not in ENGINES:
        raise ConfigError(f"engine={engine}: no such engine; allowed {', '.join(ENGINES)}.")
    config = copy.deepcopy(config)  # whoever changes theirs later changes nobody's world
    validate(config)
    seed = config.seed if seed is None else seed
    world = World(config, seed, find_plan(plan, config), engine, customer)
    while world.week < 0:
        world.step()
    return world


def step(world: World) -> World:
    """Live through one week; gives the same world."""
    world.step()
    return world


def restore(saved: bytes, *, customer: Callable[..., Any] | None = None) -> World:
    """The world of a snapshot, ready to go on."""
    with np.load(io.BytesIO(saved), allow_pickle=False) as data:
        arrays = {k: data[k] for k in data.files}
    meta = json.loads(str(arrays.pop("meta")))
    config, plan = compose.from_yaml(meta["config"]), _plan_from(meta["plan"])
    world = World(config, meta["seed"], plan, meta["engine"], customer, arrays, meta["origin"])
    world.week = meta["week"]
    if meta["decisions"] is not None:
        world.decisions = {(week, firm): known for week, firm, known in meta["decisions"]}
    pages = _part(arrays, "ledger/")
    for name, rows in _part(arrays, "rows/").items():
        pages[name] = np.split(pages[name], np.cumsum(rows)[:-1])  # type: ignore[assignment]
    for columns in zip(*pages.values(), strict=True):
        world.ledger.append(Page(*(c.copy() for c in columns)))
    world.engine.configure(world._setting())
    return world


def _part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """The arrays whose names begin with a prefix, without it."""
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


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
    decisions: Iterable[tuple[int, str, str, float]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Start, live through the warm-up, and step to the end, or to the first decision that a person
    has still to make (``run.waiting``).

    Args:
        config, seed, plan, engine: as for :func:`start`.
        decisions: rows (week from 1, firm, lever, value) for firms with the policy ``person``; the
            lever ``keep`` decides to leave all as it is. See :meth:`World.decide`.
        progress: called with the number of weeks lived after each week.
    """
    world = start(config, seed, plan=plan, engine=engine)
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
