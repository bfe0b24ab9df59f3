"""YAML as people write it, read without surprises.

Words such as ``no`` and ``on``, times and dates stay text, ``010`` is not eight, names are text as
written, and a key that stands twice is an error. ``true``, ``false``, ``null`` and decimal numbers
have their usual meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sim import files
from sim.params import ConfigError, Message, as_message, shown

_MEANINGS = (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("tag:yaml.org,2002:int", r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(([0-9][0-9_]*)?\.[0-9_]+|[0-9][0-9_]*\.)([eE][-+]?[0-9]+)?"
        r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.?(inf|Inf|INF|nan|NaN|NAN)",
        "-+0123456789.iInN",
    ),
)
"""What an unquoted word means: tag, form, and the letters it can begin with."""

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Problem(yaml.YAMLError):
    """What this loader refuses, with its place."""

    def __init__(self, problem: Message, problem_mark: Any) -> None:
        self.problem, self.problem_mark = problem, problem_mark


class _Loader(_BASE):
    """Loader with the meanings above."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 (as PyYAML declares it)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        """A mapping with names as written; refuses a name that stands twice."""
        self.flatten_mapping(node)
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Problem(Message("a name must be text"), node.start_mark)
            if key_node.value in out:
                twice = Message("{name} stands twice", name=shown(key_node.value))
                raise _Problem(twice, key_node.start_mark)
            out[key_node.value] = self.construct_object(value_node, deep=deep)
        return out


class _Dumper(yaml.SafeDumper):
    """Dumper that quotes every text which this or another reader takes for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value in full."""
        return True


for _tag, _form, _first in _MEANINGS:
    for _kind in (_Loader, _Dumper):
        _kind.add_implicit_resolver(_tag, re.compile(f"^(?:{_form})$"), list(_first))


def read_yaml(words: str, where: str | Message) -> Any:
    """Read YAML.

    Args:
        words: the text.
        where: name of the text, for error messages.

    Raises:
        ConfigError: the text is not YAML, or a key stands twice.
    """
    try:
        return yaml.load(words, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = getattr(error, "problem", None) or Message("it cannot be read as YAML")
        what = what if isinstance(what, Message) else as_message(what)
        if (mark := getattr(error, "problem_mark", None)) is not None:
            where = Message("{where}, line {line}", where=where, line=mark.line + 1)
        raise ConfigError("{where}: not valid YAML: {what}.", where=where, what=what) from None


def read_value(words: str, where: str | Message) -> Any:
    """Read the value of an override: a number, a word, ``[...]``, ``{...}`` or text in quotes.

    Args:
        words: the value as typed.
        where: the override, for error messages.

    Raises:
        ConfigError: brackets or quotes do not match, or a key stands twice.
    """
    words = words.strip()
    if words[:1] in ("{", "[", '"', "'"):
        value = read_yaml(words, where)
        _check_colons(value, where)
        return value
    for tag, form, _ in _MEANINGS:
        if words and re.fullmatch(form, words, re.ASCII):
            return read_yaml(f'!!{tag.rpartition(":")[2]} "{words}"', where)
    return words


def _check_colons(value: Any, where: str | Message) -> None:
    """Refuse ``{id:3}``, which YAML reads as one name without a value."""
    if isinstance(value, dict):
        for name, item in value.items():
            if item is None and ":" in name:
                raise ConfigError(
                    "{where}: {name} needs a space after the colon.", where=where, name=shown(name)
                )
            _check_colons(item, where)


def as_word(value: Any) -> str:
    """A value as it is typed in an override; the inverse of :func:`read_value`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_word(k)}: {as_word(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_word(v) for v in value) + "]"
    if isinstance(value, str):
        is_plain = re.fullmatch(r"[\w./+-]+", value) and isinstance(read_value(value, value), str)
        return value if is_plain else "'" + value.replace("'", "''") + "'"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_path(word: str) -> bool:
    """Whether a word names a file of the user's, not something shipped."""
    return "/" in word or "\\" in word or files.is_yaml(word)


def read_mapping(path: Path, where: str | Message) -> dict[str, Any]:
    """The keys and values of a YAML file.

    Args:
        where: kind and name of the file, for errors.

    Raises:
        ConfigError: as for :func:`read_yaml`, or the file cannot be read, is no mapping of names
            to values, or refers to other values (``${seed}``), which would stay as they are.
    """
    try:
        words = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("{where}: no such file.", where=where) from None
    except UnicodeDecodeError:
        raise ConfigError("{where}: not UTF-8 text; save it as UTF-8.", where=where) from None
    except (OSError, ValueError) as error:
        reason = as_message(getattr(error, "strerror", None) or str(error))
        raise ConfigError(
            "{where}: cannot be read: {reason}.", where=where, reason=reason
        ) from None
    found = read_yaml(words, where)
    if not isinstance(found, dict) or all(value is None for value in found.values()):
        raise ConfigError("{where}: needs lines of the form  key: value.", where=where)
    for place, value in _leaves(found):
        if isinstance(value, str) and ("${" in value or value == "???"):
            raise ConfigError(
                "{where}: {key}={value}: references are not allowed.",
                where=where, key=".".join(place), value=value,
            )  # fmt: skip
    return found


def _leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that holds no others, with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*place, key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, place)
    else:
        yield place, value


def write_yaml(tree: Any) -> str:
    """A tree as YAML that :func:`read_yaml` reads back alike."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
