"""The append-only book: one page of whole numbers per week, never changed afterwards.

Everything is booked in people and cents of the whole market: counts of simulated customers times
the people each stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.ledger import accounts as book
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS, LEAD_FLOWS, TOUCH_ACTIVITY
from sim.rules.units import QUARTER

COLUMN = {a.name: n for n, a in enumerate(ACCOUNTS)}


@dataclass(frozen=True)
class Tally:
    """What happened among customers in a week, in simulated customers; int64.

    ``accounts`` [firm + 1, account], the last row is the market; ``contacts`` and ``clicks``
    [firm, activity]; ``cells`` [firm, acquisition quarter, source, segment, flow]; ``touched``
    [firm, last touch, 2], first and further orders; ``surveyed`` [firm, segment, 2], people
    surveyed and the sum of their tastes in 1/65536; ``couponed`` units bought with each coupon.
    """

    accounts: np.ndarray
    contacts: np.ndarray
    clicks: np.ndarray
    cells: np.ndarray
    touched: np.ndarray
    surveyed: np.ndarray
    couponed: np.ndarray

    @classmethod
    def empty(
        cls, firms: int, activities: int, quarters: int, segments: int, coupons: int
    ) -> Tally:
        """A tally of zeros."""
        sources = TOUCH_ACTIVITY + activities
        return cls(
            np.zeros((firms + 1, len(ACCOUNTS)), np.int64),
            np.zeros((firms, activities), np.int64),
            np.zeros((firms, activities), np.int64),
            np.zeros((firms, quarters, sources, segments, len(CUSTOMER_FLOWS)), np.int64),
            np.zeros((firms, sources, 2), np.int64),
            np.zeros((firms, segments, 2), np.int64),
            np.zeros(coupons, np.int64),
        )

    def add(self, other: Tally) -> None:
        """Add another tally to this one, in place."""
        for own, more in zip(vars(self).values(), vars(other).values(), strict=True):
            own += more


@dataclass(frozen=True)
class Selling:
    """What happened in sales and with money in a week.

    ``leads`` int64 [firm, source, flow of ``LEAD_FLOWS``], in simulated customers; ``people`` dict
    from account to int64 [firm], in simulated customers; ``other`` the same for what is counted as
    it is: reps, hours, cents. ``cuts`` cents [firm], what reps' discounts took off.
    """

    leads: np.ndarray
    people: dict[int, np.ndarray]
    other: dict[int, np.ndarray]
    cuts: np.ndarray


@dataclass(frozen=True)
class Page:
    """One week: int64 ``accounts`` [firm + market, account]; ``contacts``, ``clicks`` and ``spend``
    (cents) [firm, activity]; ``touched`` [firm, last touch, 2], first and further orders;
    ``surveyed`` [firm, segment, 2], people and the sum of their tastes in 1/65536; ``cells``
    [row, 6], customers' accounts split by who they are: firm, acquisition quarter, source (touch
    code), segment, flow (place in ``CUSTOMER_FLOWS``), count; ``leads`` [row, 4]: firm, source
    (touch code; one more for own leads), flow (place in ``LEAD_FLOWS``), count."""

    accounts: np.ndarray
    contacts: np.ndarray
    clicks: np.ndarray
    spend: np.ndarray
    touched: np.ndarray
    surveyed: np.ndarray
    cells: np.ndarray
    leads: np.ndarray


class Ledger:
    """The book of one run.

    Args:
        firms, activities: names in the order of the arrays.
        opening: weeks lived before the books open; they are kept (ratings look back at them) and
            shown nowhere.
    """

    def __init__(
        self, firms: tuple[str, ...], activities: tuple[str, ...], opening: int = 0
    ) -> None:
        self.firms = firms
        self.activities = activities
        self.opening = opening
        self._pages: list[Page] = []

    @property
    def weeks(self) -> int:
        """Number of weeks booked since the books opened."""
        return max(0, len(self._pages) - self.opening)

    @property
    def _open(self) -> list[Page]:
        return self._pages[self.opening :]

    def pages(self) -> list[Page]:
        """Every page, those from before the opening too."""
        return list(self._pages)

    def append(self, page: Page) -> None:
        """Book a week. Its arrays become read-only."""
        for column in vars(page).values():
            column.flags.writeable = False
        self._pages.append(page)

    def so_far(self, account: int) -> np.ndarray:
        """An account that adds up since the books opened, int64 [firm]."""
        if not self.weeks:
            return np.zeros(len(self.firms), np.int64)
        return self._pages[-1].accounts[:-1, account]

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
            np.array([p.accounts for p in self._open]) if self.weeks else np.zeros(shape, np.int64)
        )

    def contacts(self) -> np.ndarray:
        """Contacts, int64 [week, firm, activity]."""
        return np.array([p.contacts for p in self._open])

    def clicks(self) -> np.ndarray:
        """People who clicked, int64 [week, firm, activity]."""
        return np.array([p.clicks for p in self._open])

    def spend(self) -> np.ndarray:
        """Spend in cents, int64 [week, firm, activity]."""
        return np.array([p.spend for p in self._open])

    def cells(self) -> np.ndarray:
        """Customers' accounts by who they are, int64 [row, 7]: week (from 0), then as in
        :class:`Page`."""
        parts = [np.insert(p.cells, 0, week, axis=1) for week, p in enumerate(self._open)]
        return np.concatenate(parts) if parts else np.zeros((0, 7), np.int64)

    def cohorts(self) -> np.ndarray:
        """Customers' accounts by acquisition quarter, int64 [week, firm, quarter, flow]."""
        w, f, cohort, _, _, flow, number = self.cells().T
        quarters = 2 + self.weeks // QUARTER
        out = np.zeros((self.weeks, len(self.firms), quarters, len(CUSTOMER_FLOWS)), np.int64)
        np.add.at(out, (w, f, cohort, flow), number)
        return out

    def touched(self) -> np.ndarray:
        """Orders by last touch, int64 [week, firm, touch, first or further order]."""
        return np.array([p.touched for p in self._open])

    def sources(self) -> np.ndarray:
        """Customers acquired by last touch, int64 [week, firm, touch]."""
        out = np.zeros(
            (self.weeks, len(self.firms), TOUCH_ACTIVITY + len(self.activities)), np.int64
        )
        rows = self.cells()
        rows = rows[rows[:, 5] == book.BY_ACQUIRED]
        np.add.at(out, (rows[:, 0], rows[:, 1], rows[:, 3]), rows[:, 6])
        return out

    def leads(self) -> np.ndarray:
        """Leads by source, int64 [week, firm, source, flow]; the last source are own leads."""
        out = np.zeros(
            (self.weeks, len(self.firms), TOUCH_ACTIVITY + len(self.activities) + 1,
             len(LEAD_FLOWS)), np.int64,
        )  # fmt: skip
        for week, p in enumerate(self._open):
            f, source, flow, number = p.leads.T
            out[week, f, source, flow] = number
        return out

    def copy(self) -> Ledger:
        """A book that begins with the same pages (pages are shared: nobody can change them)."""
        twin = Ledger(self.firms, self.activities, self.opening)
        twin._pages = list(self._pages)
        return twin


def page(
    tally: Tally,
    *,
    weight: int,
    spend: np.ndarray,
    list_price: np.ndarray,
    net_price: np.ndarray,
    unit_cost: np.ndarray,
    coupons: Sequence[tuple[int, int]],
    sold: Selling,
    stores: int,
    week: int,
    inbound: np.ndarray,
    answerable: np.ndarray,
    before: Callable[[int], np.ndarray],
) -> Page:
    """Turn what happened among simulated customers into a week of people and cents.

    Args:
        tally: of the engine.
        weight: people each simulated customer stands for.
        spend: cents [firm, activity].
        list_price, net_price, unit_cost: cents per unit [firm].
        coupons: firm and cents per unit of every coupon, in the order of ``tally.couponed``.
        sold: what sales did.
        stores: outlets in the market.
        week: since the books opened, from 0.
        inbound: bool [touch], whether customers begin such contacts.
        answerable: bool [activity], whether people can answer.
        before: gives an account that adds up, [firm], as it was before the week.
    """
    out = tally.accounts * weight
    units = out[:-1, book.UNITS]
    out[:-1, book.LIST_VALUE] = units * list_price
    out[:-1, book.REVENUE] = units * net_price
    for (firm, price), bought in zip(coupons, (tally.couponed * weight).tolist(), strict=True):
        out[firm, book.REVENUE] -= bought * (int(net_price[firm]) - price)
    out[:-1, book.REVENUE] -= sold.cuts * weight
    for flow, account in enumerate(LEAD_FLOWS):
        out[:-1, account] = sold.leads[:, :, flow].sum(axis=1) * weight
    out[:-1, book.OWN_LEADS] = sold.leads[:, -1, 0] * weight
    for account, number_of in sold.people.items():
        out[:-1, account] = number_of * weight
    for account, amount in sold.other.items():
        out[:-1, account] = amount
    out[-1, book.STORES] = stores
    at_once = out[:-1, book.REVENUE] - out[:-1, book.CREDIT_SALES]
    out[:-1, book.DUE] += at_once
    out[:-1, book.COLLECTED] += at_once
    out[:-1, book.GOODS] = units * unit_cost
    out[:-1, book.SPEND] = spend.sum(axis=1)
    out[:-1, book.CONTACTS] = tally.contacts.sum(axis=1) * weight
    out[:-1, book.CLICKS] = tally.clicks.sum(axis=1) * weight
    out[:-1, book.ENGAGED] = tally.clicks[:, answerable].sum(axis=1) * weight
    out[:-1, book.ANSWERABLE] = tally.contacts[:, answerable].sum(axis=1) * weight
    won = tally.cells[..., book.BY_ACQUIRED]
    out[:-1, book.INBOUND] = won[:, :, inbound].sum(axis=(1, 2, 3)) * weight
    out[:-1, book.ACQUIRED_TO_DATE] = before(book.ACQUIRED_TO_DATE) + (
        won[:, 1:].sum(axis=(1, 2, 3)) * weight
    )
    out[:-1, book.VALUE_TO_DATE] = before(book.VALUE_TO_DATE) + _worth(
        tally.cells, week, net_price - unit_cost, weight
    )
    out[:-1, book.CASH] = (
        before(book.CASH) + out[:-1, book.COLLECTED] - out[:-1, book.PAID_OUT].sum(axis=1)
    )
    return Page(
        out, tally.contacts * weight, tally.clicks * weight, spend.copy(), tally.touched * weight,
        tally.surveyed.copy(),
        _rows(tally.cells, weight), _rows(sold.leads, weight),
    )  # fmt: skip


def _worth(cells: np.ndarray, week: int, margin: np.ndarray, weight: int) -> np.ndarray:
    """Margin of this week's units from customers won since the books opened, at list discount, in
    cents of the middle of their quarter of acquisition, int64 [firm]."""
    bought = cells[:, 1:, :, :, book.BY_UNITS].sum(axis=(2, 3)) * weight
    age = np.maximum(0.0, week - QUARTER * (np.arange(bought.shape[1]) + 0.5))
    discount = (1.0 - book.YEARLY_DISCOUNT) ** (age / 52.0)
    return np.asarray(np.rint((bought * discount).sum(axis=1) * margin).astype(np.int64))


def _rows(table: np.ndarray, weight: int) -> np.ndarray:
    """The places of a table that are not 0, and what stands there times ``weight``; int64."""
    flat = table.reshape(-1)
    where = np.flatnonzero(flat)
    places = np.unravel_index(where, table.shape)
    return np.stack([*places, flat[where] * weight], axis=1).astype(np.int64)
