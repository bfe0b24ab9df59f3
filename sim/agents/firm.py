"""A firm: its executive, organisation, sales force and receivables, and how they act together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import mesa
import numpy as np

from sim import draws
from sim.agents.executive import Executive
from sim.agents.executives import Executives
from sim.agents.organisation import FirmOrganisation
from sim.agents.organisations import Organisations
from sim.agents.profile import FirmProfile
from sim.agents.sales.calls import log_cuts
from sim.agents.sales.force import SalesForce
from sim.agents.sales.rep import SalesPolicy
from sim.agents.sales.week import Handoff, SalesWeek
from sim.agents.seen import Seen
from sim.agents.view import MarketView
from sim.config.schema import Config
from sim.engines.protocol import Calls, make_calls
from sim.ledger import accounts as acc
from sim.ledger.accounts import TOUCH_ACTIVITY
from sim.ledger.receivables import NOTHING_SETTLED, Receivables, Settled
from sim.market.firms import FirmSpec, Scorecard
from sim.rules.pay import PayPlan


class Firm:
    """One firm in the market. All firms run the same code.

    Args:
        model: the Mesa model its agents join.
        name, row, spec: see :class:`sim.agents.profile.FirmProfile`.
        activities: number of activities.
        executives, organisations: columns of all firms.
        scorecard: initial KPI weights of the departments.
        booked: the firm's accounts of this week, added to by its agents, int64 [account]; those in
            ``sim.ledger.accounts.SAMPLED`` are in simulated customers.

    Attributes:
        executive, organisation, sales, receivables: the parts of the firm.
    """

    def __init__(
        self, model: mesa.Model, name: str, row: int, spec: FirmSpec, activities: int,
        executives: Executives, organisations: Organisations, scorecard: Scorecard,
        booked: np.ndarray,
    ) -> None:  # fmt: skip
        self.profile = FirmProfile(name, row, spec)
        self.executive = Executive(model, self.profile, executives)
        self.organisation = FirmOrganisation(model, self.profile, organisations, scorecard)
        self.sales = SalesForce(model, self.profile, TOUCH_ACTIVITY + activities, booked)
        self.receivables = Receivables(spec.id)
        self.booked = booked
        self._sales_week: SalesWeek | None = None

    @property
    def name(self) -> str:
        """Name of the firm."""
        return self.profile.name

    @property
    def row(self) -> int:
        """Place of the firm in all arrays over firms."""
        return self.profile.row

    @property
    def spec(self) -> FirmSpec:
        """The firm as declared."""
        return self.profile.spec

    def is_present(self, week: int) -> bool:
        """Whether the firm is in the market in a week since the ledger opened."""
        return self.spec.enters <= 0 or week + 1 >= self.spec.enters

    def configure(self, before: Config, config: Config) -> None:
        """Apply a changed configuration."""
        self.profile.spec = config.firms[self.name]
        card = scorecard(config, self.name)
        if card != scorecard(before, self.name):
            self.organisation.set_scorecard(card)

    # Decide

    def review_quarter(
        self, seen: Seen, view: MarketView, what_if: Callable[[int, float], float]
    ) -> None:
        """Adjust money, KPI weights and the offer to the latest quarter the firm knows of.

        Args:
            seen: that quarter.
            what_if: see :class:`sim.agents.policy.View`.
        """

        def draw(item: int) -> float:
            key = draws.person_key(view.seed, draws.firm_ident(self.profile.id))
            stream = draws.stream_key(draws.TRIAL, view.clock, self.profile.id, item)
            return float(draws.uniform(draws.word(key, stream)))

        self.executive.adapt(self.organisation.message)
        credit = self.executive.look_back(seen, view.money[self.row], draw, what_if)
        if credit is not None:
            self.organisation.reweight(seen, credit)
        self.organisation.follow_kpis(seen)

    # Offer

    @property
    def position(self) -> float:
        """Position of the offer on the scale of tastes."""
        return self.executive.position

    @property
    def work_quality(self) -> np.ndarray:
        """Quality of the work on each line this week, float64 [line], reps last."""
        quality: np.ndarray = self.organisation.organisations.quality[self.row]
        return quality

    # Sell

    def collect(self, view: MarketView) -> Settled:
        """Settle the invoices that are due."""
        if not len(self.receivables.row):
            return NOTHING_SETTLED
        params = view.config.credit
        return self.receivables.settle(
            view.clock, view.draw_key, view.people.pace, view.engine.column("stock"),
            params.prompt, params.strain, params.write_off,
        )  # fmt: skip

    def sell(self, view: MarketView, interest: np.ndarray, answer_delay: np.ndarray | None) -> None:
        """Run a week of the sales force.

        Args:
            interest: last week's interest signals in this firm, int64 [signal, 3]: row, source,
                flags.
            answer_delay: hours after which an experiment has enquiries answered, float64
                [customer], -1 for none; None if there is no such experiment.
        """
        self._sales_week = None
        self.sales.open_week()
        if not self.is_present(view.week) or self.sales.is_idle(view.config.shelf.stores):
            return
        week, policy = self._week(view, answer_delay), self._policy(view)
        self._sales_week = week
        self.sales.staff(week, policy)
        if week.shelf.stores:
            self.sales.visit_stores(week, policy)
        else:
            self.sales.work(week, interest, policy)

    def calls(self, view: MarketView) -> Calls:
        """Sales calls of the week as inputs of the engine, not sorted."""
        params, names, calls = view.config.selling, view.activity_names, self.sales.calls
        content = [names.index(word) if word else -1 for word in (params.hunting, params.farming)]
        reps = self.sales.reps
        return make_calls(
            row=calls.row, firm=np.full(len(calls.row), self.row),
            activity=np.array(content)[calls.task], starts=calls.starts,
            cut=log_cuts(np.array([rep.cut for rep in reps]))[calls.rep],
            skill=np.array([rep.skill for rep in reps])[calls.rep, calls.task],
        )  # fmt: skip

    def _pay_plan(self, view: MarketView) -> PayPlan:
        return view.config.pay.get(self.spec.sales.pay, PayPlan())

    def _policy(self, view: MarketView) -> SalesPolicy:
        """Management of the reps this week; the hours of a joint review are lost to selling."""
        force, c = self.spec.sales, view.config
        able = float(self.work_quality[-1])
        if self.organisation.has_review(view.clock) and force.hours > 0.0:
            able *= max(0.0, 1.0 - self.organisation.spec.review_hours / force.hours)
        return SalesPolicy(
            pay=self._pay_plan(view), params=c.selling, spec=force, work_quality=able,
            own_share=self.organisation.own_share, price_response=c.price.weight,
            list_price=self.spec.list_price,
        )  # fmt: skip

    def _week(self, view: MarketView, answer_delay: np.ndarray | None) -> SalesWeek:
        c, people, organisation = view.config, view.people, self.organisation
        return SalesWeek(
            clock=view.clock, week=view.week, firm=self.profile.id, weight=view.weight,
            seed=view.seed, trait_seed=view.trait_seed, draw_key=view.draw_key, patch=people.patch,
            sees=people.sees, store=people.store,
            relation=view.engine.column("relation")[self.row].copy(),
            here=view.engine.column("here"), shelf=c.shelf, deliberation=c.selling.deliberation,
            answer_delay=np.full(people.size, -1.0) if answer_delay is None else answer_delay,
            logged=c.log.leads and view.week >= 0,
            handoff=Handoff(
                c.organising, organisation.handoff_care,
                0.0 if self.executive.stopped else organisation.screening, organisation.informed,
            ),
        )  # fmt: skip

    # Work and learn

    def rep_hours(self) -> float:
        """Hours that reps work this week."""
        return sum(self.spec.sales.hours * rep.effort for rep in self.sales.reps)

    def learn(
        self, view: MarketView, result: np.ndarray, row: np.ndarray, cents: np.ndarray
    ) -> int:
        """Close leads, pay reps and write invoices, given the week's results.

        Args:
            result: results of the firm's calls in the order of the engine (by customer), codes of
                :mod:`sim.rules.leads`.
            row: simulated customers who ordered from the firm.
            cents: value of each order.

        Returns:
            Revenue invoiced to be paid later, cents of the whole market.
        """
        if self._sales_week is not None:
            order = np.argsort(self.sales.calls.row)
            back = np.empty(len(order), np.uint8)
            back[order] = result
            self.sales.learn(self._sales_week, self._policy(view), back, row, cents)
        if self.spec.terms <= 0:
            return 0
        self.receivables.bill(row, cents * view.weight, view.clock + self.spec.terms)
        return int((cents * view.weight).sum())

    def close_week(self) -> None:
        """Book what the sales force leaves at the end of the week."""
        self.booked[acc.PIPELINE] = len(self.sales.leads)
        self.booked[acc.REP_TALKS] = len(self.sales.calls.row)

    # Saving

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the firm, as arrays."""
        parts = {
            "executive": self.executive.state(), "organisation": self.organisation.state(),
            "sales": self.sales.state(), "receivables": self.receivables.state(),
        }  # fmt: skip
        return {f"{part}/{k}": v for part, saved in parts.items() for k, v in saved.items()}

    def load(self, saved: Mapping[str, np.ndarray], view: MarketView) -> None:
        """Restore a saved memory."""
        self.sales.load(part(saved, "sales/"), view.trait_seed, self._policy(view))
        self.receivables.load(part(saved, "receivables/"))
        self.organisation.load(part(saved, "organisation/"))
        self.executive.load(part(saved, "executive/"))


def part(saved: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Select the arrays whose names begin with a prefix, and strip the prefix."""
    return {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}


def scorecard(config: Config, firm: str) -> Scorecard:
    """KPI weights of the departments of a firm, as declared."""
    return config.kpis[config.firms[firm].organisation.kpis]
