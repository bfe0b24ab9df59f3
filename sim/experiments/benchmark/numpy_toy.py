"""The toy market with one NumPy array per state, as a practised user of NumPy would write it."""

from __future__ import annotations

import numpy as np

from sim.experiments.benchmark import toy
from sim.experiments.benchmark.toy import Ends

GAINS = (1.0 - (1.0 - toy.ADVERT_GAIN) ** np.arange(toy.MOST_CONTACTS + 1)).astype(np.float32)


class NumpyToy:
    """An engine of the toy market (:class:`sim.experiments.benchmark.toy.Toy`)."""

    def __init__(self, customers: int) -> None:
        self.customers = customers

    def prepare(self, seed: int) -> None:
        """Begin a year with other random draws."""
        self.random, size = np.random.default_rng(seed), self.customers
        self.a, self.t = (np.zeros(size, np.float32) for _ in range(2))
        self.active = np.zeros(size, bool)
        self.occasion = (1.0 - np.exp(-toy.draw_rates(size, seed))).astype(np.float32)
        self.ties = self.random.integers(0, size, (size, toy.TIES), dtype=np.int32)
        self.heard = self.random.integers(0, size, 0, dtype=np.int32)
        below = np.cumprod([1.0, *(toy.CONTACTS / n for n in range(1, toy.MOST_CONTACTS))])
        tail = 1.0 - np.exp(-toy.CONTACTS) * np.cumsum(below)
        self.tail = tail.astype(np.float32)
        self.sales = 0

    def step(self) -> None:
        """Simulate a week."""
        a, t = self.a, self.t
        receivers, times = np.unique(self.heard, return_counts=True)
        a[receivers] = 1 - (1 - a[receivers]) * np.float32(1.0 - toy.HEARD_AWARENESS) ** times
        t[receivers] = 1 - (1 - t[receivers]) * np.float32(1.0 - toy.HEARD_TRUST) ** times
        a *= np.float32(toy.RETENTION)
        draw = self._draw()
        met = np.flatnonzero(draw < self.tail[0])
        contacts = (draw[met, None] < self.tail).sum(axis=1)
        a[met] += GAINS[contacts] * (1 - a[met])
        talkers = np.flatnonzero(self.active)
        talkers = talkers[self.random.random(len(talkers), dtype=np.float32) < toy.TALK]
        self.heard = self.ties[talkers, self.random.integers(0, toy.TIES, len(talkers))]
        needing = np.flatnonzero(self._draw() < self.occasion)
        utility = toy.INTERCEPT + toy.AWARENESS_WEIGHT * a[needing] + toy.TRUST_WEIGHT * t[needing]
        chosen = self.random.random(len(needing), dtype=np.float32) < 1 / (1 + np.exp(-utility))
        buyers = needing[chosen]
        self.active[buyers] = True
        t[buyers] += np.float32(toy.EXPERIENCE_GAIN) * (1 - t[buyers])
        self.sales += len(buyers)
        self.active &= self._draw() >= np.float32(toy.LAPSE) * (1 - t)

    def ends(self) -> Ends:
        """The values at the end."""
        aware = float(self.a.mean(dtype=np.float64))
        return Ends(aware, float(self.active.mean()), self.sales / self.customers)

    def _draw(self) -> np.ndarray:
        return self.random.random(self.customers, dtype=np.float32)
