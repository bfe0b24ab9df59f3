"""The phases of a week before firms act: entry and exit, forgetting, buying occasions."""

from __future__ import annotations

import numpy as np

from sim.compile import compiled, inlined, inner, part
from sim.draws import AROUSAL, EXIT, OCCASION, high32, stream_key, threshold, u64, uniform, word
from sim.engines.kernels.columns import believes, count_event, draw_column, find_customers
from sim.engines.protocol import ACTIVE, GONE, HERE
from sim.ledger import accounts as acc
from sim.market.activities import AUDIENCES
from sim.rules.attention import forgotten, repeated
from sim.rules.choice import occasion_chance
from sim.rules.flow import occasion_rate
from sim.rules.loyalty import renewal_due, under_contract
from sim.rules.stock import is_met_at_home, unmet_rate, used
from sim.rules.talk import is_leader


@compiled
def occasion_thresholds(rate, demand, out):
    """Write each customer's chance of an occasion at a level of demand, as a 32-bit threshold."""
    for i in range(len(rate)):
        out[i] = threshold(occasion_chance(occasion_rate(np.float64(rate[i]), demand)))


@part
def enter_and_exit(w, s, b, count):
    """Customers enter the market in their week of arrival, and may leave it for good."""
    market = len(s.awareness)
    for i in range(b.lo, b.hi):
        if w.arrival[i] == w.number:
            s.here[i] = HERE
            count.accounts[market, acc.ARRIVED] += w.rate[i] > 0.0
    limit = threshold(w.params.flow.exit)
    if limit > u64(0):
        leave(limit, w, s, b, count)


@part
def leave(limit, w, s, b, count):
    """Some customers leave the market for good, and their relationships end."""
    market = len(s.awareness)
    leaves = stream_key(EXIT, w.number, 0, 0)
    for i in range(b.lo, b.hi):
        if s.here[i] != HERE or high32(word(w.draw_key[i], leaves)) >= limit:
            continue
        s.here[i] = GONE
        count.accounts[market, acc.LEFT] += w.rate[i] > 0.0
        for f in range(market):
            if s.relation[f, i] & ACTIVE:
                count.accounts[f, acc.EXITED] += 1
                count_event(f, i, acc.BY_EXITED, 1, w, s, count.cells)
                s.relation[f, i] &= ~np.uint8(ACTIVE)


@inner
def forget(w, s, b):
    """Awareness and trust fade."""
    params = w.params.attention
    for f in range(len(s.awareness)):
        known, trusted = s.awareness[f, b.lo : b.hi], s.trust[f, b.lo : b.hi]
        for i in range(len(known)):
            known[i] = forgotten(np.float64(known[i]), params.retention)
        if params.trust_retention < 1.0:
            for i in range(len(trusted)):
                trusted[i] = forgotten(np.float64(trusted[i]), params.trust_retention)


@inner
def need(w, demand, limit, s, b, count):
    """Draw buying occasions. Stock at home makes one less likely; one always arises when a purchase
    was put off or a decision is open; under contract it arises only when the contract ends; none
    arises before a customer believes in the category.

    Args:
        demand: level of demand this week.
        limit: :func:`occasion_thresholds` of all customers at this level.
    """
    p, here, limit = w.params, s.here[b.lo : b.hi], limit[b.lo : b.hi]
    needing = b.needing
    draw_column(b.draw_key, stream_key(OCCASION, w.number, 0, 0), b.draw)
    for i in range(len(needing)):
        needing[i] = (b.draw[i] < limit[i]) & (here[i] == HERE)
    if may_have_stock(p):
        use_stock(demand, w, s, b)
    if p.flow.arousal > 0.0:
        arouse(w, s, b)
    if p.price.patience > 0.0:
        waited = s.waited[b.lo : b.hi]
        for i in range(len(needing)):
            needing[i] |= (waited[i] > 0) & (here[i] == HERE)
    if p.selling.deliberation > 0.0:
        deciding = s.deciding[b.lo : b.hi]
        for i in range(len(needing)):
            needing[i] |= (deciding[i] > 0) & (here[i] == HERE)
    if p.loyalty.contract > 0:
        for i in range(len(needing)):
            until = np.int64(s.bound_until[b.lo + i])
            if under_contract(w.number, until):
                needing[i] = 0
            if renewal_due(w.number, until):
                needing[i] = here[i] == HERE
    if p.category.hurdle_spread > 0.0:
        await_belief(w, s, b, count)


@inlined
def may_have_stock(p):
    """Whether customers may buy more, or earlier, than they need."""
    early = p.selling.purchase_acceleration > 0.0 or p.choice.incidence > 0.0
    return p.stock.stockup > 0.0 or early


@part
def await_belief(w, s, b, count):
    """Take the occasions from customers who do not believe enough in the category."""
    held = 0
    for i in range(len(b.needing)):
        if b.needing[i] and not believes(b.lo + i, w, s):
            b.needing[i] = 0
            held += 1
    count.accounts[len(s.awareness), acc.UNCONVINCED] += held


@part
def arouse(w, s, b):
    """Last week's contacts make needs arise, all contacts alike."""
    stream = stream_key(AROUSAL, w.number, 0, 0)
    for i in range(len(b.needing)):
        met = np.int64(s.met[b.lo + i])
        if met > 0 and not b.needing[i] and s.here[b.lo + i] == HERE:
            chance = repeated(w.params.flow.arousal, met)
            b.needing[i] = uniform(word(b.draw_key[i], stream)) < chance


@part
def use_stock(demand, w, s, b):
    """Customers with stock at home use it, which makes an occasion less likely, or meet the need of
    the week with it."""
    if w.params.stock.home_first:
        meet_at_home(s, b)
        return
    rate, here, stock = w.rate[b.lo : b.hi], s.here[b.lo : b.hi], s.stock[b.lo : b.hi]
    for i in range(len(stock)):
        home = np.float64(stock[i])
        if home > 0.0:
            usual = occasion_rate(np.float64(rate[i]), demand)
            unmet = threshold(occasion_chance(unmet_rate(usual, home)))
            b.needing[i] = (b.draw[i] < unmet) & (here[i] == HERE)
            stock[i] = used(home, usual)


@part
def meet_at_home(s, b):
    """Customers with a unit at home use it for the need of the week."""
    for i in range(b.lo, b.hi):
        if b.needing[i - b.lo] and is_met_at_home(np.float64(s.stock[i])):
            b.needing[i - b.lo] = 0
            s.stock[i] = np.float64(s.stock[i]) - 1.0


@part
def add_audiences(w, s, b, audience):
    """Add the block's reachable customers to the audiences, int64 [firm, 2 AUDIENCES]."""
    leaders = w.for_leaders.any()
    for f in range(len(s.awareness)):
        find_customers(w, s, f, b)
        if leaders:
            add_leaders(w, b, audience[f])
        all_seen, active, in_market, both = 0, 0, 0, 0
        for i in range(len(b.customer)):
            a = b.customer[i] & b.seeing[i]
            all_seen += b.seeing[i]
            active += a
            in_market += b.needing[i] & b.seeing[i]
            both += b.needing[i] & a
        audience[f, 0] += all_seen - active - in_market + both
        audience[f, 1] += in_market - both
        audience[f, 2] += active - both
        audience[f, 3] += both


@part
def add_leaders(w, b, audience):
    """Add the opinion leaders among the block's reachable customers to a firm's audience."""
    sociability = w.sociability[b.lo : b.hi]
    for i in range(len(b.customer)):
        if b.seeing[i] and is_leader(np.float64(sociability[i]), w.least_leader):
            audience[AUDIENCES + 2 * b.customer[i] + b.needing[i]] += 1
