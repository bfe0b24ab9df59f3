"""Selling: what a talk with a sales rep does, and how a rep decides what to do.

A buyer who will not order alone asks the firms that come to mind and waits for an answer; deciding
takes time, and the race between firms, and against doing nothing, goes on meanwhile. So a late
answer loses to an early one, and to interest that has cooled, without any rule that says so.

A rep is paid for results, dislikes effort, has limited hours, and believes about leads what results
have taught. Hunting (people who are no customers yet) and farming (customers) obey the same laws.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number, text
from sim.rules.arithmetic import exp, log, root, rule
from sim.rules.pay import expected_pay

TASKS = 2
HUNT, FARM = 0, 1
"""The two tasks of a rep: first orders, and present customers."""

COLD, HOT, ASKED, OPEN = 0, 1, 2, 3
"""What a lead looks like to a rep: no sign of a need, a sign of one, somebody who asks for an
answer, a need found by talking."""

SIGNS = 4

EFFORTS = 6
"""Levels of effort a rep chooses between."""

MOST_EFFORT = 1.25
"""The highest of them: a quarter above the hours that are paid."""

NEARLY = 0.999
"""The last moment of a week at which an answer still counts in it."""


FIRST_CHANCE = 0.1
"""What a talk is believed to lead to an order with before anything is known; an assumption."""


@dataclass
class Selling:
    """Buying by talking to people, and the people one talks to."""

    hunting: str = text("", meaning="Activity whose content a rep's talk with a prospect has.")
    farming: str = text("", meaning="Activity whose content a rep's talk with a customer has.")
    self_serve: float = number(
        1.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a buyer who does not know a firm would order from it without talking "
        "to anybody; customers the likelier, the more they trust it.",
        source="assumption: consumer goods need no talk",
    )
    deliberation: float = number(
        0.0,
        unit="weeks",
        low=0.0,
        high=52.0,
        meaning="Time in which a decision to buy nothing falls on average; the longer, the longer "
        "decisions stay open. 0: everything is decided on the spot.",
        source="assumption: consumer goods are decided on the spot",
    )
    buyers: int = number(
        1,
        unit="people",
        low=1,
        high=15,
        meaning="People who decide together: a firm is considered if it comes to the mind of most.",
        source="assumption: one, outside organisations",
    )
    persuasion: float = number(
        1.5,
        unit="utility",
        low=0.0,
        high=10.0,
        meaning="What a talk with a rep of perfect skill adds to the firm's appeal in that week.",
        source="assumption: as much as three quarters of full trust",
    )
    advance: float = number(
        4.0,
        unit="weeks per log price",
        low=0.0,
        high=100.0,
        meaning="Future need that a rep's discount can pull forward, per log of price over the "
        "price with the discount.",
        source="assumption: a tenth off brings forward what would be needed within two days",
    )
    talk_hours: float = number(
        0.5,
        unit="hours",
        low=0.01,
        high=1000.0,
        meaning="Time one talk with a prospect or customer takes, travel and notes included.",
        source="assumption: consumers; organisations take longer",
    )
    learning: float = number(
        0.02,
        unit="share of the missing skill",
        low=0.0,
        high=1.0,
        meaning="What a week's full hours at a task add to the skill in it.",
        source="assumption: half of what can be learnt within nine months",
    )
    fading: float = number(
        0.004,
        unit="share of skill per week",
        low=0.0,
        high=1.0,
        meaning="Skill lost in a week, to be won again by doing.",
        source="assumption: a half-life of three years and a quarter",
    )
    talent_spread: float = number(
        0.5,
        unit="standard deviation of the log",
        low=0.0,
        high=2.0,
        meaning="How much reps differ in how fast they learn each task (log-normal).",
        source="assumption: one rep in six learns at least 1.6 times as fast as the median",
    )
    first_skill: float = number(
        0.2,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Skill of a new rep in both tasks.",
        source="assumption: a quarter of what full-time practice keeps up (0.83)",
    )
    effort_cost: float = number(
        250.0,
        unit="money per week",
        low=0.0,
        high=1_000_000.0,
        meaning="What a week of full effort is worth avoiding to a rep; it grows with its square.",
        source="assumption: a sixth of usual weekly pay, at which usual plans are worth about full "
        "hours",
    )
    slack: float = number(
        0.5,
        unit="share of hours",
        low=0.01,
        high=1.0,
        meaning="Effort that is given for nothing: what a salary alone buys.",
        source="assumption: the middle between no work and full hours",
    )
    belief_weight: float = number(
        20.0,
        unit="talks",
        low=0.1,
        high=1000.0,
        meaning="How many talks of one's own a rep needs to trust them as much as what is known of "
        "a kind of lead in the firm.",
        source="assumption: at one order in ten talks, two orders of one's own",
    )
    belief_keep: float = number(
        0.98,
        unit="share kept per week",
        low=0.0,
        high=1.0,
        meaning="How long a result is remembered, by a rep and in the firm's records.",
        source="assumption: a half-life of 34 weeks",
    )
    judgement: float = number(
        0.5,
        unit="scale of the log",
        low=0.0,
        high=3.0,
        meaning="How much a rep's judgement of a single lead scatters (log-logistic).",
        source="assumption: two leads in five are misjudged by a factor of two or more",
    )
    reading: float = number(
        0.75,
        unit="share",
        low=0.5,
        high=1.0,
        meaning="How often a name on a list bears the right sign of a need or of none.",
        source="assumption: between a coin and certainty",
    )
    lead_life: int = number(
        13,
        unit="weeks",
        low=1,
        high=104,
        meaning="After so many weeks a lead nobody has closed is given up.",
        source="assumption: 90 days, the time over which follow-up is measured",
    )
    quitting: float = number(
        0.004,
        unit="chance per week",
        low=0.0,
        high=1.0,
        meaning="Chance that a rep who earns what is paid elsewhere quits; it falls with pay.",
        source="assumption: a tenth to a fifth of reps leave a year",
    )
    outside_pay: float = number(
        1200.0,
        unit="money per week",
        low=0.01,
        high=1_000_000.0,
        meaning="What reps are paid elsewhere.",
        source="assumption: about 62,000 a year",
    )
    vacancy: int = number(
        8,
        unit="weeks",
        low=0,
        high=104,
        meaning="Weeks until somebody is hired for an empty place.",
        source="assumption: two months to advertise, to interview and to wait for notice periods",
    )


@rule
def majority_chance(chance: float, buyers: int, convinced: int) -> float:
    """Chance that a firm comes to the mind of most of the buyers.

    Args:
        chance: for one of them.
        buyers: how many there are.
        convinced: how many of them have it in mind surely, because they were talked to.
    """
    missing = buyers // 2 + 1 - convinced
    others = buyers - convinced
    if missing <= 0:
        return 1.0
    # The binomial tail, added up from the fewest that are not enough.
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
    """Chance that a buyer would order from a firm without talking to anybody."""
    return self_serve + (1.0 - self_serve) * trust if active else self_serve


@rule
def advance_chance(rate: float, cut: float, advance: float) -> float:
    """Chance that a discount makes somebody buy now what would be needed later."""
    return 1.0 - exp(-(rate * advance * cut))


@rule
def practised(skill: float, share: float, learning: float, fading: float) -> float:
    """Skill after a week of which a share of the full hours went to the task."""
    return min(1.0, max(0.0, skill + min(1.0, learning * share) * (1.0 - skill) - fading * skill))


@rule
def believed_chance(
    wins: float, talks: float, firm_wins: float, firm_talks: float, weight: float
) -> float:
    """What a rep believes a talk leads to an order with: own results, and the firm's records.

    The records of the firm count as ``weight`` talks; what is believed before there are any, as
    ten.
    """
    known = (firm_wins + 10.0 * FIRST_CHANCE) / (firm_talks + 10.0)
    return (wins + known * weight) / (talks + weight)


@rule
def misjudged(draw: float, spread: float) -> float:
    """Factor by which a single lead is misjudged; its logarithm is logistic."""
    return exp(spread * log(draw / (1.0 - draw)))


@rule
def lead_score(chance: float, age: float, life: float, factor: float, tracked: float) -> float:
    """How worthwhile a talk with a lead seems, in chances of an order.

    Args:
        chance: believed of its kind.
        age, life: weeks since it came in, and until it is given up.
        factor: of this judgement (:func:`misjudged`).
        tracked: what being asked about it by a manager adds.
    """
    return chance * max(0.0, 1.0 - age / life) * factor + tracked


@rule
def tracked_worth(tracking: float, tenure: float, chance: float) -> float:
    """What being asked about a lead is worth to a rep, in chances of an order; less to old hands,
    whose judgement is trusted (they count half after a year)."""
    return tracking * chance * 52.0 / (52.0 + tenure)


@rule
def best_hunt_share(hunting: float, farming: float, now: float, later: float, soon: float) -> float:
    """Share of hours on hunting that earns most when results grow with the root of hours.

    Args:
        hunting, farming: believed sales of a full week on each.
        now, later: pay per sale within the period, and after it.
        soon: share of hunting's results that come within the period.
    """
    hunt = hunting * (now * soon + later * (1.0 - soon))
    farm = farming * now
    both = hunt * hunt + farm * farm
    return hunt * hunt / both if both > 0.0 else 0.5


@rule
def soon_share(weeks: float, deliberation: float) -> float:
    """Share of the results of a week's hunting that come within so many weeks."""
    return 1.0 - exp(-weeks / deliberation) if deliberation > 0.0 else 1.0


@rule
def sales_of(effort: float, hunt: float, hunting: float, farming: float) -> float:
    """Sales a rep expects of a week, with diminishing returns to hours."""
    return root(effort) * (hunting * root(hunt) + farming * root(1.0 - hunt))


@rule
def best_effort(
    hunt: float, hunting: float, farming: float, soon: float, sold: float, weeks: float,
    order: float, later: float, slack: float, cost: float, quota: float, commission: float,
    accelerator: float, bonus: float, ceiling: float,
) -> float:  # fmt: skip
    """Effort whose expected pay to the period's end, less what it costs, is highest.

    Args:
        hunt: share of hours on hunting.
        hunting, farming, soon, later: as for :func:`best_hunt_share`.
        sold: in this period so far. weeks: left in it, this one included.
        order: value of an order; results are as uncertain as orders of this size.
        slack: least effort. cost: of full effort, money per week.
        quota, commission, accelerator, bonus, ceiling: of the pay plan.
    """
    best, most = slack, -1.0e300
    for n in range(EFFORTS):
        effort = slack + (MOST_EFFORT - slack) * float(n) / float(EFFORTS - 1)
        within = sales_of(effort, hunt, hunting * soon, farming)
        after = root(effort) * hunting * (1.0 - soon) * root(hunt)
        pay = expected_pay(
            sold, within * weeks, order, quota, commission, accelerator, bonus, ceiling
        )
        worth = pay + weeks * (later * after - cost * (effort * effort))
        if worth > most:
            best, most = effort, worth
    return best


@rule
def best_discount(authority: float, response: float, now: float, later: float) -> float:
    """Discount a rep offers: what winning the order now is worth, against winning it later.

    A discount of d is believed to multiply the chance by 1 + ``response`` * d; four orders in five
    not won now are believed to be there later.

    Args:
        authority: deepest discount allowed.
        now, later: pay per sale within the period and after it.
    """
    best, most = 0.0, -1.0e300
    for n in range(3):
        cut = authority * 0.5 * float(n)
        worth = (1.0 + response * cut) * (now * (1.0 - cut) - 0.8 * later)
        if worth > most:
            best, most = cut, worth
    return best


@rule
def quit_chance(hazard: float, pay: float, outside: float) -> float:
    """Chance that a rep quits in a week: ``hazard`` where pay is what it is ``outside``."""
    return min(1.0, hazard * exp(1.0 - pay / outside))


@rule
def answer_time(turn: float, draw: float, delay: float) -> float:
    """Moment of the week, 0 to 1, at which a talk takes place: its turn, and an exponential delay
    with mean ``delay``."""
    return min(NEARLY, turn - delay * log(draw))
