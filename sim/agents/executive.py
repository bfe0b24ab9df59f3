"""The executive of a firm: sets spend, list price, discount and the number of positions for reps.

Each week the executive carries out the plan, or the declared budget if the plan does not name the
firm (:mod:`sim.agents.executives`). Each quarter its policy (:mod:`sim.agents.policies`) may move
money between lines, or set the budget of all activities by a rule of thumb. After a detected loss
it may react. Its information is :class:`sim.agents.seen.Seen`, and the public prices and total
spend of rivals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import mesa
import numpy as np

from sim.agents.columns import Field
from sim.agents.executives import Executives
from sim.agents.objectives import OBJECTIVES
from sim.agents.policy import View, budget_rule, find
from sim.agents.profile import FirmProfile
from sim.agents.seen import Seen
from sim.ledger import accounts as acc
from sim.ledger.ledger import Ledger
from sim.market.firms import FirmSpec
from sim.rules.budgets import allowed
from sim.rules.organising import Organising, is_loss, moved, probed
from sim.rules.units import CENTS, QUARTER


class Executive(mesa.Agent):
    """The executive of a firm.

    Args:
        model: the Mesa model that the agent joins.
        profile: identity and declared values of the firm.
        executives: columns that hold the executive's numbers.

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
        price_moved: relative distance of the list price from the declared one, by trial.
        price_step: last step of that trial, 0 for none.
        price_worth: what the executive tries to raise, as seen at the last step, money.
        moves_money: whether the policy has set ``shares``.
        stopped: whether the firm has stopped: it spends nothing, employs no reps, and sells at its
            declared prices.
        closed: whether the firm has left the market for good.
        scale: spend on activities as the policy's rule of budgets wants it, relative to the plan.
        changed: change of the declared budget since the policy first moved money, int64 [line]; see
            :class:`sim.agents.executives.ExecutiveColumns`.
    """

    rep_pay = Field[float]()
    places = Field[int]()
    until = Field[int]()
    more_discount = Field[float]()
    more_spend = Field[float]()
    moved_by = Field[float]()
    stopped = Field[bool]()
    price_moved = Field[float]()
    price_step = Field[float]()
    price_worth = Field[float]()
    moves_money = Field[bool]()
    closed = Field[bool]()
    scale = Field[float]()

    def __init__(self, model: mesa.Model, profile: FirmProfile, executives: Executives) -> None:
        super().__init__(model)
        self.profile, self.executives = profile, executives
        self.record = executives.columns.numbers[profile.row]
        self.credited = np.zeros(0)
        self.memory: dict[str, np.ndarray] = {}

    @property
    def shares(self) -> np.ndarray:
        """See the class."""
        shares = self.executives.columns.shares[self.profile.row]
        return shares if self.moves_money else np.zeros(0)

    @shares.setter
    def shares(self, shares: np.ndarray) -> None:
        self.moves_money = len(shares) > 0
        if self.moves_money:
            self.executives.columns.shares[self.profile.row] = shares

    @property
    def changed(self) -> np.ndarray:
        """See the class."""
        changed: np.ndarray = self.executives.columns.changed[self.profile.row]
        return changed

    def follow(self, before: FirmSpec, activities: Sequence[str]) -> None:
        """Follow a change of the declared budget and positions: the change is made as it is
        declared, on top of what the policy has moved.

        Args:
            before: the firm as declared until now.
            activities: names in order of ids.
        """
        if not self.moves_money:
            return
        for k, name in enumerate(activities):
            was, now = (spec.budget.get(name, 0.0) for spec in (before, self.spec))
            self.changed[k] += round(now * CENTS) - round(was * CENTS)
        more = self.spec.sales.reps - before.sales.reps
        self.changed[-1] += more
        if self.places >= 0 and not self.stopped:
            self.places = max(0, self.places + more)

    @property
    def decided(self) -> dict[str, float]:
        """See the class."""
        values = self.executives.columns.by_hand[self.profile.row].tolist()
        known = zip(self.executives.levers, values, strict=True)
        return {lever: value for lever, value in known if not math.isnan(value)}

    @property
    def spec(self) -> FirmSpec:
        """The firm as declared."""
        return self.profile.spec

    @property
    def position(self) -> float:
        """Position of the firm's offer on the scale of tastes."""
        return float(self.spec.position + self.moved_by)

    def adapt(self, message: float) -> None:
        """Move the offer towards a taste."""
        pace = self.spec.organisation.adapt
        if pace > 0.0:
            self.moved_by = moved(self.position, message, pace) - self.spec.position

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
        own = seen.own
        reps = float(own.sum(acc.REPS)[0])
        if reps > 0.0:
            self.rep_pay = float(own.sum(acc.PAYROLL)[0]) / float(CENTS) / reps
        places = self.spec.sales.reps if self.places < 0 else self.places
        money = self._without_changes(money)
        can = np.ones(len(money), bool)
        can[-1] = places > 0 and self.rep_pay > 0.0
        firm = self.spec.organisation
        view = View(seen, money, can, self.memory, draw, what_if, firm.pace, firm.objective)
        self._set_scale(view)
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
        shares = np.maximum(0.0, np.array(now))
        self.shares = shares / shares.sum()
        if can[-1]:
            moved_reps = round(float(self.shares[-1]) * total / self.rep_pay)
            self.places = max(0, moved_reps + int(self.changed[-1]))
        return credit

    def probe_price(self, seen: Seen, step: float, draw: float) -> None:
        """Try another list price, as ``policies.trial`` tries another budget.

        Args:
            seen: the quarter as the firm sees it.
            step: size of the step, share of the declared price; 0: prices stay as they are.
            draw: uniform draw that decides between up and down.
        """
        if step <= 0.0:
            return
        worth = OBJECTIVES[self.spec.organisation.objective](seen)
        has_fallen = self.price_step != 0.0 and worth < self.price_worth
        new = step if draw < 0.5 else -step
        self.price_moved = probed(self.price_moved, self.price_step, has_fallen, new)
        self.price_step, self.price_worth = new, worth

    def _without_changes(self, money: np.ndarray) -> np.ndarray:
        """Money on each line without what the declared budget has changed by."""
        if not (self.moves_money and self.changed.any()):
            return money
        more = float(self.changed[:-1].sum()) / float(CENTS) + self.changed[-1] * self.rep_pay
        return np.asarray(self.shares * max(0.0, float(money.sum()) - more))

    def _set_scale(self, view: View) -> None:
        """Take over the budget of a policy that sets one, relative to the one it began with."""
        wanted = budget_rule(self.spec.organisation.policy)
        money = float(view.money[:-1].sum())
        if wanted is None or (money <= 0.0 and "begun" not in self.memory):
            return
        begun = float(self.memory.setdefault("begun", np.array([money / self.scale]))[0])
        self.scale = allowed(wanted(view), begun) / begun

    def react(self, week: int, ledger: Ledger, params: Organising) -> None:
        """React for some weeks if revenue, seen with a delay, has fallen by more than its usual
        variation. There is one reaction at a time.

        Args:
            week: weeks since the ledger opened.
            ledger: records of all weeks so far.
            params: parameters of the detection of losses.
        """
        firm, row = self.spec.organisation, self.profile.row
        span, periods = params.loss_weeks, params.loss_periods
        last = ledger.length - params.seen_delay
        first = last - span * (periods + 1)
        if firm.reaction == "passive" or week < self.until or first < 0:
            return
        revenue = ledger.series(acc.REVENUE, first, last)[:, row].astype(float)
        *before, now = revenue.reshape(periods + 1, span).sum(axis=1).tolist()
        deviation = float(np.std(before, ddof=1))
        if not is_loss(now, float(np.mean(before)), deviation, params.reaction_threshold):
            return
        retaliates = firm.reaction == "retaliate"
        step = firm.step if retaliates else self._lead_of_rivals(ledger, last - span)
        if step <= 0.0:  # an imitator finds nothing to imitate, and goes on watching
            return
        self.until = week + params.reaction_weeks
        by_price = firm.instrument == "price"
        self.more_discount, self.more_spend = (step, 0.0) if by_price else (0.0, step)

    def _lead_of_rivals(self, ledger: Ledger, since: int) -> float:
        """Largest discount of a rival beyond the own one in a week since the loss began, as the
        deal may be over when the loss is seen; or largest relative rise in spend of a rival over a
        quarter.

        Args:
            ledger: records of all weeks so far.
            since: first week of the period in which revenue was lost.
        """
        row, weeks = self.profile.row, ledger.length
        if self.spec.organisation.instrument == "price":
            revenue, listed = (
                ledger.series(account, since, weeks).astype(float)
                for account in (acc.REVENUE, acc.LIST_VALUE)
            )
            deal = 1.0 - revenue / np.maximum(1.0, listed)
            deal[listed <= 0.0] = 0.0
            return max(0.0, float((deal.max(axis=1) - deal[:, row]).max()))
        spend = ledger.series(acc.SPEND, max(0, weeks - 2 * QUARTER), weeks).astype(float)
        before, now = spend[:QUARTER].sum(axis=0), spend[QUARTER:].sum(axis=0)
        rise = np.where(before > 0.0, now / np.maximum(1.0, before) - 1.0, 0.0)
        return max(0.0, float(np.delete(rise, row).max(initial=0.0)))

    def take(self, decisions: Mapping[str, float]) -> None:
        """Take over the decisions of a human player, by lever; they hold until changed."""
        by_hand = self.executives.columns.by_hand[self.profile.row]
        for lever, value in decisions.items():
            by_hand[self.executives.levers.index(lever)] = value
        if "reps" in decisions:
            self.places = round(decisions["reps"])

    def stop(self) -> None:
        """Stop spending and dismiss all reps."""
        self.stopped, self.places = True, 0

    def leave_market(self) -> None:
        """Leave the market for good: customers find the firm no longer."""
        self.stop()
        self.closed = True

    # Saving

    NUMBERS = (
        "rep_pay", "places", "until", "more_discount", "more_spend", "moved_by", "stopped",
        "price_moved", "price_step", "price_worth", "closed", "scale",
    )  # fmt: skip

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the executive, as arrays."""
        out = {"shares": self.shares.copy(), "credited": self.credited.copy()}
        out["changed"] = self.changed.copy()
        out["numbers"] = np.array([float(getattr(self, name)) for name in self.NUMBERS])
        out |= {f"memory_{k}": v.copy() for k, v in self.memory.items()}
        return out | {f"decided_{k}": np.array([v]) for k, v in self.decided.items()}

    def load(self, saved: dict[str, np.ndarray]) -> None:
        """Restore a saved memory."""
        self.shares, self.credited = saved["shares"].copy(), saved["credited"].copy()
        self.changed[:] = saved["changed"]
        for key, value in saved.items():
            kind, _, name = key.partition("_")
            if kind == "memory":
                self.memory[name] = value.copy()
            elif kind == "decided":
                self.take({name: float(value[0])})
        for name, number in zip(self.NUMBERS, saved["numbers"].tolist(), strict=True):
            setattr(self, name, type(getattr(self, name))(number))  # positions as last changed
