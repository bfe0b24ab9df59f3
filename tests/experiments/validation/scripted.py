"""A market of one firm whose sales follow a formula, to test how facts are measured."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Self

import numpy as np

from sim.config.compose import load_config
from sim.experiments.validation.trial import Trial
from sim.ledger import accounts as acc
from sim.rules.units import YEAR

FIRM = "birch"
CONFIG = load_config("market=brand")
ADVERTISING = CONFIG.firms[FIRM].budget["broadcast"]
PRICE = CONFIG.firms[FIRM].list_price


class Market:
    """Branches and steps like a world.

    Args:
        sales: units of a week, from what was changed, by last part of the key, in each week since
            the branch was made, itself the last.
    """

    names = (FIRM,)

    def __init__(self, sales, changed=None, weeks=()):
        self.sales, self.changed, self.weeks = sales, changed or {}, list(weeks)
        self.ledger = SimpleNamespace(accounts=self.accounts)

    def branch(self, *changes: str, seed: int = 0) -> Self:
        known = dict(change.split("=") for change in changes)
        new = {key.rpartition(".")[2]: float(value) for key, value in known.items()}
        return type(self)(self.sales, self.changed | new, self.weeks)

    def step(self) -> None:
        self.weeks.append(self.changed)

    def accounts(self) -> np.ndarray:
        out = np.zeros((YEAR + len(self.weeks), 2, len(acc.ACCOUNTS)))
        sold = [self.sales(self.weeks[: n + 1]) for n in range(len(self.weeks))]
        out[YEAR:, 0, acc.UNITS] = sold
        return out


def scripted(sales) -> Trial:
    """A trial in such a market."""
    trial = Trial(CONFIG, 1)
    trial.world = Market(sales)
    return trial
