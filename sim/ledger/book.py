"""The append-only book: one page of whole numbers per week, never changed afterwards.

Everything is booked in people and cents of the whole market: counts of simulated customers times
the people each stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.ledger import accounts as book
from sim.ledger.accounts import ACCOUNTS

COLUMN = {a.name: n for n, a in enumerate(ACCOUNTS)}


@dataclass(frozen=True)
class Page:
    """One week: int64 ``accounts`` [firm + market, account], ``contacts`` and ``spend`` (cents)
    [firm, activity], ``sources`` (customers acquired) [firm, last touch]."""

    accounts: np.ndarray
    contacts: np.ndarray
    spend: np.ndarray
    sources: np.ndarray


class Ledger:
    """The book of one run."""

    def __init__(self, firms: tuple[str, ...], activities: tuple[str, ...]) -> None:
        self.firms = firms
        self.activities = activities
        self._pages: list[Page] = []

    @property
    def weeks(self) -> int:
        """Number of weeks booked."""
        return len(self._pages)

    def append(self, page: Page) -> None:
        """Book a week. Its arrays become read-only."""
        for column in vars(page).values():
            column.flags.writeable = False
        self._pages.append(page)

    @property
    def cash(self) -> np.ndarray:
        """Cash of every firm in cents, int64 [firm]."""
        if not self._pages:
            return np.zeros(len(self.firms), np.int64)
        return self._pages[-1].accounts[:-1, book.CASH]

    def recent(self, account: int, weeks: int) -> np.ndarray:
        """An account's sum over the last weeks, int64 [firm]."""
        pages = self._pages[-weeks:]
        total = np.zeros(len(self.firms), np.int64)
        for p in pages:
            total += p.accounts[:-1, account]
        return total

    def accounts(self) -> np.ndarray:
        """All accounts, int64 [week, firm + market, account]."""
        shape = (0, len(self.firms) + 1, len(ACCOUNTS))
        return (
            np.array([p.accounts for p in self._pages])
            if self._pages
            else np.zeros(shape, np.int64)
        )

    def contacts(self) -> np.ndarray:
        """Contacts, int64 [week, firm, activity]."""
        return np.array([p.contacts for p in self._pages])

    def spend(self) -> np.ndarray:
        """Spend in cents, int64 [week, firm, activity]."""
        return np.array([p.spend for p in self._pages])

    def sources(self) -> np.ndarray:
        """Customers acquired by last touch, int64 [week, firm, touch]."""
        return np.array([p.sources for p in self._pages])

    def copy(self) -> Ledger:
        """A book that begins with the same pages (pages are shared: nobody can change them)."""
        twin = Ledger(self.firms, self.activities)
        twin._pages = list(self._pages)
        return twin


def page(
    tally: np.ndarray,
    contacts: np.ndarray,
    sources: np.ndarray,
    *,
    weight: int,
    spend: np.ndarray,
    list_price: np.ndarray,
    net_price: np.ndarray,
    unit_cost: np.ndarray,
    cash: np.ndarray,
) -> Page:
    """Turn what happened among simulated customers into a week of people and cents.

    Args:
        tally, contacts, sources: of the engine (:class:`sim.engines.protocol.Tally`).
        weight: people each simulated customer stands for.
        spend: cents [firm, activity].
        list_price, net_price, unit_cost: cents per unit [firm].
        cash: cents [firm] before the week.
    """
    out = tally * weight
    units = out[:-1, book.UNITS]
    out[:-1, book.LIST_VALUE] = units * list_price
    out[:-1, book.REVENUE] = units * net_price
    out[:-1, book.GOODS] = units * unit_cost
    out[:-1, book.SPEND] = spend.sum(axis=1)
    out[:-1, book.CASH] = (
        cash + out[:-1, book.REVENUE] - out[:-1, book.GOODS] - out[:-1, book.SPEND]
    )
    return Page(out, contacts * weight, spend.copy(), sources * weight)
