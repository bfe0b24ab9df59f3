"""Attention: how contacts reach people, their effects, and how awareness fades.

Trust is a belief about a firm's quality. Contacts are signals of it: each closes a share of the
gap to what the firm claims, upwards and downwards alike, as the mean of a normal belief moves
towards a signal by the same share on either side (Erdem & Keane 1996, Marketing Science 15:1). The
noise of single messages is left out; it would average out.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state
from sim.rules.arithmetic import exp, rule

MOST_CONTACTS = constant(
    "attention.MOST_CONTACTS",
    4,
    unit="contacts",
    meaning="Largest number of contacts of one activity that a customer can notice in a week; any "
    "further contacts are lost.",
    source="assumption: with one contact a week on average, 4 in 1,000 people get more",
)


@of_customers
@dataclass
class Attention:
    """Effects of a contact on awareness and trust, the same for all activities."""

    retention: float = number(
        0.95,
        unit="share kept per week",
        low=0.5,
        high=1.0,
        meaning="Share of awareness kept over a week without contacts.",
        source="assumption: a half-life of 13 weeks; carry-over found for advertising pulses "
        "(Leone 1995, Marketing Science 14:G141) suggests 0.92 to 0.96",
        likely=(0.92, 0.97),
    )
    trust_retention: float = number(
        0.99,
        unit="share kept per week",
        low=0.5,
        high=1.0,
        meaning="Share of trust kept over a week without contacts, messages or purchases.",
        source="assumption: a half-life of 69 weeks; relationships fade more slowly than awareness",
        likely=(0.98, 1.0),
    )
    contact_gain: float = number(
        0.1,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="Gain in awareness from one contact of salience 1.",
        source="assumption: the value of the toy market",
    )
    trust_gain: float = number(
        0.05,
        unit="share of the missing trust",
        low=0.0,
        high=0.5,
        meaning="Gain in trust from one one-way contact of credibility 1.",
        source="assumption: smaller than the effect of a friend's message (talk.trust_gain)",
    )
    dialogue: float = number(
        2.0,
        unit="ratio",
        low=1.0,
        high=5.0,
        meaning="Effect of a two-way contact on trust, relative to a one-way contact.",
        source="assumption: interaction builds relationships more than exposure "
        "(direction: Palmatier et al. 2006, J. Marketing 70:136)",
    )
    irritation: float = number(
        0.05,
        unit="share of trust",
        low=0.0,
        high=0.5,
        meaning="Trust lost by one contact of intrusiveness 1.",
        source="assumption: equal to the possible gain from a contact (attention.trust_gain)",
    )
    crowding: float = number(
        0.1,
        unit="share per contact",
        low=0.0,
        high=5.0,
        meaning="Reduction of the effect of contacts by each contact of the last week, of all "
        "firms; 0 switches it off.",
        source="assumption: clutter lowers the effect of a message (direction: Webb & Ray 1979, J. "
        "Advertising Research 19(4):7)",
    )
    intent: float = number(
        10.0,
        unit="ratio",
        low=1.0,
        high=100.0,
        meaning="Click rate of people with a buying occasion, relative to those without.",
        source="assumption: clicks follow intent, so many people who click would have bought "
        "anyway (direction: Blake, Nosko & Tadelis 2015, Econometrica 83:155)",
    )
    click_spread: float = number(
        1.0,
        unit="standard deviation of the log",
        low=0.0,
        high=3.0,
        meaning="Variation of click propensity between people, whatever their need (log-normal).",
        source="assumption: few people make most of the clicks on adverts",
        level="run",
    )
    relevance: float = number(
        0.5,
        unit="share per unit of taste",
        low=0.0,
        high=4.0,
        meaning="Loss of a message's effect per unit of distance between a customer's taste and "
        "the taste it addresses.",
        source="assumption: half the effect is lost across the whole scale; 0 switches it off",
    )

    honesty: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of what a firm's quality lacks that its messages admit: they claim 1 - "
        "honesty x (1 - quality), and contacts move trust towards that. 0: all claim perfection; "
        "1: the true quality.",
        source="assumption: 0, as before; 1 where messages are unbiased signals of quality (Erdem "
        "& Keane 1996, Marketing Science 15:1)",
    )
    known_from_use: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Reduction of the share of the gap between trust and claim that a contact closes, "
        "among people who have bought from the firm.",
        source="assumption: 0, as before; use tells more than messages (direction: Erdem & Keane "
        "1996, Marketing Science 15:1; Ackerberg 2001, RAND J. Economics 32:316)",
    )
    answered: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of what attention.dialogue adds to the gain in trust that only people who "
        "answer, by a click, have from a two-way activity with clicks. 0: all who read are in a "
        "dialogue; 1: those who only read have the gain of a one-way contact.",
        source="assumption: 0, as before; interaction is what builds relationships (direction: "
        "Palmatier et al. 2006, J. Marketing 70:136), and a reader does not interact",
    )
    attendance: float = number(
        1.0,
        unit="chance",
        low=0.01,
        high=1.0,
        meaning="Mean chance that somebody invited to a gathering in a week attends. Chances are "
        "personal and lasting, u^((1 - mean) / mean) with u uniform: a few people mostly attend, "
        "most hardly ever. The price of a contact is that of one person who attends, so an "
        "invitation costs the mean times as much.",
        source="assumption: 1, all attend, as before; taking part in online communities is very "
        "unequal (van Mierlo 2014, J. Medical Internet Research 16(2):e33)",
        drawn=False,
    )
    pressure: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Intrusiveness of an invitation to a gathering that is not followed; multiplies "
        "attention.irritation.",
        source="assumption: 0, as before; normative pressure of a community provokes reactance "
        "(direction: Algesheimer, Dholakia & Herrmann 2005, J. Marketing 69(3):19)",
    )
    recency: int = number(
        0,
        unit="weeks",
        low=-1,
        high=520,
        meaning="Weeks since the last order within which activities and reps address a person as a "
        "customer of the firm; 0: by the relationship itself, which no firm can see; -1: the "
        "length of a contract, or where there are none the measurement window.",
        source="assumption: 0, as before the register of claims; its fair trials take the "
        "measurement window of the market, in which a firm sees who has bought",
        drawn=False,
    )


mechanism("forgetting", {"attention.retention": 1.0}, "awareness fades")
mechanism("trust_fading", {"attention.trust_retention": 1.0}, "trust fades")
mechanism("intent", {"attention.intent": 1.0}, "people in need click more")
mechanism("crowding", {"attention.crowding": 0.0}, "contacts crowd each other out")
mechanism("irritation", {"attention.irritation": 0.0}, "intrusive contacts reduce trust")
mechanism("relevance", {"attention.relevance": 0.0}, "messages fit some tastes better than others")
mechanism(
    "claims",
    {"attention.honesty": 0.0, "attention.known_from_use": 0.0},
    "claims keep to quality, and use tells more than claims",
)
mechanism("answers", {"attention.answered": 0.0}, "only people who answer are in a dialogue")
mechanism(
    "attendance",
    {"attention.attendance": 1.0, "attention.pressure": 0.0},
    "few people follow most invitations to gatherings, and pressure reduces trust",
)

state("awareness", "float32", "probability that the firm comes to mind, 0 to 1")
state("trust", "float32", "trust in the firm, 0 to 1")
state(
    "clicked",
    "int16",
    "week of the last click on the firm's activities, -1 for none",
    initial=-1,
)
state("last_touch", "uint8", "last contact with the firm: none, word of mouth, search, an activity")
state("met", "uint16", "contacts met last week, of all firms", per_firm=False)


@rule
def attention_left(met: float, crowding: float) -> float:
    """Share of a contact's effect that remains after ``met`` contacts in the last week."""
    return 1.0 / (1.0 + crowding * met)


@rule
def weeks_seen(recency: int, contract: int, window: int) -> int:
    """Weeks since an order within which a firm counts its buyers as customers, 0 for the
    relationship itself: ``recency``, unless that is negative."""
    if recency >= 0:
        return recency
    return contract if contract > 0 else window


@rule
def is_addressed_as_customer(active: bool, last_order: int, week: int, recency: int) -> bool:
    """Whether a firm addresses a person as its customer.

    Args:
        active: whether the person has an active relationship with the firm.
        last_order: week of the person's last order, -1 for none.
        week: present week.
        recency: weeks since an order within which a firm counts its buyers as customers
            (:func:`weeks_seen`); 0: those with an active relationship.
    """
    return active if recency == 0 else last_order >= 0 and week - last_order <= recency


@rule
def tail_chance(rate: float, count: int) -> float:
    """Chance of ``count`` or more contacts in a week, from a Poisson distribution of mean ``rate``.

    Args:
        rate: mean number of contacts of this customer in this week, not negative.
        count: 1 to MOST_CONTACTS.
    """
    term = exp(-rate)
    below = term
    for n in range(1, count):
        term = term * rate / float(n)
        below = below + term
    return max(0.0, 1.0 - below)


@rule
def repeated(gain: float, count: int) -> float:
    """Share of a gap closed by ``count`` contacts, each closing ``gain`` of the remaining gap."""
    left = 1.0
    for _ in range(count):
        left = left * (1.0 - gain)
    return 1.0 - left


@rule
def dose_received(dose: float, draw: float) -> int:
    """Contacts in a week of somebody who is to have ``dose`` a week on average: the whole part,
    and one more with the chance of the rest; ``draw`` is uniform between 0 and 1."""
    whole = int(dose)
    return whole + int(draw < dose - float(whole))


@rule
def reached(awareness: float, gain: float) -> float:
    """Awareness after contacts that close ``gain`` of the gap to 1."""
    return awareness + gain * (1.0 - awareness)


@rule
def claimed(quality: float, honesty: float) -> float:
    """Quality that a firm's messages claim, 0 to 1."""
    return 1.0 - honesty * (1.0 - quality)


@rule
def weight_of_claims(has_bought: bool, known_from_use: float) -> float:
    """Share of a claim's effect on trust that remains for somebody who has bought from the firm."""
    return 1.0 - known_from_use if has_bought else 1.0


@rule
def addressed(trust: float, gain: float, claim: float, loss: float) -> float:
    """Trust after contacts that close ``gain`` of the gap to ``claim``, from below or from above,
    and cost a share ``loss`` of trust."""
    return min(1.0, max(0.0, trust + gain * (claim - trust) - loss * trust))


@rule
def dialogue_of_readers(dialogue: float, answered: float) -> float:
    """Effect of a two-way contact on the trust of people who only read, relative to a one-way
    contact.

    Args:
        dialogue: effect on people who answer.
        answered: share of what dialogue adds that only these have.
    """
    return dialogue - answered * (dialogue - 1.0)


@rule
def further_gain(whole: float, part: float) -> float:
    """Share to be closed of what is left of a gap after ``part`` of it, for ``whole`` of it to be
    closed."""
    return (whole - part) / (1.0 - part) if part < 1.0 else 0.0


@rule
def forgotten(level: float, retention: float) -> float:
    """Awareness or trust after a week of forgetting."""
    return level * retention


@rule
def relevant(taste: float, message: float, relevance: float) -> float:
    """Share of a contact's effect that remains when the message addresses a different taste."""
    return max(0.0, 1.0 - relevance * abs(taste - message))


@rule
def capture_chance(capture: float, volume_pressure: float, in_need: bool) -> float:
    """Chance that a customer who was contacted leaves contact details.

    Args:
        capture: chance of the activity.
        volume_pressure: relative increase of the chance among customers without a need.
        in_need: whether the customer has a need.
    """
    return capture if in_need else min(1.0, capture * (1.0 + volume_pressure))


@rule
def click_chance(click: float, liking: float, in_need: bool, intent: float, count: int) -> float:
    """Chance that a customer with ``count`` contacts clicks at least once.

    Args:
        click: chance per contact of a typical customer without a buying occasion.
        liking: click propensity of the customer, relative to typical.
        in_need: whether the customer has a buying occasion.
        intent: factor of the chance with a buying occasion.
    """
    each = click * liking * intent if in_need else click * liking
    return repeated(min(1.0, each), count)
