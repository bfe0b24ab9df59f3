"""Figures of a run and of the published cohort, and the style that all figures share."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from rich.cells import cell_len

from sim.experiments import cdnow
from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.outcomes.run import Run
from sim.reporting.words import Words
from sim.rules.units import YEAR

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#666666")
"""Okabe & Ito's colours, which colour-blind readers can distinguish; cycled for more firms."""

MORE_COLOURS = (
    *COLOURS,
    "#99C7E0",
    "#EEBF99",
    "#99D8C7",
    "#EBC9DC",
    "#F5D999",
    "#BBBBBB",
    "#000000",
)
"""Colours for parts of a whole, no two of which may share one."""

LONGEST_NAME = 32
"""Columns of a name that have room in a figure; a Chinese character takes two."""

INK, PALE = "#222222", "#dddddd"
PLAIN: dict[Any, Any] = {"text.parse_math": False}
"""A name such as $x$ is drawn as it is."""

STYLE = {
    "axes.edgecolor": "#888888",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelcolor": INK,
    "font.size": 9.5,
    "text.color": INK,
    "svg.fonttype": "none",
    **PLAIN,
    "xtick.color": INK,
    "ytick.color": INK,
}
CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei")


def drawable(words: Words) -> Words:
    """The language of a figure: as given, or English where no installed font can draw Chinese."""
    if words.language != "zh" or _chinese_font():
        return words
    logging.getLogger(__name__).warning(
        "no Chinese font is installed (for example Noto Sans CJK SC): figures are in English"
    )
    return Words("en").in_currency(words.currency)


def _chinese_font() -> str | None:
    installed = set(font_manager.get_font_names())
    return next((name for name in CHINESE if name in installed), None)


def style_of() -> dict[Any, Any]:
    """The style of a figure in any language: names may be Chinese in each of them."""
    chinese = _chinese_font()
    return STYLE | {"font.family": ["DejaVu Sans", *([chinese] if chinese else [])]}


def save(figure: Figure, path: Path, kinds: Sequence[str] = ("png", "svg")) -> None:
    """Write a figure as one file for each kind, PNG and SVG by default."""
    with mpl.rc_context(PLAIN):  # labels of ticks are made when a figure is drawn
        for kind in kinds:
            figure.savefig(path.with_suffix(f".{kind}"), dpi=150)


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


def png(figure: Figure) -> bytes:
    """A figure as PNG bytes, for a notebook or a web page."""
    with io.BytesIO() as out, mpl.rc_context(PLAIN):
        figure.savefig(out, format="png", dpi=110)
        return out.getvalue()


def formatter(kpi: str, words: Words) -> FuncFormatter:
    if KPIS[kpi].unit == "share":
        return FuncFormatter(lambda value, _: f"{100 * value:.3g} %")
    return FuncFormatter(lambda value, _: words.short(value))


def week_axis(axes: Axes, weeks: int, words: Words) -> None:
    axes.set_xlim(0, weeks)
    step = YEAR if weeks > 2 * YEAR else 13 if weeks > 26 else max(1, weeks // 6)
    axes.set_xticks(range(0, weeks + 1, step))
    axes.set_xlabel(words.say("week"))
    axes.grid(axis="y", color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_locator(MaxNLocator(5))


def label_ends(axes: Axes, weeks: int, ends: Sequence[tuple[str, float, str]]) -> None:
    """Write names at the right ends of lines, moved apart where they would overlap.

    Args:
        ends: name, height and colour of each line.
    """
    low, high = axes.get_ylim()
    gap = (high - low) * 0.075
    ordered = sorted(ends, key=lambda end: end[1])
    at = [value for _, value, _ in ordered]
    for n in range(1, len(at)):
        at[n] = max(at[n], at[n - 1] + gap)
    ceiling = high
    for n in reversed(range(len(at))):  # and back down from the top
        at[n] = min(at[n], ceiling)
        ceiling = at[n] - gap
    for (name, _, colour), height in zip(ordered, at, strict=True):
        axes.annotate(
            short_name(name), (weeks, height), xytext=(4, 0), textcoords="offset points",
            color=colour, va="center", fontsize=9, annotation_clip=False,
        )  # fmt: skip


def new_figure() -> Figure:
    figure = Figure(figsize=(13, 7.3), layout="constrained")
    layout = figure.get_layout_engine()
    assert layout is not None
    layout.set(w_pad=0.12, h_pad=0.1)  # type: ignore[call-arg]
    return figure


def rolling(values: np.ndarray, width: int = 4) -> np.ndarray:
    """Moving average over ``width`` weeks along the first axis, over fewer at the start."""
    total = np.cumsum(np.insert(values, 0, 0.0, axis=0), axis=0)
    last = np.arange(1, len(values) + 1)
    first = np.maximum(0, last - width)
    width_column = (last - first).reshape(-1, *[1] * (values.ndim - 1))
    result: np.ndarray = (total[last] - total[first]) / width_column
    return result


def run_figure(run: Run, words: Words) -> Figure:
    """Figure of a run: six KPIs over time, one line for each firm."""
    words = drawable(words)
    weeks = run.ledger.weeks
    x = np.arange(1, weeks + 1)

    def path(kpi: str) -> np.ndarray:
        return run.weekly[kpi].to_numpy().reshape(weeks, len(run.firms))

    panels = [
        ("awareness", path("awareness"), words.label("awareness")),
        ("active_customers", path("active_customers"), words.label("active_customers")),
        ("trust", path("trust"), words.label("trust")),
        ("revenue", rolling(path("revenue")), words.say("fig_per_week", words.label("revenue"))),
        ("market_share", rolling(path("market_share")),
         words.say("fig_per_week", words.label("market_share"))),
        ("profit", path("profit").cumsum(axis=0), words.say("fig_profit_to_date")),
    ]  # fmt: skip
    with mpl.rc_context(style_of()):
        figure = new_figure()
        plan = short_name(run.plan) or words.say("no_plan")
        figure.suptitle(
            words.say("fig_run", firms=len(run.firms), plan=plan), x=0.012, ha="left", fontsize=15,
            fontweight="bold",
        )  # fmt: skip
        for axes, (kpi, values, title) in zip(figure.subplots(2, 3).flat, panels, strict=True):
            axes.set_title(title)
            for f in range(len(run.firms)):
                axes.plot(x, values[:, f], color=COLOURS[f % len(COLOURS)], linewidth=1.8)
            if kpi != "profit":
                axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(formatter(kpi, words))
            week_axis(axes, weeks, words)
            last = [v[np.isfinite(v)][-1] if np.isfinite(v).any() else np.nan for v in values.T]
            label_ends(
                axes, weeks,
                [(name, float(v), COLOURS[f % len(COLOURS)])
                 for f, (name, v) in enumerate(zip(run.firms, last, strict=True))
                 if np.isfinite(v)],
            )  # fmt: skip
        figure.supxlabel(
            words.say("fig_firm_seed", seed=run.seed, weight=run.config.population.weight),
            x=0.988, ha="right", fontsize=8.5, color="#666666",
        )  # fmt: skip
    return figure


def customers_figure(run: Run, words: Words) -> Figure:
    """Figure of customers: funnel, last touch, double jeopardy, and retention by quarter of
    acquisition of the firm in focus."""
    words = drawable(words)
    weeks, span = run.ledger.weeks, run.config.measurement.window
    firms = range(len(run.firms))
    colours = [COLOURS[f % len(COLOURS)] for f in firms]
    with mpl.rc_context(style_of()):
        figure = new_figure()
        figure.suptitle(words.say("fig_customers"), x=0.012, ha="left", fontsize=15,
                        fontweight="bold")  # fmt: skip
        (funnel, sources), (jeopardy, cohorts) = figure.subplots(2, 2)

        last = run.window(max(0, weeks - YEAR), weeks)
        stages = {
            "stage_aware": "awareness", "stage_considered": "consideration",
            "stage_bought": "penetration", "stage_repeat": "repeat_rate",
        }  # fmt: skip
        values = np.array([KPIS[k].function(last) for k in stages.values()])
        values[3] = values[3] * values[2]  # share of all people, not of buyers
        height = 0.8 / len(run.firms)
        for f in firms:
            at = np.arange(4) + height * f
            funnel.barh(
                at,
                np.nan_to_num(values[:, f]),
                height * 0.9,
                color=colours[f],
                label=short_name(run.firms[f]),
            )
        funnel.legend(frameon=False, fontsize=9, loc="lower right")
        funnel.set_yticks(np.arange(4) + 0.4 - height / 2, [words.say(s) for s in stages])
        funnel.invert_yaxis()
        funnel.xaxis.set_major_formatter(formatter("awareness", words))
        funnel.set_title(words.say("fig_funnel"))

        totals = run.ledger.sources().sum(axis=0).astype(float)
        shares = totals / np.maximum(1.0, totals.sum(axis=1, keepdims=True))
        names = [words.say(k) for k in ("touch_nothing", "touch_talk", "touch_search")]
        names += [words.activity(name, run.config) for name in run.ledger.activities]
        shown = [t for t in np.argsort(-totals.sum(axis=0)) if totals[:, t].sum() > 0]
        left = np.zeros(len(run.firms))
        for n, t in enumerate(shown):
            shade = MORE_COLOURS[n % len(MORE_COLOURS)]
            sources.barh(list(firms), shares[:, t], left=left, color=shade, label=names[t])
            left += shares[:, t]
        sources.set_yticks(list(firms), [short_name(name) for name in run.firms])
        sources.invert_yaxis()
        sources.xaxis.set_major_formatter(formatter("awareness", words))
        sources.set_title(words.say("fig_sources"))
        if shown:
            sources.legend(frameon=False, fontsize=8.5, loc="center left",
                           bbox_to_anchor=(1.0, 0.5))  # fmt: skip

        for first in range(0, weeks - span + 1, span):
            window = run.window(first, first + span)
            bought = window.sum(acc.WINDOW_CUSTOMERS)
            share = KPIS["penetration"].function(window)
            each = np.divide(window.sum(acc.ORDERS), bought, where=bought > 0,
                             out=np.full(len(run.firms), np.nan))  # fmt: skip
            newest = first + 2 * span > weeks
            for f in firms:
                size, alpha = (9, 1.0) if newest else (4, 0.45)
                jeopardy.plot(
                    share[f], each[f], "o", color=colours[f], markersize=size, alpha=alpha
                )
                if newest:
                    jeopardy.annotate(short_name(run.firms[f]), (share[f], each[f]), xytext=(7, 5),
                                      textcoords="offset points", color=colours[f])  # fmt: skip
        jeopardy.set_xlim(left=0)
        jeopardy.set_ylim(1, max(jeopardy.get_ylim()[1], 1.01))
        jeopardy.xaxis.set_major_formatter(formatter("awareness", words))
        jeopardy.set_xlabel(words.say("fig_buyers"))
        jeopardy.set_ylabel(words.say("fig_frequency"))
        jeopardy.set_title(words.say("fig_jeopardy"))
        jeopardy.grid(color=PALE, linewidth=0.7)
        jeopardy.set_axisbelow(True)
        _retention_panel(cohorts, run, run.focus, words)
    return figure


def _retention_panel(axes: Axes, run: Run, firm: str, words: Words) -> None:
    kept = run.retention(firm)
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.9, max(1, len(kept))))
    labelled = {0, len(kept) - 2}
    for q, path in enumerate(kept):
        known = np.flatnonzero(np.isfinite(path))
        if len(known) < 2:
            continue
        axes.plot(known, path[known], color=shades[q], linewidth=1.6)
        if q in labelled:
            axes.annotate(
                words.say("fig_cohort", q + 1), (known[-1], path[known[-1]]), xytext=(4, 0),
                textcoords="offset points", color=shades[q], va="center", fontsize=9,
                annotation_clip=False,
            )  # fmt: skip
    axes.set_ylim(0, 1.05)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(formatter("awareness", words))
    axes.set_xlabel(words.say("fig_quarters"))
    axes.set_title(words.say("fig_retention", firm=short_name(firm)))
    axes.grid(axis="y", color=PALE, linewidth=0.7)
    axes.set_axisbelow(True)


def cdnow_figure(found: cdnow.Study, words: Words) -> Figure:
    """Figure of the published cohort, the simulated cohorts and their forecast."""
    words = drawable(words)
    real, bench = cdnow.reference(), cdnow.bg_nbd(cdnow.FORECAST)
    x, known = np.arange(1, cdnow.FORECAST + 1), np.arange(1, cdnow.KNOWN + 1)
    size = f"{real.size:,.0f}"
    with mpl.rc_context(style_of()):
        figure = new_figure()
        figure.suptitle(words.say("fig_cdnow", size=size), x=0.012, ha="left", fontsize=15,
                        fontweight="bold")  # fmt: skip
        grid = figure.add_gridspec(2, 5)

        def over_time(axes: Axes, paths: np.ndarray, data: np.ndarray, other: np.ndarray) -> None:
            low, high = np.quantile(paths, [0.025, 0.975], axis=0)
            axes.fill_between(x, low, high, color=COLOURS[0], alpha=0.25, linewidth=0)
            axes.plot(x, paths.mean(axis=0), color=COLOURS[0], linewidth=1.8,
                      label=words.say("cdnow_model"))  # fmt: skip
            axes.plot(x, other, color="#777777", linewidth=1.2, linestyle="--",
                      label=words.say("cdnow_bench"))  # fmt: skip
            axes.plot(known, data, "o", color=INK, markersize=3, label=words.say("cdnow_real"))
            axes.axvline(cdnow.KNOWN + 0.5, color="#888888", linewidth=0.8)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
            week_axis(axes, cdnow.FORECAST, words)

        axes = figure.add_subplot(grid[:, :3])
        over_time(axes, found.cumulative(), real.repeats.cumsum(), bench)
        for place, word, side in (
            (cdnow.KNOWN, words.say("fig_cdnow_known"), "right"),
            (cdnow.KNOWN + 1, words.say("fig_cdnow_forecast"), "left"),
        ):
            axes.text(place, axes.get_ylim()[1], f" {word} ", ha=side, va="top", color="#666666")
        axes.set_title(words.say("fig_cdnow_path"))
        axes.legend(frameon=False, loc="upper left", fontsize=10)

        axes = figure.add_subplot(grid[0, 3:])
        weekly = np.array([c.repeats for c in found.cohorts])
        over_time(axes, weekly, real.repeats, np.diff(bench, prepend=0.0))
        axes.set_title(words.say("fig_cdnow_weekly"))

        axes = figure.add_subplot(grid[1, 3:])
        at = np.arange(cdnow.CLASSES)
        mean = found.classes().mean(axis=0)
        low, high = np.quantile(found.classes(), [0.025, 0.975], axis=0)
        axes.bar(at - 0.2, real.classes, 0.4, color=INK, label=words.say("cdnow_real"))
        axes.bar(at + 0.2, mean, 0.4, color=COLOURS[0], label=words.say("cdnow_model"))
        axes.errorbar(at + 0.2, mean, [mean - low, high - mean], fmt="none", ecolor="#444444",
                      elinewidth=1)  # fmt: skip
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
        axes.set_xticks(at, [*(str(k) for k in at[:-1]), f"{at[-1]}+"])
        axes.set_xlabel(words.say("cdnow_repeats"))
        axes.set_title(words.say("fig_cdnow_classes"))
        axes.legend(frameon=False)
        figure.supxlabel(
            words.say("fig_cdnow_seeds", n=len(found.cohorts), size=size), x=0.988, ha="right",
            fontsize=8.5, color="#666666",
        )  # fmt: skip
    return figure
