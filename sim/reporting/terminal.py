"""Tables and sentences for the terminal."""

from __future__ import annotations

import re

import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from sim.experiments import cdnow
from sim.reporting.words import Words


def cdnow_tables(found: cdnow.Study, words: Words) -> list[Table]:
    """Tables of observed and simulated cohorts: repeat orders, customers by repeat orders."""
    real, paths, bench = cdnow.reference(), found.cumulative(), cdnow.bg_nbd(cdnow.FORECAST)
    low, high = np.quantile(paths, [0.025, 0.975], axis=0)
    say = words.say
    first = Table(title=say("cdnow_title", size=f"{real.size:,.0f}"), title_justify="left")
    headings = ("cdnow_week", "cdnow_real", "cdnow_model", "cdnow_band", "cdnow_off", "cdnow_bench")
    for name in headings:
        first.add_column(say(name), justify="right")
    known = real.repeats.cumsum()
    for week in (4, 8, 12, 16, 20, 26, 32, 39, 52, 65, 78):
        mean = paths[:, week - 1].mean()
        is_known = week <= cdnow.KNOWN
        first.add_row(
            str(week),
            f"{known[week - 1]:,.0f}" if is_known else say("unknown"),
            f"{mean:,.0f}",
            say("to", low=f"{low[week - 1]:,.0f}", high=f"{high[week - 1]:,.0f}"),
            f"{100 * (mean / known[week - 1] - 1):+.1f} %" if is_known else say("unknown"),
            f"{bench[week - 1]:,.0f}",
            end_section=week == cdnow.KNOWN,
        )
    second = Table(title=say("cdnow_classes_title"), title_justify="left")
    for name in ("cdnow_repeats", *headings[1:5]):
        second.add_column(say(name), justify="right")
    low, high = np.quantile(found.classes(), [0.025, 0.975], axis=0)
    for k, (data, mean) in enumerate(zip(real.classes, found.classes().mean(axis=0), strict=True)):
        second.add_row(
            say("cdnow_more", k) if k == cdnow.CLASSES - 1 else str(k),
            f"{data:,.0f}",
            f"{mean:,.0f}",
            say("to", low=f"{low[k]:,.0f}", high=f"{high[k]:,.0f}"),
            f"{100 * (mean / data - 1):+.1f} %",
        )
    return [first, second]


def cdnow_answer(found: cdnow.Study, words: Words) -> list[str]:
    """Sentences on the results of the study of the published cohort."""
    paths, real = found.cumulative(), cdnow.reference().repeats.sum()
    low, high = np.quantile(paths[:, -1], [0.025, 0.975])
    known, end = paths[:, cdnow.KNOWN - 1].mean(), paths[:, -1].mean()
    figures = {"model": known, "real": real, "forecast": end, "low": low, "high": high}
    answer = words.say(
        "cdnow_answer", off=f"{100 * (known / real - 1):+.1f} %", later=f"{end - known:,.0f}",
        n=len(found.cohorts), **{k: f"{v:,.0f}" for k, v in figures.items()},
    )  # fmt: skip
    return [answer, words.say("cdnow_note")]


def make_console() -> Console:
    """The console on standard output: as wide as the terminal, or 140 columns for other outputs.

    It prints texts as they are: ``[bold]`` or ``:star:`` in a name is part of the name.
    """
    width = None if Console().is_terminal else 140
    return Console(width=width, markup=False, emoji=False, highlight=False)


def show(console: Console, *parts: object) -> None:
    """Print tables and sentences; long cells are wrapped."""
    for part in parts:
        if isinstance(part, Table):
            for column in part.columns:
                column.overflow = "fold"  # Chinese has no spaces to break lines at
            console.print(part)
        elif isinstance(part, str) and CHINESE.search(part):
            lines = [wrapped(line, console.width) for line in part.split("\n")]
            console.print("\n".join(lines), soft_wrap=True)
        else:
            console.print(part)


CHINESE = re.compile(r"[\u3400-\u9fff]")

_PIECE = re.compile(
    r"[（“《]*"
    r"(?:`[^`]*`"
    r"|[^\s\u2e80-\u9fff\uff00-\uffef“”]+(?: ?[万亿年周组个次家项条人种期])?(?:美元|欧元|元)?"
    r"|.)"
    r"[，。；：、）”》！？]*"
)
"""A piece of a Chinese sentence that stays on one line: a character, or a number with its unit,
with the brackets and marks around it."""


def wrapped(text: str, width: int) -> str:
    """A Chinese sentence in lines of at most so many columns, broken neither within a number and
    its unit nor before a punctuation mark."""
    lines, line = [], text[: len(text) - len(text.lstrip())]
    for piece in _PIECE.findall(text.lstrip()):
        if line.strip() and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line])
