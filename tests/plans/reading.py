"""Helpers of the tests of plans: a small market, and files made in code."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from sim.market.plan import Plan
from sim.plans.faults import PlanError
from sim.plans.find import find_plan
from sim.plans.read import Options

FIRMS = ("alder", "birch", "cedar")
ACTIVITIES = {
    "broadcast": "大众广告", "performance_ads": "效果广告", "content_social": "内容与社媒",
    "community": "社群", "service": "客户服务", "findability": "好找好买",
}  # fmt: skip
HEAD = "quarter,firm,activity,amount\n"
HEADINGS = ["Quarter", "Firm", "Activity", "Amount"]

Rows = list[tuple[str, str, str, float]]


def market(start: str = "auto", weeks: int = 156) -> Any:
    """A market of three firms and six activities."""
    activities = {name: SimpleNamespace(zh=zh) for name, zh in ACTIVITIES.items()}
    return SimpleNamespace(
        start=start, weeks=weeks, firms=dict.fromkeys(FIRMS), activities=activities
    )


def plan_of(
    folder: Path, data: str | bytes, name: str = "mine.csv", start: str = "auto", **options: Any
) -> Plan:
    """The plan in a file with these bytes (text as UTF-8)."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    plan = find_plan(path, market(start), Options(**options))
    assert plan is not None
    return plan


def rows_of(plan: Plan) -> Rows:
    """The rows of a plan, without their lines."""
    return [(r.period.name, r.firm, r.activity, r.amount) for r in plan.rows]


def notes_of(plan: Plan) -> dict[str, Mapping[str, Any]]:
    """What a reader has to say, by key."""
    return {note.key: note.values for note in plan.notes}


def faults_of(folder: Path, data: str | bytes, name: str = "mine.csv", **more: Any) -> list[str]:
    """The faults for which a file is refused."""
    with pytest.raises(PlanError) as caught:
        plan_of(folder, data, name, **more)
    assert all("\n" not in fault for fault in caught.value.faults)
    assert "\n" not in str(caught.value)
    return caught.value.faults


def workbook(
    rows: Sequence[Sequence[Any]], *, formats: Mapping[str, str] | None = None,
    merged: Sequence[str] = (), hidden: Sequence[int] = (), sheets: Mapping[str, Any] | None = None,
    hidden_sheets: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """A workbook as bytes.

    Args:
        rows: of the first sheet.
        formats: number formats by cell.
        merged: ranges.
        hidden: rows, from 1.
        sheets: rows of further sheets by name.
        hidden_sheets: names of those that are hidden.
    """
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for row in rows:
        first.append(row)
    for cell, form in (formats or {}).items():
        first[cell].number_format = form
    for area in merged:
        first.merge_cells(area)
    for line in hidden:
        first.row_dimensions[line].hidden = True
    for name, cells in (sheets or {}).items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden_sheets else "visible"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
