"""Composition of shipped files and overrides into a configuration. The only user of Hydra.

Hydra composes the shipped files and reads the values of overrides. An override is ``key=value``.
The key is dotted, with names in quotes where they have special characters
(``firms."tv spot".list_price=30``); the value is a number, a word, ``[a, b]`` or
``{name: value}``. A group such as ``talk={rate: 0.1}`` keeps what is not named, a map such as a
budget becomes exactly what is given. ``+key=value`` adds to a map, ``~key`` removes from it.
"""

from __future__ import annotations

import copy
import math
import pickle
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    ChoiceSweep,
    IntervalSweep,
    Override,
    QuotedString,
    RangeSweep,
)
from hydra.errors import HydraException
from omegaconf import OmegaConf

from sim import files
from sim.config import own_market
from sim.config.checks import refuse_eras, refuse_fixed, validate
from sim.config.reading import is_path, read_mapping, read_value, read_yaml, write_yaml
from sim.config.renamed import RENAMED_MECHANISMS
from sim.config.schema import COLLECTED, Config
from sim.config.typed import Map, kind_at, members, plain, refuse_special, typed, unknown_key
from sim.market.interventions import changes_of
from sim.market.population import BUYERS
from sim.params import (
    MECHANISMS,
    ConfigError,
    Message,
    is_real,
    key_of,
    nearest,
    one_of,
    path_of,
    shown,
    split_key,
)
from sim.rules.finance import Finance

MARKET = "market"
"""The group of markets, whose choice may also be a file of the user's."""

MOST_VALUES = 10_000
"""Largest number of values of one key in a sweep."""

MOST_KEPT = 256
"""Checked configurations that a process keeps, so that none is checked twice."""

_one_at_a_time = Lock()
"""Hydra composes one configuration at a time in a process."""


@dataclass(frozen=True)
class Change:
    """One override: what it does (``=`` set, ``+`` add, ``++`` set or add, ``~`` remove), where,
    and the new value."""

    sign: str
    path: tuple[str, ...]
    value: Any = None

    @property
    def key(self) -> str:
        """The key as it can be typed."""
        return key_of(self.path)


@dataclass(frozen=True)
class Values:
    """Several values of one key, as a sweep takes them: some ``levels``, or all values between
    ``low`` and ``high``, whole numbers only or on a logarithmic scale if it is said."""

    key: str
    levels: tuple[bool | int | float | str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_whole: bool = False
    is_log: bool = False


def load_config(*overrides: str) -> Config:
    """Compose the shipped configuration with overrides and check every value.

    Args:
        overrides: for example ``"market=toy"``, ``"talk.rate=0.1"``, ``"+firms.elm={id: 5}"`` (a
            further firm), ``'+firms."tv spot"={id: 6}'``, ``"~firms.dogwood"``,
            ``"firms.alder.budget={community: 5000}"`` (exactly this budget),
            ``"firms.alder.budget.community=5000"`` (one line of it). A market may also be a file,
            relative to the current folder: ``"market=./mine.yaml"``.

    Raises:
        ConfigError: one line with the error, its place and the allowed values.
    """
    changes = [parse_change(word) for word in overrides]
    choices = {c.path[0]: _chosen(c) for c in changes if _is_choice(c)}
    tree = _own_market(choices) if is_path(choices.get(MARKET, "")) else _shipped(choices)
    return _finish(tree, [c for c in changes if not _is_choice(c)])


def _own_market(choices: Mapping[str, str]) -> Any:
    """The tree of a user's market file: ten numbers beside a shipped market, or a whole market."""
    path = Path(choices[MARKET]).expanduser()
    where = Message("market {path}", path=path)
    raw = read_mapping(path, where)
    if not own_market.is_short(raw):
        try:
            typed(raw)
        except ConfigError as error:
            raise ConfigError("{where}: {error}", where=where, error=error) from None
        return _joined(_shipped({**choices, MARKET: None}), raw)
    like = raw.get(own_market.LIKE)
    if not is_model(like):
        raise ConfigError(
            "{where}: like={like}: no shipped market to start from; allowed {allowed}.{hint}",
            where=where, like=shown(like) if like else Message("nothing"), allowed=models(),
            hint=nearest(str(like), models()),
        )  # fmt: skip
    config = _finish(_shipped({**choices, MARKET: str(like)}), [])
    return plain(own_market.derive(config, own_market.read(raw, path, config)))


def models() -> list[str]:
    """Names of the shipped markets that a market in ten numbers can start from."""
    return [name for name in options(MARKET) if is_model(name)]


def is_model(name: object) -> bool:
    """Whether a name is that of a shipped market that a market in ten numbers can start from."""
    if name not in options(MARKET):
        return False
    return own_market.can_be_like(typed(_shipped({MARKET: str(name)})))


def _shipped(choices: Mapping[str, str | None]) -> Any:
    """The tree of the shipped files; a group whose choice is None is left out."""
    return copy.deepcopy(_composed(files.CONFIGS, _edition(), *choices.items()))


def _edition() -> tuple[tuple[Path, int], ...]:
    """The shipped files and their times of change, since they may be edited during a session."""
    return tuple((path, path.stat().st_mtime_ns) for path in sorted(files.CONFIGS.rglob("*.yaml")))


@cache
def _composed(
    folder: Path, _: tuple[tuple[Path, int], ...], *choices: tuple[str, str | None]
) -> Any:
    """The tree of the shipped files, for given choices. Not to be changed in place."""
    words = [f"{group}={name}" if name else f"~{group}" for group, name in choices]
    with _one_at_a_time:
        host = GlobalHydra.instance().hydra  # that of a program that uses this one
        GlobalHydra.instance().hydra = None
        try:
            with initialize_config_dir(str(folder), version_base="1.3", job_name="gtm"):
                raw = compose("config", overrides=words)
        finally:
            GlobalHydra.instance().hydra = host
    tree = {
        group: {name: read_mapping(path := folder / group / f"{name}.yaml", str(path))
                for name in options(group)}
        for group in COLLECTED
    }  # fmt: skip
    return _joined(tree, OmegaConf.to_container(raw))


def _joined(base: Any, more: Any) -> Any:
    """A tree with another one laid over it."""
    if not isinstance(base, Mapping) or not isinstance(more, Mapping):
        return more
    return {**base, **{name: _joined(base.get(name), item) for name, item in more.items()}}


def override(config: Config, *overrides: str, over: int = 0) -> Config:
    """A checked copy of a configuration with changes (no choices of files).

    Args:
        config: the configuration to be changed.
        overrides: ``key=value`` changes.
        over: weeks that have passed; interventions in them are not checked again.

    Raises:
        ConfigError: one line about the first error.
    """
    try:
        asked = pickle.dumps((config, overrides, over))
    except Exception:  # it holds something that no configuration holds, and is refused for it
        return _overridden(config, overrides, over)
    made: Config = pickle.loads(_overridden_bytes(asked))
    return made


@lru_cache(maxsize=MOST_KEPT)
def _overridden_bytes(asked: bytes) -> bytes:
    """:func:`_overridden` by the bytes of its arguments, as bytes, which nobody changes."""
    return pickle.dumps(_overridden(*pickle.loads(asked)))


def _overridden(config: Config, overrides: Sequence[str], over: int) -> Config:
    changes = [parse_change(word) for word in overrides]
    for change in changes:
        if _is_choice(change):
            raise ConfigError(
                "{key}={value}: a file is chosen for all runs of a command, not for an arm, a "
                "setting of a sweep, a branch or a later week.",
                key=change.key, value=shown(change.value),
            )  # fmt: skip
    return _finish(_tree(config), changes, over)


def with_numbers(config: Config, values: Mapping[str, bool | int | float]) -> Config:
    """A checked copy of a configuration with other numbers: as :func:`override`, but fast. Groups
    without a change are shared with ``config``.

    Args:
        config: the configuration to be changed, itself checked.
        values: numbers by key, each of the type of the number that it replaces.

    Raises:
        ConfigError: one line about the first error.
    """
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *parents, last = _path(key)
        node = tree
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    config = _replaced(config, tree)
    _switch_off(config)
    validate(config, tree)
    _check_interventions(config, 0)
    return config


@cache
def _path(key: str) -> tuple[str, ...]:
    return tuple(path_of(key))


def _replaced(item: Any, values: Any) -> Any:
    """A copy with a tree of values laid over it; what lies beside them is shared."""
    if not isinstance(values, dict):
        return type(item)(values)
    if isinstance(item, Mapping):
        return {**item, **{name: _replaced(item[name], new) for name, new in values.items()}}
    new = {name: _replaced(getattr(item, name), new) for name, new in values.items()}
    return replace(item, **new)


def checked(config: Config) -> Config:
    """A checked copy of a configuration, which may have been changed in Python.

    Raises:
        ConfigError: it is no configuration, or one line about the first error in it.
    """
    return override(config)


def _tree(config: Config) -> Any:
    if not isinstance(config, Config):
        raise ConfigError(
            "a configuration is needed, found {kind}; sim.load_config(...) makes one, for example "
            'sim.load_config("market=packaged", "talk.rate=0.1").',
            kind=type(config).__name__,
        )
    return plain(config)


def _finish(tree: Any, changes: Sequence[Change], over: int = 0) -> Config:
    """Apply changes to a tree, and check the configuration that it describes."""
    for change in changes:
        refuse_special(change.value, change.path)
        _apply(tree, change)
    config = typed(_looked_up(tree))
    _switch_off(config)
    validate(config)
    _check_interventions(config, over)
    return config


_READ_BY_TABLES = {
    "population": {"buyers": BUYERS[0]},
    "finance": {"usual_overhead": Finance().usual_overhead},
}
"""Values of markets that shipped files refer to, as they are unless a market says otherwise."""


def _looked_up(tree: Any) -> Any:
    """A tree whose values refer to tables of a shipped file, with what they refer to. The keys of
    such tables begin with an underscore."""
    tables = [key for key in tree if key.startswith("_")]
    if not tables:
        return tree
    tree = _joined(_READ_BY_TABLES, tree)
    one_of(tree["population"]["buyers"], "population.buyers", BUYERS)
    found: Any = OmegaConf.to_container(OmegaConf.create(tree), resolve=True)
    return {key: value for key, value in found.items() if key not in tables}


def _switch_off(config: Config) -> None:
    """Set the neutral values of the mechanisms that are switched off."""
    for name in config.off:
        if name not in MECHANISMS and name in RENAMED_MECHANISMS:
            raise ConfigError(
                "{key}: now called {new}.", key=f"off={name}", new=RENAMED_MECHANISMS[name]
            )
        if name not in MECHANISMS:
            raise ConfigError(
                "off={name}: no such mechanism; allowed {allowed}.{hint}",
                name=shown(name), allowed=sorted(MECHANISMS), hint=nearest(name, MECHANISMS),
            )  # fmt: skip
        for key, value in MECHANISMS[name].neutral.items():
            group, field_name = path_of(key)
            setattr(getattr(config, group), field_name, value)


def _check_interventions(config: Config, over: int) -> None:
    """Check every coming intervention as it will find the configuration in its week, and the
    changes of treatments for every firm that may be drawn."""
    bare = replace(config, interventions={}, treatments={})
    for name, treatment in config.treatments.items():
        if treatment.week > over and treatment.set:
            for firm in [treatment.firm] if treatment.firm else config.firms:
                words = changes_of(treatment, firm)
                _check_changes(bare, words, key_of(("treatments", name)))
    now = replace(config, interventions={})
    coming = {name: one for name, one in config.interventions.items() if one.week > over}
    for name, one in sorted(coming.items(), key=lambda item: item[1].week):
        where = key_of(("interventions", name))
        if one.week > config.weeks:
            raise ConfigError(
                "{key}={week} lies beyond the end of the run (weeks={weeks}).",
                key=f"{where}.week", week=one.week, weeks=config.weeks,
            )  # fmt: skip
        now = _check_changes(now, one.set, where)


def _check_changes(now: Config, words: Sequence[str], where: str) -> Config:
    """The configuration after the changes of an intervention or a treatment.

    Raises:
        ConfigError: it cannot make them.
    """
    try:
        changed = override(now, *words)
        refuse_fixed(now, changed)
        refuse_eras(words, changed)
    except ConfigError as error:
        raise ConfigError("{where}: {error}", where=where, error=error) from None
    return changed


# Overrides


def parse_change(word: str) -> Change:
    """Parse an override.

    Raises:
        ConfigError: it has not the form of one.
    """
    sign, path, words = _split(word)
    return Change(sign, path, _value(words, shown(word)) if sign != "~" else None)


def _split(word: str) -> tuple[str, tuple[str, ...], str]:
    """The sign of an override, the parts of its key, and its value as it is typed."""
    if not isinstance(word, str):
        raise ConfigError("{word}: a change is text of the form key=value.", word=shown(word))
    found = re.match(r"\s*(\+\+|\+|~)?", word)
    assert found is not None
    sign = found[1] or "="
    path, rest = split_key(word[found.end() :])
    if not all(path) or (rest[:1] != "=" if sign != "~" else rest):
        raise ConfigError(
            "{word}: not of the form key=value."
            if sign != "~"
            else "{word}: not of the form ~key.",
            word=shown(word),
        )
    return sign, path, rest[1:]


def _value(words: str, where: str | Message) -> Any:
    """The value of an override, read by Hydra; as YAML where its grammar does not reach: names and
    words of any script."""
    parsed = None if words.lstrip().startswith("{") else _parsed(words)
    if parsed is None:
        return read_value(words, where)
    if parsed.is_sweep_override():
        raise ConfigError("{where}: several values; give one.", where=where)
    return parsed.value()


def _parsed(words: str) -> Override | None:
    """A value as Hydra's grammar reads it; None where that does not reach."""
    try:
        return OverridesParser.create().parse_override(f"value={words}")
    except (HydraException, RecursionError, ValueError):
        return None


# Several values


def parse_values(word: str) -> Values | None:
    """Parse several values of a key, in Hydra's grammar; None for a change with one value.

    ``talk.rate=0.1,0.2`` and ``choice(0.1,0.2)`` list values. ``range(0,1,0.25)`` is 0, 0.25, 0.5
    and 0.75: as in Hydra and in Python, a range does not include its stop.
    ``interval(0.1,0.5)`` has all values between; ``int(interval(1,9))`` the whole numbers, and
    ``tag(log,interval(1,100))`` is spread on a logarithmic scale.

    Raises:
        ConfigError: the word has not the form of a change, or its values cannot be read.
    """
    sign, path, words = _split(word)
    parsed = None if sign == "~" or words.lstrip().startswith("{") else _parsed(words)
    several = parsed.value() if parsed is not None else _between_commas(words)
    if several is None or (parsed is not None and not parsed.is_sweep_override()):
        return None
    if sign != "=":
        raise ConfigError("{word}: not of the form key=value.", word=shown(word))
    if isinstance(several, IntervalSweep):
        return _interval(word, key_of(path), several)
    levels = [v.text if isinstance(v, QuotedString) else v for v in _levels(several)]
    if not levels or not all(_is_level(v) for v in levels):
        raise _no_values(word)
    for n, level in enumerate(levels):
        if level in levels[:n]:
            raise ConfigError("{word}: {value} stands twice.", word=shown(word), value=shown(level))
    return Values(key_of(path), tuple(levels))


def _is_level(value: object) -> bool:
    is_number = is_real(value) and math.isfinite(value)  # type: ignore[arg-type]
    return is_number or isinstance(value, bool) or (isinstance(value, str) and value != "")


def _no_values(word: str) -> ConfigError:
    return ConfigError(
        "{word}: needs values such as 0.1,0.2 or choice(a,b) or range(0,1,0.25), at most {most} of "
        "them, or an interval(0.1,0.5) with its lower end first.",
        word=shown(word), most=MOST_VALUES,
    )  # fmt: skip


def _between_commas(words: str) -> list[Any] | None:
    """Values between commas that Hydra's grammar does not reach; None for a single value."""
    if "," not in words or words.lstrip()[:1] in ("[", "{", '"', "'"):
        return None
    if re.search(r"[()]", words):
        return []
    return [read_value(part, shown(words)) for part in words.split(",")]


def _levels(several: Any) -> list[Any]:
    """The values of a list or a range; none for other forms."""
    if isinstance(several, list):
        return several
    if getattr(several, "shuffle", False) or getattr(several, "tags", False):
        return []
    if isinstance(several, ChoiceSweep):
        return list(several.list)
    return _range(several) if isinstance(several, RangeSweep) else []


def _range(several: RangeSweep) -> list[int | float]:
    """The values of a range, in exact decimal arithmetic; none if there are too many."""
    numbers = [several.start, several.stop, several.step]
    start, stop, step = (Decimal(str(n)) for n in numbers)
    if not all(n.is_finite() for n in (start, stop, step)) or step == 0:
        return []
    count = math.ceil((stop - start) / step)
    kind = int if all(isinstance(n, int) for n in numbers) else float
    return [kind(start + n * step) for n in range(count)] if count <= MOST_VALUES else []


def _interval(word: str, key: str, found: IntervalSweep) -> Values:
    """An interval with its ends in order."""
    low, high = found.start, found.end
    is_log = found.tags == {"log"}
    if (
        low is None or high is None or not -math.inf < low < high < math.inf
        or (found.tags and not is_log) or (is_log and low <= 0)
    ):  # fmt: skip
        raise _no_values(word)
    is_whole = isinstance(low, int) and isinstance(high, int)
    return Values(key, (), float(low), float(high), is_whole, is_log)


def _is_choice(change: Change) -> bool:
    """Whether a change chooses a file, as ``market=toy`` does."""
    is_group = len(change.path) == 1 and change.path[0] in _groups()
    return is_group and change.sign != "~" and not isinstance(change.value, Mapping)


def _chosen(change: Change) -> str:
    group, name = change.key, str(change.value)
    if group == MARKET and is_path(name):
        return name
    return one_of(name, group, options(group))


def _apply(tree: Any, change: Change) -> None:
    """Change a tree in place."""
    *parents, last = change.path
    node = tree
    for n, part in enumerate(parents):
        kind = kind_at(parents[:n])
        if not isinstance(kind, Map | type) or not isinstance(node, dict):
            raise unknown_key(change.path)
        if part not in node and isinstance(kind, Map) and change.sign in "=~":
            raise _unknown_name(change, parents[:n], part, node)
        node = node.setdefault(part, {})
    kind = kind_at(parents)
    if not isinstance(kind, Map | type) or not isinstance(node, dict):
        raise unknown_key(change.path)
    if change.sign == "~":
        _remove(node, kind, change)
        return
    if isinstance(kind, Map) and kind.item and last not in node and change.sign == "=":
        raise _unknown_name(change, parents, last, node)
    if isinstance(kind, Map) and kind.item and last in node and change.sign == "+":
        raise ConfigError("+{key}: declared already; {key}=... changes it.", key=change.key)
    node[last] = _laid(kind_at(change.path), node.get(last), change)


def _laid(kind: Any, old: Any, change: Change) -> Any:
    """The value of a change, laid over the old value: a group keeps what is not named."""
    new = change.value
    if not isinstance(new, Mapping):
        return new
    out = dict(old) if isinstance(old, Mapping) else {}
    if isinstance(kind, Map) and change.sign == "=":
        out = {}
    for name, value in new.items():
        path = (*change.path, str(name))
        item = members(kind).get(name) if isinstance(kind, type) else getattr(kind, "item", None)
        if isinstance(kind, Map) and kind.item and name in out and change.sign == "+":
            raise ConfigError("+{key}: declared already; {key}=... changes it.", key=key_of(path))
        out[name] = _laid(item, out.get(name), Change(change.sign, path, value))
    return out


def _remove(node: dict[str, Any], kind: Any, change: Change) -> None:
    """Remove a named item, or a line of a budget."""
    if not isinstance(kind, Map):
        raise ConfigError(
            "~{key}: only a named item or a line of a budget can be removed.", key=change.key
        )
    if change.path[-1] not in node:
        raise ConfigError(
            "~{key}: not declared.{hint}", key=change.key, hint=nearest(change.path[-1], node)
        )
    del node[change.path[-1]]


def _unknown_name(
    change: Change, parents: Sequence[str], name: str, known: Iterable[str]
) -> ConfigError:
    allowed = sorted(known)
    add = Message(" Add a new one with +{key}=...", key=key_of((*parents, name)))
    return ConfigError(
        "unknown key {key}: no such name in {group}; allowed {allowed}.{hint}{add}",
        key=change.key, group=key_of(parents), allowed=allowed, hint=nearest(name, allowed),
        add="" if change.sign == "~" else add,
    )  # fmt: skip


# Text and files


def to_yaml(config: Config) -> str:
    """The resolved configuration as YAML, with every value."""
    return write_yaml(plain(config))


def from_yaml(words: str) -> Config:
    """Read a configuration from the YAML of :func:`to_yaml`.

    Raises:
        ConfigError: a key is unknown or has been renamed, or a value has the wrong type.
    """
    return typed(read_yaml(words, Message("configuration")))


def options(group: str) -> list[str]:
    """Names of the shipped files of a configuration group, for example the markets."""
    return files.names(files.CONFIGS / group, "yaml")


def _groups() -> list[str]:
    """Configuration groups from which a run takes one file."""
    folders = (p.name for p in files.CONFIGS.iterdir() if p.is_dir() and p.name not in COLLECTED)
    return sorted(name for name in folders if options(name))
