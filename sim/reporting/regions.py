"""Figure of the region of the parameter space in which a claim holds."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from sim.experiments.regions import Region
from sim.reporting.claims import region_sentence
from sim.reporting.figures.style import FIRM_COLOURS, drawable, new_figure, style_of
from sim.reporting.words import Words

HOLDS, NOT = FIRM_COLOURS[2], FIRM_COLOURS[1]


def region_figure(found: Region, words: Words) -> Figure:
    """Figure of all settings of the uncertain parameters: the claim's margin at each, and the
    settings in the plane of the two most influential parameters."""
    words = drawable(words)
    with mpl.rc_context(style_of(words)):
        figure = new_figure()
        figure.suptitle(
            f"{found.claim.id} {words.pick(found.claim.statement)}", x=0.012, ha="left",
            fontsize=15, fontweight="bold",
        )  # fmt: skip
        margins, plane = figure.subplots(1, 2)
        _margins(margins, found, words)
        _plane(plane, found, words)
        figure.supxlabel(region_sentence(found, words), x=0.988, ha="right", fontsize=8.5,
                         color="#666666")  # fmt: skip
    return figure


def _margins(axes: Axes, found: Region, words: Words) -> None:
    """Settings sorted by margin; the scale is cut at the 95th percentile of its size."""
    order = np.sort(found.margins)
    x = np.arange(1, len(order) + 1)
    axes.vlines(x, 0.0, order, color=np.where(order > 0.0, HOLDS, NOT), linewidth=2.0)
    axes.axhline(0.0, color="#000000", linewidth=1.0)
    most = float(np.quantile(np.abs(order), 0.95))
    axes.set_ylim(-1.05 * most, 1.05 * most)
    axes.set_xticks([])
    axes.set_yticks([0.0], ["0"])
    axes.set_title(words.say("region_margins"))
    for said, colour, at in (
        (words.say("claim_holds"), HOLDS, 0.96), (words.say("claim_fails"), NOT, 0.02),
    ):  # fmt: skip
        axes.text(0.02, at, said, color=colour, fontweight="bold", transform=axes.transAxes)


def _plane(axes: Axes, found: Region, words: Words) -> None:
    """Settings in the plane of the two deciding parameters, or else of the two that correlate
    most with the margin."""
    along = [
        abs(float(stats.spearmanr(column, found.margins).statistic)) for column in found.settings.T
    ]
    deciding = [found.names.index(s.name) for s in found.deciding]
    rest = [n for n in np.argsort(along)[::-1].tolist() if n not in deciding]
    one, two = [*deciding, *rest][:2]
    axes.scatter(found.settings[:, one], found.settings[:, two],
                 c=np.where(found.holds, HOLDS, NOT), s=28, alpha=0.85)  # fmt: skip
    for split in found.deciding:
        if found.names.index(split.name) == one:
            axes.axvline(split.value, color="#000000", linewidth=1.2, linestyle="--")
        else:
            axes.axhline(split.value, color="#000000", linewidth=1.2, linestyle="--")
    axes.set_xlabel(found.names[one])
    axes.set_ylabel(found.names[two])
    axes.set_title(words.say("region_decide" if found.deciding else "region_strongest"))
