"""Markets of the package, and the file of a market in ten numbers."""

from __future__ import annotations

import shlex
from pathlib import Path

from rich.table import Table

from sim import files
from sim.config.compose import MARKET, load_config, options
from sim.config.own_market import (
    COST_LEVEL,
    CURRENCY,
    LIKE,
    OWN,
    PERCENT,
    SHARES,
    TEN,
    describe,
    shown,
)
from sim.config.schema import Config
from sim.reporting.explain import Sheet
from sim.reporting.new_file import write_new
from sim.reporting.words import Words

WIDTH = 34
"""Columns of a line of a market file, before its comment."""


def market_table(words: Words) -> Table:
    """Table of the markets of the package."""
    table = Table(title=words.say("market_list_title"), title_justify="left", show_lines=True)
    for key in ("market_name", "market_people", "market_weeks", "market_firms", "market_about"):
        table.add_column(words.say(key))
    for name in options(MARKET):
        config = load_config(f"{MARKET}={name}")
        table.add_row(f"{name}\n{words.market_name(name)}",
                      f"{config.population.people:,}", str(config.weeks),
                      "\n".join(_firm(firm, words) for firm in config.firms),
                      words.market(name) or _about(name))  # fmt: skip
    return table


def _firm(key: str, words: Words) -> str:
    """The name of a firm, with the id that is typed where that is another word."""
    name = words.name(key)
    return name if name.casefold() == key else words.say("market_firm", name=name, id=key)


def _about(name: str) -> str:
    """The comment at the head of a market's file."""
    text = (files.CONFIGS / MARKET / f"{name}.yaml").read_text(encoding="utf-8")
    head = [line[1:].strip() for line in text.splitlines()[1:] if line.startswith("#")]
    return " ".join(head)


def write_market(path: Path, like: str, words: Words) -> str:
    """Write the ten numbers of a shipped market and return a sentence with the next steps.

    Raises:
        ConfigError: the file already exists or cannot be written.
    """
    text = market_file(path, like, load_config(f"{MARKET}={like}"), words)
    write_new(path, text, "utf-8", "market new")
    return words.say("market_written", path=path, word=shlex.quote(files.market_word(path)))


def market_file(path: Path, like: str, config: Config, words: Words) -> str:
    """The text of a file with the ten numbers of a market."""
    numbers = describe(config)
    lines = [*_comment(words.say("market_head", word=files.market_word(path))), ""]
    named = {LIKE: like, OWN: numbers.own, CURRENCY: f'"{numbers.currency}"'}
    lines += [_line(f"{key}: {word}", words.ten(key)) for key, word in named.items()]
    lines += [
        _line(f"{key}: {shown(key, value)}", _says(key, words))
        for key, value in numbers.values.items()
    ]
    lines += ["", *_comment(words.say("market_tail"))]
    lines.append(_line(f"{SHARES}:", words.ten(SHARES)))
    lines += [f"  {firm}: {shown(SHARES, share)}" for firm, share in numbers.shares.items()]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in text.splitlines()]


def _line(entry: str, comment: str) -> str:
    return f"{entry.ljust(WIDTH)}# {comment}"


def _says(key: str, words: Words) -> str:
    """Meaning, unit and bounds of a number."""
    line = TEN[key]
    low, high = (f"{value:,.0f}" if value >= 1 else f"{value:g}" for value in (line.low, line.high))
    bounds = words.say("market_bounds", unit=words.unit(line.unit), low=low, high=high)
    return f"{words.ten(key)} [{bounds}]"


def ten_numbers(config: Config, words: Words) -> Sheet:
    """The ten numbers of a market, and the parameters that each of them sets."""
    numbers = describe(config)
    rows = [
        (key, _in_table(key, value, words), words.unit(TEN[key].unit),
         ", ".join(words.heading(name) for name in TEN[key].sets), words.ten(key))
        for key, value in numbers.values.items()
    ]  # fmt: skip
    shares = ", ".join(f"{firm} {shown(SHARES, share)}" for firm, share in numbers.shares.items())
    rows.append((SHARES, shares, words.unit(TEN[SHARES].unit), ", ".join(TEN[SHARES].sets),
                 words.ten(SHARES)))  # fmt: skip
    headings = (
        words.say("ten_number"), words.say("ten_value"), words.say("ten_unit"),
        words.say("ten_sets", own=numbers.own), words.say("setting_meaning"),
    )  # fmt: skip
    return Sheet("market", words.say("ten_title"), headings, tuple(rows))


def _in_table(key: str, value: float, words: Words) -> str:
    """A number as a reader sees it. ``cost_level`` is no state of a market, but what its file
    multiplied the shipped amounts by."""
    if key == COST_LEVEL:
        return words.say("unknown")
    return f"{value:,.10g}" if key not in PERCENT and value >= 1000 else shown(key, value)
