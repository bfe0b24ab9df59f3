"""Store visits by reps, which win and keep distribution."""

from __future__ import annotations

import numpy as np

from sim import draws
from sim.compile import inner
from sim.draws import person_key, store_ident, stream_key, uniform, word
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.rules import shelf
from sim.rules.arithmetic import bit_count
from sim.rules.selling import FARM, HUNT, TASKS


@inner
def visit_stores(c, w, f):  # type: ignore[no-untyped-def]
    """Reps of a firm visit the stores of their territories: stores that do not carry the firm in
    the hours for hunting, the others in those for farming, with equal time for each.

    Args:
        c: :class:`sim.agents.sales.columns.Columns`.
        w: :class:`sim.agents.sales.columns.SalesWeek`.
        f: row of the firm.
    """
    force, terms, listed = c.forces[f], c.terms[f], c.listed[f]
    params, stream = terms.shelf, stream_key(draws.LISTING, w.clock, terms.firm, 0)
    _count_stores(c, w, f)
    for s in range(w.stores):
        carried, visits, able = shelf.carried(s, listed), 0.0, 0.0
        if force.reps > 0:
            rep, task = c.reps[f, c.owner[f, s]], FARM if carried else HUNT
            visits = rep.bank[task] / terms.selling.talk_hours / rep.people[task]
            able = rep.skill[task]
            rep.listings[FARM] += params.loss * carried
            c.booked[f, acc.STORE_VISITS] += int(visits * PARTS)
        bit = np.uint64(1) << np.uint64(s)
        draw = uniform(word(person_key(w.seed, store_ident(s)), stream))
        if carried and draw < shelf.loss_chance(params.loss, params.visit_effect, visits, able):
            c.listed[f] &= ~bit
            c.booked[f, acc.LISTINGS_LOST] += 1
        elif not carried and draw < shelf.win_chance(params.win, visits, able):
            c.listed[f] |= bit
            c.booked[f, acc.LISTINGS_WON] += 1
            if force.reps > 0:
                c.reps[f, c.owner[f, s]].listings[HUNT] += 1.0
    c.booked[f, acc.LISTED] = np.int64(bit_count(c.listed[f]))
    for r in range(force.reps):
        for task in range(TASKS):
            c.reps[f, r].bank[task] = 0.0


@inner
def _count_stores(c, w, f):  # type: ignore[no-untyped-def]
    """Count the stores of each rep by task, and forget last week's results."""
    for r in range(c.forces[f].reps):
        for task in range(TASKS):
            c.reps[f, r].people[task] = 0
            c.reps[f, r].listings[task] = 0.0
    if c.forces[f].reps > 0:
        for s in range(w.stores):
            task = FARM if shelf.carried(s, c.listed[f]) else HUNT
            c.reps[f, c.owner[f, s]].people[task] += 1
