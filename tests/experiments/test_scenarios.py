"""Scenarios are files; claims are examined on shared luck and can fail."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from sim.__main__ import main
from sim.experiments import scenarios
from sim.experiments.claims import examine, judge
from sim.experiments.scenarios import find, names, need
from sim.outcomes.paired import paired
from sim.params import ConfigError

QUICK = ("population.customers=300", "weeks=40", "warmup=13", "threads=1")
TOY = {
    "id": "S99",
    "name": "toy",
    "question": {"en": "Does service serve?", "zh": "服务有用吗？"},
    "story": {"en": "Two firms alike.", "zh": "两家一样的企业。"},
    "base": {"market": "brand"},
    "arms": {"with": {"firms.alder.budget": {"service": 9000}}, "same": {}, "again": {}},
    "claims": [
        {
            "id": "S99.1", "says": {"en": "It costs.", "zh": "它要花钱。"}, "kpi": "spend",
            "firm": "alder", "arms": ["with", "same"], "weeks": [1, 40], "expect": ">0",
            "matters": "5%", "ablate": ["talk"],
            "rival": {"en": "It is free.", "zh": "免费。", "expect": "<0"},
        },
        {
            "id": "S99.2", "says": {"en": "Nothing is something.", "zh": "无中生有。"},
            "kpi": "profit", "firm": "alder", "arms": ["again", "same"], "weeks": [1, 40],
            "expect": ">0", "matters": 1, "ablate": {"talk.rate": 0.0},
            "rival": {"en": "Nothing is nothing.", "zh": "无就是无。", "expect": "<0"},
        },
    ],
}  # fmt: skip


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A folder of scenarios with one of one's own."""
    (tmp_path / "S99_toy.yaml").write_text(yaml.safe_dump(TOY, allow_unicode=True))
    monkeypatch.setattr(scenarios, "FILES", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", names())
def test_a_shipped_scenario_is_complete(name):
    one = need(name)
    assert find(one.id) is one
    for text in (one.question, one.story, *(c.says for c in one.claims)):
        assert set(text) == {"en", "zh"}
        assert all(text.values())
    config = one.config()
    assert len(one.made(config)) >= 2
    assert len({c.id for c in one.claims}) == len(one.claims) > 0
    for claim in one.claims:
        assert claim.id.startswith(f"{one.id}.")
        assert claim.firm in config.firms
        assert 1 <= claim.weeks[0] <= claim.weeks[1] <= config.weeks
        assert claim.matters > 0.0
        assert claim.rival_expect != claim.expect
        one.made(one.config(*claim.ablate))


def test_arms_of_hunters_and_farmers_spend_the_same():
    for name in ("hunter_vs_farmer", "blue_ocean"):
        one = need(name)
        from sim.config import override

        totals = [
            sum(override(one.config(), *a.overrides).firms["alder"].budget.values())
            for a in one.made(one.config())
        ]
        assert totals[0] == totals[1]


def test_a_scenario_is_one_file_and_its_claims_can_fail(toy):
    assert names() == ["toy"]
    costs, nothing = examine(need("S99"), *QUICK, pairs=3)
    assert (costs.verdict, costs.rival) == ("holds", "fails")
    assert costs.done > 0.0
    assert costs.left[0] == pytest.approx(1.0, abs=0.05), "talk does not carry what is spent"
    assert costs.carried == "no"
    assert nothing.effect.difference == 0.0
    assert (nothing.verdict, nothing.rival, nothing.done) == ("fails", "fails", 0.0)
    assert nothing.carried == "-"


def test_a_link_that_carries_an_effect_is_found_out():
    spoilt, *_ = examine(need("S13"), *QUICK, pairs=3)
    assert spoilt.claim.id == "S13.1"
    assert spoilt.carried == "yes"
    assert spoilt.done > 0.0, "reviews are still held"


def test_verdicts_need_to_be_beyond_what_matters():
    rng = np.random.default_rng(1)
    for mean, said in ((5.0, "holds"), (1.0, "undecided"), (-1.0, "fails"), (0.2, "fails")):
        effect = paired(np.zeros(30), mean + 0.5 * rng.standard_normal(30))
        assert judge(effect, 1, 1.0) == said
        flipped = paired(np.zeros(30), -(mean + 0.5 * rng.standard_normal(30)))
        assert judge(flipped, -1, 1.0) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"claims": [TOY["claims"][0] | {"kpi": "proft"}]}, "proft; allowed profit"),
        ({"claims": [TOY["claims"][0] | {"arms": ["with", "smae"]}]}, "smae; allowed again"),
        ({"claims": [TOY["claims"][0] | {"ablate": ["tlak"]}]}, "Did you mean 'talk'"),
        ({"question": {"en": "Why?"}}, "question needs en and zh"),
        ({"storry": {}}, "unknown storry"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_one_line(toy, change, said):
    (toy / "S99_toy.yaml").unlink()
    path = toy / f"S98_{abs(hash(said))}.yaml"
    path.write_text(yaml.safe_dump(TOY | change, allow_unicode=True))
    with pytest.raises(ConfigError) as error:
        names()
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scenarios_and_claims_on_the_command_line(in_folder, capsys, language):
    assert main(["scenarios", "--lang", language]) == 0
    assert "lead_to_cash" in capsys.readouterr().out
    assert main(["claims", "S13", "pairs=2", *QUICK, "--lang", language]) == 0
    assert "S13.1" in capsys.readouterr().out
    assert (in_folder / "results" / "claims-S13" / "claims.csv").is_file()
    assert main(["compare", "S13", "pairs=2", *QUICK, "--lang", language]) == 0
    assert need("S13").question[language][:20] in capsys.readouterr().out
    assert main(["claims", "lead_to_csh"]) == 2
    assert "Did you mean" in capsys.readouterr().err
