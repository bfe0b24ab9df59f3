"""The week as a table of phases, run from top to bottom.

A phase with ``run`` is called by :meth:`sim.model.world.World.step`. Customers' phases are fused:
the engine runs them in the order of the table, in one pass before firms act (``open``) and in one
after (``close``); they name the row that runs them. Within a phase each customer reads and writes
only their own state, so the order of customers does not matter; effects on other customers are sent
as messages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sim.agents import leadership
from sim.agents.executives import Decisions
from sim.agents.firm import Firm
from sim.agents.view import MarketView
from sim.config.schema import with_number
from sim.draws import threshold
from sim.engines.protocol import GONE, Calls, Offers
from sim.ledger import accounts as acc
from sim.ledger.booking import FirmBooks, book_week
from sim.ledger.ledger import WeekCounts
from sim.ledger.orders import OrderLines, WeekPrices, find_orders, log_prices
from sim.ledger.receivables import Settled
from sim.market import activities as media
from sim.market.interventions import Intervention
from sim.model import injection, paths, treatments
from sim.model.state import MarketState
from sim.outcomes import logs
from sim.params import ConfigError, key_of
from sim.rules.flow import demand
from sim.rules.information import RATING_WEEKS
from sim.rules.loyalty import recovery_chance
from sim.rules.units import QUARTER

ERA_WEEKS = 4
"""Weeks between two changes of a number by an era."""


@dataclass
class Week:
    """Data that the phases of one week pass on, in the order of the table.

    Attributes:
        what_if: change of a year's profit if a firm puts more money on a line (firm, line, money).
        relations: relationships before and after the week's experiments, if they are logged.
        removed: counts of the effects of experiments.
        view: the market as firms observe it.
        decisions: decisions of all firms.
        audience: reachable customers, int64 [firm, 2 AUDIENCES].
        settled: settlement of invoices of each firm.
        calls: calls of all reps.
        offers: offers and contacts of all firms.
        prices: prices in cents.
        counts: counts of the engine.
        lines: orders one by one, where they are needed.
        invoiced: revenue to be paid later, cents [firm].
    """

    what_if: Callable[[Firm, int, float], float]
    relations: logs.Relations | None = None
    removed: WeekCounts | None = None
    view: MarketView = field(init=False)
    decisions: Decisions = field(init=False)
    audience: np.ndarray = field(init=False)
    settled: list[Settled] = field(default_factory=list)
    calls: Calls = field(init=False)
    offers: Offers = field(init=False)
    prices: WeekPrices = field(init=False)
    counts: WeekCounts = field(init=False)
    lines: OrderLines | None = None
    invoiced: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Phase:
    """A row of the week's table: actor, action, state read and state written.

    ``run`` executes the row. A row without ``run`` is executed by the engine, as part of the row
    ``within``.
    """

    name: str
    who: str
    does: str
    reads: str
    writes: str
    run: Callable[[MarketState, Week], None] | None = None
    within: str = ""


def intervene(state: MarketState, week: Week) -> None:
    """Apply the changes that hold from this week on; firms enter."""
    eras = [era for era in state.config.eras.values() if era.key != "flow.inflow"]
    if eras and state.clock % ERA_WEEKS == 0:
        before = state.config
        for era in eras:
            state.config = with_number(state.config, era.key, era.value(state.week + 1))
        state.propagate(before)
    interventions = state.config.interventions.items()
    due = [(key_of(("interventions", n)), i.set) for n, i in interventions if _is_due(state, i)]
    due += treatments.firm_changes(state)
    if due:
        try:
            state.change(*(word for _, words in due for word in words))
        except ConfigError as error:
            names = ", ".join(name for name, _ in due)
            raise ConfigError("{where}: {error}", where=names, error=error) from None
    new = [f for f in state.firms if f.spec.enters == state.week + 1 and f.spec.enters > 0]
    if new:
        columns = state.engine.columns()
        for firm in new:
            state.introduce(firm, columns)
        state.engine.load(columns)


def _is_due(state: MarketState, one: Intervention) -> bool:
    return one.week == state.week + 1


def treat(state: MarketState, week: Week) -> None:
    """Draw customers into treatments and treat them; let injected events happen."""
    logged = state.config.log.customers and state.week >= 0
    before = state.engine.columns()["relation"] if logged else None
    week.removed = injection.inject(state, treatments.treat(state))
    if before is not None:
        now = state.engine.columns()
        week.relations = logs.Relations(before, now["relation"], now["here"] == GONE)
    paths.begin_week(state)


def decide(state: MarketState, week: Week) -> None:
    """Executives and departments decide."""
    view = week.view = state.view()
    levers = state.levers if state.week >= 0 else state.warmup_levers
    row = state.week if state.week >= 0 else state.clock
    by_hand = {
        firm: values
        for (number, firm), values in (state.decisions or {}).items()
        if number == state.week + 1
    }
    before = state.executives.moved_by
    week.decisions = leadership.decide(
        state.firms, state.executives, state.organisations, view, levers, row, by_hand,
        week.what_if, state.treasuries,
    )  # fmt: skip
    state.sales.set_places(state.executives.columns.numbers["places"])
    if view.new_quarter and (state.executives.moved_by != before).any():
        state.engine.configure(state.setup())
    if state.week >= 0 and state.week % QUARTER == 0:
        _record_leadership(state)


def _record_leadership(state: MarketState) -> None:
    """Record how firms are led at the beginning of a quarter."""
    numbers, nothing = state.organisations.columns.numbers, np.zeros(len(state.activities) + 1)
    credited = [firm.executive.credited for firm in state.firms]
    now = {
        "week": np.array(state.week + 1),
        "power": numbers["power"].copy(),
        "people": numbers["people"].copy(),
        "weights": np.array([firm.organisation.weights() for firm in state.firms]),
        "credited": np.array([credit if len(credit) else nothing for credit in credited]),
    }
    for name, value in now.items():
        state.history.setdefault(name, []).append(value[None])


def open_week(state: MarketState, week: Week) -> None:
    """The engine runs the customers' phases up to need."""
    f = state.config.flow
    level = demand(state.week, f.season, f.peak, f.shock, f.shock_from, f.shock_weeks)
    week.audience = state.engine.open_week(state.clock, level)


def collect(state: MarketState, week: Week) -> None:
    """Customers pay what is due, firm by firm."""
    week.settled = [firm.collect(week.view) for firm in state.firms]


def sell(state: MarketState, week: Week) -> None:
    """Sales forces work; their calls are sorted by customer, then firm."""
    treatments.train_reps(state)
    week.calls = state.sales.sell(
        week.view, leadership.conditions(state.executives, state.organisations, week.view.week),
        state.interest, treatments.answer_delays(state), treatments.rep_terms(state),
    )  # fmt: skip
    state.release_counter()


def offer(state: MarketState, week: Week) -> None:
    """Spend buys contacts; set the prices, messages and distribution that customers face."""
    _redirect(state, week)
    config, decided, calls = state.config, week.decisions, week.calls
    booked = media.buy_contacts(
        decided.spend, state.organisations.quality, state.lines, config.media.overhead,
        config.media.outlets, config.media.places, week.audience, state.media_use.following,
        config.population.weight, state.contacts, state.exposure,
    )  # fmt: skip
    over_usual, deal = log_prices(decided.list_price, decided.net_price, config.price.usual)
    recent = state.ledger.recent(RATING_WEEKS)
    posts = recent[:, acc.RATED] + recent[:, acc.RATED_GIVEN]
    good = recent[:, acc.RATED_GOOD] + recent[:, acc.RATED_GOOD_GIVEN]
    week.prices = WeekPrices.of(
        decided.list_price, decided.net_price, treatments.coupons(state), calls.row, calls.firm,
        calls.cut,
    )  # fmt: skip
    week.offers = Offers(
        present=state.executives.present(state.week),
        log_price=over_usual,
        deal=deal,
        quality=state.quality,
        recovery=_recovery(state),
        claim=state.claim,
        booked=booked,
        exposure=state.exposure,
        rating=np.where(posts > 0, good / np.maximum(posts, 1), -1.0),
        listed=state.sales.listed,
        message=state.organisations.message.copy(),
        volume_pressure=state.organisations.volume_pressure.copy(),
        treated=treatments.treated(state),
        calls=calls,
        held=paths.held(state),
        noted=paths.noted(state),
    )  # fmt: skip


def _recovery(state: MarketState) -> np.ndarray:
    """Chances that purchases that disappoint are made good, as thresholds, uint64 [firm]."""
    chance, firms = state.config.loyalty.recovery, len(state.firms)
    if chance <= 0.0:
        return np.zeros(firms, np.uint64)
    serving = np.array([one.recovers for one in state.activities.values()])
    contacts = state.contacts[:, serving].sum(axis=1)
    orders = state.ledger.recent(1)[:, acc.ORDERS]
    return np.array([
        threshold(recovery_chance(chance, float(contacts[f]),
                                  float(orders[f]) * (1.0 - firm.spec.quality)))
        for f, firm in enumerate(state.firms)
    ], np.uint64)  # fmt: skip


def _redirect(state: MarketState, week: Week) -> None:
    """Money that finds no audience goes to the twin of its activity, where activities have one."""
    if len(state.lines.twins):
        spend, moved = media.redirected(
            week.decisions.spend, state.organisations.quality, state.lines,
            state.config.media.outlets, week.audience, state.config.population.weight,
        )  # fmt: skip
        week.decisions = week.decisions._replace(spend=spend)
        state.booked[:, acc.REDIRECTED] += moved


def close_week(state: MarketState, week: Week) -> None:
    """The engine runs the customers' phases from meet on."""
    week.counts = state.engine.close_week(state.clock, week.offers)
    state.interest = state.engine.interest()
    if week.removed is not None:
        week.counts.accounts[:] += week.removed.accounts
        week.counts.cells[:] += week.removed.cells
        week.counts.contacts[:] += week.removed.contacts
        week.counts.clicks[:] += week.removed.clicks


def work(state: MarketState, week: Week) -> None:
    """Departments work, train and hire, and learn the results of surveys."""
    state.organisations.work(
        state.clock, week.decisions.spend, state.sales.hours, week.counts.surveyed
    )


def learn(state: MarketState, week: Week) -> None:
    """Reps learn the results of their calls and are paid; invoices are written."""
    week.invoiced = [0] * len(state.firms)
    credit = [firm for firm in state.firms if firm.spec.terms]
    logged = state.config.log.purchases and state.week >= 0
    if not (logged or credit or state.sales.busy):
        return
    lines = week.lines = _orders(state, week)
    state.sales.learn(week.calls, lines, state.organisations.own_share.copy())
    for firm in credit:
        week.invoiced[firm.row] = firm.bill(week.view, *lines.of_firm(firm.row))


def _orders(state: MarketState, week: Week) -> OrderLines:
    """This week's orders one by one."""
    column = state.engine.column
    return find_orders(
        state.clock, column("last_order"), column("first_order"), column("basket"),
        column("tags"), week.prices, week.calls.units,
    )  # fmt: skip


def book(state: MarketState, week: Week) -> None:
    """Book the week in people and cents."""
    levers = state.levers if state.week >= 0 else state.warmup_levers
    state.treasuries.charge(
        week.view, levers, week.prices.list_price, state.unit_cost, week.counts.accounts
    )
    books = FirmBooks(
        booked=state.booked,
        leads=state.sales.flows,
        settled=np.array(week.settled, np.int64),
        invoiced=np.array(week.invoiced, np.int64),
        spend=week.decisions.spend,
        unit_cost=state.unit_cost,
    )
    state.ledger.append(
        book_week(
            week.counts, books, week.prices,
            called=week.calls.units,
            weight=state.config.population.weight,
            stores=state.config.shelf.stores,
            week=max(0, state.week),
            inbound=state.inbound,
            answerable=state.lines.answerable,
            before=state.ledger.so_far,
        )
    )  # fmt: skip


def log(state: MarketState, week: Week) -> None:
    """Log single events, if the configuration asks for it."""
    if state.week < 0:
        return
    number, asked, engine = state.week + 1, state.config.log, state.engine
    if asked.messages:
        state.logs["messages"].append(logs.message_rows(number, engine.messages()))
    if asked.purchases and week.lines is not None:
        rows = logs.purchase_rows(
            number, week.lines, engine.column("acquired_via"), engine.column("last_touch")
        )
        state.logs["purchases"].append(rows)
    if asked.leads:
        for firm in state.firms:
            for closed in firm.sales.leads.closed:
                rows = logs.lead_rows(number, firm.row, closed, engine.column("tags"))
                state.logs["leads"].append(rows)
    if week.relations is not None:
        rows = logs.relation_rows(number, state.clock, week.relations, engine.columns())
        state.logs["customers"].append(rows)


WEEK = (
    Phase("intervene", "experimenter", "change what is to change from this week on; firms enter",
          "eras, interventions, treatments of firms, weeks of entry",
          "configuration; awareness, trust and remembered price of a firm that enters", intervene),
    Phase("treat", "experimenter", "draw people into treatments, make them leave, send messages; "
          "post ratings; inject events; hold what people think at the path of another run",
          "treatments, injected events, paths",
          "tags, relationships, inboxes; public ratings; whatever an event changes", treat),
    Phase("decide", "executives and departments", "each quarter: credit lines of the budget, move "
          "money and KPI weights; departments move money towards what they are measured by; every "
          "week: spend by activity, list price, discount, reactions to rivals; spend is limited to "
          "cash and credit, where these are limited",
          "plan, declared budget; what the firm can see of itself, rivals' prices and spend; cash",
          "this week's decisions; fixed costs and interest; policies' and departments' memories",
          decide),
    Phase("open", "engine", "run the customers' phases before firms act", "", "", open_week),
    Phase("enter and exit", "customers", "people enter the market in their week, or leave for good",
          "week of arrival", "own presence; relationships of those who leave", within="open"),
    Phase("hear", "customers", "last week's messages arrive", "own inbox",
          "own awareness, trust, belief in the category, last touch; inbox emptied", within="open"),
    Phase("forget", "customers", "awareness and trust fade", "own awareness, trust",
          "own awareness, trust", within="open"),
    Phase("need", "customers", "a buying occasion arises or not",
          "own buying rate, season, shock, contract, stock, purchase put off, belief in the "
          "category",
          "own need of this week, own stock", within="open"),
    Phase("collect", "customers", "invoices that are due are paid, or are not; very old ones are "
          "written off", "invoices, own pace of paying, own stock", "invoices; cash", collect),
    Phase("sell", "sales reps", "quit, are let go, are hired; take leads on; choose effort, hunt "
          "share and discount; follow leads up, visit customers, call prospects",
          "last week's interest; own results, beliefs, skill, pay plan",
          "calls of this week; leads", sell),
    Phase("offer", "market", "spend buys contacts in outlets or directly, at prices that answer "
          "demand; prices are rounded to cents once",
          "decisions; number of people by (active customer, in need)",
          "chances of contacts; prices", offer),
    Phase("close", "engine", "run the customers' phases after firms have acted; deliver messages",
          "", "", close_week),
    Phase("meet", "customers", "contacts reach people, who may click and leave a name; reps call, "
          "and their discounts may make people buy early",
          "chances of contacts, own class, outlets followed, contacts of last week, calls",
          "own awareness, trust, belief in the category, last touch, last click, contacts met, "
          "need; interest, read by reps next week", within="close"),
    Phase("talk", "customers", "active customers may tell an acquaintance", "own trust, ties",
          "messages, heard next week", within="close"),
    Phase("shop", "customers", "offers may bring an occasion forward or take it away; on an "
          "occasion: search or not, consider, ask firms that must answer, choose, leave it open, "
          "wait for a deal, buy or not",
          "own awareness, trust, past orders and relationships, taste, remembered prices and "
          "deals; prices, ratings, calls",
          "order; own remembered prices and deals, trust by ratings, open decision; enquiries, "
          "read by reps next week", within="close"),
    Phase("experience", "customers", "a purchase meets expectations or not; who is "
          "disappointed may end the relationship, and tell",
          "the firm's quality",
          "own awareness, trust, belief in the category, relationship, contract, stock; a public "
          "rating; news, known next week", within="close"),
    Phase("lapse", "customers", "active customers may end the relationship, and tell",
          "own trust, news of leavers", "own relationship; news, known next week",
          within="close"),
    Phase("report", "customers", "are counted for the ledger", "own state", "counts; flags of the "
          "measurement window", within="close"),
    Phase("work", "departments", "work on their own tasks and on others', train, hire; review "
          "together; learn what surveys found", "spend; survey answers; power of functions",
          "hours; own skills and people; care of handoffs; insight", work),
    Phase("learn", "sales reps", "close leads, are paid for credited orders, learn from results "
          "and by doing; invoices are written", "results of own calls, orders of own customers",
          "own beliefs, skill, pay; leads; invoices", learn),
    Phase("book", "ledger", "the week is booked in people and cents", "counts, decisions, prices",
          "ledger (append only)", book),
    Phase("log", "ledger", "events are logged one by one, if asked for",
          "messages, orders, leads, relationships", "logs", log),
)  # fmt: skip
"""The order of a week."""
