"""What figures of sweeps share: names of parameters, sentences about who leads, and axes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from rich.cells import cell_len

from sim.config.schema import Config
from sim.kpis import KPIS
from sim.params import Number, numbers
from sim.reporting.figures.style import (
    FIRM_COLOURS,
    GREY,
    ROUND,
    SMALL,
    Room,
    capital,
    colour,
    drawable,
    formatter,
    in_money,
    named,
    number,
    short_name,
    value_grid,
)
from sim.reporting.figures.swept import (
    Curve,
    Scale,
    Swept,
    swept,
)
from sim.reporting.words import Words, first_sentence

FEW = 2
"""Arms up to which the middle 90 % of runs is drawn around a line."""


BELOW, ABOVE = FIRM_COLOURS[0], FIRM_COLOURS[1]
"""Colours below and above a threshold."""


NOISE = "#B8860B"
"""Colour of seed noise and of the box of scenario discovery."""


PAPER: dict[str, Any] = {"facecolor": "white", "alpha": 0.75, "pad": 0.6, "linewidth": 0.0}
"""What is behind a text that lies over lines."""

LINE = {"en": 11.0, "zh": 13.0}
"""Height of a line of small type, in points."""


CLAUSE = re.compile(r"[;；]|(?<=.{12}):|(?<=.{4})：")
"""What ends the part of a meaning that names a parameter."""


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Names:
    """How the outcome and the parameters of a sweep are called and written."""

    outcome: str
    firm: str
    words: Words
    config: Config | None

    @cached_property
    def _declared(self) -> dict[str, Number]:
        return {key: known for key, known, _ in numbers(self.config)} if self.config else {}

    @property
    def label(self) -> str:
        """The outcome as part of a sentence."""
        return self.words.label(self.outcome) if self.outcome in KPIS else self.outcome

    @property
    def axis(self) -> str:
        """The outcome as the label of an axis."""
        money = self.outcome in KPIS and KPIS[self.outcome].unit == "money"
        return in_money(self.words, self.label) if money else self.label

    @property
    def gap_axis(self) -> str:
        """The paired difference as the label of an axis."""
        return self.words.say("sweep_fig_gap", self.axis)

    def of_firm(self, text: str) -> str:
        """A finding with the firm it is about, if there is one."""
        if not self.firm:  # a column of the user's keeps its letters
            return text if text.startswith(self.outcome) else capital(text)
        return self.words.say("sweep_fig_of", text, firm=named(self.words, self.firm))

    def parameter(self, key: str, columns: int = 200) -> str:
        """The meaning of a parameter in at most so many columns; its key if it is not declared."""
        if key not in self._declared or self.config is None:
            return cut(key, columns)
        meaning = first_sentence(self.words.text(self._declared[key].meaning))
        short = CLAUSE.split(meaning)[0].rstrip(".。 ")
        whole = self.words.parameter(key, short, self.config)
        return whole if cell_len(whole) <= columns else cut(whole, columns)

    def unit(self, key: str) -> str:
        """The unit of a parameter; empty if it is not declared."""
        known = self._declared.get(key)
        return self.words.unit(known.unit) if known else ""

    def outcome_text(self, value: float) -> str:
        """A value of the outcome."""
        if self.outcome in KPIS:
            return number(self.outcome, value, self.words)
        return self.plain(value)

    def formatter(self, origin: float = 0.0) -> FuncFormatter:
        """Labels of an axis of the outcome; of one that is measured from an origin, its value."""
        if self.outcome in KPIS:
            shown = formatter(self.outcome, self.words)
            return FuncFormatter(lambda value, at: shown(value + origin, at))
        return FuncFormatter(lambda value, _: self.plain(value + origin))

    def plain(self, value: float) -> str:
        """A value of a parameter, to three digits."""
        if not math.isfinite(value):
            return self.words.say("unknown")
        if value == 0.0 or abs(value) >= 0.000995:
            return self.words.short(value)
        digits, power = f"{value:.2e}".split("e")
        small = f"10{str(int(power)).translate(SUPERSCRIPTS)}"
        return small if float(digits) == 1.0 else f"{float(digits):.3g}×{small}"

    def at(self, scale: Scale, place: float) -> str:
        """The value at a place of a parameter's axis."""
        if scale.names:
            name = scale.names[round(place)]
            switches = {"True": "sweep_fig_on", "False": "sweep_fig_off"}
            if name in switches:
                return self.words.say(switches[name])
            return short_name(self.words.name(name))
        return self.plain(scale.value(place))


def cut(text: str, columns: int) -> str:
    """The beginning of a text, up to a word or character that has room."""
    if cell_len(text) <= columns:
        return text
    end = next(n for n in range(len(text), 0, -1) if cell_len(text[:n]) <= columns - 1)
    space = text.rfind(" ", 0, end + 1)
    return text[: space if space > end // 2 else end].rstrip(" ,，、：:（(") + "…"


def key_lines(key: str, columns: int) -> str:
    """A key in lines of at most so many columns, broken behind its dots."""
    lines = [""]
    for n, part in enumerate(key.split(".")):
        part = part if n == key.count(".") else f"{part}."
        if lines[-1] and cell_len(lines[-1] + part) > columns:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def subject(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], words: Words, firm: str,
    arms: Sequence[str], config: Config | None,
) -> tuple[Swept, Names]:  # fmt: skip
    """The numbers of a figure, and how they are called."""
    found = swept(table, outcome, parameters, firm, arms)
    if not firm and "firm" in table:
        firm = str(next(iter(table["firm"].dropna()), ""))
    return found, Names(outcome, firm, drawable(words), config)


def arm_names(found: Swept, words: Words) -> list[str]:
    return [named(words, arm) for arm in found.arms]


def most_influential(
    found: Swept, values: np.ndarray, order: Sequence[str], most: int
) -> list[str]:
    """The most influential parameters; those that did not vary are left out if others did."""
    varied = [key for key in order or found.by_influence(values) if key in found.settings]
    moving = [key for key in varied if len(found.scale(key).levels) > 1]
    return (moving or varied)[:most]


def about(found: Swept, words: Words) -> str:
    """What was swept, in numbers."""
    settings, parameters = found.settings.shape
    several = len(found.arms) > 1
    runs = words.say("sweep_fig_runs_arms" if several else "sweep_fig_runs", seeds=found.seeds,
                     arms=len(found.arms))  # fmt: skip
    failed = words.say("sweep_fig_failed", found.failed) if found.failed else ""
    return words.say("sweep_fig_about", settings=f"{settings:,}", parameters=parameters, runs=runs,
                     failed=failed)  # fmt: skip


def about_seeds(found: Swept, words: Words) -> list[str]:
    """A sentence where seeds say nothing about noise."""
    return [words.say("sweep_fig_one_seed")] if found.seeds == 1 else []


def standing(found: Swept, names: Names) -> str:
    """A finding: in how many settings the outcome is higher with which arm."""
    words, leaders = names.words, found.leaders()
    counts = np.bincount(leaders[leaders >= 0], minlength=len(found.arms))
    best, total = int(counts.argmax()), int((leaders >= 0).sum())
    if not total:
        return words.say("sweep_fig_no_lead", label=names.label)
    if counts[best] == total:
        key = "sweep_fig_all_higher" if len(found.arms) == 2 else "sweep_fig_all_highest"
    else:
        key = "sweep_fig_higher_in" if len(found.arms) == 2 else "sweep_fig_highest_in"
    others = [name for n, name in enumerate(arm_names(found, words)) if n != best]
    return words.say(key, label=names.label, a=arm_names(found, words)[best], b=others[0],
                     count=f"{counts[best]:,}", settings=f"{total:,}")  # fmt: skip


def decides(found: Swept, values: np.ndarray, key: str, names: Names) -> str:
    """A finding: the most influential parameter, and what it moves the outcome between."""
    scale, words = found.scale(key), names.words
    line = found.along(key, values)
    said = {"label": names.label, "name": names.parameter(key, 90)}
    if not found.tells:
        return words.say("sweep_fig_few", **said)
    if not moves(line):
        return words.say("sweep_fig_nothing", **said)
    first, last = sorted((int(np.nanargmin(line.mean)), int(np.nanargmax(line.mean))))
    return words.say(
        "sweep_fig_depends", **said, x=names.outcome_text(line.mean[first]),
        y=names.outcome_text(line.mean[last]), low=names.at(scale, line.at[first]),
        high=names.at(scale, line.at[last]),
    )  # fmt: skip


def moves(line: Curve) -> bool:
    """Whether the highest and the lowest point of a line differ by more than their intervals."""
    if np.isfinite(line.mean).sum() < 2:
        return False
    high, low = int(np.nanargmax(line.mean)), int(np.nanargmin(line.mean))
    return high != low and not line.low[high] <= line.high[low]


def leader_names(found: Swept, threshold: float | None, names: Names) -> list[str]:
    """What each leader is called: an arm that is higher, or a side of the threshold."""
    if len(found.arms) == 1:
        return sides_of(found, threshold, names)
    arms = arm_names(found, names.words)
    return [names.words.say("sweep_fig_higher", a) for a in arms] if len(arms) == 2 else arms


def sides_of(found: Swept, threshold: float | None, names: Names) -> list[str]:
    """What lies on either side of a border: below 0, and above."""
    words = names.words
    if len(found.arms) == 1:
        limit = names.outcome_text(threshold or 0.0)
        return [words.say("sweep_fig_below", limit), words.say("sweep_fig_above", limit)]
    pair = [arm_names(found, words)[n] for n in found.pair()]
    return [words.say("sweep_fig_higher", name) for name in pair]


def pair_names(found: Swept, words: Words, first: int) -> dict[str, str]:
    """The two arms asked about, the given one first."""
    pair = [arm_names(found, words)[n] for n in found.pair()]
    return {"a": pair[first], "b": pair[1 - first]}


def clauses(found: Swept, threshold: float | None, names: Names) -> list[str]:
    """What is so on either side of a threshold, or where each arm leads, as a clause."""
    words = names.words
    if len(found.arms) == 1:
        limit = names.outcome_text(threshold or 0.0)
        return [words.say(key, label=names.label, limit=limit)
                for key in ("sweep_fig_is_below", "sweep_fig_is_above")]  # fmt: skip
    key = "sweep_fig_is_higher" if len(found.arms) == 2 else "sweep_fig_is_highest"
    return [words.say(key, label=names.label, a=name) for name in arm_names(found, words)]


def flip_title(
    leaders: np.ndarray, usual: int, side: str, inside: np.ndarray | None, names: Names
) -> str:
    """A finding: in how many settings the answer flips, and how many of them a box holds."""
    words, settled = names.words, leaders >= 0
    flips = settled & (leaders != usual)
    if not settled.any():
        return words.say("sweep_fig_no_lead", label=names.label)
    said = {"side": side, "usual": f"{(leaders == usual).sum():,}",
            "count": f"{flips.sum():,}", "settings": f"{settled.sum():,}"}  # fmt: skip
    if not flips.any():
        return words.say("sweep_fig_no_flip", **said)
    if inside is None or not (inside & settled).any():
        return words.say("sweep_fig_flip", **said)
    within = flips & inside
    return words.say("sweep_fig_flip_box", **said, held=f"{within.sum():,}",
                     inside=f"{(inside & settled).sum():,}")  # fmt: skip


def side_colours(found: Swept) -> tuple[str, str]:
    if len(found.arms) == 1:
        return BELOW, ABOVE
    a, b = found.pair()
    return colour(a), colour(b)


def parameter_axis(axes: Axes, scale: Scale, key: str, room: Room, names: Names) -> None:
    """The horizontal axis of a parameter, with its key."""
    low, high = scale.ends
    edge = 0.5 if scale.names else 0.02 * (high - low) or 0.5
    axes.set_xlim(low - edge, high + edge)
    ticks(axes.xaxis, scale, names, max(2, int(room.width / 0.65)))
    if scale.names:
        wide = sum(cell_len(names.at(scale, n)) + 2 for n in range(len(scale.names)))
        axes.tick_params(axis="x", rotation=0 if wide * SMALL * 0.6 / 72 < room.width else 90)
    axes.set_xlabel(key_lines(key, int(room.width * 72 / (SMALL * 0.6))), color=GREY)


def value_axis(axes: Axes, names: Names, text: str) -> None:
    """The vertical axis of an outcome; written at the first of a row of panels."""
    value_grid(axes)
    axes.yaxis.set_major_formatter(names.formatter())
    axes.tick_params(axis="y", labelleft=bool(text))
    axes.set_ylabel(text)


def ticks(axis: Any, scale: Scale, names: Names, most: int) -> None:
    """Ticks of a parameter's axis: names, powers of ten, or round numbers."""
    low, high = scale.ends
    if scale.names:
        at = np.arange(len(scale.names), dtype=np.float64)
    elif scale.is_log:
        at = _powers(low, high, most)
    else:
        at = np.asarray(MaxNLocator(min(5, most), steps=ROUND).tick_values(low, high))
        at = at[(at >= low - 1e-12) & (at <= high + 1e-12)]
    axis.set_ticks(at, [names.at(scale, place) for place in at])


def _powers(low: float, high: float, most: int) -> np.ndarray:
    """Powers of ten between two logarithms, or both ends where there are fewer than two."""
    whole = np.arange(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1, dtype=np.float64)
    return whole[:: math.ceil(len(whole) / most)] if len(whole) > 1 else np.array([low, high])


def legend_above(axes: Axes, marks: Sequence[tuple[Any, str]]) -> None:
    """Marks and what they are, in a line above a panel."""
    shown, texts = zip(*marks, strict=True)
    axes.legend(shown, texts, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(marks),
                borderaxespad=0.2)  # fmt: skip
