"""Names in plans: firms, activities and headings, in every language of the package, and aliases."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sim import files
from sim.market.plan import PRICES, MarketConfig
from sim.params import closest
from sim.plans.faults import Faults
from sim.plans.numbers import plain

IGNORED = "ignored"
ROLES = ("firm", "activity", "amount")


@lru_cache(maxsize=10_000)
def key(name: str) -> str:
    """A name without regard to case, width, spaces, hyphens and underscores."""
    return re.sub(r"[\s_\-:*]+", "", unicodedata.normalize("NFKC", plain(name)).casefold())


def halves(word: str) -> tuple[str, ...]:
    """The Chinese and the English half of a name in both, such as "季度 Quarter"; empty for
    other names."""
    parts = re.findall(r"[^\s/()]+", plain(word))
    english = " ".join(part for part in parts if part.isascii())
    chinese = " ".join(part for part in parts if not part.isascii())
    return (chinese, english) if english and chinese else ()


@dataclass(frozen=True)
class Vocabulary:
    """What headings and labels are called, by :func:`key`, in all languages.

    Attributes:
        headings: role of a heading: ``firm``, ``activity``, ``amount``, ``note``, ``other`` (a
            figure that is no spending), or ``period`` followed by a kind of period.
        totals: words for totals.
        ending: headings of dates that are the last day of a week.
        prices: names of prices.
        version: headings of a column that tells apart several plans in one table.
        versions: what stands in such a column, such as "budget" and "actual".
        dropped: words for rows that do not count, such as "cancelled".
    """

    headings: Mapping[str, str]
    totals: frozenset[str]
    ending: frozenset[str]
    prices: Mapping[str, str]
    version: frozenset[str]
    versions: frozenset[str]
    dropped: frozenset[str]


def words_of(language: str) -> Mapping[str, list[str]]:
    """The vocabulary of plans in one language: words by role, those to be written first."""
    found: Mapping[str, list[str]] = files.words(language)["plan_vocabulary"]
    return found


def vocabulary() -> Vocabulary:
    """The vocabulary of all languages."""
    headings: dict[str, str] = {}
    totals: set[str] = set()
    ending: set[str] = set()
    version: set[str] = set()
    versions: set[str] = set()
    dropped: set[str] = set()
    prices = {key(name): name for name in PRICES}
    for language in files.languages():
        for role, words in words_of(language).items():
            keys = [key(word) for word in words]
            if role == "total":
                totals.update(keys)
            elif role == "version":
                version.update(keys)
            elif role == "dropped":
                dropped.update(keys)
            elif role == "versions":
                versions.update(keys)
            elif role in PRICES:
                prices |= dict.fromkeys(keys, role)
            elif role == "ending":
                ending.update(keys)
                headings |= dict.fromkeys(keys, "period week")
            elif role != "spending":
                headings |= dict.fromkeys(keys, role.replace("_", " "))
    return Vocabulary(
        headings, frozenset(totals), frozenset(ending), prices, frozenset(version),
        frozenset(versions), frozenset(dropped),
    )  # fmt: skip


@dataclass
class Names:
    """Names that a plan may use, and what they stand for.

    Attributes:
        firms: names of the market by :func:`key`.
        activities: names of the market and of prices by :func:`key`.
        aliases: by :func:`key`, a name of the market, a role of a heading, or IGNORED.
        me: firm of the user.
        is_me_said: whether the user has named this firm.
        used: aliases that occurred, for what is said about them.
    """

    firms: dict[str, str]
    activities: dict[str, str]
    vocabulary: Vocabulary
    me: str
    aliases: dict[str, str] = field(default_factory=dict)
    is_me_said: bool = False
    used: dict[str, str] = field(default_factory=dict)

    def firm(self, word: str) -> str:
        """The firm that a word names, or an empty string."""
        return self._find(word, self.firms)

    def activity(self, word: str) -> str:
        """The activity or price that a word names, or an empty string."""
        return self._find(word, self.activities)

    def _find(self, word: str, known: Mapping[str, str]) -> str:
        alias = self.aliases.get(key(word), "")
        if alias in known.values():
            self.used[word] = alias
            return alias
        if word in known.values():
            return word
        both = {known.get(key(half), "") for half in halves(word)}
        return known.get(key(word), "") or (both.pop() if len(both) == 1 else "")

    def role(self, heading: str) -> str:
        """The role of a heading, see :class:`Vocabulary`; ``other`` if it is to be ignored."""
        if self.is_ignored(heading):
            return "other"
        alias = self.aliases.get(key(heading), "")
        return self.vocabulary.headings.get(key(alias or heading), "")

    def is_ignored(self, word: str) -> bool:
        """Whether the user has said that a word is to be ignored."""
        return self.aliases.get(key(word), "") == IGNORED

    def is_total(self, word: str) -> bool:
        """Whether a word is a label of a total, such as "Total 2027" or 合计."""
        if self.firm(word) or self.activity(word):
            return False
        whole = key(word).rstrip(".")
        parts = {key(part).rstrip(".") for part in re.split(r"[\s:]+", word)}
        return bool(
            {whole, *parts} & self.vocabulary.totals
            or any(whole.endswith(t) for t in self.vocabulary.totals if not t.isascii())
        )

    def hint(self, word: str, known: Iterable[str]) -> str:
        """The known name nearest to a word, or an empty string."""
        by_key = {key(name): name for name in known}
        return by_key.get(closest(key(word), by_key), "")


def make_names(config: MarketConfig, aliases: Iterable[str], faults: Faults) -> Names:
    """The names of a market with the user's aliases.

    Args:
        config: firms and activities; an activity may have a Chinese name (``zh``).
        aliases: sentences such as ``TV is broadcast`` or ``I am alder``.
        faults: takes aliases that name nothing.
    """
    known = vocabulary()
    firms, activities = _by_key(config.firms), dict(known.prices)
    for name, activity in config.activities.items():
        if chinese := getattr(activity, "zh", ""):
            activities[key(chinese)] = name
    activities |= _by_key(config.activities)
    out = Names(firms, activities, known, next(iter(config.firms)))
    pairs = []
    for sentence in aliases:
        pair = _split(sentence)
        if pair is None:
            faults.add("alias_form", alias=sentence)
        else:
            pairs.append((sentence, *pair))
    _add_me(out, pairs)
    for sentence, word, target in pairs:
        _add(out, sentence, word, target, faults)
    return out


def _by_key(names: Iterable[str]) -> dict[str, str]:
    """Names by key; those that differ in case or spaces alone are found only as written."""
    count = Counter(map(key, names))
    return {key(name) if count[key(name)] == 1 else f"\0{name}": name for name in names}


_ALIAS = re.compile(r"(.+?)\s*(?:\s(?:is|am|are|means)\s|->|=>|→|=|是|即|指)\s*(.+)", re.I)
_IS_ME = {"i", "me", "myfirm", "we", "us", "我", "我们", "本公司"}
_IS_IGNORED = {"ignored", "ignore", "nothing", "忽略", "不计"}


def _split(sentence: str) -> tuple[str, str] | None:
    found = _ALIAS.fullmatch(plain(sentence).rstrip(".。").strip())
    return (found[1].strip().strip('"'), found[2].strip().strip('"')) if found else None


def _add_me(names: Names, pairs: list[tuple[str, str, str]]) -> None:
    """Settle the firm of the user before other aliases refer to it."""
    for _, word, target in pairs:
        for one, other in ((word, target), (target, word)):
            if key(one) in _IS_ME and names.firm(other):
                names.me, names.is_me_said = names.firm(other), True


def _add(names: Names, sentence: str, word: str, target: str, faults: Faults) -> None:
    """Add an alias; the name of the market may stand on either side."""
    sides = [(word, target), (target, word)]
    if any(key(one) in _IS_ME and names.firm(other) for one, other in sides):
        return
    for alias, known in sides:
        name = _target(names, known)
        if name:
            names.aliases[key(alias)] = name
            return
    every = [*names.firms.values(), *names.activities.values(), *ROLES]
    hint = names.hint(target, every) or names.hint(word, every)
    nearest = faults.say("did_you_mean", word=hint) if hint else ""
    faults.add("alias_unknown", alias=sentence, word=target, hint=nearest)


def _target(names: Names, word: str) -> str:
    """What the right side of an alias stands for, or an empty string."""
    if key(word) in _IS_ME:
        return names.me
    if key(word) in _IS_IGNORED:
        return IGNORED
    found = names.activities.get(key(word)) or names.firms.get(key(word))
    return found or (word if key(word) in names.vocabulary.headings else "")


def read_aliases(path: Path, language: str) -> list[str]:
    """The aliases in a file: one a line, as a sentence or as two cells; ``#`` begins a comment.

    Raises:
        PlanError: the file cannot be read.
    """
    faults = Faults(path.name, language)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.fatal("unknown_encoding", path=path)
    except OSError as error:
        faults.fatal("unreadable", path=path, reason=faults.translated(error.strerror))
    return list(_alias_lines(text))


def _alias_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.split("#")[0].strip()
        if words and not _split(words):
            cells = next(csv.reader([words], delimiter=max(",;\t", key=words.count)))
            words = " = ".join(cell.strip() for cell in cells) if len(cells) == 2 else words
        if words:
            yield words
