"""The configuration as declared types, and the parts of the model that can be switched off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.market.activities import Activity
from sim.market.experiments import Era, Intervention, Log, Treatment
from sim.market.firms import FirmSpec, Scorecard
from sim.market.population import Population
from sim.market.segments import Segment
from sim.params import number, text
from sim.rules.attention import Attention
from sim.rules.choice import Choice
from sim.rules.credit import Credit
from sim.rules.flow import Flow
from sim.rules.information import Information
from sim.rules.loyalty import Loyalty
from sim.rules.media import Media
from sim.rules.organising import Organising
from sim.rules.pay import PayPlan
from sim.rules.pricing import Price
from sim.rules.selling import Selling
from sim.rules.shelf import Shelf
from sim.rules.stock import Stock
from sim.rules.talk import Talk

ENGINES = ("columnar", "reference")


@dataclass(frozen=True)
class Mechanism:
    """A part of the model that can be switched off by name.

    ``neutral`` are the values that take it out; ``gone`` says what is no more.
    """

    neutral: dict[str, bool | int | float]
    gone: str


MECHANISMS = {
    "forgetting": Mechanism({"attention.retention": 1.0}, "awareness fades"),
    "trust_fading": Mechanism({"attention.trust_retention": 1.0}, "trust fades"),
    "intent": Mechanism({"attention.intent": 1.0}, "a need makes people click"),
    "outlets": Mechanism(
        {"media.outlets": 1, "media.habit": 64.0, "media.spread": 0.0},
        "media have audiences: one outlet reaches everybody",
    ),
    "crowding": Mechanism({"attention.crowding": 0.0}, "messages dull each other"),
    "irritation": Mechanism({"attention.irritation": 0.0}, "intrusive contacts cost trust"),
    "talk": Mechanism({"talk.rate": 0.0}, "customers tell acquaintances"),
    "homophily": Mechanism({"talk.homophily": 0.0}, "ties join people of a segment"),
    "valence": Mechanism({"talk.candour": 0.0}, "word of mouth can be bad"),
    "consideration": Mechanism({"choice.consideration": False}, "firms must come to mind"),
    "trust_in_choice": Mechanism({"choice.trust_weight": 0.0}, "trust sways choice"),
    "taste": Mechanism(
        {"choice.taste_spread": 0.0, "choice.misfit_weight": 0.0}, "firms suit people differently"
    ),
    "inertia": Mechanism({"choice.inertia": 0.0}, "the present firm has an edge"),
    "price_memory": Mechanism({"price.memory_share": 0.0}, "prices are felt against memory"),
    "loss_aversion": Mechanism({"price.loss_aversion": 1.0}, "rises weigh more than falls"),
    "deal_expectation": Mechanism({"price.patience": 0.0}, "customers wait for deals"),
    "stocks": Mechanism({"stock.stockup": 0.0}, "deals fill cupboards"),
    "looking_around": Mechanism({"information.reach": 0.0}, "offers and ratings are checked"),
    "ratings": Mechanism({"information.rating_rate": 0.0}, "buyers rate in public"),
    "experience": Mechanism(
        {"loyalty.experience_gain": 0.0, "loyalty.experience_loss": 0.0}, "purchases teach"
    ),
    "lapse": Mechanism({"loyalty.lapse_hazard": 0.0}, "relationships end by themselves"),
    "contagion": Mechanism({"loyalty.contagion": 0.0}, "leaving spreads"),
    "switching_cost": Mechanism({"loyalty.switching_cost": 0.0}, "switching costs"),
    "contracts": Mechanism({"loyalty.contract": 0}, "purchases bind"),
    "self_serve": Mechanism({"selling.self_serve": 1.0}, "buyers need an answer"),
    "deliberation": Mechanism({"selling.deliberation": 0.0}, "decisions take time"),
    "committee": Mechanism({"selling.buyers": 1}, "several people decide"),
    "persuasion": Mechanism({"selling.persuasion": 0.0}, "a talk sways the choice of the week"),
    "pulling_forward": Mechanism({"selling.advance": 0.0}, "reps' discounts make buy early"),
    "distribution": Mechanism({"shelf.stores": 0}, "outlets carry a firm or do not"),
    "relevance": Mechanism({"attention.relevance": 0.0}, "messages suit some more than others"),
    "skill_gap": Mechanism(
        {"organising.gap": 0.0}, "people are better at their own function's work"
    ),
    "handoff_loss": Mechanism(
        {
            "organising.handoff_loss": 0.0,
            "organising.handoff_error": 0.0,
            "organising.staleness": 0.0,
        },
        "records are lost, wrong or stale when leads are handed over",
    ),
    "self_serving": Mechanism({"organising.self_serving": 0.0}, "the other side is to blame"),
    "stretch": Mechanism({"organising.stretch": 0.0}, "number of names can be had for quality"),
    "practice": Mechanism(
        {"selling.learning": 0.0, "selling.fading": 0.0}, "skill grows by doing and fades"
    ),
    "late_payment": Mechanism({"credit.prompt": 100.0, "credit.spread": 0.0}, "invoices are late"),
    "inflow": Mechanism({"flow.inflow": 0.0}, "people arrive"),
    "exit": Mechanism({"flow.exit": 0.0}, "people leave for good"),
    "season": Mechanism({"flow.season": 0.0}, "demand has seasons"),
}
"""What ``off=[NAME, ...]`` can take out."""


@dataclass
class Measurement:
    """How outcomes are measured."""

    window: int = number(
        13,
        unit="weeks",
        low=1,
        high=520,
        meaning="Window of repeat rate and churn: two median interpurchase times of the market.",
        source="assumption: of the default market, tested against what the market shows",
    )
    credit: int = number(
        4,
        unit="weeks",
        low=1,
        high=520,
        meaning="An order is credited to a click in so many weeks up to it.",
        source="assumption: 28 days, a common setting of advertising platforms",
    )


@dataclass
class Config:
    """Everything a run needs to know, as plain declared values."""

    seed: int = number(
        1,
        unit="key",
        low=0,
        high=2**63 - 1,
        meaning="Seed of all luck; replicate r of a comparison uses seed + r.",
        source="assumption: any number, it has no size",
    )
    weeks: int = number(
        156,
        unit="weeks",
        low=1,
        high=5200,
        meaning="Length of the run.",
        source="assumption: three years, so that the long run can differ from the short",
    )
    warmup: int = number(
        52,
        unit="weeks",
        low=0,
        high=5200,
        meaning="Weeks lived on declared budgets before the first week, so that firms that have "
        "always been there begin with customers.",
        source="assumption: a year",
    )
    threads: int = number(
        0,
        unit="threads",
        low=0,
        high=256,
        meaning="Threads of the columnar engine, 0 for all processors; never changes a result.",
        source="assumption: all there are",
    )
    pairs: int = number(
        80,
        unit="pairs of runs",
        low=2,
        high=10_000,
        meaning="Replicates of each arm of a comparison at most, on shared luck.",
        source="assumption: what one waits for",
    )
    matters: float = number(
        0.01,
        unit="share of revenue",
        low=0.0,
        high=1.0,
        meaning="Difference in profit that matters: replicates are added until it is known whether "
        "arms differ by more; 0 lives all of them.",
        source="assumption: a difference of 1 % of revenue would be noticed",
    )
    start: str = text("auto", meaning="Day of the first week, such as 2027-01-04, or auto.")
    off: list[str] = field(
        default_factory=list, metadata={"meaning": "Mechanisms switched off, by name."}
    )
    engine: str = text("columnar", meaning="columnar (fast) or reference (readable); same bits.")
    population: Population = field(default_factory=Population)
    attention: Attention = field(default_factory=Attention)
    media: Media = field(default_factory=Media)
    talk: Talk = field(default_factory=Talk)
    choice: Choice = field(default_factory=Choice)
    price: Price = field(default_factory=Price)
    stock: Stock = field(default_factory=Stock)
    information: Information = field(default_factory=Information)
    loyalty: Loyalty = field(default_factory=Loyalty)
    selling: Selling = field(default_factory=Selling)
    shelf: Shelf = field(default_factory=Shelf)
    credit: Credit = field(default_factory=Credit)
    organising: Organising = field(default_factory=Organising)
    flow: Flow = field(default_factory=Flow)
    log: Log = field(default_factory=Log)
    measurement: Measurement = field(default_factory=Measurement)
    segments: dict[str, Segment] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    firms: dict[str, FirmSpec] = field(default_factory=dict)
    pay: dict[str, PayPlan] = field(default_factory=dict)
    kpis: dict[str, Scorecard] = field(default_factory=dict)
    treatments: dict[str, Treatment] = field(default_factory=dict)
    interventions: dict[str, Intervention] = field(default_factory=dict)
    eras: dict[str, Era] = field(default_factory=dict)


NAMED: dict[str, type] = {
    "activities": Activity,
    "firms": FirmSpec,
    "segments": Segment,
    "pay": PayPlan,
    "kpis": Scorecard,
    "treatments": Treatment,
    "interventions": Intervention,
    "eras": Era,
}
"""Groups whose items the user names, with the declaration of an item."""

NEEDED = ("activities", "firms", "segments")
"""Those of them a market cannot do without."""

COLLECTED = ("pay", "kpis")
"""Those of them of which every shipped file is an item, called as the file is."""


def assign(config: Config, key: str, value: float) -> None:
    """Put a value in place, in the type of the one it replaces; the configuration is changed."""
    *path, last = key.split(".")
    item: Any = config
    for part in path:
        item = item[part] if isinstance(item, dict) else getattr(item, part)
    kind = type(getattr(item, last))
    setattr(item, last, round(value) if kind is int else kind(value))
