"""The observed cohort: its data, its measurement, and the fit of the simulated market."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim import files
from sim.config.compose import override
from sim.experiments import cdnow
from sim.experiments.cdnow import Cohort
from sim.params import declared
from sim.reporting import terminal
from sim.reporting.figures.cdnow import cdnow_figure
from sim.reporting.words import Words
from sim.rules import attention, choice, loyalty


@pytest.fixture(scope="module")
def found() -> cdnow.Study:
    return cdnow.study(sim.load_config("market=cdnow"), replicates=8)


def test_the_cohort_is_the_published_one():
    real = cdnow.reference()
    assert real.size == real.classes.sum() == 2357
    assert real.repeats.sum() == 2457
    assert real.classes[0] / real.size == pytest.approx(0.599, abs=0.0005)
    assert len(real.repeats) == cdnow.KNOWN


def test_repeat_orders_are_clustered_in_customers():
    path = files.CONFIGS / "cohort" / "cdnow_repeats.csv"
    number, customers = np.loadtxt(path, delimiter=",", skiprows=1).T
    mean = np.average(number, weights=customers)
    variance = np.average((number - mean) ** 2, weights=customers)
    assert variance / mean == pytest.approx(cdnow.DISPERSION, abs=0.05)


@pytest.mark.slow
def test_the_market_fits_the_calibration_period(found):
    """Within a tenth in cumulative repeat orders and in customers by number of repeat orders.

    For the seed noise of eight cohorts in rare classes, three standard errors are allowed.
    """
    real, paths, classes = cdnow.reference(), found.cumulative(), found.classes()
    assert paths[:, cdnow.KNOWN - 1].mean() == pytest.approx(real.repeats.sum(), rel=0.1)
    error = 3.0 * classes.std(axis=0, ddof=1) / np.sqrt(len(classes))
    assert (np.abs(classes.mean(axis=0) - real.classes) < 0.1 * real.classes + error).all()


def test_the_estimated_parameters_belong_to_ordinary_rules():
    """All estimated parameters are declared in the model's ordinary rules."""
    groups = {"attention": attention.Attention, "choice": choice.Choice, "loyalty": loyalty.Loyalty}
    config = sim.load_config("market=cdnow")
    for name, (low, high) in cdnow.UNKNOWN.items():
        group, _, field = name.partition(".")
        known = declared(groups[group])[field]
        assert known.low <= low <= getattr(getattr(config, group), field) <= high <= known.high


def test_a_cohort_agrees_with_the_log_of_purchases():
    config = sim.load_config(
        "market=cdnow", "population.customers=3000", "population.people=3000", "log.purchases=true",
        "weeks=45", "warmup=0", "firms.shop.awareness=0.5", "choice.rate_mean=0.4",
    )  # fmt: skip
    run = sim.simulate(config, 3)
    counted, log = cdnow.cohort(run), run.log("purchases").query("firm == 'shop'")
    first = log[log["first"]].set_index("customer")["week"]
    members = first[first <= 12]
    again = log[~log["first"] & log["customer"].isin(members.index)]
    assert counted.first.tolist() == [(members == w).sum() for w in range(1, 13)]
    assert counted.repeats.tolist() == [(again["week"] == w).sum() for w in range(1, 46)]
    each = (
        again[again["week"] <= 39].groupby("customer").size().reindex(members.index, fill_value=0)
    )
    expected = [(each == k).sum() for k in range(7)] + [(each >= 7).sum()]
    assert counted.classes.tolist() == expected
    assert min(expected) > 0


def test_deviance_is_zero_for_itself_and_grows_with_distance():
    real = cdnow.reference()
    assert cdnow.deviance(real.scaled(10_000), real) == pytest.approx(0.0, abs=1e-9)
    worse = [
        cdnow.deviance(Cohort(real.first, real.repeats * f, real.classes), real) for f in (1.1, 1.3)
    ]
    assert 0.0 < worse[0] < worse[1]


def test_the_benchmark_fits_the_weeks_it_was_fitted_to():
    bench = cdnow.bg_nbd(cdnow.FORECAST)
    assert bench[cdnow.KNOWN - 1] == pytest.approx(cdnow.reference().repeats.sum(), rel=0.05)
    assert (np.diff(bench) > 0).all()


@pytest.mark.slow
def test_estimation_improves_the_fit_of_a_distorted_market():
    """From a market that fits badly, a short search finds a market that fits better."""
    config = sim.load_config(
        "market=cdnow", "population.customers=6000", "population.people=6000", "warmup=0",
        "firms.shop.budget.broadcast=600", "firms.shop.budget.performance_ads=600", "threads=2",
        "choice.rate_shape=2",
    )  # fmt: skip
    passed: list[int] = []
    values, badness = cdnow.infer(config, rounds=1, seeds=(1,), progress=passed.append)
    assert set(values) == set(cdnow.UNKNOWN)
    assert sum(passed) == 1
    again = override(config, *[f"{k}={v}" for k, v in values.items()])
    assert cdnow.misfit(again, seeds=(1,)) == pytest.approx(badness, rel=0.2)
    assert badness < cdnow.misfit(config, seeds=(1,))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_answer_tables_and_figures_are_complete(found, language):
    words = Words(language)
    answer = " ".join(terminal.cdnow_answer(found, words))
    assert f"{found.cumulative()[:, -1].mean():,.0f}" in answer
    tables = terminal.cdnow_tables(found, words)
    assert [t.row_count for t in tables] == [11, cdnow.CLASSES]
    assert len(cdnow_figure(found, words).axes) == 3
