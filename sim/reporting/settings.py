"""Everything that can be set, by name: ``gtm explain firms.birch.list_price``."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.config.own_market import TEN, describe
from sim.config.schema import Config
from sim.params import ConfigError, Number, closest, key_of, path_of
from sim.reporting.explain import Sheet
from sim.reporting.words import Words


@dataclass(frozen=True)
class Setting:
    """A value of a configuration with its declaration.

    Attributes:
        key: as in an override, for example ``firms.birch.list_price``.
        known: the declaration of a number; None for words, lists and lines of maps.
        meaning: in words.
        level: when it may change, if that is declared.
    """

    key: str
    value: Any
    known: Number | None
    meaning: str
    level: str = ""

    def unit(self, words: Words) -> str:
        """Unit of a number; empty for words."""
        return words.unit(self.known.unit) if self.known else ""

    def shown(self, words: Words) -> str:
        """The value as it is typed; the source of an activity, which is a sentence, in words."""
        text = _shown(self.value)
        return words.text(text) if self.key.endswith(".source") else text

    def bounds(self, words: Words) -> str:
        """Allowed values, or an empty string if none are declared."""
        if self.known is None:
            return ""
        if isinstance(self.known.default, bool):
            return "true, false"
        return words.say("to", low=f"{self.known.low:,.10g}", high=f"{self.known.high:,.10g}")

    @property
    def override(self) -> str:
        """The words that set the value to what it is now."""
        return f"{self.key}={_shown(self.value) if self.value not in ('', []) else '...'}"


def settings(config: Config) -> dict[str, Setting]:
    """Every value of a configuration by its key."""
    return {one.key: one for one in _of_group(config, "")}


def _of_group(group: Any, prefix: str) -> Iterator[Setting]:
    for field in dataclasses.fields(group):
        key, value = f"{prefix}{field.name}", getattr(group, field.name)
        if dataclasses.is_dataclass(value):
            yield from _of_group(value, f"{key}.")
        elif isinstance(value, Mapping):
            yield from _of_map(value, f"{key}.", field.metadata.get("meaning", ""))
        else:
            known: Number | None = field.metadata.get("number")
            level = getattr(known, "level", field.metadata.get("level", ""))
            meaning = known.meaning if known else field.metadata.get("meaning", "")
            yield Setting(key, value, known, meaning, str(level))


def _of_map(items: Mapping[str, Any], prefix: str, meaning: str) -> Iterator[Setting]:
    for name, item in items.items():
        key = f"{prefix}{key_of([name])}"
        if dataclasses.is_dataclass(item):
            yield from _of_group(item, f"{key}.")
        else:
            yield Setting(key, item, None, meaning)


def _path(name: str) -> tuple[str, ...]:
    """The parts of a name as it was typed; one that is no key is a single part."""
    try:
        return path_of(name)
    except ConfigError:
        return (name,)


def hint(config: Config, name: str, words: Words) -> str:
    """For an unknown name in a known group, the nearest name there, or how to list the group."""
    known = [path_of(key) for key in settings(config)]
    parts = _path(name)
    for n in range(len(parts) - 1, 0, -1):
        group = parts[:n]
        inside = {path[n] for path in known if len(path) > n and path[:n] == group}
        if inside:
            near = closest(parts[n], inside)
            if near:
                return words.say("cli_did_you_mean", word=key_of([*group, near]))
            return words.say("cli_explain_group", group=key_of(group))
    return ""


def find(config: Config, name: str, words: Words) -> Sheet | None:
    """The value that a name stands for, or all values whose names begin with it; None for an
    unknown name."""
    known, name = settings(config), key_of(_path(name))
    if name in known:
        return _one(known[name], config, words)
    inside = [one for key, one in known.items() if key.startswith(f"{name}.")]
    if not inside:
        return None
    headings = (
        "setting_key", "setting_value", "setting_unit", "setting_bounds", "setting_meaning",
    )  # fmt: skip
    rows = tuple(
        (one.key, one.shown(words), one.unit(words), one.bounds(words), words.text(one.meaning))
        for one in inside
    )
    title = words.say("setting_group_title", name=name)
    return Sheet(name, title, tuple(words.say(head) for head in headings), rows)


def _one(one: Setting, config: Config, words: Words) -> Sheet:
    """One value with all that is known about it, a line for each fact."""
    known = one.known
    facts = {
        "setting_value": one.shown(words),
        "setting_unit": one.unit(words),
        "setting_bounds": one.bounds(words),
        "setting_default": _shown(known.default) if known else "",
        "setting_level": words.text(one.level),
        "setting_meaning": words.text(one.meaning),
        "setting_source": words.text(known.source) if known else "",
        "setting_change": _ways(one, config, words),
    }
    rows = tuple((words.say(name), text) for name, text in facts.items() if text)
    return Sheet(one.key, one.key, ("", ""), rows)


def _ways(one: Setting, config: Config, words: Words) -> str:
    """How to change a value: on the command line, and in a file with the ten numbers."""
    ways = [f"gtm run {shlex.quote(one.override)}"]
    short = [
        key
        for key, line in TEN.items()
        if any(one.key in _keys(pattern, config) for pattern in line.sets)
    ]
    if short:
        ways.append(words.say("setting_in_file", keys=", ".join(short)))
    return "\n".join(ways)


def _keys(pattern: str, config: Config) -> list[str]:
    """The keys that a pattern of :data:`TEN` stands for."""
    own = describe(config).own
    firms = {"OWN": [own], "RIVAL": [name for name in config.firms if name != own]}
    firms["*"] = list(config.firms)
    parts = pattern.split(".")
    if parts[0] != "firms":
        return [pattern]
    return [key_of(["firms", name, *parts[2:]]) for name in firms[parts[1]]]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value) if value not in ("", []) else "-"
