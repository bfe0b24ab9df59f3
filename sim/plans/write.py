"""Writing plans: a plan as it was understood, and templates for new ones."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from sim.market.plan import MarketConfig, Plan
from sim.plans.faults import say
from sim.plans.names import words_of

QUARTERS = ("Q1", "Q2", "Q3", "Q4")


def to_csv(plan: Plan) -> str:
    """A plan as CSV in one form, whatever it was read from; it reads back as the same plan."""
    rows = [(r.period.name, r.firm, r.activity, _amount(r.amount)) for r in plan.rows]
    return _csv([("period", "firm", "activity", "amount"), *rows])


def fingerprint(plan: Plan) -> str:
    """SHA-256 of :func:`to_csv`."""
    return hashlib.sha256(to_csv(plan).encode()).hexdigest()


def _amount(value: float) -> str:
    """All digits of an amount; not with three decimals, which could be thousands."""
    text = f"{Decimal(repr(value)):f}".removesuffix(".0")
    return text + "0" if len(text.partition(".")[2]) == 3 else text


def template(config: MarketConfig, language: str, *, wide: bool = False) -> str:
    """A plan of one year with all amounts 0, to be filled in.

    It has every activity and the discount of the first firm, in rows by quarter.

    Args:
        config: firms and activities of the market.
        language: of headings, activities and notes.
        wide: a column for each quarter instead of a row.
    """
    words = words_of(language)
    heading = {role: words[role][0] for role in ("firm", "activity", "amount", "note")}
    firm = next(iter(config.firms))
    lines = [_label(name, config, language) for name in config.activities]
    lines.append(words["discount"][0])
    notes = _notes(config.firms, language)
    last = say(language, "template_discount")
    rows: list[Sequence[str]]
    if wide:
        rows = [(heading["firm"], heading["activity"], *QUARTERS, heading["note"])]
        for n, line in enumerate(lines, start=1):
            note = last if n == len(lines) else next(notes, "")
            rows.append((firm, line, *"0000", note))
        return _csv(rows)
    rows = [(words["period_quarter"][0], *heading.values())]
    for quarter in QUARTERS:
        for n, line in enumerate(lines, start=1):
            note = last if n == len(lines) else next(notes, "")
            rows.append((quarter, firm, line, "0", note))
    return _csv(rows)


def _label(activity: str, config: MarketConfig, language: str) -> str:
    return getattr(config.activities[activity], language, "") or activity


def _notes(firms: Iterable[str], language: str) -> Iterator[str]:
    yield say(language, "template_money")
    yield say(language, "template_periods")
    yield say(language, "template_firms", firms=" ".join(firms))
    yield say(language, "template_only")


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
