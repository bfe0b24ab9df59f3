"""``gtm plan list``, ``gtm plan check FILE`` and ``gtm plan template [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, given, need_file, plan_options
from sim.params import ConfigError
from sim.reporting.words import Words

if TYPE_CHECKING:
    from sim.config.schema import Config
    from sim.plans.read import Options

ACTIONS = ("template", "check", "list")


@click.command()
@given(high=2, choices=lambda: ACTIONS)
@click.option("--wide", is_flag=True)
@plan_options
@click.pass_obj
def command(words: Words, given: Given, wide: bool, reading: Options) -> None:
    """List the shipped plans, check a plan, or write a template."""
    action, *files = given.names or [""]
    if action not in ACTIONS:
        raise not_allowed("plan", action, ACTIONS)
    if action == "check" and not files:
        raise ConfigError("gtm plan check needs the name of a file.")
    from sim.config.compose import load_config
    from sim.reporting.plans import plan_lines, write_template

    if action != "check":
        need_file(reading, [])
    config = load_config(*given.changes)
    words = words.in_currency(config.currency)
    if action == "list":
        print("\n".join(plan_lines(config, words)))
    elif action == "check":
        _check(files[0], config, reading, words)
    else:
        path = Path(files[0] if files else "plan.csv")
        print(write_template(path, config, words, wide=wide))


def _check(file: str, config: Config, reading: Options, words: Words) -> None:
    """Show what was understood of a plan, or list its faults and exit with code 2."""
    from sim.plans.faults import PlanError
    from sim.plans.find import find_plan
    from sim.reporting import terminal
    from sim.reporting.plans import check

    try:
        plan = find_plan(file, config, reading)
    except PlanError as error:
        for line in error.faults:
            print(f"gtm: {line}", file=sys.stderr)
        click.get_current_context().exit(2)
    assert plan is not None
    need_file(reading, [plan])
    tables, lines = check(plan, config, words)
    terminal.show(terminal.make_console(), *tables, *lines)
