"""The configuration as declared types."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sim.market.activities import Activity
from sim.market.firms import FirmSpec, Scorecard
from sim.market.interventions import Era, Intervention, Log, Treatment
from sim.market.population import Population
from sim.market.segments import Segment
from sim.params import MOST_SEED, number, path_of, text
from sim.rules.attention import Attention
from sim.rules.category import Category
from sim.rules.choice import Choice
from sim.rules.credit import Credit
from sim.rules.finance import Finance
from sim.rules.flow import Flow
from sim.rules.information import Information
from sim.rules.loyalty import Loyalty
from sim.rules.media import Media
from sim.rules.memory import Memory
from sim.rules.organising import Organising
from sim.rules.pay import PayPlan
from sim.rules.pricing import Price
from sim.rules.selling import Selling
from sim.rules.shelf import Shelf
from sim.rules.stock import Stock
from sim.rules.talk import Talk

ENGINES = ("columnar", "reference")

MOST_SHOWN = 8
"""Firms that a notebook shows of a configuration."""


@dataclass
class Measurement:
    """Measurement of outcomes."""

    window: int = number(
        13,
        unit="weeks",
        low=1,
        high=520,
        meaning="Window of repeat rate and churn: two median interpurchase times of the market.",
        source="assumption: of the default market, tested against its simulated interpurchase "
        "times",
        level="comparison",
    )
    credit: int = number(
        4,
        unit="weeks",
        low=1,
        high=520,
        meaning="Time after a click within which an order is credited to it.",
        source="assumption: 28 days, a common setting of advertising platforms",
        level="comparison",
    )


@dataclass
class Config:
    """The complete configuration of a run, as declared values."""

    seed: int = number(
        1,
        unit="key",
        low=0,
        high=MOST_SEED,
        meaning="Seed of all random draws; replicate r of a comparison uses seed + r.",
        source="assumption: arbitrary, since it only identifies",
        level="comparison",
    )
    weeks: int = number(
        156,
        unit="weeks",
        low=1,
        high=5200,
        meaning="Length of the run.",
        source="assumption: three years, so that the long run can differ from the short",
        level="comparison",
    )
    warmup: int = number(
        52,
        unit="weeks",
        low=0,
        high=5200,
        meaning="Weeks simulated on declared budgets before the first week, so that established "
        "firms begin with customers.",
        source="assumption: a year",
        level="run",
    )
    threads: int = number(
        0,
        unit="threads",
        low=0,
        high=256,
        meaning="Threads of the columnar engine, 0 for all processors; results do not depend on "
        "it.",
        source="assumption: all available processors",
        level="comparison",
    )
    replicates: int = number(
        80,
        unit="replicates per arm",
        low=2,
        high=10_000,
        meaning="Largest number of replicates of each arm of a comparison, on common random "
        "numbers.",
        source="assumption: a tolerable waiting time",
        level="comparison",
    )
    smallest_effect: float = number(
        0.01,
        unit="share of revenue",
        low=0.0,
        high=1.0,
        meaning="Smallest effect of interest on profit: replicates are added until it is known "
        "whether arms differ by more; 0 runs all of them.",
        source="assumption: a difference of 1 % of revenue would be noticed",
        level="comparison",
    )
    start: str = text(
        "auto", meaning="Day of the first week, such as 2027-01-04, or auto.", level="comparison"
    )
    currency: str = text(
        "",
        meaning="Sign or code printed with amounts of money, such as EUR; empty: none.",
        level="comparison",
    )
    after_plan: str = text(
        "stop",
        meaning="After the last week of a plan, its firms spend nothing at declared prices (stop), "
        "or repeat that week (keep).",
    )
    off: list[str] = field(
        default_factory=list, metadata={"meaning": "Mechanisms switched off, by name."}
    )
    engine: str = text(
        "columnar",
        meaning="columnar (fast) or reference (readable); both give the same results.",
        level="comparison",
    )
    population: Population = field(default_factory=Population)
    attention: Attention = field(default_factory=Attention)
    media: Media = field(default_factory=Media)
    talk: Talk = field(default_factory=Talk)
    category: Category = field(default_factory=Category)
    choice: Choice = field(default_factory=Choice)
    price: Price = field(default_factory=Price)
    stock: Stock = field(default_factory=Stock)
    information: Information = field(default_factory=Information)
    memory: Memory = field(default_factory=Memory)
    loyalty: Loyalty = field(default_factory=Loyalty)
    selling: Selling = field(default_factory=Selling)
    shelf: Shelf = field(default_factory=Shelf)
    credit: Credit = field(default_factory=Credit)
    organising: Organising = field(default_factory=Organising)
    finance: Finance = field(default_factory=Finance)
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

    def __repr__(self) -> str:
        return "Config: " + ", ".join(f"{name} {value}" for name, value in self._summary().items())

    def _repr_html_(self) -> str:
        import pandas as pd

        return str(pd.DataFrame({"configuration": self._summary()}).to_html())

    def _summary(self) -> dict[str, str]:
        """What a notebook shows of a configuration."""
        names = list(self.firms)
        more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
        return {
            "firms": " ".join(names[:MOST_SHOWN]) + more,
            "people": f"{self.population.people:,}",
            "customers": f"{self.population.customers:,}",
            "weeks": f"{self.weeks} after {self.warmup} of warm-up",
            "seed": str(self.seed),
        }


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
"""Groups with items named by the user, and the declaration of their items."""

NEEDED = ("activities", "firms", "segments")
"""Groups in which a market needs at least one item."""

COLLECTED = ("pay", "kpis")
"""Groups in which every shipped file is an item, named after the file."""


def with_number(config: Config, key: str, value: float) -> Config:
    """A configuration with another value of a number, of the type of the value it replaces. Groups
    without the number are shared.

    Args:
        config: configuration, which stays as it is.
        key: of a declared number.
        value: new value, not checked against bounds.
    """
    changed: Config = _with_number(config, path_of(key), value)
    return changed


def _with_number(item: Any, path: tuple[str, ...], value: float) -> Any:
    if not path:
        return round(value) if type(item) is int else type(item)(value)
    name, *rest = path
    if isinstance(item, dict):
        return item | {name: _with_number(item[name], tuple(rest), value)}
    return replace(item, **{name: _with_number(getattr(item, name), tuple(rest), value)})
