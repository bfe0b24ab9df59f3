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
from typing import Any

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


Groups = dict[str, tuple[object, dict[str, Any]]]
"""Groups of a configuration with their values by key, which configurations may share."""


def settled(config: Config, groups: Groups | None = None) -> dict[str, Any]:
    """Every value of a configuration on which a run depends, by key.

    Args:
        groups: those of an earlier configuration, whose values are taken over for groups that are
            the same objects; they are replaced by those of this one.
    """
    out: dict[str, Any] = {}
    groups = {} if groups is None else groups
    for name, value in vars(config).items():
        if name in WITHOUT_EFFECT:
            continue
        if name not in groups or groups[name][0] is not value:
            mine: dict[str, Any] = {}
            _collect(value, name, mine)
            groups[name] = value, mine
        out |= groups[name][1]
    return out


def _collect(value: Any, key: str, out: dict[str, Any]) -> None:
    items = vars(value) if is_dataclass(value) else value
    if isinstance(items, Mapping) and items:
        for name, item in items.items():
            part = name if name.isidentifier() else key_of([name])
            _collect(item, f"{key}.{part}", out)
    else:
        out[key] = value


def differences(config: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration that another one does not have, by key; what only the other one
    has is None."""
    out = {key: value for key, value in config.items() if key not in base or base[key] != value}
    return out | {key: None for key in base if key not in config}


@cache
def defaults() -> dict[str, Any]:
    """Every value of the default configuration on which a run depends, by key."""
    return settled(load_config())


def mark(*parts: object) -> str:
    """Hash of the parts of an address."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:LENGTH]


class Addresses:
    """Addresses of the runs of some arms under one configuration.

    Args:
        config: the shared configuration, in force during the warm-up.
        arms: in force from the first week.
        groups: as for :func:`settled`.

    Attributes:
        changes: values of the shared configuration that the default does not have, as JSON, by key.
    """

    def __init__(
        self, config: Config, arms: tuple[Arm, ...] = (), groups: Groups | None = None
    ) -> None:
        values = settled(config, groups)
        shared = json.dumps(values)
        self.changes = json.dumps(differences(values, defaults()), ensure_ascii=False)
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
