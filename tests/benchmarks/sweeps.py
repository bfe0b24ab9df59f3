"""Overhead of a sweep: many short runs on local processes, against the runs alone.

    python tests/benchmarks/sweeps.py [RUNS]

RUNS (10,000) settings of a small market are simulated on two processes with a store in a new
folder. The runs alone are the same market simulated by as many processes in a plain loop, before
and after the sweep; the overhead is what the sweep takes longer. Writes ``SWEEPS.md`` beside this
file.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
import psutil

import sim
from sim.config.schema import Config
from sim.runs.arms import arm
from sim.runs.executors import Execution, workers
from sim.runs.jobs import Job, simulate_job

HERE = Path(__file__).resolve().parent
WORKERS = 2
MARKET = ("population.customers=150", "weeks=10", "warmup=4", f"threads={WORKERS}")
ALONE = 400
"""Runs of each worker that are simulated alone, before and after."""


def alone(config: Config, first: int) -> float:
    """Simulate runs in a plain loop; returns the seconds they took."""
    declared = (arm("", None, config),)
    begin = time.perf_counter()
    for seed in range(first, first + ALONE):
        list(simulate_job(Job(config, declared, seed)))
    return time.perf_counter() - begin


def side_by_side(config: Config) -> float:
    """Seconds of a run in each of the workers, all at work."""
    with workers(config, Execution(workers=WORKERS)) as pool:
        for _ in range(2):  # the first round compiles
            tasks = [pool.submit(alone, config, 1 + ALONE * n) for n in range(WORKERS)]
            found = [task.result() for task in tasks]
    return sum(found) / len(found) / ALONE


class Peak:
    """Largest memory of this process so far and in each half of a sweep, bytes."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.seen.append(psutil.Process().memory_info().rss)

    def at(self, share: float) -> int:
        """Memory when a share of the time was over."""
        return self.seen[int(share * (len(self.seen) - 1))]


def main() -> None:
    """Measure, print and write the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    config = sim.load_config(*MARKET)
    before = side_by_side(config)
    sample = sim.sample(sim.space(config, "talk"), runs, method="latin")
    with tempfile.TemporaryDirectory() as place, Peak() as memory:
        begin = time.perf_counter()
        sim.sweep(config, sample, store=place, executor=Execution(workers=WORKERS))
        took = time.perf_counter() - begin
        again = time.perf_counter()
        sim.sweep(config, sample, store=place, executor=Execution(workers=WORKERS))
        again = time.perf_counter() - again
        folder = next(Path(place).glob("*/runs"))
        read = time.perf_counter()
        rows = len(pd.read_parquet(folder))
        read = time.perf_counter() - read
        size = sum(path.stat().st_size for path in Path(place).rglob("*.parquet"))
        parts = len(list(folder.iterdir()))
    each = (before + side_by_side(config)) / 2
    ideal = each * runs / WORKERS
    table = [
        ("runs", f"{runs:,}"),
        ("a run alone, ms", f"{1e3 * each:.1f}"),
        ("the runs alone on two processes, s", f"{ideal:.0f}"),
        ("the sweep, s", f"{took:.0f}"),
        ("overhead", f"{took / ideal - 1:.1%}"),
        ("the same sweep again, from the store, s", f"{again:.1f}"),
        ("memory of the client after a quarter, MiB", f"{memory.at(0.25) / 2**20:.0f}"),
        ("memory of the client at the end, MiB", f"{memory.at(0.9) / 2**20:.0f}"),
        ("the table of runs in pandas: rows", f"{rows:,}"),
        ("the table of runs in pandas, s", f"{read:.1f}"),
        ("parts of the table", f"{parts:,}"),
        ("store, kB for each run", f"{size / runs / 1e3:.1f}"),
    ]
    made = f"Made by `python tests/benchmarks/sweeps.py {runs}`."
    rows_of = [f"| {what} | {value} |" for what, value in table]
    lines = ["# Overhead of a sweep", "", made, "", "| | |", "|---|--:|", *rows_of]
    text = "\n".join(lines) + "\n"
    (HERE / "SWEEPS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
