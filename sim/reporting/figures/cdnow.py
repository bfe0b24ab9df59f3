"""Figure of the published cohort: observed, simulated and forecast."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.experiments import cdnow
from sim.reporting.figures.style import (
    GREY,
    INK,
    SMALL,
    Room,
    drawable,
    firm_colour,
    headed,
    heading,
    new_figure,
    percent,
    style_of,
    tint,
    week_axis,
)
from sim.reporting.words import Words

COUNTS = FuncFormatter(lambda value, _: f"{value:,.0f}")
BENCHMARK = "#777777"


def cdnow_figure(found: cdnow.Study, words: Words) -> Figure:
    """Figure of the published cohort, the simulated cohorts and their forecast; the title says
    how far they are apart when the data end."""
    words = drawable(words)
    real, bench = cdnow.reference(), cdnow.bg_nbd(cdnow.FORECAST)
    size, paths = f"{real.size:,.0f}", found.cumulative()
    known = float(real.repeats.sum())
    off = float(paths[:, cdnow.KNOWN - 1].mean()) / known - 1.0
    with mpl.rc_context(style_of(words)):
        figure = new_figure()
        key = "fig_cdnow_more" if off > 0 else "fig_cdnow_less"
        headed(
            figure, words.say(key, off=percent(abs(off), words), week=cdnow.KNOWN),
            words.say("fig_cdnow", size=size),
            words.say("fig_cdnow_seeds", n=len(found.cohorts), size=size), words,
        )  # fmt: skip
        grid = figure.add_gridspec(2, 5)
        axes = figure.add_subplot(grid[:, :3])
        _over_time(axes, paths, real.repeats.cumsum(), bench, words)
        _name_lines(axes, paths, bench, words)
        end = paths[:, -1]
        low, high = (f"{v:,.0f}" for v in np.quantile(end, [0.025, 0.975]))
        said = words.say("fig_cdnow_path", mean=f"{end.mean():,.0f}", low=low, high=high,
                         week=cdnow.FORECAST)  # fmt: skip
        heading(
            axes, words.say("fig_both", said, _against(end, float(bench[-1]), words)),
            words.say("fig_cdnow_what_path"), Room(7.0, 5.0), words,
        )  # fmt: skip
        axes = figure.add_subplot(grid[0, 3:])
        weekly = np.array([c.repeats for c in found.cohorts])
        _over_time(axes, weekly, real.repeats, np.diff(bench, prepend=0.0), words)
        heading(axes, *_weekly_title(weekly, real.repeats, words), Room(4.3, 2.1), words)
        _classes(figure.add_subplot(grid[1, 3:]), Room(4.3, 2.1), found, words)
    return figure


def _against(end: np.ndarray, bench: float, words: Words) -> str:
    """Where the standard forecast ends, relative to the band of the simulated cohorts."""
    low, high = np.quantile(end, [0.025, 0.975])
    key = "fig_cdnow_below" if bench < low else "fig_cdnow_above"
    return words.say("fig_cdnow_within" if low <= bench <= high else key, f"{bench:,.0f}")


def _over_time(
    axes: Axes, paths: np.ndarray, data: np.ndarray, other: np.ndarray, words: Words
) -> None:
    """Simulated cohorts with their middle 95 %, the benchmark, and the data."""
    x, known = np.arange(1, cdnow.FORECAST + 1), np.arange(1, cdnow.KNOWN + 1)
    low, high = np.quantile(paths, [0.025, 0.975], axis=0)
    axes.fill_between(x, low, high, color=tint(firm_colour(0), 0.25), linewidth=0)
    axes.plot(x, paths.mean(axis=0), color=firm_colour(0))
    axes.plot(x, other, color=BENCHMARK, linewidth=1.2, linestyle="--")
    axes.plot(known, data, "o", color=INK, markersize=3)
    axes.axvline(cdnow.KNOWN + 0.5, color="#aaaaaa", linewidth=0.8)
    axes.set_ylim(bottom=0)
    week_axis(axes, cdnow.FORECAST, words)
    axes.yaxis.set_major_formatter(COUNTS)


def _name_lines(axes: Axes, paths: np.ndarray, bench: np.ndarray, words: Words) -> None:
    """Name the lines of the large panel, and what was known."""
    top = axes.get_ylim()[1]
    for place, key, side in ((cdnow.KNOWN, "fig_cdnow_known", "right"),
                             (cdnow.KNOWN + 1, "fig_cdnow_forecast", "left")):  # fmt: skip
        axes.text(place, top, f" {words.say(key)} ", ha=side, va="top", color=GREY, fontsize=SMALL)
    at = cdnow.FORECAST - 12
    mean = paths.mean(axis=0)[at]
    above = mean > bench[at]
    for key, y, shade, up in (("cdnow_model", mean, firm_colour(0), above),
                              ("fig_cdnow_bench", bench[at], BENCHMARK, not above)):  # fmt: skip
        axes.annotate(words.say(key), (at, y), xytext=(-6, 16) if up else (6, -22), color=shade,
                      textcoords="offset points", ha="right" if up else "left",
                      fontsize=10)  # fmt: skip
    real = cdnow.reference().repeats.cumsum()
    axes.annotate(words.say("cdnow_real"), (20, real[19]), xytext=(10, -14), fontsize=10,
                  color=INK, textcoords="offset points")  # fmt: skip


def _weekly_title(weekly: np.ndarray, real: np.ndarray, words: Words) -> tuple[str, str]:
    """How many of the weeks with data lie in the band, and what the panel shows."""
    low, high = np.quantile(weekly[:, : cdnow.KNOWN], [0.025, 0.975], axis=0)
    inside = int(((low <= real) & (real <= high)).sum())
    title = words.say("fig_cdnow_weekly", inside=inside, weeks=cdnow.KNOWN)
    return title, words.say("fig_cdnow_what_weekly")


def _classes(axes: Axes, room: Room, found: cdnow.Study, words: Words) -> None:
    """Customers by number of repeat orders, observed and simulated."""
    real, at = cdnow.reference().classes, np.arange(cdnow.CLASSES)
    mean = found.classes().mean(axis=0)
    low, high = np.quantile(found.classes(), [0.025, 0.975], axis=0)
    axes.bar(at - 0.2, real, 0.38, color=INK, label=words.say("cdnow_real"))
    axes.bar(at + 0.2, mean, 0.38, color=firm_colour(0), label=words.say("cdnow_model"))
    axes.errorbar(at + 0.2, mean, [mean - low, high - mean], fmt="none", ecolor="#555555",
                  elinewidth=1)  # fmt: skip
    for place, counts in ((at - 0.2, real), (at + 0.2, mean)):
        for x, count in zip(place, counts, strict=True):
            axes.annotate(f"{count:,.0f}", (x, count), xytext=(0, 4), rotation=90, ha="center",
                          textcoords="offset points", va="bottom", fontsize=7)  # fmt: skip
    axes.set_ylim(0, 1.3 * max(float(real.max()), float(high.max())))
    axes.yaxis.set_major_formatter(COUNTS)
    axes.set_xticks(at, [*(str(k) for k in at[:-1]), f"{at[-1]}+"])
    axes.set_xlabel(words.say("cdnow_repeats"))
    axes.legend()
    none = real[0] / real.sum(), mean[0] / mean.sum()
    title = words.say("fig_cdnow_none", x=percent(none[0], words), y=percent(none[1], words))
    heading(axes, title, words.say("fig_cdnow_classes"), room, words)
