"""What an econometrician would find in the closed-loop history of thirty firms.

All functions use one history of four years (:mod:`sim.experiments.validation.history`), in which
thirty firms like those of the market set budgets by rules of their own, and the estimators of the
papers (:mod:`sim.experiments.validation.estimators`). Months have four weeks, quarters thirteen.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sim.experiments.validation import estimators
from sim.experiments.validation.facts import Figures, measures
from sim.experiments.validation.history import History, simulate
from sim.experiments.validation.trial import Trial, ratio
from sim.rules.units import QUARTER, YEAR

MONTH = 4

_HISTORIES: WeakKeyDictionary[Trial, History] = WeakKeyDictionary()


def history(trial: Trial) -> History:
    """The history of thirty firms at a trial's setting and seed; facts share it."""
    if trial not in _HISTORIES:
        _HISTORIES[trial] = simulate(trial.config, trial.seed)
    return _HISTORIES[trial]


@measures("E04", estimator="econometric")
def advertising_short_run(trial: Trial) -> Figures:
    """Quarters of thirty firms. Regress the log of units on its own value of the quarter before,
    the logs of advertising (money on mediated activities that are not answered) and of the net
    price, and effects of firms and quarters. The figure is the coefficient of advertising; beside
    it that of the same regression on months."""
    quarters, months = _advertising(trial)
    return {
        "estimated": quarters.short_run.value, "monthly_estimated": months.short_run.value,
    }  # fmt: skip


def _advertising(trial: Trial) -> tuple[estimators.Advertising, estimators.Advertising]:
    """Estimates by quarters and by months."""
    by_quarter, by_month = (
        estimators.advertising_elasticity(history(trial).periods(weeks))
        for weeks in (QUARTER, MONTH)
    )
    return by_quarter, by_month


@measures("E05", estimator="econometric")
def advertising_long_run(trial: Trial) -> Figures:
    """The regressions of E04. The long run is the coefficient of advertising over one minus that of
    lagged units; the ratio is that over the coefficient of advertising, by quarters."""
    quarters, months = _advertising(trial)
    return {
        "long_run_estimated": quarters.long_run.value, "ratio_estimated": quarters.ratio.value,
        "monthly_estimated": months.long_run.value,
    }  # fmt: skip


@measures("E08", estimator="econometric")
def price(trial: Trial) -> Figures:
    """Months of thirty firms. Regress the log of units on the logs of the net price (revenue over
    units), of rivals' prices weighted by their units, and of advertising, a trend, and effects of
    firms and of the months of the year: the coefficient of the net price. Divide the net price into
    list price and price under promotion: the coefficient of the list price. For the promotion take
    that of the same regression on weeks, of firms that sell in every week."""
    months = estimators.price_elasticity(history(trial).periods(MONTH), YEAR // MONTH)
    weeks = estimators.price_elasticity(history(trial).periods(1), YEAR)
    return {
        "net_estimated": months.net.value, "list_estimated": months.list.value,
        "cut_estimated": weeks.deal.value,
    }  # fmt: skip


@measures("E13", estimator="econometric")
def selling(trial: Trial) -> Figures:
    """Quarters of thirty firms. Regress the log of units on its own value of the quarter before,
    the logs of reps' hours, of money on activities and of the net price, and effects of firms and
    quarters. The figure is the coefficient of hours."""
    found = estimators.selling_elasticity(history(trial).periods(QUARTER))
    return {"estimated": found.short_run.value}


@measures("E14", estimator="econometric")
def estimated_instruments(trial: Trial) -> Figures:
    """The regression of E13: the size of the coefficient of the net price, and the coefficient of
    hours, over that of money on activities. Not measured where the latter is not positive."""
    found = estimators.selling_elasticity(history(trial).periods(QUARTER))
    if not found.spend.value > 0.0:
        return {"price_estimated": estimators.NAN, "selling_estimated": estimators.NAN}
    return {
        "price_estimated": found.price_to_spend.value,
        "selling_estimated": found.selling_to_spend.value,
    }


@measures("E21", estimator="econometric")
def sensitivity(trial: Trial) -> Figures:
    """Weeks of thirty firms that sell in every week. Regress the log of units on the log of the net
    price, alone and times the firm's share of weeks with a deal and the log of its advertising in
    the past (mean of earlier weeks, weights falling by 2 % a week), which also stand alone, all
    less the firm's mean, with effects of firms and weeks. The figures are the rise of the price
    elasticity, relative to it, with deals in a quarter of all weeks more, and its fall if
    advertising doubles."""
    found = estimators.price_sensitivity(history(trial).periods(1), keep=0.98)
    return {
        "deals_estimated": found.deals.value, "advertising_estimated": -found.advertising.value,
    }  # fmt: skip


@measures("E39", estimator="econometric")
def messages(trial: Trial) -> Figures:
    """Months of thirty firms. Regress the log of units on the logs, of the month before, of volume
    (messages heard and ratings posted), of valence (share of good ratings in the last year) and of
    units, and on the logs of advertising and the net price, with effects of firms and months. The
    figures are the coefficients of volume and valence."""
    found = estimators.talk_elasticity(history(trial).periods(MONTH))
    return {"volume_estimated": found.volume.value, "valence_estimated": found.valence.value}


@measures("E40", estimator="econometric")
def referrals(trial: Trial) -> Figures:
    """Weeks of thirty firms, firm by firm: a vector autoregression of new customers, messages sent,
    money on events and money on advertising, with a trend and the net price, and the lags that the
    Bayesian information criterion prefers. Events are activities in which prospects meet the firm
    in person: two-way ones outside media and outside sales. Move messages, or advertising, by an
    innovation (the others as they move with it), add the response of new customers up over 26
    weeks, and take elasticities at the means; average over firms. The figures are the elasticity to
    messages over that to advertising, the same over that to events, and the weeks until nine tenths
    of the response, to messages minus to advertising. Not measured where what they are divided by
    is not positive."""
    found = estimators.growth_elasticities(history(trial).table)
    return {
        "ratio_estimated": ratio(found.talk.value, found.media.value),
        "events_estimated": ratio(found.talk.value, found.events.value),
        "longer_estimated": found.talk_weeks - found.media_weeks,
    }


@measures("E45", estimator="econometric")
def share(trial: Trial) -> Figures:
    """Years of thirty firms. Regress profit over revenue on the share of the market's revenue, with
    effects of years, and take the elasticity at the means. Beside it: the log of profit on the log
    of share, over profitable firms. Profit has no overheads."""
    found = estimators.share_elasticity(history(trial).periods(YEAR))
    return {"return_on_sales": found.return_on_sales.value, "profit": found.profit.value}
