"""Figures can be drawn for any run; languages say the same things."""

from __future__ import annotations

import re
import string

import pytest
import yaml

import sim
from sim.experiments.doubt import doubt
from sim.reporting import comparison as report
from sim.reporting import figures, organisation, sales, words
from sim.reporting.words import Words


def _raw(language):
    path = words._FOLDER / f"{language}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _fields(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(str(sentence)) if name}


def test_languages_have_the_same_words_with_the_same_gaps():
    english, chinese = _raw("en"), _raw("zh")
    assert english.keys() == chinese.keys()
    for key in english:
        if not key.endswith("_units"):
            assert _fields(english[key]) == _fields(chinese[key]), key


def test_every_word_is_used_and_every_used_word_exists():
    from pathlib import Path

    code = "".join(p.read_text(encoding="utf-8") for p in Path(sim.__file__).parent.rglob("*.py"))
    for key in _raw("en"):
        assert f'"{key}"' in code, key
    for key in re.findall(r'words\.say\(\s*"(\w+)"', code):
        assert key in _raw("en"), key


def test_amounts_are_written_as_people_write_them():
    en, zh = Words("en"), Words("zh")
    assert [en.money(v) for v in (12.5, 45_000, -1_234_567)] == ["12.50", "45 k", "-1.23 M"]
    assert [zh.money(v) for v in (12.5, 45_000, 2.5e8)] == ["12.50", "4.5 万", "2.50 亿"]
    assert [en.short(v) for v in (0, 950, -1500, 2.5e6)] == ["0", "950", "-1.5 k", "2.5 M"]
    assert [zh.short(v) for v in (950, 25_000, 1.2e7, 3e8)] == [
        "950",
        "2.5 万",
        "1,200 万",
        "3 亿",
    ]
    assert en.gap("awareness", 0.05) == "+5.0 pp"
    assert en.value("awareness", float("nan")) == "-"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("weeks", [1, 5, 60, 160])
def test_pictures_of_short_and_long_runs(small, tmp_path, language, weeks, recwarn):
    small.weeks = weeks
    small.pairs = 2
    run = sim.simulate(small, plan="ad_blitz")
    figures.save(figures.run_figure(run, Words(language)), tmp_path / "run")
    figures.save(figures.customers_figure(run, Words(language)), tmp_path / "customers")
    comparison = sim.compare(small, "ad_blitz", "community_building")
    figure = report.compare_figure(comparison, "alder", Words(language))
    figures.save(figure, tmp_path / "compare")
    figures.save(report.arms_figure(comparison, "alder", Words(language)), tmp_path / "arms")
    names = ("run.png", "run.svg", "customers.png", "compare.png", "compare.svg", "arms.png")
    for name in names:
        assert (tmp_path / name).stat().st_size > 10_000
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
    svg = (tmp_path / "compare.svg").read_text(encoding="utf-8")
    assert "ad_blitz" in svg  # text stays text


@pytest.mark.parametrize("market", ["industrial", "packaged", "brand"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_of_sales_and_of_the_inside(market, language, tmp_path, recwarn):
    """Leads, outlets, or neither: every market has its own panels."""
    people = ("population.customers=300", "population.people=300")
    run = sim.simulate(sim.load_config(f"market={market}", *people, "weeks=30", "warmup=8"))
    figures.save(sales.sales_figure(run, Words(language)), tmp_path / "sales")
    figures.save(organisation.organisation_figure(run, Words(language)), tmp_path / "inside")
    assert (tmp_path / "sales.png").stat().st_size > 10_000
    assert (tmp_path / "inside.png").stat().st_size > 10_000
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_of_many_arms_and_of_doubt(small, tmp_path, language, recwarn):
    small.weeks, small.pairs = 60, 2
    specs = {f"arm {n}": ("ad_blitz", f"talk.rate={0.01 * n}") for n in range(1, 6)}
    comparison = sim.compare(small, specs)
    figures.save(report.compare_figure(comparison, "alder", Words(language)), tmp_path / "compare")
    figures.save(report.arms_figure(comparison, "alder", Words(language)), tmp_path / "arms")
    found = doubt(small, "ad_blitz", "community_building", settings=4)
    figures.save(report.doubt_figure(found, Words(language)), tmp_path / "doubt")
    assert len(list(tmp_path.glob("*.png"))) == 3
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_without_a_chinese_font_figures_are_in_english(monkeypatch, caplog):
    monkeypatch.setattr(figures, "_chinese_font", lambda: None)
    assert figures.drawable(Words("zh")).language == "en"
    assert "no Chinese font" in caplog.text
