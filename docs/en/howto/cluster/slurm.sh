#!/bin/bash
# A whole sweep as one Slurm job: scheduler, workers and the command itself.
#
#     sbatch slurm.sh gtm sweep ad_blitz community_building --points 1000
#
# Cancelled or out of time, it goes on where it ended when it is submitted again.

#SBATCH --job-name=gtm
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=32
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=1G
#SBATCH --time=08:00:00
#SBATCH --signal=B:TERM@120

set -euo pipefail

# The same environment on every node, here in a home folder that all nodes see.
source "${GTM_ENVIRONMENT:-$HOME/gtm/.venv}/bin/activate"

# Compiled code is kept on the disk of each node: a first start takes a minute there.
export NUMBA_CACHE_DIR="${TMPDIR:-/tmp}/gtm-$USER"

file="$PWD/scheduler-$SLURM_JOB_ID.json"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$file"' EXIT

python -m distributed.cli.dask_scheduler --scheduler-file "$file" --port 0 --no-dashboard &
until [ -s "$file" ]; do sleep 1; done

srun python -m distributed.cli.dask_worker --scheduler-file "$file" --nthreads 1 \
    --no-dashboard --local-directory "${TMPDIR:-/tmp}" &

# Not in the foreground: bash answers a signal only while it waits.
"$@" executor=dask executor.scheduler_file="$file" &
command=$!
trap 'kill -TERM $command' TERM
wait $command || { code=$?; wait $command || code=$?; exit $code; }
