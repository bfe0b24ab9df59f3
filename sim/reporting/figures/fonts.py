"""Fonts that can draw Chinese: any that is installed, also one installed a minute ago."""

from __future__ import annotations

import re
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

SAMPLE = "中文这说简体"
"""Characters that a font for simplified Chinese has, and one for Japanese or Latin text has not all
of."""

LIKED = re.compile(r"\bSC\b|\bGB|CN\b|YaHei|PingFang|Hei|WenQuanYi|简|黑", re.IGNORECASE)
SECOND = re.compile(r"serif|song|ming|mincho|kai|mono|\bTC\b|\bHK\b|宋|楷", re.IGNORECASE)
"""Names that only order the fonts: sans-serif for simplified Chinese first."""

NORMAL = 400
"""Weight of regular text."""


@cache
def chinese_font() -> str:
    """The name of an installed font that can draw Chinese.

    Raises:
        LookupError: there is none. It is looked for again at the next call.
    """
    _take_new_fonts()
    entries = sorted(font_manager.fontManager.ttflist, key=_rank)
    found = next((e.name for e in entries if _draws_chinese(e.fname)), None)
    if found is None:
        raise LookupError(SAMPLE)
    return found


def _rank(entry: font_manager.FontEntry) -> tuple[bool, bool, bool, int, str]:
    name = entry.name
    weight = entry.weight if isinstance(entry.weight, int) else NORMAL
    return (
        bool(SECOND.search(name)), not LIKED.search(name), entry.style != "normal",
        abs(weight - NORMAL), name,
    )  # fmt: skip


def _take_new_fonts() -> None:
    """Tell Matplotlib of fonts installed after it listed the system's, which it does once."""
    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(font_manager.findSystemFonts()):
        if path not in known:
            try:
                font_manager.fontManager.addfont(path)
            except (OSError, RuntimeError, ValueError):  # not a font that can be read
                continue


@cache
def _draws_chinese(path: str) -> bool:
    """Whether a font has every character of the sample; not, if its file is gone or broken.

    A font of last resort has one glyph, a box, for all of them.
    """
    try:
        font = FT2Font(path)
    except (OSError, RuntimeError, ValueError):
        return False
    glyphs = {font.get_char_index(ord(character)) for character in SAMPLE}
    return 0 not in glyphs and len(glyphs) == len(SAMPLE)
