"""The closed-loop history of drawn firms: rules of budgets, reasons to depart from them, and what
is written down."""

from __future__ import annotations

import numpy as np
import pytest

from sim import load_config
from sim.experiments.validation import estimators
from sim.experiments.validation import history as past
from sim.experiments.validation.facts import functions, targets
from sim.experiments.validation.measures import econometric
from sim.experiments.validation.trial import Trial
from sim.rules import budgets
from sim.rules.units import QUARTER


@pytest.fixture(scope="module")
def config():
    return load_config("market=brand", "threads=1", "population.customers=2000")


@pytest.fixture(scope="module")
def history(config):
    return past.simulate(config, 1, years=1, count=6, settling=26)


@pytest.fixture(scope="module")
def strict(config):
    """Firms that follow their rules to the letter."""
    return past.simulate(config, 1, years=1, count=6, settling=26, reasons=past.NO_REASONS)


def test_the_same_seed_gives_the_same_history(config, history):
    again = past.simulate(config, 1, years=1, count=6, settling=26)
    assert history.table.equals(again.table)
    assert not history.table.equals(past.simulate(config, 2, years=1, count=6, settling=26).table)


def test_drawn_firms_do_not_depend_on_their_number(config):
    few, many = (past.firms_of(config, count, 5).firms for count in (3, 9))
    assert list(few.values()) == list(many.values())[:3]
    assert few != past.firms_of(config, 3, 6).firms


def test_the_market_grows_with_the_number_of_firms(config):
    many = past.firms_of(config, 30, 1)
    assert many.population.people == pytest.approx(config.population.people * 30 / 4, rel=1e-3)
    assert {firm.enters for firm in many.firms.values()} == {0}
    accounts = past.firms_of(load_config("market=industrial"), 30, 1)
    assert accounts.population.people == accounts.population.customers == past.MOST
    spent = sum(sum(f.budget.values()) for f in accounts.firms.values()) / past.MOST
    assert spent == pytest.approx(34_500 / 2_000, rel=0.5)  # per account as declared


def _rule(history, rule):
    table = history.table[history.table["rule"] == rule]
    assert table["firm"].nunique() == 2
    return table.assign(budget=table[["advertising", "events", "other"]].sum(axis=1))


def _known(table, column):
    """Means of a column over the quarters that are known in the third and fourth quarter."""
    delay = load_config().organising.seen_delay
    last = [QUARTER * n - delay for n in (2, 3)]
    return [
        table[table["week"].between(end - QUARTER, end - 1)].groupby("firm")[column].mean()
        for end in last
    ]


def _growth(table):
    """Budgets of the fourth quarter over those of the third."""
    quarter = table.groupby(["firm", table["week"] // QUARTER])["budget"].mean().unstack()
    return quarter[3] / quarter[2]


def test_a_share_of_sales_follows_known_sales(strict):
    table = _rule(strict, "share of sales")
    before, after = _known(table, "revenue")
    assert np.allclose(_growth(table), after / before, rtol=1e-4)


def test_parity_follows_the_share_of_known_sales_in_all_spending(strict):
    table = _rule(strict, "competitive parity")
    whole = strict.table.assign(budget=strict.table[["advertising", "events", "other"]].sum(axis=1))
    before, after = (
        own * all_firms_spend.sum() / all_firms_sales.sum()
        for own, all_firms_spend, all_firms_sales in zip(
            _known(table, "revenue"), _known(whole, "budget"), _known(whole, "revenue"),
            strict=True,
        )
    )  # fmt: skip
    assert np.allclose(_growth(table), after / before, rtol=1e-4)


def test_an_objective_moves_the_budget_towards_its_target_by_at_most_a_quarter():
    moved = [budgets.objective_and_task(100.0, 0.4, seen) for seen in (0.4, 0.36, 0.1, 0.9)]
    assert np.allclose(moved, [100.0, 100.0 / 0.9, 125.0, 75.0])


def test_firms_without_reasons_keep_prices_and_spend_evenly(strict):
    by_firm = strict.table.groupby("firm")
    assert (by_firm["list_price"].nunique() == 1).all()
    assert (strict.table["discount"] == 0.0).all()
    weekly = strict.table.groupby(["firm", strict.table["week"] // QUARTER])["advertising"]
    assert (weekly.max() - weekly.min() <= 0.02).all()


def test_firms_with_reasons_vary_budgets_prices_and_sales_forces(history):
    table, quarters = history.table, history.periods(QUARTER).groupby("firm")
    assert (quarters["advertising"].std() > 0.05 * quarters["advertising"].mean()).all()
    assert table["list_price"].groupby(table["firm"]).nunique().max() > 1
    deals = table.loc[table["discount"] > 0.0, "discount"]
    assert 0.02 < len(deals) / len(table) < 0.3
    assert deals.between(0.05, 0.3).all()
    assert table.groupby("firm")["hours"].nunique().max() > 2
    weekly = table.groupby(["firm", table["week"] // QUARTER])["advertising"]
    assert (weekly.max() > 2.0 * weekly.min()).any()


def test_peaks_do_not_change_the_money_of_a_quarter():
    weights = past._peaks(np.random.default_rng(1), 208, 4, 3.0).reshape(-1, QUARTER)
    assert np.allclose(weights.mean(axis=1), 1.0)
    assert weights.max() > 1.5


def test_periods_add_flows_and_average_states(history):
    quarters, table = history.periods(QUARTER), history.table
    assert quarters["revenue"].sum() == pytest.approx(table["revenue"].sum())
    assert quarters["awareness"].mean() == pytest.approx(table["awareness"].mean())
    assert len(history.periods(20)) == 2 * 6  # the third is not complete
    won = table[[name for name in table if name.startswith("new_") and name != "new_referred"]]
    assert np.allclose(won.sum(axis=1), table["new"])


def test_word_of_mouth_is_compared_with_media_and_with_events(config, monkeypatch, history):
    def growth(events):
        talk, events, media = (estimators.Estimate(v, 0.0) for v in (0.6, events, 0.2))
        return lambda table: estimators.Growth(talk, events, media, 20.0, 5.0)

    monkeypatch.setattr(econometric, "simulate", lambda config, seed: history)
    monkeypatch.setattr(estimators, "growth_elasticities", growth(0.1))
    found = econometric.referrals(Trial(config, 1))
    assert found == pytest.approx(
        {"ratio_estimated": 3.0, "events_estimated": 6.0, "longer_estimated": 15.0}
    )
    monkeypatch.setattr(estimators, "growth_elasticities", growth(-0.1))
    assert np.isnan(econometric.referrals(Trial(config, 1))["events_estimated"])


def test_no_two_measuring_functions_have_one_name():
    names = [one.function.__name__ for fact in targets().facts for one in functions(fact)]
    assert len(names) == len(set(names))


def test_every_econometric_figure_is_measured_and_named(config, monkeypatch, history):
    trial = Trial(config, 1)
    monkeypatch.setattr(econometric, "simulate", lambda config, seed: history)
    for name, fact in targets().facts.items():
        keys = {key for key, one in fact.figures.items() if one.estimator == "econometric"}
        found = {}
        for one in functions(name):
            if one.estimator == "econometric":
                found |= one.function(trial)
        assert set(found) == keys, name
        assert all(isinstance(value, float) for value in found.values())
    assert econometric.history(trial) is history
