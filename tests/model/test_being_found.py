"""Being found: firms compete for the places that searches show, and a click is only a look."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.ledger import accounts as acc
from sim.rules.media import price_of_places

SEARCHED = (
    "population.customers=2000", "weeks=12", "warmup=0", "threads=1",
    "firms.cedar.budget.findability=30000", "firms.birch.budget.findability=30000",
)  # fmt: skip


def _contacts(*words):
    """Contacts with findability by firm, in people, and people with a buying occasion."""
    run = sim.simulate(sim.load_config(*SEARCHED, *words), 1)
    line = list(run.config.activities).index("findability")
    people = (
        run.ledger.accounts()[..., acc.OCCASIONS].sum(axis=0)[-1] * run.config.population.weight
    )
    return run.ledger.contacts().sum(axis=0)[:, line] * run.config.population.weight, people


@pytest.mark.parametrize(
    ("wanted", "supply", "price"), [(50.0, 100.0, 2.0), (100.0, 100.0, 2.0), (300.0, 100.0, 6.0)]
)
def test_the_price_of_places_clears_the_market(wanted, supply, price):
    found = price_of_places(2.0, wanted, supply)
    assert found == price
    assert wanted * 2.0 / found <= supply


def test_no_more_is_bought_than_searches_show():
    free, people = _contacts()
    limited, _ = _contacts("media.places=1")
    assert free.sum() > 1.2 * people, (
        "without a limit firms buy more contacts than there are searches"
    )
    assert limited.sum() < 1.05 * people
    shares = [some / some.sum() for some in (free, limited)]
    assert np.allclose(*shares, atol=0.05), "places are shared as the budgets are"


def test_a_close_look_is_a_share_of_clicks():
    """Without awareness a firm is considered after a click alone."""

    def considered(look):
        config = sim.load_config(
            *SEARCHED, "firms.cedar.awareness=0", "talk.rate=0", "information.search_rate=0",
            "attention.contact_gain=0", f"information.look={look}",
        )  # fmt: skip
        run = sim.simulate(config, 1)
        return run.ledger.accounts()[:, run.firms.index("cedar"), acc.CONSIDERED].sum()

    every, some = considered(1.0), considered(0.25)
    assert every > 100
    assert some / every == pytest.approx(0.25, abs=0.08)
    assert considered(0.0) < 0.05 * every


def test_off_is_as_before():
    found = sim.simulate(sim.load_config(*SEARCHED, "media.places=2", "information.look=0.3",
                                         "off=[places,looks]"), 1)  # fmt: skip
    before = sim.simulate(sim.load_config(*SEARCHED), 1)
    assert np.array_equal(found.ledger.accounts(), before.ledger.accounts())


def test_the_search_for_a_firms_name_has_a_price_of_its_own():
    config = sim.load_config("mechanisms=being_found", "market=industrial")
    name, category = (config.activities[one] for one in ("name_search", "findability"))
    assert (name.prospects, category.customers) == (0.0, 0.0)
    words = ("mechanisms=being_found", "population.customers=2000", "weeks=8", "warmup=0")

    def prospects(more):
        run = sim.simulate(sim.load_config(*words, f"firms.cedar.budget.name_search={more}"), 1)
        line = list(run.config.activities).index("findability")
        return run.ledger.contacts().sum(axis=0)[:, line].sum()

    assert prospects(90_000) == prospects(0), "bids for a name leave the category as it is"
