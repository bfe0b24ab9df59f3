"""Receivables: what customers owe a firm, invoice by invoice, until it is paid or written off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from sim.draws import PAYMENT, stream_key, uniform, word
from sim.rules.credit import pays_chance


@njit(cache=True, error_model="numpy")
def _paid(person, pace, stock, row, due, week, firm, prompt, strain, out):  # type: ignore
    """Which invoices that are due are paid this week. A customer pays a firm everything or
    nothing in a week."""
    stream = stream_key(PAYMENT, week, firm, 0)
    for n in range(len(row)):
        i = row[n]
        chance = pays_chance(prompt, np.float64(pace[i]), np.float64(stock[i]), strain)
        out[n] = due[n] <= week and uniform(word(person[i], stream)) < chance


@dataclass(frozen=True)
class Settled:
    """What happened to invoices in a week, in cents: ``due`` fell due, ``collected`` was paid,
    ``past_due`` was not paid in the week it was due, ``written_off`` given up; and what is left:
    ``owed``, of which ``overdue``."""

    due: int
    collected: int
    past_due: int
    written_off: int
    owed: int
    overdue: int


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
        """Write invoices."""
        self.row = np.concatenate([self.row, row])
        self.cents = np.concatenate([self.cents, cents])
        self.due = np.concatenate([self.due, np.full(len(row), due, np.int64)])

    def settle(
        self, week: int, person: np.ndarray, pace: np.ndarray, stock: np.ndarray, prompt: float,
        strain: float, write_off: int,
    ) -> Settled:  # fmt: skip
        """Let customers pay, and give up what is too old.

        Args:
            week: lived so far, the warm-up included.
            person: keys of luck, uint64 [customer].
            pace: how promptly each pays, float32 [customer]. stock: units at home.
            prompt, strain, write_off: :class:`sim.rules.credit.Credit`.
        """
        paid = np.zeros(len(self.row), bool)
        _paid(person, pace, stock, self.row, self.due, week, self.firm, prompt, strain, paid)
        falls = self.due == week
        old = ~paid & (self.due + write_off <= week)
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

    def plain(self) -> dict[str, np.ndarray]:
        """The open invoices."""
        return {name: getattr(self, name) for name in self.COLUMNS}

    def load(self, columns: dict[str, np.ndarray]) -> None:
        """Replace the open invoices."""
        for name in self.COLUMNS:
            setattr(self, name, columns[name])
