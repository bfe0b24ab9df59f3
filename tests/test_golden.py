"""Results change only on purpose (see tests/renew.py)."""

from __future__ import annotations

import json

import pytest

from tests import renew


@pytest.mark.parametrize("market", renew.MARKETS)
def test_the_fingerprint_has_not_moved(market):
    assert renew.fingerprint(market) == json.loads(renew.GOLDEN.read_text())[market], (
        "results have changed: if this is intended, run `python tests/renew.py` and record it in "
        "the changelog"
    )


def test_every_market_has_one():
    from sim.config.compose import options

    assert sorted(renew.MARKETS) == options("market")
