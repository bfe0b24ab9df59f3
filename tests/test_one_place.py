"""Each extension named in CONTRIBUTING.md takes one place: a toy of each is added and used.

Toys that need compilation are in ``test_new_mechanism.py``, a command is in ``tests/cli``. A test
says with the marker ``toy`` to which rows of the table it belongs.
"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

import sim
from sim import files as shipped
from sim.agents import policies
from sim.config.checks import policies as known_policies
from sim.config.compose import load_config
from sim.experiments import scenarios
from sim.experiments.validation import facts as published
from sim.experiments.validation.facts import measures, targets
from sim.experiments.validation.scorecard import validate
from sim.kpis import KPIS, Window, kpi
from sim.ledger import accounts as acc
from sim.reporting import documents, explain
from sim.reporting import scorecard as scorecards
from sim.reporting.terms import terms
from sim.reporting.words import Words, languages
from tests.conftest import ROOT

SMALL = ("population.customers=400", "weeks=40", "warmup=13", "threads=1")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A copy of the shipped configuration, to be extended."""
    place = tmp_path / "configs"
    shutil.copytree(shipped.CONFIGS, place)
    monkeypatch.setattr(shipped, "CONFIGS", place)
    return place


def _rows_of_the_table() -> list[str]:
    """What can be added, as CONTRIBUTING.md lists it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.split("| to add | touch |\n|---|---|\n")[1].split("\n\n")[0]
    return [line.split("|")[1].strip() for line in table.splitlines()]


def _toys() -> list[str]:
    """The rows that tests are marked with, all tests together."""
    found = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.toy":
                        found += [ast.literal_eval(row) for row in mark.args]
    return found


def test_every_row_of_the_table_has_its_toy():
    assert len(_rows_of_the_table()) > 10
    assert sorted(_toys()) == sorted(_rows_of_the_table())


@pytest.mark.toy("a budget policy")
def test_a_policy_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "everything_on_service.py").write_text(
        '"""All credit goes to service."""\n'
        "def credit(view):\n"
        "    out = view.money * 0.0\n"
        "    out[5] = 1.0\n"
        "    return out\n"
    )
    monkeypatch.setattr(policies, "__path__", policies.__path__)
    policies.__path__.append(str(tmp_path))
    try:
        assert "everything_on_service" in known_policies()
        words = "firms.birch.organisation.policy=everything_on_service"
        run = sim.simulate(load_config(*SMALL, words), 1)
        service = run.ledger.spend()[:, 1, list(run.ledger.activities).index("service")]
        assert service[39] > service[13] > service[12]
        assert "All credit goes to service." in explain.policies().markdown()
    finally:
        policies.__path__.remove(str(tmp_path))


@pytest.mark.toy("a KPI", "KPIs of departments, a pay plan")
def test_a_kpi_is_one_function_and_can_be_what_a_department_is_measured_by(files):
    @kpi("count", "new firm friends", "新朋友", "market_department")
    def friends(w: Window) -> np.ndarray:
        """Contacts that were clicked on, twice."""
        return 2.0 * w.sum(acc.CLICKS)

    try:
        (files / "kpis" / "friends.yaml").write_text("market_department: {friends: 1.0}\n")
        config = load_config(*SMALL, "firms.birch.organisation.kpis=friends")
        run = sim.simulate(config, 1)
        assert "friends" in run.weekly
        spend = run.ledger.spend()[:, 1]
        clicked = list(run.ledger.activities).index("performance_ads")
        assert spend[39, clicked] > spend[0, clicked], "it brings most clicks"
        assert spend[39].sum() == spend[0].sum()
    finally:
        del KPIS["friends"]


@pytest.mark.toy("an activity")
def test_an_activity_is_one_block():
    toy = (
        "+activities.skywriting={id: 77, owner: marketing, unit_cost: 0.1, click: 0.2, labour: 0.9}"
    )
    config = load_config(*SMALL, toy, "+firms.birch.budget.skywriting=5000")
    run = sim.simulate(config, 1)
    at = list(run.ledger.activities).index("skywriting")
    assert run.ledger.contacts()[:, 1, at].sum() > 0
    hours = run.ledger.accounts()[:, 1, acc.MARKETING_HOURS].mean()
    assert hours > sim.simulate(load_config(*SMALL), 1).ledger.accounts()[
        :, 1, acc.MARKETING_HOURS
    ].mean()  # fmt: skip
    assert "skywriting" in set(run.ledger_table["source"])


def test_a_pay_plan_is_one_file(files):
    (files / "pay" / "generous.yaml").write_text("salary: 5000\n")
    run = sim.simulate(load_config(*SMALL, "firms.birch.sales.pay=generous"), 1)
    assert run.kpi("payroll", 30, 31)["birch"] == pytest.approx(4 * 5000)


@pytest.mark.toy("a market, a plan")
def test_a_market_and_a_plan_are_one_file_each(files):
    text = (files / "market" / "brand.yaml").read_text()
    (files / "market" / "village.yaml").write_text(text + "population: {people: 400}\n")
    run = sim.simulate(load_config("market=village", *SMALL), 1)
    assert run.weekly.active_customers.max() <= 400
    (files / "plan" / "quiet.csv").write_text(
        "quarter,firm,activity,amount\nQ1,alder,service,1300\n"
    )
    run = sim.simulate(load_config("market=village", *SMALL), 1, plan="quiet")
    assert run.ledger.spend()[:13, 0].sum() == 130_000


SCENARIO = """
id: S99
name: toy
question: {en: "Does service serve?", zh: "服务有用吗？"}
story: {en: "Two firms alike.", zh: "两家一样的企业。"}
base: {market: brand}
arms: {with: {firms.alder.budget: {service: 9000}}, same: {}}
claims:
  - id: S99.1
    statement: {en: It costs., zh: 它要花钱。}
    kpi: spend
    firm: alder
    arms: [with, same]
    weeks: [1, 20]
    expect: ">0"
    smallest_effect: 5%
    ablate: [talk]
    rival: {en: It is free., zh: 免费。, expect: "<0"}
"""


@pytest.mark.toy("a scenario")
def test_a_scenario_is_one_file(tmp_path, monkeypatch):
    (tmp_path / "S99_toy.yaml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.setattr(shipped, "SCENARIOS", tmp_path)
    assert scenarios.names() == ["toy"]
    assert scenarios.find("S99") is scenarios.need("toy")
    assert [arm.name for arm in scenarios.need("S99").arms_in(load_config())] == ["with", "same"]
    assert [claim.id for claim in scenarios.need("S99").claims] == ["S99.1"]


FACT = """
facts:
  E99:
    title: {en: Friendship, zh: 友谊}
    group: C
    status: G
    markets: [brand]
    published: {en: half, zh: 一半}
    source: nobody, ever
    figures:
      share: {en: of all, zh: 占比, low: 0.1, high: 1.5}
"""


@pytest.mark.toy("a published fact")
def test_a_published_fact_is_one_row_and_one_function(tmp_path, monkeypatch):
    raw = yaml.safe_load(published.TARGETS.read_text(encoding="utf-8"))
    raw["facts"] = yaml.safe_load(FACT)["facts"]
    raw["families"] = []
    raw["considered"] = []
    (tmp_path / "targets.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    monkeypatch.setattr(published, "TARGETS", tmp_path / "targets.yaml")
    targets.cache_clear()

    @measures("E99")
    def friendship(trial) -> dict[str, float]:
        """Share of a year that has passed."""
        return {"share": trial.world.week / 52.0}

    try:
        small = ("population.customers=20", "population.people=20", "threads=1")
        found = validate(["E99"], *small, mode="quick", settings=2)
        assert found.findings[0].verdict == "inside"
        assert found.scores()["score"] == 1.0
        for language, title in (("en", "Friendship"), ("zh", "友谊")):
            assert f"E99 {title}" in scorecards.page(found, Words(language))
        assert "Share of a year that has passed." in scorecards.recipes()
    finally:
        monkeypatch.undo()
        targets.cache_clear()


@pytest.mark.toy("a language")
def test_a_language_is_one_file(tmp_path, monkeypatch, capsys):
    from sim.cli.app import main

    shutil.copytree(shipped.WORDS, tmp_path / "words", ignore=shutil.ignore_patterns("*.py"))
    words = yaml.safe_load((tmp_path / "words" / "en.yaml").read_text(encoding="utf-8"))
    words["unknown"] = "nescio"
    (tmp_path / "words" / "la.yaml").write_text(yaml.safe_dump(words), encoding="utf-8")
    monkeypatch.setattr(shipped, "WORDS", tmp_path / "words")
    assert languages() == ["en", "la", "zh"]
    assert Words("la").value("profit", float("nan")) == "nescio"
    assert Words("la").label("profit") == KPIS["profit"].label["en"]
    assert main(["plan", "--help", "--lang", "la"]) == 0
    assert main(["scenarios", "--lang", "la"]) == 0  # texts of scenarios are English
    assert "Ad blitz or community" in capsys.readouterr().out
    assert main(["plan", "--help", "--lang", "lat"]) == 2
    assert "Did you mean 'la'?" in capsys.readouterr().err


def _hidden_pages(docs: Path) -> set[str]:
    """Pages of the site that no table of contents names."""
    text = "".join(p.read_text(encoding="utf-8") for p in docs.rglob("*.md"))
    named = set(re.findall(r"<([\w/]+)>$|^([\w/]+)$", text, re.M))
    named = {word for pair in named for word in pair if word}
    pages = {
        path.relative_to(docs).with_suffix("").as_posix()
        for language in ("en", "zh")
        for path in (docs / language).rglob("*.md")
    }
    inside = {f"en/api/{word}" for word in named}  # the API has a table of contents of its own
    return pages - named - inside


@pytest.mark.toy("a page of the site")
def test_a_page_is_one_file_and_a_line(tmp_path):
    docs = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("_build", "generated"))
    assert _hidden_pages(docs) == set()
    (docs / "en" / "howto" / "dance.md").write_text("# Dance\n", encoding="utf-8")
    assert _hidden_pages(docs) == {"en/howto/dance"}
    index = docs / "index.md"
    text = index.read_text(encoding="utf-8")
    index.write_text(text.replace("en/howto/plan\n", "en/howto/plan\nen/howto/dance\n"), "utf-8")
    assert _hidden_pages(docs) == set()


@pytest.mark.toy("a term")
def test_a_term_is_one_entry(tmp_path, monkeypatch, capsys):
    from sim.cli.app import main

    text = shipped.GLOSSARY.read_text(encoding="utf-8")
    entry = "- {en: aardvark, zh: 土豚, says_en: Comes first., says_zh: 动物。, seen: [docs]}\n"
    (tmp_path / "glossary.yaml").write_text(text + entry, encoding="utf-8")
    monkeypatch.setattr(shipped, "GLOSSARY", tmp_path / "glossary.yaml")
    known = terms()
    english, chinese = (documents.glossary(known, Words(language)) for language in ("en", "zh"))
    assert (
        english.splitlines()[3]
        != english.splitlines()[2]
        == "| **aardvark** | 土豚 | Comes first. |"
    )
    assert "| **土豚** | aardvark | 动物。 |" in chinese
    assert main(["explain", "Aardvarks"]) == 0
    assert "Comes first." in capsys.readouterr().out
