"""Table of the coverage of intervals."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from sim.experiments.coverage import Coverage
from sim.reporting.words import Words


def coverage_table(found: Sequence[Coverage], words: Words) -> Table:
    """Table of experiments with the share of intervals that contain the true difference."""
    table = Table(title=words.say("coverage_title", n=len(found[0].held)), title_justify="left")
    for name in ("coverage_kind", "coverage_held", "coverage_early"):
        table.add_column(words.say(name), justify="left" if name == "coverage_kind" else "right")
    for one in found:
        early = words.share(float(one.stopped_early.mean()))
        table.add_row(one.name, words.share(one.share), early)
    return table
