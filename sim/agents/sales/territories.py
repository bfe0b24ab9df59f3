"""Sales territories: the assignment of patches of the market to reps.

Each patch is served by the rep with the strongest pull, a keyed draw of (rep, patch). Hiring or
losing a rep therefore reassigns only the patches of that rep.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim import draws
from sim.compile import compiled, inner
from sim.draws import person_key, stream_key, word


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
        _join(self.owner, self._pull, place, np.uint64(ident), np.uint64(trait_seed))

    def leave(self, place: int, others: Sequence[int] | np.ndarray, trait_seed: int) -> None:
        """Remove the rep at a place; the patches go to the ``others`` (idents, in their order)."""
        idents = np.array(others, np.uint64)
        _leave(self.owner, self._pull, place, idents, np.uint64(trait_seed))


@compiled
def _join(owner, pull, place, ident, trait_seed):  # type: ignore[no-untyped-def]
    """Give a rep the patches on which no other pull is stronger."""
    key = person_key(trait_seed, ident)
    for patch in range(len(owner)):
        own = word(key, _stream(patch))
        if own > pull[patch]:
            owner[patch], pull[patch] = place, own


@compiled
def _leave(owner, pull, place, others, trait_seed):  # type: ignore[no-untyped-def]
    """Give the patches of the rep at a place to the others."""
    keys = np.empty(len(others), np.uint64)
    for r in range(len(others)):
        keys[r] = person_key(trait_seed, others[r])
    for patch in range(len(owner)):
        if owner[patch] > place:
            owner[patch] -= 1
        elif owner[patch] == place:
            owner[patch], pull[patch] = 0, 0
            stream = _stream(patch)
            for r in range(len(keys)):
                own = word(keys[r], stream)
                if own > pull[patch]:
                    owner[patch], pull[patch] = r, own


@inner
def _stream(patch):  # type: ignore[no-untyped-def]
    """Stream key of the pulls on a patch."""
    return stream_key(draws.PATCH, 0, 1, patch)
