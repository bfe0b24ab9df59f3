"""Paths of customers' state: recorded in one run, and held at in another.

A path has two values a week: at its beginning, after the week's interventions, treatments and
injected events; and after its contacts and sales calls, before customers talk and shop. Holding a
column replaces its values at both moments; between them, and after shopping, the rules change it as
they always do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.engines.protocol import HELD, Held, make_held
from sim.model.state import MarketState
from sim.params import ConfigError, one_of

MOMENTS = ("beginning of the week", "before customers talk and shop")


@dataclass(frozen=True)
class StatePath:
    """A column of customers' state in the weeks of a run.

    Attributes:
        column: name of the column, one of :data:`sim.engines.protocol.HELD`.
        first: first week, from 1.
        values: float32 [week, moment, firm, customer]; moments as in :data:`MOMENTS`.
        trait_seed: seed of the customers' traits, by which customers are known to be the same.
    """

    column: str
    first: int
    values: np.ndarray
    trait_seed: int

    @property
    def last(self) -> int:
        """Last week."""
        return self.first + len(self.values) - 1

    def at(self, week: int) -> np.ndarray:
        """Values in a week, float32 [moment, firm, customer].

        Raises:
            ConfigError: the path has no such week.
        """
        if not self.first <= week <= self.last:
            raise ConfigError(
                "{where}: the path has the weeks {first} to {last}, and no week {week}; release "
                "the column or record a longer path.",
                where=f"hold {self.column}", first=self.first, last=self.last, week=week,
            )  # fmt: skip
        return np.asarray(self.values[week - self.first])


@dataclass
class Recording:
    """A path that is being recorded.

    Attributes:
        first: first week, from 1.
        weeks: values of each week, float32 [moment, firm, customer].
    """

    first: int
    weeks: list[np.ndarray] = field(default_factory=list)


def column_of(name: str) -> str:
    """The name of a column that can be held.

    Raises:
        ConfigError: there is none, or changes of it are added up in the accounts.
    """
    return one_of(name, "column", HELD)


def begin_week(state: MarketState) -> None:
    """Set columns that are held, and note those that are recorded, at the first moment."""
    week = state.week + 1
    if state.held:
        columns = state.engine.columns()
        for name, path in state.held.items():
            columns[name] = path.at(week)[0]
        state.engine.load(columns)
    for name, recording in state.recorded.items():
        now = state.engine.column(name).astype(np.float32)
        recording.weeks.append(np.stack([now, now]))


def held(state: MarketState) -> Held:
    """Values of the second moment for the engine."""
    return make_held({name: path.at(state.week + 1)[1] for name, path in state.held.items()})


def noted(state: MarketState) -> Held:
    """Columns in which the engine notes the values of the second moment."""
    recorded: Mapping[str, Recording] = state.recorded
    return make_held({name: recording.weeks[-1][1] for name, recording in recorded.items()})
