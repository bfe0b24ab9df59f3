"""How firms decide in a week: all of them together, and one by one where something is unusual."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sim.agents.executives import Decisions, Executives
from sim.agents.firm import Firm
from sim.agents.organisations import Organisations
from sim.agents.sales.columns import Conditions
from sim.agents.seen import see
from sim.agents.treasury import Treasuries
from sim.agents.view import MarketView
from sim.market.plan import Levers
from sim.rules.units import CENTS, QUARTER


def decide(
    firms: Sequence[Firm], executives: Executives, organisations: Organisations, view: MarketView,
    levers: Levers, row: int, by_hand: Mapping[str, Mapping[str, float]],
    what_if: Callable[[Firm, int, float], float], treasuries: Treasuries,
) -> Decisions:  # fmt: skip
    """Decisions of the week by executives and departments.

    Args:
        firms: firms in order of ids; ``executives`` and ``organisations`` are their columns.
        levers: planned values.
        row: row of the planned values.
        by_hand: decisions of human players for the quarter that begins, by firm and lever.
        what_if: change of a year's profit if a firm puts more money on a line (firm, line, money).
        treasuries: of the same firms.
    """
    if view.new_quarter:
        _review_quarter(firms, view, by_hand, what_if)
    elif by_hand or executives.may_react:
        for firm in firms:
            _take_and_react(firm, view, by_hand)
    decided = executives.decide(view.week, row, levers)
    decided = treasuries.plan_week(view, levers, decided)
    if view.clock % QUARTER == 0:
        money = _money(firms, view, decided.spend)
        organisations.set_power(money, executives.present(view.week))
    return decided._replace(spend=organisations.set_about(view.clock, decided.spend))


def _review_quarter(
    firms: Sequence[Firm], view: MarketView, by_hand: Mapping[str, Mapping[str, float]],
    what_if: Callable[[Firm, int, float], float],
) -> None:  # fmt: skip
    """Firms review the quarter, firm by firm: an oracle sees what those before it have done."""
    quarter = see(
        view.ledger, [firm.profile.id for firm in firms], view.activities, seed=view.seed,
        clock=view.clock, params=view.config.organising, span=view.config.measurement.window,
        hunting=np.array([_hunting(firm) for firm in firms]),
    )  # fmt: skip
    for firm in firms:
        if quarter is not None and firm.is_present(view.week) and not firm.executive.stopped:

            def of_firm(line: int, more: float, firm: Firm = firm) -> float:
                return what_if(firm, line, more)

            firm.review_quarter(quarter.of_firm(firm.row), view, of_firm)
        _take_and_react(firm, view, by_hand)


def _take_and_react(
    firm: Firm, view: MarketView, by_hand: Mapping[str, Mapping[str, float]]
) -> None:
    if firm.name in by_hand and not firm.executive.stopped:
        firm.executive.take(by_hand[firm.name])
    firm.executive.react(view.week, view.ledger, view.config.organising)


def _hunting(firm: Firm) -> float:
    """Share of reps' hours spent on prospects."""
    reps = firm.sales.reps
    return sum(rep.hunt for rep in reps) / len(reps) if reps else 0.5


def _money(firms: Sequence[Firm], view: MarketView, spend: np.ndarray) -> np.ndarray:
    """Money on every line over the last quarter, or the initial decisions (``spend``, cents
    [firm, activity]) while nothing has been spent; float64 [firm, line], reps' pay last."""
    money = view.money.copy()
    for firm in firms:
        if not money[firm.row].any():
            money[firm.row, :-1] = spend[firm.row] / float(CENTS)
            money[firm.row, -1] = firm.spec.sales.reps * firm.sales.terms.pay.salary
    return money


def conditions(executives: Executives, organisations: Organisations, week: int) -> Conditions:
    """How firms make their reps work in a week; firms that have stopped check no leads."""
    numbers = organisations.columns.numbers
    screening = np.where(executives.columns.numbers["stopped"], 0.0, organisations.screening)
    return Conditions(
        executives.present(week), numbers["selling_quality"].copy(),
        organisations.handoff_care.copy(), screening,
    )  # fmt: skip
