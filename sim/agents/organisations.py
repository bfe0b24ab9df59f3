"""The departments of all firms as columns, and their weeks of work.

A *line* is a use of money: each activity and, last, the sales reps. Every line is the native task
of one function, so that staff skills need one number per line and home function.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.agents.columns import declarations, numpy_sum
from sim.compile import compiled, inner
from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.market.activities import OWNERS
from sim.params import in_id_order
from sim.rules import organising, selling
from sim.rules.arithmetic import rule
from sim.rules.units import CENTS, YEAR

SALES, MARKET_DEPARTMENT, MARKETING = range(len(OWNERS))

MOST_PENDING = 53
"""Surveys that can wait for their results: one a week for the longest lag, and this week's."""


class OrganisationColumns(NamedTuple):
    """State of all firms' organisations; float64, unless another type is named.

    Attributes:
        people: share of each department's staff by home function, [firm, function, home].
        skill: skill of the staff from each function at each line, [firm, home, line].
        split: weight of each line relative to the executive's split, [firm, line].
        power: share of the firm's budget each function commands, [firm, function].
        handoff_care: care in handing leads over, 0 to 1, [firm].
        surveyed: remembered number of customers surveyed and sum of their tastes,
            [firm, segment, 2].
        pending: surveys whose results are not known yet, oldest first, int64
            [firm, survey, segment, 2].
        waiting: number of these surveys, the same for all firms, int64 [1].
        lead_quality: weight of quality against number of leads in each department's KPIs, 0 to 1;
            NaN if neither is rewarded, [firm, function].
        volume: weight of volume KPIs among each department's KPIs, [firm, function].
        quality: quality of the work on each line this week, [firm, line]; for reps, of the part of
            their work that others do.
        own_share: share of reps' hours spent on their own work, [firm].
        message: taste that messages address, [firm].
        volume_pressure: pressure to capture leads, [firm].
        screening: share of captured leads that are checked, [firm].
    """

    people: np.ndarray
    skill: np.ndarray
    split: np.ndarray
    power: np.ndarray
    handoff_care: np.ndarray
    surveyed: np.ndarray
    pending: np.ndarray
    waiting: np.ndarray
    lead_quality: np.ndarray
    volume: np.ndarray
    quality: np.ndarray
    own_share: np.ndarray
    message: np.ndarray
    volume_pressure: np.ndarray
    screening: np.ndarray


class Organisations:
    """The departments of all firms, in order of firms.

    Args:
        config: configuration at the start.
        booked: the firms' accounts of this week, added to, int64 [firm, account].

    Attributes:
        columns: their state.
        owner: function whose task each line is, int64 [line].
        quality, handoff_care, own_share, message, volume_pressure, screening: columns that others
            read.
    """

    def __init__(self, config: Config, booked: np.ndarray) -> None:
        activities = in_id_order(config.activities).values()
        owners = [OWNERS.index(a.owner) for a in activities]
        firms, segments = len(config.firms), len(config.segments)
        functions, lines = len(OWNERS), len(owners) + 1
        self.booked, self.owner = booked, np.array([*owners, SALES])
        self.columns = OrganisationColumns(
            people=np.tile(np.eye(functions), (firms, 1, 1)),
            skill=np.zeros((firms, functions, lines)), split=np.ones((firms, lines)),
            power=np.full((firms, functions), 1.0 / functions), handoff_care=np.zeros(firms),
            surveyed=np.zeros((firms, segments, 2)),
            pending=np.zeros((firms, MOST_PENDING, segments, 2), np.int64),
            waiting=np.zeros(1, np.int64), lead_quality=np.full((firms, functions), np.nan),
            volume=np.zeros((firms, functions)), quality=np.ones((firms, lines)),
            own_share=np.ones(firms), message=np.zeros(firms), volume_pressure=np.zeros(firms),
            screening=np.zeros(firms),
        )  # fmt: skip
        self.quality, self.handoff_care = self.columns.quality, self.columns.handoff_care
        self.own_share, self.message = self.columns.own_share, self.columns.message
        self.volume_pressure = self.columns.volume_pressure
        self.screening = self.columns.screening
        self.configure(config)

    def tasks(self, function: int) -> np.ndarray:
        """Lines that a function owns."""
        return np.flatnonzero(self.owner == function)

    def configure(self, config: Config) -> None:
        """Take over what firms declare and what all firms share."""
        segments = list(in_id_order(config.segments))
        shared = vars(config.organising) | {
            "learning": config.selling.learning, "fading": config.selling.fading,
        }  # fmt: skip
        self.declared = declarations(
            [
                shared | {
                    "role_mixing": spec.organisation.role_mixing,
                    "power_hiring": spec.organisation.power_hiring,
                    "reviews": spec.organisation.reviews,
                    "review_hours": spec.organisation.review_hours,
                    "closed_loop_feedback": spec.organisation.closed_loop_feedback,
                    "target": ["", *segments].index(spec.organisation.target) - 1,
                    "screening": spec.sales.screening,
                }
                for spec in in_id_order(config.firms).values()
            ]
        )  # fmt: skip
        labour = [a.labour for a in in_id_order(config.activities).values()]
        self._labour = np.array(labour, np.float64)
        self._true_tastes = np.array([config.segments[name].taste for name in segments])
        self.derive()

    def derive(self) -> None:
        """Work out what follows from staff, KPIs, surveys and declared numbers, after a change."""
        _derive(self.columns, self.declared)

    def settle(self) -> None:
        """Initialise skills at their steady state, before the first week."""
        _settle(self.columns.people, self.columns.skill, self.owner, self.declared)

    # A week

    def set_about(self, clock: int, spend: np.ndarray) -> np.ndarray:
        """Departments split their money over their tasks and set about their work: the quality of
        each line is worked out, reduced by the hours of a joint review.

        Args:
            spend: the executives' split, cents, int64 [firm, activity].

        Returns:
            The departments' split, cents, int64 [firm, activity]; each department's total stays.
        """
        out, columns = spend.copy(), self.columns
        _set_about(
            clock, out, columns.people, columns.skill, columns.split, columns.quality, self.owner,
            self.declared,
        )  # fmt: skip
        return out

    def work(
        self, clock: int, spend: np.ndarray, rep_hours: np.ndarray, surveyed: np.ndarray
    ) -> None:
        """Count the hours of a week; update skills, people, the care of handoffs, and what is known
        of customers' tastes.

        Args:
            spend: cents, int64 [firm, activity].
            rep_hours: hours worked by reps, float64 [firm].
            surveyed: this week's surveys, int64 [firm, segment, 2]: customers and the sum of their
                tastes in 1/65536.
        """
        _work(
            clock, spend, rep_hours, surveyed, self.booked, self.columns, self.owner, self._labour,
            self._true_tastes, self.declared,
        )  # fmt: skip

    def set_power(self, money: np.ndarray, who: np.ndarray) -> None:
        """Set the power of functions to their share of the money; no change where there is none.

        Args:
            money: float64 [firm, line].
            who: firms whose power is set, bool [firm].
        """
        total = money.sum(axis=1)
        who = who & (total > 0.0)
        parts = [money.take(self.tasks(n), axis=1).sum(axis=1) for n in range(len(OWNERS))]
        self.columns.power[who] = (np.stack(parts, axis=1)[who].T / total[who]).T


# Compiled


@rule
def _role_share(people: Any, home: int, role_mixing: float) -> float:
    """Share of a department's work done by staff from one function; ``people`` [home]."""
    others = (people.sum() - people[home]) / (len(people) - 1)
    return organising.role_share(people[home], others, role_mixing)


@rule
def has_review(clock: int, reviews: int) -> bool:
    """Whether there is a joint review in a week, if there is one every ``reviews`` weeks."""
    return reviews > 0 and clock % reviews == reviews - 1


@compiled
def _settle(people, skill, owner, declared):  # type: ignore[no-untyped-def]
    for f in range(len(skill)):
        d = declared[f]
        for k in range(len(owner)):
            for home in range(skill.shape[1]):
                share = _role_share(people[f, owner[k]], home, d["role_mixing"])
                skill[f, home, k] = organising.sustained(d["learning"], d["fading"], share)


@rule
def _taste(surveyed: Any, prior: float) -> float:
    """Estimated mean taste, from a number of customers and the sum of their tastes, [2]."""
    return organising.estimate(surveyed[1], surveyed[0], prior, 0.5)


@compiled
def _derive(columns, declared):  # type: ignore[no-untyped-def]
    """Columns that follow from others (:meth:`Organisations.derive`)."""
    for f in range(len(declared)):
        d, quality = declared[f], columns.lead_quality[f, MARKET_DEPARTMENT]
        columns.own_share[f] = _role_share(columns.people[f, SALES], SALES, d["role_mixing"])
        segments, target = columns.surveyed[f], int(d["target"])
        if target >= 0:
            columns.message[f] = _taste(segments[target], d["insight_prior"])
        else:
            everybody = 0.0, 0.0
            for s in range(len(segments)):
                everybody = everybody[0] + segments[s, 0], everybody[1] + segments[s, 1]
            columns.message[f] = _taste(everybody, d["insight_prior"])
        rewarded = not np.isnan(quality)
        columns.volume_pressure[f] = d["volume_pressure"] * (1.0 - quality) if rewarded else 0.0
        columns.screening[f] = quality if rewarded else d["screening"]


@compiled
def allot(spend, split, owner, home):  # type: ignore[no-untyped-def]
    """Split the money of a department over its tasks, in place; its total stays.

    Args:
        spend: the executive's split, cents, int64 [activity].
        split: weight of each line relative to it, float64 [line].
        owner: function whose task each line is, int64 [line].
        home: the department's function.
    """
    total, alike = 0, True
    wanted = np.zeros(len(spend))
    tasks = 0
    for k in range(len(spend)):
        if owner[k] == home:
            total += spend[k]
            alike = alike and split[k] == 1.0
            wanted[tasks] = spend[k] * split[k]
            tasks += 1
    wanted = wanted[:tasks]
    wanted_sum = numpy_sum(wanted)
    if total == 0 or wanted_sum <= 0.0 or alike:
        return
    given, task, largest, most = 0, 0, -1, -1.0
    for k in range(len(spend)):
        if owner[k] == home:
            spend[k] = int(np.floor(wanted[task] * (total / wanted_sum)))
            given += spend[k]
            if wanted[task] > most:
                most, largest = wanted[task], k
            task += 1
    spend[largest] += total - given


@compiled
def _set_about(  # type: ignore[no-untyped-def]
    clock, spend, people, skill, split, quality, owner, declared
):
    """Split the money and work out the quality of the work, in place
    (:meth:`Organisations.set_about`)."""
    for f in range(len(spend)):
        for home in range(MARKET_DEPARTMENT, MARKETING + 1):
            allot(spend[f], split[f], owner, home)
        d, reps = declared[f], len(owner) - 1
        full = organising.sustained(d["learning"], d["fading"], 1.0)
        reviewed = has_review(clock, int(d["reviews"]))
        lost = d["review_hours"] / d["work_week"] if reviewed else 0.0
        for k in range(len(owner)):
            missing = 0.0
            for home in range(people.shape[2]):
                own = home == owner[k]
                share = _role_share(people[f, owner[k]], home, d["role_mixing"])
                known = full if own and k == reps else skill[f, home, k]
                gap = 0.0 if own else d["skill_gap"]
                missing += organising.shortfall(share, known, gap, full)
            good = min(1.0, max(0.0, 1.0 - missing))
            quality[f, k] = good if k == reps else good * (1.0 - lost)


@compiled
def _work(  # type: ignore[no-untyped-def]
    clock, spend, rep_hours, surveyed, booked, columns, owner, labour, true_tastes, declared
):
    """A week of all departments (:meth:`Organisations.work`)."""
    slot = columns.waiting[0]
    columns.waiting[0] += 1
    due = max(0, columns.waiting[0] - int(declared[0]["survey_lag"]))
    for f in range(len(spend)):
        d, account = declared[f], booked[f]
        reviewed = has_review(clock, int(d["reviews"]))
        for home in range(len(OWNERS)):
            hours = rep_hours[f] if home == SALES else _hours(spend[f], owner, labour, d, home)
            if home == MARKET_DEPARTMENT:
                account[acc.MARKET_DEPARTMENT_HOURS] = int(hours * PARTS)
            elif home == MARKETING:
                account[acc.MARKETING_HOURS] = int(hours * PARTS)
            _count_hours(account, hours, columns.people[f, home], home, reviewed, d)
            _practise(columns.people[f, home], columns.skill[f], owner, home, d)
            _hire(columns.people[f, home], columns.power[f], home, d)
        columns.handoff_care[f] = organising.next_handoff_care(
            columns.handoff_care[f], d["handoff_care_learning"], d["handoff_care_fading"],
            reviewed and d["closed_loop_feedback"] > 0.0,
        )  # fmt: skip
        columns.pending[f, slot] = surveyed[f]
        _hear_surveys(columns.surveyed[f], columns.pending[f], due, d["insight_keep"])
        _report(account, columns, f, true_tastes, d["insight_prior"])
    columns.waiting[0] -= due
    _derive(columns, declared)


@inner
def _hours(spend, owner, labour, d, home):  # type: ignore[no-untyped-def]
    """Hours of work that a department's spend pays for."""
    hours = 0.0
    for k in range(len(spend)):
        if owner[k] == home:
            hours += spend[k] / float(CENTS) * labour[k] / d["wage"]
    return hours


@inner
def _count_hours(account, hours, people, home, reviewed, d):  # type: ignore[no-untyped-def]
    """Book hours of people at other functions' tasks, and in a review."""
    own = _role_share(people, home, d["role_mixing"])
    account[acc.MISPLACED] += int(hours * (1.0 - own) * PARTS)
    if reviewed:
        account[acc.REVIEW_HOURS] += int(hours / d["work_week"] * d["review_hours"] * PARTS)


@inner
def _practise(people, skill, owner, department, d):  # type: ignore[no-untyped-def]
    """Skills at a department's tasks grow with the share of work done, and fade."""
    for home in range(len(people)):
        share = _role_share(people, home, d["role_mixing"])
        for k in range(len(owner)):
            if owner[k] == department:
                skill[home, k] = selling.practised(
                    skill[home, k], share, d["learning"], d["fading"]
                )


@inner
def _hire(people, power, department, d):  # type: ignore[no-untyped-def]
    """Replace a week's turnover with staff from the department's own function, or from the
    functions that command the budget."""
    for home in range(len(people)):
        own = 1.0 if home == department else 0.0
        new = organising.hired_share(own, power[home], d["power_hiring"])
        people[home] = organising.replaced(people[home], new, d["turnover"], float(YEAR))


@inner
def _hear_surveys(surveyed, pending, due, keep):  # type: ignore[no-untyped-def]
    """Learn the results of the oldest surveys, ``due`` in number, and let the others move up."""
    for s in range(len(surveyed)):
        surveyed[s, 0] = keep * surveyed[s, 0]
        surveyed[s, 1] = keep * surveyed[s, 1]
        for n in range(due):
            surveyed[s, 0] = surveyed[s, 0] + pending[n, s, 0]
            surveyed[s, 1] = surveyed[s, 1] + pending[n, s, 1] / float(PARTS)
        for n in range(due, len(pending)):
            pending[n - due, s, 0] = pending[n, s, 0]
            pending[n - due, s, 1] = pending[n, s, 1]


@compiled
def _report(account, columns, f, true_tastes, prior):  # type: ignore[no-untyped-def]
    """Book power, origin of staff, weight of volume KPIs and error of insight."""
    errors = np.empty(len(true_tastes))
    for s in range(len(errors)):
        errors[s] = abs(_taste(columns.surveyed[f, s], prior) - true_tastes[s])
    account[acc.INSIGHT_ERROR] = int(numpy_sum(errors) / len(errors) * PARTS)
    account[acc.POWER_SALES] = int(columns.power[f, SALES] * PARTS)
    people, volume = columns.people[f], columns.volume[f]
    from_sales = (people[MARKET_DEPARTMENT, SALES] + people[MARKETING, SALES]) / 2.0
    account[acc.FROM_SALES] = int(from_sales * PARTS)
    account[acc.COUNTED] = int((volume[MARKET_DEPARTMENT] + volume[MARKETING]) / 2.0 * PARTS)
