"""Advertising: how much it sells, for how long, and with what returns.

Advertising is what reaches people through media outlets and cannot be answered: broadcast and
performance ads. Firms that enter later than the market are left out throughout.
"""

from __future__ import annotations

import numpy as np

from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.measures.common import (
    advertisers,
    established,
    peak,
    profit,
    units,
    weekly_units,
)
from sim.experiments.validation.trial import Trial, advance, elasticity, mean, ratio, repeats
from sim.rules.units import QUARTER, YEAR

LONG = 3 * YEAR
"""Weeks of the control, which all facts of advertising share."""

MORE = 0.1
"""Step of the elasticities."""

DRAWS = 2
"""Draws of chance over which the additional sales of a pulse are summed."""


@measures("E04")
def short_run(trial: Trial) -> Figures:
    """One firm at a time raises its money for broadcast and performance ads by 10 %, and keeps it
    there; all others keep their budgets. The elasticity compares its units of the first 13 weeks
    with those of the same weeks in the control. The figure is the mean over established firms
    that advertise."""
    control = units(trial.branch(weeks=LONG), 0, QUARTER)
    found = []
    for f, name in advertisers(trial):
        tenth_more = trial.spending(name, trial.advertising(name), 1.0 + MORE)
        more = trial.branch(*tenth_more, weeks=2 * YEAR)
        found.append(elasticity(units(more, 0, QUARTER)[f], control[f], MORE))
    return {"short_run": mean(found)}


@measures("E05")
def long_run(trial: Trial) -> Figures:
    """The arms of E04 go on for a second year, whose units are compared. The ratio is the mean
    elasticity of that year over the mean elasticity of E04. For the pulse the additional money is
    spent for a year only: additional units of three years, over the control's units of the first
    year."""
    first = short_run(trial)["short_run"]
    control = trial.branch(weeks=LONG)
    base, late = units(control), units(control, YEAR, 2 * YEAR)
    second, pulse = [], []
    for f, name in advertisers(trial):
        lines = trial.advertising(name)
        tenth_more = trial.spending(name, lines, 1.0 + MORE)
        more = trial.branch(*tenth_more, weeks=2 * YEAR)
        second.append(elasticity(units(more, YEAR, 2 * YEAR)[f], late[f], MORE))
        year = trial.branch(*tenth_more)
        after = year.branch(*trial.spending(name, lines, 1.0), f"weeks={YEAR + LONG}")
        extra = (weekly_units(advance(after, LONG - YEAR)) - weekly_units(control)).sum(axis=0)
        pulse.append(elasticity(base[f] + extra[f], base[f], MORE))
    level = mean(second)
    return {"long_run": level, "ratio": ratio(level, first), "pulse": mean(pulse)}


@measures("E07")
def duration(trial: Trial) -> Figures:
    """One firm at a time doubles its money for broadcast and performance ads for four weeks, then
    returns to its budget. Additional units by week, treated minus control, are summed over the
    established firms that advertise, and over two draws of chance from the branch on, since what
    a short pulse leaves behind is little beside chance. The duration is the number of months until
    the cumulative sum first reaches 90 % of that of two years; beside it, of that of one year."""
    extra = np.zeros(2 * YEAR)
    for draw in repeats(trial, DRAWS):
        control = weekly_units(draw.branch(weeks=LONG))[: 2 * YEAR]
        for f, name in advertisers(draw):
            lines = draw.advertising(name)
            doubled = draw.branch(*draw.spending(name, lines, 2.0), weeks=4)
            after = advance(doubled.branch(*draw.spending(name, lines, 1.0)), 2 * YEAR - 4)
            extra += (weekly_units(after) - control)[:, f]
    return {"months": months_until(extra), "one_year": months_until(extra[:YEAR])}


def months_until(extra: np.ndarray, share: float = 0.9) -> float:
    """Months until a share of all additional sales is reached, NaN if there are none.

    Args:
        extra: additional sales by week, float64 [week].
        share: of their sum.
    """
    so_far = extra.cumsum()
    if so_far[-1] <= 0.0:
        return float("nan")
    return float(np.argmax(so_far >= share * so_far[-1]) + 1) * 12.0 / YEAR


SPENDS = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
"""Multiples of normal spend."""


@measures("E26")
def concave_response(trial: Trial) -> Figures:
    """One firm at a time spends 0.25, 0.5, 1, 2 and 4 times its money for broadcast and
    performance ads for two years; units of the second year are taken as the steady state, relative
    to those at normal spend, and averaged over the established firms that advertise. The marginal
    return is the change of units over the change of spend from one multiple to the next. Between
    0.5 and 4 it has to fall twice; the figure is the smaller fall."""
    curves = []
    for f, name in advertisers(trial):
        arms = [trial.spending(name, trial.advertising(name), spend) for spend in SPENDS]
        sold = [units(trial.branch(*arm, weeks=2 * YEAR), YEAR, 2 * YEAR)[f] for arm in arms]
        if sold[2] > 0.0:
            curves.append(np.array(sold) / sold[2])
    if not curves:
        return {"doubling": float("nan"), "falling": float("nan")}
    curve = np.mean(curves, axis=0)
    marginal = np.diff(curve) / np.diff(SPENDS)
    return {"doubling": float(curve[3] - 1.0), "falling": float(-np.diff(marginal[1:]).max())}


BESIDE = (0.75, 1.25)
"""Multiples of the best level at which the profit lost is measured."""


def lost_beside(multiples: np.ndarray, profits: np.ndarray) -> float:
    """Share of profit lost 25 % beside the best multiple, NaN if that is not within the grid.

    The curve is a cubic in the log of the multiple; the loss is the mean of both sides.
    """
    best, curve = peak(np.log(multiples), profits)
    inside = np.log(multiples[0]) < best < np.log(multiples[-1]) and curve(best) > 0.0
    lost = [1.0 - curve(best + np.log(beside)) / curve(best) for beside in BESIDE]
    return float(np.mean(lost)) if inside else float("nan")


BUDGETS = np.array([0.5, 1.0, 2.0, 3.0, 4.5, 7.0])
FORCES = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
"""Multiples of the declared advertising money, and of the declared number of reps."""


@measures("E27", markets=["brand"])
def flat_maximum_of_advertising(trial: Trial) -> Figures:
    """One firm at a time spends 0.5 to 7 times its money for broadcast and performance ads for
    three years. A cubic in the log of the multiple is fitted to its profit of these years. The
    figure is the share of the best profit that is lost 25 % below and above the best multiple, the
    mean of both and of the established firms whose optimum lies within the grid."""
    found = []
    for f, name in advertisers(trial):
        arms = [trial.spending(name, trial.advertising(name), spend) for spend in BUDGETS]
        earned = np.array([profit(trial.branch(*arm, weeks=LONG))[f] for arm in arms])
        found.append(lost_beside(BUDGETS, earned))
    return {"advertising": mean(found)}


@measures("E27", markets=["industrial"])
def flat_maximum_of_sales_force(trial: Trial) -> Figures:
    """One firm at a time employs 0.25 to 3 times its number of reps for two years, hiring and
    severance paid. A cubic in the log of the multiple is fitted to its profit of these years. The
    figure is the share of the best profit that is lost 25 % below and above the best multiple, the
    mean of both and of the established firms whose optimum lies within the grid."""
    found = []
    for f, name in established(trial):
        reps = np.round(FORCES * trial.config.firms[name].sales.reps).astype(int)
        if reps[0] > 0:
            arms = [trial.branch(f"firms.{name}.sales.reps={n}", weeks=2 * YEAR) for n in reps]
            found.append(lost_beside(reps, np.array([profit(arm)[f] for arm in arms])))
    return {"reps": mean(found)}


SHARES = np.linspace(0.0, 1.0, 6)


def brand_lines(trial: Trial, firm: str) -> tuple[list[str], list[str]]:
    """Lines of a firm that people cannot answer but meet through media or search: those without
    clicks (brand), and those with (activation)."""
    known, spent = trial.config.activities, trial.config.firms[firm].budget
    lines = [
        name for name, money in spent.items()
        if money > 0.0 and not known[name].two_way and (known[name].mediated or known[name].inbound)
    ]  # fmt: skip
    clicked = [name for name in lines if known[name].click > 0.0]
    return [name for name in lines if name not in clicked], clicked


@measures("E28")
def brand_and_activation(trial: Trial) -> Figures:
    """The firms that use broadcast, performance ads and findability divide the same money anew:
    shares of 0, 20, ..., 100 % for broadcast (brand: it cannot be clicked), the rest in equal parts
    for performance ads and findability (activation: they can), one firm at a time, for three years.
    The best share is the maximum of a cubic through profit of three years, and through units of
    the first 26 weeks."""
    years, halves = [], []
    for f, name in established(trial):
        brand, activation = brand_lines(trial, name)
        if len(brand) == 1 and len(activation) == 2:
            budget, key = trial.config.firms[name].budget, f"firms.{name}.budget"
            money = sum(budget[line] for line in (*brand, *activation))
            arms = [
                trial.branch(
                    f"{key}.{brand[0]}={money * share}",
                    *(f"{key}.{line}={money * (1.0 - share) / 2.0}" for line in activation),
                    weeks=LONG,
                )
                for share in SHARES
            ]
            years.append(peak(SHARES, [profit(arm)[f] for arm in arms])[0])
            halves.append(peak(SHARES, [units(arm, 0, YEAR // 2)[f] for arm in arms])[0])
    return {"optimum": mean(years), "longer": mean(years) - mean(halves)}
