"""Figure of a firm's organisation: money, staff, power, KPI weights, friction and credit."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS, TOUCH_ACTIVITY
from sim.market.activities import OWNERS
from sim.outcomes.run import Run
from sim.reporting.figures import (
    COLOURS,
    MORE_COLOURS,
    drawable,
    formatter,
    new_figure,
    rolling,
    short_name,
    style_of,
    week_axis,
)
from sim.reporting.words import Words
from sim.rules.units import QUARTER

OF_FUNCTION = {"sales": COLOURS[1], "market_department": COLOURS[0], "marketing": COLOURS[2]}
"""Colours of the three functions, in all figures that distinguish them."""


def organisation_figure(run: Run, words: Words) -> Figure:
    """Figure of the organisation of the firm in focus, in six panels: money by task, staff by
    function, power and staff from other functions, KPI weights, friction, and credit for orders."""
    words = drawable(words)
    with mpl.rc_context(style_of()):
        figure = new_figure()
        figure.suptitle(
            words.say("fig_inside", firm=short_name(run.focus)), x=0.012, ha="left", fontsize=15,
            fontweight="bold",
        )  # fmt: skip
        panels = (_money, _people, _power, _weights, _friction, _credit)
        for draw, axes in zip(panels, figure.subplots(2, 3).flat, strict=True):
            draw(axes, run, words)
        figure.supxlabel(
            words.say("fig_firm_seed", seed=run.seed, weight=run.config.population.weight),
            x=0.988, ha="right", fontsize=8.5, color="#666666",
        )  # fmt: skip
    return figure


def _names(words: Words) -> list[str]:
    return [words.say("of_sales"), words.say("of_market_department"), words.say("of_marketing")]


def _owners(run: Run) -> list[str]:
    return [run.config.activities[name].owner for name in run.ledger.activities]


def _legend(axes: Axes, columns: int = 1) -> None:
    made = axes.legend(
        frameon=True, framealpha=0.85, edgecolor="none", fontsize=8, loc="upper left",
        ncols=columns, columnspacing=1.0, handlelength=1.4, borderaxespad=0.2,
    )  # fmt: skip
    made.set_in_layout(False)


def _share_axis(axes: Axes, run: Run, words: Words) -> None:
    """Format the axes for weeks and shares, with room for a legend at the top."""
    week_axis(axes, run.ledger.weeks, words)
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.yaxis.set_major_formatter(formatter("misalignment", words))
    _legend(axes, 2)


def _money(axes: Axes, run: Run, words: Words) -> None:
    """Money per week by task as four-week means, with reps' pay on top."""
    f, weeks = run.firms.index(run.focus), run.ledger.weeks
    money = rolling(run.ledger.spend()[:, f] / 100.0)
    paid = rolling(run.ledger.accounts()[:, f, acc.PAYROLL] / 100.0)
    shown = [k for k in np.argsort(-money.sum(axis=0)) if money[:, k].sum() > 0]
    layers = [*(money[:, k] for k in shown), paid]
    names = [words.activity(run.ledger.activities[k], run.config) for k in shown]
    colours = [MORE_COLOURS[k % len(MORE_COLOURS)] for k in range(len(layers))]
    axes.stackplot(np.arange(1, weeks + 1), layers, labels=[*names, words.label("payroll")],
                   colors=colours, alpha=0.9)  # fmt: skip
    axes.set_ylim(0, 1.45 * max(1.0, float(np.sum(layers, axis=0).max())))
    axes.yaxis.set_major_formatter(formatter("spend", words))
    week_axis(axes, weeks, words)
    _legend(axes, 2)
    axes.set_title(words.say("fig_money"))


def _people(axes: Axes, run: Run, words: Words) -> None:
    """Staff by function: number of reps, and hours of the others in full-time equivalents."""
    f, weeks = run.firms.index(run.focus), run.ledger.weeks
    accounts, week = run.ledger.accounts()[:, f], run.config.organising.work_week
    heads = (
        accounts[:, acc.REPS].astype(float),
        rolling(accounts[:, acc.MARKET_DEPARTMENT_HOURS] / PARTS / week),
        rolling(accounts[:, acc.MARKETING_HOURS] / PARTS / week),
    )
    for owner, name, values in zip(OWNERS, _names(words), heads, strict=True):
        axes.plot(np.arange(1, weeks + 1), values, color=OF_FUNCTION[owner], linewidth=1.8,
                  label=name)  # fmt: skip
    axes.set_ylim(0, 1.35 * max(1.0, float(np.max(heads))))
    week_axis(axes, weeks, words)
    _legend(axes, 3)
    axes.set_title(words.say("fig_people"))


def _power(axes: Axes, run: Run, words: Words) -> None:
    """Share of money that each function commands (areas), and share of staff who come from another
    function (line)."""
    weeks = run.ledger.weeks
    if "power" in run.organisation:
        f = run.firms.index(run.focus)
        x = np.append(run.organisation["week"], weeks)
        power = run.organisation["power"][:, f]
        power = np.concatenate([power, power[-1:]])
        axes.stackplot(
            x, power.T, colors=[OF_FUNCTION[o] for o in OWNERS], labels=_names(words), alpha=0.75
        )
        home = np.mean([run.organisation["people"][:, f, n, n] for n in range(len(OWNERS))], axis=0)
        axes.plot(x, np.append(1.0 - home, 1.0 - home[-1]), color="#000000", linewidth=1.8,
                  label=words.say("from_elsewhere"))  # fmt: skip
    axes.set_ylim(0, 1.3)
    _share_axis(axes, run, words)
    axes.set_title(words.say("fig_power"))


def _weights(axes: Axes, run: Run, words: Words) -> None:
    """KPI weights of the market department, as set by the executive."""
    weeks = run.ledger.weeks
    if "weights" in run.organisation:
        weights = run.organisation["weights"][:, run.firms.index(run.focus), 0]
        x = np.append(run.organisation["week"], weeks)
        weights = np.concatenate([weights, weights[-1:]])
        shown = [k for k in np.argsort(-weights[-1]) if weights[:, k].max() > 0.01]
        labels = [words.label(name) for name in KPIS]
        axes.stackplot(x, weights[:, shown].T, labels=[labels[k] for k in shown],
                       colors=MORE_COLOURS, alpha=0.85)  # fmt: skip
    axes.set_ylim(0, 1.5)
    _share_axis(axes, run, words)
    axes.set_title(words.say("fig_weights"))


def _friction(axes: Axes, run: Run, words: Words) -> None:
    """Blame, misalignment and corrupted records, over windows of thirteen weeks."""
    weeks = run.ledger.weeks
    f = run.firms.index(run.focus)
    for n, kpi in enumerate(("blame", "misalignment", "corrupted_records")):
        values = [
            float(KPIS[kpi].function(run.window(max(0, w - QUARTER), w))[f])
            for w in range(1, weeks + 1)
        ]
        axes.plot(np.arange(1, weeks + 1), values, color=COLOURS[(1, 7, 4)[n]], linewidth=1.8,
                  label=words.label(kpi))  # fmt: skip
    axes.set_ylim(0, 1.3)
    _share_axis(axes, run, words)
    axes.set_title(words.say("fig_friction"))


def _credit(axes: Axes, run: Run, words: Words) -> None:
    """Credit of each function for the orders of the run under different rules (last touch, leads,
    clicks), and its share of the money spent."""
    f, owners = run.firms.index(run.focus), np.array(_owners(run))
    touched = run.ledger.touched()[:, f].sum(axis=(0, 2)).astype(float)
    leads = run.ledger.leads()[:, f, :, 0].sum(axis=0).astype(float)
    rows = {
        words.say("by_touch"): touched[TOUCH_ACTIVITY:],
        words.say("by_leads"): leads[TOUCH_ACTIVITY:-1],
        words.say("by_clicks"): run.ledger.clicks()[:, f].sum(axis=0).astype(float),
        words.say("by_money"): run.ledger.spend()[:, f].sum(axis=0) / 100.0,
    }
    extra = {
        words.say("by_touch"): (0.0, touched[:TOUCH_ACTIVITY].sum()),
        words.say("by_leads"): (leads[-1], leads[:TOUCH_ACTIVITY].sum()),
        words.say("by_money"): (run.ledger.accounts()[:, f, acc.PAYROLL].sum() / 100.0, 0.0),
    }
    left = np.zeros(len(rows))
    labels = [*_names(words), words.say("of_customers")]
    parts = np.zeros((len(rows), 4))
    for n, (name, values) in enumerate(rows.items()):
        by_function = [values[owners == owner].sum() for owner in OWNERS]
        sales, customers = extra.get(name, (0.0, 0.0))
        parts[n] = [by_function[0] + sales, *by_function[1:], customers]
        parts[n] /= max(1e-12, parts[n].sum())
    for k, label in enumerate(labels):
        colour = "#bbbbbb" if k == len(OWNERS) else OF_FUNCTION[OWNERS[k]]
        axes.barh(np.arange(len(rows)), parts[:, k], 0.65, left=left, color=colour, label=label)
        for n in range(len(rows)):
            if parts[n, k] > 0.12:
                axes.text(left[n] + parts[n, k] / 2, n, words.share(parts[n, k]), ha="center",
                          va="center", fontsize=8.5, color="white")  # fmt: skip
        left += parts[:, k]
    axes.set_yticks(np.arange(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.4, -1.5)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(formatter("blame", words))
    _legend(axes, 2)
    axes.set_title(words.say("fig_credit"))
