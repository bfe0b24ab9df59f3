"""Names are shown as they are, and are safe as names of files."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

import sim
from sim.config.compose import override
from sim.reporting import folders, terminal
from sim.reporting.figures.comparison import arms_figure, compare_figure
from sim.reporting.figures.customers import customers_figure
from sim.reporting.figures.run import run_figure
from sim.reporting.figures.sales import sales_figure
from sim.reporting.figures.style import LONGEST_NAME, save, short_name
from sim.reporting.words import Words

ODD = [
    "../x", "..", ".", "", "a/b", "a\\b", "a:b", "con", "CON", "nul", "a b", "a_b", "=1+1",
    "抖音" * 80, "抖音" * 80 + "x", "x" * 300, "x" * 299, "tv.spot", "trailing.", "\n", "\x1b[31m",
    "Müller",
]  # fmt: skip


def test_every_name_has_a_file_name_of_its_own(tmp_path):
    made = [folders.file_name(name) for name in ODD]
    assert len({name.lower() for name in made}) == len(ODD)
    for name in made:
        (tmp_path / f".writing-{name}.parquet").touch()
        assert Path(name).name == name
        assert len(name.encode()) <= folders.LONGEST
    assert folders.file_name("ad_blitz-2") == "ad_blitz-2"


def test_labels_of_folders_are_readable_and_bounded():
    assert folders.label("compare", "ad_blitz", "my plan") == "compare-ad_blitz-my_plan"
    long = [folders.label("compare", *(f"arm {n} " * 9 for n in range(last))) for last in (6, 7)]
    assert len(set(long)) == 2
    assert all(len(name) <= folders.LONGEST for name in long)


def test_the_terminal_takes_no_name_for_markup(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.StringIO())
    console = terminal.make_console()
    table = Table("[red]a[/red]", title="[bold]t[/bold] :star:")
    table.add_row("[/nothing] :star:")
    terminal.show(console, table, "[link]s[/link] :star:")
    shown = console.file.getvalue()
    for text in (
        "[bold]t[/bold] :star:",
        "[red]a[/red]",
        "[/nothing] :star:",
        "[link]s[/link] :star:",
    ):
        assert text in shown
    assert isinstance(console, Console)


@pytest.mark.slow
def test_figures_draw_names_as_they_are(small, tmp_path):
    small.weeks = 4
    found = sim.compare(small, "ad_blitz", "community_building", replicates=2)
    names = ("_$\\frac{x$ <&> -- %s", "long name " * 12 + "$")
    found = replace(found, arms=names)
    for number, figure in enumerate(
        (compare_figure(found, "alder", Words("en")), arms_figure(found, "alder", Words("en")))
    ):  # fmt: skip
        save(figure, tmp_path / str(number), ["svg"])
        shown = (tmp_path / f"{number}.svg").read_text(encoding="utf-8")
        assert shown.count("_$\\frac{x$") > 1, "in the legend too"
        assert short_name(names[1]).split("\u2026")[0] in shown
        assert names[1] not in shown


def test_long_names_are_cut_in_the_middle():
    assert short_name("x" * LONGEST_NAME) == "x" * LONGEST_NAME
    assert len(short_name("a" * 50 + "b")) == LONGEST_NAME
    assert short_name("a" * 50 + "b") != short_name("a" * 50 + "c")
    assert short_name("山" * 16) == "山" * 16
    assert short_name("山" * 17) == "山" * 10 + "\u2026" + "山" * 5


@pytest.mark.slow
def test_firms_with_long_names_leave_room_for_the_panels(small, tmp_path, recwarn):
    small.weeks = 4
    run = sim.simulate(override(small, f"+firms.{'长' * 100}={{id: 60, enters: 1}}"))
    for figure in (run_figure, customers_figure, sales_figure):
        drawn = figure(run, Words("en"))
        if drawn:
            save(drawn, tmp_path / "figure", ["png"])
    assert not [w for w in recwarn if "constrained_layout" in str(w.message)]
