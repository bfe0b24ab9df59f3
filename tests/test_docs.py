"""Documents say what the code does."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

import sim
from sim.experiments import claims, scenarios
from sim.reporting.claims import puzzling
from tests import renew
from tests.conftest import ROOT


def test_the_tables_of_the_odd_are_current():
    assert renew.odd() == renew.ODD.read_text(encoding="utf-8"), "run `python tests/renew.py`"


def test_the_odd_has_every_table():
    from sim.reporting import explain

    words = renew.ODD.read_text(encoding="utf-8")
    for sheet in explain.sheets(sim.load_config()):
        assert f"<!-- table: {sheet.name} -->\n| " in words, sheet.name


def test_the_answer_in_the_readme_is_of_this_model():
    words = renew.README.read_text(encoding="utf-8")
    (mark,) = re.findall(r"<!-- answer, fingerprint (\w+) -->", words)
    assert mark == json.loads(renew.GOLDEN.read_text())["brand"], "run `python tests/renew.py`"


def test_the_facts_in_the_readme_are_of_this_model():
    words = renew.README.read_text(encoding="utf-8")
    (mark,) = re.findall(r"<!-- facts, fingerprint (\w+) -->", words)
    assert mark == json.loads(renew.GOLDEN.read_text())["industrial"], (
        "run `python tests/renew.py facts`"
    )


def test_the_map_in_the_readme_is_of_this_model():
    words = renew.README.read_text(encoding="utf-8")
    (mark,) = re.findall(r"<!-- map, fingerprint (\w+) -->", words)
    assert mark == json.loads(renew.GOLDEN.read_text())["brand"], "run `python tests/renew.py map`"
    assert renew.MAP.is_file()


def test_the_theory_in_the_readme_is_of_this_model_and_as_stored():
    words = renew.README.read_text(encoding="utf-8")
    mark = renew.theory_mark(json.loads(renew.GOLDEN.read_text()))
    for name, table in (("findings", renew.findings()), ("theory", renew.theory_table())):
        found = re.findall(
            rf"<!-- {name}, fingerprint (\w+) -->\n(.*?)\n<!-- end: {name} -->", words, re.S
        )
        assert found == [(mark, table)], "run `python tests/renew.py theory`"


def test_the_stored_table_has_every_claim_in_every_world():
    stored = pd.read_csv(renew.THEORY)
    found = set(zip(stored.claim, stored.world, strict=True))
    for name in scenarios.names():
        one = scenarios.need(name)
        assert {(c.id, world) for c in one.claims for world in c.worlds} <= found, name
        for language in ("en", "zh"):
            assert len(one.found[language]) > 50, f"{name} does not say what came out"


def test_what_fails_or_survives_without_its_link_has_a_reason():
    stored = pd.read_csv(renew.THEORY)
    for row in stored.itertuples():
        if puzzling(row.verdict, row.carried):
            (claim,) = [c for c in scenarios.need(row.scenario).claims if c.id == row.claim]
            for language in ("en", "zh"):
                assert len(claim.why.get(language, "")) > 10, (row.claim, row.world)


@pytest.mark.parametrize("name", ["ad_blitz_vs_community", "saturation"])
def test_a_hurry_keeps_the_sign_of_settled_verdicts(name):
    stored = pd.read_csv(renew.THEORY).set_index(["claim", "world"])
    for one in claims.examine(scenarios.need(name), pairs=2, ablate=False):
        row = stored.loc[one.claim.id, one.world]
        if row.verdict != "undecided" and row.low * row.high > 0.0:
            assert np.sign(one.effect.difference) == np.sign(row.effect), one.claim.id


def test_notebooks_keep_no_outputs_and_end_in_a_picture():
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert [path.stem for path in found] == ["researcher", "strategist", "trainer"]
    for path in found:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
        assert cells[-1]["source"][-1].startswith("Image(")


def test_the_readmes_first_screen_has_two_commands():
    lines = renew.README.read_text(encoding="utf-8").splitlines()[:25]
    commands = [line for line in lines if line.startswith("python3 -m venv .venv && ")]
    assert len(commands) == 2
    assert ".venv/bin/gtm compare" in commands[0]
    assert ".venv/bin/pytest" in commands[1]


def test_the_python_of_the_readme_runs(in_folder):
    words = renew.README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", words, re.S)
    assert len(blocks) == 3
    for block in blocks:
        small = block.replace("customers=5000", "customers=300").replace("pairs=20", "pairs=2")
        exec(compile(small, "README.md", "exec"), {})


def test_the_commands_of_the_readme_run(in_folder, capsys):
    import shlex

    from sim.__main__ import main

    words = renew.README.read_text(encoding="utf-8")
    lines = [
        line.partition("#")[0].strip()
        for block in re.findall(r"```sh\n(.*?)```", words, re.S)
        for line in block.splitlines()
        if line.startswith("gtm ")
    ]
    assert len(lines) >= 6
    for line in lines:
        call = shlex.split(line.replace("--doubt 60", "--doubt 2"))[1:]
        if call[0] in ("validate", "claims", "map"):
            continue  # minutes; smaller versions are in tests/experiments
        quick = ["population.customers=200", "threads=1"] if call[0] in ("run", "compare") else []
        quick += ["pairs=2", "warmup=4"] if call[0] == "compare" else []
        if call[0] in ("run", "compare") and "weeks=" not in line and "cdnow" not in call:
            quick += ["weeks=30"] if "--world" in call else ["weeks=52"]
        assert main([*call, *quick]) == 0, line


def test_no_address_of_a_registry_and_no_path_of_a_machine():
    for path in ROOT.rglob("*"):
        if path.suffix in (".py", ".md", ".toml", ".txt", ".yaml", ".csv", ".json", "") and (
            path.is_file() and not {".git", ".venv", "results"} & set(path.parts)
        ):
            words = path.read_text(encoding="utf-8", errors="ignore")
            for wrong in ("pypi" + ".org", "pythonhosted" + ".org", "/ho" + "me/", "/ro" + "ot/"):
                assert wrong not in words, (path, wrong)


def test_the_changelog_knows_the_version():
    assert f"## {sim.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
