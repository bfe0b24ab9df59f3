"""Tables and sentences about claims: what is said is so, and is said in one language."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from sim.experiments.claims import ClaimResult
from sim.experiments.coverage import COMMON, INDEPENDENT, SAME, Coverage
from sim.experiments.regions import FEWEST, Region
from sim.experiments.scenarios import names, need, shipped
from sim.experiments.targets import TARGETS, Finding
from sim.outcomes.paired import paired
from sim.reporting import claims as report
from sim.reporting.calibration import value_lines
from sim.reporting.coverage import coverage_table
from sim.reporting.terminal import scorecard, show
from sim.reporting.words import Words

EN, ZH = Words("en"), Words("zh")
HOLDS, FAILS = np.array([9.0, 10.0, 11.0]), np.array([-9.0, -10.0, -11.0])


def result(effect, without=None, left=(0.1, 0.0, 0.2)):
    """A tested claim: community against blitz, profit."""
    claim = need("AC").claims[1]
    ablated = None if without is None else paired(np.zeros(3), without)
    return ClaimResult("AC", claim, "brand", paired(np.zeros(3), effect), 0.0, ablated, left, 1.0)


def cells(found, words, regions=()):
    """The first row of the table of claims."""
    table = report.claims_table([found], regions, words, named=[need("AC")])
    return [str(next(column.cells)) for column in table.columns]


def said(table, words):
    """What a table shows."""
    console = Console(width=200)
    with console.capture() as out:
        show(console, table)
    return out.get()


def english(text):
    """Words in Latin letters, without names that are typed: ids of scenarios, KPI and CEO."""
    typed = {*names(), *TARGETS, "KPI", "CEO", "CDNOW", "gtm", "compare", "claims"}
    return [w for w in re.findall(r"[A-Za-z_]{2,}", text) if w not in typed]


@pytest.mark.parametrize(
    ("found", "left", "carried"),
    [
        (result(HOLDS), "not tested", "not tested"),
        (result(FAILS, FAILS), "not applicable", "not applicable"),
        (result(HOLDS, HOLDS / 10), "10 % (0 to 20)", "yes"),
        (result(HOLDS, HOLDS, (1.0, 0.9, 1.1)), "100 % (90 to 110)", "no"),
        (replace(result(HOLDS, HOLDS), done=0.0), "not applicable", "not applicable"),
    ],
)
def test_what_is_left_is_said_where_it_was_measured(found, left, carried):
    assert cells(found, EN)[4:6] == [left, carried]


def test_the_note_on_mechanisms_stands_below_tables_that_tested_some():
    quick, full = result(HOLDS), result(HOLDS, HOLDS)
    assert report.claims_notes([quick], 2, EN) == [EN.say("claims_note", replicates=2)]
    assert EN.say("claims_note_ablation") in report.claims_notes([quick, full], 8, EN)


@pytest.mark.parametrize("words", [EN, ZH])
def test_stored_results_are_not_told_of_a_changed_configuration(words):
    one = need("AC")
    assert words.pick(one.found) in "".join(report.answer([one], [result(FAILS)], [], words))
    (line,) = report.answer([one], [result(FAILS)], ["talk.rate=0"], words)
    assert "talk.rate=0" in line


def region(share_of_settings):
    holds = np.arange(40) < 40 * share_of_settings
    margins = np.where(holds, 1.0, -1.0)
    return Region(need("AC").claims[1], "brand", ("a",), np.zeros((40, 1)), margins)


def undecided():
    """A region in which no parameter decides; the search for one takes seconds."""
    found = region(0.5)
    vars(found)["deciding"] = []
    return found


def test_a_region_says_why_no_parameter_is_named():
    few, none, whole = region(0.05), undecided(), region(1.0)
    assert str(FEWEST) in report.region_sentence(few, EN)
    assert EN.say("region_few", least=FEWEST) in report.region_sentence(few, EN)
    assert EN.say("region_none") in report.region_sentence(none, EN)
    assert report.region_sentence(whole, EN).endswith("settings.")


def test_a_region_that_was_not_explored_says_so():
    other = replace(region(0.05), market="elsewhere")
    assert cells(result(HOLDS), ZH, [other])[-1] == "未检验"


def test_arms_and_markets_have_names():
    assert "Brand: Community building - Ad blitz, profit" in cells(result(HOLDS), EN)[0]
    assert "消费品牌：社群经营 - 广告轰炸，利润" in cells(result(HOLDS), ZH)[0]


def test_chinese_tables_have_no_english_and_no_nan():
    found = [need(name) for name in names()]
    nan = np.full(3, np.nan)
    target = next(iter(TARGETS.values()))
    facts = [Finding(target, part, np.nan, nan) for part in target.parts.values()]
    held = np.array([True, False])
    tested = [result(HOLDS), result(FAILS, FAILS), result(HOLDS, HOLDS / 10)]
    for table in (
        report.scenario_table(found, {}, "", ZH),
        report.claims_table(tested, [region(0.05)], ZH, named=found),
        scorecard(facts, 3, ZH),
        coverage_table([Coverage(kind, held, held) for kind in (SAME, COMMON, INDEPENDENT)], ZH),
    ):
        assert set(english(said(table, ZH))) <= {"AC", "HF"}
    assert "无法测得" in said(scorecard(facts, 3, ZH), ZH)
    for line in value_lines({"a.b": 1.0}, 2.0, 3.0, ZH)[1:]:
        assert english(line) == []


def test_chinese_texts_of_scenarios_have_no_english():
    for one in map(need, names()):
        claims = [text for c in one.claims for text in (c.statement, c.rival, c.why) if text]
        for text in (one.title, one.question, one.story, one.found, *one.labels.values(), *claims):
            assert set(english(text["zh"])) == set(), text["zh"]


def test_a_scenario_without_verdicts_is_not_tested():
    assert report.tally([], ZH) == "未检验"
    assert report.tally(shipped("AC"), ZH) == "2 项成立"


def test_kinds_of_experiments_have_their_own_number():
    kinds = [Coverage(SAME, np.ones(2, bool), np.ones(2, bool)),
             Coverage(COMMON, np.ones(5, bool), np.ones(5, bool))]  # fmt: skip
    assert list(coverage_table(kinds, EN).columns[1].cells) == ["2", "5"]
