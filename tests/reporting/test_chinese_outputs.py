"""What verbs print in Chinese has no English word but names of things that one types."""

from __future__ import annotations

import pytest

from sim.cli.app import main
from tests.chinese import english_words

SMALL = ["population.customers=200", "weeks=8", "warmup=2", "threads=1"]
NAMES = {
    "gtm", "explain", "run", "compare", "claims", "market", "plan", "new", "results", "KPI", "CEO",
    "CDNOW",
}  # fmt: skip
"""Verbs, the folder of results, and terms that Chinese managers use as they are."""


@pytest.mark.parametrize(
    "call",
    [
        ["run", "ad_blitz", *SMALL],
        ["run", "--all", "market=industrial", *SMALL],
        ["compare", "ad_blitz", "community_building", "replicates=2", "smallest_effect=0", *SMALL],
        ["compare", "狩猎", "replicates=2", "--uncertainty", "2", *SMALL],
        ["compare", "ad_blitz", "mine.csv", "--all", "replicates=2", *SMALL],
        ["plan", "check", "mine.csv"],
        ["scenarios"],
        ["market", "list"],
        ["plan", "list"],
    ],
    ids=lambda call: " ".join(call[:3]),
)
def test_a_verb_prints_no_english(call, in_folder, capsys, monkeypatch, in_threads):
    monkeypatch.setattr("sim.reporting.folders.save", lambda *_, **__: None)
    plan = "渠道,一季度,二季度\n大众广告,45万,30万\n社群,10万,15万\n"
    (in_folder / "mine.csv").write_text(plan, encoding="utf-8")
    assert main([*call, "--lang", "zh"]) == 0
    said = capsys.readouterr()
    allowed = NAMES | _ids()
    for text in (said.out, said.err):
        left = english_words(text.replace("mine.csv", "").replace("mine", ""), allowed)
        assert left == [], call


def _ids() -> set[str]:
    """Names that one types: plans, scenarios, markets and firms."""
    from sim import files
    from sim.config.compose import load_config, options
    from sim.experiments import scenarios
    from sim.plans.find import shipped_plans

    markets = files.names(files.CONFIGS / "market", "yaml")
    out = {scenarios.FIRST, *shipped_plans(), *scenarios.names(), *markets}
    for name in scenarios.names():
        out |= {scenarios.need(name).id, *scenarios.need(name).markets}
    for market in options("market"):
        out |= {*load_config(f"market={market}").firms}
    return out
