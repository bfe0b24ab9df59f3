"""A second reader's files: agencies' and controllers' layouts, read to exact rows or refused."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pandas as pd
import pytest

from sim.plans.faults import PlanError
from sim.plans.find import find_plan
from tests.plans.reading import (
    HEAD,
    HEADINGS,
    faults_of,
    market,
    notes_of,
    plan_of,
    rows_of,
    workbook,
)

MONTHS = [dt.datetime(2027, month, 1) for month in range(1, 5)]


def _rows(*amounts, periods=("Q1", "Q2"), firm="alder", activity="broadcast"):
    return [(p, firm, activity, float(a)) for p, a in zip(periods, amounts, strict=False)]


def _wide(text, columns="channel,Q1,Q2"):
    return f"{columns}\n{text}\n"


BOTH = _wide("broadcast,900,450")
THOUSANDS = _rows(900_000, 450_000)

UNITS = {
    "in the corner": (_wide("broadcast,900,450", "channel (k€),Q1,Q2"), THOUSANDS),
    "alone in the corner": (_wide("broadcast,900,450", "in TEUR,Q1,Q2"), THOUSANDS),
    "in the corner, in Chinese": (
        "渠道（万元）,一季度,二季度,合计\n大众广告,90,45,135\n", THOUSANDS,
    ),
    "over the total": (_wide("broadcast,900,450,1350", "channel,Q1,Q2,Total (k€)"), THOUSANDS),
    "a sign in the title": ("€m,,\n" + _wide("broadcast,0.9,0.45"), THOUSANDS),
    "after a year in the title": ("Budget 2027 kEUR,,\n" + BOTH, THOUSANDS),
    "after a dash in the title": (
        "Media budget - $M,,\n" + _wide("broadcast,0.9,0.45"), THOUSANDS,
    ),
    "a total in the title is none": ("Total budget: 1.35 M€,,\n" + BOTH, _rows(900, 450)),
    "in a note of two cells": (HEAD + "Q1,alder,broadcast,900\n\nUnit:,k€,,\n", _rows(900_000)),
    "beside the table": (_wide("broadcast,900,450,,in k€", "channel,Q1,Q2,,"), THOUSANDS),
    "in a row above": (",k€,k€\n" + BOTH, THOUSANDS),
    "in a row below": (_wide(",£000,£000\nbroadcast,900,450"), THOUSANDS),
    "that differ by column": (_wide("Unit,k€,€\nbroadcast,900,450"), _rows(900_000, 450)),
    "a currency below a size": ("in k€,,\n" + _wide(",€,€\nbroadcast,900,450"), THOUSANDS),
    "after an underscore": (
        "quarter,channel,spend €k\nQ1,broadcast,900\n", _rows(900_000),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_counts_wherever_it_stands(tmp_path, name):
    data, rows = UNITS[name]
    plan = plan_of(tmp_path, data)
    assert rows_of(plan) == rows
    assert ("unit" in notes_of(plan)) == (rows[0][3] == 900_000)


READ = {
    "subtotals in columns": (
        "渠道,1月,2月,3月,一季度小计,4月,二季度小计,合计\n大众广告,1,2,3,6,4,4,10\n",
        _rows(1, 2, 3, 4, periods=("2027-01", "2027-02", "2027-03", "2027-04")),
    ),
    "subtotals above their parts": (
        "Firm,Channel,Q1,Q2\nalder,,1000,50\n,broadcast,900,50\n,community,100,\nbirch,,7,8\n"
        ",broadcast,7,8\nGrand Total,,1007,58\n",
        [*_rows(900, 50), *_rows(100, activity="community"), *_rows(7, 8, firm="birch")],
    ),
    "firms in rows with their label": (
        "activity,Q1,Q2\nBrand: alder,,\nbroadcast,1,2\nBrand: birch,,\nbroadcast,3,4\n",
        _rows(1, 2) + _rows(3, 4, firm="birch"),
    ),
    "groups of channels": (
        "activity,Q1,Q2\nPaid media,,\nbroadcast,1,2\nOwned media,,\ncommunity,3,4\n",
        _rows(1, 2) + _rows(3, 4, activity="community"),
    ),
    "shares below the total": (
        _wide("broadcast,9,3\ncommunity,1,7\nTotal,10,10\n% of total,50%,50%"),
        _rows(9, 3) + _rows(1, 7, activity="community"),
    ),
    "months below years": (
        "渠道,2027年,,2028年,\n,1月,2月,1月,2月\n大众广告,1,2,3,4\n",
        _rows(1, 2, 3, 4, periods=("2027-01", "2027-02", "2028-01", "2028-02")),
    ),
    "months below quarters": (
        "channel,Q1,,,Q2\n,Jan,Feb,Mar,Apr\nbroadcast,1,2,3,4\n",
        _rows(1, 2, 3, 4, periods=("2027-01", "2027-02", "2027-03", "2027-04")),
    ),
    "headings in two languages at once": (
        "季度 Quarter,公司 Company,渠道/Channel,预算 Budget\nQ1,alder,大众广告 broadcast,9\n",
        _rows(9),
    ),
    "periods in two languages at once": (_wide("大众广告,9,8", "渠道,一季度 Q1,二季度 Q2"),
                                         _rows(9, 8)),
    "quarters with their months": (
        _wide("大众广告,9,8", "渠道,一季度（1-3月）,Q2 (Apr-Jun)"), _rows(9, 8),
    ),
    "weeks with a short year": (
        _wide("broadcast,9,8", "channel,W1/27,W2/27"),
        _rows(9, 8, periods=("2027-W01", "2027-W02")),
    ),
    "shares beside the total": (
        _wide("broadcast,1,2,3,75%\ncommunity,1,0,1,0.25", "channel,Q1,Q2,Total,% of total"),
        _rows(1, 2) + _rows(1, 0, activity="community"),
    ),
    "a note of the separator that is wrong": ("sep=;\n" + HEAD + "Q1,alder,broadcast,9\n",
                                              _rows(9)),
    "whole lines in quotes": (
        '"quarter,firm,activity,amount"\n"Q1,alder,broadcast,900"\n', _rows(900),
    ),
    "marks in the middle": (
        "\ufeff" + HEAD + "Q1,alder,broadcast,9\n\ufeff" + HEAD + "\ufeffQ2,alder,broadcast,8\n",
        _rows(9, 8),
    ),
    "French, with aliases": (
        "Trimestre;Activité;Montant\r\nQ1;broadcast;1\xa0200\xa0000,50 €\r\n".encode("cp1252"),
        _rows(1_200_000.5),
    ),
    "Excel's Unicode text": (
        "\ufeff季度\t公司\t活动\t金额\r\nQ1\talder\t大众广告\t90万\r\n".encode("utf-16-le"),
        _rows(900_000),
    ),
    "a table of Numbers": (
        'Table 1\n\nquarter,firm,activity,amount\nQ1,alder,broadcast,"$900,000.00"\n',
        _rows(900_000),
    ),
    "a title of weekly spend over weeks": (
        "Spend per week,,\n" + _wide("broadcast,9,8", "channel,W1,W2"),
        _rows(9, 8, periods=("W1", "W2")),
    ),
    "a week without spend": (
        "week,broadcast\n2027-01-04,1\n2027-01-11,\n2027-01-18,2\n",
        _rows(1, 2, periods=("2027-W01", "2027-W03")),
    ),
    "the length of spots": (
        "quarter,channel,duration,budget\nQ1,broadcast,30,9\n", _rows(9),
    ),
}  # fmt: skip
FRENCH = ("Trimestre is quarter", "Activité is activity", "Montant is amount")


@pytest.mark.parametrize("name", READ)
def test_a_file_is_read(tmp_path, name):
    data, rows = READ[name]
    assert rows_of(plan_of(tmp_path, data, aliases=FRENCH)) == rows


REFUSED = {
    "shares of a budget": (
        "quarter,channel,budget (%)\nQ1,broadcast,30\nQ1,community,70\n",
        "'budget (%)' can be a share, or money in another time",
    ),
    "amounts of another time": (
        "quarter,channel,amount (€ per week)\nQ1,broadcast,30\n", "can be a share, or money in",
    ),
    "amounts of another time in Chinese": (
        "渠道,一季度（月均）\n大众广告,1\n", "'一季度（月均）' can be a share",
    ),
    "amounts of another time in the title": (
        "Average spend per week,,\n" + BOTH, "'Average spend per week' can be a share",
    ),
    "a discount in per cent": (
        "quarter,broadcast,discount (%)\nQ1,30,0.5\n", "'discount (%)' can be a share",
    ),
    "a mark of a footnote": (HEAD + "Q1,alder,broadcast,900¹\n", "'900¹' is not a number"),
    "a number in a circle": (HEAD + "Q1,alder,broadcast,900①\n", "'900①' is not a number"),
    "a quarter with a footnote": (HEAD + "Q1²,alder,broadcast,9\n", "'Q1²' is no period"),
    "a sum that was never worked out": (HEAD + "Q1,alder,broadcast,900/1000\n", "is not a number"),
    "months in Chinese from and to": (
        "时期,渠道,金额\n10-12月,大众广告,9\n", "'10-12月' is no period",
    ),
    "weeks from and to": (
        "week,channel,amount\nW1-13,broadcast,9\n", "'W1-13' can be a range or a period with a",
    ),
    "months from and to": (
        "period,channel,amount\nM1-12,broadcast,9\n", "'M1-12' can be a range or a period",
    ),
    "quarters that begin in the third": (
        "channel,Q3,Q4,Q1,Q2\nbroadcast,1,2,3,4\n",
        "the columns are not in order of time if 'Q3' counts from the start",
    ),
    "days that look like months": (
        "channel,Jan 25,Feb 22,Mar 22\nbroadcast,1,2,3\n", "'Jan 25' can be a day or a month",
    ),
    "days without a year": (_wide("broadcast,1,2", "channel,4-Jan,11-Jan"),
                            "'4-Jan' can be a day or a month with a year"),
    "fiscal quarters by their months": (
        _wide("broadcast,1,2", "channel,Q1 (Apr-Jun),Q2 (Jul-Sep)"), "a fiscal year can begin",
    ),
    "a fiscal title": ("FY 2027/28 media budget,,\n" + BOTH, "'FY 2027/28 media budget': a fiscal"),
    "a fiscal column": (
        "FY,quarter,channel,amount\nFY27,Q1,broadcast,1\nFY28,Q1,broadcast,2\n", "'FY27': a fiscal",
    ),
    "a fiscal total": (_wide("broadcast,1,2,3", "channel,Q1,Q2,FY27"), "'FY27': a fiscal year"),
    "years in an unknown column": (
        "Jahr,quarter,channel,amount\n2027,Q1,broadcast,1\n2028,Q1,broadcast,2\n",
        "two columns for the period: quarter, Jahr",
    ),
    "years in rows of their own": (
        _wide("2027,,\nbroadcast,1,2\n2028,,\ncommunity,3,4"), "row 4: '2028' stands alone",
    ),
    "a title of another year in Chinese": (
        "2028年投放计划,,\n渠道,1月,2月\n大众广告,1,2\n", "and the title says 2028",
    ),
    "budget and actual in rows": (
        "version,quarter,channel,amount\nBudget,Q1,broadcast,1\nActual,Q1,broadcast,2\n",
        "column version holds several plans (Budget, Actual)",
    ),
    "spend and contacts in rows": (
        "quarter,channel,what,value\nQ1,broadcast,spend,90\nQ1,broadcast,impressions,1000\n",
        "column what holds several plans (spend, impressions)",
    ),
    "a second table": (
        _wide("broadcast,9,3\n\nImpressions,,\nchannel,Q1,Q2\ncommunity,120,300"),
        "row 4: 'Impressions' stands alone above amounts",
    ),
    "an unknown firm below a firm": (
        _wide("birch,,\nbroadcast,1,2\nOurBrand,,\ncommunity,3,4"),
        "row 4: 'OurBrand' stands alone above amounts and may be a firm",
    ),
    "two unknown firms": (
        _wide("OurBrand,,\nbroadcast,1,2\nRival,,\nbroadcast,3,4"), "'Rival' stands alone",
    ),
    "budget and actual in columns": (
        "channel,Jan 2027,,Feb 2027,\n,Budget,Actual,Budget,Actual\nbroadcast,1,2,3,4\n",
        "row 1, column 3: a column of numbers without a heading",
    ),
    "tables side by side": (
        "channel,Q1,Q2,,channel,Q1,Q2\nbroadcast,9,3,,community,4,5\n",
        "two columns are called channel",
    ),
    "gross and net": (
        "quarter,channel,gross budget,net budget\nQ1,broadcast,900,800\n",
        'keep one, or say which counts: --alias "net budget is ignored"',
    ),
    "a start and a length": (
        "start date,duration,channel,budget\n2027-01-04,6,broadcast,900\n",
        "column duration: periods by their first and last day are not read",
    ),
    "a flight": (
        "flight start,flight end,channel,budget\n2027-01-04,2027-02-14,broadcast,900\n",
        "column flight end: periods by their first and last day",
    ),
    "thousands cut into the note": (
        "quarter,firm,activity,amount,note\nQ1,alder,broadcast,900,000\n",
        "900,000 can be one number that lost its quotes, or two",
    ),
    "thousands cut into the next quarter": (
        "firm,activity,Q1,Q2\nalder,broadcast,900,500,\n", "900,500 can be one number",
    ),
    "a unit that only an alias makes an amount": (
        "quarter,channel,Budget k\nQ1,broadcast,9\n", "'Budget k' speaks of a unit",
    ),
    "Japanese": (
        "四半期,企業,活動,金額\nQ1,alder,broadcast,900\n".encode("shift_jis"),
        "It was read as Windows-1252; if these are not its words, save it as CSV UTF-8.",
    ),
    "a workbook as XML": ('<?xml version="1.0"?><Workbook/>', "is an XML file"),
    "a wrong subtotal in columns": (
        "渠道,1月,2月,3月,一季度小计,4月,二季度小计,合计\n大众广告,1,2,3,5,4,4,10\n",
        "column 一季度小计: the total is 5, and",
    ),
    "a wrong subtotal above its parts": (
        "firm,channel,Q1\nalder,,900\n,broadcast,900\nbirch,,8\n,broadcast,7\n",
        "row 4, column Q1: an amount without an activity",
    ),
    "a column of periods without any": (
        "quarter,channel,amount\n,broadcast,9\n", "row 2, column quarter: an amount without a per",
    ),
    "cancelled rows": (
        "quarter,channel,amount,status\nQ1,broadcast,9,approved\nQ2,broadcast,9,cancelled\n",
        "column status says 'cancelled' of some rows",
    ),
    "options in rows": (
        "option,quarter,channel,amount\nA,Q1,broadcast,9\nB,Q1,broadcast,5\n",
        "column option holds several plans (A, B)",
    ),
    "amounts in cents": (
        "quarter,channel,amount (cents)\nQ1,broadcast,900\n", "'amount (cents)' speaks of a unit",
    ),
    "amounts in tens of thousands": (
        "quarter,channel,amount (in 10k)\nQ1,broadcast,9\n", "'amount (in 10k)' speaks of a unit",
    ),
    "amounts in hundreds in Chinese": ("单位：百元,,\n" + BOTH, "'单位：百元' speaks of a unit"),
    "a fee among the channels": (_wide("broadcast,9,3\nAgency fee 5%,1,1\nTotal,10,4"),
                                 "unknown activity 'Agency fee 5%'"),
    "names that contradict each other": (_wide("社群 broadcast,9,8"), "unknown activity '社群 b"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused(tmp_path, name):
    data, said = REFUSED[name]
    assert said in " | ".join(faults_of(tmp_path, data, aliases=("Budget k is amount",)))


def test_a_word_in_a_row_of_its_own_can_be_told(tmp_path):
    data = _wide("birch,,\nPaid media,,\nbroadcast,1,2\nOurBrand,,\ncommunity,3,4")
    aliases = ("Paid media is ignored", "I am OurBrand")
    assert rows_of(plan_of(tmp_path, data, aliases=aliases)) == [
        *_rows(1, 2, firm="birch"), *_rows(3, 4, activity="community"),
    ]  # fmt: skip


def _book(rows, title="Plan", formats=None, change=None, merged=()):
    book = openpyxl.load_workbook(io.BytesIO(workbook(rows, formats=formats, merged=merged)))
    book.active.title = title
    if change:
        change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


K_HEADINGS = [*HEADINGS[:3], "Amount (k€)"]


def _marked(sheet):
    sheet["D2"].font = openpyxl.styles.Font(strike=True)
    sheet["D2"].comment = openpyxl.comments.Comment("cancelled?", "controller")


WORKBOOKS = {
    "a format that adds the unit of the heading": (
        _book([K_HEADINGS, ["Q1", "alder", "broadcast", 900]], formats={"D2": '0" k€"'}),
        _rows(900_000), "unit",
    ),
    "a format that leaves out the thousands of the heading": (
        _book([K_HEADINGS, ["Q1", "alder", "broadcast", 900_000]], formats={"D2": "#,##0,"}),
        _rows(900_000), "unit",
    ),
    "a format that leaves out the millions of the title": (
        _book([["in m€"], HEADINGS, ["Q1", "alder", "broadcast", 900_000]],
              formats={"D3": "0.0,,"}),
        _rows(900_000), "unit",
    ),
    "an accounting format": (
        _book([HEADINGS, ["Q1", "alder", "broadcast", 900_000]],
              formats={"D2": '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-'}),
        _rows(900_000), "",
    ),
    "a firm as the name of the sheet": (
        _book([["Quarter", "Activity", "Amount"], ["Q1", "broadcast", 9]], "birch"),
        _rows(9, firm="birch"), "title_firm",
    ),
    "a unit in the name of the sheet": (
        _book([["Quarter", "Activity", "Amount"], ["Q1", "broadcast", 9]], "Plan (k€)"),
        _rows(9000), "unit",
    ),
    "cells struck through and comments": (
        _book([HEADINGS, ["Q1", "alder", "broadcast", 9]], change=_marked), _rows(9), "struck",
    ),
    "a planner": (
        _book([["Media plan 2027 - OurBrand"], ["Channel", *MONTHS[:3], "Q1 2027", "Total"],
               ["broadcast", 1, 2, 3, 6, 6], ["Total", 1, 2, 3, 6, 6], ["* to be approved"]],
              formats={f"{c}2": "mmm-yy" for c in "BCD"}),
        _rows(1, 2, 3, periods=("2027-01", "2027-02", "2027-03")), "sum_columns",
    ),
    "years merged above quarters, with a unit": (
        _book([["Channel", 2027, None, 2028, None], [None, "Q1", "Q2", "Q1", "Q2"],
               [None, "k€", "k€", "k€", "k€"], ["broadcast", 1, 2, 3, 4]],
              merged=["B1:C1", "D1:E1", "A1:A2"]),
        _rows(1000, 2000, 3000, 4000, periods=("2027-Q1", "2027-Q2", "2028-Q1", "2028-Q2")),
        "unit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_is_read(tmp_path, name):
    data, rows, said = WORKBOOKS[name]
    plan = plan_of(tmp_path, data, "mine.xlsx")
    assert rows_of(plan) == rows
    assert said in ("", *notes_of(plan))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_book([K_HEADINGS, ["Q1", "alder", "broadcast", 900_000]], formats={"D2": "0.0,,"}),
         "its number format shows another unit than the heading"),
        (_book([["Month", "Activity", "Amount"], ["April", "broadcast", 9]], "2028"),
         "and the title says 2028"),
        (_book([["Week", "Channel", "Spend"], ["18/01/2027", "broadcast", 1],
                [dt.datetime(2027, 1, 2), "broadcast", 2]]),
         "'18/01/2027' is text and other dates are not"),
        (_book([["Channel", "Jan 2027", None], [None, "Budget", "Actual"], ["broadcast", 1, 2]],
               merged=["B1:C1"]), "two columns are called Jan 2027"),
        (_book([["Channel", 5, 6], ["broadcast", 9, 9]], formats={"B1": '"W"0', "C1": '"W"0'}),
         "no columns that are periods, such as Q1, 2027-04 or 2027-W18; found Channel, 5, 6."),
    ],
)  # fmt: skip
def test_a_workbook_is_refused(tmp_path, data, said):
    assert said in faults_of(tmp_path, data, "mine.xlsx")[0]


LONG = pd.DataFrame({"quarter": ["Q1", "Q2"], "firm": "alder", "activity": "broadcast",
                     "amount": [1.0, 2.0]})  # fmt: skip


@pytest.mark.parametrize(
    "frame",
    [
        LONG.groupby(["quarter", "firm", "activity"])[["amount"]].sum(),
        LONG.astype({"quarter": "category", "firm": "category"}),
        LONG.assign(firm=["alder", float("nan")]),
        LONG.pivot_table(index="activity", columns="quarter", values="amount", aggfunc="sum",
                         margins=True, margins_name="Total"),
        pd.DataFrame([[1, 2]], columns=["Q1", "Q2"],
                     index=pd.MultiIndex.from_tuples([("alder", "broadcast")])),
    ],
)  # fmt: skip
def test_a_frame_is_read(frame):
    assert rows_of(find_plan(frame, market())) == _rows(1, 2)


def test_periods_as_columns_of_a_frame_are_read():
    for freq, names in (("MS", ("2027-01", "2027-02")), ("W-MON", ("2027-W01", "2027-W02"))):
        days = pd.date_range("2027-01-01", periods=2, freq=freq)
        frame = pd.DataFrame([[1, 2]], index=["broadcast"], columns=days)
        assert rows_of(find_plan(frame, market())) == _rows(1, 2, periods=names)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"quarter": pd.period_range("2027Q1", periods=2, freq="Q-MAR"),
                       "activity": "broadcast", "amount": 1}), "a fiscal year can begin"),
        (LONG.set_index(["quarter", "firm", "activity"])["amount"], "of pandas or Polars, not Ser"),
        ([{"quarter": "Q1"}], "a data frame of pandas or Polars, not list"),
        (pd.concat([LONG, LONG["amount"]], axis=1), "two columns are called amount"),
        (LONG.assign(amount=["900.000", "1"]), "900.000 can be 900"),
        (LONG.pivot(index="quarter", columns=["firm", "activity"], values="amount"),
         "found quarter, alder broadcast"),
    ],
)  # fmt: skip
def test_a_frame_is_refused(frame, said):
    with pytest.raises(PlanError, match="plan") as caught:
        find_plan(frame, market())
    assert said in caught.value.faults[0]
