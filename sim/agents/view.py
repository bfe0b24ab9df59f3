"""The market as firms observe it in a week: frozen inputs, which firms do not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.config.schema import Config
from sim.engines.protocol import Engine
from sim.ledger import accounts as acc
from sim.ledger.ledger import Ledger
from sim.market.activities import Activity
from sim.market.population import People
from sim.rules.units import CENTS, QUARTER


@dataclass(frozen=True)
class MarketView:
    """Information that firms can read in a week.

    Attributes:
        week: weeks since the ledger opened, from 0; negative in the warm-up.
        clock: weeks since the warm-up began; part of the key of every draw.
        seed: seed of the random draws.
        trait_seed: seed of the customers' traits.
        config: configuration that holds this week.
        activities: activities in order of ids.
        people: all customers who may enter the market.
        draw_key: keys of the customers' random draws, uint64 [customer].
        engine: engine that simulates the customers, to be read only.
        ledger: records of the weeks so far.
    """

    week: int
    clock: int
    seed: int
    trait_seed: int
    config: Config
    activities: Sequence[Activity]
    people: People
    draw_key: np.ndarray
    engine: Engine
    ledger: Ledger

    @property
    def new_quarter(self) -> bool:
        """Whether a quarter has just ended."""
        return self.week > 0 and self.week % QUARTER == 0

    @property
    def cash_limits(self) -> bool:
        """Whether firms can run out of cash, which they cannot in the warm-up."""
        return self.config.finance.funds >= 0.0 and self.week >= 0

    @property
    def weight(self) -> int:
        """People each simulated customer stands for."""
        return self.config.population.weight

    @cached_property
    def money(self) -> np.ndarray:
        """Money per week on every line over the last quarter, float64 [firm, line], reps' pay
        last."""
        last = self.ledger.length
        if last == 0:
            return np.zeros((len(self.config.firms), len(self.activities) + 1))
        first = max(0, last - QUARTER)
        spend = self.ledger.added("spend", first, last)
        paid = self.ledger.added("accounts", first, last)[:-1, acc.PAYROLL]
        return np.column_stack([spend, paid]) / float(CENTS) / (last - first)
