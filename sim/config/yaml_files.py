"""YAML files that users write: read strictly, with one line about anything that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError, YAMLError

from sim.params import ConfigError

SUFFIXES = (".yaml", ".yml")


def is_yaml(word: str) -> bool:
    """Whether a word ends like the name of a YAML file."""
    return word.lower().endswith(SUFFIXES)


def is_path(word: str) -> bool:
    """Whether a word names a file of the user's, not something shipped."""
    return "/" in word or "\\" in word or is_yaml(word)


def read_mapping(path: Path, what: str) -> dict[str, Any]:
    """The keys and values of a YAML file.

    Keys given twice, and references such as ``${seed}``, are refused, since they would be misread
    in silence.

    Args:
        what: kind of the file, for errors: ``market`` or ``scenario``.

    Raises:
        ConfigError: the file cannot be read, or is no mapping of names to values.
    """
    where = f"{what} {path}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{where}: no such file.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}.") from None
    try:
        found = OmegaConf.to_container(OmegaConf.create(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = " ".join(str(error.problem or error.context).split())
        raise ConfigError(f"{where}{line}: not valid YAML: {problem}.") from None
    except (YAMLError, OmegaConfBaseException, ValueError) as error:
        raise ConfigError(f"{where}: not valid YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(found, dict) or all(value is None for value in found.values()):
        raise ConfigError(f"{where}: needs lines of the form  key: value.")
    for place, value in _leaves(found):
        if not all(isinstance(part, str) for part in place):
            raise ConfigError(
                f"{where}: a name is read as {place[-1]!r}; names such as off, no or 5 need quotes."
            )
        if isinstance(value, str) and ("${" in value or value == "???"):
            raise ConfigError(f"{where}: {'.'.join(place)}={value}: references are not allowed.")
    return {str(key): value for key, value in found.items()}


def _leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every key and every value that holds no others, with its place."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*place, key), None
            yield from _leaves(item, (*place, key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, place)
    else:
        yield place, value
