"""Documents say what the code does."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

import sim
from sim import files
from sim.experiments import claims, scenarios
from sim.kpis import KPIS
from sim.ledger import accounts as acc
from sim.reporting import documents, folders
from sim.reporting.claims import puzzling
from sim.reporting.words import Words
from tests import renew
from tests.conftest import ROOT
from tests.suspended import SUSPENDED, skip_if_suspended

HOW_TO = renew.DOCS / "en" / "howto"
DOCUMENTS = [renew.README, *sorted(renew.DOCS.glob("[ez]*/**/*.md"))]


def test_the_tables_of_the_odd_are_current():
    assert renew.odd() == renew.ODD.read_text(encoding="utf-8"), "run `python tests/renew.py`"


def test_the_odd_has_every_table():
    from sim.reporting import explain

    words = renew.ODD.read_text(encoding="utf-8")
    for sheet in explain.sheets(sim.load_config()):
        assert f"<!-- table: {sheet.name} -->\n| " in words, sheet.name


@pytest.mark.parametrize("language", renew.LANGUAGES)
@pytest.mark.parametrize("name", ["answer", "map", "facts", "findings", "claims", "economy"])
def test_a_generated_text_is_of_this_model(name, language):
    skip_if_suspended(f"test_a_generated_text_is_of_this_model[{name}]")
    mark, _, _ = documents.unstamped(renew.path(name, language).read_text(encoding="utf-8"))
    assert mark == renew.marks()[name], f"run `python tests/renew.py`, with {name} or theory"


@pytest.mark.parametrize("language", renew.LANGUAGES)
@pytest.mark.parametrize("name", ["answer", "map", "facts", "findings", "claims", "economy"])
def test_a_generated_text_is_unedited(name, language):
    document = renew.path(name, language).read_text(encoding="utf-8")
    mark, seal, text = documents.unstamped(document)
    assert seal == documents.seal(text), "a generated text was edited"
    assert document == documents.stamped(text, mark)


@pytest.mark.parametrize("language", renew.LANGUAGES)
def test_generated_texts_are_what_is_stored(language):
    for name, text in renew.made(language).items():
        stored = renew.path(name, language).read_text(encoding="utf-8")
        if name in renew.marks():
            stored = documents.unstamped(stored)[2] + "\n"
        assert stored == text + "\n", f"{name}.{language}: run `python tests/renew.py texts`"


def test_the_generated_texts_of_the_readme_are_what_is_stored():
    words = renew.README.read_text(encoding="utf-8")
    assert words == renew.readme(), "run `python tests/renew.py texts`"
    edited = words.replace("95 % interval", "96 % interval")
    assert documents.placed(edited, "answer", renew.read("answer", "en")) == words


def test_the_readme_is_short():
    assert len(renew.README.read_text(encoding="utf-8").splitlines()) <= 130


@pytest.mark.parametrize("language", renew.LANGUAGES)
def test_every_picture_is_explained(language):
    page = renew.DOCS / {"en": "en/howto/pictures.md", "zh": "zh/pictures.md"}[language]
    text = page.read_text(encoding="utf-8")
    for path in renew.PICTURES.glob(f"*.{language}.png"):
        heading, sentence, _ = text[: text.index(path.name)].rsplit("\n\n", 2)
        assert heading.rsplit("\n", 1)[-1].startswith("## "), path.name
        assert len(sentence) > 20, path.name
    drawn = {path.name.removesuffix(f".{language}.png") for path in renew.PICTURES.iterdir()}
    every = {"cdnow-figure", "compare-figure", "compare-arms", "compare-uncertainty"}
    every |= {f"{market}-{name}" for market in renew.PICTURED for name in ("figure", "customers")}
    of_a_sweep = ("figure", "response", "tornado", "border", "flips", "influence")
    every |= {f"sweep-{name}" for name in of_a_sweep}
    assert every <= drawn
    for name in folders.MORE_OF_A_RUN:
        assert any(one.endswith(f"-{name}") for one in drawn), name
    for market in files.names(files.CONFIGS / "market", "yaml"):
        plain = market in ("toy", "new_category", "thirty")  # for teaching and for measuring
        assert plain or any(one.startswith(f"{market}-") for one in drawn), market


def test_pictures_take_little_room():
    assert sum(path.stat().st_size for path in renew.PICTURES.iterdir()) < 4_000_000


def test_links_between_documents_lead_somewhere():
    for document in (*DOCUMENTS, ROOT / "CONTRIBUTING.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), (document, link)


def test_the_glossaries_of_the_site_have_every_kpi():
    for language in renew.LANGUAGES:
        stored = renew.path("glossary", language).read_text(encoding="utf-8")
        for kpi in KPIS.values():
            assert stored.count(f"| **{kpi.label[language]}** |") == 1, kpi.name


@pytest.mark.parametrize("language", renew.LANGUAGES)
def test_texts_of_the_first_examination_say_so(language):
    note = Words(language).say("first_examination")
    for name in ("findings", "claims", "summary", "map"):
        first = renew.examination() == scenarios.FIRST
        assert (note in renew.path(name, language).read_text(encoding="utf-8")) == first, name


def test_suspended_checks_exist_and_end_with_the_next_examination():
    tests = Path(__file__).read_text(encoding="utf-8")
    for name in SUSPENDED:
        assert f"def {name.partition('[')[0]}(" in tests, name
    assert not (SUSPENDED and renew.THEORY.is_file()), "the claims have been examined again"


def test_the_stored_table_has_every_claim_in_every_world():
    stored = renew.stored()
    found = set(zip(stored.claim, stored.market, strict=True))
    for name in scenarios.names(renew.examination()):
        one = scenarios.need(name)
        assert {(c.id, world) for c in one.claims for world in c.markets} <= found, name
        for language in ("en", "zh"):
            assert len(one.found[language]) > 50, f"{name} does not say what came out"


def test_what_fails_or_survives_without_its_link_has_a_reason():
    when = f"{renew.examination()}/" if renew.examination() else ""
    for row in renew.stored().itertuples():
        if puzzling(row.verdict, row.carried):
            scenario = scenarios.need(f"{when}{row.scenario}")
            (claim,) = [c for c in scenario.claims if c.id == row.claim]
            for language in ("en", "zh"):
                assert len(claim.why.get(language, "")) > 10, (row.claim, row.market)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ad_blitz_vs_community", "saturation"])
def test_a_hurry_keeps_the_sign_of_settled_verdicts(name):
    skip_if_suspended("test_a_hurry_keeps_the_sign_of_settled_verdicts")
    stored = renew.stored().set_index(["claim", "market"])
    for one in claims.examine(scenarios.need(name), replicates=2, ablate=False):
        row = stored.loc[one.claim.id, one.market]
        if row.verdict != "undecided" and row.low * row.high > 0.0:
            assert np.sign(one.effect.difference) == np.sign(row.effect), one.claim.id


def test_notebooks_keep_no_outputs_and_end_in_a_picture():
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
        assert cells[-1]["source"][-1].startswith("picture(")


def test_the_readmes_first_screen_has_two_commands():
    lines = renew.README.read_text(encoding="utf-8").splitlines()[:25]
    commands = [line for line in lines if line.startswith("python3 -m venv .venv && ")]
    assert len(commands) == 2
    assert ".venv/bin/gtm compare" in commands[0]
    assert ".venv/bin/pytest" in commands[1]


def blocks(language: str) -> list[tuple[str, str]]:
    """The code of a language in all documents, each piece once: name of the document, code."""
    found: dict[str, str] = {}
    for document in DOCUMENTS:
        for code in re.findall(rf"```{language}\n(.*?)```", document.read_text("utf-8"), re.S):
            found.setdefault(re.sub(r"  #.*", "", code), str(document.relative_to(ROOT)))
    return [(name, code) for code, name in found.items()]


def test_the_readme_and_the_site_have_python():
    names = [name for name, _ in blocks("python")]
    assert names.count("README.md") == 1
    assert len(names) >= 6


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), blocks("python"))
def test_the_python_of_documents_runs(name, code, in_folder):
    small = re.sub(r"customers=\d+", "customers=300", code)
    small = small.replace("weeks=39", 'population.customers=300", "weeks=39')
    if "weeks" not in code and "validation" not in code:
        small = small.replace("customers=300", 'customers=300", "weeks=39", "warmup=4')
    if "load_config" in code:
        small = re.sub(r'\d+, method="latin"', '20, method="latin"', small)
        small = re.sub(r'\d+, method="saltelli"', '2, method="saltelli"', small)
        small = small.replace("replicates=2)", "replicates=1)")
        small = small.replace('"weeks=13")', '"weeks=13", "warmup=0")')
    exec(compile(small.replace("replicates=20", "replicates=2"), name, "exec"), {})


def commands(documents: list[Path]) -> list[str]:
    """The ``gtm`` commands of documents, without comment and language, each once."""
    return list(
        dict.fromkeys(
            line.partition("  #")[0].strip().removesuffix(" --lang zh")
            for document in documents
            for block in re.findall(r"```sh\n(.*?)```", document.read_text("utf-8"), re.S)
            for line in block.splitlines()
            if line.startswith("gtm ")
        )
    )


def run_small(line: str) -> int:
    """Run a command of a document in a tiny market; gives its exit code."""
    import shlex

    from sim.cli.app import main

    call = shlex.split(line.replace("--uncertainty 60", "--uncertainty 2"))[1:]
    if call[0] in ("validate", "claims", "map", "benchmark") or "executor=dask" in call:
        return 0  # minutes, or another machine; smaller versions are in tests/experiments
    if call[0] not in ("run", "compare", "sweep"):
        return main(call)
    quick = ["population.customers=200", "threads=1"]
    if call[0] == "sweep":
        is_listed = "--sample" in call or any(re.search(r"=[^(]*,", word) for word in call)
        quick += ["executor=in_process", *([] if is_listed else ["--points", "2"])]
    quick += ["replicates=2"] if call[0] == "compare" else []
    quick += ["warmup=4"] if "cdnow" not in call else []
    if "weeks=" not in line and "cdnow" not in call:
        quick += ["weeks=92" if "eras." in line else "weeks=16"]
    return main([*call, *quick])


@pytest.fixture
def short_runoff(in_threads, monkeypatch):
    """Comparisons in threads and with a short run-off."""
    monkeypatch.setattr("sim.experiments.compare.RUNOFF", 4)


@pytest.mark.slow
def test_the_commands_of_the_readme_run(in_folder, short_runoff, capsys, monkeypatch):
    """With the pictures of each verb once, and as PNG only: that SVG is written is tested with the
    verbs."""
    save = folders.save
    monkeypatch.setattr(
        "sim.reporting.folders.save", lambda figure, path, kinds=(): save(figure, path, ["png"])
    )
    lines = commands([renew.README])
    assert len(lines) >= 6
    drawn = set()
    for line in lines:
        kind = line.split()[1], "--uncertainty" in line
        with monkeypatch.context() as patch:
            if kind in drawn:
                draw_nothing(patch)
            assert run_small(line) == 0, line
        drawn.add(kind)


def draw_nothing(patch):
    """Leave out the pictures, which take two thirds of the time of a command."""
    for name in ("run", "compare", "sweep"):
        patch.setattr(f"sim.reporting.folders.{name}_figures", lambda *_: ())


@pytest.mark.slow
def test_the_commands_of_the_site_run(in_folder, short_runoff, capsys, monkeypatch):
    """Those the README does not have; without pictures, to save time."""
    draw_nothing(monkeypatch)
    assert run_small("gtm plan template mine.csv") == 0
    (settings,) = re.findall(r"```text\n(.*?)```", (HOW_TO / "sweep.md").read_text("utf-8"), re.S)
    Path("settings.csv").write_text(settings, encoding="utf-8")
    lines = [line for line in commands(DOCUMENTS) if line not in commands([renew.README])]
    assert len(lines) >= 12
    for line in lines:
        assert run_small(line) == 0, line


def test_the_market_of_the_how_to_page_works(tmp_path, monkeypatch):
    (block,) = re.findall(r"```yaml\n(.*?)```", (HOW_TO / "market.md").read_text("utf-8"), re.S)
    place = tmp_path / "configs"
    shutil.copytree(files.CONFIGS, place)
    (place / "market" / "gyms.yaml").write_text(block, encoding="utf-8")
    monkeypatch.setattr(files, "CONFIGS", place)
    config = sim.load_config("market=gyms", "population.customers=300", "weeks=30", "warmup=8")
    assert (sim.simulate(config, 1).ledger.accounts()[:, :-1, acc.ORDERS].sum(axis=0) > 0).all()


def test_the_scenario_of_the_how_to_page_works(tmp_path, monkeypatch):
    (block,) = re.findall(r"```yaml\n(.*?)```", (HOW_TO / "scenario.md").read_text("utf-8"), re.S)
    (tmp_path / "S15.yaml").write_text(block, encoding="utf-8")
    monkeypatch.setattr(files, "SCENARIOS", tmp_path)
    (one,) = map(scenarios.need, scenarios.names())
    assert [claim.id for claim in one.claims] == ["S15.1"]
    assert [arm.name for arm in one.arms_in(one.config())] == ["now", "better"]


def test_no_address_of_a_registry_and_no_path_of_a_machine():
    for path in ROOT.rglob("*"):
        if path.suffix in (".py", ".md", ".toml", ".txt", ".yaml", ".csv", ".json", "") and (
            path.is_file() and not {".git", ".venv", "results", "_build"} & set(path.parts)
        ):
            words = path.read_text(encoding="utf-8", errors="ignore")
            for wrong in ("pypi" + ".org", "pythonhosted" + ".org", "/ho" + "me/", "/ro" + "ot/"):
                assert wrong not in words, (path, wrong)


def test_the_changelog_knows_the_version():
    assert f"## {sim.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_citation_knows_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == sim.__version__
