"""The best split of money: what hunters and farmers do at their best, and what a boom rewards.

    python -m sim.experiments.within [WORLD ...]

For hunter and farmer of the scenario hunter_vs_farmer the split is free within the share; what
customers find by themselves is aimed at neither first orders nor present customers, and either may
put as much into it as it likes. For the scenario path_dependence all of it is free, and what counts
is profit in the boom. Splits are drawn evenly from all there are (Dirichlet), lived on seeds no
comparison uses, and the worse ones dropped as seeds are added (successive halving). Prints arms
for the files of the scenarios.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from sim.config.compose import load_config, override
from sim.config.schema import Config
from sim.experiments.arms import Arm
from sim.experiments.replicates import Job, Store, fill, key, workers
from sim.experiments.scenarios import need
from sim.kpis import over, profit
from sim.params import in_id_order

FIRM = "alder"
FIRST_SEED = 1001
"""Seeds from here on choose; comparisons use seeds from 1 on."""

CANDIDATES = 24
"""Splits that are tried, beside the preset."""

ROUNDS = ((25, 1), (8, 3), (3, 6))
"""Candidates left and seeds each has been lived with, round by round."""

FARMING = 0.1
"""Activities that meet prospects at most so much are for present customers; of the others, those
that customers begin are aimed at nobody, and the rest hunts."""

SHARES = {"hunter": 0.8, "farmer": 0.2}

BOOM = 104
"""Weeks of profit that the boom's best is chosen by."""


def best(
    config: Config, given: Mapping[str, float], share: float | None, weeks: int, pool: Executor,
    store: Path | None = None,
) -> dict[str, float]:  # fmt: skip
    """The best budget found, money per week by activity.

    Args:
        config: of the world.
        given: lines, and the money on them at first.
        share: of money and hours for first orders, of both; None if all is free.
        weeks: whose profit counts.
    """
    aims = [aim(config, line) for line in given]
    budgets = [dict(given), *_candidates(given, np.array(aims), share)]
    left, lived = list(range(len(budgets))), 0
    profits: dict[int, list[float]] = {n: [] for n in left}
    for count, seeds in ROUNDS:
        left = sorted(left, key=lambda n: -float(np.mean(profits[n] or [0.0])))[:count]
        new = range(FIRST_SEED + lived, FIRST_SEED + seeds)
        arms = [_arm(budgets[n], share) for n in left]
        with ThreadPoolExecutor(len(left)) as together:  # they only wait for the pool
            task = partial(_profits, config, seeds=new, weeks=weeks, pool=pool, store=store)
            found = together.map(task, arms)
        for n, values in zip(left, found, strict=True):
            profits[n] += values
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


def aim(config: Config, line: str) -> int:
    """Whether a line is for first orders (1), present customers (-1), or neither (0)."""
    activity = config.activities[line]
    return -1 if activity.prospects <= FARMING else 0 if activity.inbound else 1


def _candidates(
    given: Mapping[str, float], aims: np.ndarray, share: float | None
) -> list[dict[str, float]]:
    """Budgets that keep the share, spread evenly over all splits within it."""
    total, lines = sum(given.values()), list(given)
    drawn = qmc.Sobol(len(lines), rng=np.random.default_rng(7)).random_base2(5)[:CANDIDATES]
    weights = -np.log(np.clip(drawn, 1e-12, 1 - 1e-12))
    out = []
    for one in weights:
        split = one / one.sum()
        if share is not None:
            aimed = float(split[aims != 0].sum())
            for side, part in ((1, share), (-1, 1.0 - share)):
                split[aims == side] *= aimed * part / split[aims == side].sum()
        out.append({line: round(total * s, -1) for line, s in zip(lines, split, strict=True)})
    return out


def _arm(budget: Mapping[str, float], share: float | None) -> Arm:
    hours = () if share is None else (f"firms.{FIRM}.sales.hunt_share={share}",)
    return Arm("best", None, (*hours, f"firms.{FIRM}.budget={_words(budget)}"))


def _words(budget: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{line}: {money:g}" for line, money in budget.items()) + "}"


def _profits(
    config: Config, changed: Arm, seeds: range, weeks: int, pool: Executor, store: Path | None
) -> list[float]:
    sample = Job(config, (changed,), FIRST_SEED, 0)
    kept = Store(store, f"within-{key(sample)}")
    fill([Job(config, (changed,), seed, 0) for seed in seeds], kept, pool)
    firms = list(in_id_order(config.firms))
    f, span = firms.index(FIRM), config.measurement.window
    return [float(profit(over(kept.get(s)[0].accounts[:weeks], span))[f]) for s in seeds]


def main(words: Sequence[str]) -> None:
    """Find and print the best hunter and farmer, and the boom's best, of every world."""
    kept = Path("results/.replicates")
    with workers(2, processes=True) as pool:
        scenario = need("hunter_vs_farmer")
        for world in words or list(scenario.worlds):
            config = scenario.config("threads=1", world=world)
            arms = {a.name: a for a in scenario.made(config, world)}
            for name, share in SHARES.items():
                found = best(config, _budget(arms[name]), share, config.weeks, pool, kept)
                _print(f"{name}_best", world, found)
        scenario = need("path_dependence")
        for world in words or list(scenario.worlds):
            config = scenario.config("threads=1", world=world)
            given = {k: v for k, v in config.firms[FIRM].budget.items() if v > 0.0}
            _print("boom_best", world, best(config, given, None, BOOM, pool, kept))


def _print(name: str, world: str, budget: Mapping[str, float]) -> None:
    print(f"  {name}: {world}: {{firms.{FIRM}.budget: {_words(budget)}}}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
