"""The sales force of a firm: its reps, their territories, its leads, and the calls of a week."""

from __future__ import annotations

import mesa
import numpy as np
from scipy.special import ndtri

from sim import draws
from sim.agents.profile import FirmProfile
from sim.agents.sales.calls import Beliefs, judge, plan_calls
from sim.agents.sales.leads import NO_CALLS, LeadPool, Leads
from sim.agents.sales.rep import Rep, SalesPolicy
from sim.agents.sales.stores import store_keys, visit_stores
from sim.agents.sales.territories import Territories
from sim.agents.sales.week import SalesWeek
from sim.draws import kept_person_key, kept_stream_key, uniform, word
from sim.engines.protocol import ACTIVE
from sim.ledger import accounts as acc
from sim.ledger.accounts import PARTS
from sim.rules import selling
from sim.rules.arithmetic import exp
from sim.rules.leads import REJECTED, WON
from sim.rules.selling import FARM, HUNT, TASKS
from sim.rules.units import CENTS, QUARTER, WEEK_HOURS, YEAR


class SalesForce:
    """The reps of a firm and its leads.

    Args:
        model: the Mesa model that reps join.
        profile: identity and declared values of the firm.
        sources: number of touch codes; reps' own leads have the next code.
        booked: the firm's accounts of this week, added to, int64 [account].

    Attributes:
        reps: reps at work, in order of hiring.
        places: number of positions for reps, -1 for the declared number.
        vacant: weeks in which vacancies are filled.
        leads: open leads and their flows.
        listed: stores that carry the firm, as bits.
        beliefs: remembered results of calls.
        calls: calls of this week.
    """

    def __init__(
        self, model: mesa.Model, profile: FirmProfile, sources: int, booked: np.ndarray
    ) -> None:
        self.model, self.profile, self.booked = model, profile, booked
        self.reps: list[Rep] = []
        self.places = -1
        self.vacant: list[int] = []
        self.leads = LeadPool(sources, booked)
        self.listed = draws.MASK
        self.beliefs = Beliefs(sources + 1)
        self.territories = Territories()
        self.calls = NO_CALLS

    def is_idle(self, stores: int) -> bool:
        """Whether there are no reps, no leads, and no distribution to lose."""
        return not (self.reps or self.wanted or len(self.leads) or stores)

    @property
    def wanted(self) -> int:
        """Number of positions for reps."""
        return self.profile.spec.sales.reps if self.places < 0 else self.places

    def enter(self, stores: int) -> None:
        """Set the stores that carry the firm from its first week on: the largest."""
        if stores:
            self.listed = (1 << round(self.profile.spec.distribution * stores)) - 1

    def open_week(self) -> None:
        """Forget last week's calls and flows of leads."""
        self.leads.open_week()
        self.calls = NO_CALLS

    def rep_numbers(self, week: SalesWeek, row: np.ndarray) -> np.ndarray:
        """Number of the rep who serves each customer, for the log: week hired * 2**20 + place."""
        numbers = [draws.rep_number(rep.ident) for rep in self.reps] or [-1]
        return np.asarray(np.array(numbers)[self.territories.owner[week.patch[row]]])

    # Turnover

    def staff(self, week: SalesWeek, policy: SalesPolicy) -> None:
        """Reps quit or are dismissed, and vacancies are filled."""
        force, params = self.profile.spec.sales, policy.params
        stream = kept_stream_key(draws.QUIT, week.clock, 0, 0)
        for rep in list(self.reps):
            draw = uniform(word(kept_person_key(week.seed, rep.ident), stream))
            if draw < selling.quit_chance(params.quitting, rep.usual_pay, params.outside_pay):
                self._leave(rep, week, acc.QUIT, params.vacancy)
        if week.clock % YEAR == 0:
            self._dismiss(week, force.fire_below, params.vacancy)
        while len(self.reps) + len(self.vacant) > self.wanted:
            if self.vacant:
                self.vacant.pop()
            else:
                self._leave(self.reps[-1], week, acc.FIRED, None)
        self.vacant = [until for until in self.vacant if until > week.clock]
        new = self.wanted - len(self.reps) - len(self.vacant)
        for slot in range(new):
            self._hire(slot, week, policy)
        if new and week.clock > 0:  # the initial reps cost nothing to hire
            self.booked[acc.HIRED] += new
            self.booked[acc.PAYROLL] += new * round(force.hiring_cost * CENTS)

    def _dismiss(self, week: SalesWeek, fire_below: float, vacancy: int) -> None:
        """At the end of the year, dismiss reps who sold far less than their colleagues."""
        mean = sum(rep.sold_year for rep in self.reps) / max(1, len(self.reps))
        for rep in list(self.reps):
            if week.clock - rep.hired >= YEAR and rep.sold_year < fire_below * mean:
                self._leave(rep, week, acc.FIRED, vacancy)
        for rep in self.reps:
            rep.sold_year = 0.0

    def _hire(self, slot: int, week: SalesWeek, policy: SalesPolicy) -> None:
        params, ident = policy.params, draws.rep_ident(self.profile.id, week.clock, slot)
        key = draws.person_key(week.trait_seed, ident)
        talent = [
            exp(params.talent_spread * float(ndtri(uniform(word(key, kept_stream_key(
                draws.TALENT, 0, 0, task)))))) for task in range(TASKS)
        ]  # fmt: skip
        rep = Rep(self.model, ident, week.clock, talent, params.first_skill, policy)
        if week.clock == 0:  # initial skills: the steady state at half the hours on each task
            rep.skill = [
                selling.initial_skill(skill, params.learning, talented, params.fading)
                for skill, talented in zip(rep.skill, talent, strict=True)
            ]
        self._join(rep, week.trait_seed)
        self.beliefs.join()

    def _join(self, rep: Rep, trait_seed: int) -> None:
        self.territories.join(len(self.reps), rep.ident, trait_seed)
        self.reps.append(rep)

    def _leave(self, rep: Rep, week: SalesWeek, account: int, vacancy: int | None) -> None:
        place = self.reps.index(rep)
        self.reps.pop(place)
        rep.remove()
        self.beliefs.leave(place)
        if vacancy is not None:
            self.vacant.append(week.clock + max(1, vacancy))
        self.booked[account] += 1
        if account == acc.FIRED:
            self.booked[acc.PAYROLL] += round(self.profile.spec.sales.severance * CENTS)
        self.territories.leave(place, [other.ident for other in self.reps], week.trait_seed)

    # The work of a week

    def work(self, week: SalesWeek, interest: np.ndarray, policy: SalesPolicy) -> None:
        """Accept leads, choose effort, follow leads up, and make cold calls in the time left.

        Args:
            interest: last week's interest signals in this firm, int64 [signal, 3]: row, source,
                flags; at most one per customer.
        """
        params, force, leads = policy.params, self.profile.spec.sales, self.leads

        def rep_of(row: np.ndarray) -> np.ndarray:
            return self.rep_numbers(week, row)

        leads.expire(week, params.lead_life, rep_of)
        before = len(leads)
        leads.create(
            week, interest, params.lead_signal_accuracy, round(force.screening_cost * CENTS)
        )
        if not self.reps:
            return
        for rep in self.reps:
            rep.decide(week.week, policy, week.deliberation)
        tenure = np.array([week.clock - rep.hired for rep in self.reps], np.float64)
        judged = judge(week, leads.open, self.territories.owner, tenure, self.beliefs, params,
                       force.tracking)  # fmt: skip
        refused = (np.arange(len(leads)) >= before) & (judged.score < judged.unasked)
        leads.accept(before, refused)
        early = (judged.hold >= 0.0) & (
            week.clock - leads.open.asked < np.floor(judged.hold / WEEK_HOURS)
        )
        judged.score[early] = -1.0
        leads.close(week, np.where(refused, REJECTED, -1), rep_of)
        banks = np.array([rep.bank for rep in self.reps]).T
        self.calls, taken = plan_calls(
            week, leads.open, judged.keep(~refused), self.territories.owner, banks,
            self.beliefs.kinds, params, force.answer_hours,
        )  # fmt: skip
        cost = params.talk_hours * week.weight
        for r, rep in enumerate(self.reps):
            for t in range(TASKS):  # time too short for a call is carried over, up to one call
                rep.bank[t] = min(rep.bank[t] - float(taken[t, r]), cost)

    def visit_stores(self, week: SalesWeek, policy: SalesPolicy) -> None:
        """Reps visit the stores of their territories: stores that do not carry the firm in the
        hours for hunting, the others in those for farming, with equal time for each."""
        for rep in self.reps:
            rep.decide(week.week, policy, week.deliberation)
        draw = draws.uniform_column(
            word(store_keys(week.seed, week.shelf.stores), week.stream(draws.LISTING))
        )
        shape = len(self.reps), TASKS
        bank, skill = (
            np.array([getattr(rep, name) for rep in self.reps], np.float64).reshape(shape)
            for name in ("bank", "skill")
        )
        results, params = np.zeros(shape), week.shelf
        listed, visits, lost, won = visit_stores(
            np.uint64(self.listed), draw, self.territories.owner, bank, skill, results,
            policy.params.talk_hours, params.win, params.loss, params.visit_effect,
        )  # fmt: skip
        self.listed = int(listed)
        self.booked[acc.STORE_VISITS] += visits
        self.booked[acc.LISTINGS_LOST] += lost
        self.booked[acc.LISTINGS_WON] += won
        self.booked[acc.LISTED] = self.listed.bit_count()
        for rep, listings in zip(self.reps, results.tolist(), strict=True):
            rep.listings = listings
            rep.bank = [0.0] * TASKS

    def learn(
        self, week: SalesWeek, policy: SalesPolicy, result: np.ndarray, row: np.ndarray,
        cents: np.ndarray,
    ) -> None:  # fmt: skip
        """Close leads, credit sales, pay reps, and learn from results.

        Args:
            result: results of the week's calls, codes of :mod:`sim.rules.leads`.
            row: simulated customers who ordered from the firm.
            cents: value of each order.
        """
        worth = cents * (week.weight / float(CENTS))
        if week.shelf.stores:
            self._pay_for_stores(week, policy, row, worth)
            return
        calls, leads = self.calls, self.leads
        self.beliefs.remember(calls, result, policy.params.belief_keep)
        worked = np.zeros(len(week.patch), bool)
        called, ordered = worked.copy(), worked.copy()
        worked[leads.open.row[leads.open.talked > 0]] = True
        worked[calls.row[(calls.lead >= 0) | (result == WON)]] = True
        called[calls.row] = True
        ordered[row] = True
        leads.progress(week, calls, result, ordered, lambda rows: self.rep_numbers(week, rows))
        self._pay_for_orders(week, policy, worked[row], called[row] | worked[row], row, worth)

    def _pay_for_orders(
        self, week: SalesWeek, policy: SalesPolicy, worked: np.ndarray, called: np.ndarray,
        row: np.ndarray, worth: np.ndarray,
    ) -> None:  # fmt: skip
        """Credit reps with orders of their customers and of leads they have worked. Reps attribute
        orders after their calls, this week or on open leads, to their hours."""
        reps = len(self.reps)
        if not reps:
            return
        active = (week.relation[row] & ACTIVE).astype(np.int64)
        credited, owner = (active > 0) | worked, self.territories.owner[week.patch[row]]
        value = np.bincount(owner[credited], worth[credited], minlength=reps)
        number = np.bincount(owner[credited], minlength=reps) * week.weight
        at = (owner * TASKS + active)[called]
        results = np.bincount(at, worth[called], minlength=TASKS * reps).reshape(-1, TASKS)
        for r, rep in enumerate(self.reps):
            self._pay(week, rep, policy, float(value[r]), int(number[r]),
                      tuple(results[r].tolist()))  # fmt: skip

    def _pay_for_stores(
        self, week: SalesWeek, policy: SalesPolicy, row: np.ndarray, worth: np.ndarray
    ) -> None:
        """Credit reps with the sales of their stores. A store won, or kept from being lost, counts
        as a quarter's sales of a store."""
        reps = len(self.reps)
        if not reps:
            return
        owner = self.territories.owner[week.store[row]]
        value = np.bincount(owner, worth, minlength=reps)
        number = np.bincount(owner, minlength=reps) * week.weight
        quarter = float(QUARTER) * float(worth.sum()) / max(1, self.booked[acc.LISTED])
        for r, rep in enumerate(self.reps):
            results = (rep.listings[HUNT] * quarter, rep.listings[FARM] * quarter)
            self._pay(week, rep, policy, float(value[r]), int(number[r]), results)

    def _pay(
        self, week: SalesWeek, rep: Rep, policy: SalesPolicy, value: float, orders: int,
        results: tuple[float, ...],
    ) -> None:  # fmt: skip
        pay = rep.book_sales(week.week, policy, value, orders, results)
        hours = self.profile.spec.sales.hours * rep.effort
        self.booked[acc.REPS] += 1
        self.booked[acc.PAYROLL] += round(pay * CENTS)
        self.booked[acc.HOURS] += int(hours * PARTS)
        self.booked[acc.HUNT_HOURS] += int(hours * rep.hunt * PARTS)
        self.booked[acc.SKILL] += int(0.5 * (rep.skill[HUNT] + rep.skill[FARM]) * PARTS)
        self.booked[acc.HUNT_SKILL] += int(rep.skill[HUNT] * PARTS)

    # Saving

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the sales force, as arrays."""
        out = {f"lead_{name}": column.copy() for name, column in self.leads.open._asdict().items()}
        out |= {name: getattr(self.beliefs, name).copy() for name in Beliefs.SAVED}
        out["places"] = np.array([self.places], np.int64)
        out["vacant"] = np.array(self.vacant, np.int64)
        out["listed"] = np.array([self.listed], np.uint64)
        for name in Rep.STATE:
            kind = np.uint64 if name == "ident" else np.float64
            out[f"rep_{name}"] = np.array([getattr(rep, name) for rep in self.reps], kind)
        return out

    def load(self, saved: dict[str, np.ndarray], trait_seed: int, policy: SalesPolicy) -> None:
        """Restore a saved memory."""
        self.leads.open = Leads(*(saved[f"lead_{name}"] for name in Leads._fields))
        for name in Beliefs.SAVED:
            setattr(self.beliefs, name, saved[name].copy())
        self.vacant, self.places = saved["vacant"].tolist(), int(saved["places"][0])
        self.listed = int(saved["listed"][0])
        for n, ident in enumerate(saved["rep_ident"].tolist()):
            rep = Rep(self.model, ident, int(saved["rep_hired"][n]), [], 0.0, policy)
            for name in Rep.STATE[2:]:
                setattr(rep, name, saved[f"rep_{name}"][n].tolist())
            self._join(rep, trait_seed)
