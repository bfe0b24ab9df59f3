"""English words left in a Chinese text."""

from __future__ import annotations

import re
from collections.abc import Collection

_NAMES = re.compile(
    r"`[^`]*`"  # in backticks
    r"|“[^”]*”|「[^」]*」|\"[^\"]*\"|'[^']*'"  # in quotation marks
    r"|(?<![\w-])--?[A-Za-z][\w-]*"  # an option
    r"|[!-~]*[/\\=][!-~]*"  # a path, or KEY=VALUE
    r"|[+~]?\w+(?:\.[\w*-]+)+",  # a dotted name, or a file
    re.ASCII,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z_]+", re.ASCII)


def english_words(text: str, allowed: Collection[str]) -> list[str]:
    """Latin words of two letters or more that are neither allowed nor names: not in backticks or
    quotation marks, no option, no path, no ``KEY=VALUE``, no dotted name."""
    return [word for word in _WORD.findall(_NAMES.sub(" ", text)) if word not in allowed]
