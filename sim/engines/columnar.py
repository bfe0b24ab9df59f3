"""The fast engine: customers as arrays, simulated by compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim.engines.kernels.columns import BLOCK, Interest, Outbox, Week
from sim.engines.kernels.opening import occasion_thresholds
from sim.engines.kernels.weeks import close_blocks, open_blocks
from sim.engines.kernels.word_of_mouth import deliver
from sim.engines.protocol import OWN_STATE, STATE, Offers, Setup, State, no_offers
from sim.ledger.ledger import WeekCounts
from sim.market.activities import AUDIENCES
from sim.market.network import Network
from sim.market.population import People


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
        blocks = -(-size // BLOCK)
        shape = (blocks, 2 * firms * BLOCK)  # at most one message and one notice per firm
        self._outbox = Outbox(
            np.zeros(blocks, np.int64), np.empty(shape, np.int32), np.empty(shape, np.int32),
            np.empty(shape, np.uint8), np.empty(shape, np.int32),
        )  # fmt: skip
        self._interest = Interest(
            np.zeros(blocks, np.int64), np.zeros((blocks, 0), np.int32),
            *(np.zeros((blocks, 0), np.uint8) for _ in range(3)),
        )  # fmt: skip
        threads = max(1, min(threads, blocks))
        self._ranges = [
            (blocks * t // threads, blocks * (t + 1) // threads) for t in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._opened = WeekCounts.empty(0, 0, 0, 0, 0)
        self.configure(setup)

    def configure(self, setup: Setup) -> None:
        """Replace the setup between two weeks."""
        self.setup = setup
        known = vars(self.people) | setup._asdict() | setup.content._asdict()
        known |= self.network._asdict() | {
            "number": 0,
            "people": 0,
        }
        self._setup = Week(**{name: known[name] for name in Week._fields})
        asking = setup.params.selling.self_serve < 1.0 or setup.capture.any()
        if asking and not self._interest.row.size:
            shape = (len(self._interest.left), len(setup.firm_ids) * BLOCK)
            self._interest = Interest(
                self._interest.left, np.empty(shape, np.int32),
                *(np.empty(shape, np.uint8) for _ in range(3)),
            )  # fmt: skip

    def _share_out(self, work: Callable[[int, int, WeekCounts], None], coupons: int) -> WeekCounts:
        """Run ``work(first, last, count)`` on every thread's blocks and add up the counts."""
        s = self.setup
        shape = (len(s.firm_ids), len(s.activity_ids), s.quarters, s.segments, coupons)
        parts = [WeekCounts.empty(*shape) for _ in self._ranges]

        def share(t: int) -> None:
            work(*self._ranges[t], parts[t])

        if self._pool is None:
            share(0)
        else:
            list(self._pool.map(share, range(len(parts))))
        for part in parts[1:]:
            parts[0].add(part)
        return parts[0]

    def _week(self, week: int) -> Week:
        """Inputs of a week, as passed to compiled loops."""
        people = int(self.network.cohorts[week + 1])
        return self._setup._replace(number=week, people=people)

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Enter and exit, hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        if demand != self._demand:
            occasion_thresholds(self.people.rate, demand, self._occasion_limit)
            self._demand = demand
        audiences: list[np.ndarray] = []

        def work(first: int, last: int, count: WeekCounts) -> None:
            audience = np.zeros((len(self.setup.firm_ids), AUDIENCES), np.int64)
            open_blocks(
                first, last, self._week(week), demand, self._occasion_limit, self._state,
                self._in_need, audience, count,
            )  # fmt: skip
            audiences.append(audience)

        self._opened = self._share_out(work, 0)
        return np.asarray(sum(audiences))

    def close_week(self, week: int, offers: Offers) -> WeekCounts:
        """Meet, talk, shop, experience, lapse, report; see :class:`sim.engines.protocol.Engine`."""

        def work(first: int, last: int, count: WeekCounts) -> None:
            self._close(first, last, week, offers, count)

        def hand_over(first: int, last: int, count: WeekCounts) -> None:
            deliver(first, last, self._outbox, self._state)

        counts = self._share_out(work, len(offers.treated.tag))
        counts.accounts[:] += self._opened.accounts
        counts.cells[:] += self._opened.cells
        self._share_out(hand_over, 0)
        return counts

    def _close(self, first: int, last: int, week: int, offers: Offers, count: WeekCounts) -> None:
        close_blocks(
            first, last, self._week(week), offers, self._state, self._in_need, self._outbox,
            self._interest, count,
        )  # fmt: skip

    def compile_close(self) -> None:
        """Compile the loop of :meth:`close_week`, the largest of all, without running it."""
        self._close(0, 0, 0, no_offers(), WeekCounts.empty(0, 0, 0, 0, 0))

    def messages(self) -> np.ndarray:
        """Last week's messages; see :class:`sim.engines.protocol.Engine`."""
        outbox = self._outbox
        return _written(outbox.sent, outbox.source, outbox.to, outbox.firm, outbox.valence)

    def interest(self) -> np.ndarray:
        """Last week's interest signals; see :class:`sim.engines.protocol.Engine`."""
        signals = self._interest
        return _written(signals.left, signals.row, signals.firm, signals.source, signals.flags)

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


def _written(sizes: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """Return the filled entries of all blocks, int64 [entry, column].

    Args:
        sizes: number of filled entries of each block, [block].
        columns: arrays with the entries, [block, place] each.
    """
    place = np.flatnonzero(np.arange(columns[0].shape[1]) < sizes[:, None])
    return np.stack([c.reshape(-1)[place].astype(np.int64) for c in columns], axis=1)
