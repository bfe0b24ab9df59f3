"""``gtm plan list`` and ``gtm plan template [FILE]``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, given
from sim.reporting.words import Words

ACTIONS = ("template", "list")


@click.command()
@given(high=2, choices=lambda: ACTIONS)
@click.pass_obj
def command(words: Words, given: Given) -> None:
    """List the shipped plans, or write a template."""
    action, *files = given.names or [""]
    if action not in ACTIONS:
        raise not_allowed("plan", action, ACTIONS, words)
    from sim.config.compose import load_config
    from sim.reporting.plans import plan_lines, write_template

    config = load_config(*given.changes)
    if action == "list":
        print("\n".join(plan_lines(config)))
    else:
        print(write_template(Path(files[0] if files else "plan.csv"), config, words))
