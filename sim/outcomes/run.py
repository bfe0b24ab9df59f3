"""The record of a run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.config import Config
from sim.kpis import KPIS, Window, over, weekly
from sim.ledger.accounts import ACCOUNTS
from sim.ledger.book import Ledger
from sim.market.calendar import YEAR

if TYPE_CHECKING:
    import pandas as pd

TOUCHES = ("nothing", "word of mouth", "looking around")
"""Touches that are no activity, by their code (:mod:`sim.engines.protocol`)."""


@dataclass(frozen=True)
class Run:
    """A finished run. Everything is derived from ``ledger``; nothing here changes it.

    Attributes:
        config: as resolved.
        seed: of all luck.
        plan: name of the plan, or ``""`` for declared budgets alone.
        start: Monday of the first week.
        firms: names in order of ids, as in the ledger's arrays.
        ledger: the book.
    """

    config: Config
    seed: int
    plan: str
    start: dt.date
    firms: tuple[str, ...]
    ledger: Ledger

    def window(self, first: int = 0, last: int | None = None) -> Window:
        """Weeks ``first`` to ``last`` - 1 (from 0) as one window."""
        return over(self._accounts[first:last], self.config.measurement.window)

    def kpi(self, name: str, first: int = 0, last: int | None = None) -> dict[str, float]:
        """A KPI over a window, by firm."""
        values = KPIS[name].function(self.window(first, last))
        return dict(zip(self.firms, values.tolist(), strict=True))

    @cached_property
    def _accounts(self) -> np.ndarray:
        return self.ledger.accounts()

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """One row per (week, firm), one column per KPI; weeks count from 1."""
        import pandas as pd

        weeks, firms = self.ledger.weeks, len(self.firms)
        window = weekly(self._accounts, self.config.measurement.window)
        mondays = [self.start + dt.timedelta(days=7 * w) for w in range(weeks)]
        frame = {
            "week": np.repeat(np.arange(1, weeks + 1), firms),
            "date": np.repeat(np.array(mondays, "datetime64[s]"), firms),
            "firm": list(self.firms) * weeks,
        }
        frame |= {name: k.function(window).reshape(-1) for name, k in KPIS.items()}
        return pd.DataFrame(frame)

    @cached_property
    def yearly(self) -> pd.DataFrame:
        """One row per (year, firm) and the whole run as year 0; one column per KPI."""
        import pandas as pd

        rows = [
            {"year": year, "firm": firm}
            | {name: values[f] for name, values in self._values(first, last).items()}
            for year, first, last in years(self.ledger.weeks)
            for f, firm in enumerate(self.firms)
        ]
        return pd.DataFrame(rows)

    def _values(self, first: int, last: int) -> dict[str, np.ndarray]:
        window = self.window(first, last)
        return {name: k.function(window) for name, k in KPIS.items()}

    @property
    def touches(self) -> tuple[str, ...]:
        """Names of the last touches customers are booked to, in the ledger's order."""
        return (*TOUCHES, *self.ledger.activities)

    @cached_property
    def book(self) -> pd.DataFrame:
        """The ledger as a tidy table: week, firm, account, activity, count, cents."""
        import pandas as pd

        names = np.array([*self.firms, "market"])
        w, f, a = np.nonzero(self._accounts)
        value = self._accounts[w, f, a]
        cents = np.array([x.unit == "cents" for x in ACCOUNTS])[a]
        frames = [
            pd.DataFrame(
                {
                    "week": w + 1,
                    "firm": names[f],
                    "account": np.array([x.name for x in ACCOUNTS])[a],
                    "activity": "",
                    "count": np.where(cents, 0, value),
                    "cents": np.where(cents, value, 0),
                }
            )
        ]
        contacts, spent = self.ledger.contacts(), self.ledger.spend()
        w, f, k = np.nonzero(contacts + spent)
        frames.append(
            pd.DataFrame(
                {
                    "week": w + 1,
                    "firm": names[f],
                    "account": "contacts",
                    "activity": np.array(self.ledger.activities)[k],
                    "count": contacts[w, f, k],
                    "cents": spent[w, f, k],
                }
            )
        )
        sources = self.ledger.sources()
        w, f, t = np.nonzero(sources)
        frames.append(
            pd.DataFrame(
                {
                    "week": w + 1,
                    "firm": names[f],
                    "account": "acquired_through",
                    "activity": np.array(self.touches)[t],
                    "count": sources[w, f, t],
                    "cents": 0,
                }
            )
        )
        return pd.concat(frames).sort_values(["week", "firm"], kind="stable", ignore_index=True)


def years(weeks: int) -> list[tuple[int, int, int]]:
    """(year, first week, week after the last) for every begun year, then (0, 0, weeks)."""
    out = [(n // YEAR + 1, n, min(n + YEAR, weeks)) for n in range(0, weeks, YEAR)]
    return [*out, (0, 0, weeks)]
