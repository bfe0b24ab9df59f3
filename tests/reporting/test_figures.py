"""Figures can be drawn for any run; the languages have the same texts."""

from __future__ import annotations

import re
import string
from functools import cache

import pytest
import yaml

import sim
from sim import files
from sim.experiments.uncertainty import uncertainty
from sim.reporting import comparison as report
from sim.reporting import figures, organisation, sales
from sim.reporting.words import Words


@cache
def _raw(language):
    path = files.WORDS / f"{language}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _fields(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(str(sentence)) if name}


def test_languages_have_the_same_texts_with_the_same_fields():
    english, chinese = _raw("en"), _raw("zh")
    assert english.keys() == chinese.keys()
    for key in english:
        if isinstance(english[key], str):
            assert _fields(english[key]) == _fields(chinese[key]), key


def test_every_word_is_used_and_every_used_word_exists():
    from pathlib import Path

    code = "".join(p.read_text(encoding="utf-8") for p in Path(sim.__file__).parent.rglob("*.py"))
    forms = [
        re.sub(r"\\{.*?\\}", ".+", re.escape(form)) for form in re.findall(r'f"(\w*{.+?)"', code)
    ]
    for key in _raw("en"):
        name = key.removeprefix("plan_")  # sim.plans.faults.say adds it
        composed = name != key and any(re.fullmatch(form, name) for form in forms)
        assert f'"{key}"' in code or f'"{name}"' in code or composed, key
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


PNG = ("png",)
"""Enough where the test does not read the SVG: drawing takes most of the time of these tests."""


@cache
def _small(*words):
    people = ("population.customers=300", "warmup=0", "threads=1", "replicates=2")
    return sim.load_config(*people, *words)


@cache
def _run(*words, plan=None):
    return sim.simulate(_small(*words), plan=plan)


@cache
def _comparison(weeks):
    return sim.compare(_small(f"weeks={weeks}"), "ad_blitz", "community_building")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("weeks", [1, 5, 60, 160])
def test_figures_of_short_and_long_runs_can_be_drawn(tmp_path, language, weeks, recwarn):
    run, comparison = _run(f"weeks={weeks}", plan="ad_blitz"), _comparison(weeks)
    figures.save(figures.run_figure(run, Words(language)), tmp_path / "run")
    figures.save(figures.customers_figure(run, Words(language)), tmp_path / "customers", PNG)
    figure = report.compare_figure(comparison, "alder", Words(language))
    figures.save(figure, tmp_path / "compare")
    figures.save(report.arms_figure(comparison, "alder", Words(language)), tmp_path / "arms", PNG)
    names = ("run.png", "run.svg", "customers.png", "compare.png", "compare.svg", "arms.png")
    for name in names:
        assert (tmp_path / name).stat().st_size > 10_000
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
    svg = (tmp_path / "compare.svg").read_text(encoding="utf-8")
    assert "ad_blitz" in svg  # text stays text


@pytest.mark.slow
@pytest.mark.parametrize("market", ["industrial", "packaged", "brand"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_of_sales_and_of_the_organisation_can_be_drawn(market, language, tmp_path, recwarn):
    """Panels differ by market: leads, stores, or neither."""
    run = _run(f"market={market}", "population.people=300", "weeks=30", "warmup=8")
    figures.save(sales.sales_figure(run, Words(language)), tmp_path / "sales", PNG)
    inside = organisation.organisation_figure(run, Words(language))
    figures.save(inside, tmp_path / "organisation", PNG)
    assert (tmp_path / "sales.png").stat().st_size > 10_000
    assert (tmp_path / "organisation.png").stat().st_size > 10_000
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


@cache
def _arms_and_uncertainty():
    config = _small("weeks=60", "~firms.cedar", "~firms.dogwood")
    specs = {f"arm {n}": ("ad_blitz", f"talk.rate={0.01 * n}") for n in range(1, 6)}
    plans = ("ad_blitz", "community_building")
    return sim.compare(config, specs), uncertainty(config, *plans, settings=4)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_of_many_arms_and_of_uncertainty_can_be_drawn(tmp_path, language, recwarn):
    comparison, found = _arms_and_uncertainty()
    for name, figure in (
        ("compare", report.compare_figure(comparison, "alder", Words(language))),
        ("arms", report.arms_figure(comparison, "alder", Words(language))),
        ("uncertainty", report.uncertainty_figure(found, Words(language))),
    ):
        figures.save(figure, tmp_path / name, PNG)
    assert len(list(tmp_path.glob("*.png"))) == 3
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_names_may_be_chinese_in_any_language(tmp_path, recwarn):
    run = _run("weeks=2", '+firms."山木"={id: 60, awareness: 0.4}')
    figures.save(figures.run_figure(run, Words("en")), tmp_path / "run", PNG)
    figures.save(figures.customers_figure(run, Words("en")), tmp_path / "customers", PNG)
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_without_a_chinese_font_figures_are_in_english(monkeypatch, caplog):
    monkeypatch.setattr(figures, "_chinese_font", lambda: None)
    assert figures.drawable(Words("zh")).language == "en"
    assert "no Chinese font" in caplog.text
