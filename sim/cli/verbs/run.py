"""``gtm run [PLAN]`` simulates one market; ``gtm run cdnow`` a published cohort of customers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.choices import plans
from sim.cli.parameters import Given, given, json_flag, out_folder
from sim.cli.progress import steps
from sim.reporting.words import Words

CDNOW = "cdnow"
"""Name of the shipped cohort, which no plan may use."""


@click.command()
@given(high=1, choices=lambda: [*plans(), CDNOW])
@click.option("--timings", is_flag=True)
@json_flag
@out_folder
@click.pass_obj
def command(words: Words, given: Given, timings: bool, as_json: bool, out: Path) -> None:
    """Simulate, write the results folder, show KPIs."""
    if given.names == [CDNOW]:
        _run_cdnow(words, given.changes, as_json, out)
    else:
        _run(words, given, timings, as_json, out)


def _run(words: Words, given: Given, timings: bool, as_json: bool, out: Path) -> None:
    from sim.config.compose import load_config
    from sim.market.plan import find_plan
    from sim.model.world import simulate
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting.notes import beyond_the_run, saved

    config = load_config(*given.changes)
    words = words.in_currency(config.currency)
    plan = find_plan(given.names[0], config) if given.names else None
    with store.folder(folders.label("run", plan.name if plan else "declared"), out) as (
        draft,
        publish,
    ):
        with steps(plan.name if plan else "run", config.weeks) as advance:
            result = simulate(config, plan=plan, progress=lambda _: advance(1), time_phases=timings)
        folders.save_run(draft, config, result, given.changes, words)
        place = publish()
    notes = beyond_the_run(config, [plan], words)
    if as_json:
        print(documents.run(result, notes, place))
        return
    tables = [terminal.run_table(result, words)]
    tables += [terminal.timing_table(result, words)] if timings else []
    terminal.show(terminal.make_console(), *tables, *notes, saved(place, words))


def _run_cdnow(words: Words, changes: Sequence[str], as_json: bool, out: Path) -> None:
    from sim.config.compose import load_config
    from sim.experiments import cdnow
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import folders, terminal
    from sim.reporting.notes import saved

    config = load_config("market=cdnow", *changes)
    cdnow.check(config)
    with store.folder("run-cdnow", out) as (draft, publish):
        with steps("cdnow", cdnow.REPLICATES) as advance:
            found = cdnow.study(config, progress=advance)
        folders.save_cdnow(draft, config, found, changes, words)
        place = publish()
    tables, answer = terminal.cdnow_tables(found, words), terminal.cdnow_answer(found, words)
    if as_json:
        print(documents.cohort(found, answer, place))
        return
    terminal.show(terminal.make_console(), *tables, *answer, saved(place, words))
