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
    searched: {best: own}                      # optional: arms with another's money, split best
    claims:
      - id: S7.1
        statement: {en: ..., zh: ...}
        kpi: profit                            # of the firm, over the weeks
        firm: alder
        arms: [vanity, own]                    # the first minus the second; or a single arm
        weeks: [1, 156]                        # first and last week, from 1
        expect: "<0"
        smallest_effect: 1% of revenue         # optional: of the second arm; 1%, of its KPI; 1
        ablate: [relevance]                    # mediating mechanisms, key: value changes, or a hold
        rival: {en: ..., zh: ..., expect: ">0", needs: [reach]}  # mechanisms that it would need

``expect`` is ``<0``, ``>0``, ``~0`` (no difference of interest), or another level, as in ``<104``.
Without a smallest effect, that of its kind of KPI counts (:data:`SMALLEST`). ``ablate: {hold:
[trust]}`` holds a state of people at the path it takes in the other arm. Expectations and smallest
effects are written down before the first run; those of shipped scenarios stand in the register
(:mod:`sim.experiments.register`). The scenarios of the first examination, before the register, are
in the folder ``first`` and are found as ``first/NAME``. An arm may have a ``plan``. A claim may
further have:

- ``markets``: the markets it covers (default: all);
- ``check: true``: the claim restates an assumption of the model; its verdict ``holds`` shows that a
  mechanism works and says nothing about markets;
- ``why: {en: ..., zh: ...}``: explanation, where the claim fails or survives its ablation;
- ``weeks: [[1, 52], [53, 104]]``: different weeks for each arm;
- ``against``: a third arm, subtracted from each of the two in the same weeks, or one for each;
- ``cohort: {of: before, week: 53}``: only customers acquired before a week (``since``: from it on),
  or the part of the difference due to behaviour ``within`` these two groups, or to their ``mix``;
- ``relative: true``: the effect is relative to the arms ``against``: a share of their value, not a
  difference from it;
- ``axis: {keys: [...], values: [0.5, 1, 2], factor: {en: ..., zh: ...}}``: the claim is examined
  with the declared values of these keys multiplied by each value; the result is the value at which
  the sign of the effect flips (:mod:`sim.experiments.flips`);
- ``awaits: {en: ..., zh: ...}``: the mechanism or search without which the claim is not examined;
  with ``markets: [...]`` in these markets only;
- ``was: [S7.1]``: claims that it replaces, and ``changed: [size]`` the reasons, by their names in
  the register;
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
from sim.config.reading import as_word, read_mapping
from sim.config.schema import Config
from sim.kpis import KPIS
from sim.params import (
    MECHANISMS,
    STATES,
    ConfigError,
    Message,
    as_message,
    closest,
    nearest,
    numbers,
)
from sim.runs.arms import Arm, arm

VERDICTS = "verdicts.csv"
"""File beside the shipped scenarios: the verdicts last computed for the README (tests/renew.py)."""

FIRST = "first"
"""Folder and name of the examination before the register of claims."""

SMALLEST = {"money": "1% of revenue", "price": "1%", "count": "1%", "share": "0.01", "weeks": "4"}
"""Smallest effect of interest by kind of KPI, the same for all claims of the register."""

FLOWS = ("profit", "revenue", "cash", "spend", "payroll")
"""KPIs in the firm's money; other KPIs in money are prices or values of one person or order."""

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
class Axis:
    """Numbers of the configuration that a claim's answer may turn on.

    Attributes:
        keys: of the numbers, all multiplied by the same value.
        values: factors on the declared values, rising; 1 is the declared market.
        factor: what the values are, by language.
    """

    keys: tuple[str, ...]
    values: tuple[float, ...]
    factor: Words

    def words(self, config: Config, value: float) -> tuple[str, ...]:
        """Overrides that set a configuration to a value of the axis."""
        declared = {key: number for key, _, number in numbers(config)}
        return tuple(f"{key}={declared[key] * value:.6g}" for key in self.keys)


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
    revenue (``revenue``). ``ablate`` are changes that remove the proposed mechanism, ``hold`` are
    states that are held at the other arm's path. ``awaits_in`` are the markets in which it is not
    examined yet. ``weeks`` are the first and last week for either
    arm. The head of this file describes the rest.
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
    hold: tuple[str, ...] = ()
    relative: bool = False
    axis: Axis | None = None
    awaits: Words = field(default_factory=dict)
    awaits_in: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def examined_in(self) -> tuple[str, ...]:
        """Markets in which it can be examined now."""
        return tuple(name for name in self.markets if name not in self.awaits_in)


@dataclass(frozen=True)
class Scenario:
    """A scenario as read from its file; ``arms`` holds the changes of every arm by market.

    Attributes:
        labels: names of arms and markets in words, by language.
        contrasts: pairs of arms whose comparison answers the question, in order; none for the best
            arm against the second best.
        is_shipped: False for a file of the user's.
        searched: arms that are found by searching the best split of another arm's money, by name.
        examination: ``first`` for a scenario of the examination before the register.
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
    searched: dict[str, str] = field(default_factory=dict)
    examination: str = ""

    def __repr__(self) -> str:
        return (
            f"Scenario: {self.id} {self.name}, {len(self.claims)} claims, "
            f"arms {', '.join(self.arms)}, markets {', '.join(self.markets)}"
        )

    @property
    def word(self) -> str:
        """The word by which a command finds it."""
        return f"{self.examination}/{self.name}" if self.examination else self.name

    @property
    def is_registered(self) -> bool:
        """Whether its claims stand in the register."""
        return self.is_shipped and not self.examination

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
                "scenario {name}: no market {word}; allowed {allowed}.{hint}",
                name=self.name, word=word, allowed=[*self.markets],
                hint=nearest(word, self.markets),
            )  # fmt: skip
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


def shipped(name: str, examination: str = "") -> list[dict[str, str]]:
    """The shipped verdicts on the scenario of this id, as rows of a table.

    Args:
        examination: ``first`` for those of the examination before the register.
    """
    path = files.SCENARIOS / examination / VERDICTS
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["scenario"] == name]


def _merge_off(words: Sequence[str]) -> list[str]:
    """Overrides with all ``off=[...]`` lists of mechanisms merged into one."""
    lists = [word[len(OFF) : -1] for word in words if word.startswith(OFF)]
    rest = [word for word in words if not word.startswith(OFF)]
    return [*rest, f"{OFF}{','.join(lists)}]"] if lists else rest


def names(examination: str = "") -> list[str]:
    """Words that find the shipped scenarios, in order of ids.

    Args:
        examination: ``first`` for those of the examination before the register.
    """
    return [s.word for s in sorted(_shipped(examination), key=lambda s: (len(s.id), s.id))]


def _shipped(examination: str = "") -> list[Scenario]:
    return [_read(path) for path in sorted((files.SCENARIOS / examination).glob("*.yaml"))]


def find(word: str) -> Scenario | None:
    """A shipped scenario by name, id or words of its title, a file of the user's by its path, or
    None.

    Raises:
        ConfigError: several titles have the words, or the file cannot be read or is no scenario.
    """
    if files.is_yaml(word):
        return _of_file(Path(word))
    places = ["", FIRST] if word.startswith(f"{FIRST}/") else [""]
    for scenario in (one for examination in places for one in _shipped(examination)):
        if word.removeprefix(f"{scenario.examination}/") in (scenario.name, scenario.id):
            return scenario
    titled = [s for s in _shipped() if any(_is_in(word, title) for title in s.title.values())]
    if len(titled) > 1:
        raise ConfigError(
            "scenario {word}: stands in several titles; choose one of {found}.",
            word=word, found=[s.name for s in titled],
        )  # fmt: skip
    return titled[0] if titled else None


def altering(changes: Sequence[str]) -> list[str]:
    """The changes that alter results: those of the number of replicates and threads do not."""
    return [word for word in changes if not word.startswith(("replicates=", "threads="))]


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
            "scenario {word}: no such scenario; allowed {allowed}.{hint}",
            word=word, allowed=names(), hint=nearest(near(word), names()),
        )  # fmt: skip
    return found


def _of_file(path: Path) -> Scenario:
    """A scenario from a file, read anew each time since it may have changed."""
    where = Message("scenario {name}", name=path)
    raw = read_mapping(path, where)
    place = path.resolve().parent
    first = place == files.SCENARIOS.resolve() / FIRST
    try:
        return replace(
            _scenario(where, raw), is_shipped=first or place == files.SCENARIOS.resolve(),
            examination=FIRST if first else "",
        )  # fmt: skip
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            "{where}: not of the form of a scenario ({reason}); gtm scenarios lists shipped ones.",
            where=where, reason=as_message(" ".join(str(error).split())),
        ) from None  # fmt: skip


@cache
def _read(path: Path) -> Scenario:
    where = Message("scenario {name}", name=path.stem)
    examination = FIRST if path.parent.name == FIRST else ""
    return replace(_scenario(where, read_mapping(path, where)), examination=examination)


def _scenario(where: Message, raw: Mapping[str, Any]) -> Scenario:
    _check_keys(where, raw, ("id", "name", "question", "story", "base", "arms", "claims"),
         ("title", "labels", "contrasts", "markets", "found", "searched"))  # fmt: skip
    base, markets = raw["base"], raw.get("markets") or {raw["base"].get("market", "brand"): {}}
    arms = {
        name: {market: _words(_changes_in(changes or {}, market, markets)) for market in markets}
        for name, changes in raw["arms"].items()
    }
    searched = raw.get("searched", {})
    for name, of in searched.items():
        _allowed(Message("{where}, searched", where=where), of, tuple(arms))
        if name in arms:
            raise ConfigError(
                "{where}: arm {name} is both given and searched; leave one out.",
                where=where, name=name,
            )  # fmt: skip
    known = (*arms, *searched)
    claims = tuple(_claim(where, one, known, tuple(markets)) for one in raw["claims"])
    return Scenario(
        raw["id"], raw["name"], raw["question"], raw["story"],
        raw.get("found", {"en": "", "zh": ""}),
        {name: _words({**base, **(changes or {})}) for name, changes in markets.items()},
        arms, claims, raw.get("title", {}),
        _labels(where, raw.get("labels", {}), (*known, *markets)),
        _contrasts(where, raw.get("contrasts", []), arms), searched=dict(searched),
    )  # fmt: skip


def _labels(where: Message, raw: Mapping[str, Words], known: Collection[str]) -> dict[str, Words]:
    """Names of arms and markets in words, checked."""
    for name, texts in raw.items():
        if name not in known:
            raise ConfigError(
                "{where}: labels {name}: no such arm or market.{hint}",
                where=where, name=name, hint=nearest(name, known),
            )  # fmt: skip
        _check_texts(where, f"labels.{name}", texts)
    return dict(raw)


def _contrasts(
    where: Message, raw: Sequence[Sequence[str]], arms: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of arms, checked."""
    for pair in raw:
        if not isinstance(pair, list) or len(pair) != 2 or len({*pair} & {*arms}) != 2:
            raise ConfigError(
                "{where}: contrasts {pair}: give two of {arms}.",
                where=where, pair=str(pair), arms=[*arms],
            )  # fmt: skip
    return tuple((first, second) for first, second in raw)


def _changes_in(
    changes: Mapping[str, Any], market: str, markets: Mapping[str, Any]
) -> dict[str, Any]:
    """Changes of an arm in a market."""
    common = {key: value for key, value in changes.items() if key not in markets}
    return {**common, **(changes.get(market) or {})}


def _check_keys(
    where: Message, raw: Mapping[str, Any], keys: tuple[str, ...], more: tuple[str, ...] = ()
) -> None:
    for key in keys:
        if key not in raw:
            raise ConfigError("{where}: {key} is missing.", where=where, key=key)
    for key in raw:
        if key not in (*keys, *more):
            allowed = (*keys, *more)
            raise ConfigError(
                "{where}: unknown {key}; allowed {allowed}.{hint}",
                where=where, key=key, allowed=allowed, hint=nearest(key, allowed),
            )  # fmt: skip
    for key in ("id", "name"):
        if key in raw and not (isinstance(raw[key], str) and raw[key].isprintable()):
            raise ConfigError(
                "{where}: {key}={value}: needs a word; write it in quotes.",
                where=where, key=key, value=repr(raw[key]),
            )  # fmt: skip
    for key in ("title", "question", "story", "statement", "found", "why"):
        if key in raw:
            _check_texts(where, key, raw[key])


def _check_texts(where: Message, key: str, texts: object) -> None:
    """Refuse what is not a text in both languages."""
    is_both = isinstance(texts, Mapping) and set(texts) == {"en", "zh"}
    if not is_both or not all(isinstance(text, str) for text in texts.values()):  # type: ignore[attr-defined]
        raise ConfigError("{where}: {key} needs en and zh.", where=where, key=key)


def _words(changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Changes as words of a command line; a ``plan`` is given by its name alone."""
    return tuple(str(v) if k == "plan" else f"{k}={as_word(v)}" for k, v in changes.items())


def _claim(
    where: Message, raw: Mapping[str, Any], arms: tuple[str, ...], markets: tuple[str, ...]
) -> Claim:
    where = Message("{where}, claim {claim}", where=where, claim=raw.get("id", "?"))
    _check_keys(where, raw, ("id", "statement", "kpi", "firm", "arms", "weeks", "expect", "ablate",
                      "rival"),
         ("smallest_effect", "markets", "against", "relative", "cohort", "path", "axis", "check",
          "awaits", "was", "changed", "why"))  # fmt: skip
    if not isinstance(raw["arms"], list) or len(raw["arms"]) not in (1, 2):
        raise ConfigError(
            "{where}: arms {arms}; give one or two in brackets.",
            where=where, arms=str(raw["arms"]),
        )  # fmt: skip
    if not isinstance(raw["firm"], str):
        raise ConfigError(
            "{where}: firm={firm}: needs the name of a firm.", where=where, firm=str(raw["firm"])
        )
    cohort, against = raw.get("cohort"), raw.get("against", [])
    against = [against] * len(raw["arms"]) if isinstance(against, str) else against
    if len(against) not in (0, len(raw["arms"])):
        raise ConfigError(
            "{where}: against {arms}; give one arm, or one for each.", where=where, arms=against
        )
    if cohort is not None:
        _check_keys(Message("{where}, cohort", where=where), cohort, ("of", "week"))
    for word, allowed in (
        (raw["kpi"], tuple(KPIS)),
        *((one, arms) for one in (*raw["arms"], *against)),
        *((one, markets) for one in raw.get("markets", ())),
        (cohort["of"] if cohort else COHORTS[0], COHORTS),
        (raw.get("path", PATHS[0]), PATHS),
    ):  # fmt: skip
        _allowed(where, word, allowed)
    here = tuple(raw.get("markets", markets))
    awaits, awaits_in = _awaited(where, raw.get("awaits"), here)
    hold = _held(where, raw["ablate"])
    if hold:
        ablate: tuple[str, ...] = ()
    elif raw["ablate"] and isinstance(raw["ablate"], list):
        for name in raw["ablate"]:
            if name not in MECHANISMS:
                raise ConfigError(
                    "{where}: ablate {name}: no such mechanism.{hint}",
                    where=where, name=str(name), hint=nearest(name, MECHANISMS),
                )  # fmt: skip
        ablate = (f"{OFF}{','.join(raw['ablate'])}]",)
    else:
        ablate = _words(raw["ablate"] or {})
    weeks = raw["weeks"] if isinstance(raw["weeks"][0], list) else [raw["weeks"]] * 2
    for window in weeks:
        if not all(type(week) is int for week in window) or not 1 <= window[0] <= window[-1]:
            raise ConfigError(
                "{where}: weeks {weeks}: needs a first and a last week, from 1.",
                where=where, weeks=str(window),
            )  # fmt: skip
    rule = smallest_by_rule(raw["kpi"], raw.get("path", ""), bool(raw.get("relative", False)))
    smallest_effect, of = _smallest_effect(where, str(raw.get("smallest_effect", rule)))
    rival = raw["rival"]
    return Claim(
        raw["id"], raw["statement"], raw["kpi"], raw["firm"], tuple(raw["arms"]),
        ((weeks[0][0], weeks[0][1]), (weeks[1][0], weeks[1][1])), _expected(where, raw["expect"]),
        smallest_effect, of, ablate, {k: rival[k] for k in ("en", "zh")},
        _expected(where, rival["expect"]), here,
        tuple(against), Cohort(cohort["of"], int(cohort["week"])) if cohort else None,
        raw.get("path", ""), bool(raw.get("check", False)), raw.get("why", {}), hold,
        bool(raw.get("relative", False)), _axis(where, raw.get("axis")), awaits, awaits_in,
        tuple(rival.get("needs", ())), tuple(raw.get("was", ())),
        tuple(raw.get("changed", ())),
    )  # fmt: skip


def _allowed(where: Message, word: str, allowed: Sequence[str]) -> None:
    if word not in allowed:
        raise ConfigError(
            "{where}: {word}; allowed {allowed}.{hint}",
            where=where, word=str(word), allowed=allowed, hint=nearest(word, allowed),
        )  # fmt: skip


def _held(where: Message, ablate: Any) -> tuple[str, ...]:
    """States that an ablation holds at the other arm's path."""
    if not isinstance(ablate, Mapping) or "hold" not in ablate:
        return ()
    for name in ablate["hold"]:
        _allowed(Message("{where}, hold", where=where), name, tuple(STATES))
    return tuple(ablate["hold"])


def _awaited(
    where: Message, raw: Mapping[str, Any] | None, markets: tuple[str, ...]
) -> tuple[Words, tuple[str, ...]]:
    """What a claim awaits, and in which of its markets."""
    if raw is None:
        return {}, ()
    texts = {key: value for key, value in raw.items() if key != "markets"}
    _check_texts(where, "awaits", texts)
    found = tuple(raw.get("markets", markets))
    for name in found:
        _allowed(Message("{where}, awaits", where=where), name, markets)
    return texts, found


def _axis(where: Message, raw: Mapping[str, Any] | None) -> Axis | None:
    if raw is None:
        return None
    where = Message("{where}, axis", where=where)
    _check_keys(where, raw, ("keys", "values", "factor"))
    _check_texts(where, "factor", raw["factor"])
    values = tuple(float(value) for value in raw["values"])
    if len(values) < 2 or values != tuple(sorted({*values})) or values[0] <= 0.0:
        raise ConfigError(
            "{where}: values {values}; give two or more, rising, above 0.",
            where=where, values=str(raw["values"]),
        )  # fmt: skip
    return Axis(tuple(raw["keys"]), values, raw["factor"])


def smallest_by_rule(kpi: str, path: str = "", relative: bool = False) -> str:
    """The smallest effect of interest of a claim's kind of KPI (:data:`SMALLEST`)."""
    unit = KPIS[kpi].unit if kpi in KPIS else "count"
    if path == "payback":
        return SMALLEST["weeks"]
    if relative or unit == "share":
        return SMALLEST["share"]
    return SMALLEST["money" if kpi in FLOWS else "price" if unit == "money" else "count"]


def _expected(where: Message, word: str) -> Expected:
    found = LEVEL.fullmatch(word)
    if not found:
        raise ConfigError(
            "{where}: expect {word}; allowed <0, >0, ~0, or another level, as in <104.",
            where=where, word=word,
        )  # fmt: skip
    sign = {"<": -1, ">": 1}.get(word[0], 0)
    return Expected(sign, float(found[2]) if sign else 0.0)


def _smallest_effect(where: Message, word: str) -> tuple[float, str]:
    """Parse a smallest effect: its value, and the base it is a share of (empty if absolute)."""
    of = "revenue" if word.endswith(OF_REVENUE) else "value" if word.endswith("%") else ""
    try:
        value = float(word.removesuffix(OF_REVENUE).removesuffix("%"))
    except ValueError:
        raise ConfigError(
            "{where}: smallest_effect {word}; allowed a number, 1%, or 1{of_revenue}.",
            where=where, word=word, of_revenue=OF_REVENUE,
        ) from None  # fmt: skip
    return (value / 100.0 if of else value), of
