"""The last phases of a week: relationships end, and the state is counted for the ledger."""

from __future__ import annotations

import numpy as np

from sim.compile import inner, part
from sim.draws import LAPSE, stream_key, threshold, uniform, word
from sim.engines.kernels.columns import PARTS, count_event, draw_column
from sim.engines.kernels.word_of_mouth import tell_leaving
from sim.engines.protocol import (
    ACTIVE,
    BOUGHT_BEFORE,
    BOUGHT_EVER,
    BOUGHT_NOW,
    ENDED,
    HERE,
)
from sim.ledger import accounts as acc
from sim.rules.loyalty import lapse_chance, under_contract


@inner
def lapse(w, s, b, outbox, count):
    """Active customers may end the relationship, and may tell an acquaintance."""
    params, readiest = w.params.loyalty, 0.0
    for i in range(b.lo, b.hi):
        readiest = max(readiest, np.float64(w.leaving[i]))
    for f in range(len(s.awareness)):
        # Customers who have heard of no leaver and draw above the largest chance at zero trust
        # cannot lapse; the full chance is computed only for the others.
        limit = threshold(lapse_chance(w.lapse_hazard[f] * readiest, 0.0, 0, params.contagion))
        relation, news = s.relation[f, b.lo : b.hi], s.inbox_left[f, b.lo : b.hi]
        stream = stream_key(LAPSE, w.number, w.firm_ids[f], 0)
        draw_column(b.draw_key, stream, b.draw)
        for i in range(len(relation)):
            active, row = relation[i] & ACTIVE != 0, b.lo + i
            bound = params.contract > 0 and under_contract(w.number, np.int64(s.bound_until[row]))
            if active and bound:  # news waits for the end of a contract
                continue
            heard = np.int64(news[i])
            news[i] = 0
            if (b.draw[i] > limit and heard == 0) or not active:
                continue
            trust = np.float64(s.trust[f, row])
            hazard = w.lapse_hazard[f] * np.float64(w.leaving[row])
            chance = lapse_chance(hazard, trust, heard, params.contagion)
            if uniform(word(b.draw_key[i], stream)) < chance:
                end_relationship(row, f, np.uint8(0), b.place, w, s, outbox, count)


@inner
def end_relationship(i, f, why, place, w, s, outbox, count):
    """Customer ``i`` ends the relationship with a firm, and may tell an acquaintance; ``why`` is a
    flag that is set for the reason, or 0, as uint8."""
    s.relation[f, i] = (s.relation[f, i] & ~np.uint8(ACTIVE)) | np.uint8(ENDED) | why
    count.accounts[f, acc.LAPSED] += 1
    count_event(f, i, acc.BY_LAPSED, 1, w, s, count.cells)
    tell_leaving(i, f, place, w, s, outbox, count)


@part
def report(w, s, b, count):
    """Count the state of customers at the end of the week for the ledger."""
    rate, here = w.rate[b.lo : b.hi], s.here[b.lo : b.hi]
    firms, size = len(s.awareness), len(rate)
    counted = np.empty(size, np.bool_)
    for i in range(size):
        counted[i] = (rate[i] > 0.0) & (here[i] == HERE)
    best, prefers = np.zeros(size, np.float32), np.full(size, -1, np.int16)
    window_ends = (w.number + 1 - w.opening) % w.window == 0
    for f in range(firms):
        known, trusted = s.awareness[f, b.lo : b.hi], s.trust[f, b.lo : b.hi]
        relation, own = s.relation[f, b.lo : b.hi], count.accounts[f]
        report_minds(known, trusted, relation, counted, own)
        compare_trust(f, trusted, best, prefers)
        report_customers(trusted, s.remembered[f, b.lo : b.hi], relation, own)
        report_silence(w.number, w.window, s.last_order[f, b.lo : b.hi], relation, own)
        if window_ends:
            book_window(f, w, s, b, count)
            end_window(relation, own)
    living = 0
    for i in range(size):
        living += counted[i]
        if prefers[i] >= 0 and counted[i]:
            count.accounts[prefers[i], acc.PREFERRED] += 1
    count.accounts[firms, acc.PEOPLE] += living
    if w.params.category.hurdle_spread > 0.0:
        report_adopters(s.relation, counted, b, count.accounts[firms])


@part
def report_adopters(relation, counted, b, account):
    """Count the people who have bought in the category, from any firm."""
    for i in range(len(counted)):
        adopted = False
        for f in range(len(relation)):
            adopted |= (relation[f, b.lo + i] & BOUGHT_EVER) != 0
        account[acc.ADOPTED] += counted[i] & adopted


@inner
def report_minds(known, trusted, relation, counted, account):
    """Add up awareness, and awareness times trust of those who are not customers."""
    aware, reserve = 0, 0
    for i in range(len(known)):
        part = np.int64(np.float64(known[i]) * PARTS)
        aware += part if counted[i] else np.int64(0)
        part = np.int64(np.float64(known[i]) * np.float64(trusted[i]) * PARTS)
        reserve += part if counted[i] & (relation[i] & ACTIVE == 0) else np.int64(0)
    account[acc.AWARENESS] += aware
    account[acc.RESERVE] += reserve


@inner
def compare_trust(f, trusted, best, prefers):
    """Update the most trusted firm of each customer with this firm."""
    for i in range(len(trusted)):
        more = trusted[i] > best[i]
        best[i] = trusted[i] if more else best[i]
        prefers[i] = f if more else prefers[i]


@inner
def report_customers(trusted, prices, relation, account):
    """Add up active customers, their trust and the prices they remember."""
    trust, active, price = 0, 0, 0
    for i in range(len(trusted)):
        a = np.int64(relation[i] & ACTIVE)
        active += a
        trust += a * np.int64(np.float64(trusted[i]) * PARTS)
        price += a * np.int64(np.float64(prices[i]) * PARTS)
    account[acc.TRUST] += trust
    account[acc.ACTIVE] += active
    account[acc.REMEMBERED] += price


@inner
def report_silence(week, window, latest, relation, account):
    """Count customers whose last order is within the window, and those it has just left."""
    silent, seen = 0, 0
    for i in range(len(latest)):
        bought = (relation[i] & BOUGHT_EVER) != 0
        silence = week - np.int64(latest[i])
        silent += bought & (silence == window)
        seen += bought & (silence < window)
    account[acc.SILENT] += silent
    account[acc.SEEN_ACTIVE] += seen


@part
def book_window(f, w, s, b, count):
    """Count buyers of the previous window, and repeat buyers, by customer characteristics."""
    for i in range(b.lo, b.hi):
        relation = s.relation[f, i]
        if relation & BOUGHT_BEFORE:
            count_event(f, i, acc.BY_WINDOW_BUYERS, 1, w, s, count.cells)
            if relation & BOUGHT_NOW:
                count_event(f, i, acc.BY_WINDOW_REPEATERS, 1, w, s, count.cells)


@part
def end_window(relation, account):
    """Count a window's buyers, and begin the next window."""
    for i in range(len(relation)):
        before = (relation[i] & BOUGHT_BEFORE) != 0
        now = (relation[i] & BOUGHT_NOW) != 0
        account[acc.WINDOW_BUYERS] += before
        account[acc.WINDOW_CUSTOMERS] += now
        account[acc.WINDOW_REPEATERS] += before and now
        relation[i] &= ~np.uint8(BOUGHT_NOW | BOUGHT_BEFORE)
        if now:
            relation[i] |= BOUGHT_BEFORE
