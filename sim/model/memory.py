"""Memory that a simulation needs, estimated before it starts.

The estimate follows peak memory measured by ``tests/edges/memory.py``, rounded up. A run takes 214
bytes per customer with one firm, 529 to 596 with four, 629 with eight. A replicate of a comparison
takes 3.1 to 4.7 times as much: it holds the market after the warm-up, an arm, its run-off, and a
copy on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from sim.config.schema import Config
from sim.params import ConfigError

PER_CUSTOMER = 320
"""Bytes per customer, whatever the number of firms."""

PER_FIRM = 70
"""Further bytes per customer for each firm."""

OF_PROCESS = 320 * 1024**2
"""Bytes of a worker process before any customers."""

OF_REPLICATE = 3.5
"""Markets that a replicate of a comparison holds at its peak, against one of a single run."""

GB = 1e9


class TooLittleMemory(ConfigError):  # noqa: N818
    """A simulation would need more memory than there is.

    Args:
        workers: markets or replicates simulated at the same time.
        customers: as configured.
        needed, available: in billions of bytes.
        fits: changes that would fit, each of them; "-" if none would.

    Attributes:
        fits: the same.
    """

    def __init__(
        self, workers: int, customers: int, needed: float, available: float, fits: str
    ) -> None:
        super().__init__(
            "memory: population.customers={customers} with threads={workers} needs about "
            "{needed:.1f} GB, {available:.1f} GB are available; would fit: {fits}.",
            customers=customers, workers=workers, needed=needed, available=available, fits=fits,
        )  # fmt: skip
        self.fits = fits


def check_memory(config: Config, workers: int = 0, *, processes: bool = False) -> None:
    """Refuse a simulation that would need more memory than is available.

    Args:
        config: of the market.
        workers: replicates simulated at the same time; 0 for a single run.
        processes: whether each worker is a process of its own.

    Raises:
        TooLittleMemory: names what would fit.
    """
    copies = OF_REPLICATE if workers else 1.0
    each = copies * (PER_CUSTOMER + PER_FIRM * len(config.firms))
    base = OF_PROCESS if processes else 0
    customers, count, free = config.population.customers, max(1, workers), available()
    needed = count * (base + each * customers)
    if needed <= free:
        return
    fits = []
    if (most := _round_down((free / count - base) / each)) >= 1:
        fits.append(f"population.customers={most}")
    if workers and (fewer := int(free / (base + each * customers))) >= 1:
        fits.append(f"threads={fewer}")
    raise TooLittleMemory(count, customers, needed / GB, free / GB, ", ".join(fits) or "-")


def available() -> int:
    """Bytes of memory available to this process: of the machine, or of its control groups."""
    return min(int(psutil.virtual_memory().available), *_left_in_groups())


def _left_in_groups() -> Iterator[int]:
    """Bytes left to each control group (of Linux) around this process that has a limit."""
    root = Path("/sys/fs/cgroup")
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    names = {line.split(":", 2)[1]: line.split(":", 2)[2].strip("/") for line in own}
    for kind, top, most, used in (
        ("", root, "memory.max", "memory.current"),
        ("memory", root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        place = top / names.get(kind, "")
        for folder in (place, *place.parents):
            if folder.is_relative_to(top):
                yield from _left_in(folder, most, used)


def _left_in(folder: Path, most: str, used: str) -> Iterator[int]:
    try:
        limit, now = ((folder / name).read_text(encoding="utf-8").strip() for name in (most, used))
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return
    if limit.isdigit():  # "max" where there is none
        cached = int(counts.get("total_inactive_file", counts.get("inactive_file", 0)))
        yield max(0, int(limit) - int(now) + cached)


def _round_down(customers: float) -> int:
    """A number of customers with two leading digits, not above the given one."""
    whole = max(0, int(customers))
    unit = 10 ** max(0, len(str(whole)) - 2)
    return int(whole // unit * unit)
