"""The sales force of a firm: its reps, their territories, its leads, and the talks of a week."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import mesa
import numpy as np
from numba import njit
from scipy.special import ndtri

from sim import draws
from sim.agents.rep import Lead, Rep
from sim.draws import high32, kept_person_key, kept_stream_key, threshold, uniform, word
from sim.engines.protocol import (
    ACTIVE,
    ASKS,
    HERE,
    NEEDS,
    NO_NEED,
    NOT_CONSIDERED,
    NOT_MET,
    NOTHING,
    RIVAL,
    WON,
)
from sim.ledger import accounts as book
from sim.ledger.accounts import LEAD_FLOWS, PARTS
from sim.market.firms import FirmSpec
from sim.market.population import PATCHES
from sim.rules import organising, selling, shelf
from sim.rules.arithmetic import exp
from sim.rules.attention import repeated
from sim.rules.organising import FIELDS, Organising
from sim.rules.pricing import log_price
from sim.rules.selling import ASKED, COLD, FARM, HOT, HUNT, OPEN, SIGNS, TASKS
from sim.rules.shelf import Shelf
from sim.rules.units import YEAR

WEEK_HOURS = 168.0

PIECES = 8
"""Pieces of a talk in which time is given away."""

NEED_FIELD = 0
"""The field of a record that says whether there is a need."""

(
    CAME, SCREENED, ACCEPTED, REJECTED, WORKED, QUALIFIED, OPPORTUNITY, BOUGHT, UNAIDED, NO_USE,
    TO_RIVAL, TO_NOTHING, HAS_LEFT, GIVEN_UP, NEVER_FOLLOWED,
) = range(len(LEAD_FLOWS))  # fmt: skip
"""Places on the axis of flows of leads."""

LOST = (REJECTED, NO_USE, TO_RIVAL, TO_NOTHING, HAS_LEFT, GIVEN_UP, NEVER_FOLLOWED)
"""Fates of leads that were handed over and did not order."""

NOT_WORKED = (REJECTED, GIVEN_UP, NEVER_FOLLOWED)
"""Those of them that sales alone has brought about."""

compiled = njit(cache=True, error_model="numpy")


class Leads(NamedTuple):
    """Open leads, int64 columns: ``row`` of the customer, ``source`` (touch code; one more for the
    reps' own), ``landed`` week, ``sign`` (COLD, HOT, ASKED, OPEN), ``talked`` times, ``offered``
    0 or 1, ``asked`` week in which an enquiry came in (-1: none), ``waited`` parts of an hour until
    it was answered (-1: not yet), ``spoilt`` fields of its record, one bit each (-1: it has none,
    as nobody handed it over)."""

    row: np.ndarray
    source: np.ndarray
    landed: np.ndarray
    sign: np.ndarray
    talked: np.ndarray
    offered: np.ndarray
    asked: np.ndarray
    waited: np.ndarray
    spoilt: np.ndarray


class Talks(NamedTuple):
    """The talks of a week, columns: ``row`` of the customer, ``rep``, ``task``, ``lead`` (place
    among the open leads, or -1), ``kind`` of belief, and ``starts``, the moment of the week."""

    row: np.ndarray
    rep: np.ndarray
    task: np.ndarray
    lead: np.ndarray
    kind: np.ndarray
    starts: np.ndarray


NO_LEADS = Leads(*(np.zeros(0, np.int64) for _ in Leads._fields))
_NONE = np.zeros(0, np.int64)
NO_TALKS = Talks(_NONE, _NONE, _NONE, _NONE, _NONE, np.zeros(0))


@compiled
def _expire(leads, here, week, life, flows):  # type: ignore[no-untyped-def]
    """Fates of leads that end at the week's beginning, booked; -1 for those that stay open."""
    fates = np.full(len(leads.row), -1, np.int64)
    for n in range(len(leads.row)):
        if here[leads.row[n]] != HERE:
            fate = HAS_LEFT
        elif week - leads.landed[n] >= life:
            fate = GIVEN_UP if leads.talked[n] > 0 else NEVER_FOLLOWED
        else:
            continue
        fates[n] = fate
        flows[leads.source[n], fate] += 1
    return fates


@compiled
def _land(  # type: ignore[no-untyped-def]
    leads, row, source, flags, here, person, week, at_sign, at_screening, reading, screening, flows
):
    """What new leads look like (-1: none comes of a sign of interest), and how many were checked.
    Somebody who is a lead already and asks becomes one who asks."""
    place = np.full(len(here), -1, np.int32)
    for n in range(len(leads.row)):
        place[leads.row[n]] = n
    sign, checked = np.full(len(row), -1, np.int64), 0
    for n in range(len(row)):
        i, known = row[n], place[row[n]]
        asks, needs = flags[n] & ASKS != 0, flags[n] & NEEDS != 0
        if here[i] != HERE:
            continue
        if known >= 0:
            if asks and leads.asked[known] < 0:
                leads.sign[known] = max(leads.sign[known], ASKED)
                leads.asked[known] = week
            continue
        flows[source[n], CAME] += 1
        if asks:
            sign[n] = ASKED
            continue
        if uniform(word(person[i], at_screening)) < screening:
            checked += 1
            sign[n] = HOT if needs else -1
            flows[source[n], SCREENED] += not needs
            continue
        right = uniform(word(person[i], at_sign)) < reading
        sign[n] = HOT if needs == right else COLD
    return sign, checked


@compiled
def _spoil(row, sign, spoilt, person, at_field, loss, error):  # type: ignore[no-untyped-def]
    """Put in place what arrives of the records that are handed over; how many are, and how many
    fields do not arrive as they were."""
    handed, bad = 0, 0
    for n in range(len(row)):
        if sign[n] == ASKED:
            spoilt[n] = -1
            continue
        handed += 1
        for field in range(len(at_field)):
            luck = uniform(word(person[row[n]], at_field[field]))
            fate = organising.field_spoilt(luck, loss, error)
            if fate == 0:
                continue
            bad += 1
            spoilt[n] |= 1 << field
            if field == NEED_FIELD:
                sign[n] = HOT if fate == 2 and sign[n] != HOT else COLD
    return handed, bad


@compiled
def _blame(leads, fates, own, person, at_side, known, self_serving):  # type: ignore[no-untyped-def]
    """How many leads that were handed over are lost, how many of them sales books to the market
    department, and how many the market department to sales."""
    lost, market, sales = 0, 0, 0
    for n in range(len(fates)):
        if fates[n] not in LOST or leads.source[n] == own:
            continue
        key = person[leads.row[n]]
        by_sales, by_market = uniform(word(key, at_side[0])), uniform(word(key, at_side[1]))
        sales_alone = fates[n] in NOT_WORKED
        lost += 1
        market += organising.books_to_other(fates[n] == NO_USE, known, by_sales, self_serving)
        sales += organising.books_to_other(sales_alone, known, by_market, self_serving)
    return lost, market, sales


@compiled
def _judge(  # type: ignore[no-untyped-def]
    leads, week, owner, patch, relation, person, at_judgement, tenure, wins, tried, firm_wins,
    firm_tried, weight, life, judgement, tracking,
):  # fmt: skip
    """What each open lead seems worth to its rep, and somebody nobody asked for, [lead]; its rep,
    task, and kind of belief, [lead]."""
    size, kinds = len(leads.row), wins.shape[1]
    score, unasked = np.empty(size), np.empty(size)
    rep, task, kind = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    for n in range(size):
        i = leads.row[n]
        r, t = owner[patch[i]], np.int64(relation[i] & ACTIVE)
        k, stranger = leads.source[n] * SIGNS + leads.sign[n], kinds - TASKS + t
        chance = selling.believed_chance(
            wins[r, k], tried[r, k], firm_wins[k], firm_tried[k], weight
        )
        base = selling.believed_chance(
            wins[r, stranger], tried[r, stranger], firm_wins[stranger], firm_tried[stranger], weight
        )
        factor = selling.misjudged(uniform(word(person[i], at_judgement)), judgement)
        tracked = selling.tracked_worth(tracking, tenure[r], base)
        score[n] = selling.lead_score(
            chance, np.float64(week - leads.landed[n]), life, factor, tracked
        )
        unasked[n], rep[n], task[n], kind[n] = base, r, t, k
    return score, unasked, rep, task, kind


@compiled
def _toil(leads, week, person, at_stale, staleness, asking):  # type: ignore[no-untyped-def]
    """Pieces of a talk that a talk with each lead takes: more the first time, for every field of
    the record that is lost, wrong or stale."""
    out = np.full(len(leads.row), PIECES, np.int64)
    for n in range(len(leads.row)):
        if leads.talked[n] > 0 or leads.spoilt[n] < 0:
            continue
        stale, bad = repeated(staleness, week - leads.landed[n]), 0
        for field in range(len(at_stale)):
            spoilt = (leads.spoilt[n] >> field) & 1 == 1
            bad += spoilt or uniform(word(person[leads.row[n]], at_stale[field])) < stale
        out[n] += np.int64(asking * PIECES * bad + 0.5)
    return out


@compiled
def _follow(score, unasked, rep, task, toil, room, taken):  # type: ignore[no-untyped-def]
    """Turn of each lead among those its rep follows up this week, best first, or -1; ``room`` and
    ``taken`` [task, rep] are pieces of talks there is time for, and those given away."""
    turn = np.full(len(score), -1, np.int64)
    for n in np.argsort(-score, kind="mergesort"):
        t, r = task[n], rep[n]
        if score[n] >= unasked[n] and taken[t, r] + toil[n] <= room[t, r]:
            turn[n] = taken[t, r]
            taken[t, r] += toil[n]
    return turn


@compiled
def _see(  # type: ignore[no-untyped-def]
    person, relation, here, sees, patch, owner, busy, cold, visit, room, taken
):
    """People reps see of their own accord in the time left: row, rep, task, and turn."""
    reps = room.shape[1]
    people = np.zeros((TASKS, reps), np.int64)
    for i in range(len(patch)):
        if here[i] == HERE and sees[i] and not busy[i]:
            people[relation[i] & ACTIVE, owner[patch[i]]] += 1
    limit, most = np.zeros((TASKS, reps), np.uint64), 64
    for t in range(TASKS):
        for r in range(reps):
            left = (room[t, r] - taken[t, r]) // PIECES
            most += 2 * left
            limit[t, r] = threshold(min(1.0, left / max(1, people[t, r])))
    row, luck, n = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for i in range(len(patch)):
        if here[i] != HERE or not sees[i] or busy[i]:
            continue
        t = relation[i] & ACTIVE
        drawn = high32(word(person[i], visit if t else cold))
        if drawn < limit[t, owner[patch[i]]] and n < most:
            row[n], luck[n] = i, np.int64(drawn)
            n += 1
    out = np.empty((4, n), np.int64)
    seen = 0
    for j in np.argsort(luck[:n], kind="mergesort"):
        i = row[j]
        t, r = relation[i] & ACTIVE, owner[patch[i]]
        if taken[t, r] + PIECES <= room[t, r]:
            out[0, seen], out[1, seen], out[2, seen], out[3, seen] = i, r, t, taken[t, r]
            taken[t, r] += PIECES
            seen += 1
    return out[:, :seen]


@compiled
def _times(talks, turn, room, person, stream, delay):  # type: ignore[no-untyped-def]
    """Put the moments of the talks in place."""
    for n in range(len(turn)):
        share = turn[n] / max(1, room[talks.task[n], talks.rep[n]])
        drawn = uniform(word(person[talks.row[n]], stream))
        talks.starts[n] = selling.answer_time(share, drawn, delay)


@compiled
def _call_on_stores(  # type: ignore[no-untyped-def]
    listed, luck, owner, bank, skill, listings, talk_hours, win, loss, care
):
    """Which outlets carry the firm after a week of visits, parts of visits, and how many outlets
    were lost and won; ``listings`` [rep, task] is what it comes to for each rep."""
    stores, reps = len(luck), len(bank)
    alike = np.zeros((max(1, reps), 2))
    for s in range(stores):
        alike[owner[s], np.int64(shelf.carried(s, listed))] += 1
    after, parts, lost, won = listed, 0, 0, 0
    for s in range(stores):
        carried, r, visits, able = shelf.carried(s, listed), owner[s], 0.0, 0.0
        task = FARM if carried else HUNT
        if reps > 0:
            visits = bank[r, task] / talk_hours / alike[r, np.int64(carried)]
            able = skill[r, task]
            listings[r, FARM] += loss * carried
            parts += int(visits * PARTS)
        bit = np.uint64(1) << np.uint64(s)
        if carried and luck[s] < shelf.loss_chance(loss, care, visits, able):
            after &= ~bit
            lost += 1
        elif not carried and luck[s] < shelf.win_chance(win, visits, able):
            after |= bit
            won += 1
            if reps > 0:
                listings[r, HUNT] += 1.0
    return after, parts, lost, won


@compiled
def _remember(talks, result, keep, wins, tried, firm_wins, firm_tried):  # type: ignore
    """Reps and the firm remember what came of talks, and forget a little of what they knew."""
    for k in range(len(firm_wins)):
        firm_wins[k] *= keep
        firm_tried[k] *= keep
        for r in range(len(wins)):
            wins[r, k] *= keep
            tried[r, k] *= keep
    for n in range(len(talks.row)):
        r, k = talks.rep[n], talks.kind[n]
        tried[r, k] += 1.0
        firm_tried[k] += 1.0
        if result[n] == WON:
            wins[r, k] += 1.0
            firm_wins[k] += 1.0


@compiled
def _progress(leads, talks, result, ordered, week, own, flows):  # type: ignore[no-untyped-def]
    """Move leads on by what came of the talks and book the fates of those that are decided.

    Args:
        ordered: bool [customer], who has ordered from the firm.
        own: source of the reps' own leads.

    Returns:
        Fates of leads, -1 where they stay open; and of leads of the reps' own that talks open, -1
        where they stay open and -2 where none is.
    """
    fates, opens = np.full(len(leads.row), -1, np.int64), np.full(len(talks.row), -2, np.int64)
    closing = np.full(7, -1, np.int64)
    closing[NOT_MET], closing[NO_NEED] = HAS_LEFT, NO_USE
    closing[RIVAL], closing[NOTHING], closing[WON] = TO_RIVAL, TO_NOTHING, BOUGHT
    for n in range(len(talks.row)):
        lead, came = talks.lead[n], result[n]
        found = came != NOT_MET and came != NO_NEED
        considered = found and came != NOT_CONSIDERED
        if lead < 0:
            if talks.task[n] == HUNT and found:  # somebody in need: a lead of one's own
                for flow in (CAME, ACCEPTED, WORKED, QUALIFIED):
                    flows[own, flow] += 1
                flows[own, OPPORTUNITY] += considered
                opens[n] = closing[came]
                if opens[n] >= 0:
                    flows[own, opens[n]] += 1
            continue
        source = leads.source[lead]
        flows[source, WORKED] += leads.talked[lead] == 0
        leads.talked[lead] += 1
        if leads.asked[lead] >= 0 and leads.waited[lead] < 0:
            weeks = np.float64(week - leads.asked[lead]) + talks.starts[n]
            leads.waited[lead] = np.int64(weeks * (WEEK_HOURS * PARTS))
        if found:
            flows[source, QUALIFIED] += leads.sign[lead] != OPEN
            leads.sign[lead] = OPEN
        if considered:
            flows[source, OPPORTUNITY] += leads.offered[lead] == 0
            leads.offered[lead] = 1
        if closing[came] >= 0:
            fates[lead] = closing[came]
            flows[source, fates[lead]] += 1
    for n in range(len(leads.row)):
        if fates[n] < 0 and ordered[leads.row[n]]:
            fates[n] = BOUGHT if leads.talked[n] > 0 else UNAIDED
            flows[leads.source[n], fates[n]] += 1
    return fates, opens


@compiled
def reduced(net, cut):  # type: ignore[no-untyped-def]
    """Cents per unit of talks with discounts: ``net`` before them, ``cut`` as logarithms."""
    out = np.empty(len(cut), np.int64)
    for n in range(len(cut)):
        out[n] = max(1, int(np.rint(net[n] * exp(-cut[n]))))
    return out


@compiled
def log_cuts(cut):  # type: ignore[no-untyped-def]
    """Shares of the price given away as logarithms of what they do to it."""
    out = np.empty(len(cut))
    for n in range(len(cut)):
        out[n] = log_price(1.0, 1.0 - cut[n])
    return out


@dataclass(frozen=True)
class Scene:
    """What a sales force finds at the beginning of its work in a week; columns over customers.

    ``clock`` weeks lived, ``week`` since the books opened; ``weight`` people each simulated
    customer stands for; ``seed`` of luck, ``origin`` of who people are; ``person`` keys of luck;
    ``relation`` with this firm; ``stores`` there are; ``delay`` hours after which an experiment has
    enquiries answered, -1 for no such thing; ``logged`` whether leads that end are put on record.
    """

    clock: int
    week: int
    weight: int
    seed: int
    origin: int
    person: np.ndarray
    patch: np.ndarray
    sees: np.ndarray
    relation: np.ndarray
    here: np.ndarray
    store: np.ndarray
    stores: int
    deliberation: float
    delay: np.ndarray
    logged: bool


@dataclass(frozen=True)
class Handing:
    """How leads are handed over: with what care (0 to 1), the share of names that are checked, and
    whether joint reviews tell both sides what became of leads."""

    rules: Organising
    care: float
    screening: float
    informed: bool


class Team:
    """The reps of a firm and its leads.

    Args:
        model: the Mesa model reps join.
        spec: of the firm.
        sources: touch codes there are; own leads have the next one.

    Attributes:
        reps: at work, in order of hiring. places: for them, -1: as declared. vacant: weeks in
            which empty places are filled.
        leads: open ones. listed: outlets that carry the firm, as bits.
        wins, tried: orders and talks by kind of lead, as the firm's records have them.
        rep_wins, rep_tried: as each rep remembers them, [rep, kind].
        flows: of leads this week, [source, flow]. counts: of all else, by account.
        talks: of this week. closed: rows of the log of leads of this week.
    """

    def __init__(self, model: mesa.Model, spec: FirmSpec, sources: int) -> None:
        self.model, self.spec, self.own = model, spec, sources
        self.kinds = (sources + 1) * SIGNS + TASKS  # the last ones: people nobody asked for
        self.reps: list[Rep] = []
        self.places = -1
        self.vacant: list[int] = []
        self.leads = NO_LEADS
        self.listed = draws.MASK
        self.wins, self.tried = np.zeros(self.kinds), np.zeros(self.kinds)
        self.rep_wins, self.rep_tried = (np.zeros((0, self.kinds)) for _ in range(2))
        self._owner, self._pull = np.zeros(PATCHES, np.int64), np.zeros(PATCHES, np.uint64)
        self.flows = np.zeros((sources + 1, len(LEAD_FLOWS)), np.int64)
        self.counts: Counter[int] = Counter()
        self.talks = NO_TALKS
        self.closed: list[np.ndarray] = []
        self._handing: Handing

    def idle(self, stores: int) -> bool:
        """Whether there is nobody to sell, no lead to lose, and no shelf."""
        return not (self.reps or self.wanted or len(self.leads.row) or stores)

    @property
    def wanted(self) -> int:
        """Places for reps."""
        return self.spec.sales.reps if self.places < 0 else self.places

    def enter(self, stores: int) -> None:
        """Outlets that carry the firm from the first week on: the largest."""
        if stores:
            self.listed = (1 << round(self.spec.distribution * stores)) - 1

    def open_week(self) -> None:
        """Begin to count anew."""
        self.flows[:] = 0
        self.counts.clear()
        self.talks = NO_TALKS
        self.closed = []

    def _stream(self, scene: Scene, decision: int) -> np.uint64:
        return np.uint64(kept_stream_key(decision, scene.clock, self.spec.id, 0))

    def _streams(self, scene: Scene, decision: int, size: int) -> np.ndarray:
        return np.array(
            [kept_stream_key(decision, scene.clock, self.spec.id, n) for n in range(size)],
            np.uint64,
        )

    # People come and go

    def staff(self, scene: Scene, lead: Lead) -> None:
        """Some quit, some are let go, places are filled."""
        force, rules = self.spec.sales, lead.rules
        stream = kept_stream_key(draws.QUIT, scene.clock, 0, 0)
        for rep in list(self.reps):
            luck = uniform(word(kept_person_key(scene.seed, rep.ident), stream))
            if luck < selling.quit_chance(rules.quitting, rep.usual_pay, rules.outside_pay):
                self._leave(rep, scene, book.QUIT, rules.vacancy)
        if scene.clock % YEAR == 0:
            self._look_back(scene, force.fire_below, rules.vacancy)
        while len(self.reps) + len(self.vacant) > self.wanted:
            if self.vacant:
                self.vacant.pop()
            else:
                self._leave(self.reps[-1], scene, book.FIRED, None)
        self.vacant = [week for week in self.vacant if week > scene.clock]
        new = self.wanted - len(self.reps) - len(self.vacant)
        for slot in range(new):
            self._hire(slot, scene, lead)
        if new and scene.clock > 0:  # the first ones have always been there
            self.counts[book.HIRED] += new
            self.counts[book.PAYROLL] += new * round(force.hiring_cost * 100)

    def _look_back(self, scene: Scene, fire_below: float, vacancy: int) -> None:
        """At the year's end, who sold far less than colleagues is let go."""
        mean = sum(rep.sold_year for rep in self.reps) / max(1, len(self.reps))
        for rep in list(self.reps):
            if scene.clock - rep.hired >= YEAR and rep.sold_year < fire_below * mean:
                self._leave(rep, scene, book.FIRED, vacancy)
        for rep in self.reps:
            rep.sold_year = 0.0

    def _hire(self, slot: int, scene: Scene, lead: Lead) -> None:
        rules, ident = lead.rules, draws.rep_ident(self.spec.id, scene.clock, slot)
        key = draws.person_key(scene.origin, ident)
        talent = [
            exp(rules.talent_spread * float(ndtri(uniform(word(key, kept_stream_key(
                draws.TALENT, 0, 0, task)))))) for task in range(TASKS)
        ]  # fmt: skip
        rep = Rep(self.model, ident, scene.clock, talent, rules.first_skill, lead)
        if scene.clock == 0:  # an old hand has the skill that half of the hours sustain
            for task in range(TASKS):
                gain = min(1.0, 0.5 * rules.learning * talent[task])
                if gain + rules.fading > 0.0:
                    rep.skill[task] = gain / (gain + rules.fading)
        self._join(rep, scene.origin)
        nobody = np.zeros((1, self.kinds))
        self.rep_wins = np.concatenate([self.rep_wins, nobody])
        self.rep_tried = np.concatenate([self.rep_tried, nobody])

    def _join(self, rep: Rep, origin: int) -> None:
        """Give a new rep the patches that are drawn to the rep most."""
        pull = _pulls(rep, origin, np.arange(PATCHES))
        stronger = pull > self._pull
        self._owner[stronger] = len(self.reps)
        self._pull[stronger] = pull[stronger]
        self.reps.append(rep)

    def _leave(self, rep: Rep, scene: Scene, account: int, vacancy: int | None) -> None:
        """A rep leaves; what belonged to the rep goes to the others."""
        place = self.reps.index(rep)
        self.reps.pop(place)
        rep.remove()
        self.rep_wins = np.delete(self.rep_wins, place, axis=0)
        self.rep_tried = np.delete(self.rep_tried, place, axis=0)
        if vacancy is not None:
            self.vacant.append(scene.clock + max(1, vacancy))
        self.counts[account] += 1
        if account == book.FIRED:
            self.counts[book.PAYROLL] += round(self.spec.sales.severance * 100)
        mine = np.flatnonzero(self._owner == place)
        self._owner[self._owner > place] -= 1
        self._owner[mine], self._pull[mine] = 0, 0
        if self.reps:
            pull = np.stack([_pulls(r, scene.origin, mine) for r in self.reps])
            self._owner[mine], self._pull[mine] = pull.argmax(axis=0), pull.max(axis=0)

    # The work of a week

    def work(self, scene: Scene, signs: np.ndarray, lead: Lead, handing: Handing) -> None:
        """Take leads on; choose hours; follow leads up while they seem worth more than somebody
        nobody asked for; see such people in the hours left.

        Args:
            signs: of interest in this firm last week, int64 [sign, 3]: row, source, flags; one a
                customer at most.
            handing: how leads are handed over.
        """
        self._handing = handing
        fates = _expire(self.leads, scene.here, scene.clock, lead.rules.lead_life, self.flows)
        self._close(scene, fates)
        before = len(self.leads.row)
        self._land(scene, signs, lead)
        if not self.reps:
            return
        for rep in self.reps:
            rep.decide(scene.week, lead, scene.deliberation)
        leads, rules, force = self.leads, lead.rules, self.spec.sales
        tenure = np.array([scene.clock - r.hired for r in self.reps], np.float64)
        score, unasked, rep_of, task, kind = _judge(
            leads, scene.clock, self._owner, scene.patch, scene.relation, scene.person,
            self._stream(scene, draws.JUDGEMENT), tenure, self.rep_wins, self.rep_tried, self.wins,
            self.tried, rules.belief_weight, float(rules.lead_life), rules.judgement,
            force.tracking,
        )  # fmt: skip
        held = np.where(leads.asked >= 0, scene.delay[leads.row], -1.0)
        held[leads.waited >= 0] = -1.0
        score[held >= 0.0] = np.inf  # an experiment sees to it that they are answered in time
        refused = (np.arange(len(leads.row)) >= before) & (score < unasked)
        np.add.at(self.flows[:, ACCEPTED], leads.source[before:][~refused[before:]], 1)
        np.add.at(self.flows[:, REJECTED], leads.source[refused], 1)
        score[(held >= 0.0) & (scene.clock - leads.asked < np.floor(held / WEEK_HOURS))] = -1.0
        self._close(scene, np.where(refused, REJECTED, -1))
        score, unasked, rep_of, task, kind, held = (
            c[~refused] for c in (score, unasked, rep_of, task, kind, held)
        )
        self.talks = self._talk(scene, lead, score, unasked, rep_of, task, kind)
        answers = np.append(held, -1.0)[self.talks.lead]  # talks without a lead have the place -1
        timed = answers >= 0.0
        self.talks.starts[timed] = np.minimum(
            selling.NEARLY, answers[timed] % WEEK_HOURS / WEEK_HOURS
        )

    def _land(self, scene: Scene, signs: np.ndarray, lead: Lead) -> None:
        """Last week's signs of interest become leads."""
        row, source, flags = np.ascontiguousarray(signs.T)
        sign, checked = _land(
            self.leads, row, source, flags, scene.here, scene.person, scene.clock,
            self._stream(scene, draws.SIGN), self._stream(scene, draws.SCREENING),
            lead.rules.reading, self._handing.screening, self.flows,
        )  # fmt: skip
        cost = round(self.spec.sales.screening_cost * 100)
        self.counts[book.SCREENING] += checked * cost * scene.weight
        new = sign >= 0
        none = np.zeros(int(new.sum()), np.int64)
        asked = np.where(sign[new] == ASKED, scene.clock, -1)
        sign, spoilt = self._hand_over(scene, row[new], sign[new])
        self._add(
            Leads(row[new], source[new], none + scene.clock, sign, none, none, asked, none - 1,
                  spoilt)
        )  # fmt: skip

    def _hand_over(
        self, scene: Scene, row: np.ndarray, sign: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What of the records of names arrives at sales: their sign, and the fields that are lost
        or wrong, as bits. Who asks comes to sales directly."""
        rules, careless = self._handing.rules, 1.0 - self._handing.care
        sign, spoilt = sign.copy(), np.zeros(len(row), np.int64)
        handed, bad = _spoil(
            row, sign, spoilt, scene.person, self._streams(scene, draws.HANDOFF, len(FIELDS)),
            rules.handoff_loss * careless, rules.handoff_error * careless,
        )  # fmt: skip
        self.counts[book.HANDED] += handed
        self.counts[book.SPOILT] += bad
        return sign, spoilt

    def _add(self, more: Leads) -> None:
        if len(more.row):
            columns = zip(self.leads, more, strict=True)
            self.leads = Leads(*(np.concatenate(pair) for pair in columns))

    def _close(self, scene: Scene, fates: np.ndarray) -> None:
        """Take out and log the leads that have a fate (-1: none yet)."""
        ends = fates >= 0
        if ends.any():
            ended = Leads(*(column[ends] for column in self.leads))
            if scene.logged:
                self._log(scene, ended, fates[ends])
            self._blame(scene, ended, fates[ends])
            self.leads = Leads(*(column[~ends] for column in self.leads))

    def _log(self, scene: Scene, leads: Leads, fates: np.ndarray) -> None:
        """Rows for the log of leads: customer, rep (week hired * 2**20 + place), source, weeks in
        which it came and asked (the warm-up included), parts of hours until answered, talks,
        fate."""
        numbers = [rep.ident & ((1 << 44) - 1) for rep in self.reps] or [-1]
        rep = np.array(numbers)[self._owner[scene.patch[leads.row]]]
        columns = (
            leads.row, rep, leads.source, leads.landed, leads.asked, leads.waited, leads.talked,
            np.array(LEAD_FLOWS)[fates],
        )  # fmt: skip
        self.closed.append(np.stack(columns, axis=1))

    def _blame(self, scene: Scene, leads: Leads, fates: np.ndarray) -> None:
        """Each side books lost leads that were handed over to itself or to the other."""
        lost, market, sales = _blame(
            leads, fates, self.own, scene.person, self._streams(scene, draws.BLAME, 2),
            self._handing.informed, self._handing.rules.self_serving,
        )  # fmt: skip
        self.counts[book.LOST] += lost
        self.counts[book.BLAMED_MARKET] += market
        self.counts[book.BLAMED_SALES] += sales

    def _talk(
        self, scene: Scene, lead: Lead, score: np.ndarray, unasked: np.ndarray, rep_of: np.ndarray,
        task: np.ndarray, kind: np.ndarray,
    ) -> Talks:  # fmt: skip
        """Whom reps talk to, and when."""
        cost = lead.rules.talk_hours * scene.weight
        banks = np.array([rep.bank for rep in self.reps]).T
        room = (banks / cost * PIECES).astype(np.int64, order="C")
        taken = np.zeros_like(room)
        rules = self._handing.rules
        at_stale = self._streams(scene, draws.STALE, len(FIELDS))
        toil = _toil(self.leads, scene.clock, scene.person, at_stale, rules.staleness, rules.asking)
        turn = _follow(score, unasked, rep_of, task, toil, room, taken)
        worth = np.flatnonzero(turn >= 0)
        busy = np.zeros(len(scene.patch), np.uint8)
        busy[self.leads.row] = 1
        row, rep, own_task, own_turn = _see(
            scene.person, scene.relation, scene.here, scene.sees, scene.patch, self._owner, busy,
            self._stream(scene, draws.COLD_CALL), self._stream(scene, draws.VISIT), room, taken,
        )  # fmt: skip
        for r, member in enumerate(self.reps):
            for t in range(TASKS):  # what is not enough for a talk is kept, the rest is idle
                used = float(taken[t, r]) / PIECES * cost
                member.bank[t] = min(member.bank[t] - used, cost)
        both = np.concatenate
        talks = Talks(
            row=both([self.leads.row[worth], row]),
            rep=both([rep_of[worth], rep]),
            task=both([task[worth], own_task]),
            lead=both([worth, np.full(len(row), -1)]),
            kind=both([kind[worth], self.kinds - TASKS + own_task]),
            starts=np.zeros(len(worth) + len(row)),
        )
        delay = self.spec.sales.answer_hours / WEEK_HOURS
        _times(talks, both([turn[worth], own_turn]), room, scene.person,
               self._stream(scene, draws.ANSWER), delay)  # fmt: skip
        return talks

    def call_on_stores(self, scene: Scene, lead: Lead, rules: Shelf) -> None:
        """Reps visit the outlets of their territories: those that do not carry the firm in the
        hours for hunting, the others in those for farming, all of a kind alike."""
        for rep in self.reps:
            rep.decide(scene.week, lead, scene.deliberation)
        luck = draws.uniform_column(
            word(_store_keys(scene.seed, scene.stores), self._stream(scene, draws.LISTING))
        )
        shape = len(self.reps), TASKS
        bank, skill = (
            np.array([getattr(rep, name) for rep in self.reps], np.float64).reshape(shape)
            for name in ("bank", "skill")
        )
        results = np.zeros(shape)
        listed, visits, lost, won = _call_on_stores(
            np.uint64(self.listed), luck, self._owner, bank, skill, results,
            lead.rules.talk_hours, rules.win, rules.loss, rules.care,
        )  # fmt: skip
        self.listed = int(listed)
        for account, number in (
            (book.STORE_VISITS, visits), (book.LISTINGS_LOST, lost), (book.LISTINGS_WON, won),
        ):  # fmt: skip
            self.counts[account] += number
        for rep, listings in zip(self.reps, results.tolist(), strict=True):
            rep.listings = listings
        for rep in self.reps:
            rep.bank = [0.0] * TASKS
        self.counts[book.LISTED] = self.listed.bit_count()

    # What came of it

    def learn(
        self, scene: Scene, lead: Lead, result: np.ndarray, row: np.ndarray, cents: np.ndarray
    ) -> None:
        """Close leads, credit sales, pay, and learn.

        Args:
            result: of the week's talks, as in :class:`sim.engines.protocol.Calls`.
            row, cents: customers who ordered from the firm, and what for.
        """
        worth = cents * (scene.weight / 100.0)
        if scene.stores:
            self._pay_stores(scene, lead, row, worth)
            return
        talks, leads = self.talks, self.leads
        _remember(talks, result, lead.rules.belief_keep, self.rep_wins, self.rep_tried, self.wins,
                  self.tried)  # fmt: skip
        answered = leads.waited >= 0
        worked, talked, ordered = (np.zeros(len(scene.patch), bool) for _ in range(3))
        worked[leads.row[leads.talked > 0]] = True
        worked[talks.row[(talks.lead >= 0) | (result == WON)]] = True
        talked[talks.row] = True
        ordered[row] = True
        fates, opens = _progress(leads, talks, result, ordered, scene.clock, self.own, self.flows)
        now = (leads.waited >= 0) & ~answered
        self.counts[book.ANSWERED] += int(now.sum())
        self.counts[book.ANSWER_HOURS] += int(leads.waited[now].sum())
        new = opens >= -1
        none = np.zeros(int(new.sum()), np.int64)
        offered = (result[new] != NOT_CONSIDERED).astype(np.int64)
        self._add(Leads(talks.row[new], none + self.own, none + scene.clock, none + OPEN, none + 1,
                        offered, none - 1, none - 1, none - 1))  # fmt: skip
        self._close(scene, np.concatenate([fates, opens[new]]))
        self._pay(scene, lead, worked[row], talked[row] | worked[row], row, worth)

    def _pay(
        self, scene: Scene, lead: Lead, worked: np.ndarray, talked: np.ndarray, row: np.ndarray,
        worth: np.ndarray,
    ) -> None:  # fmt: skip
        """Reps are paid for orders of their customers and of leads they have worked; they take what
        comes of their talks, this week or on open leads, to be the result of their hours."""
        reps = len(self.reps)
        if not reps:
            return
        active = (scene.relation[row] & ACTIVE).astype(np.int64)
        credited, owner = (active > 0) | worked, self._owner[scene.patch[row]]
        value = np.bincount(owner[credited], worth[credited], minlength=reps)
        number = np.bincount(owner[credited], minlength=reps) * scene.weight
        at = (owner * TASKS + active)[talked]
        results = np.bincount(at, worth[talked], minlength=TASKS * reps).reshape(-1, TASKS)
        for r, rep in enumerate(self.reps):
            self._pay_rep(
                scene, rep, lead, float(value[r]), int(number[r]), tuple(results[r].tolist())
            )

    def _pay_stores(self, scene: Scene, lead: Lead, row: np.ndarray, worth: np.ndarray) -> None:
        """Reps are paid for what their outlets sell. A listing won is taken to be worth a quarter's
        sales of an outlet, and so is one that would have been lost."""
        reps = len(self.reps)
        if not reps:
            return
        owner = self._owner[scene.store[row]]
        value = np.bincount(owner, worth, minlength=reps)
        number = np.bincount(owner, minlength=reps) * scene.weight
        quarter = YEAR / 4 * float(worth.sum()) / max(1, self.counts[book.LISTED])
        for r, rep in enumerate(self.reps):
            results = (rep.listings[HUNT] * quarter, rep.listings[FARM] * quarter)
            self._pay_rep(scene, rep, lead, float(value[r]), int(number[r]), results)

    def _pay_rep(
        self, scene: Scene, rep: Rep, lead: Lead, value: float, orders: int,
        results: tuple[float, ...],
    ) -> None:  # fmt: skip
        pay = rep.sell(scene.week, lead, value, orders, results)
        worked = self.spec.sales.hours * rep.effort
        self.counts[book.REPS] += 1
        self.counts[book.PAYROLL] += round(pay * 100)
        self.counts[book.HOURS] += int(worked * PARTS)
        self.counts[book.HUNT_HOURS] += int(worked * rep.hunt * PARTS)
        self.counts[book.SKILL] += int(0.5 * (rep.skill[HUNT] + rep.skill[FARM]) * PARTS)
        self.counts[book.HUNT_SKILL] += int(rep.skill[HUNT] * PARTS)

    # Saving

    SAVED = ("wins", "tried", "rep_wins", "rep_tried")

    def plain(self) -> dict[str, np.ndarray]:
        """Everything a team remembers, as arrays."""
        out = {f"lead_{name}": column.copy() for name, column in self.leads._asdict().items()}
        out |= {name: getattr(self, name).copy() for name in self.SAVED}
        out["places"] = np.array([self.places], np.int64)
        out["vacant"] = np.array(self.vacant, np.int64)
        out["listed"] = np.array([self.listed], np.uint64)
        for name in Rep.STATE:
            kind = np.uint64 if name == "ident" else np.float64
            out[f"rep_{name}"] = np.array([getattr(rep, name) for rep in self.reps], kind)
        return out

    def load(self, saved: dict[str, np.ndarray], origin: int, lead: Lead) -> None:
        """Put a saved memory in place."""
        self.leads = Leads(*(saved[f"lead_{name}"] for name in Leads._fields))
        for name in self.SAVED:
            setattr(self, name, saved[name].copy())
        self.vacant, self.places = saved["vacant"].tolist(), int(saved["places"][0])
        self.listed = int(saved["listed"][0])
        for n, ident in enumerate(saved["rep_ident"].tolist()):
            rep = Rep(self.model, ident, int(saved["rep_hired"][n]), [], 0.0, lead)
            for name in Rep.STATE[2:]:
                setattr(rep, name, saved[f"rep_{name}"][n].tolist())
            self._join(rep, origin)


@cache
def _patch_streams() -> np.ndarray:
    """Stream keys of all patches, uint64 [patch]."""
    return np.array([kept_stream_key(draws.PATCH, 0, 1, n) for n in range(PATCHES)], np.uint64)


def _pulls(rep: Rep, origin: int, patches: np.ndarray) -> np.ndarray:
    """How strongly patches are drawn to a rep, uint64; the rep they are drawn to most has them."""
    return np.asarray(
        word(np.uint64(draws.person_key(origin, rep.ident)), _patch_streams()[patches])
    )


@cache
def _store_keys(seed: int, stores: int) -> np.ndarray:
    """Keys of outlets, uint64 [store]."""
    keys = [draws.person_key(seed, draws.store_ident(s)) for s in range(stores)]
    return np.array(keys, np.uint64)
