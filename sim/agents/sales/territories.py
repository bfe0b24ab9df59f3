"""Sales territories: the assignment of patches of the market to reps.

Each patch is served by the rep with the strongest pull, a keyed draw of (rep, patch). Hiring or
losing a rep therefore reassigns only the patches of that rep.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from sim import draws
from sim.draws import kept_stream_key, word
from sim.market.population import PATCHES


class Territories:
    """Owners of patches.

    Args:
        owner: place of the rep among those at work, int64 [patch], changed in place.
        pull: pull of that rep, uint64 [patch], changed in place.
    """

    def __init__(self, owner: np.ndarray, pull: np.ndarray) -> None:
        self.owner, self._pull = owner, pull

    def join(self, place: int, ident: int, trait_seed: int) -> None:
        """Add a rep at a place, who takes the patches on which no other pull is stronger."""
        pull = _pulls(ident, trait_seed, np.arange(PATCHES))
        stronger = pull > self._pull
        self.owner[stronger] = place
        self._pull[stronger] = pull[stronger]

    def leave(self, place: int, others: Sequence[int], trait_seed: int) -> None:
        """Remove the rep at a place; the patches go to the ``others`` (idents, in their order)."""
        mine = np.flatnonzero(self.owner == place)
        self.owner[self.owner > place] -= 1
        self.owner[mine], self._pull[mine] = 0, 0
        if others:
            pull = np.stack([_pulls(ident, trait_seed, mine) for ident in others])
            self.owner[mine], self._pull[mine] = pull.argmax(axis=0), pull.max(axis=0)


@cache
def _patch_streams() -> np.ndarray:
    """Stream keys of all patches, uint64 [patch]."""
    return np.array([kept_stream_key(draws.PATCH, 0, 1, n) for n in range(PATCHES)], np.uint64)


def _pulls(ident: int, trait_seed: int, patches: np.ndarray) -> np.ndarray:
    """Pulls of a rep on patches, uint64 [patch]."""
    return np.asarray(
        word(np.uint64(draws.person_key(trait_seed, ident)), _patch_streams()[patches])
    )
