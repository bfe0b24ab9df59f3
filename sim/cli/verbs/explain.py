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
@click.option("--all", "everything", is_flag=True)
@click.pass_obj
def command(words: Words, given: Given, everything: bool) -> None:
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
    pages, tables, more = _named(name, config, known, words) if name else ([], known, [])
    shown = [*pages, *tables, *(more if everything else [])]
    hint = words.say("term_more", name=name)
    terminal.show(
        terminal.make_console(), *explain.tables(shown, words),
        *([hint] if more and not everything else []),
    )  # fmt: skip


def _named(
    name: str, config: Config, known: list[Sheet], words: Words
) -> tuple[list[Sheet], list[Sheet], list[Sheet]]:
    """What a name refers to: the pages of the terms that it is, the tables that it is a name in,
    and further tables that mention a term.

    Raises:
        ConfigError: it refers to none.
    """
    from sim.reporting import terms

    found = terms.find(name)
    own = [*_exact(name, config, known), *terms.printed(name, config)] if found else [name]
    if not found:
        own += terms.printed(name, config)
    others = [name, *(term.kpi or term.key for term in found)]
    tables, more = (
        [
            sheet
            for one in dict.fromkeys(names)
            if one
            for sheet in _tables(one, config, known, words)
        ]
        for names in (own, others)
    )
    if any(term.kpi for term in found):  # its definition says what its row in this table says
        tables, more = (
            [sheet for sheet in some if sheet.name != "kpis"] for some in (tables, more)
        )
    pages = [terms.page(term, words) for term in found]
    if not pages and not tables:
        raise _unknown(name, config, known, words)
    tables = list(dict.fromkeys(tables))
    return pages, tables, [sheet for sheet in dict.fromkeys(more) if sheet not in tables]


def _exact(name: str, config: Config, known: list[Sheet]) -> list[str]:
    """The parameter, group or table that a term is also the name of, however it is spelled."""
    from sim.reporting.settings import settings
    from sim.reporting.terms import bare

    values = settings(config)
    named = [*values, *(key.partition(".")[0] for key in values), *(sheet.name for sheet in known)]
    return [one for one in dict.fromkeys(named) if bare(one) == bare(name)]


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
