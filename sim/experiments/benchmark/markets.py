"""What a week of the shipped markets costs, by size and by row of the week's table."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from scipy import stats

from sim.config.compose import load_config
from sim.config.schema import Config
from sim.model.world import World, start

MOST_WEEKS = 104
"""Weeks of a turn in small markets: whole quarters, so that each turn has its reviews."""

FEWEST_WEEKS = 4
LARGE_TURN = 2_000_000
"""Customer-weeks of a turn in large markets."""

WEEKS_OF_MEMORY = 4


class Size(NamedTuple):
    """A market at a size, median over the turns.

    Attributes:
        market: name of the market.
        customers: number of simulated customers.
        threads: number of threads.
        week_ms: processor milliseconds of a week, all threads together.
        ns: elapsed nanoseconds of a customer's week.
    """

    market: str
    customers: int
    threads: int
    week_ms: float
    ns: float


class Row(NamedTuple):
    """A row of the week's table in a market at a size, on one thread.

    Attributes:
        phase: name of the row.
        week_ms: elapsed milliseconds of a week, median over the turns.
    """

    market: str
    customers: int
    phase: str
    week_ms: float


class Fixed(NamedTuple):
    """Processor time of a week that no customer causes: the intercept of a straight line through
    the sizes of a market.

    Attributes:
        low, high: smallest and largest size, customers.
        week_ms, error: milliseconds of a week, and the standard error.
        ns: slope, nanoseconds of a customer's week.
    """

    market: str
    low: int
    high: int
    week_ms: float
    error: float
    ns: float


class Memory(NamedTuple):
    """Memory for each further customer of a market.

    Attributes:
        firms: number of firms.
        state: bytes of the customers' state and traits.
        process: bytes of the peak of a process that simulates the market; None where the system
            does not tell.
    """

    market: str
    firms: int
    state: float
    process: float | None


class Turn(NamedTuple):
    """Seconds of a week: processor time, elapsed time, and elapsed time by row."""

    used: float
    elapsed: float
    rows: dict[str, float]


def configured(market: str, customers: int, weeks: int, threads: int = 1) -> Config:
    """A shipped market of so many simulated customers."""
    config = load_config(
        f"market={market}", f"population.customers={customers}", f"weeks={weeks}",
        f"threads={threads}",
    )  # fmt: skip
    people = max(customers, config.population.people)
    return replace(config, population=replace(config.population, people=people))


def measure(
    market: str, sizes: Sequence[tuple[int, int]], turns: int, weeks: int,
    progress: Callable[[int], None],
) -> tuple[list[Size], list[Row]]:  # fmt: skip
    """Measure a market at sizes that take turns; every turn simulates the same weeks again.

    Args:
        sizes: pairs of customers and threads.
        turns: number of turns.
        weeks: largest number of weeks of a turn.
        progress: called with the number of sizes just measured.
    """
    pasts = []
    for customers, threads in sizes:
        span = max(min(weeks, LARGE_TURN // customers), min(weeks, FEWEST_WEEKS))
        pasts.append(start(configured(market, customers, span, threads), 1))
    found: list[list[Turn]] = [[] for _ in sizes]
    for past in pasts:
        _timed(past)  # compiles, and fills caches
    for _ in range(turns):
        for past, mine in zip(pasts, found, strict=True):
            mine.append(_timed(past))
            progress(1)
    out, rows = [], []
    for (customers, threads), mine in zip(sizes, found, strict=True):
        used, elapsed = median(t.used for t in mine), median(t.elapsed for t in mine)
        out.append(Size(market, customers, threads, 1e3 * used, 1e9 * elapsed / customers))
        if threads == 1:
            rows += [
                Row(market, customers, name, 1e3 * median(t.rows[name] for t in mine))
                for name in mine[0].rows
            ]
    return out, rows


def _timed(past: World) -> Turn:
    """Simulate what follows a past."""
    world = past.branch()
    world.seconds = {}
    gc.collect()  # markets are freed by the collector alone, and at no time of anybody's choice
    weeks = world.config.weeks
    used, elapsed = time.process_time(), time.perf_counter()
    for _ in range(weeks):
        world.step()
    used, elapsed = time.process_time() - used, time.perf_counter() - elapsed
    return Turn(used / weeks, elapsed / weeks, {k: v / weeks for k, v in world.seconds.items()})


def fixed(sizes: Sequence[Size], most: int) -> Fixed:
    """The time that no customer causes, by least squares over sizes on one thread.

    Args:
        sizes: of one market.
        most: largest size that counts.
    """
    small = [one for one in sizes if one.threads == 1 and one.customers <= most]
    customers = [one.customers for one in small]
    line = stats.linregress(customers, [one.week_ms for one in small])
    return Fixed(
        small[0].market, min(customers), max(customers), float(line.intercept),
        float(line.intercept_stderr), 1e6 * float(line.slope),
    )  # fmt: skip


def memory(market: str, small: int, large: int) -> Memory:
    """Memory for each customer beyond a small market, from two new processes."""
    world = start(configured(market, small, 1), 1)
    parts = world.arrays()
    state = sum(v.nbytes for k, v in parts.items() if k.startswith(("state/", "people/")))
    low, high = (_peak_of(market, customers) for customers in (small, large))
    process = None if low is None or high is None else (high - low) / (large - small)
    return Memory(market, len(world.firms), state / world.people.size, process)


def _peak_of(market: str, customers: int) -> int | None:
    """Peak memory of a new process that simulates a market, bytes."""
    code = f"from sim.experiments.benchmark import markets; markets.run({market!r}, {customers})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) or None


def run(market: str, customers: int) -> None:
    """Simulate a market for some weeks, and print the peak memory of this process in bytes; 0 where
    the system does not tell."""
    world = start(replace(configured(market, customers, WEEKS_OF_MEMORY), warmup=0), 1)
    for _ in range(WEEKS_OF_MEMORY):
        world.step()
    print(peak())


def peak() -> int:
    """Peak memory of this process in bytes, without that of the process that started it; 0 where
    the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0
