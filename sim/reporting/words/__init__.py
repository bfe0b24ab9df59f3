"""Sentences and labels of each language, one YAML file a language."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from sim import files
from sim.params import ConfigError, Message, nearest, path_of
from sim.rules.units import YEAR

if TYPE_CHECKING:
    from sim.config.schema import Config
    from sim.kpis import Kpi

DEFAULT_LANGUAGE = "en"

languages = files.languages

ROUNDS_UP = 0.9995
"""Share of a larger unit from which an amount is given in it: 999,900 is 1.00 M, not 1,000 k."""


def _is_latin(character: str) -> bool:
    """Whether Chinese leaves a space beside it: a Latin letter, a digit or a sign."""
    return bool(character) and character.isascii() and not character.isspace()


class Words:
    """Sentences, labels and number formats of one language.

    Raises:
        ConfigError: there is no file for the language.
    """

    def __init__(self, language: str) -> None:
        if language not in languages():
            raise ConfigError(
                "--lang {language}: no such language; allowed {allowed}.{hint}",
                language=language, allowed=languages(), hint=nearest(language, languages()),
            )  # fmt: skip
        self.language = language
        self.currency = ""
        self._words: dict[str, Any] = files.words(language)
        self._names: Mapping[str, str] = self._words["names"]
        self._given: Mapping[str, Mapping[str, str]] = {}

    def in_currency(self, currency: str) -> Words:
        """The same words, with a sign or code printed with every amount of money."""
        out = copy(self)
        out.currency = currency
        return out

    def with_names(self, names: Mapping[str, Mapping[str, str]]) -> Words:
        """The same words with further names, such as those of the arms of a scenario.

        Args:
            names: for each id, its name by language.
        """
        out = copy(self)
        out._given = {**self._given, **names}
        out._names = {**self._names, **{key: self.pick(texts) for key, texts in names.items()}}
        return out

    def in_language(self, language: str) -> Words:
        """The words of another language, with the same currency and further names."""
        return Words(language).in_currency(self.currency).with_names(self._given)

    def name(self, key: str) -> str:
        """The name of a firm, plan or arm as printed; a name of the user's is its own."""
        return self._names.get(key, key)

    def market_name(self, key: str) -> str:
        """The name of a market as printed: of a scenario or the package; the user's is its own."""
        shipped: Mapping[str, str] = self._words["market_names"]
        return self._names.get(key) or shipped.get(key, key)

    def with_id(self, key: str, name: str) -> str:
        """An id that one types, with its name if that differs."""
        return key if key == name.lower() else self.say("with_id", id=key, name=name)

    def say(self, key: str, *args: object, **values: object) -> str:
        """The sentence of a key with its values filled in."""
        return str(self._words[key].format(*args, **values))

    def sentences(self, *sentences: str) -> str:
        """Sentences one after another, with a space between them where the language has one."""
        return self.say("between_sentences").join(sentences)

    def listed(self, parts: Sequence[str]) -> str:
        """Names or numbers as part of a sentence: a, b and c."""
        *before, last = parts
        if not before:
            return last
        joined = self.say("list").join(before)
        gap = self.say("beside_latin")
        if _is_latin(joined[-1:]):
            joined += gap
        if _is_latin(last[:1]):
            last = gap + last
        return self.say("list_end", joined, last)

    def pick(self, texts: Mapping[str, str]) -> str:
        """The text of a scenario in this language; English where it is not written in it."""
        return texts[self.language] if self.language in texts else texts[DEFAULT_LANGUAGE]

    def label(self, kpi: str) -> str:
        """The label of a KPI."""
        label = _kpi(kpi).label
        return label.get(self.language, label[DEFAULT_LANGUAGE])

    def value(self, kpi: str, value: float) -> str:
        """A value of a KPI as text in its unit; ``-`` if not finite."""
        if not math.isfinite(value):
            return self.say("unknown")
        forms = {"share": self.share, "money": self.money}
        return forms.get(_kpi(kpi).unit, self.amount)(value)

    def gap(self, kpi: str, value: float) -> str:
        """A difference between two values of a KPI as text; shares differ by percentage points."""
        if not math.isfinite(value) or _kpi(kpi).unit != "share":
            return self.value(kpi, value)
        return self.say("points", 100.0 * value)

    def message(self, message: Message) -> str:
        """An error, or another message of the program, in this language."""
        return message.text(self.translated)

    def translated(self, text: str) -> str:
        """An English template or text of :class:`~sim.params.Message` in this language; the text
        itself where there is no translation."""
        if self.language == DEFAULT_LANGUAGE:
            return text
        return files.translations(self.language).get(text) or self.unit(text)

    def about(self) -> Mapping[str, Any]:
        """Help texts of the command line as a whole."""
        about: Mapping[str, Any] = self._words["command_line"]["about"]
        return about

    def verbs(self) -> Mapping[str, Mapping[str, Any]]:
        """Help texts of the verbs, in the order of the list of verbs."""
        verbs: Mapping[str, Mapping[str, Any]] = self._words["command_line"]["verbs"]
        return verbs

    def verb(self, name: str) -> Mapping[str, Any]:
        """Help texts of a verb; empty if it has no entry."""
        return self.verbs().get(name, {})

    def option(self, verb: str, name: str) -> Mapping[str, str]:
        """The ``help`` of an option and the name of its ``value``: the verb's own, or shared."""
        shared: Mapping[str, Mapping[str, str]] = self._words["command_line"]["options"]
        own: Mapping[str, Mapping[str, str]] = self.verb(verb).get("options", {})
        return own.get(name) or shared.get(name, {})

    def activity(self, name: str, config: Config) -> str:
        """The name of an activity."""
        known = config.activities.get(name)
        if known and known.zh and self.language == "zh":
            return known.zh
        return name.replace("_", " ") if known else name

    def market(self, name: str) -> str:
        """What a shipped market is, or an empty string if this language has no entry."""
        markets: Mapping[str, str] = self._words["markets"]
        return markets.get(name, "")

    def ten(self, key: str) -> str:
        """The meaning of a line of a market file."""
        lines: Mapping[str, str] = self._words["ten"]
        return lines[key]

    def unit(self, name: str) -> str:
        """A unit, or a type of column, in words."""
        units: Mapping[str, str] = self._words["units"]
        return units.get(name, name)

    def text(self, english: str) -> str:
        """A text of a declaration, such as a meaning or a source, in this language; as declared
        where there is no translation."""
        return files.meanings(self.language).get(english, english)

    def heading(self, text: str) -> str:
        """A title or heading of the tables of assumptions; a name of a firm, say, stays."""
        headings: Mapping[str, str] = self._words["headings"]
        return headings.get(text, text)

    def column(self, table: str, name: str) -> str:
        """What a column of a table holds.

        Raises:
            KeyError: the column has no entry.
        """
        columns: Mapping[str, str] = self._words["columns"]
        return columns.get(f"{table}.{name}") or columns[name]

    def time(self, weeks: int) -> str:
        """A number of weeks, in years if they are whole."""
        years, rest = divmod(weeks, YEAR)
        if rest or not years:
            return self.say("time_weeks", weeks)
        return self.say("time_year" if years == 1 else "time_years", years)

    def parameter(self, key: str, meaning: str, config: Config) -> str:
        """The meaning of a parameter as part of a sentence, with the activity it is of.

        Args:
            meaning: as declared.
        """
        path, said = path_of(key), self.text(meaning).rstrip(".。")
        if path[0] != "activities":
            return said
        return self.say("of_activity", said, activity=self.activity(path[1], config))

    def share(self, value: float) -> str:
        """A share between 0 and 1 as a percentage."""
        return self.say("share", 100.0 * value)

    @property
    def currency_name(self) -> str:
        """The currency as printed beside an amount; empty if there is none."""
        known: Mapping[str, str] = self._words["currencies"]
        return known.get(self.currency, self.currency)

    def whole_share(self, value: float) -> str:
        """A share between 0 and 1 as a percentage without decimals."""
        return self.say("whole_share", 100.0 * value)

    def more(self, value: float) -> str:
        """A difference in money as so much more or less."""
        return self.say("more" if value >= 0.0 else "less", self.money(abs(value)))

    def span(self, low: float, high: float) -> str:
        """The ends of a difference in money, with "more" and "less" where one of them is less."""
        if low >= 0.0:
            return self.say("between", low=self.money(low), high=self.money(high))
        return self.say("between_signed", low=self.more(low), high=self.more(high))

    def money(self, value: float) -> str:
        """An amount of money as text, with the currency if there is one."""
        if not self.currency:
            return self.amount(value)
        name = self.currency_name
        gap = " " if name[-1].isalnum() and name.isascii() else ""
        sign = "-" if value < 0 else ""
        return sign + self.say("currency", amount=self.amount(abs(value)), name=name, gap=gap)

    def amount(self, value: float) -> str:
        """An amount as text, in larger units where it is large."""
        for size, unit, form in self._words["money_units"]:
            if abs(value) >= ROUNDS_UP * size:
                return str(form.format(value / unit))
        return f"{value:,.2f}"

    def short(self, value: float, alike: float | None = None) -> str:
        """A number on an axis, to three digits.

        Args:
            alike: the largest of the numbers in one table, whose unit and decimals all have.
        """
        largest = abs(value) if alike is None else alike
        for size, unit in self._words["axis_units"]:
            if largest >= size:
                return f"{_three(value / size, alike and alike / size)} {unit}"
        return _three(value, alike)


def first_sentence(text: str) -> str:
    """The first sentence of a text in English or Chinese."""
    return re.split(r"(?<=[.!?])\s|(?<=[。！？])", text, maxsplit=1)[0]


def _three(value: float, alike: float | None = None) -> str:
    """Three significant digits, or as many decimals as these are of the number ``alike``; larger
    numbers are rounded to whole ones."""
    if alike is not None and math.isfinite(value):
        return f"{value:,.{0 if alike >= 99.95 else 1 if alike >= 9.995 else 2}f}"
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def _kpi(name: str) -> Kpi:
    from sim.kpis import KPIS  # imports NumPy, which help pages do not need

    return KPIS[name]
