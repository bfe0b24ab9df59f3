"""Benchmark of speed and memory, measured in one run and reported as ratios.

    python tests/benchmarks/engines.py [--quick] [--out FILE]

Contestants take turns and ratios are taken turn by turn, so that drift of the machine affects all.
This is not a test: machines are noisy, and no figure passes or fails.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mesa
import numpy as np

import sim
from sim.config.schema import Config

TOY = ("market=toy", "weeks=52")


def toy(customers: int, threads: int) -> Config:
    """The package's toy market at a given size."""
    return sim.load_config(
        *TOY, f"population.customers={customers}", f"population.people={customers}",
        f"threads={threads}", f"firms.only.budget.advert={customers * 0.0020203}",
    )  # fmt: skip


class NumpyToy:
    """The toy market with one NumPy array per state."""

    def __init__(self, customers: int) -> None:
        self.random = np.random.default_rng(1)
        self.size = customers
        self.a, self.t = (np.zeros(customers, np.float32) for _ in range(2))
        self.active = np.zeros(customers, bool)
        rate = self.random.gamma(0.8, 0.15 / 0.8, customers)
        self.occasion = (1.0 - np.exp(-rate)).astype(np.float32)
        self.ties = self.random.integers(0, customers, (customers, 10), dtype=np.int32)
        self.sales = 0

    def _draw(self) -> np.ndarray:
        return self.random.random(self.size, dtype=np.float32)

    def step(self) -> None:
        """One week."""
        a, t = self.a, self.t
        a *= np.float32(0.95)
        a += (self._draw() < 0.2) * np.float32(0.1) * (1 - a)
        talkers = np.flatnonzero((self._draw() < 0.05) & self.active)
        listeners = self.ties[talkers, self.random.integers(0, 10, len(talkers))]
        heard, times = np.unique(listeners, return_counts=True)
        a[heard] = 1 - (1 - a[heard]) * np.float32(0.8) ** times
        t[heard] = 1 - (1 - t[heard]) * np.float32(0.9) ** times
        likes = 1 / (1 + np.exp(3 - 3 * a - 2 * t))
        buys = (self._draw() < self.occasion) & (self._draw() < likes)
        self.active |= buys
        t += buys * np.float32(0.05) * (1 - t)
        self.sales += int(buys.sum())
        self.active &= ~(self._draw() < np.float32(0.01) * (1 - t))

    def ends(self) -> tuple[float, float, float]:
        """Awareness, active customers and sales per person."""
        return float(self.a.mean()), float(self.active.mean()), self.sales / self.size


class MesaToy(mesa.Model):
    """The toy market with one Mesa agent per customer, as a textbook would write it."""

    def __init__(self, customers: int) -> None:
        super().__init__(rng=1)
        self.sales = 0
        self.people = [MesaToyCustomer(self) for _ in range(customers)]

    def step(self) -> None:
        """One week."""
        for phase in ("advert", "talk", "buy", "lapse"):
            self.agents.do(phase)

    def ends(self) -> tuple[float, float, float]:
        """Awareness, active customers and sales per person."""
        n = len(self.people)
        active = sum(p.active for p in self.people)
        return sum(p.a for p in self.people) / n, active / n, self.sales / n


class MesaToyCustomer(mesa.Agent):
    """A customer of the toy market."""

    def __init__(self, model: MesaToy) -> None:
        super().__init__(model)
        self.a = self.t = 0.0
        self.active = False
        self.occasion = 1.0 - np.exp(-model.random.gammavariate(0.8, 0.15 / 0.8))
        self.friends: list[MesaToyCustomer] = []

    def advert(self) -> None:
        self.a *= 0.95
        if self.model.random.random() < 0.2:
            self.a += 0.1 * (1 - self.a)

    def talk(self) -> None:
        random = self.model.random
        if self.active and random.random() < 0.05:
            self.friends = self.friends or random.choices(self.model.people, k=10)
            friend = random.choice(self.friends)
            friend.a += 0.2 * (1 - friend.a)
            friend.t += 0.1 * (1 - friend.t)

    def buy(self) -> None:
        random = self.model.random
        if random.random() < self.occasion:
            likes = 1 / (1 + np.exp(3 - 3 * self.a - 2 * self.t))
            if random.random() < likes:
                self.active = True
                self.t += 0.05 * (1 - self.t)
                self.model.sales += 1

    def lapse(self) -> None:
        if self.active and self.model.random.random() < 0.01 * (1 - self.t):
            self.active = False


def ends(run: sim.Run) -> tuple[float, float, float]:
    """End values of the product's toy market."""
    people = run.config.population.people
    last = run.weekly.iloc[-1]
    return last["awareness"], last["active_customers"] / people, run.weekly.orders.sum() / people


def ns_per_week(step: Callable[[], None], customers: int, weeks: int) -> float:
    """Nanoseconds per customer and week, over some weeks of a market that is warmed up."""
    start = time.perf_counter()
    for _ in range(weeks):
        step()
    return (time.perf_counter() - start) / weeks / customers * 1e9


def in_turns(
    contestants: dict[str, tuple[Callable[[], None], int, int]], rounds: int
) -> dict[str, list[float]]:
    """Times of every contestant (step, customers, weeks a turn), turn by turn."""
    for step, _, _ in contestants.values():
        step()  # compile, fill caches
    out: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, (step, customers, weeks) in contestants.items():
            out[name].append(ns_per_week(step, customers, weeks))
    return out


def table(times: dict[str, list[float]], base: str) -> list[str]:
    """Rows: median ns, and median speed relative to the base, turn by turn."""
    lines = ["| engine | ns per customer-week | times the speed of " + base + " |", "|---|--:|--:|"]
    for name, found in times.items():
        ratio = float(np.median(np.array(times[base]) / np.array(found)))
        lines.append(f"| {name} | {np.median(found):,.1f} | {ratio:,.1f} |")
    return lines


def world(config: Config, engine: str = "columnar", warm: int = 26) -> Callable[[], None]:
    """The step of a world some weeks old, with customers and word of mouth."""
    made = sim.start(replace(config, weeks=5200), 1, engine=engine)
    for _ in range(warm):
        made.step()
    return made.step


def fresh(*words: str) -> tuple[float, float]:
    """Seconds and peak MiB of a new Python process, byte code cached as usual."""
    usual = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=usual)
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, for a first look")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULT.md"))
    options = parser.parse_args()
    large, rounds = (10**5, 3) if options.quick else (10**6, 7)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = ["# Speed and memory", "", "Made by `python tests/benchmarks/engines.py` in one run on "
             f"{cores} virtual cores of a shared machine: trust the ratios.", ""]  # fmt: skip

    run = "import sim; sim.simulate(sim.load_config('population.customers=1000', 'weeks=4'))"
    fresh("-c", run)  # fill the caches of compiled code and byte code
    starts = sorted(fresh("-c", run)[0] for _ in range(3))
    imports = sorted(fresh("-c", "import mesa")[0] for _ in range(3))
    helps = sorted(fresh("-m", "sim", "--help")[0] for _ in range(3))

    # First, while this process is small: a new process is charged with the memory of its parent.
    size_of = f"'population.customers={large}', 'population.people={large}', 'weeks=208'"
    code = f"import sim; sim.simulate(sim.load_config({size_of}))"
    seconds, memory = fresh("-c", code)

    lines += ["## The toy market", ""]
    small = toy(2000, 1)
    numpy_toy, mesa_toy = NumpyToy(large), MesaToy(2000)
    for step in (numpy_toy.step, mesa_toy.step):
        for _ in range(52):
            step()
    checked = {
        "product": ends(sim.simulate(toy(large, 0), seed=1)),
        "NumPy": numpy_toy.ends(),
        "Mesa (2,000 people)": mesa_toy.ends(),
    }
    times = in_turns(
        {
            "columnar, 2 threads": (world(toy(large, 2), warm=52), large, 3),
            "columnar, 1 thread": (world(toy(large, 1), warm=52), large, 3),
            "NumPy, float32": (numpy_toy.step, large, 2),
            "Mesa, AgentSet.do": (mesa_toy.step, 2000, 2),
            "reference": (world(small, "reference", warm=52), 2000, 1),
        },
        rounds,
    )
    lines += table(times, "Mesa, AgentSet.do")
    lines += [
        "",
        "End values after 52 weeks (expected .307 to .308, .335, .690): "
        + "; ".join(f"{name} {x:.3f}, {y:.3f}, {z:.3f}" for name, (x, y, z) in checked.items())
        + ".",
        "",
    ]

    lines += ["## The default market, four firms", ""]
    size = large // 10
    base = (f"population.customers={size}", "threads=1")
    few = sim.load_config("population.customers=500")
    none = [f"firms.{f}.budget.{k}=0" for f, s in few.firms.items() for k in s.budget]
    variants = {
        "columnar, 2 threads": (*base, "threads=2"),
        "columnar, 1 thread": base,
        "... without contacts": (*base, *none),
        "... without buying": (*base, "choice.rate_mean=0"),
        "... without talk": (*base, "talk.rate=0"),
    }
    times = in_turns(
        {name: (world(sim.load_config(*v)), size, 5) for name, v in variants.items()}
        | {"reference": (world(few, "reference"), 500, 1)},
        rounds,
    )
    lines += table(times, "reference")
    lines += ["", "The cost of a mechanism is the time saved without it, roughly: less awareness "
              "also means fewer firms considered.", ""]  # fmt: skip

    lines += [f"## A thousand reps and {large:,} customers", ""]
    base = (f"population.customers={large}", f"population.people={large}", "threads=1", "warmup=0")
    staffed, alone = ([f"firms.{f}.sales.reps={n}" for f in few.firms] for n in (250, 0))
    variants = {
        "no reps": (*base, *alone),
        "a thousand reps, one call an hour": (*base, *staffed, "selling.talk_hours=1"),
        "a thousand live sellers, fifty calls an hour": (*base, *staffed),
    }
    times = in_turns(
        {name: (world(sim.load_config(*v)), large, 2) for name, v in variants.items()}, rounds
    )
    lines += table(times, "no reps")
    lines += ["", "Fifty calls an hour by a thousand reps are two million calls a week.", ""]

    lines += ["## Memory and start", "", "| measure | |", "|---|--:|",
              f"| {large:,} customers, four firms, 208 weeks: peak memory | {memory:,.0f} MiB |",
              f"| the same: time with all threads | {seconds:,.0f} s |",
              f"| small cached run in a new process (1,000 customers, 4 weeks) "
              f"| {starts[1]:.2f} s |",
              f"| of which `import mesa` alone | {imports[1]:.2f} s |",
              f"| `gtm --help` | {helps[1]:.2f} s |", ""]  # fmt: skip
    options.out.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
