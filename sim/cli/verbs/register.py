"""``gtm register [SCENARIO|CLAIM ...]`` shows the register of claims."""

from __future__ import annotations

import click

from sim.cli.choices import scenarios
from sim.cli.parameters import Given, given, json_flag
from sim.reporting.words import Words


@click.command()
@given(choices=scenarios)
@json_flag
@click.pass_obj
def command(words: Words, given: Given, as_json: bool) -> None:
    """Show what each claim states, or refuse a claim that is not as registered."""
    from sim.experiments import register
    from sim.params import ConfigError
    from sim.reporting import as_json as documents
    from sim.reporting import terminal
    from sim.reporting.register import earlier, table

    found = register.read()
    asked = register.look_up(given.names, found)
    for fault in register.faults(found, asked.scenarios):
        raise ConfigError("register: {fault}", fault=fault)
    if as_json:
        print(documents.register(found, asked, register.replaced(found)))
        return
    terminal.show(terminal.make_console(), table(found, asked, words), *earlier(asked, words))
