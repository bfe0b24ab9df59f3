"""Records: runs of any kind become tables together as they do one by one."""

from __future__ import annotations

import pyarrow as pa

from sim import load_config
from sim.config.compose import override
from sim.runs.arms import arms
from sim.runs.engine import runs
from sim.runs.jobs import Job
from sim.runs.record import SCHEMAS, FigureRecord, tables_of


def test_unlike_runs_become_the_same_rows_together_as_one_by_one():
    config = load_config("population.customers=60", "weeks=5", "warmup=0", "threads=1")
    longer = override(config, "weeks=54", "~firms.dogwood", "measurement.window=8")
    both = arms(["ad_blitz", ("talk.rate=0",)], config)
    jobs = [Job(config, both, 1), Job(longer, both, 2, 2, ("alder",)), Job(config, both, 3)]
    made = [record for work in runs(jobs) for record in work()]
    made.append(FigureRecord("f", 1, "{}", "orders", {"all": 1.0, "first": float("nan")}))
    together = tables_of(made)
    assert together.keys() == SCHEMAS.keys() - {"failures"}
    alone = [tables_of([record]) for record in made]
    for name, rows in together.items():
        parts = pa.concat_tables([one[name] for one in alone if name in one])
        assert rows.schema == SCHEMAS[name] == parts.schema
        assert str(rows.to_pylist()) == str(parts.to_pylist())  # NaN is not equal to itself
