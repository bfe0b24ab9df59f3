"""The fast engine: the same customers as arrays and compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim.engines import kernels
from sim.engines.kernels import BLOCK
from sim.engines.protocol import STATE, Offers, Setting, Tally
from sim.market.activities import AUDIENCES
from sim.market.population import People, person_keys


class Columns:
    """All customers, as an engine (:class:`sim.engines.protocol.Engine`).

    Args:
        people: who is in the market.
        setting: what stays the same from week to week.
        address_bits: a tie's address is this many bits.
        threads: how many threads share the blocks; the result does not depend on it.
    """

    def __init__(
        self, people: People, setting: Setting, address_bits: int, threads: int = 1
    ) -> None:
        self.people = people
        self.address_bits = address_bits
        firms, size = len(setting.firm_ids), people.size
        self._state = {name: np.zeros((firms, size), dtype) for name, (dtype, _) in STATE.items()}
        self._state["last_order"][:] = -1
        self._in_need = np.zeros(size, np.uint8)
        self._occasion_limit = np.zeros(size, np.uint32)
        kernels.occasion_thresholds(people.rate, self._occasion_limit)
        blocks = -(-size // BLOCK)
        self._sent = np.zeros(blocks, np.int64)
        self._sent_to = np.empty((blocks, firms * BLOCK), np.int32)
        self._sent_firm = np.empty((blocks, firms * BLOCK), np.uint8)
        self._sent_valence = np.empty((blocks, firms * BLOCK), np.uint32)
        threads = max(1, min(threads, blocks))
        self._ranges = [
            (blocks * t // threads, blocks * (t + 1) // threads) for t in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._heard = np.zeros(0, np.int64)
        self.configure(setting)

    def configure(self, setting: Setting) -> None:
        """Replace the setting between two weeks."""
        self.setting = setting
        self._person = person_keys(setting.seed, self.people)

    def _share_out(self, work: Callable[[int, int, Tally], None]) -> Tally:
        """Do ``work(first, last, tally)`` for every thread's blocks and add the tallies up."""
        parts = [
            Tally.empty(len(self.setting.firm_ids), len(self.setting.activity_ids))
            for _ in self._ranges
        ]
        if self._pool is None:
            work(*self._ranges[0], parts[0])
        else:
            list(self._pool.map(lambda t: work(*self._ranges[t], parts[t]), range(len(parts))))
        for part in parts[1:]:
            parts[0].accounts[:] += part.accounts
            parts[0].contacts[:] += part.contacts
        return parts[0]

    def open_week(self, week: int) -> np.ndarray:
        """Hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        s, firms = self._state, len(self.setting.firm_ids)
        audiences: list[np.ndarray] = []

        def work(first: int, last: int, tally: Tally) -> None:
            audience = np.zeros((firms, AUDIENCES), np.int64)
            kernels.open_blocks(
                first, last, week, self.setting.behaviour, self._person, self._occasion_limit,
                self.people.sees, self._in_need, s["awareness"], s["trust"], s["relation"],
                s["inbox_count"], s["inbox_valence"], audience, tally.accounts,
            )  # fmt: skip
            audiences.append(audience)

        self._heard = self._share_out(work).accounts
        return np.asarray(sum(audiences))

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, buy, lapse; see :class:`sim.engines.protocol.Engine`."""
        s, setting, does = self._state, self.setting, self.setting.content

        def work(first: int, last: int, tally: Tally) -> None:
            kernels.close_blocks(
                first, last, week, setting.window, setting.behaviour, self._person,
                self.people.rate, self.people.sees, self.people.social, self._in_need,
                s["awareness"], s["trust"], s["relation"], s["last_order"], self.address_bits,
                setting.firm_ids, setting.activity_ids, setting.survey,
                does.awareness_gain, does.trust_gain, does.trust_loss,
                offers.price_appeal, offers.quality, offers.reach,
                self._sent, self._sent_to, self._sent_firm, self._sent_valence,
                tally.accounts, tally.contacts,
            )  # fmt: skip

        tally = self._share_out(work)
        tally.accounts[:] += self._heard

        def hand_over(first: int, last: int, tally: Tally) -> None:
            kernels.deliver(
                first, last, self._sent, self._sent_to, self._sent_firm, self._sent_valence,
                s["inbox_count"], s["inbox_valence"],
            )  # fmt: skip

        self._share_out(hand_over)
        return tally

    def columns(self) -> dict[str, np.ndarray]:
        """A copy of the state."""
        return {name: column.copy() for name, column in self._state.items()}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state."""
        for name, column in self._state.items():
            column[:] = columns[name]
