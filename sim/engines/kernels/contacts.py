"""Contacts: their chances, the customers they reach, and their effects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.compile import inlined, inner, part
from sim.draws import (
    ATTEND,
    CARD,
    CLICK,
    CONTACT,
    DOSE,
    RECALL,
    WITHHELD,
    contact_item,
    stream_key,
    u64,
    uniform,
    word,
)
from sim.engines.kernels.calls import buy_early
from sim.engines.kernels.columns import BLOCK, PARTS, draw_column, find_customers
from sim.engines.protocol import BOUGHT_EVER, NEEDS, PAID
from sim.ledger import accounts as acc
from sim.ledger.accounts import TOUCH_ACTIVITY
from sim.market.activities import AUDIENCES
from sim.rules.attention import (
    MOST_CONTACTS,
    addressed,
    attention_left,
    capture_chance,
    click_chance,
    dose_received,
    forgotten,
    reached,
    relevant,
    repeated,
    weight_of_claims,
)
from sim.rules.leads import NO_NEED, NOT_MET
from sim.rules.media import MOST_OUTLETS, followed
from sim.rules.pricing import focused
from sim.rules.talk import is_leader

FEW = 3
"""Where fewer than one customer in so many has contacts, effects are applied one by one."""

GROUPS = AUDIENCES + 1
"""Number of audience classes, and one more for customers whom no activity reaches. The group of a
customer for an activity is GROUPS * outlets followed + class."""


class Contacts(NamedTuple):
    """Buffers for the contacts of a block.

    Attributes:
        left: share of a contact's effect that limited attention leaves, [customer].
        suited: ``left`` times the relevance of the message, [customer].
        believed: ``suited`` times the weight that claims have, [customer].
        direct: group of each customer for direct contacts, [customer].
        through: group of each customer for contacts through media outlets, [customer].
        number: number of contacts, [customer].
        met: places of the customers with contacts, [place].
        limits: chances as 32-bit thresholds, [contacts - 1, group].
    """

    left: np.ndarray
    suited: np.ndarray
    believed: np.ndarray
    direct: np.ndarray
    through: np.ndarray
    number: np.ndarray
    met: np.ndarray
    limits: np.ndarray


class Minds(NamedTuple):
    """Views of a block's state that contacts with a firm change, and the quality that the firm
    claims. ``met`` counts the contacts with all firms, ``belief`` is about the category."""

    known: np.ndarray
    trusted: np.ndarray
    touched: np.ndarray
    clicked: np.ndarray
    relation: np.ndarray
    met: np.ndarray
    belief: np.ndarray
    claim: float


@part
def room_for_contacts():
    """Allocate buffers for the contacts of a block."""
    return Contacts(
        np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64), np.empty(BLOCK, np.float64),
        np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.uint8),
        np.empty(BLOCK + 1, np.uint16),
        np.zeros((MOST_CONTACTS, GROUPS * (MOST_OUTLETS + 1)), np.uint32),
    )  # fmt: skip


@inner
def meet(w, offers, treated, calls, s, b, room, talks, count):
    """Deliver contacts and sales calls; customers may click, become leads, or buy early because
    of a rep's discount."""
    met, p = s.met[b.lo : b.hi], w.params
    for i in range(len(met)):
        room.left[i] = attention_left(np.float64(met[i]), p.attention.crowding)
        met[i] = 0
    for f in range(len(s.awareness)):
        minds = Minds(
            s.awareness[f, b.lo : b.hi], s.trust[f, b.lo : b.hi], s.last_touch[f, b.lo : b.hi],
            s.clicked[f, b.lo : b.hi], s.relation[f, b.lo : b.hi], met, s.belief[b.lo : b.hi],
            offers.claim[f],
        )  # fmt: skip
        suit(w.taste[b.lo : b.hi], offers.message[f], p.attention.relevance, room)
        believe(minds.relation, p.attention.known_from_use, room)
        find_customers(w, s, f, b)
        sort_into_classes(b, room.direct)
        for k in range(len(w.activity_ids)):
            if reaches_anybody(offers.exposure[f, k]):
                meet_activity(f, k, w, offers, s.tags[b.lo : b.hi], minds, b, room, talks, count)
        treat(f, w, treated, s.tags[b.lo : b.hi], minds, b, room, count)
        call(f, w, calls, minds, b, room, talks, count)
    if p.price.framing > 0.0:
        weigh_messages(p.attention, met, s.price_focus[b.lo : b.hi])
    if talks.mine[1] > talks.mine[0] and p.selling.purchase_acceleration > 0.0:
        buy_early(w, calls, s, b, talks, count)


@part
def weigh_messages(p, met, focus):
    """Memory of what messages are about fades as awareness does; the contacts of the week were not
    about prices."""
    for i in range(len(met)):
        kept = forgotten(np.float64(focus[i]), p.retention)
        focus[i] = focused(kept, -1.0, repeated(p.contact_gain, np.int64(met[i])))


@inlined
def reaches_anybody(exposure):
    """Whether an activity's contacts have a chance above 0 in any group."""
    for outlets in range(exposure.shape[0]):
        for group in range(exposure.shape[1]):
            if exposure[outlets, group, 0] > 0:
                return True
    return False


@inlined
def suit(taste, message, relevance, room):
    """Scale the effect of contacts by the relevance of a firm's message to each taste."""
    for i in range(len(taste)):
        fit = relevant(np.float64(taste[i]), message, relevance)
        room.suited[i] = room.left[i] * fit


@inlined
def believe(relation, known_from_use, room):
    """Scale the effect of a firm's claims on trust by their weight for each customer."""
    suited, believed = room.suited, room.believed
    for i in range(len(relation)):
        believed[i] = suited[i]
    if known_from_use > 0.0:
        for i in range(len(relation)):
            bought = (relation[i] & BOUGHT_EVER) != 0
            believed[i] = suited[i] * weight_of_claims(bought, known_from_use)


@inlined
def sort_into_classes(b, direct):
    """Set each customer's group for a firm's direct contacts."""
    for i in range(len(b.customer)):
        code = 2 * b.customer[i] + b.needing[i] if b.seeing[i] else AUDIENCES
        direct[i] = GROUPS + code


@part
def meet_activity(f, k, w, offers, tags, minds, b, room, talks, count):
    """Deliver the contacts of an activity of a firm to the block."""
    group = room.direct
    if offers.booked[f, k] != u64(0):
        count_outlets(w.media_diet[b.lo : b.hi], offers.booked[f, k], room)
        group = room.through
    spread_limits(offers.exposure[f, k], room.limits)
    stream = stream_key(CONTACT, w.number, w.firm_ids[f], w.activity_ids[k])
    draw_column(b.draw_key, stream, b.draw)
    reached_by, delivered = find_reached(b.draw, group, room)
    withheld = is_withheld(f, k, offers.treated)
    if withheld or w.for_leaders[k] or invites(k, w):
        reached_by, delivered = sift(
            f, k, reached_by, withheld, w, offers.treated, tags, minds, b, room, count
        )
    met = room.met[:reached_by]
    if w.for_leaders[k]:
        for i in met:
            minds.relation[i] |= np.uint8(PAID)
    if w.survey[k]:
        ask(f, k, w, minds.known, b, met, count)
    if w.noticed[k]:
        if FEW * reached_by < len(b.draw):
            for j in range(reached_by):
                i = np.int64(met[j])
                n = np.int64(room.number[i])
                impress(i, k, n, room.suited[i], room.believed[i], room.left[i], w, minds)
        else:
            impress_all(k, room, w, minds)
    count.contacts[f, k] += delivered
    if w.click[k] > 0.0:
        click(f, k, w, minds, b, room, met, count)
    if w.capture[k] > 0.0:
        leave_names(f, k, w, offers.volume_pressure[f], minds.clicked, b, met, talks, count)


@part
def count_outlets(media_diet, booked, room):
    """Set each customer's group for an activity that uses media outlets."""
    for i in range(len(media_diet)):
        m = min(np.int64(followed(media_diet[i], booked)), MOST_OUTLETS)
        room.through[i] = room.direct[i] + GROUPS * (m - 1)


@inlined
def spread_limits(exposure, limits):
    """Arrange the chances of an activity's contacts by number and group."""
    for m in range(MOST_OUTLETS + 1):
        for n in range(MOST_CONTACTS):
            for c in range(AUDIENCES):
                limits[n, m * GROUPS + c] = exposure[m, c, n]


@inner
def find_reached(draw, group, room):
    """Find the customers with contacts and their number of contacts, the former without branches.

    Returns:
        Number of customers with contacts, whose places are listed in ``room.met``, and the sum of
        their contacts.
    """
    limits, number, met, n = room.limits, room.number, room.met, 0
    for i in range(len(draw)):
        number[i] = draw[i] < limits[0, group[i]]
    for i in range(len(draw)):
        met[n] = i
        n += number[i]
    delivered = n
    for j in range(n):
        i = met[j]
        for c in range(1, MOST_CONTACTS):
            more = draw[i] < limits[c, group[i]]
            number[i] += more
            delivered += more
    return n, delivered


@inlined
def is_withheld(f, k, treated):
    """Whether treatments withhold contacts with activity ``k`` of a firm."""
    for t in range(len(treated.tag)):
        if treated.firm[t] == f and treated.withheld[t, k] > 0.0:
            return True
    return False


@part
def sift(f, k, reached_by, withheld, w, treated, tags, minds, b, room, count):
    """Leave those contacts with activity ``k`` that are made: with opinion leaders only where they
    are its whole audience, not those that treatments withhold (``withheld``), and with those who
    follow their invitations.

    Returns:
        As :func:`find_reached`, of the contacts that are left.
    """
    met, left, delivered, inviting = room.met, 0, 0, invites(k, w)
    for j in range(reached_by):
        i, n = np.int64(met[j]), 0
        offered = np.int64(room.number[i])
        if not w.for_leaders[k] or is_leader(np.float64(w.sociability[b.lo + i]), w.least_leader):
            n = offered
            if withheld:
                for c in range(offered):
                    n -= loses(f, k, c, b.draw_key[i], tags[i], w, treated)
                count.accounts[f, acc.WITHHELD] += offered - n
            if inviting and n > 0 and not attends(f, k, i, w, b):
                decline(f, k, i, n, room.left[i], w, minds, count)
                n = 0
        room.number[i] = n
        met[left] = i
        left += n > 0
        delivered += n
    return left, delivered


@inlined
def loses(f, k, c, draw_key, tags, w, treated):
    """Whether treatments withhold contact ``c`` with activity ``k`` from a customer."""
    for t in range(len(treated.tag)):
        share = treated.withheld[t, k]
        if treated.firm[t] != f or share <= 0.0 or not tags & treated.tag[t]:
            continue
        item = contact_item(treated.id[t], w.activity_ids[k], c)
        if uniform(word(draw_key, stream_key(WITHHELD, w.number, w.firm_ids[f], item))) < share:
            return True
    return False


@inlined
def invites(k, w):
    """Whether contacts with activity ``k`` are invitations that not everybody follows."""
    return w.gathering[k] and w.params.attention.attendance < 1.0


@inlined
def attends(f, k, i, w, b):
    """Whether the block's customer ``i`` follows this week's invitations to activity ``k``."""
    stream = stream_key(ATTEND, w.number, w.firm_ids[f], w.activity_ids[k])
    return uniform(word(b.draw_key[i], stream)) < np.float64(w.attendance[b.lo + i])


@inlined
def decline(f, k, i, n, left, w, minds, count):
    """Do not follow ``n`` invitations to activity ``k``, whose pressure costs trust."""
    params = w.params.attention
    count.accounts[f, acc.DECLINED] += n
    if w.noticed[k]:
        loss = repeated(params.irritation * params.pressure, n) * left
        minds.trusted[i] = addressed(np.float64(minds.trusted[i]), 0.0, minds.claim, loss)


@inlined
def impress(i, k, n, suited, believed, left, w, minds):
    """Apply ``n`` contacts with activity ``k`` to the block's customer ``i``: gains in awareness
    are scaled by ``suited``, moves of trust towards the claim by ``believed``, losses by
    ``left``."""
    minds.met[i] += n
    minds.touched[i] = TOUCH_ACTIVITY + k
    minds.known[i] = reached(np.float64(minds.known[i]), w.awareness_gain[k, n] * suited)
    minds.trusted[i] = addressed(
        np.float64(minds.trusted[i]),
        w.trust_gain[k, n] * believed,
        minds.claim,
        w.trust_loss[k, n] * left,
    )
    if w.belief_gain[k, 1] > 0.0:
        gain = w.belief_gain[k, n] * suited
        minds.belief[i] = reached(np.float64(minds.belief[i]), gain)


@inlined
def of_number(n, none, one, two, three, most):
    """The entry for ``n`` contacts, 0 to MOST_CONTACTS, of a table in five numbers. Comparisons
    are vectorised; looking it up in an array takes three times as long."""
    few = one if n == 1 else none
    many = three if n == 3 else most
    return few if n < 2 else (two if n == 2 else many)


@inner
def impress_all(k, room, w, minds):
    """Apply the contacts with activity ``k`` to all customers of the block, without branches."""
    number, suited, believed, left = room.number, room.suited, room.believed, room.left
    gain, ease, loss = w.awareness_gain[k], w.trust_gain[k], w.trust_loss[k]
    known, trusted, touched, met = minds.known, minds.trusted, minds.touched, minds.met
    code = np.uint8(TOUCH_ACTIVITY + k)
    for i in range(len(known)):
        met[i] += number[i]
        touched[i] = code if number[i] > 0 else touched[i]
    if gain[1] > 0.0:
        none, one, two, three, most = gain[0], gain[1], gain[2], gain[3], gain[4]
        for i in range(len(known)):
            more = of_number(number[i], none, one, two, three, most) * suited[i]
            known[i] = reached(np.float64(known[i]), more)
    if ease[1] > 0.0 or loss[1] > 0.0:
        none, one, two, three, most = ease[0], ease[1], ease[2], ease[3], ease[4]
        no, single, double, triple, all_of = loss[0], loss[1], loss[2], loss[3], loss[4]
        claim = minds.claim
        for i in range(len(known)):
            more = of_number(number[i], none, one, two, three, most) * believed[i]
            less = of_number(number[i], no, single, double, triple, all_of) * left[i]
            trusted[i] = addressed(np.float64(trusted[i]), more, claim, less)
    if w.belief_gain[k, 1] > 0.0:
        impress_beliefs(w.belief_gain[k], room, minds.belief)


@part
def impress_beliefs(gain, room, belief):
    """Apply the contacts with an activity to the block's beliefs in the category."""
    number, suited = room.number, room.suited
    none, one, two, three, most = gain[0], gain[1], gain[2], gain[3], gain[4]
    for i in range(len(belief)):
        more = of_number(number[i], none, one, two, three, most) * suited[i]
        belief[i] = reached(np.float64(belief[i]), more)


@part
def ask(f, k, w, known, b, met, count):
    """Survey the customers that market research has reached: awareness and taste."""
    recall = stream_key(RECALL, w.number, w.firm_ids[f], w.activity_ids[k])
    for i in met:
        aware = uniform(word(b.draw_key[i], recall)) < np.float64(known[i])
        count.accounts[f, acc.SURVEYED] += 1
        count.accounts[f, acc.SURVEYED_AWARE] += aware
        segment = w.segment[b.lo + i]
        count.surveyed[f, segment, 0] += 1
        count.surveyed[f, segment, 1] += np.int64(np.float64(w.taste[b.lo + i]) * PARTS)


@part
def click(f, k, w, minds, b, room, met, count):
    """Customers may click after a contact, more likely on a buying occasion. Where contacts are
    two-way they answer by it, which moves trust further."""
    click_propensity = w.click_propensity[b.lo : b.hi]
    stream = stream_key(CLICK, w.number, w.firm_ids[f], w.activity_ids[k])
    for i in met:
        chance = click_chance(
            w.click[k], np.float64(click_propensity[i]), b.needing[i] != 0,
            w.params.attention.intent, np.int64(room.number[i]),
        )  # fmt: skip
        if uniform(word(b.draw_key[i], stream)) < chance:
            count.clicks[f, k] += 1
            minds.clicked[i] = w.number
            if w.answer_gain[k] > 0.0:
                minds.trusted[i] = addressed(
                    np.float64(minds.trusted[i]), w.answer_gain[k] * room.believed[i], minds.claim,
                    0.0,
                )  # fmt: skip


@part
def leave_names(f, k, w, volume_pressure, clicked, b, met, talks, count):
    """Customers may become captured leads after a contact or a click."""
    stream = stream_key(CARD, w.number, w.firm_ids[f], w.activity_ids[k])
    for i in met:
        if w.click[k] > 0.0 and clicked[i] != w.number:
            continue
        chance = capture_chance(w.capture[k], volume_pressure, b.needing[i] != 0)
        if uniform(word(b.draw_key[i], stream)) < chance:
            count.accounts[f, acc.CARDS] += 1
            talks.source[f, i] = TOUCH_ACTIVITY + k + 1
            talks.flags[f, i] = NEEDS if b.needing[i] else 0


@part
def treat(f, w, treated, tags, minds, b, room, count):
    """Deliver the contacts of experiments to the customers drawn into their treatments."""
    for t in range(len(treated.tag)):
        k = treated.activity[t]
        if treated.firm[t] != f or k < 0 or treated.contacts[t] <= 0.0:
            continue
        stream = stream_key(DOSE, w.number, w.firm_ids[f], treated.id[t])
        for i in range(len(tags)):
            if not tags[i] & treated.tag[t] or not b.seeing[i]:
                continue
            n = dose_received(treated.contacts[t], uniform(word(b.draw_key[i], stream)))
            if n == 0:
                continue
            if invites(k, w) and not attends(f, k, i, w, b):
                decline(f, k, i, n, room.left[i], w, minds, count)
                continue
            count.contacts[f, k] += n
            count.accounts[f, acc.GIVEN] += n
            if w.for_leaders[k]:
                minds.relation[i] |= np.uint8(PAID)
            if w.noticed[k]:
                impress(i, k, n, room.suited[i], room.believed[i], room.left[i], w, minds)


@part
def call(f, w, calls, minds, b, room, talks, count):
    """Deliver the sales calls of a firm to customers of the block."""
    for c in range(talks.mine[0], talks.mine[1]):
        if calls.firm[c] != f:
            continue
        i, k = calls.row[c] - b.lo, calls.activity[c]
        calls.result[c] = NO_NEED if b.seeing[i] else NOT_MET
        if not b.seeing[i]:
            continue
        talks.call[f, i] = c
        if k >= 0:
            count.contacts[f, k] += 1
            if w.for_leaders[k]:
                minds.relation[i] |= np.uint8(PAID)
            if w.noticed[k]:
                helped = room.left[i] * calls.skill[c]
                bought = (minds.relation[i] & BOUGHT_EVER) != 0
                weight = weight_of_claims(bought, w.params.attention.known_from_use)
                impress(i, k, 1, helped, helped * weight, room.left[i], w, minds)
