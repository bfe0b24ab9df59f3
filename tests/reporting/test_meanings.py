"""Meanings, sources and definitions in Chinese: all there, none left over, no English in them."""

from __future__ import annotations

import re
from functools import cache

import pytest

import sim
from sim import files
from sim.config.own_market import SHARES, TEN
from sim.config.schema import NAMED
from sim.kpis import KPIS
from sim.reporting import explain
from sim.reporting.explain import Sheet
from sim.reporting.markets import ten_numbers
from sim.reporting.references import columns, documents
from sim.reporting.settings import find, settings
from sim.reporting.words import Words
from tests.chinese import english_words

CITATION = re.compile(
    r"[A-Z][A-Za-z,& .\-]* (?:19|20)\d\d,? \(?[A-Z][A-Za-z.,& ]* [\d()]+:\w+"
)  # authors, year, journal, volume and page
KEPT = {
    "WordStream",
    "KPI", "JSON", "CSV", "Python", "World.assign", "sim.simulate", "decisions", "gtm", "run",
    "explain", "market", "new", "off", "BG", "NBD", "van", "et", "al", "n", "n-1", "r", "OWN",
    "RIVAL", "configs", "sim", "agents", "keep", "imitate", "retaliate", "true", "false",
}  # fmt: skip
"""Words of a Chinese text that are names, values to be typed, letters of formulas, or cited."""
CODES = {
    "won", "back", "holds", "fails", "undecided", "hit", "near", "miss", "wrong", "sign", "unknown",
    "yes", "no", "reversed", "before", "since", "within", "mix", "valley", "dip", "payback",
    "profit_to_date", "profit_runoff", "count", "cents", "parts",
}  # fmt: skip
"""Values in tables of results, with their meaning beside them in the data dictionary."""


class Asked(Words):
    """Chinese words that remember the texts and units they were asked for."""

    def __init__(self) -> None:
        super().__init__("zh")
        self.texts: set[str] = set()
        self.units: set[str] = set()

    def text(self, english: str) -> str:
        self.texts.add(english)
        return super().text(english)

    def unit(self, name: str) -> str:
        self.units.add(name)
        return super().unit(name)


@cache
def shown() -> tuple[Asked, list[Sheet], set[str]]:
    """The words that were asked, everything that ``gtm explain`` can show, and all names in it."""
    words, names = Asked(), set[str]()
    sheets = [columns(words), documents(words)]
    some = (
        "+treatments.x={id: 1, firm: alder}",
        "+interventions.x={week: 2}",
        "+eras.x={key: talk.rate}",
    )
    for config in (sim.load_config(*some), sim.load_config("market=toy")):
        known = settings(config)
        groups = dict.fromkeys(key.partition(".")[0] for key in known)
        sheets += [ten_numbers(config, words), *explain.sheets(config, words)]
        sheets += [sheet for group in groups if (sheet := find(config, group, words))]
        sheets += [
            find(config, key, words) or pytest.fail(key) for key in ("talk.rate", "currency")
        ]
        names |= {text for key, one in known.items() for text in (key, str(one.value))}
    english = [*explain.sheets(sim.load_config()), *sheets[:2]]
    names |= {sheet.name for sheet in english}
    names |= {row[0] for sheet in english for row in sheet.rows}
    names |= {row[1] for sheet in (explain.week(), explain.kpis(), sheets[0], sheets[1])
              for row in sheet.rows}  # fmt: skip
    names |= {row[2] for row in explain.state().rows} | {row[-1] for row in explain.week().rows}
    sets = (key for line in TEN.values() for key in line.sets)
    return words, sheets, names | set(NAMED) | {*TEN, SHARES, *sets}


def _names() -> set[str]:
    words = {word for name in shown()[2] for word in re.findall(r"[A-Za-z][A-Za-z_]+", name)}
    return KEPT | words


def test_every_text_that_is_shown_is_in_chinese_and_no_translation_is_left_over():
    words = shown()[0]
    known = files.meanings("zh")
    asked = words.texts - {""}
    assert sorted(asked - set(known)) == []
    assert sorted(set(known) - asked) == []
    assert sorted(name for name in words.units - {""} if words.unit(name) == name) == []


def test_no_english_is_left_but_names_and_citations():
    allowed = _names()
    left = {
        cell: words
        for sheet in shown()[1]
        for row in sheet.rows
        for cell in row
        if (words := english_words(
            CITATION.sub("", cell), allowed | CODES if sheet.name == "columns" else allowed
        ))
    }  # fmt: skip
    assert left == {}


def test_citations_keep_authors_year_and_journal():
    with_some = 0
    for english, chinese in files.meanings("zh").items():
        for citation in CITATION.findall(english):
            assert citation in chinese, english
            with_some += 1
    assert with_some > 12


def test_numbers_of_a_text_are_those_of_its_translation():
    def numbers(text: str) -> list[str]:
        return sorted(re.findall(r"\d+(?:[.,:]\d+)*", text))

    for english, chinese in files.meanings("zh").items():
        assert set(numbers(english)) <= set(numbers(chinese)), english


def test_the_odd_stays_english():
    assert "probability that the firm comes to mind" in explain.state().markdown()
    (row,) = [row for row in explain.kpis(Words("zh")).rows if row[0] == "profit"]
    assert row[3:5] == ("金额", "企业")
    assert row[5] == files.meanings("zh")[KPIS["profit"].meaning]


def test_a_text_without_a_translation_is_shown_as_declared():
    assert Words("en").text("Length of the run.") == "Length of the run."
    assert Words("zh").text("a text of the user's") == "a text of the user's"
