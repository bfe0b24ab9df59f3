"""Progress on standard error: a bar that disappears at the end, or a line now and then where
standard error is no terminal."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

COUNTS = "sim.cli.counts"
"""Key of the counts in the context of the command."""

FIRST_LINE, LAST_WAIT = 5.0, 320.0
"""Seconds to the first line; each wait is twice the one before, up to the last."""


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
    with _bar(count, console) if console.is_terminal else _lines(count, ctx) as refresh:

        def advance(done: int, total: int) -> None:
            count.done, count.total = count.done + done, total
            refresh()

        yield advance


@contextmanager
def _bar(count: Count, console: object) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    assert isinstance(console, Console)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(escape(count.label), total=count.total)
        yield lambda: bar.update(task, completed=count.done, total=count.total)


@contextmanager
def _lines(count: Count, ctx: click.Context) -> Iterator[Callable[[], None]]:
    begin, over, words = time.monotonic(), threading.Event(), ctx.obj

    def speak() -> None:
        wait = FIRST_LINE
        while not over.wait(wait):
            total = words.say("unknown") if count.total is None else count.total
            line = words.say("cli_progress", label=count.label, done=count.done, total=total,
                             seconds=round(time.monotonic() - begin))  # fmt: skip
            with suppress(OSError, ValueError):  # nobody listens
                print(line, file=sys.stderr, flush=True)
            wait = min(2.0 * wait, LAST_WAIT)

    threading.Thread(target=speak, daemon=True).start()
    try:
        yield lambda: None
    finally:
        over.set()
