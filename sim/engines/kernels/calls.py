"""Sales calls to the customers of a block, and the interest signals they send back."""

from __future__ import annotations

import numpy as np

from sim.compile import inlined, part
from sim.draws import ACCELERATION, stream_key, uniform, word
from sim.engines.kernels.columns import BLOCK, Talks, believes
from sim.ledger import accounts as acc
from sim.rules.leads import NOT_MET
from sim.rules.loyalty import under_contract
from sim.rules.selling import acceleration_chance


@part
def room_for_talks(w, calls, interest):
    """Allocate buffers for a block's calls and interest signals; empty if a week has none."""
    firms = len(w.firm_ids)
    width = BLOCK if len(calls.row) > 0 or interest.row.size > 0 else 0
    return Talks(
        np.zeros(2, np.int64), np.full((firms, width), -1, np.int32),
        np.zeros((firms, width), np.uint8), np.zeros((firms, width), np.uint8),
        np.zeros(BLOCK, np.uint8),
    )  # fmt: skip


@part
def gather_talks(calls, b, talks):
    """Find the block's part of the week's calls, and clear the data of the previous block."""
    if talks.call.size > 0:
        talks.mine[0] = np.searchsorted(calls.row, b.lo)
        talks.mine[1] = np.searchsorted(calls.row, b.hi)
        talks.call[:] = -1
        talks.source[:] = 0
        talks.early[:] = 0


@inlined
def call_of(f, i, talks):
    """Row in the week's calls of a firm's call to the block's customer ``i``, -1 for none."""
    return np.int64(talks.call[f, i]) if talks.call.size > 0 else np.int64(-1)


@part
def buy_early(w, calls, s, b, talks, count):
    """Reps' discounts may make customers buy before the need arises."""
    p = w.params
    for c in range(talks.mine[0], talks.mine[1]):
        row, f = calls.row[c], calls.firm[c]
        i = row - b.lo
        if calls.result[c] == NOT_MET or b.needing[i] or calls.cut[c] <= 0.0:
            continue
        if p.loyalty.contract > 0 and under_contract(w.number, np.int64(s.bound_until[row])):
            continue
        if p.category.hurdle_spread > 0.0 and not believes(row, w, s):
            continue
        chance = acceleration_chance(
            np.float64(w.rate[row]), calls.cut[c], p.selling.purchase_acceleration
        )
        drawn = word(b.draw_key[i], stream_key(ACCELERATION, w.number, w.firm_ids[f], 0))
        if uniform(drawn) < chance:
            b.needing[i] = 1
            talks.early[i] = 1
            count.accounts[f, acc.ACCELERATED] += 1


@part
def leave_interest(b, talks, interest):
    """List the interest signals of a block, by customer, then firm."""
    n, firms = 0, len(talks.source)
    if interest.row.size > 0:
        left = b.draw
        for i in range(len(left)):
            left[i] = talks.source[0, i]
        for f in range(1, firms):
            for i in range(len(left)):
                left[i] |= talks.source[f, i]
        for i in range(len(left)):
            if left[i] == 0:
                continue
            for f in range(firms):
                if talks.source[f, i] > 0:
                    interest.row[b.place, n], interest.firm[b.place, n] = b.lo + i, f
                    interest.source[b.place, n] = talks.source[f, i] - 1
                    interest.flags[b.place, n] = talks.flags[f, i]
                    n += 1
    interest.left[b.place] = n
