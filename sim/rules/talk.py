"""Word of mouth: senders, content and effects of messages.

A message arrives at the start of the next week. Messages about one firm that reach a customer in
the same week take effect together, by number and mean valence, so their order does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state
from sim.rules.arithmetic import exp, log, rule

VALENCE_UNIT = constant(
    "talk.VALENCE_UNIT",
    65536.0,
    unit="parts of 1",
    meaning="Valence is stored as a whole number of these parts, so that sums do not depend on "
    "order.",
    source="convention: 16 bits, finer than any effect of a message",
)
MOST_ATTEMPTS = constant(
    "talk.MOST_ATTEMPTS",
    64,
    unit="draws",
    meaning="Largest number of draws to find the customer at the other end of a tie; after that it "
    "is the nearest of those refused as too different, and the message is lost if there were none.",
    source="assumption: where one draw in three succeeds, one message in 10^11 is lost",
)
MOST_TIES = constant(
    "talk.MOST_TIES",
    200,
    unit="people",
    meaning="Largest number of acquaintances of a customer.",
    source="assumption: as many as a person can keep up with are fewer (Dunbar 1992, Journal of "
    "Human Evolution 22:469: about 150)",
)
LEAST_RATE = constant(
    "talk.LEAST_RATE",
    0.001,
    unit="buying occasions per week",
    meaning="Buying rate below which people do not differ as far as their acquaintance goes.",
    source="assumption: once in 20 years, which nobody sees in an acquaintance",
)


@of_customers
@dataclass
class Talk:
    """Word of mouth between customers."""

    rate: float = number(
        0.05,
        unit="chance per week, for each firm bought from",
        low=0.0,
        high=1.0,
        meaning="Chance that an active customer of a firm tells one acquaintance about it.",
        source="assumption: the value of the toy market",
    )
    ties: int = number(
        10,
        unit="people",
        low=1,
        high=200,
        meaning="Acquaintances of a customer, drawn at random and then fixed.",
        source="assumption: the value of the toy market",
    )
    homophily: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of potential ties to another segment that are not formed.",
        source="assumption: friends are alike (direction: McPherson, Smith-Lovin & Cook 2001, "
        "Annual Review of Sociology 27:415)",
    )
    awareness_gain: float = number(
        0.2,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="Gain in the receiver's awareness from one message.",
        source="assumption: the value of the toy market, twice that of an advert",
    )
    trust_gain: float = number(
        0.1,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Movement of the receiver's trust towards the valence of one message.",
        source="assumption: the value of the toy market",
    )
    negative_wom: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="1: customers pass on the trust they have, good or bad. 0: they only praise.",
        source="assumption: the upper bound; 0 is the value of the toy market",
        likely=(0.5, 1.0),
    )
    talkativeness_spread: float = number(
        0.0,
        unit="standard deviation of the log",
        low=0.0,
        high=3.0,
        meaning="Variation of the chance to talk between people, lasting (log-normal with mean 1).",
        source="assumption: 0, all are alike, as in the first examination",
    )
    ties_spread: float = number(
        0.0,
        unit="standard deviation of the log",
        low=0.0,
        high=3.0,
        meaning="Variation of the number of acquaintances between people (log-normal with mean 1); "
        "the talkative have many.",
        source="assumption: 0, all have equally many, as in the first examination",
    )
    likeness: float = number(
        0.0,
        unit="per unit of distance",
        low=0.0,
        high=10.0,
        meaning="Fall of the log of the chance of a tie per unit of distance in taste, buying rate "
        "and talkativeness.",
        source="assumption: 0, within a segment ties do not depend on them, as in the first "
        "examination",
    )
    fervour: float = number(
        0.0,
        unit="ratio",
        low=0.0,
        high=20.0,
        meaning="Rise of the chance to talk of people with the best opinion of a firm or the "
        "worst, relative to those half-way.",
        source="assumption: 0, opinion moves only what is said, as in the first examination",
    )
    satisfaction: float = number(
        0.0,
        unit="share of the gap",
        low=0.0,
        high=1.0,
        meaning="Movement of satisfaction with a firm by a purchase, towards full satisfaction if "
        "it meets expectations and towards none if not. Customers then talk by their satisfaction, "
        "which is half-way before the first purchase, and not by their trust. 0: by trust.",
        source="assumption: 0, people pass on the trust they have, as in the first examination",
    )
    referral_weeks: int = number(
        0,
        unit="weeks",
        low=0,
        high=520,
        meaning="Weeks from the last message within which a first purchase counts as referred, the "
        "week of the message included; 0: ever.",
        source="assumption: 0, as in the first examination",
    )
    leaders: float = number(
        0.0,
        unit="share of people",
        low=0.0,
        high=1.0,
        meaning="Share of people, the most talkative, who are opinion leaders: activities for "
        "leaders reach them alone and make them talk. 0: such activities are like any other.",
        source="assumption: 0, no market of the first examination has such an activity",
    )
    reward_gain: float = number(
        0.0,
        unit="ratio",
        low=0.0,
        high=100.0,
        meaning="Rise of the chance to talk about a firm that rewards referrals with its list "
        "price, relative; less in proportion for smaller rewards.",
        source="assumption: none, to be swept from 0; direction: Ryu & Feick 2007, J. Marketing "
        "71(1):84-94 (rewards make referrals more likely)",
        drawn=False,
    )


mechanism("talk", {"talk.rate": 0.0}, "customers tell acquaintances")
mechanism("homophily", {"talk.homophily": 0.0}, "ties form within segments")
mechanism("valence", {"talk.negative_wom": 0.0}, "word of mouth can be negative")
mechanism("talkativeness", {"talk.talkativeness_spread": 0.0}, "some people talk more than others")
mechanism("tie_numbers", {"talk.ties_spread": 0.0}, "some people have more acquaintances")
mechanism("likeness", {"talk.likeness": 0.0}, "ties join people who are alike")
mechanism("fervour", {"talk.fervour": 0.0}, "people with strong opinions talk more")
mechanism("satisfaction", {"talk.satisfaction": 0.0}, "people tell what they have experienced")
mechanism("referral_weeks", {"talk.referral_weeks": 0}, "old messages are no referrals")
mechanism("rewards", {"talk.reward_gain": 0.0}, "rewards make customers talk")
mechanism("leaders", {"talk.leaders": 0.0}, "firms can pay opinion leaders to talk")

state(
    "referrer",
    "int32",
    "row of the last sender of a message about the firm before the first purchase, or -1",
    initial=-1,
)
state(
    "told",
    "int16",
    "week of the last message about the firm before the first purchase, -1 for none",
    initial=-1,
)
state(
    "inbox_referrer",
    "int32",
    "row of the last sender of a message under way, -1 for none",
    initial=-1,
)
state("satisfaction", "float32", "satisfaction with own purchases, -1 to 1; 0 before the first")
state("inbox_left", "uint8", "news of acquaintances who lapsed, under way")
state("inbox_count", "uint16", "messages under way")
state("inbox_valence", "uint32", "sum of their valences, in 1/65536")


@rule
def satisfied(satisfaction: float, good: bool, share: float) -> float:
    """Satisfaction, -1 to 1, after a purchase that met expectations (``good``) or did not."""
    return satisfaction + share * ((1.0 if good else -1.0) - satisfaction)


@rule
def opinion(trust: float, satisfaction: float, share: float) -> float:
    """Opinion of a firm, 0 to 1, by which a customer talks: satisfaction from -1 to 1 if purchases
    move it by a ``share``, and otherwise trust."""
    return 0.5 + 0.5 * satisfaction if share > 0.0 else trust


@rule
def valence(opinion: float, negative_wom: float) -> float:
    """Valence of a message from a customer with this opinion, from 0 (warning) to 1 (praise)."""
    return 1.0 - negative_wom * (1.0 - opinion)


@rule
def persuaded(trust: float, gain: float, heard: float) -> float:
    """Trust after messages of mean valence ``heard`` that close ``gain`` of the gap to it."""
    return trust + gain * (heard - trust)


@rule
def relative(deviate: float, spread: float) -> float:
    """Value of a person relative to the mean of all, which is log-normal, from the person's
    standard normal deviate and the standard deviation of the log."""
    return exp(spread * deviate - 0.5 * spread * spread)


@rule
def talk_chance(
    rate: float, sociability: float, spread: float, opinion: float, fervour: float, reward: float
) -> float:
    """Chance that a customer talks about a firm this week.

    The very satisfied and the very dissatisfied talk more than those between (Anderson 1998,
    J. Service Research 1:5); that the dissatisfied talk somewhat more than the satisfied is left
    out. The chance is largest at an opinion of 0 or 1.

    Args:
        rate: mean chance of people with an opinion of one half.
        sociability: standard normal deviate of the customer.
        spread: standard deviation of the log of talkativeness.
        opinion: of the firm (:func:`opinion`).
        fervour: rise of the chance at an opinion of 0 or 1, relative.
        reward: rise of the chance by the reward for a referral (:func:`rewarded`), relative.
    """
    strength = 2.0 * opinion - 1.0
    usual = rate * relative(sociability, spread) * (1.0 + fervour * strength * strength)
    return min(1.0, usual * (1.0 + reward))


@rule
def rewarded(gain: float, share: float) -> float:
    """Rise of the chance to talk about a firm that rewards a referral with a share of its list
    price, relative; ``gain`` is that of the whole price."""
    return gain * share


@rule
def number_of_ties(ties: int, sociability: float, spread: float) -> int:
    """Acquaintances of a customer, 1 to MOST_TIES, from the mean number before rounding."""
    return int(max(1.0, min(float(MOST_TIES), float(ties) * relative(sociability, spread) + 0.5)))


@rule
def distance(
    tastes: float, within: float, rate: float, other_rate: float, deviates: float, spread: float
) -> float:
    """Distance between two people in taste, log buying rate and log talkativeness.

    Args:
        tastes: difference of their tastes.
        within: standard deviation of tastes within a segment, the unit of taste; where it is 0
            tastes differ by segment only, and do not count here.
        rate, other_rate: buying occasions per week.
        deviates: difference of their sociability.
        spread: standard deviation of the log of talkativeness.
    """
    apart = abs(log(max(LEAST_RATE, rate) / max(LEAST_RATE, other_rate))) + spread * abs(deviates)
    return apart + abs(tastes) / within if within > 0.0 else apart


@rule
def tie_chance(apart: float, likeness: float) -> float:
    """Chance that a potential tie between people at a distance is formed."""
    return exp(-likeness * apart)


@rule
def is_leader(sociability: float, least: float) -> bool:
    """Whether a person is an opinion leader, from the least deviate of one."""
    return sociability >= least


@rule
def is_referral(referrer: int, told: int, week: int, referral_weeks: int) -> bool:
    """Whether a first purchase follows a message of another customer.

    Args:
        referrer: row of the last sender, -1 for none.
        told: week of the message.
        week: week of the purchase.
        referral_weeks: weeks from the message that count, its own included; 0: all.
    """
    return referrer >= 0 and (referral_weeks == 0 or week - told < referral_weeks)
