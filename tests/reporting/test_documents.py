"""Texts of the README and the site."""

from __future__ import annotations

import pytest

from sim.reporting import documents
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
        {"en": "trust", "zh": "信任", "kpi": "trust", "says_zh": "…"},
        {"en": "Awareness", "zh": "知名度", "kpi": "awareness", "says_zh": "…"},
        {"en": "arm", "zh": "方案", "says_en": "An alternative.", "says_zh": "…"},
        {"en": "replicate", "zh": "重复", "sorts_as": "充复", "says_en": "A run.", "says_zh": "…"},
    ]
    rows = documents.glossary(terms, Words("en")).splitlines()[2:]
    assert [row.split("**")[1] for row in rows] == ["arm", "Awareness", "replicate", "trust"]
    assert "Mean trust of active customers." in rows[-1], "the definition of the code"
    rows = documents.glossary(terms, Words("zh")).splitlines()[2:]
    assert [row.split("**")[1] for row in rows] == ["重复", "方案", "信任", "知名度"]
