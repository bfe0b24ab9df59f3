"""Figures can be drawn for any run; the languages have the same texts."""

from __future__ import annotations

import re
import string
from functools import cache

import matplotlib as mpl
import pytest
import yaml

import sim
from sim import files
from sim.experiments.uncertainty import uncertainty
from sim.reporting import folders
from sim.reporting.figures import style
from sim.reporting.figures.run import run_figure
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
    found = re.findall(r'f"(\w*{.+?)"', code)
    forms = [re.compile(re.sub(r"\\{.*?\\}", ".+", re.escape(form))) for form in found]
    keys = _raw("en").keys()
    for key in keys:
        name = key.removeprefix("plan_")  # sim.plans.faults.say adds it
        composed = name != key and any(form.fullmatch(name) for form in forms)
        assert f'"{key}"' in code or f'"{name}"' in code or composed, key
    for key in re.findall(r'words\.say\(\s*"(\w+)"', code):
        assert key in keys, key


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


@cache
def _five_arms():
    specs = {f"a long name of arm {n}": ("ad_blitz", f"talk.rate={0.01 * n}") for n in range(1, 6)}
    return sim.compare(_small("weeks=15"), specs)


@cache
def _uncertainty():
    return uncertainty(_small("weeks=8"), "ad_blitz", "community_building", settings=3)


def _written(figure):
    """Texts of a figure with their places: headings, labels, notes, and ticks within the axes."""
    texts = [*figure.texts]
    for axes in figure.axes:
        texts += [axes._left_title, *axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            least, most = min(low, high) - 1e-9, max(low, high) + 1e-9
            ticks = axis.get_major_ticks()
            texts += [tick.label1 for tick in ticks if least <= tick.get_loc() <= most]
    shown = [text for text in texts if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in shown]


def _check(drawn):
    """Fail if a figure has a text that is cut off or lies over another."""
    for name, figure in drawn:
        with mpl.rc_context(style._sheet()):
            figure.draw_without_rendering()
        written = _written(figure)
        for n, (text, box) in enumerate(written):
            assert min(box.x0, box.y0) > -1.0, (name, text)
            assert box.x1 < figure.bbox.width + 1.0, (name, text)
            assert box.y1 < figure.bbox.height + 1.0, (name, text)
            for other, near in written[:n]:
                wide = min(box.x1, near.x1) - max(box.x0, near.x0)
                high = min(box.y1, near.y1) - max(box.y0, near.y0)
                assert wide < 2.0 or high < 3.0, (name, text, other)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("weeks", [1, 60])
def test_texts_of_short_and_long_runs_have_room(language, weeks, recwarn):
    words = Words(language).in_currency("$")
    _check(folders.run_figures(_run(f"weeks={weeks}", plan="ad_blitz"), words))
    _check(folders.compare_figures(_comparison(weeks), None, words))
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


@pytest.mark.slow
@pytest.mark.parametrize("market", ["industrial", "packaged", "toy"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_of_every_market_have_room(market, language, recwarn):
    """Panels differ by market: leads, stores, or neither."""
    words = Words(language).in_currency("$")
    size = () if market == "toy" else ("population.people=300",)
    _check(folders.run_figures(_run(f"market={market}", *size, "weeks=39", "warmup=8"), words))
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_of_many_arms_and_of_uncertainty_have_room(language, recwarn):
    _check(folders.compare_figures(_five_arms(), _uncertainty(), Words(language)))
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_figures_are_written_as_png_and_as_svg_whose_text_stays_text(tmp_path):
    run = _run("weeks=5", plan="ad_blitz")
    style.save(run_figure(run, Words("en")), tmp_path / "run")
    assert (tmp_path / "run.png").stat().st_size > 10_000
    assert "Ad blitz" in (tmp_path / "run.svg").read_text(encoding="utf-8")


def test_names_may_be_chinese_in_any_language(recwarn):
    run = _run("weeks=2", '+firms."山木"={id: 60, awareness: 0.4}')
    _check(folders.run_figures(run, Words("en")))
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
