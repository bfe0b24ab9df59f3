"""``gtm benchmark`` measures speed and memory."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.boundary import Ended
from sim.cli.parameters import Given, given, json_flag, out_folder
from sim.cli.progress import growing
from sim.params import ConfigError
from sim.reporting.words import Words

DISAGREE = 1
"""Exit code where engines of the toy market disagree."""


@click.command()
@given(high=0)
@click.option("--quick", is_flag=True)
@json_flag
@out_folder
@click.pass_obj
def command(words: Words, given: Given, quick: bool, as_json: bool, out: Path) -> None:
    """Measure, write the figures, show them."""
    if given.changes:
        raise ConfigError(
            "gtm benchmark takes no changes, so that its figures can be compared; found {changes}.",
            changes=given.changes,
        )
    from sim.experiments.benchmark.benchmark import benchmark
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import benchmark as report
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved

    with store.folder("benchmark", out) as (draft, publish):
        with growing(words.say("benchmark_progress")) as count:
            found = benchmark(quick, count)
        answer = report.answer(found, words)
        folders.save_benchmark(draft, found, answer)
        place = publish()
    if as_json:
        print(documents.benchmark(found, answer, place))
    else:
        terminal.show(
            terminal.make_console(), *report.tables(found, words), "", *answer,
            *report.notes(found, words), saved(place, words),
        )  # fmt: skip
    if not found.agrees:
        raise Ended(report.agreement(found, words), DISAGREE)
