"""Facts on advertising: the arithmetic, on sales that follow formulas, and a market without."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.experiments.validation.measures import advertising
from sim.experiments.validation.measures.common import peak
from sim.experiments.validation.trial import Trial
from sim.rules.units import YEAR
from tests.experiments.validation.scripted import ADVERTISING, scripted


def spend(changed) -> float:
    """Broadcast relative to the declared budget."""
    return changed.get("broadcast", ADVERTISING) / ADVERTISING


def test_the_elasticity_of_a_power_law_is_its_power():
    trial = scripted(lambda weeks: 1000.0 * spend(weeks[-1]) ** 0.12)
    assert advertising.short_run(trial)["short_run"] == pytest.approx(0.12)
    found = advertising.long_run(trial)
    assert found["long_run"] == pytest.approx(0.12)
    assert found["ratio"] == pytest.approx(1.0)
    assert found["pulse"] == pytest.approx(0.12)


def test_what_comes_late_raises_the_long_run_alone():
    """Advertising that acts a year later has no effect in its first quarter."""
    trial = scripted(lambda w: 1000.0 * (spend(w[-1 - YEAR]) if len(w) > YEAR else 1.0) ** 0.2)
    assert advertising.short_run(trial)["short_run"] == 0.0
    found = advertising.long_run(trial)
    assert found["long_run"] == pytest.approx(0.2)
    assert found["pulse"] == pytest.approx(0.2), "the year after the pulse counts"
    assert np.isnan(found["ratio"])


def test_the_duration_of_a_geometric_carry_over_follows_from_its_rate():
    """Of a pulse of four weeks that fades by a tenth a week, 10 % are left in week 24."""
    found = advertising.duration(
        scripted(lambda w: 1000.0 + sum((spend(x) - 1.0) * 0.9**n for n, x in enumerate(w[::-1])))
    )
    extra = np.convolve(np.ones(4), 0.9 ** np.arange(2 * YEAR))[: 2 * YEAR]
    weeks = 1 + int(np.argmax(extra.cumsum() >= 0.9 * extra.sum()))
    assert weeks == 24
    assert found["months"] == pytest.approx(weeks * 12 / 52)
    assert found["one_year"] == pytest.approx(found["months"], abs=0.3)


def test_no_additional_sales_have_no_duration():
    assert np.isnan(advertising.months_until(np.zeros(YEAR)))
    assert advertising.months_until(np.eye(1, YEAR)[0]) == pytest.approx(12 / 52)


@pytest.mark.parametrize(("power", "falls"), [(0.5, True), (1.0, False), (1.5, False)])
def test_only_concave_responses_have_falling_returns(power, falls):
    found = advertising.concave_response(scripted(lambda w: 1000.0 * spend(w[-1]) ** power))
    assert found["doubling"] == pytest.approx(2.0**power - 1.0)
    assert (found["falling"] > 1e-9) is falls


def test_the_loss_beside_a_known_maximum():
    multiples = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    profits = 10.0 - 0.5 * np.log(multiples / 1.5) ** 2
    lost = np.mean([0.05 * np.log(0.75) ** 2, 0.05 * np.log(1.25) ** 2])
    assert advertising.lost_beside(multiples, profits) == pytest.approx(lost, rel=0.01)
    assert np.isnan(advertising.lost_beside(multiples, multiples)), "no maximum within the grid"
    assert peak(multiples, -((multiples - 3.0) ** 2))[0] == pytest.approx(3.0, abs=0.01)


def test_advertising_that_nobody_notices_sells_nothing():
    """Without effect on those reached, the arms are the same to the last unit."""
    silent = [
        f"activities.{line}.{number}=0"
        for line in ("broadcast", "performance_ads")
        for number in ("salience", "credibility", "intrusiveness", "click", "capture")
    ]
    config = sim.load_config("market=brand", "population.customers=300", *silent)
    assert advertising.short_run(Trial(config, 1))["short_run"] == 0.0
