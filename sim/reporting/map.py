"""Figure, sentences and table of the map of hunter and farmer."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from sim.experiments.map import AXES, HORIZONS, Chart
from sim.reporting.figures.style import FIRM_COLOURS, drawable, new_figure, style_of
from sim.reporting.words import Words

HUNTER, FARMER = FIRM_COLOURS[1], FIRM_COLOURS[2]
SCALE = LinearSegmentedColormap.from_list("lead", [HUNTER, "#FFFFFF", FARMER])
FINE = 41
SURE = 1.96


def map_figure(found: Chart, words: Words) -> Figure:
    """Figure of the leader by market after one, three and five years, with the border between the
    two, the area of uncertainty and the influence of each market condition.

    The two most influential conditions are shown at every horizon, and the first of them against
    each of the others.
    """
    first, second, *rest = _by_weight(found)
    words = drawable(words)
    with mpl.rc_context(style_of(words)):
        figure = new_figure()
        shares = [words.share(found.share(h)[0]) for h in range(len(HORIZONS))]
        figure.suptitle(
            words.say("map_title", first=shares[0], last=shares[-1], years=HORIZONS[-1]),
            x=0.012, ha="left", fontsize=14, fontweight="bold",
        )  # fmt: skip
        panels = figure.subplots(2, len(HORIZONS) + 1, width_ratios=[1, 1, 1, 0.9])
        most = float(np.quantile(np.abs(found.lead), 0.9))
        middle = len(HORIZONS) // 2
        for h, years in enumerate(HORIZONS):
            _slice(panels[0, h], found, (first, second), h, most, words)
            panels[0, h].set_title(words.say("map_years", years=years))
        for n, other in enumerate(rest):
            _slice(panels[1, n], found, (first, other), middle, most, words)
            panels[1, n].set_title(words.say("map_years", years=HORIZONS[middle]))
        bar = figure.colorbar(
            mpl.cm.ScalarMappable(mpl.colors.Normalize(-100 * most, 100 * most), SCALE),
            ax=panels[:, : len(HORIZONS)], orientation="horizontal", shrink=0.5, aspect=40,
            pad=0.03,
        )  # fmt: skip
        bar.set_label(words.say("map_scale"))
        _weights(panels[0, -1], found, words)
        _shares(panels[1, -1], found, words)
        figure.supxlabel(
            words.say("map_note", points=len(found.points)), x=0.988, ha="right", fontsize=8.5,
            color="#666666",
        )  # fmt: skip
    return figure


def _by_weight(found: Chart) -> list[str]:
    """Names of the market conditions, the most influential over all horizons first."""
    weights = [found.weights(h) for h in range(len(HORIZONS))]
    return sorted(AXES, key=lambda name: -sum(one[name] for one in weights))


def _axis_names(words: Words) -> dict[str, str]:
    """Labels of the market conditions, by name."""
    return {
        "growth": words.say("map_growth"), "fragmentation": words.say("map_fragmentation"),
        "switching": words.say("map_switching"), "customer_price": words.say("map_customer_price"),
        "word_of_mouth": words.say("map_word_of_mouth"),
    }  # fmt: skip


def answer(found: Chart, words: Words) -> list[str]:
    """One sentence for each horizon."""
    out = []
    for h, years in enumerate(HORIZONS):
        share, low, high = (words.share(v) for v in found.share(h))
        weights = found.weights(h)
        first, second = (
            _axis_names(words)[name] for name in sorted(weights, key=lambda n: -weights[n])[:2]
        )
        out.append(
            words.say("map_answer", years=years, share=share, low=low, high=high,
                      points=len(found.points), first=first, second=second)
        )  # fmt: skip
    return out


def rows(found: Chart) -> list[dict[str, float]]:
    """Rows of a tidy table, one per market: its conditions, and the farmer's lead by horizon."""
    return [
        {name: axis.value(at) for (name, axis), at in zip(AXES.items(), place, strict=True)}
        | {f"lead_{years}": lead for years, lead in zip(HORIZONS, leads, strict=True)}
        for place, leads in zip(found.points.tolist(), found.lead.tolist(), strict=True)
    ]


def _slice(
    axes: Axes, found: Chart, pair: tuple[str, str], horizon: int, most: float, words: Words
) -> None:
    """A section of the map through two conditions, the others at their midpoints."""
    names, grid = list(AXES), np.linspace(0.0, 1.0, FINE)
    x, y = np.meshgrid(grid, grid)
    at = np.full((x.size, len(names)), 0.5)
    at[:, names.index(pair[0])], at[:, names.index(pair[1])] = x.ravel(), y.ravel()
    mean, error = (v.reshape(x.shape) for v in found.read(at, horizon))
    axes.pcolormesh(
        grid,
        grid,
        np.clip(mean, -most, most),
        cmap=SCALE,
        vmin=-most,
        vmax=most,
        shading="gouraud",
        rasterized=True,  # as shapes it would take tens of megabytes in an SVG
    )
    axes.contourf(grid, grid, (np.abs(mean) < SURE * error).astype(float), levels=[0.5, 1.5],
                  colors="none", hatches=["...."])  # fmt: skip
    if mean.min() < 0.0 < mean.max():
        axes.contour(grid, grid, mean, levels=[0.0], colors="#000000", linewidths=2.0)
    for axis, name in ((axes.xaxis, pair[0]), (axes.yaxis, pair[1])):
        axis.set_ticks([0.0, 0.5, 1.0], [f"{AXES[name].value(p):.3g}" for p in (0.0, 0.5, 1.0)])
        axis.set_label_text(_axis_names(words)[name])
    axes.grid(visible=False)


def _weights(axes: Axes, found: Chart, words: Words) -> None:
    """Influence of each market condition on the lead, by horizon."""
    at, height = np.arange(len(AXES)), 0.8 / len(HORIZONS)
    for h, years in enumerate(HORIZONS):
        sizes = list(found.weights(h).values())
        axes.barh(at + (h - 1) * height, sizes, height, color=("#BBBBBB", "#777777", "#222222")[h],
                  label=words.say("map_years", years=years))  # fmt: skip
    axes.set_yticks(at, [_axis_names(words)[name] for name in AXES])
    axes.invert_yaxis()
    axes.set_title(words.say("map_weights"))
    axes.legend(frameon=False, fontsize=8)


def _shares(axes: Axes, found: Chart, words: Words) -> None:
    """Share of markets in which the farmer leads, with its interval, by horizon."""
    for h in range(len(HORIZONS)):
        share, low, high = found.share(h)
        axes.errorbar(h, share, [[share - low], [high - share]], fmt="o", color=FARMER, capsize=4)
    axes.set_xticks(range(len(HORIZONS)), [words.say("map_years", years=y) for y in HORIZONS])
    axes.set_xlim(-0.5, len(HORIZONS) - 0.5)
    axes.set_ylim(0, 1)
    axes.axhline(0.5, color="#999999", linewidth=0.8)
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
    axes.set_title(words.say("map_shares"))
