"""Inside the firm: who does which work with which skill, what is lost when work is handed over,
whom people blame, what surveys teach, and when a rival's move is noticed.

Nothing here knows which organisation is good. Work on another function's task is worth less by
missing skill and by nothing else; blame is counted and changes nothing; a survey tells about the
people who were asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number
from sim.rules.arithmetic import rule

FIELDS = ("need", "budget", "fit", "history")
"""What is handed over with a lead."""


@dataclass
class Organising:
    """What holds for the inside of every firm."""

    wage: float = number(
        40.0,
        unit="money per hour",
        low=1.0,
        high=10_000.0,
        meaning="Cost of an hour of work in the market department and in marketing; turns the "
        "share of spend that pays people into hours.",
        source="assumption: about 83,000 a year, all costs included",
    )
    gap: float = number(
        0.3,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Skill that people lack in another function's tasks, however long they do them.",
        source="assumption: between nothing and everything",
    )
    turnover: float = number(
        0.2,
        unit="share per year",
        low=0.0,
        high=5.0,
        meaning="People of a function who are replaced in a year.",
        source="assumption: a fifth",
    )
    handoff_loss: float = number(
        0.15,
        unit="chance per field",
        low=0.0,
        high=1.0,
        meaning="Chance that a field of a lead's record is lost when it is handed over.",
        source="assumption: about half of all records with four fields lose at least one",
    )
    handoff_error: float = number(
        0.05,
        unit="chance per field",
        low=0.0,
        high=1.0,
        meaning="Chance that a field of a lead's record is wrong when it is handed over.",
        source="assumption: rarer than a loss, a third of it",
    )
    staleness: float = number(
        0.02,
        unit="chance per week and field",
        low=0.0,
        high=1.0,
        meaning="Chance that a field no longer holds a week later.",
        source="assumption: half of all fields within eight months",
    )
    asking: float = number(
        0.125,
        unit="share of a talk",
        low=0.0,
        high=4.0,
        meaning="Time that it takes to find a missing, wrong or stale field out again.",
        source="assumption: some minutes a field",
    )
    care_learning: float = number(
        0.3,
        unit="share of missing care",
        low=0.0,
        high=1.0,
        meaning="What a joint review that shows fates of leads adds to the care in handing over.",
        source="assumption: two reviews in a row close half of the gap",
    )
    care_fading: float = number(
        0.01,
        unit="share per week",
        low=0.0,
        high=1.0,
        meaning="Care that is forgotten in a week.",
        source="assumption: half within sixteen months",
    )
    self_serving: float = number(
        0.6,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a side which does not know why a lead was lost books it to the other.",
        source="assumption: between a coin and certainty",
    )
    stretch: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=10.0,
        meaning="By how much names of people without a need can be collected beyond what comes by "
        "itself, by a department that is paid for the number alone.",
        source="assumption: twice as many",
    )
    survey_lag: int = number(
        4,
        unit="weeks",
        low=0,
        high=52,
        meaning="Time from asking people to knowing what they said.",
        source="assumption: fieldwork and a report",
    )
    insight_keep: float = number(
        0.98,
        unit="share kept per week",
        low=0.0,
        high=1.0,
        meaning="How much of a survey still counts a week later.",
        source="assumption: a half-life of 34 weeks",
    )
    insight_prior: float = number(
        25.0,
        unit="people",
        low=0.01,
        high=1_000_000.0,
        meaning="People that what is believed before any survey counts as: tastes in the middle.",
        source="assumption: a small survey, so that the first real one of that size moves belief "
        "half way",
    )
    seen_delay: int = number(
        4,
        unit="weeks",
        low=0,
        high=52,
        meaning="Age of the newest figures that executives and departments see.",
        source="assumption: a monthly report",
    )
    seen_error: float = number(
        0.05,
        unit="relative standard error",
        low=0.0,
        high=1.0,
        meaning="Error of a figure as it is seen.",
        source="assumption: figures of a report are right to about a tenth (two standard errors)",
    )
    last_touch: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of the credit for an order that goes to what the customer met last; the "
        "rest is spread over all contacts of the quarter alike.",
        source="assumption: what tracking systems do unless told otherwise",
        likely=(1.0, 1.0),
    )
    notice: float = number(
        2.0,
        unit="standard deviations",
        low=0.0,
        high=10.0,
        meaning="Loss of four weeks' revenue, against its own scatter, that a firm notices.",
        source="assumption: what cannot well be luck",
    )
    reaction_weeks: int = number(
        13,
        unit="weeks",
        low=1,
        high=104,
        meaning="How long a reaction to a rival is kept up.",
        source="assumption: a quarter",
    )


@rule
def sustained(learning: float, fading: float, share: float) -> float:
    """Skill that a share of the full hours at a task keeps up; full where nothing is to learn."""
    if learning + fading <= 0.0:
        return 1.0
    gain = min(1.0, learning * share)
    return gain / (gain + fading) if gain + fading > 0.0 else 0.0


@rule
def shortfall(share: float, skill: float, gap: float, full: float) -> float:
    """What is missing from a task when a share of it is done by people of some skill.

    Args:
        skill, gap: of those people; their skill counts less by the gap.
        full: skill of somebody who does nothing else, at home in the task.
    """
    return share * (1.0 - skill * (1.0 - gap) / full) if full > 0.0 else 0.0


@rule
def field_spoilt(draw: float, loss: float, error: float) -> int:
    """What became of a field: 0 is there, 1 is lost, 2 is wrong."""
    return 1 if draw < loss else (2 if draw < loss + error else 0)


@rule
def cared(care: float, learning: float, fading: float, reviewed: bool) -> float:
    """Care in handing over, a week later."""
    kept = care * (1.0 - fading)
    return kept + learning * (1.0 - kept) if reviewed else kept


@rule
def books_to_other(fault: bool, known: bool, draw: float, self_serving: float) -> bool:
    """Whether a side books a lost lead to the other: where it was the other's, and, where nobody
    has shown it why, as the chance of a self-serving story has it."""
    return fault or (not known and draw < self_serving)


@rule
def estimate(total: float, count: float, prior: float, middle: float) -> float:
    """Mean taste as estimated from what people said, and what was believed before."""
    return (total + prior * middle) / (count + prior)


@rule
def reshared(share: float, reward: float, pace: float) -> float:
    """Weight of a task in a department's money after a quarter, before they are made to add up.

    Args:
        reward: what a unit of money on the task brings in what is rewarded, relative to the mean.
    """
    return share * max(0.0, 1.0 + pace * (reward - 1.0))


@rule
def moved(present: float, wanted: float, pace: float) -> float:
    """A share of money, or a weight, on its way."""
    return present + pace * (wanted - present)
