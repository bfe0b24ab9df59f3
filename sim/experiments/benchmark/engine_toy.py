"""The toy market as the package itself simulates it: its market ``toy``."""

from __future__ import annotations

from dataclasses import replace

from sim.config.compose import load_config
from sim.experiments.benchmark import toy
from sim.experiments.benchmark.toy import Ends
from sim.model.world import start


class EngineToy:
    """An engine of the toy market (:class:`sim.experiments.benchmark.toy.Toy`).

    Args:
        customers: number of customers.
        threads: number of threads.
        engine: ``columnar`` or ``reference``.
    """

    def __init__(self, customers: int, threads: int = 1, engine: str = "columnar") -> None:
        self.customers, self.engine = customers, engine
        config = load_config("market=toy")
        each = customers / config.population.customers
        (firm,) = config.firms.values()
        firm.budget = {name: money * each for name, money in firm.budget.items()}
        size = replace(config.population, customers=customers, people=customers)
        self.config = replace(config, weeks=toy.WEEKS, population=size, threads=threads)

    def prepare(self, seed: int) -> None:
        """Begin a year with other random draws."""
        self.world = start(self.config, seed, engine=self.engine)

    def step(self) -> None:
        """Simulate a week."""
        self.world.step()

    def ends(self) -> Ends:
        """The values at the end."""
        weekly, size = self.world.run().weekly, self.customers
        last = weekly.iloc[-1]
        return Ends(
            float(last["awareness"]), float(last["active_customers"]) / size,
            float(weekly["orders"].sum()) / size,
        )  # fmt: skip
