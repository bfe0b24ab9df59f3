"""``gtm scenarios`` lists the scenarios of the package."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.parameters import Given, given, json_flag, out_folder
from sim.reporting.words import Words


@click.command()
@given(high=0)
@json_flag
@out_folder
@click.pass_obj
def command(words: Words, given: Given, as_json: bool, out: Path) -> None:
    """Show every scenario with its question and its last verdicts."""
    from sim.experiments.scenarios import names, need
    from sim.outcomes import store
    from sim.reporting import as_json as documents
    from sim.reporting import terminal
    from sim.reporting.claims import scenario_table
    from sim.runs.address import program

    found, last = [need(name) for name in names()], store.read_verdicts(out)
    if as_json:
        print(documents.scenarios(found, last, program()))
        return
    table = scenario_table(found, last, program(), words)
    terminal.show(terminal.make_console(), table)
