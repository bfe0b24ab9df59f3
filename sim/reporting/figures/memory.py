"""Picture of the settings of memory and inertia that agree with published facts."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

from sim.experiments.validation.memory import BOUNDS, Inference, declared
from sim.reporting.figures.style import GREY, WIDTH, drawable, headed, room, style_of
from sim.reporting.memory import parameter
from sim.reporting.words import Words

PLAUSIBLE = "#117733"

PAIRS = (("inertia", "level"), ("fading", "level"), ("inertia", "fading"))
"""Parameters on both axes of each panel."""


def memory_figure(found: Inference, words: Words) -> Figure:
    """Pairs of parameters at all settings; the plausible ones are filled."""
    words, at, kept = drawable(words), declared(), found.plausible
    with mpl.rc_context(style_of(words)):
        figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
        room(figure, w_pad=0.1, h_pad=0.05)
        title = words.say("memory_fig_title", kept=int(kept.sum()), settings=len(found.table))
        headed(figure, title, words.say("memory_fig_subtitle"), words.say("memory_fig_note"), words)
        for axes, (x, y) in zip(figure.subplots(1, len(PAIRS)), PAIRS, strict=True):
            for mine, face, edge in ((~kept, "none", GREY), (kept, PLAUSIBLE, PLAUSIBLE)):
                some = found.table[mine]
                axes.scatter(some[x], some[y], s=22, facecolor=face, edgecolor=edge, linewidth=0.8)
            axes.axvline(at[x], color=GREY, linewidth=0.8, linestyle="--", zorder=0)
            axes.axhline(at[y], color=GREY, linewidth=0.8, linestyle="--", zorder=0)
            axes.set(xlim=BOUNDS[x], ylim=BOUNDS[y])
            axes.set_xlabel(parameter(x, words), fontsize=8)
            axes.set_ylabel(parameter(y, words), fontsize=8)
    return figure
