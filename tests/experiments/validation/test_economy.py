"""The accounts of simulated firms, beside those of real ones."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.config.compose import load_config, options
from sim.experiments.validation import economy as module
from sim.experiments.validation.books import (
    Books,
    Task,
    accounts,
    elasticities,
    marginal_return,
    silent_share,
)
from sim.experiments.validation.economy import (
    OVERHEAD,
    RETURN,
    Effort,
    Measured,
    economy,
    figures,
    markets,
)
from sim.experiments.validation.trial import advance
from sim.ledger import accounts as acc
from sim.model.world import start
from sim.runs.address import Addresses
from sim.runs.store import Store
from tests import renew

TINY = ("population.customers=200", "threads=1", "warmup=0")


@pytest.fixture(scope="module")
def begun():
    """A small market of one firm and a newcomer, with few activities, in its first week."""
    few = [f"~activities.{name}" for name in ("sampling", "research", "trade_shows", "community")]
    config = load_config(*TINY, "weeks=156", "~firms.cedar", "~firms.dogwood", *few[:3],
                         "firms.birch.budget={broadcast: 20000}")  # fmt: skip
    return start(config, 3)


@pytest.fixture(scope="module")
def ended(begun):
    return advance(begun.branch(), 156)


# The data file


def test_every_figure_has_words_and_every_range_bounds_and_a_source():
    assert set(markets()) <= set(options("market"))
    for figure in figures().values():
        assert all(figure.labels[lang] and figure.meanings[lang] for lang in ("en", "zh"))
        assert re.search(r"[\u4e00-\u9fff]", figure.labels["zh"] + figure.meanings["zh"])
        assert figure.unit in ("share", "ratio", "money", "orders")
        assert set(figure.ranges) <= set(markets()), figure.name
        for real in figure.ranges.values():
            assert real.low < real.high
            assert math.isfinite(real.low) or math.isfinite(real.high)
            assert len(real.source) > 20
        assert set(figure.reasons) <= set(figure.ranges)
        for why in figure.reasons.values():
            assert re.search(r"[\u4e00-\u9fff]", why["zh"])
            assert why["en"]


def test_what_lies_outside_the_range_of_real_firms_has_a_reason():
    for row in renew.read_accounts(renew.ACCOUNTS["revised"]):
        if row["verdict"] in ("below", "above"):
            assert row["market"] in figures()[row["figure"]].reasons, row


# The figures


def test_the_accounts_are_those_of_the_ledger(ended):
    found = accounts(ended, "birch")
    flow = ended.ledger.accounts()[:, ended.names.index("birch")].sum(axis=0)
    revenue = flow[acc.REVENUE]
    assert found["gross_margin"] == pytest.approx(1 - flow[acc.GOODS] / revenue)
    spent = flow[acc.SPEND] + flow[acc.PAYROLL] + flow[acc.SCREENING]
    assert found["selling_marketing"] == pytest.approx(spent / revenue)
    left = 1 - (flow[acc.GOODS] + spent + flow[acc.WRITTEN_OFF]) / revenue
    assert found["profit"] == pytest.approx(left)
    assert found["customer_cost"] == pytest.approx(spent / flow[acc.ACQUIRED] / 100)
    order = revenue / flow[acc.ORDERS] / 100
    assert found["customer_cost_orders"] == pytest.approx(found["customer_cost"] / order)
    assert not [name for name in found if name.startswith("share")], "birch is no newcomer"


def test_firms_with_finance_show_its_costs_and_the_profit_that_is_left(begun):
    words = ("finance.overhead=0.2", "finance.serving=0.1", "firms.birch.overhead=100")
    world = advance(begun.branch(*words), 52)
    found, plain = (accounts(one, "birch") for one in (world, advance(begun.branch(), 52)))
    flow = world.ledger.accounts()[:, world.names.index("birch")].sum(axis=0)
    assert found["overhead"] == pytest.approx(flow[acc.OVERHEAD] / flow[acc.REVENUE])
    assert found["serving"] == pytest.approx(flow[acc.SERVING] / flow[acc.REVENUE])
    assert found["profit"] == pytest.approx(plain["profit"]), "before overhead, as without it"
    left = found["profit"] - sum(found[n] for n in ("overhead", "serving", "overtime", "interest"))
    assert found["operating_profit"] == pytest.approx(left)
    assert set(found) - set(plain) == {
        "overhead", "serving", "overtime", "interest", "operating_profit",
    }  # fmt: skip


def test_the_share_of_a_newcomer_is_of_all_revenue_of_the_year(ended):
    found = accounts(ended, "alder")
    sold = ended.ledger.accounts()[52:104, :-1, acc.REVENUE].sum(axis=0)
    assert found["share_2"] == pytest.approx(sold[0] / sold.sum())


def test_silent_customers_are_active_and_have_not_ordered_for_a_window(begun):
    world = advance(begun.branch("log.purchases=true", "log.customers=true"), 40)
    run, window = world.run(), world.config.measurement.window
    f = world.names.index("birch")
    active = {int(c) for c in run.people[world.engine.columns()["relation"][f] & 1 > 0]}
    log = run.log("purchases")
    recent = log[(log.firm == "birch") & (log.week > 40 - window)]
    silent = active - set(recent.customer)
    assert 0 < len(silent) < len(active)
    assert silent_share(world, "birch") == pytest.approx(len(silent) / len(active))


def test_dearer_goods_sell_less_and_more_advertising_sells_more(begun):
    found = elasticities(advance(begun.branch(), 26), "birch")
    assert found["price_elasticity"] < 0 < found["advertising_elasticity"]
    idle = begun.branch("firms.birch.budget={}")
    assert math.isnan(elasticities(idle, "birch")["advertising_elasticity"])


def test_a_pulse_is_paid_in_its_year_only_and_its_return_is_the_change_over_the_money(begun, ended):
    spent = {}

    def spend(world):
        return world.ledger.spend()[:, world.names.index("birch")].sum(axis=1)

    original = begun.branch

    def branch(*words):
        spent["twin"] = original(*words)
        return spent["twin"]

    begun.branch = branch
    try:
        found = marginal_return(begun, ended, "birch", "findability", 0.5)
    finally:
        del begun.branch
    twin, f = spent["twin"], begun.names.index("birch")
    more = spend(twin) - spend(ended)
    assert (more[:52] == 1_000_000).all(), "half of 20,000 a week, in cents"
    assert (more[52:] == 0).all()
    change = (twin.ledger.accounts() - ended.ledger.accounts())[:, f].sum(axis=0)
    costs = change[[acc.GOODS, acc.PAYROLL, acc.SCREENING, acc.WRITTEN_OFF]].sum()
    assert found["three"] == pytest.approx((change[acc.REVENUE] - costs) / change[acc.SPEND])
    assert set(found) == {"one", "three"}


def test_an_instrument_without_effect_returns_nothing(begun, ended):
    words = "salience=0", "credibility=0", "intrusiveness=0", "click=0", "capture=0"
    changes = [f"activities.broadcast.{word}" for word in words]
    idle = begun.branch(*changes)
    base = advance(idle.branch(), 156)
    assert marginal_return(idle, base, "birch", "broadcast", 1.0) == {"one": 0.0, "three": 0.0}


# All firms of a market


def _return(values, step=0.1, market="packaged"):
    return Measured(market, "birch", RETURN, "broadcast", "one", np.array(values), step)


def test_a_return_is_measured_within_three_tenths():
    assert _return([0.5, 0.6, 0.7]).verdict == "inside"
    assert _return([1.5, 1.6, 1.7]).verdict == "above"
    assert _return([0.5, 1.6, 3.7]).verdict == "not measurable"
    assert _return([0.0, 0.0, 0.0]).verdict == "not measurable", "no seed shows an effect"
    assert _return([1.5, 1.6, 1.7], market="industrial").verdict == "no source"


def test_other_verdicts():
    def of(figure, values):
        return Measured("brand", "birch", figure, "", "", np.array(values)).verdict

    assert of("gross_margin", [0.5]) == "inside"
    assert of("gross_margin", [0.1, 0.2]) == "below"
    assert of("silent", [0.1, 0.2]) == "no source"
    assert of("repeat", [np.nan]) == "unknown"
    assert of(OVERHEAD, []) == "not in the model"


def _small(monkeypatch, precise):
    """Makes an accounts of two lines of every firm, without the simulation."""
    asked = []

    def work(self):
        from sim.runs.record import FigureRecord

        out = []
        for task, key in zip(self.tasks, self.keys, strict=True):
            asked.append((self.seed, self.firm, *task))
            noise = 0.001 if task.step >= precise else 10.0
            value = 1.0 + noise * (-1) ** self.seed
            names = {"accounts": ["profit"], "elasticities": ["price_elasticity"]}
            names = names.get(task.what, ["one", "three"])
            out.append(
                FigureRecord(key, self.seed, self.changes, "test", dict.fromkeys(names, value))
            )
        return out

    monkeypatch.setattr(Books, "__call__", work)
    return asked


EFFORT = Effort(100, (2, 4), (0.1, 1.0))


def test_seeds_are_added_and_pulses_enlarged_until_a_return_is_precise(monkeypatch):
    asked = _small(monkeypatch, 1.0)
    told = []
    found = economy(["brand"], *TINY, "~firms.cedar", "~firms.dogwood", effort=EFFORT,
                    progress=lambda done, total: told.append((done, total)))  # fmt: skip
    returns = [one for one in found if one.figure == RETURN]
    assert len(returns) == 2 * 11 * 2
    assert {(one.step, len(one.values), one.is_measured) for one in returns} == {(1.0, 2, True)}
    assert {(task[4], task[0]) for task in asked if task[2] == "line"} == {
        (0.1, 1), (0.1, 2), (0.1, 3), (0.1, 4), (1.0, 1), (1.0, 2),
    }  # fmt: skip
    assert len(asked) == len(set(asked)), "nothing is measured twice"
    assert sum(done for done, _ in told) == told[-1][1]
    assert [one.verdict for one in found if one.figure == OVERHEAD] == ["not in the model"] * 2


def test_what_is_never_precise_is_that_of_the_first_pulse(monkeypatch):
    _small(monkeypatch, 9.0)
    found = economy(["brand"], *TINY, "~firms.cedar", "~firms.dogwood", effort=EFFORT)
    returns = [one for one in found if one.figure == RETURN]
    assert {(one.step, len(one.values), one.verdict) for one in returns} == {
        (0.1, 4, "not measurable")
    }


def test_what_is_stored_is_not_measured_again(monkeypatch, tmp_path):
    asked = _small(monkeypatch, 0.1)
    one = economy(["brand"], *TINY, effort=EFFORT, store=tmp_path)
    count = len(asked)
    two = economy(["brand"], *TINY, effort=EFFORT, store=tmp_path)
    assert len(asked) == count
    for a, b in zip(one, two, strict=True):
        assert (a.figure, a.firm, a.line, a.horizon) == (b.figure, b.firm, b.line, b.horizon)
        assert np.array_equal(a.values, b.values)


def test_a_market_has_at_most_as_many_customers_as_people(monkeypatch):
    seen = []
    monkeypatch.setattr(module._Market, "measured", lambda self: seen.append(self.config) or [])
    economy(["industrial", "packaged"], effort=replace(EFFORT, customers=5_000))
    assert [config.population.customers for config in seen] == [2_000, 5_000]
    assert {config.weeks for config in seen} == {156}
    economy(["subscription"], "population.customers=77", "weeks=9", effort=EFFORT)
    assert (seen[-1].population.customers, seen[-1].weeks) == (77, 208)
    with pytest.raises(sim.ConfigError, match="Did you mean 'brand'"):
        economy(["brond"])


def test_work_leaves_out_what_the_store_has():
    config = load_config(*TINY, "weeks=156")
    tasks = [Task("accounts"), Task("line", "broadcast", 0.1)]
    one = Books.of(config, Addresses(config), 1, "alder", tasks)
    assert one.missing(Store(None)).tasks == tuple(tasks)
    other = Books.of(config, Addresses(config), 1, "birch", tasks)
    assert not set(one.keys) & set(other.keys)
