"""The customers' phases of a week for a range of blocks, in the order of the week's table.

Compiled code releases the global interpreter lock, so threads can share the blocks.
"""

from __future__ import annotations

import numpy as np

from sim.compile import compiled_nogil
from sim.engines.kernels.calls import gather_talks, leave_interest, room_for_talks
from sim.engines.kernels.columns import BLOCK, block_at, look_who_sees
from sim.engines.kernels.contacts import meet, room_for_contacts
from sim.engines.kernels.lapse_and_report import lapse, report
from sim.engines.kernels.opening import add_audiences, enter_and_exit, forget, need
from sim.engines.kernels.shopping import experience, gather_shoppers, shop
from sim.engines.kernels.word_of_mouth import hear, talk


@compiled_nogil
def open_blocks(first, last, w, demand, limit, s, in_need, audience, count):
    """Run enter and exit, hear, forget and need for blocks ``first`` to ``last - 1``.

    Args:
        w: :class:`~sim.engines.kernels.columns.Week`.
        s: the state, changed in place.
        demand, limit: as in :func:`~sim.engines.kernels.opening.need`.
        in_need: written, uint8 [customer].
        audience: added to, int64 [firm, class].
        count: the counts of the week, added to.
    """
    seeing, draw = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint32)
    for place in range(first, last):
        b = block_at(place, w, in_need, seeing, draw)
        enter_and_exit(w, s, b, count)
        hear(w, s, b, count)
        forget(w, s, b)
        need(w, demand, limit, s, b)
        look_who_sees(w, s, b)
        add_audiences(s, b, audience)


@compiled_nogil
def close_blocks(first, last, w, offers, s, in_need, outbox, interest, count):
    """Run meet, talk, shop, experience, lapse and report for blocks ``first`` to ``last - 1``.

    Args:
        w: :class:`~sim.engines.kernels.columns.Week`.
        s: the state, changed in place.
        offers: :class:`~sim.engines.protocol.Offers`; results of its calls are written.
        in_need: uint8 [customer], as written by :func:`open_blocks`.
        outbox, interest: written.
        count: the counts of the week, added to.
    """
    seeing, draw = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint32)
    contacts = room_for_contacts()
    treated, calls = offers.treated, offers.calls
    talks = room_for_talks(w, calls, interest)
    for place in range(first, last):
        b = block_at(place, w, in_need, seeing, draw)
        outbox.sent[place] = 0
        look_who_sees(w, s, b)
        gather_talks(calls, b, talks)
        meet(w, offers, treated, calls, s, b, contacts, talks, count)
        talk(w, s, b, outbox, count)
        shoppers = gather_shoppers(w, b)
        shop(w, offers, treated, calls, s, b, talks, shoppers, outbox, count)
        experience(w, offers, s, shoppers, count)
        lapse(w, s, b, outbox, count)
        report(w, s, b, count)
        leave_interest(b, talks, interest)
