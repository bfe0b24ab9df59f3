"""``gtm explain``: every name that can be set, with its value and how to change it."""

from __future__ import annotations

import pytest

from sim.cli.app import main
from sim.config.compose import load_config
from sim.params import numbers
from sim.reporting.explain import sheets, tables
from sim.reporting.markets import ten_numbers
from sim.reporting.settings import find, settings
from sim.reporting.words import Words

WORDS = Words("en")


def test_every_number_and_every_word_can_be_found(default):
    known = settings(default)
    assert {name for name, _, _ in numbers(default)} <= set(known)
    assert {"currency", "start", "off", "firms.alder.sales.pay", "kpis.own.marketing"} <= {
        ".".join(key.split(".")[:n]) for key in known for n in range(1, 5)
    }
    for key in known:
        assert find(default, key, WORDS) is not None


def test_the_words_that_set_a_value_can_be_typed(default):
    """What is shown as the way to change a value leaves the configuration as it is."""
    known = settings(default)
    for key in (
        "firms.birch.list_price", "talk.rate", "pay.commission.commission", "seed", "start",
        "activities.broadcast.mediated", "firms.birch.budget.service",
    ):  # fmt: skip
        assert load_config(known[key].override) == default


def test_a_value_with_all_that_is_known_about_it(default):
    sheet = find(default, "firms.birch.list_price", WORDS)
    facts = dict(sheet.rows)
    assert facts["value now"] == "40"
    assert facts["unit"] == "money per unit"
    assert facts["allowed"] == "0.01 to 10,000,000"
    assert facts["source"].startswith("assumption")
    assert "firms.birch.list_price=40" in facts["to change it"]
    assert "market file" in facts["to change it"]
    assert "rivals_price" in facts["to change it"]
    (table,) = tables([sheet], WORDS)
    assert not table.show_header


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("firms.birch", "firms.birch.organisation.pace"),
        ("firms.birch.budget", "firms.birch.budget.service"),
        ("pay.commission", "Pay as a share of the value of every order."),
        ("activities.broadcast.unit_cost", "0.025"),
        ("currency", "Sign or code"),
        ("engine", "columnar"),
        ("columns", "comparison_yearly"),
        ("json", "differences_by_year"),
        ("json.run", '"schema_version"'),
        ("market", "rivals_spend"),
        ("talk", "talk.negative_wom"),
    ],
)
def test_names_are_found(capsys, name, said):
    assert main(["explain", name]) == 0
    assert said in " ".join(capsys.readouterr().out.split())


def test_names_with_spaces_are_found_and_shown_as_they_are_typed(capsys):
    added = '+firms."tv spot"={id: 60, list_price: 30}'
    assert main(["explain", 'firms."tv spot".list_price', added]) == 0
    assert "gtm run 'firms.\"tv spot\".list_price=30'" in capsys.readouterr().out
    assert main(["explain", 'firms."tv spo".list_price', added]) == 2
    assert """Did you mean 'firms."tv spot"'?""" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("firms.birc", "Did you mean 'firms.birch'?"),
        ("firms.birch.list_prise", "Did you mean 'firms.birch.list_price'?"),
        ("tlak.rate", "Did you mean 'talk.rate'?"),
        ("activities.broadcast.reach", "`gtm explain activities.broadcast` lists what it has."),
        ("currencey", "Did you mean 'currency'?"),
        ("json.rnu", "Did you mean 'run'?"),
    ],
)
def test_unknown_names_get_the_nearest(capsys, name, said):
    assert main(["explain", name]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_explain_opens_with_the_ten_numbers_of_the_market(in_folder, capsys, language):
    (in_folder / "mine.yaml").write_text("like: brand\npeople: 4242\n", encoding="utf-8")
    assert main(["explain", "market=./mine.yaml", "--lang", language]) == 0
    shown = capsys.readouterr().out
    assert Words(language).say("ten_title") in shown[:200]
    assert "4,242" in shown[:2000]


def test_titles_and_headings_of_all_tables_are_in_chinese(default):
    chinese, pass_through = Words("zh"), {"", "中文"}
    known = sheets(default)
    names = {one.title for one in known}
    names |= {column for one in known if not one.of_names for column in one.columns}
    for name in names - pass_through:
        assert chinese.heading(name) != name, name
    week = tables(known, chinese)[0]
    assert week.title == "一周的各阶段"
    assert week.columns[1].header == "阶段"


def test_the_ten_numbers_say_what_they_set(default):
    known = set(settings(default))
    for name, value, unit, sets, meaning in ten_numbers(default, WORDS).rows:
        assert name
        assert value
        assert unit
        assert meaning
        for pattern in sets.split(", "):
            key = pattern.replace("OWN", "alder").replace("RIVAL", "birch").replace("*", "birch")
            group = [one for one in known if one == key or one.startswith(f"{key}.")]
            assert group or pattern == "every other amount of money"
