"""Loyalty: learning from purchases, and the end of relationships."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import constant, mechanism, number, of_customers, state
from sim.rules.arithmetic import log, rule

MOST_NEWS = constant(
    "loyalty.MOST_NEWS",
    255,
    unit="people",
    meaning="Largest number of acquaintances whose leaving a customer keeps in mind until a "
    "contract ends.",
    source="convention: 8 bits, more than the number of acquaintances",
)


@of_customers
@dataclass
class Loyalty:
    """Experience with purchases and lapse."""

    experience_awareness: float = number(
        0.5,
        unit="share of the missing awareness",
        low=0.0,
        high=1.0,
        meaning="Gain in the buyer's awareness of the firm from a purchase.",
        source="assumption: a purchase makes the firm known to the buyer",
        likely=(0.2, 0.8),
    )
    experience_gain: float = number(
        0.1,
        unit="share of the missing trust",
        low=0.0,
        high=1.0,
        meaning="Gain in trust from a purchase that meets expectations.",
        source="assumption: equal to one recommendation",
    )
    experience_loss: float = number(
        0.2,
        unit="share of trust",
        low=0.0,
        high=1.0,
        meaning="Loss of trust from a purchase that disappoints.",
        source="assumption: disappointment weighs about twice (direction: Anderson & Sullivan "
        "1993, Marketing Science 12:125)",
    )
    expectation: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Weight of what is expected in how a purchase is judged: trust in a firm beyond "
        "its quality lowers the chance that a purchase pleases by this share of the difference.",
        source="assumption: 0, a purchase is judged by quality alone; to be swept; direction: "
        "Oliver 1980, J. Marketing Research 17:460",
    )
    recovery: float = number(
        0.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a purchase that disappoints is made good, where a firm buys one "
        "contact with an activity that recovers for each of them; with fewer, as much less.",
        source="assumption: 0, as before; to be swept; direction: Smith, Bolton & Wagner 1999, J. "
        "Marketing Research 36:356",
    )
    lapse_hazard: float = number(
        0.01,
        unit="chance per week",
        low=0.0,
        high=1.0,
        meaning="Chance that an active customer without any trust ends the relationship.",
        source="assumption: the value of the toy market",
    )
    contract: int = number(
        0,
        unit="weeks",
        low=0,
        high=520,
        meaning="Length of a contract: no buying occasion while it runs, a certain one when it "
        "ends, and a customer who does not renew has lapsed. 0: no contracts.",
        source="assumption: no contracts outside subscriptions",
    )
    switching_cost: float = number(
        0.2,
        unit="utility",
        low=0.0,
        high=10.0,
        meaning="Utility lost by the other firms when a customer is active at one firm only.",
        source="assumption: low in a market without contracts",
    )
    tell_leaving: float = number(
        0.2,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a lapsing customer tells an acquaintance.",
        source="assumption: leaving is news, so four times the weekly chance to talk (talk.rate)",
    )
    contagion: float = number(
        1.0,
        unit="ratio per leaver",
        low=0.0,
        high=20.0,
        meaning="Increase of a customer's chance to lapse in the week after an acquaintance has "
        "lapsed, per acquaintance; of the odds not to renew, if a contract ran when it was heard.",
        source="assumption: churn of acquaintances raises a customer's own (direction: Nitzan & "
        "Libai 2011, J. Marketing 75(6):24)",
    )
    leaving_shape: float = number(
        0.0,
        unit="gamma shape",
        low=0.0,
        high=5.0,
        meaning="Evenness of customers' own lasting rates of leaving, by which the chance to lapse "
        "(under contracts: the odds of not renewing) is multiplied; their mean is 1, and a low "
        "value means that few leave soon and many hardly ever. 0: all alike.",
        source="assumption: 0, as before this mechanism; form: Schmittlein, Morrison & Colombo "
        "1987, Management Science 33:1",
        level="run",
    )
    quit_disappointed: float = number(
        0.0,
        unit="chance",
        low=0.0,
        high=1.0,
        meaning="Chance that a customer without any trust ends the relationship at once after a "
        "purchase that disappoints; under a contract, resolves to leave when it ends.",
        source="assumption: 0, as before this mechanism; direction: Keaveney 1995, J. Marketing "
        "59(2):71 (failures of the core service named in 44 % of switching incidents)",
    )
    returning: float = number(
        1.0,
        unit="ratio of odds",
        low=0.0,
        high=2.0,
        meaning="Odds that a customer who has ended the relationship chooses the firm, relative to "
        "those of a person without such a past who is otherwise alike; 0: never again.",
        source="assumption: 1, as before this mechanism; direction: Thomas, Blattberg & Fox 2004, "
        "J. Marketing Research 41:31",
        drawn=False,
    )
    returning_disappointed: float = number(
        1.0,
        unit="ratio of odds",
        low=0.0,
        high=2.0,
        meaning="The same of a customer whom a disappointment made end the relationship; under a "
        "contract, of one who has resolved to leave when it ends.",
        source="assumption: 1, as before this mechanism; direction: Tokman, Davis & Lemon 2007, J. "
        "Retailing 83:47 (the reason for leaving moves the chance to win a customer back)",
        drawn=False,
    )


mechanism(
    "experience",
    {"loyalty.experience_gain": 0.0, "loyalty.experience_loss": 0.0},
    "customers learn from purchases",
)
mechanism("lapse", {"loyalty.lapse_hazard": 0.0}, "customers end relationships")
mechanism("recovery", {"loyalty.recovery": 0.0}, "service makes bad purchases good")
mechanism("expectation", {"loyalty.expectation": 0.0}, "customers expect what they trust in")
mechanism("contagion", {"loyalty.contagion": 0.0}, "lapsing spreads by word of mouth")
mechanism("switching_cost", {"loyalty.switching_cost": 0.0}, "switching firms is costly")
mechanism("contracts", {"loyalty.contract": 0}, "purchases start contracts")
mechanism(
    "endings",
    {
        "loyalty.leaving_shape": 0.0,
        "loyalty.quit_disappointed": 0.0,
        "loyalty.returning": 1.0,
        "loyalty.returning_disappointed": 1.0,
    },
    "customers differ in how readily they leave, leave after a disappointment, and return "
    "otherwise than strangers",
)

state(
    "relation",
    "uint8",
    "flags: active, ever bought, bought this window, bought last window, has made an offer, has "
    "ended it, disappointed, has paid for talk this week",
)
state("last_order", "int16", "week of the last purchase, -1 for none", initial=-1)
state("first_order", "int16", "week of the first purchase, -1 for none", initial=-1)
state("acquired_via", "uint8", "last touch before the first purchase")
state(
    "bound_until",
    "int16",
    "week in which the contract ends, -1 for none",
    per_firm=False,
    initial=-1,
)


@rule
def under_contract(week: int, until: int) -> bool:
    """Whether a contract runs in a week; ``until`` is the week in which it ends, -1 for none."""
    return week < until


@rule
def renewal_due(week: int, until: int) -> bool:
    """Whether a contract ends in a week."""
    return until >= 0 and week == until


@rule
def renewal_utility(ratio: float) -> float:
    """Utility of a firm whose contract ends, by which the odds that its customer does not renew
    are ``ratio`` times those without it."""
    return -log(ratio)


@rule
def deterrence(leavers: int, contagion: float) -> float:
    """Utility that a firm loses at the end of a contract by news of ``leavers`` acquaintances: the
    odds of not renewing rise as the chance to lapse does without a contract."""
    return log(1.0 + contagion * float(leavers))


@rule
def standing(active: bool, elsewhere: bool, inertia: float, switching_cost: float) -> float:
    """Utility of a firm due to present relationships.

    Args:
        active: whether the customer is an active customer of the firm.
        elsewhere: whether the customer is an active customer of another firm.
    """
    if active:
        return inertia
    return -switching_cost if elsewhere else 0.0


@rule
def pleasing_chance(quality: float, trust: float, expectation: float) -> float:
    """Chance that a purchase pleases, given what the customer expected of the firm.

    Args:
        quality: chance if nothing beyond it is expected.
        trust: the customer's trust before the purchase, which is the quality expected.
        expectation: weight of expectations.
    """
    return quality * (1.0 - expectation * max(0.0, trust - quality))


@rule
def recovery_chance(recovery: float, contacts: float, cases: float) -> float:
    """Chance that a purchase that disappoints is made good.

    Args:
        recovery: chance with a contact for every case.
        contacts: contacts of the week with activities that recover.
        cases: purchases of the week before that are expected to have disappointed.
    """
    return recovery * min(1.0, contacts / max(cases, 1.0))


@rule
def experienced(trust: float, good: bool, gain: float, loss: float) -> float:
    """Trust after a purchase that met expectations (``good``) or did not."""
    if good:
        return trust + gain * (1.0 - trust)
    return trust - loss * trust


@rule
def quitting_chance(chance: float, trust: float) -> float:
    """Chance that a disappointed customer ends the relationship; ``chance`` without any trust."""
    return chance * (1.0 - trust)


@rule
def return_ratio(
    ended: bool, disappointed: bool, returning: float, returning_disappointed: float
) -> float:
    """Odds that somebody chooses a firm, relative to those without a past with it.

    Args:
        ended: whether the customer has ended the relationship with the firm.
        disappointed: whether a disappointment made the customer end it, or resolve to.
        returning, returning_disappointed: the ratio of odds, by why the relationship ended.
    """
    if disappointed:
        return returning_disappointed
    return returning if ended else 1.0


@rule
def return_utility(ratio: float) -> float:
    """Utility by which the odds of choosing a firm are multiplied by ``ratio``, above 0."""
    return log(ratio)


@rule
def lapse_chance(hazard: float, trust: float, leavers: int, contagion: float) -> float:
    """Chance that an active customer lapses this week, given news of ``leavers`` acquaintances.

    Args:
        hazard: the customer's own chance without any trust and news.
    """
    return min(1.0, hazard * (1.0 - trust) * (1.0 + contagion * float(leavers)))
