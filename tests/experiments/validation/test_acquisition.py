"""Arithmetic of the facts on how customers came: values, referrers, matching, diffusion."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim import load_config
from sim.experiments.validation.measures import acquisition
from sim.experiments.validation.measures.acquisition import bass, growth_stage, relative_value
from sim.experiments.validation.measures.customers import NewCustomers, values
from sim.experiments.validation.trial import Trial
from sim.ledger.accounts import TOUCH_ACTIVITY, TOUCH_TALK, YEARLY_DISCOUNT
from sim.rules.units import YEAR


def bass_series(p: float, q: float, periods: int) -> np.ndarray:
    """Adopters of a market of 1,000 by the difference equation, in a thousand steps a period."""
    adopted, out = 0.0, []
    for _ in range(periods):
        before = adopted
        for _ in range(1000):
            adopted += (p + q * adopted) * (1.0 - adopted) / 1000
        out.append(1000.0 * (adopted - before))
    return np.array(out)


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.005, 0.6), (0.3, 0.0)])
def test_the_fit_finds_the_coefficients_of_a_bass_series(p, q):
    found = bass(bass_series(p, q, 15))
    assert found == pytest.approx((p, q), abs=0.005)


def test_without_adopters_there_is_nothing_to_fit():
    assert np.isnan(bass(np.zeros(12))).all()


def test_growth_is_that_from_the_take_off_to_the_slowdown():
    rise = 0.01 * 1.45 ** np.arange(6)
    adopters = np.array([0.001, 0.0015, *rise, 0.04, 0.03, 0.02])
    assert growth_stage(adopters) == pytest.approx((0.45, 6))


def test_one_year_below_the_highest_does_not_end_growth():
    adopters = np.array([0.001, 0.01, 0.02, 0.018, 0.04, 0.03, 0.02])
    assert growth_stage(adopters) == pytest.approx((4.0 ** (1 / 3) - 1.0, 4))


def test_a_market_that_only_shrinks_has_no_take_off():
    assert growth_stage(np.array([0.2, 0.15, 0.1])) == pytest.approx((-0.25, 0))


def test_a_rise_in_the_last_year_is_no_take_off_yet():
    assert growth_stage(np.array([0.02, 0.01, 0.05])) == pytest.approx((-0.5, 0))
    assert np.isnan(growth_stage(np.zeros(3))[0])


def a_market(referrer: list[int]) -> SimpleNamespace:
    """One firm whose goods cost 1 money, and customers with referrers."""
    return SimpleNamespace(
        names=("only",),
        config=SimpleNamespace(firms={"only": SimpleNamespace(unit_cost=1.0)}),
        engine=SimpleNamespace(column={"referrer": np.array([referrer])}.__getitem__),
    )


def orders(*rows: tuple[int, int]) -> dict[str, np.ndarray]:
    """Orders of a unit for 3 money: week and customer."""
    week, customer = np.array(rows).T
    same = np.ones(len(week), np.int64)
    return {
        "week": week, "customer": customer, "firm": 0 * same, "units": same, "cents": 300 * same,
    }  # fmt: skip


def test_value_is_the_discounted_margin_within_the_weeks():
    since = np.array([[10]])
    bought = orders((10, 0), (10 + YEAR, 0), (10 + 5 * YEAR, 0))
    later = 2.0 / (1.0 + YEARLY_DISCOUNT)
    assert values(a_market([-1]), bought, since, 0, 5 * YEAR)[0, 0] == pytest.approx(2.0 + later)
    assert values(a_market([-1]), bought, since, 1, 5 * YEAR)[0, 0] == pytest.approx(later)


def test_orders_of_customers_who_were_brought_count_for_all_who_brought_them():
    """0 told 1, who told 2; customer 3 was told by nobody, and 4 by one who is no new customer."""
    since = np.array([[10, 20, 30, 10, 0, 10]])
    bought = orders((30, 2), (30, 3), (30, 5))
    market = a_market([-1, 0, 1, -1, -1, 4])
    own = values(market, bought, since, 0, YEAR)[0]
    brought = values(market, bought, since, 0, YEAR, brought=True)[0]
    assert own.nonzero()[0].tolist() == [2, 3, 5]
    assert brought.nonzero()[0].tolist() == [0, 1, 2, 3, 5]
    assert brought[1] == pytest.approx(2.0 * (1.0 + YEARLY_DISCOUNT) ** (-10 / YEAR))
    assert brought[2] == own[2]


def test_the_order_is_reversed_where_marketing_leads_in_the_first_months(monkeypatch):
    """Customers 0 and 1 came by word of mouth, 2 and 3 by marketing, 4 by themselves."""
    source = np.array([[TOUCH_TALK, TOUCH_TALK, TOUCH_ACTIVITY, TOUCH_ACTIVITY + 1, 0]])
    new = NewCustomers(np.full((1, 5), 10), source, 0 * source)
    early = {3: 4, 2: 2, 1: 2, 0: 1, 4: 9}
    rows = [(10 + n, who) for who, times in early.items() for n in range(times)]
    rows += [(100 + n, 0) for n in range(30)]
    market = a_market([-1] * 5)
    monkeypatch.setattr(acquisition, "_won_lately", lambda _: (market, orders(*rows), new))
    found = acquisition.word_of_mouth_acquired(None)
    assert found["long_run"] > 2.0
    assert found["reversed"] == pytest.approx(1.0 - 3.0 / 6.0, abs=0.01)


def test_values_are_compared_relative_to_their_firm():
    """The second firm's customers are worth ten times as much, and more of them heard talk."""
    source = np.array([[TOUCH_TALK, TOUCH_ACTIVITY, TOUCH_ACTIVITY], [TOUCH_TALK] * 3])
    new = NewCustomers(np.ones((2, 3), int), source, 0 * source)
    value = np.array([[1.0, 1.0, 1.0], [10.0, 10.0, 10.0]])
    assert relative_value(new, value) == pytest.approx(1.0)


def test_referred_customers_are_compared_within_the_month():
    """All customers of a later month are worth more, and more of them are referred."""
    week = np.array([[1, 1, 1, 9, 9, 9]])
    told = np.array([0, -1, -1, 0, 0, -1])
    new = NewCustomers(week, 0 * week, 0 * week)
    worth = np.where(week > 4, 5.0, 1.0)
    referred, others = acquisition._matched(a_market(told.tolist()), new, np.array([worth]))
    assert referred == pytest.approx(others)


@pytest.mark.slow
def test_deeper_coupons_win_more_customers():
    trial = Trial(load_config("market=brand", "population.customers=1000"), 1)
    group = np.arange(trial.world.people.size) % len(acquisition.DEPTHS)
    value, won = acquisition._won_by_coupon(trial, "alder", group)
    assert won[-1] > 1.5 * won[0] > 0
    assert value[-1] / won[-1] < value[0] / won[0]
