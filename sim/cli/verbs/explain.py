"""``gtm explain [NAME]`` shows the assumptions of the model, and everything that can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.cli.choices import groups, keys, kpis
from sim.cli.errors import did_you_mean
from sim.cli.parameters import Given, given
from sim.params import ConfigError
from sim.reporting.words import Words

if TYPE_CHECKING:
    from sim.config.schema import Config
    from sim.reporting.explain import Sheet

COLUMNS, JSON = "columns", "json"


@click.command()
@given(high=1, choices=lambda: [*groups(), *kpis(), *keys(), COLUMNS, JSON])
@click.pass_obj
def command(words: Words, given: Given) -> None:
    """Show all tables, or those that a name refers to."""
    from sim.config.compose import load_config
    from sim.reporting import explain, terminal
    from sim.reporting.markets import ten_numbers

    config = load_config(*given.changes)
    name = given.names[0] if given.names else ""
    if name.startswith(f"{JSON}."):
        _schema(name.removeprefix(f"{JSON}."), words)
        return
    known = [ten_numbers(config, words), *explain.sheets(config)]
    sheets = _named(name, config, known, words) if name else known
    terminal.show(terminal.make_console(), *explain.tables(sheets, words))


def _named(name: str, config: Config, known: list[Sheet], words: Words) -> list[Sheet]:
    """The sheets that a name refers to.

    Raises:
        ConfigError: it refers to none.
    """
    from sim.reporting import explain
    from sim.reporting.references import columns, documents
    from sim.reporting.settings import find, hint, settings

    if name in (COLUMNS, JSON):
        return [columns(words) if name == COLUMNS else documents(words)]
    value = find(config, name, words) if name in settings(config) or "." in name else None
    sheets = [value] if value else explain.matching(known, name)
    if not sheets and (value := find(config, name, words)):
        sheets = [value]
    if not sheets:
        allowed = [*explain.names(known), *settings(config), COLUMNS, JSON]
        near = hint(config, name, words) or did_you_mean(name, allowed, words)
        raise ConfigError("{said}", said=words.say("cli_no_sheet", word=name, hint=near))
    return sheets


def _schema(document: str, words: Words) -> None:
    """Print the JSON Schema of a document."""
    import json

    from sim.cli.errors import not_allowed
    from sim.reporting.json_schema import documents, schema

    if document not in documents():
        raise not_allowed(f"explain {JSON}.", document, documents())
    print(json.dumps(schema(document, words), indent=1, ensure_ascii=False))
