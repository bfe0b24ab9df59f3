"""The benchmark: one table of speed and memory, measured in one run.

Whatever is compared takes turns, and what is reported is the median of the turns; ratios are taken
turn by turn, so that drift of the machine affects all alike.
"""

from __future__ import annotations

import gc
import json
import platform
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sim.compile import processors
from sim.config.compose import load_config
from sim.experiments.benchmark import c_toy, markets, numba_toy, toy
from sim.experiments.benchmark.blocks_toy import BlocksToy
from sim.experiments.benchmark.engine_toy import EngineToy
from sim.experiments.benchmark.markets import Fixed, Memory, Row, Size
from sim.experiments.benchmark.mesa_toy import MesaToy
from sim.experiments.benchmark.numpy_toy import NumpyToy
from sim.experiments.benchmark.toy import Ends, Toy
from sim.experiments.compare import RUNOFF
from sim.market.plan import share_start
from sim.runs.arms import arm, arms
from sim.runs.bar import Progress, shown
from sim.runs.engine import engine
from sim.runs.jobs import Job, focus

MARKETS = {
    "brand": 1_000_000,
    "packaged": 1_000_000,
    "subscription": 1_000_000,
    "industrial": 10_000,
    "cdnow": 60_000,
}
"""Shipped markets, with the largest number of customers each is meant for."""

SMALLEST = 1_000
"""Customers of the smallest market that is reported by rows."""

STRICT = "numba"
"""The engine of the toy market that the others are measured by."""

README = ("ad_blitz", "community_building")
"""The arms of the README's comparison."""

LIBRARIES = ("mesa", "numba", "numpy")


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes:
        turns: number of turns.
        weeks: weeks of a turn in small markets.
        small: sizes through which the line goes whose intercept is the time that no customer
            causes, customers.
        largest: largest market, customers.
        toy: customers of the toy market, by engine; None for all others.
        memory: customers of the process whose memory is measured; 0 for none.
        replicates: replicates of a comparison in a turn; 0 for none.
    """

    turns: int
    weeks: int
    small: tuple[int, ...]
    largest: int
    toy: Mapping[str | None, int]
    memory: int
    replicates: int


FULL = Extent(
    turns=5, weeks=markets.MOST_WEEKS, small=(250, 500, 1_000, 2_000, 4_000), largest=10**6,
    toy={None: 10**6, "mesa": 10_000, "reference": 1_000}, memory=200_000, replicates=8,
)  # fmt: skip
"""Under fifteen minutes on two processors."""

QUICK = Extent(
    turns=3, weeks=52, small=(250, 1_000, 4_000), largest=10_000,
    toy={None: 10**5, "mesa": 2_000, "reference": 200}, memory=0, replicates=2,
)  # fmt: skip
"""About a minute."""


class Machine(NamedTuple):
    """What the measurements were taken on.

    Attributes:
        processors: number of processors that could be used.
        family: family of the processor.
        python: version of Python.
        compiler: version of the C compiler; None where there is none.
        libraries: versions by name.
    """

    processors: int
    family: str
    python: str
    compiler: str | None
    libraries: dict[str, str]


class Pace(NamedTuple):
    """Replicates that all processors simulate together.

    Attributes:
        what: ``comparison``: both arms of the README's comparison with what follows them; ``year``:
            one year of 1,000 customers with declared budgets, and the warm-up before it.
        weeks: weeks simulated for one replicate.
        per_minute: replicates per minute of elapsed time, median over the turns.
    """

    what: str
    weeks: int
    per_minute: float


class ToyTime(NamedTuple):
    """An engine in the toy market.

    Attributes:
        engine: ``columnar``, ``reference``, ``numba``, ``c``, ``numpy`` or ``mesa``.
        threads: number of threads.
        customers: number of customers.
        ns: elapsed nanoseconds of a customer's week, median over the turns.
        processor_ns: the same of processor time, all threads together.
        times: elapsed time over that of the strict Numba loops on as many threads, median over the
            turns.
        ends: end values per customer, mean over the turns.
        gap: their distance from those of ``columnar`` in standard errors; zeros for itself.
    """

    engine: str
    threads: int
    customers: int
    ns: float
    processor_ns: float
    times: float
    ends: Ends
    gap: Ends


@dataclass(frozen=True)
class Benchmark:
    """All that was measured.

    Attributes:
        quick: whether it was the short form.
        turns: number of turns.
        seconds: time the benchmark took.
        most_gap: largest distance of end values, in standard errors, at which engines agree.
    """

    quick: bool
    turns: int
    seconds: float
    machine: Machine
    fixed: list[Fixed]
    sizes: list[Size]
    rows: list[Row]
    memory: list[Memory]
    paces: list[Pace]
    toy: list[ToyTime]
    most_gap: float

    @property
    def agrees(self) -> bool:
        """Whether the end values of all engines of the toy market agree."""
        return all(abs(gap) <= self.most_gap for one in self.toy for gap in one.gap)

    def to_json(self) -> str:
        """As text that :func:`from_json` reads."""
        return json.dumps(self.plain(), indent=1, allow_nan=False) + "\n"

    def plain(self) -> dict[str, Any]:
        """As names and values, for JSON."""
        return {name: _plain(value) for name, value in vars(self).items()}


def from_json(text: str) -> Benchmark:
    """The benchmark that :meth:`Benchmark.to_json` wrote."""
    known = json.loads(text)
    kinds = {"fixed": Fixed, "sizes": Size, "rows": Row, "memory": Memory, "paces": Pace}
    for name, kind in kinds.items():
        known[name] = [kind(**one) for one in known[name]]
    known["machine"] = Machine(**known["machine"])
    known["toy"] = [
        ToyTime(**one | {"ends": Ends(**one["ends"]), "gap": Ends(**one["gap"])})
        for one in known["toy"]
    ]
    return Benchmark(**{field.name: known[field.name] for field in fields(Benchmark)})


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def benchmark(quick: bool = False, progress: bool | Progress | None = None) -> Benchmark:
    """Measure speed and memory: under fifteen minutes on two processors, or about one if quick.

    Args:
        quick: measure smaller markets, fewer times, and no memory of processes.
        progress: as for :func:`sim.experiments.compare.compare`; a step is a measurement.
    """
    extent = QUICK if quick else FULL
    begin = time.perf_counter()
    with shown(progress) as told, _collector_at_rest():
        tell = partial(_told, told, _steps(extent))
        tell(0)
        memory = [
            markets.memory(name, SMALLEST, extent.memory) for name in MARKETS if extent.memory
        ]  # first, while the markets of this process are small
        toys, most = _toys(extent, tell)
        sizes: list[Size] = []
        rows: list[Row] = []
        for name in MARKETS:
            more, by_row = markets.measure(
                name, _sizes(name, extent), extent.turns, extent.weeks, tell
            )
            sizes, rows = sizes + more, rows + by_row
        paces = _paces(extent, tell) if extent.replicates else []
    lines = [
        markets.fixed([one for one in sizes if one.market == name], max(extent.small))
        for name in MARKETS
    ]
    return Benchmark(
        quick, extent.turns, time.perf_counter() - begin, machine(), lines, sizes,
        _shown_rows(rows, extent), memory, paces, toys, most,
    )  # fmt: skip


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep what is there from the garbage collector, which looks at what is made from now on."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _told(progress: Progress | None, total: int, steps: int) -> None:
    if progress is not None:
        progress(steps, total)


def _steps(extent: Extent) -> int:
    """Number of measurements, all turns together."""
    each = len(_contestants(extent)) + sum(len(_sizes(name, extent)) for name in MARKETS)
    return extent.turns * (each + (2 if extent.replicates else 0))


def _threads() -> list[int]:
    """Numbers of threads that are measured: one, and all."""
    return sorted({1, processors()})


def _sizes(market: str, extent: Extent) -> list[tuple[int, int]]:
    """Pairs of customers and threads: small sizes on one thread, powers of ten on all as well."""
    largest = min(extent.largest, MARKETS[market])
    tens = [10**n for n in range(4, 9) if 10**n < largest] + [largest]
    sizes = sorted({*extent.small, *tens})
    wide = [(size, count) for size in tens for count in _threads()[1:] if size > max(extent.small)]
    return [(size, 1) for size in sizes] + wide


def _shown_rows(rows: list[Row], extent: Extent) -> list[Row]:
    """The rows of the week's table that are reported: of a small and of the largest market."""
    size = min(extent.small, key=lambda one: abs(one - SMALLEST))
    most = {name: max(row.customers for row in rows if row.market == name) for name in MARKETS}
    return [row for row in rows if row.customers in (size, most[row.market])]


# The toy market


def _contestants(extent: Extent) -> dict[tuple[str, int], Toy]:
    """Engines of the toy market by name and number of threads, that of the package first."""

    def size(name: str) -> int:
        return extent.toy.get(name, extent.toy[None])

    out: dict[tuple[str, int], Toy] = {}
    for count in _threads():
        out["columnar", count] = EngineToy(size("columnar"), count)
    for name, loops in ((STRICT, numba_toy.LOOPS), ("c", c_toy.loops())):
        if loops is not None:
            for count in _threads():
                out[name, count] = BlocksToy(size(name), loops, count)
    out["numpy", 1] = NumpyToy(size("numpy"))
    out["mesa", 1] = MesaToy(size("mesa"))
    out["reference", 1] = EngineToy(size("reference"), engine="reference")
    return out


def _toys(extent: Extent, tell: Callable[[int], None]) -> tuple[list[ToyTime], float]:
    """Every engine in the toy market, and the largest distance at which they agree."""
    found: dict[tuple[str, int], list[tuple[float, float, Ends]]] = {}
    engines = _contestants(extent)
    for one in engines.values():
        one.prepare(0)
        one.step()  # compiles, and fills caches
    for turn in range(extent.turns):
        for key, one in engines.items():
            found.setdefault(key, []).append(_year(one, 1 + turn))
            tell(1)
    # Threads do not change a bit, so only one of them counts in the comparison.
    ends = {name: [turn[2] for turn in found[name, 1]] for name, _ in engines if (name, 1) in found}
    same = {name: engines[name, 1].customers for name in ends}
    agree = toy.agreement(ends, same)
    out = []
    for (name, threads), turns in found.items():
        ratios = [
            mine[0] / strict[0]
            for mine, strict in zip(turns, found[STRICT, threads], strict=True)
        ]  # fmt: skip
        out.append(
            ToyTime(
                name, threads, engines[name, threads].customers, median(one[0] for one in turns),
                median(one[1] for one in turns), median(ratios), agree.mean[name],
                agree.gap.get(name, Ends(0.0, 0.0, 0.0)),
            )
        )  # fmt: skip
    return out, agree.most


def _year(one: Toy, seed: int) -> tuple[float, float, Ends]:
    """Elapsed and processor nanoseconds of a customer's week, and the end values of a year."""
    one.prepare(seed)
    gc.collect()
    elapsed, used = time.perf_counter(), time.process_time()
    for _ in range(toy.WEEKS):
        one.step()
    elapsed, used = time.perf_counter() - elapsed, time.process_time() - used
    each = 1e9 / (toy.WEEKS * one.customers)
    return elapsed * each, used * each, one.ends()


# Replicates


def _paces(extent: Extent, tell: Callable[[int], None]) -> list[Pace]:
    """Replicates per minute, on workers that are warm."""
    config = load_config()
    both = arms(README, config)
    config = share_start(config, [one.plan for one in both])
    small = load_config(f"population.customers={SMALLEST}", f"weeks={toy.WEEKS}")
    jobs = {
        "comparison": (Job(config, both, 1, RUNOFF, focus(config, both)), extent.replicates),
        "year": (Job(small, (arm("", None, small),), 1), 8 * extent.replicates),
    }
    found: dict[str, list[float]] = {name: [] for name in jobs}
    with engine(config, None, True) as runs:
        for turn in range(extent.turns + 1):  # the first one warms the workers
            for name, (job, count) in jobs.items():
                new = [replace(job, seed=turn * count + n) for n in range(count)]
                begin = time.perf_counter()
                runs.complete(new)
                taken = time.perf_counter() - begin
                if turn:
                    found[name].append(60.0 * count / taken)
                    tell(1)
    return [
        Pace(name, _weeks_of(job), median(found[name])) for name, (job, _) in jobs.items()
    ]  # fmt: skip


def _weeks_of(job: Job) -> int:
    """Weeks simulated for a job: the shared warm-up, and each arm with its run-offs."""
    tails = len(job.horizons) * len(job.focus) * job.runoff
    return job.config.warmup + len(job.arms) * (job.config.weeks + tails)


# The machine


def machine() -> Machine:
    """What the measurements are taken on, in general words."""
    return Machine(
        processors(), _family(), platform.python_version(), _compiler(),
        {name: version(name) for name in LIBRARIES},
    )  # fmt: skip


def _family() -> str:
    """Family of the processor, as the system tells it."""
    try:
        known = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        known = ""
    found = re.search(r"^model name\s*: (.+)$", known, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or platform.machine()


def _compiler() -> str | None:
    """Version of the C compiler; None where there is none that works."""
    program = c_toy.compiler()
    if program is None or c_toy.loops() is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return said.stdout.partition("\n")[0].strip() or Path(program).name
