"""The organisation of a firm: its three departments, their insight, and the quality of handoffs."""

from __future__ import annotations

from collections.abc import Sequence

import mesa
import numpy as np

from sim.agents.department import Department
from sim.agents.profile import FirmProfile
from sim.agents.seen import Seen
from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.market.activities import OWNERS, Activity
from sim.market.firms import OrganisationSpec, Scorecard
from sim.params import ConfigError, nearest
from sim.rules import organising
from sim.rules.organising import Organising
from sim.rules.selling import Selling
from sim.rules.units import CENTS

SALES, MARKET_DEPARTMENT, MARKETING = range(len(OWNERS))


class FirmOrganisation:
    """The departments of a firm and their cooperation.

    Args:
        model: the Mesa model that the departments join.
        profile: identity and declared values of the firm.
        activities: activities in order of ids.
        segments: number of segments.
        scorecard: initial KPI weights of the departments.
        booked: the firm's accounts of this week, added to, int64 [account].

    Attributes:
        departments: sales, the market department, and marketing.
        power: share of the firm's budget each function commands, float64 [function].
        handoff_care: care in handing leads over, 0 to 1.
        surveyed: remembered number of customers surveyed and sum of their tastes, float64
            [segment, 2].
        pending: surveys whose results are not known yet, oldest first, int64 [segment, 2] each.
    """

    def __init__(
        self, model: mesa.Model, profile: FirmProfile, activities: Sequence[Activity],
        segments: int, scorecard: Scorecard, booked: np.ndarray,
    ) -> None:  # fmt: skip
        self.profile, self.booked = profile, booked
        weights = {
            "sales": {},
            "market_department": scorecard.market_department,
            "marketing": scorecard.marketing,
        }
        self.departments = []
        for owner in OWNERS:
            tasks = [k for k, a in enumerate(activities) if a.owner == owner]
            if owner == "sales":
                tasks.append(len(activities))  # the reps
            self.departments.append(Department(model, owner, tasks, weights[owner]))
        self.power = np.full(len(OWNERS), 1.0 / len(OWNERS))
        self.handoff_care = 0.0
        self.surveyed = np.zeros((segments, 2))
        self.pending: list[np.ndarray] = []

    @property
    def spec(self) -> OrganisationSpec:
        """The organisation as declared."""
        return self.profile.spec.organisation

    def set_scorecard(self, card: Scorecard) -> None:
        """Replace the KPI weights of departments."""
        self.departments[MARKET_DEPARTMENT].weights = dict(card.market_department)
        self.departments[MARKETING].weights = dict(card.marketing)

    # The work of a week

    def settle(self, params: Selling) -> None:
        """Initialise skills at their steady state, before the first week."""
        for department in self.departments:
            department.settle(self.spec.role_mixing, params.learning, params.fading)

    def has_review(self, clock: int) -> bool:
        """Whether there is a joint review this week."""
        weeks = self.spec.reviews
        return weeks > 0 and clock % weeks == weeks - 1

    @property
    def informed(self) -> bool:
        """Whether joint reviews report the outcomes of leads (closed-loop feedback)."""
        return self.spec.reviews > 0 and self.spec.closed_loop_feedback

    def work_quality(
        self, clock: int, lines: int, params: Organising, skills: Selling
    ) -> np.ndarray:
        """Quality of the work on each line this week, float64 [line], reduced by the hours of a
        joint review. For reps it covers only the part of their work that others do."""
        out = np.ones(lines)
        mixing, lost = self.spec.role_mixing, 0.0
        if self.has_review(clock):
            lost = self.spec.review_hours / params.work_week
        for department in self.departments:
            own = department.work_quality(mixing, params, skills.learning, skills.fading)
            out[department.tasks] = own * (1.0 - lost)
        sales = self.departments[SALES]
        reps = sales.work_quality(mixing, params, skills.learning, skills.fading, others_only=True)
        out[-1] = reps[-1]
        return out

    def own_share(self) -> float:
        """Share of reps' hours spent on their own work."""
        return self.departments[SALES].role_shares(self.spec.role_mixing)[SALES]

    def work(
        self, clock: int, spend: np.ndarray, activities: Sequence[Activity], params: Organising,
        skills: Selling, rep_hours: float,
    ) -> None:  # fmt: skip
        """Count the hours of a week, and update skills, people and the care of handoffs.

        Args:
            spend: cents [activity].
            rep_hours: hours worked by reps.
        """
        spec, booked, review = self.spec, self.booked, self.has_review(clock)
        for department in self.departments:
            shares = department.role_shares(spec.role_mixing)
            hours = sum(
                spend[k] / float(CENTS) * activities[k].labour / params.wage
                for k in department.tasks
                if k < len(activities)
            )
            if department.home == MARKET_DEPARTMENT:
                booked[acc.MARKET_DEPARTMENT_HOURS] = int(hours * PARTS)
            elif department.home == MARKETING:
                booked[acc.MARKETING_HOURS] = int(hours * PARTS)
            else:
                hours = rep_hours
            booked[acc.MISPLACED] += int(hours * (1.0 - shares[department.home]) * PARTS)
            if review:
                people = hours / params.work_week
                booked[acc.REVIEW_HOURS] += int(people * spec.review_hours * PARTS)
            department.practise(spec.role_mixing, skills.learning, skills.fading)
            department.hire(params, spec.power_hiring, self.power)
        self.handoff_care = organising.next_handoff_care(
            self.handoff_care,
            params.handoff_care_learning,
            params.handoff_care_fading,
            review and spec.closed_loop_feedback,
        )

    # Insight: the firm's estimates of customers' tastes

    def hear_survey(self, surveyed: np.ndarray, params: Organising) -> None:
        """Queue this week's survey, int64 [segment, 2], and learn the results that are now due."""
        self.pending.append(surveyed)
        self.surveyed = params.insight_keep * self.surveyed
        while len(self.pending) > params.survey_lag:
            self.surveyed = self.surveyed + self.pending.pop(0) / np.array([1.0, PARTS])

    def tastes(self, params: Organising) -> np.ndarray:
        """Estimated mean taste of every segment, float64 [segment]."""
        return np.array(
            [
                organising.estimate(total, count, params.insight_prior, 0.5)
                for count, total in self.surveyed.tolist()
            ]
        )

    def message(self, segments: Sequence[str], params: Organising) -> float:
        """Taste that messages address: that of the target segment, or the mean of all surveyed."""
        target = self.spec.target
        if target:
            return float(self.tastes(params)[list(segments).index(target)])
        count, total = self.surveyed.sum(axis=0).tolist()
        return float(organising.estimate(total, count, params.insight_prior, 0.5))

    # Effects of KPIs, quarter by quarter

    def volume_pressure(self, params: Organising) -> float:
        """Pressure to capture leads; rises with the KPI weight of volume over quality."""
        quality = self.departments[MARKET_DEPARTMENT].lead_quality_weight()
        return 0.0 if quality is None else params.volume_pressure * (1.0 - quality)

    def screening(self) -> float:
        """Share of captured leads that are checked: as declared, or as the KPIs reward."""
        quality = self.departments[MARKET_DEPARTMENT].lead_quality_weight()
        return self.profile.spec.sales.screening if quality is None else quality

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

    def allot(self, spend: np.ndarray) -> np.ndarray:
        """Spend by line as departments split their money, cents [activity]."""
        out = spend.copy()
        for department in self.departments[MARKET_DEPARTMENT:]:
            out[department.tasks] = department.allot(spend[department.tasks])
        return out

    def weights(self) -> np.ndarray:
        """KPI weights of the market department and marketing, in order of KPIs, [2, KPI]."""
        return np.array(
            [[d.weights.get(n, 0.0) for n in KPIS] for d in self.departments[MARKET_DEPARTMENT:]]
        )

    def set_power(self, money: np.ndarray) -> None:
        """Set the power of each function to its share of the money; ``money`` float64 [line]."""
        if money.sum() > 0.0:
            by_function = [money[d.tasks].sum() for d in self.departments]
            self.power = np.array(by_function) / money.sum()

    def report(self, true_tastes: np.ndarray, params: Organising) -> None:
        """Count power, origin of staff, weight of volume KPIs and error of insight this week.

        Args:
            true_tastes: mean taste of every segment, float64 [segment].
        """
        error = np.abs(self.tastes(params) - true_tastes).mean()
        self.booked[acc.INSIGHT_ERROR] = int(error * PARTS)
        others = self.departments[MARKET_DEPARTMENT:]
        self.booked[acc.POWER_SALES] = int(float(self.power[SALES]) * PARTS)
        from_sales = sum(float(d.people[SALES]) for d in others) / len(others)
        self.booked[acc.FROM_SALES] = int(from_sales * PARTS)
        volume = sum(d.volume_weight() for d in others) / len(others)
        self.booked[acc.COUNTED] = int(volume * PARTS)

    # Saving

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the organisation, as arrays."""
        out = {
            "power": self.power.copy(),
            "handoff_care": np.array([self.handoff_care]),
            "surveyed": self.surveyed.copy(),
        }
        out["pending"] = np.array(self.pending, np.int64).reshape(-1, *self.surveyed.shape)
        for d in self.departments:
            out |= {f"{d.name}_people": d.people.copy(), f"{d.name}_skill": d.skill.copy()}
            out[f"{d.name}_split"] = d.split.copy()
            out[f"{d.name}_weights"] = np.array([d.weights.get(n, 0.0) for n in KPIS])
        return out

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Restore a saved memory."""
        self.power, self.surveyed = saved["power"].copy(), saved["surveyed"].copy()
        self.handoff_care, self.pending = float(saved["handoff_care"][0]), list(saved["pending"])
        for d in self.departments:
            d.people, d.skill = saved[f"{d.name}_people"].copy(), saved[f"{d.name}_skill"].copy()
            d.split = saved[f"{d.name}_split"].copy()
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
