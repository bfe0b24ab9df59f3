"""The best split of money within a share: what hunters and farmers do at their best.

    python -m sim.experiments.within [WORLD ...]

For hunter and farmer of :mod:`scenarios` hunter_vs_farmer: splits are drawn evenly from all there
are (Dirichlet), lived on seeds that no comparison uses, and the worse ones dropped as seeds are
added (successive halving). Prints the arms for the scenario's file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from sim.config import Config, load_config, override
from sim.experiments.arms import Arm
from sim.experiments.replicates import Job, Store, fill, key, workers
from sim.experiments.scenarios import Scenario, need
from sim.kpis import over, profit

FIRM = "alder"
FIRST_SEED = 1001
"""Seeds from here on choose; comparisons use seeds from 1 on."""

CANDIDATES = 24
"""Splits that are tried, beside the preset."""

ROUNDS = ((25, 1), (8, 3), (3, 6))
"""Candidates left and seeds each has been lived with, round by round."""

FARMING = 0.1
"""Activities that meet prospects at most so much are for present customers; all others hunt."""

SHARES = {"hunter": 0.8, "farmer": 0.2}


def best(
    scenario: Scenario, name: str, world: str, pool: Executor, store: Path | None = None
) -> dict[str, float]:
    """The best budget found for the hunter or the farmer, money per week by activity."""
    config = scenario.config("threads=1", world=world)
    preset = next(a for a in scenario.made(config, world) if a.name == name)
    given = _budget(preset)
    budgets = [given, *_candidates(given, farms(config, given), SHARES[name])]
    left, lived = list(range(len(budgets))), 0
    profits: dict[int, list[float]] = {n: [] for n in left}
    for count, seeds in ROUNDS:
        left = sorted(left, key=lambda n: -float(np.mean(profits[n] or [0.0])))[:count]
        for n in left:
            changed = _arm(budgets[n], SHARES[name])
            new = range(FIRST_SEED + lived, FIRST_SEED + seeds)
            profits[n] += _profits(config, changed, new, pool, store)
        lived = seeds
    winner = max(left, key=lambda n: float(np.mean(profits[n])))
    return budgets[winner]


def _budget(preset: Arm) -> dict[str, float]:
    """Money per week of an arm by line."""
    for word in preset.overrides:
        if word.startswith(f"firms.{FIRM}.budget="):
            made = override(load_config(), *[word]).firms[FIRM].budget
            named = word.partition("{")[2].rstrip("}").split(",")
            lines = [item.partition(":")[0].strip() for item in named]
            return {line: made[line] for line in lines}
    raise ValueError(f"arm {preset.name} has no budget")


def farms(config: Config, lines: Iterable[str]) -> np.ndarray:
    """Whether lines are for present customers, bool [line]."""
    return np.array([config.activities[line].prospects <= FARMING for line in lines])


def _candidates(
    given: Mapping[str, float], farming: np.ndarray, hunting: float
) -> list[dict[str, float]]:
    """Budgets that keep the share, spread evenly over all splits within it."""
    total, lines = sum(given.values()), list(given)
    drawn = qmc.Sobol(len(lines), rng=np.random.default_rng(7)).random_base2(5)[:CANDIDATES]
    weights = -np.log(np.clip(drawn, 1e-12, 1 - 1e-12))
    out = []
    for one in weights:
        split = np.where(
            farming,
            (1.0 - hunting) * one / one[farming].sum(),
            hunting * one / one[~farming].sum(),
        )
        out.append({line: round(total * s, -1) for line, s in zip(lines, split, strict=True)})
    return out


def _arm(budget: dict[str, float], hunting: float) -> Arm:
    words = ", ".join(f"{line}: {money:g}" for line, money in budget.items())
    return Arm(
        "best", None,
        (f"firms.{FIRM}.sales.hunt_share={hunting}", f"firms.{FIRM}.budget={{{words}}}"),
    )  # fmt: skip


def _profits(
    config: Config, changed: Arm, seeds: range, pool: Executor, store: Path | None
) -> list[float]:
    sample = Job(config, (changed,), FIRST_SEED, 0)
    kept = Store(store, f"within-{key(sample)}")
    fill([Job(config, (changed,), seed, 0) for seed in seeds], kept, pool)
    firms = [name for name, _ in sorted(config.firms.items(), key=lambda item: item[1].id)]
    f, span = firms.index(FIRM), config.measurement.window
    return [float(profit(over((kept.get(s) or [])[0].accounts, span))[f]) for s in seeds]


def main(worlds: Sequence[str]) -> None:
    """Find and print the best hunter and farmer of every world."""
    scenario = need("hunter_vs_farmer")
    with workers(2, processes=True) as pool:
        for world in worlds or list(scenario.worlds):
            for name in SHARES:
                found = best(scenario, name, world, pool, Path("results/.replicates"))
                words = ", ".join(f"{line}: {money:g}" for line, money in found.items())
                print(f"  {name}_best: {world}: {{firms.{FIRM}.budget: {{{words}}}}}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
