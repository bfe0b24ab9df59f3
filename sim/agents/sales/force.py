"""The sales force of a firm: a view of its part of all sales forces, and who comes and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from scipy.special import ndtri

from sim import draws
from sim.agents.profile import FirmProfile
from sim.agents.sales.calls import Beliefs, SalesCalls
from sim.agents.sales.columns import NEVER, SAVED_LEAD, SAVED_REP
from sim.agents.sales.leads import Leads
from sim.agents.sales.rep import Rep, start, talent_draws
from sim.ledger import accounts as acc
from sim.rules.units import CENTS, YEAR

if TYPE_CHECKING:
    from sim.agents.sales.forces import SalesForces


class LeadPool:
    """The open leads of a firm, and their flows and outcomes this week.

    Attributes:
        own: source code of the reps' own leads, the last one.
    """

    def __init__(self, forces: SalesForces, row: int) -> None:
        self._all, self._row = forces, row
        self.own = forces.sources

    def __len__(self) -> int:
        return int(self._all.columns.forces["open"][self._row])

    @property
    def open(self) -> Leads:
        """The open leads."""
        rows = self._all.columns.leads[self._row, : len(self)]
        return Leads(*(rows[name] for name in SAVED_LEAD))

    @property
    def flows(self) -> np.ndarray:
        """Flows of leads this week, int64 [source, flow]."""
        return np.asarray(self._all.columns.flows[self._row])

    @property
    def closed(self) -> list[np.ndarray]:
        """This week's rows of the log of leads, if it is kept."""
        rows = self._all.ended()
        mine = rows[rows[:, 0] == self._row, 1:]
        return [mine] if len(mine) else []


class SalesForce:
    """The reps of a firm and its leads.

    Args:
        model: the Mesa model that reps join.
        profile: identity and declared values of the firm.
        forces: the sales forces of all firms, which keep the columns.

    Attributes:
        reps: reps at work, in order of hiring.
        leads: open leads and their flows.
        territories: owners of the patches of the market.
    """

    def __init__(self, model: mesa.Model, profile: FirmProfile, forces: SalesForces) -> None:
        self.model, self.profile, self._all = model, profile, forces
        self.reps: list[Rep] = []
        self.leads = LeadPool(forces, profile.row)
        self.territories = forces.territories(profile.row)
        self._vacant: list[int] = []

    def __repr__(self) -> str:
        return f"SalesForce: {self.profile.name}, {len(self.reps)} reps, {len(self.leads)} leads"

    def _get(self, name: str) -> int:
        """A field of :data:`sim.agents.sales.columns.FORCE`."""
        return int(self._all.columns.forces[name][self.profile.row])

    def _set(self, name: str, value: int) -> None:
        self._all.columns.forces[name][self.profile.row] = value

    @property
    def terms(self) -> Any:
        """What is declared, a record :data:`sim.agents.sales.columns.TERMS`."""
        return self._all.columns.terms[self.profile.row]

    @property
    def places(self) -> int:
        """Number of positions for reps, -1 for the declared number."""
        return self._get("places")

    @places.setter
    def places(self, number: int) -> None:
        self._set("places", number)

    @property
    def wanted(self) -> int:
        """Number of positions for reps that holds."""
        return self.profile.spec.sales.reps if self.places < 0 else self.places

    @property
    def vacant(self) -> Sequence[int]:
        """Weeks in which vacancies are filled."""
        return tuple(self._vacant)

    @vacant.setter
    def vacant(self, weeks: Sequence[int]) -> None:
        self._vacant = list(weeks)
        self._set("vacant", len(self._vacant))
        self._set("filled", min(self._vacant, default=NEVER))

    @property
    def listed(self) -> int:
        """Stores that carry the firm, as bits."""
        return int(self._all.columns.listed[self.profile.row])

    @property
    def beliefs(self) -> Beliefs:
        """Remembered results of calls."""
        firm, reps = self._all.beliefs(self.profile.row)
        return Beliefs(firm["wins"], firm["tried"], reps["wins"], reps["tried"])

    @property
    def calls(self) -> SalesCalls:
        """Calls of this week."""
        rows = self._all.made[self._get("calls") : self._get("calls_end")]
        return SalesCalls(*(rows[name] for name in SalesCalls._fields))

    def enter(self, stores: int) -> None:
        """Set the stores that carry the firm from its first week on: the largest."""
        if stores:
            bits = (1 << round(self.profile.spec.distribution * stores)) - 1
            self._all.columns.listed[self.profile.row] = bits

    # Turnover

    def staff(
        self, clock: int, trait_seed: int, paid_before: bool = False, hires: bool = True
    ) -> None:
        """Reps quit or are dismissed, and vacancies are filled.

        Args:
            clock: weeks since the warm-up began.
            trait_seed: seed of the talents and territories.
            paid_before: whether the firm has paid for a change of its positions before this week;
                those who replace somebody are paid for now.
            hires: whether the firm can pay for new reps; if not, vacancies stay open.
        """
        force = self.profile.spec.sales
        vacancy = int(self._all.columns.terms["selling"]["vacancy"][self.profile.row])
        for rep in [self.reps[n] for n in np.flatnonzero(self._reps()["quits"][: len(self.reps)])]:
            self._leave(rep, clock, trait_seed, acc.QUIT, vacancy)
        if clock % YEAR == 0:
            self._dismiss(clock, trait_seed, force.fire_below, vacancy)
        vacant = list(self._vacant)
        while len(self.reps) + len(vacant) > self.wanted:
            if vacant:
                vacant.pop()
            else:
                self._leave(self.reps[-1], clock, trait_seed, acc.FIRED, None, paid_before)
        replaced = sum(until <= clock for until in vacant)
        if self._vacant:
            self.vacant = [until for until in vacant if until > clock]
        new = self.wanted - len(self.reps) - len(self._vacant) if hires else 0
        for slot in range(new):
            self._hire(slot, clock, trait_seed)
        if paid_before:
            new = min(new, replaced)
        if new and clock > 0:  # the initial reps cost nothing to hire
            self._book(acc.HIRED, new)
            self._book(acc.PAYROLL, new * round(force.hiring_cost * CENTS))

    def _book(self, account: int, amount: int) -> None:
        self._all.columns.booked[self.profile.row, account] += amount

    def _dismiss(self, clock: int, trait_seed: int, fire_below: float, vacancy: int) -> None:
        """At the end of the year, dismiss reps who sold far less than their colleagues."""
        sold = self._reps()["sold_year"][: len(self.reps)].tolist()
        mean = sum(sold) / max(1, len(sold))
        for rep, mine in zip(list(self.reps), sold, strict=True):
            if clock - rep.hired >= YEAR and mine < fire_below * mean:
                self._leave(rep, clock, trait_seed, acc.FIRED, vacancy)
        self._reps()["sold_year"] = 0.0

    def _hire(self, slot: int, clock: int, trait_seed: int) -> None:
        ident = draws.rep_ident(self.profile.id, clock, slot)
        talent = ndtri(talent_draws(np.uint64(trait_seed), np.uint64(ident)))
        place = self._join(ident, trait_seed)
        c = self._all.columns
        start(c.reps, c.terms, self.profile.row, place, np.uint64(ident), clock, talent)

    def _join(self, ident: int, trait_seed: int) -> int:
        """Add a rep, whose record is to be filled in, without remembered results; return the
        place."""
        place = self._all.join(self.profile.row)
        self.territories.join(place, ident, trait_seed)
        self.reps.append(Rep(self.model, self._reps, place))
        return place

    def _reps(self) -> np.ndarray:
        """The records of the reps, and of places that are free."""
        return self._all.columns.reps[self.profile.row]  # type: ignore[no-any-return]

    def _leave(
        self, rep: Rep, clock: int, trait_seed: int, account: int, vacancy: int | None,
        paid_before: bool = False,
    ) -> None:  # fmt: skip
        place = rep.place
        rep.remove()
        self.reps.pop(place)
        for other in self.reps[place:]:
            other.place -= 1
        self._all.leave(self.profile.row, place)
        if vacancy is not None:
            self._vacant.append(clock + max(1, vacancy))
        if not paid_before:
            self._book(account, 1)
        if account == acc.FIRED and not paid_before:
            self._book(acc.PAYROLL, round(self.profile.spec.sales.severance * CENTS))
        self.territories.leave(place, self._reps()["ident"][: len(self.reps)], trait_seed)

    # Saving

    def state(self) -> dict[str, np.ndarray]:
        """The memory of the sales force, as arrays."""
        out = {f"lead_{name}": column.copy() for name, column in self.leads.open._asdict().items()}
        out |= {name: column.copy() for name, column in self.beliefs._asdict().items()}
        out["places"] = np.array([self.places], np.int64)
        out["vacant"] = np.array(self._vacant, np.int64)
        out["listed"] = np.array([self.listed], np.uint64)
        out["blame"] = np.array([self._all.columns.forces["blame"][self.profile.row]])
        reps = self._reps()[: len(self.reps)]
        for name, *_ in SAVED_REP:
            kind = np.uint64 if name == "ident" else np.float64
            out[f"rep_{name}"] = np.array(reps[name].tolist(), kind)
        return out

    def load(self, saved: dict[str, np.ndarray], trait_seed: int) -> None:
        """Restore a saved memory."""
        for ident in saved["rep_ident"].tolist():
            self._join(ident, trait_seed)
        self._all.load(self.profile.row, saved)
        self.vacant, self.places = saved["vacant"].tolist(), int(saved["places"][0])
