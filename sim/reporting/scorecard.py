"""Sentences, tables and pages about published facts measured on the model."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from sim.experiments.validation.facts import Fact, Figure, functions, targets
from sim.experiments.validation.score import VERDICTS, Finding
from sim.experiments.validation.scorecard import ENOUGH, Scorecard, source_of
from sim.experiments.validation.trial import mean
from sim.reporting.words import Words

Row = dict[str, Any]

GROUPS = ("a", "b", "c")
HEAVIEST = 6
"""Misses that the answer names."""

NOTHING = 1e-6
"""Size below which a figure is printed as 0."""


def verdict(name: str, words: Words) -> str:
    """A verdict in words."""
    return {
        "inside": words.say("score_inside"), "near": words.say("score_near"),
        "outside": words.say("score_outside"), "wrong sign": words.say("score_wrong_sign"),
        "undecided": words.say("score_undecided"), "not measured": words.say("not_measured"),
    }[name]  # fmt: skip


def title(fact: Fact, words: Words) -> str:
    """The title of a fact."""
    return fact.title["zh" if words.language == "zh" else "en"]


def label(figure: Figure, words: Words) -> str:
    """The label of a figure, which says if it is an econometrician's estimate."""
    text = figure.zh if words.language == "zh" else figure.en
    if figure.estimator == "econometric":
        text = words.say("score_estimated", text)
    return text if figure.scored else words.say("score_beside", text)


def bounds(figure: Figure, words: Words) -> str:
    """The published interval."""
    if figure.sign:
        return f"> {figure.low:g}"
    return words.say("to", low=f"{figure.low:g}", high=f"{figure.high:g}")


def number(value: float, words: Words) -> str:
    """A measured figure, with three digits."""
    if not math.isfinite(value):
        return words.say("not_measured")
    if abs(value) < NOTHING:
        return "0"
    return f"{value:.3g}" if 0.01 <= abs(value) < 1000.0 else f"{value:.2g}"


def points(value: float) -> str:
    """A score with two decimals, a dash if nothing counts."""
    return f"{value:.2f}" if math.isfinite(value) else "\u2013"


# Sentences


def answer(found: Scorecard, words: Words) -> list[str]:
    """What came out: scores, verdicts, and the misses that weigh most."""
    scores, counts = found.scores(), dict.fromkeys(VERDICTS, 0)
    by_fact = found.by_fact()
    scored = [one for one in found.findings if one.figure.scored]
    for one in scored:
        counts[one.verdict] += 1
    by_group = [
        words.say("score_group", group=g.upper(), score=points(scores[f"group_{g}"]))
        for g in GROUPS if math.isfinite(scores[f"group_{g}"])
    ]  # fmt: skip
    said = [f"{verdict(name, words)} {count}" for name, count in counts.items() if count]
    never = [name for name in by_fact if name in targets().never_used]
    out = [
        words.say("score_answer", score=points(scores["score"]), facts=len(by_fact),
                  groups=words.listed(by_group)),
        words.say("score_never", score=points(scores["never_used"]), facts=len(never),
                  first=points(scores["first_half"]), second=points(scores["second_half"])),
        words.say("score_counts", figures=len(scored), counts=words.listed(said)),
    ]  # fmt: skip
    checks = [
        words.say("score_fixed", fact=one.fact.id, by=_fixing(one, words))
        for one in scored if one.is_check
    ]  # fmt: skip
    if checks:
        out.append(words.say("score_checks", facts=words.listed(list(dict.fromkeys(checks)))))
    missed = [f"{fact.id} {title(fact, words)}" for fact in misses(found)[:HEAVIEST]]
    if missed:
        out.append(words.say("score_misses", facts=words.listed(missed)))
    return out


def _fixing(one: Finding, words: Words) -> str:
    """What fixes a figure: a parameter, or an identity in words."""
    identity = one.figure.identity
    return identity["zh" if words.language == "zh" else "en"] if identity else one.fixed_by


def misses(found: Scorecard) -> list[Fact]:
    """The facts by what they cost the score, the dearest first, without those that cost nothing."""
    lost = {}
    for name in found.by_fact():
        score, weight = found.of(name)
        lost[name] = weight * (1.0 - score) if math.isfinite(score) else 0.0
    order = sorted(lost, key=lambda name: -lost[name])
    return [targets().facts[name] for name in order if lost[name] > 0.05]


def notes(found: Scorecard, words: Words) -> list[str]:
    """How it was measured."""
    effort = found.effort
    out = [words.say("score_note")]
    if effort.settings < ENOUGH:
        out.append(words.say("score_not_audited", least=ENOUGH))
    return [
        *out,
        words.say("score_effort", settings=effort.settings, seeds=effort.seeds,
                  declared=effort.declared, customers=f"{effort.customers:,}",
                  fingerprint=found.fingerprint[:12]),
    ]  # fmt: skip


# Tables


def rows(found: Scorecard) -> list[Row]:
    """Figures as rows of a tidy table."""
    return [
        {
            "fact": one.fact.id, "title": one.fact.title["en"], "figure": one.figure.key,
            "measured": one.figure.en, "market": one.market, "estimator": one.figure.estimator,
            "scored": one.figure.scored, "group": one.figure.group, "status": one.figure.status,
            "low": one.figure.low, "high": None if one.figure.sign else one.figure.high,
            "declared": mean(one.declared), "mean": one.mean, "from": one.interval[0],
            "to": one.interval[1], "spread": one.spread, "settings": len(one.known),
            "inside": one.shares["inside"], "near": one.shares["near"],
            "outside": one.shares["outside"], "wrong_sign": one.shares["wrong sign"],
            "without": one.without, "left": one.left,
            "fixed_by": _fixing(one, Words("en")),
            "verdict": one.verdict, "score": one.score, "source": one.fact.source,
        }
        for one in found.findings
    ]  # fmt: skip


def facts(found: Scorecard) -> list[Row]:
    """Facts as rows, each with its figures."""
    known, figures = targets(), rows(found)
    out = []
    for name in found.by_fact():
        fact, (score, weight) = known.facts[name], found.of(name)
        out.append({
            "fact": name, "title": fact.title["en"], "group": fact.group, "status": fact.status,
            "half": "first" if name in known.halves[0] else "second",
            "input": name in known.inputs, "weight": weight, "score": score,
            "published": fact.published["en"], "source": fact.source,
            "figures": [row for row in figures if row["fact"] == name],
        })  # fmt: skip
    return out


def table(found: Scorecard, words: Words) -> Table:
    """Facts with their figures: published interval, measured values, verdict."""
    out = Table(title=words.say("score_title", n=found.effort.settings), title_justify="left")
    out.add_column(words.say("score_fact"))
    for head in _heads(words):
        out.add_column(head, justify="right")
    for name, some in found.by_fact().items():
        fact, (score, _) = targets().facts[name], found.of(name)
        head = words.say("score_head", id=name, title=title(fact, words), group=fact.group,
                         score=points(score))  # fmt: skip
        out.add_row(Text(head, "bold"))
        for n, one in enumerate(some):
            out.add_row(
                f"  {named(one, words)}", *cells(one, words), end_section=n + 1 == len(some)
            )
    return out


def _heads(words: Words) -> list[str]:
    return [
        words.say("score_published"), words.say("score_mean"), words.say("interval"),
        words.say("score_share"), words.say("score_without"), words.say("score_verdict"),
    ]  # fmt: skip


def named(one: Finding, words: Words) -> str:
    """A figure and the market it was measured in."""
    market = words.market_name(one.market)
    return words.say("score_in_market", label=label(one.figure, words), market=market)


def cells(one: Finding, words: Words) -> list[str]:
    """The cells of a figure's row."""
    low, high = one.interval
    between = words.say("to", low=number(low, words), high=number(high, words))
    said = verdict(one.verdict, words)
    return [
        bounds(one.figure, words),
        number(one.mean, words),
        between if math.isfinite(low) else "\u2013",
        f"{100.0 * one.shares['inside']:.0f} %" if len(one.known) else "\u2013",
        _without(one, words),
        words.say("score_check", said) if one.is_check else said,
    ]


def _without(one: Finding, words: Words) -> str:
    """The figure with its mechanism off, and whether it vanishes as it should."""
    if one.vanishes is None:
        return "\u2013"
    value = number(one.without, words)
    return words.say("score_vanishes" if one.vanishes else "score_stays", value)


# Pages


def page(found: Scorecard, words: Words) -> str:
    """The scorecard for the documentation: sentences, then a table for each fact, misses first."""
    lines = [
        *(f"{said}\n" for said in answer(found, words)),
        *(f"{n}\n" for n in notes(found, words)),
    ]
    order = {fact.id: n for n, fact in enumerate(misses(found))}
    for name, some in sorted(
        found.by_fact().items(), key=lambda item: order.get(item[0], len(order))
    ):
        score, _ = found.of(name)
        fact = targets().facts[name]
        head = words.say("score_head", id=name, title=title(fact, words), group=fact.group,
                         score=points(score))  # fmt: skip
        told = words.say(
            "score_told", published=words.pick(fact.published), status=_status(fact, words)
        )
        lines += [f"**{head}**", "", told, "", *_table_of(some, words), ""]
    return "\n".join(lines).rstrip()


def _table_of(some: Sequence[Finding], words: Words) -> list[str]:
    """The figures of a fact; what is known of none of them has no column."""
    heads = [words.say("score_figure"), *_heads(words)]
    rows = [[named(one, words), *cells(one, words)] for one in some]
    kept = [n for n in range(len(heads)) if any(row[n] != "\u2013" for row in rows)]
    aligned = "".join("---|" if n in (0, len(heads) - 1) else "--:|" for n in kept)
    return [
        line([heads[n] for n in kept]), f"|{aligned}",
        *(line([row[n] for n in kept]) for row in rows),
    ]  # fmt: skip


def _status(fact: Fact, words: Words) -> str:
    return {
        "V": words.say("score_status_v"), "C": words.say("score_status_c"),
        "P": words.say("score_status_p"), "G": words.say("score_status_g"),
    }[fact.status]  # fmt: skip


def line(parts: Sequence[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(part.replace('|', '/') for part in parts)} |"


def recipes() -> str:
    """How every fact is measured, with the code of its functions, for the documentation."""
    out = []
    for name, fact in targets().facts.items():
        out += [f"({name.lower()})=", f"## {name} {fact.title['en']}", ""]
        out += [f"Published: {fact.published['en']}. {fact.source}.", ""]
        for one in functions(name):
            text = inspect.getdoc(one.function) or ""
            module = one.function.__module__.removeprefix("sim.experiments.validation.")
            out += [
                text,
                "",
                f"`{module}`, {one.estimator}:",
                "",
                "```python",
                source_of(one),
                "```",
                "",
            ]
    return "\n".join(out).rstrip()
