"""Figure of a sweep on parallel axes: which settings flip the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.config.schema import Config
from sim.reporting.figures.style import (
    GREY,
    INK,
    SMALL,
    WIDTH,
    colour,
    headed,
    new_figure,
    style_of,
    wrapped,
)
from sim.reporting.figures.sweep_parts import (
    ABOVE,
    BELOW,
    LINE,
    NOISE,
    PAPER,
    Names,
    about,
    clauses,
    flip_title,
    key_lines,
    leader_names,
    most_influential,
    subject,
)
from sim.reporting.figures.swept import (
    Scale,
    Swept,
    groups,
)
from sim.reporting.words import Words

AXES = 8
"""Axes of parallel coordinates."""


EDGE = 0.015
"""Half the height over which settings with one value are spread, as a share of an axis."""

MOST_LINES = 300
"""Settings that lead to the usual answer and are drawn, at most; of more, an even choice."""


def flips_figure(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], words: Words, *,
    boxes: pd.DataFrame | None = None, firm: str = "", arms: Sequence[str] = (),
    threshold: float | None = None, order: Sequence[str] = (), config: Config | None = None,
) -> Figure:  # fmt: skip
    """Figure of all settings as lines over parallel axes, one for each parameter, coloured by who
    leads; settings that flip the usual answer lie on top, a box of scenario discovery is a band.

    Args:
        boxes: the box: ``parameter``, ``low``, ``high`` (and ``p``); its parameters come first.
        threshold: of a single arm's outcome; 0 by default.
        table, outcome, parameters, words, firm, arms, order, config: as for
            :func:`response_figure`.

    Raises:
        ConfigError: there is no such column, firm or arm.
    """
    found, names = subject(table, outcome, parameters, words, firm, arms, config)
    words = names.words
    box = {} if boxes is None else {
        str(key): (float(low), float(high))
        for key, low, high in zip(boxes["parameter"], boxes["low"], boxes["high"], strict=True)
    }  # fmt: skip
    ranked = most_influential(found, found.asked(threshold), order, AXES)
    top = list(dict.fromkeys([*box, *ranked]))[:AXES]
    leaders, sides = found.leaders(threshold), leader_names(found, threshold, names)
    shades = [colour(n) for n in range(len(sides))] if len(found.arms) > 1 else [BELOW, ABOVE]
    counts = np.bincount(leaders[leaders >= 0], minlength=len(sides))
    key = [(words.say("sweep_fig_count", name, count=f"{count:,}"), shade)
           for name, shade, count in zip(sides, shades, counts, strict=True)]  # fmt: skip
    if box:
        key.append((words.say("sweep_fig_box"), NOISE))
    usual = int(counts.argmax())
    title = flip_title(leaders, usual, clauses(found, threshold, names)[usual],
                        _inside(found, box), names)  # fmt: skip
    with mpl.rc_context(style_of(words)):
        figure = new_figure(2)
        headed(figure, names.of_firm(title), about(found, words),
               _flip_note(found, top, leaders, words), words, key)  # fmt: skip
        axes = figure.add_subplot()
        _parallel(axes, found, top, leaders, usual, shades)
        for at, parameter in enumerate(top):
            _parallel_axis(axes, at, found.scale(parameter), box.get(parameter), names)
            _parallel_name(axes, at, parameter, len(top), names)
    return figure


def _inside(found: Swept, box: Mapping[str, tuple[float, float]]) -> np.ndarray | None:
    """Settings within a box, bool [setting]; None without one. Names are within every box."""
    if not box:
        return None
    rows = np.ones(len(found.settings), dtype=bool)
    for key, (low, high) in box.items():
        if key in found.settings and not found.scale(key).names:
            rows &= found.settings[key].between(low, high).to_numpy()
    return rows


def _flip_note(found: Swept, top: Sequence[str], leaders: np.ndarray, words: Words) -> str:
    said = [words.say("sweep_fig_on_top" if len(top) > 1 else "sweep_fig_beside")]
    if np.bincount(leaders[leaders >= 0], minlength=1).max() > MOST_LINES:
        said.append(words.say("sweep_fig_thinned", MOST_LINES))
    if int((leaders < 0).sum()):
        said.append(words.say("sweep_fig_left_out", int((leaders < 0).sum())))
    if found.settings.shape[1] > len(top):
        said.append(words.say("sweep_fig_top", count=len(top), all=found.settings.shape[1]))
    return words.sentences(*said)


def _heights(scale: Scale) -> np.ndarray:
    """Places of settings on an upright axis from 0 to 1; the middle where they do not vary."""
    low, high = scale.ends
    if high == low:
        return np.full(len(scale.places), 0.5)
    heights = np.asarray((scale.places - low) / (high - low))
    mine, is_grouped = groups(scale.places)
    for rows in [] if is_grouped else mine:  # settings with one value, side by side
        heights[rows] += np.linspace(-EDGE, EDGE, len(rows)) if len(rows) > 1 else 0.0
    return heights


def _parallel(
    axes: Axes, found: Swept, top: Sequence[str], leaders: np.ndarray, usual: int,
    shades: Sequence[Any],
) -> None:  # fmt: skip
    """Settings as lines over the axes, or as points beside a single one; flips on top."""
    heights = np.column_stack([_heights(found.scale(key)) for key in top])
    for leader in (usual, *(n for n in range(len(shades)) if n != usual)):
        rows = np.flatnonzero(leaders == leader)
        rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_LINES)).astype(int)]
        strength = 0.22 if leader == usual else min(0.75, max(0.3, 30.0 / max(1, len(rows))))
        if len(top) == 1:
            side = 0.1 if leader == usual else -0.1
            axes.plot(np.full(len(rows), side), heights[rows, 0], "o", color=shades[leader],
                      alpha=strength, markersize=7.0)  # fmt: skip
            continue
        lines = [np.column_stack([np.arange(len(top)), heights[row]]) for row in rows]
        axes.add_collection(LineCollection(
            lines, colors=[(*to_rgb(shades[leader]), strength)], linewidths=1.1,
            zorder=2.0 if leader == usual else 2.5,
        ))  # fmt: skip
    axes.set_xlim(-0.5, len(top) - 0.5)
    axes.set_ylim(-EDGE, 1.0 + EDGE)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines[["left", "bottom"]].set_visible(False)


def _parallel_axis(
    axes: Axes, at: int, scale: Scale, band: tuple[float, float] | None, names: Names
) -> None:
    """One of parallel axes, with the values of its ends or its names, and the band of a box."""
    low, high = scale.ends
    axes.vlines(at, 0.0, 1.0, color=INK, linewidth=1.2, zorder=3)
    texts = [(-EDGE, names.at(scale, low), "top"), (1.0 + EDGE, names.at(scale, high), "bottom")]
    for height, text, side in texts if high > low else texts[:1]:
        axes.annotate(text, (at, height), xytext=(0, -4 if side == "top" else 4), va=side,
                      textcoords="offset points", ha="center", fontsize=SMALL,
                      annotation_clip=False)  # fmt: skip
    for place in range(1, len(scale.names) - 1):
        axes.annotate(names.at(scale, place), (at, (place - low) / (high - low)), xytext=(6, 0),
                      va="center", textcoords="offset points", fontsize=SMALL, bbox=PAPER,
                      zorder=4)  # fmt: skip
    if band is None or scale.names or high == low:
        return
    bottom, top = (min(1.0, max(0.0, (scale.place(v) - low) / (high - low))) for v in band)
    axes.add_patch(Rectangle((at - 0.06, bottom), 0.12, top - bottom, facecolor=NOISE, alpha=0.45,
                             edgecolor=NOISE, linewidth=1.2, zorder=3.5, gid="box"))  # fmt: skip
    for value, height, side in ((band[0], bottom, "top"), (band[1], top, "bottom")):
        if 0.0 < height < 1.0:
            axes.annotate(names.plain(value), (at + 0.07, height), xytext=(2, 0), va=side,
                          textcoords="offset points", fontsize=SMALL, color="#6b4e00",
                          fontweight="bold", zorder=4,
                          bbox=PAPER)  # fmt: skip


def _parallel_name(axes: Axes, at: int, key: str, count: int, names: Names) -> None:
    """The parameter's name and key below its axis."""
    wide = min(3.0, (WIDTH - 0.4) / count - 0.12)
    columns = int(wide * 72 / (SMALL * 0.61))
    name = names.parameter(key, 5 * columns - 10)
    lines = wrapped(name, wide, SMALL, names.words) if name != key else []
    place: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "top",
                             "annotation_clip": False, "linespacing": 1.15}  # fmt: skip
    if lines:
        axes.annotate("\n".join(lines), (at, 0.0), xytext=(0, -21), fontsize=SMALL, **place)
    below = -23 - 1.07 * LINE[names.words.language] * len(lines)
    axes.annotate(key_lines(key, columns), (at, 0.0), xytext=(0, below), **place,
                  fontsize=8.0 if lines else SMALL, color=GREY if lines else INK)  # fmt: skip
