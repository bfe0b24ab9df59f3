"""The map is estimated from simulated points, with its uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

from sim.cli.app import main
from sim.experiments.map import AXES, HORIZONS, Chart
from sim.reporting.map import map_figure
from sim.reporting.words import Words

SMALL = ("population.customers=200", "weeks=53", "warmup=13")


def _known(rule, points=80):
    """A map of a known rule of positions, equal at every horizon, with a little noise."""
    rng = np.random.default_rng(4)
    at = rng.random((points, len(AXES)))
    lead = rule(at) + 0.01 * rng.standard_normal(points)
    return Chart(at, np.repeat(lead[:, None], len(HORIZONS), axis=1))


@pytest.mark.slow
def test_the_border_is_where_the_lead_changes_hands():
    found = _known(lambda at: at[:, 0] - 0.5)
    places = np.full((3, len(AXES)), 0.5)
    places[:, 0] = 0.1, 0.5, 0.9
    mean, error = found.read(places, 0)
    assert mean == pytest.approx([-0.4, 0.0, 0.4], abs=0.03)
    assert abs(mean[0]) > 1.96 * error[0]
    assert abs(mean[1]) < 1.96 * error[1] + 0.02
    weights = found.weights(0)
    assert max(weights, key=lambda n: weights[n]) == next(iter(AXES))
    assert weights["switching"] < 0.05


def test_a_map_of_noise_favours_neither_side():
    found = _known(lambda at: np.zeros(len(at)))
    share, low, high = found.share(0)
    assert low < 0.5 < high
    assert low < share < high


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_figure_has_a_panel_for_every_horizon(language):
    figure = map_figure(_known(lambda at: at[:, 0] - at[:, 4]), Words(language))
    assert len([axes for axes in figure.axes if axes.get_ylabel()]) == 2 * len(HORIZONS)
    assert len(figure.axes) == 2 * (len(HORIZONS) + 1) + 1, "and the scale"


@pytest.mark.slow
def test_the_map_on_the_command_line(in_folder, capsys, in_threads):
    assert main(["map", "--points", "8", *SMALL]) == 0
    assert "of 8 markets" in capsys.readouterr().out
    assert (in_folder / "results" / "map" / "map.png").is_file()
    assert main(["map", "--points", "x"]) == 2
