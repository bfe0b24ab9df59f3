"""Agents as views: the numbers of all agents of a kind are columns, and an agent shows its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.compile import compiled


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


@compiled
def numpy_sum(values):  # type: ignore[no-untyped-def]
    """Sum of a column, float64, to the bit as ``values.sum()`` of NumPy adds it: in pairs."""
    number = len(values)
    if number < 8:
        total = 0.0
        for value in values:
            total += value
        return total
    if number > 128:
        half = number // 2
        half -= half % 8
        return numpy_sum(values[:half]) + numpy_sum(values[half:])
    lanes = values[:8].copy()
    paired = number - number % 8
    for n in range(8, paired):
        lanes[n % 8] += values[n]
    total = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + (
        (lanes[4] + lanes[5]) + (lanes[6] + lanes[7])
    )
    for n in range(paired, number):
        total += values[n]
    return total
