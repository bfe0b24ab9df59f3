"""Buying occasions answer the offers that there are, once firms have made them."""

from __future__ import annotations

import numpy as np

from sim.compile import inlined, part
from sim.draws import OCCASION, TASTE, chance_of, stream_key, threshold, uniform, word
from sim.engines.kernels.columns import believes, draw_column
from sim.engines.kernels.shopping import chance_to_come_to_mind, coupon, sensitivity_of
from sim.engines.protocol import ACTIVE, HERE
from sim.rules.choice import (
    answered_chance,
    answered_rate,
    appeal,
    attraction,
    may_answer,
    misfit,
    taste,
)
from sim.rules.loyalty import renewal_due, standing, under_contract
from sim.rules.pricing import largest_change, price_appeal
from sim.rules.shelf import carried
from sim.rules.stock import answers_offers


@part
def answer(w, offers, treated, limit, s, b, talks):
    """Bring occasions forward, or do without, where offers are better or worse than remembered.

    The week's draw of an occasion is compared once more, now with the chance at this week's offers.
    Occasions that do not depend on the draw stay as they are.

    Args:
        limit: chances of an occasion at usual offers, as 32-bit thresholds.
    """
    p, without_calls = w.params, talks.call.size == 0
    draw_column(b.draw_key, stream_key(OCCASION, w.number, 0, 0), b.draw)
    for j in range(len(b.needing)):
        i = b.lo + j
        if without_calls:  # no rep has made anybody buy early
            talks.early[j] = 0
        if talks.early[j] or not is_free(i, w, s):
            continue
        if (b.needing[j] != 0) != (b.draw[j] < limit[i]):  # aroused by contacts, or met at home
            continue
        drawn, usual = np.float64(b.draw[j]), np.float64(limit[i])
        weight = sensitivity_of(i, w, s)
        below, above = gaps(i, offers, treated, s)
        rise = p.choice.incidence * largest_change(below, weight, p.price.memory_share, 1.0)
        fall = p.choice.incidence * largest_change(
            above, weight, p.price.memory_share, p.price.loss_aversion
        )
        if not may_answer(drawn, usual, rise, fall):
            continue
        ratio = rate_at_offers(i, weight, w, offers, treated, s)
        arises = b.draw[j] < threshold(answered_chance(chance_of(usual), ratio))
        if b.needing[j]:
            b.needing[j] = arises
        elif arises and (p.category.hurdle_spread <= 0.0 or believes(i, w, s)):
            b.needing[j] = 1
            talks.early[j] = 1


@inlined
def is_free(i, w, s):
    """Whether offers can move the customer's occasions: present, nothing at home stands in for a
    purchase, and nothing else decides whether there is an occasion."""
    p = w.params
    if s.here[i] != HERE or s.waited[i] > 0 or s.deciding[i] > 0:
        return False
    if p.loyalty.contract > 0:
        until = np.int64(s.bound_until[i])
        if under_contract(w.number, until) or renewal_due(w.number, until):
            return False
    return answers_offers(np.float64(s.stock[i]), p.stock.home_first)


@inlined
def gaps(i, offers, treated, s):
    """How far the price of any firm lies below, and above, the one remembered."""
    below, above = 0.0, 0.0
    for f in range(len(s.awareness)):
        if offers.present[f]:
            gap = np.float64(s.remembered[f, i]) - price_for(f, i, offers, treated, s)
            below, above = max(below, gap), max(above, -gap)
    return below, above


@inlined
def price_for(f, i, offers, treated, s):
    """Log price of a firm for a customer, who may hold a coupon."""
    holds = coupon(f, i, treated, s)
    return offers.log_price[f] - (treated.cut[holds] if holds >= 0 else 0.0)


@part
def rate_at_offers(i, weight, w, offers, treated, s):
    """Rate of occasions of a customer at this week's offers, relative to usual ones."""
    p, now, usual, elsewhere = w.params, 0.0, 0.0, False
    for f in range(len(s.awareness)):
        elsewhere |= (s.relation[f, i] & ACTIVE) != 0
    for f in range(len(s.awareness)):
        if not offers.present[f] or not carried(w.store[i], offers.listed[f]):
            continue
        comes = chance_to_come_to_mind(f, i, w, s)
        drawn = uniform(word(w.trait_key[i], stream_key(TASTE, 0, w.firm_ids[f], 0)))
        liked = appeal(
            p.choice.intercept, p.choice.awareness_weight, np.float64(s.awareness[f, i]),
            p.choice.trust_weight, np.float64(s.trust[f, i]),
            standing(
                (s.relation[f, i] & ACTIVE) != 0, elsewhere, p.choice.inertia,
                p.loyalty.switching_cost,
            ),
            0.0, taste(drawn, p.choice.taste_spread),
            misfit(np.float64(w.taste[i]), w.position[f], p.choice.misfit_weight),
        )  # fmt: skip
        memory, price = np.float64(s.remembered[f, i]), price_for(f, i, offers, treated, s)
        share, aversion = p.price.memory_share, p.price.loss_aversion
        now += attraction(comes, liked + price_appeal(price, memory, weight, share, aversion))
        usual += attraction(comes, liked + price_appeal(memory, memory, weight, share, aversion))
    return answered_rate(now, usual, p.choice.incidence)
