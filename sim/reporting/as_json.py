"""Answers of verbs as JSON, for other programs. Their form is :mod:`sim.reporting.json_schema`."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sim import __version__
from sim.experiments import cdnow
from sim.experiments.benchmark.benchmark import Benchmark
from sim.experiments.claims import ClaimResult
from sim.experiments.compare import Comparison
from sim.experiments.coverage import Coverage
from sim.experiments.regions import Region
from sim.experiments.register import Asked, Register, Replaced, terms
from sim.experiments.scenarios import FIRST, Claim, Scenario, shipped
from sim.experiments.sweeps.summary import Summary
from sim.experiments.uncertainty import Uncertainty
from sim.experiments.validation.audit import Check
from sim.experiments.validation.economy import Measured
from sim.experiments.validation.scorecard import Scorecard
from sim.outcomes.run import Run
from sim.reporting.audit import rows as audit_rows
from sim.reporting.claims import VERDICTS
from sim.reporting.claims import rows as claim_rows
from sim.reporting.economy import rows as economy_rows
from sim.reporting.scorecard import facts
from sim.reporting.stored import Folder, iso, rows_of
from sim.runs.contents import Program
from sim.runs.record import SCHEMAS

SCHEMA_VERSION = 1
"""Raised whenever a program that reads the JSON might have to change."""


def run(found: Run, sentences: Sequence[str], place: Path) -> str:
    """The answer of ``gtm run``."""
    return _written(
        "run",
        plan=found.plan, seed=found.seed, weeks=found.ledger.weeks, start=found.start,
        currency=found.config.currency, firms=found.firms, focus=found.focus,
        total=_records(found.total), yearly=_records(found.yearly), answer=sentences, folder=place,
    )  # fmt: skip


def cohort(found: cdnow.Study, sentences: Sequence[str], place: Path) -> str:
    """The answer of ``gtm run cdnow``."""
    weeks = _records(pd.DataFrame(found.weeks()))
    return _written("run_cdnow", weeks=weeks, answer=sentences, folder=place)


def compare(
    found: Comparison, uncertain: Uncertainty | None, sentences: Sequence[str], place: Path
) -> str:
    """The answer of ``gtm compare``."""
    return _written(
        "compare",
        arms=found.arms, firms=found.firms, focus=found.focus, weeks=found.config.weeks,
        currency=found.config.currency, seeds=found.seeds, interim_looks=found.interim_looks,
        verdict=found.verdict, smallest_effect=found.smallest_effect,
        confidence_of_last_look=found.confidence,
        standings={firm: list(map(vars, found.standings(firm))) for firm in found.focus},
        differences=_records(found.table), differences_by_year=_records(found.yearly),
        differences_to_horizons=_records(found.horizons),
        uncertainty=_uncertainty(uncertain) if uncertain else None,
        answer=sentences, folder=place,
    )  # fmt: skip


def sweep(found: Summary, sentences: Sequence[str], place: Path) -> str:
    """The answer of ``gtm sweep``."""
    low, middle, high = found.spread
    above = int((found.known > found.threshold).sum())
    least, most = found.interval(above) if found.is_drawn else (None, None)
    box = found.box
    return _written(
        "sweep",
        arms=found.arms, firm=found.firm, kpi=found.kpi, weeks=found.config.weeks,
        currency=found.config.currency, parameters=list(found.space.keys),
        settings=int(found.table["setting"].nunique()), runs=found.runs, failed=found.failed,
        outcome={"median": middle, "low": low, "high": high},
        share_above={"value": above / len(found.known), "low": least, "high": most},
        threshold=found.threshold,
        sensitivity=None if found.indices is None else {
            "method": found.indices.attrs["method"],
            "noise_share": found.indices.attrs["noise_share"],
            "indices": _records(found.indices),
        },
        boxes=None if box is None else {
            "found": _records(box.found), "bounds": _records(box.boxes),
        },
        answer=sentences, folder=place,
    )  # fmt: skip


def _uncertainty(found: Uncertainty) -> dict[str, Any]:
    names = ("value", "low", "high"), ("median", "low", "high")
    chance, difference = (
        dict(zip(keys, values, strict=True))
        for keys, values in zip(names, (found.chance(), found.span()), strict=True)
    )
    return {
        "settings": len(found.settings), "numbers": found.names, "chance_b_better": chance,
        "difference": difference, "seed_noise_share": found.seed_noise_share(),
        "drivers": dict(found.drivers),
    }  # fmt: skip


def claims(
    scenarios: Sequence[Scenario], examined: Sequence[ClaimResult], regions: Sequence[Region],
    replicates: int, sentences: Sequence[str], place: Path,
) -> str:  # fmt: skip
    """The answer of ``gtm claims``."""
    return _written(
        "claims",
        scenarios=[scenario.name for scenario in scenarios], replicates=replicates,
        claims=claim_rows(examined, regions), answer=sentences, folder=place,
    )  # fmt: skip


def validate(found: Scorecard, place: Path | None) -> str:
    """The answer of ``gtm validate``; without a folder if it was stored with the package."""
    return _written(
        "validate", **found.scores(), mode=found.mode, effort=vars(found.effort),
        fingerprint=found.fingerprint, facts=facts(found), folder=place,
    )  # fmt: skip


def economy(found: Sequence[Measured], customers: int, place: Path) -> str:
    """The answer of ``gtm validate economy``.

    Args:
        customers: simulated customers of a market, as far as it has so many people.
    """
    figures = economy_rows(found)
    return _written("validate_economy", customers=customers, figures=figures, folder=place)


def audit(found: Sequence[Check], sentence: str, place: Path) -> str:
    """The answer of ``gtm validate audit``."""
    return _written(
        "validate_audit",
        held=all(one.held for one in found), checks=audit_rows(found), answer=sentence,
        folder=place,
    )  # fmt: skip


def coverage(found: Sequence[Coverage]) -> str:
    """The answer of ``gtm validate coverage``."""
    experiments = [
        {"name": one.name, "experiments": len(one.held), "held": one.share,
         "stopped_early": one.stopped_early.mean()}
        for one in found
    ]  # fmt: skip
    return _written("validate_coverage", experiments=experiments)


def benchmark(found: Benchmark, sentences: Sequence[str], place: Path) -> str:
    """The answer of ``gtm benchmark``."""
    return _written(
        "benchmark", **found.plain(), agrees=found.agrees, answer=sentences, folder=place
    )


def results(found: Sequence[Program], made: Sequence[Folder]) -> str:
    """The answer of ``gtm results``."""
    programs = [
        {
            "name": one.name, "current": one.is_current, "written": iso(one.written),
            "tables": {
                name: {"records": one.count(name), "parts": len(one.of(name)),
                       "bytes": sum(part.size for part in one.of(name))}
                for name in SCHEMAS if one.of(name)
            },
        }
        for one in found
    ]  # fmt: skip
    folders = [
        {"folder": one.path, "verb": one.verb, "bytes": one.size, "written": iso(one.written)}
        for one in made
    ]
    return _written("results", programs=programs, folders=folders)


def results_list(runs: pd.DataFrame | None) -> str:
    """The answer of ``gtm results list``; None if nothing is stored."""
    return _written("results_list", runs=[] if runs is None else rows_of(runs))


def results_query(found: pa.Table) -> str:
    """The answer of ``gtm results query``."""
    return _written("results_query", columns=found.schema.names, rows=found.to_pylist())


def scenarios(found: Sequence[Scenario], last: Mapping[str, Mapping[str, Any]], mark: str) -> str:
    """The answer of ``gtm scenarios``; ``last`` and ``mark`` as for the table of scenarios."""
    rows = [_scenario(one, last.get(one.id), mark) for one in found]
    return _written("scenarios", scenarios=rows)


def _scenario(one: Scenario, mine: Mapping[str, Any] | None, mark: str) -> dict[str, Any]:
    verdicts = [row["verdict"] for row in (mine["rows"] if mine else shipped(one.id))]
    first = [row["verdict"] for row in shipped(one.id, FIRST)]
    return {
        "id": one.id, "name": one.name, "title": one.title, "question": one.question,
        "markets": list(one.markets), "arms": list(one.arms),
        "claims": [claim.id for claim in one.claims],
        "verdicts": {verdict: verdicts.count(verdict) for verdict in VERDICTS},
        "tested": mine["written"] if mine else None,
        "by_this_version": mine["mark"] == mark if mine else None,
        "first_examination": {
            "name": f"{FIRST}/{one.name}",
            "verdicts": {verdict: first.count(verdict) for verdict in VERDICTS},
        },
    }  # fmt: skip


def register(found: Register, asked: Asked, old: Sequence[Replaced]) -> str:
    """The answer of ``gtm register``.

    Args:
        asked: scenarios and claims that are shown.
        old: claims of the first examination, and what became of them.
    """
    texts, shown = terms(), {c.id: c for s in asked.scenarios for c in s.claims}
    mechanisms, names = texts["mechanisms"], {s.name for s in asked.scenarios}
    claims = [
        {
            "id": one.id, "scenario": one.scenario, "registered": one.date, "hash": one.hash,
            "status": _status(shown.get(one.id)), "definition": one.definition,
            "awaits": shown[one.id].awaits or None if one.id in shown else None,
            "rival_mechanisms": [
                {"name": name} | dict(mechanisms.get(name, {}))
                for name in one.definition["rival_needs"]
            ],
            "replaces": list(one.was),
            "replaced_by": list(found.successors(one.id)),
        }
        for one in found.claims if one.scenario in names and asked.shows(one.id)
    ]  # fmt: skip
    first = [
        {
            "id": one.claim.id,
            "scenario": one.scenario.name,
            "replaced_by": list(one.by),
            "changed": list(one.keys),
            "reasons": list(one.changed),
            "verdicts": one.verdicts,
        }
        for one in old
        if one.scenario.name in names
        and (not asked.only or one in asked.earlier or asked.only & {*one.by})
    ]
    return _written(
        "register", date=found.date, hash=found.hash, rule=found.rule,
        rules=texts["rules"], notes=texts["notes"], reasons=texts["reasons"],
        retired=texts["retired"], claims=claims, first_examination=first,
    )  # fmt: skip


def _status(claim: Claim | None) -> str:
    if claim is None:
        return "replaced"
    if claim.awaits and claim.examined_in:
        return "awaits in some markets"
    return "awaits" if claim.awaits else "check" if claim.check else "open"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict(orient="records")]


def _written(document: str, **facts: Any) -> str:
    """A document as text in ASCII, which every code page can print."""
    head = {"schema_version": SCHEMA_VERSION, "document": document, "program": __version__}
    return json.dumps(_plain(head | facts), indent=1, allow_nan=False)


def _plain(value: Any) -> Any:
    """Convert for JSON: NaN to None, NumPy numbers to Python numbers, dates and paths to text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
