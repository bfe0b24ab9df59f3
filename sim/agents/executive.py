"""The executive of a firm: sets spend, list price, discount and places for reps.

Week by week it carries out the plan (or, for a firm no plan names, the declared budget); each
quarter its policy (:mod:`sim.agents.policies`) may move money between lines; and when it notices a
loss it may react. It sees :class:`sim.agents.seen.Seen` only, and what everybody can see of rivals:
their prices and how much they spend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import mesa
import numpy as np

from sim.agents.policy import View, find
from sim.agents.seen import Seen
from sim.ledger import accounts as book
from sim.ledger.book import Page
from sim.market.firms import FirmSpec
from sim.market.plan import Levers
from sim.rules.organising import Organising, moved
from sim.rules.units import QUARTER

BLOCK = 4
"""Weeks of revenue that are looked at together when a firm looks for losses."""

BLOCKS = 6
"""Earlier blocks they are compared with."""


@dataclass(frozen=True)
class Orders:
    """A firm's decisions for a week. ``spend`` is cents per activity."""

    spend: np.ndarray
    list_price: int
    discount: float

    @property
    def net_price(self) -> int:
        """Cents per order after the discount, rounded once."""
        return max(1, round(self.list_price * (1.0 - self.discount)))


class Executive(mesa.Agent):
    """Leads a firm. ``row`` is the firm's place in the levers' arrays.

    Attributes:
        shares: of the money on each line as the policy has moved it, float64 [line]; empty while
            the plan stands.
        rep_pay: money a rep costs in a week, as last seen. places: for reps, -1: as declared.
        credited: what the policy last credited to each line, [line].
        memory: of the policy.
        until: week in which the present reaction ends. more_discount, more_spend: what it is.
        decided: levers a person has set, by name.
        moved_by: how far the offer has been moved from the declared position.
    """

    def __init__(self, model: mesa.Model, name: str, spec: FirmSpec, row: int) -> None:
        super().__init__(model)
        self.name, self.spec, self.row = name, spec, row
        self.shares, self.credited = np.zeros(0), np.zeros(0)
        self.rep_pay, self.places = 0.0, -1
        self.memory: dict[str, np.ndarray] = {}
        self.until, self.more_discount, self.more_spend = 0, 0.0, 0.0
        self.decided: dict[str, float] = {}
        self.moved_by = 0.0

    @property
    def position(self) -> float:
        """Where the firm's offer stands on the scale of tastes."""
        return self.spec.position + self.moved_by

    def adapt(self, message: float) -> bool:
        """Move the offer towards a taste; tells whether it has moved."""
        pace = self.spec.organisation.adapt
        if pace > 0.0:
            self.moved_by = moved(self.position, message, pace) - self.spec.position
        return pace > 0.0

    def decide(self, week: int, levers: Levers, present: bool, names: Sequence[str]) -> Orders:
        """The week's orders: the plan where it says something, the declared values elsewhere, as
        the policy and a reaction have changed them; before the firm has entered the market it
        spends nothing.

        Args:
            names: of activities.
        """
        list_price = int(levers.list_price[week, self.row])
        planned = float(levers.discount[week, self.row])
        discount = self.spec.discount if np.isnan(planned) else planned
        spend = levers.spend[week, self.row]
        if len(self.shares):
            places = self.spec.sales.reps
            total = float(spend.sum()) / 100.0 + places * self.rep_pay
            spend = np.floor(self.shares[:-1] * total * 100.0).astype(np.int64)
        for k, activity in enumerate(names):
            if activity in self.decided:
                spend = spend.copy()
                spend[k] = round(self.decided[activity] * 100)
        if self.more_spend:
            spend = np.floor(spend * (1.0 + self.more_spend)).astype(np.int64)
        price = round(self.decided.get("list_price", 0.0) * 100) or list_price
        discount = self.decided.get("discount", discount)
        return Orders(
            spend=spend * present,
            list_price=price or round(self.spec.list_price * 100),
            discount=min(0.9, discount + self.more_discount),
        )

    def look_back(
        self, seen: Seen, money: np.ndarray, luck: Callable[[int], float],
        what_if: Callable[[int, float], float],
    ) -> np.ndarray | None:  # fmt: skip
        """A quarter has passed: credit lines and move money; gives what was credited, if anything.

        Args:
            money: per week on each line over the last quarter, [line], reps' pay last.
        """
        reps = float(seen.own.sum(book.REPS)[0])
        if reps > 0.0:
            self.rep_pay = float(seen.own.sum(book.PAYROLL)[0]) / 100.0 / reps
        places = self.spec.sales.reps if self.places < 0 else self.places
        can = np.append(np.ones(len(money) - 1, bool), places > 0 and self.rep_pay > 0.0)
        firm = self.spec.organisation
        view = View(seen, money, can, self.memory, luck, what_if, firm.pace)
        credit = find(firm.policy)(view)
        if credit is None or money.sum() <= 0.0:
            return None
        credit = np.where(can, credit, 0.0)
        if credit.sum() <= 0.0:
            return None
        self.credited = credit
        present = np.where(can, money, 0.0) / max(1e-12, float(money[can].sum()))
        wanted = credit / credit.sum()
        now = [moved(p, w, firm.pace) for p, w in zip(present, wanted, strict=True)]
        self.shares = np.maximum(0.0, np.array(now))
        self.shares /= self.shares.sum()
        if can[-1]:
            total = float(money[can].sum())
            self.places = max(0, round(float(self.shares[-1]) * total / self.rep_pay))
        return credit

    def react(self, week: int, pages: Sequence[Page], rules: Organising) -> None:
        """Notice a loss beyond one's own noise, after the delay, and react to it for some weeks."""
        firm = self.spec.organisation
        if week >= self.until:
            self.more_discount = self.more_spend = 0.0
        last = len(pages) - rules.seen_delay
        if firm.reaction == "passive" or week < self.until or last < BLOCK * (BLOCKS + 1):
            return
        weeks = pages[last - BLOCK * (BLOCKS + 1) : last]
        revenue = np.array([float(p.accounts[self.row, book.REVENUE]) for p in weeks])
        *before, now = revenue.reshape(BLOCKS + 1, BLOCK).sum(axis=1).tolist()
        mean = float(np.mean(before))
        if now >= mean - rules.notice * float(np.std(before, ddof=1)) or mean <= 0.0:
            return
        self.until = week + rules.reaction_weeks
        step = firm.step if firm.reaction == "retaliate" else self._lead_of_rivals(pages)
        if firm.instrument == "price":
            self.more_discount = step
        else:
            self.more_spend = step

    def _lead_of_rivals(self, pages: Sequence[Page]) -> float:
        """By how much the boldest rival gives more discount, or has raised spend in a quarter."""
        latest = pages[-1].accounts[:-1].astype(float)
        if self.spec.organisation.instrument == "price":
            deal = 1.0 - latest[:, book.REVENUE] / np.maximum(1.0, latest[:, book.LIST_VALUE])
            deal[latest[:, book.LIST_VALUE] <= 0.0] = 0.0
            return max(0.0, float(deal.max() - deal[self.row]))
        spend = np.array([p.accounts[:-1, book.SPEND].astype(float) for p in pages[-2 * QUARTER :]])
        before, now = spend[:QUARTER].sum(axis=0), spend[QUARTER:].sum(axis=0)
        rise = np.where(before > 0.0, now / np.maximum(1.0, before) - 1.0, 0.0)
        return max(0.0, float(np.delete(rise, self.row).max(initial=0.0)))

    def take(self, decisions: Mapping[str, float]) -> None:
        """What a person has decided, by lever; it holds until decided otherwise."""
        self.decided |= decisions
        if "reps" in decisions:
            self.places = round(decisions["reps"])

    # Saving

    NUMBERS = ("rep_pay", "places", "until", "more_discount", "more_spend", "moved_by")

    def plain(self) -> dict[str, np.ndarray]:
        """Everything remembered, as arrays."""
        out = {"shares": self.shares.copy(), "credited": self.credited.copy()}
        out["numbers"] = np.array([float(getattr(self, name)) for name in self.NUMBERS])
        out |= {f"memory_{k}": v.copy() for k, v in self.memory.items()}
        return out | {f"decided_{k}": np.array([v]) for k, v in self.decided.items()}

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Put a saved memory in place."""
        self.shares, self.credited = saved["shares"].copy(), saved["credited"].copy()
        for name, value in zip(self.NUMBERS, saved["numbers"].tolist(), strict=True):
            setattr(self, name, type(getattr(self, name))(value))
        for key, value in saved.items():
            kind, _, name = key.partition("_")
            if kind == "memory":
                self.memory[name] = value.copy()
            elif kind == "decided":
                self.decided[name] = float(value[0])
