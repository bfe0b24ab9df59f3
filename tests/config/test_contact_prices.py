"""Published prices of contacts: one table for people and one for firms, chosen by who buys."""

from __future__ import annotations

import pytest

import sim
from sim import ConfigError, files
from sim.config.reading import read_yaml

PATH = files.CONFIGS / "mechanisms" / "contact_prices.yaml"
PRICES = read_yaml(PATH.read_text(encoding="utf-8"), PATH.name)["_prices"]


@pytest.mark.parametrize(
    ("market", "buyers"), [("brand", "people"), ("packaged", "people"), ("industrial", "firms")]
)
def test_every_line_has_the_price_of_its_kind_of_market(market, buyers):
    config = sim.load_config(f"market={market}", "mechanisms=contact_prices")
    assert config.population.buyers == buyers
    found = {name: config.activities[name].unit_cost for name in config.activities}
    assert found == PRICES[buyers]


def test_prices_of_firms_are_no_consumer_prices():
    assert PRICES["people"].keys() == PRICES["firms"].keys()
    assert all(PRICES["firms"][name] > PRICES["people"][name] for name in PRICES["people"])


def test_an_override_is_stronger_than_a_table_and_can_choose_it():
    config = sim.load_config("mechanisms=contact_prices", "population.buyers=firms",
                             "activities.broadcast.unit_cost=2")  # fmt: skip
    assert config.activities["broadcast"].unit_cost == 2.0
    assert config.activities["trade_shows"].unit_cost == PRICES["firms"]["trade_shows"]


@pytest.mark.parametrize("words", [(), ("mechanisms=contact_prices",)])
def test_an_unknown_kind_of_buyer_is_refused(words):
    with pytest.raises(ConfigError, match=r"population\.buyers=firm: .* Did you mean 'firms'"):
        sim.load_config("population.buyers=firm", *words)


def test_every_published_price_names_its_source_or_says_assumption():
    lines = PATH.read_text(encoding="utf-8").splitlines()
    start = lines.index("activities:")
    for n, line in enumerate(lines[:start]):
        if ": " in line and not line.lstrip().startswith("#"):
            above = lines[n - 1]
            assert above.lstrip().startswith("#"), line
