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
from functools import lru_cache

import mesa
import numpy as np

from sim import draws
from sim.engines.protocol import (
    ACTIVE,
    BOUGHT_BEFORE,
    BOUGHT_EVER,
    BOUGHT_NOW,
    STATE,
    Offers,
    Setting,
    Tally,
)
from sim.ledger import accounts as book
from sim.market.activities import AUDIENCES
from sim.market.population import People, person_keys
from sim.rules import attention, choice, loyalty, talk

stream_key = lru_cache(maxsize=1 << 16)(draws.stream_key)


class Customer(mesa.Agent):
    """One person. Per-firm state is a list with one entry per firm, in order of firm ids.

    Attributes:
        awareness, trust: 0 to 1 per firm (single precision, as in the fast engine).
        relation: flags per firm (active, ever bought, bought this window, bought last window).
        last_order: week of the last purchase per firm, -1 for none.
        inbox: messages heard next, (firm, valence in 1/65536).
        in_need: whether a buying occasion arose this week.
    """

    def __init__(self, crowd: Crowd, row: int, key: int, people: People) -> None:
        super().__init__(crowd.model)
        self.crowd = crowd
        self.row = row
        self.key = key
        self.rate = float(people.rate[row])
        self.sees = bool(people.sees[row])
        self.social = bool(people.social[row])
        firms = range(len(crowd.setting.firm_ids))
        self.awareness = array("f", [0.0 for _ in firms])
        self.trust = array("f", [0.0 for _ in firms])
        self.relation = [0 for _ in firms]
        self.last_order = [-1 for _ in firms]
        self.inbox: list[tuple[int, int]] = []
        self.in_need = False

    # Luck and standing

    def draw(
        self, decision: int, firm: int | None = None, item: int = 0, week: int | None = None
    ) -> int:
        """64 random bits for a decision of this customer, this week unless said otherwise."""
        stream = stream_key(
            decision,
            self.crowd.week if week is None else week,
            0 if firm is None else self.crowd.firm_ids[firm],
            item,
        )
        bits: int = draws.word(self.key, stream)
        return bits

    def is_active(self, firm: int) -> bool:
        """Whether the customer has a living relationship with the firm."""
        return bool(self.relation[firm] & ACTIVE)

    # The phases of a week

    def hear(self) -> None:
        """Last week's messages arrive: they make known, and move trust towards what was said."""
        b = self.crowd.setting.behaviour
        for firm in range(len(self.awareness)):
            said = [valence for about, valence in self.inbox if about == firm]
            if not said:
                continue
            mean = sum(said) / (len(said) * talk.VALENCE_UNIT)
            gain = attention.repeated(b.talk_awareness, len(said))
            self.awareness[firm] = attention.reached(self.awareness[firm], gain)
            gain = attention.repeated(b.talk_trust, len(said))
            self.trust[firm] = talk.persuaded(self.trust[firm], gain, mean)
            self.crowd.count(firm, book.HEARD, len(said))
        self.inbox.clear()

    def forget(self) -> None:
        """Awareness fades."""
        retention = self.crowd.setting.behaviour.retention
        for firm, awareness in enumerate(self.awareness):
            self.awareness[firm] = attention.forgotten(awareness, retention)

    def need(self) -> None:
        """A buying occasion arises, or not."""
        chance = choice.occasion_chance(self.rate)
        self.in_need = draws.high32(self.draw(draws.OCCASION)) < draws.threshold(chance)

    def meet(self, offers: Offers) -> None:
        """Firms' activities reach the customer."""
        if not self.sees:
            return
        setting = self.crowd.setting
        for firm in range(len(self.awareness)):
            for k, activity in enumerate(setting.activity_ids.tolist()):
                chances = offers.reach[firm, k, 2 * self.is_active(firm) + self.in_need].tolist()
                if not chances[0]:
                    continue
                luck = draws.high32(self.draw(draws.CONTACT, firm, activity))
                n = sum(1 for chance in chances if luck < chance)
                if n:
                    self.meet_activity(firm, k, n)

    def meet_activity(self, firm: int, k: int, n: int) -> None:
        """``n`` contacts with activity ``k`` of a firm."""
        setting = self.crowd.setting
        self.crowd.contacts[firm, k] += n
        if setting.survey[k]:
            self.crowd.count(firm, book.SURVEYED)
            recall = draws.uniform(self.draw(draws.RECALL, firm, int(setting.activity_ids[k])))
            if recall < self.awareness[firm]:
                self.crowd.count(firm, book.SURVEYED_AWARE)
        does = setting.content
        gain = float(does.awareness_gain[k, n])
        self.awareness[firm] = attention.reached(self.awareness[firm], gain)
        gain, loss = float(does.trust_gain[k, n]), float(does.trust_loss[k, n])
        self.trust[firm] = attention.addressed(self.trust[firm], gain, loss)

    def converse(self) -> None:
        """Active customers may tell an acquaintance about a firm."""
        b = self.crowd.setting.behaviour
        for firm in range(len(self.awareness)):
            if not (self.social and self.is_active(firm)):
                continue
            luck = self.draw(draws.TALK, firm)
            if draws.high32(luck) >= draws.threshold(b.talk_rate):
                continue
            listener = self.acquaintance(draws.pick(luck, b.ties))
            if listener is not None:
                said = talk.valence(self.trust[firm], b.candour)
                self.crowd.send(listener, firm, int(said * talk.VALENCE_UNIT))
                self.crowd.count(firm, book.TALKS)

    def acquaintance(self, tie: int) -> Customer | None:
        """Who is at the other end of a tie: words are tried until one is somebody's address."""
        crowd = self.crowd
        for attempt in range(talk.MOST_ATTEMPTS):
            item = tie * talk.MOST_ATTEMPTS + attempt
            row = self.draw(draws.TIE, None, item, week=0) >> (64 - crowd.address_bits)
            if row < len(crowd.customers) and row != self.row and crowd.customers[row].social:
                return crowd.customers[row]
        return None

    def shop(self, offers: Offers) -> None:
        """On a buying occasion: consider, choose, and buy or not."""
        if not self.in_need:
            return
        b = self.crowd.setting.behaviour
        chosen = -1
        first = choice.clock(draws.uniform(self.draw(draws.OUTSIDE)), 0.0)
        for firm in range(len(self.awareness)):
            awareness = self.awareness[firm]
            comes_to_mind = draws.uniform(self.draw(draws.CONSIDER, firm)) < awareness
            if b.consideration and not comes_to_mind:
                continue
            self.crowd.count(firm, book.CONSIDERED)
            suits = choice.taste(
                draws.uniform(self.draw(draws.TASTE, firm, week=0)), b.taste_spread
            )
            utility = choice.appeal(
                b.intercept,
                b.awareness_weight,
                awareness,
                b.trust_weight,
                self.trust[firm],
                b.inertia if self.is_active(firm) else 0.0,
                float(offers.price_appeal[firm]),
                suits,
            )
            rings = choice.clock(draws.uniform(self.draw(draws.CHOICE, firm)), utility)
            if rings < first:
                first, chosen = rings, firm
        self.crowd.count_market(book.OCCASIONS)
        if chosen < 0:
            self.crowd.count_market(book.UNBOUGHT)
        else:
            self.buy(chosen, offers)

    def buy(self, firm: int, offers: Offers) -> None:
        """Order from a firm and experience what was bought."""
        b = self.crowd.setting.behaviour
        self.crowd.count(firm, book.ORDERS)
        if not self.relation[firm] & BOUGHT_EVER:
            self.crowd.count(firm, book.ACQUIRED)
        elif not self.is_active(firm):
            self.crowd.count(firm, book.WON_BACK)
        self.relation[firm] |= ACTIVE | BOUGHT_EVER | BOUGHT_NOW
        self.last_order[firm] = self.crowd.week
        good = draws.high32(self.draw(draws.EXPERIENCE, firm)) < offers.quality[firm]
        if not good:
            self.crowd.count(firm, book.DISAPPOINTED)
        self.trust[firm] = loyalty.experienced(
            self.trust[firm], bool(good), b.experience_gain, b.experience_loss
        )
        self.awareness[firm] = attention.reached(self.awareness[firm], b.experience_awareness)

    def lapse(self) -> None:
        """Relationships may end, the sooner the less trust there is."""
        hazard = self.crowd.setting.behaviour.lapse_hazard
        for firm in range(len(self.awareness)):
            if self.is_active(firm):
                chance = loyalty.lapse_chance(hazard, self.trust[firm])
                if draws.uniform(self.draw(draws.LAPSE, firm)) < chance:
                    self.relation[firm] &= ~ACTIVE
                    self.crowd.count(firm, book.LAPSED)

    def report(self) -> None:
        """What the books need to know at the week's end."""
        crowd, week, window = self.crowd, self.crowd.week, self.crowd.setting.window
        if self.rate > 0.0:
            crowd.count_market(book.PEOPLE)
        for firm in range(len(self.awareness)):
            if self.rate > 0.0:
                crowd.count(firm, book.AWARENESS, int(self.awareness[firm] * book.PARTS))
            if self.is_active(firm):
                crowd.count(firm, book.ACTIVE)
                crowd.count(firm, book.TRUST, int(self.trust[firm] * book.PARTS))
            silence = week - self.last_order[firm]
            if self.relation[firm] & BOUGHT_EVER and silence <= window:
                crowd.count(firm, book.SILENT if silence == window else book.SEEN_ACTIVE)
            if (week + 1) % window == 0:
                if self.relation[firm] & BOUGHT_BEFORE:
                    crowd.count(firm, book.WINDOW_BUYERS)
                    if self.relation[firm] & BOUGHT_NOW:
                        crowd.count(firm, book.WINDOW_REPEATERS)
                bought_now = bool(self.relation[firm] & BOUGHT_NOW)
                self.relation[firm] &= ACTIVE | BOUGHT_EVER
                if bought_now:
                    self.relation[firm] |= BOUGHT_BEFORE


class Crowd:
    """All customers, as an engine (:class:`sim.engines.protocol.Engine`).

    Args:
        model: the Mesa model the customers join.
        people: who is in the market.
        setting: what stays the same from week to week.
        address_bits: a tie's address is this many bits.
        customer: class of the customers.
    """

    def __init__(
        self,
        model: mesa.Model,
        people: People,
        setting: Setting,
        address_bits: int,
        customer: Callable[..., Customer] = Customer,
    ) -> None:
        self.model = model
        self.people = people
        self.address_bits = address_bits
        self.setting = setting
        self.firm_ids: list[int] = setting.firm_ids.tolist()
        self.week = 0
        keys = person_keys(setting.seed, people)
        self.customers = [customer(self, row, int(keys[row]), people) for row in range(people.size)]
        self._outbox: list[tuple[Customer, int, int]] = []
        self._clear()

    def _clear(self) -> None:
        tally = Tally.empty(len(self.setting.firm_ids), len(self.setting.activity_ids))
        self._accounts, self.contacts = tally.accounts, tally.contacts

    def count(self, firm: int, account: int, number: int = 1) -> None:
        """Add to an account of a firm."""
        self._accounts[firm, account] += number

    def count_market(self, account: int, number: int = 1) -> None:
        """Add to an account of the market."""
        self._accounts[-1, account] += number

    def send(self, listener: Customer, firm: int, valence: int) -> None:
        """Send a message that is heard at the start of next week."""
        self._outbox.append((listener, firm, valence))

    def open_week(self, week: int) -> np.ndarray:
        """Hear, forget, need; see :class:`sim.engines.protocol.Engine`."""
        self.week = week
        self._clear()
        for phase in (Customer.hear, Customer.forget, Customer.need):
            for customer in self.customers:
                getattr(customer, phase.__name__)()
        audience = np.zeros((len(self.setting.firm_ids), AUDIENCES), np.int64)
        for customer in self.customers:
            if customer.sees:
                for firm in range(len(audience)):
                    audience[firm, 2 * customer.is_active(firm) + customer.in_need] += 1
        return audience

    def close_week(self, week: int, offers: Offers) -> Tally:
        """Meet, talk, buy, lapse; see :class:`sim.engines.protocol.Engine`."""
        for customer in self.customers:
            customer.meet(offers)
        for customer in self.customers:
            customer.converse()
        for customer in self.customers:
            customer.shop(offers)
        for customer in self.customers:
            customer.lapse()
        for customer in self.customers:
            customer.report()
        for listener, firm, valence in self._outbox:
            listener.inbox.append((firm, valence))
        self._outbox.clear()
        return Tally(self._accounts, self.contacts)

    def configure(self, setting: Setting) -> None:
        """Replace the setting between two weeks."""
        self.setting = setting
        keys = person_keys(setting.seed, self.people)
        for customer, key in zip(self.customers, keys, strict=True):
            customer.key = int(key)

    def columns(self) -> dict[str, np.ndarray]:
        """The state as arrays of shape [firm, customer]."""
        firms = len(self.setting.firm_ids)
        out = {
            name: np.array([getattr(c, name) for c in self.customers], dtype).T.copy()
            for name, (dtype, _) in STATE.items()
            if not name.startswith("inbox")
        }
        count = np.zeros((firms, self.people.size), np.uint16)
        valence = np.zeros((firms, self.people.size), np.uint32)
        for c in self.customers:
            for firm, said in c.inbox:
                count[firm, c.row] += 1
                valence[firm, c.row] += said
        return out | {"inbox_count": count, "inbox_valence": valence}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the state. Messages under way keep their number and their sum of valences."""
        for c in self.customers:
            c.awareness = array("f", columns["awareness"][:, c.row].tolist())
            c.trust = array("f", columns["trust"][:, c.row].tolist())
            c.relation = columns["relation"][:, c.row].tolist()
            c.last_order = columns["last_order"][:, c.row].tolist()
            c.inbox = []
            for firm, number in enumerate(columns["inbox_count"][:, c.row].tolist()):
                total = int(columns["inbox_valence"][firm, c.row])
                c.inbox += [(firm, total)] * min(number, 1) + [(firm, 0)] * max(0, number - 1)
