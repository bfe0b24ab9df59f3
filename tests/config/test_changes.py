"""Overrides of maps and groups, YAML without surprises, and when a change can act."""

from __future__ import annotations

import random

import pytest

import sim
from sim.config import reading
from sim.config.compose import from_yaml, override, to_yaml
from sim.config.reading import read_value, read_yaml
from sim.market.interventions import Era, Intervention
from sim.params import LEVELS, ConfigError, numbers

SMALL = ("population.customers=60", "weeks=8", "warmup=0", "threads=1")


def _refused(*words, said):
    with pytest.raises(ConfigError, match=said) as caught:
        sim.load_config(*words)
    assert str(caught.value).isprintable()


# Maps and groups


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        (["firms.birch.budget={community: 5000}"], {"community": 5000}),
        (["firms.birch={budget: {community: 5000}}"], {"community": 5000}),
        (["firms.birch.budget={}"], {}),
        (["firms.birch.budget={community: 1}", "firms.birch.budget.service=2"],
         {"community": 1, "service": 2}),
        (["firms.birch.budget.service=2", "firms.birch.budget={community: 1}"], {"community": 1}),
        (["firms.birch.budget={service: 1}", "+firms.birch.budget={community: 2}"],
         {"service": 1, "community": 2}),
        (["firms.birch.budget={service: 1, community: 2}", "~firms.birch.budget.service"],
         {"community": 2}),
    ],
)  # fmt: skip
def test_a_budget_is_exactly_what_is_given(words, budget):
    assert sim.load_config(*words).firms["birch"].budget == budget


def test_one_line_of_a_budget_leaves_the_others(default):
    before = default.firms["birch"].budget
    for sign in ("", "+"):
        changed = (
            override(default, f"{sign}firms.birch.budget.community=5000").firms["birch"].budget
        )
        assert changed == before | {"community": 5000.0}


def test_other_maps_follow_the_same_rule_and_groups_keep_the_rest(default):
    assert list(sim.load_config("firms={a: {id: 1}, b: {id: 2}}").firms) == ["a", "b"]
    assert list(sim.load_config("+firms={elm: {id: 9}}").firms) == [*default.firms, "elm"]
    assert sim.load_config("kpis.own.marketing={clicks: 1}").kpis["own"].marketing == {"clicks": 1}
    changed = sim.load_config("talk={rate: 0.3}", "firms.birch={list_price: 3}")
    assert (changed.talk.rate, changed.talk.ties) == (0.3, default.talk.ties)
    assert changed.firms["birch"].budget == default.firms["birch"].budget


def test_what_is_added_is_not_there_already():
    _refused("+firms.alder={id: 60}", said=r"\+firms\.alder: declared already")
    _refused("+firms={alder: {id: 60}}", said=r"\+firms\.alder: declared already")


# YAML


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("010", "010"), ("1:30", "1:30"),
        ("2027-01-04", "2027-01-04"), ("0x10", "0x10"), ("1_000", 1000), ("1e3", 1000.0),
        ("-1.5", -1.5), (".5", 0.5), ("true", True), ("FALSE", False), ("~", None), ("null", None),
        ("'5'", "5"), ("[1, a]", [1, "a"]), ("{no: 1, 010: 2}", {"no": 1, "010": 2}),
    ],
)  # fmt: skip
def test_yaml_has_no_surprises(text, value):
    read = read_yaml(f"x: {text}", "here")["x"]
    assert (type(read), read) == (type(value), value)
    assert read_value(text, "here") == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "here, line 3: not valid YAML: a stands twice"),
        ("a: {b: 1, b: 2}", "here, line 1: not valid YAML: b stands twice"),
        ("a: [1", "here, line"),
        ("a: !!python/object:os.system x", "here, line 1: not valid YAML: could not determine"),
        ("? [a]\n: 1", "a name must be text"),
    ],
)
def test_yaml_that_cannot_be_read_names_the_line(text, said):
    with pytest.raises(ConfigError, match=said):
        read_yaml(text, "here")


def test_files_that_cannot_be_read_are_one_line(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    (tmp_path / "c.yaml").write_text("just words")
    (tmp_path / "d.yaml").write_text("")
    form = "needs lines of the form"
    files = {"a.yaml": "not UTF-8", "b.yaml": "no such file", "c.yaml": form, "d.yaml": form}
    for name, said in files.items():
        with pytest.raises(ConfigError, match=said):
            reading.read_mapping(tmp_path / name, "market")


def test_text_that_looks_like_something_else_reads_back(default):
    words = ["1e3", "no", "2027-01-04", "010", "~", "true", "0x1", "a: b", "#", "'", ""]
    config = override(default)
    for word in words:
        config.activities["broadcast"].source = word
        assert from_yaml(to_yaml(config)).activities["broadcast"].source == word


@pytest.mark.parametrize(
    "word",
    ["talk.rate=${oc.env:HOME}", "firms.alder.organisation.target=${x}", "off=['${x}']",
     "+firms.e={id: 9, budget: {broadcast: '${x}'}}", "market=${x}", "start=???", "talk.rate=???",
     "+interventions.x={week: 2, set: ['talk.rate=${x}']}"],
)  # fmt: skip
def test_nothing_is_replaced_by_something_else(word):
    _refused(word, said=r"not replaced here|no such market")
    with pytest.raises(ConfigError, match=r"not replaced here|no such market"):
        sim.load_config("mechanisms=revised", word)  # a file whose values refer to others


def test_nothing_is_replaced_in_files(default):
    with pytest.raises(ConfigError, match="not replaced here"):
        from_yaml(to_yaml(default).replace("start: auto", "start: ${x}"))


# Levels


def test_every_number_has_a_level(default):
    found = {known.level for _, known, _ in numbers(default)}
    assert found == set(LEVELS)


@pytest.mark.parametrize(
    "word",
    ["seed=9", "weeks=20", "threads=2", "engine=reference", "replicates=9", "smallest_effect=0.5",
     "log.purchases=true", "start=2030-01-07", "measurement.window=5", "warmup=3", "market=toy",
     "population.people=5", "choice.rate_mean=0.1", "shelf.stores=3", "credit.spread=0.1"],
)  # fmt: skip
def test_a_change_that_cannot_act_is_refused_when_it_is_read(word):
    config = sim.load_config(*SMALL)
    with pytest.raises(ConfigError, match=word.split("=")[0]):
        sim.compare(config, "ad_blitz", ("ad_blitz", word), replicates=2)
    intervention = f"+interventions.x={{week: 5, set: ['{word}']}}"
    _refused(*SMALL, intervention, said=rf"^interventions\.x: {word.split('=')[0]}")


def test_a_change_to_the_present_value_may_pass():
    config = sim.load_config(*SMALL, "+interventions.x={week: 5, set: ['seed=1', 'weeks=8']}")
    assert sim.simulate(config, 1).ledger.weeks == 8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+interventions.x={week: 9, set: ['talk.rate=0']}"],
         r"interventions\.x\.week=9 lies beyond the end of the run \(weeks=8\)"),
        (["+interventions.x={week: 2, set: ['talk.rte=0']}"],
         r"^interventions\.x: unknown key talk\.rte"),
        (["+interventions.'a b'={week: 2, set: ['talk.rate=7']}"],
         r'^interventions\."a b": talk\.rate=7\.0 is out of bounds'),
        (["+eras.e={key: talk.rate, last: 4}",
          "+interventions.x={week: 2, set: ['talk.rate=0.1']}"],
         r"^interventions\.x: .*eras\.e changes talk\.rate"),
        (["+interventions.x={week: 5, set: ['+interventions.y={week: 4, set: [talk.rate=0]}']}"],
         "interventions.y"),
        (["+treatments.t={id: 1, firm: birch, week: 9}"], r"treatments\.t\.week=9 lies beyond"),
        (["+eras.e={key: population.people, start: 5, end: 9}"],
         r"eras\.e\.key=population\.people: an era cannot change it"),
        (["+eras.e={key: firms.alder.id, start: 5, end: 9}"], "an era cannot change it"),
        (["+eras.e={key: '\"a'}"], r"^eras\.e\.key: "),
        (["+eras.e={key: seed, start: 5, end: 9}"], "an era cannot change it"),
        (["+eras.e={key: talk.rate, first: 9, last: 20}"], r"eras\.e\.first=9 lies beyond the end"),
        (["+eras.e={key: talk.rate, first: 5, last: 4}"], r"eras\.e\.last=4 lies before"),
    ],
)  # fmt: skip
def test_interventions_and_eras_are_checked_when_they_are_read(words, said):
    if "interventions.y" in said:
        sim.load_config(*SMALL, *words)  # whether it is too late shows in its week
        return
    _refused(*SMALL, *words, said=said)


def test_interventions_are_checked_in_the_order_of_their_weeks():
    config = sim.load_config(
        *SMALL, "+interventions.b={week: 6, set: ['~firms.birch.budget.community']}",
        "+interventions.a={week: 3, set: ['+firms.birch.budget.community=5']}",
    )  # fmt: skip
    world = sim.start(config, 1)
    while world.week < 8:
        world.step()
        world.branch("talk.rate=0.1")
    assert "community" not in world.config.firms["birch"].budget


def test_a_branch_cannot_change_weeks_that_are_over():
    world = sim.start(sim.load_config(*SMALL), 1)
    for _ in range(4):
        world.step()
    for word in ("+interventions.x={week: 4, set: ['talk.rate=0']}", "weeks=3",
                 "+treatments.t={id: 1, firm: birch, week: 2}"):  # fmt: skip
        with pytest.raises(ConfigError, match="4 weeks have passed"):
            world.branch(word)
    world.branch("+interventions.x={week: 5, set: ['talk.rate=0']}", "weeks=9", "log.leads=true")
    with pytest.raises(ConfigError, match="settled at the start"):
        world.branch("+eras.e={key: flow.inflow, end: 0.1}")


def test_an_intervention_made_in_python_is_checked_as_well():
    config = sim.load_config(*SMALL)
    config.interventions["x"] = Intervention(week=5, set=["seed=3"])
    with pytest.raises(ConfigError, match=r"^interventions\.x: seed=3"):
        sim.simulate(config)
    config.interventions = {}
    config.eras["e"] = Era(key="population.customers", start=5.0, end=6.0)
    with pytest.raises(ConfigError, match=r"^eras\.e\.key=population"):
        sim.simulate(config)


# Amounts


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["population.people=10000000000", "population.customers=100000",
          "firms.birch.list_price=1e6"], r"firms\.birch\.list_price=1e\+06: a sum of .*"),
        (["firms.birch.budget={broadcast: 1e12, service: 1e12, community: 1e12}", "weeks=5200",
          "warmup=5200", *[f"+firms.birch.budget.{k}=1e12" for k in (
              "content_social", "findability", "trade_shows")]], r"firms\.birch\.budget: a sum of"),
        (["population.customers=100000000", "flow.inflow=0.2", "weeks=300"],
         r"population\.customers=100000000: .* simulated customers"),
    ],
)  # fmt: skip
def test_amounts_that_whole_numbers_do_not_hold_are_refused(words, said):
    _refused(*words, said=said)


# Any input


PIECES = [
    "talk", "rate", "firms", "alder", "budget", "off", "interventions", "eras", "market", ".", "=",
    "+", "~", "++", "{", "}", "[", "]", ":", ",", "'", '"', "\\", "nan", "inf", "-1", "1e400",
    "9" * 5000, "null", "true", "a", "抖音", "🦊", "\n", "\t", "\x00", "\u202e", "\ud800", "${x}",
    "???", " ", "#", "&a", "*a", "!!int", "-", "|", "０", "week", "set", "key", "id", "x" * 200,
]  # fmt: skip


def _said(word):
    """What is said about an override; empty if it is taken."""
    try:
        sim.load_config(word)
    except ConfigError as error:
        return str(error)
    return ""


def test_any_words_are_taken_or_refused_in_one_line():
    draw = random.Random(7)
    for _ in range(700):
        pieces = draw.choices(PIECES, k=draw.randint(1, 9))
        if draw.random() < 0.5:
            pieces[:0] = [
                draw.choice(["talk.rate=", "firms.alder=", "+firms.x=", "off=", "firms="])
            ]
        word = "".join(pieces)
        said = _said(word)
        assert said.isprintable(), word
        assert len(said) < 1000, word


@pytest.mark.parametrize(
    "word",
    ["a=", "=a", "=", "", " ", "talk.rate", "talk.rate=[1,2]", "talk.rate={a: 1}", "talk=3",
     "talk=[]",
     "firms=3", "firms.alder=null", "+talk.x=1", "~talk", "~firms", "++a=1", "🦊=1", "talk.rate=🦊",
     "talk.rate=" + "1" + "0" * 400, "talk.ties=" + "1" + "0" * 400, "talk.rate=nan",
     "talk.rate=inf",
     "off=all", "off=[3]", "interventions.x=3", "+interventions.x=3", "talk.rate=１",
     "talk.rate=" + "x" * 9999,
     "x" * 9999 + "=1", "talk.rate=0.1\n0.2", "talk\n.rate=0.1x", "talk..rate=1", ".=1",
     "talk.rate.x=3",
     "firms.alder.budget=5", "firms.alder.budget={broadcast: a}",
     "firms.alder.budget={broadcast: true}",
     "firms.alder.budget.broadcast={a: 1}", "firms.alder.sales=4", "choice.consideration=2",
     "choice.consideration=a",
     "weeks=true", "weeks=26.0", "weeks=2_", "start=20270104x", "start=3", "engine=[a]",
     "kpis.own.marketing={clicks: nan}",
     "firms.alder.sales.pay=3", "~firms.alder=3", "~talk.rate", "~firms.aldr", "{a: 1}", "[a]=1",
     "firms={id:3}",
     "+firms.elm={id:3}", "talk.rate=" + "[" * 2000, "talk.rate=" + "{a: " * 2000, "+market=brnd",
     "market={a: 1}",
     "market=[a]", "pay.salary=3", "segments={}", "activities={}", "+eras.e={key: 'a\"b'}",
     "+eras.e={key: ''}"],
)  # fmt: skip
def test_bad_overrides_are_one_line(word):
    with pytest.raises(ConfigError) as caught:
        sim.load_config(word)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
