"""The files of the page about clusters are what they are meant to be."""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "en" / "howto" / "cluster"
PAGES = (ROOT / "docs" / "en" / "howto" / "cluster.md", ROOT / "docs" / "zh" / "cluster.md")

COMMAND = """
import sys
from sim.config.compose import load_config
from sim.runs.executors import split_execution, workers

if __name__ == "__main__":
    execution, others = split_execution(sys.argv[1:])
    with workers(load_config(*others), execution) as pool:
        tasks = [pool.submit(abs, -n) for n in range(50)]
        print(sum(task.result() for task in tasks))
"""
"""Stands for a command of gtm."""


def test_every_file_is_on_both_pages():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for path in FOLDER.iterdir():
            assert f"howto/cluster/{path.name}" in text or f"cluster/{path.name}" in text, path.name


def test_the_manifests_fit_together():
    found = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")))
    named = {(one["kind"], one["metadata"]["name"]): one for one in found}
    service = named["Service", "gtm-scheduler"]["spec"]
    for one in found:
        if one["kind"] == "Deployment":
            spec = one["spec"]
            assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    scheduler = named["Deployment", "gtm-scheduler"]["spec"]["template"]
    assert scheduler["metadata"]["labels"] == service["selector"]
    port = service["ports"][0]["port"]
    assert str(port) in scheduler["spec"]["containers"][0]["args"]
    address = f"tcp://gtm-scheduler:{port}"
    worker = named["Deployment", "gtm-worker"]["spec"]["template"]["spec"]["containers"][0]
    assert address in worker["args"]
    pod = named["Job", "gtm-sweep"]["spec"]["template"]["spec"]
    assert f"executor.address={address}" in pod["containers"][0]["args"]
    claims = {one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"]}
    assert claims == {name for kind, name in named if kind == "PersistentVolumeClaim"}


def test_the_python_file_compiles_and_dask_jobqueue_takes_it(tmp_path):
    path = FOLDER / "slurm_jobqueue.py"
    ast.parse(path.read_text(encoding="utf-8"))
    jobqueue = pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed")
    settings = runpy.run_path(str(path))["CLUSTER"]
    with jobqueue.SLURMCluster(**settings) as cluster:
        script = cluster.job_script()
    assert "--nthreads 1" in script
    assert "--nworkers 32" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_batch_script_is_correct_bash():
    subprocess.run(["bash", "-n", str(FOLDER / "slurm.sh")], check=True)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.skipif(
    not (Path(sys.prefix) / "bin" / "activate").exists(), reason="not in a virtual environment"
)
def test_the_batch_script_runs_a_command_and_leaves_nothing(tmp_path):
    pytest.importorskip("distributed", reason="Dask is not installed (extra `cluster`)")
    command, srun = tmp_path / "command.py", tmp_path / "srun"
    command.write_text(COMMAND)
    srun.write_text('#!/bin/bash\n"$@" & "$@" & wait\n')  # two tasks on this machine
    srun.chmod(0o755)
    known = {**os.environ, "SLURM_JOB_ID": "7", "GTM_ENVIRONMENT": sys.prefix, "USER": "somebody",
             "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
             "NUMBA_CACHE_DIR": os.environ["NUMBA_CACHE_DIR"]}  # fmt: skip
    ran = subprocess.run(
        ["bash", str(FOLDER / "slurm.sh"), "python", str(command)], cwd=tmp_path, env=known,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["1225"]
    assert {path.name for path in tmp_path.iterdir()} == {"command.py", "srun"}
    gone, left = psutil.wait_procs(
        [one for one in psutil.process_iter() if _is_of(one, tmp_path)], timeout=20
    )
    assert not left, gone


def _is_of(process: psutil.Process, folder: Path) -> bool:
    try:
        return str(folder) in " ".join(process.cmdline())
    except psutil.Error:
        return False
