"""The configuration as a plain tree (dictionaries, lists, words, numbers) and as declared types.

A tree is what files and overrides say. :func:`typed` turns it into declared types and refuses what
is not declared. Groups such as ``talk`` have fixed fields; maps such as ``firms`` and a budget have
names that the user chooses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from sim.config.names import check_names
from sim.config.renamed import new_name
from sim.config.schema import NAMED, Config
from sim.params import (
    ConfigError,
    Message,
    Number,
    as_message,
    closest,
    did_you_mean,
    is_real,
    is_whole,
    key_of,
    shown,
)

Path = tuple[str, ...]


@dataclass(frozen=True)
class Map:
    """A map from names that the user chooses to groups of one kind, or to numbers (None)."""

    item: type | None


Kind = type | Map | Field[Any]
"""What stands at a place of the tree: a group, a map, or a field that holds a value."""


@cache
def members(group: type) -> dict[str, Kind]:
    """The fields of a group and their kinds."""
    out: dict[str, Kind] = {}
    for f in fields(group):
        if group is Config and f.name in NAMED:
            out[f.name] = Map(NAMED[f.name])
        elif is_dataclass(f.default_factory):
            out[f.name] = f.default_factory
        else:
            out[f.name] = Map(None) if f.default_factory is dict else f
    return out


def kind_at(path: Sequence[str]) -> Kind | None:
    """The kind of a place; None if nothing is declared there or it is a number in a map."""
    kind: Kind | None = Config
    for part in path:
        if isinstance(kind, Map):
            kind = kind.item
        elif isinstance(kind, type):
            kind = members(kind).get(part)
        else:
            return None
    return kind


def plain(value: Any) -> Any:
    """The tree of a configuration, with attributes that were added to it by mistake."""
    if is_dataclass(value):
        return {name: plain(item) for name, item in vars(value).items()}
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return list(value) if isinstance(value, list | tuple) else value


def typed(tree: Any) -> Config:
    """The configuration that a tree describes; what the tree leaves out has its default.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type.
    """
    config = _group(Config, tree, ())
    assert isinstance(config, Config)
    return config


def _group(group: type, tree: Any, path: Path) -> Any:
    kinds = members(group)
    if not isinstance(tree, Mapping):
        raise ConfigError(
            "{key}={value}: needs a group of values, {{{example}, ...: ...}}; one of them is set "
            "as {key}.{first}=...",
            key=key_of(path), value=shown(tree), example=", ".join(list(kinds)[:2]),
            first=next(iter(kinds)),
        )  # fmt: skip
    for name in tree:
        if name not in kinds:
            raise unknown_key((*path, str(name)))
    return group(**{name: _value(kinds[name], item, (*path, name)) for name, item in tree.items()})


def _value(kind: Kind, value: Any, path: Path) -> Any:
    if isinstance(kind, Map):
        return _map(kind, value, path)
    if isinstance(kind, type):
        return _group(kind, value, path)
    if "number" in kind.metadata:
        return _number(kind.metadata["number"], value, path)
    if isinstance(kind.default_factory, type):
        return _words(value, path)
    return _word(value, path)


def _map(kind: Map, value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(
            "{key}={value}: needs named values, as in {{name: {{...}}}}."
            if kind.item
            else "{key}={value}: needs named values, as in {{name: number}}.",
            key=key_of(path), value=shown(value),
        )  # fmt: skip
    out: dict[str, Any] = {}
    for name, item in value.items():
        if not isinstance(name, str) and type(name) is not int:
            raise ConfigError(
                "{key}: the name {name} is not text; put it in quotes.",
                key=key_of(path), name=shown(name),
            )  # fmt: skip
        key = unicodedata.normalize("NFC", str(name))
        where_to = (*path, key)
        if key in out:
            raise ConfigError("{key}: declared twice.", key=key_of(where_to))
        out[key] = _group(kind.item, item, where_to) if kind.item else _share(item, where_to)
    check_names(path, out)
    return out


def _share(value: Any, path: Path) -> float:
    """A number in a map; its bounds are checked with the names of the map."""
    refuse_special(value, path)
    if not is_real(value):
        raise ConfigError("{key}={value}: needs a number.", key=key_of(path), value=shown(value))
    return _as_float(value, path)


def _number(known: Number, value: Any, path: Path) -> bool | int | float:
    refuse_special(value, path)
    kind = type(known.default)
    is_switch = is_whole(value) or type(value).__name__.startswith("bool")  # that of NumPy as well
    if kind is bool and is_switch and value in (0, 1):
        return bool(value)
    if kind is int and is_whole(value):
        return int(value)
    if kind is float and is_real(value):
        return _as_float(value, path)
    is_text = isinstance(value, str) and value[:1] in "+-.0123456789"
    word = f"'{shown(value)}'" if is_text else shown(value)
    raise ConfigError(
        "{key}={value}: needs {needs}, allowed {low:g} to {high:g} ({unit}); default {default}.",
        key=key_of(path), value=word, needs=_needs(kind), low=known.low, high=known.high,
        unit=as_message(known.unit), default=shown(known.default),
    )  # fmt: skip


def _needs(kind: type) -> Message:
    if kind is bool:
        return Message("true or false")
    return Message("a whole number") if kind is int else Message("a number")


def _as_float(value: Any, path: Path) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ConfigError(
            "{key}={value} is out of bounds.", key=key_of(path), value=shown(value)
        ) from None


def _words(value: Any, path: Path) -> list[str]:
    if not isinstance(value, list):
        raise ConfigError(
            "{key}={value}: needs a list, as in [a, b].", key=key_of(path), value=shown(value)
        )
    return [_word(item, path) for item in value]


def _word(value: Any, path: Path) -> str:
    refuse_special(value, path)
    if not isinstance(value, str):
        raise ConfigError(
            "{key}={value}: needs text; put it in quotes."
            if isinstance(value, bool | int | float)
            else "{key}={value}: needs text.",
            key=key_of(path), value=shown(value),
        )  # fmt: skip
    return unicodedata.normalize("NFC", value)


def refuse_special(value: Any, path: Path) -> None:
    """Refuse what other tools would replace by another value, also inside a group or a list."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            refuse_special(item, (*path, str(name)))
    if isinstance(value, list | tuple):
        for item in value:
            refuse_special(item, path)
    if isinstance(value, str) and ("${" in value or value == "???"):
        raise ConfigError(
            "{key}={value}: ${{...}} and ??? are not replaced here; write the value itself.",
            key=key_of(path), value=shown(value),
        )  # fmt: skip


def unknown_key(path: Sequence[str]) -> ConfigError:
    """The error about an undeclared key; for a former name it states the present one."""
    key = key_of(path)
    new = new_name(key)
    if new is not None:
        return ConfigError("{key}: now called {new}.", key=key, new=new)
    return ConfigError(
        "unknown key {key}.{hint} `gtm explain` lists every key.", key=shown(key), hint=_hint(path)
    )


def _hint(path: Sequence[str]) -> Message | str:
    """The nearest declared key."""
    chosen = path[1] if len(path) > 2 and path[0] in NAMED else ""
    pattern = key_of(("*", *path[2:])) if chosen else key_of(path)
    known = _keys(NAMED[path[0]], '"*".') if chosen else _keys()
    found = closest(pattern, known)
    return did_you_mean(found.replace('"*"', key_of((path[0], chosen))) if chosen else found)


@cache
def _keys(group: type = Config, prefix: str = "") -> list[str]:
    """Every key allowed in a group, without the names that the user chooses."""
    out = []
    for name, kind in members(group).items():
        out.append(f"{prefix}{name}")
        if isinstance(kind, type):
            out += _keys(kind, f"{prefix}{name}.")
    return out
