"""What a sweep says: how an outcome varies, what moves it, and where the answer flips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sim.config.schema import Config
from sim.experiments.sweeps.analysis import Outcomes, analyse, outcomes
from sim.experiments.sweeps.discovery import FEWEST, Discovery, discover
from sim.experiments.sweeps.parameters import SEED, Space
from sim.experiments.sweeps.samples import ABOUT
from sim.kpis import KPIS
from sim.outcomes.paired import wilson
from sim.params import ConfigError, Message, one_of
from sim.runs.arms import Arm
from sim.runs.jobs import FAILED, focus

MIDDLE = (0.05, 0.5, 0.95)
"""Quantiles over settings that are reported."""

MANY = 20
"""Settings from which the middle 90 % are reported instead of all."""

DRAWN = ("random", "latin", "sobol")
"""Designs whose settings are draws."""


@dataclass(frozen=True)
class Summary:
    """What a sweep says about one KPI of one firm.

    Attributes:
        config: the configuration that was varied.
        table: the tidy table of the sweep.
        space: what was varied.
        arms: the two arms that are compared, or the only one.
        outcome: the KPI by setting and seed: of the arm, or of the second arm minus the first.
        threshold: what the outcome is held against: 0 for a difference.
        is_drawn: whether the settings are random draws, so that shares of them have an interval.
        indices: sensitivity indices; None where they could not be estimated.
        no_indices: why they could not.
        flips: settings on the rarer side of the threshold, bool [setting without failed runs].
        box: where these lie; None where too few settings lie on one side.
    """

    config: Config
    table: pd.DataFrame
    space: Space
    kpi: str
    firm: str
    arms: tuple[str, ...]
    outcome: Outcomes
    threshold: float
    is_drawn: bool
    indices: pd.DataFrame | None
    no_indices: Message | None
    flips: np.ndarray
    box: Discovery | None

    @property
    def known(self) -> np.ndarray:
        """Mean outcome at the settings where all runs are done, float64 [setting]."""
        return np.asarray(self.outcome.mean[self.outcome.is_whole])

    @property
    def is_above(self) -> bool:
        """Whether more settings have an outcome above the threshold than below it."""
        return int((self.known > self.threshold).sum()) >= int((self.known < self.threshold).sum())

    @property
    def usual(self) -> int:
        """Number of settings on the more frequent side of the threshold."""
        known = self.known
        side = known > self.threshold if self.is_above else known < self.threshold
        return int(side.sum())

    def interval(self, wins: int) -> tuple[float, float]:
        """95 % interval (Wilson) of a share of settings.

        Args:
            wins: number of settings of which it is the share.
        """
        return wilson(wins, len(self.known))

    @property
    def spread(self) -> tuple[float, float, float]:
        """The outcome over settings: its median, and the ends of the middle 90 %, or of all where
        there are fewer than :data:`MANY` settings."""
        many = len(self.known) >= MANY
        low, middle, high = np.quantile(self.known, MIDDLE if many else (0.0, 0.5, 1.0))
        return float(low), float(middle), float(high)

    @cached_property
    def _status(self) -> pd.Series:
        """Status of each run."""
        return self.table.drop_duplicates(["setting", "arm", "seed"])["status"]

    @property
    def failed(self) -> int:
        """Number of failed runs."""
        return int((self._status == FAILED).sum())

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self._status)


def summarise(
    table: pd.DataFrame,
    config: Config,
    arms: Sequence[Arm],
    space: Space,
    *,
    kpi: str = "profit",
    firm: str = "",
    threshold: float | None = None,
    method: str = "",
) -> Summary:
    """Summarise a sweep of a market.

    Args:
        table: of :func:`sim.sweep`.
        config, arms, space: what was run and varied.
        kpi, firm: outcome; the first firm that the arms change if none is named.
        threshold: what the outcome of a single arm is held against; 0 if it takes both signs.
        method: of the indices, as for :func:`sim.analyse`.

    Raises:
        ConfigError: a name is unknown, or all runs have failed.
    """
    one_of(kpi, "kpi", KPIS)
    firm = one_of(firm or focus(config, arms)[0], "firm", config.firms)
    names = tuple(dict.fromkeys(table["arm"].astype(str)))
    pair = names if len(names) < 3 else _two_best(table, names, kpi, firm)
    keys = [key for key in space.keys if key in table]
    outcome = outcomes(table, kpi, space=keys, firm=firm, arms=_of_outcomes(pair))
    whole = outcome.is_whole
    if not whole.any():
        reasons = table.loc[table["status"] == FAILED, "reason"]
        raise ConfigError("all runs failed: {reason}", reason=str(reasons.iloc[0]))
    held = 0.0 if threshold is None or len(pair) == 2 else threshold
    known = outcome.mean[whole]
    above, below = known > held, known < held
    flips = below if above.sum() >= below.sum() else above
    varied = [key for key in keys if key != SEED]
    can = varied and FEWEST <= flips.sum() <= len(flips) - FEWEST
    box = discover(outcome.settings.loc[:, varied][whole], flips) if can else None
    is_drawn = table.attrs.get(ABOUT, {}).get("method") in DRAWN
    indices, why = None, None
    try:
        indices = analyse(table, kpi, space=keys, firm=firm, arms=_of_outcomes(pair), method=method)
    except ConfigError as error:
        why = error
    return Summary(
        config, table, space, kpi, firm, pair, outcome, held, is_drawn, indices, why, flips, box
    )  # fmt: skip


def _of_outcomes(pair: tuple[str, ...]) -> str | tuple[str, str]:
    return pair[0] if len(pair) == 1 else (pair[0], pair[1])


def _two_best(table: pd.DataFrame, names: tuple[str, ...], kpi: str, firm: str) -> tuple[str, ...]:
    """The two arms with the best mean of a KPI, in the order of the arms."""
    means = table[table["firm"] == firm].groupby("arm")[kpi].mean()
    best = means.sort_values(ascending=KPIS[kpi].better < 0).index[:2]
    return tuple(name for name in names if name in best)
