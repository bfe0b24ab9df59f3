"""Table of the coverage of intervals."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from sim.experiments.coverage import COMMON, INDEPENDENT, SAME, Coverage
from sim.reporting.words import Words


def coverage_table(found: Sequence[Coverage], words: Words) -> Table:
    """Table of experiments with the share of intervals that contain the true difference."""
    table = Table(title=words.say("coverage_title"), title_justify="left")
    for name in ("coverage_kind", "coverage_count", "coverage_held", "coverage_early"):
        table.add_column(words.say(name), justify="left" if name == "coverage_kind" else "right")
    kinds = {
        SAME: words.say("coverage_same"), COMMON: words.say("coverage_common"),
        INDEPENDENT: words.say("coverage_independent"),
    }  # fmt: skip
    for one in found:
        early = words.share(float(one.stopped_early.mean()))
        table.add_row(kinds[one.name], str(len(one.held)), words.share(one.share), early)
    return table
