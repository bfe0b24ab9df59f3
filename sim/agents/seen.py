"""A firm's information about itself: delayed, with errors, and attributed to the last touch.

Executives and departments receive no other information. A *line* is a use of money: each activity
and, last, the sales reps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtri

from sim import draws
from sim.kpis import KPIS, Window
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, LEAD_FLOWS, TOUCH_ACTIVITY, TOUCH_TALK
from sim.ledger.ledger import Ledger
from sim.market.activities import Activity
from sim.rules.organising import Organising
from sim.rules.units import CENTS, QUARTER


@dataclass(frozen=True)
class SeenQuarter:
    """A quarter as each firm sees it, all firms side by side.

    Attributes:
        by_line: accounts of the quarter by firm, with lines in place of firms; accounts that cannot
            be attributed to lines are 0.
        own: accounts of the quarter by firm, for the firm as a whole.
        money: money spent on each line, float64 [firm, line].
        met_customers: share of each line's contacts that is with active customers, float64
            [firm, line].
        talked: number of customers won whose last contact was another customer, float64 [firm].
    """

    by_line: Window
    own: Window
    money: np.ndarray
    met_customers: np.ndarray
    talked: np.ndarray
    _lines: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    def lines(self, kpi: str) -> np.ndarray:
        """A KPI of every line, [firm, line]; 0 where it is unknown."""
        if kpi not in self._lines:
            self._lines[kpi] = np.nan_to_num(KPIS[kpi].function(self.by_line))
        return self._lines[kpi]

    def of_firm(self, row: int) -> Seen:
        """The quarter as one firm sees it."""
        return Seen(self, row)


@dataclass(frozen=True)
class Seen:
    """A quarter as one firm sees it: its row of the quarter of all firms.

    Attributes:
        quarter: the quarter of all firms.
        row: row of the firm.
    """

    quarter: SeenQuarter
    row: int

    @property
    def by_line(self) -> Window:
        """Accounts with lines in place of firms; those that cannot be attributed to lines are 0."""
        return _of_row(self.quarter.by_line, self.row)

    @property
    def own(self) -> Window:
        """Accounts for the firm as a whole."""
        return _of_row(self.quarter.own, self.row)

    @property
    def money(self) -> np.ndarray:
        """Money spent on each line, float64 [line]."""
        return self.quarter.money[self.row]

    @property
    def met_customers(self) -> np.ndarray:
        """Share of each line's contacts that is with active customers, float64 [line]."""
        return self.quarter.met_customers[self.row]

    @property
    def talked(self) -> float:
        """Number of customers won whose last contact was another customer."""
        return float(self.quarter.talked[self.row])

    def line(self, kpi: str) -> np.ndarray:
        """A KPI of every line, [line]; 0 where it is unknown."""
        return self.quarter.lines(kpi)[self.row]

    def firm(self, kpi: str) -> float:
        """A KPI of the firm as a whole."""
        return float(KPIS[kpi].function(self.own)[0])


def _of_row(window: Window, row: int) -> Window:
    return Window(window.flow[row], window.mean[row], window.weeks, window.span)


def see(
    ledger: Ledger, idents: Sequence[int], activities: Sequence[Activity], *, seed: int,
    clock: int, params: Organising, span: int, hunting: np.ndarray,
) -> SeenQuarter | None:  # fmt: skip
    """Compute the latest quarter that firms know of, or None while there is none.

    Args:
        ledger: records of the weeks so far, warm-up included.
        idents: ids of the firms.
        activities: activities in the order of the ledger.
        seed, clock: keys of the random errors.
        params: delay, error, and attribution of orders.
        span: measurement window of KPIs, in weeks.
        hunting: share of reps' hours spent on prospects, float64 [firm].
    """
    last = ledger.length - params.seen_delay
    first = last - QUARTER
    if first < 0:
        return None
    total = ledger.added("accounts", first, last).astype(np.float64)
    touched = ledger.added("touched", first, last).astype(np.float64)
    market = np.broadcast_to(total[-1], total[:-1].shape)
    own, out = np.stack([total[:-1], market], axis=1), _by_line(ledger, first, last, activities)
    out[:, -2, acc.PAYROLL] = own[:, 0, acc.PAYROLL]
    booked = _booked(touched[:, TOUCH_ACTIVITY:], out[:, :-2, acc.CONTACTS], params.last_touch)
    out[:, :-2, acc.ACQUIRED], out[:, :-2, acc.ORDERS] = booked[..., 0], booked.sum(axis=2)
    _share_with_reps(out, activities)
    share = out[..., acc.ORDERS] / np.maximum(1.0, own[:, :1, acc.ORDERS])
    for account in (acc.REVENUE, acc.GOODS, acc.UNITS):
        out[..., account] = share * own[:, :1, account]
    out[:, -1] = total[-1]
    _misread(out, own, idents, seed, clock, params.seen_error)
    return SeenQuarter(
        Window(out, out / QUARTER, QUARTER, span), Window(own, own / QUARTER, QUARTER, span),
        (out[:, :-1, acc.SPEND] + out[:, :-1, acc.PAYROLL]) / float(CENTS),
        _met_customers(activities, hunting, total[-1, acc.PEOPLE], own[:, 0, acc.SEEN_ACTIVE]),
        touched[:, TOUCH_TALK, 0],
    )  # fmt: skip


def _by_line(ledger: Ledger, first: int, last: int, activities: Sequence[Activity]) -> np.ndarray:
    """Accounts that are kept by line, float64 [firm, line + market, account]; others are 0."""
    answerable = np.array([a.two_way for a in activities])
    flows = ledger.lead_flows(first, last)
    out = np.zeros((len(flows), len(activities) + 2, len(ACCOUNTS)))
    for account, table in (
        (acc.CONTACTS, "contacts"), (acc.CLICKS, "clicks"), (acc.SPEND, "spend"),
    ):  # fmt: skip
        out[:, :-2, account] = ledger.added(table, first, last)
    out[:, :-2, acc.ENGAGED] = out[:, :-2, acc.CLICKS] * answerable
    out[:, :-2, acc.ANSWERABLE] = out[:, :-2, acc.CONTACTS] * answerable
    out[:, :-1, list(LEAD_FLOWS)] = flows[:, TOUCH_ACTIVITY:]
    return out


def _booked(last: np.ndarray, contacts: np.ndarray, share: float) -> np.ndarray:
    """Attribute orders to activities, float64 [firm, activity, 2]: a share to the ``last`` touch,
    the rest in proportion to contacts, [firm, activity]."""
    everywhere = contacts / np.maximum(1.0, contacts.sum(axis=1))[:, None]
    rest = (1.0 - share) * last.sum(axis=1)
    return np.asarray(share * last + rest[:, None] * everywhere[:, :, None])


def _share_with_reps(out: np.ndarray, activities: Sequence[Activity]) -> None:
    """Divide the results of sales' activities between their spend and the reps, by money."""
    accounts, reps = np.array([acc.ORDERS, acc.ACQUIRED, *LEAD_FLOWS]), out[:, -2]
    for k, activity in enumerate(activities):
        if activity.owner == "sales":
            money = out[:, k, acc.SPEND] + reps[:, acc.PAYROLL]
            part = (reps[:, acc.PAYROLL] / np.where(money > 0.0, money, 1.0))[:, None]
            reps[:, accounts] += part * out[:, k, accounts]
            out[:, k, accounts] *= 1.0 - part


def _misread(
    out: np.ndarray, own: np.ndarray, idents: Sequence[int], seed: int, clock: int, error: float
) -> None:
    """Draw the relative errors of the figures, keyed by firm, week and figure, and apply them in
    place. A figure of 0 has none."""
    if error <= 0.0:
        return
    figures = np.concatenate([out[:, :-1], own[:, :1]], axis=1)
    places = np.flatnonzero(figures)
    firm, item = np.divmod(places, figures[0].size)
    keys = np.array([draws.kept_person_key(seed, draws.firm_ident(n)) for n in idents], np.uint64)
    stream = np.uint64(draws.stream_key(draws.SEEN, clock, 0, 0))
    draw = draws.uniform_column(draws.word(item.astype(np.uint64) + keys[firm], stream))
    figures.reshape(-1)[places] *= np.maximum(0.0, 1.0 + error * ndtri(draw))
    out[:, :-1], own[:, 0] = figures[:, :-1], figures[:, -1]


def _met_customers(
    activities: Sequence[Activity], hunting: np.ndarray, people: float, active: np.ndarray
) -> np.ndarray:
    """Share of each line's contacts that is with active customers, float64 [firm, line].

    Args:
        hunting: share of reps' hours spent on prospects, float64 [firm].
        people: people in the market.
        active: active customers as the firm sees them, float64 [firm].
    """
    firms, lines = len(hunting), len(activities) + 1
    weights = np.empty((firms, lines, 2))
    weights[:, :-1] = [(a.prospects, a.customers) for a in activities]
    weights[:, -1, 0], weights[:, -1, 1] = hunting, 1.0 - hunting
    groups = np.stack([np.maximum(0.0, people - active), active], axis=1)
    groups[groups.sum(axis=1) <= 0.0] = 1.0
    met = weights * groups[:, None]
    met[:, -1] = weights[:, -1]
    everybody = met.sum(axis=2)
    return np.asarray(met[..., 1] / np.where(everybody > 0.0, everybody, 1.0))
