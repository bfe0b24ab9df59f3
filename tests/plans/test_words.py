"""Amounts, periods, names and aliases, as words."""

from __future__ import annotations

import datetime as dt

import pytest

from sim.plans.faults import Faults, PlanError
from sim.plans.names import key, make_names, read_aliases, vocabulary, words_of
from sim.plans.numbers import parse_amount, parse_unit, unit_in
from sim.plans.periods import Day, Unclear, parse, parse_period
from tests.plans.reading import faults_of, market, plan_of, rows_of


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("900000", 900_000, 900_000),
        ("1,200,000", 1_200_000, None),
        ("1.200.000", None, 1_200_000),
        ("900.000", 900, 900_000),
        ("39,900", 39_900, 39.9),
        ("1.234,56", None, 1234.56),
        ("0.125", 0.125, None),
        ("1’200’000", 1_200_000, 1_200_000),
        ("120,0000", 1_200_000, 120),
        ("1234.5678", 1234.5678, None),
        ("12 34", None, None),
        ("- 900", -900, -900),
        ("900-", -900, -900),
        ("(900)", -900, -900),
        (" -   ", 0, 0),
        ("€ -", 0, 0),
        ("900,-", 900, 900),
        ("CHF 1'200.-", 1200, 1200),
        ("15 %", 0.15, 0.15),
        ("1.2 Mio. €", 1_200_000, None),
        ("900 TEUR", 900_000, 900_000),
        ("€900k", 900_000, 900_000),
        ("1,200万", 12_000_000, None),
        ("1.125亿", 112_500_000, None),
        ("９０．５万元", 905_000, None),
        ("US$ 1.5m", 1_500_000, None),
    ],
)
def test_an_amount_has_a_value_for_each_decimal_mark(text, point, comma):
    amount = parse_amount(text)
    found = [amount.read(mark) for mark in ".,"]
    assert [None if v is None else float(v) for v in found] == [point, comma]


@pytest.mark.parametrize(
    "text", ["lots", "nan", "1.2.3 x", "5 m2", "15%k", "1--", "k", "900 (tbc)"]
)
def test_other_words_are_no_amounts(text):
    assert parse_amount(text) is None


def test_units_are_told_from_other_words():
    assert parse_unit("in thousands of euros") == (1000, "eur")
    assert parse_unit("万元") == (10_000, "cny")
    assert parse_unit("net") is None
    assert unit_in("All figures in k€")[0] == unit_in("Budget (€ '000), net")[0] == 1000
    assert unit_in("Media plan in Germany") == (None, "")
    assert unit_in("for thousands of shops") is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Q1|q1|1Q|Quarter 1|1st quarter|First Quarter|一季度|第1季度|第一季度|Ｑ１", "Q1"),
        ("Q1 2027|2027Q1|2027-Q1|1Q27|Q1/27|Q1'27|27Q1|2027年第1季度|27年Q1", "2027-Q1"),
        ("H1|1H|上半年|first half", "H1"),
        ("H2 2027|2027H2|2H27|2027年下半年|second half 2027", "2027-H2"),
        ("M4|month 4|第4个月|第四个月", "M4"),
        ("2027-04|2027-4|2027/4|04/2027|Apr-27|April 2027|Apr'27|2027 April|2027年4月|2027-M4",
         "2027-04"),
        ("Sept 2027|Sep-27|September 2027", "2027-09"),
        ("W5|week 5|wk 5|第5周|第五周", "W5"),
        ("2027-W05|W05 2027|2027W5|2027年第5周", "2027-W05"),
        ("2027|2027年|CY2027|year 2027|2027年度", "2027"),
        ("Y2|Year 2|第二年", "Y2"),
    ],
)  # fmt: skip
def test_a_period_is_read_in_any_spelling(words, name):
    for word in words.split("|"):
        found = parse_period(word)
        assert found is not None, word
        assert found.name == name, word


def test_dates_keep_their_readings():
    assert parse("01/04/2027") == Day({"dmy": dt.date(2027, 4, 1), "mdy": dt.date(2027, 1, 4)})
    assert set(parse("1.4.2027").by_order) == {"dmy"}
    one = dt.date(2027, 4, 1)
    for word in ("2027-04-01", "2027/4/1", "2027年4月1日", "20270401", "1 April 2027",
                 "Apr 1, 2027", "01-Apr-27", "2027-04-01 00:00:00"):  # fmt: skip
        assert set(parse(word).by_order.values()) == {one}, word


@pytest.mark.parametrize(
    ("word", "why"),
    [("FY27", "fiscal"), ("2027财年", "fiscal"), ("27-Apr", "no_year"), ("4/1", "no_year"),
     ("46478", "serial"), ("spring", "no_period"), ("31/04/2027", "no_period")],
)  # fmt: skip
def test_what_is_no_period_has_a_reason(word, why):
    assert parse(word) == Unclear(why)


def test_the_words_of_every_language_are_known():
    known = vocabulary()
    for language, firm in (("en", "firm"), ("zh", "企业")):
        words = words_of(language)
        assert known.headings[key(firm)] == "firm"
        assert all(isinstance(word, str) for some in words.values() for word in some)
    from sim.reporting.words import Words

    for language in ("en", "zh"):
        assert known.headings[key(Words(language).say("firm"))] == "firm"
        assert known.headings[key(Words(language).say("period"))] == "period"


@pytest.mark.parametrize(
    ("sentences", "word", "name"),
    [
        (("TV is broadcast",), "tv", "broadcast"),
        (("broadcast is TV",), "T V", "broadcast"),
        (("电视 是 大众广告",), "电视", "broadcast"),
        (("电视是broadcast",), "电视", "broadcast"),
        (("TV -> broadcast",), "TV", "broadcast"),
        (("TV=broadcast.",), "TV", "broadcast"),
        (("List is list_price",), "list", "list_price"),
    ],
)
def test_an_alias_names_an_activity(sentences, word, name):
    faults = Faults("mine", "en")
    assert make_names(market(), sentences, faults).activity(word) == name
    assert not faults.found


@pytest.mark.parametrize(
    ("sentences", "me"),
    [
        (("I am OurBrand",), "alder"),
        (("I am birch", "I am OurBrand"), "birch"),
        (("OurBrand is me", "我 是 birch"), "birch"),
        (("OurBrand is birch",), "birch"),
    ],
)
def test_an_alias_names_the_firm_of_the_user(sentences, me):
    assert make_names(market(), sentences, Faults("mine", "en")).firm("OURBRAND") == me


def test_an_alias_that_names_nothing_is_refused(tmp_path):
    data = "quarter,firm,activity,amount\nQ1,alder,broadcast,1\n"
    (fault,) = faults_of(tmp_path, data, aliases=("TV is brodcast",))
    assert "alias 'TV is brodcast': brodcast is no firm, activity or heading." in fault
    assert "Did you mean 'broadcast'?" in fault
    (fault,) = faults_of(tmp_path, data, aliases=("TV",))
    assert "not of the form" in fault


def test_aliases_stand_in_a_small_file(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\ufeff# our names\nI am OurBrand\nTV,broadcast\nSocial; content_social\n",
                    encoding="utf-8")  # fmt: skip
    aliases = tuple(read_aliases(path, "en"))
    data = "quarter,firm,activity,amount\nQ1,OurBrand,TV,1\nQ1,ourbrand,social,2\n"
    assert rows_of(plan_of(tmp_path, data, aliases=aliases)) == [
        ("Q1", "alder", "broadcast", 1.0), ("Q1", "alder", "content_social", 2.0),
    ]  # fmt: skip
    with pytest.raises(PlanError, match="cannot read"):
        read_aliases(tmp_path / "none.txt", "en")


def test_names_that_differ_in_case_alone_need_their_exact_form(tmp_path):
    config = market()
    config.firms = dict.fromkeys(("alder", "Alder", "birch"))
    names = make_names(config, (), Faults("mine", "en"))
    assert names.firm("Alder") == "Alder"
    assert names.firm("alder") == "alder"
    assert names.firm("ALDER") == ""
    assert names.firm("BIRCH") == "birch"
