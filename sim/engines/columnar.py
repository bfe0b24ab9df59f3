"""The fast engine: the same customers as arrays and compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim.engines import kernels
from sim.engines.kernels import BLOCK
from sim.engines.protocol import OWN_STATE, STATE, UNSET, Offers, Setting, State
from sim.ledger.book import Tally
from sim.market.activities import AUDIENCES
from sim.market.network import Network
from sim.market.population import People, person_keys


class Columns:
    """All customers, as an engine (:class:`sim.engines.protocol.Engine`).

    Args:
        people: who is in the market.
        setting: what stays the same from week to week.
        network: who is at the other end of ties.
        threads: how many threads share the blocks; the result does not depend on it.
    """

    def __init__(
        self, people: People, setting: Setting, network: Network, threads: int = 1
    ) -> None:
        self.people = people
        self.network = network
        firms, size = len(setting.firm_ids), people.size
        columns: dict[str, np.ndarray] = {}
        columns |= {name: np.zeros((firms, size), kind) for name, (kind, _) in STATE.items()}
        columns |= {name: np.zeros((size,), kind) for name, (kind, _) in OWN_STATE.items()}
        for name in UNSET:
            columns[name][:] = -1
        self._state = State(**columns)
        self._in_need = np.zeros(size, np.uint8)
        self._occasion_limit = np.zeros(size, np.uint32)
        self._demand = -1.0
        blocks = -(-size // BLOCK)
        shape = (blocks, 2 * firms * BLOCK)  # one message and one piece of news per firm at most
        self._post = kernels.Post(
            np.zeros(blocks, np.int64), np.empty(shape, np.int32), np.empty(shape, np.int32),
            np.empty(shape, np.uint8), np.empty(shape, np.int32),
        )  # fmt: skip
        self._signs = kernels.Signs(
            np.zeros(blocks, np.int64), np.zeros((blocks, 0), np.int32),
            *(np.zeros((blocks, 0), np.uint8) for _ in range(3)),
        )  # fmt: skip
        threads = max(1, min(threads, blocks))
        self._ranges = [
            (blocks * t // threads, blocks * (t + 1) // threads) for t in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._opened = Tally.empty(0, 0, 0, 0, 0)
        self.configure(setting)

    def configure(self, setting: Setting) -> None:
        """Replace the setting between two weeks."""
        self.setting = setting
        own = vars(self.people)
        self._who = kernels.Who(
            person=person_keys(setting.seed, self.people.ident),
            own_key=person_keys(setting.origin, self.people.ident),
            habits=setting.habits,
            **{name: own[name] for name in kernels.Who._fields if name in own},
        )
        both = vars(setting) | vars(setting.content)
        self._fixed = kernels.Fixed(**{name: both[name] for name in kernels.Fixed._fields})
        asking = setting.behaviour.self_serve < 1.0 or setting.capture.any()
        if asking and not self._signs.row.size:
            shape = (len(self._signs.left), len(setting.firm_ids) * BLOCK)
            self._signs = kernels.Signs(
                self._signs.left, np.empty(shape, np.int32),
                *(np.empty(shape, np.uint8) for _ in range(3)),
            )  # fmt: skip

    def _share_out(self, work: Callable[[int, int, kernels.Count], None], coupons: int) -> Tally:
        """Do ``work(first, last, count)`` for every thread's blocks and add the tallies up."""
        s = self.setting
        shape = (len(s.firm_ids), len(s.activity_ids), s.quarters, s.segments, coupons)
        parts = [Tally.empty(*shape) for _ in self._ranges]

        def share(t: int) -> None:
            work(*self._ranges[t], kernels.Count(**vars(parts[t])))

        if self._pool is None:
            share(0)
        else:
            list(self._pool.map(share, range(len(parts))))
        for part in parts[1:]:
            parts[0].add(part)
        return parts[0]

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Come and go, hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        if demand != self._demand:
            kernels.occasion_thresholds(self.people.rate, demand, self._occasion_limit)
            self._demand = demand
        audiences: list[np.ndarray] = []

        def work(first: int, last: int, count: kernels.Count) -> None:
            audience = np.zeros((len(self.setting.firm_ids), AUDIENCES), np.int64)
            kernels.open_blocks(
                first, last, week, self.network.cohorts[week + 1], demand, self.setting.behaviour,
                self._fixed, self._who, self._state, self._occasion_limit, self._in_need,
                audience, count,
            )  # fmt: skip
            audiences.append(audience)

        self._opened = self._share_out(work, 0)
        return np.asarray(sum(audiences))

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, shop, lapse, report; see :class:`sim.engines.protocol.Engine`."""
        terms = kernels.Terms(**{name: getattr(offers, name) for name in kernels.Terms._fields})
        ties = kernels.Ties(self.network.places, self.network.cohorts)

        def work(first: int, last: int, count: kernels.Count) -> None:
            kernels.close_blocks(
                first, last, week, self.network.cohorts[week + 1], self.setting.behaviour,
                self._fixed, self._who, self._state, terms, offers.treated, offers.calls, ties,
                self._in_need, self._post, self._signs, count,
            )  # fmt: skip

        def hand_over(first: int, last: int, count: kernels.Count) -> None:
            kernels.deliver(first, last, self._post, self._state)

        tally = self._share_out(work, len(offers.treated.tag))
        tally.accounts[:] += self._opened.accounts
        tally.cells[:] += self._opened.cells
        self._share_out(hand_over, 0)
        return tally

    def messages(self) -> np.ndarray:
        """Last week's messages; see :class:`sim.engines.protocol.Engine`."""
        post = self._post
        return _written(post.sent, post.source, post.to, post.firm, post.valence)

    def signs(self) -> np.ndarray:
        """Last week's signs of interest; see :class:`sim.engines.protocol.Engine`."""
        left = self._signs
        return _written(left.left, left.row, left.firm, left.source, left.flags)

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
    """What stands in the filled part of every block's row, int64 [entry, column]; ``sizes`` of
    those parts, ``columns`` [block, place]."""
    place = np.flatnonzero(np.arange(columns[0].shape[1]) < sizes[:, None])
    return np.stack([c.reshape(-1)[place].astype(np.int64) for c in columns], axis=1)
