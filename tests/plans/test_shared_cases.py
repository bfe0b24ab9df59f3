"""Files as they come out of spreadsheets and agencies: read to exact rows, or refused in words."""

from __future__ import annotations

import pytest

from tests.plans.reading import HEAD, HEADINGS, faults_of, notes_of, plan_of, rows_of, workbook

TV = ("Q1", "alder", "broadcast", 900_000.0)
TALK = ("Q2", "alder", "community", 250_000.0)
BOM = "\ufeff"

READ = {
    "bom_crlf": (
        BOM + "quarter,firm,activity,amount\r\nQ1,alder,broadcast,900000\r\n"
        "Q2,alder,community,250000\r\n",
        [TV, TALK],
    ),
    "semicolon_decimal_comma": (
        BOM + "quarter;firm;activity;amount\r\nQ1;alder;broadcast;900000,50\r\n"
        "Q2;alder;community;250000,00\r\n",
        [("Q1", "alder", "broadcast", 900_000.5), TALK],
    ),
    "german_thousands": (
        BOM + "quarter;firm;activity;amount\r\nQ1;alder;broadcast;1.200.000\r\n"
        "Q2;alder;community;250.000,00\r\n",
        [("Q1", "alder", "broadcast", 1_200_000.0), TALK],
    ),
    "gb18030": (
        "季度,公司,活动,金额\nQ1,alder,大众广告,900000\nQ1,alder,社群,250000\n".encode("gb18030"),
        [TV, ("Q1", "alder", "community", 250_000.0)],
    ),
    "utf8_chinese": (
        BOM + "季度,公司,活动,金额\nQ1,alder,大众广告,900000\nQ1,alder,社群,250000\n",
        [TV, ("Q1", "alder", "community", 250_000.0)],
    ),
    "chinese_headings": (BOM + "季度,公司,活动,金额\nQ1,alder,broadcast,900000\n", [TV]),
    "chinese_activity": (BOM + HEAD + "Q1,alder,大众广告,900000\n", [TV]),
    "chinese_period": (
        BOM + HEAD + "2027年第1季度,alder,broadcast,900000\n",
        [("2027-Q1", "alder", "broadcast", 900_000.0)],
    ),
    "wan": (BOM + HEAD + "Q1,alder,broadcast,90万\n", [TV]),
    "thousands_quoted": (
        HEAD + 'Q1,alder,broadcast,"1,200,000"\nQ2,alder,broadcast,"1,200,000.00"\n',
        [(q, "alder", "broadcast", 1_200_000.0) for q in ("Q1", "Q2")],
    ),
    "thousands_space": (
        HEAD + "Q1,alder,broadcast,1 200 000\n", [("Q1", "alder", "broadcast", 1_200_000.0)]
    ),
    "thousands_nbsp": (
        HEAD + "Q1,alder,broadcast,1\xa0200\xa0000\n", [("Q1", "alder", "broadcast", 1_200_000.0)]
    ),
    "unquoted_thousands": (
        HEAD + "Q1,alder,broadcast,1,200,000\n", [("Q1", "alder", "broadcast", 1_200_000.0)]
    ),
    "yen": (HEAD + "Q1,alder,broadcast,¥900000\n", [TV]),
    "dollar": (HEAD + 'Q1,alder,broadcast,"$900,000"\n', [TV]),
    "accounting": (
        HEAD + 'Q1,alder,broadcast," 900,000.00 "\nQ2,alder,broadcast," -   "\n',
        [TV, ("Q2", "alder", "broadcast", 0.0)],
    ),
    "trailing_empty_rows": (HEAD + "Q1,alder,broadcast,900000\n,,,\n,,,\n\n", [TV]),
    "trailing_empty_cols": (
        "quarter,firm,activity,amount,,,\nQ1,alder,broadcast,900000,,,\n", [TV]
    ),
    "title_row": ("Media plan 2027,,,\n,,,\n" + HEAD + "Q1,alder,broadcast,900000\n", [TV]),
    "empty_amount": (
        HEAD + "Q1,alder,broadcast,\nQ2,alder,broadcast,900000\n",
        [("Q2", "alder", "broadcast", 900_000.0)],
    ),
    "wide": (
        "firm,activity,Q1,Q2\nalder,broadcast,900000,450000\nalder,community,0,250000\n",
        [TV, ("Q2", "alder", "broadcast", 450_000.0), ("Q1", "alder", "community", 0.0), TALK],
    ),
    "date_slash": (
        HEAD + "2027/4/1,alder,broadcast,900000\n", [("2027-Q2", "alder", "broadcast", 900_000.0)]
    ),
    "date_mon_yy": (
        "month,firm,activity,amount\nApr-27,alder,broadcast,300000\n",
        [("2027-04", "alder", "broadcast", 300_000.0)],
    ),
    "date_iso": (
        "month,firm,activity,amount\n2027-04-01,alder,broadcast,300000\n",
        [("2027-04", "alder", "broadcast", 300_000.0)],
    ),
    "q1_2027": (
        HEAD + "Q1 2027,alder,broadcast,900000\n", [("2027-Q1", "alder", "broadcast", 900_000.0)]
    ),
    "2027Q1": (
        HEAD + "2027Q1,alder,broadcast,900000\n", [("2027-Q1", "alder", "broadcast", 900_000.0)]
    ),
    "lower_case": (HEAD + "q1,Alder,Broadcast,900000\n", [TV]),
    "2027-4": (
        "month,firm,activity,amount\n2027-4,alder,broadcast,300000\n",
        [("2027-04", "alder", "broadcast", 300_000.0)],
    ),
    "total_row": (
        HEAD + "Q1,alder,broadcast,900000\nQ2,alder,broadcast,900000\nTotal,,,1800000\n",
        [TV, ("Q2", "alder", "broadcast", 900_000.0)],
    ),
    "duplicate": (
        HEAD + "Q1,alder,broadcast,900000\nQ1,alder,broadcast,900000\n",
        [("Q1", "alder", "broadcast", 1_800_000.0)],
    ),
    "zero": (HEAD + "Q1,alder,broadcast,0\n", [("Q1", "alder", "broadcast", 0.0)]),
    "extra_cols": (
        "Quarter,Firm,Activity,Amount,Owner,Comment\nQ1,alder,broadcast,900000,Li,launch\n", [TV]
    ),
    "utf16": (
        "quarter\tfirm\tactivity\tamount\r\nQ1\talder\tbroadcast\t900000\r\n".encode("utf-16"),
        [TV],
    ),
    "past_end": (
        HEAD + "2031-Q1,alder,broadcast,900000\n", [("2031-Q1", "alder", "broadcast", 900_000.0)]
    ),
    "before_start": (
        HEAD + "2024-Q1,alder,broadcast,900000\n", [("2024-Q1", "alder", "broadcast", 900_000.0)]
    ),
    "monday_weeks": (
        "week,firm,activity,amount\n2027-01-04,alder,broadcast,1000\n"
        "2027-01-11,alder,broadcast,1000\n",
        [(w, "alder", "broadcast", 1000.0) for w in ("2027-W01", "2027-W02")],
    ),
    "sunday_weeks": (
        "week,firm,activity,amount\n2027-01-03,alder,broadcast,1000\n"
        "2027-01-10,alder,broadcast,1000\n",
        [(w, "alder", "broadcast", 1000.0) for w in ("2027-W01", "2027-W02")],
    ),
    "more_chinese_headings": (
        "季度,企业,活动,金额\nQ1,alder,broadcast,1000\n", [("Q1", "alder", "broadcast", 1000.0)]
    ),
    "fraction_of_a_cent": (
        HEAD + "Q1,alder,broadcast,33333.334\n", [("Q1", "alder", "broadcast", 33_333.334)]
    ),
}  # fmt: skip
"""Bytes of a file, and the rows that it means."""

REFUSED = {
    "mixed_periods": (
        HEAD + "Q1,alder,broadcast,900000\nQ1,alder,discount,15%\n2027-Q2,alder,community,250000\n",
        "Q1 is counted from the start of the run and 2027-Q2 is a date; write all periods in one "
        "way, or say when week 1 begins, for example start=2027-01-04.",
    ),
    "german_thousands_alone": (
        BOM + "quarter;firm;activity;amount\r\nQ1;alder;broadcast;900.000\r\n"
        "Q2;alder;community;250.000\r\n",
        "900.000 can be 900 (decimal point) or 900,000 (decimal comma); say --decimal",
    ),
    "german_price": (
        "quarter;firm;activity;amount\nQ1;alder;broadcast;900000\nQ1;alder;list_price;39,900\n",
        "39,900 can be 39,900 (decimal point) or 39.9 (decimal comma)",
    ),
    "german_price_point": (
        "quarter;firm;activity;amount\nQ1;alder;broadcast;900.000\nQ1;alder;list_price;39.900\n",
        "900.000 can be",
    ),
    "duplicate_price": (
        HEAD + "Q1,alder,discount,15%\nQ1,alder,discount,25%\nQ1,alder,broadcast,900000\n",
        "row 3, column amount: a second discount for alder in Q1; row 2 has one already.",
    ),
    "negative": (
        HEAD + "Q1,alder,broadcast,-900000\n",
        "row 2, column amount: -900000 is out of bounds; allowed 0",
    ),
    "percent_amount": (
        HEAD + "Q1,alder,broadcast,15%\n", "row 2, column amount: 15% is a percentage"
    ),
    "own_brand": (
        HEAD + "Q1,OurBrand,TV,900000\n",
        "row 2, column firm: unknown firm 'OurBrand'; allowed alder, birch, cedar.",
    ),
    "wide_weekly": (
        "DATE,revenue,tv_S,search_S\n2027-01-04,100000,2000,500\n2027-01-11,90000,0,700\n",
        'found DATE, revenue, tv_S, search_S. An own name is told by --alias "TV is broadcast".',
    ),
}  # fmt: skip
"""Bytes of a file, and what the first fault says."""


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read_to_its_rows(tmp_path, name):
    data, rows = READ[name]
    assert rows_of(plan_of(tmp_path, data)) == rows


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_in_words(tmp_path, name):
    data, said = REFUSED[name]
    assert said in faults_of(tmp_path, data)[0]


def test_a_workbook_is_read(tmp_path):
    data = workbook([[h.lower() for h in HEADINGS], ["Q1", "alder", "broadcast", 900000]])
    assert rows_of(plan_of(tmp_path, data, "plan.xlsx")) == [TV]


def test_what_stands_open_is_settled_by_the_user(tmp_path):
    data = REFUSED["german_thousands_alone"][0]
    assert rows_of(plan_of(tmp_path, data, decimal=","))[0] == TV
    assert rows_of(plan_of(tmp_path, data, decimal="."))[0][3] == 900.0
    price = rows_of(plan_of(tmp_path, REFUSED["german_price"][0], decimal=","))[1]
    assert price == ("Q1", "alder", "list_price", 39.9)
    mixed = plan_of(tmp_path, REFUSED["mixed_periods"][0], start="2027-01-04")
    assert [r.period.name for r in mixed.rows] == ["Q1", "Q1", "2027-Q2"]
    assert "anchored" in notes_of(mixed)
    aliases = ("I am OurBrand", "TV is broadcast")
    assert rows_of(plan_of(tmp_path, REFUSED["own_brand"][0], aliases=aliases)) == [TV]
    wide = plan_of(
        tmp_path, REFUSED["wide_weekly"][0], aliases=("tv is broadcast", "search is findability")
    )
    assert rows_of(wide) == [
        ("2027-W01", "alder", "broadcast", 2000.0), ("2027-W01", "alder", "findability", 500.0),
        ("2027-W02", "alder", "broadcast", 0.0), ("2027-W02", "alder", "findability", 700.0),
    ]  # fmt: skip
    assert {"me", "dates_are_weeks", "columns", "alias"} <= set(notes_of(wide))


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("title_row", "titles", "1 (Media plan 2027)"),
        ("empty_amount", "empty", "2"),
        ("total_row", "totals", "4"),
        ("duplicate", "added", "2, 3"),
        ("extra_cols", "columns", "Owner, Comment"),
        ("unquoted_thousands", "joined", "2"),
        ("gb18030", "encoding", "GB18030"),
        ("semicolon_decimal_comma", "comma", None),
        ("sunday_weeks", "weeks_from_sunday", None),
    ],
)
def test_what_was_done_is_said(tmp_path, name, key, value):
    notes = notes_of(plan_of(tmp_path, READ[name][0]))
    assert key in notes
    assert value is None or value in notes[key].values()


def test_a_clean_file_needs_no_word(tmp_path):
    assert notes_of(plan_of(tmp_path, READ["bom_crlf"][0])) == {}
