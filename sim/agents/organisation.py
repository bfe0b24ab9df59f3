"""The inside of a firm: its three departments, what they know, and what they hand to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import mesa
import numpy as np

from sim.agents.department import Department
from sim.agents.seen import Seen
from sim.kpis import KPIS
from sim.ledger import accounts as book
from sim.ledger.accounts import PARTS
from sim.market.activities import OWNERS, Activity
from sim.market.firms import FirmSpec, Scorecard
from sim.params import ConfigError, nearest
from sim.rules import organising
from sim.rules.organising import Organising
from sim.rules.selling import Selling

SALES, MARKET, MARKETING = range(len(OWNERS))
WORK_WEEK = 40.0
"""Hours of a person in the market department or in marketing, only to turn hours into heads."""


class Inside:
    """How a firm works inside.

    Args:
        model: the Mesa model the departments join.
        name, spec: of the firm.
        activities: in order of ids.
        segments: how many there are.
        scorecard: what departments are measured by at first.

    Attributes:
        departments: sales, market department, marketing.
        power: share of the firm's money each function commands, float64 [function].
        care: in handing leads over, 0 to 1.
        heard: remembered people surveyed and sum of their tastes, float64 [segment, 2].
        asked: surveys of which nothing is known yet, the oldest first, int64 [segment, 2] each.
        counts: of this week, by account.
    """

    def __init__(
        self, model: mesa.Model, name: str, spec: FirmSpec, activities: Sequence[Activity],
        segments: int, scorecard: Scorecard,
    ) -> None:  # fmt: skip
        self.name, self.spec = name, spec
        weights = {"sales": {}, "market": scorecard.market, "marketing": scorecard.marketing}
        self.departments = []
        for owner in OWNERS:
            tasks = [k for k, a in enumerate(activities) if a.owner == owner]
            if owner == "sales":
                tasks.append(len(activities))  # the reps
            self.departments.append(Department(model, owner, tasks, weights[owner]))
        self.power = np.full(len(OWNERS), 1.0 / len(OWNERS))
        self.care = 0.0
        self.heard = np.zeros((segments, 2))
        self.asked: list[np.ndarray] = []
        self.counts: Counter[int] = Counter()

    def measure(self, card: Scorecard) -> None:
        """Departments are measured by something else from now on."""
        self.departments[MARKET].weights = dict(card.market)
        self.departments[MARKETING].weights = dict(card.marketing)

    # The work of a week

    def settle(self, rules: Selling) -> None:
        """Before the first week: everybody has always worked like this."""
        for department in self.departments:
            department.settle(self.spec.organisation.confusion, rules.learning, rules.fading)

    def reviewed(self, clock: int) -> bool:
        """Whether there is a joint review this week."""
        weeks = self.spec.organisation.reviews
        return weeks > 0 and clock % weeks == weeks - 1

    @property
    def informed(self) -> bool:
        """Whether reviews show what became of leads."""
        return self.spec.organisation.reviews > 0 and self.spec.organisation.fates

    def craft(self, clock: int, lines: int, rules: Organising, skills: Selling) -> np.ndarray:
        """How well the work on each line is done this week, float64 [line]; the hours of a review
        are lost to it. Of reps, only what others do of their work counts here."""
        out = np.ones(lines)
        confusion = self.spec.organisation.confusion
        lost = self.spec.organisation.review_hours / WORK_WEEK if self.reviewed(clock) else 0.0
        for department in self.departments:
            own = department.craft(confusion, rules, skills.learning, skills.fading)
            out[department.tasks] = own * (1.0 - lost)
        sales = self.departments[SALES]
        reps = sales.craft(confusion, rules, skills.learning, skills.fading, others_only=True)
        out[-1] = reps[-1]
        return out

    def own_share(self) -> float:
        """Share of reps' hours that is left for their own work."""
        doing = self.departments[SALES].doing(self.spec.organisation.confusion)
        return doing[SALES]

    def work(self, clock: int, spend: np.ndarray, activities: Sequence[Activity],
             rules: Organising, skills: Selling, rep_hours: float) -> None:  # fmt: skip
        """Count the hours of a week, and let skill, care and what is remembered move on.

        Args:
            spend: cents [activity]. rep_hours: worked by reps.
        """
        firm, counts = self.spec.organisation, self.counts
        counts.clear()
        for department in self.departments:
            doing = department.doing(firm.confusion)
            hours = sum(
                spend[k] / 100.0 * activities[k].labour / rules.wage
                for k in department.tasks
                if k < len(activities)
            )
            if department.name == "market":
                counts[book.MARKET_HOURS] = int(hours * PARTS)
            elif department.name == "marketing":
                counts[book.MARKETING_HOURS] = int(hours * PARTS)
            if department.name == "sales":
                hours = rep_hours
            counts[book.MISPLACED] += int(hours * (1.0 - doing[department.home]) * PARTS)
            if self.reviewed(clock):
                counts[book.REVIEW_HOURS] += int(hours / WORK_WEEK * firm.review_hours * PARTS)
            department.practise(firm.confusion, skills.learning, skills.fading)
            department.hire(rules, firm.patronage, self.power)
        self.care = organising.cared(
            self.care, rules.care_learning, rules.care_fading, self.reviewed(clock) and firm.fates
        )

    # What the firm believes about customers

    def listen(self, surveyed: np.ndarray, rules: Organising) -> None:
        """People have been surveyed (int64 [segment, 2]); remember what is known of earlier ones by
        now."""
        self.asked.append(surveyed)
        self.heard = rules.insight_keep * self.heard
        while len(self.asked) > rules.survey_lag:
            self.heard = self.heard + self.asked.pop(0) / np.array([1.0, PARTS])

    def tastes(self, rules: Organising) -> np.ndarray:
        """Mean taste of every segment as the firm believes it to be, float64 [segment]."""
        return np.array(
            [
                organising.estimate(total, count, rules.insight_prior, 0.5)
                for count, total in self.heard.tolist()
            ]
        )

    def message(self, names: Sequence[str], rules: Organising) -> float:
        """The taste that messages speak to: that of the target, or of all who were asked."""
        target = self.spec.organisation.target
        if target:
            return float(self.tastes(rules)[list(names).index(target)])
        count, total = self.heard.sum(axis=0).tolist()
        return float(organising.estimate(total, count, rules.insight_prior, 0.5))

    # A quarter

    def stretch(self, rules: Organising) -> float:
        """How hard names are collected: the harder, the more number is rewarded over quality."""
        quality = self.departments[MARKET].quality()
        return 0.0 if quality is None else rules.stretch * (1.0 - quality)

    def screening(self) -> float:
        """Share of names that are checked: as declared, or what the department's KPIs reward."""
        quality = self.departments[MARKET].quality()
        return self.spec.sales.screening if quality is None else quality

    def follow_kpis(self, seen: Seen) -> None:
        """Departments move their money towards what they are measured by."""
        for department in self.departments[MARKET:]:
            department.follow_kpis(seen, self.spec.organisation.latitude)

    def reweigh(self, seen: Seen, credit: np.ndarray) -> None:
        """The executive looks for the KPI of each department that goes along best, over the
        department's lines, with what is credited, and measures the department more by it; any KPI
        that can be booked to lines will do."""
        pace = self.spec.organisation.reset
        for department in self.departments[MARKET:] if pace > 0.0 else ():
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
                department.reweigh(best, pace)

    def allot(self, spend: np.ndarray) -> np.ndarray:
        """Spend by line as departments split what they are given, cents [activity]."""
        out = spend.copy()
        for department in self.departments[MARKET:]:
            out[department.tasks] = department.allot(spend[department.tasks])
        return out

    def weights(self) -> np.ndarray:
        """KPI weights of the market department and marketing, in order of KPIs, [2, KPI]."""
        return np.array([[d.weights.get(n, 0.0) for n in KPIS] for d in self.departments[MARKET:]])

    def command(self, money: np.ndarray) -> None:
        """Functions command the money of their lines; ``money`` float64 [line]."""
        if money.sum() > 0.0:
            by_function = [money[d.tasks].sum() for d in self.departments]
            self.power = np.array(by_function) / money.sum()

    def report(self) -> None:
        """What the books say of how the firm is led, at the week's end."""
        others = self.departments[MARKET:]
        self.counts[book.POWER_SALES] = int(float(self.power[SALES]) * PARTS)
        from_sales = sum(float(d.people[SALES]) for d in others) / len(others)
        self.counts[book.FROM_SALES] = int(from_sales * PARTS)
        self.counts[book.COUNTED] = int(sum(d.counted() for d in others) / len(others) * PARTS)

    # Saving

    def plain(self) -> dict[str, np.ndarray]:
        """Everything remembered, as arrays."""
        out = {
            "power": self.power.copy(),
            "care": np.array([self.care]),
            "heard": self.heard.copy(),
        }
        out["asked"] = np.array(self.asked, np.int64).reshape(-1, *self.heard.shape)
        for d in self.departments:
            out |= {f"{d.name}_people": d.people.copy(), f"{d.name}_skill": d.skill.copy()}
            out[f"{d.name}_split"] = d.split.copy()
            out[f"{d.name}_weights"] = np.array([d.weights.get(n, 0.0) for n in KPIS])
        return out

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Put a saved memory in place."""
        self.power, self.heard = saved["power"].copy(), saved["heard"].copy()
        self.care, self.asked = float(saved["care"][0]), list(saved["asked"])
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
    for name in (*card.market, *card.marketing):
        if name not in KPIS:
            raise ConfigError(
                f"{where}: {name} is no KPI; `gtm explain kpis` lists them.{nearest(name, KPIS)}"
            )
