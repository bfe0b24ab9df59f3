"""Facts on buying: models of repeat buying find what made the data; a cohort is read from a log."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sim.experiments import cdnow
from sim.experiments.repeat_buying import (
    Histories,
    expected_repeats,
    fit_bg_nbd,
    fit_dirichlet,
    fit_nbd,
)
from sim.experiments.validation.measures import buying

PUBLISHED = (0.243, 4.414, 0.793, 2.426)
"""Parameters r, alpha, a and b of the CDNOW cohort (Fader, Hardie & Lee 2005)."""


def buyers(r, alpha, a, b, size, weeks):
    """Purchases drawn from the BG/NBD, as histories."""
    rng = np.random.default_rng(1)
    rate, leave = rng.gamma(r, 1.0 / alpha, size), rng.beta(a, b, size)
    repeats, last, time = np.zeros(size), np.zeros(size), np.zeros(size)
    here = rng.random(size) >= 0.0
    while here.any():
        time = time + rng.exponential(1.0 / rate)
        here &= time < weeks
        repeats += here
        last = np.where(here, time, last)
        here &= rng.random(size) >= leave
    return Histories(repeats, last, np.full(size, float(weeks)))


def test_the_fit_finds_the_parameters_that_made_the_purchases():
    seen = buyers(*PUBLISHED, 10_000, 39)
    found, fit = fit_bg_nbd(seen)
    assert found == pytest.approx(PUBLISHED, rel=0.15)
    assert seen.repeats.mean() == pytest.approx(expected_repeats(*PUBLISHED, 39.0), rel=0.05)
    _, without = fit_nbd(seen)
    assert (fit - without) / 10.0 > 20.0, "customers who leave are told from those who buy rarely"


def test_without_drop_out_the_nbd_is_as_good():
    seen = buyers(0.4, 10.0, 1e-4, 10.0, 4_000, 39)
    assert fit_bg_nbd(seen)[1] - fit_nbd(seen)[1] == pytest.approx(0.0, abs=2.0)
    assert fit_nbd(seen)[0] == pytest.approx((0.4, 10.0), rel=0.15)


def test_the_dirichlet_finds_penetrations_and_purchases_per_buyer():
    rng = np.random.default_rng(1)
    share = np.array([0.4, 0.3, 0.2, 0.1])
    total = rng.poisson(rng.gamma(0.8, 4.0, 20_000))
    bought = rng.multinomial(total, rng.dirichlet(1.5 * share, len(total)))
    b, w = fit_dirichlet(bought)
    seen = (bought > 0).mean(axis=0)
    assert b == pytest.approx(seen, rel=0.05)
    assert w == pytest.approx(bought.mean(axis=0) / seen, rel=0.05)
    assert (np.diff(w) < 0.0).all(), "double jeopardy"


def test_no_dirichlet_where_everybody_buys():
    b, w = fit_dirichlet(np.ones((10, 2)))
    assert np.isnan([*b, *w]).all()


def brands(share, s, size=20_000):
    """Purchases drawn from an NBD-Dirichlet, counts [person, brand]."""
    rng = np.random.default_rng(1)
    total = rng.poisson(rng.gamma(0.8, 4.0, size))
    return rng.multinomial(total, rng.dirichlet(s * np.array(share), len(total)))


def jeopardy(monkeypatch, bought):
    """Figures of E01 where people bought so much."""
    customer, firm = (
        np.repeat(at, bought.ravel()) for at in np.indices(bought.shape).reshape(2, -1)
    )
    names = [str(n) for n in range(bought.shape[1])]
    world = SimpleNamespace(people=SimpleNamespace(size=len(bought)), names=names)
    orders = {"customer": customer, "firm": firm}
    monkeypatch.setattr(buying, "events", lambda *_: orders)
    return buying.double_jeopardy(SimpleNamespace(branch=lambda *_: world))


def test_purchases_per_buyer_are_compared_where_penetration_spreads_five_times(monkeypatch):
    even = jeopardy(monkeypatch, brands([0.4, 0.3, 0.2, 0.1], 1.5))
    assert even["penetration"] < buying.WIDE
    assert np.isnan(even["frequency"])
    assert even["dirichlet"] > 1.0
    wide = jeopardy(monkeypatch, brands([0.6, 0.25, 0.1, 0.05], 1.5))
    assert wide["penetration"] > buying.WIDE
    assert wide["frequency"] == pytest.approx(wide["dirichlet"], rel=0.1)


def test_the_fit_is_the_mean_error_of_penetrations_and_purchases_per_buyer(monkeypatch):
    bought = brands([0.4, 0.3, 0.2, 0.1], 1.5)
    assert jeopardy(monkeypatch, bought)["fit"] < 0.03, "made by the theory"
    rng = np.random.default_rng(2)
    alike = rng.multinomial(bought.sum(axis=1), [0.4, 0.3, 0.2, 0.1])
    keen = np.where(np.arange(len(alike))[:, None] % 2, alike, bought[:, ::-1])
    b, w = fit_dirichlet(keen)
    seen = (keen > 0).mean(axis=0)
    errors = [*(seen / b - 1.0), *(keen.mean(axis=0) / seen / w - 1.0)]
    assert jeopardy(monkeypatch, keen)["fit"] == pytest.approx(np.abs(errors).mean())
    assert max(errors) > 0.03, "and others below 0, which do not cancel them"
    assert min(errors) < -0.03


def test_a_cohort_is_those_who_first_buy_in_its_weeks():
    """Customers 0 and 1 join in weeks 2 and 12, customer 2 too late, customer 3 elsewhere."""
    names = ("week", "customer", "firm", "first")
    rows = [
        (2, 0, 0, 1), (12, 1, 0, 1), (13, 2, 0, 1), (5, 3, 1, 1),
        (9, 0, 0, 0), (39, 0, 0, 0), (40, 0, 0, 0), (78, 1, 0, 0), (20, 2, 0, 0), (20, 3, 1, 0),
    ]  # fmt: skip
    table = np.zeros((len(rows), len(buying.events(_world([]), "purchases"))), np.int64)
    columns = list(buying.events(_world([]), "purchases"))
    table[:, [columns.index(name) for name in names]] = rows
    seen, later = buying.histories(_world([table]))
    assert seen.repeats.tolist() == [2.0, 0.0]
    assert seen.last.tolist() == [37.0, 0.0]
    assert seen.observed.tolist() == [37.5, 27.5]
    assert later == 2.0


def _world(log):
    people = SimpleNamespace(size=4)
    return SimpleNamespace(logs={"purchases": log}, names=(cdnow.SHOP, "stores"), people=people)
