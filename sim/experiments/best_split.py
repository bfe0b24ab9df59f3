"""Search for the most profitable budget split of a hunter, a farmer, and a firm in a boom.

    python -m sim.experiments.best_split [MARKET ...]

In the scenario hunter_vs_farmer the money for activities in two versions is divided anew within
each firm's share for prospects; all other lines keep their money. In the scenario path_dependence
the whole split is free, and the criterion is profit in the boom. Candidate splits are drawn
uniformly (Dirichlet) and simulated on seeds that no comparison uses; the least profitable are
dropped as seeds are added (successive halving). The program prints arms for the scenario files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.config.compose import load_config, override
from sim.config.schema import Config
from sim.experiments.scenarios import need
from sim.experiments.sweeps.samples import places
from sim.kpis import over, profit
from sim.outcomes.store import STORE
from sim.params import in_id_order
from sim.runs.arms import Arm
from sim.runs.engine import Engine, engine
from sim.runs.jobs import Job
from sim.runs.record import ArmResult

FIRM = "alder"
FIRST_SEED = 1001
"""First seed of the search; comparisons use seeds from 1 on."""

CANDIDATES = 24
"""Number of candidate splits, in addition to the preset."""

ROUNDS = ((25, 1), (8, 3), (3, 6))
"""Candidates kept, and seeds each has been simulated with, round by round."""

SHARES = {"hunter": 0.8, "farmer": 0.2}

BOOM = 104
"""Weeks of profit by which the best split in the boom is chosen."""


def best(
    config: Config, given: Mapping[str, float], share: float | None, weeks: int, runs: Engine
) -> dict[str, float]:  # fmt: skip
    """Find the most profitable budget by successive halving.

    Args:
        config: of the market.
        given: preset budget, money per week by activity.
        share: share of prospects in reps' hours and in the money for activities in two versions;
            None if the whole split is free.
        weeks: number of weeks over which profit is compared.
        runs: engine that completes the runs.

    Returns:
        Money per week by activity.
    """
    aims = [aim(config, line) for line in given]
    budgets = [dict(given), *_candidates(given, np.array(aims), share)]
    left, used = list(range(len(budgets))), 0
    profits: dict[int, list[float]] = {n: [] for n in left}
    for count, seeds in ROUNDS:
        left = sorted(left, key=lambda n: -float(np.mean(profits[n] or [0.0])))[:count]
        new = range(FIRST_SEED + used, FIRST_SEED + seeds)
        jobs = [Job(config, (_arm(budgets[n], share),), seed) for n in left for seed in new]
        found = [_profit(runs.results(one)[0], config, weeks) for one in runs.complete(jobs)]
        for n, values in zip(left, np.array(found).reshape(len(left), -1).tolist(), strict=True):
            profits[n] += values
        used = seeds
    winner = max(left, key=lambda n: float(np.mean(profits[n])))
    return budgets[winner]


def _budget(config: Config, preset: Arm) -> dict[str, float]:
    """An arm's money per week by activity in the first week."""
    there = preset.config(config)
    first = [word for one in there.interventions.values() if one.week == 1 for word in one.set]
    return dict(override(there, *first).firms[FIRM].budget)


def aim(config: Config, line: str) -> int:
    """Audience of an activity that has a version for the other one: prospects (1) or customers
    (-1); 0 for an activity without such a version."""
    activity = config.activities[line]
    return (1 if activity.prospects > activity.customers else -1) if activity.twin else 0


def _candidates(
    given: Mapping[str, float], aims: np.ndarray, share: float | None
) -> list[dict[str, float]]:
    """Candidate budgets that keep the share, spread evenly over all admissible splits."""
    lines = np.array(list(given))
    free = np.ones(len(lines), bool) if share is None else aims != 0
    total = sum(given[line] for line in lines[free].tolist())
    drawn = places("sobol", int(free.sum()), CANDIDATES, 7)
    weights = -np.log(np.clip(drawn, 1e-12, 1 - 1e-12))
    out = []
    for one in weights:
        split = one / one.sum()
        if share is not None:
            for side, part in ((1, share), (-1, 1.0 - share)):
                mine = aims[free] == side
                split[mine] *= part / split[mine].sum()
        money = {line: round(total * s, -1) for line, s in zip(lines[free], split, strict=True)}
        out.append({line: money.get(line, given[line]) for line in lines.tolist()})
    return out


def _arm(budget: Mapping[str, float], share: float | None) -> Arm:
    money = f"firms.{FIRM}.budget={_words(budget)}"
    if share is None:
        return Arm("best", None, (money,))
    hours = f"firms.{FIRM}.sales.hunt_share={share:g}"
    change = f'+interventions.split={{week: 1, set: ["{money}", {hours}]}}'
    return Arm("best", None, (change,))


def _words(budget: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{line}: {money:g}" for line, money in budget.items()) + "}"


def _profit(result: ArmResult, config: Config, weeks: int) -> float:
    f, span = list(in_id_order(config.firms)).index(FIRM), config.measurement.window
    return float(profit(over(result.accounts[:weeks], span))[f])


def main(words: Sequence[str]) -> None:
    """Print the best hunter, farmer and boom arms for every market."""
    with engine(load_config("threads=2"), Path("results", STORE), True) as runs:
        for name in ("hunter_vs_farmer", "path_dependence"):
            scenario = need(name)
            for market in words or list(scenario.markets):
                config = scenario.config("threads=1", market=market)
                arms = {a.name: a for a in scenario.arms_in(config, market)}
                for searched, preset in scenario.searched.items():
                    share = SHARES.get(preset)
                    weeks = BOOM if share is None else config.weeks
                    found = best(config, _budget(config, arms[preset]), share, weeks, runs)
                    print(f"  {searched}: {market}: {_arm(found, share).overrides[0]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
