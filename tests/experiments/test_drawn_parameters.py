"""The uncertain parameters are the stored ones, so that drawn settings stay unchanged."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import sim
from sim.config.compose import options
from sim.experiments.sweeps.parameters import uncertain_parameters
from sim.params import declared, number

STORED = json.loads(
    (Path(__file__).parents[1] / "drawn_parameters.json").read_text(encoding="utf-8")
)
"""By market: every parameter that is drawn, in order, with its bounds."""


@pytest.mark.parametrize("market", options("market"))
def test_the_drawn_parameters_are_the_stored_ones_in_their_order(market):
    found = uncertain_parameters(sim.load_config(f"market={market}"))
    assert list(found.items()) == [(name, tuple(b)) for name, b in STORED[market].items()], (
        "settings of the parameter space have moved: results over it are no longer comparable"
    )


@pytest.mark.parametrize("likely", [None, (1.0, 3.0)])
def test_a_number_can_be_kept_out_of_the_draw(likely):
    def one(drawn):
        return number(2.0, unit="ratio", low=0.0, high=9.0, meaning="A toy.",
                      source="assumption: a toy", likely=likely, drawn=drawn)  # fmt: skip

    group = dataclasses.make_dataclass("Toy", [("a", float, one(True)), ("b", float, one(False))])
    known = declared(group)
    assert known["a"].range(2.0) == (likely or (1.0, 4.0))
    assert known["b"].range(2.0) is None
