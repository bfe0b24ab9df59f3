"""A firm: its executive, organisation, sales force and receivables, and how they act together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import mesa
import numpy as np

from sim import draws
from sim.agents.executive import Executive, WeekDecisions
from sim.agents.organisation import FirmOrganisation
from sim.agents.profile import FirmProfile
from sim.agents.sales.columns import Conditions
from sim.agents.sales.forces import SalesForces
from sim.agents.seen import Seen, see
from sim.agents.view import MarketView
from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.ledger.receivables import NOTHING_SETTLED, Receivables, Settled
from sim.market.activities import Activity
from sim.market.firms import FirmSpec, Scorecard
from sim.market.plan import Levers
from sim.rules.pay import PayPlan
from sim.rules.units import CENTS, QUARTER


class Firm:
    """One firm in the market. All firms run the same code.

    Args:
        model: the Mesa model its agents join.
        name, row, spec: see :class:`sim.agents.profile.FirmProfile`.
        activities: activities in order of ids.
        segments: number of segments.
        scorecard: initial KPI weights of the departments.
        booked: the firm's accounts of this week, added to by its agents, int64 [account]; those in
            ``sim.ledger.accounts.SAMPLED`` are in simulated customers.
        forces: the sales forces of all firms, which this firm's joins.

    Attributes:
        executive, organisation, sales, receivables: the parts of the firm.
        work_quality: quality of the work on each line this week, float64 [line], reps last.
    """

    def __init__(
        self, model: mesa.Model, name: str, row: int, spec: FirmSpec,
        activities: Sequence[Activity], segments: int, scorecard: Scorecard, booked: np.ndarray,
        forces: SalesForces,
    ) -> None:  # fmt: skip
        self.profile = FirmProfile(name, row, spec)
        self.executive = Executive(model, self.profile)
        self.organisation = FirmOrganisation(
            model, self.profile, activities, segments, scorecard, booked
        )
        self.sales = forces.of(model, self.profile)
        self.receivables = Receivables(spec.id)
        self.booked = booked
        self.work_quality = np.ones(len(activities) + 1)

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

    def decide(
        self, view: MarketView, levers: Levers, week: int, decisions: Mapping[str, float] | None,
        what_if: Callable[[int, float], float],
    ) -> WeekDecisions:  # fmt: skip
        """Decisions of the week by the executive and the departments.

        Args:
            levers: planned values.
            week: row of the planned values.
            decisions: decisions of a human player for the quarter that begins, by lever.
            what_if: see :class:`sim.agents.policy.View`.
        """
        present, params = self.is_present(view.week), view.config.organising
        if view.new_quarter and present and not self.executive.stopped:
            self._review_quarter(view, what_if)
        if decisions is not None:
            self.executive.take(decisions)
        self.executive.react(view.week, view.ledger.records(), params)
        self.sales.places = self.executive.places
        decided = self.executive.decide(week, levers, present, view.activity_names)
        if view.clock % QUARTER == 0 and present:
            self.organisation.set_power(self._money(view, decided))
        lines = len(view.activities) + 1
        self.work_quality = self.organisation.work_quality(
            view.clock, lines, params, view.config.selling
        )
        return replace(decided, spend=self.organisation.allot(decided.spend))

    def _review_quarter(self, view: MarketView, what_if: Callable[[int, float], float]) -> None:
        """Adjust money, KPI weights and the offer to the latest quarter the firm knows of."""
        seen = self._seen(view)
        if seen is None:
            return
        key = draws.person_key(view.seed, draws.firm_ident(self.profile.id))

        def draw(item: int) -> float:
            stream = draws.stream_key(draws.TRIAL, view.clock, self.profile.id, item)
            return float(draws.uniform(draws.word(key, stream)))

        self.executive.adapt(self.message(view))
        credit = self.executive.look_back(seen, self._money(view), draw, what_if)
        if credit is not None:
            self.organisation.reweight(seen, credit)
        self.organisation.follow_kpis(seen)

    def _seen(self, view: MarketView) -> Seen | None:
        """The latest quarter the firm knows of, or None."""
        reps = self.sales.reps
        hunting = sum(rep.hunt for rep in reps) / len(reps) if reps else 0.5
        return see(
            view.ledger.records(), self.row, self.profile.id, view.activities,
            seed=view.seed, clock=view.clock, params=view.config.organising,
            span=view.config.measurement.window, hunting=hunting,
        )  # fmt: skip

    def _money(self, view: MarketView, decided: WeekDecisions | None = None) -> np.ndarray:
        """Money per week on every line over the last quarter, float64 [line], reps' pay last; the
        initial decisions (``decided``) while nothing has been spent."""
        records, f = view.ledger.records()[-QUARTER:], self.row
        spend = sum((r.spend[f] for r in records), np.zeros(len(view.activities)))
        paid = sum(int(r.accounts[f, acc.PAYROLL]) for r in records)
        if decided is not None and not spend.any() and not paid:
            salary = self._pay_plan(view).salary
            return np.append(decided.spend / float(CENTS), self.spec.sales.reps * salary)
        return np.append(spend, paid) / float(CENTS) / max(1, len(records))

    # Offer

    @property
    def position(self) -> float:
        """Position of the offer on the scale of tastes."""
        return self.executive.position

    def message(self, view: MarketView) -> float:
        """Taste that messages address."""
        return self.organisation.message(view.segments, view.config.organising)

    def volume_pressure(self, view: MarketView) -> float:
        """Pressure to capture leads."""
        return self.organisation.volume_pressure(view.config.organising)

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

    def _pay_plan(self, view: MarketView) -> PayPlan:
        return view.config.pay.get(self.spec.sales.pay, PayPlan())

    def selling_quality(self, clock: int) -> float:
        """Effectiveness of a paid hour of a rep this week, 0 to 1; the hours of a joint review are
        lost to selling."""
        able, hours = float(self.work_quality[-1]), self.spec.sales.hours
        if self.organisation.has_review(clock) and hours > 0.0:
            able *= max(0.0, 1.0 - self.organisation.spec.review_hours / hours)
        return able

    # Work and learn

    def work(self, view: MarketView, spend: np.ndarray, surveyed: np.ndarray) -> None:
        """Departments work a week and learn the results of surveys.

        Args:
            spend: cents [activity].
            surveyed: this week's survey, int64 [segment, 2]: customers and the sum of their tastes
                in 1/65536.
        """
        params, organisation = view.config.organising, self.organisation
        organisation.work(
            view.clock, spend, view.activities, params, view.config.selling, self.sales.hours
        )
        organisation.hear_survey(surveyed, params)
        organisation.report(view.true_tastes, params)

    def bill(self, view: MarketView, row: np.ndarray, cents: np.ndarray) -> int:
        """Write invoices, if the firm gives terms.

        Args:
            row: simulated customers who ordered from the firm.
            cents: value of each order.

        Returns:
            Revenue invoiced to be paid later, cents of the whole market.
        """
        if self.spec.terms <= 0 or not len(row):
            return 0
        self.receivables.bill(row, cents * view.weight, view.clock + self.spec.terms)
        return int((cents * view.weight).sum())

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
        self.sales.load(part(saved, "sales/"), view.trait_seed)
        self.receivables.load(part(saved, "receivables/"))
        self.organisation.load(part(saved, "organisation/"))
        self.executive.load(part(saved, "executive/"))


def conditions(firms: Sequence[Firm], view: MarketView) -> Conditions:
    """How firms make their reps work this week."""
    screening = [0.0 if f.executive.stopped else f.organisation.screening() for f in firms]
    return Conditions(
        present=np.array([f.is_present(view.week) for f in firms]),
        work_quality=np.array([f.selling_quality(view.clock) for f in firms]),
        handoff_care=np.array([f.organisation.handoff_care for f in firms]),
        screening=np.array(screening),
    )


def own_shares(firms: Sequence[Firm]) -> np.ndarray:
    """Share of reps' hours spent on their own work, float64 [firm]."""
    return np.array([f.organisation.own_share() for f in firms])


def part(saved: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Select the arrays whose names begin with a prefix, and strip the prefix."""
    return {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}


def scorecard(config: Config, firm: str) -> Scorecard:
    """KPI weights of the departments of a firm, as declared."""
    return config.kpis[config.firms[firm].organisation.kpis]
