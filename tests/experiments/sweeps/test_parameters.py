"""The space of a sweep: words of the command line, keys, groups, ranges, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.config.compose import Values, load_config, parse_values
from sim.experiments.sweeps.parameters import (
    Factor,
    Space,
    settings_at,
    uncertain_parameters,
)
from sim.params import ConfigError, numbers
from sim.runs.arms import arms

CONFIG = sim.load_config()


@pytest.mark.parametrize(
    ("word", "levels"),
    [
        ("talk.rate=0.1,0.2", (0.1, 0.2)),
        ("talk.rate=range(0,1,0.25)", (0.0, 0.25, 0.5, 0.75)),  # the stop is not included
        ("weeks=range(4)", (0, 1, 2, 3)),
        ("weeks=range(9,0,-4)", (9, 5, 1)),
        ("x=range(0,2.1,0.7)", (0.0, 0.7, 1.4)),  # exact decimals
        ("plan=choice(ad_blitz,declared)", ("ad_blitz", "declared")),
        ("plan=计划,其他", ("计划", "其他")),
        ("plan='a b',c", ("a b", "c")),
        ("choice.consideration=true,false", (True, False)),
    ],
)
def test_lists_and_ranges_have_hydras_meaning(word, levels):
    found = parse_values(word)
    assert found == Values(word.partition("=")[0], levels)
    assert [type(v) for v in found.levels] == [type(v) for v in levels]


def test_intervals_have_two_ends_and_may_be_whole_or_logarithmic():
    assert parse_values("a.b=interval(0.1,0.5)") == Values("a.b", (), 0.1, 0.5)
    assert parse_values("a=int(interval(1,5))") == Values("a", (), 1.0, 5.0, is_whole=True)
    assert parse_values("a=tag(log,interval(1,9))") == Values("a", (), 1.0, 9.0, is_log=True)


@pytest.mark.parametrize("word", ["a=1", "a=[1,2]", "a={b: 1, c: 2}", "~a", "a='x,y'", "a=x y"])
def test_one_value_is_an_ordinary_change(word):
    assert parse_values(word) is None


@pytest.mark.parametrize(
    "values",
    ["0.1,,0.2", "range(0,1", "range(0,1e9)", "range(1,1)", "range(0,1,0)", "interval(5,1)",
     "interval(0,inf)", "tag(log,interval(0,1))", "tag(x,interval(0,1))", "glob(*)",
     "shuffle(1,2)", "null,1", "nan,1", "[1],[2]", "range(0,inf)"],
)  # fmt: skip
def test_values_that_cannot_be_read_are_one_line(values):
    with pytest.raises(ConfigError, match="needs values such as"):
        parse_values(f"talk.rate={values}")


def test_other_words_of_sweeps_are_refused():
    for word, said in (("a=1,1", "1 stands twice"), ("+a=1,2", "not of the form key=value")):
        with pytest.raises(ConfigError, match=said):
            parse_values(word)
    with pytest.raises(ConfigError, match="several values; give one"):
        load_config("talk.rate=0.1,0.2")


# Spaces


def test_keys_groups_and_words_have_their_plausible_ranges():
    space = sim.space(CONFIG, "talk", "choice.consideration", "talk.rate=interval(0,0.2)")
    drawn = [k for k, n, v in numbers(CONFIG) if k.startswith("talk.") and n.range(v) is not None]
    assert set(space.keys) == {*drawn, "choice.consideration"}
    by_key = {factor.key: factor for factor in space}
    assert by_key["talk.rate"] == Factor("talk.rate", 0.0, 0.2)
    assert by_key["choice.consideration"].levels == (0, 1)
    assert "price.usual" not in sim.space(CONFIG, "price").keys
    assert sim.space(CONFIG, "uncertain").keys == tuple(uncertain_parameters(CONFIG))
    spending = arms(["ad_blitz", "community_building"], CONFIG)
    more = set(sim.space(CONFIG, "uncertain", arms=spending).keys)
    assert more == set(uncertain_parameters(CONFIG, spending))
    assert sim.space(CONFIG, "firms.alder").keys[0].startswith("firms.alder.")
    assert Space.from_plain(space.to_plain()) == space


def test_a_mapping_has_intervals_levels_and_plans():
    space = sim.space(
        CONFIG,
        {"firms.alder.list_price": (30, 50), "weeks": (50, 60), "talk.rate": (0.01, 0.1, "log"),
         "plan": ["ad_blitz", "community_building"]},
    )  # fmt: skip
    price, weeks, rate, plan = space
    assert (price.low, price.high, price.middle) == (30.0, 50.0, None)
    assert weeks.whole
    assert rate.at(np.array([0.5])) == pytest.approx(0.01 * 10**0.5, rel=1e-5)
    assert (
        plan.at(np.array([0.0, 0.49, 0.5, 1.0])).tolist()
        == ["ad_blitz"] * 2 + ["community_building"] * 2
    )


def test_a_lever_has_levels():
    space = sim.space(CONFIG, "firms.alder.budget.community=0,5000")
    assert sim.sample(space, method="grid")["firms.alder.budget.community"].tolist() == [0, 5000]


def test_a_problem_of_salib_is_a_space():
    problem = {"num_vars": 2, "names": ["x", "y"], "bounds": [[0, 1], [1, 100]],
               "dists": ["unif", "logunif"]}  # fmt: skip
    space = sim.space(None, problem)
    assert space.factors == (Factor("x", 0.0, 1.0), Factor("y", 1.0, 100.0, log=True))
    for change in ({"dists": ["norm", "unif"]}, {"bounds": [[0, 1]]}, {"groups": ["g", "g"]}):
        with pytest.raises(ConfigError, match="problem of SALib"):
            sim.space(None, problem | change)


def test_values_are_whole_within_their_ends_and_as_their_text():
    places = np.random.default_rng(1).random(2000)
    whole = Factor("n", 1, 4, whole=True).at(places)
    assert whole.dtype == np.int64
    assert np.bincount(whole)[1:].min() > 400, "all are equally likely"
    rough = Factor("x", -np.pi, np.pi / 3).at(np.append(places, [0.0, 1.0]))
    assert (rough >= -np.pi).all()
    assert (rough <= np.pi / 3).all()
    assert all(float(f"{v:.6g}") == v for v in rough[:-2])


def test_the_uncertain_parameters_are_mapped_as_in_the_analysis_of_uncertainty():
    places = np.random.default_rng(2).random((3, len(uncertain_parameters(CONFIG))))
    _, words = settings_at(CONFIG, uncertain_parameters(CONFIG), places)
    found = sim.space(CONFIG, "uncertain").at(places)
    for n, row in enumerate(found.to_dict("records")):
        assert [f"{key}={value:.6g}" for key, value in row.items()] == words[n]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (["talk.rat"], "talk.rat: neither a parameter nor a group of parameters. Did you mean 't"),
        (["uncertian"], "Did you mean 'uncertain'?"),
        (["weeks"], "weeks: has no plausible range; give one."),
        (["log"], "log: no parameter of it has a plausible range; give ranges."),
        (["talk.rate=0.1"], "talk.rate=0.1: one value; a sweep varies several."),
        (["talk.rate=0.1,7"], "talk.rate=7.0 is out of bounds: allowed 0 to 1"),
        ([{"talk.rate": (0.5, 0.1)}], "talk.rate: no interval from 0.5 to 0.1;"),
        ([{"talk.rate": (0.1, float("inf"))}], "talk.rate: no interval"),
        ([{"talk.rate": (0.0, 0.1, "log")}], "above 0 for a logarithmic scale"),
        ([{"talk.rate": 0.1}], "talk.rate: 0.1 is no interval; give (low, high)"),
        ([{"talk.rate": (0.1,)}], "is no interval"),
        ([{"talk.rate": [0.1, 0.1]}], "talk.rate: 0.1 is no value, or stands twice."),
        ([{"talk.rate": [0.1, "x"]}], "talk.rate: words and numbers are mixed."),
        ([{"weeks": (1.5, 3)}], "whole for whole numbers"),
        ([{"tlak.rate": (0.1, 0.2)}], "unknown key tlak.rate. Did you mean 'talk.rate'?"),
        ([{"plan": ["ad_blitz", "ad_blits"]}], "ad_blits"),
        ([5], "5: a sweep varies keys, groups and mappings"),
        ([], "a sweep needs something to vary"),
    ],
)  # fmt: skip
def test_what_cannot_be_varied_is_one_line(what, said):
    with pytest.raises(ConfigError) as caught:
        sim.space(CONFIG, *what)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_function_needs_ranges():
    with pytest.raises(ConfigError, match="x: without a configuration a range is needed"):
        sim.space(None, "x")
    with pytest.raises(ConfigError, match="x: has no plausible range"):
        sim.space(None, {"x": None})
