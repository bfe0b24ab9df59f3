"""The benchmark has all its rows, its engines agree, and its verb says when they do not.

No test looks at how long anything takes.
"""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

import sim
from sim.cli.app import main
from sim.experiments.benchmark import benchmark as bench
from sim.experiments.benchmark import c_toy, markets, numba_toy, toy
from sim.experiments.benchmark.blocks_toy import BlocksToy
from sim.experiments.benchmark.toy import Ends
from sim.model.week import WEEK
from sim.reporting import benchmark as report
from sim.reporting.json_schema import schema
from sim.reporting.words import Words
from tests.chinese import english_words

TINY = bench.Extent(
    turns=3, weeks=2, small=(60, 120, 240), largest=240,
    toy={None: 4_000, "mesa": 600, "reference": 60}, memory=0, replicates=1,
)  # fmt: skip
TWO = {"brand": 240, "industrial": 240}


@pytest.fixture(scope="module")
def found():
    """A benchmark of two tiny markets and a tiny toy market, with replicates in threads."""
    with pytest.MonkeyPatch.context() as patch:
        small = ("population.customers=60", "weeks=4", "warmup=2", "threads=1")
        load, engine, configured = bench.load_config, bench.engine, markets.configured
        patch.setattr(bench, "QUICK", TINY)
        patch.setattr(bench, "MARKETS", TWO)
        patch.setattr(toy, "WEEKS", 20)
        patch.setattr(bench, "load_config", lambda *words: load(*words, *small))
        patch.setattr(bench, "engine", lambda config, *_: engine(config, None, False))
        patch.setattr(bench, "processors", lambda: 2)
        patch.setattr(markets, "configured", lambda *of: replace(configured(*of), warmup=2))
        return bench.benchmark(quick=True)


def test_every_market_size_and_row_is_there(found):
    assert [one.market for one in found.fixed] == list(TWO)
    assert {(one.market, one.customers) for one in found.sizes} == {
        (market, size) for market in TWO for size in TINY.small
    }
    phases = [phase.name for phase in WEEK if phase.run]
    assert [row.phase for row in found.rows if row.market == "brand"] == phases
    assert all(one.week_ms > 0.0 and one.ns > 0.0 for one in found.sizes)
    assert [one.what for one in found.paces] == ["comparison", "year"]
    assert all(one.per_minute > 0.0 for one in found.paces)
    assert found.memory == []


def test_every_engine_of_the_toy_market_is_there_and_they_agree(found):
    engines = [(one.engine, one.threads) for one in found.toy]
    wide = ["columnar", "numba"] + ["c"] * (c_toy.loops() is not None)
    assert engines == [(name, n) for name in wide for n in (1, 2)] + [
        ("numpy", 1), ("mesa", 1), ("reference", 1)
    ]  # fmt: skip
    assert found.agrees
    assert all(gap != 0.0 for one in found.toy if one.engine == "mesa" for gap in one.gap)


def test_the_time_that_no_customer_causes_is_the_intercept():
    sizes = [markets.Size("brand", n, 1, 0.4 + 2e-4 * n, 1.0) for n in (250, 1000, 4000)]
    more = [markets.Size("brand", 9000, 1, 99.0, 1.0), markets.Size("brand", 250, 2, 9.0, 1.0)]
    line = markets.fixed([*sizes, *more], 4000)
    assert (line.low, line.high) == (250, 4000)
    assert (line.week_ms, line.ns) == pytest.approx((0.4, 200.0))
    assert line.error < 1e-6


def test_another_model_does_not_agree():
    draw = np.random.default_rng(5)
    found = {
        name: [Ends(*(np.array(at) + 0.001 * draw.standard_normal(3))) for _ in range(5)]
        for name, at in {"a": (0.3, 0.3, 0.7), "b": (0.3, 0.3, 0.7), "c": (0.3, 0.31, 0.7)}.items()
    }
    sizes = dict.fromkeys(found, 10**6)
    one = toy.agreement(found, sizes)
    assert not one.holds
    assert abs(one.gap["c"].customers) > one.most > abs(one.gap["c"].sales)
    assert toy.agreement({name: found[name] for name in "ab"}, sizes).holds


@pytest.fixture(scope="module")
def strict():
    """The end values and columns of the strict loops in Numba, on one thread."""
    return _year(BlocksToy(5_000, numba_toy.LOOPS))


def _year(one):
    one.prepare(3)
    for _ in range(toy.WEEKS):
        one.step()
    return one.ends(), one.columns


def test_threads_change_no_bit_of_the_strict_loops(strict):
    ends, columns = _year(BlocksToy(5_000, numba_toy.LOOPS, threads=3))
    assert ends == strict[0]
    assert (columns.a == strict[1].a).all()


@pytest.mark.skipif(c_toy.loops() is None, reason="there is no C compiler")
def test_c_has_the_bits_of_numba(strict):
    ends, columns = _year(BlocksToy(5_000, c_toy.loops(), threads=2))
    assert ends == strict[0]
    for name in ("a", "t", "active", "heard"):
        assert (getattr(columns, name) == getattr(strict[1], name)).all(), name


def test_c_is_named_absent_without_a_compiler(found, monkeypatch):
    monkeypatch.setattr(c_toy.shutil, "which", lambda _: None)
    assert c_toy.loops.__wrapped__() is None
    assert bench.machine().compiler is None
    without = replace(
        found, machine=found.machine._replace(compiler=None),
        toy=[one for one in found.toy if one.engine != "c"],
    )  # fmt: skip
    for language, absent in (("en", "absent"), ("zh", "未测")):
        page = report.page(without, Words(language))
        assert f"| {absent} |" in page
        assert page.count(absent) > 1, "in a sentence as well"


@pytest.mark.slow
def test_memory_of_processes_of_their_own():
    one = markets.memory("brand", 100, 3_000)
    assert one.firms == 4
    assert one.state > 200
    assert one.process is None or abs(one.process) < 50_000


def test_what_is_stored_is_read_again(found):
    assert bench.from_json(found.to_json()) == found


@pytest.fixture
def measured(found, monkeypatch, in_folder):
    """The verb gives the tiny benchmark, as if on a machine with a short name."""
    found = replace(found, machine=found.machine._replace(family="8", compiler="12"))
    monkeypatch.setattr(bench, "benchmark", lambda quick, progress: found)
    return found


def test_the_verb_shows_and_stores_the_figures(measured, capsys, in_folder):
    assert main(["benchmark", "--quick"]) == 0
    out = capsys.readouterr().out
    assert "Time of a week that no customer causes" in out
    assert "All engines agree" in out
    place = in_folder / "results" / "benchmark"
    assert bench.from_json((place / "benchmark.json").read_text(encoding="utf-8")) == measured
    assert main(["benchmark", "--quick", "--lang", "zh"]) == 0
    allowed = {*TWO, "toy", "Numba", "NumPy", "Mesa", "Python", *measured.machine.libraries,
               *(phase.name for phase in WEEK)}  # fmt: skip
    assert english_words(capsys.readouterr().out, allowed) == []


def test_its_json_follows_the_schema(measured, capsys):
    assert main(["benchmark", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    jsonschema.validate(out, schema("benchmark", Words("en")), jsonschema.Draft202012Validator)
    assert out["agrees"]
    assert len(out["toy"]) == len(measured.toy)


def test_it_fails_loudly_where_engines_disagree(measured, capsys, monkeypatch):
    wrong = [one._replace(gap=Ends(0.0, 99.0, 0.0)) if one.engine == "numpy" else one
             for one in measured.toy]  # fmt: skip
    monkeypatch.setattr(bench, "benchmark", lambda *_: replace(measured, toy=wrong))
    assert main(["benchmark"]) == 1
    said = capsys.readouterr()
    assert "disagree" in said.err
    assert "NumPy by 99.0" in said.err
    assert "benchmark.json" not in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["benchmark", "weeks=3"], "takes no changes"),
        (["benchmark", "brand"], "takes no name"),
        (["benchmark", "weeks=3", "--lang", "zh"], "不接受改动"),
    ],
)
def test_names_and_changes_are_refused(in_folder, capsys, words, said):
    assert main(words) == 2
    assert said in capsys.readouterr().err
    assert not (in_folder / "results").exists()


def test_the_toy_market_of_the_package_is_the_one_described():
    config = sim.load_config("market=toy")
    activity, (firm,) = config.activities["advert"], config.firms.values()
    each = firm.budget["advert"] / activity.unit_cost / config.population.customers
    choice, talk, loyalty = config.choice, config.talk, config.loyalty
    assert each == pytest.approx(toy.CONTACTS)
    assert (config.weeks, config.attention.retention) == (toy.WEEKS, toy.RETENTION)
    assert config.attention.contact_gain == toy.ADVERT_GAIN
    assert (talk.rate, talk.ties) == (toy.TALK, toy.TIES)
    assert (talk.awareness_gain, talk.trust_gain) == (toy.HEARD_AWARENESS, toy.HEARD_TRUST)
    assert (choice.rate_shape, choice.rate_mean) == (toy.RATE_SHAPE, toy.RATE_MEAN)
    weights = choice.intercept, choice.awareness_weight, choice.trust_weight
    assert weights == (toy.INTERCEPT, toy.AWARENESS_WEIGHT, toy.TRUST_WEIGHT)
    assert (loyalty.experience_gain, loyalty.lapse_hazard) == (toy.EXPERIENCE_GAIN, toy.LAPSE)
