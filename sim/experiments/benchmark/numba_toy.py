"""The toy market in loops that Numba compiles on the spot: the strict yardstick."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.draws import high32, pick, u64, uniform, word
from sim.experiments.benchmark import toy
from sim.experiments.benchmark.blocks_toy import BLOCK, PARTS, Loops
from sim.rules.arithmetic import exp

OPTIONS = {"nogil": True, "error_model": "numpy"}
"""As the engine is compiled, at the first call; nothing is kept for the next process."""

TALK_LIMIT = np.uint32(toy.TALK * 2.0**32)
RANGE = 2.0**32


@njit(**OPTIONS)
def hear(a, t, heard):
    """Messages arrive."""
    for i in range(len(a)):
        if heard[i]:
            left_a, left_t = 1.0, 1.0
            for _ in range(heard[i]):
                left_a = left_a * (1.0 - toy.HEARD_AWARENESS)
                left_t = left_t * (1.0 - toy.HEARD_TRUST)
            a[i] = 1.0 - (1.0 - np.float64(a[i])) * left_a
            t[i] = 1.0 - (1.0 - np.float64(t[i])) * left_t
            heard[i] = 0


@njit(**OPTIONS)
def meet(a, key, stream, contacts):
    """Awareness fades, and adverts reach customers."""
    gain = np.empty(toy.MOST_CONTACTS + 1)
    left = 1.0
    for n in range(toy.MOST_CONTACTS + 1):
        gain[n] = 1.0 - left
        left = left * (1.0 - toy.ADVERT_GAIN)
    one, two, three, four = contacts
    for i in range(len(a)):
        drawn = high32(word(key[i], stream))
        met = gain[1] if drawn < one else 0.0
        met = gain[2] if drawn < two else met
        met = gain[3] if drawn < three else met
        met = gain[4] if drawn < four else met
        known = np.float64(a[i]) * toy.RETENTION
        a[i] = known + met * (1.0 - known)


@njit(**OPTIONS)
def wish(key, stream, active, talks):
    """Mark the customers who talk."""
    for i in range(len(active)):
        talks[i] = active[i] & (high32(word(key[i], stream)) < TALK_LIMIT)


@njit(**OPTIONS)
def tell(key, stream, talks, size, to):
    """List the receivers of a block's messages; returns their number."""
    sent = 0
    for i in range(len(talks)):
        if talks[i]:
            tie = pick(word(key[i], stream), u64(toy.TIES))
            to[sent] = pick(word(key[i], u64(tie + u64(1))), u64(size))
            sent += 1
    return sent


@njit(**OPTIONS)
def buy(a, t, active, occasion, key, arises, chooses):
    """Customers may buy; returns the number of sales."""
    sales = 0
    for i in range(len(a)):
        trust = np.float64(t[i])
        utility = toy.INTERCEPT + toy.AWARENESS_WEIGHT * np.float64(a[i]) + toy.TRUST_WEIGHT * trust
        likes = uniform(word(key[i], chooses)) * (1.0 + exp(-utility)) < 1.0
        buys = (high32(word(key[i], arises)) < occasion[i]) & likes
        t[i] = trust + toy.EXPERIENCE_GAIN * (1.0 - trust) if buys else trust
        active[i] = active[i] | buys
        sales += buys
    return sales


@njit(**OPTIONS)
def lapse(a, t, active, key, stream):
    """Customers may lapse; returns the sum of awareness, and the number of customers left."""
    aware, customers = 0, 0
    for i in range(len(a)):
        drawn = np.float64(np.int64(high32(word(key[i], stream))))
        stays = drawn >= toy.LAPSE * (1.0 - np.float64(t[i])) * RANGE
        active[i] = active[i] & stays
        customers += np.int64(active[i])
        aware += np.int64(np.float64(a[i]) * PARTS)
    return aware, customers


@njit(**OPTIONS)
def week(first, last, streams, contacts, columns):
    """Simulate a week of some blocks."""
    talks, size = np.empty(BLOCK, np.uint8), len(columns.a)
    for block in range(first, last):
        lo, hi = block * BLOCK, min(size, (block + 1) * BLOCK)
        a, t, active = columns.a[lo:hi], columns.t[lo:hi], columns.active[lo:hi]
        key, mine = columns.key[lo:hi], talks[: hi - lo]
        hear(a, t, columns.heard[lo:hi])
        meet(a, key, streams[0], contacts)
        wish(key, streams[1], active, mine)
        columns.sent[block] = tell(key, streams[1], mine, size, columns.to[block])
        sales = buy(a, t, active, columns.occasion[lo:hi], key, streams[2], streams[3])
        aware, customers = lapse(a, t, active, key, streams[4])
        columns.sums[block, 0], columns.sums[block, 1] = aware, customers
        columns.sums[block, 2] = sales


@njit(**OPTIONS)
def deliver(first, last, columns):
    """Count the messages to the customers of some blocks."""
    lo, hi = first * BLOCK, last * BLOCK
    for block in range(len(columns.sent)):
        for n in range(columns.sent[block]):
            receiver = columns.to[block, n]
            if lo <= receiver < hi:
                columns.heard[receiver] += 1


LOOPS = Loops(week, deliver)
