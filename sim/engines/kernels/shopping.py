"""Shopping: on an occasion customers search, consider, enquire, choose, wait, order, and learn.

Data are columns over the shoppers of a block, so that logarithms and exponentials are vectorised.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.compile import inlined, inner, part
from sim.draws import (
    ALONE,
    CHOICE,
    CONSIDER,
    EXPERIENCE,
    LOOKING,
    OUTSIDE,
    QUITTING,
    RATING,
    RECOVERY,
    SEARCH,
    TASTE,
    UNITS,
    chance_of,
    high32,
    stream_key,
    threshold,
    uniform,
    word,
)
from sim.engines.kernels.calls import call_of
from sim.engines.kernels.columns import count_event
from sim.engines.kernels.lapse_and_report import end_relationship
from sim.engines.protocol import (
    ACTIVE,
    ASKS,
    BOUGHT_EVER,
    BOUGHT_NOW,
    DISAPPOINTED,
    ENDED,
    NEEDS,
    OFFERED,
)
from sim.ledger import accounts as acc
from sim.ledger.accounts import TOUCH_SEARCH
from sim.rules.attention import attention_left, reached
from sim.rules.choice import appeal, misfit, race_time, taste
from sim.rules.information import consideration_chance
from sim.rules.leads import NOT_CONSIDERED, NOTHING, RIVAL, UNDECIDED, WON
from sim.rules.loyalty import (
    deterrence,
    experienced,
    pleasing_chance,
    quitting_chance,
    renewal_due,
    renewal_utility,
    return_ratio,
    return_utility,
    standing,
)
from sim.rules.memory import comes_to_mind, remembered
from sim.rules.pricing import (
    focused,
    price_appeal,
    remembered_interval,
    remembered_price,
    salience_of_deal,
    saving,
    sensitivity,
    waits,
)
from sim.rules.selling import alone_chance, majority_chance
from sim.rules.shelf import carried
from sim.rules.stock import units
from sim.rules.talk import is_referral, persuaded, satisfied

NOBODY = -1
"""Choice: buy nothing."""

NOT_YET_DECIDED = -2
"""Choice: the decision stays open, or the customer waits for a deal."""


class Shoppers(NamedTuple):
    """Customers of a block with a buying occasion, as columns [shopper].

    The last eleven columns, from ``active`` on, are about the firm that is being evaluated.

    Attributes:
        rows: rows of the customers.
        keys: keys of their random draws.
        trait_keys: keys of the draws that set their traits.
        taste: taste of the customer.
        chosen: row of the chosen firm, :data:`NOBODY` or :data:`NOT_YET_DECIDED`.
        chosen_holds: coupon held for the chosen firm (row of the week's treatments), or -1.
        chosen_cut: discount of the coupon or rep on its price, as a difference of logs.
        chosen_saving: how far its price lies below the remembered one, as a difference of logs.
        units: units ordered.
        renewing: whether a contract ends this week.
        searches: whether the customer searches.
        elsewhere: whether the customer is an active customer of any firm.
        soonest: shortest waiting time in the choice race so far.
        active: whether the customer is an active customer of the firm.
        considered: whether the firm is considered.
        holds: coupon held for the firm, as ``chosen_holds``.
        cut: discount on the firm's price, as ``chosen_cut``.
        known: awareness of the firm.
        trusted: trust in the firm.
        felt: utility of the price against the remembered price.
        saving: how far the price lies below the remembered one, as ``chosen_saving``.
        suits: utility of the customer's lasting liking for the firm.
        appeals: total utility of the firm.
        rings: waiting time of the firm in the choice race.
    """

    rows: np.ndarray
    keys: np.ndarray
    trait_keys: np.ndarray
    taste: np.ndarray
    chosen: np.ndarray
    chosen_holds: np.ndarray
    chosen_cut: np.ndarray
    chosen_saving: np.ndarray
    units: np.ndarray
    renewing: np.ndarray
    searches: np.ndarray
    elsewhere: np.ndarray
    soonest: np.ndarray
    active: np.ndarray
    considered: np.ndarray
    holds: np.ndarray
    cut: np.ndarray
    known: np.ndarray
    trusted: np.ndarray
    felt: np.ndarray
    saving: np.ndarray
    suits: np.ndarray
    appeals: np.ndarray
    rings: np.ndarray
    weight: np.ndarray


@inner
def shop(w, offers, treated, calls, s, b, talks, x, outbox, count):
    """Run the shopping of a block: search, consider, enquire, choose, leave the decision open,
    wait for a deal, buy or not. The choices are written to the shoppers ``x``."""
    p = w.params
    look_around(w, s, x, count)
    if p.price.deal_salience > 0.0 and p.shelf.stores > 0:
        pass_shelves(w, offers, s, x)
    if p.price.framing > 0.0:
        weigh_prices(w, s, x)
    for f in range(len(s.awareness)):
        if offers.present[f]:
            consider(f, w, offers, calls, s, b, talks, x, count)
            hold_coupons(f, treated, s, x)
            if talks.call.size > 0:
                hear_discounts(f, calls, b, talks, x)
            see_offer(f, w, offers, s, x)
            race(f, w, calls, s, b, talks, x)
            if p.selling.self_serve < 1.0 or p.selling.deliberation > 0.0:
                ask_or_wait(f, w, calls, s, b, talks, x, count)
            keep_soonest(f, x)
    leave_open(w, s, x, count)
    put_off(w, offers, s, x, count)
    decide(s, x, count)
    if talks.call.size > 0:
        close_offers(calls, s, b, talks, x)
    if p.loyalty.contract > 0:
        end_contracts(w, s, b, x, outbox, count)
    order(w, s, b, talks, x)
    count_reduced(calls, b, talks, x, count)
    book_orders(w, s, x, count)


@part
def gather_shoppers(w, b):
    """Return the shoppers of a block before they choose."""
    size, n = len(b.needing), 0
    rows, keys = np.empty(size + 1, np.int64), np.empty(size + 1, np.uint64)
    for i in range(size):  # branch-free: a customer without need is overwritten by the next
        rows[n], keys[n] = b.lo + i, b.draw_key[i]
        n += b.needing[i]
    trait_keys, flags = np.empty(n, np.uint64), np.zeros((5, n), np.bool_)
    whole, real = np.full((4, n), -1), np.empty((13, n))
    for j in range(n):
        trait_keys[j], real[0, j] = w.trait_key[rows[j]], w.taste[rows[j]]
    return Shoppers(
        rows[:n], keys[:n], trait_keys, real[0], whole[0], whole[1], real[1], real[2], whole[2],
        flags[0], flags[1], flags[2], real[3], flags[3], flags[4], whole[3], real[4], real[5],
        real[6], real[7], real[8], real[9], real[10], real[11], real[12],
    )  # fmt: skip


@part
def look_around(w, s, x, count):
    """Set who searches, whose contract ends, who is a customer of any firm, and the waiting time
    of buying nothing."""
    p, market, searching = w.params, len(s.awareness), 0
    outside, at_search = stream_key(OUTSIDE, w.number, 0, 0), stream_key(SEARCH, w.number, 0, 0)
    for j in range(len(x.rows)):
        x.soonest[j] = race_time(uniform(word(x.keys[j], outside)), 0.0)
    for j in range(len(x.rows)):
        x.searches[j] = uniform(word(x.keys[j], at_search)) < p.information.search_rate
        searching += x.searches[j]
    if p.loyalty.contract > 0:
        for j in range(len(x.rows)):
            x.renewing[j] = renewal_due(w.number, np.int64(s.bound_until[x.rows[j]]))
    for f in range(market):
        for j in range(len(x.rows)):
            x.elsewhere[j] |= (s.relation[f, x.rows[j]] & ACTIVE) != 0
    count.accounts[market, acc.OCCASIONS] += len(x.rows)
    count.accounts[market, acc.SEARCHED] += searching


@part
def pass_shelves(w, offers, s, x):
    """A deal is a contact with all shoppers whose store carries the firm. What deals crowd out does
    not depend on the order of firms."""
    p, firms = w.params, len(s.awareness)
    for f in range(firms):
        if offers.present[f] and offers.deal[f] > 0.0:
            for j in range(len(x.rows)):
                i = x.rows[j]
                if carried(w.store[i], offers.listed[f]):
                    saved = saving(offers.log_price[f], np.float64(s.remembered[f, i]))
                    salience = salience_of_deal(p.price.deal_salience, saved)
                    left = attention_left(np.float64(s.met[i]), p.attention.crowding)
                    gain = p.attention.contact_gain * salience * left
                    s.awareness[f, i] = reached(np.float64(s.awareness[f, i]), gain)
    for f in range(firms):
        if offers.present[f] and offers.deal[f] > 0.0:
            for j in range(len(x.rows)):
                s.met[x.rows[j]] += carried(w.store[x.rows[j]], offers.listed[f])


@part
def weigh_prices(w, s, x):
    """Set each shopper's price sensitivity under the messages met before this week's offers."""
    for j in range(len(x.rows)):
        x.weight[j] = sensitivity_of(x.rows[j], w, s)


@inlined
def sensitivity_of(i, w, s):
    """Price sensitivity of a customer under the messages met."""
    weight, framing = np.float64(w.price_weight[i]), w.params.price.framing
    if framing > 0.0:
        return sensitivity(weight, np.float64(s.price_focus[i]), framing)
    return weight


@inlined
def consider(f, w, offers, calls, s, b, talks, x, count):
    """Set who considers a firm: it comes to mind or is found, and the customer's store carries
    it."""
    p = w.params
    drawn = stream_key(CONSIDER, w.number, w.firm_ids[f], 0)
    for j in range(len(x.rows)):
        i = x.rows[j]
        known, comes = np.float64(s.awareness[f, i]), chance_to_come_to_mind(f, i, w, s)
        active = (s.relation[f, i] & ACTIVE) != 0
        draw = uniform(word(x.keys[j], drawn))
        c = call_of(f, i - b.lo, talks)
        # a firm asked for renewal, looked at after a click, or with an open offer is always
        # considered
        looks = s.clicked[f, i] == w.number
        if looks and p.information.look < 1.0:
            looking = stream_key(LOOKING, w.number, w.firm_ids[f], 0)
            looks = uniform(word(x.keys[j], looking)) < p.information.look
        asked = (x.renewing[j] and active) or looks
        asked = asked or (s.relation[f, i] & OFFERED) != 0
        chance = consideration_chance(comes, x.searches[j], p.information.found)
        if p.selling.buying_group > 1 or c >= 0:
            chance = majority_chance(chance, p.selling.buying_group, np.int64(c >= 0))
        considered = not p.choice.consideration or asked or draw < chance
        considered &= x.searches[j] or carried(w.store[i], offers.listed[f])
        considered &= ratio_of_odds(f, i, p, s) > 0.0
        if c >= 0:
            calls.result[c] = UNDECIDED if considered else NOT_CONSIDERED
        if considered:
            count.accounts[f, acc.CONSIDERED] += 1
            if p.choice.consideration and not asked and c < 0 and draw >= comes:
                s.last_touch[f, i] = TOUCH_SEARCH
        x.known[j], x.active[j], x.considered[j] = known, active, considered


@inlined
def chance_to_come_to_mind(f, i, w, s):
    """Chance that a firm comes to mind of a customer, by awareness and the memory of purchases."""
    known, memory = np.float64(s.awareness[f, i]), w.params.memory
    if memory.level > 0.0 and s.relation[f, i] & BOUGHT_EVER:
        silence = w.number - np.int64(s.last_order[f, i])
        rate = np.float64(w.rate[i])
        return comes_to_mind(known, remembered(memory.level, memory.fading, silence, rate))
    return known


@inlined
def ratio_of_odds(f, i, p, s):
    """Odds that a customer chooses a firm, relative to those without a past with it."""
    ended, disappointed = s.relation[f, i] & ENDED, s.relation[f, i] & DISAPPOINTED
    return return_ratio(
        ended != 0, disappointed != 0, p.loyalty.returning, p.loyalty.returning_disappointed
    )


@inlined
def see_offer(f, w, offers, s, x):
    """Evaluate a firm's price against the remembered price. Customers who consider the firm update
    trust by its ratings, and remember its price and deals."""
    p = w.params
    for j in range(len(x.rows)):
        i = x.rows[j]
        price = offers.log_price[f] - x.cut[j]
        memory = np.float64(s.remembered[f, i])
        if x.considered[j]:
            if x.searches[j] and offers.rating[f] >= 0.0:
                s.trust[f, i] = persuaded(
                    np.float64(s.trust[f, i]), p.information.rating_gain, offers.rating[f]
                )
            s.remembered[f, i] = remembered_price(memory, price, p.price.learning)
            if offers.deal[f] > 0.0:
                see_deal(f, i, w.number, p, s)
        x.trusted[j] = np.float64(s.trust[f, i])
        weight = x.weight[j] if p.price.framing > 0.0 else np.float64(w.price_weight[i])
        x.felt[j] = price_appeal(
            price, memory, weight, p.price.memory_share, p.price.loss_aversion
        )  # fmt: skip
        x.saving[j] = saving(price, memory)


@part
def see_deal(f, i, week, p, s):
    """Update the week of the last deal seen and the remembered interval between deals; a deal is a
    message about prices."""
    before = np.int64(s.last_deal[f, i])
    if before >= 0:
        s.deal_interval[f, i] = remembered_interval(
            np.float64(s.deal_interval[f, i]), np.float64(week - before), p.price.learning
        )
    s.last_deal[f, i] = week
    if p.price.framing > 0.0:
        s.price_focus[i] = focused(np.float64(s.price_focus[i]), 1.0, p.attention.contact_gain)


@part
def hold_coupons(f, treated, s, x):
    """Set the coupon each shopper holds for a firm, and its discount."""
    for j in range(len(x.rows)):
        holds = coupon(f, x.rows[j], treated, s)
        x.holds[j] = holds
        x.cut[j] = treated.cut[holds] if holds >= 0 else 0.0


@part
def hear_discounts(f, calls, b, talks, x):
    """Set the discount of a firm's reps for the customers they call who hold no coupon."""
    for j in range(len(x.rows)):
        c = call_of(f, x.rows[j] - b.lo, talks)
        if c >= 0 and x.holds[j] < 0:
            x.cut[j] = calls.cut[c]


@part
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


@inlined
def race(f, w, calls, s, b, talks, x):
    """Draw a firm's waiting time in the choice race: the higher its utility, the shorter. The
    loops are short so that they are vectorised."""
    p, position = w.params, w.position[f]
    liked = stream_key(TASTE, 0, w.firm_ids[f], 0)
    run = stream_key(CHOICE, w.number, w.firm_ids[f], 0)
    for j in range(len(x.rows)):
        x.suits[j] = taste(uniform(word(x.trait_keys[j], liked)), p.choice.taste_spread)
    for j in range(len(x.rows)):
        x.appeals[j] = appeal(
            p.choice.intercept, p.choice.awareness_weight, x.known[j],
            p.choice.trust_weight, x.trusted[j],
            standing(x.active[j], x.elsewhere[j], p.choice.inertia, p.loyalty.switching_cost),
            x.felt[j], x.suits[j], misfit(x.taste[j], position, p.choice.misfit_weight),
        )  # fmt: skip
    if p.loyalty.contract > 0:
        for j in range(len(x.rows)):
            if x.renewing[j] and x.active[j]:
                left = np.int64(s.inbox_left[f, x.rows[j]])
                deterred = deterrence(left, p.loyalty.contagion)
                own = renewal_utility(np.float64(w.leaving[x.rows[j]]))
                x.appeals[j] = x.appeals[j] + (w.renewal_utility[f] + own) - deterred
    if p.loyalty.returning != 1.0 or p.loyalty.returning_disappointed != 1.0:
        for j in range(len(x.rows)):
            ratio = ratio_of_odds(f, x.rows[j], p, s)
            if x.considered[j] and ratio != 1.0:
                x.appeals[j] = x.appeals[j] + return_utility(ratio)
    if talks.call.size > 0:
        for j in range(len(x.rows)):
            c = call_of(f, x.rows[j] - b.lo, talks)
            if c >= 0:
                x.appeals[j] = x.appeals[j] + p.selling.persuasion * calls.skill[c]
    for j in range(len(x.rows)):
        x.rings[j] = race_time(uniform(word(x.keys[j], run)), x.appeals[j])


@part
def ask_or_wait(f, w, calls, s, b, talks, x, count):
    """Send enquiries to firms that must answer before they can be chosen. The waiting time of a
    firm that has called starts at the moment of the call."""
    params = w.params.selling
    alone = stream_key(ALONE, w.number, w.firm_ids[f], 0)
    for j in range(len(x.rows)):
        if not x.considered[j]:
            continue
        i = x.rows[j]
        c = call_of(f, i - b.lo, talks)
        if c >= 0:
            if params.deliberation > 0.0:
                x.rings[j] = x.rings[j] + calls.starts[c] / params.deliberation
            s.relation[f, i] |= OFFERED
        elif not s.relation[f, i] & OFFERED:
            chance = alone_chance(params.self_serve, x.trusted[j], x.active[j])
            if uniform(word(x.keys[j], alone)) >= chance:
                x.considered[j] = False
                count.accounts[f, acc.ENQUIRIES] += 1
                talks.source[f, i - b.lo] = s.last_touch[f, i] + 1
                talks.flags[f, i - b.lo] = NEEDS | ASKS


@inlined
def keep_soonest(f, x):
    """Choose the firm if its waiting time is the shortest so far."""
    for j in range(len(x.rows)):
        if x.considered[j] and x.rings[j] < x.soonest[j]:
            x.soonest[j] = x.rings[j]
            x.chosen[j], x.chosen_holds[j] = f, x.holds[j]
            x.chosen_cut[j], x.chosen_saving[j] = x.cut[j], x.saving[j]


@part
def leave_open(w, s, x, count):
    """Leave a decision open if no waiting time ends within the week."""
    deliberation, market = w.params.selling.deliberation, len(s.awareness)
    if deliberation > 0.0:
        for j in range(len(x.rows)):
            if x.soonest[j] * deliberation > 1.0 and not x.renewing[j]:
                x.chosen[j] = NOT_YET_DECIDED
                s.deciding[x.rows[j]] += 1
                count.accounts[market, acc.UNDECIDED] += 1


@part
def put_off(w, offers, s, x, count):
    """Put off the purchase of customers who expect a deal of the chosen firm."""
    patience, market = w.params.price.patience, len(s.awareness)
    for j in range(len(x.rows)):
        f, i = x.chosen[j], x.rows[j]
        if f < 0 or x.renewing[j] or offers.deal[f] + x.chosen_cut[j] > 0.0:
            continue
        if waits(
            w.number, np.int64(s.last_deal[f, i]), np.float64(s.deal_interval[f, i]),
            patience * np.float64(w.patience_scale[i]), np.int64(s.waited[i]),
        ):  # fmt: skip
            x.chosen[j] = NOT_YET_DECIDED
            s.waited[i] += 1
            count.accounts[market, acc.WAITED] += 1


@part
def decide(s, x, count):
    """Reset the weeks of waiting and deciding of customers who have decided."""
    market = len(s.awareness)
    for j in range(len(x.rows)):
        if x.chosen[j] != NOT_YET_DECIDED:
            s.waited[x.rows[j]] = 0
            s.deciding[x.rows[j]] = 0
        count.accounts[market, acc.UNBOUGHT] += x.chosen[j] == NOBODY


@part
def close_offers(calls, s, b, talks, x):
    """Close the offers of customers who have decided; reps learn the results of their calls."""
    for j in range(len(x.rows)):
        f, i = x.chosen[j], x.rows[j]
        if f == NOT_YET_DECIDED:
            continue
        for g in range(len(s.awareness)):
            s.relation[g, i] &= ~np.uint8(OFFERED)
            c = call_of(g, i - b.lo, talks)
            if c >= 0 and calls.result[c] == UNDECIDED:
                calls.result[c] = WON if g == f else (RIVAL if f >= 0 else NOTHING)


@part
def end_contracts(w, s, b, x, outbox, count):
    """End contracts: they are renewed, or the relationships end with them."""
    for j in range(len(x.rows)):
        f, i = x.chosen[j], x.rows[j]
        if f == NOT_YET_DECIDED or not x.renewing[j]:
            continue
        s.bound_until[i] = -1
        for g in range(len(s.awareness)):
            s.inbox_left[g, i] = 0
            if s.relation[g, i] & ACTIVE:
                if g == f:
                    count.accounts[g, acc.RENEWALS] += 1
                else:
                    end_relationship(i, g, np.uint8(0), b.place, w, s, outbox, count)


@inner
def order(w, s, b, talks, x):
    """Draw the units ordered by customers who have chosen a firm, and update their stock."""
    p = w.params
    for f in range(len(s.awareness)):
        stream = stream_key(UNITS, w.number, w.firm_ids[f], 0)
        for j in range(len(x.rows)):
            i = x.rows[j]
            if x.chosen[j] != f:
                continue
            if p.loyalty.contract > 0:
                s.bound_until[i] = w.number + p.loyalty.contract
            drawn = uniform(word(x.keys[j], stream))
            bought = units(drawn, x.chosen_saving[j], p.stock.stockup, p.stock.saturation)
            s.basket[i] = bought
            used_now = 1 - np.int64(talks.early[i - b.lo])
            s.stock[i] = np.float64(s.stock[i]) + np.float64(bought - used_now)
            x.units[j] = bought


@part
def count_reduced(calls, b, talks, x, count):
    """Count units ordered with a coupon, or else from a rep."""
    for j in range(len(x.rows)):
        f = x.chosen[j]
        if f < 0:
            continue
        c = call_of(f, x.rows[j] - b.lo, talks)
        if x.chosen_holds[j] >= 0:
            count.couponed[x.chosen_holds[j]] += x.units[j]
        elif c >= 0:
            calls.units[c] = x.units[j]


@inner
def book_orders(w, s, x, count):
    """Count the orders, and begin or continue the relationships."""
    for j in range(len(x.rows)):
        if x.chosen[j] >= 0:
            book_order(x.chosen[j], x.rows[j], x.units[j], w, s, count)


@inlined
def book_order(f, i, bought, w, s, count):
    """Count an order by first or repeat, by the customer's characteristics and by last touch."""
    account = count.accounts[f]
    account[acc.ORDERS] += 1
    account[acc.UNITS] += bought
    again = np.int64((s.relation[f, i] & BOUGHT_EVER) != 0)
    if not again:
        account[acc.ACQUIRED] += 1
        if is_referral(
            np.int64(s.referrer[f, i]), np.int64(s.told[f, i]), w.number,
            w.params.talk.referral_weeks,
        ):  # fmt: skip
            account[acc.REFERRED] += 1
        else:
            s.referrer[f, i] = -1
        s.first_order[f, i] = w.number
        s.acquired_via[f, i] = s.last_touch[f, i]
        count_event(f, i, acc.BY_ACQUIRED, 1, w, s, count.cells)
    elif not s.relation[f, i] & ACTIVE:
        account[acc.WON_BACK] += 1
        count_event(f, i, acc.BY_WON_BACK, 1, w, s, count.cells)
    count_event(f, i, acc.BY_ORDERS, 1, w, s, count.cells)
    count_event(f, i, acc.BY_UNITS, bought, w, s, count.cells)
    clicked = np.int64(s.clicked[f, i])
    account[acc.CLICKED_ORDERS] += clicked >= 0 and w.number - clicked < w.credit
    count.touched[f, s.last_touch[f, i], again] += 1
    s.relation[f, i] &= ~np.uint8(ENDED | DISAPPOINTED)
    s.relation[f, i] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
    s.belief[i] = 1.0
    s.last_order[f, i] = w.number


@inner
def experience(w, offers, s, b, x, outbox, count):
    """Draw whether purchases meet expectations, whether they are rated in public, and whether a
    disappointment ends the relationship."""
    p = w.params
    limit = threshold(p.information.rating_rate)
    for f in range(len(s.awareness)):
        lived_up = stream_key(EXPERIENCE, w.number, w.firm_ids[f], 0)
        rating = stream_key(RATING, w.number, w.firm_ids[f], 0)
        for j in range(len(x.rows)):
            i = x.rows[j]
            if x.chosen[j] != f:
                continue
            pleases = offers.quality[f]
            if p.loyalty.expectation > 0.0:
                trusted = np.float64(s.trust[f, i])
                pleases = threshold(
                    pleasing_chance(chance_of(pleases), trusted, p.loyalty.expectation)
                )
            good = high32(word(x.keys[j], lived_up)) < pleases
            if not good and offers.recovery[f] > 0:
                recovering = stream_key(RECOVERY, w.number, w.firm_ids[f], 0)
                good = high32(word(x.keys[j], recovering)) < offers.recovery[f]
            count.accounts[f, acc.DISAPPOINTED] += not good
            if high32(word(x.keys[j], rating)) < limit:
                count.accounts[f, acc.RATED] += 1
                count.accounts[f, acc.RATED_GOOD] += good
            s.trust[f, i] = experienced(
                np.float64(s.trust[f, i]), good, p.loyalty.experience_gain,
                p.loyalty.experience_loss,
            )  # fmt: skip
            s.awareness[f, i] = reached(
                np.float64(s.awareness[f, i]), p.loyalty.experience_awareness
            )
            if p.talk.satisfaction > 0.0:
                s.satisfaction[f, i] = satisfied(
                    np.float64(s.satisfaction[f, i]), good, p.talk.satisfaction
                )
            if not good and p.loyalty.quit_disappointed > 0.0:
                quit_or_stay(f, i, x.keys[j], b.place, w, s, outbox, count)


@inner
def quit_or_stay(f, i, key, place, w, s, outbox, count):
    """A disappointed customer may end the relationship; under a contract, resolve to."""
    p = w.params.loyalty
    chance = quitting_chance(p.quit_disappointed, np.float64(s.trust[f, i]))
    if uniform(word(key, stream_key(QUITTING, w.number, w.firm_ids[f], 0))) < chance:
        if p.contract > 0:
            s.relation[f, i] |= DISAPPOINTED
        else:
            end_relationship(i, f, np.uint8(DISAPPOINTED), place, w, s, outbox, count)
