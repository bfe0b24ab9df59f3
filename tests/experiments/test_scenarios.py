"""Scenarios are files; claims are tested on common random numbers and can fail."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import yaml
from rich.cells import cell_len
from rich.console import Console

from sim import files, load_config, simulate
from sim.cli.app import main
from sim.config.compose import override
from sim.experiments import best_split, claims, regions, scenarios
from sim.experiments.claims import ClaimMeasure, examine, judge
from sim.experiments.regions import Region
from sim.experiments.scenarios import Expected, find, names, need
from sim.ledger import accounts as acc
from sim.outcomes.paired import paired
from sim.params import ConfigError
from sim.reporting import claims as report
from sim.reporting.terminal import show
from sim.reporting.words import Words
from sim.runs.arms import Arm
from sim.runs.engine import engine
from sim.runs.record import ArmResult
from tests.reporting.test_json import SCENARIO as OWN

QUICK = ("population.customers=300", "weeks=40", "warmup=13", "threads=1")
TOY = {
    "id": "S99",
    "name": "toy",
    "question": {"en": "Does service serve?", "zh": "服务有用吗？"},
    "story": {"en": "Two firms alike.", "zh": "两家一样的企业。"},
    "base": {"market": "brand"},
    "arms": {"with": {"firms.alder.budget.service": 9000}, "same": {}, "again": {}},
    "claims": [
        {
            "id": "S99.1", "statement": {"en": "It costs.", "zh": "它要花钱。"}, "kpi": "spend",
            "firm": "alder", "arms": ["with", "same"], "weeks": [1, 40], "expect": ">0",
            "smallest_effect": "5%", "ablate": ["talk"],
            "rival": {"en": "It is free.", "zh": "免费。", "expect": "<0"},
        },
        {
            "id": "S99.2", "statement": {"en": "Nothing is something.", "zh": "无中生有。"},
            "kpi": "profit", "firm": "alder", "arms": ["again", "same"], "weeks": [1, 40],
            "expect": ">0", "smallest_effect": 1, "ablate": {"talk.rate": 0.0},
            "rival": {"en": "Nothing is nothing.", "zh": "无就是无。", "expect": "<0"},
        },
    ],
}  # fmt: skip


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A folder of scenarios that contains only a toy."""
    (tmp_path / "S99_toy.yaml").write_text(yaml.safe_dump(TOY, allow_unicode=True))
    monkeypatch.setattr(files, "SCENARIOS", tmp_path)
    return tmp_path


@cache
def _composed(name, market, *words):
    """The configuration and arms of a shipped scenario's market, which take a while to compose."""
    config = need(name).config(*words, market=market)
    return config, need(name).arms_in(config, market)


@cache
def _arm_configs(name, market):
    config, arms = _composed(name, market)
    return {arm.name: arm.config(config) for arm in arms}


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_shipped_scenario_is_complete(name):
    one = need(name)
    assert find(one.id) is one
    for text in (one.question, one.story, *(c.statement for c in one.claims)):
        assert set(text) == {"en", "zh"}
        assert all(text.values())
    assert len({c.id for c in one.claims}) == len(one.claims) > 0
    for market in one.markets:
        config, arms = _composed(name, market)
        assert len({(a.overrides, a.plan and a.plan.name) for a in arms}) >= 2
        for claim in one.claims:
            assert claim.firm in config.firms
            assert all(1 <= first <= last <= config.weeks for first, last in claim.weeks)
    for claim in one.claims:
        assert claim.id.startswith(f"{one.id}.")
        assert claim.rival_expect != claim.expect
        assert claim.ablate or claim.hold or claim.check or claim.awaits or claim.id in DIRECT
        _composed(name, claim.markets[0], *claim.ablate)
        for value in claim.axis.values if claim.axis else ():
            for market in claim.markets:
                _composed(name, market, *claim.axis.words(one.config(market=market), value))


DIRECT = ("AC.3", "S8.9", "S7.9", "S7.10", "S7.12")
"""Claims without an ablation: only a change for all firms could switch their mechanism off."""


def test_all_sixteen_scenarios_are_shipped():
    ids = {need(name).id for name in names()}
    assert ids == {f"S{n}" for n in range(1, 15)} | {"HF", "AC"}


def test_every_word_of_a_title_finds_its_scenario():
    for one in map(need, names()):
        english, chinese = (one.title[language] for language in ("en", "zh"))
        words = [
            w for w in re.findall(r"[a-z]+", english.lower()) if w not in ("or", "of", "the", "s")
        ]
        pieces = [chinese[n : n + 2] for n in range(len(chinese) - 1)]
        pieces = [p for p in pieces if not re.search("[还是的 A-Z]", p)]
        assert words
        assert pieces
        for word in (english, english.upper(), *words, chinese, *pieces):
            assert find(word) is one, word


@pytest.mark.parametrize(
    ("word", "scenario"),
    [("狩猎", "hunter_vs_farmer"), ("农耕", "hunter_vs_farmer"), ("价格战", "price_war")],
)
def test_a_chinese_word_finds_the_scenario(word, scenario):
    assert find(word).name == scenario


def test_a_word_of_several_titles_names_them_and_part_of_a_word_finds_none():
    with pytest.raises(ConfigError, match="ad_blitz_vs_community, hunter_vs_farmer"):
        find("还是")
    assert [find(word) for word in ("hunt", "", " ", "ad_blitz")] == [None] * 4


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("hunters", "hunter_vs_farmer"),
        ("狩猎者", "hunter_vs_farmer"),
        ("triat", "triad"),
        ("xyz", ""),
    ],
)
def test_the_nearest_scenario_is_named_by_its_title_too(word, near):
    assert scenarios.near(word) == near
    with pytest.raises(ConfigError) as refused:
        need(word)
    assert str(refused.value).endswith(f"Did you mean {near!r}?" if near else "transition.")


WIDEST = 24
"""Columns that the name of an arm may take in a table or a legend."""


def test_every_arm_has_a_short_name_of_its_own_and_every_question_its_pairs():
    shipped = Words("en").market_name
    for one in map(need, names()):
        for language in ("en", "zh"):
            labels = [one.labels[name][language] for name in one.arms]
            assert max(map(cell_len, labels)) <= WIDEST
            assert len(set(labels)) == len(labels)
        for market in one.markets:
            assert market in one.labels or shipped(market) != market
        compared = [{*claim.arms} for claim in one.claims]
        assert one.contrasts
        assert all({*pair} in compared for pair in one.contrasts), "each pair is tested by a claim"


def test_a_name_in_words_is_of_an_arm_or_a_market(toy):
    raw = TOY | {"labels": {"wth": {"en": "With", "zh": "有"}}}
    (toy / "S99_toy.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    scenarios._read.cache_clear()
    with pytest.raises(ConfigError, match=r"labels wth: no such arm or market.* 'with'"):
        need("S99")


SAME_MONEY = (
    "hunter_vs_farmer", "blue_ocean", "end_of_broadcast", "path_dependence", "transition",
    "new_question", "confused_organisation", "lead_factory", "vanity_metrics", "kpi_reform",
    "lead_to_cash",
)  # fmt: skip


@pytest.mark.slow
def test_arms_declared_to_have_equal_budgets_have_them():
    for name in SAME_MONEY:
        one = need(name)
        for market in one.markets:
            firms = [config.firms["alder"] for config in _arm_configs(name, market).values()]
            totals = [sum(firm.budget.values()) for firm in firms]
            assert max(totals) - min(totals) <= 100, (name, market, "rounded to tens")
            for word in ("list_price", "unit_cost", "quality"):
                assert len({getattr(firm, word) for firm in firms}) == 1


def _first_week(config):
    """The configuration of the first week, after its interventions."""
    words = [w for one in config.interventions.values() if one.week == 1 for w in one.set]
    return override(config, *words)


def test_hunters_and_farmers_differ_in_one_number():
    for name in ("hunter_vs_farmer", "blue_ocean"):
        one = need(name)
        for market in one.markets:
            arms = _arm_configs(name, market)
            past = {arm: replace(config, interventions={}) for arm, config in arms.items()}
            assert past["hunter"] == past["farmer"], "the same firm until the first week"
            hunter, farmer = (_first_week(arms[arm]) for arm in ("hunter", "farmer"))
            for arm, config in (("hunter", hunter), ("farmer", farmer)):
                firm = config.firms["alder"]
                aims = np.array([best_split.aim(config, line) for line in firm.budget])
                money = np.array(list(firm.budget.values()))
                share = best_split.SHARES[arm]
                assert money[aims == 1].sum() == pytest.approx(share * money[aims != 0].sum())
                assert firm.sales.hunt_share == share
            mine, other = (config.firms["alder"].budget for config in (hunter, farmer))
            for line, money in mine.items():
                twin = hunter.activities[line].twin
                assert money == other[twin or line], "the other version, or the same line"
            assert hunter.attention.recency > 0, "customers are those whom the firm can see"


def test_a_search_for_the_best_split_keeps_share_and_other_lines():
    one = need("hunter_vs_farmer")
    config = one.config("threads=1", market="brand")
    preset = next(a for a in one.arms_in(config, "brand") if a.name == "farmer")
    given = best_split._budget(config, preset)
    aims = np.array([best_split.aim(config, line) for line in given])
    for budget in best_split._candidates(given, aims, 0.2):
        money = np.array(list(budget.values()))
        assert money[aims == 1].sum() / money[aims != 0].sum() == pytest.approx(0.2, abs=0.005)
        assert (money[aims == 0] == np.array(list(given.values()))[aims == 0]).all()
        made = _first_week(best_split._arm(budget, 0.2).config(config))
        assert made.firms["alder"].budget == budget


@pytest.mark.slow
def test_a_campaign_costs_the_same_in_every_order():
    one = need("ideal_campaign")
    for market in one.markets:
        config, arms = _composed("ideal_campaign", market)
        arms = [a for a in arms if a.name != "idle_ground"]
        small = override(config, "threads=1", "population.customers=500", "weeks=80")
        with engine(small, None, False) as runs:
            (results,) = claims.submit_runs(small, arms, 1, runs).wait()
        spend = [int(run.accounts[:, 0, acc.SPEND].sum()) for run in results]
        assert max(spend) / min(spend) < 1.001
        configs = _arm_configs("ideal_campaign", market)
        hunting = [_share_of_hunting(configs[a.name], 78) for a in arms]
        assert max(hunting) - min(hunting) < 1e-3


def _share_of_hunting(config, weeks):
    """The mean share of time that reps are told to spend on hunting."""
    told = np.full(weeks, config.firms["alder"].sales.hunt_share)
    for change in sorted(config.interventions.values(), key=lambda it: it.week):
        for key, _, value in (word.partition("=") for word in change.set):
            if key == "firms.alder.sales.hunt_share":
                told[change.week - 1 :] = float(value)
    return told.mean()


@pytest.mark.slow
def test_a_scenario_is_one_file_and_its_claims_can_fail(toy):
    assert names() == ["toy"]
    costs, nothing = examine(need("S99"), *QUICK, replicates=3)
    assert (costs.verdict, costs.rival) == ("holds", "fails")
    assert costs.done > 0.0
    assert costs.left[0] == pytest.approx(1.0, abs=0.05), "word of mouth does not mediate spend"
    assert costs.carried == "no"
    assert nothing.effect.difference == 0.0
    assert (nothing.verdict, nothing.rival, nothing.done) == ("fails", "fails", 0.0)
    assert nothing.carried == "-"


@pytest.mark.slow
def test_a_mediating_mechanism_is_identified():
    one = need("first/S13")
    first = replace(one.claims[0], markets=("industrial",))
    (corrupted,) = examine(replace(one, claims=(first,)), *QUICK, replicates=3)
    assert corrupted.claim.id == "S13.1"
    assert corrupted.carried == "yes"
    assert corrupted.done > 0.0, "reviews are still held"


def test_verdicts_require_effects_beyond_the_smallest_effect():
    rng = np.random.default_rng(1)
    for mean, said in ((5.0, "holds"), (1.0, "undecided"), (-1.0, "fails"), (0.2, "fails")):
        effect = paired(np.zeros(30), mean + 0.5 * rng.standard_normal(30))
        assert judge(effect, Expected(1, 0.0), 1.0) == said
        flipped = paired(np.zeros(30), -(mean + 0.5 * rng.standard_normal(30)))
        assert judge(flipped, Expected(-1, 0.0), 1.0) == said
        moved = paired(np.zeros(30), 100.0 + mean + 0.5 * rng.standard_normal(30))
        assert judge(moved, Expected(1, 100.0), 1.0) == said


def test_no_difference_is_a_claim_too():
    rng = np.random.default_rng(1)
    for mean, said in ((0.0, "holds"), (0.95, "undecided"), (3.0, "fails"), (-3.0, "fails")):
        effect = paired(np.zeros(30), mean + 0.5 * rng.standard_normal(30))
        assert judge(effect, Expected(0, 0.0), 1.0) == said


def _measured(claim_changes, flows, weeks=26):
    """A claim's measure and made-up accounts: ``flows`` are cents of weekly revenue of the first
    firm, by arm. There are no costs, so revenue is profit."""
    config = load_config("market=brand", f"weeks={weeks}", "log.leads=false")
    firms, quarters = len(config.firms), 2 + weeks // 13
    run = []
    for cents in flows:
        accounts = np.zeros((weeks, firms + 1, len(acc.ACCOUNTS)), np.int64)
        accounts[:, 0, acc.REVENUE] = cents
        cohorts = np.zeros((weeks, firms, quarters, len(acc.CUSTOMER_FLOWS)), np.int64)
        run.append(ArmResult(accounts, np.zeros(0), cohorts, np.zeros(0)))
    names = ("with", "same", "again")
    claim = scenarios._claim("here", TOY["claims"][0] | claim_changes, names, ())
    return ClaimMeasure(claim, config, [Arm(name) for name in names]), run


def test_valleys_and_paybacks_are_of_the_running_total():
    early, late = np.repeat([-100, 300], 13), np.repeat([-300, 100], 13)
    change = {"kpi": "profit", "weeks": [1, 26], "smallest_effect": "0", "expect": "<0"}
    measure, run = _measured(change | {"path": "valley"}, (early, 0, 0))
    assert measure.effect(run) == -13.0
    measure, run = _measured(change | {"path": "payback"}, (early, 0, 0))
    assert measure.effect(run) == 13 + 4, "1300 cents lost come back in 4 1/3 weeks, so ahead after"
    measure, run = _measured(change | {"path": "payback"}, (late, 0, 0))
    assert measure.effect(run) == 26, "never"
    measure, run = _measured(change | {"path": "valley", "against": "again"}, (early, late, 0))
    assert measure.effect(run) == -13.0 + 39.0
    measure, run = _measured(change | {"path": "dip"}, (early, 0, 0))
    assert measure.effect(run) == 13.0, "it ends above its start: the whole valley is recovered"
    measure, run = _measured(change | {"path": "dip"}, (late, 0, 0))
    assert measure.effect(run) == 13.0, "13 of 39 are recovered"
    measure, run = _measured(change | {"path": "dip"}, (np.repeat(-100, 26), 0, 0))
    assert measure.effect(run) == 0.0, "a decline without recovery is no dip"


def test_arms_may_have_different_weeks_and_a_baseline_arm():
    grows = np.arange(26) * 100
    change = {"kpi": "revenue", "weeks": [[14, 26], [1, 13]], "smallest_effect": "0"}
    measure, run = _measured(change, (grows, grows, 0))
    assert measure.effect(run) == 13 * 13
    measure, run = _measured(change | {"against": "again"}, (grows, grows, grows))
    assert measure.effect(run) == 0.0


def test_each_arm_may_have_its_own_baseline_arm():
    levels = np.repeat(100, 26)
    change = {
        "kpi": "revenue",
        "weeks": [1, 26],
        "smallest_effect": "0",
        "against": ["again", "same"],
    }
    measure, run = _measured(change, (9 * levels, 5 * levels, 2 * levels))
    assert measure.effect(run) == (9 - 2 - (5 - 5)) * 26


def test_churn_of_customers_since_a_week_is_a_share_of_those_acquired_since():
    change = {"kpi": "churn", "weeks": [14, 26], "cohort": {"of": "since", "week": 14}}
    measure, run = _measured(change | {"smallest_effect": "0"}, (0, 0, 0))
    for one, leave in zip(run, (10, 0, 0), strict=True):
        one.cohorts[13, 0, 2, acc.BY_ACQUIRED] = 100
        one.cohorts[14, 0, 1, acc.BY_LAPSED] = 77  # an earlier customer
        one.cohorts[14:, 0, 2, acc.BY_LAPSED] = leave // 10
    weekly = 12 / sum(100 - n for n in range(13))
    assert measure.effect(run) == pytest.approx(1.0 - (1.0 - weekly) ** measure.span)


def test_a_relative_effect_is_a_share_of_the_baseline_arm():
    levels, change = np.repeat(100, 26), {
        "kpi": "revenue", "weeks": [1, 26], "smallest_effect": "0", "against": ["again", "same"],
        "relative": True,
    }  # fmt: skip
    measure, run = _measured(change, (9 * levels, 5 * levels, 2 * levels))
    assert measure.effect(run) == pytest.approx((9 / 2 - 1) - (5 / 5 - 1))


def test_the_margin_of_a_cohort_is_its_share_of_the_units():
    change = {"kpi": "profit", "weeks": [14, 26], "cohort": {"of": "before", "week": 14}}
    measure, run = _measured(change | {"smallest_effect": "0"}, (1000, 1000, 0))
    for one, mine in zip(run, (30, 10, 0), strict=True):
        one.accounts[:, 0, acc.GOODS] = 400
        one.accounts[:, 0, acc.SPEND] = 10**6  # no part of a margin
        one.accounts[:, 0, acc.UNITS] = 100
        one.cohorts[:, 0, 1, acc.BY_UNITS] = mine
        one.cohorts[:, 0, 2, acc.BY_UNITS] = 100 - mine
    assert measure.effect(run) == pytest.approx(13 * 6.00 * (0.30 - 0.10))


@pytest.mark.slow
def test_an_axis_is_examined_value_by_value_and_says_where_the_sign_flips(toy):
    raw = yaml.safe_load((toy / "S99_toy.yaml").read_text())
    claim = raw["claims"][0] | {
        "axis": {"keys": ["activities.broadcast.unit_cost", "talk.rate"], "values": [0.5, 1, 2],
                 "factor": {"en": "price", "zh": "价格"}},
    }  # fmt: skip
    awaits = raw["claims"][1] | {"awaits": {"en": "A mechanism.", "zh": "某个机制。"}}
    raw["claims"] = [claim, awaits]
    (toy / "S99_toy.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    scenarios._read.cache_clear()
    one = need("S99")
    config = one.config()
    assert one.claims[0].axis.words(config, 2.0) == (
        f"activities.broadcast.unit_cost={2 * config.activities['broadcast'].unit_cost:g}",
        f"talk.rate={2 * config.talk.rate:g}",
    )
    (found,) = examine(one, *QUICK, replicates=2, ablate=False)
    assert found.flip.verdict == "does not flip", "spending costs money at any price of contacts"
    assert len(found.flip.means) == 3
    assert found.flip.means[1] == pytest.approx(found.effect.difference)


@pytest.mark.parametrize(("claim", "said"), [
    ({"axis": {"keys": ["talk.rate"], "values": [1], "factor": {"en": "x", "zh": "x"}}}, "two or"),
    ({"axis": {"keys": ["talk.rate"], "values": [2, 1], "factor": {"en": "x", "zh": "x"}}},
     "rising"),
    ({"axis": {"keys": ["talk.rate"]}}, "axis: values is missing"),
    ({"ablate": {"hold": ["trsut"]}}, "Did you mean 'trust'?"),
    ({"arms": ["with", "best"]}, "best; allowed"),
])  # fmt: skip
def test_wrong_parts_of_a_claim_are_refused(toy, claim, said):
    raw = yaml.safe_load((toy / "S99_toy.yaml").read_text())
    raw["claims"][0] |= claim
    (toy / "S99_toy.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    scenarios._read.cache_clear()
    with pytest.raises(ConfigError) as refused:
        need("S99")
    assert said in str(refused.value)


def test_scenarios_of_the_first_examination_are_found_by_their_folder():
    first = names("first")
    assert len(first) == 16
    for word in first:
        one = need(word)
        assert one.word == word
        assert one.examination == "first"
        assert find(f"first/{one.id}") is one
        assert need(one.id).word == one.name, "without the folder, the present one"
        assert len(one.found["en"]) > 50
    assert find("first/nothing") is None


def test_actions_differ_by_week_and_price_and_not_by_their_outcomes():
    change = {"kpi": "revenue", "weeks": [1, 26], "smallest_effect": "0"}
    measure, run = _measured(change, (900, 100, 0))
    assert measure.done([run]) == 0.0, "sales are an outcome"
    for n, week in ((0, 3), (1, 20)):
        run[n].accounts[week, 0, acc.SPEND] = 5000
    assert measure.done([run]) == 2.0, "the same money at another time"
    measure, run = _measured(change, (900, 1000, 0))
    for one in run:
        one.accounts[:, 0, acc.LIST_VALUE] = 1000
    assert measure.done([run]) == pytest.approx(0.1), "a tenth off the list price"


def test_mechanisms_that_are_off_add_up():
    one = need("confused_organisation")
    assert one.config("off=[handoff_loss]", market="brand_equal").off == [
        "skill_gap", "practice", "handoff_loss"
    ]  # fmt: skip


def test_verdicts_are_corrected_for_multiple_tests():
    rng = np.random.default_rng(2)
    claim = need("S13").claims[3]
    found = [
        claims.ClaimResult("S13", claim, "w", paired(np.zeros(8), mean + rng.standard_normal(8)),
                      0.0, None, (0.0, 0.0, 0.0), 1.0)
        for mean in [*([9.0] * 5), *([0.0] * 95)]
    ]  # fmt: skip
    stay = claims.discoveries([one.p_value for one in found])
    assert stay[:5] == [True] * 5
    assert sum(one.verdict != "undecided" for one in found[5:]) > sum(stay[5:]) == 0
    assert found[0].single > 0.99
    table = report.claims_table(found, [], Words("en"))
    settled = [one.verdict != "undecided" for one in found]
    marked = ["†" in cell for cell in table.columns[3].cells]
    assert marked == [now and not kept for now, kept in zip(settled, stay, strict=True)]
    assert any(marked) == ("†" in str(table.caption))
    assert claims.discoveries([]) == []


def test_verdicts_travel_with_the_package():
    for name in names("first"):
        one = need(name)
        rows = scenarios.shipped(one.id, "first")
        assert {row["claim"] for row in rows} == {claim.id for claim in one.claims}
        explored = [(row["claim"], row["market"]) for row in rows if int(row["points"])]
        first = {c.id: next(w for w in one.markets if w in c.markets) for c in one.claims}
        assert sorted(explored) == sorted(first.items()), "every region, of the first market"
    assert scenarios.shipped("S99") == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_region_of_a_claim_is_shown_until_there_is_a_newer_one(language):
    words, one = Words(language), need("first/AC")
    tested = claims.ClaimResult(
        "AC", one.claims[0], "brand", paired(np.zeros(3), np.arange(3.0)), 0.0, None,
        (0.0, 0.0, 0.0), 1.0,
    )  # fmt: skip
    row = next(row for row in scenarios.shipped("AC", "first") if row["claim"] == "AC.1")
    here = Region(one.claims[0], "brand", ("a",), np.zeros((7, 1)), np.ones(7))
    rows = ([], [here])
    tables = [report.claims_table([tested], r, words, [row]) for r in rows]
    then, now = (table.columns[-1] for table in tables)
    assert row["points"] in next(then.cells)
    assert words.say("verdicts_shipped") in next(then.cells)
    assert "7" in next(now.cells)
    assert words.say("verdicts_shipped") not in next(now.cells)
    console = Console(width=100)
    with console.capture() as shown:
        show(console, tables[0])
    assert row["points"] in shown.get()
    assert "…" not in shown.get(), "nothing is cut off"


def test_the_change_of_a_repeat_rate_splits_into_behaviour_and_mix():
    parts = {}
    for of in ("within", "mix", "before", "since"):
        cohort = {"of": of, "week": 14}
        measure, run = _measured(
            {"kpi": "repeat_rate", "weeks": [1, 26], "cohort": cohort}, (0, 0, 0)
        )
        for one, buyers, again in zip(
            run, ((800, 200), (400, 600)), ((400, 60), (240, 120)), strict=False
        ):
            one.cohorts[0, 0, 1:3, acc.BY_WINDOW_BUYERS] = buyers
            one.cohorts[0, 0, 1:3, acc.BY_WINDOW_REPEATERS] = again
        parts[of] = measure.effect(run)
    assert parts["before"] == pytest.approx(0.5 - 0.6)
    assert parts["since"] == pytest.approx(0.3 - 0.2)
    assert parts["within"] == pytest.approx(0.6 * -0.1 + 0.4 * 0.1), (
        "shares are .6 and .4 on average"
    )
    assert parts["mix"] == pytest.approx(0.55 * 0.4 + 0.25 * -0.4)
    assert parts["within"] + parts["mix"] == pytest.approx(460 / 1000 - 360 / 1000), "the whole"


def test_a_payback_that_never_comes_has_no_interval():
    claim = next(c for c in need("S14").claims if c.path == "payback")
    first, last = claim.weeks[0]
    never, later = np.full(3, last - first + 1.0), np.array([9.0, 12.0, 15.0])
    for weeks, said in (
        (never, f"not within {last - first + 1} weeks"), (later, "12 weeks\n5 weeks to 19 weeks"),
    ):  # fmt: skip
        one = claims.ClaimResult("S14", claim, claim.markets[0], paired(np.zeros(3), weeks), 0.0,
                            None, (0.0, 0.0, 0.0), 1.0)  # fmt: skip
        assert next(report.claims_table([one], [], Words("en")).columns[2].cells) == said


def test_nothing_left_to_compare_is_no_number():
    claim = need("S14").claims[0]
    effect = paired(np.zeros(3), np.array([9.0, 12.0, 15.0]))
    nan = float("nan")
    one = claims.ClaimResult(
        "S14", claim, claim.markets[0], effect, 0.0, effect, (nan, nan, nan), 1.0
    )
    assert next(report.claims_table([one], [], Words("en")).columns[4].cells) == "not applicable"


def test_cohorts_add_up_to_all_customers():
    run = simulate(load_config("market=brand", *QUICK))
    cohorts, accounts = run.ledger.cohorts(), run.ledger.accounts()
    for flow, account in enumerate(acc.CUSTOMER_FLOWS):
        assert (cohorts[..., flow].sum(axis=2) == accounts[:, :-1, account]).all()
    assert cohorts[:, :, 1:, acc.BY_WINDOW_REPEATERS].sum() > 0


@pytest.mark.slow
def test_a_region_is_refined_by_more_points(toy):
    raw = yaml.safe_load((toy / "S99_toy.yaml").read_text())
    wins = raw["claims"][0] | {"id": "S99.3", "kpi": "revenue", "smallest_effect": "0"}
    raw["arms"]["with"] = {"firms.alder.discount": 0.5}
    raw["claims"] = [wins]
    (toy / "S99_toy.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    scenarios._read.cache_clear()
    (region,) = regions.explore(need("S99"), *QUICK, points=8)
    share, low, high = region.share
    assert 0.0 <= low <= share <= high <= 1.0
    assert len(region.margins) == 8
    more = regions.explore(need("S99"), *QUICK, points=12)[0]
    assert (more.margins[:8] == region.margins).all(), "a longer list begins with the shorter one"


@pytest.mark.slow
def test_a_claim_about_other_markets_is_explored_in_the_first_of_them(toy):
    raw = yaml.safe_load((toy / "S99_toy.yaml").read_text())
    raw["markets"] = {"a": {}, "b": {"talk.rate": 0.0}, "c": {"talk.rate": 0.1}}
    raw["claims"][1]["markets"] = ["c", "b"]
    (toy / "S99_toy.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    scenarios._read.cache_clear()
    told = []
    found = regions.explore(
        need("S99"), *QUICK, points=2, progress=lambda done, goal: told.append((done, goal))
    )
    assert [(r.claim.id, r.market) for r in found] == [("S99.1", "a"), ("S99.2", "b")]
    assert (sum(done for done, _ in told), {goal for _, goal in told}) == (4, {4})
    only = regions.explore(need("S99"), *QUICK, points=2, market="c")
    assert [(r.claim.id, r.market) for r in only] == [("S99.1", "c"), ("S99.2", "c")]


@pytest.mark.slow
def test_a_tree_finds_the_deciding_parameter_and_finds_none_in_noise():
    rng = np.random.default_rng(5)
    settings = rng.random((120, 6))
    names_ = tuple("abcdef")
    claim = need("S13").claims[0]
    decided = Region(claim, "w", names_, settings, settings[:, 2] - 0.4)
    first = decided.deciding[0]
    assert first.name == "c"
    assert first.value == pytest.approx(0.4, abs=0.05)
    assert (first.below, first.above) == (0.0, 1.0)
    noise = Region(claim, "w", names_, settings, rng.random(120) - 0.5)
    assert noise.deciding == []
    assert 0.3 < noise.share[0] < 0.7


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"claims": [TOY["claims"][0] | {"kpi": "proft"}]}, "proft; allowed profit"),
        ({"claims": [TOY["claims"][0] | {"arms": ["with", "smae"]}]}, "smae; allowed again"),
        ({"claims": [TOY["claims"][0] | {"ablate": ["tlak"]}]}, "Did you mean 'talk'"),
        ({"question": {"en": "Why?"}}, "question needs en and zh"),
        ({"storry": {}}, "unknown storry"),
        ({"claims": [TOY["claims"][0] | {"against": ["again"]}]}, "give one arm, or one for each"),
        ({"claims": [TOY["claims"][0] | {"why": {"en": "So."}}]}, "why needs en and zh"),
    ],
)
def test_an_error_in_a_scenario_is_one_line(toy, change, said):
    (toy / "S99_toy.yaml").unlink()
    path = toy / f"S98_{abs(hash(said))}.yaml"
    path.write_text(yaml.safe_dump(TOY | change, allow_unicode=True))
    with pytest.raises(ConfigError) as error:
        names()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("both")


@pytest.fixture
def one_folder(folder, monkeypatch):
    """A current folder for both languages: results of the first are kept for the second."""
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_scenarios_and_claims_on_the_command_line(one_folder, capsys, in_threads, language):
    assert main(["scenarios", "--lang", language]) == 0
    assert "lead_to_cash" in capsys.readouterr().out
    small = ["replicates=2", *QUICK, "--lang", language]
    assert main(["claims", "AC", *small, "--points", "6"]) == 0
    shown = capsys.readouterr().out
    assert "AC.3" in shown
    assert "6" in shown
    assert (one_folder / "results" / "claims-AC" / "claims.csv").is_file()
    assert main(["claims", "AC", *small, "--quick"]) == 0
    assert main(["compare", "S13", "--market", "brand", *small]) == 0
    assert main(["compare", "S13", "--market", "brnd", *small]) == 2
    hint = {"en": "Did you mean 'brand'", "zh": "是否想输入“brand”"}
    assert hint[language] in capsys.readouterr().err
    assert main(["compare", "S13", "replicates=2", *QUICK, "--lang", language]) == 0
    assert need("S13").question[language][:20] in capsys.readouterr().out
    assert main(["claims", "lead_to_csh"]) == 2
    assert "Did you mean" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no such file"),
        ("id: X\n", "name is missing"),
        ("words", "needs lines of the form"),
        ("id: [\n", "not valid YAML"),
        (
            "{id: X, name: x, question: {en: a, zh: b}, story: {en: a, zh: b}, base: 3, arms: {}, "
            "claims: []}",
            "not of the form of a scenario",
        ),
        (OWN.replace("[1, 8]", "[1, x]"), "needs a first and a last week"),
        (OWN.replace("arms: [with, without]", "arms: []"), "give one or two in brackets"),
        (OWN.replace("firm: alder", "firm: [alder]"), "needs the name of a firm"),
        (OWN.replace("[1, 8]", "[8, 1]"), "needs a first and a last week"),
        (OWN.replace("id: X1\n", "id: 1\n"), "id=1: needs a word"),
        (OWN.replace("en: Talk pays.", "en: 1"), "statement needs en and zh"),
        (OWN.replace("[with, without]", "[with, wihtout]"), "Did you mean 'without'?"),
    ],
)
def test_a_file_that_is_no_scenario_is_one_line(in_folder, text, said):
    if text is not None:
        (in_folder / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"scenario mine\.yaml") as error:
        scenarios.need("mine.yaml")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_claim_on_a_firm_that_is_not_there_is_refused_before_the_runs(in_folder):
    (in_folder / "mine.yaml").write_text(OWN.replace("firm: alder", "firm: aldr"), "utf-8")
    with pytest.raises(ConfigError, match=r"firm=aldr: not in this market.*Did you mean 'alder'"):
        examine(scenarios.need("mine.yaml"), replicates=2, ablate=False)


def test_a_plan_in_another_folder_is_no_scenario():
    assert scenarios.find("./mine.csv") is None
