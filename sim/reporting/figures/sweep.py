"""Figures of a sweep: the outcome along its parameters, and the one picture of the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.config.schema import Config
from sim.reporting.figures.style import (
    INK,
    PANEL_SIZE,
    SMALL,
    WIDTH,
    Room,
    bar_table,
    colour,
    headed,
    heading,
    inner,
    new_figure,
    percent,
    style_of,
    tint,
    wrapped,
)
from sim.reporting.figures.sweep_parts import (
    FEW,
    PAPER,
    Names,
    about,
    about_seeds,
    arm_names,
    cut,
    decides,
    most_influential,
    moves,
    parameter_axis,
    standing,
    subject,
    value_axis,
)
from sim.reporting.figures.swept import (
    Curve,
    Scale,
    Swept,
    changes,
)
from sim.reporting.words import Words

CURVES, BOARD_CURVES = 6, 3
"""Parameters with a response curve, and in the picture of the answer."""


GAP = "#444444"
"""Colour of a difference."""


def response_figure(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], words: Words, *,
    firm: str = "", arms: Sequence[str] = (), order: Sequence[str] = (),
    config: Config | None = None,
) -> Figure:  # fmt: skip
    """Figure of the outcome along each of the most influential parameters, by arm; with two arms
    also their paired difference.

    Args:
        table: a tidy table of a sweep: one row a setting, arm, seed and firm.
        outcome: its column of the outcome: a KPI, or a figure of a function.
        parameters: its columns of the varied parameters.
        words: the language, with the currency.
        firm: whose outcome; the first if not given.
        arms: those to show, in this order; all by default.
        order: parameters, the most influential first; estimated from the table by default.
        config: the configuration, for the meanings of parameters.

    Raises:
        ConfigError: there is no such column, firm or arm.
    """
    found, names = subject(table, outcome, parameters, words, firm, arms, config)
    words = names.words
    values = found.values[0] if len(found.arms) == 1 else found.asked()
    top = most_influential(found, values, order, CURVES)
    if len(found.arms) == 1:
        title = decides(found, values, top[0], names)
    elif len(found.arms) == 2:
        title = _decides_gap(found, top[0], names)
    else:
        title = standing(found, names)
    with mpl.rc_context(style_of(words)):
        figure = new_figure(1 if len(top) == 1 or (len(found.arms) != 2 and len(top) <= 3) else 2)
        headed(figure, names.of_firm(title), about(found, words), _band_note(found, top, words),
               words, _key(found, words))  # fmt: skip
        if len(found.arms) == 2:
            _curves_and_gaps(figure, found, top, names)
        else:
            _curves(figure, found, top, names)
    return figure


def sweep_figure(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], words: Words, *,
    firm: str = "", arms: Sequence[str] = (), order: Sequence[str] = (),
    config: Config | None = None,
) -> Figure:  # fmt: skip
    """Figure of the answer of a sweep. Of one arm: the outcome along the most influential
    parameters. Of several: along the three most influential ones (of two arms their paired
    difference), and the share of settings in which each arm is highest, unless one always is.

    Args:
        table, outcome, parameters, words, firm, arms, order, config: as for
            :func:`response_figure`.

    Raises:
        ConfigError: there is no such column, firm or arm.
    """
    found, names = subject(table, outcome, parameters, words, firm, arms, config)
    if len(found.arms) == 1:
        return response_figure(table, outcome, parameters, words, firm=firm, arms=arms,
                               order=order, config=config)  # fmt: skip
    words = names.words
    top = most_influential(found, found.asked(), order, BOARD_CURVES)
    with mpl.rc_context(style_of(words)):
        figure = new_figure(2)
        two = len(found.arms) == 2
        headed(
            figure,
            names.of_firm(standing(found, names)),
            about(found, words),
            _band_note(found, top, words),
            words,
            _key(found, words),
        )
        widths = [1.0] * len(top) + [0.8] * (len(set(found.leaders()) - {-1}) > 1)
        grid = figure.add_gridspec(1, len(widths), width_ratios=widths)
        first = None
        room = Room(WIDTH / sum(widths) - 0.7, 3.4)
        for n, key in enumerate(top):
            axes = figure.add_subplot(grid[n], sharey=first)
            first = first or axes
            if two:
                _gap_panel(axes, found, key, room, names, first=n == 0, named_below=True)
            else:
                _lines(axes, found, key, names)
                _head(axes, key, room, names)
                value_axis(axes, names, names.axis if n == 0 else "")
                parameter_axis(axes, found.scale(key), key, room, names)
        if len(widths) > len(top):
            _shares(figure.add_subplot(grid[-1]), found, Room(0.8 * room.width, 3.4), names)
    return figure


def _decides_gap(found: Swept, key: str, names: Names) -> str:
    """A finding: the parameter that most decides between two arms."""
    words, (a, b) = names.words, arm_names(found, names.words)
    if not found.tells:
        return standing(found, names)
    if not moves(found.along(key, found.asked())):
        return words.say("sweep_fig_nothing_gap", label=names.label, a=a, b=b)
    return words.say("sweep_fig_decides", label=names.label, a=a, b=b,
                     name=names.parameter(key, 90))  # fmt: skip


def _turn(found: Swept, key: str, names: Names) -> str:
    """A title: where along a parameter which of two arms is higher."""
    scale, words = found.scale(key), names.words
    line = found.along(key, found.asked())
    places, signs = changes(line)
    pair = [arm_names(found, words)[n] for n in found.pair()]
    if not signs:
        return words.say("sweep_fig_unclear")
    ahead = [pair[sign > 0] for sign in signs]
    if scale.names and len(signs) > 1:
        return _at_names(line, pair, scale, names)
    if len(signs) > 2:
        return words.say("sweep_fig_turns")
    if len(signs) == 2:
        return words.say("sweep_fig_turn", a=ahead[0], b=ahead[1],
                         at=names.at(scale, places[0]))  # fmt: skip
    clear = ~((line.low <= 0.0) & (line.high >= 0.0))
    return _where(line.at, clear, ahead[0], scale, names)


def _at_names(line: Curve, pair: Sequence[str], scale: Scale, names: Names) -> str:
    """A title: at which names the arm that is higher at fewer of them is so."""
    signs = np.sign(line.mean)
    fewer = 1.0 if (signs > 0.0).sum() <= (signs < 0.0).sum() else -1.0
    at = [names.at(scale, place) for place in line.at[signs == fewer]]
    return names.words.say("sweep_fig_at", a=pair[fewer > 0.0], at=names.words.listed(at))


def _where(at: np.ndarray, clear: np.ndarray, arm: str, scale: Scale, names: Names) -> str:
    """A title: along which part of a parameter the only arm that is clearly higher is so."""
    words, edges = names.words, np.flatnonzero(np.diff(clear.astype(int)))
    if clear.all():
        return words.say("sweep_fig_throughout", a=arm)
    if len(edges) != 1 or scale.names:
        return words.say("sweep_fig_mostly", a=arm)
    n = int(edges[0])
    if clear[0]:
        return words.say("sweep_fig_up_to", a=arm, at=names.at(scale, at[n]))
    return words.say("sweep_fig_from", a=arm, at=names.at(scale, at[n + 1]))


def _band_note(found: Swept, top: Sequence[str], words: Words) -> str:
    """What lines and bands are."""
    asked = found.asked() if len(found.arms) > 1 else found.values[0]
    lines = [found.along(key, asked) for key in top]
    grouped = [line.is_grouped for line in lines]
    points = "sweep_fig_groups" if all(grouped) else "sweep_fig_levels"
    if any(grouped) and not all(grouped):
        points = "sweep_fig_mixed"
    said = [words.say(points)]
    if any(np.isfinite(line.low).any() for line in lines):
        said.append(words.say("sweep_fig_interval"))
        if len(found.arms) <= FEW:
            said.append(words.say("sweep_fig_middle"))
    if not any(grouped) and found.pools(len(lines[0].at), len(found.rows(top[0]))):
        said.append(words.say("sweep_fig_pooled"))
    if len(found.arms) == 2:
        a, b = arm_names(found, words)
        said.append(words.say("sweep_fig_difference", a=a, b=b))
    if found.settings.shape[1] > len(top):
        said.append(words.say("sweep_fig_top", count=len(top), all=found.settings.shape[1]))
    return words.sentences(*said, *about_seeds(found, words))


def _curves(figure: Figure, found: Swept, top: Sequence[str], names: Names) -> None:
    """A panel for each parameter, with a line for each arm."""
    rows = 1 if len(top) <= 3 else 2
    across = math.ceil(len(top) / rows)
    grid = figure.add_gridspec(rows, across)
    first = None
    for n, key in enumerate(top):
        axes = figure.add_subplot(grid[n // across, n % across], sharey=first)
        first = first or axes
        room = Room(WIDTH / across - 0.8, 2.4)
        _lines(axes, found, key, names)
        _head(axes, key, room, names)
        value_axis(axes, names, names.axis if n % across == 0 else "")
        parameter_axis(axes, found.scale(key), key, room, names)


def _curves_and_gaps(figure: Figure, found: Swept, top: Sequence[str], names: Names) -> None:
    """For each parameter both arms, and below them the difference; a single one beside it."""
    one = len(top) == 1
    grid = figure.add_gridspec(1, 2) if one else figure.add_gridspec(2, len(top))
    upper = lower = None
    room = Room(WIDTH / (2 if one else len(top)) - (0.8 if len(top) < 5 else 0.35), 2.0)
    for n, key in enumerate(top):
        axes = figure.add_subplot(grid[0, n], sharey=upper)
        upper = upper or axes
        _lines(axes, found, key, names)
        _head(axes, key, room, names)
        value_axis(axes, names, names.axis if n == 0 else "")
        parameter_axis(axes, found.scale(key), key if one else "", room, names)
        below = figure.add_subplot(grid[0, 1] if one else grid[1, n], sharey=lower)
        lower = lower or below
        _gap_panel(below, found, key, room, names, first=n == 0)


def _lines(axes: Axes, found: Swept, key: str, names: Names) -> None:
    """The outcome of every arm along a parameter."""
    scale = found.scale(key)
    for n, values in enumerate(found.values):
        line = found.along(key, values)
        if scale.names:  # beside each other
            line = replace(line, at=line.at + 0.16 * (n - 0.5 * (len(found.arms) - 1)))
        _line(axes, line, colour(n), scale, spread=len(found.arms) <= FEW)
        if len(found.arms) == 1:
            _end_values(axes, line, names)


def _line(axes: Axes, line: Curve, shade: Any, scale: Scale, spread: bool = True) -> None:
    """A mean with its interval, and the middle 90 % of single runs; points for names."""
    if scale.names or len(line.at) == 1:
        if spread:
            axes.vlines(line.at, line.least, line.most, color=tint(shade, 0.3), linewidth=6.0)
        axes.vlines(line.at, line.low, line.high, color=shade, linewidth=1.4)
        axes.plot(line.at, line.mean, "o", color=shade, markersize=5.0)
        return
    if spread:
        axes.fill_between(line.at, line.least, line.most, color=shade, alpha=0.13, linewidth=0)
    axes.fill_between(line.at, line.low, line.high, color=shade, alpha=0.32, linewidth=0)
    axes.plot(line.at, line.mean, color=shade, marker="o", markersize=3.2, linewidth=1.6)


def _end_values(axes: Axes, line: Curve, names: Names) -> None:
    """The values at both ends of a line."""
    shown = np.flatnonzero(np.isfinite(line.mean))
    for n, side in ((shown[:1], "left"), (shown[-1:], "right")):
        for at, value in zip(line.at[n], line.mean[n], strict=True):
            axes.annotate(names.outcome_text(value), (at, value), xytext=(0, 6), ha=side,
                          textcoords="offset points", fontsize=SMALL, color=INK,
                          bbox=PAPER, zorder=4)  # fmt: skip


def _gap_panel(
    axes: Axes, found: Swept, key: str, room: Room, names: Names, first: bool,
    named_below: bool = False,
) -> None:  # fmt: skip
    """The paired difference of two arms along a parameter, and the line of zero; the parameter is
    named below the title unless another panel above does so."""
    scale, words = found.scale(key), names.words
    _line(axes, found.along(key, found.asked()), GAP, scale)
    axes.axhline(0.0, color=INK, linewidth=1.0, gid="zero")
    title = _turn(found, key, names)
    if named_below:
        heading(axes, title, names.parameter(key, int(room.width * 22)), room, words)
    else:
        _plain_title(axes, title, room, words)
    value_axis(axes, names, names.gap_axis if first else "")
    parameter_axis(axes, scale, key, room, names)
    if first:
        _sides(axes, found, room, words)


def _sides(axes: Axes, found: Swept, room: Room, words: Words) -> None:
    """Say which of two arms is higher above the line of zero, and which below."""
    low, high = axes.get_ylim()
    reach = 0.2 * (high - low)
    axes.set_ylim(min(low, -reach) - reach, max(high, reach) + reach)
    a, b = found.pair()
    names = arm_names(found, words)
    for place, n in ((0.99, b), (0.01, a)):
        lines = wrapped(words.say("sweep_fig_higher", names[n]), room.width, SMALL, words)
        axes.text(0.02, place, "\n".join(lines), color=colour(n), transform=axes.transAxes,
                  fontsize=SMALL, va="top" if place > 0.5 else "bottom")  # fmt: skip


def _head(axes: Axes, key: str, room: Room, names: Names) -> None:
    """A parameter above its panel, with its unit."""
    most = 3 if room.width > 2.5 else 4
    columns = int(most * room.width * 72 / (PANEL_SIZE * 0.61)) - 14
    unit = cut(names.unit(key), int(room.width * 72 / (SMALL * 0.61)))
    heading(axes, names.parameter(key, columns), unit, room, names.words)


def _plain_title(axes: Axes, title: str, room: Room, words: Words) -> None:
    """A title without a line below it."""
    axes.set_title("\n".join(wrapped(title, room.width, PANEL_SIZE, words)), fontsize=PANEL_SIZE,
                   linespacing=1.15)  # fmt: skip


def _key(found: Swept, words: Words) -> list[tuple[str, Any]]:
    """Names and colours of arms, where there are several."""
    names = arm_names(found, words)
    return [(name, colour(n)) for n, name in enumerate(names)] if len(names) > 1 else []


def _shares(axes: Axes, found: Swept, room: Room, names: Names) -> None:
    """Share of settings in which each arm is highest."""
    words, leaders = names.words, found.leaders()
    counts = np.bincount(leaders[leaders >= 0], minlength=len(found.arms))
    shares = counts / max(1, int(counts.sum()))
    rows = arm_names(found, words)
    bar_table(axes, rows, [words.say("sweep_fig_share")], shares[:, None],
              lambda value: percent(value, words), [colour(n) for n in range(len(rows))], room,
              words)  # fmt: skip
    best = int(counts.argmax())
    title = words.say("sweep_fig_leads", a=rows[best], x=percent(shares[best], words))
    _plain_title(axes, title, inner(rows, room, words), words)
