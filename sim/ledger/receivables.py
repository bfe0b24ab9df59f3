"""Receivables: the open invoices of a firm, until they are paid or written off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.compile import compiled
from sim.draws import PAYMENT, stream_key, uniform, word
from sim.rules.credit import is_written_off, pays_chance


class Settled(NamedTuple):
    """Settlement of invoices in a week, in cents.

    ``due`` fell due this week, ``collected`` was paid, ``past_due`` fell due this week and was not
    paid, ``written_off`` was given up. ``owed`` remains open; of it, ``overdue`` is past its date.
    """

    due: int
    collected: int
    past_due: int
    written_off: int
    owed: int
    overdue: int


NOTHING_SETTLED = Settled(0, 0, 0, 0, 0, 0)


@compiled
def _settle(  # type: ignore[no-untyped-def]
    draw_key, pace, stock, row, cents, due, week, firm, prompt, strain, write_off
):
    """Settle a firm's invoices: the columns of those that stay open, and the fields of
    :class:`Settled`. A customer pays all of a firm's invoices that are due, or none."""
    stream, n = stream_key(PAYMENT, week, firm, 0), 0
    falls, collected, past_due, written_off, owed, overdue = 0, 0, 0, 0, 0, 0
    left = np.empty((3, len(row)), np.int64)
    for j in range(len(row)):
        i, amount = row[j], cents[j]
        chance = pays_chance(prompt, np.float64(pace[i]), np.float64(stock[i]), strain)
        paid = due[j] <= week and uniform(word(draw_key[i], stream)) < chance
        if due[j] == week:
            falls += amount
            past_due += 0 if paid else amount
        if paid:
            collected += amount
        elif is_written_off(week - due[j], write_off):
            written_off += amount
        else:
            owed += amount
            overdue += amount if due[j] <= week else 0
            left[0, n], left[1, n], left[2, n] = i, amount, due[j]
            n += 1
    return left[:, :n], (falls, collected, past_due, written_off, owed, overdue)


class Receivables:
    """Open invoices of one firm, int64 columns: ``row`` of the customer, ``cents``, ``due`` week.

    Args:
        firm: its id, which keys the draws.
    """

    COLUMNS = ("row", "cents", "due")

    def __init__(self, firm: int) -> None:
        self.firm = firm
        self.row, self.cents, self.due = (np.zeros(0, np.int64) for _ in self.COLUMNS)

    def bill(self, row: np.ndarray, cents: np.ndarray, due: int) -> None:
        """Add invoices.

        Args:
            row: rows of the customers, int64 [invoice].
            cents: amounts, int64 [invoice].
            due: week in which they are due, the warm-up included.
        """
        self.row = np.concatenate([self.row, row])
        self.cents = np.concatenate([self.cents, cents])
        self.due = np.concatenate([self.due, np.full(len(row), due, np.int64)])

    def settle(
        self, week: int, draw_key: np.ndarray, pace: np.ndarray, stock: np.ndarray, prompt: float,
        strain: float, write_off: int,
    ) -> Settled:  # fmt: skip
        """Collect this week's payments and write off invoices that are too old.

        Args:
            week: current week, the warm-up included.
            draw_key: keys of the random draws, uint64 [customer].
            pace: promptness of payment relative to typical, float32 [customer].
            stock: units at home, float32 [customer].
            prompt, strain, write_off: :class:`sim.rules.credit.Credit`.
        """
        left, settled = _settle(
            draw_key, pace, stock, self.row, self.cents, self.due, week, self.firm, prompt, strain,
            write_off,
        )  # fmt: skip
        self.row, self.cents, self.due = left
        return Settled(*settled)

    def state(self) -> dict[str, np.ndarray]:
        """The open invoices as columns, for an archive."""
        return {name: getattr(self, name) for name in self.COLUMNS}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the open invoices by those of :meth:`state`."""
        for name in self.COLUMNS:
            setattr(self, name, columns[name])
