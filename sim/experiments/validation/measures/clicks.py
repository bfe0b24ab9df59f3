"""Clicks: orders that are credited to them, and orders that would be lost without them (E51)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.trial import Trial, ratio
from sim.ledger import accounts as acc
from sim.model.world import World
from sim.outcomes.logs import LOGS, log_table
from sim.rules.units import YEAR

LOGGED = "log.purchases=true"
MONTH = 4
"""Weeks."""


@measures("E51")
def incremental_clicks(trial: Trial) -> Figures:
    """Firm by firm, the contacts of search (activities that people in need find) and of adverts to
    click on are withheld for a year from half of all people, drawn at random. Orders lost are the
    orders of these people in the same year without the treatment, less those with it; orders
    credited are the firm's orders within the credited time after a click, without the treatment
    less with it. The figure is the sum of the former over the sum of the latter, over firms. The
    same for search alone, and for the first four weeks. The model has no search for a firm's own
    name, so that its part cannot be measured."""
    both = [clicked_lines(trial, name, search_only=False) for name in trial.world.names]
    search = [clicked_lines(trial, name, search_only=True) for name in trial.world.names]
    return {
        "clicks": lost_over_credited(trial, both, YEAR),
        "search": lost_over_credited(trial, search, YEAR),
        "month": lost_over_credited(trial, both, MONTH),
        "own_name": float("nan"),
    }


def clicked_lines(trial: Trial, firm: str, *, search_only: bool) -> list[str]:
    """The lines of a firm that are search (inbound) or advertising that can be clicked on."""
    known, adverts = trial.config.activities, trial.advertising(firm)
    return [
        name for name, money in trial.config.firms[firm].budget.items()
        if money > 0.0 and known[name].click > 0.0
        and (known[name].inbound or (name in adverts and not search_only))
    ]  # fmt: skip


def lost_over_credited(trial: Trial, lines: Sequence[Sequence[str]], weeks: int) -> float:
    """Orders lost over orders credited in the first weeks, if lines are withheld; over firms."""
    lost, credited, control = 0.0, 0.0, trial.branch(LOGGED)
    for f, mine in enumerate(lines):
        if not mine:
            continue
        treated = withheld(trial, trial.world.names[f], mine)
        drawn = treated.engine.columns()["tags"] > 0
        lost += orders(control, f, drawn, weeks) - orders(treated, f, drawn, weeks)
        credited += clicked_orders(control, f, weeks) - clicked_orders(treated, f, weeks)
    return ratio(lost, credited)


def withheld(trial: Trial, firm: str, lines: Sequence[str]) -> World:
    """A branch in which contacts of some lines are withheld from half of the people."""
    return trial.branch(
        LOGGED,
        f"+treatments.off={{id: 1, firm: {firm}, week: {trial.world.week + 1}, weeks: {YEAR}, "
        f"share: 0.5, withhold: 1, withheld: [{', '.join(lines)}]}}",
    )


def orders(world: World, f: int, who: np.ndarray, weeks: int) -> float:
    """Orders of some people from a firm in the first weeks of a branch, in people."""
    rows = log_table("purchases", world.logs["purchases"])
    table = dict(zip(LOGS["purchases"], rows.T, strict=True))
    mine = (
        (table["firm"] == f) & who[table["customer"]] & (table["week"] <= world.week - YEAR + weeks)
    )
    return float(mine.sum() * world.config.population.weight)


def clicked_orders(world: World, f: int, weeks: int) -> float:
    """Orders from a firm that are credited to a click, in the first weeks of a branch."""
    booked = world.ledger.accounts()[-YEAR:][:weeks]
    return float(booked[:, f, acc.CLICKED_ORDERS].sum())
