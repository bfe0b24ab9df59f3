"""Selling: effects of sales calls, and the decisions of sales reps.

A buyer who does not order unaided sends an enquiry to the firms that come to mind and waits for an
answer. The decision takes time, and meanwhile the race between firms, and against buying nothing,
goes on. A late answer therefore loses to an early one, or to a decision not to buy, without a rule
to that effect.

A rep is paid for results, dislikes effort, has limited hours, and learns about leads from results.
Hunting (prospects) and farming (customers) obey the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state, text
from sim.rules.arithmetic import exp, log, root, rule
from sim.rules.pay import expected_pay, marginal_pay

TASKS = 2
HUNT, FARM = 0, 1
"""The two tasks of a rep: prospects and present customers."""

SIGN_NAMES = ("cold", "hot", "asked", "open")
"""Signs of a lead: no need; a need; an enquiry that asks for an answer; a need found in a sales
call."""

SIGNS = len(SIGN_NAMES)

COLD, HOT, ASKED, OPEN = range(SIGNS)

EFFORTS = constant(
    "selling.EFFORTS",
    6,
    unit="levels",
    meaning="Number of evenly spaced levels of effort that a rep chooses from.",
    source="assumption: steps of an eighth of the hours at the default bounds",
)
DISCOUNTS = constant(
    "selling.DISCOUNTS",
    3,
    unit="levels",
    meaning="Number of discounts that a rep chooses from: none, half of the authority, all of it.",
    source="assumption: the fewest that distinguish a small discount from a large one",
)
LAST_MOMENT = constant(
    "selling.LAST_MOMENT",
    0.999,
    unit="share of a week",
    meaning="Latest moment of a week at which an answer still counts in that week.",
    source="convention: ten minutes before its end",
)


@of_customers
@dataclass
class Selling:
    """Buying through sales calls, and the behaviour of sales reps."""

    hunting: str = text("", meaning="Activity whose content a sales call on a prospect has.")
    farming: str = text("", meaning="Activity whose content a sales call on a customer has.")
    self_serve: float = number(
        1.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a buyer would order without a sales call; higher for customers of the "
        "firm, the more they trust it.",
        source="assumption: consumer goods need no sales call",
    )
    deliberation: float = number(
        0.0,
        unit="weeks",
        low=0.0,
        high=52.0,
        meaning="Mean time until a decision to buy nothing, which sets how long decisions stay "
        "open. 0: everything is decided at once.",
        source="assumption: consumer goods are decided at once",
    )
    buying_group: int = number(
        1,
        unit="people",
        low=1,
        high=15,
        meaning="Number of people who decide together: a firm is considered if it comes to the "
        "mind of most of them.",
        source="assumption: one, outside organisations",
    )
    persuasion: float = number(
        1.5,
        unit="utility",
        low=0.0,
        high=10.0,
        meaning="Utility added by a sales call of a rep of perfect skill in that week.",
        source="assumption: three quarters of the effect of full trust",
    )
    purchase_acceleration: float = number(
        4.0,
        unit="weeks per log price",
        low=0.0,
        high=100.0,
        meaning="Future need that a rep's discount can pull forward, per log of the price over the "
        "price with the discount.",
        source="assumption: a tenth off brings forward the need of about two days",
    )
    talk_hours: float = number(
        0.5,
        unit="hours",
        low=0.01,
        high=1000.0,
        meaning="Time of one sales call on a prospect or customer, including travel and notes.",
        source="assumption: consumers; organisations take longer",
    )
    account_hours: float = number(
        0.0,
        unit="hours per week and account",
        low=0.0,
        high=100.0,
        meaning="Time of a rep that each present customer in the territory needs before any sales "
        "call is made.",
        source="assumption: 0, none besides visits; swept from zero. Territories are planned by "
        "the time of their accounts (direction: Talley 1961, J. Marketing 25(3):7)",
    )
    learning: float = number(
        0.02,
        unit="share of the missing skill",
        low=0.0,
        high=1.0,
        meaning="Gain in skill from a week of full hours at a task.",
        source="assumption: half of what can be learnt within nine months",
    )
    fading: float = number(
        0.004,
        unit="share of skill per week",
        low=0.0,
        high=1.0,
        meaning="Loss of skill in a week, which practice can restore.",
        source="assumption: a half-life of three years and a quarter",
    )
    talent_spread: float = number(
        0.5,
        unit="standard deviation of the log",
        low=0.0,
        high=2.0,
        meaning="Variation between reps in the speed of learning each task (log-normal).",
        source="assumption: one rep in six learns at least 1.6 times as fast as the median",
    )
    first_skill: float = number(
        0.2,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Skill of a new rep in both tasks.",
        source="assumption: a quarter of the level that full-time practice sustains (0.83)",
    )
    effort_cost: float = number(
        250.0,
        unit="money per week",
        low=0.0,
        high=1_000_000.0,
        meaning="Cost to a rep of a week of full effort, in money; it grows with the square of "
        "effort.",
        source="assumption: a sixth of usual weekly pay, at which usual plans make about full "
        "hours worthwhile",
    )
    base_effort: float = number(
        0.5,
        unit="share of hours",
        low=0.01,
        high=1.0,
        meaning="Effort that a rep makes for the salary alone.",
        source="assumption: half way between no work and full hours",
    )
    belief_weight: float = number(
        20.0,
        unit="calls",
        low=0.1,
        high=1000.0,
        meaning="Number of own sales calls at which a rep trusts own results as much as the firm's "
        "records on a kind of lead.",
        source="assumption: at one order in ten calls, two own orders",
    )
    belief_keep: float = number(
        0.98,
        unit="share kept per week",
        low=0.0,
        high=1.0,
        meaning="Weight that a result keeps from one week to the next, for a rep and in the firm's "
        "records.",
        source="assumption: a half-life of 34 weeks",
    )
    judgement: float = number(
        0.5,
        unit="scale of the log",
        low=0.0,
        high=3.0,
        meaning="Error of a rep's judgement of a single lead (log-logistic).",
        source="assumption: two leads in five are misjudged by a factor of two or more",
    )
    lead_signal_accuracy: float = number(
        0.75,
        unit="share",
        low=0.5,
        high=1.0,
        meaning="Share of captured leads that show the right sign, of a need or of none.",
        source="assumption: half way between chance and certainty",
    )
    lead_life: int = number(
        13,
        unit="weeks",
        low=1,
        high=104,
        meaning="Time after which an open lead is given up.",
        source="assumption: 90 days, the time over which follow-up is measured",
    )
    quitting: float = number(
        0.004,
        unit="chance per week",
        low=0.0,
        high=1.0,
        meaning="Chance that a rep whose pay equals pay elsewhere quits; it falls with pay.",
        source="assumption: a tenth to a fifth of reps leave in a year",
    )
    outside_pay: float = number(
        1200.0,
        unit="money per week",
        low=0.01,
        high=1_000_000.0,
        meaning="Pay of reps in other firms.",
        source="assumption: about 62,000 a year",
    )
    prior_chance: float = number(
        0.1,
        unit="chance per call",
        low=0.0,
        high=1.0,
        meaning="Prior order probability per sales call.",
        source="assumption: one call in ten, the order of magnitude of cold selling",
        drawn=False,
    )
    prior_talks: float = number(
        10.0,
        unit="calls",
        low=0.1,
        high=1000.0,
        meaning="Number of calls that the prior order probability counts for in a firm's records.",
        source="assumption: one expected order",
        drawn=False,
    )
    prior_weeks: float = number(
        10.0,
        unit="weeks",
        low=0.1,
        high=1000.0,
        meaning="Weeks of full work that a new rep's prior expectation of results counts for.",
        source="assumption: most of a quarter",
        drawn=False,
    )
    pay_memory: float = number(
        13.0,
        unit="weeks",
        low=1.0,
        high=520.0,
        meaning="Time over which a rep averages own pay.",
        source="assumption: a quarter, the usual pay period",
        drawn=False,
    )
    most_effort: float = number(
        1.25,
        unit="share of paid hours",
        low=1.0,
        high=2.0,
        meaning="Highest level of effort a rep can choose.",
        source="assumption: ten hours of overtime in a week of forty",
        drawn=False,
    )
    later_orders: float = number(
        0.8,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of orders not won now that a rep expects to win later, when choosing a "
        "discount.",
        source="assumption: most needs persist for some weeks",
        drawn=False,
    )
    tenure_scale: float = number(
        52.0,
        unit="weeks",
        low=1.0,
        high=1040.0,
        meaning="Tenure at which tracking by management counts half as much as for a new rep.",
        source="assumption: a year",
        drawn=False,
    )
    vacancy: int = number(
        8,
        unit="weeks",
        low=0,
        high=104,
        meaning="Time until a vacant place is filled.",
        source="assumption: two months to advertise, to interview and to wait for notice periods",
    )


mechanism("self_serve", {"selling.self_serve": 1.0}, "buyers need a sales call")
mechanism("deliberation", {"selling.deliberation": 0.0}, "decisions take time")
mechanism("committee", {"selling.buying_group": 1}, "buying groups decide")
mechanism("persuasion", {"selling.persuasion": 0.0}, "sales calls affect the choice of the week")
mechanism(
    "purchase_acceleration",
    {"selling.purchase_acceleration": 0.0},
    "reps' discounts pull purchases forward",
)
mechanism(
    "practice",
    {"selling.learning": 0.0, "selling.fading": 0.0},
    "skill grows with practice and fades",
)

mechanism(
    "account_hours", {"selling.account_hours": 0.0}, "present accounts take reps' time for calls"
)

state("deciding", "uint16", "weeks for which a decision has been open", per_firm=False)


@rule
def majority_chance(chance: float, buying_group: int, convinced: int) -> float:
    """Chance that a firm comes to the mind of a majority of the buying group.

    Args:
        chance: chance for one member.
        buying_group: number of members.
        convinced: members who have the firm in mind for certain, because a rep called on them.
    """
    missing = buying_group // 2 + 1 - convinced
    others = buying_group - convinced
    if missing <= 0:
        return 1.0
    # One minus the binomial probability of too few, summed from zero members.
    term, below = 1.0, 0.0
    for _ in range(others):
        term = term * (1.0 - chance)
    for n in range(missing):
        below = below + term
        if chance >= 1.0:
            return 1.0 if missing <= others else 0.0
        term = term * (chance / (1.0 - chance)) * float(others - n) / float(n + 1)
    return max(0.0, 1.0 - below)


@rule
def alone_chance(self_serve: float, trust: float, active: bool) -> float:
    """Chance that a buyer would order from a firm without a sales call."""
    return self_serve + (1.0 - self_serve) * trust if active else self_serve


@rule
def acceleration_chance(rate: float, cut: float, purchase_acceleration: float) -> float:
    """Chance that a rep's discount makes a customer buy ahead of need.

    Args:
        rate: buying occasions per week.
        cut: log of the price over the price with the discount.
        purchase_acceleration: weeks of need pulled forward per unit of ``cut``.
    """
    return 1.0 - exp(-(rate * purchase_acceleration * cut))


@rule
def practised(skill: float, share: float, learning: float, fading: float) -> float:
    """Skill in a task after a week in which it took ``share`` of full hours."""
    return min(1.0, max(0.0, skill + min(1.0, learning * share) * (1.0 - skill) - fading * skill))


@rule
def believed_chance(
    wins: float, talks: float, firm_wins: float, firm_talks: float, weight: float,
    prior_chance: float, prior_talks: float,
) -> float:  # fmt: skip
    """Order probability per call as a rep believes it: own results and the firm's records.

    Args:
        wins, talks: orders and calls of the rep.
        firm_wins, firm_talks: orders and calls in the firm's records.
        weight: number of own calls that the firm's records count for.
        prior_chance, prior_talks: prior of the firm's records, and the calls it counts for.
    """
    known = (firm_wins + prior_talks * prior_chance) / (firm_talks + prior_talks)
    return (wins + known * weight) / (talks + weight)


@rule
def misjudged(draw: float, spread: float) -> float:
    """Factor by which a rep misjudges a single lead; its logarithm is logistic."""
    return exp(spread * log(draw / (1.0 - draw)))


@rule
def hours_left(hours: float, accounts: float, account_hours: float) -> float:
    """Share of a rep's hours left for sales calls when present accounts have been served.

    Source: the workload of a territory is the time of its accounts, and what they leave is time for
    new ones (Talley 1961, How to design sales territories, J. Marketing 25(3):7).

    Args:
        hours: hours of the rep.
        accounts: present customers in the territory.
        account_hours: hours that each of them needs.
    """
    return max(0.0, 1.0 - accounts * account_hours / hours) if hours > 0.0 else 0.0


@rule
def lead_score(chance: float, age: float, life: float, factor: float, tracked: float) -> float:
    """Worth of a sales call on a lead as a rep judges it, in order probability.

    Args:
        chance: believed order probability of this kind of lead.
        age, life: weeks since the lead was created, and weeks after which it is given up.
        factor: error of this judgement (:func:`misjudged`).
        tracked: worth added by management tracking (:func:`tracked_worth`).
    """
    return chance * max(0.0, 1.0 - age / life) * factor + tracked


@rule
def tracked_worth(tracking: float, tenure: float, chance: float, scale: float) -> float:
    """Worth to a rep of following up a lead that management tracks, in order probability.

    It falls with tenure, to one half at ``scale`` weeks.
    """
    return tracking * chance * scale / (scale + tenure)


@rule
def best_hunt_share(hunting: float, farming: float, now: float, later: float, soon: float) -> float:
    """Share of hours on hunting that maximises pay when sales grow with the square root of hours.

    Args:
        hunting, farming: expected sales of a full week on each task.
        now, later: pay per unit of sales within the period, and after it.
        soon: share of the results of hunting that come within the period.
    """
    hunt = hunting * (now * soon + later * (1.0 - soon))
    farm = farming * now
    both = hunt * hunt + farm * farm
    return hunt * hunt / both if both > 0.0 else 0.5


@rule
def soon_share(weeks: float, deliberation: float) -> float:
    """Share of the results of a week's hunting that come within ``weeks`` weeks."""
    return 1.0 - exp(-weeks / deliberation) if deliberation > 0.0 else 1.0


@rule
def sales_of(effort: float, hunt: float, hunting: float, farming: float) -> float:
    """Expected sales of a rep in a week, with diminishing returns to hours."""
    return root(effort) * (hunting * root(hunt) + farming * root(1.0 - hunt))


@rule
def best_effort(
    hunt: float, hunting: float, farming: float, soon: float, sold: float, weeks: float,
    order: float, later: float, base_effort: float, most_effort: float, cost: float, quota: float,
    commission: float, accelerator: float, bonus: float, ceiling: float,
) -> float:  # fmt: skip
    """Effort that maximises expected pay to the end of the period less the cost of effort.

    Args:
        hunt: share of hours on hunting.
        hunting, farming, soon, later: as for :func:`best_hunt_share`.
        sold: sales in this period so far.
        weeks: weeks left in the period, this one included.
        order: value of an order, which sets the uncertainty of sales.
        base_effort, most_effort: lowest and highest effort.
        cost: cost of full effort, money per week.
        quota, commission, accelerator, bonus, ceiling: terms of the pay plan.
    """
    best, most = base_effort, 0.0
    for n in range(EFFORTS):
        effort = base_effort + (most_effort - base_effort) * float(n) / float(EFFORTS - 1)
        within = sales_of(effort, hunt, hunting * soon, farming)
        after = root(effort) * hunting * (1.0 - soon) * root(hunt)
        pay = expected_pay(
            sold, within * weeks, order, quota, commission, accelerator, bonus, ceiling
        )
        worth = pay + weeks * (later * after - cost * (effort * effort))
        if n == 0 or worth > most:
            best, most = effort, worth
    return best


@rule
def best_discount(
    authority: float, response: float, now: float, later: float, later_orders: float
) -> float:
    """Discount a rep offers, from the pay for winning the order now and for winning it later.

    Reps believe that a discount of d multiplies the order probability by 1 + ``response`` * d.

    Args:
        authority: deepest discount allowed.
        response: believed response to a discount.
        now, later: pay per unit of sales within the period and after it.
        later_orders: share of orders not won now that the rep expects to win later.
    """
    best, most = 0.0, 0.0
    for n in range(DISCOUNTS):
        cut = authority * 0.5 * float(n)
        worth = (1.0 + response * cut) * (now * (1.0 - cut) - later_orders * later)
        if n == 0 or worth > most:
            best, most = cut, worth
    return best


@rule
def plan_week(
    hunt_share: float, hunting: float, farming: float, deliberation: float, sold: float,
    weeks: float, order: float, later: float, base_effort: float, most_effort: float, cost: float,
    authority: float, response: float, later_orders: float, quota: float, commission: float,
    accelerator: float, bonus: float, ceiling: float, effort: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Hunt share, effort and discount of a rep for a week.

    Args:
        hunt_share: share set by the firm; below 0 the rep chooses.
        hunting, farming: expected sales of a full week on each task.
        deliberation: mean time of a customer's decision, weeks.
        sold: sales in this period so far.
        weeks: weeks left in the period, this one included.
        order: value of an order.
        later: pay per unit of sales after the period.
        base_effort, most_effort, cost: as for :func:`best_effort`.
        authority, response, later_orders: as for :func:`best_discount`.
        quota, commission, accelerator, bonus, ceiling: terms of the pay plan.
        effort: effort of last week, from which pay per unit of sales is first computed.

    Returns:
        Hunt share, effort (share of paid hours) and discount (share of the price).
    """
    soon = soon_share(weeks, deliberation)
    hunt = hunt_share if hunt_share >= 0.0 else 0.5
    more = weeks * sales_of(effort, hunt, hunting * soon, farming)
    now = marginal_pay(sold, more, order, quota, commission, accelerator, bonus, ceiling)
    if hunt_share < 0.0:
        hunt = best_hunt_share(hunting, farming, now, later, soon)
    effort = best_effort(
        hunt, hunting, farming, soon, sold, weeks, order, later, base_effort, most_effort, cost,
        quota, commission, accelerator, bonus, ceiling,
    )  # fmt: skip
    more = weeks * sales_of(effort, hunt, hunting * soon, farming)
    now = marginal_pay(sold, more, order, quota, commission, accelerator, bonus, ceiling)
    return hunt, effort, best_discount(authority, response, now, later, later_orders)


@rule
def trained(skill: float, share: float) -> float:
    """Skill after a training that closes a share of the gap to 1."""
    return skill + share * (1.0 - skill)


@rule
def initial_skill(skill: float, learning: float, talent: float, fading: float) -> float:
    """Skill of a rep hired before the first week: the level that half of the hours sustain.

    Args:
        skill: skill of a new rep, kept where skill is neither gained nor lost.
        learning: gain per week of full hours.
        talent: factor of learning.
        fading: loss per week.
    """
    gain = min(1.0, 0.5 * learning * talent)
    return gain / (gain + fading) if gain + fading > 0.0 else skill


@rule
def quit_chance(hazard: float, pay: float, outside: float) -> float:
    """Chance that a rep quits in a week: ``hazard`` where pay equals pay ``outside``."""
    return min(1.0, hazard * exp(1.0 - pay / outside))


@rule
def answer_time(turn: float, draw: float, delay: float) -> float:
    """Moment of a sales call in the week, 0 to 1: its turn plus an exponential delay of mean
    ``delay``."""
    return min(LAST_MOMENT, turn - delay * log(draw))
