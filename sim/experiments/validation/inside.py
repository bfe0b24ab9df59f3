"""What each mechanism does inside a market: KPIs of all firms with and without it, same seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.config.compose import load_config
from sim.experiments.validation.mechanisms import GROUP, NONE, TOGETHER, mechanisms
from sim.experiments.validation.score import half_width
from sim.experiments.validation.trial import mean
from sim.model.world import simulate
from sim.rules.units import YEAR

MARKETS = ("brand", "packaged", "industrial", "new_category")

CUSTOMERS = 2_000
SEEDS = 12
"""Seeds with which a market is simulated, with and without each mechanism."""

SWEPT: dict[str, tuple[str, ...]] = {
    "flow.arousal": ("flow.arousal=0.005",),
    "loyalty.expectation": ("loyalty.expectation=0.5",),
    "loyalty.recovery": ("loyalty.recovery=0.5",),
    "talk.reward_gain": ("talk.reward_gain=5", "firms.{firm}.referral_reward=0.1"),
    "selling.account_hours": ("selling.account_hours=0.01",),
    "organising.distrust": ("organising.distrust=0.5",),
    "organising.wrong_offer": ("organising.wrong_offer=0.5",),
    "organisation.adapt": ("firms.{firm}.organisation.adapt=0.1",),
}
"""Mechanisms without a file, by number, with the strength at which they are tried (an assumption:
none has a declared one); what names a firm holds for all."""

KPIS = ("orders", "awareness", "trust", "churn", "price_paid")
"""KPIs in the table; orders are of all firms, the others the mean over firms."""

PROFIT = "profit"
"""Profit of all firms; its change is relative to revenue."""


class Case(NamedTuple):
    """A mechanism in a market: file of the group or number, and changes of the configuration."""

    market: str
    name: str
    changes: tuple[str, ...]


def cases(markets: Sequence[str] = MARKETS) -> Iterator[Case]:
    """All mechanisms in all markets, none of them first."""
    for market in markets:
        firms = load_config(f"market={market}").firms
        for name in (NONE, *mechanisms(), *TOGETHER):
            yield Case(market, name, (f"{GROUP}={name}",))
        for name, words in SWEPT.items():
            each = dict.fromkeys(word.format(firm=firm) for word in words for firm in firms)
            yield Case(market, name, tuple(each))


def values(case: Case) -> np.ndarray:
    """KPIs and profit over revenue in the second year, float64 [seed, KPI]."""
    config = load_config(
        f"market={case.market}", f"population.customers={CUSTOMERS}", f"weeks={2 * YEAR}",
        "threads=1", *case.changes,
    )  # fmt: skip
    out = []
    for seed in range(1, SEEDS + 1):
        run = simulate(config, seed=seed)
        found = {name: list(run.kpi(name, YEAR).values()) for name in (*KPIS, PROFIT, "revenue")}
        out.append([
            sum(found["orders"]), *(np.nanmean(found[name]) for name in KPIS[1:]),
            sum(found[PROFIT]) / sum(found["revenue"]),
        ])  # fmt: skip
    return np.array(out)


def effects(markets: Sequence[str] = MARKETS, processes: int = 1) -> pd.DataFrame:
    """Relative change of each KPI by each mechanism, and change of profit over revenue.

    Args:
        markets: names of markets.
        processes: number of processes.

    Returns:
        One row for each market, mechanism and KPI: ``without`` it, mean ``difference`` over seeds
        and ``half`` width of its 95 % interval.
    """
    asked = list(cases(markets))
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        found = dict(zip(asked, pool.map(values, asked), strict=True))
    plain = {case.market: got for case, got in found.items() if case.name == NONE}
    rows = []
    for case, got in found.items():
        before = plain[case.market]
        gaps = got - before
        gaps[:, :-1] /= before[:, :-1]
        for n, name in enumerate((*KPIS, PROFIT)):
            if case.name != NONE:
                rows.append({
                    "market": case.market, "mechanism": case.name, "kpi": name,
                    "without": mean(before[:, n]), "difference": mean(gaps[:, n]),
                    "half": half_width(gaps[:, n]),
                })  # fmt: skip
    return pd.DataFrame(rows)
