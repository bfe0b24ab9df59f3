"""The compiled loops of the fast engine. Behaviour is called from :mod:`sim.rules`.

Loops run block > firm > activity > customer; a block of customers stays in the first-level cache.
A kernel works on blocks ``first`` to ``last`` and releases the interpreter, so threads can share
out the blocks; every sum is a whole number, so the split cannot matter. State is kept in single
precision and every rule is computed in double precision.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.draws import (
    CHOICE,
    CONSIDER,
    CONTACT,
    EXPERIENCE,
    LAPSE,
    OCCASION,
    OUTSIDE,
    RECALL,
    TALK,
    TASTE,
    TIE,
    high32,
    pick,
    stream_key,
    threshold,
    u64,
    uniform,
    word,
)
from sim.engines.protocol import ACTIVE, BOUGHT_BEFORE, BOUGHT_EVER, BOUGHT_NOW
from sim.ledger import accounts as book
from sim.market.activities import AUDIENCES
from sim.rules.attention import (
    MOST_CONTACTS,
    addressed,
    forgotten,
    reached,
    repeated,
    tail_chance,
)
from sim.rules.choice import appeal, clock, occasion_chance, taste
from sim.rules.loyalty import experienced, lapse_chance
from sim.rules.talk import MOST_ATTEMPTS, VALENCE_UNIT, persuaded, valence

BLOCK = 1024
"""Customers per block."""

AWARENESS, TRUST, ACTIVE_CUSTOMERS = book.AWARENESS, book.TRUST, book.ACTIVE
PARTS = float(book.PARTS)
HEARD, TALKS, CONSIDERED, ORDERS = book.HEARD, book.TALKS, book.CONSIDERED, book.ORDERS
ACQUIRED, WON_BACK, LAPSED = book.ACQUIRED, book.WON_BACK, book.LAPSED
SILENT, SEEN_ACTIVE, DISAPPOINTED = book.SILENT, book.SEEN_ACTIVE, book.DISAPPOINTED
WINDOW_BUYERS, WINDOW_REPEATERS = book.WINDOW_BUYERS, book.WINDOW_REPEATERS
SURVEYED, SURVEYED_AWARE = book.SURVEYED, book.SURVEYED_AWARE
PEOPLE, OCCASIONS, UNBOUGHT = book.PEOPLE, book.OCCASIONS, book.UNBOUGHT

compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def occasion_thresholds(rate, out):
    """The chance of an occasion per customer, as a 32-bit threshold."""
    for i in range(len(rate)):
        out[i] = threshold(occasion_chance(np.float64(rate[i])))


@compiled
def reach_table(contacts, weights, audience):
    """How likely people of each class are to have 1, 2, ... contacts with each activity.

    Args:
        contacts: bought this week, in simulated people, float64 [firm, activity].
        weights: how much an activity is aimed at each class, float64 [activity, class].
        audience: people of each class who can be met, int64 [firm, class].

    Returns:
        32-bit thresholds, uint32 [firm, activity, class, contacts - 1].
    """
    firms, activities = contacts.shape
    out = np.zeros((firms, activities, AUDIENCES, MOST_CONTACTS), np.uint32)
    for f in range(firms):
        for k in range(activities):
            size = 0.0
            for c in range(AUDIENCES):
                size = size + weights[k, c] * np.float64(audience[f, c])
            if contacts[f, k] <= 0.0 or size <= 0.0:
                continue
            for c in range(AUDIENCES):
                rate = contacts[f, k] * weights[k, c] / size
                if rate > 0.0:
                    for n in range(MOST_CONTACTS):
                        out[f, k, c, n] = threshold(tail_chance(rate, n + 1))
    return out


@compiled
def draw_column(person, stream, luck):
    """The upper 32 bits of everybody's word for a stream. ``person`` and ``luck`` are blocks."""
    for i in range(len(person)):
        luck[i] = high32(word(person[i], stream))


@compiled
def open_blocks(
    first, last, week, b, person, occasion_limit, sees, in_need,
    awareness, trust, relation, inbox_count, inbox_valence, audience, tally,
):  # fmt: skip
    """Hear, forget, need for blocks first..last-1; audiences are added to ``audience``."""
    firms, people = awareness.shape
    occasion = stream_key(OCCASION, week, 0, 0)
    luck = np.empty(BLOCK, np.uint32)
    for block in range(first, last):
        lo, hi = block * BLOCK, min(people, (block + 1) * BLOCK)
        size = hi - lo
        limit, seeing, needing = occasion_limit[lo:hi], sees[lo:hi], in_need[lo:hi]
        draw_column(person[lo:hi], occasion, luck[:size])
        for i in range(size):
            needing[i] = luck[i] < limit[i]
        for f in range(firms):
            known, trusted = awareness[f, lo:hi], trust[f, lo:hi]
            count, said = inbox_count[f, lo:hi], inbox_valence[f, lo:hi]
            for i in range(size):
                if count[i] == 0:
                    continue
                n = np.int64(count[i])
                mean = np.float64(said[i]) / (np.float64(n) * VALENCE_UNIT)
                known[i] = reached(np.float64(known[i]), repeated(b.talk_awareness, n))
                trusted[i] = persuaded(np.float64(trusted[i]), repeated(b.talk_trust, n), mean)
                count[i] = 0
                said[i] = 0
                tally[f, HEARD] += n
            for i in range(size):
                known[i] = forgotten(np.float64(known[i]), b.retention)
            bond = relation[f, lo:hi]
            all_seen, active, in_market, both = 0, 0, 0, 0
            for i in range(size):
                a = bond[i] & ACTIVE & seeing[i]
                all_seen += seeing[i]
                active += a
                in_market += needing[i] & seeing[i]
                both += needing[i] & a
            audience[f, 0] += all_seen - active - in_market + both
            audience[f, 1] += in_market - both
            audience[f, 2] += active - both
            audience[f, 3] += both


@compiled
def meet_firm(
    f, week, firm_id, person, needing, seeing, known, trusted, bond, luck, group, number,
    activity_ids, survey, awareness_gain, trust_gain, trust_loss, reach,
    tally, contacts,
):  # fmt: skip
    """One firm's activities meet one block of customers."""
    size = len(person)
    # One class more than audiences: people whom no activity reaches.
    limits = np.zeros((MOST_CONTACTS, AUDIENCES + 1), np.uint32)
    for i in range(size):
        group[i] = 2 * (bond[i] & ACTIVE) + needing[i] if seeing[i] else AUDIENCES
    for k in range(len(activity_ids)):
        if reach[k, :, 0].max() == 0:
            continue
        for n in range(MOST_CONTACTS):
            for c in range(AUDIENCES):
                limits[n, c] = reach[k, c, n]
        draw_column(person, stream_key(CONTACT, week, firm_id, activity_ids[k]), luck)
        met = 0
        for i in range(size):
            times = 0
            for n in range(MOST_CONTACTS):
                times += luck[i] < limits[n, group[i]]
            number[i] = times
            met += times
        contacts[k] += met
        if survey[k]:
            recall = stream_key(RECALL, week, firm_id, activity_ids[k])
            for i in range(size):
                if number[i] > 0:
                    tally[f, SURVEYED] += 1
                    aware = uniform(word(person[i], recall)) < np.float64(known[i])
                    tally[f, SURVEYED_AWARE] += aware
        gain = awareness_gain[k]
        if gain[1] > 0.0:
            for i in range(size):
                known[i] = reached(np.float64(known[i]), gain[number[i]])
        gain, loss = trust_gain[k], trust_loss[k]
        if gain[1] > 0.0 or loss[1] > 0.0:
            for i in range(size):
                trusted[i] = addressed(np.float64(trusted[i]), gain[number[i]], loss[number[i]])


@compiled
def close_blocks(
    first, last, week, window, b, person, rate, sees, social, in_need,
    awareness, trust, relation, last_order, address_bits,
    firm_ids, activity_ids, survey, awareness_gain, trust_gain, trust_loss,
    price_appeal, quality, reach,
    sent, sent_to, sent_firm, sent_valence, tally, contacts,
):  # fmt: skip
    """Meet, talk, shop, experience, lapse, report for blocks first..last-1."""
    firms, people = awareness.shape
    market = firms
    luck_block = np.empty(BLOCK, np.uint32)
    group_block = np.empty(BLOCK, np.uint8)
    number_block = np.empty(BLOCK, np.uint8)
    talk_limit = threshold(b.talk_rate)
    # Nobody lapses who draws above the chance at no trust: only the rest is looked at closely.
    lapse_limit = threshold(lapse_chance(b.lapse_hazard, 0.0))
    outside = stream_key(OUTSIDE, week, 0, 0)
    consider_streams = np.empty(firms, np.uint64)
    choice_streams = np.empty(firms, np.uint64)
    taste_streams = np.empty(firms, np.uint64)
    experience_streams = np.empty(firms, np.uint64)
    for f in range(firms):
        consider_streams[f] = stream_key(CONSIDER, week, firm_ids[f], 0)
        choice_streams[f] = stream_key(CHOICE, week, firm_ids[f], 0)
        taste_streams[f] = stream_key(TASTE, 0, firm_ids[f], 0)
        experience_streams[f] = stream_key(EXPERIENCE, week, firm_ids[f], 0)
    window_ends = (week + 1) % window == 0

    for block in range(first, last):
        lo, hi = block * BLOCK, min(people, (block + 1) * BLOCK)
        size = hi - lo
        key, needing, seeing, rates = person[lo:hi], in_need[lo:hi], sees[lo:hi], rate[lo:hi]
        luck, group, number = luck_block[:size], group_block[:size], number_block[:size]

        for f in range(firms):
            meet_firm(
                f, week, firm_ids[f], key, needing, seeing,
                awareness[f, lo:hi], trust[f, lo:hi], relation[f, lo:hi], luck, group, number,
                activity_ids, survey, awareness_gain, trust_gain, trust_loss,
                reach[f], tally, contacts[f],
            )  # fmt: skip

        # talk
        out, told = 0, 0
        for f in range(firms):
            bond = relation[f, lo:hi]
            stream = stream_key(TALK, week, firm_ids[f], 0)
            draw_column(key, stream, luck)
            for i in range(size):
                if luck[i] >= talk_limit or not bond[i] & ACTIVE or not social[lo + i]:
                    continue
                tie = np.int64(pick(word(key[i], stream), u64(b.ties)))
                for attempt in range(MOST_ATTEMPTS):
                    item = tie * MOST_ATTEMPTS + attempt
                    address = word(key[i], stream_key(TIE, 0, 0, item)) >> u64(64 - address_bits)
                    to = np.int64(address)
                    if to < people and to != lo + i and social[to]:
                        said = valence(np.float64(trust[f, lo + i]), b.candour)
                        sent_to[block, out] = to
                        sent_firm[block, out] = f
                        sent_valence[block, out] = np.int64(said * VALENCE_UNIT)
                        out += 1
                        break
            tally[f, TALKS] += out - told
            told = out
        sent[block] = out

        # shop, buy, experience
        for i in range(lo, hi):
            if not in_need[i]:
                continue
            me = person[i]
            tally[market, OCCASIONS] += 1
            chosen = -1
            soonest = clock(uniform(word(me, outside)), 0.0)
            for f in range(firms):
                known = np.float64(awareness[f, i])
                if b.consideration and uniform(word(me, consider_streams[f])) >= known:
                    continue
                tally[f, CONSIDERED] += 1
                suits = taste(uniform(word(me, taste_streams[f])), b.taste_spread)
                inertia = b.inertia if relation[f, i] & ACTIVE else 0.0
                utility = appeal(
                    b.intercept, b.awareness_weight, known,
                    b.trust_weight, np.float64(trust[f, i]), inertia, price_appeal[f], suits,
                )  # fmt: skip
                rings = clock(uniform(word(me, choice_streams[f])), utility)
                if rings < soonest:
                    soonest = rings
                    chosen = f
            if chosen < 0:
                tally[market, UNBOUGHT] += 1
                continue
            f = chosen
            tally[f, ORDERS] += 1
            if not relation[f, i] & BOUGHT_EVER:
                tally[f, ACQUIRED] += 1
            elif not relation[f, i] & ACTIVE:
                tally[f, WON_BACK] += 1
            relation[f, i] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
            last_order[f, i] = week
            good = high32(word(me, experience_streams[f])) < quality[f]
            if not good:
                tally[f, DISAPPOINTED] += 1
            trust[f, i] = experienced(
                np.float64(trust[f, i]), good, b.experience_gain, b.experience_loss
            )
            awareness[f, i] = reached(np.float64(awareness[f, i]), b.experience_awareness)

        # lapse and report
        living = 0
        for i in range(size):
            living += rates[i] > 0.0
        tally[market, PEOPLE] += living
        for f in range(firms):
            bond, trusted, latest = relation[f, lo:hi], trust[f, lo:hi], last_order[f, lo:hi]
            stream = stream_key(LAPSE, week, firm_ids[f], 0)
            draw_column(key, stream, luck)
            for i in range(size):
                if luck[i] <= lapse_limit and bond[i] & ACTIVE:
                    chance = lapse_chance(b.lapse_hazard, np.float64(trusted[i]))
                    if uniform(word(key[i], stream)) < chance:
                        bond[i] &= ~np.uint8(ACTIVE)
                        tally[f, LAPSED] += 1
            report_firm(
                f, week, window, window_ends, awareness[f, lo:hi], trusted, bond, latest, rates,
                tally,
            )  # fmt: skip


@compiled
def report_firm(f, week, window, window_ends, known, trusted, bond, latest, rates, tally):
    """What the books need to know about one firm in one block."""
    size = len(known)
    aware, trust, active, silent, seen = 0, 0, 0, 0, 0
    for i in range(size):
        part = np.int64(np.float64(known[i]) * PARTS)
        aware += part if rates[i] > 0.0 else np.int64(0)
    for i in range(size):
        a = np.int64(bond[i] & ACTIVE)
        active += a
        trust += a * np.int64(np.float64(trusted[i]) * PARTS)
    for i in range(size):
        bought = (bond[i] & BOUGHT_EVER) != 0
        silence = week - np.int64(latest[i])
        silent += bought & (silence == window)
        seen += bought & (silence < window)
    tally[f, AWARENESS] += aware
    tally[f, TRUST] += trust
    tally[f, ACTIVE_CUSTOMERS] += active
    tally[f, SILENT] += silent
    tally[f, SEEN_ACTIVE] += seen
    if window_ends:
        for i in range(size):
            before = (bond[i] & BOUGHT_BEFORE) != 0
            now = (bond[i] & BOUGHT_NOW) != 0
            tally[f, WINDOW_BUYERS] += before
            tally[f, WINDOW_REPEATERS] += before and now
            bond[i] &= ACTIVE | BOUGHT_EVER
            if now:
                bond[i] |= BOUGHT_BEFORE


@compiled
def deliver(first, last, sent, sent_to, sent_firm, sent_valence, inbox_count, inbox_valence):
    """Put messages into the inboxes of the people in blocks first..last-1."""
    lo, hi = first * BLOCK, last * BLOCK
    for block in range(len(sent)):
        for m in range(sent[block]):
            to = sent_to[block, m]
            if lo <= to < hi:
                inbox_count[sent_firm[block, m], to] += 1
                inbox_valence[sent_firm[block, m], to] += sent_valence[block, m]
