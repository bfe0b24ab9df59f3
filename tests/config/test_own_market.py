"""A market of one's own: a file with ten numbers, or a complete market, relative to the folder."""

from __future__ import annotations

import math

import pytest

from sim import files
from sim.config.compose import load_config, models
from sim.config.own_market import TEN, describe, shown
from sim.params import ConfigError
from sim.reporting.markets import market_file, write_market
from sim.reporting.words import Words

MARKET = "market=./mine.yaml"


def _mine(folder, text, name="mine.yaml"):
    (folder / name).write_text(text, encoding="utf-8")
    return load_config(f"market=./{name}")


@pytest.mark.parametrize("like", models())
def test_an_untouched_file_is_the_shipped_market(in_folder, like):
    write_market(in_folder / "mine.yaml", like, Words("zh"))
    assert load_config(MARKET) == load_config(f"market={like}")


def test_there_are_ten_numbers_with_unit_and_bounds_in_the_file(in_folder):
    assert len(TEN) == 10
    config = load_config()
    for language in ("en", "zh"):
        text = market_file(in_folder / "mine.yaml", "brand", config, Words(language))
        for key in TEN:
            (line,) = [line for line in text.splitlines() if line.startswith(f"{key}:")]
            assert "#" in line
        assert MARKET in text or "market=" in text


def test_each_number_sets_what_it_says(in_folder):
    shipped = load_config("market=subscription")
    mine = _mine(in_folder, """
like: subscription
own: Müller & Co
currency: EUR
people: 50000
purchases: 2
price: 100
margin: 60%
spend: 520000
reps: 3
rivals_price: 120
rivals_spend: 1040000
shares: {Groß: 60%, Müller & Co: 0.1, Klein: 30%}
""")  # fmt: skip
    assert list(mine.firms) == ["Müller & Co", "Groß", "Klein"]
    assert (mine.currency, mine.population.people) == ("EUR", 50_000)
    assert mine.population.weight * mine.population.customers == pytest.approx(50_000, rel=1e-3)
    own, large, small = mine.firms.values()
    assert (own.list_price, own.unit_cost) == (100.0, pytest.approx(40.0))
    assert own.sales.reps == 3
    assert sum(own.budget.values()) == pytest.approx(10_000)
    split = {k: v / sum(own.budget.values()) for k, v in own.budget.items()}
    before = shipped.firms["alder"].budget
    assert split == pytest.approx({k: v / sum(before.values()) for k, v in before.items()})
    assert mine.price.usual == 120.0
    assert large.list_price == shipped.firms["birch"].list_price * 120 / 240
    assert sum(large.budget.values()) + sum(small.budget.values()) == pytest.approx(20_000)
    assert own.enters == 0, "a firm with a share has customers when the run begins"
    shares = describe(mine).shares
    assert shares == pytest.approx({"Müller & Co": 0.1, "Groß": 0.6, "Klein": 0.3})
    assert describe(mine).values["purchases"] == pytest.approx(2.0)


def test_shares_are_awareness_at_the_beginning_and_nothing_else(in_folder):
    """A larger share is no bonus: it changes awareness, spend and reps, which customers see."""
    even = _mine(in_folder, "like: brand\nshares: {alder: 0, birch: 40%, cedar: 30%, dogwood: 30%}")
    shipped = load_config()
    for name, firm in even.firms.items():
        before = shipped.firms[name]
        firm.awareness, firm.budget, firm.sales.reps = (
            before.awareness, before.budget, before.sales.reps,
        )  # fmt: skip
        assert firm == before
    even.firms = shipped.firms
    assert even == shipped


def test_a_larger_firm_is_in_more_stores(in_folder):
    mine = _mine(in_folder, "like: packaged\nown: we\nshares: {we: 30%, a: 60%, b: 10%}")
    we, large, small = mine.firms.values()
    assert large.distribution == load_config("market=packaged").firms["birch"].distribution
    assert small.distribution < we.distribution < large.distribution


def test_a_firm_without_share_enters_and_further_rivals_are_like_the_first(in_folder):
    mine = _mine(in_folder, "like: packaged\nown: we\nshares: {we: 0%, a: 50%, b: 50%}")
    assert (mine.firms["we"].enters, mine.firms["we"].awareness) == (1, 0.0)
    names = ", ".join(f"r{n}: 20%" for n in range(5))
    mine = _mine(in_folder, f"like: brand\nown: we\nshares: {{we: 0%, {names}}}")
    assert len({firm.id for firm in mine.firms.values()}) == 6
    assert mine.firms["r3"].position == mine.firms["r0"].position


def test_the_cost_level_multiplies_every_amount_of_money(in_folder):
    shipped, mine = load_config(), _mine(in_folder, "like: brand\ncost_level: 8\n")
    for key in ("price", "spend", "rivals_price", "rivals_spend"):
        assert describe(mine).values[key] == pytest.approx(8 * describe(shipped).values[key])
    for key in ("people", "purchases", "margin", "reps"):
        assert describe(mine).values[key] == pytest.approx(describe(shipped).values[key])
    assert mine.activities["broadcast"].unit_cost == 8 * shipped.activities["broadcast"].unit_cost
    assert mine.pay["salary"].salary == 8 * shipped.pay["salary"].salary
    assert mine.selling.effort_cost == 8 * shipped.selling.effort_cost


def test_changes_come_after_the_file_and_the_last_market_counts(in_folder):
    _mine(in_folder, "like: brand\npeople: 5000\nshares: {alder: 0%, A: 50%, B: 50%}\n")
    mine = load_config("market=packaged", MARKET, "firms.A.list_price=50")
    assert (mine.population.people, mine.firms["A"].list_price) == (5000, 50.0)
    assert mine.population.customers == 5000
    assert load_config(MARKET, "market=packaged") == load_config("market=packaged")


def test_a_complete_market_works_as_a_file(in_folder):
    text = (files.CONFIGS / "market" / "packaged.yaml").read_text(encoding="utf-8")
    assert _mine(in_folder, text, "full.yml") == load_config("market=packaged")
    assert load_config(f"market={in_folder}/full.yml") == load_config("market=packaged")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("like: brand\npeopel: 5\n", "unknown peopel; allowed like, own.*Did you mean 'people'"),
        ("like: brnad\n", "like=brnad: no shipped market.*Did you mean 'brand'"),
        ("like: toy\n", "like=toy: no shipped market"),
        ("people: 5\n", "like=nothing: no shipped market"),
        ("like: brand\npeople: 0\n", "people=0 is out of bounds: allowed 1 to"),
        ("like: brand\npeople: 1,000\n", "people=1,000: needs a number such as 1000000"),
        ("like: brand\npeople: .nan\n", "people=nan is out of bounds"),
        ("like: brand\nprice: yes\n", "price=.*: needs a number"),
        ("like: brand\nreps: 1.5\n", "reps=1.5: needs a whole number"),
        ("like: brand\nreps: .nan\n", "reps=nan: needs a whole number"),
        ('like: brand\nprice: "a\\nb"\n', r"price='a\\nb': needs a number"),
        ('like: brand\ncurrency: "\\u202e"\n', r"currency='\\u202e': needs a word"),
        ("like: brand\nmargin: 55\n", "margin=55 is out of bounds.*Write 40% or 0.4"),
        ("like: brand\nmargin: x%\n", "margin=x%: needs a number"),
        ("like: brand\nown: elm\n", "own=elm: not among the firms of shares"),
        ("like: brand\nown: 3\n", "own=3: needs a word"),
        ("like: brand\ncurrency: far too long\n", "currency=far too long: allowed up to 8"),
        ("like: brand\nshares: {alder: 50%, birch: 40%}\n", "shares add up to 90.0%"),
        ("like: brand\nshares: 5\n", "shares: needs a line for each firm"),
        ("like: brand\nlike: brand\n", "line 2: not valid YAML: like stands twice"),
        ("like: [brand\n", "not valid YAML"),
        ("like: brand\nprice: ${price}\n", "references are not allowed"),
        ("just words\n", "needs lines of the form"),
        ("- a\n", "needs lines of the form"),
        ("", "needs lines of the form"),
        ("tlak: {rate: 1}\n", "market mine.yaml: unknown key tlak.*Did you mean 'talk'"),
        ("talk: {rate: x}\n", "market mine.yaml: talk.rate"),
        ("talk: {rate: 0.1}\n", "firms: none declared"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_that_names_it(in_folder, text, said):
    with pytest.raises(ConfigError, match=said) as error:
        _mine(in_folder, text)
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read(in_folder):
    with pytest.raises(ConfigError, match=r"market none.yaml: no such file"):
        load_config("market=none.yaml")
    (in_folder / "mine.yaml").write_bytes("like: brand # 市场".encode("gb18030"))
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        load_config(MARKET)
    (in_folder / "mine.yaml").unlink()
    (in_folder / "mine.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(MARKET)


def test_numbers_are_written_as_they_are_read():
    assert shown("margin", 0.55) == "55.0%"
    assert shown("people", 1e6) == "1000000"
    assert math.isclose(float(shown("purchases", 3.731)), 3.731)
