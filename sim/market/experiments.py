"""Experiments inside a market: changes from a week on, and treatments given at random.

Both are for measuring what causes what. A treatment is paid for by the experimenter: its contacts
and messages cost the firm nothing, its coupon costs what the buyer saves.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.params import number, text

AMONG = ("all", "customers", "prospects")
"""Who may be drawn into a treatment: everybody, the firm's active customers, or the others."""


@dataclass
class Treatment:
    """Something done to people drawn at random, who are tagged with it."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=16,
        meaning="Keys the draw and says which tag people get; must differ between treatments.",
        source="assumption: any number, it has no size",
    )
    firm: str = text("", meaning="The firm it is about.")
    among: str = text("all", meaning="Who may be drawn: all, customers (active ones), prospects.")
    share: float = number(
        0.5,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Chance to be drawn; 0 where people are named from Python (World.assign).",
        source="assumption: as many treated as not",
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
        meaning="How long coupon, contacts, messages and delay go on.",
        source="assumption: one week, the shortest treatment",
    )
    coupon: float = number(
        0.0,
        unit="share of the price",
        low=0.0,
        high=0.9,
        meaning="What tagged people pay less.",
        source="assumption: none",
    )
    first_only: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether the coupon is good for the first order from the firm only.",
        source="assumption: good for every order, the simpler coupon",
    )
    activity: str = text("", meaning="Activity of which tagged people get contacts; empty: none.")
    contacts: int = number(
        0,
        unit="contacts per week",
        low=0,
        high=4,
        meaning="Contacts with the activity that every tagged person gets.",
        source="assumption: none",
    )
    messages: int = number(
        0,
        unit="messages per week",
        low=0,
        high=100,
        meaning="Messages about the firm that every tagged person hears.",
        source="assumption: none",
    )
    valence: float = number(
        1.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="What these messages say, from 0 (warns) to 1 (praises).",
        source="assumption: praise, as an advocate would",
    )
    delay: float = number(
        -1.0,
        unit="hours",
        low=-1.0,
        high=1000.0,
        meaning="Hours after which the firm's reps answer an enquiry of a tagged person, counted "
        "from the beginning of the week after it; below 0: whenever they come to it.",
        source="assumption: whenever they come to it",
    )
    leave: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether tagged people end their relationship with the firm in the first week.",
        source="assumption: nobody is made to leave",
    )


@dataclass
class Intervention:
    """Overrides that hold from a week on, as those of a branch."""

    week: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="First week in which the changes hold.",
        source="assumption: the first week",
    )
    set: list[str] = field(default_factory=list, metadata={"meaning": "key=value changes."})


@dataclass
class Era:
    """A number of the market that changes little by little, such as a boom that ends."""

    key: str = text("", meaning="Dotted name of the number.")
    first: int = number(
        1,
        unit="week",
        low=1,
        high=5200,
        meaning="Week in which it begins to change; until then it is ``start``.",
        source="assumption: the first week",
    )
    last: int = number(
        156,
        unit="week",
        low=1,
        high=5200,
        meaning="Week in which it has become ``end``, which it stays.",
        source="assumption: the end of a default run",
    )
    start: float = number(
        0.0,
        unit="of the number",
        low=-1e12,
        high=1e12,
        meaning="Value at first.",
        source="assumption: none, every era states its own",
    )
    end: float = number(
        0.0,
        unit="of the number",
        low=-1e12,
        high=1e12,
        meaning="Value in the end.",
        source="assumption: none, every era states its own",
    )

    def value(self, week: int) -> float:
        """The number in a week, counted from 1 when the books open."""
        if self.last <= self.first:
            return self.start if week < self.first else self.end
        share = min(1.0, max(0.0, (week - self.first) / (self.last - self.first)))
        return self.start + share * (self.end - self.start)


@dataclass
class Log:
    """What is logged one by one, beside the ledger."""

    purchases: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every order: week, customer, firm, units, price, source, tags.",
        source="assumption: off, it is long",
    )
    customers: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every beginning and end of a relationship.",
        source="assumption: off, it is long",
    )
    messages: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every message between customers.",
        source="assumption: off, it is long",
    )
    leads: bool = number(
        False,
        unit="switch",
        low=0,
        high=1,
        meaning="Every lead when it ends: customer, firm, rep, source, weeks, talks, fate.",
        source="assumption: off, it is long",
    )
