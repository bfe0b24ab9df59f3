"""The page on mechanisms: what each was expected to do to the published facts, and what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from sim.config.compose import options
from sim.experiments.validation.facts import Fact, targets
from sim.experiments.validation.inside import PROFIT
from sim.experiments.validation.mechanisms import (
    GROUP,
    NONE,
    Effect,
    Expected,
    Mechanism,
    effects,
    mechanisms,
)
from sim.experiments.validation.scorecard import Scorecard
from sim.experiments.validation.trial import mean
from sim.reporting.scorecard import label, line, named, number, points, title, verdict
from sim.reporting.words import Words

SHOWN = ("score", "group_a", "group_b", "group_c", "never_used")
"""Scores in the table."""

Effects = Mapping[tuple[str, str, str], Effect]
"""Effects of a mechanism by fact, figure and market."""


def page(found: Mapping[str, Scorecard], full: Mapping[str, Scorecard], words: Words) -> str:
    """Scores with each mechanism, and the figures that it is expected to move; then full
    scorecards.

    Args:
        found: scorecards by file of the group, that without mechanisms among them; without it only
            the expectations are shown.
        full: full scorecards in the same way, that without mechanisms at least.
        words: of the language.
    """
    before = found.get(NONE)
    lines = _scores(found, before, words) if before else []
    for name, known in mechanisms().items():
        moved = effects(before, found[name]) if before and name in found else {}
        lines += ["", f"**{_name(name, words)}**", ""]
        bare = [words.say("mechanism_no_expectation")]
        if name not in found:
            lines += [words.say("mechanism_not_measured"), ""]
        lines += _table(known, moved, words) if known.expected else bare
    if before:
        several = {name: one for name, one in found.items() if name not in mechanisms()}
        lines += _changed(several, before, words)
    effort = full[NONE].effort
    about = words.say("mechanism_full", settings=effort.settings, customers=f"{effort.customers:,}",
                      seeds=effort.declared)  # fmt: skip
    lines += ["", f"**{about}**", "", *_scores(full, full[NONE], words)]
    lines += _changed(full, full[NONE], words)
    return "\n".join(lines).lstrip("\n")


def inside_page(effects: pd.DataFrame, words: Words) -> str:
    """What each mechanism does to the KPIs of all firms, a table for each market.

    Args:
        effects: as :func:`sim.experiments.validation.inside.effects` returns them.
        words: of the language.
    """
    lines: list[str] = []
    for market, rows in effects.groupby("market", sort=False):
        kpis = list(rows["kpi"].unique())
        heads = [words.say("mechanism_column"), *(words.label(name) for name in kpis)]
        lines += ["", f"**{words.market_name(str(market))}**", "", line(heads),
                  "|---|" + "--:|" * len(kpis)]  # fmt: skip
        for name, of_one in rows.groupby("mechanism", sort=False):
            columns = of_one["kpi"], of_one["difference"], of_one["half"]
            cells = [
                _change(kpi, difference, half, words)
                for kpi, difference, half in zip(*columns, strict=True)
            ]
            told = _name(str(name), words) if str(name) in options(GROUP) else f"`{name}`"
            lines.append(line([told, *cells]))
    return "\n".join(lines).lstrip("\n")


def _change(kpi: str, difference: float, half: float, words: Words) -> str:
    """A change with its interval; a dash if nothing has changed in any run."""
    if difference == 0.0 and half == 0.0:
        return "\u2013"
    if not np.isfinite(half):
        return words.say("not_measured")
    key = "mechanism_points" if kpi == PROFIT else "mechanism_change"
    value = round(100.0 * difference, 1) + 0.0  # no negative zero
    return words.say(key, value=f"{value:+.1f}" if value else "0.0", half=f"{100.0 * half:.1f}")


def _scores(found: Mapping[str, Scorecard], before: Scorecard, words: Words) -> list[str]:
    """Scores without mechanisms and with each, and how many expectations came true."""
    heads = [words.say("mechanism_column"), words.say("mechanism_score"),
             *(words.say("mechanism_group", g) for g in "ABC"), words.say("mechanism_never"),
             words.say("mechanism_expected_column")]  # fmt: skip
    lines = [line(heads), "|---|" + "--:|" * (len(heads) - 2) + "---|"]
    for name, card in found.items():
        known, scores = mechanisms().get(name), card.scores()
        told = _kept(known, effects(before, card), words) if known else ""
        lines.append(line([_name(name, words), *(points(scores[s]) for s in SHOWN), told]))
    return lines


def _name(name: str, words: Words) -> str:
    known = mechanisms().get(name)
    if known:
        return words.pick(known.title)
    names = {NONE: words.say("mechanism_none"), "first_half": words.say("mechanism_first_half"),
             "second_half": words.say("mechanism_second_half")}  # fmt: skip
    return names.get(name) or words.say("mechanism_all")


def _found(one: Expected, effect: Effect, words: Words) -> str:
    """Whether a figure moved as expected."""
    if effect.sign == 0:
        return words.say("mechanism_undecided")
    right = effect.sign == one.sign
    return words.say("mechanism_as_expected") if right else words.say("mechanism_opposite")


def _pairs(known: Mechanism, moved: Effects) -> list[tuple[Expected, Effect]]:
    """Expectations with the effects, one for every market of the figure."""
    return [
        (one, effect) for one in known.expected
        for (fact, figure, _), effect in moved.items() if (fact, figure) == (one.fact, one.figure)
    ]  # fmt: skip


def _kept(known: Mechanism, moved: Effects, words: Words) -> str:
    """How many expectations came true."""
    counts = Counter(_found(one, effect, words) for one, effect in _pairs(known, moved))
    return words.say("list").join(f"{told} {count}" for told, count in counts.items())


def _table(known: Mechanism, moved: Effects, words: Words) -> list[str]:
    """The expectations of a mechanism, and what was found if it has been measured."""
    heads = [words.say("score_fact"), words.say("mechanism_expected_column"),
             words.say("mechanism_why")]  # fmt: skip
    if not moved:
        lines = [line(heads), "|---|---|---|"]
        for one in known.expected:
            fact = targets().facts[one.fact]
            figure = label(fact.figures[one.figure], words)
            lines.append(line([_figure(fact, figure, words), _sign(one), words.pick(one.why)]))
        return lines
    heads[1:1] = _ends(words)
    heads[5:5] = [words.say("score_verdict")]
    lines = [line(heads), "|---|--:|--:|--:|---|---|---|"]
    for one, effect in _pairs(known, moved):
        *values, verdicts = _cells(effect, words)
        found = words.say("mechanism_found", sign=_sign(one), found=_found(one, effect, words))
        lines.append(line([*values, found, verdicts, words.pick(one.why)]))
    return lines


def _changed(cards: Mapping[str, Scorecard], before: Scorecard, words: Words) -> list[str]:
    """For each scorecard but that without mechanisms the figures with another verdict."""
    lines = []
    for name, card in cards.items():
        if name != NONE:
            moved = _verdicts(effects(before, card), words)
            lines += ["", f"**{_name(name, words)}**", "", *moved]
    return lines


def _verdicts(moved: Effects, words: Words) -> list[str]:
    """Scored figures that have moved and whose verdict is another one."""
    heads = [words.say("score_fact"), *_ends(words), words.say("score_verdict")]
    lines = [words.say("mechanism_moved"), "", line(heads), "|---|--:|--:|--:|---|"]
    for effect in moved.values():
        same = effect.before.verdict == effect.after.verdict
        if effect.sign and effect.after.figure.scored and not same:
            lines.append(line(_cells(effect, words)))
    return lines


def _ends(words: Words) -> list[str]:
    """Heads of the columns of values."""
    return [words.say("mechanism_before"), words.say("mechanism_after"),
            words.say("mechanism_difference")]  # fmt: skip


def _cells(effect: Effect, words: Words) -> list[str]:
    """A figure in its market, its values without and with a mechanism, the difference with its
    interval, and the verdicts."""
    ends, one = (effect.before, effect.after), effect.after
    return [
        _figure(one.fact, named(one, words), words),
        *(number(mean(end.declared), words) for end in ends),
        words.say("mechanism_interval", value=number(effect.difference, words),
                  half=number(effect.half, words)),
        " \u2192 ".join(verdict(end.verdict, words) for end in ends),
    ]  # fmt: skip


def _figure(fact: Fact, figure: str, words: Words) -> str:
    return words.say("mechanism_figure", id=fact.id, title=title(fact, words), figure=figure)


def _sign(one: Expected) -> str:
    return "+" if one.sign > 0 else "\u2212"
