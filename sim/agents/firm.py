"""A firm: its executive, organisation, sales force and receivables, and how they act together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import mesa
import numpy as np

from sim import draws
from sim.agents.executive import Executive
from sim.agents.executives import Executives, is_present
from sim.agents.organisation import FirmOrganisation
from sim.agents.organisations import Organisations
from sim.agents.profile import FirmProfile
from sim.agents.sales.forces import SalesForces
from sim.agents.seen import Seen
from sim.agents.view import MarketView
from sim.config.schema import Config
from sim.ledger.receivables import NOTHING_SETTLED, Receivables, Settled
from sim.market.firms import FirmSpec, Scorecard
from sim.params import in_id_order


class Firm:
    """One firm in the market. All firms run the same code.

    Args:
        model: the Mesa model its agents join.
        name, row, spec: see :class:`sim.agents.profile.FirmProfile`.
        executives, organisations: columns of all firms.
        scorecard: initial KPI weights of the departments.
        booked: the firm's accounts of this week, added to by its agents, int64 [account]; those in
            ``sim.ledger.accounts.SAMPLED`` are in simulated customers.
        forces: the sales forces of all firms, which this firm's joins.

    Attributes:
        executive, organisation, sales, receivables: the parts of the firm.
    """

    def __init__(
        self, model: mesa.Model, name: str, row: int, spec: FirmSpec, executives: Executives,
        organisations: Organisations, forces: SalesForces, scorecard: Scorecard, booked: np.ndarray,
    ) -> None:  # fmt: skip
        self.profile = FirmProfile(name, row, spec)
        self.executive = Executive(model, self.profile, executives)
        self.organisation = FirmOrganisation(model, self.profile, organisations, scorecard)
        self.sales = forces.of(model, self.profile)
        self.receivables = Receivables(spec.id)
        self.booked = booked

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
        return bool(is_present(self.spec.enters, week)) and not self.executive.closed

    def configure(self, before: Config, config: Config, planned: bool) -> None:
        """Apply a changed configuration. A firm that a plan names (``planned``) does not follow its
        declared budget."""
        self.profile.spec = config.firms[self.name]
        if not planned:
            self.executive.follow(before.firms[self.name], list(in_id_order(config.activities)))
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

        def draw(item: int, decision: int = draws.TRIAL) -> float:
            key = draws.person_key(view.seed, draws.firm_ident(self.profile.id))
            stream = draws.stream_key(decision, view.clock, self.profile.id, item)
            return float(draws.uniform(draws.word(key, stream)))

        self.executive.adapt(self.organisation.surveyed_taste(self.executive.position))
        credit = self.executive.look_back(seen, view.money[self.row], draw, what_if)
        if credit is not None:
            self.organisation.reweight(seen, credit)
        self.organisation.follow_kpis(seen)
        step = view.config.organising.price_step
        self.executive.probe_price(seen, step, draw(0, draws.PROBING))

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


def part(saved: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Select the arrays whose names begin with a prefix, and strip the prefix."""
    return {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}


def scorecard(config: Config, firm: str) -> Scorecard:
    """KPI weights of the departments of a firm, as declared."""
    return config.kpis[config.firms[firm].organisation.kpis]
