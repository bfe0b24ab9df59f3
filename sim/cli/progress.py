"""Progress on standard error: a bar that disappears at the end, or a line now and then where
standard error is no terminal."""

from __future__ import annotations

import os
import sys
import threading
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Task
    from rich.text import Text

    from sim.reporting.words import Words

COUNTS = "sim.cli.counts"
"""Key of the counts in the context of the command."""

FIRST_LINE, LAST_WAIT = 5.0, 320.0
"""Seconds to the first line; each wait is twice the one before, up to the last."""


FEWEST = 4
"""Steps that must be done before the remaining time is estimated."""

SHARE = 6
"""The latter half of these steps must have taken a sixth of the time so far: what many workers
finish at the same moment tells nothing about their pace, and neither does the compilation before
the first step."""


@dataclass
class Count:
    """Work done.

    Attributes:
        label: what is being done.
        done, total: steps; the total is None until it is known.
        kept: folder in which each step is kept as soon as it is done; None if steps are not kept.
    """

    label: str
    done: int = 0
    total: int | None = None
    kept: Path | None = None
    _began: float = field(default_factory=time.monotonic)
    _ends: list[tuple[float, int]] = field(default_factory=list)

    def advance(self, steps: int, total: int) -> None:
        """Count steps. Those that come with a new total were kept before, and took no time."""
        if total == self.total and steps:
            before = self._ends[-1][1] if self._ends else 0
            self._ends.append((time.monotonic(), before + steps))
        self.done, self.total = self.done + steps, total

    def seconds_left(self) -> float | None:
        """Estimate of the remaining time, from the latter half of the steps; None if too little is
        done."""
        worked = self._ends[-1][1] if self._ends else 0
        if self.total is None or worked < FEWEST:
            return None
        now = time.monotonic()
        at, by_then = self._ends[bisect(self._ends, worked // 2, key=itemgetter(1)) - 1]
        if now - at < (now - self._began) / SHARE:
            return None
        return max(0, self.total - self.done) * (now - at) / (worked - by_then)


@contextmanager
def steps(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress of known length; the function it yields takes the steps since the last call."""
    with _shown(Count(label, total=total)) as advance:
        yield lambda done: advance(done, total)


@contextmanager
def growing(label: str, kept: Path | None = None) -> Iterator[Callable[[int, int], None]]:
    """Show progress of changing length; the function it yields takes new steps and the total.

    Args:
        kept: folder in which each step is kept as soon as it is done.
    """
    with _shown(Count(label, kept=kept)) as advance:
        yield advance


def is_first_run() -> bool:
    """Whether no compiled code is kept yet."""
    return not any(Path(os.environ["NUMBA_CACHE_DIR"]).rglob("*.nbi"))


@contextmanager
def _shown(count: Count) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console

    ctx = click.get_current_context()
    if not ctx.meta.get(COUNTS) and is_first_run():
        click.echo(ctx.obj.say("cli_compiles"), err=True)
    ctx.meta.setdefault(COUNTS, []).append(count)
    console = Console(stderr=True)
    with _bar(count, console, ctx.obj) if console.is_terminal else _lines(count, ctx) as refresh:

        def advance(done: int, total: int) -> None:
            count.advance(done, total)
            refresh()

        yield advance


@contextmanager
def _bar(count: Count, console: Console, words: Words) -> Iterator[Callable[[], None]]:
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    class Left(TextColumn):
        def render(self, task: Task) -> Text:
            task.fields["left"] = left(count, words)
            return super().render(task)

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, Left("{task.fields[left]}"), console=console, transient=True) as bar:
        task = bar.add_task(escape(count.label), total=count.total)
        yield lambda: bar.update(task, completed=count.done, total=count.total)


def left(count: Count, words: Words) -> str:
    """The remaining time in words; empty if it is not known."""
    seconds = count.seconds_left()
    if seconds is None:
        return ""
    for unit, key in ((3600, "cli_left_hours"), (60, "cli_left_minutes")):
        if seconds >= 1.5 * unit:
            return words.say("cli_left", time=words.say(key, count=round(seconds / unit)))
    return words.say("cli_left", time=words.say("cli_left_seconds", count=round(seconds)))


@contextmanager
def _lines(count: Count, ctx: click.Context) -> Iterator[Callable[[], None]]:
    begin, over, words = time.monotonic(), threading.Event(), ctx.obj

    def speak() -> None:
        wait = FIRST_LINE
        while not over.wait(wait):
            total = words.say("unknown") if count.total is None else count.total
            rest = left(count, words)
            rest = words.say("cli_progress_left", left=rest) if rest else ""
            line = words.say("cli_progress", label=count.label, done=count.done, total=total,
                             seconds=round(time.monotonic() - begin), left=rest)  # fmt: skip
            with suppress(OSError, ValueError):  # nobody listens
                print(line, file=sys.stderr, flush=True)
            wait = min(2.0 * wait, LAST_WAIT)

    threading.Thread(target=speak, daemon=True).start()
    try:
        yield lambda: None
    finally:
        over.set()
