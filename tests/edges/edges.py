"""Signals, interrupts, lost workers and full disks at random moments of a comparison.

    python tests/edges/edges.py [TIMES] [SEED]

Each is tried TIMES times (20), a quarter of an hour in all. Afterwards no process and no draft may
be left, the command must have said one line and ended with the right exit code, and when it is run
again its answer must be that of an undisturbed run. Writes ``RESULT.md`` beside this file. A full
disk needs a small file system (``mount`` as root); without it, a limit on the size of files.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMMAND = [
    sys.executable, "-m", "sim", "compare", "ad_blitz", "community_building",
    "population.customers=400", "weeks=24", "warmup=0", "replicates=12", "smallest_effect=0",
    "threads=2",
]  # fmt: skip
PROGRESS = re.compile(r"comparison: .* of .* after \d+ s")
PATIENCE = 20.0
"""Seconds within which everything must have ended."""

OF_A_RUN = 600.0
"""Seconds for a command that goes on."""

DISK = 64 * 1024**2


@dataclass
class Kind:
    """What was tried, how often it struck while the command was at work, and what went wrong."""

    name: str
    tried: int = 0
    struck: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0


def begin(out: Path, *changes: str, limit: int = 0) -> subprocess.Popen[str]:
    """Start the command; ``limit`` is the largest size of a file in bytes, 0 for none."""

    def limited() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell ignores in the background
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [*COMMAND, *changes, "--out", str(out)], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
        cwd=ROOT, start_new_session=True, preexec_fn=limited,
    )  # fmt: skip


def answer(out: Path) -> list[bytes]:
    """The files that an undisturbed run must have word for word."""
    names = ("answer.txt", "comparison.csv", "replicates.csv")
    found = sorted(out.glob("compare-*"), key=lambda p: p.stat().st_mtime)
    return [(found[-1] / name).read_bytes() for name in names] if found else []


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The command and all processes that it has started."""
    try:
        one = psutil.Process(process.pid)
        return [one, *one.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The worker processes of the command."""
    out = []
    for one in family(process)[1:]:
        with contextlib.suppress(psutil.Error):
            if "spawn_main" in " ".join(one.cmdline()):
                out.append(one)
    return out


def send(number: signal.Signals, process: subprocess.Popen[str], chance: random.Random) -> bool:
    """Send a signal to the command, or to its whole group as a terminal or a batch system does."""
    if process.poll() is not None:
        return False
    if chance.random() < 0.5:
        process.send_signal(number)
    else:
        os.killpg(process.pid, number)
    return True


def lose(often: bool, process: subprocess.Popen[str], chance: random.Random) -> bool:
    """Kill a worker, as the system does when memory runs out; or one after the other until the
    command has ended, as a kill while workers are being replaced need not be another loss."""
    killed, until = False, time.monotonic() + OF_A_RUN
    while process.poll() is None and time.monotonic() < until and (often or not killed):
        if found := workers_of(process):
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(found).kill()
                killed = True
        time.sleep(0.05 if killed else 0.02)
    return killed


def fill(disk: Path, process: subprocess.Popen[str], chance: random.Random) -> bool:
    """Use up all space of a small file system."""
    with (disk / "ballast").open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(bytes(65536))
    with (disk / "ballast").open("ab", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"0")
    return process.poll() is None


def check(
    kind: Kind, out: Path, wait: float, codes: tuple[int, ...], strike: Callable[[], bool],
    process: subprocess.Popen[str], expected: list[bytes], after: Callable[[], None],
) -> None:  # fmt: skip
    """Strike once, and look at what is left, what was said and what the next run answers."""
    kind.tried += 1
    time.sleep(wait)
    known = family(process)
    struck = strike()
    known += family(process)
    began = time.monotonic()
    faults = []
    try:
        _, said = process.communicate(timeout=OF_A_RUN if "lost" in kind.name else PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
        faults.append("did not end")
    _, alive = psutil.wait_procs(set(known), timeout=PATIENCE)
    kind.slowest = max(kind.slowest, time.monotonic() - began)
    lines = [line for line in said.splitlines() if line and not PROGRESS.fullmatch(line)]
    if alive:
        faults.append(f"{len(alive)} processes left: {[p.cmdline() for p in alive]}")
        for one in alive:
            one.kill()
    code = process.returncode
    kind.struck += struck and code != 0
    if code not in (*codes, 0):
        faults.append(f"exit code {code}")
    if len(lines) != (code != 0):
        faults.append(f"exit code {code} with {len(lines)} lines: {said[-2000:]}")
    left = [p.name for p in out.rglob("*") if p.name.startswith(".writing") or p.suffix == ".part"]
    if left:
        faults.append(f"drafts left: {left}")
    after()
    again = begin(out, "threads=1")
    _, said = again.communicate()
    if again.returncode or answer(out) != expected:
        faults.append(f"another answer afterwards: exit code {again.returncode}, {said[-2000:]}")
    kind.faults += [f"{kind.name}, {wait:.1f} s: {fault}" for fault in faults]
    print(
        f"{kind.name} {kind.tried}: after {wait:.1f} s, code {code}: {lines} {faults}", flush=True
    )


def small_disk(place: Path) -> bool:
    """Mount a small file system in memory, where that is allowed."""
    place.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    return shutil.which("mount") is not None and subprocess.run(call, check=False).returncode == 0


def main(times: int, seed: int) -> int:
    """Try everything; returns the number of faults."""
    chance, place = random.Random(seed), Path(tempfile.mkdtemp(prefix="gtm-edges-"))
    begin(place / "compiled").communicate()
    began = time.monotonic()
    begin(place / "first").communicate()
    whole, expected = time.monotonic() - began, answer(place / "first")
    assert expected, "the undisturbed run failed"
    disk = place / "disk"
    mounted = small_disk(disk)
    names = ("SIGTERM", "interrupt", "lost worker", "lost again and again", "full disk")
    kinds = [Kind(name) for name in names]
    try:
        for turn in range(times):
            out = place / f"out{turn}"
            at_work = partial(chance.uniform, 0.3, 0.8 * whole)
            for kind, code, number in (
                (kinds[0], 143, signal.SIGTERM), (kinds[1], 130, signal.SIGINT)
            ):  # fmt: skip
                process = begin(out)
                strike = partial(send, number, process, chance)
                check(kind, out, at_work(), (code,), strike, process, expected, lambda: None)
                shutil.rmtree(out)
            process = begin(out)
            strike = partial(lose, False, process, chance)
            check(kinds[2], out, at_work(), (), strike, process, expected, lambda: None)
            shutil.rmtree(out)
            if turn % 4 == 0:
                process = begin(out)
                strike = partial(lose, True, process, chance)
                check(kinds[3], out, at_work(), (71,), strike, process, expected, lambda: None)
                shutil.rmtree(out)
            if mounted:
                process = begin(disk / "out")
                strike = partial(fill, disk, process, chance)
                check(kinds[4], disk / "out", at_work(), (74, 2), strike, process, expected,
                      (disk / "ballast").unlink)  # fmt: skip
                shutil.rmtree(disk / "out")
            else:
                process = begin(out, limit=chance.choice((2_000, 10_000, 100_000)))
                check(kinds[4], out, 0.0, (74,), lambda: True, process, expected, lambda: None)
                shutil.rmtree(out)
            report(kinds, whole, mounted, seed)
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=False)
        shutil.rmtree(place, ignore_errors=True)
    return sum(len(kind.faults) for kind in kinds)


def report(kinds: list[Kind], whole: float, mounted: bool, seed: int) -> None:
    """Write the result beside this file."""
    rows = [
        f"| {k.name} | {k.tried} | {k.struck} | {len(k.faults)} | {k.slowest:.1f} s |"
        for k in kinds
    ]
    disk = "a file system of 64 MB that is filled up" if mounted else "a limit on the size of files"
    lines = [
        "# Edges", "",
        "Made by `python tests/edges/edges.py` (see there), at random moments of a comparison of "
        f"{whole:.0f} seconds with two workers; seed {seed}. The disk: {disk}.", "",
        "| what | times | ended the command | faults | slowest end |",
        "|---|--:|--:|--:|--:|", *rows, "",
        "A fault is a process or a draft left, more or less than one line on standard error, a "
        "wrong exit code, or another answer when the command is run again. A lost worker is "
        "replaced, which ends no command; many lost in a row, with nothing finished, do.", "",
        *(f"- {fault}" for kind in kinds for fault in kind.faults),
    ]  # fmt: skip
    old = (HERE / "RESULT.md").read_text(encoding="utf-8") if (HERE / "RESULT.md").exists() else ""
    memory = old[old.index("# Memory") :] if "# Memory" in old else ""
    text = "\n".join(lines).rstrip() + "\n" + ("\n" + memory if memory else "")
    (HERE / "RESULT.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(bool(main(*(given + [20, 1][len(given) :]))))
