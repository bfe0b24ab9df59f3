"""exp, log and their primitives: accurate, and the same bits plain and compiled."""

from __future__ import annotations

import math
import platform
from decimal import Decimal, getcontext

import numpy as np
import pytest
from numba import njit

from sim.rules import arithmetic
from sim.rules.arithmetic import exp, exponent, log, pow2

getcontext().prec = 40


fast = njit(error_model="numpy")  # as the kernels: no check for division by zero


@fast
def _exp_column(x, out):
    for i in range(len(x)):
        out[i] = exp(x[i])


@fast
def _log_column(x, out):
    for i in range(len(x)):
        out[i] = log(x[i])


@njit
def _pow2(n):
    return pow2(n)


@njit
def _exponent(x):
    return exponent(x)


def _arguments() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.concatenate([rng.uniform(-700, 700, 20_000), rng.uniform(-3, 3, 20_000), [0.0, -0.0]])


def _positive() -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.concatenate(
        [rng.uniform(0, 1, 20_000), np.exp(rng.uniform(-650, 650, 20_000)),
         1 + rng.uniform(-1e-6, 1e-6, 5_000), [1.0, 0.5, 2.0, 2.0**-52 / 2]]
    )  # fmt: skip


def test_pow2_is_equal_for_every_exponent():
    for n in range(-1022, 1024):
        assert _pow2(n) == pow2(n) == math.ldexp(1.0, n)


def test_exponent_is_equal_and_exact():
    for x in (*_positive()[:2000].tolist(), 1.0, math.nextafter(1.0, 0.0), 1e300, 1e-300):
        n = exponent(x)
        assert _exponent(x) == n
        assert arithmetic.SQRT_HALF <= math.ldexp(x, -n) < 2 * arithmetic.SQRT_HALF


@pytest.mark.parametrize(
    ("plain", "column", "arguments"),
    [(exp, _exp_column, _arguments()), (log, _log_column, _positive())],
)
def test_compiled_and_plain_give_the_same_bits(plain, column, arguments):
    out = np.empty_like(arguments)
    column(arguments, out)
    assert [plain(x) for x in arguments.tolist()] == out.tolist()


@pytest.mark.parametrize("name", ["exp", "log"])
def test_accuracy_against_forty_digits(name):
    arguments = _arguments()[::97] if name == "exp" else _positive()[::97]
    worst = 0.0
    for x in arguments.tolist():
        exact = getattr(Decimal(x), {"exp": "exp", "log": "ln"}[name])()
        if exact == 0:
            assert getattr(arithmetic, name)(x) == 0.0
            continue
        worst = max(worst, abs(float((Decimal(getattr(arithmetic, name)(x)) - exact) / exact)))
    assert worst < 5e-16


def test_exp_is_held_at_the_ends_of_its_range():
    assert exp(1000.0) == exp(700.0)
    assert exp(-1000.0) == exp(-700.0) > 0.0


@pytest.mark.parametrize("column", [_exp_column, _log_column])
def test_the_hot_loops_vectorise(column):
    column(np.ones(1), np.ones(1))
    assembly = "".join(column.inspect_asm().values())
    if "x86" not in platform.machine():
        pytest.skip("vector instructions are looked up by their x86 names")
    assert "vmulpd" in assembly
