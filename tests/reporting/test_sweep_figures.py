"""Pictures of sweeps say what the table says, in words, and have room for them."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.contour import ContourSet
from matplotlib.patches import Rectangle
from matplotlib.text import Text

import sim
from sim.params import ConfigError
from sim.reporting.figures import swept
from sim.reporting.figures.sweep import response_figure, sweep_figure
from sim.reporting.figures.sweep_border import border_figure
from sim.reporting.figures.sweep_flips import flips_figure
from sim.reporting.figures.sweep_influence import (
    END_COLOURS,
    influence_order,
    sensitivity_figure,
    tornado_figure,
)
from sim.reporting.figures.sweep_parts import Names, key_lines
from sim.reporting.words import Words
from tests.chinese import english_words
from tests.reporting.test_figures import _check

EN, ZH = Words("en").in_currency("$"), Words("zh").in_currency("$")
ARMS = ("ad_blitz", "community_building")
X, Y, Z = "talk.rate", "choice.intercept", "price.weight"


@cache
def _config():
    return sim.load_config()


def _table(settings, outcome, arms=ARMS, seeds=2, noise=0.0):
    """A tidy table of a sweep.

    Args:
        settings: one row a setting, one column a parameter.
        outcome: the profit of a setting (a row of values) with the arm of a number.
        noise: standard deviation of profit between seeds and arms.
    """
    random = np.random.default_rng(1)
    return pd.DataFrame([
        {"setting": n, **row, "arm": arm, "seed": seed, "firm": "alder", "run": "", "reason": "",
         "status": "done", "profit": outcome(list(row.values()), a) + noise * random.normal()}
        for n, row in enumerate(settings.to_dict("records"))
        for a, arm in enumerate(arms) for seed in range(1, seeds + 1)
    ])  # fmt: skip


def _spread(count, *keys):
    """Settings spread over the unit cube."""
    return pd.DataFrame(np.random.default_rng(2).random((count, len(keys))), columns=list(keys))


def _grid(xs, ys):
    return pd.DataFrame([(x, y) for x in xs for y in ys], columns=[X, Y])


def _crosses(row, arm):
    """The second arm earns more where the first value is above a half."""
    return 1e6 * arm * (row[0] - 0.5)


def _texts(figure):
    return [t.get_text().replace("\n", " ") for t in figure.findobj(Text) if t.get_visible()]


def _title(figure):
    return figure.texts[0].get_text().replace("\n", " ")


def _with_id(figure, name):
    return figure.findobj(lambda artist: artist.get_gid() == name)


# Response curves


def test_a_difference_has_a_line_of_zero_and_says_where_the_lead_turns():
    table = _table(_spread(60, X, Y), _crosses)
    figure = response_figure(table, "profit", [X, Y], EN, config=_config())
    assert [list(line.get_ydata()) for line in _with_id(figure, "zero")] == [[0, 0]] * 2
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert re.fullmatch(r"Ad blitz higher up to 0\.[45]\d*, then Community building", titles[1])
    assert "the higher profit depends most on “Chance that an active customer" in _title(figure)
    one = response_figure(table, "profit", [X, Y], EN, arms=ARMS[:1])
    assert not _with_id(one, "zero"), "one arm has no difference"


def test_bands_are_the_interval_of_the_mean_and_the_middle_of_single_runs():
    runs = np.arange(40.0).reshape(20, 2)
    found = swept.curve(np.zeros(20), runs)
    means = runs.mean(axis=1)
    assert np.isclose(found.mean[0], 19.5)
    assert np.isclose(found.high[0] - 19.5, 2.093 * means.std(ddof=1) / 20**0.5, rtol=1e-3)
    assert np.allclose([found.least[0], found.most[0]], np.quantile(runs, [0.05, 0.95]))
    assert not found.is_grouped
    assert swept.curve(np.arange(20.0), runs).is_grouped


def test_few_seeds_of_single_settings_share_their_noise():
    runs = np.array([[0.0, 2.0], [10.0, 12.0], [20.0, 22.0]])
    alone, shared = swept.estimate(runs[:1]), swept.estimate(runs[:1], swept.seed_noise(runs))
    assert np.isclose(alone.high - 1.0, 12.706, rtol=1e-3)
    assert np.isclose(shared.high - 1.0, 3.182, rtol=1e-3)


def test_the_most_influential_parameter_is_first_and_others_are_counted():
    settings = _spread(80, *(f"p{n}" for n in range(9)))
    table = _table(settings, lambda row, _: 5e6 * row[7] + 3e6 * row[3], noise=1e5)
    figure = response_figure(table, "profit", list(settings), EN, arms=ARMS[:1])
    assert [axes.get_xlabel() for axes in figure.axes][:2] == ["p7", "p3"]
    assert len(figure.axes) == 6
    assert any("the 6 most influential of 9 parameters" in text for text in _texts(figure))
    given = response_figure(table, "profit", list(settings), EN, arms=ARMS[:1], order=["p1"])
    assert [axes.get_xlabel() for axes in given.axes] == ["p1"]


def test_failed_runs_are_left_out_and_counted_and_one_run_has_no_interval():
    table = _table(_spread(5, X), _crosses, seeds=1)
    failed = table["setting"].eq(2) & table["arm"].eq("ad_blitz")
    table.loc[failed, ["status", "profit", "firm"]] = ["failed", np.nan, None]
    found = swept.swept(table, "profit", [X], "alder")
    assert found.failed == 1
    assert np.isnan(found.values[0, 2, 0])
    assert found.leaders()[2] == -1
    said = _texts(response_figure(table, "profit", [X], EN))
    assert any("failed runs, left out: 1" in text for text in said)
    assert any("seed noise is not known" in text for text in said)
    assert not any("95 %" in text for text in said)


def test_too_few_settings_name_no_parameter():
    table = _table(_spread(4, X, Y, Z), _crosses)
    assert "too few settings" in _title(tornado_figure(table, "profit", [X, Y, Z], EN))


# The border


def _border(figure):
    """Points of the border line of a map."""
    contours = [one for one in figure.findobj(ContourSet) if list(one.levels) == [0.0]]
    return np.vstack([path.vertices for path in contours[0].get_paths()])


def test_the_border_of_a_grid_passes_where_the_sign_changes():
    table = _table(_grid([0.1, 0.3, 0.6, 0.9], [0, 1, 2]), _crosses)
    figure = border_figure(table, "profit", [X, Y], EN, x=X, y=Y)
    border = _border(figure)
    assert np.allclose(border[:, 0], 1 + 0.2 / 0.3), "between the cells of 0.3 and 0.6"
    assert np.allclose([border[:, 1].min(), border[:, 1].max()], [-0.5, 2.5]), "from edge to edge"
    assert _title(figure) == "Alder: profit is higher with Community building on 50 % of this map"


def test_the_border_of_a_surface_passes_where_the_sign_changes():
    table = _table(_spread(60, X, Y), lambda row, arm: arm * (row[0] + row[1] - 1.0), noise=0.05)
    figure = border_figure(table, "profit", [X, Y], EN, x=X, y=Y)
    assert np.abs(_border(figure).sum(axis=1) - 1.0).max() < 0.12
    assert len(_with_id(figure, "settings")[0].get_xdata()) == 60


def test_cells_whose_interval_includes_zero_are_hatched():
    table = _table(_grid([0.2, 0.5, 0.8], [0, 1]), _crosses, seeds=3)
    table.loc[table["arm"].eq(ARMS[1]), "profit"] += 1e4 * table["seed"].sub(2)
    hatched = _with_id(border_figure(table, "profit", [X, Y], EN, x=X, y=Y), "unclear")
    assert sorted((cell.get_x(), cell.get_y()) for cell in hatched) == [(0.5, -0.5), (0.5, 0.5)]
    once = border_figure(table[table["seed"] == 3], "profit", [X, Y], EN, x=X, y=Y)
    assert not _with_id(once, "unclear")
    assert any("there is no interval" in text for text in _texts(once))


def test_colours_of_a_threshold_are_labelled_with_values():
    table = _table(_grid([1, 2, 3], [0, 1]), lambda row, _: 1e6 * row[0], arms=ARMS[:1])
    figure = border_figure(table, "profit", [X, Y], EN, x=X, y=Y, threshold=2.5e6)
    bar = figure.axes[1]
    assert bar.yaxis.get_major_formatter()(0.0, 0) == "2.5 M"
    assert "on 67 % of this map" in _title(figure)
    assert "at most $2.50 M" in _title(figure)


# Tornado, flips, sensitivity


def test_bars_are_in_order_of_width_with_values_at_their_ends():
    settings = _spread(100, X, Y, Z)
    table = _table(settings, lambda row, _: 1e6 * row[1] - 9e6 * row[2], arms=ARMS[:1])
    figure = tornado_figure(table, "profit", [X, Y, Z], EN)
    found = swept.swept(table, "profit", [X, Y, Z])
    bars = swept.tornado(found, found.values[0])
    assert [bar.key for bar in bars] == [Z, Y, X]
    ordered = settings[Z].sort_values()
    assert np.allclose(bars[0].ends, [ordered[:20].mean(), ordered[-20:].mean()])
    drawn = [bar for bar in figure.axes[0].patches if isinstance(bar, Rectangle)]
    assert drawn[0].get_width() > 0 > drawn[1].get_width(), "profit falls with the value"
    assert drawn[0].get_facecolor()[:3] == pytest.approx([int(END_COLOURS[0][n : n + 2], 16) / 255
                                                           for n in (1, 3, 5)])  # fmt: skip
    assert f"{bars[0].ends[1]:.3g}" in _texts(figure)


def test_parameters_varied_one_at_a_time_are_recognised():
    rows = [(1, 1), (0, 1), (3, 1), (1, 0), (1, 5)]
    table = _table(pd.DataFrame(rows, columns=[X, Y]), lambda row, _: 10.0 * row[0] + row[1])
    found = swept.swept(table, "profit", [X, Y], arms=ARMS[:1])
    bars = swept.tornado(found, found.values[0])
    assert [(bar.key, bar.ends) for bar in bars] == [(X, (0, 3)), (Y, (0, 5))]
    assert [end.mean for end in bars[0].outcomes] == [1.0, 31.0]
    assert list(found.along(Y, found.values[0]).mean) == [10.0, 11.0, 15.0]
    assert not swept.base_setting(swept.swept(_table(_grid([1, 2], [3, 4]), _crosses), "profit",
                                              [X, Y]))  # fmt: skip


def test_settings_that_flip_the_answer_lie_on_top_and_the_box_is_a_band():
    table = _table(_spread(50, X, Y, Z), lambda row, arm: arm * (row[0] - 0.8))
    box = pd.DataFrame({"parameter": [X], "low": [0.8], "high": [2.0], "p": [0.01]})
    figure = flips_figure(table, "profit", [X, Y, Z], EN, boxes=box)
    flips = int((table.drop_duplicates("setting")[X] > 0.8).sum())
    counts = f"{50 - flips} of 50 settings; {flips} flip the answer, {flips} of the {flips} in"
    assert counts in _title(figure)
    lines = sorted(figure.axes[0].findobj(LineCollection), key=lambda lines: lines.get_zorder())
    assert [len(one.get_segments()) for one in lines[:2]] == [50 - flips, flips]
    (band,) = _with_id(figure, "box")
    low, high = table[X].min(), table[X].max()
    assert np.isclose(band.get_y(), (0.8 - low) / (high - low))
    assert np.isclose(band.get_y() + band.get_height(), 1.0), "cut at the end of the axis"


def _indices(count=20):
    frame = pd.DataFrame({"parameter": [f"p{n}" for n in range(count)]})
    frame["total"] = np.linspace(0.01, 0.5, count)
    frame["first"], frame["total_error"], frame["first_error"] = 0.8 * frame["total"], 0.02, 0.01
    frame.attrs = {"method": "Sobol", "noise": 0.25}
    return frame


def test_sensitivity_has_the_largest_on_top_and_seed_noise_by_itself():
    figure = sensitivity_figure(_indices(), "profit", EN)
    said = _texts(figure)
    assert influence_order(_indices())[:2] == ["p19", "p18"]
    assert _title(figure).startswith("50 % of the variation in profit is due to “p19”")
    assert "p5" in said
    assert "p4" not in said, "the fifteen largest"
    (noise,) = _with_id(figure, "noise")
    assert noise.get_width() == 0.25
    others = {bar.get_facecolor() for bar in figure.axes[0].patches if bar is not noise}
    assert noise.get_facecolor() not in others


def test_effects_stand_against_their_spread():
    frame = pd.DataFrame({"parameter": [X, Y], "mu_star": [1e6, 3e6], "mu_star_error": 1e5,
                          "sigma": [5e5, 1e5]})  # fmt: skip
    figure = sensitivity_figure(frame, "profit", EN, config=_config())
    points = figure.axes[1].lines[1]
    assert list(points.get_xdata()) == [3e6, 1e6]
    assert list(points.get_ydata()) == [1e5, 5e5]
    assert any("Seed noise is not known" in text for text in _texts(figure))


def test_an_index_is_held_against_luck_and_says_whose_difference_it_is():
    frame = pd.DataFrame({"parameter": [X, Y], "index": [0.4, 0.2], "by_chance": [0.25, 0.25]})
    frame.attrs = {"method": "pawn", "noise": 0.1, "arms": ["now", "new"]}
    figure = sensitivity_figure(frame, "profit", EN)
    assert _title(figure).startswith("The difference in profit depends most on")
    said = " ".join(_texts(figure))
    assert "PAWN" in said
    assert "new less now" in said
    assert "Thin lines" not in said, "there are none"
    (luck,) = _with_id(figure, "luck")
    assert [segment[0][0] for segment in luck.get_segments()] == [0.25, 0.25]
    nothing = sensitivity_figure(frame.assign(by_chance=0.5), "profit", EN)
    assert _title(nothing).startswith("No varied parameter clearly moves the difference")


def test_whether_parameters_were_varied_one_at_a_time_is_found_out_once(monkeypatch):
    calls = []
    find = swept.base_setting
    monkeypatch.setattr(swept, "base_setting", lambda found: calls.append(1) or find(found))
    found = swept.swept(_table(_spread(20, X, Y, Z), _crosses), "profit", [X, Y, Z])
    swept.tornado(found, found.values[0])
    assert len(calls) == 1


# The answer, names and room


def test_the_answer_counts_settings_and_shows_the_share_of_each_arm():
    table = _table(_spread(40, X, Y), _crosses)
    ahead = int((table.drop_duplicates("setting")[X] > 0.5).sum())
    figure = sweep_figure(table, "profit", [X, Y], EN, config=_config())
    best = max(ahead, 40 - ahead)
    assert f"in {best} of 40 settings" in _title(figure)
    assert f"{100 * best / 40:.0f} %" in _texts(figure)
    assert "Chance that an active customer of a firm tells one acquaintance about it" in _texts(
        figure
    )


def test_there_is_no_single_bar_of_all_settings():
    table = _table(_spread(40, X, Y), lambda row, arm: 10.0 * arm + row[0])
    figure = sweep_figure(table, "profit", [X, Y], EN, config=_config())
    assert "in all 40 settings" in _title(figure)
    assert not any("100 %" in text for text in _texts(figure))
    assert len(figure.axes) == 2


def test_pictures_of_a_function_name_its_columns():
    table = _spread(30, "x1", "x2").assign(setting=range(30), status="done", reason="")
    table["y"] = table["x1"] ** 2
    assert _title(response_figure(table, "y", ["x1", "x2"], EN)).startswith(
        "y depends most on “x1”"
    )


def test_numbers_over_many_orders_of_magnitude_are_short():
    names = Names("profit", "", EN, None)
    assert [names.plain(v) for v in (0.0, 1e-5, 2.5e-7, 0.0125, 3.0, 4e7)] == [
        "0", "10⁻⁵", "2.5×10⁻⁷", "0.0125", "3", "40 M",
    ]  # fmt: skip
    far = swept.swept(_table(pd.DataFrame({X: [1e-6, 1e-2, 10.0]}), _crosses), "profit", [X])
    assert far.scale(X).is_log
    assert np.allclose(far.scale(X).places, [-6, -2, 1])
    assert key_lines("activities.community.unit_cost", 22) == "activities.community.\nunit_cost"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"outcome": "proft"}, "column=proft: no such column; .* Did you mean 'profit'"),
        ({"firm": "alde"}, "firm=alde: no such firm"),
        ({"arms": ["ad_blits"]}, "arm=ad_blits: no such arm"),
        ({"parameters": [X]}, "a map needs two parameters that vary; there are 1"),
        ({"outcome": "run"}, "no run of the sweep has a value of run"),
    ],
)
def test_what_is_not_there_is_refused(asked, said):
    table = _table(_spread(12, X, Y), _crosses).assign(run=np.nan)
    call = {"outcome": "profit", "parameters": [X, Y]} | asked
    with pytest.raises(ConfigError, match=said):
        border_figure(table, words=EN, **call)


def _foreign(figure, table):
    """English words of a figure that are neither keys nor names that the user gave."""
    known = {*table.columns, *table["arm"].unique(), "Sobol"}
    whole = [re.sub(r"\. (?=[a-z])", ".", text) for text in _texts(figure)]  # keys in two lines
    return [word for text in whole for word in english_words(text, known)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_have_room_and_are_of_one_language(language, recwarn):
    words = {"en": EN, "zh": ZH}[language]
    keys = [X, Y, Z, "attention.crowding", "organising.handoff_care_learning", "loyalty.contagion",
            "activities.community.unit_cost"]  # fmt: skip
    settings = _spread(24, *keys)
    table = _table(settings, lambda row, arm: 1e6 * (row[0] + arm * (row[1] - row[2])), noise=1e5)
    table.loc[::9, ["status", "profit"]] = ["failed", np.nan]
    four = _table(settings[[X, Y]], lambda row, arm: arm * row[0], seeds=1, arms=(
        *ARMS, "another arm whose name is far too long to print", "fast_follower"))  # fmt: skip
    box = pd.DataFrame({"parameter": [Y], "low": [0.3], "high": [0.6]})
    common = {"words": words, "config": _config()}
    indices = _indices(7).assign(parameter=keys)
    drawn = {
        "response": response_figure(table, "profit", keys, **common),
        "border": border_figure(table, "profit", keys, **common),
        "tornado": tornado_figure(table, "profit", keys, **common),
        "flips": flips_figure(table, "profit", keys, boxes=box, **common),
        "sensitivity": sensitivity_figure(indices, "profit", firm="alder", **common),
        "four arms": sweep_figure(four, "profit", [X, Y], **common),
    }
    _check(drawn.items())
    assert not [w for w in recwarn if "Glyph" in str(w.message)]
    if language == "zh":
        for name, figure in drawn.items():
            if name != "four arms":
                assert not _foreign(figure, table), name
