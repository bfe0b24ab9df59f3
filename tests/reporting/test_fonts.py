"""Any installed font that can draw Chinese is found, also one installed a minute ago."""

from __future__ import annotations

import logging

import matplotlib as mpl
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from sim.reporting.figures import fonts, style
from sim.reporting.words import Words


def _make(path, name, characters):
    """A font file with a square for each of the characters."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square, order = pen.glyph(), [".notdef", *(f"u{ord(c):X}" for c in characters)]
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(order)
    made.setupCharacterMap({ord(c): f"u{ord(c):X}" for c in characters})
    made.setupGlyf(dict.fromkeys(order, square))
    made.setupHorizontalMetrics(dict.fromkeys(order, (600, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": name, "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(path)


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A folder of fonts that is all this system has, beside Matplotlib's own, one of which has a
    box for every character; Matplotlib listed them when the folder was empty."""
    own = [e for e in font_manager.fontManager.ttflist if e.fname.startswith(mpl.get_data_path())]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts",
                        lambda: [str(path) for path in tmp_path.iterdir()])  # fmt: skip
    for kept in (fonts.chinese_font, fonts._draws_chinese, style._tell):
        kept.cache_clear()
    yield tmp_path
    for kept in (fonts.chinese_font, fonts._draws_chinese, style._tell):
        kept.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()


def test_a_font_is_found_by_what_it_can_draw(system):
    _make(system / "a.ttf", "Any Name", fonts.SAMPLE)
    assert fonts.chinese_font() == "Any Name"
    assert style.drawable(Words("zh")).language == "zh"


def test_a_font_installed_a_minute_ago_is_found(system):
    with pytest.raises(LookupError):
        fonts.chinese_font()
    _make(system / "late.ttf", "Late", fonts.SAMPLE)
    assert fonts.chinese_font() == "Late"


def test_a_font_without_simplified_characters_is_no_help(system):
    _make(system / "jp.ttf", "Gothic", fonts.SAMPLE.replace("简", ""))
    (system / "broken.ttf").write_bytes(b"no font")
    with pytest.raises(LookupError):
        fonts.chinese_font()


def test_a_sans_serif_for_simplified_chinese_comes_first(system):
    for name in ("A Serif", "B Mincho", "C Sans SC", "D Plain"):
        _make(system / f"{name}.ttf", name, fonts.SAMPLE)
    assert fonts.chinese_font() == "C Sans SC"


def test_without_a_font_the_message_is_in_chinese_and_names_the_package(system, caplog):
    with caplog.at_level(logging.WARNING):
        words = style.drawable(Words("zh").in_currency("$").with_names({"a": {"en": "Arm"}}))
        style.drawable(Words("zh"))
    assert (words.language, words.currency, words.name("a")) == ("en", "$", "Arm")
    (record,) = caplog.records
    assert "中文字体" in record.message
    assert "fonts-noto-cjk" in record.message
    assert "macOS" in record.message
