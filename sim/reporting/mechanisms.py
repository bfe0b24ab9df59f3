"""The page on mechanisms: what each was expected to do to the published facts, and what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sim.experiments.validation.facts import targets
from sim.experiments.validation.mechanisms import (
    NONE,
    Effect,
    Expected,
    Mechanism,
    effects,
    mechanisms,
)
from sim.experiments.validation.scorecard import Scorecard
from sim.experiments.validation.trial import mean
from sim.reporting.scorecard import label, number, points, title, verdict
from sim.reporting.words import Words

SHOWN = ("score", "group_a", "group_b", "group_c", "never_used")
"""Scores in the table."""


def page(found: Mapping[str, Scorecard], words: Words) -> str:
    """Scores with each mechanism, and the figures that it was expected to move.

    Args:
        found: scorecards by file of the group, that without mechanisms among them.
        words: of the language.
    """
    before, lines = found[NONE], []
    heads = [words.say("mechanism_column"), words.say("mechanism_score"),
             *(words.say("mechanism_group", g) for g in "ABC"),
             words.say("mechanism_never"), words.say("mechanism_expected_column")]  # fmt: skip
    lines += [_line(heads), "|---|" + "--:|" * (len(heads) - 2) + "---|"]
    for name, card in found.items():
        known = mechanisms().get(name)
        scores = card.scores()
        told = _kept(known, effects(before, card), words) if known else ""
        lines.append(_line([_name(name, words), *(points(scores[s]) for s in SHOWN), told]))
    for name, known in mechanisms().items():
        if name in found:
            lines += [
                "",
                f"**{_name(name, words)}**",
                "",
                *_table(known, before, found[name], words),
            ]
    return "\n".join(lines)


def _name(name: str, words: Words) -> str:
    known = mechanisms().get(name)
    if known:
        return words.pick(known.title)
    return words.say("mechanism_none") if name == NONE else words.say("mechanism_all")


def _found(one: Expected, effect: Effect, words: Words) -> str:
    """Whether a figure moved as expected."""
    if effect.sign == 0:
        return words.say("mechanism_undecided")
    right = effect.sign == one.sign
    return words.say("mechanism_as_expected") if right else words.say("mechanism_opposite")


def _pairs(
    known: Mechanism, moved: Mapping[tuple[str, str, str], Effect]
) -> list[tuple[Expected, Effect]]:
    """Expectations with the effects, one for every market of the figure."""
    return [
        (one, effect) for one in known.expected
        for (fact, figure, _), effect in moved.items() if (fact, figure) == (one.fact, one.figure)
    ]  # fmt: skip


def _kept(known: Mechanism, moved: Mapping[tuple[str, str, str], Effect], words: Words) -> str:
    """How many expectations came true."""
    counts = Counter(_found(one, effect, words) for one, effect in _pairs(known, moved))
    return words.listed([f"{told} {count}" for told, count in counts.items()])


def _table(known: Mechanism, before: Scorecard, after: Scorecard, words: Words) -> Sequence[str]:
    heads = [words.say("score_fact"), words.say("mechanism_before"), words.say("mechanism_after"),
             words.say("mechanism_expected_column"), words.say("score_verdict"),
             words.say("mechanism_why")]  # fmt: skip
    lines = [_line(heads), "|---|" + "--:|" * 2 + "---|" * 3]
    moved = effects(before, after)
    for one, effect in _pairs(known, moved):
        fact = targets().facts[one.fact]
        figure = words.say("score_in_market", label=label(effect.after.figure, words),
                           market=effect.after.market)  # fmt: skip
        sign = "+" if one.sign > 0 else "\u2212"
        lines.append(_line([
            f"{one.fact} {title(fact, words)}: {figure}", *_values(effect, words),
            f"{sign} ({_found(one, effect, words)})",
            " \u2192 ".join(verdict(f.verdict, words) for f in (effect.before, effect.after)),
            words.pick(one.why),
        ]))  # fmt: skip
    return lines


def _values(effect: Effect, words: Words) -> list[str]:
    ends = (effect.before, effect.after)
    return [number(mean(one.declared), words) for one in ends]


def _line(parts: Sequence[str]) -> str:
    return f"| {' | '.join(part.replace('|', '/') for part in parts)} |"
