"""Receivables: the open invoices of a firm, until they are paid or written off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compile import compiled
from sim.draws import PAYMENT, stream_key, uniform, word
from sim.rules.credit import is_written_off, pays_chance


@compiled
def _settle(  # type: ignore[no-untyped-def]
    draw_key, pace, stock, row, due, week, firm, prompt, strain, write_off, paid, given_up
):
    """Fill in which invoices are paid this week, and which of the others are written off. A
    customer pays all of a firm's invoices that are due, or none."""
    stream = stream_key(PAYMENT, week, firm, 0)
    for n in range(len(row)):
        i = row[n]
        chance = pays_chance(prompt, np.float64(pace[i]), np.float64(stock[i]), strain)
        paid[n] = due[n] <= week and uniform(word(draw_key[i], stream)) < chance
        given_up[n] = not paid[n] and is_written_off(week - due[n], write_off)


@dataclass(frozen=True)
class Settled:
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
        paid, old = np.zeros(len(self.row), bool), np.zeros(len(self.row), bool)
        _settle(
            draw_key, pace, stock, self.row, self.due, week, self.firm, prompt, strain, write_off,
            paid, old,
        )  # fmt: skip
        falls = self.due == week
        out = Settled(
            due=int(self.cents[falls].sum()),
            collected=int(self.cents[paid].sum()),
            past_due=int(self.cents[falls & ~paid].sum()),
            written_off=int(self.cents[old].sum()),
            owed=int(self.cents[~paid & ~old].sum()),
            overdue=int(self.cents[~paid & ~old & (self.due <= week)].sum()),
        )
        for name in self.COLUMNS:
            setattr(self, name, getattr(self, name)[~paid & ~old])
        return out

    def state(self) -> dict[str, np.ndarray]:
        """The open invoices as columns, for an archive."""
        return {name: getattr(self, name) for name in self.COLUMNS}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the open invoices by those of :meth:`state`."""
        for name in self.COLUMNS:
            setattr(self, name, columns[name])
