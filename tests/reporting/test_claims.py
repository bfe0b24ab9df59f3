"""Tables and sentences about claims: what is said is so, and is said in one language."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from sim.experiments.claims import ClaimResult
from sim.experiments.coverage import COMMON, INDEPENDENT, SAME, Coverage
from sim.experiments.flips import Flip
from sim.experiments.regions import Region
from sim.experiments.scenarios import names, need, shipped
from sim.experiments.sweeps.discovery import FEWEST
from sim.experiments.validation.facts import targets
from sim.outcomes.paired import paired
from sim.reporting import claims as report
from sim.reporting import scorecard as scorecards
from sim.reporting.calibration import value_lines
from sim.reporting.coverage import coverage_table
from sim.reporting.terminal import show
from sim.reporting.words import Words
from tests.conftest import scorecard_of

EN, ZH = Words("en"), Words("zh")
HOLDS, FAILS = np.array([9.0, 10.0, 11.0]), np.array([-9.0, -10.0, -11.0])


def result(effect, without=None, left=(0.1, 0.0, 0.2)):
    """A tested claim: community against blitz, profit."""
    claim = need("AC").claims[1]
    ablated = None if without is None else paired(0 * without, without)
    return ClaimResult("AC", claim, "brand", paired(0 * effect, effect), 0.0, ablated, left, 1.0)


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
    typed = {*names(), *targets().facts, "KPI", "CEO", "CDNOW", "gtm", "compare", "claims"}
    return [w for w in re.findall(r"[A-Za-z_]{2,}", text) if w not in typed]


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (result(FAILS, FAILS), "not applicable"),
        (result(HOLDS, HOLDS / 10), "10 % (0 to 20)\nthe mechanism carries it"),
        (
            result(HOLDS, HOLDS, (1.0, 0.9, 1.1)),
            "100 % (90 to 110)\nthe mechanism does not carry it",
        ),
        (replace(result(HOLDS, HOLDS), done=0.0), "not applicable"),
    ],
)
def test_what_is_left_is_said_where_it_was_measured(found, left):
    assert cells(found, EN)[4] == left


def test_a_column_that_would_be_empty_is_left_out():
    quick = report.claims_table([result(HOLDS)], [], EN)
    full = report.claims_table([result(HOLDS), result(HOLDS, HOLDS)], [], EN)
    assert EN.say("claim_left") not in [column.header for column in quick.columns]
    assert "not tested" in list(full.columns[4].cells)


def test_a_claim_says_what_was_expected_and_what_was_found():
    assert cells(result(FAILS), EN)[1:4] == ["above 0.00", "-10.00\n-12.48 to -7.52", "fails"]
    two = result(np.array([9.0, 11.0]))
    assert cells(two, EN)[2] == "+10.00\n2 runs", "two runs are too few for an interval"
    assert cells(two, ZH)[2] == "+10.00\n2 次模拟"


def test_claims_stand_in_the_order_of_their_ids():
    found = [
        replace(result(HOLDS), claim=replace(need("AC").claims[1], id=name))
        for name in ("S10.10", "S10.6", "S10.5", "S2.1")
    ]
    table = report.claims_table(found, [], EN)
    ids = [str(cell).split()[0] for cell in table.columns[0].cells]
    assert ids == ["S2.1", "S10.5", "S10.6", "S10.10"]


@pytest.mark.parametrize("words", [EN, ZH])
def test_stored_results_are_headed_and_a_quick_test_says_what_it_can_do(words):
    one, head = need("first/AC"), words.say("claims_stored", replicates=8)
    quick = words.say("claims_quick", now=3, full=8)
    told = report.answer([one], [result(HOLDS)], [], words)
    assert told[0] == head
    assert told[-1] == quick
    full = report.answer([one], [result(np.arange(8.0))], [], words)
    assert full[0] == head
    assert quick not in full
    mine = replace(one, is_shipped=False)
    assert head not in report.answer([mine], [result(HOLDS)], [], words)


@pytest.mark.parametrize(("words", "said"), [(EN, "Cost"), (ZH, "活动")])
def test_deciding_parameters_are_said_in_words(words, said, default):
    stored = shipped("AC", "first")
    lines = report.region_lines([], stored, [need("first/AC")], default, words)
    assert lines[0] == words.say("region_decides")
    assert "activities.content_social.unit_cost" in lines[1]
    assert len(lines[1]) > 2 * len("activities.content_social.unit_cost")
    assert words.market_name("brand") in lines[1]
    now = report.region_lines([undecided()], stored, [need("first/AC")], default, words)
    assert now[-1] == f"AC.2 {words.say('region_none')}"
    assert sum(line.startswith("AC.2") for line in now) == 1


def test_the_first_sentence_of_a_text():
    assert report.first_sentence("It earns 3.1 M more. Not at once.") == "It earns 3.1 M more."
    assert report.first_sentence("多赚 3.1 亿。但不是马上。") == "多赚 3.1 亿。"


def test_every_scenario_begins_with_a_short_answer():
    for one in map(need, names("first")):
        assert len(report.first_sentence(one.found["en"])) <= 190, one.id
        assert len(report.first_sentence(one.found["zh"])) <= 90, one.id


def test_the_note_on_mechanisms_stands_below_tables_that_tested_some():
    quick, full = result(HOLDS), result(HOLDS, HOLDS)
    ablation, regions = EN.say("claims_note_ablation"), EN.say("claims_note_region")
    assert ablation not in report.claims_notes([quick], 2, EN)
    assert ablation in report.claims_notes([quick, full], 8, EN)
    assert regions not in report.claims_notes([quick], 2, EN)
    assert regions in report.claims_notes([quick], 2, EN, has_regions=True)


@pytest.mark.parametrize("words", [EN, ZH])
def test_stored_results_are_not_told_of_a_changed_configuration(words):
    one = need("first/AC")
    assert words.pick(one.found) in "".join(report.answer([one], [result(FAILS)], [], words))
    (line,) = report.answer([one], [result(FAILS)], ["talk.rate=0"], words)
    assert "talk.rate=0" in line


def region(share_of_settings):
    holds = np.arange(40) < 40 * share_of_settings
    margins = np.where(holds, 1.0, -1.0)
    return Region(need("first/AC").claims[1], "brand", ("a",), np.zeros((40, 1)), margins)


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
    assert "Brand: Community building compared with Ad blitz, profit" in cells(result(HOLDS), EN)[0]
    assert "消费品牌：社群经营与广告轰炸相比，利润" in cells(result(HOLDS), ZH)[0]


def test_chinese_tables_have_no_english_and_no_nan():
    found = [need(name) for name in names()]
    facts = scorecard_of("E04", np.nan)
    held = np.array([True, False])
    tested = [result(HOLDS), result(FAILS, FAILS), result(HOLDS, HOLDS / 10)]
    for table in (
        report.scenario_table(found, {}, "", ZH),
        report.claims_table(tested, [region(0.05)], ZH, named=found),
        scorecards.table(facts, ZH),
        coverage_table([Coverage(kind, held, held) for kind in (SAME, COMMON, INDEPENDENT)], ZH),
    ):
        assert set(english(said(table, ZH))) <= {"AC", "HF", "first"}
    assert "无法测得" in said(scorecards.table(facts, ZH), ZH)
    for line in value_lines({"a.b": 1.0}, 2.0, 3.0, ZH)[1:]:
        assert english(line) == []


def test_chinese_texts_of_scenarios_have_no_english():
    for one in map(need, names()):
        claims = [text for c in one.claims for text in (c.statement, c.rival, c.why) if text]
        for text in (one.title, one.question, one.story, one.found, *one.labels.values(), *claims):
            assert set(english(text["zh"])) == set(), text["zh"]


def test_a_scenario_without_verdicts_is_not_tested():
    assert report.tally([], ZH) == "未检验"
    assert report.tally(shipped("AC", "first"), ZH) == "2 条论断中，2 条成立"
    told = report.tally(shipped("HF", "first"), EN)
    assert told == "of 15 statements 5 hold, 8 fail, 2 undecided"


@pytest.mark.parametrize("words", [EN, ZH])
def test_a_scenario_that_is_not_examined_yet_tells_of_the_first_examination(words):
    first = report.tally(shipped("AC", "first"), words)
    told = report.stored_verdicts(need("AC"), words)
    assert first in told
    assert "first/AC" in told
    assert report.stored_verdicts(need("first/AC"), words) == first
    assert any(told in line for line in report.answer([need("AC")], [], [], words))


@pytest.mark.parametrize("words", [EN, ZH])
def test_claims_that_await_something_are_listed_with_it(words):
    head, *lines = report.awaiting([need("S2"), need("S10")], words)
    assert head == words.say("claims_awaiting")
    assert [line.split()[0] for line in lines] == ["S2.16", "S2.17"]
    assert report.awaiting([need("S10")], words) == []
    assert report.awaiting([need("AC")], words) == [words.say("ablations_not_run", claims="AC.4")]
    first = report.awaiting([need("HF")], words)[1]
    there = words.with_names(need("HF").labels).market_name("industrial")
    assert words.say("awaits_there", markets=there, text="")[:4] in first


@pytest.mark.parametrize("words", [EN, ZH])
def test_where_a_sign_flips_stands_below_the_effect(words):
    claim = need("HF").claims[0]
    values = np.array(claim.axis.values)
    for flip, key in (
        (Flip(values, np.array([1, 1, 1, -1, -1, -1.0]), 0.7, 0.6, 0.8, 1), "flip_at"),
        (Flip(values, np.ones(6), np.inf, np.inf, np.inf, 0), "flip_none"),
        (Flip(values, np.ones(6), 1.9, 1.5, np.inf, 1), "flip_open"),
    ):
        one = replace(result(HOLDS), claim=claim, flip=flip)
        said = report.flip_sentence(one, words)
        known = {"factor": words.pick(claim.axis.factor), "first": "0.2", "last": "2"}
        known |= {"at": "0.70", "low": "0.60", "high": "0.80", "kpi": words.label("profit")}
        known |= {"less": words.name("farmer"), "more": words.name("hunter")}
        known |= {"arm": words.name("farmer")}
        assert said == words.say(key, **known)
        assert said in str(next(iter(report.claims_table([one], [], words).columns[2].cells)))
    assert report.rows([one])[0]["flip"] == 1.9


def test_kinds_of_experiments_have_their_own_number():
    kinds = [Coverage(SAME, np.ones(2, bool), np.ones(2, bool)),
             Coverage(COMMON, np.ones(5, bool), np.ones(5, bool))]  # fmt: skip
    assert list(coverage_table(kinds, EN).columns[1].cells) == ["2", "5"]
