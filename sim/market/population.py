"""People: who is in the market and how they differ, as columns both engines start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from sim import draws
from sim.params import number


@dataclass
class Population:
    """How many customers there are."""

    customers: int = number(
        20_000,
        unit="simulated customers",
        low=1,
        high=100_000_000,
        meaning="Customers simulated, each as an individual; each stands for as many people.",
        source="assumption: enough for shares to vary by under 1 % by luck",
    )
    people: int = number(
        1_000_000,
        unit="people",
        low=1,
        high=10_000_000_000,
        meaning="People in the market; the simulated customers are a sample of them.",
        source="assumption: a mid-sized consumer market",
    )
    bystanders: int = number(
        0,
        unit="simulated customers",
        low=0,
        high=1_000_000,
        meaning="Extra people who neither see, talk nor buy (a placebo: nothing may change).",
        source="assumption: none outside tests",
    )

    @property
    def weight(self) -> int:
        """People each simulated customer stands for: a whole number, at least one."""
        return max(1, round(self.people / self.customers))


@dataclass(frozen=True)
class People:
    """Columns over customers, in order of arrival; rows are never reused.

    ``ident`` is arrival week * 2**32 + slot. ``rate`` is occasions per week. ``sees`` and
    ``social`` say whether activities and talk reach the person.
    """

    ident: np.ndarray
    rate: np.ndarray
    sees: np.ndarray
    social: np.ndarray

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.ident)


def person_keys(seed: int, people: People) -> np.ndarray:
    """Everybody's key for this seed, ``uint64`` of shape [customer]."""
    return np.asarray(draws.person_key(seed, people.ident))


def draw_people(seed: int, spec: Population, mean: float, shape: float) -> People:
    """Draw the customers present in week 0.

    Args:
        seed: the run's seed.
        spec: how many.
        mean, shape: of the gamma distribution of buying rates (occasions per week).
    """
    size = spec.customers + spec.bystanders
    lively = (np.arange(size) < spec.customers).astype(np.uint8)
    blank = People(np.arange(size, dtype=np.uint64), np.zeros(size, np.float32), lively, lively)
    stream = draws.stream_key(draws.RATE, 0, 0, 0)
    u = draws.uniform_column(draws.word(person_keys(seed, blank), stream))
    rate = (gammaincinv(shape, u) * (mean / shape) * lively).astype(np.float32)
    return People(blank.ident, rate, lively, lively)
