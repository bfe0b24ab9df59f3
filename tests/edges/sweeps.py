"""Kills, full disks, damage and second writers at random moments of a sweep.

    python tests/edges/sweeps.py [--times 20] [--runs 500] [--seed 1] [--write] [KIND ...]

Kinds: ``worker``, ``scheduler`` and ``client`` are killed (SIGKILL) while two Dask workers on
loopback run the sweep; ``terminated`` ends the client as a batch system does; ``disk`` fills the
disk of the store; ``damage`` spoils parts of a finished store; ``writers`` has two clients at the
same time on one store. Afterwards the same command is run again, and then: every run is in the
store exactly once, and equal to the bit to that of an undisturbed sweep; the table of the sweep is
the same; no draft and no process is left. What is disturbed by a signal is the command ``gtm
sweep``; what must end well is the same sweep from Python, which draws no figures. With --write the
table ``SWEEPS.md`` beside this file is written.
A full disk needs a small file system (``mount`` as root); without it, that kind is left out.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
PLAN, VARIED = "ad_blitz", "talk.rate=interval(0.01,0.1)"
MARKET = ("population.customers=300", "weeks=4", "warmup=1")
SETTINGS = 25
"""Settings of the sweep; the runs are divided among their seeds."""

PATIENCE = 30.0
"""Seconds within which everything must have ended."""

OF_A_SWEEP = 600.0
LOST = 71


@dataclass
class Trial:
    """One trial: a folder, random numbers, and what went wrong."""

    folder: Path
    chance: random.Random
    runs: int
    faults: list[str] = field(default_factory=list)

    @property
    def store(self) -> Path:
        """The store of its results."""
        return self.folder / "out" / "store"

    def command(self, *words: str) -> subprocess.Popen[str]:
        """Start the sweep on the command line."""
        return self._start(
            "-m", "sim", "sweep", PLAN, *MARKET, VARIED, "--points", str(SETTINGS),
            f"replicates={self.runs // SETTINGS}", "--out", str(self.folder / "out"), *words,
        )  # fmt: skip

    def python(self, *words: str) -> subprocess.Popen[str]:
        """Start the sweep from Python (:func:`sweep`)."""
        return self._start(
            __file__, "--sweep", str(self.folder / "out"), "--runs", str(self.runs), *words
        )

    def _start(self, *call: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *call], env=ENVIRONMENT, cwd=self.folder, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def finish(self, process: subprocess.Popen[str], *codes: int) -> str:
        """Wait for a sweep; its exit code must be one of these."""
        try:
            _, said = process.communicate(timeout=OF_A_SWEEP)
        except subprocess.TimeoutExpired:
            process.kill()
            self.faults.append("it did not end")
            return ""
        self.expect(process.returncode in codes, f"exit code {process.returncode}: {said[-300:]}")
        self.expect("Traceback" not in said, said[-600:])
        return said

    def expect(self, holds: bool, fault: str) -> None:
        """Note a fault."""
        if not holds:
            self.faults.append(fault)

    def wait_for_parts(self, least: int) -> None:
        """Wait until there are some parts in the store."""
        until = time.monotonic() + OF_A_SWEEP
        while len(list(self.store.glob("*/runs/*.parquet"))) < least and time.monotonic() < until:
            time.sleep(0.01)


def contents(store: Path) -> dict[str, list[str]]:
    """Hashes of the records of every run, by table and address; a run that is there twice has two
    hashes."""
    out: dict[str, list[str]] = {}
    for table in ("runs", "weeks"):
        for path in sorted(store.glob(f"*/{table}/*.parquet")):
            for key, rows in pd.read_parquet(path).groupby("key", observed=True, sort=False):
                text = rows.astype({"key": str}).to_json(double_precision=15, orient="values")
                out.setdefault(f"{table}/{key}", []).append(
                    hashlib.sha256(text.encode()).hexdigest()
                )
    return out


def sweep(out: Path, runs: int, words: list[str]) -> None:
    """Run the sweep in this process, and write its table to a results folder."""
    import sim
    from sim.outcomes import store
    from sim.runs.executors import split_execution

    execution, changes = split_execution(words)
    config = sim.load_config(*MARKET, *changes)
    sample = sim.sample(sim.space(config, VARIED), SETTINGS, seed=config.seed)
    with store.folder("sweep", out) as (draft, publish):
        found = sim.sweep(config, sample, [PLAN], replicates=runs // SETTINGS,
                          store=out / store.STORE, executor=execution)  # fmt: skip
        found.to_parquet(draft / "table.parquet")
        publish()


def table(out: Path) -> pd.DataFrame:
    """The table of the latest sweep from Python."""
    found = sorted(out.glob("sweep*/table.parquet"), key=lambda path: path.stat().st_mtime)
    return pd.read_parquet(found[-1])


def check(trial: Trial, truth: dict[str, list[str]], rows: pd.DataFrame) -> None:
    """Check the store and the table against those of an undisturbed sweep."""
    found = contents(trial.store)
    twice = [key for key, hashes in found.items() if len(hashes) > 1]
    trial.expect(not twice, f"{len(twice)} records twice")
    trial.expect(found.keys() == truth.keys(), f"{len(found)} records instead of {len(truth)}")
    other = [key for key in found if found[key][:1] != truth.get(key)]
    trial.expect(not other, f"{len(other)} records differ")
    with contextlib.suppress(IndexError):
        trial.expect(table(trial.folder / "out").equals(rows), "the table of the sweep differs")
    drafts = [p for p in (trial.folder / "out").rglob(".*") if p.name != ".lock"]
    trial.expect(not drafts, f"drafts: {drafts[:3]}")


class Cluster:
    """A scheduler and two workers on loopback, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "scheduler.json"
        self.started: list[subprocess.Popen[bytes]] = []
        self.begin()

    def begin(self) -> None:
        """Start all of them."""
        self.file.unlink(missing_ok=True)
        self.scheduler = self._start(
            "dask_scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)
        )
        while not self.file.exists():
            time.sleep(0.05)
        for _ in range(2):
            self._start(
                "dask_worker", "--scheduler-file", str(self.file), "--nthreads", "1",
                "--no-dashboard", "--local-directory", str(self.folder / "dask"),
            )  # fmt: skip

    def _start(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        one = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", "--host", "127.0.0.1", *words],
            env=ENVIRONMENT, cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.started.append(one)
        return one

    def workers(self) -> list[psutil.Process]:
        """The processes that run tasks: below the nannies, which replace them."""
        out = []
        for one in self.started:
            with contextlib.suppress(psutil.Error):
                below = psutil.Process(one.pid).children()
                out += [p for p in below if "spawn_main" in " ".join(p.cmdline())]
        return out

    def end(self) -> None:
        """End all of them."""
        for one in reversed(self.started):
            with contextlib.suppress(psutil.Error):
                for process in psutil.Process(one.pid).children(recursive=True):
                    process.kill()
            one.kill()
            one.wait()
        self.started.clear()

    @property
    def words(self) -> list[str]:
        """How a sweep uses them."""
        return ["executor=dask", f"executor.scheduler_file={self.file}"]


def left(folder: Path) -> list[psutil.Process]:
    """Processes that were started for a folder and still run."""
    out = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = " ".join(process.cmdline())
            if process.pid != os.getpid() and (
                str(folder) in words or str(folder) in process.cwd()
            ):
                out.append(process)
    return out


@contextmanager
def cluster(trial: Trial) -> Iterator[Cluster]:
    """A cluster for a trial."""
    found = Cluster(trial.folder)
    try:
        yield found
    finally:
        found.end()


def moment(trial: Trial) -> None:
    """Wait for a random moment of the sweep: within three seconds from its first part on."""
    trial.wait_for_parts(1)
    time.sleep(trial.chance.uniform(0.0, 3.0))


def worker(trial: Trial) -> None:
    """Kill workers, one or a few after the other."""
    with cluster(trial) as machines:
        process = trial.python(*machines.words)
        for _ in range(trial.chance.randint(1, 3)):
            moment(trial)
            if found := machines.workers():
                with contextlib.suppress(psutil.Error):
                    trial.chance.choice(found).kill()
        trial.finish(process, 0)


def scheduler(trial: Trial) -> None:
    """Kill the scheduler, start another, and run the sweep again."""
    with cluster(trial) as machines:
        process = trial.command(*machines.words)
        moment(trial)
        machines.scheduler.kill()
        trial.finish(process, LOST, 0)
        machines.end()
        machines.begin()
        trial.finish(trial.python(*machines.words), 0)


def client(trial: Trial) -> None:
    """Kill the client, and run the sweep again."""
    with cluster(trial) as machines:
        process = trial.command(*machines.words)
        moment(trial)
        process.kill()
        process.communicate()
        trial.finish(trial.python(*machines.words), 0)


def terminated(trial: Trial) -> None:
    """End the client by a signal: it and its local cluster must be gone within seconds."""
    process = trial.command("executor=dask", "executor.workers=2")
    moment(trial)
    number = trial.chance.choice([signal.SIGTERM, signal.SIGINT])
    began = time.monotonic()
    process.send_signal(number)
    trial.finish(process, 128 + number, 0)
    trial.expect(time.monotonic() - began < PATIENCE, "it took too long to end")
    trial.finish(trial.python("threads=2"), 0)


def disk(trial: Trial) -> None:
    """Fill the disk of the store, make room, and run the sweep again."""
    out = trial.folder / "out"
    out.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "none", str(out)], check=True)
    try:
        ballast = out / "ballast"
        room = trial.chance.randint(34, 36) * 1024**2  # a sweep asks for 32 MB before it starts
        ballast.write_bytes(bytes(max(0, shutil.disk_usage(out).free - room)))
        process = trial.command("threads=2")
        moment(trial)
        more = out / "more"
        with contextlib.suppress(OSError):
            more.write_bytes(bytes(shutil.disk_usage(out).free))
        trial.finish(process, 74, 0)
        ballast.unlink()
        more.unlink(missing_ok=True)
        trial.finish(trial.python("threads=2"), 0)
        copied = trial.folder / "copied"
        shutil.copytree(out, copied)
    finally:
        subprocess.run(["umount", "-l", str(out)], check=True)
    out.rmdir()
    copied.rename(out)


def spoil(path: Path, chance: random.Random) -> None:
    """Spoil a file in one of many ways."""
    whole = path.read_bytes()
    at = chance.randrange(len(whole))
    path.write_bytes(chance.choice([
        b"", whole[:at], whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))])
        + whole[at + 1 :], bytes(len(whole)), whole + b"x", b"PAR1" + whole[:at] + b"PAR1",
    ]))  # fmt: skip


def damage(trial: Trial) -> None:
    """Spoil or remove parts of a finished store, and run the sweep again."""
    trial.finish(trial.python("threads=2"), 0)
    parts = sorted(trial.store.glob("*/*/*.parquet"))
    for path in trial.chance.sample(parts, min(len(parts), trial.chance.randint(1, 6))):
        path.unlink() if trial.chance.random() < 0.2 else spoil(path, trial.chance)
    trial.finish(trial.python("threads=2"), 0)


def writers(trial: Trial) -> None:
    """Two clients on one store at the same time."""
    first = trial.python("threads=1")
    time.sleep(trial.chance.uniform(0.0, 2.0))
    second = trial.python("threads=1")
    trial.finish(first, 0)
    trial.finish(second, 0)


KINDS: dict[str, Callable[[Trial], None]] = {
    one.__name__: one for one in (worker, scheduler, client, terminated, disk, damage, writers)
}


def can_mount() -> bool:
    """Whether a small file system can be mounted."""
    with tempfile.TemporaryDirectory() as place:
        call = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", place]
        if shutil.which("mount") is None or subprocess.run(call, capture_output=True).returncode:
            return False
        subprocess.run(["umount", place], check=True)
    return True


def main() -> int:
    """Try everything, and write what was found."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--times", type=int, default=20)
    words.add_argument("--runs", type=int, default=500)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--write", action="store_true")
    words.add_argument("--sweep", type=Path, help=argparse.SUPPRESS)
    words.add_argument("kinds", nargs="*")
    given = words.parse_args()
    if given.sweep:
        sweep(given.sweep, given.runs, given.kinds)
        return 0
    kinds = given.kinds or [kind for kind in KINDS if kind != "disk" or can_mount()]
    root = Path(tempfile.mkdtemp(prefix="gtm-sweeps-"))
    quiet = Trial(root / "quiet", random.Random(0), given.runs)
    quiet.folder.mkdir()
    quiet.finish(quiet.python("threads=2"), 0)
    truth = contents(quiet.store)
    rows = table(quiet.folder / "out")
    assert len(truth) == 2 * given.runs, quiet.faults
    lines, bad = [], 0
    for kind in kinds:
        began, faults = time.monotonic(), 0
        for n in range(given.times):
            folder = root / f"{kind}-{n}"
            folder.mkdir()
            trial = Trial(folder, random.Random(f"{given.seed}-{kind}-{n}"), given.runs)
            KINDS[kind](trial)
            until = time.monotonic() + PATIENCE
            while left(folder) and time.monotonic() < until:
                time.sleep(0.1)
            trial.expect(not left(folder), "processes are left")
            for process in left(folder):
                process.kill()
            check(trial, truth, rows)
            for fault in trial.faults:
                print(f"{kind} {n}: {fault}", flush=True)
            faults += bool(trial.faults)
            shutil.rmtree(folder, ignore_errors=True)
        bad += faults
        lines.append(f"| {kind} | {KINDS[kind].__doc__} | {given.times} | {faults} |")
        print(f"{kind}: {given.times} times, {faults} with faults, "
              f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    if given.write:
        made = f"python tests/edges/sweeps.py --times {given.times} --runs {given.runs} --write"
        head = ["# Sweeps that are disturbed", "", f"Made by `{made}`.", "",
                "| kind | what is done | times | with faults |", "|---|---|--:|--:|"]  # fmt: skip
        (HERE / "SWEEPS.md").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    shutil.rmtree(root, ignore_errors=True)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
