"""Experiments within a market: interventions from a given week on, and randomised treatments.

Both serve to measure causal effects. The experimenter pays for a treatment: its contacts and
messages cost the firm nothing; its coupon costs the firm the amount that the buyer saves. A firm
pays for contacts that are withheld: they are lost, and reach nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.params import key_of, number, text

AMONG = ("all", "customers", "prospects")
"""Eligible people of a treatment: all, the firm's active customers, or its prospects."""

UNITS = ("customer", "rep", "firm")
"""Units that a treatment is drawn for."""

OF_UNIT = {
    "customer": (
        "coupon", "first_only", "activity", "contacts", "withhold", "withheld", "messages",
        "delay", "leave",
    ),
    "rep": ("training", "set"),
    "firm": ("ratings", "set"),
}  # fmt: skip
"""What a treatment can do to each unit."""

FIRM = "{firm}"
"""Stands for the name of a drawn firm in the changes of a treatment."""


OF_REPS = ("hours", "hunt_share", "authority", "pay")
"""What a treatment can change for single reps: fields of the firm's sales force."""


def changes_of(treatment: Treatment, firm: str) -> list[str]:
    """Changes of a treatment for a firm that is drawn, or for reps of the firm."""
    if treatment.unit == "rep":
        return [f"{key_of(['firms', firm, 'sales'])}.{word}" for word in treatment.set]
    return [word.replace(FIRM, key_of([firm])) for word in treatment.set]


@dataclass
class Treatment:
    """A treatment of customers, sales reps or firms drawn at random; customers are tagged."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=16,
        meaning="Key of the random draw and number of the tag; must differ between treatments.",
        source="assumption: arbitrary, since it only identifies",
    )
    unit: str = text("customer", meaning="What is drawn: customer, rep or firm.")
    firm: str = text(
        "",
        meaning="Firm that the treatment concerns; empty: any of the firms, or their reps, can be "
        "drawn.",
    )
    among: str = text("all", meaning="Eligible people: all, customers (active ones), prospects.")
    share: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Chance to be drawn; 0 where people are assigned in Python (World.assign).",
        source="assumption: treated and untreated groups of equal size",
    )
    week: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="Week in which people are drawn and the treatment begins.",
        source="assumption: the first week",
    )
    weeks: int = number(
        1,
        unit="weeks",
        low=1,
        high=5200,
        meaning="Duration of coupon, contacts, withholding, messages, ratings, delay and changes "
        "for reps.",
        source="assumption: one week, the shortest treatment",
    )
    coupon: float = number(
        0.0,
        unit="share of the price",
        low=0.0,
        high=0.9,
        meaning="Discount for tagged people.",
        source="assumption: none",
    )
    first_only: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether the coupon is valid for the first order from the firm only.",
        source="assumption: valid for every order, the simpler coupon",
    )
    activity: str = text("", meaning="Activity whose contacts tagged people receive; empty: none.")
    contacts: float = number(
        0.0,
        unit="contacts per week",
        low=0.0,
        high=4.0,
        meaning="Contacts of the activity that tagged people receive; a fraction is the chance of "
        "one more in a week.",
        source="assumption: none",
    )
    withhold: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Share of the firm's own contacts that are withheld from tagged people, each with "
        "this chance. The firm pays for them all the same, and nobody else receives them.",
        source="assumption: none",
    )
    withheld: list[str] = field(
        default_factory=list,
        metadata={"meaning": "Activities whose contacts are withheld; empty: all activities."},
    )
    messages: int = number(
        0,
        unit="messages per week",
        low=0,
        high=100,
        meaning="Messages about the firm that every tagged person receives.",
        source="assumption: none",
    )
    valence: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Valence of these messages, from 0 (warning) to 1 (praise); of ratings, the share "
        "that is positive.",
        source="assumption: praise, as an advocate would",
    )
    delay: float = number(
        -1.0,
        unit="hours",
        low=-1.0,
        high=1000.0,
        meaning="Time until the firm's reps answer an enquiry of a tagged person, from the "
        "beginning of the week after it; below 0: whenever its turn comes.",
        source="assumption: whenever its turn comes",
    )
    leave: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether tagged people end their relationship with the firm in the first week of "
        "the treatment.",
        source="assumption: no customer is made to leave",
    )
    training: float = number(
        0.0,
        unit="share of the missing skill",
        low=0.0,
        high=1.0,
        meaning="Gain in both skills of drawn reps in the first week of the treatment.",
        source="assumption: none",
    )
    ratings: int = number(
        0,
        unit="ratings per week",
        low=0,
        high=1_000_000_000,
        meaning="Public ratings of every drawn firm that the experimenter posts.",
        source="assumption: none",
    )
    set: list[str] = field(
        default_factory=list,
        metadata={
            "meaning": "Changes, as key=value: for every drawn firm, whose name stands for {firm}, "
            "to the end of the run; or for every drawn rep, of hours, hunt_share, authority or pay."
        },
    )


@dataclass
class Intervention:
    """Overrides that hold from a given week on, like those of a branch."""

    week: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="First week in which the changes hold.",
        source="assumption: the first week",
    )
    set: list[str] = field(default_factory=list, metadata={"meaning": "Changes, as key=value."})


@dataclass
class Era:
    """A gradual change of a number of the market, such as the end of a boom."""

    key: str = text("", meaning="Dotted name of the number.")
    first: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="Week in which the change begins; until then the number is ``start``.",
        source="assumption: the first week",
    )
    last: int = number(
        156,
        unit="week",
        low=1,
        high=5200,
        meaning="Week in which the number reaches ``end``, where it stays.",
        source="assumption: the end of a default run",
    )
    start: float = number(
        0.0,
        unit="of the number",
        low=-1e12,
        high=1e12,
        meaning="Initial value.",
        source="assumption: none, every era states its own",
    )
    end: float = number(
        0.0,
        unit="of the number",
        low=-1e12,
        high=1e12,
        meaning="Final value.",
        source="assumption: none, every era states its own",
    )

    def value(self, week: int) -> float:
        """Value of the number in a week, counted from 1 at the first booked week."""
        if self.last <= self.first:
            return self.start if week < self.first else self.end
        share = min(1.0, max(0.0, (week - self.first) / (self.last - self.first)))
        return self.start + share * (self.end - self.start)


@dataclass
class Log:
    """Logs of single events, in addition to the ledger."""

    purchases: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every order: week, customer, firm, units, price, source, last touch, tags.",
        source="assumption: off, because the log is long",
        level="comparison",
    )
    customers: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every beginning and end of a customer relationship.",
        source="assumption: off, because the log is long",
        level="comparison",
    )
    messages: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every message between customers.",
        source="assumption: off, because the log is long",
        level="comparison",
    )
    leads: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every lead when it closes: customer, firm, rep, source, weeks, calls, fate.",
        source="assumption: off, because the log is long",
        level="comparison",
    )
