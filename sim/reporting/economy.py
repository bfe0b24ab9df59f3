"""Tables and pages about the accounts of simulated firms, beside those of real ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from sim.config.compose import load_config
from sim.config.schema import Config
from sim.experiments.validation.economy import (
    FULL,
    PRECISE,
    RETURN,
    Figure,
    Measured,
    figures,
)
from sim.experiments.validation.trial import mean
from sim.reporting.words import Words

Row = Mapping[str, Any]

ALL_LINES = "mechanisms=revised"
"""Change of a market that has every line of spend."""


def rows(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """Figures as rows of a tidy table."""
    out = []
    for one in found:
        real, half = one.real, one.half
        out.append({
            "market": one.market, "firm": one.firm, "figure": one.figure,
            "unit": figures()[one.figure].unit, "line": one.line, "horizon": one.horizon,
            "step": one.step, "mean": one.mean, "from": one.mean - half, "to": one.mean + half,
            "seeds": len(one.known),
            "low": real.low if real and math.isfinite(real.low) else float("nan"),
            "high": real.high if real and math.isfinite(real.high) else float("nan"),
            "verdict": one.verdict, "source": real.source if real else "",
        })  # fmt: skip
    return out


def tables(some: Sequence[Row], words: Words) -> list[Table]:
    """For each market the figures of its firms, and the marginal returns of their lines."""
    out = []
    for market in _distinct(some, "market"):
        mine = [row for row in some if row["market"] == market]
        firms, name = _distinct(mine, "firm"), words.market_name(market)
        figure_table = Table(title=words.say("economy_title", name), title_justify="left")
        figure_table.add_column(words.say("economy_figure"))
        for firm in firms:
            figure_table.add_column(firm, justify="right")
        figure_table.add_column(words.say("economy_real"), justify="right")
        for line in _of_firms(mine, words):
            figure_table.add_row(*line)
        line_table = Table(title=words.say("economy_lines_title", name), title_justify="left")
        line_table.add_column(words.say("economy_line"))
        for firm in firms:
            line_table.add_column(firm, justify="right")
        for line in _of_lines(mine, words):
            line_table.add_row(*line)
        out += [figure_table, line_table]
    return out


def page(some: Sequence[Row], words: Words) -> str:
    """The tables for the documentation, with the sources of the ranges."""
    out = []
    for market in _distinct(some, "market"):
        mine = [row for row in some if row["market"] == market]
        firms = _distinct(mine, "firm")
        out += [f"## {words.market_name(market)}", ""]
        out += [words.say("economy_seeds", firms=len(firms), seeds=_seeds(mine, words)), ""]
        heads = [words.say("economy_figure"), *firms, words.say("economy_real")]
        out += [*_markdown(heads, _of_firms(mine, words)), ""]
        heads = [words.say("economy_line"), *firms]
        out += [words.say("economy_lines_title", words.market_name(market)), ""]
        out += [*_markdown(heads, _of_lines(mine, words)), ""]
        out += [*_sources(mine, words), ""]
    return "\n".join(out).rstrip()


def compared(before: Sequence[Row], after: Sequence[Row], words: Words) -> str:
    """The accounts of two configurations side by side: least and most over the firms of a market,
    firms inside the range of real ones, and mean marginal returns over the firms."""
    out = []
    for market in _distinct(before, "market"):
        some = [[row for row in rows if row["market"] == market] for rows in (before, after)]
        ends = [words.say("mechanism_before"), words.say("mechanism_after")]
        heads = [words.say("economy_figure"), *ends, words.say("economy_real"),
                 words.say("economy_inside")]  # fmt: skip
        figure_lines = []
        for name, figure in figures().items():
            found = [[r for r in rows if r["figure"] == name] for rows in some]
            if name == RETURN or not found[1]:
                continue
            real = _real({row["firm"]: row for row in found[1]}, figure, words)
            inside = ["\u2013"] * 2 if real == words.say("economy_no_source") else [
                _inside(rows) for rows in found
            ]  # fmt: skip
            figure_lines.append([
                words.pick(figure.labels), *(_span(rows, figure.unit, words) for rows in found),
                real, " \u2192 ".join(inside),
            ])  # fmt: skip
        out += [f"**{words.market_name(market)}**", "", *_markdown(heads, figure_lines), ""]
        config = load_config(f"market={market}", ALL_LINES)
        both = [row for rows in some for row in rows if row["figure"] == RETURN]
        keys = dict.fromkeys((row["line"], row["horizon"]) for row in both)
        line_lines = []
        for line, horizon in keys:
            means = [
                [r["mean"] for r in rows if (r["line"], r["horizon"]) == (line, horizon)]
                for rows in some
            ]
            name = words.say(
                "economy_of_line", words.activity(line, config), _horizons(words)[horizon]
            )
            line_lines.append([
                name,
                *(
                    _value(mean(values), "ratio", words) if values
                    else words.say("economy_not_in_model")
                    for values in means
                ),
            ])  # fmt: skip
        out += [words.say("economy_lines_mean", words.market_name(market)), ""]
        out += [*_markdown([words.say("economy_line"), *ends], line_lines), ""]
        out += [*_outside(some[1], config, words), ""]
    return "\n".join(out).rstrip()


def _outside(mine: Sequence[Row], config: Config, words: Words) -> list[str]:
    """The figures of a market's firms outside the range of real ones, each with the reason."""
    lines, market = [], mine[0]["market"]
    for name, figure in figures().items():
        found = [r for r in mine if r["figure"] == name and r["verdict"] in ("below", "above")]
        if not found:
            continue
        if name == RETURN:
            those = [words.activity(line, config) for line in _distinct(found, "line")]
        else:
            those = [
                words.say("economy_aside", row["firm"], _value(row["mean"], figure.unit, words))
                for row in found
            ]
        real = _real({row["firm"]: row for row in found}, figure, words)
        reason = figure.reasons.get(market)
        lines.append([
            words.pick(figure.labels), words.listed(those), real,
            words.pick(reason) if reason else words.say("economy_no_reason"),
        ])  # fmt: skip
    if not lines:
        return [words.say("economy_all_inside", words.market_name(market))]
    heads = [words.say(key) for key in ("economy_figure", "economy_those_outside", "economy_real",
                                        "economy_reason")]  # fmt: skip
    title = words.say("economy_outside", words.market_name(market))
    return [title, "", *_markdown(heads, lines, ":--")]


def _inside(rows: Sequence[Row]) -> str:
    """How many firms are inside the range of real ones; a dash if the figure is not known."""
    known = [row for row in rows if row["verdict"] != "not in the model"]
    inside = sum(row["verdict"] == "inside" for row in known)
    return f"{inside}/{len(known)}" if known else "\u2013"


def _span(rows: Sequence[Row], unit: str, words: Words) -> str:
    """Least and most of a figure over firms."""
    known = [row["mean"] for row in rows if math.isfinite(row["mean"])]
    if not known:
        return words.say("economy_not_in_model")
    low, high = (_value(end(known), unit, words) for end in (min, max))
    return low if low == high else words.say("to", low=low, high=high)


def notes(words: Words) -> list[str]:
    """How to read the tables."""
    step, one, two = (words.whole_share(step) for step in FULL.steps)
    lines = words.say("economy_lines_note", precise=f"{PRECISE:g}", step=step, one=one, two=two)
    return [words.say("economy_note"), lines]


def _seeds(mine: Sequence[Row], words: Words) -> str:
    """How many seeds the figures of a market have."""
    seeds = [int(row["seeds"]) for row in mine if row["seeds"]]
    least, most = min(seeds), max(seeds)
    return str(most) if least == most else words.say("to", low=least, high=most)


def _distinct(some: Sequence[Row], key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in some))


def _of_firms(mine: Sequence[Row], words: Words) -> list[list[str]]:
    """A line for each figure: its label, the value of each firm, and the range of real firms."""
    firms = _distinct(mine, "firm")
    out = []
    for name, figure in figures().items():
        found = {row["firm"]: row for row in mine if row["figure"] == name}
        if name == RETURN or not found:
            continue
        cells = [_cell(found[firm], words) if firm in found else "" for firm in firms]
        out.append([words.pick(figure.labels), *cells, _real(found, figure, words)])
    return out


def _of_lines(mine: Sequence[Row], words: Words) -> list[list[str]]:
    """A line for each activity and horizon: its name, and the marginal return of each firm."""
    firms, out = _distinct(mine, "firm"), []
    returns = {(r["firm"], r["line"], r["horizon"]): r for r in mine if r["figure"] == RETURN}
    if not returns:
        return []
    config = load_config(f"market={mine[0]['market']}")
    for line in dict.fromkeys(line for _, line, _ in returns):
        for horizon, label in _horizons(words).items():
            cells = [
                _return(returns[firm, line, horizon], words)
                if (firm, line, horizon) in returns
                else ""
                for firm in firms
            ]
            name = words.say("economy_of_line", words.activity(line, config), label)
            out.append([name, *cells])
    return out


def _horizons(words: Words) -> dict[str, str]:
    """Horizons of a marginal return in words."""
    return {"one": words.say("economy_one_year"), "three": words.say("economy_three_years")}


def _value(value: float, unit: str, words: Words) -> str:
    if not math.isfinite(value):
        return words.say("unknown")
    return {"share": words.share, "money": words.amount}.get(unit, lambda v: f"{v:.2f}")(value)


def _cell(row: Row, words: Words) -> str:
    """A value, and where it lies if not inside the range of real firms."""
    if row["verdict"] == "not in the model":
        return words.say("economy_not_in_model")
    said = _value(row["mean"], row["unit"], words)
    sides = {"below": words.say("economy_below"), "above": words.say("economy_above")}
    side = sides.get(row["verdict"])
    return words.say("economy_aside", said, side) if side else said


def _real(found: Mapping[str, Row], figure: Figure, words: Words) -> str:
    """The range of real firms."""
    row = next(iter(found.values()))
    low, high = (_value(row[end], figure.unit, words) for end in ("low", "high"))
    has_low, has_high = (math.isfinite(row[end]) for end in ("low", "high"))
    if has_low and has_high:
        return words.say("to", low=low, high=high)
    if not has_low and not has_high:
        return words.say("economy_no_source")
    return words.say("economy_from", low) if has_low else words.say("economy_up_to", high)


def _return(row: Row, words: Words) -> str:
    """A marginal return with half its interval, in brackets if that is too wide; stars say how
    large the pulse was."""
    if not math.isfinite(row["mean"]):
        return words.say("unknown")
    half = row["to"] - row["mean"]
    said = f"{row['mean']:.2f} ±{half:.2f}" if math.isfinite(half) else f"{row['mean']:.2f}"
    steps = [step for step in FULL.steps if step <= row["step"]]
    said += "*" * (len(steps) - 1)
    return f"({said})" if row["verdict"] == "not measurable" else said


def _markdown(
    heads: Sequence[str], lines: Sequence[Sequence[str]], aligned: str = "--:"
) -> list[str]:
    """A table; all columns but the first are aligned as said."""

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('*', chr(92) + '*') for cell in cells)} |"

    return [line(heads), "|---|" + f"{aligned}|" * (len(heads) - 1), *map(line, lines)]


def _sources(mine: Sequence[Row], words: Words) -> list[str]:
    """The sources of a market's ranges, each once."""
    by_source: dict[str, list[str]] = {}
    for row in mine:
        label = words.pick(figures()[row["figure"]].labels)
        if row["source"] and label not in by_source.setdefault(row["source"], []):
            by_source[row["source"]].append(label)
    return [
        words.say("economy_source", words.listed(labels), source)
        for source, labels in by_source.items()
    ]
