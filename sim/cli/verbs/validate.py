"""``gtm validate [TARGET ...]`` and ``gtm validate coverage``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, Whole, given, json_flag, out_folder
from sim.cli.progress import growing
from sim.reporting.words import Words

COVERAGE = "coverage"
MOST_SETTINGS = 100_000


@click.command()
@given(choices=lambda: [COVERAGE])
@click.option("--settings", type=Whole(2, MOST_SETTINGS), default=30)
@json_flag
@out_folder
@click.pass_obj
def command(words: Words, given: Given, settings: int, as_json: bool, out: Path) -> None:
    """Measure published facts, or the coverage of intervals."""
    from sim.experiments.targets import TARGETS

    if given.names == [COVERAGE]:
        _coverage(words, given.changes, as_json)
        return
    for name in given.names:
        if name not in TARGETS:
            raise not_allowed("validate", name, [COVERAGE, *TARGETS])
    _targets(words, given.names or list(TARGETS), given.changes, settings, as_json, out)


def _targets(
    words: Words, names: Sequence[str], changes: Sequence[str], settings: int, as_json: bool,
    out: Path,
) -> None:  # fmt: skip
    from sim.experiments.targets import validate
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved
    from sim.runs.executors import split_execution

    execution, changes = split_execution(changes)
    kept = out / store.STORE
    with store.folder(folders.label("validate", *names), out) as (draft, publish):
        with growing(words.say("progress_facts"), kept) as count:
            found = validate(names, *changes, settings=settings, store=kept, processes=execution,
                             progress=count)  # fmt: skip
        folders.save_scorecard(draft, found, names, settings, changes, words)
        place = publish()
    if as_json:
        print(documents.validate(found, settings, place))
        return
    table = terminal.scorecard(found, settings, words)
    notes = [words.say("score_note"), saved(place, words)]
    terminal.show(terminal.make_console(), table, *notes)


def _coverage(words: Words, changes: Sequence[str], as_json: bool) -> None:
    from sim.config.compose import load_config
    from sim.experiments.coverage import SMALL, coverage
    from sim.reporting import as_json as documents
    from sim.reporting import terminal
    from sim.reporting.coverage import coverage_table
    from sim.runs.executors import split_execution

    execution, changes = split_execution(changes)
    with growing(words.say("coverage_held")) as count:
        found = coverage(load_config(*SMALL, *changes), processes=execution, progress=count)
    if as_json:
        print(documents.coverage(found))
        return
    terminal.show(terminal.make_console(), coverage_table(found, words))
