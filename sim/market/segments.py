"""Segments: groups of customers that differ in taste, need and price sensitivity."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import number


@dataclass
class Segment:
    """A segment of customers."""

    id: int = number(
        0,
        unit="key",
        low=1,
        high=200,
        meaning="Order of the segments; must differ between them. The name is a label only.",
        source="assumption: arbitrary, since it only identifies",
        level="run",
    )
    share: float = number(
        1.0,
        unit="weight",
        low=0.0,
        high=1000.0,
        meaning="Share of people, relative to the other segments.",
        source="assumption: segments of equal size unless a market says otherwise",
        level="run",
    )
    taste: float = number(
        0.5,
        unit="position",
        low=0.0,
        high=1.0,
        meaning="Mean taste of the segment, on the scale of firms' positions.",
        source="assumption: the middle of the scale",
        level="run",
    )
    need: float = number(
        1.0,
        unit="ratio",
        low=0.0,
        high=20.0,
        meaning="Buying rate of the segment, relative to choice.rate_mean.",
        source="assumption: buys as often as the market on average",
        level="run",
    )
    thrift: float = number(
        1.0,
        unit="ratio",
        low=0.0,
        high=10.0,
        meaning="Price sensitivity of the segment, relative to price.weight.",
        source="assumption: as sensitive as the market on average",
        level="run",
    )
