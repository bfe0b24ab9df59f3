"""Declaration and checking of numbers: default, unit, bounds, meaning and source in one place.

A group of parameters is a dataclass whose fields are made with :func:`number`. Validation,
``gtm explain``, the ODD tables and sweeps all read these declarations. Numbers that no user
changes, such as the size of an array or the weeks of a year, are declared with :func:`constant`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, Protocol, TypeVar

__all__ = [
    "CONSTANTS", "GROUPS", "LEVELS", "MECHANISMS", "MOST_SEED", "STATES", "ConfigError",
    "Constant", "Mechanism", "Message", "Number", "State", "as_message", "check", "closest",
    "constant", "declared", "did_you_mean", "in_id_order", "is_change", "is_real", "is_whole",
    "key_of", "level_of", "mechanism", "nearest", "number", "numbers", "of_customers", "one_of",
    "path_of", "real_number", "shown", "split_key", "state", "text", "whole_number",
    "whole_number_in",
]  # fmt: skip

MOST_SEED = 2**63 - 1
"""Largest seed."""

LEVELS = {
    "comparison": "set once for all runs of a comparison",
    "run": "settled before the first week of a run",
    "week": "may change from week to week",
}
"""When a parameter can change. An arm of a comparison, a branch, an intervention or an era changes
parameters of the level ``week``, because the others would have no effect there."""


class Message:
    """A text with values, in English: ``str(message)``. Other languages translate the template.

    Args:
        template: English text with named fields as of :meth:`str.format`; without values it is
            taken as it is. It is a literal, as translations are found by it
            (``sim/reporting/words/zh/errors.yaml``).
        values: by field: words, numbers, a list of names, or further messages.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template, self.values = template, values

    def __str__(self) -> str:
        return self.text()

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The text with its template, and those of the messages in it, translated."""
        values = {name: _in_words(value, translate) for name, value in self.values.items()}
        said = translate(self.template)
        return said.format(**values) if values else said


def _in_words(value: object, translate: Callable[[str], str]) -> object:
    """A value of a message; names of a list are joined, and none are called so."""
    if isinstance(value, Message):
        return value.text(translate)
    if isinstance(value, list | tuple):
        return translate(", ").join(str(_in_words(v, translate)) for v in value) or translate(
            "none"
        )
    return value


def as_message(text: str) -> Message:
    """A text that is written elsewhere: a declared unit, or a reason of the operating system."""
    return Message(text)


class ConfigError(Message, ValueError):
    """Unusable input from the user. The message is one line addressed to the user."""

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The line in the language of a translation."""
        return _one_line(super().text(translate))


def _one_line(message: str) -> str:
    """A message without line breaks and other characters that do not print, which it may quote."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in message.strip()
    )


def shown(value: object) -> str | Message:
    """A value as it is quoted in an error message: at most 60 characters."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 200:
        return Message("a number of about {count} digits", count=value.bit_length() * 3 // 10)
    word = str(value)
    return word if len(word) <= 60 else f"{word[:57]}..."


@dataclass(frozen=True)
class Number:
    """Declaration of a number. The bounds ``low`` and ``high`` are inclusive; ``level`` is one of
    :data:`LEVELS`."""

    default: Any
    unit: str
    low: float
    high: float
    meaning: str
    source: str
    likely: tuple[float, float] | None = None
    drawn: bool = True
    level: str = "week"

    def range(self, value: float) -> tuple[float, float] | None:
        """Plausible range of the number, or None if it is treated as certain.

        The range is the declared one (``likely``), otherwise half to double ``value``, within the
        bounds. Switches, whole numbers, zeros (a mechanism that is off), numbers with a published
        source and numbers declared with ``drawn=False`` are treated as certain.
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
        """Whether the default is an assumption, without a published source."""
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
    level: str = "week",
) -> Any:
    """Declare a number as a dataclass field.

    Args:
        default: value used unless a configuration sets another.
        unit: unit in words, for example ``"share"`` or ``"orders per week"``.
        low, high: inclusive bounds; a value outside is refused.
        meaning: one sentence for the readers of the ODD.
        source: where the default comes from, or ``"assumption"`` with a reason.
        likely: plausible range, where it is not half to double the value.
        drawn: whether uncertainty analysis draws it from its plausible range. A number declared
            later with ``drawn=False`` leaves earlier results of uncertainty analysis unchanged.
        level: when it can change, one of :data:`LEVELS`.
    """
    known = Number(default, unit, low, high, meaning, source, likely, drawn, level)
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
    """Declare a structural number of the model and return its plain value.

    The value is assigned to a module global, which compiled code reads as a literal.

    Args:
        name: ``module.NAME`` of the global.
        value: the number, or a tuple of numbers.
        unit: unit in words.
        meaning: one sentence for the readers of the ODD.
        source: why it has this value: ``"assumption"`` or ``"convention"`` with a reason.
    """
    CONSTANTS[name] = Constant(value, unit, meaning, source)
    return value


@dataclass(frozen=True)
class Mechanism:
    """A mechanism of the model that can be switched off by name.

    ``neutral`` are the parameter values that disable it; ``gone`` describes the disabled effect.
    """

    neutral: Mapping[str, bool | int | float]
    gone: str


MECHANISMS: dict[str, Mechanism] = {}
"""Mechanisms that ``off=[NAME, ...]`` can switch off, of the modules loaded so far."""


def mechanism(name: str, neutral: Mapping[str, bool | int | float], gone: str) -> None:
    """Declare the switch of a mechanism beside its parameters.

    Args:
        name: as in ``off=[NAME]``.
        neutral: parameters (``group.name``) and the values that disable the mechanism.
        gone: the effect that is disabled, in words.
    """
    MECHANISMS[name] = Mechanism(neutral, gone)


@dataclass(frozen=True)
class State:
    """A column of customers' state: NumPy type, meaning, whether there is a value for each firm,
    and the value before anything has happened."""

    kind: str
    meaning: str
    per_firm: bool
    initial: int


STATES: dict[str, State] = {}
"""Columns of customers' state by name, of the modules loaded so far."""


def state(name: str, kind: str, meaning: str, *, per_firm: bool = True, initial: int = 0) -> None:
    """Declare a column of customers' state beside the rules that use it.

    Args:
        name: attribute of a customer, and name of the column.
        kind: NumPy type, for example ``"float32"``.
        meaning: in words.
        per_firm: shape [firm, customer]; otherwise [customer].
        initial: value before anything has happened.
    """
    STATES[name] = State(kind, meaning, per_firm, initial)


GROUPS: dict[str, type] = {}
"""Groups of parameters that customers' rules read, by their name in the configuration."""

Group = TypeVar("Group", bound=type)


def of_customers(group: Group) -> Group:
    """Mark a group of parameters as read by customers' rules: engines get it as ``p.group``.

    The group stands in the configuration under its name in lower case.
    """
    GROUPS[group.__name__.lower()] = group
    return group


def text(default: str, *, meaning: str, level: str = "week") -> Any:
    """Declare a word (a name, a date) as a dataclass field.

    Args:
        default: value used unless a configuration sets another.
        meaning: one sentence for the readers of the ODD.
        level: when it can change, one of :data:`LEVELS`.
    """
    return dataclasses.field(default=default, metadata={"meaning": meaning, "level": level})


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


Item = TypeVar("Item", bound=_HasId)


def in_id_order(items: Mapping[str, Item]) -> dict[str, Item]:
    """Named items (firms, activities, segments) sorted by id, the order used in arrays."""
    return dict(sorted(items.items(), key=lambda item: item[1].id))


def closest(word: str, allowed: Iterable[str]) -> str:
    """The allowed word most similar to ``word``, or an empty string if none is close."""
    return next(iter(difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.5)), "")


def nearest(word: str, allowed: Iterable[str]) -> Message | str:
    """``" Did you mean 'x'?"`` for the nearest allowed word, or an empty string."""
    return did_you_mean(closest(word, allowed))


def did_you_mean(word: str) -> Message | str:
    """``" Did you mean 'x'?"``, or an empty string if there is no word to suggest."""
    return Message(" Did you mean {word!r}?", word=word) if word else ""


def is_change(word: str) -> bool:
    """Whether a word is a change of the configuration."""
    return "=" in word or word[:1] in ("~", "+")


def one_of(name: object, what: str, allowed: Iterable[str]) -> str:
    """The name, if it is among those allowed.

    Raises:
        ConfigError: it is not; the message names the nearest one.
    """
    names = list(allowed)
    if isinstance(name, str) and name in names:
        return name
    raise ConfigError(
        "{what}={name}: no such {what}; allowed {allowed}.{hint}",
        what=what, name=shown(name), allowed=names, hint=nearest(str(name), names),
    )  # fmt: skip


_PART = re.compile(
    r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|(?![\"'])((?:[^.=\\]|\\.)*))\s*", re.S
)
"""A part of a key: in double or single quotes, or up to the next dot or equals sign."""


def key_of(path: Iterable[str]) -> str:
    """The key of a path in the form that can be typed: ``firms."tv spot".list_price``.

    Names other than letters of any script, digits, ``_`` and ``-`` are quoted.
    """
    return ".".join(
        part if re.fullmatch(r"[\w-]+", part) else '"' + re.sub(r'(["\\])', r"\\\1", part) + '"'
        for part in path
    )


def path_of(key: str) -> tuple[str, ...]:
    """The parts of a key; the inverse of :func:`key_of`. A backslash makes a dot part of a name.

    Raises:
        ConfigError: the key is not of this form.
    """
    path, rest = split_key(key)
    if rest:
        raise ConfigError(
            "{key}: not a key; names with special characters need quotes.", key=shown(key)
        )
    return path


def split_key(word: str) -> tuple[tuple[str, ...], str]:
    """The parts of the key at the beginning of a word, and what follows the key.

    Raises:
        ConfigError: a quotation mark is not closed.
    """
    path: list[str] = []
    at = 0
    while True:
        found = _PART.match(word, at)
        if found is None:
            raise ConfigError("{word}: a quotation mark is not closed.", word=shown(word))
        quoted = found[1] if found[1] is not None else found[2]
        part = found[3].strip() if quoted is None else quoted
        path.append(unicodedata.normalize("NFC", re.sub(r"\\(.)", r"\1", part, flags=re.S)))
        at = found.end()
        if word[at : at + 1] != ".":
            return tuple(path), word[at:]
        at += 1


def declared(group: type) -> Mapping[str, Number]:
    """The declared numbers of a group, by field name."""
    return _declared(group)


@cache
def _declared(group: type) -> Mapping[str, Number]:
    return {
        f.name: f.metadata["number"] for f in dataclasses.fields(group) if "number" in f.metadata
    }


@cache
def _members(group: type) -> tuple[tuple[str, Number | None], ...]:
    """The fields of a group, with the declarations of those that are numbers."""
    return tuple((f.name, f.metadata.get("number")) for f in dataclasses.fields(group))


def numbers(config: Any, prefix: str = "") -> Iterator[tuple[str, Number, Any]]:
    """Yield ``(key, declaration, value)`` for every number of a configuration."""
    group: type = type(config)
    for field, known in _members(group):
        name, value = f"{prefix}{field}", getattr(config, field)
        if known is not None:
            yield name, known, value
        elif dataclasses.is_dataclass(value):
            yield from numbers(value, f"{name}.")
        elif isinstance(value, Mapping):
            for key, item in value.items():
                if dataclasses.is_dataclass(item):
                    yield from numbers(item, f"{name}.{key_of([key])}.")


def level_of(field: dataclasses.Field[Any]) -> str:
    """When a declared number, word or list can change: one of :data:`LEVELS`."""
    known = field.metadata.get("number")
    return str(known.level if known else field.metadata.get("level", "week"))


def is_whole(value: object) -> bool:
    """Whether a value is a whole number, of NumPy's kinds as well, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_real(value: object) -> bool:
    """Whether a value is a number, of NumPy's kinds as well, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def whole_number(value: object, what: str | Message, low: int, high: int) -> int:
    """A whole number given in Python, of NumPy's kinds as well, as an ``int``.

    Args:
        value: the value given.
        what: name of the value, for the error message.
        low, high: inclusive bounds.

    Raises:
        ConfigError: another type, or out of bounds.
    """
    if isinstance(value, Integral) and is_whole(value) and low <= int(value) <= high:
        return int(value)
    raise ConfigError(
        "{what}={value} is out of bounds: allowed {low} to {high}."
        if is_whole(value)
        else "{what}={value}: needs a whole number, allowed {low} to {high}.",
        what=what, value=_given(value), low=low, high=high,
    )  # fmt: skip


def whole_number_in(word: str, what: str | Message, low: int, high: int) -> int:
    """A whole number typed as a word; arguments and errors as for :func:`whole_number`."""
    is_digits = word.isascii() and word.isdigit() and len(word) < 20
    return whole_number(int(word) if is_digits else word, what, low, high)


def real_number(value: object, what: str | Message, low: float, high: float) -> float:
    """A number given in Python, of NumPy's kinds as well, as a ``float``.

    Args:
        value: the value given.
        what: name of the value, for the error message.
        low, high: inclusive bounds.

    Raises:
        ConfigError: another type, not finite, or out of bounds.
    """
    with contextlib.suppress(OverflowError):
        if isinstance(value, Real) and is_real(value) and low <= float(value) <= high:
            return float(value)
    raise ConfigError(
        "{what}={value} is out of bounds: allowed {low:g} to {high:g}."
        if is_real(value)
        else "{what}={value}: needs a number, allowed {low:g} to {high:g}.",
        what=what, value=_given(value), low=low, high=high,
    )  # fmt: skip


def _given(value: object) -> str | Message:
    return repr(value) if isinstance(value, str) and len(value) < 60 else shown(value)


def is_within(config: Any) -> bool:
    """Whether all numbers of a group, and of the groups in it, lie within their bounds."""
    group: type = type(config)
    for name, known in _members(group):
        value = getattr(config, name)
        if known is not None:
            if not known.low <= value <= known.high:
                return False
        elif dataclasses.is_dataclass(value):
            if not is_within(value):
                return False
        elif isinstance(value, Mapping) and not all(
            is_within(item) for item in value.values() if dataclasses.is_dataclass(item)
        ):
            return False
    return True


def check(config: Any) -> None:
    """Raise an error for the first number that is not finite or lies outside its bounds.

    Raises:
        ConfigError: one line with the name, the value and the allowed range.
    """
    if is_within(config):
        return
    for name, known, value in numbers(config):
        if not known.low <= value <= known.high:  # nor is NaN
            raise ConfigError(
                "{name}={value} is out of bounds: allowed {low:g} to {high:g} ({unit}); default "
                "{default}.",
                name=name, value=shown(value), low=known.low, high=known.high,
                unit=as_message(known.unit), default=known.default,
            )  # fmt: skip
