"""Inputs of a week of selling, which the sales force does not change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.draws import kept_stream_key
from sim.rules.organising import Organising
from sim.rules.shelf import Shelf


@dataclass(frozen=True)
class Handoff:
    """Handoff of leads to sales.

    Attributes:
        params: parameters common to all firms.
        care: care taken with records, 0 to 1.
        screening: share of captured leads that are first checked for a need.
        informed: whether joint reviews tell both sides the outcomes of leads.
    """

    params: Organising
    handoff_care: float
    screening: float
    informed: bool


@dataclass(frozen=True)
class SalesWeek:
    """The market as a sales force observes it at the start of a week.

    Attributes:
        clock: weeks since the warm-up began.
        week: weeks since the ledger opened.
        firm: id of the firm, part of the key of its draws.
        weight: people each simulated customer stands for.
        seed: seed of the random draws.
        trait_seed: seed of the customers' traits.
        draw_key: keys of the customers' random draws, uint64 [customer].
        patch: patch of the sales territories in which the customer lives, [customer].
        sees: whether a rep can reach the customer, [customer].
        store: store where the customer shops, [customer].
        relation: relationship with this firm, flags, [customer].
        here: presence in the market, [customer].
        shelf: parameters of distribution, including the number of stores.
        deliberation: mean time customers take to decide, weeks.
        answer_delay: hours after which an experiment has enquiries answered, -1 for none,
            [customer].
        logged: whether leads that end are logged.
        handoff: handoff of leads.
    """

    clock: int
    week: int
    firm: int
    weight: int
    seed: int
    trait_seed: int
    draw_key: np.ndarray
    patch: np.ndarray
    sees: np.ndarray
    store: np.ndarray
    relation: np.ndarray
    here: np.ndarray
    shelf: Shelf
    deliberation: float
    answer_delay: np.ndarray
    logged: bool
    handoff: Handoff

    def stream(self, decision: int) -> np.uint64:
        """Stream key of a decision of this firm this week."""
        return np.uint64(kept_stream_key(decision, self.clock, self.firm, 0))

    def streams(self, decision: int, size: int) -> np.ndarray:
        """Stream keys of ``size`` items of a decision, uint64 [item]."""
        keys = [kept_stream_key(decision, self.clock, self.firm, n) for n in range(size)]
        return np.array(keys, np.uint64)
