"""Amounts that stand twice in a table: totals, repeated rows, and overlapping periods."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sim.market.calendar import Period
from sim.market.plan import PRICES
from sim.plans.cells import Value
from sim.plans.faults import Faults
from sim.plans.layout import Entry, Layout, TotalRow, show
from sim.plans.names import Names
from sim.plans.numbers import shown

ROUNDING = Decimal("0.0001")
"""Share by which a total may differ from its parts, as shown numbers are rounded."""

Reading = Callable[[Value, Decimal | None], Decimal | None]
"""Reads an amount in the unit of a heading; None for other cells."""


@dataclass(frozen=True)
class Item:
    """An amount of a plan and its place in the table."""

    entry: Entry
    period: Period
    firm: str
    activity: str
    amount: Decimal

    def weeks(self, start: dt.date) -> frozenset[int]:
        """Its weeks, from 0 at ``start``."""
        return frozenset(self.period.indices(start))


def check_totals(
    laid: Layout,
    items: Sequence[Item],
    sums: Sequence[Period],
    read: Reading,
    names: Names,
    faults: Faults,
) -> None:
    """Compare sums below and beside amounts with the amounts they belong to.

    Args:
        items: one for each entry of the layout, in its order.
        sums: periods whose columns are sums of other columns.
    """
    before = 0
    for total in laid.totals:
        scopes = [items[: total.before] or items, items[before : total.before]]
        after = items[total.before :]
        scopes += [
            [i for i in some if _belongs(i, total, some, names)] for some in (scopes[0], after)
        ]
        for at, cell in total.cells.items():
            columns = [[i for i in scope if i.entry.at[1] == at] for scope in scopes]
            _check_row(total, cell, columns, read, faults)
        before = total.before
    for line, heading, cell, mine in laid.row_totals:
        scopes = [
            [i for n in some if (i := items[n]).activity not in PRICES and i.period not in sums]
            for some in mine
        ]
        said = read(cell, scopes[0][0].entry.unit) if scopes[0] else None
        if said is not None and not any(_is_sum(said, parts) for parts in scopes):
            faults.cell(
                line, heading, "total_differs", said=shown(said), sum=shown(_sum(scopes[0]))
            )


def _check_row(
    total: TotalRow, cell: Value, scopes: Sequence[Sequence[Item]], read: Reading, faults: Faults
) -> None:
    first = next((item.entry for scope in scopes for item in scope), None)
    said = read(cell, first.unit if first else None)
    if said is not None and any(
        _is_sum(said, scope) for n, scope in enumerate(scopes) if scope or not n
    ):
        return
    column = first.column if first else show(cell)
    if not total.is_labelled:
        faults.cell(total.line, column, f"no_{total.missing}_named")
    elif said is not None:
        faults.cell(
            total.line, column, "total_differs", said=shown(said), sum=shown(_sum(scopes[0]))
        )


def _belongs(item: Item, total: TotalRow, above: Iterable[Item], names: Names) -> bool:
    """Whether an amount is of the firm, the activity and the period that a row of sums names."""
    periods = {show(other.entry.period) for other in above}
    for label in total.labels:
        for word in (label, *re.split(r"[\s:]+", label)):
            if (
                names.firm(word) not in ("", item.firm)
                or names.activity(word) not in ("", item.activity)
                or (word in periods and word != show(item.entry.period))
            ):
                return False
    return True


def _sum(items: Iterable[Item]) -> Decimal:
    return sum((i.amount for i in items if i.activity not in PRICES), Decimal(0))


def _is_sum(said: Decimal, items: Sequence[Item]) -> bool:
    """Whether a number is the sum of amounts, with or without the prices among them."""
    sums = (_sum(items), sum((i.amount for i in items), Decimal(0)))
    return any(abs(said - true) <= max(Decimal("0.01"), ROUNDING * abs(true)) for true in sums)


def add_up(items: Iterable[Item]) -> tuple[list[Item], list[list[int]]]:
    """Items with those of the same period, firm and activity added up, and the lines of these.

    Prices are left as they are.
    """
    out: dict[tuple[object, ...], Item] = {}
    lines: dict[tuple[object, ...], list[int]] = {}
    for n, item in enumerate(items):
        price = n if item.activity in PRICES else -1
        key = (item.period, item.firm, item.activity, price)
        lines.setdefault(key, []).append(item.entry.line)
        out[key] = replace(out[key], amount=out[key].amount + item.amount) if key in out else item
    return list(out.values()), [some for some in lines.values() if len(some) > 1]


def check_groups(items: Iterable[Item], faults: Faults) -> None:
    """Refuse one amount under two words in rows of their own, which can be firms."""
    seen: dict[tuple[object, ...], Item] = {}
    for item in items:
        line, word = item.entry.group
        other = seen.setdefault((item.period, item.firm, item.activity), item)
        if word and other.entry.group != item.entry.group:
            faults.add("lone_word", row=line, word=word)


def check_prices(items: Iterable[Item], start: dt.date, faults: Faults) -> None:
    """Refuse two prices of a firm in one week."""
    seen: dict[tuple[str, str, int], Item] = {}
    for item in items:
        for week in item.period.indices(start) if item.activity in PRICES else ():
            other = seen.setdefault((item.firm, item.activity, week), item)
            if other is not item:
                faults.cell(
                    item.entry.line, item.entry.column, "second_price", price=item.activity,
                    firm=item.firm, period=item.period.name, other=other.entry.line,
                )  # fmt: skip
                break


Groups = dict[tuple[str, str], list[Item]]
"""Items by firm and activity."""


def _groups(items: Iterable[Item]) -> Groups:
    out: Groups = {}
    for item in items:
        out.setdefault((item.firm, item.activity), []).append(item)
    return out


def overlapping_rows(items: Iterable[Item], start: dt.date, faults: Faults) -> list[int]:
    """Lines of a long table whose periods overlap with others of the same activity.

    A row that equals the sum of others is refused, as it can be their total or come on top.
    """
    lines: set[int] = set()
    for group in _groups(i for i in items if i.activity not in PRICES).values():
        weeks = [item.weeks(start) for item in group]
        if sum(map(len, weeks)) == len(frozenset().union(*weeks)):
            continue
        for item, mine in zip(group, weeks, strict=True):
            others = [
                (o, w) for o, w in zip(group, weeks, strict=True) if o is not item and w & mine
            ]
            parts = [(o, w) for o, w in others if w < mine]
            is_sum = _cover([w for _, w in parts], mine) and _is_sum(
                item.amount, [o for o, _ in parts]
            )
            if is_sum and item.amount:
                names = [o.period.name for o, _ in parts]
                faults.cell(item.entry.line, item.entry.column, "sum_inside",
                            word=shown(item.amount), parts=names)  # fmt: skip
            elif others:
                lines.add(item.entry.line)
    return sorted(lines)


def sum_columns(items: Sequence[Item], start: dt.date, faults: Faults) -> list[Period]:
    """Periods of a wide table whose columns are sums of others, such as a quarter after its months.

    Columns that overlap otherwise are refused.
    """
    weeks = {item.period: item.weeks(start) for item in items}
    sums: list[Period] = []
    for period in sorted(weeks, key=lambda p: len(weeks[p])):
        others = [p for p in weeks if p not in (period, *sums) and weeks[p] & weeks[period]]
        parts = [p for p in others if weeks[p] < weeks[period]]
        if not others or (not parts and any(weeks[period] < weeks[p] for p in others)):
            continue
        wrong = None if _cover([weeks[p] for p in parts], weeks[period]) else items[0]
        for group in _groups(items).values():
            some = [i for i in group if i.period in parts]
            mine = [i for i in group if i.period == period]
            if mine and not _stands_for(mine[0], some):
                wrong = mine[0]
        if wrong is None:
            sums.append(period)
        else:
            faults.cell(wrong.entry.line, period.name, "overlap", one=period.name,
                        two=others[0].name)  # fmt: skip
    return sums


def _stands_for(item: Item, parts: Sequence[Item]) -> bool:
    """Whether an amount is the sum of others; a price, whether the others are the same."""
    if item.activity in PRICES:
        return all(part.amount == item.amount for part in parts)
    return _is_sum(item.amount, parts)


def _cover(parts: Sequence[frozenset[int]], whole: frozenset[int]) -> bool:
    """Whether parts fill a whole without overlapping each other."""
    return (
        len(parts) > 1 and sum(map(len, parts)) == len(whole) and frozenset().union(*parts) == whole
    )
