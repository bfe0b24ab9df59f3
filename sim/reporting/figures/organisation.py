"""Figure of a firm's organisation: money, staff, power, KPI weights, friction and credit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS, TOUCH_ACTIVITY
from sim.market.activities import OWNERS
from sim.outcomes.run import Run
from sim.reporting.figures.run import about_run
from sim.reporting.figures.style import (
    COLOURS,
    INK,
    SMALL,
    Panel,
    Room,
    capital,
    draw_panels,
    drawable,
    formatter,
    headed,
    heading,
    in_money,
    inner,
    label_ends,
    lines,
    named,
    percent,
    percents,
    period,
    rolling,
    style_of,
    tint,
    week_axis,
)
from sim.reporting.words import Words
from sim.rules.units import QUARTER, YEAR

OF_FUNCTION = dict(zip(OWNERS, (COLOURS[1], COLOURS[0], COLOURS[2]), strict=True))
"""Colours of the three functions; lighter shades are their tasks."""

NOTABLE = 0.03
"""Relative change from which the course of staff, power or weights is shown."""

TASKS, MEASURES = 6, 5
"""Tasks and KPIs shown by name, the largest first; smaller tasks are added up."""

WIDE = 4.2
"""Inches from which the key of four functions has room in one line."""

START, CUT = 4, 0.7
"""Weeks whose money does not set the axis if what is paid later stays below this part of it."""

VISIBLE = 0.005
"""Share of staff from other functions from which it is drawn."""

FRICTION = ("blame", "misalignment", "corrupted_records")
MOST = ("fig_most_blame", "fig_most_misalignment", "fig_most_corrupted")
SHARE_OF = ("fig_what_blame", "fig_what_misalignment", "fig_what_corrupted")
"""KPIs of friction, and the keys of their titles and of what they are shares of."""


def organisation_figure(run: Run, words: Words) -> Figure | None:
    """Figure of the organisation of the firm in focus: money by task, staff by function, power
    and staff from other functions, KPI weights, friction, and credit for orders, as far as there
    is something to see; None if it spends on one thing only and has nobody."""
    words = drawable(words)
    friction, credit = _friction_paths(run), credited(run)
    staff = _staff(run)
    panels: list[tuple[Callable[..., None], bool]] = [
        (partial(_money, run=run), _is_split(run)),
        (partial(_people, run=run, staff=staff),
         float(np.ptp(staff, axis=0).max()) > NOTABLE * float(staff.max())),
        (partial(_power, run=run), _moves(run, "power") or _moves(run, "people")),
        (partial(_weights, run=run), _moves(run, "weights")),
        (partial(_friction, run=run, paths=friction), bool(np.nan_to_num(friction).any())),
        (partial(_credit, shares=credit), _is_disputed(credit)),
    ]  # fmt: skip
    if not any(shown for _, shown in panels):
        return None
    with mpl.rc_context(style_of(words)):
        figure = draw_panels(Panel(partial(draw, words=words), shown) for draw, shown in panels)
        headed(
            figure, _finding(run, words), about_run(run, words), words.say("fig_functions"), words
        )
    return figure


def _finding(run: Run, words: Words) -> str:
    """What share of its revenue the firm spends on activities and on reps."""
    f, name = run.firms.index(run.focus), named(words, run.focus)
    flows = run.ledger.accounts()[-YEAR:, f].sum(axis=0) / 100.0
    if flows[acc.REVENUE] <= 0.0:
        return words.say("fig_inside", firm=name)
    values = {key: percent(flows[account] / flows[acc.REVENUE], words)
              for key, account in (("x", acc.SPEND), ("y", acc.PAYROLL))}  # fmt: skip
    values["period"] = period(run.ledger.weeks, words)
    key = "fig_spends_both" if flows[acc.PAYROLL] > 0 else "fig_spends"
    return words.say(key, firm=name, **values)


def function_names(words: Words) -> list[str]:
    """Names of the three functions, in the order of ``OWNERS``."""
    return [words.say("of_sales"), words.say("of_market_department"), words.say("of_marketing")]


def _owners(run: Run) -> list[str]:
    return [run.config.activities[name].owner for name in run.ledger.activities]


def _moves(run: Run, what: str) -> bool:
    """Whether a state of the organisation changes during the run."""
    if what not in run.organisation:
        return False
    values = run.organisation[what][:, run.firms.index(run.focus)]
    return len(values) > 1 and float(np.ptp(values, axis=0).max()) >= NOTABLE


# Money by task


def _money_by_task(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Money per week as four-week means: on activities [week, activity], and on reps [week]."""
    f = run.firms.index(run.focus)
    spent = rolling(run.ledger.spend()[:, f] / 100.0)
    return spent, rolling(run.ledger.accounts()[:, f, acc.PAYROLL] / 100.0)


def _is_split(run: Run) -> bool:
    spent, paid = _money_by_task(run)
    return int(np.count_nonzero(spent.any(axis=0))) + bool(paid.any()) > 1


def _money(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Money per week by task, in shades of the function that owns it."""
    spent, paid = _money_by_task(run)
    owners = _owners(run)
    tasks = [(OWNERS[0], words.label("payroll"), paid)]
    tasks += [(owners[k], words.activity(name, run.config), spent[:, k])
              for k, name in enumerate(run.ledger.activities)]  # fmt: skip
    tasks = [task for task in tasks if task[2].any()]
    whole = sum(task[2].sum() for task in tasks)
    top = max(tasks, key=lambda task: task[2].sum())
    layers = [layer for owner in OWNERS for layer in _shaded(owner, tasks, words)]
    total = np.sum([task[2] for task in tasks], axis=0)
    cut = _cut(total)
    _stack(axes, np.arange(1, run.ledger.weeks + 1), layers, run.ledger.weeks, room, words,
           top=cut)  # fmt: skip
    axes.yaxis.set_major_formatter(formatter("spend", words))
    title = words.say("fig_money", task=top[1], x=percent(top[2].sum() / whole, words))
    what = in_money(words, words.say("fig_what_money"))
    if cut:
        what = words.say("fig_and", what, words.say("fig_cut", money=words.money(
                         float(total.max()))))  # fmt: skip
    heading(axes, title, what, room, words)


def _cut(total: np.ndarray) -> float | None:
    """Upper end of an axis that leaves out a peak in the first weeks; None where there is none.

    Args:
        total: money per week, [week].
    """
    if len(total) <= 2 * START:
        return None
    usual = 1.1 * float(np.quantile(total[START:], 0.99))
    return usual if 0.0 < usual < CUT * float(total[:START].max()) else None


def _shaded(
    owner: str, tasks: Sequence[tuple[str, str, np.ndarray]], words: Words
) -> list[tuple[str, np.ndarray, Any]]:
    """The tasks of a function as layers: name, money and shade, the largest first."""
    mine = sorted((t for t in tasks if t[0] == owner), key=lambda t: -t[2].sum())
    kept, rest = mine[: TASKS // 2], mine[TASKS // 2 :]
    layers = [(name, money) for _, name, money in kept]
    if rest:
        layers.append((words.say("fig_others"), np.sum([t[2] for t in rest], axis=0)))
    return [(name, money, tint(OF_FUNCTION[owner], 1.0 - 0.75 * n / max(1, len(layers))))
            for n, (name, money) in enumerate(layers)]  # fmt: skip


def _stack(
    axes: Axes, x: np.ndarray, layers: Sequence[tuple[str, np.ndarray, Any]], weeks: int,
    room: Room, words: Words, step: bool = False, top: float | None = None,
) -> None:  # fmt: skip
    """Stacked areas, named at their right ends: name, values and shade of each layer.

    Args:
        top: upper end of the axis; without it, that of the areas.
    """
    axes.stackplot(x, [values for _, values, _ in layers], colors=[s for *_, s in layers],
                   step="post" if step else None, linewidth=0.4, edgecolor="white")  # fmt: skip
    last = np.array([values[-1] for _, values, _ in layers])
    middle = last.cumsum() - last / 2
    highest = float(np.sum([v for _, v, _ in layers], axis=0).max())
    axes.set_ylim(0, top or 1.02 * max(1e-9, highest))
    week_axis(axes, weeks, words)
    label_ends(axes, [(name, float(y), INK) for (name, *_), y, size in
               zip(layers, middle, last, strict=True) if size > 0.0], room)  # fmt: skip


# Staff, power and KPI weights


def _staff(run: Run) -> np.ndarray:
    """Number of reps, and the other functions' full-time equivalents, [week, function]."""
    accounts = run.ledger.accounts()[:, run.firms.index(run.focus)]
    week = run.config.organising.work_week
    return np.column_stack([
        accounts[:, acc.REPS].astype(float),
        rolling(accounts[:, acc.MARKET_DEPARTMENT_HOURS] / PARTS / week),
        rolling(accounts[:, acc.MARKETING_HOURS] / PARTS / week),
    ])  # fmt: skip


def _people(axes: Axes, room: Room, run: Run, staff: np.ndarray, words: Words) -> None:
    """Staff by function."""
    shown = [n for n in range(len(OWNERS)) if staff[:, n].any()]
    names = [function_names(words)[n] for n in shown]
    axes.set_ylim(0, 1.15 * float(staff.max()))
    lines(axes, staff[:, shown], names, [OF_FUNCTION[OWNERS[n]] for n in shown], room, words)
    top = max(shown, key=lambda n: staff[-1, n])
    title = words.say("fig_people", function=function_names(words)[top],
                      count=f"{staff[-1, top]:,.1f}".removesuffix(".0"))  # fmt: skip
    heading(axes, title, words.say("fig_what_people"), room, words)


def _quarters(run: Run, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Beginnings of quarters and values there, the last one repeated at the end of the run."""
    x = np.append(run.organisation["week"], run.ledger.weeks)
    return x, np.concatenate([values, values[-1:]])


def _power(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """Share of money that each function commands (areas), and share of staff who come from another
    function (line)."""
    f = run.firms.index(run.focus)
    x, power = _quarters(run, run.organisation["power"][:, f])
    layers = [(name, power[:, n], tint(OF_FUNCTION[OWNERS[n]], 0.75))
              for n, name in enumerate(function_names(words))]  # fmt: skip
    _stack(axes, x, layers, run.ledger.weeks, room, words, step=True)
    home = np.mean([run.organisation["people"][:, f, n, n] for n in range(len(OWNERS))], axis=0)
    mixed = bool((1.0 - home).max() > VISIBLE)
    if mixed:
        axes.step(*_quarters(run, 1.0 - home), color=INK, where="post")
    axes.set_ylim(0, 1.0)
    axes.yaxis.set_major_formatter(percents(words))
    top = int(power[-1].argmax())
    title = words.say("fig_power", function=capital(function_names(words)[top]), x=percent(
                      power[-1, top], words), y=percent(power[0, top], words))  # fmt: skip
    what = words.say("fig_what_power_mixed" if mixed else "fig_what_power")
    heading(axes, title, what, room, words)


def _weights(axes: Axes, room: Room, run: Run, words: Words) -> None:
    """KPI weights of the market department, as set by the executive."""
    x, weights = _quarters(run, run.organisation["weights"][:, run.firms.index(run.focus), 0])
    labels = [words.label(name) for name in KPIS]
    order = [int(k) for k in np.argsort(-weights[-1]) if weights[:, k].max() >= NOTABLE]
    kept, rest = order[:MEASURES], order[MEASURES:]
    shade = OF_FUNCTION["market_department"]
    layers = [(labels[k], weights[:, k], tint(shade, 1.0 - 0.15 * n)) for n, k in enumerate(kept)]
    if rest:
        layers.append((words.say("fig_others"), weights[:, rest].sum(axis=1), tint(shade, 0.2)))
    _stack(axes, x, layers, run.ledger.weeks, room, words, step=True)
    axes.set_ylim(0, 1.0)
    axes.yaxis.set_major_formatter(percents(words))
    moved = max(order, key=lambda k: abs(weights[-1, k] - weights[0, k]))
    title = words.say("fig_weights", kpi=labels[moved], x=percent(weights[0, moved], words),
                      y=percent(weights[-1, moved], words))  # fmt: skip
    heading(axes, title, words.say("fig_what_weights"), room, words)


# Friction and credit


def _friction_paths(run: Run) -> np.ndarray:
    """KPIs of friction over the last thirteen weeks, [week, KPI]."""
    f = run.firms.index(run.focus)
    windows = [run.window(max(0, w - QUARTER), w) for w in range(1, run.ledger.weeks + 1)]
    return np.array([[KPIS[kpi].function(w)[f] for kpi in FRICTION] for w in windows])


def _friction(axes: Axes, room: Room, run: Run, paths: np.ndarray, words: Words) -> None:
    """Blame, misalignment and corrupted records, over windows of thirteen weeks."""
    shown = [n for n in range(len(FRICTION)) if np.nan_to_num(paths[:, n]).any()]
    names = [words.label(FRICTION[n]) for n in shown]
    axes.set_ylim(0, max(0.1, 1.1 * float(np.nanmax(paths))))
    shades = (INK, "#999999", "#555555")[: len(shown)]
    lines(axes, paths[:, shown], names, shades, room, words)
    axes.get_lines()[-1].set_linestyle("--" if len(shown) == len(FRICTION) else "-")
    axes.yaxis.set_major_formatter(percents(words))
    last = {n: paths[:, n][np.isfinite(paths[:, n])][-1] for n in shown}
    top = max(shown, key=lambda n: last[n])
    title = words.say(MOST[top], x=percent(last[top], words))
    what = words.say("plan_and").join(words.say(SHARE_OF[n]) for n in shown)
    heading(axes, title, words.say("fig_what_friction", what), room, words)


def credited(run: Run) -> dict[str, np.ndarray]:
    """Credit for the orders of the run by key of the rule: shares of the three functions and of
    customers themselves, [4]; rules that credit nobody are left out."""
    f, owners = run.firms.index(run.focus), np.array(_owners(run))
    touched = run.ledger.touched()[:, f].sum(axis=(0, 2)).astype(float)
    leads = run.ledger.leads()[:, f, :, 0].sum(axis=0).astype(float)
    paid = run.ledger.accounts()[:, f, acc.PAYROLL].sum() / 100.0
    rules = {
        "by_touch": (touched[TOUCH_ACTIVITY:], 0.0, touched[:TOUCH_ACTIVITY].sum()),
        "by_leads": (leads[TOUCH_ACTIVITY:-1], leads[-1], leads[:TOUCH_ACTIVITY].sum()),
        "by_clicks": (run.ledger.clicks()[:, f].sum(axis=0).astype(float), 0.0, 0.0),
        "by_money": (run.ledger.spend()[:, f].sum(axis=0) / 100.0, paid, 0.0),
    }
    out = {}
    for key, (values, sales, customers) in rules.items():
        parts = np.array([*(values[owners == owner].sum() for owner in OWNERS), customers])
        parts[0] += sales
        if parts.sum() > 0.0:
            out[key] = parts / parts.sum()
    return out


def _is_disputed(shares: dict[str, np.ndarray]) -> bool:
    """Whether there are rules to compare, and not one part that takes all under each."""
    return len(shares) > 1 and any(bool(parts.max() < 1.0) for parts in shares.values())


def _credit(axes: Axes, room: Room, shares: dict[str, np.ndarray], words: Words) -> None:
    """Credit of each function for the orders under different rules, and its share of the money."""
    rows = list(shares)
    parts = np.array([shares[key] for key in rows])
    labels = [*function_names(words), words.say("of_customers")]
    shades = [*(OF_FUNCTION[owner] for owner in OWNERS), "#999999"]
    names, left = [words.say(key) for key in rows], np.zeros(len(rows))
    room = inner(names, room, words)
    wide = room.width > WIDE
    for k, (label, shade) in enumerate(zip(labels, shades, strict=True)):
        key = label if parts[:, k].any() else "_"  # which a legend leaves out
        axes.barh(np.arange(len(rows)), parts[:, k], 0.62, left=left, color=shade, label=key)
        for n in range(len(rows)):
            if parts[n, k] * room.width > 0.4:
                axes.text(left[n] + parts[n, k] / 2, n, percent(parts[n, k], words), ha="center",
                          va="center", fontsize=SMALL, color="white")  # fmt: skip
        left += parts[:, k]
    axes.set_yticks(np.arange(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -1.1 if wide else -1.3)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.legend(loc="upper left", ncols=4 if wide else 2, fontsize=8.5, columnspacing=0.9,
                handlelength=1.0, handletextpad=0.4, borderaxespad=0.0,
                bbox_to_anchor=(-0.02, 1.0))  # fmt: skip
    heading(axes, _disputed(shares, words), words.say("fig_what_credit"), room, words)


def _disputed(shares: dict[str, np.ndarray], words: Words) -> str:
    """A title: the function whose share of credit for orders depends most on the rule."""
    rules = [parts[: len(OWNERS)] for key, parts in shares.items() if key != "by_money"]
    low, high = np.min(rules, axis=0), np.max(rules, axis=0)
    n = int(np.argmax(high - low))
    if len(rules) < 2 or high[n] - low[n] < NOTABLE:
        return words.say("fig_credit")
    return words.say("fig_credit_between", function=capital(function_names(words)[n]),
                     x=percent(low[n], words), y=percent(high[n], words))  # fmt: skip
