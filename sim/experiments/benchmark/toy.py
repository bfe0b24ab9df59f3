"""The toy market, the common yardstick of speed, and the rule by which its engines must agree.

One firm, 52 weeks. Everybody starts as a prospect with awareness 0 and trust 0; the weekly rate of
buying occasions is Gamma(0.8) with mean 0.15; everybody has 10 random acquaintances. A share of the
gap of something is that share of what it lacks to 1. Each week, for every customer:

1. Messages of last week arrive: each closes 0.2 of the gap of awareness and 0.1 of that of trust.
   Awareness then falls by 0.05 of itself. Each contact with an advert (Poisson, mean 0.20203)
   closes 0.1 of the gap of awareness.
2. A customer of the firm talks to one acquaintance with chance 0.05.
3. An occasion arises with chance 1 - exp(-rate). The customer then buys with chance
   logistic(-3 + 3 awareness + 2 trust), which closes 0.05 of the gap of trust.
4. A customer of the firm lapses with chance 0.01 (1 - trust).

It is the market ``toy`` of the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from scipy import stats

WEEKS = 52
RETENTION = 0.95
CONTACTS = 0.20203
MOST_CONTACTS = 4
"""More contacts than these come in one of 400,000 weeks of a customer."""

ADVERT_GAIN = 0.1
TALK = 0.05
TIES = 10
HEARD_AWARENESS, HEARD_TRUST = 0.2, 0.1
RATE_SHAPE, RATE_MEAN = 0.8, 0.15
INTERCEPT, AWARENESS_WEIGHT, TRUST_WEIGHT = -3.0, 3.0, 2.0
EXPERIENCE_GAIN = 0.05
LAPSE = 0.01

DISAGREE = 1e-4
"""Engines of one model differ more with this chance, all comparisons together."""


class Ends(NamedTuple):
    """Values at the end of the year, per customer: awareness, share of active customers, and sales
    in the whole year."""

    awareness: float
    customers: float
    sales: float


class Toy(Protocol):
    """An engine that simulates the toy market.

    Attributes:
        customers: number of customers.
    """

    customers: int

    def prepare(self, seed: int) -> None:
        """Begin a year with other random draws."""

    def step(self) -> None:
        """Simulate a week."""

    def ends(self) -> Ends:
        """The values at the end."""


def draw_rates(customers: int, seed: int) -> np.ndarray:
    """Weekly rates of buying occasions, float64 [customer]."""
    return np.random.default_rng(seed).gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, customers)


class Agreement(NamedTuple):
    """How far apart the engines are.

    Attributes:
        mean: mean of the end values of each engine.
        gap: difference from the first engine in standard errors, by engine and value.
        most: largest gap that is allowed.
    """

    mean: dict[str, Ends]
    gap: dict[str, Ends]
    most: float

    @property
    def holds(self) -> bool:
        """Whether all engines agree with the first."""
        return all(abs(one) <= self.most for gaps in self.gap.values() for one in gaps)


def agreement(found: Mapping[str, Sequence[Ends]], customers: Mapping[str, int]) -> Agreement:
    """Compare the end values of engines with those of the first.

    All engines simulate one model, so the standard deviation of a value per customer is estimated
    from all of them together: replicates of one engine spread by it over the root of the number of
    customers.

    Args:
        found: end values of every replicate, by engine; two replicates or more each.
        customers: number of customers by engine.
    """
    first, *others = found
    values = {name: np.array(ends, dtype=np.float64) for name, ends in found.items()}
    free = sum(len(ends) - 1 for ends in values.values())
    spread = sum(
        customers[name] * ((ends - ends.mean(axis=0)) ** 2).sum(axis=0)
        for name, ends in values.items()
    )
    variance = np.asarray(spread) / free

    def error(name: str) -> np.ndarray:
        return variance / (customers[name] * len(values[name]))

    gaps = {
        name: Ends(*((values[name].mean(axis=0) - values[first].mean(axis=0))
                     / np.sqrt(error(name) + error(first))).tolist())
        for name in others
    }  # fmt: skip
    most = float(stats.t.isf(DISAGREE / max(1, len(others) * len(Ends._fields)) / 2.0, free))
    return Agreement({n: Ends(*v.mean(axis=0).tolist()) for n, v in values.items()}, gaps, most)
