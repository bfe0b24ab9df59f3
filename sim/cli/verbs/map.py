"""``gtm map`` shows the markets in which the hunter or the farmer leads."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.parameters import Given, Whole, given, out_folder
from sim.cli.progress import growing
from sim.cli.verbs.claims import MOST_POINTS
from sim.reporting.words import Words


@click.command()
@given(high=0)
@click.option("--points", type=Whole(0, MOST_POINTS), default=0)
@out_folder
@click.pass_obj
def command(words: Words, given: Given, points: int, out: Path) -> None:
    """Run both in every market, write the map, show the answer."""
    from sim.experiments import map as experiment
    from sim.experiments.scenarios import need
    from sim.outcomes import store
    from sim.reporting import folders, terminal
    from sim.reporting.map import answer
    from sim.reporting.notes import saved
    from sim.runs.engine import engine
    from sim.runs.executors import split_execution

    points = points or experiment.POINTS
    execution, changes = split_execution(given.changes)
    config = need(experiment.SCENARIO).config(*changes)
    kept = out / store.STORE
    with store.folder("map", out) as (draft, publish):
        with (
            growing(words.say("progress_map"), kept) as count,
            engine(config, kept, execution) as runs,
        ):
            found = experiment.chart(*changes, points=points, runs=runs, progress=count)
        folders.save_map(draft, found, points, changes, words)
        place = publish()
    terminal.show(terminal.make_console(), *answer(found, words), saved(place, words))
