"""Texts of the README and the site."""

from __future__ import annotations

import pytest

from sim.reporting import documents
from sim.reporting.terms import Term
from sim.reporting.words import Words


def test_an_edited_number_breaks_the_seal():
    mark, seal, text = documents.unstamped(documents.stamped("profit 21.80 M", "0123abcd"))
    assert (mark, seal, text) == ("0123abcd", documents.seal(text), "profit 21.80 M")
    edited = documents.stamped(text, mark).replace("21.80", "21.90")
    _, seal, text = documents.unstamped(edited)
    assert seal != documents.seal(text)


def test_a_document_without_a_stamp_is_refused():
    with pytest.raises(ValueError, match="no stamp"):
        documents.unstamped("profit 21.80 M\n")


def test_a_text_is_put_between_its_markers_only():
    document = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nz"
    new = documents.placed(document, "x", "new")
    assert new == document.replace("old", "new")


def test_a_glossary_is_in_the_order_of_its_language():
    terms = [
        Term({"en": "trust", "zh": "信任"}, {}, kpi="trust"),
        Term({"en": "Awareness", "zh": "知名度"}, {}, kpi="awareness"),
        Term({"en": "arm", "zh": "方案"}, {"en": "An alternative.", "zh": "…"}),
        Term({"en": "replicate", "zh": "重复"}, {"en": "A run.", "zh": "…"}, sorts_as="充复"),
    ]
    rows = documents.glossary(terms, Words("en")).splitlines()[2:]
    assert [row.split("**")[1] for row in rows] == ["arm", "Awareness", "replicate", "trust"]
    assert "How far customers rely on the firm" in rows[-1], "the definition of the code"
    rows = documents.glossary(terms, Words("zh")).splitlines()[2:]
    assert [row.split("**")[1] for row in rows] == ["重复", "方案", "信任", "知名度"]
