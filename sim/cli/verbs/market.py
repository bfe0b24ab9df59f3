"""``gtm market list`` and ``gtm market new [FILE]``."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.errors import not_allowed
from sim.cli.parameters import Given, given
from sim.params import ConfigError
from sim.reporting.words import Words

ACTIONS = ("new", "list")
DEFAULT = "brand"


@click.command()
@given(high=2, choices=lambda: ACTIONS)
@click.option("--like", "like", default=DEFAULT)
@click.pass_obj
def command(words: Words, given: Given, like: str) -> None:
    """List the shipped markets, or write the ten numbers of one."""
    action, *paths = given.names or [""]
    if action not in ACTIONS:
        raise not_allowed("market", action, ACTIONS)
    from sim.config.compose import is_model, models
    from sim.reporting import terminal
    from sim.reporting.markets import market_table, write_market

    if given.changes:
        raise not_allowed(f"market {action}", given.changes[0], ACTIONS)
    if not is_model(like):
        raise not_allowed(f"market {action} --like", like, models())
    if action == "list":
        if paths:
            raise ConfigError("market {word}: takes no file.", word=action)
        terminal.show(terminal.make_console(), market_table(words))
    else:
        print(write_market(Path(paths[0] if paths else "market.yaml"), like, words))
