"""Firms as declared: what each brings to the market. There is no firm of ours among them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.params import number, text


@dataclass
class SalesForce:
    """A firm's own sales people: how many, and how they are led."""

    reps: int = number(
        0,
        unit="people",
        low=0,
        high=20_000,
        meaning="Places for sales reps; new places are filled at once, emptied ones after "
        "selling.vacancy weeks.",
        source="assumption: none",
    )
    pay: str = text("salary", meaning="Pay plan, by name (configs/pay).")
    hours: float = number(
        40.0,
        unit="hours per week",
        low=0.0,
        high=100.0,
        meaning="Paid hours of a rep.",
        source="assumption: a working week",
    )
    hunt_share: float = number(
        -1.0,
        unit="share of hours",
        low=-1.0,
        high=1.0,
        meaning="Share of hours on people who are no customers yet; below 0: each rep chooses.",
        source="assumption: reps choose",
    )
    authority: float = number(
        0.0,
        unit="share of the price",
        low=0.0,
        high=0.9,
        meaning="Deepest discount a rep may give without asking.",
        source="assumption: none",
    )
    tracking: float = number(
        0.0,
        unit="ratio",
        low=0.0,
        high=10.0,
        meaning="How much being asked about a lead adds to its worth for a new rep, relative to an "
        "order from somebody called unasked.",
        source="assumption: nobody asks",
    )
    screening: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Names that are checked for a need before they are handed to sales.",
        source="assumption: none",
    )
    screening_cost: float = number(
        10.0,
        unit="money per name",
        low=0.0,
        high=100_000.0,
        meaning="Cost of checking a name.",
        source="assumption: a quarter of an hour of an assistant",
    )
    answer_hours: float = number(
        8.0,
        unit="hours",
        low=0.0,
        high=1000.0,
        meaning="Mean time a lead takes to reach its rep and be answered, beyond waiting its turn.",
        source="assumption: firms audited by Oldroyd, McElheran & Elkington 2011 (HBR 89(3):28) "
        "took 42 hours on average, waiting included",
    )
    hiring_cost: float = number(
        5_000.0,
        unit="money",
        low=0.0,
        high=10_000_000.0,
        meaning="Cost of filling a place.",
        source="assumption: some weeks of pay",
    )
    severance: float = number(
        5_000.0,
        unit="money",
        low=0.0,
        high=10_000_000.0,
        meaning="Cost of letting somebody go.",
        source="assumption: some weeks of pay",
    )
    fire_below: float = number(
        0.0,
        unit="share of the mean",
        low=0.0,
        high=1.0,
        meaning="Who sold less than this share of what colleagues sold in a year is let go.",
        source="assumption: nobody is",
    )


@dataclass
class Scorecard:
    """What the departments of a firm are measured by: weights of KPIs."""

    market: dict[str, float] = field(
        default_factory=dict, metadata={"meaning": "Of the market department, by KPI."}
    )
    marketing: dict[str, float] = field(
        default_factory=dict, metadata={"meaning": "Of marketing, by KPI."}
    )


@dataclass
class Organisation:
    """How a firm is organised and led."""

    confusion: float = number(
        0.0,
        unit="share of work",
        low=0.0,
        high=1.0,
        meaning="Share of every function's work that people of the other two do, half each.",
        source="assumption: everybody does their own",
    )
    patronage: float = number(
        0.0,
        unit="share of hires",
        low=0.0,
        high=1.0,
        meaning="Places that are filled from the functions that command the money, as much from "
        "each as it commands; the others are filled with people at home in the work.",
        source="assumption: none",
    )
    kpis: str = text("own", meaning="What departments are measured by (configs/kpis).")
    latitude: float = number(
        0.25,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="How far a department moves its money in a quarter towards what its KPIs reward.",
        source="assumption: money follows by two thirds within a year",
    )
    reset: float = number(
        0.0,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="How far the executive moves the KPI weights of departments in a quarter towards "
        "the one that goes along best with what is credited, of those that can be booked to lines.",
        source="assumption: not at all",
    )
    policy: str = text("fixed", meaning="How the executive sets budgets (sim/agents/policies).")
    pace: float = number(
        0.25,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="How far the executive moves money in a quarter towards what is credited.",
        source="assumption: as departments move theirs, two thirds within a year",
    )
    reviews: int = number(
        0,
        unit="weeks",
        low=0,
        high=104,
        meaning="Weeks between joint reviews of sales, market department and marketing; 0: none.",
        source="assumption: none",
    )
    review_hours: float = number(
        2.0,
        unit="hours",
        low=0.0,
        high=40.0,
        meaning="What a review costs everybody.",
        source="assumption: the usual length of a meeting with an agenda",
    )
    fates: bool = number(
        True,
        unit="switch",
        low=0,
        high=1,
        meaning="Whether reviews show what became of the leads that were handed over.",
        source="assumption: what reviews are for",
    )
    target: str = text("", meaning="Segment that messages speak to; empty: everybody.")
    adapt: float = number(
        0.0,
        unit="share per quarter",
        low=0.0,
        high=1.0,
        meaning="How far the firm moves its offer (its position) in a quarter towards the taste "
        "its messages speak to.",
        source="assumption: the offer stays what it is",
    )
    reaction: str = text(
        "passive", meaning="What the firm does when it notices a loss: passive, imitate, retaliate."
    )
    instrument: str = text("price", meaning="What it reacts with: price or spend.")
    step: float = number(
        0.1,
        unit="share",
        low=0.0,
        high=0.9,
        meaning="How much deeper a discount, or how much more spend, it retaliates with.",
        source="assumption: a tenth: small beside the whole, large enough to be noticed",
    )


REACTIONS = ("passive", "imitate", "retaliate")
INSTRUMENTS = ("price", "spend")


@dataclass
class FirmSpec:
    """A firm before the first week."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=60_000,
        meaning="Keys the firm's draws; must differ between firms. The name is a label only.",
        source="assumption: any number, it has no size",
    )
    list_price: float = number(
        40.0,
        unit="money per unit",
        low=0.01,
        high=10_000_000.0,
        meaning="List price until a plan changes it.",
        source="assumption: any amount, it counts only relative to price.usual, which is the same",
    )
    discount: float = number(
        0.0,
        unit="share of list price",
        low=0.0,
        high=0.9,
        meaning="Discount given to everybody until a plan changes it.",
        source="assumption: none unless a market or a plan says so",
    )
    unit_cost: float = number(
        18.0,
        unit="money per unit",
        low=0.0,
        high=10_000_000.0,
        meaning="Cost of the goods of one unit.",
        source="assumption: a gross margin of 55 %",
    )
    position: float = number(
        0.5,
        unit="position",
        low=0.0,
        high=1.0,
        meaning="Where the firm stands on the scale of customers' tastes.",
        source="assumption: the middle of the scale",
    )
    quality: float = number(
        0.9,
        unit="share of purchases",
        low=0.0,
        high=1.0,
        meaning="Purchases that live up to what the buyer expected.",
        source="assumption: one purchase in ten disappoints",
    )
    awareness: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Everybody's awareness of the firm when it enters, or before the first week.",
        source="assumption: a new firm; established ones say otherwise",
    )
    trust: float = number(
        0.0,
        unit="share",
        low=0.0,
        high=1.0,
        meaning="Everybody's trust in the firm when it enters, or before the first week.",
        source="assumption: a new firm; established ones say otherwise",
    )
    enters: int = number(
        0,
        unit="week",
        low=0,
        high=5200,
        meaning="Week in which the firm enters the market; 0: it has always been there.",
        source="assumption: established unless a market says otherwise",
    )
    distribution: float = number(
        1.0,
        unit="share of outlets",
        low=0.0,
        high=1.0,
        meaning="Outlets that carry the firm when it enters, the largest first.",
        source="assumption: carried everywhere unless a market says otherwise",
    )
    terms: int = number(
        0,
        unit="weeks",
        low=0,
        high=52,
        meaning="Weeks after which an invoice is due; 0: paid at once.",
        source="assumption: consumers pay at once",
    )
    sales: SalesForce = field(default_factory=SalesForce)
    organisation: Organisation = field(default_factory=Organisation)
    budget: dict[str, float] = field(
        default_factory=dict,
        metadata={"meaning": "Money per week by activity, for a firm that no plan names."},
    )
