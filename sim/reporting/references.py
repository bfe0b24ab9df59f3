"""References for readers of results: the columns of tables, and the JSON documents of verbs."""

from __future__ import annotations

from sim.reporting import json_schema
from sim.reporting.columns import short_rows
from sim.reporting.explain import Sheet
from sim.reporting.words import Words


def columns(words: Words) -> Sheet:
    """The data dictionary."""
    headings = tuple(words.say(name) for name in (
        "columns_table", "columns_column", "columns_type", "columns_unit", "columns_meaning"
    ))  # fmt: skip
    return Sheet("columns", words.say("columns_title"), headings, tuple(short_rows(words)))


def documents(words: Words) -> Sheet:
    """The documents that verbs print with ``--json``, and their fields."""
    headings = words.say("json_document"), words.say("json_fields")
    rows = tuple(
        (name, ", ".join(json_schema.schema(name, words)["properties"]))
        for name in json_schema.documents()
    )
    return Sheet("json", words.say("json_title"), headings, rows)
