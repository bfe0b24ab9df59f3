"""The fast engine: the same customers as arrays and compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sim.engines import kernels
from sim.engines.kernels import BLOCK
from sim.engines.protocol import OWN_STATE, STATE, Offers, Setting, Tally
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
        self._state: dict[str, np.ndarray] = {}
        self._state |= {name: np.zeros((firms, size), dtype) for name, (dtype, _) in STATE.items()}
        self._state |= {name: np.zeros(size, dtype) for name, (dtype, _) in OWN_STATE.items()}
        for name in ("last_order", "teller", "inbox_teller", "bound_until"):
            self._state[name][:] = -1
        self._in_need = np.zeros(size, np.uint8)
        self._occasion_limit = np.zeros(size, np.uint32)
        self._demand = -1.0
        blocks = -(-size // BLOCK)
        shape = (blocks, 2 * firms * BLOCK)  # one message and one piece of news per firm at most
        self._sent = np.zeros(blocks, np.int64)
        self._sent_to, self._sent_from = np.empty(shape, np.int32), np.empty(shape, np.int32)
        self._sent_firm, self._sent_valence = np.empty(shape, np.uint8), np.empty(shape, np.int32)
        threads = max(1, min(threads, blocks))
        self._ranges = [
            (blocks * t // threads, blocks * (t + 1) // threads) for t in range(threads)
        ]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._opened = np.zeros(0, np.int64)
        self.configure(setting)

    def configure(self, setting: Setting) -> None:
        """Replace the setting between two weeks."""
        self.setting = setting
        self._person = person_keys(setting.seed, self.people.ident)
        self._own_key = person_keys(setting.origin, self.people.ident)

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
            parts[0].sources[:] += part.sources
        return parts[0]

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Come and go, hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        s, people = self._state, self.people
        if demand != self._demand:
            kernels.occasion_thresholds(people.rate, demand, self._occasion_limit)
            self._demand = demand
        audiences: list[np.ndarray] = []

        def work(first: int, last: int, tally: Tally) -> None:
            audience = np.zeros((len(self.setting.firm_ids), AUDIENCES), np.int64)
            kernels.open_blocks(
                first, last, week, self.network.cohorts[week + 1], demand, self.setting.behaviour,
                self._person, people.arrival, people.rate, self._occasion_limit, people.sees,
                self._in_need, s["here"], s["bound_until"], s["stock"], s["awareness"], s["trust"],
                s["relation"], s["touch"],
                s["teller"], s["inbox_teller"], s["inbox_count"], s["inbox_valence"], audience,
                tally.accounts,
            )  # fmt: skip
            audiences.append(audience)

        self._opened = self._share_out(work).accounts
        return np.asarray(sum(audiences))

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, shop, lapse, report; see :class:`sim.engines.protocol.Engine`."""
        s, setting, people = self._state, self.setting, self.people
        does = setting.content
        sent = (self._sent, self._sent_to, self._sent_from, self._sent_firm, self._sent_valence)

        def work(first: int, last: int, tally: Tally) -> None:
            kernels.close_blocks(
                first, last, week, self.network.cohorts[week + 1], setting.window,
                setting.behaviour, self._person, self._own_key, people.segment, people.rate,
                people.taste,
                people.price_weight, people.sees, people.social, self._in_need, s["here"],
                s["met"], s["bound_until"], s["stock"], s["awareness"], s["trust"],
                s["remembered"], s["relation"],
                s["last_order"], s["touch"], s["teller"], s["inbox_left"], self.network.places,
                self.network.cohorts, setting.firm_ids, setting.activity_ids, setting.survey,
                does.noticed, does.awareness_gain, does.trust_gain, does.trust_loss,
                setting.position, offers.log_price, offers.deal, offers.quality, offers.reach,
                offers.rating,
                *sent, tally.accounts, tally.contacts, tally.sources,
            )  # fmt: skip

        tally = self._share_out(work)
        tally.accounts[:] += self._opened

        def hand_over(first: int, last: int, tally: Tally) -> None:
            kernels.deliver(
                first, last, *sent, s["inbox_count"], s["inbox_valence"], s["inbox_teller"],
                s["inbox_left"],
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
