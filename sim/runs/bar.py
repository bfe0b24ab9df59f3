"""A bar of progress for use from Python, in terminals and notebooks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called with the steps just done and the number of all steps. Steps that come with a new number
of all steps were kept before, and took no time."""


@contextmanager
def shown(progress: bool | Progress | None) -> Iterator[Progress | None]:
    """The function that tells progress: the given one, or with True a bar on standard error."""
    if not isinstance(progress, bool):
        yield progress
    elif not progress:
        yield None
    else:
        with _bar() as tell:
            yield tell


@contextmanager
def _bar() -> Iterator[Progress]:
    from tqdm.std import tqdm  # in notebooks too: the other bar needs ipywidgets, or warns

    with tqdm(file=sys.stderr, smoothing=0.0, dynamic_ncols=True) as bar:

        def tell(done: int, total: int) -> None:
            if total == bar.total:
                bar.update(done)
                return
            bar.total = total
            bar.initial += done  # not part of the pace
            bar.n += done
            bar.refresh()

        yield tell
