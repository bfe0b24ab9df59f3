"""What is left in English in a Chinese text."""

from __future__ import annotations

import re
from collections.abc import Collection

WORD = re.compile(r"(?<![0-9A-Za-z])[A-Za-z_][\w.\-']*", re.ASCII)


def english_words(text: str, allowed: Collection[str]) -> list[str]:
    """The words of a text in Latin letters that are not among those allowed, such as names."""
    return [word for word in (w.rstrip(".-'") for w in WORD.findall(text)) if word not in allowed]
