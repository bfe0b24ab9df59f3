"""Scenarios: a question, arms, and falsifiable claims, each scenario in one YAML file::

    id: S7
    name: vanity_metrics
    title: {en: ..., zh: ...}                  # optional: a word of it finds the scenario
    question: {en: ..., zh: ...}
    story: {en: ..., zh: ...}
    found: {en: ..., zh: ...}                  # optional: results, and their explanation
    base: {weeks: 156}                         # changes of the configuration, key: value
    markets:                                   # further changes by market; every arm runs in each
      brand: {market: brand}
      industrial: {market: industrial}
    arms:
      own: {}
      vanity:
        firms.alder.organisation.kpis: vanity
        industrial: {firms.alder.sales.reps: 8}  # in this market only
    labels:                                    # optional: names of arms and markets as printed
      vanity: {en: ..., zh: ...}
    contrasts: [[vanity, own]]                 # optional: pairs of arms that the answer compares
    claims:
      - id: S7.1
        statement: {en: ..., zh: ...}
        kpi: profit                            # of the firm, over the weeks
        firm: alder
        arms: [vanity, own]                    # the first minus the second; or a single arm
        weeks: [1, 156]                        # first and last week, from 1
        expect: "<0"
        smallest_effect: 1% of revenue         # of the second arm; or 1% (of its KPI); or a number
        ablate: [relevance]                    # mediating mechanisms, or key: value changes
        rival: {en: ..., zh: ..., expect: ">0"}

``expect`` is ``<0``, ``>0``, ``~0`` (no difference of interest), or another level, as in ``<104``.
Expectations and smallest effects are written down before the first run. An arm may have a ``plan``.
A claim may further have:

- ``markets``: the markets it covers (default: all);
- ``check: true``: the claim restates an assumption of the model; its verdict ``holds`` shows that a
  mechanism works and says nothing about markets;
- ``why: {en: ..., zh: ...}``: explanation, where the claim fails or survives its ablation;
- ``weeks: [[1, 52], [53, 104]]``: different weeks for each arm;
- ``against``: a third arm, subtracted from each of the two in the same weeks, or one for each;
- ``cohort: {of: before, week: 53}``: only customers acquired before a week (``since``: from it on),
  or the part of the difference due to behaviour ``within`` these two groups, or to their ``mix``;
- ``path``: of the running total of the KPI, its ``valley`` (lowest point, never above 0), its
  ``dip`` (the part of the valley recovered by the end of the window) or its ``payback`` (week after
  which the first arm stays ahead; the length of the window if never).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from sim import files
from sim.config.compose import load_config
from sim.config.reading import is_yaml, read_mapping, read_value
from sim.config.schema import Config
from sim.experiments.arms import Arm, arm
from sim.kpis import KPIS
from sim.params import MECHANISMS, ConfigError, closest, nearest

VERDICTS = "verdicts.csv"
"""File beside the shipped scenarios: the verdicts last computed for the README (tests/renew.py)."""

Words = dict[str, str]
LEVEL = re.compile(r"([<>])(-?[0-9.]+)|~0")
COHORTS = ("before", "since", "within", "mix")
PATHS = ("valley", "dip", "payback")
OF_REVENUE = "% of revenue"
OFF = "off=["


@dataclass(frozen=True)
class Cohort:
    """Customers by time of acquisition, as described at the head of this file; ``week`` from 1."""

    of: str
    week: int


@dataclass(frozen=True)
class Expected:
    """Expected side of a level for an effect: ``sign`` 1 above, -1 below, 0 at the level."""

    sign: int
    level: float

    def margin(self, effect: float) -> float:
        """Distance of an effect from the level, positive on the expected side."""
        return self.sign * (effect - self.level) if self.sign else -abs(effect - self.level)

    def beyond(self, effect: float, smallest_effect: float) -> float:
        """Distance of an effect beyond the smallest effect on the expected side, or, with ``sign``
        0, within the smallest effect of the level; below 0 if it falls short."""
        return (
            self.margin(effect) - smallest_effect
            if self.sign
            else self.margin(effect) + smallest_effect
        )


@dataclass(frozen=True)
class Claim:
    """A prediction of the theory for two arms, with the smallest effect of interest.

    ``smallest_effect`` is in the KPI's unit, or a share ``of`` the last arm's value (``value``) or
    revenue (``revenue``). ``ablate`` are changes that remove the proposed mechanism. ``weeks`` are
    the first and last week for either arm. The head of this file describes the rest.
    """

    id: str
    statement: Words
    kpi: str
    firm: str
    arms: tuple[str, ...]
    weeks: tuple[tuple[int, int], tuple[int, int]]
    expect: Expected
    smallest_effect: float
    of: str
    ablate: tuple[str, ...]
    rival: Words
    rival_expect: Expected
    markets: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    cohort: Cohort | None = None
    path: str = ""
    check: bool = False
    why: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A scenario as read from its file; ``arms`` holds the changes of every arm by market.

    Attributes:
        labels: names of arms and markets in words, by language.
        contrasts: pairs of arms whose comparison answers the question, in order; none for the best
            arm against the second best.
        is_shipped: False for a file of the user's.
    """

    id: str
    name: str
    question: Words
    story: Words
    found: Words
    markets: dict[str, tuple[str, ...]]
    arms: dict[str, dict[str, tuple[str, ...]]]
    claims: tuple[Claim, ...]
    title: Words = field(default_factory=dict)
    labels: dict[str, Words] = field(default_factory=dict)
    contrasts: tuple[tuple[str, str], ...] = ()
    is_shipped: bool = True

    def __repr__(self) -> str:
        return (
            f"Scenario: {self.id} {self.name}, {len(self.claims)} claims, "
            f"arms {', '.join(self.arms)}, markets {', '.join(self.markets)}"
        )

    @property
    def first_market(self) -> str:
        """The default market: the first in the file."""
        return next(iter(self.markets))

    def market(self, word: str) -> str:
        """Check the name of a market; the first market if the name is empty.

        Raises:
            ConfigError: there is no market of that name.
        """
        if word and word not in self.markets:
            raise ConfigError(
                f"scenario {self.name}: no market {word}; allowed {', '.join(self.markets)}."
                f"{nearest(word, self.markets)}"
            )
        return word or self.first_market

    def config(self, *overrides: str, market: str = "") -> Config:
        """The configuration all arms share in a market (the first, if none is named).

        Raises:
            ConfigError: an override is wrong, or there is no such market.
        """
        return load_config(*_merge_off((*self.markets[self.market(market)], *overrides)))

    def arms_in(self, config: Config, market: str = "") -> tuple[Arm, ...]:
        """The arms in a market, in the order of the file."""
        here = self.market(market)
        return tuple(arm(name, words[here], config) for name, words in self.arms.items())


def shipped(name: str) -> list[dict[str, str]]:
    """The shipped verdicts on the scenario of this id, as rows of a table."""
    path = files.SCENARIOS / VERDICTS
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["scenario"] == name]


def _merge_off(words: Sequence[str]) -> list[str]:
    """Overrides with all ``off=[...]`` lists of mechanisms merged into one."""
    lists = [word[len(OFF) : -1] for word in words if word.startswith(OFF)]
    rest = [word for word in words if not word.startswith(OFF)]
    return [*rest, f"{OFF}{','.join(lists)}]"] if lists else rest


def names() -> list[str]:
    """Names of the shipped scenarios, in order of ids."""
    return [s.name for s in sorted(_shipped(), key=lambda s: (len(s.id), s.id))]


def _shipped() -> list[Scenario]:
    return [_read(path) for path in sorted(files.SCENARIOS.glob("*.yaml"))]


def find(word: str) -> Scenario | None:
    """A shipped scenario by name, id or words of its title, a file of the user's by its path, or
    None.

    Raises:
        ConfigError: several titles have the words, or the file cannot be read or is no scenario.
    """
    if is_yaml(word):
        return _of_file(Path(word))
    for scenario in _shipped():
        if word in (scenario.name, scenario.id):
            return scenario
    titled = [s for s in _shipped() if any(_is_in(word, title) for title in s.title.values())]
    if len(titled) > 1:
        found = ", ".join(s.name for s in titled)
        raise ConfigError(f"scenario {word}: stands in several titles; choose one of {found}.")
    return titled[0] if titled else None


def _is_in(word: str, title: str) -> bool:
    """Whether words stand in a title, in any case, as whole words where words have spaces."""
    pattern = rf"(?<![a-z]){re.escape(word.lower())}(?![a-z])"
    return bool(word.strip()) and re.search(pattern, title.lower()) is not None


def near(word: str) -> str:
    """The name of the shipped scenario with the name or the word of a title most similar to a
    word, or an empty string."""
    said = {one: s.name for s in _shipped() for one in (s.name, *_parts(s))}
    return said.get(closest(word.lower(), said), "")


def _parts(scenario: Scenario) -> list[str]:
    """The words of a scenario's titles, in small letters; of Chinese, what stands between
    particles."""
    titles = " ".join(scenario.title.values()).lower()
    return [part for part in re.split(r"\W+|还是|的", titles) if len(part) > 1]


def need(word: str) -> Scenario:
    """A shipped scenario by name or id, or a file of the user's by its path.

    Raises:
        ConfigError: there is none.
    """
    found = find(word)
    if found is None:
        raise ConfigError(
            f"scenario {word}: no such scenario; allowed {', '.join(names())}."
            f"{nearest(near(word), names())}"
        )
    return found


def _of_file(path: Path) -> Scenario:
    """A scenario of the user's, read anew each time since it may have changed."""
    raw, where = read_mapping(path, "scenario"), f"scenario {path}"
    try:
        return replace(_scenario(where, raw), is_shipped=False)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"{where}: not of the form of a scenario ({' '.join(str(error).split())}); "
            "gtm scenarios lists shipped ones."
        ) from None


@cache
def _read(path: Path) -> Scenario:
    return _scenario(f"scenario {path.stem}", read_mapping(path, "scenario"))


def _scenario(where: str, raw: Mapping[str, Any]) -> Scenario:
    _check_keys(where, raw, ("id", "name", "question", "story", "base", "arms", "claims"),
         ("title", "labels", "contrasts", "markets", "found"))  # fmt: skip
    base, markets = raw["base"], raw.get("markets") or {raw["base"].get("market", "brand"): {}}
    arms = {
        name: {market: _words(_changes_in(changes or {}, market, markets)) for market in markets}
        for name, changes in raw["arms"].items()
    }
    claims = tuple(_claim(where, one, tuple(arms), tuple(markets)) for one in raw["claims"])
    return Scenario(
        raw["id"], raw["name"], raw["question"], raw["story"],
        raw.get("found", {"en": "", "zh": ""}),
        {name: _words({**base, **(changes or {})}) for name, changes in markets.items()},
        arms, claims, raw.get("title", {}),
        _labels(where, raw.get("labels", {}), (*arms, *markets)),
        _contrasts(where, raw.get("contrasts", []), arms),
    )  # fmt: skip


def _labels(where: str, raw: Mapping[str, Words], known: Collection[str]) -> dict[str, Words]:
    """Names of arms and markets in words, checked."""
    for name, texts in raw.items():
        if name not in known:
            raise ConfigError(
                f"{where}: labels {name}: no such arm or market.{nearest(name, known)}"
            )
        _check_texts(where, f"labels.{name}", texts)
    return dict(raw)


def _contrasts(
    where: str, raw: Sequence[Sequence[str]], arms: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of arms, checked."""
    for pair in raw:
        if not isinstance(pair, list) or len(pair) != 2 or len({*pair} & {*arms}) != 2:
            raise ConfigError(f"{where}: contrasts {pair}: give two of {', '.join(arms)}.")
    return tuple((first, second) for first, second in raw)


def _changes_in(
    changes: Mapping[str, Any], market: str, markets: Mapping[str, Any]
) -> dict[str, Any]:
    """Changes of an arm in a market."""
    common = {key: value for key, value in changes.items() if key not in markets}
    return {**common, **(changes.get(market) or {})}


def _check_keys(
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
    for key in ("id", "name"):
        if key in raw and not (isinstance(raw[key], str) and raw[key].isprintable()):
            raise ConfigError(f"{where}: {key}={raw[key]!r}: needs a word; write it in quotes.")
    for key in ("title", "question", "story", "statement", "found", "why"):
        if key in raw:
            _check_texts(where, key, raw[key])


def _check_texts(where: str, key: str, texts: object) -> None:
    """Refuse what is not a text in both languages."""
    is_both = isinstance(texts, Mapping) and set(texts) == {"en", "zh"}
    if not is_both or not all(isinstance(text, str) for text in texts.values()):  # type: ignore[attr-defined]
        raise ConfigError(f"{where}: {key} needs en and zh.")


def _words(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Changes as words of a command line; a ``plan`` is given by its name alone."""
    return tuple(str(v) if k == "plan" else f"{k}={_as_word(v)}" for k, v in changes.items())


def _as_word(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_as_word(k)}: {_as_word(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_as_word(v) for v in value) + "]"
    if isinstance(value, str):
        is_plain = re.fullmatch(r"[\w./+-]+", value) and isinstance(read_value(value, value), str)
        return value if is_plain else "'" + value.replace("'", "''") + "'"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _claim(
    where: str, raw: Mapping[str, Any], arms: tuple[str, ...], markets: tuple[str, ...]
) -> Claim:
    where = f"{where}, claim {raw.get('id', '?')}"
    _check_keys(where, raw, ("id", "statement", "kpi", "firm", "arms", "weeks", "expect",
                      "smallest_effect", "ablate", "rival"),
         ("markets", "against", "cohort", "path", "check", "why"))  # fmt: skip
    if not isinstance(raw["arms"], list) or len(raw["arms"]) not in (1, 2):
        raise ConfigError(f"{where}: arms {raw['arms']}; give one or two in brackets.")
    if not isinstance(raw["firm"], str):
        raise ConfigError(f"{where}: firm={raw['firm']}: needs the name of a firm.")
    cohort, against = raw.get("cohort"), raw.get("against", [])
    against = [against] * len(raw["arms"]) if isinstance(against, str) else against
    if len(against) not in (0, len(raw["arms"])):
        raise ConfigError(f"{where}: against {', '.join(against)}; give one arm, or one for each.")
    if cohort is not None:
        _check_keys(f"{where}, cohort", cohort, ("of", "week"))
    for word, allowed in (
        (raw["kpi"], tuple(KPIS)),
        *((one, arms) for one in (*raw["arms"], *against)),
        *((one, markets) for one in raw.get("markets", ())),
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
    for window in weeks:
        if not all(type(week) is int for week in window) or not 1 <= window[0] <= window[-1]:
            raise ConfigError(f"{where}: weeks {window}: needs a first and a last week, from 1.")
    smallest_effect, of = _smallest_effect(where, str(raw["smallest_effect"]))
    rival = raw["rival"]
    return Claim(
        raw["id"], raw["statement"], raw["kpi"], raw["firm"], tuple(raw["arms"]),
        ((weeks[0][0], weeks[0][1]), (weeks[1][0], weeks[1][1])), _expected(where, raw["expect"]),
        smallest_effect, of, ablate, {k: rival[k] for k in ("en", "zh")},
        _expected(where, rival["expect"]), tuple(raw.get("markets", markets)),
        tuple(against), Cohort(cohort["of"], int(cohort["week"])) if cohort else None,
        raw.get("path", ""), bool(raw.get("check", False)), raw.get("why", {}),
    )  # fmt: skip


def _expected(where: str, word: str) -> Expected:
    found = LEVEL.fullmatch(word)
    if not found:
        raise ConfigError(
            f"{where}: expect {word}; allowed <0, >0, ~0, or another level, as in <104."
        )
    sign = {"<": -1, ">": 1}.get(word[0], 0)
    return Expected(sign, float(found[2]) if sign else 0.0)


def _smallest_effect(where: str, word: str) -> tuple[float, str]:
    """Parse a smallest effect: its value, and the base it is a share of (empty if absolute)."""
    of = "revenue" if word.endswith(OF_REVENUE) else "value" if word.endswith("%") else ""
    try:
        value = float(word.removesuffix(OF_REVENUE).removesuffix("%"))
    except ValueError:
        raise ConfigError(
            f"{where}: smallest_effect {word}; allowed a number, 1%, or 1{OF_REVENUE}."
        ) from None
    return (value / 100.0 if of else value), of
