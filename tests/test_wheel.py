"""The wheel works from any folder: it contains its configuration, texts and plans."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.reporting.test_json import SCENARIO


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as installed from the wheel, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a build leaves files beside what it builds
    for name in ("sim", "configs", "scenarios"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
         "-w", str(folder), str(source)],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("gtm_dynamics-*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def _gtm(
    installed: Path, folder: Path, *calls: tuple[str, ...]
) -> subprocess.CompletedProcess[str]:
    """Run commands of ``gtm`` as installed, one after the other in one process until one fails.

    Without compiling: Numba stores compiled code by the place of its source, so a new place would
    take a minute, and four weeks in Python take seconds."""
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import sim, sim.cli.app as m;"
        "assert sim.__file__.startswith(sys.argv[1]), sim.__file__;"
        "sys.exit(next(filter(None, map(m.main, json.loads(sys.argv[2]))), 0))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(installed), json.dumps(calls)],
        cwd=folder, capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip


@pytest.mark.slow
def test_a_run_from_another_folder(installed, tmp_path):
    small = ("population.customers=60", "weeks=4", "warmup=0", "engine=reference")
    shutil.copy(ROOT / "configs" / "plan" / "ad_blitz.csv", tmp_path / "mine.csv")
    explain = ("explain", "talk", "--lang", "zh")
    done = _gtm(installed, tmp_path, ("run", "./mine.csv", *small), explain)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "results" / "run-mine" / "figure.png").exists()


@pytest.mark.slow
def test_files_in_the_current_folder(installed, tmp_path):
    """A market and a scenario of the user's, without a checkout."""
    small = ("population.customers=60", "weeks=4", "warmup=0", "engine=reference", "threads=1",
             "executor=in_process")  # fmt: skip
    (tmp_path / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    call = ("claims", "./scenario.yaml", "market=./mine.yaml", *small, "--quick", "--json")
    done = _gtm(installed, tmp_path, ("market", "new", "mine.yaml", "--lang", "zh"), call)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout[done.stdout.index("\n{") :])["scenarios"] == ["mine"]


@pytest.mark.slow
def test_everything_travels(installed):
    for name in ("configs/config.yaml", "configs/market/brand.yaml", "configs/plan/ad_blitz.csv",
                 "reporting/words/zh.yaml", "reporting/words/zh/errors.yaml",
                 "reporting/words/zh/meanings.yaml", "reporting/glossary.yaml",
                 "ODD.md"):  # fmt: skip
        assert (installed / "sim" / name).is_file(), name


def test_every_module_travels(installed):
    here, there = (
        {path.relative_to(package) for path in package.rglob("*.py")}
        for package in (ROOT / "sim", installed / "sim")
    )
    assert here <= there
