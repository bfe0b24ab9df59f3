"""Plans in words: what was understood of a plan, lists of plans, and templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from sim.config.schema import Config
from sim.market.plan import PRICES, Plan, schedule, spent_within, start_date
from sim.plans.find import find_plan, is_shipped, shipped_plans
from sim.plans.names import words_of
from sim.plans.write import template
from sim.reporting.new_file import write_new
from sim.reporting.words import Words

MOST_PERIODS = 16
"""Rows of the table of periods."""


def plan_lines(config: Config, words: Words) -> list[str]:
    """One line for each shipped plan, with the money it spends by firm."""
    out = []
    for name in shipped_plans():
        plan = find_plan(name, config)
        assert plan is not None
        spent = words.say("and").join(
            f"{words.name(firm)} {words.money(plan.total(firm))}" for firm in plan.firms
        )
        out.append(words.say("plan_line", id=name, plan=words.name(name), spent=spent))
    return out


def write_template(path: Path, config: Config, words: Words, *, wide: bool) -> str:
    """Write a plan with all amounts 0 and return a sentence with the next steps.

    The file begins with a byte order mark, by which spreadsheets recognise UTF-8.

    Raises:
        ConfigError: the file already exists or cannot be written.
    """
    text = template(config, words.language, wide=wide)
    write_new(path, text, "utf-8-sig", "plan template")
    return words.say("plan_written", path=path)


def about_plans(plans: Iterable[tuple[str, Plan | None, Config]], words: Words) -> list[str]:
    """Sentences on the plans of a run or a comparison.

    For each plan that does not come with the package, two lines on how it was understood.

    Args:
        plans: names of arms, their plans (None: declared budgets) and their configurations.
    """
    out = []
    for _, plan, config in plans:
        if plan is not None and not is_shipped(plan):
            out += [understood(plan, config, words), _reading(plan, config, words)]
    return list(dict.fromkeys(out))


def plan_limits(plans: Iterable[tuple[str, Plan | None, Config]], words: Words) -> list[str]:
    """Sentences on what is left out of plans after the run, or what happens after plans.

    Args:
        plans: as for :func:`about_plans`.
    """
    out = []
    for arm, plan, config in plans:
        if plan is None:
            continue
        name = words.name(plan.name)
        name = name if arm == plan.name else f"{name} ({words.name(arm)})"
        out += [*_beyond(plan, config, words), *_ends(name, plan, config, words)]
    return list(dict.fromkeys(out))


def understood(plan: Plan, config: Config, words: Words) -> str:
    """A sentence on the totals of a plan by firm and activity, its weeks and its start."""
    start = start_date(config.start, [plan])
    first, last = plan.span(start)
    names = _by_time(plan, start)
    periods = names[0] if len(names) == 1 else words.say("to", low=names[0], high=names[-1])
    totals = words.say("and").join(_firm(plan, firm, config, words) for firm in plan.firms)
    return words.say("plan_understood", plan=words.name(plan.name), totals=totals, first=first + 1,
                     last=last + 1, periods=periods, start=start)  # fmt: skip


def _firm(plan: Plan, firm: str, config: Config, words: Words) -> str:
    """A firm with its total and what it consists of."""
    sums: dict[str, float] = {}
    prices: dict[str, list[float]] = {}
    for row in plan.rows:
        if row.firm == firm and row.activity in PRICES:
            prices.setdefault(row.activity, []).append(row.amount)
        elif row.firm == firm:
            sums[row.activity] = sums.get(row.activity, 0.0) + row.amount
    parts = [
        f"{words.activity(name, config)} {words.money(money)}"
        for name, money in sums.items()
        if money
    ]
    for name, values in prices.items():
        shown = [_price(name, value, words) for value in (min(values), max(values))]
        span = shown[0] if shown[0] == shown[1] else words.say("to", low=shown[0], high=shown[1])
        parts.append(f"{words_of(words.language)[name][0]} {span}")
    total = f"{words.name(firm)} {words.money(sum(sums.values()))}"
    if not parts:
        return total
    return words.say("plan_firm_total", total=total, parts=words.say("and").join(parts))


def _price(name: str, value: float, words: Words) -> str:
    return words.share(value) if name == "discount" else words.money(value)


def _by_time(plan: Plan, start: dt.date) -> list[str]:
    """Names of a plan's periods by their weeks."""
    periods = {row.period for row in plan.rows}
    return [p.name for p in sorted(periods, key=lambda p: (p.indices(start)[0], p.indices(start)))]


def _reading(plan: Plan, config: Config, words: Words) -> str:
    """A sentence on what was added up, left out, passed over or settled."""

    def name(key: str, value: Any) -> Any:
        """A firm or an activity by its printed name; any other value as it is."""
        if key not in ("firm", "name"):
            return value
        return words.activity(value, config) if value in config.activities else words.name(value)

    said = [
        words.say(f"plan_note_{note.key}", **{k: name(k, v) for k, v in note.values.items()})
        for note in plan.notes
    ]
    said = list(dict.fromkeys(said)) or [words.say("plan_nothing_special")]
    if config.currency:
        said.append(words.say("plan_note_currency", currency=words.currency_name))
    notes = words.say("plan_and").join(said)
    return words.say("plan_reading", plan=words.name(plan.name), notes=notes)


def _beyond(plan: Plan, config: Config, words: Words) -> list[str]:
    """A sentence if a plan spends money after the end of the run."""
    inside, total = spent_within(plan, config)
    if inside >= total:
        return []
    money = {"money": words.money(inside / 100.0), "total": words.money(total / 100.0)}
    return [words.say("beyond", plan=words.name(plan.name), weeks=config.weeks, **money)]


def _ends(name: str, plan: Plan, config: Config, words: Words) -> list[str]:
    """Sentences on firms whose plan, called ``name``, ends before the run."""
    start = start_date(config.start, [plan])
    ends: dict[int, list[str]] = {}
    for firm in plan.firms:
        last = plan.span(start, firm)[1] + 1
        if last < config.weeks:
            ends.setdefault(last, []).append(firm)
    return [
        words.say(f"plan_ends_{config.after_plan}", plan=name, last=last, weeks=config.weeks,
                  firm=words.say("and").join(map(words.name, firms)))
        for last, firms in ends.items()
    ]  # fmt: skip


def check(plan: Plan, config: Config, words: Words) -> tuple[list[Table], list[str]]:
    """Tables of a plan by activity and by period, and the sentences on it.

    Raises:
        ConfigError: the plan does not fit into a run of this configuration.
    """
    start = start_date(config.start, [plan])
    schedule(
        plan, start=start, weeks=config.weeks, firms=list(config.firms),
        activities=list(config.activities), budgets={},
    )  # fmt: skip
    lines = [understood(plan, config, words), _reading(plan, config, words)]
    lines += [*_beyond(plan, config, words), *_ends(words.name(plan.name), plan, config, words)]
    by_period, more = _period_table(plan, start, words)
    return [_activity_table(plan, start, config, words), by_period], [*more, *lines]


def _activity_table(plan: Plan, start: dt.date, config: Config, words: Words) -> Table:
    table = Table(
        title=words.say("plan_check_by_activity", plan=words.name(plan.name)), title_justify="left"
    )
    headings = words_of(words.language)
    table.add_column(words.say("firm"))
    table.add_column(headings["activity"][0])
    for key in (headings["amount"][0], words.say("plan_check_first"), words.say("plan_check_last")):
        table.add_column(key, justify="right")
    for firm in plan.firms:
        rows = [row for row in plan.rows if row.firm == firm]
        for name in dict.fromkeys(row.activity for row in rows):
            mine = [row for row in rows if row.activity == name]
            names = _by_time(Plan("", tuple(mine)), start)
            label = headings[name][0] if name in PRICES else words.activity(name, config)
            amounts = _amounts(name, [r.amount for r in mine], words)
            table.add_row(words.name(firm), label, amounts, names[0], names[-1])
        table.add_row(words.name(firm), headings["total"][0], f"{plan.total(firm):,.2f}", "", "",
                      end_section=True)  # fmt: skip
    return table


def _amounts(name: str, values: Sequence[float], words: Words) -> str:
    """Money as its sum; prices from the lowest to the highest."""
    if name not in PRICES:
        return f"{sum(values):,.2f}"
    shown = [_price(name, value, words) for value in (min(values), max(values))]
    return shown[0] if shown[0] == shown[1] else words.say("to", low=shown[0], high=shown[1])


def _period_table(plan: Plan, start: dt.date, words: Words) -> tuple[Table, list[str]]:
    """Table of money by period and firm, and a line if it does not show all periods."""
    table = Table(
        title=words.say("plan_check_by_period", plan=words.name(plan.name)), title_justify="left"
    )
    table.add_column(words.say("period"))
    for firm in plan.firms:
        table.add_column(words.name(firm), justify="right")
    names = _by_time(plan, start)
    for name in names[:MOST_PERIODS]:
        rows = [r for r in plan.rows if r.period.name == name and r.activity not in PRICES]
        sums = [sum(r.amount for r in rows if r.firm == firm) for firm in plan.firms]
        table.add_row(name, *(f"{money:,.2f}" for money in sums))
    rest = len(names) - MOST_PERIODS
    return table, [words.say("plan_check_more", count=rest)] if rest > 0 else []
