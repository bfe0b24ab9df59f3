"""A plan written in any style is read back as itself or refused, and never as another plan."""

from __future__ import annotations

import csv
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.calendar import make_period
from sim.market.plan import Plan, Row
from sim.plans.faults import PlanError
from sim.plans.write import to_csv
from tests.plans.reading import ACTIVITIES, FIRMS, plan_of

PERIODS = {
    ("quarter", None): ("Q{n}", "q{n}", "Quarter {n}", "第{n}季度", "{n}Q"),
    ("month", None): ("M{n}", "month {n}", "第{n}个月"),
    ("week", None): ("W{n}", "week {n}", "第{n}周", "WK{n:02d}"),
    ("half", None): ("H{n}", "{n}H", "第{n}半年"),
    ("quarter", 2027): (
        "2027-Q{n}", "Q{n} 2027", "2027Q{n}", "{n}Q27", "Q{n}/27", "2027年第{n}季度", "27Q{n}",
    ),
    ("month", 2027): (
        "2027-{n:02d}", "2027/{n}", "{n}/2027", "{name} 2027", "{name}-27", "2027年{n}月",
        "2027-{n:02d}-01", "01/{n:02d}/2027", "{n}/1/2027", "1.{n}.2027", "1 {name} 2027",
    ),
    ("week", 2027): ("2027-W{n:02d}", "W{n} 2027", "2027年第{n}周", "{monday}", "{sunday}"),
    ("half", 2027): ("2027-H{n}", "H{n} 2027", "2027H{n}", "2027年第{n}半年"),
    ("year", None): ("Y{n}", "第{n}年"),
}  # fmt: skip
"""Ways to write a period, by its kind and year."""

MOST = {"quarter": 4, "month": 12, "week": 52, "half": 2, "year": 3}
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
HEADINGS = {
    "en": {"quarter": "Quarter", "month": "month", "week": "Week", "half": "half year",
           "year": "year", "firm": "brand", "activity": "Channel", "amount": "Spend",
           "total": "Total"},
    "zh": {"quarter": "季度", "month": "月份", "week": "周", "half": "半年", "year": "年",
           "firm": "企业", "activity": "活动", "amount": "金额", "total": "合计"},
}  # fmt: skip

plans = st.sampled_from(list(PERIODS)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.dictionaries(
            st.tuples(
                st.integers(1, MOST[kind[0]]), st.sampled_from(FIRMS),
                st.sampled_from(list(ACTIVITIES)),
            ),
            st.one_of(st.integers(0, 10**11), st.integers(1, 10**6).map(lambda n: n * 100_000)),
            min_size=1,
            max_size=6,
        ),
    )
)  # fmt: skip
styles = st.fixed_dictionaries(
    {
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030", "xlsx"]),
        "delimiter": st.sampled_from(",;\t|"),
        "decimal": st.sampled_from(".,"),
        "thousands": st.sampled_from(["", "other", " ", "'", "\u202f"]),
        "form": st.sampled_from(["{}", "{} €", "¥{}", "{}元"]),
        "cents": st.booleans(),
        "layout": st.sampled_from(["long", "periods", "activities"]),
        "language": st.sampled_from(["en", "zh"]),
        "way": st.integers(0, 20),
        "title": st.booleans(),
        "total": st.booleans(),
    }
)


def _amount(cents, style):
    """An amount as written in a style."""
    whole, rest = divmod(cents, 100)
    other = "," if style["decimal"] == "." else "."
    thousands = other if style["thousands"] == "other" else style["thousands"]
    text = f"{whole:,}".replace(",", thousands)
    if rest or style["cents"]:
        text += f"{style['decimal']}{rest:02d}"
    return style["form"].format(text)


def _period(kind, year, n, style):
    ways = PERIODS[kind, year]
    week = make_period("week", n, 2027) if kind == "week" else None
    monday = week.mondays[0] if week and week.mondays else None
    return ways[style["way"] % len(ways)].format(
        n=n, name=NAMES[n - 1] if n <= 12 else "", monday=monday,
        sunday=monday and monday.fromordinal(monday.toordinal() - 1),
    )  # fmt: skip


def _table(kind, year, amounts, style):
    """The cells of a plan in a style."""
    words = HEADINGS[style["language"]]
    labels = ACTIVITIES if style["language"] == "zh" else {name: name for name in ACTIVITIES}
    shown = {key: _amount(cents, style) for key, cents in amounts.items()}
    periods = sorted({n for n, _, _ in amounts})
    firms = sorted({firm for _, firm, _ in amounts})
    activities = [name for name in ACTIVITIES if any(a == name for _, _, a in amounts)]
    if style["layout"] == "long":
        rows = [[words[kind], words["firm"], words["activity"], words["amount"]]]
        rows += [[_period(kind, year, n, style), firm, labels[activity], shown[n, firm, activity]]
                 for n, firm, activity in amounts]  # fmt: skip
        sums = [["", "", _amount(sum(amounts.values()), style)]]
    elif style["layout"] == "periods":
        rows = [
            [words["firm"], words["activity"], *(_period(kind, year, n, style) for n in periods)]
        ]
        rows += [[firm, labels[name], *(shown.get((n, firm, name), "") for n in periods)]
                 for firm in firms for name in activities]  # fmt: skip
        sums = [["", *(_amount(sum(c for (p, _, _), c in amounts.items() if p == n), style)
                       for n in periods)]]  # fmt: skip
    else:
        rows = [[words[kind], words["firm"], *(labels[name] for name in activities)]]
        rows += [[_period(kind, year, n, style), firm,
                  *(shown.get((n, firm, name), "") for name in activities)]
                 for n in periods for firm in firms]  # fmt: skip
        sums = [["", *(_amount(sum(c for (_, _, a), c in amounts.items() if a == name), style)
                       for name in activities)]]  # fmt: skip
    rows += [[words["total"], *sums[0]]] if style["total"] else []
    return [["Plan"], [], *rows] if style["title"] else rows


def _bytes(rows, style):
    if style["encoding"] == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()
    text = io.StringIO()
    csv.writer(text, delimiter=style["delimiter"]).writerows(rows)
    return text.getvalue().encode(style["encoding"])


@settings(max_examples=80, deadline=None)
@given(plans, styles)
def test_a_plan_is_read_back_or_refused(plan, style):
    (kind, year), amounts = plan
    rows = _table(kind, year, amounts, style)
    want = {
        (make_period(kind, n, year).name if year is None or kind != "year" else str(year), f, a):
        float(Decimal(cents) / 100)
        for (n, f, a), cents in amounts.items()
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = plan_of(Path(folder), _bytes(rows, style))
        except PlanError:
            return
    assert {(r.period.name, r.firm, r.activity): r.amount for r in found.rows} == want


PLAIN = {"encoding": "utf-8", "delimiter": ",", "decimal": ".", "thousands": "other", "form": "{}",
         "title": True, "total": True}  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(plans, styles)
def test_a_plain_style_is_never_refused(plan, style):
    (kind, year), amounts = plan
    style |= PLAIN | {"way": 0}
    with tempfile.TemporaryDirectory() as folder:
        found = plan_of(Path(folder), _bytes(_table(kind, year, amounts, style), style))
    assert len(found.rows) == len(amounts)


@settings(max_examples=30, deadline=None)
@given(plans, st.sampled_from([1, 7, 1000]))
def test_a_plan_as_understood_reads_back(plan, parts):
    (kind, year), amounts = plan
    rows = tuple(
        Row(0, make_period(kind, n, year), firm, activity, cents / 100 / parts)
        for (n, firm, activity), cents in amounts.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        assert plan_of(Path(folder), to_csv(Plan("mine", rows))).rows == rows
