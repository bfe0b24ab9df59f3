"""The register of claims: what each claim of the scenarios states, dated before it is examined.

The definitions stand in the scenario files. The register (``scenarios/register/register.yaml``)
keeps them as they were on the day each was registered, each with a hash. A definition that has
changed since gets the next free number of its scenario; its old number is never used again. Texts
that explain definitions, and the numbers of the markets, may change. The register also lists the
claims of the first examination, and by which claims they were replaced.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import files
from sim.config.reading import read_mapping
from sim.experiments import best_split, scenarios
from sim.experiments.scenarios import FIRST, Claim, Scenario
from sim.params import ConfigError, Message

FOLDER, FILE, TERMS = "register", "register.yaml", "terms.yaml"

DIGITS = 16
"""Hexadecimal digits of a hash."""

Definition = dict[str, Any]


@dataclass(frozen=True)
class Registered:
    """A claim as it was registered.

    Attributes:
        id, scenario: of the claim, and the name of its scenario.
        date: day of registration.
        definition: as made by :func:`definition`.
        hash: of the definition.
        was: claims that it replaces.
        changed: reasons, by name.
    """

    id: str
    scenario: str
    date: str
    definition: Definition
    hash: str
    was: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Register:
    """The register: its claims, the day of the last registration, and the hash of all of them."""

    date: str
    hash: str
    claims: tuple[Registered, ...]

    def find(self, claim: str) -> Registered | None:
        """A claim by id, or None."""
        return next((one for one in self.claims if one.id == claim), None)


def folder() -> Path:
    """Folder of the register."""
    return files.SCENARIOS / FOLDER


def terms() -> Mapping[str, Any]:
    """Rules, notes, mechanisms of rival theories and reasons of changes, as their file has them."""
    return read_mapping(folder() / TERMS, Message("register {name}", name=TERMS))


def definition(scenario: Scenario, claim: Claim) -> Definition:
    """What decides the verdict on a claim, as plain data.

    Arms stand with a hash of all changes that they and their markets make, and arms that are
    searched with a hash of the search.
    """
    smallest = f"{100 * claim.smallest_effect:g}%" if claim.of else f"{claim.smallest_effect:g}"
    out: Definition = {
        "statement": claim.statement["en"],
        "kpi": claim.kpi,
        "firm": claim.firm,
        "arms": {name: _arm_hash(scenario, name, claim.markets) for name in claim.arms},
        "weeks": [list(window) for window in dict.fromkeys(claim.weeks)],
        "markets": list(claim.markets),
        "expect": _sign(claim.expect),
        "smallest_effect": f"{smallest} of revenue" if claim.of == "revenue" else smallest,
        "ablate": list(claim.ablate) or [f"hold {state}" for state in claim.hold],
        "rival": claim.rival["en"],
        "rival_expect": _sign(claim.rival_expect),
        "rival_needs": list(claim.needs),
        "check": claim.check,
    }
    against = {name: _arm_hash(scenario, name, claim.markets) for name in claim.against}
    cohort, axis = claim.cohort, claim.axis
    more = {
        "against": against, "relative": claim.relative, "path": claim.path,
        "cohort": cohort and {"of": cohort.of, "week": cohort.week},
        "axis": axis and {"keys": list(axis.keys), "values": list(axis.values)},
    }  # fmt: skip
    return out | {key: value for key, value in more.items() if value}


def _sign(expect: scenarios.Expected) -> str:
    return f"{'<~>'[expect.sign + 1]}{expect.level:g}"


def _arm_hash(scenario: Scenario, name: str, markets: Sequence[str]) -> str:
    """Hash of all changes that an arm makes in some markets, or of the search that finds it."""
    if name in scenario.searched:
        of = scenario.searched[name]
        search = [best_split.FIRST_SEED, best_split.CANDIDATES, best_split.ROUNDS]
        return hash_of(["best split", _arm_hash(scenario, of, markets), search])
    return hash_of({here: [scenario.markets[here], scenario.arms[name][here]] for here in markets})


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
    claims = tuple(
        Registered(
            one["id"], one["scenario"], str(one["registered"]), one["definition"], one["hash"],
            tuple(one.get("was", ())), tuple(one.get("changed", ())),
        )
        for one in raw["claims"]
    )  # fmt: skip
    for one in claims:
        if hash_of(one.definition) != one.hash:
            raise ConfigError(
                "register, claim {claim}: the entry has been edited; restore {file}.",
                claim=one.id, file=FILE,
            )  # fmt: skip
    if whole_hash(claims) != raw["hash"]:
        raise ConfigError("register: entries are missing or edited; restore {file}.", file=FILE)
    return Register(max(one.date for one in claims), raw["hash"], claims)


def whole_hash(claims: Sequence[Registered]) -> str:
    """Hash of all claims of a register."""
    return hash_of([[one.id, one.date, one.hash] for one in claims])


def faults(register: Register, found: Sequence[Scenario]) -> list[Message]:
    """What in the scenarios is not as registered: one line for each claim, none if all is well."""
    out = []
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
    claims = list(before.claims) if before else []
    known = {one.id for one in claims}
    for scenario in found:
        for claim in scenario.claims:
            if claim.id not in known:
                made = definition(scenario, claim)
                claims.append(
                    Registered(
                        claim.id, scenario.name, date, made, hash_of(made), claim.was, claim.changed
                    )
                )
    return Register(date, whole_hash(claims), tuple(claims))


def plain(register: Register) -> dict[str, Any]:
    """A register as its file has it."""
    return {
        "hash": register.hash,
        "claims": [
            {"id": one.id, "scenario": one.scenario, "registered": one.date, "hash": one.hash}
            | ({"was": list(one.was), "changed": list(one.changed)} if one.was else {})
            | {"definition": one.definition}
            for one in register.claims
        ],
    }


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


def replaced() -> list[Replaced]:
    """The claims of the first examination, in order of scenarios."""
    out = []
    for old in map(scenarios.need, scenarios.names(FIRST)):
        new = scenarios.need(old.id)
        rows = scenarios.shipped(old.id, FIRST)
        for claim in old.claims:
            by = [one for one in new.claims if claim.id in (one.id, *one.was)]
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
    return [key for key in keys if key != "rival_needs"]
