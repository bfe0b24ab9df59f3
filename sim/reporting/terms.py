"""Terms of tables, sentences and figures, with their definitions: ``gtm explain run-off``.

A term is a KPI or an entry of :data:`sim.files.GLOSSARY`; the glossaries of the documentation site
are made from the same terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim import files
from sim.config.names import fold
from sim.config.schema import Config
from sim.kpis import KPIS
from sim.reporting.explain import Sheet
from sim.reporting.words import Words

DOCUMENTS = "docs"
"""Place of a term that stands in documents only, and not in the output of a verb."""

KPI_VERBS = ("run", "compare")
"""Verbs whose output has KPIs."""


@dataclass(frozen=True)
class Term:
    """A term in every language.

    Attributes:
        names: the term, by language.
        says: its definition by language; of a KPI, what is to be added to the KPI's definition.
        seen: verbs whose output has the term, or :data:`DOCUMENTS`.
        kpi: name of the KPI that it is, or an empty string.
        key: what ``gtm explain`` shows with it: a parameter, a group or a table.
        also: other names that it is found by.
        sorts_as: a word that begins like the Chinese term, where that has two readings.
    """

    names: Mapping[str, str]
    says: Mapping[str, str]
    seen: tuple[str, ...] = KPI_VERBS
    kpi: str = ""
    key: str = ""
    also: tuple[str, ...] = ()
    sorts_as: str = ""

    def definition(self, words: Words) -> str:
        """The definition, in a few sentences."""
        meaning = words.text(KPIS[self.kpi].meaning) if self.kpi else ""
        more = words.pick(self.says) if self.says else ""
        return words.sentences(*(text for text in (meaning, more) if text))

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every name that it is found by."""
        found = (*self.names.values(), self.kpi, self.key, *self.also)
        return tuple(name for name in found if name)


def terms() -> list[Term]:
    """All entries of the glossary, and the KPIs that have none."""
    found = [_term(entry) for entry in files.glossary()]
    known = {term.kpi for term in found}
    return found + [
        Term(kpi.label, {}, kpi=kpi.name) for kpi in KPIS.values() if kpi.name not in known
    ]


def _term(entry: Mapping[str, Any]) -> Term:
    """A term from an entry of the glossary."""
    kpi = entry.get("kpi", "")
    names = {one: entry[one] for one in files.languages() if one in entry}
    says = {one: entry[f"says_{one}"] for one in files.languages() if f"says_{one}" in entry}
    return Term(
        names or KPIS[kpi].label, says, tuple(entry.get("seen", KPI_VERBS)), kpi,
        entry.get("key", ""), tuple(entry.get("also", ())), entry.get("sorts_as", ""),
    )  # fmt: skip


def find(name: str) -> list[Term]:
    """The terms that a name stands for, in any language, case and spelling; none if unknown.

    A heading may begin with a number, such as that of the years.
    """
    known: dict[str, list[Term]] = {}
    for term in terms():
        for one in {bare(spelling) for spelling in term.spellings}:
            known.setdefault(one, []).append(term)
    wanted = bare(name)
    others = (wanted, wanted.removesuffix("s"), wanted.lstrip("0123456789"))
    return next((known[one] for one in others if one in known), [])


def printed(name: str, config: Config) -> list[str]:
    """Keys of the firms and activities that are printed under a name in some language."""
    spoken = [Words(language) for language in files.languages()]
    names = {key: {one.name(key) for one in spoken} for key in config.firms}
    names |= {key: {one.activity(key, config) for one in spoken} for key in config.activities}
    return [key for key, texts in names.items() if bare(name) in map(bare, texts)]


def bare(name: str) -> str:
    """Letters and digits of a name, without case: ``Run-off`` and ``run_off`` are the same."""
    return "".join(letter for letter in fold(name) if letter.isalnum())


def spellings(words: Words) -> list[str]:
    """Every term of a language, and all other names that terms are found by."""
    return [name for term in terms() for name in (words.pick(term.names), *term.also)]


def page(term: Term, words: Words) -> Sheet:
    """All that is known about a term, a line for each fact."""
    name = words.pick(term.names)
    others = [text for text in term.names.values() if text != name]
    facts = {
        "doc_definition": term.definition(words),
        "setting_unit": words.unit(KPIS[term.kpi].unit) if term.kpi else "",
        "term_function": words.text(KPIS[term.kpi].function_of).replace("_", " ")
        if term.kpi
        else "",
        "term_key": term.kpi or term.key,
        "term_seen": words.say("and").join(_place(place, words) for place in term.seen),
        "term_other_language": words.say("and").join(others),
    }
    rows = tuple((words.say(key), text) for key, text in facts.items() if text)
    return Sheet(term.kpi or term.key or name, name, ("", ""), rows)


def _place(place: str, words: Words) -> str:
    return words.say("term_documents") if place == DOCUMENTS else f"gtm {place}"
