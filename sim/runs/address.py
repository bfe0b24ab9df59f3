"""Addresses: a run is identified by all that its result depends on, and by nothing else.

A run is a function of the resolved configuration, the arm, the seed and the program. Its address is
a hash of these. So a run is never simulated twice, whichever command asks for it, and a changed
program never reads an old result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import sim
from sim.config.compose import load_config
from sim.config.schema import Config
from sim.params import key_of
from sim.runs.arms import Arm

DEPENDS_ON = (
    "params.py", "draws.py", "compile.py", "kpis.py", "rules", "market", "ledger", "config",
    "engines", "agents", "model", "runs/address.py", "runs/jobs.py", "runs/record.py",
)  # fmt: skip
"""Parts of the program that a run depends on; verbs, tables and texts are excluded."""

WITHOUT_EFFECT = (
    "seed", "threads", "replicates", "smallest_effect", "currency", "engine", "log",
)  # fmt: skip
"""Settings that change no result of a run; the seed stands in the address by itself."""

LENGTH = 32
"""Hexadecimal digits of an address: of a billion billion runs, hardly two would share one."""


@cache
def program(package: Path = Path(sim.__file__).parent) -> str:
    """Fingerprint of the program's own sources, as far as a run depends on them."""
    mark = hashlib.sha256()
    for part in DEPENDS_ON:
        place = package / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            mark.update(path.read_bytes())
    return mark.hexdigest()[:LENGTH]


class Group(NamedTuple):
    """A group of a configuration, which configurations may share.

    Attributes:
        of: the group itself.
        text: its values by key, as JSON without brackets.
        changed: values that the default does not have, by key.
        gone: keys that only the default has.
    """

    of: object
    text: str
    changed: dict[str, Any]
    gone: tuple[str, ...]


Groups = dict[str, Group]
"""Groups of a configuration by name."""


def settled(config: Config) -> dict[str, Any]:
    """Every value of a configuration on which a run depends, by key."""
    out: dict[str, Any] = {}
    for name in _names(config):
        _collect(getattr(config, name), name, out)
    return out


def _names(config: Config) -> list[str]:
    """Names of the groups on which a run depends."""
    return [name for name in vars(config) if name not in WITHOUT_EFFECT]


def _groups_of(config: Config, known: Groups) -> list[Group]:
    """The groups of a configuration, and among those ``known`` from now on. Those known already are
    taken over if they are the same objects."""
    out = []
    for name in _names(config):
        value, group = getattr(config, name), known.get(name)
        if group is None or group.of is not value:
            group = known[name] = _group(name, value)
        out.append(group)
    return out


def _group(name: str, value: object) -> Group:
    mine: dict[str, Any] = {}
    _collect(value, name, mine)
    base = _default_groups()[name]
    changed = {key: one for key, one in mine.items() if key not in base or base[key] != one}
    return Group(value, json.dumps(mine)[1:-1], changed, tuple(k for k in base if k not in mine))


def _collect(value: Any, key: str, out: dict[str, Any]) -> None:
    items = vars(value) if is_dataclass(value) else value
    if isinstance(items, Mapping) and items:
        for name, item in items.items():
            part = name if name.isidentifier() else key_of([name])
            _collect(item, f"{key}.{part}", out)
    else:
        out[key] = value


@cache
def defaults() -> dict[str, Any]:
    """Every value of the default configuration on which a run depends, by key."""
    return settled(load_config())


@cache
def _default_groups() -> dict[str, dict[str, Any]]:
    """The values of the default configuration by group and key."""
    config = load_config()
    out: dict[str, dict[str, Any]] = {name: {} for name in _names(config)}
    for name, values in out.items():
        _collect(getattr(config, name), name, values)
    return out


def mark(*parts: object) -> str:
    """Hash of the parts of an address."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:LENGTH]


class Addresses:
    """Addresses of the runs of some arms under one configuration.

    Args:
        config: the shared configuration, in force during the warm-up.
        arms: in force from the first week.
        groups: those of an earlier configuration, which is spared the work for groups that are the
            same objects; they are replaced by those of this one.

    Attributes:
        changes: values of the shared configuration that the default does not have, as JSON, by key.
    """

    def __init__(
        self, config: Config, arms: tuple[Arm, ...] = (), groups: Groups | None = None
    ) -> None:
        found = _groups_of(config, {} if groups is None else groups)
        shared = "{" + ", ".join(group.text for group in found) + "}"
        changes = {key: value for group in found for key, value in group.changed.items()}
        changes |= {key: None for group in found for key in group.gone}
        self.changes = json.dumps(changes, ensure_ascii=False)
        self._shared = mark(program(), shared)
        self._marks = [mark(program(), shared, *_of_arm(a, config, shared)) for a in arms]

    def of(self, seed: int) -> tuple[str, ...]:
        """Address of each arm's run."""
        return tuple(mark(one, seed) for one in self._marks)

    def of_measure(self, seed: int, *what: str) -> str:
        """Key of what is measured in the market without arms."""
        return mark(self._shared, seed, *what)


def _of_arm(arm: Arm, config: Config, shared: str) -> tuple[object, ...]:
    """What an arm adds to the shared configuration."""
    changed = json.dumps(settled(arm.config(config))) if arm.overrides else shared
    rows = [
        (row.period.weeks, [*map(str, row.period.mondays)], row.firm, row.activity, row.amount)
        for row in (arm.plan.rows if arm.plan else ())
    ]
    return changed if changed != shared else "", arm.plan is not None, rows
