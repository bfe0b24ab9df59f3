"""Ties: who is at the other end of one, from addresses instead of a stored graph.

A tie is a keyed word of as many bits as the market's addresses need, redrawn until it is the
address of somebody who is there. First customers have the addresses from 0; those who arrive in
week w have a block of their own. So arms with another inflow share the ties among those they share.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable


class Addresses(NamedTuple):
    """How addresses map to rows.

    ``bits`` of an address; ``first`` customers of week 0, who have addresses 0 to first - 1;
    ``pad`` addresses set aside for them; ``block`` addresses for each later week.
    """

    bits: int
    first: int
    pad: int
    block: int


@register_jitable
def row_at(address: int, week: int, places: Addresses, cohorts: np.ndarray) -> int:
    """The row at an address in a week, or -1.

    Args:
        cohorts: first row of each arrival week and the number of rows, int64 [weeks + 1].
    """
    if address < places.pad:
        return address if address < places.first else -1
    if places.block == 0:
        return -1
    arrival = (address - places.pad) // places.block + 1
    slot = (address - places.pad) % places.block
    if arrival > week or arrival >= len(cohorts) - 1:
        return -1
    row = cohorts[arrival] + slot
    return row if row < cohorts[arrival + 1] else -1


@dataclass(frozen=True)
class Network:
    """Addresses and the rows of each arrival week (:func:`row_at`)."""

    places: Addresses
    cohorts: np.ndarray


def lay_out(customers: int, arrivals: list[int], weekly: float, rows: int) -> Network:
    """Set addresses aside, with room for a quarter more people than there are.

    Args:
        customers: of week 0.
        arrivals: number of people who arrive in week 1, 2, ...
        weekly: expected arrivals a week.
        rows: of week 0, bystanders included (they have no address).
    """
    pad = 1 << max(1, math.ceil(math.log2(1.25 * customers)))
    block = 1 << math.ceil(math.log2(1.25 * weekly + 1.0)) if weekly > 0 else 0
    bits = math.ceil(math.log2(pad + block * len(arrivals)))
    cohorts = np.cumsum([0, rows, *arrivals]).astype(np.int64)
    return Network(Addresses(bits, customers, pad, block), cohorts)
