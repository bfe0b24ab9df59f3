"""Answers, tables and pictures as notebooks show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table

from sim.reporting.figures.style import png


@dataclass(frozen=True)
class Html:
    """A text in HTML, which a notebook shows."""

    text: str

    def _repr_html_(self) -> str:
        return self.text


@dataclass(frozen=True)
class Picture:
    """A PNG file, which a notebook shows."""

    png: bytes

    def _repr_png_(self) -> bytes:
        return self.png


def paragraphs(lines: Iterable[str]) -> Html:
    """Sentences, a paragraph each; signs such as ``$`` and ``<`` are shown as they are."""
    return Html("".join(f"<p>{escape(line)}</p>" for line in lines))


def table(found: Table) -> Html:
    """A table of the terminal, with the note below it."""
    cells = {c.header: [str(cell) for cell in c.cells] for c in found.columns}
    shown = pd.DataFrame(cells).to_html(index=False, justify="left")
    below = f"<p>{escape(str(found.caption))}</p>" if found.caption else ""
    above = f"<p><b>{escape(str(found.title))}</b></p>"
    return Html(above + shown.replace("\\n", "<br>") + below)


def picture(figure: Figure) -> Picture:
    """A figure."""
    return Picture(png(figure))
