"""Agents as views: the numbers of all agents of a kind are columns, and an agent shows its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class Field:
    """A number of an agent, kept in its row (``record``) of a column of all agents."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, agent: Any, owner: type | None = None) -> Any:
        return self if agent is None else agent.record[self.name].item()

    def __set__(self, agent: Any, value: Any) -> None:
        agent.record[self.name] = value


def declarations(rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Declared numbers of firms as compiled code reads them: a record of float64 for each firm,
    with fields named as the keys; switches are 0 and 1."""
    kinds = np.dtype([(name, np.float64) for name in rows[0]])
    return np.array([tuple(row.values()) for row in rows], kinds)
