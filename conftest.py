"""How tests are run: the whole suite on all processors and with its notebooks, single files and
single tests in one process and without them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent

# Workers of tests share the processors already, and their matrices are small: threads of BLAS that
# wait for each other took most of the time of a fit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Tests start a hundred processes, each of which would compile all sources where an environment
# keeps Python from writing bytecode, as those of containers do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

collect_ignore = ["notebooks/zh"]  # same code as the others; tests/reporting/test_notebook.py


@pytest.hookimpl(tryfirst=True)  # before xdist reads the number of workers
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Choose workers and notebooks by what is asked for, unless the command line does.

    Workers start for everything and for a whole folder of ``testpaths``; a single test would wait
    for them longer than it takes. Notebooks run with everything and when they are named.
    """
    option = config.option
    named = [(config.invocation_params.dir / word).resolve() for word in option.file_or_dir]
    folders = [ROOT, *(ROOT / folder for folder in config.getini("testpaths"))]
    whole = all(path in folders for path in named) and not option.keyword
    inside_worker = hasattr(config, "workerinput")
    if whole and not inside_worker and getattr(option, "numprocesses", 0) is None:
        option.numprocesses, option.maxprocesses = "auto", option.maxprocesses or 4
        option.dist = "worksteal"  # neighbours run in one process and share what they simulate
    notebooks = ROOT / "notebooks"
    if not named or ROOT in named or any(p.is_relative_to(notebooks) for p in named):
        option.nbmake = option.nbmake or not option.keyword


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A notebook starts a process of its own, which makes it a slow test."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("slow")
