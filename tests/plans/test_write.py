"""Templates and plans as they were understood read back."""

from __future__ import annotations

import pytest

from sim.market.plan import Plan
from sim.plans.write import fingerprint, template, to_csv
from tests.plans.reading import ACTIVITIES, HEAD, market, notes_of, plan_of


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("wide", [False, True])
def test_a_template_reads_back(tmp_path, language, wide):
    text = template(market(), language, wide=wide)
    assert ("大众广告" in text) == ("企业" in text) == (language == "zh")
    plan = plan_of(tmp_path, "\ufeff" + text)
    assert {(r.firm, r.activity) for r in plan.rows} == {
        ("alder", name) for name in (*ACTIVITIES, "discount")
    }
    assert {r.period.name for r in plan.rows} == {"Q1", "Q2", "Q3", "Q4"}
    assert not any(r.amount for r in plan.rows)
    assert notes_of(plan) == {}


def test_a_plan_as_understood_is_the_same_whatever_it_was_read_from(tmp_path):
    narrow = plan_of(tmp_path, HEAD + "Q1,alder,broadcast,900k\nQ1,alder,discount,15%\n")
    wide = plan_of(tmp_path, "企业;活动;一季度\nALDER;大众广告;900 000,00\nalder;折扣;0,15\n")
    assert to_csv(narrow) == to_csv(wide) == (
        "period,firm,activity,amount\nQ1,alder,broadcast,900000\nQ1,alder,discount,0.15\n"
    )  # fmt: skip
    assert fingerprint(narrow) == fingerprint(wide)
    assert plan_of(tmp_path, to_csv(narrow)).rows == wide.rows


def test_three_decimals_are_not_taken_for_thousands(tmp_path):
    plan = plan_of(tmp_path, HEAD + "Q1,alder,broadcast,900.125\n", decimal=".")
    assert plan_of(tmp_path, to_csv(plan)).rows == plan.rows


def test_a_plan_is_equal_by_what_it_says(tmp_path):
    one = plan_of(tmp_path, HEAD + "Q1,alder,broadcast,5\n")
    two = plan_of(tmp_path, "Title,,,\n" + HEAD + "q1,Alder,大众广告,5\n")
    assert one == two == Plan("mine", one.rows, one.path)
    assert repr(one.rows) == repr(two.rows), "the key of cached replicates"
