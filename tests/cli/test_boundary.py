"""Whatever ends a command early becomes one line that says what is kept and how to go on."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import psutil
import pytest

from sim.cli import progress
from sim.cli.app import main
from sim.cli.boundary import FAULT, MACHINE, SHOW_TRACEBACK, STORAGE, Signals, one_line
from sim.outcomes import store
from sim.reporting.words import Words, languages
from sim.runs.pools import SchedulerLost, Threads, WorkerLost
from tests.conftest import ROOT

KEPT = {
    "en": "finished replicates kept in results/store: 3; to go on, run the same command",
    "zh": "已完成的 3 次模拟保存在 results/store，再次运行同一命令即可继续",
}


def _ended_by(error):
    """A comparison that ends with an error after three replicates of ten."""

    def compare(*_, progress, **__):
        progress(1, 10)
        progress(2, 10)
        raise error

    return compare


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, ("interrupted", "已中断")),
        (MemoryError(), MACHINE, ("out of memory", "内存不足")),
        (WorkerLost(), MACHINE, ("lost 4 times", "丢失 4 次")),
        (SchedulerLost(), MACHINE, ("the Dask scheduler was lost", "与 Dask 调度器的连接中断")),
        (OSError(errno.ENOSPC, "No space left"), STORAGE, ("no space left", "磁盘空间已满")),
        (OSError(errno.EFBIG, "File too large"), STORAGE, ("no space left", "磁盘空间已满")),
        (OSError(errno.EROFS, "Read-only", "x/y"), STORAGE, ("cannot write x/y", "无法写入 x/y")),
        (OSError(errno.ENOMEM, "No memory"), MACHINE, ("out of memory", "内存不足")),
        (KeyError("a\nb"), FAULT, ("fault of the program: KeyError: 'a", "程序出错：KeyError")),
    ],
)
def test_an_early_end_is_one_line_that_says_what_is_kept(
    in_folder, capsys, monkeypatch, error, code, said, language
):
    monkeypatch.delenv(SHOW_TRACEBACK, raising=False)
    monkeypatch.setattr("sim.experiments.compare.compare", _ended_by(error))
    assert main(["compare", "ad_blitz", "community_building", "--lang", language]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert err.startswith("gtm: ")
    assert said[language == "zh"] in err
    assert KEPT[language] in err
    assert not any(p.name.startswith(".writing") for p in (in_folder / "results").iterdir())


def test_a_fault_shows_its_traceback_on_demand(in_folder, capsys, monkeypatch):
    monkeypatch.setattr("sim.model.world.simulate", _ended_by(KeyError("odd")))
    monkeypatch.setenv(SHOW_TRACEBACK, "1")
    assert main(["run", "weeks=4", "warmup=0"]) == FAULT
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sigterm_ends_a_command_like_an_interrupt(in_folder, capsys, monkeypatch):
    def simulate(*_, **__):
        exec("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)")

    monkeypatch.setattr("sim.model.world.simulate", simulate)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["run", "weeks=4", "warmup=0"]) == 143
    assert capsys.readouterr().err == "gtm: ended by the signal SIGTERM; nothing was written\n"
    assert signal.getsignal(signal.SIGTERM) is before
    assert list((in_folder / "results").iterdir()) == []


BEFORE_IT_BEGAN = """
import os, signal, sys
from sim.__main__ import begin

class Sends:
    def find_spec(self, name, *_):
        if name == os.environ["AT"]:
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Sends())
sys.exit(begin())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("module", ["sim.cli.app", "yaml.loader"])
def test_a_signal_while_the_program_is_loaded_is_answered_in_one_line(in_folder, module):
    ended = subprocess.run(
        [sys.executable, "-c", BEFORE_IT_BEGAN, "plan", "list", "--lang", "zh"], check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "AT": module},
        capture_output=True,
    )  # fmt: skip
    assert ended.stderr.decode() == "gtm: 已被信号 SIGTERM 终止，未写入任何结果\n"
    assert (ended.returncode, ended.stdout) == (143, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("call", ["plan template mine", "market new mine"])
def test_a_file_that_does_not_fit_on_the_disk_is_not_left_half_written(in_folder, capsys, call):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        assert main(call.split()) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot write mine: File too large." in capsys.readouterr().err
    assert not (in_folder / "mine").exists()
    (in_folder / "mine").write_text("taken")
    assert main(call.split()) == 2
    assert (in_folder / "mine").read_text() == "taken"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_that_python_loses_is_sent_again():
    class Loses:
        def __del__(self):
            raise KeyboardInterrupt

    signals = Signals()
    with pytest.raises(KeyboardInterrupt), signals:  # noqa: PT012
        signals.number = signal.SIGTERM
        Loses()
        time.sleep(60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_output_that_is_full_is_one_line(in_folder, capsys, monkeypatch):
    for call in (["plan", "list"], ["explain", "talk"]):
        with open("/dev/full", "w") as full, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", full)
            assert main(call) == STORAGE
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(
        line.startswith("gtm: the answer cannot be printed: No space left") for line in lines
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("call", ["scenarios", "run --help", "explain talk", "rnu"])
def test_characters_that_an_output_cannot_print_are_replaced(
    in_folder, capsys, monkeypatch, call, encoding
):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    for language in languages():
        assert main([*call.split(), "--lang", language]) == (2 if call == "rnu" else 0)
    assert out.errors == "strict"
    said = err.buffer.getvalue().decode(encoding)
    assert f"gtm: the output ({encoding}) cannot print the language zh" in said
    assert "Traceback" not in said


def test_refusals_with_words_of_their_own_are_in_the_language_asked_for(
    in_folder, capsys, monkeypatch
):
    monkeypatch.setattr(store, "ROOM", 10**18)
    assert main(["run", "--lang", "zh"]) == 2
    monkeypatch.setattr("sim.model.memory.available", lambda: 10**6)
    monkeypatch.setattr(store, "ROOM", 0)
    assert main(["run", "--lang", "zh"]) == 2
    room, memory = capsys.readouterr().err.splitlines()
    assert room.startswith("gtm: 结果：results 只剩 ")
    assert memory.startswith("gtm: 内存：population.customers=20000 ")


def test_the_first_run_says_that_it_compiles(in_folder, capsys, monkeypatch):
    monkeypatch.undo()  # see conftest.py
    (in_folder / "kernel.nbi").touch()
    for place, said in ((in_folder, False), (in_folder / "empty", True)):
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(place))
        with click.Context(click.Command("run"), obj=Words("en")), progress.steps("run", 1):
            pass
        assert ("first run" in capsys.readouterr().err) is said


def test_progress_without_a_terminal_is_a_line_now_and_then(in_folder, capsys, monkeypatch):
    def compare(*_, progress, **__):
        progress(3, 10)
        time.sleep(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.experiments.compare.compare", compare)
    monkeypatch.setattr(progress, "FIRST_LINE", 0.1)
    assert main(["compare", "ad_blitz", "community_building"]) == 130
    *lines, last = capsys.readouterr().err.splitlines()
    assert "comparison: 3 of 10 after 0 s" in lines
    assert 1 <= len(lines) <= 3
    assert last.startswith("gtm: interrupted")


def test_one_line_has_no_control_characters():
    assert one_line("a\nb\t\x1b[31mc  d") == "a b [31mc d"


SMALL = (
    "compare", "--arm", "a: talk.rate=0.1", "--arm", "b: talk.rate=0.2", "market=toy",
    "population.customers=200", "population.people=200", "weeks=4", "warmup=0", "replicates=6",
    "smallest_effect=0", "threads=1", "--out", "out",
)  # fmt: skip


def _start(folder: Path, *call: str, limit: int = 0) -> subprocess.Popen[str]:
    """Start a command in a process of its own; no file may grow beyond a limit."""
    import resource  # not on Windows

    return subprocess.Popen(
        [sys.executable, "-m", "sim", *call], cwd=folder, stdout=subprocess.DEVNULL, text=True,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: limit and resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_batch_system_ends_all_workers_and_the_next_run_goes_on(in_folder, monkeypatch):
    """The whole trial, twenty times over, is ``tests/edges/edges.py``."""
    first = _start(in_folder, *SMALL)
    while len(list(in_folder.glob("out/store/*/weeks/*.parquet"))) < 2:  # the first is counted
        assert first.poll() is None
        time.sleep(0.02)
    family = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 143
    assert said.splitlines()[-1].startswith("gtm: ended by the signal SIGTERM; finished replicates")
    assert not psutil.wait_procs(family, timeout=20)[1]
    assert [p.name for p in (in_folder / "out").rglob(".*")] == []
    kept = {p: p.stat().st_mtime_ns for p in in_folder.glob("out/store/*/weeks/*.parquet")}
    monkeypatch.setattr("sim.runs.executors.Processes", Threads)
    assert main(list(SMALL)) == 0
    assert (in_folder / "out" / "compare-a-b" / "answer.txt").exists()
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_fills_up_leaves_nothing_half_written(in_folder):
    full = _start(in_folder, *SMALL, limit=2_000)
    _, said = full.communicate(timeout=120)
    assert full.returncode == STORAGE
    assert said.splitlines()[-1].startswith("gtm: no space left on the disk; ")
    assert "Traceback" not in said
    assert [p.name for p in (in_folder / "out").rglob(".*")] == []
    assert not [p for p in (in_folder / "out").iterdir() if p.name != "store"]
