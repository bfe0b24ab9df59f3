"""``gtm validate economy`` and ``gtm validate audit``."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest

from sim.cli.app import main
from sim.experiments.validation import audit as placebos
from sim.experiments.validation import economy as accounts
from sim.experiments.validation.audit import Check
from sim.experiments.validation.economy import FULL, OVERHEAD, QUICK, RETURN, Measured
from sim.reporting import economy as report
from sim.reporting.json_schema import schema
from sim.reporting.words import Words

FOUND = [
    Measured("packaged", "birch", "gross_margin", "", "", np.array([0.61, 0.63])),
    Measured("packaged", "birch", OVERHEAD, "", "", np.zeros(0)),
    Measured("packaged", "birch", "silent", "", "", np.array([0.5, np.nan])),
    Measured("packaged", "cedar", "share_3", "", "", np.array([0.031, 0.029])),
    Measured("packaged", "birch", RETURN, "broadcast", "one", np.array([0.3, 0.31]), 0.1),
    Measured("packaged", "birch", RETURN, "broadcast", "three", np.array([1.0, 5.0]), 0.1),
    Measured("packaged", "cedar", RETURN, "broadcast", "three", np.array([0.5, 0.51]), 1.0),
]
CHECKS = [
    Check("same_twice", "brand", "columnar", True, True, "", 0.0),
    Check("money_times_ten", "brand", "columnar", True, False, "account value_to_date", 12.0),
]


@pytest.fixture
def asked(monkeypatch):
    """What the commands ask for, which is not simulated."""
    out = {}

    def economy(names, *overrides, effort, **_):
        out.update(names=names, overrides=overrides, effort=effort)
        return FOUND

    def audit(names, *overrides, **_):
        out.update(names=names, overrides=overrides)
        return out.get("checks", CHECKS)

    monkeypatch.setattr(accounts, "economy", economy)
    monkeypatch.setattr(placebos, "audit", audit)
    return out


def test_the_accounts_are_two_tables_in_both_languages(in_folder, asked, capsys):
    assert main(["validate", "economy", "packaged", "--quick", "talk.rate=0"]) == 0
    assert asked == {"names": ["packaged"], "overrides": ("talk.rate=0",), "effort": QUICK}
    shown = " ".join(capsys.readouterr().out.split())
    for cell in ("62.0 % high", "not in the model", "no source", "up to 8.0 %", "0.30 ±0.06",
                 "(3.00 ±25.41)", "0.51 ±0.06**"):  # fmt: skip
        assert cell in shown, cell
    written = {
        path.name for path in (in_folder / "results" / "validate-economy-packaged").iterdir()
    }
    assert written == {"provenance.json", "columns.csv", "economy.csv", "economy.parquet"}
    assert main(["validate", "economy", "--lang", "zh"]) == 0
    assert (asked["names"], asked["effort"]) == ([], FULL)
    shown = capsys.readouterr().out
    for cell in ("62.0% 偏高", "模型中没有", "无来源", "大众广告，三年", "不是证据"):
        assert cell in shown, cell


def _document(capsys):
    out = json.loads(capsys.readouterr().out)
    form = schema(out["document"], Words("en"))
    jsonschema.validate(out, form, jsonschema.Draft202012Validator)
    return out


def test_the_accounts_as_json(in_folder, asked, capsys):
    assert main(["validate", "economy", "--json"]) == 0
    out = _document(capsys)
    assert out["customers"] == FULL.customers
    first, overhead, *_ = out["figures"]
    assert (first["verdict"], first["low"], first["seeds"]) == ("above", 0.3, 2)
    assert "Damodaran" in first["source"]
    assert overhead["mean"] is None
    assert overhead["verdict"] == "not in the model"
    assert out["figures"][-1]["step"] == 1.0


def test_the_page_has_the_sources_once():
    for language in ("en", "zh"):
        text = report.page(report.rows(FOUND), Words(language))
        assert text.count("Damodaran, Margins by Sector, Europe") == 1
        assert text.count("Shapiro") == 1
        assert "0.51 ±0.06\\*\\*" in text
    table = pd.DataFrame(report.rows(FOUND))
    assert report.page(table.to_dict("records"), Words("en")) == report.page(
        report.rows(FOUND), Words("en")
    )


def test_the_audit_is_a_table_in_both_languages(in_folder, asked, capsys):
    assert main(["validate", "audit", "brand", "weeks=9"]) == 0
    assert asked == {"names": ["brand"], "overrides": ("weeks=9",)}
    shown = " ".join(capsys.readouterr().out.split())
    assert "All 2 checks held, 1 of them without any difference." in shown
    assert "account value_to_date: 12" in shown
    written = {path.name for path in (in_folder / "results" / "validate-audit-brand").iterdir()}
    assert written == {
        "provenance.json", "columns.csv", "audit.csv", "audit.parquet", "answer.txt",
    }  # fmt: skip
    assert main(["validate", "audit", "--lang", "zh"]) == 0
    assert "2 项检验全部通过" in capsys.readouterr().out


def test_a_placebo_that_fails_ends_with_exit_code_1(in_folder, asked, capsys):
    asked["checks"] = [*CHECKS, Check("order_reversed", "toy", "reference", False, False, "x", 9.0)]
    assert main(["validate", "audit"]) == 1
    out = capsys.readouterr()
    assert "FAILED" in out.out
    assert out.err.splitlines()[-1].endswith(
        "1 of 3 checks failed: order_reversed (toy, reference)."
    )
    assert main(["validate", "audit", "--json"]) == 1
    assert _document(capsys)["held"] is False


@pytest.mark.parametrize(
    "words",
    [("economy", "--stored"), ("audit", "--settings", "3"), ("audit", "--quick"), ("economy", "x"),
     ("audit", "brond")],
)  # fmt: skip
def test_other_options_and_unknown_markets_are_refused_in_one_line(in_folder, capsys, words):
    for language in ("en", "zh"):
        assert main(["validate", *words, "--lang", language]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("gtm: ")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_accounts_before_and_after_stand_side_by_side(language):
    words = Words(language)
    before = report.rows(FOUND)
    after = report.rows(
        [
            replace(one, values=np.array([0.2, 0.2])) if one.figure == "gross_margin" else one
            for one in FOUND
        ]
    )
    lines = report.compared(before, after, words).splitlines()
    margin = next(
        line for line in lines if words.pick(accounts.figures()["gross_margin"].labels) in line
    )
    assert words.share(0.62) in margin
    assert words.share(0.2) in margin
    assert margin.endswith("| 0/1 → 0/1 |")
    overhead = next(
        line for line in lines if words.pick(accounts.figures()[OVERHEAD].labels) in line
    )
    assert overhead.count(words.say("economy_not_in_model")) == 2
    assert any("| 1.75 | 1.75 |" in line for line in lines), "means over the firms"
