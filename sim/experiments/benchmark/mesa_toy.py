"""The toy market with one Mesa agent per customer, as the tutorial of Mesa would have it."""

from __future__ import annotations

import math

import mesa

from sim.experiments.benchmark import toy
from sim.experiments.benchmark.toy import Ends


class Customer(mesa.Agent):
    """A customer of the toy market."""

    def __init__(self, model: Market, rate: float) -> None:
        super().__init__(model)
        self.a = self.t = 0.0
        self.active = False
        self.occasion = 1.0 - math.exp(-rate)
        self.friends: list[Customer] = []
        self.heard = 0

    def hear(self) -> None:
        """Last week's messages arrive, and awareness fades."""
        for _ in range(self.heard):
            self.a += toy.HEARD_AWARENESS * (1.0 - self.a)
            self.t += toy.HEARD_TRUST * (1.0 - self.t)
        self.heard = 0
        self.a *= toy.RETENTION

    def week(self) -> None:
        """Meet adverts, talk, buy, lapse."""
        random = self.random.random
        left, chance = random() - self.model.no_contact, self.model.no_contact
        for n in range(1, toy.MOST_CONTACTS + 1):
            if left < 0.0:
                break
            self.a += toy.ADVERT_GAIN * (1.0 - self.a)
            chance *= toy.CONTACTS / n
            left -= chance
        if self.active and random() < toy.TALK:
            self.random.choice(self.friends).heard += 1
        if random() < self.occasion:
            utility = toy.INTERCEPT + toy.AWARENESS_WEIGHT * self.a + toy.TRUST_WEIGHT * self.t
            if random() < 1.0 / (1.0 + math.exp(-utility)):
                self.active = True
                self.t += toy.EXPERIENCE_GAIN * (1.0 - self.t)
                self.model.sales += 1
        if self.active and random() < toy.LAPSE * (1.0 - self.t):
            self.active = False


class Market(mesa.Model):
    """The toy market of Mesa agents."""

    def __init__(self, customers: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.sales = 0
        self.no_contact = math.exp(-toy.CONTACTS)
        rates = toy.draw_rates(customers, seed).tolist()
        people = list(Customer.create_agents(self, customers, rates))
        for one in people:
            one.friends = self.random.choices(people, k=toy.TIES)

    def step(self) -> None:
        """Simulate a week."""
        self.agents.do("hear")
        self.agents.do("week")


class MesaToy:
    """An engine of the toy market (:class:`sim.experiments.benchmark.toy.Toy`)."""

    def __init__(self, customers: int) -> None:
        self.customers = customers

    def prepare(self, seed: int) -> None:
        """Begin a year with other random draws."""
        self.market = Market(self.customers, seed)

    def step(self) -> None:
        """Simulate a week."""
        self.market.step()

    def ends(self) -> Ends:
        """The values at the end."""
        people, size = list(self.market.agents), self.customers
        aware = sum(one.a for one in people) / size
        return Ends(aware, sum(one.active for one in people) / size, self.market.sales / size)
