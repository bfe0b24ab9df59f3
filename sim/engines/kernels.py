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
    EXIT,
    EXPERIENCE,
    LAPSE,
    LOOK,
    OCCASION,
    OUTSIDE,
    RATING,
    RECALL,
    TALK,
    TASTE,
    TELL_LEAVING,
    TIE,
    UNITS,
    high32,
    pick,
    stream_key,
    threshold,
    u64,
    uniform,
    word,
)
from sim.engines.protocol import (
    ACTIVE,
    BOUGHT_BEFORE,
    BOUGHT_EVER,
    BOUGHT_NOW,
    GONE,
    HERE,
    TOUCH_ACTIVITY,
    TOUCH_LOOK,
    TOUCH_TALK,
)
from sim.ledger import accounts as book
from sim.market.activities import AUDIENCES
from sim.market.network import row_at
from sim.rules.attention import (
    MOST_CONTACTS,
    addressed,
    attention_left,
    forgotten,
    reached,
    repeated,
    tail_chance,
)
from sim.rules.choice import appeal, clock, misfit, occasion_chance, taste
from sim.rules.flow import occasion_rate
from sim.rules.information import consideration_chance
from sim.rules.loyalty import (
    experienced,
    lapse_chance,
    renewal_due,
    standing,
    under_contract,
)
from sim.rules.pricing import price_appeal, remembered_price
from sim.rules.stock import units, unmet_rate, used
from sim.rules.talk import MOST_ATTEMPTS, VALENCE_UNIT, persuaded, valence

BLOCK = 1024
"""Customers per block."""

FEW = 1 << 29
"""Below this chance (1/8, as a 32-bit threshold) of a contact, people are met one by one."""

AWARENESS, TRUST, ACTIVE_CUSTOMERS = book.AWARENESS, book.TRUST, book.ACTIVE
PARTS = float(book.PARTS)
HEARD, TALKS, CONSIDERED, ORDERS = book.HEARD, book.TALKS, book.CONSIDERED, book.ORDERS
ACQUIRED, WON_BACK, LAPSED = book.ACQUIRED, book.WON_BACK, book.LAPSED
SILENT, SEEN_ACTIVE, DISAPPOINTED = book.SILENT, book.SEEN_ACTIVE, book.DISAPPOINTED
WINDOW_BUYERS, WINDOW_REPEATERS = book.WINDOW_BUYERS, book.WINDOW_REPEATERS
WINDOW_CUSTOMERS = book.WINDOW_CUSTOMERS
SURVEYED, SURVEYED_AWARE = book.SURVEYED, book.SURVEYED_AWARE
PEOPLE, OCCASIONS, UNBOUGHT = book.PEOPLE, book.OCCASIONS, book.UNBOUGHT
ARRIVED, LEFT, LOOKED, EXITED = book.ARRIVED, book.LEFT, book.LOOKED, book.EXITED
UNITS_SOLD, RENEWALS = book.UNITS, book.RENEWALS
REFERRED, RATED, RATED_GOOD, NOTICES = book.REFERRED, book.RATED, book.RATED_GOOD, book.NOTICES

compiled = njit(cache=True, nogil=True, error_model="numpy")


@compiled
def occasion_thresholds(rate, demand, out):
    """The chance of an occasion per customer at a level of demand, as a 32-bit threshold."""
    for i in range(len(rate)):
        out[i] = threshold(occasion_chance(occasion_rate(np.float64(rate[i]), demand)))


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
    first, last, week, people, demand, b, person, arrival, rate, occasion_limit, sees, in_need,
    here, bound_until, stock,
    awareness, trust, relation, touch, teller, inbox_teller, inbox_count, inbox_valence,
    audience, tally,
):  # fmt: skip
    """Come and go, hear, forget, need for blocks first..last-1; audiences are added up.

    ``people`` is the number of rows that have arrived by now.
    """
    firms = len(awareness)
    market = firms
    leaves = stream_key(EXIT, week, 0, 0)
    exit_limit = threshold(b.exit)
    occasion = stream_key(OCCASION, week, 0, 0)
    luck = np.empty(BLOCK, np.uint32)
    seeing_block = np.empty(BLOCK, np.uint8)
    for block in range(first, last):
        lo, hi = block * BLOCK, min(people, (block + 1) * BLOCK)
        if hi <= lo:
            break
        size = hi - lo
        for i in range(lo, hi):
            if arrival[i] == week:
                here[i] = HERE
                tally[market, ARRIVED] += rate[i] > 0.0
        if exit_limit > u64(0):
            for i in range(lo, hi):
                if here[i] == HERE and high32(word(person[i], leaves)) < exit_limit:
                    here[i] = GONE
                    tally[market, LEFT] += rate[i] > 0.0
                    for f in range(firms):
                        tally[f, EXITED] += relation[f, i] & ACTIVE
                        relation[f, i] &= ~np.uint8(ACTIVE)
        limit, needing, present = occasion_limit[lo:hi], in_need[lo:hi], here[lo:hi]
        seeing = seeing_block[:size]
        draw_column(person[lo:hi], occasion, luck[:size])
        for i in range(size):
            is_here = present[i] == HERE
            needing[i] = (luck[i] < limit[i]) & is_here
            seeing[i] = sees[lo + i] & is_here
        if b.stockup > 0.0:
            for i in range(size):
                home = np.float64(stock[lo + i])
                if home > 0.0:
                    usual = occasion_rate(np.float64(rate[lo + i]), demand)
                    unmet = threshold(occasion_chance(unmet_rate(usual, home)))
                    needing[i] = (luck[i] < unmet) & (present[i] == HERE)
                    stock[lo + i] = used(home, usual)
        if b.contract > 0:
            for i in range(size):
                until = np.int64(bound_until[lo + i])
                if under_contract(week, until):
                    needing[i] = 0
                if renewal_due(week, until):
                    needing[i] = present[i] == HERE
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
                touch[f, lo + i] = TOUCH_TALK
                if not relation[f, lo + i] & BOUGHT_EVER:
                    teller[f, lo + i] = inbox_teller[f, lo + i]
                inbox_teller[f, lo + i] = -1
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
    f, week, firm_id, person, needing, seeing, known, trusted, bond, touched, left, met,
    luck, group, number, activity_ids, survey, noticed, awareness_gain, trust_gain, trust_loss,
    reach, tally, contacts,
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
        gain, ease, loss = awareness_gain[k], trust_gain[k], trust_loss[k]
        code = np.uint8(TOUCH_ACTIVITY + k)
        recall = stream_key(RECALL, week, firm_id, activity_ids[k])
        most = limits[0].max()
        delivered = 0
        if most < FEW or survey[k]:  # few people: look for them one by one
            for i in range(size):
                if luck[i] >= most:
                    continue
                n = 0
                for c in range(MOST_CONTACTS):
                    n += luck[i] < limits[c, group[i]]
                if n == 0:
                    continue
                delivered += n
                if survey[k]:
                    tally[f, SURVEYED] += 1
                    aware = uniform(word(person[i], recall)) < np.float64(known[i])
                    tally[f, SURVEYED_AWARE] += aware
                if noticed[k]:
                    met[i] += n
                    touched[i] = code
                    known[i] = reached(np.float64(known[i]), gain[n] * left[i])
                    trusted[i] = addressed(
                        np.float64(trusted[i]), ease[n] * left[i], loss[n] * left[i]
                    )
            contacts[k] += delivered
            continue
        for i in range(size):  # many: everybody side by side, nothing happening to most
            times = 0
            for c in range(MOST_CONTACTS):
                times += luck[i] < limits[c, group[i]]
            number[i] = times
            delivered += times
        contacts[k] += delivered
        if not noticed[k]:
            continue
        for i in range(size):
            met[i] += number[i]
            touched[i] = code if number[i] > 0 else touched[i]
        if gain[1] > 0.0:
            for i in range(size):
                known[i] = reached(np.float64(known[i]), gain[number[i]] * left[i])
        if ease[1] > 0.0 or loss[1] > 0.0:
            for i in range(size):
                n = number[i]
                trusted[i] = addressed(np.float64(trusted[i]), ease[n] * left[i], loss[n] * left[i])


@compiled
def acquaintance(i, tie, week, own_key, segment, social, here, strange, places, cohorts):
    """Row at the other end of customer ``i``'s tie, or -1 (as ``Customer.acquaintance``)."""
    for attempt in range(MOST_ATTEMPTS):
        bits = word(own_key[i], stream_key(TIE, 0, 0, np.int64(tie) * MOST_ATTEMPTS + attempt))
        to = row_at(np.int64(bits >> u64(64 - places.bits)), week, places, cohorts)
        if to < 0 or to == i or not social[to] or here[to] != HERE:
            continue
        if segment[to] == segment[i] or (bits & u64(0xFFFFFFFF)) >= strange:
            return to
    return np.int64(-1)


@compiled
def choose(
    week, rows, keys, own_key, b, firm_ids, own_taste, price_weight, position, log_price, rating,
    bound_until, awareness, trust, remembered, relation, touch, chosen, tally,
):  # fmt: skip
    """Customers with an occasion look around, consider, and choose a firm (-1: none).

    ``rows`` and ``keys`` are those of the shoppers of a block. Work is laid out in columns over
    shoppers, so that logarithms and exponentials are computed side by side.
    """
    firms, shoppers = len(firm_ids), len(rows)
    market = firms
    outside, look = stream_key(OUTSIDE, week, 0, 0), stream_key(LOOK, week, 0, 0)
    looks, elsewhere = np.empty(shoppers, np.bool_), np.zeros(shoppers, np.bool_)
    active, considered = np.empty(shoppers, np.bool_), np.empty(shoppers, np.bool_)
    soonest, rings = np.empty(shoppers), np.empty(shoppers)
    known, trusted, felt = np.empty(shoppers), np.empty(shoppers), np.empty(shoppers)
    suits, misses = np.empty(shoppers), np.empty(shoppers)
    renewing = np.empty(shoppers, np.bool_)
    looking = 0
    for j in range(shoppers):
        renewing[j] = renewal_due(week, np.int64(bound_until[rows[j]]))
        looks[j] = uniform(word(keys[j], look)) < b.reach
        looking += looks[j]
        soonest[j] = clock(uniform(word(keys[j], outside)), 0.0)
        chosen[j] = -1
    tally[market, OCCASIONS] += shoppers
    tally[market, LOOKED] += looking
    for f in range(firms):
        bond = relation[f]
        for j in range(shoppers):
            elsewhere[j] |= (bond[rows[j]] & ACTIVE) != 0

    for f in range(firms):
        drawn = stream_key(CONSIDER, week, firm_ids[f], 0)
        for j in range(shoppers):
            i = rows[j]
            known[j] = np.float64(awareness[f, i])
            active[j] = (relation[f, i] & ACTIVE) != 0
            luck = uniform(word(keys[j], drawn))
            asked = renewing[j] and active[j]  # who asks for renewal is considered
            considered[j] = (
                not b.consideration
                or asked
                or luck < consideration_chance(known[j], looks[j], b.found)
            )
            if considered[j]:
                tally[f, CONSIDERED] += 1
                if b.consideration and not asked and luck >= known[j]:
                    touch[f, i] = TOUCH_LOOK
                if looks[j] and rating[f] >= 0.0:
                    trust[f, i] = persuaded(np.float64(trust[f, i]), b.rating_gain, rating[f])
            trusted[j] = np.float64(trust[f, i])
            memory = np.float64(remembered[f, i])
            felt[j] = price_appeal(
                log_price[f], memory, np.float64(price_weight[i]), b.memory_share, b.loss_aversion
            )
            misses[j] = misfit(np.float64(own_taste[i]), position[f], b.misfit_weight)
            if considered[j]:
                remembered[f, i] = remembered_price(memory, log_price[f], b.price_learning)
        liked = stream_key(TASTE, 0, firm_ids[f], 0)
        for j in range(shoppers):
            suits[j] = taste(uniform(word(own_key[rows[j]], liked)), b.taste_spread)
        race = stream_key(CHOICE, week, firm_ids[f], 0)
        for j in range(shoppers):
            utility = appeal(
                b.intercept, b.awareness_weight, known[j], b.trust_weight, trusted[j],
                standing(active[j], elsewhere[j], b.inertia, b.switching_cost),
                felt[j], suits[j], misses[j],
            )  # fmt: skip
            rings[j] = clock(uniform(word(keys[j], race)), utility)
        for j in range(shoppers):
            if considered[j] and rings[j] < soonest[j]:
                soonest[j] = rings[j]
                chosen[j] = f


@compiled
def told_of_leaving(
    i, f, week, b, person, own_key, segment, social, here, firm_ids, places, cohorts
):  # fmt: skip
    """Row of whom one who has lapsed tells, or -1 (as ``Customer.tell_leaving``)."""
    drawn = word(person[i], stream_key(TELL_LEAVING, week, firm_ids[f], 0))
    if not social[i] or high32(drawn) >= threshold(b.tell_leaving):
        return np.int64(-1)
    tie = pick(drawn, u64(b.ties))
    strange = threshold(b.homophily)
    return acquaintance(i, tie, week, own_key, segment, social, here, strange, places, cohorts)


@compiled
def close_blocks(
    first, last, week, people, window, b, person, own_key, segment, rate, own_taste,
    price_weight, sees,
    social, in_need, here, met, bound_until, stock, awareness, trust, remembered, relation,
    last_order, touch, teller,
    leavers, places, cohorts, firm_ids, activity_ids, survey, noticed, awareness_gain, trust_gain,
    trust_loss, position, log_price, deal, quality, reach, rating,
    sent, sent_to, sent_from, sent_firm, sent_valence, tally, contacts, sources,
):  # fmt: skip
    """Meet, talk, shop, experience, lapse, report for blocks first..last-1.

    ``people`` is the number of rows that have arrived. A message is (to, from, firm, valence); the
    valence of news that somebody has lapsed is -1.
    """
    firms = len(awareness)
    market = firms
    luck_block = np.empty(BLOCK, np.uint32)
    group_block = np.empty(BLOCK, np.uint8)
    number_block = np.empty(BLOCK, np.uint8)
    seeing_block = np.empty(BLOCK, np.uint8)
    left_block = np.empty(BLOCK, np.float64)
    talk_limit = threshold(b.talk_rate)
    strange = threshold(b.homophily)
    rating_limit = threshold(b.rating_rate)
    # Nobody lapses who has heard of no leaver and draws above the chance at no trust: only the
    # rest is looked at closely.
    lapse_limit = threshold(lapse_chance(b.lapse_hazard, 0.0, 0, b.contagion))
    rows = np.empty(BLOCK + 1, np.int64)
    keys = np.empty(BLOCK + 1, np.uint64)
    chosen = np.empty(BLOCK, np.int64)
    experience_streams = np.empty(firms, np.uint64)
    rating_streams = np.empty(firms, np.uint64)
    unit_streams = np.empty(firms, np.uint64)
    for f in range(firms):
        unit_streams[f] = stream_key(UNITS, week, firm_ids[f], 0)
        experience_streams[f] = stream_key(EXPERIENCE, week, firm_ids[f], 0)
        rating_streams[f] = stream_key(RATING, week, firm_ids[f], 0)
    window_ends = (week + 1) % window == 0

    for block in range(first, last):
        lo, hi = block * BLOCK, min(people, (block + 1) * BLOCK)
        sent[block] = 0
        if hi <= lo:
            continue
        size = hi - lo
        key, needing, rates = person[lo:hi], in_need[lo:hi], rate[lo:hi]
        luck, group, number = luck_block[:size], group_block[:size], number_block[:size]
        seeing, left, now_met = seeing_block[:size], left_block[:size], met[lo:hi]
        for i in range(size):
            seeing[i] = sees[lo + i] & (here[lo + i] == HERE)
            left[i] = attention_left(np.float64(now_met[i]), b.crowding)
            now_met[i] = 0

        for f in range(firms):
            meet_firm(
                f, week, firm_ids[f], key, needing, seeing, awareness[f, lo:hi], trust[f, lo:hi],
                relation[f, lo:hi], touch[f, lo:hi], left, now_met, luck, group, number,
                activity_ids, survey, noticed, awareness_gain, trust_gain, trust_loss,
                reach[f], tally, contacts[f],
            )  # fmt: skip

        # talk
        out = 0
        for f in range(firms):
            bond = relation[f, lo:hi]
            stream = stream_key(TALK, week, firm_ids[f], 0)
            draw_column(key, stream, luck)
            for i in range(size):
                if luck[i] >= talk_limit or not bond[i] & ACTIVE or not social[lo + i]:
                    continue
                tie = pick(word(key[i], stream), u64(b.ties))
                to = acquaintance(
                    lo + i, tie, week, own_key, segment, social, here, strange, places, cohorts
                )
                if to >= 0:
                    said = valence(np.float64(trust[f, lo + i]), b.candour)
                    sent_to[block, out], sent_from[block, out] = to, lo + i
                    sent_firm[block, out] = f
                    sent_valence[block, out] = np.int64(said * VALENCE_UNIT)
                    out += 1
                    tally[f, TALKS] += 1

        # shop, buy, experience
        shoppers = 0
        for i in range(size):
            rows[shoppers] = lo + i
            keys[shoppers] = key[i]
            shoppers += needing[i]
        choose(
            week, rows[:shoppers], keys[:shoppers], own_key, b, firm_ids, own_taste, price_weight,
            position,
            log_price, rating, bound_until, awareness, trust, remembered, relation, touch,
            chosen[:shoppers], tally,
        )  # fmt: skip
        for j in range(shoppers):
            f, i = chosen[j], rows[j]
            if b.contract > 0 and renewal_due(week, np.int64(bound_until[i])):
                bound_until[i] = -1
                for g in range(firms):
                    if relation[g, i] & ACTIVE:
                        if g == f:
                            tally[g, RENEWALS] += 1
                        else:
                            relation[g, i] &= ~np.uint8(ACTIVE)
                            tally[g, LAPSED] += 1
                            to = told_of_leaving(
                                i, g, week, b, person, own_key, segment, social, here, firm_ids,
                                places, cohorts,
                            )  # fmt: skip
                            if to >= 0:
                                sent_to[block, out], sent_from[block, out] = to, i
                                sent_firm[block, out], sent_valence[block, out] = g, -1
                                out += 1
                                tally[g, NOTICES] += 1
            if f < 0:
                tally[market, UNBOUGHT] += 1
                continue
            tally[f, ORDERS] += 1
            if b.contract > 0:
                bound_until[i] = week + b.contract
            bought = units(uniform(word(keys[j], unit_streams[f])), deal[f], b.stockup)
            tally[f, UNITS_SOLD] += bought
            stock[i] = np.float64(stock[i]) + np.float64(bought - 1)
            if not relation[f, i] & BOUGHT_EVER:
                tally[f, ACQUIRED] += 1
                sources[f, touch[f, i]] += 1
                tally[f, REFERRED] += teller[f, i] >= 0
            elif not relation[f, i] & ACTIVE:
                tally[f, WON_BACK] += 1
            relation[f, i] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
            last_order[f, i] = week
            good = high32(word(keys[j], experience_streams[f])) < quality[f]
            if not good:
                tally[f, DISAPPOINTED] += 1
            if high32(word(keys[j], rating_streams[f])) < rating_limit:
                tally[f, RATED] += 1
                tally[f, RATED_GOOD] += good
            trust[f, i] = experienced(
                np.float64(trust[f, i]), good, b.experience_gain, b.experience_loss
            )
            awareness[f, i] = reached(np.float64(awareness[f, i]), b.experience_awareness)

        # lapse and report
        living = 0
        for i in range(size):
            living += (rates[i] > 0.0) & (here[lo + i] == HERE)
        tally[market, PEOPLE] += living
        for f in range(firms):
            bond, trusted, news = relation[f, lo:hi], trust[f, lo:hi], leavers[f, lo:hi]
            stream = stream_key(LAPSE, week, firm_ids[f], 0)
            draw_column(key, stream, luck)
            for i in range(size):
                heard = np.int64(news[i])
                news[i] = 0
                if (luck[i] > lapse_limit and heard == 0) or not bond[i] & ACTIVE:
                    continue
                if under_contract(week, np.int64(bound_until[lo + i])):
                    continue
                chance = lapse_chance(b.lapse_hazard, np.float64(trusted[i]), heard, b.contagion)
                if uniform(word(key[i], stream)) >= chance:
                    continue
                bond[i] &= ~np.uint8(ACTIVE)
                tally[f, LAPSED] += 1
                to = told_of_leaving(
                    lo + i, f, week, b, person, own_key, segment, social, here, firm_ids, places,
                    cohorts,
                )  # fmt: skip
                if to >= 0:
                    sent_to[block, out], sent_from[block, out] = to, lo + i
                    sent_firm[block, out], sent_valence[block, out] = f, -1
                    out += 1
                    tally[f, NOTICES] += 1
            report_firm(
                f, week, window, window_ends, awareness[f, lo:hi], trusted, bond,
                last_order[f, lo:hi], rates, here[lo:hi], tally,
            )  # fmt: skip
        sent[block] = out


@compiled
def report_firm(
    f, week, window, window_ends, known, trusted, bond, latest, rates, present, tally
):  # fmt: skip
    """What the books need to know about one firm in one block."""
    size = len(known)
    aware, trust, active, silent, seen = 0, 0, 0, 0, 0
    for i in range(size):
        part = np.int64(np.float64(known[i]) * PARTS)
        aware += part if (rates[i] > 0.0) & (present[i] == HERE) else np.int64(0)
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
            tally[f, WINDOW_CUSTOMERS] += now
            tally[f, WINDOW_REPEATERS] += before and now
            bond[i] &= ACTIVE | BOUGHT_EVER
            if now:
                bond[i] |= BOUGHT_BEFORE


@compiled
def deliver(
    first, last, sent, sent_to, sent_from, sent_firm, sent_valence,
    inbox_count, inbox_valence, inbox_teller, leavers,
):  # fmt: skip
    """Put messages into the inboxes of the people in blocks first..last-1."""
    lo, hi = first * BLOCK, last * BLOCK
    for block in range(len(sent)):
        for m in range(sent[block]):
            to, f = sent_to[block, m], sent_firm[block, m]
            if lo <= to < hi:
                if sent_valence[block, m] < 0:
                    leavers[f, to] += 1
                else:
                    inbox_count[f, to] += 1
                    inbox_valence[f, to] += sent_valence[block, m]
                    inbox_teller[f, to] = max(inbox_teller[f, to], sent_from[block, m])
