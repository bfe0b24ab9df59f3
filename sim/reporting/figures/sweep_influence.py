"""Figures of what matters in a sweep: a tornado, and indices of sensitivity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.config.schema import Config
from sim.reporting.figures.style import (
    COLUMNS,
    FIRM_COLOURS,
    GREY,
    INK,
    ROUND,
    SMALL,
    colour,
    drawable,
    headed,
    named,
    new_figure,
    percent,
    percents,
    style_of,
    tint,
    value_grid,
    wrapped,
)
from sim.reporting.figures.sweep_parts import (
    LINE,
    NOISE,
    PAPER,
    Names,
    about,
    about_seeds,
    arm_names,
    legend_above,
    subject,
)
from sim.reporting.figures.swept import (
    Bar,
    Swept,
    estimate,
    tornado,
)
from sim.reporting.words import Words

BY = ("sobol", "morris", "pawn", "delta")
"""Methods that have a name in words."""

BARS = 15
"""Parameters with a bar."""


NUMBERED = 6
"""Parameters with a number in the picture of effects against their spread."""


END_COLOURS = (FIRM_COLOURS[5], FIRM_COLOURS[0])
"""Colours of the low and the high end of a parameter."""


ZERO = "#D55E00"
"""Colour of the line of no difference where another line is the middle."""


def influence_order(indices: pd.DataFrame) -> list[str]:
    """Parameters of a sensitivity table, the most influential first.

    Args:
        indices: as for :func:`sensitivity_figure`.
    """
    by = next(name for name in ("total", "mu_star", "index", "first") if name in indices)
    return [str(key) for key in indices.sort_values(by, ascending=False)["parameter"]]


def tornado_figure(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], words: Words, *,
    firm: str = "", arms: Sequence[str] = (), config: Config | None = None,
) -> Figure:  # fmt: skip
    """Figure of the outcome, or the paired difference of two arms, at the low and the high end of
    every parameter, the widest bar on top; at most fifteen.

    Args:
        table, outcome, parameters, words, firm, arms, config: as for :func:`response_figure`.

    Raises:
        ConfigError: there is no such column, firm or arm.
    """
    found, names = subject(table, outcome, parameters, words, firm, arms, config)
    words, values = names.words, found.asked()
    bars = tornado(found, values)[:BARS]
    base = found.base
    middle = estimate(values if base is None else values[[base]]).mean
    with mpl.rc_context(style_of(words)):
        figure = new_figure(2 if len(bars) > 5 else 1)
        headed(figure, names.of_firm(_tornado_title(found, bars[0], names)), about(found, words),
               _tornado_note(found, bars, base, words), words)  # fmt: skip
        axes = figure.add_subplot()
        _tornado(axes, found, bars, middle, names)
    return figure


def _tornado_title(found: Swept, bar: Bar, names: Names) -> str:
    """A finding: the parameter with the widest bar, and whether it changes which arm is higher."""
    x, y = (end.mean for end in bar.outcomes)
    scale, words = found.scale(bar.key), names.words
    if not found.tells:
        return words.say("sweep_fig_few", label=names.label)
    if bar.width <= 0.0:
        return words.say("sweep_fig_nothing", label=names.label)
    said = {"label": names.label, "name": names.parameter(bar.key, 90)}
    low, high = (names.at(scale, end) for end in bar.ends)
    if len(found.arms) == 1:
        return words.say("sweep_fig_depends", **said, low=low, high=high,
                         x=names.outcome_text(x), y=names.outcome_text(y))  # fmt: skip
    pair = [arm_names(found, words)[n] for n in found.pair()]
    if x * y < 0.0:
        return words.say("sweep_fig_tornado_flips", **said, low=low, high=high,
                         a=pair[x > 0.0], b=pair[y > 0.0])  # fmt: skip
    return words.say("sweep_fig_tornado_keeps", **said, a=pair[x + y > 0.0])


def _tornado_note(found: Swept, bars: Sequence[Bar], base: int | None, words: Words) -> str:
    said = [words.say("sweep_fig_ends_fifth" if base is None else "sweep_fig_ends_one")]
    if any(np.isfinite(end.low) for bar in bars for end in bar.outcomes):
        said.append(words.say("sweep_fig_whisker"))
    if found.settings.shape[1] > len(bars):
        said.append(words.say("sweep_fig_widest", count=len(bars), all=found.settings.shape[1]))
    return words.sentences(*said, *about_seeds(found, words))


def _tornado(axes: Axes, found: Swept, bars: Sequence[Bar], middle: float, names: Names) -> None:
    """Bars from the middle to both ends, with the parameter's values at them."""
    words = names.words
    for row, bar in enumerate(bars):
        scale, rising = found.scale(bar.key), bar.outcomes[1].mean >= bar.outcomes[0].mean
        for n, (outcome, end) in enumerate(zip(bar.outcomes, bar.ends, strict=True)):
            if math.isfinite(outcome.mean):
                axes.barh(row, outcome.mean - middle, 0.62, left=middle, color=END_COLOURS[n])
                axes.hlines(row - 0.12 + 0.24 * n, outcome.low, outcome.high, color=INK,
                            linewidth=1.0, zorder=3)  # fmt: skip
                _at_end(axes, bar, middle, row, names.at(scale, end), (n == 1) == rising)
    axes.axvline(middle, color=INK, linewidth=1.0)
    marks: list[tuple[Any, str]] = [
        (Patch(color=END_COLOURS[0]), words.say("sweep_fig_low_end")),
        (Patch(color=END_COLOURS[1]), words.say("sweep_fig_high_end")),
    ]
    axes.margins(x=0.12)
    low, high = axes.get_xlim()
    if len(found.arms) > 1 and 1.6 * low - 0.6 * high < 0.0 < 1.6 * high - 0.6 * low:
        zero = axes.axvline(0.0, color=ZERO, linewidth=1.4, linestyle="--", gid="zero")
        marks.append((zero, words.say("sweep_fig_equal")))
    _rows(axes, [bar.key for bar in bars], names)
    axes.xaxis.set_major_formatter(names.formatter())
    axes.grid(axis="x")
    axes.set_xlabel(names.axis if len(found.arms) == 1 else _gap_text(found, names))
    legend_above(axes, marks)


def _gap_text(found: Swept, names: Names) -> str:
    """What a difference is: the outcome of the second arm less that of the first."""
    a, b = (arm_names(found, names.words)[n] for n in found.pair())
    return names.words.say("sweep_fig_b_less_a", names.axis, a=a, b=b)


def _at_end(axes: Axes, bar: Bar, middle: float, row: int, text: str, right: bool) -> None:
    """The value of a parameter beyond the end of its bar and of both intervals."""
    ends = [v for outcome in bar.outcomes for v in (*outcome, middle) if math.isfinite(v)]
    axes.annotate(text, (max(ends) if right else min(ends), row), xytext=(4 if right else -4, 0),
                  ha="left" if right else "right", va="center", textcoords="offset points",
                  fontsize=SMALL, bbox=PAPER, zorder=4)  # fmt: skip


def _rows(axes: Axes, keys: Sequence[str], names: Names) -> None:
    """Parameters at the left of their rows, the first on top, with their keys below."""
    wide, rows = (3.4, 2) if len(keys) <= 8 else (4.4, 1)
    columns = rows * int((wide - 0.1) * 72 / (SMALL * COLUMNS[names.words.language]))
    axes.set_ylim(max(len(keys), 3) - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for row, key in enumerate(keys):
        name = names.parameter(key, columns)
        lines = wrapped(name, wide, SMALL, names.words) if name != key else []
        _row_label(axes, row, lines, key, names.words)


def _row_label(axes: Axes, row: float, lines: Sequence[str], key: str, words: Words) -> None:
    """A parameter's name with its key below it, or one of the two alone."""
    place: dict[str, Any] = {
        "xy": (0.0, row), "xycoords": axes.get_yaxis_transform(), "textcoords": "offset points",
        "ha": "right", "annotation_clip": False, "linespacing": 1.1,
    }  # fmt: skip
    if not (lines and key):
        axes.annotate("\n".join(lines) or key, xytext=(-8, 0), va="center", fontsize=SMALL, **place)
        return
    middle = 0.5 * LINE[words.language] * len(lines)
    axes.annotate("\n".join(lines), xytext=(-8, 4.5 - middle), va="bottom", fontsize=SMALL, **place)
    axes.annotate(key, xytext=(-8, 3.5 - middle), va="top", fontsize=7.5, color=GREY, **place)


def sensitivity_figure(
    indices: pd.DataFrame, outcome: str, words: Words, *, firm: str = "",
    config: Config | None = None,
) -> Figure:  # fmt: skip
    """Figure of sensitivity indices, the most influential parameter on top, and of seed noise.

    Args:
        indices: one row a parameter: ``parameter``, and of Sobol ``first``, ``total``, of Morris
            ``mu_star``, ``sigma``, of other methods ``index``, each but sigma with its half
            interval in a column that ends in ``_error``, and ``by_chance``, the index that luck
            alone exceeds in 5 % of cases, where it is known; ``attrs`` hold the ``method``, the
            ``noise``, the share of the variance that is due to seeds, and ``arms``, two whose
            difference it is.
        outcome: what the indices are about.
        words: the language, with the currency.
        firm: whose outcome.
        config: the configuration, for the meanings of parameters.
    """
    names = Names(outcome, firm, drawable(words), config)
    words = names.words
    order = influence_order(indices)
    top = indices.set_index("parameter").loc[order[:BARS]]
    noise = float(indices.attrs.get("noise", math.nan))
    with mpl.rc_context(style_of(words)):
        figure = new_figure(2 if len(top) > 4 else 1)
        by = indices.attrs.get("method", "-")
        method = words.say("sweep_fig_method", parameters=len(order),
                           method=words.say(f"sweep_by_{by}") if by in BY else by)  # fmt: skip
        pair = [named(words, arm) for arm in indices.attrs.get("arms", ()) if arm][-2:]
        said = _sensitivity_note(top, len(order), noise, pair, words)
        title = _sensitivity_title(top, noise, names, len(pair) == 2)
        headed(figure, names.of_firm(title), method, said, words)
        if "mu_star" in top:
            _morris(figure, top, noise, names)
        else:
            _index_bars(figure.add_subplot(), top, noise, names)
    return figure


def _sensitivity_title(top: pd.DataFrame, noise: float, names: Names, is_gap: bool) -> str:
    """A finding: the most influential parameter, and how much seeds weigh."""
    words, first = names.words, top.iloc[0]
    label = words.say("sweep_fig_gap_in", names.label) if is_gap else names.label
    said = {"label": label, "name": names.parameter(str(top.index[0]), 90)}
    if "by_chance" in top and (top["index"] <= top["by_chance"]).all():
        found = words.say("sweep_fig_nothing", label=label)
    elif "total" in top:
        found = words.say("sweep_fig_sobol", **said, x=percent(max(0.0, first["total"]), words))
    elif "mu_star" in top:
        found = words.say("sweep_fig_morris", **said, x=names.outcome_text(first["mu_star"]))
    else:
        found = words.say("sweep_fig_index", **said)
    if not math.isfinite(noise):
        return found
    return words.say("fig_both", found, words.say("sweep_fig_noise", percent(noise, words)))


def _sensitivity_note(
    top: pd.DataFrame, count: int, noise: float, pair: Sequence[str], words: Words
) -> str:
    said = []
    if len(pair) == 2:
        said.append(words.say("sweep_fig_difference", a=pair[0], b=pair[1]))
    if "total" in top:
        said.append(words.say("sweep_fig_sobol_note"))
    if "mu_star" in top:
        said.append(words.say("sweep_fig_morris_note"))
    if any(str(column).endswith("_error") for column in top):
        said.append(words.say("sweep_fig_error_note"))
    if count > len(top):
        said.append(words.say("sweep_fig_widest", count=len(top), all=count))
    if not math.isfinite(noise):
        said.append(words.say("sweep_fig_no_noise"))
    return words.sentences(*said)


def _index_bars(axes: Axes, top: pd.DataFrame, noise: float, names: Names) -> None:
    """Bars of indices with their intervals, and below them the share of seed noise."""
    words = names.words
    kinds = [kind for kind in ("total", "first", "index") if kind in top]
    shades: list[Any] = [colour(0), tint(colour(0), 0.45)]
    height = 0.72 / len(kinds)
    _rows(axes, [str(key) for key in top.index], names)
    for n, kind in enumerate(kinds):
        at = np.arange(len(top)) + (n - 0.5 * (len(kinds) - 1)) * height
        error = top[f"{kind}_error"].to_numpy() if f"{kind}_error" in top else None
        axes.barh(at, top[kind], 0.92 * height, color=shades[n], xerr=error,
                  error_kw={"linewidth": 1.0, "ecolor": INK})  # fmt: skip
    said = {"total": "sweep_fig_total", "first": "sweep_fig_first", "index": "sweep_fig_value"}
    marks: list[tuple[Any, str]] = [
        (Patch(color=shades[n]), words.say(said[kind])) for n, kind in enumerate(kinds)
    ]
    if "by_chance" in top:
        rows = np.arange(len(top))
        luck = axes.vlines(top["by_chance"], rows - 0.45, rows + 0.45, color=ZERO, linewidth=1.6,
                           gid="luck")  # fmt: skip
        marks.append((luck, words.say("sweep_fig_luck")))
    if math.isfinite(noise):
        row = max(len(top), 3) + 0.2
        axes.axhline(row - 0.65, color="#bbbbbb", linewidth=0.8)
        axes.barh(row, noise, 0.5, color=NOISE, gid="noise")
        axes.annotate(percent(noise, words), (noise, row), xytext=(4, 0), va="center",
                      textcoords="offset points", fontsize=SMALL)  # fmt: skip
        _row_label(axes, row, [words.say("sweep_fig_seeds")], "", words)
        axes.set_ylim(row + 0.6, -0.6)
        marks.append((Patch(color=NOISE), words.say("sweep_fig_noise_share")))
    axes.axvline(0.0, color=INK, linewidth=1.0)
    axes.grid(axis="x")
    if "index" in top:
        axes.set_xlabel(words.say("sweep_fig_value"))
    else:
        axes.set_xlabel(words.say("sweep_fig_variance"))
        axes.xaxis.set_major_formatter(percents(words))
    legend_above(axes, marks)


def _morris(figure: Figure, top: pd.DataFrame, noise: float, names: Names) -> None:
    """Mean absolute effects with their intervals, and against the spread of effects."""
    words = names.words
    grid = figure.add_gridspec(2, 2, width_ratios=[1.5, 1.0], height_ratios=[1.0, 0.12])
    bars = figure.add_subplot(grid[:, 0])
    points = figure.add_subplot(grid[0, 1] if math.isfinite(noise) else grid[:, 1])
    if math.isfinite(noise):
        _noise_bar(figure.add_subplot(grid[1, 1]), noise, words)
    keys = [str(key) for key in top.index]
    error = top["mu_star_error"].to_numpy() if "mu_star_error" in top else None
    bars.barh(np.arange(len(top)), top["mu_star"], 0.6, color=colour(0), xerr=error,
              error_kw={"linewidth": 1.0, "ecolor": INK})  # fmt: skip
    _rows(bars, keys, names)
    bars.grid(axis="x")
    bars.xaxis.set_major_locator(MaxNLocator(4, steps=ROUND))
    bars.set_xlabel(words.say("sweep_fig_mu_star"))
    most = 1.15 * float(max(top["mu_star"].max(), top["sigma"].max())) or 1.0
    points.plot([0.0, most], [0.0, most], color="#bbbbbb", linewidth=0.9)
    points.plot(top["mu_star"], top["sigma"], "o", color=colour(0), markersize=6.0)
    numbered = top.head(NUMBERED)
    for n, (x, y) in enumerate(zip(numbered["mu_star"], numbered["sigma"], strict=True)):
        points.annotate(str(n + 1), (x, y), xytext=(5, 3), textcoords="offset points",
                        fontsize=SMALL)  # fmt: skip
        bars.annotate(str(n + 1), (0.0, n), xytext=(3, 0), textcoords="offset points",
                      va="center", fontsize=7.5, color="white", fontweight="bold")  # fmt: skip
    points.set_xlim(0.0, most)
    points.set_ylim(0.0, most)
    points.xaxis.set_major_locator(MaxNLocator(4, steps=ROUND))
    value_grid(points)
    points.set_xlabel(words.say("sweep_fig_mu_star"))
    points.set_ylabel(words.say("sweep_fig_sigma"))
    for axis in (bars.xaxis, points.xaxis, points.yaxis):
        axis.set_major_formatter(names.formatter())


def _noise_bar(axes: Axes, noise: float, words: Words) -> None:
    """The share of the variance that is due to seeds, of all of it."""
    axes.barh(0.0, 1.0, 0.6, color="#eeeeee")
    axes.barh(0.0, noise, 0.6, color=NOISE, gid="noise")
    axes.annotate(percent(noise, words), (noise, 0.0), xytext=(4, 0), va="center",
                  textcoords="offset points", fontsize=SMALL)  # fmt: skip
    axes.set_xlim(0.0, 1.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(percents(words))
    axes.set_xlabel(words.say("sweep_fig_noise_share"))
