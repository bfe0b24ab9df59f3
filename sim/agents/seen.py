"""What a firm can see of itself: late, with errors, and booked to whatever was met last.

Nothing but this reaches executives and departments. A *line* is what money can be put on: every
activity, and, last, sales reps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sim import draws
from sim.kpis import KPIS, Window
from sim.ledger import accounts as book
from sim.ledger.accounts import ACCOUNTS, LEAD_FLOWS, TOUCH_ACTIVITY, TOUCH_TALK
from sim.ledger.book import Page
from sim.market.activities import Activity
from sim.rules.organising import Organising
from sim.rules.units import QUARTER


@dataclass(frozen=True)
class Seen:
    """A quarter as a firm sees it.

    Attributes:
        by_line: windows with lines in the place of firms; accounts that cannot be booked to lines
            are 0.
        own: the firm's window, one firm.
        money: spent on each line, float64 [line].
        met_customers: of each line's contacts, the share that is with active customers.
        talked: customers won whose last contact was another customer.
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
        """A KPI of the firm."""
        return float(KPIS[kpi].function(self.own)[0])


def see(
    pages: Sequence[Page], f: int, ident: int, activities: Sequence[Activity], *, seed: int,
    clock: int, rules: Organising, span: int, hunting: float,
) -> Seen | None:  # fmt: skip
    """The newest quarter a firm knows of, or None while there is none.

    Args:
        pages: of the ledger, the warm-up too.
        f, ident: the firm's place and id. activities: in the ledger's order.
        seed, clock: of errors. rules: delay, error, and where orders are booked.
        span: measurement window of KPIs. hunting: share of reps' hours on prospects.
    """
    last = len(pages) - rules.seen_delay
    if last < QUARTER:
        return None
    quarter = pages[last - QUARTER : last]
    lines, size = len(activities) + 1, len(ACCOUNTS)
    total = np.sum([p.accounts for p in quarter], axis=0).astype(np.float64)
    mine = np.stack([total[f], total[-1]])
    touched = np.sum([p.touched[f] for p in quarter], axis=0).astype(np.float64)
    out = np.zeros((lines + 1, size))
    out[:-2, book.CONTACTS] = np.sum([p.contacts[f] for p in quarter], axis=0)
    out[:-2, book.CLICKS] = np.sum([p.clicks[f] for p in quarter], axis=0)
    answerable = np.array([a.two_way for a in activities])
    out[:-2, book.ENGAGED] = out[:-2, book.CLICKS] * answerable
    out[:-2, book.ANSWERABLE] = out[:-2, book.CONTACTS] * answerable
    out[:-2, book.SPEND] = np.sum([p.spend[f] for p in quarter], axis=0)
    out[-2, book.PAYROLL] = mine[0, book.PAYROLL]
    first, further = _booked(touched[TOUCH_ACTIVITY:], out[:-2, book.CONTACTS], rules.last_touch).T
    out[:-2, book.ACQUIRED], out[:-2, book.ORDERS] = first, first + further
    for p in quarter:
        for line, source, flow, number in p.leads.tolist():
            if line == f and source >= TOUCH_ACTIVITY:
                out[source - TOUCH_ACTIVITY, LEAD_FLOWS[flow]] += number
    _share_with_reps(out, activities)
    share = out[:, book.ORDERS] / max(1.0, mine[0, book.ORDERS])
    for account in (book.REVENUE, book.GOODS, book.UNITS):
        out[:, account] = share * mine[0, account]
    out[-1] = mine[1]
    key = draws.person_key(seed, draws.MASK - 2 - ident)
    items = np.arange(lines + 1)[:, None] * size + np.arange(size)
    wrong = _misread(key, clock, items, rules.seen_error)
    out[:-1] *= wrong[:-1]
    mine[0] *= wrong[-1]
    weights = np.array([(a.prospects, a.customers) for a in activities] + [(hunting, 1 - hunting)])
    people = np.array([max(0.0, total[-1, book.PEOPLE] - mine[0, book.SEEN_ACTIVE]),
                       mine[0, book.SEEN_ACTIVE]])  # fmt: skip
    reach = weights * people if people.sum() > 0 else weights
    reach[-1] = weights[-1]
    met = reach[:, 1] / np.maximum(1e-12, reach.sum(axis=1))
    return Seen(
        Window(out, out / QUARTER, QUARTER, span), Window(mine, mine / QUARTER, QUARTER, span),
        (out[:-1, book.SPEND] + out[:-1, book.PAYROLL]) / 100.0, met,
        float(touched[TOUCH_TALK, 0]),
    )  # fmt: skip


def _booked(last: np.ndarray, contacts: np.ndarray, share: float) -> np.ndarray:
    """Orders by activity, float64 [activity, 2]: a share is booked to what was met ``last``, the
    rest over all contacts alike."""
    everywhere = contacts / max(1.0, contacts.sum())
    return np.asarray(share * last + (1.0 - share) * last.sum(axis=0) * everywhere[:, None])


def _share_with_reps(out: np.ndarray, activities: Sequence[Activity]) -> None:
    """What came by activities of sales is shared between their spend and the reps, by money."""
    for k, activity in enumerate(activities):
        money = out[k, book.SPEND] + out[-2, book.PAYROLL]
        if activity.owner == "sales" and money > 0.0:
            part = out[-2, book.PAYROLL] / money
            for account in (book.ORDERS, book.ACQUIRED, *LEAD_FLOWS):
                out[-2, account] += part * out[k, account]
                out[k, account] *= 1.0 - part


def _misread(key: int, clock: int, item: np.ndarray, error: float) -> np.ndarray:
    """Factors by which figures are misread, keyed by the week and the figure."""
    if error <= 0.0:
        return np.ones(item.shape)
    stream = np.uint64(draws.stream_key(draws.SEEN, clock, 0, 0))
    luck = draws.uniform_column(draws.word(item.astype(np.uint64) + np.uint64(key), stream))
    return np.maximum(0.0, 1.0 + error * ndtri(luck))
