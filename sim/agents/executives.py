"""The executives of all firms as columns, and what they decide in a week."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.agents.columns import declarations
from sim.compile import compiled, inner
from sim.config.schema import Config
from sim.market.plan import Levers
from sim.params import in_id_order
from sim.rules.arithmetic import rule
from sim.rules.organising import MOST_DISCOUNT
from sim.rules.units import CENTS

EXECUTIVE = np.dtype(
    [
        ("rep_pay", np.float64), ("places", np.int64), ("until", np.int64),
        ("more_discount", np.float64), ("more_spend", np.float64), ("moved_by", np.float64),
        ("stopped", np.bool_), ("moves_money", np.bool_), ("price_moved", np.float64),
        ("price_step", np.float64), ("price_worth", np.float64), ("closed", np.bool_),
        ("scale", np.float64),
    ],
    align=True,
)  # fmt: skip
"""Numbers of an executive; meanings in :class:`sim.agents.executive.Executive`."""


class Decisions(NamedTuple):
    """All firms' decisions of a week.

    Attributes:
        spend: cents, int64 [firm, activity].
        list_price: cents per unit, int64 [firm].
        discount: share of the list price, float64 [firm].
        net_price: cents per unit after the discount, rounded once, int64 [firm].
    """

    spend: np.ndarray
    list_price: np.ndarray
    discount: np.ndarray
    net_price: np.ndarray


class ExecutiveColumns(NamedTuple):
    """State of all executives.

    Attributes:
        numbers: records of :data:`EXECUTIVE`, [firm].
        shares: share of the money on each line as set by the policy, where the executive moves
            money, float64 [firm, line].
        changed: change of the declared budget since the executive first moved money, cents by
            activity, and of the positions for reps, int64 [firm, line].
        by_hand: values set by human players, NaN for none, float64 [firm, lever]; levers are the
            activities (money), list price (money), discount and positions for reps.
    """

    numbers: np.ndarray
    shares: np.ndarray
    changed: np.ndarray
    by_hand: np.ndarray


class Executives:
    """The executives of all firms, in order of firms.

    Args:
        config: configuration at the start.

    Attributes:
        columns: their state.
        levers: names of what human players set, in order.
        may_react: whether any firm may react to a loss.
    """

    def __init__(self, config: Config) -> None:
        firms, names = len(config.firms), list(in_id_order(config.activities))
        self.levers = (*names, "list_price", "discount", "reps")
        numbers = np.zeros(firms, EXECUTIVE)
        numbers["places"], numbers["scale"] = -1, 1.0
        shares = np.zeros((firms, len(names) + 1))
        changed = np.zeros(shares.shape, np.int64)
        by_hand = np.full((firms, len(self.levers)), np.nan)
        self.columns = ExecutiveColumns(numbers, shares, changed, by_hand)
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Take over what firms declare: prices in cents, and positions for reps."""
        firms = list(in_id_order(config.firms).values())
        self.declared = declarations(
            [
                {
                    "list_price": round(firm.list_price * CENTS), "discount": firm.discount,
                    "reps": firm.sales.reps, "enters": firm.enters,
                }
                for firm in firms
            ]
        )  # fmt: skip
        self._enters = np.array([firm.enters for firm in firms])
        self.may_react = any(firm.organisation.reaction != "passive" for firm in firms)

    @property
    def moved_by(self) -> np.ndarray:
        """Distance of each offer from the declared position, float64 [firm]."""
        return self.columns.numbers["moved_by"].copy()

    def present(self, week: int) -> np.ndarray:
        """Whether each firm is in the market in a week since the ledger opened, bool [firm]."""
        entered = is_present(self._enters, week)
        return np.asarray(entered & ~self.columns.numbers["closed"])

    def decide(self, week: int, row: int, levers: Levers) -> Decisions:
        """Make the decisions of a week: planned or else declared values, changed by the policy, by
        human players and by a reaction to a loss. A firm spends nothing before it has entered the
        market, or after it has stopped.

        Args:
            week: weeks since the ledger opened.
            row: row of the levers.
            levers: planned values.
        """
        spend = levers.spend[row]
        firms = len(spend)
        out = Decisions(
            np.empty(spend.shape, np.int64), np.empty(firms, np.int64), np.empty(firms),
            np.empty(firms, np.int64),
        )  # fmt: skip
        _decide(
            week, spend, levers.list_price[row], levers.discount[row], *self.columns, self.declared,
            *out,
        )  # fmt: skip
        return out


@rule  # type: ignore[untyped-decorator]
def is_present(enters: int, week: int) -> bool:
    """Whether a firm that enters in a week (0 or less: before the first) is in the market in a week
    since the ledger opened."""
    return enters <= max(0, week + 1)


@compiled
def _decide(  # type: ignore[no-untyped-def]
    week, planned, planned_price, planned_discount, numbers, shares, changed, by_hand, declared,
    spend, list_price, discount, net_price,
):  # fmt: skip
    """Decisions of all firms, in place (:meth:`Executives.decide`). Columns are passed one by one,
    which takes half the time of a tuple of them."""
    firms, activities = spend.shape
    for f in range(firms):
        e, d = numbers[f], declared[f]
        if week >= e["until"]:  # a reaction is over
            e["more_discount"] = 0.0
            e["more_spend"] = 0.0
        price, deal = int(d["list_price"]), d["discount"]
        if e["price_moved"] != 0.0:
            price = max(1, int(np.rint(price * (1.0 + e["price_moved"]))))
        if e["stopped"] or not is_present(d["enters"], week):
            for k in range(activities):
                spend[f, k] = 0
        else:
            total = 0
            for k in range(activities):
                total += planned[f, k] - changed[f, k]
            reps = d["reps"] - changed[f, activities]
            money = total / float(CENTS) + reps * e["rep_pay"]
            for k in range(activities):
                share, more = shares[f, k], changed[f, k]
                spend[f, k] = _spend(planned[f, k], share, more, money, by_hand[f, k], e)
        if not e["stopped"]:
            price, deal = _price(
                planned_price[f], planned_discount[f], by_hand[f, activities],
                by_hand[f, activities + 1], price, deal,
            )  # fmt: skip
            deal = min(MOST_DISCOUNT, deal + e["more_discount"])
        list_price[f], discount[f] = price, deal
        net_price[f] = max(1, int(np.rint(price * (1.0 - deal))))


@inner
def _spend(planned, share, more, money, by_hand, e):  # type: ignore[no-untyped-def]
    """Spend on an activity, cents: as planned, or a share of all money as the policy has moved it
    and what the declared budget has changed by since (``more``), or as a human player has set it;
    in proportion to the policy's budget; and more in a reaction."""
    cents = planned
    if e["moves_money"]:
        cents = max(0, math.floor(share * money * float(CENTS)) + more)
    if e["scale"] != 1.0:
        cents = math.floor(cents * e["scale"])
    if not np.isnan(by_hand):
        cents = int(np.rint(by_hand * CENTS))
    return math.floor(cents * (1.0 + e["more_spend"])) if e["more_spend"] != 0.0 else cents


@inner
def _price(planned, planned_deal, set_price, set_deal, price, deal):  # type: ignore[no-untyped-def]
    """List price in cents and discount: set by a human player, or else planned, or else declared
    (``price``, ``deal``)."""
    if planned > 0:
        price = planned
    if set_price > 0.0:
        price = int(np.rint(set_price * CENTS))
    if not np.isnan(planned_deal):
        deal = planned_deal
    return price, deal if np.isnan(set_deal) else set_deal
