"""Firms as declared: what each brings to the market. There is no firm of ours among them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.params import number


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
        source="assumption",
    )
    discount: float = number(
        0.0,
        unit="share of list price",
        low=0.0,
        high=0.9,
        meaning="Discount given to everybody until a plan changes it.",
        source="assumption",
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
        source="assumption",
    )
    quality: float = number(
        0.9,
        unit="share of purchases",
        low=0.0,
        high=1.0,
        meaning="Purchases that live up to what the buyer expected.",
        source="assumption",
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
        source="assumption",
    )
    budget: dict[str, float] = field(
        default_factory=dict,
        metadata={"meaning": "Money per week by activity, for a firm that no plan names."},
    )
