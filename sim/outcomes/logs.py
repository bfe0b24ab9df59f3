"""Logs: single events as rows of integers, kept only on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engines.protocol import ACTIVE, GONE
from sim.ledger.orders import OrderLines

LOGS = {
    "purchases": (
        "week", "customer", "firm", "units", "cents", "first", "source", "touch", "tags",
    ),
    "customers": ("week", "customer", "firm", "event", "source", "referrer", "tags"),
    "messages": ("week", "from", "to", "firm", "valence"),
    "leads": (
        "week", "customer", "firm", "rep", "source", "created", "asked", "hours", "talks", "fate",
        "tags",
    ),
}  # fmt: skip
"""The logs, with their columns."""

EVENTS = ("acquired", "won back", "lapsed", "left the market", "removed", "joined")
"""Names of the codes of ``event``; customers are ``removed`` and have ``joined`` by experiments."""


def log_table(name: str, rows: Sequence[np.ndarray]) -> np.ndarray:
    """All rows of a log, int64 [row, column of :data:`LOGS`]."""
    return np.concatenate(rows) if rows else np.zeros((0, len(LOGS[name])), np.int64)


def _stack(*columns: np.ndarray) -> np.ndarray:
    return np.stack([c.astype(np.int64) for c in columns], axis=1)


def message_rows(week: int, messages: np.ndarray) -> np.ndarray:
    """Rows of the messages sent in a week (from 1), in an order independent of the engine."""
    order = np.lexsort(messages.T[::-1])
    return np.insert(messages[order], 0, week, axis=1)


def purchase_rows(
    week: int, lines: OrderLines, acquired_via: np.ndarray, last_touch: np.ndarray
) -> np.ndarray:
    """Rows of a week's orders; ``acquired_via`` and ``last_touch`` hold touch codes
    [firm, customer]."""
    return _stack(
        np.full(len(lines.row), week), lines.row, lines.firm, lines.units,
        lines.price * lines.units, lines.first, acquired_via[lines.firm, lines.row],
        last_touch[lines.firm, lines.row], lines.tags,
    )  # fmt: skip


def lead_rows(week: int, firm: int, closed: np.ndarray, tags: np.ndarray) -> np.ndarray:
    """Rows of a firm's leads that ended in a week, from the ``closed`` rows of its lead pool."""
    rows = np.insert(closed, 1, firm, axis=1)
    rows = np.insert(np.column_stack([rows, tags[rows[:, 0]]]), 0, week, axis=1)
    return rows.astype(np.int64)


@dataclass(frozen=True)
class Relations:
    """Relationships before and after the experiments of a week, flags [firm, customer], and
    whether customers have left the market by then, bool [customer]."""

    before: np.ndarray
    after: np.ndarray
    gone: np.ndarray


def relation_rows(
    week: int, clock: int, relations: Relations, state: dict[str, np.ndarray]
) -> np.ndarray:
    """Rows of relationships that began or ended in a week, events in the order of
    :data:`EVENTS`; ``state`` is the engine's at the week's end."""
    was, now = relations.after & ACTIVE > 0, state["relation"] & ACTIVE > 0
    first = relations.before & ACTIVE > 0
    bought = state["last_order"] == clock
    new = state["first_order"] == clock
    ended, gone = (was | bought) & ~now, state["here"] == GONE
    happened = (
        new, bought & ~was & ~new, ended & ~gone, (ended & gone) | (first & ~was & relations.gone),
        first & ~was & ~relations.gone, was & ~first,
    )  # fmt: skip
    rows = []
    for event, mask in enumerate(happened):
        f, i = np.nonzero(mask)
        rows.append(
            _stack(np.full(len(f), week), i, f, np.full(len(f), event), state["acquired_via"][f, i],
                   state["referrer"][f, i], state["tags"][i])
        )  # fmt: skip
    return np.concatenate(rows)
