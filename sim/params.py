"""How a number is declared and checked: default, unit, bounds, meaning and source in one place.

A group of parameters is a dataclass whose fields are made with :func:`number`. Everything that
needs to know a number (validation, ``gtm explain``, the ODD tables, sweeps) reads it from there.
Numbers that no user changes, such as the size of an array or the weeks of a year, are declared with
:func:`constant`.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

__all__ = [
    "CONSTANTS", "ConfigError", "Constant", "Number", "check", "constant", "declared",
    "in_id_order", "nearest", "number", "numbers", "text",
]  # fmt: skip


class ConfigError(ValueError):
    """Something the user wrote cannot be used. The message is one line meant for the user."""


@dataclass(frozen=True)
class Number:
    """What is known about a declared number. ``low`` and ``high`` are inclusive."""

    default: Any
    unit: str
    low: float
    high: float
    meaning: str
    source: str
    likely: tuple[float, float] | None = None
    drawn: bool = True

    def range(self, value: float) -> tuple[float, float] | None:
        """Between which values the number may plausibly lie, or None if it is not in doubt.

        Declared (``likely``), or else half to double the value, within the bounds. Switches, whole
        numbers, zeros (a mechanism that is off), numbers with a source and those declared with
        ``drawn=False`` are not in doubt.
        """
        if not self.drawn:
            return None
        if self.likely is not None:
            return self.likely
        if not isinstance(self.default, float) or value == 0.0 or not self.assumed:
            return None
        low, high = sorted((0.5 * value, 2.0 * value))
        return max(low, self.low), min(high, self.high)

    @property
    def assumed(self) -> bool:
        """Whether no published source is claimed for the default."""
        return self.source.startswith("assumption")


def number(
    default: bool | int | float,
    *,
    unit: str,
    low: float,
    high: float,
    meaning: str,
    source: str,
    likely: tuple[float, float] | None = None,
    drawn: bool = True,
) -> Any:
    """Declare a number as a dataclass field.

    Args:
        default: value used when nothing else is said.
        unit: unit in words, for example ``"share"`` or ``"orders per week"``.
        low, high: inclusive bounds; a value outside is refused.
        meaning: one sentence a reader of the ODD understands.
        source: where the default comes from, or ``"assumption"`` with a reason.
        likely: between which values it may plausibly lie, where that is not half to double.
        drawn: whether it is varied where parameters in doubt are drawn. Results that were drawn
            before a number was declared stay what they are if it is not.
    """
    known = Number(default, unit, low, high, meaning, source, likely, drawn)
    return dataclasses.field(default=default, metadata={"number": known})


@dataclass(frozen=True)
class Constant:
    """A declared number that no configuration changes."""

    value: Any
    unit: str
    meaning: str
    source: str


CONSTANTS: dict[str, Constant] = {}
"""All constants of the modules loaded so far, by ``module.NAME``."""

Value = TypeVar("Value")


def constant(name: str, value: Value, *, unit: str, meaning: str, source: str) -> Value:
    """Declare a number that is part of how the model is built, and give its plain value.

    The value is assigned to a global of the module, which compiled code reads as a literal.

    Args:
        name: ``module.NAME`` of the global.
        value: the number, or a tuple of numbers.
        unit: unit in words.
        meaning: one sentence a reader of the ODD understands.
        source: why it has this value: ``"assumption"`` or ``"convention"`` with a reason.
    """
    CONSTANTS[name] = Constant(value, unit, meaning, source)
    return value


def text(default: str, *, meaning: str) -> Any:
    """Declare a word (a name, a date) as a dataclass field."""
    return dataclasses.field(default=default, metadata={"meaning": meaning})


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


Item = TypeVar("Item", bound=_HasId)


def in_id_order(items: Mapping[str, Item]) -> dict[str, Item]:
    """Named items (firms, activities, segments) in the order of their ids, as arrays have them."""
    return dict(sorted(items.items(), key=lambda item: item[1].id))


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Give ``" Did you mean 'x'?"`` for the nearest allowed word, or an empty string."""
    close = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""


def declared(group: type) -> dict[str, Number]:
    """The declared numbers of one group, by field name."""
    return {
        f.name: f.metadata["number"] for f in dataclasses.fields(group) if "number" in f.metadata
    }


def numbers(config: Any, prefix: str = "") -> Iterator[tuple[str, Number, Any]]:
    """Walk a composed configuration and yield ``(dotted name, declaration, value)``."""
    for f in dataclasses.fields(config):
        name, value = f"{prefix}{f.name}", getattr(config, f.name)
        if "number" in f.metadata:
            yield name, f.metadata["number"], value
        elif dataclasses.is_dataclass(value):
            yield from numbers(value, f"{name}.")
        elif isinstance(value, Mapping):
            for key, item in value.items():
                if dataclasses.is_dataclass(item):
                    yield from numbers(item, f"{name}.{key}.")


def check(config: Any) -> None:
    """Refuse the first number that is not finite or lies outside its bounds.

    Raises:
        ConfigError: one line with the name, the value and what is allowed.
    """
    for name, known, value in numbers(config):
        if not math.isfinite(value) or not known.low <= value <= known.high:
            raise ConfigError(
                f"{name}={value} is out of bounds: allowed {known.low:g} to {known.high:g} "
                f"({known.unit}); default {known.default}."
            )
