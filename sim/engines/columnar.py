"""The fast engine: customers as arrays, simulated by compiled loops."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim.compile import Kept, keep
from sim.engines.kernels.columns import BLOCK, Inputs, Interest, Outbox, Population
from sim.engines.kernels.opening import occasion_thresholds
from sim.engines.kernels.weeks import (
    close_blocks,
    deliver_blocks,
    interest_of,
    messages_of,
    open_blocks,
)
from sim.engines.kernels.word_of_mouth import talk_thresholds
from sim.engines.protocol import OWN_STATE, STATE, Offers, Setup, State, no_offers
from sim.ledger.ledger import WeekCounts
from sim.market.activities import AUDIENCES
from sim.market.network import Network
from sim.market.population import People
from sim.rules.units import QUARTER

LEAST_BLOCKS = 4
"""Blocks per thread below which a further thread is not worth its start."""

SHARES = 4
"""Shares of the blocks per thread."""


class ColumnarPopulation:
    """All customers, as an engine (:class:`sim.engines.protocol.Engine`).

    Args:
        people: customers of the market.
        setup: inputs that stay the same from week to week.
        network: acquaintance network of the customers.
        threads: number of threads that share the blocks; the result does not depend on it.
    """

    def __init__(self, people: People, setup: Setup, network: Network, threads: int = 1) -> None:
        self.people = people
        self.network = network
        firms, size = len(setup.firm_ids), people.size
        columns: dict[str, np.ndarray] = {}
        for name, column in (STATE | OWN_STATE).items():
            shape = (firms, size) if column.per_firm else (size,)
            columns[name] = np.full(shape, column.initial, column.kind)
        self._state = State(**columns)
        self._in_need = np.zeros(size, np.uint8)
        self._occasion_limit = np.zeros(size, np.uint32)
        self._demand = -1.0
        self._talk_limit = np.zeros(size, np.uint32)
        self._talk: object = None
        self.blocks = blocks = -(-size // BLOCK)
        shape = (blocks, 2 * firms * BLOCK)  # at most one message and one notice per firm
        self._outbox = Outbox(
            np.zeros(blocks, np.int64), np.empty(shape, np.int32), np.empty(shape, np.int32),
            np.empty(shape, np.uint8), np.empty(shape, np.int32),
        )  # fmt: skip
        self._interest = Interest(
            np.zeros(blocks, np.int64), np.zeros((blocks, 0), np.int32),
            *(np.zeros((blocks, 0), np.uint8) for _ in range(3)),
        )  # fmt: skip
        self._threads = max(1, min(threads, blocks // LEAST_BLOCKS))
        self._pool = ThreadPoolExecutor(self._threads - 1) if self._threads > 1 else None
        self.configure(setup)

    def configure(self, setup: Setup) -> None:
        """Replace the setup between two weeks."""
        self.setup = setup
        known = vars(self.people) | setup._asdict() | setup.content._asdict()
        known |= self.network._asdict() | {"talk_limit": self._talk_limit}
        most = float(setup.reward.max(initial=0.0))
        if self._talk != (setup.params.talk, most):
            self._talk = setup.params.talk, most
            talk_thresholds(self.people.sociability, setup.params.talk, most, self._talk_limit)
        _, _, *fixed = Inputs._fields
        self._fixed = tuple(known[name] for name in fixed)
        asking = setup.params.selling.self_serve < 1.0 or setup.capture.any()
        if asking and not self._interest.row.size:
            shape = (len(self._interest.left), len(setup.firm_ids) * BLOCK)
            self._interest = Interest(
                self._interest.left, np.empty(shape, np.int32),
                *(np.empty(shape, np.uint8) for _ in range(3)),
            )  # fmt: skip
        self._keep(coupons=0)

    def _keep(self, coupons: int) -> None:
        """Keep the columns for compiled code, with counts of its own for each thread."""
        s, firms = self.setup, len(self.setup.firm_ids)
        shape = (firms, len(s.activity_ids), s.quarters, s.segments, coupons)
        shared = self._state, self._in_need, self._occasion_limit, self._outbox, self._interest
        self._parts = []
        for _ in range(self._threads):
            audience = np.zeros((firms, 2 * AUDIENCES), np.int64)
            self._parts.append(Population(self._fixed, *shared, audience, WeekCounts.empty(*shape)))
        self._kept = [keep(part) for part in self._parts]

    def _share_out(self, work: Callable[[Kept, int, int], None], shares: int) -> None:
        """Run ``work(kept, first, last)`` on all blocks. Threads take one of the ``shares`` after
        the other, so that one that is held up leaves more to the others."""
        if self._pool is None:
            work(self._kept[0], 0, self.blocks)
            return
        ends = [self.blocks * n // shares for n in range(shares + 1)]
        ranges = itertools.pairwise(ends)
        lock = threading.Lock()

        def take(kept: Kept) -> None:
            while True:
                with lock:
                    share = next(ranges, None)
                if share is None:
                    return
                work(kept, *share)

        others = [self._pool.submit(take, kept) for kept in self._kept[1:]]
        take(self._kept[0])
        for other in others:
            if not other.cancel():
                other.result()

    def _people(self, week: int) -> int:
        """Number of customers that have arrived by a week."""
        return int(self.network.cohorts[week + 1])

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Enter and exit, hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        if demand != self._demand:
            occasion_thresholds(self.people.rate, demand, self._occasion_limit)
            self._demand = demand
        people = self._people(week)
        quarters = 2 + max(0, week - self.setup.opening) // QUARTER
        for part in self._parts:
            part.audience.fill(0)
            part.count.clear(quarters)

        def work(kept: Kept, first: int, last: int) -> None:
            open_blocks(kept, first, last, week, people, demand)

        self._share_out(work, SHARES * self._threads)
        audience, *others = (part.audience for part in self._parts)
        for other in others:
            audience += other
        return audience

    def close_week(self, week: int, offers: Offers) -> WeekCounts:
        """Meet, talk, shop, experience, lapse, report; see :class:`sim.engines.protocol.Engine`."""
        people, coupons = self._people(week), len(offers.treated.tag)
        if len(self._parts[0].count.couponed) != coupons:
            self._count_coupons(coupons)

        def work(kept: Kept, first: int, last: int) -> None:
            close_blocks(kept, first, last, week, people, offers)

        self._share_out(work, SHARES * self._threads)
        if self._pool is not None:
            self._share_out(deliver_blocks, self._threads)
        counts = self._parts[0].count
        for part in self._parts[1:]:
            counts.add(part.count)
        return counts._replace(surveyed=counts.surveyed.copy())

    def _count_coupons(self, coupons: int) -> None:
        """Make room for the week's coupons among the counts."""
        before = [part.count for part in self._parts]
        self._keep(coupons)
        for part, count in zip(self._parts, before, strict=True):
            for column, counted in zip(part.count[:-1], count[:-1], strict=True):
                column[:] = counted

    def compile_close(self) -> None:
        """Compile the loop of :meth:`close_week`, the largest of all, without running it."""
        close_blocks(self._kept[0], 0, 0, 0, 0, no_offers())

    def messages(self) -> np.ndarray:
        """Last week's messages; see :class:`sim.engines.protocol.Engine`."""
        return np.asarray(messages_of(self._kept[0]))

    def interest(self) -> np.ndarray:
        """Last week's interest signals; see :class:`sim.engines.protocol.Engine`."""
        return np.asarray(interest_of(self._kept[0]))

    def column(self, name: str) -> np.ndarray:
        """One column of the state; see :class:`sim.engines.protocol.Engine`."""
        return np.asarray(getattr(self._state, name))

    def columns(self) -> dict[str, np.ndarray]:
        """A copy of the state."""
        return {name: column.copy() for name, column in self._state._asdict().items()}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state."""
        for name, column in self._state._asdict().items():
            column[:] = columns[name]
