"""Word of mouth: messages are heard, sent to acquaintances, and delivered."""

from __future__ import annotations

import numpy as np

from sim.compile import compiled, inlined, inner, part
from sim.draws import (
    LIKENESS,
    TALK,
    TELL_LEAVING,
    TIE,
    high32,
    pick,
    stream_key,
    threshold,
    u64,
    uniform,
    word,
)
from sim.engines.kernels.columns import BLOCK, count_event, draw_column
from sim.engines.protocol import ACTIVE, BOUGHT_EVER, HERE, PAID
from sim.ledger import accounts as acc
from sim.ledger.accounts import TOUCH_TALK
from sim.market.network import row_at
from sim.rules.attention import reached, repeated
from sim.rules.category import informed
from sim.rules.loyalty import MOST_NEWS
from sim.rules.talk import (
    MOST_ATTEMPTS,
    VALENCE_UNIT,
    distance,
    number_of_ties,
    opinion,
    persuaded,
    talk_chance,
    tie_chance,
    valence,
)


@compiled
def talk_thresholds(sociability, params, most, out):
    """Write each customer's chance to talk with the best opinion, the largest of all, as a 32-bit
    threshold; ``most``: rise by the highest reward."""
    for i in range(len(sociability)):
        out[i] = threshold(
            talk_chance(
                params.rate, np.float64(sociability[i]), params.talkativeness_spread, 1.0,
                params.fervour, most,
            )
        )  # fmt: skip


@inner
def hear(w, s, b, count):
    """Hear last week's messages: they raise awareness and move trust towards their valence."""
    params = w.params.talk
    if w.params.category.hurdle_spread > 0.0:
        hear_of_category(w, s, b)
    for f in range(len(s.awareness)):
        known, trusted = s.awareness[f, b.lo : b.hi], s.trust[f, b.lo : b.hi]
        waiting, said = s.inbox_count[f, b.lo : b.hi], s.inbox_valence[f, b.lo : b.hi]
        for i in range(len(waiting)):
            if waiting[i] == 0:
                continue
            n = np.int64(waiting[i])
            mean = np.float64(said[i]) / (np.float64(n) * VALENCE_UNIT)
            known[i] = reached(np.float64(known[i]), repeated(params.awareness_gain, n))
            trusted[i] = persuaded(np.float64(trusted[i]), repeated(params.trust_gain, n), mean)
            waiting[i] = 0
            said[i] = 0
            row = b.lo + i
            s.last_touch[f, row] = TOUCH_TALK
            if not s.relation[f, row] & BOUGHT_EVER:
                s.referrer[f, row] = s.inbox_referrer[f, row]
                s.told[f, row] = w.number
            s.inbox_referrer[f, row] = -1
            count.accounts[f, acc.HEARD] += n


@part
def hear_of_category(w, s, b):
    """Messages about all firms together move the belief in the category towards their valence."""
    for i in range(b.lo, b.hi):
        n, said = 0, 0
        for f in range(len(s.awareness)):
            n += np.int64(s.inbox_count[f, i])
            said += np.int64(s.inbox_valence[f, i])
        if n > 0:
            mean = np.float64(said) / (np.float64(n) * VALENCE_UNIT)
            gain = repeated(w.params.category.message_gain, n)
            s.belief[i] = informed(np.float64(s.belief[i]), gain, mean)


@inner
def talk(w, s, b, outbox, count):
    """Active customers may tell an acquaintance about a firm; people whom it has paid do."""
    params = w.params.talk
    limit = w.talk_limit[b.lo : b.hi]
    uneven = params.fervour > 0.0 or params.reward_gain > 0.0
    for f in range(len(s.awareness)):
        relation = s.relation[f, b.lo : b.hi]
        stream = stream_key(TALK, w.number, w.firm_ids[f], 0)
        draw_column(b.draw_key, stream, b.draw)
        for i in range(len(relation)):
            paid = relation[i] & PAID != 0
            if not paid and (b.draw[i] >= limit[i] or not relation[i] & ACTIVE):
                continue
            relation[i] &= ~np.uint8(PAID)
            row = b.lo + i
            says = opinion(
                np.float64(s.trust[f, row]), np.float64(s.satisfaction[f, row]),
                params.satisfaction,
            )  # fmt: skip
            if not w.social[row] or s.here[row] != HERE:
                continue
            if uneven and not paid and b.draw[i] >= talk_now(f, row, says, w):
                continue
            to = acquaintance(row, tie_of(row, word(b.draw_key[i], stream), w), w, s)
            if to >= 0:
                said = valence(says, params.negative_wom)
                send(b.place, row, to, f, np.int64(said * VALENCE_UNIT), outbox)
                count.accounts[f, acc.TALKS] += 1
                count_event(f, row, acc.BY_TALKS, 1, w, s, count.cells)


@inner
def tell_leaving(i, f, place, w, s, outbox, count):
    """Customer ``i`` may tell an acquaintance that the relationship with a firm has ended."""
    p = w.params
    drawn = word(w.draw_key[i], stream_key(TELL_LEAVING, w.number, w.firm_ids[f], 0))
    if not w.social[i] or high32(drawn) >= threshold(p.loyalty.tell_leaving):
        return
    to = acquaintance(i, tie_of(i, drawn, w), w, s)
    if to >= 0:
        send(place, i, to, f, -1, outbox)
        count.accounts[f, acc.NOTICES] += 1


@inlined
def talk_now(f, i, says, w):
    """Chance that customer ``i`` talks about a firm with this opinion, as a 32-bit threshold."""
    params = w.params.talk
    return threshold(
        talk_chance(
            params.rate, np.float64(w.sociability[i]), params.talkativeness_spread, says,
            params.fervour, np.float64(w.reward[f]),
        )
    )  # fmt: skip


@inlined
def tie_of(i, drawn, w):
    """The tie of customer ``i`` that a draw picks."""
    params = w.params.talk
    ties = number_of_ties(params.ties, np.float64(w.sociability[i]), params.ties_spread)
    return pick(drawn, u64(ties))


@inner
def acquaintance(i, tie, w, s):
    """Row at the other end of customer ``i``'s tie, or -1 (as ``Customer.acquaintance``)."""
    places, params = w.places, w.params.talk
    strange = threshold(params.homophily)
    nearest, least = np.int64(-1), 0.0
    for attempt in range(MOST_ATTEMPTS):
        item = np.int64(tie) * MOST_ATTEMPTS + attempt
        bits = word(w.trait_key[i], stream_key(TIE, 0, 0, item))
        address = np.int64(bits >> u64(64 - places.bits))
        to = row_at(address, w.number, places, w.cohorts)
        if to < 0 or to == i or not w.social[to] or s.here[to] != HERE:
            continue
        if w.segment[to] != w.segment[i] and (bits & u64(0xFFFFFFFF)) < strange:
            continue
        if params.likeness <= 0.0:
            return to
        apart = apart_from(i, to, w)
        formed = uniform(word(w.trait_key[i], stream_key(LIKENESS, 0, 0, item)))
        if formed < tie_chance(apart, params.likeness):
            return to
        if nearest < 0 or apart < least:
            nearest, least = to, apart
    return nearest


@inlined
def apart_from(i, j, w):
    """Distance between customers ``i`` and ``j``."""
    return distance(
        np.float64(w.taste[i]) - np.float64(w.taste[j]), w.params.choice.taste_within,
        np.float64(w.rate[i]), np.float64(w.rate[j]),
        np.float64(w.sociability[i]) - np.float64(w.sociability[j]),
        w.params.talk.talkativeness_spread,
    )  # fmt: skip


@inlined
def send(place, source, to, f, said, outbox):
    """Add a message to the block's list; the valence -1 means that the sender has lapsed."""
    n = outbox.sent[place]
    outbox.to[place, n], outbox.source[place, n] = to, source
    outbox.firm[place, n], outbox.valence[place, n] = f, said
    outbox.sent[place] = n + 1


@inner
def deliver(first, last, outbox, s):
    """Deliver messages to the inboxes of the customers in blocks ``first`` to ``last - 1``."""
    lo, hi = first * BLOCK, last * BLOCK
    for place in range(len(outbox.sent)):
        for m in range(outbox.sent[place]):
            to, f = outbox.to[place, m], outbox.firm[place, m]
            if lo <= to < hi:
                if outbox.valence[place, m] < 0:
                    s.inbox_left[f, to] = min(MOST_NEWS, s.inbox_left[f, to] + 1)
                else:
                    s.inbox_count[f, to] += 1
                    s.inbox_valence[f, to] += outbox.valence[place, m]
                    s.inbox_referrer[f, to] = max(s.inbox_referrer[f, to], outbox.source[place, m])
