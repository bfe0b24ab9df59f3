"""``gtm validate [FACT ...]``, and ``gtm validate coverage``, ``economy`` and ``audit``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, Whole, given, json_flag, out_folder
from sim.cli.progress import growing
from sim.cli.validation import audit, economy
from sim.params import ConfigError
from sim.reporting.words import Words

COVERAGE, ECONOMY, AUDIT = "coverage", "economy", "audit"
MOST_SETTINGS = 100_000


@click.command()
@given(choices=lambda: [COVERAGE, ECONOMY, AUDIT])
@click.option("--quick", is_flag=True)
@click.option("--settings", type=Whole(2, MOST_SETTINGS), default=None)
@click.option("--stored", is_flag=True)
@json_flag
@out_folder
@click.pass_obj
def command(
    words: Words, given: Given, quick: bool, settings: int | None, stored: bool, as_json: bool,
    out: Path,
) -> None:  # fmt: skip
    """Measure published facts, or the coverage of intervals."""
    from sim.experiments.validation.facts import targets

    if given.names == [COVERAGE]:
        _coverage(words, given.changes, as_json)
        return
    if given.names[:1] in ([ECONOMY], [AUDIT]):
        if stored or settings is not None or (quick and given.names[0] == AUDIT):
            raise ConfigError(
                "gtm validate {what} takes names of markets and changes; of the options, economy "
                "takes --quick.",
                what=given.names[0],
            )
        report = economy if given.names[0] == ECONOMY else audit
        report(words, given.names[1:], given.changes, quick, as_json, out)
        return
    known = targets().facts
    names = [_id(name) for name in given.names]
    for name in names:
        if name not in known:
            raise not_allowed("validate", name, [COVERAGE, ECONOMY, AUDIT, *known])
    if stored:
        if given.changes or quick or settings is not None:
            raise ConfigError("--stored shows what is stored; it takes facts and nothing else.")
        _stored(words, names, as_json)
        return
    _measured(words, names, given.changes, "quick" if quick else "full", settings, as_json, out)


def _id(name: str) -> str:
    """The id of a fact, which may be typed in small letters and without the zero."""
    letter, digits = name[:1].upper(), name[1:]
    return f"E{int(digits):02}" if letter == "E" and digits.isdecimal() else name


def _stored(words: Words, names: Sequence[str], as_json: bool) -> None:
    """Show the scorecard that ships with the package."""
    from sim.experiments.validation.scorecard import stored
    from sim.reporting import as_json as documents
    from sim.reporting import scorecard as report
    from sim.reporting import terminal

    found = stored().only(names) if names else stored()
    if as_json:
        print(documents.validate(found, None))
        return
    terminal.show(
        terminal.make_console(), report.table(found, words), "", *report.answer(found, words),
        *report.notes(found, words),
    )  # fmt: skip


def _measured(
    words: Words, names: Sequence[str], changes: Sequence[str], mode: str, settings: int | None,
    as_json: bool, out: Path,
) -> None:  # fmt: skip
    from sim.experiments.validation.scorecard import validate
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting import scorecard as report
    from sim.reporting.notes import saved
    from sim.runs.executors import split_execution

    execution, changes = split_execution(changes)
    kept = out / store.STORE
    if not names and mode == "full":
        click.echo(words.say("score_minutes"), err=True)
    with store.folder(folders.label("validate", *names), out) as (draft, publish):
        with growing(words.say("progress_facts"), kept) as count:
            found = validate(names, *changes, mode=mode, settings=settings, store=kept,
                             processes=execution, progress=count)  # fmt: skip
        folders.save_scorecard(draft, found, names, changes, words)
        place = publish()
    if as_json:
        print(documents.validate(found, place))
        return
    terminal.show(
        terminal.make_console(), report.table(found, words), "", *report.answer(found, words),
        *report.notes(found, words), saved(place, words),
    )  # fmt: skip


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
