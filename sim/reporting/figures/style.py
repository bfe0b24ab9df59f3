"""What all figures share: style sheet, colours, headings, axes, labels and tables of bars."""

from __future__ import annotations

import io
import logging
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from rich.cells import cell_len

from sim.kpis import KPIS
from sim.reporting.figures.fonts import chinese_font
from sim.reporting.words import Words
from sim.rules.units import QUARTER, YEAR

FIRM_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#666666",
)  # fmt: skip
"""Colours of firms, in order of ids and in all figures of a run: Okabe & Ito's, which colour-blind
readers can distinguish; cycled for more firms."""

COLOURS = (
    "#332288", "#CC6677", "#117733", "#B8860B", "#44AADD", "#882255", "#999933", "#AA4499",
)  # fmt: skip
"""Colours of arms, and of the functions within a firm, none of which is a firm's: after Paul Tol's
muted scheme for colour-blind readers."""

LEFT = 0.012
"""Place of headings, as a share of the width."""

INK, GREY, PALE = "#222222", "#777777", "#dddddd"

LONGEST_NAME = 32
"""Columns of a name that have room in a figure; a Chinese character takes two."""

WIDTH, HEIGHTS = 13.0, (5.0, 7.3)
"""Size of a figure with one row of panels and with two, in inches: at most a slide."""

PANEL_HEIGHT = (2.9, 2.1)
"""Height of a panel's drawing in a figure with one row and with two, in inches."""

TITLE_SIZE, SUBTITLE_SIZE, PANEL_SIZE, SMALL = 17.0, 10.5, 11.0, 9.0
"""Sizes of type, in points."""

COLUMNS = {"en": 0.61, "zh": 0.53}
"""Mean width of a column of text, in units of the size of type; a Chinese character takes two."""

ROUND = [1, 2, 2.5, 5, 10]
"""Steps of an axis."""

FAR, LEADER = 0.6, {"arrowstyle": "-", "linewidth": 0.6, "shrinkA": 0.0, "shrinkB": 1.0}
"""Distance of a name from the end of its line, in heights of a name, from which a thin line leads
to it, and the style of that line."""

PIECES = re.compile(
    r"[-+$€£¥]?[\d.,]*\d(?: ?(?:%|[kMG]\b|[万亿][美欧日]?元?))?|[\u2e80-\u9fff\uff00-\uffef]|"
    r"\s+|[^\s\d\u2e80-\u9fff\uff00-\uffef]+"
)
"""What a line may be broken between: numbers with their units, Chinese characters, words."""

NO_BREAK = "，。；：、）%？！,.;:)?!"
"""Characters that begin no line."""


class Room(NamedTuple):
    """Inches that a panel has for its drawing, about."""

    width: float
    height: float


@dataclass(frozen=True)
class Panel:
    """A panel of a figure, drawn only if there is something to see.

    Attributes:
        draw: draws it into axes of about this size.
        shown: whether there is what it shows.
        width: share of the row's width, relative to the other panels of the row.
    """

    draw: Callable[[Axes, Room], None]
    shown: bool = True
    width: float = 1.0


def drawable(words: Words) -> Words:
    """The language of a figure: as given, or English where no installed font can draw Chinese."""
    if words.language != "zh" or _chinese():
        return words
    _tell(words.say("fig_no_font"))
    return words.in_language("en")


@cache
def _tell(sentence: str) -> None:
    """Warn, once."""
    logging.getLogger(__name__).warning(sentence)


def _chinese() -> str:
    try:
        return chinese_font()
    except LookupError:
        return ""


def style_of(words: Words) -> dict[Any, Any]:
    """The style of a figure. Names may be Chinese in any language."""
    families = ["DejaVu Sans", *([_chinese()] if _chinese() else [])]
    return _sheet() | {"font.family": families[::-1] if words.language == "zh" else families}


@cache
def _sheet() -> dict[Any, Any]:
    path = Path(__file__).with_name("board.mplstyle")
    return dict(mpl.rc_params_from_file(path, use_default_template=False))


def save(figure: Figure, path: Path, kinds: Sequence[str] = ("png", "svg")) -> None:
    """Write a figure as one file for each kind, PNG and SVG by default."""
    with mpl.rc_context(_sheet()):  # labels of ticks are made when a figure is drawn
        for kind in kinds:
            figure.savefig(path.with_suffix(f".{kind}"), dpi=150)


def png(figure: Figure, dpi: int = 110) -> bytes:
    """A figure as PNG bytes, for a notebook or a web page."""
    with io.BytesIO() as out, mpl.rc_context(_sheet()):
        figure.savefig(out, format="png", dpi=dpi)
        return out.getvalue()


# Names and numbers


def short_name(name: str) -> str:
    """A name with room in a figure: the middle of a long one is left out.

    Matplotlib leaves labels that begin with ``_`` out of a legend; a hair space prevents that.
    """
    short = name
    if cell_len(name) > LONGEST_NAME:
        short = f"{_beginning(name, 20)}\u2026{_beginning(name[::-1], 11)[::-1]}"
    return f"\u200a{short}" if short.startswith("_") else short


def _beginning(name: str, room: int) -> str:
    """As many characters of a name as have room in that many columns."""
    return next(name[:n] for n in range(room, -1, -1) if cell_len(name[:n]) <= room)


def named(words: Words, name: str) -> str:
    """The printed name of a firm, plan or arm, with room in a figure."""
    return short_name(words.name(name))


def label(kpi: str, words: Words) -> str:
    """The label of a KPI at the beginning of a title."""
    return capital(words.label(kpi))


def capital(text: str) -> str:
    """A text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def period(weeks: int, words: Words) -> str:
    """The last year of so many weeks in words, or the whole of a shorter time."""
    return words.say("fig_last_year") if weeks >= YEAR else words.say("fig_in_weeks", weeks)


def firm_colour(n: int) -> str:
    """Colour of the firm in this place of the ledger."""
    return FIRM_COLOURS[n % len(FIRM_COLOURS)]


def colour(n: int) -> str:
    """Colour of an arm, or of another part."""
    return COLOURS[n % len(COLOURS)]


def tint(shade: str, part: float) -> tuple[float, float, float]:
    """A colour mixed with white; ``part`` of it is left."""
    red, green, blue = (1.0 - part * (1.0 - value) for value in to_rgb(shade))
    return red, green, blue


def percent(value: float, words: Words) -> str:
    """A share as a percentage: whole, or with one decimal below ten."""
    if not math.isfinite(value):
        return words.say("unknown")
    shown = 100.0 * value
    whole = abs(shown) >= 9.95 or abs(shown) < 0.05
    return words.say("fig_percent", f"{shown:.0f}".replace("-0", "0") if whole else f"{shown:.1f}")


def alike(values: np.ndarray, words: Words) -> Callable[[float], str]:
    """Writes the numbers of one table in one unit and with equally many decimals; the largest has
    three digits."""
    known = np.abs(values[np.isfinite(values)])
    return partial(words.short, alike=float(known.max(initial=0.0)))


def number(kpi: str, value: float, words: Words) -> str:
    """A value of a KPI with room in a figure."""
    if not math.isfinite(value):
        return words.say("unknown")
    forms = {"share": lambda v: percent(v, words), "money": words.money}
    return forms.get(KPIS[kpi].unit, words.short)(value)


def formatter(kpi: str, words: Words) -> FuncFormatter:
    """Labels of an axis of a KPI; the currency stands in the panel's subtitle."""
    if KPIS[kpi].unit == "share":
        return percents(words)
    return FuncFormatter(lambda value, _: words.short(value))


def percents(words: Words) -> FuncFormatter:
    """Labels of an axis of shares."""
    return FuncFormatter(lambda value, _: words.say("fig_percent", f"{100 * value:.3g}"))


def in_money(words: Words, text: str) -> str:
    """What a panel shows, and the currency of its axis."""
    return words.say("fig_in_money", text, words.currency_name) if words.currency else text


def rolling(values: np.ndarray, width: int = 4) -> np.ndarray:
    """Moving average over ``width`` weeks along the first axis, over fewer at the start."""
    total = np.cumsum(np.insert(values, 0, 0.0, axis=0), axis=0)
    last = np.arange(1, len(values) + 1)
    first = np.maximum(0, last - width)
    width_column = (last - first).reshape(-1, *[1] * (values.ndim - 1))
    result: np.ndarray = (total[last] - total[first]) / width_column
    return result


# Figures, their panels and headings


def new_figure(rows: int = 2) -> Figure:
    """An empty figure for one or two rows of panels."""
    figure = Figure(figsize=(WIDTH, HEIGHTS[rows - 1]), layout="constrained")
    room(figure, w_pad=0.16, h_pad=0.12)
    return figure


def room(figure: Figure, **values: Any) -> None:
    """Set the room around panels: see ``set`` of Matplotlib's constrained layout."""
    layout = figure.get_layout_engine()
    assert layout is not None
    layout.set(**values)


def headed(
    figure: Figure, title: str, subtitle: str, note: str, words: Words,
    key: Sequence[tuple[str, Any]] = (),
) -> None:  # fmt: skip
    """Write the finding above a figure, what it shows below that, and a note at the foot.

    Args:
        key: names and colours of arms, in a line of their own.
    """
    height, at = figure.get_figheight(), 0.14
    for text, size, weight, shade in (
        (title, TITLE_SIZE, "bold", INK), (subtitle, SUBTITLE_SIZE, "normal", GREY),
    ):  # fmt: skip
        lines = wrapped(text, WIDTH - 0.3, size, words)
        figure.text(LEFT, 1.0 - at / height, "\n".join(lines), va="top", fontsize=size,
                    linespacing=1.15, fontweight=weight, color=shade)  # fmt: skip
        at += len(lines) * size * 1.32 / 72
    for row in _key_rows(key):
        _write_key(figure, row, 1.0 - at / height)
        at += 0.23
    foot = wrapped(note, WIDTH - 0.3, 8.5, words) if note else []
    figure.text(LEFT, 0.07 / height, "\n".join(foot), va="bottom", fontsize=8.5, color=GREY,
                linespacing=1.2)  # fmt: skip
    bottom = (0.1 + len(foot) * 8.5 * 1.3 / 72) / height
    room(figure, rect=(0.0, bottom, 1.0, 1.0 - (at + 0.1) / height - bottom))


def _key_rows(key: Sequence[tuple[str, Any]]) -> list[list[tuple[float, str, Any]]]:
    """Entries of a key in rows, each with its place in inches from the left."""
    rows: list[list[tuple[float, str, Any]]] = []
    place = WIDTH
    for name, shade in key:
        wide = 0.55 + cell_len(name) * SUBTITLE_SIZE * 0.6 / 72
        if place + wide > WIDTH - 0.3:
            rows.append([])
            place = LEFT * WIDTH
        rows[-1].append((place, name, shade))
        place += wide
    return rows


def _write_key(figure: Figure, row: Sequence[tuple[float, str, Any]], top: float) -> None:
    middle = top - 0.1 / figure.get_figheight()
    for place, name, shade in row:
        x = place / WIDTH
        figure.add_artist(Line2D([x, x + 0.018], [middle, middle], color=shade, linewidth=4.0))
        figure.text(x + 0.023, middle, name, color=INK, fontsize=SUBTITLE_SIZE,
                    va="center_baseline")  # fmt: skip


def draw_panels(panels: Iterable[Panel], across: int = 3) -> Figure:
    """A figure of the panels that have something to show; they share the room of the others.

    Args:
        across: panels that have room beside each other.
    """
    shown = [panel for panel in panels if panel.shown]
    rows = 1 if len(shown) <= across else 2
    upper = math.ceil(len(shown) / rows)
    counts = [count for count in (upper, len(shown) - upper) if count]
    figure = new_figure(rows)
    outer = figure.add_gridspec(rows, 1)
    for row, count in enumerate(counts):
        mine, shown = shown[:count], shown[count:]
        widths = [panel.width / sum(p.width for p in mine) for panel in mine]
        places = outer[row].subgridspec(1, count, width_ratios=widths)
        for n, panel in enumerate(mine):
            room = Room(WIDTH * widths[n] - 1.0, PANEL_HEIGHT[rows - 1])
            panel.draw(figure.add_subplot(places[n]), room)
    return figure


def heading(axes: Axes, title: str, subtitle: str, room: Room, words: Words) -> None:
    """Write a panel's finding, and below it what is measured."""
    lines = wrapped(subtitle, room.width, SMALL, words)
    said = wrapped(title, room.width, PANEL_SIZE, words)
    axes.set_title("\n".join(said), fontsize=PANEL_SIZE,
                   pad=7.0 + 12.0 * len(lines), linespacing=1.15)  # fmt: skip
    axes.annotate(
        "\n".join(lines), (0.0, 1.0), xytext=(0, 5), xycoords="axes fraction", ha="left",
        va="bottom", textcoords="offset points", fontsize=SMALL, color=GREY, linespacing=1.15,
        annotation_clip=False,
    ).set_in_layout(False)  # fmt: skip


def wrapped(text: str, room: float, size: float, words: Words) -> list[str]:
    """Lines of a text, broken between words or Chinese characters.

    Args:
        room: inches that a line may take.
        size: of the type, in points.
    """
    most = room * 72 / (size * COLUMNS["zh" if words.language == "zh" else "en"])
    lines = [""]
    for piece in PIECES.findall(text):
        fits = cell_len((lines[-1] + piece).rstrip()) <= most
        if fits or piece[0] in NO_BREAK or not lines[-1].strip():
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines]


# Axes


def week_axis(axes: Axes, weeks: int, words: Words) -> None:
    """The horizontal axis of weeks, and a grid for the values."""
    axes.set_xlim(0, weeks)
    steps = ((2 * YEAR, YEAR), (YEAR, 2 * QUARTER), (2 * QUARTER, QUARTER))
    step = next((step for least, step in steps if weeks > least), max(1, weeks // 6))
    axes.set_xticks(range(0, weeks + 1, step))
    axes.set_xlabel(words.say("week"))
    value_grid(axes)


def value_grid(axes: Axes) -> None:
    """A grid for values on the vertical axis."""
    axes.grid(axis="y")
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=ROUND))


def label_ends(axes: Axes, ends: Sequence[tuple[str, float, Any]], room: Room) -> None:
    """Write names at the right ends of lines, moved apart where they would overlap; a thin line
    leads from a name that was moved far to its end.

    Args:
        ends: name, height and colour of each line.
    """
    low, high = axes.get_ylim()
    gap = (high - low) * 0.17 / room.height
    ordered = sorted(ends, key=lambda end: end[1])
    heights = [value for _, value, _ in ordered]
    for n in range(1, len(heights)):
        heights[n] = max(heights[n], heights[n - 1] + gap)
    ceiling = high
    for n in reversed(range(len(heights))):  # and back down from the top
        heights[n] = min(heights[n], ceiling)
        ceiling = heights[n] - gap
    moved = [abs(height - end[1]) > FAR * gap for height, end in zip(heights, ordered, strict=True)]
    right = (14 if any(moved) else 5) / 72 / room.width
    for (name, value, shade), height, far in zip(ordered, heights, moved, strict=True):
        place: dict[str, Any] = {
            "xytext": (1.0 + right, height), "annotation_clip": False,
            "xycoords": axes.get_yaxis_transform(), "textcoords": axes.get_yaxis_transform(),
        }  # fmt: skip
        end = (1.0, min(max(value, low), high))
        axes.annotate(name, end, color=shade, va="center", fontsize=SMALL, **place)
        if far:
            axes.annotate("", end, arrowprops=LEADER | {"color": shade}, **place)


def is_sparse(values: np.ndarray) -> bool:
    """Whether a KPI has a value in a few weeks only, such as one at the end of each quarter."""
    known = np.isfinite(values).any(axis=1)
    return bool(known.any()) and 2 * int(known.sum()) < len(values)


def lines(
    axes: Axes, values: np.ndarray, names: Sequence[str], shades: Sequence[Any], room: Room,
    words: Words, from_zero: bool = False,
) -> None:  # fmt: skip
    """A line over the weeks for each column of ``values`` [week, line], named at its end; points
    where there are values in a few weeks only."""
    weeks, ends, points = len(values), [], is_sparse(values)
    for path, name, shade in zip(values.T, names, shades, strict=True):
        known = np.flatnonzero(np.isfinite(path))
        if points:
            axes.plot(known + 1, path[known], color=tint(shade, 0.4), linewidth=0.9, zorder=1)
            axes.plot(known + 1, path[known], "o", color=shade, markersize=5)
        else:
            axes.plot(known + 1, path[known], color=shade, marker="o" if weeks == 1 else "")
        if len(known):
            ends.append((name, float(path[known[-1]]), shade))
    week_axis(axes, weeks, words)
    if from_zero:
        axes.set_ylim(bottom=0)
    label_ends(axes, ends, room)


# Tables of bars


def _row_labels(rows: Sequence[str], words: Words) -> tuple[list[str], float]:
    """Names of rows, in lines, and the size of their type."""
    size = SMALL if len(rows) <= 5 else 7.5
    return ["\n".join(wrapped(row, 1.3, size, words)) for row in rows], size


def inner(rows: Sequence[str], room: Room, words: Words) -> Room:
    """The room that the names of the rows leave to a table of bars, and to its heading."""
    labels, size = _row_labels(rows, words)
    longest = max(cell_len(line) for label in labels for line in label.split("\n"))
    return Room(room.width + 0.35 - longest * size * 0.58 / 72, room.height)


def bar_table(
    axes: Axes,
    rows: Sequence[str],
    heads: Sequence[str],
    values: np.ndarray,
    texts: Callable[[float], str],
    shades: Sequence[Any],
    room: Room,
    words: Words,
) -> None:
    """A table whose cells are bars with their numbers, all to one scale.

    Args:
        rows, heads: names of rows and columns.
        values: float64 [row, column]; NaN where there is none.
        texts: writes a value.
        shades: colours of the rows.
    """
    labels, size = _row_labels(rows, words)
    known = values[np.isfinite(values)]
    low, high = min(0.0, known.min(initial=0.0)), max(0.0, known.max(initial=0.0))
    width = inner(rows, room, words).width / len(heads)
    scale = max(0.3, 1.0 - 0.6 / width) / (high - low or 1.0)
    at, zero = np.arange(len(rows)), -low * scale
    longest = max(cell_len(word) for head in heads for word in head.split()) * 0.6 / 72
    small = SMALL if words.language == "zh" else max(6.5, min(SMALL, (width - 0.06) / longest))
    above = [wrapped(head, width - 0.06, small, words) for head in heads]
    tall = 0.16 * max(len(lines) for lines in above)  # inches
    top = -0.6 - len(rows) * tall / (room.height - tall)
    for c in range(len(heads)):
        sizes = np.nan_to_num(values[:, c]) * scale
        axes.barh(at, sizes, min(0.72, 0.2 + 0.09 * len(rows)), left=c + zero, color=list(shades))
        axes.plot([c + zero, c + zero], [-0.5, len(rows) - 0.5], color="#aaaaaa", linewidth=0.8)
        for r, long in enumerate(sizes):
            axes.annotate(
                texts(values[r, c]), (c + zero + max(0.0, long), r), xytext=(3, 0), va="center",
                textcoords="offset points", fontsize=SMALL if len(rows) < 7 else 8.5,
            )  # fmt: skip
        axes.text(c + 0.01, -0.55, "\n".join(above[c]), va="bottom", fontsize=small,
                  color="#444444", linespacing=1.05)  # fmt: skip
    axes.set_xlim(0, len(heads))
    axes.set_ylim(len(rows) - 0.4, top)
    axes.set_yticks(at, labels, linespacing=0.9, fontsize=size)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
