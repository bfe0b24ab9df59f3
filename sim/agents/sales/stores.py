"""Store visits by reps, which win and keep distribution."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim import draws
from sim.compile import compiled
from sim.ledger.accounts import PARTS
from sim.rules import shelf
from sim.rules.selling import FARM, HUNT


@compiled
def visit_stores(  # type: ignore[no-untyped-def]
    listed, draw, owner, bank, skill, listings, talk_hours, win, loss, visit_effect
):
    """Update distribution after a week of visits.

    Args:
        listed: stores that carry the firm, as bits.
        draw: uniform draws, float64 [store].
        owner: place of the rep, int64 [store or more].
        bank, skill: hours and skill of reps, float64 [rep, task].
        listings: results of reps, filled in place.
        talk_hours: hours per visit.
        win, loss, care: parameters of :class:`sim.rules.shelf.Shelf`.

    Returns:
        Stores that carry the firm after the week, as bits; visits in 1/65536; numbers of stores
        lost and won.
    """
    stores, reps = len(draw), len(bank)
    alike = np.zeros((max(1, reps), 2))
    for s in range(stores):
        alike[owner[s], np.int64(shelf.carried(s, listed))] += 1
    after, parts, lost, won = listed, 0, 0, 0
    for s in range(stores):
        carried, r, visits, able = shelf.carried(s, listed), owner[s], 0.0, 0.0
        task = FARM if carried else HUNT
        if reps > 0:
            visits = bank[r, task] / talk_hours / alike[r, np.int64(carried)]
            able = skill[r, task]
            listings[r, FARM] += loss * carried
            parts += int(visits * PARTS)
        bit = np.uint64(1) << np.uint64(s)
        if carried and draw[s] < shelf.loss_chance(loss, visit_effect, visits, able):
            after &= ~bit
            lost += 1
        elif not carried and draw[s] < shelf.win_chance(win, visits, able):
            after |= bit
            won += 1
            if reps > 0:
                listings[r, HUNT] += 1.0
    return after, parts, lost, won


@cache
def store_keys(seed: int, stores: int) -> np.ndarray:
    """Draw keys of stores, uint64 [store]."""
    keys = [draws.person_key(seed, draws.store_ident(s)) for s in range(stores)]
    return np.array(keys, np.uint64)
