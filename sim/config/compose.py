"""Composition of shipped files and overrides into a configuration. The only user of Hydra."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

from sim import files
from sim.config import own_market
from sim.config.checks import validate
from sim.config.renamed import RENAMED_MECHANISMS, new_name
from sim.config.schema import COLLECTED, NAMED, Config
from sim.config.yaml_files import is_path, read_mapping
from sim.params import MECHANISMS, ConfigError, declared, nearest

MARKET = "market"
"""The group of markets, whose choice may also be a file of the user's."""

ConfigStore.instance().store(
    name="declared", node=OmegaConf.to_container(OmegaConf.structured(Config))
)


def load_config(*overrides: str) -> Config:
    """Compose the shipped configuration with overrides and check every value.

    Hydra composes the files (the defaults list and choices such as ``market=toy``) and parses the
    overrides. Their values are then merged into the declared types, which rejects unknown keys,
    with ``+`` or without.

    Args:
        overrides: Hydra overrides, for example ``"market=toy"``, ``"talk.rate=0.1"``,
            ``"+firms.elm={id: 5}"`` (a further firm), ``"~firms.dogwood"``. A market may also be a
            file, relative to the current folder: ``"market=./mine.yaml"``.

    Raises:
        ConfigError: one line with the error, its place and the allowed values.
    """
    own, words = _own_file(overrides)
    parsed = _parse(words)
    choices = [o for o in parsed if o.key_or_group in _groups()]
    lines = [o.input_line for o in choices]
    composed = _own_market(own, lines) if own else _composed(files.CONFIGS, _edition(), *lines)
    return _finish(composed, [o for o in parsed if o not in choices])


def _own_file(overrides: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The market file of the user's among overrides, and the other words. The last market counts,
    as one named on the command line replaces that of a scenario."""
    start = f"{MARKET}="
    words = [word for word in overrides if not word.startswith(start)]
    markets = [word for word in overrides if word.startswith(start)][-1:]
    name = markets[0][len(start) :].strip("\"'") if markets else ""
    return (Path(name).expanduser(), words) if is_path(name) else (None, [*words, *markets])


def _own_market(path: Path, choices: Sequence[str]) -> DictConfig:
    """The market of a file: ten numbers beside a shipped market, or a complete market."""
    raw = read_mapping(path, MARKET)
    if own_market.is_short(raw):
        like = raw.get(own_market.LIKE)
        if not is_model(like):
            raise ConfigError(
                f"market {path}: like={like or 'nothing'}: no shipped market to start from; "
                f"allowed {', '.join(models())}.{nearest(str(like), models())}"
            )
        shipped = load_config(*choices, f"{MARKET}={like}")
        return _typed(own_market.derive(shipped, own_market.read(raw, path, shipped)))
    composed = _composed(files.CONFIGS, _edition(), *choices, f"~{MARKET}")
    try:
        return DictConfig(OmegaConf.merge(composed, raw))
    except ConfigKeyError as error:
        raise ConfigError(f"market {path}: {_unknown(error.full_key or '')}") from None
    except OmegaConfBaseException as error:
        raise ConfigError(f"market {path}: {error.full_key}: {_first_line(error)}") from None


def models() -> list[str]:
    """Names of the shipped markets that a market in ten numbers can start from."""
    return [name for name in options(MARKET) if is_model(name)]


def is_model(name: object) -> bool:
    """Whether a name is that of a shipped market that a market in ten numbers can start from."""
    if name not in options(MARKET):
        return False
    return own_market.can_be_like(_plain(_composed(files.CONFIGS, _edition(), f"{MARKET}={name}")))


def _plain(composed: DictConfig) -> Config:
    config = OmegaConf.to_object(composed)
    assert isinstance(config, Config)
    return config


def _edition() -> tuple[tuple[Path, int], ...]:
    """The shipped files and their times of change, since they may be edited during a session."""
    return tuple((path, path.stat().st_mtime_ns) for path in sorted(files.CONFIGS.rglob("*.yaml")))


@cache
def _composed(folder: Path, _: tuple[tuple[Path, int], ...], *choices: str) -> DictConfig:
    """The shipped files, for given choices, as declared types. Not to be changed in place."""
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(folder), version_base="1.3", job_name="gtm"):
            raw = compose("config", overrides=list(choices))
        shipped = {
            group: {
                name: OmegaConf.load(folder / group / f"{name}.yaml") for name in options(group)
            }
            for group in COLLECTED
        }
        composed = OmegaConf.merge(
            OmegaConf.structured(Config), shipped, OmegaConf.to_container(raw)
        )
    except ConfigKeyError as error:
        raise _unknown(error.full_key or _first_line(error)) from None
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(_first_line(error)) from None
    assert isinstance(composed, DictConfig)
    return composed


def override(config: Config, *overrides: str) -> Config:
    """A checked copy of a configuration with ``key=value`` changes (no choices of files).

    Raises:
        ConfigError: one line about the first error.
    """
    return _finish(_typed(config), _parse(overrides))


_kept: list[tuple[Config, DictConfig]] = []
"""Recent configurations with their form as declared types, the latest first."""


def _typed(config: Config) -> DictConfig:
    """A configuration as declared types. Not to be changed in place.

    The conversion is slow, so recent ones are cached: arms and campaigns change one configuration
    repeatedly.
    """
    for kept in tuple(_kept):  # other threads may change the list meanwhile
        if kept[0] == config:
            _kept[:] = [kept, *(other for other in _kept if other is not kept)]
            return kept[1]
    typed = OmegaConf.structured(config)
    assert isinstance(typed, DictConfig)
    _keep(config, typed)
    return typed


def _keep(config: Config, typed: DictConfig) -> None:
    _kept[:] = [(copy.deepcopy(config), typed), *_kept[:7]]


def _parse(overrides: Sequence[str]) -> list[Override]:
    """Parse overrides and check those that choose a file."""
    out = []
    for word in overrides:
        try:
            parsed = OverridesParser.create().parse_override(word)
        except HydraException:
            raise ConfigError(f"{word}: not of the form key=value.") from None
        group, value = parsed.key_or_group, parsed.value()
        if parsed.is_sweep_override():
            raise ConfigError(f"{word}: several values; give one.")
        if group in _groups() and not isinstance(value, dict) and value not in options(group):
            allowed = options(group)
            raise ConfigError(
                f"{group}={value}: no such {group}; allowed {', '.join(allowed)}."
                f"{nearest(str(value), allowed)}"
            )
        out.append(parsed)
    return out


def _finish(composed: DictConfig, changes: Sequence[Override]) -> Config:
    """Merge value overrides into the declared types and check the result."""
    if changes:
        try:
            composed = _changed(composed, changes)
        except ConfigError:
            for change in changes:  # one by one, to find the one with the error
                composed = _changed(composed, [change])
            raise
    config = _plain(composed)
    _switch_off(config)
    validate(config)
    if not config.off:
        _keep(config, composed)
    return config


def _switch_off(config: Config) -> None:
    """Set the neutral values of the mechanisms that are switched off."""
    for name in config.off:
        if name not in MECHANISMS and name in RENAMED_MECHANISMS:
            raise ConfigError(f"off={name}: now called {RENAMED_MECHANISMS[name]}.")
        if name not in MECHANISMS:
            raise ConfigError(
                f"off={name}: no such mechanism; allowed {', '.join(sorted(MECHANISMS))}."
                f"{nearest(name, MECHANISMS)}"
            )
        for key, value in MECHANISMS[name].neutral.items():
            group, _, field_name = key.partition(".")
            setattr(getattr(config, group), field_name, value)


def _changed(config: DictConfig, changes: Sequence[Override]) -> DictConfig:
    """A copy with changes, merged in one step because a merge copies the whole."""
    nested: list[dict[str, Any]] = []
    names = {group: set(config[group]) for group in NAMED}
    for change in changes:
        key = change.key_or_group
        path = key.split(".")
        if change.is_delete():
            config = _merged(config, nested, changes)
            nested = []
            _delete(config, key, path)
            names[path[0]] = set(config[path[0]])
            continue
        items = names.get(path[0], set())
        if len(path) > 1 and path[0] in NAMED and path[1] not in items and not change.is_add():
            raise ConfigError(
                f"unknown key {key}: no such name in {path[0]}; allowed {', '.join(sorted(items))}."
                f"{nearest(path[1], items)} Add a new one with +{key}=..."
            )
        if len(path) > 1:
            items.add(path[1])
        value: Any = change.value()
        for part in reversed(path):
            value = {part: value}
        nested.append(value)
    return _merged(config, nested, changes)


def _merged(
    config: DictConfig, nested: Sequence[dict[str, Any]], changes: Sequence[Override]
) -> DictConfig:
    """A copy with values merged; errors refer to the last change."""
    key, value = changes[-1].key_or_group, changes[-1].value()
    try:
        merged = OmegaConf.merge(config, *nested)
    except ConfigKeyError as error:
        raise _unknown(error.full_key or key) from None
    except OmegaConfBaseException as error:
        raise ConfigError(_wrong_value(error.full_key or key, value)) from None
    assert isinstance(merged, DictConfig)
    return merged


def _unknown(key: str) -> ConfigError:
    """The error about an undeclared key; for a former name it states the present one."""
    new = new_name(key)
    if new is not None:
        return ConfigError(f"{key}: now called {new}.")
    return ConfigError(f"unknown key {key}.{_hint(key)} `gtm explain` lists every key.")


def _delete(config: DictConfig, key: str, path: Sequence[str]) -> None:
    """Remove a named item, or a line of a budget."""
    parent = OmegaConf.select(config, ".".join(path[:-1])) if len(path) > 1 else None
    if path[0] not in NAMED or len(path) not in (2, 4) or parent is None:
        raise ConfigError(f"~{key}: only a named item or a line of a budget can be removed.")
    if path[-1] not in parent:
        raise ConfigError(f"~{key}: not declared.{nearest(path[-1], list(parent))}")
    del parent[path[-1]]


def _wrong_value(key: str, value: Any) -> str:
    """The error about a value of the wrong type, with the allowed values."""
    path = key.split(".")
    group: Any = Config
    for part in path[:-1]:
        if group in NAMED.values() or group is None:
            break
        kinds = {f.name: f.default_factory for f in fields(group)}
        group = NAMED.get(part) or kinds.get(part)
        if part in NAMED:
            path = path[path.index(part) + 1 :]
    known = declared(group).get(path[-1]) if isinstance(group, type) else None
    if known is None:
        return f"{key}={value}: a value of the wrong type; `gtm explain` lists the allowed values."
    kind = {bool: "true or false", int: "a whole number"}.get(type(known.default), "a number")
    return (
        f"{key}={value}: needs {kind}, allowed {known.low:g} to {known.high:g} ({known.unit}); "
        f"default {known.default}."
    )


def to_yaml(config: Config) -> str:
    """The resolved configuration as YAML, with every value."""
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def from_yaml(words: str) -> Config:
    """Read a configuration from the YAML of :func:`to_yaml`.

    Raises:
        ConfigError: a key is unknown or has been renamed.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(Config), OmegaConf.create(words))
    except ConfigKeyError as error:
        raise _unknown(error.full_key or _first_line(error)) from None
    config = OmegaConf.to_object(merged)
    assert isinstance(config, Config)
    return config


def options(group: str) -> list[str]:
    """Names of the shipped files of a configuration group, for example the markets."""
    return sorted(p.stem for p in (files.CONFIGS / group).glob("*.yaml"))


def _groups() -> list[str]:
    """Configuration groups from which a run takes one file."""
    folders = (p.name for p in files.CONFIGS.iterdir() if p.is_dir() and p.name not in COLLECTED)
    return sorted(name for name in folders if options(name))


def _names(group: Any = Config, prefix: str = "") -> list[str]:
    """Every dotted name allowed in an override, with ``*`` for names chosen by the user."""
    out = []
    for f in fields(group):
        name = f"{prefix}{f.name}"
        out.append(name)
        if f.name in NAMED and group is Config:
            out += _names(NAMED[f.name], f"{name}.*.")
        elif is_dataclass(f.default_factory):
            out += _names(f.default_factory, f"{name}.")
    return out


def _hint(key: str) -> str:
    parts = key.split(".")
    named = parts[1] if len(parts) == 3 and parts[0] in NAMED else None
    pattern = ".".join([parts[0], "*", parts[2]]) if named else key
    hint = nearest(pattern, _names())
    return hint.replace("*", named) if named else hint


def _first_line(error: Exception) -> str:
    words = str(error.__cause__ or error)
    return next((line.strip() for line in words.splitlines() if line.strip()), "unknown error")
