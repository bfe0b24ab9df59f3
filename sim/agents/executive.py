"""The executive of a firm: each week sets spend, list price and discount.

So far the only policy is the fixed plan (or, for a firm no plan names, its declared budget).
Policies that react arrive with the organisation inside firms.
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import numpy as np

from sim.market.firms import FirmSpec
from sim.market.plan import Levers


@dataclass(frozen=True)
class Orders:
    """A firm's decisions for a week. ``spend`` is cents per activity."""

    spend: np.ndarray
    list_price: int
    discount: float

    @property
    def net_price(self) -> int:
        """Cents per order after the discount, rounded once."""
        return max(1, round(self.list_price * (1.0 - self.discount)))


class Executive(mesa.Agent):
    """Carries out a plan. ``row`` is the firm's place in the levers' arrays."""

    def __init__(self, model: mesa.Model, name: str, spec: FirmSpec, row: int) -> None:
        super().__init__(model)
        self.name = name
        self.spec = spec
        self.row = row

    def decide(self, week: int, levers: Levers, present: bool) -> Orders:
        """The week's orders: the plan where it says something, the declared values elsewhere;
        before the firm has entered the market it spends nothing."""
        list_price = int(levers.list_price[week, self.row])
        discount = float(levers.discount[week, self.row])
        return Orders(
            spend=levers.spend[week, self.row] * present,
            list_price=list_price or round(self.spec.list_price * 100),
            discount=self.spec.discount if np.isnan(discount) else discount,
        )
