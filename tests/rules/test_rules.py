"""Rules: within bounds, monotone where documented, and the same bits plain and compiled."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from sim.compile import compiled
from sim.rules import (
    attention,
    category,
    choice,
    credit,
    flow,
    information,
    leads,
    loyalty,
    media,
    memory,
    organising,
    pay,
    pricing,
    selling,
    shelf,
    stock,
    talk,
)

PLAN = (15_000.0, 0.02, 0.03, 4000.0, 9000.0)
"""Quota, commission, accelerator, bonus, ceiling."""

RULES = {
    "attention.is_addressed_as_customer": lambda r: (
        bool(r.integers(0, 2)), int(r.integers(-1, 30)), int(r.integers(0, 60)),
        int(r.choice([0, 13])),
    ),
    "attention.weeks_seen": lambda r: (
        int(r.integers(-1, 30)), int(r.choice([0, 52])), int(r.integers(1, 60)),
    ),
    "attention.tail_chance": lambda r: (r.exponential(1.0), int(r.integers(1, 5))),
    "attention.attention_left": lambda r: (r.exponential(5.0), r.random()),
    "attention.repeated": lambda r: (r.random(), int(r.integers(0, 5))),
    "attention.reached": lambda r: (r.random(), r.random()),
    "attention.addressed": lambda r: tuple(r.random(4)),
    "attention.claimed": lambda r: tuple(r.random(2)),
    "attention.weight_of_claims": lambda r: (r.random() < 0.5, r.random()),
    "attention.dialogue_of_readers": lambda r: (1.0 + 4.0 * r.random(), r.random()),
    "attention.further_gain": lambda r: (r.random(), r.choice([r.random(), 1.0])),
    "attention.forgotten": lambda r: (r.random(), r.random()),
    "attention.relevant": lambda r: (r.normal(0.5, 0.5), r.random(), r.exponential(1.0)),
    "attention.capture_chance": lambda r: (r.random(), r.exponential(1.0), r.random() < 0.5),
    "organising.sustained": lambda r: tuple(r.random(3)),
    "organising.shortfall": lambda r: tuple(r.random(4)),
    "organising.field_state": lambda r: tuple(r.random(3)),
    "organising.next_handoff_care": lambda r: (*r.random(3), r.random() < 0.5),
    "organising.blames_other": lambda r: (
        r.random() < 0.5, r.random() < 0.5, r.random(), r.random(),
    ),
    "organising.recent_blame": lambda r: (*r.random(2), float(r.integers(0, 3)), r.random()),
    "organising.distrusted": lambda r: tuple(r.random(3)),
    "organising.offer_fit": lambda r: (r.random() < 0.5, r.random() < 0.5, r.random()),
    "organising.estimate": lambda r: (*r.exponential(20.0, 3), r.random()),
    "organising.reshared": lambda r: (r.random(), r.exponential(1.0), r.random()),
    "organising.probed": lambda r: (
        r.normal(), r.normal(), bool(r.random() < 0.5), r.normal(),
    ),
    "organising.moved": lambda r: tuple(r.random(3)),
    "attention.click_chance": lambda r: (
        r.random() / 10,
        r.exponential(1.0),
        bool(r.random() < 0.5),
        10.0,
        int(r.integers(0, 5)),
    ),
    "media.followed": lambda r: (int(r.integers(0, 2**63)), (1 << int(r.integers(0, 64))) - 1),
    "media.contact_price": lambda r: (r.random(), r.exponential(1.0), r.random()),
    "media.price_of_places": lambda r: (r.random(), r.exponential(9.0), r.exponential(9.0)),
    "media.outlets_booked": lambda r: (
        r.exponential(1e4),
        r.exponential(100.0) - 50.0,
        r.random(),
        int(r.integers(1, 65)),
    ),
    "pricing.remembered_interval": lambda r: (r.exponential(9.0) - 3.0, 4.0, r.random()),
    "pricing.waits": lambda r: (
        int(r.integers(9, 20)),
        int(r.integers(-1, 9)),
        12 * r.random(),
        9 * r.random(),
        int(r.integers(0, 3)),
    ),
    "talk.valence": lambda r: (r.random(), r.random()),
    "talk.satisfied": lambda r: (2 * r.random() - 1, bool(r.random() < 0.5), r.random()),
    "talk.opinion": lambda r: (r.random(), 2 * r.random() - 1, r.random() * (r.random() < 0.5)),
    "talk.persuaded": lambda r: (r.random(), r.random(), r.random()),
    "talk.relative": lambda r: (r.normal(), r.random()),
    "talk.talk_chance": lambda r: (r.random(), r.normal(), 3 * r.random(), *r.random(3)),
    "talk.rewarded": lambda r: (20 * r.random(), r.random()),
    "talk.number_of_ties": lambda r: (int(r.integers(1, 201)), r.normal(), 3 * r.random()),
    "talk.distance": lambda r: (
        r.normal(), max(0.0, r.normal()), *r.exponential(0.1, 2), r.normal(), r.random(),
    ),
    "talk.tie_chance": lambda r: (r.exponential(3.0), r.random()),
    "talk.is_leader": lambda r: (r.normal(), r.normal()),
    "talk.is_referral": lambda r: (
        int(r.integers(-1, 3)), int(r.integers(0, 20)), int(r.integers(20, 30)),
        int(r.integers(0, 20)),
    ),
    "category.hurdle": lambda r: (r.random(), r.random()),
    "category.is_convinced": lambda r: (r.random(), r.random()),
    "category.informed": lambda r: (r.choice([r.random(), 1.0]), r.random(), r.random()),
    "choice.occasion_chance": lambda r: (r.exponential(1.0),),
    "choice.may_answer": lambda r: tuple(r.random(4)),
    "choice.attraction": lambda r: (r.random(), r.normal()),
    "choice.answered_rate": lambda r: (
        r.exponential(1.0) * (r.random() < 0.9), r.exponential(1.0) * (r.random() < 0.9),
        r.random(),
    ),
    "choice.answered_chance": lambda r: (r.random(), r.exponential(1.0)),
    "choice.taste": lambda r: (r.random(), r.random()),
    "choice.misfit": lambda r: (r.normal(), r.random(), 4.0),
    "choice.appeal": lambda r: tuple(r.normal(size=9)),
    "choice.race_time": lambda r: (r.random(), r.normal()),
    "pricing.saving": lambda r: (r.normal(), r.normal()),
    "loyalty.deterrence": lambda r: (int(r.integers(0, 256)), r.exponential(2.0)),
    "pricing.log_price": lambda r: (r.exponential(40) + 0.01, 40.0),
    "pricing.price_appeal": lambda r: (
        r.normal(),
        r.normal(),
        r.random(),
        r.random(),
        1 + r.random(),
    ),
    "pricing.salience_of_deal": lambda r: (r.exponential(2.0), r.exponential(0.3)),
    "pricing.largest_change": lambda r: (*r.random(3), 1 + r.random()),
    "pricing.sensitivity": lambda r: (r.exponential(3.0), 2 * r.random() - 1, r.random()),
    "pricing.focused": lambda r: (2 * r.random() - 1, r.choice([-1.0, 1.0]), r.random()),
    "pricing.remembered_price": lambda r: (r.normal(), r.normal(), r.random()),
    "information.consideration_chance": lambda r: (r.random(), bool(r.random() < 0.5), r.random()),
    "flow.demand": lambda r: (
        int(r.integers(0, 300)),
        r.random(),
        int(r.integers(1, 53)),
        2.0,
        9,
        30,
    ),
    "flow.occasion_rate": lambda r: (r.random(), r.random()),
    "stock.units": lambda r: (
        r.random(), r.random(), 10 * r.random(), 2 * r.random() * (r.random() < 0.5),
    ),
    "stock.is_met_at_home": lambda r: (2 * r.random(),),
    "stock.answers_offers": lambda r: (
        r.choice([0.0, 2 * r.random()]), bool(r.random() < 0.5),
    ),
    "stock.unmet_rate": lambda r: (r.random(), 2 * r.random()),
    "stock.used": lambda r: (r.random(), r.random()),
    "loyalty.under_contract": lambda r: (int(r.integers(0, 9)), int(r.integers(-1, 9))),
    "loyalty.renewal_due": lambda r: (int(r.integers(0, 9)), int(r.integers(-1, 9))),
    "attention.dose_received": lambda r: (4 * r.random(), r.random()),
    "loyalty.renewal_utility": lambda r: (0.01 + 10 * r.random(),),
    "loyalty.standing": lambda r: (bool(r.random() < 0.5), bool(r.random() < 0.5), 0.6, 0.2),
    "loyalty.recovery_chance": lambda r: (r.random(), r.exponential(9.0), r.exponential(9.0)),
    "loyalty.pleasing_chance": lambda r: (r.random(), r.random(), r.random()),
    "loyalty.experienced": lambda r: (r.random(), bool(r.random() < 0.5), r.random(), r.random()),
    "loyalty.quitting_chance": lambda r: (r.random(), r.random()),
    "loyalty.return_ratio": lambda r: (
        bool(r.integers(0, 2)), bool(r.integers(0, 2)), r.random(), r.random(),
    ),
    "loyalty.return_utility": lambda r: (0.01 + 2 * r.random(),),
    "memory.remembered": lambda r: (
        r.random(), r.random(), int(r.integers(0, 60)), r.exponential(0.1),
    ),
    "memory.comes_to_mind": lambda r: (r.random(), r.random()),
    "loyalty.lapse_chance": lambda r: (r.random(), r.random(), int(r.integers(0, 4)), 1.5),
    "selling.majority_chance": lambda r: (
        r.random(), int(r.integers(1, 16)), int(r.integers(0, 2)),
    ),
    "selling.trained": lambda r: (r.random(), r.random()),
    "selling.alone_chance": lambda r: (r.random(), r.random(), bool(r.random() < 0.5)),
    "selling.acceleration_chance": lambda r: (r.exponential(0.1), r.random(), 4.0),
    "selling.practised": lambda r: tuple(r.random(4)),
    "selling.believed_chance": lambda r: (*(20 * r.random(4)), 20.0, r.random(), 10.0),
    "selling.misjudged": lambda r: (r.random(), r.random()),
    "selling.hours_left": lambda r: (40 * r.random(), float(r.integers(0, 40)), r.random()),
    "selling.lead_score": lambda r: (r.random(), 20 * r.random(), 13.0, r.random(), r.random()),
    "selling.tracked_worth": lambda r: (r.random(), 100 * r.random(), r.random(), 52.0),
    "selling.best_hunt_share": lambda r: tuple(r.exponential(1.0, 5)),
    "selling.soon_share": lambda r: (13 * r.random(), max(0.0, r.normal())),
    "selling.sales_of": lambda r: (1.25 * r.random(), r.random(), *r.exponential(1e4, 2)),
    "selling.best_effort": lambda r: (
        r.random(), *r.exponential(1e4, 2), r.random(), r.exponential(9e4), 9.0,
        r.exponential(1e4), 0.05 * r.random(), 0.5, 1.25, r.exponential(400.0), *PLAN,
    ),
    "selling.plan_week": lambda r: (
        min(1.0, r.normal()), *r.exponential(1e4, 2), max(0.0, r.normal()), r.exponential(9e4), 9.0,
        r.exponential(1e4), 0.05 * r.random(), 0.5, 1.25, r.exponential(400.0), r.random() / 2,
        4.0, 0.8, *PLAN, 0.5 + r.random() / 2,
    ),
    "selling.initial_skill": lambda r: tuple(r.random(4)),
    "selling.best_discount": lambda r: (r.random() / 2, 4.0, *(r.random(2) / 9), 0.8),
    "selling.quit_chance": lambda r: (r.random(), r.exponential(900.0), 1.0 + r.exponential(400.0)),
    "selling.answer_time": lambda r: tuple(r.random(3)),
    "leads.ageing_fate": lambda r: (
        bool(r.random() < 0.8), int(r.integers(0, 20)), 13, int(r.integers(0, 3)),
    ),
    "leads.first_impression": lambda r: tuple(bool(x) for x in r.random(4) < 0.5),
    "leads.corrupted_sign": lambda r: (int(r.integers(0, 4)), bool(r.random() < 0.5)),
    "leads.call_fate": lambda r: (int(r.integers(0, 7)),),
    "leads.order_fate": lambda r: (int(r.integers(0, 3)),),
    "leads.is_lost": lambda r: (int(r.integers(0, 15)),),
    "leads.fault_of_sales": lambda r: (int(r.integers(0, 15)),),
    "organising.is_loss": lambda r: tuple(r.random(4)),
    "organising.relative_reward": lambda r: (r.random(), 1.0 - r.random()),
    "organising.replaced": lambda r: (*r.random(3), 52.0),
    "organising.hired_share": lambda r: tuple(r.random(3)),
    "organising.role_share": lambda r: tuple(r.random(3)),
    "pay.variable_pay": lambda r: (r.exponential(15_000.0), *PLAN),
    "pay.excess": lambda r: (r.normal(), r.random(), r.normal()),
    "pay.reaching": lambda r: (r.normal(), r.random(), r.normal()),
    "pay.expected_pay": lambda r: (*r.exponential(9000.0, 3), *PLAN),
    "pay.marginal_pay": lambda r: (*r.exponential(9000.0, 3), *PLAN),
    "pay.next_quota": lambda r: (*r.exponential(9000.0, 3), r.random()),
    "credit.pays_chance": lambda r: (r.random(), r.exponential(1.0), r.random(), r.random()),
    "credit.is_written_off": lambda r: (int(r.integers(-5, 60)), 26),
    "shelf.carried": lambda r: (int(r.integers(0, 64)), int(r.integers(0, 2**63))),
    "shelf.win_chance": lambda r: tuple(r.random(3)),
    "shelf.loss_chance": lambda r: tuple(r.random(4)),
}  # fmt: skip
MODULES = {
    "attention": attention, "category": category, "choice": choice, "credit": credit,
    "flow": flow,
    "information": information, "leads": leads, "loyalty": loyalty, "media": media,
    "memory": memory, "organising": organising, "pay": pay,
    "pricing": pricing, "selling": selling, "shelf": shelf, "stock": stock, "talk": talk,
}  # fmt: skip


def _rule(name: str):
    module, _, function = name.partition(".")
    return getattr(MODULES[module], function)


def test_every_rule_is_listed_here():
    for short, module in MODULES.items():
        for name, _ in inspect.getmembers(module, inspect.isfunction):
            if getattr(module, name).__module__ == module.__name__:
                assert f"{short}.{name}" in RULES


@pytest.mark.parametrize("name", RULES)
def test_plain_and_compiled_give_the_same_bits(name):
    """Compiled as the loops are, and kept for the next time."""
    rule = _rule(name)
    alone = compiled(rule)
    rng = np.random.default_rng(3)
    for _ in range(300):
        arguments = tuple(float(x) if isinstance(x, np.floating) else x for x in RULES[name](rng))
        assert rule(*arguments) == alone(*arguments)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_documented(name):
    assert inspect.getdoc(_rule(name))


def test_shares_stay_shares():
    rng = np.random.default_rng(4)
    for a, g, loss, v in rng.random((2000, 4)).tolist():
        for value in (
            attention.reached(a, g),
            attention.addressed(a, g, v, loss),
            attention.claimed(a, g),
            attention.weight_of_claims(v < 0.5, g),
            attention.forgotten(a, g),
            attention.repeated(g, 3),
            talk.persuaded(a, g, v),
            category.informed(a, g, v),
            category.hurdle(a, g),
            talk.valence(a, v),
            loyalty.experienced(a, v < 0.5, g, loss),
            loyalty.lapse_chance(a, v, 3, 2.0),
            attention.attention_left(10 * a, v),
            information.consideration_chance(a, v < 0.5, g),
            attention.click_chance(a, 5 * v, v < 0.5, 10.0, 3),
            choice.occasion_chance(10 * a),
        ):
            assert 0.0 <= value <= 1.0


def test_a_dose_is_received_on_average():
    draws = ((n + 0.5) / 1000 for n in range(1000))
    assert sum(attention.dose_received(1.25, draw) for draw in draws) == 1250
    assert {attention.dose_received(3.0, draw) for draw in (1e-9, 0.5, 1 - 1e-9)} == {3}


def test_tail_chances_are_those_of_a_poisson_count():
    from scipy import stats

    for rate in (0.01, 0.3, 1.0, 4.0):
        for n in (1, 2, 3, 4):
            assert attention.tail_chance(rate, n) == pytest.approx(
                float(stats.poisson.sf(n - 1, rate)), rel=1e-9
            )


def test_no_contact_changes_nothing_to_the_bit():
    for a in np.random.default_rng(5).random(500).tolist():
        assert attention.reached(a, attention.repeated(0.3, 0)) == a
        assert attention.addressed(a, 0.0, 0.5, 0.0) == a


def test_a_contact_moves_trust_towards_the_claim_and_never_beyond():
    for trust, gain, claim in np.random.default_rng(7).random((500, 3)).tolist():
        now = attention.addressed(trust, gain, claim, 0.0)
        assert min(trust, claim) <= now <= max(trust, claim)
        assert (now > trust) == (claim > trust)
    assert attention.claimed(0.7, 0.0) == 1.0
    assert attention.claimed(0.7, 1.0) == pytest.approx(0.7)


def test_reading_and_answering_together_close_what_a_two_way_contact_closes():
    for whole, part in np.sort(np.random.default_rng(8).random((500, 2)))[:, ::-1].tolist():
        left = (1.0 - part) * (1.0 - attention.further_gain(whole, part))
        assert left == pytest.approx(1.0 - whole)
    assert attention.further_gain(0.3, 0.3) == 0.0
    assert attention.dialogue_of_readers(2.3, 0.0) == 2.3
    assert attention.dialogue_of_readers(2.3, 1.0) == pytest.approx(1.0)


def test_the_race_of_random_times_is_the_multinomial_logit():
    utilities = [0.0, 0.5, -1.0]
    rng = np.random.default_rng(6)
    wins = np.zeros(3)
    for draws in rng.random((20_000, 3)).tolist():
        times = [choice.race_time(u, v) for u, v in zip(draws, utilities, strict=True)]
        wins[int(np.argmin(times))] += 1
    expected = np.exp(utilities) / np.exp(utilities).sum()
    assert np.abs(wins / wins.sum() - expected).max() < 4 * np.sqrt(0.25 / 20_000)


def test_a_low_valence_lowers_trust():
    assert talk.persuaded(0.8, 0.1, talk.valence(0.2, 1.0)) < 0.8
    assert talk.persuaded(0.8, 0.1, talk.valence(0.2, 0.0)) > 0.8


def test_a_price_rise_weighs_more_than_a_price_fall_unless_symmetric():
    up, down = (pricing.price_appeal(p, 0.0, 3.0, 1.0, 2.0) for p in (0.1, -0.1))
    assert -up == pytest.approx(2 * down)
    up, down = (pricing.price_appeal(p, 0.0, 3.0, 1.0, 1.0) for p in (0.1, -0.1))
    assert -up == down


def test_without_memory_the_remembered_price_has_no_effect():
    assert pricing.price_appeal(0.2, 5.0, 3.0, 0.0, 2.0) == pytest.approx(-0.6)


def test_a_year_of_demand_averages_to_one_and_peaks_at_its_peak():
    year = [flow.demand(w, 0.5, 20, 1.0, 1, 0) for w in range(52)]
    assert np.mean(year) == pytest.approx(1.0)
    assert int(np.argmax(year)) == 19
    assert max(year) == pytest.approx(1.5)
    assert min(year) == pytest.approx(0.5)
    assert flow.demand(30, 0.0, 1, 0.4, 31, 2) == pytest.approx(0.4)
    assert flow.demand(32, 0.0, 1, 0.4, 31, 2) == 1.0


def test_followed_outlets_are_counted():
    rng = np.random.default_rng(8)
    for _ in range(500):
        habits, booked = (int(x) for x in rng.integers(0, 2**63, 2))
        assert media.followed(habits, booked) == (habits & booked).bit_count()
    assert media.followed(2**64 - 1, 2**64 - 1) == 64


def test_a_deal_is_waited_for_if_it_is_due_in_time():
    assert pricing.waits(week=10, last_deal=5, deal_interval=7.0, patience=2.0, waited=0)
    assert not pricing.waits(week=10, last_deal=5, deal_interval=7.0, patience=2.0, waited=1)
    assert not pricing.waits(
        week=10, last_deal=5, deal_interval=5.0, patience=9.0, waited=0
    )  # overdue
    assert not pricing.waits(week=10, last_deal=5, deal_interval=0.0, patience=9.0, waited=0)
    assert not pricing.waits(week=10, last_deal=-1, deal_interval=3.0, patience=9.0, waited=0)
    assert pricing.remembered_interval(0.0, 6.0, 0.3) == 6.0
    assert pricing.remembered_interval(4.0, 6.0, 0.5) == 5.0


def test_outlets_are_booked_as_far_as_the_overhead_pays():
    assert media.outlets_booked(10_000.0, 400.0, 0.25, 8) == 6
    assert media.outlets_booked(100.0, 400.0, 0.25, 8) == 1
    assert media.outlets_booked(1e9, 400.0, 0.25, 8) == 8
    assert media.outlets_booked(100.0, 0.0, 0.25, 8) == 8


def test_a_majority_is_a_binomial_tail():
    from scipy import stats

    for buyers in (1, 2, 5, 8):
        for chance in (0.0, 0.2, 0.9, 1.0):
            for convinced in (0, 1):
                expected = stats.binom.sf(buyers // 2 - convinced, buyers - convinced, chance)
                assert selling.majority_chance(chance, buyers, convinced) == pytest.approx(
                    float(expected), abs=1e-12
                )


def test_hunting_and_farming_obey_the_same_laws():
    """Equal results of both tasks divide the hours equally; swapping results swaps the shares."""
    assert selling.best_hunt_share(3.0, 3.0, 0.1, 0.1, 1.0) == 0.5
    assert selling.best_hunt_share(3.0, 3.0, 0.1, 0.02, 1.0) == 0.5
    one, two = (selling.best_hunt_share(*pair, 0.1, 0.1, 1.0) for pair in ((3.0, 5.0), (5.0, 3.0)))
    assert one + two == pytest.approx(1.0)
    assert selling.best_hunt_share(3.0, 3.0, 0.1, 0.05, 0.5) < 0.5  # later results are discounted


def test_pay_is_what_the_plan_says():
    assert pay.variable_pay(10_000.0, *PLAN) == pytest.approx(200.0)
    assert pay.variable_pay(15_000.0, *PLAN) == pytest.approx(300.0 + 4000.0)
    assert pay.variable_pay(1e9, *PLAN) == 9000.0
    assert pay.expected_pay(5e6, 0.0, 1.0, 0.0, 0.02, 0.0, 0.0, 0.0) == pytest.approx(1e5)


@pytest.mark.parametrize("ceiling", [0.0, 200.0, 2000.0, 4400.0])
@pytest.mark.parametrize("quota", [0.0, 15_000.0])
def test_expected_pay_is_the_mean_over_random_sales(quota, ceiling):
    """Compared with a fine grid of the same logistic distribution, for any binding limit."""
    from scipy import stats

    sold, more, order = 12_000.0, 4000.0, 500.0
    x = stats.logistic.ppf((np.arange(200_000) + 0.5) / 200_000)
    totals = sold + more + x * np.sqrt(more * order) * pay.LOGISTIC
    terms = (quota, 0.02, 0.03, 4000.0, ceiling)
    exact = np.mean([pay.variable_pay(t, *terms) for t in totals.tolist()])
    assert pay.expected_pay(sold, more, order, *terms) == pytest.approx(exact, rel=1e-3)


def test_a_quota_pulls_most_where_it_can_just_be_reached():
    """The next order is worth most near the quota; out of reach of it and beyond it, the order is
    worth the commission alone."""
    hopeless, near, beyond = (
        pay.marginal_pay(sold, 1000.0, 500.0, *PLAN[:2], 0.0, 4000.0, 0.0)
        for sold in (0.0, 14_000.0, 30_000.0)
    )
    assert hopeless == pytest.approx(0.02)
    assert beyond == pytest.approx(0.02)
    assert near > 0.5
    work = (0.5, 2000.0, 2000.0, 1.0)
    efforts = [
        selling.best_effort(
            *work, sold, 2.0, 500.0, 0.02, 0.5, 1.25, 400.0, *PLAN[:2], 0.0, 4000.0, 0.0
        )
        for sold in (0.0, 11_000.0, 30_000.0)
    ]
    assert efforts[1] > efforts[0] == efforts[2] == 0.5


def test_discounts_are_given_where_an_order_now_is_worth_more_than_later():
    assert selling.best_discount(0.2, 4.0, 0.05, 0.05, 0.8) == 0.0
    assert selling.best_discount(0.2, 4.0, 0.5, 0.02, 0.8) == 0.2
    assert selling.best_discount(0.0, 4.0, 0.5, 0.02, 0.8) == 0.0


def test_skill_grows_by_doing_and_fades_without():
    assert selling.practised(0.3, 1.0, 0.02, 0.004) > 0.3 > selling.practised(0.3, 0.0, 0.02, 0.004)
    assert selling.practised(1.0, 1.0, 1.0, 0.0) == 1.0


def test_work_on_tasks_of_other_functions_is_reduced_by_missing_skill_only():
    full = organising.sustained(0.02, 0.004, 1.0)
    assert full == pytest.approx(0.02 / 0.024)
    assert organising.sustained(0.0, 0.0, 0.1) == 1.0, "without learning no skill is missing"
    assert organising.shortfall(0.4, full, 0.0, full) == 0.0
    assert organising.shortfall(0.4, full, 0.5, full) == pytest.approx(0.2)
    assert organising.shortfall(0.4, 0.0, 0.0, full) == pytest.approx(0.4)


def test_handoff_records_care_and_blame_follow_their_rules():
    states = [organising.field_state(u, 0.2, 0.1) for u in (0.1, 0.25, 0.9)]
    assert states == [1, 2, 0]
    assert (
        organising.next_handoff_care(0.5, 0.3, 0.0, True)
        > 0.5
        > organising.next_handoff_care(0.5, 0.3, 0.1, False)
    )
    assert organising.blames_other(True, True, 0.9, 0.0)
    assert not organising.blames_other(False, True, 0.1, 1.0), (
        "no self-serving blame where the outcome is known"
    )
    assert organising.blames_other(False, False, 0.1, 0.5)


def test_money_and_beliefs_move_towards_what_is_seen():
    assert organising.estimate(0.0, 0.0, 25.0, 0.5) == 0.5
    assert organising.estimate(700.0, 1000.0, 25.0, 0.5) == pytest.approx(0.695, abs=0.001)
    assert organising.reshared(0.3, 1.0, 0.5) == 0.3
    assert organising.reshared(0.3, 2.0, 0.5) > 0.3 > organising.reshared(0.3, 0.0, 0.5) > 0.0
    assert organising.moved(0.2, 0.6, 0.25) == pytest.approx(0.3)
    assert attention.relevant(0.3, 0.3, 2.0) == 1.0 > attention.relevant(0.3, 0.7, 2.0)
    assert attention.capture_chance(0.1, 3.0, True) == 0.1
    assert attention.capture_chance(0.1, 3.0, False) == pytest.approx(0.4)


def test_listings_and_payments_follow_their_rules():
    for visits in (0.0, 0.5, 3.0):
        assert (
            0.0 <= shelf.win_chance(0.1, visits, 0.5) < shelf.win_chance(0.1, visits + 1, 0.5) < 1
        )
        assert shelf.loss_chance(0.1, 2.0, visits, 0.5) > shelf.loss_chance(
            0.1, 2.0, visits + 1, 0.5
        )
    assert [shelf.carried(s, 0b101) for s in range(3)] == [True, False, True]
    assert credit.pays_chance(1.0, 1.0, 0.0, 0.5) > credit.pays_chance(1.0, 1.0, 2.0, 0.5)
