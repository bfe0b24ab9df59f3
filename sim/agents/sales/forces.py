"""The sales forces of all firms: turnover, selling and learning in three compiled loops."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import mesa
import numpy as np

from sim import draws
from sim.agents.profile import FirmProfile
from sim.agents.sales.calls import (
    add_cold_calls,
    add_follow_ups,
    close_banks,
    draw_cold_calls,
    follow_up,
    judge,
    kinds,
    limit_cold_calls,
    open_banks,
    put_off,
    remember,
    serve_accounts,
    set_times,
)
from sim.agents.sales.columns import (
    BELIEF,
    CALL,
    DELAY,
    FORCE,
    LEAD,
    LOGGED,
    NEVER,
    REP,
    SAVED_LEAD,
    SAVED_REP,
    TERMS,
    Columns,
    Conditions,
    Customers,
    SalesMarket,
    SalesWeek,
    WeekInputs,
)
from sim.agents.sales.force import SalesForce
from sim.agents.sales.leads import (
    CALLED,
    FOLLOWED,
    ORDERED,
    accept,
    close,
    create,
    expire,
    progress,
    remember_blame,
    states_wrong_need,
)
from sim.agents.sales.pay import credit_orders, credit_stores, pay, start_credit
from sim.agents.sales.rep import plan_week, terms_of
from sim.agents.sales.stores import visit_stores
from sim.agents.sales.territories import Territories
from sim.agents.view import MarketView
from sim.compile import Kept, compiled, inner, keep, part
from sim.config.schema import Config
from sim.draws import person_key, stream_key, uniform, word
from sim.engines.protocol import ACTIVE, Calls, no_calls
from sim.ledger import accounts as acc
from sim.ledger.accounts import LEAD_FLOWS
from sim.ledger.orders import OrderLines
from sim.market.firms import SalesForceSpec
from sim.market.population import PATCHES
from sim.params import declared, in_id_order
from sim.rules import organising, selling
from sim.rules.arithmetic import MOST_SUMMED, numpy_sum
from sim.rules.attention import is_addressed_as_customer, weeks_seen
from sim.rules.leads import WON
from sim.rules.pay import PayPlan
from sim.rules.pricing import log_price
from sim.rules.units import CENTS, YEAR

NO_CALLS = no_calls()
NO_DELAYS = np.zeros(0, DELAY)
NO_LOG = np.zeros((0, LOGGED), np.int64)
Terms = Callable[[int, int], SalesForceSpec | None]
"""What treatments declare for the rep of an identity, of the firm in a row, if anything."""

GROUPS = ("selling", "organising", "shelf")
"""Groups of numbers in :data:`sim.agents.sales.columns.TERMS` that are common to all firms."""


class SalesForces:
    """The sales forces of all firms.

    Args:
        firms: number of firms.
        sources: number of touch codes; reps' own leads have the next code.
        booked: the accounts of this week, added to, int64 [firm, account].

    Attributes:
        columns: reps, leads and beliefs of all firms.
        made: records of calls, used again every week; those of a firm are from ``calls`` to
            ``calls_end`` of its record.
        busy: whether a firm has reps, positions, leads or stores after this week's selling.
    """

    def __init__(self, firms: int, sources: int, booked: np.ndarray) -> None:
        self.sources, self.busy = sources, False
        size = kinds(sources + 1)
        self.columns = Columns(
            terms=np.zeros(firms, TERMS), variants=np.zeros(0, TERMS),
            forces=np.zeros(firms, FORCE),
            reps=np.zeros((firms, 0), REP), leads=np.zeros((firms, 0), LEAD),
            beliefs=np.zeros((firms, 1, size), BELIEF),
            owner=np.zeros((firms, PATCHES), np.int64),
            flows=np.zeros((firms, sources + 1, len(LEAD_FLOWS)), np.int64),
            listed=np.full(firms, draws.MASK, np.uint64), booked=booked,
        )  # fmt: skip
        self._pull = np.zeros((firms, PATCHES), np.uint64)
        self.columns.forces["places"], self.columns.forces["filled"] = -1, NEVER
        self.made = np.zeros(0, CALL)
        self._order = np.zeros(0, np.int64)
        self._firms: list[SalesForce] = []
        self._mark = np.zeros(0, np.int32)
        self._relation = np.zeros((firms, 0), np.uint8)
        self._customers = Customers(*[np.zeros(0)] * len(Customers._fields))
        self._kept: Kept | None = None
        self._week: WeekInputs | None = None
        self._most = 0

    def of(self, model: mesa.Model, profile: FirmProfile) -> SalesForce:
        """The sales force of a firm; firms come in order of their rows."""
        self._firms.append(SalesForce(model, profile, self))
        return self._firms[-1]

    def configure(self, config: Config) -> None:
        """Take over what is declared, after firms have."""
        names = list(in_id_order(config.activities))
        content = [config.selling.hunting, config.selling.farming]
        common = {name: _numbers(getattr(config, name)) for name in GROUPS}
        for force in self._firms:
            spec, terms = force.profile.spec, force.terms
            for name, values in common.items():
                terms[name] = values
            terms.firm, terms.list_price = spec.id, spec.list_price
            _set_force(terms, spec.sales, config)
            terms.price_response = config.price.weight
            terms.screening_cents = round(spec.sales.screening_cost * CENTS)
            terms.informed = spec.organisation.reviews > 0 and (
                spec.organisation.closed_loop_feedback
            )
            terms["content"] = [names.index(word) if word else -1 for word in content]

    def _treat(self, terms_of: Terms | None, config: Config) -> None:
        """Put what treatments declare for single reps in the place of what holds for all."""
        self.columns.reps["variant"] = -1
        if terms_of is None:
            return
        rows: list[Any] = []
        places: dict[tuple[int, int], int] = {}
        for f, force in enumerate(self._firms):
            for rep in force.reps:
                spec = terms_of(f, rep.ident)
                if spec is None:
                    continue
                place = places.setdefault((f, id(spec)), len(rows))
                if place == len(rows):
                    rows.append(self.columns.terms[f : f + 1].copy())
                    _set_force(rows[-1][0], spec, config)
                self.columns.reps["variant"][f, rep.place] = place
        if rows:
            self.columns = self.columns._replace(variants=np.concatenate(rows))
            self._kept = None

    @property
    def flows(self) -> np.ndarray:
        """Flows of leads this week, int64 [firm, source, flow]."""
        return self.columns.flows

    def set_places(self, places: np.ndarray) -> None:
        """Set the number of positions for reps of each firm, -1 for the declared number, int64
        [firm]."""
        self.columns.forces["places"] = places

    @property
    def hours(self) -> np.ndarray:
        """Hours that each firm's reps work this week, float64 [firm]."""
        return self.columns.forces["hours"].copy()

    @property
    def listed(self) -> np.ndarray:
        """Stores that carry each firm, as bits, uint64 [firm]."""
        return self.columns.listed

    # The week

    def sell(
        self, view: MarketView, conditions: Conditions, interest: np.ndarray,
        delays: Sequence[tuple[int, int, float]], terms_of: Terms | None = None,
    ) -> Calls:  # fmt: skip
        """Run a week of all sales forces.

        Args:
            conditions: how firms make their reps work.
            interest: last week's interest signals, as of :meth:`sim.engines.protocol.Engine`.
            delays: treatments that time answers: row of the firm, bit of the treatment, hours.
            terms_of: what treatments declare for the rep of an identity, of the firm in a row.

        Returns:
            The calls of the week.
        """
        c, stores, seed = self.columns, view.config.shelf.stores, np.uint64(view.seed)
        c.flows[:] = 0
        self._week = None
        working, due, most = _find_turnover(
            c.terms, c.forces, c.reps, conditions.present, view.clock, seed, stores
        )
        if not working:
            c.forces["calls_end"] = c.forces["calls"]
            self.busy = False
            return NO_CALLS
        if due:
            for f in np.flatnonzero(c.forces["due"]).tolist():
                force = self._firms[f]
                begins = view.week == force.profile.first_week
                force.staff(
                    view.clock, view.trait_seed, bool(view.config.finance.staffed) and begins,
                    hires=not (view.cash_limits and view.ledger.so_far(acc.CASH)[f] < 0),
                )  # fmt: skip
        if most + len(interest) > c.leads.shape[1]:
            self._make_room(interest[:, 1])
        self._treat(terms_of, view.config)
        self._observe(view, stores)
        logged = view.config.log.leads and view.week >= 0
        self._week = WeekInputs(
            view.clock, view.week, seed, view.weight, stores,
            np.array(delays, DELAY) if delays else NO_DELAYS,
            self._log(len(interest)) if logged else NO_LOG, np.zeros(1, np.int64),
        )  # fmt: skip
        self.made, self._order, self.busy, self._most, calls = _sell(
            self._for_loops(), self._week, conditions, np.ascontiguousarray(interest), self.made
        )
        return calls  # type: ignore[no-any-return]

    def _observe(self, view: MarketView, stores: int) -> None:
        """Look at the customers."""
        people, column = view.people, view.engine.column
        relation, c = column("relation"), view.config
        recency = weeks_seen(c.attention.recency, c.loyalty.contract, c.measurement.window)
        if not stores or recency:  # as reps know it, which orders of the week change
            if self._relation.shape != relation.shape:
                self._relation = np.empty_like(relation)
            np.copyto(self._relation, relation)
            relation = self._relation
        if recency:
            _address_by_recency(relation, column("last_order"), view.clock, recency)
        if len(self._mark) != people.size:
            self._mark = np.zeros(people.size, np.int32)
        now = Customers(
            view.draw_key, people.patch, people.sees, people.store, column("here"),
            column("tags"), relation, self._mark,
        )  # fmt: skip
        if not all(map(operator.is_, now, self._customers)):
            self._customers, self._kept = now, None

    def _for_loops(self) -> Kept:
        """Columns and customers as compiled loops take them, made anew when an array is another."""
        if self._kept is None:
            self._kept = keep(SalesMarket(self.columns, self._customers))
        return self._kept

    def _log(self, more: int) -> np.ndarray:
        """Room for the log of all leads that can end this week, and at least one row."""
        return np.zeros((int(self.columns.forces["open"].sum()) + more + 1, LOGGED), np.int64)

    def ended(self) -> np.ndarray:
        """This week's rows of the log of leads, int64 [lead, column]; none if it is not kept."""
        if self._week is None:
            return NO_LOG
        return self._week.ended[: self._week.ended_number[0]]

    def learn(self, calls: Calls, orders: OrderLines, own_share: np.ndarray) -> None:
        """Close leads, credit and pay reps, and learn from results.

        Args:
            calls: calls of the week with their results.
            orders: orders of the week.
            own_share: share of hours spent on reps' own work, float64 [firm].
        """
        week = self._week
        if week is None:
            return
        if self._most > self.columns.leads.shape[1]:
            self._make_room(calls.firm)
        if len(week.ended):
            room = self._log(len(calls.row) + len(week.ended))
            room[: len(week.ended)] = week.ended
            week = self._week = week._replace(ended=room)
        # without stores nobody reads the total; any column of its type will do
        total = _total(orders, week.weight) if week.stores else own_share
        _learn(
            self._for_loops(), week, self.made, self._order, calls.result, orders, own_share, total
        )

    # Room

    def _make_room(self, firm: np.ndarray) -> None:
        """Make room for more leads, of firms whose rows are given, int64 [lead]."""
        open_leads = self.columns.forces["open"]
        self._make_room_for(int((open_leads + np.bincount(firm, minlength=len(open_leads))).max()))

    def _make_room_for(self, leads: int) -> None:
        """Make room for a number of leads of each firm."""
        c = self.columns
        if leads > c.leads.shape[1]:
            size = max(leads, 2 * c.leads.shape[1])
            self.columns, self._kept = c._replace(leads=_longer(c.leads, size)), None

    def territories(self, f: int) -> Territories:
        """The territories of a firm."""
        return Territories(self.columns.owner[f], self._pull[f])

    def beliefs(self, f: int) -> tuple[np.ndarray, np.ndarray]:
        """Results of calls as a firm and its reps remember them, record
        :data:`sim.agents.sales.columns.BELIEF` [kind] and [rep, kind]."""
        rows = self.columns.beliefs[f]
        return rows[0], rows[1 : 1 + int(self.columns.forces["reps"][f])]

    def join(self, f: int) -> int:
        """Make room for one more rep of a firm, who remembers nothing; return the place."""
        place = int(self.columns.forces["reps"][f])
        c = self.columns
        if place == c.reps.shape[1]:
            size = 2 * place or 1
            reps, beliefs = _longer(c.reps, size), _longer(c.beliefs, 1 + size)
            c = self.columns = c._replace(reps=reps, beliefs=beliefs)
            self._kept = None
        c.beliefs[f, 1 + place] = 0
        c.forces["reps"][f] += 1
        return place

    def leave(self, f: int, place: int) -> None:
        """Remove the rep of a firm at a place, whose remembered results are lost."""
        c, reps = self.columns, int(self.columns.forces["reps"][f])
        c.reps[f, place : reps - 1] = c.reps[f, place + 1 : reps].copy()
        c.beliefs[f, 1 + place : reps] = c.beliefs[f, 2 + place : 1 + reps].copy()
        c.forces["reps"][f] -= 1

    def load(self, f: int, saved: dict[str, np.ndarray]) -> None:
        """Restore what a firm has saved, after its reps have joined."""
        leads, reps = len(saved["lead_row"]), len(saved["rep_ident"])
        self._make_room_for(leads)
        c = self.columns
        c.forces["open"][f], c.listed[f] = leads, saved["listed"][0]
        c.forces["blame"][f] = saved["blame"][0]
        for name in SAVED_LEAD:
            c.leads[name][f, :leads] = saved[f"lead_{name}"]
        for name, *_ in SAVED_REP:
            if reps:
                c.reps[name][f, :reps] = saved[f"rep_{name}"]
        firm, own = self.beliefs(f)
        for name in BELIEF.names or ():
            firm[name], own[name] = saved[name], saved[f"rep_{name}"]


def _total(orders: OrderLines, weight: int) -> np.ndarray:
    """Value of each firm's orders in the whole market, money, float64 [firm]."""
    worth = orders.price * orders.units * (weight / float(CENTS))
    out: np.ndarray = _sums(worth, orders.at)
    for f in np.flatnonzero(np.isnan(out)).tolist():
        out[f] = np.add.reduce(worth[orders.at[f] : orders.at[f + 1]])
    return out


@compiled
def _sums(values, at):  # type: ignore[no-untyped-def]
    """Sums of the values from ``at[f]`` up to ``at[f + 1]``, NaN where there are too many for
    :func:`sim.rules.arithmetic.numpy_sum`; float64 [firm]."""
    out = np.empty(len(at) - 1)
    for f in range(len(out)):
        number = at[f + 1] - at[f]
        few = number <= MOST_SUMMED
        out[f] = numpy_sum(values[at[f] : at[f + 1]], number) if few else np.nan
    return out


def _longer(column: np.ndarray, size: int) -> np.ndarray:
    """A copy of a column [firm, place, ...] with more places."""
    out = np.zeros((len(column), size, *column.shape[2:]), column.dtype)
    out[:, : column.shape[1]] = column
    return out


@compiled
def _find_turnover(terms, forces, reps, present, clock, seed, stores):  # type: ignore
    """Find the firms whose sales forces work this week, and those in which somebody leaves or
    comes; return the number of both, and the largest number of open leads of a firm."""
    working, changing, most = 0, 0, 0
    stream = stream_key(draws.QUIT, clock, 0, 0)
    for f in range(len(forces)):
        force, params = forces[f], terms[f].selling
        force.wanted = terms[f].force.reps if force.places < 0 else force.places
        force.works = present[f] and _has_work(force, stores)
        force.due, force.hours = False, 0.0
        if not force.works:
            continue
        working += 1
        due = force.reps + force.vacant != force.wanted or force.filled <= clock
        due = due or clock % YEAR == 0
        for r in range(force.reps):
            rep = reps[f, r]
            drawn = uniform(word(person_key(seed, rep.ident), stream))
            rep.quits = drawn < selling.quit_chance(
                params.quitting, rep.usual_pay, params.outside_pay
            )
            due = due or rep.quits
        force.due = due
        changing += due
        most = max(most, force.open)
    return working, changing, most


@inner
def _has_work(force, stores):  # type: ignore[no-untyped-def]
    """Whether there are reps or positions, leads, or distribution to lose."""
    return force.reps > 0 or force.wanted > 0 or force.open > 0 or stores > 0


@compiled
def _sell(kept, week, conditions, interest, made):  # type: ignore[no-untyped-def]
    """Sell for a week, firm by firm: leads come and go, reps choose their effort, follow leads up,
    and make cold calls in the time left; or they visit stores.

    Args:
        kept: :class:`sim.agents.sales.columns.SalesMarket`, kept.
        week: :class:`sim.agents.sales.columns.WeekInputs`.
        conditions: :class:`sim.agents.sales.columns.Conditions`.
        made: records :data:`sim.agents.sales.columns.CALL` to be used again.

    Returns:
        The calls as records in the order of firms; their places in the order of customers, then
        firms; whether a sales force has anything left to do; the largest number of leads that a
        firm can have when all its calls bring one; and the calls in that order, as inputs of the
        engine.
    """
    c, w = kept.columns.columns, _join(week, kept.columns.customers)
    number, most, busy = 0, 0, False
    for f in range(len(c.forces)):
        force = c.forces[f]
        force.calls, force.calls_end = number, number
        if force.works:
            before = 0
            if w.stores == 0:
                expire(c, w, f)
                before = force.open
                care, screening = conditions.handoff_care[f], conditions.screening[f]
                create(c, w, f, interest, care, screening)
            for r in range(force.reps):
                rep = c.reps[f, r]
                terms = terms_of(c, f, rep)
                plan_week(rep, terms, w.week, conditions.work_quality[f])
                rep.log_cut = log_price(1.0, 1.0 - rep.cut)
                force.hours += terms.force.hours * rep.effort
            if w.stores > 0:
                visit_stores(c, w, f)
            elif force.reps > 0:
                made, number = _plan_calls(c, w, f, before, made, number)
        busy = busy or _has_work(force, w.stores)
        most = max(most, force.open + force.calls_end - force.calls)
    order, calls = _in_order(c, made, number)
    return made, order, busy, most, calls


@part
def _join(week, customers):  # type: ignore[no-untyped-def]
    """:class:`sim.agents.sales.columns.SalesWeek` of the two parts."""
    w, p = week, customers
    return SalesWeek(
        w.clock, w.week, w.seed, w.weight, w.stores, w.delays, w.ended, w.ended_number,
        p.draw_key, p.patch, p.sees, p.store, p.here, p.tags, p.relation, p.mark,
    )  # fmt: skip


@part
def _plan_calls(c, w, f, before, made, number):  # type: ignore[no-untyped-def]
    """Plan the calls of the reps of a firm: first leads that score higher than a cold call, best
    first; then cold calls on customers and prospects in the time left.

    Args:
        before: number of leads that are not new.
        made, number: calls made so far, and their number.

    Returns:
        The same two.
    """
    force = c.forces[f]
    judge(c, w, f)
    accept(c, w, f, before)
    put_off(c, w, f)
    if c.terms[f].selling.account_hours > 0.0:
        serve_accounts(c, w, f)
    most = number + open_banks(c, w, f)
    if most > len(made):
        longer = np.empty(2 * most, CALL)
        for n in range(number):
            longer[n] = made[n]
        made = longer
    worst = np.empty(force.open)
    for n in range(force.open):
        worst[n] = -c.leads[f, n].score
        w.mark[c.leads[f, n].row] = 1
    follow_up(c, w, f, np.argsort(worst, kind="mergesort"))
    number = add_follow_ups(c, f, made, number)
    most = limit_cold_calls(c, w, f)
    row, draw = np.empty(most, np.int64), np.empty(most)
    drawn = draw_cold_calls(c, w, f, row, draw)
    for n in range(force.open):
        w.mark[c.leads[f, n].row] = 0
    first = np.argsort(draw[:drawn], kind="mergesort")
    number = add_cold_calls(c, w, f, row, first, made, number)
    force.calls_end = number
    set_times(c, w, f, made)
    close_banks(c, w, f)
    return made, number


@part
def _in_order(c, made, number):  # type: ignore[no-untyped-def]
    """Places of the calls in the order of customers, then firms, and the calls in that order."""
    key = np.empty(number)  # whole numbers; sorts of one type are compiled once
    for f in range(len(c.forces)):
        for n in range(c.forces[f].calls, c.forces[f].calls_end):
            key[n] = made[n].row * len(c.forces) + f
    order = np.argsort(key, kind="mergesort")
    calls = Calls(
        np.empty(number, np.int64), np.empty(number, np.int64), np.empty(number, np.int64),
        np.empty(number), np.empty(number), np.empty(number), np.zeros(number, np.uint8),
        np.zeros(number, np.int64),
    )  # fmt: skip
    for n in range(number):
        call, firm = made[order[n]], np.int64(key[order[n]]) % len(c.forces)
        rep = c.reps[firm, call.rep]
        calls.row[n], calls.firm[n], calls.starts[n] = call.row, firm, call.starts
        calls.activity[n] = c.terms[firm].content[call.task]
        calls.cut[n], calls.skill[n] = rep.log_cut, rep.skill[call.task]
        if call.lead >= 0:
            lead = c.leads[firm, call.lead]
            calls.skill[n] *= organising.offer_fit(
                lead.talked == 0, states_wrong_need(lead), c.terms[firm].organising.wrong_offer
            )
    return order, calls


@compiled
def _address_by_recency(relation, last_order, week, recency):  # type: ignore[no-untyped-def]
    """Set who is a customer by the last order, in place, in flags of the relationship and weeks,
    [firm, customer]."""
    for f in range(relation.shape[0]):
        for i in range(relation.shape[1]):
            others = relation[f, i] & ~np.uint8(ACTIVE)
            is_one = is_addressed_as_customer(False, np.int64(last_order[f, i]), week, recency)
            relation[f, i] = others | np.uint8(ACTIVE) if is_one else others


@compiled
def _learn(kept, week, made, order, result, orders, own_share, total):  # type: ignore[no-untyped-def]
    """Learn from a week, firm by firm: remember results of calls, let leads progress, credit and
    pay reps, and close leads.

    Args:
        kept, week: as for :func:`_sell`.
        made, order: calls, and their places in the order of the engine, as of :func:`_sell`.
        result: results of the calls in the order of the engine, codes of :mod:`sim.rules.leads`.
        orders: :class:`sim.ledger.orders.OrderLines`.
        own_share: share of hours spent on reps' own work, float64 [firm].
        total: value of the orders of each firm, money, float64 [firm]; used where there are stores.
    """
    c, w = kept.columns.columns, _join(week, kept.columns.customers)
    for n in range(len(order)):
        made[order[n]].result = result[n]
    for f in range(len(c.forces)):
        force = c.forces[f]
        if force.works:
            start_credit(c, f)
            if w.stores > 0:
                if force.reps > 0:
                    credit_stores(c, w, f, orders, total[f])
            else:
                remember(c, f, made)
                _mark(c, w, f, made, orders)
                progress(c, w, f, made)
                if force.reps > 0:
                    credit_orders(c, w, f, orders)
                _unmark(c, w, f, made, orders)
                close(c, w, f)
                if c.terms[f].organising.distrust > 0.0:
                    remember_blame(c, f)
            pay(c, w, f, own_share[f])
        c.booked[f, acc.PIPELINE] = force.open
        c.booked[f, acc.REP_TALKS] = force.calls_end - force.calls


@part
def _mark(c, w, f, made, orders):  # type: ignore[no-untyped-def]
    """Mark customers of a firm who were called or have ordered."""
    force = c.forces[f]
    for n in range(force.open):
        if c.leads[f, n].talked > 0:
            w.mark[c.leads[f, n].row] |= FOLLOWED
    for n in range(force.calls, force.calls_end):
        call = made[n]
        w.mark[call.row] |= CALLED
        if call.lead >= 0 or call.result == WON:
            w.mark[call.row] |= FOLLOWED
    for n in range(orders.at[f], orders.at[f + 1]):
        w.mark[orders.row[n]] |= ORDERED


@part
def _unmark(c, w, f, made, orders):  # type: ignore[no-untyped-def]
    """Take the marks of :func:`_mark` away."""
    force = c.forces[f]
    for n in range(force.open):
        w.mark[c.leads[f, n].row] = 0
    for n in range(force.calls, force.calls_end):
        w.mark[made[n].row] = 0
    for n in range(orders.at[f], orders.at[f + 1]):
        w.mark[orders.row[n]] = 0


def _set_force(terms: Any, spec: SalesForceSpec, config: Config) -> None:
    """Fill in what is declared for a sales force in a record
    :data:`sim.agents.sales.columns.TERMS` with a list price."""
    terms["force"] = _numbers(spec)
    terms["pay"] = _numbers(config.pay.get(spec.pay, PayPlan()))
    terms["prior_sales"] = (
        config.selling.prior_chance * spec.hours / config.selling.talk_hours * terms["list_price"]
    )


def _numbers(group: Any) -> tuple[Any, ...]:
    """The declared numbers of a group, in order."""
    return tuple(getattr(group, word) for word in declared(type(group)))
