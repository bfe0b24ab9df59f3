"""Scenarios: a question, arms, and claims that can fail, each in one YAML file.

    id: S7
    name: vanity_metrics
    question: {en: ..., zh: ...}
    story: {en: ..., zh: ...}
    found: {en: ..., zh: ...}                  # if wished: what came out, and why
    base: {weeks: 156}                         # changes of the configuration, key: value
    worlds:                                    # further ones, by name; every arm is lived in each
      brand: {market: brand}
      industrial: {market: industrial}
    arms:
      own: {}
      vanity:
        firms.alder.organisation.kpis: vanity
        industrial: {firms.alder.sales.reps: 8}  # in this world only
    claims:
      - id: S7.1
        says: {en: ..., zh: ...}
        kpi: profit                            # of firm, in weeks (from 1, both ends counted)
        firm: alder
        arms: [vanity, own]                    # the first less the second; or one, as it is
        weeks: [1, 156]
        expect: "<0"
        matters: 1% of revenue                 # of the second arm; or 1% (of its KPI); or a number
        ablate: [relevance]                    # mechanisms that carry it, or key: value changes
        rival: {en: ..., zh: ..., expect: ">0"}

What is expected is ``<0``, ``>0``, ``~0`` (no difference that matters), or another level, as in
``<104``. What is expected and what matters stand here before the first run. An arm may have a
``plan``. A claim may further have:

- ``worlds``: those it is about (all);
- ``check: true``: it restates what the model is made of, so that it holds shows that a mechanism
  works and says nothing about markets;
- ``why: {en: ..., zh: ...}``: why it came out as it did, where it fails or survives its ablation;
- ``weeks: [[1, 52], [53, 104]]``: other weeks for each arm;
- ``against``: a third arm, which is taken off each of the two in the same weeks, or one for each;
- ``cohort: {of: before, week: 53}``: only customers acquired before a week (``since``: from it on),
  or the part of the difference due to behaviour ``within`` these two groups, or to their ``mix``;
- ``path``: of the running total of the KPI, its ``valley`` (lowest point, never above 0), its
  ``dip`` (as much of the valley as has been climbed out of again by the window's end) or its
  ``payback`` (week after which the first arm stays ahead; the length of the window if never).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sim import files
from sim.config.compose import load_config
from sim.config.schema import MECHANISMS, Config
from sim.experiments.arms import Arm, arm
from sim.kpis import KPIS
from sim.params import ConfigError, nearest

VERDICTS = "verdicts.csv"
"""Beside the shipped scenarios: the verdicts as last made for the README (tests/renew.py)."""

Words = dict[str, str]
LEVEL = re.compile(r"([<>])(-?[0-9.]+)|~0")
COHORTS = ("before", "since", "within", "mix")
PATHS = ("valley", "dip", "payback")
OF_REVENUE = "% of revenue"
OFF = "off=["


@dataclass(frozen=True)
class Cohort:
    """Customers by when they were acquired: see the head of this file. ``week`` from 1."""

    of: str
    week: int


@dataclass(frozen=True)
class Expected:
    """A side of a level on which an effect is expected to lie; ``sign`` 0: at the level."""

    sign: int
    level: float

    def margin(self, effect: float) -> float:
        """How far an effect lies on the expected side."""
        return self.sign * (effect - self.level) if self.sign else -abs(effect - self.level)

    def beyond(self, effect: float, matters: float) -> float:
        """How far an effect lies beyond what matters on the expected side, or, at a level, within
        what matters of it; below 0 if it does not."""
        return self.margin(effect) - matters if self.sign else self.margin(effect) + matters


@dataclass(frozen=True)
class Claim:
    """Something the theory says of two arms, with the smallest difference that would matter.

    ``matters`` is in the KPI's unit, or a share ``of`` the last arm's value (``value``) or revenue
    (``revenue``). ``ablate`` are changes that take out the link said to carry the effect.
    ``weeks`` are first and last week for either arm. The rest is told at the head of this file.
    """

    id: str
    says: Words
    kpi: str
    firm: str
    arms: tuple[str, ...]
    weeks: tuple[tuple[int, int], tuple[int, int]]
    expect: Expected
    matters: float
    of: str
    ablate: tuple[str, ...]
    rival: Words
    rival_expect: Expected
    worlds: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    cohort: Cohort | None = None
    path: str = ""
    check: bool = False
    why: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A scenario as read from its file; ``arms`` has the changes of every arm by world."""

    id: str
    name: str
    question: Words
    story: Words
    found: Words
    worlds: dict[str, tuple[str, ...]]
    arms: dict[str, dict[str, tuple[str, ...]]]
    claims: tuple[Claim, ...]

    @property
    def first_world(self) -> str:
        """The world that is looked at unless another is named."""
        return next(iter(self.worlds))

    def world(self, word: str) -> str:
        """A world by name; the first if none is named.

        Raises:
            ConfigError: there is none of that name.
        """
        if word and word not in self.worlds:
            raise ConfigError(
                f"scenario {self.name}: no world {word}; allowed {', '.join(self.worlds)}."
                f"{nearest(word, self.worlds)}"
            )
        return word or self.first_world

    def config(self, *overrides: str, world: str = "") -> Config:
        """The configuration all arms share in a world (the first, if none is named).

        Raises:
            ConfigError: an override is wrong, or there is no such world.
        """
        return load_config(*_one_off((*self.worlds[self.world(world)], *overrides)))

    def made(self, config: Config, world: str = "") -> tuple[Arm, ...]:
        """The arms in a world, in order."""
        here = self.world(world)
        return tuple(arm(name, words[here], config) for name, words in self.arms.items())


def shipped(name: str) -> list[dict[str, str]]:
    """The verdicts that came with the package on the scenario of this id, as rows of a table."""
    path = files.SCENARIOS / VERDICTS
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["scenario"] == name]


def _one_off(words: Sequence[str]) -> list[str]:
    """Words with all lists of mechanisms that are off made one."""
    lists = [word[len(OFF) : -1] for word in words if word.startswith(OFF)]
    rest = [word for word in words if not word.startswith(OFF)]
    return [*rest, f"{OFF}{','.join(lists)}]"] if lists else rest


def names() -> list[str]:
    """Names of the shipped scenarios, in order of ids."""
    found = [_read(path) for path in sorted(files.SCENARIOS.glob("*.yaml"))]
    return [s.name for s in sorted(found, key=lambda s: (len(s.id), s.id))]


def find(word: str) -> Scenario | None:
    """A shipped scenario by name or id, or None."""
    for path in sorted(files.SCENARIOS.glob("*.yaml")):
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
    _has(where, raw, ("id", "name", "question", "story", "base", "arms", "claims"),
         ("worlds", "found"))  # fmt: skip
    base, worlds = raw["base"], raw.get("worlds") or {raw["base"].get("market", "brand"): {}}
    arms = {
        name: {world: _words(_here(changes or {}, world, worlds)) for world in worlds}
        for name, changes in raw["arms"].items()
    }
    claims = tuple(_claim(where, one, tuple(arms), tuple(worlds)) for one in raw["claims"])
    return Scenario(
        raw["id"], raw["name"], raw["question"], raw["story"],
        raw.get("found", {"en": "", "zh": ""}),
        {name: _words({**base, **(changes or {})}) for name, changes in worlds.items()},
        arms, claims,
    )  # fmt: skip


def _here(changes: Mapping[str, Any], world: str, worlds: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of an arm in a world."""
    common = {key: value for key, value in changes.items() if key not in worlds}
    return {**common, **(changes.get(world) or {})}


def _has(
    where: str, raw: Mapping[str, Any], keys: tuple[str, ...], more: tuple[str, ...] = ()
) -> None:
    for key in keys:
        if key not in raw:
            raise ConfigError(f"{where}: {key} is missing.")
    for key in raw:
        if key not in (*keys, *more):
            allowed = (*keys, *more)
            raise ConfigError(
                f"{where}: unknown {key}; allowed {', '.join(allowed)}.{nearest(key, allowed)}"
            )
    for key in ("question", "story", "says", "found", "why"):
        if key in raw and set(raw[key]) != {"en", "zh"}:
            raise ConfigError(f"{where}: {key} needs en and zh.")


def _words(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Changes as words of a command line; ``plan`` stands alone."""
    return tuple(str(v) if k == "plan" else f"{k}={_shown(v)}" for k, v in changes.items())


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(v) for v in value) + "]"
    if isinstance(value, str) and "=" in value:
        return "'" + value + "'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _claim(
    where: str, raw: Mapping[str, Any], arms: tuple[str, ...], worlds: tuple[str, ...]
) -> Claim:
    where = f"{where}, claim {raw.get('id', '?')}"
    _has(where, raw, ("id", "says", "kpi", "firm", "arms", "weeks", "expect", "matters", "ablate",
                      "rival"),
         ("worlds", "against", "cohort", "path", "check", "why"))  # fmt: skip
    cohort, against = raw.get("cohort"), raw.get("against", [])
    against = [against] * len(raw["arms"]) if isinstance(against, str) else against
    if len(against) not in (0, len(raw["arms"])):
        raise ConfigError(f"{where}: against {', '.join(against)}; give one arm, or one for each.")
    if cohort is not None:
        _has(f"{where}, cohort", cohort, ("of", "week"))
    for word, allowed in (
        (raw["kpi"], tuple(KPIS)),
        *((one, arms) for one in (*raw["arms"], *against)),
        *((one, worlds) for one in raw.get("worlds", ())),
        (cohort["of"] if cohort else COHORTS[0], COHORTS),
        (raw.get("path", PATHS[0]), PATHS),
    ):  # fmt: skip
        if word not in allowed:
            raise ConfigError(
                f"{where}: {word}; allowed {', '.join(allowed)}.{nearest(word, allowed)}"
            )
    if raw["ablate"] and isinstance(raw["ablate"], list):
        for name in raw["ablate"]:
            if name not in MECHANISMS:
                raise ConfigError(f"{where}: ablate {name}: no such mechanism."
                                  f"{nearest(name, MECHANISMS)}")  # fmt: skip
        ablate: tuple[str, ...] = (f"{OFF}{','.join(raw['ablate'])}]",)
    else:
        ablate = _words(raw["ablate"])
    weeks = raw["weeks"] if isinstance(raw["weeks"][0], list) else [raw["weeks"]] * 2
    matters, of = _matters(where, str(raw["matters"]))
    rival = raw["rival"]
    return Claim(
        raw["id"], raw["says"], raw["kpi"], raw["firm"], tuple(raw["arms"]),
        ((weeks[0][0], weeks[0][1]), (weeks[1][0], weeks[1][1])), _expected(where, raw["expect"]),
        matters, of, ablate, {k: rival[k] for k in ("en", "zh")},
        _expected(where, rival["expect"]), tuple(raw.get("worlds", worlds)),
        tuple(against), Cohort(cohort["of"], int(cohort["week"])) if cohort else None,
        raw.get("path", ""), bool(raw.get("check", False)), raw.get("why", {}),
    )  # fmt: skip


def _expected(where: str, word: str) -> Expected:
    found = LEVEL.fullmatch(word)
    if not found:
        raise ConfigError(f"{where}: expect {word}; allowed <0, >0, ~0, or another number for 0.")
    sign = {"<": -1, ">": 1}.get(word[0], 0)
    return Expected(sign, float(found[2]) if sign else 0.0)


def _matters(where: str, word: str) -> tuple[float, str]:
    """What matters, and of what it is a share."""
    of = "revenue" if word.endswith(OF_REVENUE) else "value" if word.endswith("%") else ""
    try:
        value = float(word.removesuffix(OF_REVENUE).removesuffix("%"))
    except ValueError:
        raise ConfigError(
            f"{where}: matters {word}; allowed a number, 1%, or 1{OF_REVENUE}."
        ) from None
    return (value / 100.0 if of else value), of
