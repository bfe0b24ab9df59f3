"""Calls from Python with arguments that nobody should give."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import sim
from tests.fuzz.commands import SMALL, changes

THINGS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**31, 2**63 - 1, 2**63, 10**400, 0.0, 1.5, -0.5, math.nan,
    math.inf, "", "1", "ad_blitz", "nothing", b"ad_blitz", [], ["ad_blitz"], (),
    ("ad_blitz", "talk.rate=0"), {}, {"now": None}, {"now": None, "blitz": "ad_blitz"},
    {1: "ad_blitz"}, {"a": 1}, set(), object(), len, Path("missing.csv"), Path(), np.int64(3),
    np.float64(2.0), np.nan, np.array([1, 2]), np.array(3), np.bool_(True), Fraction(1, 2),
    decimal.Decimal(1), pd.DataFrame(), pd.Series([1]), range(3), type,
    pd.DataFrame(
        {"quarter": ["Q1"], "firm": ["alder"], "activity": ["broadcast"], "amount": [1000.0]}
    ),
    pd.DataFrame({"firm": ["alder"], "activity": ["broadcast"], "Q1": [1.0]}), "\x00", "x" * 3000,
)  # fmt: skip

things = st.sampled_from(THINGS)
_config = sim.load_config(*SMALL)


def _decided(firm: Any, decisions: Any) -> None:
    world = sim.start(_config, 1)
    world.decide(firm, decisions)


def _result(kpi: Any, firm: Any) -> None:
    sim.compare(_config, "ad_blitz", "community_building").result(kpi, firm)


def _branched(change: Any, plan: Any) -> None:
    world = sim.start(_config, 1)
    world.branch(change, plan=plan)


CALLS: dict[str, tuple[Callable[..., Any], int]] = {
    "load_config": (lambda a: sim.load_config(a), 1),
    "load_config of two": (lambda a, b: sim.load_config(a, b), 2),
    "simulate seed": (lambda a: sim.simulate(_config, seed=a), 1),
    "simulate plan": (lambda a: sim.simulate(_config, 1, plan=a), 1),
    "simulate config": (lambda a: sim.simulate(a, 1), 1),
    "start": (lambda a, b: sim.start(_config, a, plan=b), 2),
    "decide": (_decided, 2),
    "kpi": (lambda a, b: sim.simulate(_config, 1).kpi(a, b), 2),
    "result": (_result, 2),
    "branch": (_branched, 2),
    "compare": (lambda a, b: sim.compare(_config, a, b), 2),
    "compare mapping": (lambda a: sim.compare(_config, a), 1),
    "compare config": (lambda a: sim.compare(a, "ad_blitz", "community_building"), 1),
    "compare replicates": (
        lambda a: sim.compare(_config, "ad_blitz", "community_building", replicates=_few(a)), 1),
    "compare smallest_effect": (
        lambda a: sim.compare(_config, "ad_blitz", "community_building", smallest_effect=a), 1),
    "restore": (lambda a: sim.restore(a), 1),
}  # fmt: skip


def _few(count: Any) -> Any:
    """The argument, unless it is a valid number of replicates that would take long."""
    return 2 if isinstance(count, int | float | np.number) and 3 < count <= 10_000 else count


@st.composite
def python_calls(draw: st.DrawFn) -> tuple[str, tuple[Any, ...]]:
    """Name of a call of :data:`CALLS`, and its arguments."""
    name = draw(st.sampled_from(sorted(CALLS)))
    return name, tuple(draw(things | changes) for _ in range(CALLS[name][1]))
