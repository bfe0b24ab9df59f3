"""What published facts say about the memory of customers, as text for the documentation."""

from __future__ import annotations

from sim.experiments.validation.facts import targets
from sim.experiments.validation.memory import BOUNDS, FACTS, SEEDS, Inference, declared
from sim.reporting.scorecard import label, line, number
from sim.reporting.words import Words


def page(found: Inference, words: Words) -> str:
    """Intervals of the parameters over the plausible settings, how far they can replace each other,
    and which figures rule settings out."""
    if not found.plausible.any():
        told = words.say("memory_none", settings=len(found.table))
        return "\n".join([told, "", *_figures(found, words)])
    heads = [words.say("memory_parameter"), words.say("memory_bounds"),
             words.say("memory_declared"), words.say("memory_low"), words.say("memory_median"),
             words.say("memory_high")]  # fmt: skip
    lines = [
        words.say("memory_settings", settings=len(found.table), kept=int(found.plausible.sum()),
                  seeds=SEEDS),
        "", line(heads), "|---|---|" + "--:|" * (len(heads) - 2),
    ]  # fmt: skip
    at = declared()
    for name, (low, high) in BOUNDS.items():
        ends = words.say("memory_from_to", low=f"{low:g}", high=f"{high:g}")
        values = [number(value, words) for value in (at[name], *found.interval(name))]
        lines.append(line([parameter(name, words), ends, *values]))
    pairs = (("level", "inertia"), ("level", "fading"), ("fading", "inertia"))
    ridges = [f"{found.ridge(one, other):.2f}" for one, other in pairs]
    return "\n".join([*lines, "", words.say("memory_ridges", *ridges), "", *_figures(found, words)])


def parameter(name: str, words: Words) -> str:
    """The name of a parameter."""
    names = {"level": words.say("memory_level"), "fading": words.say("memory_fading"),
             "inertia": words.say("memory_inertia")}  # fmt: skip
    return names[name]


def _figures(found: Inference, words: Words) -> list[str]:
    """Range of each figure over all settings, and the settings that it leaves."""
    heads = [words.say("memory_figure"), words.say("memory_least"), words.say("memory_most"),
             words.say("memory_left")]  # fmt: skip
    lines = [line(heads), "|---|--:|--:|--:|"]
    kept = found.kept
    for fact in FACTS:
        for key, figure in targets().facts[fact].figures.items():
            if figure.scored:
                values = found.table[f"{fact}.{key}"]
                share = f"{kept[f'{fact}.{key}'].mean():.0%}"
                if not values.notna().any():
                    share = words.say("not_measured")
                lines.append(line([
                    f"{fact} {label(figure, words)}", number(values.min(), words),
                    number(values.max(), words), share,
                ]))  # fmt: skip
    return lines
