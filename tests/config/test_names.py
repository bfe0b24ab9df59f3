"""Names of any script, in keys and in files; what is refused is refused in one line."""

from __future__ import annotations

import unicodedata

import pytest

import sim
from sim.config.compose import from_yaml, to_yaml
from sim.config.names import RESERVED
from sim.params import ConfigError, key_of, numbers, path_of

SMALL = ("population.customers=60", "weeks=4", "warmup=0", "threads=1")
NAMES = [
    "Müller", "抖音", "tv spot", "A&B", "3m", "tv.spot", "O'Neill", 'the "best"', "a\\b", "1e3",
    "no", "2027-01-04", "{x}", "a: b", "#1", "🦊", "$x$", "a=b", "[bold]", "007", "x" * 100,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_named_as_it_can_be_typed(name):
    path = ("firms", name, "list_price")
    assert path_of(key_of(path)) == path
    config = sim.load_config(f"+{key_of(path[:2])}={{id: 60}}", f"{key_of(path)}=30")
    assert config.firms[name].list_price == 30.0
    assert key_of(path) in {key for key, _, _ in numbers(config)}
    assert (
        name not in sim.load_config(f"+{key_of(path[:2])}={{id: 60}}", f"~{key_of(path[:2])}").firms
    )
    assert from_yaml(to_yaml(config)) == config


@pytest.mark.parametrize("typed", ["tv\\.spot", '"tv.spot"', "'tv.spot'"])
def test_a_dot_in_a_name_is_quoted_or_escaped(typed):
    assert "tv.spot" in sim.load_config(f"+firms.{typed}={{id: 60, list_price: 30}}").firms


def test_names_of_any_script_live():
    config = sim.load_config(
        *SMALL, '+firms."tv spot"={id: 60, budget: {抖音: 500}}', "+activities.抖音={id: 60}",
        "+segments.Müller={id: 9}", '+pay."A&B"={salary: 900}',
        '+treatments."t.1"={id: 1, firm: tv spot}',
        'firms."tv spot".sales.pay="A&B"', 'firms."tv spot".sales.reps=1',
    )  # fmt: skip
    run = sim.simulate(config, seed=1)
    assert run.kpi("spend")["tv spot"] == 4 * 500.0
    world = sim.start(config, 1)
    world.step()
    assert sim.restore(world.snapshot()).config == world.config
    changed = world.branch('firms."tv spot".budget.抖音=700')
    assert changed.config.firms["tv spot"].budget == {"抖音": 700.0}
    again = sim.compare(config, None, ('firms."tv spot".list_price=20',), replicates=2)
    assert again.focus == ("tv spot",)


def test_a_name_in_another_form_is_the_same_name():
    apart = unicodedata.normalize("NFD", "Müller")
    words = (f"+firms.{apart}={{id: 60}}", f"firms.{apart}.list_price=30")
    assert sim.load_config(*words).firms["Müller"].list_price == 30.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+firms.total={id: 60}"], r"firms\.total: this name is reserved"),
        (["+firms.MARKET={id: 60}"], "reserved"),
        (["+activities.list_price={id: 60}"], "reserved"),
        (["+activities.Discount={id: 60}"], "reserved"),
        (["+firms.合计={id: 60}"], "reserved"),
        (["+firms.Alder={id: 60}"], r"firms\.Alder: differs from alder only in case"),
        (["+firms.ａlder={id: 60}"], "differs from alder only in case, width"),
        (['+firms.""={id: 60}'], "not of the form"),
        (['+firms={"": {id: 60}}'], "a name is empty"),
        (['+firms={" ": {id: 60}}'], "a name is empty"),
        (["+firms.' x'={id: 60}"], "begins or ends with a space"),
        (["+firms.a\nb={id: 60}"], r"does not print \(U\+000A\)"),
        (["+firms.a\u202eb={id: 60}"], r"does not print \(U\+202E\)"),
        (["+firms.a\x07={id: 60}"], r"U\+0007"),
        ([f"+firms.{'x' * 101}={{id: 60}}"], "a name of 101 characters; allowed 100"),
        (['+firms."${oc}"={id: 60}'], r"\$\{\.\.\.\} is not replaced"),
        (["+firms={true: {}}"], r"firms\.true\.id=0 is out of bounds"),
        (['firms."tv spot".list_price=3'], r'no such name in firms; .* with \+firms\."tv spot"='),
        (['+firms."tv spot"={id: 60, list_prise: 3}'],
         r'''Did you mean 'firms\."tv spot"\.list_price'?'''),
        (['+firms."tv spot"={id: 60, list_price: -1}'],
         r'firms\."tv spot"\.list_price=-1\.0 is out of'),
        (['+firms."tv spot={id: 60}'], "a quotation mark is not closed"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_refused_in_one_line(words, said):
    with pytest.raises(ConfigError, match=said) as caught:
        sim.load_config(*words)
    assert str(caught.value).isprintable()


def test_reserved_words_are_compared_without_case():
    assert all(word == word.casefold() for words in RESERVED.values() for word in words)
