"""Further files in the ways of spreadsheets: exact rows and what is said, or a refusal."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import pytest

from tests.plans.reading import HEAD, HEADINGS, faults_of, notes_of, plan_of, rows_of, workbook


def _tv(*amounts, periods=("Q1", "Q2", "Q3", "Q4"), firm="alder", activity="broadcast"):
    return [(p, firm, activity, float(a)) for p, a in zip(periods, amounts, strict=False)]


MONTHS = ("2027-01", "2027-02", "2027-03")

READ = {
    # totals
    "totals by firm and of all": (
        HEAD + "Q1,alder,broadcast,900\nQ2,alder,broadcast,100\nalder total,,,1000\n"
        "Q1,birch,broadcast,50\nbirch total,,,50\nGrand Total,,,1050\n",
        _tv(900, 100) + _tv(50, firm="birch"), {"totals": "4, 6, 7"},
    ),
    "a sum without a label": (
        HEAD + "Q1,alder,broadcast,900\nQ2,alder,broadcast,100\n,,,1000\n",
        _tv(900, 100), {"totals": "4"},
    ),
    "a total above": (
        HEAD + "合计,,,1000\nQ1,alder,broadcast,900\nQ2,alder,broadcast,100\n",
        _tv(900, 100), {"totals": "2"},
    ),
    "totals beside and below": (
        "firm,activity,Q1,Q2,Total\nalder,broadcast,900,100,1000\nalder,community,50,50,100\n"
        "Total,,950,150,1100\n",
        _tv(900, 100) + _tv(50, 50, activity="community"), {"totals": "4, Total"},
    ),
    "a budget beside its quarters": (
        "channel,budget,Q1,Q2\nbroadcast,3,1,2\n", _tv(1, 2), {"totals": "budget"},
    ),
    "quarters, halves and a year among months": (
        "firm,activity,Jan 2027,Feb 2027,Mar 2027,Q1 2027,"
        "Apr 2027,May 2027,Jun 2027,Q2 2027,H1 2027\nalder,broadcast,1,2,3,6,1,1,1,3,9\n",
        _tv(1, 2, 3, 1, 1, 1, periods=(*MONTHS, "2027-04", "2027-05", "2027-06")),
        {"sum_columns": "2027-Q1, 2027-Q2, 2027-H1"},
    ),
    "prices beside sums": (
        "activity,Jan 2027,Feb 2027,Mar 2027,Q1 2027,Full year\nbroadcast,1,2,3,6,6\n"
        "discount,10%,10%,10%,10%,10%\n",
        _tv(1, 2, 3, periods=MONTHS) + _tv(0.1, 0.1, 0.1, periods=MONTHS, activity="discount"),
        {"sum_columns": "2027-Q1", "totals": "Full year"},
    ),
    # blocks
    "firm and quarter once a block": (
        "firm,quarter,activity,amount\nalder,Q1,broadcast,900\n,,community,100\n,Q2,broadcast,5\n"
        "birch,Q1,service,7\n",
        [*_tv(900), *_tv(100, activity="community"), *_tv(5, periods=("Q2",)),
         *_tv(7, firm="birch", activity="service")],
        {"filled": "quarter, firm"},
    ),
    "firms in rows of their own": (
        "activity,Q1,Q2\nalder,,\nbroadcast,1,2\nbirch,,\nbroadcast,3,4\n",
        _tv(1, 2) + _tv(3, 4, firm="birch"), {"sections": "alder, birch"},
    ),
    "a firm in the title": (
        "Brand:,birch,\nquarter,channel,budget\nQ1,broadcast,900\n",
        _tv(900, firm="birch"), {"title_firm": "birch"},
    ),
    "rivals in the title": (
        "against,birch,\nquarter,channel,budget\nQ1,broadcast,900\n", _tv(900), {"me": "alder"},
    ),
    "no firm": ("quarter,channel,budget\nQ1,broadcast,900\n", _tv(900), {"me": "alder"}),
    "an empty firm column": (
        "quarter,firm,activity,amount\nQ1,,broadcast,900\n", _tv(900), {"me": "alder"},
    ),
    "a footer and the headings again": (
        HEAD + "Q1,alder,broadcast,900\n" + HEAD + "Q2,alder,broadcast,5\n\nSource: agency,,,\n",
        _tv(900, 5), {"titles": "3 (quarter), 6 (Source: agency)"},
    ),
    # layouts
    "columns of firms": (
        "quarter,activity,alder,birch\nQ1,broadcast,900,1\nQ2,broadcast,800,\n",
        [*_tv(900), *_tv(1, firm="birch"), *_tv(800, periods=("Q2",))], {},
    ),
    "channels in Chinese by week": (
        "日期,大众广告费用,社群费用,销售额\n2027/1/4,1,2,3\n2027/1/11,3,4,3\n",
        [("2027-W01", "alder", "broadcast", 1.0), ("2027-W01", "alder", "community", 2.0),
         ("2027-W02", "alder", "broadcast", 3.0), ("2027-W02", "alder", "community", 4.0)],
        {"columns": "销售额"},
    ),
    "a corner without a heading": (
        ",Q1,Q2\nbroadcast,1,2\ncommunity,3,4\n",
        _tv(1, 2) + _tv(3, 4, activity="community"), {"me": "alder"},
    ),
    "years above quarters": (
        ",,2027,,,,2028,\nfirm,activity,Q1,Q2,Q3,Q4,Q1,Q2\nalder,broadcast,1,2,3,4,5,6\n",
        _tv(1, 2, 3, 4, 5, 6, periods=("2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2028-Q1",
                                       "2028-Q2")), {},
    ),
    "columns of years": (
        "firm,activity,2027,2028\nalder,broadcast,100,200\n",
        _tv(100, 200, periods=("2027", "2028")), {},
    ),
    "half years in Chinese": (
        "企业,活动,上半年,下半年\nalder,大众广告,100,200\n",
        _tv(100, 200, periods=("H1", "H2")), {},
    ),
    "a column for the year": (
        "year,month,firm,activity,amount\n2027,4,alder,broadcast,3\n2027,5,alder,broadcast,4\n",
        _tv(3, 4, periods=("2027-04", "2027-05")), {},
    ),
    "numbers with apostrophes": (
        "year,month,firm,activity,amount\n2027,'4,alder,broadcast,3\n",
        _tv(3, periods=("2027-04",)), {},
    ),
    "names in any spelling": (
        "QUARTER,BRAND,Media Channel,Media Spend\nq1,ALDER,Content-Social,900\n"
        "Q1,alder,content social,1\nQ1,alder,List Price,39.5\n",
        [*_tv(901, activity="content_social"), *_tv(39.5, activity="list_price")],
        {"added": "2, 3"},
    ),
    "line breaks in headings": (
        '"Quarter\n(calendar)",Firm,"Media\nChannel","Amount\n(EUR)"\nQ1,alder,broadcast,900\n',
        _tv(900), {},
    ),
    # units and numbers
    "a unit in the title": (
        "媒体计划,,,\n单位：万元,,,\n季度,企业,活动,金额\nQ1,alder,大众广告,90\nQ2,alder,大众广告,12.5\n",
        _tv(900_000, 125_000), {"unit": "10,000"},
    ),
    "a unit in the heading": (
        "quarter,firm,activity,amount (k€)\nQ1,alder,broadcast,900\nQ1,alder,discount,15%\n",
        [*_tv(900_000), *_tv(0.15, activity="discount")], {"unit": "1,000"},
    ),
    "thousands in brackets": (
        "quarter,firm,activity,\"Amount (net, in k€)\"\nQ1,alder,broadcast,900\n",
        _tv(900_000), {"unit": "1,000"},
    ),
    "a thousand in digits": (
        "quarter,firm,activity,Amount (in 1000 EUR)\nQ1,alder,broadcast,900\n",
        _tv(900_000), {"unit": "1,000"},
    ),
    "a column of units": (
        "季度,企业,活动,金额,单位\nQ1,alder,大众广告,90,万元\nQ2,alder,大众广告,90,元\n",
        _tv(900_000, 90), {"unit": "10,000"},
    ),
    "a unit and words of size": (
        "季度,企业,活动,金额（万元）\nQ1,alder,大众广告,90\nQ2,alder,大众广告,1.2亿\n",
        _tv(900_000, 120_000_000), {"unit": "10,000"},
    ),
    "words of size": (
        HEAD + "Q1,alder,broadcast,900k\nQ2,alder,broadcast,0.9M\nQ3,alder,broadcast,1.13万\n"
        "Q4,alder,broadcast,EUR 2 bn\n",
        _tv(900_000, 900_000, 11_300, 2e9), {},
    ),
    "full-width digits and commas": (
        "季度，企业，活动，金额\nＱ１，alder，大众广告，９００\n", _tv(900), {},
    ),
    "scientific notation": (HEAD + "Q1,alder,broadcast,1.2E+06\n", _tv(1_200_000), {}),
    "text formulas and apostrophes": (
        'quarter,firm,activity,amount\n"=""Q1""",alder,broadcast,900\n="Q2",alder,broadcast,\'800\n',
        _tv(900, 800), {},
    ),
    "Swiss and Indian thousands": (
        HEAD + "Q1,alder,broadcast,1'200'000.50\n" + 'Q2,alder,broadcast,"12,00,000"\n',
        _tv(1_200_000.5, 1_200_000), {},
    ),
    "a discount settles the decimal comma": (
        "quarter;firm;activity;amount\nQ1;alder;broadcast;900.000\nQ1;alder;discount;12,5%\n",
        [*_tv(900_000), *_tv(0.125, activity="discount")], {"comma": None},
    ),
    "another column settles the decimal comma": (
        "quarter;firm;activity;amount;CPM\nQ1;alder;broadcast;900.000;12,50\n",
        _tv(900_000), {"comma": None, "columns": "CPM"},
    ),
    "a file of commas settles thousands": (
        HEAD + 'Q1,alder,broadcast,"900,000"\n', _tv(900_000), {},
    ),
    "rounded totals": (
        HEAD + "Q1,alder,broadcast,33333.334\nQ2,alder,broadcast,33333.333\nTotal,,,66666.67\n",
        _tv(33333.334, 33333.333), {"totals": "4"},
    ),
    # periods
    "days before months": (
        "month;firm;activity;amount\n01/04/2027;alder;broadcast;3\n01/05/2027;alder;broadcast;3\n",
        _tv(3, 3, periods=("2027-04", "2027-05")), {"order_dmy": None},
    ),
    "a day over twelve": (
        "week,firm,activity,amount\n04/01/2027,alder,broadcast,3\n18/01/2027,alder,broadcast,3\n",
        _tv(3, 3, periods=("2027-W01", "2027-W03")), {"order_dmy": None},
    ),
    "American dates": (
        "week,firm,activity,amount\n1/4/27,alder,broadcast,3\n1/18/27,alder,broadcast,3\n",
        _tv(3, 3, periods=("2027-W01", "2027-W03")), {"order_mdy": None},
    ),
    "first days of months": (
        "date,firm,activity,amount\n2027-01-01,alder,broadcast,3\n2027-02-01,alder,broadcast,3\n",
        _tv(3, 3, periods=MONTHS), {"dates_are_months": None},
    ),
    "last days of months": (
        "month,firm,activity,amount\n2027-01-31,alder,broadcast,3\n2027-02-28,alder,broadcast,3\n",
        _tv(3, 3, periods=MONTHS), {},
    ),
    "weeks by their end": (
        "week ending,firm,activity,amount\n2027-01-10,alder,broadcast,3\n"
        "2027-01-17,alder,broadcast,3\n",
        _tv(3, 3, periods=("2027-W01", "2027-W02")), {"weeks_by_day": None},
    ),
    "months without a year": (
        "月份,企业,活动,金额\n4月,alder,大众广告,3\n五月,alder,大众广告,3\n",
        _tv(3, 3, periods=("2027-04", "2027-05")), {"months_of": "2027"},
    ),
    "numbers of quarters": (HEAD + "1,alder,broadcast,3\n2,alder,broadcast,4\n", _tv(3, 4), {}),
    # encodings and delimiters
    "sep": ("sep=;\r\nquarter;firm;activity;amount\r\nQ1;alder;broadcast;900\r\n", _tv(900), {}),
    "pipes and blanks": (" quarter | firm | activity | amount \n Q1 | alder | broadcast | 9 \n",
                         _tv(9), {}),
    "UTF-16 of the other order": (
        ("\ufeff" + HEAD.replace(",", "\t") + "Q1\talder\tbroadcast\t900\n").encode("utf-16-be"),
        _tv(900), {},
    ),
    "UTF-16 without a mark": (
        (HEAD.replace(",", "\t") + "Q1\talder\tbroadcast\t900\n").encode("utf-16-le"), _tv(900), {},
    ),
    "Windows-1252": (
        "quarter;firm;activity;amount;Büro\nQ1;alder;broadcast;€ 900;Köln\n".encode("cp1252"),
        _tv(900), {"encoding": "Windows-1252", "columns": "Büro"},
    ),
    "headings in two languages": (
        "季度,企业,活动,金额\nquarter,firm,activity,amount\nQ1,alder,大众广告,900\n", _tv(900),
        {"titles": "2 (quarter)"},
    ),
    "numbered rows": (
        ",activity,Q1,Q2\n0,broadcast,1,2\n1,community,3,4\n",
        _tv(1, 2) + _tv(3, 4, activity="community"), {"columns": "1"},
    ),
    "commas in headings, full-width, and in rows, narrow": (
        "季度，企业，活动，金额\nQ1,alder,大众广告,900\n", _tv(900), {},
    ),
    "old line ends": ((HEAD + "Q1,alder,broadcast,900\n").replace("\n", "\r"), _tv(900), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read(tmp_path, name):
    data, rows, said = READ[name]
    plan = plan_of(tmp_path, data)
    assert rows_of(plan) == rows
    notes = notes_of(plan)
    for key, value in said.items():
        assert key in notes
        assert value is None or value in notes[key].values()


REFUSED = {
    "a wrong total": (
        HEAD + "Q1,alder,broadcast,900000\nTotal,,,800000\n",
        "row 3, column amount: the total is 800,000, and the amounts it belongs to add up to 900,",
    ),
    "a wrong sum beside": (
        "firm,activity,Q1,Q2,Total\nalder,broadcast,900,100,1001\n",
        "row 2, column Total: the total is 1,001",
    ),
    "an amount of nothing": (
        HEAD + "Q1,alder,broadcast,900\nQ2,alder,broadcast,100\n,,,1001\n",
        "row 4, column amount: an amount without an activity",
    ),
    "an amount without an activity": (
        HEAD + "Q1,alder,broadcast,900\nQ1,alder,,5\n", "an amount without an activity"
    ),
    "an amount before the first firm": (
        "activity,Q1,Q2\nbroadcast,1,2\nbirch,,\nbroadcast,3,4\n", "no firm is named in this row"
    ),
    "a quarter that is not the sum of its months": (
        "firm,activity,2027-01,2027-02,2027-03,2027-Q1\nalder,broadcast,1,2,3,6\n"
        "alder,community,1,1,1,4\n",
        "row 3, column 2027-Q1: 2027-Q1 and 2027-01 overlap",
    ),
    "a row that may be a total": (
        "period,firm,activity,amount\n2027-01,alder,broadcast,1\n2027-02,alder,broadcast,2\n"
        "2027-03,alder,broadcast,3\n2027-Q1,alder,broadcast,6\n",
        "6 equals the sum of 2027-01, 2027-02, 2027-03 for the same firm and activity",
    ),
    "a price in a unit": (
        "quarter,firm,activity,amount (k)\nQ1,alder,list_price,39\n",
        "39 can be in the unit of the headings or not",
    ),
    "an unclear unit in a heading": (
        "quarter,firm,activity,\"amount (thousands, net)\"\nQ1,alder,broadcast,900\n",
        "row 1, column amount (thousands, net): 'amount (thousands, net)' speaks of a unit",
    ),
    "a column of currencies": (
        "quarter,firm,activity,amount,currency\nQ1,alder,broadcast,9,EUR\nQ2,alder,broadcast,9,USD\n",
        "amounts in different currencies (eur, usd)",
    ),
    "a number of a week without its letter": (
        "week,firm,activity,amount\n05/2027,alder,broadcast,3\n",
        "'05/2027' can be a month, or the week, quarter or half year that the heading names",
    ),
    "a number of a quarter without its letter": (
        HEAD + "2027-1,alder,broadcast,3\n", "'2027-1' can be a month, or the week, quarter or half"
    ),
    "a month that lost its zero": (
        "month,firm,activity,amount\n2027.1,alder,broadcast,3\n", "'2027.1' is no period"
    ),
    "days of January as months": (
        "month,firm,activity,amount\nJan-04,alder,broadcast,3\nJan-11,alder,broadcast,3\n",
        "'Jan-04' can be a day or a month with a year",
    ),
    "a letter that may be a unit": (
        "week,broadcast,content social M\n2027-01-04,1,2\n",
        "column content social M: a column of numbers with an unknown heading",
    ),
    "an exponent beyond all numbers": (
        HEAD + "Q1,alder,broadcast,1e5000000\n", "'1e5000000' is not a number"
    ),
    "an unclear unit": (
        "Plan for thousands of shops,,,\n" + HEAD + "Q1,alder,broadcast,900\n",
        "'Plan for thousands of shops' speaks of a unit",
    ),
    "a day or a month first": (
        "week,firm,activity,amount\n04/01/2027,alder,broadcast,3\n",
        "row 2, column week: '04/01/2027' can be 2027-W01 or 2027-W13; say --dates day",
    ),
    "months or quarters": (
        "date,firm,activity,amount\n2027-01-01,alder,broadcast,3\n2027-04-01,alder,broadcast,3\n",
        "the dates can be months or quarters; call the column month or quarter",
    ),
    "weeks or months": (
        "date,firm,activity,amount\n2027-02-01,alder,broadcast,3\n2027-03-01,alder,broadcast,3\n",
        "the dates can be weeks or months",
    ),
    "the middle of a month": (
        "month,firm,activity,amount\n2027-01-15,alder,broadcast,3\n",
        "'2027-01-15' is neither the first nor the last day",
    ),
    "days of weeks that differ": (
        "week,firm,activity,amount\n2027-01-03,alder,broadcast,3\n2027-01-12,alder,broadcast,3\n",
        "the days of the week differ",
    ),
    "first and last days": (
        "start date,end date,firm,activity,amount\n2027-01-04,2027-01-31,alder,broadcast,3\n",
        "periods by their first and last day are not read",
    ),
    "a year far away": (
        "month,firm,activity,amount\n9999-12-31,alder,broadcast,3\n", "'9999-12-31' is no period"
    ),
    "a fiscal year": (HEAD + "FY27 Q1,alder,broadcast,3\n", "a fiscal year can begin in any month"),
    "a day that may be a year": (
        "month,firm,activity,amount\n27-Apr,alder,broadcast,3\n",
        "can be a day or a month with a year",
    ),
    "a lost format": (HEAD + "46478,alder,broadcast,3\n", "'46478' looks like a date"),
    "months over the end of a year": (
        "month,firm,activity,amount\nDec,alder,broadcast,3\nJan,alder,broadcast,3\n",
        "'Dec' has no year",
    ),
    "another year in the title": (
        "Plan 2028,,,\nmonth,firm,activity,amount\nApril,alder,broadcast,3\n",
        "they are months of 2027, and the title says 2028",
    ),
    "a bare month": (
        "month,firm,activity,amount\n4,alder,broadcast,3\n",
        "'4' can be the 4th month from the start or a calendar month",
    ),
    "a range": (HEAD + "Q1-Q2,alder,broadcast,3\n", "'Q1-Q2' is no period"),
    "two columns of amounts": (
        "quarter,firm,activity,budget,spend\nQ1,alder,broadcast,1,2\n",
        'two columns for the amount: budget, spend; keep one, or say which counts: --alias "spend',
    ),
    "one quarter twice": (
        "firm,activity,Q1,q1\nalder,broadcast,1,2\n", "two columns are called q1"
    ),
    "columns of channels and of quarters": (
        "firm,broadcast,Q1,Q2\nalder,1,2,3\n", "columns of different kinds hold amounts"
    ),
    "an unknown column of money": (
        "week,broadcast,radio_S,revenue\n2027-01-04,1,2,3\n",
        "row 1, column radio_S: a column of numbers with an unknown heading",
    ),
    "a column more than headings": (
        HEAD + "Q1,alder,broadcast,900,120\nQ2,alder,broadcast,850,130\n",
        "row 2, column amount: the row has 5 cells, the headings 4",
    ),
    "headings in another language": (
        "Quartal;Marke;Kanal;Betrag\nQ1;alder;broadcast;9\n",
        'Quartal | Marke | Kanal | Betrag. Headings in another language are told by --alias',
    ),
    "no headings": ("Q1,alder,broadcast,900\nQ2,alder,broadcast,9\n", "no row of headings was"),
    "two currencies": (
        HEAD + "Q1,alder,broadcast,€900\nQ2,alder,broadcast,$900\n",
        "amounts in different currencies (eur, usd)",
    ),
    "two decimal marks": (
        "quarter;firm;activity;amount\nQ1;alder;broadcast;900,5\nQ2;alder;broadcast;900.5\n",
        "900,5 needs a decimal comma and 900.5 a decimal point",
    ),
    "three decimals or thousands": (HEAD + "Q1,alder,broadcast,900.000\n", "900.000 can be 900"),
    "thousands between tabs": (
        "quarter\tfirm\tactivity\tamount\nQ1\talder\tbroadcast\t900,000\n",
        "900,000 can be 900,000 (decimal point) or 900 (decimal comma)",
    ),
    "a negative amount in brackets": (HEAD + "Q1,alder,broadcast,(900)\n", "(900) is out of"),
    "a Chinese discount": (HEAD + "Q1,alder,折扣,8.5折\n", "'8.5折' is not a number"),
    "an open quote": (
        HEAD + 'Q1,alder,broadcast,"900\nQ2,alder,broadcast,9\n', "'900 Q2,alder,broadcast,9' is"
    ),
    "no amounts": (HEAD + "Q1,alder,broadcast,\n", "has headings and no amounts below them"),
    "blanks": ("  \n \n", "is empty; `gtm plan template` writes a template"),
    "a PDF": (b"%PDF-1.4 ...", "is a PDF file; save it as CSV or as an Excel workbook (.xlsx)"),
    "a web page": (b"<html><table></table></html>", "is a web page"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "old or encrypted Excel"),
    "a damaged workbook": (b"PK\x03\x04garbage", "cannot be opened as an Excel workbook"),
    "no text": (bytes(range(1, 256)) * 4, "is no text in UTF-8, UTF-16, GB18030 or Windows-1252"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused(tmp_path, name):
    data, said = REFUSED[name]
    assert said in " | ".join(faults_of(tmp_path, data))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Q1,alder,broadcast,1e13", "1e13 is out of bounds; allowed 0 to 1e+12 (money in the"),
        ("Q1,alder,discount,1.5", "1.5 is out of bounds; allowed 0 to 0.9 (share of list price)"),
        ("Q1,alder,discount,95%", "95% is out of bounds"),
        ("Q1,alder,list_price,0", "0 is out of bounds; allowed 0.01 to 1e+07 (money per order)"),
        ("Q1,alder,list_price,15%", "15% is a percentage"),
        ("Q1,alder,broadcast,nan", "'nan' is not a number"),
    ],
)
def test_an_amount_has_bounds(tmp_path, row, said):
    assert said in faults_of(tmp_path, HEAD + row + "\n")[0]


WORKBOOKS = {
    "dates as headings": (
        workbook([["Firm", "Activity", *(dt.datetime(2027, m, 1) for m in (1, 2, 3))],
                  ["alder", "broadcast", 1.5, 2, 3]]),
        _tv(1.5, 2, 3, periods=MONTHS), {"dates_are_months": None},
    ),
    "a date shown as a month": (
        workbook([HEADINGS, [dt.datetime(2027, 4, 1), "alder", "broadcast", 900]],
                 formats={"A2": "mmm-yy"}),
        _tv(900, periods=("2027-04",)), {},
    ),
    "percentages": (
        workbook([HEADINGS, ["Q1", "alder", "discount", 0.15]], formats={"D2": "0%"}),
        _tv(0.15, activity="discount"), {},
    ),
    "thousands that the format adds": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", 900],
                  ["Q2", "alder", "broadcast", 900_000], ["Q3", "alder", "broadcast", 90]],
                 formats={"D2": '0" k€"', "D3": '#,##0,"k"', "D4": '0"万"'}),
        _tv(900_000, 900_000, 900_000), {},
    ),
    "merged keys": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", 5], [None, None, "community", 6]],
                 merged=["A2:A3", "B2:B3"]),
        [*_tv(5), *_tv(6, activity="community")], {"merged": None},
    ),
    "a merged title": (
        workbook([["Media plan 2027"], [None], HEADINGS, ["Q1", "alder", "broadcast", 1]],
                 merged=["A1:D1"]),
        _tv(1), {"titles": "1 (Media plan 2027)"},
    ),
    "merged years": (
        workbook([[None, None, 2027, None, "2028", None], ["Firm", "Activity", *["Q1", "Q2"] * 2],
                  ["alder", "broadcast", 1, 2, 3, 4]], merged=["C1:D1", "E1:F1"]),
        _tv(1, 2, 3, 4, periods=("2027-Q1", "2027-Q2", "2028-Q1", "2028-Q2")), {},
    ),
    "hidden rows": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", 5], ["Q2", "alder", "broadcast", 7]],
                 hidden=[3]),
        _tv(5, 7), {"hidden": "3"},
    ),
    "a sheet of notes": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", 5]], sheets={"Notes": [["nothing here"]]}),
        _tv(5), {"other_sheets": "Notes"},
    ),
    "a hidden sheet": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", 5]],
                 sheets={"Old": [HEADINGS, ["Q1", "alder", "broadcast", 6]]},
                 hidden_sheets=["Old"]),
        _tv(5), {"hidden_sheets": "Old"},
    ),
    "numbers as text": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", "1,200,000"]]), _tv(1_200_000), {},
    ),
    "a year as a number": (
        workbook([["Year", *HEADINGS[1:]], [2027, "alder", "broadcast", 4]]),
        _tv(4, periods=("2027",)), {},
    ),
    "a total whose formula was never worked out": (
        workbook([HEADINGS, ["Q1", "alder", "broadcast", 5], ["Total", None, None, "=SUM(D2:D2)"]]),
        _tv(5), {"titles": "3 (Total)"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_is_read(tmp_path, name):
    data, rows, said = WORKBOOKS[name]
    plan = plan_of(tmp_path, data, "mine.xlsx")
    assert rows_of(plan) == rows
    notes = notes_of(plan)
    for key, value in said.items():
        assert key in notes
        assert value is None or value in notes[key].values()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", "=2*450000"]]),
         "row 2, column Amount: a formula whose value is not stored (=2*450000)"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", 5], ["=A2", "alder", "community", 5]]),
         "row 3, column Quarter: a formula whose value is not stored (=A2)"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", "#REF!"]]), "#REF! is an error"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", 0.15]], formats={"D2": "0%"}),
         "15% is a percentage"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", 5], ["Q2", "alder", "broadcast", None]],
                  merged=["D2:D3"]), "5 stands in a merged cell"),
        (workbook([["Firm", "Activity", "Q1", "Q2"], ["alder", "broadcast", 2000, None]],
                  merged=["C2:D2"]), "2,000 stands in a merged cell"),
        (workbook([["Firm", "Activity", "Q1", "Q2"], ["alder", "broadcast", "900k", None]],
                  merged=["C2:D2"]), "900k stands in a merged cell"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", "900.000"]]), "900.000 can be 900"),
        (workbook([HEADINGS, [46478, "alder", "broadcast", 4]]), "'46478' looks like a date"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", True]]), "'TRUE' is not a number"),
        (workbook([HEADINGS, ["Q1", "alder", "broadcast", 9], ["Q2", "alder", "broadcast", 9]],
                  formats={"D2": "[$€-407] #,##0", "D3": '"$"#,##0'}),
         "amounts in different currencies (eur, usd)"),
        (workbook([["a note"]]), "no row of headings was found"),
    ],
)  # fmt: skip
def test_a_workbook_is_refused(tmp_path, data, said):
    assert said in faults_of(tmp_path, data, "mine.xlsx")[0]


def test_a_formula_counts_by_its_stored_value(tmp_path):
    def stored(cell):
        """A workbook whose first amount is a cell with a formula, as Excel stores it."""
        data = workbook(
            [HEADINGS, ["Q1", "alder", "broadcast", "=X"], ["Q2", "alder", "broadcast", 5]]
        )
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                if name.endswith("sheet1.xml"):
                    text = re.sub(rb'<c r="D2".*?</c>', cell.encode(), text)
                new.writestr(name, text)
        return plan_of(tmp_path, out.getvalue(), "mine.xlsx")

    assert rows_of(stored('<c r="D2"><f>2*3</f><v>6</v></c>')) == _tv(6, 5)
    assert rows_of(stored('<c r="D2" t="str"><f>A9</f><v>900k</v></c>')) == _tv(900_000, 5)
    empty = stored('<c r="D2" t="str"><f>IF(1,"","")</f><v></v></c>')
    assert rows_of(empty) == _tv(5, periods=("Q2",))
    assert notes_of(empty)["empty"]["rows"] == "2"


def test_a_sheet_is_named_if_there_are_several(tmp_path):
    other = [HEADINGS, ["Q1", "alder", "community", 3]]
    data = workbook([HEADINGS, ["Q1", "alder", "broadcast", 5]], sheets={"方案 B": other})
    faults = faults_of(tmp_path, data, "mine.xlsx")
    assert "several sheets look like a plan: Sheet, 方案 B; name one with --sheet." in faults[0]
    assert rows_of(plan_of(tmp_path, data, "mine.xlsx", sheet="方案 b")) == _tv(
        3, activity="community"
    )
    assert "no sheet is called Shet; there are Sheet, 方案 B. Did you mean 'Sheet'?" in faults_of(
        tmp_path, data, "mine.xlsx", sheet="Shet"
    )[0]  # fmt: skip


def test_a_text_called_a_workbook_is_read_as_text(tmp_path):
    assert rows_of(plan_of(tmp_path, HEAD + "Q1,alder,broadcast,5\n", "mine.xlsx")) == _tv(5)


def test_up_to_twenty_faults_are_collected_and_each_name_is_told_once(tmp_path):
    rows = "".join(f"Q{n},aldr,brodcast,x\n" for n in range(1, 30))
    faults = faults_of(tmp_path, HEAD + rows)
    assert len(faults) == 20
    assert sum("unknown firm 'aldr'" in fault for fault in faults) == 1
    assert "Did you mean 'broadcast'?" in faults[1]
    assert "row 19, column amount: 'x' is not a number" in faults[-1]


def test_faults_are_in_the_language_asked_for(tmp_path):
    (fault,) = faults_of(tmp_path, HEAD + "春天,alder,broadcast,5\n", language="zh")
    assert fault.startswith("计划 mine，第 2 行，“quarter”列：“春天”不是时期；")


def test_a_period_before_a_given_start_is_refused(tmp_path):
    data = HEAD + "2026-Q4,alder,broadcast,5\n2027-Q2,alder,broadcast,5\n"
    (fault,) = faults_of(tmp_path, data, start="2027-01-04")
    assert "row 2, column quarter: 2026-Q4 begins before the run, which starts on" in fault
    assert len(plan_of(tmp_path, data).rows) == 2
    months = "month,firm,activity,amount\nNov,alder,broadcast,3\nJan,alder,broadcast,3\n"
    plan = plan_of(tmp_path, months, start="2027-10-04")
    assert [r.period.name for r in plan.rows] == ["2027-11", "2028-01"]
