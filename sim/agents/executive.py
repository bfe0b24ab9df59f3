"""The executive of a firm: sets spend, list price, discount and the number of positions for reps.

Each week the executive carries out the plan, or the declared budget if the plan does not name the
firm. Each quarter its policy (:mod:`sim.agents.policies`) may move money between lines. After a
detected loss it may react. Its information is :class:`sim.agents.seen.Seen`, and the public prices
and total spend of rivals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import mesa
import numpy as np

from sim.agents.policy import View, find
from sim.agents.profile import FirmProfile
from sim.agents.seen import Seen
from sim.ledger import accounts as acc
from sim.ledger.ledger import WeekRecord
from sim.market.firms import FirmSpec
from sim.market.plan import Levers
from sim.rules.organising import MOST_DISCOUNT, Organising, is_loss, moved
from sim.rules.units import CENTS, QUARTER


@dataclass(frozen=True)
class WeekDecisions:
    """A firm's decisions for a week.

    Attributes:
        spend: cents [activity].
        list_price: cents per unit.
        discount: share of the list price.
    """

    spend: np.ndarray
    list_price: int
    discount: float

    @property
    def net_price(self) -> int:
        """Cents per unit after the discount, rounded once."""
        return max(1, round(self.list_price * (1.0 - self.discount)))


class Executive(mesa.Agent):
    """The executive of a firm.

    Args:
        model: the Mesa model that the agent joins.
        profile: identity and declared values of the firm.

    Attributes:
        shares: share of the money on each line as set by the policy, float64 [line]; empty while
            the plan is unchanged.
        rep_pay: weekly cost of a rep as last seen, money.
        places: number of positions for reps, -1 for the declared number.
        credited: credit the policy last gave to each line, [line].
        memory: memory of the policy.
        until: week in which the present reaction ends.
        more_discount: additional discount of the reaction, share of the list price.
        more_spend: additional spend of the reaction, share of the spend.
        decided: levers set by a human player, by name.
        moved_by: distance of the offer from the declared position.
        stopped: whether the firm has stopped: it spends nothing, employs no reps, and sells at its
            declared prices.
    """

    def __init__(self, model: mesa.Model, profile: FirmProfile) -> None:
        super().__init__(model)
        self.profile = profile
        self.shares, self.credited = np.zeros(0), np.zeros(0)
        self.rep_pay, self.places = 0.0, -1
        self.memory: dict[str, np.ndarray] = {}
        self.until, self.more_discount, self.more_spend = 0, 0.0, 0.0
        self.decided: dict[str, float] = {}
        self.moved_by = 0.0
        self.stopped = False

    @property
    def spec(self) -> FirmSpec:
        """The firm as declared."""
        return self.profile.spec

    @property
    def position(self) -> float:
        """Position of the firm's offer on the scale of tastes."""
        return self.spec.position + self.moved_by

    def adapt(self, message: float) -> None:
        """Move the offer towards a taste."""
        pace = self.spec.organisation.adapt
        if pace > 0.0:
            self.moved_by = moved(self.position, message, pace) - self.spec.position

    def decide(
        self, week: int, levers: Levers, present: bool, names: Sequence[str]
    ) -> WeekDecisions:
        """Make the decisions of a week: planned or else declared values, changed by the policy and
        by a reaction to a loss. A firm spends nothing before it has entered the market.

        Args:
            week: row of the levers.
            present: whether the firm is in the market.
            names: names of the activities.
        """
        if self.stopped:
            nothing = np.zeros(len(names), np.int64)
            return WeekDecisions(nothing, round(self.spec.list_price * CENTS), self.spec.discount)
        row = self.profile.row
        list_price = int(levers.list_price[week, row])
        planned = float(levers.discount[week, row])
        discount = self.spec.discount if np.isnan(planned) else planned
        spend = levers.spend[week, row]
        if len(self.shares):
            places = self.spec.sales.reps
            total = float(spend.sum()) / float(CENTS) + places * self.rep_pay
            spend = np.floor(self.shares[:-1] * total * float(CENTS)).astype(np.int64)
        for k, activity in enumerate(names):
            if activity in self.decided:
                spend = spend.copy()
                spend[k] = round(self.decided[activity] * CENTS)
        if self.more_spend:
            spend = np.floor(spend * (1.0 + self.more_spend)).astype(np.int64)
        price = round(self.decided.get("list_price", 0.0) * CENTS) or list_price
        discount = self.decided.get("discount", discount)
        return WeekDecisions(
            spend=spend * present,
            list_price=price or round(self.spec.list_price * CENTS),
            discount=min(MOST_DISCOUNT, discount + self.more_discount),
        )

    def look_back(
        self, seen: Seen, money: np.ndarray, draw: Callable[[int], float],
        what_if: Callable[[int, float], float],
    ) -> np.ndarray | None:  # fmt: skip
        """Review a quarter: credit lines of the budget by the policy and move money towards credit.

        Args:
            seen: the quarter as the firm sees it.
            money: money per week on each line over the last quarter, float64 [line], reps' pay
                last.
            draw: maps an integer to a uniform draw.
            what_if: see :class:`sim.agents.policy.View`.

        Returns:
            Credit of each line, float64 [line], or None if nothing was credited.
        """
        reps = float(seen.own.sum(acc.REPS)[0])
        if reps > 0.0:
            self.rep_pay = float(seen.own.sum(acc.PAYROLL)[0]) / float(CENTS) / reps
        places = self.spec.sales.reps if self.places < 0 else self.places
        can = np.append(np.ones(len(money) - 1, bool), places > 0 and self.rep_pay > 0.0)
        firm = self.spec.organisation
        view = View(seen, money, can, self.memory, draw, what_if, firm.pace)
        credit = find(firm.policy)(view)
        if credit is None or money.sum() <= 0.0:
            return None
        credit = np.where(can, credit, 0.0)
        if credit.sum() <= 0.0:
            return None
        self.credited = credit
        total = float(money[can].sum())
        present = np.where(can, money, 0.0) / (total if total > 0.0 else 1.0)
        wanted = credit / credit.sum()
        now = [moved(p, w, firm.pace) for p, w in zip(present, wanted, strict=True)]
        self.shares = np.maximum(0.0, np.array(now))
        self.shares /= self.shares.sum()
        if can[-1]:
            self.places = max(0, round(float(self.shares[-1]) * total / self.rep_pay))
        return credit

    def react(self, week: int, records: Sequence[WeekRecord], params: Organising) -> None:
        """React for some weeks if revenue, seen with a delay, has fallen by more than its usual
        variation.

        Args:
            week: weeks since the ledger opened.
            records: records of all weeks so far.
            params: parameters of the detection of losses.
        """
        firm = self.spec.organisation
        if week >= self.until:
            self.more_discount = self.more_spend = 0.0
        span, periods = params.loss_weeks, params.loss_periods
        last = len(records) - params.seen_delay
        if firm.reaction == "passive" or week < self.until or last < span * (periods + 1):
            return
        weeks = records[last - span * (periods + 1) : last]
        revenue = np.array([float(r.accounts[self.profile.row, acc.REVENUE]) for r in weeks])
        *before, now = revenue.reshape(periods + 1, span).sum(axis=1).tolist()
        deviation = float(np.std(before, ddof=1))
        if not is_loss(now, float(np.mean(before)), deviation, params.reaction_threshold):
            return
        self.until = week + params.reaction_weeks
        step = firm.step if firm.reaction == "retaliate" else self._lead_of_rivals(records)
        if firm.instrument == "price":
            self.more_discount = step
        else:
            self.more_spend = step

    def _lead_of_rivals(self, records: Sequence[WeekRecord]) -> float:
        """Deepest discount among the firms less the own one, or largest relative rise in spend of a
        rival over a quarter."""
        latest = records[-1].accounts[:-1].astype(float)
        row = self.profile.row
        if self.spec.organisation.instrument == "price":
            deal = 1.0 - latest[:, acc.REVENUE] / np.maximum(1.0, latest[:, acc.LIST_VALUE])
            deal[latest[:, acc.LIST_VALUE] <= 0.0] = 0.0
            return max(0.0, float(deal.max() - deal[row]))
        recent = records[-2 * QUARTER :]
        spend = np.array([r.accounts[:-1, acc.SPEND].astype(float) for r in recent])
        before, now = spend[:QUARTER].sum(axis=0), spend[QUARTER:].sum(axis=0)
        rise = np.where(before > 0.0, now / np.maximum(1.0, before) - 1.0, 0.0)
        return max(0.0, float(np.delete(rise, row).max(initial=0.0)))

    def take(self, decisions: Mapping[str, float]) -> None:
        """Take over the decisions of a human player, by lever; they hold until changed."""
        self.decided |= decisions
        if "reps" in decisions:
            self.places = round(decisions["reps"])

    def stop(self) -> None:
        """Stop spending and dismiss all reps."""
        self.stopped, self.places = True, 0

    # Saving

    NUMBERS = ("rep_pay", "places", "until", "more_discount", "more_spend", "moved_by", "stopped")

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the executive, as arrays."""
        out = {"shares": self.shares.copy(), "credited": self.credited.copy()}
        out["numbers"] = np.array([float(getattr(self, name)) for name in self.NUMBERS])
        out |= {f"memory_{k}": v.copy() for k, v in self.memory.items()}
        return out | {f"decided_{k}": np.array([v]) for k, v in self.decided.items()}

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Restore a saved memory."""
        self.shares, self.credited = saved["shares"].copy(), saved["credited"].copy()
        for name, value in zip(self.NUMBERS, saved["numbers"].tolist(), strict=True):
            setattr(self, name, type(getattr(self, name))(value))
        for key, value in saved.items():
            kind, _, name = key.partition("_")
            if kind == "memory":
                self.memory[name] = value.copy()
            elif kind == "decided":
                self.decided[name] = float(value[0])
