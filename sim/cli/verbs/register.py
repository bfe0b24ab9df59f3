"""``gtm register [SCENARIO ...]`` shows the register of claims."""

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
    from sim.experiments.scenarios import names, need
    from sim.params import ConfigError
    from sim.reporting import as_json as documents
    from sim.reporting import terminal
    from sim.reporting.register import table

    found, named = register.read(), [need(name) for name in given.names or names()]
    for one in named:
        if not one.is_registered:
            raise ConfigError(
                "register {name}: its claims are not registered; allowed {allowed}.",
                name=one.word, allowed=names(),
            )  # fmt: skip
    for fault in register.faults(found, named):
        raise ConfigError("register: {fault}", fault=fault)
    if as_json:
        print(documents.register(found, named, register.replaced()))
        return
    terminal.show(terminal.make_console(), table(found, named, words))
