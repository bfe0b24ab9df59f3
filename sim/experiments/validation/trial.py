"""A trial: one market at one setting and one seed, in which published facts are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, wraps

import numpy as np

from sim.config.compose import override
from sim.config.schema import Config
from sim.ledger import accounts as acc
from sim.model.world import World, start
from sim.params import key_of
from sim.rules.units import YEAR

Measure = Callable[["Trial"], dict[str, float]]

WEEKS = 3 * YEAR
"""Booked weeks of a trial's market; branches may be longer."""

BRANCHES_KEPT = 12
"""Branches that a trial keeps in memory for other facts."""


class Trial:
    """One market at one setting of its parameters and one seed.

    Attributes:
        config: configuration of the market.
        seed: of all draws.
    """

    def __init__(self, config: Config, seed: int) -> None:
        self.config = replace(config, weeks=WEEKS, threads=1)
        self.seed = seed
        self.branch = lru_cache(maxsize=BRANCHES_KEPT)(self._branch)

    @cached_property
    def world(self) -> World:
        """The market after its warm-up and a first booked year. Not to be stepped: branch it."""
        return advance(start(self.config, self.seed), YEAR)

    def _branch(self, *changes: str, weeks: int = YEAR) -> World:
        """A branch of :attr:`world` with changes, some weeks later: same people, past and draws.

        Branches are kept, so that facts share their control; they must not be stepped.

        Args:
            changes: ``key=value`` changes that hold from the branch on.
            weeks: simulated after the branch.
        """
        longer = YEAR + weeks > self.config.weeks
        twin = self.world.branch(*changes, *([f"weeks={YEAR + weeks}"] if longer else []))
        return advance(twin, weeks)

    def begin(self, *changes: str) -> World:
        """A new market of this setting after its warm-up, before its first booked week.

        Args:
            changes: ``key=value`` changes of the configuration from the beginning on.
        """
        return start(override(self.config, *changes) if changes else self.config, self.seed)

    def advertising(self, firm: str) -> list[str]:
        """The lines of a firm that are advertising, by convention those that reach people through
        media outlets (``mediated``) and cannot be answered."""
        known = self.config.activities
        return [
            name for name, money in self.config.firms[firm].budget.items()
            if money > 0.0 and known[name].mediated and not known[name].two_way
        ]  # fmt: skip

    def spending(self, firm: str, lines: Sequence[str], factor: float) -> list[str]:
        """Changes that multiply a firm's budget of some lines by a factor."""
        budget = self.config.firms[firm].budget
        return [
            f"{key_of(('firms', firm, 'budget', line))}={budget[line] * factor}" for line in lines
        ]


OTHER_SEED = 1_000_003
"""Distance between the seeds of repeated draws; a prime, so that seeds of trials do not meet."""


def repeats(trial: Trial, number: int) -> Iterator[Trial]:
    """A trial, and others with its market and past and with other random draws from now on."""
    yield trial
    for n in range(1, number):
        seed = trial.seed + n * OTHER_SEED
        other = Trial(trial.config, seed)
        other.world = trial.world.branch(seed=seed)
        yield other


def repeated(number: int) -> Callable[[Measure], Measure]:
    """Make figures means over a number of random draws (:func:`repeats`), where known."""

    def wrap(function: Measure) -> Measure:
        @wraps(function)
        def means(trial: Trial) -> dict[str, float]:
            found = [function(one) for one in repeats(trial, number)]
            return {key: mean([one[key] for one in found]) for key in found[0]}

        return means

    return wrap


def mean(values: Iterable[float]) -> float:
    """Mean of the values that could be measured, NaN if there is none."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def advance(world: World, weeks: int) -> World:
    """Simulate some more weeks of a world, which is returned."""
    for _ in range(weeks):
        world.step()
    return world


def flows(world: World, weeks: int = YEAR, skip: int = 0) -> np.ndarray:
    """Accounts summed over the last weeks.

    Args:
        world: after the weeks.
        weeks: number of weeks.
        skip: most recent weeks to leave out.

    Returns:
        In people and cents, float64 [firm, account] (:mod:`sim.ledger.accounts`).
    """
    booked = world.ledger.accounts()
    last = len(booked) - skip
    return np.asarray(booked[last - weeks : last, :-1].sum(axis=0), np.float64)


def sales(world: World, weeks: int = YEAR, skip: int = 0) -> np.ndarray:
    """Units sold in the last weeks, float64 [firm]; see :func:`flows`."""
    return np.asarray(flows(world, weeks, skip)[:, acc.UNITS])


def elasticity(treated: float, control: float, step: float) -> float:
    """Arc elasticity: log of treated over control, over the log of 1 + step; NaN if one is not
    positive."""
    if treated <= 0.0 or control <= 0.0:
        return float("nan")
    return float(np.log(treated / control) / np.log1p(step))


def ratio(part: float, whole: float) -> float:
    """A part over a whole; NaN if the whole is not positive."""
    return part / whole if whole > 0 else float("nan")
