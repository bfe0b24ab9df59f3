"""A cached replicate that is damaged is simulated again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sim.experiments import replicates
from sim.runs.arms import arms
from sim.runs.jobs import Job, Store, fill


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"", lambda whole: b"x", lambda whole: whole[:-40],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:400] + bytes([whole[400] ^ 255]) + whole[401:],
    ],
)  # fmt: skip
def test_a_damaged_replicate_is_made_anew(small, tmp_path, damage, monkeypatch):
    small.weeks = 4
    job = Job(small, arms(["ad_blitz", "community_building"], small), 1, 0)
    store = Store(tmp_path, "a")
    path = store.path(1)
    calls = []
    real = replicates.run_replicate
    monkeypatch.setattr(replicates, "run_replicate", lambda job: calls.append(1) or real(job))
    with ThreadPoolExecutor(1) as pool:
        fill([job], store, pool)
        first, whole = store.get(1), path.read_bytes()
        path.write_bytes(damage(whole))
        fill([job], Store(tmp_path, "a"), pool)
        fill([job], Store(tmp_path, "a"), pool)
    assert len(calls) == 2
    assert path.read_bytes() == whole
    again = Store(tmp_path, "a").get(1)
    assert all(np.array_equal(a.accounts, b.accounts) for a, b in zip(first, again, strict=True))


def test_the_smallest_effect_of_interest_does_not_part_replicates(small):
    def key(effect):
        small.smallest_effect = effect
        return replicates.key(Job(small, (), 1, 0))

    assert key(0.01) == key(0.02)
