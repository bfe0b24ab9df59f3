"""Social ties, computed from addresses instead of a stored graph.

A tie is a keyed random word with as many bits as the market's addresses need, redrawn until it is
the address of a customer present in the market. Initial customers have addresses from 0; customers
who arrive in week w have an address block of their own. Arms with different inflow therefore share
the ties among the customers they have in common.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable


class Addresses(NamedTuple):
    """Mapping of addresses to rows of customers.

    ``bits`` is the length of an address. ``first`` is the number of customers of week 0, who have
    the addresses 0 to first - 1; ``pad`` addresses are reserved for them. ``block`` addresses are
    reserved for each later week.
    """

    bits: int
    first: int
    pad: int
    block: int


@register_jitable
def row_at(address: int, week: int, places: Addresses, cohorts: np.ndarray) -> int:
    """The row of the customer at an address, or -1 if the address is not occupied in that week.

    Args:
        address: the address, 0 or more.
        week: current week; later cohorts have not arrived.
        places: the mapping of addresses.
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


class Network(NamedTuple):
    """Addresses and the rows of each arrival week (:func:`row_at`)."""

    places: Addresses
    cohorts: np.ndarray


def lay_out(customers: int, arrivals: list[int], weekly: float, rows: int) -> Network:
    """Reserve addresses, with room for a quarter more customers than in week 0.

    Args:
        customers: number of customers of week 0.
        arrivals: number of customers who arrive in week 1, 2, ...
        weekly: expected arrivals per week.
        rows: number of rows of week 0, including bystanders, who have no address.
    """
    pad = 1 << max(1, math.ceil(math.log2(1.25 * customers)))
    block = 1 << math.ceil(math.log2(1.25 * weekly + 1.0)) if weekly > 0 else 0
    bits = math.ceil(math.log2(pad + block * len(arrivals)))
    cohorts = np.cumsum([0, rows, *arrivals]).astype(np.int64)
    return Network(Addresses(bits, customers, pad, block), cohorts)
