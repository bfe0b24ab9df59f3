"""The append-only ledger: one record of whole numbers per week, never changed afterwards.

Everything is booked in people and cents of the whole market: counts of simulated customers times
the people each stands for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, CUSTOMER_FLOWS, LEAD_FLOWS, TOUCH_ACTIVITY
from sim.rules.units import QUARTER


class WeekCounts(NamedTuple):
    """Counts of a week as an engine returns them, in simulated customers; all int64.

    Attributes:
        accounts: [firm + 1, account]; the last row is the market.
        contacts: [firm, activity].
        clicks: [firm, activity].
        cells: events by customer characteristics, [firm, acquisition quarter, source, segment,
            flow].
        touched: first and further orders, [firm, last touch, 2].
        surveyed: customers surveyed and the sum of their tastes in 1/65536, [firm, segment, 2].
        couponed: units bought with each coupon, [coupon].
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
    ) -> WeekCounts:
        """Counts of zero."""
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

    def clear(self, quarters: int) -> None:
        """Set all counts to zero; those of customers acquired after the first ``quarters`` quarters
        are zero already."""
        for name, column in zip(self._fields, self, strict=True):
            if name != "cells":
                column.fill(0)
        self.cells[:, :quarters] = 0

    def add(self, other: WeekCounts) -> None:
        """Add other counts to these, in place."""
        for own, more in zip(self, other, strict=True):
            own += more


class WeekRecord(NamedTuple):
    """Record of one week in the ledger; all int64.

    Attributes:
        accounts: [firm + 1, account]; the last row is the market.
        contacts: [firm, activity].
        clicks: [firm, activity].
        spend: cents, [firm, activity].
        touched: first and further orders, [firm, last touch, 2].
        surveyed: as in :class:`WeekCounts`, not scaled up to people.
        cells: customers' accounts by customer characteristics, [row, 6]; columns are firm,
            acquisition quarter, source (touch code), segment, flow (place in ``CUSTOMER_FLOWS``)
            and count.
        leads: leads by source, [row, 4]; columns are firm, source (touch code; one more for the
            reps' own leads), flow (place in ``LEAD_FLOWS``) and count.
    """

    accounts: np.ndarray
    contacts: np.ndarray
    clicks: np.ndarray
    spend: np.ndarray
    touched: np.ndarray
    surveyed: np.ndarray
    cells: np.ndarray
    leads: np.ndarray


class Ledger:
    """The ledger of one run.

    Args:
        firms, activities: names in the order of the arrays.
        opening: weeks simulated before the ledger opens. Their records are kept, because ratings
            use them, but are not reported.
    """

    def __init__(
        self, firms: tuple[str, ...], activities: tuple[str, ...], opening: int = 0
    ) -> None:
        self.firms = firms
        self.activities = activities
        self.opening = opening
        self._records: list[WeekRecord] = []
        self._sums = [np.zeros((len(firms) + 1, len(ACCOUNTS)), np.int64)]  # before each week

    @property
    def weeks(self) -> int:
        """Number of weeks booked since the ledger opened."""
        return max(0, len(self._records) - self.opening)

    @property
    def _open(self) -> list[WeekRecord]:
        return self._records[self.opening :]

    def records(self) -> list[WeekRecord]:
        """All records, including those from before the opening."""
        return list(self._records)

    def append(self, record: WeekRecord) -> None:
        """Book a week. Its arrays become read-only."""
        for column in record:
            column.flags.writeable = False
        self._records.append(record)
        self._sums.append(self._sums[-1] + record.accounts)

    def so_far(self, account: int) -> np.ndarray:
        """Present value of an account that accumulates since the ledger opened, int64 [firm]."""
        if not self.weeks:
            return np.zeros(len(self.firms), np.int64)
        return self._records[-1].accounts[:-1, account]

    def recent(self, weeks: int) -> np.ndarray:
        """Sum of all accounts over the last ``weeks`` weeks, int64 [firm, account]."""
        return self._sum(max(0, self.length - weeks), self.length)[:-1]

    def _sum(self, first: int, last: int) -> np.ndarray:
        """Sum of all accounts from week ``first`` up to ``last``, which is left out, int64
        [firm + 1, account]."""
        return self._sums[last] - self._sums[first]

    @property
    def length(self) -> int:
        """Number of weeks booked, including those from before the opening."""
        return len(self._records)

    def series(self, account: int, first: int, last: int) -> np.ndarray:
        """An account from week ``first`` up to ``last``, which is left out, int64 [week, firm];
        weeks are counted from the first of all records."""
        return np.array([r.accounts[:-1, account] for r in self._records[first:last]])

    def added(self, table: str, first: int, last: int) -> np.ndarray:
        """Sum of a table over weeks as of :meth:`series`, int64.

        Args:
            table: ``accounts``, ``contacts``, ``clicks``, ``spend`` or ``touched``; shapes as in
                :class:`WeekRecord`.
        """
        if table == "accounts":
            return self._sum(first, last)
        return np.asarray(np.add.reduce([getattr(r, table) for r in self._records[first:last]]))

    def lead_flows(self, first: int, last: int) -> np.ndarray:
        """Leads over weeks as of :meth:`series`, int64 [firm, source, flow]; the last source are
        the reps' own leads."""
        sources = TOUCH_ACTIVITY + len(self.activities) + 1
        out = np.zeros((len(self.firms), sources, len(LEAD_FLOWS)), np.int64)
        rows = np.concatenate([r.leads for r in self._records[first:last]])
        np.add.at(out, (rows[:, 0], rows[:, 1], rows[:, 2]), rows[:, 3])
        return out

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
        """Customers' accounts by characteristics, int64 [row, 7]: week (from 0), then as in
        :class:`WeekRecord`."""
        parts = [p.cells for p in self._open]
        if not parts:
            return np.zeros((0, 7), np.int64)
        weeks = np.repeat(np.arange(len(parts)), [len(rows) for rows in parts])
        return np.column_stack([weeks, np.concatenate(parts)])

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
        rows = rows[rows[:, 5] == acc.BY_ACQUIRED]
        np.add.at(out, (rows[:, 0], rows[:, 1], rows[:, 3]), rows[:, 6])
        return out

    def leads(self) -> np.ndarray:
        """Leads by source, int64 [week, firm, source, flow]; the last source are the reps' own
        leads."""
        out = np.zeros(
            (self.weeks, len(self.firms), TOUCH_ACTIVITY + len(self.activities) + 1,
             len(LEAD_FLOWS)), np.int64,
        )  # fmt: skip
        for week, p in enumerate(self._open):
            f, source, flow, number = p.leads.T
            out[week, f, source, flow] = number
        return out

    def copy(self) -> Ledger:
        """Return a ledger with the same records (shared, as they are read-only)."""
        twin = Ledger(self.firms, self.activities, self.opening)
        twin._records, twin._sums = list(self._records), list(self._sums)
        return twin
