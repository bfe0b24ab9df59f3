"""The organisation of a firm: its three departments, their insight, and the quality of handoffs."""

from __future__ import annotations

import mesa
import numpy as np

from sim.agents.columns import Field
from sim.agents.department import Department
from sim.agents.organisations import MARKET_DEPARTMENT, MARKETING, Organisations
from sim.agents.profile import FirmProfile
from sim.agents.seen import Seen
from sim.kpis import KPIS
from sim.market.activities import OWNERS
from sim.market.firms import OrganisationSpec, Scorecard
from sim.params import ConfigError, nearest
from sim.rules import organising


class FirmOrganisation:
    """The departments of a firm and their cooperation: a view of the firm's row of the columns of
    all organisations.

    Args:
        model: the Mesa model that the departments join.
        profile: identity and declared values of the firm.
        organisations: columns of all firms.
        scorecard: initial KPI weights of the departments.

    Attributes:
        departments: sales, the market department, and marketing.
        handoff_care: care in handing leads over, 0 to 1.
        own_share: share of reps' hours spent on their own work.
        message: taste that messages address: that of the target segment, or the mean of all
            surveyed.
        screening: share of captured leads that are checked: as declared, or as the KPIs reward.
    """

    handoff_care = Field[float]()
    own_share = Field[float]()
    message = Field[float]()
    screening = Field[float]()

    def __init__(
        self, model: mesa.Model, profile: FirmProfile, organisations: Organisations,
        scorecard: Scorecard,
    ) -> None:  # fmt: skip
        self.profile, self.organisations = profile, organisations
        self.record = organisations.columns.numbers[profile.row]
        weights = {
            "sales": {},
            "market_department": scorecard.market_department,
            "marketing": scorecard.marketing,
        }
        self.departments = [
            Department(model, owner, profile.row, organisations, weights[owner]) for owner in OWNERS
        ]

    @property
    def spec(self) -> OrganisationSpec:
        """The organisation as declared."""
        return self.profile.spec.organisation

    @property
    def power(self) -> np.ndarray:
        """Share of the firm's budget each function commands, float64 [function]."""
        power: np.ndarray = self.record["power"]
        return power

    @property
    def surveyed(self) -> np.ndarray:
        """Remembered number of customers surveyed and sum of their tastes, float64 [segment, 2]."""
        surveyed: np.ndarray = self.organisations.columns.surveyed[self.profile.row]
        return surveyed

    @property
    def pending(self) -> np.ndarray:
        """Surveys whose results are not known yet, oldest first, int64 [survey, segment, 2]."""
        pending: np.ndarray = self.organisations.columns.pending[self.profile.row]
        return pending[: self.record["waiting"]]

    def surveyed_taste(self, otherwise: float) -> float:
        """Believed mean taste of those whom messages address, if surveys are weighed against the
        belief that it is ``otherwise``, which holds while nobody has been surveyed."""
        declared = self.organisations.declared[self.profile.row]
        target = int(declared["target"])
        rows = self.surveyed if target < 0 else self.surveyed[target : target + 1]
        count, total = rows.sum(axis=0).tolist()
        prior = float(declared["insight_prior"])
        return float(organising.estimate(total, count, prior, otherwise)) if count else otherwise

    def set_scorecard(self, card: Scorecard) -> None:
        """Replace the KPI weights of departments."""
        self.departments[MARKET_DEPARTMENT].weights = card.market_department
        self.departments[MARKETING].weights = card.marketing

    # Effects of KPIs, quarter by quarter

    def weights(self) -> np.ndarray:
        """KPI weights of the market department and marketing, in order of KPIs, [2, KPI]."""
        return np.array([d.by_kpi for d in self.departments[MARKET_DEPARTMENT:]])

    def follow_kpis(self, seen: Seen) -> None:
        """Departments move their money towards tasks that their KPIs reward."""
        for department in self.departments[MARKET_DEPARTMENT:]:
            department.follow_kpis(seen, self.spec.kpi_response)

    def reweight(self, seen: Seen, credit: np.ndarray) -> None:
        """The executive moves each department's weights towards the KPI that correlates best, over
        the department's lines, with credit, among all KPIs that can be booked to lines.

        Args:
            credit: of each line, float64 [line].
        """
        pace = self.spec.kpi_reweighting
        for department in self.departments[MARKET_DEPARTMENT:] if pace > 0.0 else ():
            best, most = "", 0.0
            for name, kpi in KPIS.items():
                if kpi.function_of != department.name or kpi.better <= 0:
                    continue
                found, earned = seen.line(name)[department.tasks], credit[department.tasks]
                if found.std() > 0.0 and earned.std() > 0.0:
                    along = float(np.corrcoef(found, earned)[0, 1])
                    if along > most:
                        best, most = name, along
            if best:
                department.reweight(best, pace)

    # Saving

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the organisation, as arrays."""
        out = {
            "power": self.power.copy(), "handoff_care": np.array([self.handoff_care]),
            "surveyed": self.surveyed.copy(), "pending": self.pending.copy(),
        }  # fmt: skip
        for d in self.departments:
            out |= {f"{d.name}_people": d.people.copy(), f"{d.name}_skill": d.skill.copy()}
            out[f"{d.name}_split"] = d.split.copy()
            out[f"{d.name}_weights"] = d.by_kpi.copy()
        return out

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Restore a saved memory."""
        self.power[:], self.surveyed[:] = saved["power"], saved["surveyed"]
        self.handoff_care = saved["handoff_care"][0]
        self.record["waiting"] = len(saved["pending"])
        self.pending[:] = saved["pending"]
        for d in self.departments:
            d.people, d.skill = saved[f"{d.name}_people"], saved[f"{d.name}_skill"]
            d.split = saved[f"{d.name}_split"]
            known = zip(KPIS, saved[f"{d.name}_weights"].tolist(), strict=True)
            d.weights = {name: weight for name, weight in known if weight > 0.0}


def check_kpis(where: str, card: Scorecard) -> None:
    """Refuse names in a scorecard that are no KPIs.

    Raises:
        ConfigError: one line with the nearest name.
    """
    for name in (*card.market_department, *card.marketing):
        if name not in KPIS:
            raise ConfigError(
                "{where}: {name} is no KPI; `gtm explain kpis` lists them.{hint}",
                where=where, name=name, hint=nearest(name, KPIS),
            )  # fmt: skip
