"""The executive notices a loss late, and reacts for a while as its firm is declared to."""

from __future__ import annotations

import numpy as np
import pytest

from sim.ledger import accounts as acc
from sim.rules.organising import MOST_DISCOUNT
from tests.scripted import ScriptedMarket

ALDER, BIRCH = 0, 1
LOSS = 40
"""Week from which birch sells half."""


def _decisions(*words, rival_deal=0.0, deal_weeks=range(60), rival_spend=0):
    """Decisions of birch over 58 weeks and the week after its reaction. Revenue of 100.00 a week
    varies a little from month to month; alder spends 10.00 a week, and ``rival_spend`` cents more
    from the week of the loss on."""
    market = ScriptedMarket(
        "firms.birch.sales.reps=0", *(f"firms.birch.organisation.{w}" for w in words)
    )
    levers, out = market.levers(), []
    for week in range(60):
        out.append(market.decide("birch", levers))
        revenue = 10_000 + 200 * (week // 4 % 2) if week < LOSS else 5_000
        accounts = {
            (BIRCH, acc.REVENUE): revenue, (BIRCH, acc.LIST_VALUE): revenue,
            (ALDER, acc.REVENUE): round(10_000 * (1.0 - rival_deal * (week in deal_weeks))),
            (ALDER, acc.LIST_VALUE): 10_000,
        }  # fmt: skip
        spent = 1_000 + (rival_spend if week >= LOSS - 8 else 0)
        market.book(accounts, {(ALDER, 0): spent})
    return out, market.config.organising


def _when(decisions, value):
    return [week for week, decided in enumerate(decisions) if value(decided)]


def test_a_loss_is_noticed_after_the_delay_and_answered_for_some_weeks():
    decisions, params = _decisions("reaction=retaliate", "step=0.1")
    first = LOSS + 1 + params.seen_delay
    assert _when(decisions, lambda d: d.discount > 0.0) == list(
        range(first, first + params.reaction_weeks)
    )
    assert {d.discount for d in decisions} == {0.0, 0.1}
    assert len({d.spend.sum() for d in decisions}) == 1


def test_a_passive_firm_does_not_react():
    decisions, _ = _decisions("reaction=passive", "step=0.1")
    assert {d.discount for d in decisions} == {0.0}


def test_an_imitator_gives_the_deepest_discount_of_its_rivals():
    decisions, _ = _decisions("reaction=imitate", rival_deal=0.25)
    assert {d.discount for d in decisions} == {0.0, 0.25}


def test_an_imitator_without_a_cheaper_rival_leaves_its_price():
    decisions, _ = _decisions("reaction=imitate", rival_deal=0.0)
    assert {d.discount for d in decisions} == {0.0}


def test_an_imitator_answers_a_deal_that_is_over_when_it_sees_the_loss():
    decisions, params = _decisions(
        "reaction=imitate", rival_deal=0.25, deal_weeks=range(LOSS, LOSS + 2)
    )
    first = LOSS + 1 + params.seen_delay
    assert params.seen_delay > 2
    assert _when(decisions, lambda d: d.discount == 0.25)[0] == first


def test_an_imitator_with_nothing_to_imitate_goes_on_watching():
    late = LOSS + 8
    decisions, params = _decisions(
        "reaction=imitate", rival_deal=0.25, deal_weeks=range(late, late + 1)
    )
    noticed = LOSS + 1 + params.seen_delay
    assert noticed < late < noticed + params.reaction_weeks
    assert _when(decisions, lambda d: d.discount == 0.25)[0] <= late + 1


def test_a_firm_may_answer_with_spend_instead():
    decisions, _ = _decisions("reaction=retaliate", "instrument=spend", "step=0.5")
    assert {d.discount for d in decisions} == {0.0}
    assert {int(d.spend.sum()) for d in decisions} == {4_100_000, 6_150_000}


def test_a_rise_in_a_rivals_spend_is_imitated():
    decisions, params = _decisions("reaction=imitate", "instrument=spend", rival_spend=1_000)
    first = LOSS + 1 + params.seen_delay
    before, now = np.full(13, 1_000), np.full(13, 2_000)
    rise = now.sum() / before.sum() - 1.0
    assert int(decisions[first].spend.sum()) == pytest.approx(4_100_000 * (1.0 + rise), abs=4)


def test_a_discount_never_exceeds_the_deepest_one_allowed():
    market = ScriptedMarket("firms.birch.sales.reps=0")
    decided = market.decide("birch", by_hand={"discount": 0.95})
    assert decided.discount == MOST_DISCOUNT == 0.9


def test_the_offer_moves_towards_the_taste_that_messages_address():
    market = ScriptedMarket("firms.birch.position=0.4", "firms.birch.organisation.adapt=0.5")
    executive = market.firms["birch"].executive
    positions = []
    for _ in range(3):
        executive.adapt(0.8)
        positions.append(executive.position)
    assert positions == pytest.approx([0.6, 0.7, 0.75])
