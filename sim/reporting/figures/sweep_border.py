"""Figure of a sweep over two parameters, with the border between two arms or at a threshold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from sim.config.schema import Config
from sim.params import ConfigError, one_of
from sim.reporting.figures.style import (
    GREY,
    INK,
    SMALL,
    Room,
    headed,
    new_figure,
    percent,
    style_of,
    wrapped,
)
from sim.reporting.figures.sweep_parts import (
    LINE,
    Names,
    about,
    clauses,
    flip_title,
    most_influential,
    pair_names,
    side_colours,
    sides_of,
    subject,
    ticks,
)
from sim.reporting.figures.swept import (
    Chart,
    Scale,
    Swept,
    chart,
    known,
)
from sim.reporting.words import Words


def border_figure(
    table: pd.DataFrame, outcome: str, parameters: Sequence[str], words: Words, *,
    x: str = "", y: str = "", firm: str = "", arms: Sequence[str] = (),
    threshold: float | None = None, order: Sequence[str] = (), config: Config | None = None,
) -> Figure:  # fmt: skip
    """Figure of a difference over two parameters, with its border: the paired difference of two
    arms, or the outcome of a single arm less a threshold (0 by default).

    A grid is drawn as cells, other samples as a fitted surface with their settings as dots.

    Args:
        x, y: the two parameters; the most influential ones by default.
        threshold: of a single arm's outcome.
        table, outcome, parameters, words, firm, arms, order, config: as for
            :func:`response_figure`.

    Raises:
        ConfigError: there is no such column, firm or arm; fewer than two parameters vary; or
            scikit-learn is needed and not installed.
    """
    found, names = subject(table, outcome, parameters, words, firm, arms, config)
    words, values = names.words, found.asked(threshold)
    threshold = threshold if len(found.arms) == 1 else None
    x, y = _two(most_influential(found, values, order, len(parameters)), x, y)
    scales = (found.scale(x), found.scale(y))
    map_ = chart(scales[0].places, scales[1].places, values)
    with mpl.rc_context(style_of(words)):
        figure = new_figure(2)
        headed(figure, names.of_firm(_border_title(found, map_, threshold, names)),
               about(found, words), _border_note(found, map_, words), words)  # fmt: skip
        grid = figure.add_gridspec(1, 2, width_ratios=[2.9, 1.0])
        axes = figure.add_subplot(grid[0])
        _map(axes, found, map_, scales, (x, y), threshold, names)
        _legend(figure.add_subplot(grid[1]), found, map_, threshold, names)
    return figure


def _two(ranked: Sequence[str], x: str, y: str) -> tuple[str, str]:
    """The two parameters of a map: those asked for, or the first of those that vary.

    Raises:
        ConfigError: there are no two, or one asked for does not vary.
    """
    for key in (x, y):
        if key:
            one_of(key, "parameter", ranked)
    rest = [key for key in ranked if key not in (x, y)]
    keys = [key or (rest.pop(0) if rest else "") for key in (x, y)]
    if not all(keys) or keys[0] == keys[1]:
        raise ConfigError("a map needs two parameters that vary; there are {n}.", n=len(ranked))
    return keys[0], keys[1]


def _areas(map_: Chart) -> tuple[float, float, float]:
    """Shares of a map: clearly below 0, not clear, clearly above."""
    known = np.isfinite(map_.mean)
    unclear = map_.unclear & known
    count = max(1, int(known.sum()))
    return (
        float(((map_.mean < 0.0) & ~unclear).sum()) / count,
        float(unclear.sum()) / count,
        float(((map_.mean > 0.0) & ~unclear).sum()) / count,
    )


def _border_title(found: Swept, map_: Chart, threshold: float | None, names: Names) -> str:
    """A finding: on how much of a map which side is clearly ahead."""
    if map_.is_empty:
        leaders = found.leaders(threshold)
        usual = int(np.bincount(leaders[leaders >= 0], minlength=2).argmax())
        side = clauses(found, threshold, names)[usual]
        return flip_title(leaders, usual, side, None, names)
    below, unclear, above = _areas(map_)
    first, share = (1, above) if above >= below else (0, below)
    words, side = names.words, clauses(found, threshold, names)[first]
    if not share:
        return words.say("sweep_fig_border_open", label=names.label)
    if len(found.arms) > 2:
        side = words.say("sweep_fig_is_higher_than", label=names.label, **pair_names(
                         found, words, first))  # fmt: skip
    key = "sweep_fig_border" if unclear else "sweep_fig_border_clear"
    return words.say(key, side=side, x=percent(share, words), y=percent(unclear, words))


def _border_note(found: Swept, map_: Chart, words: Words) -> str:
    if map_.is_empty:
        return words.say("sweep_fig_no_surface")
    said = [words.say("sweep_fig_cells" if map_.is_grid else "sweep_fig_surface")]
    if not np.isfinite(map_.mean).all():
        said.append(words.say("sweep_fig_grey"))
    if found.settings.shape[1] > 2:
        said.append(words.say("sweep_fig_others_vary"))
    if map_.is_grid and found.pools(map_.mean.size, len(found.settings)):
        said.append(words.say("sweep_fig_pooled"))
    if map_.is_grid and not np.isfinite(map_.low).any():
        said.append(words.say("sweep_fig_no_interval"))
    return words.sentences(*said)


def _map(
    axes: Axes, found: Swept, map_: Chart, scales: tuple[Scale, Scale], keys: tuple[str, str],
    threshold: float | None, names: Names,
) -> None:  # fmt: skip
    """The coloured map with its border, uncertain area and settings."""
    means = known(np.nanmean, found.asked(threshold), axis=1)
    most = float(np.nanquantile(np.abs(means if map_.is_empty else map_.mean), 0.97)) or 1.0
    look: dict[str, Any] = {"cmap": _diverging(found), "vmin": -most, "vmax": most}
    area = axes.pcolormesh(
        map_.x, map_.y, np.ma.masked_invalid(np.clip(map_.mean, -most, most)), **look,
        shading="nearest" if map_.is_grid else "gouraud",
        rasterized=True,  # as shapes it would take megabytes in an SVG
    )  # fmt: skip
    _hatch(axes, map_)
    if _has_border(map_):
        axes.contour(*_to_edges(map_), levels=[0.0], colors=INK, linewidths=2.2)
    if not map_.is_grid:
        done = np.isfinite(means)
        x, y = (scale.places[done] for scale in scales)
        if map_.is_empty:
            axes.scatter(x, y, c=means[done], s=220.0, edgecolors=INK, **look)
            axes.margins(0.06)
        else:
            axes.plot(x, y, "o", color=INK, markersize=3.2, markeredgecolor="white",
                      markeredgewidth=0.5, gid="settings")  # fmt: skip
            axes.set(xlim=map_.x[[0, -1]], ylim=map_.y[[0, -1]])
    room = Room(7.0, 4.4)
    for axis, key, scale in ((axes.xaxis, keys[0], scales[0]), (axes.yaxis, keys[1], scales[1])):
        levels = scale.levels
        if map_.is_grid:
            every = math.ceil(len(levels) / 10)
            axis.set_ticks(np.arange(len(levels))[::every],
                           [names.at(scale, place) for place in levels[::every]])  # fmt: skip
        else:
            ticks(axis, scale, names, 6)
        tall = axis is axes.yaxis
        said = wrapped(names.parameter(key, 90), room.height if tall else room.width, SMALL,
                       names.words)  # fmt: skip
        axis.set_label_text(
            "\n".join(dict.fromkeys([*said, key])), linespacing=LINE[names.words.language] / 8.0
        )
    bar = axes.figure.colorbar(area, ax=axes, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(names.formatter(threshold or 0.0))
    bar.set_label(names.axis if len(found.arms) == 1 else names.gap_axis)


def _diverging(found: Swept) -> Colormap:
    """Colours from one side over white to the other; grey where nothing is known."""
    below, above = side_colours(found)
    colours = LinearSegmentedColormap.from_list("gap", [below, "#ffffff", above])
    return colours.with_extremes(bad="#eeeeee")


def _has_border(map_: Chart) -> bool:
    """Whether there are values on both sides of 0."""
    return bool((map_.mean < 0.0).any() and (map_.mean > 0.0).any())


def _to_edges(map_: Chart) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places and means of a map; those of cells, which are at their middles, up to its edges."""
    if not map_.is_grid:
        return map_.x, map_.y, map_.mean
    x, y = (np.r_[-0.5, at, len(at) - 0.5] for at in (map_.x, map_.y))
    return x, y, np.pad(map_.mean, 1, mode="edge")


def _hatch(axes: Axes, map_: Chart) -> None:
    """Hatch the area whose interval includes 0: whole cells of a grid, or an area of a surface."""
    shade = "#00000066"
    if map_.is_grid:
        for r, c in np.argwhere(map_.unclear):
            axes.add_patch(
                Rectangle(
                    (c - 0.5, r - 0.5),
                    1.0,
                    1.0,
                    linewidth=0.0,
                    hatch="////",
                    facecolor="none",
                    edgecolor=shade,
                    gid="unclear",
                )
            )
    elif map_.unclear.any():
        within = np.minimum(map_.high, -map_.low)  # positive where the interval includes 0
        found = axes.contourf(map_.x, map_.y, within, levels=[0.0, np.inf], colors="none",
                              hatches=["////"])  # fmt: skip
        found.set(edgecolor=shade, linewidth=0.0, gid="unclear")


def _legend(axes: Axes, found: Swept, map_: Chart, threshold: float | None, names: Names) -> None:
    """What the marks of a map are, with the shares of its areas."""
    words, (below, unclear, above) = names.words, _areas(map_)
    sides, shades = sides_of(found, threshold, names), side_colours(found)
    areas = (
        (Patch(color=shades[1]), sides[1], above),
        (Patch(color=shades[0]), sides[0], below),
        (Patch(facecolor="white", edgecolor=GREY, hatch="////"), words.say("sweep_fig_hatched"),
         unclear),
    )  # fmt: skip
    entries: list[tuple[Any, str]] = [
        (mark, words.say("sweep_fig_area", text, share=percent(share, words)))
        for mark, text, share in areas if share > 0.0
    ]  # fmt: skip
    if _has_border(map_):
        entries.append((Line2D([], [], color=INK, linewidth=2.2), words.say("sweep_fig_line")))
    if map_.is_empty:
        entries = [(Patch(color=shades[n]), sides[n]) for n in (1, 0)]
    elif not map_.is_grid:
        entries.append((Line2D([], [], marker="o", markersize=3.2, linestyle="", color=INK),
                        words.say("sweep_fig_dot")))  # fmt: skip
    texts = ["\n".join(wrapped(text, 2.5, 9.5, words)) for _, text in entries]
    axes.legend([mark for mark, _ in entries], texts, loc="upper left", fontsize=9.5,
                borderaxespad=0.0, labelspacing=1.1, handleheight=1.4)  # fmt: skip
    axes.set_axis_off()
