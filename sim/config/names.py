"""Names that the user chooses, for firms, activities, segments, pay plans and so on.

Letters of any script, spaces and punctuation are allowed. A name must print, and must not be
confused with another one or with a word that plans and tables use.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from sim.params import ConfigError, key_of, shown

MOST_LETTERS = 100
"""Longest name, in characters."""

_TABLES = ("total", "market", "合计", "总计")
_PRICES = ("list_price", "discount")
RESERVED = {
    "activities": (
        *_PRICES, *_TABLES, "reps", "keep", "nothing", "none", "own", "search", "word of mouth"
    ),
    "firms": (*_PRICES, *_TABLES),
    "segments": _TABLES,
}  # fmt: skip
"""Names with another meaning: prices in plans, totals in tables, players' levers, last touches."""

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that do not print, marks of writing direction among them."""

_JOINERS = "\u200c\u200d"
"""Characters that do not print but shape the letters around them, in Persian or in emoji."""


def check_names(path: Sequence[str], names: Iterable[str]) -> None:
    """Refuse names that cannot be used, and names that can be taken for each other.

    Args:
        path: of the map that holds the names.
        names: in normal form (NFC).

    Raises:
        ConfigError: one line about the first such name.
    """
    taken: dict[str, str] = {}
    for name in names:
        where = key_of((*path, name))
        _check_letters(where, name)
        folded = fold(name)
        if folded in RESERVED.get(path[-1] if len(path) == 1 else "", ()):
            raise ConfigError(
                "{where}: this name is reserved for another use; choose another.", where=where
            )
        if folded in taken:
            raise ConfigError(
                "{where}: differs from {other} only in case, width or accents' form; choose "
                "another name.",
                where=where, other=shown(taken[folded]),
            )  # fmt: skip
        taken[folded] = name


def fold(name: str) -> str:
    """A name without differences of case and width."""
    bare = name.translate(dict.fromkeys(map(ord, _JOINERS)))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())


def _check_letters(where: str, name: str) -> None:
    if not name.strip():
        raise ConfigError("{where}: a name is empty.", where=where)
    if len(name) > MOST_LETTERS:
        raise ConfigError(
            "{where}: a name of {count} characters; allowed {most}.",
            where=shown(where), count=len(name), most=MOST_LETTERS,
        )  # fmt: skip
    if name != name.strip():
        raise ConfigError("{where}: a name begins or ends with a space.", where=where)
    for letter in name:
        if letter not in _JOINERS and unicodedata.category(letter) in _INVISIBLE:
            raise ConfigError(
                "{where}: the name has a character that does not print (U+{code:04X}).",
                where=where, code=ord(letter),
            )  # fmt: skip
    if "${" in name:
        raise ConfigError(
            "{where}: ${{...}} is not replaced here; choose another name.", where=where
        )
