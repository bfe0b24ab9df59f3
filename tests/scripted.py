"""A market without customers, in which firms are tested: all that customers do is given by hand.

Firms meet customers only through an engine, the ledger and the view of the market; here each is
written down by the test, so the answer of a firm can be worked out with a pencil.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import mesa
import numpy as np

import sim
from sim.agents import leadership
from sim.agents.executives import Executives
from sim.agents.firm import Firm, scorecard
from sim.agents.organisations import Organisations
from sim.agents.sales.forces import SalesForces
from sim.agents.treasury import Treasuries
from sim.agents.view import MarketView
from sim.config.schema import Config
from sim.engines.protocol import ACTIVE, HERE, Calls, Offers, Setup, no_calls
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, TOUCH_ACTIVITY
from sim.ledger.ledger import Ledger, WeekCounts, WeekRecord
from sim.ledger.orders import OrderLines
from sim.market.network import Network, lay_out
from sim.market.plan import Levers, Plan, schedule, start_date
from sim.market.population import PATCHES, People, person_keys
from sim.params import in_id_order
from sim.rules.leads import NOT_MET

CUSTOMERS = 64


class ScriptedEngine:
    """An engine that plays back what it is given.

    Args:
        size: number of customers.

    Attributes:
        state: columns by name, as of :data:`sim.engines.protocol.STATE`.
        audience: int64 [firm, class], given to :meth:`open_week`.
        counts: given to :meth:`close_week`.
        signs: of interest, int64 [sign, 4].
        results: code of the result and units ordered of a call to (customer, firm); customers who
            are not named are not met.
        offers: put before customers, week by week.
    """

    def __init__(self, size: int, firms: int, activities: int, segments: int) -> None:
        self.network: Network = lay_out(size, [], 0.0, size)
        self.state = {
            "here": np.full(size, HERE, np.uint8),
            "relation": np.zeros((firms, size), np.uint8),
            "stock": np.zeros(size, np.float32),
            "tags": np.zeros(size, np.uint16),
        }
        self.audience = np.zeros((firms, 8), np.int64)
        self.audience[:, 0] = size
        self.counts = WeekCounts.empty(firms, activities, 3, segments, 0)
        self.signs = np.zeros((0, 4), np.int64)
        self.results: dict[tuple[int, int], tuple[int, int]] = {}
        self.offers: list[Offers] = []

    def open_week(self, week: int, demand: float) -> np.ndarray:
        return self.audience

    def close_week(self, week: int, offers: Offers) -> WeekCounts:
        self.offers.append(offers)
        for n, pair in enumerate(zip(offers.calls.row, offers.calls.firm, strict=True)):
            offers.calls.result[n], offers.calls.units[n] = self.results.get(pair, (NOT_MET, 0))
        return self.counts

    def messages(self) -> np.ndarray:
        return np.zeros((0, 4), np.int64)

    def interest(self) -> np.ndarray:
        return self.signs

    def column(self, name: str) -> np.ndarray:
        return self.state[name]

    def configure(self, setup: Setup) -> None:
        self.setup = setup

    def columns(self) -> dict[str, np.ndarray]:
        return {name: column.copy() for name, column in self.state.items()}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        self.state = dict(columns)


class FirmDecisions(NamedTuple):
    """What one firm decides in a week: its row of :class:`sim.agents.executives.Decisions`."""

    spend: np.ndarray
    list_price: int
    discount: float
    net_price: int


def _no_oracle(firm: Firm, line: int, money: float) -> float:
    raise AssertionError("only the oracle asks what would be")


class ScriptedMarket:
    """Firms in a market of :data:`CUSTOMERS` customers who do as they are told; each stands for
    one person, unless ``population.people`` says otherwise.

    Args:
        words: ``key=value`` changes of the default configuration.
    """

    def __init__(self, *words: str) -> None:
        size = f"population.customers={CUSTOMERS}", f"population.people={CUSTOMERS}"
        self.config: Config = sim.load_config(*size, "warmup=0", "threads=1", *words)
        self.activities = in_id_order(self.config.activities)
        self.names = list(in_id_order(self.config.firms))
        self.segments = tuple(in_id_order(self.config.segments))
        self.people = scripted_people(CUSTOMERS)
        shape = len(self.names), len(self.activities), len(self.segments)
        self.engine = ScriptedEngine(CUSTOMERS, *shape)
        self.ledger = Ledger(tuple(self.names), tuple(self.activities))
        self.week = 0
        model, config = mesa.Model(rng=1), self.config
        self.booked = np.zeros((len(self.names), len(ACCOUNTS)), np.int64)
        self.executives = Executives(config)
        self.organisations = Organisations(config, self.booked)
        sources = TOUCH_ACTIVITY + len(self.activities)
        self.sales = SalesForces(len(self.names), sources, self.booked)
        self.calls: Calls = no_calls()
        self.firms = {
            name: Firm(model, name, row, config.firms[name], self.executives, self.organisations,
                       self.sales, scorecard(config, name), self.booked[row])
            for row, name in enumerate(self.names)
        }  # fmt: skip
        self.treasuries = Treasuries([*self.firms.values()], self.executives, self.booked)
        self.organisations.settle()

    def view(self) -> MarketView:
        """The market in the present week."""
        return MarketView(
            week=self.week, clock=self.week, seed=1, trait_seed=1, config=self.config,
            activities=list(self.activities.values()), people=self.people,
            draw_key=person_keys(1, self.people.ident), engine=self.engine, ledger=self.ledger,
        )  # fmt: skip

    def levers(self, plan: Plan | None = None) -> Levers:
        """Planned values of a year."""
        return schedule(
            plan, start=start_date(self.config.start, [plan]), weeks=52, firms=self.names,
            activities=list(self.activities),
            budgets={name: self.config.firms[name].budget for name in self.names},
        )  # fmt: skip

    def decide(
        self, name: str, levers: Levers | None = None, by_hand: Mapping[str, float] | None = None
    ) -> FirmDecisions:
        """All firms decide; returns what the firm ``name`` has decided.

        Args:
            levers: planned values; declared budgets without.
            by_hand: decisions of a human player of the firm.
        """
        levers = levers or self.levers()
        decided = leadership.decide(
            [*self.firms.values()], self.executives, self.organisations, self.view(), levers,
            min(self.week, len(levers.spend) - 1), {} if by_hand is None else {name: by_hand},
            _no_oracle, self.treasuries,
        )  # fmt: skip
        self.sales.set_places(self.executives.columns.numbers["places"])
        spend, *prices = (column[self.names.index(name)] for column in decided)
        return FirmDecisions(spend, *(price.item() for price in prices))

    def work(
        self, spend: Mapping[tuple[int, int], int] | None = None,
        surveyed: Mapping[tuple[int, int], tuple[int, int]] | None = None,
    ) -> None:  # fmt: skip
        """The departments of all firms work a week.

        Args:
            spend: cents, by (firm, activity).
            surveyed: customers surveyed and the sum of their tastes, by (firm, segment).
        """
        cents = np.zeros((len(self.names), len(self.activities)), np.int64)
        surveys = np.zeros((len(self.names), len(self.segments), 2), np.int64)
        for place, number in (spend or {}).items():
            cents[place] = number
        for place, pair in (surveyed or {}).items():
            surveys[place] = pair
        self.organisations.work(self.week, cents, self.sales.hours, surveys)

    def line(self, activity: str) -> int:
        """Place of an activity."""
        return list(self.activities).index(activity)

    def source(self, activity: str) -> int:
        """Touch code of an activity."""
        return TOUCH_ACTIVITY + self.line(activity)

    def book(
        self, accounts: Mapping[tuple[int, int], int],
        spend: Mapping[tuple[int, int], int] | None = None,
        clicks: Mapping[tuple[int, int], int] | None = None,
    ) -> None:  # fmt: skip
        """Append a week to the ledger and go on to the next one.

        Args:
            accounts: by (firm, account). spend: cents, and clicks: people, by (firm, activity).
        """
        record = blank_record(len(self.names), len(self.activities), len(self.segments))
        for place, number in accounts.items():
            record.accounts[place] = number
        for place, number in (spend or {}).items():
            record.spend[place] = number
            record.accounts[place[0], acc.SPEND] += number
        for place, number in (clicks or {}).items():
            record.clicks[place] = number
        self.ledger.append(record)
        self.booked[:] = 0
        self.week += 1

    def sell(self, firm: Firm, interest: np.ndarray) -> Calls:
        """A week of all sales forces.

        Args:
            interest: signals of interest in a firm, int64 [signal, 3]: row, source, flags.

        Returns:
            The calls of the firm, as inputs of the engine.
        """
        self.sales.configure(self.config)
        signals = np.insert(interest, 1, firm.row, axis=1)
        how = leadership.conditions(self.executives, self.organisations, self.week)
        self.calls = self.sales.sell(self.view(), how, signals, [])
        mine = self.calls.firm == firm.row
        return Calls(*(column[mine] for column in self.calls))

    def learn(
        self, firm: Firm, rows: Sequence[int], cents: Sequence[int],
        result: np.ndarray | None = None,
    ) -> int:  # fmt: skip
        """The end of a week, in which customers order from a firm.

        Args:
            rows, cents: customers who order, and the value of each order.
            result: results of the firm's calls in the order of customers; those of the engine if
                not given.

        Returns:
            Revenue invoiced to be paid later, cents.
        """
        for n, pair in enumerate(zip(self.calls.row, self.calls.firm, strict=True)):
            self.calls.result[n] = self.engine.results.get(pair, (NOT_MET, 0))[0]
        if result is not None:
            self.calls.result[self.calls.firm == firm.row] = result
        orders = order_lines(firm.row, len(self.firms), rows, cents)
        self.sales.learn(self.calls, orders, self.organisations.own_share.copy())
        return firm.bill(self.view(), *orders.of_firm(firm.row))

    def make_customers(self, firm: Firm, rows: Sequence[int]) -> None:
        """Make people active customers of a firm."""
        self.engine.state["relation"][firm.row, list(rows)] = ACTIVE


def order_lines(firm: int, firms: int, rows: Sequence[int], cents: Sequence[int]) -> OrderLines:
    """Orders of one unit each from one of the firms."""
    size = len(rows)
    return OrderLines(
        np.full(size, firm), np.array(rows, np.int64), np.ones(size, np.int64),
        np.array(cents, np.int64), np.zeros(size, bool), np.zeros(size, np.uint16),
        np.where(np.arange(firms + 1) > firm, size, 0),
    )  # fmt: skip


def scripted_people(size: int) -> People:
    """Customers alike in everything but where they live, who all see."""
    ones = np.ones(size, np.float32)
    return People(
        ident=np.arange(size, dtype=np.uint64), arrival=np.zeros(size, np.int32),
        segment=np.zeros(size, np.uint8), rate=ones, taste=0.5 * ones, price_weight=ones,
        patience_scale=ones, click_propensity=ones, pace=ones, leaving=ones,
        patch=(np.arange(size) * (PATCHES // size)).astype(np.int16),
        store=np.zeros(size, np.uint8), sociability=0.0 * ones, sees=np.ones(size, np.uint8),
        social=np.ones(size, np.uint8),
    )  # fmt: skip


def blank_record(firms: int, activities: int, segments: int) -> WeekRecord:
    """A week in which nothing happened, to be filled in before it is booked."""
    return WeekRecord(
        accounts=np.zeros((firms + 1, len(ACCOUNTS)), np.int64),
        contacts=np.zeros((firms, activities), np.int64),
        clicks=np.zeros((firms, activities), np.int64),
        spend=np.zeros((firms, activities), np.int64),
        touched=np.zeros((firms, TOUCH_ACTIVITY + activities, 2), np.int64),
        surveyed=np.zeros((firms, segments, 2), np.int64),
        cells=np.zeros((0, 6), np.int64),
        leads=np.zeros((0, 4), np.int64),
    )
