"""Helpers that the measuring functions share."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.experiments.validation.trial import Trial
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.rules.units import CENTS, YEAR


def established(trial: Trial) -> list[tuple[int, str]]:
    """Rows and names of the firms that were in the market before its first week."""
    firms = trial.config.firms
    return [(f, name) for f, name in enumerate(trial.world.names) if not firms[name].enters]


def advertisers(trial: Trial) -> list[tuple[int, str]]:
    """Of these, the firms that spend on advertising."""
    return [(f, name) for f, name in established(trial) if trial.advertising(name)]


def weekly_units(world: World) -> np.ndarray:
    """Units sold by week since a branch was made, float64 [week, firm]."""
    return np.asarray(world.ledger.accounts()[YEAR:, :-1, acc.UNITS], np.float64)


def units(world: World, first: int = 0, last: int = YEAR) -> np.ndarray:
    """Units sold in weeks ``first`` to ``last`` - 1 of a branch, float64 [firm]."""
    return np.asarray(weekly_units(world)[first:last].sum(axis=0))


def profit(world: World) -> np.ndarray:
    """Profit since a branch was made, money, float64 [firm]."""
    total = world.ledger.accounts()[YEAR:, :-1].sum(axis=0)
    costs = total[:, list(acc.PAID_OUT)].sum(axis=1) + total[:, acc.WRITTEN_OFF]
    return np.asarray((total[:, acc.REVENUE] - costs) / CENTS)


def peak(steps: Iterable[float], values: Iterable[float]) -> tuple[float, np.poly1d]:
    """Where a curve has its maximum: a cubic through the values, within the steps.

    Returns:
        The best step, and the curve.
    """
    at = np.asarray([*steps])
    curve = np.poly1d(np.polyfit(at, [*values], 3))
    fine = np.linspace(at[0], at[-1], 1001)
    return float(fine[np.argmax(curve(fine))]), curve
