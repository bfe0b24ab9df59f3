"""The readable engine: one Mesa agent per customer, written to be read, taught and subclassed.

    class Sceptic(Customer):
        def hear(self):
            self.inbox.clear()          # ignores all word of mouth

    world = sim.start(config, seed=1, engine="reference", customer=Sceptic)
    world.step()

Each customer phase of the week is a method of the same name. A phase changes only the customer's
own state; effects on other customers are sent as messages. All behaviour is in :mod:`sim.rules`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

import mesa
import numpy as np

from sim import draws
from sim.engines.protocol import (
    ACTIVE,
    ASKS,
    BOUGHT_BEFORE,
    BOUGHT_EVER,
    BOUGHT_NOW,
    DISAPPOINTED,
    ENDED,
    GONE,
    HELD,
    HERE,
    NEEDS,
    OFFERED,
    OWN_STATE,
    PAID,
    STATE,
    Offers,
    Setup,
)
from sim.ledger import accounts as acc
from sim.ledger.accounts import (
    TOUCH_ACTIVITY,
    TOUCH_SEARCH,
    TOUCH_TALK,
    cohort_of,
)
from sim.ledger.ledger import WeekCounts
from sim.market.activities import AUDIENCES
from sim.market.network import Network, row_at
from sim.market.population import People
from sim.rules import (
    attention,
    category,
    choice,
    flow,
    information,
    loyalty,
    media,
    memory,
    pricing,
    selling,
    shelf,
    stock,
    talk,
)
from sim.rules.leads import NO_NEED, NOT_CONSIDERED, NOT_MET, NOTHING, RIVAL, UNDECIDED, WON

PER_FIRM = [name for name in STATE if not name.startswith("inbox")]
"""State of a customer per firm; the inbox is a list of messages here."""


class Customer(mesa.Agent):
    """One customer. State per firm is a list with one entry per firm, in order of firm ids.

    Attributes:
        awareness, trust: 0 to 1 per firm (single precision, as in the fast engine).
        remembered: log price per firm as remembered, relative to the usual price.
        satisfaction: with own purchases per firm, -1 to 1; 0 before the first.
        relation: flags per firm (active, ever bought, bought in this window, bought in the last
            window, has an open offer from the firm, has ended the relationship, disappointed).
        last_order: week of the last purchase per firm, -1 for none.
        first_order: week of the first purchase per firm, -1 for none.
        acquired_via: last touch with each firm before the first purchase (touch code).
        clicked: week of the last click per firm, -1 for none.
        last_deal, deal_interval: when a deal of each firm was last seen (-1: never), and the
            remembered weeks between its deals (0: none).
        last_touch: last touch with each firm (touch codes of :mod:`sim.ledger.accounts`).
        referrer: row of the customer who last talked about each firm, or -1; fixed from the first
            purchase on.
        told: week of the last message about each firm before the first purchase, -1 for none.
        inbox: messages to be heard next week, (firm, valence in 1/65536, row of the sender).
        leavers: number of acquaintances per firm who told last week that they have lapsed.
        here: not yet in the market, in it, or gone.
        met: number of contacts last week, with all firms.
        bound_until: week in which the contract ends, -1 for none.
        stock: units at home.
        belief: belief in the category, 0 to 1.
        price_focus: what messages are about, as remembered: 1 all deals, -1 none.
        waited: weeks a purchase has been put off for a deal.
        deciding: weeks a decision has been open.
        basket: units of the last order.
        tags: treatments the customer was drawn into, one bit each.
        in_need: whether a buying occasion arose this week.
        bought: firm of this week's order, -1 for none.
        early: whether a rep's discount made the customer buy before the need arose.
        talks: this week's sales calls, place in the week's calls by firm.
        interest: interest signals of this week, (source, flags) by firm.
    """

    awareness: array[float]
    trust: array[float]
    remembered: array[float]
    satisfaction: array[float]
    deal_interval: array[float]
    relation: list[int]
    last_order: list[int]
    first_order: list[int]
    acquired_via: list[int]
    clicked: list[int]
    last_deal: list[int]
    last_touch: list[int]
    referrer: list[int]
    told: list[int]
    here: int
    met: int
    bound_until: int
    waited: int
    deciding: int
    basket: int
    tags: int

    def __init__(self, population: CustomerPopulation, row: int, people: People) -> None:
        super().__init__(population.model)
        self.population = population
        self.row = row
        self.key = self.trait_key = self.media_diet = 0  # set by the population
        self.attendance = 1.0
        self.rate = float(people.rate[row])
        self.taste = float(people.taste[row])
        self.price_weight = float(people.price_weight[row])
        self.patience_scale = float(people.patience_scale[row])
        self.click_propensity = float(people.click_propensity[row])
        self.leaving = float(people.leaving[row])
        self.store = int(people.store[row])
        self.sociability = float(people.sociability[row])
        self.arrival = int(people.arrival[row])
        self.segment = int(people.segment[row])
        self.sees = bool(people.sees[row])
        self.social = bool(people.social[row])
        firms = range(len(population.setup.firm_ids))
        self.at_home, self.category = array("f", [0.0]), array("f", [0.0])
        self.focus = array("f", [0.0])
        for name in PER_FIRM:  # one value per firm
            self.set_state(name, [STATE[name].initial for _ in firms])
        for name, column in OWN_STATE.items():
            setattr(self, name, column.initial)
        self.leavers = [0 for _ in firms]
        self.inbox: list[tuple[int, int, int]] = []
        self.in_need = self.early = False
        self.bought = -1
        self.talks: dict[int, int] = {}
        self.interest: dict[int, tuple[int, int]] = {}

    @property
    def stock(self) -> float:
        """Units at home (single precision, as in the fast engine)."""
        return self.at_home[0]

    @stock.setter
    def stock(self, units: float) -> None:
        self.at_home[0] = units

    @property
    def belief(self) -> float:
        """Belief in the category (single precision, as in the fast engine)."""
        return self.category[0]

    @belief.setter
    def belief(self, belief: float) -> None:
        self.category[0] = belief

    def set_state(self, name: str, values: list[float]) -> None:
        """Replace a state with one value per firm."""
        single = STATE[name].kind == "float32"
        setattr(self, name, array("f", values) if single else values)

    @property
    def price_focus(self) -> float:
        """What messages are about, -1 to 1 (single precision, as in the fast engine)."""
        return self.focus[0]

    @price_focus.setter
    def price_focus(self, focus: float) -> None:
        self.focus[0] = focus

    # Random draws and relationships

    def draw(
        self, decision: int, firm: int | None = None, item: int = 0, week: int | None = None
    ) -> int:
        """Return 64 random bits for a decision of this customer this week. Draws of week 0 set the
        customer's traits; they do not change when the seed of the random draws changes."""
        stream = draws.kept_stream_key(
            decision,
            self.population.week if week is None else week,
            0 if firm is None else self.population.firm_ids[firm],
            item,
        )
        bits: int = draws.word(self.key if week is None else self.trait_key, stream)
        return bits

    def is_active(self, firm: int) -> bool:
        """Whether the customer is an active customer of the firm."""
        return bool(self.relation[firm] & ACTIVE)

    def is_leader(self) -> bool:
        """Whether the customer is an opinion leader."""
        return bool(talk.is_leader(self.sociability, self.population.setup.least_leader))

    def is_addressed_as_customer(self, firm: int) -> bool:
        """Whether the firm addresses the person as its customer."""
        setup = self.population.setup
        p = setup.params
        recency = attention.weeks_seen(p.attention.recency, p.loyalty.contract, setup.window)
        is_one: bool = attention.is_addressed_as_customer(
            self.is_active(firm), self.last_order[firm], self.population.week, recency
        )
        return is_one

    def is_bound(self) -> bool:
        """Whether a contract binds the customer this week."""
        contract: int = self.population.setup.params.loyalty.contract
        return contract > 0 and bool(loyalty.under_contract(self.population.week, self.bound_until))

    def is_renewing(self) -> bool:
        """Whether a contract ends this week."""
        contract: int = self.population.setup.params.loyalty.contract
        return contract > 0 and bool(loyalty.renewal_due(self.population.week, self.bound_until))

    def believes(self) -> bool:
        """Whether the customer believes enough in the category to buy in it; buyers do."""
        draw = draws.uniform(self.draw(draws.HURDLE, week=0))
        needed = category.hurdle(draw, self.population.setup.params.category.hurdle_spread)
        return bool(category.is_convinced(self.belief, needed))

    def count_event(self, firm: int, flow: int, number: int = 1) -> None:
        """Count an event by the customer's acquisition quarter, source and segment."""
        quarter = cohort_of(self.first_order[firm], self.population.setup.opening)
        self.population.cells[firm, quarter, self.acquired_via[firm], self.segment, flow] += number

    # The phases of a week

    def enter_and_exit(self) -> None:
        """Enter the market in the week of arrival; later perhaps leave it for good."""
        population = self.population
        if self.arrival == population.week:
            self.here = HERE
            population.count_market(acc.ARRIVED, int(self.rate > 0.0))
        leaves = draws.threshold(population.setup.params.flow.exit)
        if self.here == HERE and draws.high32(self.draw(draws.EXIT)) < leaves:
            self.here = GONE
            population.count_market(acc.LEFT, int(self.rate > 0.0))
            for firm in range(len(self.relation)):
                if self.is_active(firm):
                    self.relation[firm] &= ~ACTIVE
                    population.count(firm, acc.EXITED)
                    self.count_event(firm, acc.BY_EXITED)

    def hear(self) -> None:
        """Hear last week's messages: they raise awareness and move trust towards their valence."""
        p = self.population.setup.params
        if self.inbox and p.category.hurdle_spread > 0.0:
            told = sum(valence for _, valence, _ in self.inbox)
            mean = told / (len(self.inbox) * talk.VALENCE_UNIT)
            gain = attention.repeated(p.category.message_gain, len(self.inbox))
            self.belief = category.informed(self.belief, gain, mean)
        for firm in range(len(self.awareness)):
            said = [valence for about, valence, _ in self.inbox if about == firm]
            if not said:
                continue
            mean = sum(said) / (len(said) * talk.VALENCE_UNIT)
            gain = attention.repeated(p.talk.awareness_gain, len(said))
            self.awareness[firm] = attention.reached(self.awareness[firm], gain)
            gain = attention.repeated(p.talk.trust_gain, len(said))
            self.trust[firm] = talk.persuaded(self.trust[firm], gain, mean)
            self.last_touch[firm] = TOUCH_TALK
            if not self.relation[firm] & BOUGHT_EVER:
                self.referrer[firm] = max(row for about, _, row in self.inbox if about == firm)
                self.told[firm] = self.population.week
            self.population.count(firm, acc.HEARD, len(said))
        self.inbox.clear()

    def forget(self) -> None:
        """Awareness and trust fade."""
        p = self.population.setup.params
        for firm in range(len(self.awareness)):
            self.awareness[firm] = attention.forgotten(self.awareness[firm], p.attention.retention)
            self.trust[firm] = attention.forgotten(self.trust[firm], p.attention.trust_retention)

    def need(self) -> None:
        """Draw whether a buying occasion arises. There is none under contract, and always one when
        a contract ends or a purchase was put off; stock at home makes one less likely. Nobody has
        one before believing in the category."""
        p = self.population.setup.params
        rate = flow.occasion_rate(self.rate, self.population.demand)
        chance = choice.occasion_chance(rate)
        early = p.selling.purchase_acceleration > 0.0 or p.choice.incidence > 0.0
        keeps = p.stock.stockup > 0.0 or early
        if keeps and not p.stock.home_first:
            chance = choice.occasion_chance(stock.unmet_rate(rate, self.stock))
            self.stock = stock.used(self.stock, rate)
        draw = draws.high32(self.draw(draws.OCCASION))
        arises = draw < draws.threshold(chance) and self.here == HERE
        if keeps and p.stock.home_first and arises and stock.is_met_at_home(self.stock):
            arises = False
            self.stock = self.stock - 1.0
        if p.flow.arousal > 0.0 and not arises:
            aroused = attention.repeated(p.flow.arousal, self.met)
            arises = draws.uniform(self.draw(draws.AROUSAL)) < aroused
        if self.waited > 0 and p.price.patience > 0.0:
            arises = True
        if self.deciding > 0 and p.selling.deliberation > 0.0:
            arises = True
        if self.is_bound():
            arises = False
        if self.is_renewing():
            arises = True
        self.in_need = self.here == HERE and arises
        if self.in_need and not self.believes():
            self.in_need = False
            self.population.count_market(acc.UNCONVINCED)

    def meet(self, offers: Offers) -> None:
        """Receive contacts of firms' activities, treatments and sales calls."""
        before, self.met = self.met, 0
        self.talks.clear()
        self.interest.clear()
        self.early = False
        if self.sees and self.here == HERE:
            self.receive(before, offers)
        self.weigh_messages()
        self.buy_early(offers)

    def receive(self, before: int, offers: Offers) -> None:
        """Receive the contacts of the week, after ``before`` contacts last week."""
        setup = self.population.setup
        left = attention.attention_left(float(before), setup.params.attention.crowding)
        for firm in range(len(self.awareness)):
            for k, activity in enumerate(setup.activity_ids.tolist()):
                if not offers.exposure[firm, k, :, :, 0].any():
                    continue
                booked = int(offers.booked[firm, k])
                follows = media.followed(self.media_diet, booked) if booked else 1
                follows = min(follows, media.MOST_OUTLETS)
                kind = 2 * self.is_addressed_as_customer(firm) + self.in_need
                chances = offers.exposure[firm, k, follows, kind].tolist()
                draw = draws.high32(self.draw(draws.CONTACT, firm, activity))
                n = sum(1 for chance in chances if draw < chance)
                if setup.for_leaders[k] and not self.is_leader():
                    continue
                n -= self.withhold(firm, k, n, offers)
                if n and not self.attends(firm, k):
                    self.decline(firm, k, n, left, offers)
                elif n:
                    helped = left * self.fit(firm, offers)
                    self.meet_activity(firm, k, n, left, helped, offers)
                    self.click(firm, k, n, helped, offers)
                    self.leave_name(firm, k, offers)
            self.be_treated(firm, offers, left)
            self.be_called(firm, offers, left)

    def weigh_messages(self) -> None:
        """Memory of what messages are about fades as awareness does; the contacts of the week were
        not about prices."""
        p = self.population.setup.params
        if p.price.framing > 0.0:
            kept = attention.forgotten(self.price_focus, p.attention.retention)
            gain = attention.repeated(p.attention.contact_gain, self.met)
            self.price_focus = pricing.focused(kept, -1.0, gain)

    def fit(self, firm: int, offers: Offers) -> float:
        """Relevance of a firm's messages to this customer's taste, as a share of their effect."""
        relevance = self.population.setup.params.attention.relevance
        share: float = attention.relevant(self.taste, float(offers.message[firm]), relevance)
        return share

    def attends(self, firm: int, k: int) -> bool:
        """Whether contacts with activity ``k`` take place: those with a gathering are invitations,
        which the customer follows this week or not."""
        setup = self.population.setup
        if not setup.gathering[k] or setup.params.attention.attendance >= 1.0:
            return True
        draw = draws.uniform(self.draw(draws.ATTEND, firm, int(setup.activity_ids[k])))
        comes: bool = draw < self.attendance
        return comes

    def decline(self, firm: int, k: int, n: int, left: float, offers: Offers) -> None:
        """Do not follow ``n`` invitations to activity ``k``, whose pressure costs trust."""
        setup = self.population.setup
        self.population.count(firm, acc.DECLINED, n)
        if setup.content.noticed[k]:
            p = setup.params.attention
            loss = attention.repeated(p.irritation * p.pressure, n) * left
            self.trust[firm] = attention.addressed(
                self.trust[firm], 0.0, float(offers.claim[firm]), loss
            )

    def believed(self, firm: int, helped: float) -> float:
        """``helped`` times the weight that the firm's claims have for this customer."""
        known_from_use = self.population.setup.params.attention.known_from_use
        bought = bool(self.relation[firm] & BOUGHT_EVER)
        return helped * float(attention.weight_of_claims(bought, known_from_use))

    def meet_activity(
        self, firm: int, k: int, n: int, left: float, helped: float, offers: Offers,
        survey: bool = True,
    ) -> None:  # fmt: skip
        """Apply ``n`` contacts with activity ``k`` of a firm. Limited attention scales all effects
        (``left``); the relevance of the message or the rep's skill also scales gains
        (``helped``)."""
        setup = self.population.setup
        self.population.contacts[firm, k] += n
        if setup.survey[k] and survey:
            self.population.count(firm, acc.SURVEYED)
            recall = draws.uniform(self.draw(draws.RECALL, firm, int(setup.activity_ids[k])))
            if recall < self.awareness[firm]:
                self.population.count(firm, acc.SURVEYED_AWARE)
            taste = int(self.taste * acc.PARTS)
            self.population.surveyed[firm, self.segment] += np.array([1, taste])
        if setup.for_leaders[k]:
            self.relation[firm] |= PAID
        does = setup.content
        if not does.noticed[k]:
            return
        self.met += n
        self.last_touch[firm] = TOUCH_ACTIVITY + k
        gain = float(does.awareness_gain[k, n]) * helped
        self.awareness[firm] = attention.reached(self.awareness[firm], gain)
        gain = float(does.trust_gain[k, n]) * self.believed(firm, helped)
        loss = float(does.trust_loss[k, n]) * left
        claim = float(offers.claim[firm])
        self.trust[firm] = attention.addressed(self.trust[firm], gain, claim, loss)
        gain = float(does.belief_gain[k, n]) * helped
        self.belief = attention.reached(self.belief, gain)

    def click(self, firm: int, k: int, n: int, helped: float, offers: Offers) -> None:
        """Perhaps click after a contact, more likely on a buying occasion. Where contacts are
        two-way the customer answers by it, which moves trust further."""
        setup = self.population.setup
        if setup.click[k] <= 0.0:
            return
        chance = attention.click_chance(
            float(setup.click[k]),
            self.click_propensity,
            self.in_need,
            setup.params.attention.intent,
            n,
        )
        if draws.uniform(self.draw(draws.CLICK, firm, int(setup.activity_ids[k]))) < chance:
            self.population.clicks[firm, k] += 1
            self.clicked[firm] = self.population.week
            gain = float(setup.content.answer_gain[k]) * self.believed(firm, helped)
            if gain > 0.0:
                claim = float(offers.claim[firm])
                self.trust[firm] = attention.addressed(self.trust[firm], gain, claim, 0.0)

    def leave_name(self, firm: int, k: int, offers: Offers) -> None:
        """Perhaps become a captured lead after a contact or a click."""
        setup = self.population.setup
        if setup.capture[k] <= 0.0:
            return
        if setup.click[k] > 0.0 and self.clicked[firm] != self.population.week:
            return
        activity = int(setup.activity_ids[k])
        chance = attention.capture_chance(
            float(setup.capture[k]), float(offers.volume_pressure[firm]), self.in_need
        )
        if draws.uniform(self.draw(draws.CARD, firm, activity)) < chance:
            self.population.count(firm, acc.CARDS)
            self.interest[firm] = (TOUCH_ACTIVITY + k, NEEDS if self.in_need else 0)

    def be_called(self, firm: int, offers: Offers, left: float) -> None:
        """Receive a sales call from a rep of the firm."""
        place = self.population.talks.get((self.row, firm))
        if place is None:
            return
        calls = offers.calls
        calls.result[place] = NO_NEED
        self.talks[firm] = place
        k = int(calls.activity[place])
        if k >= 0:
            helped = left * float(calls.skill[place])
            self.meet_activity(firm, k, 1, left, helped, offers, survey=False)

    def buy_early(self, offers: Offers) -> None:
        """Perhaps buy before the need arises because of a rep's discount."""
        p = self.population.setup.params
        for firm, place in sorted(self.talks.items()):
            cut = float(offers.calls.cut[place])
            if (
                self.in_need
                or cut <= 0.0
                or p.selling.purchase_acceleration <= 0.0
                or self.is_bound()
                or not self.believes()
            ):
                continue
            chance = selling.acceleration_chance(self.rate, cut, p.selling.purchase_acceleration)
            if draws.uniform(self.draw(draws.ACCELERATION, firm)) < chance:
                self.in_need = self.early = True
                self.population.count(firm, acc.ACCELERATED)

    def be_treated(self, firm: int, offers: Offers, left: float) -> None:
        """Receive the contacts of experiments whose treatments the customer was drawn into."""
        treated = offers.treated
        for t, tag in enumerate(treated.tag.tolist()):
            k, dose = int(treated.activity[t]), float(treated.contacts[t])
            if not self.tags & tag or treated.firm[t] != firm or k < 0 or dose <= 0.0:
                continue
            draw = draws.uniform(self.draw(draws.DOSE, firm, int(treated.id[t])))
            n = attention.dose_received(dose, draw)
            if n and not self.attends(firm, k):
                self.decline(firm, k, n, left, offers)
            elif n:
                self.population.count(firm, acc.GIVEN, n)
                helped = left * self.fit(firm, offers)
                self.meet_activity(firm, k, n, left, helped, offers, survey=False)

    def withhold(self, firm: int, k: int, n: int, offers: Offers) -> int:
        """Number of ``n`` contacts with activity ``k`` that treatments withhold."""
        treated, lost = offers.treated, set()
        for t, tag in enumerate(treated.tag.tolist()):
            if not self.tags & tag or treated.firm[t] != firm:
                continue
            activity = int(self.population.setup.activity_ids[k])
            for contact in range(n):
                item = draws.contact_item(int(treated.id[t]), activity, contact)
                draw = draws.uniform(self.draw(draws.WITHHELD, firm, item))
                if draw < treated.withheld[t, k]:
                    lost.add(contact)
        self.population.count(firm, acc.WITHHELD, len(lost))
        return len(lost)

    def hold(self, offers: Offers) -> None:
        """Set the states that an experiment holds, and note those it asks for."""
        for name in HELD:
            held, noted = getattr(offers.held, name), getattr(offers.noted, name)
            if len(held):
                self.set_state(name, held[:, self.row].tolist())
            if len(noted):
                noted[:, self.row] = getattr(self, name)

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

    def talk(self) -> None:
        """Perhaps tell an acquaintance about each firm of which one is an active customer;
        certainly about firms that have paid for it this week."""
        p = self.population.setup.params
        for firm in range(len(self.awareness)):
            paid = bool(self.relation[firm] & PAID)
            self.relation[firm] &= ~PAID
            if not (self.social and self.here == HERE and (paid or self.is_active(firm))):
                continue
            draw = self.draw(draws.TALK, firm)
            opinion = talk.opinion(self.trust[firm], self.satisfaction[firm], p.talk.satisfaction)
            chance = talk.talk_chance(
                p.talk.rate, self.sociability, p.talk.talkativeness_spread, opinion,
                p.talk.fervour, float(self.population.setup.reward[firm]),
            )  # fmt: skip
            if not paid and draws.high32(draw) >= draws.threshold(chance):
                continue
            listener = self.acquaintance(self.tie_of(draw))
            if listener is not None:
                said = talk.valence(opinion, p.talk.negative_wom)
                self.population.send(listener, (firm, int(said * talk.VALENCE_UNIT), self.row))
                self.population.count(firm, acc.TALKS)
                self.count_event(firm, acc.BY_TALKS)

    def tie_of(self, draw: int) -> int:
        """The tie that a draw picks among those of the customer."""
        p = self.population.setup.params.talk
        tie: int = draws.pick(draw, talk.number_of_ties(p.ties, self.sociability, p.ties_spread))
        return tie

    def acquaintance(self, tie: int) -> Customer | None:
        """Customer at the other end of a tie, or None. Draws are tried until one is the address of
        a customer who is in the market, mostly of the same segment, and the more likely the more
        they are alike; if all are refused as too different, it is the nearest of them."""
        population = self.population
        params = population.setup.params.talk
        strange = draws.threshold(params.homophily)
        nearest, least = None, 0.0
        for attempt in range(talk.MOST_ATTEMPTS):
            item = tie * talk.MOST_ATTEMPTS + attempt
            word = self.draw(draws.TIE, None, item, week=0)
            places = population.network.places
            row = row_at(
                word >> (64 - places.bits), population.week, places, population.network.cohorts
            )
            if row < 0 or row == self.row:
                continue
            other: Customer = population.customers[row]
            if not other.social or other.here != HERE:
                continue
            if other.segment != self.segment and (word & 0xFFFFFFFF) < strange:
                continue
            if params.likeness <= 0.0:
                return other
            apart = self.distance(other)
            formed = draws.uniform(self.draw(draws.LIKENESS, None, item, week=0))
            if formed < talk.tie_chance(apart, params.likeness):
                return other
            if nearest is None or apart < least:
                nearest, least = other, apart
        return nearest

    def distance(self, other: Customer) -> float:
        """Distance to another customer in taste, buying rate and talkativeness."""
        p = self.population.setup.params
        apart: float = talk.distance(
            self.taste - other.taste, p.choice.taste_within, self.rate, other.rate,
            self.sociability - other.sociability, p.talk.talkativeness_spread,
        )  # fmt: skip
        return apart

    def _looks_closely(self, firm: int) -> bool:
        """Whether a click of this week makes the customer look closely at the offer."""
        look = self.population.setup.params.information.look
        clicked = self.clicked[firm] == self.population.week
        return clicked and (look >= 1.0 or draws.uniform(self.draw(draws.LOOKING, firm)) < look)

    def answer(self, offers: Offers) -> None:
        """Compare the draw of an occasion once more, now with the chance at this week's offers.
        Occasions that do not depend on the draw stay as they are."""
        p = self.population.setup.params
        if p.choice.incidence <= 0.0 or self.early or not self.is_free():
            return
        rate = flow.occasion_rate(self.rate, self.population.demand)
        usual = draws.threshold(choice.occasion_chance(rate))
        draw = draws.high32(self.draw(draws.OCCASION))
        if self.in_need != (draw < usual):  # aroused by contacts, or met at home
            return
        firms = [firm for firm in range(len(self.awareness)) if offers.present[firm]]
        gaps = [self.remembered[firm] - self.price(firm, offers) for firm in firms]
        weight, share = self.sensitivity(), p.price.memory_share
        below, above = max([0.0, *gaps]), max([0.0, *(-gap for gap in gaps)])
        rise = p.choice.incidence * pricing.largest_change(below, weight, share, 1.0)
        fall = p.choice.incidence * pricing.largest_change(
            above, weight, share, p.price.loss_aversion
        )
        if not choice.may_answer(float(draw), float(usual), rise, fall):
            return
        ratio = self.rate_at_offers(firms, offers)
        arises = draw < draws.threshold(choice.answered_chance(draws.chance_of(usual), ratio))
        if self.in_need:
            self.in_need = arises
        elif arises and self.believes():
            self.in_need = self.early = True

    def is_free(self) -> bool:
        """Whether offers can move the customer's occasions: present, nothing at home stands in for
        a purchase, and nothing else decides whether there is an occasion."""
        if self.here != HERE or self.waited > 0 or self.deciding > 0:
            return False
        if self.is_bound() or self.is_renewing():
            return False
        home_first = self.population.setup.params.stock.home_first
        return bool(stock.answers_offers(self.stock, home_first))

    def rate_at_offers(self, firms: list[int], offers: Offers) -> float:
        """Rate of occasions at the offers of ``firms`` this week, relative to usual ones."""
        setup, now, usual = self.population.setup, 0.0, 0.0
        p, weight = setup.params, self.sensitivity()
        providers = any(self.is_active(firm) for firm in range(len(self.relation)))
        for firm in firms:
            if not shelf.carried(self.store, int(offers.listed[firm])):
                continue
            comes, memory = self.chance_to_come_to_mind(firm), self.remembered[firm]
            drawn = draws.uniform(self.draw(draws.TASTE, firm, week=0))
            liked = choice.appeal(
                p.choice.intercept, p.choice.awareness_weight, self.awareness[firm],
                p.choice.trust_weight, self.trust[firm],
                loyalty.standing(
                    self.is_active(firm), providers, p.choice.inertia, p.loyalty.switching_cost
                ),
                0.0, choice.taste(drawn, p.choice.taste_spread),
                choice.misfit(self.taste, float(setup.position[firm]), p.choice.misfit_weight),
            )  # fmt: skip
            share, aversion = p.price.memory_share, p.price.loss_aversion
            price = self.price(firm, offers)
            at_price = pricing.price_appeal(price, memory, weight, share, aversion)
            now += choice.attraction(comes, liked + at_price)
            at_memory = pricing.price_appeal(memory, memory, weight, share, aversion)
            usual += choice.attraction(comes, liked + at_memory)
        ratio: float = choice.answered_rate(now, usual, p.choice.incidence)
        return ratio

    def price(self, firm: int, offers: Offers) -> float:
        """Log price of a firm for the customer, who may hold a coupon."""
        holds = self.coupon(firm, offers)
        cut = float(offers.treated.cut[holds]) if holds >= 0 else 0.0
        return float(offers.log_price[firm]) - cut

    def sensitivity(self) -> float:
        """Price sensitivity under the messages met."""
        framing = self.population.setup.params.price.framing
        if framing <= 0.0:
            return self.price_weight
        weight: float = pricing.sensitivity(self.price_weight, self.price_focus, framing)
        return weight

    def pass_shelves(self, offers: Offers) -> None:
        """A deal in the own store is a contact. What deals crowd out does not depend on the order
        of firms."""
        p = self.population.setup.params
        if p.price.deal_salience <= 0.0 or p.shelf.stores == 0:
            return
        left = attention.attention_left(float(self.met), p.attention.crowding)
        for firm in range(len(self.awareness)):
            if not offers.present[firm] or offers.deal[firm] <= 0.0:
                continue
            if shelf.carried(self.store, int(offers.listed[firm])):
                saved = pricing.saving(float(offers.log_price[firm]), self.remembered[firm])
                salience = pricing.salience_of_deal(p.price.deal_salience, saved)
                gain = p.attention.contact_gain * salience * left
                self.awareness[firm] = attention.reached(self.awareness[firm], gain)
                self.met += 1

    def shop(self, offers: Offers) -> None:
        """On a buying occasion: consider, choose, and buy or not."""
        self.bought = -1
        self.answer(offers)
        if not self.in_need:
            return
        p = self.population.setup.params
        searches = draws.uniform(self.draw(draws.SEARCH)) < p.information.search_rate
        if searches:
            self.population.count_market(acc.SEARCHED)
        self.pass_shelves(offers)
        weight = self.sensitivity()  # under the messages before this week's offers
        providers = sum(1 for firm in range(len(self.relation)) if self.is_active(firm))
        renewing = self.is_renewing()
        chosen, saved = -1, 0.0
        first = choice.race_time(draws.uniform(self.draw(draws.OUTSIDE)), 0.0)
        for firm in range(len(self.awareness)):
            if not offers.present[firm]:
                continue
            awareness = self.awareness[firm]
            draw = draws.uniform(self.draw(draws.CONSIDER, firm))
            # a firm asked for renewal, looked at after a click, or with an open offer is always
            # considered
            asked = renewing and self.is_active(firm)
            asked = asked or self._looks_closely(firm)
            asked = asked or bool(self.relation[firm] & OFFERED)
            talked = self.talks.get(firm, -1)
            if talked >= 0:
                offers.calls.result[talked] = NOT_CONSIDERED
            if not searches and not shelf.carried(self.store, int(offers.listed[firm])):
                continue
            odds = loyalty.return_ratio(
                bool(self.relation[firm] & ENDED), bool(self.relation[firm] & DISAPPOINTED),
                p.loyalty.returning, p.loyalty.returning_disappointed,
            )  # fmt: skip
            if odds <= 0.0:
                continue
            if p.choice.consideration and not asked:
                comes = self.chance_to_come_to_mind(firm)
                chance = information.consideration_chance(comes, searches, p.information.found)
                if p.selling.buying_group > 1 or talked >= 0:
                    chance = selling.majority_chance(
                        chance, p.selling.buying_group, int(talked >= 0)
                    )
                if draw >= chance:
                    continue
                if talked < 0 and draw >= comes:
                    self.last_touch[firm] = TOUCH_SEARCH
            if talked >= 0:
                offers.calls.result[talked] = UNDECIDED
            self.population.count(firm, acc.CONSIDERED)
            rating = float(offers.rating[firm])
            if searches and rating >= 0.0:
                self.trust[firm] = talk.persuaded(
                    self.trust[firm], p.information.rating_gain, rating
                )
            suits = choice.taste(
                draws.uniform(self.draw(draws.TASTE, firm, week=0)), p.choice.taste_spread
            )
            price = float(offers.log_price[firm]) - self.cut(firm, offers)
            if offers.deal[firm] > 0.0:
                self.see_deal(firm)
            felt = pricing.price_appeal(
                price,
                self.remembered[firm],
                weight,
                p.price.memory_share,
                p.price.loss_aversion,
            )
            saving = pricing.saving(price, self.remembered[firm])
            self.remembered[firm] = pricing.remembered_price(
                self.remembered[firm], price, p.price.learning
            )
            position = float(self.population.setup.position[firm])
            active = self.is_active(firm)
            utility = choice.appeal(
                p.choice.intercept,
                p.choice.awareness_weight,
                awareness,
                p.choice.trust_weight,
                self.trust[firm],
                loyalty.standing(active, providers > 0, p.choice.inertia, p.loyalty.switching_cost),
                felt,
                suits,
                choice.misfit(self.taste, position, p.choice.misfit_weight),
            )
            if renewing and active:
                deterred = loyalty.deterrence(self.leavers[firm], p.loyalty.contagion)
                own = loyalty.renewal_utility(self.leaving)
                loyal = float(self.population.setup.renewal_utility[firm]) + own
                utility = utility + loyal - deterred
            if odds != 1.0:
                utility = utility + loyalty.return_utility(odds)
            if talked >= 0:
                utility = utility + p.selling.persuasion * float(offers.calls.skill[talked])
            rings = choice.race_time(draws.uniform(self.draw(draws.CHOICE, firm)), utility)
            if p.selling.self_serve < 1.0 or p.selling.deliberation > 0.0:
                if not self.is_answered(firm, active):
                    continue
                if talked >= 0 and p.selling.deliberation > 0.0:
                    rings = rings + float(offers.calls.starts[talked]) / p.selling.deliberation
            if rings < first:
                first, chosen, saved = rings, firm, saving
        self.population.count_market(acc.OCCASIONS)
        if p.selling.deliberation > 0.0 and first * p.selling.deliberation > 1.0 and not renewing:
            self.deciding += 1
            self.population.count_market(acc.UNDECIDED)
            return
        if self.puts_off(chosen, renewing, offers):
            self.waited += 1
            self.population.count_market(acc.WAITED)
            return
        self.waited = self.deciding = 0
        self.close_offers(chosen, offers)
        if renewing:
            self.end_contract(chosen)
        if chosen < 0:
            self.population.count_market(acc.UNBOUGHT)
        else:
            self.buy(chosen, offers, saved)

    def chance_to_come_to_mind(self, firm: int) -> float:
        """Chance that a firm comes to mind: by awareness, and by memory of own orders."""
        p, known = self.population.setup.params.memory, self.awareness[firm]
        if p.level <= 0.0 or not self.relation[firm] & BOUGHT_EVER:
            return known
        silence = self.population.week - self.last_order[firm]
        memories = memory.remembered(p.level, p.fading, silence, self.rate)
        comes: float = memory.comes_to_mind(known, memories)
        return comes

    def is_answered(self, firm: int, active: bool) -> bool:
        """Whether a firm under consideration can be chosen: a rep has called, or no answer is
        needed. Otherwise the customer sends an enquiry."""
        p = self.population.setup.params
        if firm in self.talks:
            self.relation[firm] |= OFFERED
        elif not self.relation[firm] & OFFERED:
            chance = selling.alone_chance(p.selling.self_serve, self.trust[firm], active)
            if draws.uniform(self.draw(draws.ALONE, firm)) >= chance:
                self.population.count(firm, acc.ENQUIRIES)
                self.interest[firm] = (self.last_touch[firm], NEEDS | ASKS)
                return False
        return True

    def close_offers(self, chosen: int, offers: Offers) -> None:
        """Close all open offers after a decision; reps learn the results of their calls."""
        for firm in range(len(self.relation)):
            self.relation[firm] &= ~OFFERED
        lost = RIVAL if chosen >= 0 else NOTHING
        for firm, place in self.talks.items():
            if offers.calls.result[place] == UNDECIDED:
                offers.calls.result[place] = WON if firm == chosen else lost

    def cut(self, firm: int, offers: Offers) -> float:
        """Discount on a firm's price by a coupon, or else by a rep, as a difference of logs."""
        holds = self.coupon(firm, offers)
        if holds >= 0:
            return float(offers.treated.cut[holds])
        return float(offers.calls.cut[self.talks[firm]]) if firm in self.talks else 0.0

    def see_deal(self, firm: int) -> None:
        """Update the week of the last deal seen and the remembered interval between deals."""
        before, self.last_deal[firm] = self.last_deal[firm], self.population.week
        if before >= 0:
            self.deal_interval[firm] = pricing.remembered_interval(
                self.deal_interval[firm],
                float(self.population.week - before),
                self.population.setup.params.price.learning,
            )
        p = self.population.setup.params
        if p.price.framing > 0.0:
            self.price_focus = pricing.focused(self.price_focus, 1.0, p.attention.contact_gain)

    def puts_off(self, chosen: int, renewing: bool, offers: Offers) -> bool:
        """Whether the customer waits for a deal of the chosen firm."""
        p = self.population.setup.params
        if chosen < 0 or renewing:
            return False
        if offers.deal[chosen] + self.cut(chosen, offers) > 0.0:
            return False
        put_off: bool = pricing.waits(
            self.population.week,
            self.last_deal[chosen],
            self.deal_interval[chosen],
            p.price.patience * self.patience_scale,
            self.waited,
        )
        return put_off

    def end_contract(self, chosen: int) -> None:
        """End a contract: it is renewed, or the relationship ends with it."""
        self.bound_until = -1
        for firm in range(len(self.relation)):
            self.leavers[firm] = 0
            if self.is_active(firm):
                if firm == chosen:
                    self.population.count(firm, acc.RENEWALS)
                else:
                    self.end_relationship(firm)

    def end_relationship(self, firm: int, why: int = 0) -> None:
        """End the relationship with a firm, and perhaps tell an acquaintance; ``why`` is a flag
        that is set for the reason."""
        self.relation[firm] = self.relation[firm] & ~ACTIVE | ENDED | why
        self.population.count(firm, acc.LAPSED)
        self.count_event(firm, acc.BY_LAPSED)
        self.tell_leaving(firm)

    def buy(self, firm: int, offers: Offers, saved: float) -> None:
        """Order from a firm, whose price lies ``saved`` below the remembered one (of logs)."""
        p = self.population.setup.params
        holds = self.coupon(firm, offers)
        self.bought = firm
        self.population.count(firm, acc.ORDERS)
        if p.loyalty.contract > 0:
            self.bound_until = self.population.week + p.loyalty.contract
        draw = draws.uniform(self.draw(draws.UNITS, firm))
        number = stock.units(draw, saved, p.stock.stockup, p.stock.saturation)
        self.population.count(firm, acc.UNITS, number)
        self.basket = number
        if holds >= 0:
            self.population.couponed[holds] += number
        elif firm in self.talks:
            offers.calls.units[self.talks[firm]] = number
        self.stock = self.stock + float(number - (0 if self.early else 1))
        if not self.relation[firm] & BOUGHT_EVER:
            self.population.count(firm, acc.ACQUIRED)
            self.first_order[firm] = self.population.week
            self.acquired_via[firm] = self.last_touch[firm]
            self.count_event(firm, acc.BY_ACQUIRED)
            if talk.is_referral(
                self.referrer[firm], self.told[firm], self.population.week, p.talk.referral_weeks
            ):
                self.population.count(firm, acc.REFERRED)
            else:
                self.referrer[firm] = -1
        elif not self.is_active(firm):
            self.population.count(firm, acc.WON_BACK)
            self.count_event(firm, acc.BY_WON_BACK)
        self.count_event(firm, acc.BY_ORDERS)
        self.count_event(firm, acc.BY_UNITS, number)
        clicked = self.clicked[firm]
        if clicked >= 0 and self.population.week - clicked < self.population.setup.credit:
            self.population.count(firm, acc.CLICKED_ORDERS)
        again = int(self.relation[firm] & BOUGHT_EVER > 0)
        self.population.touched[firm, self.last_touch[firm], again] += 1
        self.relation[firm] &= ~(ENDED | DISAPPOINTED)
        self.relation[firm] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
        self.belief = 1.0
        self.last_order[firm] = self.population.week

    def experience(self, offers: Offers) -> None:
        """Learn whether this week's purchase meets expectations, and perhaps rate it in public; a
        disappointment may end the relationship."""
        firm = self.bought
        if firm < 0:
            return
        p = self.population.setup.params
        limit = offers.quality[firm]
        if p.loyalty.expectation > 0.0:
            pleasing = loyalty.pleasing_chance(
                draws.chance_of(limit), self.trust[firm], p.loyalty.expectation
            )
            limit = draws.threshold(pleasing)
        good = draws.high32(self.draw(draws.EXPERIENCE, firm)) < limit
        if not good and offers.recovery[firm] > 0:
            good = draws.high32(self.draw(draws.RECOVERY, firm)) < offers.recovery[firm]
        if not good:
            self.population.count(firm, acc.DISAPPOINTED)
        if draws.high32(self.draw(draws.RATING, firm)) < draws.threshold(p.information.rating_rate):
            self.population.count(firm, acc.RATED)
            self.population.count(firm, acc.RATED_GOOD, int(good))
        self.trust[firm] = loyalty.experienced(
            self.trust[firm], bool(good), p.loyalty.experience_gain, p.loyalty.experience_loss
        )
        self.awareness[firm] = attention.reached(
            self.awareness[firm], p.loyalty.experience_awareness
        )
        if p.talk.satisfaction > 0.0:
            self.satisfaction[firm] = talk.satisfied(
                self.satisfaction[firm], bool(good), p.talk.satisfaction
            )
        if not good and p.loyalty.quit_disappointed > 0.0:
            self.quit_or_stay(firm)

    def quit_or_stay(self, firm: int) -> None:
        """After a disappointment perhaps end the relationship; under a contract, resolve to."""
        p = self.population.setup.params.loyalty
        chance = loyalty.quitting_chance(p.quit_disappointed, self.trust[firm])
        if draws.uniform(self.draw(draws.QUITTING, firm)) < chance:
            if p.contract > 0:
                self.relation[firm] |= DISAPPOINTED
            else:
                self.end_relationship(firm, DISAPPOINTED)

    def lapse(self) -> None:
        """Perhaps end relationships, more likely with low trust and after acquaintances left."""
        p = self.population.setup.params
        for firm in range(len(self.awareness)):
            if self.is_active(firm) and self.is_bound():  # news waits for the end of a contract
                continue
            leavers, self.leavers[firm] = self.leavers[firm], 0
            if not self.is_active(firm):
                continue
            hazard = float(self.population.setup.lapse_hazard[firm]) * self.leaving
            chance = loyalty.lapse_chance(hazard, self.trust[firm], leavers, p.loyalty.contagion)
            if draws.uniform(self.draw(draws.LAPSE, firm)) < chance:
                self.end_relationship(firm)

    def tell_leaving(self, firm: int) -> None:
        """Perhaps tell an acquaintance that the relationship with a firm has ended."""
        p = self.population.setup.params
        draw = self.draw(draws.TELL_LEAVING, firm)
        if not self.social or draws.high32(draw) >= draws.threshold(p.loyalty.tell_leaving):
            return
        listener = self.acquaintance(self.tie_of(draw))
        if listener is not None:
            self.population.send_notice(listener, firm, self.row)
            self.population.count(firm, acc.NOTICES)

    def report(self) -> None:
        """Count the customer's state at the end of the week for the ledger."""
        population, week, window = (
            self.population,
            self.population.week,
            self.population.setup.window,
        )
        counts = self.rate > 0.0 and self.here == HERE
        if counts:
            population.count_market(acc.PEOPLE)
            if population.setup.params.category.hurdle_spread > 0.0:
                adopted = any(relation & BOUGHT_EVER for relation in self.relation)
                population.count_market(acc.ADOPTED, int(adopted))
            most = max(self.trust)
            if most > 0.0:
                population.count(self.trust.index(most), acc.PREFERRED)
        for firm in range(len(self.awareness)):
            if counts:
                population.count(firm, acc.AWARENESS, int(self.awareness[firm] * acc.PARTS))
                if not self.is_active(firm):
                    likely = self.awareness[firm] * self.trust[firm]
                    population.count(firm, acc.RESERVE, int(likely * acc.PARTS))
            if self.is_active(firm):
                population.count(firm, acc.ACTIVE)
                population.count(firm, acc.TRUST, int(self.trust[firm] * acc.PARTS))
                population.count(firm, acc.REMEMBERED, int(self.remembered[firm] * acc.PARTS))
            silence = week - self.last_order[firm]
            if self.relation[firm] & BOUGHT_EVER and silence <= window:
                population.count(firm, acc.SILENT if silence == window else acc.SEEN_ACTIVE)
            if (week + 1 - population.setup.opening) % window == 0:
                if self.relation[firm] & BOUGHT_BEFORE:
                    population.count(firm, acc.WINDOW_BUYERS)
                    self.count_event(firm, acc.BY_WINDOW_BUYERS)
                    if self.relation[firm] & BOUGHT_NOW:
                        population.count(firm, acc.WINDOW_REPEATERS)
                        self.count_event(firm, acc.BY_WINDOW_REPEATERS)
                bought_now = bool(self.relation[firm] & BOUGHT_NOW)
                population.count(firm, acc.WINDOW_CUSTOMERS, int(bought_now))
                self.relation[firm] &= ~(BOUGHT_NOW | BOUGHT_BEFORE)
                if bought_now:
                    self.relation[firm] |= BOUGHT_BEFORE


class CustomerPopulation:
    """All customers, as an engine (:class:`sim.engines.protocol.Engine`).

    Args:
        model: the Mesa model the customers join.
        people: customers of the market.
        setup: inputs that stay the same from week to week.
        network: acquaintance network of the customers.
        customer: class of the customers.
    """

    def __init__(
        self,
        model: mesa.Model,
        people: People,
        setup: Setup,
        network: Network,
        customer: Callable[..., Customer] = Customer,
    ) -> None:
        self.model = model
        self.people = people
        self.network = network
        self.demand = 1.0
        self.setup = setup
        self.firm_ids: list[int] = setup.firm_ids.tolist()
        self.week = 0
        self.customers = [customer(self, row, people) for row in range(people.size)]
        self.configure(setup)
        self._outbox: list[tuple[Customer, tuple[int, int, int]]] = []
        self._notices: list[tuple[Customer, int, int]] = []
        self._clear()
        self.couponed = np.zeros(0, np.int64)
        self.talks: dict[tuple[int, int], int] = {}
        self._posted = np.zeros((0, 4), np.int64)

    def _clear(self) -> None:
        s = self.setup
        counts = WeekCounts.empty(len(s.firm_ids), len(s.activity_ids), s.quarters, s.segments, 0)
        self.counts = counts
        self._accounts, self.contacts, self.clicks = counts.accounts, counts.contacts, counts.clicks
        self.cells, self.touched, self.surveyed = counts.cells, counts.touched, counts.surveyed

    def count(self, firm: int, account: int, number: int = 1) -> None:
        """Add to an account of a firm."""
        self._accounts[firm, account] += number

    def count_market(self, account: int, number: int = 1) -> None:
        """Add to an account of the market."""
        self._accounts[-1, account] += number

    def send(self, listener: Customer, message: tuple[int, int, int]) -> None:
        """Send a message (firm, valence, own row), heard at the start of next week."""
        self._outbox.append((listener, message))

    def send_notice(self, listener: Customer, firm: int, row: int) -> None:
        """Send the notice that the customer of a row has left a firm; known from next week on."""
        self._notices.append((listener, firm, row))

    def arrived(self) -> list[Customer]:
        """Customers who are or have been in the market."""
        return self.customers[: int(self.network.cohorts[self.week + 1])]

    def open_week(self, week: int, demand: float) -> np.ndarray:
        """Enter and exit, hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        self.week, self.demand = week, demand
        self._clear()
        people = self.arrived()
        for customer in people:
            customer.enter_and_exit()
        for customer in people:
            customer.hear()
        for customer in people:
            customer.forget()
        for customer in people:
            customer.need()
        audience = np.zeros((len(self.setup.firm_ids), 2 * AUDIENCES), np.int64)
        leaders = bool(self.setup.for_leaders.any())
        for customer in people:
            if customer.sees and customer.here == HERE:
                for firm in range(len(audience)):
                    kind = 2 * customer.is_addressed_as_customer(firm) + customer.in_need
                    audience[firm, kind] += 1
                    if leaders and customer.is_leader():
                        audience[firm, AUDIENCES + kind] += 1
        return audience

    def close_week(self, week: int, offers: Offers) -> WeekCounts:
        """Meet, talk, shop, experience, lapse, report; see :class:`sim.engines.protocol.Engine`."""
        people = self.arrived()
        self.couponed = np.zeros(len(offers.treated.tag), np.int64)
        pairs = zip(offers.calls.row.tolist(), offers.calls.firm.tolist(), strict=True)
        self.talks = {pair: place for place, pair in enumerate(pairs)}
        offers.calls.result[:] = NOT_MET
        for customer in people:
            customer.meet(offers)
        for customer in people:
            customer.hold(offers)
        for customer in people:
            customer.talk()
        for customer in people:
            customer.shop(offers)
        for customer in people:
            customer.experience(offers)
        for customer in people:
            customer.lapse()
        for customer in people:
            customer.report()
        self._posted = self._sent()
        for listener, message in self._outbox:
            listener.inbox.append(message)
        for listener, firm, _ in self._notices:
            listener.leavers[firm] = min(loyalty.MOST_NEWS, listener.leavers[firm] + 1)
        self._outbox.clear()
        self._notices.clear()
        return self.counts._replace(couponed=self.couponed)

    def _sent(self) -> np.ndarray:
        told = [(row, to.row, firm, said) for to, (firm, said, row) in self._outbox]
        left = [(row, to.row, firm, -1) for to, firm, row in self._notices]
        return np.array([*told, *left], np.int64).reshape(-1, 4)

    def messages(self) -> np.ndarray:
        """Last week's messages; see :class:`sim.engines.protocol.Engine`."""
        return self._posted

    def interest(self) -> np.ndarray:
        """Last week's interest signals; see :class:`sim.engines.protocol.Engine`."""
        rows = [
            (c.row, firm, source, flags)
            for c in self.arrived()
            for firm, (source, flags) in sorted(c.interest.items())
        ]
        return np.array(rows, np.int64).reshape(-1, 4)

    def column(self, name: str) -> np.ndarray:
        """One column of the state; see :class:`sim.engines.protocol.Engine`."""
        kind = (STATE | OWN_STATE)[name].kind
        column = np.array([getattr(c, name) for c in self.customers]).T
        return np.ascontiguousarray(column, kind)

    def configure(self, setup: Setup) -> None:
        """Replace the setup between two weeks."""
        self.setup = setup
        keys, own = setup.draw_key.tolist(), setup.trait_key.tolist()
        media_diet = setup.media_diet.tolist()
        attendance = setup.attendance.tolist() or [1.0] * len(keys)
        for customer, key, trait_key, follows, attends in zip(
            self.customers, keys, own, media_diet, attendance, strict=True
        ):
            customer.key, customer.trait_key, customer.media_diet = key, trait_key, follows
            customer.attendance = attends

    def columns(self) -> dict[str, np.ndarray]:
        """The state as arrays of shape [firm, customer] and [customer]."""
        out = {n: np.array([getattr(c, n) for c in self.customers]).T for n in PER_FIRM}
        out |= {n: np.array([getattr(c, n) for c in self.customers]) for n in OWN_STATE}
        out["inbox_left"] = np.array([c.leavers for c in self.customers]).T
        shape = (len(self.setup.firm_ids), self.people.size)
        count, valence = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        referrer = np.full(shape, -1)
        for c in self.customers:
            for firm, said, row in c.inbox:
                count[firm, c.row] += 1
                valence[firm, c.row] += said
                referrer[firm, c.row] = max(referrer[firm, c.row], row)
        out |= {"inbox_count": count, "inbox_valence": valence, "inbox_referrer": referrer}
        kinds = STATE | OWN_STATE
        return {n: np.ascontiguousarray(out[n].astype(kinds[n].kind)) for n in kinds}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state. Undelivered messages keep their number and their sum of valences."""
        for c in self.customers:
            for name in PER_FIRM:
                c.set_state(name, columns[name][:, c.row].tolist())
            for name in OWN_STATE:
                setattr(c, name, columns[name][c.row].item())
            c.leavers = columns["inbox_left"][:, c.row].tolist()
            c.inbox = []
            for firm, number in enumerate(columns["inbox_count"][:, c.row].tolist()):
                total = int(columns["inbox_valence"][firm, c.row])
                referrer = int(columns["inbox_referrer"][firm, c.row])
                c.inbox += [(firm, total if n == 0 else 0, referrer) for n in range(number)]
