"""Texts of the README and the documentation site, made from what is stored.

A stored text begins with a stamp: the fingerprint of the model it was made with, and a seal of the
text itself. A test compares both, so neither a changed model nor an edited number passes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.experiments import scenarios
from sim.experiments.scenarios import Claim, Scenario
from sim.experiments.validation.scorecard import Scorecard
from sim.reporting import claims as report
from sim.reporting import scorecard
from sim.reporting.terms import Term
from sim.reporting.words import Words

MEASURED = ("yes", "no", "reversed", "undecided")
"""Answers to whether the mechanism carries the effect where its removal was measured."""

CERTAIN = 0.05
"""A claim that a single replicate shows more rarely than this, or more often than one less this,
depends on the parameters and not on the draw."""


# Stamps and places


def stamped(text: str, mark: str) -> str:
    """A text as it is stored.

    Args:
        mark: fingerprint of the model that the text was made with.
    """
    return f"<!-- fingerprint {mark}, seal {seal(text)} -->\n{text}\n"


def seal(text: str) -> str:
    """A short hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def unstamped(document: str) -> tuple[str, str, str]:
    """The fingerprint, the seal and the text of a stored document."""
    head, _, text = document.partition("\n")
    found = re.fullmatch(r"<!-- fingerprint (\w+), seal (\w+) -->", head)
    if found is None:
        raise ValueError(f"no stamp in the first line: {head[:80]}")
    return found[1], found[2], text.removesuffix("\n")


def placed(document: str, name: str, text: str) -> str:
    """A document with the text between the markers of a name replaced."""
    start, end = _markers(name)
    before, rest = document.split(start, 1)
    return before + start + text + end + rest.split(end, 1)[1]


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- generated: {name} -->\n", f"\n<!-- end: {name} -->"


def quoted(lines: Sequence[str]) -> str:
    """Sentences as one quotation, a paragraph each."""
    return "\n>\n".join(f"> {line}" for line in lines)


# Scenarios and claims


def findings(rows: pd.DataFrame, words: Words, examination: str = "") -> str:
    """What came out of every scenario, in words, with the number of verdicts of each kind.

    Args:
        rows: of the ``verdicts.csv`` of the examination.
        examination: ``first`` for the one before the register, which the text then says.
    """
    out = examination_note(words, examination)
    for one in map(scenarios.need, scenarios.names(examination)):
        label = f"#{words.language}-claims-{one.id.lower()}"
        out += [
            f"## {one.question[words.language]}",
            "",
            f"[{one.id}]({label}): {_counts(rows[rows.scenario == one.id], words)}",
            "",
            one.found[words.language],
            "",
        ]
    return "\n".join(out).rstrip()


def examination_note(words: Words, examination: str) -> list[str]:
    """A paragraph that says of which examination a text tells, if it is the first."""
    return [words.say("first_examination"), ""] if examination == scenarios.FIRST else []


def summary(rows: pd.DataFrame, found: Scorecard, words: Words, examination: str = "") -> str:
    """How many claims were tested, how many verdicts of each kind came out, and the score on
    published facts.

    Args:
        rows, examination: as for :func:`findings`.
        found: the stored scorecard.
    """
    claims = words.say(
        "doc_summary", scenarios=rows.scenario.nunique(), claims=rows.claim.nunique(),
        verdicts=len(rows), counts=_counts(rows, words),
    )  # fmt: skip
    return words.sentences(
        *examination_note(words, examination)[:1], claims, *scorecard.answer(found, words)[:1]
    )


def _counts(rows: pd.DataFrame, words: Words) -> str:
    counts = {kind: int((rows.verdict == kind).sum()) for kind in report.VERDICTS}
    return words.say("doc_counts", **counts)


def claims(rows: pd.DataFrame, words: Words, examination: str = "") -> str:
    """Every claim of every scenario, market by market; then, claim by claim, in how much of the
    parameter space it holds, and why it failed or held without its mechanism.

    Args:
        rows, examination: as for :func:`findings`.
    """
    out = examination_note(words, examination)
    for one in map(scenarios.need, scenarios.names(examination)):
        mine = rows[rows.scenario == one.id]
        out += [
            f"({words.language}-claims-{one.id.lower()})=",
            f"## {one.id} {one.question[words.language]}",
            "",
            one.story[words.language],
            "",
            *_claim_table(one, mine, words),
            "",
            *_notes(one, mine, words),
            "",
        ]
    return "\n".join(out).rstrip()


def _claim_table(scenario: Scenario, rows: pd.DataFrame, words: Words) -> list[str]:
    heads = [
        words.say(key)
        for key in ("claim", "doc_market", "claim_verdict", "doc_effect", "doc_left", "claim_rival")
    ]
    out = [_row(heads), "|---|---|---|--:|--:|---|"]
    verdicts = {
        "holds": words.say("claim_holds"), "fails": words.say("claim_fails"),
        "undecided": words.say("score_undecided"),
    }  # fmt: skip
    named = words.with_names(scenario.labels)
    for claim in scenario.claims:
        check = [words.say("claim_check")] if claim.check else []
        statement = f"{claim.id} {words.sentences(claim.statement[words.language], *check)}"
        for row in rows[rows.claim == claim.id].to_dict("records"):
            dagger = report.significance_mark(row["verdict"], row["stays"])
            left = round(100 * row["left"]) if row["carried"] in MEASURED else None
            out.append(_row([
                statement, named.market_name(row["market"]), verdicts[row["verdict"]] + dagger,
                _effect(claim, row, words),
                words.say("doc_percent", share=left) if left is not None else "",
                verdicts[row["rival_verdict"]],
            ]))  # fmt: skip
            statement = ""
    return out


def _notes(scenario: Scenario, rows: pd.DataFrame, words: Words) -> list[str]:
    """The region of each claim, and the reason of a verdict that asks for one."""
    out = []
    for claim in scenario.claims:
        mine = rows[rows.claim == claim.id].to_dict("records")
        notes = [_region(row, words) for row in mine if row["points"]][:1]
        if claim.why and any(report.puzzling(row["verdict"], row["carried"]) for row in mine):
            notes.append(claim.why[words.language])
        out += [f"- {claim.id} {words.sentences(*notes)}"] if notes else []
    return out


def _effect(claim: Claim, row: Mapping[Any, Any], words: Words) -> str:
    """An effect with its interval; a payback that comes in no replicate has none."""

    def shown(value: float) -> str:
        if row["path"] == "payback":
            return report.weeks_until(claim, value, words)
        return words.gap(row["kpi"], value) if value == value else words.say("unknown")

    mean, low, high = (shown(row[key]) for key in ("effect", "low", "high"))
    if row["path"] == "payback" and low == mean == high:
        return mean
    return words.say("doc_between", mean=mean, between=words.say("to", low=low, high=high))


def _region(row: Mapping[Any, Any], words: Words) -> str:
    """In how much of the parameter space a claim holds, and what that depends on."""
    share, low, high = (f"{100 * row[key]:.0f}" for key in ("share", "share_low", "share_high"))
    between = words.say("to", low=low, high=high)
    out = words.say("doc_region", share=share, between=between, points=row["points"])
    if CERTAIN < row["single"] < 1 - CERTAIN:
        out += words.say("doc_single", share=f"{100 * row['single']:.0f}")
    if isinstance(row["decides"], str):
        deciding = [part.split() for part in row["decides"].split("; ")]
        names = [words.say("doc_decide", name=name, value=value) for name, value in deciding]
        out += words.say("doc_decides", names=words.say("and").join(names))
    return out + words.say("doc_stop")


# Glossary


def glossary(terms: Sequence[Term], words: Words) -> str:
    """Terms in alphabetical order (Chinese ones by pinyin), one definition each."""
    other = Words("en" if words.language == "zh" else "zh")

    def order(term: Term) -> bytes | str:
        name = words.pick(term.names)
        is_chinese = words.language == "zh"
        return (term.sorts_as or name).encode("gb18030") if is_chinese else name.casefold()

    heads = [words.say(key) for key in ("doc_term", "doc_other_language", "doc_definition")]
    rows = [
        _row([f"**{words.pick(one.names)}**", other.pick(one.names), one.definition(words)])
        for one in sorted(terms, key=order)
    ]
    return "\n".join([_row(heads), "|---|---|---|", *rows])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
