"""The readable engine: one Mesa agent per customer, written to be read, taught and subclassed.

    class Sceptic(Customer):
        def hear(self):
            self.inbox.clear()          # believes nobody

    world = sim.start(config, seed=1, engine="reference", customer=Sceptic)
    world.step()

Each method is one phase of the week and touches only the customer's own state; what is meant for
somebody else is a message. All behaviour is in :mod:`sim.rules`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace

import mesa
import numpy as np

from sim import draws
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
    NOT_YET,
    NOTHING,
    OFFERED,
    OWN_STATE,
    RIVAL,
    STATE,
    UNDECIDED,
    WON,
    Offers,
    Setting,
)
from sim.ledger import accounts as book
from sim.ledger.accounts import (
    TOUCH_ACTIVITY,
    TOUCH_LOOK,
    TOUCH_NOTHING,
    TOUCH_TALK,
    cohort_of,
)
from sim.ledger.book import Tally
from sim.market.activities import AUDIENCES
from sim.market.network import Network, row_at
from sim.market.population import People, person_keys
from sim.rules import (
    attention,
    choice,
    flow,
    information,
    loyalty,
    media,
    pricing,
    selling,
    shelf,
    stock,
    talk,
)


class Customer(mesa.Agent):
    """One person. Per-firm state is a list with one entry per firm, in order of firm ids.

    Attributes:
        awareness, trust: 0 to 1 per firm (single precision, as in the fast engine).
        remembered: log price per firm as remembered, relative to the usual price.
        relation: flags per firm (active, ever bought, bought this window, bought last window, has
            made an offer on which the decision is open).
        last_order: week of the last purchase per firm, -1 for none.
        first_order: week of the first purchase per firm, -1 for none.
        came_by: how each firm was last met before the first purchase.
        clicked: week of the last click per firm, -1 for none.
        last_deal, spacing: when a deal of each firm was last seen (-1: never), and the remembered
            weeks between its deals (0: none).
        touch: how each firm was last met (codes in :mod:`sim.engines.protocol`).
        teller: row of who told last about each firm, kept from the first purchase on, or -1.
        inbox: messages heard next, (firm, valence in 1/65536, row of the talker).
        leavers: acquaintances per firm who told last week that they have lapsed.
        here: not yet in the market, in it, or gone.
        met: contacts met last week, of all firms.
        bound_until: week in which the contract ends, -1 for none.
        stock: units at home.
        waited: weeks a purchase has been put off for a deal.
        deciding: weeks a decision has been open.
        basket: units of the last order.
        tags: treatments the person was drawn into, one bit each.
        in_need: whether a buying occasion arose this week.
        early: whether a rep's discount made the customer buy what is needed later.
        talks: this week's talks with reps, place in the week's calls by firm.
        signs: signs of interest left this week, (source, flags) by firm.
    """

    def __init__(self, crowd: Crowd, row: int, people: People) -> None:
        super().__init__(crowd.model)
        self.crowd = crowd
        self.row = row
        self.key = self.own_key = self.habits = 0  # set by the crowd
        self.rate = float(people.rate[row])
        self.taste = float(people.taste[row])
        self.price_weight = float(people.price_weight[row])
        self.calm = float(people.calm[row])
        self.clicker = float(people.clicker[row])
        self.store = int(people.store[row])
        self.arrival = int(people.arrival[row])
        self.segment = int(people.segment[row])
        self.sees = bool(people.sees[row])
        self.social = bool(people.social[row])
        firms = range(len(crowd.setting.firm_ids))
        self.awareness = array("f", [0.0 for _ in firms])
        self.trust = array("f", [0.0 for _ in firms])
        self.remembered = array("f", [0.0 for _ in firms])
        self.spacing = array("f", [0.0 for _ in firms])
        self.relation = [0 for _ in firms]
        self.last_order = [-1 for _ in firms]
        self.first_order = [-1 for _ in firms]
        self.came_by = [TOUCH_NOTHING for _ in firms]
        self.clicked = [-1 for _ in firms]
        self.last_deal = [-1 for _ in firms]
        self.touch = [TOUCH_NOTHING for _ in firms]
        self.teller = [-1 for _ in firms]
        self.leavers = [0 for _ in firms]
        self.inbox: list[tuple[int, int, int]] = []
        self.here = NOT_YET
        self.met = 0
        self.bound_until = -1
        self.at_home = array("f", [0.0])
        self.waited = self.deciding = self.basket = self.tags = 0
        self.in_need = self.early = False
        self.talks: dict[int, int] = {}
        self.signs: dict[int, tuple[int, int]] = {}

    @property
    def stock(self) -> float:
        """Units at home (single precision, as in the fast engine)."""
        return self.at_home[0]

    @stock.setter
    def stock(self, units: float) -> None:
        self.at_home[0] = units

    # Luck and standing

    def draw(
        self, decision: int, firm: int | None = None, item: int = 0, week: int | None = None
    ) -> int:
        """64 random bits for a decision of this customer this week; those of week 0 say who the
        customer is, and stay when luck changes."""
        stream = draws.kept_stream_key(
            decision,
            self.crowd.week if week is None else week,
            0 if firm is None else self.crowd.firm_ids[firm],
            item,
        )
        bits: int = draws.word(self.key if week is None else self.own_key, stream)
        return bits

    def is_active(self, firm: int) -> bool:
        """Whether the customer has a living relationship with the firm."""
        return bool(self.relation[firm] & ACTIVE)

    def is_bound(self) -> bool:
        """Whether a contract binds the customer this week."""
        contract = self.crowd.setting.behaviour.contract
        return contract > 0 and loyalty.under_contract(self.crowd.week, self.bound_until)

    def is_renewing(self) -> bool:
        """Whether a contract ends this week."""
        contract = self.crowd.setting.behaviour.contract
        return contract > 0 and loyalty.renewal_due(self.crowd.week, self.bound_until)

    def book(self, firm: int, flow: int, number: int = 1) -> None:
        """Count something that happened to a customer of a firm by who the customer is."""
        quarter = cohort_of(self.first_order[firm], self.crowd.setting.opening)
        self.crowd.cells[firm, quarter, self.came_by[firm], self.segment, flow] += number

    # The phases of a week

    def come_and_go(self) -> None:
        """People arrive in their week, and may leave the market for good."""
        crowd = self.crowd
        if self.arrival == crowd.week:
            self.here = HERE
            crowd.count_market(book.ARRIVED, int(self.rate > 0.0))
        leaves = draws.threshold(crowd.setting.behaviour.exit)
        if self.here == HERE and draws.high32(self.draw(draws.EXIT)) < leaves:
            self.here = GONE
            crowd.count_market(book.LEFT, int(self.rate > 0.0))
            for firm in range(len(self.relation)):
                if self.is_active(firm):
                    self.relation[firm] &= ~ACTIVE
                    crowd.count(firm, book.EXITED)
                    self.book(firm, book.BY_EXITED)

    def hear(self) -> None:
        """Last week's messages arrive: they make known, and move trust towards what was said."""
        b = self.crowd.setting.behaviour
        for firm in range(len(self.awareness)):
            said = [valence for about, valence, _ in self.inbox if about == firm]
            if not said:
                continue
            mean = sum(said) / (len(said) * talk.VALENCE_UNIT)
            gain = attention.repeated(b.talk_awareness, len(said))
            self.awareness[firm] = attention.reached(self.awareness[firm], gain)
            gain = attention.repeated(b.talk_trust, len(said))
            self.trust[firm] = talk.persuaded(self.trust[firm], gain, mean)
            self.touch[firm] = TOUCH_TALK
            if not self.relation[firm] & BOUGHT_EVER:
                self.teller[firm] = max(row for about, _, row in self.inbox if about == firm)
            self.crowd.count(firm, book.HEARD, len(said))
        self.inbox.clear()

    def forget(self) -> None:
        """Awareness and trust fade."""
        b = self.crowd.setting.behaviour
        for firm in range(len(self.awareness)):
            self.awareness[firm] = attention.forgotten(self.awareness[firm], b.retention)
            self.trust[firm] = attention.forgotten(self.trust[firm], b.trust_retention)

    def need(self) -> None:
        """A buying occasion arises, or not: not under contract, surely when it ends or when one
        was put off, and the less the more there is at home."""
        b = self.crowd.setting.behaviour
        rate = flow.occasion_rate(self.rate, self.crowd.demand)
        chance = choice.occasion_chance(rate)
        if b.stockup > 0.0 or b.advance > 0.0:
            chance = choice.occasion_chance(stock.unmet_rate(rate, self.stock))
            self.stock = stock.used(self.stock, rate)
        luck = draws.high32(self.draw(draws.OCCASION))
        arises = luck < draws.threshold(chance)
        if self.waited > 0 and b.patience > 0.0:
            arises = True
        if self.deciding > 0 and b.deliberation > 0.0:
            arises = True
        if self.is_bound():
            arises = False
        if self.is_renewing():
            arises = True
        self.in_need = self.here == HERE and arises

    def meet(self, offers: Offers) -> None:
        """Firms' activities reach the customer."""
        before, self.met = self.met, 0
        self.talks.clear()
        self.signs.clear()
        self.early = False
        if not self.sees or self.here != HERE:
            return
        setting = self.crowd.setting
        left = attention.attention_left(float(before), setting.behaviour.crowding)
        for firm in range(len(self.awareness)):
            for k, activity in enumerate(setting.activity_ids.tolist()):
                if not offers.reach[firm, k, :, :, 0].any():
                    continue
                booked = int(offers.booked[firm, k])
                follows = media.followed(self.habits, booked) if booked else 1
                follows = min(follows, media.MOST_OUTLETS)
                kind = 2 * self.is_active(firm) + self.in_need
                chances = offers.reach[firm, k, follows, kind].tolist()
                luck = draws.high32(self.draw(draws.CONTACT, firm, activity))
                n = sum(1 for chance in chances if luck < chance)
                if n:
                    self.meet_activity(firm, k, n, left, self.fit(firm, offers))
                    self.click(firm, k, n)
                    self.leave_name(firm, k, offers)
            self.be_treated(firm, offers, left)
            self.be_called(firm, offers, left)
        self.buy_early(offers)

    def fit(self, firm: int, offers: Offers) -> float:
        """Share of the effect of a firm's messages on somebody of this taste."""
        relevance = self.crowd.setting.behaviour.relevance
        share: float = attention.relevant(self.taste, float(offers.message[firm]), relevance)
        return share

    def meet_activity(
        self, firm: int, k: int, n: int, left: float, share: float, survey: bool = True
    ) -> None:
        """``n`` contacts with activity ``k`` of a firm, of whose effect attention leaves a share
        (``left``); ``share`` of it, the fit of the message or the skill of who talks, helps."""
        setting = self.crowd.setting
        self.crowd.contacts[firm, k] += n
        if setting.survey[k] and survey:
            self.crowd.count(firm, book.SURVEYED)
            recall = draws.uniform(self.draw(draws.RECALL, firm, int(setting.activity_ids[k])))
            if recall < self.awareness[firm]:
                self.crowd.count(firm, book.SURVEYED_AWARE)
            taste = int(self.taste * book.PARTS)
            self.crowd.surveyed[firm, self.segment] += np.array([1, taste])
        does = setting.content
        if not does.noticed[k]:
            return
        self.met += n
        self.touch[firm] = TOUCH_ACTIVITY + k
        helped = left * share
        gain = float(does.awareness_gain[k, n]) * helped
        self.awareness[firm] = attention.reached(self.awareness[firm], gain)
        gain, loss = float(does.trust_gain[k, n]) * helped, float(does.trust_loss[k, n]) * left
        self.trust[firm] = attention.addressed(self.trust[firm], gain, loss)

    def click(self, firm: int, k: int, n: int) -> None:
        """One who has met something may click on it, likelier with an occasion to buy."""
        setting = self.crowd.setting
        if setting.click[k] <= 0.0:
            return
        chance = attention.click_chance(
            float(setting.click[k]), self.clicker, self.in_need, setting.behaviour.intent, n
        )
        if draws.uniform(self.draw(draws.CLICK, firm, int(setting.activity_ids[k]))) < chance:
            self.crowd.clicks[firm, k] += 1
            self.clicked[firm] = self.crowd.week

    def leave_name(self, firm: int, k: int, offers: Offers) -> None:
        """One who has met something, or clicked on it, may leave a name."""
        setting = self.crowd.setting
        if setting.capture[k] <= 0.0:
            return
        if setting.click[k] > 0.0 and self.clicked[firm] != self.crowd.week:
            return
        activity = int(setting.activity_ids[k])
        chance = attention.capture_chance(
            float(setting.capture[k]), float(offers.stretch[firm]), self.in_need
        )
        if draws.uniform(self.draw(draws.CARD, firm, activity)) < chance:
            self.crowd.count(firm, book.CARDS)
            self.signs[firm] = (TOUCH_ACTIVITY + k, NEEDS if self.in_need else 0)

    def be_called(self, firm: int, offers: Offers, left: float) -> None:
        """A rep of the firm talks to the customer."""
        place = self.crowd.talks.get((self.row, firm))
        if place is None:
            return
        calls = offers.calls
        calls.result[place] = NO_NEED
        self.talks[firm] = place
        k = int(calls.activity[place])
        if k >= 0:
            self.meet_activity(firm, k, 1, left, float(calls.skill[place]), survey=False)

    def buy_early(self, offers: Offers) -> None:
        """A rep's discount may make the customer buy now what would be needed later."""
        b = self.crowd.setting.behaviour
        for firm, place in sorted(self.talks.items()):
            cut = float(offers.calls.cut[place])
            if self.in_need or cut <= 0.0 or b.advance <= 0.0 or self.is_bound():
                continue
            chance = selling.advance_chance(self.rate, cut, b.advance)
            if draws.uniform(self.draw(draws.ADVANCE, firm)) < chance:
                self.in_need = self.early = True
                self.crowd.count(firm, book.ADVANCED)

    def be_treated(self, firm: int, offers: Offers, left: float) -> None:
        """Contacts that an experiment gives to those it has drawn."""
        treated = offers.treated
        for t, tag in enumerate(treated.tag.tolist()):
            k, n = int(treated.activity[t]), int(treated.contacts[t])
            if self.tags & tag and treated.firm[t] == firm and k >= 0 and n > 0:
                self.meet_activity(firm, k, n, left, self.fit(firm, offers), survey=False)

    def coupon(self, firm: int, offers: Offers) -> int:
        """Row of the best coupon held for a firm, -1 for none."""
        treated, best = offers.treated, -1
        for t, tag in enumerate(treated.tag.tolist()):
            if treated.firm[t] != firm or treated.cut[t] <= 0.0 or not self.tags & tag:
                continue
            if treated.first[t] and self.relation[firm] & BOUGHT_EVER:
                continue
            if best < 0 or treated.cut[t] > treated.cut[best]:
                best = t
        return best

    def converse(self) -> None:
        """Active customers may tell an acquaintance about a firm."""
        b = self.crowd.setting.behaviour
        for firm in range(len(self.awareness)):
            if not (self.social and self.here == HERE and self.is_active(firm)):
                continue
            luck = self.draw(draws.TALK, firm)
            if draws.high32(luck) >= draws.threshold(b.talk_rate):
                continue
            listener = self.acquaintance(draws.pick(luck, b.ties))
            if listener is not None:
                said = talk.valence(self.trust[firm], b.candour)
                self.crowd.send(listener, (firm, int(said * talk.VALENCE_UNIT), self.row))
                self.crowd.count(firm, book.TALKS)
                self.book(firm, book.BY_TALKS)

    def acquaintance(self, tie: int) -> Customer | None:
        """Who is at the other end of a tie: words are tried until one is the address of somebody
        who is there and, mostly, of one's own segment."""
        crowd = self.crowd
        strange = draws.threshold(crowd.setting.behaviour.homophily)
        for attempt in range(talk.MOST_ATTEMPTS):
            word = self.draw(draws.TIE, None, tie * talk.MOST_ATTEMPTS + attempt, week=0)
            places = crowd.network.places
            row = row_at(word >> (64 - places.bits), crowd.week, places, crowd.network.cohorts)
            if row < 0 or row == self.row:
                continue
            other: Customer = crowd.customers[row]
            if not other.social or other.here != HERE:
                continue
            if other.segment == self.segment or (word & 0xFFFFFFFF) >= strange:
                return other
        return None

    def shop(self, offers: Offers) -> None:
        """On a buying occasion: consider, choose, and buy or not."""
        if not self.in_need:
            return
        b = self.crowd.setting.behaviour
        looks = draws.uniform(self.draw(draws.LOOK)) < b.reach
        if looks:
            self.crowd.count_market(book.LOOKED)
        providers = sum(1 for firm in range(len(self.relation)) if self.is_active(firm))
        renewing = self.is_renewing()
        chosen = -1
        first = choice.clock(draws.uniform(self.draw(draws.OUTSIDE)), 0.0)
        for firm in range(len(self.awareness)):
            if not offers.present[firm]:
                continue
            awareness = self.awareness[firm]
            luck = draws.uniform(self.draw(draws.CONSIDER, firm))
            # who asks for renewal is considered, and so is a site one has clicked to, and a firm
            # whose offer one has
            asked = renewing and self.is_active(firm)
            asked = asked or self.clicked[firm] == self.crowd.week
            asked = asked or bool(self.relation[firm] & OFFERED)
            talked = self.talks.get(firm, -1)
            if talked >= 0:
                offers.calls.result[talked] = NOT_CONSIDERED
            if not looks and not shelf.carried(self.store, int(offers.listed[firm])):
                continue
            if b.consideration and not asked:
                chance = information.consideration_chance(awareness, looks, b.found)
                if b.buyers > 1 or talked >= 0:
                    chance = selling.majority_chance(chance, b.buyers, int(talked >= 0))
                if luck >= chance:
                    continue
                if talked < 0 and luck >= awareness:
                    self.touch[firm] = TOUCH_LOOK
            if talked >= 0:
                offers.calls.result[talked] = UNDECIDED
            self.crowd.count(firm, book.CONSIDERED)
            rating = float(offers.rating[firm])
            if looks and rating >= 0.0:
                self.trust[firm] = talk.persuaded(self.trust[firm], b.rating_gain, rating)
            suits = choice.taste(
                draws.uniform(self.draw(draws.TASTE, firm, week=0)), b.taste_spread
            )
            price = float(offers.log_price[firm])
            holds = self.coupon(firm, offers)
            if holds >= 0:
                price = price - float(offers.treated.cut[holds])
            elif talked >= 0:
                price = price - float(offers.calls.cut[talked])
            if offers.deal[firm] > 0.0:
                self.see_deal(firm)
            felt = pricing.price_appeal(
                price, self.remembered[firm], self.price_weight, b.memory_share, b.loss_aversion
            )
            self.remembered[firm] = pricing.remembered_price(
                self.remembered[firm], price, b.price_learning
            )
            position = float(self.crowd.setting.position[firm])
            active = self.is_active(firm)
            utility = choice.appeal(
                b.intercept,
                b.awareness_weight,
                awareness,
                b.trust_weight,
                self.trust[firm],
                loyalty.standing(active, providers > 0, b.inertia, b.switching_cost),
                felt,
                suits,
                choice.misfit(self.taste, position, b.misfit_weight),
            )
            if talked >= 0:
                utility = utility + b.persuasion * float(offers.calls.skill[talked])
            rings = choice.clock(draws.uniform(self.draw(draws.CHOICE, firm)), utility)
            if b.self_serve < 1.0 or b.deliberation > 0.0:
                if not self.is_answered(firm, active):
                    continue
                if talked >= 0 and b.deliberation > 0.0:
                    rings = rings + float(offers.calls.starts[talked]) / b.deliberation
            if rings < first:
                first, chosen = rings, firm
        self.crowd.count_market(book.OCCASIONS)
        if b.deliberation > 0.0 and first * b.deliberation > 1.0 and not renewing:
            self.deciding += 1
            self.crowd.count_market(book.UNDECIDED)
            return
        if self.puts_off(chosen, renewing, offers):
            self.waited += 1
            self.crowd.count_market(book.WAITED)
            return
        self.waited = self.deciding = 0
        self.close_offers(chosen, offers)
        if renewing:
            self.end_contract(chosen)
        if chosen < 0:
            self.crowd.count_market(book.UNBOUGHT)
        else:
            self.buy(chosen, offers)

    def is_answered(self, firm: int, active: bool) -> bool:
        """Whether a firm under consideration can be chosen: a rep has talked, or no answer is
        needed; if not, the customer asks for one."""
        b = self.crowd.setting.behaviour
        if firm in self.talks:
            self.relation[firm] |= OFFERED
        elif not self.relation[firm] & OFFERED:
            chance = selling.alone_chance(b.self_serve, self.trust[firm], active)
            if draws.uniform(self.draw(draws.ALONE, firm)) >= chance:
                self.crowd.count(firm, book.ENQUIRIES)
                self.signs[firm] = (self.touch[firm], NEEDS | ASKS)
                return False
        return True

    def close_offers(self, chosen: int, offers: Offers) -> None:
        """A decision has fallen: no offer is open any more, and reps learn what it was."""
        for firm in range(len(self.relation)):
            self.relation[firm] &= ~OFFERED
        lost = RIVAL if chosen >= 0 else NOTHING
        for firm, place in self.talks.items():
            if offers.calls.result[place] == UNDECIDED:
                offers.calls.result[place] = WON if firm == chosen else lost

    def cut(self, firm: int, offers: Offers) -> float:
        """What a coupon or else a rep takes off a firm's price, as a log price."""
        holds = self.coupon(firm, offers)
        if holds >= 0:
            return float(offers.treated.cut[holds])
        return float(offers.calls.cut[self.talks[firm]]) if firm in self.talks else 0.0

    def see_deal(self, firm: int) -> None:
        """Remember when a deal was seen, and how far apart deals are."""
        before, self.last_deal[firm] = self.last_deal[firm], self.crowd.week
        if before >= 0:
            self.spacing[firm] = pricing.remembered_spacing(
                self.spacing[firm],
                float(self.crowd.week - before),
                self.crowd.setting.behaviour.price_learning,
            )

    def puts_off(self, chosen: int, renewing: bool, offers: Offers) -> bool:
        """Whether the customer waits for a deal of the chosen firm."""
        b = self.crowd.setting.behaviour
        if chosen < 0 or renewing:
            return False
        if offers.deal[chosen] + self.cut(chosen, offers) > 0.0:
            return False
        put_off: bool = pricing.waits(
            self.crowd.week,
            self.last_deal[chosen],
            self.spacing[chosen],
            b.patience * self.calm,
            self.waited,
        )
        return put_off

    def end_contract(self, chosen: int) -> None:
        """A contract has ended: it is renewed, or the relationship ends with it."""
        self.bound_until = -1
        for firm in range(len(self.relation)):
            if self.is_active(firm):
                if firm == chosen:
                    self.crowd.count(firm, book.RENEWALS)
                else:
                    self.relation[firm] &= ~ACTIVE
                    self.crowd.count(firm, book.LAPSED)
                    self.book(firm, book.BY_LAPSED)
                    self.tell_leaving(firm)

    def buy(self, firm: int, offers: Offers) -> None:
        """Order from a firm and experience what was bought."""
        b = self.crowd.setting.behaviour
        holds = self.coupon(firm, offers)
        self.crowd.count(firm, book.ORDERS)
        if b.contract > 0:
            self.bound_until = self.crowd.week + b.contract
        luck = draws.uniform(self.draw(draws.UNITS, firm))
        number = stock.units(luck, float(offers.deal[firm]) + self.cut(firm, offers), b.stockup)
        self.crowd.count(firm, book.UNITS, number)
        self.basket = number
        if holds >= 0:
            self.crowd.couponed[holds] += number
        elif firm in self.talks:
            offers.calls.units[self.talks[firm]] = number
        self.stock = self.stock + float(number - (0 if self.early else 1))
        if not self.relation[firm] & BOUGHT_EVER:
            self.crowd.count(firm, book.ACQUIRED)
            self.first_order[firm] = self.crowd.week
            self.came_by[firm] = self.touch[firm]
            self.book(firm, book.BY_ACQUIRED)
            if self.teller[firm] >= 0:
                self.crowd.count(firm, book.REFERRED)
        elif not self.is_active(firm):
            self.crowd.count(firm, book.WON_BACK)
            self.book(firm, book.BY_WON_BACK)
        self.book(firm, book.BY_ORDERS)
        self.book(firm, book.BY_UNITS, number)
        clicked = self.clicked[firm]
        if clicked >= 0 and self.crowd.week - clicked < self.crowd.setting.credit:
            self.crowd.count(firm, book.CLICKED_ORDERS)
        again = int(self.relation[firm] & BOUGHT_EVER > 0)
        self.crowd.touched[firm, self.touch[firm], again] += 1
        self.relation[firm] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
        self.last_order[firm] = self.crowd.week
        good = draws.high32(self.draw(draws.EXPERIENCE, firm)) < offers.quality[firm]
        if not good:
            self.crowd.count(firm, book.DISAPPOINTED)
        if draws.high32(self.draw(draws.RATING, firm)) < draws.threshold(b.rating_rate):
            self.crowd.count(firm, book.RATED)
            self.crowd.count(firm, book.RATED_GOOD, int(good))
        self.trust[firm] = loyalty.experienced(
            self.trust[firm], bool(good), b.experience_gain, b.experience_loss
        )
        self.awareness[firm] = attention.reached(self.awareness[firm], b.experience_awareness)

    def lapse(self) -> None:
        """Relationships may end: the less trust, and the more acquaintances left, the sooner."""
        b = self.crowd.setting.behaviour
        for firm in range(len(self.awareness)):
            leavers, self.leavers[firm] = self.leavers[firm], 0
            if not self.is_active(firm) or self.is_bound():
                continue
            chance = loyalty.lapse_chance(b.lapse_hazard, self.trust[firm], leavers, b.contagion)
            if draws.uniform(self.draw(draws.LAPSE, firm)) < chance:
                self.relation[firm] &= ~ACTIVE
                self.crowd.count(firm, book.LAPSED)
                self.book(firm, book.BY_LAPSED)
                self.tell_leaving(firm)

    def tell_leaving(self, firm: int) -> None:
        """One who has lapsed may tell an acquaintance."""
        b = self.crowd.setting.behaviour
        luck = self.draw(draws.TELL_LEAVING, firm)
        if not self.social or draws.high32(luck) >= draws.threshold(b.tell_leaving):
            return
        listener = self.acquaintance(draws.pick(luck, b.ties))
        if listener is not None:
            self.crowd.send_notice(listener, firm, self.row)
            self.crowd.count(firm, book.NOTICES)

    def report(self) -> None:
        """What the books need to know at the week's end."""
        crowd, week, window = self.crowd, self.crowd.week, self.crowd.setting.window
        counts = self.rate > 0.0 and self.here == HERE
        if counts:
            crowd.count_market(book.PEOPLE)
            most = max(self.trust)
            if most > 0.0:
                crowd.count(self.trust.index(most), book.PREFERRED)
        for firm in range(len(self.awareness)):
            if counts:
                crowd.count(firm, book.AWARENESS, int(self.awareness[firm] * book.PARTS))
                if not self.is_active(firm):
                    likely = self.awareness[firm] * self.trust[firm]
                    crowd.count(firm, book.RESERVE, int(likely * book.PARTS))
            if self.is_active(firm):
                crowd.count(firm, book.ACTIVE)
                crowd.count(firm, book.TRUST, int(self.trust[firm] * book.PARTS))
                crowd.count(firm, book.REMEMBERED, int(self.remembered[firm] * book.PARTS))
            silence = week - self.last_order[firm]
            if self.relation[firm] & BOUGHT_EVER and silence <= window:
                crowd.count(firm, book.SILENT if silence == window else book.SEEN_ACTIVE)
            if (week + 1 - crowd.setting.opening) % window == 0:
                if self.relation[firm] & BOUGHT_BEFORE:
                    crowd.count(firm, book.WINDOW_BUYERS)
                    self.book(firm, book.BY_WINDOW_BUYERS)
                    if self.relation[firm] & BOUGHT_NOW:
                        crowd.count(firm, book.WINDOW_REPEATERS)
                        self.book(firm, book.BY_WINDOW_REPEATERS)
                bought_now = bool(self.relation[firm] & BOUGHT_NOW)
                crowd.count(firm, book.WINDOW_CUSTOMERS, int(bought_now))
                self.relation[firm] &= ACTIVE | BOUGHT_EVER | OFFERED
                if bought_now:
                    self.relation[firm] |= BOUGHT_BEFORE


class Crowd:
    """All customers, as an engine (:class:`sim.engines.protocol.Engine`).

    Args:
        model: the Mesa model the customers join.
        people: who is in the market.
        setting: what stays the same from week to week.
        network: who is at the other end of ties.
        customer: class of the customers.
    """

    def __init__(
        self,
        model: mesa.Model,
        people: People,
        setting: Setting,
        network: Network,
        customer: Callable[..., Customer] = Customer,
    ) -> None:
        self.model = model
        self.people = people
        self.network = network
        self.demand = 1.0
        self.setting = setting
        self.firm_ids: list[int] = setting.firm_ids.tolist()
        self.week = 0
        self.customers = [customer(self, row, people) for row in range(people.size)]
        self.configure(setting)
        self._outbox: list[tuple[Customer, tuple[int, int, int]]] = []
        self._notices: list[tuple[Customer, int, int]] = []
        self._clear()
        self.couponed = np.zeros(0, np.int64)
        self.talks: dict[tuple[int, int], int] = {}
        self._posted = np.zeros((0, 4), np.int64)

    def _clear(self) -> None:
        s = self.setting
        tally = Tally.empty(len(s.firm_ids), len(s.activity_ids), s.quarters, s.segments, 0)
        self.tally = tally
        self._accounts, self.contacts, self.clicks = tally.accounts, tally.contacts, tally.clicks
        self.cells, self.touched, self.surveyed = tally.cells, tally.touched, tally.surveyed

    def count(self, firm: int, account: int, number: int = 1) -> None:
        """Add to an account of a firm."""
        self._accounts[firm, account] += number

    def count_market(self, account: int, number: int = 1) -> None:
        """Add to an account of the market."""
        self._accounts[-1, account] += number

    def send(self, listener: Customer, message: tuple[int, int, int]) -> None:
        """Send (firm, valence, own row), heard at the start of next week."""
        self._outbox.append((listener, message))

    def send_notice(self, listener: Customer, firm: int, row: int) -> None:
        """Tell that the customer of a row has left a firm; known from next week on."""
        self._notices.append((listener, firm, row))

    def arrived(self) -> list[Customer]:
        """Everybody who is or has been in the market."""
        return self.customers[: int(self.network.cohorts[self.week + 1])]

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Come and go, hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        self.week, self.demand = week, demand
        self._clear()
        people = self.arrived()
        for customer in people:
            customer.come_and_go()
        for customer in people:
            customer.hear()
        for customer in people:
            customer.forget()
        for customer in people:
            customer.need()
        audience = np.zeros((len(self.setting.firm_ids), AUDIENCES), np.int64)
        for customer in people:
            if customer.sees and customer.here == HERE:
                for firm in range(len(audience)):
                    audience[firm, 2 * customer.is_active(firm) + customer.in_need] += 1
        return audience

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, shop, lapse, report; see :class:`sim.engines.protocol.Engine`."""
        people = self.arrived()
        self.couponed = np.zeros(len(offers.treated.tag), np.int64)
        pairs = zip(offers.calls.row.tolist(), offers.calls.firm.tolist(), strict=True)
        self.talks = {pair: place for place, pair in enumerate(pairs)}
        offers.calls.result[:] = NOT_MET
        for customer in people:
            customer.meet(offers)
        for customer in people:
            customer.converse()
        for customer in people:
            customer.shop(offers)
        for customer in people:
            customer.lapse()
        for customer in people:
            customer.report()
        self._posted = self._sent()
        for listener, message in self._outbox:
            listener.inbox.append(message)
        for listener, firm, _ in self._notices:
            listener.leavers[firm] += 1
        self._outbox.clear()
        self._notices.clear()
        return replace(self.tally, couponed=self.couponed)

    def _sent(self) -> np.ndarray:
        told = [(row, to.row, firm, said) for to, (firm, said, row) in self._outbox]
        left = [(row, to.row, firm, -1) for to, firm, row in self._notices]
        return np.array([*told, *left], np.int64).reshape(-1, 4)

    def messages(self) -> np.ndarray:
        """Last week's messages; see :class:`sim.engines.protocol.Engine`."""
        return self._posted

    def signs(self) -> np.ndarray:
        """Last week's signs of interest; see :class:`sim.engines.protocol.Engine`."""
        rows = [
            (c.row, firm, source, flags)
            for c in self.arrived()
            for firm, (source, flags) in sorted(c.signs.items())
        ]
        return np.array(rows, np.int64).reshape(-1, 4)

    def column(self, name: str) -> np.ndarray:
        """One column of the state; see :class:`sim.engines.protocol.Engine`."""
        kind = (STATE | OWN_STATE)[name][0]
        return np.array([getattr(c, name) for c in self.customers]).T.astype(kind)

    def configure(self, setting: Setting) -> None:
        """Replace the setting between two weeks."""
        self.setting = setting
        keys = person_keys(setting.seed, self.people.ident).tolist()
        own = person_keys(setting.origin, self.people.ident).tolist()
        habits = setting.habits.tolist()
        for customer, key, own_key, follows in zip(self.customers, keys, own, habits, strict=True):
            customer.key, customer.own_key, customer.habits = key, own_key, follows

    def columns(self) -> dict[str, np.ndarray]:
        """The state as arrays of shape [firm, customer] and [customer]."""
        plain = [name for name in STATE if not name.startswith("inbox")]
        out = {n: np.array([getattr(c, n) for c in self.customers]).T for n in plain}
        out |= {n: np.array([getattr(c, n) for c in self.customers]) for n in OWN_STATE}
        out["inbox_left"] = np.array([c.leavers for c in self.customers]).T
        shape = (len(self.setting.firm_ids), self.people.size)
        count, valence = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        teller = np.full(shape, -1)
        for c in self.customers:
            for firm, said, row in c.inbox:
                count[firm, c.row] += 1
                valence[firm, c.row] += said
                teller[firm, c.row] = max(teller[firm, c.row], row)
        out |= {"inbox_count": count, "inbox_valence": valence, "inbox_teller": teller}
        kinds = STATE | OWN_STATE
        return {n: np.ascontiguousarray(out[n].astype(kinds[n][0])) for n in kinds}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state. Messages under way keep their number and their sum of valences."""
        for c in self.customers:
            for name in ("awareness", "trust", "remembered", "spacing"):
                setattr(c, name, array("f", columns[name][:, c.row].tolist()))
            for name in (
                "relation", "last_order", "first_order", "came_by", "clicked", "last_deal", "touch",
                "teller",
            ):  # fmt: skip
                setattr(c, name, columns[name][:, c.row].tolist())
            for name in OWN_STATE:
                setattr(c, name, columns[name][c.row].item())
            c.leavers = columns["inbox_left"][:, c.row].tolist()
            c.inbox = []
            for firm, number in enumerate(columns["inbox_count"][:, c.row].tolist()):
                total = int(columns["inbox_valence"][firm, c.row])
                teller = int(columns["inbox_teller"][firm, c.row])
                c.inbox += [(firm, total if n == 0 else 0, teller) for n in range(number)]
