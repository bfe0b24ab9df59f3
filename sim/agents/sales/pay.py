"""Credit and pay of reps for the orders of a week.

In the loops ``c`` are the :class:`~sim.agents.sales.columns.Columns`, ``w`` the
:class:`~sim.agents.sales.columns.SalesWeek` and ``f`` is the row of a firm; ``orders`` are the
:class:`~sim.ledger.orders.OrderLines` of all firms.
"""

from __future__ import annotations

import numpy as np

from sim.agents.sales.leads import CALLED, FOLLOWED
from sim.agents.sales.rep import book_sales, terms_of
from sim.compile import inner, part
from sim.engines.protocol import ACTIVE
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.rules.selling import FARM, HUNT, TASKS
from sim.rules.units import CENTS, QUARTER


@part
def start_credit(c, f):  # type: ignore[no-untyped-def]
    """Set this week's credit of all reps of a firm to zero."""
    for r in range(c.forces[f].reps):
        rep = c.reps[f, r]
        rep.value, rep.number = 0.0, 0
        for task in range(TASKS):
            rep.credit[task] = 0.0


@part
def credit_orders(c, w, f, orders):  # type: ignore[no-untyped-def]
    """Credit reps with orders of their customers and of leads they have worked. Reps attribute
    orders after their calls, this week or on open leads, to their hours. Customers are marked."""
    for n in range(orders.at[f], orders.at[f + 1]):
        i, worth = orders.row[n], _worth(orders, n, w.weight)
        rep, task = c.reps[f, c.owner[f, w.patch[i]]], np.int64(w.relation[f, i] & ACTIVE)
        if task > 0 or w.mark[i] & FOLLOWED:
            rep.value += worth
            rep.number += w.weight
        if w.mark[i] & (CALLED | FOLLOWED):
            rep.credit[task] += worth


@part
def credit_stores(c, w, f, orders, total):  # type: ignore[no-untyped-def]
    """Credit reps with the sales of their stores. A store won, or kept from being lost, counts as a
    quarter's sales of a store.

    Args:
        total: value of the firm's orders, money.
    """
    for n in range(orders.at[f], orders.at[f + 1]):
        rep = c.reps[f, c.owner[f, w.store[orders.row[n]]]]
        rep.value += _worth(orders, n, w.weight)
        rep.number += w.weight
    quarter = np.float64(QUARTER) * total / max(1, c.booked[f, acc.LISTED])
    for r in range(c.forces[f].reps):
        rep = c.reps[f, r]
        rep.credit[HUNT] = rep.listings[HUNT] * quarter
        rep.credit[FARM] = rep.listings[FARM] * quarter


@inner
def _worth(orders, n, weight):  # type: ignore[no-untyped-def]
    """Value of an order in the whole market, money."""
    return np.float64(orders.price[n] * orders.units[n]) * (weight / np.float64(CENTS))


@part
def pay(c, w, f, own_share):  # type: ignore[no-untyped-def]
    """Pay the reps of a firm for the orders credited to them, and book their work.

    Args:
        own_share: share of hours spent on reps' own work.
    """
    for r in range(c.forces[f].reps):
        rep = c.reps[f, r]
        terms = terms_of(c, f, rep)
        cents = np.int64(np.rint(book_sales(rep, terms, w.week, own_share) * CENTS))
        hours = terms.force.hours * rep.effort
        c.booked[f, acc.REPS] += 1
        c.booked[f, acc.PAYROLL] += cents
        c.booked[f, acc.HOURS] += int(hours * PARTS)
        c.booked[f, acc.HUNT_HOURS] += int(hours * rep.hunt * PARTS)
        c.booked[f, acc.SKILL] += int(0.5 * (rep.skill[HUNT] + rep.skill[FARM]) * PARTS)
        c.booked[f, acc.HUNT_SKILL] += int(rep.skill[HUNT] * PARTS)
