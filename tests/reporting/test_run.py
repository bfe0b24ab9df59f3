"""Sentences of one run are printed where what they say is so."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from sim.reporting.run import _profit
from sim.reporting.words import Words


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ([5.0, 5.0, 5.0], "Alder earned 15.00 over 3 weeks."),
        ([-5.0, 3.0, 4.0], "its profit to date has been positive since week 3"),
        ([5.0, -6.0, 8.0], "its profit to date has been positive since week 3"),
        ([5.0, -3.0, -4.0], "Alder lost 2.00 over 3 weeks."),
    ],
)
def test_what_a_firm_has_earned(path, said):
    run = SimpleNamespace(
        weekly=pd.DataFrame({"profit": [v for own in path for v in (own, -9.0)]}),
        firms=("alder", "birch"), focus="alder", ledger=SimpleNamespace(weeks=len(path)),
    )  # fmt: skip
    told = _profit(run, Words("en"))
    assert said in told
    assert ("since week" in told) == ("since week" in said)
