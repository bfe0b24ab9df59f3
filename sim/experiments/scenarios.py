"""Scenarios: a question, arms, and claims that can fail, each in one YAML file.

    id: S7
    name: vanity_metrics
    question: {en: ..., zh: ...}
    story: {en: ..., zh: ...}
    base: {market: brand}                      # changes of the configuration, key: value
    arms: {own: {}, vanity: {firms.alder.organisation.kpis: vanity}}
    claims:
      - id: S7.1
        says: {en: ..., zh: ...}
        kpi: profit                            # of firm, in weeks (from 1, both ends counted)
        firm: alder
        arms: [vanity, own]                    # the first less the second
        weeks: [1, 156]
        expect: "<0"
        matters: 1%                            # of the second arm's value; or a plain number
        ablate: [relevance]                    # mechanisms that carry it, or key: value changes
        rival: {en: ..., zh: ..., expect: ">0"}

An arm may have a ``plan``. What is expected and what matters stand here before the first run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sim import config as configuration
from sim.config import MECHANISMS, Config, load_config
from sim.experiments.arms import Arm, arm
from sim.kpis import KPIS
from sim.params import ConfigError, nearest

FILES = configuration.FILES.parent / "scenarios"
"""The shipped scenarios: beside the configuration, in a checkout as in the package."""

Words = dict[str, str]
EXPECTED = ("<0", ">0")


@dataclass(frozen=True)
class Claim:
    """Something the theory says of two arms, with the smallest difference that would matter.

    ``matters`` is in the KPI's unit, or, with ``relative``, a share of the second arm's value.
    ``ablate`` are changes that take out the link said to carry the effect.
    """

    id: str
    says: Words
    kpi: str
    firm: str
    arms: tuple[str, str]
    weeks: tuple[int, int]
    expect: str
    matters: float
    relative: bool
    ablate: tuple[str, ...]
    rival: Words
    rival_expect: str

    @property
    def sign(self) -> int:
        """1 if more is expected, -1 if less."""
        return 1 if self.expect == ">0" else -1


@dataclass(frozen=True)
class Scenario:
    """A scenario as read from its file."""

    id: str
    name: str
    question: Words
    story: Words
    base: tuple[str, ...]
    arms: dict[str, tuple[str, ...]]
    claims: tuple[Claim, ...]

    def config(self, *overrides: str) -> Config:
        """The configuration all arms share.

        Raises:
            ConfigError: an override is wrong.
        """
        return load_config(*self.base, *overrides)

    def made(self, config: Config) -> tuple[Arm, ...]:
        """The arms, in order."""
        return tuple(arm(name, words, config) for name, words in self.arms.items())


def names() -> list[str]:
    """Names of the shipped scenarios, in order of ids."""
    found = [_read(path) for path in sorted(FILES.glob("*.yaml"))]
    return [s.name for s in sorted(found, key=lambda s: (len(s.id), s.id))]


def find(word: str) -> Scenario | None:
    """A shipped scenario by name or id, or None."""
    for path in sorted(FILES.glob("*.yaml")):
        scenario = _read(path)
        if word in (scenario.name, scenario.id):
            return scenario
    return None


def need(word: str) -> Scenario:
    """A shipped scenario by name or id.

    Raises:
        ConfigError: there is none.
    """
    found = find(word)
    if found is None:
        raise ConfigError(
            f"scenario {word}: no such scenario; allowed {', '.join(names())}."
            f"{nearest(word, names())}"
        )
    return found


@cache
def _read(path: Path) -> Scenario:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    where = f"scenario {path.stem}"
    _has(where, raw, ("id", "name", "question", "story", "base", "arms", "claims"))
    arms = {name: _words(changes or {}) for name, changes in raw["arms"].items()}
    claims = tuple(_claim(where, one, tuple(arms)) for one in raw["claims"])
    return Scenario(
        raw["id"], raw["name"], raw["question"], raw["story"], _words(raw["base"]), arms, claims
    )


def _has(where: str, raw: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in keys:
        if key not in raw:
            raise ConfigError(f"{where}: {key} is missing.")
    for key in raw:
        if key not in keys:
            raise ConfigError(f"{where}: unknown {key}; allowed {', '.join(keys)}.")
    for key in ("question", "story", "says"):
        if key in keys and set(raw[key]) != {"en", "zh"}:
            raise ConfigError(f"{where}: {key} needs en and zh.")


def _words(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Changes as words of a command line; ``plan`` stands alone."""
    return tuple(str(v) if k == "plan" else f"{k}={_shown(v)}" for k, v in changes.items())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(v) for v in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _claim(where: str, raw: Mapping[str, Any], arms: tuple[str, ...]) -> Claim:
    where = f"{where}, claim {raw.get('id', '?')}"
    _has(where, raw, ("id", "says", "kpi", "firm", "arms", "weeks", "expect", "matters", "ablate",
                      "rival"))  # fmt: skip
    for word, allowed in (
        (raw["kpi"], tuple(KPIS)), (raw["expect"], EXPECTED), (raw["rival"]["expect"], EXPECTED),
        *((one, arms) for one in raw["arms"]),
    ):  # fmt: skip
        if word not in allowed:
            raise ConfigError(f"{where}: {word}; allowed {', '.join(allowed)}.")
    ablate = raw["ablate"]
    if isinstance(ablate, list):
        for name in ablate:
            if name not in MECHANISMS:
                raise ConfigError(f"{where}: ablate {name}: no such mechanism."
                                  f"{nearest(name, MECHANISMS)}")  # fmt: skip
        changes: tuple[str, ...] = (f"off=[{','.join(ablate)}]",)
    else:
        changes = _words(ablate)
    share = str(raw["matters"]).endswith("%")
    matters = float(str(raw["matters"]).rstrip("%")) / (100.0 if share else 1.0)
    first, last = raw["weeks"]
    rival = raw["rival"]
    return Claim(
        raw["id"], raw["says"], raw["kpi"], raw["firm"], (raw["arms"][0], raw["arms"][1]),
        (int(first), int(last)), raw["expect"], matters, share, changes,
        {k: rival[k] for k in ("en", "zh")}, rival["expect"],
    )  # fmt: skip
