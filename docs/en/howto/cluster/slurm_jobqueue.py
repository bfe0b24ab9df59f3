"""Run a command with workers that dask-jobqueue asks Slurm for, from a login node.

    python slurm_jobqueue.py gtm sweep ad_blitz community_building --points 1000

Workers come and go with the queue; the command itself runs here.
"""

import subprocess
import sys

from dask_jobqueue import SLURMCluster

CLUSTER = {
    "queue": "normal",
    "cores": 32,  # of one job ...
    "processes": 32,  # ... each with a worker of one thread
    "memory": "32GB",
    "walltime": "04:00:00",
    "local_directory": "$TMPDIR",
    "python": "python",  # of the environment that the next line activates
    "job_script_prologue": ['source "$HOME/gtm/.venv/bin/activate"'],
    "worker_extra_args": ["--lifetime", "230m", "--lifetime-stagger", "5m"],
    "scheduler_options": {"dashboard": False, "dashboard_address": ":0"},
}

MOST_JOBS = 8


def main(command):
    """Run a command while Slurm gives it workers; returns its exit code."""
    with SLURMCluster(**CLUSTER) as cluster:
        cluster.adapt(minimum_jobs=1, maximum_jobs=MOST_JOBS)
        address = f"executor.address={cluster.scheduler_address}"
        return subprocess.call([*command, "executor=dask", address])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
