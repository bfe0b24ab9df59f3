"""The sales force: every lead has one fate, territories stay, results are remembered and fade."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from sim import draws
from sim.agents.sales.calls import kinds, remember
from sim.agents.sales.columns import CALL
from sim.agents.sales.forces import SalesForces
from sim.agents.sales.territories import Territories
from sim.compile import compiled
from sim.engines.protocol import GONE
from sim.ledger import accounts as acc
from sim.ledger.accounts import ACCOUNTS, FATES, LEAD_FLOWS
from sim.market.population import PATCHES
from sim.rules.leads import CAME, NO_NEED, NOT_MET, RESULTS, SCREENED, STAGES, WON
from sim.rules.selling import TASKS
from tests.scripted import ScriptedMarket

NO_INTEREST = np.zeros((0, 3), np.int64)
ENDS = [n for n, account in enumerate(LEAD_FLOWS) if account in FATES]


def test_stages_of_leads_are_in_the_order_of_their_accounts():
    assert dict(zip(STAGES, LEAD_FLOWS, strict=True)) == {
        "came": acc.LEADS, "screened": acc.SCREENED, "accepted": acc.ACCEPTED,
        "rejected": acc.REJECTED, "worked": acc.WORKED, "qualified": acc.QUALIFIED,
        "opportunity": acc.OPPORTUNITIES, "bought": acc.LEADS_WON, "unaided": acc.UNAIDED,
        "no_use": acc.LOST_NO_NEED, "to_rival": acc.LOST_RIVAL, "to_nothing": acc.LOST_NOTHING,
        "has_left": acc.LOST_LEFT, "given_up": acc.GIVEN_UP,
        "never_followed": acc.NEVER_FOLLOWED,
    }  # fmt: skip


def _weeks(market, firm, weeks, rng):
    """Sell with random interest and random results of calls; gives flows of leads, week by week,
    and the rows of the log."""
    flows, logged = [], 0
    for _ in range(weeks):
        rows = rng.choice(64, 8, replace=False)
        interest = np.stack([rows, rng.integers(0, firm.sales.leads.own, 8),
                             rng.integers(0, 4, 8)], axis=1)  # fmt: skip
        market.engine.state["here"][rng.integers(0, 64)] = GONE
        firm.work_quality[:] = 1.0
        market.sell(firm, interest)
        called = np.sort(firm.sales.calls.row)
        result = rng.integers(0, len(RESULTS), len(called)).astype(np.uint8)
        ordered = np.union1d(called[result == WON], rng.choice(64, 3))
        market.learn(firm, ordered, [4000] * len(ordered), result)
        flows.append(firm.sales.leads.flows.copy())
        logged += sum(len(rows) for rows in firm.sales.leads.closed)
        market.book({})
    return np.array(flows), logged


def test_every_lead_is_open_or_has_exactly_one_fate():
    market = ScriptedMarket(
        "firms.birch.sales.reps=3", "selling.talk_hours=8", "selling.lead_life=5",
        "selling.quitting=0.05", "selling.vacancy=2", "firms.birch.sales.screening=0.5",
        "log.leads=true",
    )  # fmt: skip
    firm = market.firms["birch"]
    flows, logged = _weeks(market, firm, 60, np.random.default_rng(8))
    total, rows = flows.sum(axis=0), firm.sales.leads.open
    still_open = np.bincount(rows.source, minlength=len(total))
    assert total[:, CAME].tolist() == (total[:, ENDS].sum(axis=1) + still_open).tolist()
    assert len(set(rows.row.tolist())) == len(rows.row), "a customer has one open lead at most"
    assert logged == total[:, ENDS].sum() - total[:, SCREENED].sum()
    fates = Counter({STAGES[n]: int(total[:, n].sum()) for n in ENDS})
    assert min(fates.values()) > 0, f"a fate that never occurs shows nothing: {fates}"


def test_old_leads_are_given_up_or_were_never_followed():
    market = ScriptedMarket("firms.birch.sales.reps=0", "selling.lead_life=3")
    firm = market.firms["birch"]
    interest = np.array([[5, market.source("service"), 1]])
    firm.sales.places, firm.sales.vacant = 1, [99]  # a place, but nobody in it yet
    never = []
    for _ in range(5):
        market.sell(firm, interest if market.week == 0 else NO_INTEREST)
        never.append(int(firm.sales.leads.flows[:, STAGES.index("never_followed")].sum()))
        market.book({})
    assert never == [0, 0, 0, 1, 0]


# Territories


def _idents(count):
    return [draws.rep_ident(2, 0, slot) for slot in range(count)]


def _territories():
    return Territories(np.zeros(PATCHES, np.int64), np.zeros(PATCHES, np.uint64))


def _served_by(territories, idents):
    return np.array(idents, np.uint64)[territories.owner]


def test_a_rep_who_joins_takes_patches_from_all_and_moves_no_others():
    territories, idents = _territories(), _idents(4)
    for place, ident in enumerate(idents[:3]):
        territories.join(place, ident, 1)
    before = _served_by(territories, idents)
    territories.join(3, idents[3], 1)
    after = _served_by(territories, idents)
    moved = before != after
    assert (after[moved] == idents[3]).all()
    assert set(before[moved]) == set(np.array(idents[:3], np.uint64))
    assert moved.sum() == pytest.approx(PATCHES / 4, abs=5 * np.sqrt(PATCHES * 3 / 16))


@pytest.mark.parametrize("place", [0, 1, 3])
def test_the_patches_of_a_rep_who_leaves_go_to_the_others_and_no_other_moves(place):
    territories, idents = _territories(), _idents(4)
    for n, ident in enumerate(idents):
        territories.join(n, ident, 1)
    before = _served_by(territories, idents)
    left = idents.pop(place)
    territories.leave(place, idents, 1)
    after = _served_by(territories, idents)
    assert ((before != after) == (before == left)).all()
    territories.join(3, left, 1)
    assert (_served_by(territories, [*idents, left]) == before).all(), "they return with the rep"


def test_the_last_rep_leaves_and_the_next_one_gets_everything():
    territories, (first, second) = _territories(), _idents(2)
    territories.join(0, first, 1)
    territories.leave(0, [], 1)
    territories.join(0, second, 1)
    assert (territories.owner == 0).all()


def test_dismissals_and_hires_move_patches_of_nobody_else_and_are_paid_for():
    market = ScriptedMarket("firms.birch.sales.reps=4", "selling.quitting=0")
    firm = market.firms["birch"]
    market.sell(firm, NO_INTEREST)
    assert firm.booked[acc.HIRED] == 0, "those of the first week cost nothing"
    served = [_served_by(firm.sales.territories, [rep.ident for rep in firm.sales.reps])]
    idents = [[rep.ident for rep in firm.sales.reps]]
    for places, account, cost in ((3, acc.FIRED, "severance"), (5, acc.HIRED, "hiring_cost")):
        market.book({})
        firm.sales.places = places
        market.sell(firm, NO_INTEREST)
        number = abs(places - len(idents[-1]))
        assert firm.booked[account] == number
        assert firm.booked[acc.PAYROLL] == number * 100 * getattr(firm.spec.sales, cost)
        idents.append([rep.ident for rep in firm.sales.reps])
        served.append(_served_by(firm.sales.territories, idents[-1]))
    (left,) = set(idents[0]) - set(idents[1])
    assert ((served[0] != served[1]) == (served[0] == left)).all()
    new = list(set(idents[2]) - set(idents[1]))
    assert ((served[1] != served[2]) == np.isin(served[2], np.array(new, np.uint64))).all()


def test_a_place_that_is_left_stays_empty_for_a_while():
    market = ScriptedMarket("firms.birch.sales.reps=1", "selling.vacancy=3", "selling.quitting=0")
    firm, at_work = market.firms["birch"], []
    for week in range(6):
        market.config.selling.quitting = 1e6 if week == 1 else 0.0  # the chance of it is then 1
        market.sell(firm, NO_INTEREST)
        at_work.append(len(firm.sales.reps))
        market.book({})
    assert at_work == [1, 0, 0, 0, 1, 1]


# Beliefs


@compiled
def _remember(columns, calls):
    remember(columns, 0, calls)


def _forces(keep, reps=2):
    """The sales force of one firm, with reps who have made no call."""
    forces = SalesForces(1, 2, np.zeros((1, len(ACCOUNTS)), np.int64))
    forces.columns.terms["selling"]["belief_keep"] = keep
    for _ in range(reps):
        forces.join(0)
    return forces


def _beliefs(forces):
    firm, reps = forces.beliefs(0)
    return firm["wins"], firm["tried"], reps["wins"], reps["tried"]


def _call(forces, kinds, reps, results):
    """Remember the results of calls, each on a kind of lead by a rep."""
    calls = np.zeros(len(kinds), CALL)
    calls["kind"], calls["rep"], calls["result"] = kinds, reps, results
    forces.columns.forces["calls_end"] = len(kinds)
    _remember(forces.columns, calls)


def test_results_are_remembered_by_the_firm_and_by_the_rep_and_fade():
    forces = _forces(0.5)
    _call(forces, [2, 2, 5], [0, 1, 1], [WON, NO_NEED, WON])
    wins, tried, rep_wins, rep_tried = _beliefs(forces)
    assert (wins[2], tried[2], wins[5]) == (1.0, 2.0, 1.0)
    assert rep_wins[:, 2].tolist() == [1.0, 0.0]
    assert rep_tried[:, 2].tolist() == [1.0, 1.0]
    _call(forces, [2], [0], [NOT_MET])
    assert (wins[2], tried[2]) == (0.5, 2.0)
    assert rep_tried[:, 2].tolist() == [1.5, 0.5]


def test_a_rep_who_leaves_takes_his_memories_and_the_firm_keeps_its_own():
    forces = _forces(1.0)
    _call(forces, [2, 5], [0, 1], [WON, WON])
    forces.leave(0, 0)
    wins, _, rep_wins, _ = _beliefs(forces)
    assert rep_wins.tolist() == [[float(k == 5) for k in range(len(wins))]]
    assert (wins[2], wins[5]) == (1.0, 1.0)
    forces.join(0)
    assert not _beliefs(forces)[3][1].any(), "a new rep remembers nothing"


def test_there_is_a_kind_for_every_source_and_sign_and_for_calls_unasked():
    assert kinds(3) - kinds(2) == 4
    assert kinds(0) == TASKS


# Reps


def test_a_rep_is_a_view_of_a_record_and_can_be_changed():
    market = ScriptedMarket("firms.birch.sales.reps=3", "selling.quitting=0")
    firm = market.firms["birch"]
    market.sell(firm, NO_INTEREST)
    first, second, third = firm.sales.reps
    second.skill = [0.25, 0.5]
    second.skill[1] += 0.25
    second.sold = 12.0
    assert (second.skill.tolist(), second.sold) == ([0.25, 0.75], 12.0)
    assert firm.state()["sales/rep_skill"][1].tolist() == [0.25, 0.75]
    market.config.selling.quitting = 0.0
    firm.sales.places = 2
    market.book({})
    market.sell(firm, NO_INTEREST)
    assert firm.sales.reps == [first, second]
    assert third.hired == 0, "of a rep who has left the last values can be read"
    assert (second.skill.tolist(), second.sold) == ([0.25, 0.75], 12.0)


def test_a_rep_who_leaves_moves_no_values_of_the_others():
    market = ScriptedMarket("firms.birch.sales.reps=20", "selling.quitting=0.3")
    firm = market.firms["birch"]
    market.sell(firm, NO_INTEREST)
    talents = {rep.ident: rep.talent.tolist() for rep in firm.sales.reps}
    for _ in range(4):
        market.book({})
        market.sell(firm, NO_INTEREST)
    left = [rep for rep in firm.sales.reps if rep.ident in talents]
    assert 0 < len(left) < 20
    assert all(rep.talent.tolist() == talents[rep.ident] for rep in left)


def test_the_log_of_leads_holds_every_lead_that_ends_once():
    market = ScriptedMarket(
        "firms.birch.sales.reps=0", "selling.lead_life=1", "log.leads=true"
    )  # fmt: skip
    firm, source = market.firms["birch"], market.source("service")
    firm.sales.places, firm.sales.vacant = 1, [99]
    interest = np.array([[row, source, 1] for row in (5, 7)])
    market.sell(firm, interest)
    assert firm.sales.leads.closed == []
    market.book({})
    market.sell(firm, NO_INTEREST)
    (rows,) = firm.sales.leads.closed
    assert rows[:, [0, 1, 2]].tolist() == [[5, -1, source], [7, -1, source]]
