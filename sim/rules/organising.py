"""Organisation of a firm: division of labour and skill, losses at the handoff of leads, blame,
learning from surveys, and the detection of losses.

No rule favours one form of organisation. Work on another function's task loses value through
missing skill only. Blame is counted; it has no effect by default (``distrust``). A survey informs
about its respondents only.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number
from sim.rules.arithmetic import rule

FIELDS = ("need", "budget", "fit", "history")
"""Fields of the record that is handed over with a lead."""


MOST_DISCOUNT = constant(
    "organising.MOST_DISCOUNT",
    0.9,
    unit="share of list price",
    meaning="Deepest discount a firm gives, reactions to rivals included.",
    source="convention: the bound of declared discounts",
)


@dataclass
class Organising:
    """Parameters of organisation that all firms share."""

    wage: float = number(
        40.0,
        unit="money per hour",
        low=1.0,
        high=10_000.0,
        meaning="Cost of an hour of work in the market department and in marketing; converts the "
        "share of spend for labour into hours.",
        source="assumption: about 83,000 a year, all costs included",
    )
    skill_gap: float = number(
        0.3,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Skill that people lack in the tasks of another function, however much they "
        "practise.",
        source="assumption: between none and all of it",
    )
    turnover: float = number(
        0.2,
        unit="share per year",
        low=0.0,
        high=5.0,
        meaning="Share of a function's people who are replaced in a year.",
        source="assumption: a fifth",
    )
    handoff_loss: float = number(
        0.15,
        unit="chance per field",
        low=0.0,
        high=1.0,
        meaning="Chance that a field of a lead's record is lost at the handoff.",
        source="assumption: about half of all records with four fields lose at least one",
    )
    handoff_error: float = number(
        0.05,
        unit="chance per field",
        low=0.0,
        high=1.0,
        meaning="Chance that a field of a lead's record is wrong after the handoff.",
        source="assumption: rarer than a loss, a third of it",
    )
    staleness: float = number(
        0.02,
        unit="chance per week and field",
        low=0.0,
        high=1.0,
        meaning="Chance that a field of a lead's record goes out of date in a week.",
        source="assumption: half of all fields go out of date within eight months",
    )
    recheck_time: float = number(
        0.125,
        unit="share of a sales call",
        low=0.0,
        high=4.0,
        meaning="Time to recheck a missing, wrong or stale field.",
        source="assumption: some minutes per field",
    )
    handoff_care_learning: float = number(
        0.3,
        unit="share of missing care",
        low=0.0,
        high=1.0,
        meaning="Gain in handoff care from a joint review that shows the fates of leads.",
        source="assumption: two reviews in a row close half of the gap",
    )
    handoff_care_fading: float = number(
        0.01,
        unit="share per week",
        low=0.0,
        high=1.0,
        meaning="Handoff care forgotten in a week.",
        source="assumption: half is forgotten within sixteen months",
    )
    self_serving: float = number(
        0.6,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a department that does not know why a lead was lost blames the other "
        "department.",
        source="assumption: between chance and certainty",
    )
    distrust: float = number(
        0.0,
        unit="share of a lead's score",
        low=0.0,
        high=1.0,
        meaning="Discount on leads that are handed over, when sales decides whether to accept "
        "them, if it blames all recent losses on the market department.",
        source="assumption: 0, blame has no effect; swept from zero to disregard of all leads of a "
        "department that is blamed for everything",
    )
    wrong_offer: float = number(
        0.0,
        unit="share of a call's effect",
        low=0.0,
        high=1.0,
        meaning="Effect that the first sales call on a lead loses if the record states the wrong "
        "need, so that the offer prepared for the call does not fit.",
        source="assumption: 0, a wrong record costs time to recheck only; swept from zero",
    )
    volume_pressure: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=10.0,
        meaning="Additional leads captured from people without a need, relative to the usual "
        "number, by a department that is rewarded for volume alone.",
        source="assumption: twice as many leads",
    )
    survey_lag: int = number(
        4,
        unit="weeks",
        low=0,
        high=52,
        meaning="Time from a survey to its results.",
        source="assumption: fieldwork and a report",
    )
    insight_keep: float = number(
        0.98,
        unit="share kept per week",
        low=0.0,
        high=1.0,
        meaning="Weight that a survey keeps from one week to the next.",
        source="assumption: a half-life of 34 weeks",
    )
    insight_prior: float = number(
        25.0,
        unit="people",
        low=0.01,
        high=1_000_000.0,
        meaning="Number of respondents that the prior belief counts for: tastes in the middle of "
        "the scale, or where the offer stands when the offer is moved.",
        source="assumption: a small survey, so that the first real one of that size moves the "
        "belief half way",
    )
    seen_delay: int = number(
        4,
        unit="weeks",
        low=0,
        high=52,
        meaning="Age of the newest figures available to executives and departments.",
        source="assumption: a monthly report",
    )
    seen_error: float = number(
        0.05,
        unit="relative standard error",
        low=0.0,
        high=1.0,
        meaning="Error of a figure as executives and departments see it.",
        source="assumption: figures of a report are right to about a tenth (two standard errors)",
    )
    last_touch: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of the credit for an order that goes to the last touch; the rest is spread "
        "equally over all contacts of the quarter.",
        source="assumption: the default of tracking systems",
        likely=(1.0, 1.0),
    )
    loss_weeks: int = number(
        4,
        unit="weeks",
        low=1,
        high=52,
        meaning="Weeks of revenue that a firm adds up to detect a loss.",
        source="assumption: a month",
        drawn=False,
    )
    loss_periods: int = number(
        6,
        unit="periods",
        low=2,
        high=52,
        meaning="Number of earlier periods of this length with which the latest period is "
        "compared.",
        source="assumption: half a year, enough for an estimate of their variation",
        drawn=False,
    )
    work_week: float = number(
        40.0,
        unit="hours",
        low=1.0,
        high=168.0,
        meaning="Weekly hours of a person in the market department or in marketing; converts hours "
        "into people.",
        source="assumption: a working week",
        drawn=False,
    )
    reaction_threshold: float = number(
        2.0,
        unit="standard deviations",
        low=0.0,
        high=10.0,
        meaning="Fall in revenue over four weeks from which a firm notices a loss, relative to the "
        "variation of earlier periods.",
        source="assumption: a fall that random variation alone rarely causes",
    )
    reaction_weeks: int = number(
        13,
        unit="weeks",
        low=1,
        high=104,
        meaning="Duration of a reaction to a rival.",
        source="assumption: a quarter",
    )
    price_step: float = number(
        0.0,
        unit="share of list price",
        low=0.0,
        high=0.2,
        meaning="Step by which every firm moves its list price on trial each quarter, up or down, "
        "where neither a plan nor a player sets it; a step after which what the executive tries "
        "to raise has fallen is undone. 0: list prices stay as declared.",
        source="assumption: 0, as before; regular prices of a product change rarely and by some "
        "per cent",
    )


mechanism("price_probing", {"organising.price_step": 0.0}, "firms try other list prices")
mechanism(
    "skill_gap",
    {"organising.skill_gap": 0.0},
    "people have more skill in their own function's tasks",
)
mechanism(
    "handoff_loss",
    {"organising.handoff_loss": 0.0, "organising.handoff_error": 0.0, "organising.staleness": 0.0},
    "records are lost, wrong or stale after the handoff of leads",
)
mechanism(
    "self_serving",
    {"organising.self_serving": 0.0},
    "departments blame each other for unexplained losses",
)
mechanism("distrust", {"organising.distrust": 0.0}, "blame lowers what sales accepts")
mechanism("wrong_offer", {"organising.wrong_offer": 0.0}, "wrong records lead to wrong offers")
mechanism(
    "volume_pressure", {"organising.volume_pressure": 0.0}, "volume of leads is traded for quality"
)


@rule
def sustained(learning: float, fading: float, share: float) -> float:
    """Skill sustained by a share of full hours at a task; 1 where skill does not change."""
    if learning + fading <= 0.0:
        return 1.0
    gain = min(1.0, learning * share)
    return gain / (gain + fading) if gain + fading > 0.0 else 0.0


@rule
def shortfall(share: float, skill: float, skill_gap: float, full: float) -> float:
    """Loss of work quality when other people do a share of a task.

    Args:
        share: share of the task that these people do.
        skill: skill of these people in the task.
        skill_gap: share by which their skill counts less.
        full: skill of a specialist of the function who works full time at the task.
    """
    return share * (1.0 - skill * (1.0 - skill_gap) / full) if full > 0.0 else 0.0


@rule
def field_state(draw: float, loss: float, error: float) -> int:
    """State of a field after the handoff: 0 intact, 1 lost, 2 wrong."""
    return 1 if draw < loss else (2 if draw < loss + error else 0)


@rule
def next_handoff_care(handoff_care: float, learning: float, fading: float, reviewed: bool) -> float:
    """Handoff care a week later, after forgetting and, if ``reviewed``, a joint review."""
    kept = handoff_care * (1.0 - fading)
    return kept + learning * (1.0 - kept) if reviewed else kept


@rule
def blames_other(fault: bool, known: bool, draw: float, self_serving: float) -> bool:
    """Whether a department blames the other for a lost lead.

    Args:
        fault: whether the loss was the other department's fault.
        known: whether a review showed the cause of the loss.
        draw: uniform random draw.
        self_serving: chance to blame the other where the cause is not known.
    """
    return fault or (not known and draw < self_serving)


@rule
def recent_blame(blame: float, blamed: float, lost: float, keep: float) -> float:
    """Recent share of lost leads that a department blames on the other, a week later.

    Args:
        blame: the share so far.
        blamed, lost: leads lost this week, and those of them that it blames on the other.
        keep: weight that earlier weeks keep.
    """
    return keep * blame + (1.0 - keep) * blamed / lost if lost > 0.0 else blame


@rule
def distrusted(score: float, blame: float, distrust: float) -> float:
    """Score at which sales values a lead that is handed over, given its recent blame (assumption:
    in proportion to the blame, the simplest form).

    Args:
        score: score by what is known of the lead.
        blame: recent share of lost leads that sales blames on the market department.
        distrust: share of the score that is lost at full blame.
    """
    return score * (1.0 - distrust * blame)


@rule
def offer_fit(first: bool, wrong: bool, wrong_offer: float) -> float:
    """Share of its effect that a sales call has, given the record it was prepared from. The call
    rechecks the record, so that later ones fit.

    Args:
        first: whether it is the first call on the lead.
        wrong: whether the record states the wrong need.
        wrong_offer: share of the effect that a wrong offer loses.
    """
    return 1.0 - wrong_offer if first and wrong else 1.0


@rule
def estimate(total: float, count: float, prior: float, middle: float) -> float:
    """Estimated mean taste: survey answers weighed against the prior belief, which is the middle of
    the scale for messages and where the offer stands for the offer.

    Args:
        total, count: sum and number of surveyed tastes.
        prior: people that the prior belief counts for.
        middle: mean of the prior belief.
    """
    return (total + prior * middle) / (count + prior)


@rule
def reshared(share: float, reward: float, pace: float) -> float:
    """Weight of a task in a department's budget after a quarter, before normalisation.

    Args:
        share: present share of the budget.
        reward: rewarded results per unit of money on the task, relative to the mean.
        pace: response to reward, per quarter.
    """
    return share * max(0.0, 1.0 + pace * (reward - 1.0))


@rule
def moved(present: float, wanted: float, pace: float) -> float:
    """A share of money, or a weight, after it moved by ``pace`` towards the wanted value."""
    return present + pace * (wanted - present)


@rule
def probed(moved_by: float, last: float, has_fallen: bool, step: float) -> float:
    """Relative distance of a list price from the declared one after a new step of trial and error.

    Args:
        moved_by: present distance.
        last: the last step, 0 for none.
        has_fallen: whether the objective has fallen since; then that step is undone.
        step: the new step, up or down.
    """
    kept = moved_by - last if has_fallen else moved_by
    return max(-MOST_DISCOUNT, kept + step)


@rule
def is_loss(now: float, mean: float, deviation: float, threshold: float) -> bool:
    """Whether a firm notices a loss: revenue below the mean of earlier periods by more than
    ``threshold`` standard deviations."""
    return now < mean - threshold * deviation and mean > 0.0


@rule
def relative_reward(reward: float, money: float) -> float:
    """Rewarded results per unit of money of a task, relative to the mean of all tasks.

    Args:
        reward, money: shares of the task in all rewarded results, and in all money.
    """
    return reward / money


@rule
def replaced(people: float, new: float, turnover: float, weeks: float) -> float:
    """Share of a department's people with a given home function after a week's turnover.

    Args:
        people, new: share at present, and share among new people.
        turnover: share of people replaced in a year.
        weeks: number of weeks in a year.
    """
    return people + min(1.0, turnover / weeks) * (new - people)


@rule
def hired_share(home: float, power: float, power_hiring: float) -> float:
    """Share of new people from a function, mixed from two ways of hiring.

    Args:
        home: share when a department hires from its own function.
        power: share when functions hire in proportion to the money they command.
        power_hiring: share of places filled in the second way.
    """
    return (1.0 - power_hiring) * home + power_hiring * power


@rule
def role_share(people: float, others: float, role_mixing: float) -> float:
    """Share of a department's work done by people of one home function, under role mixing.

    Args:
        people: share of its own people with that home function.
        others: mean share of people with the other home functions.
        role_mixing: share of work that is swapped between functions.
    """
    return (1.0 - role_mixing) * people + role_mixing * others
