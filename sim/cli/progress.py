"""Progress bars on standard error, which disappear when the work is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


@contextmanager
def steps(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar of known length; the function it yields takes the steps since the last call."""
    with _bar() as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, advance=done)


@contextmanager
def growing(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar of changing length; the function it yields takes new steps and the total."""
    with _bar() as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, advance=done, total=total)


def _bar() -> Progress:
    """A progress bar that writes nothing unless standard error is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)
