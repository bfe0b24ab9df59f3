"""A firm's information about itself: delayed, with errors, and attributed to the last touch.

Executives and departments receive no other information. A *line* is a use of money: each activity
and, last, the sales reps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sim import draws
from sim.kpis import KPIS, Window
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, LEAD_FLOWS, TOUCH_ACTIVITY, TOUCH_TALK
from sim.ledger.ledger import WeekRecord
from sim.market.activities import Activity
from sim.rules.organising import Organising
from sim.rules.units import CENTS, QUARTER


@dataclass(frozen=True)
class Seen:
    """A quarter as the firm sees it.

    Attributes:
        by_line: accounts of the quarter with lines in place of firms; accounts that cannot be
            attributed to lines are 0.
        own: accounts of the quarter for the firm as a whole.
        money: money spent on each line, float64 [line].
        met_customers: share of each line's contacts that is with active customers, float64 [line].
        talked: number of customers won whose last contact was another customer.
    """

    by_line: Window
    own: Window
    money: np.ndarray
    met_customers: np.ndarray
    talked: float

    def line(self, kpi: str) -> np.ndarray:
        """A KPI of every line, [line]; 0 where it is unknown."""
        return np.asarray(np.nan_to_num(KPIS[kpi].function(self.by_line)))

    def firm(self, kpi: str) -> float:
        """A KPI of the firm as a whole."""
        return float(KPIS[kpi].function(self.own)[0])


def see(
    records: Sequence[WeekRecord], f: int, ident: int, activities: Sequence[Activity], *, seed: int,
    clock: int, params: Organising, span: int, hunting: float,
) -> Seen | None:  # fmt: skip
    """Compute the latest quarter a firm knows of, or None while there is none.

    Args:
        records: weekly records of the ledger, warm-up included.
        f, ident: row and id of the firm.
        activities: activities in the order of the ledger.
        seed, clock: keys of the random errors.
        params: delay, error, and attribution of orders.
        span: measurement window of KPIs, in weeks.
        hunting: share of reps' hours spent on prospects.
    """
    last = len(records) - params.seen_delay
    if last < QUARTER:
        return None
    quarter = records[last - QUARTER : last]
    lines, size = len(activities) + 1, len(ACCOUNTS)
    total = np.sum([p.accounts for p in quarter], axis=0).astype(np.float64)
    mine = np.stack([total[f], total[-1]])
    touched = np.sum([p.touched[f] for p in quarter], axis=0).astype(np.float64)
    out = np.zeros((lines + 1, size))
    out[:-2, acc.CONTACTS] = np.sum([p.contacts[f] for p in quarter], axis=0)
    out[:-2, acc.CLICKS] = np.sum([p.clicks[f] for p in quarter], axis=0)
    answerable = np.array([a.two_way for a in activities])
    out[:-2, acc.ENGAGED] = out[:-2, acc.CLICKS] * answerable
    out[:-2, acc.ANSWERABLE] = out[:-2, acc.CONTACTS] * answerable
    out[:-2, acc.SPEND] = np.sum([p.spend[f] for p in quarter], axis=0)
    out[-2, acc.PAYROLL] = mine[0, acc.PAYROLL]
    first, further = _booked(touched[TOUCH_ACTIVITY:], out[:-2, acc.CONTACTS], params.last_touch).T
    out[:-2, acc.ACQUIRED], out[:-2, acc.ORDERS] = first, first + further
    for p in quarter:
        for line, source, flow, number in p.leads.tolist():
            if line == f and source >= TOUCH_ACTIVITY:
                out[source - TOUCH_ACTIVITY, LEAD_FLOWS[flow]] += number
    _share_with_reps(out, activities)
    share = out[:, acc.ORDERS] / max(1.0, mine[0, acc.ORDERS])
    for account in (acc.REVENUE, acc.GOODS, acc.UNITS):
        out[:, account] = share * mine[0, account]
    out[-1] = mine[1]
    key = draws.person_key(seed, draws.firm_ident(ident))
    items = np.arange(lines + 1)[:, None] * size + np.arange(size)
    wrong = _misread(key, clock, items, params.seen_error)
    out[:-1] *= wrong[:-1]
    mine[0] *= wrong[-1]
    weights = np.array([(a.prospects, a.customers) for a in activities] + [(hunting, 1 - hunting)])
    people = np.array([max(0.0, total[-1, acc.PEOPLE] - mine[0, acc.SEEN_ACTIVE]),
                       mine[0, acc.SEEN_ACTIVE]])  # fmt: skip
    met_by = weights * people if people.sum() > 0 else weights
    met_by[-1] = weights[-1]
    all_met = met_by.sum(axis=1)
    met = met_by[:, 1] / np.where(all_met > 0.0, all_met, 1.0)
    return Seen(
        Window(out, out / QUARTER, QUARTER, span), Window(mine, mine / QUARTER, QUARTER, span),
        (out[:-1, acc.SPEND] + out[:-1, acc.PAYROLL]) / float(CENTS), met,
        float(touched[TOUCH_TALK, 0]),
    )  # fmt: skip


def _booked(last: np.ndarray, contacts: np.ndarray, share: float) -> np.ndarray:
    """Attribute orders to activities, float64 [activity, 2]: a share to the ``last`` touch, the
    rest in proportion to contacts."""
    everywhere = contacts / max(1.0, contacts.sum())
    return np.asarray(share * last + (1.0 - share) * last.sum(axis=0) * everywhere[:, None])


def _share_with_reps(out: np.ndarray, activities: Sequence[Activity]) -> None:
    """Divide the results of sales' activities between their spend and the reps, by money."""
    for k, activity in enumerate(activities):
        money = out[k, acc.SPEND] + out[-2, acc.PAYROLL]
        if activity.owner == "sales" and money > 0.0:
            part = out[-2, acc.PAYROLL] / money
            for account in (acc.ORDERS, acc.ACQUIRED, *LEAD_FLOWS):
                out[-2, account] += part * out[k, account]
                out[k, account] *= 1.0 - part


def _misread(key: int, clock: int, item: np.ndarray, error: float) -> np.ndarray:
    """Draw the relative errors of the figures, as factors, keyed by week and figure."""
    if error <= 0.0:
        return np.ones(item.shape)
    stream = np.uint64(draws.stream_key(draws.SEEN, clock, 0, 0))
    draw = draws.uniform_column(draws.word(item.astype(np.uint64) + np.uint64(key), stream))
    return np.maximum(0.0, 1.0 + error * ndtri(draw))
