"""A new mechanism touches four files: a rules module, a line of the schema, a call in each engine.

Loyalty points are added to a copy of the package and run there, in another process: with their
numbers, their rules, their switch, their state and their place in ``gtm explain``, equal in both
engines. An account of the orders that earned points is added, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sim
from sim import files
from sim.ledger.accounts import CASH

PACKAGE = Path(sim.__file__).parent

RULES = '''
"""Loyalty points: an order earns points, and points attract."""

from __future__ import annotations

from dataclasses import dataclass

from sim.params import mechanism, number, of_customers, state
from sim.rules.arithmetic import rule


@of_customers
@dataclass
class Points:
    """Loyalty points."""

    earned: float = number(
        3.0, unit="points per order", low=0.0, high=100.0,
        meaning="Points that an order earns.", source="assumption: a toy",
    )
    pull: float = number(
        0.2, unit="utility per point", low=0.0, high=10.0,
        meaning="Utility that a point adds to the firm.", source="assumption: a toy",
    )


mechanism("points", {"points.earned": 0.0}, "orders earn points")
state("points", "float32", "loyalty points collected with the firm")


@rule
def collected(points: float, earned: float) -> float:
    """Points after an order."""
    return points + earned


@rule
def attraction(points: float, pull: float) -> float:
    """Utility that points add."""
    return pull * points
'''
EDITS = {
    "config/schema.py": (
        ("from sim.rules.pricing import Price\n",
         "from sim.rules.points import Points\nfrom sim.rules.pricing import Price\n"),
        ("    stock: Stock = field(default_factory=Stock)\n",
         "    points: Points = field(default_factory=Points)\n"
         "    stock: Stock = field(default_factory=Stock)\n"),
    ),
    "engines/reference.py": (
        ("        self.basket = number\n",
         "        self.basket = number\n"
         "        self.points[firm] = points.collected(self.points[firm], p.points.earned)\n"),
        ("            self.remembered[firm] = pricing.remembered_price(\n",
         "            felt = felt + points.attraction(self.points[firm], p.points.pull)\n"
         "            self.remembered[firm] = pricing.remembered_price(\n"),
        ("    media,\n", "    media,\n    points,\n"),
    ),
    "engines/kernels/shopping.py": (
        ("            s.basket[i] = bought\n",
         "            s.basket[i] = bought\n"
         "            s.points[f, i] = collected(np.float64(s.points[f, i]), p.points.earned)\n"),
        ("price, memory, weight, p.price.memory_share, p.price.loss_aversion\n        )",
         "price, memory, weight, p.price.memory_share, p.price.loss_aversion\n        )"
         " + attraction(np.float64(s.points[f, i]), p.points.pull)"),
        ("from sim.rules.pricing import",
         "from sim.rules.points import attraction, collected\nfrom sim.rules.pricing import"),
    ),
}  # fmt: skip
"""What stands in each file, and what a mechanism puts in its place."""

ACCOUNT = {
    "ledger/accounts.py": (
        ('collected and put in less paid out"\n)\n',
         'collected and put in less paid out"\n)\n'
         'REWARDED = account("rewarded", "count", "flow", "orders that earned loyalty points")\n'),
    ),
    "engines/reference.py": (
        ("        self.population.count(firm, acc.ORDERS)\n",
         "        self.population.count(firm, acc.ORDERS)\n"
         "        self.population.count(firm, acc.REWARDED)\n"),
    ),
    "engines/kernels/shopping.py": (
        ("    account[acc.ORDERS] += 1\n",
         "    account[acc.ORDERS] += 1\n    account[acc.REWARDED] += 1\n"),
    ),
}  # fmt: skip
"""The same for a ledger account: its line, and where each engine books it."""

SMALL = (
    "population.customers=150", "weeks=12", "warmup=8", "threads=1",
    *(f"firms.{name}.sales.reps=0" for name in ("alder", "birch", "cedar", "dogwood")),
)  # fmt: skip
"""A small market; without reps, whose loops need not be compiled."""

RUN = (
    f"small = {SMALL}"
    + """
import numpy as np, sim
from sim.reporting import explain
def world(engine, *words):
    out = sim.start(sim.load_config(*small, *words), 1, engine=engine)
    while out.week < 12:
        out.step()
    return out
fast, slow = world("columnar"), world("reference")
for name, column in fast.engine.columns().items():
    assert np.array_equal(column, slow.engine.columns()[name]), name
assert np.array_equal(fast.ledger.accounts(), slow.ledger.accounts())
points = fast.engine.column("points")
assert points.max() >= 6.0 and (points % 3.0 == 0.0).all()
again = sim.restore(fast.snapshot())
assert np.array_equal(again.engine.column("points"), points)
off = world("columnar", "off=[points]")
assert not off.engine.column("points").any()
orders = [w.ledger.accounts()[:, :-1, sim.ledger.accounts.ORDERS].sum() for w in (fast, off)]
assert orders[0] > orders[1], orders
accounts = fast.ledger.accounts().sum(axis=0)
assert accounts[:, sim.ledger.accounts.REWARDED].tolist() == (
    accounts[:, sim.ledger.accounts.ORDERS].tolist()
)
np.save("off.npy", off.ledger.accounts())
shown = {sheet.name: sheet.markdown() for sheet in explain.sheets(sim.load_config())}
assert "points.pull" in shown["parameters"] and "loyalty points" in shown["state"]
assert "points" in shown["mechanisms"] and "rewarded" in shown["accounts"]
"""
)


@pytest.mark.slow
@pytest.mark.toy("a number", "a rule", "a mechanism", "a customer state, a ledger account")
def test_loyalty_points_touch_four_files(tmp_path):
    copy = tmp_path / "sim"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in (files.CONFIGS, files.SCENARIOS):
        shutil.copytree(folder, tmp_path / folder.name, dirs_exist_ok=True)
    (copy / "rules" / "points.py").write_text(RULES.lstrip(), encoding="utf-8")
    for name, edits in (*EDITS.items(), *ACCOUNT.items()):
        text = (copy / name).read_text(encoding="utf-8")
        for before, after in edits:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        (copy / name).write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr

    import numpy as np

    before = sim.simulate(sim.load_config(*SMALL), 1).ledger.accounts()
    off = np.delete(np.load(tmp_path / "off.npy"), CASH + 1, axis=-1)  # the new account
    assert np.array_equal(off, before), "off gives the former bits"
