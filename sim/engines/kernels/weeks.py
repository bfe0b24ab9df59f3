"""The customers' phases of a week for a range of blocks, in the order of the week's table.

Compiled code releases the global interpreter lock, so threads can share the blocks.
"""

from __future__ import annotations

import numpy as np

from sim.compile import compiled, compiled_nogil
from sim.engines.kernels.answers import answer
from sim.engines.kernels.calls import gather_talks, leave_interest, room_for_talks
from sim.engines.kernels.columns import BLOCK, Inputs, block_at, hold, look_who_sees
from sim.engines.kernels.contacts import meet, room_for_contacts
from sim.engines.kernels.lapse_and_report import lapse, report
from sim.engines.kernels.opening import add_audiences, enter_and_exit, forget, need
from sim.engines.kernels.shopping import experience, gather_shoppers, shop
from sim.engines.kernels.word_of_mouth import deliver, hear, talk


@compiled_nogil
def open_blocks(kept, first, last, number, people, demand):
    """Run enter and exit, hear, forget and need for blocks ``first`` to ``last - 1``.

    Args:
        kept: :class:`~sim.engines.kernels.columns.Population`, kept.
        number: weeks since the warm-up began.
        people: number of customers that have arrived by now.
        demand: level of demand this week.
    """
    market = kept.columns
    w, s, count = Inputs(number, people, *market.fixed), market.state, market.count
    seeing, customer = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    draw = np.empty(BLOCK, np.uint32)
    for place in range(first, last):
        b = block_at(place, w, market.in_need, seeing, customer, draw)
        enter_and_exit(w, s, b, count)
        hear(w, s, b, count)
        forget(w, s, b)
        need(w, demand, market.limit, s, b, count)
        look_who_sees(w, s, b)
        add_audiences(w, s, b, market.audience)


@compiled_nogil
def close_blocks(kept, first, last, number, people, offers):
    """Run meet, talk, shop, experience, lapse and report for blocks ``first`` to ``last - 1``.
    Messages are delivered if these are all blocks.

    Args:
        kept, number, people: as for :func:`open_blocks`.
        offers: :class:`~sim.engines.protocol.Offers`; results of its calls are written.
    """
    market = kept.columns
    w, s, count = Inputs(number, people, *market.fixed), market.state, market.count
    outbox, interest = market.outbox, market.interest
    seeing, customer = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    draw = np.empty(BLOCK, np.uint32)
    contacts = room_for_contacts()
    treated, calls = offers.treated, offers.calls
    talks = room_for_talks(w, calls, interest)
    for place in range(first, last):
        b = block_at(place, w, market.in_need, seeing, customer, draw)
        outbox.sent[place] = 0
        look_who_sees(w, s, b)
        gather_talks(calls, b, talks)
        meet(w, offers, treated, calls, s, b, contacts, talks, count)
        hold(offers.held, offers.noted, s, b)
        talk(w, s, b, outbox, count)
        if w.params.choice.incidence > 0.0:
            answer(w, offers, treated, market.limit, s, b, talks)
        shoppers = gather_shoppers(w, b)
        shop(w, offers, treated, calls, s, b, talks, shoppers, outbox, count)
        experience(w, offers, s, b, shoppers, outbox, count)
        lapse(w, s, b, outbox, count)
        report(w, s, b, count)
        leave_interest(b, talks, interest)
    if last - first == len(outbox.sent):
        deliver(first, last, outbox, s)


@compiled_nogil
def deliver_blocks(kept, first, last):
    """Deliver all messages to customers in blocks ``first`` to ``last - 1``."""
    deliver(first, last, kept.columns.outbox, kept.columns.state)


@compiled
def messages_of(kept):
    """Messages of the week, int64 [message, 4]: sender, receiver, firm, valence."""
    outbox = kept.columns.outbox
    return listed(outbox.sent, outbox.source, outbox.to, outbox.firm, outbox.valence)


@compiled
def interest_of(kept):
    """Interest signals of the week, int64 [signal, 4]: customer, firm, source, flags."""
    signals = kept.columns.interest
    return listed(signals.left, signals.row, signals.firm, signals.source, signals.flags)


@compiled
def listed(sizes, first, second, third, fourth):
    """The filled entries of all blocks, int64 [entry, 4].

    Args:
        sizes: number of filled entries of each block, [block].
        first, second, third, fourth: arrays with the entries, [block, place] each.
    """
    out, n = np.empty((sizes.sum(), 4), np.int64), 0
    for place in range(len(sizes)):
        for m in range(sizes[place]):
            out[n, 0], out[n, 1] = first[place, m], second[place, m]
            out[n, 2], out[n, 3] = third[place, m], fourth[place, m]
            n += 1
    return out
