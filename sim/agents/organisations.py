"""The departments of all firms as columns, and their weeks of work.

A *line* is a use of money: each activity and, last, the sales reps. Every line is the native task
of one function, so that staff skills need one number per line and home function.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from sim.agents.columns import declarations
from sim.compile import compiled, inner
from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.market.activities import OWNERS, resolved
from sim.params import declared, in_id_order
from sim.rules import organising, selling
from sim.rules.arithmetic import numpy_sum, rule
from sim.rules.units import CENTS, YEAR

SALES, MARKET_DEPARTMENT, MARKETING = range(len(OWNERS))

MOST_PENDING = 1 + int(declared(organising.Organising)["survey_lag"].high)
"""Surveys that can wait for their results: one a week for the longest lag, and this week's."""


ORGANISATION = np.dtype(
    [
        ("people", np.float64, (len(OWNERS), len(OWNERS))), ("power", np.float64, len(OWNERS)),
        ("handoff_care", np.float64), ("waiting", np.int64),
        ("lead_quality", np.float64, len(OWNERS)), ("volume", np.float64, len(OWNERS)),
        ("own_share", np.float64), ("message", np.float64), ("volume_pressure", np.float64),
        ("screening", np.float64), ("selling_quality", np.float64),
    ],
    align=True,
)  # fmt: skip
"""Numbers of an organisation.

people: share of each department's staff by home function, [function, home]. power: share of the
budget that each function commands. handoff_care: care in handing leads over, 0 to 1. waiting:
surveys whose results are not known yet. lead_quality: weight of quality against number of leads in
each department's KPIs, 0 to 1, NaN if neither is rewarded. volume: weight of volume KPIs among
them. selling_quality: effectiveness of a rep's paid hour this week, 0 to 1, without the hours of a
joint review. What follows from these: own_share, of reps' hours spent on their own work; message,
the taste that messages address; volume_pressure, to capture leads; screening, share of captured
leads that are checked.
"""


class OrganisationColumns(NamedTuple):
    """State of all firms' organisations.

    Attributes:
        numbers: records of :data:`ORGANISATION`, [firm].
        skill: skill of the staff from each function at each line, float64 [firm, home, line].
        split: weight of each line relative to the executive's split, float64 [firm, line].
        quality: quality of the work on each line this week, float64 [firm, line]; for reps, of the
            part of their work that others do.
        surveyed: remembered number of customers surveyed and sum of their tastes, float64
            [firm, segment, 2].
        pending: surveys whose results are not known yet, oldest first, int64
            [firm, survey, segment, 2].
    """

    numbers: np.ndarray
    skill: np.ndarray
    split: np.ndarray
    quality: np.ndarray
    surveyed: np.ndarray
    pending: np.ndarray


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
        numbers = np.zeros(firms, ORGANISATION)
        numbers["people"], numbers["power"] = np.eye(functions), 1.0 / functions
        numbers["lead_quality"], numbers["selling_quality"] = np.nan, 1.0
        self.columns = OrganisationColumns(
            numbers, np.zeros((firms, functions, lines)), np.ones((firms, lines)),
            np.ones((firms, lines)), np.zeros((firms, segments, 2)),
            np.zeros((firms, MOST_PENDING, segments, 2), np.int64),
        )  # fmt: skip
        self.quality, self.handoff_care = self.columns.quality, numbers["handoff_care"]
        self.own_share, self.message = numbers["own_share"], numbers["message"]
        self.volume_pressure, self.screening = numbers["volume_pressure"], numbers["screening"]
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
                    "rep_hours": spec.sales.hours,
                }
                for spec in in_id_order(config.firms).values()
            ]
        )  # fmt: skip
        labour = [a.labour for a in resolved(config.activities).values()]
        self._labour = np.array(labour, np.float64)
        self._true_tastes = np.array([config.segments[name].taste for name in segments])
        self.derive()

    def derive(self) -> None:
        """Work out what follows from staff, KPIs, surveys and declared numbers, after a change."""
        _derive(self.columns.numbers, self.columns.surveyed, self.declared)

    def settle(self) -> None:
        """Initialise skills at their steady state, before the first week, when all staff are at
        home in their departments."""
        at_home = self.owner == np.arange(len(OWNERS))[:, None]
        staff = [float(home == SALES) for home in range(len(OWNERS))]
        given = self.declared[["learning", "fading", "role_mixing"]].tolist()
        for skill, (learning, fading, mixing) in zip(self.columns.skill, given, strict=True):
            own, other = (
                organising.sustained(learning, fading, _role_share(staff, home, mixing))
                for home in (SALES, MARKETING)
            )
            skill[:] = np.where(at_home, own, other)

    # A week

    def set_about(self, clock: int, spend: np.ndarray) -> np.ndarray:
        """Departments split their money over their tasks and set about their work: the quality of
        each line is worked out, reduced by the hours of a joint review.

        Args:
            spend: the executives' split, cents, int64 [firm, activity].

        Returns:
            The departments' split, cents, int64 [firm, activity]; each department's total stays.
        """
        out, c = spend.copy(), self.columns
        _set_about(clock, out, c.numbers, c.skill, c.split, c.quality, self.owner, self.declared)
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
            clock, spend, rep_hours, surveyed, self.booked, *self.columns, self.owner, self._labour,
            self._true_tastes, self.declared,
        )  # fmt: skip

    def set_power(self, money: np.ndarray, who: np.ndarray) -> None:
        """Set the power of functions to their share of the money; no change where there is none.

        Args:
            money: float64 [firm, line].
            who: firms whose power is set, bool [firm].
        """
        _set_power(self.columns.numbers, money, who, self.owner)


# Compiled


@rule  # type: ignore[untyped-decorator]
def _role_share(people: Any, home: int, role_mixing: float) -> float:
    """Share of a department's work done by staff from one function; ``people`` [home]."""
    everybody = 0.0
    for n in range(len(people)):
        everybody += people[n]
    others = (everybody - people[home]) / (len(people) - 1)
    share: float = organising.role_share(people[home], others, role_mixing)
    return share


@rule  # type: ignore[untyped-decorator]
def has_review(clock: int, reviews: int) -> bool:
    """Whether there is a joint review in a week, if there is one every ``reviews`` weeks."""
    return reviews > 0 and clock % reviews == reviews - 1


@compiled
def _derive(numbers, surveyed, declared):  # type: ignore[no-untyped-def]
    """Numbers that follow from others (:meth:`Organisations.derive`)."""
    for f in range(len(numbers)):
        d, o = declared[f], numbers[f]
        o["own_share"] = _role_share(o["people"][SALES], SALES, d["role_mixing"])
        count, total = 0.0, 0.0
        for s in range(surveyed.shape[1]):
            if d["target"] < 0 or s == d["target"]:
                count += surveyed[f, s, 0]
                total += surveyed[f, s, 1]
        o["message"] = organising.estimate(total, count, d["insight_prior"], 0.5)
        quality = o["lead_quality"][MARKET_DEPARTMENT]
        rewarded = quality >= 0.0  # or NaN
        o["volume_pressure"] = d["volume_pressure"] * (1.0 - quality) if rewarded else 0.0
        o["screening"] = quality if rewarded else d["screening"]


@compiled
def _set_power(numbers, money, who, owner):  # type: ignore[no-untyped-def]
    """Set the power of functions in place (:meth:`Organisations.set_power`)."""
    lines, of_function = len(owner), np.empty(len(owner))
    for f in range(len(numbers)):
        total = numpy_sum(money[f], lines)
        if who[f] and total > 0.0:
            for home in range(len(OWNERS)):
                tasks = 0
                for k in range(lines):
                    if owner[k] == home:
                        of_function[tasks] = money[f, k]
                        tasks += 1
                numbers[f]["power"][home] = numpy_sum(of_function, tasks) / total


@compiled
def _set_about(  # type: ignore[no-untyped-def]
    clock, spend, numbers, skill, split, quality, owner, declared
):
    """Split the money and work out the quality of the work, in place
    (:meth:`Organisations.set_about`)."""
    wanted, reps = np.empty(len(owner)), len(owner) - 1
    for f in range(len(spend)):
        for home in range(MARKET_DEPARTMENT, MARKETING + 1):
            _allot(spend[f], split[f], owner, home, wanted)
        d, people = declared[f], numbers[f]["people"]
        full = organising.sustained(d["learning"], d["fading"], 1.0)
        reviewed = has_review(clock, int(d["reviews"]))
        lost = d["review_hours"] / d["work_week"] if reviewed else 0.0
        for k in range(len(owner)):
            missing = 0.0
            for home in range(len(OWNERS)):
                own = home == owner[k]
                share = _role_share(people[owner[k]], home, d["role_mixing"])
                known = full if own and k == reps else skill[f, home, k]
                gap = 0.0 if own else d["skill_gap"]
                missing += organising.shortfall(share, known, gap, full)
            good = min(1.0, max(0.0, 1.0 - missing))
            quality[f, k] = good if k == reps else good * (1.0 - lost)
        able = quality[f, reps]
        if reviewed and d["rep_hours"] > 0.0:
            able *= max(0.0, 1.0 - d["review_hours"] / d["rep_hours"])
        numbers[f]["selling_quality"] = able


@inner
def _allot(spend, split, owner, home, wanted):  # type: ignore[no-untyped-def]
    """Split the money of a department over its tasks, in place; its total stays.

    Args:
        spend: the executive's split, cents, int64 [activity].
        split: weight of each line relative to it, float64 [line].
        owner: function whose task each line is, int64 [line].
        home: the department's function.
        wanted: space for a number for each task.
    """
    total, tasks, alike = 0, 0, True
    for k in range(len(spend)):
        if owner[k] == home:
            total += spend[k]
            alike = alike and split[k] == 1.0
            wanted[tasks] = spend[k] * split[k]
            tasks += 1
    wanted_sum = numpy_sum(wanted, tasks)
    if total == 0 or wanted_sum <= 0.0 or alike:
        return
    given, task, largest, most = 0, 0, -1, -1.0
    for k in range(len(spend)):
        if owner[k] == home:
            spend[k] = math.floor(wanted[task] * (total / wanted_sum))
            given += spend[k]
            if wanted[task] > most:
                most, largest = wanted[task], k
            task += 1
    spend[largest] += total - given


@compiled
def _work(  # type: ignore[no-untyped-def]
    clock, spend, rep_hours, surveyed, booked, numbers, skill, split, quality, known, pending,
    owner, labour, true_tastes, declared,
):  # fmt: skip
    """A week of all departments (:meth:`Organisations.work`). Columns are passed one by one, which
    takes half the time of a tuple of them; ``known`` is what surveys have found."""
    for f in range(len(spend)):
        d, o, account = declared[f], numbers[f], booked[f]
        people, reviewed = o["people"], has_review(clock, int(d["reviews"]))
        for home in range(len(OWNERS)):
            hours = rep_hours[f] if home == SALES else _hours(spend[f], owner, labour, d, home)
            if home == MARKET_DEPARTMENT:
                account[acc.MARKET_DEPARTMENT_HOURS] = int(hours * PARTS)
            elif home == MARKETING:
                account[acc.MARKETING_HOURS] = int(hours * PARTS)
            _count_hours(account, hours, people[home], home, reviewed, d)
            _practise(people[home], skill[f], owner, home, d)
            _hire(people[home], o["power"], home, d)
        o["handoff_care"] = organising.next_handoff_care(
            o["handoff_care"], d["handoff_care_learning"], d["handoff_care_fading"],
            reviewed and d["closed_loop_feedback"] > 0.0,
        )  # fmt: skip
        o["waiting"] = _hear_surveys(known[f], pending[f], o["waiting"], surveyed[f], d)
        _report(account, o, known[f], true_tastes, d["insight_prior"])
    _derive(numbers, known, declared)


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
def _hear_surveys(surveyed, pending, waiting, this_week, d):  # type: ignore[no-untyped-def]
    """Put this week's survey in the queue, and learn the results that are now due; returns how many
    surveys wait."""
    due = max(0, waiting + 1 - int(d["survey_lag"]))
    for s in range(len(surveyed)):
        for what, unit in enumerate((1.0, float(PARTS))):
            pending[waiting, s, what] = this_week[s, what]
            surveyed[s, what] = d["insight_keep"] * surveyed[s, what]
            for n in range(due):
                surveyed[s, what] = surveyed[s, what] + pending[n, s, what] / unit
            for n in range(due, waiting + 1):
                pending[n - due, s, what] = pending[n, s, what]
    return waiting + 1 - due


@compiled
def _report(account, o, surveyed, true_tastes, prior):  # type: ignore[no-untyped-def]
    """Book power, origin of staff, weight of volume KPIs and error of insight."""
    errors = np.empty(len(true_tastes))
    for s in range(len(errors)):
        taste = organising.estimate(surveyed[s, 1], surveyed[s, 0], prior, 0.5)
        errors[s] = abs(taste - true_tastes[s])
    account[acc.INSIGHT_ERROR] = int(numpy_sum(errors, len(errors)) / len(errors) * PARTS)
    account[acc.POWER_SALES] = int(o["power"][SALES] * PARTS)
    people, volume = o["people"], o["volume"]
    from_sales = (people[MARKET_DEPARTMENT, SALES] + people[MARKETING, SALES]) / 2.0
    account[acc.FROM_SALES] = int(from_sales * PARTS)
    account[acc.COUNTED] = int((volume[MARKET_DEPARTMENT] + volume[MARKETING]) / 2.0 * PARTS)
