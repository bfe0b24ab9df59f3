"""The register of claims: what each claim of the scenarios states, dated before it is examined.

The definitions stand in the scenario files. The register (``scenarios/register/register.yaml``)
keeps them as they were on the day each was registered, each with a hash, and the rule of the
verdict. A definition that has changed since gets the next free number of its scenario; its old
number is never used again, and the old definition stays with the claim that replaces it. Texts that
explain definitions, and the numbers of the markets, may change. The register also lists the claims
of the first examination, and by which claims they were replaced.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import files
from sim.config.reading import read_mapping
from sim.experiments import best_split, claims, flips, scenarios
from sim.experiments.scenarios import FIRST, Claim, Scenario
from sim.params import ConfigError, Message, nearest

FOLDER, FILE, TERMS = "register", "register.yaml", "terms.yaml"

DIGITS = 16
"""Hexadecimal digits of a hash."""

Definition = dict[str, Any]


@dataclass(frozen=True)
class Registered:
    """A claim as it was registered.

    Attributes:
        id: of the claim.
        date: day of registration.
        definition: as made by :func:`definition`.
        hash: of the definition.
    """

    id: str
    date: str
    definition: Definition
    hash: str

    @property
    def scenario(self) -> str:
        """Name of its scenario."""
        return str(self.definition["scenario"])

    @property
    def was(self) -> tuple[str, ...]:
        """Claims that it replaces."""
        return tuple(self.definition.get("was", ()))


@dataclass(frozen=True)
class Register:
    """The register: its claims and the rule of the verdict on them."""

    rule: dict[str, str]
    claims: tuple[Registered, ...]

    @property
    def date(self) -> str:
        """Day of the last registration."""
        return max(one.date for one in self.claims)

    @property
    def hash(self) -> str:
        """Hash of the rule and of all claims."""
        return self.hash_at(self.date)

    def hash_at(self, date: str) -> str:
        """Hash of the rule and of the claims registered until a day; later ones do not move it."""
        known = [[one.id, one.date, one.hash] for one in self.claims if one.date <= date]
        return hash_of([self.rule, known])

    def find(self, claim: str) -> Registered | None:
        """A claim by id, or None."""
        return next((one for one in self.claims if one.id == claim), None)

    def successors(self, claim: str) -> tuple[str, ...]:
        """Claims that replace a claim directly."""
        return tuple(one.id for one in self.claims if claim in one.was)

    def predecessors(self, claim: Claim) -> set[str]:
        """All claims that a claim replaces, directly or through others."""
        out, left = set[str](), [*claim.was]
        while left:
            out.add(one := left.pop())
            entry = self.find(one)
            left += [name for name in (entry.was if entry else ()) if name not in out]
        return out


def folder() -> Path:
    """Folder of the register."""
    return files.SCENARIOS / FOLDER


def terms() -> Mapping[str, Any]:
    """Rules, notes, mechanisms of rival theories and reasons of changes, as their file has them."""
    return read_mapping(folder() / TERMS, Message("register {name}", name=TERMS))


def definition(scenario: Scenario, claim: Claim) -> Definition:
    """What decides the verdict on a claim, as plain data, its place and its texts.

    Arms stand with a hash of all changes that they and their markets make, and of the activities
    and KPI sets that these name; arms that are searched with a hash of the search; mechanisms that
    the rival theory needs with a hash of their texts.
    """
    known = terms()["mechanisms"]
    smallest = f"{100 * claim.smallest_effect:g}%" if claim.of else f"{claim.smallest_effect:g}"
    out: Definition = {
        "scenario": scenario.name,
        "statement": claim.statement["en"],
        "statement_zh": claim.statement["zh"],
        "kpi": claim.kpi,
        "firm": claim.firm,
        "arms": {name: _arm_hash(scenario, name, claim.markets) for name in claim.arms},
        "weeks": [list(window) for window in dict.fromkeys(claim.weeks)],
        "markets": list(claim.markets),
        "expect": _sign(claim.expect),
        "smallest_effect": f"{smallest} of revenue" if claim.of == "revenue" else smallest,
        "ablate": list(claim.ablate) or [f"hold {state}" for state in claim.hold],
        "rival": claim.rival["en"],
        "rival_zh": claim.rival["zh"],
        "rival_expect": _sign(claim.rival_expect),
        "rival_needs": {name: hash_of(known[name]) for name in claim.needs},
        "check": claim.check,
    }
    against = {name: _arm_hash(scenario, name, claim.markets) for name in claim.against}
    cohort, axis = claim.cohort, claim.axis
    more = {
        "against": against, "relative": claim.relative, "path": claim.path,
        "cohort": cohort and {"of": cohort.of, "week": cohort.week},
        "axis": axis and {"keys": list(axis.keys), "values": list(axis.values)},
        "awaits": list(claim.awaits_in), "was": list(claim.was), "changed": list(claim.changed),
    }  # fmt: skip
    return out | {key: value for key, value in more.items() if value}


def _sign(expect: scenarios.Expected) -> str:
    return f"{'<~>'[expect.sign + 1]}{expect.level:g}"


def _arm_hash(scenario: Scenario, name: str, markets: Sequence[str]) -> str:
    """Hash of all changes that an arm makes in some markets, or of the search that finds it."""
    if name in scenario.searched:
        of = scenario.searched[name]
        search = [
            best_split.FIRST_SEED, best_split.CANDIDATES, best_split.ROUNDS, best_split.SHARES,
            best_split.BOOM,
        ]  # fmt: skip
        return hash_of(["best split", _arm_hash(scenario, of, markets), search])
    words = {here: [scenario.markets[here], scenario.arms[name][here]] for here in markets}
    return hash_of([words, _named_sets(words)])


NAMED = re.compile(r"\b(activities|kpis)=(\w+)")
"""Where changes name activities or a set of KPIs that stand in a file of their own."""

OWN = ("kpis", "own")
"""The KPIs of every firm for which nothing else is declared."""


def _named_sets(words: Mapping[str, Any]) -> dict[str, Any]:
    """What the files contain that changes name, without sources and Chinese names."""
    out = {}
    for group, name in sorted({OWN, *NAMED.findall(json.dumps(words))}):
        path = files.CONFIGS / group / f"{name}.yaml"
        if path.is_file():
            content = read_mapping(path, Message("register {name}", name=path.name))
            out[f"{group}/{name}"] = _without_texts(content)
    return out


def _without_texts(content: Any) -> Any:
    if not isinstance(content, Mapping):
        return content
    return {k: _without_texts(v) for k, v in content.items() if k not in ("zh", "source")}


def verdict_rule() -> dict[str, str]:
    """The rule of the verdict, by which all claims of the register are judged, by language."""
    runs, carried, apart = claims.REPLICATES, f"{claims.CARRIED:g}", f"{claims.DIFFERENT:g}"
    sure = f"{100 * flips.CONFIDENCE:g}"
    return {
        "en": f"{runs} replicates of each arm on common random numbers, seeds from 1 on. A claim "
        "holds if the 95 % t-interval of its mean effect lies beyond the expected level by the "
        "smallest effect, on the expected side; where no difference is expected, within the "
        "smallest effect of the level. It fails if the interval lies short of that, and is "
        "undecided otherwise. The rival theory is judged in the same way. The mechanism carries "
        f"the effect if the 95 % interval of the share left without it lies within {carried} of 0 "
        f"while the arms still differ by {apart} in what is done. Verdicts are marked unless they "
        "stay at a false discovery rate of 5 % (Benjamini-Yekutieli). A sign flips where its "
        f"{sure} % interval lies between the ends of the condition varied.",
        "zh": f"每个方案运行 {runs} 次，共用随机数，种子从 1 起。若平均效应的 95% t 区间在"
        "预期方向上超出预期水平至少一个最小差异（预期没有差异时，区间落在该水平的最小差异之内），论断成立；若区间未及此，则不成立；"
        "其余为未定。对立理论同样判定。若去掉机制后所剩比例的 95% 区间在 0 上下"
        f" {carried} 之内，而两方案所做之事仍相差至少 {apart}，则效应由该机制传导。"
        "在错误发现率 5%（Benjamini-Yekutieli）下不再显著的判定另有标记。"
        f"若方向逆转处的 {sure}% 区间落在可变条件的两端之间，即为逆转。",
    }


def hash_of(data: Any) -> str:
    """Hash of plain data."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def read() -> Register:
    """The register as stored.

    Raises:
        ConfigError: an entry or the whole has been edited: its hash is another.
    """
    raw = read_mapping(folder() / FILE, Message("register {name}", name=FILE))
    found = tuple(
        Registered(one["id"], str(one["registered"]), one["definition"], one["hash"])
        for one in raw["claims"]
    )
    for one in found:
        if hash_of(one.definition) != one.hash:
            raise ConfigError(
                "register, claim {claim}: the entry has been edited; restore {file}.",
                claim=one.id, file=FILE,
            )  # fmt: skip
    out = Register(raw["rule"], found)
    if not found or out.hash != raw["hash"]:
        raise ConfigError("register: entries are missing or edited; restore {file}.", file=FILE)
    return out


def faults(register: Register, found: Sequence[Scenario]) -> list[Message]:
    """What in the scenarios is not as registered: one line for each claim, none if all is well."""
    out = []
    if register.rule != verdict_rule():
        out.append(
            Message("the rule of the verdict has changed since {date}; restore it.",
                    date=register.date)
        )  # fmt: skip
    out += [
        Message(
            "claim {claim}: registered on {date} and missing from its scenario. Restore it, or "
            "name it under `was` of the claim that replaces it.",
            claim=one.id, date=one.date,
        )
        for one in lost(register, found)
    ]  # fmt: skip
    for scenario in found:
        for claim in scenario.claims:
            entry, now = register.find(claim.id), definition(scenario, claim)
            if entry is None:
                out.append(
                    Message("claim {claim}: not registered; run `{run}`.", claim=claim.id, run=RUN)
                )
            elif hash_of(now) != entry.hash:
                out.append(
                    Message(
                        "claim {claim}: its definition has changed since {date} ({keys}). Restore "
                        "it, or give it the next free number, {free}, and run `{run}`.",
                        claim=claim.id,
                        date=entry.date,
                        keys=differing(entry.definition, now),
                        free=next_number(register, scenario),
                        run=RUN,
                    )
                )
    return out


def superseded(register: Register, found: Sequence[Scenario]) -> list[Registered]:
    """Registered claims of some scenarios that these no longer contain and that others replace."""
    return [one for one in _absent(register, found) if register.successors(one.id)]


def lost(register: Register, found: Sequence[Scenario]) -> list[Registered]:
    """Registered claims that are in no scenario although none replaces them: those of some
    scenarios, and of scenarios that do not exist any more."""
    return [one for one in _absent(register, found) if not register.successors(one.id)]


def _absent(register: Register, found: Sequence[Scenario]) -> list[Registered]:
    here = {claim.id for scenario in found for claim in scenario.claims}
    others = {*scenarios.names()} - {scenario.name for scenario in found}
    return [
        one for one in register.claims if one.id not in here and one.scenario not in others
    ]  # fmt: skip


RUN = "python tests/renew.py register"
"""The command that registers new claims."""


def differing(before: Definition, now: Definition) -> list[str]:
    """Keys in which two definitions differ."""
    return [key for key in dict.fromkeys([*now, *before]) if now.get(key) != before.get(key)]


def next_number(register: Register, scenario: Scenario) -> str:
    """The next free id of a claim of a scenario."""
    first = scenarios.find(f"{FIRST}/{scenario.id}")
    used = [one.id for one in register.claims] + [c.id for c in (first.claims if first else ())]
    used += terms()["retired"]
    mine = [int(id.partition(".")[2]) for id in used if id.partition(".")[0] == scenario.id]
    return f"{scenario.id}.{max(mine, default=0) + 1}"


def extended(before: Register | None, found: Sequence[Scenario], date: str) -> Register:
    """A register with the claims of some scenarios that it does not have yet.

    Args:
        before: the register so far.
        date: day of registration.
    """
    out = list(before.claims) if before else []
    known = {one.id for one in out}
    for scenario in found:
        for claim in scenario.claims:
            if claim.id not in known:
                made = definition(scenario, claim)
                out.append(Registered(claim.id, date, made, hash_of(made)))
    return Register(before.rule if before else verdict_rule(), tuple(out))


def plain(register: Register) -> dict[str, Any]:
    """A register as its file has it."""
    return {
        "hash": register.hash,
        "rule": register.rule,
        "claims": [
            {"id": one.id, "registered": one.date, "hash": one.hash, "definition": one.definition}
            for one in register.claims
        ],
    }


def is_examined() -> bool:
    """Whether the registered claims have been examined."""
    return (files.SCENARIOS / scenarios.VERDICTS).is_file()


@dataclass(frozen=True)
class Replaced:
    """A claim of the first examination and what became of it.

    Attributes:
        claim: the old claim, of ``scenario``.
        by: claims that replace it; itself where it stayed as it was.
        keys: what changed, keys of definitions.
        changed: reasons, by name.
        verdicts: verdicts of the first examination by market.
    """

    scenario: Scenario
    claim: Claim
    by: tuple[str, ...]
    keys: tuple[str, ...]
    changed: tuple[str, ...]
    verdicts: dict[str, str]


def replaced(register: Register) -> list[Replaced]:
    """The claims of the first examination, in order of scenarios."""
    out = []
    for old in map(scenarios.need, scenarios.names(FIRST)):
        new = scenarios.need(old.id)
        rows = scenarios.shipped(old.id, FIRST)
        for claim in old.claims:
            by = [
                one for one in new.claims
                if claim.id == one.id or claim.id in register.predecessors(one)
            ]  # fmt: skip
            keys = [key for one in by for key in _changes(old, claim, new, one)]
            out.append(
                Replaced(
                    old, claim, tuple(one.id for one in by), tuple(dict.fromkeys(keys)),
                    tuple(dict.fromkeys(name for one in by for name in one.changed)),
                    {row["market"]: row["verdict"] for row in rows if row["claim"] == claim.id},
                )
            )  # fmt: skip
    return out


def _changes(old: Scenario, before: Claim, new: Scenario, now: Claim) -> list[str]:
    """Keys in which a claim differs from the one it replaces; the mechanisms that a rival theory
    needs were not stated before."""
    keys = differing(definition(old, before), definition(new, now))
    return [key for key in keys if key not in ("rival_needs", "was", "changed")]


@dataclass(frozen=True)
class Asked:
    """What somebody asks of the register.

    Attributes:
        scenarios: whose claims are shown.
        only: ids of the claims shown; all if empty.
        earlier: claims of the first examination that are asked for by id.
    """

    scenarios: tuple[Scenario, ...]
    only: frozenset[str]
    earlier: tuple[Replaced, ...]

    def shows(self, claim: str) -> bool:
        """Whether a claim is shown."""
        return not self.only or claim in self.only


def look_up(words: Sequence[str], register: Register) -> Asked:
    """Scenarios by name, id, title or file, and claims by id, in any case; all if no word.

    Raises:
        ConfigError: there is no such scenario or claim, or its claims are not registered.
    """
    found: dict[str, Scenario] = {}
    only, earlier, whole = set[str](), list[Replaced](), set[str]()
    for word in words or scenarios.names():
        head, dot, number = word.upper().partition(".")
        scenario = scenarios.find(head) if dot and number.isdigit() else None
        if scenario is None:
            scenario = _scenario(word)
            whole |= {scenario.name}
        else:
            claim = f"{head}.{number}"
            asked, old = _claims(claim, scenario, register)
            only |= asked
            earlier += old
        found[scenario.name] = scenario
    if only:
        only |= {c.id for name in whole for c in found[name].claims}
    return Asked(tuple(found.values()), frozenset(only), tuple(earlier))


def _scenario(word: str) -> Scenario:
    """A scenario whose claims are registered."""
    by_case = (scenarios.find(one) for one in dict.fromkeys((word, word.upper(), word.lower())))
    scenario = next((one for one in by_case if one is not None), None) or scenarios.need(word)
    if not scenario.is_registered:
        raise ConfigError(
            "register {name}: its claims are not registered; allowed {allowed}.",
            name=scenario.word, allowed=scenarios.names(),
        )  # fmt: skip
    return scenario


def _claims(claim: str, scenario: Scenario, register: Register) -> tuple[set[str], list[Replaced]]:
    """A claim asked for by id: the claims to be shown, and the one of the first examination."""
    if register.find(claim) is not None:
        return {claim}, []
    old = [one for one in replaced(register) if one.claim.id == claim]
    if not old:
        ids = [one.id for one in register.claims if one.scenario == scenario.name]
        raise ConfigError(
            "register {claim}: no such claim; allowed {allowed}.{hint}",
            claim=claim, allowed=ids, hint=nearest(claim, ids),
        )  # fmt: skip
    return {*old[0].by}, old
