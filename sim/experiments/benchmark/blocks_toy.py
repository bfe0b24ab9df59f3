"""The toy market as loops over blocks of customers, compiled by whoever writes the loops.

A yardstick as strict as the engine: the same keyed draws, rules in double and state in single
precision, sums of whole numbers, no fast mathematics, the same bits on any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from sim import draws
from sim.experiments.benchmark import toy
from sim.experiments.benchmark.toy import Ends
from sim.market.population import person_keys
from sim.rules.attention import tail_chance

BLOCK = 1024
"""Customers per block: their state fits into the first-level cache."""

DECISIONS = (draws.CONTACT, draws.TALK, draws.OCCASION, draws.CHOICE, draws.LAPSE)
SUMS = ("awareness", "customers", "sales")
PARTS = 65536
"""Awareness is added up as whole numbers of 1 / 65536."""


class Columns(NamedTuple):
    """The state and the buffers.

    Attributes:
        a, t: awareness and trust, float32 [customer].
        active: whether a customer of the firm, uint8 [customer].
        heard: messages under way, uint16 [customer].
        occasion: chance of an occasion as a 32-bit threshold, uint32 [customer].
        key: key of the customer's draws, uint64 [customer].
        to: receivers of the messages of each block, int32 [block, BLOCK].
        sent: number of messages of each block, int64 [block].
        sums: awareness in 1 / PARTS, active customers and sales of the week, int64 [block, 3].
    """

    a: np.ndarray
    t: np.ndarray
    active: np.ndarray
    heard: np.ndarray
    occasion: np.ndarray
    key: np.ndarray
    to: np.ndarray
    sent: np.ndarray
    sums: np.ndarray


class Loops(NamedTuple):
    """The compiled loops, which release the interpreter lock.

    Attributes:
        week: ``week(first, last, streams, contacts, columns)`` simulates a week for the blocks
            ``first`` to ``last - 1``; ``streams`` holds the keys of the week's decisions, uint64,
            ``contacts`` the chances of 1, 2, ... contacts as 32-bit thresholds, uint32.
        deliver: ``deliver(first, last, columns)`` counts the messages to the customers of these
            blocks.
    """

    week: Callable[[int, int, np.ndarray, np.ndarray, Columns], None]
    deliver: Callable[[int, int, Columns], None]


class BlocksToy:
    """An engine of the toy market (:class:`sim.experiments.benchmark.toy.Toy`).

    Args:
        customers: number of customers.
        loops: the compiled loops.
        threads: number of threads.
    """

    def __init__(self, customers: int, loops: Loops, threads: int = 1) -> None:
        self.customers, self.loops = customers, loops
        blocks = -(-customers // BLOCK)
        threads = max(1, min(threads, blocks))
        self._ranges = [
            (blocks * n // threads, blocks * (n + 1) // threads) for n in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        chances = [tail_chance(toy.CONTACTS, n + 1) for n in range(toy.MOST_CONTACTS)]
        self._contacts = np.array([draws.threshold(one) for one in chances], np.uint32)

    def prepare(self, seed: int) -> None:
        """Begin a year with other random draws."""
        size, blocks = self.customers, -(-self.customers // BLOCK)
        chance = 1.0 - np.exp(-toy.draw_rates(size, seed))
        self.columns = Columns(
            np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.uint8),
            np.zeros(size, np.uint16), (chance * 2.0**32).astype(np.uint32),
            person_keys(seed, np.arange(size, dtype=np.uint64)),
            np.zeros((blocks, BLOCK), np.int32), np.zeros(blocks, np.int64),
            np.zeros((blocks, len(SUMS)), np.int64),
        )  # fmt: skip
        keys = [[draws.stream_key(d, week, 1, 0) for d in DECISIONS] for week in range(toy.WEEKS)]
        self._streams = iter(np.array(keys, np.uint64))
        self.sales = 0

    def step(self) -> None:
        """Simulate a week."""
        streams, columns = next(self._streams), self.columns
        self._share(lambda lo, hi: self.loops.week(lo, hi, streams, self._contacts, columns))
        self._share(lambda lo, hi: self.loops.deliver(lo, hi, columns))
        self.sales += int(columns.sums[:, SUMS.index("sales")].sum())

    def _share(self, work: Callable[[int, int], Any]) -> None:
        if self._pool is None:
            work(*self._ranges[0])
        else:
            list(self._pool.map(lambda one: work(*one), self._ranges))

    def ends(self) -> Ends:
        """The values at the end."""
        aware, active, _ = self.columns.sums.sum(axis=0).tolist()
        size = self.customers
        return Ends(aware / PARTS / size, active / size, self.sales / size)
