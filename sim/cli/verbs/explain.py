"""``gtm explain [NAME]`` shows the assumptions of the model."""

from __future__ import annotations

import click

from sim.cli.choices import groups, kpis
from sim.cli.errors import did_you_mean
from sim.cli.parameters import Given, given
from sim.params import ConfigError
from sim.reporting.words import Words


@click.command()
@given(high=1, choices=lambda: [*groups(), *kpis()])
@click.pass_obj
def command(words: Words, given: Given) -> None:
    """Show all tables, or those that a name refers to."""
    from sim.config.compose import load_config
    from sim.reporting import explain, terminal

    sheets = known = explain.sheets(load_config(*given.changes))
    if given.names:
        sheets = explain.matching(known, given.names[0])
        if not sheets:
            word = given.names[0]
            hint = did_you_mean(word, explain.names(known), words)
            raise ConfigError(words.say("cli_no_sheet", word=word, hint=hint))
    terminal.show(terminal.make_console(), *explain.tables(sheets))
