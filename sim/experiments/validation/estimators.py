"""Estimators of econometricians, as the papers behind the published facts used them.

Each takes the periods of a history (:meth:`sim.experiments.validation.history.History.periods`), or
any table with its columns, and returns estimates with standard errors. They know nothing of the
simulation, and share the weaknesses of what they are modelled on: budgets that follow sales, lags
that fixed effects bias, and missing causes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

NAN = float("nan")


class Estimate(NamedTuple):
    """An estimate with its standard error; NaN where nothing can be estimated."""

    value: float
    error: float = NAN


NOTHING = Estimate(NAN)


# Regressions of panels


@dataclass(frozen=True)
class Fit:
    """A fitted regression.

    Attributes:
        names: of the explanatory variables.
        values: their coefficients.
        covariance: of the coefficients.
    """

    names: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray

    def of(self, name: str) -> Estimate:
        """A coefficient."""
        n = self.names.index(name)
        return Estimate(float(self.values[n]), float(np.sqrt(self.covariance[n, n])))

    def ratio(self, over: str, under: str) -> Estimate:
        """A coefficient divided by another, with an error by the delta method."""
        a, b = self.names.index(over), self.names.index(under)
        top, bottom = self.values[[a, b]].tolist()
        return self._delta(top / bottom, {a: 1.0 / bottom, b: -top / bottom**2})

    def long_run(self, name: str, lag: str) -> Estimate:
        """A coefficient divided by one minus that of the lagged outcome: the total of an effect
        that decays geometrically."""
        a, b = self.names.index(name), self.names.index(lag)
        short, kept = self.values[[a, b]].tolist()
        if kept >= 1.0:
            return NOTHING
        total = short / (1.0 - kept)
        return self._delta(total, {a: 1.0 / (1.0 - kept), b: total / (1.0 - kept)})

    def carry_over(self, lag: str) -> Estimate:
        """Long-run over short-run effect, ``1 / (1 - lag)``."""
        b = self.names.index(lag)
        kept = float(self.values[b])
        return self._delta(1.0 / (1.0 - kept), {b: (1.0 - kept) ** -2}) if kept < 1.0 else NOTHING

    def _delta(self, value: float, slopes: dict[int, float]) -> Estimate:
        gradient = np.zeros(len(self.values))
        for n, slope in slopes.items():
            gradient[n] = slope
        return Estimate(value, float(np.sqrt(gradient @ self.covariance @ gradient)))


def within(columns: np.ndarray, *groups: np.ndarray) -> np.ndarray:
    """Columns less the fixed effects of some groupings, by alternating projections.

    Args:
        columns: float64 [row, column].
        groups: numbers of the group of each row, from 0.
    """
    out = columns - columns.mean(axis=0)
    for _ in range(200):
        before = out
        for group in groups:
            sums = np.zeros((int(group.max()) + 1, out.shape[1]))
            np.add.at(sums, group, out)
            out = out - (sums / np.bincount(group)[:, None])[group]
        if len(groups) < 2 or np.abs(out - before).max() < 1e-10:
            break
    return np.asarray(out)


def panel(
    table: pd.DataFrame, outcome: str, causes: Sequence[str], effects: Sequence[str] = ("firm",)
) -> Fit | None:
    """Least squares with fixed effects; errors allow for any correlation within a firm (clustered,
    with the usual factors for few firms and rows).

    Rows with a missing or infinite value are left out; so are causes that do not vary.

    Args:
        table: rows of firms and periods.
        outcome, causes: columns.
        effects: columns whose values each have an effect of their own.

    Returns:
        The fit, or None if there are too few rows or nothing varies.
    """
    finite = np.isfinite(table[[outcome, *causes]].to_numpy(np.float64)).all(axis=1)
    rows = table[finite]
    if rows["firm"].nunique() < 3 or len(rows) < 10 * len(causes):
        return None
    groups = [np.unique(rows[name], return_inverse=True)[1] for name in effects]
    columns = within(rows[[outcome, *causes]].to_numpy(np.float64), *groups)
    varies = [n for n in range(len(causes)) if columns[:, n + 1].std() > 1e-9]
    if not varies:
        return None
    firm = np.unique(rows["firm"], return_inverse=True)[1]
    values, covariance = least_squares(columns[:, 0], columns[:, [n + 1 for n in varies]], firm)
    return Fit(tuple(causes[n] for n in varies), values, covariance)


def least_squares(
    outcome: np.ndarray, causes: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of ordinary least squares, [cause], and their covariance robust to clusters,
    [cause, cause].

    Args:
        outcome: float64 [row].
        causes: float64 [row, cause].
        cluster: number of the cluster of each row, from 0.
    """
    rows, number = causes.shape
    inverse = np.linalg.pinv(causes.T @ causes)
    values = inverse @ causes.T @ outcome
    residual = outcome - causes @ values
    scores = np.zeros((int(cluster.max()) + 1, number))
    np.add.at(scores, cluster, causes * residual[:, None])
    few = len(scores) / (len(scores) - 1) * (rows - 1) / (rows - number)
    return values, few * inverse @ scores.T @ scores @ inverse


def lagged(table: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Each firm's value of the period before; rows are sorted by firm and period."""
    return table.groupby("firm")[column].shift(1)


def _logs(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with logs of columns as ``ln_<column>``; NaN where a value is not positive."""
    logs = {f"ln_{c}": np.log(table[c].where(table[c] > 0.0)) for c in columns}
    return table.sort_values(["firm", "period"]).assign(**logs)


def _complete(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Rows of the firms for which columns are positive in every period."""
    good = (table[list(columns)] > 0.0).all(axis=1).groupby(table["firm"]).transform("all")
    return table[good]


# Advertising (E04, E05)


class Advertising(NamedTuple):
    """Estimates of the partial-adjustment model of advertising."""

    short_run: Estimate
    long_run: Estimate
    ratio: Estimate


def advertising_elasticity(table: pd.DataFrame) -> Advertising:
    """Partial adjustment (Koyck): the log of units on its own value of the period before, the logs
    of advertising and net price, and effects of firms and periods.

    The form of most estimates in Assmus, Farley & Lehmann 1984 (JMR 21:65-74) and Sethuraman,
    Tellis & Briesch 2011 (JMR 48:457-471). The short run is the coefficient of advertising, the
    long run that over one minus the coefficient of lagged units. Firms without advertising or sales
    in some period are left out.
    """
    rows = _logs(_complete(table, "units", "advertising"), "units", "advertising", "net_price")
    rows["lag"] = lagged(rows, "ln_units")
    causes = ("ln_advertising", "lag", "ln_net_price")
    fit = panel(rows, "ln_units", causes, ("firm", "period"))
    if fit is None or not {"ln_advertising", "lag"} <= {*fit.names}:
        return Advertising(NOTHING, NOTHING, NOTHING)
    return Advertising(
        fit.of("ln_advertising"), fit.long_run("ln_advertising", "lag"), fit.carry_over("lag")
    )


# Prices (E08, E21)


class Prices(NamedTuple):
    """Estimates of price elasticities: of the net price, of the list price, and of the price under
    a promotion."""

    net: Estimate
    list: Estimate
    deal: Estimate


def price_elasticity(table: pd.DataFrame, periods_a_year: int) -> Prices:
    """Log-log model: the log of units on the logs of the own net price, rivals' prices and
    advertising, with effects of firms and seasons and a trend; once more with the net price divided
    into list price and promotion.

    The form of most estimates in Tellis 1988 (JMR 25:331-341) and Bijmolt, van Heerde & Pieters
    2005 (JMR 42:141-156). Rivals' prices are their net prices weighted by mean units. Firms without
    sales in some period are left out.

    Args:
        table: periods of a history.
        periods_a_year: number of seasons.
    """
    rows = _logs(_complete(table, "units"), "units", "net_price", "list_price")
    rows["ln_advertising"] = np.log1p(rows["advertising"])
    rows["ln_deal"] = rows["ln_net_price"] - rows["ln_list_price"]
    rows["ln_rivals"] = _rivals_price(rows)
    rows["season"], rows["trend"] = rows["period"] % periods_a_year, rows["period"].astype(float)
    common = ("ln_rivals", "ln_advertising", "trend")
    whole = panel(rows, "ln_units", ("ln_net_price", *common), ("firm", "season"))
    parts = panel(rows, "ln_units", ("ln_list_price", "ln_deal", *common), ("firm", "season"))
    return Prices(
        _coefficient(whole, "ln_net_price"), _coefficient(parts, "ln_list_price"),
        _coefficient(parts, "ln_deal"),
    )  # fmt: skip


def _coefficient(fit: Fit | None, name: str) -> Estimate:
    return fit.of(name) if fit is not None and name in fit.names else NOTHING


def _rivals_price(rows: pd.DataFrame) -> pd.Series[Any]:
    """Log of rivals' net prices, weighted by their mean units."""
    weight = rows.groupby("firm")["units"].transform("mean")
    price = rows["ln_net_price"].fillna(rows.groupby("firm")["ln_net_price"].transform("mean"))
    weighted = weight * price
    total = weighted.groupby(rows["period"]).transform("sum") - weighted
    return total / (weight.groupby(rows["period"]).transform("sum") - weight)


class Sensitivity(NamedTuple):
    """Estimates of changes in the own-price elasticity's size, as a share of it, if deals take a
    quarter of all weeks more, and if advertising doubles."""

    deals: Estimate
    advertising: Estimate


DEALS = 0.25
"""Share of weeks by which :func:`price_sensitivity` increases deals."""


def price_sensitivity(table: pd.DataFrame, keep: float = 0.9) -> Sensitivity:
    """Price elasticity that varies with the firm's past promotions and advertising.

    As in Mela, Gupta & Lehmann 1997 (JMR 34:248-261), by one step instead of two: the log of units
    on the log of the net price, alone and times the weighted means of the share of weeks with a
    deal and of the log of advertising in past periods (weights fall by ``keep`` a period), which
    also stand alone, with effects of firms and periods.

    Args:
        table: periods of a history.
        keep: weight of a period relative to the one after it.
    """
    rows = _logs(_complete(table, "units"), "units", "net_price")
    rows["past_deals"] = _past(rows, rows["deals"], keep)
    rows["past_advertising"] = _past(rows, np.log1p(rows["advertising"]), keep)
    for name in ("ln_net_price", "past_deals", "past_advertising"):
        rows[name] -= rows.groupby("firm")[name].transform("mean")
    rows["by_deals"] = rows["ln_net_price"] * rows["past_deals"]
    rows["by_advertising"] = rows["ln_net_price"] * rows["past_advertising"]
    causes = ("ln_net_price", "by_deals", "by_advertising", "past_deals", "past_advertising")
    fit = panel(rows, "ln_units", causes, ("firm", "period"))
    if fit is None or not {"ln_net_price", "by_deals"} <= {*fit.names}:
        return Sensitivity(NOTHING, NOTHING)
    deals = fit.ratio("by_deals", "ln_net_price")
    advertising = (
        fit.ratio("by_advertising", "ln_net_price") if "by_advertising" in fit.names else NOTHING
    )
    double = float(np.log(2.0))
    return Sensitivity(_times(deals, DEALS), _times(advertising, double))


def _times(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(estimate.value * factor, estimate.error * factor)


def _past(rows: pd.DataFrame, values: pd.Series[Any], keep: float) -> pd.Series[Any]:
    """Weighted mean of each firm's values in the periods before."""
    before = values.groupby(rows["firm"]).shift(1)
    past = before.groupby(rows["firm"]).transform(lambda s: s.ewm(alpha=1.0 - keep).mean())
    return pd.Series(past)


# Personal selling (E13, E14)


class Selling(NamedTuple):
    """Estimates of elasticities to selling, to price and to money on activities, and their
    ratios."""

    short_run: Estimate
    long_run: Estimate
    price: Estimate
    spend: Estimate
    price_to_spend: Estimate
    selling_to_spend: Estimate


def selling_elasticity(table: pd.DataFrame) -> Selling:
    """Partial adjustment: the log of units on its own value of the period before, the logs of
    reps' hours, money on activities and the net price, and effects of firms and periods.

    One of the forms in the studies of Albers, Mantrala & Sridhar 2010 (JMR 47:840-853). Ratios are
    those of the same model's coefficients. Firms without reps or sales in some period are left out.
    """
    spend = table["advertising"] + table["events"] + table["other"]
    rows = _complete(table.assign(spend=spend), "units", "hours", "spend")
    rows = _logs(rows, "units", "hours", "spend", "net_price")
    rows["lag"] = lagged(rows, "ln_units")
    causes = ("ln_hours", "ln_spend", "ln_net_price", "lag")
    fit = panel(rows, "ln_units", causes, ("firm", "period"))
    if fit is None or fit.names != causes:
        return Selling(*[NOTHING] * 6)
    price = fit.ratio("ln_net_price", "ln_spend")
    return Selling(
        fit.of("ln_hours"), fit.long_run("ln_hours", "lag"), fit.of("ln_net_price"),
        fit.of("ln_spend"), Estimate(-price.value, price.error),
        fit.ratio("ln_hours", "ln_spend"),
    )  # fmt: skip


# Word of mouth (E39, E40)


class Talk(NamedTuple):
    """Estimates of elasticities of sales to the volume and the valence of word of mouth."""

    volume: Estimate
    valence: Estimate


def talk_elasticity(table: pd.DataFrame) -> Talk:
    """The log of units on the logs of the volume and the valence of word of mouth in the period
    before, lagged units, advertising and net price, with effects of firms and periods.

    A usual form among the studies of You, Vadakkepatt & Joshi 2015 (J. Marketing 79(2):19-39).
    Volume is the number of messages heard and ratings posted about the firm, valence the mean
    rating that customers see.
    """
    volume = table["heard"] + table["rated"]
    rows = _logs(
        _complete(table.assign(volume=volume), "units", "volume"),
        "units", "volume", "rating", "net_price",
    )  # fmt: skip
    rows["ln_advertising"] = np.log1p(rows["advertising"])
    for name in ("units", "volume", "rating"):
        rows[f"past_{name}"] = lagged(rows, f"ln_{name}")
    causes = ["past_volume", "past_units", "ln_advertising", "ln_net_price"]
    if np.isfinite(rows["past_rating"]).any():
        causes.append("past_rating")
    fit = panel(rows, "ln_units", causes, ("firm", "period"))
    return Talk(_coefficient(fit, "past_volume"), _coefficient(fit, "past_rating"))


class Growth(NamedTuple):
    """Estimates of long-run elasticities of new customers to word of mouth, events and media, and
    weeks until nine tenths of the response to word of mouth and to media have come."""

    talk: Estimate
    events: Estimate
    media: Estimate
    talk_weeks: float
    media_weeks: float


HORIZON = 26
"""Weeks over which responses are added up."""

ENDOGENOUS = ("new", "sent", "events", "advertising")


def growth_elasticities(table: pd.DataFrame, most_lags: int = 4) -> Growth:
    """Vector autoregression of weekly new customers, messages sent by customers, money on events
    and money on media, firm by firm; means over firms.

    As in Trusov, Bucklin & Pauwels 2009 (J. Marketing 73(5):90-102): lags by the Bayesian
    information criterion, a trend, responses to an innovation that moves the others as they moved
    with it in the sample, and elasticities at the means from responses added up over ``HORIZON``
    weeks. The net price is given from outside. Series of a firm that are mostly zero or do not vary
    are left out.
    """
    responses: dict[str, list[np.ndarray]] = {name: [] for name in ENDOGENOUS[1:]}
    for _, rows in table.sort_values("week").groupby("firm"):
        for name, response in _responses(rows, most_lags).items():
            responses[name].append(response)
    talk, events, media = (_totals(responses[name]) for name in ENDOGENOUS[1:])
    weeks = (_duration(responses[name]) for name in ("sent", "advertising"))
    return Growth(talk, events, media, *weeks)


def _responses(rows: pd.DataFrame, most_lags: int) -> dict[str, np.ndarray]:
    """Response of a firm's new customers to each cause, week by week, as elasticities."""
    values = rows[list(ENDOGENOUS)].to_numpy(np.float64)
    used = [n for n, column in enumerate(values.T) if (column > 0).mean() > 0.5 and column.std()]
    if 0 not in used or len(used) < 2:
        return {}
    price = np.log(rows["net_price"].to_numpy(np.float64))
    given = np.column_stack([np.ones(len(rows)), np.arange(len(rows)), price])
    slopes, sigma = autoregression(values[:, used] / values[:, used].mean(axis=0), given, most_lags)
    paths = moving_average(slopes, HORIZON)
    return {
        ENDOGENOUS[n]: paths[:, 0] @ sigma[:, place] / sigma[place, place]
        for place, n in enumerate(used)
        if n > 0
    }


def autoregression(
    values: np.ndarray, given: np.ndarray, most_lags: int
) -> tuple[np.ndarray, np.ndarray]:
    """Vector autoregression with the number of lags that the Bayesian information criterion
    prefers, at least one.

    Args:
        values: series, float64 [period, series].
        given: constant, trend and causes from outside, float64 [period, cause].
        most_lags: largest number of lags.

    Returns:
        Coefficients, float64 [lag, series explained, series], and the covariance of innovations.
    """
    size = values.shape[1]
    rows = len(values) - most_lags

    def criterion(lags: int) -> float:
        *_, residual = _regressed(values, given, lags, most_lags)
        _, log_det = np.linalg.slogdet(residual.T @ residual / rows)
        return float(log_det + np.log(rows) / rows * lags * size * size)

    lags = min(range(1, most_lags + 1), key=criterion)
    slopes, residual = _regressed(values, given, lags, lags)
    return slopes, residual.T @ residual / len(residual)


def _regressed(
    values: np.ndarray, given: np.ndarray, lags: int, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of lags, [lag, series explained, series], and residuals from a first period."""
    size = values.shape[1]
    past = [values[first - lag : len(values) - lag] for lag in range(1, lags + 1)]
    causes = np.column_stack([*past, given[first:]])
    fitted = np.linalg.lstsq(causes, values[first:], rcond=None)[0]
    slopes = fitted[: lags * size].reshape(lags, size, size).transpose(0, 2, 1)
    return slopes, values[first:] - causes @ fitted


def moving_average(slopes: np.ndarray, horizon: int) -> np.ndarray:
    """Response of each series to a unit of each other, [period, responding, moved], over periods
    from that of the impulse."""
    out = np.zeros((horizon, *slopes.shape[1:]))
    out[0] = np.eye(slopes.shape[1])
    for period in range(1, horizon):
        for lag in range(1, min(period, len(slopes)) + 1):
            out[period] += slopes[lag - 1] @ out[period - lag]
    return out


def _totals(responses: list[np.ndarray]) -> Estimate:
    """Mean over firms of the responses added up over weeks, with its error over firms."""
    totals = np.array([response.sum() for response in responses])
    if len(totals) < 3:
        return NOTHING
    return Estimate(float(totals.mean()), float(totals.std(ddof=1) / np.sqrt(len(totals))))


def _duration(responses: list[np.ndarray]) -> float:
    """Weeks until the mean response has come to nine tenths of its total; NaN if that is not
    positive."""
    if len(responses) < 3:
        return NAN
    total = np.mean(responses, axis=0).cumsum()
    return float(np.argmax(total >= 0.9 * total[-1]) + 1) if total[-1] > 0.0 else NAN


# Market share (E45)


class Share(NamedTuple):
    """Estimates of elasticities to market share of the return on sales and of profit."""

    return_on_sales: Estimate
    profit: Estimate


def share_elasticity(table: pd.DataFrame) -> Share:
    """Return on sales on market share over a pool of firms and years, with effects of years, at the
    means; and the log of profit on the log of share, over profitable firms.

    The pooled form of the studies of Edeling & Himme 2018 (J. Marketing 82(3):1-24).
    """
    rows = table[table["revenue"] > 0.0].copy()
    rows["share"] = rows["revenue"] / rows.groupby("period")["revenue"].transform("sum")
    rows["return"] = rows["profit"] / rows["revenue"]
    rows = _logs(rows, "share", "profit")
    fit = panel(rows, "return", ("share",), ("period",))
    total = panel(rows, "ln_profit", ("ln_share",), ("period",))
    mean = float(rows["return"].mean())
    at_means = float(rows["share"].mean()) / mean if mean > 0.0 else NAN
    return Share(_times(_coefficient(fit, "share"), at_means), _coefficient(total, "ln_share"))
