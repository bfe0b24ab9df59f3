"""Inside somebody else's program: nothing of it is changed. And without Numba's compiler."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

GUEST = '''
import locale, logging, os, signal, sys, warnings
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
import mesa, networkx, numba, pandas, pyarrow, rich, scipy.sparse, scipy.special, scipy.stats

def state():
    root = logging.getLogger()
    return {
        "environment": {k: v for k, v in os.environ.items() if k not in ALLOWED},
        "locale": locale.setlocale(locale.LC_ALL), "filters": list(warnings.filters),
        "errors": np.geterr(), "printing": np.get_printoptions(), "rc": dict(matplotlib.rcParams),
        "backend": matplotlib.get_backend(), "figures": plt.get_fignums(),
        "logging": (root.level, list(root.handlers), root.disabled, logging.root.manager.disable),
        "signals": {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)},
        "recursion": sys.getrecursionlimit(), "random": np.random.get_state()[1].tolist(),
        "hook": sys.excepthook, "folder": os.getcwd(),
    }

ALLOWED = {"NUMBA_CACHE_DIR", "NUMBA_DISABLE_INTEL_SVML"}  # sim/__init__.py says why
plt.rcParams["font.size"] = 7.5
warnings.simplefilter("ignore", UserWarning)
np.seterr(under="warn")
before = state()

import sim
from sim.reporting.figures.comparison import compare_figure
from sim.reporting.figures.style import save
from sim.reporting.words import Words
from pathlib import Path

config = sim.load_config("population.customers=60", "weeks=8", "warmup=0", "threads=1")
run = sim.simulate(config, seed=1)
found = sim.compare(config, "ad_blitz", None, replicates=2)
figure = compare_figure(found, "alder", Words("zh"))
save(figure, Path("compare.png"), kinds=("png",))
after = state()
for name in before:
    assert before[name] == after[name], (name, before[name], after[name])
print("left as found")
'''  # fmt: skip

PLAIN = """
import numpy as np, warnings
warnings.simplefilter("error")
import sim
size = ("population.customers=30", "weeks=4", "warmup=1", "threads=1")
config = sim.load_config(*size, "talk.rate=0.5")
fast, plain = (sim.simulate(config, 3, engine=e).ledger for e in ("columnar", "reference"))
assert np.array_equal(fast.accounts(), plain.accounts()) and fast.accounts().any()
print("equal")
"""


def _run(code, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_a_host_program_is_left_as_it_was_found(tmp_path):
    assert _run(GUEST, tmp_path) == "left as found"


def test_the_hydra_application_of_a_host_goes_on(tmp_path):
    from hydra import compose, initialize_config_dir

    import sim

    (tmp_path / "mine.yaml").write_text("a: 1\n")
    with initialize_config_dir(str(tmp_path), version_base=None):
        assert compose("mine") == {"a": 1}
        assert sim.load_config("market=packaged", "activities=standard").weeks > 0
        assert compose("mine", overrides=["a=2"]) == {"a": 2}


MULTIRUN = """
import hydra

import sim


@hydra.main(config_path=None, config_name=None, version_base="1.3")
def app(own):
    config = sim.load_config("population.customers=100", f"talk.rate={own.rate}", "weeks=2",
                             "warmup=0")
    print(own.rate, sim.sweep(config, sim.sample({"price.weight": [1.0, 1.2]}, method="grid"),
                              replicates=2)["status"].eq("done").all(), flush=True)


app()
"""


@pytest.mark.slow
def test_multirun_of_a_hydra_application_keeps_working(tmp_path):
    """The application is the user's; each of its jobs runs a sweep of ours."""
    script = tmp_path / "app.py"
    script.write_text(MULTIRUN)
    call = [sys.executable, str(script), "-m", "+rate=0.05,0.1", "hydra/job_logging=none"]
    done = subprocess.run(
        call, capture_output=True, text=True, cwd=tmp_path, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("0.")]
    assert lines == ["0.05 True", "0.1 True"]


@pytest.mark.slow
def test_the_model_runs_without_compilation(tmp_path):
    assert _run(PLAIN, tmp_path, NUMBA_DISABLE_JIT="1") == "equal"
