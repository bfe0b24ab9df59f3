"""The numbers of the rules on their way to the engines."""

from __future__ import annotations

import copy

import pytest

from sim.engines.protocol import Params, make_params
from sim.params import declared


@pytest.mark.parametrize("name", Params._fields)
def test_every_declared_number_of_a_group_reaches_the_engines(default, name):
    group, made = getattr(default, name), getattr(make_params(default), name)
    assert made._fields == tuple(declared(type(group)))
    assert made == tuple(getattr(group, field) for field in made._fields)


def test_numbers_come_in_the_types_of_their_declarations(default):
    config = copy.deepcopy(default)
    config.talk.rate, config.choice.consideration = 1, 1
    p = make_params(config)
    assert type(p.talk.rate) is float
    assert type(p.choice.consideration) is bool
    assert type(p.talk.ties) is int
