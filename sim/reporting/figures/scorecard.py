"""Picture of the scorecard: all facts at once, each figure beside its published interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiments.validation.facts import Figure as Published
from sim.experiments.validation.facts import targets
from sim.experiments.validation.score import NEAR, Finding
from sim.experiments.validation.scorecard import Scorecard
from sim.reporting import scorecard as report
from sim.reporting.figures.style import GREY, INK, WIDTH, drawable, headed, room, style_of, wrapped
from sim.reporting.words import Words

SHADES = {
    "inside": "#117733", "near": "#999933", "undecided": "#777777", "outside": "#CC6677",
    "wrong sign": "#882255", "not measured": "#777777",
}  # fmt: skip
"""Colours of verdicts, which colour-blind readers can distinguish."""

END = 4.0
"""Half-widths from the middle at which the axis ends; values beyond are drawn at its end."""

ROW = 0.175
"""Height of a row, inches."""

TYPE = 6.8
"""Size of the names of figures, in points."""

LABEL = 3.9
"""Room for the name of a figure, inches."""


@dataclass(frozen=True)
class _Line:
    """A row of the picture: a fact's heading, or one of its figures."""

    text: str
    finding: Finding | None = None


def position(values: np.ndarray, figure: Published, known: np.ndarray) -> np.ndarray:
    """Values in half-widths from the middle of the published interval, which reaches from -1 to 1.

    The scale is logarithmic where both bounds have one sign. Where only the direction is published,
    the border is at -1 and the unit is the median distance of the ``known`` values from it.
    """
    if figure.sign:
        unit = float(np.median(np.abs(known - figure.low))) or 1.0
        return np.asarray((values - figure.low) / unit - 1.0)
    low, high, at = figure.low, figure.high, values
    if low * high > 0.0:
        side = np.sign(low)
        with np.errstate(invalid="ignore", divide="ignore"):
            at = np.where(values * side > 0.0, side * np.log(np.abs(values)), -np.inf * side)
        low, high = side * np.log(abs(low)), side * np.log(abs(high))
    return np.asarray((at - (low + high) / 2.0) / ((high - low) / 2.0))


def scorecard_figure(found: Scorecard, words: Words) -> Figure:
    """Every figure beside its published interval: settings as points, their mean as a mark in the
    colour of the verdict."""
    words = drawable(words)
    columns = _in_columns(_lines(found, words))
    tallest = max(len(column) for column in columns)
    with mpl.rc_context(style_of(words)):
        figure = Figure(figsize=(WIDTH, 1.9 + tallest * ROW), layout="constrained")
        room(figure, w_pad=0.1, h_pad=0.05)
        sentences = report.answer(found, words)
        key = [(report.verdict(name, words), SHADES[name])
               for name in SHADES if name != "not measured"]  # fmt: skip
        headed(figure, sentences[0], words.say("score_fig_subtitle"), words.say("score_fig_note"),
               words, key)  # fmt: skip
        panels = figure.subplots(1, len(columns), squeeze=False)[0]
        for axes, lines in zip(panels, columns, strict=True):
            _draw(axes, lines, tallest, words)
    return figure


def _lines(found: Scorecard, words: Words) -> list[list[_Line]]:
    """The rows of each fact, facts by group and then by number."""
    out = []
    known = targets().facts
    for name, some in sorted(found.by_fact().items(), key=lambda i: (known[i[0]].group, i[0])):
        score, _ = found.of(name)
        head = words.say("score_fig_head", id=name, title=report.title(known[name], words),
                         group=known[name].group, score=report.points(score))  # fmt: skip
        rows = [_Line(_label(one.figure, words), one) for one in some if one.figure.scored]
        if rows:
            out.append([_Line(head), *rows])
    return out


def _label(figure: Published, words: Words) -> str:
    """The label of a figure, with a dagger if it is an econometrician's estimate."""
    text = figure.zh if words.language == "zh" else figure.en
    return f"{text} \u2020" if figure.estimator == "econometric" else text


def _in_columns(facts: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """Facts in two columns of about the same height; in one if they are few."""
    total = sum(map(len, facts))
    columns: list[list[_Line]] = [[]]
    for lines in facts:
        if total > 24 and len(columns) == 1 and len(columns[0]) + len(lines) / 2 > total / 2:
            columns.append([])
        columns[-1].extend(lines)
    return columns


def _draw(axes: Axes, lines: Sequence[_Line], tallest: int, words: Words) -> None:
    axes.axvspan(-1.0, 1.0, color="#117733", alpha=0.10, linewidth=0)
    axes.axvspan(-NEAR, -1.0, color="#999933", alpha=0.10, linewidth=0)
    axes.axvspan(1.0, NEAR, color="#999933", alpha=0.10, linewidth=0)
    labels = []
    for n, line in enumerate(lines):
        if line.finding is None:
            axes.axhline(n - 0.5, color="#dddddd", linewidth=0.6)
            labels.append("")
            axes.annotate(line.text, (0.0, n), xycoords=axes.get_yaxis_transform(), ha="right",
                          xytext=(-3, 0), textcoords="offset points", va="center",
                          fontsize=TYPE, fontweight="bold", color=INK)  # fmt: skip
            continue
        labels.append(_short(line.text, words))
        _row(axes, n, line.finding, words)
        axes.annotate(words.market_name(line.finding.market), (1.0, n),
                      xycoords=axes.get_yaxis_transform(), va="center",
                      fontsize=TYPE - 1.0, color=GREY)  # fmt: skip
    axes.set_yticks(range(len(lines)), labels, fontsize=TYPE, color=INK)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(tallest - 0.4, -0.6)
    axes.set_xlim(-END - 0.2, END + 0.2)
    axes.set_xticks([-1.0, 1.0], [words.say("score_fig_low"), words.say("score_fig_high")],
                    fontsize=TYPE, color=GREY)  # fmt: skip
    axes.spines[["left", "right", "top"]].set_visible(False)


def _row(axes: Axes, n: int, one: Finding, words: Words) -> None:
    shade = SHADES[one.verdict]
    if not np.isfinite(one.mean):
        axes.text(0.0, n, words.say("not_measured"), fontsize=TYPE - 0.5, color=GREY, ha="center",
                  va="center")  # fmt: skip
        return
    figure = one.figure
    points = np.clip(position(one.known, figure, one.known), -END, END)
    axes.plot(points, np.full(len(points), n), "|", color=shade, alpha=0.45, markersize=4.5,
              markeredgewidth=0.7)  # fmt: skip
    ends = position(np.array([*one.interval, one.mean]), figure, one.known)
    low, high, at = np.clip(ends, -END, END)
    if np.isfinite([low, high]).all():
        axes.plot([low, high], [n, n], color=shade, linewidth=1.6, solid_capstyle="butt")
    marker = "o" if abs(ends[2]) <= END else (">" if ends[2] > 0 else "<")
    axes.plot([at], [n], marker, color=shade, markersize=5.0, markeredgecolor="white",
              markeredgewidth=0.5,
              fillstyle="none" if one.is_check else "full",
              clip_on=False)  # fmt: skip


def _short(text: str, words: Words) -> str:
    """A name with room beside the panel."""
    dagger = " \u2020" if text.endswith("\u2020") else ""
    lines = wrapped(text, LABEL, TYPE, words)
    return lines[0] if len(lines) == 1 else f"{lines[0]}\u2026{dagger}"
