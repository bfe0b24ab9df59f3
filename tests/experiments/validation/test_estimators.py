"""Estimators recover what is known in made-up data, and agree with statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.experiments.validation import estimators as est

FIRMS, PERIODS = 30, 120


def _noise(*shape, scale=1.0, seed=0):
    return np.random.default_rng(seed).normal(0.0, scale, shape)


def _table(**columns):
    """A table of [period, firm] arrays."""
    period, firm = np.indices((PERIODS, FIRMS))
    return pd.DataFrame(
        {"period": period.ravel(), "week": period.ravel(), "firm": firm.ravel()}
        | {name: np.ravel(values) for name, values in columns.items()}
    )


def _market(kept=0.4, **effects):
    """A table whose log units follow from its other columns and from those of the period before;
    firms and periods differ."""
    logs = {
        name: _noise(PERIODS, FIRMS, scale=0.3, seed=n)
        for n, name in enumerate(("advertising", "list_price", "hours", "other", "heard", "rating"))
    }
    logs["deal"] = np.where(_noise(PERIODS, FIRMS, seed=7) > 1.0, -0.2, 0.0)
    logs["net_price"] = logs["list_price"] + logs["deal"]
    units = np.zeros((PERIODS, FIRMS))
    fixed = _noise(FIRMS, seed=8) + 0.1 * _noise(PERIODS, 1, seed=9)
    luck = _noise(PERIODS, FIRMS, scale=0.05, seed=10)
    for t in range(PERIODS):
        before = max(0, t - 1)
        units[t] = fixed[t] + luck[t] + kept * units[before]
        units[t] += sum(
            effect * logs[name.removeprefix("past_")][before if "past" in name else t]
            for name, effect in effects.items()
        )
    table = {name: np.exp(values) for name, values in logs.items() if name != "deal"}
    return _table(
        units=np.exp(units + 8.0), deals=(logs["deal"] < 0).astype(float),
        events=np.zeros_like(units), rated=np.zeros_like(units), **table,
    )  # fmt: skip


def _close(estimate, truth):
    assert 0.0 < estimate.error < 0.5 * max(0.1, abs(truth))
    assert abs(estimate.value - truth) < 3.0 * estimate.error


def test_advertising_in_the_short_and_the_long_run():
    found = est.advertising_elasticity(_market(advertising=0.12, net_price=-2.0))
    _close(found.short_run, 0.12)
    _close(found.long_run, 0.2)
    _close(found.ratio, 1.0 / 0.6)


def test_prices_divided_into_list_price_and_promotion():
    table = _market(kept=0.0, list_price=-1.5, deal=-3.0)
    found = est.price_elasticity(table, 13)
    _close(found.list, -1.5)
    _close(found.deal, -3.0)
    assert -3.0 < found.net.value < -1.5


def test_price_sensitivity_that_promotions_raise():
    table = _market(kept=0.0)
    past = est._past(table.sort_values(["firm", "period"]), table["deals"], 0.9)
    table["past"] = past - past.groupby(table["firm"]).transform("mean")
    slope = -2.0 - 1.6 * table["past"].fillna(0.0)
    table["units"] *= table["net_price"] ** slope
    found = est.price_sensitivity(table, 0.9)
    _close(found.deals, 1.6 / 2.0 * est.DEALS)
    assert abs(found.advertising.value) < 3.0 * found.advertising.error


def test_selling_and_its_ratios():
    found = est.selling_elasticity(_market(hours=0.3, other=0.1, net_price=-2.0, advertising=0.0))
    _close(found.short_run, 0.3)
    _close(found.long_run, 0.5)
    assert found.price_to_spend.value == pytest.approx(
        -found.price.value / found.spend.value, rel=1e-9
    )


def test_volume_and_valence_of_word_of_mouth():
    found = est.talk_elasticity(_market(past_heard=0.2, past_rating=0.4))
    _close(found.volume, 0.2)
    _close(found.valence, 0.4)


def test_vector_autoregression_of_word_of_mouth_and_media():
    series = np.zeros((PERIODS * 4, FIRMS, 4))
    slopes = np.diag([0.5, 0.3, 0.0, 0.0])
    slopes[0, 1], slopes[0, 3] = 0.2, 0.1
    luck = _noise(*series.shape, scale=0.1)
    for t in range(1, len(series)):
        series[t] = series[t - 1] @ slopes.T + luck[t]
    week, firm = np.indices(series.shape[:2])
    table = pd.DataFrame(dict(zip(est.ENDOGENOUS, np.exp(series.reshape(-1, 4)).T, strict=True)))
    table = table.assign(week=week.ravel(), firm=firm.ravel(), net_price=1.0)
    found = est.growth_elasticities(table)
    _close(found.talk, 0.2 / (0.5 * 0.7))
    _close(found.media, 0.1 / 0.5)
    assert abs(found.events.value) < 3.0 * found.events.error
    assert found.talk_weeks > found.media_weeks


def test_share_and_return_on_sales():
    share = np.exp(_noise(1, FIRMS) + _noise(PERIODS, FIRMS, scale=0.1, seed=1))
    share /= share.sum(axis=1, keepdims=True)
    returns = 0.1 + 0.5 * share + _noise(PERIODS, FIRMS, scale=0.01, seed=2)
    found = est.share_elasticity(_table(revenue=1e6 * share, profit=1e6 * share * returns))
    _close(found.return_on_sales, 0.5 * share.mean() / returns.mean())
    _close(found.profit, 1.0 + 0.5 * share.mean() / returns.mean())


def test_what_does_not_vary_cannot_be_estimated():
    table = _market(kept=0.0).assign(advertising=5.0, hours=0.0, net_price=2.0, list_price=2.0)
    assert np.isnan(est.advertising_elasticity(table).short_run.value)
    assert np.isnan(est.price_elasticity(table, 13).net.value)
    assert np.isnan(est.price_sensitivity(table).deals.value)
    assert np.isnan(est.selling_elasticity(table).short_run.value)


def test_least_squares_agree_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    causes, cluster = _noise(300, 3), np.arange(300) % 12
    outcome = causes @ [1.0, -2.0, 0.5] + _noise(12, seed=1)[cluster] * causes[:, 0]
    values, covariance = est.least_squares(outcome, causes, cluster)
    other = sm.OLS(outcome, causes).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    assert np.allclose(values, other.params)
    assert np.allclose(covariance, other.cov_params())


def test_fixed_effects_agree_with_dummies():
    rng = np.random.default_rng(1)
    firm, period = rng.integers(0, 6, 200), rng.integers(0, 9, 200)
    values = rng.normal(size=(200, 2)) + firm[:, None] + 0.5 * period[:, None]
    dummies = np.column_stack([firm[:, None] == np.arange(6), period[:, None] == np.arange(9)])
    fitted = dummies @ np.linalg.lstsq(dummies.astype(float), values, rcond=None)[0]
    assert np.allclose(est.within(values, firm, period), values - fitted)


def test_vector_autoregressions_agree_with_statsmodels():
    api = pytest.importorskip("statsmodels.tsa.api")
    values, price = np.zeros((200, 3)), _noise(200, 1, seed=1)
    luck = _noise(200, 3)
    for t in range(2, 200):
        values[t] = 0.4 * values[t - 1] + 0.3 * values[t - 2, ::-1] + luck[t] + price[t]
    given = np.column_stack([np.ones(200), np.arange(200), price])
    slopes, sigma = est.autoregression(values, given, 4)
    other = api.VAR(values, exog=price).fit(maxlags=4, ic="bic", trend="ct")
    assert np.allclose(slopes, other.coefs)
    assert np.allclose(sigma, other.sigma_u_mle)
    assert np.allclose(est.moving_average(slopes, 9), other.ma_rep(8))
