"""The compiled loops of the fast engine. Behaviour is called from :mod:`sim.rules`.

Loops run block > firm > activity > customer; a block of customers stays in the first-level cache.
A kernel works on blocks ``first`` to ``last`` and releases the interpreter, so threads can share
out the blocks; every sum is a whole number, so the split cannot matter. State is kept in single
precision and every rule is computed in double precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.draws import (
    ADVANCE,
    ALONE,
    CARD,
    CHOICE,
    CLICK,
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
    ASKS,
    BOUGHT_BEFORE,
    BOUGHT_EVER,
    BOUGHT_NOW,
    GONE,
    HERE,
    NEEDS,
    NO_NEED,
    NOT_CONSIDERED,
    NOT_MET,
    NOTHING,
    OFFERED,
    RIVAL,
    UNDECIDED,
    WON,
)
from sim.ledger import accounts as book
from sim.ledger.accounts import TOUCH_ACTIVITY, TOUCH_LOOK, TOUCH_TALK, cohort_of
from sim.market.activities import AUDIENCES
from sim.market.network import Addresses, row_at
from sim.rules.attention import (
    MOST_CONTACTS,
    addressed,
    attention_left,
    capture_chance,
    click_chance,
    forgotten,
    reached,
    relevant,
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
from sim.rules.media import MOST_OUTLETS, followed
from sim.rules.pricing import price_appeal, remembered_price, remembered_spacing, waits
from sim.rules.selling import advance_chance, alone_chance, majority_chance
from sim.rules.shelf import carried
from sim.rules.stock import units, unmet_rate, used
from sim.rules.talk import MOST_ATTEMPTS, VALENCE_UNIT, persuaded, valence

BLOCK = 1024
"""Customers per block."""

FEW = 1 << 29
"""Below this chance (1/8, as a 32-bit threshold) of a contact, people are met one by one."""

GROUPS = AUDIENCES + 1
"""Audience classes and people whom no activity reaches."""

PARTS = float(book.PARTS)

NOT_YET_DECIDED = -2
"""The choice of a customer whose decision stays open; -1 is a decision to buy nothing."""

compiled = njit(cache=True, nogil=True, error_model="numpy")


class Who(NamedTuple):
    """Columns over customers that do not change (:class:`sim.market.population.People`), their
    keys of luck and of who they are, and the outlets they follow."""

    person: np.ndarray
    own_key: np.ndarray
    habits: np.ndarray
    arrival: np.ndarray
    segment: np.ndarray
    rate: np.ndarray
    taste: np.ndarray
    price_weight: np.ndarray
    calm: np.ndarray
    clicker: np.ndarray
    store: np.ndarray
    sees: np.ndarray
    social: np.ndarray


class Fixed(NamedTuple):
    """What stays the same from week to week (:class:`sim.engines.protocol.Setting`)."""

    opening: int
    window: int
    credit: int
    firm_ids: np.ndarray
    activity_ids: np.ndarray
    survey: np.ndarray
    click: np.ndarray
    capture: np.ndarray
    noticed: np.ndarray
    awareness_gain: np.ndarray
    trust_gain: np.ndarray
    trust_loss: np.ndarray
    position: np.ndarray


class Terms(NamedTuple):
    """The week's offers (:class:`sim.engines.protocol.Offers`)."""

    present: np.ndarray
    log_price: np.ndarray
    deal: np.ndarray
    quality: np.ndarray
    booked: np.ndarray
    reach: np.ndarray
    rating: np.ndarray
    listed: np.ndarray
    message: np.ndarray
    stretch: np.ndarray


class Count(NamedTuple):
    """Where things are counted (:class:`sim.ledger.book.Tally`)."""

    accounts: np.ndarray
    contacts: np.ndarray
    clicks: np.ndarray
    cells: np.ndarray
    touched: np.ndarray
    surveyed: np.ndarray
    couponed: np.ndarray


class Ties(NamedTuple):
    """Addresses of ties (:class:`sim.market.network.Network`)."""

    places: Addresses
    cohorts: np.ndarray


class Post(NamedTuple):
    """Messages of a week: number sent by each block; and by block and place, to whom, from whom,
    about which firm, with what valence (-1: news of leaving)."""

    sent: np.ndarray
    to: np.ndarray
    source: np.ndarray
    firm: np.ndarray
    valence: np.ndarray


class Signs(NamedTuple):
    """Signs of interest of a week: number left in each block; and by block and place, whose, about
    which firm, where from (touch code), and flags."""

    left: np.ndarray
    row: np.ndarray
    firm: np.ndarray
    source: np.ndarray
    flags: np.ndarray


class Talks(NamedTuple):
    """What passes between reps and the customers of a block, by firm and place: the row in the
    week's calls, or -1; a sign of interest, its source (touch code + 1; 0: none) and flags; and by
    place, who buys early."""

    call: np.ndarray
    source: np.ndarray
    flags: np.ndarray
    early: np.ndarray


@compiled
def occasion_thresholds(rate, demand, out):
    """The chance of an occasion per customer at a level of demand, as a 32-bit threshold."""
    for i in range(len(rate)):
        out[i] = threshold(occasion_chance(occasion_rate(np.float64(rate[i]), demand)))


@compiled
def reach_table(contacts, weights, audience, outlets, following):
    """How likely people of each class are to have 1, 2, ... contacts with each activity.

    Contacts are spread evenly over those who follow the outlets, once for each they follow.

    Args:
        contacts: bought this week, in simulated people, float64 [firm, activity].
        weights: how much an activity is aimed at each class, float64 [activity, class].
        audience: people of each class who can be met, int64 [firm, class].
        outlets: used, the largest ones, 0 for direct contact, int64 [firm, activity].
        following: how many of the n largest outlets a person follows on average, float64 [n].

    Returns:
        32-bit thresholds, uint32 [firm, activity, outlets followed, class, contacts - 1].
    """
    firms, activities = contacts.shape
    out = np.zeros((firms, activities, MOST_OUTLETS + 1, AUDIENCES, MOST_CONTACTS), np.uint32)
    for f in range(firms):
        for k in range(activities):
            size = 0.0
            for c in range(AUDIENCES):
                size = size + weights[k, c] * np.float64(audience[f, c])
            through = outlets[f, k]
            if through > 0:
                size = size * following[through]
            if contacts[f, k] <= 0.0 or size <= 0.0:
                continue
            most = MOST_OUTLETS if through > 0 else 1
            for m in range(1, most + 1):
                for c in range(AUDIENCES):
                    rate = contacts[f, k] * weights[k, c] * np.float64(m) / size
                    if rate > 0.0:
                        for n in range(MOST_CONTACTS):
                            out[f, k, m, c, n] = threshold(tail_chance(rate, n + 1))
    return out


@compiled
def draw_column(person, stream, luck):
    """The upper 32 bits of everybody's word for a stream. ``person`` and ``luck`` are blocks."""
    for i in range(len(person)):
        luck[i] = high32(word(person[i], stream))


@compiled
def open_blocks(first, last, week, people, demand, b, x, who, s, occasion_limit, in_need,
                audience, count):  # fmt: skip
    """Come and go, hear, forget, need for blocks first..last-1; audiences are added up.

    ``people`` is the number of rows that have arrived by now.
    """
    firms = len(s.awareness)
    market = firms
    tally = count.accounts
    leaves = stream_key(EXIT, week, 0, 0)
    exit_limit = threshold(b.exit)
    occasion = stream_key(OCCASION, week, 0, 0)
    luck = np.empty(BLOCK, np.uint32)
    seeing_block = np.empty(BLOCK, np.uint8)
    here, stock = s.here, s.stock
    for block in range(first, last):
        lo, hi = block * BLOCK, min(people, (block + 1) * BLOCK)
        if hi <= lo:
            break
        size = hi - lo
        for i in range(lo, hi):
            if who.arrival[i] == week:
                here[i] = HERE
                tally[market, book.ARRIVED] += who.rate[i] > 0.0
        if exit_limit > u64(0):
            for i in range(lo, hi):
                if here[i] == HERE and high32(word(who.person[i], leaves)) < exit_limit:
                    here[i] = GONE
                    tally[market, book.LEFT] += who.rate[i] > 0.0
                    for f in range(firms):
                        if s.relation[f, i] & ACTIVE:
                            tally[f, book.EXITED] += 1
                            book_cell(f, i, book.BY_EXITED, x, who, s, count.cells)
                            s.relation[f, i] &= ~np.uint8(ACTIVE)
        limit, needing, present = occasion_limit[lo:hi], in_need[lo:hi], here[lo:hi]
        seeing, rates, sees = seeing_block[:size], who.rate[lo:hi], who.sees[lo:hi]
        draw_column(who.person[lo:hi], occasion, luck[:size])
        for i in range(size):
            is_here = present[i] == HERE
            needing[i] = (luck[i] < limit[i]) & is_here
            seeing[i] = sees[i] & is_here
        if b.stockup > 0.0 or b.advance > 0.0:
            for i in range(size):
                home = np.float64(stock[lo + i])
                if home > 0.0:
                    usual = occasion_rate(np.float64(rates[i]), demand)
                    unmet = threshold(occasion_chance(unmet_rate(usual, home)))
                    needing[i] = (luck[i] < unmet) & (present[i] == HERE)
                    stock[lo + i] = used(home, usual)
        if b.patience > 0.0:
            waited = s.waited[lo:hi]
            for i in range(size):
                needing[i] |= (waited[i] > 0) & (present[i] == HERE)
        if b.deliberation > 0.0:
            deciding = s.deciding[lo:hi]
            for i in range(size):
                needing[i] |= (deciding[i] > 0) & (present[i] == HERE)
        if b.contract > 0:
            for i in range(size):
                until = np.int64(s.bound_until[lo + i])
                if under_contract(week, until):
                    needing[i] = 0
                if renewal_due(week, until):
                    needing[i] = present[i] == HERE
        for f in range(firms):
            known, trusted = s.awareness[f, lo:hi], s.trust[f, lo:hi]
            waiting, said = s.inbox_count[f, lo:hi], s.inbox_valence[f, lo:hi]
            for i in range(size):
                if waiting[i] == 0:
                    continue
                n = np.int64(waiting[i])
                mean = np.float64(said[i]) / (np.float64(n) * VALENCE_UNIT)
                known[i] = reached(np.float64(known[i]), repeated(b.talk_awareness, n))
                trusted[i] = persuaded(np.float64(trusted[i]), repeated(b.talk_trust, n), mean)
                waiting[i] = 0
                said[i] = 0
                s.touch[f, lo + i] = TOUCH_TALK
                if not s.relation[f, lo + i] & BOUGHT_EVER:
                    s.teller[f, lo + i] = s.inbox_teller[f, lo + i]
                s.inbox_teller[f, lo + i] = -1
                tally[f, book.HEARD] += n
            for i in range(size):
                known[i] = forgotten(np.float64(known[i]), b.retention)
            if b.trust_retention < 1.0:
                for i in range(size):
                    trusted[i] = forgotten(np.float64(trusted[i]), b.trust_retention)
            bond = s.relation[f, lo:hi]
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
def book_cell(f, i, flow, x, who, s, cells):
    """Count something that happened to a customer of a firm by who the customer is."""
    quarter = cohort_of(np.int64(s.first_order[f, i]), x.opening)
    cells[f, quarter, s.came_by[f, i], who.segment[i], flow] += 1


@compiled
def meet_firm(
    f, week, lo, hi, b, x, who, s, offer, treated, calls, mine, talks, needing, seeing, left,
    suited, luck, direct, through, number, limits, count,
):  # fmt: skip
    """One firm's activities meet one block of customers.

    A person's group is GROUPS * outlets followed + audience class.
    """
    size = hi - lo
    person, habits, bond = who.person[lo:hi], who.habits[lo:hi], s.relation[f, lo:hi]
    known, trusted, touched = s.awareness[f, lo:hi], s.trust[f, lo:hi], s.touch[f, lo:hi]
    met, tally = s.met[lo:hi], count.accounts
    direct, through = direct[:size], through[:size]
    luck, number, left, suited = luck[:size], number[:size], left[:size], suited[:size]
    for i in range(size):
        fit = relevant(np.float64(who.taste[lo + i]), offer.message[f], b.relevance)
        suited[i] = left[i] * fit
    for i in range(size):
        code = 2 * (bond[i] & ACTIVE) + needing[i] if seeing[i] else AUDIENCES
        direct[i] = GROUPS + code
    for k in range(len(x.activity_ids)):
        reach = offer.reach[f, k]
        if reach[:, :, 0].max() == 0:
            continue
        booked = offer.booked[f, k]
        group = direct
        if booked != u64(0):
            for i in range(size):
                m = min(np.int64(followed(habits[i], booked)), MOST_OUTLETS)
                through[i] = direct[i] + GROUPS * (m - 1)
            group = through
        for m in range(MOST_OUTLETS + 1):
            for n in range(MOST_CONTACTS):
                for c in range(AUDIENCES):
                    limits[n, m * GROUPS + c] = reach[m, c, n]
        activity = x.activity_ids[k]
        draw_column(person, stream_key(CONTACT, week, x.firm_ids[f], activity), luck)
        gain, ease, loss = x.awareness_gain[k], x.trust_gain[k], x.trust_loss[k]
        code = np.uint8(TOUCH_ACTIVITY + k)
        recall = stream_key(RECALL, week, x.firm_ids[f], activity)
        most = limits[0].max()
        delivered = 0
        if most < FEW or x.survey[k]:  # few people: look for them one by one
            for i in range(size):
                number[i] = 0
                if luck[i] >= most:
                    continue
                n = 0
                for c in range(MOST_CONTACTS):
                    n += luck[i] < limits[c, group[i]]
                if n == 0:
                    continue
                number[i] = n
                delivered += n
                if x.survey[k]:
                    tally[f, book.SURVEYED] += 1
                    aware = uniform(word(person[i], recall)) < np.float64(known[i])
                    tally[f, book.SURVEYED_AWARE] += aware
                    part = np.int64(np.float64(who.taste[lo + i]) * PARTS)
                    count.surveyed[f, who.segment[lo + i], 0] += 1
                    count.surveyed[f, who.segment[lo + i], 1] += part
                if x.noticed[k]:
                    met[i] += n
                    touched[i] = code
                    known[i] = reached(np.float64(known[i]), gain[n] * suited[i])
                    trusted[i] = addressed(
                        np.float64(trusted[i]), ease[n] * suited[i], loss[n] * left[i]
                    )
        else:  # many: everybody side by side, nothing happening to most
            for i in range(size):
                times = 0
                for c in range(MOST_CONTACTS):
                    times += luck[i] < limits[c, group[i]]
                number[i] = times
                delivered += times
            if x.noticed[k]:
                for i in range(size):
                    met[i] += number[i]
                    touched[i] = code if number[i] > 0 else touched[i]
                if gain[1] > 0.0:
                    for i in range(size):
                        known[i] = reached(np.float64(known[i]), gain[number[i]] * suited[i])
                if ease[1] > 0.0 or loss[1] > 0.0:
                    for i in range(size):
                        n = number[i]
                        trusted[i] = addressed(
                            np.float64(trusted[i]), ease[n] * suited[i], loss[n] * left[i]
                        )
        count.contacts[f, k] += delivered
        if x.click[k] > 0.0 and delivered > 0:
            clicking = stream_key(CLICK, week, x.firm_ids[f], activity)
            for i in range(size):
                if number[i] == 0:
                    continue
                chance = click_chance(
                    x.click[k], np.float64(who.clicker[lo + i]), needing[i] != 0, b.intent,
                    np.int64(number[i]),
                )  # fmt: skip
                if uniform(word(person[i], clicking)) < chance:
                    count.clicks[f, k] += 1
                    s.clicked[f, lo + i] = week
        if x.capture[k] > 0.0 and delivered > 0:
            leaving = stream_key(CARD, week, x.firm_ids[f], activity)
            for i in range(size):
                if number[i] == 0 or (x.click[k] > 0.0 and s.clicked[f, lo + i] != week):
                    continue
                chance = capture_chance(x.capture[k], offer.stretch[f], needing[i] != 0)
                if uniform(word(person[i], leaving)) < chance:
                    tally[f, book.CARDS] += 1
                    talks.source[f, i] = code + 1
                    talks.flags[f, i] = NEEDS if needing[i] else 0

    for t in range(len(treated.tag)):
        k, n = treated.activity[t], treated.contacts[t]
        if treated.firm[t] != f or k < 0 or n == 0:
            continue
        for i in range(size):
            if not s.tags[lo + i] & treated.tag[t] or not seeing[i]:
                continue
            count.contacts[f, k] += n
            if x.noticed[k]:
                met[i] += n
                touched[i] = TOUCH_ACTIVITY + k
                known[i] = reached(np.float64(known[i]), x.awareness_gain[k, n] * suited[i])
                trusted[i] = addressed(
                    np.float64(trusted[i]), x.trust_gain[k, n] * suited[i],
                    x.trust_loss[k, n] * left[i],
                )  # fmt: skip

    for c in range(mine[0], mine[1]):
        if calls.firm[c] != f:
            continue
        i = calls.row[c] - lo
        k = calls.activity[c]
        calls.result[c] = NO_NEED if seeing[i] else NOT_MET
        if not seeing[i]:
            continue
        talks.call[f, i] = c
        if k >= 0:
            count.contacts[f, k] += 1
        if k >= 0 and x.noticed[k]:
            does = left[i] * calls.skill[c]
            met[i] += 1
            touched[i] = TOUCH_ACTIVITY + k
            known[i] = reached(np.float64(known[i]), x.awareness_gain[k, 1] * does)
            trusted[i] = addressed(
                np.float64(trusted[i]), x.trust_gain[k, 1] * does, x.trust_loss[k, 1] * left[i]
            )


@compiled
def buy_early(lo, week, mine, b, x, who, s, calls, talks, needing, tally):
    """A rep's discount may make customers buy now what they would need later."""
    for c in range(mine[0], mine[1]):
        i, f = calls.row[c] - lo, calls.firm[c]
        if calls.result[c] == NOT_MET or needing[i] or calls.cut[c] <= 0.0:
            continue
        if b.contract > 0 and under_contract(week, np.int64(s.bound_until[lo + i])):
            continue
        chance = advance_chance(np.float64(who.rate[lo + i]), calls.cut[c], b.advance)
        drawn = word(who.person[lo + i], stream_key(ADVANCE, week, x.firm_ids[f], 0))
        if uniform(drawn) < chance:
            needing[i] = 1
            talks.early[i] = 1
            tally[f, book.ADVANCED] += 1


@compiled
def acquaintance(i, tie, week, strange, who, s, ties):
    """Row at the other end of customer ``i``'s tie, or -1 (as ``Customer.acquaintance``)."""
    places = ties.places
    for attempt in range(MOST_ATTEMPTS):
        bits = word(who.own_key[i], stream_key(TIE, 0, 0, np.int64(tie) * MOST_ATTEMPTS + attempt))
        to = row_at(np.int64(bits >> u64(64 - places.bits)), week, places, ties.cohorts)
        if to < 0 or to == i or not who.social[to] or s.here[to] != HERE:
            continue
        if who.segment[to] == who.segment[i] or (bits & u64(0xFFFFFFFF)) >= strange:
            return to
    return np.int64(-1)


@compiled
def coupon(f, i, treated, s):
    """Row of the best coupon a customer holds for a firm, -1 for none."""
    best = -1
    for t in range(len(treated.tag)):
        if treated.firm[t] != f or treated.cut[t] <= 0.0 or not s.tags[i] & treated.tag[t]:
            continue
        if treated.first[t] and s.relation[f, i] & BOUGHT_EVER:
            continue
        if best < 0 or treated.cut[t] > treated.cut[best]:
            best = t
    return best


@compiled
def choose(week, lo, rows, keys, b, x, who, s, offer, treated, calls, talks, chosen, tally):
    """Customers with an occasion look around, consider, and choose a firm (-1: none, -2: not yet).

    ``rows`` and ``keys`` are those of the shoppers of a block. Work is laid out in columns over
    shoppers, so that logarithms and exponentials are computed side by side.
    """
    firms, shoppers = len(x.firm_ids), len(rows)
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
        renewing[j] = b.contract > 0 and renewal_due(week, np.int64(s.bound_until[rows[j]]))
        looks[j] = uniform(word(keys[j], look)) < b.reach
        looking += looks[j]
        soonest[j] = clock(uniform(word(keys[j], outside)), 0.0)
        chosen[j] = -1
    tally[market, book.OCCASIONS] += shoppers
    tally[market, book.LOOKED] += looking
    for f in range(firms):
        bond = s.relation[f]
        for j in range(shoppers):
            elsewhere[j] |= (bond[rows[j]] & ACTIVE) != 0

    for f in range(firms):
        if not offer.present[f]:
            continue
        drawn = stream_key(CONSIDER, week, x.firm_ids[f], 0)
        for j in range(shoppers):
            i = rows[j]
            known[j] = np.float64(s.awareness[f, i])
            active[j] = (s.relation[f, i] & ACTIVE) != 0
            luck = uniform(word(keys[j], drawn))
            c = talks.call[f, i - lo] if talks.call.size > 0 else np.int64(-1)
            # who asks for renewal is considered, and so is a site one has clicked to, and a firm
            # whose offer one has
            asked = (renewing[j] and active[j]) or s.clicked[f, i] == week
            asked = asked or (s.relation[f, i] & OFFERED) != 0
            chance = consideration_chance(known[j], looks[j], b.found)
            if b.buyers > 1 or c >= 0:
                chance = majority_chance(chance, b.buyers, np.int64(c >= 0))
            considered[j] = not b.consideration or asked or luck < chance
            considered[j] &= looks[j] or carried(who.store[i], offer.listed[f])
            if c >= 0:
                calls.result[c] = UNDECIDED if considered[j] else NOT_CONSIDERED
            price = offer.log_price[f]
            holds = coupon(f, i, treated, s)
            if holds >= 0:
                price = price - treated.cut[holds]
            elif c >= 0:
                price = price - calls.cut[c]
            memory = np.float64(s.remembered[f, i])
            if considered[j]:
                tally[f, book.CONSIDERED] += 1
                if b.consideration and not asked and c < 0 and luck >= known[j]:
                    s.touch[f, i] = TOUCH_LOOK
                if looks[j] and offer.rating[f] >= 0.0:
                    s.trust[f, i] = persuaded(
                        np.float64(s.trust[f, i]), b.rating_gain, offer.rating[f]
                    )
                s.remembered[f, i] = remembered_price(memory, price, b.price_learning)
                if offer.deal[f] > 0.0:
                    before = np.int64(s.last_deal[f, i])
                    if before >= 0:
                        s.spacing[f, i] = remembered_spacing(
                            np.float64(s.spacing[f, i]), np.float64(week - before),
                            b.price_learning,
                        )  # fmt: skip
                    s.last_deal[f, i] = week
            trusted[j] = np.float64(s.trust[f, i])
            felt[j] = price_appeal(
                price, memory, np.float64(who.price_weight[i]), b.memory_share, b.loss_aversion
            )
            misses[j] = misfit(np.float64(who.taste[i]), x.position[f], b.misfit_weight)
        liked = stream_key(TASTE, 0, x.firm_ids[f], 0)
        for j in range(shoppers):
            suits[j] = taste(uniform(word(who.own_key[rows[j]], liked)), b.taste_spread)
        race = stream_key(CHOICE, week, x.firm_ids[f], 0)
        for j in range(shoppers):
            utility = appeal(
                b.intercept, b.awareness_weight, known[j], b.trust_weight, trusted[j],
                standing(active[j], elsewhere[j], b.inertia, b.switching_cost),
                felt[j], suits[j], misses[j],
            )  # fmt: skip
            if talks.call.size > 0 and talks.call[f, rows[j] - lo] >= 0:
                utility = utility + b.persuasion * calls.skill[talks.call[f, rows[j] - lo]]
            rings[j] = clock(uniform(word(keys[j], race)), utility)
        if b.self_serve < 1.0 or b.deliberation > 0.0:
            ask_or_wait(
                f, week, lo, rows, keys, b, x, s, calls, talks, active, trusted, considered, rings,
                tally,
            )  # fmt: skip
        for j in range(shoppers):
            if considered[j] and rings[j] < soonest[j]:
                soonest[j] = rings[j]
                chosen[j] = f
    if b.deliberation > 0.0:
        for j in range(shoppers):
            if soonest[j] * b.deliberation > 1.0 and not renewing[j]:
                chosen[j] = NOT_YET_DECIDED


@compiled
def ask_or_wait(
    f, week, lo, rows, keys, b, x, s, calls, talks, active, trusted, considered, rings, tally
):  # fmt: skip
    """Where a firm is considered that must answer first: ask, or wait for the talk. A firm that
    has not answered cannot be chosen, and the clock of one that has starts when it did."""
    alone = stream_key(ALONE, week, x.firm_ids[f], 0)
    for j in range(len(rows)):
        if not considered[j]:
            continue
        i = rows[j]
        c = talks.call[f, i - lo] if talks.call.size > 0 else np.int64(-1)
        if c >= 0:
            if b.deliberation > 0.0:
                rings[j] = rings[j] + calls.starts[c] / b.deliberation
            s.relation[f, i] |= OFFERED
        elif not s.relation[f, i] & OFFERED:
            chance = alone_chance(b.self_serve, trusted[j], active[j])
            if uniform(word(keys[j], alone)) >= chance:
                considered[j] = False
                tally[f, book.ENQUIRIES] += 1
                talks.source[f, i - lo] = s.touch[f, i] + 1
                talks.flags[f, i - lo] = NEEDS | ASKS


@compiled
def tell_leaving(i, f, week, block, out, b, x, who, s, ties, post, tally):
    """One who has lapsed may tell an acquaintance; gives the number of messages so far."""
    drawn = word(who.person[i], stream_key(TELL_LEAVING, week, x.firm_ids[f], 0))
    if not who.social[i] or high32(drawn) >= threshold(b.tell_leaving):
        return out
    tie = pick(drawn, u64(b.ties))
    to = acquaintance(i, tie, week, threshold(b.homophily), who, s, ties)
    if to < 0:
        return out
    post.to[block, out], post.source[block, out] = to, i
    post.firm[block, out], post.valence[block, out] = f, -1
    tally[f, book.NOTICES] += 1
    return out + 1


@compiled
def close_blocks(
    first, last, week, people, b, x, who, s, offer, treated, calls, ties, in_need, post, signs,
    count,
):  # fmt: skip
    """Meet, talk, shop, experience, lapse, report for blocks first..last-1.

    ``people`` is the number of rows that have arrived.
    """
    firms = len(s.awareness)
    market = firms
    tally = count.accounts
    here = s.here
    luck_block = np.empty(BLOCK, np.uint32)
    direct, through = np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8)
    number_block = np.empty(BLOCK, np.uint8)
    seeing_block = np.empty(BLOCK, np.uint8)
    left_block, suited_block = np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64)
    best_block, prefers_block = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.int16)
    limits = np.zeros((MOST_CONTACTS, GROUPS * (MOST_OUTLETS + 1)), np.uint32)
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
        unit_streams[f] = stream_key(UNITS, week, x.firm_ids[f], 0)
        experience_streams[f] = stream_key(EXPERIENCE, week, x.firm_ids[f], 0)
        rating_streams[f] = stream_key(RATING, week, x.firm_ids[f], 0)
    window_ends = (week + 1 - x.opening) % x.window == 0
    talking = len(calls.row) > 0 or signs.row.size > 0
    width = BLOCK if talking else 0
    talks = Talks(
        np.full((firms, width), -1, np.int32), np.zeros((firms, width), np.uint8),
        np.zeros((firms, width), np.uint8), np.zeros(BLOCK, np.uint8),
    )  # fmt: skip
    mine = np.zeros(2, np.int64)

    for block in range(first, last):
        lo, hi = block * BLOCK, min(people, (block + 1) * BLOCK)
        post.sent[block] = 0
        signs.left[block] = 0
        if hi <= lo:
            continue
        size = hi - lo
        key, needing, rates = who.person[lo:hi], in_need[lo:hi], who.rate[lo:hi]
        luck, seeing, left, met = luck_block[:size], seeing_block[:size], left_block, s.met[lo:hi]
        sees, present = who.sees[lo:hi], here[lo:hi]
        for i in range(size):
            seeing[i] = sees[i] & (present[i] == HERE)
            left[i] = attention_left(np.float64(met[i]), b.crowding)
            met[i] = 0
        if talking:
            mine[0], mine[1] = np.searchsorted(calls.row, lo), np.searchsorted(calls.row, hi)
            talks.call[:] = -1
            talks.source[:] = 0
            talks.early[:] = 0

        for f in range(firms):
            meet_firm(
                f, week, lo, hi, b, x, who, s, offer, treated, calls, mine, talks, needing, seeing,
                left, suited_block, luck_block, direct, through, number_block, limits, count,
            )  # fmt: skip
        if mine[1] > mine[0] and b.advance > 0.0:
            buy_early(lo, week, mine, b, x, who, s, calls, talks, needing, tally)

        # talk
        out = 0
        for f in range(firms):
            bond = s.relation[f, lo:hi]
            stream = stream_key(TALK, week, x.firm_ids[f], 0)
            draw_column(key, stream, luck)
            for i in range(size):
                if luck[i] >= talk_limit or not bond[i] & ACTIVE or not who.social[lo + i]:
                    continue
                tie = pick(word(key[i], stream), u64(b.ties))
                to = acquaintance(lo + i, tie, week, strange, who, s, ties)
                if to >= 0:
                    said = valence(np.float64(s.trust[f, lo + i]), b.candour)
                    post.to[block, out], post.source[block, out] = to, lo + i
                    post.firm[block, out] = f
                    post.valence[block, out] = np.int64(said * VALENCE_UNIT)
                    out += 1
                    tally[f, book.TALKS] += 1
                    book_cell(f, lo + i, book.BY_TALKS, x, who, s, count.cells)

        # shop, buy, experience
        shoppers = 0
        for i in range(size):
            rows[shoppers] = lo + i
            keys[shoppers] = key[i]
            shoppers += needing[i]
        choose(
            week, lo, rows[:shoppers], keys[:shoppers], b, x, who, s, offer, treated, calls, talks,
            chosen[:shoppers], tally,
        )  # fmt: skip
        for j in range(shoppers):
            f, i = chosen[j], rows[j]
            if f == NOT_YET_DECIDED:
                s.deciding[i] += 1
                tally[market, book.UNDECIDED] += 1
                continue
            renewing = b.contract > 0 and renewal_due(week, np.int64(s.bound_until[i]))
            holds = coupon(f, i, treated, s) if f >= 0 else -1
            talk = np.int64(talks.call[f, i - lo]) if talking and f >= 0 else -1
            cut = treated.cut[holds] if holds >= 0 else 0.0
            if holds < 0 and talk >= 0:
                cut = calls.cut[talk]
            if f >= 0 and not renewing and offer.deal[f] + cut <= 0.0:
                patience = b.patience * np.float64(who.calm[i])
                if waits(
                    week, np.int64(s.last_deal[f, i]), np.float64(s.spacing[f, i]), patience,
                    np.int64(s.waited[i]),
                ):  # fmt: skip
                    s.waited[i] += 1
                    tally[market, book.WAITED] += 1
                    continue
            s.waited[i] = 0
            s.deciding[i] = 0
            if talking:
                for g in range(firms):
                    s.relation[g, i] &= ~np.uint8(OFFERED)
                    c = talks.call[g, i - lo]
                    if c >= 0 and calls.result[c] == UNDECIDED:
                        calls.result[c] = WON if g == f else (RIVAL if f >= 0 else NOTHING)
            if renewing:
                s.bound_until[i] = -1
                for g in range(firms):
                    if s.relation[g, i] & ACTIVE:
                        if g == f:
                            tally[g, book.RENEWALS] += 1
                        else:
                            s.relation[g, i] &= ~np.uint8(ACTIVE)
                            tally[g, book.LAPSED] += 1
                            book_cell(g, i, book.BY_LAPSED, x, who, s, count.cells)
                            out = tell_leaving(
                                i, g, week, block, out, b, x, who, s, ties, post, tally
                            )
            if f < 0:
                tally[market, book.UNBOUGHT] += 1
                continue
            tally[f, book.ORDERS] += 1
            if b.contract > 0:
                s.bound_until[i] = week + b.contract
            bought = units(uniform(word(keys[j], unit_streams[f])), offer.deal[f] + cut, b.stockup)
            tally[f, book.UNITS] += bought
            s.basket[i] = bought
            if holds >= 0:
                count.couponed[holds] += bought
            elif talk >= 0:
                calls.units[talk] = bought
            used_now = 1 - np.int64(talks.early[i - lo])
            s.stock[i] = np.float64(s.stock[i]) + np.float64(bought - used_now)
            if not s.relation[f, i] & BOUGHT_EVER:
                tally[f, book.ACQUIRED] += 1
                s.first_order[f, i] = week
                s.came_by[f, i] = s.touch[f, i]
                book_cell(f, i, book.BY_ACQUIRED, x, who, s, count.cells)
                tally[f, book.REFERRED] += s.teller[f, i] >= 0
            elif not s.relation[f, i] & ACTIVE:
                tally[f, book.WON_BACK] += 1
                book_cell(f, i, book.BY_WON_BACK, x, who, s, count.cells)
            book_cell(f, i, book.BY_ORDERS, x, who, s, count.cells)
            quarter = cohort_of(np.int64(s.first_order[f, i]), x.opening)
            count.cells[f, quarter, s.came_by[f, i], who.segment[i], book.BY_UNITS] += bought
            clicked = np.int64(s.clicked[f, i])
            tally[f, book.CLICKED_ORDERS] += clicked >= 0 and week - clicked < x.credit
            again = np.int64((s.relation[f, i] & BOUGHT_EVER) != 0)
            count.touched[f, s.touch[f, i], again] += 1
            s.relation[f, i] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
            s.last_order[f, i] = week
            good = high32(word(keys[j], experience_streams[f])) < offer.quality[f]
            if not good:
                tally[f, book.DISAPPOINTED] += 1
            if high32(word(keys[j], rating_streams[f])) < rating_limit:
                tally[f, book.RATED] += 1
                tally[f, book.RATED_GOOD] += good
            s.trust[f, i] = experienced(
                np.float64(s.trust[f, i]), good, b.experience_gain, b.experience_loss
            )
            s.awareness[f, i] = reached(np.float64(s.awareness[f, i]), b.experience_awareness)

        # lapse and report
        living = 0
        for i in range(size):
            living += (rates[i] > 0.0) & (present[i] == HERE)
        tally[market, book.PEOPLE] += living
        best, prefers = best_block[:size], prefers_block[:size]
        best[:] = 0.0
        prefers[:] = -1
        for f in range(firms):
            bond, trusted, news = s.relation[f, lo:hi], s.trust[f, lo:hi], s.inbox_left[f, lo:hi]
            stream = stream_key(LAPSE, week, x.firm_ids[f], 0)
            draw_column(key, stream, luck)
            for i in range(size):
                heard = np.int64(news[i])
                news[i] = 0
                if (luck[i] > lapse_limit and heard == 0) or not bond[i] & ACTIVE:
                    continue
                if b.contract > 0 and under_contract(week, np.int64(s.bound_until[lo + i])):
                    continue
                chance = lapse_chance(b.lapse_hazard, np.float64(trusted[i]), heard, b.contagion)
                if uniform(word(key[i], stream)) >= chance:
                    continue
                bond[i] &= ~np.uint8(ACTIVE)
                tally[f, book.LAPSED] += 1
                book_cell(f, lo + i, book.BY_LAPSED, x, who, s, count.cells)
                out = tell_leaving(lo + i, f, week, block, out, b, x, who, s, ties, post, tally)
            if window_ends:
                for i in range(size):
                    if bond[i] & BOUGHT_BEFORE:
                        book_cell(f, lo + i, book.BY_WINDOW_BUYERS, x, who, s, count.cells)
                        if bond[i] & BOUGHT_NOW:
                            book_cell(f, lo + i, book.BY_WINDOW_REPEATERS, x, who, s, count.cells)
            report_firm(
                f, week, x.window, window_ends, s.awareness[f, lo:hi], trusted, bond,
                s.last_order[f, lo:hi], s.remembered[f, lo:hi], rates, present, best, prefers,
                tally,
            )  # fmt: skip
        for i in range(size):
            if prefers[i] >= 0 and rates[i] > 0.0 and present[i] == HERE:
                tally[prefers[i], book.PREFERRED] += 1
        post.sent[block] = out
        if signs.row.size > 0:
            leave_signs(block, lo, size, firms, talks, signs)


@compiled
def leave_signs(block, lo, size, firms, talks, signs):
    """Put the signs of interest of a block on a list, by person and firm."""
    n = 0
    for i in range(size):
        for f in range(firms):
            if talks.source[f, i] > 0:
                signs.row[block, n], signs.firm[block, n] = lo + i, f
                signs.source[block, n] = talks.source[f, i] - 1
                signs.flags[block, n] = talks.flags[f, i]
                n += 1
    signs.left[block] = n


@compiled
def report_firm(
    f, week, window, window_ends, known, trusted, bond, latest, prices, rates, present, best,
    prefers, tally,
):  # fmt: skip
    """What the books need to know about one firm in one block."""
    size = len(known)
    aware, trust, active, silent, seen, reserve, price = 0, 0, 0, 0, 0, 0, 0
    for i in range(size):
        counts = (rates[i] > 0.0) & (present[i] == HERE)
        part = np.int64(np.float64(known[i]) * PARTS)
        aware += part if counts else np.int64(0)
        part = np.int64(np.float64(known[i]) * np.float64(trusted[i]) * PARTS)
        reserve += part if counts & (bond[i] & ACTIVE == 0) else np.int64(0)
    for i in range(size):
        more = trusted[i] > best[i]
        best[i] = trusted[i] if more else best[i]
        prefers[i] = f if more else prefers[i]
    for i in range(size):
        a = np.int64(bond[i] & ACTIVE)
        active += a
        trust += a * np.int64(np.float64(trusted[i]) * PARTS)
        price += a * np.int64(np.float64(prices[i]) * PARTS)
    for i in range(size):
        bought = (bond[i] & BOUGHT_EVER) != 0
        silence = week - np.int64(latest[i])
        silent += bought & (silence == window)
        seen += bought & (silence < window)
    tally[f, book.AWARENESS] += aware
    tally[f, book.RESERVE] += reserve
    tally[f, book.TRUST] += trust
    tally[f, book.ACTIVE] += active
    tally[f, book.REMEMBERED] += price
    tally[f, book.SILENT] += silent
    tally[f, book.SEEN_ACTIVE] += seen
    if window_ends:
        for i in range(size):
            before = (bond[i] & BOUGHT_BEFORE) != 0
            now = (bond[i] & BOUGHT_NOW) != 0
            tally[f, book.WINDOW_BUYERS] += before
            tally[f, book.WINDOW_CUSTOMERS] += now
            tally[f, book.WINDOW_REPEATERS] += before and now
            bond[i] &= ACTIVE | BOUGHT_EVER | OFFERED
            if now:
                bond[i] |= BOUGHT_BEFORE


@compiled
def deliver(first, last, post, s):
    """Put messages into the inboxes of the people in blocks first..last-1."""
    lo, hi = first * BLOCK, last * BLOCK
    for block in range(len(post.sent)):
        for m in range(post.sent[block]):
            to, f = post.to[block, m], post.firm[block, m]
            if lo <= to < hi:
                if post.valence[block, m] < 0:
                    s.inbox_left[f, to] += 1
                else:
                    s.inbox_count[f, to] += 1
                    s.inbox_valence[f, to] += post.valence[block, m]
                    s.inbox_teller[f, to] = max(s.inbox_teller[f, to], post.source[block, m])
