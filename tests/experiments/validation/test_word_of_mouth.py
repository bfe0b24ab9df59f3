"""Facts about word of mouth: survey error, steps, and markets that must move the figures."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.experiments.validation.measures import word_of_mouth
from sim.experiments.validation.trial import Trial
from sim.ledger import accounts as acc

SMALL = ("population.customers=1000", "warmup=4", "talk.rate=0.4", "information.search_rate=1")


def test_answers_have_the_reliability_of_a_survey():
    trust = np.random.default_rng(1).uniform(size=(4, 5000))
    trust[0, :100] = np.nan
    answer = word_of_mouth.surveyed(trust, 7)
    assert word_of_mouth.correlation(answer, trust) ** 2 == pytest.approx(0.8, abs=0.01)
    assert np.array_equal(answer, word_of_mouth.surveyed(trust, 7), equal_nan=True)


def test_a_correlation_needs_two_sides_that_vary():
    x = np.array([1.0, 2.0, np.nan, 4.0])
    assert word_of_mouth.correlation(x, 2.0 * x) == pytest.approx(1.0)
    assert np.isnan(word_of_mouth.correlation(x, np.ones(4)))
    assert np.isnan(word_of_mouth.correlation(x[:2], x[:2]))


@pytest.fixture(scope="module")
def trial():
    return Trial(sim.load_config(*SMALL), 1)


def test_messages_rise_by_about_a_tenth_and_good_ratings_fall_by_a_tenth(trial):
    f = 1
    louder, worse = (
        make(trial, f) for make in (word_of_mouth.with_messages, word_of_mouth.with_ratings)
    )
    assert word_of_mouth.heard_more(louder, f) == pytest.approx(0.1, rel=0.4)
    before = trial.world.ledger.accounts()[-52:, f].sum(axis=0)
    posted = worse.ledger.accounts()[-52:, f].sum(axis=0)[acc.RATED_GIVEN]
    was = before[acc.RATED_GOOD] / before[acc.RATED]
    now = before[acc.RATED_GOOD] / (before[acc.RATED] + posted)
    assert now / was == pytest.approx(0.9, abs=0.001)


def _response(trial, make, step):
    """Elasticity of the units of one firm."""
    worlds = [None, make(trial, 1), None, None]
    return word_of_mouth.mean_elasticity(trial, worlds, [step] * 4, acc.UNITS)


def test_messages_and_ratings_that_move_nobody_have_elasticity_zero(trial):
    deaf = Trial(
        sim.load_config(*SMALL, "talk.awareness_gain=0", "talk.trust_gain=0",
                        "information.rating_gain=0"), 1,
    )  # fmt: skip
    for make in (word_of_mouth.with_messages, word_of_mouth.with_ratings):
        assert _response(deaf, make, 0.1) == 0.0
        assert _response(trial, make, 0.1) != 0.0


def test_where_nobody_talks_the_elasticity_to_messages_is_zero():
    silent = Trial(sim.load_config(*SMALL, "talk.rate=0", "loyalty.tell_leaving=0"), 1)
    step = word_of_mouth.heard_more(word_of_mouth.with_messages(silent, 1), 1)
    assert _response(silent, word_of_mouth.with_messages, step) == 0.0
