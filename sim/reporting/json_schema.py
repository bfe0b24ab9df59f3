"""JSON Schemas of the documents that verbs print with ``--json``.

Rows of tables take their types and units from the data dictionary (:mod:`sim.reporting.columns`).
"""

from __future__ import annotations

from typing import Any

from sim.experiments.benchmark.toy import Ends
from sim.experiments.compare import Standing
from sim.experiments.validation.scorecard import SCORES, Effort
from sim.reporting.as_json import SCHEMA_VERSION
from sim.reporting.claims import VERDICTS
from sim.reporting.columns import Column, meaning, tables
from sim.reporting.words import Words

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": ["number", "null"]}
BOOLEAN: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
WHOLES: Schema = {"type": "array", "items": WHOLE}
KINDS = {
    "text": TEXT, "integer": WHOLE, "number": NUMBER, "boolean": BOOLEAN,
    "date": TEXT | {"format": "date"},
}  # fmt: skip
"""JSON types of columns; a number that is undefined is null."""


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object", "properties": properties, "required": list(properties),
        "additionalProperties": False,
    }  # fmt: skip


def _map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _maybe(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "null"}]}


def _rows(table: str, words: Words) -> Schema:
    """Rows of a table of the data dictionary."""

    def described(column: Column) -> Schema:
        unit = f" [{words.unit(column.unit)}]" if column.unit else ""
        return KINDS[column.kind] | {"description": meaning(table, column, words) + unit}

    return _list(_object(**{column.name: described(column) for column in tables()[table]}))


def _some(rows: Schema, name: str) -> Schema:
    """Rows that need not have all columns; the column ``name`` they have."""
    return _list(rows["items"] | {"required": [name]})


def _standing() -> Schema:
    kinds = {"str": TEXT, "float": NUMBER, "dict[int, float]": _map(NUMBER)}
    return _object(**{name: kinds[kind] for name, kind in Standing.__annotations__.items()})


def _spread(*names: str) -> Schema:
    return _object(**dict.fromkeys(names, NUMBER))


def _bodies(words: Words) -> dict[str, Schema]:
    """The properties of every document, beside those that all have."""
    uncertainty = _object(
        settings=WHOLE, numbers=TEXTS, chance_b_better=_spread("value", "low", "high"),
        difference=_spread("median", "low", "high"), seed_noise_share=NUMBER, drivers=_map(NUMBER),
    )  # fmt: skip
    scenario = _object(
        id=TEXT, name=TEXT, title=_map(TEXT), question=_map(TEXT), markets=TEXTS,
        arms=TEXTS, claims=TEXTS, verdicts=_object(**dict.fromkeys(VERDICTS, WHOLE)),
        tested=_maybe(TEXT), by_this_version=_maybe(BOOLEAN),
        first_examination=_object(name=TEXT, verdicts=_object(**dict.fromkeys(VERDICTS, WHOLE))),
    )  # fmt: skip
    registered = _object(
        id=TEXT, scenario=TEXT, registered=TEXT, hash=TEXT, status=TEXT, definition=_map({}),
        awaits=_maybe(_map(TEXT)), rival_mechanisms=_list(_map({})), replaces=TEXTS,
        replaced_by=TEXTS,
    )  # fmt: skip
    replaced = _object(
        id=TEXT, scenario=TEXT, replaced_by=TEXTS, changed=TEXTS, reasons=TEXTS,
        verdicts=_map(TEXT),
    )  # fmt: skip
    box = _object(box=WHOLE, coverage=NUMBER, density=NUMBER, settings=WHOLE)
    sensitivity = _object(
        method=TEXT, noise_share=NUMBER, indices=_some(_rows("sensitivity", words), "parameter")
    )
    ends = _spread(*Ends._fields)
    fact = _object(
        fact=TEXT, title=TEXT, group=TEXT, status=TEXT, half=TEXT, input=BOOLEAN, weight=NUMBER,
        score=NUMBER, published=TEXT, source=TEXT, figures=_rows("scorecard", words),
    )  # fmt: skip
    experiment = _object(name=TEXT, experiments=WHOLE, held=NUMBER, stopped_early=NUMBER)
    return {
        "run": {
            "plan": TEXT, "seed": WHOLE, "weeks": WHOLE, "start": KINDS["date"], "currency": TEXT,
            "firms": TEXTS, "focus": TEXT, "total": _rows("total", words),
            "yearly": _rows("yearly", words), "answer": TEXTS, "folder": TEXT,
        },
        "run_cdnow": {"weeks": _rows("weeks", words), "answer": TEXTS, "folder": TEXT},
        "compare": {
            "arms": TEXTS, "firms": TEXTS, "focus": TEXTS, "weeks": WHOLE, "currency": TEXT,
            "seeds": WHOLES, "interim_looks": WHOLES, "verdict": {"enum": ["settled", "cap"]},
            "smallest_effect": _map(NUMBER), "confidence_of_last_look": NUMBER,
            "standings": _map(_list(_standing())), "differences": _rows("comparison", words),
            "differences_by_year": _rows("comparison_yearly", words),
            "differences_to_horizons": _rows("comparison_horizons", words),
            "uncertainty": _maybe(uncertainty), "answer": TEXTS, "folder": TEXT,
        },
        "sweep": {
            "arms": TEXTS, "firm": TEXT, "kpi": TEXT, "weeks": WHOLE, "currency": TEXT,
            "parameters": TEXTS, "settings": WHOLE, "runs": WHOLE, "failed": WHOLE,
            "outcome": _spread("median", "low", "high"),
            "share_above": _spread("value", "low", "high"), "threshold": NUMBER,
            "sensitivity": _maybe(sensitivity),
            "boxes": _maybe(_object(found=_list(box), bounds=_rows("boxes", words))),
            "answer": TEXTS, "folder": TEXT,
        },
        "claims": {
            "scenarios": TEXTS, "replicates": WHOLE, "claims": _rows("claims", words),
            "answer": TEXTS, "folder": TEXT,
        },
        "validate": {
            **dict.fromkeys(SCORES, NUMBER), "mode": TEXT,
            "effort": _object(**dict.fromkeys(Effort.__annotations__, WHOLE)), "fingerprint": TEXT,
            "facts": _list(fact), "folder": _maybe(TEXT),
        },
        "validate_economy": {
            "customers": WHOLE, "figures": _rows("economy", words), "folder": TEXT,
        },
        "validate_audit": {
            "held": BOOLEAN, "checks": _rows("audit", words), "answer": TEXT, "folder": TEXT,
        },
        "validate_coverage": {"experiments": _list(experiment)},
        "benchmark": {
            "quick": BOOLEAN, "turns": WHOLE, "seconds": NUMBER,
            "machine": _object(processors=WHOLE, family=TEXT, python=TEXT, compiler=_maybe(TEXT),
                               libraries=_map(TEXT)),
            "fixed": _list(_object(market=TEXT, low=WHOLE, high=WHOLE, week_ms=NUMBER,
                                   error=NUMBER, ns=NUMBER)),
            "sizes": _list(_object(market=TEXT, customers=WHOLE, threads=WHOLE, week_ms=NUMBER,
                                   ns=NUMBER)),
            "rows": _list(_object(market=TEXT, customers=WHOLE, phase=TEXT, week_ms=NUMBER)),
            "memory": _list(_object(market=TEXT, firms=WHOLE, state=NUMBER, process=NUMBER)),
            "paces": _list(_object(what=TEXT, weeks=WHOLE, per_minute=NUMBER)),
            "toy": _list(_object(engine=TEXT, threads=WHOLE, customers=WHOLE, ns=NUMBER,
                                 processor_ns=NUMBER, times=NUMBER, ends=ends, gap=ends)),
            "most_gap": NUMBER, "agrees": BOOLEAN, "answer": TEXTS, "folder": TEXT,
        },
        "scenarios": {"scenarios": _list(scenario)},
        "register": {
            "date": TEXT, "hash": TEXT, "rule": _map(TEXT), "rules": _list(_map(TEXT)),
            "notes": _list(_map(TEXT)), "reasons": _map(_map(TEXT)), "retired": _map(_map(TEXT)),
            "claims": _list(registered), "first_examination": _list(replaced),
        },
        "results": {
            "programs": _list(_object(name=TEXT, current=BOOLEAN, written=TEXT, tables=_map(
                _object(records=WHOLE, parts=WHOLE, bytes=WHOLE)))),
            "folders": _list(_object(folder=TEXT, verb=TEXT, bytes=WHOLE, written=TEXT)),
        },
        "results_list": {"runs": _list(_object(
            key=TEXT, status={"enum": ["done", "failed"]}, seed=WHOLE, plan=TEXT, arm=TEXT,
            weeks=WHOLE, changes={"type": "object"}, reason=TEXT, written=TEXT))},
        "results_query": {"columns": TEXTS, "rows": _list({"type": "object"})},
    }  # fmt: skip


def documents() -> list[str]:
    """Names of the documents, as their key ``document`` has them."""
    return list(_bodies(Words("en")))


def schema(document: str, words: Words) -> Schema:
    """The JSON Schema (draft 2020-12) of a document, with descriptions in a language."""
    head: Schema = {
        "schema_version": {"const": SCHEMA_VERSION}, "document": {"const": document},
        "program": TEXT,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"gtm {document.replace('_', ' ')} --json, version {SCHEMA_VERSION}",
        **_object(**(head | _bodies(words)[document])),
    }
