"""Agents as views: the numbers of all agents of a kind are columns, and an agent shows its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

T = TypeVar("T")


class Field(Generic[T]):
    """A number of an agent, or an array of numbers, kept in the agent's ``record`` among those of
    all agents of its kind."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, agent: Any, owner: type) -> T:
        if agent is None:
            return self  # type: ignore[return-value]
        value: Any = agent.record[self.name]
        return value if value.ndim else value.item()  # type: ignore[no-any-return]

    def __set__(self, agent: Any, value: Any) -> None:
        agent.record[self.name] = value


def declarations(rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Declared numbers of firms as compiled code reads them: a record of float64 for each firm,
    with fields named as the keys; switches are 0 and 1."""
    kinds = np.dtype([(name, np.float64) for name in rows[0]])
    return np.array([tuple(row.values()) for row in rows], kinds)
