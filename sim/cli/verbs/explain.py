"""``gtm explain [NAME]`` shows the assumptions of the model, everything that can be set, and every
term."""

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
@given(choices=lambda: [*groups(), *kpis(), *keys(), COLUMNS, JSON])
@click.pass_obj
def command(words: Words, given: Given) -> None:
    """Show all tables, or those that a name or a term, perhaps of several words, refers to."""
    from sim.config.compose import load_config
    from sim.reporting import explain, terminal
    from sim.reporting.markets import ten_numbers

    config = load_config(*given.changes)
    name = " ".join(given.names)
    if name.startswith(f"{JSON}."):
        _schema(name.removeprefix(f"{JSON}."), words)
        return
    known = [ten_numbers(config, words), *explain.sheets(config, words)]
    sheets = _named(name, config, known, words) if name else known
    terminal.show(terminal.make_console(), *explain.tables(sheets, words))


def _named(name: str, config: Config, known: list[Sheet], words: Words) -> list[Sheet]:
    """The sheets that a name refers to: the definition of a term, the tables that have the name, or
    both.

    Raises:
        ConfigError: it refers to none.
    """
    from sim.reporting import terms

    found = terms.find(name)
    names = [name, *(term.kpi or term.key for term in found)]
    names += terms.printed(name, config)
    tables = [
        sheet for one in dict.fromkeys(names) if one for sheet in _tables(one, config, known, words)
    ]
    if any(term.kpi for term in found):  # its definition says what its row in this table says
        tables = [sheet for sheet in tables if sheet.name != "kpis"]
    sheets = [*(terms.page(term, words) for term in found), *dict.fromkeys(tables)]
    if not sheets:
        raise _unknown(name, config, known, words)
    return sheets


def _tables(name: str, config: Config, known: list[Sheet], words: Words) -> list[Sheet]:
    """The tables, rows and columns with a name, or the values that can be set by it."""
    from sim.reporting import explain
    from sim.reporting.references import columns, documents
    from sim.reporting.settings import find, settings

    if name in (COLUMNS, JSON):
        return [columns(words) if name == COLUMNS else documents(words)]
    value = find(config, name, words) if name in settings(config) or "." in name else None
    sheets = [value] if value else explain.matching(known, name)
    if not sheets and (value := find(config, name, words)):
        sheets = [value]
    return sheets


def _unknown(name: str, config: Config, known: list[Sheet], words: Words) -> ConfigError:
    """The error for a name that is neither a table, a value nor a term, with the nearest name."""
    from sim.reporting import explain, terms
    from sim.reporting.settings import hint, settings

    allowed = [*explain.names(known), *settings(config), *terms.spellings(words), COLUMNS, JSON]
    near = hint(config, name, words) or did_you_mean(name, allowed, words)
    return ConfigError("{said}", said=words.say("cli_no_sheet", word=name, hint=near))


def _schema(document: str, words: Words) -> None:
    """Print the JSON Schema of a document."""
    import json

    from sim.cli.errors import not_allowed
    from sim.reporting.json_schema import documents, schema

    if document not in documents():
        raise not_allowed(f"explain {JSON}.", document, documents())
    print(json.dumps(schema(document, words), indent=1, ensure_ascii=False))
