"""Peak memory by number of customers: what :mod:`sim.model.memory` estimates.

    python tests/edges/memory.py

Writes its part of ``RESULT.md`` beside this file. Compile the kernels before (any run does).
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SMALL = 1_000
MARKETS = {"toy": 1, "brand": 4, "industrial": 4, "subscription": 4, "packaged": 8}
"""Markets, with the number of their firms."""


def peak(kind: str, market: str, customers: int) -> int:
    """Peak memory of a new process that simulates one run or one replicate, bytes."""
    call = [sys.executable, __file__, kind, market, str(customers)]
    return int(subprocess.run(call, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def measure(kind: str, market: str, customers: int) -> int:
    """Simulate in this process, and return its peak memory, bytes."""
    import sim
    from sim.runs.arms import arms
    from sim.runs.jobs import Job, simulate_job

    weeks = ("weeks=10", "warmup=4") if kind == "run" else ("weeks=53", "warmup=4")
    config = sim.load_config(f"market={market}", f"population.customers={customers}", *weeks)
    if kind == "run":
        sim.simulate(config, 1)
    else:
        both = arms([("talk.rate=0.05",), ("talk.rate=0.06",)], config)
        list(simulate_job(Job(config, both, 1, 104, ("alder",))))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Measure everything and write the table."""
    rows = []
    for kind, many, markets in (
        ("run", 200_000, list(MARKETS)), ("replicate", 100_000, ["brand", "packaged"])
    ):  # fmt: skip
        for market in markets:
            base, peaks = peak(kind, market, SMALL), peak(kind, market, many)
            each = (peaks - base) / (many - SMALL)
            rows.append(
                f"| {kind} | {market} | {MARKETS[market]} | {base / 2**20:.0f} MiB | {each:.0f} |"
            )
    head = ["# Memory", "", "Made by `python tests/edges/memory.py`; peak memory of a process.", "",
            "| what | market | firms | with 1,000 customers | bytes for each further customer |",
            "|---|---|--:|--:|--:|"]  # fmt: skip
    text = "\n".join([*head, *rows]) + "\n"
    place = HERE / "RESULT.md"
    old = place.read_text(encoding="utf-8").partition("# Memory")[0] if place.exists() else ""
    place.write_text(old + text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(measure(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    else:
        main()
